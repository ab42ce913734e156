//! Whole verdicts on to-dos: what was seen goes in, the ranked causes come out.

use crate::world::*;

#[test]
fn no_data_is_moved_away_where_every_node_has_a_dead_group() {
    let text =
        "ERROR Encountered an error=Status[ESTATEMACHINE<10002>: StateMachine meet critical error] on StateMachine X";
    let mut world = World::new(3);
    let told = |world: &World| {
        let diagnosis = world.diagnose();
        let action = diagnosis.causes[0].action.iter().map(|one| (one.key.clone(), one.args["nodes"].clone()));
        action.filter(|(key, _)| key.starts_with("action-raft-storage")).collect::<Vec<_>>()
    };
    world.logs(2, 1, vec![hits("C46", None, None, 20, 100, "", text)]);
    assert_eq!(told(&world), [("action-raft-storage".to_owned(), "n3".to_owned())]);
    for node in 0..2 {
        world.logs(node, 1, vec![hits("C46", None, None, 20, 100, "", text)]);
    }
    assert_eq!(told(&world), [("action-raft-storage-later".to_owned(), "n1, n2, n3".to_owned())]);
}
