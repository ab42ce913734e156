//! HMAC-SHA-1, for one thing only: hashed host names in `known_hosts` are made with it. Nothing is secured by it.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

/// HMAC-SHA-1 of `text` under `key` (RFC 2104).
pub(super) fn hmac_sha1(key: &[u8], text: &[u8]) -> Vec<u8> {
    // A key of any length will do.
    Hmac::<Sha1>::new_from_slice(key)
        .map(|mac| mac.chain_update(text).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_the_standard() {
        let long = [0xaa; 80];
        assert_eq!(
            hex::encode(hmac_sha1(&long, b"Test Using Larger Than Block-Size Key - Hash Key First")),
            "aa4ae5e15272d00e95705637ce8a3b55ed402112"
        );
        assert_eq!(
            hex::encode(hmac_sha1(b"Jefe", b"what do ya want for nothing?")),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
        );
    }
}
