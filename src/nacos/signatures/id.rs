//! Ids of entries that rules ask for one by one, under the names that the catalogue gives them.
//!
//! What is stored stays text (`C21`, `U:1a2b3c4d`): an older or newer version may have written an id that this one does not
//! know. To add one, put its name on the list below; a name that the catalogue does not have is refused by the compiler.

use std::fmt;

use super::CATALOGUE;

/// The id of one entry of the catalogue. It equals the text that observations store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignatureId(&'static str);

macro_rules! named {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        impl SignatureId {
            $($(#[$doc])* pub const $name: Self = Self::named(stringify!($name));)*
        }
    };
}

named! {
    /// Nacos says that it did not start.
    START_FAILED,
    /// Nacos says that it has started.
    STARTED,
    /// Written every second while Nacos starts.
    STARTING,
    /// Written once when a cluster node starts, before the first [`Self::STARTING`].
    MEMBERS_AT_START,
    /// Java itself refused to start.
    JVM_REFUSED,
    /// A start with embedded storage that found no leader.
    START_WITHOUT_LEADER,
    /// A call of a Raft leader to a member that failed, and how many in a row.
    RAFT_REPL_RPC_FAIL,
    /// A Raft file whose first bytes name an absurd length.
    RAFT_META_LENGTH,
    /// `OutOfMemoryError`.
    OOM,
    /// The JVM writes its heap to a file.
    HEAP_DUMP,
    /// The JVM crashed in native code.
    JVM_CRASH,
    /// A full garbage collection that the JVM began by itself.
    GC_FULL,
    /// A full garbage collection that somebody asked for: `System.gc()`, `jmap`, `jcmd`.
    GC_ASKED_FOR,
    /// The database answers that it has run out of disk, files or memory.
    DB_OUT_OF_RESOURCES,
    /// The beat of every three seconds, with the numbers of connections.
    CONN_COUNTS,
    /// The node reports to a peer that it holds for unhealthy.
    PEER_UNHEALTHY_TICK,
    /// The gRPC stream to a peer was lost.
    LINK_STREAM_LOST,
    /// A peer did not answer the health check on the link to it.
    LINK_HEALTHCHECK_FAIL,
    /// gRPC could not resolve the name of a peer.
    GRPC_RESOLVE_FAIL,
    /// A Raft leader stepped down, as most of its followers do not answer.
    RAFT_QUORUM_LOST,
    /// A Raft request of somebody who is not among the voters.
    RAFT_NOT_IN_CONF,
    /// A node's own address is not among the members.
    SELF_NOT_IN_LIST,
    /// A report of a node that is not among the members.
    NOT_IN_MEMBER_LIST,
    /// A node's own address is not among the voters, in Raft of 1.x.
    SELF_NOT_A_PEER,
    /// The shell that started the node says that it was killed.
    SHELL_KILLED,
    /// The connection pool did what it does every 30 s too late: the process stood still, or its clock was set.
    POOL_STOOD_STILL,
    /// A collection took long, and its threads hardly ran meanwhile.
    GC_WITHOUT_PROCESSOR,
    /// A helper of Go programs (`peer-finder` of Nacos on Kubernetes) could not resolve a name.
    LOOKUP_FAILED,
    /// A node loaded the naming data of a peer.
    DISTRO_INIT_OK,
    /// A node could not load the naming data of a peer.
    DISTRO_INIT_FAIL,
    /// A node does not compare naming data with its peers, as it has not loaded them yet.
    DISTRO_NOT_INIT,
    /// A client's connection ended, on this node or on a peer that told of it.
    CLIENT_DISCONNECT,
    /// A client connected.
    CLIENT_CONNECT,
    /// A peer told that a client of its own left.
    PEER_DELETED_CLIENT,
    /// The naming API answers 503, for the reason that follows.
    SERVER_NOT_UP,
    /// Naming or configuration is not ready.
    READINESS_FAIL,
    /// Java could not resolve a name.
    UNKNOWN_HOST,
    /// A node of 2.0 or 2.1 still works as 1.x does.
    MODE_OF_1X,
    /// It has switched to 2.0.
    MODE_OF_2X,
    /// A request that the node refused because it was wrong.
    REQUEST_REFUSED,
}

impl SignatureId {
    /// The entry of that name.
    const fn named(name: &str) -> Self {
        let mut index = 0;
        while index < CATALOGUE.len() {
            if is_same(CATALOGUE[index].name, name) {
                return Self(CATALOGUE[index].id);
            }
            index += 1;
        }
        panic!("the catalogue has no entry of that name")
    }

    /// As it is stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

/// `==` of texts where the compiler evaluates.
const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut index = 0;
    while index < one.len() && index < other.len() && one[index] == other[index] {
        index += 1;
    }
    index == one.len() && index == other.len()
}

impl fmt::Display for SignatureId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl PartialEq<SignatureId> for str {
    fn eq(&self, id: &SignatureId) -> bool {
        self == id.0
    }
}

impl PartialEq<SignatureId> for &str {
    fn eq(&self, id: &SignatureId) -> bool {
        *self == id.0
    }
}

impl PartialEq<SignatureId> for String {
    fn eq(&self, id: &SignatureId) -> bool {
        self == id.0
    }
}
