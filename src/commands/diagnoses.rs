//! The diagnosis of an incident, recomputed by the engine after each round.

use std::borrow::Cow;

use super::{CommandError, Commands, Result, to_dos};
use crate::domain::cluster::Cluster;
use crate::domain::code::Code;
use crate::domain::diagnosis::{ClientCounts, Confidence, Diagnosis, Health};
use crate::domain::event::{Actor, EventKind};
use crate::domain::id::{IncidentId, NodeName};
use crate::domain::led::{Led, SEEN_BEFORE_MS, led};
use crate::domain::look::{Grain, Look};
use crate::domain::message::Lang;
use crate::domain::pinned::{self, PinnedAs};
use crate::domain::time::Timestamp;
use crate::domain::unread::unread;
use crate::domain::waiver::ClientsAway;
use crate::locale;
use crate::store::WriteTx;
use crate::store::pinned_causes::{CausePlace, NewPin};

/// Saves the newest diagnosis; an event tells of it when causes or health changed, and another one when what it names is
/// from now on the cause of the incident.
///
/// # Errors
/// The store's.
pub async fn save(commands: &Commands, incident: IncidentId, diagnosis: &Diagnosis) -> Result<()> {
    let found = findable(diagnosis);
    let mut tx = commands.begin().await?;
    let before = tx.diagnosis(incident).await?;
    let mut told = with_led(&mut tx, incident, before.as_ref(), diagnosis).await?;
    let clients_before = before.as_ref().and_then(|before| before.clients.as_ref());
    if clients_before.is_some() {
        let now = told.clients.clone();
        told.to_mut().clients = ClientsAway::after(clients_before, now);
    }
    let counted = ClientCounts::after(before.as_ref().and_then(|before| before.counted), &told);
    if counted.is_some() {
        told.to_mut().counted = counted;
    }
    let unread = before.as_ref().map(|before| unread(before, &told)).unwrap_or_default();
    if !unread.is_empty() {
        told.to_mut().unread = unread;
    }
    let diagnosis = &*told;
    // What is pinned rests on the diagnoses of before, in an incident that is older than pinning.
    let pinned = tx.pinned_cause(incident).await?;
    tx.save_diagnosis(incident, diagnosis).await?;
    let says_more = before.as_ref().map(said) != Some(said(diagnosis));
    // Where nothing new is said, the newest one that is kept names the same causes in the same order.
    let kept = if says_more { None } else { tx.newest_kept(incident).await? };
    let position = match kept {
        Some(position) => position,
        // Who is away changes with each round, and is kept of the newest one.
        None => tx.keep_diagnosis(incident, &Diagnosis { clients: None, ..diagnosis.clone() }).await?,
    };
    if before.as_ref().map(essence) != Some(essence(diagnosis)) {
        let (causes, health) = essence(diagnosis);
        tx.append(incident, &Actor::Engine, &EventKind::DiagnosisChanged { causes, health, at: Some(diagnosis.at) })
            .await?;
        tx.set_search_causes(incident, &found).await?;
        // A record is found by the causes that it once had, also when the cluster is healthy again.
        if diagnosis.causes.iter().any(|cause| cause.code != Code::None) {
            tx.add_search_text(incident, &found).await?;
        }
    }
    if let Some(place) = pinned::replacement(pinned.as_ref(), diagnosis) {
        pin(&mut tx, incident, diagnosis, CausePlace { position, place }).await?;
    }
    // What it asks for may have been done before: then evidence was kept before anybody knew the cause.
    match to_dos::mark_kept(&mut tx, incident).await {
        // A diagnosis does not wait for a damaged record.
        Err(CommandError::Store(error)) if error.is_damage() => {
            tracing::error!(incident.id = incident.0, error = %error, "to-dos could not be marked");
        }
        marked => marked?,
    }
    tx.commit().await?;
    Ok(())
}

/// The same with what the nodes that are away, or were, led, as it was seen last while they ran: looks are folded after some
/// days, and a record is to say then what it says now.
async fn with_led<'d>(
    tx: &mut WriteTx,
    incident: IncidentId,
    before: Option<&Diagnosis>,
    diagnosis: &'d Diagnosis,
) -> Result<Cow<'d, Diagnosis>> {
    let knows = |before: &Diagnosis| before.standing.nodes.iter().any(|node| node.led_before.is_some());
    if diagnosis.standing.nodes.iter().all(|node| !node.doing.is_away()) && !before.is_some_and(knows) {
        return Ok(Cow::Borrowed(diagnosis));
    }
    let cluster = match tx.incident(incident).await? {
        Some(incident) => tx.cluster(incident.cluster).await?,
        None => None,
    };
    let Some(cluster) = cluster else { return Ok(Cow::Borrowed(diagnosis)) };
    let mut told = diagnosis.clone();
    for node in &mut told.standing.nodes {
        let then = before.and_then(|before| before.standing.nodes.iter().find(|then| then.node == node.node));
        node.led_before = match then {
            // It is back: what it led is part of the record.
            _ if !node.doing.is_away() => then.and_then(|then| then.led_before),
            Some(then) if then.doing.is_away() && then.led_before.is_some() => then.led_before,
            _ => {
                let gone = node.since.unwrap_or(diagnosis.at);
                let seen = seen_before(tx, &cluster, &node.node, gone).await?;
                // Looks and rounds say it of all groups; logs are asked where nobody looked.
                seen.or_else(|| before.and_then(|before| by_round(before, &node.node, gone))).or(node.led_before)
            }
        };
    }
    Ok(Cow::Owned(told))
}

/// What the watcher's last look at a node that still ran says that it led.
async fn seen_before(tx: &mut WriteTx, cluster: &Cluster, node: &NodeName, gone: Timestamp) -> Result<Option<Led>> {
    let looks = tx.looks(cluster.id, Grain::Look, gone.plus_millis(-SEEN_BEFORE_MS), gone).await?;
    let ran = |look: &&Look| look.nodes.iter().any(|(name, sample)| name == node && sample.alive);
    Ok(looks.iter().rev().find(ran).and_then(|look| led(node, &cluster.nodes, &look.nodes)))
}

/// What a round that saw the node run says that it led.
fn by_round(round: &Diagnosis, node: &NodeName, gone: Timestamp) -> Option<Led> {
    let is_near = gone.millis_since(round.at).abs() <= SEEN_BEFORE_MS;
    let then = round.standing.nodes.iter().find(|then| then.node == *node).filter(|_| is_near)?;
    // Of a group without a leader, nobody knows whose it was.
    let groups = round.standing.groups.filter(|_| round.standing.leaderless.is_empty())?;
    Some(Led { led: then.leads?, groups })
}

/// Pins a cause that a diagnosis names, and tells of it.
async fn pin(tx: &mut WriteTx, incident: IncidentId, diagnosis: &Diagnosis, at: CausePlace) -> Result<()> {
    tx.pin_cause(incident, NewPin { named: Some(at), chosen_by: None, words: "" }).await?;
    let cause = diagnosis.causes.get(at.place).map(PinnedAs::from);
    tx.append(incident, &Actor::Engine, &EventKind::CausePinned { cause, words: String::new() }).await?;
    Ok(())
}

/// What makes two diagnoses different to a reader of the timeline.
fn essence(diagnosis: &Diagnosis) -> (Vec<String>, String) {
    // Several causes of one code, of nodes of which not the same is known, are no news when they become one.
    let mut causes: Vec<String> = Vec::new();
    for cause in &diagnosis.causes {
        let code = cause.code.to_string();
        if !causes.contains(&code) {
            causes.push(code);
        }
    }
    (causes, diagnosis.health.as_str().to_owned())
}

/// What a reader of the record reads of a cause.
type Named<'a> = (Code, &'a [NodeName], Confidence);

/// What makes two diagnoses different to a reader of the record.
fn said(diagnosis: &Diagnosis) -> (Health, Vec<Named<'_>>) {
    let causes = diagnosis.causes.iter().map(|cause| (cause.code, cause.nodes.as_slice(), cause.confidence)).collect();
    (diagnosis.health, causes)
}

/// Codes, nodes and sentences in both languages, for the search.
fn findable(diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    for cause in &diagnosis.causes {
        text.push_str(cause.code.as_str());
        for node in &cause.nodes {
            text.push(' ');
            text.push_str(&node.0);
        }
        for lang in Lang::ALL {
            text.push('\n');
            text.push_str(&locale::render(lang, &cause.summary));
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::diagnosis::{NodeDoing, NodeStanding, Standing};

    #[test]
    fn a_round_just_before_says_what_a_node_led() {
        let (node, doing, leads) = (NodeName::from("n3"), NodeDoing::Running, Some(2));
        let n3 =
            NodeStanding { node, doing, since: None, leads, clients: None, clients_before: None, led_before: None };
        let standing = Standing { nodes: vec![n3], groups: Some(5), leaderless: Vec::new() };
        let mut round = Diagnosis { standing, ..Diagnosis::bare(Timestamp::from_millis(0), Health::Healthy) };
        let of = |round: &Diagnosis, ms: i64| by_round(round, &NodeName::from("n3"), Timestamp::from_millis(ms));
        assert_eq!(of(&round, 60_000), Some(Led { led: 2, groups: 5 }));
        assert_eq!(of(&round, SEEN_BEFORE_MS + 1), None, "long before");
        round.standing.leaderless.push("naming".to_owned());
        assert_eq!(of(&round, 60_000), None, "of one group nobody knows whose it was");
        round.standing = Standing::default();
        assert_eq!(of(&round, 60_000), None);
    }
}
