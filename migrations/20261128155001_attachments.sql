-- Files of notes, once a hash; the timeline says which note has which. See src/domain/note.rs.
CREATE TABLE attachments (
    -- hex SHA-256 of the content
    sha256  TEXT PRIMARY KEY NOT NULL,
    content BLOB NOT NULL
);
CREATE TRIGGER attachments_no_update BEFORE UPDATE ON attachments
BEGIN
    SELECT RAISE(ABORT, 'what was attached is never edited');
END;
CREATE TRIGGER attachments_no_delete BEFORE DELETE ON attachments
BEGIN
    SELECT RAISE(ABORT, 'what was attached is never edited');
END;
