//! Small file systems of one's own: they can be filled without harm. Only root can mount them.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// A mounted file system; unmounted when dropped.
pub struct Mounted {
    kind: String,
    at: PathBuf,
    _folder: tempfile::TempDir,
}

impl Mounted {
    /// In memory. `None`: it cannot be mounted here.
    pub fn tmpfs(mib: u32) -> Option<Self> {
        let folder = tempfile::tempdir().expect("folder");
        Self::mount(folder, &format!("tmpfs of {mib} MiB"), &["-t", "tmpfs", "-o", &format!("size={mib}m"), "tmpfs"])
    }

    /// In a file, through a loop device.
    pub fn ext4(mib: u64) -> Option<Self> {
        let folder = tempfile::tempdir().expect("folder");
        let image = folder.path().join("image");
        std::fs::File::create(&image).and_then(|file| file.set_len(mib * 1024 * 1024)).expect("an image");
        // No blocks for root alone: the test is root.
        done(Command::new("mkfs.ext4").args(["-q", "-m", "0"]).arg(&image))?;
        let image = image.to_str().expect("a plain path").to_owned();
        Self::mount(folder, &format!("ext4 of {mib} MiB"), &["-o", "loop", &image])
    }

    fn mount(folder: tempfile::TempDir, kind: &str, arguments: &[&str]) -> Option<Self> {
        let at = folder.path().join("disk");
        std::fs::create_dir(&at).expect("folder");
        done(Command::new("mount").args(arguments).arg(&at))?;
        Some(Self { kind: kind.to_owned(), at, _folder: folder })
    }

    /// Kind and size, for people.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.at
    }

    /// Takes every byte that is left.
    pub fn fill(&self) -> Full {
        let filler = self.at.join("filler");
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&filler).expect("a file");
        let mut take = move || {
            for size in [64 * 1024, 4096, 512] {
                let piece = vec![0xa5; size];
                while file.write_all(&piece).is_ok() {}
            }
        };
        take();
        let free = Arc::new(AtomicBool::new(false));
        let keeps = std::thread::spawn({
            let free = free.clone();
            move || {
                while !free.load(Ordering::Acquire) {
                    take();
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
        });
        Full { filler, free, keeps: Some(keeps) }
    }
}

/// A full file system. What the program itself gives back, as when it truncates its log, is taken as well.
pub struct Full {
    filler: PathBuf,
    free: Arc<AtomicBool>,
    keeps: Option<JoinHandle<()>>,
}

impl Drop for Full {
    /// Gives all of it back.
    fn drop(&mut self) {
        self.free.store(true, Ordering::Release);
        if let Some(keeps) = self.keeps.take() {
            let _ = keeps.join();
        }
        let _ = std::fs::remove_file(&self.filler);
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Lazily: a process that was killed a moment ago may still hold it.
        let _ = Command::new("umount").arg("-l").arg(&self.at).status();
    }
}

fn done(command: &mut Command) -> Option<()> {
    let ended = command.output().ok()?;
    ended.status.success().then_some(())
}
