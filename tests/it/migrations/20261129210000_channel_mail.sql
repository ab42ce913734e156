INSERT INTO channels (id, name, kind, reference, lang, rules, active, seen, mail)
VALUES (2, 'mail', 'mail', 'env:NODEDOWN_CRED_MAIL', 'en', '{"step_late_min":45}', 1, 1, '{"from":"nodedown@corp.example","to":["ops@corp.example"]}');
INSERT INTO notices (channel_id, event_id, incident_id, news, at, state, tries, due_at, answer)
VALUES (1, 1, 1, 'step_late', 60000, 'sent', 1, 60000, '');
