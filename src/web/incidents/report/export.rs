//! The record as Markdown and as JSON. In Markdown everything that people or machines wrote is escaped or stands in an
//! indented block, so that it cannot become markup or end the block it stands in.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{Record, Report};
use crate::domain::pinned::PinnedAs;
use crate::domain::time::Timestamp;
use crate::web::evidence::{name_of, vantage};
use crate::web::incidents::scope;
use crate::web::incidents::timeline::Line;
use crate::web::incidents::verdict::WhyView;
use crate::web::plumbing::components::incident_key;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::{plain, visible_json};

/// Text inside a sentence of Markdown.
pub(super) fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' | '$' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// Text as an indented block below a list item of that depth.
fn block(out: &mut String, text: &str, depth: usize) {
    out.push('\n');
    for line in text.lines() {
        out.push_str(&" ".repeat(depth * 2 + 4));
        out.push_str(line);
        out.push('\n');
    }
    out.push('\n');
}

fn utc(at: Timestamp) -> String {
    format!("{} UTC", at.in_zone(&TimeZone::UTC))
}

fn dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "—".to_owned())
}

/// The record as Markdown.
pub(super) fn markdown(f: &Frame, record: &Record, report: &Report) -> String {
    let incident = &record.incident;
    let mut out = format!("# {} · {}\n\n", incident.id.label(), inline(&incident.cluster_name));
    let mut fact = |name: String, value: String| out.push_str(&format!("- **{}**: {value}\n", inline(&name)));
    fact(f.t("web-state"), inline(&f.t(incident_key(incident))));
    if incident.drill {
        fact(f.t("records-kind"), inline(&f.t("web-drill")));
    }
    fact(f.t("web-node"), dash(incident.node.as_ref().map(|node| inline(&node.0))));
    fact(f.t("records-opened"), format!("{} · {}", utc(incident.opened_at), inline(&incident.opened_by)));
    fact(f.t("records-lead"), inline(&incident.lead));
    if !incident.scope.is_empty() {
        fact(f.t("scope-title"), inline(&scope::line(&incident.scope)));
    }
    if let Some(at) = incident.mitigated_at {
        let said = record.impact_end();
        let by = said.map_or_else(String::new, |end| format!(" · {}", inline(&f.t1("impact-said", "name", &end.by))));
        fact(f.t("web-do-mitigated"), format!("{}{by}", utc(at)));
    }
    fact(f.t("report-runbook"), inline(&incident.runbook));
    for (name, ms) in report.durations.all() {
        fact(f.t(format!("report-duration-{name}")), dash(ms.map(|ms| f.duration(ms))));
    }
    if let Some(closure) = &report.closure {
        let at = closure.says.at.map_or_else(String::new, |at| format!(" {}", utc(at)));
        let said = closure.said.map_or_else(String::new, |key| format!("{}; ", f.t(key)));
        let why = if closure.reason.is_empty() { String::new() } else { format!(" — {}", inline(&closure.reason)) };
        let measured = format!("{} {}{at}", f.t("closure-measured"), inline(&closure.says.says));
        fact(f.t("closure-facts"), format!("{said}{measured} · {}{why}", inline(&closure.by)));
    }
    if let Some(by) = &report.reviewed_by {
        fact(f.t("web-incident-reviewed"), inline(by));
    }
    exceptions_and_causes(&mut out, f, report);
    steps(&mut out, f, report);
    out.push_str(&format!("\n## {}\n\n", f.t("web-timeline")));
    for line in &report.lines {
        out.push_str(&format!("- {} · {} · {}\n", utc(line.at), inline(&line.actor), inline(&line.title)));
        if !line.text.is_empty() {
            block(&mut out, &line.text, 1);
        }
        notes(&mut out, f, line);
    }
    out.push_str(&format!("\n## {}\n\n", f.t("evidence-all")));
    out.push_str(&format!("{}\n\n", f.t(if record.broken.is_some() { "report-chain-broken" } else { "report-chain" })));
    if let Some((event, hash)) = &record.head {
        out.push_str(&format!("{} `{}`\n\n", inline(&f.t1("timeline-chain-head", "event", event)), inline(hash)));
    }
    for item in &record.evidence {
        let node = item.evidence.node.as_ref().map_or("—", |node| node.0.as_str());
        out.push_str(&format!(
            "- {} · {} · {} · {} · SHA-256 `{}`\n",
            inline(&f.t(name_of(&item.evidence.check))),
            inline(node),
            utc(item.evidence.captured_at),
            inline(&vantage(f, &item.evidence.vantage)),
            inline(&item.evidence.sha256)
        ));
    }
    out
}

/// What was corrected in a note, and its files.
fn notes(out: &mut String, f: &Frame, line: &Line) {
    if let Some(new) = &line.corrected {
        let by = f.t1("timeline-corrected", "name", &new.by);
        out.push_str(&format!("  - {}, {}\n", inline(&by), utc(new.at)));
    }
    for file in &line.files {
        out.push_str(&format!("  - {} ({}) · SHA-256 `{}`\n", inline(&file.name), file.size, inline(&file.sha256)));
    }
}

fn exceptions_and_causes(out: &mut String, f: &Frame, report: &Report) {
    out.push_str(&format!("\n## {}\n\n", f.t("report-exceptions")));
    if report.exceptions.is_empty() {
        out.push_str(&format!("{}\n", f.t("report-exceptions-none")));
    }
    for one in &report.exceptions {
        let by = one.by.as_ref().map_or_else(String::new, |(by, at)| format!(" ({}, {})", inline(by), utc(*at)));
        out.push_str(&format!("- {}: {}{by}\n", inline(&one.what), inline(&one.why)));
    }
    out.push_str(&format!("\n## {}\n\n", f.t("report-causes")));
    if report.causes.is_empty() {
        out.push_str(&format!("{}\n", f.t("report-causes-none")));
    }
    if let Some(chosen) = &report.chosen {
        let by = f.t1("hero-chosen", "name", &chosen.by);
        out.push_str(&format!("- **{}** ({}, {})\n", inline(&chosen.summary), inline(&by), utc(chosen.at)));
        if !chosen.words.is_empty() {
            block(out, &chosen.words, 1);
        }
    }
    for cause in &report.causes {
        let until = cause.until.map_or_else(|| f.t("report-cause-stands"), utc);
        out.push_str(&format!(
            "- **{}** (`{}`, {}, {} – {until})\n",
            inline(&cause.summary),
            cause.code,
            f.t(cause.confidence),
            utc(cause.from)
        ));
        for impact in &cause.impact {
            out.push_str(&format!("  - {}\n", inline(impact)));
        }
        for reason in &cause.because {
            out.push_str(&format!("  - {}\n", inline(&reason.text)));
            for excerpt in &reason.excerpts {
                out.push_str(&format!("    - {}\n", inline(&excerpt.source)));
                block(out, &excerpt.text, 3);
            }
        }
        why(out, f, &cause.why);
    }
}

fn why(out: &mut String, f: &Frame, why: &WhyView) {
    let mut list = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            out.push_str(&format!("  - {}\n", inline(&f.t(title))));
            lines.iter().for_each(|line| out.push_str(&format!("    - {}\n", inline(line))));
        }
    };
    list("web-cause-asked", why.asked.iter().map(|one| format!("{} ({})", plain(&one.text), f.t(one.word))).collect());
    list(
        "web-cause-explains",
        why.explains.iter().map(|(code, nodes, why)| format!("{code} {}: {why}", plain(nodes))).collect(),
    );
    list("web-cause-place", why.place.clone());
}

fn steps(out: &mut String, f: &Frame, report: &Report) {
    out.push_str(&format!("\n## {}\n", f.t("report-steps")));
    for step in &report.steps {
        out.push_str(&format!("\n### {} {} — {}\n\n", step.number, inline(&step.title), f.t(step.state)));
        for (word, decision) in &step.decisions {
            let why =
                if decision.reason.is_empty() { String::new() } else { format!(": {}", inline(&decision.reason)) };
            out.push_str(&format!("- **{}** · {} · {}{why}\n", inline(word), inline(&decision.by), utc(decision.at)));
        }
        for line in &step.results {
            out.push_str(&format!("- {} · {}: {}\n", inline(&line.said(f)), inline(&line.what), inline(&line.text)));
        }
    }
}

/// The record as JSON: stored values as they are, sentences in the language of the page.
pub(super) fn json(f: &Frame, record: &Record, report: &Report) -> Result<String, serde_json::Error> {
    let diagnosis = |diagnosis: &Option<crate::domain::diagnosis::Diagnosis>| -> Value { json!(diagnosis) };
    let steps: Vec<Value> = report
        .steps
        .iter()
        .zip(&record.states)
        .map(|(said, (step, state))| {
            json!({
                "step": step,
                "title": said.title,
                "state": state,
                "decisions": record.decisions.iter().filter(|decision| decision.step == *step).collect::<Vec<_>>(),
                "results": said.results.iter().map(|line| json!({
                    "outcome": line.word, "code": line.code, "seen": line.seen, "check": line.what, "summary": line.text,
                    "evidence": line.evidence,
                })).collect::<Vec<_>>(),
            })
        })
        .collect();
    let evidence: Vec<Value> = record
        .evidence
        .iter()
        .map(|item| {
            json!({
                "id": item.id, "run": item.run, "check": item.evidence.check, "node": item.evidence.node,
                "vantage": item.evidence.vantage, "captured_at": item.evidence.captured_at.to_string(),
                "clock_offset_ms": item.evidence.clock_offset_ms, "size_bytes": item.size_bytes,
                "sha256": item.evidence.sha256,
            })
        })
        .collect();
    let timeline: Vec<Value> = record
        .events
        .iter()
        .zip(&report.lines)
        .map(|(event, line)| json!({"at": event.at.to_string(), "event": event, "says": line.title}))
        .collect();
    let durations = report.durations;
    let during = record.named(f.now).first().map(|named| record.history[named.in_diagnosis].clone());
    let value = json!({
        "format": "nodedown-record-1",
        "incident": record.incident,
        "label": record.incident.id.label(),
        "durations_ms": {
            "detect": durations.detect_ms, "confirm": durations.confirm_ms,
            "mitigate": durations.mitigate_ms, "resolve": durations.resolve_ms,
        },
        "exceptions": report.exceptions.iter().map(|one| json!({"what": one.what, "why": one.why})).collect::<Vec<_>>(),
        "diagnosis_during": diagnosis(&during),
        "diagnosis_last": diagnosis(&record.last),
        "cause": record.pinned.as_ref().map(|pinned| json!({
            "at": pinned.at.to_string(), "chosen_by": pinned.chosen_by, "words": pinned.words,
            "named": pinned.cause().map(PinnedAs::from),
        })),
        "closure": record.closure,
        "impact_ends": record.impact_ends,
        "causes": report.causes.iter().map(|cause| json!({
            "code": cause.code, "summary": cause.summary,
            "from": cause.from.to_string(), "until": cause.until.map(|until| until.to_string()),
        })).collect::<Vec<_>>(),
        "steps": steps,
        "timeline": timeline,
        "timeline_intact": record.broken.is_none(),
        "timeline_head": record.head.as_ref().map(|(event, hash)| json!({"event": event, "sha256": hash})),
        "evidence": evidence,
        "summary": report.summary,
        "language": f.tag(),
    });
    serde_json::to_string_pretty(&value).map(visible_json)
}
