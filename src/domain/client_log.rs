//! What the own log of a client says of the servers that it knows, tries and reaches. Pure; `nacos::client_log` reads it.
//!
//! # Why
//! From the servers nobody can see why a client is not back: it is not there. Its own log tells which addresses it has, what it
//! gets from each and since when. It tells that of the client alone: nothing here is evidence about a node, whose own answers and
//! logs say how it is. Moments are as they were written, without a zone: nobody knows whose clock that was.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::id::{ClientLogId, IncidentId};
use super::message::Message;
use super::time::Timestamp;

/// What a client gets where it tries to reach a server, or asks for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Got {
    /// Nothing listens there.
    Refused,
    /// Nothing answers.
    TimedOut,
    /// The name does not resolve.
    NameUnknown,
    /// There is no way there.
    Unreachable,
    /// The connection was ended from the other side, or by what lies between.
    Closed,
    /// The server does not take the user, the password or the token, or does not allow it.
    Forbidden,
    /// The server says that it is starting or not ready.
    NotReady,
    /// It failed, and the log does not say why.
    Unknown,
}

impl Got {
    /// Every one.
    pub const ALL: [Self; 8] = [
        Self::Refused,
        Self::TimedOut,
        Self::NameUnknown,
        Self::Unreachable,
        Self::Closed,
        Self::Forbidden,
        Self::NotReady,
        Self::Unknown,
    ];

    /// Key of the word for it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Refused => "client-log-got-refused",
            Self::TimedOut => "client-log-got-timed-out",
            Self::NameUnknown => "client-log-got-name",
            Self::Unreachable => "client-log-got-unreachable",
            Self::Closed => "client-log-got-closed",
            Self::Forbidden => "client-log-got-forbidden",
            Self::NotReady => "client-log-got-not-ready",
            Self::Unknown => "client-log-got-unknown",
        }
    }
}

/// Lines that say the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lines {
    /// How many.
    pub count: u32,
    /// The moment of the first as it was written; `None`: it has none.
    pub first: Option<String>,
    /// The moment of the last.
    pub last: Option<String>,
    /// The first of them.
    pub sample: String,
}

/// One address that the client tried.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// What it got there, other than a connection.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub failed: BTreeMap<Got, Lines>,
    /// That it connected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connected: Option<Lines>,
    /// That the server answered over HTTP there, whatever it said.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub answers_http: bool,
}

/// How it stood at the end of its log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum LogEnd {
    /// The last thing it says of its servers is that it is connected.
    Connected {
        /// To which address.
        server: String,
        /// Since when.
        since: Option<String>,
    },
    /// It is without a connection.
    Without {
        /// The first line that says so after the last connection.
        since: Option<String>,
    },
    /// It says neither.
    #[default]
    Untold,
}

/// What the log of one client says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientLogSeen {
    /// Lines.
    pub lines: u32,
    /// Lines of the SDK that were understood.
    pub understood: u32,
    /// Lines beyond what is read.
    #[serde(default)]
    pub left_out: u32,
    /// The moments of its first and last line, as they were written.
    pub span: Option<(String, String)>,
    /// All servers that the client is set to use, as it says itself; empty: it does not say.
    pub knows: Vec<String>,
    /// The line that says so.
    pub knows_by: Option<String>,
    /// Addresses that it tried: host and main port where that is known.
    pub tried: BTreeMap<String, Tried>,
    /// What it got of servers that the lines do not name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub elsewhere: BTreeMap<Got, Lines>,
    /// Requests that it could not make, as it had no connection.
    pub not_connected: Option<Lines>,
    /// That none of its servers is available.
    pub no_server: Option<Lines>,
    /// How it stood at the end.
    pub end: LogEnd,
}

impl ClientLogSeen {
    /// The one server that the client is set to use; `None`: it has others, or does not say.
    #[must_use]
    pub fn only_server(&self) -> Option<&str> {
        if let [only] = self.knows.as_slice() { Some(only) } else { None }
    }

    /// Addresses that answer over HTTP and not on the port of gRPC, which is the one of HTTP and a thousand.
    pub fn grpc_alone_fails(&self) -> impl Iterator<Item = &str> {
        let fails = |tried: &Tried| {
            tried.answers_http
                && tried.connected.is_none()
                && [Got::Refused, Got::TimedOut, Got::Unreachable].iter().any(|got| tried.failed.contains_key(got))
        };
        self.tried.iter().filter(move |(_, tried)| fails(tried)).map(|(address, _)| address.as_str())
    }

    /// What it says, sentence by sentence: what it knows, what it tries and gets, how it ends.
    #[must_use]
    pub fn says(&self) -> Vec<Message> {
        let mut said = Vec::new();
        match self.knows.as_slice() {
            [] => said.push(Message::new("client-log-knows-untold")),
            [only] => said.push(Message::new("client-log-knows-one").with("server", only)),
            several => {
                said.push(
                    Message::new("client-log-knows").with("n", several.len()).with("servers", several.join(", ")),
                );
            }
        }
        let empty = "none".to_owned();
        let of = |message: Message, lines: &Lines| {
            let span = match (&lines.first, &lines.last) {
                (Some(first), Some(last)) if first != last => format!("{first} – {last}"),
                (Some(once), _) => once.clone(),
                (None, _) => empty.clone(),
            };
            message.with("n", lines.count).with("span", span)
        };
        for (address, tried) in &self.tried {
            for (got, lines) in &tried.failed {
                said.push(of(Message::new(got.key()).with("server", address), lines));
            }
            if let Some(lines) = &tried.connected {
                said.push(of(Message::new("client-log-connected").with("server", address), lines));
            }
        }
        for address in self.grpc_alone_fails() {
            said.push(Message::new("client-log-grpc-alone").with("server", address));
        }
        for (got, lines) in &self.elsewhere {
            said.push(of(Message::new(got.key()).with("server", "?"), lines));
        }
        said.extend(self.no_server.as_ref().map(|lines| of(Message::new("client-log-no-server"), lines)));
        said.extend(self.not_connected.as_ref().map(|lines| of(Message::new("client-log-not-connected"), lines)));
        said.push(match &self.end {
            LogEnd::Connected { server, since } => Message::new("client-log-end-connected")
                .with("server", server)
                .with("since", since.as_ref().unwrap_or(&empty)),
            LogEnd::Without { since } => {
                Message::new("client-log-end-without").with("since", since.as_ref().unwrap_or(&empty))
            }
            LogEnd::Untold => Message::new("client-log-end-untold"),
        });
        said
    }
}

/// The log of a client that was read on its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientLogRead {
    /// Whose log it is, as the inventory says.
    pub client: String,
    /// What it said when it was read last, and when that was; `None`: it never was.
    pub seen: Option<(ClientLogSeen, Timestamp)>,
    /// Why it could not be read when that was tried last; `None`: it was.
    pub failed: Option<Message>,
    /// When that was.
    pub tried_at: Timestamp,
}

/// The log of a client as it was handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientLog {
    /// Row id.
    pub id: ClientLogId,
    /// In which incident.
    pub incident: IncidentId,
    /// Whose log it is, in the words of who handed it in.
    pub client: String,
    /// What it says.
    pub seen: ClientLogSeen,
    /// Bytes as they came.
    pub size_bytes: u64,
    /// Hex SHA-256 of what came.
    pub sha256: String,
    /// Login name.
    pub by: String,
    /// When.
    pub at: Timestamp,
}
