INSERT INTO service_counts (cluster_id, node, listed)
VALUES (1, 'n1', '{"at":60000,"counts":{"DEFAULT_GROUP@@order":{"healthy":2,"all":3}},"left_out":4}');
