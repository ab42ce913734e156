//! Whole verdicts on lost packets: what was seen goes in, the ranked causes come out.

use crate::world::*;

#[test]
fn ports_that_answer_now_and_then_are_loss_and_not_shut() {
    let mixed = |world: &mut World, role: PortRole, result: PortResult, ok: u8| {
        set_port(world, 2, role, result, 900);
        let seen = world.seen_ports(2);
        for port in seen.ports.iter_mut().filter(|port| port.role == role) {
            (port.ok, port.tries) = (ok, 3);
        }
    };
    let mut world = api_only();
    mixed(&mut world, PortRole::ClientGrpc, PortResult::Timeout, 1);
    mixed(&mut world, PortRole::ServerGrpc, PortResult::Timeout, 1);
    mixed(&mut world, PortRole::Raft, PortResult::Open, 2);
    assert_eq!(world.codes(), [r#"net.lossy["n3"]"#]);
    // A process that pauses still has its connections taken.
    let mut world = api_only();
    for role in [PortRole::ClientGrpc, PortRole::ServerGrpc, PortRole::Raft] {
        mixed(&mut world, role, PortResult::Open, 2);
    }
    assert!(world.diagnose().causes.is_empty(), "{:?}", world.codes());
}

#[test]
fn what_this_machine_had_no_time_to_try_proves_nothing() {
    // Of two tries one was lost on every port: a third one was not come round to.
    let starved = |tries: u8, result: PortResult, ok: u8| {
        let mut world = api_only();
        for role in [PortRole::ClientGrpc, PortRole::ServerGrpc, PortRole::Raft] {
            set_port(&mut world, 2, role, result, 900);
            let seen = world.seen_ports(2);
            for port in seen.ports.iter_mut().filter(|port| port.role == role) {
                (port.ok, port.tries) = (ok, tries);
            }
        }
        world.diagnose()
    };
    assert!(starved(2, PortResult::Timeout, 1).causes.is_empty());
    assert!(starved(1, PortResult::Timeout, 0).causes.is_empty());
    assert_ne!(starved(1, PortResult::Timeout, 0).health, Health::Healthy);
    assert!(!starved(3, PortResult::Timeout, 1).causes.is_empty());
    assert!(!starved(6, PortResult::Timeout, 0).causes.is_empty());
}

#[test]
fn a_try_that_nobody_took_is_loss_and_not_a_node_without_time() {
    // The API of a node answers late, and so do some of its ports; `untaken`: tries of each that did not even connect.
    let slow = |ports: &[PortRole], untaken: u8| {
        let mut world = api_only();
        set_view(&mut world, 2, |_, view| {
            view.failed = ["/a", "/b", "/c"].map(|path| http(path, None, 2500)).to_vec();
        });
        let seen = world.seen_ports(2);
        for port in seen.ports.iter_mut().filter(|port| ports.contains(&port.role)) {
            (port.ok, port.untaken) = (2, untaken);
        }
        world.diagnose().causes.iter().map(|cause| (cause.code, cause.confidence)).collect::<Vec<_>>()
    };
    let three = [PortRole::ClientGrpc, PortRole::ServerGrpc, PortRole::Raft];
    let overloaded = [(Code::NodeOverloaded, Confidence::Possible)];
    assert_eq!(slow(&three, 0), overloaded, "its kernel took them all");
    assert_eq!(slow(&three[..1], 1), overloaded, "one lost packet happens to anybody");
    assert_eq!(slow(&three[..2], 1), [(Code::NetLossy, Confidence::Possible)]);
    assert_eq!(slow(&three, 1), [(Code::NetLossy, Confidence::Likely)]);

    // An answer that is lost leaves a connection that was taken.
    let mut world = api_only();
    for role in three {
        set_port(&mut world, 2, role, PortResult::Silent, 900);
    }
    let seen = world.seen_ports(2);
    for port in seen.ports.iter_mut().filter(|port| three.contains(&port.role)) {
        (port.ok, port.untaken) = (1, 1);
    }
    assert_eq!(world.codes(), [r#"net.lossy["n3"]"#]);
}
