//! An answer that cannot be trusted to be the node's: why, and what to set. Nothing is concluded from it: not that a node
//! died or hangs, not that it starts or is well.

use serde::{Deserialize, Serialize};

use crate::domain::message::Message;

/// Why an answer is not taken for the node's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Distrust {
    /// Its certificate is not accepted.
    #[error("the certificate {sha256} ({subject}, issued by {issuer}) is not accepted: {flaw:?}")]
    Certificate {
        /// What is wrong with it.
        flaw: Flaw,
        /// SHA-256 of it, with colons.
        sha256: String,
        /// Common name of its owner; a dash where it has none.
        subject: String,
        /// Common name of its issuer; a dash where it has none.
        issuer: String,
    },
    /// `https` was asked for, and what answers speaks no TLS.
    #[error("no TLS is spoken there")]
    NoTls,
    /// `http` was asked for, and what answers speaks TLS.
    #[error("TLS is spoken there")]
    Tls,
    /// TLS was begun and not agreed on.
    #[error("TLS was not agreed on: {why}")]
    Handshake {
        /// The words of the TLS code.
        why: String,
    },
    /// It sends elsewhere; that is not followed.
    #[error("{status}: it sends on to {to}")]
    Redirect {
        /// Status.
        status: u16,
        /// Where to, without parameters.
        to: String,
    },
    /// It wants to know who asks, whatever the question.
    #[error("{status}: it refuses every question")]
    Refused {
        /// 401 or 403.
        status: u16,
    },
    /// What it says is not what Nacos says.
    #[error("{status} {content_type}: not an answer of Nacos")]
    NotNacos {
        /// Status.
        status: u16,
        /// What it says it sends; a dash where it does not say.
        content_type: String,
    },
}

/// What is wrong with a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "flaw", rename_all = "snake_case")]
pub enum Flaw {
    /// Nobody who is believed issued it.
    Issuer,
    /// It is for another host.
    Name {
        /// The host asked.
        host: String,
    },
    /// It has run out.
    Expired,
    /// It is not valid yet.
    NotYet,
    /// It is none of those that are pinned.
    Pin,
    /// Something else.
    Other {
        /// The words of the TLS code.
        why: String,
    },
}

impl Distrust {
    /// Of an answer of which only the status tells something.
    #[must_use]
    pub fn of_status(status: u16) -> Self {
        match status {
            401 | 403 => Self::Refused { status },
            _ => Self::NotNacos { status, content_type: "–".to_owned() },
        }
    }

    /// The reason and what to set.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Certificate { flaw, sha256, subject, issuer } => {
                let message = match flaw {
                    Flaw::Issuer => Message::new("source-untrusted-issuer"),
                    Flaw::Name { host } => Message::new("source-untrusted-name").with("host", host),
                    Flaw::Expired => Message::new("source-untrusted-expired"),
                    Flaw::NotYet => Message::new("source-untrusted-not-yet"),
                    Flaw::Pin => Message::new("source-untrusted-pin"),
                    Flaw::Other { why } => Message::new("source-untrusted-certificate").with("why", why),
                };
                message.with("sha256", sha256).with("subject", subject).with("issuer", issuer)
            }
            Self::NoTls => Message::new("source-untrusted-no-tls"),
            Self::Tls => Message::new("source-untrusted-tls"),
            Self::Handshake { why } => Message::new("source-untrusted-handshake").with("why", why),
            Self::Redirect { status, to } => {
                Message::new("source-untrusted-redirect").with("status", status).with("to", to)
            }
            Self::Refused { status } => Message::new("source-untrusted-refused").with("status", status),
            Self::NotNacos { status, content_type } => {
                Message::new("source-untrusted-not-nacos").with("status", status).with("type", content_type)
            }
        }
    }
}
