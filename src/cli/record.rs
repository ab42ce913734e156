//! `nodedown record`: rounds over every node, everything they saw in one file. `nodedown replay` serves such a file.

use std::io::Write;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use jiff::SignedDuration;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::language;
use super::nodes::{NodeArguments, not_a_recording};
use crate::checks::{REGISTRY, Scope};
use crate::config::{DEFAULT_LISTEN, parse_listen};
use crate::locale;
use crate::rounds::{self, RoundSpec};
use crate::sources::recording::{Recorder, Recording};

/// How often the file is written while the recording goes on.
const SAVE_EVERY: Duration = Duration::from_secs(60);

/// Arguments of `record`.
#[derive(Debug, Args)]
pub struct RecordArguments {
    #[command(flatten)]
    nodes: NodeArguments,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Time between two rounds
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration)]
    every: SignedDuration,
    /// How long to record. Without this: one round
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    lasting: Option<SignedDuration>,
    /// How far back the logs are read
    #[arg(long, value_name = "DURATION", default_value = "30m", value_parser = duration)]
    window: SignedDuration,
    /// What the recording shows, for the person who replays it
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
    /// Language of the texts: zh-CN or en. Default: that of the environment
    #[arg(long, value_name = "LANGUAGE")]
    lang: Option<String>,
}

/// Arguments of `replay`.
#[derive(Debug, Args)]
pub struct ReplayArguments {
    /// The recording
    file: PathBuf,
    /// Address and port to listen on, on this machine only
    #[arg(long, value_name = "ADDR", default_value = DEFAULT_LISTEN, value_parser = parse_listen)]
    listen: SocketAddr,
    /// How many recorded seconds pass in one real second
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = speed)]
    speed: f64,
    /// Language of the texts: zh-CN or en. Default: that of the environment
    #[arg(long, value_name = "LANGUAGE")]
    lang: Option<String>,
}

/// How fast a recording may be played.
pub(super) fn speed(text: &str) -> Result<f64, String> {
    const SPEEDS: RangeInclusive<f64> = 0.1..=600.0;
    text.parse().ok().filter(|speed| SPEEDS.contains(speed)).ok_or_else(|| "write a number from 0.1 to 600".to_owned())
}

/// Serves it until a signal.
///
/// # Errors
/// No recording, or nothing to listen on.
pub async fn replay(arguments: ReplayArguments) -> anyhow::Result<ExitCode> {
    let lang = language(arguments.lang.as_deref())?;
    let listen = arguments.listen;
    let name = arguments.file.display().to_string();
    let file = arguments.file;
    let opened = tokio::task::spawn_blocking(move || Recording::open(&file)).await?;
    let recording = opened.map_err(|error| not_a_recording(lang, Path::new(&name), &error))?;
    if recording.cluster().nodes.is_empty() {
        bail!(locale::text(lang, "replay-empty", &[("file", &name)]));
    }
    crate::app::replay(recording, listen, arguments.speed).await.map(|()| ExitCode::SUCCESS)
}

fn duration(text: &str) -> Result<SignedDuration, String> {
    let duration: SignedDuration =
        text.parse().map_err(|_| format!("`{text}` is not a duration: write 5s, 30m or 2h"))?;
    if duration > SignedDuration::ZERO { Ok(duration) } else { Err("it must be longer than nothing".to_owned()) }
}

/// Runs it until the time is over or a signal comes; the file is whole in both cases.
///
/// # Errors
/// Wrong sources, or a file that cannot be written.
pub async fn run(arguments: RecordArguments) -> anyhow::Result<ExitCode> {
    let lang = language(arguments.lang.as_deref())?;
    let looked = arguments.nodes.open(lang, None).await?;
    if arguments.lasting.is_some()
        && looked.sources.nodes.iter().all(|source| !source.files_live() && source.spec().api.is_none())
    {
        bail!(locale::text(lang, "record-copies-once", &[]));
    }
    let recorder = Recorder::new(&looked.cluster, Arc::clone(&looked.clock), &arguments.note)?;
    let sources = recorder.wrap(&looked.sources).await;
    // Fail now and not after half an hour.
    recorder.save(&arguments.out).with_context(|| format!("{} cannot be written", arguments.out.display()))?;

    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let signal = async move {
        let interrupted = tokio::signal::ctrl_c();
        let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
            let _ = interrupted.await;
            return stop.cancel();
        };
        tokio::select! {
            _ = interrupted => {}
            _ = terminated.recv() => {}
        }
        stop.cancel();
    };
    let kinds: std::collections::BTreeSet<String> = REGISTRY
        .iter()
        .filter(|check| check.scope() == Scope::Node && !check.needs_watcher())
        .map(|check| check.kind().to_owned())
        .collect();
    let recording = async {
        let begun = Instant::now();
        let lasting = arguments.lasting.map(SignedDuration::unsigned_abs).unwrap_or_default();
        let mut ticks = tokio::time::interval(arguments.every.unsigned_abs());
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut saved = Instant::now();
        let mut rounds = 0_u64;
        loop {
            tokio::select! {
                biased;
                () = cancel.cancelled() => break,
                _ = ticks.tick() => {}
            }
            let spec = RoundSpec {
                cluster: looked.cluster.clone(),
                sources: sources.clone(),
                at: None,
                window_ms: i64::try_from(arguments.window.as_millis()).context("the window is too long")?,
                clock: Arc::clone(&looked.clock),
                suspect: None,
                kinds: Some(kinds.clone()),
                client_logs: Default::default(),
                client_logs_unread: Default::default(),
                secret_key: rounds::key_of_one_round(),
                cancel: cancel.clone(),
            };
            match rounds::run(spec, |_| {}).await {
                Ok(_) => rounds += 1,
                Err(_) if cancel.is_cancelled() => break,
                Err(error) => return Err(error.into()),
            }
            if begun.elapsed() + arguments.every.unsigned_abs() > lasting {
                break;
            }
            if saved.elapsed() >= SAVE_EVERY {
                recorder.save(&arguments.out)?;
                saved = Instant::now();
            }
        }
        anyhow::Ok(rounds)
    };
    let rounds = tokio::select! {
        rounds = recording => rounds?,
        () = async { signal.await; std::future::pending::<()>().await } => 0,
    };
    recorder.save(&arguments.out).with_context(|| format!("{} cannot be written", arguments.out.display()))?;
    let bytes = std::fs::metadata(&arguments.out)?.len();
    let line = locale::text(
        lang,
        "record-written",
        &[
            ("rounds", &rounds.to_string()),
            ("file", &arguments.out.display().to_string()),
            ("kib", &bytes.div_ceil(1024).to_string()),
        ],
    );
    let _ = writeln!(std::io::stderr(), "{line}");
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_or_refused() {
        assert_eq!(duration("5s"), Ok(SignedDuration::from_secs(5)));
        assert!(duration("0s").is_err());
        assert!(duration("soon").is_err());
    }
}
