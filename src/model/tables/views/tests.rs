//! Whole verdicts on the restart gate: what was seen goes in, the ranked causes come out.

use crate::model::tables::views;
use crate::world::*;

#[test]
fn the_restart_gate_says_no_while_one_is_down() {
    let mut world = World::new(3);
    let at = Timestamp::from_millis(AT);
    let gate = |world: &World| {
        let model = ClusterModel::build(&world.cluster, &world.observations, at, WINDOW_MS);
        views::restart_gate(&model, &NodeName("n1".to_owned()))
    };
    assert!(gate(&world).allowed);
    world.silent(2, 60, Vec::new());
    world.logs(0, 1, world.refused(2, 59));
    world.logs(1, 1, world.refused(2, 59));
    let no = gate(&world);
    assert!(!no.allowed);
    assert!(no.reasons.iter().any(|reason| reason.key == "gate-quorum-would-be-lost"));
}

#[test]
fn the_restart_gate_says_what_may_still_fail_while_a_running_node_is_down() {
    for (nodes, left) in [(3, "0"), (5, "1")] {
        let world = World::new(nodes);
        let model = ClusterModel::build(&world.cluster, &world.observations, Timestamp::from_millis(AT), WINDOW_MS);
        let gate = views::restart_gate(&model, &NodeName("n1".to_owned()));
        let said: Vec<(&str, Option<&str>)> = gate
            .reasons
            .iter()
            .map(|reason| (reason.key.as_str(), reason.args.get("left").map(String::as_str)))
            .collect();
        assert_eq!(said, [("gate-yes", None), ("gate-tolerance", Some(left))], "{nodes} nodes");
    }
    let mut world = World::new(3);
    world.silent(2, 60, Vec::new());
    world.logs(0, 1, world.refused(2, 59));
    world.logs(1, 1, world.refused(2, 59));
    let model = ClusterModel::build(&world.cluster, &world.observations, Timestamp::from_millis(AT), WINDOW_MS);
    let gate = views::restart_gate(&model, &NodeName("n3".to_owned()));
    let keys: Vec<&str> = gate.reasons.iter().map(|reason| reason.key.as_str()).collect();
    assert_eq!(keys, ["gate-yes-not-running"], "starting it takes nothing away");
}

#[test]
fn links_between_running_nodes_that_nobody_measured_are_named() {
    let unmeasured = |world: &World| {
        let model = ClusterModel::build(&world.cluster, &world.observations, Timestamp::from_millis(AT), WINDOW_MS);
        views::unmeasured_links(&model)
    };
    // Logs tell of the ports that nodes use between each other all the time, and of no other.
    let mut world = World::new(3);
    let links = unmeasured(&world);
    assert_eq!(links.len(), 3);
    assert_eq!(links[0].1, ["n2:8848", "n2:9848", "n3:8848", "n3:9848"]);
    let said = world.diagnose();
    assert_eq!(said.health, Health::Healthy, "told, and no reason for doubt");
    let told = said.could_not_run.iter().filter(|one| one.reason.key == "judged-links-unmeasured");
    assert_eq!(
        told.map(|one| (one.check.as_str(), one.node.clone())).collect::<Vec<_>>(),
        [
            ("net.matrix", Some(NodeName::from("n1"))),
            ("net.matrix", Some(NodeName::from("n2"))),
            ("net.matrix", Some(NodeName::from("n3"))),
        ]
    );
    // Of a node that does not run no link is asked for.
    world.silent(2, 60, Vec::new());
    world.logs(0, 1, world.refused(2, 59));
    world.logs(1, 1, world.refused(2, 59));
    assert_eq!(
        unmeasured(&world),
        [(0, vec!["n2:8848".to_owned(), "n2:9848".to_owned()]), (1, vec!["n1:8848".to_owned(), "n1:9848".to_owned()]),]
    );
    let mut world = api_only();
    for from in 0..3 {
        for to in (0..3).filter(|to| *to != from) {
            probes_from(&mut world, from, to, &[]);
        }
    }
    assert!(unmeasured(&world).is_empty(), "every node tried every other");
}
