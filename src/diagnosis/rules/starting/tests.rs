//! Whole verdicts on starts: what was seen goes in, the ranked causes come out.

use crate::world::*;

#[test]
fn a_failed_start_wins_over_its_stop_lines_and_names_its_reason() {
    let mut world = World::new(3);
    let mut traces =
        vec![trace("START", 100, ""), trace("S10", 70, "Startup errors : \nCaused by: Port 8848 was already in use.")];
    traces.extend(clean(69));
    world.silent(2, 69, traces);
    world.logs(0, 1, world.refused(2, 200));
    assert_eq!(world.codes(), [r#"node.start_failed["n3"]"#]);
    let mut traces = vec![
        trace("START", 100, ""),
        trace("S10", 70, "Startup errors : \nCaused by: CommunicationsException: Communications link failure"),
    ];
    traces.extend(clean(69));
    world.silent(2, 69, traces);
    assert_eq!(world.codes(), [r#"db.unreachable["n3"]"#]);
    let mut traces =
        vec![trace("START", 100, ""), trace("S10", 70, "Startup errors : \nFail to init RocksDBLogStorage, path=x")];
    traces.extend(clean(69));
    world.silent(2, 69, traces);
    assert_eq!(world.codes(), [r#"raft.storage_corrupt["n3"]"#]);
}

#[test]
fn a_start_without_an_end_is_stuck_only_after_a_while() {
    let mut world = World::new(3);
    world.stop(2, 1, vec![trace("START", 120, "")]);
    world.logs(0, 1, world.refused(2, 100));
    assert_eq!(world.codes(), [r#"node.stuck_starting["n3"]"#]);
    world.stop(2, 1, vec![trace("START", 20, "")]);
    let diagnosis = world.diagnose();
    assert_eq!((diagnosis.causes[0].code, diagnosis.health), (Code::NodeStarting, Health::Degraded));
    assert!(diagnosis.causes[0].action.iter().all(|one| one.key != "action-restart-stuck"), "{:?}", diagnosis.causes);
    // A node that took 80 s the last time may take 120.
    world.stop(2, 1, vec![trace("START", 120, "")]);
    let usual = |world: &mut World, ms: i64| {
        let seen = world.seen_stop(2);
        seen.last_start_ms = Some(ms);
    };
    usual(&mut world, 80_000);
    let diagnosis = world.diagnose();
    let told = diagnosis.findings.iter().find(|one| one.code == Code::NodeStarting).expect("it starts");
    assert_eq!((told.summary.args["seconds"].as_str(), told.summary.args["usual"].as_str()), ("120", "80"));
    assert_eq!(told.summary.key, "finding-node-starting-usual");
    usual(&mut world, 31_000);
    assert_eq!(world.codes(), [r#"node.stuck_starting["n3"]"#]);
}

#[test]
fn a_process_that_has_only_just_begun_starts_whatever_its_old_logs_say() {
    let mut world = World::new(3);
    let up = vec![trace("S11", 400, "Nacos started successfully in cluster mode.")];
    world.stop(2, 12, up);
    world.logs(2, 12, Vec::new());
    world.logs(0, 1, world.refused(2, 12));
    world.logs(1, 1, world.refused(2, 12));
    let began = |world: &mut World, ago_s: i64| {
        let seen = world.seen_stop(2);
        (seen.files_live, seen.process_table_seen) = (true, true);
        seen.process = Some(ProcessSeen {
            pid: 77,
            state: "S".into(),
            started_at: Some(ago(ago_s)),
            command: Vec::new(),
            resident_bytes: None,
            files: None,
            blocked: Some((0, 30)),
        });
    };
    began(&mut world, 4);
    assert_eq!(world.codes(), [r#"node.starting["n3"]"#]);
    began(&mut world, 500);
    let codes = world.codes();
    assert!(!codes.iter().any(|code| code.contains("start")), "{codes:?}");
}

#[test]
fn logs_that_end_in_a_start_tell_neither_killed_nor_hung() {
    let mut world = World::new(3);
    world.silent(2, 60, vec![trace("START", 66, "")]);
    world.logs(0, 1, world.refused(2, 300));
    world.logs(1, 1, world.refused(2, 300));
    let diagnosis = world.diagnose();
    let top = &diagnosis.causes[0];
    assert_eq!((top.code, top.confidence), (Code::NodeStuckStarting, Confidence::Possible), "{:?}", diagnosis.causes);
    assert_eq!(top.summary.key, "cause-node-start-broke-off");
    // Once it was up, the same refusals are those of a killed node.
    let started = vec![trace("START", 90, ""), trace("S11", 80, "Nacos started successfully in cluster mode.")];
    world.silent(2, 60, started);
    world.logs(0, 1, world.refused(2, 59));
    world.logs(1, 1, world.refused(2, 59));
    assert_eq!(world.codes(), [r#"node.killed["n3"]"#]);
}

#[test]
fn a_start_without_a_leader_names_the_others() {
    let mut world = World::new(3);
    let text = "Nacos Server did not start because dumpservice bean construction failure :\nerrCode: 500, errMsg: \
                ConsistencyException: The Raft Group [nacos_config] did not find the Leader node";
    let traces = vec![trace("START", 100, ""), trace("C131", 71, text), trace("S10", 70, "Startup errors : ")];
    world.silent(2, 69, traces);
    world.logs(0, 1, world.refused(2, 200));
    let diagnosis = world.diagnose();
    assert_eq!(world.codes(), [r#"node.start_failed["n3"]"#]);
    assert_eq!(diagnosis.causes[0].summary.key, "cause-node-start-no-leader");
    assert!(diagnosis.causes[0].action.iter().any(|text| text.key == "action-quorum-then-start"));
}

#[test]
fn a_start_that_fails_for_its_settings_says_so() {
    for (text, code, key) in [
        (
            "Caused by: java.lang.IllegalArgumentException: the length of secret key must great than or equal 32 bytes",
            Code::NodeStartFailed,
            "finding-node-start-failed-config",
        ),
        (
            "Caused by: IllegalArgumentException: Could not resolve placeholder 'db.num' in value",
            Code::NodeStartFailed,
            "finding-node-start-failed-config",
        ),
        (
            "Caused by: java.io.IOException: Failed to bind to address 0.0.0.0/0.0.0.0:9848",
            Code::NodeStartFailed,
            "finding-node-start-failed-port",
        ),
        ("Caused by: java.lang.OutOfMemoryError: Java heap space", Code::NodeOomJava, "finding-node-oom-java-start"),
    ] {
        let mut world = World::new(3);
        world.silent(2, 69, vec![trace("START", 100, ""), trace("S10", 70, &format!("Startup errors : \n{text}"))]);
        let diagnosis = world.diagnose();
        let found = diagnosis.findings.iter().find(|one| one.code == code).expect("a failed start");
        assert_eq!(found.summary.key, key);
    }
}

/// The reason of a failed start stands in the headline.
#[test]
fn a_start_that_storage_or_database_refuse_says_which_and_how() {
    let lock = "org.rocksdb.RocksDBException: While lock file: /home/nacos/data/protocol/raft/g/log/LOCK: ";
    let derby = "Caused by: ERROR XSDB6: Another instance of Derby may have already booted the database /d/derby-data.";
    let gone = "CannotGetJdbcConnectionException: Failed to obtain JDBC Connection; nested exception is ";
    for (text, code, headline) in [
        (format!("{lock}Resource temporarily unavailable"), Code::NodeDataInUse, "cause-node-data-in-use"),
        (format!("{lock}No locks available"), Code::NodeDataInUse, "cause-node-data-in-use"),
        (format!("{lock}资源暂时不可用"), Code::NodeDataInUse, "cause-node-data-in-use"),
        (derby.to_owned(), Code::NodeDataInUse, "cause-node-data-in-use"),
        (
            format!("{lock}Permission denied\ninitLogStorage failed"),
            Code::NodeStartFailed,
            "cause-node-start-failed-permission",
        ),
        (
            "Caused by: java.nio.file.AccessDeniedException: /home/nacos/data/x".to_owned(),
            Code::NodeStartFailed,
            "cause-node-start-failed-permission",
        ),
        (
            "java.sql.SQLException: Error writing './n/c.ibd' (errno: 28 - No space left on device)".to_owned(),
            Code::NodeStartFailed,
            "cause-node-start-failed-because",
        ),
        (
            "java.lang.UnsatisfiedLinkError: /tmp/librocksdbjni62.so: failed to map segment".to_owned(),
            Code::NodeStartFailed,
            "cause-node-start-failed-native",
        ),
        (
            format!("{gone}java.sql.SQLException: Access denied for user 'nacos'@'10.0.0.3' (using password: YES)"),
            Code::DbRefuses,
            "cause-db-refuses-login",
        ),
        (format!("{gone}Public Key Retrieval is not allowed"), Code::DbRefuses, "cause-db-refuses-key"),
        (
            "bad SQL grammar [SELECT 1]; nested: Unknown column 'encrypted_data_key' in 'field list'".to_owned(),
            Code::DbRefuses,
            "cause-db-refuses-schema",
        ),
        ("java.sql.SQLException: No suitable driver".to_owned(), Code::DbRefuses, "cause-db-refuses-driver"),
        (format!("{gone}The server time zone value 'CST' is unrecognized"), Code::DbRefuses, "cause-db-refuses-zone"),
        (format!("{gone}Communications link failure"), Code::DbUnreachable, "cause-db-unreachable"),
        (
            "Caused by: org.springframework.boot.context.properties.bind.BindException: Failed to bind properties under ''"
                .to_owned(),
            Code::NodeStartFailed,
            "cause-node-start-failed-config",
        ),
        ("java.net.BindException: 地址已在使用".to_owned(), Code::NodeStartFailed, "cause-node-start-failed-port"),
        ("java.io.IOException: 设备上没有空间".to_owned(), Code::NodeDiskFull, "cause-node-disk-full"),
    ] {
        let mut world = World::new(3);
        world.silent(2, 69, vec![trace("START", 100, ""), trace("S10", 70, &format!("Startup errors : \n{text}"))]);
        let diagnosis = world.diagnose();
        let top = &diagnosis.causes[0];
        assert_eq!((top.code, top.summary.key.as_str()), (code, headline), "{text}");
    }
}

#[test]
fn a_torn_raft_file_that_names_an_absurd_length_is_no_small_heap() {
    let mut world = World::new(3);
    let error = "java.lang.OutOfMemoryError: Java heap space";
    let text = format!("{error}\n\tat com.alipay.sofa.jraft.storage.io.ProtoBufFile.load(ProtoBufFile.java:75)");
    world.silent(
        2,
        69,
        vec![
            trace("START", 100, ""),
            trace("C98", 71, error),
            trace("C132", 70, &text),
            trace("S10", 70, "Startup errors : "),
        ],
    );
    let diagnosis = world.diagnose();
    assert!(!diagnosis.causes.iter().any(|cause| cause.code == Code::NodeOomJava), "{:?}", diagnosis.causes);
    assert_eq!(diagnosis.causes[0].code, Code::RaftStorageCorrupt);
}

#[test]
fn java_that_refuses_is_a_failed_start_and_a_node_that_writes_on_is_none() {
    let refused = || {
        let mut refused = trace("C133", 0, "Error: Unable to access jarfile /opt/nacos/target/nacos-server.jar");
        refused.at = None;
        refused.path = "logs/start.out".to_owned();
        refused
    };
    let mut world = World::new(3);
    world.logs(0, 1, world.refused(2, 59));
    let mut traces = clean(70);
    traces.push(refused());
    world.silent(2, 69, traces);
    let diagnosis = world.diagnose();
    assert_eq!(diagnosis.causes[0].code, Code::NodeStartFailed);
    assert!(diagnosis.findings.iter().any(|one| one.summary.key == "finding-node-start-failed-jvm"));
    let mut world = World::new(3);
    world.stop(2, 1, vec![refused()]);
    assert!(world.diagnose().causes.is_empty(), "{:?}", world.codes());

    // Seconds after an orderly stop its last lines are as young as those of a node that runs: what was written last decides.
    let after_a_stop = |written_s: Option<i64>| {
        let mut world = World::new(3);
        let mut traces = clean(4);
        traces.push(refused());
        world.silent(2, 3, traces);
        world.logs(0, 1, world.refused(2, 2));
        let seen = world.seen_stop(2);
        (seen.files_live, seen.process_table_seen) = (written_s.is_some(), written_s.is_some());
        let (path, modified) = ("logs/start.out".to_owned(), written_s.map(ago));
        seen.ends.push(FileEnd { path, modified, last_stamp: None, ..seen.ends[0].clone() });
        world.diagnose().causes[0].code
    };
    assert_eq!(after_a_stop(Some(2)), Code::NodeStartFailed);
    assert_eq!(after_a_stop(Some(900)), Code::NodeStoppedClean, "that was another start");
    assert_eq!(after_a_stop(None), Code::NodeStartFailed, "when a copy was written tells nothing");
}

#[test]
fn a_start_with_a_full_heap_is_short_of_memory() {
    let said = |text: &str| {
        let mut world = World::new(3);
        world.stop(2, 1, vec![trace("START", 60, "")]);
        world.logs(2, 1, vec![hits("C106", None, None, 50, 5, "", text)]);
        world.logs(0, 1, world.refused(2, 40));
        world.diagnose().causes.first().map(|cause| (cause.code, cause.confidence))
    };
    let full = "[2026-11-23T03:07:54.783+0000][gc] GC(636) Pause Full (G1 Compaction Pause) 38M->37M(40M) 99.200ms";
    assert_eq!(said(full), Some((Code::NodeOomJava, Confidence::Likely)));
    assert_eq!(said(&full.replace("37M(40M)", "12M(40M)")).map(|said| said.0), Some(Code::NodeStarting));
    assert_eq!(said(&full.replace("G1 Compaction Pause", "System.gc()")).map(|said| said.0), Some(Code::NodeStarting));
}

#[test]
fn a_second_start_that_fails_beside_the_node_is_not_its_end() {
    let mut world = World::new(3);
    let traces = || vec![trace("START", 245, ""), trace("S10", 240, "Nacos failed to start")];
    let beats = |world: &mut World, since_s: i64| world.seen_logs(2).connection_history = vec![(ago(since_s), 0, 0)];
    world.stop(2, 1, traces());
    beats(&mut world, 250);
    let diagnosis = world.diagnose();
    assert_eq!((diagnosis.health, world.codes()), (Health::Healthy, Vec::new()));
    assert!(diagnosis.findings.iter().any(|one| one.code == Code::NodeSecondStart && one.outcome == Outcome::Advice));
    // The node itself is killed later: the failed start does not hide that.
    world.silent(2, 60, traces());
    beats(&mut world, 250);
    world.logs(0, 1, world.refused(2, 59));
    world.logs(1, 1, world.refused(2, 59));
    assert_eq!(world.codes(), [r#"node.killed["n3"]"#]);
    // A beat that stops for the start is that of the process before it, and then of the one that failed and lingers.
    world.silent(2, 60, traces());
    beats(&mut world, 250);
    world.seen_logs(2).stalls = vec![(ago(250), ago(238))];
    assert_eq!(world.codes(), [r#"node.start_failed["n3"]"#]);
    // Without a beat before it, another process was never seen; without one after it, it is the start that failed.
    world.silent(2, 60, traces());
    beats(&mut world, 230);
    assert_eq!(world.codes(), [r#"node.start_failed["n3"]"#]);
    world.silent(2, 239, traces());
    beats(&mut world, 250);
    assert_eq!(world.codes(), [r#"node.start_failed["n3"]"#]);
    // That it found its port taken tells of another process as well, unless that was being stopped.
    let taken = "Startup errors : \nCaused by: java.io.IOException: Failed to bind to address 0.0.0.0/0.0.0.0:7848";
    let mut traces = vec![trace("START", 245, ""), trace("S10", 240, taken)];
    world.silent(2, 239, traces.clone());
    beats(&mut world, 250);
    assert_eq!(world.codes(), [r#"node.killed["n3"]"#]);
    traces.insert(0, trace("S06", 275, "Nacos GrpcSdkServer Rpc server stopping"));
    world.silent(2, 239, traces.clone());
    beats(&mut world, 250);
    assert_eq!(world.codes(), [r#"node.start_failed["n3"]"#]);
    // The start that failed ends with such lines as well.
    let mut ended = traces.clone();
    ended.remove(0);
    ended.push(trace("S06", 239, "Nacos GrpcSdkServer Rpc server stopping"));
    ended.push(trace("S07", 239, "shutdown jraft server"));
    world.silent(2, 239, ended);
    beats(&mut world, 250);
    assert_eq!(world.codes(), [r#"node.killed["n3"]"#]);
    // So did one that was tried before that.
    let mut twice = vec![trace("START", 268, ""), trace("S10", 262, taken), trace("S06", 261, "stopping")];
    twice.extend([trace("S07", 261, "shutdown jraft server"), trace("START", 245, ""), trace("S10", 240, taken)]);
    world.silent(2, 239, twice);
    world.seen_logs(2).connection_history = vec![(ago(270), 0, 0), (ago(250), 0, 0)];
    assert_eq!(world.codes(), [r#"node.killed["n3"]"#]);
    // Those were the last words of a start that failed before.
    traces.insert(0, trace("S10", 276, taken));
    world.silent(2, 239, traces);
    beats(&mut world, 250);
    assert_eq!(world.codes(), [r#"node.killed["n3"]"#]);
}

#[test]
fn a_standard_output_that_was_written_anew_tells_that_it_may_start_again() {
    let told = |stamp: Option<Timestamp>, own: Vec<StopTrace>| {
        let mut world = World::new(3);
        let mut traces = vec![trace("S11", 90_000, "Nacos started successfully in cluster mode.")];
        traces.extend(own);
        world.silent(2, 25, traces);
        world.logs(0, 1, world.refused(2, 24));
        world.logs(1, 1, world.refused(2, 24));
        let seen = world.seen_stop(2);
        seen.ends.push(FileEnd {
            path: "logs/start.out".to_owned(),
            size_bytes: 900,
            last_stamp: stamp,
            last_line: String::new(),
            modified: None,
        });
        assert_eq!(world.codes(), [r#"node.killed["n3"]"#], "how the last process ended is another matter");
        let findings = world.diagnose().findings;
        findings.iter().any(|one| one.code == Code::NodeStarting && one.outcome == Outcome::Advice)
    };
    assert!(told(None, Vec::new()));
    assert!(!told(Some(ago(25)), Vec::new()), "the process that ended wrote there");
    let own = StopTrace { path: "logs/start.out".to_owned(), at: None, ..trace("C98", 25, "OutOfMemoryError") };
    assert!(!told(None, vec![StopTrace { signature: "C119".to_owned(), ..own }]));
}

#[test]
fn a_group_that_waits_for_its_leader_does_not_hide_a_missing_database() {
    let mut world = World::new(3);
    let waits = "The Raft Group [naming_persistent_service_v2] did not find the Leader node";
    let failed = vec![
        trace("START", 100, ""),
        trace("C59", 80, waits),
        trace("S10", 70, "Startup errors : \nCaused by: CommunicationsException: Communications link failure"),
    ];
    world.silent(2, 69, failed);
    assert_eq!(world.codes(), [r#"db.unreachable["n3"]"#]);
}

#[test]
fn the_raft_port_of_a_start_that_has_not_come_to_raft_is_closed_for_all() {
    let mut world = World::new(3);
    world.stop(2, 1, vec![trace("START", 250, "")]);
    let refused = |world: &World, peer: usize| {
        let text = "UNAVAILABLE: io exception";
        vec![hits("C39", Some(world.peer(peer, -1000)), Some("naming_service_metadata"), 240, 5, "unavailable", text)]
    };
    let of_peers = refused(&world, 2);
    world.logs(0, 1, of_peers.clone());
    world.logs(1, 1, of_peers);
    assert_eq!(world.codes(), [r#"node.stuck_starting["n3"]"#]);
    // It tries itself, in vain: its groups are there, and wait for the others.
    let own = refused(&world, 0);
    world.logs(2, 1, own);
    world.logs(1, 1, Vec::new());
    assert_eq!(world.codes()[0], r#"raft.link_broken["n1", "n3"]"#, "{:?}", world.codes());
}

#[test]
fn a_jvm_that_has_just_begun_is_a_start_before_nacos_writes_a_line() {
    let mut world = World::new(3);
    let mut traces = clean(12);
    traces.insert(0, trace("S11", 900, "Nacos started successfully in cluster mode."));
    world.stop(2, 1, traces);
    world.logs(2, 1, Vec::new());
    world.logs(0, 1, world.refused(2, 12));
    world.logs(1, 1, world.refused(2, 12));
    let began = |world: &mut World, ago_s: Option<i64>| {
        let seen = world.seen_stop(2);
        seen.jvm_began = ago_s.map(ago);
    };
    began(&mut world, Some(7));
    assert_eq!(world.codes(), [r#"node.starting["n3"]"#]);
    assert_eq!(world.diagnose().findings[0].summary.args["seconds"], "7");
    // The head of the log of the process that came up long ago.
    began(&mut world, Some(930));
    assert!(!world.codes().iter().any(|code| code.starts_with("node.starting")), "{:?}", world.codes());
}

#[test]
fn a_start_that_may_not_open_a_file_names_it() {
    let lock = "org.rocksdb.RocksDBException: While open a file for lock: /d/raft/g/log/LOCK: Permission denied";
    for (text, path) in [
        (lock, "/d/raft/g/log/LOCK"),
        ("Caused by: java.nio.file.AccessDeniedException: /d/derby-data\n\tat x", "/d/derby-data"),
        ("java.io.FileNotFoundException: /d/logs/x.log (Permission denied)", "/d/logs/x.log"),
        ("java.io.FileNotFoundException: /d/logs/x.log (权限不够)", "/d/logs/x.log"),
    ] {
        let mut world = World::new(3);
        world.silent(2, 69, vec![trace("START", 100, ""), trace("S10", 70, &format!("Startup errors : \n{text}"))]);
        let diagnosis = world.diagnose();
        let found = diagnosis.findings.iter().find(|one| one.code == Code::NodeStartFailed).expect("a failed start");
        assert_eq!(found.summary.key, "finding-node-start-failed-permission-path");
        assert_eq!(found.summary.args["path"], path);
        assert_eq!(diagnosis.causes[0].action[1].key, "action-give-rights");
    }
    let mut world = World::new(3);
    let database = "Startup errors : \njava.sql.SQLException: Can't open 'x' (errno: 13 - Permission denied)";
    let answer = hits("C140", None, None, 70, 1000, "", "(errno: 24 - Too many open files)");
    world.silent(2, 69, vec![trace("START", 100, ""), trace("S10", 70, database)]);
    world.logs(2, 69, vec![answer]);
    let diagnosis = world.diagnose();
    assert_eq!(diagnosis.causes[0].summary.key, "cause-db-refuses-resources");
}

/// What the JVM of the third node wrote last, that long ago, and what is in its standard output.
fn only_a_jvm(began_s: i64, last_s: i64, stdout: Option<(&str, &str)>) -> World {
    let mut world = World::new(3);
    world.silent(2, 600, clean(601));
    for index in [0, 1] {
        world.logs(index, 1, world.refused(2, 590));
    }
    let seen = world.seen_stop(2);
    seen.jvm_began = Some(ago(began_s));
    let gc = FileEnd { path: "logs/nacos_gc.log".to_owned(), last_stamp: Some(ago(last_s)), ..seen.ends[0].clone() };
    seen.ends.insert(0, gc);
    if let Some((signature, text)) = stdout {
        let path = "logs/start.out".to_owned();
        seen.traces.push(StopTrace { path, at: None, ..trace(signature, 0, text) });
    }
    world
}

#[test]
fn a_jvm_that_refuses_its_start_has_failed_however_young_its_own_log_is() {
    for (signature, text, told) in [
        ("C133", "Error occurred during initialization of boot layer", r#"node.start_failed["n3"]"#),
        ("C133", "Error: Invalid or corrupt jarfile /opt/nacos/target/nacos-server.jar", r#"node.start_failed["n3"]"#),
        ("C133", "Logging system failed to initialize using configuration from 'x'", r#"node.start_failed["n3"]"#),
        (
            "C137",
            "# There is insufficient memory for the Java Runtime Environment to continue.",
            r#"node.memory_native["n3"]"#,
        ),
    ] {
        assert_eq!(only_a_jvm(5, 4, Some((signature, text))).codes(), [told], "{text}");
    }
    // The file is old: somebody started it in another way, and its logs go on.
    let mut world = only_a_jvm(900, 5, Some(("C133", "Error: Unable to access jarfile x")));
    world.logs(2, 1, Vec::new());
    let seen = world.seen_stop(2);
    seen.ends[1].last_stamp = Some(ago(1));
    seen.traces.retain(|trace| trace.path == "logs/start.out");
    assert!(world.codes().iter().all(|code| !code.contains("start_failed")), "{:?}", world.codes());
}

#[test]
fn a_jvm_that_has_written_nothing_of_nacos_may_be_starting_and_was_not_killed() {
    let diagnosis = only_a_jvm(87, 30, None).diagnose();
    let top = &diagnosis.causes[0];
    assert_eq!((top.code, top.confidence), (Code::NodeStuckStarting, Confidence::Possible), "{:?}", diagnosis.causes);
    // The log of its memory is that of the process that stopped.
    assert_eq!(only_a_jvm(5_000, 600, None).codes(), [r#"node.stopped_clean["n3"]"#]);
    // Nobody saw a log of Nacos: that none is younger says nothing.
    let mut world = only_a_jvm(90_000, 1, None);
    let seen = world.seen_stop(2);
    seen.ends.truncate(1);
    seen.traces.clear();
    assert!(world.codes().iter().all(|code| !code.contains("start")), "{:?}", world.codes());
}

#[test]
fn what_a_failed_start_left_listening_does_not_serve() {
    let mut world = World::new(3);
    for index in 0..3 {
        answering(&mut world, index);
    }
    let text = "Startup errors : \nCaused by: java.net.BindException: Address already in use";
    world.silent(2, 69, vec![trace("START", 100, ""), trace("S10", 70, text)]);
    let ready = |world: &mut World, ready: bool| {
        set_view(world, 2, |_, view| {
            view.ready = Some(ready);
            if let Some(metrics) = &mut view.metrics {
                metrics.status = ready.then(|| "UP".to_owned());
            }
        });
    };
    ready(&mut world, false);
    let diagnosis = world.diagnose();
    assert_eq!(diagnosis.causes[0].code, Code::NodeStartFailed, "{:?}", diagnosis.causes);
    // Somebody started it again since, where its files were not read.
    ready(&mut world, true);
    assert!(world.codes().iter().all(|code| !code.contains("start_failed")), "{:?}", world.codes());
}

/// What the log gives as the reason is told, and nothing is said of a network that nobody used.
#[test]
fn a_start_that_fails_before_anything_is_asked_says_why() {
    let load = "[db-load-error]load jdbc.properties error\nCaused by: ";
    let key = "Caused by: java.lang.IllegalArgumentException: ";
    for (text, code, headline) in [
        (format!("{load}java.lang.IllegalArgumentException: db.num is null"), Code::NodeStartFailed, "database"),
        (
            format!("{load}java.lang.IllegalArgumentException: db.password or db.password.[index] is null"),
            Code::NodeStartFailed,
            "database",
        ),
        (
            format!(
                "{load}java.lang.RuntimeException: Driver org.x.Driver claims to not accept jdbcUrl, jdbc:mysqi://db/x"
            ),
            Code::NodeStartFailed,
            "database",
        ),
        (
            format!(
                "{load}com.mysql.cj.exceptions.WrongArgumentException: Malformed database URL, failed to parse the main"
            ),
            Code::NodeStartFailed,
            "database",
        ),
        ("errCode: 500, errMsg: certPrivateKey load fail \nCaused by: x".to_owned(), Code::NodeStartFailed, "key"),
        (format!("{key}keystore password was incorrect"), Code::NodeStartFailed, "key"),
        (format!("{key}Alias name [web] does not identify a key entry"), Code::NodeStartFailed, "key"),
        (
            "Caused by: java.io.IOException: Keystore was tampered with, or password was incorrect".to_owned(),
            Code::NodeStartFailed,
            "key",
        ),
        (
            "Caused by: java.sql.SQLException: A read-only user or a user in a read-only database is not permitted to \
             disable read-only mode on a connection."
                .to_owned(),
            Code::NodeStartFailed,
            "data",
        ),
    ] {
        let mut world = World::new(3);
        world.silent(2, 69, vec![trace("START", 100, ""), trace("S10", 70, &format!("Startup errors : \n{text}"))]);
        let diagnosis = world.diagnose();
        let top = &diagnosis.causes[0];
        assert_eq!(
            (top.code, top.summary.key.clone()),
            (code, format!("cause-node-start-failed-{headline}")),
            "{text}"
        );
        assert!(!diagnosis.findings.iter().any(|one| one.code == Code::DbUnreachable), "{text}");
    }
    for (text, code, headline) in [
        (
            "java.nio.file.FileSystemException: /d/raft/x: Read-only file system",
            Code::NodeDiskFull,
            "cause-node-disk-read-only",
        ),
        (
            "org.postgresql.util.PSQLException: ERROR: cannot execute DELETE in a read-only transaction\nmaster db not found",
            Code::DbRefuses,
            "cause-db-refuses-read-only",
        ),
    ] {
        let mut world = World::new(3);
        world.silent(2, 69, vec![trace("START", 100, ""), trace("S10", 70, &format!("Startup errors : \n{text}"))]);
        let top = world.diagnose().causes.into_iter().next().expect("a cause");
        assert_eq!((top.code, top.summary.key.as_str()), (code, headline), "{text}");
    }
}

#[test]
fn a_reason_that_no_rule_knows_is_quoted() {
    let mut world = World::new(3);
    let text = "2026-11-22 16:05:01,000 ERROR Startup errors : \n\njava.lang.IllegalStateException: x\n\tat a.b(C.java:1)\n\
                Caused by: java.lang.RuntimeException: y\n\tat a.b(C.java:1)\nCaused by: com.acme.QuotaException: no seats left\n\tat a.b(C.java:1)";
    world.silent(2, 69, vec![trace("START", 100, ""), trace("S10", 70, text)]);
    world.logs(0, 1, world.refused(2, 200));
    let cause = world.diagnose().causes.remove(0);
    assert_eq!((cause.code, cause.summary.key.as_str()), (Code::NodeStartFailed, "cause-node-start-failed-because"));
    assert_eq!(cause.summary.args["text"], "com.acme.QuotaException: no seats left");
    // Without a chain the exception itself, and without one nothing.
    let first = |text: &str| {
        let mut world = World::new(3);
        world.silent(2, 69, vec![trace("START", 100, ""), trace("S10", 70, text)]);
        world.logs(0, 1, world.refused(2, 200));
        let cause = world.diagnose().causes.remove(0);
        (cause.summary.key, cause.summary.args.get("text").cloned().unwrap_or_default())
    };
    let bare = first("ERROR Startup errors : \n\njava.lang.IllegalStateException: no seats\n\tat a.b(C.java:1)");
    assert_eq!(bare.1, "java.lang.IllegalStateException: no seats");
    assert_eq!(first("ERROR Application run failed").0, "cause-node-start-failed");
    let long = first(&format!("ERROR Startup errors : \n\nx\nCaused by: {}", "y".repeat(900)));
    assert_eq!(long.1.chars().count(), 201);
}

#[test]
fn what_java_refuses_is_quoted() {
    let mut world = World::new(3);
    world.silent(
        2,
        69,
        vec![StopTrace {
            path: "logs/start.out".to_owned(),
            at: None,
            ..trace(
                "C133",
                60,
                "/opt/jdk/bin/java -jar x\nError: Invalid or corrupt jarfile /opt/nacos/target/nacos-server.jar",
            )
        }],
    );
    world.logs(0, 1, world.refused(2, 200));
    let cause = world.diagnose().causes.remove(0);
    assert_eq!(cause.summary.key, "cause-node-start-failed-jvm");
    assert_eq!(cause.summary.args["text"], "Error: Invalid or corrupt jarfile /opt/nacos/target/nacos-server.jar");
}
