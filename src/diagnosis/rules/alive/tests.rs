//! Whole verdicts on what a running node says of itself: what was seen goes in, the ranked causes come out.

use crate::world::*;

#[test]
fn what_a_node_measures_of_itself_shows_a_full_disk_and_a_storm() {
    let mut world = api_only();
    assert_eq!(world.diagnose().health, Health::Healthy);
    let name = world.name(1);
    let gauge = |world: &mut World, gauges: GaugesSeen| {
        let seen = world.observations.seen.get_mut("node.view").and_then(|seen| seen.get_mut(&name));
        let Some(Observed::View(view)) = seen else { panic!("no view") };
        view.gauges = Some(gauges);
    };
    let disk = |bytes: u64| GaugesSeen {
        disk_free_bytes: Some(bytes),
        disk_path: Some("/home/nacos/.".to_owned()),
        ..GaugesSeen::default()
    };
    gauge(&mut world, disk(5 << 30));
    assert_eq!(world.diagnose().health, Health::Healthy);
    gauge(&mut world, disk(4096));
    assert_eq!(world.codes(), [r#"node.disk_full["n2"]"#]);
    let storm = |overhead: f64, full: f64| GaugesSeen {
        gc_overhead: Some(overhead),
        heap_after_gc: Some(full),
        ..GaugesSeen::default()
    };
    gauge(&mut world, storm(0.7, 0.97));
    assert_eq!(world.codes(), [r#"node.hung["n2"]"#]);
    // Much work for the collector that frees enough, and a full heap that costs nothing, are none.
    for (overhead, full) in [(0.7, 0.4), (0.1, 0.99)] {
        gauge(&mut world, storm(overhead, full));
        assert_eq!(world.diagnose().health, Health::Healthy);
    }
}

#[test]
fn a_state_machine_that_stops_while_its_node_starts_is_told() {
    let text =
        "ERROR Encountered an error=Status[ESTATEMACHINE<10002>: StateMachine meet critical error] on StateMachine X";
    let mut world = World::new(3);
    world.logs(2, 1, vec![hits("C46", None, None, 62, 100, "", text)]);
    world.stop(2, 1, vec![trace("START", 65, ""), trace("S11", 60, "Nacos started successfully")]);
    assert_eq!(world.codes(), [r#"raft.state_machine_stopped["n3"]"#]);
    let says = |text: &str| {
        let mut world = World::new(3);
        world.logs(2, 1, vec![hits("C57", None, None, 20, 100, "", text)]);
        world.codes()
    };
    assert_eq!(
        says("ERROR processor : X, stateMachine meet critical error: java.lang.SecurityException."),
        [r#"raft.state_machine_stopped["n3"]"#]
    );
    assert_eq!(says("ERROR ESTATEMACHINE StateMachine onSnapshotLoad failed"), [r#"raft.storage_corrupt["n3"]"#]);
    // One that an earlier process wrote.
    world.logs(2, 1, vec![hits("C46", None, None, 70, 100, "", text)]);
    assert!(world.codes().is_empty());
}
