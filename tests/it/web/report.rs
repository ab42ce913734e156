//! The record as a postmortem: page one, and what can be taken along.

use nodedown::commands::{self, Caller};
use nodedown::domain::finding::Step;
use nodedown::domain::id::{IncidentId, NodeName};
use nodedown::domain::incident::DecisionKind;
use nodedown::domain::user::Role;
use scraper::{Html, Selector};
use serde_json::{Value, json};

use super::site::{Answer, Site};
use crate::support::{TestApp, run_app, worked_through};

fn texts(page: &str, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).expect("selector");
    let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    Html::parse_document(page)
        .select(&selector)
        .map(|found| words(found.text().collect::<Vec<_>>().join(" ")))
        .collect()
}

async fn get(app: &TestApp, cookie: &str, path: &str) -> String {
    let answer = app.get(path, cookie).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.body
}

async fn reader(app: &TestApp) -> String {
    app.person("lea", Role::Viewer).await;
    app.log_in("lea").await
}

#[test]
fn page_one_tells_what_happened_and_what_is_not_known() {
    run_app(async |app| {
        let (cookie, id) = (reader(app).await, worked_through(app).await);
        let page = get(app, &cookie, &format!("/incidents/{id}/report")).await;
        let sentence = &texts(&page, "#sentence")[0];
        for part in ["Opened 2026-11-22 04:00:00", "impact over after 3 min;", "closed after 9 min 30 s"] {
            assert!(sentence.contains(part), "{sentence}");
        }
        let moments = texts(&page, "#moments tbody tr");
        let expected = [
            ("Noticed", "2026-11-22 04:00:00"),
            ("Confirmed", "2026-11-22 04:01:30 1 min 30 s"),
            ("Impact over", "2026-11-22 04:03:00 1 min 30 s"),
            ("Recovered", "not known"),
            ("Closed", "2026-11-22 04:09:30 6 min 30 s"),
        ];
        assert_eq!(moments.len(), 6, "the first is that of the node's own logs; nothing was proposed");
        for (row, (name, says)) in moments[1..].iter().zip(expected) {
            assert!(row.starts_with(name) && row.contains(says), "{name}: {row}");
        }
        assert_eq!(texts(&page, ".course svg rect title").last().map(String::as_str), Some("until closed 6 min 30 s"));
        let steps = texts(&page, "#steps tbody tr");
        assert_eq!(steps.len(), 6);
        // 20 s before the checks and 70 s after them; the checks take no time by a clock that stands still.
        assert!(steps[0].contains("0 s 1 min 30 s 0 s"), "machine, person, waiting: {}", steps[0]);
        assert!(steps[5].contains("Done with exceptions") && steps[5].contains("billing group"), "{}", steps[5]);
        let impact = texts(&page, "#impact dd");
        assert!(impact.iter().any(|said| said.starts_with("not measured: nodedown does not see")), "{impact:?}");
        assert_eq!(page.matches("All times: UTC").count(), 1, "the zone is named once");
        assert!(!texts(&page, "#report time").iter().any(|time| time.contains("UTC")), "and not beside each time");
        let run = get(app, &cookie, &format!("/incidents/{id}/steps/6")).await;
        let closing = texts(&run, "#at-closing").concat();
        assert!(closing.starts_with("State at the closing: "), "the run screen tells it as well: {closing}");
        let stood = texts(&page, "#a-stood .list > li");
        assert_eq!(stood.len(), 8, "six steps, the end of the impact, the closing: {stood:?}");
        let open = get(app, &cookie, &format!("/incidents/{id}/report?open=all")).await;
        assert_eq!(
            (texts(&page, ".appendix > details[open]").len(), texts(&open, ".appendix > details[open]").len()),
            (0, 7),
            "that there is no baseline is told; of clients nothing is, for nobody looked before the outage"
        );
    });
}

#[test]
fn every_export_tells_the_head_of_the_timeline_and_no_more_than_it_proves() {
    run_app(async |app| {
        let (cookie, id) = (reader(app).await, worked_through(app).await);
        let (event, hash) = app.read().chain(id).await.expect("chain").head.expect("events");
        for part in ["report", "report.html", "report.md", "report.json"] {
            let body = get(app, &cookie, &format!("/incidents/{id}/{part}")).await;
            assert!(body.contains(&hash), "{part}");
            assert!(!body.contains("complete and unchanged"), "{part}");
        }
        let json: Value =
            serde_json::from_str(&get(app, &cookie, &format!("/incidents/{id}/report.json")).await).expect("JSON");
        assert_eq!(json["timeline_head"], json!({"event": event, "sha256": hash}));
    });
}

#[test]
fn the_json_has_codes_and_no_translated_words() {
    run_app(async |app| {
        let (cookie, id) = (reader(app).await, worked_through(app).await);
        let body = get(app, &cookie, &format!("/incidents/{id}/report.json")).await;
        let json: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(json["format"], "nodedown-record-2");
        let chinese =
            get(app, &format!("{cookie}; nodedown_lang=zh-CN"), &format!("/incidents/{id}/report.json")).await;
        assert_eq!(body, chinese, "codes and stored values: the same in every language");
        assert_eq!(json["moments"]["noticed"], "2026-11-22T04:00:00.000Z");
        assert_eq!((&json["moments"]["recovered"], &json["durations_ms"]["confirm"]), (&Value::Null, &json!(90_000)));
        assert_eq!(json["durations_ms"]["resolve"], json!(570_000));
        let steps = json["steps"].as_array().expect("steps");
        assert_eq!((&steps[0]["key"], &steps[0]["person_ms"]), (&json!("confirm"), &json!(90_000)));
        let results: Vec<&Value> = steps.iter().flat_map(|step| step["results"].as_array().expect("results")).collect();
        assert!(!results.is_empty());
        for result in results {
            assert!(result["check_code"].as_str().is_some_and(|code| code.contains('.')), "{result}");
            let judged = result["end"] == "judged";
            assert_eq!(judged, result["outcome_code"].is_string(), "{result}");
            assert!(result["message"]["key"].is_string() || !judged, "{result}");
        }
        let exceptions = json["exceptions"].as_array().expect("exceptions");
        let codes: Vec<&str> = exceptions.iter().filter_map(|one| one["code"].as_str()).collect();
        assert_eq!(codes[..2], ["done_with_exceptions"; 2]);
        assert_eq!(json["decisions"].as_array().map(Vec::len), Some(8));
    });
}

#[test]
fn the_summary_for_a_chat_is_short_and_in_both_languages() {
    run_app(async |app| {
        let (cookie, id) = (reader(app).await, worked_through(app).await);
        let page = Html::parse_document(&get(app, &cookie, &format!("/incidents/{id}/report")).await);
        let areas = Selector::parse("#chat textarea[readonly]").expect("selector");
        let texts: Vec<String> = page.select(&areas).map(|area| area.text().collect()).collect();
        assert_eq!(texts.len(), 2);
        for (text, words) in texts.iter().zip(["closed after 9 min 30 s", "后关闭"]) {
            assert!(text.contains(words) && text.starts_with("INC-0001 prod-hz · n3"), "{text}");
            assert!(text.lines().count() <= 10 && text.contains("04:00:00 UTC"), "{text}");
            assert!(
                text.ends_with(&format!("\nhttp://nodedown.test/incidents/{id}/report")),
                "a whole address: {text}"
            );
        }
    });
}

/// An incident on a cluster and about a node whose names are made to do harm.
async fn hostile(site: &Site) -> IncidentId {
    use nodedown::commands::incidents::OpenIncident;
    use nodedown::domain::cluster::{FileSource, NodeSpec};

    let (commands, operator, lead) = (&site.app.commands, Caller::new("operator"), Caller::new("lead"));
    let files = FileSource::Copied { home: "/none".into() };
    let node = NodeSpec { name: NodeName::from("n1"), api: None, files };
    let cluster = commands::clusters::create(commands, &lead, "=cmd|' /C calc'!A0", vec![node], Vec::new(), 1000);
    let cluster = cluster.await.expect("cluster").id;
    let open = OpenIncident { cluster, node: Some("n1".into()), drill: true, note: String::new() };
    let id = commands::incidents::open(commands, &operator, open).await.expect("incident");
    let reason = "</style><script>alert(1)</script>\" \u{202e}";
    commands::incidents::decide_step(commands, &operator, id, Step::Logs, DecisionKind::Skipped, reason)
        .await
        .expect("decided");
    id
}

async fn taken(site: &Site, cookie: &str, path: &str) -> Answer {
    let answer = site.get(path, cookie, "en").await;
    assert_eq!(answer.status, 200, "{path}");
    assert!(answer.headers["content-disposition"].to_str().is_ok_and(|how| how.starts_with("attachment")), "{path}");
    answer
}

#[tokio::test]
async fn the_file_is_whole_by_itself_and_runs_nothing() {
    let site = Site::with_people().await;
    let (id, cookie) = (hostile(&site).await, site.log_in("viewer").await);
    let file = taken(&site, &cookie, &format!("/incidents/{id}/report.html")).await;
    assert_eq!((file.count("script"), file.count("link, img, iframe, object, form"), file.count("style")), (0, 0, 1));
    assert_eq!(file.count("[style], [onclick]"), 0);
    let page = Html::parse_document(&file.body);
    let all = |selector: &str, attribute: &str| -> Vec<String> {
        let selector = Selector::parse(selector).expect("selector");
        page.select(&selector).filter_map(|found| found.attr(attribute).map(str::to_owned)).collect()
    };
    for used in all("[href]", "href") {
        assert!(used.starts_with('#'), "without a known address it leads nowhere else: {used}");
    }
    let symbols = all("use", "href");
    assert!(!symbols.is_empty() && symbols.iter().all(|symbol| file.count(symbol) == 1), "{symbols:?}");
    let policy = &all("meta[http-equiv]", "content")[0];
    let style =
        file.body.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next()).expect("a style sheet");
    let hash = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        <sha2::Sha256 as sha2::Digest>::digest(style.as_bytes()),
    );
    let style_src = format!("style-src 'sha256-{hash}'");
    assert_eq!(*policy, format!("default-src 'none'; {style_src}; img-src data:; base-uri 'none'; form-action 'none'"));
    assert!(file.body.contains("&lt;script&gt;") || file.body.contains("&#60;script&#62;"), "what was typed is there");
    assert!(style.contains("@top-left { content: \"INC-0001 · "), "the margins of its sheets");
    assert!(!style.contains("url(") && !style.contains("@import"), "the style sheet loads nothing");
}

#[tokio::test]
async fn a_spreadsheet_takes_no_name_for_a_formula() {
    let site = Site::with_people().await;
    let (id, cookie) = (hostile(&site).await, site.log_in("viewer").await);
    let csv = taken(&site, &cookie, "/incidents.csv").await.body;
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 2, "{csv}");
    assert!(lines[0].starts_with("\u{feff}incident,kind,state,cluster,"), "{csv}");
    assert!(lines[1].starts_with(&format!("{},drill,declared,'=cmd|' /C calc'!A0,n1,", id.label())), "{csv}");
    for (filter, rows) in [("?kind=drill", 2), ("?kind=real", 1), ("?q=nothing+fits", 1), ("?state=declared", 2)] {
        let csv = taken(&site, &cookie, &format!("/incidents.csv{filter}")).await.body;
        assert_eq!(csv.lines().count(), rows, "{filter}: {csv}");
    }
    let list = site.get("/incidents?kind=drill", &cookie, "en").await;
    assert_eq!(list.count("a[href='/incidents.csv?kind=drill']"), 1, "the list offers what it shows");
}
