//! Walks a tar. Long names and attributes are read only as far as they are needed and allowed.

use std::io::{self, Read};

use super::{Budget, UnpackError, Visit, clean};

/// What headers before a file say of it.
#[derive(Default)]
struct Before {
    gnu_name: Option<Vec<u8>>,
    name: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: bool,
}

pub(super) fn walk(from: impl Read, budget: &mut Budget, visit: &mut Visit<'_>) -> Result<(), UnpackError> {
    let mut archive = tar::Archive::new(from);
    let mut before = Before::default();
    for entry in archive.entries().map_err(broken)?.raw(true) {
        budget.entry()?;
        let mut entry = entry.map_err(broken)?;
        let kind = entry.header().entry_type();
        if kind.is_gnu_longname() {
            before.gnu_name = Some(metadata(&mut entry, budget)?);
            continue;
        }
        if kind.is_pax_local_extensions() {
            before.attributes(&metadata(&mut entry, budget)?);
            continue;
        }
        if kind.is_gnu_longlink() || kind.is_pax_global_extensions() {
            budget.metadata(entry.size())?;
            continue;
        }
        let said = std::mem::take(&mut before);
        let path = said.gnu_name.or(said.name).unwrap_or_else(|| entry.path_bytes().into_owned());
        let path = String::from_utf8_lossy(&path);
        let path = path.trim_end_matches('\0');
        let Some(name) = clean(path)? else { continue };
        if said.sparse || kind.is_gnu_sparse() {
            return Err(UnpackError::Sparse(name));
        }
        if said.size.is_some_and(|size| size != entry.size()) {
            // Only files beyond what a header can say have their size elsewhere.
            return Err(UnpackError::TooLarge);
        }
        if kind.is_file() {
            visit(&name, &mut entry, budget)?;
        }
    }
    Ok(())
}

/// The content of an entry that describes another one.
fn metadata(entry: &mut tar::Entry<'_, impl Read>, budget: &mut Budget) -> Result<Vec<u8>, UnpackError> {
    budget.metadata(entry.size())?;
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).map_err(broken)?;
    Ok(bytes)
}

impl Before {
    /// Reads `LENGTH KEY=VALUE\n` records; the last of a key counts.
    fn attributes(&mut self, bytes: &[u8]) {
        for (key, value) in Records(bytes) {
            match key {
                b"path" => self.name = Some(value.to_vec()),
                b"size" => self.size = std::str::from_utf8(value).ok().and_then(|size| size.parse().ok()),
                key => self.sparse |= key.starts_with(b"GNU.sparse."),
            }
        }
    }
}

/// Records of a PAX header; ends at the first that is none.
struct Records<'a>(&'a [u8]);

impl<'a> Iterator for Records<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let space = self.0.iter().take(20).position(|byte| *byte == b' ')?;
        let length: usize = std::str::from_utf8(&self.0[..space]).ok()?.parse().ok()?;
        let record = self.0.get(space + 1..length)?.strip_suffix(b"\n")?;
        self.0 = &self.0[length..];
        let equals = record.iter().position(|byte| *byte == b'=')?;
        Some((&record[..equals], &record[equals + 1..]))
    }
}

fn broken(error: io::Error) -> UnpackError {
    UnpackError::Broken(error.to_string())
}
