//! The evidence of a node is captured at a press, before a start overwrites it: what is kept, what it does to its to-do and to the
//! answer whether the node may be started, and what is there where a node cannot be read.

use std::path::{Path, PathBuf};

use http::StatusCode;
use nodedown::commands::incidents::OpenIncident;
use nodedown::commands::{Caller, captures, clusters, diagnoses, hand_in, incidents};
use nodedown::domain::capture::{CaptureEnd, CapturedFile, CapturedPart};
use nodedown::domain::cluster::{FileSource, NodeSpec, parse_nodes};
use nodedown::domain::diagnosis::Diagnosis;
use nodedown::domain::event::{Actor, EventKind};
use nodedown::domain::id::{CapturedFileId, IncidentId, NodeName};
use nodedown::store::captured_files::CapturedText;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::site::{Answer, Site, encoded};
use crate::hand_in::{home_zip, upload};

/// A value of the configuration that is a secret, and that logs repeat.
const SECRET: &str = "geheim-4711-zwiebel";

/// A home whose last line is of 01:52:00 UTC, 25 s before the time of the site.
fn home(folder: &Path) -> PathBuf {
    let home = folder.join("na cos");
    for part in ["conf", "logs", "bin"] {
        std::fs::create_dir_all(home.join(part)).expect("folder");
    }
    let write = |path: &str, text: &str| std::fs::write(home.join(path), text).expect("file");
    write("conf/application.properties", &format!("server.port=8848\ndb.password.0={SECRET}\n"));
    write("conf/cluster.conf", "10.0.0.1:8848\n10.0.0.2:8848\n10.0.0.3:8848\n");
    write("conf/keystore.jks", "binary");
    write("logs/start.out", &format!("/usr/bin/java -server\n         Nacos 2.5.1\nlogged in with {SECRET}\n"));
    write(
        "logs/nacos.log",
        &format!(
            "2026-11-22 00:20:00,000 INFO an hour before\n\n2026-11-22 01:40:00,000 INFO twelve minutes before\n\n\
             2026-11-22 01:52:00,000 ERROR the last line, {SECRET}\njava.lang.OutOfMemoryError: Java heap space\n\n"
        ),
    );
    write("logs/naming-raft.log", "2026-11-21 02:00:00,000 INFO quiet since yesterday\n\n");
    write("logs/nacos_gc.log", "[2026-11-22T01:51:59.000+0000] GC(1) Pause Full 3999M->3999M(4096M) 4000.1ms\n");
    write("hs_err_pid77.log", "# A fatal error has been detected by the Java Runtime Environment:\n");
    home
}

async fn incident(site: &Site, n3: FileSource) -> IncidentId {
    let copied = |name: &str| NodeSpec {
        name: NodeName::from(name),
        api: None,
        files: FileSource::Copied { home: "/none".into() },
    };
    let api = parse_nodes("192.0.2.3:8848").expect("an address").remove(0).api;
    let nodes = vec![copied("n1"), copied("n2"), NodeSpec { name: NodeName::from("n3"), api, files: n3 }];
    let lead = Caller::new("lead");
    let cluster = clusters::create(&site.app.commands, &lead, "prod", nodes, Vec::new(), 1000);
    let cluster = cluster.await.expect("cluster").id;
    let open = OpenIncident { cluster, node: Some(NodeName::from("n3")), drill: false, note: String::new() };
    let id = incidents::open(&site.app.commands, &Caller::new("operator"), open).await.expect("incident");
    say_killed(site, id).await;
    id
}

/// What the engine says after it has looked: n3 was killed, and its evidence is to be saved before a start.
async fn say_killed(site: &Site, id: IncidentId) {
    let action = |key: &str| json!({"key": key, "args": {"nodes": "n3", "count": "1"}});
    let node = |name: &str, doing: &str| json!({"node": name, "doing": doing});
    let diagnosis: Diagnosis = serde_json::from_value(json!({
        "at": 1_795_312_345_000_i64, "cluster": "prod", "health": "degraded", "failure_tolerance": 0,
        "causes": [{
            "code": "node.killed", "nodes": ["n3"], "confidence": "certain", "because": [], "consequences": [],
            "summary": {"key": "cause-node-killed", "args": {"nodes": "n3", "count": "1"}},
            "action": [action("action-save-evidence"), action("action-find-killer"), action("action-start-node")],
            "do_not": [],
        }],
        "findings": [], "could_not_run": [],
        "standing": {"nodes": [node("n1", "running"), node("n2", "running"), node("n3", "gone")], "groups": 4},
        "trace": {"ranks": [{"outcome": "fail", "priority": 20}], "set_aside": [], "health": []},
    }))
    .expect("a diagnosis");
    diagnoses::save(&site.app.commands, id, &diagnosis).await.expect("saved");
}

async fn press(site: &Site, id: IncidentId, cookie: &str, nonce: &str) -> Answer {
    let form = encoded(&[("nonce", nonce), ("node", "n3"), ("step", "1")]);
    site.post(&format!("/incidents/{id}/captures"), cookie, &form).await
}

/// Who marked which to-do as what, in order.
async fn marks(site: &Site, id: IncidentId) -> Vec<(String, String, bool)> {
    let events = site.app.store.read().timeline(id).await.expect("timeline");
    let marks = events.into_iter().filter_map(|event| match (event.actor, event.kind) {
        (Actor::Person { name }, EventKind::ToDoMarked { text, done, .. }) => Some((name, text.key, done)),
        _ => None,
    });
    marks.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_press_keeps_the_evidence_redacted_and_ticks_its_to_do() {
    let site = Site::with_people().await;
    let home = home(site.folder.path());
    let id = incident(&site, FileSource::Local { home }).await;
    let (operator, viewer) = (site.log_in("operator").await, site.log_in("viewer").await);
    let step = format!("/incidents/{id}/steps/1");
    let page = site.get(&step, &operator, "en").await;
    assert!(page.texts("#capture .badge.warn")[0].contains("not kept"), "{:?}", page.texts("#capture"));
    assert_eq!(site.get(&step, &viewer, "en").await.count("#capture form"), 0, "a viewer presses nothing");
    assert_eq!(press(&site, id, &viewer, "a").await.status, StatusCode::FORBIDDEN);

    let pressed = press(&site, id, &operator, "b").await;
    assert_eq!((pressed.status, pressed.location()), (StatusCode::SEE_OTHER, &*format!("{step}#capture")));
    assert_eq!(press(&site, id, &operator, "b").await.status, StatusCode::SEE_OTHER, "a double click");
    assert_eq!(press(&site, id, &operator, "c").await.status, StatusCode::SEE_OTHER, "somebody else, at the same time");
    let read = site.app.store.read();
    assert_eq!(read.captures(id).await.expect("captures").len(), 1, "one is under way");
    assert_eq!(site.get(&step, &operator, "en").await.count("#capture .badge.run"), 1);
    assert!(marks(&site, id).await.is_empty());
    site.app.engine.run_pending().await.expect("the engine works");

    let capture = read.captures(id).await.expect("captures").remove(0);
    let result = capture.result().expect("it ended");
    assert_eq!(result.end, CaptureEnd::Copied, "{result:?}");
    let files = read.captured_files(id).await.expect("files");
    let part = |part: CapturedPart| {
        files.iter().filter(|file| file.part == part).map(|file| file.name.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(part(CapturedPart::Stdout), ["logs/start.out"]);
    assert_eq!(part(CapturedPart::Conf), ["conf/application.properties", "conf/cluster.conf"]);
    assert_eq!(part(CapturedPart::Crash), ["hs_err_pid77.log"]);
    assert_eq!(part(CapturedPart::Gc), ["logs/nacos_gc.log"]);
    assert_eq!(part(CapturedPart::Log), ["logs/nacos.log"], "only what has a line in the window");
    assert!(result.missing.iter().any(|missing| missing.name == "conf/keystore.jks"), "{result:?}");
    assert!(result.notes.iter().any(|note| note.args.get("names").is_some_and(|names| names == "naming-raft.log")));
    for file in &files {
        let (_, _, text) = read.captured_text(file.id).await.expect("text").expect("there is one");
        let CapturedText::Whole(text) = text else { panic!("{file:?} is damaged") };
        assert!(!text.contains(SECRET), "{}: {text}", file.name);
        assert_eq!(file.sha256, hex::encode(Sha256::digest(&text)), "{}", file.name);
        if file.name == "logs/nacos.log" {
            assert!(text.contains("twelve minutes before") && text.contains("OutOfMemoryError"), "{text}");
            assert!(!text.contains("an hour before"), "{text}");
        }
    }

    assert_eq!(marks(&site, id).await, [("operator".to_owned(), "action-save-evidence".to_owned(), true)]);
    let timeline = site.get(&format!("/incidents/{id}/timeline"), &viewer, "en").await;
    assert!(timeline.body.contains("Evidence is kept, without"), "the record says what is not among it");
    assert!(timeline.body.contains("the kernel log"), "{:?}", timeline.texts("main"));
    let page = site.get(&step, &operator, "en").await;
    assert!(page.texts("#todo li.done")[0].contains("from the capture by operator"), "{:?}", page.texts("#todo"));
    assert!(page.texts("#capture .badge.warn")[0].contains("kept in part"), "{:?}", page.texts("#capture"));
    assert!(page.texts("#capture .captured a")[0].contains("start.out"), "what a start overwrites comes first");
    let file = files.iter().find(|file| file.part == CapturedPart::Log).expect("a log");
    let page = site.get(&format!("/incidents/{id}/captured-files/{}", file.id), &viewer, "en").await;
    assert!(page.texts(".captured-text")[0].contains("OutOfMemoryError") && page.body.contains(&file.sha256));
    let text = site.get(&format!("/incidents/{id}/captured-files/{}/text", file.id), &viewer, "en").await;
    assert_eq!(hex::encode(Sha256::digest(&text.body)), file.sha256, "the download is what was hashed");
    let other = site.get(&format!("/incidents/{}/captured-files/{}", id.0 + 1, file.id), &viewer, "en").await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
    let timeline = site.get(&format!("/incidents/{id}/timeline"), &viewer, "en").await;
    assert!(timeline.body.contains("Evidence of n3: copied"));
    for form in ["report", "report.html", "report.md", "report.json"] {
        let record = site.get(&format!("/incidents/{id}/{form}"), &viewer, "en").await;
        let told = |file: &CapturedFile| record.body.contains(&file.sha256) && !record.body.contains(SECRET);
        assert!(files.iter().all(told), "{form} names every file that was copied, with its hash");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_broken_off_ticks_nothing_and_can_be_pressed_again() {
    let site = Site::with_people().await;
    let home = home(site.folder.path());
    let id = incident(&site, FileSource::Local { home: home.clone() }).await;
    let operator = site.log_in("operator").await;
    press(&site, id, &operator, "a").await;
    let (commands, read) = (&site.app.commands, site.app.store.read());
    let queued = read.captures(id).await.expect("captures").remove(0);
    // The program that had begun it is gone.
    captures::claim(commands, "of before", queued.id).await.expect("claimed").expect("it was queued");
    site.app.engine.recover().await;
    let ended = read.captures(id).await.expect("captures").remove(0);
    assert_eq!(ended.result().map(|result| &result.end), Some(&CaptureEnd::Interrupted));
    assert!(marks(&site, id).await.is_empty());
    let page = site.get(&format!("/incidents/{id}/steps/1"), &operator, "en").await;
    assert!(page.texts("#capture").join(" ").contains("stopped in the middle"), "{:?}", page.texts("#capture"));

    press(&site, id, &operator, "b").await;
    let queued = read.captures(id).await.expect("captures").remove(1);
    let cancel = format!("/incidents/{id}/captures/{}/cancellation", queued.id);
    assert_eq!(site.post(&cancel, &operator, "step=1").await.status, StatusCode::SEE_OTHER);
    assert_eq!(site.post(&cancel, &operator, "step=1").await.status, StatusCode::CONFLICT, "it has ended");
    let by = "operator".to_owned();
    let ended = read.captures(id).await.expect("captures").remove(1);
    assert_eq!(ended.result().map(|result| &result.end), Some(&CaptureEnd::Cancelled { by }));

    // Nothing that matters can be read: the page says what is missing, and how it is done by hand.
    std::fs::remove_dir_all(home.join("logs")).expect("removed");
    press(&site, id, &operator, "c").await;
    site.app.engine.run_pending().await.expect("the engine works");
    assert!(marks(&site, id).await.is_empty());
    let page = site.get(&format!("/incidents/{id}/steps/1"), &operator, "en").await;
    let said = page.texts("#capture").join(" ");
    assert!(said.contains("Neither a log nor start.out") && said.contains("logs/"), "{said}");

    let home = super::captures::home(site.folder.path());
    assert!(home.join("logs").is_dir());
    press(&site, id, &operator, "d").await;
    site.app.engine.run_pending().await.expect("the engine works");
    assert_eq!(marks(&site, id).await.len(), 1, "it can be tried until it works");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_cannot_be_read_has_the_commands_and_the_upload() {
    let site = Site::with_people().await;
    std::fs::create_dir_all(site.folder.path().join("incoming")).expect("folder");
    let id = incident(&site, FileSource::None).await;
    let operator = site.log_in("operator").await;
    let step = format!("/incidents/{id}/steps/1");
    let page = site.get(&step, &operator, "en").await;
    let commands = page.texts("#capture .command pre");
    assert!(commands[0].starts_with("ssh 192.0.2.3 'cd /home/nacos && find logs conf"), "{commands:?}");
    assert!(commands[0].ends_with("> n3.tar.gz"), "{commands:?}");
    assert_eq!(page.count("#capture input[type=file]"), 1);
    assert_eq!(page.count("#capture-next"), 0, "there is no button for what cannot work");
    assert!(
        page.texts("#todo .command pre")[0].contains("ssh 192.0.2.3 'journalctl -k"),
        "{:?}",
        page.texts("#todo pre")
    );

    let (commands, lead) = (&site.app.commands, Caller::new("lead"));
    let conf = home_zip(&[("conf/cluster.conf", b"10.0.0.1\n".as_slice())]);
    let node = NodeName::from("n3");
    hand_in::file(commands, &lead, id, &node, "conf.zip", upload(commands, &conf)).await.expect("taken");
    assert!(marks(&site, id).await.is_empty(), "a start overwrites no configuration");
    let log = b"2026-11-22 01:52:00,000 INFO the last line\n".as_slice();
    let trivial =
        home_zip(&[("conf/cluster.conf", b"10.0.0.1\n".as_slice()), ("logs/nacos.log", log), ("readme.doc", log)]);
    hand_in::file(commands, &lead, id, &node, "n3.zip", upload(commands, &trivial)).await.expect("taken");
    assert!(marks(&site, id).await.is_empty(), "start.out, which a start empties, is not there");
    let page = site.get(&step, &operator, "en").await;
    assert_eq!((page.count("#capture .badge.ok"), page.count("#todo li.done")), (0, 0), "{:?}", page.texts("#capture"));
    let said = page.texts("#capture").join(" ");
    assert!(said.contains("kept in part") && said.contains("without logs/start.out"), "{said}");
    let logs = home_zip(&[("logs/nacos.log", log), ("logs/start.out", log)]);
    hand_in::file(commands, &lead, id, &node, "logs.zip", upload(commands, &logs)).await.expect("taken");
    assert_eq!(marks(&site, id).await, [("lead".to_owned(), "action-save-evidence".to_owned(), true)]);
    let page = site.get(&step, &operator, "zh-CN").await;
    assert!(page.texts("#todo li.done")[0].contains("来自 lead 的上传"), "{:?}", page.texts("#todo"));
    assert!(page.texts("#capture .badge.warn")[0].contains("现场已保留一部分"), "{:?}", page.texts("#capture"));
    let said = page.texts("#capture").join(" ");
    assert!(said.contains("缺少：进程列表、内核日志"), "{said}");
    let timeline = site.get(&format!("/incidents/{id}/timeline"), &operator, "en").await;
    assert!(timeline.body.contains("Done by the upload"), "nobody ticked it");
}

#[tokio::test]
async fn what_a_person_takes_back_stays_so_until_it_is_captured_anew() {
    let site = Site::with_people().await;
    std::fs::create_dir_all(site.folder.path().join("incoming")).expect("folder");
    let id = incident(&site, FileSource::None).await;
    let (commands, lead) = (&site.app.commands, Caller::new("lead"));
    let log = b"2026-11-22 01:52:00,000 INFO the last line\n".as_slice();
    let logs = home_zip(&[("logs/nacos.log", log), ("logs/start.out", log)]);
    hand_in::file(commands, &lead, id, &NodeName::from("n3"), "n3.zip", upload(commands, &logs)).await.expect("taken");
    let operator = site.log_in("operator").await;
    let form = encoded(&[("nonce", "a"), ("to_do", "action-save-evidence/n3"), ("done", "0"), ("step", "1")]);
    let undone = site.post(&format!("/incidents/{id}/to-dos"), &operator, &form).await;
    assert_eq!(undone.status, StatusCode::SEE_OTHER);
    say_killed(&site, id).await;
    let done: Vec<bool> = marks(&site, id).await.into_iter().map(|(_, _, done)| done).collect();
    assert_eq!(done, [true, false]);
    let gone = site.get(&format!("/incidents/{id}/captured-files/{}", CapturedFileId(9)), &operator, "en").await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}
