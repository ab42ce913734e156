//! The review of a record: two people at once, who may sign and what the hash is over, and what is to be done afterwards.

use http::StatusCode;
use nodedown::commands::closures::{self, CloseIncident};
use nodedown::commands::follow_ups::{self, NewFollowUp};
use nodedown::commands::incidents::OpenIncident;
use nodedown::commands::{Caller, clusters, diagnoses, incidents};
use nodedown::domain::cluster::{FileSource, NodeSpec};
use nodedown::domain::code::Code;
use nodedown::domain::diagnosis::Diagnosis;
use nodedown::domain::event::EventKind;
use nodedown::domain::finding::Step;
use nodedown::domain::follow_up::Owner;
use nodedown::domain::id::{IncidentId, NodeName};
use nodedown::domain::incident::DecisionKind;
use nodedown::store::reviews::VerdictQuery;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::site::{Answer, Site, encoded};

/// A resolved incident, led by that person, of which the program says that n3 was killed.
async fn resolved(site: &Site, lead: &str) -> IncidentId {
    let node = NodeSpec { name: NodeName::from("n3"), api: None, files: FileSource::Copied { home: "/none".into() } };
    let (commands, caller) = (&site.app.commands, Caller::new(lead));
    let name = format!("prod-{lead}");
    let cluster = clusters::create(commands, &caller, &name, vec![node], Vec::new(), 3000).await.expect("cluster");
    let open = OpenIncident { cluster: cluster.id, node: Some("n3".into()), drill: false, note: String::new() };
    let id = incidents::open(commands, &caller, open).await.expect("incident");
    let cause = json!({
        "code": "node.killed", "nodes": ["n3"], "confidence": "certain",
        "summary": { "key": "cause-node-killed", "args": { "nodes": "n3", "count": "1" } },
        "action": [], "do_not": [], "because": [], "consequences": [],
    });
    let diagnosis: Diagnosis = serde_json::from_value(json!({
        "at": 1_795_312_340_000_i64, "cluster": "prod", "health": "degraded", "failure_tolerance": 0,
        "causes": [cause], "findings": [], "could_not_run": [],
    }))
    .expect("a diagnosis");
    diagnoses::save(commands, id, &diagnosis).await.expect("saved");
    for step in Step::ALL {
        incidents::decide_step(commands, &caller, id, step, DecisionKind::Skipped, "a drill").await.expect("decided");
    }
    let close = CloseIncident { recovered: true, reason: "seen by hand".to_owned(), stable_ms: 600_000 };
    closures::close(commands, &caller, id, &close).await.expect("closed");
    id
}

fn review(version: &str, lessons: &str, verdict: &[(&str, &str)]) -> String {
    let mut form = vec![("nonce", ""), ("version", version), ("lessons", lessons), ("checked", "timeline_read")];
    form.extend(verdict);
    encoded(&form)
}

/// The hash that the page would sign.
fn seen(page: &Answer) -> String {
    let at = page.body.find("name=\"seen\" value=\"").expect("a form to sign") + "name=\"seen\" value=\"".len();
    page.body[at..at + 64].to_owned()
}

#[tokio::test]
async fn of_two_reviewers_the_second_is_told_and_keeps_the_text() {
    let site = Site::with_people().await;
    let id = resolved(&site, "operator").await;
    let (lead, admin, operator) =
        (site.log_in("lead").await, site.log_in("admin").await, site.log_in("operator").await);
    let (path, report) = (format!("/incidents/{id}/review"), format!("/incidents/{id}/report"));
    assert_eq!(site.get(&report, &operator, "en").await.count("#review-form"), 0);
    assert_eq!(site.post(&path, &operator, &review("0", "x", &[])).await.status, StatusCode::FORBIDDEN);

    let corrected = [("verdict", "corrected"), ("was", "node.disk_full"), ("words", "the log disk")];
    let first = site.post(&path, &lead, &review("0", "watch the disk", &corrected)).await;
    assert_eq!((first.status, first.location()), (StatusCode::SEE_OTHER, &*format!("{report}?said=saved#review")));
    let second = site.post(&path, &admin, &review("0", "<b>my</b> lesson", &[("verdict", "confirmed")])).await;
    assert_eq!(second.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(second.texts("#review-lessons"), ["<b>my</b> lesson"], "what was typed is kept");
    let theirs = second.texts("#overtaken dd").join(" ");
    assert!(theirs.contains("watch the disk") && theirs.contains("the log disk"), "{theirs}");
    assert!(second.texts("#overtaken")[0].contains("lead saved this review"));
    assert_eq!(second.count("#review-form input[name=version][value='1']"), 1, "the next save is on purpose");
    let again = site.post(&path, &admin, &review("1", "<b>my</b> lesson", &corrected)).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);

    let versions = site.app.store.read().reviews(id).await.expect("reviews");
    assert_eq!(versions.iter().map(|one| (one.version, &*one.by)).collect::<Vec<_>>(), [(1, "lead"), (2, "admin")]);
    let events = site.app.store.read().timeline(id).await.expect("timeline");
    let saves = events.iter().filter_map(|event| match &event.kind {
        EventKind::ReviewSaved { version, said, was, .. } => Some((*version, *said, *was)),
        _ => None,
    });
    let (said, was) = (Some(Code::NodeKilled), Some(Code::NodeDiskFull));
    assert_eq!(saves.collect::<Vec<_>>(), [(1, said, was), (2, said, was)]);
    let counts = site.app.store.read().cause_verdicts(&VerdictQuery::default()).await.expect("counts");
    assert_eq!(counts.len(), 1, "an incident counts once, by its newest version: {counts:?}");
    assert_eq!((counts[0].said, counts[0].was, counts[0].incidents, counts[0].is_right()), (said, was, 1, false));
    let incident = site.app.store.read().incident(id).await.expect("incident").expect("some");
    let other = nodedown::domain::id::ClusterId(incident.cluster.0 + 1);
    let opened = incident.opened_at;
    for (query, found) in [
        (VerdictQuery { cluster: Some(incident.cluster), drills: true, ..VerdictQuery::default() }, 1),
        (VerdictQuery { cluster: Some(other), ..VerdictQuery::default() }, 0),
        (VerdictQuery { from: Some(opened), until: Some(opened.plus_millis(1)), ..VerdictQuery::default() }, 1),
        (VerdictQuery { from: Some(opened.plus_millis(1)), ..VerdictQuery::default() }, 0),
        (VerdictQuery { until: Some(opened), ..VerdictQuery::default() }, 0),
    ] {
        assert_eq!(site.app.store.read().cause_verdicts(&query).await.expect("counts").len(), found, "{query:?}");
    }
    for lang in ["en", "zh-CN"] {
        let page = site.get(&report, &operator, lang).await;
        assert!(page.texts("#review").join(" ").contains("<b>my</b> lesson"), "{lang}");
        assert!(page.texts("#review .mono").contains(&"node.disk_full".to_owned()), "{lang}");
        let lacking = page.body.match_indices('‹').find(|(at, _)| !page.body[*at..].starts_with("‹U+"));
        assert!(lacking.is_none(), "{lang} lacks a text");
    }
}

#[tokio::test]
async fn a_corrected_cause_is_the_cause_everywhere_beside_what_was_said() {
    let site = Site::with_people().await;
    let id = resolved(&site, "operator").await;
    let lead = site.log_in("lead").await;
    let corrected = [("verdict", "corrected"), ("was", "node.disk_full"), ("words", "the log disk")];
    let saved = site.post(&format!("/incidents/{id}/review"), &lead, &review("0", "x", &corrected)).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);

    let report = site.get(&format!("/incidents/{id}/report"), &lead, "en").await;
    let sentence = &report.texts("#sentence")[0];
    assert!(sentence.starts_with("n3 · Disk full: the log disk. Opened "), "{sentence}");
    assert_eq!(report.texts("#pinned h3"), ["Disk full: the log disk"]);
    let said = report.texts("#said-then")[0].split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.starts_with("Said at the time: n3 was killed"), "{said}");
    let chat = &report.texts("#chat textarea")[0];
    assert!(chat.contains("Disk full: the log disk (corrected in the review by lead)"), "{chat}");
    assert!(!chat.contains("was killed"), "{chat}");
    let markdown = site.get(&format!("/incidents/{id}/report.md"), &lead, "en").await.body;
    assert!(
        markdown.contains("- **Disk full: the log disk** (`node.disk_full`, corrected in the review by lead"),
        "{markdown}"
    );
    assert!(markdown.contains("- Said at the time: n3 was killed"), "{markdown}");
    let json = site.get(&format!("/incidents/{id}/report.json"), &lead, "en").await.body;
    let cause = &serde_json::from_str::<Value>(&json).expect("json")["cause"];
    assert_eq!((&cause["code"], &cause["named"]["code"]), (&json!("node.disk_full"), &json!("node.killed")));
    assert_eq!((&cause["corrected"]["words"], &cause["corrected"]["by"]), (&json!("the log disk"), &json!("lead")));

    let list = site.get("/incidents", &lead, "en").await;
    let line = list.texts("#records tbody tr").join(" ");
    assert!(line.contains("Disk full") && line.contains("corrected in the review"), "{line}");
    let wrong = site.get(&format!("/incidents/{id}/wrong-report"), &lead, "en").await;
    assert_eq!(wrong.count("#wrong-was option[value='node.disk_full'][selected]"), 1, "it was said once");
    assert_eq!(wrong.texts("#wrong-words"), ["the log disk"]);
    let recent = site.get("/", &lead, "en").await.texts(".list li").join(" ");
    assert!(recent.contains("Disk full: the log disk") && !recent.contains("was killed"), "{recent}");
    let hero = site.get(&format!("/incidents/{id}/steps/1"), &lead, "en").await.texts("#hero").join(" ");
    assert!(hero.contains("Disk full: the log disk") && hero.contains("Said at the time: "), "{hero}");
    assert!(hero.contains("corrected in the review by lead") && !hero.contains("Certain"), "{hero}");
    assert_eq!(list.count("#cause option[value='node.starting']"), 0, "what passes by itself is no cause");
    for (cause, found) in [("node.disk_full", 1), ("node.killed", 0), ("node.hung", 0)] {
        let list = site.get(&format!("/incidents?cause={cause}"), &lead, "en").await;
        assert_eq!(list.count("#records tbody tr"), found, "{cause}");
    }
    let csv = site.get("/incidents.csv", &lead, "en").await.body;
    assert!(csv.contains(",node.disk_full node.killed,") && csv.trim_end().ends_with(",node.disk_full,0,,"), "{csv}");

    // Taken back, or in words only.
    let words = [("verdict", "corrected"), ("was", ""), ("words", "a power cut")];
    site.post(&format!("/incidents/{id}/review"), &lead, &review("1", "x", &words)).await;
    let list = site.get("/incidents", &lead, "zh-CN").await.texts("#records tbody tr").join(" ");
    assert!(list.contains("a power cut") && list.contains("复盘时更正"), "{list}");
    site.post(&format!("/incidents/{id}/review"), &lead, &review("2", "x", &[("verdict", "confirmed")])).await;
    assert_eq!(site.get("/incidents?cause=node.killed", &lead, "en").await.count("#records tbody tr"), 1);
}

#[tokio::test]
async fn what_a_review_cannot_take_is_said_at_its_field() {
    let site = Site::with_people().await;
    let id = resolved(&site, "operator").await;
    let (lead, path) = (site.log_in("lead").await, format!("/incidents/{id}/review"));
    for (field, form) in [
        ("#review-words-error", review("0", "kept", &[("verdict", "corrected"), ("was", ""), ("words", " ")])),
        ("#review-factors-error", review("0", "kept", &[("factors", &"x".repeat(301))])),
        ("#review-factors-error", review("0", "kept", &[("factors", &"x\n".repeat(21))])),
    ] {
        let page = site.post(&path, &lead, &form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(!page.texts(field)[0].is_empty(), "{field}");
        assert_eq!(page.texts("#review-lessons"), ["kept"]);
    }
    assert!(site.app.store.read().review(id).await.expect("review").is_none());
    assert_eq!(site.get("/incidents/99/review", &lead, "en").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_record_is_signed_as_it_was_seen_and_its_own_lead_says_why() {
    let site = Site::with_people().await;
    let id = resolved(&site, "lead").await;
    let (lead, operator) = (site.log_in("lead").await, site.log_in("operator").await);
    let below = |part: &str| format!("/incidents/{id}/{part}");
    let page = site.get(&below("report"), &lead, "en").await;
    assert_eq!(page.count("#sign-reason"), 1, "it is one's own incident");
    let before = seen(&page);
    let sign = |seen: &str, reason: &str| encoded(&[("nonce", ""), ("seen", seen), ("reason", reason), ("note", "n1")]);
    assert_eq!(site.post(&below("signature"), &operator, &sign(&before, "x")).await.status, StatusCode::FORBIDDEN);
    let missing = site.post(&below("signature"), &lead, &sign(&before, " ")).await;
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(missing.texts("#sign-reason-error")[0].contains("You led this incident"));
    assert_eq!(missing.count("#sign-note[value=n1]"), 1, "what was typed is kept");

    // Without a verdict nobody signs, and what was typed beside it is not lost.
    let typed = |verdict: &str| {
        let review = [("version", "0"), ("verdict", verdict), ("lessons", "kept"), ("factors", "one")];
        encoded(&[&[("nonce", ""), ("seen", &*before), ("reason", "on duty"), ("note", "n2")][..], &review].concat())
    };
    for (lang, words) in [("en", "whether the cause was right"), ("zh-CN", "判定原因是否正确")] {
        let cookie = format!("{lead}; nodedown_lang={lang}");
        let page = site.post(&below("signature"), &cookie, &typed("")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{lang}");
        assert!(page.texts("#review-verdict-error")[0].contains(words), "{:?}", page.texts("#review-verdict-error"));
        assert_eq!(page.count("#review-form input[name=verdict][autofocus]"), 1, "{lang}: the focus is there");
        assert_eq!(
            (page.texts("#review-lessons"), page.texts("#review-factors")),
            (vec!["kept".into()], vec!["one".into()])
        );
        assert_eq!((page.texts("#sign-reason"), page.count("#sign-note[value=n2]")), (vec!["on duty".into()], 1));
    }
    let unsaved = site.post(&below("signature"), &lead, &typed("confirmed")).await;
    assert_eq!((unsaved.status, unsaved.count("#unsaved")), (StatusCode::UNPROCESSABLE_ENTITY, 1), "save first");
    assert_eq!(unsaved.count("#review-form input[value=confirmed][checked]"), 1, "what was chosen is kept");
    let before_form = unsaved.body.find("id=\"unsaved\"") < unsaved.body.find("id=\"review-form\"");
    assert!(before_form, "a refusal stands where the page begins");
    let empty = site.post(&below("signature"), &lead, &sign(&before, "on duty")).await;
    assert!(!empty.texts("#review-verdict-error")[0].is_empty(), "an empty review is not signed");

    site.post(&below("review"), &lead, &review("0", "a lesson", &[("verdict", "confirmed")])).await;
    let moved = site.post(&below("signature"), &lead, &sign(&before, "nobody else is on duty")).await;
    assert_eq!(moved.status, StatusCode::UNPROCESSABLE_ENTITY, "what is signed is not what was seen");
    assert!(moved.body.contains("The record changed after this page was opened"));
    assert!(moved.texts("#unticked")[0].starts_with("4 items"), "a list that is not done is said, and no obstacle");
    let signed = site.post(&below("signature"), &lead, &sign(&seen(&moved), "nobody else is on duty")).await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER, "{}", signed.body);

    let page = site.get(&below("report"), &operator, "en").await;
    let said = page.texts("#signature").join(" ");
    assert!(said.contains("nobody else is on duty") && said.contains("Unchanged since it was signed"), "{said}");
    let json = site.get(&below("report.json"), &operator, "en").await;
    let json: Value = serde_json::from_str(&json.body).expect("json");
    let hash = json["signature"]["sha256"].as_str().expect("a hash");
    assert_eq!((&json["signature"]["was_lead"], &json["signature"]["unchanged"]), (&json!(true), &json!(true)));
    let content = json["signature"]["content"].as_str().expect("what was signed");
    assert_eq!(hex::encode(Sha256::digest(content.as_bytes())), hash, "who has the export alone can check it");
    assert_eq!(page.texts("#check-signature"), ["jq -j .signature.content INC-0001.json | sha256sum"]);
    for file in ["signed-content.json", "signed-content.json?signed=1"] {
        let content = site.get(&below(file), &operator, "en").await;
        assert_eq!(hex::encode(Sha256::digest(content.body.as_bytes())), hash, "{file}");
        let value: Value = serde_json::from_str(&content.body).expect("json");
        assert_eq!(value.to_string(), content.body, "keys in order, no spaces");
        assert!(!content.body.contains(hash), "the signature is not over itself");
    }
    let markdown = site.get(&below("report.md"), &operator, "en").await;
    assert!(markdown.body.contains(hash) && markdown.body.contains("nobody else is on duty"));

    // The review is closed, follow-ups go on and change nothing of what was signed.
    let closed = site.post(&below("review"), &lead, &review("1", "later", &[])).await;
    assert_eq!(closed.status, StatusCode::CONFLICT);
    let due = [("nonce", ""), ("what", "an alert"), ("owner", "operator"), ("due", "2026-12-01")];
    assert_eq!(site.post(&below("follow-ups"), &operator, &encoded(&due)).await.status, StatusCode::SEE_OTHER);
    let page = site.get(&below("report"), &operator, "en").await;
    assert!(page.texts("#signature").join(" ").contains("Unchanged since it was signed"));

    // What is changed behind the program's back is told, and which part it is.
    let database = SqliteConnectOptions::new().filename(site.folder.path().join("nodedown.db"));
    let mut database = SqliteConnection::connect_with(&database).await.expect("connection");
    let swap = format!("UPDATE step_decisions SET reason = 'nothing' WHERE incident_id = {id} AND step = 4");
    sqlx::raw_sql(sqlx::AssertSqlSafe(swap)).execute(&mut database).await.expect("changed");
    site.post(&below("follow-ups/1"), &operator, "nonce=&state=done").await;
    let page = site.get(&below("report"), &operator, "en").await;
    assert!(page.texts("#signature .banner")[0].contains("decisions on steps"), "{:?}", page.texts("#signature"));

    // It is opened again with a reason, and signed anew.
    let unreasoned = site.post(&below("review-reopening"), &lead, "nonce=&reason=+").await;
    assert_eq!(unreasoned.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!unreasoned.texts("#reopen-reason-error")[0].is_empty());
    let reopened = site.post(&below("review-reopening"), &lead, "nonce=&reason=late+news").await;
    assert_eq!(reopened.status, StatusCode::SEE_OTHER);
    let page = site.get(&below("report"), &lead, "en").await;
    assert_eq!((page.count("#review-form"), page.count("#sign-form")), (1, 1));
    // What was signed before is told everywhere, and nobody is told that it counts.
    assert!(
        page.texts("#signature")[0].contains("lead") && page.texts("#signature .hash")[0].contains(hash),
        "{}",
        page.body
    );
    let markdown = site.get(&below("report.md"), &lead, "en").await.body;
    assert!(markdown.contains(hash) && markdown.contains("opened again"), "{markdown}");
    assert!(!markdown.contains("Nobody has signed") && !markdown.contains("Reviewed:"), "{markdown}");
    let exported: Value = serde_json::from_str(&site.get(&below("report.json"), &lead, "en").await.body).expect("JSON");
    assert_eq!((&exported["signature"], &exported["earlier_signatures"][0]["sha256"]), (&Value::Null, &json!(hash)));
    let admin = site.log_in("admin").await;
    let page = site.get(&below("report"), &admin, "en").await;
    assert_eq!(page.count("#sign-reason"), 0, "another person needs no reason");
    assert_eq!(site.post(&below("signature"), &admin, &sign(&seen(&page), "")).await.status, StatusCode::SEE_OTHER);
    let timeline = site.get(&below("timeline"), &operator, "en").await;
    assert!(timeline.body.contains("Review opened again") && timeline.body.contains("late news"));
    assert_eq!(site.app.store.read().signatures(id).await.expect("signatures").len(), 2, "both stay in the record");
    assert_eq!(site.app.store.read().first_broken_event(id).await.expect("chain"), None);
}

#[tokio::test]
async fn a_record_that_an_older_version_signed_says_so() {
    let site = Site::with_people().await;
    let id = resolved(&site, "operator").await;
    let database = SqliteConnectOptions::new().filename(site.folder.path().join("nodedown.db"));
    let mut database = SqliteConnection::connect_with(&database).await.expect("connection");
    let old = format!("UPDATE incidents SET state = 'reviewed', reviewed_at = resolved_at WHERE id = {id}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(old)).execute(&mut database).await.expect("as an older program left it");
    let lead = site.log_in("lead").await;
    let page = site.get(&format!("/incidents/{id}/report"), &lead, "en").await;
    assert!(page.texts("#signature")[0].contains("earlier version"), "{:?}", page.texts("#signature"));
    assert_eq!(page.count("#sign-form"), 0);
}

#[tokio::test]
async fn follow_ups_have_an_owner_and_a_day_and_are_listed_until_they_are_done() {
    let site = Site::with_people().await;
    let id = resolved(&site, "operator").await;
    let (operator, viewer) = (site.log_in("operator").await, site.log_in("viewer").await);
    let (path, report) = (format!("/incidents/{id}/follow-ups"), format!("/incidents/{id}/report"));
    let form = |what: &str, owner: &str, words: &str, due: &str| {
        encoded(&[("nonce", ""), ("what", what), ("owner", owner), ("owner_words", words), ("due", due)])
    };
    assert_eq!(site.post(&path, &viewer, &form("x", "lead", "", "2026-12-01")).await.status, StatusCode::FORBIDDEN);
    for (field, form) in [
        ("#up-what-error", form(" ", "lead", "", "2026-12-01")),
        ("#up-owner-error", form("x", "nobody", "", "2026-12-01")),
        ("#up-owner-error", form("x", "", " ", "2026-12-01")),
        ("#up-due-error", form("x", "lead", "", "2026-02-30")),
        ("#up-due-error", form("x", "lead", "", "soon")),
    ] {
        let page = site.post(&path, &operator, &form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        assert!(!page.texts(field)[0].is_empty(), "{field} of {form}");
        assert_eq!(page.count("#follow-up-new[open]"), 1, "the form is open");
    }
    // The clock stands at 2026-11-22.
    let overdue = NewFollowUp {
        what: "overdue".to_owned(),
        owner: Owner { name: "operator".to_owned(), has_account: true },
        due: "2026-11-21".parse().expect("a day"),
    };
    let later = site.post(&path, &operator, &form("later <i>", "lead", "", "2026-12-01")).await;
    follow_ups::add(&site.app.commands, &Caller::new("operator"), id, &overdue).await.expect("added before that day");
    let today = site.post(&path, &operator, &form("today", "", "the database team", "2026-11-22")).await;
    assert_eq!((later.status, today.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER));
    for place in ["/", "/incidents"] {
        let page = site.get(place, &viewer, "en").await;
        assert_eq!(page.texts("#open-follow-ups .badge"), ["Overdue", "Due today", "Open"], "{place}: due first");
        assert_eq!(page.texts("#open-follow-ups a"), ["overdue", "today", "later <i>"], "{place}");
        assert_eq!(page.count("#open-follow-ups .badge.warn .icon"), 2, "shape and word, not colour alone");
    }
    let page = site.get("/incidents", &viewer, "en").await;
    assert_eq!(page.texts("td[data-label='Follow-ups'] a"), ["3"], "the record counts its own");
    assert_eq!(page.count(&format!("td a[href='{report}#follow-ups']")), 1, "and leads to them");
    let csv = site.get("/incidents.csv", &viewer, "en").await.body;
    // The two after it tell of what was proposed.
    let counted = |line: &str| line.trim_end().rsplit(',').nth(2).map(str::to_owned);
    let told: Vec<_> = csv.lines().take(2).map(counted).collect();
    assert_eq!(told, [Some("follow_ups_open".to_owned()), Some("3".to_owned())]);
    let mark = |state: &str, reason: &str| encoded(&[("nonce", ""), ("state", state), ("reason", reason)]);
    let dropping = site.post(&format!("{path}/1"), &operator, &mark("dropped", " ")).await;
    assert_eq!(dropping.status, StatusCode::UNPROCESSABLE_ENTITY, "not without a reason");
    assert_eq!(dropping.count(".follow-up details[open]"), 1);
    for (id, state, reason) in [("1", "dropped", "not needed"), ("2", "done", ""), ("2", "open", ""), ("3", "done", "")]
    {
        let answer = site.post(&format!("{path}/{id}"), &operator, &mark(state, reason)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{id} {state}");
    }
    let twice = site.post(&format!("{path}/3"), &operator, &mark("done", "")).await;
    assert_eq!(twice.status, StatusCode::SEE_OTHER, "it is done");
    let other = site.post("/incidents/99/follow-ups/1", &operator, &mark("done", "")).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
    assert_eq!(site.get("/", &viewer, "en").await.texts("#open-follow-ups a"), ["overdue"]);
    let page = site.get(&report, &operator, "zh-CN").await;
    assert_eq!(page.texts(".follow-up .badge"), ["已逾期", "已完成", "不再需要"], "what is open stands first");
    assert!(page.texts(".follow-up").join(" ").contains("not needed"));
    let events = site.app.store.read().timeline(id).await.expect("timeline");
    let marks = events.iter().filter(|event| matches!(event.kind, EventKind::FollowUpMarked { .. })).count();
    assert_eq!(marks, 4, "each is an event, and so is taking it back");
}
