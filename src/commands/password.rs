//! argon2id hashing, off the async threads and only a few at a time, because each takes 19 MiB and many milliseconds.

/// Hashes a password into a PHC string.
///
/// # Errors
/// A sentence; only when the machine has no randomness or memory.
pub async fn hash(password: &str) -> Result<String, PasswordError> {
    todo!()
}

/// Whether the password matches the PHC string; an unreadable hash matches nothing.
pub async fn verify(password: &str, phc: &str) -> bool {
    todo!()
}

/// Hashing failed.
#[derive(Debug, thiserror::Error)]
#[error("could not hash the password: {0}")]
pub struct PasswordError(pub String);
