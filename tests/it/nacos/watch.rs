//! A real cluster that is watched: the looks say what is so, and the nodes do not suffer from them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use nodedown::app::{App, LiveFactory, Parts, SystemClock};
use nodedown::commands::{self, Caller};
use nodedown::domain::cluster::{self, CredentialRef, parse_nodes};
use nodedown::domain::credential::CredentialRules;
use nodedown::domain::id::ClusterId;
use nodedown::domain::look::{Grain, Look, LookState};
use nodedown::domain::time::{Clock as _, Timestamp};
use nodedown::engine::SourceFactory;
use nodedown::sources::Sources;
use nodedown::sources::secret::Secrets;
use nodedown::store::hand_in::HandedInItem;
use nodedown::web::Access;

use super::cluster::Cluster;
use super::polite::errors;

/// As many looks as a node gets in ten minutes, one after the other.
const LOOKS: usize = 120;

#[tokio::test(flavor = "multi_thread")]
async fn looks_tell_what_is_so_and_leave_no_trace_on_2_5_1() {
    watched("2.5.1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn looks_tell_what_is_so_and_leave_no_trace_on_3_0_3() {
    watched("3.0.3").await;
}

/// Real sources that know what the API of 3.x asks for; how that is released is told elsewhere.
struct Known {
    live: LiveFactory,
    credential: PathBuf,
}

impl SourceFactory for Known {
    fn sources(&self, cluster: &cluster::Cluster, handed_in: &[HandedInItem]) -> Sources {
        let mut cluster = cluster.clone();
        for api in cluster.nodes.iter_mut().filter_map(|node| node.api.as_mut()) {
            api.credential = Some(CredentialRef::File { path: self.credential.clone() });
        }
        self.live.sources(&cluster, handed_in)
    }
}

/// The program over these nodes, with what their API asks for.
pub(super) async fn app(cluster: &Cluster, data: &Path) -> App {
    std::fs::create_dir(data.join("incoming")).expect("folder");
    let (folder, credential) = (data.to_owned(), cluster.credential());
    App::build(Parts {
        data_dir: data.to_owned(),
        clock: Arc::new(SystemClock),
        credentials: CredentialRules::default(),
        factory: Box::new(move |_| Arc::new(Known { live: LiveFactory::new(folder, Secrets::default()), credential })),
        runbooks: nodedown::app::runbooks().expect("runbooks"),
        public_url: None,
        access: Access::default(),
        replay: None,
        stable_minutes: 10,
        watch_every: Duration::from_secs(5),
        propose_after: nodedown::domain::proposal::PROPOSE_AFTER_LOOKS,
        on_silence: nodedown::domain::on_silence::OnSilence::Propose,
        baseline_after_minutes: nodedown::domain::baseline::BASELINE_AFTER_MINUTES,
    })
    .await
    .expect("the program starts")
}

async fn watched(version: &'static str) {
    let Some(cluster) = Cluster::start(version, 3).await else { return };
    let data = tempfile::tempdir().expect("folder");
    let app = app(&cluster, data.path()).await;
    let nodes = parse_nodes(&cluster.addresses().join("\n")).expect("nodes");
    let id = commands::clusters::create(&app.commands, &Caller::new("ann"), "real", nodes, Vec::new(), 3000)
        .await
        .expect("cluster")
        .id;
    // It has only just come up: until then it is not what is asked about.
    let begun = std::time::Instant::now();
    while look(&app, id).await.state != LookState::Up {
        assert!(begun.elapsed() < Duration::from_secs(90), "a cluster that is well: {:?}", look(&app, id).await);
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    let quiet = errors(&cluster);
    let mut up = Vec::new();
    let mut other = None;
    for _ in 0..LOOKS {
        let seen = look(&app, id).await;
        if seen.state == LookState::Up { up.push(seen) } else { other = Some(seen) }
    }
    // A machine that does much else is now and then too slow for an answer, or for a heartbeat.
    assert!(up.len() * 10 >= LOOKS * 8, "{} of {LOOKS} looks at a cluster that is well: {other:?}", up.len());
    let mut counted = 0;
    for Look { nodes, .. } in &up {
        assert_eq!(nodes.len(), 3, "{nodes:?}");
        for (name, seen) in nodes {
            assert_eq!((seen.alive, seen.ready, seen.members.len()), (true, Some(true), 3), "{name}: {seen:?}");
            // A leader need not name itself: see `LookState::of`.
            let named = seen.raft.iter().filter(|group| group.leader.is_some()).count();
            assert!(seen.raft.len() >= 3 && named + 1 >= seen.raft.len(), "{name}: {seen:?}");
            counted += usize::from(seen.sdk_connections.is_some());
        }
    }
    let whole = up.len() * 3;
    assert!((whole * 4 / 10..=whole).contains(&counted), "every other look counts connections: {counted} of {whole}");
    let left = until(|| async { cluster.connections_from_here(1) }, |left| left.len() <= 4).await;
    assert!(left.len() <= 4, "connections are left open on Nacos {version}:\n{}", left.join("\n"));
    // What looks give rise to comes with many of them; what comes once comes from elsewhere.
    let new =
        errors(&cluster).into_iter().filter(|(shape, (count, _))| !quiet.contains_key(shape) && count * 20 >= LOOKS);
    let new: Vec<_> = new.collect();
    assert!(new.is_empty(), "Nacos {version} wrote ERROR lines that a quiet one does not write: {new:?}");

    cluster.signal(3, "KILL");
    let seen = until(|| look(&app, id), |seen| seen.state == LookState::Degraded).await;
    assert_eq!(seen.state, LookState::Degraded, "{seen:?}");
    let alive: Vec<bool> = seen.nodes.iter().map(|(_, seen)| seen.alive).collect();
    assert_eq!(alive, [true, true, false], "{seen:?}");
    cluster.signal(2, "KILL");
    let seen = until(|| look(&app, id), |seen| seen.state == LookState::Down).await;
    assert_eq!(seen.state, LookState::Down, "{seen:?}");
    app.stopping.cancel();
    app.engine.stop();
    app.store.close().await;
}

/// Asks until the answer is the expected one, for a minute at most; returns the newest answer.
async fn until<T, F: Future<Output = T>>(ask: impl Fn() -> F, expected: impl Fn(&T) -> bool) -> T {
    let begun = std::time::Instant::now();
    loop {
        let answer = ask().await;
        if expected(&answer) || begun.elapsed() > Duration::from_secs(60) {
            return answer;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Takes a look at everything and returns what was kept of it.
async fn look(app: &App, id: ClusterId) -> Look {
    app.engine.look_around().await.expect("a look");
    newest(app, id).await
}

/// What was kept of the newest look.
pub(super) async fn newest(app: &App, id: ClusterId) -> Look {
    let (from, to) = (Timestamp::from_millis(0), SystemClock.now().plus_millis(1));
    app.commands.read().looks(id, Grain::Look, from, to).await.expect("looks").pop().expect("one was kept")
}
