-- What a program of that time would have written.
INSERT INTO signatures (incident_id, signed_by, at, was_lead, reason, note, content, sha256)
VALUES (1, 'ann', 1795320005000, 1, 'nobody else is on duty', '', '{}',
        '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
