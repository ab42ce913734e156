-- What a program of that time would have written.
INSERT INTO client_owners (cluster_id, position, what, owner)
VALUES (1, 1, '{"kind":"range","value":"10.0.4.0/24"}', 'team order, ext. 4412');
