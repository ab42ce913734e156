-- Which secrets may go where; see src/domain/credential.rs.
CREATE TABLE credential_releases (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    -- env:VARIABLE or file:PATH
    reference   TEXT NOT NULL,
    purpose     TEXT NOT NULL CHECK (purpose IN ('api', 'ssh')),
    -- JSON: addresses, [SCHEME://]HOST[:PORT]
    recipients  TEXT NOT NULL,
    -- 1: in use before there were releases
    taken_over  BIGINT NOT NULL CHECK (taken_over IN (0, 1)),
    -- NULL: of what was taken over, nobody looked at it yet
    reviewed_at BIGINT,
    -- empty: taken over
    released_by TEXT NOT NULL,
    released_at BIGINT NOT NULL,
    UNIQUE (reference, purpose)
);

-- What clusters use is taken over at the next start of the server, which knows how their addresses are written.
INSERT INTO settings (name, value) SELECT 'credentials_to_take_over', '1' WHERE EXISTS (SELECT 1 FROM nodes);
