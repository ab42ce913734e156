//! What the page says of text and files that people hand in: what was understood, what is used, and what is not and why.

use axum::body::Body;
use http::{Request, StatusCode, header};
use nodedown::commands::{Caller, check_runs, hand_in};
use nodedown::domain::finding::Step;
use nodedown::domain::id::{IncidentId, NodeName};
use nodedown::store::hand_in::HandedInWhat;

use super::pages::incident;
use super::site::{Answer, Site};

#[tokio::test]
async fn a_pasted_text_says_how_many_lines_are_used_and_why_the_others_are_not() {
    let site = Site::with_people().await;
    let id = incident(&site, "").await;
    let (caller, node) = (Caller::new("operator"), NodeName::from("n3"));
    let kernel = "[Sun Nov 22 04:12:20 2026] Out of memory: Killed process 4711 (java) total-vm:9kB\n\
                  [Sun Nov 22 04:12:19 2026] eth0: <b>link</b> up";
    hand_in::output(&site.app.commands, &caller, id, &node, "dmesg", kernel).await.expect("taken");
    let ss = "State Recv-Q\nLISTEN 0 100 *:8848 *:*";
    hand_in::output(&site.app.commands, &caller, id, &node, "ss", ss).await.expect("taken");
    let cookie = site.log_in("operator").await;
    let page = site.get(&format!("/incidents/{id}/steps/1"), &cookie, "en").await;
    let said = page.texts("#hand-in .understood");
    assert_eq!(said.len(), 2, "each piece has its own lines");
    for part in ["Read: 2 lines.", "Time stamp understood: 2.", "“Process and stop traces”: 1.", "Not understood: 1."]
    {
        assert!(said[0].contains(part), "{part}: {}", said[0]);
    }
    assert!(said[0].contains("The first: [Sun Nov 22 04:12:19 2026] eth0: <b>link</b> up"), "as text: {}", said[0]);
    assert!(
        said[1].contains("No check uses such output") && said[1].contains("Understood and not used: 1."),
        "{said:?}"
    );
    let page = site.get(&format!("/incidents/{id}/steps/1"), &cookie, "zh-CN").await;
    assert!(page.texts("#hand-in .understood")[0].contains("识别出时间戳：2 行"), "{}", page.body);
}

#[tokio::test]
async fn an_archive_says_file_by_file_what_the_check_of_the_logs_used() {
    let site = Site::with_people().await;
    let id = incident(&site, "").await;
    let upload = hand_in::incoming(&site.app.commands).expect("a place");
    std::fs::create_dir_all(upload.path().parent().expect("a folder")).expect("folder");
    let mut archive = tar::Builder::new(std::fs::File::create(upload.path()).expect("file"));
    let now = "2026-11-22 01:50:00,123 ERROR Server healthy check fail, currentConnection = x\n".repeat(3);
    let long_ago = "2026-10-01 04:10:00,123 ERROR old\n";
    for (path, text) in
        [("logs/nacos.log", now.as_str()), ("logs/remote.log", long_ago), ("conf/cluster.conf", "10.0.0.1\n")]
    {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append_data(&mut header, path, text.as_bytes()).expect("appended");
    }
    archive.finish().expect("archive");
    drop(archive);
    let (caller, node) = (Caller::new("operator"), NodeName::from("n3"));
    hand_in::file(&site.app.commands, &caller, id, &node, "n3.tar", upload).await.expect("taken");
    let cookie = site.log_in("operator").await;
    let path = format!("/incidents/{id}/steps/2");
    let said = site.get(&path, &cookie, "en").await.texts("#hand-in .understood").concat();
    assert!(said.contains("Files: 3, of these logs and output: 2.") && said.contains("run the checks again"), "{said}");

    check_runs::start_step(&site.app.commands, &caller, id, Step::Logs).await.expect("started");
    site.app.engine.run_pending().await.expect("the engine works");
    let said = site.get(&path, &cookie, "en").await.texts("#hand-in .understood").concat();
    assert!(said.contains("logs/nacos.log: entries used from the time window: 3."), "{said}");
    assert!(!said.contains("run the checks again"), "{said}");
    assert!(said.contains("logs/remote.log"), "what is not used is named as well: {said}");
    let by_stop = "logs/remote.log: the check “Process and stop traces” used its last time stamp, ";
    assert!(said.contains("conf/cluster.conf: the check “cluster.conf” has not read it yet."), "{said}");

    for step in [Step::Confirm, Step::Config] {
        check_runs::start_step(&site.app.commands, &caller, id, step).await.expect("started");
        site.app.engine.run_pending().await.expect("the engine works");
    }
    let said = site.get(&path, &cookie, "en").await.texts("#hand-in .understood").concat();
    assert!(said.contains(by_stop) && !said.contains("logs/remote.log: not used"), "a cause may rest on it: {said}");
    assert!(said.contains("logs/nacos.log: entries used from the time window: 3."), "{said}");
    assert!(said.contains("conf/cluster.conf: read by the check “cluster.conf”."), "{said}");

    // Everybody who opens the page is told about new evidence that the checks have not read.
    let viewer = site.log_in("viewer").await;
    let next = async |who: &str| site.get(&path, who, "en").await.texts("#say").concat();
    assert!(!next(&viewer).await.contains("New evidence"), "nothing came since: {}", next(&viewer).await);
    site.clock.advance(60_000);
    let kernel = "[Sun Nov 22 01:50:10 2026] Out of memory: Killed process 4711 (java) total-vm:9kB";
    hand_in::output(&site.app.commands, &caller, id, &node, "dmesg", kernel).await.expect("taken");
    for who in [&viewer, &cookie] {
        assert!(next(who).await.contains("New evidence was handed in"), "{}", next(who).await);
    }
}

#[tokio::test]
async fn an_upload_without_a_file_or_with_an_empty_one_is_called_what_it_is() {
    let site = Site::with_people().await;
    let id = incident(&site, "").await;
    let cookie = site.log_in("operator").await;
    for (file, says) in [("", "No file was chosen."), ("n3.zip", "The file is empty (0 bytes).")] {
        let request = form(id, &cookie, &[("node", None, "n3"), ("archive", Some(file), "")]);
        let answer = site.ask(request).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{file}");
        assert!(answer.body.contains(says) && !answer.body.contains("kind of output"), "{file}: {}", answer.body);
    }
}

/// A form as a browser sends it: name, name of the file, content.
fn form(id: IncidentId, cookie: &str, fields: &[(&str, Option<&str>, &str)]) -> Request<Body> {
    let part = |(name, file, content): &(&str, Option<&str>, &str)| {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{content}\r\n")
    };
    let body = fields.iter().map(part).collect::<String>() + "--edge--\r\n";
    Request::post(format!("/incidents/{id}/handed-in"))
        .header(header::COOKIE, cookie)
        .header(header::ACCEPT_LANGUAGE, "en")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(body))
        .expect("request")
}

const OOM: &str = "[Sun Nov 22 04:12:20 2026] Out of memory: Killed process 4711 (java) total-vm:9kB";

#[tokio::test]
async fn what_a_text_is_is_recognised_and_what_nothing_is_known_of_comes_back_in_its_field() {
    let site = Site::with_people().await;
    let id = incident(&site, "").await;
    let cookie = site.log_in("operator").await;
    let paste = async |kind: &str, text: &str| {
        let fields = [("node", None, "n3"), ("step", None, "2"), ("kind", None, kind), ("text", None, text)];
        site.ask(form(id, &cookie, &fields)).await
    };
    let kept = async || {
        let items = site.app.store.read().handed_in(id).await.expect("read");
        items.into_iter().map(|item| item.what).collect::<Vec<_>>()
    };
    let page = paste("", "\nwe pulled the plug <b>twice</b>").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(page.count("#hand-in[open]"), 1, "the form stands open");
    assert!(
        page.texts("#paste-error")[0].contains("Nothing in this text is output"),
        "{:?}",
        page.texts("#paste-error")
    );
    assert!(page.texts("#paste-text")[0].contains("we pulled the plug <b>twice</b>"), "nothing typed is lost");
    assert_eq!(page.texts("#paste-node option[selected]"), ["n3"]);
    assert!(kept().await.is_empty());

    let both = format!("{OOM}\n$ nc -vz 10.0.0.1 8848\nConnection to 10.0.0.1 8848 port [tcp/*] succeeded!\n");
    assert_eq!(paste("", &both).await.status, StatusCode::SEE_OTHER);
    let kinds: Vec<String> = kept()
        .await
        .iter()
        .map(|what| match what {
            HandedInWhat::Output { kind, text } if text.contains("4711") => kind.to_string(),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, ["dmesg", "nc"], "one piece of each kind");
}

/// The button of the sticky bar and what is said above the page.
fn next_and_said(page: &Answer) -> (String, String) {
    (page.texts("#lead-button").concat(), page.texts("[role=status]").concat())
}

#[tokio::test]
async fn what_no_check_can_use_asks_for_no_new_round() {
    let site = Site::with_people().await;
    let id = incident(&site, "").await;
    let cookie = site.log_in("operator").await;
    let caller = Caller::new("operator");
    check_runs::start_step(&site.app.commands, &caller, id, Step::Confirm).await.expect("started");
    site.app.engine.run_pending().await.expect("the engine works");
    let after = async |kind: &str, text: &str| {
        site.clock.advance(1_000);
        let fields = [("node", None, "n3"), ("step", None, "1"), ("kind", None, kind), ("text", None, text)];
        let answer = site.ask(form(id, &cookie, &fields)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        next_and_said(&site.get(answer.location().split('#').next().unwrap_or_default(), &cookie, "en").await)
    };
    let (next, said) = after("ss", "State Recv-Q\nLISTEN 0 100 *:8848 *:*").await;
    assert!(said.contains("can use nothing of it") && !next.contains("Run again"), "{said} | {next}");
    let (next, said) = after("dmesg", "[Sun Nov 22 04:12:20 2026] eth0: link up").await;
    assert!(said.contains("can use nothing of it") && !next.contains("Run again"), "{said} | {next}");
    let (next, said) = after("dmesg", OOM).await;
    assert!(said.contains("Run the checks again") && next.contains("Run again"), "{said} | {next}");
}

#[tokio::test]
async fn a_file_alone_is_taken_for_what_its_name_or_its_text_says() {
    let site = Site::with_people().await;
    std::fs::create_dir_all(hand_in::incoming_folder(&site.app.commands)).expect("folder");
    let id = incident(&site, "").await;
    let cookie = site.log_in("operator").await;
    let send = async |name: &str, content: &str| {
        let fields = [("node", None, "n3"), ("step", None, "2"), ("archive", Some(name), content)];
        site.ask(form(id, &cookie, &fields)).await
    };
    for (name, content) in [("pasted.txt", "we pulled the plug"), ("logs.rar", "Rar!\u{1a}\u{7}\0 bytes")] {
        let page = send(name, content).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(
            page.texts("#archive-error")[0].contains("neither a zip"),
            "{name}: {:?}",
            page.texts("#archive-error")
        );
    }
    let log = "2026-11-22 04:12:20,000 ERROR password=hunter2hunter2 <b>\n";
    for (name, content) in [("nacos (1).log", log), ("dmesg.txt", OOM)] {
        assert_eq!(send(name, content).await.status, StatusCode::SEE_OTHER, "{name}");
    }
    let items = site.app.store.read().handed_in(id).await.expect("read");
    let [HandedInWhat::Archive { files, folder, .. }, HandedInWhat::Output { kind, text }] =
        [&items[0].what, &items[1].what]
    else {
        panic!("{items:?}");
    };
    assert_eq!(files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["logs/nacos.log"]);
    let stored = site.folder.path().join(folder).join("logs/nacos.log");
    let stored = std::fs::read_to_string(stored).expect("the file");
    assert!(stored.contains("ERROR") && !stored.contains("hunter2hunter2"), "redacted: {stored}");
    assert_eq!((kind.as_str(), text.as_str()), ("dmesg", OOM));
}
