//! What of the measures of a monitor is drawn, as a person chose it in the address, and the tables that say the same.
//!
//! Only what was measured in the time that is shown is offered. What a closed Prometheus endpoint keeps is said in one line.

use std::collections::BTreeMap;

use crate::domain::id::NodeName;
use crate::domain::measure::Measure;
use crate::domain::observed::SampleSeen;
use crate::domain::time::Timestamp;
use crate::web::plumbing::chart::{self, Chart, Drawn, Event};
use crate::web::plumbing::page::Frame;

/// Most rows of a table of one measure; the newest.
const ROWS: usize = 60;
/// What stands beside the state of every node.
const BESIDE_STATE: [Measure; 2] = [Measure::Connections, Measure::Cpu];
/// What every look can tell: the columns of the table of samples.
const OF_SAMPLES: [Measure; 3] = [Measure::Connections, Measure::Cpu, Measure::Load];

/// The samples of every node.
pub type Series = [(NodeName, Vec<SampleSeen>)];

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// One measure.
    One(Measure),
    /// Every one that was measured, one below the other.
    All,
    /// Instances service by service.
    Services,
}

impl Show {
    /// The client connections, as long as nobody chose anything else.
    pub const USUAL: Self = Self::One(Measure::Connections);

    /// As the address says it.
    #[must_use]
    pub fn from_query(text: &str) -> Self {
        match text {
            "all" => Self::All,
            "services" => Self::Services,
            name => Measure::from_name(name).map_or(Self::USUAL, Self::One),
        }
    }

    /// Its name in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::One(measure) => measure.as_str(),
            Self::All => "all",
            Self::Services => "services",
        }
    }
}

/// What was measured in a time, and how it is shown.
#[derive(Default)]
pub struct Measured {
    /// What there is to choose from; the connections are always there.
    pub offered: Vec<Measure>,
    /// What is drawn, without what nobody measured.
    pub charts: Vec<Chart>,
    /// One table a chart, but for the connections, which stand in the table of samples.
    pub tables: Vec<Table>,
    /// What cannot be measured, of which nodes, and how that changes.
    pub closed: Option<String>,
}

/// A measure in a table: a row a moment, a column a node.
pub struct Table {
    /// Which.
    pub measure: Measure,
    /// The nodes.
    pub nodes: Vec<String>,
    /// Newest first.
    pub rows: Vec<(Timestamp, Vec<String>)>,
}

impl Table {
    /// Key of its heading, with the unit.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        chart::title_of(self.measure)
    }
}

/// The time that is drawn.
pub struct Over<'a> {
    /// Its first and its last moment.
    pub span: (Timestamp, Timestamp),
    /// What is marked in it.
    pub events: &'a [Event],
    /// For how long one sample speaks, milliseconds.
    pub each_ms: i64,
}

impl Measured {
    /// Of these samples.
    #[must_use]
    pub fn new(f: &Frame, series: &Series, over: &Over<'_>, show: Show) -> Self {
        let from = over.span.0;
        let is_seen = |measure: &Measure| {
            let mut all = series.iter().flat_map(|(_, all)| chart::stretches(*measure, all, from, over.each_ms));
            *measure == Measure::Connections || all.next().is_some()
        };
        let offered: Vec<Measure> = Measure::ALL.into_iter().filter(is_seen).collect();
        let drawn: Vec<Measure> = match show {
            Show::All => offered.clone(),
            Show::Services => Vec::new(),
            Show::One(one) => vec![if offered.contains(&one) { one } else { Measure::Connections }],
        };
        let chart = |(place, measure): (usize, &Measure)| {
            let drawn = Drawn { measure: *measure, strips: place == 0 };
            chart::chart(series, over.span, over.events, over.each_ms, &f.zone.written(), drawn)
        };
        let tables = drawn.iter().filter(|measure| **measure != Measure::Connections);
        Self {
            charts: drawn.iter().enumerate().filter_map(chart).collect(),
            tables: tables.map(|measure| table(series, *measure, over)).collect(),
            offered,
            closed: closed(f, series),
        }
    }
}

/// What the nodes measured, moment by moment.
fn table(series: &Series, measure: Measure, over: &Over<'_>) -> Table {
    let mut at: BTreeMap<Timestamp, Vec<Option<f64>>> = BTreeMap::new();
    for (place, (_, all)) in series.iter().enumerate() {
        for (moment, value) in chart::stretches(measure, all, over.span.0, over.each_ms).into_iter().flatten() {
            at.entry(moment).or_insert_with(|| vec![None; series.len()])[place] = Some(value);
        }
    }
    let row = |(at, values): (Timestamp, Vec<Option<f64>>)| {
        (at, values.into_iter().map(|value| written(measure, value)).collect())
    };
    let rows = at.into_iter().rev().take(ROWS).map(row).collect();
    Table { measure, nodes: series.iter().map(|(name, _)| name.0.clone()).collect(), rows }
}

/// That the Prometheus endpoints of nodes are closed, as they said when they were asked last; `None`: none said so.
fn closed(f: &Frame, series: &Series) -> Option<String> {
    let says = |all: &[SampleSeen]| all.iter().rev().find(|sample| sample.alive).is_some_and(|one| one.gauges_closed);
    let nodes: Vec<String> = series.iter().filter(|(_, all)| says(all)).map(|(name, _)| name.0.clone()).collect();
    (!nodes.is_empty()).then(|| f.t1("monitor-gauges-closed", "nodes", f.list(nodes)))
}

/// A number in a table.
fn written(measure: Measure, value: Option<f64>) -> String {
    value.map_or_else(|| "—".to_owned(), |value| measure.written(value))
}

/// The newest of the numbers that stand beside the state, of every node of which there is a sample: what any of them tells, and its cells.
#[must_use]
pub fn newest(series: &Series) -> (Vec<Measure>, Vec<Vec<String>>) {
    newest_of(series, &BESIDE_STATE)
}

/// The newest of the other numbers that any node tells: a row each, with a cell a node.
#[must_use]
pub fn others(series: &Series) -> Vec<(Measure, Vec<String>)> {
    let others: Vec<Measure> = Measure::ALL.into_iter().filter(|one| !BESIDE_STATE.contains(one)).collect();
    let (told, nodes) = newest_of(series, &others);
    let of = |place: usize| nodes.iter().map(|cells| cells[place].clone()).collect();
    told.into_iter().enumerate().map(|(place, measure)| (measure, of(place))).collect()
}

fn newest_of(series: &Series, measures: &[Measure]) -> (Vec<Measure>, Vec<Vec<String>>) {
    let seen = series.iter().filter(|(_, all)| !all.is_empty());
    let of = |all: &[SampleSeen]| measures.iter().map(|measure| measure.newest(all)).collect();
    cells(measures, seen.map(|(_, all)| of(all)).collect())
}

/// The numbers that these samples tell by themselves: what any of them tells, and its cells.
#[must_use]
pub fn of_samples(samples: &[&SampleSeen]) -> (Vec<Measure>, Vec<Vec<String>>) {
    let of = |sample: &&SampleSeen| OF_SAMPLES.map(|measure| measure.in_sample(sample)).to_vec();
    cells(&OF_SAMPLES, samples.iter().map(of).collect())
}

/// Without the columns that nobody tells anything in.
fn cells(measures: &[Measure], rows: Vec<Vec<Option<f64>>>) -> (Vec<Measure>, Vec<Vec<String>>) {
    let told: Vec<usize> = (0..measures.len()).filter(|place| rows.iter().any(|row| row[*place].is_some())).collect();
    let cells = |row: Vec<Option<f64>>| told.iter().map(|place| written(measures[*place], row[*place])).collect();
    (told.iter().map(|place| measures[*place]).collect(), rows.into_iter().map(cells).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_named_in_the_address_and_anything_else_is_the_connections() {
        for show in [Show::USUAL, Show::All, Show::Services, Show::One(Measure::Gc)] {
            assert_eq!(Show::from_query(show.as_str()), show);
        }
        for odd in ["", "cpu'", "ALL", "<b>"] {
            assert_eq!(Show::from_query(odd), Show::USUAL);
        }
    }

    #[test]
    fn a_column_in_which_nobody_tells_anything_is_left_out() {
        let at = Timestamp::from_millis(0);
        let told = |cpu| {
            let mut sample = SampleSeen { alive: true, sdk_connections: Some(7), ..SampleSeen::silent(at) };
            sample.metrics.cpu = cpu;
            sample
        };
        let (one, two) = (told(Some(0.25)), told(None));
        let (columns, rows) = of_samples(&[&one, &two]);
        assert_eq!(columns, [Measure::Connections, Measure::Cpu]);
        assert_eq!(rows, [["7", "25"], ["7", "—"]]);
        assert_eq!(of_samples(&[&two]).0, [Measure::Connections]);
        let mut counted = one;
        counted.metrics.instances = Some(9);
        let series = [(NodeName::from("n1"), vec![counted]), (NodeName::from("n2"), Vec::new())];
        assert_eq!(others(&series), [(Measure::Instances, vec!["9".to_owned()])]);
        assert_eq!(newest(&series), (vec![Measure::Connections, Measure::Cpu], vec![vec!["7".into(), "25".into()]]));
    }
}
