//! Small file systems of one's own: they can be filled without harm. Only root can mount them.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

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
    pub fn fill(&self) {
        let mut file = std::fs::File::create(self.at.join("filler")).expect("a file");
        for size in [64 * 1024, 4096, 512] {
            let piece = vec![0xa5; size];
            while file.write_all(&piece).is_ok() {}
        }
    }

    /// Gives them back.
    pub fn free(&self) {
        std::fs::remove_file(self.at.join("filler")).expect("the filler");
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
