//! Why a node does not serve: its own traces first, in a fixed order, then what its peers saw; and nodes that go down again and
//! again.

use super::of_node::{
    DOES_NOT_SERVE, SILENT_OR_GONE, it_runs, peers_lost_streams, peers_refused, peers_timed_out, process_gone,
    start_gave_up, traces_seen, wrote_a_moment_ago,
};
use super::{disk, hung, limits, memory, starting, told};
use crate::diagnosis::case::{Case, Chain, Rule, Seen, about, beside, certain, doubts, excludes, likely, requires};
use crate::domain::code::Code;
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::{Confidence, Variant};
use crate::domain::message::Message;
use crate::domain::observed::ViewSeen;
use crate::domain::watched::{Watched, WatchedSpan};
use crate::model::node_state::{self, NodeState};
use crate::model::nodes::NodeModel;
use crate::model::reachability::{self, Reachability};
use crate::model::{ClusterModel, reliability, start_failure, stop_traces};
use crate::nacos::timing;

/// The cases of all nodes.
#[must_use]
pub fn cases(model: &ClusterModel<'_>) -> Vec<Case> {
    let of = |index: usize| [FLAPPING.case(model, &index), WHY_DOWN.case(model, &index)];
    (0..model.nodes.len()).flat_map(of).flatten().collect()
}

/// Why a node does not serve at the moment judged.
pub static WHY_DOWN: Chain<usize> = Chain {
    rules: &[
        &disk::FULL_AT_THE_END,
        &memory::KILLED_BY_KERNEL,
        &limits::NATIVE_MEMORY_AT_THE_END,
        &CRASHED,
        &limits::THREADS_AT_THE_END,
        &memory::EXHAUSTED_AT_THE_END,
        &disk::FULL_NOW,
        &told::EVICTED_FOR_DISK,
        &told::EVICTED_FOR_MEMORY,
        &told::EVICTED,
        &told::PROBE,
        &told::HOST_WENT_DOWN,
        &told::NOT_STARTED,
        &told::DISK_FAILS,
        &told::NO_SPACE,
        &told::GIVEN_UP,
        &STOPPED_CLEAN,
        &ANOTHER_PROGRAM,
        &GONE_WITHOUT_A_WORD,
        &GONE_BY_PEERS,
        &starting::BROKE_OFF,
        &hung::BY_PEERS,
        &limits::FILES_AT_THE_END,
        &told::HOST_SILENT,
        &told::ENDED_BY_ORDER,
        &KILLED_BY_WORD_OF_THE_SHELL,
        &END_NOT_READ,
        &ENDED_AFTER_A_HANG,
        &KILLED,
        &hung::HALF_OPEN,
        &limits::FILES_WITHOUT_ANSWER,
        &hung::WAITS_FOR_DISK,
        &hung::COLLECTS_GARBAGE,
        &hung::FROZEN,
        &hung::DOES_NOT_ANSWER,
        &starting::HEAP_IS_FULL,
        &starting::STUCK,
        &starting::STARTS,
        &hung::BEHIND_A_FAILED_START,
        &starting::TORN_RAFT_FILE,
        &starting::JVM_REFUSED,
        &starting::DISK_FULL,
        &starting::VOLUME_READ_ONLY,
        &limits::NATIVE_MEMORY_AT_THE_START,
        &limits::THREADS_AT_THE_START,
        &starting::HEAP_TOO_SMALL,
        &starting::DATA_IN_USE,
        &starting::NATIVE_LIBRARY,
        &starting::NO_PERMISSION,
        &starting::RAFT_STORAGE,
        &starting::PORT_TAKEN,
        &starting::DATA_NOT_WRITABLE,
        &starting::KEY_FILE,
        &starting::BAD_SETTING,
        &starting::DATABASE_UNSET,
        &starting::DATABASE_URL,
        &starting::DATABASE_LOGIN,
        &starting::DATABASE_CONNECTIONS,
        &starting::DATABASE_KEY,
        &starting::DATABASE_READ_ONLY,
        &starting::DATABASE_SCHEMA,
        &starting::DATABASE_DRIVER,
        &starting::DATABASE_ZONE,
        &starting::DATABASE_OUT_OF_RESOURCES,
        &starting::DATABASE,
        &starting::CLUSTER_CONF,
        &starting::NO_LEADER,
        &starting::FAILED_FOR_A_REASON,
        &starting::FAILED,
        &GONE_FOR_PEERS,
        &UNREACHABLE,
    ],
    fill,
    evidence,
    ..Chain::OF_NODE
};

static CRASHED: Rule<usize> = Rule::fail(
    Code::NodeJvmCrash,
    &[
        DOES_NOT_SERVE,
        requires("jvm-crashed", |model, index| {
            Seen::lines(stop_traces::crash_traces(model, *index)).if_looked(traces_seen(model, *index))
        }),
    ],
    |_, _| "finding-node-jvm-crash",
);

static STOPPED_CLEAN: Rule<usize> = Rule::fail(
    Code::NodeStoppedClean,
    &[
        SILENT_OR_GONE,
        requires("stop-lines", |model, index| {
            Seen::lines(stop_traces::clean_stop(model, *index).0).if_looked(traces_seen(model, *index))
        }),
        certain("several-stop-lines", |model, index| Seen::of(stop_traces::clean_stop(model, *index).1 >= 2)),
    ],
    |_, _| "finding-node-stopped-clean",
)
.likely();

static ANOTHER_PROGRAM: Rule<usize> = Rule::fail(
    Code::NodeUnreachable,
    &[
        SILENT_OR_GONE,
        about("no-line-of-its-own", no_line_of_its_own),
        requires("another-program-answers", |model, index| {
            let foreign = reachability::reach(model, *index) == Reachability::Foreign;
            if foreign { Seen::Yes(stop_traces::tries_from_here(model, *index)) } else { Seen::No }
        }),
    ],
    |_, _| "finding-node-foreign",
)
.likely()
.variant(Variant::Gone);

/// From outside an ordered stop looks just the same.
static GONE_WITHOUT_A_WORD: Rule<usize> = Rule::fail(
    Code::NodeUnreachable,
    &[
        SILENT_OR_GONE,
        about("no-line-of-its-own", no_line_of_its_own),
        requires("process-gone", process_gone),
        beside("peers-refused", peers_refused),
    ],
    |model, index| match reachability::reach(model, *index) {
        Reachability::Refused if nothing_tells_of_it(model, *index) => GONE_OR_ELSEWHERE,
        Reachability::Refused => "finding-node-gone",
        _ => "finding-node-gone-from-table",
    },
)
.likely()
.variant(Variant::Gone);

/// The sentence of a node that does not serve, and of which there was no time to see more.
pub(in crate::diagnosis) const END_LATE: &str = "finding-node-gone-end-late";

/// The sentence of a node of which nothing is known but that its ports refuse.
pub(in crate::diagnosis) const GONE_OR_ELSEWHERE: &str = "finding-node-gone-or-elsewhere";

/// Whether a node is known from the inventory alone: no node that answers, no file and no earlier look tells of a Nacos there. An
/// address that was typed wrongly refuses as well.
fn nothing_tells_of_it(model: &ClusterModel<'_>, index: usize) -> bool {
    let has_files = |node: &NodeModel<'_>| {
        node.conf.is_some() || node.logs.is_some() || node.stop.is_some_and(|stop| stop.process_table_seen)
    };
    let answers = |view: &ViewSeen| {
        !view.members.is_empty() || view.liveness.as_ref().is_some_and(|answer| answer.status.is_some())
    };
    let tells = |node: &NodeModel<'_>| node.view.is_some_and(answers) || has_files(node);
    let ran = |span: &WatchedSpan| matches!(span.seen, Watched::Counted { .. } | Watched::Untold);
    let was_watched = model.nodes[index].watched.is_some_and(|watched| watched.spans.iter().any(ran));
    !was_watched && !model.nodes.iter().any(tells)
}

static GONE_BY_PEERS: Rule<usize> = Rule::fail(
    Code::NodeUnreachable,
    &[SILENT_OR_GONE, about("no-line-of-its-own", no_line_of_its_own), requires("peers-refused", peers_refused)],
    |_, _| "finding-node-gone-by-peers",
)
.likely()
.variant(Variant::Gone);

/// Without the traces of its stop, a kill is only one of several possible ends.
static END_NOT_READ: Rule<usize> = Rule::fail(
    Code::NodeUnreachable,
    &[
        SILENT_OR_GONE,
        excludes("stop-log-read", stop_log_read),
        likely("peers-refused", peers_refused),
        likely("process-gone", process_gone),
        likely("peers-lost-streams", peers_lost_streams),
        doubts("wrote-a-moment-ago", wrote_a_moment_ago),
        doubts("no-time-to-look", |model, index| Seen::of(reliability::end_unread(model, *index))),
    ],
    |model, index| match reliability::end_unread(model, *index) {
        true => END_LATE,
        false => "finding-node-gone-end-unread",
    },
)
.possible()
.variant(Variant::Gone);

/// Who sent the signal, the shell does not know.
static KILLED_BY_WORD_OF_THE_SHELL: Rule<usize> = Rule::fail(
    Code::NodeKilled,
    &[
        SILENT_OR_GONE,
        requires("shell-says-killed", |model, index| {
            Seen::lines(stop_traces::shell_kills(model, *index)).if_looked(traces_seen(model, *index))
        }),
        beside("peers-refused", peers_refused),
    ],
    |_, _| "finding-node-killed-shell",
)
.variant(Variant::ShellSaysKilled);

/// It did not answer for a while, and then its process ended: by hand, as a rule.
static ENDED_AFTER_A_HANG: Rule<usize> = Rule::fail(
    Code::NodeKilled,
    &[
        SILENT_OR_GONE,
        requires("stop-log-read", stop_log_read),
        requires("peers-waited-before-they-were-refused", |model, index| {
            let seen = &model.peers_saw[*index];
            let hung = seen.were_refused() && seen.hung_first();
            if hung { Seen::Yes(seen.timeout_lines.clone()) } else { Seen::No.if_looked(seen.looked) }
        }),
        requires("peers-refused", peers_refused),
    ],
    |_, _| "finding-node-killed-after-hang",
)
.likely()
.variant(Variant::HungFirst);

static KILLED: Rule<usize> = Rule::fail(
    Code::NodeKilled,
    &[
        SILENT_OR_GONE,
        requires("stop-log-read", stop_log_read),
        certain("peers-refused", peers_refused),
        likely("process-gone", process_gone),
        likely("peers-lost-streams", peers_lost_streams),
        doubts("wrote-a-moment-ago", wrote_a_moment_ago),
        doubts("ended-by-itself", told::ended_by_itself),
        beside("peers-timed-out", peers_timed_out),
    ],
    |model, index| {
        let seen = &model.peers_saw[*index];
        match model.states[*index] {
            _ if seen.were_refused() => "finding-node-killed",
            // Their logs were read, and tell nothing of it: they may know it under another name.
            NodeState::Gone if seen.timeouts == 0 && seen.looked => "finding-node-killed-no-word",
            NodeState::Gone if seen.timeouts == 0 => "finding-node-killed-no-witness",
            NodeState::Gone => "finding-node-killed-after-hang",
            _ if !seen.streams.is_empty() => "finding-node-killed-by-peers",
            _ => "finding-node-silent",
        }
    },
)
.possible();

static GONE_FOR_PEERS: Rule<usize> = Rule::fail(
    Code::NodeUnreachable,
    &[
        about("nothing-reached", nothing_reached),
        requires("peers-refused-more-often", |model, index| {
            let seen = &model.peers_saw[*index];
            let more = seen.refused > seen.timeouts;
            if more { Seen::Yes(seen.refused_lines.clone()) } else { Seen::No.if_looked(seen.looked) }
        }),
    ],
    |_, _| "finding-node-gone-by-peers",
)
.likely()
.variant(Variant::Gone);

static UNREACHABLE: Rule<usize> = Rule::fail(
    Code::NodeUnreachable,
    &[
        about("nothing-reached", nothing_reached),
        beside("peers-timed-out", peers_timed_out),
        beside("peers-lost-streams", peers_lost_streams),
    ],
    |model, index| match reachability::reach(model, *index) {
        // Nobody looked from here: its peers say so.
        Reachability::NotTried => "finding-node-unreachable-for-peers",
        _ => "finding-node-unreachable",
    },
)
.likely();

fn nothing_reached(model: &ClusterModel<'_>, index: &usize) -> Seen {
    let unreachable = model.states[*index] == NodeState::Unreachable;
    if unreachable { Seen::Yes(stop_traces::tries_from_here(model, *index)) } else { Seen::No }
}

fn no_line_of_its_own(model: &ClusterModel<'_>, index: &usize) -> Seen {
    Seen::of(model.nodes[*index].last_stamp.is_none())
}

fn stop_log_read(model: &ClusterModel<'_>, index: &usize) -> Seen {
    Seen::of(stop_traces::is_end_log_read(&model.nodes[*index]))
}

/// Nodes that went down and came up by themselves several times in a short while.
pub static FLAPPING: Chain<usize> = Chain {
    rules: &[&STARTS_FAIL_AGAIN, &UP_MEANWHILE, &GOES_DOWN_AGAIN, &CAME_BACK],
    fill: |model, index, message| {
        let failed = stop_traces::failed_starts(model, *index);
        let starts = match stop_traces::restarts(model, *index) {
            Some(restarts) if failed.is_empty() => restarts.starts,
            None if failed.is_empty() => stop_traces::came_back(model, *index),
            _ => failed,
        };
        let last = starts.last().map(|last| stop_traces::stamp(model, *index, *last));
        message
            .with("since", last.unwrap_or_default())
            .with("node", model.nodes[*index].name)
            .with("count", starts.len())
            .with("minutes", starts.first().map_or(1, |first| (model.age_ms(*first) / 60_000).max(1)))
    },
    ..Chain::OF_NODE
};

/// A supervisor that starts what cannot start. Why, the newest of these starts tells.
static STARTS_FAIL_AGAIN: Rule<usize> = Rule::fail(
    Code::NodeFlapping,
    &[
        about("starts-failed-again-and-again", |model, index| {
            let failed = stop_traces::failed_starts(model, *index);
            let lines = failed.last().map(|last| start_failure::gave_up(model, *index, *last)).unwrap_or_default();
            let looked = model.nodes[*index].stop.is_some();
            if failed.is_empty() { Seen::No.if_looked(looked) } else { Seen::Yes(lines) }
        }),
        excludes("it-runs", it_runs),
        excludes("it-is-hung", is_hung),
        excludes("most-nodes-do-the-same", most_do_the_same),
    ],
    |_, _| "finding-node-flapping-starts",
);

/// It is up meanwhile: what fails now comes first.
static UP_MEANWHILE: Rule<usize> = Rule::fail(
    Code::NodeFlapping,
    &[
        about("started-again-and-again", started_again_and_again),
        excludes("start-gave-up", start_gave_up),
        excludes("it-is-hung", is_hung),
        excludes("ordered-since", ordered_since),
        excludes("stayed-up-since", stayed_up_since),
        excludes("ended-for-different-reasons", ended_for_different_reasons),
        excludes("most-nodes-do-the-same", most_do_the_same),
        requires("up-meanwhile", |model, index| {
            let restarts = stop_traces::restarts(model, *index);
            let long = restarts.is_some_and(|restarts| restarts.since_last_ms >= timing::START_STUCK_MS);
            Seen::of(long && model.states[*index].is_running())
        }),
    ],
    |_, _| "finding-node-flapping-up",
)
.warn()
.variant(Variant::UpMeanwhile);

static GOES_DOWN_AGAIN: Rule<usize> = Rule::fail(
    Code::NodeFlapping,
    &[
        about("started-again-and-again", started_again_and_again),
        excludes("start-gave-up", start_gave_up),
        excludes("it-is-hung", is_hung),
        excludes("ordered-since", ordered_since),
        excludes("stayed-up-since", stayed_up_since),
        excludes("ended-for-different-reasons", ended_for_different_reasons),
        excludes("most-nodes-do-the-same", most_do_the_same),
    ],
    |_, _| "finding-node-flapping",
);

/// It went down without a word and is back: nothing to do now, and nothing to forget.
static CAME_BACK: Rule<usize> = Rule::fail(
    Code::NodeFlapping,
    &[
        about("went-down-and-came-back", |model, index| {
            let starts = stop_traces::came_back(model, *index);
            let looked = model.nodes[*index].stop.is_some();
            let Some(last) = starts.last() else { return Seen::No.if_looked(looked) };
            Seen::Yes(stop_traces::start_lines(model, *index, *last))
        }),
        requires("it-runs", it_runs),
        excludes("ordered-since", ordered_since),
        excludes("most-nodes-do-the-same", most_do_the_same),
    ],
    |model, index| match stop_traces::came_back(model, *index).len() {
        1 => "finding-node-came-back",
        _ => "finding-node-came-back-often",
    },
)
.advice();

fn started_again_and_again(model: &ClusterModel<'_>, index: &usize) -> Seen {
    let restarts = stop_traces::restarts(model, *index);
    let looked = model.nodes[*index].stop.is_some();
    restarts.map_or(Seen::No.if_looked(looked), |restarts| Seen::Yes(restarts.evidence))
}

/// A frozen process counts as hung, even if it restarted before: its state says so, or its peers time out.
fn is_hung(model: &ClusterModel<'_>, index: &usize) -> Seen {
    let process = model.nodes[*index].stop.and_then(|stop| stop.process.as_ref());
    let frozen = process.is_some_and(|process| process.state.is_frozen());
    Seen::of(frozen || WHY_DOWN.case(model, index).is_some_and(|case| case.code == Code::NodeHung))
}

/// A node whose last start somebody ordered is being worked on.
fn ordered_since(model: &ClusterModel<'_>, index: &usize) -> Seen {
    Seen::of(stop_traces::restarts(model, *index).is_some_and(|restarts| restarts.ordered_since))
}

/// Somebody kills it, its JVM crashes, the kernel kills it: three ends and not one loop.
fn ended_for_different_reasons(model: &ClusterModel<'_>, index: &usize) -> Seen {
    Seen::lines(stop_traces::restarts(model, *index).map(|restarts| restarts.different_ends).unwrap_or_default())
}

/// One that has stayed up for longer than it ever did between two starts has stopped flapping.
fn stayed_up_since(model: &ClusterModel<'_>, index: &usize) -> Seen {
    let restarts = stop_traces::restarts(model, *index);
    let long =
        |restarts: stop_traces::Restarts| restarts.since_last_ms > restarts.longest_ms.max(timing::START_STUCK_MS);
    Seen::of(model.states[*index].is_running() && restarts.is_some_and(long))
}

/// Somebody who restarts the whole cluster several times is at work on it.
fn most_do_the_same(model: &ClusterModel<'_>, _: &usize) -> Seen {
    Seen::of(stop_traces::restarting(model) * 2 > model.nodes.len() && model.nodes.len() > 1)
}

fn fill(model: &ClusterModel<'_>, index: &usize, message: Message) -> Message {
    let node = &model.nodes[*index];
    let since = since(model, *index);
    let process = node.stop.and_then(|stop| stop.process.as_ref());
    let blocked = node_state::blocked_threads(model, *index);
    let text = match message.key.as_str() {
        "finding-node-start-failed-because" => starting::reason(model, *index).unwrap_or_default(),
        "finding-node-start-failed-jvm" => start_failure::refusal(model, *index).unwrap_or_else(|| "–".to_owned()),
        sentence => told::quoted(model, *index, sentence),
    };
    let message = if text.is_empty() { message } else { message.with("text", text) };
    message
        .with("node", node.name)
        .with("since", since.map_or_else(String::new, |since| stop_traces::stamp(model, *index, since)))
        .with("peers", model.names(&model.peers_saw[*index].observers))
        .with("seconds", since.map_or(0, |since| (model.age_ms(since) / 1000).max(0)))
        .with("usual", starting::usual_ms(model, *index).map_or(0, |usual| usual.max(0) / 1000))
        .with("state", process.map_or("?", |process| process.state.as_str()))
        .with("path", starting::denied_path(model, *index).unwrap_or_default())
        .with("pid", process.map_or(0, |process| process.pid))
        .with("blocked", blocked.map_or(0, |(blocked, _)| blocked))
        .with("threads", blocked.map_or(0, |(_, all)| all))
}

/// Since when a node does not serve, as far as that is known.
#[must_use]
pub fn since(model: &ClusterModel<'_>, index: usize) -> Option<crate::domain::time::Timestamp> {
    match model.states[index] {
        NodeState::Starting { since } => Some(since),
        NodeState::StartFailed { at } => Some(at),
        NodeState::Unreachable => None,
        _ => model.nodes[index].last_stamp,
    }
}

/// What the rule saw, then what was tried from here and what the peers wrote, then the node's last line.
fn evidence(model: &ClusterModel<'_>, index: &usize, mut lines: Vec<EvidenceRef>) -> Vec<EvidenceRef> {
    match model.states[*index] {
        NodeState::StartFailed { at } => {
            lines.extend(start_failure::gave_up(model, *index, at));
            lines
        }
        NodeState::Unreachable => {
            let seen = &model.peers_saw[*index];
            lines.extend(seen.lines().cloned());
            lines
        }
        NodeState::Hung => {
            lines.extend(hung::process_lines(model, *index));
            lines.extend(stop_traces::tries_from_here(model, *index));
            let seen = &model.peers_saw[*index];
            lines.extend(seen.lines().cloned());
            stop_traces::with_end(model, *index, lines)
        }
        _ => {
            // Where the node's own traces say nothing, all that was seen of it from elsewhere counts.
            let name = model.nodes[*index].name;
            let is_trace = |line: &EvidenceRef| {
                line.node.as_ref() == Some(name) && (line.lines.is_some() || line.offset.is_some())
            };
            if !lines.iter().any(is_trace) {
                let seen = &model.peers_saw[*index];
                lines.extend(seen.lines().cloned());
                lines.extend(stop_traces::tries_from_here(model, *index));
            }
            stop_traces::with_end(model, *index, lines)
        }
    }
}

/// Nodes that only fell silent in copied logs and may still run: not certainly down.
#[must_use]
pub fn only_fell_silent(model: &ClusterModel<'_>, cases: &[Case]) -> Vec<usize> {
    let doubtful = cases.iter().filter(|case| case.confidence == Confidence::Possible);
    doubtful.filter_map(|case| case.node).filter(|index| model.states[*index] == NodeState::Silent).collect()
}

#[cfg(test)]
mod tests;
