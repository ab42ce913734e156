//! Opens channels and finds out in which words the host refused one.
//!
//! The host's words come to the connection with the number of a channel that was never told to the code that asked for it.
//! Numbers are given in the order of asking, so they are counted here; a channel that does open proves the count, and a
//! wrong count is never used again.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use russh::client::Msg;
use russh::{Channel, ChannelOpenFailure};
use tokio::sync::{Mutex as AsyncMutex, Notify};

use crate::sources::SourceError;

use super::trouble::SshTrouble;

/// Channels of one connection.
#[derive(Default)]
pub(super) struct Channels {
    turn: AsyncMutex<()>,
    count: Mutex<Count>,
    told: Notify,
}

struct Count {
    last: u32,
    wrong: bool,
    /// Asked for, and still waited for.
    awaited: BTreeSet<u32>,
    words: BTreeMap<u32, String>,
}

impl Default for Count {
    fn default() -> Self {
        // The library gives the first channel the number 2.
        Self { last: 1, wrong: false, awaited: BTreeSet::new(), words: BTreeMap::new() }
    }
}

/// Why a channel did not open.
#[derive(Debug)]
pub(super) enum NotOpened {
    /// The host would not.
    Prohibited(String),
    /// The host tried to connect and failed; its words, if they are certain.
    ConnectFailed(Option<String>),
    /// The connection itself.
    Failed(SourceError),
}

impl NotOpened {
    pub(super) fn into_no_session(self, login: &str) -> SourceError {
        let why = match self {
            Self::Failed(error) => return error,
            Self::Prohibited(why) => why,
            Self::ConnectFailed(why) => why.unwrap_or_else(|| "it does not say why".to_owned()),
        };
        SshTrouble::NoSession { login: login.to_owned(), why }.into()
    }

    pub(super) fn into_forwarding(self, login: &str) -> SourceError {
        match self {
            Self::Prohibited(why) => SshTrouble::NoForwarding { login: login.to_owned(), why }.into(),
            Self::ConnectFailed(why) => {
                let result = why.as_deref().and_then(connect_result);
                let why =
                    format!("from {login}: {}", why.as_deref().unwrap_or("it does not say why it could not connect"));
                // How it ended is not guessed.
                result.map_or_else(
                    || SourceError::Protocol { why: why.clone() },
                    |result| SourceError::Unreachable { result, why: why.clone() },
                )
            }
            // The way to the host broke, which tells nothing of where the host was to connect.
            Self::Failed(SourceError::Unreachable { why, .. }) => SourceError::Protocol { why },
            Self::Failed(error) => error,
        }
    }
}

/// What the operating system of the host said of a connect, in the words of OpenSSH.
pub(super) fn connect_result(words: &str) -> Option<crate::domain::observed::PortResult> {
    use crate::domain::observed::PortResult;
    let words = words.to_ascii_lowercase();
    [
        ("refused", PortResult::Refused),
        ("timed out", PortResult::Timeout),
        ("no route", PortResult::Unreachable),
        ("unreachable", PortResult::Unreachable),
        ("host is down", PortResult::Unreachable),
        ("reset", PortResult::Reset),
        ("name or service not known", PortResult::Dns),
        ("name resolution", PortResult::Dns),
        ("no address associated", PortResult::Dns),
        ("unknown host", PortResult::Dns),
    ]
    .into_iter()
    .find_map(|(part, result)| words.contains(part).then_some(result))
}

impl Channels {
    /// Waits for a channel. `asking` must send its request when it is first polled.
    pub(super) async fn open(
        &self,
        asking: impl Future<Output = Result<Channel<Msg>, russh::Error>>,
    ) -> Result<Channel<Msg>, NotOpened> {
        let mut asking = pin!(asking);
        let turn = self.turn.lock().await;
        let number = {
            let mut count = self.count();
            count.last += 1;
            let number = count.last;
            count.awaited.insert(number);
            number
        };
        let mut awaited = Awaited { channels: self, number, opened: false };
        // The request is on its way before the next one may count.
        let first = std::future::poll_fn(|cx| Poll::Ready(asking.as_mut().poll(cx))).await;
        drop(turn);
        let answer = match first {
            Poll::Ready(answer) => answer,
            Poll::Pending => asking.await,
        };
        match answer {
            Ok(channel) => {
                awaited.opened = true;
                if channel.id().number() != number {
                    self.count().wrong = true;
                }
                Ok(channel)
            }
            Err(russh::Error::ChannelOpenFailure(reason)) => {
                let words = self.words(number).await;
                Err(match reason {
                    ChannelOpenFailure::ConnectFailed => NotOpened::ConnectFailed(words),
                    ChannelOpenFailure::AdministrativelyProhibited => {
                        NotOpened::Prohibited(words.unwrap_or_else(|| "administratively prohibited".to_owned()))
                    }
                    other => NotOpened::Prohibited(words.unwrap_or_else(|| format!("{other:?}"))),
                })
            }
            Err(error) => Err(NotOpened::Failed(super::failed(&error))),
        }
    }

    /// The words arrive right after the refusal.
    async fn words(&self, number: u32) -> Option<String> {
        loop {
            let told = self.told.notified();
            let mut told = pin!(told);
            told.as_mut().enable();
            {
                let mut count = self.count();
                if count.wrong {
                    return None;
                }
                if let Some(words) = count.words.remove(&number) {
                    return Some(words);
                }
            }
            if tokio::time::timeout(std::time::Duration::from_millis(200), told).await.is_err() {
                return None;
            }
        }
    }

    /// The host's words for a channel that it did not open.
    pub(super) fn refused(&self, number: u32, words: &str) {
        let words: String = words.chars().filter(|c| !c.is_control()).take(200).collect();
        let mut count = self.count();
        if count.awaited.contains(&number) {
            count.words.insert(number, words);
        }
        drop(count);
        self.told.notify_waiters();
    }

    /// True for a channel that opened too late: nobody waits for it any more.
    pub(super) fn given_up(&self, number: u32) -> bool {
        let count = self.count();
        !count.wrong && number <= count.last && !count.awaited.contains(&number)
    }

    fn count(&self) -> MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A number that is waited for; no longer once this is gone.
struct Awaited<'a> {
    channels: &'a Channels,
    number: u32,
    /// It opened: it stays among the awaited, for the word of it may reach the connection later than this.
    opened: bool,
}

impl Drop for Awaited<'_> {
    fn drop(&mut self) {
        let mut count = self.channels.count();
        if !self.opened {
            count.awaited.remove(&self.number);
        }
        count.words.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::observed::PortResult;

    #[test]
    fn the_words_of_a_host_tell_how_a_connect_ended() {
        assert_eq!(connect_result("Connection refused"), Some(PortResult::Refused));
        assert_eq!(connect_result("Connection timed out"), Some(PortResult::Timeout));
        assert_eq!(connect_result("No route to host"), Some(PortResult::Unreachable));
        assert_eq!(connect_result("open failed"), None);
    }
}
