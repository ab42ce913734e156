//! What is counted of a cluster in which a node was killed.

use super::standing;
use crate::domain::diagnosis::NodeDoing;
use crate::world::*;

#[test]
fn a_killed_node_is_gone_since_its_last_line_and_leads_nothing() {
    let mut world = api_only();
    let at = Timestamp::from_millis(AT);
    for index in 0..3 {
        let groups = vec![raft_group(&world, "naming", 1), raft_group(&world, "config", 0)];
        set_view(&mut world, index, |_, view| view.raft = groups);
    }
    let seen = |world: &World| standing(&ClusterModel::build(&world.cluster, &world.observations, at, WINDOW_MS));
    let all_run = seen(&world);
    let leads: Vec<Option<u32>> = all_run.nodes.iter().map(|node| node.leads).collect();
    assert_eq!((leads, all_run.groups), (vec![Some(1), Some(1), Some(0)], Some(2)));
    assert!(all_run.leaderless.is_empty());

    let killed = seen(&third_killed());
    let doing: Vec<NodeDoing> = killed.nodes.iter().map(|node| node.doing).collect();
    assert_eq!(doing[..2], [NodeDoing::Running, NodeDoing::Running]);
    assert!(matches!(doing[2], NodeDoing::Gone | NodeDoing::Silent), "{doing:?}");
    assert!(killed.nodes[2].since.is_some_and(|since| since < at), "its last line");
    assert_eq!((killed.nodes[2].leads, killed.groups), (None, None), "nobody was asked who leads");
    assert_eq!((killed.clients(), killed.clients_before()), (None, None), "nobody counted");
}

#[test]
fn ports_that_refuse_do_not_show_that_a_process_is_gone() {
    let at = Timestamp::from_millis(AT);
    let seen = |world: &World| standing(&ClusterModel::build(&world.cluster, &world.observations, at, WINDOW_MS));
    let refuse = |world: &mut World| {
        for role in [PortRole::Main, PortRole::ClientGrpc, PortRole::ServerGrpc, PortRole::Raft] {
            set_port(world, 2, role, PortResult::Refused, 1);
        }
        let name = world.name(2);
        world.observations.seen.get_mut("node.view").expect("views").remove(&name);
    };
    let mut world = api_only();
    refuse(&mut world);
    let node = seen(&world).nodes.remove(2);
    assert_eq!((node.doing, node.clients), (NodeDoing::Refused, None), "a firewall that rejects looks the same");

    // Its own log, which ended, is a witness.
    world.silent(2, 300, Vec::new());
    let node = seen(&world).nodes.remove(2);
    assert_eq!((node.doing, node.clients), (NodeDoing::Gone, Some(0)));
}
