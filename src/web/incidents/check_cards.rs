//! Check runs as the run screen shows them: one card a kind, failed first, what is in order folded away.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::check_run::{CheckRun, CheckRunState, RunEnd, Target};
use crate::domain::evidence::EvidenceRef;
use crate::domain::exception::{is_known, says_the_same};
use crate::domain::finding::{Coverage, Finding, Judgement, Outcome, Step};
use crate::domain::id::{CheckRunId, EvidenceId, IncidentId, NodeName};
use crate::domain::time::Timestamp;
use crate::web::incidents::next_action::Tally;
use crate::web::plumbing::components::{OutcomeLook, Tone, with_seen};
use crate::web::plumbing::page::Frame;
use crate::web::{check_key, paths};

/// Most quotes shown for one finding; the rest is in the evidence.
const QUOTES: usize = 3;
/// Word of a run that saw a part, and in that nothing wrong.
const PARTLY: &str = "web-run-partly";
/// The check that counts what a node holds.
const CONNECTIONS: &str = "clients.connections";

/// All runs of one kind in a round.
pub struct CheckCard {
    /// Kind, e.g. `net.ports`.
    pub kind: String,
    /// Its name.
    pub title: String,
    /// Worst state of its lines.
    pub tone: Tone,
    /// Key of the word for it.
    pub word: &'static str,
    /// One line a target, worst first; targets that say the same share one.
    pub lines: Vec<RunLine>,
    /// Evidence: name of the node (or of the kind) and page.
    pub evidence: Vec<(String, String)>,
    /// Page that shows all nodes side by side: path and key of its name.
    pub table: Option<(String, &'static str)>,
}

/// One run.
pub struct RunLine {
    /// The run.
    pub run: CheckRunId,
    /// Node, or several that say the same; empty for the whole cluster.
    pub node: String,
    /// Shape and colour.
    pub tone: Tone,
    /// Key of the word.
    pub word: &'static str,
    /// Whether a word beside the outcome has to say that only parts were seen.
    pub partly: bool,
    /// What it says, one sentence.
    pub said: String,
    /// That it is expected, and why; empty: it is not.
    pub expected: String,
    /// What was found.
    pub findings: Vec<FindingLine>,
    /// Parts that could not be seen, with the reason.
    pub not_seen: Vec<String>,
    /// Since when it runs.
    pub since: Option<Timestamp>,
    /// Until when its node has time.
    pub until: Option<Timestamp>,
    /// Whether something of it is missing that a person could hand in.
    pub wants_hand_in: bool,
}

impl CheckCard {
    /// Its kind as a part of an id in the page.
    #[must_use]
    pub fn element_id(&self) -> String {
        self.kind.replace('.', "-")
    }

    /// Whether something of it is missing that a person could hand in.
    #[must_use]
    pub fn wants_hand_in(&self) -> bool {
        self.lines.iter().any(|line| line.wants_hand_in)
    }
}

impl RunLine {
    /// Whether it has not ended.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.tone, Tone::Running | Tone::Todo)
    }
}

/// One finding of a run.
pub struct FindingLine {
    /// Shape and colour.
    pub tone: Tone,
    /// The symptom; empty where the line that it belongs to says it.
    pub text: String,
    /// Stable code.
    pub code: &'static str,
    /// Where it was seen, and the text.
    pub quotes: Vec<(String, String)>,
    /// How many quotes are left out.
    pub more: usize,
}

/// What the cards need besides the runs.
pub struct CardContext<'a> {
    /// Words.
    pub f: &'a Frame,
    /// The incident.
    pub incident: IncidentId,
    /// Deadline of a node, milliseconds.
    pub deadline_ms: u64,
    /// Evidence by run.
    pub evidence: &'a BTreeMap<CheckRunId, EvidenceId>,
    /// Nodes that are down for the cause that is known: what fails because of them is no news.
    pub known_down: &'a BTreeSet<&'a NodeName>,
}

impl CardContext<'_> {
    /// That something is expected, and why.
    fn expected(&self) -> String {
        self.f.t1("web-run-expected", "nodes", self.f.list(self.known_down.iter().map(|node| node.0.clone())))
    }
}

/// One check as a row of the table: a cell a node, or one over all of them.
pub struct CheckRow {
    /// Everything it says.
    pub card: CheckCard,
    /// One cell a node in the order of the inventory; a check over the whole cluster has one.
    pub cells: Vec<Cell>,
    /// Whether it looks at the cluster as a whole.
    pub whole: bool,
    /// Whether the step before said the same and saw as much.
    pub unchanged: bool,
    /// Whether the step itself asks for it.
    pub own: bool,
}

/// How a check turned out for a node.
pub struct Cell {
    /// The node; empty for the whole cluster.
    pub node: String,
    /// Shape and colour.
    pub tone: Tone,
    /// The word.
    pub word: String,
}

impl CheckRow {
    /// Whether its lines are shown without asking: not where all that is to say is that a part was not seen.
    #[must_use]
    pub fn is_loud(&self) -> bool {
        let is_only_partly = |line: &RunLine| !line.tone.is_loud() || line.word == PARTLY;
        !self.card.lines.iter().all(is_only_partly)
    }

    /// Whether it is in order, or does not apply.
    #[must_use]
    pub const fn is_fine(&self) -> bool {
        matches!(self.card.tone, Tone::Ok | Tone::Skipped)
    }
}

/// The checks of a round as rows: what the step itself asks first, worst first. `before`: the runs of the step before.
#[must_use]
pub fn rows(cx: &CardContext<'_>, runs: &[CheckRun], before: &[CheckRun], nodes: &[NodeName]) -> Vec<CheckRow> {
    let row = |card: CheckCard| {
        let own: Vec<&CheckRun> = runs.iter().filter(|run| run.check == card.kind).collect();
        let whole = own.iter().all(|run| run.target == Target::Cluster);
        let cells = if whole {
            own.iter().map(|run| cell(cx, run)).collect()
        } else {
            let of = |node: &NodeName| own.iter().find(|run| run.target == Target::Node { node: node.clone() });
            nodes.iter().map(|node| of(node).map_or_else(|| Cell::empty(node), |run| cell(cx, run))).collect()
        };
        // A step shows what it asks itself, whatever the step before saw of it. What could not run is not folded away either:
        // it may be run again or handed in.
        let is_of_step = own.iter().any(|run| Step::of_check(&run.check) == Some(run.step));
        let is_judged = |run: &CheckRun| matches!(run.end(), Some(RunEnd::Judged { .. }));
        let is_said = |run: &CheckRun| before.iter().any(|earlier| says_the_same(run, earlier));
        let unchanged = !is_of_step && own.iter().all(|run| is_judged(run) && is_said(run));
        CheckRow { card, cells, whole, unchanged, own: is_of_step }
    };
    let mut rows: Vec<CheckRow> = cards(cx, runs).into_iter().map(row).collect();
    rows.sort_by_key(|row| (row.unchanged, !row.own));
    rows
}

impl Cell {
    fn empty(node: &NodeName) -> Self {
        Self { node: node.0.clone(), tone: Tone::Skipped, word: String::new() }
    }
}

fn cell(cx: &CardContext<'_>, run: &CheckRun) -> Cell {
    let line = line(cx, run);
    let seen = if line.partly { Coverage::Partly } else { Coverage::All };
    let word = if line.expected.is_empty() { with_seen(cx.f, cx.f.t(line.word), seen) } else { line.expected };
    Cell { word, node: line.node, tone: line.tone }
}

/// The cards of a round: worst first, otherwise in the order of the runbook.
#[must_use]
pub fn cards(cx: &CardContext<'_>, runs: &[CheckRun]) -> Vec<CheckCard> {
    let mut cards: Vec<CheckCard> = Vec::new();
    for run in runs {
        let line = line(cx, run);
        let evidence = evidence_path(cx, run).map(|path| (line.node.clone(), path));
        match cards.iter_mut().find(|card| card.kind == run.check) {
            Some(card) => {
                card.lines.push(line);
                card.evidence.extend(evidence);
            }
            None => cards.push(CheckCard {
                kind: run.check.clone(),
                title: cx.f.t(check_key(&run.check)),
                tone: Tone::Todo,
                word: "web-run-queued",
                lines: vec![line],
                evidence: evidence.into_iter().collect(),
                table: table(cx.incident, &run.check),
            }),
        }
    }
    for card in &mut cards {
        card.lines.sort_by_key(|line| rank(line.tone));
        card.lines = merged(std::mem::take(&mut card.lines), cx.f.comma());
        if let Some(worst) = card.lines.first() {
            (card.tone, card.word) = (worst.tone, worst.word);
        }
        // One failed line and others under way: the card says what is known, the lines say the rest.
        if card.lines.iter().any(RunLine::is_open) && rank(card.tone) > rank(Tone::Warn) {
            (card.tone, card.word) = (Tone::Running, "web-run-running");
        }
    }
    cards.sort_by_key(|card| rank(card.tone));
    cards
}

/// How the runs of a round ended, counted. `down`: nodes that do not run.
#[must_use]
pub fn tally(runs: &[CheckRun], down: &BTreeSet<&NodeName>) -> Tally {
    let mut tally = Tally { all: runs.len(), ..Tally::default() };
    for run in runs {
        match &run.state {
            CheckRunState::Queued | CheckRunState::Running { .. } => tally.running += 1,
            CheckRunState::Ended { end: RunEnd::Judged { judgement }, .. } => match judgement.outcome {
                Outcome::Fail if is_known(&run.target, judgement, down) => tally.known += 1,
                Outcome::Fail => tally.failed += 1,
                Outcome::Warn => tally.warned += 1,
                Outcome::Pass | Outcome::Advice | Outcome::NotApplicable if !judgement.seen.is_all() => {
                    tally.partly += 1;
                }
                Outcome::Pass | Outcome::Advice | Outcome::NotApplicable => tally.fine += 1,
            },
            CheckRunState::Ended { .. } => tally.unseen += 1,
        }
    }
    tally
}

/// Lines that say the same of different nodes become one, so that what differs stands out.
fn merged(lines: Vec<RunLine>, comma: &str) -> Vec<RunLine> {
    let mut merged: Vec<RunLine> = Vec::new();
    for line in lines {
        let plain = |line: &RunLine| line.findings.is_empty() && line.not_seen.is_empty() && line.tone != Tone::Running;
        let same = merged.iter_mut().find(|known| {
            plain(known)
                && plain(&line)
                && known.word == line.word
                && known.said == line.said
                && known.expected == line.expected
                && known.tone == line.tone
        });
        match same {
            Some(known) => known.node = format!("{}{comma}{}", known.node, line.node),
            None => merged.push(line),
        }
    }
    merged
}

const fn rank(tone: Tone) -> u8 {
    match tone {
        Tone::Fail => 0,
        Tone::Warn | Tone::Needs => 1,
        Tone::Unknown => 2,
        Tone::Stopped => 3,
        Tone::Running => 4,
        Tone::Todo => 5,
        Tone::Expected => 6,
        Tone::Info => 7,
        Tone::Ok => 8,
        Tone::Skipped => 9,
    }
}

/// A run that waits.
const fn nothing_yet() -> RunLine {
    RunLine {
        run: CheckRunId(0),
        node: String::new(),
        tone: Tone::Todo,
        word: "web-run-queued",
        partly: false,
        said: String::new(),
        expected: String::new(),
        findings: Vec::new(),
        not_seen: Vec::new(),
        since: None,
        until: None,
        wants_hand_in: false,
    }
}

fn line(cx: &CardContext<'_>, run: &CheckRun) -> RunLine {
    let node = match &run.target {
        Target::Node { node } => node.0.clone(),
        Target::Cluster => String::new(),
    };
    let mut line = RunLine { run: run.id, node, ..nothing_yet() };
    match &run.state {
        CheckRunState::Queued => {}
        CheckRunState::Running { started_at, seen_at: Some(_), .. } => {
            (line.tone, line.word) = (Tone::Running, "web-run-running");
            line.since = Some(*started_at);
            line.said = cx.f.t("web-run-seen-what");
        }
        CheckRunState::Running { started_at, .. } => {
            (line.tone, line.word) = (Tone::Running, "web-run-running");
            line.since = Some(*started_at);
            line.until = Some(started_at.plus_millis(i64::try_from(cx.deadline_ms).unwrap_or(i64::MAX)));
        }
        CheckRunState::Ended { end, .. } => {
            ended(cx, &mut line, end);
            if let RunEnd::Judged { judgement } = end {
                expect(cx, &mut line, run, judgement);
                put_together(&mut line);
            }
        }
    }
    line
}

/// Whether a run says nothing but that nodes are down of which that is known. What such a node is counted to hold is no
/// good news: it holds nothing.
fn is_expected(run: &CheckRun, judgement: &Judgement, known_down: &BTreeSet<&NodeName>) -> bool {
    let is_down = matches!(&run.target, Target::Node { node } if known_down.contains(node));
    match judgement.outcome {
        Outcome::Fail => is_known(&run.target, judgement, known_down),
        Outcome::Pass => is_down && run.check == CONNECTIONS,
        Outcome::Warn | Outcome::Advice | Outcome::NotApplicable => false,
    }
}

/// Of nodes that are known to be down: what fails because of them is expected.
fn expect(cx: &CardContext<'_>, line: &mut RunLine, run: &CheckRun, judgement: &Judgement) {
    if is_expected(run, judgement, cx.known_down) {
        line.tone = Tone::Expected;
        line.expected = cx.expected();
    }
    for (shown, finding) in line.findings.iter_mut().zip(sorted(&judgement.findings)) {
        let is_down = |node: &Option<NodeName>| node.as_ref().is_some_and(|node| cx.known_down.contains(node));
        if shown.tone == Tone::Fail && (line.tone == Tone::Expected || is_down(&finding.node) || is_down(&finding.peer))
        {
            shown.tone = Tone::Expected;
        }
    }
}

fn ended(cx: &CardContext<'_>, line: &mut RunLine, end: &RunEnd) {
    match end {
        RunEnd::Judged { judgement } => judged(cx, line, judgement),
        RunEnd::CouldNotRun { reason } => {
            (line.tone, line.word) = (Tone::Unknown, "web-run-could-not-run");
            line.said = cx.f.msg(reason);
            line.wants_hand_in = !line.node.is_empty();
        }
        RunEnd::TimedOut => {
            (line.tone, line.word) = (Tone::Unknown, "web-run-timed-out");
            line.said = cx.f.t1("web-run-timed-out-what", "ms", cx.deadline_ms);
            line.wants_hand_in = !line.node.is_empty();
        }
        RunEnd::Cancelled { by } => {
            (line.tone, line.word) = (Tone::Stopped, "web-run-cancelled");
            line.said = cx.f.t1("web-run-cancelled-what", "name", by);
        }
        RunEnd::Interrupted => {
            (line.tone, line.word) = (Tone::Stopped, "web-run-interrupted");
            line.said = cx.f.t("web-run-interrupted-what");
        }
    }
}

fn judged(cx: &CardContext<'_>, line: &mut RunLine, judgement: &Judgement) {
    let look = OutcomeLook::of(judgement.outcome, judgement.seen);
    (line.tone, line.word, line.partly) = (look.look.tone, look.look.word, look.partly);
    line.said = cx.f.msg(&judgement.summary);
    line.not_seen = judgement
        .not_seen
        .iter()
        .map(|unseen| match &unseen.node {
            Some(node) if node.0 != line.node => format!("{node}{}{}", cx.f.colon(), cx.f.msg(&unseen.reason)),
            _ => cx.f.msg(&unseen.reason),
        })
        .collect();
    line.findings = sorted(&judgement.findings).into_iter().map(|finding| finding_line(cx, finding)).collect();
    line.said = after_name(&line.said, &line.node).to_owned();
    for finding in &mut line.findings {
        finding.text = after_name(&finding.text, &line.node).to_owned();
    }
}

/// The worst finding speaks for the run: its sentence stands there once, and what belongs to it right below. Of several nodes that
/// are equally bad none speaks for the others: each stands for itself.
fn put_together(line: &mut RunLine) {
    let is_said = |finding: &FindingLine| finding.text == line.said;
    let Some(at) = line.findings.iter().position(is_said) else { return };
    let tone = line.findings[at].tone;
    if line.node.is_empty() && line.findings.iter().filter(|other| other.tone == tone).count() > 1 {
        line.said.clear();
        return;
    }
    let mut speaks = line.findings.remove(at);
    speaks.text.clear();
    line.findings.insert(0, speaks);
}

/// A sentence without the node's name at its beginning, which the line shows in front of it.
fn after_name<'s>(said: &'s str, node: &str) -> &'s str {
    // Words that need the name before them: "n1 的 JVM 崩溃".
    const LEAN_ON_IT: [&str; 3] = ["的", "与", "和"];
    match said.strip_prefix(node) {
        Some(rest) if !node.is_empty() && rest.starts_with([' ', ':', '：']) => {
            let bare = rest.trim_start_matches([' ', ':', '：']);
            if LEAN_ON_IT.iter().any(|word| bare.starts_with(word)) { said } else { bare }
        }
        _ => said,
    }
}

/// The worst first.
fn sorted(findings: &[Finding]) -> Vec<&Finding> {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| rank(finding.outcome.into()));
    sorted
}

fn finding_line(cx: &CardContext<'_>, finding: &Finding) -> FindingLine {
    FindingLine {
        tone: finding.outcome.into(),
        text: cx.f.msg(&finding.summary),
        code: finding.code.as_str(),
        quotes: finding.evidence.iter().take(QUOTES).map(quote).collect(),
        more: finding.evidence.len().saturating_sub(QUOTES),
    }
}

/// Where a piece of evidence stands, and its text.
pub(in crate::web) fn quote(at: &EvidenceRef) -> (String, String) {
    let node = at.node.as_ref().map(|node| format!("{node} · ")).unwrap_or_default();
    let lines = match at.lines {
        Some((first, last)) if first == last => format!(":{first}"),
        Some((first, last)) => format!(":{first}-{last}"),
        None => String::new(),
    };
    (format!("{node}{}{lines}", at.source), at.text.clone())
}

fn evidence_path(cx: &CardContext<'_>, run: &CheckRun) -> Option<String> {
    let evidence = cx.evidence.get(&run.id)?;
    match (&run.target, run.check.as_str()) {
        (Target::Node { node }, "logs.signatures") => Some(paths::logs(cx.incident, &node.0)),
        _ => Some(paths::evidence(cx.incident, *evidence)),
    }
}

fn table(incident: IncidentId, kind: &str) -> Option<(String, &'static str)> {
    let (part, key) = match kind {
        "logs.signatures" | "logs.compare" => ("merged-logs", "merged-logs"),
        "config.members" | "config.cluster_conf" => ("tables/members", "web-table-members"),
        "config.compare" | "config.properties" => ("tables/properties", "web-table-properties"),
        "net.matrix" | "net.ports" | "door.compare" | "door.requests" => ("tables/ports", "web-table-ports"),
        "view.matrix" | "node.view" => ("tables/views", "web-table-views"),
        "clients.spread" | "clients.connections" | "clients.watched" => ("tables/clients", "web-table-clients"),
        "monitor.stable" | "monitor.sample" => ("monitor", "web-monitor"),
        _ => return None,
    };
    Some((paths::of_incident(incident, part), key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::finding::{NotSeen, Step};
    use crate::domain::message::Message;

    fn run(check: &str, state: CheckRunState) -> CheckRun {
        CheckRun {
            id: CheckRunId(1),
            incident: IncidentId(1),
            step: Step::Network,
            check: check.to_owned(),
            target: Target::Cluster,
            round: 1,
            queued_at: Timestamp::from_millis(0),
            state,
        }
    }

    fn judged(outcome: Outcome, not_seen: usize) -> CheckRunState {
        let unseen = NotSeen { check: "net.ports".to_owned(), node: None, reason: Message::new("x") };
        let not_seen = vec![unseen; not_seen];
        let seen = Coverage::without(&not_seen);
        let judgement = Judgement { outcome, summary: Message::new("x"), findings: Vec::new(), seen, not_seen };
        let at = Timestamp::from_millis(0);
        CheckRunState::Ended { started_at: at, ended_at: at, end: RunEnd::Judged { judgement } }
    }

    #[test]
    fn what_fails_because_of_a_node_that_is_known_to_be_down_is_neither_red_nor_green() {
        let (n1, n3) = (NodeName::from("n1"), NodeName::from("n3"));
        let down = BTreeSet::from([&n3]);
        let at = |node: &NodeName, check: &str, outcome| {
            let run = CheckRun { target: Target::Node { node: node.clone() }, ..run(check, judged(outcome, 0)) };
            let Some(RunEnd::Judged { judgement }) = run.end() else { unreachable!("it is judged") };
            [is_expected(&run, judgement, &BTreeSet::new()), is_expected(&run, judgement, &down)]
        };
        assert_eq!(at(&n3, "net.ports", Outcome::Fail), [false, true], "where it is the answer, it is red");
        assert_eq!(at(&n1, "net.ports", Outcome::Fail), [false, false]);
        assert_eq!(at(&n3, CONNECTIONS, Outcome::Pass), [false, true], "it holds none");
        assert_eq!(at(&n1, CONNECTIONS, Outcome::Pass), [false, false]);
        assert_eq!(at(&n3, "config.cluster_conf", Outcome::Pass), [false, false], "its file was read");
        assert!(!Tone::Expected.is_loud() && !matches!(Tone::Expected.class(), "ok" | "fail"));
    }

    #[test]
    fn a_pass_with_unseen_parts_is_not_counted_as_fine() {
        let runs = [
            run("a", judged(Outcome::Pass, 0)),
            run("b", judged(Outcome::Pass, 1)),
            run("c", judged(Outcome::Fail, 1)),
            run("d", CheckRunState::Queued),
        ];
        let tally = tally(&runs, &BTreeSet::new());
        assert_eq!((tally.all, tally.fine, tally.partly, tally.failed, tally.running), (4, 1, 1, 1, 1));
    }

    #[test]
    fn of_nodes_that_are_equally_bad_none_speaks_for_the_others() {
        let finding =
            |text: &str, tone| FindingLine { tone, text: text.to_owned(), code: "x", quotes: Vec::new(), more: 0 };
        let told = |node: &str, second: Tone| {
            let findings =
                vec![finding("a note", Tone::Info), finding("n1 is down", Tone::Fail), finding("n2 is down", second)];
            let mut line = RunLine { node: node.to_owned(), said: "n1 is down".to_owned(), findings, ..nothing_yet() };
            put_together(&mut line);
            let texts: Vec<String> = line.findings.into_iter().map(|finding| finding.text).collect();
            (line.said, texts)
        };
        let as_they_are = ["a note", "n1 is down", "n2 is down"].map(str::to_owned).to_vec();
        assert_eq!(told("", Tone::Fail), (String::new(), as_they_are), "each says it of itself");
        let below = ["", "a note", "n2 is down"].map(str::to_owned).to_vec();
        assert_eq!(
            told("", Tone::Warn),
            ("n1 is down".to_owned(), below.clone()),
            "where it was seen stands right below"
        );
        assert_eq!(told("n1", Tone::Fail), ("n1 is down".to_owned(), below), "what one node has, its worst says");
    }

    #[test]
    fn a_sentence_does_not_repeat_the_name_in_front_of_it() {
        for (said, node, shown) in [
            ("n1: 0 of 4 ports answer.", "n1", "0 of 4 ports answer."),
            ("n1：4 个端口", "n1", "4 个端口"),
            ("n1 does not answer.", "n1", "does not answer."),
            ("n10 does not answer.", "n1", "n10 does not answer."),
            ("n1 没有应答。", "n1", "没有应答。"),
            ("n1 的 JVM 崩溃。", "n1", "n1 的 JVM 崩溃。"),
            ("n1 与 n2 之间不通。", "n1", "n1 与 n2 之间不通。"),
            ("All is well.", "n1", "All is well."),
            ("n1 does not answer.", "", "n1 does not answer."),
        ] {
            assert_eq!(after_name(said, node), shown);
        }
    }

    #[test]
    fn the_worst_stands_first_and_unseen_is_neither_green_nor_red() {
        for tone in [Tone::Unknown, Tone::Stopped] {
            assert!(rank(Tone::Fail) < rank(tone) && rank(tone) < rank(Tone::Ok));
            assert!(!matches!(tone.class(), "ok" | "fail"));
        }
    }
}
