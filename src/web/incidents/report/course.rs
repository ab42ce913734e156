//! The course of an incident as a bar and as a table: the same moments, drawn and told.
//!
//! The bar is drawn to scale between the moments that are known; a part that would be too thin to see is drawn wider, and the
//! page says so. The table names every moment, where it comes from, and those that are not known.

use crate::domain::record::moments::{Moment, Moments, Span};
use crate::domain::time::Timestamp;
use crate::web::plumbing::page::Frame;

/// Width of the bar.
const WIDTH: i64 = 720;
/// A part is at least so wide.
const LEAST: f64 = 10.0;

/// The course, to draw and to read.
pub struct CourseText {
    /// Width of the bar.
    pub width: i64,
    /// Parts of the bar, from left to right.
    pub parts: Vec<Part>,
    /// From the first known moment to the last, or until now, milliseconds.
    pub total_ms: i64,
    /// Whether a part is drawn wider than it is long.
    pub widened: bool,
    /// Every moment, in the usual order.
    pub rows: Vec<MomentRow>,
}

/// A part of the bar: the time until a moment.
pub struct Part {
    /// Left edge.
    pub x: String,
    /// Width.
    pub width: String,
    /// What ends it, as class and as part of keys.
    pub name: &'static str,
    /// How long it is, in words.
    pub lasts: String,
}

/// One moment.
pub struct MomentRow {
    /// Its stable name.
    pub name: &'static str,
    /// When; `None`: not known.
    pub at: Option<Timestamp>,
    /// Key of how it is known, or why it is not.
    pub what: String,
    /// Milliseconds since the known moment before it.
    pub since_ms: Option<i64>,
}

impl CourseText {
    /// In words. `end`: when it was closed, or now; `is_filled`: closing filled in the end of the impact, by what was measured.
    #[must_use]
    pub fn new(f: &Frame, moments: &Moments, end: Timestamp, is_filled: bool) -> Self {
        let spans = moments.spans(end);
        let widths = widths(&spans);
        let mut x = 0.0;
        let mut part = |span: &Span, width: f64| {
            let left = x;
            x += width;
            Part {
                x: format!("{left:.1}"),
                width: format!("{width:.1}"),
                name: span.to.map_or("open", Moment::as_str),
                lasts: f.duration(span.millis()),
            }
        };
        let total_ms = spans.iter().map(Span::millis).sum();
        let row = |moment: &Moment| MomentRow {
            name: moment.as_str(),
            at: moments.at(*moment),
            what: format!(
                "report-moment-{}-{}",
                moment.as_str(),
                match moments.at(*moment) {
                    Some(_) if *moment == Moment::Mitigated && is_filled => "filled",
                    Some(_) => "what",
                    None => "not",
                }
            ),
            since_ms: moments.since_the_one_before(*moment),
        };
        Self {
            width: WIDTH,
            parts: spans.iter().zip(&widths).map(|(span, width)| part(span, *width)).collect(),
            total_ms,
            widened: spans.iter().zip(&widths).any(|(span, width)| *width > to_scale(span, total_ms) + 1.0),
            // Where nothing was proposed, the watcher had no part in it.
            rows: Moment::ALL.iter().filter(|moment| is_told(**moment, moments)).map(row).collect(),
        }
    }
}

fn to_scale(span: &Span, total_ms: i64) -> f64 {
    span.millis() as f64 / total_ms.max(1) as f64 * WIDTH as f64
}

/// How wide each part is: to scale, none thinner than can be seen, all together as wide as the bar.
fn widths(spans: &[Span]) -> Vec<f64> {
    let total_ms = spans.iter().map(Span::millis).sum();
    let wanted: Vec<f64> = spans.iter().map(|span| to_scale(span, total_ms).max(LEAST)).collect();
    // What the thin ones get more is taken from what the others have above the least.
    let above: f64 = wanted.iter().map(|width| width - LEAST).sum();
    let room = WIDTH as f64 - LEAST * wanted.len() as f64;
    let share = if above > 0.0 { room / above } else { 0.0 };
    wanted.iter().map(|width| LEAST + (width - LEAST) * share).collect()
}

/// Whether a moment has a row: that the watcher got no answer has one only where that is known.
fn is_told(moment: Moment, moments: &Moments) -> bool {
    moment != Moment::Unanswered || moments.unanswered.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: i64, until: i64) -> Span {
        Span { from: Timestamp::from_millis(from), until: Timestamp::from_millis(until), to: None }
    }

    #[test]
    fn every_part_can_be_seen_and_the_bar_is_full() {
        let drawn = widths(&[span(0, 1), span(1, 1), span(1, 600_000), span(600_000, 900_000)]);
        assert!(drawn.iter().all(|width| *width >= LEAST), "{drawn:?}");
        assert!((drawn.iter().sum::<f64>() - WIDTH as f64).abs() < 0.01, "{drawn:?}");
        assert!(drawn[2] > drawn[3] * 1.9, "the long ones keep their proportion: {drawn:?}");
        assert!(widths(&[]).is_empty());
    }
}
