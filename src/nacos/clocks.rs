//! How the clocks of several nodes differ, from what their logs say of the connections between them.
//!
//! A connection id carries the epoch time of the server that gave it out and the address of the client; the client logs it
//! under its own stamp at the same moment (C23, `Success to connect a server`).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::log_line::ClockHint;

/// Clocks that differ by less than this are left as they are, milliseconds: what is judged has coarser limits.
pub const SMALL_MS: i64 = 2_000;

/// What is to be subtracted for a measured difference: nothing for a small one.
#[must_use]
pub const fn worth_correcting(offset_ms: i64) -> i64 {
    if offset_ms.abs() < SMALL_MS { 0 } else { offset_ms }
}

/// The clock of each node minus that of most of them, milliseconds, in the order given; 0 where it differs little or where
/// nothing tells whose clock is off. `hints`: per node its zone offset in seconds and the hints of its logs, oldest first.
///
/// The last connection between two hosts counts: clocks are set while nodes run.
#[must_use]
pub fn offsets(hints: &[(i32, Vec<ClockHint>)]) -> Vec<i64> {
    // A host that is no home is a vertex of its own, so that two nodes that both know it are compared by it.
    let mut vertices: Vec<BTreeSet<String>> =
        hints.iter().map(|(_, hints)| hints.iter().filter_map(|hint| hint.own.clone()).collect()).collect();
    let mut edges: BTreeMap<(usize, usize), (i64, i64)> = BTreeMap::new();
    for (node, (zone_offset_s, hints)) in hints.iter().enumerate() {
        for hint in hints {
            let Some(peer) = hint.peer.as_deref().map(host_of) else { continue };
            let other = match vertices.iter().position(|hosts| hosts.contains(peer)) {
                Some(other) => other,
                None => {
                    vertices.push(BTreeSet::from([peer.to_owned()]));
                    vertices.len() - 1
                }
            };
            if other == node {
                continue;
            }
            let ahead = hint.civil_minus_epoch_ms - i64::from(*zone_offset_s) * 1000;
            let (pair, ahead) = if node < other { ((node, other), ahead) } else { ((other, node), -ahead) };
            let known = edges.entry(pair).or_insert((hint.epoch_ms, ahead));
            if hint.epoch_ms >= known.0 {
                *known = (hint.epoch_ms, ahead);
            }
        }
    }
    let mut clocks: Vec<Option<i64>> = vec![None; hints.len()];
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    for start in 0..hints.len() {
        let component = component(start, &edges, &mut seen);
        let all = hints.len() == component.keys().filter(|vertex| **vertex < hints.len()).count();
        // Of two that differ nothing tells which is off, and beside others it matters.
        if component.len() < 2 || (component.len() == 2 && !all) {
            continue;
        }
        let mut sorted: Vec<i64> = component.values().copied().collect();
        sorted.sort_unstable();
        let most = sorted[(sorted.len() - 1) / 2];
        for (vertex, clock) in component {
            if let Some(place) = clocks.get_mut(vertex) {
                *place = Some(clock - most);
            }
        }
    }
    clocks.into_iter().map(|clock| worth_correcting(clock.unwrap_or(0))).collect()
}

/// The host of `host:port`.
fn host_of(address: &str) -> &str {
    address.rsplit_once(':').map_or(address, |(host, _)| host).trim_matches(['[', ']'])
}

/// The clocks of all that hang together with `start`, relative to it; empty where that is done.
fn component(
    start: usize,
    edges: &BTreeMap<(usize, usize), (i64, i64)>,
    seen: &mut BTreeSet<usize>,
) -> BTreeMap<usize, i64> {
    let mut clocks = BTreeMap::new();
    if !seen.insert(start) {
        return clocks;
    }
    clocks.insert(start, 0);
    let mut queue = VecDeque::from([start]);
    while let Some(here) = queue.pop_front() {
        let clock = clocks.get(&here).copied().unwrap_or(0);
        for ((a, b), (_, a_minus_b)) in edges {
            let (there, there_clock) = match here {
                one if one == *a => (*b, clock - a_minus_b),
                one if one == *b => (*a, clock + a_minus_b),
                _ => continue,
            };
            if seen.insert(there) {
                clocks.insert(there, there_clock);
                queue.push_back(there);
            }
        }
    }
    clocks
}

#[cfg(test)]
mod tests {
    use super::*;

    const EPOCH: i64 = 1_795_416_816_276;

    /// A node at `own` in UTC+8 that is `ahead` of each peer.
    fn node(own: &str, peers: &[(&str, i64)]) -> (i32, Vec<ClockHint>) {
        let hint = |(peer, ahead): &(&str, i64)| ClockHint {
            civil_minus_epoch_ms: 28_800_000 + ahead,
            epoch_ms: EPOCH,
            own: Some(own.to_owned()),
            peer: Some(format!("{peer}:8848")),
        };
        (28_800, peers.iter().map(hint).collect())
    }

    #[test]
    fn most_clocks_are_right() {
        let one = node("10.0.0.1", &[("10.0.0.2", 20), ("10.0.0.3", -600_000)]);
        let two = node("10.0.0.2", &[("10.0.0.1", -10), ("10.0.0.3", -600_010)]);
        let three = node("10.0.0.3", &[("10.0.0.1", 600_000), ("10.0.0.2", 600_000)]);
        let found = offsets(&[one.clone(), two.clone(), three.clone()]);
        assert!((found[0], found[1]) == (0, 0) && (found[2] - 600_000).abs() < 100, "{found:?}");
        // What the third says of itself is not needed.
        let silent = (28_800, Vec::new());
        assert_eq!(offsets(&[one, two, silent.clone()]), [0, 0, 0], "nothing says which home it is");
        let found = offsets(&[silent.clone(), silent, three]);
        assert_eq!(found[..2], [0, 0]);
        assert!((found[2] - 600_000).abs() < 100, "{found:?}");
    }

    #[test]
    fn names_that_no_home_has_are_compared_all_the_same() {
        let one = node("10.0.0.1", &[("nacos-2", 0), ("nacos-3", -5_000)]);
        let two = node("10.0.0.2", &[("nacos-1", 0), ("nacos-3", -5_000)]);
        let three = node("10.0.0.3", &[("nacos-1", 5_000), ("nacos-2", 5_000)]);
        assert_eq!(offsets(&[one, two, three]), [0, 0, 5_000]);
    }

    #[test]
    fn of_two_clocks_neither_is_right_but_they_are_brought_together() {
        let one = node("10.0.0.1", &[("10.0.0.2", 60_000)]);
        let two = node("10.0.0.2", &[("10.0.0.1", -60_000)]);
        assert_eq!(offsets(&[one.clone(), two.clone()]), [60_000, 0]);
        assert_eq!(offsets(&[one, two, (28_800, Vec::new())]), [0, 0, 0], "beside a third it matters whose is off");
    }

    #[test]
    fn the_last_connection_counts_and_little_is_nothing() {
        let (zone, mut hints) = node("10.0.0.1", &[("10.0.0.2", 900_000), ("10.0.0.3", 900_000)]);
        let set = hints.clone().into_iter().map(|hint| ClockHint {
            civil_minus_epoch_ms: 28_800_000 + 300,
            epoch_ms: EPOCH + 60_000,
            ..hint
        });
        hints.extend(set);
        assert_eq!(offsets(&[(zone, hints)]), [0]);
        assert_eq!(offsets(&[]), Vec::<i64>::new());
    }
}
