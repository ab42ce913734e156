-- What a program of that time would have written.
INSERT INTO users (id, name, role, active, password_hash, created_at)
VALUES (1, 'ann', 'admin', 1, '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA', 1795320000000);
INSERT INTO clusters (id, name, node_deadline_ms, created_at, updated_at)
VALUES (1, 'prod-hz', 3000, 1795320000000, 1795320000000);
INSERT INTO nodes (cluster_id, position, name, api, files)
VALUES (1, 0, '10.0.0.1', '{"scheme":"http","host":"10.0.0.1","port":8848,"context_path":"/nacos","console_port":null,"credential":null}', '{"kind":"none"}'),
       (1, 1, '10.0.0.2', NULL, '{"kind":"copied","home":"/srv/n2"}');
INSERT INTO runbook_versions (slug, version, body, first_at)
VALUES ('nacos-node-down', '1', '{"slug":"nacos-node-down","version":"1","title":{"en":"Node down","zh-CN":"节点停机"},"steps":[{"step":1,"title":{"en":"Confirm","zh-CN":"确认"},"asks":{"en":"?","zh-CN":"？"},"instructions":{"en":"","zh-CN":""},"exit":{"en":"","zh-CN":""},"budget_min":5,"checks":[{"kind":"stop.cause"}]}]}', 1795320000000);
INSERT INTO incidents (id, cluster_id, cluster_name, node, drill, state, opened_by, lead, opened_at, mitigated_at, resolved_at, reviewed_at, runbook_slug, runbook_version, search_text, search_causes)
VALUES (1, 1, 'prod-hz', '10.0.0.2', 0, 'declared', 'ann', 'ann', 1795320000000, NULL, NULL, NULL, 'nacos-node-down', '1', 'inc-0001 prod-hz', '');
INSERT INTO check_runs (id, incident_id, step, round, kind, node, state, queued_at, started_at, engine, ended_at, ended_as, ended_with)
VALUES (1, 1, 1, 1, 'stop.cause', NULL, 'ended', 1795320001000, 1795320001000, 'e', 1795320002000, 'timed_out', '{"end":"timed_out"}');
INSERT INTO step_decisions (incident_id, step, kind, reason, decided_by, at)
VALUES (1, 1, 'skipped', 'no access', 'ann', 1795320003000);
INSERT INTO events (incident_id, at, actor, kind, hash)
VALUES (1, 1795320000000, '{"kind":"person","name":"ann"}', '{"event":"incident_opened"}', 'not chained');
INSERT INTO monitors (incident_id, started_by, started_at, stable_since) VALUES (1, 'ann', 1795000000000, 1795000060000);
