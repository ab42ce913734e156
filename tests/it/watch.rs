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
use crate::support::{TestApp, run_app};

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
        let mut most = 0;
        for _ in 0..6 {
            looks(app, 1).await;
            let asked = app.world.asked();
            for node in ["n1", "n2", "n3"] {
                most = most.max(asked.iter().filter(|(name, _)| name.0 == node).count());
            }
        }
        assert_eq!(most, 4, "requests a node a look");
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
        assert!(rows.iter().any(|row| row.contains("1 min 0 s") && row.contains("Degraded")), "to the look: {rows:?}");
        assert!(texts(&moment, "rect.flap").is_empty(), "that somebody looks at a moment makes it no flap");
        for at in ["-1", "x", "99999999999999999"] {
            let page = app.get(&format!("/clusters/{cluster}/looks?at={at}"), &vera).await;
            assert_eq!(page.status, http::StatusCode::OK, "{at}");
            assert!(page.body.contains("The last 24 hours"), "{at}");
        }
    });
}

fn texts(page: &str, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).expect("selector");
    let html = Html::parse_document(page);
    html.select(&selector)
        .map(|one| one.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
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
        assert!(rows[1].starts_with("10.0.4.8 Missing order naming Java 2.5.1 n3 × 1 — n3 ·"), "{rows:?}");
        assert!(
            rows[2].starts_with("10.0.4.7 In part 1 of 2 connections order naming Java 2.5.1 n3 × 2 n1 × 1"),
            "{rows:?}"
        );
        assert_eq!(rows.len(), 5, "and two that stayed: {rows:?}");
        let last = seen_last.in_zone(&jiff::tz::TimeZone::UTC);
        let list = texts_as_they_are(&page, "#away-list");
        assert!(list.contains(&format!("\n10.0.4.8 order Java 2.5.1 naming — last through n3, {last} UTC")), "{list}");
        assert!(list.contains("10.0.4.7 order Java 2.5.1 naming — 1 of 2 connections — n3 × 2\n"), "{list}");
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
        assert!(rows[..3].iter().all(|row| row.contains("Moved")) && rows.len() == 5, "{rows:?}");
        assert_eq!(texts(&page, "#away-list").len(), 0);
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
        assert!(texts(&page, "#away-list").is_empty());
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
