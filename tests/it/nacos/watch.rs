//! A real cluster that is watched: the looks say what is so, and the nodes do not suffer from them.

use std::path::PathBuf;
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

async fn watched(version: &'static str) {
    let Some(cluster) = Cluster::start(version, 3).await else { return };
    let data = tempfile::tempdir().expect("folder");
    std::fs::create_dir(data.path().join("incoming")).expect("folder");
    let (folder, credential) = (data.path().to_owned(), cluster.credential());
    let app = App::build(Parts {
        data_dir: data.path().to_owned(),
        clock: Arc::new(SystemClock),
        credentials: CredentialRules::default(),
        factory: Box::new(move |_| Arc::new(Known { live: LiveFactory::new(folder, Secrets::default()), credential })),
        runbooks: nodedown::app::runbooks().expect("runbooks"),
        public_url: None,
        access: Access::default(),
        replay: None,
        stable_minutes: 10,
        watch_every: Duration::from_secs(5),
    })
    .await
    .expect("the program starts");
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
    let mut not_up = 0;
    let mut newest = look(&app, id).await;
    for _ in 0..LOOKS {
        newest = look(&app, id).await;
        not_up += usize::from(newest.state != LookState::Up);
    }
    assert!(not_up * 50 <= LOOKS, "{not_up} of {LOOKS} looks at a cluster that is well: {newest:?}");
    for (name, seen) in &newest.nodes {
        assert_eq!((seen.alive, seen.ready, seen.members.len()), (true, Some(true), 3), "{name}: {seen:?}");
        assert!(seen.raft.len() >= 3 && seen.raft.iter().all(|group| group.leader.is_some()), "{name}: {seen:?}");
    }
    let before = look(&app, id).await;
    let counted = |look: &Look| look.nodes.iter().filter_map(|(_, seen)| seen.sdk_connections).count();
    assert_eq!(counted(&newest).max(counted(&before)), 3, "every other look counts the connections of every node");
    tokio::time::sleep(Duration::from_secs(3)).await;
    let left = cluster.connections_from_here(1);
    assert!(left.len() <= 4, "connections are left open on Nacos {version}:\n{}", left.join("\n"));
    let new: Vec<_> = errors(&cluster).into_iter().filter(|(shape, _)| !quiet.contains_key(shape)).collect();
    assert!(new.is_empty(), "Nacos {version} wrote ERROR lines that a quiet one does not write: {new:?}");

    cluster.signal(3, "KILL");
    let seen = look(&app, id).await;
    assert_eq!(seen.state, LookState::Degraded, "{seen:?}");
    assert!(!seen.nodes[2].1.alive && seen.nodes[0].1.alive);
    cluster.signal(2, "KILL");
    assert_eq!(look(&app, id).await.state, LookState::Down);
    app.stopping.cancel();
    app.engine.stop();
    app.store.close().await;
}

/// Takes a look at everything and returns what was kept of it.
async fn look(app: &App, id: ClusterId) -> Look {
    app.engine.look_around().await.expect("a look");
    let (from, to) = (Timestamp::from_millis(0), SystemClock.now().plus_millis(1));
    app.commands.read().looks(id, Grain::Look, from, to).await.expect("looks").pop().expect("one was kept")
}
