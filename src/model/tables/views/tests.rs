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

#[test]
fn a_leader_that_does_not_name_itself_contradicts_nobody() {
    // One group, led by n2; those nodes do not name it.
    let row = |quiet: &[usize]| {
        let mut world = api_only();
        for index in 0..3 {
            let mut group = raft_group(&world, "g", 1);
            if quiet.contains(&index) {
                (group.leader, group.term) = (None, None);
            }
            set_view(&mut world, index, |_, view| view.raft = vec![group]);
        }
        let model = ClusterModel::build(&world.cluster, &world.observations, Timestamp::from_millis(AT), WINDOW_MS);
        let row = views::group_matrix(&model).remove(0);
        (row.disagree, row.cells.into_iter().flatten().map(|(leader, _)| leader).collect::<Vec<_>>())
    };
    assert_eq!(row(&[1]), (false, ["n2", views::NO_LEADER, "n2"].map(str::to_owned).to_vec()));
    assert!(!row(&[]).0);
    assert!(row(&[0]).0, "a follower that knows no leader");
    assert!(row(&[0, 1]).0 && row(&[0, 1, 2]).0, "one follower alone names it, or nobody");
}
