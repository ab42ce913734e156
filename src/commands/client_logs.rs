//! Logs of clients: those that people hand in, and those that are read on their hosts.

use sha2::{Digest as _, Sha256};

use super::incidents::load;
use super::{Caller, CommandError, Commands, Result, once, task_died};
use crate::domain::client_log::ClientLogSeen;
use crate::domain::event::EventKind;
use crate::domain::id::{ClientLogId, IncidentId};
use crate::domain::message::Message;
use crate::nacos::client_log::{self, NotAClients};

/// Largest log, bytes.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;
/// Most characters of the words that say whose it is.
const MAX_CLIENT_CHARS: usize = 100;
/// Most logs of an incident.
const MOST: i64 = 200;

/// The log of a client as it was read on its host.
pub struct ReadLog {
    client: String,
    seen: std::result::Result<ClientLogSeen, Message>,
}

/// What a text says that was read on the host of a client; `text`: it, or why it could not be read.
pub async fn understood(commands: &Commands, client: &str, text: std::result::Result<String, Message>) -> ReadLog {
    let (cx, named) = (commands.clone(), client.to_owned());
    let about = move |why: NotAClients| {
        let key = match why {
            NotAClients::OfAServer => "client-log-read-of-server",
            NotAClients::NothingKnown => "client-log-read-nothing",
        };
        Message::new(key).with("client", &named)
    };
    let seen = match text {
        Ok(text) => {
            let read = move || client_log::read(&cx.0.files.redact(&text)).map_err(about);
            let died = |_| Err(Message::new("checks-timed-out"));
            tokio::task::spawn_blocking(read).await.unwrap_or_else(died)
        }
        Err(why) => Err(why),
    };
    ReadLog { client: client.to_owned(), seen }
}

/// Keeps what logs say that were read on their hosts, where the incident is open still.
///
/// # Errors
/// The store's.
pub async fn keep_read(commands: &Commands, incident: IncidentId, logs: &[ReadLog]) -> Result<()> {
    let mut tx = commands.begin().await?;
    if load(&mut tx, incident).await?.require_open().is_err() {
        return Ok(());
    }
    for log in logs {
        tx.save_client_log_read(incident, &log.client, log.seen.as_ref()).await?;
    }
    tx.commit().await?;
    Ok(())
}

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
