//! Every to-do, with the conditions under which it would do harm.

use crate::domain::finding::Step;

/// The step at whose end a to-do is to be done; the last one for repairs, which take as long as they take and hold up no step.
/// `None`: it is not for this incident.
#[must_use]
pub fn due(key: &str) -> Option<Step> {
    let lists: [(Step, &[&ToDo]); 5] = [
        (
            Step::Confirm,
            &[
                &FRONT_DOOR,
                &SAVE_EVIDENCE,
                &HAND_IN,
                &CHECK_HOST,
                &REACH_NODE,
                &LEAVE_RUNNING,
                &STOP_FLAPPING,
                &THREAD_DUMP,
            ],
        ),
        (
            Step::Logs,
            &[&FIND_WHO_STOPPED, &FIND_KILLER, &JDK, &READ_START_ERROR, &FIND_PAUSE, &FIND_OVERLOAD, &READ_ERRORS],
        ),
        (
            Step::Config,
            &[
                &MEMBERS_ALIGN,
                &GHOST_REMOVE,
                &CONF_ADD,
                &CONF_ALIGN,
                &CONF_FIX_LINE,
                &DB_ALIGN,
                &AUTH_ALIGN,
                &PROPERTIES_ALIGN,
                &SETTINGS_FILE,
                &FLAGS_ALIGN,
                &ENV_ALIGN,
                &SELF_ADDRESS,
                &OWN_ADDRESS,
                &FIND_MODE,
                &OTHER_PORTS,
            ],
        ),
        (
            Step::Network,
            &[
                &OPEN_BETWEEN,
                &CHECK_7848,
                &OPEN_7848,
                &OPEN_7848_AT_START,
                &OPEN_GRPC,
                &OPEN_PORT,
                &OPEN_ONE_WAY,
                &FIND_LOSS,
                &DNS,
                &CLOCK,
            ],
        ),
        (
            Step::Clients,
            &[&CLIENTS_NOTIFY, &CLIENTS_GONE, &DOOR_UPSTREAM, &DOOR_GRPC, &DOOR_LOOK, &DOOR_PAST, &SINGLE_SERVER],
        ),
    ];
    if [SECURE_LATER.key, NOTHING.key].contains(&key) {
        return None;
    }
    let named = lists.into_iter().find(|(_, todos)| todos.iter().any(|todo| todo.key == key));
    Some(named.map_or(Step::Monitor, |(step, _)| step))
}

/// Whether the to-do of that key is to be done before the step ends.
#[must_use]
pub fn is_due(key: &str, step: Step) -> bool {
    due(key).is_some_and(|due| due <= step)
}

/// Where a to-do stands beside the start of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtStart {
    /// It is the start, or has it in it.
    Starts,
    /// It comes after the start, or waits for its end.
    Follows,
    /// It says nothing of a start: what stands before one in a list is to be done before it.
    Neither,
}

/// Where the to-do of that key stands beside the start of a node.
#[must_use]
pub fn at_start(key: &str) -> AtStart {
    let starts = [
        &START_DOWN,
        &START_WHEN_FIXED,
        &RESTART,
        &RESTART_STUCK,
        &RESTART_FOLLOWER,
        &RESTORE_QUORUM,
        &QUORUM_THEN_START,
        &ONE_BY_ONE,
        &END_HUNG,
    ];
    let follows = [&AFTER_START, &WATCH_REJOIN, &WAIT_FOR_START, &WAIT_START, &FRONT_DOOR_BACK];
    if starts.iter().any(|todo| todo.key == key) {
        AtStart::Starts
    } else if follows.iter().any(|todo| todo.key == key) {
        AtStart::Follows
    } else {
        AtStart::Neither
    }
}

/// How long a to-do makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasts {
    /// Until somebody did it: what has to be found out, and what keeps it from happening again.
    UntilDone,
    /// While its nodes are down.
    WhileDown,
    /// Until the whole cluster is well again.
    WhileSick,
}

/// How long the to-do of that key makes sense.
#[must_use]
pub fn lasts(key: &str) -> Lasts {
    let while_down = [
        &FRONT_DOOR,
        &SAVE_EVIDENCE,
        &CHECK_HOST,
        &REACH_NODE,
        &THREAD_DUMP,
        &CONTINUE,
        &START_DOWN,
        &START_WHEN_FIXED,
        &END_HUNG,
        &RESTART_STUCK,
        &WAIT_FOR_START,
        &WAIT_START,
        &QUORUM_THEN_START,
    ];
    let while_sick = [
        &AFTER_START,
        &ONE_BY_ONE,
        &RESTORE_QUORUM,
        &WATCH_REJOIN,
        &RESTART_FOLLOWER,
        &RAFT_STORAGE_LATER,
        &CHECK_7848,
        &OPEN_7848,
        &OPEN_7848_AT_START,
        &OPEN_BETWEEN,
        &OPEN_GRPC,
        &OPEN_PORT,
        &OPEN_ONE_WAY,
        &DATA_LOAD,
        &DB_RESTORE,
        &DOOR_LOOK,
        &DOOR_PAST,
    ];
    if while_down.iter().any(|todo| todo.key == key) {
        Lasts::WhileDown
    } else if while_sick.iter().any(|todo| todo.key == key) {
        Lasts::WhileSick
    } else {
        Lasts::UntilDone
    }
}

/// One thing to do.
pub struct ToDo {
    /// Key of its sentence, which takes `nodes`.
    pub key: &'static str,
    /// Conditions under which it would do harm, each with what to do in its place.
    pub unsafe_when: &'static [(Hazard, Option<&'static Self>)],
    /// True if it is about a node each, so that nodes it would harm can be left out of it.
    pub per_node: bool,
}

/// Why a to-do would do harm to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hazard {
    /// Without it, nothing is left that serves.
    LastServing,
    /// Its process is there: a second one on the same data directory would corrupt it.
    Runs,
    /// Nothing was seen that says that it is down.
    NotKnownDown,
    /// Its process is not there, or not known to be.
    DoesNotRun,
    /// It serves still, and is the last that does, or holds the majority.
    StillServes,
    /// It votes, and without it there is no majority.
    CostsMajority,
    /// Its start began less than 90 s ago and may still end well.
    StartIsYoung,
    /// A signal has stopped its process: what attaches to it waits as well.
    StoppedBySignal,
    /// Its process waits for the disk: it cannot be ended, and what attaches to it waits as well.
    WaitsForDisk,
    /// What keeps it from starting is told by another cause, and is not fixed yet.
    ReasonStands,
    /// None of the nodes is down.
    NobodyIsDown,
}

const fn todo(key: &'static str) -> ToDo {
    ToDo { key, unsafe_when: &[], per_node: false }
}

const fn of_nodes(key: &'static str, unsafe_when: &'static [(Hazard, Option<&'static ToDo>)]) -> ToDo {
    ToDo { key, unsafe_when, per_node: true }
}

/// Takes nodes out of the front door.
pub const FRONT_DOOR: ToDo = of_nodes("action-front-door", &[(Hazard::LastServing, None)]);
/// Starts nodes that are down.
pub const START_DOWN: ToDo = of_nodes("action-start-node", &[(Hazard::Runs, None), (Hazard::ReasonStands, None)]);
/// The same, for a fault that a running process keeps: it has to be started again.
pub const START: ToDo = of_nodes("action-start-node", &[(Hazard::Runs, Some(&RESTART)), (Hazard::ReasonStands, None)]);
/// Starts nodes that are down once what this cause tells of is fixed.
pub const START_WHEN_FIXED: ToDo = of_nodes("action-start-when-fixed", &[(Hazard::NotKnownDown, None)]);
/// Stops a running node and starts it again.
pub const RESTART: ToDo = of_nodes(
    "action-restart-alone",
    &[(Hazard::DoesNotRun, None), (Hazard::LastServing, None), (Hazard::CostsMajority, None)],
);
/// Ends a start that hangs.
pub const RESTART_STUCK: ToDo = of_nodes("action-restart-stuck", &[(Hazard::StartIsYoung, None)]);
/// Takes thread dumps.
pub const THREAD_DUMP: ToDo = of_nodes(
    "action-thread-dump",
    &[(Hazard::StoppedBySignal, Some(&CONTINUE)), (Hazard::WaitsForDisk, Some(&STORAGE))],
);
/// Lets a process go on that a signal has stopped.
pub const CONTINUE: ToDo = of_nodes("action-continue", &[]);
/// Ends a process that hangs and starts it again.
pub const END_HUNG: ToDo = of_nodes("action-end-hung", &[(Hazard::WaitsForDisk, None), (Hazard::StillServes, None)]);
/// Starts the nodes of a lost majority one after the other.
pub const ONE_BY_ONE: ToDo =
    ToDo { key: "action-one-by-one", unsafe_when: &[(Hazard::NobodyIsDown, None)], per_node: false };
/// Moves a broken Raft group aside, which a majority of the others has to replace.
pub const RAFT_STORAGE: ToDo = of_nodes("action-raft-storage", &[(Hazard::CostsMajority, Some(&RAFT_STORAGE_LATER))]);
/// Leaves a broken Raft group alone until a majority of the others is there.
pub const RAFT_STORAGE_LATER: ToDo = of_nodes("action-raft-storage-later", &[]);

macro_rules! plain {
    ($($(#[$doc:meta])* $name:ident = $key:literal;)+) => {
        $($(#[$doc])* pub const $name: ToDo = todo($key);)+
    };
}

plain! {
    /// Waits until nodes are back for all others.
    AFTER_START = "action-after-start";
    /// Finds out who stopped a node.
    FIND_WHO_STOPPED = "action-find-who-stopped";
    /// Copies what a start overwrites.
    SAVE_EVIDENCE = "action-save-evidence";
    /// Finds what killed a node.
    FIND_KILLER = "action-find-killer";
    /// Removes what keeps a supervisor from starting the node.
    FIX_SUPERVISOR = "action-fix-supervisor";
    /// Finds out why a probe failed, and gives a start more time.
    FIX_PROBE = "action-fix-probe";
    /// Gives a machine of Kubernetes back what it lacks.
    RELIEVE_HOST = "action-relieve-host";
    /// Gives the process room below the memory limit.
    MEMORY_LIMIT = "action-memory-limit";
    /// Raises the heap.
    HEAP = "action-heap";
    /// Reads a JVM crash.
    JDK = "action-jdk";
    /// Frees disk space.
    FREE_DISK = "action-free-disk";
    /// Lets a volume be written again.
    VOLUME_WRITABLE = "action-volume-writable";
    /// Gives the account of a process its files back.
    GIVE_RIGHTS = "action-give-rights";
    /// Gives the database what it has run out of.
    DB_RESOURCES = "action-db-resources";
    /// Lets the database be changed again.
    DB_WRITABLE = "action-db-writable";
    /// Lets a data folder be written again.
    DATA_WRITABLE = "action-data-writable";
    /// Gives a node its settings file back.
    SETTINGS_FILE = "action-settings-file";
    /// Looks at storage that does not answer.
    STORAGE = "action-storage";
    /// Looks whether the host is there.
    CHECK_HOST = "action-check-host";
    /// Waits for a start to end.
    WAIT_FOR_START = "action-wait-for-start";
    /// Reads what a start waits for.
    WAIT_START = "action-wait-start";
    /// Starts the others first.
    QUORUM_THEN_START = "action-quorum-then-start";
    /// Reads why a start failed.
    READ_START_ERROR = "action-read-start-error";
    /// Stops what restarts a node again and again.
    STOP_FLAPPING = "action-stop-flapping";
    /// Opens all ports between the nodes.
    OPEN_BETWEEN = "action-open-between";
    /// Watches nodes join again.
    WATCH_REJOIN = "action-watch-rejoin";
    /// Gets to a host another way.
    REACH_NODE = "action-reach-node";
    /// Hands in the files of a node.
    HAND_IN = "action-hand-in";
    /// Brings back a majority.
    RESTORE_QUORUM = "action-restore-quorum";
    /// Tests the Raft port.
    CHECK_7848 = "action-check-7848";
    /// Restarts one follower.
    RESTART_FOLLOWER = "action-restart-follower";
    /// Opens the Raft port.
    OPEN_7848 = "action-open-7848";
    /// Opens the Raft port before starts are tried again.
    OPEN_7848_AT_START = "action-open-7848-start";
    /// Reads which entry a state machine cannot apply, and why.
    RAFT_ENTRY = "action-raft-entry";
    /// Leaves a node that serves alone.
    LEAVE_RUNNING = "action-leave-running";
    /// Finds out why a Raft group was not set up.
    RAFT_GROUP = "action-raft-group";
    /// Brings Raft members in line.
    RAFT_MEMBERS = "action-raft-members";
    /// Brings member lists in line.
    MEMBERS_ALIGN = "action-members-align";
    /// Removes a ghost member.
    GHOST_REMOVE = "action-ghost-remove";
    /// Finds out why a node does not get the naming data of its peers.
    DATA_LOAD = "action-data-load";
    /// Finds out in which mode nodes run.
    FIND_MODE = "action-find-mode";
    /// Ends an upgrade from 1.x.
    FINISH_UPGRADE = "action-finish-upgrade";
    /// Adds a node to every `cluster.conf`.
    CONF_ADD = "action-conf-add";
    /// Brings `cluster.conf` in line.
    CONF_ALIGN = "action-conf-align";
    /// Fixes a line of `cluster.conf`.
    CONF_FIX_LINE = "action-conf-fix-line";
    /// Brings database settings in line.
    DB_ALIGN = "action-db-align";
    /// Brings the database back.
    DB_RESTORE = "action-db-restore";
    /// Starts nodes as members of a cluster.
    CLUSTER_MODE = "action-cluster-mode";
    /// Lets a node call itself what the others call it.
    SELF_ADDRESS = "action-self-address";
    /// Takes the address of another node out of the settings of one.
    OWN_ADDRESS = "action-own-address";
    /// Raises the limit of open files.
    RAISE_FILES = "action-raise-files";
    /// Brings a variable and the file that is written from it together.
    ENV_ALIGN = "action-env-align";
    /// Says where the ports of a container are.
    PUBLISHED_PORTS = "action-published-ports";
    /// Raises the limit of threads.
    RAISE_THREADS = "action-raise-threads";
    /// Gives the process more memory beside its heap.
    NATIVE_MEMORY = "action-native-memory";
    /// Finds out why a node gets too little processor time.
    FIND_OVERLOAD = "action-find-overload";
    /// Finds out what made a node stand still.
    FIND_PAUSE = "action-find-pause";
    /// Gives nodes of one host ports that do not collide.
    OTHER_PORTS = "action-other-ports";
    /// Makes a database take the connection.
    DB_ACCEPT = "action-db-accept";
    /// Finds out who holds a data folder.
    FREE_DATA = "action-free-data";
    /// Brings secrets and identity in line.
    AUTH_ALIGN = "action-auth-align";
    /// Brings settings in line.
    PROPERTIES_ALIGN = "action-properties-align";
    /// Brings flags in line.
    FLAGS_ALIGN = "action-flags-align";
    /// Finishes an upgrade.
    VERSION_FINISH = "action-version-finish";
    /// Secures the cluster after the incident.
    SECURE_LATER = "action-secure-later";
    /// Opens the gRPC ports.
    OPEN_GRPC = "action-open-grpc";
    /// Opens ports between the nodes.
    OPEN_PORT = "action-open-port";
    /// Finds a rule that drops one direction.
    OPEN_ONE_WAY = "action-open-one-way";
    /// Finds where packets get lost.
    FIND_LOSS = "action-find-loss";
    /// Fixes a name.
    DNS = "action-dns";
    /// Removes a node from the list of a front door.
    DOOR_UPSTREAM = "action-door-upstream";
    /// Forwards gRPC through a front door.
    DOOR_GRPC = "action-door-grpc";
    /// Looks at a front door.
    DOOR_LOOK = "action-door-look";
    /// Lets clients get past a front door.
    DOOR_PAST = "action-door-past";
    /// Compares the data again.
    DATA_DIVERGED = "action-data-diverged";
    /// Tells the owners of clients.
    CLIENTS_NOTIFY = "action-clients-notify";
    /// Finds out why clients went away together.
    CLIENTS_GONE = "action-clients-gone";
    /// Moves connections.
    REBALANCE = "action-rebalance";
    /// Gives applications more than one address.
    SINGLE_SERVER = "action-single-server";
    /// Fixes the clock.
    CLOCK = "action-clock";
    /// Puts nodes back into the front door that were taken out of it.
    FRONT_DOOR_BACK = "action-front-door-back";
    /// Reads errors.
    READ_ERRORS = "action-read-errors";
    /// Nothing.
    NOTHING = "action-none";
}
