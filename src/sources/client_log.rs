//! The end of the own log of a client on another host, read as the files of nodes are: by SFTP, from hosts whose key is known.
//!
//! A path whose last part has a point in it names the log; any other one names a folder in which an SDK writes its logs. Only the
//! end is read, and nothing but that file.

use crate::domain::cluster::SshLocation;

use super::files::MAX_READ;
use super::ssh::{SshFiles, SshHosts};
use super::{Deadline, SourceError};

/// Most bytes that are read.
const MOST_BYTES: u64 = 1024 * 1024;
/// Logs of an SDK that tell of its connections; the first that is there counts.
const NAMES: [&str; 2] = ["remote.log", "naming.log"];

/// Reads it.
///
/// # Errors
/// Whatever SSH says; not found, or denied by permissions or by a link that leaves its folder.
pub async fn read(place: &SshLocation, hosts: &SshHosts, deadline: &Deadline) -> Result<String, SourceError> {
    let (folder, wanted) = split(&place.home);
    let files = SshFiles::new(SshLocation { home: folder.to_owned(), ..place.clone() }, hosts);
    let listed = files.list("", deadline).await.map_err(|error| at(place, error))?;
    let names: &[&str] = wanted.as_ref().map_or(&NAMES, std::slice::from_ref);
    let found = names.iter().find_map(|name| listed.iter().find(|entry| entry.path.trim_start_matches('/') == *name));
    let Some(entry) = found else { return Err(SourceError::NotFound { path: place.to_string() }) };
    let mut from = entry.size_bytes.saturating_sub(MOST_BYTES);
    let is_cut = from > 0;
    let mut bytes: Vec<u8> = Vec::new();
    while (bytes.len() as u64) < MOST_BYTES {
        let left = usize::try_from(MOST_BYTES).unwrap_or(MAX_READ) - bytes.len();
        let piece = files.read_at(&entry.path, from, left.min(MAX_READ), deadline).await;
        let piece = piece.map_err(|error| at(place, error))?;
        if piece.is_empty() {
            break;
        }
        from += piece.len() as u64;
        bytes.extend(piece);
    }
    let text = String::from_utf8_lossy(&bytes);
    // The first line begins somewhere before it.
    let whole = if is_cut { text.split_once('\n').map_or("", |(_, rest)| rest) } else { &text };
    Ok(whole.to_owned())
}

/// What of a path is the folder, and which file in it.
fn split(path: &str) -> (&str, Option<&str>) {
    let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
    if name.find('.').is_some_and(|at| at > 0) {
        (if folder.is_empty() { "/" } else { folder }, Some(name))
    } else {
        (path, None)
    }
}

/// With the host, where an error names a path alone.
fn at(place: &SshLocation, error: SourceError) -> SourceError {
    match error {
        SourceError::NotFound { path } => SourceError::NotFound { path: format!("{}:{path}", place.host) },
        SourceError::Denied { why } => SourceError::Denied { why: format!("{}: {why}", place.host) },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_a_log_or_a_folder() {
        for (path, expected) in [
            ("/home/app/logs/nacos", ("/home/app/logs/nacos", None)),
            ("~/logs/nacos/naming.log", ("~/logs/nacos", Some("naming.log"))),
            ("/naming.log", ("/", Some("naming.log"))),
            ("/home/app/.nacos", ("/home/app/.nacos", None)),
            ("/home/app/logs/", ("/home/app/logs/", None)),
        ] {
            assert_eq!(split(path), expected, "{path}");
        }
    }
}
