//! SIGKILL at work: the real binary is killed while checks run, and started again on the same data.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use nodedown::domain::check_run::{CheckRunState, RunEnd};
use nodedown::domain::event::EventKind;
use nodedown::domain::finding::Step;
use nodedown::domain::id::IncidentId;
use nodedown::domain::incident::StepState;
use nodedown::store::{ReadStore, Store};
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use tokio::net::TcpListener;

use crate::support::PASSWORD;

/// Longest wait for anything.
const LIMIT: Duration = Duration::from_secs(20);

/// A started server; killed when dropped.
struct Server {
    child: Child,
    base: String,
    setup: Option<String>,
}

impl Server {
    /// Starts on a port that the system gives, and waits until it says where it is.
    fn start(data: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_nodedown"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let (lines, seen) = mpsc::channel();
        let (out, err) = (child.stdout.take().expect("stdout"), child.stderr.take().expect("stderr"));
        for reader in [Box::new(out) as Box<dyn std::io::Read + Send>, Box::new(err)] {
            let lines = lines.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(reader).lines().map_while(Result::ok) {
                    // The test may have seen enough.
                    let _ = lines.send(line);
                }
            });
        }
        let mut server = Self { child, base: String::new(), setup: None };
        let wants_setup = !data.join("nodedown.db").exists();
        while server.base.is_empty() || (wants_setup && server.setup.is_none()) {
            let line = seen.recv_timeout(LIMIT).expect("the server says where it is");
            if let Some((_, base)) = line.split_once("nodedown is at ") {
                server.base = base.split_whitespace().next().expect("an address").to_owned();
            }
            if let Some((_, token)) = line.split_once("/setup?token=") {
                server.setup = Some(token.trim().to_owned());
            }
        }
        server
    }

    fn kill(mut self) {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("it is gone");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A browser without JavaScript: follows nothing, keeps one cookie.
struct Browser {
    client: reqwest::Client,
    base: String,
    cookie: String,
}

impl Browser {
    fn new(base: &str) -> Self {
        nodedown::sources::http::install_tls();
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
        Self { client: client.expect("client"), base: base.to_owned(), cookie: String::new() }
    }

    /// Sends a form and gives the place it leads to.
    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> String {
        let request = self.client.post(format!("{}{path}", self.base)).header("sec-fetch-site", "same-origin");
        let answer = request.header(COOKIE, &self.cookie).form(fields).send().await.expect("an answer");
        let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        if let Some(cookie) = header(SET_COOKIE) {
            self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        }
        let location = header(LOCATION);
        assert_eq!(answer.status(), 303, "{path}: {}", answer.text().await.unwrap_or_default());
        location.expect("a place")
    }

    async fn get(&self, path: &str) -> String {
        let request = self.client.get(format!("{}{path}", self.base)).header(COOKIE, &self.cookie);
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.expect("text")
    }
}

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
    let token = server.setup.clone().expect("a set-up link");
    let person = [("token", token.as_str()), ("name", "ann"), ("password", PASSWORD), ("again", PASSWORD)];
    browser.post("/setup", &person).await;
    if browser.cookie.is_empty() {
        browser.post("/login", &[("name", "ann"), ("password", PASSWORD)]).await;
    }
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
fn id_in(place: &str) -> String {
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
