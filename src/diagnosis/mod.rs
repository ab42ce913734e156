//! From what is going on to ranked causes, impact, advice and do-nots. Pure; may import `domain`, `nacos` and `model`.
//!
//! [`rules`] are tables of conditions ([`case`]) over the model; checks show the cases as findings. [`hypothesis`] gathers the
//! findings of one code about one node or link, [`relations`] says what explains what, [`rank`] orders and shows as one what
//! is alike, [`explain`] says why. [`causes`] and [`todo_list`] hold what each code means for people, [`todos`] leaves out
//! what would do harm, [`asked`] what is over by now, [`by_hand`] has the commands that people copy; this file puts the diagnosis together.

pub mod asked;
pub mod by_hand;
pub mod by_look;
pub mod case;
pub mod causes;
pub mod explain;
mod health;
pub mod hypothesis;
pub mod rank;
pub mod relations;
pub mod rules;
mod surer;
pub mod todo_list;
pub mod todos;

use self::hypothesis::{Hypothesis, is_stop};
use self::rank::Ranked;
use self::todo_list::ToDo;
use self::todos::Weighing;
use crate::domain::code::Code;
use crate::domain::diagnosis::{Cause, Confidence, Diagnosis};
use crate::domain::finding::{Finding, NotSeen, Outcome, Variant};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::model::quorum::Quorum;
use crate::model::tables::clients;
use crate::model::tables::standing::standing;
use crate::model::{ClusterModel, NodeModel};
use crate::nacos::timing;

/// All that a diagnosis rests on.
pub struct Evidence<'a> {
    /// Everything seen, side by side.
    pub model: &'a ClusterModel<'a>,
    /// Findings of all judged runs.
    pub findings: Vec<Finding>,
    /// What was not seen.
    pub not_seen: Vec<NotSeen>,
    /// The node the operator thinks has stopped.
    pub suspect: Option<&'a NodeName>,
}

/// Turns findings into ranked causes and an overall health.
#[must_use]
pub fn diagnose(evidence: Evidence<'_>) -> Diagnosis {
    let model = evidence.model;
    let quorum = model.quorum.as_ref();
    let mut findings = evidence.findings;
    findings.sort_by(|one, two| {
        (std::cmp::Reverse(one.outcome), one.step, &one.id).cmp(&(std::cmp::Reverse(two.outcome), two.step, &two.id))
    });
    findings.dedup_by(|one, two| one.id == two.id);
    let (ranked, mut trace) = rank::rank(model, &findings, evidence.suspect);
    let mut weighing = Weighing::new(model, quorum, &ranked);
    let causes: Vec<Cause> = ranked.iter().map(|one| cause(model, one, quorum, &mut weighing)).collect();
    let unseen = health::unseen(model, &evidence.not_seen);
    let (health, reasons) = health::judge(model, &findings, &evidence.not_seen, &unseen, quorum);
    trace.health = reasons;
    let tolerance = quorum.filter(|_| model.states.iter().any(|state| !state.is_unknown()));
    Diagnosis {
        at: model.as_of,
        cluster: model.cluster.name.clone(),
        health,
        surer: surer::surer(model, health, &causes, &unseen),
        failure_tolerance: tolerance.map(Quorum::tolerance),
        causes,
        findings,
        could_not_run: distinct([evidence.not_seen, logs_unread(model)].concat()),
        not_seen: unseen.into_iter().map(|(part, _)| part).collect(),
        standing: standing(model),
        clients: clients::away(model),
        counted: None,
        unread: Vec::new(),
        trace,
    }
}

/// Logs of clients that could not be read on their hosts: that is no fault of a node, and no part of its evidence.
fn logs_unread(model: &ClusterModel<'_>) -> Vec<NotSeen> {
    let unread = model.observations.client_logs_unread.values();
    unread.map(|reason| NotSeen { check: "clients.spread".to_owned(), node: None, reason: reason.clone() }).collect()
}

fn distinct(mut not_seen: Vec<NotSeen>) -> Vec<NotSeen> {
    let mut kept: Vec<NotSeen> = Vec::new();
    for one in not_seen.drain(..) {
        if !kept.contains(&one) {
            kept.push(one);
        }
    }
    kept
}

fn cause(model: &ClusterModel<'_>, ranked: &Ranked<'_>, quorum: Option<&Quorum>, weighing: &mut Weighing<'_>) -> Cause {
    let Ranked { hypothesis, follows, following, .. } = ranked;
    let code = hypothesis.code;
    let arg = |name: &str| {
        let mut values = hypothesis.findings.iter().filter_map(|finding| finding.summary.args.get(name));
        if LISTS.contains(&name) { joined(values) } else { values.next().cloned() }
    };
    // A cause that names no node of its own speaks of those that its finding calls dead.
    let nodes = match NodeName::joined(&hypothesis.nodes) {
        none if none.is_empty() => arg("dead").or_else(|| arg("member")).unwrap_or_else(|| "–".to_owned()),
        some => some,
    };
    let fill = |key: &str| {
        let mut message = Message::new(key).with("nodes", &nodes).with("count", counted(&nodes));
        for name in ARGUMENTS {
            // A side that nothing tells is none, and no sentence about both of them.
            let untold = if name == "side" { "none" } else { "–" };
            message = message.with(name, arg(name).unwrap_or_else(|| untold.to_owned()));
        }
        message
    };
    let about: Vec<usize> = hypothesis.nodes.iter().filter_map(|node| model.index(node)).collect();
    let mut action: Vec<Message> = Vec::new();
    for todo in todos(hypothesis) {
        for (told, some) in weighing.weigh(todo, code, &about) {
            let message = match some.as_slice() {
                [] => fill(told.key),
                some => fill(told.key).with("nodes", model.names(some)).with("count", some.len()),
            };
            if !action.contains(&message) {
                action.push(message);
            }
        }
    }
    let mut because: Vec<String> = hypothesis.findings.iter().map(|finding| finding.id.clone()).collect();
    because.extend(following.iter().map(|finding| finding.id.clone()));
    let mut named = hypothesis.nodes.clone();
    if matches!(code, Code::MembersGhost | Code::NodeUnreachable) {
        named.extend(
            hypothesis.findings.iter().filter_map(|finding| finding.summary.args.get("member")).cloned().map(NodeName),
        );
        named.sort();
        named.dedup();
    }
    Cause {
        code,
        nodes: named,
        confidence: hypothesis.confidence(),
        summary: fill(&sentence(hypothesis)),
        impact: impact(model, hypothesis, &nodes, quorum),
        action,
        do_not: do_nots(model, hypothesis, &about, quorum).map(fill).collect(),
        because,
        refuted_by: causes::refutations(code).iter().map(|key| fill(key)).collect(),
        consequences: follows.iter().copied().collect(),
    }
}

/// How many names there are in a list for people, for the words that go with them.
fn counted(names: &str) -> usize {
    names.split(", ").count()
}

/// What several findings name, each once.
fn joined<'v>(values: impl Iterator<Item = &'v String>) -> Option<String> {
    let mut each: Vec<&str> = Vec::new();
    for part in values.flat_map(|value| value.split(", ")) {
        if !each.contains(&part) {
            each.push(part);
        }
    }
    (!each.is_empty()).then(|| each.join(", "))
}

/// Arguments of findings that the sentences of a cause may use.
const ARGUMENTS: [&str; 17] = [
    "peers", "ports", "group", "keys", "member", "line", "text", "more", "less", "side", "live", "voters", "needed",
    "dead", "door", "ok", "tries",
];

/// Those of them that name things, so that a cause of several findings names the things of all.
const LISTS: [&str; 5] = ["peers", "ports", "group", "keys", "member"];

/// The key of the sentence of a cause: that of its code, or of the kind that all its findings are.
fn sentence(hypothesis: &Hypothesis<'_>) -> String {
    let is_all = |variant: Variant| hypothesis.is_all(&[variant]);
    let is_said = |key: &str| hypothesis.findings.iter().all(|finding| finding.summary.key == key);
    let key = match hypothesis.code {
        _ if is_all(Variant::Transient) => "cause-link-burst",
        Code::NodeHung if is_all(Variant::WaitsForDisk) => "cause-node-hung-disk",
        Code::NodeHung if hypothesis.confidence() < Confidence::Certain => "cause-node-hung-likely",
        Code::NodeOomKilled if is_all(Variant::Evicted) => "cause-node-evicted-memory",
        Code::NodeOomKilled if hypothesis.confidence() == Confidence::Possible => "cause-node-oom-killed-possible",
        Code::NodeOomKilled if hypothesis.confidence() == Confidence::Likely => "cause-node-oom-killed-likely",
        Code::LogsErrors if is_all(Variant::AnswersError) => "cause-node-answers-error",
        Code::NodeDiskFull if is_all(Variant::DiskFails) => "cause-node-disk-fails",
        Code::NodeDiskFull if is_all(Variant::Evicted) => "cause-node-evicted-disk",
        Code::NodeKilled if is_all(Variant::Evicted) => "cause-node-evicted",
        Code::NodeKilled if is_all(Variant::Probe) => "cause-node-probe",
        Code::NodeKilled if is_all(Variant::HostWentDown) => "cause-node-host-went-down",
        Code::NodeUnreachable if is_all(Variant::HostSilent) => "cause-node-host-silent",
        Code::NodeStartFailed if is_all(Variant::NotStarted) => "cause-node-not-started",
        Code::NodeKilled if is_all(Variant::ShellSaysKilled) => "cause-node-killed-shell",
        Code::NodeKilled if is_all(Variant::HungFirst) => "cause-node-killed-after-hang",
        Code::NodeKilled => match hypothesis.confidence() {
            Confidence::Possible => "cause-node-silent",
            Confidence::Likely => "cause-node-killed-likely",
            Confidence::Certain => "cause-node-killed",
        },
        Code::NodeUnreachable if is_said(rules::stopped::GONE_OR_ELSEWHERE) => "cause-node-gone-or-elsewhere",
        Code::NodeUnreachable if is_said(rules::stopped::END_LATE) => "cause-node-gone-late",
        Code::NodeUnreachable if hypothesis.is_gone() => "cause-node-gone",
        Code::NodeUnreachable if hypothesis.nodes.is_empty() => "cause-node-unlisted",
        Code::NodeStartFailed if is_all(Variant::NoLeaderAtStart) => "cause-node-start-no-leader",
        Code::NodeStartFailed if is_all(Variant::ReasonQuoted) => "cause-node-start-failed-because",
        Code::NodeStartFailed if is_all(Variant::JvmRefused) => "cause-node-start-failed-jvm",
        Code::NodeStartFailed if is_all(Variant::PortTaken) => "cause-node-start-failed-port",
        Code::NodeStartFailed if is_all(Variant::BadSetting) => "cause-node-start-failed-config",
        Code::NodeStartFailed if is_all(Variant::NativeLibrary) => "cause-node-start-failed-native",
        Code::NodeStartFailed if is_all(Variant::NoPermission) => "cause-node-start-failed-permission",
        Code::NodeStartFailed if is_all(Variant::KeyFile) => "cause-node-start-failed-key",
        Code::NodeStartFailed if is_all(Variant::DatabaseSetting) => "cause-node-start-failed-database",
        Code::NodeStartFailed if is_all(Variant::DataNotWritable) => "cause-node-start-failed-data",
        Code::NodeDiskFull if is_all(Variant::ReadOnly) => "cause-node-disk-read-only",
        Code::DbUnreachable if is_all(Variant::ReachUnseen) => "cause-db-unusable",
        Code::DbUnreachable if hypothesis.nodes.is_empty() => "cause-db-unreachable-all",
        Code::DbRefuses if is_all(Variant::OutOfResources) => "cause-db-refuses-resources",
        Code::DbRefuses if is_all(Variant::ReadOnly) => "cause-db-refuses-read-only",
        Code::DbRefuses if is_all(Variant::Login) => "cause-db-refuses-login",
        Code::DbRefuses if is_all(Variant::Connections) => "cause-db-refuses-connections",
        Code::DbRefuses if is_all(Variant::PublicKey) => "cause-db-refuses-key",
        Code::DbRefuses if is_all(Variant::Schema) => "cause-db-refuses-schema",
        Code::DbRefuses if is_all(Variant::Driver) => "cause-db-refuses-driver",
        Code::DbRefuses if is_all(Variant::TimeZone) => "cause-db-refuses-zone",
        Code::ConfigPropertiesDrift if is_all(Variant::PeerTls) => "cause-config-tls-peers",
        Code::ConfigPropertiesDrift if is_all(Variant::ClientTls) => "cause-config-tls-clients",
        Code::ConfigPropertiesDrift if is_all(Variant::NoSettingsFile) => "cause-config-properties-absent",
        Code::ConfigClusterConfDrift if is_all(Variant::NotListed) => "cause-config-cluster-conf-not-listed",
        Code::ConfigSelfAddress if is_all(Variant::OfAnother) => "cause-config-self-address-taken",
        Code::ConfigMode if is_all(Variant::ModeOf1x) => "cause-config-mode-1x",
        Code::ConfigMode if is_all(Variant::NoConnections) => "cause-config-mode-connections",
        Code::DataDiverged if is_all(Variant::NotLoaded) => "cause-data-not-loaded",
        Code::ClusterQuorumLost if is_all(Variant::SurvivorsCut) => "cause-cluster-quorum-cut",
        Code::RaftLinkBroken if is_all(Variant::RaftAtStart) => "cause-raft-link-at-start",
        Code::RaftMemberMismatch if is_all(Variant::GroupNotRun) => "cause-raft-group-not-run",
        Code::NodeStuckStarting if is_all(Variant::StartBrokeOff) => "cause-node-start-broke-off",
        Code::MembersDisagree if is_all(Variant::StatesDiffer) => "cause-members-state",
        Code::NodeFlapping if is_all(Variant::UpMeanwhile) => "cause-node-flapping-up",
        Code::ClientsMissing if is_all(Variant::WentTogether) => "cause-clients-gone",
        Code::ClientsMissing if is_all(Variant::InWaves) => "cause-clients-waves",
        Code::ClientsSkewed if is_all(Variant::Empty) => "cause-clients-empty",
        Code::DoorStaleUpstream if is_all(Variant::GrpcOfDead) => "cause-door-grpc-dead",
        Code::DoorStaleUpstream if is_all(Variant::UnlistedUpstream) => "cause-door-stranger",
        Code::DoorStaleUpstream if is_all(Variant::PassedOver) => "cause-door-passed-over",
        Code::DoorStaleUpstream if hypothesis.worst() != Outcome::Fail => "cause-door-slow",
        Code::DoorStaleUpstream if is_all(Variant::Frozen) => "cause-door-frozen",
        Code::DoorGrpcNotForwarded if is_all(Variant::Partly) => "cause-door-grpc-partly",
        Code::DoorNotServing if is_all(Variant::WayBlocked) => "cause-door-way",
        Code::DoorNotServing if is_all(Variant::Partly) => "cause-door-partly",
        code => return format!("cause-{}", code.key()),
    };
    key.to_owned()
}

/// What to do about a cause, before anything is weighed.
fn todos(hypothesis: &Hypothesis<'_>) -> &'static [&'static ToDo] {
    match hypothesis.code {
        Code::NodeUnreachable if hypothesis.is_gone() => causes::GONE,
        Code::NodeHung if hypothesis.is_all(&[Variant::WaitsForDisk]) => causes::BLOCKED,
        Code::NodeStartFailed if hypothesis.is_all(&[Variant::NoLeaderAtStart]) => causes::NO_LEADER,
        Code::NodeStartFailed if hypothesis.is_all(&[Variant::NotStarted]) => causes::NOT_STARTED,
        Code::NodeKilled if hypothesis.is_all(&[Variant::Probe]) => causes::PROBE,
        Code::NodeKilled if hypothesis.is_all(&[Variant::HostWentDown]) => causes::HOST_WENT_DOWN,
        Code::NodeKilled if hypothesis.is_all(&[Variant::Evicted]) => causes::EVICTED,
        Code::NodeOomKilled if hypothesis.is_all(&[Variant::Evicted]) => causes::EVICTED,
        Code::NodeDiskFull if hypothesis.is_all(&[Variant::Evicted]) => causes::EVICTED,
        Code::NodeDiskFull if hypothesis.is_all(&[Variant::DiskFails]) => causes::DISK_FAILS,
        Code::NodeStartFailed if hypothesis.is_all(&[Variant::NoPermission]) => causes::NO_PERMISSION,
        Code::NodeStartFailed if hypothesis.is_all(&[Variant::DataNotWritable]) => causes::DATA_NOT_WRITABLE,
        Code::NodeDiskFull if hypothesis.is_all(&[Variant::ReadOnly]) => causes::READ_ONLY,
        Code::DbRefuses if hypothesis.is_all(&[Variant::OutOfResources]) => causes::DATABASE_RESOURCES,
        Code::DbRefuses if hypothesis.is_all(&[Variant::ReadOnly]) => causes::DATABASE_READ_ONLY,
        Code::ConfigPropertiesDrift if hypothesis.is_all(&[Variant::NoSettingsFile]) => causes::NO_SETTINGS_FILE,
        Code::DoorStaleUpstream if hypothesis.is_all(&[Variant::UnlistedUpstream]) => {
            causes::spec(Code::DoorNotServing).todos
        }
        Code::ConfigClusterConfDrift if hypothesis.is_all(&[Variant::NotListed]) => causes::NOT_LISTED,
        Code::ConfigSelfAddress if hypothesis.is_all(&[Variant::OfAnother]) => causes::SHARED_ADDRESS,
        Code::ConfigMode if hypothesis.is_all(&[Variant::ModeOf1x]) => causes::MODE_OF_1X,
        Code::ConfigMode if hypothesis.is_all(&[Variant::NoConnections]) => causes::NO_CONNECTIONS,
        Code::DataDiverged if hypothesis.is_all(&[Variant::NotLoaded]) => causes::NOT_LOADED,
        Code::RaftLinkBroken if hypothesis.is_all(&[Variant::RaftAtStart]) => causes::RAFT_AT_START,
        Code::RaftMemberMismatch if hypothesis.is_all(&[Variant::GroupNotRun]) => causes::GROUP_NOT_RUN,
        Code::NodeFlapping if hypothesis.is_all(&[Variant::UpMeanwhile]) => causes::UP_AGAIN,
        Code::ClientsMissing if hypothesis.is_all(&[Variant::WentTogether, Variant::InWaves]) => causes::CLIENTS_GONE,
        code => causes::spec(code).todos,
    }
}

/// What not to do about a cause. A database that has run out of something does not ask for another start of its nodes, nor
/// does one that refuses nodes which run. Where no node works, there is none to leave alone. While a majority serves, an
/// application that starts finds what it needs; many at once are another load.
fn do_nots<'k>(
    model: &ClusterModel<'_>,
    hypothesis: &Hypothesis<'_>,
    about: &[usize],
    quorum: Option<&Quorum>,
) -> impl Iterator<Item = &'k str> + use<'k> {
    const OWN: [Variant; 3] = [Variant::OutOfResources, Variant::Connections, Variant::ReadOnly];
    let all_run = about.iter().all(|index| model.states[*index].is_running());
    let one_may_work = model.states.iter().any(|state| state.is_running() || state.is_unknown());
    let keys = match hypothesis.code {
        Code::DbRefuses if all_run || hypothesis.is_all(&OWN) => causes::spec(Code::DbUnreachable).do_nots,
        code => causes::spec(code).do_nots,
    };
    let serves = quorum.is_some_and(|quorum| quorum.live() >= quorum.needed());
    let fitting = move |key: &'k str| match key {
        causes::REDEPLOY_APPS if serves => causes::REDEPLOY_IN_BULK,
        key => key,
    };
    keys.iter().copied().filter(move |key| one_may_work || *key != causes::RESTART_SURVIVORS).map(fitting)
}

/// What a cause breaks, per function and for whom.
fn impact(model: &ClusterModel<'_>, hypothesis: &Hypothesis<'_>, nodes: &str, quorum: Option<&Quorum>) -> Vec<Message> {
    let code = hypothesis.code;
    let lost = code == Code::ClusterQuorumLost || quorum.is_some_and(Quorum::lost);
    let embedded = model.nodes.iter().any(NodeModel::embedded_storage);
    let say = |key: &str| Message::new(key).with("nodes", nodes);
    let at_start = hypothesis.is_all(&[Variant::RaftAtStart]);
    if lost && (at_start || is_stop(code) || matches!(code, Code::ClusterQuorumLost | Code::NodeIsolated)) {
        let config = if embedded { "impact-config-lost" } else { "impact-config-external" };
        let rest = [say("impact-ephemeral-survivors"), say("impact-persistent-lost"), say(config), say("impact-apps")];
        return clients_counted(model, hypothesis, nodes).into_iter().chain(rest).collect();
    }
    if is_stop(code) {
        let config = if embedded { "impact-config-short" } else { "impact-config-external" };
        let rest = [say("impact-ephemeral-survivors"), say("impact-persistent-short"), say(config), say("impact-apps")];
        return clients_counted(model, hypothesis, nodes).into_iter().chain(rest).collect();
    }
    match code {
        Code::RaftNoLeader => {
            let config = if embedded { "impact-config-lost" } else { "impact-config-external" };
            vec![say("impact-ephemeral-works"), say("impact-persistent-lost"), say(config)]
        }
        Code::NodeIsolated => vec![say("impact-isolated"), say("impact-persistent-short"), say("impact-apps")],
        Code::RaftLinkBroken => {
            let config = if embedded { "impact-link-embedded" } else { "impact-config-external" };
            vec![say("impact-ephemeral-works"), say("impact-link-raft"), say(config)]
        }
        Code::NetGrpcBlocked | Code::NetOneWay | Code::NetPortBlocked | Code::NetLossy => {
            vec![say("impact-grpc"), say("impact-lists-differ")]
        }
        Code::ConfigClusterConfDrift | Code::ConfigClusterConfMalformed | Code::MembersDisagree => {
            vec![say("impact-lists-differ")]
        }
        Code::DataDiverged if hypothesis.is_all(&[Variant::NotLoaded]) => vec![say("impact-not-loaded")],
        Code::DataDiverged => vec![say("impact-lists-differ")],
        Code::RaftMemberMismatch if hypothesis.is_all(&[Variant::GroupNotRun]) => vec![say("impact-group-not-run")],
        Code::MembersGhost | Code::RaftMemberMismatch => vec![say("impact-ghost")],
        Code::DbRefuses if hypothesis.is_all(&[Variant::ReadOnly]) && all_run(model, hypothesis) => {
            vec![say("impact-db-read-only")]
        }
        Code::ConfigDbDrift | Code::DbUnreachable | Code::DbRefuses => vec![say("impact-db")],
        Code::ConfigAuthDrift => vec![say("impact-auth")],
        Code::ClientsSkewed if hypothesis.is_all(&[Variant::Empty]) => vec![say("impact-clients-empty")],
        Code::ClientsMissing | Code::ClientsSkewed => vec![say("impact-clients")],
        Code::DoorStaleUpstream | Code::DoorNotServing => vec![say("impact-door")],
        Code::DoorGrpcNotForwarded => vec![say("impact-door-grpc")],
        _ => Vec::new(),
    }
}

fn all_run(model: &ClusterModel<'_>, hypothesis: &Hypothesis<'_>) -> bool {
    let mut nodes = hypothesis.nodes.iter().filter_map(|node| model.index(node));
    nodes.all(|index| model.states[index].is_running())
}

/// How many clients the nodes had before they stopped, and how many are connected now; `None` where that was not counted.
fn clients_counted(model: &ClusterModel<'_>, hypothesis: &Hypothesis<'_>, nodes: &str) -> Option<Message> {
    let spread = clients::spread(model);
    let before = spread.before.as_ref().filter(|before| before.total > 0 && spread.uncounted.is_empty())?;
    let on: i64 = hypothesis.nodes.iter().filter_map(|node| model.index(node)).map(|index| before.counts[index]).sum();
    let missing = (before.total - spread.total).max(0);
    let waiting = missing > 0 && model.age_ms(before.at) < timing::CLIENTS_BACK_MS;
    let message = Message::new(if waiting { "impact-clients-waiting" } else { "impact-clients-counted" });
    let message = message.with("nodes", nodes).with("on", on).with("before", before.total);
    Some(message.with("now", spread.total).with("missing", missing))
}
