-- How bad an incident is and what it affects, as people said. See src/domain/severity.rs.
-- NULL: nobody said
ALTER TABLE incidents ADD COLUMN severity TEXT CHECK (severity IN ('sev1', 'sev2', 'sev3', 'sev4'));
-- names of services, one a line
ALTER TABLE incidents ADD COLUMN affected TEXT NOT NULL DEFAULT '';
