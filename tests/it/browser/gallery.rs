//! Every page of the gallery in a browser: nothing that axe-core finds, no page that scrolls sideways, no text that is cut,
//! nothing in the console, nothing asked of another origin.
//!
//! As a rule what is worked with and what is hostile, at 360 px in light and at 1280 px in dark colours, in both
//! languages, what people with lower roles see and what forms refuse in one of the two; with `NODEDOWN_LONG` every sample and every page in every view. `NODEDOWN_SHOTS=folder` keeps a picture of each,
//! `NODEDOWN_PAGES=/incidents/1/steps` looks only at pages with that in their path, and `NODEDOWN_SAMPLE=longest` only at that
//! sample.

use std::collections::BTreeSet;
use std::time::Instant;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use nodedown::web::paths;

use super::driver::{Browser, Driver, View};
use crate::gallery::pages::Page;
use crate::gallery::samples::Sample;
use crate::gallery::{Visitor, summary, with_pages};
use crate::support::{TestApp, aloud, is_long};

/// See `tests/vendor/axe-core/README.md`.
const AXE: &str = include_str!("../../vendor/axe-core/axe.min.js");
/// What is asked of a page, with the width for `WIDTH` and what axe leaves out for `RULES`.
const JUDGE: &str = include_str!("gallery.js");
/// Rules of axe-core that are not asked, and why.
const NOT_ASKED: &[(&str, &str)] = &[];

/// The program on a port of this machine, until dropped.
struct Served {
    origin: String,
    task: JoinHandle<()>,
}

impl Served {
    async fn of(app: &TestApp) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let router = app.app.router.clone();
        let task = TaskTracker::new().spawn(async move { axum::serve(listener, router).await.expect("served") });
        Self { origin, task }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[test]
fn nothing_is_wrong_with_any_page() {
    let Some(driver) = Driver::start() else { return };
    // Only this test is in a browser while it lasts.
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
    let _turn = runtime.block_on(crate::ONE_AT_A_TIME.lock());
    let mut wrong = Vec::new();
    for sample in asked_samples() {
        let begun = Instant::now();
        let mut looks = 0;
        with_pages(sample, async |app, visitor, pages| {
            let only = std::env::var("NODEDOWN_PAGES").unwrap_or_default();
            let is_asked = |page: &&Page| page.path.contains(&only) && (is_long() || !page.again);
            let mut asked = Vec::new();
            for page in pages.iter().filter(is_asked) {
                // Where it leads to is looked at as a page of its own.
                if page.sent.is_some() || !page.ask(app, visitor.cookie(page)).await.status.is_redirection() {
                    asked.push(page);
                }
            }
            let mut walk = Walk::begin(&driver, app, sample).await;
            for language in ["en", "zh-CN"] {
                for (at, page) in asked.iter().enumerate() {
                    if is_long() || !page.is_variant() || (at % 2 == 0) == (language == "en") {
                        walk.look_at(page, visitor, language).await;
                    }
                }
            }
            looks = walk.looks;
            wrong.extend(walk.end().await);
        });
        let seconds = begun.elapsed().as_secs_f64();
        aloud(&format!("gallery of {}: {looks} looks at pages in {seconds:.0} s", sample.name()));
    }
    assert!(wrong.is_empty(), "{} problems:\n{}", wrong.len(), summary(wrong));
}

/// Those that `NODEDOWN_SAMPLE` names, else those of the version that runs.
fn asked_samples() -> Vec<Sample> {
    let named = std::env::var("NODEDOWN_SAMPLE").unwrap_or_default();
    let of_ci = [Sample::Full, Sample::Hostile];
    let is_asked = |sample: &Sample| {
        if named.is_empty() {
            is_long() || of_ci.contains(sample)
        } else {
            named.split(',').any(|one| one == sample.name())
        }
    };
    Sample::ALL.into_iter().filter(is_asked).collect()
}

/// A way through the pages of a sample.
struct Walk {
    served: Served,
    sample: Sample,
    browser: Browser,
    views: Vec<(u32, &'static str)>,
    cookies: String,
    looks: usize,
    wrong: Vec<String>,
    /// What was said aloud when it was seen first: the whole takes minutes.
    told: BTreeSet<String>,
}

impl Walk {
    async fn begin(driver: &Driver, app: &TestApp, sample: Sample) -> Self {
        let browser = driver.browser(View { width: 360, language: "en", scripts: true }).await;
        browser.run_in_every_page(AXE).await;
        let mut views = vec![(360, "light"), (1280, "dark")];
        if is_long() {
            views.extend([(1280, "light"), (360, "dark")]);
        }
        let served = Served::of(app).await;
        let (cookies, wrong, told) = (String::new(), Vec::new(), BTreeSet::new());
        Self { served, sample, browser, views, cookies, looks: 0, wrong, told }
    }

    async fn look_at(&mut self, page: &Page, visitor: &Visitor, language: &'static str) {
        let cookies = format!("{}; nodedown_lang={language}", visitor.cookie(page));
        if cookies != self.cookies {
            self.browser.have_cookies(&self.served.origin, &cookies).await;
            self.cookies = cookies;
        }
        self.browser.view.language = language;
        let url = format!("{}{}", self.served.origin, page.path);
        match &page.sent {
            None => self.browser.driver.goto(&url).await.unwrap_or_else(|error| panic!("{url}: {error}")),
            Some(fields) => {
                // From a page of ours: a form of another origin is refused.
                let start = format!("{}{}", self.served.origin, paths::HEALTHY);
                self.browser.driver.goto(&start).await.unwrap_or_else(|error| panic!("{start}: {error}"));
                self.browser.send_form(&url, fields).await;
            }
        }
        for (width, scheme) in self.views.clone() {
            self.browser.look(width, scheme).await;
            let rules: serde_json::Map<_, _> = NOT_ASKED
                .iter()
                .map(|(rule, _)| ((*rule).to_owned(), serde_json::json!({ "enabled": false })))
                .collect();
            let judge = JUDGE.replace("WIDTH", &width.to_string());
            let judge = judge.replace("RULES", &serde_json::Value::Object(rules).to_string());
            let said = self.browser.awaited(&judge).await;
            let said = said.as_array().unwrap_or_else(|| panic!("{url}: {said}"));
            for one in said.iter().filter_map(|one| one.as_str()) {
                self.note(page, &format!("{language} {width} {scheme}"), one);
            }
            let name: String = page.path.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).take(80).collect();
            self.browser.shot(&format!("gallery-{}-{scheme}{name}", self.sample.name())).await;
            self.looks += 1;
        }
        // For next time the other way round: the window needs not change between two pages.
        self.views.reverse();
        let console = self.browser.console().await;
        // A page that is itself an error says so in the console too.
        let own = format!("{url} - Failed to load resource: the server responded with a status of 4");
        for error in console.iter().filter(|error| !error.starts_with(&own)) {
            self.note(page, language, &format!("console: {error}"));
        }
        let (_, foreign) = self.browser.requests(&self.served.origin).await;
        for url in foreign {
            self.note(page, language, &format!("asked of another origin: {url}"));
        }
    }

    fn note(&mut self, page: &Page, how: &str, said: &str) {
        let place = format!("{} {how} {}", self.sample.name(), page.path);
        if self.told.insert(said.to_owned()) {
            aloud(&format!("{said}\n    at {place}"));
        }
        self.wrong.push(format!("{said}  [{place}]"));
    }

    async fn end(self) -> Vec<String> {
        self.browser.driver.quit().await.expect("quit");
        self.wrong
    }
}
