//! What would make an answer surer: evidence that nobody gave and that would decide, a line per kind. Pure.

use super::health::Unseen;
use crate::domain::cluster::EvidencePart;
use crate::domain::code::Code;
use crate::domain::diagnosis::{Cause, Confidence, Health};
use crate::domain::message::Message;
use crate::model::ClusterModel;

/// One sentence for each kind of evidence, most telling first; none where the answer is certain and nothing would add to it.
pub(super) fn surer(model: &ClusterModel<'_>, health: Health, causes: &[Cause], unseen: &Unseen) -> Vec<Message> {
    let open = health == Health::Unknown || causes.iter().any(|cause| cause.confidence != Confidence::Certain);
    let of = |part: EvidencePart| unseen.iter().find(|(other, _)| *other == part).map_or(&[][..], |(_, nodes)| nodes);
    let logs = of(EvidencePart::Logs);
    let config: Vec<usize> = of(EvidencePart::Config).iter().copied().filter(|index| !logs.contains(index)).collect();
    let has_api = |index: &usize| {
        let node = &model.nodes[*index];
        node.spec.api.is_some() || node.view.is_some() || !node.spec.files.is_live()
    };
    let no_api: Vec<usize> = (0..model.nodes.len()).filter(|index| !has_api(index)).collect();
    let mut told = Vec::new();
    if open {
        let kinds = [("surer-logs", logs), ("surer-config", &config), ("surer-api", &no_api)];
        let kinds = kinds.into_iter().filter(|(_, nodes)| !nodes.is_empty());
        told.extend(kinds.map(|(key, nodes)| Message::new(key).with("nodes", model.names(nodes))));
    }
    let kernel: Vec<usize> = (0..model.nodes.len())
        .filter(|index| {
            let node = &model.nodes[*index];
            let killed = |cause: &Cause| cause.code == Code::NodeKilled && cause.nodes.contains(node.name);
            let looked = node.stop.is_some_and(|stop| stop.kernel_read);
            causes.iter().any(killed) && !looked
        })
        .collect();
    if !kernel.is_empty() {
        told.push(Message::new("surer-kernel").with("nodes", model.names(&kernel)));
    }
    told
}

#[cfg(test)]
mod tests {
    use crate::world::*;

    fn keys(world: &World) -> Vec<String> {
        world.diagnose().surer.into_iter().map(|one| one.key).collect()
    }

    #[test]
    fn a_kill_is_surer_with_a_kernel_log_that_somebody_read() {
        let mut world = World::new(3);
        world.silent(2, 60, Vec::new());
        world.logs(0, 1, world.refused(2, 59));
        world.logs(1, 1, world.refused(2, 59));
        assert_eq!(world.codes(), [r#"node.killed["n3"]"#]);
        let asks = |world: &World| keys(world).contains(&"surer-kernel".to_owned());
        let set = |world: &mut World, read: bool| {
            let stop = world.seen_stop(2);
            (stop.process_table_seen, stop.kernel_read) = (true, read);
        };
        set(&mut world, true);
        assert!(!asks(&world), "it was read, and says nothing");
        set(&mut world, false);
        assert!(asks(&world), "that no line of it was seen is no answer of the kernel");
        assert_eq!(world.codes(), [r#"node.killed["n3"]"#]);
    }

    #[test]
    fn what_nobody_gave_is_asked_for_where_the_answer_is_open() {
        let mut world = api_only();
        assert!(keys(&world).is_empty(), "healthy, and the rest may stay unseen");
        world.cluster.accept_unseen.clear();
        assert_eq!(keys(&world), ["surer-logs"], "a node's configuration comes with its logs");
        assert!(keys(&World::new(3)).is_empty(), "copies of all nodes, and nothing is wrong");
        let mut world = World::new(3);
        let name = world.name(2);
        world.observations.seen.get_mut("config.cluster_conf").expect("kind").remove(&name);
        assert_eq!(keys(&world), ["surer-config"]);
    }

    #[test]
    fn who_killed_a_node_is_in_its_kernel_log() {
        let mut world = World::new(3);
        world.silent(2, 60, Vec::new());
        world.logs(0, 1, world.refused(2, 59));
        world.logs(1, 1, world.refused(2, 59));
        let diagnosis = world.diagnose();
        assert!(diagnosis.causes.iter().any(|cause| cause.code == Code::NodeKilled), "{:?}", diagnosis.causes);
        assert!(diagnosis.surer.iter().any(|one| one.key == "surer-kernel" && one.args["nodes"] == "n3"));
    }
}
