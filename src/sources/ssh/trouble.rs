//! What goes wrong with SSH and is a person's to decide or to set right; every sentence says what to do.

use serde::{Deserialize, Serialize};

use crate::domain::message::Message;

/// Why SSH did not get as far as a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "trouble", rename_all = "snake_case")]
pub enum SshTrouble {
    /// No key of the host is on record.
    #[error("the host key of {host} is not known: it offers {algorithm} {offered}")]
    UnknownKey {
        /// Host as `known_hosts` spells it.
        host: String,
        /// Kind of the key.
        algorithm: String,
        /// Its fingerprint.
        offered: String,
        /// File in which it would be known.
        file: String,
    },
    /// Another key is on record.
    #[error("the host key of {host} is another one: it offers {algorithm} {offered}, on record is {on_record} ({at})")]
    ChangedKey {
        /// Host as `known_hosts` spells it.
        host: String,
        /// Kind of the key offered.
        algorithm: String,
        /// Its fingerprint.
        offered: String,
        /// Kind and fingerprint of the key on record.
        on_record: String,
        /// `file:line` of the record.
        at: String,
    },
    /// The key is revoked.
    #[error("the host key of {host} is revoked ({at}): it offers {algorithm} {offered}")]
    RevokedKey {
        /// Host as `known_hosts` spells it.
        host: String,
        /// Kind of the key.
        algorithm: String,
        /// Its fingerprint.
        offered: String,
        /// `file:line` of the record.
        at: String,
    },
    /// Host keys cannot be looked up.
    #[error("{file}: {why}")]
    KnownHostsUnreadable {
        /// The file.
        file: String,
        /// The operating system's words.
        why: String,
    },
    /// A host key cannot be put on record.
    #[error("{file} cannot be written: {why}")]
    KnownHostsUnwritable {
        /// The file.
        file: String,
        /// The operating system's words.
        why: String,
    },
    /// There is no key to log in with.
    #[error("there is no key to log in as {login}")]
    NoKey {
        /// `user@host`.
        login: String,
    },
    /// A key cannot be used.
    #[error("the key {file} cannot be used: {why}")]
    KeyUnusable {
        /// The file.
        file: String,
        /// Why not; names no secret.
        why: String,
    },
    /// The key is encrypted and no passphrase is named.
    #[error("the key {file} is encrypted")]
    KeyEncrypted {
        /// The file.
        file: String,
    },
    /// The agent does not answer.
    #[error("the SSH agent does not answer: {why}")]
    Agent {
        /// Its or the operating system's words.
        why: String,
    },
    /// The host takes none of the keys.
    #[error("{login} refused the keys tried: {tried}")]
    Refused {
        /// `user@host`.
        login: String,
        /// Keys that were tried.
        tried: String,
    },
    /// The host speaks no SFTP.
    #[error("{login} offers no SFTP: {why}")]
    NoSftp {
        /// `user@host`.
        login: String,
        /// What it said.
        why: String,
    },
    /// The host opens no session, or no further one.
    #[error("{login} opens no session: {why}")]
    NoSession {
        /// `user@host`.
        login: String,
        /// What it said.
        why: String,
    },
    /// The connection went silent in the middle of something.
    #[error("{login} fell silent")]
    FellSilent {
        /// `user@host`.
        login: String,
    },
    /// The host forwards no connections.
    #[error("{login} forwards no connections: {why}")]
    NoForwarding {
        /// `user@host`.
        login: String,
        /// What it said.
        why: String,
    },
    /// The host runs no commands for this login.
    #[error("{login} does not run `{command}`")]
    NoCommand {
        /// `user@host`.
        login: String,
        /// The command, one of the fixed list.
        command: String,
    },
}

impl SshTrouble {
    /// The reason as a text for people.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::UnknownKey { host, algorithm, offered, file } => Message::new("source-ssh-unknown-key")
                .with("host", host)
                .with("algorithm", algorithm)
                .with("offered", offered)
                .with("file", file),
            Self::ChangedKey { host, algorithm, offered, on_record, at } => Message::new("source-ssh-changed-key")
                .with("host", host)
                .with("algorithm", algorithm)
                .with("offered", offered)
                .with("recorded", on_record)
                .with("at", at),
            Self::RevokedKey { host, algorithm, offered, at } => Message::new("source-ssh-revoked-key")
                .with("host", host)
                .with("algorithm", algorithm)
                .with("offered", offered)
                .with("at", at),
            Self::KnownHostsUnreadable { file, why } => {
                Message::new("source-ssh-known-hosts").with("file", file).with("why", why)
            }
            Self::KnownHostsUnwritable { file, why } => {
                Message::new("source-ssh-known-hosts-write").with("file", file).with("why", why)
            }
            Self::NoKey { login } => Message::new("source-ssh-no-key").with("login", login),
            Self::KeyUnusable { file, why } => Message::new("source-ssh-key").with("file", file).with("why", why),
            Self::KeyEncrypted { file } => Message::new("source-ssh-key-encrypted").with("file", file),
            Self::Agent { why } => Message::new("source-ssh-agent").with("why", why),
            Self::Refused { login, tried } => {
                Message::new("source-ssh-refused").with("login", login).with("tried", tried)
            }
            Self::NoSftp { login, why } => Message::new("source-ssh-no-sftp").with("login", login).with("why", why),
            Self::NoSession { login, why } => {
                Message::new("source-ssh-no-session").with("login", login).with("why", why)
            }
            Self::FellSilent { login } => Message::new("source-ssh-fell-silent").with("login", login),
            Self::NoForwarding { login, why } => {
                Message::new("source-ssh-no-forwarding").with("login", login).with("why", why)
            }
            Self::NoCommand { login, command } => {
                Message::new("source-ssh-no-command").with("login", login).with("command", command)
            }
        }
    }
}
