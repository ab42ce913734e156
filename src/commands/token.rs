//! Random tokens: given out once, kept as a hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::{CommandError, Result};
use crate::store::StoreError;

/// 256 random bits as URL-safe text.
pub(super) fn random() -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(random_bytes::<32>()?))
}

/// Random bytes.
pub(super) fn random_bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).map_err(|error| {
        CommandError::Store(StoreError::Driver(sqlx::Error::Io(std::io::Error::other(error.to_string()))))
    })?;
    Ok(bytes)
}

/// What is stored of a token.
pub(super) fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}
