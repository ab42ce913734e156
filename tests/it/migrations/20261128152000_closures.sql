-- What a program of that time would have written.
UPDATE incidents SET state = 'resolved', resolved_at = 1795320004000 WHERE id = 1;
INSERT INTO closures (incident_id, at, recovered, measured, reason, closed_by)
VALUES (1, 1795320004000, 0, '{"kind":"unwell","health":"degraded","at":1795320003500}', 'handed to the vendor', 'ann');
