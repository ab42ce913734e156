INSERT INTO look_states (cluster_id, body)
VALUES (1, '{"n1":{"alive":true,"ready":true,"members":{"10.0.0.1:8848":"UP"},"raft":[{"group":"g","leader":"10.0.0.1:7848","term":3,"members":[]}]}}');
INSERT INTO looks (cluster_id, grain_ms, at, state, looks, said_id, numbers)
VALUES (1, 60000, 60000, 'up', 12, 1, '{"n1":{"services":2,"cpu":0.1,"sdk_connections":4,"elapsed_ms":7}}');
