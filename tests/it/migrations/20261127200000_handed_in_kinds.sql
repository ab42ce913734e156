INSERT INTO handed_in (incident_id, node, kind, file_name, content, size_bytes, handed_by, at, came_sha256)
VALUES (1, '10.0.0.1', 'env', '', 'NACOS_SERVERS=10.0.0.1:8848', 27, 'ann', 1795320003000,
        'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
