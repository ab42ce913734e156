//! Notes with files, corrections, the timeline as a story, the list of records and the insights, as people use them.

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Request, StatusCode, header};
use nodedown::commands::incidents::OpenIncident;
use nodedown::commands::{Caller, check_runs, clusters, incidents, notes};
use nodedown::domain::cluster::{FileSource, NodeSpec};
use nodedown::domain::event::EventKind;
use nodedown::domain::finding::Step;
use nodedown::domain::id::{IncidentId, NodeName};
use nodedown::domain::incident::DecisionKind;
use nodedown::domain::note::MAX_FILE_BYTES;
use sha2::{Digest as _, Sha256};

use super::site::{Answer, Site, encoded};

const BOUNDARY: &str = "a-line-that-no-file-holds";

/// A PNG of 1 × 1.
fn png() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89".to_vec();
    bytes.extend(b"\0\0\0\x0aIDAT\x78\x9c\x63\0\x01\0\0\x05\0\x01\x0d\x0a\x2d\xb4");
    bytes.extend(b"\0\0\0\0IEND\xae\x42\x60\x82");
    bytes
}

async fn incident(site: &Site) -> IncidentId {
    let nodes = ["n1", "n2"]
        .map(|name| NodeSpec {
            name: NodeName::from(name),
            api: None,
            files: FileSource::Copied { home: site.folder.path().join(name) },
        })
        .to_vec();
    let commands = &site.app.commands;
    let cluster =
        clusters::create(commands, &Caller::new("lead"), "prod", nodes, Vec::new(), 1000).await.expect("cluster");
    let open =
        OpenIncident { cluster: cluster.id, node: Some(NodeName::from("n2")), drill: false, note: String::new() };
    incidents::open(commands, &Caller::new("operator"), open).await.expect("incident")
}

/// A form with files, as a browser sends it.
async fn upload(site: &Site, path: &str, cookie: &str, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Answer {
    let mut body = Vec::new();
    let mut part = |head: String, content: &[u8]| {
        body.extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n").into_bytes());
        body.extend(content);
        body.extend(b"\r\n");
    };
    for (name, value) in fields {
        part(format!("name=\"{name}\""), value.as_bytes());
    }
    for (name, content) in files {
        part(format!("name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/html"), content);
    }
    body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
    let request = Request::post(path)
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"))
        .header(header::ACCEPT_LANGUAGE, "en")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(body))
        .expect("request");
    site.ask(request).await
}

#[tokio::test]
async fn files_of_a_note_are_kept_once_and_come_back_as_what_they_are() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    let (operator, viewer) = (site.log_in("operator").await, site.log_in("viewer").await);
    let path = format!("/incidents/{id}/attachments");
    let page = b"<!doctype html><script>alert(1)</script> password=hunter2hunter2";
    let picture = png();
    let fields = [("nonce", "n1"), ("step", "2"), ("text", "what the console said")];
    let files: [(&str, &[u8]); 3] = [("shot.html", &picture), ("evil.html", page), ("again.png", &picture)];
    for _ in 0..2 {
        let saved = upload(&site, &path, &operator, &fields, &files).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
        assert_eq!(saved.location(), format!("/incidents/{id}/steps/2#notes"));
    }
    let timeline = site.app.store.read().timeline(id).await.expect("timeline");
    let notes: Vec<_> = timeline
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::NoteAdded { files, .. } => Some(files),
            _ => None,
        })
        .collect();
    assert_eq!(notes.len(), 1, "the same form twice is one note");
    let [shot, text, again] = notes[0].as_slice() else { panic!("three files: {notes:?}") };
    assert_eq!(shot.sha256, again.sha256);
    assert_eq!(shot.sha256, hex::encode(Sha256::digest(&picture)));
    assert_eq!(text.came_sha256, hex::encode(Sha256::digest(page)));
    assert_ne!(text.sha256, text.came_sha256, "a secret was hidden before it was kept");

    let get = |sha256: &str| {
        let request = Request::get(format!("/incidents/{id}/attachments/{sha256}")).header(header::COOKIE, &viewer);
        site.bytes(request.body(Body::empty()).expect("request"))
    };
    let (head, body) = get(&shot.sha256).await;
    assert_eq!((&head[header::CONTENT_TYPE], body.as_slice()), (&"image/png".parse().expect("text"), &*picture));
    let (head, body) = get(&text.sha256).await;
    let said = |name: header::HeaderName| head[name].to_str().expect("text").to_owned();
    assert_eq!(said(header::CONTENT_TYPE), "text/plain; charset=utf-8", "never what its sender called it");
    assert!(said(header::CONTENT_DISPOSITION).starts_with("attachment;"));
    assert!(said(header::CONTENT_SECURITY_POLICY).contains("default-src 'none'; sandbox"));
    assert_eq!(said(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert!(!String::from_utf8_lossy(&body).contains("hunter2"));
    let file = site.get(&format!("/incidents/{id}/report.html"), &viewer, "en").await;
    let inside = format!("data:image/png;base64,{}", STANDARD.encode(&picture));
    assert_eq!(file.count(&format!(".attached img[src='{inside}']")), 2, "the file asks nobody for its pictures");
    assert_eq!(file.count("img"), 2);
    let other = site.get(&format!("/incidents/99/attachments/{}", shot.sha256), &viewer, "en").await;
    assert_eq!(other.status, StatusCode::NOT_FOUND, "a file belongs to its incident");

    for page in ["timeline", "report", "steps/2"] {
        let shown = site.get(&format!("/incidents/{id}/{page}"), &viewer, "en").await;
        assert!(shown.body.contains(&format!("/attachments/{}", text.sha256)), "{page}");
    }
    let shown = site.get(&format!("/incidents/{id}/timeline"), &viewer, "en").await;
    assert_eq!(shown.count(".attached img"), 2);
    assert!(shown.texts(".attached .hash").contains(&text.sha256));
    assert_eq!(site.app.store.read().first_broken_attachment().await.expect("read"), None);
}

#[tokio::test]
async fn what_cannot_be_attached_is_said_at_its_field_and_the_text_stays() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    let operator = site.log_in("operator").await;
    let form = site.get(&format!("/incidents/{id}/notes/new?step=3"), &operator, "en").await;
    assert!(form.texts("#file-hint")[0].contains("5.0 MiB"), "the limits are said before");
    let (path, fields) = (format!("/incidents/{id}/attachments"), [("step", "3"), ("text", "typed with care")]);
    let (large, small) = (vec![b'x'; MAX_FILE_BYTES + 1], png());
    for (files, says) in [
        (vec![("big.log", large.as_slice())], "big.log is larger than 5 MiB"),
        (vec![("a.zip", &b"PK\x03\x04\xff\xfe"[..])], "a.zip is neither a picture"),
        (vec![("a.png", &b"\x89PNG\r\n\x1a\nno"[..])], "a.png is a damaged picture"),
        (vec![("cut.png", &small[..40])], "cut.png is a damaged picture"),
        (vec![("p.png", small.as_slice()); 6], "at most 5 files"),
        (vec![("empty.txt", &b""[..])], "empty.txt is empty"),
    ] {
        let refused = upload(&site, &path, &operator, &fields, &files).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{says}");
        assert!(refused.texts("#file-error")[0].contains(says), "{says}: {:?}", refused.texts("#file-error"));
        assert_eq!(refused.texts("textarea#text"), ["typed with care"]);
        assert_eq!(refused.count("input[name=step][value='3']"), 1);
    }
    let nothing = upload(&site, &path, &operator, &[("text", " ")], &[("", b"")]).await;
    assert!(nothing.texts("#text-error")[0].contains("Write something first"));
    let timeline = site.app.store.read().timeline(id).await.expect("timeline");
    assert_eq!(timeline.len(), 1, "nothing was saved");
    // What was written before somebody thought of a file comes along.
    let draft = site.post(&format!("/incidents/{id}/notes/draft"), &operator, "step=3&text=half+a+thought").await;
    assert_eq!((draft.status, draft.texts("textarea#text")), (StatusCode::OK, vec!["half a thought".to_owned()]));
}

#[tokio::test]
async fn a_corrected_note_stays_and_says_so_in_both_places() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    let commands = &site.app.commands;
    let operator = Caller::new("operator");
    let note = notes::add(commands, &operator, id, Some(Step::Confirm), "n1 <b>rebooted</b>", Vec::new());
    let note = note.await.expect("note");
    let lead = site.log_in("lead").await;
    let path = format!("/incidents/{id}/notes/{note}/correction");
    let form = site.get(&path, &lead, "en").await;
    assert_eq!(form.texts("textarea#text"), ["n1 <b>rebooted</b>"]);
    let same = site.post(&path, &lead, &encoded(&[("text", "n1 <b>rebooted</b>")])).await;
    assert_eq!(same.status, StatusCode::UNPROCESSABLE_ENTITY);
    let saved = site.post(&path, &lead, &encoded(&[("text", "n2 rebooted"), ("nonce", "c")])).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let again = site.post(&path, &lead, &encoded(&[("text", "n2 rebooted"), ("nonce", "c")])).await;
    assert_eq!(again.location(), saved.location(), "twice is once");
    // Somebody else had the form of the old one open.
    let late = site.post(&path, &lead, &encoded(&[("text", "n3 rebooted")])).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(late.texts("textarea#text"), ["n3 rebooted"], "what was typed is kept");

    let timeline = site.get(&format!("/incidents/{id}/timeline"), &lead, "en").await;
    assert_eq!(timeline.texts(&format!("#e{note} del")), ["n1 <b>rebooted</b>"]);
    assert!(timeline.texts(&format!("#e{note} .corrected"))[0].contains("Corrected by lead"));
    let place = saved.location().split_once('#').expect("an entry").1.to_owned();
    assert_eq!(timeline.texts(&format!("#{place} .said-text")), ["n2 rebooted"]);
    assert_eq!(timeline.texts(&format!("#{place} .corrected a[href='#e{note}']")), [format!("Corrects #{note}")]);
    let step = site.get(&format!("/incidents/{id}/steps/1"), &lead, "en").await;
    assert!(step.texts("#note-list li")[0].contains("n2 rebooted"));
    assert_eq!(step.texts("#note-list del"), ["n1 <b>rebooted</b>"]);
    let viewer = site.log_in("viewer").await;
    assert_eq!(site.get(&path, &viewer, "en").await.status, StatusCode::FORBIDDEN);
    let timeline = site.get(&format!("/incidents/{id}/timeline"), &viewer, "en").await;
    assert_eq!(timeline.count("a[href$='/correction']"), 0);
    for entry in ["1", "999"] {
        let none = site.get(&format!("/incidents/{id}/notes/{entry}/correction"), &lead, "en").await;
        assert_eq!(none.status, StatusCode::NOT_FOUND, "{entry} is no note");
    }
}

#[tokio::test]
async fn the_story_has_one_line_a_round_and_everything_is_a_filter() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    let commands = &site.app.commands;
    let operator = Caller::new("operator");
    for _ in 0..2 {
        check_runs::start_step(commands, &operator, id, Step::Confirm).await.expect("runs");
        site.app.engine.run_pending().await.expect("the engine works");
    }
    notes::add(commands, &operator, id, None, "seen", Vec::new()).await.expect("note");
    let cookie = site.log_in("viewer").await;
    let events = site.app.store.read().timeline(id).await.expect("timeline");
    let finished = events.iter().filter(|event| matches!(event.kind, EventKind::CheckFinished { .. })).count();
    assert!(finished > 2);
    for (lang, round) in [("en", "Checks of step 1"), ("zh-CN", "步骤 1")] {
        let story = site.get(&format!("/incidents/{id}/timeline"), &cookie, lang).await;
        let rounds = story.texts(".tl > li[id] strong").into_iter().filter(|title| title.starts_with(round)).count();
        assert_eq!(rounds, 2, "{lang}");
        assert!(story.count(".tl > li[id]") <= events.len() - finished);
        let all = site.get(&format!("/incidents/{id}/timeline?show=everything"), &cookie, lang).await;
        assert_eq!(all.count(".tl > li[id]"), events.len());
    }
    let story = site.get(&format!("/incidents/{id}/timeline"), &cookie, "en").await;
    let chain = site.app.store.read().chain(id).await.expect("chain");
    let (event, hash) = chain.head.expect("a head");
    assert_eq!((chain.entries, Some(event)), (events.len(), events.last().map(|event| event.id)));
    assert_eq!(story.texts("#chain-head"), [hash]);
    assert!(story.texts(".chain").join(" ").contains("no proof"), "it is not called more than it is");
}

#[tokio::test]
async fn records_are_narrowed_by_links_and_insights_count_what_there_is() {
    let site = Site::with_people().await;
    let cookie = site.log_in("viewer").await;
    let none = site.get("/insights", &cookie, "en").await;
    assert!(none.texts(".empty h2").join(" ").contains("Nothing in this period"));
    assert_eq!(none.count("table"), 0, "of nothing there is no number");
    assert_eq!(site.get("/", &cookie, "en").await.count("#month"), 0);

    let id = incident(&site).await;
    let commands = &site.app.commands;
    let operator = Caller::new("operator");
    check_runs::start_step(commands, &operator, id, Step::Confirm).await.expect("runs");
    site.app.engine.run_pending().await.expect("the engine works");
    incidents::decide_step(commands, &operator, id, Step::Confirm, DecisionKind::Done, "").await.expect("decided");
    let cluster = site.app.store.read().clusters().await.expect("clusters")[0].id;
    let drill = OpenIncident { cluster, node: None, drill: true, note: String::new() };
    incidents::open(commands, &Caller::new("lead"), drill).await.expect("drill");

    let today = site.app.commands.clock().now().day();
    let list = |query: String| {
        let (site, cookie) = (&site, &cookie);
        async move { site.get(&format!("/incidents{query}"), cookie, "en").await.texts("tbody th[scope=row] a") }
    };
    assert_eq!(list(String::new()).await, ["INC-0002", "INC-0001"]);
    assert_eq!(list("?lead=operator".to_owned()).await, ["INC-0001"]);
    assert_eq!(list(format!("?from={today}&to={today}&lead=lead")).await, ["INC-0002"]);
    assert!(list("?to=2020-01-01".to_owned()).await.is_empty());
    let page = site.get("/incidents?kind=real", &cookie, "en").await;
    assert_eq!(page.count("a[href='?kind=real&lead=operator']"), 1, "a lead is a link that keeps the other filters");
    let bad = site.get("/incidents?from=yesterday", &cookie, "en").await;
    assert_eq!((bad.count("[role=alert]"), bad.count("tbody tr")), (1, 2));
    for path in ["/incidents", "/insights"] {
        let turned = site.get(&format!("{path}?from=2026-11-22&to=2026-11-21"), &cookie, "en").await;
        let says = turned.texts("main > [role=alert]");
        assert!(says.len() == 1 && says[0].contains("before the first one"), "{path}: {says:?}");
    }

    for lang in ["en", "zh-CN"] {
        let page = site.get("/insights", &cookie, lang).await;
        assert_eq!((page.status, page.count("h1")), (StatusCode::OK, 1));
        assert!(!page.body.contains('‹'), "a text is missing in {lang}");
        assert_eq!(page.count("[style], [onclick], style, script:not([src])"), 0);
    }
    let page = site.get("/insights?start=noticed&end=closed", &cookie, "en").await;
    let sum = page.texts(".insights-sum").join(" ");
    assert!(sum.contains("1 incident") && sum.contains("1 drill, counted separately"), "{sum}");
    let cells = page.texts("tbody tr td").join(" ");
    assert!(cells.contains("of 1 incident") && cells.contains("no incident with both known"), "{cells}");
    let blind = page.texts("section:nth-of-type(6) tbody tr");
    assert!(!blind.is_empty(), "homes that are not there cannot be looked at");
    let overview = site.get("/", &cookie, "en").await;
    assert_eq!(overview.texts("#month"), ["This month (UTC): 1 incident; no recovery was measured.\n Insights"]);
    let chinese = site.get("/insights.csv?start=noticed&end=closed", &cookie, "zh-CN").await;
    let codes = |csv: &str| csv.lines().map(|line| line.split(',').take(2).collect::<String>()).collect::<Vec<_>>();
    let english = site.get("/insights.csv?start=noticed&end=closed", &cookie, "en").await;
    assert_eq!(
        codes(&chinese.body),
        codes(&english.body),
        "a language changes words, and nothing that a program reads"
    );
    let drills = site.get("/insights?kind=drill", &cookie, "en").await;
    assert!(drills.texts(".insights-sum").join(" ").contains("1 incident, counted separately"));
    let csv = site.get("/insights.csv?start=noticed&end=closed", &cookie, "en").await;
    assert!(csv.headers["content-type"].to_str().expect("text").starts_with("text/csv"));
    assert!(
        csv.body.starts_with("\u{feff}part,code,name,incidents,median_ms,worst_ms,worst_incident,not_known,said,"),
        "{}",
        csv.body
    );
    assert!(csv.body.contains("\r\ncluster_to_confirm,,prod,1,0,0,INC-0001,"), "{}", csv.body);
}

#[tokio::test]
async fn a_secret_that_is_pasted_into_a_note_is_hidden_before_it_is_kept() {
    let site = Site::with_people().await;
    let (id, operator) = (incident(&site).await, site.log_in("operator").await);
    let commands = &site.app.commands;
    let by = Caller::new("operator");
    let pasted =
        "ran curl -d password=hunter2secret http://10.0.0.1:8848/nacos/v1/auth/login, got accessToken=eyJhbGciOi.x.y";
    let entry = notes::add(commands, &by, id, None, pasted, Vec::new()).await.expect("noted");
    let again = "first db.password.0=Tr0ub4dor, then nothing";
    notes::correct(commands, &by, id, entry, again).await.expect("corrected");
    for page in ["timeline", "report.json", "report.md"] {
        let page = site.get(&format!("/incidents/{}/{page}", id.0), &operator, "en").await;
        assert!(page.body.contains("••••"), "{}", page.body);
        for secret in ["hunter2secret", "eyJhbGciOi", "Tr0ub4dor"] {
            assert!(!page.body.contains(secret), "{secret}: {}", page.body);
        }
    }
    let found = site.get("/incidents?q=hunter2secret", &operator, "en").await;
    assert!(!found.body.contains(&id.label()), "{}", found.body);
}
