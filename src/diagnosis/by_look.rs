//! What a quick look alone can tell of whether a node may be restarted. Pure.
//!
//! # Why
//! A look sees whether nodes answer, what their member lists say and which groups have a leader. It does not measure the links
//! between nodes, over which the others would have to elect: so it can say no, and never yes.

use crate::domain::diagnosis::{Diagnosis, NodeDoing};
use crate::domain::finding::{Finding, Outcome};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::restart_claim::GateSaid;

/// Most findings that are given as reasons.
const FINDINGS: usize = 3;

/// Why nothing can be said where nobody looked yet.
#[must_use]
pub fn none() -> Vec<Message> {
    vec![Message::new("gate-look-none")]
}

/// What the look says of a node, and why.
#[must_use]
pub fn restart(look: &Diagnosis, node: &NodeName) -> (GateSaid, Vec<Message>) {
    let nodes = &look.standing.nodes;
    let Some(own) = nodes.iter().find(|one| one.node == *node) else { return (GateSaid::NotJudged, none()) };
    let of = |key: &str, node: &NodeName| Message::new(key).with("node", node);
    match own.doing {
        NodeDoing::Running => {}
        NodeDoing::Unseen => return (GateSaid::NotJudged, vec![of("gate-unseen", node)]),
        NodeDoing::Starting => return (GateSaid::NotJudged, vec![of("gate-starts", node)]),
        _ => return (GateSaid::NotJudged, vec![of("gate-look-down", node)]),
    }
    let mut against: Vec<Message> = Vec::new();
    if look.failure_tolerance == Some(0) {
        against.push(of("gate-look-needed", node));
    }
    against.extend(look.standing.leaderless.iter().map(|group| Message::new("gate-no-leader").with("group", group)));
    for other in nodes.iter().filter(|other| other.node != *node && other.doing.is_down()) {
        let starts = other.doing == NodeDoing::Starting;
        against.push(of(if starts { "gate-other-starting" } else { "gate-other-down" }, &other.node));
    }
    // That other nodes are down is said; whatever else is wrong between or at nodes that run speaks for itself.
    let is_down = |one: &NodeName| nodes.iter().any(|other| other.node == *one && other.doing.is_down());
    let told = |finding: &&Finding| {
        finding.outcome >= Outcome::Warn
            && is_of_the_cluster(finding)
            && ![&finding.node, &finding.peer].into_iter().flatten().any(is_down)
    };
    let mut findings: Vec<Message> = Vec::new();
    for finding in look.findings.iter().filter(told) {
        if !findings.contains(&finding.summary) && findings.len() < FINDINGS {
            findings.push(finding.summary.clone());
        }
    }
    against.append(&mut findings);
    match nodes.iter().find(|other| other.doing == NodeDoing::Unseen) {
        _ if !against.is_empty() => (GateSaid::No, against),
        Some(unseen) => (GateSaid::NotJudged, vec![of("gate-unseen", &unseen.node)]),
        None => (GateSaid::NotJudged, vec![Message::new("gate-look-links")]),
    }
}

/// Whether it is about the nodes and what lies between them, and not about who uses them.
fn is_of_the_cluster(finding: &Finding) -> bool {
    let code = finding.code.as_str();
    ["node.", "cluster.", "raft.", "members.", "net.", "data."].iter().any(|room| code.starts_with(room))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::*;

    fn keys(look: &Diagnosis, node: &str) -> (GateSaid, Vec<String>) {
        let (said, reasons) = restart(look, &NodeName::from(node));
        (said, reasons.into_iter().map(|reason| reason.key).collect())
    }

    #[test]
    fn a_look_at_a_cluster_that_is_well_says_that_links_are_not_measured() {
        let look = api_only().diagnose();
        for node in ["n1", "n2", "n3"] {
            assert_eq!(keys(&look, node), (GateSaid::NotJudged, vec!["gate-look-links".to_owned()]), "{node}");
        }
        assert_eq!(keys(&look, "n9").0, GateSaid::NotJudged);
    }

    #[test]
    fn it_says_no_of_every_running_node_while_another_is_silent_or_lists_differ() {
        let mut world = World::new(3);
        world.silent(2, 60, Vec::new());
        world.logs(0, 1, world.refused(2, 59));
        world.logs(1, 1, world.refused(2, 59));
        let look = world.diagnose();
        for node in ["n1", "n2"] {
            let expected = vec!["gate-look-needed".to_owned(), "gate-other-down".to_owned()];
            assert_eq!(keys(&look, node), (GateSaid::No, expected), "{node}");
        }
        assert_eq!(keys(&look, "n3"), (GateSaid::NotJudged, vec!["gate-look-down".to_owned()]));
        let mut world = api_only();
        set_view(&mut world, 0, |_, view| view.members.truncate(2));
        let look = world.diagnose();
        assert!(look.standing.nodes.iter().all(|node| node.doing == NodeDoing::Running));
        for node in ["n1", "n2", "n3"] {
            assert_eq!(keys(&look, node).0, GateSaid::No, "n1 does not list all: {:?}", look.findings);
        }
    }

    #[test]
    fn no_look_ever_says_yes() {
        let mut look = api_only().diagnose();
        look.standing.leaderless.push("g".to_owned());
        assert_eq!(keys(&look, "n1"), (GateSaid::No, vec!["gate-no-leader".to_owned()]));
        look.standing.leaderless.clear();
        look.standing.nodes[1].doing = NodeDoing::Unseen;
        assert_eq!(keys(&look, "n1"), (GateSaid::NotJudged, vec!["gate-unseen".to_owned()]));
    }
}
