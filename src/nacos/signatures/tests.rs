//! Tests of the catalogue and its matcher.

use std::collections::BTreeSet;

use super::*;

fn classify(message: &str) -> Option<Hit> {
    SignatureSet::shared().classify_parts("", message, "")
}

fn with_trace(message: &str, continuation: &str) -> Hit {
    SignatureSet::shared().classify_parts("logs/nacos.log", message, continuation).expect("a hit")
}

#[test]
fn every_entry_matches_its_own_example_and_wins() {
    for signature in CATALOGUE {
        let path = if ["C106", "C142", "C148", "S12"].contains(&signature.id) { "logs/nacos_gc.log" } else { "" };
        let hit = SignatureSet::shared().classify_parts(path, signature.example, "");
        assert_eq!(hit.as_ref().map(Hit::id), Some(signature.id), "{}", signature.example);
    }
}

#[test]
fn the_catalogue_is_well_formed() {
    let ids: BTreeSet<_> = CATALOGUE.iter().map(|signature| signature.id).collect();
    assert_eq!(ids.len(), CATALOGUE.len(), "an id stands twice");
    assert!(CATALOGUE.len() <= 256, "Bits holds 256");
    for signature in CATALOGUE {
        assert!(Regex::new(signature.pattern).is_ok(), "{}", signature.id);
        assert!(!signature.needles.is_empty(), "{}", signature.id);
        for needle in signature.needles {
            assert!(needle.chars().count() >= 3, "{}: `{needle}` is too short to filter anything", signature.id);
        }
    }
    for number in (1..=28).chain(30..=66).chain(70..=88).chain(90..=108) {
        assert!(ids.contains(format!("C{number:02}").as_str()), "C{number:02} is missing");
    }
    for number in 1..=12 {
        assert!(ids.contains(format!("S{number:02}").as_str()));
    }
}

/// Which lines a rule reads is seen here at a glance; every role is used.
#[test]
fn every_role_has_its_lines() {
    use crate::domain::observed::PortRole::{Main, Raft, ServerGrpc};
    let roles: &[(Role, &str)] = &[
        (Role::Attempt(Main), "C02"),
        (Role::Attempt(ServerGrpc), "C04 C19 C21 C22"),
        (Role::Attempt(Raft), "C31 C32 C39 C40 C41 C42 C43 C44 C112 C120"),
        (Role::Echo(None), "C01 C70 C71 C72 C73 C95"),
        (Role::Echo(Some(Main)), "C65 C66"),
        (Role::Echo(Some(ServerGrpc)), "C20 C24"),
        (Role::Echo(Some(Raft)), "C52 C53"),
        (Role::NamesPort, "C21"),
        (Role::PeerMissed, "C01 C04 C21 C22 C39 C43 C44"),
        (Role::PeerLived, "C18 C23 C35"),
        (Role::Replicates, "C39 C40"),
        (Role::NamesConnection, "C19 C23"),
        (Role::IdentityRejected, "C03 C96"),
        (
            Role::Trace,
            "S01 S02 S03 S04 S05 S06 S07 S08 S09 S10 S11 S12 C46 C48 C93 C94 C98 C99 C100 C101 C102 C110 C115 C117 \
             C118 C119 C131 C132 C133 C135 C136 C137 C147",
        ),
        (Role::Lifecycle, "S01 S02 S03 S04 S05 S06 S07 S08 S09 S10 S11 S12"),
        (Role::CleanStop, "S01 S02 S03 S06 S07 S12"),
        (Role::StartEnd, "S10 S11"),
        (Role::StartSign, "S11 C119 C147"),
        (Role::StartWaits, "C52 C54 C56 C74"),
        (Role::NamesVoters, "C34 C36 C50 C51"),
        (Role::LeaderElected, "C34 C51"),
        (Role::Leaderless, "C31 C36 C37 C52 C61"),
        (Role::QuorumMissed, "C36 C37 C52 C59"),
        (Role::RaftStopped, "C46 C48 C57 C132"),
        (Role::DbUnreachable, "C90 C91 C93 C94"),
        (Role::DbOutOfResources, "C140"),
        (Role::FilesExhausted, "C102"),
        (Role::ThreadsExhausted, "C136"),
        (Role::NativeMemory, "C137"),
        (Role::DiskFull, "C101 C110"),
        (Role::HeapFull, "C98 C99"),
    ];
    for (role, ids) in roles {
        let having: BTreeSet<_> = CATALOGUE.iter().filter(|one| one.has(*role)).map(|one| one.id).collect();
        assert!(!having.is_empty(), "no line has the role {role:?}");
        assert_eq!(having, ids.split_whitespace().collect(), "{role:?}");
        assert!(having.iter().all(|id| has_role(id, *role)));
    }
    for signature in CATALOGUE {
        for role in signature.roles {
            assert!(
                roles.iter().any(|(listed, _)| listed == role),
                "{} is {role:?}, which is not listed",
                signature.id
            );
        }
        assert!(!(signature.is_attempt() && signature.is_echo()), "{} is both", signature.id);
        let is_lifecycle = signature.id.starts_with('S');
        assert_eq!(signature.has(Role::Lifecycle), is_lifecycle, "{}: `S..` are the course of starts", signature.id);
    }
}

#[test]
fn what_is_stored_is_compared_as_text() {
    let stored = |text: &str| text.to_owned();
    assert!(stored("S11") == SignatureId::STARTED && stored("S10") != SignatureId::STARTED);
    for unknown in [unknown_id("a shape"), stored("U:other"), stored("C999"), String::new()] {
        assert!(find(&unknown).is_none() && !has_role(&unknown, Role::Trace) && unknown != SignatureId::STARTED);
    }
}

/// The words must not hide a match of the pattern: both spellings of every alternative are tried.
#[test]
fn alternatives_pass_the_word_filter() {
    for (id, line) in [
        ("S01", "[WatchFileCenter] already closed"),
        ("S04", "[ConfigServer-HttpClientManager] Completed destruction of NacosRestTemplate"),
        ("S06", "Nacos GrpcClusterServer Rpc server stopped successfully..."),
        ("S07", "========= The raft protocol is starting to close ========="),
        ("S07", "========= The raft protocol has been closed ========="),
        ("S08", "The number of active nodes decrement to 4."),
        ("S08", "Shutting down FSMCaller..."),
        ("S10", "Startup errors : "),
        ("S11", "Nacos started successfully in cluster mode with embedded storage in 21345 ms"),
        ("S11", "Nacos started successfully in cluster mode. use embedded storage"),
        ("C11", "[serverlist] exception, error : java.net.UnknownHostException"),
        ("C17", "Naming health check fail."),
        ("C18", "[1718000000000_10.0.0.1_51234]Request stream onCompleted, switch server"),
        ("C21", "Server check fail, please check server 10.0.0.2, port 9849 is available, error ={}"),
        ("C59", "errMsg: ConsistencyException: Could not find leader : nacos_config"),
        ("C93", "HikariPool-2 - Error thrown while acquiring connection from data source"),
        (
            "C121",
            "Send request fail, request = MemberReportRequest{headers={}}, retryTimes = 1, errorMessage = java.util.concurrent.TimeoutException",
        ),
        (
            "C24",
            "[Cluster-10.0.0.2:8848] Send request fail, request = X{}, retryTimes = 0, errorMessage = Client not connected, current status:STARTING",
        ),
        ("S10", "Application run failed"),
        ("N03", "Table/View 'ROLES' already exists in Schema 'NACOS'."),
        ("N12", "[migrate] config_info_gray namespace migrate update from empty failed, skipped"),
        ("N13", "Node <g/10.0.0.1:7848> reject term_unmatched AppendEntriesRequest from 10.0.0.2:7848, term=1"),
        ("C22", "[a] fail to connect server,after trying 1 times, last try server is {serverIp = 'x'},error = unknown"),
        ("C38", "Node <g/10.0.0.1:7848> ignore PreVoteRequest from 10.0.0.2:7848 as it is not in conf <c>."),
        ("C44", "There has been some transient failure on this channel 10.0.0.2:7848."),
        ("C44", "This channel 10.0.0.2:7848 has started shutting down. Any new RPCs should fail immediately."),
        ("C44", "Channel in TRANSIENT_FAILURE state: 10.0.0.2:7848."),
        ("C48", "**Critical error**, fail to appendEntries."),
        ("C48", "Execute batch failed with io exception."),
        ("C56", "Raft linear read failed, go to Leader read logic : java.util.concurrent.TimeoutException"),
        ("C58", "There was an error saving the snapshot , error : x"),
        ("C60", "========= The raft protocol is starting... ========="),
        ("C63", "NACOS-RAFT beat failed: 500, peer: 10.0.0.2:8848"),
        ("C77", "Target 10.0.0.2:8848 verify client 1_1_1 failed, sync new client"),
        ("C83", "[NACOS-PUSH] failed to push serviceName: a@@b to client, error: x"),
        ("C138", "HikariPool-1 - Thread starvation or clock leap detected (housekeeper delta=1m)."),
        ("C99", "Dumping heap to /x/java_heapdump.hprof ..."),
        ("C101", "java.io.IOException: read-only file system"),
        ("C110", "磁盘满，自杀退出"),
        ("C117", "Web server failed to start. Port 8848 was already in use."),
        ("C117", "java.net.BindException: 地址已在使用"),
        ("C101", "java.io.IOException: 设备上没有空间"),
        ("C101", "java.io.IOException: 只读文件系统"),
        ("C102", "java.io.IOException: 打开的文件过多"),
        ("C118", "Access denied for user 'nacos'@'10.0.0.1' (using password: YES)"),
        ("C120", "Fail to init sending channel to 10.0.0.2:7848, group: naming_persistent_service."),
        ("N04", "Syntax error: Encountered \"*\" at line 1, column 8."),
        ("C149", "got exception. user not found!"),
        ("C149", "got exception. caused: Request method 'PATCH' not supported;"),
        ("C149", "got exception. Required request parameter 'ip' for method parameter type String is not present"),
        ("C149", "got exception. parameter missing Required parameter 'dataId' type String is not present"),
    ] {
        assert_eq!(classify(line).as_ref().map(Hit::id), Some(id), "{line}");
    }
}

#[test]
fn ordinary_lines_hit_nothing() {
    for line in [
        "",
        "Current addressing mode selection : FileConfigMemberLookup",
        "start a new rpc client to member - > : Member{ip='10.0.0.2', port=8848, state=UP, extendInfo={raftPort=7848}}",
        "[PUSH-SUCC] 67ms, all delay time 598ms, SLA 598ms, Service{namespace='public'}, originalSize=1, DataSize=1, target=192.0.2.2",
        "[DISTRO-END] DistroKey{resourceKey='a', resourceType='b', targetServer='10.0.0.2:8848'} result: true",
        "Connection transportReady,connectionId = 1795362998384_10.0.0.3_45438 ",
        "-XX:+HeapDumpOnOutOfMemoryError -XX:HeapDumpPath=/x/logs/java_heapdump.hprof",
        "GC(12) Pause Full (Allocation Failure) 1999M->1890M(2048M) 5321.123ms",
    ] {
        assert!(classify(line).is_none(), "{line}");
    }
}

#[test]
fn the_peer_is_the_main_address() {
    for (line, peer) in [
        ("report the metadata to the unhealthy node : 10.0.0.2:8848", Some("10.0.0.2:8848")),
        (
            "failed to report new info to target node : 10.0.0.2:8848, error : caused: Connection refused;",
            Some("10.0.0.2:8848"),
        ),
        ("Server check fail, please check server 10.0.0.2 ,port 9849 is available , error ={}", Some("10.0.0.2:8848")),
        (
            "[Cluster-10.0.0.2:8848] Server healthy check fail, currentConnection = 1718000000000_10.0.0.1_51234",
            Some("10.0.0.2:8848"),
        ),
        ("[a1b2_config-0] Server healthy check fail, currentConnection = 1718000000000_10.0.0.1_51234", None),
        ("Node <g/10.0.0.1:7848> PreVote to 10.0.0.2:7848 error: Status[EINTERNAL<1004>: x].", Some("10.0.0.2:8848")),
        (
            "Channel[10.0.0.2:7848] in [INACTIVE] state 3 times, it has been removed from the pool.",
            Some("10.0.0.2:8848"),
        ),
        ("There has been some transient failure on this channel 10.0.0.3:7848.", Some("10.0.0.3:8848")),
        ("NACOS-RAFT vote failed: 500, url: http://10.0.0.2:8848/nacos/v1/ns/raft/vote", Some("10.0.0.2:8848")),
        ("member leave,destroy client of member - > : Cluster-10.0.0.2:8848", Some("10.0.0.2:8848")),
        ("Failed to communicate with the node : Member{ip='10.0.0.3', port=8848, state=DOWN}", Some("10.0.0.3:8848")),
        (
            "[DISTRO-FAILED] Sync distro data failed! key: DistroKey{resourceKey='a', resourceType='b', targetServer='10.0.0.2:8848'}",
            Some("10.0.0.2:8848"),
        ),
        ("[1718000000000_10.1.1.1_5000]Unregister Out dated connection....", Some("10.1.1.1")),
        ("Fail to init sending channel to 10.0.0.2:7848, group: naming_persistent_service.", Some("10.0.0.2:8848")),
        (
            "onStopFollowing: LeaderChangeContext [leaderId=10.0.0.2:7848, term=3, status=Status[ERAFTTIMEDOUT<10001>: x]].",
            Some("10.0.0.2:8848"),
        ),
    ] {
        assert_eq!(classify(line).and_then(|hit| hit.peer).as_deref(), peer, "{line}");
    }
    let hit = classify("Fail to issue RPC to 10.0.0.2:7848, consecutiveErrorTimes=11, error=Status[EINTERNAL<1004>: x], groupId=nacos_config").expect("hit");
    assert_eq!(hit.group.as_deref(), Some("nacos_config"));
    assert_eq!(hit.captures["peer"], "10.0.0.2:7848", "the raw port stays in the capture");
    let hit = classify(
        "Fail to start replicator to peer=10.0.0.2:7848, replicatorType=Follower, groupId=naming_persistent_service.",
    )
    .expect("hit");
    assert_eq!(hit.group.as_deref(), Some("naming_persistent_service"));
}

#[test]
fn the_cause_is_read_from_the_continuation() {
    let frozen = with_trace(
        "Server check fail, please check server 10.0.0.3 ,port 9849 is available , error ={}",
        "java.util.concurrent.TimeoutException: Waited 3000 milliseconds (plus 2 milliseconds, 1 nanoseconds delay) for GrpcFuture\n\tat a.b(C.java:1)",
    );
    assert_eq!(frozen.id(), "C21");
    let waited = "java.util.concurrent.TimeoutException: Waited 3000 milliseconds";
    assert!(frozen.captures.values().any(|text| text.starts_with(waited)), "{:?}", frozen.captures);
    let killed = with_trace(
        "Server check fail, please check server 10.0.0.3 ,port 9849 is available , error ={}",
        "java.util.concurrent.ExecutionException: io.grpc.StatusRuntimeException: UNAVAILABLE: io exception\n\tat x\nCaused by: io.grpc.StatusRuntimeException: UNAVAILABLE: io exception\n\t... 5 more\nCaused by: java.net.ConnectException: Connection refused",
    );
    assert_eq!(killed.captures["root"], "java.net.ConnectException: Connection refused");
}

#[test]
fn what_stands_on_continuation_lines_is_found() {
    for (message, continuation, id, also) in [
        (
            "Something odd",
            "java.io.IOException: Failed to bind to address 0.0.0.0/0.0.0.0:9848\n\tat x\nCaused by: java.net.BindException: Address already in use",
            "C117",
            vec![],
        ),
        ("Fail to save raft meta", "java.io.IOException: No space left on device", "C48", vec!["C101"]),
        ("Check changed gray configs error", "java.io.IOException: No space left on device", "C101", vec![]),
        (
            "cluster member node persistence failed : caused: x;",
            "java.io.IOException: No space left on device",
            "C15",
            vec!["C101"],
        ),
        (
            "Startup errors : ",
            "java.lang.IllegalStateException: x\nCaused by: java.net.BindException: Address already in use",
            "S10",
            vec!["C117"],
        ),
        ("anything", "java.lang.OutOfMemoryError: Java heap space\n\tat x", "C98", vec![]),
        (
            "[db-error] org.springframework.jdbc.UncategorizedSQLException: x; Error writing file 'b.7' (OS errno 28 - No space left on device)",
            "org.springframework.jdbc.UncategorizedSQLException: x\nCaused by: java.sql.SQLException: Error writing file 'b.7' (OS errno 28 - No space left on device)",
            "C92",
            vec!["C140"],
        ),
        (
            "publish config error",
            "Caused by: java.sql.SQLException: Can't open file: './n/h.ibd' (errno: 24 - Too many open files)",
            "C140",
            vec![],
        ),
        (
            "[db-error] org.springframework.jdbc.CannotGetJdbcConnectionException: x",
            "Caused by: com.mysql.cj.jdbc.exceptions.CommunicationsException: x\nCaused by: java.net.SocketException: Too many open files",
            "C92",
            vec!["C102"],
        ),
        (
            "[PUSH-FAIL] 12ms, Service{}, reason=errCode: 500, errMsg: Client error: java.io.IOException: No space left on device , target=10.40.7.33",
            "",
            "C82",
            vec![],
        ),
        (
            "failed to report new info to target node by grpc : 10.0.0.2:8848, error : caused: No space left on device;",
            "",
            "C04",
            vec![],
        ),
        (
            "HikariPool-1 - Failed to validate connection com.mysql.cj.jdbc.ConnectionImpl@1 (No operations allowed after connection closed.)",
            "",
            "C141",
            vec![],
        ),
        (
            "[1795300000000_10.40.8.99_40000]error on request stream",
            "io.grpc.StatusRuntimeException: INTERNAL: http2 exception\nCaused by: Http2Exception: HTTP/2 client preface string missing or corrupt. Hex dump",
            "C143",
            vec![],
        ),
        (
            "Startup errors : ",
            "java.lang.IllegalStateException: x\nCaused by: java.lang.OutOfMemoryError: Java heap space\n\tat com.alipay.sofa.jraft.storage.io.ProtoBufFile.load(ProtoBufFile.java:75)",
            "S10",
            vec!["C132", "C98"],
        ),
        (
            "failed to report new info to target node by grpc : 10.0.0.2:8848, error : caused: Client not connected, current status:UNHEALTHY;",
            "",
            "C04",
            vec![],
        ),
        (
            "processor : a, stateMachine meet critical error: java.lang.OutOfMemoryError: Java heap space.",
            "",
            "C57",
            vec!["C98"],
        ),
    ] {
        let hit = with_trace(message, continuation);
        assert_eq!(hit.id(), id, "{message}");
        assert_eq!(hit.also.iter().map(|signature| signature.id).collect::<Vec<_>>(), also, "{message}");
    }
}

/// What a request handler logs is the sender's fault only where its exception is one of a wrong request.
#[test]
fn a_request_that_is_wrong_is_told_from_one_that_fails() {
    let id = |message: &str, continuation: &str| {
        let set = SignatureSet::shared();
        set.classify_parts("logs/nacos.log", message, continuation).map(|hit| hit.id())
    };
    let login = "\norg.springframework.security.core.userdetails.UsernameNotFoundException: User bob not found\n\tat x";
    assert_eq!(id("CONSOLE /nacos/v1/auth/login", login), Some("C149"));
    let method = "\norg.springframework.web.HttpRequestMethodNotSupportedException: Request method 'PUT' not supported";
    assert_eq!(id("CONSOLE /nacos/v1/console/health", method), Some("C149"));
    for (message, continuation) in [
        ("CONSOLE /nacos/v1/auth/login", "\njava.lang.NullPointerException\n\tat x"),
        ("CONSOLE /x", "\njava.lang.RuntimeException: x\nCaused by: org.springframework.a.BadCredentialsException: y"),
        ("got exception. caused: errCode: 500, errMsg: No leader;", ""),
        ("got exception. token invalid!", ""),
    ] {
        assert_ne!(id(message, continuation), Some("C149"), "{message}");
    }
}

#[test]
fn a_collection_that_somebody_asked_for_is_another_line() {
    let id = |text: &str| SignatureSet::shared().classify_parts("logs/nacos_gc.log", text, "").map(|hit| hit.id());
    for reason in ["System.gc()", "Heap Inspection Initiated GC", "Heap Dump Initiated GC", "Diagnostic Command"] {
        assert_eq!(id(&format!("GC(7) Pause Full ({reason}) 1210M->402M(2048M) 612.085ms")), Some("C142"));
        assert_eq!(id(&format!("3.2: [Full GC ({reason})  1210M->402M(2048M), 0.6120850 secs]")), Some("C142"));
    }
    assert_eq!(id("GC(7) Pause Full (G1 Compaction Pause) 1998M->1997M(2048M) 4217.212ms"), Some("C106"));
}

#[test]
fn a_collection_without_a_processor_is_told_from_a_long_one() {
    let id = |text: &str| SignatureSet::shared().classify_parts("logs/nacos_gc.log", text, "").map(|hit| hit.id());
    for line in [
        "[gc,cpu      ] GC(24) User=0.03s Sys=0.00s Real=2.71s",
        "[gc,cpu      ] GC(17) User=0.46s Sys=0.09s Real=22.48s",
        "[Times: user=0.03 sys=0.00, real=2.71 secs]",
    ] {
        assert_eq!(id(line), Some("C148"), "{line}");
    }
    for line in [
        "[gc,cpu      ] GC(24) User=2.03s Sys=0.10s Real=2.71s",
        "[gc,cpu      ] GC(24) User=0.03s Sys=1.70s Real=2.71s",
        "[gc,cpu      ] GC(24) User=0.03s Sys=0.00s Real=0.71s",
        "[Times: user=2.13 sys=0.00, real=2.71 secs]",
    ] {
        assert_eq!(id(line), None, "{line}");
    }
}

#[test]
fn what_java_says_when_it_refuses_a_start_is_known() {
    let id = |text: &str| SignatureSet::shared().classify_parts("logs/start.out", text, "").map(|hit| hit.id());
    for line in [
        "Error: Could not create the Java Virtual Machine.",
        "Error: Invalid or corrupt jarfile /opt/nacos/target/nacos-server.jar",
        "Error occurred during initialization of boot layer",
        "/usr/lib/jvm/jdk-17/bin/java: error while loading shared libraries: libjli.so: cannot open shared object file: No such file or directory",
        "Error: could not find libjava.so",
        "Exception in thread \"main\" java.util.zip.ZipException: zip END header not found",
        "Exception in thread \"main\" java.lang.IllegalStateException: Failed to get nested archive for entry BOOT-INF/lib/x.jar",
        "/home/nacos/bin/startup.sh: line 151: /usr/lib/jvm/jdk-17/bin/java: cannot execute binary file: Exec format error",
        "/home/nacos/bin/startup.sh: line 151: /usr/lib/jvm/jdk-17/bin/java: No such file or directory",
        "/home/nacos/bin/startup.sh:行151: /opt/jdk/bin/java: 没有那个文件或目录",
        "Error: A JNI error has occurred, please check your installation and try again",
        "Logging system failed to initialize using configuration from '/opt/nacos/conf/nacos-logback.xml'",
        "Error: LinkageError occurred while loading main class com.alibaba.nacos.Nacos\n\tjava.lang.UnsupportedClassVersionError: com/alibaba/nacos/Nacos has been compiled by a more recent version of the Java Runtime",
    ] {
        assert_eq!(id(line), Some("C133"), "{line}");
    }
    for line in [
        "INFO Error occurred during initialization of bean 'x'",
        // What Nacos itself did not stand for comes after its own words.
        "Exception in thread \"main\" java.lang.IllegalStateException: ReadIndex failed",
        "/usr/lib/jvm/java-17-openjdk-amd64/bin/java   -DembeddedStorage=true -server -Xms256m",
    ] {
        assert_ne!(id(line), Some("C133"), "{line}");
    }
}

#[test]
fn a_lost_stream_finds_its_peer_through_the_connection() {
    let mut links = Links::default();
    let opened = classify("[Cluster-10.0.0.3:8848] Success to connect a server [10.0.0.3:8848], connectionId = 1795363008330_10.0.0.1_35788").expect("hit");
    links.learn(&opened);
    let lost = with_trace(
        "[1795363008330_10.0.0.1_35788]Request stream error, switch server,error={}",
        "io.grpc.StatusRuntimeException: UNAVAILABLE: Network closed for unknown reason",
    );
    assert_eq!((lost.id(), lost.peer.as_deref(), links.peer(&lost)), ("C18", None, Some("10.0.0.3:8848")));
}

#[test]
fn any_record_can_be_classified() {
    for seed in 0..300 {
        let (message, continuation) = (crate::nacos::fuzz::text(seed, 300), crate::nacos::fuzz::text(seed + 1000, 800));
        let _ = SignatureSet::shared().classify_parts("logs/nacos.log", &message, &continuation);
    }
}
