//! How long things take inside a Nacos cluster of three, unless configured otherwise. Read in the source of Nacos 1.4
//! to 3.0 and of the JRaft it bundles; thresholds that are our own choice say so.

/// A node reports to one peer every two seconds, in turn: each peer is asked every `2 * (N - 1)` seconds.
pub const REPORT_TICK_MS: i64 = 2_000;
/// From 2.3.0 on, peers that are not UP are asked again every five seconds (`C01`).
pub const UNHEALTHY_REPORT_TICK_MS: i64 = 5_000;
/// Failed reports in a row after which a peer is DOWN; the first makes it SUSPICIOUS. "Connection refused" over HTTP
/// makes it DOWN at once.
pub const FAILED_REPORTS_UNTIL_DOWN: u32 = 4;
/// By then a silent peer of a cluster of three is DOWN everywhere (16 s by time-outs, 7 to 11 s from 2.3.0 on).
pub const DOWN_SEEN_BY_MS: i64 = 20_000;
/// A node that came back is UP for its peers after its first report.
pub const UP_SEEN_BY_MS: i64 = 5_000;

/// Raft heartbeat: a tenth of the election timeout.
pub const RAFT_HEARTBEAT_MS: i64 = 500;
/// Raft election timeout; values below are raised to it.
pub const RAFT_ELECTION_MS: i64 = 5_000;
/// A new leader stands after five to seven seconds, as a rule.
pub const RAFT_FAILOVER_MS: i64 = 7_000;
/// Nacos refreshes its route table every five to ten seconds: "no leader" may be said for this long after a change of
/// leader without anything being wrong.
pub const NO_LEADER_GRACE_MS: i64 = 15_000;
/// A group that has had no leader for this long has a problem (our choice: twice the grace).
pub const NO_LEADER_FAULT_MS: i64 = 30_000;
/// JRaft prints every tenth failed request to a peer: about one line in five seconds per group.
pub const RAFT_RPC_LINE_EVERY: u32 = 10;

/// Distro syncs a change after this delay.
pub const DISTRO_SYNC_DELAY_MS: i64 = 1_000;
/// Distro verifies every client with every peer this often.
pub const DISTRO_VERIFY_MS: i64 = 5_000;
/// Clients synced from a node that was killed live on for this long.
pub const SYNCED_CLIENT_EXPIRY_MS: i64 = 180_000;
/// A joining node that fails to load its Distro snapshot waits this long before it tries again.
pub const DISTRO_LOAD_RETRY_MS: i64 = 30_000;
/// After this long a start without a Distro snapshot is a fault (our choice: four tries).
pub const DISTRO_LOAD_FAULT_MS: i64 = 120_000;

/// The connection counts (`C103`) are written this often: the heartbeat of a node's logs from 2.0 on.
pub const HEARTBEAT_LINE_MS: i64 = 3_000;
/// Silence of the heartbeat that means a silent node (five beats).
pub const HEARTBEAT_SILENT_MS: i64 = 15_000;

/// A client of 2.x notices a closed socket at once and has registered again by then.
pub const CLIENT_RECONNECT_CLOSED_MS: i64 = 8_000;
/// The same for a node that fell silent without closing its sockets.
pub const CLIENT_RECONNECT_SILENT_MS: i64 = 25_000;
/// A 1.x client beats this often; its instance is unhealthy after three beats and removed after six.
pub const OLD_CLIENT_BEAT_MS: i64 = 5_000;
/// The server closes a gRPC connection that was silent this long (20 s idle, 5 s probe, 3 s loop).
pub const SERVER_EJECTS_SILENT_MS: i64 = 28_000;

/// Readiness and server status are refreshed this often.
pub const STATUS_REFRESH_MS: i64 = 5_000;
/// A healthy start ends by then; beyond it is stuck (our choice).
pub const START_STUCK_MS: i64 = 90_000;
/// Stop lines stand at most this long before the end of a node's logs.
pub const STOP_LINES_MS: i64 = 30_000;
/// A full disk shows at most this long before the stop it causes.
pub const DISK_FULL_BEFORE_STOP_MS: i64 = 60_000;
/// Stable for this long counts as over: more than three election timeouts, one expiry and one full check of the
/// configuration by the clients (our choice).
pub const STABLE_MS: i64 = 600_000;

/// Voters that a Raft group of `members` needs.
#[must_use]
pub const fn quorum(members: usize) -> usize {
    members / 2 + 1
}

/// How many more voters may be lost.
#[must_use]
pub const fn failure_tolerance(members: usize, alive: usize) -> usize {
    alive.saturating_sub(quorum(members))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quorum_counts_configured_members() {
        assert_eq!([1, 2, 3, 4, 5].map(quorum), [1, 2, 2, 3, 3]);
        assert_eq!(failure_tolerance(3, 3), 1);
        assert_eq!(failure_tolerance(3, 2), 0);
        assert_eq!(failure_tolerance(4, 3), 0, "a ghost costs the tolerance");
        assert_eq!(failure_tolerance(3, 1), 0);
    }
}
