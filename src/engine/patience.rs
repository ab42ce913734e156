//! What cannot be saved waits in memory, up to a limit.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::store::Health;

/// Most bytes that wait; what is more is given up.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// How long to wait at most before the same is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(2);

/// Counts what waits.
#[derive(Default)]
pub(super) struct Patience(AtomicUsize);

impl Patience {
    /// Takes so many bytes in. False: that would be too many.
    pub(super) fn take(&self, bytes: usize) -> bool {
        let fits = |waiting: usize| waiting.checked_add(bytes).filter(|after| *after <= MOST_BYTES);
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, fits).is_ok()
    }

    /// They wait no longer.
    pub(super) fn give_back(&self, bytes: usize) {
        self.0.fetch_sub(bytes, Ordering::AcqRel);
    }
}

/// Waits until writing works again, or until it is worth a try.
pub(super) async fn until_worth_a_try(health: &Health) {
    let mut trouble = health.subscribe();
    if trouble.borrow().is_none() {
        // Busy, or nobody has seen yet what is wrong.
        tokio::time::sleep(TRY_AGAIN / 2).await;
        return;
    }
    let _ = tokio::time::timeout(TRY_AGAIN, trouble.wait_for(Option::is_none)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_much_waits_as_fits() {
        let patience = Patience::default();
        assert!(patience.take(MOST_BYTES - 1));
        assert!(!patience.take(2));
        assert!(patience.take(1));
        patience.give_back(MOST_BYTES);
        assert!(patience.take(MOST_BYTES));
        assert!(!patience.take(usize::MAX), "no overflow");
    }
}
