-- What a program of that time would have written.
INSERT INTO known_secrets (hash, learned_at)
VALUES ('5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03', 1795305600000);
