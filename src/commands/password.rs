//! argon2id hashing: two workers, each with a queue of its own, because a hash takes 19 MiB and many milliseconds.
//!
//! # Why
//! Anybody can make the program hash, by trying to log in. So strangers share one worker behind a short queue, and who
//! finds it full is told so at once; people on devices that logged in before, and people who are logged in, have the
//! other worker, whatever strangers do. Both run on threads of their own and keep the memory they hash in while anybody
//! waits: allocated and freed for each hash it would be spread over the heaps of many threads, and would not come back.

use std::sync::LazyLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq;
use tokio::sync::oneshot;

/// Whose hash it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Somebody who is logged in, or was on this device.
    Known,
    /// Anybody else.
    Stranger,
}

/// How many may wait in each lane. A hash takes some 20 ms, so nobody waits for much longer than half a second.
const WAITING: usize = 24;
/// How long a worker keeps its memory when nobody waits.
const IDLE: Duration = Duration::from_millis(500);
/// When to try again after a refusal, seconds.
pub const BUSY_RETRY_S: u64 = 2;

/// There is no hash.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too many wait already.
    #[error("could not check a password: too many wait for theirs")]
    Busy,
    /// Hashing failed.
    #[error("could not hash the password: {0}")]
    Failed(String),
}

/// Hashes a password into a PHC string, in the lane of known people: nobody else sets one.
///
/// # Errors
/// A sentence; too many wait, or the machine has no randomness or memory.
pub async fn hash(password: &str) -> Result<String, PasswordError> {
    let (answer, hashed) = oneshot::channel();
    enter(Lane::Known, Job { password: password.to_owned(), work: Work::Hash(answer) })?;
    hashed.await.map_err(|error| PasswordError::Failed(error.to_string()))?.map_err(PasswordError::Failed)
}

/// Whether the password matches the PHC string. An unreadable hash matches nothing, and neither does none; both take as
/// long as the others.
///
/// # Errors
/// A sentence; too many wait.
pub async fn verify(password: &str, phc: Option<&str>, lane: Lane) -> Result<bool, PasswordError> {
    let (answer, matched) = oneshot::channel();
    enter(lane, Job { password: password.to_owned(), work: Work::Match(phc.map(str::to_owned), answer) })?;
    matched.await.map_err(|error| PasswordError::Failed(error.to_string()))
}

struct Job {
    password: String,
    work: Work,
}

enum Work {
    Hash(oneshot::Sender<Result<String, String>>),
    Match(Option<String>, oneshot::Sender<bool>),
}

static KNOWN: LazyLock<SyncSender<Job>> = LazyLock::new(|| worker("known passwords"));
static STRANGERS: LazyLock<SyncSender<Job>> = LazyLock::new(|| worker("strangers' passwords"));

fn enter(lane: Lane, job: Job) -> Result<(), PasswordError> {
    let jobs = match lane {
        Lane::Known => &*KNOWN,
        Lane::Stranger => &*STRANGERS,
    };
    jobs.try_send(job).map_err(|error| match error {
        TrySendError::Full(_) => PasswordError::Busy,
        TrySendError::Disconnected(_) => PasswordError::Failed("its worker has ended".to_owned()),
    })
}

fn worker(name: &str) -> SyncSender<Job> {
    let (jobs, waiting) = sync_channel(WAITING);
    if let Err(error) = std::thread::Builder::new().name(name.to_owned()).spawn(move || work(&waiting)) {
        tracing::error!(error = %error, "could not start the worker for {name}");
    }
    jobs
}

fn work(waiting: &Receiver<Job>) {
    let mut memory = Vec::new();
    loop {
        let job = match waiting.recv_timeout(IDLE) {
            Err(RecvTimeoutError::Timeout) => {
                // Nobody else waits: some 20 MiB go back.
                memory = Vec::new();
                waiting.recv().ok()
            }
            job => job.ok(),
        };
        let Some(Job { password, work }) = job else { return };
        // Who has hung up waits for nothing, and needs no answer.
        match work {
            Work::Hash(answer) if !answer.is_closed() => {
                let _ = answer.send(hashed(&password, &mut memory));
            }
            Work::Match(phc, answer) if !answer.is_closed() => {
                let _ = answer.send(matches(&password, phc.as_deref(), &mut memory));
            }
            Work::Hash(_) | Work::Match(..) => {}
        }
    }
}

fn hashed(password: &str, memory: &mut Vec<Block>) -> Result<String, String> {
    let params = Params::default();
    let mut salt = [0_u8; Salt::RECOMMENDED_LENGTH];
    getrandom::fill(&mut salt).map_err(|error| error.to_string())?;
    let mut out = [0_u8; Params::DEFAULT_OUTPUT_LEN];
    let phc = PasswordHash {
        algorithm: Algorithm::default().ident(),
        version: Some(Version::default().into()),
        params: ParamsString::try_from(&params).map_err(|error| error.to_string())?,
        salt: Some(Salt::new(&salt).map_err(|error| error.to_string())?),
        hash: None,
    };
    derive(&Argon2::from(&params), &params, password, &salt, &mut out, memory)?;
    let hash = Some(Output::new(&out).map_err(|error| error.to_string())?);
    Ok(PasswordHash { hash, ..phc }.to_string())
}

/// Without a hash that can be read it computes one that nothing is compared with, for the time that takes.
fn matches(password: &str, phc: Option<&str>, memory: &mut Vec<Block>) -> bool {
    match phc.and_then(|phc| compared(password, phc, memory)) {
        Some(same) => same,
        None => {
            let (params, mut out) = (Params::default(), [0_u8; Params::DEFAULT_OUTPUT_LEN]);
            // The answer does not matter.
            let _ = derive(&Argon2::from(&params), &params, password, &out.clone(), &mut out, memory);
            false
        }
    }
}

/// `None`: the hash is not one of ours.
fn compared(password: &str, phc: &str, memory: &mut Vec<Block>) -> Option<bool> {
    let known = PasswordHash::new(phc).ok()?;
    let algorithm = Algorithm::try_from(known.algorithm.as_str()).ok()?;
    let version = Version::try_from(known.version?).ok()?;
    let params = Params::try_from(&known).ok()?;
    let (salt, hash) = (known.salt?, known.hash?);
    let mut out = vec![0_u8; hash.as_bytes().len()];
    derive(&Argon2::new(algorithm, version, params.clone()), &params, password, &salt, &mut out, memory).ok()?;
    Some(out.ct_eq(hash.as_bytes()).into())
}

fn derive(
    argon2: &Argon2<'_>,
    params: &Params,
    password: &str,
    salt: &[u8],
    out: &mut [u8],
    memory: &mut Vec<Block>,
) -> Result<(), String> {
    if memory.len() < params.block_count() {
        memory.resize(params.block_count(), Block::new());
    }
    argon2
        .hash_password_into_with_memory(password.as_bytes(), salt, out, &mut memory[..])
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_itself_matches() {
        let phc = hash("correct horse battery").await.expect("hash");
        assert!(phc.starts_with("$argon2id$"), "{phc}");
        let matches = async |password, phc| verify(password, phc, Lane::Known).await.expect("an answer");
        assert!(matches("correct horse battery", Some(&phc)).await);
        assert!(!matches("correct horse batterz", Some(&phc)).await);
        assert!(!matches("", Some("not a hash")).await);
        assert!(!matches("correct horse battery", None).await);
    }

    #[tokio::test]
    async fn hashes_of_older_programs_match() {
        let phc = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$";
        let hash =
            argon2::PasswordHasher::hash_password_with_salt(&Argon2::default(), b"as before", b"saltsaltsaltsalt")
                .expect("hash")
                .to_string();
        assert!(hash.starts_with(phc), "{hash}");
        assert!(verify("as before", Some(&hash), Lane::Known).await.expect("an answer"));
    }

    #[tokio::test]
    async fn a_full_lane_refuses_at_once_and_leaves_the_other_free() {
        // One at work and all places taken: whatever comes after that has none.
        let tries = (0..3 * WAITING).map(|_| verify("a guess", None, Lane::Stranger));
        let answers = futures_util::future::join_all(tries).await;
        let refused = answers.iter().filter(|answer| matches!(answer, Err(PasswordError::Busy))).count();
        assert!((1..=2 * WAITING).contains(&refused), "{refused} of {} refused", answers.len());
        let strangers = futures_util::future::join_all((0..WAITING).map(|_| verify("a guess", None, Lane::Stranger)));
        let (_, known) = tokio::join!(strangers, verify("somebody", None, Lane::Known));
        assert!(known.is_ok(), "the other lane takes it");
    }
}
