//! What entries of the catalogue are to the rules: a rule asks for a role, and the catalogue says which lines have it.

use super::Signature;
use crate::domain::observed::PortRole;

/// What a line is evidence of, for the rules that read lines. An entry may have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// One failed attempt to reach a peer on that port.
    Attempt(PortRole),
    /// Follows from a peer that is not reached, on that port where the line tells one.
    Echo(Option<PortRole>),
    /// Of an attempt: the line names the port that was tried, which goes before that of the role.
    NamesPort,
    /// Says that a peer is not reached: enough to hold one for gone of which nothing else was seen.
    PeerMissed,
    /// Shows that somebody was there: a connection that was opened or lost, a leader that led.
    PeerLived,
    /// A leader writes it about its voters only.
    Replicates,
    /// Names a connection and the peer at its other end.
    NamesConnection,
    /// A peer refuses the node for its identity.
    IdentityRejected,
    /// Kept as a trace: start, stop, death of the JVM, a full disk, what lets a start fail.
    Trace,
    /// The course of starts and stops itself.
    Lifecycle,
    /// Written by an ordered stop.
    CleanStop,
    /// Ends a start, well or not.
    StartEnd,
    /// Shows that a JVM came up and ran Nacos.
    StartSign,
    /// What a start waits for.
    StartWaits,
    /// Names the voters of a Raft group.
    NamesVoters,
    /// Somebody was elected in a Raft group, or, where its `leader` is `null`, nobody leads it any more.
    LeaderElected,
    /// A Raft group is without a leader.
    Leaderless,
    /// A majority is missed.
    QuorumMissed,
    /// A Raft group stopped: its storage or its state machine does not work.
    RaftStopped,
    /// The database does not answer.
    DbUnreachable,
    /// The database answers that it has run out of disk, files or memory.
    DbOutOfResources,
    /// The process may open no more files or connections.
    FilesExhausted,
    /// No more threads can be made.
    ThreadsExhausted,
    /// The JVM gets no more memory from the system.
    NativeMemory,
    /// The disk is full.
    DiskFull,
    /// The heap is full, or was dumped for that.
    HeapFull,
}

impl Signature {
    /// True if the entry has that role.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// True if the line is a failed attempt to reach a peer, on whatever port.
    #[must_use]
    pub fn is_attempt(&self) -> bool {
        self.roles.iter().any(|role| matches!(role, Role::Attempt(_)))
    }

    /// True if the line follows from a peer that is not reached.
    #[must_use]
    pub fn is_echo(&self) -> bool {
        self.roles.iter().any(|role| matches!(role, Role::Echo(_)))
    }

    /// The port of an attempt or of its echo, as far as the kind of line tells.
    #[must_use]
    pub fn port(&self) -> Option<PortRole> {
        self.roles.iter().find_map(|role| match role {
            Role::Attempt(port) => Some(*port),
            Role::Echo(port) => *port,
            _ => None,
        })
    }
}
