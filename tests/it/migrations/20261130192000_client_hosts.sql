INSERT INTO client_hosts (cluster_id, position, client, place)
VALUES (1, 1, '10.0.4.9 pay', 'app@10.0.4.9:2222:/home/app/logs/nacos,key=agent');
INSERT INTO client_logs_read (incident_id, client, seen, seen_at, failed, tried_at)
SELECT id, '10.0.4.9 pay', NULL, NULL, '{"key":"source-timeout","args":{"ms":"3000"}}', 90000 FROM incidents ORDER BY id LIMIT 1;
