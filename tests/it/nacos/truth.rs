//! The truth suite: a table of faults, each staged on a real cluster and judged through every source there is.
//!
//! `NODEDOWN_TRUTH=full NACOS_DIST=… cargo test --test it nacos::truth -- --nocapture` watches a quiet cluster for ten
//! minutes, stages every fault, on both versions, and prints a table: fault, source, expected, said, seconds.
//! `NODEDOWN_TRUTH=short` stages what CI does, `NODEDOWN_TRUTH=name,name` those faults only. Logs are kept from one fault to
//! the next, as on a cluster that has had a bad day. `NODEDOWN_TRUTH_KEEP=DIR` keeps copies of `conf` and `logs` as they were
//! when a fault had been judged.
//!
//! The first question is asked when the staging of a fault has returned, over the live source, and every three seconds
//! until the answer is right, for at most 90 seconds; the other sources follow one after the other, with less patience, as
//! the cluster has had its time by then. What counts is not the answer that comes in the end but the first one that is
//! confident, as [`super::verdicts`] says. The copies that were right are asked about once more when all is over.
//!
//! The suite fails where an answer is worse than `truth_expected.tsv` expects, where a source falls below its floor, and
//! where nothing was asked. Where a source cannot show the cause it may leave it open, but must not say that all is well;
//! over the API alone, "unknown" without a cause is right of a cluster in which nothing is wrong.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use super::cluster::Cluster;
use super::verdicts::{self, Answer, Expected, Judged, Row, Table, Verdict};
use super::{Said, Through, diagnose, diagnose_at};
use crate::support::nginx::GrpcDoor;

/// One fault of the table.
struct Fault {
    name: &'static str,
    /// How much of it is staged where.
    runs: Runs,
    stage: fn(&Cluster),
    /// Whether it came about: what is missing on this machine was said.
    staged: fn(&Cluster) -> bool,
    /// The cause that an expert would name first.
    expected: &'static str,
    /// The nodes that this cause is about; empty where more than one answer is right.
    nodes: &'static [&'static str],
    /// Further causes that must be named beside the first.
    beside: &'static [&'static str],
    /// What is as right.
    also: &'static [&'static str],
    /// What is as right from copies of `conf` and `logs`.
    copied: &'static [&'static str],
    /// What is as right where no file of the nodes at fault was seen.
    unseen: &'static [&'static str],
    /// It harms nothing: nothing but this advice is right, where the source can see it. Empty: it does harm.
    advice: &'static str,
    /// Nothing of the node at fault can be reached from here, so a source over the network sees no file of it.
    dark: bool,
    /// Asked over SSH without any API address as well.
    alone: bool,
    /// The logs alone tell of it, so that it can be asked about when it is over.
    later: bool,
    /// Its staging starts nodes: that they are starting is not a wrong answer for [`verdicts::STARTING`], only an open one.
    starts: bool,
    /// Nodes that must not go on running with what the fault gave them.
    spoiled: &'static [usize],
}

/// Which runs stage a fault.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Runs {
    /// `NODEDOWN_TRUTH=short`, which is what CI sets, and all below.
    Short,
    /// Every full run.
    Full,
    /// Full runs on 2.5.1.
    Only2,
}

/// What is right where it cannot be seen how a node ended.
const GONE: &[&str] = &["node.unreachable"];
const NONE: &[&str] = &[];
/// The name under which a cluster in which nothing happens is asked for.
const QUIET: &str = "quiet";
const GHOST: &str = "10.79.250.250:8848";
const N3: &[&str] = &["n3"];

const PLAIN: Fault = Fault {
    name: "",
    runs: Runs::Full,
    stage: |_| {},
    staged: |_| true,
    expected: "none",
    nodes: &[],
    beside: NONE,
    also: NONE,
    copied: NONE,
    unseen: NONE,
    advice: "",
    dark: false,
    alone: false,
    later: false,
    starts: false,
    spoiled: &[],
};

/// Node 3 is stopped in an orderly way and starts with further settings.
fn restart_with(cluster: &Cluster, settings: &str) {
    cluster.signal(3, "TERM");
    cluster.set_properties(3, settings);
    cluster.start_node(3);
}

/// Node 3 is ended by that signal and was started so many seconds ago.
fn restarted_for(cluster: &Cluster, signal: &str, seconds: u64) {
    cluster.signal(3, signal);
    cluster.start_node(3);
    std::thread::sleep(Duration::from_secs(seconds));
}

/// Node 3 is stopped and finds its port taken when it starts.
fn port_taken(cluster: &Cluster, port: u16) {
    cluster.signal(3, "TERM");
    cluster.occupy(3, port);
    cluster.start_node(3);
}

fn shut_off_from(cluster: &Cluster, node: usize, peers: &[usize]) {
    for peer in peers {
        cluster.filter_rule(node, &["INPUT", "-s", &cluster.address(*peer), "-p", "tcp", "-j", "DROP"]);
        cluster.filter_rule(node, &["OUTPUT", "-d", &cluster.address(*peer), "-p", "tcp", "-j", "DROP"]);
    }
}

/// A front door in front of all nodes.
fn door(cluster: &Cluster, grpc: GrpcDoor) {
    cluster.start_door(&cluster.addresses(), grpc);
}

fn has_door(cluster: &Cluster) -> bool {
    cluster.door().is_some()
}

const UNREACHABLE_DATABASE: &str = "spring.sql.init.platform=mysql\ndb.num=1\ndb.user=nacos\ndb.password=nacos\n\
     db.url.0=jdbc:mysql://10.79.250.250:3306/nacos?connectTimeout=1000&socketTimeout=3000\n";

/// In the order in which they are staged: what cannot be undone comes last.
const FAULTS: &[Fault] = &[
    Fault {
        name: "clean-stop",
        stage: |c| c.signal(3, "TERM"),
        expected: "node.stopped_clean",
        nodes: N3,
        unseen: GONE,
        later: true,
        alone: true,
        ..PLAIN
    },
    Fault {
        name: "killed",
        stage: |c| c.signal(3, "KILL"),
        expected: "node.killed",
        nodes: N3,
        unseen: GONE,
        later: true,
        alone: true,
        ..PLAIN
    },
    Fault {
        name: "leader-killed",
        runs: Runs::Only2,
        stage: |c| c.signal(1, "KILL"),
        expected: "node.killed",
        nodes: &["n1"],
        unseen: GONE,
        later: true,
        ..PLAIN
    },
    Fault {
        name: "leader-stopped",
        runs: Runs::Only2,
        stage: |c| c.signal(1, "TERM"),
        expected: "node.stopped_clean",
        nodes: &["n1"],
        unseen: GONE,
        later: true,
        ..PLAIN
    },
    Fault { name: "frozen", stage: |c| c.signal(3, "STOP"), expected: "node.hung", nodes: N3, later: true, ..PLAIN },
    Fault {
        name: "leader-frozen",
        runs: Runs::Only2,
        stage: |c| c.signal(1, "STOP"),
        expected: "node.hung",
        nodes: &["n1"],
        later: true,
        ..PLAIN
    },
    Fault {
        name: "jvm-crash",
        runs: Runs::Short,
        stage: |c| c.signal(3, "SEGV"),
        expected: "node.jvm_crash",
        nodes: N3,
        // They have no hs_err file of the home.
        copied: &["node.killed"],
        unseen: GONE,
        later: true,
        ..PLAIN
    },
    Fault {
        name: "oom-killed",
        stage: |c| c.starve(3),
        staged: |c| c.is_gone(3),
        expected: "node.oom_killed",
        nodes: N3,
        // The kernel log is not among what was copied.
        copied: &["node.killed"],
        unseen: GONE,
        ..PLAIN
    },
    Fault {
        name: "small-heap",
        stage: |c| {
            c.signal(3, "TERM");
            c.start_node_as(3, &["-p", "embedded"], "-Xms24m -Xmx40m");
        },
        expected: "node.oom_java",
        nodes: N3,
        unseen: &["node.unreachable", "node.hung"],
        spoiled: &[3],
        starts: true,
        ..PLAIN
    },
    Fault {
        name: "disk-full",
        stage: |c| c.fill_disk(3),
        expected: "node.disk_full",
        nodes: N3,
        unseen: &["node.unreachable", "node.hung", "raft.storage_corrupt"],
        spoiled: &[3],
        ..PLAIN
    },
    Fault {
        name: "disk-frozen",
        stage: |c| c.freeze_disk(3),
        staged: |c| c.has_own_disk(3),
        expected: "node.hung",
        nodes: N3,
        unseen: &["node.unreachable"],
        spoiled: &[3],
        alone: true,
        ..PLAIN
    },
    Fault {
        name: "raft-cut-leader",
        stage: |c| cut(c, 1, 2, 7848),
        expected: "raft.link_broken",
        nodes: &["n1", "n2"],
        later: true,
        alone: true,
        ..PLAIN
    },
    Fault {
        name: "raft-cut-others",
        runs: Runs::Short,
        stage: |c| cut(c, 2, 3, 7848),
        expected: "raft.link_broken",
        nodes: &["n2", "n3"],
        alone: true,
        ..PLAIN
    },
    Fault {
        name: "raft-cut-survivors",
        stage: |c| {
            c.signal(3, "KILL");
            cut(c, 1, 2, 7848);
        },
        expected: "cluster.quorum_lost",
        also: &["raft.no_leader", "raft.link_broken"],
        // The leader that is missing stands beside it then.
        unseen: GONE,
        later: true,
        ..PLAIN
    },
    Fault {
        name: "raft-dropped",
        runs: Runs::Only2,
        stage: |c| c.drop_packets(None, 3, 7848),
        expected: "raft.link_broken",
        nodes: &[],
        also: &["net.port_blocked"],
        ..PLAIN
    },
    Fault {
        name: "raft-one-way",
        runs: Runs::Only2,
        stage: |c| c.drop_packets(Some(1), 3, 7848),
        expected: "raft.link_broken",
        nodes: &["n1", "n3"],
        also: &["net.one_way"],
        ..PLAIN
    },
    Fault {
        name: "grpc-rejected",
        stage: |c| {
            c.reject(None, 3, 9848);
            c.reject(None, 3, 9849);
        },
        expected: "net.grpc_blocked",
        nodes: N3,
        later: true,
        ..PLAIN
    },
    Fault {
        name: "grpc-dropped",
        stage: |c| {
            c.drop_packets(None, 3, 9848);
            c.drop_packets(None, 3, 9849);
        },
        expected: "net.grpc_blocked",
        nodes: N3,
        alone: true,
        ..PLAIN
    },
    Fault {
        name: "client-grpc-only",
        runs: Runs::Only2,
        stage: |c| c.drop_packets(None, 3, 9848),
        expected: "net.grpc_blocked",
        nodes: N3,
        ..PLAIN
    },
    Fault {
        name: "peer-grpc-only",
        runs: Runs::Only2,
        stage: |c| c.reject(None, 3, 9849),
        expected: "net.grpc_blocked",
        nodes: N3,
        later: true,
        ..PLAIN
    },
    Fault {
        name: "http-dropped",
        runs: Runs::Only2,
        stage: |c| c.drop_packets(None, 3, 8848),
        expected: "net.port_blocked",
        nodes: N3,
        ..PLAIN
    },
    Fault {
        name: "one-way",
        stage: |c| c.drop_packets(Some(1), 3, 9849),
        expected: "net.one_way",
        nodes: &["n1", "n3"],
        // For some seconds the API shows no more than that the nodes do not agree, and the answer says what that may be.
        unseen: &["members.disagree"],
        later: true,
        alone: true,
        ..PLAIN
    },
    Fault {
        name: "isolated",
        stage: |c| {
            c.filter_rule(3, &["INPUT", "-i", "eth0", "-p", "tcp", "-j", "DROP"]);
            c.filter_rule(3, &["OUTPUT", "-o", "eth0", "-p", "tcp", "-j", "DROP"]);
        },
        expected: "node.isolated",
        nodes: N3,
        unseen: GONE,
        dark: true,
        ..PLAIN
    },
    Fault {
        name: "isolated-from-peers",
        runs: Runs::Short,
        stage: |c| shut_off_from(c, 3, &[1, 2]),
        expected: "node.isolated",
        nodes: N3,
        later: true,
        alone: true,
        ..PLAIN
    },
    Fault {
        name: "leader-isolated",
        runs: Runs::Only2,
        stage: |c| shut_off_from(c, 1, &[2, 3]),
        expected: "node.isolated",
        nodes: &["n1"],
        later: true,
        ..PLAIN
    },
    Fault {
        name: "all-apart",
        runs: Runs::Only2,
        stage: |c| {
            shut_off_from(c, 1, &[2, 3]);
            shut_off_from(c, 2, &[3]);
        },
        expected: "cluster.quorum_lost",
        also: &["node.isolated", "net.port_blocked", "net.grpc_blocked", "raft.no_leader", "raft.link_broken"],
        ..PLAIN
    },
    Fault {
        name: "third-lost",
        runs: Runs::Only2,
        stage: |c| {
            for chain in ["INPUT", "OUTPUT"] {
                let rule =
                    [chain, "-p", "tcp", "-m", "statistic", "--mode", "random", "--probability", "0.3", "-j", "DROP"];
                c.filter_rule(3, &rule);
            }
        },
        expected: "net.lossy",
        also: &["net.port_blocked", "net.grpc_blocked"],
        // Requests of Raft that time out again and again are all that the logs have of it.
        copied: &["raft.link_broken"],
        ..PLAIN
    },
    Fault {
        name: "torn-conf",
        runs: Runs::Short,
        stage: |c| c.tear_conf(2),
        expected: "config.cluster_conf_malformed",
        nodes: &["n2"],
        unseen: &["members.disagree", "members.ghost"],
        ..PLAIN
    },
    Fault {
        name: "malformed-conf",
        stage: |c| c.append_member(2, "10.0.0.9:8848?raft_port=1"),
        expected: "config.cluster_conf_malformed",
        nodes: &["n2"],
        unseen: &["members.disagree", "members.ghost"],
        ..PLAIN
    },
    Fault {
        name: "extra-member",
        stage: |c| c.append_member(2, GHOST),
        expected: "config.cluster_conf_drift",
        nodes: &["n2"],
        unseen: &["members.disagree", "members.ghost"],
        alone: true,
        ..PLAIN
    },
    Fault {
        name: "killed-and-extra-member",
        runs: Runs::Only2,
        stage: |c| {
            c.append_member(2, GHOST);
            c.signal(3, "KILL");
        },
        expected: "node.killed",
        nodes: N3,
        unseen: GONE,
        ..PLAIN
    },
    Fault {
        name: "killed-and-grpc-rejected",
        runs: Runs::Only2,
        stage: |c| {
            c.reject(None, 2, 9848);
            c.reject(None, 2, 9849);
            c.signal(3, "KILL");
        },
        expected: "node.killed",
        nodes: N3,
        unseen: GONE,
        ..PLAIN
    },
    Fault {
        name: "ghost",
        stage: |c| c.nodes().for_each(|node| c.append_member(node, GHOST)),
        expected: "members.ghost",
        ..PLAIN
    },
    Fault {
        name: "dead-behind-door",
        stage: |c| {
            door(c, GrpcDoor::Passed);
            c.signal(3, "KILL");
        },
        expected: "node.killed",
        nodes: N3,
        beside: &["door.stale_upstream"],
        staged: has_door,
        unseen: GONE,
        ..PLAIN
    },
    Fault {
        name: "frozen-behind-door",
        runs: Runs::Only2,
        stage: |c| {
            door(c, GrpcDoor::Passed);
            c.signal(3, "STOP");
        },
        expected: "node.hung",
        nodes: N3,
        beside: &["door.stale_upstream"],
        staged: has_door,
        ..PLAIN
    },
    Fault {
        name: "door-lists-nobody",
        stage: |c| {
            // An address of the nodes' own network that nobody has.
            let listed: Vec<String> = c.addresses().into_iter().chain([format!("{}:8848", c.address(99))]).collect();
            c.start_door(&listed, GrpcDoor::Passed);
        },
        expected: "door.stale_upstream",
        staged: has_door,
        ..PLAIN
    },
    Fault {
        name: "http-door-for-grpc",
        stage: |c| door(c, GrpcDoor::Http),
        expected: "door.grpc_not_forwarded",
        staged: has_door,
        ..PLAIN
    },
    Fault {
        name: "http-proxy-on-the-way",
        stage: |c| c.put_http_proxy_before(3, 9848),
        staged: |c| c.has_proxy(),
        expected: "door.grpc_not_forwarded",
        nodes: N3,
        also: &["net.grpc_blocked"],
        ..PLAIN
    },
    Fault {
        name: "door-without-grpc",
        runs: Runs::Only2,
        stage: |c| door(c, GrpcDoor::Shut),
        expected: "door.grpc_not_forwarded",
        staged: has_door,
        ..PLAIN
    },
    Fault {
        name: "http-port-taken",
        stage: |c| port_taken(c, 8848),
        expected: "node.start_failed",
        nodes: N3,
        unseen: &["node.unreachable", "node.hung"],
        spoiled: &[3],
        later: true,
        starts: true,
        ..PLAIN
    },
    Fault {
        name: "java-refuses",
        runs: Runs::Only2,
        stage: |c| {
            c.signal(3, "TERM");
            c.start_node_as(3, &["-p", "embedded"], "-Xms4g -Xmx1g");
        },
        expected: "node.start_failed",
        nodes: N3,
        unseen: GONE,
        spoiled: &[3],
        starts: true,
        ..PLAIN
    },
    Fault {
        name: "raft-port-taken",
        runs: Runs::Only2,
        stage: |c| port_taken(c, 7848),
        expected: "node.start_failed",
        nodes: N3,
        unseen: &["node.unreachable", "node.hung", "node.stuck_starting", "node.starting"],
        spoiled: &[3],
        starts: true,
        ..PLAIN
    },
    Fault {
        name: "grpc-port-taken",
        runs: Runs::Only2,
        stage: |c| port_taken(c, 9848),
        expected: "node.start_failed",
        nodes: N3,
        unseen: &["node.unreachable", "node.hung", "node.stuck_starting", "node.starting"],
        spoiled: &[3],
        starts: true,
        ..PLAIN
    },
    Fault {
        name: "database-unreachable",
        stage: |c| {
            c.signal(3, "TERM");
            c.set_properties(3, UNREACHABLE_DATABASE);
            c.start_node_as(3, &[], "-Xms256m -Xmx384m");
        },
        expected: "config.db_drift",
        nodes: N3,
        unseen: &["node.unreachable", "node.hung"],
        spoiled: &[3],
        starts: true,
        ..PLAIN
    },
    Fault {
        name: "short-secret",
        stage: |c| {
            restart_with(
                c,
                "nacos.core.auth.enabled=true\nnacos.core.auth.plugin.nacos.token.secret.key=dG9vc2hvcnQ=\n",
            );
        },
        expected: "config.auth_drift",
        nodes: N3,
        also: &["node.start_failed"],
        unseen: &["node.unreachable", "node.hung"],
        spoiled: &[3],
        starts: true,
        ..PLAIN
    },
    Fault {
        name: "other-identity",
        runs: Runs::Only2,
        stage: |c| restart_with(c, "nacos.core.auth.server.identity.value=another\n"),
        expected: "config.auth_drift",
        nodes: N3,
        // It is starting then, and refuses.
        unseen: &["node.stuck_starting", "node.starting", "node.unreachable"],
        spoiled: &[3],
        starts: true,
        ..PLAIN
    },
    Fault {
        name: "other-settings",
        runs: Runs::Only2,
        stage: |c| restart_with(c, "nacos.naming.expireInstance=false\n"),
        expected: "config.properties_drift",
        nodes: N3,
        // It is starting then, and refuses.
        unseen: &["node.stuck_starting", "node.starting", "node.unreachable"],
        spoiled: &[3],
        starts: true,
        ..PLAIN
    },
    Fault {
        name: "other-mode",
        runs: Runs::Only2,
        stage: |c| {
            c.signal(3, "TERM");
            c.start_node_as(3, &["-p", "embedded", "-f", "naming"], "-Xms256m -Xmx384m");
        },
        expected: "config.flags_drift",
        nodes: N3,
        unseen: &["node.unreachable", "node.hung", "node.stuck_starting", "node.starting"],
        spoiled: &[3],
        starts: true,
        ..PLAIN
    },
    Fault {
        name: "name-nobody-knows",
        runs: Runs::Only2,
        stage: |c| c.nodes().for_each(|node| c.append_member(node, "nacos-9.invalid:8848")),
        expected: "net.dns",
        also: &["members.ghost"],
        ..PLAIN
    },
    Fault {
        name: "changed-and-not-restarted",
        runs: Runs::Only2,
        stage: |c| c.set_properties(2, "nacos.core.auth.enabled=true\n"),
        expected: "config.auth_drift",
        nodes: &["n2"],
        ..PLAIN
    },
    Fault {
        name: "filtered-from-here",
        runs: Runs::Only2,
        stage: |c| c.filter_rule(3, &["INPUT", "-s", &c.here(), "-p", "tcp", "-j", "DROP"]),
        expected: "node.unreachable",
        nodes: N3,
        also: &["net.port_blocked"],
        ..PLAIN
    },
    Fault {
        name: "restarting",
        stage: |c| restarted_for(c, "KILL", 0),
        expected: "node.starting",
        nodes: N3,
        unseen: GONE,
        ..PLAIN
    },
    Fault {
        name: "restarted-5s-ago",
        stage: |c| restarted_for(c, "TERM", 5),
        expected: "node.starting",
        nodes: N3,
        unseen: GONE,
        ..PLAIN
    },
    Fault {
        name: "restarted-15s-ago",
        runs: Runs::Only2,
        stage: |c| restarted_for(c, "TERM", 15),
        expected: "node.starting",
        nodes: N3,
        unseen: GONE,
        ..PLAIN
    },
    Fault {
        name: "restarted-30s-ago",
        runs: Runs::Only2,
        stage: |c| restarted_for(c, "TERM", 30),
        expected: "node.starting",
        nodes: N3,
        unseen: GONE,
        ..PLAIN
    },
    Fault {
        name: "started-twice",
        stage: |c| c.start_a_second_time(3),
        expected: "none",
        advice: "node.second_start",
        ..PLAIN
    },
    Fault {
        name: "started-twice-and-killed",
        stage: |c| {
            c.start_a_second_time(3);
            c.signal(3, "KILL");
        },
        expected: "node.killed",
        nodes: N3,
        unseen: GONE,
        later: true,
        ..PLAIN
    },
    Fault {
        name: "stuttering",
        stage: |c| c.stutter(3),
        expected: "node.hung",
        nodes: N3,
        also: &["node.overloaded", "node.paused"],
        // Calls of Raft that time out now and then are all that the logs have of it.
        copied: &["raft.link_broken"],
        alone: true,
        ..PLAIN
    },
    Fault {
        name: "no-more-files",
        stage: |c| c.use_up_files(3),
        expected: "node.files_exhausted",
        nodes: N3,
        unseen: &["node.unreachable", "node.hung", "node.overloaded"],
        spoiled: &[3],
        ..PLAIN
    },
    Fault {
        name: "no-more-threads",
        runs: Runs::Only2,
        stage: |c| c.start_with_threads(3, 70),
        staged: |c| c.has_thread_limit(3),
        expected: "node.threads_exhausted",
        nodes: N3,
        unseen: &["node.unreachable", "node.hung"],
        spoiled: &[3],
        starts: true,
        ..PLAIN
    },
    Fault {
        name: "data-of-another",
        stage: |c| c.share_data(3, 2),
        expected: "node.data_in_use",
        nodes: N3,
        unseen: &["node.unreachable", "node.hung"],
        spoiled: &[3],
        starts: true,
        ..PLAIN
    },
    Fault {
        name: "crash-loop",
        stage: |c| {
            c.supervise_with(
                3,
                "nacos.core.auth.enabled=true\nnacos.core.auth.plugin.nacos.token.secret.key=dG9vc2hvcnQ=\n",
            );
            // Three starts or so.
            std::thread::sleep(Duration::from_secs(75));
        },
        expected: "node.flapping",
        nodes: N3,
        also: &["config.auth_drift", "node.start_failed"],
        unseen: GONE,
        spoiled: &[3],
        starts: true,
        ..PLAIN
    },
    Fault {
        name: "voter-missing",
        runs: Runs::Only2,
        stage: |c| c.take_from_raft(3),
        expected: "raft.member_mismatch",
        nodes: N3,
        spoiled: &[3],
        ..PLAIN
    },
    Fault {
        name: "clock-ahead",
        stage: |c| c.put_clock_ahead(3, 420),
        staged: |c| c.has_own_clock(3),
        expected: "clock.skew",
        nodes: N3,
        spoiled: &[3],
        ..PLAIN
    },
    Fault {
        name: "name-mistaken",
        runs: Runs::Only2,
        stage: |c| c.mistake_the_name_of(2, 3),
        expected: "net.dns",
        nodes: N3,
        // What the name means to a node, neither the API nor a copy of its home tells.
        copied: &["net.one_way"],
        unseen: &["net.one_way", "net.port_blocked"],
        spoiled: &[1, 2, 3],
        starts: true,
        ..PLAIN
    },
    Fault { name: "published-ports", stage: Cluster::publish_ports, expected: "none", ..PLAIN },
    Fault {
        name: "private-ca",
        stage: |c| c.put_private_ca_before(3),
        staged: Cluster::has_proxy,
        expected: "none",
        ..PLAIN
    },
    Fault {
        name: "all-stand-alone",
        runs: Runs::Only2,
        stage: Cluster::start_stand_alone,
        expected: "config.mode",
        spoiled: &[1, 2, 3],
        starts: true,
        ..PLAIN
    },
    Fault {
        name: "database-gone",
        runs: Runs::Only2,
        stage: |c| {
            if c.move_to_database() {
                c.kill_database();
            }
        },
        staged: Cluster::has_database,
        expected: "db.unreachable",
        spoiled: &[1, 2, 3],
        ..PLAIN
    },
    Fault {
        name: "database-refuses-login",
        runs: Runs::Only2,
        stage: |c| {
            if c.move_to_database() {
                c.refuse_logins();
            }
        },
        staged: Cluster::has_database,
        expected: "db.refuses",
        // Why, the logs tell when the pool has tried for 30 s.
        copied: &["db.unreachable"],
        unseen: &["db.unreachable"],
        spoiled: &[1, 2, 3],
        ..PLAIN
    },
    Fault {
        name: "database-of-old-schema",
        runs: Runs::Only2,
        stage: |c| {
            if c.start_database() {
                c.make_schema_old();
                c.nodes().for_each(|node| c.onto_database(node));
                c.wait_for_line(1, "logs/config-fatal.log", "Unknown column");
            }
        },
        staged: Cluster::has_database,
        expected: "db.refuses",
        unseen: &["cluster.quorum_lost", "node.unreachable", "node.hung", "db.unreachable"],
        spoiled: &[1, 2, 3],
        starts: true,
        ..PLAIN
    },
    Fault {
        name: "frozen-while-starting",
        runs: Runs::Only2,
        stage: |c| {
            c.signal(3, "KILL");
            c.start_node(3);
            std::thread::sleep(Duration::from_secs(6));
            c.signal(3, "STOP");
        },
        expected: "node.hung",
        nodes: N3,
        also: &["node.stuck_starting"],
        unseen: &["node.unreachable", "node.killed"],
        spoiled: &[3],
        starts: true,
        ..PLAIN
    },
    Fault {
        name: "flapping",
        runs: Runs::Only2,
        stage: |c| {
            for _ in 0..4 {
                c.signal(3, "KILL");
                c.start_node(3);
                // One that hangs in its start is killed all the same.
                c.up_within(3, Duration::from_secs(120));
            }
            c.signal(3, "KILL");
        },
        expected: "node.flapping",
        nodes: N3,
        unseen: GONE,
        later: true,
        ..PLAIN
    },
    Fault {
        name: "raft-log-unreadable",
        runs: Runs::Short,
        stage: |c| {
            c.signal(3, "TERM");
            c.spoil_raft_log(3);
            c.start_node(3);
        },
        expected: "raft.storage_corrupt",
        nodes: N3,
        unseen: &["node.unreachable", "node.hung"],
        spoiled: &[3],
        later: true,
        alone: true,
        starts: true,
        ..PLAIN
    },
    Fault {
        name: "snapshot-unreadable",
        runs: Runs::Only2,
        stage: |c| {
            c.spoil_snapshots(3);
            c.start_node(3);
        },
        expected: "raft.storage_corrupt",
        nodes: N3,
        unseen: &["node.unreachable", "node.hung"],
        spoiled: &[3],
        starts: true,
        ..PLAIN
    },
    Fault {
        name: "restarted-alone",
        runs: Runs::Only2,
        stage: |c| {
            c.nodes().for_each(|node| c.signal(node, "KILL"));
            c.start_node(1);
        },
        expected: "cluster.quorum_lost",
        // The one that starts does not say who else votes.
        unseen: GONE,
        starts: true,
        ..PLAIN
    },
    Fault {
        name: "raft-meta-unreadable",
        runs: Runs::Only2,
        stage: |c| {
            c.signal(3, "TERM");
            c.spoil_raft_meta(3);
            c.start_node(3);
        },
        expected: "raft.storage_corrupt",
        nodes: N3,
        unseen: &["node.unreachable", "node.hung"],
        spoiled: &[3],
        later: true,
        starts: true,
        ..PLAIN
    },
    Fault {
        name: "no-database",
        runs: Runs::Only2,
        stage: |c| {
            for node in c.nodes() {
                c.signal(node, "TERM");
                c.set_properties(node, UNREACHABLE_DATABASE);
            }
            c.nodes().for_each(|node| c.start_node_as(node, &[], "-Xms256m -Xmx384m"));
        },
        expected: "db.unreachable",
        unseen: &["cluster.quorum_lost", "node.unreachable", "node.hung", "node.stuck_starting", "node.starting"],
        spoiled: &[1, 2, 3],
        starts: true,
        ..PLAIN
    },
    Fault {
        name: "two-stopped",
        runs: Runs::Only2,
        stage: |c| [2, 3].into_iter().for_each(|node| c.signal(node, "TERM")),
        expected: "cluster.quorum_lost",
        later: true,
        ..PLAIN
    },
    Fault {
        name: "stopped-and-killed",
        runs: Runs::Only2,
        stage: |c| {
            c.signal(1, "TERM");
            c.signal(2, "KILL");
        },
        expected: "cluster.quorum_lost",
        ..PLAIN
    },
    Fault {
        name: "killed-and-frozen",
        runs: Runs::Only2,
        stage: |c| {
            c.signal(2, "STOP");
            c.signal(3, "KILL");
        },
        expected: "cluster.quorum_lost",
        later: true,
        ..PLAIN
    },
    Fault {
        name: "two-killed",
        stage: |c| [2, 3].into_iter().for_each(|node| c.signal(node, "KILL")),
        expected: "cluster.quorum_lost",
        later: true,
        alone: true,
        ..PLAIN
    },
    Fault {
        name: "all-killed",
        stage: |c| c.nodes().for_each(|node| c.signal(node, "KILL")),
        expected: "cluster.quorum_lost",
        also: &["node.killed"],
        unseen: GONE,
        ..PLAIN
    },
    Fault {
        name: "missing-member",
        stage: |c| c.remove_member(2, 3),
        expected: "config.cluster_conf_drift",
        nodes: &["n2"],
        unseen: &["members.disagree", "raft.member_mismatch"],
        ..PLAIN
    },
];

#[tokio::test]
async fn truth_on_2_5_1() {
    suite("2.5.1").await;
}

#[tokio::test]
async fn truth_on_3_0_3() {
    suite("3.0.3").await;
}

async fn suite(version: &'static str) {
    let Ok(wanted) = std::env::var("NODEDOWN_TRUTH") else {
        crate::support::aloud(&format!(
            "SKIPPED: NODEDOWN_TRUTH is not set, so the truth suite was not run on Nacos {version}"
        ));
        return;
    };
    let wanted: BTreeSet<&str> = wanted.split(',').collect();
    let no_fault = ["full", "short", QUIET, "polite"];
    let known = |name: &str| no_fault.contains(&name) || FAULTS.iter().any(|fault| fault.name == name);
    assert!(wanted.iter().all(|name| known(name)), "NODEDOWN_TRUTH names what is not there: {wanted:?}");
    if wanted.len() == 1 && wanted.contains("polite") {
        return;
    }
    if wanted.contains("short") && version.starts_with('3') {
        crate::support::aloud("The short truth suite is for 2.5.1; 3.0.3 has the situations of its own test");
        return;
    }
    let full = if version.starts_with('2') { Runs::Only2 } else { Runs::Full };
    let staged = |fault: &&Fault| {
        wanted.contains("full") && fault.runs <= full
            || wanted.contains("short") && fault.runs == Runs::Short
            || wanted.contains(fault.name)
    };
    let Some(mut cluster) = with_ssh(version).await else { return };
    let table = Table::checked_in();
    let mut rows = Vec::new();
    if wanted.contains("full") || wanted.contains(QUIET) {
        stays_quiet(&cluster, Duration::from_secs(600), &mut rows);
    }
    let mut faults = FAULTS.iter().filter(staged).peekable();
    while let Some(fault) = faults.next() {
        (fault.stage)(&cluster);
        let moment = if (fault.staged)(&cluster) { judge(&cluster, fault, &table, &mut rows) } else { None };
        if let Some(keep) = std::env::var_os("NODEDOWN_TRUTH_KEEP") {
            copy_homes(&cluster, &std::path::Path::new(&keep).join(version).join(fault.name));
        }
        if faults.peek().is_none() {
            break;
        }
        if let Err(last) = cluster.restore(fault.spoiled).map(|()| calms_down(&cluster, fault)) {
            crate::support::aloud(&format!(
                "Nacos {version} itself did not come back after {}: what follows is tried on another cluster\n{last}",
                fault.name
            ));
            drop(cluster);
            let Some(another) = with_ssh(version).await else { break };
            cluster = another;
            continue;
        }
        if let Some(moment) = moment.filter(|_| fault.later) {
            let said = diagnose_at(&cluster, Through::Later, Some(&moment));
            let answer = heard(fault, (Through::Later, Expected::Right), &said, Duration::ZERO);
            note((fault.name, fault.expected), Through::Later, &[answer], &mut rows);
        }
    }
    report(version, &rows, &table);
}

/// Waits until the logs say nothing of the fault any more, at most as long as they would.
fn calms_down(cluster: &Cluster, fault: &Fault) {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(120) {
        if diagnose(cluster, Through::Copies).health == "healthy" {
            return;
        }
        std::thread::sleep(Duration::from_secs(5));
    }
    crate::support::aloud(&format!("{}: two minutes after its end the copies still tell of it", fault.name));
}

async fn with_ssh(version: &'static str) -> Option<Cluster> {
    let mut cluster = Cluster::start(version, 3).await?;
    if !cluster.open_ssh() {
        crate::support::aloud("SKIPPED: no sshd here, so nothing was asked over SSH");
    }
    Some(cluster)
}

/// Watches a cluster in which nothing happens: no finding but advice, through any source. The first answer of each is a row.
fn stays_quiet(cluster: &Cluster, for_: Duration, rows: &mut Vec<Row>) {
    let begun = Instant::now();
    let sources = [Through::Live, Through::Ssh, Through::ApiOnly, Through::Copies];
    let mut asked = 0;
    // A door that passes everything on is not a finding either.
    door(cluster, GrpcDoor::Passed);
    // It has only just come up: what it says of that is right, and not asked about here.
    std::thread::sleep(Duration::from_secs(60));
    for through in sources.into_iter().cycle() {
        if begun.elapsed() > for_ {
            break;
        }
        if through == Through::Ssh && !cluster.has_ssh() {
            continue;
        }
        let said = diagnose(cluster, through);
        let findings = said.whole["findings"].as_array().expect("findings");
        let loud: Vec<_> = findings.iter().filter(|finding| finding["outcome"] != "advice").collect();
        assert!(
            loud.is_empty(),
            "a quiet cluster after {} s through {through:?}: {loud:#?}",
            begun.elapsed().as_secs()
        );
        if asked < sources.len() {
            let answer = Answer { after: begun.elapsed(), verdict: weigh_quiet(through, &said), said: in_short(&said) };
            note((QUIET, "none"), through, &[answer], rows);
        }
        asked += 1;
        std::thread::sleep(Duration::from_secs(10));
    }
    cluster.end_door();
    crate::support::aloud(&format!("quiet for {} s: {asked} diagnoses, no finding but advice", for_.as_secs()));
}

/// Asks through the live source until it is right, and through the others then. The moment for which copies were right.
fn judge(cluster: &Cluster, fault: &Fault, table: &Table, rows: &mut Vec<Row>) -> Option<String> {
    let begun = Instant::now();
    for through in [Through::Live, Through::Ssh, Through::SshAlone, Through::ApiOnly, Through::Copies] {
        let over_ssh = matches!(through, Through::Ssh | Through::SshAlone);
        if over_ssh && !cluster.has_ssh() || !is_asked(fault, through) {
            continue;
        }
        let expected = table.expected(fault.name, through);
        let at_most = match through {
            Through::Live => 90,
            _ if expected == Expected::NoTrace => 10,
            Through::Copies => 60,
            _ => 20,
        };
        let at_most = Duration::from_secs(at_most);
        let asked = Instant::now();
        let mut answers = Vec::new();
        let (said, verdict) = loop {
            let said = diagnose(cluster, through);
            let answer = heard(fault, (through, expected), &said, begun.elapsed());
            let verdict = answer.verdict;
            answers.push(answer);
            if verdict == Verdict::Right || asked.elapsed() > at_most {
                break (said, verdict);
            }
            std::thread::sleep(Duration::from_secs(3));
        };
        note((fault.name, fault.expected), through, &answers, rows);
        if through == Through::Copies && verdict == Verdict::Right {
            return said.whole["at"].as_str().map(str::to_owned);
        }
    }
    None
}

/// Whether a full run asks that source about that fault.
fn is_asked(fault: &Fault, through: Through) -> bool {
    match through {
        Through::SshAlone => fault.alone,
        Through::Later => fault.later,
        Through::Live | Through::Ssh | Through::ApiOnly | Through::Copies => true,
    }
}

/// An answer, weighed; one that is neither right nor open is printed as a whole.
fn heard(fault: &Fault, (through, expected): (Through, Expected), said: &Said, after: Duration) -> Answer {
    let verdict = weigh(fault, (through, expected), said, after);
    let is_left_open = verdict == Verdict::Unknown && expected == Expected::Right && said.top() == "none";
    if matches!(verdict, Verdict::Wrong | Verdict::FalseAllClear) || is_left_open {
        crate::support::aloud(&format!("{} through {through:?}: {:#}", fault.name, said.whole));
    }
    Answer { after, verdict, said: in_short(said) }
}

fn in_short(said: &Said) -> String {
    let nodes = said.causes.first().map(|(_, nodes)| nodes.iter().cloned().collect::<Vec<_>>().join(","));
    format!("{} {} ({}, exit {})", said.top(), nodes.unwrap_or_default(), said.health, said.exit)
}

/// Keeps and prints what the answers of one source come to.
fn note((fault, expected): (&'static str, &str), through: Through, answers: &[Answer], rows: &mut Vec<Row>) {
    let row = Row { fault, through, judged: Judged::of(answers).expect("an answer") };
    print(&row, expected);
    rows.push(row);
}

fn weigh(fault: &Fault, (through, expected): (Through, Expected), said: &Said, after: Duration) -> Verdict {
    let top = said.top();
    let copied = matches!(through, Through::Copies | Through::Later);
    // Copies say nothing of what stands in front of the nodes.
    let beside = copied || fault.beside.iter().all(|code| said.causes.iter().any(|(named, _)| named == code));
    let unseen = through == Through::ApiOnly || through == Through::Ssh && fault.dark;
    let named = said.causes.first().is_some_and(|(_, nodes)| {
        fault.nodes.is_empty()
            || fault.nodes.iter().all(|node| nodes.contains(*node)) && nodes.len() == fault.nodes.len()
    });
    let first = top == fault.expected && named
        || fault.also.contains(&top)
        || unseen && fault.unseen.contains(&top)
        || copied && fault.copied.contains(&top);
    // Which node is gone, and that it is not known how it went: nobody is sent the wrong way, but the question is open.
    let says_only_who_is_gone = top == "node.unreachable" && named && fault.unseen.contains(&top);
    // Of a node that was started just now there is nothing else to be seen yet.
    let starts = matches!(top, "node.starting" | "node.stuck_starting");
    let says_that_it_starts = starts && named && fault.starts && after < verdicts::STARTING;
    let all_clear = said.health == "healthy" || said.exit == 0;
    if fault.expected == "none" {
        let quiet = weigh_quiet(through, said);
        let advised = fault.advice.is_empty() || expected == Expected::NoTrace || has_advice(said, fault.advice);
        // That nothing is wrong is right; as long as nobody is told what was seen, it is not all.
        return if quiet == Verdict::Right && !advised { Verdict::Unknown } else { quiet };
    }
    if expected == Expected::NoTrace && (all_clear || weigh_quiet(through, said) == Verdict::Right) {
        Verdict::NoTrace
    } else if all_clear {
        Verdict::FalseAllClear
    } else if first && beside {
        Verdict::Right
    } else if top == "none" || says_only_who_is_gone || says_that_it_starts {
        Verdict::Unknown
    } else {
        Verdict::Wrong
    }
}

fn has_advice(said: &Said, code: &str) -> bool {
    let findings = said.whole["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
    findings.iter().any(|finding| finding["code"] == code && finding["outcome"] == "advice")
}

/// What an answer is of a cluster in which nothing is wrong, or nothing that this source could see. The API alone does not
/// show enough to call it healthy, so "unknown" without a cause is right there as well.
fn weigh_quiet(through: Through, said: &Said) -> Verdict {
    match (said.top(), said.health.as_str()) {
        ("none", "healthy") => Verdict::Right,
        ("none", "unknown") if through == Through::ApiOnly => Verdict::Right,
        ("none", "unknown") => Verdict::Unknown,
        _ => Verdict::Wrong,
    }
}

fn print(row: &Row, expected: &str) {
    let Judged { first, last, wrong, early } = &row.judged;
    let mut notes = String::new();
    if *wrong > 0 {
        notes.push_str(&format!(", {wrong} wrong in all, in the end {:?}: {}", last.verdict, last.said));
    }
    if *early > 0 {
        notes.push_str(&format!(", {early} all-clears before it had to be noticed"));
    }
    crate::support::aloud(&format!(
        "{:<24} {:<8} {:<30} {:<55} {:>5.0} {:?}{notes}",
        row.fault,
        row.through.name(),
        expected,
        first.said,
        first.after.as_secs_f64(),
        first.verdict,
    ));
}

fn report(version: &str, rows: &[Row], table: &Table) {
    crate::support::aloud(&format!(
        "\nNacos {version}: fault, source, expected, said first, seconds since the fault, verdict"
    ));
    for row in rows {
        let fault = FAULTS.iter().find(|fault| fault.name == row.fault);
        print(row, fault.map_or("none", |fault| fault.expected));
    }
    let count = |verdict| rows.iter().filter(|row| row.judged.first.verdict == verdict).count();
    let faults: BTreeSet<&str> = rows.iter().map(|row| row.fault).collect();
    crate::support::aloud(&format!(
        "{} faults, {} first answers: {} right, {} left open, {} wrong, {} false all-clears, {} where the fault leaves no trace",
        faults.len(),
        rows.len(),
        count(Verdict::Right),
        count(Verdict::Unknown),
        count(Verdict::Wrong),
        count(Verdict::FalseAllClear),
        count(Verdict::NoTrace)
    ));
    let wrong: usize = rows.iter().map(|row| row.judged.wrong).sum();
    crate::support::aloud(&format!("{wrong} answers in all named a wrong cause"));
    let verdicts::Conclusion { failures, astray, better } = verdicts::conclude(rows, table);
    for row in astray {
        crate::support::aloud(&format!("wrong at first, and put right: {row}"));
    }
    for row in better {
        crate::support::aloud(&format!("better than expected, so that it may leave the table: {row}"));
    }
    assert!(failures.is_empty(), "Nacos {version}: {failures:#?}");
}

#[test]
fn the_table_of_what_is_expected_fits_the_faults_and_excuses_little() {
    let asked: Vec<(&str, Through)> = FAULTS
        .iter()
        .flat_map(|fault| Through::ALL.iter().map(move |through| (fault, *through)))
        .filter(|(fault, through)| is_asked(fault, *through))
        .map(|(fault, through)| (fault.name, through))
        .collect();
    assert_eq!(verdicts::excuses_too_much(&Table::checked_in(), &asked), Vec::<String>::new());
}

#[test]
fn an_answer_is_weighed_by_what_the_source_could_see() {
    let fault = FAULTS.iter().find(|fault| fault.name == "torn-conf").expect("the fault");
    let said = |health: &str, exit: i32, code: &str| Said {
        health: health.to_owned(),
        causes: [code]
            .into_iter()
            .filter(|code| !code.is_empty())
            .map(|code| (code.to_owned(), BTreeSet::from(["n2".to_owned()])))
            .collect(),
        exit,
        elapsed_ms: 0,
        whole: serde_json::Value::Null,
    };
    let (unknown, healthy) = (said("unknown", 3, ""), said("healthy", 0, ""));
    let (right, wrong) = (said("degraded", 2, fault.expected), said("degraded", 2, "node.killed"));
    // Nothing is wrong, or nothing that can be seen.
    assert_eq!(weigh_quiet(Through::ApiOnly, &unknown), Verdict::Right);
    assert_eq!(weigh_quiet(Through::Live, &unknown), Verdict::Unknown);
    assert_eq!(weigh_quiet(Through::Live, &healthy), Verdict::Right);
    assert_eq!(weigh_quiet(Through::ApiOnly, &wrong), Verdict::Wrong);
    assert_eq!(weigh_quiet(Through::ApiOnly, &said("unknown", 3, "node.killed")), Verdict::Wrong);
    for nothing in [&unknown, &healthy] {
        assert_eq!(weigh(fault, (Through::ApiOnly, Expected::NoTrace), nothing, Duration::ZERO), Verdict::NoTrace);
    }
    assert_eq!(weigh(fault, (Through::Copies, Expected::NoTrace), &unknown, Duration::ZERO), Verdict::Unknown);
    // There is something to be seen.
    for (answer, verdict) in [
        (&unknown, Verdict::Unknown),
        (&healthy, Verdict::FalseAllClear),
        (&right, Verdict::Right),
        (&wrong, Verdict::Wrong),
    ] {
        assert_eq!(weigh(fault, (Through::Live, Expected::Right), answer, Duration::ZERO), verdict);
    }
    // The node that is gone, and not how it went; another node would be wrong.
    let stopped = FAULTS.iter().find(|fault| fault.name == "clean-stop").expect("the fault");
    let mut gone = said("degraded", 2, "node.unreachable");
    assert_eq!(weigh(stopped, (Through::Live, Expected::Right), &gone, Duration::ZERO), Verdict::Wrong);
    gone.causes[0].1 = BTreeSet::from(["n3".to_owned()]);
    assert_eq!(weigh(stopped, (Through::Live, Expected::Right), &gone, Duration::ZERO), Verdict::Unknown);
    assert_eq!(weigh(stopped, (Through::ApiOnly, Expected::Right), &gone, Duration::ZERO), Verdict::Right);
    // A node that its staging started is starting, for a while.
    let heap = FAULTS.iter().find(|fault| fault.name == "small-heap").expect("the fault");
    let mut starting = said("degraded", 2, "node.starting");
    starting.causes[0].1 = BTreeSet::from(["n3".to_owned()]);
    let live = (Through::Live, Expected::Right);
    assert_eq!(weigh(heap, live, &starting, Duration::from_secs(4)), Verdict::Unknown);
    assert_eq!(weigh(heap, live, &starting, verdicts::STARTING), Verdict::Wrong);
    assert_eq!(weigh(stopped, live, &starting, Duration::from_secs(4)), Verdict::Wrong);
    // A cause that is as right only where no file was seen.
    let disagree = said("degraded", 2, "members.disagree");
    assert_eq!(weigh(fault, (Through::ApiOnly, Expected::Right), &disagree, Duration::ZERO), Verdict::Right);
    assert_eq!(weigh(fault, (Through::Live, Expected::Right), &disagree, Duration::ZERO), Verdict::Wrong);
}

fn cut(cluster: &Cluster, one: usize, other: usize, port: u16) {
    cluster.drop_packets(Some(one), other, port);
    cluster.drop_packets(Some(other), one, port);
}

/// What the copies are made of: everything that an operator would copy off a host.
pub(super) fn copy_homes(cluster: &Cluster, into: &std::path::Path) {
    for node in cluster.nodes() {
        let to = into.join(format!("n{node}"));
        for part in ["conf", "logs"] {
            fs::create_dir_all(to.join(part)).expect("folder of a copy");
            for entry in fs::read_dir(cluster.home(node).join(part)).into_iter().flatten().flatten() {
                if entry.file_type().is_ok_and(|kind| kind.is_file()) {
                    fs::copy(entry.path(), to.join(part).join(entry.file_name())).expect("copy of a file");
                }
            }
        }
    }
}
