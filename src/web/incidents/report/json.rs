//! The record as JSON: stored values, stable codes, and what people wrote. It is the same in every language.
//!
//! # Why
//! A program that counts records does not read Chinese or English, and two people who compare their files must not find
//! differences that are none. So a sentence of nodedown stands here as its key and values, and a word as its code. Fields are
//! only added; `nodedown-record-1` had translated sentences beside the codes.

use serde_json::{Value, json};

use crate::domain::check_run::{CheckRun, RunEnd};
use crate::domain::message::Message;
use crate::domain::pinned::{PinnedAs, PinnedCause};
use crate::domain::record::cause::corrected;
use crate::domain::record::impact::Impact;
use crate::domain::record::moments::Moment;
use crate::domain::record::stood;
use crate::domain::time::Timestamp;
use crate::web::incidents::report::Report;
use crate::web::incidents::report::clients;
use crate::web::incidents::report::copied;
use crate::web::incidents::report::record::Record;
use crate::web::incidents::report::review_export;
use crate::web::incidents::report::steps::ResultLine;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::visible_json;

/// The whole record.
///
/// # Errors
/// That of the serialiser.
pub fn json(f: &Frame, record: &Record, report: &Report) -> Result<String, serde_json::Error> {
    let during = record.named(f.now).first().map(|named| &record.history[named.in_diagnosis]);
    let mut value = json!({
        "format": "nodedown-record-2",
        "incident": record.incident,
        "label": record.incident.id.label(),
        "durations_ms": durations(report),
        "moments": moments(report),
        "impact": measured(record),
        "exceptions": exceptions(record, report),
        "diagnosis_during": during,
        "diagnosis_last": record.last,
        "cause": cause(record),
        "closure": record.closure,
        "state": record.state.map(|seen| json!({
            "at": seen.at.to_string(), "by": seen.by, "state": seen.state, "failure_tolerance": seen.failure_tolerance,
        })),
        "impact_ends": record.impact_ends,
        "causes": causes(f, record),
        "steps": steps(record, report),
        "decisions": decisions(record),
        "timeline": timeline(record),
        "timeline_intact": record.broken.is_none(),
        "timeline_head": record.head.as_ref().map(|(event, hash)| json!({"event": event, "sha256": hash})),
        "evidence": evidence(record),
        "captures": copied::json(record),
        "clients": clients::json(record),
        "since_well": record.since.json(),
    });
    for (name, part) in review_export::json(record) {
        value[name] = part;
    }
    serde_json::to_string_pretty(&value).map(visible_json)
}

/// What was said, and what a review corrected: `code` is what it is by now.
fn cause(record: &Record) -> Option<Value> {
    let corrected = corrected(&record.events);
    let (pinned, named) = (record.pinned.as_ref(), record.pinned.as_ref().and_then(PinnedCause::cause));
    let code = corrected.map_or(named.map(|cause| cause.code), |corrected| corrected.code);
    let was =
        corrected.map(|was| json!({ "code": was.code, "words": was.words, "by": was.by, "at": was.at.to_string() }));
    (pinned.is_some() || was.is_some()).then(|| {
        json!({
            "code": code, "at": pinned.map(|pinned| pinned.at.to_string()),
            "chosen_by": pinned.and_then(|pinned| pinned.chosen_by.as_ref()),
            "words": pinned.map(|pinned| &pinned.words), "named": named.map(PinnedAs::from), "corrected": was,
        })
    })
}

fn text(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

fn durations(report: &Report) -> Value {
    let moments = &report.moments;
    json!({
        "detect": moments.since_noticed(Moment::Silent).map(|ms| -ms),
        "notice": moments.since_noticed(Moment::Unanswered).map(|ms| -ms),
        "confirm": moments.since_noticed(Moment::Confirmed),
        "mitigate": moments.since_noticed(Moment::Mitigated),
        "recover": moments.since_noticed(Moment::Recovered),
        "resolve": moments.since_noticed(Moment::Closed),
    })
}

fn moments(report: &Report) -> Value {
    Moment::ALL.iter().map(|moment| (moment.as_str().to_owned(), json!(text(report.moments.at(*moment))))).collect()
}

fn measured(record: &Record) -> Value {
    let Impact { nodes, clients, groups, led, tolerance } = record.impact();
    let led = led.map(|all| {
        all.iter().map(|(node, it)| json!({"node": node, "led": it.led, "groups": it.groups})).collect::<Vec<_>>()
    });
    json!({
        "nodes_not_serving": nodes,
        "clients": clients.map(|it| json!({"before": it.before, "fewest": it.fewest, "last": it.last})),
        "raft_groups": groups.map(|it| json!({"all": it.all, "leaderless": it.leaderless})),
        "raft_leaders_lost": led,
        "failure_tolerance": tolerance.map(|it| json!({"fewest": it.fewest, "last": it.last})),
        "requests": null,
    })
}

fn exceptions(record: &Record, report: &Report) -> Vec<Value> {
    let one = report.exceptions.iter().map(|one| {
        let decision = one.step.and_then(|step| record.decision(step));
        json!({
            "code": one.code, "step": one.step, "check": one.check, "nodes": one.nodes, "message": one.message,
            "reason": decision.map(|decision| &decision.reason),
            "noted": decision.map(|decision| &decision.exceptions),
            "by": decision.map(|decision| &decision.by), "at": decision.map(|decision| decision.at.to_string()),
        })
    });
    one.collect()
}

fn causes(f: &Frame, record: &Record) -> Vec<Value> {
    let one = record.named(f.now).into_iter().map(|named| {
        let cause = &record.history[named.in_diagnosis].causes[named.place];
        json!({
            "code": cause.code, "nodes": cause.nodes, "confidence": cause.confidence, "message": cause.summary,
            "from": named.from.to_string(), "until": text(named.until),
        })
    });
    one.collect()
}

fn steps(record: &Record, report: &Report) -> Vec<Value> {
    let step = report.steps.iter().zip(&record.states).map(|(said, (step, state))| {
        let decisions: Vec<_> = record.decisions.iter().filter(|decision| decision.step == *step).collect();
        let time = said.time;
        json!({
            "step": step,
            "key": step.key(),
            "state": state,
            "machine_ms": time.machine_ms,
            "person_ms": time.person_ms,
            "waiting_ms": time.waiting_ms,
            "decisions": decisions,
            "results": said.results.iter().map(|line| result(record, line)).collect::<Vec<_>>(),
        })
    });
    step.collect()
}

fn result(record: &Record, line: &ResultLine) -> Value {
    let run = record.runs.iter().find(|run| run.id == line.run);
    let end = run.and_then(CheckRun::end);
    let (outcome, message): (Option<_>, Option<&Message>) = match end {
        Some(RunEnd::Judged { judgement }) => (Some(judgement.outcome), Some(&judgement.summary)),
        Some(RunEnd::CouldNotRun { reason }) => (None, Some(reason)),
        _ => (None, None),
    };
    json!({
        "code": line.code, "seen": line.seen, "evidence": line.evidence,
        "run": line.run, "check_code": run.map(|run| &run.check), "node": run.and_then(|run| run.target.node()),
        "end": end.map(RunEnd::as_str), "outcome_code": outcome, "message": message,
    })
}

/// What stood at each decision, as numbers of entries of the timeline and of runs.
fn decisions(record: &Record) -> Vec<Value> {
    let one = stood::stood(&record.events).into_iter().map(|one| {
        json!({
            "event": one.decision.id,
            "cause_event": one.cause.map(|event| event.id),
            "state_event": one.state.map(|event| event.id),
            "check_events": one.checks.iter().map(|event| event.id).collect::<Vec<_>>(),
        })
    });
    one.collect()
}

fn timeline(record: &Record) -> Vec<Value> {
    record.events.iter().map(|event| json!({"at": event.at.to_string(), "event": event})).collect()
}

fn evidence(record: &Record) -> Vec<Value> {
    let item = record.evidence.iter().map(|item| {
        json!({
            "id": item.id, "run": item.run, "check": item.evidence.check, "node": item.evidence.node,
            "vantage": item.evidence.vantage, "captured_at": item.evidence.captured_at.to_string(),
            "clock_offset_ms": item.evidence.clock_offset_ms, "size_bytes": item.size_bytes,
            "sha256": item.evidence.sha256,
        })
    });
    item.collect()
}
