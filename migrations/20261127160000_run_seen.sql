-- When a run had seen what it looks at; it is judged once all runs of its round have.
ALTER TABLE check_runs ADD COLUMN seen_at BIGINT;
