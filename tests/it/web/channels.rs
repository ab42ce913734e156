//! People are told: through servers on loopback that check what they are sent, and the page on which channels are kept.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use http::{HeaderMap, StatusCode, Uri};
use nodedown::commands::closures::CloseIncident;
use nodedown::commands::incidents::OpenIncident;
use nodedown::commands::{Caller, closures, clusters, incidents, openings, proposals};
use nodedown::domain::cluster::parse_nodes;
use nodedown::domain::id::{ChannelId, ClusterId, IncidentId, ProposalId};
use nodedown::domain::look::LookState;
use nodedown::domain::notice::NoticeState;
use nodedown::domain::on_silence::OnSilence;
use nodedown::domain::proposal::{Seen, Sign};
use nodedown::domain::time::Timestamp;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::site::{Answer, Site, encoded};

/// What a robot was sent.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    query: String,
    headers: HeaderMap,
    pub(super) body: String,
}

/// A robot that keeps what it is sent and answers as it is told.
pub(super) struct Robot {
    pub(super) address: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    answers: Arc<Mutex<(StatusCode, String)>>,
    _tasks: JoinSet<()>,
}

type Shared = (Arc<Mutex<Vec<Heard>>>, Arc<Mutex<(StatusCode, String)>>);

async fn hear(
    State((heard, answers)): State<Shared>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, String) {
    let query = uri.query().unwrap_or_default().to_owned();
    heard.lock().expect("heard").push(Heard { query, headers, body });
    answers.lock().expect("answers").clone()
}

impl Robot {
    pub(super) async fn new() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("listener");
        let address = format!("http://{}/hook", listener.local_addr().expect("address"));
        let shared: Shared = (Arc::default(), Arc::new(Mutex::new((StatusCode::OK, r#"{"errcode":0}"#.to_owned()))));
        let router = Router::new().route("/hook", post(hear)).with_state(shared.clone());
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { axum::serve(listener, router).await.expect("serves") });
        Self { address, heard: shared.0, answers: shared.1, _tasks: tasks }
    }

    pub(super) fn answers(&self, status: u16, body: &str) {
        *self.answers.lock().expect("answers") = (StatusCode::from_u16(status).expect("status"), body.to_owned());
    }

    pub(super) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().expect("heard").clone()
    }

    /// The texts that a DingTalk robot was sent.
    pub(super) fn texts(&self) -> Vec<String> {
        let text = |heard: Heard| {
            let body: Value = serde_json::from_str(&heard.body).expect("JSON");
            body["markdown"]["text"].as_str().expect("text").to_owned()
        };
        self.heard().into_iter().map(text).collect()
    }
}

/// Puts an address where channels find it.
pub(super) fn keep(site: &Site, name: &str, content: &str) {
    let folder = site.folder.path().join("credentials");
    std::fs::create_dir_all(&folder).expect("folder");
    std::fs::write(folder.join(name), content).expect("file");
}

pub(super) async fn add(site: &Site, cookie: &str, more: &[(&str, &str)]) -> Answer {
    let mut pairs = vec![("lang", "en"), ("active", "yes")];
    if !more.iter().any(|(name, _)| *name == "news") {
        pairs.extend(
            ["proposed", "opened", "cause", "lead", "impact_over", "closed", "reopened", "signed"]
                .map(|news| ("news", news)),
        );
    }
    pairs.extend(more);
    site.post("/channels", cookie, &encoded(&pairs)).await
}

pub(super) async fn cluster(site: &Site) -> ClusterId {
    let nodes = parse_nodes("192.0.2.1:8848").expect("an address");
    let lead = Caller::new("lead");
    clusters::create(&site.app.commands, &lead, "prod-hz", nodes, Vec::new(), 1000).await.expect("cluster").id
}

pub(super) async fn open(site: &Site, cluster: ClusterId, drill: bool) -> IncidentId {
    let open = OpenIncident { cluster, node: None, drill, note: String::new() };
    incidents::open_alone(&site.app.commands, &Caller::new("operator"), open).await.expect("incident")
}

/// Everything that is due is sent.
pub(super) async fn told(site: &Site) {
    site.app.notifier.step().await.expect("the notifier works");
    while site.app.notifier.is_sending() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

async fn states(site: &Site, channel: ChannelId) -> Vec<NoticeState> {
    let notices = site.app.store.read().notices(channel).await.expect("notices");
    notices.into_iter().rev().map(|notice| notice.state).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_robot_is_told_what_happens_signed_and_once() {
    let site = Site::with(Some("https://ops.example/nodedown")).await.peopled().await;
    let (robot, admin, cluster) = (Robot::new().await, site.log_in("admin").await, cluster(&site).await);
    let before = open(&site, cluster, false).await;
    keep(&site, "ops", &format!("{}?access_token=0123456789abcdef\nSECsecret-of-signature\n", robot.address));
    let added = add(&site, &admin, &[("name", "ops"), ("kind", "ding_talk"), ("reference", "file:ops")]).await;
    assert_eq!(
        (added.status, added.location()),
        (StatusCode::SEE_OTHER, "/nodedown/channels?said=saved"),
        "{}",
        added.body
    );
    told(&site).await;
    assert!(robot.heard().is_empty(), "what happened before is not told");

    let close = CloseIncident { recovered: false, reason: "handed to the vendor".to_owned(), stable_ms: 600_000 };
    closures::close(&site.app.commands, &Caller::new("operator"), before, &close).await.expect("closed");
    open(&site, cluster, true).await;
    told(&site).await;
    told(&site).await;
    let texts = robot.texts();
    assert_eq!(texts.len(), 1, "once, and no drill: {texts:?}");
    for part in ["INC-0001 closed: prod-hz", "has not recovered", "handed to the vendor", "Lead: operator"] {
        assert!(texts[0].contains(part), "{}", texts[0]);
    }
    assert!(texts[0].contains("(https://ops.example/nodedown/incidents/1)"), "{}", texts[0]);
    let heard = &robot.heard()[0];
    assert!(heard.query.contains("timestamp=1795312345000&sign="), "{}", heard.query);
    assert!(heard.headers.contains_key("idempotency-key"));
    let page = site.get("/nodedown/channels", &admin, "en").await;
    assert!(page.texts("#channel-1 .badge")[0].contains("Works"), "{}", page.body);
    assert!(!page.body.contains("0123456789abcdef") && !page.body.contains("SECsecret"), "the address is a secret");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_taken_waits_is_shown_and_can_be_sent_again() {
    let site = Site::with_people().await;
    let (robot, dead, admin) = (Robot::new().await, Robot::new().await, site.log_in("admin").await);
    let cluster = cluster(&site).await;
    keep(&site, "ops", &robot.address);
    keep(&site, "dead", &dead.address);
    for (name, reference) in [("ops", "file:ops"), ("dead", "file:dead"), ("gone", "file:gone")] {
        let added = add(&site, &admin, &[("name", name), ("kind", "ding_talk"), ("reference", reference)]).await;
        assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
    }
    robot.answers(503, "busy");
    dead.answers(200, r#"{"errcode":310000,"errmsg":"sign not match"}"#);
    open(&site, cluster, false).await;
    told(&site).await;
    let channel = |id: i64| ChannelId(id);
    assert_eq!(states(&site, channel(1)).await, [NoticeState::Waiting], "it may be taken later");
    assert_eq!(states(&site, channel(2)).await, [NoticeState::Refused]);
    assert_eq!(
        states(&site, channel(3)).await,
        [NoticeState::Waiting],
        "its address may be there after the next deployment"
    );
    let page = site.get("/channels", &admin, "en").await;
    assert!(page.texts("#channel-2 .banner.fail")[0].contains("sign not match"), "{}", page.body);
    assert!(page.texts("#channel-1 .banner.fail")[0].contains("HTTP 503"), "{}", page.body);
    assert_eq!(robot.heard().len(), 1);
    told(&site).await;
    assert_eq!(robot.heard().len(), 1, "not at once again");

    dead.answers(200, r#"{"errcode":0}"#);
    let again = site.post("/channels/2/resend", &admin, "").await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.body);
    told(&site).await;
    assert_eq!(states(&site, channel(2)).await, [NoticeState::Sent]);
    let keys: Vec<_> = dead.heard().iter().map(|heard| heard.headers["idempotency-key"].clone()).collect();
    assert_eq!((keys.len(), &keys[0]), (2, &keys[1]), "the same message has the same key");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_one_message_and_a_channel_carries_what_it_is_for() {
    let site = Site::with_people().await;
    let (robot, hook, admin) = (Robot::new().await, Robot::new().await, site.log_in("admin").await);
    let cluster = cluster(&site).await;
    keep(&site, "ops", &robot.address);
    keep(&site, "hook", &format!("{}\nkey of the webhook", hook.address));
    add(&site, &admin, &[("name", "ops"), ("kind", "ding_talk"), ("reference", "file:ops")]).await;
    let only = [("name", "hook"), ("kind", "webhook"), ("reference", "file:hook"), ("news", "closed")];
    add(&site, &admin, &only).await;
    for _ in 0..5 {
        let id = open(&site, cluster, false).await;
        let close = CloseIncident { recovered: false, reason: "a test of alarms".to_owned(), stable_ms: 600_000 };
        closures::close(&site.app.commands, &Caller::new("operator"), id, &close).await.expect("closed");
    }
    told(&site).await;
    let texts = robot.texts();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].contains("nodedown: 10 messages") && texts[0].contains("INC-0005 closed"), "{}", texts[0]);
    let heard = hook.heard();
    let body: Value = serde_json::from_str(&heard[0].body).expect("JSON");
    let news: Vec<&str> =
        body["notices"].as_array().expect("notices").iter().filter_map(|one| one["news"].as_str()).collect();
    assert_eq!(news, ["closed"; 5]);
    assert!(heard[0].headers["x-nodedown-signature"].to_str().expect("text").starts_with("sha256="));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_message_shows_what_was_answered_and_mistakes_are_said_at_their_fields() {
    let site = Site::with_people().await;
    let (robot, admin, lead) = (Robot::new().await, site.log_in("admin").await, site.log_in("lead").await);
    assert_eq!(site.get("/channels", &lead, "en").await.status, StatusCode::FORBIDDEN);
    keep(&site, "ops", &robot.address);
    let secret = "https://oapi.dingtalk.example/robot/send?access_token=abcdef";
    let wrong = add(&site, &admin, &[("name", "ops"), ("kind", "slack"), ("reference", secret)]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!wrong.body.contains("abcdef"), "an address that was typed is not sent back");
    for (field, value, says) in [
        ("reference", "file:/etc/passwd", "credentials"),
        ("quiet_from", "22:00", "both times"),
        ("name", "", "needed"),
    ] {
        let mut pairs = vec![("kind", "slack")];
        pairs.extend([("name", "ops"), ("reference", "file:ops")].into_iter().filter(|(name, _)| *name != field));
        pairs.push((field, value));
        let wrong = add(&site, &admin, &pairs).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        let errors = wrong.texts(".error").join(" ");
        assert!(errors.contains(says) || field == "name" && !errors.trim().is_empty(), "{field}: {errors}");
    }
    let quiet = [("quiet_from", "22:00"), ("quiet_until", "07:30"), ("zone", "Nowhere/City")];
    let named = [("name", "ops"), ("kind", "slack"), ("reference", "file:ops")];
    let wrong = add(&site, &admin, &[named.as_slice(), &quiet].concat()).await;
    assert!(wrong.texts(".error").join(" ").contains("Nowhere/City"), "{}", wrong.body);

    assert_eq!(add(&site, &admin, &named).await.status, StatusCode::SEE_OTHER);
    robot.answers(404, "no_service");
    let tested = site.post("/channels/1/test", &admin, "").await;
    assert!(tested.texts("#channel-1 .banner.fail")[0].contains("HTTP 404 · no_service"), "{}", tested.body);
    robot.answers(200, "ok");
    let tested = site.post("/channels/1/test", &admin, "").await;
    assert_eq!(tested.count("#channel-1 .banner.ok"), 1, "{}", tested.body);
    assert!(robot.heard()[1].body.contains("test message"));
    let log = site.get("/audit-log", &admin, "en").await;
    assert!(log.body.contains("Channel added"), "{}", log.body);
    assert_eq!(site.post("/channels/1/deletion", &admin, "").await.status, StatusCode::SEE_OTHER);
    assert!(site.app.store.read().channels().await.expect("channels").is_empty());
}

/// Looks say since that moment that the only node is silent.
async fn proposed(site: &Site, cluster: ClusterId, since: Timestamp) {
    let cluster = site.app.store.read().cluster(cluster).await.expect("cluster").expect("one");
    let silent = vec![Sign { node: cluster.nodes[0].name.clone(), since, begun: true }];
    let seen = Seen { silent, state: LookState::Down, answers: std::collections::BTreeMap::new(), up_since: None };
    openings::follow(&site.app.commands, &cluster, &seen, OnSilence::Propose).await.expect("proposed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_proposed_is_told_with_a_link_to_the_cluster() {
    let site = Site::with(Some("https://ops.example/nodedown")).await.peopled().await;
    let (robot, hook, admin) = (Robot::new().await, Robot::new().await, site.log_in("admin").await);
    let cluster = cluster(&site).await;
    keep(&site, "ops", &robot.address);
    keep(&site, "hook", &format!("{}\nkey of the webhook", hook.address));
    let zh = [("name", "ops"), ("kind", "ding_talk"), ("reference", "file:ops"), ("lang", "zh-CN")];
    add(&site, &admin, &zh).await;
    add(&site, &admin, &[("name", "hook"), ("kind", "webhook"), ("reference", "file:hook"), ("news", "proposed")])
        .await;
    robot.answers(503, "busy");
    proposed(&site, cluster, site.app.commands.clock().now().plus_millis(-30_000)).await;
    told(&site).await;
    assert_eq!(states(&site, ChannelId(1)).await, [NoticeState::Waiting], "what is not taken is tried again");
    let page = site.get("/nodedown/channels", &admin, "en").await;
    assert!(page.texts("#channel-1 .banner.fail")[0].contains("HTTP 503"), "{}", page.body);
    assert_eq!(page.count("#channel-1 li a[href='/nodedown/clusters/1']"), 1, "{}", page.body);
    let text = &robot.texts()[0];
    for part in ["prod-hz：有应答的节点过少，192.0.2.1 无应答", "192.0.2.1 自", "起未应答巡检", "无人处理"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.contains("(https://ops.example/nodedown/clusters/1)"), "{text}");
    let body: Value = serde_json::from_str(&hook.heard()[0].body).expect("JSON");
    let notice = &body["notices"][0];
    assert_eq!((&notice["news"], &notice["cluster"]), (&Value::from("proposed"), &Value::from("prod-hz")));
    assert_eq!((&notice["state"], &notice["ended"]), (&Value::from("down"), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_sent_late_says_what_became_of_what_was_proposed() {
    let site = Site::with_people().await;
    let (robot, admin) = (Robot::new().await, site.log_in("admin").await);
    let cluster = cluster(&site).await;
    keep(&site, "ops", &robot.address);
    add(&site, &admin, &[("name", "ops"), ("kind", "ding_talk"), ("reference", "file:ops")]).await;
    robot.answers(200, r#"{"errcode":310000,"errmsg":"sign not match"}"#);
    proposed(&site, cluster, site.app.commands.clock().now().plus_millis(-30_000)).await;
    told(&site).await;
    assert_eq!(states(&site, ChannelId(1)).await, [NoticeState::Refused]);
    assert!(robot.texts()[0].contains("Nobody is on it") && robot.texts()[0].contains("has not answered"));
    let operator = Caller::new("operator");
    proposals::dismiss(&site.app.commands, &operator, ProposalId(1), "new disks").await.expect("dismissed");
    robot.answers(200, r#"{"errcode":0}"#);
    site.post("/channels/1/resend", &admin, "").await;
    told(&site).await;
    let late = &robot.texts()[1];
    assert!(late.contains("operator said that it is not an incident") && late.contains("did not answer"), "{late}");
    assert!(!late.contains("Nobody is on it") && !late.contains("has not answered"), "{late}");
}

#[tokio::test(flavor = "multi_thread")]
async fn quiet_hours_put_off_what_is_proposed_and_a_new_channel_is_told_nothing_of_before() {
    let site = Site::with_people().await;
    let (robot, admin) = (Robot::new().await, site.log_in("admin").await);
    let cluster = cluster(&site).await;
    keep(&site, "ops", &robot.address);
    let now = site.app.commands.clock().now();
    let at = |hours: i64| now.plus_millis(hours * 3_600_000).in_zone(&jiff::tz::TimeZone::UTC)[11..16].to_owned();
    let (from, until) = (at(-1), at(1));
    let quiet = [("quiet_from", from.as_str()), ("quiet_until", &until), ("zone", "UTC"), ("unless", "sev1")];
    let ops = [("kind", "ding_talk"), ("reference", "file:ops")];
    let added = add(&site, &admin, &[&[("name", "ops")], ops.as_slice(), &quiet].concat()).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
    proposed(&site, cluster, now.plus_millis(-30_000)).await;
    let again = add(&site, &admin, &[&[("name", "now")], ops.as_slice()].concat()).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.body);
    told(&site).await;
    assert!(robot.heard().is_empty(), "nobody said how bad it is, so it waits");
    let notice = &site.app.store.read().notices(ChannelId(1)).await.expect("notices")[0];
    assert!(notice.due_at > now && notice.state == NoticeState::Waiting);
    assert!(site.app.store.read().notices(ChannelId(2)).await.expect("notices").is_empty());
}
