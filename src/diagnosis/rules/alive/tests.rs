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

#[test]
fn a_database_that_has_run_out_of_something_is_no_full_disk_of_the_node() {
    let text =
        "ERROR [db-error] java.sql.SQLException: Error writing file 'binlog.7' (OS errno 28 - No space left on device)";
    let mut world = World::new(3);
    for node in 0..3 {
        let lines = ["C92", "C140"].map(|id| hits(id, None, None, 118, 6, "", text));
        world.logs(node, 1, lines.to_vec());
    }
    let diagnosis = world.diagnose();
    assert_eq!(world.codes(), [r#"db.refuses["n1", "n2", "n3"]"#]);
    let top = &diagnosis.causes[0];
    assert_eq!((top.summary.key.as_str(), top.confidence), ("cause-db-refuses-resources", Confidence::Certain));
    assert_eq!(top.action[0].key, "action-db-resources");
    assert!(!top.do_not.iter().any(|text| text.key == "donot-start-unchanged"), "all of them run");
    // Until a few minutes ago: it has room again.
    let mut over = hits("C140", None, None, 600, 6, "", text);
    (over.last, over.times) = (Some(ago(300)), vec![ago(600), ago(300)]);
    let mut world = World::new(3);
    world.logs(1, 1, vec![over]);
    assert!(world.codes().is_empty());
}

/// The last line of a group stands in the log; what would tell more of the volume cannot be written.
#[test]
fn a_group_that_stopped_on_a_volume_is_not_broken_by_itself() {
    let stopped = |disk: &str, apart_s: i64| {
        let mut world = World::new(3);
        let mut lines = vec![hits("C48", None, None, 900, 1000, "", "ERROR **Critical error**, fail to appendEntries")];
        lines.push(hits("C101", None, None, 900 + apart_s, 2000, "", disk));
        world.logs(2, 1, lines);
        let diagnosis = world.diagnose();
        let top = &diagnosis.causes[0];
        assert_eq!(names(&top.nodes), ["n3"]);
        (top.code, top.summary.key.clone(), top.consequences.contains(&Code::RaftStorageCorrupt))
    };
    let read_only = "org.rocksdb.RocksDBException: While appending to file: /d/7.log: Read-only file system";
    assert_eq!(stopped(read_only, 1), (Code::NodeDiskFull, "cause-node-disk-read-only".to_owned(), true));
    let full = "java.io.IOException: No space left on device";
    assert_eq!(stopped(full, 1), (Code::NodeDiskFull, "cause-node-disk-full".to_owned(), true));
    let earlier = (Code::RaftStorageCorrupt, "cause-raft-storage-corrupt".to_owned(), false);
    assert_eq!(stopped(full, 600), earlier, "it had room again before the group stopped");
}
