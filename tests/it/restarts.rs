//! Restarts of nodes: one at a time, by one person, for a while.

use http::StatusCode;
use nodedown::commands::{self, Caller, CommandError, restart_claims};
use nodedown::domain::event::EventKind;
use nodedown::domain::finding::Step;
use nodedown::domain::id::{IncidentId, NodeName};
use nodedown::domain::incident::DomainError;
use nodedown::domain::restart_claim::GateSaid;
use nodedown::domain::start_followed::{Follow, FollowState, RowState, StartRow};
use nodedown::domain::time::Clock as _;
use nodedown::domain::user::Role;
use scraper::{ElementRef, Html, Selector};

use crate::support::world::Behaviour;
use crate::support::{TestApp, run_app, texts};

#[test]
fn a_restart_is_taken_on_by_one_person_and_the_others_are_told_who() {
    run_app(async |app| {
        app.world.set("n3", Behaviour::Stopped);
        let incident = app.incident().await;
        app.check_step(incident, Step::Clients).await;
        let (olga, omar) = (app.logged_in("olga", Role::Operator).await, app.logged_in("omar", Role::Operator).await);
        let (lea, vera) = (app.logged_in("lea", Role::Lead).await, app.logged_in("vera", Role::Viewer).await);
        let (claims, over) =
            (format!("/incidents/{incident}/restart-claims"), format!("/incidents/{incident}/restart-claims/end"));
        let take = async |who: &str, node: &str, reason: &str| {
            app.post(&claims, who, &[("step", "5"), ("node", node), ("reason", reason)]).await
        };
        let page = async |who: &str| app.get(&format!("/incidents/{incident}/steps/5"), who).await.body;
        assert!(
            page(&olga).await.contains("name=\"node\" value=\"n1\"") && !page(&vera).await.contains("restart-claims")
        );

        assert_eq!(take(&vera, "n1", "x").await.status, StatusCode::FORBIDDEN);
        let unsaid = take(&olga, "n1", "").await;
        assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY, "the majority would be lost: a reason is needed");
        assert_eq!(take(&olga, "n9", "x").await.status, StatusCode::NOT_FOUND);
        assert_eq!(take(&olga, "n1", "the rack loses power").await.status, StatusCode::SEE_OTHER);
        let refused = take(&omar, "n2", "me too").await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert!(refused.body.contains("olga is restarting n1"), "{}", refused.body);
        let back = format!("href=\"/incidents/{incident}/steps/5#gates\"");
        assert!(refused.body.contains(&back) && unsaid.body.contains(&back), "what is refused leads back to the gate");
        let seen = page(&omar).await;
        assert!(seen.contains("olga is restarting n1") && seen.contains("the rack loses power"), "{seen}");
        assert!(!seen.contains("name=\"node\" value=\"n2\""), "nobody else is offered one");
        assert_eq!(app.post(&over, &omar, &[("step", "5")]).await.status, StatusCode::CONFLICT, "it is not omar's");
        assert_eq!(app.post(&over, &lea, &[("step", "5")]).await.status, StatusCode::SEE_OTHER, "a lead may");
        assert_eq!(take(&omar, "n2", "its turn").await.status, StatusCode::SEE_OTHER);
        assert_eq!(take(&olga, "n1", "again").await.status, StatusCode::CONFLICT);
        app.clock.advance_s(15 * 60);
        assert!(!page(&olga).await.contains("omar is restarting"), "it held for a quarter of an hour");
        assert_eq!(take(&olga, "n1", "again").await.status, StatusCode::SEE_OTHER);

        let timeline = app.read().timeline(incident).await.expect("timeline");
        let taken: Vec<_> = timeline
            .iter()
            .filter_map(|event| match &event.kind {
                EventKind::RestartTaken { node, gate, reason, .. } => Some((node.0.as_str(), *gate, reason.as_str())),
                _ => None,
            })
            .collect();
        assert_eq!(taken[0], ("n1", GateSaid::No, "the rack loses power"));
        assert_eq!((taken.len(), taken[2].1), (3, GateSaid::NotJudged), "the checks were old by then");
        let told = app.get(&format!("/incidents/{incident}/timeline"), &vera).await.body;
        assert!(told.contains("Restarts n1") && told.contains("The restart of n1 is over"), "{told}");
    });
}

#[test]
fn of_many_who_take_on_a_restart_at_once_exactly_one_does() {
    run_app(async |app| {
        let incident = app.incident().await;
        let names = ["n1", "n2", "n3"].map(NodeName::from);
        let tries = (0..12).map(|number| {
            let (caller, node) = (Caller::new(format!("op{number}")), &names[number % 3]);
            async move {
                let asked = restart_claims::TakeRestart { node, gate: GateSaid::Yes, reason: "" };
                restart_claims::take(app.commands(), &caller, incident, asked).await
            }
        });
        let ends = futures_util::future::join_all(tries).await;
        assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 1);
        let holder =
            app.read().restart_claim(app.read().clusters().await.expect("clusters")[0].id, app.clock.now()).await;
        let holder = holder.expect("claim").expect("one holds").by;
        let named = |end: &Result<(), CommandError>| match end {
            Err(CommandError::Domain(DomainError::RestartTaken { by, .. })) => *by == holder,
            Err(_) => false,
            Ok(()) => true,
        };
        assert!(ends.iter().all(named), "{ends:?}");
        let close = commands::closures::CloseIncident { recovered: false, reason: "x".to_owned(), stable_ms: 60_000 };
        commands::closures::close(app.commands(), &Caller::new("ann"), incident, &close).await.expect("closed");
        let asked = restart_claims::TakeRestart { node: &names[0], gate: GateSaid::Yes, reason: "" };
        let late = restart_claims::take(app.commands(), &Caller::new("ann"), incident, asked).await;
        assert!(matches!(late, Err(CommandError::Domain(DomainError::IncidentClosed))), "{late:?}");
    });
}

#[test]
fn of_two_people_who_press_at_once_exactly_one_restarts_and_the_other_reads_who_in_their_language() {
    run_app(async |app| {
        app.world.set("n3", Behaviour::Stopped);
        let incident = app.incident().await;
        app.check_step(incident, Step::Confirm).await;
        let in_lang = |cookie: String, lang: &str| format!("{cookie}; nodedown_lang={lang}");
        let olga = in_lang(app.logged_in("olga", Role::Operator).await, "en");
        let omar = in_lang(app.logged_in("omar", Role::Operator).await, "zh-CN");
        let claims = format!("/incidents/{incident}/restart-claims");
        let over = format!("{claims}/end");
        let take = async |who: &str, node: &str| {
            app.post(&claims, who, &[("step", "1"), ("node", node), ("reason", "the rack loses power")]).await
        };
        for round in 0..6 {
            // Both are on their way before either is answered; who comes first changes.
            let (of_olga, of_omar) = if round % 2 == 0 {
                tokio::join!(take(&olga, "n1"), take(&omar, "n2"))
            } else {
                let (of_omar, of_olga) = tokio::join!(take(&omar, "n2"), take(&olga, "n1"));
                (of_olga, of_omar)
            };
            let (won, lost, winner, told) = match (of_olga.status, of_omar.status) {
                (StatusCode::SEE_OTHER, StatusCode::CONFLICT) => (of_olga, of_omar, &olga, "olga 正在重启 n1"),
                (StatusCode::CONFLICT, StatusCode::SEE_OTHER) => (of_omar, of_olga, &omar, "omar is restarting n2"),
                statuses => panic!("not exactly one: {statuses:?}"),
            };
            let gate = format!("/incidents/{incident}/steps/1#gates");
            assert!(lost.body.contains(told), "{}", lost.body);
            assert!(lost.body.contains(&format!("href=\"{gate}\"")), "{}", lost.body);
            assert_eq!(won.location, gate);
            assert_eq!(app.post(&over, winner, &[("step", "1")]).await.status, StatusCode::SEE_OTHER);
        }
        // Who of two wins is left to chance; each language is read where the order is fixed.
        let orders =
            [(&olga, "n1", &omar, "n2", "olga 正在重启 n1"), (&omar, "n2", &olga, "n1", "omar is restarting n2")];
        for (first, node, second, other, told) in orders {
            assert_eq!(take(first, node).await.status, StatusCode::SEE_OTHER);
            let late = take(second, other).await;
            assert!(late.status == StatusCode::CONFLICT && late.body.contains(told), "{}", late.body);
            assert_eq!(app.post(&over, first, &[("step", "1")]).await.status, StatusCode::SEE_OTHER);
        }
        let timeline = app.read().timeline(incident).await.expect("timeline");
        let taken = timeline.iter().filter(|event| matches!(event.kind, EventKind::RestartTaken { .. }));
        assert_eq!(taken.count(), 8, "what was refused left no trace");
    });
}

#[test]
fn the_gate_stands_on_every_step_and_what_is_next_knows_a_restart() {
    run_app(async |app| {
        app.world.set("n3", Behaviour::Stopped);
        let incident = app.incident().await;
        let (olga, omar) = (app.logged_in("olga", Role::Operator).await, app.logged_in("omar", Role::Operator).await);
        let page = async |step: u8, who: &str| app.get(&format!("/incidents/{incident}/steps/{step}"), who).await.body;
        let line = async || texts(&page(1, &olga).await, "#gates summary")[0].clone();
        for step in 1..=6 {
            let gates = page(step, &olga).await;
            assert_eq!(texts(&gates, "#gates .list .badge"), ["Not yet"; 3], "step {step}: nothing is judged");
            assert!(texts(&gates, "#gates").concat().contains("waits for a round of checks"));
            assert_eq!(texts(&gates, "#gates-fold").len(), usize::from(step <= 4), "step {step}");
        }
        assert_eq!(line().await, "Before anybody restarts a node: n1 not yet, n2 not yet, n3 not yet");
        app.check_step(incident, Step::Confirm).await;
        assert_eq!(line().await, "Before anybody restarts a node: n1 no, n2 no, n3 not yet");

        let claims = format!("/incidents/{incident}/restart-claims");
        let take = [("step", "2"), ("node", "n3"), ("reason", "its cause is gone")];
        let taken = app.post(&claims, &olga, &take).await;
        assert_eq!(taken.location, format!("/incidents/{incident}/steps/2#gates"));
        looks(app, 1).await;
        let seen = page(2, &omar).await;
        let said = texts(&seen, "#say").concat();
        assert!(said.contains("olga is restarting n3 until, at the latest,") && said.contains("Wait,"), "{said}");
        let waits = "Wait: restart of n3 under way";
        assert_eq!(texts(&seen, "#gates .list .badge"), [waits, waits, "Being restarted"]);
        assert_eq!(texts(&seen, "#gates-fold[open]").len(), 1, "who restarts what is not folded away");
        assert!(texts(&seen, "#gates .list").concat().contains("No evidence is kept yet"), "it has not begun");
        assert_eq!(texts(&seen, "#main-action"), ["See the start"]);
        let own = texts(&page(4, &olga).await, "#say").concat();
        assert!(own.contains("Before you start n3, do what the gate below still asks for"), "{own}");
        app.clock.advance_s(121);
        let old = page(5, &omar).await;
        assert_eq!(texts(&old, "#gates .list .badge"), [waits, waits, "Being restarted"], "and no bare answer");
        assert!(texts(&old, "#gates .banner.warn").is_empty(), "what is waited for is the restart");

        app.world.set("n3", Behaviour::Up);
        looks(app, 1).await;
        let begun = page(2, &omar).await;
        assert!(!texts(&begun, "#gates .list").concat().contains("No evidence is kept yet"), "it starts");
        assert_eq!(texts(&begun, "#starts #start-1 tbody tr").len(), 9, "its start is followed on every step");
        looks(app, 6).await;
        assert!(told(app, incident).await.pop().expect("told").over);
        let done = page(2, &olga).await;
        assert!(texts(&done, "#starts tr").is_empty());
        let link = format!("#start-1 a[href='/incidents/{incident}/steps/5#start-1']");
        assert_eq!(texts(&done, &link).len(), 1, "afterwards a line leads to it");
        assert_eq!(texts(&page(5, &olga).await, "#start-1 tbody tr").len(), 9);
        assert_eq!(texts(&done, "form[action$='/restart-claims/end'] #main-action"), ["The restart is over"]);
        assert_eq!(texts(&page(2, &omar).await, "a#main-action"), ["See the start"], "it is not omar's");
        assert_eq!(app.post(&format!("{claims}/end"), &olga, &[("step", "2")]).await.status, StatusCode::SEE_OTHER);
        let after = texts(&page(2, &omar).await, "#say").concat();
        assert!(!after.contains("restarting"), "{after}");
    });
}

#[test]
fn the_page_of_a_cluster_answers_by_looks_what_they_can_tell_and_by_the_round_of_its_incident() {
    run_app(async |app| {
        app.world.set("n3", Behaviour::Stopped);
        let cluster = app.cluster().await;
        let olga = app.logged_in("olga", Role::Operator).await;
        let gates = |page: &str| texts(page, "#gates .list .badge");
        let looked = app.looked_at(1, &olga).await.body;
        assert_eq!(gates(&looked), ["No", "No", "Not judged"]);
        let said = texts(&looked, "#gates .list").concat();
        assert!(said.contains("n3 is not running") && said.contains("its evidence has to be kept"), "{said}");
        app.world.set("n3", Behaviour::Up);
        let looked = app.looked_at(1, &olga).await.body;
        assert_eq!(gates(&looked), ["Not judged"; 3], "no look says yes");
        assert!(texts(&looked, "#gates .list").concat().contains("do not measure the links"));
        assert_eq!(texts(&looked, "#gates a[href='/incidents/new?cluster=1']").len(), 1, "{looked}");

        app.world.set("n3", Behaviour::Stopped);
        let plan = commands::maintenances::PlanMaintenance {
            cluster: cluster.id,
            node: Some(NodeName::from("n2")),
            begins_in: 0,
            minutes: 60,
            reason: "new memory".to_owned(),
        };
        commands::maintenances::plan(app.commands(), &Caller::new("olga"), plan).await.expect("planned");
        let open = commands::incidents::OpenIncident {
            cluster: cluster.id,
            node: Some(NodeName::from("n3")),
            drill: false,
            note: String::new(),
        };
        let incident = commands::incidents::open(app.commands(), &Caller::new("ann"), open).await.expect("incident");
        app.check_step(incident, Step::Confirm).await;
        let run = async || app.get(&format!("/incidents/{incident}/steps/5"), &olga).await.body;
        let judged = app.looked_at(1, &olga).await.body;
        assert_eq!(gates(&judged), ["No", "No", "Not yet"]);
        assert_eq!(texts(&judged, "#gates .list li .grow"), texts(&run().await, "#gates .list li .grow"));
        assert!(texts(&judged, "#gates").concat().contains("new memory"), "what is planned is named beside");
        let claims = format!("/incidents/{incident}/restart-claims");
        let take = [("step", "1"), ("node", "n3"), ("reason", "its turn")];
        assert_eq!(app.post(&claims, &olga, &take).await.status, StatusCode::SEE_OTHER);
        looks(app, 1).await;
        let claimed = app.get("/clusters/1", &olga).await.body;
        assert!(texts(&claimed, "#gates").concat().contains("olga is restarting n3"));
        assert_eq!(gates(&claimed)[0], "Wait: restart of n3 under way");
        assert_eq!(texts(&claimed, &format!("#gates a[href='/incidents/{incident}/steps/5#start-1']")).len(), 1);
        assert_eq!(app.post(&format!("{claims}/end"), &olga, &[("step", "1")]).await.status, StatusCode::SEE_OTHER);
        app.clock.advance_s(121);
        let old = app.looked_at(1, &olga).await.body;
        assert_eq!(gates(&old), ["Not judged"; 3], "out of date as on the run screen");
        assert_eq!(gates(&run().await), ["Not judged"; 3]);
        let why = "This answer is out of date";
        assert!(texts(&old, "#gates").concat().contains(why) && texts(&run().await, "#gates").concat().contains(why));
    });
}

#[test]
fn a_cluster_that_is_well_may_lose_one_node() {
    run_app(async |app| {
        app.world.set("n3", Behaviour::Up);
        let incident = app.incident().await;
        app.check_step(incident, Step::Confirm).await;
        let olga = app.logged_in("olga", Role::Operator).await;
        let page = app.get(&format!("/incidents/{incident}/steps/5"), &olga).await.body;
        // n1 leads, and nobody tried the port that the others would elect over.
        let said = ["Not yet", "Yes", "Yes"];
        assert_eq!(texts(&page, "#gates .list .badge"), said, "{:?}", texts(&page, "#gates .list"));
    });
}

/// So many looks, five seconds apart; most requests that one node got in one of them.
async fn looks(app: &TestApp, count: usize) -> usize {
    let mut most = 0;
    for _ in 0..count {
        most = app.counted_look().await.max(most);
    }
    most
}

async fn told(app: &TestApp, incident: IncidentId) -> Vec<Follow> {
    let follows = app.read().restart_follows(incident).await.expect("starts");
    follows.into_iter().map(|(_, follow)| follow).collect()
}

/// Each row of the newest start on a page: its name and the word for how far it is.
fn rows(page: &str) -> Vec<(String, String)> {
    let html = Html::parse_document(page);
    let selector = |text: &str| Selector::parse(text).expect("selector");
    let (rows, word) = (selector("#start-1 tbody tr"), selector(".badge"));
    let text = |row: ElementRef<'_>| row.select(&word).next().map(|badge| badge.text().collect::<String>());
    html.select(&rows)
        .map(|row| {
            (row.attr("data-row").unwrap_or_default().to_owned(), text(row).unwrap_or_default().trim().to_owned())
        })
        .collect()
}

#[test]
fn a_start_is_followed_row_by_row_and_stays_in_the_record() {
    run_app(async |app| {
        app.world.set("n3", Behaviour::Up);
        app.world.connect("n3", 4);
        let incident = app.incident().await;
        let olga = app.logged_in("olga", Role::Operator).await;
        let page = async || app.get(&format!("/incidents/{incident}/steps/5"), &olga).await.body;
        looks(app, 4).await;
        assert!(!page().await.contains("id=\"start-1\""), "nobody restarts anything");
        let claims = format!("/incidents/{incident}/restart-claims");
        let take = [("step", "5"), ("node", "n3"), ("reason", "its turn")];
        assert_eq!(app.post(&claims, &olga, &take).await.status, StatusCode::SEE_OTHER);
        looks(app, 1).await;
        let waits = rows(&page().await);
        assert_eq!((waits.len(), waits[0].0.as_str(), waits[0].1.as_str()), (9, "down", "Waited for"));
        assert!(waits[1..].iter().all(|(_, word)| word == "Later"), "it is up from before: {waits:?}");

        app.world.set("n3", Behaviour::Stopped);
        app.world.connect("n3", 0);
        assert!(looks(app, 3).await <= 4, "requests a node a look");
        let down = rows(&page().await);
        assert_eq!((down[0].1.as_str(), down[1].1.as_str()), ("Reached", "Waited for"), "{down:?}");
        assert!(told(app, incident).await.is_empty());
        app.world.set("n3", Behaviour::Up);
        assert!(looks(app, 1).await <= 4, "requests a node a look");
        let came = told(app, incident).await;
        assert_eq!((came.len(), came[0].state, came[0].over), (1, FollowState::GoingOn, false), "{came:?}");
        looks(app, 4).await;
        let done = told(app, incident).await.pop().expect("told");
        assert_eq!(
            (done.state, done.over, done.unseen()),
            (FollowState::Done, true, vec![StartRow::Distro]),
            "{done:?}"
        );
        let clients = done.row(StartRow::Clients).and_then(|row| row.says.clone()).expect("counted");
        assert_eq!((clients.args["now"].as_str(), clients.args["before"].as_str()), ("0", "4"));
        let shown = rows(&page().await);
        assert!(shown[..8].iter().all(|(name, word)| word == "Reached" || name == "distro"), "{shown:?}");
        assert_eq!((shown[4].1.as_str(), shown[8].1.as_str()), ("Not known", "Waited for"));

        // The second start is compared with the first; the node is lost again while it is followed.
        let over = format!("{claims}/end");
        assert_eq!(app.post(&over, &olga, &[("step", "5")]).await.status, StatusCode::SEE_OTHER);
        looks(app, 1).await;
        assert_eq!(app.post(&claims, &olga, &take).await.status, StatusCode::SEE_OTHER);
        for behaviour in [Behaviour::Stopped, Behaviour::Up, Behaviour::Stopped] {
            app.world.set("n3", behaviour);
            looks(app, 2).await;
        }
        assert!(page().await.contains("Lost again"));
        let lost = nodedown::commands::restart_follows::read(
            app.read(),
            app.read().restart_claims_of(incident).await.expect("claims").last().expect("one"),
            app.clock.now(),
        )
        .await
        .expect("a start");
        assert!(matches!(lost.row(StartRow::Ready).expect("a row").state, RowState::Lost { .. }), "{lost:?}");
        app.world.set("n3", Behaviour::Up);
        looks(app, 5).await;
        let again = told(app, incident).await.pop().expect("told");
        assert_eq!(
            (again.state, again.earlier_ms.as_slice()),
            (FollowState::Done, &[done.total_ms().expect("done")][..])
        );

        let timeline = app.get(&format!("/incidents/{incident}/timeline"), &olga).await.body;
        assert!(timeline.contains("n3 starts") && timeline.contains("The start of n3 is done"), "{timeline}");
        let report = app.get(&format!("/incidents/{incident}/report"), &olga).await.body;
        assert!(report.contains("no earlier start of this node is known") && report.contains("earlier starts:"));
        let markdown = app.get(&format!("/incidents/{incident}/report.md"), &olga).await.body;
        assert!(markdown.contains("Counted from when"), "{markdown}");
        let json = app.get(&format!("/incidents/{incident}/report.json"), &olga).await.body;
        let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        let starts: Vec<&serde_json::Value> = json["timeline"]
            .as_array()
            .expect("entries")
            .iter()
            .map(|entry| &entry["event"]["kind"])
            .filter(|kind| kind["event"] == "restart_followed" && kind["follow"]["over"] == true)
            .collect();
        assert_eq!(starts.len(), 2, "{json:#}");
        let rows = starts[0]["follow"]["rows"].as_array().expect("rows");
        assert_eq!((rows[0]["row"].as_str(), rows[0]["state"].as_str()), (Some("down"), Some("reached")));
        assert!(rows[0]["at"].is_i64() && starts[0]["follow"]["state"] == "done", "{}", starts[0]);
    });
}

#[test]
fn a_restart_that_nobody_does_is_given_up() {
    run_app(async |app| {
        app.world.set("n3", Behaviour::Up);
        let incident = app.incident().await;
        looks(app, 2).await;
        let n3 = NodeName::from("n3");
        let asked = restart_claims::TakeRestart { node: &n3, gate: GateSaid::Yes, reason: "" };
        restart_claims::take(app.commands(), &Caller::new("ann"), incident, asked).await.expect("taken");
        looks(app, 2).await;
        restart_claims::end(app.commands(), &Caller::new("ann"), incident, false).await.expect("over");
        looks(app, 6).await;
        assert!(told(app, incident).await.is_empty());
        looks(app, 8).await;
        let follows = told(app, incident).await;
        assert_eq!(
            (follows.len(), follows[0].state, follows[0].over),
            (1, FollowState::Abandoned, true),
            "{follows:?}"
        );
    });
}
