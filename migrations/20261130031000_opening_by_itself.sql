-- What the watcher does where nodes of a cluster do not answer and nobody is on it. See src/domain/on_silence.rs.
-- NULL: as the program is set.
ALTER TABLE clusters ADD COLUMN on_silence TEXT CHECK (on_silence IN ('propose', 'open'));
-- The program opens incidents from here on: '' in incidents.opened_by and proposals.ended_by is the program, and '' in
-- incidents.lead is nobody.
