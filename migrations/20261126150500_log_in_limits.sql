-- Wrong log-ins are counted in memory: log-in has to work on a full disk, and guesses must not fill one.
DROP TABLE login_failures;
-- Sign-in links end after a while. NULL: when it is used or replaced.
ALTER TABLE one_time_tokens ADD COLUMN expires_at BIGINT;
