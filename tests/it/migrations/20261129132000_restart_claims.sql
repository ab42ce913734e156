-- What a program of that time would have written.
INSERT INTO restart_claims (cluster_id, incident_id, node, claimed_by, at, until, gate, reason, ended_by, ended_at)
VALUES (1, 1, '10.0.0.2', 'ann', 1795320003000, 1795320903000, 'no', 'the others are drained', 'ann', 1795320063000),
       (1, 1, '10.0.0.3', 'bob', 1795320103000, 1795321003000, 'yes', '', NULL, NULL);
