INSERT INTO check_runs (id, incident_id, step, round, kind, node, state, queued_at, started_at, engine, ended_at, ended_as, ended_with, seen_at)
VALUES (2, 1, 1, 1, 'node.stop', '10.0.0.2', 'ended', 1795320001000, 1795320001000, 'e', 1795320002000, 'timed_out', '{"end":"timed_out"}', NULL);
