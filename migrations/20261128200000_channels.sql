-- Channels that people are told through. See src/domain/channel.rs.
CREATE TABLE channels (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    name      TEXT NOT NULL UNIQUE,
    kind      TEXT NOT NULL,
    -- where the address is found: env:NAME or file:PATH; the address itself is a secret
    reference TEXT NOT NULL,
    lang      TEXT NOT NULL,
    -- JSON
    rules     TEXT NOT NULL,
    active    BIGINT NOT NULL CHECK (active IN (0, 1)),
    -- the newest event that was looked at for it
    seen      BIGINT NOT NULL
);
-- What is to be told, and what came of it.
CREATE TABLE notices (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    channel_id  BIGINT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    event_id    BIGINT NOT NULL REFERENCES events (id),
    incident_id BIGINT NOT NULL REFERENCES incidents (id),
    news        TEXT NOT NULL,
    at          BIGINT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'refused', 'given_up')),
    tries       BIGINT NOT NULL,
    -- not to be sent before
    due_at      BIGINT NOT NULL,
    -- what the other side said last, or why nothing was heard; empty before the first try
    answer      TEXT NOT NULL,
    -- when the last try was
    tried_at    BIGINT,
    UNIQUE (channel_id, event_id)
);
CREATE INDEX notices_waiting ON notices (channel_id, state, due_at);
