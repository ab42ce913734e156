//! Putting a host key on record, by a person who compared it: asks a host for its key and writes one line.
//!
//! Nothing is said to the host beyond the key exchange, in which it proves that it holds the key. A key on record is never
//! replaced and never taken away.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use russh::client;
use russh::keys::PublicKey;

use crate::domain::cluster::{CredentialRef, SshHost, SshKey, SshLocation};
use crate::sources::secret::Secrets;
use crate::sources::{Deadline, SourceError, within};

use super::known_hosts::{KnownHost, fingerprint};
use super::trouble::SshTrouble;
use super::{Connection, blocking, config_for, failed, tcp_connect};

/// Which host to ask, and where its key would be on record.
#[derive(Clone, Debug)]
pub struct EnrollAsk {
    /// Host name or IP literal (IPv6 without brackets).
    pub host: String,
    /// Port.
    pub port: u16,
    /// A host on the way; its own key must be known.
    pub jump: Option<SshHost>,
    /// How nodedown logs in on the host on the way.
    pub key: SshKey,
    /// Where the passphrase of that key is found.
    pub passphrase: Option<CredentialRef>,
    /// The file; `~/.ssh/known_hosts` unless told.
    pub known_hosts: Option<PathBuf>,
}

impl EnrollAsk {
    /// Reads `HOST[:PORT]`: `n1`, `10.0.0.1:2222`, `fd00::1`, `[fd00::1]:2222`, `[10.0.0.1]:2222` as `known_hosts` has it.
    #[must_use]
    pub fn parse_host(text: &str) -> Option<(String, u16)> {
        let text = text.trim();
        if text.parse::<std::net::Ipv6Addr>().is_ok() {
            return Some((text.to_owned(), 22));
        }
        let (host, rest) = match text.strip_prefix('[') {
            Some(inner) => inner.split_once(']')?,
            None => text.split_at(text.find(':').unwrap_or(text.len())),
        };
        let port = match rest.strip_prefix(':') {
            Some(port) if port.chars().all(|c| c.is_ascii_digit()) => port.parse().ok().filter(|port| *port > 0)?,
            Some(_) => return None,
            None if rest.is_empty() => 22,
            None => return None,
        };
        let good = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
        let v6 = host.parse::<std::net::Ipv6Addr>().is_ok();
        let named = !host.is_empty() && host.len() <= 253 && !host.starts_with('-') && host.chars().all(good);
        (v6 || named).then(|| (host.to_owned(), port))
    }
}

impl EnrollAsk {
    /// What is known of the host; on the command line every file may be named.
    async fn known(&self) -> Result<KnownHost, SourceError> {
        KnownHost::read(&self.host, self.port, self.known_hosts.as_deref(), &Secrets::default(), &[]).await
    }
}

/// The key that a host offers.
#[derive(Clone, Debug)]
pub struct OfferedKey {
    ask: EnrollAsk,
    key: PublicKey,
    /// Host as `known_hosts` spells it.
    pub name: String,
    /// Kind of the key.
    pub algorithm: String,
    /// `SHA256:…`.
    pub fingerprint: String,
    /// `file:line` where this very key is on record already.
    pub known_at: Option<String>,
    /// The file that a line would be added to.
    pub file: PathBuf,
}

impl OfferedKey {
    /// Adds the key to the file; `file:line` where it stands now. What stands in the file by now is looked at again.
    ///
    /// # Errors
    /// Another key of the host is on record, or the file cannot be written.
    pub async fn enroll(&self) -> Result<String, SourceError> {
        let (key, file) = (self.key.clone(), self.file.clone());
        let known = self.ask.known().await?;
        blocking(move || match known.check(&key) {
            Ok(()) => Ok(known.place_of(&key).unwrap_or_default()),
            Err(SshTrouble::UnknownKey { .. }) => known.append(&file, &key),
            Err(other) => Err(other),
        })
        .await
    }
}

/// Asks the host for its key and looks whether it is on record.
///
/// # Errors
/// The host or the one on the way cannot be reached, or another key is on record, or this one is revoked.
pub async fn offered_key(ask: EnrollAsk, deadline: &Deadline) -> Result<OfferedKey, SourceError> {
    within(deadline, async {
        let known = ask.known().await?;
        let key = key_exchange(&ask, &known).await?;
        let known_at = match known.check(&key) {
            Ok(()) => Some(known.place_of(&key).unwrap_or_default()),
            Err(SshTrouble::UnknownKey { .. }) => None,
            Err(other) => return Err(other.into()),
        };
        Ok(OfferedKey {
            name: known.name().to_owned(),
            algorithm: key.algorithm().to_string(),
            fingerprint: fingerprint(&key),
            known_at,
            file: known.file().to_owned(),
            ask,
            key,
        })
    })
    .await
}

/// As far as the key exchange, no further.
async fn key_exchange(ask: &EnrollAsk, known: &KnownHost) -> Result<PublicKey, SourceError> {
    // Who would log in does not matter: nobody does.
    let to = SshHost { user: String::new(), host: ask.host.clone(), port: ask.port };
    let config = Arc::new(config_for(known));
    let seen = Arc::new(Mutex::new(None));
    let look = Look(Arc::clone(&seen));
    let ended = match &ask.jump {
        None => {
            let stream = tcp_connect(&to).await?;
            client::connect_stream(config, stream, look).await.err()
        }
        Some(jump) => {
            let place = SshLocation {
                host: to.clone(),
                home: String::new(),
                jump: None,
                key: ask.key.clone(),
                passphrase: ask.passphrase.clone(),
                known_hosts: ask.known_hosts.clone(),
                kernel_log: false,
            };
            let way = Connection::new(place, Secrets::default());
            let stream = tcp_connect(jump).await?;
            let session = way.log_in(stream, jump, None, &mut None).await?;
            let channel = session.direct(&ask.host, ask.port).await?;
            client::connect_stream(config, channel.into_stream(), look).await.err()
        }
    };
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (seen, ended) {
        (Some(key), _) => Ok(key),
        (None, Some(error)) => Err(failed(&error)),
        (None, None) => Err(SourceError::Protocol { why: "SSH: the host showed no plain key".to_owned() }),
    }
}

/// Looks at the key and ends the connection.
struct Look(Arc<Mutex<Option<PublicKey>>>);

impl client::Handler for Look {
    type Error = russh::Error;

    async fn check_server_key(&mut self, offered: &russh::keys::PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        // Certificates are not asked for.
        if offered.certificate().is_none() {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(offered.public_key());
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_as_people_and_known_hosts_write_them() {
        let host = |text: &str| EnrollAsk::parse_host(text);
        for (text, name, port) in [
            ("n1", "n1", 22),
            (" n1.example:2222 ", "n1.example", 2222),
            ("[10.0.0.1]:2222", "10.0.0.1", 2222),
            ("fd00::1", "fd00::1", 22),
            ("[fd00::1]:2222", "fd00::1", 2222),
            ("[fd00::1]", "fd00::1", 22),
        ] {
            assert_eq!(host(text), Some((name.to_owned(), port)), "{text}");
        }
        for text in [
            "",
            "n1:",
            "n1:0",
            "n1:99999",
            "n1:22:/home",
            "root@n1",
            "n1 n2",
            "n1,n2",
            "-v",
            "*",
            "[n1",
            "n1:+22",
            "[n1]x",
        ] {
            assert_eq!(host(text), None, "{text}");
        }
    }
}
