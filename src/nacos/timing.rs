//! The times that rules and pages measure with, in milliseconds: what Nacos 2.0 to 3.0 and its JRaft do how often, as far as
//! a rule needs it, and the limits that rules set. A limit says which fault needs it; where it is our own choice, it says so.

/// The connection counts are written this often from 2.0 on, and are the heartbeat of a node's logs: silence over five of
/// them is silence. A killed or frozen node is named by it.
pub const HEARTBEAT_SILENT_MS: i64 = 15_000;
/// Versions without that line still write something every minute; the same fault there.
pub const SILENT_WITHOUT_HEARTBEAT_MS: i64 = 75_000;
/// A heartbeat that is overdue by this much is missing if every peer misses the node as well: a node that was killed some
/// seconds ago.
pub const HEARTBEAT_OVERDUE_MS: i64 = 4_500;
/// Two beats of three seconds further apart than this are a standstill: a node that collects garbage or has no processor time
/// lets attempts of its peers time out, and no link is cut.
pub const BEHIND_MS: i64 = 4_000;
/// A node that stood still was short of time for this long before as well, and what waited is given up this long after.
pub const AROUND_STANDSTILL_MS: i64 = 10_000;
/// A pause longer than this is not a standstill but a node that was down.
pub const STANDSTILL_MOST_MS: i64 = 60_000;
/// A beat this long after a start failed is that of another process: the failed start of a second one is not the end of the
/// first.
pub const BEATS_ON_MS: i64 = 6_000;
/// An ordered stop takes no longer than this, so that a start this long after its last line may still meet the process.
pub const STOPPING_MS: i64 = 60_000;
/// Beats are kept this close to one another at least where they go on; the same fault.
pub const BEATEN_BEFORE_MS: i64 = 60_000;

/// A copy that ends up to this long before the moment that is judged, without a peer that misses the node, was only taken
/// earlier. Our choice.
pub const EARLY_COPY_MS: i64 = 600_000;
/// Peers that failed to reach a node this long before its last line had trouble with a link, not with its end.
pub const EARLIER_TROUBLE_MS: i64 = 60_000;
/// Stamps of several files and nodes agree no better than this: an attempt that failed so long before a node's last line may
/// have failed after it.
pub const STAMPS_MS: i64 = 1_500;
/// The last stamp in a log is this near to the last change of its file, whatever its zone: zones lie a quarter of an hour apart.
pub const STAMP_NEAR_CHANGE_MS: i64 = 300_000;
/// Clocks of two nodes, and the order in which two files are flushed, differ by this much without meaning anything.
pub const CLOCKS_MS: i64 = 500;
/// Stamps later than this past the moment that is judged are not believed to be of a clock that runs ahead.
pub const BELIEVED_AHEAD_MS: i64 = 86_400_000;
/// Clocks that differ by more than this make logs and tokens misleading. Our choice.
pub const CLOCK_SKEW_MS: i64 = 5_000;

/// What a JVM measures of itself is read this often by the watcher, where its Prometheus endpoint is open. Our choice.
pub const GAUGES_EVERY_MS: i64 = 60_000;
/// A look that comes this much too early reads them all the same: looks are not exact. Our choice.
pub const GAUGES_EARLY_MS: i64 = 2_500;
/// A node whose Prometheus endpoint is closed is asked this often whether it still is: it opens with a start. Our choice.
pub const CLOSED_ASKED_EVERY_MS: i64 = 600_000;

/// Clients that send heartbeats are listed by the watcher this often. Our choice.
pub const BEATING_EVERY_MS: i64 = 60_000;
/// For how long such a list speaks where the next one fails. Our choice.
pub const BEATING_HOLDS_MS: i64 = 150_000;
/// A node that refuses such a list, or has none, is asked again after so long. Our choice.
pub const BEATING_OFF_MS: i64 = 1_800_000;

/// Services are listed by the watcher this often while a monitor runs. Our choice.
pub const SERVICES_EVERY_MS: i64 = 60_000;

/// A start that gives up has done so by then.
pub const LONGEST_START_MS: i64 = 180_000;
/// A process that began less than this ago cannot be up yet, whatever its old logs say.
pub const PROCESS_YOUNG_MS: i64 = 60_000;
/// Two lines of one start are never further apart: `Nacos is starting...` is written every second.
pub const START_GAP_MS: i64 = 15_000;
/// A JVM takes longer than this until its first such line: one that comes sooner belongs to the start before.
pub const BOOT_MS: i64 = 1_500;
/// A healthy start ends by then; beyond it is stuck. Our choice.
pub const START_STUCK_MS: i64 = 90_000;
/// Beyond this it is stuck for sure: no start on real disks took half as long.
pub const START_SURELY_STUCK_MS: i64 = 300_000;
/// The last lines of a start that failed follow within this of the one that says so.
pub const FAILED_START_ENDS_MS: i64 = 10_000;
/// The noise of a start (refused peers, elections) is over after this long.
pub const START_NOISE_MS: i64 = 150_000;
/// Attempts to reach peers are no noise any more after this long.
pub const START_SETTLES_MS: i64 = 20_000;
/// A node that started less than this ago is still loading data from its peers: its lists differ without a fault.
pub const CATCH_UP_MS: i64 = 60_000;
/// Records this long before a start belong to an earlier life of the node.
pub const EARLIER_LIFE_MS: i64 = 180_000;
/// Starts are counted over this long: a node that goes down and comes up by itself.
pub const FLAP_MS: i64 = 900_000;
/// A node that was up for longer than this between two starts did not flap then.
pub const FLAP_APART_MS: i64 = FLAP_MS / 2;
/// Minutes before the end of a node's logs that are read at least: what led to its end stands there.
pub const BEFORE_END_MS: i64 = 600_000;

/// A connection pool keeps house every 30 s, and says so itself where it is later than 45 s.
pub const PAUSE_MS: i64 = 45_000;
/// Standstills of seconds are counted over this long: a node that gets too little processor time has them all the time.
pub const STUMBLES_OVER_MS: i64 = 120_000;
/// A standstill that is this long over is history: clients and peers have come back. Our choice.
pub const PAUSE_CURRENT_MS: i64 = 600_000;
/// A standard output that goes on for this long after the start is one that all logs are written to. Our choice.
pub const CONSOLE_LOG_MS: i64 = 60_000;
/// Stop lines are at most this long before the end of a node's logs: an ordered stop, and no kill.
pub const STOP_LINES_MS: i64 = 30_000;
/// A full disk shows at most this long before the stop that it causes.
pub const DISK_FULL_BEFORE_STOP_MS: i64 = 60_000;
/// An OutOfMemoryError this long before the end explains it: the JVM limps on for minutes.
pub const OOM_BEFORE_STOP_MS: i64 = 600_000;
/// The kernel's line is at most this long after the node's last one: the times of `dmesg -T` drift.
pub const KERNEL_AFTER_STOP_MS: i64 = 600_000;
/// A line of the kernel that names another process id, or no year, is about the node if it stands within this of its last line.
pub const KERNEL_UNSURE_MS: i64 = 15_000;
/// A machine that goes down comes up within this: firmware of servers takes minutes.
pub const HOST_BOOTS_MS: i64 = 900_000;
/// What should start a node may say that it cannot this long before the node's last line: the stop takes a moment, and a line
/// of `last` has no seconds.
pub const TOLD_BEFORE_END_MS: i64 = 60_000;
/// The kernel's line is at most this long before it.
pub const KERNEL_BEFORE_STOP_MS: i64 = 120_000;
/// What peers write of a node counts for its end from this long before its last line: stamps of several files, and lines that
/// were not flushed when it was killed.
pub const BEFORE_THE_END_MS: i64 = 3_000;
/// Of a node that left no line at all, what its peers wrote within this counts. Our choice.
pub const WITHOUT_AN_END_MS: i64 = 300_000;
/// Connections that break within this of a node's last line broke because it went: a killed process.
pub const STREAMS_BREAK_MS: i64 = 13_000;
/// A node wrote about its own stop if the line stands within this of its last one: a copied log that ends early is not a stop.
pub const STOP_WORDS_MS: i64 = 60_000;
/// Peers that fail to reach a node from this long before its last line on miss it: its copy was not only taken earlier.
pub const MISSED_SINCE_MS: i64 = 5_000;
/// A node whose last line is younger than this has not fallen silent.
pub const SILENT_AT_LEAST_MS: i64 = 1_000;
/// An election that is logged up to this long before a line without a leader has answered it: two files of one node.
pub const ELECTED_BESIDE_MS: i64 = 1_000;
/// Full collections are counted over this long: a heap that is full lets nothing else run.
pub const COLLECTIONS_OVER_MS: i64 = 60_000;
/// Broken Raft files: the error and the trace that names its origin are written within so long.
pub const TORN_META_MS: i64 = 60_000;
/// A Raft group stops within this long of the write that a full or read-only volume refused.
pub const STOPS_A_GROUP_MS: i64 = 30_000;
/// The time in a crash file of the JVM and the last line of its logs: the process writes nothing after the one, and something
/// every few seconds until then.
pub const CRASH_NEAR_END_MS: i64 = 300_000;
/// Errors of a silent node are shown this long before its end.
pub const LAST_ERRORS_MS: i64 = 120_000;

/// Rotated files that were last written this long before the window hold nothing of it.
pub const ROLLED_BEFORE_MS: i64 = 3_600_000;
/// A file that ends so long after all others, of a node whose other files end where those do, was written before its clock
/// was set back.
pub const CLOCK_SET_BACK_MS: i64 = 120_000;
/// Errors that come steadily come in each of these.
pub const MINUTE_MS: i64 = 60_000;
/// A line that repeats is current if it is not older than this.
pub const LINE_CURRENT_MS: i64 = 60_000;
/// A wait that ended so much too late: the process that waited got no processor time.
pub const WOKE_LATE_MS: i64 = 500;
/// Errors that come slowly are steady if each minute of this long has one.
pub const STEADY_OVER_MS: i64 = 300_000;
/// Errors that nothing explains are counted over this long.
pub const ERRORS_OVER_MS: i64 = 120_000;
/// A failed attempt to reach a peer is current if it is not older than this: twice the longest pause between two of them.
pub const ATTEMPT_CURRENT_MS: i64 = 45_000;
/// Failed attempts are counted over this long.
pub const ATTEMPTS_OVER_MS: i64 = 90_000;
/// Failed attempts are repeated, and logged, at least this often.
pub const ATTEMPT_AGAIN_MS: i64 = 20_000;
/// Nodes wait at least about this long for an answer before they say that none came: 2.5 s for a Raft heartbeat, 3 s over
/// gRPC. An attempt that failed so long after a peer's last line began while the peer was well.
pub const ATTEMPT_WAITS_MS: i64 = 2_400;
/// Time-outs of attempts that were made side by side end within this time: a pause of a node, and no cut link.
pub const TRANSIENT_MS: i64 = 3_000;
/// The state of a member is written every five seconds: a peer that is missed in the last lines may have gone just now.
pub const MISSED_LATELY_MS: i64 = 10_000;
/// A member list that was written less than this ago need not have been taken in, and the voters of Raft follow it.
pub const MEMBERS_TAKEN_IN_MS: i64 = 15_000;
/// A peer that has not reported for this long does not reach the node: each reports to one other every two seconds, in turn.
pub const REPORT_OVERDUE_MS: i64 = 30_000;
/// The same for each node of the cluster, where it has many.
pub const REPORT_OVERDUE_PER_NODE_MS: i64 = 6_000;

/// A node that counts no connection of a peer for so long is connected to none: a link that comes back does so in seconds.
pub const NO_PEERS_OVER_MS: i64 = 60_000;

/// A node may take so long after its start to load the naming data of its peers: it asks them in turn and, where none answers,
/// again after 30 s.
pub const NAMING_LOADS_MS: i64 = 120_000;

/// A line that says that a Raft group has no leader is current if it is not older than this.
pub const NO_LEADER_CURRENT_MS: i64 = 30_000;
/// Lines must go on for this long: an election of five to seven seconds is not a group without a leader.
pub const NO_LEADER_LASTS_MS: i64 = 10_000;
/// A group may be without a leader for this long after a node went, without a fault of its own.
pub const ELECTION_MS: i64 = 30_000;

/// What one round of looking sees of a node lies this far apart at most: it may come up meanwhile.
pub const ROUND_MS: i64 = 3_000;

/// What a node says of a database that does not work is said again within this time: it tries every ten seconds.
pub const DATABASE_TRIED_MS: i64 = 30_000;

/// A database that takes no changes is heard of only when somebody publishes: what it answered this long ago still counts.
pub const DATABASE_WRITTEN_MS: i64 = 300_000;

/// An answer that took this long came late; a quiet node answers within a few hundredths of a second. On a starved machine
/// a silent port proves nothing.
pub const LATE_ANSWER_MS: u64 = 1_000;
/// A port is tried this many times, apart from each other. Fewer were made only where this machine had no time for more.
pub const PORT_TRIES: u8 = 3;
/// A request through a front door that took longer was probably given to a node that did not answer first.
pub const DOOR_SLOW_MS: u64 = 800;
/// Clients need this long to come back: 8 s after a closed connection, 25 s after a silent one.
pub const CLIENTS_BACK_MS: i64 = 30_000;
/// A node whose peers waited in vain for that long before they were refused hung before it ended; shorter, and the time-outs
/// are those of attempts that were under way. Our choice.
pub const HUNG_FIRST_MS: i64 = 15_000;
/// A cluster of 2.0 or 2.1 that works in the mode of 1.x for longer does not leave it by itself. Our choice.
pub const UPGRADE_LASTS_MS: i64 = 600_000;
/// Connections that go away together do so within this time: a client that is not closed is noticed after 20 s. Our choice.
pub const FALL_MS: i64 = 60_000;
/// A number of connections counts if it was not lower for this long. Our choice.
pub const HELD_MS: i64 = 12_000;
/// Connections that end together, where only the lines of their ends tell of them, do so within this time. Our choice.
pub const LEFT_TOGETHER_MS: i64 = 10_000;
/// Connections that went and came back again and again still do so, if they went last within this time. Our choice.
pub const WAVES_CURRENT_MS: i64 = 300_000;

/// Two samples of the monitor further apart than this leave a gap in which anything may have happened.
pub const SAMPLE_GAP_MS: i64 = 60_000;
/// An answer to "may I restart?" that is older than this says that it is old. Our choice.
pub const GATE_FRESH_MS: i64 = 120_000;
/// Connections before an outage are counted this long before a node fell silent: its last count may already lack clients that
/// left it as it died.
pub const COUNTED_BEFORE_MS: i64 = 2_000;
/// Copies that end longer than this before the moment asked for are judged at their end: from then on each node would be called
/// silent, and that is what copies made at that moment look like.
pub const COPIES_ENDED_MS: i64 = HEARTBEAT_SILENT_MS;

/// The evidence of a node holds what its logs say of this long before their last line. Our choice: what led to a stop is
/// said in the minutes before it, and the logs of a quarter of an hour travel within seconds.
pub const CAPTURED_MS: i64 = 900_000;
/// A line that names a leader and is this much later than the last one of a node is still of before its end: two clocks of one
/// cluster may differ by it, and no group elects a new leader sooner after it lost one.
pub const LEADER_STILL_BEFORE_MS: i64 = 1_000;
/// Before and after the moment at which a node went: what people are told to ask the journal of its machine for.
pub const JOURNAL_AROUND_MS: i64 = 15 * 60_000;
