//! How the incident was closed, in words.

use crate::domain::closure::Closure;
use crate::web::incidents::closing::MeasuredView;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::{plain, short};

/// How it was closed, in words.
pub struct ClosureText {
    /// What was measured.
    pub says: MeasuredView,
    /// Key of what the person said, where it is not what was measured.
    pub said: Option<&'static str>,
    /// Why.
    pub reason: String,
    /// Who.
    pub by: String,
}

impl ClosureText {
    /// Says a closure.
    #[must_use]
    pub fn new(f: &Frame, closure: &Closure) -> Self {
        let said = match closure.recovered {
            false => Some("web-incident-not-recovered"),
            true if !closure.measured.is_recovery() => Some("closure-said"),
            true => None,
        };
        let says = MeasuredView::new(f, &closure.measured);
        Self { says, said, reason: plain(&closure.reason), by: short(&closure.by) }
    }
}
