-- What a step was done with all the same, noted with one press: JSON, codes and not words. See src/domain/exception.rs.
ALTER TABLE step_decisions ADD COLUMN exceptions TEXT NOT NULL DEFAULT '[]';
