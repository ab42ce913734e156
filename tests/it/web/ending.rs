//! How an incident ends: impact over, closed with or without recovery, and what the record says of it.

use http::StatusCode;
use nodedown::commands::closures::{self, CloseIncident};
use nodedown::commands::{Caller, check_runs, diagnoses, incidents, looks};
use nodedown::domain::diagnosis::Diagnosis;
use nodedown::domain::exception::NotedException;
use nodedown::domain::finding::Step;
use nodedown::domain::id::{IncidentId, NodeName};
use nodedown::domain::incident::{DecisionKind, IncidentState};
use nodedown::domain::look::{Look, LookState};
use nodedown::domain::observed::{MetricsSeen, SampleSeen};
use nodedown::domain::time::Timestamp;
use serde_json::{Value, json};

use super::causes::{incident, say};
use super::site::{Answer, Site, encoded};

/// Every step is decided.
async fn decide_all(site: &Site, id: IncidentId) {
    for step in Step::ALL {
        let caller = Caller::new("operator");
        incidents::decide_step(&site.app.commands, &caller, id, step, DecisionKind::Skipped, "drill")
            .await
            .expect("decided");
    }
}

async fn state(site: &Site, id: IncidentId) -> IncidentState {
    site.app.store.read().incident(id).await.expect("incident").expect("some").state
}

async fn report_json(site: &Site, id: IncidentId, cookie: &str) -> Value {
    let json = site.get(&format!("/incidents/{id}/report.json"), cookie, "en").await;
    serde_json::from_str(&json.body).expect("json")
}

#[tokio::test]
async fn a_measured_recovery_is_closed_by_one_press() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    say(&site, id, "degraded", &[("node.killed", "n3", "certain")], "gone").await;
    decide_all(&site, id).await;
    let (operator, step) = (site.log_in("operator").await, format!("/incidents/{id}/steps/6"));
    let page = site.get(&step, &operator, "en").await;
    assert_eq!(page.count("form[action$='/closure'] #main-action"), 0, "it has not recovered");
    assert_eq!(page.count("a#main-action[href$='/closure']"), 1, "the way on is the form that asks");

    say(&site, id, "healthy", &[], "running").await;
    let page = site.get(&step, &operator, "en").await;
    assert_eq!(page.count("form[action$='/closure'] #main-action"), 1);
    let press = encoded(&[("nonce", "a"), ("recovered", "yes")]);
    for _ in 0..2 {
        let closed = site.post(&format!("/incidents/{id}/closure"), &operator, &press).await;
        assert_eq!((closed.status, closed.location()), (StatusCode::SEE_OTHER, &*format!("/incidents/{id}/report")));
    }
    assert_eq!(state(&site, id).await, IncidentState::Resolved);
    let closure = &report_json(&site, id, &operator).await["closure"];
    assert_eq!((&closure["recovered"], &closure["by"]), (&json!(true), &json!("operator")));
    assert_eq!(closure["measured"]["kind"], "healthy");
    let report = site.get(&format!("/incidents/{id}/report"), &operator, "en").await;
    assert!(report.texts("#closure")[0].contains("healthy"), "{:?}", report.texts("#closure"));
    let timeline = site.app.store.read().timeline(id).await.expect("timeline");
    let none = site.get("/incidents?state=not-recovered", &operator, "en").await;
    assert_eq!(none.count("#records tbody tr"), 0, "this one had recovered");
    let closings = timeline.iter().filter(|event| serde_json::to_string(event).expect("json").contains("recovered"));
    assert_eq!(closings.count(), 1, "a double click counts once");
}

#[tokio::test]
async fn what_is_not_measured_as_recovered_is_closed_with_a_reason_and_reads_so() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    say(&site, id, "degraded", &[("node.killed", "n3", "certain")], "gone").await;
    let (operator, viewer) = (site.log_in("operator").await, site.log_in("viewer").await);
    let path = format!("/incidents/{id}/closure");
    let form = |nonce: &str, recovered: &str, reason: &str| {
        encoded(&[("nonce", nonce), ("recovered", recovered), ("reason", reason)])
    };
    let early = site.post(&path, &operator, &form("a", "yes", "seen by hand")).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY, "steps are open");
    decide_all(&site, id).await;
    let page = site.get(&path, &operator, "en").await;
    assert!(page.texts("#measured")[0].contains("Degraded"), "{:?}", page.texts("#measured"));
    assert_eq!(page.count("input[name=recovered][checked]"), 0, "nothing is chosen for the person");
    for (recovered, reason, error) in
        [("yes", "", "#reason-error"), ("no", "  ", "#reason-error"), ("", "moved on", "#recovered-error")]
    {
        let page = site.post(&path, &operator, &form("b", recovered, reason)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{recovered} {reason}");
        assert_eq!(page.count(&format!("{error}[role=alert]")), 1, "{recovered}: {}", page.body);
        assert_eq!(page.texts("#reason"), [reason.trim()], "what was written is kept");
        let chosen = page.count(&format!("input[value='{recovered}'][checked]"));
        assert_eq!(chosen, usize::from(!recovered.is_empty()), "{recovered}");
    }
    assert_eq!(site.post(&path, &viewer, &form("c", "no", "x")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(state(&site, id).await, IncidentState::Declared);

    let reason = "handed to <b>the vendor</b>";
    assert_eq!(site.post(&path, &operator, &form("d", "no", reason)).await.status, StatusCode::SEE_OTHER);
    assert_eq!(state(&site, id).await, IncidentState::Resolved, "the state stays");
    let below = |part: &str| format!("/incidents/{id}/{part}");
    for (lang, words) in [("en", "losed, not recovered"), ("zh-CN", "已关闭，未恢复")] {
        for page in [below("steps/6"), below("report"), below("report.md"), below("timeline"), "/incidents".to_owned()]
        {
            let body = site.get(&page, &viewer, lang).await.body;
            assert!(body.contains(words), "{page} in {lang}: {body}");
            // Markdown holds it as it is in blocks of code only.
            let shown = |line: &str| line.contains("<b>the vendor") && !line.starts_with("      ");
            assert!(!body.lines().any(shown), "{page}: {body}");
        }
        let records = site.get("/incidents", &viewer, lang).await;
        assert_eq!(records.count("#records .badge.warn"), 1, "not green");
    }
    for (state, rows) in [("not-recovered", 1), ("resolved", 0), ("declared", 0)] {
        let records = site.get(&format!("/incidents?state={state}"), &viewer, "en").await;
        assert_eq!(records.count("#records tbody tr"), rows, "{state}");
        assert_eq!(records.count(&format!("#state option[value='{state}'][selected]")), 1, "{state}");
    }
    assert!(site.get(&below("report"), &viewer, "en").await.texts("#closure")[0].contains(reason));
    let json = report_json(&site, id, &viewer).await;
    assert_eq!((&json["closure"]["recovered"], &json["closure"]["reason"]), (&json!(false), &json!(reason)));
    assert_eq!(json["durations_ms"]["mitigate"], Value::Null, "nobody said that the harm is over");

    let again = encoded(&[("nonce", "e"), ("to", "declared"), ("note", "the vendor is done")]);
    assert_eq!(site.post(&below("state"), &operator, &again).await.status, StatusCode::SEE_OTHER);
    assert_eq!(report_json(&site, id, &viewer).await["closure"], Value::Null, "it is open");
}

/// The text of what a selector finds first, with one space between words.
fn squeezed(page: &Answer, selector: &str) -> String {
    page.texts(selector)[0].split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A look at the three nodes, in which all is well or n3 is silent.
fn look(at_ms: i64, well: bool) -> Look {
    let members =
        json!({"10.0.0.1:8848": "UP", "10.0.0.2:8848": "UP", "10.0.0.3:8848": if well { "UP" } else { "DOWN" }});
    let node = |name: &str, alive: bool| {
        let sample: SampleSeen = serde_json::from_value(json!({
            "at": at_ms, "alive": alive, "ready": alive.then_some(true),
            "members": if alive { members.clone() } else { json!({}) }, "raft": [],
            "metrics": serde_json::to_value(MetricsSeen::default()).expect("metrics"),
            "sdk_connections": null, "errors": null, "elapsed_ms": 1,
        }))
        .expect("a sample");
        (NodeName::from(name), sample)
    };
    let state = if well { LookState::Up } else { LookState::Degraded };
    let nodes = vec![node("n1", true), node("n2", true), node("n3", well)];
    Look { at: Timestamp::from_millis(at_ms), state, looks: 1, nodes }
}

#[tokio::test]
async fn the_record_tells_the_newest_state_and_what_measured_it() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    let viewer = site.log_in("viewer").await;
    let cluster = site.app.store.read().incident(id).await.expect("incident").expect("some").cluster;
    let diagnosis: Diagnosis = serde_json::from_value(json!({
        "at": NOW_MS - 60_000, "cluster": "prod", "health": "degraded", "failure_tolerance": 0,
        "causes": [], "findings": [], "could_not_run": [],
    }))
    .expect("a diagnosis");
    diagnoses::save(&site.app.commands, id, &diagnosis).await.expect("saved");
    let report = format!("/incidents/{id}/report");
    let said = squeezed(&site.get(&report, &viewer, "en").await, "#state");
    assert!(said.contains("Degraded can lose 0 more · by the last round"), "nothing is newer: {said}");

    looks::save(&site.app.commands, &[(cluster, look(NOW_MS - 10_000, true))], &[]).await.expect("saved");
    let page = site.get(&report, &viewer, "en").await;
    let said = squeezed(&page, "#state");
    assert!(said.starts_with("Up can lose 1 more · by a look at the API of the nodes · 2026-11-22 01:52:15"), "{said}");
    assert!(said.contains("Last round: Degraded 2026-11-22 01:51:25"), "a look does not undo what a round saw: {said}");
    decide_all(&site, id).await;
    let close = CloseIncident { recovered: true, reason: "seen by hand".to_owned(), stable_ms: 600_000 };
    closures::close(&site.app.commands, &Caller::new("operator"), id, &close).await.expect("closed");

    // What comes after the closing changes nothing of the record, nor does it that looks are dropped.
    looks::save(&site.app.commands, &[(cluster, look(NOW_MS, false))], &[]).await.expect("saved");
    let expected = json!({
        "at": "2026-11-22T01:52:15.000Z", "by": "watcher", "state": "up", "failure_tolerance": 1,
    });
    let json = report_json(&site, id, &viewer).await;
    assert_eq!((&json["state"], &json["impact"]["failure_tolerance"]["last"]), (&expected, &json!(1)));
    assert_eq!(json["moments"]["recovered"], Value::Null, "a person says so, and it was not measured");
    for (lang, words) in [
        (
            "en",
            "State at the closing: Up · can lose 1 more · by a look at the API of the nodes 2026-11-22 01:52:15 UTC",
        ),
        ("zh-CN", "关闭时的状态：可用 · 容错余量 1 · 节点 API 巡检 2026-11-22 01:52:15 UTC"),
    ] {
        let page = site.get(&report, &viewer, lang).await;
        assert!(page.texts("#chat textarea")[0].contains(words), "{:?}", page.texts("#chat textarea"));
    }
    let markdown = site.get(&format!("/incidents/{id}/report.md"), &viewer, "en").await.body;
    assert!(markdown.contains("- **State at the closing**: Up · can lose 1 more"), "{markdown}");
}

#[tokio::test]
async fn recovery_counts_from_the_moment_that_was_measured() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    say(&site, id, "degraded", &[("node.killed", "n3", "certain")], "gone").await;
    say(&site, id, "healthy", &[], "running").await;
    decide_all(&site, id).await;
    let viewer = site.log_in("viewer").await;
    let close = CloseIncident { recovered: false, reason: "goes on elsewhere".to_owned(), stable_ms: 600_000 };
    closures::close(&site.app.commands, &Caller::new("operator"), id, &close).await.expect("closed");
    let json = report_json(&site, id, &viewer).await;
    assert_eq!((&json["moments"]["recovered"], &json["durations_ms"]["recover"]), (&Value::Null, &Value::Null));
    let page = site.get(&format!("/incidents/{id}/report"), &viewer, "en").await;
    let (sentence, moments) = (&page.texts("#sentence")[0], squeezed(&page, "#moments tr[data-moment=recovered]"));
    assert!(sentence.contains("it had not recovered") && !sentence.contains("recovered after"), "{sentence}");
    assert!(moments.contains("not known") && moments.contains("closed as not recovered"), "{moments}");
    let csv = site.get("/incidents.csv", &viewer, "en").await.body;
    assert!(csv.lines().next().is_some_and(|head| head.contains(",recovered_at,closed_at,")), "{csv}");
}

#[tokio::test]
async fn an_incident_may_be_given_up_with_steps_that_nobody_decided_on() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    let operator = site.log_in("operator").await;
    let step = site.get(&format!("/incidents/{id}/steps/1"), &operator, "en").await;
    assert_eq!(step.count(".more-panel a[href$='/closure']"), 1);
    let form = encoded(&[("nonce", "a"), ("recovered", "no"), ("reason", "a false alarm")]);
    let closed = site.post(&format!("/incidents/{id}/closure"), &operator, &form).await;
    assert_eq!(closed.status, StatusCode::SEE_OTHER);
    let exceptions = site.get(&format!("/incidents/{id}/report"), &operator, "en").await.body;
    assert!(exceptions.contains("not decided") || exceptions.contains("open"), "the record tells of the open steps");
}

/// The clock of the site, and the moment at which every diagnosis here is made.
const NOW_MS: i64 = 1_795_312_345_000;

async fn mitigated_at(site: &Site, id: IncidentId) -> Option<i64> {
    let incident = site.app.store.read().incident(id).await.expect("incident").expect("some");
    incident.mitigated_at.map(|at| at.as_millis())
}

#[tokio::test]
async fn the_end_of_the_impact_is_one_press_and_can_be_corrected_by_name() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    let (operator, viewer) = (site.log_in("operator").await, site.log_in("viewer").await);
    let (path, step) = (format!("/incidents/{id}/impact"), format!("/incidents/{id}/steps/1"));
    assert_eq!(site.get(&step, &viewer, "en").await.count("#impact-over"), 0);
    let unseen = site.get(&step, &operator, "en").await;
    assert_eq!(unseen.count("a#impact-over[href$='/impact']"), 1, "what was not seen is not over by one press");
    assert_eq!(site.post(&path, &viewer, &encoded(&[("nonce", "a")])).await.status, StatusCode::FORBIDDEN);
    let form = site.get(&path, &operator, "en").await;
    assert!(form.texts("#measured")[0].contains("Nothing has measured"), "{:?}", form.texts("#measured"));
    say(&site, id, "healthy", &[], "running").await;
    assert_eq!(site.get(&step, &operator, "en").await.count("button#impact-over"), 1);
    let form = site.get(&path, &operator, "en").await;
    assert_eq!(form.count("#measured time"), 1, "the measured moment is named");
    assert_eq!(
        form.count(&format!("#over_at[data-moment='{NOW_MS}'][value='2026-11-22 01:52:25']")),
        1,
        "{}",
        form.body
    );

    let fields =
        |nonce: &str, at: &str, offset: &str| encoded(&[("nonce", nonce), ("over_at", at), ("offset_min", offset)]);
    for (at, offset, error) in [
        ("2026-11-22 01:52:24", "", "before"),
        ("2026-11-22 01:52:26", "0", "not come yet"),
        ("2026-11-22 09:52:26", "480", "not come yet"),
        ("ten past", "480", "not a time"),
    ] {
        let page = site.post(&path, &operator, &fields("b", at, offset)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{at}");
        assert!(page.texts("#over-error[role=alert]")[0].contains(error), "{at}: {:?}", page.texts("#over-error"));
        assert_eq!(page.count(&format!("#over_at[value='{at}']:not([data-moment])")), 1, "what was typed is kept");
    }
    assert_eq!((mitigated_at(&site, id).await, state(&site, id).await), (None, IncidentState::Declared));

    let pressed = site.post(&path, &operator, &encoded(&[("nonce", "c")])).await;
    assert_eq!((pressed.status, pressed.location()), (StatusCode::SEE_OTHER, &*format!("/incidents/{id}")));
    assert_eq!((mitigated_at(&site, id).await, state(&site, id).await), (Some(NOW_MS), IncidentState::Mitigated));
    let page = site.get(&step, &operator, "en").await;
    assert_eq!((page.count("#impact-over"), page.count("#impact-since a[href$='/impact']")), (0, 1));
    let again = site.post(&path, &operator, &fields("d", "2026-11-22 09:52:25", "480")).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "that is what was said");

    let ends = site.app.store.read().impact_ends(id).await.expect("ends");
    let said: Vec<_> = ends.iter().map(|end| (end.over_at.as_millis(), &*end.by, end.measured_at.is_some())).collect();
    assert_eq!(said, [(NOW_MS, "operator", true)]);
    let report = site.get(&format!("/incidents/{id}/report"), &viewer, "en").await;
    assert!(report.texts("#impact-end")[0].contains("operator"), "{:?}", report.texts("#impact-end"));
    for (lang, words) in
        [("en", "Impact over since 2026-11-22 01:52:25 UTC"), ("zh-CN", "业务自 2026-11-22 01:52:25 UTC")]
    {
        assert!(site.get(&format!("/incidents/{id}/timeline"), &viewer, lang).await.body.contains(words), "{lang}");
    }
    assert_eq!(report_json(&site, id, &viewer).await["impact_ends"][0]["by"], "operator");
}

#[tokio::test]
async fn severity_and_services_are_said_when_it_is_opened_and_later() {
    let site = Site::with_people().await;
    let first = incident(&site).await;
    let cluster = site.app.store.read().incident(first).await.expect("incident").expect("some").cluster;
    let (operator, viewer) = (site.log_in("operator").await, site.log_in("viewer").await);
    let page = site.get("/incidents/new", &operator, "en").await;
    assert_eq!(page.count("details:not([open]) #severity"), 1, "optional, and out of the way");
    let cluster = cluster.to_string();
    let open = |nonce: &str, severity: &str, affected: &str| {
        encoded(&[
            ("nonce", nonce),
            ("cluster", &cluster),
            ("node", "n3"),
            ("beside", "1"),
            ("severity", severity),
            ("affected", affected),
        ])
    };
    let long = "x".repeat(101);
    let page = site.post("/incidents", &operator, &open("a", "sev1", &long)).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(page.count("#scope[open] #affected-error[role=alert]"), 1, "{}", page.body);
    assert_eq!(page.count(&format!("#affected[value='{long}']")), 1);
    assert_eq!(page.count("option[value=sev1][selected]"), 1);
    let opened = site.post("/incidents", &operator, &open("b", "sev2", "orders, 支付，orders")).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.body);
    let id = IncidentId(first.0 + 1);
    for page in [format!("/incidents/{id}/steps/1"), "/incidents".to_owned(), format!("/incidents/{id}/report")] {
        assert!(site.get(&page, &viewer, "en").await.body.contains("SEV2 · orders, 支付"), "{page}");
    }
    let path = format!("/incidents/{id}/severity");
    let later =
        |nonce: &str, severity: &str| encoded(&[("nonce", nonce), ("severity", severity), ("affected", "orders")]);
    assert_eq!(site.post(&path, &viewer, &later("c", "sev1")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(site.post(&path, &operator, &later("d", "sev1")).await.status, StatusCode::SEE_OTHER);
    assert_eq!(site.post(&path, &operator, &later("e", "sev1")).await.status, StatusCode::CONFLICT, "no change");
    let page = site.get(&path, &operator, "zh-CN").await;
    assert_eq!((page.count("option[value=sev1][selected]"), page.count("#affected[value=orders]")), (1, 1));
    let json = report_json(&site, id, &viewer).await;
    assert_eq!((&json["incident"]["severity"], &json["incident"]["affected"]), (&json!("sev1"), &json!(["orders"])));
    let timeline = site.get(&format!("/incidents/{id}/timeline"), &viewer, "en").await;
    let said = timeline.texts(".tl strong").into_iter().filter(|text| text.contains("Severity and affected services"));
    assert_eq!(said.count(), 2, "an event for each");
    assert_eq!(report_json(&site, first, &viewer).await["incident"]["severity"], Value::Null, "nobody said");
}

#[tokio::test]
async fn the_lead_is_offered_with_a_card_and_changes_when_it_is_accepted() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    say(&site, id, "degraded", &[("node.killed", "n3", "certain")], "gone").await;
    let me = Caller::new("operator");
    incidents::decide_step(&site.app.commands, &me, id, Step::Confirm, DecisionKind::Skipped, "seen before")
        .await
        .expect("decided");
    let (operator, lead) = (site.log_in("operator").await, site.log_in("lead").await);
    let (path, step) = (format!("/incidents/{id}/hand-over"), format!("/incidents/{id}/steps/2"));
    let page = site.get(&path, &operator, "en").await;
    assert!(
        page.texts("#card li").iter().any(|text| text.contains("Step 1 Confirm the shutdown: Skipped")),
        "{:?}",
        page.texts("#card li")
    );
    assert!(
        page.texts("#card li").iter().any(|text| text.contains("n3")),
        "what is to be done: {:?}",
        page.texts("#card li")
    );
    assert!(page.texts("#stands strong")[0].starts_with("n3 was killed"), "{:?}", page.texts("#stands"));
    let under_way = &page.texts("#card > div")[1];
    assert!(!under_way.contains("Step 2"), "nobody has begun it: {under_way}");
    check_runs::start_step(&site.app.commands, &me, id, Step::Logs).await.expect("started");
    let page = site.get(&path, &operator, "en").await;
    let under_way = &page.texts("#card > div")[1];
    assert!(under_way.contains("Step 2 Check the logs: begun, not decided"), "{under_way}");
    let offers: Vec<String> = page.texts("#to option");
    assert!(offers.contains(&"lead".to_owned()) && !offers.contains(&"operator".to_owned()), "{offers:?}");

    let offer =
        |nonce: &str, to: &str| encoded(&[("nonce", nonce), ("to", to), ("note", "call <b>the DBA</b> at six")]);
    for (to, error) in [
        ("nobody", "nobody with this name"),
        ("viewer", "nobody with this name"),
        ("operator", "leads already"),
        ("", "nobody"),
    ] {
        let page = site.post(&path, &operator, &offer("a", to)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{to}");
        assert!(page.texts("#to-error[role=alert]")[0].contains(error), "{to}: {:?}", page.texts("#to-error"));
        assert_eq!(page.texts("#note"), ["call <b>the DBA</b> at six"], "what was written is kept");
    }
    let yourself = site.post(&path, &lead, &offer("b", "lead")).await;
    assert_eq!(yourself.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(site.post(&path, &operator, &offer("c", "lead")).await.status, StatusCode::SEE_OTHER);
    let twice = site.post(&path, &operator, &offer("d", "admin")).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY, "one waits");
    assert_eq!(leads(&site, id).await, "operator", "nobody has accepted yet");
    assert_eq!(site.get(&step, &lead, "en").await.count("#lead-offer .btn"), 1, "whom it is for sees it");
    assert_eq!(site.get(&step, &operator, "en").await.count("#lead-offer .textlink"), 1);

    let answer = |nonce: &str, answer: &str| encoded(&[("nonce", nonce), ("answer", answer)]);
    let answers = format!("{path}/answer");
    assert_eq!(site.post(&answers, &operator, &answer("e", "accept")).await.status, StatusCode::CONFLICT, "not theirs");
    let card = site.get(&path, &lead, "zh-CN").await;
    assert!(
        card.body.contains("call &#60;b&#62;the DBA") || card.body.contains("call &lt;b&gt;the DBA"),
        "{}",
        card.body
    );
    assert_eq!(card.count("button[value=accept]"), 1);
    assert_eq!(site.post(&answers, &lead, &answer("f", "decline")).await.status, StatusCode::SEE_OTHER);
    assert_eq!(leads(&site, id).await, "operator");

    site.post(&path, &operator, &offer("g", "lead")).await;
    assert_eq!(
        site.post(&format!("{path}/withdrawal"), &operator, &answer("h", "")).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        site.post(&answers, &lead, &answer("i", "accept")).await.status,
        StatusCode::CONFLICT,
        "it was taken back"
    );
    site.post(&path, &operator, &offer("j", "lead")).await;
    for _ in 0..2 {
        assert_eq!(site.post(&answers, &lead, &answer("k", "accept")).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(leads(&site, id).await, "lead");
    let timeline = site.get(&format!("/incidents/{id}/timeline"), &operator, "en").await;
    let said: Vec<String> = timeline.texts(".tl strong").into_iter().filter(|text| text.contains("lead")).collect();
    let expected = ["offered to lead", "declined", "offered to lead", "taken back", "offered to lead", "accepted"];
    assert_eq!(said.len(), expected.len(), "{said:?}");
    assert!(said.iter().zip(expected).all(|(said, part)| said.contains(part)), "{said:?}");
}

#[tokio::test]
async fn a_lead_who_is_gone_is_replaced_at_once_by_the_role_lead() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    let (operator, lead) = (site.log_in("operator").await, site.log_in("lead").await);
    let path = format!("/incidents/{id}/lead");
    let to = |nonce: &str, name: &str| encoded(&[("nonce", nonce), ("to", name)]);
    assert_eq!(site.post(&path, &operator, &to("a", "lead")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(site.get(&format!("/incidents/{id}/hand-over"), &operator, "en").await.count("#at-once"), 0);
    assert_eq!(site.get(&format!("/incidents/{id}/hand-over"), &lead, "en").await.count("#at-once"), 1);
    let unknown = site.post(&path, &lead, &to("b", "nobody")).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY, "a field error and no page that says 404");
    assert_eq!(unknown.count("#to-error[role=alert]"), 1);
    assert_eq!(site.post(&path, &lead, &to("c", "lead")).await.status, StatusCode::SEE_OTHER);
    assert_eq!(leads(&site, id).await, "lead");
}

#[tokio::test]
async fn exceptions_noted_with_one_press_are_read_in_the_language_of_the_reader() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    let (operator, viewer) = (site.log_in("operator").await, site.log_in("viewer").await);
    check_runs::start_step(&site.app.commands, &Caller::new("operator"), id, Step::Logs).await.expect("runs");
    site.app.engine.run_pending().await.expect("the engine works");
    let decisions = format!("/incidents/{id}/steps/2/decisions");
    let form = |nonce: &str, pairs: &[(&str, &str)]| {
        let mut all = vec![("nonce", nonce), ("kind", "done_with_exceptions")];
        all.extend(pairs);
        encoded(&all)
    };
    let mute = site.post(&decisions, &operator, &form("a", &[])).await;
    assert_eq!(mute.status, StatusCode::UNPROCESSABLE_ENTITY, "no reason");
    let noted = site.post(&decisions, &operator, &form("b", &[("noted", "1")])).await;
    assert_eq!(noted.status, StatusCode::SEE_OTHER, "{}", noted.body);
    let kept = site.app.store.read().decisions(id).await.expect("decisions");
    let exceptions = &kept[0].exceptions;
    assert!(kept[0].reason.is_empty() && !exceptions.is_empty(), "codes and no words: {kept:?}");
    let is_logs = |one: &NotedException| match one {
        NotedException::Check(check) => check.check == "logs.signatures" && check.nodes.len() == 3,
        NotedException::ToDo { .. } | NotedException::Clients { .. } => false,
    };
    assert!(exceptions.iter().any(is_logs), "{exceptions:?}");
    let told =
        [("en", "Could not check", "Known log lines", "n1, n2, n3"), ("zh-CN", "无法检查", "日志", "n1、n2、n3")];
    for (lang, words, check, nodes) in told {
        let page = site.get(&format!("/incidents/{id}/steps/2"), &viewer, lang).await;
        let said = page.texts("#decision-reason").join(" ");
        assert!(said.contains(words) && said.contains(check) && said.contains(nodes), "{lang}: {said}");
        for page in ["timeline?only=decisions", "report", "report.md"] {
            let body = site.get(&format!("/incidents/{id}/{page}"), &viewer, lang).await.body;
            assert!(body.contains(words), "{page} in {lang}");
        }
    }
    let json = report_json(&site, id, &viewer).await;
    let decision = &json["steps"][1]["decisions"][0];
    assert_eq!(decision["exceptions"][0]["nodes"], json!(["n1", "n2", "n3"]), "{decision}");
    // What a person wrote stays as it is.
    let written = site.post(&decisions, &operator, &form("c", &[("reason", "seen with less")])).await;
    assert_eq!(written.status, StatusCode::SEE_OTHER);
    let page = site.get(&format!("/incidents/{id}/steps/2"), &viewer, "zh-CN").await;
    assert_eq!(page.texts("#decision-reason"), ["seen with less"]);
    assert_eq!(page.texts("#step-head .badge"), ["完成（有例外）"]);
}

async fn leads(site: &Site, id: IncidentId) -> String {
    site.app.store.read().incident(id).await.expect("incident").expect("some").lead.expect("somebody leads it")
}

#[tokio::test]
async fn the_pages_of_a_cluster_tell_the_cause_of_its_incident_and_lead_to_it() {
    let site = Site::with_people().await;
    let operator = site.log_in("operator").await;
    let pages = ["/clusters", "/clusters/1"];
    for path in pages {
        assert!(!site.get(path, &operator, "en").await.body.contains("INC-0001"), "nothing is open yet");
    }
    let id = incident(&site).await;
    for path in pages {
        assert!(site.get(path, &operator, "en").await.body.contains("no cause known yet"), "{path}");
    }
    say(&site, id, "degraded", &[("node.killed", "n3", "certain")], "gone").await;
    for path in pages {
        let page = site.get(path, &operator, "en").await;
        let ways = page.count(&format!("main a.btn[href='/incidents/{id}/steps/1']"));
        assert!(page.body.contains("Cause of the incident") && ways == 1, "{path}: {}", page.body);
        assert_eq!(page.count("main a.btn.primary"), usize::from(path == "/clusters/1"), "one thing is next");
    }
    decide_all(&site, id).await;
    let close = CloseIncident { recovered: true, reason: "seen by hand".to_owned(), stable_ms: 600_000 };
    closures::close(&site.app.commands, &Caller::new("operator"), id, &close).await.expect("closed");
    for path in pages {
        assert!(!site.get(path, &operator, "en").await.body.contains("INC-0001"), "{path}: it is over");
    }
}
