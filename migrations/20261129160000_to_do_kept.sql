-- What did a to-do where no person ticked it: evidence that was kept. See src/domain/to_do.rs.
-- NULL: a person marked it
ALTER TABLE to_do_marks ADD COLUMN kept TEXT CHECK (kept IN ('capture', 'upload'));
