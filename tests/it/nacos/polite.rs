//! A node that is looked at often must not suffer from it: ten thousand probes leave no ERROR line and no connection behind.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt};
use nodedown::domain::observed::PortResult;
use nodedown::sources::{Deadline, Expect, ProbeAsk, tcp};
use tokio_util::sync::CancellationToken;

use super::cluster::Cluster;

const PROBES: usize = 10_000;
/// As many at the same time.
const TOGETHER: usize = 16;
/// Lines of a quiet node are collected for so long.
const QUIET: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_probes_leave_no_trace_on_2_5_1() {
    leave_no_trace("2.5.1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_probes_leave_no_trace_on_3_0_3() {
    leave_no_trace("3.0.3").await;
}

async fn leave_no_trace(version: &'static str) {
    let wanted = std::env::var("NODEDOWN_TRUTH").unwrap_or_default();
    if !wanted.split(',').any(|one| matches!(one, "full" | "polite")) {
        crate::support::aloud(&format!(
            "SKIPPED: NODEDOWN_TRUTH names neither `polite` nor `full`, so Nacos {version} was not probed ten thousand times"
        ));
        return;
    }
    let Some(cluster) = Cluster::start(version, 1).await else { return };
    tokio::time::sleep(QUIET).await;
    let quiet = errors(&cluster);
    let host = cluster.address(1);
    let asks = [
        (8848, Expect::Http1),
        (8848, Expect::Tcp),
        (9848, Expect::Http2),
        (9848, Expect::Tcp),
        (9849, Expect::Http2),
        (9849, Expect::Tcp),
        (7848, Expect::Http2),
        (7848, Expect::Tcp),
    ];
    let begun = Instant::now();
    let asked = stream::iter(asks.into_iter().cycle().take(PROBES)).map(|(port, expect)| {
        let host = host.as_str();
        async move {
            // Time enough: a node that is slow to answer is not what is asked about.
            let deadline = Deadline::after(Duration::from_secs(30), CancellationToken::new());
            let answer = tcp::probe(host, &ProbeAsk { port, expect, tries: 1 }, &deadline).await.expect("an answer");
            (port, expect, answer.result, usize::from(answer.tries))
        }
    });
    let answers: Vec<_> = asked.buffer_unordered(TOGETHER).collect().await;
    let connections: usize = answers.iter().map(|(.., tries)| tries).sum();
    let mut failed: BTreeMap<String, usize> = BTreeMap::new();
    for (port, expect, result, _) in answers.iter().filter(|(.., result, _)| *result != PortResult::Open) {
        *failed.entry(format!("{port} {expect:?} {result:?}")).or_default() += 1;
    }
    crate::support::aloud(&format!(
        "{PROBES} probes of a Nacos {version}, {connections} connections, in {:.0} s; not open: {failed:?}",
        begun.elapsed().as_secs_f64()
    ));

    let until = Instant::now() + Duration::from_secs(60);
    let mut left = cluster.connections_from_here(1);
    while !left.is_empty() && Instant::now() < until {
        tokio::time::sleep(Duration::from_secs(1)).await;
        left = cluster.connections_from_here(1);
    }
    assert!(left.is_empty(), "connections are left over on Nacos {version}:\n{}", left.join("\n"));
    // What it says late, it says within its ordinary rounds.
    tokio::time::sleep(Duration::from_secs(15)).await;
    let new: Vec<String> = errors(&cluster)
        .into_iter()
        .filter(|(shape, _)| !quiet.contains_key(shape))
        .map(|(_, (count, line))| format!("{count} × {line}"))
        .collect();
    assert!(new.is_empty(), "Nacos {version} wrote ERROR lines that a quiet one does not write:\n{}", new.join("\n"));
    let answered = PROBES - failed.values().sum::<usize>();
    assert!(answered * 100 >= PROBES * 99, "only {answered} probes of {PROBES} were answered: {failed:?}");
}

/// ERROR lines of all logs of the node, by file and words without what differs from line to line.
pub(super) fn errors(cluster: &Cluster) -> BTreeMap<String, (usize, String)> {
    let mut found: BTreeMap<String, (usize, String)> = BTreeMap::new();
    for entry in std::fs::read_dir(cluster.home(1).join("logs")).expect("logs").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("access_log") || !entry.path().is_file() {
            continue;
        }
        let text = std::fs::read(entry.path()).expect("log");
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let head: String = line.chars().take(80).collect();
            if !head.split(|c: char| !c.is_ascii_alphabetic()).any(|word| matches!(word, "ERROR" | "SEVERE" | "FATAL"))
            {
                continue;
            }
            let words: String = line.chars().filter(|c| !c.is_ascii_digit()).take(200).collect();
            let (count, _) = found.entry(format!("{name} {words}")).or_insert_with(|| {
                // The causes are far down in the trace.
                let trace = lines[at + 1..].iter().take(60).filter(|line| line.starts_with("Caused by"));
                let whole: Vec<&str> = [*line].into_iter().chain(trace.copied()).collect();
                (0, format!("{name}: {}", whole.join("\n    ")))
            });
            *count += 1;
        }
    }
    found
}
