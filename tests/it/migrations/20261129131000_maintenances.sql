INSERT INTO maintenances (cluster_id, node, from_at, until_at, reason, planned_by, planned_at, ended_at, ended_by)
VALUES (1, NULL, 1000, 3601000, 'a new switch', 'ann', 1000, 2000, 'ann');
INSERT INTO maintenances (cluster_id, node, from_at, until_at, reason, planned_by, planned_at)
VALUES (1, 'n2', 1000, 3601000, 'new disks', 'ann', 1000);
