//! What each code means for people: how deep it lies, what it touches, what to do, what not to do, what would refute it. The
//! table itself is that of the codes (`domain::code`): a new code does not compile without its meaning.

use super::todo_list::{self as t, ToDo};
use crate::domain::code::{Code, each_code};
use crate::domain::finding::Function;

use Function::{ConfigRead, ConfigWrite, Console, EphemeralDiscovery, PersistentServices};

/// What a code means for people.
pub struct CauseSpec {
    /// How deep it lies: smaller comes first among causes of equal weight.
    pub priority: u8,
    /// Functions of Nacos that it touches.
    pub functions: &'static [Function],
    /// What to do, most urgent first.
    pub todos: &'static [&'static ToDo],
    /// Keys of what not to do; each text gives its reason.
    pub do_nots: &'static [&'static str],
}

const ALL: &[Function] = &[EphemeralDiscovery, PersistentServices, ConfigRead, ConfigWrite, Console];
const NODE: &[Function] = &[EphemeralDiscovery, PersistentServices, ConfigRead, ConfigWrite];
const RAFT: &[Function] = &[PersistentServices, ConfigWrite];
const LISTS: &[Function] = &[EphemeralDiscovery, PersistentServices];
const DATABASE: &[Function] = &[ConfigRead, ConfigWrite, Console];
const DISCOVERY: &[Function] = &[EphemeralDiscovery];
const LEADER: &[Function] = &[PersistentServices, ConfigWrite, Console];
const NONE: &[Function] = &[];

/// Key of what says to leave those nodes alone that still work.
pub const RESTART_SURVIVORS: &str = "donot-restart-survivors";
/// Key of what not to do with applications while discovery fails.
pub const REDEPLOY_APPS: &str = "donot-redeploy-apps";
/// The same while a majority of the nodes serves.
pub const REDEPLOY_IN_BULK: &str = "donot-redeploy-in-bulk";

/// How deep the code lies.
#[must_use]
pub const fn priority(code: Code) -> u8 {
    spec(code).priority
}

/// Keys of what would refute the cause.
#[must_use]
pub fn refutations(code: Code) -> Vec<String> {
    match code {
        Code::None | Code::ConfigInsecure => Vec::new(),
        _ => vec![format!("help-{}-refuted", code.key())],
    }
}

/// For a node that is gone, where only its own logs could tell how it ended.
pub const GONE: &[&ToDo] = &[&t::FRONT_DOOR, &t::SAVE_EVIDENCE, &t::HAND_IN, &t::START_DOWN, &t::AFTER_START];

/// For a node that waits for its disk.
pub const BLOCKED: &[&ToDo] = &[&t::FRONT_DOOR, &t::STORAGE, &t::SAVE_EVIDENCE, &t::AFTER_START];

/// For a node whose start gave up because its Raft group had no leader.
pub const NO_LEADER: &[&ToDo] = &[&t::FRONT_DOOR, &t::QUORUM_THEN_START, &t::AFTER_START];

/// For a start whose account may not open its files.
pub const NO_PERMISSION: &[&ToDo] = &[&t::FRONT_DOOR, &t::GIVE_RIGHTS, &t::START_DOWN, &t::AFTER_START];

/// For a node that what should start it could not start.
pub const NOT_STARTED: &[&ToDo] = &[&t::FRONT_DOOR, &t::FIX_SUPERVISOR, &t::START_DOWN, &t::AFTER_START];

/// For a node that Kubernetes ended because it did not answer.
pub const PROBE: &[&ToDo] = &[&t::FRONT_DOOR, &t::SAVE_EVIDENCE, &t::FIX_PROBE, &t::AFTER_START];

/// For a node whose machine went down.
pub const HOST_WENT_DOWN: &[&ToDo] = &[&t::FRONT_DOOR, &t::CHECK_HOST, &t::START_DOWN, &t::AFTER_START];

/// For a node that Kubernetes evicted.
pub const EVICTED: &[&ToDo] = &[&t::FRONT_DOOR, &t::RELIEVE_HOST, &t::START_DOWN, &t::AFTER_START];

/// For a disk that fails.
pub const DISK_FAILS: &[&ToDo] = &[&t::FRONT_DOOR, &t::SAVE_EVIDENCE, &t::VOLUME_WRITABLE, &t::START, &t::AFTER_START];

/// For a volume that takes no writes any more.
pub const READ_ONLY: &[&ToDo] = &[&t::FRONT_DOOR, &t::VOLUME_WRITABLE, &t::START, &t::AFTER_START];

/// For a database that has run out of disk, files or memory.
pub const DATABASE_RESOURCES: &[&ToDo] = &[&t::DB_RESOURCES, &t::START_DOWN];

/// For a closed Raft port that keeps starts waiting.
pub const RAFT_AT_START: &[&ToDo] = &[&t::OPEN_7848_AT_START, &t::AFTER_START];

/// For a database that takes no changes.
pub const DATABASE_READ_ONLY: &[&ToDo] = &[&t::DB_WRITABLE, &t::START_DOWN];

/// For a start whose data folder takes no writes.
pub const DATA_NOT_WRITABLE: &[&ToDo] = &[&t::FRONT_DOOR, &t::DATA_WRITABLE, &t::START_DOWN, &t::AFTER_START];

/// For a node without a settings file.
pub const NO_SETTINGS_FILE: &[&ToDo] = &[&t::SETTINGS_FILE];

/// For a Raft group that was not set up on nodes.
pub const GROUP_NOT_RUN: &[&ToDo] = &[&t::RAFT_GROUP];

/// For a node that went down several times and is up: it may go on serving.
pub const UP_AGAIN: &[&ToDo] = &[&t::STOP_FLAPPING, &t::FIND_KILLER];

/// For a node that has not loaded the naming data of its peers.
pub const NOT_LOADED: &[&ToDo] = &[&t::DATA_LOAD];

/// For nodes that have not left the mode of 1.x.
pub const MODE_OF_1X: &[&ToDo] = &[&t::FINISH_UPGRADE];

/// For nodes of which none is connected to another.
pub const NO_CONNECTIONS: &[&ToDo] = &[&t::FIND_MODE];

/// For a node that no `cluster.conf` names.
pub const NOT_LISTED: &[&ToDo] = &[&t::CONF_ADD];

/// For a node to which a setting gives the address of another one.
pub const SHARED_ADDRESS: &[&ToDo] = &[&t::OWN_ADDRESS];

/// For clients that went away together while every node runs.
pub const CLIENTS_GONE: &[&ToDo] = &[&t::CLIENTS_GONE];

macro_rules! specs {
    ($($variant:ident = $text:literal {
        priority: $priority:literal, functions: $functions:ident,
        to_dos: [$($todo:ident),* $(,)?],
        do_nots: [$($do_not:literal),* $(,)?],
    })+) => {
        /// What a code means.
        #[must_use]
        pub const fn spec(code: Code) -> CauseSpec {
            match code {
                $(Code::$variant => CauseSpec {
                    priority: $priority,
                    functions: $functions,
                    todos: &[$(&t::$todo),*],
                    do_nots: &[$($do_not),*],
                }),+
            }
        }
    };
}

each_code!(specs);
