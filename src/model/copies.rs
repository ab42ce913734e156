//! Where copied homes end, and whether that is the end of the nodes too.

use crate::domain::observed::{Observations, Observed, StopTrace};
use crate::domain::time::Timestamp;
use crate::nacos::signatures::{Role, SignatureId, has_role};
use crate::nacos::timing;

/// Where copies end, given the newest stamp of each: if none goes on to the moment asked for. From then on every node would be
/// called silent, which is what copies look like that were made earlier; nothing was seen of that time.
#[must_use]
pub fn end_before(asked: Timestamp, newest: &[Timestamp]) -> Option<Timestamp> {
    let last = *newest.iter().max()?;
    (asked.millis_since(last) > timing::COPIES_ENDED_MS).then_some(last)
}

/// True if the last lines of a node, up to the end of the copies, say that it stopped, failed to start or ended of something.
#[must_use]
pub fn tell_of_an_end(observations: &Observations, end: Timestamp) -> bool {
    let stops = observations.seen.get("node.stop").into_iter().flat_map(|nodes| nodes.values());
    let traces = stops.flat_map(|seen| match seen {
        Observed::Stop(stop) => stop.traces.as_slice(),
        _ => &[],
    });
    let is_end = |trace: &StopTrace| {
        let of_a_start = trace.signature == SignatureId::STARTED
            || trace.signature == SignatureId::STARTING
            || has_role(&trace.signature, Role::StartSign);
        !of_a_start && trace.at.is_none_or(|at| end.millis_since(at) <= timing::OOM_BEFORE_STOP_MS)
    };
    traces.into_iter().any(is_end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{World, ago, trace};

    #[test]
    fn copies_end_where_the_newest_of_them_does() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        assert_eq!(end_before(at(3600), &[at(100), at(140), at(90)]), Some(at(140)));
        assert_eq!(end_before(at(3600), &[at(100), at(400), at(400)]), Some(at(400)), "the first fell silent before");
        assert_eq!(end_before(at(154), &[at(100), at(140), at(90)]), None, "nobody of the last is silent yet");
        assert_eq!(end_before(at(3600), &[]), None);
    }

    #[test]
    fn the_words_of_an_end_count_and_those_of_a_start_do_not() {
        let mut world = World::new(3);
        world.stop(0, 1, vec![trace("S11", 3000, "Nacos started successfully")]);
        assert!(!tell_of_an_end(&world.observations, ago(0)));
        world.stop(1, 1, vec![trace("S01", 2, "[WatchFileCenter] start close")]);
        assert!(tell_of_an_end(&world.observations, ago(0)));
        assert!(!tell_of_an_end(&world.observations, ago(-3600)), "an end of long ago is not this one");
    }
}
