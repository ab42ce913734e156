//! Passes of known devices: a cookie that says that somebody logged in here with that name before.
//!
//! # Why
//! A pass opens nothing; the password is still asked for. It only keeps its owner apart from strangers: tries with it
//! have their own count ([`super::guesses`]) and their own worker ([`super::password`]). It is signed with a key that is
//! made from the installation's secret, over the user and the hash of the password, so it ends when the password
//! changes, and nothing has to be stored for it. Its seal says only that this installation made it: that can be checked
//! before anything is read from the database.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use super::{Commands, Result, token};
use crate::domain::id::UserId;

/// Bytes of a device's random id, of the seal and of the signature.
const ID: usize = 16;
const TAG: usize = 32;
const LENGTH: usize = ID + 2 * TAG;
/// Passes that are looked at in one request: people who share a browser.
const MOST: usize = 16;

/// Where a try to log in comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// Its address, or the network of it that one client has for itself.
    pub address: String,
    /// The passes it shows, unchecked: whom for, and the cookie's value.
    pub passes: Vec<(UserId, String)>,
}

impl From<&str> for Client {
    /// A client without passes.
    fn from(address: &str) -> Self {
        Self { address: address.to_owned(), passes: Vec::new() }
    }
}

impl From<&Self> for Client {
    fn from(client: &Self) -> Self {
        client.clone()
    }
}

/// A new pass for a person on this device, or the one it has. `None`: the person has no password, so there is nothing to
/// try.
///
/// # Errors
/// The store's.
pub async fn pass_for(commands: &Commands, client: &Client, user: UserId) -> Result<Option<String>> {
    let Some(phc) = commands.read().password_hash(user).await? else { return Ok(None) };
    if let Some(pass) = valid_pass(commands, client, user, &phc).await? {
        return Ok(Some(URL_SAFE_NO_PAD.encode(pass)));
    }
    let id: [u8; ID] = token::random_bytes()?;
    let key = commands.device_key().await?;
    let mut pass = id.to_vec();
    pass.extend(sign(&key, "seal", user, &id, ""));
    pass.extend(sign(&key, "pass", user, &id, &phc));
    Ok(Some(URL_SAFE_NO_PAD.encode(pass)))
}

/// Whether this installation made one of the client's passes, whatever became of the password since: whose it is.
///
/// # Errors
/// The store's, once in the life of the process.
pub async fn sealed_for(commands: &Commands, client: &Client) -> Result<Option<UserId>> {
    if client.passes.is_empty() {
        return Ok(None);
    }
    let key = commands.device_key().await?;
    let sealed = |(user, pass): &&(UserId, String)| {
        let Some(pass) = decode(pass) else { return false };
        same(&pass[ID..ID + TAG], &sign(&key, "seal", *user, &pass[..ID], ""))
    };
    Ok(client.passes.iter().take(MOST).find(sealed).map(|(user, _)| *user))
}

/// The id of the client's device, if it holds a pass for that person and that password.
pub(super) async fn known(commands: &Commands, client: &Client, user: UserId, phc: &str) -> Result<Option<Vec<u8>>> {
    Ok(valid_pass(commands, client, user, phc).await?.map(|mut pass| {
        pass.truncate(ID);
        pass
    }))
}

async fn valid_pass(commands: &Commands, client: &Client, user: UserId, phc: &str) -> Result<Option<Vec<u8>>> {
    let Some((_, pass)) = client.passes.iter().find(|(owner, _)| *owner == user) else { return Ok(None) };
    let Some(pass) = decode(pass) else { return Ok(None) };
    let key = commands.device_key().await?;
    Ok(same(&pass[ID + TAG..], &sign(&key, "pass", user, &pass[..ID], phc)).then_some(pass))
}

fn decode(pass: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(pass).ok().filter(|pass| pass.len() == LENGTH)
}

fn same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

/// The key of all passes of this installation.
pub(super) fn key(install_secret: [u8; 32]) -> [u8; 32] {
    tag(&install_secret, &[b"passes of known devices"])
}

fn sign(key: &[u8], what: &str, user: UserId, device: &[u8], phc: &str) -> [u8; TAG] {
    tag(key, &[what.as_bytes(), &user.0.to_be_bytes(), device, phc.as_bytes()])
}

fn tag(key: &[u8], parts: &[&[u8]]) -> [u8; TAG] {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; TAG] };
    for part in parts {
        // Every part but the last has a fixed length.
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}
