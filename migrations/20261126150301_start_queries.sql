-- What a start looks for in the open incidents: when a run that looked has ended last.
CREATE INDEX check_runs_looked ON check_runs (incident_id, ended_at)
    WHERE ended_as IN ('judged', 'could_not_run', 'timed_out');
