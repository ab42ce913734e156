//! How the clients of a cluster are spread over its nodes: who holds far more than its share and since when, and what the others
//! would have to hold if one node more stopped. Pure.
//!
//! # Why
//! After a failover all clients may sit on one node. That works until this node stops as well, so it is said while there is time.
//! A client that loses its node goes to another address of its list: those of one node may spread, or all meet on one other.

use crate::domain::id::NodeName;
use crate::domain::observed::SampleSeen;
use crate::domain::time::Timestamp;

/// Below this many connections a node the spread says nothing.
pub const FEW_PER_NODE: i64 = 10;
/// Two counts further apart than this say nothing of the time between them, milliseconds.
const GAP_MS: i64 = 60_000;

/// Whether a node that holds that many of all connections is far above its share: by more than 30 percent.
#[must_use]
pub const fn is_far_above(holds: i64, total: i64, nodes: i64) -> bool {
    total != 0 && holds * nodes * 10 > total * 13
}

/// How clients are spread, as it was counted last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// All connections.
    pub total: i64,
    /// Nodes that hold them.
    pub nodes: i64,
    /// The node that holds far more than its share; `None`: none does, or there are too few to say.
    pub above: Option<Above>,
    /// What happens if one node more stops; `None`: there is only one.
    pub one_less: Option<OneLess>,
}

impl Balance {
    /// What each node would hold if all held the same, rounded up.
    #[must_use]
    pub const fn even(&self) -> i64 {
        divided(self.total, self.nodes)
    }
}

/// A node that holds far more than its share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Above {
    /// Which.
    pub node: NodeName,
    /// What it holds.
    pub holds: i64,
    /// Since when, without a break.
    pub since: Timestamp,
    /// False: it did so when it was counted for the first time, or for the first time after a gap, and may have before.
    pub exact: bool,
}

/// What the other nodes hold if one of those stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneLess {
    /// Each, if they spread evenly.
    pub even: i64,
    /// At worst one node: all clients of the other one went to it.
    pub worst: i64,
    /// The node that holds them then.
    pub takes: NodeName,
    /// The node that stopped.
    pub stops: NodeName,
}

/// By the samples of every node, each in the order of time; `None` unless every node that answers was counted, and two at least.
#[must_use]
pub fn balance(series: &[(NodeName, Vec<SampleSeen>)]) -> Option<Balance> {
    let mut all: Vec<(usize, &SampleSeen)> = Vec::new();
    for (node, (_, samples)) in series.iter().enumerate() {
        all.extend(samples.iter().map(|sample| (node, sample)));
    }
    all.sort_by_key(|(_, sample)| sample.at);
    let mut known: Vec<Count> = vec![Count::Unknown; series.len()];
    let mut above: Option<(usize, Timestamp, bool)> = None;
    let mut before: Option<Timestamp> = None;
    for look in looks(&all) {
        let at = look[0].1.at;
        let is_first = before.is_none_or(|before| at.millis_since(before) > GAP_MS);
        if is_first {
            (known, above) = (vec![Count::Unknown; series.len()], None);
        }
        for (node, sample) in look {
            known[*node] = match (sample.alive, sample.sdk_connections) {
                (false, _) => Count::Silent,
                (true, Some(count)) => Count::Holds(count),
                // Not every look counts everything: what was counted before stands.
                (true, None) if matches!(known[*node], Count::Holds(_)) => known[*node],
                (true, None) => Count::Unknown,
            };
        }
        before = look.last().map(|(_, sample)| sample.at);
        let Some(held) = held(&known) else { continue };
        let fullest = held.iter().max_by_key(|(_, count)| *count).copied();
        let (total, nodes) = totals(&held);
        above = fullest.filter(|(_, holds)| total >= FEW_PER_NODE * nodes && is_far_above(*holds, total, nodes)).map(
            |(node, _)| match above {
                Some((same, since, exact)) if same == node => (same, since, exact),
                _ => (node, at, !is_first),
            },
        );
    }
    let mut held = held(&known).filter(|held| held.len() > 1)?;
    held.sort_by_key(|(_, count)| -count);
    let (total, nodes) = totals(&held);
    let name = |node: usize| series[node].0.clone();
    let ((takes, most), (stops, next)) = (held[0], held[1]);
    let one_less =
        OneLess { even: divided(total, nodes - 1), worst: most + next, takes: name(takes), stops: name(stops) };
    let above = above.map(|(node, since, exact)| Above { node: name(node), holds: most, since, exact });
    Some(Balance { total, nodes, above, one_less: (nodes > 1).then_some(one_less) })
}

/// What is known of a node's connections.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Count {
    /// It does not answer.
    Silent,
    /// It answers and was not counted.
    Unknown,
    /// So many.
    Holds(i64),
}

/// The nodes that answer, with what they hold; `None` where one of them was not counted.
fn held(known: &[Count]) -> Option<Vec<(usize, i64)>> {
    let of_node = |(node, count): (usize, &Count)| match count {
        Count::Silent => None,
        Count::Unknown => Some(None),
        Count::Holds(count) => Some(Some((node, *count))),
    };
    known.iter().enumerate().filter_map(of_node).collect()
}

fn totals(held: &[(usize, i64)]) -> (i64, i64) {
    (held.iter().map(|(_, count)| count).sum(), i64::try_from(held.len()).unwrap_or(i64::MAX))
}

const fn divided(total: i64, nodes: i64) -> i64 {
    if nodes == 0 { total } else { (total + nodes - 1) / nodes }
}

/// The samples of one look after the other: one ends where a node is told of again.
fn looks<'a>(all: &'a [(usize, &'a SampleSeen)]) -> impl Iterator<Item = &'a [(usize, &'a SampleSeen)]> {
    let mut rest = all;
    std::iter::from_fn(move || {
        let again = (1..rest.len()).find(|end| rest[..*end].iter().any(|(node, _)| *node == rest[*end].0));
        let (look, after) = rest.split_at(again.unwrap_or(rest.len()));
        rest = after;
        (!look.is_empty()).then_some(look)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(at_s: i64, count: Option<i64>) -> SampleSeen {
        let silent = SampleSeen::silent(Timestamp::from_millis(at_s * 1000));
        SampleSeen { alive: true, sdk_connections: count, ..silent }
    }

    fn series(counts: [&[(i64, Option<i64>)]; 3]) -> Vec<(NodeName, Vec<SampleSeen>)> {
        let names = ["n1", "n2", "n3"].map(NodeName::from);
        let samples = counts.map(|counts| counts.iter().map(|(at, count)| sample(*at, *count)).collect());
        names.into_iter().zip(samples).collect()
    }

    #[test]
    fn the_fullest_is_named_since_it_left_its_share() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let all = series([
            &[(0, Some(50)), (5, Some(100)), (10, None), (15, Some(120))],
            &[(0, Some(50)), (5, Some(25)), (10, Some(20)), (15, Some(15))],
            &[(0, Some(50)), (5, Some(25)), (10, None), (15, Some(15))],
        ]);
        let told = balance(&all).expect("all were counted");
        assert_eq!((told.total, told.nodes, told.even()), (150, 3, 50));
        let above = Above { node: "n1".into(), holds: 120, since: at(5), exact: true };
        assert_eq!(told.above, Some(above));
        assert_eq!(
            told.one_less,
            Some(OneLess { even: 75, worst: 135, takes: "n1".into(), stops: "n2".into() }),
            "the others share, or all of another one meet on the fullest"
        );
    }

    #[test]
    fn from_the_first_count_on_it_may_have_been_so_for_longer() {
        let all = series([
            &[(0, Some(90)), (200, Some(90))],
            &[(0, Some(5)), (200, Some(5))],
            &[(0, Some(5)), (200, Some(5))],
        ]);
        let above = balance(&all).and_then(|told| told.above).expect("far above");
        assert_eq!((above.since.as_millis(), above.exact), (200_000, false), "nobody looked for over a minute");
    }

    #[test]
    fn nothing_is_said_of_few_or_of_what_was_not_counted() {
        let few = series([&[(0, Some(9))], &[(0, Some(1))], &[(0, Some(1))]]);
        assert_eq!(balance(&few).and_then(|told| told.above), None, "that is chance");
        assert!(balance(&few).is_some_and(|told| told.total == 11));
        let uncounted = series([&[(0, Some(90))], &[(0, None)], &[(0, Some(5))]]);
        assert_eq!(balance(&uncounted), None, "nobody knows what n2 holds");
        assert_eq!(balance(&series([&[], &[], &[]])), None);
    }

    #[test]
    fn a_node_that_is_silent_holds_nothing_and_is_not_counted_among_those_that_share() {
        let mut all = series([&[(0, Some(60))], &[(0, Some(60))], &[]]);
        all[2].1.push(SampleSeen::silent(Timestamp::from_millis(0)));
        let told = balance(&all).expect("two answer");
        assert_eq!((told.nodes, told.even()), (2, 60));
        assert_eq!(told.one_less.map(|less| (less.even, less.worst)), Some((120, 120)));
        all[1].1[0] = SampleSeen::silent(Timestamp::from_millis(0));
        assert_eq!(balance(&all), None, "one alone shares with nobody");
    }
}
