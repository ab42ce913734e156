//! Where somebody chose so, the program opens what it would propose: once, with the first signs, and led by nobody until a
//! person takes it.

use nodedown::commands::incidents::{self, OpenIncident};
use nodedown::commands::maintenances::PlanMaintenance;
use nodedown::commands::{Caller, channels, clusters, hand_overs, maintenances, proposals};
use nodedown::domain::channel::{ChannelRules, News};
use nodedown::domain::event::{Actor, EventKind};
use nodedown::domain::finding::Step;
use nodedown::domain::id::{ClusterId, EventId, IncidentId, ProposalId};
use nodedown::domain::incident::{Incident, StepState};
use nodedown::domain::look::LookState;
use nodedown::domain::on_silence::OnSilence;
use nodedown::domain::proposal::ProposalEnd;
use nodedown::domain::time::{Clock as _, Timestamp};
use nodedown::domain::user::Role;
use nodedown::store::incidents::IncidentQuery;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::opening::{channel, end, falls_silent, looks, newest, told};
use crate::support::world::Behaviour;
use crate::support::{TestApp, run_app, texts, worked_through};

/// Sets a cluster so.
async fn opens(app: &TestApp, cluster: ClusterId) {
    let known = app.read().cluster(cluster).await.expect("cluster").expect("one");
    let chosen = nodedown::domain::cluster::Cluster { on_silence: Some(OnSilence::Open), ..known };
    clusters::update(app.commands(), &Caller::new("ann"), chosen).await.expect("changed");
}

/// A cluster that is set so, whose third node stops after a few looks; with the moment of the first look without an answer.
async fn silent(app: &TestApp, count: usize) -> (ClusterId, Timestamp) {
    app.world.set("n3", Behaviour::Up);
    let cluster = app.cluster().await.id;
    opens(app, cluster).await;
    (cluster, falls_silent(app, count).await)
}

/// Every incident that was ever opened, newest first.
async fn all(app: &TestApp) -> Vec<Incident> {
    app.read().incidents(&IncidentQuery::default()).await.expect("incidents")
}

/// The checks that were begun are done before a story ends.
async fn done(app: &TestApp) {
    app.run_pending_checks().await;
}

#[test]
fn after_as_many_looks_as_propose_one_is_opened_that_nobody_leads() {
    run_app(async |app| {
        let every = channel(app, "all", ChannelRules::default()).await;
        let (cluster, first) = silent(app, 5).await;
        let (olga, vera) = (app.logged_in("olga", Role::Operator).await, app.logged_in("vera", Role::Viewer).await);
        assert!(all(app).await.is_empty(), "five looks are not enough");
        looks(app, 1).await;
        let incident = all(app).await.pop().expect("one");
        assert_eq!((&incident.opened_by, &incident.lead, incident.drill), (&None, &None, false));
        assert_eq!(incident.node.as_ref().map(|node| node.0.as_str()), Some("n3"));
        assert_eq!(incident.opened_at, first.plus_millis(25_000));
        let events = app.read().timeline(incident.id).await.expect("timeline");
        assert_eq!((&events[0].kind, &events[0].actor), (&EventKind::IncidentOpened, &Actor::Engine));
        let EventKind::FirstSigns { state: LookState::Degraded, nodes } = &events[1].kind else { panic!("{events:?}") };
        assert_eq!((nodes.len(), nodes[0].since), (1, first));
        let EventKind::ChecksStarted { step: Step::Confirm, .. } = &events[2].kind else { panic!("{events:?}") };
        assert_eq!(events[2].actor, Actor::Engine);
        let states = app.read().step_states(incident.id).await.expect("steps");
        assert_eq!(states[0], (Step::Confirm, StepState::Running));
        let opened = ProposalEnd::Opened { incident: incident.id, by: None };
        assert_eq!(end(app, cluster).await, Some(opened), "it is read back as what the program did");
        assert_eq!(told(app, every).await, 0, "no channel is asked to open what is open");
        done(app).await;
        looks(app, 12).await;
        assert_eq!(all(app).await.len(), 1, "once");

        let overview = app.get("/", &olga).await.body;
        assert!(texts(&overview, ".status-incident").concat().contains("Nobody has taken it yet"), "{overview}");
        assert!(texts(&overview, "#worst h1").concat().contains("nobody has taken it yet"), "{overview}");
        let run = app.get("/incidents/1/steps/1", &olga).await.body;
        assert_eq!(texts(&run, "#not-taken button"), ["I take it"]);
        let run = app.get("/incidents/1/steps/1", &vera).await.body;
        assert_eq!((texts(&run, "#not-taken .banner").len(), texts(&run, "#not-taken button").len()), (1, 0));
        assert!(texts(&app.get("/incidents", &vera).await.body, "#records td:last-child").concat().contains("nobody"));
        let report = app.get("/incidents/1/report", &vera).await.body;
        let facts = texts(&report, ".report-facts").concat();
        assert!(facts.contains("Leadnobody") && facts.contains("nodedown, by itself"), "{facts}");
        let json: serde_json::Value =
            serde_json::from_str(&app.get("/incidents/1/report.json", &vera).await.body).expect("JSON");
        assert_eq!(
            (&json["incident"]["lead"], &json["durations_ms"]["notice"]),
            (&serde_json::Value::Null, &25_000.into())
        );
        let csv = app.get("/incidents.csv", &vera).await.body;
        assert!(csv.lines().nth(1).expect("a record").ends_with(",25"), "seconds to notice: {csv}");
        assert!(app.get("/incidents/1/hand-over", &olga).await.body.contains("Nobody has taken it yet"));
    });
}

#[test]
fn one_press_takes_it_and_the_second_person_is_told_who_did() {
    run_app(async |app| {
        silent(app, 6).await;
        done(app).await;
        let (olga, oscar) = (app.logged_in("olga", Role::Operator).await, app.logged_in("oscar", Role::Operator).await);
        let vera = app.logged_in("vera", Role::Viewer).await;
        assert_eq!(app.post("/incidents/1/taking", &vera, &[]).await.status, http::StatusCode::FORBIDDEN);
        let id = IncidentId(1);
        hand_overs::offer(app.commands(), &Caller::new("oscar"), id, "olga", "", None).await.expect("offered");
        for _ in 0..2 {
            let taken = app.post("/incidents/1/taking", &olga, &[("nonce", "a")]).await;
            assert_eq!(taken.location, "/incidents/1", "pressed twice: {}", taken.body);
        }
        assert_eq!(app.post("/incidents/1/taking", &olga, &[]).await.location, "/incidents/1", "and once more");
        let late = app.post("/incidents/1/taking", &oscar, &[]).await;
        assert_eq!(late.status, http::StatusCode::CONFLICT);
        assert!(late.body.contains("olga has taken this incident before you"), "{}", late.body);
        assert!(all(app).await[0].is_led_by("olga"));
        assert!(app.read().waiting_offer(id).await.expect("offers").is_none(), "what was offered is over");
        let events = app.read().timeline(id).await.expect("timeline");
        let taken = EventKind::LeadChanged { to: "olga".to_owned(), offered_by: None };
        assert_eq!(events.iter().filter(|event| event.kind == taken).count(), 1);
        let run = app.get("/incidents/1/steps/1", &olga).await.body;
        assert!(texts(&run, "#not-taken .banner").is_empty() && run.contains("Lead: olga"), "{run}");
    });
}

#[test]
fn without_a_lead_it_can_be_worked_through_closed_and_signed() {
    run_app(async |app| {
        silent(app, 6).await;
        done(app).await;
        let (id, ann) = (IncidentId(1), Caller::new("ann"));
        let close = nodedown::commands::closures::CloseIncident {
            recovered: false,
            reason: "to be replaced".to_owned(),
            stable_ms: 60_000,
        };
        nodedown::commands::closures::close(app.commands(), &ann, id, &close).await.expect("closed");
        let lena = app.logged_in("lena", Role::Lead).await;
        let late = app.post("/incidents/1/taking", &lena, &[]).await;
        assert_eq!(late.status, http::StatusCode::CONFLICT, "it is closed");
        let report = app.get("/incidents/1/report", &lena).await.body;
        assert!(texts(&report, ".report-facts").concat().contains("Leadnobody"));
        let verdict = [("verdict", "confirmed"), ("version", "0"), ("nonce", "v")];
        let saved = app.post("/incidents/1/review", &lena, &verdict).await;
        assert_eq!(saved.status, http::StatusCode::SEE_OTHER, "{}", saved.body);
        let closed = app.read().incident(id).await.expect("incident").expect("one");
        let seen = app.read().signable(&closed).await.expect("content").sha256;
        let signed = app.post("/incidents/1/signature", &lena, &[("seen", &seen), ("nonce", "s")]).await;
        assert_eq!(signed.status, http::StatusCode::SEE_OTHER, "{}", signed.body);
        assert!(!app.read().signatures(id).await.expect("signatures")[0].was_lead);
    });
}

#[test]
fn what_people_settled_is_only_proposed_for_half_an_hour() {
    run_app(async |app| {
        let closed = worked_through(app).await;
        let cluster = app.read().incident(closed).await.expect("incident").expect("some").cluster;
        opens(app, cluster).await;
        app.world.set("n3", Behaviour::Up);
        looks(app, 3).await;
        for times in 1..=3 {
            app.world.set("n3", Behaviour::Stopped);
            looks(app, 6).await;
            assert_eq!(all(app).await.len(), 1, "the one that was closed a moment ago");
            assert_eq!(newest(app, cluster).await.map(|one| (one.times, one.ended)), Some((times, None)));
            app.world.set("n3", Behaviour::Up);
            looks(app, 6).await;
        }
        app.world.set("n3", Behaviour::Stopped);
        looks(app, 6).await;
        app.clock.advance_s(31 * 60);
        looks(app, 6).await;
        assert_eq!(all(app).await.len(), 1, "what was proposed stays proposed: people were asked");
        app.world.set("n2", Behaviour::Stopped);
        looks(app, 6).await;
        let opened = all(app).await;
        assert_eq!((opened.len(), opened[0].lead.as_ref()), (2, None), "it got worse");
        done(app).await;
    });
    run_app(async |app| {
        let (cluster, _) = crate::opening::silent(app, 6).await;
        proposals::dismiss(app.commands(), &Caller::new("ann"), ProposalId(1), "").await.expect("dismissed");
        opens(app, cluster).await;
        app.world.set("n2", Behaviour::Stopped);
        looks(app, 6).await;
        assert_eq!(newest(app, cluster).await.map(|one| (one.id, one.ended)), Some((ProposalId(2), None)));
        app.world.set("n1", Behaviour::Stopped);
        looks(app, 6).await;
        assert!(all(app).await.is_empty(), "somebody dismissed it a moment ago, and it got worse twice");
        app.clock.advance_s(31 * 60);
        app.world.set("n1", Behaviour::Up);
        app.world.set("n2", Behaviour::Up);
        app.world.set("n3", Behaviour::Up);
        looks(app, 6).await;
        app.world.set("n3", Behaviour::Stopped);
        looks(app, 6).await;
        assert_eq!(all(app).await.len(), 1, "another silence, long after");
        done(app).await;
    });
}

#[test]
fn a_maintenance_and_an_open_incident_hold_it_back_and_a_drill_does_not() {
    run_app(async |app| {
        let (cluster, _) = silent(app, 1).await;
        let reason = "new disks".to_owned();
        let plan = PlanMaintenance { cluster, node: Some("n3".into()), begins_in: 0, minutes: 30, reason };
        maintenances::plan(app.commands(), &Caller::new("ann"), plan).await.expect("planned");
        looks(app, 12).await;
        assert!(all(app).await.is_empty());
        app.clock.advance_s(30 * 60);
        looks(app, 1).await;
        assert_eq!(all(app).await.len(), 1, "it is over, and the node is silent still");
        done(app).await;
    });
    run_app(async |app| {
        app.world.set("n3", Behaviour::Stopped);
        app.incident().await;
        let cluster = app.read().clusters().await.expect("clusters")[0].id;
        opens(app, cluster).await;
        looks(app, 12).await;
        assert_eq!(all(app).await.len(), 1, "somebody is on it");
    });
    run_app(async |app| {
        let (cluster, _) = silent(app, 1).await;
        let drill = OpenIncident { cluster, node: None, drill: true, note: String::new() };
        incidents::open(app.commands(), &Caller::new("ann"), drill).await.expect("drill");
        looks(app, 5).await;
        assert_eq!(all(app).await.iter().filter(|one| !one.drill).count(), 1);
        done(app).await;
    });
}

#[test]
fn two_watchers_and_a_person_at_the_same_moment_give_one_incident() {
    run_app(async |app| {
        let (cluster, _) = silent(app, 5).await;
        let again = app.restarted().await;
        for _ in 0..5 {
            again.engine.look_around().await.expect("a look");
        }
        let olga = app.logged_in("olga", Role::Operator).await;
        app.clock.advance_s(5);
        let cluster = cluster.to_string();
        let form = [("cluster", cluster.as_str()), ("node", "n3"), ("nonce", "x")];
        let (_, other, pressed) =
            tokio::join!(app.look_around(), again.engine.look_around(), app.post("/incidents", &olga, &form));
        other.expect("a look");
        let all = all(app).await;
        assert_eq!(all.len(), 1, "{all:?}");
        assert!(pressed.status == http::StatusCode::SEE_OTHER || all[0].lead.is_none(), "{}", pressed.body);
        again.store.close().await;
        done(app).await;
    });
}

/// Lets the store refuse new check runs, or no longer: the last thing that is saved of an opening.
async fn refuse_runs(app: &TestApp, refused: bool) {
    let options = SqliteConnectOptions::new().filename(app.data.path().join("nodedown.db"));
    let mut database: SqliteConnection = options.connect().await.expect("connection");
    let statement = if refused {
        "CREATE TRIGGER no_runs BEFORE INSERT ON check_runs BEGIN SELECT RAISE(ABORT, 'no runs'); END"
    } else {
        "DROP TRIGGER no_runs"
    };
    sqlx::raw_sql(statement).execute(&mut database).await.expect("statement");
    database.close().await.expect("closed");
}

#[test]
fn what_cannot_be_saved_is_not_half_opened_and_the_next_look_tries_again() {
    run_app(async |app| {
        let (cluster, first) = silent(app, 5).await;
        refuse_runs(app, true).await;
        looks(app, 3).await;
        assert!(all(app).await.is_empty());
        assert_eq!(newest(app, cluster).await, None, "neither is it proposed");
        refuse_runs(app, false).await;
        looks(app, 1).await;
        let opened = all(app).await;
        assert_eq!((opened.len(), opened[0].opened_at), (1, app.clock.now()));
        let events = app.read().timeline(opened[0].id).await.expect("timeline");
        let EventKind::FirstSigns { nodes, .. } = &events[1].kind else { panic!("{events:?}") };
        assert_eq!(nodes[0].since, first, "with its first sign");
        done(app).await;
    });
}

#[test]
fn the_form_of_a_cluster_says_what_is_done_and_the_audit_log_who_chose_it() {
    run_app(async |app| {
        let lena = app.logged_in("lena", Role::Lead).await;
        app.post("/clusters", &lena, &[("name", "prod"), ("addresses", "10.0.0.1"), ("nonce", "c")]).await;
        let form = app.get("/clusters/1/edit", &lena).await.body;
        let options =
            ["As the program is set: propose an incident", "propose an incident", "open an incident by itself"];
        assert_eq!(texts(&form, "#on_silence option"), options);
        let node = [("n0-name", "n1"), ("n0-scheme", "http"), ("n0-host", "10.0.0.1"), ("n0-port", "8848")];
        for (chosen, is) in [("open", Some(OnSilence::Open)), ("", None), ("anything", None)] {
            let fields = [("name", "prod"), ("deadline_ms", "3000"), ("n0-files", "none"), ("on_silence", chosen)];
            let saved = app.post("/clusters/1", &lena, &[&fields[..], &node[..]].concat()).await;
            assert_eq!(saved.status, http::StatusCode::SEE_OTHER, "{}", saved.body);
            assert_eq!(app.read().cluster(ClusterId(1)).await.expect("cluster").expect("one").on_silence, is);
        }
        let query = nodedown::store::audit::AuditQuery { limit: 10, ..Default::default() };
        let log = app.read().audit_log(&query).await.expect("audit log");
        let said = log.iter().flat_map(|entry| &entry.changes).filter(|change| change.what == "on_silence").count();
        assert_eq!(said, 2, "chosen, and taken back: {log:?}");
    });
}

#[test]
fn a_channel_is_told_that_it_was_opened_and_later_that_nobody_took_it() {
    run_app(async |app| {
        let rules = ChannelRules { news: [News::Opened, News::Unattended].into(), ..ChannelRules::default() };
        let every = channel(app, "all", rules).await;
        silent(app, 6).await;
        done(app).await;
        let news = async || {
            let read = app.read();
            let known = read.channels().await.expect("channels");
            channels::spread(app.commands(), &known, EventId(0)).await.expect("spread");
            channels::tell_overdue(app.commands(), &known).await.expect("overdue");
            let notices = read.notices(every).await.expect("notices");
            notices.into_iter().rev().map(|notice| notice.news).collect::<Vec<_>>()
        };
        assert_eq!(news().await, [News::Opened]);
        app.clock.advance_s(10 * 60);
        assert_eq!(news().await, [News::Opened, News::Unattended]);
        assert_eq!(news().await, [News::Opened, News::Unattended], "once");
    });
}
