//! Tells people: follows the timelines of all incidents and sends what a channel is for, until it is taken.
//!
//! # Why
//! - What is to be told stands in the database before it is sent, and what came of it is written afterwards. So a restart loses
//!   nothing, and a message may come twice, with the same key: better than not at all.
//! - Every channel is sent to by a task of its own: one that does not answer holds up no other.
//! - Many notices at once are one message: a chat that scrolls is not read.
//! - A message is written when it is sent, from what the record says then.
//! - What the watcher proposes has no timeline: its notices are written with it, in one transaction, and sent as all others.
//! - What an owner of missing clients is told is a list, so it is a message of its own, however many wait.

mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::commands::{CommandError, Commands, channels, owner_tellings};
use crate::domain::channel::Channel;
use crate::domain::id::{ChannelId, ClusterId, EventId, IncidentId};
use crate::domain::notice::{About, Notice, Outcome};
use crate::domain::time::Timestamp;
use crate::sources::SourceError;
use crate::sources::outbound::{Outbound, Sent};

/// Longest time between two looks at what waits.
const EVERY: Duration = Duration::from_secs(5);
/// More notices of a channel than this that wait at once are told in one message.
const APART: usize = 3;
/// A minute, milliseconds.
const MINUTE_MS: i64 = 60_000;

/// Where pages are that messages lead to.
#[derive(Clone, Debug)]
pub struct Pages {
    /// Address of this server as browsers write it: scheme, host and prefix.
    pub origin: String,
    /// Path of the page of an incident.
    pub incident: fn(IncidentId) -> String,
    /// Path of the step of an incident that is about its clients.
    pub clients: fn(IncidentId) -> String,
    /// Path of the page of a cluster.
    pub cluster: fn(ClusterId) -> String,
}

/// The notifier. Cheap to clone.
#[derive(Clone)]
pub struct Notifier(Arc<Inner>);

struct Inner {
    commands: Commands,
    outbound: Outbound,
    /// Where this server's pages are; `None`: it does not know its address.
    pages: Option<Pages>,
    tasks: TaskTracker,
    stopping: CancellationToken,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Up to where nothing more is to be told.
    passed: Option<EventId>,
    /// Channels that are being sent to.
    busy: BTreeSet<ChannelId>,
    /// When messages left through a channel, within the last minute.
    sent: BTreeMap<ChannelId, Vec<Timestamp>>,
}

impl Notifier {
    /// Over a store. `pages`: what messages lead to; `None`: they have no links.
    #[must_use]
    pub fn new(
        commands: Commands,
        outbound: Outbound,
        pages: Option<Pages>,
        tasks: TaskTracker,
        stopping: CancellationToken,
    ) -> Self {
        Self(Arc::new(Inner { commands, outbound, pages, tasks, stopping, state: Mutex::default() }))
    }

    /// Tells until the server stops.
    pub async fn run(self) {
        let mut changes = self.0.commands.changes().subscribe();
        loop {
            if let Err(error) = self.step().await {
                tracing::error!(error = %error, "what is to be told could not be read or noted");
            }
            tokio::select! {
                () = self.0.stopping.cancelled() => return,
                _ = changes.next() => {
                    // A round of checks commits many times.
                    tokio::time::sleep(Duration::from_millis(300)).await;
                }
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// One look: notes what is to be told, and begins to send what is due.
    ///
    /// # Errors
    /// The store's.
    pub async fn step(&self) -> Result<(), CommandError> {
        let passed = self.state().passed.unwrap_or(EventId(0));
        let channels = self.0.commands.read().channels().await?;
        let newest = channels::spread(&self.0.commands, &channels, passed).await?;
        self.state().passed = Some(newest);
        channels::tell_overdue(&self.0.commands, &channels).await?;
        owner_tellings::follow(&self.0.commands, &channels).await?;
        let now = self.0.commands.clock().now();
        for (channel, _) in channels {
            if !channel.active || self.0.stopping.is_cancelled() || !self.claim(channel.id) {
                continue;
            }
            let due = self.0.commands.read().due_notices(channel.id, now).await;
            let due = due.inspect_err(|_| self.release(channel.id))?;
            if due.is_empty() {
                self.release(channel.id);
                continue;
            }
            let notifier = self.clone();
            self.0.tasks.spawn(async move {
                if let Err(error) = notifier.send(&channel, due).await {
                    tracing::error!(channel = %channel.name, error = %error, "what came of a message could not be noted");
                }
                notifier.release(channel.id);
            });
        }
        Ok(())
    }

    /// Whether a message is on its way.
    #[must_use]
    pub fn is_sending(&self) -> bool {
        !self.state().busy.is_empty()
    }

    /// Sends a message that says that it is a test, and gives what the other side answered.
    ///
    /// # Errors
    /// The address could not be read.
    pub async fn test(&self, channel: &Channel) -> Result<Sent, SourceError> {
        let now = self.0.commands.clock().now();
        let letter = words::test(channel.lang, self.0.pages.as_ref(), now);
        self.0.outbound.send(channel, &letter, now).await
    }

    /// Sends what is due through one channel, in messages of their own or in one.
    async fn send(&self, channel: &Channel, due: Vec<Notice>) -> Result<(), CommandError> {
        for notices in messages(due) {
            let now = self.0.commands.clock().now();
            if self.0.stopping.is_cancelled() || !self.may_send(channel, now) {
                return Ok(());
            }
            let letter = words::letter(&self.0.commands, channel.lang, self.0.pages.as_ref(), &notices).await?;
            let sent = tokio::select! {
                () = self.0.stopping.cancelled() => return Ok(()),
                sent = self.0.outbound.send(channel, &letter, now) => sent,
            };
            let (outcome, answer) = match sent {
                Ok(sent) => (sent.outcome, said(&sent)),
                // A file that is missing now may be there after the next deployment.
                Err(error) => (Outcome::Later, error.to_string()),
            };
            if outcome == Outcome::Taken {
                tracing::info!(channel = %channel.name, notices = notices.len(), "told");
            } else {
                tracing::warn!(channel = %channel.name, answer = %answer, "a message was not taken");
            }
            channels::record(&self.0.commands, &notices, outcome, &answer).await?;
            if outcome != Outcome::Taken {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether the other side takes one more message now; counts it.
    fn may_send(&self, channel: &Channel, now: Timestamp) -> bool {
        let Some(most) = channel.kind.most_a_minute() else { return true };
        let mut state = self.state();
        let sent = state.sent.entry(channel.id).or_default();
        sent.retain(|at| now.millis_since(*at) < MINUTE_MS);
        let may = sent.len() < most as usize;
        if may {
            sent.push(now);
        }
        may
    }

    fn claim(&self, channel: ChannelId) -> bool {
        self.state().busy.insert(channel)
    }

    fn release(&self, channel: ChannelId) {
        self.state().busy.remove(&channel);
    }

    /// Nothing that could panic is done under the lock.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is due, in messages of their own or in one.
fn messages(due: Vec<Notice>) -> Vec<Vec<Notice>> {
    let (lists, news): (Vec<Notice>, Vec<Notice>) =
        due.into_iter().partition(|notice| matches!(notice.about, About::Owner { .. }));
    let alone = |notices: Vec<Notice>| notices.into_iter().map(|notice| vec![notice]);
    let news = if news.len() > APART { vec![news] } else { alone(news).collect() };
    news.into_iter().chain(alone(lists)).collect()
}

/// An answer in one line.
#[must_use]
pub fn said(sent: &Sent) -> String {
    let body: String = sent.said.split_whitespace().collect::<Vec<_>>().join(" ");
    match sent.status {
        Some(status) => format!("{} · HTTP {status} · {body}", sent.host),
        None => format!("{} · {body}", sent.host),
    }
}
