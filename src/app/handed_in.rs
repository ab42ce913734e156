//! What `commands` needs of `sources` for material that people hand in.

use std::path::Path;

use crate::commands::HandedInFiles;
use crate::domain::message::Message;
use crate::sources::{handed_in, redact};

/// Unpacks and redacts with the rules of `sources`.
#[derive(Clone, Copy, Debug, Default)]
pub struct SourcesFiles;

impl HandedInFiles for SourcesFiles {
    fn unpack(&self, archive: &Path, home: &Path) -> Result<(), Message> {
        handed_in::unpack(archive, home, &handed_in::Limits::default()).map_err(|error| error.message())
    }

    fn redact(&self, text: &str) -> String {
        redact::text(text).into_owned()
    }
}
