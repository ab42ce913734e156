//! Every migration has a twin in `tests/it/migrations/`, loaded right after it: what it wrote can be read by this program.

use std::path::Path;

use nodedown::domain::baseline::Part;
use nodedown::domain::capture::KeptBy;
use nodedown::domain::channel::{MISSING_MIN, News, UNATTENDED_MIN};
use nodedown::domain::client_owner::{ClientOwner, Through};
use nodedown::domain::code::Code;
use nodedown::domain::finding::Step;
use nodedown::domain::follow_up::FollowUpState;
use nodedown::domain::id::{ChannelId, ClusterId, IncidentId, NodeName, NoticeId, ProposalId};
use nodedown::domain::incident::StepState;
use nodedown::domain::look::{Grain, LookState};
use nodedown::domain::notice::{About, Notice};
use nodedown::domain::on_silence::OnSilence;
use nodedown::domain::owner_told::{Fate, OwnerSays};
use nodedown::domain::proposal::ProposalEnd;
use nodedown::domain::severity::Severity;
use nodedown::domain::time::Timestamp;
use nodedown::store::Store;
use nodedown::store::audit::AuditQuery;
use nodedown::store::captured_files::CapturedText;
use nodedown::store::migrations::MIGRATIONS;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

#[tokio::test]
async fn what_older_programs_wrote_can_be_read() {
    let folder = tempfile::tempdir().expect("folder");
    let options = SqliteConnectOptions::new().filename(folder.path().join("nodedown.db")).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.expect("connection");
    for migration in MIGRATIONS.iter() {
        MIGRATIONS.run_to(migration.version, &mut connection).await.expect("migrated");
        let twin = twin(migration.version);
        let text = std::fs::read_to_string(&twin).unwrap_or_else(|error| panic!("{}: {error}", twin.display()));
        sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut connection).await.expect("the twin fits its schema");
    }
    connection.close().await.expect("closed");

    let store = Store::open(folder.path()).await.expect("opens");
    let read = store.read();
    assert_eq!(read.users().await.expect("users").len(), 1);
    let cluster = &read.clusters().await.expect("clusters")[0];
    assert_eq!((cluster.nodes.len(), cluster.accept_unseen.len()), (2, 2));
    assert_eq!(cluster.on_silence, Some(OnSilence::Open));
    assert_eq!(read.releases().await.expect("releases").len(), 2);
    let id = IncidentId(1);
    assert!(read.incident(id).await.expect("incident").is_some());
    assert_eq!(read.step_states(id).await.expect("steps"), [(Step::Confirm, StepState::Skipped)]);
    assert_eq!(read.runs(id).await.expect("runs").len(), 2);
    assert_eq!(read.timeline(id).await.expect("timeline").len(), 1);
    let pinned = read.pinned_cause(id).await.expect("cause").expect("one is pinned");
    assert_eq!((pinned.words.as_str(), pinned.named), ("a power cut", None));
    let marks = read.to_do_marks(id).await.expect("marks");
    assert_eq!((marks.len(), marks[0].done, marks[0].by.as_str(), marks[0].kept), (2, true, "ann", None));
    assert_eq!(marks[1].kept, Some(KeptBy::Upload));
    let monitor = read.monitor(id).await.expect("monitor").expect("one ran");
    assert_eq!(monitor.stable_since.millis_since(monitor.well_since), 30_000);
    let closure = read.closure(id).await.expect("closure");
    assert_eq!(closure.map(|closure| (closure.recovered, closure.by)), Some((false, "ann".to_owned())));
    let ends = read.impact_ends(id).await.expect("impact ends");
    assert_eq!(ends.iter().map(|end| end.by.as_str()).collect::<Vec<_>>(), ["ann"]);
    let scope = read.incident(id).await.expect("incident").expect("some").scope;
    assert_eq!((scope.severity, scope.affected.len()), (Some(Severity::Sev2), 2));
    let offer = read.waiting_offer(id).await.expect("offer").expect("one waits");
    assert_eq!((offer.by.as_str(), offer.to.as_str()), ("ann", "eve"));
    let captures = read.captures(id).await.expect("captures");
    assert!(captures[0].result().is_some_and(|result| result.missing.len() == 1), "{captures:?}");
    let files = read.captured_files(id).await.expect("files");
    let (_, _, text) = read.captured_text(files[0].id).await.expect("text").expect("there is one");
    assert_eq!(text, CapturedText::Whole("Nacos 2.5.1\n".to_owned()));
    let seen = "7208794c984ea1c75d13877c7427336fe98722c41a056eeee4f37360ec367123";
    assert_eq!(read.attachment(seen).await.expect("attachments").as_deref(), Some(&b"seen"[..]));
    let review = read.review(id).await.expect("review").expect("one is saved");
    assert_eq!(review.texts.was_code(&review.said), Some(Code::NodeKilled));
    let follow_up = &read.follow_ups(id).await.expect("follow-ups")[0];
    assert_eq!((follow_up.state(), follow_up.due.to_string().as_str()), (FollowUpState::Done, "2026-12-01"));
    assert!(read.open_follow_ups().await.expect("follow-ups").is_empty());
    assert!(read.open_follow_up_counts().await.expect("counts").is_empty());
    assert!(read.signatures(id).await.expect("signatures")[0].was_lead);
    let (from, to) = (Timestamp::from_millis(0), Timestamp::from_millis(120_000));
    let looks = read.looks(ClusterId(1), Grain::Minute, from, to).await.expect("looks");
    let (node, seen) = &looks[0].nodes[0];
    assert_eq!((looks.len(), looks[0].state, looks[0].looks, node.0.as_str()), (1, LookState::Up, 12, "n1"));
    assert_eq!((seen.sdk_connections, seen.metrics.services, seen.raft.len()), (Some(4), Some(2), 1));
    let (times, clients) = &read.clients_seen(ClusterId(1), from).await.expect("clients")[&NodeName::from("n1")];
    let told: Vec<_> = clients.iter().map(|span| (span.key.ip.as_str(), span.client.connections, span.until)).collect();
    let at = Timestamp::from_millis;
    assert_eq!(
        (times[0].from, told),
        (from.max(at(60_000)), vec![("10.0.4.7", 2, at(90_000)), ("10.0.4.8", 1, at(70_000))])
    );
    let hosts = read.client_hosts(ClusterId(1)).await.expect("hosts");
    assert_eq!((hosts[0].client.as_str(), hosts[0].place.host.port), ("10.0.4.9 pay", 2222));
    let tried = &read.client_logs_read(id).await.expect("logs that were read")[0];
    assert!(tried.seen.is_none() && tried.failed.is_some() && tried.tried_at == at(90_000), "{tried:?}");
    let said = &read.clients_say(id).await.expect("client logs")["10.0.4.7 order"];
    assert_eq!((said.only_server(), said.tried.len()), (Some("10.0.0.3:8848"), 1));
    let published = &read.clients_published(ClusterId(1), from).await.expect("published")[&NodeName::from("n1")];
    let told: Vec<_> = published.iter().map(|span| (span.published.instances.len(), span.until)).collect();
    assert_eq!(told, [(0, Some(at(70_000))), (1, None)]);
    let services = &read.service_counts(ClusterId(1)).await.expect("services")[&NodeName::from("n1")];
    assert_eq!((services.counts["DEFAULT_GROUP@@order"].all, services.left_out, services.at), (3, 4, at(60_000)));
    let baseline = read.baselines(ClusterId(1)).await.expect("baselines").remove(0);
    let node = &baseline.seen.nodes[&NodeName::from("n1")];
    assert_eq!((baseline.version, node.parts().len()), (1, Part::ALL.len() - 1));
    let owners = read.client_owners(ClusterId(1)).await.expect("owners");
    let lines: Vec<String> = owners.iter().map(ClientOwner::line).collect();
    assert_eq!(
        lines,
        [
            "10.0.4.0/24 → team order, ext. 4412".to_owned(),
            "pay → team pay | ops".to_owned(),
            "bill → team bill".to_owned()
        ]
    );
    assert_eq!(owners[2].through, Through::Deleted { name: "old group".to_owned() });
    let telling = &read.owner_tellings(id).await.expect("tellings")[0];
    assert_eq!((telling.news.says, telling.news.clients.len(), telling.is_over), (OwnerSays::Missing, 1, false));
    assert!(matches!(telling.fate, Fate::Waiting { tried: false, .. }), "{telling:?}");
    let links = read.board_links().await.expect("links");
    assert_eq!(
        links.iter().map(|link| (link.name.as_str(), link.ended.is_none())).collect::<Vec<_>>(),
        [("operations room", true)]
    );
    let waivers = read.client_waivers(id).await.expect("waivers");
    let told: Vec<_> = waivers.iter().map(|one| (one.what.to_string(), one.holds())).collect();
    assert_eq!(told, [("10.0.4.0/24".to_owned(), true), ("order".to_owned(), false)]);
    let proposal = read.newest_proposal(ClusterId(1)).await.expect("proposals").expect("one is open");
    assert_eq!((proposal.state, proposal.nodes.len(), proposal.ended), (LookState::Down, 2, None));
    let dismissed = read.proposal(ProposalId(1)).await.expect("proposals").expect("one").ended.map(|ended| ended.how);
    assert!(matches!(dismissed, Some(ProposalEnd::Dismissed { by, .. }) if by == "ann"));
    let maintenances = read.maintenances(Timestamp::from_millis(2000)).await.expect("maintenances");
    assert_eq!(maintenances.iter().map(|one| one.reason.as_str()).collect::<Vec<_>>(), ["new disks"]);
    let notices = read.notices(ChannelId(1)).await.expect("notices");
    assert!(matches!(&notices[0].about, About::Owner { owner, .. } if owner == "team pay"), "{notices:?}");
    let notices = &notices[1..];
    let late = |notice: &Notice| notice.news == News::StepLate && matches!(notice.about, About::Event { .. });
    assert!(late(&notices[0]), "the same event a second time, as other news");
    let notices = &notices[1..];
    assert_eq!(notices[1].asked_at, Some(Timestamp::from_millis(90_000_000)), "rows are kept");
    let mail = read.channels().await.expect("channels")[0].0.clone();
    let route = mail.mail.map(|route| (route.from, route.to.len()));
    assert_eq!(route, Some(("nodedown@corp.example".to_owned(), 1)));
    let rules = &mail.rules;
    assert_eq!((rules.step_late_min, rules.unattended_min, rules.missing_min), (45, UNATTENDED_MIN, MISSING_MIN));
    assert!(matches!(notices[1].about, About::Event { incident: IncidentId(1), .. }));
    assert!(matches!(&notices[0].about, About::Proposal { proposal: ProposalId(2), cluster: ClusterId(1), .. }));
    assert_eq!((notices[0].id, notices[0].news), (NoticeId(2), News::Proposed));
    let audit = AuditQuery { limit: 10, ..AuditQuery::default() };
    assert_eq!(read.audit_log(&audit).await.expect("audit log").len(), 2);
}

fn twin(version: i64) -> std::path::PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/migrations");
    let named = |entry: &std::fs::DirEntry| entry.file_name().to_string_lossy().starts_with(&version.to_string());
    let entries = std::fs::read_dir(&folder).expect("the folder of twins").map_while(Result::ok);
    entries.into_iter().find(named).map_or_else(|| folder.join(format!("{version}_….sql")), |entry| entry.path())
}
