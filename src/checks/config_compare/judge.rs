//! Settings of all nodes side by side: databases, secrets and identity, other keys that must be equal, JVM flags, versions.

use std::collections::{BTreeMap, BTreeSet};

use crate::checks::JudgeContext;
use crate::checks::config_properties::judge::{said, shown};
use crate::checks::judging::{Claim, Judging};
use crate::domain::code::Code;
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::observed::{DatabaseReached, PortResult};
use crate::model::cite;
use crate::model::tables::settings::{self, Row};

/// Judges the observations of all nodes.
#[must_use]
pub fn judge(_node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("config.compare", Step::Config, cx);
    for index in 0..judging.model.nodes.len() {
        if judging.model.nodes[index].properties.is_none() {
            let reason = Message::new("judged-properties-unseen").with("node", judging.model.nodes[index].name);
            judging.not_seen(Some(index), reason);
        }
    }
    let rows = settings::rows(judging.model);
    let mut odd: BTreeMap<(Code, usize), Vec<&Row>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.differs) {
        for node in &row.odd {
            odd.entry((row.code, *node)).or_default().push(row);
        }
    }
    for ((code, node), rows) in odd {
        differing(&mut judging, code, node, &rows);
    }
    versions(&mut judging);
    standalone(&mut judging);
    databases(&mut judging);
    let compared = judging.model.nodes.iter().filter(|node| node.properties.is_some()).count();
    if compared < 2 && !judging.found() {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-nothing-to-compare"));
    }
    judging.finish(Message::new("judged-settings-agree").with("count", rows.len()))
}

fn differing(judging: &mut Judging<'_>, code: Code, node: usize, rows: &[&Row]) {
    let keys = rows.iter().map(|row| row.key.as_str()).collect::<Vec<_>>().join(", ");
    let mut refs: Vec<EvidenceRef> = Vec::new();
    for row in rows {
        for (index, other) in judging.model.nodes.iter().enumerate() {
            let entry = other.properties.and_then(|seen| seen.entries.iter().find(|entry| entry.key == row.key));
            match entry {
                Some(entry) => refs.push(said(other.name, entry, &shown(entry))),
                None => {
                    let text = format!("{} = {}", row.key, row.values[index].as_deref().unwrap_or("-"));
                    refs.push(cite::said(other.name, "settings", &text));
                }
            }
        }
    }
    refs.truncate(12);
    let worst = rows.iter().map(|row| row.outcome).max().unwrap_or(Outcome::Warn);
    let key = match code {
        Code::ConfigDbDrift => "finding-config-db-drift",
        Code::ConfigAuthDrift => "finding-config-auth-drift",
        Code::ConfigFlagsDrift => "finding-config-flags-drift",
        _ => "finding-config-properties-drift",
    };
    let summary = Message::new(key).with("node", judging.model.nodes[node].name).with("keys", keys);
    judging.find(Claim::fail(code).outcome(worst).of(node), summary, refs);
}

fn versions(judging: &mut Judging<'_>) {
    let versions = settings::versions(judging.model);
    let distinct: BTreeSet<&String> = versions.values().collect();
    if distinct.len() < 2 {
        return;
    }
    let text = versions
        .iter()
        .map(|(index, version)| format!("{} {version}", judging.model.nodes[*index].name))
        .collect::<Vec<_>>()
        .join(", ");
    let refs = versions
        .iter()
        .map(|(index, version)| cite::said(judging.model.nodes[*index].name, "version", version))
        .collect();
    let odd = settings::minority(&versions);
    for node in odd {
        let summary = Message::new("finding-config-version-mixed")
            .with("node", judging.model.nodes[node].name)
            .with("versions", &text);
        judging.find(Claim::warn(Code::ConfigVersionMixed).of(node), summary, Vec::clone(&refs));
    }
}

/// A node of several that runs by itself: it looks healthy, uses the same database, and never joins.
fn standalone(judging: &mut Judging<'_>) {
    if judging.model.nodes.len() < 2 {
        return;
    }
    let alone: Vec<usize> = (0..judging.model.nodes.len())
        .filter(|index| {
            let mode = judging.model.nodes[*index].view.and_then(|view| view.state.get("startup_mode"));
            mode.is_some_and(|mode| mode == "standalone")
        })
        .collect();
    for index in alone {
        let name = judging.model.nodes[index].name.clone();
        let refs = vec![cite::said(&name, "server state", "startup_mode standalone")];
        let summary = Message::new("finding-config-standalone").with("node", name);
        judging.find(Claim::fail(Code::ConfigFlagsDrift).of(index), summary, refs);
    }
}

/// Who reaches which database: from nobody, it is the database; from one node only, it is that node or its network.
fn databases(judging: &mut Judging<'_>) {
    let mut targets: BTreeMap<&str, Vec<(usize, &DatabaseReached)>> = BTreeMap::new();
    for (index, node) in judging.model.nodes.iter().enumerate() {
        let reached = node.properties.filter(|_| !node.embedded_storage()).into_iter().flat_map(|seen| &seen.reached);
        for one in reached {
            targets.entry(&one.target).or_default().push((index, one));
        }
    }
    for (target, tried) in targets {
        let name = |index: usize| judging.model.nodes[index].name.to_string();
        let names = |nodes: &[usize]| nodes.iter().map(|index| name(*index)).collect::<Vec<_>>().join(", ");
        let of = |open: bool| -> Vec<usize> {
            let is = |reached: &DatabaseReached| reached.result.map(|result| result == PortResult::Open) == Some(open);
            tried.iter().filter(|(_, reached)| is(reached)).map(|(index, _)| *index).collect()
        };
        let (open, shut) = (of(true), of(false));
        let untried: Vec<usize> =
            tried.iter().filter(|(_, reached)| reached.result.is_none()).map(|(index, _)| *index).collect();
        let refs: Vec<EvidenceRef> = tried
            .iter()
            .filter_map(|(index, reached)| {
                let result = reached.result?;
                let text =
                    format!("connect {target}: {} ({} of {})", result.as_str(), reached.tries.1, reached.tries.0);
                Some(cite::said(judging.model.nodes[*index].name, "probe from the node", &text))
            })
            .collect();
        let about = |key: &str| {
            Message::new(key).with("target", target).with("nodes", names(&shut)).with("others", names(&open))
        };
        let mut said: Vec<(Option<usize>, Outcome, Message)> = Vec::new();
        match (shut.as_slice(), open.is_empty()) {
            ([], _) => {}
            ([one], true) => said.push((Some(*one), Outcome::Warn, about("finding-db-unreachable-one"))),
            (_, true) => said.push((None, Outcome::Fail, about("finding-db-unreachable-all"))),
            (some, false) => said.extend(some.iter().map(|index| {
                (Some(*index), Outcome::Fail, about("finding-db-unreachable-from").with("node", name(*index)))
            })),
        }
        let why =
            tried.iter().find_map(|(_, reached)| reached.detail.clone()).filter(|_| open.is_empty() && shut.is_empty());
        let unprobed = Message::new("judged-database-unprobed").with("target", target).with("nodes", names(&untried));
        for (node, outcome, summary) in said {
            judging.find(
                Claim::fail(Code::DbUnreachable).outcome(outcome).likely().between(node, None),
                summary,
                refs.clone(),
            );
        }
        if !untried.is_empty() {
            judging.not_seen(None, unprobed);
        }
        if let Some(why) = why {
            judging.not_seen(None, why);
        }
    }
}

#[cfg(test)]
mod tests;
