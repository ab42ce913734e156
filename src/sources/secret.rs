//! Reads the secrets that references name, as far as they may be used now and for where they go.
//!
//! On the command line the person who runs it names what is read, so everything is permitted ([`Secrets::default`]); the server
//! puts a [`Gate`] before it. A secret is asked for anew whenever it is about to be used, so a release that is withdrawn
//! and a file that is changed count at once.

use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::cluster::CredentialRef;
use crate::domain::credential::{CredentialRules, Purpose, Reading, Recipient, Use, VARIABLES};

use super::{SourceError, small_file};

/// Largest credential or passphrase.
const MOST_BYTES: u64 = 4096;

/// Largest private key.
pub(super) const MOST_KEY_BYTES: u64 = 64 * 1024;

/// Largest file of known host keys.
pub(super) const MOST_KNOWN_HOSTS_BYTES: u64 = 4 * 1024 * 1024;

/// Most files and variables that are listed.
const MOST_LISTED: usize = 200;

/// Says whether a secret may be used.
#[async_trait]
pub trait Gate: Send + Sync {
    /// Whether the secret may be used now for all of these addresses, and how it is read.
    ///
    /// # Errors
    /// Why not.
    async fn permit(&self, reference: &CredentialRef, used: Use, to: &[Recipient]) -> Result<Reading, SourceError>;

    /// Whether what it names may be read as the address of a channel, and how. The address itself says where it goes.
    ///
    /// # Errors
    /// Why not.
    async fn permit_address(&self, reference: &CredentialRef) -> Result<Reading, SourceError>;
}

/// Permits everything: for what a person names on the command line.
struct Open;

#[async_trait]
impl Gate for Open {
    async fn permit(&self, _: &CredentialRef, _: Use, _: &[Recipient]) -> Result<Reading, SourceError> {
        Ok(Reading::Exactly)
    }

    async fn permit_address(&self, _: &CredentialRef) -> Result<Reading, SourceError> {
        Ok(Reading::Exactly)
    }
}

/// All secrets, behind a gate.
#[derive(Clone)]
pub struct Secrets(Arc<dyn Gate>);

impl Default for Secrets {
    fn default() -> Self {
        Self(Arc::new(Open))
    }
}

impl Secrets {
    /// Those that the gate permits.
    #[must_use]
    pub fn behind(gate: Arc<dyn Gate>) -> Self {
        Self(gate)
    }

    /// Whether a secret may be used now, without reading it.
    pub(super) async fn permit(
        &self,
        reference: &CredentialRef,
        used: Use,
        to: &[Recipient],
    ) -> Result<Reading, SourceError> {
        self.0.permit(reference, used, to).await
    }

    /// The text of a secret, without the line ends behind it. The error names no secret.
    pub(super) async fn text(
        &self,
        reference: &CredentialRef,
        used: Use,
        to: &[Recipient],
    ) -> Result<String, SourceError> {
        let reading = self.permit(reference, used, to).await?;
        read(reference, &reading).await
    }

    /// The address of a channel. The error names no secret.
    pub(super) async fn address(&self, reference: &CredentialRef) -> Result<String, SourceError> {
        let reading = self.0.permit_address(reference).await?;
        read(reference, &reading).await
    }

    /// What a key or a file of known host keys holds.
    pub(super) async fn file(&self, path: &Path, used: Use, to: &[Recipient]) -> Result<Vec<u8>, SourceError> {
        let reading = self.permit(&CredentialRef::File { path: path.to_owned() }, used, to).await?;
        let most_bytes = match used {
            Use::Login | Use::Passphrase => MOST_BYTES,
            Use::Key => MOST_KEY_BYTES,
            Use::KnownHosts => MOST_KNOWN_HOSTS_BYTES,
        };
        bytes(path, &reading, most_bytes).await
    }
}

async fn bytes(path: &Path, reading: &Reading, most_bytes: u64) -> Result<Vec<u8>, SourceError> {
    let read = match reading {
        Reading::Exactly => small_file::read(path, most_bytes, small_file::WAIT).await,
        Reading::Below(folder) => small_file::read_below(folder, path, most_bytes, small_file::WAIT).await,
    };
    Ok(read?)
}

async fn read(reference: &CredentialRef, reading: &Reading) -> Result<String, SourceError> {
    let bytes = match reference {
        CredentialRef::Env { name } => {
            let not_set = || SourceError::Denied { why: format!("the environment variable {name} is not set") };
            std::env::var_os(name).ok_or_else(not_set)?.into_vec()
        }
        CredentialRef::File { path } => bytes(path, reading, MOST_BYTES).await?,
    };
    let not_text = |_| SourceError::Denied { why: format!("what {reference} holds is not text") };
    let mut text = String::from_utf8(bytes).map_err(not_text)?;
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    Ok(text)
}

/// Why a secret cannot be read now; `None`: it can.
pub async fn trouble(reference: &CredentialRef, purpose: Purpose, reading: &Reading) -> Option<SourceError> {
    match (reference, purpose) {
        // It may be a key or known host keys.
        (CredentialRef::File { path }, Purpose::Ssh) => bytes(path, reading, MOST_KNOWN_HOSTS_BYTES).await.err(),
        _ => read(reference, reading).await.err(),
    }
}

/// What could be released: the variables that are set, and the files that lie in the folders.
pub async fn there(rules: &CredentialRules) -> Vec<CredentialRef> {
    let named = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut all: Vec<CredentialRef> =
        named.filter(|name| name.starts_with(VARIABLES)).filter_map(|name| CredentialRef::variable(&name)).collect();
    let folders = rules.folders.clone();
    let files = move || {
        let entries = folders.iter().filter_map(|folder| folder.read_dir().ok()).flatten().flatten();
        let files = entries.map(|entry| entry.path()).filter(|path| path.is_file() && path.to_str().is_some());
        files.take(MOST_LISTED).map(|path| CredentialRef::File { path }).collect::<Vec<_>>()
    };
    let listed = tokio::time::timeout(small_file::WAIT, tokio::task::spawn_blocking(files)).await;
    // Folders that do not answer offer nothing.
    all.extend(listed.ok().and_then(Result::ok).unwrap_or_default());
    all.sort();
    all
}
