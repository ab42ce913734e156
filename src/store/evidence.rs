//! Table `evidence`: immutable (triggers hold that), redacted before it comes here, hashed.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::codec::{At, row, to_json};
use super::damage::{Of, readable};
use super::{Damages, ReadStore, Result, WriteTx};
use crate::domain::check_run::{CheckRun, RunEnd};
use crate::domain::evidence::Evidence;
use crate::domain::id::{CheckRunId, EvidenceId, IncidentId, NodeName};
use crate::domain::message::Message;
use crate::domain::observed::{Missing, Observations, Observed, SampleSeen};
use crate::domain::time::Timestamp;

/// How much of the monitor's past the observations hold, milliseconds.
const SAMPLES_MS: i64 = 30 * 60 * 1000;

/// One line of the evidence list: everything but the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceItem {
    /// Row id.
    pub id: EvidenceId,
    /// The run that gathered it.
    pub run: CheckRunId,
    /// The evidence; its `body` is empty here.
    pub evidence: Evidence,
    /// Length of the body.
    pub size_bytes: u64,
}

row! {
    struct EvidenceRow {
        id: i64,
        incident_id: i64,
        run_id: i64,
        node: Option<String>,
        kind: String,
        vantage: String,
        captured_at: i64,
        clock_offset_ms: Option<i64>,
        body: String,
        sha256: String,
        size_bytes: i64,
    }
}

impl EvidenceRow {
    fn into_item(self) -> Result<(IncidentId, EvidenceItem)> {
        let at = At { table: "evidence", row: &self.id };
        let evidence = Evidence {
            vantage: at.json("vantage", &self.vantage)?,
            node: self.node.map(NodeName),
            check: self.kind,
            captured_at: Timestamp::from_millis(self.captured_at),
            clock_offset_ms: self.clock_offset_ms,
            body: self.body,
            sha256: self.sha256,
        };
        let size_bytes = at.size("body", self.size_bytes)?;
        let item = EvidenceItem { id: EvidenceId(self.id), run: CheckRunId(self.run_id), evidence, size_bytes };
        Ok((IncidentId(self.incident_id), item))
    }
}

impl ReadStore {
    /// By id, with its incident.
    ///
    /// # Errors
    /// The store's.
    pub async fn evidence(&self, id: EvidenceId) -> Result<Option<(IncidentId, Evidence)>> {
        let row: Option<EvidenceRow> = sqlx::query_as(
            "SELECT id, incident_id, run_id, node, kind, vantage, captured_at, clock_offset_ms, body, sha256,
                    length(body) AS size_bytes
             FROM evidence WHERE id = $1",
        )
        .bind(id.0)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(EvidenceRow::into_item).transpose()?.map(|(incident, item)| (incident, item.evidence)))
    }

    /// What a run gathered.
    ///
    /// # Errors
    /// The store's.
    pub async fn evidence_of_run(&self, run: CheckRunId) -> Result<Option<(EvidenceId, Evidence)>> {
        let row: Option<EvidenceRow> = sqlx::query_as(
            "SELECT id, incident_id, run_id, node, kind, vantage, captured_at, clock_offset_ms, body, sha256,
                    length(body) AS size_bytes
             FROM evidence WHERE run_id = $1",
        )
        .bind(run.0)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(EvidenceRow::into_item).transpose()?.map(|(_, item)| (item.id, item.evidence)))
    }

    /// What a check gathered first about a node.
    ///
    /// # Errors
    /// The store's.
    pub async fn first_evidence(&self, incident: IncidentId, check: &str, node: &NodeName) -> Result<Option<Evidence>> {
        let row: Option<EvidenceRow> = sqlx::query_as(
            "SELECT id, incident_id, run_id, node, kind, vantage, captured_at, clock_offset_ms, body, sha256,
                    length(body) AS size_bytes
             FROM evidence WHERE incident_id = $1 AND kind = $2 AND node = $3 ORDER BY id LIMIT 1",
        )
        .bind(incident.0)
        .bind(check)
        .bind(&node.0)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(EvidenceRow::into_item).transpose()?.map(|(_, item)| item.evidence))
    }

    /// Everything gathered in an incident, oldest first, without bodies.
    ///
    /// # Errors
    /// The store's.
    pub async fn evidence_list(&self, incident: IncidentId) -> Result<Vec<EvidenceItem>> {
        let query = sqlx::query(
            "SELECT id, incident_id, run_id, node, kind, vantage, captured_at, clock_offset_ms, '' AS body, sha256,
                    length(body) AS size_bytes
             FROM evidence WHERE incident_id = $1 ORDER BY id",
        );
        let of = Of { table: "evidence", incident: Some(incident), damages: Some(&self.damages) };
        readable(&self.pool, of, query.bind(incident.0), |row: EvidenceRow| row.into_item().map(|(_, item)| item)).await
    }

    /// Per kind and node what the newest run that looked saw, or why it saw nothing (an old observation never hides a
    /// new failure to look), and the monitor's samples of the last half hour.
    ///
    /// # Errors
    /// The store's.
    pub async fn observations(&self, incident: IncidentId) -> Result<Observations> {
        let mut tx = self.pool.begin().await?;
        let query = sqlx::query(
            "SELECT r.id, r.kind, r.node, CAST(r.ended_with AS BLOB) AS ended_with, CAST(e.body AS BLOB) AS body,
                    e.sha256
             FROM check_runs r LEFT JOIN evidence e ON e.run_id = r.id
             WHERE r.id IN (SELECT max(id) FROM check_runs
                            WHERE incident_id = $1 AND node IS NOT NULL
                              AND ended_as IN ('judged', 'could_not_run', 'timed_out')
                            GROUP BY kind, node)",
        );
        let of = Of { table: "check_runs", incident: Some(incident), damages: Some(&self.damages) };
        let rows: Vec<ObservationRow> = readable(&mut *tx, of, query.bind(incident.0), Ok).await?;
        let mut observations = Observations::default();
        for row in rows {
            if let Some(id) = put(&mut observations, row) {
                self.damages.note(Some(incident), "evidence", format!("of run {id}"), "it is not what was saved");
            }
        }
        observations.samples = recent_samples(&mut tx, incident, &self.damages).await?;
        drop(tx);
        observations.client_logs = self.clients_say(incident).await?;
        let read = self.client_logs_read(incident).await?.into_iter();
        observations.client_logs_unread = read.filter_map(|log| Some((log.client, log.failed?))).collect();
        Ok(observations)
    }

    /// What these runs saw, or why they saw nothing, and the monitor's samples of the half hour up to `until`; and the runs
    /// whose evidence cannot be read.
    ///
    /// # Errors
    /// The store's.
    pub async fn observations_of(
        &self,
        incident: IncidentId,
        runs: &[CheckRunId],
        until: Timestamp,
    ) -> Result<(Observations, Vec<CheckRunId>)> {
        let (mut observations, mut damaged) = (Observations::default(), Vec::new());
        for run in runs {
            let query = sqlx::query(
                "SELECT r.id, r.kind, r.node, CAST(r.ended_with AS BLOB) AS ended_with, CAST(e.body AS BLOB) AS body,
                        e.sha256
                 FROM check_runs r LEFT JOIN evidence e ON e.run_id = r.id
                 WHERE r.incident_id = $1 AND r.id = $2 AND r.node IS NOT NULL",
            );
            let of = Of { table: "check_runs", incident: Some(incident), damages: Some(&self.damages) };
            let rows: Vec<ObservationRow> = readable(&self.pool, of, query.bind(incident.0).bind(run.0), Ok).await?;
            if rows.is_empty() {
                damaged.push(*run);
            }
            damaged.extend(rows.into_iter().filter_map(|row| put(&mut observations, row)).map(CheckRunId));
        }
        for (node, sample) in self.samples(incident, until.plus_millis(-SAMPLES_MS)).await? {
            if sample.at <= until {
                observations.samples.entry(node).or_default().push(sample);
            }
        }
        Ok((observations, damaged))
    }
}

/// Puts what a run saw among the observations; its id if that is not what was saved.
fn put(observations: &mut Observations, row: ObservationRow) -> Option<i64> {
    let ObservationRow { id, kind, node, ended_with, body, sha256 } = row;
    let node = NodeName(node);
    let seen = match body {
        // Evidence that is not what was gathered is not evidence.
        Some(body) if sha256.as_deref() != Some(&hex::encode(Sha256::digest(&body))) => None,
        Some(body) => serde_json::from_slice::<Observed>(&body).ok().map(Ok),
        None => serde_json::from_slice::<RunEnd>(&ended_with).ok().map(|end| Err(missing_because(end))),
    };
    match seen {
        Some(Ok(observed)) => observations.put(&kind, node, observed),
        Some(Err(reason)) => observations.put_missing(&kind, node, reason),
        None => {
            observations.put_missing(&kind, node, Message::new("run-row-damaged"));
            return Some(id);
        }
    }
    None
}

impl WriteTx {
    /// Adds what a run gathered.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_evidence(&mut self, run: &CheckRun, evidence: &Evidence) -> Result<EvidenceId> {
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO evidence (incident_id, run_id, node, kind, vantage, captured_at, clock_offset_ms, body, sha256)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
        )
        .bind(run.incident.0)
        .bind(run.id.0)
        .bind(evidence.node.as_ref().map(|node| node.0.as_str()))
        .bind(&evidence.check)
        .bind(to_json(&evidence.vantage)?)
        .bind(evidence.captured_at.as_millis())
        .bind(evidence.clock_offset_ms)
        .bind(&evidence.body)
        .bind(&evidence.sha256)
        .fetch_one(&mut *self.tx)
        .await?;
        Ok(EvidenceId(id))
    }
}

// What a run saw, or how it ended. Bytes and not text: a damaged text need not be UTF-8.
row! {
    struct ObservationRow {
        id: i64,
        kind: String,
        node: String,
        ended_with: Vec<u8>,
        body: Option<Vec<u8>>,
        sha256: Option<String>,
    }
}

fn missing_because(end: RunEnd) -> Missing {
    match end {
        RunEnd::CouldNotRun { reason } => reason.into(),
        RunEnd::TimedOut => Missing::timed_out(Message::new("run-timed-out")),
        RunEnd::Judged { .. } | RunEnd::Cancelled { .. } | RunEnd::Interrupted => {
            Message::new("run-no-evidence").into()
        }
    }
}

async fn recent_samples(
    connection: &mut sqlx::SqliteConnection,
    incident: IncidentId,
    damages: &Damages,
) -> Result<BTreeMap<NodeName, Vec<SampleSeen>>> {
    let query = sqlx::query(
        "SELECT s.at, s.node, s.body FROM samples s JOIN monitors m ON m.incident_id = s.incident_id
         WHERE s.incident_id = $1 AND s.at >= m.started_at
           AND s.at > (SELECT max(at) FROM samples WHERE incident_id = $1) - $2
         ORDER BY s.at",
    );
    let of = Of { table: "samples", incident: Some(incident), damages: Some(damages) };
    let query = query.bind(incident.0).bind(SAMPLES_MS);
    let rows = readable(connection, of, query, |(at, node, body): (i64, String, String)| {
        let sample: SampleSeen =
            At { table: "samples", row: &format!("{incident}/{at}/{node}") }.json("body", &body)?;
        Ok((NodeName(node), sample))
    })
    .await?;
    let mut samples: BTreeMap<NodeName, Vec<SampleSeen>> = BTreeMap::new();
    for (node, sample) in rows {
        samples.entry(node).or_default().push(sample);
    }
    Ok(samples)
}
