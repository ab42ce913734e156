-- What a program of that time would have written.
INSERT INTO handed_in (incident_id, node, kind, file_name, content, size_bytes, handed_by, at, came_sha256)
VALUES (1, '10.0.0.1', 'archive', 'n1.zip', 'handed-in/1/0123456789abcdef', 300, 'ann', 1795000000000,
        'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
INSERT INTO handed_in_files (handed_in_id, path, size_bytes, sha256, came_sha256)
SELECT id, 'logs/nacos.log', 0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
       'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' FROM handed_in WHERE came_sha256 IS NOT NULL;
