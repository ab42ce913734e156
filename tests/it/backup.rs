//! Backups: made while the server is written to, checked, put back and compared.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nodedown::backup::{self, Automatic, Keeping};
use nodedown::commands::{Caller, hand_in};
use nodedown::domain::id::{IncidentId, NodeName};
use nodedown::domain::time::Timestamp;
use nodedown::store::Store;
use nodedown::store::migrations::MIGRATIONS;
use sqlx::Connection as _;
use tokio_util::task::TaskTracker;

use crate::hand_in::{home_zip, upload};
use crate::kill::id_in;
use crate::process::{Browser, Server};
use crate::support::run_app;

fn nodedown(arguments: &[&str], paths: &[&Path]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nodedown")).args(arguments).args(paths).output().expect("the binary runs")
}

/// `backup`, with these paths for the data folder and the file.
fn back_up(data: &Path, to: &Path) -> Output {
    nodedown(&["backup"], &["--data".as_ref(), data, "--to".as_ref(), to])
}

fn restore(file: &Path, data: &Path, force: bool) -> Output {
    let options: &[&str] = if force { &["restore", "--force"] } else { &["restore"] };
    nodedown(options, &[file, "--data".as_ref(), data])
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Every file below a folder with its content.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(at).expect("folder").flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                let name = entry.path().strip_prefix(folder).expect("below").to_path_buf();
                found.insert(name, std::fs::read(entry.path()).expect("content"));
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_while_the_server_is_written_to_is_put_back_and_compared() {
    let folder = tempfile::tempdir().expect("folder");
    let (data, file, other) =
        (folder.path().join("data"), folder.path().join("backup.tar.gz"), folder.path().join("other"));
    std::fs::create_dir(&data).expect("folder");
    let server = Server::start(&data);
    let mut browser = Browser::new(&server.base);
    browser.set_up(&server).await;
    let mode = |path: PathBuf| path.metadata().expect("a file").permissions().mode() & 0o777;
    for name in ["nodedown.db", "nodedown.db-wal", "nodedown.db-shm"] {
        assert_eq!(mode(data.join(name)), 0o600, "{name}");
    }
    let cluster = browser.post("/clusters", &[("name", "prod"), ("addresses", "127.0.0.1:1"), ("nonce", "c")]).await;
    let cluster = id_in(&cluster);
    let place = browser.post("/incidents", &[("cluster", &cluster), ("kind", "outage"), ("nonce", "i")]).await;
    let id = IncidentId(id_in(&place).parse().expect("an id"));
    std::fs::write(data.join("a-key"), b"the key of something").expect("key");
    std::fs::write(data.join("credentials/nacos"), b"user:password").expect("credential");

    // Notes go on while the copy is made.
    let stop = Arc::new(AtomicBool::new(false));
    let writing = {
        let (stop, page) = (stop.clone(), format!("/incidents/{id}/notes"));
        TaskTracker::new().spawn(async move {
            let mut count = 0;
            while !stop.load(Ordering::Relaxed) {
                let nonce = format!("note {count}");
                browser.post(&page, &[("text", &nonce), ("step", "1"), ("nonce", &nonce)]).await;
                count += 1;
            }
            count
        })
    };
    let (from, to) = (data.clone(), file.clone());
    let made = tokio::task::spawn_blocking(move || back_up(&from, &to)).await.expect("ended");
    stop.store(true, Ordering::Relaxed);
    let notes = writing.await.expect("nobody was refused");
    assert!(made.status.success(), "{}", said(&made));
    assert!(said(&made).contains("not in it: credentials/"), "{}", said(&made));
    assert_eq!(mode(file.clone()), 0o600);
    assert!(notes > 0);
    let verified = nodedown(&["verify"], &[&file]);
    assert!(verified.status.success(), "{}", said(&verified));
    assert!(!back_up(&data, &file).status.success(), "a file that is there is not written over");

    // Not while a server runs, whatever is asked for.
    let refused = restore(&file, &data, true);
    assert!(!refused.status.success() && said(&refused).contains("another nodedown is using it"), "{}", said(&refused));
    server.kill();
    let refused = restore(&file, &data, false);
    assert!(!refused.status.success() && said(&refused).contains("not empty"), "{}", said(&refused));

    let restored = restore(&file, &other, false);
    assert!(restored.status.success(), "{}", said(&restored));
    assert_eq!(std::fs::read(other.join("a-key")).expect("key"), b"the key of something");
    assert!(!other.join("credentials").exists());
    let (one, two) = (Store::open(&data).await.expect("opens"), Store::open(&other).await.expect("opens"));
    assert_eq!(one.read().users().await.expect("users"), two.read().users().await.expect("users"));
    assert_eq!(one.read().clusters().await.expect("clusters"), two.read().clusters().await.expect("clusters"));
    assert_eq!(one.read().incident(id).await.expect("incident"), two.read().incident(id).await.expect("incident"));
    let (all, some) = (one.read().timeline(id).await.expect("events"), two.read().timeline(id).await.expect("events"));
    assert!(!some.is_empty() && all.starts_with(&some), "a moment of the same timeline");
    assert_eq!(two.read().first_broken_event(id).await.expect("chain"), None);
    one.close().await;
    two.close().await;

    // What was there is moved aside, and the server starts on what was put back.
    let before = contents(&data);
    let forced = restore(&file, &data, true);
    assert!(forced.status.success(), "{}", said(&forced));
    let after = contents(&data);
    for (name, content) in before {
        let moved = after.iter().any(|(path, there)| path.ends_with(&name) && *there == content);
        assert!(moved || name.ends_with("lock") || name.ends_with("nodedown.db-shm"), "{} is gone", name.display());
    }
    assert_eq!(std::fs::read(data.join("credentials/nacos")).expect("stays"), b"user:password");
    Server::start(&data).kill();
}

#[test]
fn what_was_handed_in_comes_back_and_damage_to_a_backup_is_found() {
    run_app(async |app| {
        let (id, cx) = (app.incident().await, app.commands());
        let node = NodeName::from("n3");
        let zip = home_zip(&[("logs/nacos.log", &b"2026-11-22 10:00:00,000 INFO a line\n".repeat(900))]);
        hand_in::file(cx, &Caller::new("ann"), id, &node, "a.zip", upload(cx, &zip)).await.expect("taken");
        let folder = tempfile::tempdir().expect("folder");
        let (file, other) = (folder.path().join("backup.tar.gz"), folder.path().join("other"));
        let now = Timestamp::from_millis(1_795_000_000_000);
        let manifest = backup::create(app.data.path(), &file, now).await.expect("a backup");
        let names: Vec<&str> = manifest.files.keys().map(String::as_str).collect();
        assert!(names.len() == 3 && names.contains(&"redaction.key"), "{names:?}");
        assert_eq!(backup::verify(&file).await.expect("sound"), manifest);
        assert_eq!(backup::restore(&file, &other, false, now).await.expect("restored"), None);
        assert_eq!(contents(&app.data.path().join("handed-in")), contents(&other.join("handed-in")));

        let bytes = std::fs::read(&file).expect("backup");
        let packed = unzipped(&bytes);
        assert!(packed.is_some());
        for at in [bytes.len() / 3, bytes.len() / 2, bytes.len() - 5] {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            std::fs::write(&file, &damaged).expect("damaged");
            // Where zeros repeat zeros, it does not matter how far back they are taken from.
            let is_whole = unzipped(&damaged) == packed;
            assert!(!is_whole || at < bytes.len() - 8, "the sum of what was packed is at the end");
            assert_eq!(backup::verify(&file).await.is_ok(), is_whole, "one bit at {at} of {}", bytes.len());
        }
        for length in [0, 100, bytes.len() / 2, bytes.len() - 1] {
            std::fs::write(&file, &bytes[..length]).expect("cut");
            assert!(backup::verify(&file).await.is_err(), "cut at {length}");
        }
        let third = folder.path().join("third");
        assert!(backup::restore(&file, &third, true, now).await.is_err());
        assert!(!third.exists(), "nothing was changed");

        // A changed timeline in a backup that was hashed anew is found out by its chain.
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(other.join("nodedown.db"));
        let mut connection = sqlx::sqlite::SqliteConnection::connect_with(&options).await.expect("opens");
        for statement in ["DROP TRIGGER events_no_update", "UPDATE events SET at = at + 1"] {
            sqlx::query(statement).execute(&mut connection).await.expect("by hand");
        }
        connection.close().await.expect("closed");
        let forged = folder.path().join("forged.tar.gz");
        backup::create(&other, &forged, now).await.expect("a backup");
        let error = format!("{:#}", backup::verify(&forged).await.expect_err("forged"));
        assert!(error.contains("timeline"), "{error}");
    });
}

/// What is packed in there, if it can be unpacked to the end.
fn unzipped(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut packed = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(bytes), &mut packed).ok()?;
    Some(packed)
}

#[test]
fn daily_backups_are_made_once_a_day_and_the_newest_are_kept() {
    run_app(async |app| {
        app.incident().await;
        let keeping = Keeping { daily: 2, ..Keeping::default() };
        let day = |day: i64| Timestamp::from_millis(1_795_000_000_000 + day * 24 * 3600 * 1000);
        for (at, made) in [(0, true), (0, false), (1, true), (2, true)] {
            match backup::daily(app.data.path(), keeping, day(at)).await.expect("no fault") {
                Automatic::Made(file) => {
                    assert!(made);
                    backup::verify(&file).await.expect("sound");
                }
                Automatic::NotDue => assert!(!made, "day {at}"),
                Automatic::NoRoom { .. } => return crate::support::aloud("daily backups: SKIPPED, this disk is full"),
            }
        }
        let kept: Vec<PathBuf> = contents(&app.data.path().join(backup::FOLDER)).into_keys().collect();
        assert_eq!(kept.len(), 2, "{kept:?}");
        let off = Keeping { daily: 0, ..keeping };
        assert_eq!(backup::daily(app.data.path(), off, day(9)).await.expect("no fault"), Automatic::NotDue);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_made_before_an_upgrade() {
    let data = tempfile::tempdir().expect("folder");
    let path = data.path().join("nodedown.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut connection = sqlx::sqlite::SqliteConnection::connect_with(&options).await.expect("connection");
    let first = MIGRATIONS.iter().next().expect("a migration").version;
    MIGRATIONS.run_to(first, &mut connection).await.expect("migrated");
    connection.close().await.expect("closed");
    let user = Command::new(env!("CARGO_BIN_EXE_nodedown"))
        .args(["user", "add", "ann", "--data"])
        .arg(data.path())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .and_then(|mut child| {
            use std::io::Write as _;
            child.stdin.take().expect("stdin").write_all(crate::support::PASSWORD.as_bytes())?;
            child.wait()
        });
    assert!(user.expect("it runs").success());
    let made: Vec<PathBuf> = contents(&data.path().join(backup::FOLDER)).into_keys().collect();
    assert_eq!(made, [PathBuf::from(format!("before-upgrade-{first}.tar.gz"))]);
    let manifest = backup::verify(&data.path().join(backup::FOLDER).join(&made[0])).await.expect("sound");
    assert_eq!(manifest.schema, first);
}

#[test]
fn uploads_of_incidents_reviewed_long_ago_can_be_dropped() {
    run_app(async |app| {
        let (id, cx) = (app.incident().await, app.commands());
        let zip = home_zip(&[("logs/nacos.log", b"2026-11-22 10:00:00,000 INFO a line\n")]);
        let node = NodeName::from("n3");
        hand_in::file(cx, &Caller::new("ann"), id, &node, "a.zip", upload(cx, &zip)).await.expect("taken");
        assert_eq!(
            hand_in::drop_reviewed(cx, Timestamp::from_millis(i64::MAX)).await.expect("none"),
            0,
            "it is not reviewed"
        );
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(app.data.path().join("nodedown.db"));
        let mut connection = sqlx::sqlite::SqliteConnection::connect_with(&options).await.expect("opens");
        sqlx::query("UPDATE incidents SET state = 'reviewed', mitigated_at = 1, resolved_at = 2, reviewed_at = 3")
            .execute(&mut connection)
            .await
            .expect("by hand");
        connection.close().await.expect("closed");
        assert_eq!(hand_in::drop_reviewed(cx, Timestamp::from_millis(3)).await.expect("none"), 0, "not long enough");
        assert_eq!(hand_in::drop_reviewed(cx, Timestamp::from_millis(4)).await.expect("dropped"), 1);
        let item = app.read().handed_in(id).await.expect("items").remove(0);
        assert!(item.came_sha256.is_some() && item.dropped.is_some(), "{item:?}");
        let damage = hand_in::damage(cx, &item, true).await;
        assert_eq!(damage, [(String::new(), nodedown::domain::kept::Damage::Dropped)]);
        assert!(!app.data.path().join("handed-in").join(id.to_string()).exists());
    });
}
