//! The key under which secrets are hashed: a file beside the database, for this user alone.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Name of the file in the data folder.
const NAME: &str = "redaction.key";

/// The key of this data folder, made where there is none.
///
/// # Errors
/// The file system's; a file that holds no key. A new key is never put in its place: what was stored under the old one
/// would not be known any more.
pub fn of_folder(data_dir: &Path) -> io::Result<[u8; 32]> {
    let path = data_dir.join(NAME);
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    match File::open(&path) {
        Ok(file) => read(file).map_err(named),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(data_dir, &path).map_err(named),
        Err(error) => Err(named(error)),
    }
}

fn read(file: File) -> io::Result<[u8; 32]> {
    let mut text = String::new();
    file.take(1024).read_to_string(&mut text)?;
    let bytes = hex::decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| io::Error::other("this is not a key of 64 hexadecimal digits; restore the file from a backup"))
}

/// A reader of the path finds no file or a whole one.
fn make(data_dir: &Path, path: &Path) -> io::Result<[u8; 32]> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| io::Error::other(error.to_string()))?;
    let part = data_dir.join(format!("{NAME}.part"));
    let _ = std::fs::remove_file(&part);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
    file.write_all(hex::encode(key).as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&part, path)?;
    File::open(data_dir)?.sync_all()?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_never_replaced() {
        let folder = tempfile::tempdir().expect("folder");
        let key = of_folder(folder.path()).expect("made");
        assert_eq!(of_folder(folder.path()).expect("read"), key);
        let path = folder.path().join(NAME);
        assert_eq!(path.metadata().expect("file").permissions().mode() & 0o777, 0o600);
        std::fs::write(&path, "short").expect("written");
        assert!(of_folder(folder.path()).is_err());
        assert_eq!(std::fs::read_to_string(&path).expect("kept"), "short");
    }
}
