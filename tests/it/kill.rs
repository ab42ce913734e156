//! SIGKILL at work: the real binary is killed while checks run, and started again on the same data.

use std::path::Path;
use std::time::Duration;

use nodedown::domain::check_run::{CheckRunState, RunEnd};
use nodedown::domain::event::EventKind;
use nodedown::domain::finding::Step;
use nodedown::domain::id::IncidentId;
use nodedown::domain::incident::StepState;
use nodedown::store::{ReadStore, Store};
use tokio::net::TcpListener;

use crate::process::{Browser, Server};

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_nothing_acknowledged_is_lost_and_running_checks_say_interrupted() {
    tokio::time::timeout(Duration::from_secs(60), kill_and_look()).await.expect("the story hangs");
}

async fn kill_and_look() {
    let data = tempfile::tempdir().expect("folder");
    // Accepts and never answers: checks on this node are running when the program dies.
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = silent.local_addr().expect("address").port();

    let server = Server::start(data.path());
    let mut browser = Browser::new(&server.base);
    browser.set_up(&server).await;
    let addresses = format!("127.0.0.1:{port}");
    let cluster = browser.post("/clusters", &[("name", "prod"), ("addresses", &addresses), ("nonce", "c")]).await;
    let cluster = id_in(&cluster);
    let place = browser.post("/incidents", &[("cluster", &cluster), ("kind", "outage"), ("nonce", "i")]).await;
    let incident = IncidentId(id_in(&place).parse().expect("an id"));
    let page = format!("/incidents/{incident}");
    browser.post(&format!("{page}/notes"), &[("text", "机房电话已打"), ("step", "1"), ("nonce", "note 1")]).await;
    // Opening it has started the first step's checks; they hang until the node's deadline.
    wait_until_running(&read(data.path()).await, incident).await;
    server.kill();

    let server = Server::start(data.path());
    browser.base.clone_from(&server.base);
    let html = browser.get(&format!("{page}/steps/1")).await;
    assert!(html.contains("机房电话已打"), "the note is on the page");
    let read = read(data.path()).await;
    let runs = read.runs(incident).await.expect("runs");
    let interrupted = runs.iter().filter(|run| run.end() == Some(&RunEnd::Interrupted)).count();
    assert!(interrupted > 0, "{runs:#?}");
    let steps = read.step_states(incident).await.expect("steps");
    assert!(matches!(steps[0], (Step::Confirm, StepState::Running | StepState::NeedsYou)), "{steps:?}");
    let timeline = read.timeline(incident).await.expect("timeline");
    let notes = timeline.iter().filter(|event| matches!(event.kind, EventKind::NoteAdded { .. })).count();
    assert_eq!(notes, 1);
    assert_eq!(read.first_broken_event(incident).await.expect("chain"), None);
    // The same form again, as after a browser's retry: nothing is doubled.
    browser.post(&format!("{page}/notes"), &[("text", "机房电话已打"), ("step", "1"), ("nonce", "note 1")]).await;
    let timeline = read.timeline(incident).await.expect("timeline");
    assert_eq!(timeline.iter().filter(|event| matches!(event.kind, EventKind::NoteAdded { .. })).count(), 1);
}

/// The first number in a path.
pub fn id_in(place: &str) -> String {
    let digits = place.split(|c: char| !c.is_ascii_digit()).find(|part| !part.is_empty());
    digits.expect("an id in the path").to_owned()
}

async fn read(data: &Path) -> ReadStore {
    Store::open(data).await.expect("the database opens beside the server").read().clone()
}

/// Polls: another process writes.
async fn wait_until_running(read: &ReadStore, incident: IncidentId) {
    loop {
        let runs = read.runs(incident).await.expect("runs");
        if runs.iter().any(|run| matches!(run.state, CheckRunState::Running { .. })) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
