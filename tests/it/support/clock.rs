//! A clock that stands still until it is moved.

use std::sync::atomic::{AtomicI64, Ordering};

use nodedown::domain::time::{Clock, Timestamp};

/// Starts at 2026-11-22T04:00:00Z.
pub struct ManualClock(AtomicI64);

impl Default for ManualClock {
    fn default() -> Self {
        let start: Timestamp = "2026-11-22T04:00:00Z".parse().expect("a time");
        Self(AtomicI64::new(start.as_millis()))
    }
}

impl ManualClock {
    /// Moves on.
    pub fn advance_s(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}
