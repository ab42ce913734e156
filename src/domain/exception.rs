//! What a step was done with all the same, noted with one press.
//!
//! # Why
//! The person who notes it and the person who reads the record may use different languages: so codes are kept, and each reader gets
//! the words.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::check_run::{CheckRun, RunEnd, Target};
use super::diagnosis::{Diagnosis, NodeDoing};
use super::finding::{Coverage, Judgement, Outcome, Step};
use super::id::NodeName;
use super::message::Message;
use super::pinned::PinnedCause;
use super::to_do::ToDoId;

/// Something that a step was done with all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum NotedException {
    /// What was asked for and nobody had done.
    ToDo {
        /// The sentence.
        to_do: Message,
    },
    /// Clients that were missing and that nobody had waived.
    Clients {
        /// How many.
        missing_clients: u32,
        /// The first of them: address and application.
        named: Vec<String>,
    },
    /// A check that did not end in order.
    Check(NotedCheck),
}

impl NotedException {
    /// The to-do that it is about.
    #[must_use]
    pub fn to_do(&self) -> Option<ToDoId> {
        match self {
            Self::ToDo { to_do } => Some(ToDoId::of(to_do)),
            Self::Clients { .. } | Self::Check(_) => None,
        }
    }
}

/// A check that did not end in order, and the nodes of which it says the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotedCheck {
    /// Kind of check, e.g. `net.ports`.
    pub check: String,
    /// Its nodes; empty: it looked at the whole cluster.
    pub nodes: Vec<NodeName>,
    /// Outcome of a judged run.
    pub outcome: Option<Outcome>,
    /// How much of what a judged run looks at was seen.
    pub seen: Coverage,
    /// `judged`, `could_not_run`, `timed_out`, `cancelled`, `interrupted`.
    pub end: String,
}

impl NotedCheck {
    /// Of a run; `None`: it has not ended, or ended in order and saw everything.
    fn of(run: &CheckRun) -> Option<Self> {
        let end = run.end()?;
        let (outcome, seen) = match end {
            RunEnd::Judged { judgement } => (Some(judgement.outcome), judgement.seen),
            RunEnd::CouldNotRun { .. } | RunEnd::TimedOut | RunEnd::Cancelled { .. } | RunEnd::Interrupted => {
                (None, Coverage::All)
            }
        };
        let nodes = match &run.target {
            Target::Node { node } => vec![node.clone()],
            Target::Cluster => Vec::new(),
        };
        let is_fine =
            matches!(outcome, Some(Outcome::Pass | Outcome::Advice | Outcome::NotApplicable)) && seen.is_all();
        let (check, end) = (run.check.clone(), end.as_str().to_owned());
        (!is_fine).then_some(Self { check, nodes, outcome, seen, end })
    }

    /// Whether two say the same of their nodes.
    fn says_the_same(&self, other: &Self) -> bool {
        (&self.check, self.outcome, self.seen, &self.end) == (&other.check, other.outcome, other.seen, &other.end)
    }
}

/// Whether a run ended as an earlier one of the same check and node did: with the same outcome and findings, and the same parts
/// that it could not see, for the same reasons. One that has lost a part of its sight says something else.
#[must_use]
pub fn says_the_same(run: &CheckRun, earlier: &CheckRun) -> bool {
    if run.check != earlier.check || run.target != earlier.target {
        return false;
    }
    match (run.end(), earlier.end()) {
        (Some(RunEnd::Judged { judgement: now }), Some(RunEnd::Judged { judgement: before })) => {
            let found = |judgement: &Judgement| judgement.findings.iter().map(|one| one.id.clone()).collect::<Vec<_>>();
            (now.outcome, now.seen) == (before.outcome, before.seen)
                && found(now) == found(before)
                && now.not_seen.len() == before.not_seen.len()
                && now.not_seen.iter().all(|one| before.not_seen.contains(one))
        }
        (Some(now), Some(before)) => now == before,
        (None, _) | (_, None) => false,
    }
}

/// Whether a run failed for nodes that are down, and for nothing else: it looked at one, or its findings are about them.
#[must_use]
pub fn is_known(target: &Target, judgement: &Judgement, down: &BTreeSet<&NodeName>) -> bool {
    if matches!(target, Target::Node { node } if down.contains(node)) {
        return true;
    }
    let is_down = |node: &Option<NodeName>| node.as_ref().is_some_and(|node| down.contains(node));
    let mut failed = judgement.findings.iter().filter(|finding| finding.outcome == Outcome::Fail).peekable();
    failed.peek().is_some() && failed.all(|finding| is_down(&finding.node) || is_down(&finding.peer))
}

/// The nodes that are down for the cause of the incident. In the step that asks whether a node stopped, that it did is the
/// answer: there nothing is expected.
#[must_use]
pub fn known_down<'d>(
    step: Step,
    newest: Option<&'d Diagnosis>,
    pinned: Option<&PinnedCause>,
) -> BTreeSet<&'d NodeName> {
    let (Some(newest), Some(cause)) = (newest, pinned.and_then(PinnedCause::cause)) else { return BTreeSet::new() };
    if step == Step::Confirm {
        return BTreeSet::new();
    }
    down(newest).into_iter().filter(|node| cause.nodes.contains(node)).collect()
}

/// The nodes that a diagnosis shows as down: what fails because of them fails until they are back.
#[must_use]
pub fn down(diagnosis: &Diagnosis) -> BTreeSet<&NodeName> {
    diagnosis.standing.nodes.iter().filter(|node| node.doing.is_down()).map(|node| &node.node).collect()
}

/// A step before that is done, and what it was done with.
#[derive(Clone, Debug)]
pub struct DoneBefore {
    /// The runs of its newest round.
    pub runs: Vec<CheckRun>,
    /// What was noted.
    pub noted: Vec<NotedException>,
}

impl DoneBefore {
    /// Whether this step knew a run as it is. What a step itself asks has to be noted there by name: for its own checks, that another
    /// step was done is no answer.
    fn knew(&self, run: &CheckRun, own: bool) -> bool {
        let node = match &run.target {
            Target::Node { node } => Some(node),
            Target::Cluster => None,
        };
        let is_noted = || {
            self.noted.iter().any(|one| match one {
                NotedException::Check(one) => {
                    one.check == run.check && node.map_or(one.nodes.is_empty(), |node| one.nodes.contains(node))
                }
                NotedException::ToDo { .. } | NotedException::Clients { .. } => false,
            })
        };
        self.runs.iter().any(|earlier| says_the_same(run, earlier)) && (!own || is_noted())
    }
}

/// Whether what a step finds is its answer, and no reason to stay.
#[must_use]
pub const fn finds_out(step: Step) -> bool {
    matches!(step, Step::Confirm | Step::Logs)
}

/// Runs of the step's own checks that were asked and never answered, and may be if they are asked again: not of a node that was
/// seen to answer nobody.
#[must_use]
pub fn cut_off<'r>(step: Step, round: &'r [CheckRun], newest: Option<&Diagnosis>) -> Vec<&'r CheckRun> {
    let is_silent = |node: &NodeName| {
        let standing = newest.and_then(|newest| newest.standing.nodes.iter().find(|one| one.node == *node));
        standing.is_some_and(|one| matches!(one.doing, NodeDoing::Unreachable | NodeDoing::Silent | NodeDoing::Hung))
    };
    let may_answer = |run: &&CheckRun| !matches!(&run.target, Target::Node { node } if is_silent(node));
    round.iter().filter(|run| was_cut_off(step, run)).filter(may_answer).collect()
}

/// Whether a run of the step's own checks was asked and never answered.
fn was_cut_off(step: Step, run: &CheckRun) -> bool {
    let is_own = Step::of_check(&run.check) == Some(step);
    is_own && matches!(run.end(), Some(RunEnd::TimedOut | RunEnd::Cancelled { .. } | RunEnd::Interrupted))
}

/// The runs of a round that a step can be done with only if they are noted: what did not end in order, of its own checks, and of
/// the others what is not as the steps before knew it. `down`: nodes that are known to be down, for which failures are expected.
///
/// The first two steps find out: what they found is their answer. Where a check of their own was cut off, that alone is noted.
#[must_use]
pub fn exceptions<'r>(
    step: Step,
    round: &'r [CheckRun],
    before: &[DoneBefore],
    down: &BTreeSet<&NodeName>,
) -> Vec<&'r CheckRun> {
    let is_expected = |run: &CheckRun| match run.end() {
        Some(RunEnd::Judged { judgement }) => {
            judgement.outcome == Outcome::Fail && is_known(&run.target, judgement, down)
        }
        _ => false,
    };
    let is_known_before = |run: &CheckRun| {
        let own = Step::of_check(&run.check) == Some(step);
        before.iter().any(|done| done.knew(run, own))
    };
    let open = |run: &&CheckRun| NotedCheck::of(run).is_some() && !is_expected(run) && !is_known_before(run);
    let mut noted: Vec<&CheckRun> = round.iter().filter(open).collect();
    if finds_out(step) && noted.iter().any(|run| was_cut_off(step, run)) {
        noted.retain(|run| was_cut_off(step, run));
    }
    noted
}

/// What is noted of these runs, in their order.
#[must_use]
pub fn noted<'r>(runs: impl IntoIterator<Item = &'r CheckRun>) -> Vec<NotedException> {
    let mut noted: Vec<NotedCheck> = Vec::new();
    for one in runs.into_iter().filter_map(NotedCheck::of) {
        match noted.iter_mut().find(|known| !known.nodes.is_empty() && known.says_the_same(&one)) {
            Some(known) => known.nodes.extend(one.nodes),
            None => noted.push(one),
        }
    }
    noted.into_iter().map(NotedException::Check).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check_run::CheckRunState;
    use crate::domain::code::Code;
    use crate::domain::diagnosis::{Health, NodeStanding, Standing};
    use crate::domain::finding::{Confidence, Finding, NotSeen, Variant};
    use crate::domain::id::{CheckRunId, IncidentId};
    use crate::domain::message::Message;
    use crate::domain::time::Timestamp;

    fn run(check: &str, node: &str, end: RunEnd) -> CheckRun {
        let at = Timestamp::from_millis(0);
        let target = if node.is_empty() { Target::Cluster } else { Target::Node { node: NodeName::from(node) } };
        CheckRun {
            id: CheckRunId(1),
            incident: IncidentId(1),
            step: Step::Network,
            check: check.to_owned(),
            target,
            round: 1,
            queued_at: at,
            state: CheckRunState::Ended { started_at: at, ended_at: at, end },
        }
    }

    fn running(node: &str) -> NodeStanding {
        NodeStanding {
            node: NodeName::from(node),
            doing: NodeDoing::Running,
            since: None,
            leads: None,
            clients: None,
            clients_before: None,
            led_before: None,
        }
    }

    fn judged(outcome: Outcome, seen: Coverage) -> RunEnd {
        let (findings, not_seen) = (Vec::new(), Vec::new());
        RunEnd::Judged { judgement: Judgement { outcome, summary: Message::new("x"), findings, seen, not_seen } }
    }

    #[test]
    fn a_to_do_and_a_check_are_told_apart_when_they_are_read_again() {
        let to_do = NotedException::ToDo { to_do: Message::new("action-front-door").with("nodes", "n3") };
        let check = noted(&[run("a", "n2", RunEnd::TimedOut)]).remove(0);
        let stored = r#"{"check":"a","nodes":["n2"],"outcome":null,"seen":"all","end":"timed_out"}"#;
        assert_eq!(serde_json::from_str::<NotedException>(stored).expect("of before there were to-dos"), check);
        let clients = NotedException::Clients { missing_clients: 2, named: vec!["10.0.4.7 order".to_owned()] };
        for one in [to_do, clients, check] {
            let text = serde_json::to_string(&one).expect("text");
            assert_eq!(serde_json::from_str::<NotedException>(&text).expect("again"), one, "{text}");
        }
    }

    #[test]
    fn a_failure_of_a_node_that_is_down_is_known() {
        let (n1, n3) = (NodeName::from("n1"), NodeName::from("n3"));
        let failed = |node: &NodeName, peer: Option<&NodeName>| {
            let finding = Finding {
                id: "x".to_owned(),
                code: Code::NetPortBlocked,
                step: Step::Network,
                check: "net.ports".to_owned(),
                outcome: Outcome::Fail,
                confidence: Confidence::Certain,
                variant: Variant::Plain,
                node: Some(node.clone()),
                peer: peer.cloned(),
                service: None,
                summary: Message::new("x"),
                impact: Vec::new(),
                evidence: Vec::new(),
                conditions: Vec::new(),
            };
            let seen = Coverage::All;
            let findings = vec![finding];
            Judgement { outcome: Outcome::Fail, summary: Message::new("x"), findings, seen, not_seen: Vec::new() }
        };
        let down = BTreeSet::from([&n3]);
        let known = |judgement: &Judgement, down: &BTreeSet<&NodeName>| is_known(&Target::Cluster, judgement, down);
        assert!(known(&failed(&n3, None), &down) && known(&failed(&n1, Some(&n3)), &down));
        assert!(!known(&failed(&n1, None), &down) && !known(&failed(&n3, None), &BTreeSet::new()));
        let mut both = failed(&n3, None);
        both.findings.extend(failed(&n1, None).findings);
        assert!(!known(&both, &down), "one of them is about a node that runs");
        // A run that looked at the node itself has no other node to speak of.
        both.findings.clear();
        let at = |node: &NodeName| Target::Node { node: node.clone() };
        assert!(is_known(&at(&n3), &both, &down) && !is_known(&at(&n1), &both, &down));
    }

    #[test]
    fn a_step_notes_its_own_checks_and_what_changed_and_never_what_is_expected_or_noted_before() {
        let fail = || judged(Outcome::Fail, Coverage::All);
        let warn = || judged(Outcome::Warn, Coverage::All);
        let n3 = NodeName::from("n3");
        let down = BTreeSet::from([&n3]);
        let said = |step, round: &[CheckRun], before: &[DoneBefore]| {
            let open = exceptions(step, round, before, &down);
            open.into_iter()
                .map(|run| match &run.target {
                    Target::Node { node } => format!("{} {node}", run.check),
                    Target::Cluster => run.check.clone(),
                })
                .collect::<Vec<_>>()
        };
        // The ports and the stop of a node that is down are expected in every step after the first.
        let round = [
            run("net.ports", "n3", fail()),
            run("node.stop", "n3", fail()),
            run("net.ports", "n1", warn()),
            run("logs.signatures", "n1", warn()),
            run("config.members", "", warn()),
        ];
        let nothing = |runs: &[CheckRun]| DoneBefore { runs: runs.to_vec(), noted: Vec::new() };
        assert_eq!(said(Step::Config, &round, &[]), ["net.ports n1", "logs.signatures n1", "config.members"]);
        let logs = nothing(&round[..4]);
        assert_eq!(said(Step::Config, &round, std::slice::from_ref(&logs)), ["config.members"]);
        // What the step itself asks is not answered by a step that only was done.
        let network = [run("net.ports", "n1", warn()), run("logs.signatures", "n1", fail())];
        assert_eq!(said(Step::Network, &network, std::slice::from_ref(&logs)), ["net.ports n1", "logs.signatures n1"]);
        let config = DoneBefore { runs: round.to_vec(), noted: noted(&round[2..3]) };
        assert_eq!(said(Step::Network, &network, &[logs, config]), ["logs.signatures n1"], "noted, and what changed");
        let blind =
            [run("node.view", "n3", RunEnd::TimedOut), run("node.view", "n1", judged(Outcome::Pass, Coverage::All))];
        assert_eq!(said(Step::Network, &blind, &[]), ["node.view n3"], "what was not seen is not expected");
    }

    #[test]
    fn a_step_that_finds_out_notes_only_that_a_check_of_its_own_was_cut_off() {
        let could_not = RunEnd::CouldNotRun { reason: Message::new("x") };
        let round = [
            run("node.process", "n1", judged(Outcome::Fail, Coverage::All)),
            run("node.process", "n2", RunEnd::TimedOut),
            run("node.process", "n3", could_not),
            run("logs.signatures", "n2", RunEnd::TimedOut),
            run("logs.signatures", "n3", judged(Outcome::Pass, Coverage::Partly)),
        ];
        let said = |step| {
            let open = exceptions(step, &round, &[], &BTreeSet::new());
            open.iter().map(|run| format!("{} {:?}", run.check, run.end().map(RunEnd::as_str))).collect::<Vec<_>>()
        };
        assert_eq!(said(Step::Confirm), [r#"node.process Some("timed_out")"#]);
        assert_eq!(said(Step::Logs), [r#"logs.signatures Some("timed_out")"#]);
        assert_eq!(said(Step::Network).len(), round.len());
        let of = |doing| {
            let standing = NodeStanding { doing, ..running("n2") };
            let standing = Standing { nodes: vec![running("n1"), standing], ..Standing::default() };
            let at = Timestamp::from_millis(0);
            let newest = Diagnosis { standing, ..Diagnosis::bare(at, Health::Degraded) };
            cut_off(Step::Confirm, &round, Some(&newest)).len()
        };
        assert_eq!((of(NodeDoing::Running), of(NodeDoing::Refused)), (1, 1));
        assert_eq!((of(NodeDoing::Unreachable), of(NodeDoing::Hung)), (0, 0), "asking again changes nothing");
        let answered = [round[0].clone(), round[2].clone(), round[4].clone()];
        let noted = exceptions(Step::Confirm, &answered, &[], &BTreeSet::new());
        assert_eq!(noted.len(), 3, "who notes exceptions all the same notes all of them");
    }

    #[test]
    fn one_that_lost_a_part_of_its_sight_does_not_say_the_same() {
        let saw_all_but = |outcome, lost: &[(&str, &str)]| {
            let part = |(path, why): &(&str, &str)| NotSeen {
                check: "logs.signatures".to_owned(),
                node: Some(NodeName::from("n1")),
                reason: Message::new("judged-log-unreadable").with("path", path).with("why", why),
            };
            let not_seen: Vec<NotSeen> = lost.iter().map(part).collect();
            let (seen, summary) = (Coverage::without(&not_seen), Message::new("x"));
            let judgement = Judgement { outcome, summary, findings: Vec::new(), seen, not_seen };
            run("logs.signatures", "n1", RunEnd::Judged { judgement })
        };
        let before = saw_all_but(Outcome::Pass, &[("a.log", "deadline"), ("b.log", "denied")]);
        let same = saw_all_but(Outcome::Pass, &[("b.log", "denied"), ("a.log", "deadline")]);
        assert!(says_the_same(&same, &before), "in another order");
        for (lost, why) in [
            (&[("a.log", "deadline"), ("b.log", "denied"), ("c.log", "deadline")] as &[_], "one more"),
            (&[("a.log", "deadline")], "one fewer"),
            (&[("a.log", "deadline"), ("c.log", "denied")], "another file"),
            (&[("a.log", "deadline"), ("b.log", "deadline")], "another reason"),
        ] {
            assert!(!says_the_same(&saw_all_but(Outcome::Pass, lost), &before), "{why}");
        }
        let warned = saw_all_but(Outcome::Warn, &[("a.log", "deadline"), ("b.log", "denied")]);
        assert!(!says_the_same(&warned, &before));
        let ended = |node: &str, end| run("a", node, end);
        assert!(says_the_same(&ended("n1", RunEnd::TimedOut), &ended("n1", RunEnd::TimedOut)));
        assert!(!says_the_same(&ended("n1", RunEnd::TimedOut), &ended("n2", RunEnd::TimedOut)));
        assert!(!says_the_same(&ended("n1", RunEnd::TimedOut), &before));
    }

    #[test]
    fn what_is_not_in_order_or_not_seen_is_noted_by_check_and_outcome() {
        let round = [
            run("a", "n1", judged(Outcome::Pass, Coverage::All)),
            run("a", "n2", judged(Outcome::Fail, Coverage::All)),
            run("a", "n3", judged(Outcome::Fail, Coverage::All)),
            run("b", "n1", judged(Outcome::Pass, Coverage::Partly)),
            run("b", "n2", RunEnd::TimedOut),
            run("c", "", judged(Outcome::Warn, Coverage::All)),
            run("d", "", judged(Outcome::Advice, Coverage::All)),
        ];
        let said: Vec<String> = noted(&round)
            .iter()
            .map(|one| {
                let NotedException::Check(one) = one else { return String::new() };
                format!("{} {} {:?} {:?} {}", one.check, NodeName::joined(&one.nodes), one.outcome, one.seen, one.end)
            })
            .collect();
        assert_eq!(
            said,
            [
                "a n2, n3 Some(Fail) All judged",
                "b n1 Some(Pass) Partly judged",
                "b n2 None All timed_out",
                "c  Some(Warn) All judged",
            ]
        );
    }
}
