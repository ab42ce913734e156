-- Times are milliseconds since 1970-01-01T00:00:00Z. Columns named in JSON hold the serde form of the domain type.

CREATE TABLE settings (
    name  TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
);

CREATE TABLE users (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    name          TEXT NOT NULL UNIQUE,
    role          TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'lead', 'admin')),
    active        BIGINT NOT NULL CHECK (active IN (0, 1)),
    -- PHC string; NULL: signs in by a one-time link only
    password_hash TEXT,
    created_at    BIGINT NOT NULL
);

CREATE TABLE login_failures (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    name    TEXT NOT NULL,
    address TEXT NOT NULL,
    at      BIGINT NOT NULL
);
CREATE INDEX login_failures_name ON login_failures (name, at);
CREATE INDEX login_failures_address ON login_failures (address, at);

CREATE TABLE sessions (
    -- hex SHA-256 of the cookie's token
    token_hash TEXT PRIMARY KEY NOT NULL,
    -- NULL: nobody is logged in
    user_id    BIGINT REFERENCES users (id),
    data       TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE one_time_tokens (
    token_hash TEXT PRIMARY KEY NOT NULL,
    purpose    TEXT NOT NULL CHECK (purpose IN ('setup', 'sign_in')),
    -- whom it signs in; NULL for set-up
    user_id    BIGINT REFERENCES users (id),
    created_at BIGINT NOT NULL
);

CREATE TABLE form_nonces (
    user_name TEXT NOT NULL,
    nonce     TEXT NOT NULL,
    result    TEXT NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (user_name, nonce)
);

CREATE TABLE clusters (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    name             TEXT NOT NULL UNIQUE,
    node_deadline_ms BIGINT NOT NULL CHECK (node_deadline_ms > 0),
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL
);

CREATE TABLE nodes (
    cluster_id BIGINT NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
    position   BIGINT NOT NULL,
    name       TEXT NOT NULL,
    -- JSON; NULL: no address, files only
    api        TEXT,
    files      TEXT NOT NULL,
    PRIMARY KEY (cluster_id, name)
);

CREATE TABLE runbook_versions (
    slug     TEXT NOT NULL,
    version  TEXT NOT NULL,
    body     TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    PRIMARY KEY (slug, version)
);

CREATE TABLE incidents (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    cluster_id      BIGINT NOT NULL REFERENCES clusters (id),
    cluster_name    TEXT NOT NULL,
    -- NULL: not known yet
    node            TEXT,
    drill           BIGINT NOT NULL CHECK (drill IN (0, 1)),
    state           TEXT NOT NULL CHECK (state IN ('declared', 'mitigated', 'resolved', 'reviewed')),
    opened_by       TEXT NOT NULL,
    lead            TEXT NOT NULL,
    opened_at       BIGINT NOT NULL,
    mitigated_at    BIGINT,
    resolved_at     BIGINT,
    reviewed_at     BIGINT,
    runbook_slug    TEXT NOT NULL,
    runbook_version TEXT NOT NULL,
    -- what the search looks at, lower case: title, cluster, node and notes; and the causes of the newest diagnosis
    search_text     TEXT NOT NULL,
    search_causes   TEXT NOT NULL,
    FOREIGN KEY (runbook_slug, runbook_version) REFERENCES runbook_versions (slug, version)
);
CREATE INDEX incidents_open ON incidents (state) WHERE state IN ('declared', 'mitigated');
CREATE INDEX incidents_cluster ON incidents (cluster_id);

CREATE TABLE step_decisions (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    incident_id BIGINT NOT NULL REFERENCES incidents (id),
    step        BIGINT NOT NULL CHECK (step BETWEEN 1 AND 6),
    kind        TEXT NOT NULL CHECK (kind IN ('done', 'done_with_exceptions', 'skipped', 'reopened')),
    reason      TEXT NOT NULL,
    decided_by  TEXT NOT NULL,
    at          BIGINT NOT NULL
);
CREATE INDEX step_decisions_incident ON step_decisions (incident_id);

CREATE TABLE check_runs (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    incident_id  BIGINT NOT NULL REFERENCES incidents (id),
    step         BIGINT NOT NULL CHECK (step BETWEEN 1 AND 6),
    round        BIGINT NOT NULL CHECK (round > 0),
    kind         TEXT NOT NULL,
    -- NULL: over the whole cluster
    node         TEXT,
    state        TEXT NOT NULL CHECK (state IN ('queued', 'running', 'ended')),
    queued_at    BIGINT NOT NULL,
    started_at   BIGINT CHECK ((started_at IS NULL) = (state = 'queued')),
    engine       TEXT,
    ended_at     BIGINT CHECK ((ended_at IS NULL) = (state <> 'ended')),
    ended_as     TEXT CHECK (ended_as IN ('judged', 'could_not_run', 'timed_out', 'cancelled', 'interrupted')),
    -- JSON of the whole end
    ended_with   TEXT CHECK ((ended_with IS NULL) = (ended_as IS NULL)),
    -- who asked to cancel it while it ran
    cancelled_by TEXT,
    CHECK ((ended_as IS NULL) = (state <> 'ended'))
);
CREATE UNIQUE INDEX check_runs_once ON check_runs (incident_id, step, round, kind, COALESCE(node, ''));
CREATE INDEX check_runs_unfinished ON check_runs (id) WHERE state <> 'ended';
CREATE INDEX check_runs_newest ON check_runs (incident_id, kind, node);
-- A run that has ended is never edited.
CREATE TRIGGER check_runs_end_once BEFORE UPDATE ON check_runs WHEN OLD.state = 'ended'
BEGIN
    SELECT RAISE(ABORT, 'a check run that has ended is never edited');
END;

CREATE TABLE evidence (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    incident_id     BIGINT NOT NULL REFERENCES incidents (id),
    run_id          BIGINT NOT NULL UNIQUE REFERENCES check_runs (id),
    node            TEXT,
    kind            TEXT NOT NULL,
    vantage         TEXT NOT NULL,
    captured_at     BIGINT NOT NULL,
    clock_offset_ms BIGINT,
    body            TEXT NOT NULL,
    sha256          TEXT NOT NULL
);
CREATE INDEX evidence_incident ON evidence (incident_id);
CREATE TRIGGER evidence_no_update BEFORE UPDATE ON evidence
BEGIN
    SELECT RAISE(ABORT, 'evidence is never edited');
END;
CREATE TRIGGER evidence_no_delete BEFORE DELETE ON evidence
BEGIN
    SELECT RAISE(ABORT, 'evidence is never deleted');
END;

CREATE TABLE events (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    incident_id BIGINT NOT NULL REFERENCES incidents (id),
    at          BIGINT NOT NULL,
    actor       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    -- hex SHA-256 over the hash of the event before it in this incident and the columns of this one
    hash        TEXT NOT NULL
);
CREATE INDEX events_incident ON events (incident_id, id);
CREATE TRIGGER events_no_update BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'the timeline is never edited');
END;
CREATE TRIGGER events_no_delete BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'the timeline is never edited');
END;

CREATE TABLE diagnoses (
    incident_id BIGINT PRIMARY KEY NOT NULL REFERENCES incidents (id),
    at          BIGINT NOT NULL,
    body        TEXT NOT NULL
);

CREATE TABLE monitors (
    incident_id  BIGINT PRIMARY KEY NOT NULL REFERENCES incidents (id),
    started_by   TEXT NOT NULL,
    started_at   BIGINT NOT NULL,
    stable_since BIGINT NOT NULL,
    -- NULL: it runs
    stopped_at   BIGINT
);

CREATE TABLE samples (
    incident_id BIGINT NOT NULL REFERENCES incidents (id),
    at          BIGINT NOT NULL,
    node        TEXT NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (incident_id, at, node)
);

CREATE TABLE handed_in (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    incident_id BIGINT NOT NULL REFERENCES incidents (id),
    node        TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('archive', 'nc', 'telnet', 'ss', 'dmesg')),
    -- name of the uploaded file; empty for output
    file_name   TEXT NOT NULL,
    -- folder below the data folder, or the redacted output
    content     TEXT NOT NULL,
    size_bytes  BIGINT NOT NULL,
    handed_by   TEXT NOT NULL,
    at          BIGINT NOT NULL
);
CREATE INDEX handed_in_incident ON handed_in (incident_id);
