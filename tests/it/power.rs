//! Power cuts: the file system below the data folder stops as if the machine had lost its power, and what had not reached
//! the disk is gone. `NODEDOWN_CUTS=60` makes so many cuts; a few are made where loop mounts work.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use nodedown::app::{SourcesFiles, SystemClock};
use nodedown::commands::incidents::OpenIncident;
use nodedown::commands::{self, Caller, Commands, hand_in};
use nodedown::domain::cluster::parse_nodes;
use nodedown::domain::credential::CredentialRules;
use nodedown::domain::id::{IncidentId, NodeName};
use nodedown::domain::kept::KeptFile;
use nodedown::store::Store;
use nodedown::store::hand_in::{HandedInItem, HandedInWhat};
use sha2::{Digest as _, Sha256};

use crate::hand_in::{home_zip, upload};
use crate::support::aloud;

/// Cuts in the ordinary tests, over both file systems.
const CUTS: usize = 10;

/// A file system in a file, mounted; unmounted when dropped.
struct Disk {
    image: PathBuf,
    mount: PathBuf,
    folder: tempfile::TempDir,
}

impl Disk {
    /// `None` where that cannot be done here.
    fn new(kind: &str) -> Option<Self> {
        let folder = tempfile::tempdir().ok()?;
        let (image, mount) = (folder.path().join("image"), folder.path().join("mount"));
        std::fs::create_dir(&mount).ok()?;
        std::fs::File::create(&image).ok()?.set_len(320 << 20).ok()?;
        run(&format!("mkfs.{kind}"), &["-q".as_ref(), image.as_ref()]).ok()?;
        run("xfs_io", &["-V".as_ref()]).ok()?;
        // Tests beside this one have network namespaces, whose processes see a copy of every mount. Below a shared mount
        // what is unmounted here is unmounted in the copies; otherwise the file system that was cut lives on there, and
        // mounting the image again gives that one.
        run("mount", &["--bind".as_ref(), folder.path().as_ref(), folder.path().as_ref()]).ok()?;
        run("mount", &["--make-shared".as_ref(), folder.path().as_ref()]).ok()?;
        let disk = Self { image, mount, folder };
        disk.mount().is_ok().then_some(disk)
    }

    /// What `mount` said, where it did not.
    fn mount(&self) -> Result<(), String> {
        run("mount", &["-o".as_ref(), "loop".as_ref(), self.image.as_ref(), self.mount.as_ref()])
    }

    /// Nothing reaches the disk from here on, the file system's own log included; then it is mounted anew.
    fn cut(&self) {
        run("xfs_io", &["-x".as_ref(), "-c".as_ref(), "shutdown".as_ref(), self.mount.as_ref()]).expect("it is cut");
    }

    fn mount_again(&self) {
        // Threads that hold the database open end a moment after it was closed.
        patiently(|| run("umount", &[self.mount.as_ref()])).expect("nothing holds it open");
        patiently(|| self.mount()).expect("it can be mounted again");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        for mounted in [&*self.mount, self.folder.path()] {
            let is_mounted = run("mountpoint", &["-q".as_ref(), mounted.as_ref()]).is_ok();
            if is_mounted && let Err(said) = patiently(|| run("umount", &[mounted.as_ref()])) {
                aloud(&format!("{} is still mounted: {said}", mounted.display()));
            }
        }
    }
}

/// What it said, where it failed.
fn run(program: &str, arguments: &[&std::ffi::OsStr]) -> Result<(), String> {
    let output = Command::new(program).args(arguments).output().map_err(|error| error.to_string())?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()) }
}

/// Tries for ten seconds; what was said last.
fn patiently(mut attempt: impl FnMut() -> Result<(), String>) -> Result<(), String> {
    for _ in 0..200 {
        if attempt().is_ok() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    attempt()
}

async fn open(data: &Path) -> (Store, Commands) {
    let store = Store::open(data).await.expect("the database opens");
    let runbooks = nodedown::app::runbooks().expect("runbooks");
    let files = Arc::new(SourcesFiles::default());
    let (clock, rules) = (Arc::new(SystemClock), CredentialRules::default());
    let commands = Commands::new(store.clone(), clock, data.to_owned(), runbooks, Vec::new(), files, rules);
    (store, commands)
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_uploads_survive_power_cuts() {
    let wanted = std::env::var("NODEDOWN_CUTS").ok().and_then(|cuts| cuts.parse().ok()).unwrap_or(CUTS);
    for kind in ["xfs", "ext4"] {
        let Some(disk) = Disk::new(kind) else {
            aloud(&format!("power cuts on {kind}: SKIPPED, they need root, loop mounts, mkfs.{kind} and xfs_io"));
            continue;
        };
        let (kept, short) = cuts(&disk, wanted.div_ceil(2)).await;
        aloud(&format!(
            "power cuts on {kind}: {} cuts, {kept} acknowledged archives, {short} short",
            wanted.div_ceil(2)
        ));
        assert!(short == 0 && kept >= wanted.div_ceil(2), "{short} of {kept} archives are not what was acknowledged");
    }
}

/// Read from the disk: this process knows the hashes of what it wrote.
fn is_whole(data: &Path, item: &HandedInItem) -> bool {
    let HandedInWhat::Archive { folder, files, .. } = &item.what else { return false };
    let same = |file: &KeptFile| {
        let bytes = std::fs::read(data.join(folder).join(&file.path)).unwrap_or_default();
        bytes.len() as u64 == file.size_bytes && hex::encode(Sha256::digest(&bytes)) == file.sha256
    };
    files.len() == 2 && files.iter().all(same)
}

/// Uploads and cuts so many times; how many archives were acknowledged, and how many of them are not whole.
async fn cuts(disk: &Disk, times: usize) -> (usize, usize) {
    let data = disk.mount.join("data");
    std::fs::create_dir_all(data.join("incoming")).expect("data folder");
    std::fs::File::open(&disk.mount).expect("folder").sync_all().expect("synced");
    std::fs::File::open(&data).expect("folder").sync_all().expect("synced");
    let ann = Caller::new("ann");
    let (store, commands) = open(&data).await;
    let nodes = parse_nodes("127.0.0.1:1").expect("nodes");
    let cluster = commands::clusters::create(&commands, &ann, "prod", nodes, Vec::new(), 1000).await.expect("cluster");
    store.close().await;
    drop(commands);

    let mut acknowledged: Vec<(IncidentId, i64)> = Vec::new();
    for round in 0..times {
        let (store, commands) = open(&data).await;
        // A folder of its own for each: new parents are what a cut takes first.
        let about = OpenIncident { cluster: cluster.id, node: None, drill: false, note: String::new() };
        let id = commands::incidents::open(&commands, &ann, about).await.expect("incident");
        let log = format!("2026-11-22 10:00:00,000 INFO round {round}\n").repeat(500 + round);
        let zip = home_zip(&[("logs/nacos.log", log.as_bytes()), ("conf/cluster.conf", b"10.0.0.1\n")]);
        for _ in 0..=(round % 3) {
            let node = NodeName::from("127.0.0.1:1");
            let taken = hand_in::file(&commands, &ann, id, &node, "a.zip", upload(&commands, &zip)).await;
            acknowledged.push((id, taken.expect("taken")));
        }
        disk.cut();
        store.close().await;
        drop(commands);
        disk.mount_again();
    }

    let (store, commands) = open(&data).await;
    let mut short = 0;
    for (incident, row) in &acknowledged {
        let items = commands.read().handed_in(*incident).await.expect("rows");
        let item = items.iter().find(|item| item.id == *row);
        if !item.is_some_and(|item| is_whole(&data, item)) {
            short += 1;
        }
    }
    store.close().await;
    (acknowledged.len(), short)
}
