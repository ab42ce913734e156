//! The record as Markdown, in the order of the page. Everything that people or machines wrote is escaped or stands in an
//! indented block, so that it cannot become markup or end the block it stands in.

use jiff::tz::TimeZone;

use crate::domain::time::Timestamp;
use crate::web::evidence::{name_of, vantage};
use crate::web::incidents::impact;
use crate::web::incidents::led;
use crate::web::incidents::report::Report;
use crate::web::incidents::report::causes::{CauseText, Reason};
use crate::web::incidents::report::clients;
use crate::web::incidents::report::copied;
use crate::web::incidents::report::record::Record;
use crate::web::incidents::report::review_export;
use crate::web::incidents::report::state::Seen;
use crate::web::incidents::scope;
use crate::web::incidents::timeline::Line;
use crate::web::incidents::verdict::WhyView;
use crate::web::plumbing::components::incident_key;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::plain;

/// Text inside a sentence of Markdown.
pub fn inline(text: &str) -> String {
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
pub fn block(out: &mut String, text: &str, depth: usize) {
    out.push('\n');
    for line in text.lines() {
        out.push_str(&" ".repeat(depth * 2 + 4));
        out.push_str(line);
        out.push('\n');
    }
    out.push('\n');
}

/// A moment without its zone, which the record names once.
pub fn utc(at: Timestamp) -> String {
    at.in_zone(&TimeZone::UTC)
}

fn dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "—".to_owned())
}

/// The whole record.
#[must_use]
pub fn markdown(f: &Frame, record: &Record, report: &Report) -> String {
    let mut out = String::new();
    page_one(&mut out, f, record, report);
    out.push_str(&format!("\n# {}\n", f.t("report-appendix")));
    causes(&mut out, f, report);
    checks(&mut out, f, report);
    stood(&mut out, f, report);
    out.push_str(&format!("\n## {}\n\n", f.t("web-timeline")));
    for line in &report.lines {
        out.push_str(&format!("- {} · {} · {}\n", utc(line.at), inline(&line.actor), inline(&line.title)));
        if !line.text.is_empty() {
            block(&mut out, &line.text, 1);
        }
        of_note(&mut out, f, line);
    }
    evidence(&mut out, f, record);
    copied::markdown(&mut out, f, &report.copied);
    clients::markdown(&mut out, f, report.clients.as_ref());
    report.since.markdown(&mut out, f);
    let chain = if record.broken.is_some() { "report-chain-broken" } else { "report-chain-fits" };
    out.push_str(&format!("\n## {}\n\n{} {}\n", f.t("report-head-title"), f.t(chain), inline(&report.chain(f))));
    out
}

/// What was corrected in a note, and its files.
fn of_note(out: &mut String, f: &Frame, line: &Line) {
    if let Some(new) = &line.corrected {
        let by = f.t1("timeline-corrected", "name", &new.by);
        out.push_str(&format!("  - {}, {}\n", inline(&by), utc(new.at)));
    }
    for file in &line.files {
        out.push_str(&format!(
            "  - {}{} · SHA-256 `{}`\n",
            inline(&file.name),
            f.aside(&file.size),
            inline(&file.sha256)
        ));
    }
}

fn page_one(out: &mut String, f: &Frame, record: &Record, report: &Report) {
    let incident = &record.incident;
    out.push_str(&format!(
        "# {} · {}\n\n{}\n\n",
        incident.id.label(),
        inline(&incident.cluster_name),
        inline(&report.sentence)
    ));
    let mut fact =
        |name: String, value: String| out.push_str(&format!("- **{}**{}{value}\n", inline(&name), f.colon()));
    fact(f.t("web-state"), inline(&f.t(incident_key(incident))));
    if incident.drill {
        fact(f.t("records-kind"), inline(&f.t("web-drill")));
    }
    fact(f.t("web-node"), dash(incident.node.as_ref().map(|node| inline(&node.0))));
    fact(f.t("records-opened"), inline(&led::opener(f, incident)));
    fact(f.t("records-lead"), inline(&led::name(f, incident)));
    if !incident.scope.is_empty() {
        fact(f.t("scope-title"), inline(&scope::line(&incident.scope)));
    }
    if let Some(end) = record.impact_end() {
        let by = impact::said_by(f, incident, end);
        fact(f.t("web-do-mitigated"), format!("{} · {}", utc(end.over_at), inline(&by)));
    }
    if let Some(state) = &report.state {
        let said = |seen: &Seen| format!("{} {}", inline(&seen.says(f)), utc(seen.at));
        let round = state
            .round
            .as_ref()
            .map_or_else(String::new, |round| format!("{}{}", f.t("report-between-parts"), said(round)));
        fact(f.t(state.title), format!("{}{round}", said(&state.seen)));
    }
    if let Some(closure) = &report.closure {
        let at = closure.says.at.map_or_else(String::new, |at| format!(" {}", utc(at)));
        let between = f.t("report-between-parts");
        let said = closure.said.map_or_else(String::new, |key| format!("{}{between}", inline(&f.t(key))));
        let why = if closure.reason.is_empty() { String::new() } else { format!(" — {}", inline(&closure.reason)) };
        let measured = format!("{}{}{}{at}", f.t("closure-measured"), f.colon(), inline(&closure.says.says));
        fact(f.t("closure-facts"), format!("{said}{measured} · {}{why}", inline(&closure.by)));
    }
    fact(f.t("report-runbook"), inline(&incident.runbook));
    if let Some(by) = &report.reviewed_by {
        fact(f.t("web-incident-reviewed"), inline(by));
    }
    fact(f.t("report-zone-name"), f.t1("report-zone", "zone", "UTC"));
    out.push_str(&format!("\n## {}\n\n", f.t("records-cause")));
    pinned(out, f, report);
    out.push_str(&format!("\n## {}\n\n", f.t("report-impact")));
    for one in &report.harm {
        let value = one.value.clone().unwrap_or_else(|| f.t(format!("report-harm-{}-not", one.name)));
        let name = inline(&f.t(format!("report-harm-{}", one.name)));
        out.push_str(&format!("- **{name}**{}{}\n", f.colon(), inline(&value)));
    }
    course(out, f, report);
    starts(out, f, report);
    steps(out, f, report);
    review_export::markdown(out, f, record);
}

fn starts(out: &mut String, f: &Frame, report: &Report) {
    if report.starts.is_empty() {
        return;
    }
    out.push_str(&format!("\n## {}\n\n", f.t("report-starts")));
    for (title, lines) in &report.starts {
        out.push_str(&format!("- **{}**\n", inline(title)));
        for line in lines {
            out.push_str(&format!("  - {}\n", inline(line)));
        }
    }
}

fn pinned(out: &mut String, f: &Frame, report: &Report) {
    let Some(cause) = &report.pinned else {
        out.push_str(&format!("{}\n", inline(&f.t("report-no-cause"))));
        return;
    };
    let surely = cause.surely(f).map(|word| inline(&word));
    let code = cause.code.map(|code| format!("`{code}`"));
    let about: Vec<String> = [code, surely, Some(utc(cause.at))].into_iter().flatten().collect();
    out.push_str(&format!("- **{}**{}\n", inline(&cause.summary), f.aside(f.list(about))));
    if let Some(correction) = &cause.corrected {
        let said = correction.said.clone().unwrap_or_else(|| f.t("report-no-cause"));
        out.push_str(&format!("- {}{}{}\n", f.t("report-cause-said"), f.colon(), inline(&said)));
    }
    if !cause.words.is_empty() {
        block(out, &cause.words, 1);
    }
    reasons(out, f, &cause.because, false);
}

fn of_hash(f: &Frame, digits: &str) -> String {
    f.aside(format!("SHA-256 `{}`…", inline(digits)))
}

/// What a cause rests on, with lines of it or without.
fn reasons(out: &mut String, f: &Frame, because: &[Reason], lines: bool) {
    for reason in because {
        let hash = reason.evidence.as_ref().map(|(_, digits)| of_hash(f, digits));
        out.push_str(&format!("  - {}{}\n", inline(&reason.text), hash.unwrap_or_default()));
        for excerpt in reason.excerpts.iter().filter(|_| lines) {
            let at = excerpt.at.map(|at| format!(" · {}", utc(at))).unwrap_or_default();
            out.push_str(&format!("    - {}{at}\n", inline(&excerpt.source)));
            block(out, &excerpt.text, 3);
        }
    }
    if because.is_empty() {
        out.push_str(&format!("  - {}\n", inline(&f.t("report-rests-on-nothing"))));
    }
}

fn course(out: &mut String, f: &Frame, report: &Report) {
    out.push_str(&format!("\n## {}\n\n", f.t("report-course")));
    let titles = ["report-moment", "report-moment-at", "report-moment-since", "report-moment-what"].map(|key| f.t(key));
    out.push_str(&format!("| {} |\n| --- | --- | --- | --- |\n", titles.join(" | ")));
    for row in &report.course.rows {
        let at = row.at.map_or_else(|| f.t("report-not-known"), utc);
        let what = f.t(&row.what);
        let name = f.t(format!("report-moment-{}", row.name));
        let since = dash(row.since_ms.map(|ms| f.duration(ms)));
        out.push_str(&format!("| {} | {} | {since} | {} |\n", inline(&name), inline(&at), inline(&what)));
    }
}

fn steps(out: &mut String, f: &Frame, report: &Report) {
    out.push_str(&format!("\n## {}\n\n", f.t("report-steps")));
    let titles =
        ["report-step", "report-decision", "report-machine", "report-person", "report-waiting", "report-blind"];
    out.push_str(&format!("| {} |\n|{}\n", titles.map(|key| f.t(key)).join(" | "), " --- |".repeat(6)));
    for step in &report.steps {
        let decision = step.decision().map_or_else(
            || inline(&f.t("report-undecided")),
            |decision| {
                let said = format!("{} · {} · {}", f.t(step.look.word), decision.by, utc(decision.at));
                // The one way to begin a line within a cell.
                let lines = [said].into_iter().chain(step.reasons());
                lines.map(|line| inline(&line)).collect::<Vec<_>>().join("<br>")
            },
        );
        let times = [step.time.machine_ms, step.time.person_ms, step.time.waiting_ms].map(|ms| f.duration(ms));
        out.push_str(&format!(
            "| {} {} | {} | {} | {} |\n",
            step.number,
            inline(&step.title),
            decision,
            times.join(" | "),
            inline(&dash(Some(step.blind.join(&f.t("report-between-parts"))).filter(|blind| !blind.is_empty())))
        ));
    }
    out.push_str(&format!("\n{}\n", f.t("report-times-what")));
    out.push_str(&format!("\n## {}\n\n", f.t("report-exceptions")));
    if report.exceptions.is_empty() {
        out.push_str(&format!("{}\n", f.t("report-exceptions-none")));
    }
    for one in &report.exceptions {
        let by = one.by.as_ref().map_or_else(String::new, |(by, at)| f.aside(f.list([inline(by), utc(*at)])));
        said(out, f, &format!("{}{by}", inline(&one.what)), &one.why);
    }
}

/// An item, and what was said of it: behind it where it is one line, otherwise an item each below it.
fn said(out: &mut String, f: &Frame, head: &str, text: &str) {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    match lines.as_slice() {
        [] => out.push_str(&format!("- {head}\n")),
        [one] => out.push_str(&format!("- {head}{}{}\n", f.colon(), inline(one))),
        many => {
            out.push_str(&format!("- {head}{}\n", f.colon().trim_end()));
            many.iter().for_each(|line| out.push_str(&format!("  - {}\n", inline(line))));
        }
    }
}

fn causes(out: &mut String, f: &Frame, report: &Report) {
    out.push_str(&format!("\n## {}\n\n", f.t("report-causes")));
    if report.causes.is_empty() {
        out.push_str(&format!("{}\n", f.t("report-causes-none")));
    }
    report.causes.iter().for_each(|one| cause(out, f, one));
}

fn cause(out: &mut String, f: &Frame, cause: &CauseText) {
    let until = cause.until.map_or_else(|| f.t("report-cause-stands"), utc);
    out.push_str(&format!(
        "- **{}**{}\n",
        inline(&cause.summary),
        f.aside(f.list([format!("`{}`", cause.code), f.t(cause.confidence), format!("{} – {until}", utc(cause.from))]))
    ));
    for impact in &cause.impact {
        out.push_str(&format!("  - {}\n", inline(impact)));
    }
    reasons(out, f, &cause.because, true);
    why(out, f, &cause.why);
}

fn checks(out: &mut String, f: &Frame, report: &Report) {
    out.push_str(&format!("\n## {}\n", f.t("report-checks")));
    for step in &report.steps {
        out.push_str(&format!("\n### {} {} — {}\n\n", step.number, inline(&step.title), f.t(step.look.word)));
        for (word, decision) in &step.decisions {
            let head = format!("**{}** · {} · {}", inline(word), inline(&decision.by), utc(decision.at));
            said(out, f, &head, &decision.reason);
        }
        for line in &step.results {
            out.push_str(&format!(
                "- {} · {}{}{}\n",
                inline(&line.word),
                inline(&line.what),
                f.colon(),
                inline(&line.text)
            ));
        }
    }
}

fn stood(out: &mut String, f: &Frame, report: &Report) {
    out.push_str(&format!("\n## {}\n\n{}\n\n", f.t("report-stood"), f.t("report-stood-what")));
    for one in &report.stood {
        let decision = &one.decision;
        out.push_str(&format!(
            "- **{}** · {} · {}\n",
            inline(&decision.title),
            inline(&decision.actor),
            utc(decision.at)
        ));
        let none = || f.t("report-stood-none");
        out.push_str(&format!("  - {}\n", inline(&one.cause.clone().unwrap_or_else(none))));
        out.push_str(&format!("  - {}\n", inline(&one.state.clone().unwrap_or_else(|| f.t("report-stood-no-round")))));
        for check in &one.checks {
            let hash = check.evidence.as_ref().map(|(_, digits)| of_hash(f, digits));
            let hash = hash.unwrap_or_default();
            out.push_str(&format!("  - {}{}{}{hash}\n", inline(&check.what), f.colon(), inline(&check.word)));
        }
    }
}

fn evidence(out: &mut String, f: &Frame, record: &Record) {
    out.push_str(&format!("\n## {}\n\n", f.t("evidence-all")));
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
}

fn why(out: &mut String, f: &Frame, why: &WhyView) {
    let mut list = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            out.push_str(&format!("  - {}\n", inline(&f.t(title))));
            lines.iter().for_each(|line| out.push_str(&format!("    - {}\n", inline(line))));
        }
    };
    list(
        "web-cause-asked",
        why.asked.iter().map(|one| format!("{}{}", plain(&one.text), f.aside(f.t(one.look.word)))).collect(),
    );
    list(
        "web-cause-explains",
        why.explains.iter().map(|(code, nodes, why)| format!("{code} {}{}{why}", plain(nodes), f.colon())).collect(),
    );
    list("web-cause-place", why.place.clone());
}
