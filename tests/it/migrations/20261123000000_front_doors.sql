-- What a program of that time would have written.
UPDATE clusters SET doors = '[{"scheme":"http","host":"nacos.example","port":8848,"context_path":"/nacos"}]' WHERE id = 1;
