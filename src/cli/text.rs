//! The verdict as text for a terminal: causes first, with what to do and what not to do.

use std::fmt::Write;

use jiff::tz::{Offset, TimeZone};

use crate::diagnosis::explain::{self, Why};
use crate::domain::diagnosis::{Cause, Confidence, Health};
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::{Coverage, Finding, Held, NotSeen, Outcome, Step};
use crate::domain::hidden::is_hidden;
use crate::domain::id::NodeName;
use crate::domain::message::{Lang, Message};
use crate::domain::observed::Observed;
use crate::domain::reported::{self, ReportedCase};
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::CutReason;
use crate::locale;
use crate::rounds::Round;

/// Evidence lines shown with a finding.
const EVIDENCE: usize = 3;

/// Characters of an evidence line.
const SHOWN: usize = 160;

/// The whole text; with `explain` also why it says so.
#[must_use]
pub fn render(round: &Round, lang: Lang, explain: bool) -> String {
    let page = Page { round, lang, zone: zone_of(round) };
    let mut out = String::new();
    page.head(&mut out);
    page.causes(&mut out);
    if explain {
        page.why(&mut out);
    }
    page.findings(&mut out);
    page.client_logs(&mut out);
    page.not_seen(&mut out);
    page.surer(&mut out);
    out
}

/// What a reported case says of itself: what was said, what was true, what is missing.
pub fn of_case(case: &ReportedCase, lang: Lang) -> String {
    let say = |key: &str, args: &[(&str, &str)]| printable(&locale::text(lang, key, args)) + "\n";
    let said = case.said.as_ref().map_or_else(
        || locale::text(lang, "wrong-said-nothing", &[]),
        |said| {
            let code = said.code.to_string();
            let aside = locale::text(lang, "web-aside", &[("what", &code)]);
            format!("{}{aside}", locale::render(lang, &said.summary))
        },
    );
    let code = case.was.code.map(|code| {
        let title = locale::text(lang, &format!("help-{}-title", code.key()), &[]);
        title + locale::text(lang, "web-aside", &[("what", code.as_str())]).as_str()
    });
    let was = code.into_iter().chain([case.was.words.clone()]).filter(|text| !text.is_empty());
    let was = was.collect::<Vec<_>>().join(" · ");
    let mut out = say("cli-case", &[("incident", &case.incident), ("program", &case.program)]);
    out.push_str(&say("cli-case-said", &[("said", &said)]));
    out.push_str(&say("cli-case-was", &[("was", &was)]));
    for lacking in &case.lacking {
        out.push_str(&match lacking {
            reported::Lacking::Moment => say("wrong-lacking-moment", &[]),
            reported::Lacking::Node { node } => say("wrong-lacking-node", &[("node", &node.0)]),
            reported::Lacking::Evidence { check, node } => {
                say("wrong-lacking-evidence", &[("check", check), ("node", &node.0)])
            }
        });
    }
    out.push('\n');
    out
}

struct Page<'a> {
    round: &'a Round,
    lang: Lang,
    zone: (TimeZone, String),
}

impl Page<'_> {
    fn say(&self, key: &str, args: &[(&str, &str)]) -> String {
        printable(&locale::text(self.lang, key, args))
    }

    fn message(&self, message: &Message) -> String {
        printable(&locale::render(self.lang, message))
    }

    fn time(&self, at: Timestamp) -> String {
        format!("{} {}", at.in_zone(&self.zone.0), self.zone.1)
    }

    fn head(&self, out: &mut String) {
        let diagnosis = &self.round.diagnosis;
        let health = match diagnosis.health {
            Health::Healthy => "cli-health-healthy",
            Health::Degraded => "cli-health-degraded",
            Health::Down => "cli-health-down",
            Health::Unknown => "cli-health-unknown",
        };
        let health = self.say(health, &[]);
        let _ = writeln!(out, "{}", self.say("cli-head", &[("cluster", &diagnosis.cluster), ("health", &health)]));
        let tolerance = match diagnosis.failure_tolerance {
            Some(0) if diagnosis.health == Health::Down => self.say("cli-tolerance-lost", &[]),
            Some(0) if diagnosis.health == Health::Unknown => self.say("cli-tolerance-unseen", &[]),
            Some(count) => self.say("cli-tolerance", &[("count", &count.to_string())]),
            None => self.say("cli-tolerance-unknown", &[]),
        };
        let _ = writeln!(out, "{tolerance}");
        let seconds = format!("{:.1}", Seconds(self.round.elapsed_ms));
        let _ =
            writeln!(out, "{}", self.say("cli-judged-at", &[("at", &self.time(diagnosis.at)), ("seconds", &seconds)]));
    }

    fn causes(&self, out: &mut String) {
        let causes = &self.round.diagnosis.causes;
        if causes.is_empty() {
            let key = match self.round.diagnosis.health {
                Health::Healthy => "cli-no-cause-healthy",
                Health::Unknown => "cli-no-cause-unknown",
                Health::Degraded | Health::Down => "cli-no-cause",
            };
            let _ = writeln!(out, "\n{}", self.say(key, &[]));
            let unseen = &self.round.diagnosis.not_seen;
            if !unseen.is_empty() {
                let _ = writeln!(out, "{}", self.message(&explain::not_seen(unseen, |part| self.message(part))));
            }
            return;
        }
        let _ = writeln!(out, "\n{}", self.say("cli-causes", &[]));
        // What causes share is told with the first of them.
        let mut told: Vec<&Message> = Vec::new();
        for (index, cause) in causes.iter().enumerate() {
            self.cause(out, index + 1, cause, &told);
            told.extend(cause.impact.iter().chain(&cause.do_not).chain(&cause.refuted_by));
        }
    }

    fn cause(&self, out: &mut String, number: usize, cause: &Cause, told: &[&Message]) {
        let new = |line: &&Message| !told.contains(line);
        let confidence = self.say(confidence_key(cause.confidence), &[]);
        let _ = writeln!(out, "\n{number}. {}  [{}, {confidence}]", self.message(&cause.summary), cause.code);
        if !cause.nodes.is_empty() {
            let _ = writeln!(out, "   {}", self.say("cli-nodes", &[("nodes", &NodeName::joined(&cause.nodes))]));
        }
        self.list(out, "cli-impact", cause.impact.iter().filter(new));
        self.list(out, "cli-action", cause.action.iter());
        self.list(out, "cli-do-not", cause.do_not.iter().filter(new));
        self.list(out, "cli-refuted-by", cause.refuted_by.iter().filter(new));
        if !cause.consequences.is_empty() {
            let codes: Vec<&str> = cause.consequences.iter().map(|code| code.as_str()).collect();
            let _ = writeln!(out, "   {}", self.say("cli-consequences", &[("codes", &codes.join(", "))]));
        }
    }

    /// Why the causes are these and in this order, what was set aside, and what decided the health.
    fn why(&self, out: &mut String) {
        let diagnosis = &self.round.diagnosis;
        let _ = writeln!(out, "\n{}", self.say("explain-title", &[]));
        if diagnosis.causes.is_empty() {
            let _ = writeln!(out, "  {}", self.say("explain-no-cause", &[]));
        }
        for (at, why) in explain::why(diagnosis).into_iter().enumerate() {
            self.why_of(out, at + 1, &why);
        }
        for aside in &diagnosis.trace.set_aside {
            let why = self.say(&explain::relation_key(&aside.relation), &[]);
            let (nodes, by_nodes) = (NodeName::joined(&aside.nodes), NodeName::joined(&aside.by_nodes));
            let args = [
                ("code", aside.code.as_str()),
                ("nodes", &nodes),
                ("by", aside.by.as_str()),
                ("byNodes", &by_nodes),
                ("why", &why),
            ];
            let _ = writeln!(out, "  {}", spaced(&self.say("explain-set-aside", &args)));
        }
        let _ = writeln!(out, "  {}", self.say(explain::health_key(diagnosis.health), &[]));
        for reason in &diagnosis.trace.health {
            let _ = writeln!(out, "      - {}", self.message(reason));
        }
    }

    fn why_of(&self, out: &mut String, number: usize, why: &Why<'_>) {
        let nodes = NodeName::joined(&why.cause.nodes);
        let args = [("number", &*number.to_string()), ("code", why.cause.code.as_str()), ("nodes", &nodes)];
        let mut head = vec![spaced(&self.say("explain-cause", &args))];
        if let Some(rank) = why.rank {
            head.push(self.say(outcome_key(rank.outcome), &[]));
            head.push(self.say(confidence_key(why.cause.confidence), &[]));
            head.push(self.say("explain-priority", &[("priority", &rank.priority.to_string())]));
            head.extend(rank.raised.as_ref().map(|raised| self.message(raised)));
            head.extend(rank.suspected.then(|| self.say("explain-suspected", &[])));
        }
        let _ = writeln!(out, "  {}", head.join("   "));
        for asked in &why.conditions {
            let mark = match asked.held {
                Held::Yes => '✓',
                Held::No => '✗',
                Held::NotSeen => '?',
            };
            let node = asked.node.map(|node| format!("{node}: ")).unwrap_or_default();
            let _ = writeln!(out, "      {mark} {}{}", printable(&node), self.message(&asked.text));
            for reference in asked.evidence.iter().take(1) {
                let _ = writeln!(out, "          {}", self.evidence(reference));
            }
        }
        for aside in &why.explains {
            let relation = self.say(&explain::relation_key(&aside.relation), &[]);
            let args = [("code", aside.code.as_str()), ("nodes", &NodeName::joined(&aside.nodes)), ("why", &relation)];
            let _ = writeln!(out, "    {}", spaced(&self.say("explain-explains", &args)));
        }
    }

    fn list<'m>(&self, out: &mut String, title: &str, messages: impl Iterator<Item = &'m Message>) {
        let mut messages = messages.peekable();
        if messages.peek().is_none() {
            return;
        }
        let _ = writeln!(out, "   {}", self.say(title, &[]));
        for message in messages {
            let _ = writeln!(out, "     - {}", self.message(message));
        }
    }

    fn findings(&self, out: &mut String) {
        let findings = &self.round.diagnosis.findings;
        if findings.is_empty() {
            return;
        }
        let _ = writeln!(out, "\n{}", self.say("cli-findings", &[]));
        // Several checks show one case.
        let same = |one: &Finding, other: &Finding| {
            (one.code, &one.node, &one.peer, &one.summary) == (other.code, &other.node, &other.peer, &other.summary)
        };
        for step in Step::ALL {
            let each =
                findings.iter().enumerate().filter(|(at, one)| !findings[..*at].iter().any(|other| same(other, one)));
            let mut of_step: Vec<&Finding> =
                each.map(|(_, finding)| finding).filter(|finding| finding.step == step).collect();
            if of_step.is_empty() {
                continue;
            }
            of_step.sort_by_key(|finding| std::cmp::Reverse(finding.outcome));
            let _ = writeln!(out, "\n  {}. {}", step.number(), self.say(&format!("cli-step-{}", step.key()), &[]));
            for finding in of_step {
                self.finding(out, finding);
            }
        }
    }

    fn finding(&self, out: &mut String, finding: &Finding) {
        let outcome = self.say(outcome_key(finding.outcome), &[]);
        let place = match (&finding.node, &finding.peer) {
            (Some(node), Some(peer)) => format!(" {node} → {peer}"),
            (Some(node), None) => format!(" {node}"),
            _ => String::new(),
        };
        let partly = match self.round.seen_by(finding) {
            Coverage::All => String::new(),
            Coverage::Partly => format!(" ({})", self.say("cli-partly-seen", &[])),
        };
        let (mut place, summary) = (printable(&place), self.message(&finding.summary));
        // Most sentences begin with the node.
        if summary.starts_with(place.trim_start()) {
            place.clear();
        }
        let _ = writeln!(out, "    {outcome}{partly}{place} {summary}  [{}]", finding.code);
        for reference in finding.evidence.iter().take(EVIDENCE) {
            let _ = writeln!(out, "        {}", self.evidence(reference));
        }
        if finding.evidence.len() > EVIDENCE {
            let more = (finding.evidence.len() - EVIDENCE).to_string();
            let _ = writeln!(out, "        {}", self.say("cli-more-evidence", &[("count", &more)]));
        }
    }

    fn evidence(&self, reference: &EvidenceRef) -> String {
        let node = reference.node.as_ref().map(|node| format!("{node}:")).unwrap_or_default();
        let line = reference.lines.map(|(first, _)| format!(":{first}")).unwrap_or_default();
        let text: String = reference.text.lines().next().unwrap_or_default().chars().take(SHOWN).collect();
        printable(&format!("{node}{}{line}  {text}", reference.source))
    }

    fn surer(&self, out: &mut String) {
        let told = &self.round.diagnosis.surer;
        if !told.is_empty() {
            let _ = writeln!(out, "\n{}", self.say("surer-title", &[]));
        }
        for one in told {
            let _ = writeln!(out, "  - {}", self.message(one));
        }
    }

    /// What the own logs of clients say that were handed in.
    fn client_logs(&self, out: &mut String) {
        for (client, seen) in &self.round.observations.client_logs {
            let _ = writeln!(out, "\n{}", self.say("cli-client-log", &[("client", client)]));
            for message in seen.says() {
                let _ = writeln!(out, "  - {}", self.message(&message));
            }
        }
    }

    fn not_seen(&self, out: &mut String) {
        let list = &self.round.diagnosis.could_not_run;
        if list.is_empty() {
            return;
        }
        let _ = writeln!(out, "\n{}", self.say("cli-not-seen", &[]));
        for (nodes, checks, reason) in by_reason(list) {
            let nodes: Vec<&str> = nodes.into_iter().map(|node| node.0.as_str()).collect();
            let nodes = if nodes.is_empty() { String::new() } else { format!("{} ", nodes.join(", ")) };
            let _ = writeln!(out, "  - {}{}: {}", printable(&nodes), checks.join(", "), self.message(reason));
        }
        if list.iter().any(|item| is_out_of_time(&item.reason)) {
            let _ = writeln!(out, "  {}", self.say("cli-more-time", &[]));
        }
    }
}

/// True if a node's time for the round was over.
fn is_out_of_time(reason: &Message) -> bool {
    const KEYS: [&str; 2] = ["checks-timed-out", "logscan-deadline"];
    let late = |value: &String| CutReason::from(value.as_str()).is_out_of_time();
    KEYS.contains(&reason.key.as_str()) || reason.args.get("why").is_some_and(late)
}

/// Nodes and checks that lack something, and the reason that they share.
type Lacking<'a> = (Vec<&'a NodeName>, Vec<&'a str>, &'a Message);

/// What was not seen, once for each reason: first the nodes of a check, then the checks of those nodes.
fn by_reason(list: &[NotSeen]) -> Vec<Lacking<'_>> {
    let mut of_check: Vec<Lacking<'_>> = Vec::new();
    for item in list {
        let same = of_check.iter_mut().find(|(_, checks, reason)| *reason == &item.reason && checks[0] == item.check);
        match same {
            Some((nodes, ..)) => nodes.extend(&item.node),
            None => of_check.push((item.node.iter().collect(), vec![&item.check], &item.reason)),
        }
    }
    let mut found: Vec<Lacking<'_>> = Vec::new();
    for (nodes, checks, reason) in of_check {
        match found.iter_mut().find(|(known, _, other)| *other == reason && *known == nodes) {
            Some((_, known, _)) => known.extend(checks),
            None => found.push((nodes, checks, reason)),
        }
    }
    found
}

const fn confidence_key(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Certain => "cli-confidence-certain",
        Confidence::Likely => "cli-confidence-likely",
        Confidence::Possible => "cli-confidence-possible",
    }
}

const fn outcome_key(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Fail => "cli-outcome-fail",
        Outcome::Warn => "cli-outcome-warn",
        Outcome::Advice => "cli-outcome-advice",
        Outcome::Pass | Outcome::NotApplicable => "cli-outcome-pass",
    }
}

/// A sentence whose argument was empty leaves two spaces, or one at the end.
fn spaced(text: &str) -> String {
    text.split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .replace(" ,", ",")
        .replace(" ，", "，")
}

/// Milliseconds shown as seconds.
struct Seconds(u64);

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0 / 1000, self.0 % 1000 / 100)
    }
}

/// The zone that most logs of the round are written in, else UTC.
fn zone_of(round: &Round) -> (TimeZone, String) {
    let seconds = round
        .observations
        .seen
        .values()
        .flat_map(|nodes| nodes.values())
        .find_map(|observed| match observed {
            Observed::Logs(logs) if logs.zone_derived => Some(logs.zone_offset_s),
            _ => None,
        })
        .unwrap_or(0);
    let Ok(offset) = Offset::from_seconds(seconds) else { return (TimeZone::UTC, "UTC".to_owned()) };
    if seconds == 0 {
        return (TimeZone::UTC, "UTC".to_owned());
    }
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    (TimeZone::fixed(offset), format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60))
}

/// Text of a cluster without what a terminal would obey, and without what hides or turns text around.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|char| if is_hidden(char) { ' ' } else { char }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_no_control_characters() {
        assert_eq!(printable("a\x1b[31mb\nc"), "a [31mb c");
        assert_eq!(printable("a\u{202e}b\u{200b}"), "a b ");
    }

    #[test]
    fn what_many_checks_lack_is_told_once() {
        let lacks = |check: &str, node: &str, key: &str| NotSeen {
            check: check.to_owned(),
            node: Some(NodeName::from(node)),
            reason: Message::new(key),
        };
        let list = [
            lacks("node.stop", "n1", "a"),
            lacks("node.stop", "n2", "a"),
            lacks("logs.signatures", "n1", "a"),
            lacks("logs.signatures", "n2", "a"),
            lacks("net.ports", "n2", "a"),
            lacks("net.ports", "n2", "b"),
        ];
        let told: Vec<(String, Vec<&str>, &str)> = by_reason(&list)
            .into_iter()
            .map(|(nodes, checks, reason)| {
                let nodes: Vec<&str> = nodes.into_iter().map(|node| node.0.as_str()).collect();
                (nodes.join(","), checks, reason.key.as_str())
            })
            .collect();
        assert_eq!(
            told,
            [
                ("n1,n2".to_owned(), vec!["node.stop", "logs.signatures"], "a"),
                ("n2".to_owned(), vec!["net.ports"], "a"),
                ("n2".to_owned(), vec!["net.ports"], "b"),
            ]
        );
    }

    #[test]
    fn milliseconds_are_shown_as_seconds() {
        assert_eq!(format!("{:.1}", Seconds(1_234)), "1.2");
    }
}
