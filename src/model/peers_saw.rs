//! What the peers of a node saw of it since its logs ended.

use super::node_state::Stated;
use super::{cite, peer_errors};
use crate::domain::evidence::EvidenceRef;
use crate::domain::observed::LogLine;
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::Failure;
use crate::nacos::signatures::SignatureId;
use crate::nacos::timing;

/// Lines of one kind that are quoted at most.
const MOST_LINES: usize = 8;

/// What the peers saw of a node since its logs ended.
#[derive(Clone, Debug, Default)]
pub struct PeersSaw {
    /// Who failed to reach it.
    pub observers: Vec<usize>,
    /// Attempts that were refused or cut off.
    pub refused: u64,
    /// Attempts that waited in vain.
    pub timeouts: u64,
    /// Lines of attempts that were refused or cut off.
    pub refused_lines: Vec<EvidenceRef>,
    /// Lines of attempts that waited in vain.
    pub timeout_lines: Vec<EvidenceRef>,
    /// Lines of connections that broke when its logs ended.
    pub streams: Vec<EvidenceRef>,
    /// When attempts were refused, first and last.
    pub refused_at: Option<(Timestamp, Timestamp)>,
    /// When attempts waited in vain, first and last.
    pub timeouts_at: Option<(Timestamp, Timestamp)>,
    /// True if the logs of a peer were seen.
    pub looked: bool,
}

impl PeersSaw {
    /// True if its peers were refused in the end; where they were both at the same time, no less often than they waited in
    /// vain.
    #[must_use]
    pub fn were_refused(&self) -> bool {
        let more = self.refused > 0 && self.refused >= self.timeouts;
        match (self.refused_at, self.timeouts_at) {
            (Some((_, refused)), Some((_, waited))) if self.refused > 0 => {
                let later_ms = refused.millis_since(waited);
                if later_ms.abs() < timing::HUNG_FIRST_MS { more } else { later_ms > 0 }
            }
            _ => more,
        }
    }

    /// True if its peers waited in vain for a while before they were first refused: it hung, and then its process ended.
    #[must_use]
    pub fn hung_first(&self) -> bool {
        let both = self.refused_at.zip(self.timeouts_at);
        both.is_some_and(|((refused, _), (waited, _))| refused.millis_since(waited) >= timing::HUNG_FIRST_MS)
            && self.timeouts > 1
    }

    /// True if its peers waited in vain after that moment and were not refused since: something takes their connections.
    #[must_use]
    pub fn waited_in_vain_since(&self, moment: Timestamp) -> bool {
        let after = |at: Option<(Timestamp, Timestamp)>| at.is_some_and(|(_, last)| last > moment);
        after(self.timeouts_at) && !after(self.refused_at)
    }

    /// All of these lines: refused, in vain, broken off.
    pub fn lines(&self) -> impl Iterator<Item = &EvidenceRef> {
        self.refused_lines.iter().chain(&self.timeout_lines).chain(&self.streams)
    }
}

/// Put together from the logs of all peers.
#[must_use]
pub(super) fn peers_saw(model: &Stated<'_>, index: usize) -> PeersSaw {
    let mut seen = PeersSaw::default();
    let from = model.nodes[index]
        .last_stamp
        .unwrap_or_else(|| model.as_of.plus_millis(-model.window_ms.min(timing::WITHOUT_AN_END_MS)))
        .plus_millis(-timing::BEFORE_THE_END_MS);
    for error in model.peer_errors.iter().filter(|error| error.subject == index) {
        if error.count_since(from) == 0 {
            continue;
        }
        let refused = error.reason_since(&Failure::Refused, from)
            + error.reason_since(&Failure::Unavailable, from)
            + error.reason_since(&Failure::NotConnected, from).min(1);
        let timeouts = [Failure::Timeout, Failure::ConnectTimeout, Failure::ReadTimeout, Failure::NoRoute]
            .into_iter()
            .map(|reason| error.reason_since(&reason, from))
            .sum::<u64>();
        let by_text = error.hits.reasons.is_empty();
        let (refused, timeouts) = if by_text { reasons_of_samples(error, from) } else { (refused, timeouts) };
        let silent_check = error.hits.signature == SignatureId::LINK_HEALTHCHECK_FAIL;
        for (reason, seen_of) in &error.hits.reasons {
            let at = match Way::of(reason) {
                Some(Way::Refused) => &mut seen.refused_at,
                Some(Way::InVain) => &mut seen.timeouts_at,
                None => continue,
            };
            let Some((first, last)) = seen_of.first.zip(seen_of.last).filter(|(_, last)| *last >= from) else {
                continue;
            };
            let first = first.max(from);
            *at = Some(at.map_or((first, last), |(known, newest)| (known.min(first), newest.max(last))));
        }
        if error.attempt || refused + timeouts > 0 {
            seen.refused += refused;
            seen.timeouts += timeouts + u64::from(silent_check);
            if !seen.observers.contains(&error.observer) {
                seen.observers.push(error.observer);
            }
            let name = model.nodes[error.observer].name;
            let kinds = [
                (refused > 0, Way::Refused, &mut seen.refused_lines),
                (timeouts > 0 || silent_check, Way::InVain, &mut seen.timeout_lines),
            ];
            for (_, way, lines) in kinds.into_iter().filter(|(there, _, lines)| *there && lines.len() < MOST_LINES) {
                lines.extend(line_of(error, way, from).map(|line| cite::line(name, line)));
            }
        }
    }
    for (_, node) in model.nodes.iter().enumerate().filter(|(observer, _)| *observer != index) {
        seen.looked |= node.logs.is_some();
        let near =
            |at: Option<Timestamp>| at.is_some_and(|at| at >= from && at <= from.plus_millis(timing::STREAMS_BREAK_MS));
        let lost = node.hits(SignatureId::LINK_STREAM_LOST).flat_map(|hits| &hits.samples);
        seen.streams.extend(lost.filter(|line| near(line.at)).take(1).map(|line| cite::line(node.name, line)));
    }
    seen
}

/// How an attempt failed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Refused,
    InVain,
}

impl Way {
    const fn of(reason: &Failure) -> Option<Self> {
        match reason {
            Failure::Refused | Failure::Unavailable | Failure::NotConnected => Some(Self::Refused),
            Failure::Timeout | Failure::ConnectTimeout | Failure::ReadTimeout | Failure::NoRoute => Some(Self::InVain),
            _ => None,
        }
    }
}

/// A line of the errors that failed this way, or does not say how it failed: the first since then, else the newest.
fn line_of<'e>(error: &peer_errors::PeerError<'e>, way: Way, from: Timestamp) -> Option<&'e LogLine> {
    let of_way = |line: &&LogLine| {
        crate::domain::observed::reason_in(&line.text).is_none_or(|reason| Way::of(&reason) == Some(way))
    };
    let since = error.hits.samples.iter().filter(|line| line.at.is_some_and(|at| at >= from)).find(of_way);
    since.or_else(|| error.hits.samples.iter().rev().find(of_way))
}

fn reasons_of_samples(error: &peer_errors::PeerError<'_>, from: Timestamp) -> (u64, u64) {
    let (mut refused, mut timeouts) = (0, 0);
    for line in error.hits.samples.iter().filter(|line| line.at.is_some_and(|at| at >= from)) {
        match crate::domain::observed::reason_in(&line.text) {
            Some(Failure::Refused | Failure::Unavailable) => refused += 1,
            Some(Failure::Timeout | Failure::ConnectTimeout | Failure::ReadTimeout | Failure::NoRoute) => timeouts += 1,
            _ => {}
        }
    }
    (refused, timeouts)
}
