-- What the watcher proposes to open an incident for, and what became of it. See src/domain/proposal.rs.
CREATE TABLE proposals (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    cluster_id  BIGINT NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
    -- JSON: nodes that were silent, each with the first look that it did not answer
    nodes       TEXT NOT NULL,
    -- the worst
    state       TEXT NOT NULL CHECK (state IN ('degraded', 'down')),
    -- the first sign of the first time
    first_at    BIGINT NOT NULL,
    proposed_at BIGINT NOT NULL,
    -- how often it began
    times       BIGINT NOT NULL,
    -- when channels were told last
    told_at     BIGINT NOT NULL,
    -- NULL: it is open. 'planned': a maintenance was entered for it
    ended_as    TEXT CHECK (ended_as IN ('opened', 'dismissed', 'planned', 'over')),
    ended_at    BIGINT CHECK ((ended_at IS NULL) = (ended_as IS NULL)),
    -- login name; NULL: it ended by itself, or is open
    ended_by    TEXT CHECK ((ended_by IS NULL) = (ended_as IS NULL OR ended_as = 'over')),
    -- why it was dismissed; may be empty
    reason      TEXT NOT NULL,
    incident_id BIGINT REFERENCES incidents (id) CHECK ((incident_id IS NULL) = (ended_as IS NULL OR ended_as <> 'opened'))
);
CREATE UNIQUE INDEX proposals_open ON proposals (cluster_id) WHERE ended_as IS NULL;
CREATE INDEX proposals_by_cluster ON proposals (cluster_id, id);
-- A notice is about an entry of a timeline, or about a proposal.
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
    UNIQUE (channel_id, event_id),
    UNIQUE (channel_id, proposal_id, at)
);
INSERT INTO notices_anew (id, channel_id, event_id, incident_id, news, at, state, tries, due_at, answer, tried_at, asked_at)
SELECT id, channel_id, event_id, incident_id, news, at, state, tries, due_at, answer, tried_at, asked_at FROM notices;
-- The key of a message is made of the ids of its notices: none is used twice, whatever was dropped.
DELETE FROM sqlite_sequence WHERE name = 'notices_anew';
INSERT INTO sqlite_sequence (name, seq) SELECT 'notices_anew', seq FROM sqlite_sequence WHERE name = 'notices';
DROP TABLE notices;
ALTER TABLE notices_anew RENAME TO notices;
CREATE INDEX notices_waiting ON notices (channel_id, state, due_at);
CREATE INDEX notices_by_proposal ON notices (proposal_id);
