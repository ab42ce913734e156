INSERT INTO channels (name, kind, reference, lang, rules, active, seen)
VALUES ('ops', 'ding_talk', 'env:NODEDOWN_CRED_OPS', 'zh-CN', '{"at_least":"sev2"}', 1, 0);
INSERT INTO notices (channel_id, event_id, incident_id, news, at, state, tries, due_at, answer, tried_at)
VALUES (1, 1, 1, 'opened', 1000, 'refused', 1, 1000, '{"errcode":310000}', 2000);
