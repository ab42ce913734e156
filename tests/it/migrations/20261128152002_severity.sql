-- What a program of that time would have written.
UPDATE incidents SET severity = 'sev2', affected = 'orders
payments' WHERE id = 1;
