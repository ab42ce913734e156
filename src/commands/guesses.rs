//! How often a password may be tried: who has to wait, and for how long.
//!
//! # Why
//! Every try counts before the password is looked at, so that many at once cannot slip through. Three counts:
//!
//! - a known device (see [`super::devices`]) has its own, so nothing that strangers do touches it;
//! - from other devices a name and an address wait together, longer with every wrong try;
//! - and over all addresses at most [`NAME_BUDGET`] tries of a name are evaluated without an hour's pause between them.
//!   That bounds what many addresses can guess. Whose name it is comes in by a known device or a sign-in link meanwhile.
//!
//! The counts live in memory, because log-in has to work when the disk is full, and a guess must not cost a write. They
//! have a fixed size: a slot is found by a hash under a key of this process. There is nothing that a flood of made-up
//! names could push out, and names that exist are not told from those that do not. Two keys may share a slot; a flood as
//! fast as the strangers' worker evaluates fills a slot with a handful of tries an hour, far below the budget.
//!
//! A restart forgets the counts. That is all right: strangers cannot restart the program, and one that restarts again
//! and again gives them [`NAME_BUDGET`] guesses each time, which finds no password of ten characters.

use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::time::Timestamp;

/// Tries of a name from devices that are not known, over all addresses together, until there was an hour without any.
pub const NAME_BUDGET: u32 = 50;
/// Tries without a wait.
const FREE: u32 = 4;
/// The wait after the first try too many, seconds; it doubles with every further one.
const FIRST_WAIT_S: u64 = 2;
/// Longest wait, seconds.
const LONGEST_WAIT_S: u64 = 15 * 60;
/// A count is forgotten after so many seconds without a try.
const KEPT_S: u64 = 60 * 60;
/// Slots of each table: 8 bytes each.
const SLOTS: usize = 1 << 16;

/// Who tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who<'a> {
    /// A known device of that name.
    Device(&'a [u8]),
    /// Anybody else.
    Stranger {
        /// Login name as typed.
        name: &'a str,
        /// Where from.
        address: &'a str,
    },
}

/// Whether a password is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is; it counts as wrong until it is taken back.
    Go(Try),
    /// Not before so many seconds.
    Wait(u64),
    /// The budget of the name is used up until then.
    Spent(Timestamp),
}

/// Where a try was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Try {
    Device { slot: usize },
    Stranger { pair: usize, name: usize },
}

/// All counts.
pub(super) struct Guesses {
    key: RandomState,
    tables: Mutex<Tables>,
}

struct Tables {
    devices: Table,
    pairs: Table,
    names: Table,
}

/// Of each slot the time of the last try, in seconds since the epoch, and the tries: packed, so that an unused table
/// takes no memory.
struct Table(Vec<u64>);

impl Default for Guesses {
    fn default() -> Self {
        let table = || Table(vec![0; SLOTS]);
        let tables = Tables { devices: table(), pairs: table(), names: table() };
        Self { key: RandomState::new(), tables: Mutex::new(tables) }
    }
}

impl Guesses {
    /// Counts a try, unless it has to wait.
    pub(super) fn begin(&self, who: Who<'_>, now: Timestamp) -> Verdict {
        let now = seconds(now);
        let mut tables = self.tables();
        match who {
            Who::Device(id) => {
                let slot = self.slot(id);
                if let Some(wait) = tables.devices.wait(slot, now) {
                    return Verdict::Wait(wait);
                }
                tables.devices.count(slot, now);
                Verdict::Go(Try::Device { slot })
            }
            Who::Stranger { name, address } => {
                let (pair, name) = (self.slot((name, address)), self.slot(name));
                let (last, tries) = tables.names.get(name, now);
                if tries >= NAME_BUDGET {
                    return Verdict::Spent(Timestamp::from_millis(millis(last + KEPT_S)));
                }
                if let Some(wait) = tables.pairs.wait(pair, now) {
                    return Verdict::Wait(wait);
                }
                tables.pairs.count(pair, now);
                tables.names.count(name, now);
                Verdict::Go(Try::Stranger { pair, name })
            }
        }
    }

    /// The password was right.
    pub(super) fn was_right(&self, counted: Try) {
        let mut tables = self.tables();
        match counted {
            Try::Device { slot } => tables.devices.forget(slot),
            Try::Stranger { pair, name } => {
                tables.pairs.forget(pair);
                // Others' guesses stay counted.
                tables.names.take_back(name);
            }
        }
    }

    /// The password was not looked at.
    pub(super) fn was_not_looked_at(&self, counted: Try) {
        let mut tables = self.tables();
        match counted {
            Try::Device { slot } => tables.devices.take_back(slot),
            Try::Stranger { pair, name } => {
                tables.pairs.take_back(pair);
                tables.names.take_back(name);
            }
        }
    }

    fn slot(&self, key: impl Hash) -> usize {
        usize::try_from(self.key.hash_one(key) % SLOTS as u64).unwrap_or_default()
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Time of the last try and how many there were; none if that is too long ago, or if the clock was set back by more.
    fn get(&self, slot: usize, now: u64) -> (u64, u32) {
        let (last, tries) = (self.0[slot] >> 32, self.0[slot] & 0xffff_ffff);
        if now.abs_diff(last) >= KEPT_S { (now, 0) } else { (last, u32::try_from(tries).unwrap_or(u32::MAX)) }
    }

    fn set(&mut self, slot: usize, last: u64, tries: u32) {
        self.0[slot] = last << 32 | u64::from(tries);
    }

    /// How long until the next try, seconds.
    fn wait(&self, slot: usize, now: u64) -> Option<u64> {
        let (last, tries) = self.get(slot, now);
        let doubled = tries.checked_sub(FREE + 1)?.min(16);
        let wait = (FIRST_WAIT_S << doubled).min(LONGEST_WAIT_S);
        (last + wait).checked_sub(now).filter(|left| *left > 0)
    }

    fn count(&mut self, slot: usize, now: u64) {
        let (_, tries) = self.get(slot, now);
        self.set(slot, now, tries.saturating_add(1));
    }

    fn take_back(&mut self, slot: usize) {
        let (last, tries) = (self.0[slot] >> 32, self.0[slot] & 0xffff_ffff);
        self.0[slot] = last << 32 | tries.saturating_sub(1);
    }

    fn forget(&mut self, slot: usize) {
        self.0[slot] = 0;
    }
}

fn seconds(at: Timestamp) -> u64 {
    u64::try_from(at.as_millis() / 1000).unwrap_or_default() & 0xffff_ffff
}

fn millis(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or_default() * 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_312_345_000);

    fn later(seconds: i64) -> Timestamp {
        NOW.plus_millis(seconds * 1000)
    }

    fn from(address: &str) -> Who<'_> {
        Who::Stranger { name: "ann", address }
    }

    #[test]
    fn waits_grow_with_every_wrong_try_and_end_with_a_right_one() {
        let guesses = Guesses::default();
        for _ in 0..=FREE {
            assert!(matches!(guesses.begin(from("10.0.0.9"), NOW), Verdict::Go(_)));
        }
        assert_eq!(guesses.begin(from("10.0.0.9"), NOW), Verdict::Wait(2));
        assert!(matches!(guesses.begin(from("10.0.0.9"), later(2)), Verdict::Go(_)));
        assert_eq!(guesses.begin(from("10.0.0.9"), later(3)), Verdict::Wait(3), "four after the one before");
        assert!(matches!(guesses.begin(from("10.0.0.8"), later(3)), Verdict::Go(_)), "another address");
        let Verdict::Go(right) = guesses.begin(from("10.0.0.9"), later(6)) else { panic!("the wait is over") };
        guesses.was_right(right);
        assert!(matches!(guesses.begin(from("10.0.0.9"), later(6)), Verdict::Go(_)));
    }

    #[test]
    fn no_wait_is_longer_than_a_quarter_of_an_hour() {
        let guesses = Guesses::default();
        let mut at = 0;
        for _ in 0..40 {
            match guesses.begin(Who::Device(b"device"), later(at)) {
                Verdict::Wait(wait) => {
                    assert!(wait <= LONGEST_WAIT_S, "{wait}");
                    at += i64::try_from(wait).expect("seconds");
                }
                Verdict::Go(_) => {}
                Verdict::Spent(_) => panic!("a device has no budget"),
            }
        }
    }

    #[test]
    fn all_addresses_together_have_fifty_guesses_in_any_hour() {
        let guesses = Guesses::default();
        let mut looked_at = Vec::new();
        for minute in 0..600_i64 {
            for host in 0..20 {
                let address = format!("10.0.{minute}.{host}");
                if matches!(guesses.begin(from(&address), later(minute * 60)), Verdict::Go(_)) {
                    looked_at.push(minute);
                }
            }
        }
        for start in 0..540 {
            let hour = looked_at.iter().filter(|minute| (start..start + 60).contains(*minute)).count();
            assert!(hour <= NAME_BUDGET as usize, "{hour} from minute {start}");
        }
        assert!(looked_at.len() > 2 * NAME_BUDGET as usize, "the name is not shut for ever");
        let Verdict::Spent(until) = guesses.begin(from("10.1.1.1"), later(599 * 60)) else { panic!("spent") };
        assert!(matches!(guesses.begin(from("10.1.1.1"), until), Verdict::Go(_)), "it says until when");
        assert!(matches!(guesses.begin(Who::Device(b"known"), NOW), Verdict::Go(_)), "a known device is not touched");
    }

    #[test]
    fn made_up_names_do_not_give_a_name_its_guesses_back_nor_use_them_up() {
        let guesses = Guesses::default();
        let spend = |name: &str| {
            let tries = (0..NAME_BUDGET).map(|at| format!("10.0.0.{at}"));
            tries
                .filter(|address| matches!(guesses.begin(Who::Stranger { name, address }, NOW), Verdict::Go(_)))
                .count()
        };
        spend("ann");
        // As many as a worker evaluates in an hour.
        for at in 0..200_000 {
            let (name, address) = (format!("nobody{at}"), format!("10.{}.{}.{}", at >> 16, at >> 8 & 255, at & 255));
            let _ = guesses.begin(Who::Stranger { name: &name, address: &address }, NOW);
        }
        assert!(matches!(guesses.begin(from("10.0.9.9"), NOW), Verdict::Spent(_)), "it stays spent");
        assert!(spend("bob") > 20, "another name still has most of its guesses");
    }

    #[test]
    fn what_was_not_looked_at_does_not_count() {
        let guesses = Guesses::default();
        for _ in 0..1000 {
            let Verdict::Go(counted) = guesses.begin(from("10.0.0.9"), NOW) else { panic!("nothing was counted") };
            guesses.was_not_looked_at(counted);
        }
    }

    #[test]
    fn a_clock_that_was_set_back_shuts_nobody_out() {
        let guesses = Guesses::default();
        for at in 0..NAME_BUDGET {
            let _ = guesses.begin(from(&format!("10.0.0.{at}")), later(86_400 * 400));
        }
        assert!(matches!(guesses.begin(from("10.0.1.1"), NOW), Verdict::Go(_)));
    }
}
