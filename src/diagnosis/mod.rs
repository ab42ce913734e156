//! Findings of all steps to ranked causes, impact, advice and do-nots. Pure; may import `domain` and `nacos`.
//!
//! [`picture`] puts everything seen side by side, [`advice`] holds what each code means for people, this file ranks.

pub mod advice;
pub mod clients;
pub mod merged;
pub mod picture;
pub mod settings;
pub mod stability;
pub mod views;

use std::collections::{BTreeMap, BTreeSet};

use self::picture::life::{self, Life, Reach};
use self::picture::{Picture, doors, links, raft, stop};
use crate::domain::cluster::{Cluster, FileSource};
use crate::domain::code::Code;
use crate::domain::diagnosis::{Cause, Confidence, Diagnosis, Health};
use crate::domain::finding::{Finding, NotSeen, Outcome};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::observed::Board;
use crate::domain::time::Timestamp;

/// Length of the window that a picture gets where nobody says another.
const WINDOW_MS: i64 = 1_800_000;
/// A group may be without a leader for this long after a node went.
const ELECTION_MS: i64 = 30_000;

/// All that a diagnosis rests on.
pub struct Evidence<'a> {
    /// The inventory.
    pub cluster: &'a Cluster,
    /// Everything seen.
    pub board: &'a Board,
    /// Findings of all judged runs.
    pub findings: Vec<Finding>,
    /// What was not seen.
    pub not_seen: Vec<NotSeen>,
    /// The moment judged.
    pub at: Timestamp,
    /// The node the operator thinks has stopped.
    pub suspect: Option<&'a NodeName>,
}

/// Ranks.
#[must_use]
pub fn diagnose(evidence: Evidence<'_>) -> Diagnosis {
    let picture = Picture::new(evidence.cluster, evidence.board, evidence.at, WINDOW_MS);
    let quorum = raft::quorum(&picture);
    let mut findings = evidence.findings;
    findings.sort_by(|one, two| {
        (std::cmp::Reverse(one.outcome), one.step, &one.id).cmp(&(std::cmp::Reverse(two.outcome), two.step, &two.id))
    });
    findings.dedup_by(|one, two| one.id == two.id);
    let causes = causes(&picture, &findings, quorum.as_ref(), evidence.suspect);
    let health = health(&picture, &findings, &evidence.not_seen, quorum.as_ref());
    Diagnosis {
        at: evidence.at,
        cluster: evidence.cluster.name.clone(),
        health,
        failure_tolerance: quorum.as_ref().filter(|_| some_node_seen(&picture)).map(raft::Quorum::tolerance),
        causes,
        findings,
        could_not_run: distinct(evidence.not_seen),
    }
}

fn some_node_seen(picture: &Picture<'_>) -> bool {
    picture.lives.iter().any(|life| !life.is_unknown())
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

/// All findings of one code, on their way to a cause.
struct Candidate<'f> {
    code: Code,
    nodes: Vec<NodeName>,
    findings: Vec<&'f Finding>,
}

impl Candidate<'_> {
    /// True of nodes whose process is gone, where nothing tells how it ended.
    fn is_gone(&self) -> bool {
        self.code == Code::NodeUnreachable && self.findings.iter().any(|finding| stop::says_gone(&finding.summary.key))
    }

    fn worst(&self) -> Outcome {
        self.findings.iter().map(|finding| finding.outcome).max().unwrap_or(Outcome::Warn)
    }
}

fn causes(
    picture: &Picture<'_>,
    findings: &[Finding],
    quorum: Option<&raft::Quorum>,
    suspect: Option<&NodeName>,
) -> Vec<Cause> {
    let mut candidates: Vec<Candidate<'_>> = Vec::new();
    for finding in findings.iter().filter(|finding| finding.outcome >= Outcome::Warn && finding.code != Code::None) {
        let nodes = finding.node.iter().chain(finding.peer.iter());
        match candidates.iter_mut().find(|candidate| candidate.code == finding.code) {
            Some(candidate) => {
                candidate.findings.push(finding);
                let new: Vec<NodeName> = nodes.filter(|node| !candidate.nodes.contains(node)).cloned().collect();
                candidate.nodes.extend(new);
            }
            None => candidates.push(Candidate {
                code: finding.code,
                nodes: nodes.cloned().collect(),
                findings: vec![finding],
            }),
        }
    }
    one_way_wins(&mut candidates);
    let mut explained: BTreeMap<Code, BTreeSet<Code>> = BTreeMap::new();
    let mut roots: Vec<usize> = Vec::new();
    for (index, candidate) in candidates.iter().enumerate() {
        let explaining = candidates.iter().find(|other| explains(picture, other, candidate, &candidates));
        match explaining {
            Some(root) => {
                explained.entry(root.code).or_default().insert(candidate.code);
            }
            None => roots.push(index),
        }
    }
    let mut causes: Vec<(u8, u8, bool, Cause)> = roots
        .into_iter()
        .map(|index| {
            let candidate = &candidates[index];
            let follows = explained.get(&candidate.code).cloned().unwrap_or_default();
            let weight = u8::from(candidate.worst() != Outcome::Fail);
            let named = suspect.is_some_and(|suspect| candidate.nodes.contains(suspect));
            (weight, depth(candidate, &follows), !named, cause(picture, candidate, follows, findings, quorum))
        })
        .collect();
    causes.sort_by(|one, two| (one.0, one.1, one.2, &one.3.nodes).cmp(&(two.0, two.1, two.2, &two.3.nodes)));
    causes.into_iter().map(|(_, _, _, cause)| cause).collect()
}

/// Where a cause stands among others; lower is deeper.
fn depth(candidate: &Candidate<'_>, follows: &BTreeSet<Code>) -> u8 {
    match candidate.code {
        // A majority lives and cannot elect: mending the link gives the leader back at once, whoever else is down.
        Code::RaftLinkBroken if follows.contains(&Code::RaftNoLeader) => advice::depth(Code::NodeFlapping) + 2,
        Code::NodeUnreachable if candidate.is_gone() => advice::depth(Code::NodeKilled),
        code => advice::depth(code),
    }
}

/// A link that passes in one direction only is no blocked port.
fn one_way_wins(candidates: &mut Vec<Candidate<'_>>) {
    let pairs: Vec<(Option<NodeName>, Option<NodeName>)> = candidates
        .iter()
        .filter(|candidate| candidate.code == Code::NetOneWay)
        .flat_map(|candidate| candidate.findings.iter().map(|finding| (finding.node.clone(), finding.peer.clone())))
        .collect();
    candidates.retain(|candidate| {
        !matches!(candidate.code, Code::NetGrpcBlocked | Code::NetPortBlocked)
            || candidate.findings.iter().any(|finding| {
                let pair = (finding.node.clone(), finding.peer.clone());
                let back = (finding.peer.clone(), finding.node.clone());
                finding.peer.is_none() || !(pairs.contains(&pair) || pairs.contains(&back))
            })
    });
}

/// Nodes that are known not to serve.
fn not_running<'p>(picture: &'p Picture<'_>) -> impl Iterator<Item = &'p NodeName> {
    let known = picture.lives.iter().map(|life| !life.is_running() && !life.is_unknown());
    picture.nodes.iter().zip(known).filter(|(_, down)| *down).map(|(node, _)| node.name)
}

/// True if `root` is the deeper reason of `other`.
fn explains(picture: &Picture<'_>, root: &Candidate<'_>, other: &Candidate<'_>, all: &[Candidate<'_>]) -> bool {
    if root.code == other.code || root.worst() < other.worst() && root.worst() < Outcome::Warn {
        return false;
    }
    let about_same = other.nodes.iter().all(|node| root.nodes.contains(node)) && !other.nodes.is_empty();
    let touches = other.nodes.iter().any(|node| root.nodes.contains(node)) || other.nodes.is_empty();
    match (root.code, other.code) {
        (Code::NodeFlapping, Code::NodeKilled | Code::NodeHung | Code::NodeStuckStarting | Code::NodeUnreachable) => {
            about_same
        }
        (
            Code::NodeOomKilled
            | Code::NodeOomJava
            | Code::NodeJvmCrash
            | Code::NodeDiskFull
            | Code::NodeStartFailed
            | Code::DbUnreachable
            | Code::RaftStorageCorrupt
            | Code::ConfigDbDrift,
            Code::NodeFlapping | Code::NodeStuckStarting | Code::NodeHung | Code::NodeKilled,
        ) => about_same,
        (Code::NodeDiskFull, Code::RaftStorageCorrupt | Code::NodeStartFailed | Code::DbUnreachable) => about_same,
        (Code::NodeOomJava, Code::RaftStorageCorrupt | Code::ConfigFlagsDrift | Code::RaftLinkBroken) => about_same,
        (Code::NodeOomJava | Code::NodeHung, Code::NetGrpcBlocked | Code::NetPortBlocked | Code::NetOneWay) => touches,
        (
            Code::NodeIsolated,
            Code::NodeUnreachable | Code::NetGrpcBlocked | Code::NetPortBlocked | Code::RaftLinkBroken,
        ) => touches,
        // One thing to mend for all that are down.
        (Code::DbUnreachable, Code::ClusterQuorumLost) => {
            let mut down = not_running(picture).peekable();
            down.peek().is_some() && down.all(|name| root.nodes.contains(name))
        }
        (code, Code::ClusterQuorumLost) if is_stop(code) || code == Code::NodeIsolated => {
            let down: BTreeSet<&NodeName> = all
                .iter()
                .filter(|candidate| is_stop(candidate.code) || candidate.code == Code::NodeIsolated)
                .flat_map(|candidate| &candidate.nodes)
                // Others may be down for a reason that is not called a stop, as those whose database is gone.
                .chain(not_running(picture))
                .collect();
            let unlisted = all
                .iter()
                .filter(|candidate| candidate.code == Code::NodeUnreachable)
                .flat_map(|candidate| &candidate.findings)
                .filter(|finding| finding.node.is_none());
            down.len() + unlisted.count() == 1
        }
        (code, Code::RaftNoLeader) if is_stop(code) => {
            let lost = all.iter().any(|candidate| candidate.code == Code::ClusterQuorumLost);
            let fresh =
                root.nodes.iter().filter_map(|node| picture.index(node)).any(|index| {
                    picture.nodes[index].last_stamp.is_some_and(|last| picture.age_ms(last) < ELECTION_MS)
                });
            lost || fresh
        }
        (Code::NetLossy, Code::NetGrpcBlocked | Code::NetPortBlocked | Code::NetOneWay | Code::RaftLinkBroken) => {
            touches
        }
        // What has no address cannot be reached.
        (Code::NetDns, Code::NodeUnreachable | Code::NetGrpcBlocked | Code::NetPortBlocked | Code::NetOneWay) => {
            touches
        }
        (Code::RaftNoLeader, Code::DbUnreachable) => picture.nodes.iter().any(picture::NodePicture::embedded_storage),
        (Code::ConfigClusterConfDrift, Code::MembersGhost | Code::RaftMemberMismatch) => true,
        (_, Code::ClientsMissing | Code::ClientsSkewed) => {
            root.nodes.iter().filter_map(|node| picture.index(node)).any(|index| !picture.lives[index].is_running())
                || advice::consequences(root.code).contains(&other.code)
        }
        (
            Code::ConfigDbDrift
            | Code::ConfigAuthDrift
            | Code::ConfigClusterConfMalformed
            | Code::DbUnreachable
            | Code::RaftStorageCorrupt,
            code,
        ) if is_stop(code)
            || matches!(
                code,
                Code::DbUnreachable | Code::NodeIsolated | Code::NetGrpcBlocked | Code::ConfigFlagsDrift
            ) =>
        {
            about_same && advice::consequences(root.code).contains(&code)
        }
        (_, code) => {
            let general = matches!(
                code,
                Code::MembersDisagree
                    | Code::ClientsMissing
                    | Code::ClientsSkewed
                    | Code::DataDiverged
                    | Code::LogsErrors
                    | Code::RaftNoLeader
                    | Code::MembersGhost
                    | Code::RaftMemberMismatch
                    | Code::ConfigClusterConfDrift
            );
            let same_file = code != Code::ConfigClusterConfDrift || about_same;
            general && same_file && advice::consequences(root.code).contains(&code)
        }
    }
}

/// Codes of a node that does not serve.
#[must_use]
pub const fn is_stop(code: Code) -> bool {
    matches!(
        code,
        Code::NodeStoppedClean
            | Code::NodeKilled
            | Code::NodeOomKilled
            | Code::NodeOomJava
            | Code::NodeJvmCrash
            | Code::NodeDiskFull
            | Code::NodeHung
            | Code::NodeStuckStarting
            | Code::NodeStartFailed
            | Code::NodeFlapping
            | Code::NodeUnreachable
    )
}

fn cause(
    picture: &Picture<'_>,
    candidate: &Candidate<'_>,
    follows: BTreeSet<Code>,
    findings: &[Finding],
    quorum: Option<&raft::Quorum>,
) -> Cause {
    let code = candidate.code;
    let arg = |name: &str| candidate.findings.iter().find_map(|finding| finding.summary.args.get(name)).cloned();
    // A cause that names no node of its own speaks of those that its finding calls dead.
    let nodes = match candidate.nodes.iter().map(|node| node.0.as_str()).collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => arg("dead").or_else(|| arg("member")).unwrap_or_else(|| "–".to_owned()),
        some => some,
    };
    let fill = |key: &str| {
        let mut message = Message::new(key).with("nodes", &nodes);
        for name in [
            "ports", "group", "keys", "member", "line", "text", "more", "less", "live", "voters", "needed", "dead",
            "door", "ok", "tries",
        ] {
            message = message.with(name, arg(name).unwrap_or_else(|| "–".to_owned()));
        }
        message
    };
    let no_leader = !candidate.findings.is_empty()
        && candidate.findings.iter().all(|finding| finding.summary.key == stop::NO_LEADER_AT_START);
    let gone =
        code == Code::NodeUnreachable && candidate.findings.iter().any(|finding| stop::says_gone(&finding.summary.key));
    let says = |keys: &[&str]| candidate.findings.iter().all(|one| keys.contains(&one.summary.key.as_str()));
    let blocked = says(&[stop::WAITS_FOR_DISK]);
    let stranger = says(&["finding-door-stranger"]);
    let variant = match code {
        Code::NodeHung if blocked => "cause-node-hung-disk".to_owned(),
        Code::NodeHung if confidence(picture, candidate) < Confidence::Certain => "cause-node-hung-likely".to_owned(),
        Code::NodeKilled if confidence(picture, candidate) == Confidence::Possible => "cause-node-silent".to_owned(),
        Code::NodeKilled if confidence(picture, candidate) < Confidence::Certain => {
            "cause-node-killed-likely".to_owned()
        }
        Code::NodeUnreachable if gone => "cause-node-gone".to_owned(),
        _ if says(&["finding-link-burst", "finding-link-burst-node"]) => "cause-link-burst".to_owned(),
        Code::NodeUnreachable if candidate.nodes.is_empty() => "cause-node-unlisted".to_owned(),
        Code::NodeStartFailed if no_leader => "cause-node-start-no-leader".to_owned(),
        Code::DoorStaleUpstream if says(&["finding-door-grpc-dead"]) => "cause-door-grpc-dead".to_owned(),
        Code::DoorStaleUpstream if stranger => "cause-door-stranger".to_owned(),
        Code::DoorStaleUpstream if says(&["finding-door-passed-over"]) => "cause-door-passed-over".to_owned(),
        Code::DoorStaleUpstream if candidate.worst() != Outcome::Fail => "cause-door-slow".to_owned(),
        Code::DoorStaleUpstream if says(&["finding-door-frozen", "finding-door-waits"]) => {
            "cause-door-frozen".to_owned()
        }
        Code::DoorGrpcNotForwarded if says(&["finding-door-grpc-partly"]) => "cause-door-grpc-partly".to_owned(),
        Code::DoorNotServing if says(&["finding-door-way"]) => "cause-door-way".to_owned(),
        Code::DoorNotServing if candidate.findings.iter().all(|one| one.summary.key == "finding-door-partly") => {
            "cause-door-partly".to_owned()
        }
        Code::NodeStuckStarting if says(&[stop::START_BROKE_OFF]) => "cause-node-start-broke-off".to_owned(),
        Code::NodeStuckStarting if candidate.worst() != Outcome::Fail => "cause-node-starting".to_owned(),
        _ => format!("cause-{}", code.key()),
    };
    let survivors = !picture.running().is_empty();
    let actions = match code {
        _ if gone => advice::GONE,
        Code::NodeHung if blocked => advice::BLOCKED,
        Code::DoorStaleUpstream if stranger => advice::actions(Code::DoorNotServing),
        _ => advice::actions(code),
    };
    let action = actions
        .iter()
        .filter(|key| survivors || **key != "action-front-door")
        .map(|key| if no_leader && *key == "action-read-start-error" { "action-quorum-then-start" } else { *key })
        .map(fill)
        .collect();
    let mut because: Vec<String> = candidate.findings.iter().map(|finding| finding.id.clone()).collect();
    because.extend(findings.iter().filter(|finding| follows.contains(&finding.code)).map(|finding| finding.id.clone()));
    let mut named = candidate.nodes.clone();
    if matches!(code, Code::MembersGhost | Code::NodeUnreachable) {
        named.extend(
            candidate.findings.iter().filter_map(|finding| finding.summary.args.get("member")).cloned().map(NodeName),
        );
        named.sort();
        named.dedup();
    }
    Cause {
        code,
        nodes: named,
        confidence: confidence(picture, candidate),
        summary: fill(&variant),
        impact: impact(picture, code, &nodes, quorum),
        action,
        do_not: advice::do_nots(code).iter().map(|key| fill(key)).collect(),
        because,
        refuted_by: advice::refutations(code).iter().map(|key| fill(key)).collect(),
        consequences: follows.into_iter().collect(),
    }
}

fn confidence(picture: &Picture<'_>, candidate: &Candidate<'_>) -> Confidence {
    let of_stops = || {
        candidate
            .nodes
            .iter()
            .filter_map(|node| picture.index(node))
            .filter_map(|index| stop::stop_of(picture, index).filter(|stop| stop.code == candidate.code))
            .map(|stop| stop.confidence)
            .min()
    };
    let of_links = || {
        links::verdicts(picture)
            .into_iter()
            .filter(|verdict| verdict.code == candidate.code)
            .map(|verdict| verdict.confidence)
            .max()
    };
    match candidate.code {
        Code::NodeUnreachable => of_stops().unwrap_or(Confidence::Likely),
        Code::ClusterQuorumLost => of_quorum(picture, candidate),
        // No room for others than root is no proof that the node cannot write.
        Code::NodeDiskFull if candidate.worst() < Outcome::Fail => Confidence::Likely,
        code if is_stop(code) && code != Code::NodeFlapping => of_stops().unwrap_or(Confidence::Certain),
        Code::NodeIsolated | Code::NetGrpcBlocked | Code::NetPortBlocked | Code::NetOneWay | Code::RaftLinkBroken => {
            of_links().unwrap_or(Confidence::Likely)
        }
        Code::DoorStaleUpstream | Code::DoorGrpcNotForwarded | Code::DoorNotServing => {
            let tallies = doors::tallies(picture);
            let verdicts =
                doors::verdicts(picture, &tallies).into_iter().filter(|verdict| verdict.code == candidate.code);
            verdicts.map(|verdict| verdict.confidence).max().unwrap_or(Confidence::Likely)
        }
        Code::MembersGhost => {
            let certain = picture::members::ghosts(picture).iter().all(|ghost| ghost.certain);
            if certain { Confidence::Certain } else { Confidence::Likely }
        }
        Code::MembersDisagree
        | Code::DataDiverged
        | Code::ClientsMissing
        | Code::LogsErrors
        | Code::NetLossy
        | Code::RaftStorageCorrupt
        | Code::DbUnreachable => Confidence::Likely,
        _ => Confidence::Certain,
    }
}

/// As certain as the voters that it takes: one that only fell silent in copied logs may just as well run on.
fn of_quorum(picture: &Picture<'_>, candidate: &Candidate<'_>) -> Confidence {
    let Some(quorum) = raft::quorum(picture) else { return Confidence::Possible };
    let doubtful = |owner: Option<usize>| {
        owner.is_some_and(|index| {
            picture.lives[index] == life::Life::Silent
                && stop::stop_of(picture, index).is_some_and(|stop| stop.confidence == Confidence::Possible)
        })
    };
    let votes = quorum.voters.iter().zip(&quorum.owners);
    let dead = votes.filter(|((_, vote), _)| *vote == raft::Vote::Dead);
    let sure = dead.filter(|(_, owner)| !doubtful(**owner)).count();
    if sure + quorum.needed() > quorum.voters.len() {
        return Confidence::Certain;
    }
    // The others say so themselves.
    let said = candidate.findings.iter().any(|finding| !finding.evidence.is_empty());
    if said { Confidence::Likely } else { Confidence::Possible }
}

/// What a cause breaks, per function and for whom.
fn impact(picture: &Picture<'_>, code: Code, nodes: &str, quorum: Option<&raft::Quorum>) -> Vec<Message> {
    let lost = quorum.is_some_and(raft::Quorum::lost);
    let embedded = picture.nodes.iter().any(picture::NodePicture::embedded_storage);
    let say = |key: &str| Message::new(key).with("nodes", nodes);
    if lost && (is_stop(code) || matches!(code, Code::ClusterQuorumLost | Code::NodeIsolated)) {
        let config = if embedded { "impact-config-lost" } else { "impact-config-external" };
        return vec![say("impact-ephemeral-survivors"), say("impact-persistent-lost"), say(config), say("impact-apps")];
    }
    if is_stop(code) {
        let config = if embedded { "impact-config-short" } else { "impact-config-external" };
        return vec![
            say("impact-ephemeral-survivors"),
            say("impact-persistent-short"),
            say(config),
            say("impact-apps"),
        ];
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
        Code::ConfigClusterConfDrift
        | Code::ConfigClusterConfMalformed
        | Code::MembersDisagree
        | Code::DataDiverged => vec![say("impact-lists-differ")],
        Code::MembersGhost | Code::RaftMemberMismatch => vec![say("impact-ghost")],
        Code::ConfigDbDrift | Code::DbUnreachable => vec![say("impact-db")],
        Code::ConfigAuthDrift => vec![say("impact-auth")],
        Code::ClientsMissing | Code::ClientsSkewed => vec![say("impact-clients")],
        Code::DoorStaleUpstream | Code::DoorNotServing => vec![say("impact-door")],
        Code::DoorGrpcNotForwarded => vec![say("impact-door-grpc")],
        _ => Vec::new(),
    }
}

/// Health, as documented: `down`, `degraded`, `unknown`, `healthy`.
fn health(picture: &Picture<'_>, findings: &[Finding], not_seen: &[NotSeen], quorum: Option<&raft::Quorum>) -> Health {
    let failed = |code: Code| findings.iter().any(|finding| finding.code == code && finding.outcome == Outcome::Fail);
    let running = picture.running();
    let seen = some_node_seen(picture);
    let none_serves = seen && running.is_empty() && picture.lives.iter().all(|life| !life.is_unknown());
    if none_serves
        || failed(Code::ClusterQuorumLost)
        || quorum.is_some_and(|quorum| seen && quorum.lost())
        || failed(Code::RaftNoLeader)
    {
        return Health::Down;
    }
    if findings.iter().any(|finding| finding.outcome >= Outcome::Warn) {
        return Health::Degraded;
    }
    let watched = picture.nodes.iter().enumerate().all(|(index, node)| {
        let answered = node.spec.api.is_none() || life::reach(picture, index) == Reach::Answers;
        // Where nothing else vouches for it, its logs have to go on to the very end, and its member list has to be there.
        let alone = node.spec.api.is_none() || life::reach(picture, index) != Reach::Answers;
        let to_the_end = !alone
            || node.last_stamp.is_some_and(|last| picture.age_ms(last) <= life::SILENT_MS)
                && (node.conf.is_some_and(|conf| conf.present) || node.stop.is_some_and(|stop| stop.files_live));
        let logs = node.logs.is_some_and(|logs| !logs.files.is_empty()) && life::goes_on(picture, index) && to_the_end;
        // Logs that were to be read and were not seen are no sign of health, whatever the API says.
        let missing = !matches!(node.spec.files, FileSource::None)
            && not_seen.iter().any(|one| one.check == "logs.signatures" && one.node.as_ref() == Some(node.name));
        let by_api = node.logs.is_none() && !missing && picture::links::shown_by_api(picture, index);
        let seen = logs || by_api;
        picture.lives[index] == Life::Running && seen && answered
    });
    let whole = watched
        && !picture.nodes.is_empty()
        && quorum.is_some_and(|quorum| quorum.voters.iter().all(|(_, vote)| *vote == raft::Vote::Live));
    let whole = whole
        && links::doubts(picture).is_empty()
        && links::unvouched(picture).is_empty()
        && links::missed_at_the_end(picture).is_empty();
    if whole { Health::Healthy } else { Health::Unknown }
}
