//! The database as a whole: copies of it, and whether one is sound.

use std::path::Path;

use sqlx::{ConnectOptions as _, Connection as _};

use super::{MIGRATIONS, ReadStore, Result, applied, options};
use crate::domain::id::{EventId, IncidentId};

/// Copies the database as it is at one moment, while others write, into `to`, which is empty or not there. Gives the
/// version of its schema and the folders of the archives that it names.
///
/// # Errors
/// The store's.
pub async fn copy(database: &Path, to: &Path) -> Result<Copied> {
    // A connection that may only read may not write the copy either.
    let mut connection = options(database).connect().await?;
    sqlx::query("VACUUM INTO $1").bind(to.display().to_string()).execute(&mut connection).await?;
    connection.close().await?;
    // From the copy: it is of one moment.
    let mut connection = options(to).connect().await?;
    let schema = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(&mut connection).await?;
    let folders = "SELECT content FROM handed_in WHERE kind = 'archive' ORDER BY id";
    let archives = sqlx::query_scalar(folders).fetch_all(&mut connection).await?;
    // One file, without companions.
    sqlx::query("PRAGMA journal_mode = DELETE").execute(&mut connection).await?;
    connection.close().await?;
    Ok(Copied { schema, archives })
}

/// What a copy holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Version of its schema.
    pub schema: i64,
    /// Folders of archives, below the data folder.
    pub archives: Vec<String>,
}

/// The version of a database that this program would have to migrate; `None` if there is nothing to migrate.
///
/// # Errors
/// The store's.
pub async fn to_migrate(database: &Path) -> Result<Option<i64>> {
    if database.metadata().map_or(true, |meta| meta.len() == 0) {
        return Ok(None);
    }
    match schema_to_migrate(database).await {
        // Opening it says what is wrong and what to do.
        Err(error) if error.is_damage() => Ok(None),
        schema => schema,
    }
}

async fn schema_to_migrate(database: &Path) -> Result<Option<i64>> {
    // Not read-only: a database that is not in WAL mode yet could not even be opened by these options then.
    let mut connection = options(database).connect().await?;
    let applied = applied(&mut connection).await?;
    connection.close().await?;
    let missing = MIGRATIONS.iter().any(|migration| !applied.contains(&migration.version));
    Ok(applied.into_iter().max().filter(|_| missing))
}

impl ReadStore {
    /// What SQLite finds wrong with the file; empty if nothing.
    ///
    /// # Errors
    /// The store's.
    pub async fn faults(&self) -> Result<Vec<String>> {
        let said: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(20)").fetch_all(&self.pool).await?;
        Ok(said.into_iter().filter(|line| line != "ok").collect())
    }

    /// The first event of any incident that does not fit the one before.
    ///
    /// # Errors
    /// The store's.
    pub async fn first_broken_chain(&self) -> Result<Option<(IncidentId, EventId)>> {
        let incidents: Vec<i64> = sqlx::query_scalar("SELECT DISTINCT incident_id FROM events ORDER BY incident_id")
            .fetch_all(&self.pool)
            .await?;
        for incident in incidents.into_iter().map(IncidentId) {
            if let Some(event) = self.first_broken_event(incident).await? {
                return Ok(Some((incident, event)));
            }
        }
        Ok(None)
    }
}
