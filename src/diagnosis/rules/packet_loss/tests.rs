//! Whole verdicts on lost packets: what was seen goes in, the ranked causes come out.

use crate::world::*;

#[test]
fn ports_that_answer_now_and_then_are_loss_and_not_shut() {
    let mixed = |world: &mut World, role: PortRole, result: PortResult, ok: u8| {
        set_port(world, 2, role, result, 900);
        let name = world.name(2);
        let Some(Observed::Ports(seen)) =
            world.observations.seen.get_mut("net.ports").and_then(|seen| seen.get_mut(&name))
        else {
            panic!("no ports")
        };
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
            let name = world.name(2);
            let ports = world.observations.seen.get_mut("net.ports").and_then(|seen| seen.get_mut(&name));
            let Some(Observed::Ports(seen)) = ports else { panic!("no ports") };
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
