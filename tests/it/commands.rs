//! Commands from the outside: an incident from declared to reviewed, log-in with its limits, sessions, the inventory.

use http::StatusCode;
use nodedown::commands::causes::ChosenCause;
use nodedown::commands::closures::CloseIncident;
use nodedown::commands::devices::{self, Client};
use nodedown::commands::follow_ups::{self, NewFollowUp};
use nodedown::commands::hand_in::output;
use nodedown::commands::incidents::{Decided, OpenIncident, Reason};
use nodedown::commands::maintenances::PlanMaintenance;
use nodedown::commands::review::{self, Sign, Written};
use nodedown::commands::steps::{decide_and_continue, open_and_start};
use nodedown::commands::users::LogIn;
use nodedown::commands::{self, Caller, CommandError, What, channels, restart_claims, setup};
use nodedown::domain::channel::{Channel, ChannelKind, ChannelRules};
use nodedown::domain::cluster::CredentialRef;
use nodedown::domain::event::EventKind;
use nodedown::domain::finding::Step;
use nodedown::domain::follow_up::{FollowUpState, Owner};
use nodedown::domain::id::{ChannelId, EventId, IncidentId};
use nodedown::domain::incident::{DecisionKind, DomainError, IncidentState, StepState};
use nodedown::domain::message::Lang;
use nodedown::domain::notice::{NoticeState, Outcome};
use nodedown::domain::restart_claim::GateSaid;
use nodedown::domain::review::{CauseVerdict, ReviewTexts};
use nodedown::domain::severity::Scope;
use nodedown::domain::time::Clock as _;
use nodedown::domain::user::Role;
use nodedown::store::incidents::IncidentQuery;
use nodedown::store::reviews::VerdictQuery;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use crate::support::world::Behaviour;
use crate::support::{PASSWORD, TestApp, run_app};

#[test]
fn a_cause_that_nobody_found_is_signed_as_unknown() {
    run_app(async |app| {
        let (lea, id, cx) = (Caller::new("lea"), app.incident().await, app.commands());
        let close = CloseIncident { recovered: false, reason: "a wrong call".to_owned(), stable_ms: 60_000 };
        commands::closures::close(cx, &Caller::new("ann"), id, &close).await.expect("closed");
        let judged = |verdict| ReviewTexts { verdict: Some(verdict), ..ReviewTexts::default() };
        let nothing = review::save(cx, &lea, id, 0, &judged(CauseVerdict::Confirmed)).await;
        assert!(
            matches!(nothing, Err(CommandError::Invalid { field: "verdict", .. })),
            "no cause was named: {nothing:?}"
        );
        let unknown = review::save(cx, &lea, id, 0, &judged(CauseVerdict::Unknown)).await;
        assert_eq!(unknown.expect("saved"), Written::Saved);
        assert!(app.read().cause_verdicts(&VerdictQuery::default()).await.expect("counts").is_empty());
        let resolved = app.read().incident(id).await.expect("incident").expect("some");
        let seen = app.read().signable(&resolved).await.expect("content").sha256;
        let signed = review::sign(cx, &lea, id, Sign { seen: &seen, ..Sign::default() }).await;
        assert_eq!(signed.expect("signed"), Written::Saved);
        app.person("vera", Role::Viewer).await;
        let vera = app.log_in("vera").await;
        let report = app.get(&format!("/incidents/{id}/report"), &vera).await.body;
        assert!(report.contains("The cause stays unknown"), "{report}");
    });
}

#[test]
fn an_incident_goes_from_declared_to_reviewed() {
    run_app(async |app| {
        let (ann, id) = (Caller::new("ann"), app.incident().await);
        let cx = app.commands();
        app.person("bob", Role::Operator).await;
        commands::notes::add(cx, &ann, id, Some(Step::Confirm), "已致电机房", Vec::new()).await.expect("note");
        commands::hand_overs::at_once(cx, &ann, id, "bob").await.expect("handed over");
        let nobody = commands::hand_overs::at_once(cx, &ann, id, "nobody").await;
        assert!(matches!(nobody, Err(CommandError::Invalid { field: "to", .. })), "{nobody:?}");
        commands::impact::end(cx, &ann, id, None).await.expect("mitigated");
        let close = async |recovered, reason: &str| {
            let reason = reason.to_owned();
            commands::closures::close(cx, &ann, id, &CloseIncident { recovered, reason, stable_ms: 60_000 }).await
        };
        let early = close(true, "seen by hand").await;
        assert!(matches!(early, Err(CommandError::Domain(DomainError::StepUndecided(Step::Confirm)))));
        for step in Step::ALL {
            let undone = commands::incidents::decide_step(cx, &ann, id, step, DecisionKind::Done, "").await;
            assert!(matches!(undone, Err(CommandError::Domain(DomainError::ChecksNotRun))), "{step:?}");
            app.check_step(id, step).await;
            commands::incidents::decide_step(cx, &ann, id, step, DecisionKind::Done, "").await.expect("decided");
        }
        close(true, "back").await.expect("closed");
        assert!(app.read().watched_incidents().await.expect("watched").is_empty(), "the monitor stops");
        commands::incidents::reopen(cx, &ann, id, "it flapped").await.expect("reopened");
        let unsaid = close(false, "").await;
        assert!(matches!(unsaid, Err(CommandError::Invalid { field: "reason", .. })), "{unsaid:?}");
        close(false, "moved to another rack").await.expect("closed");
        let closure = app.read().closure(id).await.expect("closure").expect("it is closed");
        assert_eq!((closure.recovered, &*closure.reason, &*closure.by), (false, "moved to another rack", "ann"));
        let resolved = app.read().incident(id).await.expect("incident").expect("some");
        let unjudged = review::sign(cx, &Caller::new("lea"), id, Sign::default()).await;
        assert!(matches!(unjudged, Err(CommandError::Invalid { field: "verdict", .. })), "{unjudged:?}");
        let judged = |verdict| ReviewTexts { verdict: Some(verdict), ..ReviewTexts::default() };
        let unknown = review::save(cx, &Caller::new("lea"), id, 0, &judged(CauseVerdict::Unknown)).await;
        assert!(
            matches!(unknown, Err(CommandError::Invalid { field: "verdict", .. })),
            "a cause was named: {unknown:?}"
        );
        let texts = judged(CauseVerdict::Corrected { code: None, words: "a false alarm".to_owned() });
        assert_eq!(review::save(cx, &Caller::new("lea"), id, 0, &texts).await.expect("saved"), Written::Saved);
        let seen = app.read().signable(&resolved).await.expect("content").sha256;
        let sign = Sign { seen: &seen, note: "good record", ..Sign::default() };
        assert_eq!(review::sign(cx, &Caller::new("lea"), id, sign).await.expect("signed"), Written::Saved);
        let late = commands::notes::add(cx, &ann, id, None, "too late", Vec::new()).await;
        assert!(matches!(late, Err(CommandError::Domain(DomainError::RecordSigned))));

        let incident = app.read().incident(id).await.expect("incident").expect("some");
        assert_eq!((incident.state, incident.lead.as_deref()), (IncidentState::Reviewed, Some("bob")));
        assert_eq!(
            (incident.recovered, incident.mitigated_at),
            (Some(false), None),
            "nobody said that the harm is over"
        );
        let timeline = app.read().timeline(id).await.expect("timeline");
        let changes = timeline.iter().filter(|event| matches!(event.kind, EventKind::StateChanged { .. })).count();
        assert_eq!(changes, 5);
        assert_eq!(app.read().first_broken_event(id).await.expect("chain"), None);
        for text in ["机房", "flapped", "prod"] {
            let query = IncidentQuery { text: text.to_owned(), ..IncidentQuery::default() };
            assert_eq!(app.read().incidents(&query).await.expect("search").len(), 1, "{text}");
        }
    });
}

/// Lets the store refuse new check runs, or no longer.
async fn refuse_runs(app: &TestApp, refused: bool) {
    let options = SqliteConnectOptions::new().filename(app.data.path().join("nodedown.db"));
    let mut database = SqliteConnection::connect_with(&options).await.expect("connection");
    let statement = if refused {
        "CREATE TRIGGER no_runs BEFORE INSERT ON check_runs BEGIN SELECT RAISE(ABORT, 'no runs'); END"
    } else {
        "DROP TRIGGER no_runs"
    };
    sqlx::raw_sql(statement).execute(&mut database).await.expect("statement");
}

/// How often the timeline of an incident holds such an event.
async fn count(app: &TestApp, id: IncidentId, is: impl Fn(&EventKind) -> bool) -> usize {
    app.read().timeline(id).await.expect("timeline").iter().filter(|event| is(&event.kind)).count()
}

#[test]
fn an_incident_is_opened_with_its_first_checks_or_not_at_all_and_once() {
    run_app(async |app| {
        let (cluster, form) = (app.cluster().await, Caller::new("ann").with_nonce("form"));
        let open = async || {
            let command =
                OpenIncident { cluster: cluster.id, node: Some("n3".into()), drill: false, note: "help".to_owned() };
            open_and_start(app.commands(), &form, command, &Scope::default(), false).await
        };
        refuse_runs(app, true).await;
        let refused = open().await;
        assert!(matches!(refused, Err(CommandError::Store(_))), "{refused:?}");
        assert!(
            app.read().incidents(&IncidentQuery::default()).await.expect("list").is_empty(),
            "nothing is left of it"
        );
        refuse_runs(app, false).await;
        let id = open().await.expect("the same form again");
        assert_eq!(open().await.expect("a double click"), id);
        assert_eq!(app.read().incidents(&IncidentQuery::default()).await.expect("list").len(), 1);
        assert_eq!(count(app, id, |kind| matches!(kind, EventKind::ChecksStarted { .. })).await, 1);
        assert_eq!(count(app, id, |kind| matches!(kind, EventKind::NoteAdded { .. })).await, 1);
        let runs = app.read().runs_of_step(id, Step::Confirm).await.expect("runs");
        assert!(!runs.is_empty() && runs.iter().all(|run| run.round == 1), "{runs:?}");
        app.run_pending_checks().await;
    });
}

#[test]
fn a_step_is_decided_with_the_checks_of_the_next_one_or_not_at_all_and_once() {
    run_app(async |app| {
        let (cx, id) = (app.commands(), app.incident().await);
        app.check_step(id, Step::Confirm).await;
        let form = Caller::new("ann").with_nonce("form");
        let decide = async || {
            let decided = Decided::new(DecisionKind::Done, Reason::Words(""));
            decide_and_continue(cx, &form, id, Step::Confirm, decided).await
        };
        refuse_runs(app, true).await;
        let refused = decide().await;
        assert!(matches!(refused, Err(CommandError::Store(_))), "{refused:?}");
        assert!(app.read().decisions(id).await.expect("decisions").is_empty(), "nothing is left of it");
        assert_eq!(count(app, id, |kind| matches!(kind, EventKind::StepDecided { .. })).await, 0);
        refuse_runs(app, false).await;
        assert_eq!(decide().await.expect("the same form again"), Some(Step::Logs));
        assert_eq!(decide().await.expect("a double click"), Some(Step::Logs));
        assert_eq!(count(app, id, |kind| matches!(kind, EventKind::StepDecided { .. })).await, 1);
        assert_eq!(count(app, id, |kind| matches!(kind, EventKind::ChecksStarted { .. })).await, 2);
        let states = app.read().step_states(id).await.expect("states");
        // What was to be done before the step ended, and is not, is noted.
        assert_eq!(states[..2], [(Step::Confirm, StepState::DoneWithExceptions), (Step::Logs, StepState::Running)]);
        app.run_pending_checks().await;
    });
}

#[test]
fn a_decision_goes_on_to_the_next_open_step_and_asks_twice_for_nothing() {
    run_app(async |app| {
        let (cx, ann, id) = (app.commands(), Caller::new("ann"), app.incident().await);
        let decide = async |step, kind, words: &str| {
            decide_and_continue(cx, &ann, id, step, Decided::new(kind, Reason::Words(words))).await
        };
        let early = decide(Step::Confirm, DecisionKind::Done, "").await;
        assert!(matches!(early, Err(CommandError::Domain(DomainError::ChecksNotRun))), "{early:?}");
        let untold = decide(Step::Confirm, DecisionKind::Skipped, " ").await;
        assert!(matches!(untold, Err(CommandError::Domain(DomainError::ReasonMissing))), "{untold:?}");
        assert!(app.read().runs_of_step(id, Step::Logs).await.expect("runs").is_empty(), "and no check was started");

        app.check_step(id, Step::Logs).await;
        assert_eq!(decide(Step::Confirm, DecisionKind::Skipped, "known").await.expect("decided"), Some(Step::Logs));
        assert_eq!(count(app, id, |kind| matches!(kind, EventKind::ChecksStarted { .. })).await, 1, "they have run");
        assert_eq!(decide(Step::Confirm, DecisionKind::Reopened, "").await.expect("open again"), None);
        for step in Step::ALL.into_iter().skip(1) {
            let next = decide(step, DecisionKind::Skipped, "a drill").await.expect("decided");
            app.run_pending_checks().await;
            let after = Step::from_number(step.number() + 1);
            assert_eq!(next, Some(after.unwrap_or(Step::Confirm)), "the one that is open before it comes last");
        }
        assert!(app.read().monitor(id).await.expect("monitor").is_some(), "the last step watches the cluster");
        assert_eq!(decide(Step::Confirm, DecisionKind::Skipped, "a drill").await.expect("decided"), None, "all are");
    });
}

#[test]
fn the_first_administrator_comes_by_the_link_once_and_the_last_one_stays() {
    run_app(async |app| {
        let cx = app.commands();
        let token = commands::setup::issue_setup_token(cx).await.expect("token").expect("nobody is there");
        let wrong = commands::setup::first_admin(cx, "guess", "ann", PASSWORD).await;
        assert!(matches!(wrong, Err(CommandError::NotFound(What::Token))));
        let short = commands::setup::first_admin(cx, &token, "ann", "short").await;
        assert!(matches!(short, Err(CommandError::Invalid { field: "password", .. })));
        let ann = commands::setup::first_admin(cx, &token, "ann", PASSWORD).await.expect("an administrator");
        assert!(commands::setup::first_admin(cx, &token, "eve", PASSWORD).await.is_err(), "once");
        assert_eq!(commands::setup::issue_setup_token(cx).await.expect("no error"), None);

        let caller = Caller::new("ann");
        let last = commands::users::update(cx, &caller, ann.id, Role::Lead, true).await;
        assert!(matches!(last, Err(CommandError::Domain(DomainError::LastAdmin))));
        app.person("bob", Role::Admin).await;
        commands::users::update(cx, &caller, ann.id, Role::Admin, false).await.expect("bob is left");
        let out = commands::users::authenticate(cx, "ann", PASSWORD, "10.0.0.9").await.expect("answer");
        assert_eq!(out, LogIn::Wrong, "who may not log in is told nothing");
    });
}

#[test]
fn log_ins_are_throttled_by_name_and_address_until_time_passes() {
    run_app(async |app| {
        app.person("ann", Role::Operator).await;
        let log_in = async |password: &str, address: &str| {
            commands::users::authenticate(app.commands(), "ann", password, address).await.expect("answer")
        };
        for _ in 0..5 {
            assert_eq!(log_in("wrong password", "10.0.0.9").await, LogIn::Wrong);
        }
        assert!(matches!(log_in(PASSWORD, "10.0.0.9").await, LogIn::Throttled { retry_after_s: 1..=900 }));
        assert!(matches!(log_in(PASSWORD, "10.0.0.8").await, LogIn::Welcome(_)), "another address is not held up");
        app.clock.advance_s(15 * 60 + 1);
        assert!(matches!(log_in(PASSWORD, "10.0.0.9").await, LogIn::Welcome(_)));
    });
}

/// Wrong passwords for that name from so many addresses; gives how many were looked at.
async fn strangers_guess(app: &TestApp, name: &str, addresses: u32) -> usize {
    let mut looked_at = 0;
    for at in 0..addresses {
        let answer = commands::users::authenticate(app.commands(), name, "a guess", &*format!("10.9.0.{at}")).await;
        looked_at += usize::from(answer.expect("answer") == LogIn::Wrong);
    }
    looked_at
}

#[test]
fn strangers_use_up_their_own_guesses_and_not_those_of_known_devices() {
    run_app(async |app| {
        let (ann, cx) = (app.person("ann", Role::Operator).await, app.commands());
        let log_in = async |password: &str, client: &Client| {
            commands::users::authenticate(cx, "ann", password, client).await.expect("answer")
        };
        let mut known = Client::from("10.0.0.1");
        let pass = devices::pass_for(cx, &known, ann.id).await.expect("pass").expect("ann has a password");
        known.passes = vec![(ann.id, pass)];
        assert_eq!(devices::sealed_for(cx, &known).await.expect("answer"), Some(ann.id));

        assert_eq!(strangers_guess(app, "ann", 60).await, 50, "over all addresses together");
        let LogIn::Spent { until } = log_in(PASSWORD, &"10.0.0.1".into()).await else { panic!("no more guesses") };
        assert_eq!(until.millis_since(app.clock.now()), 3_600_000);
        assert!(matches!(log_in(PASSWORD, &known).await, LogIn::Welcome(_)), "a known device");
        let moved = Client { address: "10.9.0.1".to_owned(), ..known.clone() };
        assert!(matches!(log_in(PASSWORD, &moved).await, LogIn::Welcome(_)), "wherever it is");

        for _ in 0..5 {
            assert_eq!(log_in("a guess", &known).await, LogIn::Wrong);
        }
        assert!(matches!(log_in(PASSWORD, &known).await, LogIn::Throttled { .. }), "its own guesses end too");
        app.clock.advance_s(3_600);
        assert!(matches!(log_in(PASSWORD, &"10.0.0.1".into()).await, LogIn::Welcome(_)), "it said until when");
        assert!(matches!(log_in(PASSWORD, &known).await, LogIn::Welcome(_)));
    });
}

#[test]
fn a_pass_ends_with_the_password_and_is_good_for_its_owner_only() {
    run_app(async |app| {
        let cx = app.commands();
        let (ann, bob) = (app.person("ann", Role::Operator).await, app.person("bob", Role::Operator).await);
        let nobody = Client::from("10.0.0.1");
        let pass = devices::pass_for(cx, &nobody, ann.id).await.expect("pass").expect("a password");
        let client = |owner, pass: &str| Client { passes: vec![(owner, pass.to_owned())], ..nobody.clone() };
        let mut forged = pass.clone();
        forged.replace_range(..4, "AAAA");
        strangers_guess(app, "ann", 50).await;
        assert_eq!(devices::sealed_for(cx, &client(bob.id, &pass)).await.expect("answer"), None);
        for wrong in [&forged, "x", ""] {
            let client = client(ann.id, wrong);
            let answer = commands::users::authenticate(cx, "ann", PASSWORD, &client).await.expect("answer");
            assert!(matches!(answer, LogIn::Spent { .. }), "{client:?}: {answer:?}");
            assert_eq!(devices::sealed_for(cx, &client).await.expect("answer"), None);
        }
        assert!(matches!(
            commands::users::authenticate(cx, "ann", PASSWORD, &client(ann.id, &pass)).await.expect("answer"),
            LogIn::Welcome(_)
        ));
        commands::users::set_password(cx, &Caller::new("root"), ann.id, PASSWORD).await.expect("set");
        let answer = commands::users::authenticate(cx, "ann", PASSWORD, &client(ann.id, &pass)).await.expect("answer");
        assert!(matches!(answer, LogIn::Spent { .. }), "the same password set anew ends passes too");
    });
}

#[test]
fn the_old_password_has_the_limits_of_a_log_in() {
    run_app(async |app| {
        let ann = app.person("ann", Role::Operator).await;
        let change = async |old: &str| {
            commands::users::change_password(
                app.commands(),
                &Caller::new("ann"),
                ann.id,
                old,
                "another long password",
                "10.0.0.9",
            )
            .await
        };
        let mut keys = Vec::new();
        for _ in 0..6 {
            let Err(CommandError::Invalid { field: "old_password", message }) = change("a guess").await else {
                panic!("a guess was taken")
            };
            keys.push(message.key);
        }
        assert_eq!(keys[4..], ["invalid-old-password", "invalid-password-wait"]);
        assert!(change(PASSWORD).await.is_err(), "it is not looked at");
        app.clock.advance_s(2);
        change(PASSWORD).await.expect("changed");
    });
}

#[test]
fn a_sign_in_link_works_once_for_a_while_and_the_newest_only() {
    run_app(async |app| {
        let cx = app.commands();
        let (ann, root) = (app.person("ann", Role::Operator).await, Caller::new("root"));
        let make = async || setup::issue_sign_in_link(cx, &root, ann.id).await.expect("link");
        let token = |link: &setup::SignInLink| link.path.split_once("token=").expect("a token").1.to_owned();
        let redeem = async |token: &str| setup::redeem_sign_in(cx, token).await;
        let (old, new) = (token(&make().await), token(&make().await));
        assert!(redeem(&old).await.is_err(), "a newer one ends it");
        assert_eq!(setup::sign_in_token_is_for(cx, &new).await.expect("answer"), Some(ann.clone()));
        let files = ["nodedown.db", "nodedown.db-wal"].map(|name| std::fs::read(app.data.path().join(name)));
        for file in files.into_iter().flatten() {
            assert!(!file.windows(new.len()).any(|window| window == new.as_bytes()), "the token is not stored");
        }
        assert_eq!(redeem(&new).await.expect("signed in").id, ann.id);
        assert!(redeem(&new).await.is_err(), "once");

        let late = token(&make().await);
        app.clock.advance_s(15 * 60);
        assert_eq!(setup::sign_in_token_is_for(cx, &late).await.expect("answer"), None);
        assert!(redeem(&late).await.is_err(), "it has ended");
        let stale = token(&make().await);
        commands::users::set_password(cx, &root, ann.id, PASSWORD).await.expect("set");
        assert!(redeem(&stale).await.is_err(), "a new password ends it");
        commands::users::update(cx, &root, ann.id, Role::Operator, false).await.expect("changed");
        let shut_out = setup::issue_sign_in_link(cx, &root, ann.id).await;
        assert!(matches!(shut_out, Err(CommandError::Invalid { field: "sign_in_link", .. })));
    });
}

#[test]
fn sessions_end_with_a_new_password_and_lie_hashed_in_the_database() {
    run_app(async |app| {
        let ann = app.person("ann", Role::Operator).await;
        let cookie = app.log_in("ann").await;
        assert_eq!(app.get("/", &cookie).await.status, StatusCode::OK);
        let token = cookie.split_once('=').expect("name and value").1;
        let files = ["nodedown.db", "nodedown.db-wal"].map(|name| std::fs::read(app.data.path().join(name)));
        for file in files.into_iter().flatten() {
            assert!(!file.windows(token.len()).any(|window| window == token.as_bytes()), "the token is not stored");
        }
        commands::users::change_password(
            app.commands(),
            &Caller::new("ann"),
            ann.id,
            PASSWORD,
            "another long password",
            "10.0.0.9",
        )
        .await
        .expect("changed");
        let answer = app.get("/", &cookie).await;
        assert_eq!(
            (answer.status, answer.location.contains("/login")),
            (StatusCode::SEE_OTHER, true),
            "{}",
            answer.body
        );
        let old = commands::users::change_password(
            app.commands(),
            &Caller::new("ann"),
            ann.id,
            PASSWORD,
            "another long password",
            "10.0.0.9",
        )
        .await;
        assert!(matches!(old, Err(CommandError::Invalid { field: "old_password", .. })));
    });
}

#[test]
fn a_cluster_with_a_record_stays_and_names_are_unique() {
    run_app(async |app| {
        let (ann, cx) = (Caller::new("ann"), app.commands());
        let id = app.incident().await;
        let cluster = app.read().clusters().await.expect("clusters").remove(0);
        let used = commands::clusters::delete(cx, &ann, cluster.id).await;
        assert!(matches!(used, Err(CommandError::Domain(DomainError::ClusterInUse))));
        let twice = commands::clusters::create(cx, &ann, "prod-hz", cluster.nodes.clone(), Vec::new(), 3000).await;
        assert!(matches!(twice, Err(CommandError::Domain(DomainError::NameTaken))));
        let none = commands::clusters::create(cx, &ann, "x", Vec::new(), Vec::new(), 3000).await;
        assert!(matches!(none, Err(CommandError::Invalid { field: "nodes", .. })));
        let form = Caller::new("ann").with_nonce("form");
        let first = commands::clusters::create(cx, &form, "dr-sz", cluster.nodes.clone(), Vec::new(), 3000)
            .await
            .expect("made");
        let again =
            commands::clusters::create(cx, &form, "dr-sz", cluster.nodes, Vec::new(), 3000).await.expect("the same");
        assert_eq!(first, again);
        commands::clusters::delete(cx, &ann, first.id).await.expect("deleted");
        assert!(app.read().incident(id).await.expect("incident").is_some());
    });
}

#[test]
fn pasted_output_is_redacted_and_told_to_the_checks() {
    run_app(async |app| {
        let (ann, id) = (Caller::new("ann"), app.incident().await);
        let text = "State Recv-Q Send-Q Local Address:Port\nLISTEN 0 128 *:8848 *:*\npassword=hunter2secret\n";
        output(app.commands(), &ann, id, &"n3".into(), "ss", text).await.expect("taken");
        let unknown = output(app.commands(), &ann, id, &"n3".into(), "rm", text).await;
        assert!(matches!(unknown, Err(CommandError::Invalid { field: "kind", .. })));
        let given = app.read().handed_in(id).await.expect("given");
        let kept = format!("{:?}", given[0].what);
        assert!(kept.contains("LISTEN") && !kept.contains("hunter2secret"), "{kept}");
    });
}

#[test]
fn a_crash_between_two_starts_loses_nothing_that_was_acknowledged() {
    run_app(async |app| {
        let id = app.incident().await;
        let note = Caller::new("ann").with_nonce("note");
        let event = commands::notes::add(app.commands(), &note, id, None, "kept", Vec::new()).await.expect("note");
        let again = commands::notes::add(app.commands(), &note, id, None, "kept", Vec::new()).await.expect("the same");
        assert_eq!(event, again, "a double click is one note");
        let timeline = app.read().timeline(id).await.expect("timeline");
        assert_eq!(timeline.iter().filter(|event| matches!(event.kind, EventKind::NoteAdded { .. })).count(), 1);
    });
}

#[test]
fn a_message_that_is_asked_for_again_is_as_young_as_a_new_one_and_is_removed_long_after_it_ended() {
    const DAY_S: i64 = 24 * 3600;
    run_app(async |app| {
        let cx = app.commands();
        let reference = CredentialRef::Env { name: "NODEDOWN_CRED_ROBOT".to_owned() };
        let rules = ChannelRules::default();
        let (kind, mail) = (ChannelKind::Webhook, None);
        let ops = Channel {
            id: ChannelId(0),
            name: "ops".to_owned(),
            kind,
            reference,
            mail,
            lang: Lang::En,
            rules,
            active: true,
        };
        let id = channels::create(cx, &Caller::new("root"), ops).await.expect("channel");
        app.incident().await;
        let all = app.read().channels().await.expect("channels");
        channels::spread(cx, &all, EventId(0)).await.expect("noted");
        let tried = async |outcome| {
            let due = app.read().due_notices(id, cx.clock().now()).await.expect("notices");
            channels::record(cx, &due, outcome, "no_service").await.expect("noted");
            app.read().notices(id).await.expect("notices")[0].state
        };
        assert_eq!(tried(Outcome::Refused).await, NoticeState::Refused);
        app.clock.advance_s(2 * DAY_S);
        assert_eq!(channels::send_again(cx, id).await.expect("asked"), 1);
        for _ in 0..3 {
            assert_eq!(tried(Outcome::Later).await, NoticeState::Waiting, "its age counts from when somebody asked");
            app.clock.advance_s(600);
        }
        app.clock.advance_s(DAY_S);
        assert_eq!(tried(Outcome::Later).await, NoticeState::GivenUp);

        assert_eq!(channels::drop_old(cx).await.expect("looked"), 0);
        app.clock.advance_s(90 * DAY_S);
        assert_eq!(channels::drop_old(cx).await.expect("removed"), 1);
        assert!(app.read().notices(id).await.expect("notices").is_empty());
    });
}

#[test]
fn no_text_that_a_person_types_keeps_a_secret() {
    const SECRET: &str = "Tr0ub4dor-and-3";
    run_app(async |app| {
        let typed = |place: &str| format!("{place}: ran it with db.password.0={SECRET} before that");
        let (ann, cx) = (Caller::new("ann"), app.commands());
        app.world.set("n3", Behaviour::Stopped);
        for name in ["bob", "lea"] {
            app.person(name, Role::Lead).await;
        }
        let cluster = app.cluster().await;
        let open = OpenIncident { cluster: cluster.id, node: Some("n3".into()), drill: false, note: typed("opening") };
        let scope = Scope { severity: None, affected: vec![typed("affected")] };
        let id = commands::incidents::open_with(cx, &ann, open, &scope, true).await.expect("opened");
        app.check_step(id, Step::Confirm).await;
        let done = DecisionKind::DoneWithExceptions;
        commands::incidents::decide_step(cx, &ann, id, Step::Confirm, done, &typed("decision")).await.expect("decided");
        commands::hand_overs::offer(cx, &ann, id, "bob", &typed("hand-over"), None).await.expect("offered");
        let claim =
            restart_claims::TakeRestart { node: &"n3".into(), gate: GateSaid::NotJudged, reason: &typed("claim") };
        restart_claims::take(cx, &ann, id, claim).await.expect("taken");
        let words = commands::causes::choose(cx, &ann, id, &ChosenCause::InWords, &typed("cause"), None).await;
        words.expect("said");
        let close = |place| CloseIncident { recovered: false, reason: typed(place), stable_ms: 60_000 };
        commands::closures::close(cx, &ann, id, &close("closing")).await.expect("closed");
        commands::incidents::reopen(cx, &ann, id, &typed("opening again")).await.expect("open again");
        commands::closures::close(cx, &ann, id, &close("closing again")).await.expect("closed");
        let planned = PlanMaintenance {
            cluster: cluster.id,
            node: None,
            begins_in: 0,
            minutes: 30,
            reason: typed("maintenance"),
        };
        commands::maintenances::plan(cx, &ann, planned).await.expect("planned");
        let owner = Owner { name: "bob".to_owned(), has_account: true };
        let todo = NewFollowUp { what: typed("follow-up"), owner, due: "2026-12-21".parse().expect("a day") };
        let todo = follow_ups::add(cx, &ann, id, &todo).await.expect("added");
        let dropped = FollowUpState::Dropped;
        follow_ups::mark(cx, &ann, id, todo, dropped, &typed("dropping")).await.expect("dropped");
        let texts = ReviewTexts {
            verdict: Some(CauseVerdict::Corrected { code: None, words: typed("correction") }),
            factors: vec![typed("factor")],
            lessons: typed("lessons"),
            ..ReviewTexts::default()
        };
        let lea = Caller::new("lea");
        assert_eq!(review::save(cx, &lea, id, 0, &texts).await.expect("saved"), Written::Saved);
        let saved = app.read().review(id).await.expect("review").expect("one").texts;
        assert!(saved != texts && review::is_saved(cx, &texts, &saved), "what was typed is what is saved, hidden");
        let resolved = app.read().incident(id).await.expect("incident").expect("some");
        let seen = app.read().signable(&resolved).await.expect("content").sha256;
        let sign = Sign { seen: &seen, reason: "", note: &typed("signature") };
        assert_eq!(review::sign(cx, &lea, id, sign).await.expect("signed"), Written::Saved);
        review::reopen(cx, &lea, id, &typed("review again")).await.expect("open again");

        let events = app.read().timeline(id).await.expect("timeline");
        let kept = serde_json::to_string(&events.iter().map(|event| &event.kind).collect::<Vec<_>>()).expect("JSON");
        for place in
            ["opening", "affected", "decision", "hand-over", "claim", "cause", "closing", "lessons", "signature"]
        {
            assert!(kept.contains(&format!("{place}: ran it with db.password.0=••••")), "{place}: {kept}");
        }
        let mut read = 0;
        for file in std::fs::read_dir(app.data.path()).expect("folder").map(|file| file.expect("file").path()) {
            if file.is_file() {
                let bytes = std::fs::read(&file).expect("bytes");
                read += bytes.len();
                assert!(!bytes.windows(SECRET.len()).any(|found| found == SECRET.as_bytes()), "{}", file.display());
            }
        }
        assert!(read > 100_000, "the database was read: {read} bytes");
    });
}
