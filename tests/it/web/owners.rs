//! Owners of missing clients are told by themselves: through a robot on loopback, from what the rounds of an incident say.

use http::StatusCode;
use nodedown::commands::closures::CloseIncident;
use nodedown::commands::{Caller, channels as channel_commands, closures, diagnoses, owner_tellings, waivers};
use nodedown::domain::connected::ClientKey;
use nodedown::domain::diagnosis::{Diagnosis, Health, Standing, Trace};
use nodedown::domain::event::EventKind;
use nodedown::domain::id::{ChannelId, ClusterId, IncidentId, NodeName};
use nodedown::domain::message::Lang;
use nodedown::domain::owner_told::{Fate, OwnerSays};
use nodedown::domain::waiver::{ClientAway, ClientsAway};
use serde_json::Value;

use super::channels::{Robot, add, cluster, keep, open, told};
use super::site::{Site, encoded};

const MINUTE: i64 = 60_000;

fn key(n: u16) -> ClientKey {
    ClientKey { ip: format!("10.0.4.{n}"), app: Some("order".to_owned()), module: Some("naming".to_owned()) }
}

/// What a round says of clients: who is missing, each with how many minutes ago a look saw it last, and who is connected.
/// `None`: it could not see them.
type Clients<'a> = Option<(&'a [(u16, i64)], &'a [u16])>;

/// A round of an incident ends now.
async fn round(site: &Site, incident: IncidentId, clients: Clients<'_>) {
    let now = site.app.commands.clock().now();
    let away = |(n, minutes): &(u16, i64)| {
        let last = Some((NodeName::from("nacos-3"), now.plus_millis(-minutes * MINUTE)));
        ClientAway { key: key(*n), has: 0, had: 1, last, publishes: None }
    };
    let clients = clients.map(|(missing, here)| ClientsAway {
        since: now.plus_millis(-60 * MINUTE),
        missing: missing.iter().map(away).collect(),
        in_part: Vec::new(),
        not_known: 0,
        left_out: 0,
        has_gaps: false,
        no_longer: Vec::new(),
        back: Vec::new(),
        unheard: Vec::new(),
        here: here.iter().map(|n| key(*n)).collect(),
        services: Default::default(),
    });
    let diagnosis = Diagnosis {
        at: now,
        cluster: "prod-hz".to_owned(),
        health: Health::Degraded,
        failure_tolerance: None,
        causes: Vec::new(),
        findings: Vec::new(),
        could_not_run: Vec::new(),
        not_seen: Vec::new(),
        surer: Vec::new(),
        standing: Standing::default(),
        clients,
        counted: None,
        unread: Vec::new(),
        trace: Trace::default(),
    };
    diagnoses::save(&site.app.commands, incident, &diagnosis).await.expect("saved");
}

/// A site with a cluster, a DingTalk robot as the channel "order team", and an owner that names it.
async fn site(more: &[(&str, &str)]) -> (Site, Robot, String, ClusterId) {
    let site = Site::with(Some("https://ops.example/nodedown")).await.peopled().await;
    let (robot, admin, cluster) = (Robot::new().await, site.log_in("admin").await, cluster(&site).await);
    keep(&site, "orders", &robot.address);
    let form =
        [("name", "order team"), ("kind", "ding_talk"), ("reference", "file:orders"), ("news", "clients_missing")];
    let added = add(&site, &admin, &[form.as_slice(), more].concat()).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
    own(&site, &admin, cluster, "10.0.4.0/24 → orders, ext. 4412 | order team\n10.0.4.99 → ann").await;
    (site, robot, admin, cluster)
}

async fn own(site: &Site, cookie: &str, cluster: ClusterId, lines: &str) {
    let path = format!("/nodedown/clusters/{cluster}/client-owners");
    let saved = site.post(&path, cookie, &encoded(&[("owners", lines)])).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
}

/// What the timeline says that owners were told, or could not be.
async fn timeline(site: &Site, incident: IncidentId) -> Vec<(OwnerSays, u32, Option<String>)> {
    let events = site.app.store.read().timeline(incident).await.expect("timeline");
    let told = events.into_iter().filter_map(|event| match event.kind {
        EventKind::OwnerTold { says, clients, failed, .. } => Some((says, clients, failed)),
        _ => None,
    });
    told.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_gets_their_own_list_once_and_hears_when_all_are_back() {
    let (site, robot, admin, cluster) = site(&[]).await;
    let id = open(&site, cluster, false).await;
    round(&site, id, Some((&[(7, 4), (8, 3)], &[]))).await;
    told(&site).await;
    assert!(robot.heard().is_empty(), "they may only reconnect");
    site.clock.advance(MINUTE);
    round(&site, id, Some((&[(7, 5), (8, 4), (99, 5)], &[]))).await;
    told(&site).await;
    told(&site).await;
    let texts = robot.texts();
    assert_eq!(texts.len(), 1, "{texts:?}");
    for part in [
        "INC-0001 2 clients of yours are not back: prod-hz",
        "For: orders, ext. 4412",
        "10.0.4.7 order naming: last on nacos-3, ",
        "10.0.4.8 order naming",
        "(https://ops.example/nodedown/incidents/1/steps/5)",
    ] {
        assert!(texts[0].contains(part), "{part}: {}", texts[0]);
    }
    assert!(!texts[0].contains("10.0.4.99"), "of nobody else: {}", texts[0]);
    let page = site.get("/nodedown/incidents/1/waivers", &admin, "en").await;
    let says = page.texts("#missing .owner-told");
    assert!(says.len() == 1 && says[0].contains("through order team: 2 clients are missing"), "{says:?}");
    let page = site.get("/nodedown/incidents/1/waivers", &admin, "zh-CN").await;
    assert!(page.texts("#missing .owner-told")[0].contains("通过 order team 通知：2 个客户端未恢复"), "{}", page.body);

    // Another one, and one more: together, a quarter of an hour later. What gets shorter is not told.
    site.clock.advance(10 * MINUTE);
    round(&site, id, Some((&[(7, 15), (8, 14), (9, 6)], &[]))).await;
    told(&site).await;
    assert_eq!(robot.heard().len(), 1);
    site.clock.advance(5 * MINUTE);
    round(&site, id, Some((&[(7, 20), (9, 11), (10, 6)], &[8]))).await;
    told(&site).await;
    told(&site).await;
    let texts = robot.texts();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts[1].contains("3 clients of yours are not back, 2 of them new"), "{}", texts[1]);
    assert!(texts[1].contains("New: 10.0.4.9 order naming"), "{}", texts[1]);
    site.clock.advance(30 * MINUTE);
    round(&site, id, Some((&[(7, 50)], &[8, 9, 10]))).await;
    told(&site).await;
    round(&site, id, None).await;
    told(&site).await;
    assert_eq!(robot.heard().len(), 2, "a shorter list and a round that could not see them are no news");

    // One is waived, the others come back.
    round(&site, id, Some((&[(7, 50)], &[8, 9, 10]))).await;
    waivers::waive(&site.app.commands, &Caller::new("operator"), id, "10.0.4.7", "switched off").await.expect("waived");
    told(&site).await;
    told(&site).await;
    let texts = robot.texts();
    assert_eq!(texts.len(), 3, "{texts:?}");
    let last = &texts[2];
    assert!(last.contains("no client of yours is waited for any more"), "one is not back: {last}");
    assert!(last.contains("nobody waits for them: 1") && last.contains(": 3"), "{last}");
    let said = timeline(&site, id).await;
    let expected = [(OwnerSays::Missing, 2, None), (OwnerSays::More, 3, None), (OwnerSays::Back, 4, None)];
    assert_eq!(said, expected);
    let line = site.get("/nodedown/incidents/1/timeline", &admin, "en").await.texts(".tl").concat();
    assert!(line.contains("Told orders, ext. 4412 through order team"), "{line}");
    let page = site.get("/nodedown/incidents/1/waivers", &admin, "en").await;
    assert_eq!(page.count("#owners-told .owner-told"), 3, "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_looks_at_once_and_a_new_start_tell_nothing_twice() {
    let (site, robot, _, cluster) = site(&[]).await;
    let id = open(&site, cluster, false).await;
    round(&site, id, Some((&[(7, 9)], &[]))).await;
    let all = site.app.store.read().channels().await.expect("channels");
    let follow = || owner_tellings::follow(&site.app.commands, &all);
    let (one, other, third) = tokio::join!(follow(), follow(), follow());
    assert_eq!(one.expect("works") + other.expect("works") + third.expect("works"), 1);
    let (one, other) = tokio::join!(site.app.notifier.step(), site.app.notifier.step());
    one.and(other).expect("the notifier works");
    told(&site).await;
    assert_eq!(robot.heard().len(), 1);
    let Site { app, folder, .. } = site;
    drop(app);
    let site = Site::again_on(folder).await;
    round(&site, id, Some((&[(7, 9)], &[]))).await;
    told(&site).await;
    assert_eq!(robot.heard().len(), 1, "what was told stands in the database");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_taken_is_tried_again_shown_and_brought_up_to_date() {
    let (site, robot, admin, cluster) = site(&[]).await;
    let id = open(&site, cluster, false).await;
    robot.answers(503, "busy");
    round(&site, id, Some((&[(7, 9)], &[]))).await;
    told(&site).await;
    let page = site.get("/nodedown/incidents/1/waivers", &admin, "en").await;
    let says = page.texts("#missing .owner-told").concat();
    assert!(says.contains("Not told yet: sending through order team failed") && says.contains("HTTP 503"), "{says}");
    assert!(timeline(&site, id).await.is_empty(), "it is not given up");
    robot.answers(200, r#"{"errcode":0}"#);
    site.clock.advance(MINUTE);
    round(&site, id, Some((&[(7, 10), (8, 2)], &[]))).await;
    told(&site).await;
    assert!(robot.texts()[1].contains("2 clients of yours are not back"), "{:?}", robot.texts());

    // The next one is refused for good: it is in the timeline, and can be sent again, as it is then.
    robot.answers(200, r#"{"errcode":310000,"errmsg":"sign not match"}"#);
    site.clock.advance(20 * MINUTE);
    round(&site, id, Some((&[(7, 30), (8, 22), (9, 9)], &[]))).await;
    told(&site).await;
    told(&site).await;
    let said = timeline(&site, id).await;
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[1].2.as_ref().is_some_and(|answer| answer.contains("sign not match")), "{said:?}");
    let page = site.get("/nodedown/incidents/1/waivers", &admin, "en").await;
    let says = page.texts("#missing .owner-told").concat();
    assert!(says.contains("Not told: sending through order team failed") && says.contains("sign not match"), "{says}");
    let line = site.get("/nodedown/incidents/1/timeline", &admin, "en").await.texts(".tl").concat();
    assert!(line.contains("Could not tell orders, ext. 4412 through order team"), "{line}");
    robot.answers(200, r#"{"errcode":0}"#);
    round(&site, id, Some((&[(8, 22), (9, 9)], &[7]))).await;
    let again = site.post("/nodedown/channels/1/resend", &admin, "").await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    told(&site).await;
    let last = robot.texts().pop().expect("one");
    assert!(last.contains("10.0.4.9") && !last.contains("10.0.4.7"), "{last}");
    assert_eq!(timeline(&site, id).await.pop(), Some((OwnerSays::More, 2, None)));
}

#[tokio::test(flavor = "multi_thread")]
async fn quiet_hours_put_it_off_and_what_is_over_by_then_is_not_told() {
    let noon = |hours: i64| {
        let at = nodedown::domain::time::Timestamp::from_millis(1_795_312_345_000 + hours * 3_600_000);
        at.in_zone(&jiff::tz::TimeZone::UTC)[11..16].to_owned()
    };
    let (from, until) = (noon(-1), noon(1));
    let quiet = [("quiet_from", from.as_str()), ("quiet_until", &until), ("zone", "UTC")];
    let (site, robot, admin, cluster) = site(&quiet).await;
    let id = open(&site, cluster, false).await;
    round(&site, id, Some((&[(7, 9)], &[]))).await;
    told(&site).await;
    let page = site.get("/nodedown/incidents/1/waivers", &admin, "en").await;
    assert!(page.texts("#missing .owner-told").concat().contains("is due"), "{}", page.body);
    round(&site, id, Some((&[], &[7]))).await;
    told(&site).await;
    site.clock.advance(120 * MINUTE);
    told(&site).await;
    assert!(robot.heard().is_empty(), "nobody is woken for what is over");
    let tellings = site.app.store.read().owner_tellings(id).await.expect("tellings");
    assert_eq!(tellings.iter().map(|one| &one.fate).collect::<Vec<_>>(), [&Fate::Dropped]);
    round(&site, id, Some((&[(7, 9)], &[]))).await;
    told(&site).await;
    assert_eq!(robot.heard().len(), 1, "away again, by day");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_incident_says_so_once_and_drills_and_others_say_nothing() {
    let (site, robot, _, cluster) = site(&[("drills", "yes")]).await;
    let drill = open(&site, cluster, true).await;
    round(&site, drill, Some((&[(7, 9)], &[]))).await;
    told(&site).await;
    assert!(robot.heard().is_empty(), "nobody is called for a drill");
    let id = open(&site, cluster, false).await;
    round(&site, id, Some((&[(7, 9), (8, 9)], &[]))).await;
    told(&site).await;
    round(&site, id, Some((&[(7, 9)], &[8]))).await;
    let close = CloseIncident { recovered: false, reason: "handed on".to_owned(), stable_ms: 600_000 };
    closures::close(&site.app.commands, &Caller::new("operator"), id, &close).await.expect("closed");
    told(&site).await;
    told(&site).await;
    let texts = robot.texts();
    assert_eq!(texts.len(), 2, "{texts:?}");
    let last = &texts[1];
    assert!(last.contains("closed, 1 client of yours is not known to be back") && last.contains("10.0.4.7"), "{last}");
    assert!(last.contains("does not follow these clients any more") && last.contains("Connected again"), "{last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_deleted_or_for_other_news_is_said_on_the_page_of_owners() {
    let (site, robot, admin, cluster) = site(&[]).await;
    let path = format!("/nodedown/clusters/{cluster}/client-owners");
    let page = site.get(&path, &admin, "en").await;
    assert!(page.body.contains("10.0.4.0/24 → orders, ext. 4412 | order team"), "{}", page.body);
    assert!(page.texts("#told li")[0].contains("Will be told"), "{}", page.body);
    let wrong = site.post(&path, &admin, &encoded(&[("owners", "order → a | nobody")])).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.texts("#owners-error")[0].contains("Line 1: No channel has the name"), "{}", wrong.body);
    let all = site.app.store.read().channels().await.expect("channels");
    let mut other = all[0].0.clone();
    other.rules.news = [nodedown::domain::channel::News::Closed].into();
    channel_commands::change(&site.app.commands, &Caller::new("admin"), other).await.expect("changed");
    assert!(site.get(&path, &admin, "en").await.texts("#told li")[0].contains("Channel leaves it out"));
    let id = open(&site, cluster, false).await;
    round(&site, id, Some((&[(7, 9)], &[]))).await;
    told(&site).await;
    assert!(robot.heard().is_empty(), "a channel carries what it is for");
    assert_eq!(site.post("/nodedown/channels/1/deletion", &admin, "").await.status, StatusCode::SEE_OTHER);
    let page = site.get(&path, &admin, "en").await;
    assert!(page.texts("#told li")[0].contains("order team Channel was deleted"), "{:?}", page.texts("#told li"));
    assert!(page.body.contains("10.0.4.0/24 → orders, ext. 4412") && !page.body.contains("4412 |"), "{}", page.body);
    let audit = site.get("/nodedown/audit-log", &admin, "en").await;
    assert!(audit.body.contains("ext. 4412 | order team"), "what an owner names is in the audit log");
    told(&site).await;
    assert!(robot.heard().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_a_message_of_its_own_with_so_many_lines_and_no_secret() {
    let (site, robot, admin, cluster) = site(&[("lang", "zh-CN")]).await;
    let lines: Vec<String> = (0..4).map(|n| format!("10.0.4.{}/26 → team {n} | order team", n * 64)).collect();
    own(&site, &admin, cluster, &lines.join("\n")).await;
    let id = open(&site, cluster, false).await;
    let many: Vec<(u16, i64)> = (0..60).chain([70, 130, 200]).map(|n| (n, 9)).collect();
    round(&site, id, Some((&many, &[]))).await;
    told(&site).await;
    assert_eq!(robot.texts().len(), 4, "a list is no line of a digest");
    let text = robot.texts().into_iter().find(|text| text.contains("维护人：team 0")).expect("a message");
    assert!(text.contains("你方 60 个客户端未恢复：prod-hz") && text.contains("……另有 40 个"), "{text}");
    assert_eq!(text.matches("最后连接在 nacos-3").count(), 20, "{text}");
    let mut other = site.app.store.read().channels().await.expect("channels")[0].0.clone();
    (other.kind, other.lang) = (nodedown::domain::channel::ChannelKind::Webhook, Lang::En);
    channel_commands::change(&site.app.commands, &Caller::new("admin"), other).await.expect("changed");
    waivers::waive(&site.app.commands, &Caller::new("operator"), id, "10.0.4.0/24", "gone").await.expect("waived");
    told(&site).await;
    let heard = robot.heard();
    let bodies = heard[4..].iter().map(|heard| serde_json::from_str::<Value>(&heard.body).expect("JSON"));
    let notices: Vec<Value> = bodies.map(|body| body["notices"][0].clone()).collect();
    let notice = notices.iter().find(|one| one["owner"] == "team 0").expect("one");
    assert_eq!((&notice["says"], &notice["waived"]), (&Value::from("back"), &Value::from(60)), "{notice}");
    let notices = site.app.store.read().notices(ChannelId(1)).await.expect("notices");
    assert_eq!(notices.len(), 8);
    let page = site.get("/nodedown/channels", &admin, "en").await;
    assert_eq!(page.count("#channel-1 li a[href='/nodedown/incidents/1/steps/5']"), 8, "{}", page.body);
}
