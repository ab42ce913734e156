//! How a digest is written in the place of a secret.

/// What stands before a digest that was kept.
pub(super) const MARK: &str = "••••";

/// Length of a digest.
const DIGITS: usize = 16;

/// The digest that was kept in the place of a value.
pub(super) fn digest_in(value: &str) -> Option<&str> {
    let digest = value.strip_prefix(MARK).or_else(|| value.strip_prefix('#'))?;
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (digest.len() == DIGITS && digest.bytes().all(is_hex)).then_some(digest)
}
