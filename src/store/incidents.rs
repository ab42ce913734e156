//! Tables `incidents`, `runbook_versions`, `step_decisions`.

use sqlx::{QueryBuilder, SqliteExecutor};

use super::codec::{At, row, to_json};
use super::damage::{Of, readable};
use super::search::{normalise, push_words};
use super::{Change, Damages, ReadStore, Result, WriteTx, check_runs};
use crate::domain::cluster::Cluster;
use crate::domain::code::Code;
use crate::domain::exception::NotedException;
use crate::domain::finding::Step;
use crate::domain::id::{ClusterId, IncidentId, NodeName};
use crate::domain::incident::{DecisionKind, Incident, IncidentState, StepDecision, StepProgress, StepState};
use crate::domain::runbook::Runbook;
use crate::domain::severity::{Scope, Severity};
use crate::domain::time::Timestamp;

pub(super) const OPEN: &str =
    "SELECT id, cluster_id, cluster_name, node, drill, state, opened_by, lead, opened_at, mitigated_at, resolved_at,
            reviewed_at, severity, affected, runbook_slug, runbook_version, NULL AS recovered
     FROM incidents WHERE state IN ('declared', 'mitigated') ORDER BY id DESC";

/// Which incidents to list, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IncidentQuery {
    /// Words that must all stand in title, cluster, node, notes or causes; 1 and 2 character Chinese words count.
    pub text: String,
    /// Only those whose cause it is, or in which it was named; where a review corrected the cause, only what it says counts.
    pub cause: Option<Code>,
    /// Only in this state.
    pub state: Option<IncidentState>,
    /// Only those whose cluster had not recovered when they were closed, or all but those.
    pub recovered: Option<bool>,
    /// Only of this cluster.
    pub cluster: Option<ClusterId>,
    /// Only drills, or only real incidents.
    pub drill: Option<bool>,
    /// Only those that people called as bad as that.
    pub severity: Option<Severity>,
    /// Only those that this person leads, by login name.
    pub lead: Option<String>,
    /// Only those that were opened then or later.
    pub from: Option<Timestamp>,
    /// Only those that were opened before.
    pub to: Option<Timestamp>,
    /// Only older than this one (next page).
    pub before: Option<IncidentId>,
    /// How many at most; 0 means 50.
    pub limit: u32,
}

row! {
    struct IncidentRow {
        id: i64,
        cluster_id: i64,
        cluster_name: String,
        node: Option<String>,
        drill: i64,
        state: String,
        opened_by: String,
        lead: String,
        opened_at: i64,
        mitigated_at: Option<i64>,
        resolved_at: Option<i64>,
        reviewed_at: Option<i64>,
        runbook_slug: String,
        runbook_version: String,
        recovered: Option<i64>,
        severity: Option<String>,
        affected: String,
    }
}

impl IncidentRow {
    fn into_incident(self) -> Result<Incident> {
        let at = At { table: "incidents", row: &self.id };
        let state = at.need("state", IncidentState::from_name(&self.state))?;
        let severity = self.severity.map(|name| at.need("severity", Severity::from_name(&name))).transpose()?;
        let affected = self.affected.lines().map(str::to_owned).collect();
        Ok(Incident {
            id: IncidentId(self.id),
            cluster: ClusterId(self.cluster_id),
            cluster_name: self.cluster_name,
            node: self.node.map(NodeName),
            drill: self.drill != 0,
            state,
            opened_by: somebody(self.opened_by),
            lead: somebody(self.lead),
            opened_at: Timestamp::from_millis(self.opened_at),
            mitigated_at: self.mitigated_at.map(Timestamp::from_millis),
            resolved_at: self.resolved_at.map(Timestamp::from_millis),
            recovered: self.recovered.map(|recovered| recovered != 0),
            reviewed_at: self.reviewed_at.map(Timestamp::from_millis),
            scope: Scope { severity, affected },
            runbook: format!("{}@{}", self.runbook_slug, self.runbook_version),
        })
    }
}

/// A login name, which is never empty; empty: nobody.
fn somebody(name: String) -> Option<String> {
    Some(name).filter(|name| !name.is_empty())
}

row! {
    struct DecisionRow {
        id: i64,
        step: i64,
        kind: String,
        reason: String,
        decided_by: String,
        at: i64,
        exceptions: String,
    }
}

impl DecisionRow {
    fn into_decision(self) -> Result<StepDecision> {
        let at = At { table: "step_decisions", row: &self.id };
        Ok(StepDecision {
            step: at.step(self.step)?,
            kind: at.need("kind", DecisionKind::from_name(&self.kind))?,
            reason: self.reason,
            exceptions: at.json("exceptions", &self.exceptions)?,
            by: self.decided_by,
            at: Timestamp::from_millis(self.at),
        })
    }
}

impl ReadStore {
    /// By id.
    ///
    /// # Errors
    /// The store's.
    pub async fn incident(&self, id: IncidentId) -> Result<Option<Incident>> {
        incident(&self.pool, id).await
    }

    /// Declared and mitigated ones, newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn open_incidents(&self) -> Result<Vec<Incident>> {
        readable(&self.pool, self.incidents_of(), sqlx::query(OPEN), IncidentRow::into_incident).await
    }

    const fn incidents_of(&self) -> Of<'_> {
        Of { table: "incidents", incident: None, damages: Some(&self.damages) }
    }

    /// List and search, newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn incidents(&self, query: &IncidentQuery) -> Result<Vec<Incident>> {
        const RECOVERED: &str = "CASE WHEN state IN ('resolved', 'reviewed') THEN
                (SELECT recovered FROM closures WHERE incident_id = incidents.id ORDER BY closures.id DESC LIMIT 1)
            END";
        let mut sql = QueryBuilder::new(format!(
            "SELECT id, cluster_id, cluster_name, node, drill, state, opened_by, lead, opened_at, mitigated_at,
                    resolved_at, reviewed_at, severity, affected, runbook_slug, runbook_version, {RECOVERED} AS recovered
             FROM incidents WHERE 1 = 1"
        ));
        if let Some(recovered) = query.recovered {
            sql.push(format!(" AND COALESCE({RECOVERED}, 1) = ")).push_bind(i64::from(recovered));
        }
        if let Some(state) = query.state {
            sql.push(" AND state = ").push_bind(state.as_str());
        }
        if let Some(cluster) = query.cluster {
            sql.push(" AND cluster_id = ").push_bind(cluster.0);
        }
        if let Some(drill) = query.drill {
            sql.push(" AND drill = ").push_bind(i64::from(drill));
        }
        if let Some(severity) = query.severity {
            sql.push(" AND severity = ").push_bind(severity.as_str());
        }
        if let Some(lead) = &query.lead {
            sql.push(" AND lead = ").push_bind(lead);
        }
        if let Some(from) = query.from {
            sql.push(" AND opened_at >= ").push_bind(from.as_millis());
        }
        if let Some(to) = query.to {
            sql.push(" AND opened_at < ").push_bind(to.as_millis());
        }
        if let Some(before) = query.before {
            sql.push(" AND id < ").push_bind(before.0);
        }
        if let Some(cause) = query.cause {
            let newest = "FROM reviews r WHERE r.incident_id = incidents.id AND r.verdict = 'corrected'
                          AND r.version = (SELECT MAX(version) FROM reviews WHERE incident_id = incidents.id)";
            sql.push(format!(
                " AND CASE WHEN EXISTS (SELECT 1 {newest}) THEN EXISTS (SELECT 1 {newest} AND r.was_code = "
            ));
            sql.push_bind(cause.as_str()).push(") ELSE 1 = 1");
            push_words(&mut sql, cause.as_str());
            sql.push(" END");
        }
        push_words(&mut sql, &query.text);
        sql.push(" ORDER BY id DESC LIMIT ");
        sql.push_bind(i64::from(if query.limit == 0 { 50 } else { query.limit }));
        readable(&self.pool, self.incidents_of(), sql.build(), IncidentRow::into_incident).await
    }

    /// Everybody who leads an incident, by name.
    ///
    /// # Errors
    /// The store's.
    pub async fn leads(&self) -> Result<Vec<String>> {
        Ok(sqlx::query_scalar("SELECT DISTINCT lead FROM incidents WHERE lead <> '' ORDER BY lead")
            .fetch_all(&self.pool)
            .await?)
    }

    /// The runbook as it was when the incident was opened.
    ///
    /// # Errors
    /// The store's.
    pub async fn runbook(&self, incident: IncidentId) -> Result<Option<Runbook>> {
        runbook(&self.pool, incident).await
    }

    /// Whether an incident has this version of a runbook and its text is another, or gone. The version is a hash of the text,
    /// so what differs is damaged.
    ///
    /// # Errors
    /// The store's.
    pub async fn has_damaged_text(&self, runbook: &Runbook) -> Result<bool> {
        let found: Option<i64> = sqlx::query_scalar(
            "SELECT 1 FROM incidents i
                 LEFT JOIN runbook_versions v ON v.slug = i.runbook_slug AND v.version = i.runbook_version
                 WHERE i.runbook_slug = $1 AND i.runbook_version = $2 AND v.body IS NOT $3 LIMIT 1",
        )
        .bind(&runbook.slug)
        .bind(&runbook.version)
        .bind(to_json(runbook)?)
        .fetch_optional(&self.pool)
        .await?;
        Ok(found.is_some())
    }

    /// Every decision, oldest first; the last one of a step counts.
    ///
    /// # Errors
    /// The store's.
    pub async fn decisions(&self, incident: IncidentId) -> Result<Vec<StepDecision>> {
        decisions(&self.pool, incident, Some(&self.damages)).await
    }

    /// State of every step of its runbook, in order.
    ///
    /// # Errors
    /// The store's.
    pub async fn step_states(&self, incident: IncidentId) -> Result<Vec<(Step, StepState)>> {
        let progress = self.step_progress(incident).await?;
        Ok(progress.into_iter().map(|(step, progress)| (step, progress.state())).collect())
    }

    /// What was run and decided at every step of its runbook, in order.
    ///
    /// # Errors
    /// The store's.
    pub async fn step_progress(&self, incident: IncidentId) -> Result<Vec<(Step, StepProgress)>> {
        let mut tx = self.pool.begin().await?;
        step_progress(&mut tx, incident, Some(&self.damages)).await
    }
}

impl WriteTx {
    /// Those that are open, newest first. One that cannot be read is passed over: it keeps nobody from opening another.
    ///
    /// # Errors
    /// The store's.
    pub async fn open_incidents(&mut self) -> Result<Vec<Incident>> {
        let of = Of { table: "incidents", incident: None, damages: Some(&self.damages) };
        readable(&mut *self.tx, of, sqlx::query(OPEN), IncidentRow::into_incident).await
    }

    /// Every decision, oldest first; the last one of a step counts.
    ///
    /// # Errors
    /// The store's.
    pub async fn decisions(&mut self, incident: IncidentId) -> Result<Vec<StepDecision>> {
        decisions(&mut *self.tx, incident, Some(&self.damages)).await
    }

    /// By id.
    ///
    /// # Errors
    /// The store's.
    pub async fn incident(&mut self, id: IncidentId) -> Result<Option<Incident>> {
        incident(&mut *self.tx, id).await
    }

    /// Its frozen runbook.
    ///
    /// # Errors
    /// The store's.
    pub async fn runbook(&mut self, incident: IncidentId) -> Result<Option<Runbook>> {
        runbook(&mut *self.tx, incident).await
    }

    /// What the rules must know of every step, in the runbook's order.
    ///
    /// # Errors
    /// The store's.
    pub async fn step_progress(&mut self, incident: IncidentId) -> Result<Vec<(Step, StepProgress)>> {
        step_progress(&mut self.tx, incident, None).await
    }

    /// Adds an incident that starts with this runbook, which is kept once a version. `opened_by`: leads it; `None`: the program
    /// opens it, and nobody does.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_incident(
        &mut self,
        cluster: &Cluster,
        node: Option<&NodeName>,
        drill: bool,
        opened_by: Option<&str>,
        runbook: &Runbook,
    ) -> Result<IncidentId> {
        self.keep_runbook(runbook).await?;
        let opened_by = opened_by.unwrap_or_default();
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO incidents (cluster_id, cluster_name, node, drill, state, opened_by, lead, opened_at,
                                    runbook_slug, runbook_version, search_text, search_causes)
             VALUES ($1, $2, $3, $4, 'declared', $5, $5, $6, $7, $8, '', '') RETURNING id",
        )
        .bind(cluster.id.0)
        .bind(&cluster.name)
        .bind(node.map(|node| node.0.as_str()))
        .bind(i64::from(drill))
        .bind(opened_by)
        .bind(self.now.as_millis())
        .bind(&runbook.slug)
        .bind(&runbook.version)
        .fetch_one(&mut *self.tx)
        .await?;
        let id = IncidentId(id);
        let address = node.and_then(|node| cluster.node(node)).and_then(|node| node.api.as_ref());
        let address = address.map(|api| api.host.clone()).unwrap_or_default();
        let node = node.map(|node| node.0.as_str()).unwrap_or_default();
        self.add_search_text(id, &format!("{} {} {node} {address} {opened_by}", id.label(), cluster.name)).await?;
        self.touch(Change::Incident(id));
        Ok(id)
    }

    /// Saves state, lead and times.
    ///
    /// # Errors
    /// The store's.
    pub async fn update_incident(&mut self, incident: &Incident) -> Result<()> {
        sqlx::query(
            "UPDATE incidents SET state = $2, lead = $3, mitigated_at = $4, resolved_at = $5, reviewed_at = $6
             WHERE id = $1",
        )
        .bind(incident.id.0)
        .bind(incident.state.as_str())
        .bind(incident.lead.as_deref().unwrap_or_default())
        .bind(incident.mitigated_at.map(Timestamp::as_millis))
        .bind(incident.resolved_at.map(Timestamp::as_millis))
        .bind(incident.reviewed_at.map(Timestamp::as_millis))
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(incident.id));
        Ok(())
    }

    /// Saves how bad an incident is and what it affects.
    ///
    /// # Errors
    /// The store's.
    pub async fn set_scope(&mut self, incident: IncidentId, scope: &Scope) -> Result<()> {
        sqlx::query("UPDATE incidents SET severity = $2, affected = $3 WHERE id = $1")
            .bind(incident.0)
            .bind(scope.severity.map(Severity::as_str))
            .bind(scope.affected.join("\n"))
            .execute(&mut *self.tx)
            .await?;
        self.touch(Change::Incident(incident));
        Ok(())
    }

    /// Adds a decision at the time of this transaction.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_decision(
        &mut self,
        incident: IncidentId,
        step: Step,
        kind: DecisionKind,
        reason: &str,
        exceptions: &[NotedException],
        by: &str,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO step_decisions (incident_id, step, kind, reason, decided_by, at, exceptions)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(incident.0)
        .bind(i64::from(step.number()))
        .bind(kind.as_str())
        .bind(reason)
        .bind(by)
        .bind(self.now.as_millis())
        .bind(to_json(exceptions)?)
        .execute(&mut *self.tx)
        .await?;
        self.touch(Change::Incident(incident));
        Ok(())
    }

    /// Keeps a runbook's version, once. The version is a hash of the text: where another text stands, it is damaged and put right.
    ///
    /// # Errors
    /// The store's.
    pub async fn keep_runbook(&mut self, runbook: &Runbook) -> Result<()> {
        sqlx::query(
            "INSERT INTO runbook_versions (slug, version, body, first_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (slug, version) DO UPDATE SET body = excluded.body",
        )
        .bind(&runbook.slug)
        .bind(&runbook.version)
        .bind(to_json(runbook)?)
        .bind(self.now.as_millis())
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Makes text findable.
    ///
    /// # Errors
    /// The store's.
    pub async fn add_search_text(&mut self, incident: IncidentId, text: &str) -> Result<()> {
        sqlx::query("UPDATE incidents SET search_text = search_text || $2 WHERE id = $1")
            .bind(incident.0)
            .bind(format!("{}\n", normalise(text)))
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Makes the causes of the newest diagnosis findable, in place of the ones before.
    ///
    /// # Errors
    /// The store's.
    pub async fn set_search_causes(&mut self, incident: IncidentId, text: &str) -> Result<()> {
        sqlx::query("UPDATE incidents SET search_causes = $2 WHERE id = $1")
            .bind(incident.0)
            .bind(normalise(text))
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }
}

async fn incident(executor: impl SqliteExecutor<'_>, id: IncidentId) -> Result<Option<Incident>> {
    let row: Option<IncidentRow> = sqlx::query_as(
        "SELECT id, cluster_id, cluster_name, node, drill, state, opened_by, lead, opened_at, mitigated_at,
                resolved_at, reviewed_at, severity, affected, runbook_slug, runbook_version,
                CASE WHEN state IN ('resolved', 'reviewed') THEN
                    (SELECT recovered FROM closures WHERE incident_id = incidents.id ORDER BY closures.id DESC LIMIT 1)
                END AS recovered
         FROM incidents WHERE id = $1",
    )
    .bind(id.0)
    .fetch_optional(executor)
    .await?;
    row.map(IncidentRow::into_incident).transpose()
}

async fn runbook(executor: impl SqliteExecutor<'_>, incident: IncidentId) -> Result<Option<Runbook>> {
    // An incident whose runbook is not there is damaged, not unknown.
    let row: Option<(String, Option<String>)> = sqlx::query_as(
        "SELECT i.runbook_version, v.body FROM incidents i
         LEFT JOIN runbook_versions v ON v.slug = i.runbook_slug AND v.version = i.runbook_version
         WHERE i.id = $1",
    )
    .bind(incident.0)
    .fetch_optional(executor)
    .await?;
    row.map(|(version, body)| {
        At { table: "runbook_versions", row: &version }.json("body", body.as_deref().unwrap_or_default())
    })
    .transpose()
}

async fn decisions(
    executor: impl SqliteExecutor<'_>,
    incident: IncidentId,
    damages: Option<&Damages>,
) -> Result<Vec<StepDecision>> {
    let query = sqlx::query(
        "SELECT id, step, kind, reason, decided_by, at, exceptions FROM step_decisions WHERE incident_id = $1 ORDER BY id",
    );
    let of = Of { table: "step_decisions", incident: Some(incident), damages };
    readable(executor, of, query.bind(incident.0), DecisionRow::into_decision).await
}

async fn step_progress(
    connection: &mut sqlx::SqliteConnection,
    id: IncidentId,
    damages: Option<&Damages>,
) -> Result<Vec<(Step, StepProgress)>> {
    let Some(runbook) = runbook(&mut *connection, id).await? else { return Ok(Vec::new()) };
    let marks = check_runs::marks(&mut *connection, id, damages).await?;
    let decisions = decisions(connection, id, damages).await?;
    Ok(runbook
        .steps
        .iter()
        .map(|step| {
            let marks: Vec<_> = marks.iter().filter(|mark| mark.step == step.step).copied().collect();
            (step.step, StepProgress::of(step.step, !step.checks.is_empty(), &marks, &decisions))
        })
        .collect())
}
