//! `nodedown diagnose`: one round over every node, then the verdict as text or JSON.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, anyhow};
use clap::Args;
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::nodes::{NodeArguments, read_file};
use super::{json, language, text};
use crate::domain::client_host::ClientHost;
use crate::domain::client_log::ClientLogSeen;
use crate::domain::cluster::EvidencePart;
use crate::domain::diagnosis::Health;
use crate::domain::message::{Lang, Message};
use crate::domain::reported::{CaseError, ReportedCase};
use crate::locale;
use crate::nacos::client_log::{self, NotAClients};
use crate::rounds::{self, AtSpec, Progress, Round, RoundSpec};
use crate::sources::ssh::SshHosts;
use crate::sources::{Deadline, client_log as over_ssh, redact};

/// Arguments of `diagnose`.
#[derive(Debug, Args)]
pub struct DiagnoseArguments {
    #[command(flatten)]
    nodes: NodeArguments,
    /// A file of "Report as wrong": judges what it contains, and says what was said and what the cause really was
    #[arg(
        long,
        value_name = "FILE",
        group = "which",
        conflicts_with_all = ["nodes", "doors", "cluster", "data", "deadline", "at", "window", "accept_unseen"]
    )]
    case: Option<PathBuf>,
    /// The moment to judge: RFC 3339, or YYYY-MM-DD HH:MM:SS in the zone of the nodes. Default: now for live nodes, the
    /// newest stamp over all nodes for copied homes
    #[arg(long, value_name = "TIME", value_parser = AtSpec::parse)]
    at: Option<AtSpec>,
    /// How far back to look from there
    #[arg(long, value_name = "DURATION", default_value = "30m", value_parser = window)]
    window: SignedDuration,
    /// What may stay unseen while the cluster is still called healthy: logs, config, links, with commas between. The API
    /// alone does not show a torn cluster.conf or a cut between two followers. Adds to the setting of a --cluster
    #[arg(long, value_name = "PARTS", value_delimiter = ',')]
    accept_unseen: Vec<EvidencePart>,
    /// The own log of a client, as its SDK writes it: which servers it knows, tries and reaches. CLIENT= says whose it is. In
    /// place of a file, ssh://USER@HOST[:PORT]/PATH reads the end of one on another host, with the options of a node's ssh:
    /// place
    #[arg(long = "client-log", value_name = "[CLIENT=]FILE", conflicts_with = "case")]
    client_logs: Vec<String>,
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
    /// Also says why: what the rules asked for, what explains what, what decided order and health
    #[arg(long)]
    explain: bool,
    /// Language of the texts: zh-CN or en. Default: that of the environment
    #[arg(long, value_name = "LANGUAGE")]
    lang: Option<String>,
}

fn window(text: &str) -> Result<SignedDuration, String> {
    let window: SignedDuration =
        text.parse().map_err(|_| format!("`{text}` is not a duration: write 30m, 2h or 90s"))?;
    if window > SignedDuration::ZERO { Ok(window) } else { Err("the window must be longer than nothing".to_owned()) }
}

/// Runs it.
///
/// # Errors
/// Wrong sources, or no moment to judge.
pub async fn run(arguments: DiagnoseArguments) -> anyhow::Result<ExitCode> {
    let lang = language(arguments.lang.as_deref())?;
    if let Some(file) = &arguments.case {
        let case = read_case(lang, file)?;
        let said = if arguments.json { String::new() } else { text::of_case(&case, lang) };
        return print(&rounds::judge_case(case), lang, &arguments, &said);
    }
    let exact = arguments.at.and_then(|at| match at {
        AtSpec::Exact { at, .. } => Some(at),
        AtSpec::Local(_) => None,
    });
    let mut looked = arguments.nodes.open(lang, exact).await?;
    looked.cluster.accept_unseen.extend(arguments.accept_unseen.iter().copied());
    let (there, here): (Vec<&String>, Vec<&String>) =
        arguments.client_logs.iter().partition(|argument| is_place(argument));
    let mut client_logs = read_client_logs(lang, &here)?;
    let mut hosts = looked.client_hosts;
    for argument in there {
        hosts.push((client_host(lang, argument)?, SshHosts::default()));
    }
    let after = Duration::from_millis(looked.cluster.node_deadline_ms);
    let client_logs_unread = read_client_hosts(hosts, after, &mut client_logs).await;
    let show = Shown::new(lang);
    let round = rounds::run(
        RoundSpec {
            cluster: looked.cluster,
            sources: looked.sources,
            at: arguments.at,
            window_ms: i64::try_from(arguments.window.as_millis()).context("the window is too long")?,
            clock: looked.clock,
            suspect: None,
            kinds: None,
            client_logs,
            client_logs_unread,
            secret_key: rounds::key_of_one_round(),
            cancel: CancellationToken::new(),
        },
        |progress| show.progress(&progress),
    )
    .await;
    show.clear();
    print(&round?, lang, &arguments, "")
}

/// Most bytes of a case.
const MOST_CASE: u64 = 512 * 1024 * 1024;

/// Most bytes of the log of a client.
const MOST_CLIENT_LOG: u64 = 64 * 1024 * 1024;

fn read_client_logs(lang: Lang, arguments: &[&String]) -> anyhow::Result<BTreeMap<String, ClientLogSeen>> {
    let mut logs = BTreeMap::new();
    for argument in arguments {
        let (client, file) = argument.split_once('=').unwrap_or((argument, argument));
        let bytes = read_file(lang, Path::new(file), MOST_CLIENT_LOG)?;
        let text = redact::text(&String::from_utf8_lossy(&bytes)).into_owned();
        let seen = client_log::read(&text).map_err(|why| {
            anyhow!(
                "{}{}",
                text::printable(file),
                locale::text(lang, "cli-client-log-none", &[("why", &locale::text(lang, why.key(), &[]))])
            )
        })?;
        logs.insert(client.to_owned(), seen);
    }
    Ok(logs)
}

/// Whether it names a log on another host.
fn is_place(argument: &str) -> bool {
    let place = argument.split_once('=').map_or(argument, |(_, place)| place.trim_start());
    argument.starts_with("ssh:") || place.starts_with("ssh:")
}

fn client_host(lang: Lang, argument: &str) -> anyhow::Result<ClientHost> {
    ClientHost::parse_line(argument)
        .map_err(|why| anyhow!("{}: {}", text::printable(argument), locale::text(lang, why.key(), &[])))
}

/// Reads logs on other hosts, all at once; why those could not be read that are not among the logs then.
async fn read_client_hosts(
    hosts: Vec<(ClientHost, SshHosts)>,
    after: Duration,
    logs: &mut BTreeMap<String, ClientLogSeen>,
) -> BTreeMap<String, Message> {
    let read = async |(host, known): (ClientHost, SshHosts)| {
        let deadline = Deadline::after(after, CancellationToken::new());
        let came = over_ssh::read(&host.place, &known, &deadline).await.map_err(|error| error.message());
        let seen = came.and_then(|came| {
            client_log::read(&redact::text(&came)).map_err(|why| {
                Message::new(match why {
                    NotAClients::OfAServer => "client-log-read-of-server",
                    NotAClients::NothingKnown => "client-log-read-nothing",
                })
                .with("client", &host.client)
            })
        });
        (host.client, seen)
    };
    let mut unread = BTreeMap::new();
    for (client, seen) in futures_util::future::join_all(hosts.into_iter().map(read)).await {
        match seen {
            Ok(seen) => _ = logs.insert(client, seen),
            Err(why) => _ = unread.insert(client, why),
        }
    }
    unread
}

fn read_case(lang: Lang, file: &Path) -> anyhow::Result<ReportedCase> {
    let bytes = read_file(lang, file, MOST_CASE)?;
    let case = ReportedCase::read(&String::from_utf8_lossy(&bytes));
    case.map_err(|error| {
        let (key, why) = match error {
            CaseError::Broken(why) => ("cli-case-broken", why),
            CaseError::Version(version) => ("cli-case-version", version),
        };
        anyhow!(locale::text(lang, key, &[("file", &file.display().to_string()), ("why", &text::printable(&why))]))
    })
}

/// `before`: what stands above the verdict.
fn print(round: &Round, lang: Lang, arguments: &DiagnoseArguments, before: &str) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    let written = if arguments.json {
        writeln!(out, "{}", json::render(round, lang))
    } else {
        write!(out, "{before}{}", text::render(round, lang, arguments.explain))
    };
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(exit_code(round)),
    }
}

fn exit_code(round: &Round) -> ExitCode {
    match round.diagnosis.health {
        Health::Healthy => ExitCode::SUCCESS,
        Health::Degraded | Health::Down => ExitCode::from(2),
        Health::Unknown => ExitCode::from(3),
    }
}

/// One line about the progress, where somebody looks at a terminal.
struct Shown {
    lang: Lang,
    on: bool,
    total: AtomicUsize,
    done: AtomicUsize,
}

impl Shown {
    fn new(lang: Lang) -> Self {
        let on = std::io::stderr().is_terminal();
        Self { lang, on, total: AtomicUsize::new(0), done: AtomicUsize::new(0) }
    }

    fn progress(&self, progress: &Progress) {
        match progress {
            Progress::Moment { gathers, .. } => self.total.store(*gathers, Ordering::Relaxed),
            Progress::Gathered { kind, node, .. } => {
                let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
                if self.on {
                    let line = locale::text(
                        self.lang,
                        "cli-progress",
                        &[
                            ("done", &done.to_string()),
                            ("total", &self.total.load(Ordering::Relaxed).to_string()),
                            ("node", &node.0),
                            ("check", kind),
                        ],
                    );
                    let _ = write!(std::io::stderr(), "\r\x1b[2K{line}");
                }
            }
        }
    }

    fn clear(&self) {
        if self.on {
            let _ = write!(std::io::stderr(), "\r\x1b[2K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_read_or_refused() {
        assert_eq!(window("30m"), Ok(SignedDuration::from_mins(30)));
        assert_eq!(window("2h"), Ok(SignedDuration::from_hours(2)));
        assert!(window("soon").is_err());
        assert!(window("-5m").is_err());
        assert!(window("0s").is_err());
    }
}
