//! What the watcher counted of the clients of a node over time, and who they were: the evidence `clients.watched`. Pure.
//!
//! Looks come every few seconds and mostly say the same. A span is a time in which they did; what nobody looked at is a span
//! of its own, so that a gap can be taken neither for a count nor for none.

use serde::{Deserialize, Serialize};

use super::connected::ConnectedSeen;
use super::time::Timestamp;
use super::vocabulary::ClientsFrom;

/// Most spans of a node that are kept.
const MOST_SPANS: usize = 1000;
/// Where there are more, the counts of so much time are put together, the shortest that is enough, milliseconds.
const ROUGHER_MS: [i64; 4] = [60_000, 300_000, 1_800_000, 7_200_000];

/// What looks said of the clients of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "seen", rename_all = "snake_case")]
pub enum Watched {
    /// It had so many SDK connections, at each count.
    Counted {
        /// How many.
        sdk: i64,
    },
    /// It did not answer.
    Silent,
    /// It answered, and did not tell how many it has.
    Untold,
    /// Nobody looked.
    NotLooked,
}

/// A time in which looks said the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchedSpan {
    /// The first moment at which that was seen.
    pub from: Timestamp,
    /// The last one.
    pub until: Timestamp,
    /// What.
    #[serde(flatten)]
    pub seen: Watched,
}

/// One look at one node, as far as its clients go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchedLook {
    /// When.
    pub at: Timestamp,
    /// For how long it speaks if no other follows, milliseconds.
    pub holds_ms: i64,
    /// What it saw.
    pub seen: Watched,
}

/// What the watcher counted of the clients of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientsWatchedSeen {
    /// The first moment that is told of.
    pub from: Timestamp,
    /// The last one.
    pub to: Timestamp,
    /// What was seen, oldest first and without a hole; a count speaks until the next span begins.
    pub spans: Vec<WatchedSpan>,
    /// Where the counts come from.
    pub counted_by: ClientsFrom,
    /// For so long counts were put together where they changed often, each time to the newest, milliseconds; 0: all are here.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rough_ms: i64,
    /// Who was connected; `None`: of a program that did not look for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connected: Option<ConnectedSeen>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_zero(number: &i64) -> bool {
    *number == 0
}

impl ClientsWatchedSeen {
    /// From looks of that time, oldest first.
    #[must_use]
    pub fn of((from, to): (Timestamp, Timestamp), counted_by: ClientsFrom, looks: &[WatchedLook]) -> Self {
        let mut spans: Vec<WatchedSpan> = Vec::new();
        let gap = |from, until| WatchedSpan { from, until, seen: Watched::NotLooked };
        let mut newest: Option<&WatchedLook> = None;
        for look in looks {
            let (since, holds_ms) = newest.map_or((from, look.holds_ms), |last| (last.at, last.holds_ms));
            if look.at.millis_since(since) > holds_ms.max(look.holds_ms) {
                spans.push(gap(since, look.at));
            }
            newest = Some(look);
            let span = WatchedSpan { from: look.at, until: look.at, seen: look.seen };
            match spans.last_mut() {
                Some(last) if last.seen == look.seen => last.until = look.at,
                // Numbers and connections take turns: a count speaks for the look after it.
                Some(WatchedSpan { until, seen: Watched::Counted { .. }, .. })
                    if look.seen == Watched::Untold && look.at.millis_since(*until) <= look.holds_ms => {}
                _ => spans.push(span),
            }
        }
        match newest {
            Some(last) if to.millis_since(last.at) > last.holds_ms => spans.push(gap(last.at, to)),
            None => spans.push(gap(from, to)),
            Some(_) => {}
        }
        let mut seen = Self { from, to, spans, counted_by, rough_ms: 0, connected: None };
        seen.bound();
        seen
    }

    /// However often counts change, the evidence stays small.
    fn bound(&mut self) {
        for rough_ms in ROUGHER_MS {
            if self.spans.len() <= MOST_SPANS {
                return;
            }
            self.rough_ms = rough_ms;
            let mut spans: Vec<WatchedSpan> = Vec::new();
            let slot = |at: Timestamp| at.as_millis().div_euclid(rough_ms);
            for span in &self.spans {
                match (spans.last_mut(), span.seen) {
                    (Some(last @ WatchedSpan { seen: Watched::Counted { .. }, .. }), Watched::Counted { .. })
                        if slot(last.from) == slot(span.from) =>
                    {
                        (last.until, last.seen) = (span.until, span.seen);
                    }
                    _ => spans.push(*span),
                }
            }
            self.spans = spans;
        }
        let surplus = self.spans.len().saturating_sub(MOST_SPANS);
        self.spans.drain(..surplus);
        self.from = self.spans.first().map_or(self.from, |span| span.from);
    }

    /// What the newest look by then said; `None`: it is not told of.
    #[must_use]
    pub fn at(&self, at: Timestamp) -> Option<&WatchedSpan> {
        self.spans[..self.spans.partition_point(|span| span.from <= at)].last().filter(|_| at <= self.to)
    }

    /// The counts, oldest first: when each was seen first and last, and how many.
    pub fn counts(&self) -> impl DoubleEndedIterator<Item = (&WatchedSpan, i64)> {
        self.spans.iter().filter_map(|span| match span.seen {
            Watched::Counted { sdk } => Some((span, sdk)),
            Watched::Silent | Watched::Untold | Watched::NotLooked => None,
        })
    }

    /// The first look that is told of; `None`: there was none.
    #[must_use]
    pub fn watched_since(&self) -> Option<Timestamp> {
        self.spans.iter().find(|span| span.seen != Watched::NotLooked).map(|span| span.from)
    }

    /// The first moment at which it was silent, where it still is at the last look; what nobody looked at tells nothing.
    #[must_use]
    pub fn silent_since(&self) -> Option<Timestamp> {
        let looked = self.spans.iter().rev().filter(|span| span.seen != Watched::NotLooked);
        looked.take_while(|span| span.seen == Watched::Silent).last().map(|span| span.from)
    }

    /// Times in which it was silent in more than one look, oldest first.
    pub fn silences(&self) -> impl Iterator<Item = &WatchedSpan> {
        self.spans.iter().filter(|span| span.seen == Watched::Silent && span.until > span.from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY_MS: i64 = 5_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + seconds * 1000)
    }

    fn look(seconds: i64, seen: Watched) -> WatchedLook {
        WatchedLook { at: at(seconds), holds_ms: 4 * EVERY_MS, seen }
    }

    /// Counts at every second look, as the watcher takes them.
    fn looks(seconds: std::ops::Range<i64>, sdk: i64) -> Vec<WatchedLook> {
        let steps = seconds.step_by(5).zip([true, false].into_iter().cycle());
        steps.map(|(s, counts)| look(s, if counts { Watched::Counted { sdk } } else { Watched::Untold })).collect()
    }

    fn of(time: (Timestamp, Timestamp), looks: &[WatchedLook]) -> ClientsWatchedSeen {
        ClientsWatchedSeen::of(time, ClientsFrom::Loader, looks)
    }

    fn told(seen: &ClientsWatchedSeen) -> Vec<(i64, i64, Watched)> {
        let second = |time: Timestamp| time.millis_since(at(0)) / 1000;
        seen.spans.iter().map(|span| (second(span.from), second(span.until), span.seen)).collect()
    }

    #[test]
    fn looks_that_say_the_same_are_one_span() {
        let silent = (60..90).step_by(5).map(|s| look(s, Watched::Silent));
        let all: Vec<WatchedLook> = looks(0..60, 4)
            .into_iter()
            .chain(silent)
            .chain([look(90, Watched::Untold)])
            .chain(looks(95..120, 0))
            .collect();
        let seen = of((at(0), at(120)), &all);
        let counted = |sdk| Watched::Counted { sdk };
        let expected =
            [(0, 50, counted(4)), (60, 85, Watched::Silent), (90, 90, Watched::Untold), (95, 115, counted(0))];
        assert_eq!(told(&seen), expected);
        assert_eq!(seen.at(at(58)).map(|span| span.seen), Some(counted(4)), "a count speaks until the next span");
        assert_eq!(seen.at(at(-1)), None);
        assert_eq!(seen.at(at(121)), None, "nobody has looked yet");
        assert_eq!((seen.silences().count(), seen.silent_since()), (1, None));
        let text = serde_json::to_string(&seen).expect("text");
        assert!(text.contains(r#""seen":"counted","sdk":4"#), "{text}");
        assert_eq!(serde_json::from_str::<ClientsWatchedSeen>(&text).expect("the same"), seen);
    }

    #[test]
    fn a_gap_is_neither_a_count_nor_none() {
        let all: Vec<WatchedLook> = looks(100..130, 4).into_iter().chain(looks(200..230, 4)).collect();
        let seen = of((at(0), at(300)), &all);
        let (gap, counted) = (Watched::NotLooked, Watched::Counted { sdk: 4 });
        let expected = [(0, 100, gap), (100, 120, counted), (125, 200, gap), (200, 220, counted), (225, 300, gap)];
        assert_eq!(told(&seen), expected);
        assert_eq!(seen.watched_since(), Some(at(100)));
        let never = of((at(0), at(300)), &[]);
        assert_eq!((told(&never), never.watched_since()), (vec![(0, 300, gap)], None));
    }

    #[test]
    fn a_node_that_never_tells_is_not_one_that_nobody_looked_at() {
        let all: Vec<WatchedLook> = (0..60).step_by(5).map(|s| look(s, Watched::Untold)).collect();
        assert_eq!(told(&of((at(0), at(60)), &all)), [(0, 55, Watched::Untold)]);
        // One that stops telling: its last count does not speak for ever.
        let all: Vec<WatchedLook> =
            looks(0..30, 4).into_iter().chain((30..90).step_by(5).map(|s| look(s, Watched::Untold))).collect();
        let expected = [(0, 20, Watched::Counted { sdk: 4 }), (45, 85, Watched::Untold)];
        assert_eq!(told(&of((at(0), at(90)), &all)), expected);
    }

    #[test]
    fn silence_goes_on_over_what_nobody_looked_at() {
        let all = [look(0, Watched::Silent), look(5, Watched::Silent), look(100, Watched::Silent)];
        let seen = of((at(0), at(200)), &all);
        assert_eq!(seen.silent_since(), Some(at(0)));
        assert_eq!(seen.silences().count(), 1, "one look is no silence");
    }

    #[test]
    fn counts_that_never_stay_the_same_stay_small() {
        let all: Vec<WatchedLook> = (0..86_400 / 10).map(|n| look(n * 10, Watched::Counted { sdk: n })).collect();
        let seen = of((at(0), at(86_400)), &all);
        assert!(seen.spans.len() <= MOST_SPANS, "{}", seen.spans.len());
        assert_eq!(seen.rough_ms, 300_000);
        assert_eq!(seen.spans.last().map(|span| span.seen), Some(Watched::Counted { sdk: 8639 }), "the newest of each");
        let flaps: Vec<WatchedLook> = (0..5000)
            .map(|n| look(n * 10, if n % 2 == 0 { Watched::Silent } else { Watched::Counted { sdk: n } }))
            .collect();
        let seen = of((at(0), at(50_000)), &flaps);
        assert_eq!(seen.spans.len(), MOST_SPANS);
        assert_eq!(seen.from, seen.spans[0].from, "what is left out is not told of");
    }
}
