-- What a program of that time would have written.
INSERT INTO client_waivers (incident_id, what, reason, waived_by, at, ended_by, ended_at)
VALUES (1, '{"kind":"range","value":"10.0.4.0/24"}', 'switched off', 'ann', 90000, NULL, NULL),
       (1, '{"kind":"application","value":"order"}', 'a typing error', 'ann', 80000, 'bob', 85000);
