//! The watcher: what it asks, what it keeps, and what pages show of it.

use nodedown::commands::closures::CloseIncident;
use nodedown::commands::incidents::OpenIncident;
use nodedown::commands::{self, Caller};
use nodedown::domain::cluster::FileSource;
use nodedown::domain::code::Code;
use nodedown::domain::event::{Event, EventKind};
use nodedown::domain::evidence::Vantage;
use nodedown::domain::finding::Step;
use nodedown::domain::id::{ClusterId, IncidentId};
use nodedown::domain::incident::DecisionKind;
use nodedown::domain::look::{Grain, Kept, LookState};
use nodedown::domain::message::Lang;
use nodedown::domain::time::{Clock as _, Timestamp};
use nodedown::domain::user::Role;
use nodedown::locale;
use nodedown::store::evidence::EvidenceItem;
use scraper::{Html, Selector};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use crate::support::world::Behaviour;
use crate::support::{TestApp, run_app, texts};

const EVER: Timestamp = Timestamp::from_millis(0);

fn now(app: &TestApp) -> Timestamp {
    use nodedown::domain::time::Clock as _;
    app.clock.now().plus_millis(1)
}

/// So many looks, five seconds apart.
async fn looks(app: &TestApp, count: usize) {
    for _ in 0..count {
        app.clock.advance_s(5);
        app.look_around().await;
    }
}

#[test]
fn a_look_asks_a_node_four_times_at_most_and_says_how_the_cluster_stands() {
    run_app(async |app| {
        app.world.set("n3", Behaviour::Up);
        let cluster = app.cluster().await.id;
        app.world.connect("n1", 3);
        let (mut most, mut published, mut beating) = (0, 0, 0);
        for _ in 0..6 {
            looks(app, 1).await;
            let (lists, asked): (Vec<_>, Vec<_>) =
                app.world.asked().into_iter().partition(|(_, path)| path.contains("/ns/client/"));
            published += lists.iter().filter(|(_, path)| path.contains("publish/list")).count();
            beating += lists.iter().filter(|(_, path)| path.ends_with("client/list")).count();
            for node in ["n1", "n2", "n3"] {
                most = most.max(asked.iter().filter(|(name, _)| name.0 == node).count());
            }
        }
        assert_eq!(most, 4, "requests a node a look");
        assert_eq!(published, 3, "beside that, what each connection publishes is asked once");
        assert_eq!(beating, 3, "and each node once which clients send heartbeats");
        let named = app.read().clients_seen(cluster, EVER).await.expect("clients");
        assert_eq!(named.len(), 3, "who is connected is in what is asked anyway");
        app.world.set("n3", Behaviour::Stopped);
        looks(app, 1).await;
        let of_dead = app.world.asked().iter().filter(|(name, _)| name.0 == "n3").count();
        assert_eq!(of_dead, 2, "one that is silent is asked no more than whether it lives");
        app.world.set("n2", Behaviour::Hung);
        looks(app, 1).await;

        let seen = app.read().looks(cluster, Grain::Look, EVER, now(app)).await.expect("looks");
        let states: Vec<LookState> = seen.iter().map(|look| look.state).collect();
        let expected = [vec![LookState::Up; 6], vec![LookState::Degraded, LookState::Down]].concat();
        assert_eq!(states, expected);
        let (name, sample) = &seen[5].nodes[0];
        assert_eq!((name.0.as_str(), sample.alive, sample.ready), ("n1", true, Some(true)));
        assert_eq!((sample.members.len(), sample.raft.len()), (3, 3));
        let measured = |number: usize| (&seen[number].nodes[0].1, seen[number].nodes[0].1.sdk_connections);
        assert!(measured(1).1.is_some() != measured(2).1.is_some(), "numbers and connections take turns");
        assert!(seen.iter().any(|look| look.nodes[0].1.metrics.services == Some(11)));
        assert!(!seen[6].nodes[2].1.alive);
    });
}

#[test]
fn looks_are_folded_into_minutes_and_hours_and_dropped_when_they_are_old() {
    run_app(async |app| {
        app.world.set("n3", Behaviour::Up);
        let cluster = app.cluster().await.id;
        let cx = app.commands();
        looks(app, 30).await;
        app.world.set("n3", Behaviour::Stopped);
        looks(app, 1).await;
        app.world.set("n3", Behaviour::Up);
        looks(app, 29).await;
        // Nothing is looked at for two hours, as where the program was stopped.
        app.clock.advance_s(7200);
        looks(app, 13).await;
        let minutes = app.read().looks(cluster, Grain::Minute, EVER, now(app)).await.expect("minutes");
        let bad: Vec<_> = minutes.iter().filter(|minute| minute.state != LookState::Up).collect();
        assert_eq!((minutes.len(), bad.len()), (7, 1), "five minutes, the one after, and one two hours later");
        assert_eq!((bad[0].state, bad[0].looks), (LookState::Degraded, 12));
        assert!(!bad[0].nodes[2].1.alive, "it keeps who was silent");
        let hours = app.read().looks(cluster, Grain::Hour, EVER, now(app)).await.expect("hours");
        assert_eq!((hours.len(), hours[0].state, hours[0].looks), (1, LookState::Degraded, 60));

        let kept = Kept { looks_hours: 1, minutes_days: 30, hours_days: 730 };
        assert!(commands::looks::drop_old(cx, kept).await.expect("dropped") >= 60);
        let left = app.read().looks(cluster, Grain::Look, EVER, now(app)).await.expect("looks");
        assert_eq!(left.len(), 13, "the last hour");
        assert_eq!(app.read().looks(cluster, Grain::Minute, EVER, now(app)).await.expect("minutes"), minutes);
        app.clock.advance_s(31 * 86_400);
        commands::looks::drop_old(cx, kept).await.expect("dropped");
        assert!(app.read().looks(cluster, Grain::Minute, EVER, now(app)).await.expect("minutes").is_empty());
        assert_eq!(app.read().looks(cluster, Grain::Hour, EVER, now(app)).await.expect("hours"), hours);

        commands::clusters::delete(cx, &Caller::new("ann"), cluster).await.expect("deleted");
        assert!(app.read().looks(cluster, Grain::Hour, EVER, now(app)).await.expect("hours").is_empty());
    });
}

#[test]
fn a_look_that_cannot_be_read_keeps_the_others_from_nothing() {
    run_app(async |app| {
        app.world.set("n3", Behaviour::Up);
        let cluster = app.cluster().await.id;
        looks(app, 6).await;
        let options = SqliteConnectOptions::new().filename(app.data.path().join("nodedown.db"));
        let mut database = SqliteConnection::connect_with(&options).await.expect("connection");
        let damage = "UPDATE looks SET numbers = '{' WHERE at = (SELECT MIN(at) FROM looks)";
        sqlx::raw_sql(damage).execute(&mut database).await.expect("statement");
        looks(app, 24).await;
        let seen = app.read().looks(cluster, Grain::Look, EVER, now(app)).await.expect("looks");
        let minutes = app.read().looks(cluster, Grain::Minute, EVER, now(app)).await.expect("minutes");
        assert_eq!(seen.len(), 29, "one cannot be read");
        let folded: u32 = minutes.iter().map(|minute| minute.looks).sum();
        assert!(minutes.len() >= 2 && !folded.is_multiple_of(12), "the others are folded: {folded}");
    });
}

#[test]
fn a_cluster_that_cannot_be_asked_has_no_looks() {
    run_app(async |app| {
        let mut nodes = app.world.inventory();
        nodes.iter_mut().for_each(|node| node.api = None);
        let ann = Caller::new("ann");
        let cluster =
            commands::clusters::create(app.commands(), &ann, "files", nodes, Vec::new(), 1000).await.expect("one");
        looks(app, 3).await;
        let seen = app.read().looks(cluster.id, Grain::Look, EVER, now(app)).await.expect("looks");
        assert!(seen.is_empty(), "a gap is a gap: {seen:?}");
        app.person("vera", Role::Viewer).await;
        let vera = app.log_in("vera").await;
        let page = app.get(&format!("/clusters/{}/looks", cluster.id), &vera).await.body;
        assert!(page.contains("Nothing was seen in this time"), "{page}");
    });
}

#[test]
fn the_last_day_is_drawn_and_told_and_leads_to_the_moment() {
    run_app(async |app| {
        app.world.set("n3", Behaviour::Up);
        let cluster = app.cluster().await.id;
        app.person("vera", Role::Viewer).await;
        let vera = app.log_in("vera").await;
        assert!(!app.get("/", &vera).await.body.contains("Last 24 h:"), "nothing was seen yet");
        looks(app, 24).await;
        app.world.set("n3", Behaviour::Stopped);
        looks(app, 12).await;
        app.world.set("n3", Behaviour::Up);
        looks(app, 24).await;
        for path in ["/".to_owned(), format!("/clusters/{cluster}")] {
            let page = app.get(&path, &vera).await.body;
            let told = texts(&page, ".day p").join(" ");
            assert!(told.contains("degraded 1 min") || told.contains("degraded 2 min"), "{path}: {told}");
            assert!(told.contains("not seen 23 h"), "{path}: {told}");
            assert_eq!(texts(&page, ".day rect.b-warn").len(), 1, "{path}");
        }
        let day = app.get(&format!("/clusters/{cluster}/looks"), &vera).await.body;
        let rows = texts(&day, "#spells tbody tr");
        assert!(rows.len() >= 3 && rows[1].contains("n3") && rows[1].contains("Degraded"), "{rows:?}");
        let html = Html::parse_document(&day);
        let link =
            html.select(&Selector::parse("#spells tbody tr:nth-child(2) a").expect("selector")).next().expect("a link");
        let moment = app.get(link.attr("href").expect("a link"), &vera).await.body;
        let rows = texts(&moment, "#spells tbody tr");
        assert!(rows.iter().any(|row| row.contains("1 min") && row.contains("Degraded")), "to the look: {rows:?}");
        assert!(texts(&moment, "rect.flap").is_empty(), "that somebody looks at a moment makes it no flap");
        for at in ["-1", "x", "99999999999999999"] {
            let page = app.get(&format!("/clusters/{cluster}/looks?at={at}"), &vera).await;
            assert_eq!(page.status, http::StatusCode::OK, "{at}");
            assert!(page.body.contains("The last 24 hours"), "{at}");
        }
    });
}

/// What the watcher told an incident: the state, who is silent, who answers again.
async fn told(app: &TestApp, incident: IncidentId) -> Vec<(LookState, Vec<String>, Vec<String>)> {
    let seen = |event: Event| match event.kind {
        EventKind::ClusterSeen { state, silent, back, .. } => Some((state, silent, back)),
        _ => None,
    };
    app.read().timeline(incident).await.expect("timeline").into_iter().filter_map(seen).collect()
}

#[test]
fn an_open_incident_is_told_how_its_cluster_stands_and_that_a_node_is_back() {
    run_app(async |app| {
        app.world.set("n3", Behaviour::Stopped);
        let incident = app.incident().await;
        looks(app, 2).await;
        assert!(told(app, incident).await.is_empty(), "two looks are not enough");
        looks(app, 4).await;
        let n3 = || vec!["n3".to_owned()];
        let lost = (LookState::Degraded, n3(), Vec::new());
        assert_eq!(told(app, incident).await, std::slice::from_ref(&lost), "once");
        // It comes and goes: no look says the same as three before it.
        for behaviour in [Behaviour::Up, Behaviour::Stopped].into_iter().cycle().take(20) {
            app.world.set("n3", behaviour);
            looks(app, 1).await;
        }
        assert_eq!(told(app, incident).await, std::slice::from_ref(&lost));
        app.world.set("n3", Behaviour::Up);
        looks(app, 3).await;
        let back = (LookState::Up, Vec::new(), n3());
        assert_eq!(told(app, incident).await, [lost.clone(), back.clone()]);
        // What gets worse is told at once, what gets better a minute after the entry before it.
        app.world.set("n3", Behaviour::Stopped);
        looks(app, 3).await;
        app.world.set("n3", Behaviour::Up);
        looks(app, 3).await;
        assert_eq!(told(app, incident).await.len(), 3);
        looks(app, 12).await;
        assert_eq!(told(app, incident).await, [lost.clone(), back.clone(), lost, back]);
        app.person("vera", Role::Viewer).await;
        let vera = app.log_in("vera").await;
        let page = app.get(&format!("/incidents/{incident}/timeline"), &vera).await;
        assert!(page.body.contains("Answers again: n3"), "{}", page.body);
    });
}

#[test]
fn the_overview_says_since_when_a_node_is_lost() {
    run_app(async |app| {
        app.world.set("n3", Behaviour::Up);
        app.cluster().await;
        app.person("olga", Role::Operator).await;
        let olga = app.log_in("olga").await;
        looks(app, 2).await;
        app.world.set("n3", Behaviour::Stopped);
        looks(app, 37).await;
        app.looked_at(1, &olga).await;
        let heading = texts(&app.get("/", &olga).await.body, "h1").concat();
        assert_eq!(heading, "prod-hz lost n3 3 min ago; nobody is working on it.");
    });
}

#[test]
fn trouble_that_goes_on_after_an_incident_was_given_up_leads_to_its_record() {
    run_app(async |app| {
        app.world.set("n3", Behaviour::Stopped);
        let incident = app.incident().await;
        app.check_step(incident, Step::Confirm).await;
        app.person("olga", Role::Operator).await;
        let olga = app.log_in("olga").await;
        let told = async || {
            let body = app.get("/", &olga).await.body;
            texts(&body, ".status-row p").into_iter().find(|text| text.contains("had not recovered"))
        };
        looks(app, 1).await;
        app.looked_at(1, &olga).await;
        assert_eq!(told().await, None, "it is open");
        let reason = "the vendor looks at it".to_owned();
        let close = CloseIncident { recovered: false, reason, stable_ms: 60_000 };
        commands::closures::close(app.commands(), &Caller::new("olga"), incident, &close).await.expect("closed");
        looks(app, 37).await;
        app.looked_at(1, &olga).await;
        let told_then = told().await.expect("the row knows what its record knows");
        assert!(told_then.contains(&incident.label()) && told_then.contains("was closed 3 min ago"), "{told_then}");
        let pinned = app.read().pinned_cause(incident).await.expect("read").expect("a cause");
        let cause = locale::render(Lang::En, &pinned.cause().expect("named").summary);
        assert!(told_then.contains(&cause), "{told_then}");
        app.world.set("n3", Behaviour::Up);
        looks(app, 2).await;
        app.looked_at(1, &olga).await;
        assert_eq!(told().await, None, "nothing is wrong any more");
    });
}

#[test]
fn what_changed_since_the_checks_ran_is_looked_at_again_before_it_is_judged() {
    run_app(async |app| {
        app.world.set("n3", Behaviour::Stopped);
        let incident = app.incident().await;
        app.check_step(incident, Step::Clients).await;
        app.person("olga", Role::Operator).await;
        let olga = app.log_in("olga").await;
        let page = async || app.get(&format!("/incidents/{incident}/steps/5"), &olga).await.body;
        let before = page().await;
        assert!(texts(&before, "form[action$='/check-runs'] #main-action").is_empty(), "nothing changed");
        assert!(texts(&before, "#gates .badge").iter().all(|word| word != "Not judged"));
        app.world.set("n3", Behaviour::Up);
        app.clock.advance_s(90);
        app.looked_at(1, &olga).await;
        let after = page().await;
        assert!(
            texts(&after, "#say").concat().contains("n3 changed since these checks ran"),
            "{:?}",
            texts(&after, "#say")
        );
        assert_eq!(texts(&after, "form[action$='/check-runs'] #main-action").len(), 1);
        let gates = texts(&after, "#gates .badge");
        assert!(!gates.is_empty() && gates.iter().all(|word| word == "Not judged"), "{gates:?}");
        let now = texts(&after, "#now .badge");
        assert!(now.iter().all(|word| word != "Healthy"), "a quick look did not see everything: {now:?}");
    });
}

#[test]
fn a_change_that_the_watcher_saw_comes_first_and_dates_the_end_of_the_impact() {
    run_app(async |app| {
        app.world.set("n3", Behaviour::Stopped);
        let incident = app.incident().await;
        looks(app, 3).await;
        app.check_step(incident, Step::Clients).await;
        app.person("olga", Role::Operator).await;
        let olga = app.log_in("olga").await;
        let page = async || app.get(&format!("/incidents/{incident}/steps/5"), &olga).await.body;
        let seen = async || texts(&page().await, "#impact-seen").concat();
        assert_eq!(seen().await, "", "it is not back");
        app.world.set("n3", Behaviour::Up);
        looks(app, 1).await;
        let back = app.clock.now();
        app.looked_at(1, &olga).await;
        assert!(texts(&page().await, "form[action$='/check-runs'] #main-action").is_empty(), "one look is not enough");
        // The minute between two entries of the watcher passed while nobody looked.
        app.clock.advance_s(50);
        looks(app, 3).await;
        app.looked_at(1, &olga).await;
        assert!(seen().await.starts_with("All nodes answer again since"), "{}", seen().await);
        assert_eq!(texts(&page().await, "form[action$='/check-runs'] #main-action").len(), 1);
        let form = app.get(&format!("/incidents/{incident}/impact"), &olga).await.body;
        assert!(texts(&form, "#measured").concat().contains("no checks have confirmed yet"), "{form}");
        app.check_step(incident, Step::Clients).await;
        assert!(
            seen().await.starts_with("All nodes answer again since"),
            "nothing read the configuration: {}",
            seen().await
        );
        commands::impact::end(app.commands(), &Caller::new("olga"), incident, None).await.expect("over");
        let said = app.read().impact_ends(incident).await.expect("ends").pop().expect("one");
        assert_eq!((said.over_at, said.measured_at), (back, None), "looks say since when, and do not measure health");
    });
}

/// A cluster of which only the API can be read, its nodes with four clients each.
async fn api_only(app: &TestApp) -> ClusterId {
    let mut nodes = app.world.inventory();
    nodes.iter_mut().for_each(|node| node.files = FileSource::None);
    for node in ["n1", "n2", "n3"] {
        app.world.set(node, Behaviour::Up);
        app.world.connect(node, 4);
    }
    let ann = Caller::new("ann");
    commands::clusters::create(app.commands(), &ann, "prod-hz", nodes, Vec::new(), 1000).await.expect("cluster").id
}

async fn open(app: &TestApp, cluster: ClusterId) -> IncidentId {
    let open = OpenIncident { cluster, node: Some("n3".into()), drill: false, note: String::new() };
    commands::incidents::open(app.commands(), &Caller::new("ann"), open).await.expect("incident")
}

/// What the newest diagnosis says of missing clients, and for which nodes what was before is not known.
async fn missing(app: &TestApp, incident: IncidentId) -> (Vec<String>, Vec<String>) {
    let told = app.read().diagnosis(incident).await.expect("diagnosis").expect("one");
    let findings = told.findings.iter().filter(|one| one.code == Code::ClientsMissing);
    let found = findings.map(|one| locale::render(Lang::En, &one.summary)).collect();
    let unseen = told.could_not_run.iter().filter(|one| one.reason.key == "judged-clients-before-unseen");
    (found, unseen.map(|one| one.reason.args["node"].clone()).collect())
}

#[test]
fn clients_that_stay_away_are_missed_where_only_the_api_can_be_read() {
    run_app(async |app| {
        let cluster = api_only(app).await;
        looks(app, 60).await;
        app.world.set("n3", Behaviour::Stopped);
        app.world.connect("n3", 0);
        looks(app, 12).await;
        let incident = open(app, cluster).await;
        app.person("olga", Role::Operator).await;
        let olga = app.log_in("olga").await;
        app.check_step(incident, Step::Clients).await;
        let lost =
            "4 of 12 client connections did not come back (8 now). Away, with their connections now and before: \
                    10.0.9.1 app-1 2/3, 10.0.9.2 app-2 2/3, 10.0.9.3 app-3 2/3 and 1 more."
                .to_owned();
        assert_eq!(missing(app, incident).await, (vec![lost.clone()], Vec::new()));
        let table = async || {
            let page = app.get(&format!("/incidents/{incident}/tables/clients"), &olga).await.body;
            texts(&page, "tbody tr").into_iter().take(3).collect::<Vec<_>>()
        };
        assert!(table().await[2].starts_with("n3 4 0"), "four before, none now: {:?}", table().await);

        // It comes back, and nobody connects to it.
        app.world.set("n3", Behaviour::Up);
        looks(app, 24).await;
        app.check_step(incident, Step::Clients).await;
        assert_eq!(missing(app, incident).await, (vec![lost], Vec::new()));
        assert!(table().await[2].starts_with("n3 4 0"), "{:?}", table().await);

        // What was counted is kept as evidence, and does not change with what the watcher sees later.
        let evidence = app.read().evidence_list(incident).await.expect("evidence");
        let of_n3 =
            |item: &&EvidenceItem| item.evidence.check == "clients.watched" && item.evidence.node == Some("n3".into());
        let kept: Vec<&EvidenceItem> = evidence.iter().filter(of_n3).collect();
        assert_eq!(kept.len(), 2, "one a round");
        assert!(kept.iter().all(|item| item.evidence.vantage == Vantage::Here));
        let page = app.get(&format!("/incidents/{incident}/evidence/{}", kept[1].id), &olga).await.body;
        let rows = texts(&page, "tbody tr");
        assert!(
            rows.iter().any(|row| row.ends_with("no answer")) && rows.iter().any(|row| row.ends_with("not watched")),
            "{rows:?}"
        );
        let (_, raw) = app.read().evidence(kept[1].id).await.expect("read").expect("one");
        assert!(raw.body.len() < 2000, "{}", raw.body);
        let who = texts(&page, "#connected tbody tr");
        assert!(who.iter().any(|row| row.starts_with("10.0.9.4 app-4 naming Java 2.5.1 1")), "{who:?}");

        // They come back at last, to another node.
        let apps = ["app-1", "app-2", "app-3", "app-4"];
        let ips = ["10.0.9.1", "10.0.9.2", "10.0.9.3", "10.0.9.4"];
        let each = ips.into_iter().zip(apps).collect::<Vec<_>>();
        app.world.connect_clients("n1", &each.repeat(2));
        looks(app, 6).await;
        app.check_step(incident, Step::Clients).await;
        assert_eq!(missing(app, incident).await, (Vec::new(), Vec::new()));
    });
}

#[test]
fn nothing_is_missing_where_nobody_counted_before() {
    run_app(async |app| {
        let cluster = api_only(app).await;
        app.world.set("n3", Behaviour::Stopped);
        app.world.connect("n3", 0);
        looks(app, 12).await;
        let incident = open(app, cluster).await;
        app.check_step(incident, Step::Clients).await;
        let unseen = || vec!["n1".to_owned(), "n2".to_owned(), "n3".to_owned()];
        assert_eq!(missing(app, incident).await, (Vec::new(), unseen()), "it was installed later");
        app.world.set("n3", Behaviour::Up);
        looks(app, 24).await;
        app.check_step(incident, Step::Clients).await;
        assert_eq!(missing(app, incident).await, (Vec::new(), unseen()));
    });
}

#[test]
fn a_time_in_which_nobody_looked_is_no_loss() {
    run_app(async |app| {
        let cluster = api_only(app).await;
        looks(app, 60).await;
        // The program is stopped while the node dies.
        app.clock.advance_s(300);
        app.world.set("n3", Behaviour::Stopped);
        app.world.connect("n3", 0);
        looks(app, 12).await;
        let incident = open(app, cluster).await;
        app.check_step(incident, Step::Clients).await;
        let unseen = vec!["n1".to_owned(), "n2".to_owned(), "n3".to_owned()];
        assert_eq!(missing(app, incident).await, (Vec::new(), unseen));
    });
}

/// A cluster of which only the API can be read, with a client on each of two nodes and four connections on the third.
async fn named(app: &TestApp) -> ClusterId {
    let cluster = api_only(app).await;
    app.world.connect_clients("n1", &[("10.0.4.1", "pay")]);
    app.world.connect_clients("n2", &[("10.0.4.2", "pay")]);
    let order = ("10.0.4.7", "order");
    app.world.connect_clients("n3", &[order, order, ("10.0.4.8", "order"), ("10.0.4.9", "<b>-- \u{202e}x")]);
    cluster
}

fn stop_third(app: &TestApp) {
    app.world.set("n3", Behaviour::Stopped);
    app.world.connect_clients("n3", &[]);
}

/// The third node is killed, an incident is opened and step 5 checked: the incident and the page of that step.
async fn step_five_without_third(app: &TestApp, cluster: ClusterId) -> (IncidentId, String) {
    stop_third(app);
    looks(app, 12).await;
    let incident = open(app, cluster).await;
    app.person("olga", Role::Operator).await;
    let olga = app.log_in("olga").await;
    app.check_step(incident, Step::Clients).await;
    let page = app.get(&format!("/incidents/{incident}/steps/5"), &olga).await.body;
    (incident, page)
}

#[test]
fn who_is_missing_is_named_and_ticks_itself() {
    run_app(async |app| {
        let cluster = named(app).await;
        looks(app, 30).await;
        let kept = async || app.read().clients_seen(cluster, EVER).await.expect("clients");
        let n3 = "n3".into();
        let first = kept().await[&n3].clone();
        looks(app, 30).await;
        let (times, clients) = kept().await[&n3].clone();
        assert_eq!((first.0.len(), first.1.len(), times.len(), clients.len()), (1, 3, 1, 3), "nothing changed");
        assert!(times[0].until > first.0[0].until && clients.iter().all(|span| span.until == times[0].until));
        stop_third(app);
        looks(app, 12).await;
        let seen_last = kept().await[&n3].0[0].until;
        assert_eq!(kept().await[&n3].1, clients, "silence is not an empty list");

        let incident = open(app, cluster).await;
        app.person("olga", Role::Operator).await;
        let olga = app.log_in("olga").await;
        let order = ("10.0.4.7", "order");
        app.world.connect_clients("n1", &[("10.0.4.1", "pay"), order]);
        app.check_step(incident, Step::Clients).await;
        let step = async || app.get(&format!("/incidents/{incident}/steps/5"), &olga).await.body;
        let page = step().await;
        let rows = texts(&page, "#whereabouts tbody tr");
        assert!(rows[0].starts_with("10.0.4.9 Missing"), "{rows:?}");
        assert!(
            rows[1].starts_with("10.0.4.8 Missing It publishes nothing. order naming Java 2.5.1 n3 × 1 — n3 ·"),
            "{rows:?}"
        );
        assert!(
            rows[2].starts_with("10.0.4.7 In part 1 of 2 connections order naming Java 2.5.1 n3 × 2 n1 × 1"),
            "{rows:?}"
        );
        assert_eq!(rows.len(), 5, "and two that stayed: {rows:?}");
        let last = seen_last.in_zone(&jiff::tz::TimeZone::UTC);
        let list = texts_as_they_are(&page, "#away-list-1");
        assert!(list.contains(&format!("\n10.0.4.8 order Java 2.5.1 naming — last through n3, {last} UTC")), "{list}");
        assert!(list.contains("10.0.4.7 order Java 2.5.1 naming — 1 of 2 connections — n3 × 2"), "{list}");
        assert!(list.contains("<b>--") && !page.contains("<b>--"), "{list}");
        let (told, _) = missing(app, incident).await;
        assert!(told[0].starts_with("3 of 6 client connections did not come back (3 now). Away, "), "{told:?}");
        assert!(told[0].contains("10.0.4.7 order 1/2, 10.0.4.8 order 0/1."), "{told:?}");

        // All come back; the node stays down.
        app.world.connect_clients(
            "n2",
            &[("10.0.4.2", "pay"), order, ("10.0.4.8", "order"), ("10.0.4.9", "<b>-- \u{202e}x")],
        );
        looks(app, 4).await;
        app.check_step(incident, Step::Clients).await;
        let page = step().await;
        let rows = texts(&page, "#whereabouts tbody tr");
        assert!(
            rows[..3].iter().all(|row| row.contains("Moved") || row.contains("Back")) && rows.len() == 5,
            "{rows:?}"
        );
        let back = rows.iter().filter(|row| row.contains("Back"));
        assert_eq!(back.count(), 2, "who was missing ticks itself: {rows:?}");
        assert!(texts(&page, ".away-list").is_empty());
        let (told, _) = missing(app, incident).await;
        assert!(told.is_empty(), "{told:?}");

        // What is old is dropped; of a cluster with an open incident it is kept.
        app.clock.advance_s(50 * 3600);
        let old = Kept::default();
        commands::looks::drop_old(app.commands(), old).await.expect("dropped");
        assert_eq!(kept().await.len(), 3);
        let olga = Caller::new("olga");
        for step in Step::ALL {
            let skipped = DecisionKind::Skipped;
            commands::incidents::decide_step(app.commands(), &olga, incident, step, skipped, "over")
                .await
                .expect("decided");
        }
        let close = CloseIncident { recovered: true, reason: "it is well".to_owned(), stable_ms: 600_000 };
        commands::closures::close(app.commands(), &olga, incident, &close).await.expect("closed");
        commands::looks::drop_old(app.commands(), old).await.expect("dropped");
        assert!(kept().await.is_empty(), "{:?}", kept().await);
        // The same ones are there as days ago: what was dropped meanwhile is written anew.
        looks(app, 4).await;
        assert_eq!(kept().await[&"n1".into()].1.len(), 2);
    });
}

#[test]
fn what_is_to_be_restarted_is_named_by_service_and_instance() {
    run_app(async |app| {
        let cluster = named(app).await;
        app.world.publish("10.0.4.7", &[("order", 8080), ("order", 8081)]);
        app.world.publish("10.0.4.8", &[("pay", 9090)]);
        app.world.asked();
        looks(app, 30).await;
        let lists = app.world.asked().into_iter().filter(|(_, path)| path.contains("publish/list")).count();
        assert_eq!(lists, 12, "six connections, each when it was new and a minute later");
        // One connects a moment before the node dies: it has had no time to register.
        let order = ("10.0.4.7", "order");
        let late = ("10.0.4.10", "late");
        let others = [order, order, ("10.0.4.8", "order"), ("10.0.4.9", "<b>-- \u{202e}x"), late];
        app.world.connect_clients("n3", &others);
        looks(app, 2).await;
        stop_third(app);
        app.world.connect_clients("n1", &[("10.0.4.1", "pay"), order]);
        looks(app, 12).await;
        let seen_last = app.read().clients_seen(cluster, EVER).await.expect("clients")[&"n3".into()].0[0].until;
        let incident = open(app, cluster).await;
        app.person("olga", Role::Operator).await;
        let olga = app.log_in("olga").await;
        app.check_step(incident, Step::Clients).await;
        let page = async |path: &str| app.get(&format!("/incidents/{incident}/{path}"), &olga).await.body;
        let step = page("steps/5").await;
        let rows = texts(&step, "#whereabouts tbody tr");
        let begins = [
            "10.0.4.8 Missing service pay, instance 10.0.4.8:9090 order naming",
            "10.0.4.9 Missing It publishes nothing. ",
            "10.0.4.10 Missing What it publishes was not read. late naming",
            "10.0.4.7 In part 1 of 2 connections service order, instance 10.0.4.7:8081 order naming",
        ];
        for (row, begin) in rows.iter().zip(begins) {
            assert!(row.starts_with(begin), "{begin}: {rows:?}");
        }
        let last = seen_last.in_zone(&jiff::tz::TimeZone::UTC);
        let list = texts_as_they_are(&step, "#away-list-1");
        for line in [
            format!("Restart: service pay, instance 10.0.4.8:9090, last through n3, {last} UTC\n"),
            "Restart: service order, instance 10.0.4.7:8081, 1 of 2 connections\n".to_owned(),
            format!("— last through n3, {last} UTC — publishes nothing\n"),
            format!("10.0.4.10 late Java 2.5.1 naming — last through n3, {last} UTC"),
        ] {
            assert!(list.contains(&line), "{line}: {list}");
        }
        let missing = texts(&page("waivers").await, "#missing li");
        assert!(
            missing[0].starts_with("10.0.4.8 order naming service pay, instance 10.0.4.8:9090 n3 · "),
            "{missing:?}"
        );
        let record = page("report.md").await;
        assert!(record.contains("service pay, instance 10.0.4.8:9090"), "{record}");
        let evidence = app.read().evidence_list(incident).await.expect("evidence");
        let of_n3 = evidence
            .iter()
            .find(|item| item.evidence.check == "clients.watched" && item.evidence.node == Some("n3".into()));
        let kept = texts(&page(&format!("evidence/{}", of_n3.expect("kept").id)).await, "#published tbody tr");
        assert!(kept.iter().any(|row| row.contains("10.0.4.7:8080") && row.contains("10.0.4.7:8081")), "{kept:?}");

        // The second process comes back, and the other client: both leave the list by themselves.
        app.world.connect_clients("n1", &[("10.0.4.1", "pay"), order, order, ("10.0.4.8", "order")]);
        looks(app, 4).await;
        app.check_step(incident, Step::Clients).await;
        let list = texts_as_they_are(&page("steps/5").await, "#away-list-1");
        assert!(!list.contains("Restart: ") && list.contains("10.0.4.10 late"), "{list}");
    });
}

#[test]
fn who_sends_heartbeats_is_a_client_and_missed_by_instance() {
    run_app(async |app| {
        let cluster = named(app).await;
        let all = [("10.0.4.20", 8080, "order"), ("10.0.4.21", 8080, "pay"), ("10.0.4.21", 8081, "pay")];
        app.world.beat(&all);
        app.world.asked();
        looks(app, 30).await;
        let asked = app.world.asked();
        let of = |node: &str, of: &str| asked.iter().filter(|(name, path)| name.0 == node && path.contains(of)).count();
        assert_eq!(of("n1", "client/list"), 3, "once a minute");
        let published: Vec<usize> = ["n1", "n2", "n3"].map(|node| of(node, "#true")).into();
        assert_eq!(published.iter().sum::<usize>(), 6, "each at the node that is responsible, twice: {published:?}");
        let seen = app.read().clients_seen(cluster, EVER).await.expect("clients");
        let beating = seen.values().flat_map(|(_, spans)| spans).filter(|span| span.key.beat_port().is_some());
        assert_eq!(beating.count(), 3, "each at one node, though all list it");
        let look = app.read().looks(cluster, Grain::Look, EVER, now(app)).await.expect("looks");
        let counted: Vec<i64> = look.iter().filter_map(|look| look.nodes[0].1.sdk_connections).collect();
        assert!(counted.iter().all(|count| *count == 1), "they are no connections: {counted:?}");

        // The node dies; the others hold what it held, and one of the clients dies with it.
        app.world.beat(&all[..2]);
        let clients =
            [("10.0.4.7", "order"), ("10.0.4.7", "order"), ("10.0.4.8", "order"), ("10.0.4.9", "<b>-- \u{202e}x")];
        app.world.connect_clients("n1", &[&[("10.0.4.1", "pay")], &clients[..]].concat());
        let (incident, page) = step_five_without_third(app, cluster).await;
        let olga = app.log_in("olga").await;
        let rows = texts(&page, "#whereabouts tbody tr");
        let missing: Vec<&String> = rows.iter().filter(|row| row.contains("Missing")).collect();
        assert_eq!(missing.len(), 1, "{rows:?}");
        assert!(
            missing[0].starts_with("10.0.4.21 Missing service pay, instance 10.0.4.21:8081, by heartbeat")
                && missing[0].contains("heartbeat, port 8081"),
            "{missing:?}"
        );
        let list = texts_as_they_are(&page, "#away-list-1");
        assert!(list.contains("Restart: service pay, instance 10.0.4.21:8081, by heartbeat, last through n"), "{list}");

        // Where a node does not list them, nobody is missed.
        app.world.keep_clients("n2");
        app.check_step(incident, Step::Clients).await;
        let step = async || app.get(&format!("/incidents/{incident}/steps/5"), &olga).await.body;
        let page = step().await;
        let rows = texts(&page, "#whereabouts tbody tr");
        assert!(rows.iter().all(|row| !row.contains("Missing")), "{rows:?}");

        app.world.share_clients("n2");
        app.world.beat(&all);
        app.check_step(incident, Step::Clients).await;
        let rows = texts(&step().await, "#whereabouts tbody tr");
        let back = rows.iter().find(|row| row.contains("port 8081")).expect("the client");
        assert!(back.contains("Back"), "it ticks itself: {rows:?}");
    });
}

/// Who is missing on the page of step 5, the button to press, and what the page says.
async fn held(app: &TestApp, incident: IncidentId, cookie: &str) -> (String, String) {
    let page = app.get(&format!("/incidents/{incident}/steps/5"), cookie).await.body;
    let action = Html::parse_document(&page);
    let button = Selector::parse("#lead-button form").expect("selector");
    let button = action.select(&button).next().and_then(|form| form.attr("action")).unwrap_or_default();
    (texts(&page, "#clients-missing").concat(), button.rsplit('/').next().unwrap_or_default().to_owned())
}

#[test]
fn who_is_missing_holds_step_five_until_it_is_back_or_waived() {
    run_app(async |app| {
        let cluster = named(app).await;
        looks(app, 30).await;
        let (incident, _) = step_five_without_third(app, cluster).await;
        app.person("vera", Role::Viewer).await;
        let (olga, vera) = (app.log_in("olga").await, app.log_in("vera").await);
        let path = |part: &str| format!("/incidents/{incident}/{part}");
        let (says, button) = held(app, incident, &olga).await;
        assert!(says.starts_with("3 clients are missing: "), "{says}");
        assert_eq!(button, "check-runs", "Done is not offered");
        let more = texts(&app.get(&path("steps/5"), &olga).await.body, ".more-panel section").join(" ");
        assert!(more.contains("Not done yet: 3 clients are missing."), "{more}");

        // No way round: nor by exceptions with one press, nor by a reason that does not name them.
        let decide = async |fields: &[(&str, &str)]| app.post(&path("steps/5/decisions"), &olga, fields).await;
        for fields in [
            &[("kind", "done")][..],
            &[("kind", "done_with_exceptions"), ("noted", "1"), ("missing", "3")],
            &[("kind", "done_with_exceptions"), ("reason", "it is late")],
            &[("kind", "done_with_exceptions"), ("reason", "it is late"), ("missing", "2")],
            &[("kind", "skipped"), ("reason", "it is late")],
        ] {
            let refused = decide(fields).await;
            assert_eq!(refused.status, http::StatusCode::CONFLICT, "{fields:?}");
            let said = texts(&refused.body, "main").concat();
            assert!(said.contains("3 clients are missing: ") && said.contains("10.0.4.7 order"), "{said}");
        }
        let close = CloseIncident { recovered: true, reason: "it is well".to_owned(), stable_ms: 600_000 };
        let closed = commands::closures::close(app.commands(), &Caller::new("olga"), incident, &close).await;
        assert!(closed.is_err(), "nor is the incident closed as recovered");
        // Later steps are open meanwhile.
        assert_eq!(app.get(&path("steps/6"), &olga).await.status, http::StatusCode::OK);
        app.check_step(incident, Step::Network).await;

        // What cannot be waived is said at its field; who may not, may not.
        let waive = async |what: &str, reason: &str, nonce: &str| {
            app.post(&path("waivers"), &olga, &[("what", what), ("reason", reason), ("nonce", nonce)]).await
        };
        for (what, reason, field, said) in [
            ("0.0.0.0/0", "x", "#what-error", "This range covers about everything."),
            ("10.0.4.0/40", "x", "#what-error", "This is no address and no range such as 10.0.4.0/24."),
            ("10.9.9.0/24", "x", "#what-error", "None of the clients that are away is covered by this."),
            ("10.0.4.7", "  ", "#reason-error", "Write down why nobody waits for them."),
        ] {
            let refused = waive(what, reason, "").await;
            assert_eq!(refused.status, http::StatusCode::UNPROCESSABLE_ENTITY, "{what}");
            assert!(
                texts(&refused.body, field).concat().starts_with(said),
                "{what}: {:?}",
                texts(&refused.body, field)
            );
        }
        let fields = [("what", "10.0.4.7"), ("reason", "x")];
        assert_eq!(app.post(&path("waivers"), &vera, &fields).await.status, http::StatusCode::FORBIDDEN);
        let chinese = format!("{olga}; nodedown_lang=zh-CN");
        let refused = app.post(&path("waivers"), &chinese, &[("what", "0.0.0.0/0"), ("reason", "x")]).await.body;
        assert!(
            texts(&refused, "#what-error").concat().starts_with("网段太大"),
            "{:?}",
            texts(&refused, "#what-error")
        );

        // One address is waived; a double click counts once.
        for _ in 0..2 {
            let done = waive("10.0.4.7", "moved to <b>the new rack</b>", "w").await;
            assert_eq!(done.location, path("waivers"), "{}", done.body);
        }
        let (says, _) = held(app, incident, &olga).await;
        assert!(says.starts_with("2 clients are missing: ") && !says.contains("10.0.4.7"), "{says}");
        let rows = texts(&app.get(&path("tables/clients"), &olga).await.body, "#whereabouts tbody tr");
        let waived = rows.iter().find(|row| row.starts_with("10.0.4.7")).expect("its row");
        assert!(waived.contains("Missing, waived moved to <b>the new rack</b> · olga"), "{waived}");

        // The others come back: they tick themselves, and the step can be done.
        app.world.connect_clients("n1", &[("10.0.4.1", "pay"), ("10.0.4.8", "order"), ("10.0.4.9", "<b>-- \u{202e}x")]);
        looks(app, 4).await;
        app.check_step(incident, Step::Clients).await;
        let (says, button) = held(app, incident, &olga).await;
        assert!(says.starts_with("1 client that is away is waived."), "{says}");
        assert_eq!(button, "decisions");
        let rows = texts(&app.get(&path("tables/clients"), &olga).await.body, "#whereabouts tbody tr");
        assert_eq!(rows.iter().filter(|row| row.contains("Back")).count(), 2, "{rows:?}");

        // Taken back, it holds the step again; under a decision nothing is taken back.
        let end = path("waivers/1/end");
        assert_eq!(app.post(&end, &olga, &[]).await.location, path("waivers"));
        assert!(held(app, incident, &olga).await.0.starts_with("1 client is missing: 10.0.4.7 order"));
        assert_eq!(waive("order", "switched off", "x").await.location, path("waivers"));
        let reason = [("kind", "done_with_exceptions"), ("reason", "seen by hand")];
        assert_eq!(decide(&reason).await.status, http::StatusCode::SEE_OTHER, "nobody is missing any more");
        app.run_pending_checks().await;
        assert_eq!(app.post(&path("waivers/2/end"), &olga, &[]).await.status, http::StatusCode::CONFLICT);
        the_record_tells(app, incident, &vera).await;
    });
}

/// Timeline, report, Markdown and JSON tell who was waived and why.
async fn the_record_tells(app: &TestApp, incident: IncidentId, cookie: &str) {
    let get = async |part: &str| app.get(&format!("/incidents/{incident}/{part}"), cookie).await.body;
    let timeline = texts(&get("timeline").await, ".tl").concat();
    for words in
        ["Waived 10.0.4.7: 1 client that was away", "moved to <b>the new rack</b>", "Took back the waiver of 10.0.4.7"]
    {
        assert!(timeline.contains(words), "{words}: {timeline}");
    }
    let report = texts(&get("report").await, "#a-clients").concat();
    let counted = "Missing: 1, of them waived: 1. Back in part: 0. Not known: 0.";
    assert!(
        report.contains(counted) && report.contains("switched off") && report.contains("taken back by olga"),
        "{report}"
    );
    let markdown = get("report.md").await;
    assert!(markdown.contains(counted) && markdown.contains("- **10.0.4.7**: moved to &lt;b&gt;"), "{markdown}");
    let json: serde_json::Value = serde_json::from_str(&get("report.json").await).expect("json");
    let clients = &json["clients"];
    assert_eq!(clients["newest_round"]["counts"]["waived"], 1, "{clients}");
    assert_eq!(clients["newest_round"]["missing"][0]["waiver"], 2, "{clients}");
    assert_eq!(clients["waivers"][1]["what"], serde_json::json!({ "kind": "application", "value": "order" }));
    assert_eq!(clients["waivers"][0]["taken_back_by"], "olga", "{clients}");
    let events = json["timeline"].as_array().expect("a list").iter().map(|one| &one["event"]["kind"]["event"]);
    let told = events.filter(|event| **event == "clients_waived" || **event == "waiver_taken_back").count();
    assert_eq!(told, 3);
}

#[test]
fn a_reason_that_names_who_is_missing_decides_all_the_same_and_is_in_the_record() {
    run_app(async |app| {
        let cluster = named(app).await;
        looks(app, 30).await;
        let (incident, _) = step_five_without_third(app, cluster).await;
        let olga = app.log_in("olga").await;
        let fields = [("kind", "skipped"), ("reason", "the apps are gone for good"), ("missing", "3")];
        let done = app.post(&format!("/incidents/{incident}/steps/5/decisions"), &olga, &fields).await;
        assert_eq!(done.status, http::StatusCode::SEE_OTHER, "{}", done.body);
        app.run_pending_checks().await;
        for (lang, words) in [("en", "3 clients are missing: "), ("zh-CN", "3 个客户端未恢复：")] {
            let cookie = format!("{olga}; nodedown_lang={lang}");
            let page = app.get(&format!("/incidents/{incident}/steps/5"), &cookie).await.body;
            let said = texts(&page, "#decision-reason").concat();
            assert!(said.starts_with("the apps are gone for good") && said.contains(words), "{said}");
            assert!(texts(&page, "#clients-missing .banner.warn").is_empty(), "it is decided");
        }
        let decisions = app.read().decisions(incident).await.expect("decisions");
        assert_eq!(decisions.len(), 1);
        let json = serde_json::to_value(&decisions[0].exceptions).expect("json");
        assert_eq!(json[0]["missing_clients"], 3, "{json}");
    });
}

#[test]
fn the_missing_are_listed_for_each_owner() {
    run_app(async |app| {
        let cluster = named(app).await;
        app.person("lea", Role::Lead).await;
        let lea = app.log_in("lea").await;
        let path = format!("/clusters/{cluster}/client-owners");
        let bad = "10.0.4.0/24 → room 4\n10.0.4.0/99 → nobody";
        let refused = app.post(&path, &lea, &[("owners", bad)]).await;
        assert_eq!(refused.status, http::StatusCode::UNPROCESSABLE_ENTITY);
        let said = texts(&refused.body, "#owners-error").concat();
        assert!(said.starts_with("Line 2: This is no address"), "{said}");
        assert_eq!(texts_as_they_are(&refused.body, "#owners").trim_end(), bad, "what was typed is kept");
        let owners = "10.0.0.0/8 → the rest\norder → team order, ext. 4412\n10.0.4.9 → <b>ann</b>";
        let saved = app.post(&path, &lea, &[("owners", owners)]).await;
        assert_eq!(saved.location, format!("/clusters/{cluster}"), "{}", saved.body);
        assert!(texts_as_they_are(&app.get(&path, &lea).await.body, "#owners").contains(owners));
        app.person("ada", Role::Admin).await;
        let ada = app.log_in("ada").await;
        let audit = texts(&app.get("/audit-log", &ada).await.body, "main").concat();
        assert!(audit.contains("order → team order, ext. 4412") && audit.contains("owner of clients"), "{audit}");

        looks(app, 30).await;
        let (incident, page) = step_five_without_third(app, cluster).await;
        let heads = texts(&page, ".away-list h3");
        assert_eq!(heads, ["<b>ann</b> (1)", "team order, ext. 4412 (2)"]);
        let list = texts_as_they_are(&page, "#away-list-2");
        assert!(list.trim_start().starts_with("prod-hz: 2 clients of yours are not back:\n10.0.4.7 order "), "{list}");
        assert!(!list.contains("10.0.4.9"), "{list}");
        let olga = app.log_in("olga").await;
        let waivers = app.get(&format!("/incidents/{incident}/waivers"), &olga).await.body;
        assert_eq!(texts(&waivers, "#missing h2"), ["<b>ann</b>", "team order, ext. 4412"]);
        // Of some nobody said whose they are: they come last.
        app.post(&path, &lea, &[("owners", "10.0.4.8 → bob")]).await;
        let page = app.get(&format!("/incidents/{incident}/tables/clients"), &olga).await.body;
        assert_eq!(texts(&page, ".away-list h3"), ["bob (1)", "No owner is known (2)"]);
        assert!(app.get(&path, &olga).await.status == http::StatusCode::FORBIDDEN, "a lead says whose they are");
    });
}

/// Texts of a page with their lines.
fn texts_as_they_are(page: &str, selector: &str) -> String {
    let selector = Selector::parse(selector).expect("selector");
    Html::parse_document(page).select(&selector).flat_map(|one| one.text()).collect()
}

#[test]
fn nobody_is_missing_by_name_where_a_node_refuses_to_list_its_clients() {
    run_app(async |app| {
        let cluster = named(app).await;
        app.world.keep_clients("n2");
        looks(app, 60).await;
        let kept = app.read().clients_seen(cluster, EVER).await.expect("clients");
        assert_eq!(kept.keys().map(|node| node.0.as_str()).collect::<Vec<_>>(), ["n1", "n3"], "refused is not none");
        let (incident, page) = step_five_without_third(app, cluster).await;
        let rows = texts(&page, "#whereabouts tbody tr");
        let of_third = rows.iter().filter(|row| row.contains("n3 ×")).collect::<Vec<_>>();
        assert!(of_third.len() == 3 && of_third.iter().all(|row| row.contains("Not known")), "{rows:?}");
        let gaps = texts(&page, "#whereabouts .banner p");
        assert!(
            gaps[0].starts_with("Who was connected to n2 before") && gaps[1].starts_with("Who is connected to n2 now"),
            "{gaps:?}"
        );
        assert!(texts(&page, ".away-list").is_empty());
        let (told, _) = missing(app, incident).await;
        assert!(told.iter().all(|text| !text.contains("Away")), "{told:?}");
    });
}

#[test]
fn nobody_can_say_who_is_missing_where_nobody_looked_before() {
    run_app(async |app| {
        let cluster = named(app).await;
        let (incident, page) = step_five_without_third(app, cluster).await;
        let gaps = texts(&page, "#whereabouts .banner p");
        assert_eq!(gaps[0], "The watcher did not look before the outage: nobody can say who is missing.", "{gaps:?}");
        assert!(texts(&page, "#whereabouts table").is_empty() && missing(app, incident).await.0.is_empty());
    });
}
