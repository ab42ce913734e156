//! Logs of clients that people hand in.

use sha2::{Digest as _, Sha256};

use super::incidents::load;
use super::{Caller, CommandError, Commands, Result, once, task_died};
use crate::domain::event::EventKind;
use crate::domain::id::{ClientLogId, IncidentId};
use crate::nacos::client_log;

/// Largest log, bytes.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;
/// Most characters of the words that say whose it is.
const MAX_CLIENT_CHARS: usize = 100;
/// Most logs of an incident.
const MOST: i64 = 200;

/// Takes the log of a client: what it says is kept, with the lines that say it; the text is not.
///
/// # Errors
/// `NotFound(Incident)`; `Domain(IncidentClosed)`; `Invalid` for `client` and `text`.
pub async fn hand_in(
    commands: &Commands,
    caller: &Caller,
    incident: IncidentId,
    client: &str,
    text: &str,
) -> Result<ClientLogId> {
    let client = client.trim();
    if client.is_empty() {
        return Err(CommandError::invalid("client", "invalid-client-log-whose"));
    }
    if client.chars().count() > MAX_CLIENT_CHARS {
        return Err(CommandError::invalid("client", "invalid-text-long"));
    }
    if text.trim().is_empty() {
        return Err(CommandError::invalid("text", "invalid-text-empty"));
    }
    if text.len() > MAX_BYTES {
        return Err(CommandError::invalid("text", "invalid-text-long"));
    }
    let (cx, came) = (commands.clone(), text.to_owned());
    let read = move || (client_log::read(&cx.0.files.redact(&came)), hex::encode(Sha256::digest(&came)));
    let (seen, sha256) = tokio::task::spawn_blocking(read).await.map_err(task_died)?;
    let seen = seen.map_err(|why| CommandError::invalid("text", why.key()))?;
    let mut tx = commands.begin().await?;
    if let Some(first) = once::first_result(&mut tx, caller).await? {
        return Ok(first);
    }
    load(&mut tx, incident).await?.require_open()?;
    if tx.client_log_count(incident).await? >= MOST {
        return Err(CommandError::invalid("text", "invalid-client-log-many"));
    }
    let size_bytes = text.len() as u64;
    let id = tx.insert_client_log(incident, client, &seen, (size_bytes, &sha256), &caller.name).await?;
    let event = EventKind::ClientLogHandedIn { client: client.to_owned(), size_bytes };
    tx.append(incident, &caller.actor(), &event).await?;
    once::keep(&mut tx, caller, &id).await?;
    tx.commit().await?;
    Ok(id)
}
