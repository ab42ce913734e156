UPDATE notices SET state = 'waiting', tries = 0, due_at = 90000000, asked_at = 90000000 WHERE id = 1;
