//! Several faults at once: each node and each link is explained by itself.

use crate::domain::diagnosis::Cause;
use crate::world::*;

/// n1 cannot reach n2 and n3, and they cannot reach it.
fn cut_from_both(world: &mut World) {
    let lines = |world: &World, peer: usize| {
        vec![hits("C21", Some(world.peer(peer, 1001)), None, 600, 3, "timeout", "TimeoutException: Waited 3000")]
    };
    let both = [lines(world, 1), lines(world, 2)].concat();
    world.logs(0, 1, both);
    for index in [1, 2] {
        let lines = lines(world, 0);
        world.logs(index, 1, lines);
    }
}

#[test]
fn a_node_explains_its_own_links_and_not_those_of_others() {
    let mut world = World::new(5);
    cut_from_both(&mut world);
    let pairs: Vec<Vec<NodeName>> = world.diagnose().causes.into_iter().map(|cause| cause.nodes).collect();
    assert_eq!(pairs, [["n1", "n2", "n3"].map(NodeName::from).to_vec()], "alike, so shown as one");

    let exhausted = hits("C98", None, None, 60, 3, "", "java.lang.OutOfMemoryError: Java heap space");
    world.seen_logs(2).hits.push(exhausted);
    assert_eq!(world.codes(), [r#"node.oom_java["n3"]"#, r#"net.grpc_blocked["n1", "n2"]"#]);
    let told = world.diagnose();
    assert!(told.causes[0].consequences.contains(&Code::NetGrpcBlocked), "{:?}", told.causes);
    let of_links = |cause: &Cause| {
        let of = |id: &&String| id.contains("grpc_blocked") && id.contains("n3");
        cause.because.iter().filter(of).count()
    };
    assert!(of_links(&told.causes[0]) > 0, "{:?}", told.causes[0].because);
    assert_eq!(of_links(&told.causes[1]), 0, "{:?}", told.causes[1].because);
}

#[test]
fn what_is_less_sure_of_one_node_takes_nothing_from_another() {
    let mut world = World::new(5);
    world.silent(3, 60, Vec::new());
    // Nobody tells of the end of this one.
    world.silent(4, 700, Vec::new());
    for index in 0..3 {
        world.logs(index, 1, world.refused(3, 59));
    }
    let told = world.diagnose();
    let killed: Vec<(&str, Confidence)> = told
        .causes
        .iter()
        .filter(|cause| cause.code == Code::NodeKilled)
        .map(|cause| (names(&cause.nodes)[0], cause.confidence))
        .collect();
    assert_eq!(killed, [("n4", Confidence::Certain), ("n5", Confidence::Possible)]);
}

#[test]
fn nodes_with_the_same_end_are_one_cause() {
    let mut world = World::new(5);
    for silent in [3, 4] {
        world.silent(silent, 60, clean(60));
    }
    assert_eq!(world.codes(), [r#"node.stopped_clean["n4", "n5"]"#]);
}

#[test]
fn a_storm_beside_missing_answers_makes_a_hang_no_surer() {
    let mut world = World::new(3);
    for index in [1, 2] {
        let waits = hits("C02", Some(world.peer(0, 0)), None, 50, 5, "read_timeout", "timeout on connection");
        world.logs(index, 1, vec![waits]);
    }
    let hung = |world: &World| {
        let told = world.diagnose();
        told.causes.iter().find(|cause| cause.code == Code::NodeHung).map(|cause| cause.confidence)
    };
    assert_eq!(hung(&world), Some(Confidence::Likely), "{:?}", world.codes());
    let pause = "[gc] GC(1255) Pause Full (G1 Compaction Pause) 1998M->1997M(2048M) 4217.212ms";
    world.seen_logs(0).hits.push(hits("C106", None, None, 55, 5, "", pause));
    assert_eq!(hung(&world), Some(Confidence::Likely), "{:?}", world.codes());
}

#[test]
fn what_is_only_possible_comes_after_what_certainly_explains_a_node_that_is_down() {
    let mut world = World::new(5);
    // Deeper by its code, and a guess: the kernel line has no time.
    let undated = StopTrace { at: None, ..trace("K01", 60, "Out of memory: Killed process 77 (java)") };
    world.silent(3, 60, vec![undated]);
    world.silent(4, 60, Vec::new());
    for index in 0..3 {
        let mut lines = world.refused(3, 59);
        lines.extend(world.refused(4, 59));
        world.logs(index, 1, lines);
    }
    let order = |world: &World| {
        let told = world.diagnose();
        told.causes.iter().map(|cause| (cause.code, cause.confidence)).collect::<Vec<_>>()
    };
    let certain = (Code::NodeKilled, Confidence::Certain);
    assert_eq!(order(&world), [certain, (Code::NodeOomKilled, Confidence::Possible)]);
    // Where the other one is a guess as well, what lies deeper comes first.
    world.silent(4, 700, Vec::new());
    for index in 0..3 {
        let lines = world.refused(3, 59);
        world.logs(index, 1, lines);
    }
    assert_eq!(order(&world)[0], (Code::NodeOomKilled, Confidence::Possible));
}
