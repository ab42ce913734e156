-- What a program of that time would have written.
INSERT INTO impact_ends (incident_id, over_at, measured_at, said_by, at)
VALUES (1, 1795320003000, NULL, 'ann', 1795320004000);
