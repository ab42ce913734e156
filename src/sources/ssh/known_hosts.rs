//! Which host keys are known: `known_hosts` files as OpenSSH writes them, read strictly.
//!
//! Plain, `[host]:port`, wildcard, negated and hashed entries and `@revoked` count; `@cert-authority` lines never make a
//! plain key known. A line is only ever added for a person who checked the key; none is changed or taken away.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use russh::keys::{Algorithm, HashAlg, PublicKey, parse_public_key_base64};

use crate::domain::credential::{Recipient, Use};
use crate::sources::secret::{self, Secrets};
use crate::sources::small_file::{NotRead, WhyNot};
use crate::sources::{SourceError, small_file};

use super::hashed::hmac_sha1;
use super::trouble::SshTrouble;

/// Largest file that is read.
const MAX_FILE: u64 = secret::MOST_KNOWN_HOSTS_BYTES;

/// One line that speaks of the host.
#[derive(Clone, Debug)]
struct Entry {
    file: String,
    line: usize,
    key: PublicKey,
    revoked: bool,
}

/// What is known of one host.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownHost {
    /// `host` or `[host]:port`, as the files spell it.
    name: String,
    entries: Vec<Entry>,
    /// The first file looked into: where a person would add a line.
    file: PathBuf,
}

impl KnownHost {
    /// Reads what is known of `host:port`: in the one file given, or in the user's and the system's.
    /// The given one is asked for at `secrets`, for a login at `to`.
    pub(super) async fn read(
        host: &str,
        port: u16,
        given: Option<&Path>,
        secrets: &Secrets,
        to: &[Recipient],
    ) -> Result<Self, SourceError> {
        let name = entry_name(host, port);
        let files = match given {
            Some(file) => vec![file.to_owned()],
            None => usual_files(),
        };
        let file = files.first().cloned().unwrap_or_default();
        let mut known = Self { name, entries: Vec::new(), file };
        for file in files {
            let shown = file.display().to_string();
            let read = match given {
                Some(_) => secrets.file(&file, Use::KnownHosts, to).await,
                None => small_file::read(&file, MAX_FILE, small_file::WAIT).await.map_err(SourceError::from),
            };
            let bytes = match read {
                Ok(bytes) => bytes,
                // No file: nobody is known. That is said with the key that is offered.
                Err(SourceError::File(NotRead { why: WhyNot::NotFound, .. })) => continue,
                Err(SourceError::File(NotRead { why, .. })) => {
                    return Err(SshTrouble::KnownHostsUnreadable { file: shown, why: why.to_string() }.into());
                }
                Err(other) => return Err(other),
            };
            known = super::blocking(move || {
                known.add(&shown, &String::from_utf8_lossy(&bytes));
                Ok(known)
            })
            .await?;
        }
        Ok(known)
    }

    fn add(&mut self, file: &str, text: &str) {
        for (index, line) in text.lines().enumerate() {
            let mut words = line.split_ascii_whitespace();
            let Some(first) = words.next().filter(|first| !first.starts_with('#')) else { continue };
            let (marker, hosts) =
                if first.starts_with('@') { (Some(first), words.next()) } else { (None, Some(first)) };
            let revoked = match marker {
                None => false,
                Some("@revoked") => true,
                // An authority vouches for certificates, which are not asked for; other marks are not understood.
                Some(_) => continue,
            };
            let (Some(hosts), Some(_), Some(key)) = (hosts, words.next(), words.next()) else { continue };
            if !matches(hosts, &self.name) {
                continue;
            }
            let Ok(key) = parse_public_key_base64(key) else { continue };
            self.entries.push(Entry { file: file.to_owned(), line: index + 1, key, revoked });
        }
    }

    /// Host key algorithms to ask for, those of known keys first: another key of the same host is not a change of key.
    pub(super) fn algorithms(&self) -> Vec<Algorithm> {
        let usual = russh::Preferred::DEFAULT.key;
        // SHA-1 signatures prove nothing any more.
        let usual: Vec<Algorithm> =
            usual.iter().filter(|one| !matches!(one, Algorithm::Rsa { hash: None })).cloned().collect();
        let is_known = |algorithm: &Algorithm| {
            self.entries
                .iter()
                .filter(|entry| !entry.revoked)
                .any(|entry| kind(&entry.key.algorithm()) == kind(algorithm))
        };
        let (known, rest): (Vec<_>, Vec<_>) = usual.into_iter().partition(is_known);
        known.into_iter().chain(rest).collect()
    }

    /// Whether this key is the host's.
    pub(super) fn check(&self, offered: &PublicKey) -> Result<(), SshTrouble> {
        let algorithm = offered.algorithm().to_string();
        let fingerprint = fingerprint(offered);
        let same = |entry: &&Entry| entry.key.key_data() == offered.key_data();
        if let Some(entry) = self.entries.iter().filter(|entry| entry.revoked).find(same) {
            return Err(SshTrouble::RevokedKey {
                host: self.name.clone(),
                algorithm,
                offered: fingerprint,
                at: format!("{}:{}", entry.file, entry.line),
            });
        }
        let mut good = self.entries.iter().filter(|entry| !entry.revoked).peekable();
        if good.peek().is_none() {
            return Err(SshTrouble::UnknownKey {
                host: self.name.clone(),
                algorithm,
                offered: fingerprint,
                file: self.file.display().to_string(),
            });
        }
        if good.clone().any(|entry| same(&entry)) {
            return Ok(());
        }
        let on_record = good
            .clone()
            .find(|entry| kind(&entry.key.algorithm()) == kind(&offered.algorithm()))
            .or_else(|| good.next());
        Err(SshTrouble::ChangedKey {
            host: self.name.clone(),
            algorithm,
            offered: fingerprint,
            on_record: on_record
                .map(|entry| format!("{} {}", entry.key.algorithm(), self::fingerprint(&entry.key)))
                .unwrap_or_default(),
            at: on_record.map(|entry| format!("{}:{}", entry.file, entry.line)).unwrap_or_default(),
        })
    }
}

impl KnownHost {
    /// `host` or `[host]:port`, as the files spell it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Where a person would add a line.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// `file:line` where this very key is on record.
    pub(super) fn place_of(&self, offered: &PublicKey) -> Option<String> {
        self.entries
            .iter()
            .find(|entry| !entry.revoked && entry.key.key_data() == offered.key_data())
            .map(|entry| format!("{}:{}", entry.file, entry.line))
    }

    /// Adds a line with the key to the file and gives its `file:line`. Whether that may be is the caller's to know.
    pub(super) fn append(&self, file: &Path, key: &PublicKey) -> Result<String, SshTrouble> {
        let shown = file.display().to_string();
        let unwritable = |why: String| SshTrouble::KnownHostsUnwritable { file: shown.clone(), why };
        let mut key = key.clone();
        key.set_comment("");
        let key = key.to_openssh().map_err(|error| unwritable(error.to_string()))?;
        let lines = append_line(file, &format!("{} {}", self.name, key.trim_end()))
            .map_err(|error| unwritable(error.to_string()))?;
        Ok(format!("{shown}:{lines}"))
    }
}

/// Adds a line and gives its number. A folder and a file that have to be made are the owner's only.
fn append_line(file: &Path, line: &str) -> std::io::Result<usize> {
    use std::fs::{DirBuilder, OpenOptions};
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut open = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(file)?;
    let mut before = Vec::new();
    Read::by_ref(&mut open).take(MAX_FILE).read_to_end(&mut before)?;
    // A last line without an end must not swallow the new one.
    let apart = if before.last().is_some_and(|last| *last != b'\n') { "\n" } else { "" };
    open.write_all(format!("{apart}{line}\n").as_bytes())?;
    open.sync_all()?;
    Ok(String::from_utf8_lossy(&before).lines().count() + 1)
}

/// Where the person's own files are.
pub(super) fn user_home() -> Option<PathBuf> {
    std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from)
}

/// `SHA256:…`, as `ssh-keygen -l` writes it.
pub(super) fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

/// How a host is named in the files.
pub(super) fn entry_name(host: &str, port: u16) -> String {
    let host = host.to_ascii_lowercase();
    if port == 22 { host } else { format!("[{host}]:{port}") }
}

fn kind(algorithm: &Algorithm) -> Algorithm {
    match algorithm {
        Algorithm::Rsa { .. } => Algorithm::Rsa { hash: None },
        other => other.clone(),
    }
}

fn usual_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    if let Some(home) = user_home() {
        files.push(home.join(".ssh/known_hosts"));
        files.push(home.join(".ssh/known_hosts2"));
    }
    files.push(PathBuf::from("/etc/ssh/ssh_known_hosts"));
    files
}

/// Whether the list of patterns names the host: a negated pattern that fits rules the line out.
fn matches(patterns: &str, name: &str) -> bool {
    if let Some(hashed) = patterns.strip_prefix("|1|") {
        return hashed_is(hashed, name);
    }
    let mut found = false;
    for pattern in patterns.split(',').filter(|pattern| !pattern.is_empty()) {
        match pattern.strip_prefix('!') {
            Some(not) if glob(not, name) => return false,
            Some(_) => {}
            None => found |= glob(pattern, name),
        }
    }
    found
}

fn hashed_is(hashed: &str, name: &str) -> bool {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let Some((salt, hash)) = hashed.split_once('|') else { return false };
    let (Ok(salt), Ok(hash)) = (STANDARD.decode(salt), STANDARD.decode(hash)) else { return false };
    !hash.is_empty() && hmac_sha1(&salt, name.as_bytes()) == hash
}

/// `*` stands for any characters, `?` for one. Letter case does not count.
fn glob(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.to_ascii_lowercase().chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut at, mut in_name) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while in_name < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, in_name));
                at += 1;
            }
            Some(c) if *c == '?' || *c == name[in_name] => {
                at += 1;
                in_name += 1;
            }
            _ => match star {
                Some((star_at, from)) => {
                    star = Some((star_at, from + 1));
                    at = star_at + 1;
                    in_name = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
    const OTHER: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIN+Wjn4+4Fcvl2JlKpggT+wCRxpSvtqqpVrQrKN1/A22";

    fn known(name: &str, text: &str) -> KnownHost {
        let mut known = KnownHost { name: name.to_owned(), entries: Vec::new(), file: "known_hosts".into() };
        known.add("known_hosts", text);
        known
    }

    fn key(text: &str) -> PublicKey {
        parse_public_key_base64(text).expect("a key")
    }

    #[test]
    fn a_key_is_known_changed_revoked_or_unknown() {
        let text = format!("# comment\n\nn1,10.0.0.1 ssh-ed25519 {ONE} nacos\n");
        assert_eq!(known("n1", &text).check(&key(ONE)), Ok(()));
        assert_eq!(known("10.0.0.1", &text).check(&key(ONE)), Ok(()));
        let changed = known("n1", &text).check(&key(OTHER)).expect_err("changed");
        let SshTrouble::ChangedKey { offered, on_record, at, .. } = &changed else { panic!("{changed:?}") };
        assert!(
            offered.starts_with("SHA256:") && on_record.contains("SHA256:") && at == "known_hosts:3",
            "{changed:?}"
        );
        let unknown = known("n2", &text).check(&key(ONE)).expect_err("unknown");
        assert!(matches!(unknown, SshTrouble::UnknownKey { .. }), "{unknown:?}");
        let revoked = format!("{text}@revoked * ssh-ed25519 {ONE}\n");
        let revoked = known("n1", &revoked).check(&key(ONE)).expect_err("revoked");
        assert!(matches!(revoked, SshTrouble::RevokedKey { .. }), "{revoked:?}");
    }

    #[tokio::test]
    async fn a_line_is_added_and_nothing_else_touched() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("new/known_hosts");
        let known = async |name: &str| {
            KnownHost::read(name, 22, Some(&file), &Secrets::default(), &[]).await.expect("known hosts")
        };
        let at = known("n1").await.append(&file, &key(ONE)).expect("added");
        assert_eq!(at, format!("{}:1", file.display()));
        assert_eq!(std::fs::metadata(&file).expect("file").permissions().mode() & 0o777, 0o600);
        assert_eq!(known("n1").await.check(&key(ONE)), Ok(()));
        assert_eq!(known("n1").await.place_of(&key(ONE)), Some(at));
        assert_eq!(known("n1").await.place_of(&key(OTHER)), None);
        let text = format!("# mine\nn1 ssh-ed25519 {ONE}\nn3 ssh-ed25519 {ONE} no end");
        std::fs::write(&file, &text).expect("file");
        let at = known("n2").await.append(&file, &key(OTHER)).expect("added");
        assert_eq!(at, format!("{}:4", file.display()));
        let now = std::fs::read_to_string(&file).expect("file");
        assert_eq!(now, format!("{text}\nn2 ssh-ed25519 {OTHER}\n"));
        let refused = known("n4").await.append(folder.path(), &key(ONE)).expect_err("a folder");
        assert!(matches!(refused, SshTrouble::KnownHostsUnwritable { .. }), "{refused:?}");
    }

    #[test]
    fn an_authority_makes_no_plain_key_known() {
        let known = known("n1", &format!("@cert-authority * ssh-ed25519 {ONE}\n"));
        assert!(matches!(known.check(&key(ONE)), Err(SshTrouble::UnknownKey { .. })));
    }

    #[test]
    fn names_ports_wildcards_and_hashes() {
        assert_eq!(entry_name("N1", 22), "n1");
        assert_eq!(entry_name("10.0.0.1", 2222), "[10.0.0.1]:2222");
        assert!(matches("[10.0.0.1]:2222", "[10.0.0.1]:2222"));
        assert!(!matches("10.0.0.1", "[10.0.0.1]:2222"), "a key of port 22 says nothing of another port");
        assert!(matches("*.example,!n3.example", "n1.example"));
        assert!(!matches("*.example,!n3.example", "n3.example"));
        assert!(matches("10.0.0.?", "10.0.0.7") && !matches("10.0.0.?", "10.0.0.17"));
        // As `ssh-keygen -H` writes it for `[127.0.0.1]:2222` with the salt of twenty zero bytes.
        let hash = hmac_sha1(&[0; 20], b"[127.0.0.1]:2222");
        let line = {
            use base64::Engine as _;
            let engine = base64::engine::general_purpose::STANDARD;
            format!("|1|{}|{}", engine.encode([0; 20]), engine.encode(hash))
        };
        assert!(matches(&line, "[127.0.0.1]:2222") && !matches(&line, "127.0.0.1"));
        assert!(!matches("|1|broken", "n1"));
    }

    #[test]
    fn known_algorithms_are_asked_for_first_and_sha1_never() {
        let known = known("n1", &format!("n1 ssh-ed25519 {ONE}\n"));
        let algorithms = known.algorithms();
        assert_eq!(algorithms.first(), Some(&Algorithm::Ed25519));
        assert!(!algorithms.contains(&Algorithm::Rsa { hash: None }));
    }
}
