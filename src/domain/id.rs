//! Identifiers. Rows are numbered by the store; numbers grow and are never used twice.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! row_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

row_id!(
    /// A cluster in the inventory.
    ClusterId
);
row_id!(
    /// An incident; shown as `INC-0042`.
    IncidentId
);
row_id!(
    /// One run of one check on one target.
    CheckRunId
);
row_id!(
    /// One piece of evidence.
    EvidenceId
);
row_id!(
    /// One time that the evidence of a node was copied.
    CaptureId
);
row_id!(
    /// One thing that was copied then.
    CapturedFileId
);
row_id!(
    /// The log of a client that was handed in.
    ClientLogId
);
row_id!(
    /// A channel that people are told through.
    ChannelId
);
row_id!(
    /// One piece of news on its way through a channel.
    NoticeId
);
row_id!(
    /// Something that the watcher proposes to open an incident for.
    ProposalId
);
row_id!(
    /// A planned maintenance.
    MaintenanceId
);
row_id!(
    /// A link that shows the wall screen.
    BoardLinkId
);
row_id!(
    /// That nobody waits for some clients any more.
    WaiverId
);
row_id!(
    /// One thing that the owner of missing clients is told.
    TellingId
);
row_id!(
    /// One line of an incident's timeline.
    EventId
);
row_id!(
    /// A release of a credential.
    ReleaseId
);
row_id!(
    /// A person who can log in.
    UserId
);
row_id!(
    /// A line of the audit log.
    AuditId
);
row_id!(
    /// Something to be done after an incident.
    FollowUpId
);

impl IncidentId {
    /// `INC-0042`.
    #[must_use]
    pub fn label(self) -> String {
        format!("INC-{:04}", self.0)
    }
}

/// The name a node has in the inventory or on the command line. Unique in its cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeName(pub String);

impl NodeName {
    /// Names for a sentence: `n1, n2`; empty for none.
    #[must_use]
    pub fn joined(names: &[Self]) -> String {
        names.iter().map(|name| name.0.as_str()).collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for NodeName {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}
