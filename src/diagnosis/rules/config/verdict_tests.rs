//! Whole verdicts on settings: what was seen goes in, the ranked causes come out.

use crate::nacos::properties::{Inputs, SecretHasher, effective};
use crate::world::*;

#[test]
fn a_standalone_node_among_others_is_told() {
    let mut world = api_only();
    set_view(&mut world, 1, |_, view| {
        view.state.insert("startup_mode".to_owned(), "standalone".to_owned());
    });
    assert!(world.codes().contains(&r#"config.flags_drift["n2"]"#.to_owned()));
}

#[test]
fn nodes_that_are_all_standalone_are_in_no_cluster() {
    let started = |mode: &str| vec![trace("S11", 900, &format!("Nacos started successfully in {mode} mode."))];
    let mut world = World::new(3);
    (0..3).for_each(|index| world.stop(index, 1, started("stand alone")));
    let diagnosis = world.diagnose();
    assert_eq!(diagnosis.health, Health::Degraded);
    assert_eq!(world.codes(), [r#"config.mode["n1", "n2", "n3"]"#]);
    world.stop(2, 1, started("cluster"));
    assert_eq!(world.codes(), [r#"config.flags_drift["n1", "n2"]"#]);
    // The newest start counts.
    let mut world = World::new(3);
    for index in 0..3 {
        world.stop(
            index,
            1,
            [started("stand alone"), vec![trace("S11", 60, "started successfully in cluster mode.")]].concat(),
        );
    }
    assert_eq!(world.diagnose().health, Health::Healthy);
    // Servers that no file calls a cluster.
    let mut world = World::new(2);
    for index in 0..2 {
        world.stop(index, 1, started("stand alone"));
        let own = [world.peer(index, 0)];
        world.conf(index, &own);
    }
    assert!(!world.codes().iter().any(|code| code.starts_with("config.mode")));
}

#[test]
fn a_main_port_differs_on_purpose_where_cluster_conf_names_it() {
    let drifts = |ports: [u16; 3], members: [u16; 3]| {
        let mut world = World::new(3);
        let members: Vec<String> = (0..3).map(|index| format!("{}:{}", world.hosts[index], members[index])).collect();
        for (index, port) in ports.into_iter().enumerate() {
            world.conf(index, &members);
            let file = format!("server.port={port}\n");
            let hasher = SecretHasher::new(b"key");
            let seen = effective(&Inputs::of_file(Some(file.as_bytes()), hasher));
            world.observations.put("config.properties", world.name(index), Observed::Properties(seen));
        }
        world.codes().into_iter().filter(|code| code.starts_with("config.properties_drift")).collect::<Vec<_>>()
    };
    assert!(drifts([8848, 8858, 8868], [8848, 8858, 8868]).is_empty());
    assert!(drifts([8848, 8848, 8858], [8848, 8848, 8858]).is_empty());
    assert_eq!(drifts([8848, 8848, 8850], [8848, 8848, 8858]), [r#"config.properties_drift["n3"]"#]);
    assert_eq!(drifts([8848, 8848, 8858], [8848, 8848, 8848]), [r#"config.properties_drift["n3"]"#]);
}

#[test]
fn an_identity_that_no_member_sends_is_no_drift() {
    let codes = |ip: &str| {
        let mut world = World::new(3);
        let text = format!("WARN Invalid server identity value for serverIdentity from {ip}");
        let mut refused = hits("C96", Some(ip.to_owned()), None, 118, 3, "", &text);
        refused.level = "WARN".to_owned();
        world.logs(0, 1, vec![refused]);
        world.codes()
    };
    assert!(codes("10.40.8.99").is_empty());
    assert_eq!(codes("10.0.0.3"), [r#"config.auth_drift["n1"]"#]);
}

#[test]
fn nodes_of_which_none_counts_another_are_no_cluster() {
    let counted = |world: &mut World, index: usize, peers: i64| {
        let counts = (0..=600).rev().map(|step| (ago(step * 3), 4, peers));
        world.seen_logs(index).connection_history = counts.collect();
    };
    let mut world = World::new(3);
    (0..3).for_each(|index| counted(&mut world, index, 0));
    assert_eq!(world.codes(), [r#"config.mode["n1", "n2", "n3"]"#]);
    let cause = &world.diagnose().causes[0];
    assert_eq!((cause.summary.key.as_str(), cause.confidence), ("cause-config-mode-connections", Confidence::Likely));
    counted(&mut world, 1, 1);
    assert_eq!(world.codes(), [r#"logs.errors["n1", "n3"]"#], "they alone count none");
    counted(&mut world, 1, 0);
    world.stop(1, 1, vec![trace("START", 60, ""), trace("S11", 50, "Nacos started successfully in cluster mode.")]);
    assert!(!world.codes().iter().any(|code| code.starts_with("config.mode")), "it has only just started");
}

#[test]
fn a_cluster_that_never_left_the_mode_of_1x_is_told() {
    let said = |since_s: i64, upgraded_s: Option<i64>| {
        let mut world = World::new(3);
        for index in 0..3 {
            let mut seen = vec![hits("C145", None, None, since_s, 5, "", "upgrade check result false")];
            seen.extend(upgraded_s.map(|at_s| hits("C146", None, None, at_s, 1000, "", "Upgrade to 2.0.X")));
            world.logs(index, 1, seen);
        }
        world.codes()
    };
    assert_eq!(said(1700, None), [r#"config.mode["n1", "n2", "n3"]"#]);
    assert!(said(300, None).is_empty(), "an upgrade takes some minutes");
    assert!(said(1700, Some(0)).is_empty(), "it has just ended");
}

fn with_file(world: &mut World, index: usize, file: Option<&str>) {
    let seen = effective(&Inputs::of_file(file.map(str::as_bytes), SecretHasher::new(b"key")));
    world.observations.put("config.properties", world.name(index), Observed::Properties(seen));
}

#[test]
fn a_node_without_a_settings_file_is_no_all_clear() {
    let mut world = World::new(3);
    (0..3).for_each(|index| with_file(&mut world, index, Some("nacos.core.auth.enabled=true\n")));
    assert_eq!(world.diagnose().health, Health::Healthy);
    with_file(&mut world, 2, None);
    let diagnosis = world.diagnose();
    assert_eq!((diagnosis.health, diagnosis.causes.len()), (Health::Unknown, 0), "the copy may have left it out");
    assert_eq!(diagnosis.not_seen, [EvidencePart::Config]);
    // Where the node runs, there is none.
    let stop = world.seen_stop(2);
    stop.files_live = true;
    let diagnosis = world.diagnose();
    assert_eq!(world.codes(), [r#"config.properties_drift["n3"]"#]);
    assert_eq!(diagnosis.causes[0].summary.key, "cause-config-properties-absent");
    assert_eq!(diagnosis.causes[0].confidence, Confidence::Likely, "its settings may come from elsewhere");
    // Copies without the file everywhere hide nothing that the others have.
    let mut world = World::new(3);
    (0..3).for_each(|index| with_file(&mut world, index, None));
    assert_eq!(world.diagnose().health, Health::Healthy);
}

#[test]
fn tls_on_one_node_is_told_as_such_and_explains_its_links() {
    const PEERS: &str = "nacos.remote.peer.rpc.tls.";
    let file = |text: &str| text.replace('~', PEERS);
    let told = |files: [&str; 3]| {
        let mut world = World::new(3);
        for (index, text) in files.into_iter().enumerate() {
            with_file(&mut world, index, Some(&file(text)));
        }
        let causes = world.diagnose().causes.into_iter();
        causes.map(|one| (one.code, one.summary.key, one.summary.args["keys"].clone())).collect::<Vec<_>>()
    };
    let on = "~enableTls=true\n~compatibility=false\n~certChainFile=/a/c.pem\n~certPrivateKey=/a/k.pem\n";
    let off = "nacos.core.auth.enabled=true\n";
    let on = &format!("{off}{on}");
    let switch = (Code::ConfigPropertiesDrift, "cause-config-tls-peers".to_owned(), format!("{PEERS}enableTls"));
    assert_eq!(told([off, off, on]), [switch]);
    let spelled = &format!("{off}~enableTls=false\n~compatibility=true\n");
    assert_eq!(told([off, off, spelled]), [], "off is what it is where nothing is set");
    let elsewhere = on.replace("/a/", "/b/");
    assert_eq!(told([on, on, &elsewhere]), [], "each node has files of its own");
    let open = on.replace("compatibility=false", "compatibility=true");
    let unset = on.replace("~compatibility=false\n", "");
    assert_eq!(told([&open, &open, &unset]), [], "it is on where nothing is set");
    assert_eq!(told([on, on, &open])[0].2, format!("{PEERS}compatibility"));
    let clients = &format!("{off}nacos.remote.server.rpc.tls.enableTls=true\n");
    assert_eq!(told([off, off, clients])[0].1, "cause-config-tls-clients");
    // No node reaches it, and it reaches none.
    let mut world = World::new(3);
    for index in 0..3 {
        with_file(&mut world, index, Some(&file(if index == 2 { on } else { off })));
    }
    let failed = |world: &World, peer: usize| {
        let peer = world.peer(peer, 1001);
        vec![hits("C21", Some(peer), None, 600, 3, "unavailable", "Server check fail ... UNAVAILABLE: io exception")]
    };
    for index in 0..2 {
        let lines = failed(&world, 2);
        world.logs(index, 1, lines);
    }
    let lines = [failed(&world, 0), failed(&world, 1)].concat();
    world.logs(2, 1, lines);
    assert_eq!(world.codes(), [r#"config.properties_drift["n3"]"#]);
}

#[test]
fn the_password_of_a_key_store_may_be_another_on_each_node() {
    let mut world = World::new(3);
    for (index, own) in ["one", "two", "three"].into_iter().enumerate() {
        let file = format!("nacos.core.auth.enabled=true\nserver.ssl.key-store-password={own}\n");
        with_file(&mut world, index, Some(&file));
    }
    assert!(world.codes().is_empty(), "{:?}", world.codes());
}
