-- What a program of that time would have written.
INSERT INTO audit_log (at, area, kind, actor, actor_name, subject, changes) VALUES
    (1795312345000, 'users', 'user_created', '{"kind":"person","name":"ann"}', 'ann', 'bob',
     '[{"what":"role","after":"operator"}]'),
    (1795312345001, 'settings', 'settings_changed', '{"kind":"start"}', '', '',
     '[{"what":"listen","before":"127.0.0.1:8770","after":"0.0.0.0:8770"}]');
