-- Since when a monitor saw no trouble: earlier than `stable_since` where nobody looked for a while. See src/store/samples.rs.
ALTER TABLE monitors ADD COLUMN well_since BIGINT NOT NULL DEFAULT 0;
UPDATE monitors SET well_since = stable_since;
