-- What a program of that time would have written.
INSERT INTO client_owners (cluster_id, position, what, owner, channel_id, lost_channel)
VALUES (1, 2, '{"kind":"application","value":"pay"}', 'team pay', 1, NULL),
       (1, 3, '{"kind":"application","value":"bill"}', 'team bill', NULL, 'old group');
INSERT INTO owner_tellings (incident_id, channel_id, channel_name, owner, news, at, sent_at, is_over)
VALUES (1, 1, 'ops', 'team pay',
        '{"says":"missing","as_of":90000,"clients":[{"ip":"10.0.4.9","app":"pay","has":0,"had":1,"last":["n1",60000],"since":60000}],"back":0,"waived":0,"others":0}',
        91000, NULL, 0);
INSERT INTO notices (channel_id, telling_id, news, at, state, tries, due_at, answer)
VALUES (1, 1, 'clients_missing', 91000, 'waiting', 0, 91000, '');
