//! Restarts of nodes: one at a time, by one person, for a while.

use http::StatusCode;
use nodedown::commands::{self, Caller, CommandError, restart_claims};
use nodedown::domain::event::EventKind;
use nodedown::domain::finding::Step;
use nodedown::domain::id::NodeName;
use nodedown::domain::incident::DomainError;
use nodedown::domain::restart_claim::GateSaid;
use nodedown::domain::time::Clock as _;
use nodedown::domain::user::Role;

use crate::support::world::Behaviour;
use crate::support::{TestApp, run_app};

async fn logged_in(app: &TestApp, name: &str, role: Role) -> String {
    app.person(name, role).await;
    app.log_in(name).await
}

#[test]
fn a_restart_is_taken_on_by_one_person_and_the_others_are_told_who() {
    run_app(async |app| {
        app.world.set("n3", Behaviour::Stopped);
        let incident = app.incident().await;
        app.check_step(incident, Step::Clients).await;
        let (olga, omar) = (logged_in(app, "olga", Role::Operator).await, logged_in(app, "omar", Role::Operator).await);
        let (lea, vera) = (logged_in(app, "lea", Role::Lead).await, logged_in(app, "vera", Role::Viewer).await);
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
