//! Homes on disk: what is listed and read, and what is refused.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::domain::kept::KeptFile;

use super::*;

fn deadline() -> Deadline {
    Deadline::after(Duration::from_secs(20), CancellationToken::new())
}

fn home() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("temporary folder");
    for sub in ["conf", "logs", "bin/logs", "data/protocol"] {
        fs::create_dir_all(folder.path().join(sub)).expect("folders");
    }
    fs::write(folder.path().join("logs/nacos.log"), "0123456789").expect("log");
    fs::write(folder.path().join("hs_err_pid7.log"), "#").expect("crash file");
    fs::write(folder.path().join("data/protocol/secret"), "x").expect("data");
    folder
}

#[tokio::test]
async fn lists_and_reads_what_is_allowed() {
    let home = home();
    let files = HomeFiles::copied(home.path().to_path_buf());
    let logs = files.list("logs", &deadline()).await.expect("logs");
    assert_eq!(
        logs.iter().map(|entry| (entry.path.as_str(), entry.size_bytes)).collect::<Vec<_>>(),
        [("logs/nacos.log", 10)]
    );
    let root = files.list("", &deadline()).await.expect("home");
    assert_eq!(root.iter().map(|entry| entry.path.as_str()).collect::<Vec<_>>(), ["hs_err_pid7.log"]);
    assert!(files.list("bin/logs", &deadline()).await.expect("empty").is_empty());
    assert_eq!(files.read_at("logs/nacos.log", 3, 4, &deadline()).await.expect("bytes"), b"3456");
    assert_eq!(files.read_at("logs/nacos.log", 8, 100, &deadline()).await.expect("short"), b"89");
    assert_eq!(files.read_at("logs/nacos.log", 80, 100, &deadline()).await.expect("past the end"), b"");
    assert!(matches!(files.read_at("logs/none.log", 0, 1, &deadline()).await, Err(SourceError::NotFound { .. })));
    assert!(matches!(
        files.read_at("logs/nacos.log", 0, MAX_READ + 1, &deadline()).await,
        Err(SourceError::TooLarge { .. })
    ));
    fs::write(home.path().join("logs/nacos.log"), "01").expect("truncated");
    assert_eq!(files.read_at("logs/nacos.log", 3, 4, &deadline()).await.expect("truncated"), b"");
}

#[tokio::test]
async fn refuses_everything_else() {
    let home = home();
    let outside = tempfile::tempdir().expect("outside");
    fs::write(outside.path().join("passwd"), "root").expect("outside file");
    symlink(outside.path().join("passwd"), home.path().join("logs/link.log")).expect("link out");
    symlink("nacos.log", home.path().join("logs/current.log")).expect("link inside");
    symlink(home.path().join("data/protocol/secret"), home.path().join("logs/data.log")).expect("link to data");
    let files = HomeFiles::copied(home.path().to_path_buf());
    for path in [
        "data/protocol/secret",
        "../x",
        "logs/../../x",
        "/etc/passwd",
        "logs//nacos.log",
        "logs/./nacos.log",
        "logs/..",
        "logs/",
        "",
        ".",
        "logs/link.log",
        "logs/a\0b",
        "conf/../logs/nacos.log",
        "logs\\nacos.log",
    ] {
        let got = files.read_at(path, 0, 10, &deadline()).await;
        assert!(matches!(got, Err(SourceError::Denied { .. })), "{path:?}: {got:?}");
    }
    for folder in ["data", "data/protocol", "..", "/", "logs/", "./logs", "bin/../logs", "conf/.."] {
        let got = files.list(folder, &deadline()).await;
        assert!(matches!(got, Err(SourceError::Denied { .. })), "{folder:?}: {got:?}");
    }
    assert_eq!(files.read_at("logs/current.log", 0, 3, &deadline()).await.expect("link inside"), b"012");
    // A link that leaves is listed, so that somebody is told when it is read.
    let logs = files.list("logs", &deadline()).await.expect("logs");
    assert!(logs.iter().any(|entry| entry.path == "logs/link.log" && entry.size_bytes > 0));

    fs::remove_dir_all(home.path().join("logs")).expect("no logs");
    symlink(outside.path(), home.path().join("logs")).expect("logs outside");
    for got in [
        files.list("logs", &deadline()).await.map(|_| ()),
        files.read_at("logs/passwd", 0, 1, &deadline()).await.map(|_| ()),
    ] {
        let Err(SourceError::Denied { why }) = got else { panic!("{got:?}") };
        assert!(why.contains("outside the home"), "{why}");
    }
}

#[tokio::test]
async fn a_pipe_in_the_logs_blocks_nobody() {
    let home = home();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        home.path().join("logs/pipe.log"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .expect("pipe");
    let files = HomeFiles::copied(home.path().to_path_buf());
    assert!(files.list("logs", &deadline()).await.expect("logs").iter().all(|entry| entry.path != "logs/pipe.log"));
    assert!(matches!(files.read_at("logs/pipe.log", 0, 1, &deadline()).await, Err(SourceError::Denied { .. })));
}

#[tokio::test]
async fn swapping_a_link_in_between_gains_nothing() {
    let home = home();
    let outside = tempfile::tempdir().expect("outside");
    fs::write(outside.path().join("nacos.log"), "SECRET").expect("outside file");
    let at = home.path().join("logs/swap.log");
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let swapper = std::thread::spawn({
        let (at, good, bad, stop) =
            (at, home.path().join("logs/nacos.log"), outside.path().join("nacos.log"), stop.clone());
        move || {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                for target in [&good, &bad] {
                    let next = at.with_extension("next");
                    symlink(target, &next).expect("link");
                    fs::rename(&next, &at).expect("swap");
                }
            }
        }
    });
    let files = HomeFiles::copied(home.path().to_path_buf());
    for _ in 0..2000 {
        if let Ok(bytes) = files.read_now("logs/swap.log", 0, 6) {
            assert_ne!(bytes, b"SECRET");
        }
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    swapper.join().expect("swapper");
}

#[tokio::test]
async fn ends_by_deadline_and_by_cancel() {
    let home = home();
    let files = HomeFiles::copied(home.path().to_path_buf());
    let cancel = CancellationToken::new();
    cancel.cancel();
    let cancelled = Deadline::after(Duration::from_secs(20), cancel);
    assert_eq!(files.list("logs", &cancelled).await, Err(SourceError::Cancelled));
    let soon = Deadline::after(Duration::from_millis(20), CancellationToken::new());
    let slow = blocking(&soon, || {
        std::thread::park_timeout(Duration::from_millis(300));
        Ok(())
    });
    assert!(matches!(slow.await, Err(SourceError::Timeout { .. })));
}

/// A folder that looks like `/proc` with one Nacos of that home.
fn proc_with(home: &Path) -> tempfile::TempDir {
    let proc = tempfile::tempdir().expect("proc");
    let write = |name: &str, text: &str| {
        let at = proc.path().join(name);
        fs::create_dir_all(at.parent().expect("parent")).expect("folder");
        fs::write(at, text).expect("file");
    };
    write("stat", "cpu 1\nbtime 1760000000\n");
    write("1/cmdline", "init\0");
    write("40/cmdline", "java\0-Dnacos.home=/elsewhere\0");
    write("41/cmdline", &format!("java\0-Ddb.password.0=geheim\0-Dnacos.home={}\0nacos.nacos\0", home.display()));
    write("41/stat", "41 (ja) va) T 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 12345 0 0");
    write("41/status", "Name:\tjava\nVmRSS:\t  2048 kB\n");
    write(
        "41/limits",
        "Limit Soft Hard Units\nMax open files            1024                 4096                 files\n",
    );
    write("41/fd/0", "");
    proc
}

#[tokio::test]
async fn finds_the_process_by_its_home() {
    let home = home();
    let proc = proc_with(home.path());
    let found = find_process(proc.path(), home.path()).expect("looked").expect("there");
    assert_eq!(
        (found.pid, found.state.as_str(), found.resident_bytes, found.files),
        (41, "T", Some(2048 * 1024), Some((1, 1024)))
    );
    assert_eq!(found.started_at, Some(Timestamp::from_millis(1_760_000_000_000 + 123_450)));
    assert!(!found.command.join(" ").contains("geheim"));
    fs::remove_dir_all(proc.path().join("41")).expect("gone");
    assert_eq!(find_process(proc.path(), home.path()), Ok(None));
    fs::remove_dir_all(proc.path().join("1")).expect("hidden");
    assert!(matches!(find_process(proc.path(), home.path()), Err(SourceError::Denied { .. })));
    let copied = HomeFiles::copied(home.path().to_path_buf());
    assert!(matches!(copied.process(&deadline()).await, Err(SourceError::NotConfigured { .. })));
    assert!(HomeFiles::live(home.path().to_path_buf()).disk_free("logs", &deadline()).await.expect("free") > 0);
}

#[tokio::test]
async fn a_copy_may_be_the_bare_folder_of_the_logs() {
    let copy = tempfile::tempdir().expect("copy");
    for name in ["nacos.log", "nacos_gc.log.0", "start.out", "cluster.conf", "notes.txt"] {
        fs::write(copy.path().join(name), name).expect("file");
    }
    let files = HomeFiles::copied(copy.path().to_path_buf());
    let paths = |entries: Vec<FileEntry>| entries.into_iter().map(|entry| entry.path).collect::<Vec<_>>();
    let logs = files.list("logs", &deadline()).await.expect("logs");
    assert_eq!(paths(logs), ["logs/nacos.log", "logs/nacos_gc.log.0", "logs/start.out"]);
    let conf = files.list("conf", &deadline()).await.expect("conf");
    assert_eq!(paths(conf), ["conf/cluster.conf"]);
    assert_eq!(files.read_at("logs/nacos.log", 0, 100, &deadline()).await.as_deref(), Ok(b"nacos.log".as_slice()));
    // A home that has the folder keeps it, and one where a node runs is never taken so.
    let live = HomeFiles::live(copy.path().to_path_buf());
    assert!(matches!(live.list("logs", &deadline()).await, Err(SourceError::NotAHome { .. })));
    fs::create_dir(copy.path().join("logs")).expect("folder");
    assert!(files.list("logs", &deadline()).await.expect("logs").is_empty());
}

#[tokio::test]
async fn logs_outside_the_home_are_seen_as_if_they_were_in_it() {
    let home = tempfile::tempdir().expect("home");
    let outside = tempfile::tempdir().expect("outside");
    for folder in ["conf", "logs"] {
        std::fs::create_dir(home.path().join(folder)).expect("folder");
    }
    let put = |path: std::path::PathBuf, text: &str| std::fs::write(path, text).expect("file");
    let setting = format!("nacos.logs.path={}\n", outside.path().display());
    put(home.path().join("conf/application.properties"), &setting);
    put(home.path().join("logs/start.out"), "started\n");
    put(home.path().join("logs/nacos.log"), "of last year\n");
    put(outside.path().join("nacos.log"), "of today\n");
    put(outside.path().join("naming-server.log.2026-11-22.0"), "rolled\n");
    put(outside.path().join("auth.log"), "of somebody else\n");
    std::os::unix::fs::symlink("/etc/passwd", outside.path().join("nacos-x.log")).expect("link");

    let live = HomeFiles::live(home.path().to_path_buf());
    let listed = live.list("logs", &deadline()).await.expect("listed");
    let paths: Vec<&str> = listed.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(paths, ["logs/nacos-x.log", "logs/nacos.log", "logs/naming-server.log.2026-11-22.0", "logs/start.out"]);
    let read = async |path: &str| live.read_at(path, 0, 100, &deadline()).await;
    assert_eq!(read("logs/nacos.log").await.as_deref(), Ok(b"of today\n".as_slice()));
    assert_eq!(read("logs/start.out").await.as_deref(), Ok(b"started\n".as_slice()));
    assert!(read("logs/auth.log").await.is_err());
    assert!(read("logs/nacos-x.log").await.is_err());
    // A copy says where its node wrote on another machine.
    let copied = HomeFiles::copied(home.path().to_path_buf());
    let bytes = copied.read_at("logs/nacos.log", 0, 100, &deadline()).await;
    assert_eq!(bytes.as_deref(), Ok(b"of last year\n".as_slice()));
}

#[tokio::test]
async fn a_folder_that_is_no_home_is_called_that_and_the_home_in_it_is_named() {
    let folder = tempfile::tempdir().expect("folder");
    let listed = async || HomeFiles::copied(folder.path().to_path_buf()).list("logs", &deadline()).await;
    let path = folder.path().display().to_string();
    assert_eq!(listed().await, Err(SourceError::NotAHome { path: path.clone(), inside: None }));
    for part in ["nacos/conf", "nacos/logs", "other/logs"] {
        std::fs::create_dir_all(folder.path().join(part)).expect("folder");
    }
    let inside = Some(folder.path().join("nacos").display().to_string());
    assert_eq!(listed().await, Err(SourceError::NotAHome { path, inside }));
    std::fs::create_dir(folder.path().join("conf")).expect("folder");
    assert_eq!(listed().await, Err(SourceError::NotFound { path: "logs".to_owned() }), "a home without its logs");
}

fn packed(text: &str) -> Vec<u8> {
    use std::io::Write as _;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(text.as_bytes()).expect("packed");
    packer.finish().expect("packed")
}

#[tokio::test]
async fn a_packed_log_stands_in_where_there_is_no_other() {
    let home = home();
    let logs = home.path().join("logs");
    let line = "2026-11-22 15:26:01,123 INFO one\n";
    fs::write(logs.join("nacos.log.2026-11-21.0.gz"), packed(line)).expect("rolled over");
    fs::write(logs.join("naming-server.log.2026-11-21.0.gz"), packed("2026-11-21 01:00:00,000 INFO old\n"))
        .expect("old");
    fs::write(logs.join("naming-server.log.2026-11-22.0.gz"), packed(line)).expect("newer");
    fs::write(logs.join("remote.log.gz"), packed(line)).expect("current");
    let paths = ["logs/nacos.log.2026-11-21.0.gz", "logs/naming-server.log.2026-11-22.0.gz", "logs/remote.log.gz"];
    let kept = paths.map(|path| {
        let file = File::open(home.path().join(path)).expect("open");
        let sha256 = crate::sources::kept::hash_file(&file).expect("hash");
        let size_bytes = file.metadata().expect("size").len();
        KeptFile { path: path.to_owned(), size_bytes, came_sha256: sha256.clone(), sha256 }
    });
    let kept = Arc::new(Kept { files: kept.to_vec(), dropped: false });
    let copy = HomeFiles::copied(home.path().to_path_buf());
    let listed = copy.list("logs", &deadline()).await.expect("logs");
    assert_eq!(
        listed.iter().map(|entry| entry.path.as_str()).collect::<Vec<_>>(),
        [
            "logs/nacos.log",
            // Beside the file that is written now, what was rolled over stays what it is.
            "logs/nacos.log.2026-11-21.0.gz",
            "logs/naming-server.log.2026-11-21.0.gz",
            "logs/naming-server.log",
            "logs/remote.log",
        ]
    );
    // What was handed in is only read as it was kept, by the name that stands in for it as well, and asked for at once.
    for files in [copy, HomeFiles::handed_in(home.path().to_path_buf(), kept)] {
        assert_eq!(files.read_at("logs/naming-server.log", 0, 100, &deadline()).await.expect("read"), line.as_bytes());
        assert_eq!(files.read_at("logs/remote.log", 20, 3, &deadline()).await.expect("read"), b"123");
    }
}

#[tokio::test]
async fn a_single_file_is_what_a_node_wrote_to_its_standard_output() {
    let folder = tempfile::tempdir().expect("folder");
    let text = "2026-11-22T15:26:01.123456789Z 2026-11-22 23:26:01,123 INFO one\n".repeat(3);
    for (name, shown) in [("n1.txt", "logs/start.out"), ("alipay-jraft.log", "logs/alipay-jraft.log")] {
        fs::write(folder.path().join(name), &text).expect("written");
        let files = HomeFiles::copied(folder.path().join(name));
        let listed = files.list("logs", &deadline()).await.expect("listed");
        let seen: Vec<_> = listed.iter().map(|one| (one.path.as_str(), one.size_bytes, one.zone_offset_s)).collect();
        assert_eq!(seen, [(shown, 99, Some(8 * 3600))]);
        let read = files.read_at(shown, 0, 33, &deadline()).await.expect("read");
        assert_eq!(read, b"2026-11-22 23:26:01,123 INFO one\n");
        assert!(matches!(files.list("conf", &deadline()).await, Err(SourceError::NotFound { .. })));
        assert!(matches!(files.read_at("logs/other.log", 0, 1, &deadline()).await, Err(SourceError::NotFound { .. })));
    }
}
