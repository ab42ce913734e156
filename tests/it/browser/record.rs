//! The record taken along: it opens from disk, asks nothing of anybody, and page one takes two sheets at most.

use std::path::Path;

use nodedown::domain::user::Role;

use super::driver::{Driver, View};
use crate::support::{run_app, worked_through};

/// Sheets of a print: it has one object of this kind for each.
fn sheets(pdf: &[u8]) -> usize {
    let text = String::from_utf8_lossy(pdf);
    text.match_indices("/Type /Page").filter(|(at, word)| !text[at + word.len()..].starts_with('s')).count()
}

/// The record of an incident of six steps as a file, in that language.
fn write_record(file: &Path, language: &'static str) {
    run_app(async |app| {
        app.person("lea", Role::Viewer).await;
        let (cookie, id) = (app.log_in("lea").await, worked_through(app).await);
        let cookie = format!("{cookie}; nodedown_lang={language}");
        let answer = app.get(&format!("/incidents/{id}/report.html"), &cookie).await;
        std::fs::write(file, answer.body).expect("the file");
    });
}

#[test]
fn the_record_opens_from_disk_and_page_one_is_two_sheets() {
    let Some(driver) = Driver::start() else { return };
    let folder = tempfile::tempdir().expect("folder");
    for language in ["en", "zh-CN"] {
        let file = folder.path().join(format!("{language}.html"));
        write_record(&file, language);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
        runtime.block_on(async {
            let _turn = crate::ONE_AT_A_TIME.lock().await;
            let url = format!("file://{}", file.display());
            for width in [360, 1280] {
                let browser = driver.browser(View { width, language, scripts: true }).await;
                browser.open(&url).await;
                browser.shot("record-from-disk").await;
                let styled =
                    browser.evaluate("getComputedStyle(document.querySelector('.report-facts')).display").await;
                assert_eq!(styled, "flex", "its style sheet is allowed by its own policy");
                if width == 1280 {
                    let whole = sheets(&browser.pdf().await);
                    browser.evaluate("document.querySelector('#appendix').remove()").await;
                    let page_one = sheets(&browser.pdf().await);
                    assert!((1..=2).contains(&page_one), "{page_one} sheets before the appendix in {language}");
                    assert!(whole > page_one, "the appendix begins on a sheet of its own: {whole} of {page_one}");
                    crate::support::aloud(&format!(
                        "page one in {language}: {page_one} of {whole} sheets, appendix closed"
                    ));
                }
                browser.leave("file://").await;
            }
        });
    }
}
