//! A gallery: every page of the program, each with several samples of what it may have to show.
//!
//! A [`Sample`] is a data folder that is filled through the program itself, over a small world of fake nodes. The pages are
//! those of the route table ([`pages::of`]), so a new one is in the gallery once it has its route; what its path has in
//! braces is filled from what the sample holds. Some are there as people with lower roles see them, and every form as it comes
//! back when it cannot be taken. Here their markup is judged ([`markup`]); `browser::gallery` looks at them
//! in a browser.

mod markup;
pub mod pages;
pub mod samples;

use std::collections::BTreeSet;

use http::StatusCode;
use nodedown::domain::user::Role;

use crate::support::{TestApp, is_long, run_app_over};
use pages::{Page, Who};
use samples::{LIMIT, Links, Sample};

/// Fills a program with the sample, then does that with its pages.
pub fn with_pages(sample: Sample, look: impl AsyncFnOnce(&TestApp, &Visitor, &[Page])) {
    run_app_over(sample.world(), LIMIT, async |app| {
        let links: Links = sample.fill(app).await;
        let visitor = Visitor { admin: links.admin.clone(), others: links.others.clone() };
        let pages = pages::of(app, sample, &links).await;
        look(app, &visitor, &pages).await;
        // What runs on some of the pages ends before the program does.
        app.run_pending_checks().await;
    });
}

/// Who looks at the pages.
pub struct Visitor {
    admin: Option<String>,
    others: Vec<(Role, String)>,
}

impl Visitor {
    /// The session that a page is asked for with, as `name=value`; empty: nobody is logged in.
    pub fn cookie(&self, page: &Page) -> &str {
        match page.who {
            Who::Nobody => "",
            Who::Is(Role::Admin) => self.admin.as_deref().unwrap_or_default(),
            Who::Is(role) => self.others.iter().find(|(of, _)| *of == role).map_or("", |(_, cookie)| cookie.as_str()),
        }
    }
}

#[test]
fn every_page_has_a_sample_and_its_markup_is_valid() {
    let mut shown: BTreeSet<&str> = BTreeSet::new();
    let mut asked: BTreeSet<&str> = BTreeSet::new();
    let mut wrong = Vec::new();
    for sample in Sample::ALL {
        with_pages(sample, async |app, visitor, pages| {
            for page in pages.iter().filter(|page| is_long() || !page.again) {
                if !pages::ERRORS.contains(&page.pattern) && page.sent.is_none() {
                    asked.insert(page.pattern);
                }
                for lang in ["en", "zh-CN"] {
                    let cookie = format!("{}; nodedown_lang={lang}", visitor.cookie(page));
                    let answer = page.ask(app, &cookie).await;
                    let place = format!("{} {lang} {:?} {}", sample.name(), page.who, page.path);
                    assert!(!answer.status.is_server_error(), "{place}: {}", answer.status);
                    if page.sent.is_some() && answer.status != StatusCode::UNPROCESSABLE_ENTITY {
                        wrong.push(format!("{} to a form that cannot be taken  [{place}]", answer.status));
                    }
                    if answer.status.is_redirection() {
                        continue;
                    }
                    if answer.status.is_success() {
                        shown.insert(page.pattern);
                    }
                    wrong.extend(markup::problems(&answer.body).into_iter().map(|said| format!("{said}  [{place}]")));
                }
            }
            if sample == Sample::Full {
                let admin = visitor.admin.as_deref().unwrap_or_default();
                wrong.extend(pages::pages_after_all(app, admin).await);
            }
        });
    }
    let unseen = asked.difference(&shown).filter(|pattern| !pages::LEADS_ON.contains(pattern));
    wrong.extend(unseen.map(|pattern| format!("no sample of the gallery shows {pattern}")));
    assert!(wrong.is_empty(), "{} problems:\n{}", wrong.len(), summary(wrong));
}

/// The same problem on many pages is told once, with how often it is there and where first.
pub fn summary(wrong: Vec<String>) -> String {
    let mut kinds: std::collections::BTreeMap<String, (usize, String)> = std::collections::BTreeMap::new();
    for one in wrong {
        let (said, place) = one.rsplit_once("  [").unwrap_or((&one, ""));
        let kind = kinds.entry(said.to_owned()).or_insert_with(|| (0, place.trim_end_matches(']').to_owned()));
        kind.0 += 1;
    }
    kinds.into_iter().map(|(said, (count, place))| format!("{count:>4} × {said}\n       first at {place}\n")).collect()
}
