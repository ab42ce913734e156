//! Failed log-ins while nothing can be written: the same limits, counted in memory.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::time::Timestamp;
use crate::store::users::LoginFailures;

/// Most failures remembered; the oldest are forgotten first.
const MOST: usize = 10_000;

/// Failures by name and address, oldest first.
#[derive(Default)]
pub(super) struct Guesses(Mutex<VecDeque<(String, String, Timestamp)>>);

impl Guesses {
    /// How many there were since then, and when the oldest of that name or address was.
    pub(super) fn since(&self, name: &str, address: &str, since: Timestamp) -> (LoginFailures, Option<Timestamp>) {
        let mut failures = LoginFailures { pair: 0, name: 0, address: 0 };
        let mut oldest = None;
        for (of, from, at) in self.list().iter().filter(|(_, _, at)| *at >= since) {
            let (same_name, same_address) = (of == name, from == address);
            failures.pair += i64::from(same_name && same_address);
            failures.name += i64::from(same_name);
            failures.address += i64::from(same_address);
            if same_name || same_address {
                oldest = oldest.or(Some(*at));
            }
        }
        (failures, oldest)
    }

    /// Counts one.
    pub(super) fn add(&self, name: &str, address: &str, at: Timestamp) {
        let mut list = self.list();
        if list.len() >= MOST {
            list.pop_front();
        }
        list.push_back((name.to_owned(), address.to_owned(), at));
    }

    /// Forgets those of a name from an address.
    pub(super) fn forget(&self, name: &str, address: &str) {
        self.list().retain(|(of, from, _)| of != name || from != address);
    }

    /// Nothing that could panic is done under the lock, so a poisoned one holds whole data.
    fn list(&self) -> MutexGuard<'_, VecDeque<(String, String, Timestamp)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
