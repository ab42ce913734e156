//! What was recorded is served back.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::*;
use crate::domain::cluster::{ApiAddress, CredentialRef, FileSource};
use crate::domain::id::{ClusterId, NodeName};
use crate::domain::observed::PortResult;
use crate::sources::build::{self, Extras};
use crate::sources::{Expect, HttpPort};

struct ManualClock(AtomicI64);

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

fn deadline() -> Deadline {
    Deadline::after(Duration::from_secs(20), CancellationToken::new())
}

fn clock(at: i64) -> Arc<ManualClock> {
    Arc::new(ManualClock(AtomicI64::new(at)))
}

const START: i64 = 1_795_000_000_000;

/// A source whose API answers what the clock says, in front of real files.
struct Talking {
    files: Arc<dyn NodeSource>,
    clock: Arc<ManualClock>,
}

#[async_trait]
impl NodeSource for Talking {
    fn spec(&self) -> &NodeSpec {
        self.files.spec()
    }
    fn files_vantage(&self) -> Vantage {
        self.files.files_vantage()
    }
    fn files_live(&self) -> bool {
        true
    }
    async fn http(&self, ask: &HttpAsk, _: &Deadline) -> Result<HttpAnswer, SourceError> {
        let round = (self.clock.now().as_millis() - START) / 5000;
        if ask.path == "/v1/down" && round >= 3 {
            return Err(SourceError::Unreachable { result: PortResult::Refused, why: "refused".to_owned() });
        }
        Ok(HttpAnswer {
            status: 200,
            context_path: "/nacos".to_owned(),
            date: Some(self.clock.now().plus_millis(2000)),
            body: format!("round {}", round / 2),
            elapsed_ms: u64::try_from(round).unwrap_or(0),
        })
    }
    async fn probe(&self, _: &ProbeAsk, _: &Deadline) -> Result<ProbeAnswer, SourceError> {
        Ok(ProbeAnswer { result: PortResult::Open, tries: 1, ok: 1, untaken: 0, elapsed_ms: 1, detail: None })
    }
    async fn list(&self, folder: &str, deadline: &Deadline) -> Result<Vec<FileEntry>, SourceError> {
        self.files.list(folder, deadline).await
    }
    async fn read_at(&self, path: &str, offset: u64, length: usize, d: &Deadline) -> Result<Vec<u8>, SourceError> {
        self.files.read_at(path, offset, length, d).await
    }
    async fn process(&self, _: &Deadline) -> Result<Option<ProcessSeen>, SourceError> {
        Ok(None)
    }
    async fn disk_free(&self, _: &str, _: &Deadline) -> Result<u64, SourceError> {
        Ok((1 << 34) + u64::try_from(self.clock.now().as_millis() % 100_000).unwrap_or(0))
    }
    async fn handed_in(&self) -> Vec<HandedIn> {
        Vec::new()
    }
}

/// All that a round of this test asks, as text.
async fn round(source: &dyn NodeSource) -> String {
    let mut seen = String::new();
    for path in ["/v1/up", "/v1/down"] {
        let answer = source.http(&HttpAsk { port: HttpPort::Main, path: path.to_owned() }, &deadline()).await;
        seen.push_str(&match answer {
            Ok(answer) => format!("{path} {} {}\n", answer.status, answer.body),
            Err(error) => format!("{path} {error}\n"),
        });
    }
    let probe = source.probe(&ProbeAsk { port: 1, expect: Expect::Tcp, tries: 1 }, &deadline()).await;
    seen.push_str(&format!("{:?}\n", probe.map(|answer| answer.result)));
    seen.push_str(&format!("{:?}\n", source.process(&deadline()).await));
    for folder in ["conf", "logs", "bin"] {
        match source.list(folder, &deadline()).await {
            Ok(entries) => {
                for entry in entries {
                    let bytes = source.read_at(&entry.path, 0, 1 << 20, &deadline()).await;
                    let text = bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
                    if folder == "logs" {
                        seen.push_str(&format!("{} {} ", entry.path, entry.size_bytes));
                    }
                    seen.push_str(&format!("{text:?}\n"));
                }
            }
            Err(error) => seen.push_str(&format!("{folder} {error}\n")),
        }
    }
    seen
}

#[tokio::test]
async fn replays_the_same_answers_at_the_same_times() {
    let home = tempfile::tempdir().expect("home");
    let at = |name: &str| home.path().join(name);
    std::fs::create_dir_all(at("conf")).expect("conf");
    std::fs::create_dir_all(at("logs")).expect("logs");
    std::fs::write(at("conf/application.properties"), "db.num=1\ndb.password.0=geheim-eins\n").expect("conf");
    std::fs::write(at("logs/nacos.log"), "").expect("log");
    let api = ApiAddress {
        published: Default::default(),
        scheme: "http".into(),
        host: "10.0.0.1".into(),
        port: 8848,
        context_path: None,
        console_port: None,
        credential: Some(CredentialRef::Env { name: "SECRET_VARIABLE".into() }),
        trust: Trust::System,
    };
    let spec =
        NodeSpec { name: NodeName::from("n1"), api: Some(api), files: FileSource::Local { home: home.path().into() } };
    let cluster = Cluster {
        id: ClusterId(0),
        name: "test".into(),
        nodes: vec![spec],
        node_deadline_ms: 3000,
        doors: Vec::new(),
        accept_unseen: Vec::new(),
        on_silence: None,
    };
    let recording_clock = clock(START);
    let files = build::sources(&cluster, &Extras::default()).nodes.remove(0);
    let live = Sources { nodes: vec![Arc::new(Talking { files, clock: Arc::clone(&recording_clock) })] };
    let recorder = Recorder::new(&cluster, recording_clock.clone(), "a note").expect("recorder");
    let wrapped = recorder.wrap(&live).await;

    let mut rounds = Vec::new();
    let mut log = String::new();
    for index in 0..12_i64 {
        recording_clock.0.store(START + index * 5000, Ordering::SeqCst);
        match index {
            4 => std::fs::write(at("conf/cluster.conf"), "10.0.0.1:8848\n").expect("conf"),
            6 => {
                // Rotated: the old content moves, the new file is shorter.
                std::fs::rename(at("logs/nacos.log"), at("logs/nacos.log.2026-11-22.0")).expect("rotated");
                log.clear();
            }
            9 => std::fs::remove_file(at("logs/nacos.log.2026-11-22.0")).expect("removed"),
            _ => {}
        }
        log.push_str(&format!("2026-11-22 08:00:{index:02},000 INFO password=geheim{index} line\n"));
        std::fs::write(at("logs/nacos.log"), &log).expect("log");
        rounds.push(round(wrapped.nodes[0].as_ref()).await);
    }
    let path = at("demo.ndrec");
    recorder.save(&path).expect("saved");
    assert!(!at("demo.ndrec.part").exists());

    let mut inflated = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(&path).expect("file"))
        .read_to_string(&mut inflated)
        .expect("inflated");
    for secret in ["geheim", "SECRET_VARIABLE"] {
        assert!(!inflated.contains(secret), "{secret} is in the recording");
    }

    let recording = Recording::open(&path).expect("opened");
    assert_eq!(
        (recording.note(), recording.start(), recording.end()),
        ("a note", Timestamp::from_millis(START), Timestamp::from_millis(START + 55_000))
    );
    assert_eq!(recording.cluster().nodes[0].api.as_ref().and_then(|api| api.credential.clone()), None);
    let base = clock(7);
    let playback = Arc::new(Playback::new(&recording, base.clone(), 1.0, 0, false));
    let replayed = recording.played(&playback, &BTreeMap::new());
    for (index, expected) in rounds.iter().enumerate() {
        base.0.store(7 + index as i64 * 5000 + 100, Ordering::SeqCst);
        let seen = round(replayed.nodes[0].as_ref()).await;
        // Secrets are gone: overwritten in logs, a digest in configuration.
        let expected = {
            let mut bytes = expected.clone().replace("\\n", "\n").into_bytes();
            redact::mask(&mut bytes);
            String::from_utf8(bytes).expect("text").replace('*', "")
        };
        let seen = redact::text(&seen.replace("\\n", "\n")).replace(['*', '•'], "");
        assert_eq!(seen, expected, "round {index}");
    }
    // After the end the recording stands still, and time goes on.
    base.0.store(10_000_007, Ordering::SeqCst);
    assert_eq!((playback.at_ms(), playback.now()), (55_000, Timestamp::from_millis(START + 10_000_000)));
    let unknown = HttpAsk { port: HttpPort::Main, path: "/v1/other".to_owned() };
    assert_eq!(replayed.nodes[0].http(&unknown, &deadline()).await, Err(SourceError::NotRecorded));
    let date = replayed.nodes[0].http(&HttpAsk { port: HttpPort::Main, path: "/v1/up".to_owned() }, &deadline()).await;
    assert_eq!(date.expect("answer").date, Some(playback.now().plus_millis(2000)));
    assert!(matches!(replayed.nodes[0].list("data", &deadline()).await, Err(SourceError::Denied { .. })));
}

/// A line of a log as it was written so long after the start.
fn line(after_ms: i64) -> String {
    format!("{},000 INFO line\n", Timestamp::from_millis(START + after_ms).in_zone(&jiff::tz::TimeZone::UTC))
}

/// A recording of one home whose log gets these lines.
async fn recording_of_lines(written_ms: &[i64], lines: &[String]) -> Recording {
    let home = tempfile::tempdir().expect("home");
    std::fs::create_dir_all(home.path().join("logs")).expect("logs");
    let spec =
        NodeSpec { name: NodeName::from("n1"), api: None, files: FileSource::Local { home: home.path().into() } };
    let cluster = Cluster {
        id: ClusterId(0),
        name: "test".into(),
        nodes: vec![spec],
        node_deadline_ms: 3000,
        doors: Vec::new(),
        accept_unseen: Vec::new(),
        on_silence: None,
    };
    let recording_clock = clock(START);
    let recorder = Recorder::new(&cluster, recording_clock.clone(), "").expect("recorder");
    let wrapped = recorder.wrap(&build::sources(&cluster, &Extras::default())).await;
    for (index, at_ms) in written_ms.iter().enumerate() {
        recording_clock.0.store(START + at_ms, Ordering::SeqCst);
        std::fs::write(home.path().join("logs/nacos.log"), lines[..=index].concat()).expect("log");
        round(wrapped.nodes[0].as_ref()).await;
    }
    let mut written = Vec::new();
    recorder.write(&mut written).expect("written");
    Recording::read(written.as_slice(), "x").expect("read")
}

#[tokio::test]
async fn a_playback_waits_and_what_comes_after_happened_later() {
    let base = clock(0);
    // Written long before the wait, shortly before it, and after it.
    let written_ms = [0, 300_000, 310_000, 320_000];
    let lines = written_ms.map(line);
    let recording = recording_of_lines(&written_ms, &lines).await;
    let length = recording.end().millis_since(recording.start());
    let playback = Arc::new(Playback::new(&recording, base.clone(), 10.0, 309_000, true));
    let source = recording.played(&playback, &BTreeMap::new()).nodes.remove(0);
    let read = async || {
        let end = source.list("logs", &deadline()).await.expect("listed")[0].size_bytes;
        let mut text = String::new();
        // In small pieces, so that stamps stand across them.
        for offset in (0..end).step_by(7) {
            let piece = source.read_at("logs/nacos.log", offset, 7.min((end - offset) as usize), &deadline()).await;
            text.push_str(std::str::from_utf8(&piece.expect("read")).expect("text"));
        }
        text
    };

    // The last minutes come along with the time, all before keeps its moment, and nothing of what comes is told.
    base.0.store(3_600_000, Ordering::SeqCst);
    let hour = 3_600_000;
    assert!(playback.waits());
    assert_eq!((playback.at_ms(), playback.now()), (309_000, Timestamp::from_millis(START + 309_000 + hour)));
    assert_eq!(read().await, format!("{}{}", lines[0], line(300_000 + hour)));

    // It goes on at its speed, and all after the wait happens later.
    playback.go_on();
    base.0.store(hour + 200, Ordering::SeqCst);
    assert_eq!((playback.at_ms(), playback.now()), (311_000, Timestamp::from_millis(START + 311_000 + hour)));
    let told = [lines[0].clone(), line(300_000 + hour), line(310_000 + hour)].concat();
    assert_eq!(read().await, told);

    // Moved, never back, and time with it.
    playback.move_to(5_000);
    assert_eq!(playback.at_ms(), 311_000);
    playback.move_to(length + 50_000);
    assert_eq!((playback.at_ms(), playback.now()), (length, Timestamp::from_millis(START + length + hour)));
    assert_eq!(read().await, format!("{told}{}", line(320_000 + hour)));

    // The end is a wait without an end.
    base.0.store(hour + 60_200, Ordering::SeqCst);
    assert_eq!((playback.at_ms(), playback.now()), (length, Timestamp::from_millis(START + length + hour + 60_000)));
    let moved = [300_000, 310_000, 320_000].map(|at_ms| line(at_ms + hour + 60_000)).concat();
    assert_eq!(read().await, format!("{}{moved}", lines[0]));
}

#[test]
fn pieces_become_one_and_contradictions_are_seen() {
    let mut seed = 0x1234_5678_u64;
    let mut next = move |limit: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % limit
    };
    let file: Vec<u8> = (0..2000).map(|index| (index * 7 % 251) as u8).collect();
    for _ in 0..200 {
        let mut generation = Generation::default();
        let mut known = vec![false; file.len()];
        for _ in 0..next(40) {
            let from = next(1990) as usize;
            let to = (from + 1 + next(200) as usize).min(file.len());
            assert!(generation.add(from as u64, &file[from..to]));
            known[from..to].fill(true);
        }
        let mut covered = vec![false; file.len()];
        let mut last_end = None;
        for (start, piece) in &generation.pieces {
            let start = *start as usize;
            assert!(last_end.is_none_or(|end| end < start), "pieces touch");
            assert_eq!(piece[..], file[start..start + piece.len()]);
            covered[start..start + piece.len()].fill(true);
            last_end = Some(start + piece.len());
        }
        assert_eq!(covered, known);
    }
    let mut generation = Generation::default();
    assert!(generation.add(10, b"abc"));
    assert!(!generation.add(11, b"xx"));
    assert!(generation.add(13, b"d"));
}

#[test]
fn secrets_stay_comparable_within_a_recording() {
    let cluster = Cluster {
        id: ClusterId(0),
        name: "test".into(),
        nodes: Vec::new(),
        node_deadline_ms: 1,
        doors: Vec::new(),
        accept_unseen: Vec::new(),
        on_silence: None,
    };
    let recorder = Recorder::new(&cluster, clock(0), "").expect("recorder");
    let one = recorder.without_secrets("db.password.0=one\n", &Redactor::default());
    assert_eq!(one, recorder.without_secrets("db.password.0=one\n", &Redactor::default()));
    assert_ne!(one, recorder.without_secrets("db.password.0=two\n", &Redactor::default()));
    assert!(one.starts_with("db.password.0=••••") && !one.contains("one"));
    let other = Recorder::new(&cluster, clock(0), "").expect("recorder");
    assert_ne!(one, other.without_secrets("db.password.0=one\n", &Redactor::default()));
    let shipped = "nacos.core.auth.server.identity.value=security\n";
    assert_eq!(recorder.without_secrets(shipped, &Redactor::default()), shipped);
}

#[test]
fn what_is_no_recording_is_refused() {
    let pack = |text: &str| {
        let mut pack = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut pack, text.as_bytes()).expect("packed");
        pack.finish().expect("packed")
    };
    for bytes in [
        b"hello".to_vec(),
        Vec::new(),
        pack(""),
        pack("{}\n"),
        pack("{\"line\":\"end\",\"t\":1}\n"),
        pack(
            "{\"line\":\"header\",\"nodedown_recording\":9,\"cluster\":{\"id\":0,\"name\":\"x\",\"nodes\":[],\"node_deadline_ms\":1},\"start\":0,\"note\":\"\",\"live\":[]}\n",
        ),
        pack(
            "{\"line\":\"header\",\"nodedown_recording\":1,\"cluster\":{\"id\":0,\"name\":\"x\",\"nodes\":[],\"node_deadline_ms\":1},\"start\":0,\"note\":\"\",\"live\":[]}\n{\"line\":\"hand",
        ),
        pack(
            "{\"line\":\"header\",\"nodedown_recording\":1,\"cluster\":{\"id\":0,\"name\":\"x\",\"nodes\":[],\"node_deadline_ms\":1},\"start\":0,\"note\":\"\",\"live\":[]}\n{\"line\":\"piece\",\"node\":3,\"path\":\"a\",\"generation\":0,\"since\":0,\"offset\":0,\"content\":{\"text\":\"\"}}\n",
        ),
    ] {
        assert!(Recording::read(&bytes[..], "x").is_err());
    }
}
