-- What was said and when: a record must tell what was wrong after all is well again, by the rules of that time.
CREATE TABLE diagnosis_history (
    incident_id BIGINT NOT NULL REFERENCES incidents (id),
    -- counts from 1 in each incident
    position    BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (incident_id, position)
);
INSERT INTO diagnosis_history (incident_id, position, at, body)
SELECT incident_id, 1, at, body FROM diagnoses;
