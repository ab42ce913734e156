//! Table `check_runs`. A run that has ended is never edited; a trigger holds that.

use std::collections::BTreeSet;

use sqlx::SqliteExecutor;

use super::codec::{At, row, to_json};
use super::damage::{Of, readable};
use super::{Change, Damages, ReadStore, Result, WriteTx};
use crate::domain::check_run::{CheckRun, CheckRunState, RunEnd, Target};
use crate::domain::finding::Step;
use crate::domain::id::{CheckRunId, IncidentId, NodeName};
use crate::domain::incident::RunMark;
use crate::domain::insights::Tried;
use crate::domain::message::Message;
use crate::domain::time::Timestamp;

// What a start asks. Each is answered by a partial index, whatever the size of the table: `state <> 'ended'` must stand
// there word for word.
pub(super) const UNFINISHED: &str =
    "SELECT id, incident_id, step, round, kind, node, state, queued_at, started_at, engine, ended_at, ended_with,
            cancelled_by, seen_at
     FROM check_runs WHERE state <> 'ended' ORDER BY id";
pub(super) const RUNNING_OF_OTHERS: &str =
    "SELECT id FROM check_runs WHERE state <> 'ended' AND state = 'running' AND engine <> $1 ORDER BY id";
pub(super) const UNDIAGNOSED: &str = "SELECT i.id FROM incidents i LEFT JOIN diagnoses d ON d.incident_id = i.id
     WHERE i.state IN ('declared', 'mitigated')
       AND (SELECT max(r.ended_at) FROM check_runs r
            WHERE r.incident_id = i.id AND r.ended_as IN ('judged', 'could_not_run', 'timed_out')) > COALESCE(d.at, -1)
     ORDER BY i.id";

row! {
    struct CheckRunRow {
        id: i64,
        incident_id: i64,
        step: i64,
        round: i64,
        kind: String,
        node: Option<String>,
        state: String,
        queued_at: i64,
        started_at: Option<i64>,
        engine: Option<String>,
        ended_at: Option<i64>,
        ended_with: Option<String>,
        cancelled_by: Option<String>,
        seen_at: Option<i64>,
    }
}

/// Key of the reason of a run whose end cannot be read.
const DAMAGED: &str = "run-row-damaged";

impl CheckRunRow {
    fn into_run(self) -> Result<CheckRun> {
        let at = At { table: "check_runs", row: &self.id };
        let started_at = || at.need("started_at", self.started_at.map(Timestamp::from_millis));
        let state = match self.state.as_str() {
            "queued" => CheckRunState::Queued,
            "running" => CheckRunState::Running {
                started_at: started_at()?,
                engine: self.engine.unwrap_or_default(),
                seen_at: self.seen_at.map(Timestamp::from_millis),
            },
            "ended" => CheckRunState::Ended {
                started_at: started_at()?,
                ended_at: at.need("ended_at", self.ended_at.map(Timestamp::from_millis))?,
                // What cannot be read is said in its place: the run itself is known.
                end: at
                    .json("ended_with", self.ended_with.as_deref().unwrap_or_default())
                    .unwrap_or_else(|_| RunEnd::CouldNotRun { reason: Message::new(DAMAGED) }),
            },
            _ => return Err(at.corrupt("state")),
        };
        Ok(CheckRun {
            id: CheckRunId(self.id),
            incident: IncidentId(self.incident_id),
            step: at.step(self.step)?,
            check: self.kind,
            target: self.node.map_or(Target::Cluster, |node| Target::Node { node: NodeName(node) }),
            round: self.round,
            queued_at: Timestamp::from_millis(self.queued_at),
            state,
        })
    }
}

const OF_STEP: &str = "SELECT id, incident_id, step, round, kind, node, state, queued_at, started_at, engine, ended_at,
            ended_with, cancelled_by, seen_at
     FROM check_runs WHERE incident_id = $1 AND step = $2
       AND round = (SELECT max(round) FROM check_runs WHERE incident_id = $1 AND step = $2)
     ORDER BY id";

row! {
    struct TriedRow {
        id: i64,
        incident_id: i64,
        kind: String,
        node: Option<String>,
        ended_as: String,
        ended_with: Option<String>,
        saw_part: i64,
    }
}

impl TriedRow {
    fn into_tried(self) -> Result<Tried> {
        let why = match (self.ended_as.as_str(), &self.ended_with) {
            ("judged", _) => None,
            ("timed_out", _) => Some(Message::new("run-timed-out")),
            (_, with) => {
                let at = At { table: "check_runs", row: &self.id };
                match at.json("ended_with", with.as_deref().unwrap_or_default())? {
                    RunEnd::CouldNotRun { reason } => Some(reason),
                    _ => return Err(at.corrupt("ended_with")),
                }
            }
        };
        let (incident, node) = (IncidentId(self.incident_id), self.node.map(NodeName));
        Ok(Tried { incident, check: self.kind, node, why, partly: self.saw_part != 0 })
    }
}

impl ReadStore {
    /// Every run of the incident, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn runs(&self, incident: IncidentId) -> Result<Vec<CheckRun>> {
        let query = sqlx::query(
            "SELECT id, incident_id, step, round, kind, node, state, queued_at, started_at, engine, ended_at,
                    ended_with, cancelled_by, seen_at
             FROM check_runs WHERE incident_id = $1 ORDER BY id",
        );
        let runs = readable(&self.pool, self.runs_of(Some(incident)), query.bind(incident.0), CheckRunRow::into_run);
        Ok(runs.await?.into_iter().inspect(|run| self.note_damage(run)).collect())
    }

    /// The runs that were to look, of the incidents that were opened in a period: those that saw something and those that could
    /// not, not those that were stopped.
    ///
    /// # Errors
    /// The store's.
    pub async fn tried_of_period(&self, from: Timestamp, to: Timestamp) -> Result<Vec<Tried>> {
        let query = sqlx::query(
            r#"SELECT id, incident_id, kind, node, ended_as,
                    CASE WHEN ended_as = 'could_not_run' THEN ended_with END AS ended_with,
                    CASE WHEN ended_as = 'judged' AND ended_with LIKE '%"not_seen":[{%' THEN 1 ELSE 0 END AS saw_part
             FROM check_runs
             WHERE incident_id IN (SELECT id FROM incidents WHERE opened_at >= $1 AND opened_at < $2)
               AND ended_as IN ('judged', 'could_not_run', 'timed_out') ORDER BY id"#,
        );
        let query = query.bind(from.as_millis()).bind(to.as_millis());
        readable(&self.pool, self.runs_of(None), query, TriedRow::into_tried).await
    }

    const fn runs_of(&self, incident: Option<IncidentId>) -> Of<'_> {
        Of { table: "check_runs", incident, damages: Some(&self.damages) }
    }

    fn note_damage(&self, run: &CheckRun) {
        if matches!(run.end(), Some(RunEnd::CouldNotRun { reason }) if reason.key == DAMAGED) {
            self.damages.note(Some(run.incident), "check_runs", run.id.0, "how it ended cannot be read");
        }
    }

    /// The newest round of a step, in the order of the runbook; empty if it never started.
    ///
    /// # Errors
    /// The store's.
    pub async fn runs_of_step(&self, incident: IncidentId, step: Step) -> Result<Vec<CheckRun>> {
        let query = sqlx::query(OF_STEP);
        let query = query.bind(incident.0).bind(i64::from(step.number()));
        let runs = readable(&self.pool, self.runs_of(Some(incident)), query, CheckRunRow::into_run).await?;
        Ok(runs.into_iter().inspect(|run| self.note_damage(run)).collect())
    }

    /// By id.
    ///
    /// # Errors
    /// The store's.
    pub async fn run(&self, id: CheckRunId) -> Result<Option<CheckRun>> {
        run(&self.pool, id).await
    }

    /// For the engine: open incidents of which a run has looked after the last diagnosis.
    ///
    /// # Errors
    /// The store's.
    pub async fn undiagnosed_incidents(&self) -> Result<Vec<IncidentId>> {
        let ids: Vec<i64> = sqlx::query_scalar(UNDIAGNOSED).fetch_all(&self.pool).await?;
        Ok(ids.into_iter().map(IncidentId).collect())
    }

    /// For the engine: the kinds of which some run of the incident has looked.
    ///
    /// # Errors
    /// The store's.
    pub async fn kinds_that_looked(&self, incident: IncidentId) -> Result<BTreeSet<String>> {
        let kinds: Vec<String> = sqlx::query_scalar(
            "SELECT DISTINCT kind FROM check_runs
             WHERE incident_id = $1 AND ended_as IN ('judged', 'could_not_run', 'timed_out')",
        )
        .bind(incident.0)
        .fetch_all(&self.pool)
        .await?;
        Ok(kinds.into_iter().collect())
    }

    /// For the engine: every run that has not ended, oldest first, and who asked to cancel it.
    ///
    /// # Errors
    /// The store's.
    pub async fn unfinished_runs(&self) -> Result<Vec<(CheckRun, Option<String>)>> {
        readable(&self.pool, self.runs_of(None), sqlx::query(UNFINISHED), |mut row: CheckRunRow| {
            let cancelled_by = row.cancelled_by.take();
            row.into_run().map(|run| (run, cancelled_by))
        })
        .await
    }
}

impl WriteTx {
    /// By id.
    ///
    /// # Errors
    /// The store's.
    pub async fn run(&mut self, id: CheckRunId) -> Result<Option<CheckRun>> {
        run(&mut *self.tx, id).await
    }

    /// Queues one run.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_run(
        &mut self,
        incident: IncidentId,
        step: Step,
        round: i64,
        kind: &str,
        node: Option<&NodeName>,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO check_runs (incident_id, step, round, kind, node, state, queued_at)
             VALUES ($1, $2, $3, $4, $5, 'queued', $6)",
        )
        .bind(incident.0)
        .bind(i64::from(step.number()))
        .bind(round)
        .bind(kind)
        .bind(node.map(|node| node.0.as_str()))
        .bind(self.now.as_millis())
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(incident));
        Ok(())
    }

    /// Number of the newest round of a step; 0 if it never started.
    ///
    /// # Errors
    /// The store's.
    pub async fn newest_round(&mut self, incident: IncidentId, step: Step) -> Result<i64> {
        Ok(sqlx::query_scalar("SELECT COALESCE(max(round), 0) FROM check_runs WHERE incident_id = $1 AND step = $2")
            .bind(incident.0)
            .bind(i64::from(step.number()))
            .fetch_one(&mut *self.tx)
            .await?)
    }

    /// Marks a queued run as running. `None`: it is no longer queued.
    ///
    /// # Errors
    /// The store's.
    pub async fn claim_run(&mut self, id: CheckRunId, engine: &str) -> Result<Option<CheckRun>> {
        let row: Option<CheckRunRow> = sqlx::query_as(
            "UPDATE check_runs SET state = 'running', started_at = $2, engine = $3
             WHERE id = $1 AND state = 'queued'
             RETURNING id, incident_id, step, round, kind, node, state, queued_at, started_at, engine, ended_at,
                       ended_with, cancelled_by, seen_at",
        )
        .bind(id.0)
        .bind(self.now.as_millis())
        .bind(engine)
        .fetch_optional(&mut *self.tx)
        .await?;
        let run = row.map(CheckRunRow::into_run).transpose()?;
        if let Some(run) = &run {
            self.touch(Change::Incident(run.incident));
        }
        Ok(run)
    }

    /// Notes that a running run has seen what it looks at.
    ///
    /// # Errors
    /// The store's.
    pub async fn note_seen(&mut self, run: &CheckRun, at: Timestamp) -> Result<()> {
        sqlx::query("UPDATE check_runs SET seen_at = $2 WHERE id = $1 AND state = 'running'")
            .bind(run.id.0)
            .bind(at.as_millis())
            .execute(&mut *self.tx)
            .await?;
        self.touch(Change::Incident(run.incident));
        Ok(())
    }

    /// Ends a run. `None`: it has ended before, and stays as it was.
    ///
    /// # Errors
    /// The store's.
    pub async fn end_run(&mut self, id: CheckRunId, end: &RunEnd, ended_at: Timestamp) -> Result<Option<CheckRun>> {
        let row: Option<CheckRunRow> = sqlx::query_as(
            "UPDATE check_runs
             SET state = 'ended', started_at = COALESCE(started_at, $2), ended_at = $2, ended_as = $3, ended_with = $4
             WHERE id = $1 AND state <> 'ended'
             RETURNING id, incident_id, step, round, kind, node, state, queued_at, started_at, engine, ended_at,
                       ended_with, cancelled_by, seen_at",
        )
        .bind(id.0)
        .bind(ended_at.as_millis())
        .bind(end.as_str())
        .bind(to_json(end)?)
        .fetch_optional(&mut *self.tx)
        .await?;
        let run = row.map(CheckRunRow::into_run).transpose()?;
        if let Some(run) = &run {
            self.touch(Change::Incident(run.incident));
        }
        Ok(run)
    }

    /// Notes who wants a running run to stop; the first one counts.
    ///
    /// # Errors
    /// The store's.
    pub async fn ask_to_cancel(&mut self, run: &CheckRun, by: &str) -> Result<()> {
        sqlx::query(
            "UPDATE check_runs SET cancelled_by = $2 WHERE id = $1 AND state = 'running' AND cancelled_by IS NULL",
        )
        .bind(run.id.0)
        .bind(by)
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(run.incident));
        Ok(())
    }

    /// The newest round of a step, in the order of the runbook; empty if it never started.
    ///
    /// # Errors
    /// The store's.
    pub async fn runs_of_step(&mut self, incident: IncidentId, step: Step) -> Result<Vec<CheckRun>> {
        let rows: Vec<CheckRunRow> =
            sqlx::query_as(OF_STEP).bind(incident.0).bind(i64::from(step.number())).fetch_all(&mut *self.tx).await?;
        rows.into_iter().map(CheckRunRow::into_run).collect()
    }

    /// Runs of a step that have not ended.
    ///
    /// # Errors
    /// The store's.
    pub async fn unfinished_runs_of_step(&mut self, incident: IncidentId, step: Step) -> Result<Vec<CheckRun>> {
        let rows: Vec<CheckRunRow> = sqlx::query_as(
            "SELECT id, incident_id, step, round, kind, node, state, queued_at, started_at, engine, ended_at,
                    ended_with, cancelled_by, seen_at
             FROM check_runs WHERE incident_id = $1 AND step = $2 AND state <> 'ended' ORDER BY id",
        )
        .bind(incident.0)
        .bind(i64::from(step.number()))
        .fetch_all(&mut *self.tx)
        .await?;
        rows.into_iter().map(CheckRunRow::into_run).collect()
    }

    /// Running runs of any engine but this one.
    ///
    /// # Errors
    /// The store's.
    pub async fn running_runs_of_others(&mut self, engine: &str) -> Result<Vec<CheckRunId>> {
        let ids: Vec<i64> = sqlx::query_scalar(RUNNING_OF_OTHERS).bind(engine).fetch_all(&mut *self.tx).await?;
        Ok(ids.into_iter().map(CheckRunId).collect())
    }
}

async fn run(executor: impl SqliteExecutor<'_>, id: CheckRunId) -> Result<Option<CheckRun>> {
    let row: Option<CheckRunRow> = sqlx::query_as(
        "SELECT id, incident_id, step, round, kind, node, state, queued_at, started_at, engine, ended_at, ended_with,
                cancelled_by, seen_at
         FROM check_runs WHERE id = $1",
    )
    .bind(id.0)
    .fetch_optional(executor)
    .await?;
    row.map(CheckRunRow::into_run).transpose()
}

/// One mark a run, without reading what it found.
pub(super) async fn marks(
    executor: impl SqliteExecutor<'_>,
    incident: IncidentId,
    damages: Option<&Damages>,
) -> Result<Vec<RunMark>> {
    let query = sqlx::query("SELECT id, step, ended_as FROM check_runs WHERE incident_id = $1 ORDER BY id");
    let of = Of { table: "check_runs", incident: Some(incident), damages };
    readable(executor, of, query.bind(incident.0), |(id, step, ended_as): (i64, i64, Option<String>)| {
        let step = At { table: "check_runs", row: &id }.step(step)?;
        Ok(RunMark { step, ended: ended_as.map(|end| !matches!(end.as_str(), "cancelled" | "interrupted")) })
    })
    .await
}
