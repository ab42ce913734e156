-- What a program of that time would have written.
INSERT INTO follow_ups (incident_id, what, owner, has_account, due, added_by, at)
VALUES (1, 'raise the memory limit', 'the database team', 0, '2026-12-01', 'ann', 1795320003000);
INSERT INTO follow_up_marks (follow_up_id, state, reason, marked_by, at) VALUES (1, 'done', '', 'ann', 1795320004000);
