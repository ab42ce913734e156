-- What a program of that time would have written.
INSERT INTO diagnosis_history (incident_id, position, at, body)
VALUES (1, 1, 1795320002000, '{"at":"2026-11-22T04:00:02Z","cluster":"prod-hz","health":"degraded","failure_tolerance":0,"causes":[],"findings":[],"could_not_run":[]}');
