//! Whole verdicts on members: what was seen goes in, the ranked causes come out.

use crate::domain::vocabulary::{MemberState, PropertyArea};
use crate::world::*;

#[test]
fn a_bad_line_explains_its_own_drift() {
    let mut world = World::new(3);
    let Some(Observed::ClusterConf(conf)) = world
        .observations
        .seen
        .get_mut("config.cluster_conf")
        .and_then(|seen| seen.get_mut(&NodeName("n2".to_owned())))
    else {
        panic!("there is a cluster.conf")
    };
    conf.members.pop();
    conf.rejected = true;
    conf.problems.push(ConfProblem {
        line: 3,
        text: "10.0.0.9:8848?raft_port=1".to_owned(),
        kind: "malformed".into(),
        message: Message::new("x"),
    });
    assert_eq!(world.codes(), [r#"config.cluster_conf_malformed["n2"]"#]);
}

#[test]
fn a_dead_voter_outside_the_inventory_is_a_node_and_no_ghost() {
    let mut world = World::new(2);
    let all: Vec<String> = ["10.0.0.1:8848", "10.0.0.2:8848", "10.0.0.3:8848"].map(str::to_owned).to_vec();
    for index in 0..2 {
        world.conf(index, &all);
        world.logs(
            index,
            1,
            vec![hits("C21", Some("10.0.0.3:9849".to_owned()), None, 60, 3, "refused", "Connection refused")],
        );
    }
    let diagnosis = world.diagnose();
    assert_eq!(world.codes(), [r#"node.unreachable["10.0.0.3:8848"]"#]);
    assert_eq!(diagnosis.failure_tolerance, Some(0));
    for index in 0..2 {
        let gone = vec![hits("C21", Some("10.0.0.3:9849".to_owned()), None, 60, 3, "no_route", "No route to host")];
        world.logs(index, 1, gone);
    }
    assert_eq!(world.codes(), [r#"members.ghost["10.0.0.3:8848"]"#]);
}

#[test]
fn members_of_one_host_must_not_need_the_same_port() {
    let clashes = |ports: [u16; 2], hosts: [&str; 2]| {
        let mut world = World::new(3);
        let members =
            ["10.0.0.1:8848".to_owned(), format!("{}:{}", hosts[0], ports[0]), format!("{}:{}", hosts[1], ports[1])];
        (0..3).for_each(|index| world.conf(index, &members));
        world.codes().iter().any(|code| code.starts_with("config.port_clash"))
    };
    for ports in [[8848, 8849], [8848, 9848], [8848, 9849], [8848, 10848], [8848, 10849], [7848, 8848]] {
        assert!(clashes(ports, ["10.0.0.9", "10.0.0.9"]), "{ports:?}");
        assert!(!clashes(ports, ["10.0.0.8", "10.0.0.9"]), "{ports:?} of two hosts");
    }
    assert!(!clashes([8848, 8858], ["10.0.0.9", "10.0.0.9"]));
}

#[test]
fn a_node_that_calls_itself_something_else_is_told_unless_its_file_lacks_its_line() {
    let text = "[serverlist] self ip Member{ip='172.17.0.2', port=8848} not in serverlist [...]";
    let line = |own: &str| {
        let mut line = hits("C05", None, None, 600, 1000, "", text);
        for sample in &mut line.samples {
            sample.captures.insert("self".to_owned(), own.to_owned());
        }
        line
    };
    let with = |members: Vec<String>, own: &str| {
        let mut world = World::new(3);
        for node in 0..3 {
            world.logs(node, 1, if node == 0 { vec![line(own)] } else { Vec::new() });
            let all: Vec<String> = (0..3).map(|node| world.peer(node, 0)).collect();
            world.conf(node, if node == 0 { &members } else { &all });
        }
        world.codes()
    };
    let world = World::new(3);
    let all: Vec<String> = (0..3).map(|node| world.peer(node, 0)).collect();
    assert_eq!(with(all.clone(), "Member{ip='172.17.0.2', port=8848}"), [r#"config.self_address["n1"]"#]);
    let own = format!("Member{{ip='{}', port=8848}}", world.hosts[0]);
    assert_eq!(
        with(all[1..].to_vec(), &own),
        [r#"config.cluster_conf_drift["n1"]"#],
        "a line that is missing is drift"
    );
}

/// The others know the node by its address: its own file is the one that is off, and another address would harm.
#[test]
fn a_node_that_the_other_files_name_keeps_its_address() {
    let with = |by_name: &[usize], own: usize| {
        let mut world = World::new(3);
        let names = ["nacos-a:8848", "nacos-b:8848", "nacos-c:8848"].map(str::to_owned);
        let all: Vec<String> = (0..3).map(|node| world.peer(node, 0)).collect();
        (0..3).for_each(|node| world.conf(node, if by_name.contains(&node) { &names } else { &all }));
        let host = &world.hosts[own];
        let told = format!("Member{{ip='{host}', port=8848, state=UP}}");
        let mut line = hits("C05", None, None, 600, 1000, "", "WARN [serverlist] self ip not in serverlist");
        for sample in &mut line.samples {
            sample.captures.insert("self".to_owned(), told.clone());
        }
        world.logs(own, 1, vec![line]);
        world.codes()
    };
    assert_eq!(with(&[2], 2), [r#"config.cluster_conf_drift["n3"]"#]);
    let most = with(&[1, 2], 2);
    assert!(most.contains(&r#"config.self_address["n3"]"#.to_owned()), "most files know it by a name: {most:?}");
}

#[test]
fn a_variable_that_would_write_another_file_is_told_before_it_does() {
    let mut world = World::new(3);
    let members: Vec<String> = (0..3).map(|peer| world.peer(peer, 0)).collect();
    (0..3).for_each(|index| world.conf(index, &members));
    let name = world.name(1);
    let with = |world: &mut World, members: &[String]| {
        let conf = world.observations.seen.get_mut("config.cluster_conf").and_then(|seen| seen.get_mut(&name));
        let Some(Observed::ClusterConf(conf)) = conf else { panic!("a file") };
        let (variable, from) = ("NACOS_SERVERS".to_owned(), "environ".to_owned());
        conf.written_from = Some(ConfWriter { variable, from, members: members.to_vec() });
        world.diagnose()
    };
    assert!(with(&mut world, &members).causes.is_empty());
    let diagnosis = with(&mut world, &members[..2]);
    assert_eq!(diagnosis.causes[0].code, Code::ConfigEnvDrift);
    let told = diagnosis.findings.iter().find(|finding| finding.code == Code::ConfigEnvDrift).expect("a finding");
    assert_eq!((told.summary.args["more"].as_str(), &told.summary.args["less"]), ("–", &members[2]));
    assert_eq!(told.summary.args["side"], "less", "what is empty is left out");
}

#[test]
fn a_running_node_that_no_file_names_is_told() {
    let two = ["10.0.0.1:8848", "10.0.0.2:8848"].map(str::to_owned);
    let mut world = World::new(3);
    (0..3).for_each(|index| world.conf(index, &two));
    assert_eq!(world.codes(), [r#"config.cluster_conf_drift["n3"]"#]);
    let cause = &world.diagnose().causes[0];
    assert_eq!(cause.summary.key, "cause-config-cluster-conf-not-listed");
    // Its own file is right: the others lack it.
    let all: Vec<String> = (0..3).map(|node| world.peer(node, 0)).collect();
    world.conf(2, &all);
    assert_eq!(world.codes(), [r#"config.cluster_conf_drift["n1", "n2"]"#]);
    // A line that means nobody may be the node under another name.
    let named = ["10.0.0.1:8848", "10.0.0.2:8848", "nacos-3:8848"].map(str::to_owned);
    (0..3).for_each(|index| world.conf(index, &named));
    assert!(!world.codes().iter().any(|code| code.starts_with("config.cluster_conf_drift")));
}

#[test]
fn a_member_that_nobody_ever_reached_is_a_ghost_though_the_leader_replicates_to_it() {
    let mut world = World::new(3);
    let mut members: Vec<String> = (0..3).map(|node| world.peer(node, 0)).collect();
    members.push("10.0.0.9:8848".to_owned());
    let since = |since_s: i64| {
        vec![
            hits("C21", Some("10.0.0.9:9849".to_owned()), None, since_s, 3, "refused", "Connection refused"),
            hits("C39", Some("10.0.0.9:7848".to_owned()), Some("g"), since_s, 5, "unavailable", "UNAVAILABLE"),
        ]
    };
    for index in 0..3 {
        world.conf(index, &members);
        world.logs(index, 1, since(1790));
    }
    assert_eq!(world.codes(), [r#"members.ghost["10.0.0.9:8848"]"#]);
    (0..3).for_each(|index| world.logs(index, 1, since(300)));
    assert_eq!(world.codes(), [r#"node.unreachable["10.0.0.9:8848"]"#]);
}

#[test]
fn a_setting_that_gives_a_node_the_address_of_another_is_named() {
    let mut world = World::new(3);
    let members: Vec<String> = (0..3).map(|index| world.peer(index, 0)).collect();
    for index in 0..3 {
        world.conf(index, &members);
        world.stop(index, 1, Vec::new());
        world.logs(index, 1, Vec::new());
    }
    let of_second = world.hosts[1].clone();
    let set = |world: &mut World, host: &str| {
        let key = "nacos.inetutils.ip-address";
        let entry = PropertySeen {
            key: key.to_owned(),
            written_key: key.to_owned(),
            origin: "application.properties:12".to_owned(),
            class: KeyClass::MayDiffer,
            area: PropertyArea::Other,
            value: Value::Plain { text: host.to_owned() },
        };
        let seen = PropertiesSeen {
            present: true,
            entries: vec![entry],
            duplicates: Vec::new(),
            unresolved: Vec::new(),
            flags: Default::default(),
            flags_from: None,
            flags_partly: true,
            databases: Vec::new(),
            modified: None,
            env_seen: false,
            reached: Vec::new(),
            written_from: None,
        };
        let name = world.name(2);
        world.observations.put("config.properties", name, Observed::Properties(seen));
    };
    set(&mut world, &of_second);
    let diagnosis = world.diagnose();
    let top = diagnosis.causes.iter().find(|cause| cause.code == Code::ConfigSelfAddress).expect("named");
    assert_eq!((names(&top.nodes), top.confidence), (vec!["n3"], Confidence::Certain));
    assert_eq!(top.summary.key, "cause-config-self-address-taken");
    assert!(top.action.iter().any(|text| text.key == "action-own-address"), "{:?}", top.action);
    let own = world.hosts[2].clone();
    set(&mut world, &own);
    assert!(world.diagnose().causes.iter().all(|cause| cause.code != Code::ConfigSelfAddress), "its own");
}

/// A node that fails a report calls its peer suspicious at once, and down after three: until then every fault looks like it.
#[test]
fn that_a_peer_is_suspicious_to_one_is_a_matter_of_states_and_soon_decided() {
    let said = |state: MemberState| {
        let mut world = api_only();
        let n3 = world.peer(2, 0);
        // It has been up for long: its own stamp in its list is that of its start.
        set_view(&mut world, 2, |_, view| {
            view.members
                .iter_mut()
                .filter(|member| member.address == n3)
                .for_each(|one| one.last_refresh = Some(ago(90_000)));
        });
        set_view(&mut world, 0, |_, view| {
            view.members.iter_mut().filter(|member| member.address == n3).for_each(|one| one.state = state.clone());
        });
        let cause = world.diagnose().causes.first().cloned().expect("a cause");
        (cause.code, cause.summary.key, cause.confidence)
    };
    let states = |confidence| (Code::MembersDisagree, "cause-members-state".to_owned(), confidence);
    assert_eq!(said(MemberState::Suspicious), states(Confidence::Possible));
    assert_eq!(said(MemberState::Down), states(Confidence::Likely));
}
