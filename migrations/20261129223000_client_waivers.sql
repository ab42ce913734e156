-- Clients that are away and that nobody waits for any more. See src/domain/waiver.rs.
CREATE TABLE client_waivers (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    incident_id BIGINT NOT NULL REFERENCES incidents (id),
    -- JSON: an address, a range of addresses, or an application
    what        TEXT NOT NULL,
    reason      TEXT NOT NULL CHECK (reason <> ''),
    waived_by   TEXT NOT NULL,
    at          BIGINT NOT NULL,
    -- NULL: it holds
    ended_by    TEXT,
    ended_at    BIGINT CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE INDEX client_waivers_of_incident ON client_waivers (incident_id);
-- One that was taken back is never edited.
CREATE TRIGGER client_waivers_end_once BEFORE UPDATE ON client_waivers WHEN OLD.ended_by IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a waiver that was taken back is never edited');
END;
CREATE TRIGGER client_waivers_no_delete BEFORE DELETE ON client_waivers
BEGIN
    SELECT RAISE(ABORT, 'a waiver is never deleted');
END;
