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
