-- What a program of that time would have written.
INSERT INTO hand_overs (incident_id, offered_by, offered_to, note, card, at, ended_as, ended_by, ended_at)
VALUES (1, 'ann', 'bob', 'off at six', '{"done":[{"step":1,"kind":"skipped"}],"did":[],"in_flight":[],"next_step":2,"next":[],"hazards":[]}', 1795320003000, 'declined', 'bob', 1795320004000),
       (1, 'ann', 'eve', '', '{"done":[],"did":[],"in_flight":[],"next_step":null,"next":[],"hazards":[]}', 1795320005000, NULL, NULL, NULL);
