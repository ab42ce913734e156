//! Table `audit_log`: who changed what of the administration. Append-only (triggers refuse anything else).

use sqlx::{QueryBuilder, Sqlite};

use super::codec::{At, row, to_json};
use super::{ReadStore, Result, WriteTx};
use crate::domain::audit::{AuditActor, AuditArea, AuditChange, AuditEntry, AuditKind};
use crate::domain::id::AuditId;
use crate::domain::time::Timestamp;

/// Which lines to give; `Default` is the newest of all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Only of this area.
    pub area: Option<AuditArea>,
    /// Only what this person did or what was done to them; empty: everybody.
    pub person: String,
    /// Only older than this one.
    pub before: Option<AuditId>,
    /// At most so many.
    pub limit: u32,
}

row! {
    struct AuditRow {
        id: i64,
        at: i64,
        kind: String,
        actor: String,
        subject: String,
        changes: String,
    }
}

impl AuditRow {
    fn into_entry(self) -> Result<AuditEntry> {
        let at = At { table: "audit_log", row: &self.id };
        Ok(AuditEntry {
            id: AuditId(self.id),
            at: Timestamp::from_millis(self.at),
            actor: at.json("actor", &self.actor)?,
            kind: at.need("kind", AuditKind::from_name(&self.kind))?,
            changes: at.json("changes", &self.changes)?,
            subject: self.subject,
        })
    }
}

impl ReadStore {
    /// Lines of the audit log, newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn audit_log(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>> {
        let mut sql: QueryBuilder<Sqlite> =
            QueryBuilder::new("SELECT id, at, kind, actor, subject, changes FROM audit_log WHERE 1 = 1");
        if let Some(area) = query.area {
            sql.push(" AND area = ").push_bind(area.as_str());
        }
        if !query.person.is_empty() {
            sql.push(" AND (actor_name = ").push_bind(&query.person);
            sql.push(" OR (area = 'users' AND subject = ").push_bind(&query.person).push("))");
        }
        if let Some(before) = query.before {
            sql.push(" AND id < ").push_bind(before.0);
        }
        sql.push(" ORDER BY id DESC LIMIT ").push_bind(i64::from(query.limit));
        let rows: Vec<AuditRow> = sql.build_query_as().fetch_all(&self.pool).await?;
        rows.into_iter().map(AuditRow::into_entry).collect()
    }
}

impl WriteTx {
    /// Appends to the audit log at the time of this transaction. `subject`: name of the user, cluster or credential.
    ///
    /// # Errors
    /// The store's.
    pub async fn append_audit(
        &mut self,
        actor: &AuditActor,
        kind: AuditKind,
        subject: &str,
        changes: &[AuditChange],
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO audit_log (at, area, kind, actor, actor_name, subject, changes)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(self.now.as_millis())
        .bind(kind.area().as_str())
        .bind(kind.as_str())
        .bind(to_json(actor)?)
        .bind(actor.person())
        .bind(subject)
        .bind(to_json(&changes)?)
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }
}
