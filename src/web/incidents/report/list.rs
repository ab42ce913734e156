//! The list of records as CSV, for spreadsheets: the filters of the list hold, its pages do not.
//!
//! Columns and states have the stable names of the JSON export, times are those of UTC.

use axum::extract::State;
use axum::response::Response;

use crate::domain::record::moments::{Moment, Moments};
use crate::domain::time::Timestamp;
use crate::web::incidents::records::{RecordItem, RecordsQuery};
use crate::web::incidents::report::record::beginning;
use crate::web::incidents::report::taken_along;
use crate::web::plumbing::csv::Csv;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::Query;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;

/// Most records in one file; the file says so where there are more.
const MOST: usize = 1000;

const COLUMNS: [&str; 26] = [
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
    "seconds_to_recover",
    "cause_corrected",
    "follow_ups_open",
    "unanswered_at",
    "seconds_to_notice",
];

/// All records that the filters let through, newest first.
pub async fn list(State(web): State<Web>, f: Frame, Query(query): Query<RecordsQuery>) -> Result<Response, WebError> {
    let mut asked = query.to_store(&f.day_zone);
    let open = web.read().open_follow_up_counts().await?;
    let mut csv = Csv::new(&COLUMNS);
    let mut written = 0;
    loop {
        let found = web.read().incidents(&asked).await?;
        let Some(last) = found.last().map(|incident| incident.id) else { break };
        for incident in found {
            if written == MOST {
                csv.row([format!("only the newest {MOST} records are in this file")]);
                return Ok(answer(csv));
            }
            let events = web.read().told(incident.id).await?;
            // To the second, as the report and its JSON: their differences are the same.
            let moments = Moments::of(&incident, beginning(&web, &incident).await?, &events).to_the_second();
            csv.row(cells(&moments, &RecordItem::new(incident, &events, &open)));
            written += 1;
        }
        asked.before = Some(last);
    }
    Ok(answer(csv))
}

fn answer(csv: Csv) -> Response {
    taken_along(Csv::TYPE, "incidents", "csv", csv.into_text())
}

fn cells(moments: &Moments, item: &RecordItem) -> [String; 26] {
    let incident = &item.incident;
    let at = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    // The code that a person says it was, or the words.
    let corrected =
        item.corrected.as_ref().map_or(&item.words, |was| was.code.as_ref().unwrap_or(&was.words)).to_owned();
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
        incident.lead.clone().unwrap_or_default(),
        seconds(Moment::Recovered),
        corrected,
        item.follow_ups.to_string(),
        at(moments.unanswered),
        moments.since_noticed(Moment::Unanswered).map(|ms| (-ms / 1000).to_string()).unwrap_or_default(),
    ]
}
