//! A real node is ended and started again under a claim: every row of its start is seen, by its logs and by answers alone.

use std::time::{Duration, Instant};

use nodedown::app::App;
use nodedown::commands::incidents::OpenIncident;
use nodedown::commands::restart_claims::{self, TakeRestart};
use nodedown::commands::restart_follows;
use nodedown::commands::{self, Caller};
use nodedown::domain::cluster::{FileSource, parse_nodes};
use nodedown::domain::id::{IncidentId, NodeName};
use nodedown::domain::restart_claim::GateSaid;
use nodedown::domain::start_followed::{Follow, FollowState, RowState, StartRow};

use super::cluster::Cluster;

/// So long a start may take here, where other things run as well.
const AT_MOST: Duration = Duration::from_secs(420);

#[tokio::test(flavor = "multi_thread")]
async fn a_start_is_followed_to_its_end_on_2_5_1() {
    followed("2.5.1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_is_followed_to_its_end_on_3_0_3() {
    followed("3.0.3").await;
}

async fn followed(version: &'static str) {
    let Some(cluster) = Cluster::start(version, 3).await else { return };
    let data = tempfile::tempdir().expect("folder");
    let app = super::watch::app(&cluster, data.path()).await;
    for (name, signal, reads_files) in [("with logs", "KILL", true), ("by answers alone", "TERM", false)] {
        let mut nodes = parse_nodes(&cluster.addresses().join("\n")).expect("nodes");
        for (node, number) in nodes.iter_mut().zip(cluster.nodes()).filter(|_| reads_files) {
            node.files = FileSource::Local { home: cluster.home(number) };
        }
        let third = nodes[2].name.clone();
        let ann = Caller::new("ann");
        let id = commands::clusters::create(&app.commands, &ann, name, nodes, Vec::new(), 3000).await.expect("one").id;
        let open = OpenIncident { cluster: id, node: None, drill: false, note: String::new() };
        let incident = commands::incidents::open(&app.commands, &ann, open).await.expect("incident");
        let follow = started(&app, &cluster, incident, &third, signal).await;
        crate::support::aloud(&told(version, name, &follow));
        assert_eq!((follow.state, follow.over), (FollowState::Done, true), "{follow:#?}");
        let unseen = if reads_files { vec![] } else { vec![StartRow::Distro] };
        assert_eq!(follow.unseen(), unseen, "{follow:#?}");
        let at = |row: StartRow| follow.row(row).and_then(|seen| seen.reached_at());
        for (before, after) in [
            (StartRow::Down, StartRow::Process),
            (StartRow::Process, StartRow::Finished),
            (StartRow::Process, StartRow::Raft),
            (StartRow::Process, StartRow::Ready),
            (StartRow::Ready, StartRow::Peers),
        ] {
            assert!(at(before).is_some() && at(before) <= at(after), "{before:?}, {after:?}: {follow:#?}");
        }
        assert!(at(StartRow::Data).is_some(), "{follow:#?}");
        let close = commands::closures::CloseIncident { recovered: false, reason: "x".to_owned(), stable_ms: 60_000 };
        commands::closures::close(&app.commands, &ann, incident, &close).await.expect("closed");
        cluster.settle().expect("a cluster that is well");
    }
    app.stopping.cancel();
    app.engine.stop();
    app.store.close().await;
}

/// Takes a node on, ends it, starts it, and looks until its start is over.
async fn started(app: &App, cluster: &Cluster, incident: IncidentId, node: &NodeName, signal: &str) -> Follow {
    let ann = Caller::new("ann");
    looks(app, 3).await;
    let asked = TakeRestart { node, gate: GateSaid::NotJudged, reason: "its turn" };
    restart_claims::take(&app.commands, &ann, incident, asked).await.expect("taken");
    looks(app, 2).await;
    let up = read(app, incident).await;
    assert!(up.rows[1..].iter().all(|seen| seen.state == RowState::Later), "it runs from before: {up:#?}");
    cluster.signal(3, signal);
    let begun = Instant::now();
    while !matches!(read(app, incident).await.rows[0].state, RowState::Reached { .. }) {
        assert!(begun.elapsed() < AT_MOST, "it is not seen to be down");
        looks(app, 1).await;
    }
    while !cluster.is_gone(3) {
        assert!(begun.elapsed() < AT_MOST, "it does not end");
        looks(app, 1).await;
    }
    cluster.start_node(3);
    to_its_end(app, incident).await
}

/// Looks until the start that was taken on last is over.
pub(super) async fn to_its_end(app: &App, incident: IncidentId) -> Follow {
    let begun = Instant::now();
    loop {
        let follow = read(app, incident).await;
        if follow.over {
            return follow;
        }
        assert!(begun.elapsed() < AT_MOST, "{follow:#?}");
        looks(app, 1).await;
    }
}

/// So many looks, one every 5 s as the watcher's.
pub(super) async fn looks(app: &App, count: usize) {
    for _ in 0..count {
        let next = tokio::time::Instant::now() + Duration::from_secs(5);
        app.engine.look_around().await.expect("a look");
        tokio::time::sleep_until(next).await;
    }
}

async fn read(app: &App, incident: IncidentId) -> Follow {
    let read = app.commands.read();
    let claim = read.restart_claims_of(incident).await.expect("claims").pop().expect("one");
    restart_follows::read(read, &claim, app.commands.clock().now()).await.expect("a start")
}

/// What was seen, a row a line, seconds from the claim.
fn told(version: &str, name: &str, follow: &Follow) -> String {
    let after = |at: nodedown::domain::time::Timestamp| at.millis_since(follow.claimed_at) / 1000;
    let row = |seen: &nodedown::domain::start_followed::RowSeen| {
        let moment = seen.reached_at().map_or_else(|| format!("{:?}", seen.state), |at| format!("{} s", after(at)));
        let says = seen.says.as_ref().map(|says| format!("{} {:?}", says.key, says.args)).unwrap_or_default();
        format!("  {:<9} {moment}, lost {} times  {says}", seen.row.as_str(), seen.times_lost)
    };
    let rows: Vec<String> = follow.rows.iter().map(row).collect();
    let took: Vec<String> =
        follow.durations().iter().map(|(row, ms)| format!("{} {} s", row.as_str(), ms / 1000)).collect();
    format!("Nacos {version}, {name}:\n{}\n  {:?}: {}", rows.join("\n"), follow.from, took.join(", "))
}
