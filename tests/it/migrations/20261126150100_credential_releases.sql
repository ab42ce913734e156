-- What a program of that time would have written.
INSERT INTO credential_releases (reference, purpose, recipients, taken_over, reviewed_at, released_by, released_at)
VALUES ('env:NODEDOWN_CRED_PROD', 'api', '["http://10.0.0.1:8848","https://nacos.example"]', 0, NULL, 'ann', 1795710000000),
       ('file:/k/id', 'ssh', '["ssh://[fd00::1]:22"]', 1, 1795710000000, '', 1795700000000);
