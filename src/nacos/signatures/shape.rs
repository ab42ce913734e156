//! Shapes: what two records have in common when numbers, addresses, ids and quoted values are left out.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// Longest shape.
const LIMIT: usize = 160;

/// The shape of a message: digits, addresses, hexadecimal ids, quoted texts and paths folded to `#`, `<addr>`, `<id>`.
#[must_use]
pub fn shape(message: &str) -> String {
    let mut folded = String::with_capacity(LIMIT + 16);
    for (index, word) in message.split_whitespace().enumerate() {
        if folded.len() >= LIMIT {
            folded.push('…');
            break;
        }
        if index > 0 {
            folded.push(' ');
        }
        fold(word, &mut folded);
    }
    folded
}

/// Stable id of an unknown shape: `U:` and eight hexadecimal digits.
#[must_use]
pub fn unknown_id(shape: &str) -> String {
    let digest = Sha256::digest(shape.as_bytes());
    let mut id = "U:".to_owned();
    for byte in digest.iter().take(4) {
        let _ = write!(id, "{byte:02x}");
    }
    id
}

fn fold(word: &str, into: &mut String) {
    let mut token = String::new();
    for char in word.chars().take(200) {
        if char.is_alphanumeric() || matches!(char, '.' | ':' | '_' | '-') {
            token.push(char);
        } else {
            fold_token(&token, into);
            token.clear();
            into.push(char);
        }
    }
    fold_token(&token, into);
}

fn fold_token(token: &str, into: &mut String) {
    let core = token.trim_end_matches(['.', ':', '-', '_']);
    let tail = &token[core.len()..];
    if core.is_empty() {
        into.push_str(token);
        return;
    }
    let digits = core.bytes().filter(u8::is_ascii_digit).count();
    let is_object_id = into.ends_with('@') && core.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_address(core) {
        into.push_str("<addr>");
    } else if is_object_id {
        into.push('#');
    } else if digits > 0 && is_id(core, digits) {
        into.push_str("<id>");
    } else {
        let mut in_digits = false;
        for char in core.chars() {
            if char.is_ascii_digit() {
                if !in_digits {
                    into.push('#');
                }
                in_digits = true;
            } else {
                into.push(char);
                in_digits = false;
            }
        }
    }
    into.push_str(tail);
}

/// `a.b.c.d` with or without a port.
fn is_address(token: &str) -> bool {
    let host = token.split(':').next().unwrap_or(token);
    let mut parts = 0;
    for part in host.split('.') {
        if part.is_empty() || part.len() > 3 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return false;
        }
        parts += 1;
    }
    parts == 4
}

/// Connection ids, hashes, UUIDs and long numbers.
fn is_id(token: &str, digits: usize) -> bool {
    let is_hex = token.len() >= 8 && token.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'-' | b'_'));
    is_hex && digits >= 2 || token.len() >= 16 && digits * 2 >= token.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_what_changes_and_keeps_what_does_not() {
        assert_eq!(shape("There is 12 of 10.0.0.1:8848, 3ms"), "There is # of <addr>, #ms");
        assert_eq!(shape("client 1795363246314_10.77.0.1_53734 gone"), "client <id> gone");
        assert_eq!(shape("key=a4a421c5dc4391778662902bb0cfd06d."), "key=<id>.");
        assert_eq!(shape("a.b.C$1@5e0f failed"), shape("a.b.C$1@77aa failed"));
        assert_eq!(shape(""), "");
        assert!(shape(&"word ".repeat(500)).len() < LIMIT + 20);
        assert_eq!(unknown_id("x").len(), 10);
        assert_ne!(unknown_id("x"), unknown_id("y"));
    }

    #[test]
    fn any_text_has_a_shape() {
        for seed in 0..300 {
            let _ = shape(&crate::nacos::fuzz::text(seed, 400));
        }
    }
}
