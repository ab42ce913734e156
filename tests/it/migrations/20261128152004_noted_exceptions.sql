-- What a program of that time would have written.
INSERT INTO step_decisions (incident_id, step, kind, reason, decided_by, at, exceptions)
VALUES (1, 1, 'done_with_exceptions', '', 'ann', 1795320003000,
        '[{"check":"net.ports","nodes":["10.0.0.1"],"outcome":"pass","seen":"partly","end":"judged"}]');
INSERT INTO step_decisions (incident_id, step, kind, reason, decided_by, at)
VALUES (1, 1, 'skipped', 'known', 'ann', 1795320003001);
