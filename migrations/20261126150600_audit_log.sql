-- Who changed users, clusters, credentials and settings, from what to what.

CREATE TABLE audit_log (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    at         BIGINT NOT NULL,
    area       TEXT NOT NULL CHECK (area IN ('users', 'clusters', 'credentials', 'settings')),
    kind       TEXT NOT NULL,
    -- JSON
    actor      TEXT NOT NULL,
    -- login name of a person; empty for everybody else
    actor_name TEXT NOT NULL,
    -- name of the user, cluster or credential at that time; empty for settings
    subject    TEXT NOT NULL,
    -- JSON
    changes    TEXT NOT NULL
);
CREATE INDEX audit_log_area ON audit_log (area);
CREATE INDEX audit_log_actor ON audit_log (actor_name);
CREATE INDEX audit_log_subject ON audit_log (subject);
CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'the audit log is never edited');
END;
CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'the audit log is never edited');
END;
