-- Offers of the lead of an incident, and how they ended. See src/domain/hand_over.rs.
CREATE TABLE hand_overs (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    incident_id BIGINT NOT NULL REFERENCES incidents (id),
    offered_by  TEXT NOT NULL,
    offered_to  TEXT NOT NULL,
    -- words of the person who offers; may be empty
    note        TEXT NOT NULL,
    -- JSON: what stood on the card when it was offered
    card        TEXT NOT NULL,
    at          BIGINT NOT NULL,
    -- NULL: it waits for an answer
    ended_as    TEXT CHECK (ended_as IN ('accepted', 'declined', 'withdrawn')),
    ended_by    TEXT CHECK ((ended_by IS NULL) = (ended_as IS NULL)),
    ended_at    BIGINT CHECK ((ended_at IS NULL) = (ended_as IS NULL))
);
CREATE UNIQUE INDEX hand_overs_waiting ON hand_overs (incident_id) WHERE ended_as IS NULL;
-- An offer that has ended is never edited.
CREATE TRIGGER hand_overs_end_once BEFORE UPDATE ON hand_overs WHEN OLD.ended_as IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'an offer that has ended is never edited');
END;
CREATE TRIGGER hand_overs_no_delete BEFORE DELETE ON hand_overs
BEGIN
    SELECT RAISE(ABORT, 'an offer is never deleted');
END;
