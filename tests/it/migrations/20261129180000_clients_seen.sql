INSERT INTO client_looks (cluster_id, node, first_at, last_at, left_out) VALUES (1, 'n1', 60000, 90000, 0);
INSERT INTO clients_seen (cluster_id, node, ip, app, module, versions, connections, first_at, last_at, gone_at)
VALUES (1, 'n1', '10.0.4.7', 'order', 'naming', '["Nacos-Java-Client:v2.5.1"]', 2, 60000, NULL, NULL),
       (1, 'n1', '10.0.4.8', NULL, NULL, '[]', 1, 60000, 70000, 80000);
