//! What was made of what is stored, kept while nothing was committed after it, and for one second at most.
//!
//! # Why
//! After a commit many browsers fetch the same incident. It is read and judged once for all of them; what differs by person
//! and language is made of that. Each request brings the number of the last commit, read after the request came; what is kept
//! under that number was read later still, so it is never older than the request. The limit of one second is for what
//! changes without a commit: ages ("2 minutes ago"), room on the disk, looks at clusters, damage to the file.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::domain::time::Timestamp;

/// Longest time that something is kept.
const KEPT_FOR: Duration = Duration::from_secs(1);
/// The same by the clock of the installation, which a replay lets run faster, milliseconds.
const KEPT_FOR_MS: i64 = 1000;

/// When something is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The number of the last commit.
    pub commit: i64,
    /// By the clock of the installation.
    pub at: Timestamp,
    /// By the machine.
    pub now: Instant,
}

/// Something that is being made or was made.
pub struct Entry<V> {
    since: Moment,
    /// The thing, once it is made.
    pub value: OnceCell<V>,
}

impl<V> Entry<V> {
    fn is_fresh(&self, moment: Moment) -> bool {
        self.since.commit == moment.commit
            && self.is_young(moment.now)
            && (0..KEPT_FOR_MS).contains(&moment.at.millis_since(self.since.at))
    }

    fn is_young(&self, now: Instant) -> bool {
        now.duration_since(self.since.now) < KEPT_FOR
    }
}

/// Things by what they depend on besides what is stored.
pub struct Recent<K, V> {
    most: usize,
    entries: Mutex<HashMap<K, Arc<Entry<V>>>>,
}

impl<K: Eq + Hash, V> Recent<K, V> {
    /// Nothing yet, and so many later at most.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { most, entries: Mutex::default() }
    }

    /// The entry to use or to fill; of several requests that find none, one fills it and the others wait.
    pub fn entry(&self, key: K, moment: Moment) -> Arc<Entry<V>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.get(&key).filter(|entry| entry.is_fresh(moment)) {
            return entry.clone();
        }
        entries.retain(|_, entry| entry.is_young(moment.now));
        let entry = Arc::new(Entry { since: moment, value: OnceCell::new() });
        if entries.len() < self.most {
            entries.insert(key, entry.clone());
        }
        entry
    }
}

impl<K: Eq + Hash, T> Recent<K, Arc<T>> {
    /// What is kept, or what `make` makes of what is stored by now. Without a moment nothing is kept.
    ///
    /// # Errors
    /// Those of `make`.
    pub async fn get<E>(
        &self,
        key: K,
        moment: Option<Moment>,
        make: impl Future<Output = Result<T, E>>,
    ) -> Result<Arc<T>, E> {
        let Some(moment) = moment else { return make.await.map(Arc::new) };
        let entry = self.entry(key, moment);
        entry.value.get_or_try_init(|| async { make.await.map(Arc::new) }).await.cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(commit: i64) -> Moment {
        Moment { commit, at: Timestamp::from_millis(1_000_000), now: Instant::now() }
    }

    #[test]
    fn it_is_kept_until_a_commit_a_second_or_another_time() {
        let recent = Recent::<String, ()>::new(64);
        let entry = |key: &str, moment: Moment| recent.entry(key.to_owned(), moment);
        let start = moment(7);
        let first = entry("/", start);
        let late = start.now + KEPT_FOR - Duration::from_millis(1);
        assert!(Arc::ptr_eq(&first, &entry("/", Moment { at: start.at.plus_millis(999), now: late, ..start })));
        assert!(!Arc::ptr_eq(&first, &entry("/x", start)), "another thing");
        let start = Moment { commit: 8, ..start };
        let second = entry("/", start);
        assert!(!Arc::ptr_eq(&first, &second), "a commit");
        let start = Moment { at: start.at.plus_millis(1000), ..start };
        let third = entry("/", start);
        assert!(!Arc::ptr_eq(&second, &third), "the clock of a replay");
        let start = Moment { now: start.now + KEPT_FOR, ..start };
        let fourth = entry("/", start);
        assert!(!Arc::ptr_eq(&third, &fourth), "a second");
        for number in 0..128 {
            entry(&format!("/{number}"), start);
        }
        assert_eq!(recent.entries.lock().expect("entries").len(), 64);
    }

    #[tokio::test]
    async fn it_is_made_once_for_a_commit() {
        let recent = Recent::<u8, Arc<i32>>::new(1);
        let make = async |value: Result<i32, ()>| value;
        let first = moment(7);
        assert_eq!(recent.get(1, Some(first), make(Err(()))).await, Err(()), "nothing of an error is kept");
        assert_eq!(recent.get(1, Some(first), make(Ok(1))).await, Ok(Arc::new(1)));
        assert_eq!(recent.get(1, Some(first), make(Ok(2))).await, Ok(Arc::new(1)));
        assert_eq!(recent.get(1, Some(Moment { commit: 8, ..first }), make(Ok(3))).await, Ok(Arc::new(3)));
        assert_eq!(recent.get(1, None, make(Ok(4))).await, Ok(Arc::new(4)), "the number is not known");
    }
}
