//! Whole verdicts on front doors: what was seen goes in, the ranked causes come out.

use crate::world::*;

#[test]
fn http_in_place_of_grpc_is_a_proxy() {
    let mut world = api_only();
    set_port(&mut world, 1, PortRole::ClientGrpc, PortResult::WrongProtocol, 3);
    assert!(world.diagnose().causes.is_empty(), "some other protocol, TLS for example, is not a fault");
    let seen = world.seen_ports(1);
    seen.ports[1].detail = Some("answered HTTP/1".to_owned());
    assert_eq!(world.codes(), [r#"door.grpc_not_forwarded["n2"]"#]);
}

#[test]
fn a_healthy_door_changes_nothing() {
    let mut world = api_only();
    let before = world.diagnose();
    with_door(&mut world, [true; 3], |index, world| vec![through(Some(200), 6, Some(world.peer(index, 0))); 5]);
    let diagnosis = world.diagnose();
    assert_eq!((diagnosis.health, diagnosis.causes.len()), (before.health, 0), "{:?}", diagnosis.causes);
    assert!(diagnosis.could_not_run.iter().all(|one| one.check != "door.compare"), "{:?}", diagnosis.could_not_run);
}

#[test]
fn a_door_that_was_not_asked_is_said_so() {
    let mut world = api_only();
    world.cluster.doors = vec![FrontDoor::parse(DOOR).expect("a door")];
    let diagnosis = world.diagnose();
    assert!(diagnosis.could_not_run.iter().any(|one| one.check == "door.compare"), "{:?}", diagnosis.could_not_run);
}

#[test]
fn a_door_that_still_lists_a_dead_node_stands_beside_the_stop() {
    let mut world = third_killed();
    let before = world.codes();
    with_door(&mut world, [true, true, false], |_, world| {
        vec![
            through(Some(200), 6, Some(world.peer(0, 0))),
            through(Some(502), 1, None),
            through(Some(200), 6, Some(world.peer(1, 0))),
        ]
    });
    let diagnosis = world.diagnose();
    let (first, door) = (&diagnosis.causes[0], &diagnosis.causes[1]);
    assert_eq!(format!("{}{:?}", first.code, names(&first.nodes)), before[0], "the node is the deeper one");
    assert_eq!((door.code, names(&door.nodes)), (Code::DoorStaleUpstream, vec!["n3"]));
    assert_eq!(door.confidence, Confidence::Certain, "a third fails, and the answers name the other two");
    assert_eq!(diagnosis.causes.len(), 2);

    // Nobody names a backend, and fewer fail than a round robin would: passive marking, maybe.
    with_door(&mut world, [true, true, false], |index, _| {
        let mut tries = vec![through(Some(200), 6, None); 4];
        tries.push(through(if index == 0 { None } else { Some(200) }, 900, None));
        tries
    });
    let diagnosis = world.diagnose();
    assert_eq!(
        (diagnosis.causes[1].code, diagnosis.causes[1].confidence),
        (Code::DoorStaleUpstream, Confidence::Likely)
    );

    // The door asks the next one where the first is dead: slow answers are all that is seen.
    with_door(&mut world, [true, true, false], |_, _| {
        vec![through(Some(200), 6, None), through(Some(200), 1900, None), through(Some(200), 6, None)]
    });
    let diagnosis = world.diagnose();
    let door = &diagnosis.causes[1];
    assert_eq!((door.code, door.confidence), (Code::DoorStaleUpstream, Confidence::Possible));
    assert_eq!(door.summary.key, "cause-door-slow");
}

#[test]
fn a_door_that_reaches_no_node_is_not_put_down_to_a_node() {
    for (tried, key) in [
        (through(Some(502), 3, None), "finding-door-reaches-none"),
        (through(None, 900, None), "finding-door-silent"),
        (through(Some(404), 3, None), "finding-door-other-answers"),
    ] {
        let mut world = api_only();
        with_door(&mut world, [true; 3], |_, _| vec![tried.clone(); 5]);
        let diagnosis = world.diagnose();
        assert_eq!(
            diagnosis.causes.iter().map(|cause| cause.code).collect::<Vec<_>>(),
            [Code::DoorNotServing],
            "{key}"
        );
        assert_eq!(diagnosis.findings[0].summary.key, key);
        assert!(diagnosis.causes[0].nodes.is_empty());
    }
    // Some paths are closed at the door: nothing can be said.
    let mut world = api_only();
    with_door(&mut world, [true; 3], |_, _| vec![through(Some(403), 3, None); 5]);
    let diagnosis = world.diagnose();
    assert!(diagnosis.causes.is_empty(), "{:?}", diagnosis.causes);
    assert!(diagnosis.could_not_run.iter().any(|one| one.reason.key == "judged-door-refuses"));
    // A part fails though every node answers: an address that is not a node.
    with_door(&mut world, [true; 3], |_, _| vec![through(Some(502), 3, None), through(Some(200), 3, None)]);
    let diagnosis = world.diagnose();
    assert_eq!(
        (diagnosis.causes[0].code, diagnosis.causes[0].summary.key.as_str()),
        (Code::DoorNotServing, "cause-door-partly")
    );
    // Enough of them to tell: who was reached is not said, is all of them, or is not all of them.
    let some_fail = |status: u16, named: usize| {
        let mut world = api_only();
        with_door(&mut world, [true; 3], |index, world| {
            let served = through(Some(200), 3, (index < named).then(|| world.peer(index, 0)));
            vec![through(Some(status), 900, None), served.clone(), served.clone(), served]
        });
        let cause = world.diagnose().causes.remove(0);
        (cause.code, cause.confidence, cause.summary.key)
    };
    for (status, named, expected) in [
        (504, 0, (Code::DoorStaleUpstream, Confidence::Possible, "cause-door-stranger")),
        (502, 3, (Code::DoorStaleUpstream, Confidence::Likely, "cause-door-stranger")),
        (504, 2, (Code::DoorNotServing, Confidence::Likely, "cause-door-partly")),
        (503, 3, (Code::DoorNotServing, Confidence::Likely, "cause-door-partly")),
    ] {
        let (code, confidence, key) = some_fail(status, named);
        assert_eq!((code, confidence, key.as_str()), expected, "{status} {named}");
    }
    // Whatever the nodes never say themselves comes from something else behind the door, or from the door.
    for status in [500, 404, 403, 429] {
        with_door(&mut world, [true; 3], |_, _| vec![through(Some(status), 3, None), through(Some(200), 3, None)]);
        let codes: Vec<Code> = world.diagnose().causes.iter().map(|cause| cause.code).collect();
        assert_eq!(codes, [Code::DoorNotServing], "{status} beside 200");
    }
}

#[test]
fn a_door_that_says_whom_it_asked_is_believed_where_it_names_a_node() {
    let found = |world: &World| {
        let diagnosis = world.diagnose();
        let of_doors = diagnosis.findings.iter().find(|one| one.code.as_str().starts_with("door."));
        of_doors.map(|one| (one.code, one.node.clone().map(|node| node.0), one.summary.key.clone()))
    };
    let third = |code, key: &str| Some((code, Some("n3".to_owned()), key.to_owned()));
    // One failure of many, which a share would not tell.
    let mut world = third_killed();
    with_door(&mut world, [true, true, false], |index, world| {
        let mut tries = vec![told(through(Some(200), 6, None), &[world.peer(0, 0)]); 8];
        tries.extend((index == 0).then(|| told(through(Some(502), 1, None), &[world.peer(2, 0)])));
        tries
    });
    assert_eq!(found(&world), third(Code::DoorStaleUpstream, "finding-door-named"));
    let door = &world.diagnose().causes[1];
    assert_eq!((door.code, door.confidence), (Code::DoorStaleUpstream, Confidence::Certain));
    // It asked the dead one first, and then another.
    with_door(&mut world, [true, true, false], |_, world| {
        vec![told(through(Some(200), 6, None), &[world.peer(2, 0), world.peer(1, 0)]); 3]
    });
    assert_eq!(found(&world), third(Code::DoorStaleUpstream, "finding-door-passed-over"));
    assert_eq!(world.diagnose().causes[1].summary.key, "cause-door-passed-over");

    // A node that answers past the door, and not through it: the way between them.
    let mut world = api_only();
    with_door(&mut world, [true; 3], |_, world| {
        vec![
            told(through(Some(200), 6, None), &[world.peer(0, 0)]),
            told(through(Some(504), 1, None), &[world.peer(2, 0)]),
        ]
    });
    assert_eq!(found(&world), third(Code::DoorNotServing, "finding-door-way"));
    assert_eq!(world.diagnose().causes[0].summary.key, "cause-door-way");
    // An address of nobody known names nobody.
    with_door(&mut world, [true; 3], |_, _| {
        vec![through(Some(200), 6, None), told(through(Some(502), 1, None), &["10.9.9.9:8848".to_owned()])]
    });
    assert_eq!(found(&world), Some((Code::DoorNotServing, None, "finding-door-partly".to_owned())));
}

#[test]
fn a_door_that_wants_credentials_says_nothing_of_the_nodes() {
    let mut world = api_only();
    with_door(&mut world, [true; 3], |_, _| vec![through(Some(401), 3, None); 5]);
    let diagnosis = world.diagnose();
    assert!(diagnosis.causes.is_empty(), "{:?}", diagnosis.causes);
    assert!(diagnosis.could_not_run.iter().any(|one| one.reason.key == "judged-door-credentials"));
}

#[test]
fn grpc_on_some_connections_through_a_door_is_counted() {
    for (lost, expected) in [(1, None), (2, Some(Confidence::Possible))] {
        let mut world = api_only();
        with_door(&mut world, [true; 3], |index, world| vec![through(Some(200), 6, Some(world.peer(index, 0))); 5]);
        let name = world.name(0);
        let Some(Observed::Doors(mut seen)) = world.observations.get("door.requests", &name).cloned() else { panic!() };
        seen.doors[0].grpc.as_mut().expect("grpc").ok -= lost;
        world.observations.put("door.requests", name, Observed::Doors(seen));
        let diagnosis = world.diagnose();
        let said = diagnosis.causes.first().map(|cause| cause.confidence);
        assert_eq!(said, expected, "{:?}", diagnosis.causes);
        if let Some(cause) = diagnosis.causes.first() {
            assert_eq!(
                (cause.code, cause.summary.key.as_str()),
                (Code::DoorGrpcNotForwarded, "cause-door-grpc-partly")
            );
            assert_eq!((cause.summary.args["ok"].as_str(), cause.summary.args["tries"].as_str()), ("7", "9"));
        }
    }
}

#[test]
fn grpc_that_the_door_does_not_pass_is_named_where_nodes_answer_it() {
    for (result, detail, confidence) in [
        (PortResult::WrongProtocol, Some("answered HTTP/1"), Confidence::Certain),
        (PortResult::Refused, None, Confidence::Likely),
    ] {
        let mut world = api_only();
        with_door(&mut world, [true; 3], |index, world| vec![through(Some(200), 6, Some(world.peer(index, 0))); 5]);
        for index in 0..3 {
            let name = world.name(index);
            let Some(Observed::Doors(mut seen)) = world.observations.get("door.requests", &name).cloned() else {
                panic!()
            };
            let grpc = seen.doors[0].grpc.as_mut().expect("grpc");
            (grpc.result, grpc.ok, grpc.detail) = (result, 0, detail.map(str::to_owned));
            world.observations.put("door.requests", name, Observed::Doors(seen));
        }
        let diagnosis = world.diagnose();
        let causes: Vec<_> = diagnosis.causes.iter().map(|cause| (cause.code, cause.confidence)).collect();
        assert_eq!(causes, [(Code::DoorGrpcNotForwarded, confidence)]);
    }
}
