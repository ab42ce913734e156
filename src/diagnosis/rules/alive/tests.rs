//! Whole verdicts on what a running node says of itself: what was seen goes in, the ranked causes come out.

use crate::nacos::properties::{Inputs, SecretHasher, effective};
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

/// The settings of every node: one external database, and how a connection to it ended.
fn on_database(world: &mut World, nodes: usize, result: PortResult, refusal: Option<&str>) {
    for index in 0..nodes {
        let file = Some(b"db.url.0=jdbc:mysql://db:3306/nacos\n".as_slice());
        let mut seen = effective(&Inputs::of_file(file, SecretHasher::new(b"key")));
        let target = "db:3306".to_owned();
        let refusal = refusal.map(str::to_owned);
        seen.reached = vec![DatabaseReached { target, result: Some(result), tries: (1, 1), detail: None, refusal }];
        let name = world.name(index);
        world.observations.put("config.properties", name, Observed::Properties(seen));
    }
}

#[test]
fn a_database_that_answers_and_refuses_nodes_that_run_is_not_unreachable() {
    const DOWN: &str = "ERROR [db-error] master db 10.0.5.1 down.";
    let said = |lines: &[(&str, &str)], result: PortResult| {
        let mut world = World::new(3);
        on_database(&mut world, 3, result, None);
        for node in 0..3 {
            let mut own = vec![hits("C90", None, None, 118, 6, "", DOWN)];
            // One of them names the reason.
            let reasons = lines.iter().filter(|_| node == 1);
            own.extend(reasons.map(|(id, text)| hits(id, None, None, 118, 6, "", text)));
            for hits in &mut own {
                hits.last = Some(ago(5));
            }
            world.logs(node, 1, own);
        }
        let top = world.diagnose().causes.into_iter().next().expect("a cause");
        assert!(!top.do_not.iter().any(|text| text.key == "donot-start-unchanged"), "all of them run");
        (top.code, top.summary.key, names(&top.nodes).join(","))
    };
    let all = |code: Code, key: &str| (code, key.to_owned(), "n1,n2,n3".to_owned());
    let denied = ("C118", "java.sql.SQLException: Access denied for user 'nacos'@'10.0.0.1' (using password: YES)");
    let full =
        ("C118", "SQLNonTransientConnectionException: Data source rejected establishment, \"Too many connections\"");
    let key = ("C92", "SQLNonTransientConnectionException: Public Key Retrieval is not allowed");
    let column = ("C92", "SQLSyntaxErrorException: Unknown column 'encrypted_data_key' in 'field list'");
    assert_eq!(said(&[], PortResult::Timeout), all(Code::DbUnreachable, "cause-db-unreachable"));
    assert_eq!(said(&[], PortResult::Silent), all(Code::DbUnreachable, "cause-db-unusable"), "it may hang");
    assert_eq!(said(&[], PortResult::Open), all(Code::DbRefuses, "cause-db-refuses"));
    assert_eq!(said(&[denied], PortResult::Open), all(Code::DbRefuses, "cause-db-refuses-login"));
    assert_eq!(said(&[full], PortResult::Open), all(Code::DbRefuses, "cause-db-refuses-connections"));
    assert_eq!(said(&[key], PortResult::Open), all(Code::DbRefuses, "cause-db-refuses-key"));
    assert_eq!(said(&[column], PortResult::Open), all(Code::DbRefuses, "cause-db-refuses-schema"));
    assert_eq!(
        said(&[denied], PortResult::Refused),
        all(Code::DbUnreachable, "cause-db-unreachable"),
        "it is gone by now"
    );
}

#[test]
fn what_an_exception_gives_as_its_last_reason_tells_whether_a_database_is_reached() {
    let said = |root: Option<&str>| {
        let mut world = World::new(3);
        let down = hits("C90", None, None, 50, 5, "", "ERROR [db-error] master db 10.0.5.1 down.");
        let pool = "ERROR [db-error] org.springframework.jdbc.CannotGetJdbcConnectionException: Failed to obtain one";
        let mut error = hits("C92", None, None, 40, 3, "", pool);
        for line in &mut error.samples {
            line.captures.extend(root.map(|root| ("root".to_owned(), root.to_owned())));
        }
        world.logs(1, 1, vec![down, error]);
        let top = world.diagnose().causes.into_iter().next().expect("a cause");
        (top.code, top.summary.key)
    };
    assert_eq!(said(None), (Code::DbUnreachable, "cause-db-unusable".to_owned()));
    let refused = said(Some("java.net.ConnectException: Connection refused (Connection refused)"));
    assert_eq!(refused, (Code::DbUnreachable, "cause-db-unreachable".to_owned()));
    let denied = said(Some("com.mysql.cj.exceptions.CJException: Access denied for user 'nacos'@'10.0.0.2'"));
    assert_eq!(denied, (Code::DbRefuses, "cause-db-refuses-login".to_owned()));
}

#[test]
fn a_database_that_has_just_come_back_is_not_said_to_refuse() {
    let said = |health: &str| {
        let mut world = World::new(3);
        on_database(&mut world, 3, PortResult::Open, None);
        (0..3).for_each(|node| answering(&mut world, node));
        let mut down = hits("C90", None, None, 118, 6, "", "ERROR [db-error] master db 10.0.5.1 down.");
        down.last = Some(ago(15));
        world.logs(1, 1, vec![down]);
        let health = HttpSeen { body: health.to_owned(), ..http("/v1/cs/health", Some(200), 5) };
        set_view(&mut world, 1, |_, view| view.config_health = Some(health));
        world.codes()
    };
    assert_eq!(said("DOWN:master db (10.0.5.1) down. "), [r#"db.refuses["n2"]"#]);
    assert!(!said("UP").iter().any(|code| code.starts_with("db.")), "{:?}", said("UP"));
}

#[test]
fn what_nacos_limits_itself_is_not_said_of_its_database() {
    let mut world = World::new(3);
    on_database(&mut world, 3, PortResult::Open, None);
    let limit = "ERROR connection control: Too many connections from 10.0.0.9";
    world.logs(1, 1, vec![hits("C105", None, None, 20, 1, "", limit)]);
    assert!(!world.codes().iter().any(|code| code.starts_with("db.refuses")), "{:?}", world.codes());
}

#[test]
fn a_database_that_turns_connections_away_says_so_itself() {
    let mut world = World::new(2);
    on_database(&mut world, 2, PortResult::Open, Some("1040: Too many connections"));
    let top = world.diagnose().causes.into_iter().next().expect("a cause");
    assert_eq!((top.code, top.confidence), (Code::DbRefuses, Confidence::Likely));
    let mut world = World::new(2);
    on_database(&mut world, 2, PortResult::Open, None);
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

/// The check that looks at the node's files for its stop and starts ran out of time; its logs tell of the start as well.
#[test]
fn a_heap_that_an_earlier_process_ran_out_of_says_nothing_of_the_one_that_runs() {
    let heap = "java.lang.OutOfMemoryError: Java heap space";
    let codes = |out_of_memory: SignatureHits, started_s: Option<i64>| {
        let mut world = World::new(3);
        let name = world.name(2);
        world.observations.seen.get_mut("node.stop").and_then(|seen| seen.remove(&name)).expect("it was seen");
        let out_of_time = Missing { reason: Message::new("why"), why: MissingWhy::TimedOut };
        world.observations.put_missing("node.stop", name, out_of_time);
        let started = started_s.map(|at_s| hits("S11", None, None, at_s, 1000, "", "Nacos started successfully"));
        world.logs(2, 1, started.into_iter().chain([out_of_memory]).collect());
        world.codes()
    };
    let own = [r#"node.oom_java["n3"]"#];
    let earlier = || hits("C98", None, None, 225, 1000, "", heap);
    assert!(codes(earlier(), Some(190)).is_empty());
    assert_eq!(codes(earlier(), Some(300)), own);
    assert!(codes(earlier(), None).is_empty(), "its start may stand in what was not read");
    assert_eq!(codes(hits("C98", None, None, 60, 3, "", heap), None), own);
}

/// The refusal stands in the record of whatever tried to write; the node itself goes on reading.
#[test]
fn a_database_that_takes_no_changes_is_told_in_the_words_of_each_kind() {
    let spring =
        "org.springframework.dao.TransientDataAccessResourceException: PreparedStatementCallback; SQL [UPDATE x]; ";
    for (id, text) in [
        ("C125", "The MySQL server is running with the --read-only option so it cannot execute this statement"),
        ("C125", "The MySQL server is running with the --super-read-only option so it cannot execute this statement"),
        ("C91", "The MariaDB server is running with the --read-only option so it cannot execute this statement"),
        ("U:0badcafe", "org.postgresql.util.PSQLException: ERROR: cannot execute UPDATE in a read-only transaction"),
        ("C92", "Cannot execute statement in a READ ONLY transaction."),
        ("C92", "Connection is read-only. Queries leading to data modification are not allowed"),
    ] {
        let said = |last_s: i64| {
            let mut world = World::new(3);
            let text = format!("ERROR [x] something failed\n\n{spring}{text}");
            let mut lines = hits(id, None, None, last_s, 1000, "", &text);
            lines.last = Some(ago(last_s));
            world.logs(1, 1, vec![lines]);
            let top = world.diagnose().causes.into_iter().next();
            top.map(|top| (top.code, top.summary.key, top.confidence, top.action[0].key.clone()))
        };
        let told = |confidence| {
            let (cause, action) = ("cause-db-refuses-read-only".to_owned(), "action-db-writable".to_owned());
            Some((Code::DbRefuses, cause, confidence, action))
        };
        assert_eq!(said(5), told(Confidence::Certain), "{text}");
        assert_eq!(said(200), told(Confidence::Likely), "{text}: somebody publishes now and then");
        assert_eq!(said(400), None, "{text}: it may have been ended since");
    }
}
