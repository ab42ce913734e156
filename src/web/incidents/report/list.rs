//! The list of records as CSV, for spreadsheets: the filters of the list hold, its pages do not.
//!
//! # Why
//! Spreadsheets take a cell that begins with `=`, `+`, `-` or `@` for a formula, and names and logins are what strangers wrote.
//! Such a cell gets an apostrophe in front, which spreadsheets do not show. Columns and states have the stable names of the
//! JSON export, times are those of UTC, and a byte order mark says that it is UTF-8: without it, Chinese names are garbled.

use axum::extract::State;
use axum::response::Response;

use crate::domain::record::moments::Moment;
use crate::domain::time::Timestamp;
use crate::web::incidents::records::{RecordItem, RecordsQuery};
use crate::web::incidents::report::{Record, taken_along};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::Query;
use crate::web::plumbing::state::Web;

/// Most records in one file; the file says so where there are more.
const MOST: usize = 1000;

const COLUMNS: [&str; 21] = [
    "incident",
    "kind",
    "state",
    "cluster",
    "node",
    "causes",
    "silent_at",
    "noticed_at",
    "confirmed_at",
    "mitigated_at",
    "recovered_at",
    "closed_at",
    "reviewed_at",
    "recovered",
    "severity",
    "affected",
    "seconds_to_confirm",
    "seconds_to_mitigate",
    "seconds_to_close",
    "exceptions",
    "lead",
];

/// All records that the filters let through, newest first.
pub async fn list(State(web): State<Web>, Query(query): Query<RecordsQuery>) -> Result<Response, WebError> {
    let mut asked = query.to_store();
    let mut csv = String::from("\u{feff}");
    row(&mut csv, COLUMNS.map(str::to_owned));
    let mut written = 0;
    loop {
        let found = web.read().incidents(&asked).await?;
        let Some(last) = found.last().map(|incident| incident.id) else { break };
        for incident in found {
            if written == MOST {
                row(&mut csv, [format!("only the newest {MOST} records are in this file")]);
                return Ok(answer(csv));
            }
            let record = Record::load(&web, incident.id).await?;
            row(&mut csv, cells(&record, &RecordItem::new(incident, &record.events)));
            written += 1;
        }
        asked.before = Some(last);
    }
    Ok(answer(csv))
}

fn answer(csv: String) -> Response {
    taken_along("text/csv; charset=utf-8", "incidents", "csv", csv)
}

fn cells(record: &Record, item: &RecordItem) -> [String; 21] {
    let (incident, moments) = (&record.incident, record.moments());
    let at = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let seconds = |moment| moments.since_noticed(moment).map(|ms| (ms / 1000).to_string()).unwrap_or_default();
    [
        incident.id.label(),
        if incident.drill { "drill" } else { "real" }.to_owned(),
        incident.state.as_str().to_owned(),
        incident.cluster_name.clone(),
        incident.node.as_ref().map(|node| node.0.clone()).unwrap_or_default(),
        item.causes.join(" "),
        at(moments.silent),
        at(Some(moments.noticed)),
        at(moments.confirmed),
        at(moments.mitigated),
        at(moments.recovered),
        at(moments.closed),
        at(incident.reviewed_at),
        incident.recovered.map(|recovered| recovered.to_string()).unwrap_or_default(),
        incident.scope.severity.map(|severity| severity.as_str().to_owned()).unwrap_or_default(),
        incident.scope.affected.join("; "),
        seconds(Moment::Confirmed),
        seconds(Moment::Mitigated),
        seconds(Moment::Closed),
        item.exceptions.to_string(),
        incident.lead.clone(),
    ]
}

fn row<const N: usize>(csv: &mut String, cells: [String; N]) {
    csv.push_str(&cells.map(|cell| quoted(&cell)).join(","));
    csv.push_str("\r\n");
}

/// A cell that no spreadsheet takes for a formula, and that ends where it ends.
fn quoted(cell: &str) -> String {
    let cell = crate::web::plumbing::plain::plain(cell);
    let formula = cell.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        || cell.starts_with(['\t', '\r', '\n']);
    let cell = if formula { format!("'{cell}") } else { cell };
    if cell.contains([',', '"', '\n', '\r', '\'', ';', '\t']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_none_ends_early() {
        assert_eq!(quoted("prod-hz"), "prod-hz");
        assert_eq!(quoted("a,b"), "\"a,b\"");
        assert_eq!(quoted("say \"x\""), "\"say \"\"x\"\"\"");
        for formula in ["=1+1", "+1", "-1", "@x", " =1", "\t=1", "＝1"] {
            assert!(quoted(formula).starts_with("\"'"), "{}", quoted(formula));
        }
        let mut csv = String::new();
        row(&mut csv, ["a".to_owned(), "b\r\nc".to_owned()]);
        assert_eq!(csv, "a,\"b\r\nc\"\r\n");
    }
}
