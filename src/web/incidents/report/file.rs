//! The record as one file that opens from disk: the page with its style sheets and symbols inside, without scripts, asking
//! nothing of anybody.
//!
//! # Why
//! It is mailed around and opened years later, so it must not depend on this server, and it is made of what strangers wrote, so
//! it must not run anything: its policy allows the one style sheet inside by its hash and the pictures inside, and nothing else.
//! Links lead back to this server where its public address is known, and are left out where it is not.

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::domain::note;
use crate::web::incidents::report::Report;
use crate::web::incidents::report::page::margins_of;
use crate::web::incidents::report::record::Record;
use crate::web::incidents::review::ReviewView;
use crate::web::paths;
use crate::web::plumbing::assets;
use crate::web::plumbing::components::{self, Look, Markup};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::visible_page;
use crate::web::plumbing::state::Web;

#[derive(Template)]
#[template(path = "report/file.html")]
struct ReportFile<'a> {
    f: Frame,
    record: &'a Record,
    report: Report,
    review: ReviewView,
    /// The appendix can be opened part by part, as on the page.
    all: bool,
    /// The hash of the style sheet.
    hash: String,
    style: Markup,
    sprite: Markup,
}

impl ReportFile<'_> {
    fn look(&self) -> Look {
        (&self.record.incident).into()
    }

    /// Whether a link can open all of the appendix: it asks the server.
    const fn opens(&self) -> bool {
        false
    }
}

/// All pictures of a file together, in bytes as they are kept; what is more stays at its address.
const MOST_PICTURES: usize = 20 * 1024 * 1024;

/// Puts the pictures of notes into what is told, as many as fit. One that is damaged or does not fit is a link.
///
/// # Errors
/// The store's, where it is more than a damaged picture.
pub async fn take_pictures(web: &Web, record: &Record, report: &mut Report) -> Result<(), WebError> {
    let mut room = MOST_PICTURES;
    for file in report.lines.iter_mut().flat_map(|line| &mut line.files).filter(|file| file.is_picture) {
        file.is_picture = false;
        let Some(attached) = note::attached(&record.events, &file.sha256) else { continue };
        let read = web.read().attachment(&file.sha256).await;
        let Some(content) = web.read().passing(record.incident.id, read)?.flatten() else { continue };
        let Some(left) = room.checked_sub(content.len()) else { continue };
        room = left;
        file.is_picture = true;
        file.inside = Some(format!("data:{};base64,{}", attached.kind.media_type(), STANDARD.encode(content)));
    }
    Ok(())
}

/// The whole file. `origin`: the public address of this server.
///
/// # Errors
/// The template's.
pub fn html(f: Frame, record: &Record, report: Report, origin: Option<String>) -> Result<String, WebError> {
    let css = ["app.css", "evidence.css", "report.css"].map(assets::text).join("\n");
    let css = format!("{css}\n{}", margins_of(&f, &record.incident)).replace("</", "");
    let is_known = origin.is_some();
    // Nobody is signed in to a file, so it has no forms.
    let mut f = f.for_elsewhere(&origin.unwrap_or_default());
    f.user = None;
    let sprite = f.asset("icons.svg");
    let file = ReportFile {
        hash: format!("sha256-{}", STANDARD.encode(Sha256::digest(css.as_bytes()))),
        style: components::style(&css),
        sprite: components::sprite(&assets::text("icons.svg")),
        review: ReviewView::new(&f, &record.incident, &record.review),
        f,
        record,
        report,
        all: false,
    };
    // What people wrote holds no quotation mark, so none of it is taken for an attribute.
    let page = visible_page(file.render()?).replace(&format!("href=\"{sprite}#"), "href=\"#i-");
    Ok(if is_known { page } else { without_links(&page) })
}

/// The same page without links into a server whose address is not known.
fn without_links(page: &str) -> String {
    let mut pieces = page.split(" href=\"/");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        out.push_str(piece.split_once('"').map_or(piece, |(_, rest)| rest));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_an_address_links_nowhere_but_within_itself() {
        let page = "<a class=\"mono\" href=\"/help/x\">x</a> <a href=\"#e1\">y</a><use href=\"#i-ok\"/>";
        assert_eq!(without_links(page), "<a class=\"mono\">x</a> <a href=\"#e1\">y</a><use href=\"#i-ok\"/>");
    }
}
