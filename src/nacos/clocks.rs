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

/// A machine that is moved or frozen stands still for up to so long, milliseconds; the lines of connections to it come as late.
const STANDSTILL_MS: i64 = 120_000;

/// How far a clock is ahead, if a connection says that it is at most so far: a node without processor time writes the line of
/// a connection seconds late, and its clock is right all the same.
#[must_use]
pub fn surely(most_ms: i64) -> i64 {
    const DELAY_MS: i64 = 15_000;
    if (0..DELAY_MS).contains(&most_ms) { 0 } else { most_ms }
}

/// What tells of the clock of one home.
#[derive(Clone, Debug)]
pub struct HomeClock {
    /// The zone that its stamps are read in, seconds east of UTC.
    pub zone_offset_s: i32,
    /// The connections that its logs tell of, oldest first.
    pub hints: Vec<ClockHint>,
    /// The hosts that it is; a node that opened no connection lately is known by what peers that connected to it call it.
    pub hosts: BTreeSet<String>,
}

/// The clock of each node minus that of most of them, milliseconds, in the order given; 0 where it differs little or where
/// nothing tells whose clock is off.
///
/// The last connections between two hosts count: clocks are set while nodes run.
#[must_use]
pub fn offsets(homes: &[HomeClock]) -> Vec<i64> {
    // A host that is not a home is a vertex of its own, so that two nodes that both know it are compared by it.
    let mut vertices: Vec<BTreeSet<String>> = homes.iter().map(|home| home.hosts.clone()).collect();
    let mut seen_between: BTreeMap<(usize, usize), Vec<(i64, i64)>> = BTreeMap::new();
    for (node, home) in homes.iter().enumerate() {
        for hint in &home.hints {
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
            let ahead = hint.civil_minus_epoch_ms - i64::from(home.zone_offset_s) * 1000;
            seen_between.entry((node, other)).or_default().push((hint.epoch_ms, ahead));
        }
    }
    let mut edges: BTreeMap<(usize, usize), i64> = BTreeMap::new();
    for (from, to) in seen_between.keys() {
        let pair = (*from.min(to), *from.max(to));
        // One that says nothing itself may have stood still while the others connected to it.
        let stood_still = |to: usize, most: i64| {
            homes.get(to).is_some_and(|home| home.hints.is_empty()) && (0..STANDSTILL_MS).contains(&most)
        };
        let at_most = |from: usize, to: usize| {
            let most = seen_between.get(&(from, to)).map(|seen| at_most(seen));
            most.filter(|(_, most)| !stood_still(to, *most))
        };
        edges.entry(pair).or_insert_with(|| between(at_most(pair.0, pair.1), at_most(pair.1, pair.0)));
    }
    let mut clocks: Vec<Option<i64>> = vec![None; homes.len()];
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    for start in 0..homes.len() {
        let component = component(start, &edges, &mut seen);
        let all = homes.len() == component.keys().filter(|vertex| **vertex < homes.len()).count();
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

/// The most that one clock can be ahead of another by what was seen lately, and when: between the id that was given out and
/// the line that tells of it time passes, so every one is too large, the least of them least.
fn at_most(seen: &[(i64, i64)]) -> (i64, i64) {
    const LATELY: usize = 3;
    let mut lately = seen.to_vec();
    lately.sort_unstable();
    lately.drain(..lately.len().saturating_sub(LATELY));
    let newest = lately.last().map_or(0, |(at, _)| *at);
    (newest, lately.iter().map(|(_, ahead)| *ahead).min().unwrap_or(0))
}

/// How far one clock is ahead of another, from the most that it can be and the most that the other can be; each with the time
/// it is from.
fn between(ahead: Option<(i64, i64)>, behind: Option<(i64, i64)>) -> i64 {
    match (ahead, behind) {
        (None, None) => 0,
        (Some((_, most)), None) => surely(most),
        (None, Some((_, most))) => -surely(most),
        (Some((_, most)), Some((_, least))) if (-least..=most).contains(&0) => 0,
        (Some((_, most)), Some((_, least))) if -least <= most => i64::midpoint(most, -least),
        // A clock was set in between.
        (Some((at, most)), Some((back_at, least))) => {
            if at >= back_at {
                surely(most)
            } else {
                -surely(least)
            }
        }
    }
}

/// The host of `host:port`.
#[must_use]
pub fn host_of(address: &str) -> &str {
    address.rsplit_once(':').map_or(address, |(host, _)| host).trim_matches(['[', ']'])
}

/// The clocks of all that hang together with `start`, relative to it; empty where that is done.
fn component(start: usize, edges: &BTreeMap<(usize, usize), i64>, seen: &mut BTreeSet<usize>) -> BTreeMap<usize, i64> {
    let mut clocks = BTreeMap::new();
    if !seen.insert(start) {
        return clocks;
    }
    clocks.insert(start, 0);
    let mut queue = VecDeque::from([start]);
    while let Some(here) = queue.pop_front() {
        let clock = clocks.get(&here).copied().unwrap_or(0);
        for ((a, b), a_minus_b) in edges {
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
    fn node(own: &str, peers: &[(&str, i64)]) -> HomeClock {
        let hint = |(peer, ahead): &(&str, i64)| ClockHint {
            civil_minus_epoch_ms: 28_800_000 + ahead,
            epoch_ms: EPOCH,
            own: Some(own.to_owned()),
            peer: Some(format!("{peer}:8848")),
        };
        home(&[own], peers.iter().map(hint).collect())
    }

    /// A node in UTC+8 with these names.
    fn home(own: &[&str], hints: Vec<ClockHint>) -> HomeClock {
        let hosts = own.iter().map(|host| (*host).to_owned()).collect();
        HomeClock { zone_offset_s: 28_800, hints, hosts }
    }

    #[test]
    fn most_clocks_are_right() {
        let one = node("10.0.0.1", &[("10.0.0.2", 20), ("10.0.0.3", -600_000)]);
        let two = node("10.0.0.2", &[("10.0.0.1", -10), ("10.0.0.3", -600_010)]);
        let three = node("10.0.0.3", &[("10.0.0.1", 600_000), ("10.0.0.2", 600_000)]);
        let found = offsets(&[one.clone(), two.clone(), three.clone()]);
        assert!((found[0], found[1]) == (0, 0) && (found[2] - 600_000).abs() < 100, "{found:?}");
        // What the third says of itself is not needed.
        let silent = home(&[], Vec::new());
        assert_eq!(offsets(&[one.clone(), two.clone(), silent.clone()]), [0, 0, 0], "nothing says which home it is");
        let found = offsets(&[one, two, home(&["10.0.0.3"], Vec::new())]);
        assert!((found[0], found[1]) == (0, 0) && (found[2] - 600_000).abs() < 100, "{found:?}");
        // One that stood still answered late.
        let late = |own: &str| node(own, &[("10.0.0.3", 66_000)]);
        let found = offsets(&[late("10.0.0.1"), late("10.0.0.2"), home(&["10.0.0.3"], Vec::new())]);
        assert_eq!(found, [0, 0, 0]);
        let found = offsets(&[silent.clone(), silent, three]);
        assert_eq!(found[..2], [0, 0]);
        assert!((found[2] - 600_000).abs() < 100, "{found:?}");
    }

    #[test]
    fn names_that_no_home_has_are_compared_all_the_same() {
        let one = node("10.0.0.1", &[("nacos-2", 0), ("nacos-3", -50_000)]);
        let two = node("10.0.0.2", &[("nacos-1", 0), ("nacos-3", -50_000)]);
        let three = node("10.0.0.3", &[("nacos-1", 50_000), ("nacos-2", 50_000)]);
        assert_eq!(offsets(&[one, two, three]), [0, 0, 50_000]);
    }

    #[test]
    fn of_two_clocks_neither_is_right_but_they_are_brought_together() {
        let one = node("10.0.0.1", &[("10.0.0.2", 60_000)]);
        let two = node("10.0.0.2", &[("10.0.0.1", -60_000)]);
        assert_eq!(offsets(&[one.clone(), two.clone()]), [60_000, 0]);
        assert_eq!(offsets(&[one, two, home(&[], Vec::new())]), [0, 0, 0], "beside a third it matters whose is off");
    }

    #[test]
    fn a_line_that_was_written_late_is_no_clock_that_is_off() {
        let one = node("10.0.0.1", &[("10.0.0.2", 20), ("10.0.0.3", 20)]);
        let two = node("10.0.0.2", &[("10.0.0.1", 20), ("10.0.0.3", 20)]);
        let late = node("10.0.0.3", &[("10.0.0.1", 6_000), ("10.0.0.2", 7_000)]);
        assert_eq!(offsets(&[one, two, late.clone()]), [0, 0, 0]);
        assert_eq!(offsets(&[late]), [0], "nor where it is all there is");
        // What lies between the two bounds is known, and a lower bound alone is one.
        assert_eq!(between(Some((1, 6_000)), Some((1, -5_000))), 5_500);
        assert_eq!(between(Some((1, -5_000)), None), -5_000);
        assert_eq!(between(None, Some((1, -5_000))), 5_000);
        assert_eq!(between(Some((2, -30_000)), Some((1, 20))), -30_000, "set since");
        assert_eq!(at_most(&[(4, 9), (1, 1), (2, 8), (3, 7)]), (4, 7));
    }

    #[test]
    fn the_last_connection_counts_and_little_is_nothing() {
        let before = node("10.0.0.1", &[("10.0.0.2", 900_000), ("10.0.0.3", 900_000)]).hints;
        let mut hints = before.clone();
        for again in 1..=3 {
            hints.extend(before.iter().cloned().map(|hint| ClockHint {
                civil_minus_epoch_ms: 28_800_000 + 300,
                epoch_ms: EPOCH + 60_000 * again,
                ..hint
            }));
        }
        assert_eq!(offsets(&[home(&["10.0.0.1"], hints)]), [0]);
        assert_eq!(offsets(&[]), Vec::<i64>::new());
    }
}
