//! What `commands` needs of `sources` for material that people hand in.

use std::path::Path;

use crate::commands::{HandedInFiles, Written};
use crate::domain::kept::{Damage, KeptFile, Unpacked};
use crate::domain::message::Message;
use crate::nacos::pasted;
use crate::sources::handed_in;
use crate::sources::kept::Kept;
use crate::sources::redact::upload::Upload;
use crate::sources::redact::{Escapes, Redactor};

/// Unpacks and redacts with the rules of `sources`.
#[derive(Clone, Default)]
pub struct SourcesFiles {
    redactor: Redactor,
    key: [u8; 32],
}

impl SourcesFiles {
    /// Redacts with what is known of the homes; `key`: that under which secrets of configurations are compared.
    #[must_use]
    pub const fn new(redactor: Redactor, key: [u8; 32]) -> Self {
        Self { redactor, key }
    }
}

impl HandedInFiles for SourcesFiles {
    fn unpack(&self, archive: &Path, name: &str, home: &Path) -> Result<Unpacked, Message> {
        let (limits, mut upload) = (handed_in::Limits::default(), Upload::new(self.redactor.clone(), self.key));
        handed_in::unpack(archive, name, home, &limits, &mut upload).map_err(|error| error.message())
    }

    fn text(&self, file: &Path, name: &str, most_bytes: u64) -> Result<Option<String>, Message> {
        let bytes = handed_in::text(file, name, most_bytes).map_err(|error| error.message())?;
        Ok(bytes.map(|bytes| pasted::text_of(&bytes)))
    }

    fn damage(&self, home: &Path, files: &[KeptFile], dropped: bool, look_only: bool) -> Vec<(String, Damage)> {
        Kept { files: files.to_vec(), dropped }.damage(home, look_only)
    }

    fn redact(&self, text: &str) -> String {
        self.redactor.text(text).into_owned()
    }

    fn learned(&self) -> Vec<String> {
        self.redactor.fresh()
    }

    fn kept(&self, hashes: &[String]) {
        self.redactor.stored(hashes);
    }

    fn hide(&self, text: &str, written: Written) -> Option<String> {
        let escapes = match written {
            Written::Plain => Escapes::None,
            Written::Json => Escapes::Json,
            Written::Html => Escapes::Html,
        };
        self.redactor.shown(text, escapes)
    }
}
