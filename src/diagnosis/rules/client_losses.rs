//! Connections of clients that a node lost together while it ran on.

use crate::diagnosis::case::{Case, Chain, Rule, Seen, about, excludes, requires};
use crate::domain::code::Code;
use crate::domain::finding::Variant;
use crate::model::ClusterModel;
use crate::model::client_losses::{self, LeftTogether, Waves};
use crate::model::stop_traces::stamp;

/// Connections that go and come back in waves.
#[must_use]
pub fn waves(model: &ClusterModel<'_>) -> Vec<Case> {
    client_losses::waves(model).iter().filter_map(|waves| IN_WAVES.case(model, waves)).collect()
}

/// Connections that ended together on nodes that tell no counts.
#[must_use]
pub fn left(model: &ClusterModel<'_>) -> Vec<Case> {
    client_losses::left_together(model).iter().filter_map(|left| LEFT.case(model, left)).collect()
}

/// Connections that go and come back again and again. Who closes them, the counts do not tell.
pub static IN_WAVES: Chain<Waves> = Chain {
    rules: &[&GO_AND_COME_BACK],
    fill: |model, waves, message| {
        message
            .with("node", model.nodes[waves.node].name)
            .with("times", waves.times)
            .with("minutes", (waves.last.millis_since(waves.first) / 60_000).max(1))
            .with("lost", waves.lost)
            .with("had", waves.had)
            .with("at", stamp(model, waves.node, waves.last))
    },
    nodes: |_, waves| (Some(waves.node), None),
    ..Chain::PLAIN
};

static GO_AND_COME_BACK: Rule<Waves> = Rule::fail(
    Code::ClientsMissing,
    &[
        about("half-went-and-came-back-often", |_, waves: &Waves| Seen::Yes(waves.evidence.clone())),
        excludes("a-node-started-in-the-window", |model, _| Seen::of(client_losses::a_node_started(model))),
    ],
    |_, _| "finding-clients-waves",
)
.warn()
.likely()
.variant(Variant::InWaves);

/// Connections that ended together, by lines alone: whether they are back is not seen.
pub static LEFT: Chain<LeftTogether> = Chain {
    rules: &[&LEFT_TOGETHER],
    fill: |model, left, message| {
        message
            .with("node", model.nodes[left.node].name)
            .with("count", left.count)
            .with("seconds", left.seconds)
            .with("opened", left.opened)
            .with("at", stamp(model, left.node, left.at))
    },
    nodes: |_, left| (Some(left.node), None),
    ..Chain::PLAIN
};

static LEFT_TOGETHER: Rule<LeftTogether> = Rule::fail(
    Code::ClientsMissing,
    &[
        about("many-ended-together", |_, left: &LeftTogether| Seen::Yes(left.evidence.clone())),
        requires("every-node-runs", |model, _| Seen::of(model.running().len() == model.nodes.len())),
        excludes("a-node-started-in-the-window", |model, _| Seen::of(client_losses::a_node_started(model))),
    ],
    |_, _| "finding-clients-left",
)
.advice()
.possible();

#[cfg(test)]
mod tests {
    use crate::world::*;

    /// Of the second node: so many connections so many seconds ago, every 3 s.
    fn counted(had: impl Fn(i64) -> i64) -> World {
        let mut world = World::new(3);
        for index in 0..3 {
            let had = |ago_s| if index == 1 { had(ago_s) } else { 60 };
            let counts = (0..=600).rev().map(|step| (ago(step * 3), had(step * 3), 2));
            world.seen_logs(index).connection_history = counts.collect();
        }
        world
    }

    #[test]
    fn clients_that_go_and_come_back_again_and_again_are_told() {
        let waves =
            |from_s: i64, lost: i64| move |ago_s: i64| if ago_s >= from_s && ago_s % 60 > 40 { 60 - lost } else { 60 };
        let world = counted(waves(0, 57));
        assert_eq!(world.codes(), [r#"clients.missing["n2"]"#]);
        let diagnosis = world.diagnose();
        let told = &diagnosis.findings.iter().find(|one| one.code == Code::ClientsMissing).expect("waves").summary;
        assert_eq!((told.args["lost"].as_str(), told.args["had"].as_str()), ("57", "60"));
        assert_eq!(diagnosis.causes[0].summary.key, "cause-clients-waves");
        assert!(counted(waves(600, 57)).codes().is_empty(), "that is over");
        assert!(counted(waves(0, 20)).codes().is_empty(), "a third of them may be one application");
        let twice = |ago_s: i64| if matches!(ago_s, 60..90 | 200..230) { 3 } else { 60 };
        assert!(counted(twice).codes().is_empty());
        // Where nodes are started, clients move to the others and back.
        let mut world = counted(waves(0, 57));
        world.stop(2, 1, vec![trace("START", 900, ""), trace("S11", 890, "Nacos started successfully")]);
        assert!(world.codes().is_empty(), "{:?}", world.codes());
    }

    #[test]
    fn connections_that_end_together_are_advised_where_nobody_counts() {
        let ended = |count: i64, by_peer: bool| {
            let mut world = World::new(3);
            let lines = |signature: &str| {
                let mut lines = hits(signature, None, None, 200, 200, "", "Client connection 1_10.1.0.1_1");
                lines.times = (0..count).map(|index| ago(200).plus_millis(index * 20)).collect();
                lines
            };
            let mut all = vec![lines("C79")];
            if by_peer {
                all.push(lines("C78"));
            }
            world.logs(0, 1, all);
            let diagnosis = world.diagnose();
            assert_eq!(diagnosis.health, Health::Healthy, "{:?}", diagnosis.causes);
            let told = diagnosis.findings.into_iter().find(|one| one.code == Code::ClientsMissing);
            told.map(|one| (one.outcome, one.summary.args["count"].clone()))
        };
        assert_eq!(ended(60, false), Some((Outcome::Advice, "60".to_owned())));
        assert_eq!(ended(60, true), None, "they left a peer");
        assert_eq!(ended(5, false), None);
    }
}
