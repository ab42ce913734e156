//! Runbooks that come with the program name only checks that exist, and steps as every page names them.

use nodedown::domain::message::Lang;
use nodedown::{checks, locale, runbooks};

#[test]
fn every_check_of_every_runbook_exists() {
    for runbook in runbooks::embedded().expect("embedded runbooks") {
        let unknown = runbooks::unknown_kinds(&runbook, |kind| checks::find(kind).is_some());
        assert!(unknown.is_empty(), "{}: {unknown:?}", runbook.slug);
    }
}

#[test]
fn a_step_has_one_name_wherever_it_is_named() {
    for runbook in runbooks::embedded().expect("embedded runbooks") {
        for spec in &runbook.steps {
            for key in ["web", "cli"].map(|place| format!("{place}-step-{}", spec.step.key())) {
                assert_eq!(locale::text(Lang::En, &key, &[]), spec.title.en, "{key}");
                assert_eq!(locale::text(Lang::ZhCn, &key, &[]), spec.title.zh_cn, "{key}");
            }
        }
    }
}
