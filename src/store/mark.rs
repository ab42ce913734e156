//! The mark beside the database: how many changes were committed when it was written.
//!
//! # Why
//! A database that was cut short, put back or replaced looks as whole as any other. The mark is written after the commit
//! that it names is durable, so a database that ends before its mark has lost what was acknowledged; what a crash leaves
//! unfinished in the log was never acknowledged, and no mark names it. The mark also says that the folder is in use: a
//! missing or empty database beside it is a loss and no first start.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Name of the file in the data folder.
pub const MARK_FILE: &str = "nodedown.mark";
/// Name of the next one, while it is written.
pub const NEW_MARK_FILE: &str = "nodedown.mark.new";

/// A database that ends before its mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Number of the database's last commit.
    pub database: i64,
    /// Number in the mark.
    pub mark: i64,
}

/// In words of a log line.
impl std::fmt::Display for Loss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { database, mark } = self;
        write!(f, "the database ends at {}, the mark says {}", grouped(*database), grouped(*mark))
    }
}

/// `1254` as `1,254`.
#[must_use]
pub fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |digits| ("-", digits));
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    format!("{sign}{}", groups.join(","))
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(MARK_FILE)
}

/// Whether there is a mark, readable or not.
pub(super) fn exists(data_dir: &Path) -> bool {
    path(data_dir).exists()
}

/// The number in the mark; `None`: there is none, or it cannot be read.
pub(super) fn read(data_dir: &Path) -> Option<i64> {
    std::fs::read_to_string(path(data_dir)).ok()?.trim().parse().ok()
}

/// Replaces the mark, whole or not at all.
pub(super) fn write(data_dir: &Path, number: i64) -> std::io::Result<()> {
    let new = data_dir.join(NEW_MARK_FILE);
    // A left-over keeps its old permissions, so it goes first.
    let _ = std::fs::remove_file(&new);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    writeln!(file, "{number}")?;
    file.sync_all()?;
    std::fs::rename(new, path(data_dir))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_is_said_in_numbers_that_can_be_read() {
        let loss = Loss { database: 1203, mark: 1_254_000 };
        assert_eq!(loss.to_string(), "the database ends at 1,203, the mark says 1,254,000");
        assert_eq!((grouped(7), grouped(-1000)), ("7".to_owned(), "-1,000".to_owned()));
    }
}
