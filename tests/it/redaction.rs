//! Redaction takes nothing that a diagnosis needs: every home, recording and case is judged alike with it and without.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use nodedown::app::App;
use nodedown::commands::{self, Caller};
use nodedown::diagnosis::todos;
use nodedown::domain::cluster::{Cluster, FrontDoor, NodeSpec};
use nodedown::domain::diagnosis::Diagnosis;
use nodedown::domain::evidence::Vantage;
use nodedown::domain::finding::Step;
use nodedown::domain::id::ClusterId;
use nodedown::domain::incident::WINDOW_MS;
use nodedown::domain::observed::{DoorSeen, NameSeen, ProcessSeen};
use nodedown::domain::time::{Clock, Timestamp};
use nodedown::domain::user::Role;
use nodedown::model::ClusterModel;
use nodedown::rounds::{self, AtSpec, RoundSpec};
use nodedown::sources::build::{self, Extras};
use nodedown::sources::recording::Recording;
use nodedown::sources::redact::{CONTEXT, Redactor};
use nodedown::sources::spec::{self, NodeArgument};
use nodedown::sources::{
    ClockSeen, Deadline, DoorAsk, FileEntry, HandedIn, HttpAnswer, HttpAsk, NodeSource, ProbeAnswer, ProbeAsk,
    SourceError, Sources,
};
use tokio_util::sync::CancellationToken;

use crate::support::{self, aloud, run_app};

/// Where more cases lie: a folder a case, `n1` to `n3` and `when` in each. Without it they are skipped.
const CASES: &str = "NODEDOWN_CASES";

/// A clock that stands still.
struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// A node of which only redacted text is seen, redacted before anything else looks at it.
struct Redacted(Arc<dyn NodeSource>);

#[async_trait]
impl NodeSource for Redacted {
    fn spec(&self) -> &NodeSpec {
        self.0.spec()
    }
    fn files_vantage(&self) -> Vantage {
        self.0.files_vantage()
    }
    fn files_live(&self) -> bool {
        self.0.files_live()
    }
    async fn http(&self, ask: &HttpAsk, deadline: &Deadline) -> Result<HttpAnswer, SourceError> {
        let mut answer = self.0.http(ask, deadline).await?;
        answer.body = self.redactor().text(&answer.body).into_owned();
        Ok(answer)
    }
    async fn probe(&self, ask: &ProbeAsk, deadline: &Deadline) -> Result<ProbeAnswer, SourceError> {
        self.0.probe(ask, deadline).await
    }
    async fn list(&self, folder: &str, deadline: &Deadline) -> Result<Vec<FileEntry>, SourceError> {
        self.0.list(folder, deadline).await
    }
    async fn read_at(
        &self,
        path: &str,
        offset: u64,
        length: usize,
        deadline: &Deadline,
    ) -> Result<Vec<u8>, SourceError> {
        let bytes = self.0.read_at(path, offset, length, deadline).await?;
        if path.starts_with("conf/") || path.ends_with(".gz") {
            return Ok(bytes);
        }
        // Together with what stands before it, as far as that can be read.
        let above = offset.min(CONTEXT as u64);
        let mut whole = self.0.read_at(path, offset - above, above as usize, deadline).await.unwrap_or_default();
        let at = if whole.len() as u64 == above { whole.len() } else { 0 };
        whole.truncate(at);
        whole.extend_from_slice(&bytes);
        self.redactor().mask(&mut whole);
        Ok(whole.split_off(at))
    }
    async fn process(&self, deadline: &Deadline) -> Result<Option<ProcessSeen>, SourceError> {
        self.0.process(deadline).await
    }
    async fn disk_free(&self, folder: &str, deadline: &Deadline) -> Result<u64, SourceError> {
        self.0.disk_free(folder, deadline).await
    }
    async fn probe_from(&self, host: &str, ask: &ProbeAsk, deadline: &Deadline) -> Result<ProbeAnswer, SourceError> {
        self.0.probe_from(host, ask, deadline).await
    }
    async fn resolve(&self, names: &[String], deadline: &Deadline) -> Result<Vec<NameSeen>, SourceError> {
        self.0.resolve(names, deadline).await
    }
    async fn probe_named(&self, host: &str, ask: &ProbeAsk, deadline: &Deadline) -> Result<ProbeAnswer, SourceError> {
        self.0.probe_named(host, ask, deadline).await
    }
    fn peers(&self) -> &[NodeSpec] {
        self.0.peers()
    }
    fn doors(&self) -> &[FrontDoor] {
        self.0.doors()
    }
    async fn through(&self, ask: &DoorAsk, deadline: &Deadline) -> Result<DoorSeen, SourceError> {
        self.0.through(ask, deadline).await
    }
    async fn clock(&self, deadline: &Deadline) -> Result<ClockSeen, SourceError> {
        self.0.clock(deadline).await
    }
    async fn environment(&self, deadline: &Deadline) -> Result<BTreeMap<String, String>, SourceError> {
        self.0.environment(deadline).await
    }
    async fn kernel_log(&self, deadline: &Deadline) -> Result<String, SourceError> {
        let text = self.0.kernel_log(deadline).await?;
        Ok(self.redactor().text(&text).into_owned())
    }
    fn redactor(&self) -> Redactor {
        self.0.redactor()
    }
    async fn handed_in(&self) -> Vec<HandedIn> {
        self.0.handed_in().await
    }
}

async fn diagnosed(cluster: &Cluster, sources: Sources, at: Option<AtSpec>, now: Timestamp) -> Diagnosis {
    let spec = RoundSpec {
        cluster: cluster.clone(),
        sources,
        at,
        window_ms: WINDOW_MS,
        clock: Arc::new(Still(now)),
        suspect: None,
        kinds: None,
        client_logs: Default::default(),
        client_logs_unread: Default::default(),
        secret_key: [7; 32],
        cancel: CancellationToken::new(),
    };
    let round = rounds::run(spec, |_| {}).await.expect("a moment");
    let model = ClusterModel::build(cluster, &round.observations, round.at, WINDOW_MS);
    assert_eq!(todos::harmful(&model, &round.diagnosis), [], "a to-do would do harm: {:?}", round.diagnosis.causes);
    round.diagnosis
}

/// The diagnosis as text, whatever a secret was hidden by and however long this machine took.
fn told(diagnosis: &Diagnosis) -> String {
    let text = serde_json::to_string_pretty(diagnosis).expect("JSON");
    let text = regex::Regex::new("[*•]+").expect("pattern").replace_all(&text, "•").into_owned();
    regex::Regex::new("[0-9]+ ms").expect("pattern").replace_all(&text, "some ms").into_owned()
}

async fn assert_same(what: &str, cluster: &Cluster, sources: Sources, at: Option<AtSpec>, now: Timestamp) {
    let nodes = sources.nodes.iter().map(|node| Arc::new(Redacted(Arc::clone(node))) as Arc<dyn NodeSource>).collect();
    let plain = diagnosed(cluster, sources.clone(), at, now).await;
    let redacted = diagnosed(cluster, Sources { nodes }, at, now).await;
    assert_eq!(told(&redacted), told(&plain), "{what}");
}

/// Judges a folder of homes.
async fn assert_homes(folder: &Path) {
    let (cluster, at, now) = homes(folder);
    let sources = build::sources(&cluster, &Extras::default());
    assert_same(&folder.display().to_string(), &cluster, sources, at, now).await;
}

/// Judges a folder of homes once, and looks whether what is advised would do harm.
pub async fn assert_harmless(folder: &Path) {
    let (cluster, at, now) = homes(folder);
    diagnosed(&cluster, build::sources(&cluster, &Extras::default()), at, now).await;
}

/// The nodes of a folder of homes, the moment to judge, and what time it is.
fn homes(folder: &Path) -> (Cluster, Option<AtSpec>, Timestamp) {
    let names = ["n1", "n2", "n3"].into_iter().filter(|name| folder.join(name).is_dir());
    let arguments: Vec<String> = names.map(|name| format!("{name}=dir:{}", folder.join(name).display())).collect();
    let nodes: Vec<NodeSpec> = spec::parse_all(&arguments)
        .expect("nodes")
        .into_iter()
        .filter_map(|argument| match argument {
            NodeArgument::Node { spec, .. } => Some(*spec),
            NodeArgument::Recorded { .. } => None,
        })
        .collect();
    let cluster = Cluster {
        id: ClusterId(0),
        name: "test".to_owned(),
        nodes,
        node_deadline_ms: 60_000,
        doors: Vec::new(),
        accept_unseen: Vec::new(),
        on_silence: None,
    };
    let at = std::fs::read_to_string(folder.join("when")).ok().and_then(|when| AtSpec::parse(when.trim()).ok());
    let now: Timestamp = "2030-01-01T00:00:00Z".parse().expect("a time");
    (cluster, at, now)
}

/// Folders of homes in a folder.
pub fn folders(of: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = of.read_dir().expect("a folder").flatten().map(|entry| entry.path()).collect();
    found.retain(|path| path.join("n1").is_dir() || path.join("n2").is_dir() || path.join("n3").is_dir());
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn homes_are_judged_alike_with_and_without_redaction() {
    let homes = folders(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/homes"));
    assert!(homes.len() >= 6);
    for folder in homes {
        assert_homes(&folder).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_recording_is_judged_alike_with_and_without_redaction() {
    let recording =
        Recording::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/outage.ndrec")).expect("a recording");
    let length = recording.end().millis_since(recording.start());
    // What a busy machine does not read in time is no difference of judgement.
    let cluster = Cluster { node_deadline_ms: 60_000, ..recording.cluster().clone() };
    for part in 0..=4 {
        let now = recording.start().plus_millis(length * part / 4);
        let clock: Arc<dyn Clock> = Arc::new(Still(now));
        assert_same(&format!("part {part}"), &cluster, recording.sources(&clock), None, now).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cases_are_judged_alike_with_and_without_redaction() {
    let Some(cases) = std::env::var_os(CASES).map(PathBuf::from) else {
        aloud(&format!("skipped: {CASES} names no folder of cases"));
        return;
    };
    let cases = folders(&cases);
    assert!(!cases.is_empty());
    aloud(&format!("{} cases are judged with and without redaction", cases.len()));
    for folder in cases {
        assert_homes(&folder).await;
    }
}

const SECRET: &str = "Sommer-2026!";

async fn found(app: &App, words: &str, cookie: &str) -> bool {
    let request = http::Request::get(format!("/incidents?q={words}")).header(http::header::COOKIE, cookie);
    let page = support::ask(app, request.body(axum::body::Body::empty()).expect("request")).await.body;
    let label = app.commands.read().open_incidents().await.expect("incidents")[0].id.label();
    page.contains(&label)
}

#[test]
fn what_was_stored_before_a_secret_was_known_is_hidden_also_after_a_restart() {
    run_app(async |app| {
        let id = app.incident().await;
        app.person("ann", Role::Lead).await;
        let cookie = app.log_in("ann").await;
        let note = format!("the log said {SECRET} bare");
        commands::notes::add(app.commands(), &Caller::new("ann"), id, None, &note, Vec::new()).await.expect("note");
        let page = format!("/incidents/{id}/timeline");
        assert!(app.get(&page, &cookie).await.body.contains(SECRET));
        assert!(found(&app.app, "Sommer-20", &cookie).await);

        // A check reads a home and learns.
        app.world.redactor.learn(SECRET);
        app.check_step(id, Step::Confirm).await;
        assert_eq!(app.read().known_secrets().await.expect("hashes").len(), 2);
        for path in [page.clone(), format!("/incidents/{id}/report"), format!("/incidents/{id}/report.json")] {
            let answer = app.get(&path, &cookie).await;
            assert!(answer.status.is_success() && !answer.body.contains("Sommer"), "{path}: {}", answer.body);
        }
        assert!(app.get(&page, &cookie).await.body.contains("the log said •••• bare"));

        let restarted = app.restarted().await;
        for program in [&app.app, &restarted] {
            for guess in ["S", "So", "Sommer", "2026!", "sommer-2026!"] {
                let wanted = ["S", "So"].contains(&guess);
                // One letter stands in other words too.
                assert!(wanted || !found(program, guess, &cookie).await, "{guess}");
            }
            assert!(found(program, "bare", &cookie).await);
        }
        let request = http::Request::get(&page).header(http::header::COOKIE, &cookie);
        let body = support::ask(&restarted, request.body(axum::body::Body::empty()).expect("request")).await.body;
        assert!(body.contains("the log said •••• bare") && !body.contains(SECRET), "{body}");
        restarted.stopping.cancel();
        restarted.store.close().await;
    });
}
