//! What rules ask for before they name a code, and how each of it turned out: what `--explain`, the pages and the help list.

use crate::domain::code::Code;
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::{Condition, Held};

/// What each rule asks for, in its order, and the codes that it can end with.
pub const CONDITIONS: &[(&[Code], &[&str])] = &[
    // The node's own traces.
    (
        &[
            Code::NodeDiskFull,
            Code::NodeOomKilled,
            Code::NodeJvmCrash,
            Code::NodeOomJava,
            Code::NodeStoppedClean,
            Code::NodeKilled,
            Code::NodeHung,
            Code::NodeStuckStarting,
            Code::NodeUnreachable,
        ],
        &["disk-full-lines", "kernel-killed-it", "jvm-crashed", "java-out-of-memory", "no-room-left", "stop-lines"],
    ),
    // What its peers saw of it, where those say nothing.
    (
        &[Code::NodeKilled, Code::NodeHung, Code::NodeStuckStarting, Code::NodeUnreachable],
        &["stop-log-read", "process-gone", "peers-refused", "peers-timed-out", "peers-lost-streams"],
    ),
    // A process that is there and does not serve.
    (&[Code::NodeHung], &["process-stopped", "threads-wait-for-disk", "collects-garbage", "accepts-without-answer"]),
    // A start that goes on, and one that gave up.
    (&[Code::NodeStuckStarting, Code::NodeOomJava], &["start-not-finished", "heap-is-full", "longer-than-a-start"]),
    (
        &[
            Code::NodeStartFailed,
            Code::NodeDiskFull,
            Code::NodeOomJava,
            Code::RaftStorageCorrupt,
            Code::DbUnreachable,
            Code::ConfigClusterConfMalformed,
        ],
        &["start-gave-up", "start-names-its-reason"],
    ),
    (&[Code::NodeFlapping], &["started-again-and-again", "nobody-ordered-it", "stayed-up-since"]),
    // Links between nodes that both run.
    (
        &[
            Code::NetGrpcBlocked,
            Code::NetPortBlocked,
            Code::NetOneWay,
            Code::RaftLinkBroken,
            Code::NodeIsolated,
            Code::NodeHung,
        ],
        &[
            "link-both-run",
            "link-attempts-fail",
            "link-more-than-a-pause",
            "link-accepted",
            "link-other-way-fails",
            "link-fails-from-here",
        ],
    ),
    (&[Code::RaftLinkBroken], &["leader-is-ready", "readiness-without-answer", "all-else-answers"]),
    // Raft.
    (&[Code::RaftNoLeader], &["no-leader-lines", "no-leader-by-enough", "no-leader-named"]),
    (&[Code::ClusterQuorumLost], &["voters-known", "voters-dead", "majority-missed-lines"]),
];

/// What is asked for before a code is named.
#[must_use]
pub fn conditions_of(code: Code) -> Vec<&'static str> {
    let rules = CONDITIONS.iter().filter(|(codes, _)| codes.contains(&code));
    rules.flat_map(|(_, ids)| *ids).copied().collect()
}

/// Conditions in the making.
#[derive(Clone, Debug, Default)]
pub struct Asked(Vec<Condition>);

impl Asked {
    /// Adds one that was looked at. Returns whether it holds.
    pub fn ask(&mut self, id: &str, holds: bool, evidence: &[EvidenceRef]) -> bool {
        self.add(id, if holds { Held::Yes } else { Held::No }, evidence);
        holds
    }

    /// Adds one that shows in this evidence. Returns whether it does.
    pub fn shows(&mut self, id: &str, evidence: &[EvidenceRef]) -> bool {
        self.ask(id, !evidence.is_empty(), evidence)
    }

    /// Adds one that could not be looked at unless it holds all the same.
    pub fn if_seen(&mut self, id: &str, seen: bool, holds: bool, evidence: &[EvidenceRef]) -> bool {
        match seen || holds {
            true => self.ask(id, holds, evidence),
            false => {
                self.add(id, Held::NotSeen, &[]);
                false
            }
        }
    }

    /// All of them, in the order in which they were asked for.
    #[must_use]
    pub fn conditions(self) -> Vec<Condition> {
        self.0
    }

    fn add(&mut self, id: &str, held: Held, evidence: &[EvidenceRef]) {
        const LINES: usize = 2;
        let evidence = evidence.iter().take(LINES).cloned().collect();
        self.0.push(Condition { id: id.to_owned(), held, evidence });
    }
}
