//! `nodedown ssh enroll`: a person puts the key of a host on record.

use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::anyhow;
use clap::{Args, Subcommand};
use tokio_util::sync::CancellationToken;

use super::{language, text};
use crate::domain::cluster::SshHost;
use crate::domain::message::Lang;
use crate::locale;
use crate::sources::ssh::{EnrollAsk, OfferedKey, offered_key};
use crate::sources::{Deadline, spec};

/// A host that does not show its key in this time is not waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// What to do with hosts.
#[derive(Debug, Subcommand)]
pub enum SshCommand {
    /// Shows the key that a host offers and records it once you confirm it. Exit code 0: the key is known, 1: it is not
    Enroll(EnrollArguments),
}

/// Arguments of `ssh enroll`.
#[derive(Debug, Args)]
pub struct EnrollArguments {
    /// The host, with its port unless that is 22
    #[arg(value_name = "HOST[:PORT]")]
    host: String,
    /// A host on the way (jump host); its own key must be known already
    #[arg(long, value_name = "USER@HOST[:PORT]")]
    jump: Option<String>,
    /// The key to log in with on the jump host: agent or file:PATH
    #[arg(long, value_name = "KEY", requires = "jump")]
    key: Option<String>,
    /// Where the passphrase of that key is: env:VARIABLE or file:PATH
    #[arg(long, value_name = "WHERE", requires = "jump")]
    passphrase: Option<String>,
    /// File of known host keys [default: ~/.ssh/known_hosts]
    #[arg(long, value_name = "FILE")]
    known_hosts: Option<PathBuf>,
    /// The fingerprint that you read on the host itself: then nothing is asked
    #[arg(long, value_name = "SHA256:…")]
    fingerprint: Option<String>,
    /// Language of the texts: zh-CN or en. Default: that of the environment
    #[arg(long, value_name = "LANGUAGE")]
    lang: Option<String>,
}

/// Runs `ssh …`.
///
/// # Errors
/// A sentence about the host, its key or the file.
pub async fn run(command: SshCommand) -> anyhow::Result<ExitCode> {
    let SshCommand::Enroll(arguments) = command;
    let lang = language(arguments.lang.as_deref())?;
    let wrong = |key: &str, text: &str| anyhow!(say(lang, key, &[("text", text)]));
    let (host, port) =
        EnrollAsk::parse_host(&arguments.host).ok_or_else(|| wrong("enroll-bad-host", &arguments.host))?;
    let jump = match &arguments.jump {
        None => None,
        Some(jump) => Some(SshHost::parse(jump).ok_or_else(|| wrong("enroll-bad-jump", jump))?),
    };
    let given = arguments.fingerprint.as_deref();
    if let Some(given) = given.filter(|given| given.strip_prefix("SHA256:").is_none_or(str::is_empty)) {
        return Err(wrong("enroll-bad-fingerprint", given));
    }
    let (key, passphrase) = spec::parse_key(arguments.key.as_deref(), arguments.passphrase.as_deref())?;
    let ask = EnrollAsk { host, port, jump, key, passphrase, known_hosts: arguments.known_hosts };
    let offered = offered_key(ask, &Deadline::after(PATIENCE, CancellationToken::new())).await;
    let offered = offered.map_err(|error| anyhow!(text::printable(&locale::render(lang, &error.message()))))?;
    let about = |key: &str, more: (&str, &str)| about(lang, key, &offered, more);

    if let Some(given) = given.filter(|given| *given != offered.fingerprint) {
        return Err(anyhow!(about("enroll-mismatch", ("given", given))));
    }
    if let Some(at) = &offered.known_at {
        writeln!(std::io::stdout(), "{}", about("enroll-known", ("at", at)))?;
        return Ok(ExitCode::SUCCESS);
    }
    if given.is_none() {
        let stdin = std::io::stdin();
        if !stdin.is_terminal() {
            return Err(anyhow!(about("enroll-no-terminal", ("", ""))));
        }
        let mut out = std::io::stderr();
        writeln!(out, "{}", about("enroll-offers", ("", "")))?;
        writeln!(out, "{}", say(lang, "enroll-compare", &[]))?;
        let question = about("enroll-question", ("file", &offered.file.display().to_string()));
        if !confirmed(&question, &mut stdin.lock(), &mut out)? {
            return Err(anyhow!(say(lang, "enroll-declined", &[])));
        }
    }
    let at = offered.enroll().await;
    let at = at.map_err(|error| anyhow!(text::printable(&locale::render(lang, &error.message()))))?;
    writeln!(std::io::stdout(), "{}", about("enroll-done", ("at", &at)))?;
    Ok(ExitCode::SUCCESS)
}

fn say(lang: Lang, key: &str, args: &[(&str, &str)]) -> String {
    text::printable(&locale::text(lang, key, args))
}

fn about(lang: Lang, key: &str, offered: &OfferedKey, more: (&str, &str)) -> String {
    let OfferedKey { name, algorithm, fingerprint, .. } = offered;
    say(lang, key, &[("host", name), ("algorithm", algorithm), ("fingerprint", fingerprint), more])
}

/// Only the whole word, typed: a mere press of the return key confirms nothing.
fn confirmed(question: &str, input: &mut impl BufRead, out: &mut impl Write) -> std::io::Result<bool> {
    write!(out, "{question} ")?;
    out.flush()?;
    let mut answer = String::new();
    input.read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_typed_yes_confirms() {
        let asked = |answer: &str| {
            let mut out = Vec::new();
            let yes = confirmed("Add it?", &mut answer.as_bytes(), &mut out).expect("an answer");
            assert_eq!(out, b"Add it? ");
            yes
        };
        assert!(asked("yes\n") && asked(" yes \r\n"));
        for answer in ["", "\n", "y\n", "Yes please\n", "no\nyes\n", "YES\n"] {
            assert!(!asked(answer), "{answer:?}");
        }
    }
}
