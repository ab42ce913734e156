//! An incident in one sentence, and in a few lines for a chat, in both languages.

use crate::domain::incident::StepState;
use crate::domain::message::Lang;
use crate::domain::record::moments::{Moment, Moments};
use crate::web::incidents::report::causes::PinnedText;
use crate::web::incidents::report::harm::harm;
use crate::web::incidents::report::record::Record;
use crate::web::incidents::report::state::{Seen, StateText};
use crate::web::plumbing::components::incident_key;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::short;

/// A few lines for a chat, in one language.
pub struct Summary {
    /// The language.
    pub lang: Lang,
    /// At most ten lines.
    pub text: String,
}

/// In the language of the page and in the other one.
#[must_use]
pub fn both(f: &Frame, record: &Record, moments: &Moments, link: Option<&str>) -> Vec<Summary> {
    let f = f.clone().for_a_chat();
    let other = f.clone().in_lang(f.other_lang());
    [&f, &other].map(|f| Summary { lang: f.lang, text: lines(f, record, moments, link).join("\n") }).into()
}

/// What happened, in one sentence; times are those of the page.
#[must_use]
pub fn sentence(f: &Frame, record: &Record, moments: &Moments, cause: Option<&PinnedText>) -> String {
    // Neither the name of a code nor the words of a person are always a sentence.
    let is_sentence = |words: &str| words.ends_with(['.', '。', '!', '！', '?', '？', '…']);
    let cause = cause.map(|cause| match cause.summary.trim_end() {
        words if is_sentence(words) => words.to_owned(),
        words => f.t1("report-sentence", "parts", words),
    });
    let what = cause.unwrap_or_else(|| f.t("report-no-cause"));
    // What a review says names a kind of trouble, and no node.
    let what = match &record.incident.node {
        Some(node) if !what.contains(&node.0) => format!("{} · {what}", short(&node.0)),
        _ => what,
    };
    // What somebody wrote in another script ends with a full stop that takes no room.
    let ends_narrow = what.ends_with(|last: char| last.is_ascii());
    let between = if ends_narrow { " ".to_owned() } else { f.t("report-between-sentences") };
    let drill = if record.incident.drill { f.t("report-drill") } else { String::new() };
    format!("{drill}{what}{between}{}", course(f, record, moments))
}

/// When it was opened, and after what time the impact was over, the cluster healthy, the incident closed.
fn course(f: &Frame, record: &Record, moments: &Moments) -> String {
    let not_recovered = record.closure.as_ref().is_some_and(|closure| !closure.recovered);
    let after = |moment: Moment| {
        let key = format!("report-sentence-{}", moment.as_str());
        match moments.since_noticed(moment) {
            Some(ms) if ms >= 0 => f.t1(&key, "time", f.duration(ms)),
            _ if moment == Moment::Recovered && not_recovered => f.t("report-sentence-not-recovered"),
            // A look from before the opening that says healthy is no recovery, and nothing that happens here.
            Some(_) | None => f.t(format!("{key}-not")),
        }
    };
    let parts = [
        f.t1("report-sentence-opened", "at", f.moment_said(moments.noticed)),
        after(Moment::Mitigated),
        after(Moment::Recovered),
        after(Moment::Closed),
    ];
    f.t1("report-sentence", "parts", parts.join(&f.t("report-between-parts")))
}

fn lines(f: &Frame, record: &Record, moments: &Moments, link: Option<&str>) -> Vec<String> {
    let incident = &record.incident;
    let node = incident.node.as_ref().map_or_else(String::new, |node| format!(" · {}", short(&node.0)));
    let drill = if incident.drill { format!(" · {}", f.t("web-drill")) } else { String::new() };
    let state = f.t(incident_key(incident));
    let mut lines = vec![format!("{} {}{node}{drill} · {state}", incident.id.label(), short(&incident.cluster_name))];
    let cause = PinnedText::new(f, record);
    let said = cause.as_ref().map_or_else(|| f.t("report-no-cause"), |cause| short(&cause.summary));
    let surely = cause.as_ref().and_then(|cause| cause.surely(f)).map_or_else(String::new, |word| f.aside(word));
    lines.push(format!("{}{}{said}{surely}", f.t("report-cause"), f.colon()));
    let measured = harm(f, record, moments)
        .into_iter()
        .filter_map(|one| Some(format!("{}{}{}", f.t(format!("report-harm-{}", one.name)), f.colon(), one.value?)));
    let measured: Vec<String> = measured.collect();
    let impact =
        if measured.is_empty() { f.t("report-not-measured") } else { measured.join(&f.t("report-between-parts")) };
    lines.push(format!("{}{}{impact}", f.t("report-impact"), f.colon()));
    if let Some(state) = StateText::new(record) {
        let said = |seen: &Seen| format!("{} {}", seen.says(f), f.moment_said(seen.at));
        let round = state
            .round
            .as_ref()
            .map_or_else(String::new, |round| format!("{}{}", f.t("report-between-parts"), said(round)));
        lines.push(format!("{}{}{}{round}", f.t(state.title), f.colon(), said(&state.seen)));
    }
    lines.push(course(f, record, moments));
    let count = |state: StepState| record.states.iter().filter(|(_, is)| *is == state).count();
    let (skipped, excepted) = (count(StepState::Skipped), count(StepState::DoneWithExceptions));
    if skipped + excepted > 0 {
        lines.push(f.t2("report-summary-exceptions", "skipped", skipped, "exceptions", excepted));
    }
    let undecided = record.states.iter().filter(|(_, state)| !state.is_decided()).count();
    if undecided > 0 {
        lines.push(f.t1("report-summary-undecided", "n", undecided));
    }
    lines.extend(link.map(str::to_owned));
    lines
}
