//! The insights as CSV: one table with the part of the page in its first column.

use super::{Found, TimeRow};
use crate::domain::code::Code;
use crate::domain::insights::Spread;
use crate::web::plumbing::csv::Csv;

/// The head of the table; names are stable, and only `name` is in the language of the page.
const HEAD: [&str; 17] = [
    "part",
    "code",
    "name",
    "incidents",
    "median_ms",
    "worst_ms",
    "worst_incident",
    "not_known",
    "said",
    "confirmed",
    "corrected",
    "corrected_to",
    "runs",
    "could_not_look",
    "on_stopped",
    "reasons",
    "opened_at",
];

/// Stands in the place of a code where a person said it in words.
const IN_WORDS: &str = "in_words";

/// One line; what does not apply stays empty.
#[derive(Default)]
struct Row<'r> {
    part: &'r str,
    code: &'r str,
    name: &'r str,
    incidents: &'r str,
    spread: Option<Spread>,
    not_known: Option<usize>,
    cause: [String; 4],
    blind: [String; 4],
    opened_at: String,
}

impl Row<'_> {
    fn cells(self) -> [String; 17] {
        let ms = |of: fn(&Spread) -> i64| self.spread.as_ref().map(|spread| of(spread).to_string()).unwrap_or_default();
        let worst = self.spread.as_ref().map(|spread| spread.worst.label()).unwrap_or_default();
        let (median, longest) = (ms(|spread| spread.median_ms), ms(|spread| spread.worst_ms));
        let not_known = self.not_known.map(|n| n.to_string()).unwrap_or_default();
        let [said, confirmed, corrected, corrected_to] = self.cause;
        let [runs, could_not_look, on_stopped, reasons] = self.blind;
        let [part, code, name, incidents] = [self.part, self.code, self.name, self.incidents].map(str::to_owned);
        [
            part,
            code,
            name,
            incidents,
            median,
            longest,
            worst,
            not_known,
            said,
            confirmed,
            corrected,
            corrected_to,
            runs,
            could_not_look,
            on_stopped,
            reasons,
            self.opened_at,
        ]
    }
}

/// The whole table.
pub(super) fn table(found: &Found) -> String {
    let mut csv = Csv::new(&HEAD);
    let mut row = |row: Row<'_>| csv.row(row.cells());
    let asked = &found.asked;
    let part = if asked.drills { "drills" } else { "incidents" };
    let period = format!("{} - {} {}", asked.from, asked.to, asked.days.name());
    row(Row { part, name: &period, incidents: &found.count.to_string(), ..Row::default() });
    for (month, bar) in &found.months {
        row(Row { part: "month", code: month, name: month, incidents: &bar.text, ..Row::default() });
    }
    for time in &found.times {
        row(of_time("time", time, &count_of(time)));
    }
    for cluster in &found.clusters {
        for (what, spread) in cluster.times {
            let part = what.replace("insights-", "cluster_to_");
            row(Row { part: &part, name: &cluster.name, incidents: &cluster.count.text, spread, ..Row::default() });
        }
    }
    for line in &found.incidents {
        let (name, id) = (&line.incident.cluster_name, line.incident.id);
        let spread = line.took_ms.map(|ms| Spread { count: 1, median_ms: ms, worst_ms: ms, worst: id });
        let opened_at = line.incident.opened_at.to_string();
        row(Row { part: "incident", code: &id.label(), name, incidents: "1", spread, opened_at, ..Row::default() });
    }
    for time in &found.steps {
        row(of_time("step", time, &count_of(time)));
    }
    for cause in &found.causes {
        let said = &cause.said;
        // Without a code: a person wrote it in words.
        let code = |code: Option<Code>| code.map_or("", Code::as_str);
        let to: Vec<String> = said.corrected.iter().map(|(to, n)| corrected_to(*to, *n)).collect();
        let numbers = [said.said, said.confirmed, said.corrections()].map(|n| n.to_string());
        let [said, confirmed, corrected] = numbers;
        row(Row {
            part: "cause",
            code: code(cause.code),
            name: &cause.name,
            incidents: &cause.count.text,
            cause: [said, confirmed, corrected, to.join("; ")],
            ..Row::default()
        });
    }
    for check in &found.blind {
        let blind = &check.blind;
        let reasons: Vec<String> = blind.reasons.iter().map(|(why, n)| format!("{} {n}", why.key)).collect();
        let [runs, could_not, on_stopped] = [blind.runs, blind.blind, blind.on_stopped].map(|n| n.to_string());
        row(Row {
            part: "could_not_look",
            code: &blind.check,
            name: &check.name,
            incidents: &blind.incidents.len().to_string(),
            blind: [runs, could_not, on_stopped, reasons.join("; ")],
            ..Row::default()
        });
    }
    csv.into_text()
}

/// What it was instead, and how often: its code, or that a person said it in words.
fn corrected_to(code: Option<Code>, count: usize) -> String {
    format!("{} {count}", code.map_or(IN_WORDS, Code::as_str))
}

fn count_of(time: &TimeRow) -> String {
    time.spread.map_or(0, |spread| spread.count).to_string()
}

fn of_time<'r>(part: &'r str, time: &'r TimeRow, incidents: &'r str) -> Row<'r> {
    let (code, name, not_known) = (&time.code, &time.name, Some(time.without));
    Row { part, code, name, incidents, spread: time.spread, not_known, ..Row::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_correction_in_words_has_a_name_in_the_place_of_its_code() {
        assert_eq!(corrected_to(Some(Code::NodeKilled), 2), "node.killed 2");
        assert_eq!(corrected_to(None, 1), "in_words 1");
    }
}
