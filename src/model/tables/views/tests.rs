//! What was seen goes in, the tables come out.

use crate::model::tables::views;
use crate::world::*;

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
