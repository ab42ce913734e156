//! `nodedown demo` and `nodedown replay`: a recorded outage replayed. Everything but sources and clock is the program as
//! it is, on a data folder that is gone afterwards.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context as _, bail};
use rust_embed::RustEmbed;

use super::{App, LiveFactory, Parts, SystemClock};
use crate::commands::{self, Caller};
use crate::domain::cluster::{Cluster, NodeSpec};
use crate::domain::credential::CredentialRules;
use crate::domain::id::ClusterId;
use crate::domain::time::Clock;
use crate::domain::user::Role;
use crate::engine::{SAMPLE_EVERY, SourceFactory};
use crate::sources::Sources;
use crate::sources::recording::{Recording, ReplayClock};
use crate::sources::redact::Redactor;
use crate::store::hand_in::HandedInItem;
use crate::web::Access;

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

#[derive(RustEmbed)]
#[folder = "demo/"]
struct Files;

/// Serves the replay of the recording that comes with the program, on loopback until a signal, and prints one link that
/// signs in. `speed`: how many recorded seconds pass in one.
///
/// # Errors
/// A sentence for the person who started it.
pub async fn demo(listen: SocketAddr, speed: f64) -> anyhow::Result<()> {
    check(listen, speed)?;
    let file = Files::get(FILE).with_context(|| format!("this build does not hold the recording demo/{FILE}"))?;
    let recording = Recording::read(&*file.data, FILE).context("could not read the recording of the demo")?;
    drop(file);
    let hello =
        "The demo replays a recorded outage. Open this link once / 演示回放一次录制的真实故障，请打开以下一次性链接:";
    serve(recording, CLUSTER, hello, listen, speed).await
}

/// The same for a file that `nodedown record` wrote.
///
/// # Errors
/// A sentence for the person who started it.
pub async fn replay(recording: Recording, listen: SocketAddr, speed: f64) -> anyhow::Result<()> {
    check(listen, speed)?;
    let told = recording.cluster().name.trim();
    let name = if told.is_empty() || told.chars().any(char::is_control) { CLUSTER } else { told }.to_owned();
    let hello = format!(
        "The recording begins at {}. Open this link once / 录制从该时刻开始回放，请打开以下一次性链接:",
        recording.start()
    );
    serve(recording, &name, &hello, listen, speed).await
}

fn check(listen: SocketAddr, speed: f64) -> anyhow::Result<()> {
    if !listen.ip().is_loopback() {
        bail!("a replay signs in anyone who has the link, so it listens on this machine only: use 127.0.0.1:PORT");
    }
    if !(0.1..=600.0).contains(&speed) {
        bail!("--speed is between 0.1 and 600");
    }
    Ok(())
}

async fn serve(recording: Recording, name: &str, hello: &str, listen: SocketAddr, speed: f64) -> anyhow::Result<()> {
    crate::telemetry::init(crate::config::LogFormat::Text, "warn");
    let folder = TemporaryFolder::new()?;
    let clock: Arc<dyn Clock> = Arc::new(ReplayClock::new(&recording, Arc::new(SystemClock), 0, speed));
    let replayed = Arc::new(OnceLock::new());
    let app = App::build(Parts {
        data_dir: folder.path.clone(),
        clock: clock.clone(),
        credentials: CredentialRules::default(),
        factory: Box::new({
            let (recording, replayed, folder) = (recording.clone(), replayed.clone(), folder.path.clone());
            move |secrets| {
                let live = LiveFactory::new(folder, secrets);
                Arc::new(ReplayFactory { recording, clock, live, speed, replayed })
            }
        }),
        runbooks: super::runbooks()?,
        public_url: None,
        access: Access::default(),
        demo: true,
    })
    .await?;
    let token = commands::setup::issue_sign_in_token(&app.commands, &Caller::start(), USER, Role::Admin).await?;
    let Cluster { nodes, node_deadline_ms, doors, .. } = recording.cluster().clone();
    let nodes = nodes.into_iter().map(NodeSpec::without_secrets).collect();
    let cluster = commands::clusters::create(&app.commands, &Caller::new(USER), name, nodes, doors, node_deadline_ms)
        .await
        .context("the cluster in the recording is not one that could be entered")?;
    let _ = replayed.set(cluster.id);
    let listener = super::listen(listen)?;
    super::say(&format!(
        "\n{hello}\n\n  {}{}?token={token}\n",
        super::base_url(listener.local_addr()?),
        commands::setup::SIGN_IN_PATH,
    ));
    app.run(listener, Vec::new()).await
}

/// The recorded cluster is replayed; clusters that somebody adds meanwhile are looked at as they are.
struct ReplayFactory {
    recording: Recording,
    clock: Arc<dyn Clock>,
    live: LiveFactory,
    speed: f64,
    /// The recorded cluster, also under a new name.
    replayed: Arc<OnceLock<ClusterId>>,
}

impl SourceFactory for ReplayFactory {
    fn redactor(&self) -> Redactor {
        self.live.redactor()
    }

    fn sources(&self, cluster: &Cluster, handed_in: &[HandedInItem]) -> Sources {
        let recorded = self.recording.sources(&self.clock);
        let of = |name| recorded.nodes.iter().find(|source| &source.spec().name == name).cloned();
        let nodes: Option<Vec<_>> = cluster.nodes.iter().map(|node| of(&node.name)).collect();
        match nodes {
            Some(nodes) if self.replayed.get().is_none_or(|id| *id == cluster.id) => Sources { nodes },
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
    use super::*;

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
