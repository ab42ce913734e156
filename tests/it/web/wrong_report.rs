//! "Report as wrong": the file judges again as it was judged, also when the evidence of today says something else.

use std::fs;
use std::path::Path;
use std::process::Command;

use http::StatusCode;
use nodedown::commands::incidents::OpenIncident;
use nodedown::commands::{Caller, check_runs, clusters, incidents};
use nodedown::domain::cluster::{ApiAddress, CredentialRef, FileSource, NodeSpec};
use nodedown::domain::finding::Step;
use nodedown::domain::id::{IncidentId, NodeName};
use nodedown::domain::reported::{CaseError, ReportedCase, without_access};
use serde_json::Value;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tempfile::TempDir;

use super::site::{Site, encoded};

const SECRET: &str = "QWxsT3VyU2VjcmV0c0FyZVNhZmVBbmRTb3VuZEhlcmU=";

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("folder");
    for entry in fs::read_dir(from).expect("folder").map_while(Result::ok) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("copied");
        }
    }
}

/// An incident on the homes of a real cluster of which n3 was killed, looked at in its first three steps; then the homes are
/// gone, and it is looked at once more.
async fn incident(site: &Site, homes: &TempDir) -> IncidentId {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/homes/2.5.1-killed");
    copy(&case, homes.path());
    let properties = homes.path().join("n1/conf/application.properties");
    fs::create_dir_all(properties.parent().expect("folder")).expect("folder");
    let before = fs::read_to_string(&properties).unwrap_or_default();
    let secret = format!("{before}\nnacos.core.auth.plugin.nacos.token.secret.key={SECRET}\n");
    fs::write(&properties, secret).expect("written");
    let node = |name: &str| NodeSpec {
        name: NodeName::from(name),
        api: None,
        files: FileSource::Copied { home: homes.path().join(name) },
    };
    let (commands, operator) = (&site.app.commands, Caller::new("operator"));
    let nodes = ["n1", "n2", "n3"].map(node).to_vec();
    let cluster = clusters::create(commands, &operator, "prod", nodes, Vec::new(), 3000).await.expect("cluster");
    let open = OpenIncident { cluster: cluster.id, node: Some("n3".into()), drill: false, note: String::new() };
    let id = incidents::open(commands, &operator, open).await.expect("incident");
    let look = async |step| {
        check_runs::start_step(commands, &operator, id, step).await.expect("runs");
        site.app.engine.run_pending().await.expect("the engine works");
    };
    for step in [Step::Confirm, Step::Logs, Step::Config] {
        look(step).await;
    }
    for name in ["n1", "n2", "n3"] {
        fs::remove_dir_all(homes.path().join(name)).expect("removed");
    }
    look(Step::Confirm).await;
    id
}

/// What `diagnose` says of a file.
fn diagnose(folder: &Path, body: &str, more: &[&str]) -> std::process::Output {
    let file = folder.join("case.json");
    fs::write(&file, body).expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_nodedown"));
    command.args(["diagnose", "--lang", "en", "--case"]).arg(&file).args(more).output().expect("nodedown runs")
}

#[tokio::test]
async fn the_file_gives_the_same_top_cause_as_was_said() {
    let (site, homes) = (Site::with_people().await, tempfile::tempdir().expect("folder"));
    let id = incident(&site, &homes).await;
    let said = site.app.store.read().program_cause(id).await.expect("cause").expect("one is pinned");
    let newest = site.app.store.read().diagnosis(id).await.expect("diagnosis").expect("one");
    assert_eq!(said.cause().map(|cause| cause.code.as_str()), Some("node.killed"));
    assert!(newest.causes.iter().all(|cause| cause.code.as_str() != "node.killed"), "today it would not be said");

    let (operator, path) = (site.log_in("operator").await, format!("/incidents/{id}/wrong-report"));
    let page = site.get(&path, &operator, "en").await;
    assert_eq!((page.count("form select option[value='node.disk_full']"), page.count("#lacking")), (1, 0));
    let nothing = site.post(&path, &operator, "was=&words=+").await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!nothing.texts("#wrong-words-error")[0].is_empty());
    let form = encoded(&[("was", "node.disk_full"), ("words", "the backup filled \u{202e}it")]);
    let file = site.post(&path, &operator, &form).await;
    assert_eq!(file.status, StatusCode::OK);
    assert!(file.headers["content-disposition"].to_str().expect("text").contains("INC-0001-case.json"));
    assert!(!file.body.contains(SECRET), "a secret of the homes");
    assert!(!file.body.contains(&*homes.path().to_string_lossy()), "where the homes lie");

    let json = diagnose(homes.path(), &file.body, &["--json"]);
    assert_eq!(json.status.code(), Some(2), "{}", String::from_utf8_lossy(&json.stderr));
    let json: Value = serde_json::from_slice(&json.stdout).expect("json");
    let say = |causes: &[Value]| {
        let cause = |cause: &Value| (cause["code"].clone(), cause["nodes"].clone(), cause["confidence"].clone());
        causes.iter().map(cause).collect::<Vec<_>>()
    };
    let then = serde_json::to_value(&said.named.as_ref().expect("named").diagnosis).expect("json");
    assert_eq!(
        say(json["causes"].as_array().expect("causes")),
        say(then["causes"].as_array().expect("causes")),
        "every cause, not the top one alone"
    );
    assert_eq!(json["health"], then["health"]);
    let text = String::from_utf8(diagnose(homes.path(), &file.body, &[]).stdout).expect("text");
    assert!(
        text.starts_with("Case of INC-0001") && text.contains("Disk full (node.disk_full) · the backup filled"),
        "{text}"
    );
    assert!(text.contains("n3 was killed") && !text.contains('\u{202e}'), "{text}");
}

#[tokio::test]
async fn what_the_file_lacks_is_said_in_it_and_on_the_page() {
    let (site, homes) = (Site::with_people().await, tempfile::tempdir().expect("folder"));
    let id = incident(&site, &homes).await;
    let database = SqliteConnectOptions::new().filename(site.folder.path().join("nodedown.db"));
    let mut database = SqliteConnection::connect_with(&database).await.expect("connection");
    sqlx::raw_sql(
        "DROP TRIGGER evidence_no_update; UPDATE evidence SET body = '{}' WHERE kind = 'node.stop' AND node = 'n1'",
    )
    .execute(&mut database)
    .await
    .expect("damaged");
    let (operator, path) = (site.log_in("operator").await, format!("/incidents/{id}/wrong-report"));
    for lang in ["en", "zh-CN"] {
        let page = site.get(&path, &operator, lang).await;
        assert_eq!(page.count("#lacking li"), 1, "{lang}: {:?}", page.texts("#lacking"));
        assert!(page.texts("#lacking li")[0].contains("n1"), "{lang}");
        let lacking = page.body.match_indices('‹').find(|(at, _)| !page.body[*at..].starts_with("‹U+"));
        assert!(lacking.is_none(), "{lang} lacks a text");
    }
    let file = site.post(&path, &operator, &encoded(&[("was", ""), ("words", "a power cut")])).await;
    let case = ReportedCase::read(&file.body).expect("a case");
    assert_eq!(case.lacking.len(), 1);
    assert!(diagnose(homes.path(), &file.body, &[]).status.code().is_some_and(|code| code != 1));
}

#[test]
fn how_nodes_are_got_at_does_not_go_along() {
    let api = ApiAddress {
        scheme: "https".to_owned(),
        host: "10.0.0.1".to_owned(),
        port: 8848,
        context_path: None,
        console_port: None,
        credential: CredentialRef::parse("env:NODEDOWN_CRED_X"),
        trust: Default::default(),
        published: Default::default(),
    };
    assert!(api.credential.is_some());
    let ssh = nodedown::sources::spec::parse_all(&["a=ssh:ops@bastion:/srv/nacos,key=file:/root/.ssh/id".to_owned()]);
    let ssh = match ssh.expect("a node").pop() {
        Some(nodedown::sources::spec::NodeArgument::Node { spec, .. }) => *spec,
        _ => panic!("a node over SSH"),
    };
    let with = |name: &str, files: FileSource| NodeSpec { name: name.into(), api: Some(api.clone()), files };
    let cluster = nodedown::domain::cluster::Cluster {
        id: nodedown::domain::id::ClusterId(1),
        name: "prod".to_owned(),
        nodes: vec![with("a", ssh.files.clone()), with("b", ssh.files), with("c", FileSource::None)],
        node_deadline_ms: 3000,
        doors: Vec::new(),
        accept_unseen: Vec::new(),
        on_silence: None,
    };
    let text = serde_json::to_string(&without_access(&cluster)).expect("json");
    for secret in ["bastion", "ops", "NODEDOWN_CRED_X", "/srv/nacos", "/root"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
    let bare = without_access(&cluster);
    assert_eq!(bare.nodes[0].files, bare.nodes[1].files, "two nodes with one home still have one");
    assert!(bare.nodes[0].files.is_live() && bare.nodes[2].files == FileSource::None);
    assert_eq!(bare.nodes[0].api.as_ref().map(|api| api.host.as_str()), Some("10.0.0.1"));
}

#[test]
fn a_file_that_is_no_case_is_refused_with_a_sentence() {
    assert!(matches!(ReportedCase::read("{"), Err(CaseError::Broken(_))));
    assert!(matches!(ReportedCase::read("{\"format\":\"nodedown-case-9\"}"), Err(CaseError::Version(_))));
    let folder = tempfile::tempdir().expect("folder");
    for (body, words) in [("{}", "is not a case"), ("{\"format\":\"nodedown-case-9\"}", "nodedown-case-9")] {
        let output = diagnose(folder.path(), body, &[]);
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(words), "{said}");
    }
}
