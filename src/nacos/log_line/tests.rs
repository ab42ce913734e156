//! Tests of reading log lines.

use super::*;

fn head(line: &str) -> Head<'_> {
    parse_head(line.as_bytes()).expect("a head")
}

#[test]
fn reads_the_layouts_of_the_server_and_of_the_jvm() {
    let stamped = head("2026-11-22 15:56:21,499 INFO Current addressing mode selection");
    assert_eq!(stamped.level, Some(Level::Info));
    assert_eq!(stamped.message, b"Current addressing mode selection");
    assert_eq!(stamped.stamp.at(0).to_string(), "2026-11-22T15:56:21.499Z");
    assert_eq!(stamped.stamp.at(8 * 3600).to_string(), "2026-11-22T07:56:21.499Z");

    let piped = head("2026-11-22 16:00:49,312|10.0.0.1|app.properties|dump|ok");
    assert_eq!((piped.level, piped.message), (None, b"10.0.0.1|app.properties|dump|ok".as_slice()));

    let gc = head("[2026-11-22T15:56:04.442+0800][gc] Using G1");
    assert_eq!(gc.stamp.at(0).to_string(), "2026-11-22T07:56:04.442Z");
    let old_gc = head("2026-11-22T15:56:04.442+0000: 1.234: [Full GC (Ergonomics) 1K->1K(2K), 5.0 secs]");
    assert_eq!(old_gc.stamp.at(0).to_string(), "2026-11-22T15:56:04.442Z");

    let derby = head("Sun Nov 22 16:47:12 UTC 2026 Thread[JRaft-FSMCaller-Disruptor-0,5,main] (XID = 470)");
    assert_eq!(derby.stamp.at(0).to_string(), "2026-11-22T16:47:12.000Z");
    assert!(derby.message.starts_with(b"Thread["));
    assert_eq!(head("Sun Nov 22 16:46:18 UTC 2026:").message, b"");

    let empty = head("2026-11-22 15:56:21,499 ERROR \n");
    assert_eq!((empty.level, empty.message), (Some(Level::Error), b"".as_slice()));
    let sdk = head("2026-11-22 15:56:21.499 INFO [main:c.a.n] x");
    assert_eq!(sdk.level, Some(Level::Info));
}

#[test]
fn reads_the_stamps_of_other_layouts() {
    for (line, utc, level, message) in [
        (
            "2026-11-22T15:56:21.499+08:00  INFO 1 --- [main] c.a.nacos.Nacos : up",
            "2026-11-22T07:56:21.499Z",
            Level::Info,
            "up",
        ),
        (
            "2026-11-22T15:56:21Z  WARN 1 --- [main] c.a.nacos.Nacos :  up",
            "2026-11-22T15:56:21.000Z",
            Level::Warn,
            "up",
        ),
        ("2026-11-22T15:56:21Z WARN up", "2026-11-22T15:56:21.000Z", Level::Warn, "up"),
        ("2026-11-22T15:56:21,499 WARN up", "2026-11-22T15:56:21.499Z", Level::Warn, "up"),
        ("2026-11-22 15:56:21 INFO up", "2026-11-22T15:56:21.000Z", Level::Info, "up"),
        ("2026-11-22 15:56:21.123456+0800 INFO up", "2026-11-22T07:56:21.123Z", Level::Info, "up"),
        ("2026/11/22 15:56:21.5 ERROR up", "2026-11-22T15:56:21.500Z", Level::Error, "up"),
        ("[2026-11-22 15:56:21.499] INFO up", "2026-11-22T15:56:21.499Z", Level::Info, "up"),
    ] {
        let head = head(line);
        assert_eq!(head.stamp.at(0).to_string(), utc, "{line}");
        assert_eq!((head.level, head.message), (Some(level), message.as_bytes()), "{line}");
    }
    let go = head("2026/11/22 15:27:53 lookup nacos-headless on 10.96.0.10:53: no such host");
    assert_eq!((go.level, go.message.starts_with(b"lookup ")), (None, true));
}

#[test]
fn takes_nothing_else_for_a_stamp() {
    for line in [
        "",
        "\tat com.alipay.sofa.jraft.core.CliServiceImpl.getPeers(CliServiceImpl.java:605)",
        "2026-11-22",
        "Sun Nov 22 16:47:12",
        "Some text that is long enough to hold a stamp",
        "2026-13-22 15:56:21,499 INFO x",
        "2026-11-22 25:56:21,499 INFO x",
        "2026-11-22 15:56:21INFO x",
        "2026/11-22 15:56:21 INFO x",
        "2026-11-22T15:56:21.1234567890Z INFO x",
        "[2026-11-22 15:56:21 INFO x",
        "java.lang.IllegalStateException: 2026-11-22 15:56:21,499 INFO x",
    ] {
        assert_eq!(parse_head(line.as_bytes()), None, "{line}");
    }
}

#[test]
fn a_stamp_is_found_behind_nul_runs_and_colours() {
    let mut line = vec![0_u8; 300];
    line.extend_from_slice(b"2026-11-22 15:56:21,499 \x1b[31mWARN\x1b[0m message");
    let head = parse_head(&line).expect("a head");
    assert_eq!(head.level, Some(Level::Warn));
    assert_eq!(head.message, b"message");
    assert_eq!(decode(b"a\0\x1b[1;31mb\x1b[0mc", Encoding::Utf8), "abc");
}

#[test]
fn a_record_holds_the_stack_trace_behind_the_empty_line() {
    let log = b"tail of an earlier record\n\n2026-11-22 15:56:33,093 ERROR Failed to join the cluster, retry...\n\n\
        java.lang.IllegalStateException: Fail to get leader\n\tat a.b.C(D.java:1)\n\n2026-11-22 15:56:34,000 INFO next";
    let all: Vec<_> = records(log, 1000, 7, Layout::Stamped).collect();
    assert_eq!(all.len(), 3);
    assert_eq!((all[0].stamp, all[0].offset, all[0].line), (None, 1000, 7));
    assert_eq!((all[1].offset, all[1].line), (1027, 9));
    assert_eq!(all[1].message(), b"Failed to join the cluster, retry...");
    assert!(all[1].continuation().starts_with(b"java.lang.IllegalStateException"));
    assert!(all[1].bytes.ends_with(b"(D.java:1)"));
    assert_eq!((all[2].line, all[2].message()), (14, b"next".as_slice()));
}

#[test]
fn start_out_keeps_lines_of_the_jvm_apart() {
    let log = b"/usr/bin/java -Dnacos.home=/opt/nacos -jar x.jar\n\n  ,--.\n,--,:  : |  Nacos 2.5.1\n\
        2026-11-22 15:56:13,777 ERROR Startup errors : \n\njava.lang.IllegalStateException: x\n\tat y\n\n\
        java.lang.OutOfMemoryError: Java heap space\nDumping heap to /x.hprof ...\n# A fatal error has been detected by the Java Runtime Environment:\n#\n#  SIGSEGV (0xb) at pc=1\n";
    let starts: Vec<String> = records(log, 0, 1, Layout::Mixed)
        .map(|record| String::from_utf8_lossy(record.message()).into_owned())
        .collect();
    assert_eq!(
        starts,
        [
            "/usr/bin/java -Dnacos.home=/opt/nacos -jar x.jar",
            ",--,:  : |  Nacos 2.5.1",
            "Startup errors : ",
            "java.lang.OutOfMemoryError: Java heap space",
            "Dumping heap to /x.hprof ...",
            "# A fatal error has been detected by the Java Runtime Environment:",
        ]
    );
    let last = records(log, 0, 1, Layout::Mixed).last().expect("a record");
    assert!(last.continuation().ends_with(b"SIGSEGV (0xb) at pc=1"));
}

#[test]
fn plain_files_have_one_record_a_line() {
    let records: Vec<_> = records(b"a|b\nc|d\n\ne", 0, 1, Layout::of("logs/config-pull-check.log")).collect();
    assert_eq!(records.iter().map(|record| record.line).collect::<Vec<_>>(), [1, 2, 4]);
}

#[test]
fn knows_rolled_names() {
    assert_eq!(log_name("logs/nacos.log.2026-11-21.0"), "nacos.log");
    assert_eq!(log_name("plugin-control.2026-11-21.0"), "plugin-control.log");
    assert_eq!(log_name("bin\\logs\\start.out"), "start.out");
    assert_eq!(Layout::of("logs/naming-rt.log.2026-11-21.0"), Layout::Plain);
}

#[test]
fn tells_gbk_from_utf_8() {
    let (gbk, _, _) = GBK.encode("2026-11-22 15:56:21,499 ERROR 磁盘满，自杀退出\n连接被拒绝\n");
    assert_eq!(Encoding::detect(&gbk), Encoding::Gbk);
    assert_eq!(decode(&gbk, Encoding::Gbk).lines().next(), Some("2026-11-22 15:56:21,499 ERROR 磁盘满，自杀退出"));
    let utf8 = "磁盘满，自杀退出".as_bytes();
    for cut in 0..4 {
        assert_eq!(Encoding::detect(&utf8[cut..utf8.len() - 1]), Encoding::Utf8, "cut {cut}");
    }
    assert_eq!(Encoding::detect(b"\xff\xfe\x00broken \xc3\x28\n\xff\xff\xff\n"), Encoding::Utf8);
}

#[test]
fn derives_zone_and_clock_offset_from_connection_ids() {
    let shanghai = |message: &str, civil: &str| {
        let stamp = head(civil).stamp;
        clock_hint(stamp, message)
    };
    // 2026-11-22 15:56:48.168Z
    let own = shanghai(
        "Connection transportReady,connectionId = 1795363008168_10.0.0.2_45438 ",
        "2026-11-22 23:56:48,170 INFO x",
    )
    .expect("own");
    let epoch_ms = 1_795_363_008_168;
    assert_eq!(own, ClockHint { civil_minus_epoch_ms: 28_800_002, epoch_ms, own: None, peer: None });
    let peer = shanghai(
        "[Cluster-10.0.0.2:8848] Success to connect a server [10.0.0.2:8848], connectionId = 1795363008168_10.0.0.1_51288",
        "2026-11-22 23:56:55,234 INFO x",
    )
    .expect("peer");
    assert_eq!(peer.own.as_deref(), Some("10.0.0.1"));
    assert_eq!(zone_of(&[own.clone(), peer.clone()]), Some(8 * 3600));
    assert_eq!(zone_of(std::slice::from_ref(&peer)), Some(8 * 3600));
    assert_eq!(
        clock_offsets(&[own, peer], 8 * 3600).into_iter().collect::<Vec<_>>(),
        [("10.0.0.2:8848".to_owned(), 7066)]
    );
    assert_eq!(zone_of(&[]), None);
    let old = shanghai(
        "Client connection 1795363008168_10.0.0.2_45438 disconnect, remove instances and subscribers",
        "2026-11-22 23:56:48,170 INFO x",
    );
    assert_eq!(old, None);
}

#[test]
fn stamps_print_as_they_are_read() {
    for text in ["2026-11-22 23:56:48,170", "2024-02-29 00:00:00,000", "1999-12-31 23:59:59,999"] {
        let (civil, _) = parse_local(text.as_bytes()).expect("stamp");
        assert_eq!(Stamp::text_of(Stamp::Local(civil).at(28_800), 28_800), text);
    }
}

#[test]
fn arbitrary_bytes_never_panic_and_are_covered() {
    for seed in 0..400_u64 {
        let bytes = crate::nacos::fuzz::bytes(seed, 600);
        for layout in [Layout::Stamped, Layout::Mixed, Layout::Plain] {
            for record in records(&bytes, 0, 1, layout) {
                for encoding in [Encoding::Utf8, Encoding::Gbk] {
                    let _ = (record.text(encoding), record.display(encoding, 100));
                }
            }
        }
        let _ = (Encoding::detect(&bytes), parse_head(&bytes), parse_local(&bytes));
    }
    let mut long = b"2026-11-22 15:56:21,499 INFO ".to_vec();
    long.resize(3 << 20, b'x');
    let record = records(&long, 0, 1, Layout::Stamped).next().expect("one");
    assert!(record.text(Encoding::Utf8).message.len() <= MAX_RECORD_BYTES);
}

#[test]
fn layouts_that_people_set_are_taken_apart_as_well() {
    let message = "[Cluster-1] report : failed - again";
    for (line, told) in [
        ("2026-11-22 15:28:30,373 INFO [Cluster-1] report : failed - again", message),
        ("2026-11-22 15:28:30,373 - INFO - [           main] - [Cluster-1] report : failed - again", message),
        (
            "2026-11-22 15:28:30.373  INFO 6104 --- [  main] c.a.n.core.Manager    : [Cluster-1] report : failed - again",
            message,
        ),
        ("2026-11-22 15:28:30.373 [main] INFO  c.a.n.core.Manager - [Cluster-1] report : failed - again", message),
        (
            "2026-11-22 15:28:30.373 INFO  [main] com.alibaba.nacos.Manager - [Cluster-1] report : failed - again",
            message,
        ),
        ("2026-11-22 15:28:30.373 INFO  com.alibaba.nacos.Manager - [Cluster-1] report : failed - again", message),
        // As Nacos writes: brackets, colons and dashes of its own.
        ("2026-11-22 15:28:30,373 INFO [dump-all] ok : 3 - 4", "[dump-all] ok : 3 - 4"),
        ("2026-11-22 15:28:30,373 INFO java.lang.OutOfMemoryError: full", "java.lang.OutOfMemoryError: full"),
        ("2026-11-22 15:28:30,373 INFO 12 --- no thread", "12 --- no thread"),
        ("2026-11-22 15:28:30,373 INFO nacos.log - rolled", "nacos.log - rolled"),
    ] {
        let head = parse_head(line.as_bytes()).expect("a record");
        assert_eq!(head.level, Some(Level::Info), "{line}");
        assert_eq!(String::from_utf8_lossy(head.message), told, "{line}");
    }
    let plain = parse_head(b"2026-11-22 15:28:30,373 [main] something").expect("a record");
    assert_eq!((plain.level, plain.message), (None, &b"[main] something"[..]));
}

#[test]
fn a_warning_of_the_jvm_is_no_part_of_the_record_above() {
    let text = "2026-11-19 15:30:00,000 INFO Nacos started successfully\n\n\
                [warning][os,thread] Failed to start thread \"x\" - pthread_create failed (EAGAIN)\n";
    let found: Vec<_> = records(text.as_bytes(), 0, 1, Layout::Mixed).map(|record| record.stamp.is_some()).collect();
    assert_eq!(found, [true, false]);
}
