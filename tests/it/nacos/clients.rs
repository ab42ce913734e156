//! Real clients of a real cluster are accounted for: a node is killed and three processes of one host end with it; they are
//! named, the node is started again through the gate, and what comes back ticks itself.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use http::StatusCode;
use nodedown::app::App;
use nodedown::commands::incidents::OpenIncident;
use nodedown::commands::{self, Caller, check_runs};
use nodedown::domain::cluster::{FileSource, parse_nodes};
use nodedown::domain::finding::Step;
use nodedown::domain::id::{ClusterId, IncidentId, NodeName};
use nodedown::domain::look::Look;
use nodedown::domain::start_followed::FollowState;
use nodedown::domain::user::Role;
use nodedown::domain::waiver::ClientsAway;
use scraper::{Html, Selector};

use super::cluster::Cluster;
use super::cluster::clients::{CONNECTIONS, Process, Sdk};
use super::restart::{looks, to_its_end};
use super::watch::newest;
use crate::support::{PASSWORD, aloud, get, log_in, post, texts};

/// Hosts with one process each.
const SINGLE: usize = 15;
/// The host with more.
const SHARED: usize = SINGLE + 1;
/// Its processes.
const BESIDE: usize = 5;
/// Those of them that end.
const ENDED: usize = 3;
/// How long one thing may take here, where other things run as well.
const AT_MOST: Duration = Duration::from_secs(300);

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_went_are_named_and_tick_themselves_on_2_5_1() {
    accounted_for("2.5.1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_went_are_named_and_tick_themselves_on_3_0_3() {
    accounted_for("3.0.3").await;
}

async fn accounted_for(version: &'static str) {
    let Some(cluster) = Cluster::start(version, 3).await else { return };
    let Some(sdk) = cluster.sdk() else { return };
    let hosts: Vec<String> = (1..=SHARED).map(|nth| cluster.add_host(nth)).collect();
    let mut lasting: Vec<Process> =
        (1..=SINGLE).map(|host| start(&cluster, &sdk, host, &format!("app-{host}"), 0)).collect();
    let mut ending: Vec<Process> = Vec::new();
    for nth in 1..=BESIDE {
        let into = if nth <= ENDED { &mut ending } else { &mut lasting };
        into.push(start(&cluster, &sdk, SHARED, &format!("order-{nth}"), nth));
    }
    lasting.iter_mut().chain(&mut ending).for_each(Process::wait);
    let (all, gone) = ((SINGLE + BESIDE) * CONNECTIONS, ENDED * CONNECTIONS);

    let data = tempfile::tempdir().expect("folder");
    let app = super::watch::app(&cluster, data.path()).await;
    let mut nodes = parse_nodes(&cluster.addresses().join("\n")).expect("nodes");
    for (node, number) in nodes.iter_mut().zip(cluster.nodes()) {
        node.files = FileSource::Local { home: cluster.home(number) };
    }
    let (ann, third) = (Caller::new("ann"), nodes[2].name.clone());
    let id = commands::clusters::create(&app.commands, &ann, "real", nodes, Vec::new(), 3000).await.expect("one").id;
    let story = Instant::now();
    let after = || format!("{:>4} s", story.elapsed().as_secs());
    // What they publish is read a dozen at a time, so it takes some looks.
    for _ in 0..3 {
        looks_until(&app, id, all, "every client is connected").await;
    }
    aloud(&format!("Nacos {version}: {all} connections of {} processes at {SHARED} addresses", SINGLE + BESIDE));

    // The node that holds the most of them, so that many have to move.
    cluster.signal(3, "KILL");
    ending.into_iter().for_each(Process::kill);
    aloud(&format!("{}  n3 and {ENDED} of the {BESIDE} processes of {} are killed", after(), hosts[SHARED - 1]));
    looks_until(&app, id, all - gone, "the others move to the nodes that stay").await;
    aloud(&format!("{}  {} are connected to the other two", after(), all - gone));

    let open = OpenIncident { cluster: id, node: None, drill: false, note: String::new() };
    let incident = commands::incidents::open(&app.commands, &ann, open).await.expect("incident");
    let away = checked(&app, incident).await;
    let named = |all: &ClientsAway| {
        let missing = all.missing.iter().chain(&all.in_part);
        missing.map(|one| (one.key.ip.clone(), one.key.app.clone().unwrap_or_default())).collect::<BTreeSet<_>>()
    };
    let expected: BTreeSet<(String, String)> =
        (1..=ENDED).map(|nth| (hosts[SHARED - 1].clone(), format!("order-{nth}"))).collect();
    assert_eq!(named(&away), expected, "{away:#?}");
    assert_eq!((away.in_part.len(), away.not_known, away.left_out), (0, 0, 0), "{away:#?}");
    commands::users::create(&app.commands, &ann, "olga", Role::Operator, PASSWORD).await.expect("user");
    let olga = log_in(&app, "olga").await;
    let page = get(&app, &format!("/incidents/{incident}/steps/5"), &olga).await.body;
    for nth in 1..=ENDED {
        for port in [8000 + nth * 10, 8001 + nth * 10] {
            let instance = format!("service order-{nth}, instance {}:{port}", hosts[SHARED - 1]);
            assert!(page.contains(&instance), "{instance}: {:?}", texts(&page, "#whereabouts"));
        }
    }
    aloud(&format!("{}  step 5 names {:?}", after(), named(&away)));

    restarted_through_the_gate(&app, &cluster, incident, &third, &olga).await;
    aloud(&format!("{}  n3 is back, by the rows of its start", after()));
    let away = checked(&app, incident).await;
    assert_eq!(named(&away), expected, "a node that is back brings no process back: {away:#?}");

    let mut again: Vec<Process> =
        (1..=ENDED).map(|nth| start(&cluster, &sdk, SHARED, &format!("order-{nth}"), nth)).collect();
    again.iter_mut().for_each(Process::wait);
    looks_until(&app, id, all, "every client is connected again").await;
    let away = checked(&app, incident).await;
    assert!(away.missing.is_empty() && away.in_part.is_empty(), "{away:#?}");
    assert_eq!(away.back.len(), ENDED * 2, "naming and config of each: {away:#?}");
    aloud(&format!("{}  all {ENDED} are back and ticked by themselves", after()));
    app.stopping.cancel();
    app.engine.stop();
    app.store.close().await;
}

fn start(cluster: &Cluster, sdk: &Sdk, host: usize, app: &str, nth: usize) -> Process {
    let port = 8000 + u16::try_from(nth).expect("a port") * 10;
    cluster.start_clients(sdk, host, app, port)
}

/// Looks until so many connections are counted on the nodes that answer, and twice more, so that who they are is known by name.
async fn looks_until(app: &App, id: ClusterId, connections: usize, what: &str) {
    let begun = Instant::now();
    loop {
        looks(app, 1).await;
        if counted(&newest(app, id).await) == Some(connections) {
            break;
        }
        assert!(begun.elapsed() < AT_MOST, "it does not come to that: {what}");
    }
    looks(app, 2).await;
}

/// SDK connections of the nodes that answer; `None`: it was not this look's turn to count them.
fn counted(look: &Look) -> Option<usize> {
    let answer = look.nodes.iter().filter(|(_, seen)| seen.alive);
    let each: Option<Vec<i64>> = answer.map(|(_, seen)| seen.sdk_connections).collect();
    usize::try_from(each?.iter().sum::<i64>()).ok()
}

/// Runs the checks of step 5; who is away by what they saw.
async fn checked(app: &App, incident: IncidentId) -> ClientsAway {
    check_runs::start_step(&app.commands, &Caller::new("ann"), incident, Step::Clients).await.expect("started");
    app.engine.run_pending().await.expect("the checks end");
    let diagnosis = app.commands.read().diagnosis(incident).await.expect("diagnosis").expect("one");
    diagnosis.clients.expect("who is away is known")
}

/// Does what is asked for before a start, takes the restart on where the gate lets it, starts the node, and follows it.
async fn restarted_through_the_gate(app: &App, cluster: &Cluster, incident: IncidentId, third: &NodeName, who: &str) {
    let step = format!("/incidents/{incident}/steps/5");
    let kept = post(app, &format!("/incidents/{incident}/captures"), who, &[("step", "5"), ("node", &third.0)]).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.body);
    app.engine.run_pending().await.expect("evidence is kept");
    let page = get(app, &step, who).await.body;
    for to_do in values(&page, "form[action$='/to-dos'] input[name=to_do]") {
        let fields = [("step", "5"), ("to_do", to_do.as_str()), ("done", "1")];
        let ticked = post(app, &format!("/incidents/{incident}/to-dos"), who, &fields).await;
        assert!(matches!(ticked.status, StatusCode::SEE_OTHER | StatusCode::CONFLICT), "{}", ticked.body);
    }
    aloud(&format!("  the gate: {:?}", texts(&get(app, &step, who).await.body, "#gates")));
    let claim = [("step", "5"), ("node", third.0.as_str())];
    let taken = post(app, &format!("/incidents/{incident}/restart-claims"), who, &claim).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "the gate says yes: {:?}", texts(&taken.body, "main"));
    cluster.start_node(3);
    let follow = to_its_end(app, incident).await;
    assert_eq!(follow.state, FollowState::Done, "{follow:#?}");
}

fn values(page: &str, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).expect("selector");
    let page = Html::parse_document(page);
    page.select(&selector).filter_map(|one| one.attr("value")).map(str::to_owned).collect()
}
