-- What a program of that time would have written.
INSERT INTO reviews (incident_id, version, said, said_code, verdict, was_code, texts, saved_by, at)
VALUES (1, 1, '{}', NULL, 'corrected', 'node.killed',
        '{"verdict":{"verdict":"corrected","code":"node.killed","words":"by the backup job"},"factors":["no alert"],"lessons":"","checklist":["timeline_read"]}',
        'ann', 1795320003000);
