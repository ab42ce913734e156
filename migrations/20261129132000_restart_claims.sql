-- Restarts of nodes that somebody took on: one a cluster at a time. See src/domain/restart_claim.rs.
CREATE TABLE restart_claims (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    -- no reference: a cluster can leave the inventory, and the record stays
    cluster_id  BIGINT NOT NULL,
    incident_id BIGINT NOT NULL REFERENCES incidents (id),
    node        TEXT NOT NULL,
    claimed_by  TEXT NOT NULL,
    at          BIGINT NOT NULL,
    -- it holds no longer than this
    until       BIGINT NOT NULL CHECK (until > at),
    -- what the gate said
    gate        TEXT NOT NULL CHECK (gate IN ('yes', 'not_yet', 'no', 'not_judged')),
    -- why all the same, where it did not say yes; else empty
    reason      TEXT NOT NULL,
    -- NULL: nobody ended it
    ended_by    TEXT,
    ended_at    BIGINT CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE INDEX restart_claims_of_cluster ON restart_claims (cluster_id, until);
-- A claim that has ended is never edited.
CREATE TRIGGER restart_claims_end_once BEFORE UPDATE ON restart_claims WHEN OLD.ended_by IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a claim that has ended is never edited');
END;
CREATE TRIGGER restart_claims_no_delete BEFORE DELETE ON restart_claims
BEGIN
    SELECT RAISE(ABORT, 'a claim is never deleted');
END;
