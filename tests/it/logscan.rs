//! `nodedown logscan`: what its help says of the window, sentence by sentence, and what it says of files it cannot search.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the program printed: standard output, standard error, exit code.
fn run(arguments: &[&str]) -> (String, String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nodedown"));
    let output = command.arg("logscan").args(arguments).env("LC_ALL", "C").output().expect("nodedown runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code().expect("an exit code"))
}

struct Logs(tempfile::TempDir);

impl Logs {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("folder"))
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).expect("file");
        path.to_string_lossy().into_owned()
    }

    fn packed(&self, name: &str, text: &str) -> String {
        self.file(name, pack(text))
    }
}

fn pack(text: &str) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).expect("packed");
    packed.finish().expect("packed")
}

const WINDOW: [&str; 4] = ["--from", "2026-11-22 08:00:00", "--to", "2026-11-22 08:15:00"];

fn windowed<'a>(more: &[&'a str]) -> Vec<&'a str> {
    WINDOW.iter().copied().chain(more.iter().copied()).collect()
}

#[test]
fn a_record_belongs_by_its_own_stamp_with_all_lines_below_it() {
    let logs = Logs::new();
    let needles = logs.file("needles", "needle\n");
    let log = logs.file(
        "nacos.log",
        "2026-11-22 07:59:59,999 ERROR before\n\n\tat needle.before\n\
         2026-11-22 08:00:00,000 ERROR first needle\n\n\tat needle.below\n\
         2026-11-22 08:14:59,999 INFO last needle\n\
         2026-11-22 08:15:00,000 INFO needle behind\n\tat needle.behind\n",
    );
    let (out, err, code) = run(&windowed(&["--patterns", &needles, &log]));
    assert_eq!(
        out,
        "2026-11-22 08:00:00,000 ERROR first needle\n\tat needle.below\n2026-11-22 08:14:59,999 INFO last needle\n"
    );
    assert_eq!((err.as_str(), code), ("", 0));
    let (count, ..) = run(&windowed(&["--count", "--patterns", &needles, &log]));
    assert_eq!(count, "3\n");
}

#[test]
fn times_are_those_on_the_clock_of_the_log() {
    let logs = Logs::new();
    let needles = logs.file("needles", "needle");
    let log = logs.file("nacos.log", "2026-11-22 08:00:01,000 INFO needle\n");
    for from in ["2026-11-22 08:00:00", "2026-11-22T08:00:00+08:00", "2026-11-22T08:00:00Z", "2026-11-22 08:00:00,500"]
    {
        assert_eq!(run(&["--from", from, "--count", "--patterns", &needles, &log]).0, "1\n", "{from}");
    }
    assert_eq!(run(&["--from", "2026-11-22T08:00:02-05:00", "--count", "--patterns", &needles, &log]).0, "0\n");
}

#[test]
fn stamps_may_run_backwards_by_five_seconds() {
    let logs = Logs::new();
    let needles = logs.file("needles", "needle");
    let mut text = String::new();
    for second in 0..3600 {
        let filler = "x".repeat(1500);
        text.push_str(&format!("2026-11-22 08:{:02}:{:02},000 INFO {filler}\n", second / 60, second % 60));
        // Of each second one line more that comes almost five seconds late.
        let late: i32 = second - 5;
        if late >= 0 {
            text.push_str(&format!("2026-11-22 08:{:02}:{:02},100 INFO needle\n", late / 60, late % 60));
        }
    }
    let log = logs.file("nacos.log", text);
    let (out, ..) =
        run(&["--from", "2026-11-22 08:20:00", "--to", "2026-11-22 08:25:00", "--patterns", &needles, &log]);
    let expected: Vec<String> =
        (1200..1500).map(|at| format!("2026-11-22 08:{:02}:{:02},100 INFO needle", at / 60, at % 60)).collect();
    assert_eq!(out.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn lines_without_a_stamp_share_the_fate_of_the_first_record_or_have_no_time() {
    let logs = Logs::new();
    let needles = logs.file("needles", "needle");
    let inside = logs.file("inside.log", "needle head\n2026-11-22 08:01:00,000 INFO x\n");
    let outside = logs.file("outside.log", "needle head\n2026-11-22 09:01:00,000 INFO x\n");
    let none = logs.file("none.log", "needle one\nneedle two");
    let (out, err, code) = run(&windowed(&["--count", "--patterns", &needles, &inside, &outside, &none]));
    assert_eq!(out, format!("{inside}:1\n{outside}:0\n{none}:2\n"));
    assert!(err.contains("none.log: it has no time stamps, so all of it was searched."), "{err}");
    assert_eq!((err.lines().count(), code), (1, 0));
}

#[test]
fn count_counts_lines_of_strings_and_records_of_signatures() {
    let logs = Logs::new();
    let needles = logs.file("needles", "needle\r\nthread\r\n\r\n");
    let log = logs.file(
        "nacos.log",
        "2026-11-22 08:01:00,000 ERROR needle and needle and thread\r\n\r\nNEEDLE\r\nthread\r\n\
         2026-11-22 08:02:00,000 ERROR out\n\njava.lang.OutOfMemoryError: Java heap space\nCaused by: java.lang.OutOfMemoryError: Java heap space\n",
    );
    assert_eq!(run(&["--count", "--patterns", &needles, &log]).0, "2\n");
    let (out, ..) = run(&["--patterns", &needles, &log]);
    assert_eq!(out, "2026-11-22 08:01:00,000 ERROR needle and needle and thread\r\nthread\r\n");
    assert_eq!(run(&["--count", &log]).0, "1\n");
    assert_eq!(run(&[&log]).0, "java.lang.OutOfMemoryError: Java heap space\n");
}

#[test]
fn rotated_and_packed_files_are_searched_in_the_order_given() {
    let logs = Logs::new();
    let needles = logs.file("needles", "needle");
    let packed = logs.packed(
        "nacos.log.2026-11-22.0.gz",
        "2026-11-22 08:01:00,000 INFO needle 1\n2026-11-22 08:16:00,000 INFO needle\n",
    );
    let rolled = logs.file("nacos.log.2026-11-22.1", "2026-11-22 08:02:00,000 INFO needle 2\n");
    let now = logs.file("nacos.log", "2026-11-22 08:03:00,000 INFO needle 3\n");
    let (out, err, code) = run(&windowed(&["--patterns", &needles, &packed, &rolled, &now]));
    assert_eq!(
        out,
        format!(
            "{packed}:2026-11-22 08:01:00,000 INFO needle 1\n{rolled}:2026-11-22 08:02:00,000 INFO needle 2\n{now}:2026-11-22 08:03:00,000 INFO needle 3\n"
        )
    );
    assert_eq!((err.as_str(), code), ("", 0));
    let oom = "2026-11-22 08:01:00,000 ERROR java.lang.OutOfMemoryError: Java heap space\n";
    let packed = logs.packed("nacos.log.2026-11-22.2.gz", oom);
    assert_eq!(run(&windowed(&[&packed])).0, oom);

    let long: String =
        (0..20_000).map(|n| format!("2026-11-22 08:01:00,000 INFO needle {n} {}\n", n * 7919 % 104_729)).collect();
    let whole = pack(&long);
    let torn = logs.file("torn.log.gz", &whole[..whole.len() / 2]);
    let (out, err, code) = run(&["--patterns", &needles, &torn]);
    assert!(
        out.lines().count() > 1000 && long.starts_with(&out[..out.rfind("2026").expect("a line")]),
        "{}",
        out.len()
    );
    assert!(err.contains("torn.log.gz: the packed file is broken or ends early; only what comes before was searched."));
    assert_eq!(code, 3);
}

#[test]
fn what_cannot_be_searched_is_said_in_both_languages_and_the_rest_is_searched() {
    let logs = Logs::new();
    let needles = logs.file("needles", "needle");
    let good = logs.file("good.log", "2026-11-22 08:03:00,000 INFO needle\n");
    let missing = logs.0.path().join("missing.log").to_string_lossy().into_owned();
    let folder = logs.0.path().to_string_lossy().into_owned();
    let (out, err, code) = run(&["--count", "--patterns", &needles, &missing, &good, &folder]);
    assert_eq!(out, format!("{good}:1\n"));
    assert_eq!(
        err,
        format!(
            "nodedown: {missing}: there is no such file.\nnodedown: {folder}: this is a folder; name the files in it.\n"
        )
    );
    assert_eq!(code, 1);
    let (_, err, _) = run(&["--lang", "zh-CN", "--patterns", &needles, &missing, &folder]);
    assert!(err.contains("文件不存在。") && err.contains("这是目录，请指定其中的文件。"), "{err}");
    let (_, err, code) = run(&["/dev/null"]);
    assert!(err.contains("not a regular file") && code == 1, "{err}");

    let empty = logs.file("empty", "\n\r\n");
    for (arguments, english, chinese) in [
        (vec!["--patterns", &empty, &good], "there is no string in it", "其中没有任何字符串"),
        (vec!["--patterns", &missing, &good], "there is no such file", "文件不存在"),
        (vec!["--patterns", &folder, &good], "this is a folder", "这是目录"),
        (vec!["--from", "yesterday", &good], "is not a time", "不是时间"),
        (
            vec!["--from", "2026-11-22 08:00:00", "--to", "2026-11-22 08:00:00", &good],
            "--from must be earlier than --to",
            "--from 必须早于 --to",
        ),
    ] {
        for (lang, expected) in [("en", english), ("zh-CN", chinese)] {
            let (out, err, code) = run(&[&arguments[..], &["--lang", lang]].concat());
            assert!(err.contains(expected), "{arguments:?}: {err}");
            assert_eq!((out.as_str(), code), ("", 1));
        }
    }
}

#[test]
fn what_is_printed_hides_secrets() {
    let logs = Logs::new();
    let needles = logs.file("needles", "login\n");
    let log = logs.file("nacos.log", "2026-11-22 08:00:00,000 WARN login password=geheim1 failed\n");
    let (out, _, code) = run(&["--patterns", &needles, &log]);
    assert_eq!((out.as_str(), code), ("2026-11-22 08:00:00,000 WARN login password=******* failed\n", 0));
}

#[test]
fn help_says_what_the_window_means() {
    let help = |lang: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_nodedown"))
            .args(["logscan", "--help"])
            .env("LC_ALL", lang)
            .output()
            .expect("nodedown runs");
        // Lines are wrapped at blanks.
        String::from_utf8_lossy(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let english = help("en_US.UTF-8");
    for sentence in [
        "It belongs to the window by its own stamp: from --from on, and before --to.",
        "Stamps may run backwards by up to 5 seconds",
        "Lines above the first stamp of a file belong to its first record.",
        "A hit in a line below the stamped one prints that line",
        "--count counts lines with --patterns",
        "Exit code 0:",
    ] {
        assert!(english.contains(sentence), "{sentence}: {english}");
    }
    let chinese = help("zh_CN.UTF-8");
    assert!(chinese.contains("时间窗口的含义") && chinese.contains("退出码 0"), "{chinese}");
}

#[test]
fn a_reader_that_goes_away_ends_it_without_noise() {
    let logs = Logs::new();
    let needles = logs.file("needles", "needle");
    let log = logs.file("nacos.log", "2026-11-22 08:03:00,000 INFO needle\n".repeat(200_000));
    let script = format!("'{}' logscan --patterns '{needles}' '{log}' | head -n 1", binary().display());
    let output = Command::new("sh").args(["-c", &script]).output().expect("sh runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "2026-11-22 08:03:00,000 INFO needle\n");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn binary() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_nodedown")).to_path_buf()
}
