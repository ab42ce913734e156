//! What every node says of every other: Raft leaders and terms, member states, readiness, instance counts, clocks. Disagreements first.

use std::collections::{BTreeMap, BTreeSet};

use crate::checks::JudgeContext;
use crate::checks::judging::{Claim, Judging};
use crate::domain::code::Code;
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::observed::ViewSeen;
use crate::domain::vocabulary::MemberState;
use crate::model::{cite, links, raft};
use crate::nacos::timing;

/// Healthy instances and all instances of a service.
type Instances = (i64, i64);

/// Judges the observations of all nodes.
#[must_use]
pub fn judge(_node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("view.matrix", Step::Network, cx);
    clocks(&mut judging);
    let asked: Vec<usize> =
        (0..judging.model.nodes.len()).filter(|index| judging.model.nodes[*index].view.is_some()).collect();
    if asked.is_empty() {
        judging.not_seen(None, Message::new("judged-no-views"));
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-no-views"));
    }
    for index in 0..judging.model.nodes.len() {
        if judging.model.nodes[index].view.is_none_or(|view| view.members.is_empty()) {
            judging.not_seen(
                Some(index),
                Message::new("judged-view-unseen").with("node", judging.model.nodes[index].name),
            );
        }
    }
    groups(&mut judging);
    terms(&mut judging);
    readiness(&mut judging);
    states(&mut judging);
    data(&mut judging);
    judging.finish(Message::new("judged-views-agree"))
}

fn groups(judging: &mut Judging<'_>) {
    for group in raft::leaderless(judging.model) {
        let nodes = judging.model.names(&group.nodes);
        let summary = Message::new("finding-raft-no-leader").with("group", &group.group).with("nodes", nodes);
        judging.find_because(Claim::fail(Code::RaftNoLeader), summary, group.evidence, group.conditions);
    }
    for index in judging.model.running() {
        let node = &judging.model.nodes[index];
        let broken: Vec<EvidenceRef> = node
            .view
            .into_iter()
            .flat_map(|view| &view.raft)
            .filter_map(|group| group.error.as_deref().filter(|error| !error.is_empty()).map(|error| (group, error)))
            .filter(|(_, error)| !error.to_lowercase().contains("leader"))
            .map(|(group, error)| cite::said(node.name, "raftMetaData", &format!("{}: {error}", group.group)))
            .collect();
        let (stopped, broken): (Vec<EvidenceRef>, Vec<EvidenceRef>) =
            broken.into_iter().partition(|error| raft::stopped_at_entry(&error.text));
        if !stopped.is_empty() {
            let summary = Message::new("finding-raft-state-machine-stopped").with("node", node.name);
            judging.find(Claim::fail(Code::RaftStateMachineStopped).of(index), summary, stopped);
        }
        let node = &judging.model.nodes[index];
        if !broken.is_empty() {
            let summary = Message::new("finding-raft-group-error").with("node", node.name);
            judging.find(Claim::fail(Code::RaftStorageCorrupt).likely().of(index), summary, broken);
        }
    }
}

/// A running node that follows another leader or an older term than most: its Raft does not hear the others.
fn terms(judging: &mut Judging<'_>) {
    let leaderless: BTreeSet<String> = raft::leaderless(judging.model).into_iter().map(|group| group.group).collect();
    let mut says: BTreeMap<String, BTreeMap<usize, (String, i64)>> = BTreeMap::new();
    for index in judging.model.running() {
        let node = &judging.model.nodes[index];
        if node.started.is_some_and(|started| judging.model.age_ms(started) < timing::CATCH_UP_MS) {
            continue;
        }
        for group in node.view.into_iter().flat_map(|view| &view.raft) {
            if let (Some(leader), Some(term)) = (&group.leader, group.term) {
                says.entry(group.group.clone()).or_default().insert(index, (leader.clone(), term));
            }
        }
    }
    let mut stale: BTreeMap<usize, Vec<EvidenceRef>> = BTreeMap::new();
    for (group, nodes) in says.iter().filter(|(group, _)| !leaderless.contains(*group)) {
        let newest = nodes.values().map(|(_, term)| *term).max().unwrap_or(0);
        for (index, (leader, term)) in nodes.iter().filter(|(_, (_, term))| *term + 1 < newest) {
            let text = format!("{group}: leader {leader}, term {term} (newest {newest})");
            stale.entry(*index).or_default().push(cite::said(judging.model.nodes[*index].name, "raftMetaData", &text));
        }
    }
    for (index, refs) in stale {
        let summary = Message::new("finding-raft-stale-term").with("node", judging.model.nodes[index].name);
        judging.find(Claim::warn(Code::RaftLinkBroken).likely().of(index), summary, refs);
    }
}

/// A node that answers and says it is not ready: its storage does not serve.
fn readiness(judging: &mut Judging<'_>) {
    let cut: BTreeSet<usize> = links::verdicts(judging.model)
        .into_iter()
        .filter(|verdict| verdict.code == Code::RaftLinkBroken)
        .flat_map(|verdict| verdict.nodes)
        .collect();
    for index in judging.model.running().into_iter().filter(|index| !cut.contains(index)) {
        let node = &judging.model.nodes[index];
        let database_down = |view: &&ViewSeen| {
            view.config_health.as_ref().is_some_and(|http| http.body.trim_start_matches('"').starts_with("DOWN"))
        };
        let Some(view) = node.view.filter(|view| view.ready == Some(false) || database_down(view)) else { continue };
        let said = view.readiness.iter().chain(view.config_health.iter().filter(|_| database_down(&view)));
        let refs: Vec<EvidenceRef> = said.map(|http| cite::http(node.name, http)).collect();
        let embedded = judging.model.nodes.iter().any(|node| node.embedded_storage());
        let (claim, key) = if embedded {
            (Claim::fail(Code::RaftNoLeader), "finding-not-ready-embedded")
        } else {
            (Claim::fail(Code::DbUnreachable).likely(), "finding-not-ready-external")
        };
        let summary = Message::new(key).with("node", node.name);
        judging.find(claim.of(index), summary, refs);
    }
}

/// Live nodes that do not agree on the state of a running node, unless a broken link says why.
fn states(judging: &mut Judging<'_>) {
    let linked: BTreeSet<usize> =
        links::verdicts(judging.model).into_iter().flat_map(|verdict| verdict.nodes).collect();
    let running = judging.model.running();
    for subject in running.iter().copied().filter(|subject| !linked.contains(subject)) {
        if judging.model.nodes[subject]
            .started
            .is_some_and(|started| judging.model.age_ms(started) < timing::CATCH_UP_MS)
        {
            continue;
        }
        let mut said: Vec<(usize, MemberState)> = Vec::new();
        for observer in running.iter().copied().filter(|observer| *observer != subject) {
            for member in judging.model.nodes[observer].view.into_iter().flat_map(|view| &view.members) {
                if judging.model.member(&member.address) == Some(subject) {
                    said.push((observer, member.state.clone()));
                }
            }
        }
        let bad: Vec<&(usize, MemberState)> =
            said.iter().filter(|(_, state)| matches!(state, MemberState::Down | MemberState::Suspicious)).collect();
        if bad.is_empty() {
            continue;
        }
        let refs = said
            .iter()
            .map(|(observer, state)| {
                let text = format!("{} {state}", judging.model.nodes[subject].name);
                cite::said(judging.model.nodes[*observer].name, "member list", &text)
            })
            .collect();
        let observers: Vec<usize> = bad.iter().map(|(observer, _)| *observer).collect();
        let summary = Message::new("finding-members-state")
            .with("node", judging.model.nodes[subject].name)
            .with("observers", judging.model.names(&observers));
        judging.find(Claim::warn(Code::MembersDisagree).likely().of(subject), summary, refs);
    }
}

/// Services whose instances differ between live nodes: one has none where another has some.
fn data(judging: &mut Judging<'_>) {
    let settled: Vec<usize> = judging
        .model
        .running()
        .into_iter()
        .filter(|index| {
            let node = &judging.model.nodes[*index];
            node.view.is_some_and(|view| !view.services.is_empty())
                && node.started.is_none_or(|started| judging.model.age_ms(started) >= timing::CATCH_UP_MS)
        })
        .collect();
    if settled.len() < 2 {
        return;
    }
    let mut services: BTreeMap<&String, Vec<(usize, Instances)>> = BTreeMap::new();
    for index in &settled {
        for (service, counts) in judging.model.nodes[*index].view.into_iter().flat_map(|view| &view.services) {
            services.entry(service).or_default().push((*index, *counts));
        }
    }
    let mut refs = Vec::new();
    let mut names = Vec::new();
    for (service, seen) in services {
        let healthy: Vec<i64> = settled
            .iter()
            .map(|index| seen.iter().find(|(node, _)| node == index).map_or(0, |(_, (healthy, _))| *healthy))
            .collect();
        let (least, most) = (healthy.iter().min().copied().unwrap_or(0), healthy.iter().max().copied().unwrap_or(0));
        if most > 0 && (least == 0 || least * 2 <= most) {
            names.push(service.clone());
            for (position, index) in settled.iter().enumerate() {
                let text = format!("{service}: {} healthy", healthy[position]);
                refs.push(cite::said(judging.model.nodes[*index].name, "service list", &text));
            }
        }
    }
    if !names.is_empty() {
        refs.truncate(12);
        let shown = names.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
        let summary = Message::new("finding-data-diverged").with("count", names.len()).with("services", shown);
        judging.find(Claim::warn(Code::DataDiverged).likely(), summary, refs);
    }
}

fn clocks(judging: &mut Judging<'_>) {
    let offsets: Vec<(usize, i64)> = judging
        .model
        .nodes
        .iter()
        .enumerate()
        .filter_map(|(index, node)| {
            let offset = node
                .stop
                .and_then(|stop| stop.clock_offset_ms)
                .or_else(|| node.view.and_then(|view| view.clock_offset_ms))
                .or_else(|| node.logs.and_then(|logs| logs.clock_offset_ms))?;
            Some((index, offset))
        })
        .collect();
    let mut sorted: Vec<i64> = offsets.iter().map(|(_, offset)| *offset).collect();
    sorted.sort_unstable();
    let Some(middle) = sorted.get(sorted.len() / 2).copied() else { return };
    for (index, offset) in offsets.into_iter().filter(|(_, offset)| (offset - middle).abs() > timing::CLOCK_SKEW_MS) {
        let name = judging.model.nodes[index].name.clone();
        let text = format!("{} ms", offset - middle);
        let summary = Message::new("finding-clock-skew").with("node", &name).with("seconds", (offset - middle) / 1000);
        let refs = vec![cite::said(&name, "clock", &text)];
        judging.find(Claim::warn(Code::ClockSkew).of(index), summary, refs);
    }
}
