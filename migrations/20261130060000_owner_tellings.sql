-- A line of owners may name a channel through which they are told. One that is deleted leaves its name.
ALTER TABLE client_owners ADD COLUMN channel_id BIGINT REFERENCES channels (id) ON DELETE SET NULL;
ALTER TABLE client_owners ADD COLUMN lost_channel TEXT;
-- What owners of missing clients are told, and were. See src/domain/owner_told.rs.
CREATE TABLE owner_tellings (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    incident_id  BIGINT NOT NULL REFERENCES incidents (id),
    -- NULL: it was deleted since
    channel_id   BIGINT REFERENCES channels (id) ON DELETE SET NULL,
    channel_name TEXT NOT NULL,
    -- whose clients they are, in words
    owner        TEXT NOT NULL,
    -- JSON: what it says, of which clients, and by which round
    news         TEXT NOT NULL,
    at           BIGINT NOT NULL,
    -- NULL: the other side did not take it, or not yet
    sent_at      BIGINT,
    -- nothing follows of it
    is_over      BIGINT NOT NULL CHECK (is_over IN (0, 1))
);
CREATE INDEX owner_tellings_of_incident ON owner_tellings (incident_id);
CREATE INDEX owner_tellings_followed ON owner_tellings (incident_id) WHERE is_over = 0;
-- A notice is about an entry of a timeline, about a proposal, or what an owner is told.
CREATE TABLE notices_anew (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    channel_id  BIGINT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    event_id    BIGINT REFERENCES events (id),
    incident_id BIGINT REFERENCES incidents (id) CHECK ((incident_id IS NULL) = (event_id IS NULL)),
    proposal_id BIGINT REFERENCES proposals (id) ON DELETE CASCADE,
    telling_id  BIGINT UNIQUE REFERENCES owner_tellings (id) ON DELETE CASCADE,
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
    -- when somebody asked to try it again; NULL: nobody did
    asked_at    BIGINT,
    CHECK ((event_id IS NOT NULL) + (proposal_id IS NOT NULL) + (telling_id IS NOT NULL) = 1),
    UNIQUE (channel_id, event_id, news),
    UNIQUE (channel_id, proposal_id, at, news)
);
INSERT INTO notices_anew
    (id, channel_id, event_id, incident_id, proposal_id, news, at, state, tries, due_at, answer, tried_at, asked_at)
SELECT id, channel_id, event_id, incident_id, proposal_id, news, at, state, tries, due_at, answer, tried_at, asked_at
FROM notices;
-- The key of a message is made of the ids of its notices: none is used twice, whatever was dropped.
DELETE FROM sqlite_sequence WHERE name = 'notices_anew';
INSERT INTO sqlite_sequence (name, seq) SELECT 'notices_anew', seq FROM sqlite_sequence WHERE name = 'notices';
DROP TABLE notices;
ALTER TABLE notices_anew RENAME TO notices;
CREATE INDEX notices_waiting ON notices (channel_id, state, due_at);
CREATE INDEX notices_by_proposal ON notices (proposal_id);
