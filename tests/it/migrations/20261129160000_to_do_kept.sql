-- What a program of that time would have written.
INSERT INTO to_do_marks (incident_id, to_do, said, done, marked_by, at, kept)
VALUES (1, 'action-save-evidence/10.0.0.2', '{"key":"action-save-evidence","args":{"nodes":"10.0.0.2"}}', 1, 'ann', 1795320203000, 'upload');
