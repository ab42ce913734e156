//! Whole verdicts on names: what was seen goes in, the ranked causes come out.

use crate::world::*;

#[test]
fn a_name_that_does_not_resolve_is_no_broken_link() {
    let hosts = (1..=3).map(|number| format!("nacos-{number}.nacos")).collect();
    let mut world = World::with_hosts(hosts, 8848);
    let text = "java.net.UnknownHostException: nacos-3.nacos";
    world.logs(0, 1, vec![hits("C21", Some(world.peer(2, 1001)), None, 60, 3, "dns", text)]);
    assert_eq!(world.codes(), [r#"net.dns["n1"]"#]);
    let mut world = World::new(3);
    world.logs(0, 1, vec![hits("C21", Some(world.peer(2, 1001)), None, 60, 3, "timeout", "Waited 3000")]);
    assert_eq!(world.codes(), [r#"net.one_way["n1", "n3"]"#], "addresses in digits need no name server");
}

#[test]
fn a_name_that_two_nodes_take_for_different_hosts_is_named_with_both_answers() {
    let hosts = (1..=3).map(|number| format!("nacos-{number}.nacos")).collect();
    let mut world = World::with_hosts(hosts, 8848);
    let mut says = |index: usize, name: &str, addresses: &[&str]| {
        let node = world.name(index);
        let seen = world.observations.seen.get_mut("config.cluster_conf").and_then(|seen| seen.get_mut(&node));
        let Some(Observed::ClusterConf(conf)) = seen else { panic!("there is a cluster.conf") };
        conf.names.retain(|seen| seen.name != name);
        let addresses = addresses.iter().map(|address| address.parse().expect("an address")).collect();
        conf.names.push(NameSeen { name: name.to_owned(), addresses, by: NameBy::Hosts });
        world.diagnose()
    };
    says(0, "nacos-3.nacos", &["10.0.0.3", "fd00::3"]);
    says(2, "nacos-3.nacos", &["127.0.1.1"]);
    let fine = says(1, "nacos-3.nacos", &["10.0.0.13", "10.0.0.3"]);
    assert!(fine.causes.is_empty(), "one address in common, and its own name may be loopback: {:?}", fine.causes);
    let wrong = says(1, "nacos-3.nacos", &["10.0.0.13"]);
    let codes: Vec<Code> = wrong.causes.iter().map(|cause| cause.code).collect();
    assert_eq!(codes, [Code::NetDns]);
    assert_eq!(names(&wrong.causes[0].nodes), ["n1", "n2"], "each of the two may be right");
    let two_of_three = says(2, "nacos-3.nacos", &["10.0.0.3"]);
    assert_eq!(names(&two_of_three.causes[0].nodes), ["n2"], "the others agree");
    says(2, "nacos-3.nacos", &["127.0.1.1"]);
    let loopback = says(1, "nacos-3.nacos", &["127.0.0.1"]);
    assert_eq!(loopback.causes.len(), 1, "the name of another node is not a loopback address: {:?}", loopback.causes);
}

#[test]
fn a_helper_that_cannot_resolve_a_name_is_worth_telling() {
    let mut world = World::new(3);
    let mut seen = hits("C139", None, None, 90, 3600, "", "lookup nacos-headless on 10.96.0.10:53: no such host");
    seen.samples[0].captures.insert("host".to_owned(), "nacos-headless".to_owned());
    world.seen_logs(1).hits = vec![seen];
    let diagnosis = world.diagnose();
    assert!(diagnosis.causes.is_empty());
    let told = diagnosis.findings.iter().find(|finding| finding.code == Code::NetDns).expect("a finding");
    assert_eq!((told.outcome, told.summary.args["member"].as_str()), (Outcome::Advice, "nacos-headless"));
}

/// What a node writes of a name that it cannot resolve, now and since then.
fn unknown_host(name: &str, since_s: i64) -> SignatureHits {
    let mut seen = hits("C144", None, None, since_s, 5, "", &format!("java.net.UnknownHostException: {name}"));
    for line in &mut seen.samples {
        line.captures.insert("host".to_owned(), name.to_owned());
    }
    seen
}

#[test]
fn a_start_that_needs_a_name_waits_for_the_name() {
    let hosts = (1..=3).map(|number| format!("nacos-{number}.nacos")).collect();
    let mut world = World::with_hosts(hosts, 8848);
    world.stop(2, 1, vec![trace("START", 600, "")]);
    world.logs(0, 1, world.refused(2, 590));
    world.logs(1, 1, world.refused(2, 590));
    world.logs(2, 1, vec![unknown_host("nacos-1.nacos", 590)]);
    assert_eq!(world.codes(), [r#"net.dns["n3"]"#]);
    assert!(world.diagnose().causes[0].consequences.contains(&Code::NodeStuckStarting));
    world.logs(2, 1, vec![unknown_host("maven.example", 590)]);
    assert_eq!(world.codes(), [r#"node.stuck_starting["n3"]"#], "a name that Nacos does not need");
    let resolver = hits("C21", Some(world.peer(0, 1001)), None, 590, 3, "dns", "UnknownHostException: nacos-1.nacos");
    world.logs(2, 1, vec![resolver]);
    assert_eq!(world.codes(), [r#"net.dns["n3"]"#]);
    // A start that gave up says it once.
    let failed = vec![
        trace("START", 100, ""),
        trace("S10", 60, "Nacos failed to start, please see nacos.log for more details."),
    ];
    world.silent(2, 60, failed);
    let mut once = unknown_host("nacos-1.nacos", 62);
    (once.count, once.last) = (1, once.first);
    world.logs(2, 60, vec![once]);
    assert_eq!(world.codes(), [r#"net.dns["n3"]"#]);
}

#[test]
fn a_name_that_one_file_alone_has_is_a_line_to_mend() {
    let hosts: Vec<String> = (1..=3).map(|number| format!("nacos-{number}.nacos")).collect();
    let mut world = World::with_hosts(hosts, 8848);
    let wrong = ["nacos-1.nacos:8848", "nacos-2.nacos:8848", "nacos-33.nacos:8848"].map(str::to_owned);
    world.conf(1, &wrong);
    let text = "UnknownHostException: nacos-33.nacos";
    let asks = |host: &str| hits("C21", Some(format!("{host}:9849")), None, 600, 3, "dns", text);
    world.logs(1, 1, vec![asks("nacos-33.nacos")]);
    assert_eq!(world.codes(), [r#"config.cluster_conf_drift["n2"]"#]);
    world.logs(1, 1, vec![asks("nacos-33.nacos"), asks("nacos-1.nacos")]);
    assert!(world.codes().contains(&r#"net.dns["n2"]"#.to_owned()), "{:?}", world.codes());
}

#[test]
fn a_name_that_no_member_list_holds_any_more_is_not_asked_for_again() {
    let hosts: Vec<String> = (1..=3).map(|number| format!("nacos-{number}.nacos")).collect();
    let mut world = World::with_hosts(hosts, 8848);
    let asked =
        hits("C21", Some("nacos-9.nacos:9849".to_owned()), None, 600, 20, "dns", "UnknownHostException: nacos-9.nacos");
    for node in 0..3 {
        world.logs(node, 1, vec![asked.clone()]);
    }
    assert!(world.codes().is_empty(), "somebody took it out of every cluster.conf: {:?}", world.codes());
    let all: Vec<String> = [1, 2, 3, 9].map(|number| format!("nacos-{number}.nacos:8848")).to_vec();
    for node in 0..3 {
        world.conf(node, &all);
    }
    assert!(world.codes().iter().any(|code| code.starts_with("net.dns")), "{:?}", world.codes());
}
