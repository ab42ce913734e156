-- Links that show the wall screen without an account. See src/domain/board_link.rs.
CREATE TABLE board_links (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    -- SHA-256 of the key; the key itself is shown once and kept nowhere
    key_hash   TEXT NOT NULL UNIQUE,
    -- where the screen hangs, in words
    name       TEXT NOT NULL CHECK (name <> ''),
    made_by    TEXT NOT NULL,
    made_at    BIGINT NOT NULL,
    until_at   BIGINT NOT NULL,
    -- ended before its time; NULL: not
    ended_at   BIGINT NULL,
    ended_by   TEXT NULL
);
