-- From whom and to whom a channel of the kind "mail" writes, JSON; NULL of every other kind.
ALTER TABLE channels ADD COLUMN mail TEXT;
-- A notice may be that something has waited for too long: the same event or proposal is then told a second time, as other news.
CREATE TABLE notices_anew (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    channel_id  BIGINT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    event_id    BIGINT REFERENCES events (id),
    incident_id BIGINT REFERENCES incidents (id) CHECK ((incident_id IS NULL) = (event_id IS NULL)),
    proposal_id BIGINT REFERENCES proposals (id) ON DELETE CASCADE CHECK ((proposal_id IS NULL) = (event_id IS NOT NULL)),
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
