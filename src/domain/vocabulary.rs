//! Words that observations are stored with: closed sets for the rules, text in the database and in JSON.
//!
//! A word that this version does not know, from an older or a newer one, is kept as it is: it can be read, shown and stored
//! again, and no rule takes it for anything else. To add a word, add a variant here; what is stored already stays readable.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum $name {
            $($(#[$doc])* $variant,)*
            /// A word that this version does not know.
            Unknown(String),
        }

        impl $name {
            /// The word, as it is stored and shown.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Unknown(word) => word,
                }
            }
        }

        impl From<String> for $name {
            fn from(word: String) -> Self {
                match word.as_str() {
                    $($word => Self::$variant,)*
                    _ => Self::Unknown(word),
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                word.to_owned().into()
            }
        }

        impl From<$name> for String {
            fn from(word: $name) -> Self {
                word.as_str().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        /// In the order of the words, which is the order of stored maps.
        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                self.as_str().cmp(other.as_str())
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        #[cfg(test)]
        impl $name {
            /// Every word that this version knows.
            pub(crate) const KNOWN: &[Self] = &[$(Self::$variant,)*];
        }
    };
}

words! {
    /// How an attempt failed: why a request got no answer, or what a log says of an attempt of its node.
    Failure {
        /// Refused: the host is up, nothing listens.
        Refused = "refused",
        /// No answer in time; whether it was connected is not known.
        Timeout = "timeout",
        /// No answer to the connect in time.
        ConnectTimeout = "connect_timeout",
        /// The peer accepted the connection and did not answer on it in time.
        ReadTimeout = "read_timeout",
        /// Connected, and no answer in time.
        Silent = "silent",
        /// Reset after or during the connect.
        Reset = "reset",
        /// The name does not resolve.
        Dns = "dns",
        /// No route, network or host unreachable.
        Unreachable = "unreachable",
        /// The same in a log.
        NoRoute = "no_route",
        /// It was not tried: its client is not connected.
        NotConnected = "not_connected",
        /// gRPC or Raft says no more than that the peer is not there.
        Unavailable = "unavailable",
        /// The peer answered, and said no: the way to it is open.
        Answered = "answered",
        /// Something answered in another protocol.
        WrongProtocol = "wrong_protocol",
        /// It answered what cannot be read, or too much.
        Protocol = "protocol",
        /// It may not be asked, or did not let us in.
        Denied = "denied",
        /// Its certificate, or where it sends us, is not to be trusted.
        Untrusted = "untrusted",
        /// Given up from here.
        Cancelled = "cancelled",
        /// The inventory does not say how to ask.
        NotConfigured = "not_configured",
        /// The recording does not hold the answer.
        NotRecorded = "not_recorded",
    }
}

impl Failure {
    /// True if somebody waited in vain, connected or not.
    #[must_use]
    pub const fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout | Self::ConnectTimeout | Self::ReadTimeout | Self::Silent)
    }
}

words! {
    /// What a node has no source for, so that it could not be asked.
    NoSource {
        /// No API address.
        Api = "api",
        /// No console port. No check asks for it any more; a recording may hold that one did.
        Console = "console",
        /// No files.
        Files = "files",
        /// No process table: its files are not read where it runs.
        Process = "process",
        /// No free space, for the same reason.
        Disk = "disk",
        /// Its host does not report free space over SFTP.
        SshDisk = "ssh-disk",
        /// No address whose ports could be tried.
        Probe = "probe",
        /// Nothing runs here from which the ports of other nodes could be tried.
        ProbeFrom = "probe-from",
        /// The same: an address of another node means something else there.
        ProbeFromName = "probe-from-name",
        /// The same: it has a network of its own, which may not be entered.
        ProbeFromNetwork = "probe-from-network",
        /// The same: its process is gone.
        ProbeFromStopped = "probe-from-stopped",
        /// Names cannot be resolved as the node does.
        Names = "names",
        /// The cluster has no front door.
        Door = "door",
        /// Its clock cannot be read.
        Clock = "clock",
        /// The environment of its process cannot be seen.
        Environment = "environment",
        /// Reading its kernel log is switched off.
        Kernel = "kernel",
        /// A copied home holds no kernel log.
        KernelCopied = "kernel-copied",
    }
}

words! {
    /// Why part of the window of a log file was not read.
    CutReason {
        /// More than may be read of one file. What was left out is older than what was read.
        OverCap = "over_cap",
        /// The time was up.
        Deadline = "deadline",
        /// The file changed while it was read.
        Changed = "changed",
        /// The recording begins later. What was left out is older than what was read.
        RecordingStart = "recording_start",
        /// The packed file is broken or ends early.
        Packed = "packed",
        /// A read failed in the middle.
        Failed = "failed",
    }
}

impl CutReason {
    /// True if the time was up: what was not read may hold anything.
    #[must_use]
    pub fn is_out_of_time(&self) -> bool {
        match self {
            Self::Deadline => true,
            Self::Unknown(words) => says_out_of_time(words),
            _ => false,
        }
    }
}

/// How older versions kept that a source gave no answer in time: `no answer within 500 ms`.
fn says_out_of_time(words: &str) -> bool {
    words.starts_with("no answer within")
}

words! {
    /// Why a log file that is there was not read: a word, or what the source said of it.
    ReadFailure {
        /// The time was up, before it was its turn or while it was read.
        Timeout = "timeout",
    }
}

impl ReadFailure {
    /// True if the time was up.
    #[must_use]
    pub fn is_out_of_time(&self) -> bool {
        match self {
            Self::Timeout => true,
            Self::Unknown(words) => says_out_of_time(words),
        }
    }
}

words! {
    /// State of a process, as `/proc` has it.
    ProcessState {
        /// On a processor, or waiting for one.
        Running = "R",
        /// Waits for an event.
        Sleeping = "S",
        /// Waits in the kernel, as a rule for a disk, and takes no signal.
        Blocked = "D",
        /// Stopped by a signal.
        Stopped = "T",
        /// Stopped by a debugger.
        Traced = "t",
        /// It has ended, and nobody has taken note yet.
        Zombie = "Z",
    }
}

impl ProcessState {
    /// The same without what `/proc/<pid>/status` adds in brackets: `T (stopped)`.
    fn bare(&self) -> Self {
        match self {
            Self::Unknown(words) => words.split(' ').next().unwrap_or_default().into(),
            known => known.clone(),
        }
    }

    /// True if somebody stopped it.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        matches!(self.bare(), Self::Stopped | Self::Traced)
    }

    /// True if it waits in the kernel.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.bare() == Self::Blocked
    }

    /// True if it does nothing until somebody else acts: it was stopped, or waits in the kernel.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.is_stopped() || self.is_blocked()
    }

    /// True if it has ended.
    #[must_use]
    pub fn is_zombie(&self) -> bool {
        self.bare() == Self::Zombie
    }
}

words! {
    /// What a setting is about: which finding a difference becomes.
    PropertyArea {
        /// The database.
        Db = "db",
        /// Identity and credentials.
        Auth = "auth",
        /// What is compared as a flag of the start: mode, storage.
        Flags = "flags",
        /// Anything else.
        Other = "other",
    }
}

words! {
    /// What is wrong with a line of `cluster.conf`, or with the file.
    ConfProblemKind {
        /// Nacos rejects the file for it.
        Malformed = "malformed",
        /// Nacos takes it as a member that nobody can reach.
        Ghost = "ghost",
        /// Two members on one line without a separator.
        Merged = "merged",
        /// A member stands in it twice.
        Duplicate = "duplicate",
        /// A member without a port; the default one counts.
        MissingPort = "missing_port",
        /// White space around a member.
        Untrimmed = "untrimmed",
        /// A byte order mark at its beginning.
        Bom = "bom",
        /// Windows line ends.
        Crlf = "crlf",
        /// An address that other nodes cannot use, such as one of the loopback.
        SuspiciousAddress = "suspicious_address",
    }
}

impl ConfProblemKind {
    /// True if Nacos reads the file all the same, as it was meant.
    #[must_use]
    pub const fn is_tolerated(&self) -> bool {
        matches!(self, Self::Crlf | Self::MissingPort | Self::SuspiciousAddress | Self::Duplicate)
    }
}

words! {
    /// Where the number of client connections comes from.
    ClientsFrom {
        /// `loader/current`.
        Loader = "loader",
        /// The metrics of the node.
        Metrics = "metrics",
        /// The newest line of the beat in its log.
        Log = "log",
    }
}

words! {
    /// State of a member, as a node that lists it has it.
    MemberState {
        /// It reports.
        Up = "UP",
        /// Reports to it or from it have begun to fail.
        Suspicious = "SUSPICIOUS",
        /// It is given up: too many reports failed in a row.
        Down = "DOWN",
        /// It has not said yet that it is up.
        Starting = "STARTING",
        /// Taken out by hand.
        Isolation = "ISOLATION",
    }
}

words! {
    /// What a connection to a node is for.
    ClientSource {
        /// A client: an application with an SDK.
        Sdk = "sdk",
        /// Another node of the cluster.
        Cluster = "cluster",
    }
}

words! {
    /// Command whose output a person handed in.
    OutputKind {
        /// Ports that were tried with `nc`.
        Nc = "nc",
        /// The same with `telnet`.
        Telnet = "telnet",
        /// Sockets.
        Ss = "ss",
        /// The kernel log, that of systemd, or what is known of the end of a container.
        Dmesg = "dmesg",
        /// Environment variables.
        Env = "env",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_older_versions_said_of_a_time_that_was_up_is_understood() {
        assert!(CutReason::from("no answer within 500 ms").is_out_of_time() && CutReason::Deadline.is_out_of_time());
        assert!(ReadFailure::from("no answer within 0 ms").is_out_of_time() && ReadFailure::Timeout.is_out_of_time());
        assert!(!CutReason::OverCap.is_out_of_time() && !ReadFailure::from("permission denied").is_out_of_time());
    }

    #[test]
    fn every_word_is_stored_as_it_was() {
        macro_rules! check {
            ($($name:ident),*) => {$(
                for word in $name::KNOWN {
                    let json = serde_json::to_string(word).expect("json");
                    assert_eq!(json, format!("\"{word}\""));
                    assert_eq!(serde_json::from_str::<$name>(&json).expect("word"), *word);
                }
                let newer: $name = serde_json::from_str("\"some newer word\"").expect("word");
                assert_eq!(newer, $name::Unknown("some newer word".to_owned()));
                assert_eq!(serde_json::to_string(&newer).expect("json"), "\"some newer word\"");
            )*};
        }
        check!(Failure, NoSource, CutReason, ReadFailure, ProcessState, PropertyArea, ConfProblemKind, ClientsFrom);
        check!(MemberState, ClientSource, OutputKind);
    }
}
