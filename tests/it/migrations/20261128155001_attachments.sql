-- What a program of that time would have written: the text 'seen'.
INSERT INTO attachments (sha256, content)
VALUES ('7208794c984ea1c75d13877c7427336fe98722c41a056eeee4f37360ec367123', CAST('seen' AS BLOB));
