//! The own logs of clients on other hosts, read in rounds of step 5 from where a cluster's inventory says that they lie.
//!
//! # Laws
//! - A log is read beside the checks of the round, under the deadline of a node, a few at once; only its end.
//! - What it says is judged as that of a log which a person handed in, and says nothing of a node. A host that cannot be read is a
//!   reason why something was not seen; what was read of it before stands.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::Semaphore;

use super::{Engine, EngineError};
use crate::commands::client_logs::{self, ReadLog};
use crate::domain::client_host::ClientHost;
use crate::domain::cluster::Cluster;
use crate::domain::id::IncidentId;
use crate::sources::Deadline;

/// Hosts that are read at once.
const AT_ONCE: usize = 8;

/// Reads and keeps them.
pub(super) async fn read(engine: &Engine, cluster: &Cluster, incident: IncidentId) -> Result<(), EngineError> {
    let hosts = engine.0.commands.read().client_hosts(cluster.id).await?;
    if hosts.is_empty() {
        return Ok(());
    }
    let turns = Semaphore::new(AT_ONCE);
    let logs = join_all(hosts.iter().map(|host| one(engine, cluster, host, &turns))).await;
    client_logs::keep_read(&engine.0.commands, incident, &logs).await?;
    Ok(())
}

async fn one(engine: &Engine, cluster: &Cluster, host: &ClientHost, turns: &Semaphore) -> ReadLog {
    let _turn = turns.acquire().await;
    let deadline = Deadline::after(Duration::from_millis(cluster.node_deadline_ms), engine.0.hard.child_token());
    let text = engine.0.factory.client_log(&host.place, &deadline).await.map_err(|error| error.message());
    client_logs::understood(&engine.0.commands, &host.client, text).await
}
