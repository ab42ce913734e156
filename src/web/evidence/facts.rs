//! What pages say of a piece of evidence whatever is in it: where it comes from, and whether it is still what was captured.

use sha2::{Digest, Sha256};

use crate::commands::Written;
use crate::domain::evidence::Evidence;
use crate::locale;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;

/// What a signature is called, if it has a name.
#[must_use]
pub fn signature_title(f: &Frame, id: impl AsRef<str>) -> String {
    let id = id.as_ref();
    let key = format!("sig-{}-title", id.to_ascii_lowercase());
    if locale::has(&key) { f.t(key) } else { String::new() }
}

/// What was captured, from where, and whether it is still what was captured.
pub struct Facts {
    /// The evidence without its body.
    pub evidence: Evidence,
    /// Bytes of the body.
    pub size_bytes: usize,
    /// The body still has the hash it was stored with.
    pub intact: bool,
    /// A secret that became known after the body was stored is hidden where it is shown.
    pub hidden: bool,
}

impl Facts {
    /// Checks the hash, then hides what became known as a secret since, so that what no page shows is not found by a filter.
    #[must_use]
    pub fn of(web: &Web, evidence: Evidence) -> (Self, String) {
        let (facts, body) = Self::new(evidence);
        let hidden = web.commands().hide(&body, Written::Json);
        (Self { hidden: hidden.is_some(), ..facts }, hidden.unwrap_or(body))
    }

    /// Checks the hash.
    #[must_use]
    pub fn new(mut evidence: Evidence) -> (Self, String) {
        let body = std::mem::take(&mut evidence.body);
        let intact = hex::encode(Sha256::digest(body.as_bytes())) == evidence.sha256;
        (Self { evidence, size_bytes: body.len(), intact, hidden: false }, body)
    }
}
