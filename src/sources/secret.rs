//! Reads the secret that a reference names.

use crate::domain::cluster::CredentialRef;

use super::{SourceError, small_file};

/// Largest secret.
pub(super) const MOST_BYTES: u64 = 4096;

/// The text that a reference names, without the line ends behind it. The error names no secret.
pub(super) async fn read(reference: &CredentialRef) -> Result<String, SourceError> {
    let bytes = match reference {
        CredentialRef::Env { name } => {
            use std::os::unix::ffi::OsStringExt as _;
            let value = std::env::var_os(name);
            let not_set = || SourceError::Denied { why: format!("the environment variable {name} is not set") };
            value.ok_or_else(not_set)?.into_vec()
        }
        CredentialRef::File { path } => small_file::read(path, MOST_BYTES, small_file::WAIT).await?,
    };
    let not_text = |_| SourceError::Denied { why: format!("what {reference} holds is not text") };
    let mut text = String::from_utf8(bytes).map_err(not_text)?;
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    Ok(text)
}
