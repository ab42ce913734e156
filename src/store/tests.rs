//! Runs every statement on a temporary file.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::audit::AuditQuery;
use super::hand_in::{Came, HandedInWhat};
use super::incidents::IncidentQuery;
use super::samples::SampleSpan;
use super::sessions::Standing;
use super::settings::TokenPurpose;
use super::*;
use crate::domain::audit::{AuditActor, AuditArea, AuditChange, AuditKind};
use crate::domain::backup::{BackupEnd, BackupNote};
use crate::domain::check_run::{CheckRun, CheckRunState, RunEnd};
use crate::domain::closure::Measured;
use crate::domain::cluster::{Cluster, CredentialRef, FileSource, FrontDoor, parse_nodes};
use crate::domain::credential::{Purpose, Recipient};
use crate::domain::diagnosis::{Diagnosis, Health};
use crate::domain::event::{Actor, EventKind};
use crate::domain::evidence::{Evidence, Vantage};
use crate::domain::exception::{NotedCheck, NotedException};
use crate::domain::finding::{Coverage, Judgement, Outcome, Step};
use crate::domain::hand_over::{Card, OfferEnd};
use crate::domain::id::{CheckRunId, ClusterId, EventId, IncidentId, NodeName, UserId};
use crate::domain::incident::{DecisionKind, IncidentState, StepState};
use crate::domain::kept::KeptFile;
use crate::domain::message::Message;
use crate::domain::observed::{Observed, SampleSeen};
use crate::domain::runbook::{CheckSpec, Localised, Runbook, RunbookStep};
use crate::domain::severity::{Scope, Severity};
use crate::domain::user::{Role, User};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

struct Fixture {
    store: Store,
    folder: tempfile::TempDir,
}

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        Self { store: Store::open(folder.path()).await.expect("store"), folder }
    }

    async fn begin(&self) -> WriteTx {
        self.store.begin(NOW).await.expect("begin")
    }

    fn read(&self) -> &ReadStore {
        self.store.read()
    }

    /// What somebody changes with `sqlite3`.
    async fn by_hand(&self, statement: &'static str) -> Result<()> {
        let mut tx = self.store.write.begin().await?;
        sqlx::query(statement).execute(&mut *tx).await?;
        tx.commit(None).await
    }

    /// An incident on a new cluster of two nodes.
    async fn incident(&self) -> IncidentId {
        let mut tx = self.begin().await;
        let nodes = parse_nodes("10.0.0.1,10.0.0.2").expect("nodes");
        let id = tx.insert_cluster("prod", &nodes, &[], 3000).await.expect("insert").expect("free name");
        let cluster = tx.cluster(id).await.expect("cluster").expect("some");
        let node = NodeName::from("10.0.0.2");
        let incident =
            tx.insert_incident(&cluster, Some(&node), false, Some("ann"), &runbook()).await.expect("incident");
        tx.commit().await.expect("commit");
        incident
    }

    /// Queued and claimed runs of one check on one node.
    async fn running(&self, incident: IncidentId, round: i64) -> CheckRun {
        let mut tx = self.begin().await;
        let node = NodeName::from("10.0.0.1");
        tx.insert_run(incident, Step::Monitor, round, "monitor.sample", Some(&node)).await.expect("insert");
        let queued = tx.unfinished_runs_of_step(incident, Step::Monitor).await.expect("queued").pop().expect("one");
        let run = tx.claim_run(queued.id, "engine").await.expect("claim").expect("was queued");
        tx.commit().await.expect("commit");
        run
    }
}

fn runbook() -> Runbook {
    let text = || Localised { en: "text".to_owned(), zh_cn: "文字".to_owned() };
    let step = |step| RunbookStep {
        step,
        title: text(),
        asks: text(),
        instructions: text(),
        exit: text(),
        budget_min: 5,
        checks: vec![CheckSpec { kind: "monitor.sample".to_owned() }],
    };
    let steps = Step::ALL.into_iter().map(step).collect();
    Runbook { slug: "nacos-node-down".to_owned(), version: "1".to_owned(), title: text(), steps }
}

fn sample(at: Timestamp) -> SampleSeen {
    SampleSeen { alive: true, ready: Some(true), ..SampleSeen::silent(at) }
}

fn judged() -> RunEnd {
    let summary = Message::new("x");
    RunEnd::Judged {
        judgement: Judgement {
            outcome: Outcome::Pass,
            summary,
            findings: Vec::new(),
            seen: Coverage::All,
            not_seen: Vec::new(),
        },
    }
}

#[tokio::test]
async fn settings_tokens_and_nonces() {
    let f = Fixture::new().await;
    let secret = f.read().install_secret().await.expect("secret");
    f.store.close().await;
    let again = Store::open(f.folder.path()).await.expect("store");
    assert_eq!(again.read().install_secret().await.expect("secret"), secret, "made once");

    let mut tx = again.begin(NOW).await.expect("begin");
    tx.insert_token(TokenPurpose::Setup, "hash", None, None).await.expect("insert");
    tx.insert_token(TokenPurpose::SignIn, "other", None, None).await.expect("insert");
    tx.delete_tokens(TokenPurpose::SignIn).await.expect("delete");
    tx.keep_nonce("ann", "n", "1").await.expect("keep");
    assert_eq!(tx.nonce_result("ann", "n").await.expect("nonce").as_deref(), Some("1"));
    assert_eq!(tx.nonce_result("bob", "n").await.expect("nonce"), None);
    tx.commit().await.expect("commit");
    let token = async |purpose, hash, now| again.read().token(purpose, hash, now).await.expect("token");
    assert_eq!(token(TokenPurpose::Setup, "hash", NOW).await, Some(None));
    assert_eq!(token(TokenPurpose::SignIn, "other", NOW).await, None);
    let mut tx = again.begin(NOW).await.expect("begin");
    assert_eq!(tx.take_token(TokenPurpose::Setup, "hash").await.expect("take"), Some(None));
    assert_eq!(tx.take_token(TokenPurpose::Setup, "hash").await.expect("take"), None, "once");
    let ann = tx.insert_user("ann", Role::Admin, None).await.expect("insert").expect("free").id;
    let until = NOW.plus_millis(1000);
    for hash in ["first", "second"] {
        tx.delete_sign_in_tokens(ann).await.expect("delete");
        tx.insert_token(TokenPurpose::SignIn, hash, Some(ann), Some(until)).await.expect("insert");
    }
    tx.commit().await.expect("commit");
    assert_eq!(token(TokenPurpose::SignIn, "first", NOW).await, None, "one at a time");
    assert_eq!(token(TokenPurpose::SignIn, "second", NOW).await, Some(Some(ann)));
    assert_eq!(token(TokenPurpose::SignIn, "second", until).await, None, "it has ended");
    let mut tx = again.begin(until).await.expect("begin");
    assert_eq!(tx.take_token(TokenPurpose::SignIn, "second").await.expect("take"), None, "it has ended");
}

#[tokio::test]
async fn the_audit_log_only_grows() {
    let f = Fixture::new().await;
    let mut tx = f.begin().await;
    let ann = AuditActor::Person { name: "ann".to_owned() };
    let role = [AuditChange::new("role", Some("viewer".to_owned()), Some("lead".to_owned()))];
    tx.append_audit(&ann, AuditKind::UserChanged, "bob", &role).await.expect("append");
    tx.append_audit(&ann, AuditKind::ClusterDeleted, "bob", &[]).await.expect("append");
    assert_eq!(tx.started_with().await.expect("settings"), BTreeMap::new());
    let settings = BTreeMap::from([("listen".to_owned(), "127.0.0.1:1".to_owned())]);
    tx.keep_started_with(&settings).await.expect("kept");
    tx.keep_started_with(&settings).await.expect("kept again");
    assert_eq!(tx.started_with().await.expect("settings"), settings);
    tx.append_audit(&AuditActor::Start, AuditKind::SettingsChanged, "", &[]).await.expect("append");
    tx.commit().await.expect("commit");

    let ask = async |area: Option<AuditArea>, person: &str, before: Option<i64>| {
        let query =
            AuditQuery { area, person: person.to_owned(), before: before.map(crate::domain::id::AuditId), limit: 10 };
        f.read().audit_log(&query).await.expect("entries")
    };
    let all = ask(None, "", None).await;
    let kinds: Vec<_> = all.iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [AuditKind::SettingsChanged, AuditKind::ClusterDeleted, AuditKind::UserChanged], "newest first");
    assert_eq!((all[2].actor.clone(), all[2].changes.clone(), all[2].at), (ann, role.to_vec(), NOW));
    assert_eq!(ask(Some(AuditArea::Users), "", None).await.len(), 1);
    assert_eq!(ask(None, "ann", None).await.len(), 2);
    assert_eq!(ask(None, "bob", None).await.len(), 1, "a cluster of that name is nobody");
    assert_eq!(ask(None, "", Some(all[0].id.0)).await.len(), 2);
    for statement in ["UPDATE audit_log SET subject = ''", "DELETE FROM audit_log WHERE id = 1"] {
        let refused = f.by_hand(statement).await;
        assert!(refused.is_err(), "{statement}");
    }
}

#[tokio::test]
async fn users_and_sessions() {
    let f = Fixture::new().await;
    let mut tx = f.begin().await;
    assert!(!tx.has_users().await.expect("none"));
    let ann = tx.insert_user("ann", Role::Admin, Some("phc")).await.expect("insert").expect("free");
    assert!(tx.insert_user("ann", Role::Viewer, None).await.expect("insert").is_none(), "taken");
    let bob = tx.insert_user("bob", Role::Viewer, None).await.expect("insert").expect("free");
    assert_eq!(tx.other_active_admins(ann.id).await.expect("count"), 0);
    tx.update_user(bob.id, Role::Admin, true).await.expect("update");
    assert_eq!(tx.other_active_admins(ann.id).await.expect("count"), 1);
    tx.update_password(bob.id, "new").await.expect("update");
    assert_eq!(tx.user(bob.id).await.expect("user").expect("some").role, Role::Admin);
    assert_eq!(tx.user_by_name("bob").await.expect("user").expect("some").id, bob.id);

    let end = NOW.plus_millis(1000);
    assert!(tx.insert_session("hash", Some(ann.id), "{}", end).await.expect("insert"));
    assert!(!tx.insert_session("hash", None, "{}", end).await.expect("insert"), "in use");
    assert!(tx.update_session("hash", Some(ann.id), "{\"a\":1}", end).await.expect("update"));
    assert!(!tx.update_session("gone", None, "{}", end).await.expect("update"));
    assert!(tx.insert_session("second", Some(bob.id), "{}", end).await.expect("insert"));
    tx.commit().await.expect("commit");

    let read = f.read();
    assert!(read.has_users().await.expect("some"));
    let (user, phc) = read.credentials("ann").await.expect("credentials").expect("some");
    assert_eq!((user.id, phc.as_deref()), (ann.id, Some("phc")));
    assert!(read.credentials("eve").await.expect("credentials").is_none());
    assert_eq!(read.users().await.expect("users").len(), 2);
    assert_eq!(read.user(ann.id).await.expect("user"), Some(ann.clone()));
    assert_eq!(read.user(UserId(99)).await.expect("user"), None);
    assert_eq!(read.user_by_name("ann").await.expect("user"), Some(ann.clone()));
    assert_eq!(read.password_hash(ann.id).await.expect("hash").as_deref(), Some("phc"));
    assert_eq!(read.session("hash", NOW).await.expect("session"), Some(("{\"a\":1}".to_owned(), end)));
    assert_eq!(read.session("hash", end).await.expect("session"), None, "ended");
    let mut hashes: Vec<String> = (0..20).map(|n| format!("unknown {n}")).collect();
    hashes.extend(["hash".to_owned(), "second".to_owned()]);
    let standings = read.standings(&hashes).await.expect("standings");
    let commit = read.commit_number().await.expect("number");
    let standing = |data: &str, user: &User| Standing { data: data.to_owned(), end, user: Some(user.clone()), commit };
    assert_eq!(standings.len(), 2, "{standings:?}");
    let bob = read.user(bob.id).await.expect("user").expect("some");
    assert_eq!((&standings["hash"], &standings["second"]), (&standing("{\"a\":1}", &ann), &standing("{}", &bob)));

    let mut tx = f.begin().await;
    tx.delete_sessions_of(ann.id).await.expect("delete");
    tx.delete_session("unknown").await.expect("delete");
    assert_eq!(tx.delete_expired_sessions(end).await.expect("delete"), 1);
}

#[tokio::test]
async fn clusters() {
    let f = Fixture::new().await;
    let incident = f.incident().await;
    let mut cluster = f.read().clusters().await.expect("clusters").remove(0);
    assert_eq!(cluster.nodes.len(), 2);
    let mut tx = f.begin().await;
    assert!(tx.insert_cluster("prod", &[], &[], 3000).await.expect("insert").is_none(), "taken");
    let other = tx.insert_cluster("other", &cluster.nodes, &cluster.doors, 3000).await.expect("insert").expect("free");
    assert!(tx.cluster_has_incidents(cluster.id).await.expect("has"));
    assert!(!tx.cluster_has_incidents(other).await.expect("has"));
    cluster.nodes.reverse();
    cluster.node_deadline_ms = 5000;
    cluster.doors = vec![FrontDoor::parse("http://vip:8848/nacos").expect("a door")];
    assert!(tx.update_cluster(&cluster).await.expect("update"));
    let taken = Cluster { name: "other".to_owned(), ..cluster.clone() };
    assert!(!tx.update_cluster(&taken).await.expect("update"));
    tx.delete_cluster(other).await.expect("delete");
    tx.commit().await.expect("commit");
    assert_eq!(f.read().cluster(cluster.id).await.expect("cluster"), Some(cluster), "order of the inventory is kept");
    assert_eq!(f.read().cluster(ClusterId(99)).await.expect("cluster"), None);
    assert!(f.read().incident(incident).await.expect("incident").is_some());
}

#[tokio::test]
async fn releases_of_credentials() {
    let f = Fixture::new().await;
    assert!(!f.read().wants_take_over().await.expect("mark"));
    let mut tx = f.begin().await;
    assert!(!tx.begin_take_over().await.expect("mark"), "nothing was there before");
    let reference = CredentialRef::parse("file:/creds/a b").expect("reference");
    let to = Recipient::parse_all("http://n1:8848 [fd00::1]").expect("addresses");
    let insert = async |tx: &mut WriteTx, purpose, taken| {
        tx.insert_release(&reference, purpose, &to, taken, "ann").await.expect("insert")
    };
    let api = insert(&mut tx, Purpose::Api, false).await.expect("the first");
    assert_eq!(insert(&mut tx, Purpose::Api, false).await, None, "released already");
    let ssh = insert(&mut tx, Purpose::Ssh, true).await.expect("another purpose");
    tx.update_release(api, &to[..1]).await.expect("update");
    tx.commit().await.expect("commit");
    let all = f.read().releases().await.expect("releases");
    assert_eq!((all[0].id, all[0].recipients.as_slice(), all[0].by.as_str()), (api, &to[..1], "ann"));
    assert_eq!((all[1].id, all[1].recipients.as_slice(), all[1].wants_review()), (ssh, to.as_slice(), true));
    assert_eq!(f.read().releases_to_review().await.expect("count"), 1);
    let mut tx = f.begin().await;
    tx.review_release(ssh).await.expect("review");
    tx.delete_release(api).await.expect("delete");
    assert_eq!(tx.releases().await.expect("releases")[0].reviewed_at, Some(NOW));
    assert!(tx.clusters().await.expect("clusters").is_empty());
    tx.commit().await.expect("commit");
    assert_eq!(f.read().releases_to_review().await.expect("count"), 0);
    assert_eq!(f.read().releases().await.expect("releases").len(), 1);
}

#[tokio::test]
async fn incidents_decisions_and_runbooks() {
    let f = Fixture::new().await;
    let id = f.incident().await;
    let mut tx = f.begin().await;
    let mut incident = tx.incident(id).await.expect("incident").expect("some");
    assert_eq!(tx.runbook(id).await.expect("runbook"), Some(runbook()));
    tx.insert_decision(id, Step::Logs, DecisionKind::Skipped, "no access", &[], "ann").await.expect("insert");
    assert_eq!(tx.step_progress(id).await.expect("steps").len(), 6);
    incident.state = IncidentState::Mitigated;
    incident.mitigated_at = Some(NOW);
    incident.lead = Some("bob".to_owned());
    tx.update_incident(&incident).await.expect("update");
    tx.commit().await.expect("commit");

    let read = f.read();
    assert_eq!(read.incident(id).await.expect("incident"), Some(incident.clone()));
    assert_eq!(read.open_incidents().await.expect("open"), [incident]);
    assert_eq!(read.decisions(id).await.expect("decisions")[0].reason, "no access");
    let steps = read.step_states(id).await.expect("steps");
    assert_eq!((steps[0].1, steps[1].1), (StepState::NotStarted, StepState::Skipped));
    assert_eq!(read.runbook(id).await.expect("runbook"), Some(runbook()));
    assert_eq!(read.runbook(IncidentId(99)).await.expect("runbook"), None);
}

#[tokio::test]
async fn how_an_incident_ended_and_who_leads_it() {
    let f = Fixture::new().await;
    let id = f.incident().await;
    let mut tx = f.begin().await;
    let mut incident = tx.incident(id).await.expect("incident").expect("some");
    let scope = Scope::new(Some(Severity::Sev2), "orders, payments");
    tx.set_scope(id, &scope).await.expect("scope");
    tx.insert_impact_end(id, NOW, None, "ann").await.expect("impact");
    tx.insert_impact_end(id, NOW.plus_millis(1), Some(NOW), "bob").await.expect("impact");
    let measured = Measured::Old { at: NOW };
    tx.insert_closure(id, true, &measured, "seen", "ann").await.expect("closure");
    let noted = NotedException::Check(NotedCheck {
        check: "net.ports".to_owned(),
        nodes: vec!["n1".into()],
        outcome: Some(Outcome::Pass),
        seen: Coverage::Partly,
        end: "judged".to_owned(),
    });
    let done = DecisionKind::DoneWithExceptions;
    tx.insert_decision(id, Step::Network, done, "", std::slice::from_ref(&noted), "ann").await.expect("decision");
    assert!(tx.runs_of_step(id, Step::Network).await.expect("runs").is_empty());
    assert_eq!(tx.sample_span(id).await.expect("span"), None);
    tx.start_monitor(id, "ann").await.expect("monitor");
    for at in [NOW, NOW.plus_millis(5000)] {
        tx.insert_sample(id, &"n1".into(), &sample(at)).await.expect("sample");
    }
    let span = SampleSpan { first: NOW, newest: NOW.plus_millis(5000) };
    assert_eq!(tx.sample_span(id).await.expect("span"), Some(span));
    let card = Card { next_step: Some(Step::Logs), ..Card::default() };
    tx.insert_offer(id, "ann", "bob", "at six", &card).await.expect("offer");
    assert_eq!(tx.waiting_offer(id).await.expect("offer").expect("one").to, "bob");
    assert!(tx.end_offer(id, OfferEnd::Declined, "bob").await.expect("end"));
    assert!(!tx.end_offer(id, OfferEnd::Accepted, "bob").await.expect("end"), "once");
    tx.insert_offer(id, "ann", "eve", "", &card).await.expect("another");
    tx.commit().await.expect("commit");

    let read = f.read();
    assert_eq!(read.incident(id).await.expect("incident").expect("some").scope, scope);
    let ends = read.impact_ends(id).await.expect("ends");
    assert_eq!(
        ends.iter().map(|end| (&*end.by, end.measured_at)).collect::<Vec<_>>(),
        [("ann", None), ("bob", Some(NOW))]
    );
    assert_eq!(read.closure(id).await.expect("closure"), None, "it is open");
    assert_eq!(read.decisions(id).await.expect("decisions")[0].exceptions, [noted]);
    assert_eq!(read.sample_span(id).await.expect("span"), Some(span));
    let offer = read.waiting_offer(id).await.expect("offer").expect("one");
    assert_eq!((&*offer.by, &*offer.to, &*offer.note, offer.card), ("ann", "eve", "", card));
    assert_eq!(read.step_progress(id).await.expect("steps").len(), 6);

    incident.state = IncidentState::Resolved;
    let mut tx = f.begin().await;
    tx.update_incident(&incident).await.expect("update");
    tx.commit().await.expect("commit");
    let closure = read.closure(id).await.expect("closure").expect("it is closed");
    assert_eq!((closure.recovered, closure.measured, &*closure.reason, closure.at), (true, measured, "seen", NOW));
    assert_eq!(read.incident(id).await.expect("incident").expect("some").recovered, Some(true));
    assert_eq!(read.incidents(&IncidentQuery::default()).await.expect("list")[0].recovered, Some(true));
}

#[tokio::test]
async fn search_finds_chinese_words_of_one_and_two_characters() {
    let f = Fixture::new().await;
    let id = f.incident().await;
    let mut tx = f.begin().await;
    tx.add_search_text(id, "三号机房重新选主失败 100%_OK").await.expect("text");
    tx.set_search_causes(id, "node.killed 节点进程被杀").await.expect("causes");
    tx.commit().await.expect("commit");
    let found = async |text: &str| {
        let query = IncidentQuery { text: text.to_owned(), ..IncidentQuery::default() };
        !f.read().incidents(&query).await.expect("search").is_empty()
    };
    for text in ["", "选主", "主", "inc-0001", "PROD", "10.0.0.2", "选主 killed", "被杀", "0%_o", "node.killed"]
    {
        assert!(found(text).await, "`{text}`");
    }
    for text in ["主选", "选主 网络", "%", "100_"] {
        assert_eq!(found(text).await, text == "%", "`{text}` is text and no pattern");
    }
    let none = [
        IncidentQuery { state: Some(IncidentState::Resolved), ..IncidentQuery::default() },
        IncidentQuery { cluster: Some(ClusterId(99)), ..IncidentQuery::default() },
        IncidentQuery { before: Some(id), limit: 1, ..IncidentQuery::default() },
    ];
    for query in none {
        assert!(f.read().incidents(&query).await.expect("search").is_empty(), "{query:?}");
    }
}

#[tokio::test]
async fn known_secrets_are_kept_once_and_hidden_from_the_search() {
    let f = Fixture::new().await;
    let id = f.incident().await;
    let hash = "ab".repeat(32);
    let mut tx = f.begin().await;
    tx.add_search_text(id, "said Sommer-2026! bare").await.expect("text");
    tx.insert_known_secrets(&[hash.clone(), hash.clone()]).await.expect("hashes");
    tx.insert_known_secrets(std::slice::from_ref(&hash)).await.expect("hashes");
    let hide = |text: &str| text.contains("sommer-2026!").then(|| text.replace("sommer-2026!", "••••"));
    tx.hide_in_search(&hide).await.expect("hidden");
    tx.commit().await.expect("commit");
    assert_eq!(f.read().known_secrets().await.expect("hashes"), [hash]);
    let found = async |text: &str| {
        let query = IncidentQuery { text: text.to_owned(), ..IncidentQuery::default() };
        !f.read().incidents(&query).await.expect("search").is_empty()
    };
    assert!(!found("sommer").await && found("bare").await);
}

#[tokio::test]
async fn runs_evidence_and_board() {
    let f = Fixture::new().await;
    let id = f.incident().await;
    let run = f.running(id, 1).await;
    let node = NodeName::from("10.0.0.1");
    assert_eq!(f.read().unfinished_runs().await.expect("runs"), [(run.clone(), None)]);
    let body = serde_json::to_string(&Observed::Sample(sample(NOW))).expect("json");
    let evidence = Evidence {
        node: Some(node.clone()),
        check: "monitor.sample".to_owned(),
        vantage: Vantage::Here,
        captured_at: NOW,
        clock_offset_ms: Some(-3),
        sha256: hex::encode(Sha256::digest(&body)),
        body: body.clone(),
    };
    let mut tx = f.begin().await;
    assert!(tx.claim_run(run.id, "other").await.expect("claim").is_none(), "claimed before");
    tx.ask_to_cancel(&run, "ann").await.expect("ask");
    assert_eq!(tx.running_runs_of_others("next").await.expect("others"), [run.id]);
    assert_eq!(tx.running_runs_of_others("engine").await.expect("others"), []);
    assert_eq!(tx.newest_round(id, Step::Monitor).await.expect("round"), 1);
    assert_eq!(tx.newest_round(id, Step::Logs).await.expect("round"), 0);
    let ended = tx.end_run(run.id, &judged(), NOW).await.expect("end").expect("was running");
    assert!(tx.end_run(run.id, &RunEnd::TimedOut, NOW).await.expect("end").is_none(), "ended once");
    let evidence_id = tx.insert_evidence(&ended, &evidence).await.expect("insert");
    assert_eq!(tx.run(run.id).await.expect("run").as_ref(), Some(&ended));
    tx.commit().await.expect("commit");

    let read = f.read();
    assert_eq!(read.runs(id).await.expect("runs"), std::slice::from_ref(&ended));
    assert_eq!(read.runs_of_step(id, Step::Monitor).await.expect("runs"), std::slice::from_ref(&ended));
    assert_eq!(read.run(run.id).await.expect("run"), Some(ended));
    assert_eq!(read.run(CheckRunId(99)).await.expect("run"), None);
    assert_eq!(read.undiagnosed_incidents().await.expect("incidents"), [id]);
    assert!(read.kinds_that_looked(id).await.expect("kinds").contains("monitor.sample"));
    assert_eq!(read.evidence(evidence_id).await.expect("evidence"), Some((id, evidence.clone())));
    assert_eq!(read.evidence_of_run(run.id).await.expect("evidence"), Some((evidence_id, evidence)));
    let list = read.evidence_list(id).await.expect("list");
    assert_eq!((list[0].size_bytes, list[0].evidence.body.as_str()), (body.len() as u64, ""));
    assert!(read.observations(id).await.expect("observations").get("monitor.sample", &node).is_some());

    // A newer run that could not look hides the older observation; one that was interrupted does not.
    for (round, end, seen) in
        [(2, RunEnd::Interrupted, true), (3, RunEnd::CouldNotRun { reason: Message::new("why") }, false)]
    {
        let run = f.running(id, round).await;
        let mut tx = f.begin().await;
        tx.end_run(run.id, &end, NOW).await.expect("end");
        tx.commit().await.expect("commit");
        let observations = f.read().observations(id).await.expect("observations");
        assert_eq!(observations.get("monitor.sample", &node).is_some(), seen, "{end:?}");
    }
    let observations = f.read().observations(id).await.expect("observations");
    assert_eq!(observations.missing["monitor.sample"][&node].reason, Message::new("why"));
}

#[tokio::test]
async fn what_has_happened_is_never_edited() {
    let f = Fixture::new().await;
    let id = f.incident().await;
    let run = f.running(id, 1).await;
    let mut tx = f.begin().await;
    let ended = tx.end_run(run.id, &RunEnd::TimedOut, NOW).await.expect("end").expect("was running");
    let first = tx.append(id, &Actor::Engine, &EventKind::IncidentOpened).await.expect("append");
    let note = EventKind::NoteAdded { step: None, text: "two\nlines".to_owned(), files: Vec::new() };
    let second = tx.append(id, &Actor::Person { name: "ann".to_owned() }, &note).await.expect("append");
    let evidence = Evidence {
        node: None,
        check: "monitor.sample".to_owned(),
        vantage: Vantage::Here,
        captured_at: NOW,
        clock_offset_ms: None,
        body: "{}".to_owned(),
        sha256: String::new(),
    };
    tx.insert_evidence(&ended, &evidence).await.expect("insert");
    tx.commit().await.expect("commit");
    let read = f.read();
    assert_eq!(read.timeline(id).await.expect("timeline").len(), 2);
    assert_eq!(read.timeline_after(id, first).await.expect("timeline")[0].id, second);
    assert_eq!(read.first_broken_event(id).await.expect("chain"), None);
    let (newest, hash) = read.chain(id).await.expect("chain").head.expect("there are events");
    assert_eq!((newest, hash.len()), (second, 64));

    for statement in [
        "UPDATE events SET at = 0",
        "DELETE FROM events",
        "UPDATE evidence SET body = ''",
        "DELETE FROM evidence",
        "UPDATE check_runs SET state = 'queued'",
    ] {
        let refused = f.by_hand(statement).await;
        assert!(refused.is_err(), "{statement}");
    }
    // A file is kept once, and one that was changed is told.
    let (sha256, content) = (hex::encode(Sha256::digest(b"seen")), &b"seen"[..]);
    let mut tx = f.begin().await;
    tx.keep_attachment(&sha256, content).await.expect("kept");
    tx.keep_attachment(&sha256, content).await.expect("kept once");
    tx.commit().await.expect("commit");
    assert_eq!(read.attachment(&sha256).await.expect("read").as_deref(), Some(content));
    assert_eq!(read.attachment("none").await.expect("read"), None);
    assert_eq!(read.first_broken_attachment().await.expect("read"), None);
    assert!(f.by_hand("UPDATE attachments SET content = ''").await.is_err());
    assert!(f.by_hand("DELETE FROM attachments").await.is_err());
    for statement in ["DROP TRIGGER attachments_no_update", "UPDATE attachments SET content = CAST('other' AS BLOB)"] {
        f.by_hand(statement).await.expect("by hand");
    }
    assert!(read.attachment(&sha256).await.is_err());
    assert_eq!(read.first_broken_attachment().await.expect("read"), Some(sha256));
    // A change that goes around the triggers breaks the chain.
    for statement in ["DROP TRIGGER events_no_update", "UPDATE events SET at = at + 1 WHERE id = 1"] {
        f.by_hand(statement).await.expect("by hand");
    }
    assert_eq!(read.first_broken_event(id).await.expect("chain"), Some(EventId(1)));
}

#[tokio::test]
async fn diagnoses_monitor_samples_and_hand_ins() {
    let f = Fixture::new().await;
    let id = f.incident().await;
    let diagnosis = Diagnosis { failure_tolerance: Some(0), ..Diagnosis::bare(NOW, Health::Degraded) };
    let node = NodeName::from("10.0.0.1");
    let mut tx = f.begin().await;
    tx.save_diagnosis(id, &diagnosis).await.expect("save");
    tx.save_diagnosis(id, &diagnosis).await.expect("save again");
    let healthy = Diagnosis { health: Health::Healthy, ..diagnosis.clone() };
    tx.keep_diagnosis(id, &diagnosis).await.expect("keep");
    tx.keep_diagnosis(id, &healthy).await.expect("keep");
    assert_eq!(tx.diagnosis(id).await.expect("diagnosis"), Some(diagnosis.clone()));
    tx.start_monitor(id, "ann").await.expect("start");
    tx.insert_sample(id, &node, &sample(NOW.plus_millis(5000))).await.expect("insert");
    tx.insert_sample(id, &node, &sample(NOW.plus_millis(5000))).await.expect("the same again");
    tx.reset_monitor(id, NOW.plus_millis(6), true).await.expect("reset");
    tx.reset_monitor(id, NOW.plus_millis(7), false).await.expect("reset");
    assert!(tx.monitor(id).await.expect("monitor").is_some());
    let output = HandedInWhat::Output { kind: "ss".into(), text: "LISTEN".to_owned() };
    let file = KeptFile {
        path: "logs/nacos.log".to_owned(),
        size_bytes: 3,
        sha256: "a1".to_owned(),
        came_sha256: "b2".to_owned(),
    };
    let archive =
        HandedInWhat::Archive { file_name: "n1.zip".to_owned(), folder: "handed-in/1".to_owned(), files: vec![file] };
    let came = |size_bytes| Came { size_bytes, sha256: "c3".to_owned() };
    tx.insert_handed_in(id, &node, &output, &came(6), "ann").await.expect("insert");
    tx.insert_handed_in(id, &node, &archive, &came(9), "ann").await.expect("insert");
    tx.commit().await.expect("commit");

    let read = f.read();
    assert_eq!(read.diagnosis_history(id).await.expect("history"), [diagnosis.clone(), healthy]);
    assert_eq!(read.diagnosis(id).await.expect("diagnosis"), Some(diagnosis));
    assert_eq!(read.watched_incidents().await.expect("watched"), [id]);
    assert_eq!(read.samples(id, NOW).await.expect("samples").len(), 1);
    assert_eq!(read.observations(id).await.expect("observations").samples[&node].len(), 1);
    let monitor = read.monitor(id).await.expect("monitor").expect("some");
    assert_eq!((monitor.stable_since, monitor.stopped_at), (NOW.plus_millis(7), None));
    assert_eq!(monitor.well_since, NOW.plus_millis(6), "that nobody looked is not trouble");
    let given: Vec<_> = read.handed_in(id).await.expect("given").into_iter().map(|item| item.what).collect();
    assert_eq!(given, [output, archive]);
    assert_eq!(read.archive_folders().await.expect("folders"), [(id, Some("handed-in/1".to_owned()))]);

    assert!(read.archives_reviewed_before(NOW.plus_millis(1)).await.expect("reviewed").is_empty());
    let note = BackupNote { at: NOW, ended: BackupEnd::NoRoom { needs_bytes: 2, free_bytes: 1 } };
    assert_eq!(read.backup_note().await.expect("note"), None);
    let mut tx = f.begin().await;
    tx.drop_archive(2, "old").await.expect("drop");
    tx.keep_backup_note(&BackupNote { at: NOW, ended: BackupEnd::Failed { why: "x".to_owned() } }).await.expect("keep");
    tx.keep_backup_note(&note).await.expect("keep");
    tx.commit().await.expect("commit");
    assert_eq!(read.backup_note().await.expect("note"), Some(note));
    assert!(read.archive_folders().await.expect("folders").is_empty());
    let dropped = read.handed_in(id).await.expect("given").pop().and_then(|item| item.dropped).expect("dropped");
    assert_eq!((dropped.at, dropped.why.as_str()), (NOW, "old"));
    assert_eq!((read.faults().await.expect("faults"), read.first_broken_chain().await.expect("chain")), (vec![], None));

    let mut tx = f.begin().await;
    assert!(tx.stop_monitor(id).await.expect("stop"));
    assert!(!tx.stop_monitor(id).await.expect("stop"), "stopped before");
    tx.commit().await.expect("commit");
    assert_eq!(f.read().watched_incidents().await.expect("watched"), []);
}

#[tokio::test]
async fn a_commit_tells_and_a_dropped_transaction_leaves_nothing() {
    let f = Fixture::new().await;
    let mut changes = f.store.changes().subscribe();
    let mut tx = f.begin().await;
    tx.insert_user("ann", Role::Admin, None).await.expect("insert");
    drop(tx);
    assert!(!f.read().has_users().await.expect("users"));
    let incident = f.incident().await;
    assert_eq!(changes.next().await, Change::Incident(incident));
    assert_eq!(changes.next().await, Change::Inventory);
    f.read().ping().await.expect("ping");
    let written = sqlx::query("DELETE FROM users").execute(&f.read().pool).await.map_err(StoreError::from);
    assert!(matches!(written, Err(StoreError::Disk(_))), "the read side is read-only: {written:?}");
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_named_and_a_newer_schema_is_refused() {
    let f = Fixture::new().await;
    let id = f.incident().await;
    f.by_hand("UPDATE nodes SET files = 'x' WHERE name = '10.0.0.1'").await.expect("by hand");
    let cluster = f.read().clusters().await.expect("the rest can be read").remove(0);
    assert_eq!(cluster.nodes.len(), 2, "a node is not left out because the way to it is damaged");
    assert_eq!(cluster.nodes[0].files, FileSource::default());
    let noted = f.read().damages().all();
    assert!(matches!(&noted[..], [Damage { incident: None, table: "nodes", row }] if row == "1/10.0.0.1"), "{noted:?}");
    assert!(f.read().incident(id).await.is_ok(), "the rest can be read");

    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (99990101000000, 'later', 1, x'00', 0)";
    f.by_hand(newer).await.expect("by hand");
    f.store.close().await;
    let refused = Store::open(f.folder.path()).await.map(|_| ()).expect_err("newer");
    assert!(matches!(refused, StoreError::NewerSchema { found: 99_990_101_000_000, .. }), "{refused}");
    assert!(refused.to_string().contains("newer nodedown"));
}

#[tokio::test]
async fn a_full_disk_is_said_and_what_was_acknowledged_stays() {
    let f = Fixture::new().await;
    let id = f.incident().await;
    // A limit of this connection only: the next one has room again.
    let mut tx = f.begin().await;
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut *tx.tx).await.expect("pages");
    let limit = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
    sqlx::query(limit).execute(&mut *tx.tx).await.expect("a limit");
    tx.commit().await.expect("commit");
    let mut refused = None;
    for _ in 0..200 {
        let mut tx = f.begin().await;
        let note = EventKind::NoteAdded { step: None, text: "x".repeat(20_000), files: Vec::new() };
        let saved = match tx.append(id, &Actor::Engine, &note).await {
            Ok(_) => tx.commit().await,
            Err(error) => Err(error),
        };
        if let Err(error) = saved {
            refused = Some(error);
            break;
        }
    }
    assert!(matches!(&refused, Some(StoreError::Disk(Trouble::Full))), "{refused:?}");
    assert_eq!(f.store.health().trouble(), Some(Trouble::Full), "everybody is told");
    assert!(f.read().incident(id).await.expect("reading goes on").is_some());
    assert_eq!(f.read().first_broken_event(id).await.expect("chain"), None);

    let again = f.begin().await;
    again.commit().await.expect("the next write has a connection of its own");
    assert_eq!(f.store.health().trouble(), None);
}

#[tokio::test]
async fn every_question_of_a_start_is_answered_by_an_index() {
    let f = Fixture::new().await;
    let questions = [
        (check_runs::UNFINISHED, "USING INDEX check_runs_unfinished"),
        (check_runs::RUNNING_OF_OTHERS, "USING INDEX check_runs_unfinished"),
        (check_runs::UNDIAGNOSED, "USING INDEX check_runs_looked"),
        (check_runs::UNDIAGNOSED, "USING COVERING INDEX incidents_open"),
        (incidents::OPEN, "USING INDEX incidents_open"),
    ];
    for (question, index) in questions {
        let explained = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {question}"));
        let plan: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(explained).bind("an engine").fetch_all(&f.read().pool).await.expect("a plan");
        let plan: Vec<&str> = plan.iter().map(|(_, _, _, line)| line.as_str()).collect();
        assert!(plan.iter().any(|line| line.contains(index)), "{question}: {plan:#?}");
        assert!(
            plan.iter().all(|line| !line.starts_with("SCAN") || line.contains("check_runs_unfinished")),
            "{plan:#?}"
        );
    }
}

#[tokio::test]
async fn a_damaged_row_costs_its_own_piece_and_nothing_else() {
    let f = Fixture::new().await;
    let id = f.incident().await;
    let run = f.running(id, 1).await;
    let mut tx = f.begin().await;
    let end = RunEnd::TimedOut;
    tx.end_run(run.id, &end, NOW).await.expect("end").expect("ended");
    tx.insert_decision(id, Step::Confirm, DecisionKind::Skipped, "no need", &[], "ann").await.expect("decision");
    tx.append(id, &Actor::Engine, &EventKind::MonitorStarted).await.expect("event");
    tx.append(id, &Actor::Engine, &EventKind::MonitorStopped).await.expect("event");
    tx.commit().await.expect("commit");
    for statement in [
        "DROP TRIGGER check_runs_end_once",
        "DROP TRIGGER events_no_update",
        "UPDATE check_runs SET ended_with = '{\"end'",
        "PRAGMA ignore_check_constraints = ON",
        // Not UTF-8, and a number where a text was.
        "UPDATE step_decisions SET reason = CAST(x'ff' AS TEXT)",
        "UPDATE events SET kind = 7 WHERE id = 1",
        "INSERT INTO check_runs (incident_id, step, round, kind, node, state, queued_at)
         VALUES (1, 9, 2, 'net.ports', 'n', 'queued', 0)",
        "PRAGMA ignore_check_constraints = OFF",
    ] {
        f.by_hand(statement).await.expect(statement);
    }
    let read = f.read();
    assert_eq!(read.unfinished_runs().await.expect("the engine goes on"), []);
    let runs = read.runs(id).await.expect("runs");
    assert!(matches!(runs[..], [CheckRun { state: CheckRunState::Ended { .. }, .. }]), "{runs:?}");
    assert!(matches!(runs[0].end(), Some(RunEnd::CouldNotRun { reason }) if reason.key == "run-row-damaged"));
    assert_eq!(read.decisions(id).await.expect("decisions"), []);
    assert_eq!(read.timeline(id).await.expect("timeline").len(), 1);
    assert!(read.first_broken_event(id).await.expect("chain").is_some());
    let damaged: Vec<&str> = read.damages().of(id).iter().map(|damage| damage.table).collect();
    assert_eq!(damaged, ["check_runs", "check_runs", "events", "step_decisions"]);
}

#[tokio::test]
async fn a_schema_that_is_not_text_is_refused_at_once() {
    let folder = tempfile::tempdir().expect("folder");
    Store::open(folder.path()).await.expect("made").close().await;
    let database = folder.path().join("nodedown.db");
    let mut bytes = std::fs::read(&database).expect("the database");
    // Pages that were given up hold old copies.
    let columns: Vec<usize> = (0..bytes.len() - 5).filter(|at| bytes[*at..].starts_with(b" TEXT")).collect();
    columns.into_iter().for_each(|at| bytes[at + 1] ^= 0x80);
    std::fs::write(&database, bytes).expect("damaged");
    let error = Store::open(folder.path()).await.map(|_| ()).expect_err("refused");
    assert!(matches!(error, StoreError::Unusable { .. }), "{error}");
    assert!(error.to_string().contains("nodedown restore FILE"), "{error}");
}

#[tokio::test]
async fn an_incident_whose_runbook_is_gone_is_damaged_and_the_runbook_can_be_put_back() {
    let f = Fixture::new().await;
    let id = f.incident().await;
    assert!(!f.read().has_damaged_text(&runbook()).await.expect("read"));
    let unchecked = super::options(&f.folder.path().join("nodedown.db")).foreign_keys(false);
    let mut connection = unchecked.connect().await.expect("opens");
    sqlx::query("UPDATE runbook_versions SET version = 'x'").execute(&mut connection).await.expect("another key");
    connection.close().await.expect("closed");
    assert!(f.read().runbook(id).await.expect_err("gone").is_damage());
    assert!(f.read().has_damaged_text(&runbook()).await.expect("read"));
    let mut tx = f.begin().await;
    tx.keep_runbook(&runbook()).await.expect("put back");
    tx.commit().await.expect("commit");
    assert_eq!(f.read().runbook(id).await.expect("read"), Some(runbook()));
}

#[tokio::test]
async fn a_damaged_index_hides_no_row() {
    let folder = tempfile::tempdir().expect("folder");
    Store::open(folder.path()).await.expect("made").close().await;
    let database = folder.path().join("nodedown.db");
    let by_hand = async || super::options(&database).connect().await.expect("opens");
    let named = async || -> Option<i64> {
        let mut connection = by_hand().await;
        let id = sqlx::query_scalar("SELECT id FROM users WHERE name = 'ann'").fetch_optional(&mut connection).await;
        connection.close().await.expect("closed");
        id.expect("read")
    };
    let mut connection = by_hand().await;
    sqlx::query("INSERT INTO users (name, role, active, created_at) VALUES ('ann', 'admin', 1, 0)")
        .execute(&mut connection)
        .await
        .expect("a person");
    let page: i64 = sqlx::query_scalar("SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_users_1'")
        .fetch_one(&mut connection)
        .await
        .expect("the index");
    connection.close().await.expect("closed");
    let mut bytes = std::fs::read(&database).expect("the database");
    let from = usize::try_from(page - 1).expect("a page") * 4096;
    let entry = bytes[from..from + 4096].windows(3).position(|word| word == b"ann").expect("the entry");
    bytes[from + entry] ^= 1;
    std::fs::write(&database, bytes).expect("damaged");
    assert_eq!(named().await, None, "the index says that there is no such person");
    Store::open(folder.path()).await.expect("opens").close().await;
    assert_eq!(named().await, Some(1));
}

#[tokio::test]
async fn an_installation_never_begins_anew_by_itself() {
    let refused = async |folder: &tempfile::TempDir| {
        let error = Store::open(folder.path()).await.map(|_| ()).expect_err("refused");
        assert!(matches!(error, StoreError::Unusable { .. }), "{error}");
        assert!(error.to_string().contains("nodedown restore FILE"), "{error}");
        error.to_string()
    };
    let folder = tempfile::tempdir().expect("folder");
    let database = folder.path().join("nodedown.db");
    for (content, why) in [(&b""[..], "is empty"), (&[7; 4096], "is not a database")] {
        std::fs::write(&database, content).expect("a file");
        assert!(refused(&folder).await.contains(why));
    }
    std::fs::remove_file(&database).expect("removed");
    let foreign = SqliteConnectOptions::new().filename(&database).create_if_missing(true).connect().await;
    let mut foreign = foreign.expect("another program's");
    sqlx::query("CREATE TABLE notes (text)").execute(&mut foreign).await.expect("table");
    foreign.close().await.expect("closed");
    assert!(refused(&folder).await.contains("another program"));

    let f = Fixture::new().await;
    f.incident().await;
    f.store.close().await;
    for name in ["nodedown.db", "nodedown.db-wal", "nodedown.db-shm"] {
        // A clean stop leaves the first one only.
        let _ = std::fs::remove_file(f.folder.path().join(name));
    }
    assert!(refused(&f.folder).await.contains("missing"));
}

#[tokio::test]
async fn a_database_that_ends_before_its_mark_is_said_and_a_torn_end_is_not() {
    let f = Fixture::new().await;
    let database = f.folder.path().join("nodedown.db");
    f.incident().await;
    f.store.close().await;
    let before = std::fs::read(&database).expect("the file");

    let store = Store::open(f.folder.path()).await.expect("opens");
    assert_eq!(store.loss(), None);
    for _ in 0..3 {
        store.begin(NOW).await.expect("begin").commit().await.expect("commit");
    }
    store.write_mark();
    // Committed, and not marked any more: the log is torn in the last frame as a crash tears it.
    store.begin(NOW).await.expect("begin").commit().await.expect("commit");
    let crashed = tempfile::tempdir().expect("folder");
    for name in ["nodedown.db", "nodedown.db-wal", MARK_FILE] {
        std::fs::copy(f.folder.path().join(name), crashed.path().join(name)).expect("copied");
    }
    let log = crashed.path().join("nodedown.db-wal");
    let whole = std::fs::metadata(&log).expect("log").len();
    std::fs::OpenOptions::new().write(true).open(&log).and_then(|log| log.set_len(whole - 100)).expect("torn");
    let torn = Store::open(crashed.path()).await.expect("opens");
    assert_eq!(torn.loss(), None, "what no mark names was not acknowledged for long");
    torn.close().await;

    store.close().await;
    std::fs::write(&database, before).expect("put back");
    let store = Store::open(f.folder.path()).await.expect("opens");
    let loss = store.loss().expect("it is said");
    assert_eq!(loss.mark - loss.database, 4);
    use std::os::unix::fs::PermissionsExt as _;
    let mark = std::fs::metadata(f.folder.path().join(MARK_FILE)).expect("mark");
    assert_eq!(mark.permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn who_is_connected_is_kept_while_it_is_news() {
    use crate::domain::connected::{ClientKey, ClientList, Connected};
    use crate::store::clients_seen::NamedLook;

    let f = Fixture::new().await;
    f.incident().await;
    let cluster = f.read().clusters().await.expect("clusters").remove(0).id;
    let at = |seconds: i64| NOW.plus_millis(seconds * 1000);
    let list = |hosts: std::ops::Range<u32>| {
        let key = |host| ClientKey { ip: format!("10.0.4.{host}"), app: None, module: Some("naming".to_owned()) };
        let one = |host| (key(host), Connected { versions: ["v1".to_owned()].into(), connections: 1 });
        ClientList { clients: hosts.map(one).collect(), ..ClientList::default() }
    };
    let look = |seconds: i64, news: Option<ClientList>| NamedLook {
        cluster,
        node: NodeName::from("n1"),
        at: at(seconds),
        holds_ms: 20_000,
        left_out: 0,
        news,
        published: BTreeMap::new(),
    };
    let mut tx = f.begin().await;
    assert!(tx.note_clients(&look(0, Some(list(0..3)))).await.expect("noted"));
    assert!(!tx.note_clients(&look(10, None)).await.expect("noted"));
    assert!(!tx.note_clients(&look(20, Some(list(0..3)))).await.expect("noted"), "as after a restart of the program");
    assert!(tx.note_clients(&look(30, Some(list(1..4)))).await.expect("noted"));
    assert!(tx.note_clients(&look(90, Some(list(2..4)))).await.expect("noted"), "after a gap");
    let gone = NamedLook { cluster: ClusterId(99), ..look(90, Some(list(0..2))) };
    tx.note_clients(&gone).await.expect("a cluster that left the inventory has no clients");
    tx.commit().await.expect("commit");
    let read = async || f.read().clients_seen(cluster, at(0)).await.expect("read").remove(&NodeName::from("n1"));
    let (times, clients) = read().await.expect("some");
    assert_eq!(
        times.iter().map(|time| (time.from, time.until)).collect::<Vec<_>>(),
        [(at(0), at(30)), (at(90), at(90))]
    );
    let told: Vec<_> = clients.iter().map(|span| (span.key.ip.as_str(), span.from, span.until, span.gone)).collect();
    let expected = [
        ("10.0.4.0", at(0), at(20), Some(at(30))),
        ("10.0.4.1", at(0), at(30), Some(at(90))),
        ("10.0.4.2", at(0), at(90), None),
        ("10.0.4.3", at(30), at(90), None),
    ];
    assert_eq!(told, expected);
    assert!(f.read().clients_seen(ClusterId(99), at(0)).await.expect("read").is_empty());

    // Too many: what left first goes, and the time until then.
    let mut tx = f.begin().await;
    tx.bound_clients_seen(cluster, 4).await.expect("nothing to do");
    tx.bound_clients_seen(cluster, 3).await.expect("bounded");
    tx.commit().await.expect("commit");
    let (times, clients) = read().await.expect("some");
    assert_eq!((clients.len(), times[0].from), (3, at(30)));

    // Old: the node is looked at no more.
    let mut tx = f.begin().await;
    assert_eq!(tx.drop_clients_seen(at(60), at(0)).await.expect("dropped"), 0, "an incident is open");
    assert_eq!(tx.drop_clients_seen(at(60), at(1)).await.expect("dropped"), 1, "the time before the gap");
    assert_eq!(tx.drop_clients_seen(at(1000), at(1)).await.expect("dropped"), 4);
    tx.commit().await.expect("commit");
    assert_eq!(read().await, None);
}

#[tokio::test]
async fn what_clients_publish_is_kept_while_it_is_the_same_and_as_long_as_they_are() {
    use crate::domain::connected::{ClientKey, ClientList, Connected};
    use crate::domain::publishing::{Instance, Published};
    use crate::store::clients_seen::NamedLook;

    let f = Fixture::new().await;
    f.incident().await;
    let cluster = f.read().clusters().await.expect("clusters").remove(0).id;
    let at = |seconds: i64| NOW.plus_millis(seconds * 1000);
    let key = |host: u8| ClientKey { ip: format!("10.0.4.{host}"), app: None, module: Some("naming".to_owned()) };
    let published = |ports: &[u16]| Published {
        instances: ports.iter().map(|port| Instance::new("", "G", "order", "10.0.4.1", *port)).collect(),
        left_out: 0,
    };
    let clients = ClientList {
        clients: [(key(1), Connected { versions: Default::default(), connections: 1 })].into(),
        ..ClientList::default()
    };
    let look = |seconds: i64, published: &[(ClientKey, Published)]| NamedLook {
        cluster,
        node: NodeName::from("n1"),
        at: at(seconds),
        holds_ms: 20_000,
        left_out: 0,
        news: Some(clients.clone()),
        published: published.iter().cloned().collect(),
    };
    let mut tx = f.begin().await;
    for (seconds, ports) in [(0, &[8080, 8081][..]), (10, &[8080, 8081]), (20, &[8080])] {
        let look = look(seconds, &[(key(1), published(ports)), (key(2), published(&[]))]);
        tx.note_clients(&look).await.expect("noted");
        tx.note_published(&look).await.expect("noted");
    }
    let gone = NamedLook { cluster: ClusterId(99), ..look(30, &[(key(1), published(&[1]))]) };
    tx.note_published(&gone).await.expect("a cluster that left the inventory");
    tx.commit().await.expect("commit");
    let read = async |from| {
        let spans = f.read().clients_published(cluster, from).await.expect("read").remove(&NodeName::from("n1"));
        let told = spans.into_iter().flatten();
        told.map(|one| (one.key.ip, one.published.instances.len(), one.from, one.until)).collect::<Vec<_>>()
    };
    let client = |host: u8| format!("10.0.4.{host}");
    let all = [(client(1), 2, at(0), Some(at(20))), (client(2), 0, at(0), None), (client(1), 1, at(20), None)];
    assert_eq!(read(at(0)).await, all);
    assert_eq!(read(at(21)).await, all[1..], "what holds is always told");

    // Nothing else is kept of the second one any more.
    let mut tx = f.begin().await;
    assert_eq!(tx.drop_clients_published().await.expect("dropped"), 1);
    tx.bound_clients_published(cluster, 1).await.expect("bounded");
    tx.commit().await.expect("commit");
    assert_eq!(read(at(0)).await, all[2..], "what holds stays longest");
}
