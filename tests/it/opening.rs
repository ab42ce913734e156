//! Where nobody is on it: what the watcher proposes, what people make of it, and who is told.

use nodedown::commands::incidents::{self, OpenIncident};
use nodedown::commands::maintenances::PlanMaintenance;
use nodedown::commands::{Caller, channels, maintenances, proposals};
use nodedown::domain::audit::AuditKind;
use nodedown::domain::channel::{Channel, ChannelKind, ChannelRules, News};
use nodedown::domain::cluster::CredentialRef;
use nodedown::domain::event::{Actor, EventKind};
use nodedown::domain::finding::Step;
use nodedown::domain::id::{ChannelId, ClusterId, IncidentId, ProposalId};
use nodedown::domain::incident::StepState;
use nodedown::domain::look::LookState;
use nodedown::domain::message::Lang;
use nodedown::domain::notice::About;
use nodedown::domain::proposal::{Proposal, ProposalEnd};
use nodedown::domain::time::{Clock as _, Timestamp};
use nodedown::domain::user::Role;
use nodedown::store::audit::AuditQuery;

use crate::support::world::Behaviour;
use crate::support::{TestApp, run_app, texts, worked_through};

/// So many looks, five seconds apart.
pub async fn looks(app: &TestApp, count: usize) {
    for _ in 0..count {
        app.clock.advance_s(5);
        app.look_around().await;
    }
}

/// A cluster whose third node stops after a few looks, and the moment of the first look that it does not answer.
pub async fn silent(app: &TestApp, count: usize) -> (ClusterId, Timestamp) {
    app.world.set("n3", Behaviour::Up);
    let cluster = app.cluster().await.id;
    (cluster, falls_silent(app, count).await)
}

/// The third node stops after a few looks; the moment of the first look that it does not answer.
pub async fn falls_silent(app: &TestApp, count: usize) -> Timestamp {
    looks(app, 3).await;
    app.world.set("n3", Behaviour::Stopped);
    looks(app, 1).await;
    let first = app.clock.now();
    looks(app, count - 1).await;
    first
}

/// The newest proposal of a cluster, whatever became of it.
pub async fn newest(app: &TestApp, cluster: ClusterId) -> Option<Proposal> {
    app.read().newest_proposal(cluster).await.expect("proposals")
}

/// What became of that; `None`: it is open.
pub async fn end(app: &TestApp, cluster: ClusterId) -> Option<ProposalEnd> {
    newest(app, cluster).await.expect("one").ended.map(|ended| ended.how)
}

/// A channel with these rules.
pub async fn channel(app: &TestApp, name: &str, rules: ChannelRules) -> ChannelId {
    let reference = CredentialRef::Env { name: "NODEDOWN_CRED_ROBOT".to_owned() };
    let (id, kind, mail) = (ChannelId(0), ChannelKind::DingTalk, None);
    let channel = Channel { id, name: name.to_owned(), kind, reference, mail, lang: Lang::En, rules, active: true };
    channels::create(app.commands(), &Caller::new("ann"), channel).await.expect("channel")
}

/// How many messages about proposals a channel has.
pub async fn told(app: &TestApp, channel: ChannelId) -> usize {
    let notices = app.read().notices(channel).await.expect("notices");
    notices.iter().filter(|notice| matches!(notice.about, About::Proposal { .. })).count()
}

#[test]
fn a_node_that_does_not_answer_six_looks_is_proposed_and_both_pages_say_what_was_seen() {
    run_app(async |app| {
        let (cluster, first) = silent(app, 5).await;
        let (olga, vera) = (app.logged_in("olga", Role::Operator).await, app.logged_in("vera", Role::Viewer).await);
        assert_eq!(newest(app, cluster).await, None, "five looks are not enough");
        assert!(texts(&app.get("/", &olga).await.body, ".banner h2").is_empty());
        looks(app, 1).await;
        let proposal = newest(app, cluster).await.expect("one");
        assert_eq!((proposal.state, proposal.first_at, proposal.ended), (LookState::Degraded, first, None));
        assert_eq!(proposal.proposed_at, first.plus_millis(25_000));
        for path in ["/".to_owned(), format!("/clusters/{cluster}")] {
            let page = app.get(&path, &olga).await.body;
            let title = texts(&page, "#proposal-1 h2").concat();
            assert_eq!(title, "prod-hz: no answer from n3, and nobody is on it", "{path}");
            let moment = first.in_zone(&jiff::tz::TimeZone::UTC);
            let line = format!("n3 has not answered the watcher’s looks since {moment} UTC (25 s ago)");
            assert_eq!(texts(&page, "#proposal-1 p"), [line], "{path}");
            assert_eq!(texts(&page, "#proposal-1 button"), ["Start an incident", "Dismiss it"], "{path}");
            assert_eq!(texts(&page, "main .btn.primary"), ["Start an incident"], "{path}: one thing is next");
            let page = app.get(&path, &vera).await.body;
            assert_eq!((texts(&page, "#proposal-1 h2").len(), texts(&page, "#proposal-1 button").len()), (1, 0));
        }
        app.world.set("n3", Behaviour::Up);
        looks(app, 1).await;
        let page = app.get("/", &olga).await.body;
        let says = texts(&page, "#proposal-1").concat();
        assert!(says.contains("n3 answers the newest look") && !says.contains("has not answered"), "{says}");
        looks(app, 5).await;
        assert_eq!(end(app, cluster).await, Some(ProposalEnd::Over));
        assert!(texts(&app.get("/", &olga).await.body, ".banner h2").is_empty());
    });
}

#[test]
fn one_press_opens_one_incident_with_the_first_sign_and_the_second_press_leads_to_it() {
    run_app(async |app| {
        let (cluster, first) = silent(app, 8).await;
        let (olga, oscar) = (app.logged_in("olga", Role::Operator).await, app.logged_in("oscar", Role::Operator).await);
        let (one, other) = tokio::join!(
            app.post("/proposals/1/incident", &olga, &[("nonce", "a")]),
            app.post("/proposals/1/incident", &oscar, &[("nonce", "b")]),
        );
        let mut locations = [one.location, other.location];
        locations.sort();
        assert_eq!(locations, ["/incidents/1", "/incidents/1/steps/1"]);
        let all = app.read().open_incidents().await.expect("incidents");
        assert_eq!(all.len(), 1);
        let incident = &all[0];
        assert_eq!((incident.node.as_ref().map(|node| node.0.as_str()), incident.drill), (Some("n3"), false));
        assert!(incident.is_led_by("olga") || incident.is_led_by("oscar"));
        let events = app.read().timeline(incident.id).await.expect("timeline");
        assert_eq!(events[0].kind, EventKind::IncidentOpened);
        let EventKind::FirstSigns { state: LookState::Degraded, nodes } = &events[1].kind else { panic!("{events:?}") };
        assert_eq!((nodes.len(), nodes[0].since, &events[1].actor), (1, first, &Actor::Engine));
        let states = app.read().step_states(incident.id).await.expect("steps");
        assert_eq!(states[0], (Step::Confirm, StepState::Running));
        let by = incident.lead.clone();
        assert_eq!(end(app, cluster).await, Some(ProposalEnd::Opened { incident: incident.id, by }));
        app.run_pending_checks().await;
        let page = app.get("/incidents/1/timeline", &olga).await.body;
        let moment = first.in_zone(&jiff::tz::TimeZone::UTC);
        assert!(page.contains(&format!("n3: no answer since {moment} UTC")), "{page}");
        assert!(texts(&app.get("/", &olga).await.body, ".banner h2").is_empty());
        looks(app, 12).await;
        assert!(app.read().open_proposals().await.expect("proposals").is_empty(), "somebody is on it");
        let late = app.post("/proposals/1/dismissal", &oscar, &[("reason", "x")]).await;
        assert_eq!(late.location, "/incidents/1", "what is opened cannot be dismissed");
        assert_eq!(app.post("/proposals/99/incident", &oscar, &[]).await.status, http::StatusCode::NOT_FOUND);
    });
}

#[test]
fn an_incident_that_is_opened_by_any_other_way_takes_it_up_and_a_drill_does_not() {
    run_app(async |app| {
        let (cluster, _) = silent(app, 6).await;
        let open = |drill| OpenIncident { cluster, node: None, drill, note: String::new() };
        let drill = incidents::open(app.commands(), &Caller::new("ann"), open(true)).await.expect("drill");
        looks(app, 2).await;
        assert_eq!(end(app, cluster).await, None, "a drill is not about it");
        let signs = |events: Vec<nodedown::domain::event::Event>| {
            events.iter().filter(|event| matches!(event.kind, EventKind::FirstSigns { .. })).count()
        };
        assert_eq!(signs(app.read().timeline(drill).await.expect("timeline")), 0);
        let olga = app.logged_in("olga", Role::Operator).await;
        let cluster_id = cluster.to_string();
        let fields = [("cluster", cluster_id.as_str()), ("node", "n3"), ("nonce", "x")];
        let opened = app.post("/incidents", &olga, &fields).await;
        assert_eq!(opened.location, "/incidents/2/steps/1", "{}", opened.body);
        let taken = ProposalEnd::Opened { incident: IncidentId(2), by: Some("olga".to_owned()) };
        assert_eq!(end(app, cluster).await, Some(taken));
        assert_eq!(signs(app.read().timeline(IncidentId(2)).await.expect("timeline")), 1);
        app.run_pending_checks().await;
    });
}

#[test]
fn the_heading_names_who_works_on_a_real_incident_and_never_the_lead_of_a_drill() {
    run_app(async |app| {
        let (cluster, _) = silent(app, 6).await;
        let olga = app.logged_in("olga", Role::Operator).await;
        let open = |drill| OpenIncident { cluster, node: None, drill, note: String::new() };
        incidents::open(app.commands(), &Caller::new("dora"), open(true)).await.expect("drill");
        app.looked_at(cluster.0, &olga).await;
        let heading = async || texts(&app.get("/", &olga).await.body, "#worst h1").concat();
        let says = heading().await;
        assert!(says.contains("nobody is working on it") && !says.contains("dora is working"), "{says}");
        let proposed = texts(&app.get("/", &olga).await.body, "#proposal-1 h2").concat();
        assert!(proposed.contains("nobody is on it"), "both say the same: {proposed}");
        incidents::open(app.commands(), &Caller::new("olga"), open(false)).await.expect("incident");
        let says = heading().await;
        assert!(says.contains("olga is working on it") && !says.contains("dora"), "{says}");
        let next = texts(&app.get("/", &olga).await.body, ".status-incident strong");
        assert_eq!(next, ["INC-0002", "INC-0001"], "what is real comes first");
    });
}

#[test]
fn an_incident_that_is_opened_again_takes_up_what_was_proposed_meanwhile() {
    run_app(async |app| {
        let id = worked_through(app).await;
        let cluster = app.read().incident(id).await.expect("incident").expect("some").cluster;
        app.world.set("n3", Behaviour::Up);
        looks(app, 3).await;
        app.world.set("n3", Behaviour::Stopped);
        looks(app, 7).await;
        assert_eq!(end(app, cluster).await, None, "it is closed, so nobody is on it");
        incidents::reopen(app.commands(), &Caller::new("ann"), id, "it is back").await.expect("opened again");
        let taken = ProposalEnd::Opened { incident: id, by: Some("ann".to_owned()) };
        assert_eq!(end(app, cluster).await, Some(taken));
        looks(app, 7).await;
        assert!(app.read().open_proposals().await.expect("proposals").is_empty());
    });
}

#[test]
fn where_an_incident_is_open_nothing_is_proposed_and_a_drill_hides_nothing() {
    run_app(async |app| {
        app.world.set("n3", Behaviour::Stopped);
        app.incident().await;
        looks(app, 12).await;
        let cluster = app.read().clusters().await.expect("clusters")[0].id;
        assert_eq!(newest(app, cluster).await, None);
    });
    run_app(async |app| {
        app.world.set("n3", Behaviour::Stopped);
        let cluster = app.cluster().await.id;
        let open = OpenIncident { cluster, node: None, drill: true, note: String::new() };
        incidents::open(app.commands(), &Caller::new("ann"), open).await.expect("drill");
        looks(app, 6).await;
        assert!(newest(app, cluster).await.is_some());
    });
}

#[test]
fn a_dismissal_says_who_and_why_and_holds_for_half_an_hour_unless_it_gets_worse() {
    run_app(async |app| {
        let (cluster, _) = silent(app, 6).await;
        let (olga, vera) = (app.logged_in("olga", Role::Operator).await, app.logged_in("vera", Role::Viewer).await);
        let fields = [("reason", "  a drill of the network team "), ("nonce", "x")];
        assert_eq!(app.post("/proposals/1/dismissal", &vera, &fields).await.status, http::StatusCode::FORBIDDEN);
        let long = app.post("/proposals/1/dismissal", &olga, &[("reason", &"x".repeat(301))]).await;
        assert_eq!((long.status, end(app, cluster).await), (http::StatusCode::UNPROCESSABLE_ENTITY, None));
        for _ in 0..2 {
            let answer = app.post("/proposals/1/dismissal", &olga, &fields).await;
            assert_eq!(answer.status, http::StatusCode::SEE_OTHER, "pressed twice: {}", answer.body);
        }
        let dismissed =
            ProposalEnd::Dismissed { by: "olga".to_owned(), reason: "a drill of the network team".to_owned() };
        assert_eq!(end(app, cluster).await, Some(dismissed));
        let late = app.post("/proposals/1/incident", &olga, &[("nonce", "y")]).await;
        assert_eq!(late.status, http::StatusCode::CONFLICT);
        assert!(late.body.contains("not proposed any more"), "{}", late.body);
        looks(app, 24).await;
        assert!(texts(&app.get("/", &olga).await.body, ".banner h2").is_empty());
        app.world.set("n2", Behaviour::Stopped);
        looks(app, 6).await;
        let page = app.get("/", &olga).await.body;
        let title = texts(&page, "#proposal-2 h2").concat();
        assert!(title.contains("too few nodes answer") && title.contains("n3, n2"), "worse: {title}");
        assert_eq!(texts(&page, "#proposal-2 p").len(), 2, "each since its own moment");
        let opened = app.post("/proposals/2/incident", &olga, &[("nonce", "z")]).await;
        assert_eq!(opened.location, "/incidents/1/steps/1");
        let incident = app.read().incident(IncidentId(1)).await.expect("incident").expect("one");
        assert_eq!(incident.node, None, "several are silent: which one stopped is not known");
        app.run_pending_checks().await;
    });
    run_app(async |app| {
        let (cluster, first) = silent(app, 6).await;
        proposals::dismiss(app.commands(), &Caller::new("ann"), ProposalId(1), "").await.expect("dismissed");
        app.clock.advance_s(29 * 60);
        looks(app, 1).await;
        assert_eq!(newest(app, cluster).await.expect("one").id, ProposalId(1));
        app.clock.advance_s(60);
        looks(app, 1).await;
        let again = newest(app, cluster).await.expect("one");
        assert_eq!((again.id, again.ended, again.nodes[0].since), (ProposalId(2), None, first), "silent all the time");
    });
}

#[test]
fn a_node_that_comes_and_goes_is_one_proposal_and_one_message() {
    run_app(async |app| {
        app.world.set("n3", Behaviour::Up);
        let cluster = app.cluster().await.id;
        let all = channel(app, "all", ChannelRules::default()).await;
        let closed = ChannelRules { news: [News::Closed].into(), ..ChannelRules::default() };
        let closed = channel(app, "closed", closed).await;
        let elsewhere = ChannelRules { clusters: [ClusterId(99)].into(), ..ChannelRules::default() };
        let elsewhere = channel(app, "elsewhere", elsewhere).await;
        looks(app, 6).await;
        for _ in 0..3 {
            app.world.set("n3", Behaviour::Stopped);
            looks(app, 6).await;
            app.world.set("n3", Behaviour::Up);
            looks(app, 6).await;
        }
        app.world.set("n3", Behaviour::Stopped);
        looks(app, 6).await;
        let proposal = newest(app, cluster).await.expect("one");
        assert_eq!((proposal.id, proposal.times, proposal.ended), (ProposalId(1), 4, None));
        assert_eq!((told(app, all).await, told(app, closed).await, told(app, elsewhere).await), (1, 0, 0));
        let olga = app.logged_in("olga", Role::Operator).await;
        let page = app.get("/", &olga).await.body;
        let first = proposal.first_at.in_zone(&jiff::tz::TimeZone::UTC);
        assert!(page.contains(&format!("Silent again, 4 times since {first} UTC.")), "{page}");
        app.world.set("n2", Behaviour::Stopped);
        looks(app, 6).await;
        assert_eq!(told(app, all).await, 2, "what got worse is told at once");
    });
}

#[test]
fn a_program_that_is_started_again_proposes_and_tells_nothing_twice() {
    run_app(async |app| {
        let all = channel(app, "all", ChannelRules::default()).await;
        let (cluster, first) = silent(app, 6).await;
        let before = newest(app, cluster).await.expect("one");
        let again = app.restarted().await;
        for _ in 0..12 {
            app.clock.advance_s(5);
            again.engine.look_around().await.expect("a look");
        }
        assert_eq!(newest(app, cluster).await, Some(before));
        assert_eq!((told(app, all).await, first), (1, newest(app, cluster).await.expect("one").nodes[0].since));
        again.store.close().await;
    });
}

fn planned(cluster: ClusterId, node: Option<&str>, begins_in: u32) -> PlanMaintenance {
    PlanMaintenance { cluster, node: node.map(Into::into), begins_in, minutes: 30, reason: "new disks".to_owned() }
}

#[test]
fn while_a_maintenance_runs_its_nodes_are_not_proposed_and_others_are() {
    run_app(async |app| {
        app.world.set("n3", Behaviour::Up);
        let cluster = app.cluster().await.id;
        let olga = app.logged_in("olga", Role::Operator).await;
        looks(app, 2).await;
        let path = format!("/clusters/{cluster}/maintenances");
        let lacks = app.post(&path, &olga, &[("node", "n3"), ("minutes", "30"), ("reason", " ")]).await;
        assert_eq!(lacks.status, http::StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(texts(&lacks.body, "#plan .error").concat(), "This field is required.");
        let long = app.post(&path, &olga, &[("node", "n3"), ("minutes", "100000"), ("reason", "x")]).await;
        assert_eq!(long.status, http::StatusCode::UNPROCESSABLE_ENTITY);
        let unknown = app.post(&path, &olga, &[("node", "n9"), ("minutes", "30"), ("reason", "x")]).await;
        assert_eq!(unknown.status, http::StatusCode::NOT_FOUND);
        let fields = [("node", "n3"), ("begins_in", "0"), ("minutes", "30"), ("reason", "new disks"), ("nonce", "x")];
        for _ in 0..2 {
            assert_eq!(app.post(&path, &olga, &fields).await.location, format!("/clusters/{cluster}?said=saved"));
        }
        let until = app.clock.now().plus_millis(30 * 60_000).in_zone(&jiff::tz::TimeZone::UTC);
        app.world.set("n3", Behaviour::Stopped);
        looks(app, 12).await;
        assert_eq!(newest(app, cluster).await, None);
        let says = format!("Planned maintenance of n3 until {until} UTC (new disks; olga)");
        for page in ["/".to_owned(), format!("/clusters/{cluster}")] {
            let body = app.get(&page, &olga).await.body;
            assert_eq!(body.matches(&says).count(), 1, "{page}: once, whatever was pressed: {body}");
        }
        app.looked_at(cluster.0, &olga).await;
        let heading = texts(&app.get("/", &olga).await.body, "h1").concat();
        assert!(heading.ends_with("; planned maintenance."), "{heading}");
        app.world.set("n2", Behaviour::Stopped);
        looks(app, 6).await;
        let proposal = newest(app, cluster).await.expect("the other one");
        assert_eq!(proposal.nodes.iter().map(|node| node.node.0.as_str()).collect::<Vec<_>>(), ["n2"]);
        app.world.set("n2", Behaviour::Up);
        looks(app, 6).await;
        assert_eq!(end(app, cluster).await, Some(ProposalEnd::Over), "the one in maintenance holds nothing up");
    });
}

#[test]
fn when_a_maintenance_ends_a_node_that_is_still_silent_is_proposed() {
    run_app(async |app| {
        let (cluster, first) = silent(app, 1).await;
        let (olga, vera) = (app.logged_in("olga", Role::Operator).await, app.logged_in("vera", Role::Viewer).await);
        let ann = Caller::new("ann");
        maintenances::plan(app.commands(), &ann, planned(cluster, Some("n3"), 0)).await.expect("planned");
        maintenances::plan(app.commands(), &ann, planned(cluster, None, 480)).await.expect("planned");
        looks(app, 12).await;
        assert_eq!(newest(app, cluster).await, None, "what comes later covers nothing yet");
        let page = app.get(&format!("/clusters/{cluster}"), &olga).await.body;
        assert_eq!(texts(&page, "#planned button"), ["End now", "Cancel"]);
        let page = app.get(&format!("/clusters/{cluster}"), &vera).await.body;
        assert_eq!((texts(&page, "#planned p").len(), texts(&page, "#planned button").len()), (2, 0));
        assert_eq!(app.post("/maintenances/1/end", &vera, &[]).await.status, http::StatusCode::FORBIDDEN);
        for _ in 0..2 {
            assert_eq!(app.post("/maintenances/1/end", &olga, &[]).await.status, http::StatusCode::SEE_OTHER);
        }
        looks(app, 1).await;
        let proposal = newest(app, cluster).await.expect("one");
        assert_eq!((proposal.first_at, proposal.ended), (first, None), "with its first sign");
        let query = AuditQuery { limit: 10, ..AuditQuery::default() };
        let kinds: Vec<AuditKind> =
            app.read().audit_log(&query).await.expect("audit log").iter().map(|entry| entry.kind).collect();
        let noted = |kind| kinds.iter().filter(|one| **one == kind).count();
        assert_eq!((noted(AuditKind::MaintenancePlanned), noted(AuditKind::MaintenanceEnded)), (2, 1));
    });
    run_app(async |app| {
        let (cluster, _) = silent(app, 1).await;
        let ann = Caller::new("ann");
        maintenances::plan(app.commands(), &ann, planned(cluster, None, 0)).await.expect("planned");
        looks(app, 12).await;
        assert_eq!(newest(app, cluster).await, None);
        app.clock.advance_s(30 * 60);
        looks(app, 1).await;
        assert!(newest(app, cluster).await.is_some(), "it ends by itself");
    });
}

#[test]
fn what_is_proposed_already_is_over_with_the_maintenance_that_covers_it() {
    run_app(async |app| {
        let (cluster, _) = silent(app, 6).await;
        let ann = Caller::new("ann");
        maintenances::plan(app.commands(), &ann, planned(cluster, Some("n1"), 0)).await.expect("planned");
        looks(app, 1).await;
        assert_eq!(end(app, cluster).await, None, "of another node");
        maintenances::plan(app.commands(), &ann, planned(cluster, Some("n3"), 30)).await.expect("planned");
        looks(app, 1).await;
        assert_eq!(end(app, cluster).await, None, "it comes");
        app.clock.advance_s(30 * 60);
        looks(app, 1).await;
        let over = ProposalEnd::Planned { by: "ann".to_owned(), reason: "new disks".to_owned() };
        assert_eq!(end(app, cluster).await, Some(over.clone()), "it began");
        app.clock.advance_s(30 * 60);
        looks(app, 1).await;
        assert_eq!(end(app, cluster).await, None, "proposed anew at once when it is over");
        maintenances::plan(app.commands(), &ann, planned(cluster, None, 0)).await.expect("planned");
        assert_eq!(end(app, cluster).await, Some(over), "at once");
    });
}
