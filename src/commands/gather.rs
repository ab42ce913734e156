//! One read that answers everybody who waits for it.
//!
//! # Why
//! The answer to a request must be read after the request came. Requests that come during a read are therefore not
//! answered by it: the next read, which begins after all of them, answers them together. A single request does not wait;
//! of many at once, a few reads serve all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;

/// Nothing was read: ask alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unanswered;

/// Those who wait.
pub(super) struct Gathering<T> {
    waiting: Mutex<Waiting<T>>,
    tasks: TaskTracker,
}

struct Waiting<T> {
    asked: Vec<Asked<T>>,
    /// There is a task that answers them.
    answering: bool,
}

struct Asked<T> {
    key: String,
    tell: oneshot::Sender<Option<T>>,
}

impl<T: Clone + Send + 'static> Gathering<T> {
    /// What a read that begins from now on finds under the key. `read` is given keys, each once; `None`: it failed.
    ///
    /// # Errors
    /// The read failed.
    pub(super) async fn ask<R, F>(self: &Arc<Self>, key: String, read: R) -> Result<Option<T>, Unanswered>
    where
        R: Fn(Vec<String>) -> F + Send + 'static,
        F: Future<Output = Option<HashMap<String, T>>> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let begins = {
            let mut waiting = self.waiting();
            waiting.asked.push(Asked { key, tell });
            !std::mem::replace(&mut waiting.answering, true)
        };
        if begins {
            self.tasks.spawn(Answering { gathering: self.clone(), done: false }.answer(read));
        }
        told.await.map_err(|_| Unanswered)
    }

    /// All who wait. If there are none, the next request starts a new task.
    fn take(&self) -> Option<Vec<Asked<T>>> {
        let mut waiting = self.waiting();
        waiting.answering = !waiting.asked.is_empty();
        waiting.answering.then(|| std::mem::take(&mut waiting.asked))
    }
}

impl<T> Gathering<T> {
    /// Nobody yet; those who come are answered by a task among these.
    pub(super) fn new(tasks: TaskTracker) -> Self {
        Self { waiting: Mutex::new(Waiting { asked: Vec::new(), answering: false }), tasks }
    }

    /// Nothing that could panic is done under the lock, so a poisoned one holds whole data.
    fn waiting(&self) -> MutexGuard<'_, Waiting<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The task that answers. If it breaks off, those who wait are told so, and the next one begins again.
struct Answering<T> {
    gathering: Arc<Gathering<T>>,
    /// No request waits any more; one that came since has started a task of its own.
    done: bool,
}

impl<T: Clone + Send + 'static> Answering<T> {
    async fn answer<R, F>(mut self, read: R)
    where
        R: Fn(Vec<String>) -> F + Send + 'static,
        F: Future<Output = Option<HashMap<String, T>>> + Send + 'static,
    {
        loop {
            // Requests that have come already, and are about to ask, get into the same read.
            tokio::task::yield_now().await;
            let Some(asked) = self.gathering.take() else {
                self.done = true;
                return;
            };
            let mut keys: Vec<String> = asked.iter().map(|asked| asked.key.clone()).collect();
            keys.sort_unstable();
            keys.dedup();
            // Who is dropped without an answer knows that the read failed.
            let Some(found) = read(keys).await else { continue };
            for Asked { key, tell } in asked {
                // Nobody waits for it if the connection is gone.
                let _ = tell.send(found.get(&key).cloned());
            }
        }
    }
}

impl<T> Drop for Answering<T> {
    fn drop(&mut self) {
        if !self.done {
            let mut waiting = self.gathering.waiting();
            waiting.answering = false;
            waiting.asked.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::Semaphore;

    use super::*;

    /// Answers with the number of the read, when it is let.
    struct Reads {
        begun: AtomicU32,
        keys: Mutex<Vec<Vec<String>>>,
        let_through: Semaphore,
    }

    type Answers = Arc<Gathering<u32>>;

    fn answers() -> Answers {
        Arc::new(Gathering::new(TaskTracker::new()))
    }

    impl Reads {
        fn new() -> Arc<Self> {
            let (begun, keys) = Default::default();
            Arc::new(Self { begun, keys, let_through: Semaphore::new(0) })
        }

        async fn read(self: Arc<Self>, keys: Vec<String>) -> Option<HashMap<String, u32>> {
            let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
            self.keys.lock().expect("keys").push(keys.clone());
            self.let_through.acquire().await.expect("open").forget();
            assert!(!keys.contains(&"panic".to_owned()), "as the test wants it");
            let found = keys.iter().filter(|key| *key != "absent").map(|key| (key.clone(), number)).collect();
            (!keys.contains(&"fails".to_owned())).then_some(found)
        }

        fn ask(
            self: &Arc<Self>,
            answers: &Answers,
            key: &str,
        ) -> tokio::task::JoinHandle<Result<Option<u32>, Unanswered>> {
            let (reads, answers, key) = (self.clone(), answers.clone(), key.to_owned());
            TaskTracker::new().spawn(async move { answers.ask(key, move |keys| reads.clone().read(keys)).await })
        }

        async fn until_begun(&self, number: u32) {
            while self.begun.load(Ordering::SeqCst) < number {
                tokio::task::yield_now().await;
            }
        }
    }

    async fn settle() {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn who_comes_during_a_read_is_answered_by_the_next_one() {
        let (answers, reads) = (answers(), Reads::new());
        let first = reads.ask(&answers, "a");
        reads.until_begun(1).await;
        let later = [reads.ask(&answers, "a"), reads.ask(&answers, "b"), reads.ask(&answers, "a")];
        let absent = reads.ask(&answers, "absent");
        settle().await;
        assert_eq!(reads.begun.load(Ordering::SeqCst), 1, "one read at a time");
        reads.let_through.add_permits(1);
        assert_eq!(first.await.expect("ended"), Ok(Some(1)));
        reads.until_begun(2).await;
        reads.let_through.add_permits(1);
        for later in later {
            assert_eq!(later.await.expect("ended"), Ok(Some(2)), "the read began after they came");
        }
        assert_eq!(absent.await.expect("ended"), Ok(None));
        assert_eq!(reads.keys.lock().expect("keys")[1], ["a", "absent", "b"], "each once");
        settle().await;
        assert!(!answers.waiting().answering, "nobody waits");
    }

    #[tokio::test]
    async fn a_read_that_fails_or_breaks_off_is_said_to_those_who_wait_for_it() {
        let (answers, reads) = (answers(), Reads::new());
        for key in ["fails", "panic"] {
            let waits = reads.ask(&answers, key);
            reads.let_through.add_permits(1);
            assert_eq!(waits.await.expect("ended"), Err(Unanswered), "{key}");
            settle().await;
        }
        reads.let_through.add_permits(1);
        assert_eq!(reads.ask(&answers, "a").await.expect("ended"), Ok(Some(3)), "the next one is answered");
    }

    #[tokio::test]
    async fn who_has_gone_holds_nobody_up() {
        let (answers, reads) = (answers(), Reads::new());
        let gone = reads.ask(&answers, "a");
        reads.until_begun(1).await;
        gone.abort();
        let waits = reads.ask(&answers, "b");
        settle().await;
        reads.let_through.add_permits(2);
        assert_eq!(waits.await.expect("ended"), Ok(Some(2)));
    }
}
