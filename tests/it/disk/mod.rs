//! Disks that fill up or fail under the real program: nothing acknowledged is lost, what is wrong is said, everything but
//! saving goes on, and saving comes back by itself in the same process.
//!
//! Bounded here; `NODEDOWN_LONG=1` makes every attack longer (350 kills for 30) and adds an ext4 file system on a loop
//! device.
//!
//! # Why
//! A power cut is a model: a library loaded into the program ([`faults.c`](faults.c)) keeps what a disk would hold, and
//! drops at random what a failed sync leaves, which is worse than what a cut of a real file system leaves. Device-mapper
//! targets that do the same to a block device are missing on most machines.

mod space;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use nodedown::domain::event::EventKind;
use nodedown::domain::id::IncidentId;
use nodedown::store::Store;
use tokio::task::JoinSet;

use crate::process::{Answer, Browser, Server};
use crate::support::{PASSWORD, aloud, is_long};
use space::Mounted;

/// The limit of every wait; what the program promises is shorter, and printed.
const LIMIT: Duration = crate::support::HANGS;
/// People who write at the same time.
const WRITERS: usize = 4;

/// A program with an incident, and people who add notes to it without a pause.
struct Attack {
    server: Server,
    browser: Browser,
    /// Somebody who logged in while all was well, and leaves while nothing can be saved.
    leaver: Browser,
    incident: IncidentId,
    /// How often the program was started again.
    life: usize,
    writers: JoinSet<Vec<String>>,
    stop: Arc<AtomicBool>,
    saved: Arc<AtomicUsize>,
    refused: Arc<AtomicUsize>,
}

impl Attack {
    async fn start(data: &Path, environment: &[(&str, &str)]) -> Self {
        let server = Server::start_with(data, environment);
        let mut browser = Browser::new(&server.base);
        browser.set_up(&server).await;
        // Nothing listens there: checks end at once.
        browser.post("/clusters", &[("name", "prod"), ("addresses", "127.0.0.1:1"), ("nonce", "c")]).await;
        browser.post("/incidents", &[("cluster", "1"), ("kind", "outage"), ("nonce", "i")]).await;
        let mut leaver = Browser::new(&server.base);
        leaver.post("/login", &[("name", "ann"), ("password", PASSWORD)]).await;
        let mut attack = Self {
            server,
            browser,
            leaver,
            incident: IncidentId(1),
            life: 0,
            writers: JoinSet::new(),
            stop: Arc::default(),
            saved: Arc::default(),
            refused: Arc::default(),
        };
        attack.write().await;
        attack
    }

    async fn write(&mut self) {
        for writer in 0..WRITERS {
            let notes = self.writer(writer);
            self.writers.spawn(notes);
        }
        self.until_saved().await;
    }

    /// Starts the program again after a kill; gives how long it took until its first page was there.
    async fn start_again(&mut self, data: &Path) -> Duration {
        let started = Instant::now();
        self.server = Server::start(data);
        self.browser.base.clone_from(&self.server.base);
        let page = self.browser.ask("/").await;
        let took = started.elapsed();
        assert_eq!(page.status, 200, "the session is kept");
        assert!(!page.body.contains("role=\"alert\""), "a kill is not a loss: {}", page.body);
        self.life += 1;
        self.stop.store(false, Ordering::Release);
        self.write().await;
        took
    }

    /// Adds notes until told to stop, and gives those that were acknowledged.
    fn writer(&self, writer: usize) -> impl Future<Output = Vec<String>> + use<> {
        let (mut browser, path) = (self.browser.clone(), format!("/incidents/{}/notes", self.incident));
        let (stop, saved, refused) = (self.stop.clone(), self.saved.clone(), self.refused.clone());
        let life = self.life;
        async move {
            let mut acknowledged = Vec::new();
            for number in 0.. {
                if stop.load(Ordering::Acquire) {
                    break;
                }
                let note = format!("note {life}-{writer}-{number}-{}", "x".repeat(600));
                let answer = browser.send(&path, &[("text", &note), ("step", "1"), ("nonce", &note[..20])]).await;
                match answer.status {
                    303 => {
                        acknowledged.push(note);
                        saved.fetch_add(1, Ordering::AcqRel);
                    }
                    503 => {
                        refused.fetch_add(1, Ordering::AcqRel);
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                    // The power is gone.
                    0 => break,
                    status => panic!("a note is saved, or refused with 503; not {status}: {}", answer.body),
                }
            }
            acknowledged
        }
    }

    /// Until every writer may have saved one more.
    async fn until_saved(&self) -> Duration {
        grows(&self.saved, 2 * WRITERS, "notes are saved").await
    }

    async fn until_refused(&self) {
        grows(&self.refused, WRITERS, "notes are refused").await;
    }

    /// While nothing can be saved: pages say so, people come and go, and the program says that it is not ready.
    async fn nothing_can_be_saved(&mut self, why: &str) -> Browser {
        let overview = self.browser.ask("/").await;
        assert_eq!(overview.status, 200, "reading goes on");
        assert!(overview.body.contains(why) && overview.body.contains("role=\"alert\""), "the page says why: {why}");
        let refused = self.browser.send("/incidents/1/notes", &[("text", "lost"), ("nonce", "lost")]).await;
        assert_eq!(refused.status, 503);
        assert!(refused.body.contains(why), "{}", refused.body);
        assert!(refused.body.contains("nodedown.db"), "it says what takes the space: {}", refused.body);

        let ready = until(&self.browser, "/-/ready", |ready| ready.status == 503).await;
        assert!(ready.body.contains("\"fail\""), "{}", ready.body);
        assert_eq!(self.browser.ask("/-/healthy").await.status, 200);

        // One who leaves, one who comes and stays, and one who comes and goes.
        let before = self.leaver.cookies.clone();
        self.leaver.post("/logout", &[]).await;
        self.leaver.cookies = before;
        assert_eq!(self.leaver.ask("/clusters").await.status, 303, "a log-out ends a session that has a row");
        let mut stays = Browser::new(&self.server.base);
        stays.post("/login", &[("name", "ann"), ("password", PASSWORD)]).await;
        assert_eq!(stays.ask("/clusters").await.status, 200, "a log-in works");
        let mut goes = Browser::new(&self.server.base);
        goes.post("/login", &[("name", "ann"), ("password", PASSWORD)]).await;
        let before = goes.cookies.clone();
        goes.post("/logout", &[]).await;
        goes.cookies = before;
        assert_eq!(goes.ask("/clusters").await.status, 303, "a log-out ends the session");
        stays
    }

    /// Ends the writers and gives what was acknowledged.
    async fn acknowledged(&mut self) -> Vec<String> {
        self.stop.store(true, Ordering::Release);
        let mut all = Vec::new();
        while let Some(writer) = tokio::time::timeout(LIMIT, self.writers.join_next()).await.expect("in time") {
            all.extend(writer.expect("a writer"));
        }
        all
    }
}

/// Waits until the count is higher by so many.
async fn grows(count: &AtomicUsize, by: usize, what: &str) -> Duration {
    let (started, before) = (Instant::now(), count.load(Ordering::Acquire));
    while count.load(Ordering::Acquire) < before + by {
        assert!(started.elapsed() < LIMIT, "{what}, within {LIMIT:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    started.elapsed()
}

/// Asks until the answer is as wanted.
async fn until(browser: &Browser, path: &str, wanted: impl Fn(&Answer) -> bool) -> Answer {
    let started = Instant::now();
    loop {
        let answer = browser.ask(path).await;
        if wanted(&answer) {
            return answer;
        }
        assert!(started.elapsed() < LIMIT, "{path} within {LIMIT:?}: {} {}", answer.status, answer.body);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Every acknowledged note stands in the timeline once, and the chain is whole.
async fn nothing_is_lost(data: &Path, incident: IncidentId, acknowledged: &[String]) {
    let store = Store::open(data).await.expect("the database opens");
    let timeline = store.read().timeline(incident).await.expect("timeline");
    let mut times: std::collections::HashMap<&str, usize> = std::collections::HashMap::new();
    for event in &timeline {
        if let EventKind::NoteAdded { text, .. } = &event.kind {
            *times.entry(text).or_default() += 1;
        }
    }
    let lost: Vec<&str> =
        acknowledged.iter().filter(|note| !times.contains_key(note.as_str())).map(|note| &note[..20]).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged notes are lost: {lost:?}", lost.len(), acknowledged.len());
    assert!(times.values().all(|count| *count == 1), "no note is doubled");
    assert_eq!(store.read().first_broken_event(incident).await.expect("chain"), None);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_loses_nothing_and_is_used_again_when_there_is_room() {
    let rounds = if is_long() { 3 } else { 1 };
    let Some(disk) = Mounted::tmpfs(24) else { return aloud("skipped: a tmpfs cannot be mounted (not root)") };
    fill_and_free(&disk, rounds).await;
    if is_long() {
        let Some(disk) = Mounted::ext4(60) else { return aloud("skipped: an ext4 image cannot be mounted") };
        fill_and_free(&disk, rounds).await;
    }
}

async fn fill_and_free(disk: &Mounted, rounds: usize) {
    let data = disk.path().join("data");
    let mut attack = Attack::start(&data, &[]).await;
    let mut longest = Duration::ZERO;
    for _ in 0..rounds {
        let full = disk.fill();
        attack.until_refused().await;
        let stays = attack.nothing_can_be_saved("disk is full").await;
        drop(full);
        longest = longest.max(attack.until_saved().await);
        until(&attack.browser, "/-/ready", |ready| ready.status == 200).await;
        until(&attack.browser, "/", |page| page.status == 200 && !page.body.contains("role=\"alert\"")).await;
        assert_eq!(stays.ask("/clusters").await.status, 200, "who logged in meanwhile stays");
        assert_eq!(attack.leaver.ask("/clusters").await.status, 303, "who left stays out");
        attack.leaver.post("/login", &[("name", "ann"), ("password", PASSWORD)]).await;
    }
    let acknowledged = attack.acknowledged().await;
    assert!(attack.server.is_running(), "the same process");
    nothing_is_lost(&data, attack.incident, &acknowledged).await;
    aloud(&format!(
        "{}: filled and freed {rounds} times; {} acknowledged, 0 lost, {} refused; saved again after {} ms at most",
        disk.kind(),
        acknowledged.len(),
        attack.refused.load(Ordering::Acquire),
        longest.as_millis()
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_lose_and_double_nothing() {
    let kills = if is_long() { 350 } else { 30 };
    let folder = tempfile::tempdir().expect("folder");
    let data = folder.path().join("data");
    let mut attack = Attack::start(&data, &[]).await;
    let (mut acknowledged, mut longest) = (Vec::new(), Duration::ZERO);
    for kill in 0..kills {
        // Now in the middle of a write, now between two.
        tokio::time::sleep(Duration::from_millis(kill * 7 % 50)).await;
        attack.server.kill_now();
        acknowledged.extend(attack.acknowledged().await);
        longest = longest.max(attack.start_again(&data).await);
    }
    acknowledged.extend(attack.acknowledged().await);
    attack.server.kill_now();
    nothing_is_lost(&data, attack.incident, &acknowledged).await;
    aloud(&format!(
        "{kills} kills: {} acknowledged, 0 lost, 0 doubled; the page was back after {} ms at most",
        acknowledged.len(),
        longest.as_millis()
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fails_loses_nothing_also_when_the_power_goes_after_a_failed_sync() {
    let Some(library) = faults() else {
        return aloud("skipped: no C compiler, or another system than Linux with glibc");
    };
    let rounds = if is_long() { 20 } else { 2 };
    let (mut acknowledged, mut refused, mut longest) = (0, 0, Duration::ZERO);
    for seed in 0..rounds {
        for (fault, why) in [("sync", "input/output"), ("write", "input/output"), ("full", "disk is full")] {
            let (saved, refusals, took) = fail_and_cut(&library, fault, why, seed).await;
            (acknowledged, refused, longest) = (acknowledged + saved, refused + refusals, longest.max(took));
        }
    }
    aloud(&format!(
        "injected faults: {} cuts; {acknowledged} acknowledged, 0 lost, {refused} refused; saved again after {} ms at most",
        rounds * 3,
        longest.as_millis()
    ));
}

/// One fault, an end of it, and a power cut: what was acknowledged before, between and after is in what a disk would hold.
async fn fail_and_cut(library: &Path, fault: &str, why: &str, seed: usize) -> (usize, usize, Duration) {
    let folder = tempfile::tempdir().expect("folder");
    let (data, shadow, control) =
        (folder.path().join("data"), folder.path().join("shadow"), folder.path().join("control"));
    std::fs::create_dir(&shadow).expect("folder");
    std::fs::write(&control, "off").expect("control");
    let text = |path: &Path| path.to_str().expect("a plain path").to_owned();
    let (library, control_path, shadow_path, seed) = (text(library), text(&control), text(&shadow), seed.to_string());
    let environment = [
        ("LD_PRELOAD", library.as_str()),
        ("FAULTS_CONTROL", &control_path),
        ("FAULTS_SHADOW", &shadow_path),
        ("FAULTS_SEED", &seed),
    ];
    let mut attack = Attack::start(&data, &environment).await;
    std::fs::write(&control, fault).expect("control");
    attack.until_refused().await;
    let stays = attack.nothing_can_be_saved(why).await;
    std::fs::write(&control, "off").expect("control");
    let took = attack.until_saved().await;
    assert_eq!(stays.ask("/clusters").await.status, 200, "who logged in meanwhile stays");
    assert!(attack.server.is_running(), "the same process");
    // The cut comes while people write: what was acknowledged until then counts.
    attack.server.kill_now();
    let acknowledged = attack.acknowledged().await;
    nothing_is_lost(&shadow, attack.incident, &acknowledged).await;
    (acknowledged.len(), attack.refused.load(Ordering::Acquire), took)
}

/// The library of faults, compiled.
fn faults() -> Option<PathBuf> {
    if !cfg!(all(target_os = "linux", target_env = "gnu")) {
        return None;
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/disk/faults.c");
    let library = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("faults-{}.so", std::process::id()));
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&library)
        .arg(&source)
        .arg("-ldl")
        .status()
        .ok()?;
    assert!(compiled.success(), "faults.c compiles");
    Some(library)
}
