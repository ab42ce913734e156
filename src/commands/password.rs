//! argon2id hashing, off the async threads and only a few at a time, because each takes 19 MiB and many milliseconds.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// A hash that no password is known for: names that do not exist take as long as those that do.
static NOBODY: LazyLock<String> = LazyLock::new(|| {
    let mut random = [0_u8; 32];
    // Without randomness the hash is of zeros; `verify_nobody` ignores the answer anyway.
    let _ = getrandom::fill(&mut random);
    Argon2::default().hash_password(&random).map(|hash| hash.to_string()).unwrap_or_default()
});

/// Hashing failed.
#[derive(Debug, thiserror::Error)]
#[error("could not hash the password: {0}")]
pub struct PasswordError(pub String);

/// Hashes a password into a PHC string.
///
/// # Errors
/// A sentence; only when the machine has no randomness or memory.
pub async fn hash(password: &str) -> Result<String, PasswordError> {
    let password = password.to_owned();
    let _permit = AT_ONCE.acquire().await.map_err(|error| PasswordError(error.to_string()))?;
    spawn_blocking(move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string()))
        .await
        .map_err(|error| PasswordError(error.to_string()))?
        .map_err(|error| PasswordError(error.to_string()))
}

/// Whether the password matches the PHC string; an unreadable hash matches nothing.
pub async fn verify(password: &str, phc: &str) -> bool {
    let (password, phc) = (password.to_owned(), phc.to_owned());
    let Ok(_permit) = AT_ONCE.acquire().await else { return false };
    spawn_blocking(move || matches(&password, &phc)).await.unwrap_or(false)
}

/// Takes as long as [`verify`], for names that do not exist.
pub(super) async fn verify_nobody(password: &str) {
    let password = password.to_owned();
    let Ok(_permit) = AT_ONCE.acquire().await else { return };
    // The answer does not matter.
    let _ = spawn_blocking(move || matches(&password, &NOBODY)).await;
}

fn matches(password: &str, phc: &str) -> bool {
    PasswordHash::new(phc).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn only_the_password_itself_matches() {
        let phc = super::hash("correct horse battery").await.expect("hash");
        assert!(phc.starts_with("$argon2id$"), "{phc}");
        assert!(super::verify("correct horse battery", &phc).await);
        assert!(!super::verify("correct horse batterz", &phc).await);
        assert!(!super::verify("", "not a hash").await);
    }
}
