//! The insights as CSV: one table with the part of the page in its first column.

use super::{Found, TimeRow};
use crate::domain::insights::Spread;
use crate::web::plumbing::csv::Csv;

/// The head of the table; names are stable.
const HEAD: [&str; 7] = ["part", "name", "incidents", "median_ms", "worst_ms", "worst_incident", "detail"];

/// The whole table.
pub(super) fn table(found: &Found) -> String {
    let mut rows = Vec::new();
    let asked = &found.asked;
    let kind = if asked.drills { "drills" } else { "incidents" };
    let period = format!("{} - {} {}", asked.from, asked.to, asked.days.name());
    rows.push(row(kind, &period, &found.count.to_string(), None, ""));
    for (month, bar) in &found.months {
        rows.push(row("month", month, &bar.text, None, ""));
    }
    rows.extend(found.times.iter().map(|time| of_time("time", time)));
    for cluster in &found.clusters {
        for (what, spread) in cluster.times {
            let part = what.replace("insights-", "cluster_to_");
            rows.push(row(&part, &cluster.name, &cluster.count.text, spread, ""));
        }
    }
    for line in &found.incidents {
        let (name, id) = (&line.incident.cluster_name, line.incident.id);
        let spread = line.took_ms.map(|ms| Spread { count: 1, median_ms: ms, worst_ms: ms, worst: id });
        rows.push(row("incident", name, "1", spread, &format!("{} {}", id.label(), line.incident.opened_at)));
    }
    rows.extend(found.steps.iter().map(|time| of_time("step", time)));
    for cause in &found.causes {
        let code = cause.code.map_or("", crate::domain::code::Code::as_str);
        let said = &cause.said;
        let detail = format!(
            "{code}; said by the program: {}; confirmed: {}; corrected: {}; {}",
            said.said,
            said.confirmed,
            said.corrections(),
            cause.instead
        );
        rows.push(row("cause", &cause.name, &cause.count.text, None, &detail));
    }
    for check in &found.blind {
        let reasons: Vec<String> = check.reasons.iter().map(|(why, n)| format!("{why} ({n})")).collect();
        let detail = format!(
            "{}; runs: {}; could not look: {}; on the stopped node: {}; {}",
            check.blind.check,
            check.blind.runs,
            check.blind.blind,
            check.blind.on_stopped,
            reasons.join("; ")
        );
        rows.push(row("could_not_look", &check.name, &check.blind.incidents.len().to_string(), None, &detail));
    }
    let mut csv = Csv::new(&HEAD);
    rows.into_iter().for_each(|row| csv.row(row));
    csv.into_text()
}

fn of_time(part: &str, time: &TimeRow) -> [String; 7] {
    let count = time.spread.map_or(0, |spread| spread.count).to_string();
    row(part, &time.name, &count, time.spread, &format!("not known or skipped: {}", time.without))
}

fn row(part: &str, name: &str, incidents: &str, spread: Option<Spread>, detail: &str) -> [String; 7] {
    let ms = |of: fn(&Spread) -> i64| spread.as_ref().map(|spread| of(spread).to_string()).unwrap_or_default();
    let worst = spread.map(|spread| spread.worst.label()).unwrap_or_default();
    let (median, longest) = (ms(|spread| spread.median_ms), ms(|spread| spread.worst_ms));
    [part.to_owned(), name.to_owned(), incidents.to_owned(), median, longest, worst, detail.to_owned()]
}
