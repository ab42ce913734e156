-- Nothing to write: an index.
SELECT 1;
