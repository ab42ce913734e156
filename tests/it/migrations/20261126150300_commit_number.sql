-- What a program of that time would have written.
UPDATE commit_number SET number = 41 WHERE id = 1;
