-- What a program of that time would have written after a time in which it took no sample.
UPDATE monitors SET stable_since = 1795000090000;
