//! Runbooks that come with the program name only checks that exist.

use nodedown::{checks, runbooks};

#[test]
fn every_check_of_every_runbook_exists() {
    for runbook in runbooks::embedded().expect("embedded runbooks") {
        let unknown = runbooks::unknown_kinds(&runbook, |kind| checks::find(kind).is_some());
        assert!(unknown.is_empty(), "{}: {unknown:?}", runbook.slug);
    }
}
