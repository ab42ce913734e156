//! The cause of an incident and how its cluster stands are two things: the cause stays when the node is back.

use http::StatusCode;
use nodedown::commands::closures::{self, CloseIncident};
use nodedown::commands::incidents::OpenIncident;
use nodedown::commands::{Caller, check_runs, clusters, diagnoses, incidents};
use nodedown::domain::cluster::{FileSource, NodeSpec};
use nodedown::domain::diagnosis::Diagnosis;
use nodedown::domain::event::{Actor, EventKind};
use nodedown::domain::finding::Step;
use nodedown::domain::id::{IncidentId, NodeName};
use nodedown::domain::incident::DecisionKind;
use serde_json::{Value, json};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::site::{Site, encoded};

/// An incident on three nodes that nobody looked at yet, and that n3 is about.
pub async fn incident(site: &Site) -> IncidentId {
    let node = |name: &str| NodeSpec {
        name: NodeName::from(name),
        api: None,
        files: FileSource::Copied { home: "/none".into() },
    };
    let nodes = vec![node("n1"), node("n2"), node("n3")];
    let lead = Caller::new("lead");
    let cluster = clusters::create(&site.app.commands, &lead, "prod", nodes, Vec::new(), 1000);
    let cluster = cluster.await.expect("cluster").id;
    let open = OpenIncident { cluster, node: Some(NodeName::from("n3")), drill: false, note: String::new() };
    incidents::open(&site.app.commands, &Caller::new("operator"), open).await.expect("incident")
}

/// A diagnosis as the engine saves it: its causes (code, node, confidence), and what n3 is doing.
pub async fn say(site: &Site, id: IncidentId, health: &str, causes: &[(&str, &str, &str)], n3: &str) {
    let cause = |(code, node, confidence): &(&str, &str, &str)| {
        let key = format!("cause-{}", code.replace(['.', '_'], "-"));
        json!({
            "code": code, "nodes": [node], "confidence": confidence, "because": [], "consequences": [],
            "summary": {"key": key, "args": {"nodes": node, "count": "1"}},
            "action": [{"key": "action-front-door", "args": {"nodes": node, "count": "1"}}], "do_not": [],
        })
    };
    let node = |name: &str, doing: &str| json!({"node": name, "doing": doing});
    let ranks: Vec<Value> = causes.iter().map(|_| json!({"outcome": "fail", "priority": 20})).collect();
    let before = site.app.store.read().diagnosis(id).await.expect("read");
    let at = before.map_or(1_795_312_345_000_i64, |before| before.at.as_millis() + 1000);
    let diagnosis: Diagnosis = serde_json::from_value(json!({
        "at": at, "cluster": "prod", "health": health, "failure_tolerance": 0,
        "causes": causes.iter().map(cause).collect::<Vec<_>>(), "findings": [], "could_not_run": [],
        "standing": {"nodes": [node("n1", "running"), node("n2", "running"), node("n3", n3)], "groups": 4},
        "trace": {"ranks": ranks, "set_aside": [], "health": []},
    }))
    .expect("a diagnosis");
    diagnoses::save(&site.app.commands, id, &diagnosis).await.expect("saved");
}

async fn pinned(site: &Site, id: IncidentId) -> Vec<(Actor, Option<String>)> {
    let events = site.app.store.read().timeline(id).await.expect("timeline");
    let pinned = events.into_iter().filter_map(|event| match event.kind {
        EventKind::CausePinned { cause, .. } => Some((event.actor, cause.map(|cause| cause.code.to_string()))),
        _ => None,
    });
    pinned.collect()
}

#[tokio::test]
async fn the_cause_stays_on_every_page_when_the_node_is_back() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    let cookie = site.log_in("operator").await;
    let step = format!("/incidents/{id}/steps/1");
    assert_eq!(site.get(&step, &cookie, "en").await.count("#hero.info #now"), 0, "nothing is known yet");

    say(&site, id, "degraded", &[("node.unreachable", "n3", "possible")], "unreachable").await;
    say(&site, id, "degraded", &[("node.killed", "n3", "certain")], "gone").await;
    let page = site.get(&step, &cookie, "en").await;
    assert!(page.texts("#hero h2")[0].contains("n3 was killed"), "{:?}", page.texts("#hero h2"));
    assert_eq!((page.count("#hero.fail"), page.count("#now .badge.warn")), (1, 1));
    assert!(page.texts(".strip li")[2].contains("process gone"), "{:?}", page.texts(".strip li"));

    say(&site, id, "degraded", &[("node.starting", "n3", "certain")], "starting").await;
    say(&site, id, "healthy", &[], "running").await;
    for (path, selector) in
        [(step.as_str(), "#hero h2"), ("/", ".status-cause"), (&format!("/incidents/{id}/report"), "h3")]
    {
        for (lang, words) in [("en", "n3 was killed"), ("zh-CN", "n3 被")] {
            let page = site.get(path, &cookie, lang).await;
            let said = page.texts(selector);
            assert!(said.iter().any(|text| text.contains(words)), "{path} in {lang}: {said:?}");
        }
    }
    let page = site.get(&step, &cookie, "en").await;
    assert_eq!((page.count("#hero.info"), page.count("#now .badge.ok")), (1, 1), "the state is that of now");
    assert_eq!(page.count("#todo .ticks li"), 0, "nobody takes a node out that serves: {:?}", page.texts("#todo"));
    assert!(page.texts("#todo h4 + ul li")[0].contains("n3"), "what was asked for and not done stands there");
    assert!(page.texts("title")[0].contains("n3 was killed"), "{:?}", page.texts("title"));
    assert!(page.texts("title")[0].contains("now: Healthy"), "the tab tells both apart: {:?}", page.texts("title"));
    for page in ["report", "report.md", "timeline"] {
        let body = site.get(&format!("/incidents/{id}/{page}"), &cookie, "en").await.body;
        assert!(!body.contains("node.starting"), "{page}: what passes is no cause");
        assert!(body.contains("a node is starting"), "{page}: it is told as how the cluster stood");
    }
    let report = site.get(&format!("/incidents/{id}/report"), &cookie, "en").await;
    assert!(!report.texts("h3").iter().any(|text| text.contains("starting")), "what passes is no cause");
    let codes: Vec<Option<String>> = pinned(&site, id).await.into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, [Some("node.unreachable".to_owned()), Some("node.killed".to_owned())], "each change is an event");
}

#[tokio::test]
async fn what_a_person_says_of_the_cause_stays_and_is_signed() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    say(&site, id, "degraded", &[("node.killed", "n3", "likely"), ("net.dns", "n1", "possible")], "gone").await;
    let (operator, viewer) = (site.log_in("operator").await, site.log_in("viewer").await);
    let (step, path) = (format!("/incidents/{id}/steps/2"), format!("/incidents/{id}/cause"));
    let page = site.get(&step, &operator, "en").await;
    assert_eq!(page.count("#cause-named option[value='net.dns/n1']"), 1, "what was named can be chosen");
    assert_eq!(site.get(&step, &viewer, "en").await.count("#choose-cause"), 0);
    let form = |nonce: &str, cause: &str, words: &str| {
        encoded(&[("nonce", nonce), ("cause", cause), ("words", words), ("step", "2")])
    };
    assert_eq!(site.post(&path, &viewer, &form("a", "net.dns/n1", "")).await.status, StatusCode::FORBIDDEN);
    for (cause, words) in [("net.dns/n3", "no such cause was named"), ("", " ")] {
        assert_eq!(
            site.post(&path, &operator, &form("b", cause, words)).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
    let chosen = site.post(&path, &operator, &form("c", "net.dns/n1", "the resolver was moved")).await;
    assert_eq!((chosen.status, chosen.location()), (StatusCode::SEE_OTHER, step.as_str()));

    // What is surer by the program is told, and replaces nothing.
    say(&site, id, "degraded", &[("node.killed", "n3", "certain")], "gone").await;
    let page = site.get(&step, &operator, "en").await;
    assert!(page.texts("#hero .badge").iter().any(|text| text.contains("operator")), "who chose it");
    assert!(page.texts("#hero .tone-warn")[0].contains("n3 was killed"), "{:?}", page.texts("#hero .tone-warn"));
    assert!(page.body.contains("the resolver was moved"));

    let words = "a <b>power</b> cut in the rack";
    assert_eq!(site.post(&path, &operator, &form("d", "", words)).await.status, StatusCode::SEE_OTHER);
    assert_eq!(site.get(&step, &operator, "zh-CN").await.texts("#hero h2"), [words]);
    let report = site.get(&format!("/incidents/{id}/report"), &viewer, "en").await;
    assert_eq!(report.texts("#chosen h3"), [words]);
    let list = site.get("/incidents", &viewer, "en").await;
    let said: Vec<String> = list.texts("td[data-label=Cause]");
    assert!(said.len() == 1 && said[0].starts_with(words), "the list says what the record says: {said:?}");
    let json = site.get(&format!("/incidents/{id}/report.json"), &viewer, "en").await;
    let json: Value = serde_json::from_str(&json.body).expect("json");
    assert_eq!((&json["cause"]["chosen_by"], &json["cause"]["words"]), (&json!("operator"), &json!(words)));
    let who = |actor: &Actor| matches!(actor, Actor::Person { name } if name == "operator");
    let people: Vec<bool> = pinned(&site, id).await.iter().map(|(actor, _)| who(actor)).collect();
    assert_eq!(people, [false, true, true]);
}

#[tokio::test]
async fn where_no_cause_is_named_one_can_be_given_or_kept_as_not_known_yet() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    let (operator, step, path) =
        (site.log_in("operator").await, format!("/incidents/{id}/steps/1"), format!("/incidents/{id}/cause"));
    let page = site.get(&step, &operator, "en").await;
    assert_eq!((page.count("#choose-cause"), page.count("#more [data-open='choose-cause']")), (1, 1));
    assert!(page.texts("#choose-cause summary")[0].contains("Say what the cause is"));
    assert!(page.texts(".rail small")[0].contains("operator"), "who works on it: {:?}", page.texts(".rail small"));
    let form = |nonce: &str, words: &str| {
        encoded(&[("nonce", nonce), ("cause", "not-known"), ("words", words), ("step", "1")])
    };
    let empty = site.post(&path, &operator, &form("a", " ")).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY, "a reason is wanted");
    assert_eq!(site.post(&path, &operator, &form("b", "its disk is encrypted")).await.status, StatusCode::SEE_OTHER);
    let page = site.get(&step, &operator, "en").await;
    assert!(page.body.contains("Cause not known yet: its disk is encrypted"), "it is kept as a note");
    assert!(pinned(&site, id).await.is_empty(), "and pins nothing");

    say(&site, id, "unknown", &[], "running").await;
    let page = site.get(&step, &operator, "en").await;
    assert!(page.texts("title")[0].contains("now: Unknown"), "as on the page: {:?}", page.texts("title"));
    assert_eq!(page.count("#hero.info"), 1, "every node runs, and no cause is named");
    say(&site, id, "degraded", &[("node.killed", "n3", "likely")], "gone").await;
    assert_eq!(pinned(&site, id).await.len(), 1, "what is found out later takes its place");
    let page = site.get(&step, &operator, "en").await;
    assert!(page.texts("#choose-cause summary")[0].contains("Confirm or correct"));
    assert!(page.texts("#led")[0].contains("not measured"), "nobody saw what it led");
    let report = site.get(&format!("/incidents/{id}/report"), &operator, "en").await;
    assert!(report.texts("#impact dt").iter().any(|text| text.contains("Raft leaders lost")));
}

#[tokio::test]
async fn what_was_measured_once_stays_when_later_rounds_see_less() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    let operator = site.log_in("operator").await;
    // The same health and no cause in each: none of them is kept but the newest.
    let rounds = [
        json!([
            {"node": "n1", "doing": "running", "clients": 3, "clients_before": 3},
            {"node": "n2", "doing": "running", "clients": 4, "clients_before": 4},
            {"node": "n3", "doing": "gone", "clients": 0, "clients_before": 2, "led_before": {"led": 2, "groups": 4}},
        ]),
        json!([
            {"node": "n1", "doing": "running", "clients": 4},
            {"node": "n2", "doing": "running", "clients": 4},
            {"node": "n3", "doing": "running", "clients": 1},
        ]),
        json!([
            {"node": "n1", "doing": "running"},
            {"node": "n2", "doing": "running", "clients": 4},
            {"node": "n3", "doing": "running", "clients": 2},
        ]),
    ];
    for (nth, nodes) in (0_i64..).zip(rounds) {
        let diagnosis: Diagnosis = serde_json::from_value(json!({
            "at": 1_795_312_345_000_i64 + nth * 1000, "cluster": "prod", "health": "degraded",
            "failure_tolerance": 0, "causes": [], "findings": [], "could_not_run": [],
            "standing": {"nodes": nodes, "groups": 4},
            "trace": {"ranks": [], "set_aside": [], "health": []},
        }))
        .expect("a diagnosis");
        diagnoses::save(&site.app.commands, id, &diagnosis).await.expect("saved");
    }
    let json: Value =
        serde_json::from_str(&site.get(&format!("/incidents/{id}/report.json"), &operator, "en").await.body)
            .expect("JSON");
    let impact = &json["impact"];
    assert_eq!(impact["raft_leaders_lost"], json!([{"node": "n3", "led": 2, "groups": 4}]));
    assert_eq!(impact["clients"], json!({"before": 9, "fewest": 7, "last": 9}));
    let page = site.get(&format!("/incidents/{id}/steps/1"), &operator, "en").await;
    let said = page.texts(".impact").concat();
    assert!(said.contains("9 before, 9 at the last count"), "{said}");
}

#[tokio::test]
async fn what_is_asked_for_is_ticked_and_taken_back_by_name() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    say(&site, id, "degraded", &[("node.killed", "n3", "certain")], "gone").await;
    let (operator, viewer) = (site.log_in("operator").await, site.log_in("viewer").await);
    let (step, path) = (format!("/incidents/{id}/steps/5"), format!("/incidents/{id}/to-dos"));
    let form = |nonce: &str, to_do: &str, done: &str| {
        encoded(&[("nonce", nonce), ("to_do", to_do), ("done", done), ("step", "5")])
    };
    let (to_do, page) = ("action-front-door/n3", site.get(&step, &operator, "en").await);
    assert_eq!(page.count(&format!("input[name=to_do][value='{to_do}']")), 1);
    assert_eq!(site.get(&step, &viewer, "en").await.count("#todo form"), 0, "a viewer ticks nothing");
    assert_eq!(site.post(&path, &viewer, &form("a", to_do, "1")).await.status, StatusCode::FORBIDDEN);
    let unasked = site.post(&path, &operator, &form("b", "action-heap/n3", "1")).await;
    assert_eq!(unasked.status, StatusCode::UNPROCESSABLE_ENTITY, "nothing asks for it");

    let ticked = site.post(&path, &operator, &form("c", to_do, "1")).await;
    assert_eq!((ticked.status, ticked.location()), (StatusCode::SEE_OTHER, &*format!("{step}#todo")));
    assert_eq!(
        site.post(&path, &operator, &form("c", to_do, "1")).await.status,
        StatusCode::SEE_OTHER,
        "a double click"
    );
    assert_eq!(site.post(&path, &operator, &form("d", to_do, "1")).await.status, StatusCode::SEE_OTHER, "it is done");
    let page = site.get(&step, &operator, "en").await;
    assert!(page.texts("#todo li.done")[0].contains("operator"), "who did it");
    // A round that says the same again keeps the tick; one that no longer asks for it keeps that it was done.
    say(&site, id, "degraded", &[("node.killed", "n3", "certain")], "gone").await;
    assert_eq!(site.get(&step, &operator, "en").await.count("#todo li.done"), 1);
    let words = encoded(&[("nonce", "e"), ("cause", ""), ("words", "a power cut"), ("step", "5")]);
    site.post(&format!("/incidents/{id}/cause"), &operator, &words).await;
    say(&site, id, "healthy", &[], "running").await;
    let page = site.get(&step, &operator, "en").await;
    let back = "action-front-door-back/n3";
    assert_eq!((page.count("#todo li"), page.texts("#todo h4").len()), (2, 1), "{:?}", page.texts("#todo"));
    assert!(page.texts("#todo li:not(.done)")[0].contains("Put n3 back"), "it runs again: {:?}", page.texts("#todo"));
    assert_eq!(site.post(&path, &operator, &form("g", back, "1")).await.status, StatusCode::SEE_OTHER);
    assert_eq!(site.post(&path, &operator, &form("h", back, "0")).await.status, StatusCode::SEE_OTHER);

    assert_eq!(site.post(&path, &operator, &form("f", to_do, "0")).await.status, StatusCode::SEE_OTHER);
    assert_eq!(site.get(&step, &operator, "en").await.count("#todo li"), 0, "taken back, and not asked for");
    let events = site.app.store.read().timeline(id).await.expect("timeline");
    let marks = events.iter().filter_map(|event| match &event.kind {
        EventKind::ToDoMarked { text, done, kept: None, .. } => Some((text.key.as_str(), *done)),
        _ => None,
    });
    assert_eq!(
        marks.collect::<Vec<_>>(),
        [
            ("action-front-door", true),
            ("action-front-door-back", true),
            ("action-front-door-back", false),
            ("action-front-door", false)
        ]
    );
    let timeline = site.get(&format!("/incidents/{id}/timeline"), &viewer, "en").await;
    assert!(timeline.body.contains("Not done after all"));
}

#[tokio::test]
async fn a_step_that_is_left_with_open_to_dos_says_so_once() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    let caller = Caller::new("operator");
    for step in [Step::Confirm, Step::Logs] {
        check_runs::start_step(&site.app.commands, &caller, id, step).await.expect("runs");
    }
    site.app.engine.run_pending().await.expect("the engine works");
    say(&site, id, "degraded", &[("node.killed", "n3", "certain")], "gone").await;
    let operator = site.log_in("operator").await;
    let step = |step: u8| format!("/incidents/{id}/steps/{step}");
    let page = site.get(&step(1), &operator, "en").await;
    assert_eq!(page.texts("#main-action"), ["Go to the next step, leave 1 to-do open"]);
    let form = |nonce: &str| encoded(&[("nonce", nonce), ("kind", "done")]);
    assert_eq!(site.post(&format!("{}/decisions", step(1)), &operator, &form("a")).await.status, StatusCode::SEE_OTHER);
    for (lang, words) in [("en", "Not done: Take n3 out of the front door"), ("zh-CN", "未完成的待办：立即把 n3")]
    {
        let said = site.get(&step(1), &operator, lang).await.texts("#decision-reason").join(" ");
        assert!(said.contains(words), "{lang}: {said}");
        let report = site.get(&format!("/incidents/{id}/report.md"), &operator, lang).await.body;
        assert!(report.contains(words), "{lang}: {report}");
    }
    assert_eq!(site.get(&step(1), &operator, "en").await.texts("#step-head .badge"), ["Done with exceptions"]);
    // The next step was not the one that it was due at.
    assert_eq!(site.get(&step(2), &operator, "en").await.texts("#main-action"), ["Done, next step"]);
    assert_eq!(site.post(&format!("{}/decisions", step(2)), &operator, &form("b")).await.status, StatusCode::SEE_OTHER);
    let kept = site.app.store.read().decisions(id).await.expect("decisions");
    let told: Vec<_> = kept.iter().map(|one| (one.step, one.kind, one.exceptions.len())).collect();
    assert_eq!(told, [(Step::Confirm, DecisionKind::DoneWithExceptions, 1), (Step::Logs, DecisionKind::Done, 0)]);

    // The record offers to make a follow-up of it, as long as nobody did it and nobody has.
    let report = format!("/incidents/{id}/report");
    let left = async || site.get(&report, &operator, "en").await.texts("#follow-ups-left li");
    assert!(left().await.is_empty(), "it may still be done");
    for step in [Step::Config, Step::Network, Step::Clients, Step::Monitor] {
        let skipped = incidents::decide_step(&site.app.commands, &caller, id, step, DecisionKind::Skipped, "a drill");
        skipped.await.expect("decided");
    }
    site.app.engine.run_pending().await.expect("the engine works");
    let close = CloseIncident { recovered: true, reason: "seen by hand".to_owned(), stable_ms: 600_000 };
    closures::close(&site.app.commands, &caller, id, &close).await.expect("closed");
    let page = site.get(&report, &operator, "en").await;
    assert!(page.texts("#follow-ups-left li")[0].starts_with("Take n3 out of the front door"), "{:?}", left().await);
    let (_, link) = page.body.split_once("report?what=").expect("a link");
    let link = format!("{report}?what={}", link.split('#').next().expect("a path"));
    let asked = site.get(&link, &operator, "en").await;
    assert_eq!(asked.count("#follow-up-new[open]"), 1);
    let (_, what) = asked.body.split_once("name=\"what\" value=\"").expect("a field");
    assert!(what.starts_with("Take n3 out of the front door"), "{}", &what[..60]);
    let said = page.texts("#follow-ups-left li").remove(0).replace("Make it a follow-up", "");
    let form = encoded(&[("nonce", "u"), ("what", said.trim()), ("owner", "operator"), ("due", "2026-12-01")]);
    let added = site.post(&format!("/incidents/{id}/follow-ups"), &operator, &form).await;
    assert_eq!((added.status, left().await.len()), (StatusCode::SEE_OTHER, 0), "{}", added.body);
}

#[tokio::test]
async fn an_incident_from_before_causes_were_pinned_keeps_the_one_of_its_diagnoses() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    say(&site, id, "degraded", &[("node.killed", "n3", "certain")], "gone").await;
    let database = SqliteConnectOptions::new().filename(site.folder.path().join("nodedown.db"));
    let mut database = SqliteConnection::connect_with(&database).await.expect("connection");
    sqlx::raw_sql("DROP TRIGGER pinned_causes_no_delete; DELETE FROM pinned_causes")
        .execute(&mut database)
        .await
        .expect("as an older program left it");
    say(&site, id, "degraded", &[("net.dns", "n1", "possible")], "running").await;
    let operator = site.log_in("operator").await;
    let page = site.get(&format!("/incidents/{id}/steps/1"), &operator, "en").await;
    assert!(page.texts("#hero h2")[0].contains("n3 was killed"), "{:?}", page.texts("#hero h2"));
    let form = encoded(&[("nonce", "a"), ("to_do", "action-front-door/n3"), ("done", "1"), ("step", "1")]);
    let ticked = site.post(&format!("/incidents/{id}/to-dos"), &operator, &form).await;
    assert_eq!(ticked.status, StatusCode::SEE_OTHER, "what its cause asks for can be ticked");
}
