INSERT INTO client_published (cluster_id, node, ip, app, module, published, first_at, ended_at)
VALUES (1, 'n1', '10.0.4.7', 'order', 'naming', '{"instances":[]}', 60000, 70000),
       (1, 'n1', '10.0.4.7', 'order', 'naming',
        '{"instances":[{"group":"DEFAULT_GROUP","service":"order","ip":"10.0.4.7","port":8080}]}', 70000, NULL);
