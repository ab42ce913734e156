//! Operators' input: parsed once; what cannot be taken comes back on the same page with the values kept.

use std::collections::BTreeMap;

use crate::commands::CommandError;
use crate::domain::incident::DomainError;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::page::Frame;

/// What is wrong, per field, ready to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors(BTreeMap<&'static str, String>);

impl FieldErrors {
    /// Nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with a field, or an empty text.
    #[must_use]
    pub fn at(&self, field: &str) -> &str {
        self.0.get(field).map_or("", String::as_str)
    }

    /// Whether something is wrong with a field.
    #[must_use]
    pub fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// Everything that is wrong.
    pub fn all(&self) -> impl Iterator<Item = &String> {
        self.0.values()
    }

    /// Says what is wrong with a field.
    pub fn put(&mut self, field: &'static str, text: String) {
        self.0.insert(field, text);
    }

    /// Takes what a command said about a field; anything else goes on as an error.
    ///
    /// # Errors
    /// What is not about a field.
    pub fn take(&mut self, f: &Frame, error: CommandError) -> Result<(), WebError> {
        match error {
            CommandError::Invalid { field, message } => {
                self.put(field, f.msg(&message));
                Ok(())
            }
            CommandError::Domain(DomainError::NameTaken) => {
                self.put("name", f.t("web-form-name-taken"));
                Ok(())
            }
            CommandError::Domain(error @ DomainError::OpenAlready(_)) => {
                self.put("cluster", f.msg(error.message()));
                Ok(())
            }
            other => Err(other.into()),
        }
    }
}

/// A password is typed twice.
pub fn same_twice(f: &Frame, password: &str, again: &str, errors: &mut FieldErrors) {
    if password != again {
        errors.put("again", f.t("web-form-not-same"));
    }
}
