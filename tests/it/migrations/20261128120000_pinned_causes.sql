-- What a program of that time would have written.
INSERT INTO pinned_causes (incident_id, at, chosen_by, words, position, place)
VALUES (1, 1795320003000, 'ann', 'a power cut', NULL, NULL);
