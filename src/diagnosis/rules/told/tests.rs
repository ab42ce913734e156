//! What was handed in of how a node ended, and what is judged from it.

use crate::world::*;

/// A world of which the third node ended a minute ago, cleanly or not, with what was handed in for it.
fn ended(clean_stop: bool, told: Vec<StopTrace>) -> World {
    let mut world = World::new(3);
    let mut traces = if clean_stop { clean(60) } else { Vec::new() };
    traces.extend(told);
    world.silent(2, 60, traces);
    let lines = world.refused(2, 59);
    world.logs(0, 1, lines.clone());
    world.logs(1, 1, lines);
    world
}

/// Code, variant and confidence of the first cause, and its sentence.
fn first(world: &World) -> (Code, Variant, Confidence, String) {
    let diagnosis = world.diagnose();
    let cause = diagnosis.causes.first().expect("a cause");
    let finding = diagnosis.findings.iter().find(|one| one.code == cause.code).expect("its finding");
    (cause.code, finding.variant, cause.confidence, cause.summary.key.clone())
}

fn unsure(trace: StopTrace) -> StopTrace {
    StopTrace { unsure: true, ..trace }
}

const EXEC: &str = "2026-11-22T16:08:02+0000 n3 systemd[11211]: nacos.service: Failed at step EXEC spawning /opt/nacos/bin/startup.sh: Permission denied";

#[test]
fn what_could_not_be_started_is_told_in_the_words_of_its_supervisor() {
    let world =
        ended(true, vec![trace("T01", 55, EXEC), trace("T02", 54, "systemd[1]: Failed to start Nacos server.")]);
    let key = "cause-node-not-started".to_owned();
    assert_eq!(first(&world), (Code::NodeStartFailed, Variant::NotStarted, Confidence::Certain, key.clone()));
    let text = world.diagnose().causes[0].summary.args["text"].clone();
    assert_eq!(text, "nacos.service: Failed at step EXEC spawning /opt/nacos/bin/startup.sh: Permission denied");
    let rough = ended(true, vec![unsure(trace("T01", 55, EXEC))]);
    assert_eq!(first(&rough).2, Confidence::Likely, "a stamp without a year");
    let given_up =
        ended(true, vec![trace("T02", 54, "systemd[1]: nacos.service: Start request repeated too quickly.")]);
    assert_eq!(first(&given_up), (Code::NodeStartFailed, Variant::NotStarted, Confidence::Likely, key));
    for over in [
        vec![trace("T01", 400, EXEC)],
        vec![trace("T01", 55, EXEC), trace("T00", 50, "systemd[1]: Started Nacos server.")],
    ] {
        assert_eq!(first(&ended(true, over)).0, Code::NodeStoppedClean, "that start is over");
    }
}

#[test]
fn disks_that_fail_at_the_end_are_told_and_those_of_long_before_are_not() {
    let read_only =
        |ago| trace("D01", ago, "[Sun Nov 22 16:04:12 2026] EXT4-fs (vdb1): Remounting filesystem read-only");
    let world = ended(false, vec![read_only(68)]);
    let key = "cause-node-disk-fails".to_owned();
    assert_eq!(first(&world), (Code::NodeDiskFull, Variant::DiskFails, Confidence::Likely, key.clone()));
    let error = trace("D02", 62, "blk_update_request: I/O error, dev vdb, sector 20971520");
    assert_eq!(first(&ended(false, vec![error])), (Code::NodeDiskFull, Variant::DiskFails, Confidence::Possible, key));
    assert_eq!(first(&ended(false, vec![read_only(900)])).0, Code::NodeKilled);
    // Where the kernel killed it, that is the reason.
    let both = vec![read_only(68), trace("K01", 60, "Out of memory: Killed process 77 (java)")];
    assert_eq!(first(&ended(false, both)).0, Code::NodeOomKilled);
}

#[test]
fn what_kubernetes_did_explains_a_clean_stop() {
    let event = |id: &str, text: &str| ended(true, vec![unsure(trace(id, 62, text))]);
    for (id, text, code, variant, key) in [
        (
            "E01",
            "The node was low on resource: ephemeral-storage.",
            Code::NodeDiskFull,
            Variant::Evicted,
            "cause-node-evicted-disk",
        ),
        (
            "K07",
            "The node was low on resource: memory.",
            Code::NodeOomKilled,
            Variant::Evicted,
            "cause-node-evicted-memory",
        ),
        (
            "E02",
            "Preempted by default/other on node worker-1",
            Code::NodeKilled,
            Variant::Evicted,
            "cause-node-evicted",
        ),
        (
            "P01",
            "Container nacos failed liveness probe, will be restarted",
            Code::NodeKilled,
            Variant::Probe,
            "cause-node-probe",
        ),
        (
            "R01",
            "systemd-logind[700]: System is rebooting.",
            Code::NodeKilled,
            Variant::HostWentDown,
            "cause-node-host-went-down",
        ),
    ] {
        assert_eq!(first(&event(id, text)), (code, variant, Confidence::Likely, key.to_owned()), "{id}");
    }
    let long_ago = ended(true, vec![unsure(trace("E01", 1200, "The node was low on resource: ephemeral-storage."))]);
    assert_eq!(first(&long_ago).0, Code::NodeStoppedClean);
}

#[test]
fn a_machine_that_came_up_long_after_did_not_take_the_node_with_it() {
    let came_up = |ago| ended(false, vec![trace("R02", ago, "kernel: Linux version 5.15.0")]);
    assert_eq!(first(&came_up(20)).1, Variant::HostWentDown);
    assert_eq!(first(&came_up(300)).0, Code::NodeKilled);
    assert_eq!(first(&came_up(300)).1, Variant::Plain, "before its end");
}

#[test]
fn an_exit_code_says_who_ended_it() {
    let order = ended(false, vec![trace("H07", 60, "Exited (143) 1 minute ago")]);
    assert_eq!((first(&order).0, first(&order).2), (Code::NodeStoppedClean, Confidence::Likely));
    let by_itself = trace("H02", 60, "systemd[1]: nacos.service: Main process exited, code=exited, status=1/FAILURE");
    let by_itself = ended(false, vec![by_itself]);
    assert_eq!((first(&by_itself).0, first(&by_itself).2), (Code::NodeKilled, Confidence::Possible));
    let killed = ended(false, vec![trace("H06", 60, "Exited (137) 1 minute ago")]);
    assert_eq!(first(&killed).1, Variant::ShellSaysKilled);
    let host = ended(false, vec![unsure(trace("V01", 50, "Node is not ready"))]);
    assert_eq!((first(&host).0, first(&host).1), (Code::NodeUnreachable, Variant::HostSilent));
}
