//! Captures of a node's evidence: claimed, copied piece by piece, recorded. Whatever happens, a capture ends, and what was copied
//! before is kept.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::round::Round;
use super::{Engine, EngineError, Running, patience};
use crate::checks::CheckContext;
use crate::checks::capture::{self, Limits, Stopped, Told};
use crate::commands::{self, CommandError};
use crate::domain::capture::{Capture, CaptureEnd, CaptureResult, CaptureState, Copied, NotCopied};
use crate::domain::message::Message;
use crate::domain::time::Timestamp;
use crate::rounds::MomentError;
use crate::sources::Deadline;
use crate::store::StoreError;
use crate::store::captured_files::Packed;

/// How long one may take: over a line of 4 Mbit/s, all that may be copied travels in that time. A person waits for it before
/// the node is started.
const LONGEST: Duration = Duration::from_secs(120);
/// A source that does not look at its deadline is left alone this long after it.
const GRACE: Duration = Duration::from_secs(2);

/// Marks what a dead engine left running.
pub(super) async fn recover(engine: &Engine) {
    match commands::captures::interrupt_others(&engine.0.commands, &engine.0.id).await {
        Ok(0) => {}
        Ok(interrupted) => tracing::warn!(captures = interrupted, "captures were interrupted when the program stopped"),
        Err(error) => {
            tracing::error!(error = %error, "captures of a program that has stopped could not be marked");
            if matches!(error, CommandError::Store(error) if error.passes()) {
                engine.state().unrecovered = true;
            }
        }
    }
}

/// Cancels what people want cancelled, and starts what is queued.
pub(super) async fn step(engine: &Engine) -> Result<(), EngineError> {
    let unfinished = engine.0.commands.read().unfinished_captures().await?;
    for (capture, by) in &unfinished {
        if let (Some(by), Some(running)) = (by, engine.state().copying.get_mut(&capture.id)) {
            running.cancelled_by = Some(by.clone());
            running.cancel.cancel();
        }
    }
    if engine.0.stop.is_cancelled() {
        return Ok(());
    }
    let queued: HashSet<_> = unfinished
        .iter()
        .filter(|(capture, _)| capture.state == CaptureState::Queued)
        .map(|(capture, _)| capture.id)
        .collect();
    for id in queued {
        let Some(capture) = commands::captures::claim(&engine.0.commands, &engine.0.id, id).await? else { continue };
        let cancel = engine.0.hard.child_token();
        engine.state().copying.insert(id, Running { cancel: cancel.clone(), cancelled_by: None });
        engine.0.tracker.spawn(work(engine.clone(), capture, cancel));
    }
    Ok(())
}

/// Works one off. A panic ends the engine; a database that cannot be used does not.
async fn work(engine: Engine, capture: Capture, cancel: CancellationToken) {
    let id = capture.id;
    let copied = async {
        let result = match copy(&engine, &capture, &cancel).await {
            Ok(result) => result,
            Err(error) => {
                tracing::error!(capture = id.0, error = %error, "could not copy the evidence of a node");
                let reason = Message::new("run-store-unreadable").with("error", error);
                CaptureEnd::CouldNotRun { reason }.into()
            }
        };
        save(&engine, &capture, &result).await;
    };
    if AssertUnwindSafe(copied).catch_unwind().await.is_err() {
        engine.died(format!("capture {id} panicked"));
    }
    engine.state().copying.remove(&id);
    engine.0.wake.notify_one();
}

async fn copy(engine: &Engine, capture: &Capture, cancel: &CancellationToken) -> Result<CaptureResult, EngineError> {
    let round = Round::load(engine, capture.incident, Vec::new()).await?;
    let Some(source) = round.source(&capture.node) else {
        let reason = Message::new("run-node-gone").with("node", &capture.node);
        return Ok(CaptureEnd::CouldNotRun { reason }.into());
    };
    let now = engine.0.commands.clock().now();
    let moment = match round.moment(engine).await {
        Ok(moment) => Ok((moment.at, moment.is_now, moment.zone_hint_s, moment.ahead_ms.get(&capture.node).copied())),
        // A home without one stamped line is copied all the same.
        Err(MomentError::NoStamp(_) | MomentError::NoSuchTime) => Ok((now, true, None, None)),
        Err(MomentError::Kept(error)) => Err(error.message()),
    };
    let (at, open_end, zone_hint_s, ahead_ms): (Timestamp, _, _, _) = match moment {
        Ok(moment) => moment,
        Err(reason) => return Ok(CaptureEnd::CouldNotRun { reason }.into()),
    };
    let deadline = Deadline::after(LONGEST, cancel.child_token());
    let context = CheckContext {
        source,
        deadline: deadline.clone(),
        at,
        window_ms: round.incident.window_ms(at),
        open_end,
        zone_hint_s,
        ahead_ms: ahead_ms.unwrap_or(0),
        watched: None,
        secret_key: engine.0.commands.read().install_secret().await?,
    };
    // One piece waits while another one is kept: so much memory it takes, and no more.
    let (tell, told) = mpsc::channel(1);
    let runtime = tokio::runtime::Handle::current();
    // Looking for secrets in megabytes takes the processor.
    let gather = engine
        .0
        .tracker
        .spawn_blocking(move || runtime.block_on(async move { capture::gather(&context, Limits::USUAL, &tell).await }));
    let kept = keep(engine, capture, told, &deadline).await;
    // Without a listener it ends by itself; one that hangs in a source is not waited for.
    deadline.cancel.cancel();
    let ended = tokio::time::timeout(GRACE, gather).await;
    // Where this fails, the next look tries again.
    if let Err(error) = commands::secrets::remember(&engine.0.commands).await {
        tracing::warn!(error = %error, "could not keep the hashes of secrets");
    }
    let stopped = match ended {
        Ok(Ok(ended)) => ended.err(),
        Ok(Err(error)) if error.is_panic() => {
            tracing::error!(capture = capture.id.0, "copying the evidence of a node panicked");
            let reason = Message::new("checks-internal-error");
            let end = CaptureEnd::CouldNotRun { reason };
            return Ok(CaptureResult { end, missing: kept.missing, notes: kept.notes });
        }
        Ok(Err(_)) | Err(_) => Some(Stopped::Cancelled),
    };
    let end = match (kept.broke, stopped) {
        (Some(Broke::NotSaved(reason)), _) => CaptureEnd::NotSaved { reason },
        (Some(Broke::TimedOut), _) | (None, Some(Stopped::TimedOut)) => CaptureEnd::TimedOut,
        (None, Some(Stopped::Cancelled)) => match engine.state().copying.get(&capture.id) {
            Some(Running { cancelled_by: Some(by), .. }) => CaptureEnd::Cancelled { by: by.clone() },
            _ => CaptureEnd::Interrupted,
        },
        (None, None) if kept.files == 0 => {
            let first = kept.missing.first().map(|missing| missing.reason.clone());
            CaptureEnd::CouldNotRun { reason: first.unwrap_or_else(|| Message::new("capture-nothing")) }
        }
        (None, None) => CaptureEnd::Copied,
    };
    Ok(CaptureResult { end, missing: kept.missing, notes: kept.notes })
}

/// What came of the pieces that were told.
#[derive(Default)]
struct Kept {
    files: usize,
    missing: Vec<NotCopied>,
    notes: Vec<Message>,
    broke: Option<Broke>,
}

/// Why nobody listens to the rest.
enum Broke {
    /// A source did not look at its deadline.
    TimedOut,
    /// What was copied could not be saved.
    NotSaved(Message),
}

/// Keeps each piece as it comes, until there are no more.
async fn keep(engine: &Engine, capture: &Capture, mut told: mpsc::Receiver<Told>, deadline: &Deadline) -> Kept {
    let mut kept = Kept::default();
    let cut = tokio::time::sleep_until(deadline.at + GRACE);
    tokio::pin!(cut);
    let cancelled = async {
        deadline.cancel.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::pin!(cancelled);
    loop {
        let next = tokio::select! {
            biased;
            next = told.recv() => next,
            () = &mut cut => {
                kept.broke = Some(Broke::TimedOut);
                return kept;
            }
            () = &mut cancelled => return kept,
        };
        match next {
            None => return kept,
            Some(Told::Reads(name)) => {
                // Nothing rests on it.
                if let Err(error) = commands::captures::note_reads(&engine.0.commands, capture, &name).await {
                    tracing::debug!(capture = capture.id.0, error = %error, "could not note what is read");
                }
            }
            Some(Told::Copied(copied)) => match keep_one(engine, capture, copied).await {
                Ok(()) => kept.files += 1,
                Err(reason) => {
                    kept.broke = Some(Broke::NotSaved(reason));
                    return kept;
                }
            },
            Some(Told::Missing(missing)) => kept.missing.push(missing),
            Some(Told::Note(note)) => kept.notes.push(note),
        }
    }
}

/// Keeps one piece. A database that is busy is asked again; a disk that takes nothing is not waited for: the node is.
async fn keep_one(engine: &Engine, capture: &Capture, copied: Copied) -> Result<(), Message> {
    const TRIES: u32 = 3;
    let why = |error: &dyn std::fmt::Display| Message::new("capture-not-saved").with("error", error);
    let packed = engine.0.tracker.spawn_blocking(move || Packed::new(copied)).await;
    let packed = packed.map_err(|error| why(&error))?.map_err(|error| why(&error))?;
    let mut tries = 1;
    loop {
        match commands::captures::keep(&engine.0.commands, capture, &packed).await {
            Ok(()) => return Ok(()),
            Err(CommandError::Store(StoreError::Busy)) if tries < TRIES => tries += 1,
            Err(error) => {
                tracing::error!(capture = capture.id.0, error = %error, "what was copied of a node could not be saved");
                return Err(why(&error));
            }
        }
    }
}

/// Says how it ended until that is saved. Given up at a hard stop; then the next start says `Interrupted`.
async fn save(engine: &Engine, capture: &Capture, result: &CaptureResult) {
    loop {
        match commands::captures::record(&engine.0.commands, capture.id, result).await {
            Ok(()) => return,
            Err(CommandError::Store(error)) if error.passes() => {
                tracing::error!(capture = capture.id.0, error = %error, "the end of a capture has to wait");
            }
            Err(error) => {
                tracing::error!(capture = capture.id.0, error = %error, "the end of a capture cannot be saved");
                return;
            }
        }
        tokio::select! {
            () = patience::until_worth_a_try(engine.0.commands.health()) => {}
            () = engine.0.hard.cancelled() => return,
        }
    }
}
