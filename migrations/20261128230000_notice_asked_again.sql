-- When somebody asked to try a message again: from then on its age counts. NULL: nobody did.
ALTER TABLE notices ADD COLUMN asked_at BIGINT;
