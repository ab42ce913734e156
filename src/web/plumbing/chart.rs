//! The monitor's charts as numbers for an SVG: one strip a node (does it answer), one line a node (a measure, the client
//! connections first of all).
//!
//! # Why
//! Text has 12 px at every width: nothing that holds text is scaled. Places along the time are shares of the width, so that the
//! browser stretches the drawing and not the letters; only the lines, which hold no text, stand in a drawing of
//! [`LINE_WIDTH`] units that is stretched. Gaps are drawn as gaps. Lines differ by dash as well as by colour. The table beside it
//! says the same.

use jiff::tz::TimeZone;

use crate::domain::id::NodeName;
use crate::domain::measure::{Measure, Point};
use crate::domain::observed::SampleSeen;
use crate::domain::time::Timestamp;

/// Units that the lines are drawn in, from the first moment to the last.
pub const LINE_WIDTH: i64 = 1000;
/// Height of one strip with its gap, pixels.
const STRIP: i64 = 24;
/// Height of the line chart, pixels.
const LINES: i64 = 120;
/// Room above the lines for their unit, pixels.
const UNIT: i64 = 32;
/// Room below for the times, pixels.
const TIMES: i64 = 24;
/// Two samples further apart than this are not joined, and neither are those further apart than twice what one stands for.
const GAP_MS: i64 = 60_000;
/// Most samples of one node that are drawn.
const POINTS: usize = 240;
/// From here on a day is written with the times at the ends.
const LONG_MS: i64 = 12 * 3_600_000;
/// Longest name that fits beside its strip, in characters.
const NAME_CHARS: usize = 13;
/// Most steps between times below the chart, where hour and minute tell them, and where it takes seconds: they fit at 360 px.
const MOST_STEPS: (i64, i64) = (3, 2);
/// Steps between times, seconds.
const STEPS_S: [i64; 20] = [
    1,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1800,
    3600,
    7200,
    10_800,
    21_600,
    43_200,
    86_400,
    2 * 86_400,
    7 * 86_400,
    14 * 86_400,
];

/// What of the samples is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// The lines.
    pub measure: Measure,
    /// Above them, whether each node answered.
    pub strips: bool,
}

impl Drawn {
    /// Whether each node answered, and its connections.
    pub const CONNECTIONS: Self = Self { measure: Measure::Connections, strips: true };
}

/// Key of the name of a measure.
#[must_use]
pub const fn name_of(measure: Measure) -> &'static str {
    match measure {
        Measure::Connections => "web-monitor-connections",
        Measure::Cpu => "measure-cpu",
        Measure::Load => "measure-load",
        Measure::Heap => "measure-heap",
        Measure::Gc => "measure-gc",
        Measure::Push => "measure-push",
        Measure::Requests => "measure-requests",
        Measure::Disk => "measure-disk",
        Measure::Errors => "measure-errors",
        Measure::Instances => "measure-instances",
    }
}

/// Key of its name with what it is counted in.
#[must_use]
pub const fn title_of(measure: Measure) -> &'static str {
    match measure {
        Measure::Connections => "web-monitor-connections",
        Measure::Cpu => "measure-cpu-title",
        Measure::Load => "measure-load-title",
        Measure::Heap => "measure-heap-title",
        Measure::Gc => "measure-gc-title",
        Measure::Push => "measure-push-title",
        Measure::Requests => "measure-requests-title",
        Measure::Disk => "measure-disk-title",
        Measure::Errors => "measure-errors-title",
        Measure::Instances => "measure-instances-title",
    }
}

/// The drawing.
pub struct Chart {
    /// What the lines are.
    pub measure: Measure,
    /// Height, pixels.
    pub height: i64,
    /// One strip a node.
    pub strips: Vec<Strip>,
    /// Upper edge of the line chart.
    pub lines_top: i64,
    /// Lower edge of the line chart.
    pub lines_bottom: i64,
    /// Numbers with a line of their own, largest first; none: nothing was measured.
    pub levels: Vec<Level>,
    /// Times below.
    pub ticks: Vec<Tick>,
    /// One line a node.
    pub lines: Vec<Line>,
    /// What happened, each with a line of its own.
    pub marks: Vec<Mark>,
    /// Somewhere no sample was taken for long.
    pub has_gap: bool,
    /// A line of what is not asked in every look has gaps of its own.
    pub is_broken: bool,
    /// First and last moment.
    pub span: (Timestamp, Timestamp),
}

impl Chart {
    /// Key of what the lines are, with their unit.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        title_of(self.measure)
    }

    /// Whether the time of day alone does not tell its first moment from its last.
    #[must_use]
    pub fn is_long(&self) -> bool {
        self.span.1.millis_since(self.span.0) >= LONG_MS
    }
}

/// Something that happened, to be marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Key of its word.
    pub word: &'static str,
    /// Whether it is trouble.
    pub is_trouble: bool,
}

/// A line at which something happened.
pub struct Mark {
    /// Place, as a share of the width.
    pub x: String,
    /// What.
    pub event: Event,
}

/// Whether a node answered, over time.
pub struct Strip {
    /// Node.
    pub name: String,
    /// Its name as far as it fits.
    pub short: String,
    /// Upper edge.
    pub y: i64,
    /// What was seen, one after the other.
    pub pieces: Vec<Piece>,
}

/// A time in which a node was in one state.
pub struct Piece {
    /// Left edge, as a share of the width: `12.5%`.
    pub x: String,
    /// Width, likewise.
    pub width: String,
    /// Class: colour and shape.
    pub class: &'static str,
}

/// A number with a line of its own.
pub struct Level {
    /// The number as it is written.
    pub value: String,
    /// Height of its line.
    pub y: i64,
}

/// A time below the chart.
pub struct Tick {
    /// Place, as a share of the width.
    pub x: String,
    /// Where its text stands: `start`, `middle` or `end` of it at that place.
    pub anchor: &'static str,
    /// The time as it is written.
    pub label: String,
    /// `day`, `minute` or `second`: how exact it is written.
    pub form: &'static str,
    /// The moment.
    pub at: Timestamp,
}

/// A measure of a node over time.
pub struct Line {
    /// Node.
    pub name: String,
    /// Class: colour and dash.
    pub class: &'static str,
    /// SVG path data, [`LINE_WIDTH`] units wide.
    pub path: String,
}

/// The drawing between two moments, its times in that zone; `None` if there is nothing to draw. `each_ms`: for how long a sample
/// speaks.
#[must_use]
pub fn chart(
    series: &[(NodeName, Vec<SampleSeen>)],
    (from, to): (Timestamp, Timestamp),
    events: &[Event],
    each_ms: i64,
    zone: &TimeZone,
    drawn: Drawn,
) -> Option<Chart> {
    let Drawn { measure, strips } = drawn;
    let gap_ms = gap_ms(each_ms);
    let span_ms = to.millis_since(from).max(1);
    if series.iter().all(|(_, all)| all.iter().all(|sample| sample.at < from)) {
        return None;
    }
    let share = |at: Timestamp| at.millis_since(from).clamp(0, span_ms) as f64 / span_ms as f64;
    let percent = |share: f64| format!("{:.2}%", share * 100.0);
    let count = if strips { i64::try_from(series.len()).unwrap_or(1) } else { 0 };
    let inside: Vec<(&NodeName, Vec<&SampleSeen>)> =
        series.iter().map(|(name, all)| (name, all.iter().filter(|sample| sample.at >= from).collect())).collect();
    let measured: Vec<(&NodeName, Vec<Vec<Point>>)> =
        series.iter().map(|(name, all)| (name, stretches(measure, all, from, each_ms))).collect();
    let points = measured.iter().flat_map(|(_, stretches)| stretches).flatten();
    let most = points.map(|(_, value)| *value).reduce(f64::max);
    let least = 10_i64.pow(3 - u32::try_from(measure.digits()).unwrap_or(0).min(3));
    let values = most.map(|most| levels((most * 1000.0).ceil() as i64, least)).unwrap_or_default();
    let top = values.first().copied().unwrap_or(1);
    let lines_top = count * STRIP + if values.is_empty() { 0 } else { UNIT };
    let lines_bottom = if values.is_empty() { lines_top } else { lines_top + LINES };
    let y = |value: f64| (1.0 - value * 1000.0 / top as f64) * LINES as f64;
    let strips = inside
        .iter()
        .filter(|_| strips)
        .zip(0_i64..)
        .map(|((name, all), index)| Strip {
            name: name.0.clone(),
            short: shortened(&name.0),
            y: index * STRIP + 4,
            pieces: pieces(all, to, each_ms, gap_ms)
                .into_iter()
                .map(|(a, b, class)| Piece {
                    x: percent(share(a)),
                    width: percent((share(b) - share(a)).max(0.002)),
                    class,
                })
                .collect(),
        })
        .collect();
    let classes = ["s0", "s1", "s2", "s3"];
    let x = |at: Timestamp| share(at) * LINE_WIDTH as f64;
    let is_broken = measure != Measure::Connections && measured.iter().any(|(_, stretches)| stretches.len() > 1);
    let lines = measured
        .iter()
        .zip(classes.into_iter().cycle())
        .map(|((name, stretches), class)| Line { name: name.0.clone(), class, path: path(stretches, &x, &y) })
        .filter(|line| !line.path.is_empty())
        .collect();
    let is_gap = |pair: &[&SampleSeen]| pair[1].at.millis_since(pair[0].at) > gap_ms;
    let level = |value: &i64| {
        let value = *value as f64 / 1000.0;
        Level { value: measure.written(value), y: lines_top + y(value) as i64 }
    };
    Some(Chart {
        measure,
        height: lines_bottom + TIMES,
        strips,
        lines_top,
        lines_bottom,
        levels: values.iter().map(level).collect(),
        ticks: ticks(from, to, zone)
            .into_iter()
            .map(|(at, form)| {
                let share = share(at);
                let anchor = if share < 0.08 {
                    "start"
                } else if share > 0.92 {
                    "end"
                } else {
                    "middle"
                };
                Tick { x: percent(share), anchor, label: labelled(at, form, zone), form, at }
            })
            .collect(),
        lines,
        marks: events
            .iter()
            .filter(|event| event.at >= from && event.at <= to)
            .map(|event| Mark { x: percent(share(event.at)), event: *event })
            .collect(),
        is_broken,
        has_gap: inside.iter().any(|(_, all)| all.windows(2).any(is_gap)),
        span: (from, to),
    })
}

/// Two samples further apart than this are not joined, where one speaks for so long.
const fn gap_ms(each_ms: i64) -> i64 {
    if 2 * each_ms > GAP_MS { 2 * each_ms } else { GAP_MS }
}

/// What a node measured from a moment on, in stretches without a gap.
#[must_use]
pub fn stretches(measure: Measure, all: &[SampleSeen], from: Timestamp, each_ms: i64) -> Vec<Vec<Point>> {
    let mut stretches = measure.stretches(all, gap_ms(each_ms));
    for stretch in &mut stretches {
        stretch.retain(|(at, _)| *at >= from);
    }
    stretches.retain(|stretch| !stretch.is_empty());
    stretches
}

/// A name as far as it fits.
fn shortened(name: &str) -> String {
    if name.chars().count() <= NAME_CHARS {
        return name.to_owned();
    }
    // The end tells nodes apart more often than the beginning.
    let end: Vec<char> = name.chars().rev().take(NAME_CHARS - 1).collect();
    std::iter::once('…').chain(end.into_iter().rev()).collect()
}

/// Round numbers from one that nothing exceeds down to 0, in steps of at least `least`, which is a power of ten.
fn levels(most: i64, least: i64) -> Vec<i64> {
    let most = most.clamp(least, i64::MAX / 20);
    let third = (most + 2) / 3;
    let mut magnitude = least;
    while magnitude.saturating_mul(10) <= third {
        magnitude = magnitude.saturating_mul(10);
    }
    let step = [1, 2, 5, 10].map(|digit| magnitude.saturating_mul(digit)).into_iter().find(|step| *step >= third);
    let step = step.unwrap_or(third).max(1);
    let above = (most + step - 1) / step;
    (0..=above).rev().map(|times| times * step).collect()
}

/// Round moments of that zone between two others, and how exact they have to be written.
fn ticks(from: Timestamp, to: Timestamp, zone: &TimeZone) -> Vec<(Timestamp, &'static str)> {
    let span_s = (to.millis_since(from) / 1000).max(1);
    let most = |step: i64| if step >= 60 { MOST_STEPS.0 } else { MOST_STEPS.1 };
    let step_s = STEPS_S.into_iter().find(|step| *step * most(*step) >= span_s).unwrap_or(span_s);
    let form = if step_s >= 86_400 {
        "day"
    } else if step_s >= 60 {
        "minute"
    } else {
        "second"
    };
    let ahead_ms = jiff::Timestamp::from_millisecond(from.as_millis())
        .map_or(0, |from| i64::from(zone.to_offset(from).seconds()) * 1000);
    let step_ms = step_s * 1000;
    let first = (from.as_millis() + ahead_ms).div_euclid(step_ms) * step_ms - ahead_ms;
    let all = (0..=MOST_STEPS.0 + 1).map(|index| Timestamp::from_millis(first + index * step_ms));
    all.filter(|at| *at >= from && *at <= to).map(|at| (at, form)).collect()
}

fn labelled(at: Timestamp, form: &str, zone: &TimeZone) -> String {
    let whole = at.in_zone(zone);
    let part = match form {
        "day" => whole.get(5..10),
        "minute" => whole.get(11..16),
        _ => whole.get(11..19),
    };
    part.unwrap_or(&whole).to_owned()
}

const fn class(sample: &SampleSeen) -> &'static str {
    match (sample.alive, sample.ready) {
        (true, Some(true) | None) => "b-ok",
        (true, Some(false)) => "b-warn",
        (false, _) => "b-fail",
    }
}

/// Runs of samples with one state; nothing is drawn where no sample was taken for long.
fn pieces(all: &[&SampleSeen], to: Timestamp, each_ms: i64, gap_ms: i64) -> Vec<(Timestamp, Timestamp, &'static str)> {
    let mut pieces: Vec<(Timestamp, Timestamp, &'static str)> = Vec::new();
    for (index, sample) in all.iter().enumerate() {
        let next = all.get(index + 1).map_or(to, |next| next.at);
        let until = if next.millis_since(sample.at) > gap_ms { sample.at.plus_millis(each_ms).min(to) } else { next };
        match pieces.last_mut() {
            Some(last) if last.2 == class(sample) && last.1 == sample.at => last.1 = until,
            _ => pieces.push((sample.at, until, class(sample))),
        }
    }
    pieces
}

/// The line of a node. Of many points only some are drawn; where the line begins and ends, none is left out.
fn path(stretches: &[Vec<Point>], x: &impl Fn(Timestamp) -> f64, y: &impl Fn(f64) -> f64) -> String {
    let every = stretches.iter().map(Vec::len).sum::<usize>().div_ceil(POINTS).max(1);
    let mut path = String::new();
    for stretch in stretches {
        for (place, (at, value)) in stretch.iter().enumerate() {
            let (is_begin, is_end) = (place == 0, place + 1 == stretch.len());
            if !is_begin && !is_end && !place.is_multiple_of(every) {
                continue;
            }
            // A point that stands alone is a short line: it is seen all the same.
            let (x, y) = (x(*at), y(*value));
            path.push_str(&if is_begin { format!("M{x:.1} {y:.1}h1") } else { format!("L{x:.1} {y:.1}") });
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(at_s: i64, alive: bool, connections: Option<i64>) -> SampleSeen {
        let at = Timestamp::from_millis(at_s * 1000);
        SampleSeen { alive, ready: Some(alive), sdk_connections: connections, ..SampleSeen::silent(at) }
    }

    fn draw(samples: Vec<SampleSeen>) -> Option<Chart> {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        chart(&[(NodeName::from("n1"), samples)], (at(0), at(600)), &[], 5_000, &TimeZone::UTC, Drawn::CONNECTIONS)
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
        let classes: Vec<_> = drawn.strips[0].pieces.iter().map(|piece| piece.class).collect();
        assert_eq!(classes, ["b-ok", "b-fail", "b-ok", "b-ok"], "dead for one second, then a gap");
        assert_eq!(drawn.lines[0].path.matches('M').count(), 3, "the line is broken where it was dead and at the gap");
        assert!(drawn.has_gap, "and the legend says what a gap is");
    }

    #[test]
    fn hours_of_samples_are_one_line_and_one_strip() {
        let samples: Vec<_> =
            (0..20_000).map(|second| sample(second, true, Some(40).filter(|_| second % 2 == 0))).collect();
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let series = [(NodeName::from("n1"), samples)];
        let drawn = chart(&series, (at(0), at(20_000)), &[], 5_000, &TimeZone::UTC, Drawn::CONNECTIONS).expect("chart");
        assert_eq!(drawn.strips[0].pieces.len(), 1);
        assert!(!drawn.has_gap);
        let path = &drawn.lines[0].path;
        assert_eq!(path.matches('M').count(), 1, "they were counted every other time, and nothing broke");
        assert!(
            (100..=POINTS).contains(&path.matches('L').count()),
            "few enough points: {}",
            path.matches('L').count()
        );
    }

    #[test]
    fn a_chart_of_a_measure_has_its_numbers_and_needs_no_strips() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let mut samples = vec![sample(1, true, None), sample(11, true, None), sample(21, true, None)];
        for (sample, load) in samples.iter_mut().zip([Some(0.2), None, Some(0.44)]) {
            sample.metrics.load = load;
        }
        let drawn = Drawn { measure: Measure::Load, strips: false };
        let series = [(NodeName::from("n1"), samples)];
        let chart = chart(&series, (at(0), at(600)), &[], 5_000, &TimeZone::UTC, drawn).expect("chart");
        assert!(chart.strips.is_empty() && !chart.is_broken);
        let levels: Vec<_> = chart.levels.iter().map(|level| level.value.as_str()).collect();
        assert_eq!(levels, ["0.60", "0.40", "0.20", "0.00"]);
        assert_eq!(chart.lines[0].path.matches('L').count(), 1, "{}", chart.lines[0].path);
        assert!(chart.levels.iter().all(|level| level.y <= chart.lines_bottom));
    }

    #[test]
    fn unknown_connections_draw_no_line() {
        let drawn = draw(vec![sample(1, true, None), sample(2, true, None)]).expect("chart");
        assert!(drawn.lines.is_empty());
        assert!(drawn.levels.is_empty());
    }

    #[test]
    fn times_are_round_in_the_zone_of_the_page_and_few_enough_for_a_phone() {
        let shown = |seconds: i64, zone: &str| {
            let zone = TimeZone::get(zone).expect("a zone");
            let from = Timestamp::from_millis(1_795_312_345_000);
            let to = from.plus_millis(seconds * 1000);
            ticks(from, to, &zone).into_iter().map(|(at, form)| labelled(at, form, &zone)).collect::<Vec<_>>()
        };
        assert_eq!(shown(900, "UTC"), ["01:55", "02:00", "02:05"]);
        assert_eq!(shown(900, "Asia/Shanghai"), ["09:55", "10:00", "10:05"]);
        assert_eq!(shown(6 * 3600, "Asia/Kolkata"), ["08:00", "10:00", "12:00"], "round there, not in UTC");
        assert_eq!(shown(20, "UTC"), ["01:52:30", "01:52:40"]);
        assert_eq!(shown(3 * 86_400, "UTC"), ["11-23", "11-24", "11-25"]);
        for seconds in [1, 7, 59, 61, 300, 1000, 5000, 50_000, 500_000, 2_000_000] {
            assert!((1..=4).contains(&shown(seconds, "UTC").len()), "{seconds} s: {:?}", shown(seconds, "UTC"));
        }
    }

    #[test]
    fn numbers_beside_the_lines_are_round_and_nothing_stands_above_the_first() {
        assert_eq!(levels(0, 1), [1, 0]);
        assert_eq!(levels(4, 1), [4, 2, 0]);
        assert_eq!(levels(11, 1), [15, 10, 5, 0]);
        assert_eq!(levels(1200, 1), [1500, 1000, 500, 0]);
        assert_eq!(levels(4000, 1000), [4000, 2000, 0]);
        assert_eq!(levels(0, 1000), [1000, 0]);
        assert_eq!(levels(440, 10), [600, 400, 200, 0]);
        for most in [1, 2, 3, 9, 10, 99, 101, 12_345, i64::MAX / 20] {
            let levels = levels(most, 1);
            assert!(levels[0] >= most && (2..=5).contains(&levels.len()), "{most}: {levels:?}");
        }
    }

    #[test]
    fn long_names_keep_their_end() {
        assert_eq!(shortened("n1"), "n1");
        assert_eq!(shortened("nacos-3.prod.example"), "…prod.example");
    }
}
