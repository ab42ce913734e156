//! Random tokens: given out once, kept as a hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::{CommandError, Result};
use crate::store::StoreError;

/// 256 random bits as URL-safe text.
pub(super) fn random() -> Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| {
        CommandError::Store(StoreError::Driver(sqlx::Error::Io(std::io::Error::other(error.to_string()))))
    })?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What is stored of a token.
pub(super) fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}
