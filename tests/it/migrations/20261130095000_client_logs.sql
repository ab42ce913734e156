INSERT INTO client_logs (incident_id, client, seen, size_bytes, sha256, handed_by, at)
VALUES (1, '10.0.4.7 order',
        '{"lines":2,"understood":2,"span":["2026-11-29 18:02:00.000","2026-11-29 18:02:05.000"],"knows":["10.0.0.3:8848"],'
     || '"knows_by":"x","tried":{"10.0.0.3:8848":{"failed":{"refused":{"count":1,"first":null,"last":null,"sample":"x"}}}},'
     || '"not_connected":null,"no_server":null,"end":{"end":"without","since":null}}',
        120, 'ab', 'ann', 1000);
