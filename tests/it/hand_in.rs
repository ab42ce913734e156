//! Archives that people hand in: what is kept of them, what becomes of those that are refused or cut off, and what is
//! said when the disk lost some of it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use http::{Request, StatusCode, header};
use nodedown::app::{App, LiveFactory, Parts, SystemClock};
use nodedown::commands::hand_in::{self, UnderWay, remove_orphans};
use nodedown::commands::incidents::OpenIncident;
use nodedown::commands::{self, Caller, Commands};
use nodedown::domain::check_run::RunEnd;
use nodedown::domain::cluster::{FileSource, parse_nodes};
use nodedown::domain::credential::CredentialRules;
use nodedown::domain::finding::Step;
use nodedown::domain::id::{IncidentId, NodeName};
use nodedown::domain::message::Lang;
use nodedown::domain::user::Role;
use nodedown::locale;
use nodedown::store::hand_in::HandedInWhat;
use nodedown::web::Access;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::process::{Browser, LIMIT, Server};
use crate::support::{self, TestApp, run_app};

/// A zip of a home with these files.
pub fn home_zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        out.start_file(*name, zip::write::SimpleFileOptions::default()).expect("entry");
        out.write_all(content).expect("content");
    }
    out.finish().expect("zip").into_inner()
}

/// A finished upload with that content.
pub fn upload(commands: &Commands, content: &[u8]) -> UnderWay {
    let upload = hand_in::incoming(commands).expect("a name");
    std::fs::write(upload.path(), content).expect("upload");
    upload
}

/// Everything below the two folders of uploads, folders too.
fn left(data: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![data.join("incoming"), data.join("handed-in")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            }
            found.push(entry.path());
        }
    }
    found
}

const LOG: &[u8] = b"2026-11-22 10:00:00,000 INFO a line of nacos\n2026-11-22 10:00:01,000 INFO another one\n";

#[tokio::test(flavor = "multi_thread")]
async fn lost_and_changed_files_are_said_to_be_so_wherever_they_are_used() {
    let data = tempfile::tempdir().expect("folder");
    std::fs::create_dir(data.path().join("incoming")).expect("folder");
    let app = App::build(Parts {
        data_dir: data.path().to_owned(),
        clock: Arc::new(SystemClock),
        credentials: CredentialRules::default(),
        factory: {
            let folder = data.path().to_owned();
            Box::new(move |secrets| Arc::new(LiveFactory::new(folder, secrets)))
        },
        runbooks: nodedown::app::runbooks().expect("runbooks"),
        public_url: None,
        access: Access::default(),
        replay: None,
        stable_minutes: nodedown::config::STABLE_MINUTES,
        watch_every: std::time::Duration::from_secs(5),
        propose_after: nodedown::domain::proposal::PROPOSE_AFTER_LOOKS,
        on_silence: nodedown::domain::on_silence::OnSilence::Propose,
        baseline_after_minutes: nodedown::domain::baseline::BASELINE_AFTER_MINUTES,
    })
    .await
    .expect("the program starts");
    let (cx, ann, node) = (&app.commands, Caller::new("ann"), NodeName::from("127.0.0.1:1"));
    let mut nodes = parse_nodes("127.0.0.1:1").expect("nodes");
    assert_eq!(nodes[0].name, node);
    // Nobody reaches it: there is only what is handed in.
    nodes[0].api = None;
    nodes[0].files = FileSource::Copied { home: data.path().join("nothing-here") };
    let cluster = commands::clusters::create(cx, &ann, "prod", nodes, Vec::new(), 1000).await.expect("cluster");
    let open = OpenIncident { cluster: cluster.id, node: None, drill: false, note: String::new() };
    let id = commands::incidents::open(cx, &ann, open).await.expect("incident");
    let zip = home_zip(&[("logs/nacos.log", LOG), ("logs/naming-raft.log", LOG), ("conf/cluster.conf", b"10.0.0.1\n")]);
    hand_in::file(cx, &ann, id, &node, "n1.zip", upload(cx, &zip)).await.expect("taken");
    let items = cx.read().handed_in(id).await.expect("items");
    let HandedInWhat::Archive { folder, files, .. } = &items[0].what else { panic!("{items:?}") };
    assert_eq!(
        files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(),
        ["conf/cluster.conf", "logs/nacos.log", "logs/naming-raft.log"]
    );
    assert!(items[0].came_sha256.is_some());
    let home = data.path().join(folder);

    let whole = ends_of(&app, id).await;
    assert!(whole.iter().all(|end| !matches!(end, RunEnd::CouldNotRun { .. })), "{whole:?}");
    assert!(hand_in::damage(cx, &items[0], false).await.is_empty());

    // Cut short, as after a power cut; the other log is whole and must not pass for all there is.
    std::fs::write(home.join("logs/nacos.log"), b"").expect("cut");
    said_everywhere(&app, id, "logs/nacos.log", "source-kept-differs").await;
    // As long as before, but changed.
    let mut changed = LOG.to_vec();
    changed[0] = b'3';
    std::fs::write(home.join("logs/nacos.log"), &changed).expect("changed");
    said_everywhere(&app, id, "logs/nacos.log", "source-kept-differs").await;
    std::fs::remove_file(home.join("logs/nacos.log")).expect("gone");
    said_everywhere(&app, id, "logs/nacos.log", "source-kept-missing").await;
    std::fs::remove_dir_all(&home).expect("gone");
    said_everywhere(&app, id, "conf/cluster.conf", "source-kept-missing").await;
    app.stopping.cancel();
    app.engine.stop();
}

/// How the checks of the logs step end over what was handed in.
async fn ends_of(app: &App, id: IncidentId) -> Vec<RunEnd> {
    commands::check_runs::start_step(&app.commands, &Caller::new("ann"), id, Step::Logs).await.expect("started");
    app.engine.run_pending().await.expect("the engine works");
    let runs = app.commands.read().runs_of_step(id, Step::Logs).await.expect("runs");
    let of_node = runs.iter().filter(|run| run.check == "logs.signatures");
    of_node.filter_map(|run| run.end().cloned()).collect()
}

/// The checks, the page of the step, the evidence and the log viewer say what is wrong with that file.
async fn said_everywhere(app: &App, id: IncidentId, path: &str, key: &str) {
    let ends = ends_of(app, id).await;
    assert!(!ends.is_empty());
    for end in &ends {
        let RunEnd::CouldNotRun { reason } = end else { panic!("{path}: {end:?}") };
        assert_eq!(reason.key, key, "{reason:?}");
    }
    let said = locale::text(Lang::En, key, &[("path", path)]);
    let said = said.split('.').next().expect("a sentence");
    if !app.commands.read().has_users().await.expect("users") {
        commands::users::create(&app.commands, &Caller::new("setup"), "ann", Role::Operator, crate::support::PASSWORD)
            .await
            .expect("user");
    }
    let cookie = log_in(app).await;
    let evidence = app.commands.read().evidence_list(id).await.expect("evidence");
    let evidence = evidence.iter().find(|item| item.evidence.check == "logs.signatures").expect("of before").id;
    let mut pages = vec![format!("/incidents/{id}/steps/2"), format!("/incidents/{id}/evidence/{evidence}")];
    if path.starts_with("logs/") {
        pages.push(format!("/incidents/{id}/logs/127.0.0.1%3A1?file={path}"));
    }
    for page in pages {
        let request = Request::get(&page).header(header::COOKIE, &cookie).header("accept-language", "en");
        let html = support::ask(app, request.body(Body::empty()).expect("request")).await.body;
        assert!(html.contains(said), "{page} does not say `{said}`:\n{html}");
    }
}

async fn log_in(app: &App) -> String {
    let form = format!("name=ann&password={}", crate::support::PASSWORD.replace(' ', "+"));
    let request = Request::post("/login")
        .header(header::HOST, "nodedown.test")
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = support::ask(app, request.body(Body::from(form)).expect("request")).await;
    answer.cookies.into_iter().find(|cookie| cookie.starts_with("nodedown=")).expect("a session cookie")
}

/// A form with an archive, piece by piece; after the archive comes what `rest` gives.
fn form(cookie: &str, id: IncidentId, archive: &[u8], rest: Vec<Result<Bytes, std::io::Error>>) -> Request<Body> {
    let mut head = Vec::new();
    for (name, value) in [("node", "n3"), ("step", "2"), ("nonce", "")] {
        let part = format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        head.extend_from_slice(part.as_bytes());
    }
    head.extend_from_slice(b"--edge\r\nContent-Disposition: form-data; name=\"archive\"; filename=\"a.zip\"\r\n\r\n");
    head.extend_from_slice(archive);
    let pieces = std::iter::once(Ok(Bytes::from(head))).chain(rest);
    Request::post(format!("/incidents/{id}/handed-in"))
        .header(header::HOST, "nodedown.test")
        .header(header::COOKIE, cookie)
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
        .body(Body::from_stream(futures_util::stream::iter(pieces)))
        .expect("request")
}

fn end() -> Result<Bytes, std::io::Error> {
    Ok(Bytes::from_static(b"\r\n--edge--\r\n"))
}

async fn ready(app: &TestApp) -> (IncidentId, String) {
    let id = app.incident().await;
    app.person("ann", Role::Operator).await;
    (id, app.log_in("ann").await)
}

#[test]
fn uploads_that_are_refused_or_cut_off_leave_nothing() {
    run_app(async |app| {
        let (id, cookie) = ready(app).await;
        let whole = home_zip(&[("logs/nacos.log", LOG)]);

        let no_home = home_zip(&[("readme.txt", b"x")]);
        let answer = app.ask(form(&cookie, id, &no_home, vec![end()])).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(left(app.data.path()), Vec::<PathBuf>::new(), "refused");

        // Cut short half-way through the second file, the first being written.
        let two = home_zip(&[("logs/nacos.log", LOG), ("logs/naming-raft.log", &LOG.repeat(50))]);
        let mut damaged = two.clone();
        let second = two.windows(4).rposition(|bytes| bytes == b"PK\x03\x04").expect("a second file");
        let at = second + 30 + "logs/naming-raft.log".len();
        damaged[at..at + 10].fill(0xff);
        let answer = app.ask(form(&cookie, id, &damaged, vec![end()])).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
        assert_eq!(left(app.data.path()), Vec::<PathBuf>::new(), "failed");

        // More than is taken, and nobody said so before.
        let mut rest =
            vec![Ok(Bytes::from_static(b"\r\n--edge\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n"))];
        rest.extend((0..40).map(|_| Ok(Bytes::from(vec![b'x'; 32 * 1024]))));
        rest.push(end());
        let answer = app.ask(form(&cookie, id, &whole, rest)).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(answer.body.contains("<html"), "the page says so: {}", answer.body);
        assert_eq!(left(app.data.path()), Vec::<PathBuf>::new(), "too large");

        let cut = vec![Ok(Bytes::from(vec![b'x'; 100_000])), Err(std::io::Error::other("gone"))];
        let answer = app.ask(form(&cookie, id, &whole, cut)).await;
        assert!(answer.status.is_client_error(), "{}", answer.status);
        assert_eq!(left(app.data.path()), Vec::<PathBuf>::new(), "cut off");

        assert!(app.read().handed_in(id).await.expect("items").is_empty());
        let answer = app.ask(form(&cookie, id, &whole, vec![end()])).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        let kept = left(app.data.path());
        let files: Vec<_> = kept.iter().filter(|path| path.is_file()).collect();
        assert!(files.len() == 1 && files[0].ends_with("logs/nacos.log"), "{kept:?}");
    });
}

#[test]
fn what_a_crash_left_behind_is_removed_and_what_is_under_way_or_kept_is_not() {
    run_app(async |app| {
        let (id, cx) = (app.incident().await, app.commands());
        let node = NodeName::from("n3");
        let zip = home_zip(&[("logs/nacos.log", LOG)]);
        hand_in::file(cx, &Caller::new("ann"), id, &node, "a.zip", upload(cx, &zip)).await.expect("taken");
        let kept = left(app.data.path());
        let orphan = app.data.path().join("handed-in/77/0123456789abcdef");
        std::fs::create_dir_all(orphan.join("logs")).expect("orphan");
        let beside = app.data.path().join(format!("handed-in/{id}/aB3_x-9QzLmNoPq0"));
        std::fs::create_dir_all(&beside).expect("orphan");
        std::fs::write(app.data.path().join("incoming/0011223344556677"), b"half").expect("orphan");
        // Nobody's name for an upload: not ours to remove.
        std::fs::write(app.data.path().join("incoming/notes.txt"), b"mine").expect("file");
        let coming = upload(cx, b"still coming in");

        assert_eq!(remove_orphans(cx).await.expect("removed"), 3);
        assert!(!orphan.exists() && !orphan.parent().expect("above").exists() && !beside.exists());
        assert!(coming.path().exists() && app.data.path().join("incoming/notes.txt").exists());
        assert!(kept.iter().all(|path| path.exists()), "{kept:?}");
        let path = coming.path().to_owned();
        drop(coming);
        assert!(!path.exists(), "an upload that nobody finished");
        assert_eq!(remove_orphans(cx).await.expect("removed"), 0);

        // A row whose folder is not there may be damaged: then nothing of its incident is removed.
        let incident = app.data.path().join(format!("handed-in/{id}"));
        let folder = incident.read_dir().expect("folder").flatten().next().expect("the archive").path();
        let other = folder.with_file_name("Zz0123456789_-aB");
        std::fs::rename(folder, &other).expect("renamed");
        assert_eq!(remove_orphans(cx).await.expect("removed"), 0);
        assert!(other.exists());
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_answered_with_the_page_that_says_so() {
    let data = tempfile::tempdir().expect("folder");
    let orphan = data.path().join("handed-in/7/0123456789abcdef");
    std::fs::create_dir_all(&orphan).expect("orphan");
    let server = Server::start(data.path());
    let mut browser = Browser::new(&server.base);
    browser.set_up(&server).await;
    let address = server.base.trim_start_matches("http://").to_owned();
    for cookie in [browser.cookie(), String::new()] {
        let mut stream = TcpStream::connect(&address).await.expect("a connection");
        let head = format!(
            "POST /incidents/1/handed-in HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\nSec-Fetch-Site: same-origin\r\n\
             Content-Type: multipart/form-data; boundary=edge\r\nContent-Length: {}\r\n\r\n",
            600 << 20
        );
        stream.write_all(head.as_bytes()).await.expect("a head");
        // At once: nothing of the body was sent.
        let mut said = vec![0; 4096];
        let read = tokio::time::timeout(LIMIT, stream.read(&mut said)).await.expect("an answer").expect("no reset");
        let status = if cookie.is_empty() { "401" } else { "413" };
        let said = String::from_utf8_lossy(&said[..read]).into_owned();
        assert!(said.starts_with(&format!("HTTP/1.1 {status}")), "{said}");
        // A browser sends on until it has seen the answer: that must not end in a reset.
        let chunk = vec![b'x'; 1 << 20];
        for _ in 0..16 {
            stream.write_all(&chunk).await.expect("what is sent is taken");
        }
    }
    // Orphans of a run before are gone; the page was answered without a file.
    let gone = async {
        while orphan.exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(LIMIT, gone).await.expect("orphans are removed at start");
    assert_eq!(left(data.path()), Vec::<PathBuf>::new());
}
