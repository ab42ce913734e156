//! Situations from public reports, as homes of three nodes each (`tests/data/cases.tar.gz`): what the program says of them, and
//! whether that is what an expert would say. The table holds the answers; an answer that is not right yet is marked, so that it
//! can only change on purpose.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::redaction;

/// How an answer stands to what an expert would say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    /// It is that.
    Right,
    /// It is not yet.
    #[expect(dead_code, reason = "all are right at present")]
    Not,
}

use Stands::Right;

/// Folder, health, causes in their order with their nodes, codes of the advice; and how that stands.
type Row = (&'static str, &'static str, &'static [&'static str], &'static [&'static str], Stands);

/// Every folder of the archive.
const ROWS: &[Row] = &[
    ("live-failed-to-bind-properties", "degraded", &["node.start_failed n2 certain"], &["logs.errors"], Right),
    ("live-just-restarted-one-way", "unknown", &[], &[], Right),
    ("live-raft-voter-missing-api", "degraded", &["raft.member_mismatch n2 likely"], &[], Right),
    ("paste-old-oom", "degraded", &["node.oom_killed n2 possible"], &[], Right),
    ("paste-oom-in-container", "degraded", &["node.oom_killed n2 certain"], &[], Right),
    ("probe-C92", "degraded", &["logs.errors n2 likely"], &[], Right),
    ("r01-lock-shared-volume", "degraded", &["node.data_in_use n3 certain"], &["logs.errors"], Right),
    ("r05-same-host-offset", "degraded", &["config.port_clash n2,n3 certain"], &["logs.errors"], Right),
    ("r06-public-key", "degraded", &["db.refuses n3 certain"], &["logs.errors"], Right),
    ("r08-secret-key", "degraded", &["node.start_failed n3 certain", "config.auth_drift n3 certain"], &[], Right),
    ("r09-schema-old", "degraded", &["db.refuses n3 certain"], &["logs.errors"], Right),
    ("r10-schema-3x", "degraded", &["db.refuses n3 certain"], &["logs.errors"], Right),
    ("r13-rocksdb-native", "degraded", &["node.start_failed n3 certain"], &[], Right),
    ("r23-open-files", "degraded", &["node.files_exhausted n2 likely"], &["logs.errors"], Right),
    ("r25-heap-unstamped", "degraded", &["node.oom_java n2 likely"], &[], Right),
    ("r25c-heap-young", "degraded", &["node.oom_java n2 likely"], &[], Right),
    ("r25d-heap-251", "degraded", &["node.oom_java n2 likely"], &[], Right),
    ("r28-pause", "degraded", &["node.paused n1 certain"], &[], Right),
    ("r30-hang-14", "degraded", &["node.hung n1 likely"], &[], Right),
    ("r36-trailing-dot", "down", &["config.self_address n1,n2,n3 certain"], &[], Right),
    ("r38-container-ip", "degraded", &["config.self_address n1,n2,n3 certain"], &[], Right),
    ("r44-poison-entry", "degraded", &["raft.state_machine_stopped n3 certain"], &[], Right),
    ("r44b-after-start", "degraded", &["raft.state_machine_stopped n3 certain"], &[], Right),
    ("r52-double-start", "healthy", &[], &["node.second_start"], Right),
    ("r55-peer-finder", "healthy", &[], &["net.dns"], Right),
    ("r57-7848-closed-start", "down", &["raft.link_broken n1,n2,n3 likely"], &[], Right),
    ("r60-zone-14", "unknown", &[], &[], Right),
    ("r65-one-host-loopback", "degraded", &["node.killed n2 certain"], &["config.cluster_conf_malformed"], Right),
    ("r67b-shell-killed-alone", "degraded", &["node.killed n2 certain"], &[], Right),
    ("r69-peer-id", "degraded", &["raft.member_mismatch n3 certain"], &[], Right),
    ("r70-all-fail-token", "down", &["node.start_failed n1,n2,n3 certain"], &[], Right),
    ("r71-derby-lock", "degraded", &["node.data_in_use n2 certain"], &[], Right),
    ("r72-one-standalone", "degraded", &["config.flags_drift n2 certain"], &[], Right),
    ("r72b-all-standalone", "degraded", &["config.mode n1,n2,n3 certain"], &[], Right),
    ("r75-disk-zh", "degraded", &["node.disk_full n2 certain"], &[], Right),
    ("r75b-disk-en", "degraded", &["node.disk_full n2 certain"], &[], Right),
    ("r77-no-self-address-251", "degraded", &["net.grpc_blocked n2 certain"], &[], Right),
    ("r78-pattern-dash", "degraded", &["net.grpc_blocked n2 certain"], &[], Right),
    ("r78c-pattern-spring", "degraded", &["net.grpc_blocked n2 certain"], &[], Right),
    ("x-twice", "degraded", &["node.killed n2 certain"], &[], Right),
];

/// Boards with a red herring (`tests/data/boards.tar.gz`): beside a quiet cause, or beside nothing at all, something loud that
/// does no harm. What that is stands behind each.
const BOARDS: &[Row] = &[
    // 600 errors of a slow database on another node.
    ("kill-beside-slow-db", "degraded", &["node.killed n2 certain"], &["logs.errors"], Right),
    // An OutOfMemoryError of yesterday.
    ("ordered-stop-oom-yesterday", "degraded", &["node.stopped_clean n2 certain"], &[], Right),
    // The same in start.out, without a time.
    ("kill-oom-yesterday", "degraded", &["node.killed n2 certain"], &[], Right),
    // Time-outs of Raft; the disk is one line.
    ("disk-full-beside-raft-timeouts", "degraded", &["node.disk_full n2 certain"], &["logs.errors"], Right),
    // Full collections of another node.
    ("hung-beside-heap-dump-gc", "degraded", &["node.hung n2 likely"], &[], Right),
    // "Severe corruption" in a warning of Derby.
    ("derby-warning-abandoned-lock", "degraded", &["node.stopped_clean n3 certain"], &[], Right),
    // A second start, which failed, of another node.
    ("second-start-beside-kill", "degraded", &["node.killed n2 certain"], &["node.second_start"], Right),
    // What Spring says in the end; what RocksDB may not open stands first.
    ("crash-loop-permission-first", "degraded", &["node.start_failed n2 certain"], &["logs.errors"], Right),
    // A connection of the pool that had been closed.
    ("healthy-hikari-validate", "healthy", &[], &[], Right),
    // "No space left on device", of the database's device.
    ("disk-of-the-database-full", "degraded", &["db.refuses n1,n2,n3 certain"], &[], Right),
    // Log-ins that fail on another node.
    ("read-only-volume-beside-logins", "degraded", &["node.disk_full n3 likely"], &["logs.errors"], Right),
    // A node that was killed, and is back.
    ("healthy-killed-and-back", "healthy", &[], &["node.flapping"], Right),
    // A crash file of last month, of a process with the same id.
    ("old-hs-err-in-container", "degraded", &["node.killed n2 certain"], &[], Right),
    // The database's full disk.
    ("ordered-stop-beside-db-disk-full", "degraded", &["node.stopped_clean n2 certain"], &["logs.errors"], Right),
    // Full collections that somebody asks for.
    ("healthy-histogram-loop", "healthy", &[], &[], Right),
    // Refusals after minutes of time-outs.
    ("hung-then-ended-by-hand", "degraded", &["node.killed n1 likely"], &["logs.errors"], Right),
];

/// An archive of the test data, unpacked.
fn unpacked(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("folder");
    let packed = std::fs::File::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name));
    let packed = flate2::read::GzDecoder::new(packed.expect("the archive"));
    tar::Archive::new(packed).unpack(folder.path()).expect("unpacked");
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn no_to_do_of_a_case_would_do_harm() {
    let cases = unpacked("cases.tar.gz");
    let folders = redaction::folders(cases.path());
    assert!(folders.len() > 30);
    for folder in folders {
        redaction::assert_harmless(&folder).await;
    }
}

#[test]
fn every_case_is_answered_as_the_table_says() {
    let right = answered("cases.tar.gz", ROWS);
    crate::support::aloud(&format!("{right} of {} reported cases are answered as an expert would", ROWS.len()));
}

#[test]
fn what_is_loud_and_does_no_harm_hides_nothing() {
    let right = answered("boards.tar.gz", BOARDS);
    crate::support::aloud(&format!(
        "{right} of {} boards with a red herring are answered as an expert would",
        BOARDS.len()
    ));
}

/// How many answers are right; fails where one is not as the table says.
fn answered(archive: &str, rows: &[Row]) -> usize {
    let folder = unpacked(archive);
    let mut folders: Vec<String> = std::fs::read_dir(folder.path())
        .expect("folder")
        .map(|entry| entry.expect("entry").file_name().into_string().expect("a name"))
        .collect();
    folders.sort();
    let mut named: Vec<&str> = rows.iter().map(|(name, ..)| *name).collect();
    named.sort_unstable();
    assert_eq!(folders, named, "every folder has its row");

    let mut wrong = BTreeMap::new();
    for (name, health, causes, advice, _) in rows {
        let (said, trace_holds) = diagnose(&folder.path().join(name));
        let wanted = (
            (*health).to_owned(),
            causes.iter().map(|cause| (*cause).to_owned()).collect::<Vec<_>>(),
            advice.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>(),
        );
        if said != wanted || !trace_holds {
            wrong.insert(*name, (said, wanted));
        }
    }
    assert!(wrong.is_empty(), "said, and wanted: {wrong:#?}");
    rows.iter().filter(|(.., stands)| *stands == Right).count()
}

/// Copies tell the same when they are asked about three hours later: what came after their end is not known, and that each of
/// the others fell silent there is not claimed.
#[test]
fn copies_that_end_before_the_moment_asked_for_are_judged_at_their_end() {
    let folder = unpacked("cases.tar.gz");
    let (mut same, mut other) = (0, Vec::new());
    for (name, _, causes, ..) in ROWS.iter().filter(|(_, _, causes, ..)| !causes.is_empty()) {
        let case = folder.path().join(name);
        if !case.join("when").exists() {
            continue;
        }
        let ((health, told, _), _) = diagnose(&case);
        std::fs::write(case.join("when"), "2026-11-22T18:30:00+00:00").expect("a moment");
        let ((later_health, later_told, _), _) = diagnose(&case);
        if (&health, &told) == (&later_health, &later_told) {
            same += 1;
        } else {
            other.push(format!("{name}: {causes:?}: {health} {told:?}, later {later_health} {later_told:?}"));
        }
    }
    assert!(other.is_empty(), "{same} tell the same, and not: {other:#?}");
    assert!(same > 20, "{same}");
}

/// What was handed in for a node that was stopped: why it was not started again, a disk that fails, an eviction; and what tells
/// nothing of it.
#[test]
fn a_text_tells_why_or_is_said_to_tell_nothing() {
    let folder = unpacked("cases.tar.gz");
    let case = folder.path().join("paste-old-oom");
    let end = "15:25:58";
    let systemd = "Nov 22 15:26:20 n2 systemd[11211]: nacos.service: Failed at step EXEC spawning /opt/nacos/bin/startup.sh: Permission denied\n";
    let other = "Nov 22 15:26:20 n2 systemd[11211]: mysqld.service: Failed at step EXEC spawning /usr/sbin/mysqld: Permission denied\n";
    let disk = format!("[Sun Nov 22 {end} 2026] EXT4-fs (vdb1): Remounting filesystem read-only\n");
    let docker = format!("\"ExitCode\": 143,\n\"FinishedAt\": \"2026-11-22T{end}Z\"\n");
    let long_ago = "[Sun Nov 22 03:00:00 2026] EXT4-fs (vdb1): Remounting filesystem read-only\n".to_owned();
    let killed = "node.killed n2 certain";
    for (text, cause, unused) in [
        (systemd.to_owned(), "node.start_failed n2 likely", false),
        (disk, "node.disk_full n2 likely", false),
        (docker, "node.stopped_clean n2 likely", false),
        (other.to_owned(), killed, true),
        (long_ago, killed, true),
        ("nothing that is known\nanother line\n".to_owned(), killed, true),
    ] {
        let file = case.join("n2-told.txt");
        std::fs::write(&file, &text).expect("a text");
        let only = |node: &str| if node == "n2" { vec![file.clone()] } else { Vec::new() };
        let ((_, causes, _), _) = said(command_with(&case, only));
        assert_eq!(causes, [cause.to_owned()], "{text}");
        let output = command_with(&case, only).output().expect("nodedown runs");
        let page = String::from_utf8_lossy(&output.stdout).into_owned();
        let first = text.lines().next().unwrap_or_default();
        assert_eq!(page.contains("no line of it was used") && page.contains(first), unused, "{page}");
    }
}

/// Each text by itself: a kernel line of months ago, one without a time, and lines that name the host's process id.
#[test]
fn every_pasted_text_is_believed_as_far_as_it_goes() {
    let folder = unpacked("cases.tar.gz");
    for (case, text, cause) in [
        ("paste-old-oom", "n2-dmesg.txt", "node.killed n2 certain"),
        ("paste-old-oom", "n2-dmesg-boot.txt", "node.oom_killed n2 possible"),
        ("paste-oom-in-container", "n2-dmesg.txt", "node.oom_killed n2 likely"),
        ("paste-oom-in-container", "n2-systemd.txt", "node.oom_killed n2 certain"),
    ] {
        let case = folder.path().join(case);
        let only = |node: &str| if node == "n2" { vec![case.join(text)] } else { Vec::new() };
        let ((health, causes, _), _) = said(command_with(&case, only));
        assert_eq!((health.as_str(), causes.as_slice()), ("degraded", [cause.to_owned()].as_slice()), "{text}");
    }
}

/// The logs of a home as a container writes them: everything on one standard output, in time.
fn as_console(home: &Path) -> Vec<String> {
    let mut records: Vec<(String, Vec<String>)> = Vec::new();
    for entry in std::fs::read_dir(home.join("logs")).expect("logs") {
        let bytes = std::fs::read(entry.expect("entry").path()).expect("a log");
        let mut inside = false;
        for line in String::from_utf8_lossy(&bytes).lines() {
            if line.starts_with("2026-") && line.len() > 23 {
                records.push((line[..23].replace(',', "."), vec![line.to_owned()]));
                inside = true;
            } else if let Some((_, lines)) = records.last_mut().filter(|_| inside) {
                lines.push(line.to_owned());
            }
        }
    }
    records.sort_by(|one, other| one.0.cmp(&other.0));
    records
        .into_iter()
        .flat_map(|(at, lines)| lines.into_iter().map(move |line| format!("{}Z|{line}", at.replacen(' ', "T", 1))))
        .collect()
}

/// Puts a stamp and a line into what a runtime keeps.
type Wrap = fn(&str, &str) -> String;

/// One stdout file a node, as container runtimes keep it, tells what the home told.
#[test]
fn logs_that_a_container_wrote_to_its_standard_output_are_read() {
    let folder = unpacked("cases.tar.gz");
    let case = folder.path().join("paste-oom-in-container");
    let wrappers: [(&str, Wrap); 3] = [
        ("docker logs -t", |at, line| format!("{} {line}", at.replace('Z', "456789Z"))),
        ("cri", |at, line| format!("{at} stdout F {line}")),
        ("docker json", |at, line| serde_json::json!({"log": format!("{line}\n"), "time": at}).to_string()),
    ];
    for (name, wrap) in wrappers {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nodedown"));
        command.args(["diagnose", "--lang", "en", "--at", "2026-11-22T15:30:00Z"]);
        for node in ["n1", "n2", "n3"] {
            let lines = as_console(&case.join(node));
            let text: String =
                lines.iter().filter_map(|line| line.split_once('|')).map(|(at, line)| wrap(at, line) + "\n").collect();
            let file = folder.path().join(format!("{node}-console.log"));
            std::fs::write(&file, text).expect("written");
            command.arg("--node").arg(format!("{node}=log:{}", file.display()));
        }
        let ((health, causes, _), _) = said(command);
        assert_eq!(
            (health.as_str(), causes.as_slice()),
            ("degraded", ["node.killed n2 likely".to_owned()].as_slice()),
            "{name}"
        );
    }
}

#[test]
fn a_finding_says_whether_its_check_saw_only_parts() {
    let folder = unpacked("cases.tar.gz");
    let (mut all, mut partly) = (0, 0);
    for (name, ..) in ROWS {
        let case = folder.path().join(name);
        let said = |format: &[&str]| command(&case).args(format).output().expect("nodedown runs").stdout;
        let json: Value = serde_json::from_slice(&said(&["--json"])).expect("JSON");
        let findings = json["findings"].as_array().expect("findings");
        let seen = |word: &str| findings.iter().filter(|one| one["seen"] == word).count();
        assert_eq!(seen("all") + seen("partly"), findings.len(), "{name}");
        let text = String::from_utf8(said(&[])).expect("text");
        // What several checks show stands in the text once, as the first of them saw it.
        let same =
            |one: &Value, other: &Value| ["code", "node", "peer", "summary"].iter().all(|key| one[key] == other[key]);
        let told: Vec<&Value> = findings
            .iter()
            .enumerate()
            .filter(|(at, one)| !findings[..*at].iter().any(|other| same(other, one)))
            .map(|(_, one)| one)
            .collect();
        for word in ["all", "partly"] {
            let expected = told.iter().filter(|one| one["seen"] == word).count();
            let shown = text.lines().filter(|line| line.starts_with("    ") && line.ends_with(']'));
            let shown = shown.filter(|line| line.contains(" (partly seen) ") == (word == "partly"));
            assert_eq!(shown.count(), expected, "{name}, {word}: {text}");
        }
        all += seen("all");
        partly += seen("partly");
    }
    assert!(all > 0 && partly > 0, "{all} of findings whose checks saw all, {partly} of others");
}

/// Health, causes and codes of the advice, and whether every cause says why it stands where it stands.
fn diagnose(case: &Path) -> ((String, Vec<String>, Vec<String>), bool) {
    said(command(case))
}

fn said(mut command: Command) -> ((String, Vec<String>, Vec<String>), bool) {
    let output = command.arg("--json").output().expect("nodedown runs");
    let json: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{command:?}: {error}: {}", String::from_utf8_lossy(&output.stderr)));
    let list = |name: &str| json[name].as_array().expect(name).clone();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let told = |cause: &Value| {
        let nodes: Vec<String> = cause["nodes"].as_array().expect("nodes").iter().map(text).collect();
        let parts = [text(&cause["code"]), nodes.join(","), text(&cause["confidence"])];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    };
    let causes: Vec<String> = list("causes").iter().map(told).collect();
    let mut advice: Vec<String> =
        list("findings").iter().filter(|one| one["outcome"] == "advice").map(|one| text(&one["code"])).collect();
    advice.sort();
    advice.dedup();
    let traced = json["trace"]["causes"].as_array().expect("traced");
    let trace_holds = traced.len() == causes.len()
        && traced.iter().all(|one| one["conditions"].as_array().is_some_and(|asked| !asked.is_empty()))
        && !json["trace"]["health"].as_array().expect("health").is_empty();
    ((text(&json["health"]), causes, advice), trace_holds)
}

/// What somebody pasted for a node of a case: `n2-dmesg.txt`.
fn pasted(case: &Path, node: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(case)
        .expect("folder")
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "txt"))
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&format!("{node}-"))))
        .collect();
    files.sort();
    files
}

/// `nodedown diagnose` of the homes of a case, with all that was pasted.
fn command(case: &Path) -> Command {
    command_with(case, |node| pasted(case, node))
}

fn command_with(case: &Path, texts: impl Fn(&str) -> Vec<PathBuf>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nodedown"));
    command.args(["diagnose", "--lang", "en"]);
    let recorded = case.join("api.rec");
    for node in ["n1", "n2", "n3"] {
        let home = case.join(node);
        let texts: String = texts(node).iter().map(|text| format!(",text={}", text.display())).collect();
        if recorded.exists() {
            command.arg("--node").arg(format!("{node}=rec:{}{texts}", recorded.display()));
        } else if home.is_dir() {
            command.arg("--node").arg(format!("{node}=dir:{}{texts}", home.display()));
        }
    }
    if let Ok(when) = std::fs::read_to_string(case.join("when")) {
        command.arg("--at").arg(when.trim());
    }
    command
}
