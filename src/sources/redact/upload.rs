//! Redacts the files of a home that somebody hands in, before they are stored.

use std::io::{self, Read, Write};

use super::{Redactor, stream};
use crate::nacos::properties::{self, SecretHasher, SecretInputs};
use crate::sources::handed_in::Filter;

/// The file that configures a node: what it names is known for all files behind it.
const PROPERTIES: &str = "conf/application.properties";

/// A larger one is not a properties file.
const MAX_PROPERTIES: u64 = 4 * 1024 * 1024;

/// Hides the secrets of one home; of those in its configuration it leaves digests, so that nodes can still be compared.
pub struct Upload {
    redactor: Redactor,
    key: [u8; 32],
}

impl Upload {
    /// Learns into `redactor`; digests are made under `key`.
    #[must_use]
    pub const fn new(redactor: Redactor, key: [u8; 32]) -> Self {
        Self { redactor, key }
    }
}

impl Filter for Upload {
    fn pass(&mut self, place: &str, from: &mut dyn Read, to: &mut dyn Write) -> io::Result<()> {
        if place.ends_with(".gz") {
            return stream::copy_packed(&self.redactor, from, to);
        }
        if place != PROPERTIES {
            return stream::copy(&self.redactor, from, to);
        }
        let mut file = Vec::new();
        (&mut *from).take(MAX_PROPERTIES).read_to_end(&mut file)?;
        self.redactor.learn_home(&properties::secrets(&SecretInputs { file: Some(&file), ..SecretInputs::default() }));
        let hasher = SecretHasher::new(&self.key);
        let hide = |key: &str, text: &str| {
            self.redactor.substitute(text, &mut |secret| {
                if secret.starts_with(['#', '•']) {
                    secret.to_owned()
                } else {
                    format!("#{}", hasher.digest(key, secret))
                }
            })
        };
        to.write_all(&properties::without_secrets(&file, hasher, &hide))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_configuration_names_is_hidden_in_all_files_behind_it() {
        let redactor = Redactor::default();
        let mut upload = Upload::new(redactor.clone(), [7; 32]);
        let mut passed = |place: &str, text: &str| {
            let mut out = Vec::new();
            upload.pass(place, &mut text.as_bytes(), &mut out).expect("passed");
            String::from_utf8_lossy(&out).into_owned()
        };
        let kept = passed(PROPERTIES, "# old: password=Herbst-2026\nserver.port=8848\ndb.password.0=Sommer-2026!\n");
        assert!(kept.contains("server.port=8848\ndb.password.0=••••"), "{kept}");
        assert!(!kept.contains("Sommer") && !kept.contains("Herbst"), "{kept}");
        assert_eq!(
            passed("logs/nacos.log", "bare Sommer-2026! and password=x\n"),
            "bare ************ and password=*\n"
        );
        assert_eq!(passed("conf/cluster.conf", "10.0.0.1:8848\n"), "10.0.0.1:8848\n");
        assert_eq!(redactor.text("known from now on: Sommer-2026!"), "known from now on: ••••");
    }
}
