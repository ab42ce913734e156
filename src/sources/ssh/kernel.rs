//! The end of the kernel log: the one thing for which a command is run, and only where a person switched it on.
//!
//! The commands are constants. Nothing that was read, typed or configured becomes a part of them.

use russh::ChannelMsg;

use crate::sources::{SourceError, redact};

use super::trouble::SshTrouble;
use super::{Session, failed};

/// Tried in this order; stamps in UTC.
const COMMANDS: [&str; 2] = ["journalctl -k --no-pager --utc -o short-iso -n 5000", "env LC_ALL=C TZ=UTC dmesg -T"];

/// Most bytes that are read of an answer.
const MAX_OUTPUT: usize = 4 * 1024 * 1024;

/// The last lines of the kernel log, redacted.
pub(super) async fn log(session: &Session) -> Result<String, SourceError> {
    for command in COMMANDS {
        if let Some(output) = run(session, command).await? {
            return Ok(redact::text(&output).into_owned());
        }
    }
    Err(SshTrouble::NoCommand { login: session.login.clone(), command: COMMANDS.join("; ") }.into())
}

/// What the command wrote; `None` if it is not there, not allowed or said nothing.
async fn run(session: &Session, command: &'static str) -> Result<Option<String>, SourceError> {
    let mut channel = session.open_session().await?;
    channel.exec(true, command).await.map_err(|error| failed(&error))?;
    // Where the host runs something else in place of every command, that may wait to be spoken to.
    channel.eof().await.map_err(|error| failed(&error))?;
    let mut output = Vec::new();
    let mut good = false;
    while let Some(message) = channel.wait().await {
        match message {
            ChannelMsg::Failure => return Ok(None),
            ChannelMsg::Data { data } => {
                // The end counts: what is too much is dropped at the beginning.
                output.extend_from_slice(&data);
                if output.len() > 2 * MAX_OUTPUT {
                    output.drain(..output.len() - MAX_OUTPUT);
                }
            }
            ChannelMsg::ExitStatus { exit_status } => good = exit_status == 0,
            _ => {}
        }
    }
    let text = String::from_utf8_lossy(&output).into_owned();
    let said = text.lines().any(|line| !line.trim().is_empty() && !line.starts_with("-- "));
    Ok((good && said).then_some(text))
}
