//! What was measured of the harm over all rounds of an incident: the worst that a round saw, and the last.
//!
//! # Why
//! Rounds see nodes, client connections and Raft groups. They do not see requests of users, so nothing here speaks of them; what
//! no round saw is `None`, and a page says "not measured".

use crate::domain::diagnosis::{ClientCounts, Diagnosis, NodeDoing, Standing};
use crate::domain::id::NodeName;
use crate::domain::led::Led;
use crate::domain::state::StateSeen;

/// What was measured; `None`: no round saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impact {
    /// The nodes that did not serve, in the round in which they were most.
    pub nodes: Option<Vec<NodeName>>,
    /// Connections of clients.
    pub clients: Option<Clients>,
    /// Raft groups without a leader.
    pub groups: Option<Groups>,
    /// What nodes led of the Raft groups before they went away, by the first round that knows it.
    pub led: Option<Vec<(NodeName, Led)>>,
    /// How many more nodes could have been lost.
    pub tolerance: Option<Tolerance>,
}

/// Connections of clients over all nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clients {
    /// Just before the outage, where that is known.
    pub before: Option<i64>,
    /// The fewest that a round counted.
    pub fewest: i64,
    /// Those that the last round counted which counted them.
    pub last: i64,
}

impl From<ClientCounts> for Clients {
    fn from(counted: ClientCounts) -> Self {
        Self { before: counted.before, fewest: counted.fewest, last: counted.now }
    }
}

/// Raft groups without a leader, in the round in which they were most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups {
    /// How many groups there are, where nodes told.
    pub all: Option<u32>,
    /// Those without a leader.
    pub leaderless: Vec<String>,
}

/// How many more nodes could have been lost before the majority is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerance {
    /// At worst.
    pub fewest: u32,
    /// By the last measurement that saw the members.
    pub last: u32,
}

impl Impact {
    /// The same with what was measured at the end: the last round may be older.
    #[must_use]
    pub fn until(self, state: Option<StateSeen>) -> Self {
        let at_end = state.and_then(|seen| seen.failure_tolerance);
        Self { tolerance: tolerance(self.tolerance, at_end), ..self }
    }
}

/// Of all diagnoses of an incident, oldest first.
#[must_use]
pub fn impact<'a>(diagnoses: impl IntoIterator<Item = &'a Diagnosis>) -> Impact {
    diagnoses.into_iter().fold(Impact::default(), |worst, diagnosis| {
        let standing = &diagnosis.standing;
        Impact {
            nodes: most(worst.nodes, out(standing), Vec::len),
            clients: diagnosis.counted.map(Clients::from).or_else(|| clients(worst.clients, standing)),
            groups: most(worst.groups, groups(standing), |groups| groups.leaderless.len()),
            led: led(worst.led, standing),
            tolerance: tolerance(worst.tolerance, diagnosis.failure_tolerance),
        }
    })
}

/// The earlier one, unless the later one counts more.
fn most<T>(worst: Option<T>, new: Option<T>, count: impl Fn(&T) -> usize) -> Option<T> {
    match (worst, new) {
        (Some(worst), Some(new)) => Some(if count(&new) > count(&worst) { new } else { worst }),
        (worst, new) => worst.or(new),
    }
}

fn out(standing: &Standing) -> Option<Vec<NodeName>> {
    let is_out = |doing: NodeDoing| !matches!(doing, NodeDoing::Running | NodeDoing::Unseen);
    let nodes = standing.nodes.iter().filter(|node| is_out(node.doing)).map(|node| node.node.clone());
    let seen = standing.nodes.iter().any(|node| node.doing != NodeDoing::Unseen);
    seen.then(|| nodes.collect())
}

fn clients(worst: Option<Clients>, standing: &Standing) -> Option<Clients> {
    let Some(now) = standing.clients() else { return worst };
    let before = standing.clients_before();
    Some(match worst {
        Some(worst) => Clients { before: worst.before.or(before), fewest: worst.fewest.min(now), last: now },
        None => Clients { before, fewest: now, last: now },
    })
}

fn groups(standing: &Standing) -> Option<Groups> {
    let known = standing.groups.is_some() || !standing.leaderless.is_empty();
    known.then(|| Groups { all: standing.groups, leaderless: standing.leaderless.clone() })
}

/// With the nodes of which a round is the first to know what they led.
fn led(known: Option<Vec<(NodeName, Led)>>, standing: &Standing) -> Option<Vec<(NodeName, Led)>> {
    let mut all = known.unwrap_or_default();
    for node in &standing.nodes {
        if let Some(led) = node.led_before.filter(|_| all.iter().all(|(known, _)| *known != node.node)) {
            all.push((node.node.clone(), led));
        }
    }
    (!all.is_empty()).then_some(all)
}

fn tolerance(worst: Option<Tolerance>, now: Option<u32>) -> Option<Tolerance> {
    let Some(now) = now else { return worst };
    Some(Tolerance { fewest: worst.map_or(now, |worst| worst.fewest.min(now)), last: now })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::diagnosis::{Health, NodeStanding};
    use crate::domain::state::{SeenBy, Stood};
    use crate::domain::time::Timestamp;

    fn diagnosis(nodes: &[(NodeDoing, Option<i64>)], leaderless: &[&str], tolerance: Option<u32>) -> Diagnosis {
        let node = |(index, (doing, clients)): (usize, &(NodeDoing, Option<i64>))| NodeStanding {
            node: NodeName(format!("n{}", index + 1)),
            doing: *doing,
            since: None,
            leads: None,
            clients: *clients,
            clients_before: Some(5),
            led_before: None,
        };
        let leaderless = leaderless.iter().map(|group| (*group).to_owned()).collect();
        let nodes: Vec<NodeStanding> = nodes.iter().enumerate().map(node).collect();
        Diagnosis {
            failure_tolerance: tolerance,
            standing: Standing { groups: (!nodes.is_empty()).then_some(4), nodes, leaderless },
            ..Diagnosis::bare(Timestamp::from_millis(0), Health::Degraded)
        }
    }

    #[test]
    fn the_worst_and_the_last_are_told() {
        use NodeDoing::{Gone, Running, Starting};
        let rounds = [
            diagnosis(&[(Running, Some(3)), (Gone, Some(0))], &["naming"], Some(0)),
            diagnosis(&[(Running, Some(4)), (Starting, None)], &[], None),
            diagnosis(&[(Running, Some(4)), (Running, Some(5))], &[], Some(1)),
        ];
        let mut rounds = rounds;
        rounds[0].standing.nodes[1].led_before = Some(Led { led: 2, groups: 4 });
        let impact = impact(&rounds);
        assert_eq!(impact.led, Some(vec![(NodeName::from("n2"), Led { led: 2, groups: 4 })]));
        assert_eq!(impact.nodes, Some(vec![NodeName::from("n2")]));
        assert_eq!(impact.clients, Some(Clients { before: Some(10), fewest: 3, last: 9 }));
        assert_eq!(impact.groups, Some(Groups { all: Some(4), leaderless: vec!["naming".to_owned()] }));
        assert_eq!(impact.tolerance, Some(Tolerance { fewest: 0, last: 1 }));
        let (at, by, state) = (Timestamp::from_millis(9), SeenBy::Monitor, Stood::Up);
        let seen = StateSeen { at, by, state, failure_tolerance: Some(2) };
        let ended = impact.until(Some(seen)).tolerance;
        assert_eq!(ended, Some(Tolerance { fewest: 0, last: 2 }), "the monitor saw it after the last round");
    }

    #[test]
    fn what_was_counted_once_stays_when_later_rounds_cannot_ask_every_node() {
        use NodeDoing::{Gone, Running};
        let rounds = [
            diagnosis(&[(Running, Some(3)), (Gone, Some(0))], &[], None),
            diagnosis(&[(Running, Some(9)), (Running, Some(1))], &[], None),
            diagnosis(&[(Running, None), (Running, Some(1))], &[], None),
        ];
        let mut known = None;
        for round in &rounds {
            known = ClientCounts::after(known, round);
        }
        // Rounds that say the same as those before them are not kept in the history.
        let kept = [rounds[0].clone(), Diagnosis { counted: known, ..rounds[2].clone() }];
        assert_eq!(impact(&kept).clients, Some(Clients { before: Some(10), fewest: 3, last: 10 }));
        assert_eq!(ClientCounts::after(None, &rounds[2]), None);
    }

    #[test]
    fn what_no_round_saw_was_not_measured() {
        assert_eq!(impact(&[]), Impact::default());
        assert_eq!(impact(&[diagnosis(&[], &[], None)]), Impact::default());
        let unseen = impact(&[diagnosis(&[(NodeDoing::Unseen, None)], &[], None)]);
        assert_eq!((unseen.nodes, unseen.clients), (None, None));
    }

    #[test]
    fn nodes_that_are_gone_are_no_count_of_clients() {
        use NodeDoing::{Gone, Running, StartFailed};
        let known = |before: Option<i64>, nodes: &[(NodeDoing, Option<i64>)]| {
            let mut one = diagnosis(nodes, &[], None);
            one.standing.nodes.iter_mut().for_each(|node| node.clients_before = before);
            impact(&[one]).clients.map(|clients| clients.last)
        };
        assert_eq!(known(None, &[(Gone, Some(0)), (StartFailed, Some(0))]), None, "nobody counted any");
        assert_eq!(known(None, &[(Gone, Some(0)), (Running, None)]), None);
        assert_eq!(known(None, &[(Gone, Some(0)), (Running, Some(0))]), Some(0), "the one that runs counts none");
        assert_eq!(known(Some(4), &[(Gone, Some(0)), (Gone, Some(0))]), Some(0), "there were eight");
    }
}
