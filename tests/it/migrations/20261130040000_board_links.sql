-- What a program of that time would have written.
INSERT INTO board_links (key_hash, name, made_by, made_at, until_at)
VALUES ('0000000000000000000000000000000000000000000000000000000000000000', 'operations room', 'ann', 1795312000000, 1795398400000);
