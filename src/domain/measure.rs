//! What samples measure of a node over time: which numbers there are, when they are joined, and how counts become rates.
//!
//! # Why
//! A number that only counts up says nothing by itself: two readings of one process are a rate, and anything else is a gap. A
//! count that went back, a process that began anew, a node that was silent in between: none of these is ever a number below zero
//! or a guess of what happened meanwhile.

use super::observed::{GaugesSeen, SampleSeen};
use super::time::Timestamp;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Connections of clients.
    Connections,
    /// CPU, percent.
    Cpu,
    /// Load average.
    Load,
    /// Heap in use, MiB.
    Heap,
    /// Part of the time that collections stop it, percent.
    Gc,
    /// Mean time of pushes, milliseconds.
    Push,
    /// Requests a second.
    Requests,
    /// Room on the file system that it was started in, GiB.
    Disk,
    /// Lines with an ERROR a minute.
    Errors,
    /// Instances of all services.
    Instances,
}

/// A number at a moment.
pub type Point = (Timestamp, f64);

/// Two readings of what a JVM measures that lie further apart are not joined: they are taken once a minute.
const GAUGES_APART_MS: i64 = 150_000;
/// Samples before the newest that may hold what it does not: they do not all count everything.
const COUNTED_IN: usize = 4;
/// Bytes of one MiB.
const MIB: f64 = 1_048_576.0;

impl Measure {
    /// Every measure, in the order in which they are shown.
    pub const ALL: [Self; 10] = [
        Self::Connections,
        Self::Cpu,
        Self::Load,
        Self::Heap,
        Self::Gc,
        Self::Push,
        Self::Requests,
        Self::Disk,
        Self::Errors,
        Self::Instances,
    ];

    /// Its name in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::Cpu => "cpu",
            Self::Load => "load",
            Self::Heap => "heap",
            Self::Gc => "gc",
            Self::Push => "push",
            Self::Requests => "requests",
            Self::Disk => "disk",
            Self::Errors => "errors",
            Self::Instances => "instances",
        }
    }

    /// By its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }

    /// Digits that are written behind the point.
    #[must_use]
    pub const fn digits(self) -> usize {
        match self {
            Self::Connections | Self::Cpu | Self::Heap | Self::Push | Self::Instances => 0,
            Self::Requests | Self::Disk | Self::Errors => 1,
            Self::Load | Self::Gc => 2,
        }
    }

    /// A number of it as it is written.
    #[must_use]
    pub fn written(self, value: f64) -> String {
        format!("{value:.*}", self.digits())
    }

    /// What one reading says by itself.
    fn told(self, sample: &SampleSeen) -> Option<f64> {
        let gauges = sample.gauges.as_deref();
        let value = match self {
            Self::Connections => sample.sdk_connections? as f64,
            // Nacos writes a negative number where the host does not tell.
            Self::Cpu => sample.metrics.cpu? * 100.0,
            Self::Load => sample.metrics.load?,
            Self::Instances => sample.metrics.instances? as f64,
            Self::Heap => gauges?.heap_used_bytes? as f64 / MIB,
            Self::Push => gauges?.push_ms?,
            Self::Disk => gauges?.disk_free_bytes? as f64 / (MIB * 1024.0),
            Self::Gc | Self::Requests | Self::Errors => return None,
        };
        (value.is_finite() && value >= 0.0).then_some(value)
    }

    /// What only counts up, and what makes a rate of it a second the number that is shown.
    fn counted(self, gauges: &GaugesSeen) -> Option<(f64, f64)> {
        match self {
            Self::Gc => Some((gauges.gc_pause_s?, 100.0)),
            Self::Requests => Some((gauges.requests? as f64, 1.0)),
            Self::Errors => Some((gauges.error_lines? as f64, 60.0)),
            _ => None,
        }
    }

    const fn is_rate(self) -> bool {
        matches!(self, Self::Gc | Self::Requests | Self::Errors)
    }

    /// Whether it is told by a Prometheus endpoint alone.
    #[must_use]
    pub const fn is_gauge(self) -> bool {
        self.is_rate() || matches!(self, Self::Heap | Self::Push | Self::Disk)
    }

    /// The numbers of one node in the order of time, in stretches without a gap: none goes on where the node was silent, where
    /// readings lie more than `gap_ms` apart, and a rate not where the process began anew.
    #[must_use]
    pub fn stretches(self, samples: &[SampleSeen], gap_ms: i64) -> Vec<Vec<Point>> {
        let gap_ms = if self.is_gauge() { gap_ms.max(GAUGES_APART_MS) } else { gap_ms };
        let mut all: Vec<Vec<Point>> = vec![Vec::new()];
        let mut before: Option<(Timestamp, &GaugesSeen)> = None;
        let mut newest: Option<Timestamp> = None;
        for sample in samples {
            if !sample.alive {
                (before, newest) = (None, None);
                all.push(Vec::new());
                continue;
            }
            let gauges = sample.gauges.as_deref().filter(|_| self.is_gauge());
            let at = gauges.and_then(|gauges| gauges.read_at).unwrap_or(sample.at);
            // The same reading can stand in what was kept of a minute and in a sample.
            if newest.is_some_and(|newest| at <= newest) {
                continue;
            }
            let value = if self.is_rate() {
                let Some(now) = gauges.filter(|gauges| self.counted(gauges).is_some()) else { continue };
                let earlier = before.replace((at, now)).filter(|(then, _)| at.millis_since(*then) <= gap_ms);
                newest = Some(at);
                earlier.and_then(|earlier| self.rate(earlier, (at, now)))
            } else {
                let Some(value) = self.told(sample) else { continue };
                if newest.replace(at).is_some_and(|newest| at.millis_since(newest) > gap_ms) {
                    all.push(Vec::new());
                }
                Some(value)
            };
            match (value, all.last_mut()) {
                (Some(value), Some(last)) => last.push((at, value)),
                _ => all.push(Vec::new()),
            }
        }
        all.retain(|stretch| !stretch.is_empty());
        all
    }

    /// What was counted between two readings; `None`: they are not of one process.
    fn rate(self, (from, then): (Timestamp, &GaugesSeen), (to, now): (Timestamp, &GaugesSeen)) -> Option<f64> {
        if then.began.zip(now.began).is_some_and(|(then, now)| then != now) {
            return None;
        }
        let ((then, _), (now, factor)) = (self.counted(then)?, self.counted(now)?);
        let seconds = to.millis_since(from) as f64 / 1000.0;
        (now >= then && seconds > 0.0).then(|| (now - then) / seconds * factor)
    }

    /// The newest number of a node that answers; `None`: it does not, or it is too long ago to be said of now.
    #[must_use]
    pub fn newest(self, samples: &[SampleSeen]) -> Option<f64> {
        let last = samples.last().filter(|sample| sample.alive)?;
        if !self.is_gauge() {
            let counted = samples.iter().rev().take(COUNTED_IN).take_while(|sample| sample.alive);
            return counted.into_iter().find_map(|sample| self.told(sample));
        }
        let recent = samples.partition_point(|sample| last.at.millis_since(sample.at) > 2 * GAUGES_APART_MS);
        let stretches = self.stretches(&samples[recent..], 0);
        let (at, value) = *stretches.last()?.last()?;
        // A silent moment since then ends what it says of now.
        let since = samples.iter().rev().take_while(|sample| sample.at > at).all(|sample| sample.alive);
        (since && last.at.millis_since(at) <= GAUGES_APART_MS).then_some(value)
    }

    /// The number that this sample tells by itself.
    #[must_use]
    pub fn in_sample(self, sample: &SampleSeen) -> Option<f64> {
        self.told(sample).filter(|_| sample.alive)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn read(seconds: i64, requests: Option<u64>, began: i64) -> SampleSeen {
        let gauges =
            GaugesSeen { read_at: Some(at(seconds)), requests, began: Some(at(began)), ..GaugesSeen::default() };
        SampleSeen { alive: true, gauges: Some(Box::new(gauges)), ..SampleSeen::silent(at(seconds)) }
    }

    fn quiet(seconds: i64) -> SampleSeen {
        SampleSeen { alive: true, ..SampleSeen::silent(at(seconds)) }
    }

    fn rates(samples: &[SampleSeen]) -> Vec<Vec<(i64, f64)>> {
        let of = |stretch: Vec<Point>| stretch.into_iter().map(|(at, value)| (at.as_millis() / 1000, value)).collect();
        Measure::Requests.stretches(samples, 60_000).into_iter().map(of).collect()
    }

    #[test]
    fn two_readings_are_a_rate_and_one_is_none() {
        assert_eq!(rates(&[read(0, Some(100), 0)]), Vec::<Vec<_>>::new());
        let three = [read(0, Some(100), 0), quiet(5), read(60, Some(700), 0), quiet(65), read(130, Some(700), 0)];
        assert_eq!(rates(&three), [[(60, 10.0), (130, 0.0)]], "looks without a reading break nothing");
        let errors = |count| {
            let gauges = GaugesSeen { error_lines: Some(count), gc_pause_s: Some(0.3), ..GaugesSeen::default() };
            Some(Box::new(gauges))
        };
        let (mut one, mut two) = (quiet(0), quiet(60));
        (one.gauges, two.gauges) = (errors(4), errors(10));
        assert_eq!(Measure::Errors.stretches(&[one.clone(), two.clone()], 0), [[(at(60), 6.0)]], "a minute");
        assert_eq!(Measure::Gc.stretches(&[one, two], 0), [[(at(60), 0.0)]], "no collection since then");
    }

    #[test]
    fn a_count_that_went_back_is_a_gap_and_never_below_zero() {
        let back = [read(0, Some(100), 0), read(60, Some(160), 0), read(120, Some(5), 0), read(180, Some(65), 0)];
        assert_eq!(rates(&back), [[(60, 1.0)], [(180, 1.0)]]);
        let anew =
            [read(0, Some(100), 0), read(60, Some(160), 0), read(120, Some(9000), 90), read(180, Some(9060), 90)];
        assert_eq!(rates(&anew), [[(60, 1.0)], [(180, 1.0)]], "another process, whatever it counts");
    }

    #[test]
    fn nothing_is_joined_over_a_time_in_which_nothing_was_read() {
        let silent = SampleSeen::silent(at(90));
        let dead =
            [read(0, Some(0), 0), read(60, Some(60), 0), silent, read(120, Some(180), 0), read(180, Some(240), 0)];
        assert_eq!(rates(&dead), [[(60, 1.0)], [(180, 1.0)]], "it was silent in between");
        let late = [read(0, Some(0), 0), read(60, Some(60), 0), read(360, Some(360), 0), read(420, Some(420), 0)];
        assert_eq!(rates(&late), [[(60, 1.0)], [(420, 1.0)]], "nobody looked for five minutes");
        let kept_twice = [read(0, Some(0), 0), read(60, Some(60), 0), read(60, Some(60), 0), read(120, Some(120), 0)];
        assert_eq!(rates(&kept_twice), [[(60, 1.0), (120, 1.0)]]);

        let counted = |seconds, count| SampleSeen { sdk_connections: count, ..quiet(seconds) };
        let line = [counted(0, Some(4)), counted(5, None), counted(10, Some(5)), counted(90, Some(6))];
        let stretches = Measure::Connections.stretches(&line, 60_000);
        assert_eq!(stretches, [vec![(at(0), 4.0), (at(10), 5.0)], vec![(at(90), 6.0)]]);
    }

    #[test]
    fn the_newest_number_is_said_of_a_node_that_answers_and_not_for_long() {
        let mut all = vec![read(0, Some(0), 0), read(60, Some(120), 0), quiet(100)];
        let newest = |all: &[SampleSeen]| Measure::Requests.newest(all);
        assert_eq!(newest(&all), Some(2.0));
        all.push(SampleSeen::silent(at(105)));
        assert_eq!(newest(&all), None, "it is silent");
        all.push(quiet(110));
        assert_eq!(newest(&all), None, "and it may be another process now");
        assert_eq!(newest(&[read(0, Some(0), 0), read(60, Some(120), 0), quiet(300)]), None, "too long ago");
        assert_eq!(newest(&[]), None);
        let mut negative = quiet(0);
        negative.metrics.cpu = Some(-1.0);
        assert_eq!(Measure::Cpu.newest(&[negative]), None, "the host does not tell");
    }

    #[test]
    fn numbers_are_written_with_the_digits_that_tell_something() {
        assert_eq!(Measure::Cpu.written(39.6), "40");
        assert_eq!(Measure::Load.written(0.5), "0.50");
        assert_eq!(Measure::Disk.written(45.67), "45.7");
        for one in Measure::ALL {
            assert_eq!(Measure::from_name(one.as_str()), Some(one));
        }
        assert_eq!(Measure::from_name("all"), None);
    }
}
