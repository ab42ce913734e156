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
