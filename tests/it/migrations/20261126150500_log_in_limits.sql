-- What a program of that time would have written.
INSERT INTO one_time_tokens (token_hash, purpose, user_id, created_at, expires_at)
VALUES ('00', 'sign_in', 1, 1795320000000, 1795320900000);
