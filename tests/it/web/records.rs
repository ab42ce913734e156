//! Evidence, tables, records and exports of an incident on copied homes whose files are hostile.

use std::fs;
use std::path::Path;

use http::StatusCode;
use nodedown::commands::incidents::OpenIncident;
use nodedown::commands::{Caller, check_runs, clusters, incidents};
use nodedown::domain::check_run::RunEnd;
use nodedown::domain::cluster::{FileSource, NodeSpec};
use nodedown::domain::event::EventKind;
use nodedown::domain::finding::{Coverage, Outcome, Step};
use nodedown::domain::id::{IncidentId, NodeName};
use nodedown::domain::incident::DecisionKind;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::site::{Answer, Site};

const SCRIPT: &str = "<script>alert('x')</script>";
const SECRET: &str = "QWxsT3VyU2VjcmV0c0FyZVNhZmVBbmRTb3VuZEhlcmU=";

/// A copied home: plain work, then a line that wants to be markup and one that turns text around.
fn home(folder: &Path, members: &str, secret: &str) {
    fs::create_dir_all(folder.join("logs")).expect("folder");
    fs::create_dir_all(folder.join("conf")).expect("folder");
    let mut log = String::new();
    for second in 0..50 {
        log.push_str(&format!("2026-11-22 10:00:{second:02},000 INFO all is well {second}\n\n"));
    }
    log.push_str(&format!("2026-11-22 10:00:50,000 ERROR {SCRIPT} \u{202e}dne {}\n\n", "x".repeat(10_000)));
    log.push_str("2026-11-22 10:00:51,000 WARN the end\n\n");
    fs::write(folder.join("logs/nacos.log"), log).expect("log");
    fs::write(folder.join("conf/cluster.conf"), members).expect("conf");
    let properties = format!("nacos.core.auth.plugin.nacos.token.secret.key={secret}\nserver.port=8848\n");
    fs::write(folder.join("conf/application.properties"), properties).expect("properties");
}

/// An incident whose first three steps have run on three copied homes.
async fn incident(site: &Site, homes: &TempDir) -> IncidentId {
    let all = "10.0.0.1:8848\n10.0.0.2:8848\n10.0.0.3:8848\n";
    home(&homes.path().join("n1"), all, SECRET);
    home(&homes.path().join("n2"), all, SECRET);
    home(&homes.path().join("n3"), "10.0.0.1:8848\n10.0.0.2:8848\n", "QW5vdGhlclNlY3JldFRoYXRJc05vdFRoZVNhbWVPbmU=");
    let nodes = ["n1", "n2", "n3"]
        .map(|name| NodeSpec {
            name: NodeName::from(name),
            api: None,
            files: FileSource::Copied { home: homes.path().join(name) },
        })
        .to_vec();
    let commands = &site.app.commands;
    let cluster =
        clusters::create(commands, &Caller::new("admin"), "prod-hz", nodes, Vec::new(), 3000).await.expect("cluster");
    let open = OpenIncident {
        cluster: cluster.id,
        node: Some(NodeName::from("n3")),
        drill: false,
        note: format!("orders see no providers {SCRIPT}"),
    };
    let operator = Caller::new("operator");
    let id = incidents::open(commands, &operator, open).await.expect("incident");
    for step in [Step::Confirm, Step::Logs, Step::Config] {
        check_runs::start_step(commands, &operator, id, step).await.expect("runs");
        site.app.engine.run_pending().await.expect("the engine works");
    }
    let reason = format!("no way in {SCRIPT}");
    incidents::decide_step(commands, &operator, id, Step::Network, DecisionKind::Skipped, &reason)
        .await
        .expect("decided");
    id
}

fn assert_harmless(page: &Answer, path: &str) {
    assert_eq!(page.status, StatusCode::OK, "{path}");
    assert!(!page.body.contains("<script>alert"), "{path}: markup came through");
    assert!(!page.body.contains('\u{202e}'), "{path}: text is turned around");
    assert!(!page.body.contains(SECRET), "{path}: a secret is shown");
}

#[tokio::test]
async fn pages_of_a_record_have_their_words_and_take_no_markup() {
    let (site, homes) = (Site::with_people().await, tempfile::tempdir().expect("folder"));
    let id = incident(&site, &homes).await;
    let cookie = site.log_in("viewer").await;
    let below = |part: &str| format!("/incidents/{id}/{part}");
    let mut pages: Vec<String> = ["stops", "views", "members", "properties", "ports", "clients"]
        .map(|table| below(&format!("tables/{table}")))
        .to_vec();
    pages.extend(["timeline", "report", "evidence", "logs/n1", "logs/n1?level=ERROR&q=alert"].map(below));
    pages
        .extend(["merged-logs", "merged-logs?noise=1", "merged-logs?after=x", "merged-logs?before=1:0:0:x"].map(below));
    pages.extend(["logs/n1?file=logs%2Fnacos.log", "logs/n1?file=logs%2Fnacos.log&at=0&go=next&q=alert"].map(below));
    pages.extend(["/incidents", "/incidents?q=providers&kind=real", "/incidents?q=nothing+fits"].map(str::to_owned));
    pages.extend(["/help", "/help/findings/node.killed", "/help/signatures/C18", "/runbooks"].map(str::to_owned));
    pages.push("/runbooks/nacos-node-down".to_owned());
    let evidence = site.app.store.read().evidence_list(id).await.expect("evidence");
    assert!(evidence.len() >= 9, "three steps saw three homes");
    pages.extend(evidence.iter().map(|item| below(&format!("evidence/{}", item.id))));
    for path in &pages {
        for lang in ["zh-CN", "en"] {
            let page = site.get(path, &cookie, lang).await;
            assert_harmless(&page, path);
            assert_eq!(page.count("[style], [onclick], style, script:not([src])"), 0, "{path}");
            assert_eq!(page.count("h1"), 1, "{path} has one heading");
            let lacking = page.body.match_indices('‹').find(|(at, _)| !page.body[*at..].starts_with("‹U+"));
            assert!(lacking.is_none(), "{path} in {lang} lacks a text");
        }
    }
}

#[tokio::test]
async fn what_was_seen_in_part_says_so_wherever_its_outcome_stands() {
    let (site, homes) = (Site::with_people().await, tempfile::tempdir().expect("folder"));
    let id = incident(&site, &homes).await;
    let cookie = site.log_in("viewer").await;
    let runs = site.app.store.read().runs(id).await.expect("runs");
    let judged: Vec<_> = runs
        .iter()
        .filter_map(|run| match run.end()? {
            RunEnd::Judged { judgement } => Some((run, judgement)),
            _ => None,
        })
        .collect();
    for (run, judgement) in &judged {
        assert_eq!(judgement.seen, Coverage::without(&judgement.not_seen), "{}", run.check);
    }
    let partly: Vec<_> = judged.iter().filter(|(_, judgement)| judgement.seen == Coverage::Partly).collect();
    assert!(!partly.is_empty() && partly.len() < judged.len(), "{} of {}", partly.len(), judged.len());

    let faulty: Vec<_> = partly.iter().filter(|(_, judgement)| judgement.outcome >= Outcome::Warn).collect();
    assert!(faulty.len() < partly.len(), "some are in order as far as seen");
    let timeline = site.app.store.read().timeline(id).await.expect("timeline");
    let events = timeline.iter().filter(|event| {
        matches!(&event.kind, EventKind::CheckFinished { seen: Coverage::Partly, outcome: Some(_), .. })
    });
    assert_eq!(events.count(), partly.len());
    let json = site.get(&format!("/incidents/{id}/report.json"), &cookie, "en").await;
    let value: serde_json::Value = serde_json::from_str(&json.body).expect("JSON");
    // The list of what was not seen tells them from what could not be checked at all.
    let exceptions = value["exceptions"].as_array().expect("exceptions");
    let listed: Vec<_> = exceptions.iter().filter(|one| one["code"] == "partly_seen").collect();
    let checks: std::collections::BTreeSet<_> = partly.iter().map(|(run, _)| run.check.as_str()).collect();
    assert!(
        !listed.is_empty()
            && listed.iter().all(|one| one["check"].as_str().is_some_and(|check| checks.contains(check)))
    );
    for (lang, words) in [("en", "partly seen"), ("zh-CN", "只看到一部分")] {
        // The report holds the timeline as well, and the list.
        for (page, times, more) in [("timeline?only=checks", 1, 0), ("report.md", 2, listed.len())] {
            let body = site.get(&format!("/incidents/{id}/{page}"), &cookie, lang).await.body;
            let beside = body.matches(&format!(" · {words}")).count();
            assert_eq!(beside, times * faulty.len(), "{page} in {lang}: beside a fault");
            assert_eq!(
                body.to_lowercase().matches(words).count(),
                times * partly.len() + more,
                "{page} in {lang}: all of them"
            );
        }
    }
    let steps = value["steps"].as_array().expect("steps");
    let seen = steps.iter().flat_map(|step| step["results"].as_array().expect("results")).map(|one| &one["seen"]);
    assert_eq!(seen.filter(|seen| **seen == "partly").count(), partly.len());
    let codes = steps.iter().flat_map(|step| step["results"].as_array().expect("results")).map(|one| &one["code"]);
    assert_eq!(codes.filter(|code| **code == "partly_seen").count(), partly.len() - faulty.len());
    // What is in order as far as seen is nowhere shown as in order.
    let timeline = site.get(&format!("/incidents/{id}/timeline?only=checks"), &cookie, "en").await;
    assert!(timeline.texts(".tl > li").iter().all(|line| !line.contains("OK · partly seen")));
    // A card says it beside a fault; what is in order as far as seen has a word of its own.
    let faults = |step: Step| {
        let of_step = partly.iter().filter(|(run, judgement)| run.step == step && judgement.outcome >= Outcome::Warn);
        of_step.map(|(run, _)| run.check.as_str()).collect::<std::collections::BTreeSet<_>>().len()
    };
    for step in [Step::Confirm, Step::Logs, Step::Config] {
        let page = site.get(&format!("/incidents/{id}/steps/{}", step.number()), &cookie, "en").await;
        let badges = page.texts(".check .badge");
        let said = badges.iter().filter(|badge| badge.contains("· partly seen")).count();
        assert_eq!(said, faults(step), "{step:?}: {badges:?}");
    }
}

#[tokio::test]
async fn the_lines_of_all_nodes_stand_in_one_column_and_lead_to_their_files() {
    let (site, homes) = (Site::with_people().await, tempfile::tempdir().expect("folder"));
    let id = incident(&site, &homes).await;
    let cookie = site.log_in("viewer").await;
    let page = site.get(&format!("/incidents/{id}/merged-logs?noise=1"), &cookie, "en").await;
    assert_eq!(page.count(".merged-clocks li"), 3, "each node's clock is told");
    let lines = page.count(".merged > li");
    assert!(lines > 0 && page.count(".merged .raw[href*='/logs/n']") > 0, "{lines} lines");
    let step = site.get(&format!("/incidents/{id}/steps/2"), &cookie, "en").await;
    assert!(step.count("a[href$='/merged-logs']") > 0, "the step leads there");

    // A read that brings nothing takes no line away that an earlier one brought.
    fs::rename(homes.path().join("n1"), homes.path().join("elsewhere")).expect("moved");
    check_runs::start_step(&site.app.commands, &Caller::new("operator"), id, Step::Logs).await.expect("runs");
    site.app.engine.run_pending().await.expect("the engine works");
    let page = site.get(&format!("/incidents/{id}/merged-logs?noise=1"), &cookie, "en").await;
    assert_eq!(page.count(".merged > li"), lines, "{}", page.body);
    let clocks = page.texts(".merged-clocks li");
    let said: Vec<bool> = clocks.iter().map(|clock| clock.contains("newest logs could not be read")).collect();
    assert_eq!(said, [true, false, false], "{clocks:?}");
}

#[tokio::test]
async fn the_log_viewer_reads_the_real_file_and_no_other() {
    let (site, homes) = (Site::with_people().await, tempfile::tempdir().expect("folder"));
    let id = incident(&site, &homes).await;
    let cookie = site.log_in("viewer").await;
    let logs = format!("/incidents/{id}/logs/n1");
    let page = site.get(&format!("{logs}?file=logs%2Fnacos.log&place=start&n=100"), &cookie, "en").await;
    assert_eq!(
        page.texts(".log.file li a").first().map(String::as_str),
        Some("1"),
        "lines are numbered from the start"
    );
    assert_eq!(page.count("#L1"), 1);
    assert!(page.texts(".log.file").join(" ").contains("all is well 0"));
    let found = site.get(&format!("{logs}?file=logs%2Fnacos.log&at=0&go=next&q=the+end"), &cookie, "en").await;
    assert_eq!(found.texts(".log.file li.focus mark"), ["the end"]);
    let none = site.get(&format!("{logs}?file=logs%2Fnacos.log&at=0&go=next&q=no+such"), &cookie, "en").await;
    assert_eq!(none.count("[role=status]"), 1, "it says that there is none");
    for other in ["conf%2Fapplication.properties", "..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd"] {
        let page = site.get(&format!("{logs}?file={other}"), &cookie, "en").await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{other}");
    }
    fs::remove_dir_all(homes.path().join("n1")).expect("removed");
    let gone = site.get(&format!("{logs}?file=logs%2Fnacos.log"), &cookie, "en").await;
    assert_eq!(gone.status, StatusCode::OK);
    assert!(gone.count(".hitrow") > 0, "the stored samples stay");
}

#[tokio::test]
async fn tables_show_the_odd_one_and_never_a_secret() {
    let (site, homes) = (Site::with_people().await, tempfile::tempdir().expect("folder"));
    let id = incident(&site, &homes).await;
    let cookie = site.log_in("viewer").await;
    let members = site.get(&format!("/incidents/{id}/tables/members"), &cookie, "en").await;
    // It may break after its dots.
    assert!(
        members.texts("tr.odd-warn th[scope=row]")[0].replace(char::is_whitespace, "").starts_with("10.0.0.3:8848")
    );
    assert_eq!(members.texts(".diff .removed .sign"), ["-"]);
    let settings = site.get(&format!("/incidents/{id}/tables/properties"), &cookie, "en").await;
    let odd = settings.texts("td.c-fail");
    assert!(odd.iter().any(|text| text.contains("••••") && text.contains("different")), "{odd:?}");
    // The same tables stand beside the checks that filled them.
    let step = site.get(&format!("/incidents/{id}/steps/3"), &cookie, "en").await;
    assert_eq!(step.texts("#pane-members tr.odd-warn th[scope=row]"), members.texts("tr.odd-warn th[scope=row]"));
    assert_eq!(step.texts("#pane-properties td.c-fail"), odd);
    let not_run = site.get(&format!("/incidents/{id}/steps/5"), &cookie, "en").await;
    assert_eq!(not_run.count("#panes details"), 0, "a table of what nobody has looked at");
}

#[tokio::test]
async fn a_record_can_be_taken_along_and_checked() {
    let (site, homes) = (Site::with_people().await, tempfile::tempdir().expect("folder"));
    let id = incident(&site, &homes).await;
    let cookie = site.log_in("viewer").await;
    let report = site.get(&format!("/incidents/{id}/report"), &cookie, "en").await;
    let fourth = &report.texts("#steps tbody tr")[3];
    assert!(fourth.contains("Skipped") && fourth.contains("no way in"), "the skip is on page one: {fourth}");
    assert!(report.texts("#a-exceptions li").join(" ").contains("Step 4"), "and among the exceptions");
    let markdown = site.get(&format!("/incidents/{id}/report.md"), &cookie, "en").await;
    assert!(markdown.body.starts_with("# INC-0001") && markdown.body.contains("no way in &lt;script&gt;"));
    assert!(markdown.headers["content-disposition"].to_str().expect("text").contains("INC-0001.md"));
    let json = site.get(&format!("/incidents/{id}/report.json"), &cookie, "en").await;
    let value: serde_json::Value = serde_json::from_str(&json.body).expect("JSON");
    assert_eq!((&value["format"], &value["timeline_intact"]), (&"nodedown-record-2".into(), &true.into()));
    let item = &value["evidence"][0];
    let raw = site.get(&format!("/incidents/{id}/evidence/{}/raw", item["id"]), &cookie, "en").await;
    assert_eq!(item["sha256"], hex::encode(Sha256::digest(raw.body.as_bytes())), "the hash is that of the raw body");
    let other = site.get(&format!("/incidents/99/evidence/{}", item["id"]), &cookie, "en").await;
    assert_eq!(other.status, StatusCode::NOT_FOUND, "evidence belongs to its incident");
    let decisions = site.get(&format!("/incidents/{id}/timeline?only=decisions"), &cookie, "en").await;
    assert_eq!(decisions.count(".tl > li[id]"), 1);
}
