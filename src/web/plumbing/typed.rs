//! What somebody typed into the form of a request, for the page that says why it was not taken.
//!
//! # Why
//! Most forms come back with what was typed. Where that makes no sense any more (the incident was closed meanwhile, the record
//! signed, the node is gone), the page of the error shows the text, to be copied. One place a request holds it, and the
//! extractor of forms fills it, so no handler has to think of it; handlers of forms with files fill it themselves. A form that
//! may hold a secret is not shown again.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::web::plumbing::kept::{Written, is_written, may_be_secret};
use crate::web::plumbing::page::Frame;

/// What was typed; empty while no form was read.
#[derive(Clone, Debug, Default)]
pub struct Typed(Arc<Mutex<Vec<(String, String)>>>);

impl Typed {
    /// Takes the fields of a form: names and values.
    pub fn keep(&self, fields: Vec<(String, String)>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = fields;
    }

    /// Takes one text.
    pub fn keep_text(&self, name: &str, text: &str) {
        self.keep(vec![(name.to_owned(), text.to_owned())]);
    }

    /// What a person wrote, as pages show it.
    #[must_use]
    pub fn written(&self, f: &Frame) -> Vec<Written> {
        let fields = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if fields.iter().any(may_be_secret) {
            return Vec::new();
        }
        fields.into_iter().filter(is_written).map(|(name, value)| Written::new(f, name, value)).collect()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Typed {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}
