INSERT INTO proposals (cluster_id, nodes, state, first_at, proposed_at, times, told_at, ended_as, ended_at, ended_by, reason, incident_id)
VALUES (1, '[{"node":"n2","since":1000}]', 'degraded', 1000, 31000, 2, 31000, 'dismissed', 40000, 'ann', 'a drill of the network team', NULL);
INSERT INTO proposals (cluster_id, nodes, state, first_at, proposed_at, times, told_at, reason)
VALUES (1, '[{"node":"n1","since":100000},{"node":"n2","since":105000}]', 'down', 100000, 130000, 1, 130000, '');
INSERT INTO notices (channel_id, proposal_id, news, at, state, tries, due_at, answer)
VALUES (1, 2, 'proposed', 130000, 'waiting', 0, 130000, '');
