-- What a program of that time would have written.
INSERT INTO to_do_marks (incident_id, to_do, said, done, marked_by, at)
VALUES (1, 'action-front-door/10.0.0.2', '{"key":"action-front-door","args":{"nodes":"10.0.0.2"}}', 1, 'ann', 1795320003000);
