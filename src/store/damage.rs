//! Pieces of records that cannot be read. Readers pass over them and note them here, so that one damaged row costs the
//! page that shows it one piece, and nothing else anything.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::TryStreamExt as _;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteRow};
use sqlx::{FromRow, Row as _, SqliteExecutor};

use super::{Result, StoreError};
use crate::domain::id::IncidentId;

/// Most pieces that are remembered: a file that is damaged everywhere needs no longer list.
const MOST: usize = 1000;

/// A piece that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Damage {
    /// The incident that owns it; `None`: none does, or it cannot be told.
    pub incident: Option<IncidentId>,
    /// Table.
    pub table: &'static str,
    /// Row; `?`: it cannot be told.
    pub row: String,
}

/// What was found since the start. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Damages(Arc<Mutex<BTreeSet<Damage>>>);

impl Damages {
    /// Everything, by incident.
    #[must_use]
    pub fn all(&self) -> Vec<Damage> {
        self.found().iter().cloned().collect()
    }

    /// Of one incident.
    #[must_use]
    pub fn of(&self, incident: IncidentId) -> Vec<Damage> {
        self.found().iter().filter(|damage| damage.incident == Some(incident)).cloned().collect()
    }

    /// Remembers a piece; the log hears of each once.
    pub(super) fn note(&self, incident: Option<IncidentId>, table: &'static str, row: impl ToString, why: &str) {
        let damage = Damage { incident, table, row: row.to_string() };
        let mut found = self.found();
        if found.len() < MOST && !found.contains(&damage) {
            tracing::error!(
                store.table = table,
                store.row = %damage.row,
                incident.id = incident.map(|id| id.0),
                "a stored piece cannot be read and is passed over: {why}"
            );
            found.insert(damage);
        }
    }

    /// Nothing that could panic is done under the lock, so a poisoned one holds whole data.
    fn found(&self) -> MutexGuard<'_, BTreeSet<Damage>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whose rows are read.
#[derive(Clone, Copy)]
pub(super) struct Of<'a> {
    pub table: &'static str,
    /// `None`: each row says it.
    pub incident: Option<IncidentId>,
    /// `None`: the first row that cannot be read is an error, for changes that must not rest on half a record.
    pub damages: Option<&'a Damages>,
}

/// The rows that can be read, in order.
pub(super) async fn readable<R, T>(
    executor: impl SqliteExecutor<'_>,
    of: Of<'_>,
    query: Query<'_, Sqlite, SqliteArguments>,
    into: impl Fn(R) -> Result<T>,
) -> Result<Vec<T>>
where
    R: for<'r> FromRow<'r, SqliteRow>,
{
    let mut rows = query.fetch(executor);
    let mut read = Vec::new();
    loop {
        let row = match rows.try_next().await.map_err(StoreError::from) {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(read),
            Err(error) => match of.damages {
                // A damaged page: what came before it stands.
                Some(damages) if error.is_damage() => {
                    damages.note(of.incident, of.table, "?", &error.to_string());
                    return Ok(read);
                }
                _ => return Err(error),
            },
        };
        match R::from_row(&row).map_err(StoreError::from).and_then(&into) {
            Ok(value) => read.push(value),
            Err(error) => match of.damages {
                Some(damages) => {
                    let number = |column: &str| row.try_get::<i64, _>(column).ok();
                    let owner = if of.table == "incidents" { number("id") } else { number("incident_id") };
                    let id = number("id").map_or_else(|| "?".to_owned(), |id| id.to_string());
                    damages.note(of.incident.or(owner.map(IncidentId)), of.table, id, &error.to_string());
                }
                None => return Err(error),
            },
        }
    }
}
