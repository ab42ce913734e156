//! The monitor's chart as numbers for an SVG: one strip a node (does it answer), one line a node (client connections).
//!
//! Gaps are drawn as gaps. Lines differ by dash as well as by colour. The table beside it says the same.

use crate::domain::id::NodeName;
use crate::domain::observed::SampleSeen;
use crate::domain::time::Timestamp;

/// Width of the drawing.
pub const WIDTH: i64 = 720;
/// Space at the left for names.
pub const LEFT: i64 = 96;
/// Space at the right.
const RIGHT: i64 = 12;
/// Height of one strip with its gap.
const STRIP: i64 = 24;
/// Height of the line chart.
const LINES: i64 = 120;
/// Two samples further apart than this are not joined.
const GAP_MS: i64 = 60_000;
/// Most samples of one node that are drawn.
const POINTS: usize = 240;

/// The drawing.
pub struct Chart {
    /// Width.
    pub width: i64,
    /// Height.
    pub height: i64,
    /// Left edge of the drawing area.
    pub left: i64,
    /// Right edge of the drawing area.
    pub right: i64,
    /// One strip a node.
    pub strips: Vec<Strip>,
    /// Upper edge of the line chart.
    pub lines_top: i64,
    /// Lower edge of the line chart.
    pub lines_bottom: i64,
    /// Largest number of connections; 0: none are known.
    pub most: i64,
    /// One line a node.
    pub lines: Vec<Line>,
    /// Where the last flap was.
    pub flap: Option<String>,
    /// First and last moment.
    pub span: (Timestamp, Timestamp),
}

/// Whether a node answered, over time.
pub struct Strip {
    /// Node.
    pub name: String,
    /// Upper edge.
    pub y: i64,
    /// Pieces: left edge, width, class.
    pub pieces: Vec<(String, String, &'static str)>,
}

/// Connections of a node over time.
pub struct Line {
    /// Node.
    pub name: String,
    /// Class: colour and dash.
    pub class: &'static str,
    /// SVG path data.
    pub path: String,
}

/// The drawing between two moments; `None` if there is nothing to draw.
#[must_use]
pub fn chart(
    series: &[(NodeName, Vec<SampleSeen>)],
    from: Timestamp,
    to: Timestamp,
    flap: Option<Timestamp>,
) -> Option<Chart> {
    let span_ms = to.millis_since(from).max(1);
    if series.iter().all(|(_, all)| all.iter().all(|sample| sample.at < from)) {
        return None;
    }
    let x = |at: Timestamp| {
        let share = at.millis_since(from).clamp(0, span_ms) as f64 / span_ms as f64;
        LEFT as f64 + share * (WIDTH - LEFT - RIGHT) as f64
    };
    let count = i64::try_from(series.len()).unwrap_or(1);
    let lines_top = count * STRIP + 16;
    let lines_bottom = lines_top + LINES;
    let inside: Vec<(&NodeName, Vec<&SampleSeen>)> = series
        .iter()
        .map(|(name, all)| (name, thin(all.iter().filter(|sample| sample.at >= from).collect())))
        .collect();
    let most = inside.iter().flat_map(|(_, all)| all).filter_map(|sample| sample.sdk_connections).max().unwrap_or(0);
    let y = |value: i64| {
        let share = if most == 0 { 0.0 } else { value as f64 / most as f64 };
        lines_bottom as f64 - share * (LINES - 12) as f64
    };
    let strips = inside
        .iter()
        .zip(0_i64..)
        .map(|((name, all), index)| Strip {
            name: name.0.clone(),
            y: index * STRIP + 4,
            pieces: pieces(all, to)
                .into_iter()
                .map(|(a, b, class)| (format!("{:.1}", x(a)), format!("{:.1}", (x(b) - x(a)).max(1.0)), class))
                .collect(),
        })
        .collect();
    let classes = ["s0", "s1", "s2", "s3"];
    let lines = inside
        .iter()
        .zip(classes.into_iter().cycle())
        .map(|((name, all), class)| Line { name: name.0.clone(), class, path: path(all, &x, &y) })
        .filter(|line| !line.path.is_empty())
        .collect();
    Some(Chart {
        width: WIDTH,
        height: lines_bottom + 24,
        left: LEFT,
        right: WIDTH - RIGHT,
        strips,
        lines_top,
        lines_bottom,
        most,
        lines,
        flap: flap.filter(|at| *at >= from).map(|at| format!("{:.1}", x(at))),
        span: (from, to),
    })
}

/// Fewer samples, keeping every one that is not plainly in order.
fn thin(all: Vec<&SampleSeen>) -> Vec<&SampleSeen> {
    let every = all.len().div_ceil(POINTS).max(1);
    let last = all.len().saturating_sub(1);
    all.into_iter()
        .enumerate()
        .filter(|(index, sample)| index % every == 0 || *index == last || class(sample) != "b-ok")
        .map(|(_, sample)| sample)
        .collect()
}

const fn class(sample: &SampleSeen) -> &'static str {
    match (sample.alive, sample.ready) {
        (true, Some(true) | None) => "b-ok",
        (true, Some(false)) => "b-warn",
        (false, _) => "b-fail",
    }
}

/// Runs of samples with one state; nothing is drawn where no sample was taken for long.
fn pieces(all: &[&SampleSeen], to: Timestamp) -> Vec<(Timestamp, Timestamp, &'static str)> {
    let mut pieces: Vec<(Timestamp, Timestamp, &'static str)> = Vec::new();
    for (index, sample) in all.iter().enumerate() {
        let next = all.get(index + 1).map_or(to, |next| next.at);
        let until = if next.millis_since(sample.at) > GAP_MS { sample.at.plus_millis(5_000).min(to) } else { next };
        match pieces.last_mut() {
            Some(last) if last.2 == class(sample) && last.1 == sample.at => last.1 = until,
            _ => pieces.push((sample.at, until, class(sample))),
        }
    }
    pieces
}

fn path(all: &[&SampleSeen], x: &impl Fn(Timestamp) -> f64, y: &impl Fn(i64) -> f64) -> String {
    let mut path = String::new();
    let mut before: Option<Timestamp> = None;
    for sample in all {
        let Some(value) = sample.sdk_connections else {
            before = None;
            continue;
        };
        let joined = before.is_some_and(|before| sample.at.millis_since(before) <= GAP_MS);
        path.push_str(&format!("{}{:.1} {:.1}", if joined { "L" } else { "M" }, x(sample.at), y(value)));
        before = Some(sample.at);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::observed::MetricsSeen;
    use std::collections::BTreeMap;

    fn sample(at_s: i64, alive: bool, connections: Option<i64>) -> SampleSeen {
        SampleSeen {
            at: Timestamp::from_millis(at_s * 1000),
            alive,
            ready: Some(alive),
            members: BTreeMap::new(),
            raft: Vec::new(),
            metrics: MetricsSeen::default(),
            sdk_connections: connections,
            errors: None,
            elapsed_ms: 3,
        }
    }

    fn draw(samples: Vec<SampleSeen>) -> Option<Chart> {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        chart(&[(NodeName::from("n1"), samples)], at(0), at(600), None)
    }

    #[test]
    fn nothing_seen_is_no_chart() {
        assert!(draw(Vec::new()).is_none());
    }

    #[test]
    fn gaps_are_gaps_and_a_short_death_is_never_thinned_away() {
        let mut samples: Vec<_> = (0..400).map(|second| sample(second, second != 200, Some(40))).collect();
        samples.push(sample(590, true, Some(40)));
        let drawn = draw(samples).expect("chart");
        let classes: Vec<_> = drawn.strips[0].pieces.iter().map(|piece| piece.2).collect();
        assert_eq!(classes, ["b-ok", "b-fail", "b-ok", "b-ok"], "dead for one second, then a gap");
        assert_eq!(drawn.lines[0].path.matches('M').count(), 2, "the line is broken at the gap");
    }

    #[test]
    fn unknown_connections_draw_no_line() {
        let drawn = draw(vec![sample(1, true, None), sample(2, true, None)]).expect("chart");
        assert!(drawn.lines.is_empty());
        assert_eq!(drawn.most, 0);
    }
}
