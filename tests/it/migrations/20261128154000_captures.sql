-- What a program of that time would have written.
INSERT INTO captures (incident_id, node, asked_by, asked_at, state, started_at, engine, reads, cancelled_by, ended_at, ended_with)
VALUES (1, '10.0.0.2', 'ann', 1795320004000, 'ended', 1795320004100, 'e1', '', NULL, 1795320004900,
        '{"end":{"end":"copied"},"missing":[{"name":"kernel log","reason":{"key":"source-not-configured-kernel"}}]}');
INSERT INTO captured_files (capture_id, part, name, source_bytes, notes, size_bytes, sha256, packed)
VALUES (1, 'stdout', 'logs/start.out', 12, '[]', 12,
        '81978d75b7aaaa89106d1c2929312e07b805081941ce99c4e4bd0339586d17dc',
        X'1f8b0800000000000203f34b4cce2f5630d233d533e40200860f58830c000000');
