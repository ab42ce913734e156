//! `nodedown demo` and `nodedown replay`: a recorded outage replayed. Everything but sources and clock is the program as
//! it is, on a data folder that is gone afterwards.
//!
//! # Why
//! The demo begins just before the node is started again, and waits there ([`Playback`]): with the node down, everything
//! that tells why is in the logs, and nothing happens that a slow reader could miss. It goes on when step 4 is decided,
//! after which the runbook has the node started, or when somebody presses the button of the replay bar. So a look at the
//! cluster depends on what the person has done, and on no clock.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context as _, bail};
use rust_embed::RustEmbed;
use tokio_util::sync::CancellationToken;

use super::live::outputs;
use super::{App, LiveFactory, Parts, SystemClock};
use crate::commands::Commands;
use crate::commands::{self, Caller};
use crate::config::STABLE_MINUTES;
use crate::domain::cluster::{Cluster, NodeSpec};
use crate::domain::credential::CredentialRules;
use crate::domain::finding::Step;
use crate::domain::id::ClusterId;
use crate::domain::incident::StepState;
use crate::domain::on_silence::OnSilence;
use crate::domain::proposal::PROPOSE_AFTER_LOOKS;
use crate::domain::user::Role;
use crate::engine::{SAMPLE_EVERY, SourceFactory};
use crate::sources::Sources;
use crate::sources::recording::{Playback, Recording};
use crate::sources::redact::Redactor;
use crate::store::StoreError;
use crate::store::hand_in::HandedInItem;
use crate::store::incidents::IncidentQuery;
use crate::web::{Access, Phase, Replay, Stands};

/// The recording that comes with the program.
const FILE: &str = "outage.ndrec";
/// Whom the link signs in.
const USER: &str = "demo";
/// How the recorded cluster is called, where the recording does not say.
const CLUSTER: &str = "demo";
/// How the names of the folders of demos begin.
const FOLDERS: &str = "nodedown-demo-";
/// Shortest time between two samples, however fast the replay is.
const FASTEST_SAMPLES: Duration = Duration::from_millis(500);

/// The demo's exit criterion is shorter, so that a visitor sees it met; the pages say how long it is.
const DEMO_STABLE_MINUTES: u32 = 1;

/// What the demo's recording tells of and where that begins, milliseconds after its start; a test holds that it is so. It
/// waits at the beginning of the first.
const DEMO: Script = Script {
    phases: &[Phase::Down, Phase::Starting, Phase::Back, Phase::Stable, Phase::Over],
    begin_ms: &[199_500, 205_500, 221_500, 226_500],
    waits: true,
};

/// Of a recording nobody has told what is in it.
const UNTOLD: Script = Script { phases: &[Phase::Plays, Phase::Over], begin_ms: &[0], waits: false };

#[derive(RustEmbed)]
#[folder = "demo/"]
struct Files;

/// Serves the replay of the recording that comes with the program, on loopback until a signal, and prints one link that
/// signs in. `speed`: how many recorded seconds pass in one.
///
/// # Errors
/// A sentence for the person who started it.
pub async fn demo(listen: SocketAddr, speed: f64) -> anyhow::Result<()> {
    check(listen)?;
    let file = Files::get(FILE).with_context(|| format!("this build does not hold the recording demo/{FILE}"))?;
    let recording = Recording::read(&*file.data, FILE).context("could not read the recording of the demo")?;
    drop(file);
    let hello =
        "The demo replays a recorded outage. Open this link once / 演示回放一次录制的真实故障，请打开以下一次性链接:";
    serve(Played { recording, script: DEMO, speed, stable_minutes: DEMO_STABLE_MINUTES }, CLUSTER, hello, listen).await
}

/// The same for a file that `nodedown record` wrote.
///
/// # Errors
/// A sentence for the person who started it.
pub async fn replay(recording: Recording, listen: SocketAddr, speed: f64) -> anyhow::Result<()> {
    check(listen)?;
    let told = recording.cluster().name.trim();
    let name = if told.is_empty() || told.chars().any(char::is_control) { CLUSTER } else { told }.to_owned();
    let hello = format!(
        "The recording begins at {}. Open this link once / 录制从该时刻开始回放，请打开以下一次性链接:",
        recording.start()
    );
    serve(Played { recording, script: UNTOLD, speed, stable_minutes: STABLE_MINUTES }, &name, &hello, listen).await
}

fn check(listen: SocketAddr) -> anyhow::Result<()> {
    if !listen.ip().is_loopback() {
        bail!("a replay signs in anyone who has the link, so it listens on this machine only: use 127.0.0.1:PORT");
    }
    Ok(())
}

/// A recording and how it is played.
struct Played {
    recording: Recording,
    script: Script,
    speed: f64,
    stable_minutes: u32,
}

async fn serve(played: Played, name: &str, hello: &str, listen: SocketAddr) -> anyhow::Result<()> {
    crate::telemetry::init(crate::config::LogFormat::Text, "warn");
    let folder = TemporaryFolder::new()?;
    let Played { recording, script, speed, stable_minutes } = played;
    let from_ms = script.begin_ms.first().copied().unwrap_or(0);
    let playback = Arc::new(Playback::new(&recording, Arc::new(SystemClock), speed, from_ms, script.waits));
    let cluster = Arc::new(OnceLock::new());
    let app = App::build(Parts {
        data_dir: folder.path.clone(),
        clock: playback.clone(),
        credentials: CredentialRules::default(),
        factory: Box::new({
            let (recording, playback, cluster) = (recording.clone(), playback.clone(), cluster.clone());
            let folder = folder.path.clone();
            move |secrets| {
                let live = LiveFactory::new(folder, secrets);
                Arc::new(ReplayFactory { recording, playback, live, speed, cluster })
            }
        }),
        runbooks: super::runbooks()?,
        public_url: None,
        access: Access::default(),
        replay: Some(Arc::new(Staged { playback: playback.clone(), script })),
        stable_minutes,
        // As often as samples are taken, whatever the speed.
        watch_every: Duration::ZERO,
        propose_after: PROPOSE_AFTER_LOOKS,
        // People who try the demo press the button that they would press.
        on_silence: OnSilence::Propose,
        // As short as that after which an outage counts as over.
        baseline_after_minutes: stable_minutes,
    })
    .await?;
    let token = commands::setup::issue_sign_in_token(&app.commands, &Caller::start(), USER, Role::Admin).await?;
    let Cluster { nodes, node_deadline_ms, doors, .. } = recording.cluster().clone();
    let nodes = nodes.into_iter().map(NodeSpec::without_secrets).collect();
    let created = commands::clusters::create(&app.commands, &Caller::new(USER), name, nodes, doors, node_deadline_ms)
        .await
        .context("the cluster in the recording is not one that could be entered")?;
    let _ = cluster.set(created.id);
    if script.waits {
        app.tasks.spawn(follow(app.commands.clone(), created.id, playback, app.stopping.clone()));
    }
    let listener = super::listen(listen)?;
    super::say(&format!(
        "\n{hello}\n\n  {}{}?token={token}\n",
        super::base_url(listener.local_addr()?),
        commands::setup::SIGN_IN_PATH,
    ));
    app.run(listener, Vec::new()).await
}

/// What a recording tells of.
#[derive(Clone, Copy)]
struct Script {
    phases: &'static [Phase],
    /// Where each begins, milliseconds after the start of the recording; the last is the end.
    begin_ms: &'static [i64],
    waits: bool,
}

/// A recording that is played by its script.
struct Staged {
    playback: Arc<Playback>,
    script: Script,
}

impl Staged {
    fn begin_ms(&self, phase: Phase) -> i64 {
        let begins = self.script.phases.iter().zip(self.script.begin_ms).find(|(known, _)| **known == phase);
        begins.map_or(self.playback.end_ms(), |(_, at_ms)| *at_ms)
    }
}

impl Replay for Staged {
    fn stands(&self) -> Stands {
        let (at_ms, phases) = (self.playback.at_ms(), self.script.phases);
        let begun = phases.iter().rev().find(|phase| self.begin_ms(**phase) <= at_ms);
        let phase = begun.or(phases.first()).copied().unwrap_or(Phase::Plays);
        Stands { phase, phases, waits: self.playback.waits() }
    }

    fn go_on(&self, from: Phase) {
        let stands = self.stands();
        if stands.phase != from {
            return;
        }
        if let Some(next) = stands.next() {
            self.playback.move_to(self.begin_ms(next));
        }
    }
}

/// Lets the recording go on once the runbook has the node started: step 4 is decided, or the incident is over.
async fn follow(commands: Commands, cluster: ClusterId, playback: Arc<Playback>, stopping: CancellationToken) {
    let mut changes = commands.read().changes().subscribe();
    while playback.waits() {
        match goes_on(&commands, cluster).await {
            Ok(true) => playback.go_on(),
            Ok(false) => {}
            Err(error) => tracing::error!(error = %error, "could not see whether the replay goes on"),
        }
        tokio::select! {
            () = stopping.cancelled() => return,
            _ = changes.next() => {}
        }
    }
}

async fn goes_on(commands: &Commands, cluster: ClusterId) -> Result<bool, StoreError> {
    let of_cluster = IncidentQuery { cluster: Some(cluster), ..IncidentQuery::default() };
    for incident in commands.read().incidents(&of_cluster).await? {
        let decided = |(step, state): &(Step, StepState)| *step == Step::Network && state.is_decided();
        if !incident.state.is_open() || commands.read().step_states(incident.id).await?.iter().any(decided) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The recorded cluster is replayed; clusters that somebody adds meanwhile are looked at as they are.
struct ReplayFactory {
    recording: Recording,
    playback: Arc<Playback>,
    live: LiveFactory,
    speed: f64,
    /// The recorded cluster, also under a new name.
    cluster: Arc<OnceLock<ClusterId>>,
}

impl SourceFactory for ReplayFactory {
    fn redactor(&self) -> Redactor {
        self.live.redactor()
    }

    fn sources(&self, cluster: &Cluster, handed_in: &[HandedInItem]) -> Sources {
        let recorded = self.recording.played(&self.playback, &outputs(handed_in));
        let of = |name| recorded.nodes.iter().find(|source| &source.spec().name == name).cloned();
        let nodes: Option<Vec<_>> = cluster.nodes.iter().map(|node| of(&node.name)).collect();
        match nodes {
            Some(nodes) if self.cluster.get().is_none_or(|id| *id == cluster.id) => Sources { nodes },
            _ => self.live.sources(cluster, handed_in),
        }
    }

    /// As often in recorded time as in real time: a gap between samples counts as time in which anything may have happened.
    fn sample_every(&self) -> Duration {
        SAMPLE_EVERY.div_f64(self.speed.max(1.0)).max(FASTEST_SAMPLES)
    }
}

/// A folder of this process alone, removed with everything in it.
struct TemporaryFolder {
    path: PathBuf,
    _lock: std::fs::File,
}

impl TemporaryFolder {
    fn new() -> anyhow::Result<Self> {
        let all = std::env::temp_dir();
        remove_left_over(&all);
        let path = all.join(format!("{FOLDERS}{}", ulid::Ulid::generate()));
        let lock = super::open_data_dir(&path)?;
        Ok(Self { path, _lock: lock })
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // What is left over goes when a demo is started the next time.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// Removes the folders of demos that were ended hard: those whose lock nobody holds.
fn remove_left_over(all: &Path) {
    let Ok(entries) = std::fs::read_dir(all) else { return };
    for entry in entries.flatten() {
        if !entry.file_name().to_string_lossy().starts_with(FOLDERS) {
            continue;
        }
        let Ok(lock) = std::fs::File::open(entry.path().join("lock")) else { continue };
        if lock.try_lock().is_ok() {
            // Somebody else's folder stays: they may remove it.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;
    use crate::domain::diagnosis::{Diagnosis, Health};
    use crate::domain::incident::WINDOW_MS;
    use crate::domain::time::{Clock, Timestamp};
    use crate::domain::vocabulary::ProcessState;
    use crate::rounds::{self, Round, RoundSpec};
    use crate::sources::Deadline;

    struct ManualClock(AtomicI64);

    impl Clock for ManualClock {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.load(Ordering::SeqCst))
        }
    }

    /// The demo, played by hand.
    struct Stage {
        recording: Recording,
        base: Arc<ManualClock>,
        staged: Staged,
    }

    impl Stage {
        fn new() -> Self {
            let file = Files::get(FILE).expect("the demo's recording");
            let recording = Recording::read(&*file.data, FILE).expect("a recording");
            let base = Arc::new(ManualClock(AtomicI64::new(0)));
            let playback = Playback::new(&recording, base.clone(), 1.0, DEMO.begin_ms[0], DEMO.waits);
            Self { recording, base, staged: Staged { playback: Arc::new(playback), script: DEMO } }
        }

        fn wait(&self, millis: i64) {
            self.base.0.fetch_add(millis, Ordering::SeqCst);
        }

        async fn look(&self, window_ms: i64) -> Round {
            let (mut cluster, playback) = (self.recording.cluster().clone(), &self.staged.playback);
            // A busy machine reads slowly; what it reads is the same.
            cluster.node_deadline_ms = 180_000;
            let spec = RoundSpec {
                cluster,
                sources: self.recording.played(playback, &BTreeMap::new()),
                at: None,
                window_ms,
                clock: playback.clone(),
                suspect: None,
                kinds: None,
                client_logs: Default::default(),
                client_logs_unread: Default::default(),
                secret_key: [7; 32],
                cancel: CancellationToken::new(),
            };
            rounds::run(spec, |_| {}).await.expect("a moment")
        }
    }

    /// Every cause that a look names, with its nodes.
    fn causes(round: &Round) -> BTreeSet<String> {
        let named = |cause: &crate::domain::diagnosis::Cause| format!("{} {:?}", cause.code, cause.nodes);
        round.diagnosis.causes.iter().map(named).collect()
    }

    /// No cause is named, and the cluster can lose a node again.
    fn is_well(round: &Round, when: &str) {
        let Diagnosis { health, failure_tolerance, .. } = &round.diagnosis;
        // A node that came back a moment ago is not known to be healthy yet.
        assert!(matches!(health, Health::Healthy | Health::Unknown), "{when}: {health:?}");
        assert_eq!((causes(round), *failure_tolerance), (BTreeSet::new(), Some(1)), "{when}");
    }

    #[tokio::test]
    async fn however_long_it_waits_the_outage_stays_what_it_is() {
        let stage = Stage::new();
        let first = causes(&stage.look(WINDOW_MS).await);
        assert!(first.iter().any(|cause| cause.starts_with("node.killed")), "{first:?}");
        for minutes in [5, 25, 60, 600] {
            stage.wait(minutes * 60_000);
            let waited_ms = stage.staged.playback.now().millis_since(stage.recording.start());
            for window_ms in [WINDOW_MS, WINDOW_MS + waited_ms] {
                let now = causes(&stage.look(window_ms).await);
                assert_eq!(now, first, "{minutes} more minutes, a window of {window_ms} ms");
            }
        }
        assert_eq!(stage.staged.stands(), Stands { phase: Phase::Down, phases: DEMO.phases, waits: true });
    }

    #[tokio::test]
    async fn the_phases_are_those_of_the_recording() {
        let stage = Stage::new();
        stage.wait(3_600_000);
        let process = async || {
            let deadline = Deadline::after(Duration::from_secs(180), CancellationToken::new());
            let node = stage.recording.played(&stage.staged.playback, &BTreeMap::new()).nodes.pop().expect("nacos-3");
            node.process(&deadline).await.expect("the process table")
        };
        assert!(process().await.is_none());

        stage.staged.go_on(Phase::Down);
        assert_eq!(stage.staged.stands().phase, Phase::Starting);
        // A second press for the same phase changes nothing.
        stage.staged.go_on(Phase::Down);
        assert_eq!(stage.staged.stands().phase, Phase::Starting);
        let started = process().await.expect("it was started");
        assert_ne!(started.state, ProcessState::Zombie);
        let now = stage.staged.playback.now();
        let age_ms = now.millis_since(started.started_at.expect("a moment"));
        assert!((0..10_000).contains(&age_ms), "it was started {age_ms} ms ago, not before the wait");

        stage.staged.go_on(Phase::Starting);
        let back = stage.look(WINDOW_MS + 7_200_000).await;
        let down = back.diagnosis.causes.iter().find(|cause| cause.code.to_string() == "node.killed");
        assert_eq!(down, None, "it answers again");

        for phase in [Phase::Back, Phase::Stable] {
            stage.staged.go_on(phase);
            stage.wait(2_000);
            let well = stage.look(WINDOW_MS + 7_200_000).await;
            is_well(&well, &format!("after {phase:?}"));
        }
        assert_eq!(stage.staged.stands().next(), None);
        // After the end nothing falls silent.
        stage.wait(7_200_000);
        let well = stage.look(WINDOW_MS).await;
        is_well(&well, "long after the end");
    }

    #[test]
    fn only_folders_that_nobody_holds_are_removed() {
        let all = tempfile::tempdir().expect("folder");
        let [held, left, foreign] =
            ["nodedown-demo-1", "nodedown-demo-2", "elsewhere"].map(|name| all.path().join(name));
        let _lock = super::super::open_data_dir(&held).expect("held");
        drop(super::super::open_data_dir(&left).expect("left"));
        drop(super::super::open_data_dir(&foreign).expect("foreign"));
        remove_left_over(all.path());
        assert!(held.exists() && !left.exists() && foreign.exists());
    }
}
