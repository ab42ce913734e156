//! What the answers of the truth suite count, and what a run of it must come to. Nothing here needs a cluster.
//!
//! A source is asked again and again for a while, and what counts is its first confident answer: somebody may have acted on
//! it. "Unknown" is not confident, nor is an answer that says which node is gone and that it is not known how it went, or
//! that a node which was started just now is starting. Nor is an all-clear within [`UNNOTICED`] of the fault, as long as a
//! later answer takes it back: until then the cluster itself may not have noticed. A wrong cause always counts, however
//! early it was named.
//!
//! `truth_expected.tsv` holds, with a reason each, what is expected where that is not plainly the right answer. A run fails
//! if an answer is worse than that (except one in twenty, if a later answer put it right), if a source has too few right
//! answers whatever the table excuses, and if a source that needs nothing of the machine was not asked.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Through;

/// For this long after a fault an all-clear may still fit what was seen: twice the longest pause between two attempts of a
/// node to reach a peer.
pub const UNNOTICED: Duration = Duration::from_secs(45);

/// For this long after a start a node may still be starting: a healthy start ends by then.
pub const STARTING: Duration = Duration::from_secs(90);

/// Right first answers in a hundred that each source must have, of the faults that leave a trace in it.
const FLOORS: &[(Through, usize)] = &[
    (Through::Live, 95),
    (Through::Ssh, 95),
    (Through::SshAlone, 95),
    (Through::ApiOnly, 85),
    (Through::Copies, 90),
    (Through::Later, 90),
];

/// Sources that work on every machine: a run that did not ask one of them fails.
const ALWAYS: &[Through] = &[Through::Live, Through::ApiOnly, Through::Copies];

/// One first answer in this many may name a wrong cause, whatever the table excuses.
const WRONG_AT_MOST: usize = 10;

/// One first answer in this many may name a wrong cause that the table does not excuse, if a later one put it right: three
/// servers are staged on one machine, and one that has no time for a moment is a fault of its own.
const ASTRAY_AT_MOST: usize = 20;

/// What one answer is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It names the cause.
    Right,
    /// It names no cause, and does not say that all is well.
    Unknown,
    /// It says no more than that nothing was seen, and the fault leaves no trace in this source.
    NoTrace,
    /// It names another cause.
    Wrong,
    /// It says that all is well.
    FalseAllClear,
}

/// One answer on the way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// After the fault.
    pub after: Duration,
    /// What it is.
    pub verdict: Verdict,
    /// In a few words.
    pub said: String,
}

/// What all answers of one source about one fault come to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judged {
    /// The answer that counts.
    pub first: Answer,
    /// The last one.
    pub last: Answer,
    /// How many named a wrong cause.
    pub wrong: usize,
    /// How many said that all is well before the cluster had to notice.
    pub early: usize,
}

impl Judged {
    /// Finds the answer that counts: the first confident one, or the last if none is. `None`: there is no answer.
    pub fn of(answers: &[Answer]) -> Option<Self> {
        let last = answers.last()?.clone();
        let is_early = |answer: &&Answer| answer.verdict == Verdict::FalseAllClear && answer.after < UNNOTICED;
        let confident = |answer: &&Answer| answer.verdict != Verdict::Unknown && !is_early(answer);
        Some(Self {
            first: answers.iter().find(confident).unwrap_or(&last).clone(),
            wrong: answers.iter().filter(|answer| answer.verdict == Verdict::Wrong).count(),
            early: answers.iter().filter(is_early).count(),
            last,
        })
    }

    /// True if the first confident answer named a wrong cause and the last one is right.
    fn was_put_right(&self) -> bool {
        self.first.verdict == Verdict::Wrong && self.last.verdict == Verdict::Right
    }
}

/// What is expected of one source about one fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expected {
    Right,
    Unknown,
    NoTrace,
    /// At most so many answers name a wrong cause, then the right one comes.
    WrongFirst(usize),
}

/// How a row stands to what is expected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stands {
    Worse,
    AsExpected,
    Better,
}

impl Expected {
    fn read(text: &str) -> Option<Self> {
        match text {
            "unknown" => Some(Self::Unknown),
            "no trace" => Some(Self::NoTrace),
            _ => text.strip_prefix("wrong first ")?.parse().ok().filter(|most| *most > 0).map(Self::WrongFirst),
        }
    }

    fn against(self, judged: &Judged) -> Stands {
        match (self, judged.first.verdict) {
            (Self::Right, Verdict::Right)
            | (Self::Unknown, Verdict::Unknown)
            | (Self::NoTrace, Verdict::NoTrace | Verdict::Unknown) => Stands::AsExpected,
            (Self::WrongFirst(most), Verdict::Wrong)
                if judged.wrong <= most && judged.last.verdict == Verdict::Right =>
            {
                Stands::AsExpected
            }
            (Self::Unknown | Self::NoTrace | Self::WrongFirst(_), Verdict::Right) => Stands::Better,
            _ => Stands::Worse,
        }
    }
}

/// What one source said of one fault.
#[derive(Clone, Debug)]
pub struct Row {
    pub fault: &'static str,
    pub through: Through,
    pub judged: Judged,
}

/// The rows of the table: what is expected where that is not plainly the right answer.
pub struct Table(BTreeMap<(String, &'static str), (Expected, String)>);

impl Table {
    /// The one that is checked in.
    pub fn checked_in() -> Self {
        Self::read(include_str!("truth_expected.tsv")).expect("truth_expected.tsv")
    }

    fn read(text: &str) -> Result<Self, String> {
        let mut rows = BTreeMap::new();
        for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            let [fault, source, expected, reason] = line.split('\t').collect::<Vec<_>>()[..] else {
                return Err(format!("not four columns: {line}"));
            };
            let through = Through::ALL.iter().find(|through| through.name() == source);
            let through = through.ok_or_else(|| format!("no such source: {line}"))?;
            let expected = Expected::read(expected).ok_or_else(|| format!("nothing that can be expected: {line}"))?;
            if reason.split_whitespace().count() < 3 {
                return Err(format!("no reason: {line}"));
            }
            if rows.insert((fault.to_owned(), through.name()), (expected, reason.to_owned())).is_some() {
                return Err(format!("twice: {line}"));
            }
        }
        Ok(Self(rows))
    }

    /// What is expected of that source about that fault.
    pub fn expected(&self, fault: &str, through: Through) -> Expected {
        self.0.get(&(fault.to_owned(), through.name())).map_or(Expected::Right, |(expected, _)| *expected)
    }

    fn reason(&self, row: &Row) -> String {
        let found = self.0.get(&(row.fault.to_owned(), row.through.name()));
        found.map_or_else(String::new, |(expected, reason)| format!(" (expected {expected:?}: {reason})"))
    }

    /// Every fault and source of the table.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, Through)> {
        self.0.keys().map(|(fault, source)| {
            let through = Through::ALL.iter().find(|through| through.name() == *source);
            (fault.as_str(), *through.expect("it was read"))
        })
    }
}

/// Why a run fails, and which rows of the table can be taken out.
#[derive(Default, Debug, PartialEq, Eq)]
pub struct Conclusion {
    pub failures: Vec<String>,
    /// Answers that are not held against the run, as there are so few.
    pub astray: Vec<String>,
    pub better: Vec<String>,
}

/// Holds the rows of a run against the table, the floors and the limits.
pub fn conclude(rows: &[Row], table: &Table) -> Conclusion {
    let mut conclusion = Conclusion::default();
    for row in rows {
        let named = format!("{} through {:?}: {:?}{}", row.fault, row.through, row.judged.first, table.reason(row));
        match table.expected(row.fault, row.through).against(&row.judged) {
            Stands::Worse if row.judged.was_put_right() => conclusion.astray.push(named),
            Stands::Worse => conclusion.failures.push(format!("worse than expected: {named}")),
            Stands::AsExpected => {}
            Stands::Better => conclusion.better.push(named),
        }
    }
    if conclusion.astray.len() > rows.len() / ASTRAY_AT_MOST {
        let astray = std::mem::take(&mut conclusion.astray).into_iter();
        conclusion.failures.extend(astray.map(|named| format!("worse than expected: {named}")));
    }
    if rows.is_empty() {
        conclusion.failures.push("nothing was asked".to_owned());
    }
    let asked = |through: Through| rows.iter().any(|row| row.through == through);
    for through in ALWAYS.iter().filter(|through| !rows.is_empty() && !asked(**through)) {
        conclusion.failures.push(format!("nothing was asked through {through:?}"));
    }
    let counted: Vec<(Through, bool)> = rows
        .iter()
        .filter(|row| table.expected(row.fault, row.through) != Expected::NoTrace)
        .map(|row| (row.through, row.judged.first.verdict == Verdict::Right))
        .collect();
    conclusion.failures.extend(below_floors(&counted));
    let wrong = rows.iter().filter(|row| row.judged.first.verdict == Verdict::Wrong).count();
    if wrong > most_of(rows.len(), rows.len() / WRONG_AT_MOST) {
        conclusion.failures.push(format!("{wrong} of {} first answers name a wrong cause", rows.len()));
    }
    conclusion
}

/// Of a few rows, the share that may miss is less than one; one may miss all the same.
fn most_of(rows: usize, share: usize) -> usize {
    share.max(usize::from(rows > 0))
}

/// The sources with too few right answers, of rows that leave a trace: source, and whether the answer was right.
fn below_floors(counted: &[(Through, bool)]) -> Vec<String> {
    let mut failures = Vec::new();
    for (through, floor) in FLOORS {
        let of = || counted.iter().filter(|(source, _)| source == through);
        let (all, right) = (of().count(), of().filter(|(_, right)| *right).count());
        if all - right > most_of(all, all * (100 - floor) / 100) {
            failures
                .push(format!("{right} of {all} first answers through {through:?} are right; {floor} % have to be"));
        }
    }
    failures
}

/// The floors and the limit, held against the table alone: what a run comes to in which every answer is as it expects.
/// `asked`: every fault and source of a full run.
pub fn excuses_too_much(table: &Table, asked: &[(&str, Through)]) -> Vec<String> {
    let expected = |(fault, through): &(&str, Through)| (*through, table.expected(fault, *through));
    let leaves_a_trace = |(_, expected): &(Through, Expected)| *expected != Expected::NoTrace;
    let counted: Vec<(Through, Expected)> = asked.iter().map(expected).filter(leaves_a_trace).collect();
    let right: Vec<_> = counted.iter().map(|(through, expected)| (*through, *expected == Expected::Right)).collect();
    let mut failures = below_floors(&right);
    let wrong = counted.iter().filter(|(_, expected)| matches!(expected, Expected::WrongFirst(_))).count();
    if wrong > most_of(asked.len(), asked.len() / WRONG_AT_MOST) {
        failures.push(format!("the table lets {wrong} of {} first answers name a wrong cause", asked.len()));
    }
    let known: BTreeSet<(&str, &str)> = asked.iter().map(|(fault, through)| (*fault, through.name())).collect();
    let unknown = table.pairs().filter(|(fault, through)| !known.contains(&(*fault, through.name())));
    failures.extend(unknown.map(|(fault, through)| format!("never asked: {fault} through {through:?}")));
    failures
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(after: u64, verdict: Verdict) -> Answer {
        Answer { after: Duration::from_secs(after), verdict, said: String::new() }
    }

    fn judged(answers: &[(u64, Verdict)]) -> Judged {
        let answers: Vec<Answer> = answers.iter().map(|(after, verdict)| answer(*after, *verdict)).collect();
        Judged::of(&answers).expect("an answer")
    }

    fn row(fault: &'static str, through: Through, answers: &[(u64, Verdict)]) -> Row {
        Row { fault, through, judged: judged(answers) }
    }

    /// A right answer through every source that has to be asked.
    fn all_right(times: usize) -> Vec<Row> {
        let once = || ALWAYS.iter().map(|through| row("killed", *through, &[(3, Verdict::Right)]));
        (0..times).flat_map(|_| once()).collect()
    }

    fn table(text: &str) -> Table {
        Table::read(text).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn the_first_confident_answer_counts() {
        let one = judged(&[(0, Verdict::Unknown), (3, Verdict::Unknown), (6, Verdict::Right), (9, Verdict::Wrong)]);
        assert_eq!((one.first, one.wrong), (answer(6, Verdict::Right), 1));
        // A right one that comes later does not help it.
        let one = judged(&[(0, Verdict::Wrong), (3, Verdict::Wrong), (6, Verdict::Right)]);
        assert_eq!((one.first.verdict, one.last.verdict, one.wrong), (Verdict::Wrong, Verdict::Right, 2));
        let open = judged(&[(0, Verdict::Unknown), (90, Verdict::Unknown)]);
        assert_eq!(open.first, answer(90, Verdict::Unknown));
        assert_eq!(Judged::of(&[]), None);
    }

    #[test]
    fn an_all_clear_counts_from_when_the_cluster_had_to_notice() {
        let late = UNNOTICED.as_secs();
        let early = judged(&[(0, Verdict::FalseAllClear), (late - 1, Verdict::FalseAllClear), (60, Verdict::Right)]);
        assert_eq!((early.first.verdict, early.early), (Verdict::Right, 2));
        let counts = judged(&[(late, Verdict::FalseAllClear), (60, Verdict::Right)]);
        assert_eq!((counts.first.verdict, counts.early), (Verdict::FalseAllClear, 0));
        // Nothing took it back.
        assert_eq!(judged(&[(5, Verdict::FalseAllClear)]).first.verdict, Verdict::FalseAllClear);
        assert_eq!(judged(&[(5, Verdict::Unknown), (9, Verdict::FalseAllClear)]).first.after, Duration::from_secs(9));
    }

    #[test]
    fn a_wrong_first_answer_fails_although_a_right_one_came_later() {
        let mut rows = all_right(1);
        assert_eq!(conclude(&rows, &table("")), Conclusion::default());
        rows.push(row("isolated", Through::Live, &[(0, Verdict::Wrong), (3, Verdict::Right)]));
        let failures = conclude(&rows, &table("")).failures;
        assert!(
            failures.len() == 1 && failures[0].starts_with("worse than expected: isolated through Live"),
            "{failures:?}"
        );
    }

    #[test]
    fn one_in_twenty_may_go_astray_if_it_is_put_right() {
        let astray = |times: usize, answers: &[(u64, Verdict)]| {
            let mut rows = all_right(10);
            rows.extend((0..times).map(|_| row("isolated", Through::Later, answers)));
            conclude(&rows, &table(""))
        };
        let put_right = [(0, Verdict::Wrong), (3, Verdict::Right)];
        let one = astray(1, &put_right);
        assert_eq!((one.failures.len(), one.astray.len()), (0, 1), "{one:?}");
        assert!(astray(2, &put_right).failures.len() >= 2);
        assert_eq!(astray(1, &[(0, Verdict::Wrong)]).failures.len(), 1, "nobody put it right");
        assert_eq!(astray(1, &[(50, Verdict::FalseAllClear), (60, Verdict::Right)]).failures.len(), 1);
    }

    #[test]
    fn an_exception_holds_as_far_as_it_goes() {
        let known = table("isolated\tApiOnly\twrong first 2\tits peers miss it later\n");
        let run = |answers: &[(u64, Verdict)]| {
            let mut rows = all_right(1);
            rows.push(row("isolated", Through::ApiOnly, answers));
            let Conclusion { failures, better, .. } = conclude(&rows, &known);
            (failures.len(), better.len())
        };
        let (wrong, right) = (Verdict::Wrong, Verdict::Right);
        assert_eq!(run(&[(0, wrong), (3, wrong), (6, right)]), (0, 0));
        assert_eq!(run(&[(0, wrong), (3, wrong), (6, wrong), (9, right)]), (1, 0), "one too many");
        assert_eq!(run(&[(0, wrong), (20, Verdict::Unknown)]), (1, 0), "never right");
        assert_eq!(run(&[(0, Verdict::Unknown), (3, right)]), (0, 1), "better");
        assert_eq!(run(&[(50, Verdict::FalseAllClear)]), (1, 0));
    }

    #[test]
    fn what_leaves_no_trace_may_be_left_open_and_not_be_named_wrong() {
        let known =
            table("cut\tCopies\tno trace\tthe logs are silent on it\nslow\tCopies\tunknown\tthe logs say little\n");
        for (fault, verdict, failures, better) in [
            ("cut", Verdict::NoTrace, 0, 0),
            ("cut", Verdict::Unknown, 0, 0),
            ("cut", Verdict::Right, 0, 1),
            ("cut", Verdict::Wrong, 1, 0),
            ("slow", Verdict::Unknown, 0, 0),
            ("slow", Verdict::Right, 0, 1),
            ("slow", Verdict::Wrong, 1, 0),
            ("slow", Verdict::FalseAllClear, 1, 0),
            ("other", Verdict::Unknown, 1, 0),
        ] {
            let mut rows = all_right(20);
            rows.push(row(fault, Through::Copies, &[(60, verdict)]));
            let conclusion = conclude(&rows, &known);
            let counts = (conclusion.failures.len(), conclusion.better.len());
            assert_eq!(counts, (failures, better), "{fault} {verdict:?}: {conclusion:?}");
        }
    }

    #[test]
    fn a_source_below_its_floor_fails_although_the_table_excuses_each_row() {
        let known = table("slow\tApiOnly\tunknown\tthe API says little\n");
        // 17 of 20 is its floor.
        for (missed, failures) in [(3, 0), (4, 1)] {
            let mut rows = all_right(20 - missed);
            rows.extend((0..missed).map(|_| row("slow", Through::ApiOnly, &[(60, Verdict::Unknown)])));
            let conclusion = conclude(&rows, &known);
            assert_eq!(conclusion.failures.len(), failures, "{conclusion:?}");
        }
    }

    #[test]
    fn what_leaves_no_trace_does_not_count_towards_a_floor() {
        let known = table("cut\tCopies\tno trace\tthe logs are silent on it\n");
        let mut rows = all_right(2);
        rows.extend((0..10).map(|_| row("cut", Through::Copies, &[(60, Verdict::NoTrace)])));
        assert_eq!(conclude(&rows, &known), Conclusion::default());
    }

    #[test]
    fn no_rows_fail_whether_of_all_sources_or_of_one() {
        assert_eq!(conclude(&[], &table("")).failures, ["nothing was asked"]);
        let mut rows = all_right(3);
        rows.retain(|row| row.through != Through::Copies);
        assert_eq!(conclude(&rows, &table("")).failures, ["nothing was asked through Copies"]);
    }

    #[test]
    fn too_many_wrong_answers_fail_although_the_table_excuses_each() {
        let known = "isolated\tApiOnly\twrong first 9\tits peers miss it later\n\
            isolated\tCopies\twrong first 9\tits peers miss it later\n";
        let wrong = [(0, Verdict::Wrong), (3, Verdict::Right)];
        let mut rows = all_right(10);
        rows.push(row("isolated", Through::ApiOnly, &wrong));
        assert_eq!(conclude(&rows, &table(known)), Conclusion::default());
        // One miss is within the floor of each source; two of 17 are more than one in ten.
        rows.drain(..15);
        rows.push(row("isolated", Through::Copies, &wrong));
        assert_eq!(conclude(&rows, &table(known)).failures, ["2 of 17 first answers name a wrong cause"]);
    }

    #[test]
    fn a_table_that_says_less_than_it_should_is_refused() {
        for text in [
            "killed\tLive\tunknown\n",
            "killed\tLive\tunknown\t \n",
            "killed\tLive\tright\tit is the right one\n",
            "killed\tLive\twrong first 0\tit is the right one\n",
            "killed\tNowhere\tunknown\tno such source there\n",
            "killed\tLive\tunknown\tno words of it\nkilled\tLive\tno trace\tno words of it\n",
        ] {
            assert!(Table::read(text).is_err(), "{text}");
        }
        let known = table("# comment\n\nkilled\tLive\tunknown\tno words of it\n");
        assert_eq!(known.expected("killed", Through::Live), Expected::Unknown);
        assert_eq!(known.expected("killed", Through::Ssh), Expected::Right);
        assert_eq!(excuses_too_much(&known, &[("killed", Through::Live)]), NOTHING);
        assert_eq!(excuses_too_much(&known, &[("killed", Through::Ssh)]), ["never asked: killed through Live"]);
    }

    const NOTHING: [&str; 0] = [];
}
