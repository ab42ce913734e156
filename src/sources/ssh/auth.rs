//! The keys to log in with: an agent's, or files.

use std::path::Path;
use std::sync::Arc;

use russh::client::{Handle, Handler};
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use russh::keys::{Error as KeyError, HashAlg, PrivateKey, PrivateKeyWithHashAlg, decode_secret_key};

use crate::domain::cluster::{CredentialRef, SshHost, SshKey, SshLocation};
use crate::domain::credential::{Recipient, Use};
use crate::sources::secret::{self, Secrets};
use crate::sources::small_file::{NotRead, WhyNot};
use crate::sources::{SourceError, small_file};

use super::known_hosts::{fingerprint, user_home};
use super::trouble::SshTrouble;

/// Keys that are looked for where none is named.
const USUAL: [&str; 3] = ["id_ed25519", "id_ecdsa", "id_rsa"];

/// Most keys that are tried: hosts hang up after six.
const MAX_TRIED: usize = 5;

/// A key read from a file.
#[derive(Clone)]
pub(super) struct FileKey {
    file: String,
    key: Arc<PrivateKey>,
}

/// What there is to log in with.
#[derive(Clone, Default)]
pub(super) struct Keys {
    files: Vec<FileKey>,
    agent: bool,
    /// Usual files that are there and cannot be used; told if nothing else works.
    unusable: Option<SourceError>,
}

impl Keys {
    /// Reads key files; slow where one is encrypted.
    pub(super) async fn read(place: &SshLocation, secrets: &Secrets) -> Result<Self, SourceError> {
        let to = Recipient::of_place(place);
        match &place.key {
            SshKey::Agent => Ok(Self { agent: true, ..Self::default() }),
            SshKey::File { path } => {
                let text = secrets.file(path, Use::Key, &to).await.map_err(|error| match error {
                    SourceError::File(NotRead { why, .. }) => unusable(path, &why).into(),
                    other => other,
                })?;
                let key = key(path, text, place.passphrase.as_ref(), secrets, &to).await?;
                Ok(Self { files: vec![key], ..Self::default() })
            }
            SshKey::Usual => {
                let agent = std::env::var_os("SSH_AUTH_SOCK").is_some_and(|socket| !socket.is_empty());
                let mut keys = Self { agent, ..Self::default() };
                for name in USUAL {
                    let Some(path) = user_home().map(|home| home.join(".ssh").join(name)) else { continue };
                    let key = match small_file::read(&path, secret::MOST_KEY_BYTES, small_file::WAIT).await {
                        Ok(text) => key(&path, text, place.passphrase.as_ref(), secrets, &to).await,
                        Err(NotRead { why: WhyNot::NotFound, .. }) => continue,
                        Err(NotRead { why, .. }) => Err(unusable(&path, &why).into()),
                    };
                    match key {
                        Ok(key) => keys.files.push(key),
                        Err(trouble) => keys.unusable = keys.unusable.or(Some(trouble)),
                    }
                }
                Ok(keys)
            }
        }
    }
}

async fn key(
    path: &Path,
    text: Vec<u8>,
    passphrase: Option<&CredentialRef>,
    secrets: &Secrets,
    to: &[Recipient],
) -> Result<FileKey, SourceError> {
    let passphrase = match passphrase {
        Some(reference) => Some(secrets.text(reference, Use::Passphrase, to).await?),
        None => None,
    };
    let file = path.display().to_string();
    super::blocking(move || decode(file, &text, passphrase.as_deref())).await
}

fn unusable(path: &Path, why: &WhyNot) -> SshTrouble {
    SshTrouble::KeyUnusable { file: path.display().to_string(), why: why.to_string() }
}

fn decode(file: String, text: &[u8], passphrase: Option<&str>) -> Result<FileKey, SshTrouble> {
    match decode_secret_key(&String::from_utf8_lossy(text), passphrase) {
        Ok(key) => Ok(FileKey { file, key: Arc::new(key) }),
        Err(KeyError::KeyIsEncrypted) => Err(SshTrouble::KeyEncrypted { file }),
        Err(_) if passphrase.is_some() => {
            Err(SshTrouble::KeyUnusable { file, why: "it is not a private key, or the passphrase is wrong".to_owned() })
        }
        Err(error) => Err(SshTrouble::KeyUnusable { file, why: error.to_string() }),
    }
}

/// Logs in, key after key.
pub(super) async fn log_in<H: Handler>(handle: &mut Handle<H>, to: &SshHost, keys: &Keys) -> Result<(), SourceError> {
    let mut tried: Vec<String> = Vec::new();
    let mut rsa: Option<Option<HashAlg>> = None;
    let mut agent_trouble = None;
    if keys.agent {
        match by_agent(handle, to, &mut tried, &mut rsa).await {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(trouble) => agent_trouble = Some(trouble),
        }
    }
    for key in &keys.files {
        if tried.len() >= MAX_TRIED || handle.is_closed() {
            break;
        }
        let hash = rsa_hash(handle, key.key.algorithm().is_rsa(), &mut rsa).await;
        tried.push(format!("{} {}", key.file, fingerprint(key.key.public_key())));
        let answer = handle
            .authenticate_publickey(to.user.as_str(), PrivateKeyWithHashAlg::new(Arc::clone(&key.key), hash))
            .await
            .map_err(|error| super::failed(&error))?;
        if answer.success() {
            return Ok(());
        }
    }
    let login = to.to_string();
    Err(match (tried.is_empty(), agent_trouble, &keys.unusable) {
        (true, Some(trouble), _) => trouble.into(),
        (true, None, Some(trouble)) => trouble.clone(),
        (true, None, None) => SshTrouble::NoKey { login }.into(),
        (false, ..) => SshTrouble::Refused { login, tried: tried.join(", ") }.into(),
    })
}

/// SHA-2 for RSA keys, the best that the host names; asked once.
async fn rsa_hash<H: Handler>(
    handle: &Handle<H>,
    is_rsa: bool,
    known: &mut Option<Option<HashAlg>>,
) -> Option<HashAlg> {
    if !is_rsa {
        return None;
    }
    if known.is_none() {
        let told = handle.best_supported_rsa_hash().await.ok().flatten().flatten();
        *known = Some(Some(told.unwrap_or(HashAlg::Sha512)));
    }
    known.flatten()
}

async fn by_agent<H: Handler>(
    handle: &mut Handle<H>,
    to: &SshHost,
    tried: &mut Vec<String>,
    rsa: &mut Option<Option<HashAlg>>,
) -> Result<bool, SshTrouble> {
    let trouble = |error: &dyn std::fmt::Display| SshTrouble::Agent { why: error.to_string() };
    let mut agent = AgentClient::connect_env().await.map_err(|error| trouble(&error))?;
    let identities = agent.request_identities().await.map_err(|error| trouble(&error))?;
    for identity in identities {
        if tried.len() >= MAX_TRIED || handle.is_closed() {
            break;
        }
        let AgentIdentity::PublicKey { key, .. } = identity else { continue };
        let hash = rsa_hash(handle, key.algorithm().is_rsa(), rsa).await;
        tried.push(format!("agent {}", fingerprint(&key)));
        match handle.authenticate_publickey_with(to.user.as_str(), key, hash, &mut agent).await {
            Ok(answer) if answer.success() => return Ok(true),
            Ok(_) => {}
            // The agent would not sign: the next key may still do.
            Err(error) => tracing::debug!(%error, "the agent did not sign"),
        }
    }
    Ok(false)
}
