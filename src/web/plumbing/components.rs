//! Small pieces of markup. The only place where markup is made outside of templates: everything that comes in is escaped here.

use std::borrow::Cow;
use std::fmt;

use askama::filters::HtmlSafe;

use crate::domain::diagnosis::{Confidence, Health};
use crate::domain::exception::{NotedCheck, NotedException};
use crate::domain::finding::{Coverage, Outcome};
use crate::domain::id::NodeName;
use crate::domain::incident::{Incident, IncidentState, StepState};
use crate::domain::time::Timestamp;
use crate::web::plumbing::layers::random_hex;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::short;

/// Finished markup; only this module makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Markup(String);

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Markup {}

/// How a state looks: one shape and one colour; the word is beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// In order.
    Ok,
    /// Not right, not yet a failure.
    Warn,
    /// A failure.
    Fail,
    /// Under way.
    Running,
    /// Could not be looked at: never green, never red.
    Unknown,
    /// Worth telling.
    Info,
    /// What follows from what is known already: neither news nor good.
    Expected,
    /// Waits for a person.
    Needs,
    /// Not begun.
    Todo,
    /// Left out.
    Skipped,
    /// Stopped by somebody.
    Stopped,
}

impl Tone {
    /// Symbol in `static/icons.svg`.
    #[must_use]
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Running => "running",
            Self::Unknown => "unknown",
            Self::Info | Self::Expected => "info",
            Self::Needs => "needs",
            Self::Todo => "todo",
            Self::Skipped => "skip",
            Self::Stopped => "stop",
        }
    }

    /// Whether somebody has to look at it: neither in order nor left out, and not what follows from what is known.
    #[must_use]
    pub const fn is_loud(self) -> bool {
        !matches!(self, Self::Ok | Self::Skipped | Self::Info | Self::Expected)
    }

    /// Class in the style sheet.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn | Self::Needs => "warn",
            Self::Fail => "fail",
            Self::Running => "run",
            Self::Unknown | Self::Stopped => "unknown",
            Self::Info => "info",
            Self::Todo | Self::Skipped | Self::Expected => "muted",
        }
    }
}

/// A shape in its colour, where the words beside it are not always the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sign {
    /// Symbol in `static/icons.svg`.
    pub icon: &'static str,
    /// Colour.
    pub tone: Tone,
}

impl Sign {
    /// A shape that is not the usual one of its colour.
    #[must_use]
    pub const fn new(icon: &'static str, tone: Tone) -> Self {
        Self { icon, tone }
    }
}

/// How something looks: a shape, its colour, and the word that always stands beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Symbol in `static/icons.svg`.
    pub icon: &'static str,
    /// Colour.
    pub tone: Tone,
    /// Key of the word.
    pub word: &'static str,
}

impl Look {
    /// With the usual shape of its colour.
    #[must_use]
    pub const fn new(tone: Tone, word: &'static str) -> Self {
        Self { icon: tone.icon(), tone, word }
    }

    /// With a shape of its own.
    #[must_use]
    pub const fn shaped(icon: &'static str, tone: Tone, word: &'static str) -> Self {
        Self { icon, tone, word }
    }

    /// Of a step. In a closed incident one that nobody decided on asks nobody for anything.
    #[must_use]
    pub fn of_step(state: StepState, is_open: bool) -> Self {
        match state {
            StepState::NeedsYou | StepState::Running if !is_open => Self::new(Tone::Skipped, "web-step-undecided"),
            _ => state.into(),
        }
    }
}

/// What has a shape and a colour.
pub trait Signed {
    /// Both of them.
    fn sign(&self) -> Sign;
}

impl Signed for Tone {
    fn sign(&self) -> Sign {
        Sign::new(self.icon(), *self)
    }
}

impl Signed for Sign {
    fn sign(&self) -> Sign {
        *self
    }
}

impl Signed for Look {
    fn sign(&self) -> Sign {
        Sign::new(self.icon, self.tone)
    }
}

impl<T: Signed> Signed for &T {
    fn sign(&self) -> Sign {
        (*self).sign()
    }
}

impl From<Outcome> for Tone {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Pass => Self::Ok,
            Outcome::NotApplicable => Self::Skipped,
            Outcome::Advice => Self::Info,
            Outcome::Warn => Self::Warn,
            Outcome::Fail => Self::Fail,
        }
    }
}

impl From<Health> for Tone {
    fn from(health: Health) -> Self {
        match health {
            Health::Healthy => Self::Ok,
            Health::Degraded => Self::Warn,
            Health::Down => Self::Fail,
            Health::Unknown => Self::Unknown,
        }
    }
}

impl From<Health> for Look {
    fn from(health: Health) -> Self {
        Self::new(health.into(), health_key(health))
    }
}

impl From<StepState> for Tone {
    fn from(state: StepState) -> Self {
        match state {
            StepState::NotStarted => Self::Todo,
            StepState::Running => Self::Running,
            StepState::NeedsYou => Self::Needs,
            StepState::Done => Self::Ok,
            StepState::DoneWithExceptions => Self::Warn,
            StepState::Skipped => Self::Skipped,
        }
    }
}

impl From<&Incident> for Tone {
    fn from(incident: &Incident) -> Self {
        match incident.state {
            IncidentState::Declared => Self::Fail,
            IncidentState::Mitigated => Self::Warn,
            IncidentState::Resolved | IncidentState::Reviewed if incident.recovered == Some(false) => Self::Warn,
            IncidentState::Resolved | IncidentState::Reviewed => Self::Ok,
        }
    }
}

impl From<StepState> for Look {
    fn from(state: StepState) -> Self {
        Self::new(state.into(), step_state_key(state))
    }
}

impl From<&Incident> for Look {
    fn from(incident: &Incident) -> Self {
        Self::new(incident.into(), incident_key(incident))
    }
}

/// The word for an outcome, and beside it that only parts were seen.
#[must_use]
pub fn with_seen(f: &Frame, word: String, seen: Coverage) -> String {
    match seen {
        Coverage::All => word,
        Coverage::Partly => f.t1("web-outcome-partly", "outcome", word),
    }
}

/// How a judged run looks: one renderer for the run screen, the timeline and the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutcomeLook {
    /// Shape, colour and word.
    pub look: Look,
    /// Whether a word beside it has to say that only parts were seen.
    pub partly: bool,
    /// The same in a code for exports.
    pub code: &'static str,
}

impl OutcomeLook {
    /// Of an outcome and how much was seen.
    #[must_use]
    pub fn of(outcome: Outcome, seen: Coverage) -> Self {
        let partly = !seen.is_all();
        match outcome {
            // In order as far as seen is not the same as in order. What failed has failed all the same.
            Outcome::Pass | Outcome::Advice | Outcome::NotApplicable if partly => {
                Self { look: Look::new(Tone::Unknown, "web-run-partly"), partly: false, code: "partly_seen" }
            }
            outcome => {
                let look = Look::new(outcome.into(), outcome_key(outcome));
                Self { look, partly, code: outcome_code(outcome) }
            }
        }
    }

    /// In words.
    #[must_use]
    pub fn said(&self, f: &Frame) -> String {
        with_seen(f, f.t(self.look.word), if self.partly { Coverage::Partly } else { Coverage::All })
    }
}

const fn outcome_code(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::NotApplicable => "not_applicable",
        Outcome::Advice => "advice",
        Outcome::Warn => "warn",
        Outcome::Fail => "fail",
    }
}

/// What a step was done with all the same, in words: what a person wrote, then what was noted with one press, a line each.
#[must_use]
pub fn reason_words(f: &Frame, reason: &str, exceptions: &[NotedException]) -> String {
    let noted = exceptions.iter().map(|one| match one {
        NotedException::Check(check) => checked(f, check),
        NotedException::ToDo { to_do } => f.t1("web-exception-to-do", "text", f.msg(to_do)),
        NotedException::Clients { missing_clients, named } => missing(f, *missing_clients, named),
    });
    let written = Some(reason.to_owned()).filter(|reason| !reason.is_empty());
    written.into_iter().chain(noted).collect::<Vec<_>>().join("\n")
}

/// That clients are missing, with the first of them.
#[must_use]
pub fn missing(f: &Frame, count: u32, named: &[String]) -> String {
    let more = usize::try_from(count).unwrap_or(usize::MAX).saturating_sub(named.len());
    let more = (more > 0).then(|| f.t1("clients-missing-more", "n", more));
    let named = f.list(named.iter().map(|name| short(name)).chain(more));
    format!("{}{}{named}", f.t1("clients-missing-count", "n", count), f.colon())
}

fn checked(f: &Frame, one: &NotedCheck) -> String {
    let said = match one.outcome {
        Some(outcome) => OutcomeLook::of(outcome, one.seen).said(f),
        None => f.t(format!("web-run-{}", one.end.replace('_', "-"))),
    };
    let check = f.t(crate::web::check_key(&one.check));
    let check = match one.nodes.as_slice() {
        [] => check,
        nodes => f.t2("web-exception-nodes", "check", check, "nodes", short(&NodeName::joined(nodes))),
    };
    f.t2("web-exception", "check", check, "said", said)
}

/// Key of the word for an outcome.
#[must_use]
pub const fn outcome_key(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "web-outcome-pass",
        Outcome::NotApplicable => "web-outcome-not-applicable",
        Outcome::Advice => "web-outcome-advice",
        Outcome::Warn => "web-outcome-warn",
        Outcome::Fail => "web-outcome-fail",
    }
}

/// Key of the word for a health.
#[must_use]
pub const fn health_key(health: Health) -> &'static str {
    match health {
        Health::Healthy => "web-health-healthy",
        Health::Degraded => "web-health-degraded",
        Health::Down => "web-health-down",
        Health::Unknown => "web-health-unknown",
    }
}

/// Key of the word for the state of a step.
#[must_use]
pub const fn step_state_key(state: StepState) -> &'static str {
    match state {
        StepState::NotStarted => "web-step-not-started",
        StepState::Running => "web-step-running",
        StepState::NeedsYou => "web-step-needs-you",
        StepState::Done => "web-step-done",
        StepState::DoneWithExceptions => "web-step-done-with-exceptions",
        StepState::Skipped => "web-step-skipped",
    }
}

/// Key of the word for the state of an incident, and whether its cluster had recovered when it was closed.
#[must_use]
pub const fn incident_key(incident: &Incident) -> &'static str {
    match (incident.state, incident.recovered) {
        (IncidentState::Declared, _) => "web-incident-declared",
        (IncidentState::Mitigated, _) => "web-incident-mitigated",
        (IncidentState::Resolved, Some(false)) => "web-incident-not-recovered",
        (IncidentState::Resolved, _) => "web-incident-resolved",
        (IncidentState::Reviewed, Some(false)) => "web-incident-reviewed-not-recovered",
        (IncidentState::Reviewed, _) => "web-incident-reviewed",
    }
}

/// Key of the word for a confidence.
#[must_use]
pub const fn confidence_key(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Certain => "web-confidence-certain",
        Confidence::Likely => "web-confidence-likely",
        Confidence::Possible => "web-confidence-possible",
    }
}

/// A symbol from the sprite.
#[must_use]
pub fn icon(sprite: &str, name: &str) -> Markup {
    Markup(format!(r##"<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>"##, escape(sprite), escape(name)))
}

/// Shape, word, colour.
#[must_use]
pub fn badge(sprite: &str, sign: Sign, word: &str) -> Markup {
    Markup(format!(r#"<span class="badge {}">{}{}</span>"#, sign.tone.class(), icon(sprite, sign.icon), escape(word)))
}

/// A point in time; without script it stays in UTC and says so.
#[must_use]
pub fn time(at: Timestamp, short: bool) -> Markup {
    let full = at.in_zone(&jiff::tz::TimeZone::UTC);
    let text = if short { full.get(11..).unwrap_or(&full) } else { &full };
    let form = if short { r#" data-form="short""# } else { "" };
    Markup(format!(
        r#"<time datetime="{}"{form} class="num nowrap">{} UTC</time>"#,
        escape(&at.to_string()),
        escape(text)
    ))
}

/// A point in time on a page that names the zone of its times once; the script leaves it as it is.
#[must_use]
pub fn written(at: Timestamp, short: bool, zone: &jiff::tz::TimeZone) -> Markup {
    let full = at.in_zone(zone);
    let text = if short { full.get(11..).unwrap_or(&full) } else { &full };
    let (stamp, text) = (escape(&at.to_string()), escape(text));
    Markup(format!(r#"<time datetime="{stamp}" data-done class="num nowrap">{text}</time>"#))
}

/// A style sheet inside of a page that is a file of its own. Ours cannot end the element it stands in: what could is left out.
#[must_use]
pub fn style(css: &str) -> Markup {
    Markup(format!("<style>{}</style>", css.replace("</", "")))
}

/// All symbols inside of a page that is a file of its own.
#[must_use]
pub fn sprite(svg: &str) -> Markup {
    Markup(svg.replacen("<svg ", r#"<svg class="sprite" aria-hidden="true" "#, 1).replace(r#" id=""#, r#" id="i-"#))
}

/// A length of time that counts on in the browser, from that moment; `said`: how long it is now, in words.
#[must_use]
pub fn since(at: Timestamp, said: &str) -> Markup {
    Markup(format!(r#"<span class="num" data-since="{}">{}</span>"#, at.as_millis(), escape(said)))
}

/// A length of time that does not count on.
#[must_use]
pub fn lasted(said: &str) -> Markup {
    Markup(format!(r#"<span class="num">{}</span>"#, escape(said)))
}

/// A length of time that counts down in the browser, to that moment.
#[must_use]
pub fn until(at: Timestamp, said: &str) -> Markup {
    Markup(format!(r#"<span class="num" data-until="{}">{}</span>"#, at.as_millis(), escape(said)))
}

/// A hidden random value: the same form sent twice counts once.
#[must_use]
pub fn nonce() -> Markup {
    Markup(format!(r#"<input type="hidden" name="nonce" value="{}">"#, random_hex(16)))
}

/// A name that may break after its dots and its colon where the place is narrow: `127.0.0.1:18848`.
#[must_use]
pub fn breakable(name: &str) -> Markup {
    Markup(escape(name).replace('.', ".<wbr>").replace(':', ":<wbr>"))
}

const MARKDOWN: pulldown_cmark::Options =
    pulldown_cmark::Options::ENABLE_TABLES.union(pulldown_cmark::Options::ENABLE_STRIKETHROUGH);

/// The text with an empty comment, which [`markdown`] drops, wherever CommonMark leaves asterisks as they are because there is no
/// blank between Chinese and a mark: in `**先止血：**把节点` the second pair stands behind a mark and before a letter, and so it
/// ends nothing.
fn with_emphasis_beside_cjk(text: &str) -> Cow<'_, str> {
    use pulldown_cmark::{Event, Parser, Tag, TagEnd};

    const NOTHING: &str = "<!-- -->";
    if !text.chars().any(is_cjk) {
        return Cow::Borrowed(text);
    }
    let (mut in_code, mut places) = (false, std::collections::BTreeSet::new());
    for (event, range) in Parser::new_ext(text, MARKDOWN).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Text(_) if !in_code => {
                let left = text[range.clone()].match_indices('*').map(|(at, _)| range.start + at);
                places.extend(left.filter_map(|at| place_beside_cjk(text, at)));
            }
            _ => {}
        }
    }
    let mut out = String::with_capacity(text.len() + places.len() * NOTHING.len());
    let mut done = 0;
    for place in places {
        out.push_str(&text[done..place]);
        out.push_str(NOTHING);
        done = place;
    }
    out.push_str(&text[done..]);
    Cow::Owned(out)
}

/// Where something has to stand for the asterisks there to begin or to end what they are meant to.
fn place_beside_cjk(text: &str, at: usize) -> Option<usize> {
    let begin = text[..at].trim_end_matches('*').len();
    let end = text.len() - text[at..].trim_start_matches('*').len();
    let (before, after) = (text[..begin].chars().next_back()?, text[end..].chars().next()?);
    if before == '\\' || !(is_cjk(before) || is_cjk(after)) {
        return None;
    }
    match (is_mark(before), is_mark(after)) {
        (true, false) if after.is_alphanumeric() => Some(end),
        (false, true) if before.is_alphanumeric() => Some(begin),
        _ => None,
    }
}

/// Letters and marks of Chinese and its neighbours, full-width forms among them.
const fn is_cjk(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE4F}' | '\u{FF00}'..='\u{FFEF}')
        || matches!(c, '\u{2013}'..='\u{2026}' | '\u{20000}'..='\u{3FFFF}')
}

/// Marks: neither letters nor digits nor blanks.
fn is_mark(c: char) -> bool {
    !c.is_alphanumeric() && !c.is_whitespace()
}

/// Markdown of a runbook; raw HTML in it is dropped, and so is where a link leads that is neither a page nor an address
/// of the web or of mail.
#[must_use]
pub fn markdown(text: &str) -> Markup {
    use pulldown_cmark::{Event, Parser, Tag, html};

    let is_safe = |url: &str| {
        let scheme =
            url.split(['/', '?', '#']).next().and_then(|before| before.split_once(':')).map(|(scheme, _)| scheme);
        scheme.is_none_or(|scheme| ["http", "https", "mailto"].contains(&scheme.to_ascii_lowercase().as_str()))
    };
    let text = with_emphasis_beside_cjk(text);
    let events = Parser::new_ext(&text, MARKDOWN).filter_map(|mut event| {
        if let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = &mut event
            && !is_safe(dest_url)
        {
            *dest_url = "".into();
        }
        (!matches!(event, Event::Html(_) | Event::InlineHtml(_))).then_some(event)
    });
    let mut out = String::new();
    html::push_html(&mut out, events);
    Markup(out)
}

/// `12:41` or `1:02:03`.
#[must_use]
pub fn stopwatch(millis: i64) -> String {
    let seconds = millis.max(0) / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes:02}:{seconds:02}") }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_asterisk_of_a_runbook_reaches_a_page() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks");
        let code = regex::Regex::new("(?s)<code>.*?</code>").expect("a pattern");
        let mut read = 0;
        for runbook in folder.read_dir().expect("runbooks").flatten() {
            for file in runbook.path().read_dir().into_iter().flatten().flatten() {
                if file.path().extension().is_none_or(|ending| ending != "md") {
                    continue;
                }
                let html = markdown(&std::fs::read_to_string(file.path()).expect("text")).0;
                let shown = code.replace_all(&html, "");
                let raw: Vec<&str> = shown.lines().filter(|line| line.contains('*')).collect();
                assert!(raw.is_empty(), "{}: {raw:#?}", file.path().display());
                read += 1;
            }
        }
        assert!(read >= 2, "both languages of the runbook");
    }

    #[test]
    fn emphasis_beside_chinese_is_rendered_and_code_is_left_alone() {
        for (text, html) in [
            ("**先止血：**把节点摘除", "<p><strong>先止血：</strong>把节点摘除</p>\n"),
            ("*端口能连上：*进程卡死", "<p><em>端口能连上：</em>进程卡死</p>\n"),
            ("摘除**（含 VIP）**之后", "<p>摘除<strong>（含 VIP）</strong>之后</p>\n"),
            ("端口**：**8848 **和** 9848", "<p>端口<strong>：</strong>8848 <strong>和</strong> 9848</p>\n"),
            ("一 `**：**把` 二 \\*：\\*把", "<p>一 <code>**：**把</code> 二 *：*把</p>\n"),
            ("```\n**：**把\n```", "<pre><code>**：**把\n</code></pre>\n"),
            ("2 * 3，**a**(b)", "<p>2 * 3，<strong>a</strong>(b)</p>\n"),
        ] {
            assert_eq!(markdown(text).0, html, "{text}");
        }
    }

    #[test]
    fn a_name_breaks_at_dots_and_colons_only() {
        assert_eq!(breakable("10.0.0.1:8848").to_string(), "10.<wbr>0.<wbr>0.<wbr>1:<wbr>8848");
        assert_eq!(breakable("<b>").to_string(), "&lt;b&gt;");
    }

    #[test]
    fn a_closed_incident_asks_nobody_for_a_decision() {
        assert_eq!(Look::of_step(StepState::NeedsYou, false).word, "web-step-undecided");
        assert_eq!(Look::of_step(StepState::NeedsYou, true).word, "web-step-needs-you");
        assert_eq!(Look::of_step(StepState::Done, false).word, "web-step-done");
        assert_eq!(Look::of_step(StepState::NotStarted, false).word, "web-step-not-started");
    }

    #[test]
    fn escapes_what_comes_in() {
        let badge = badge("/s/icons.svg", Tone::Fail.sign(), "<script>alert('x')</script>").to_string();
        assert!(!badge.contains("<script"), "{badge}");
        assert!(
            markdown("<script>alert(1)</script>\n\n[x](javascript:alert(1))").to_string().find("script>").is_none()
        );
        assert!(!markdown("[x](javascript:alert(1))").to_string().contains("javascript:"));
    }

    #[test]
    fn times_fall_back_to_utc_and_say_so() {
        let at = Timestamp::from_millis(1_795_312_345_000);
        let text = time(at, false).to_string();
        assert!(text.contains(" UTC</time>"), "{text}");
        assert_eq!(stopwatch(3_723_000), "1:02:03");
        assert_eq!(stopwatch(-5), "00:00");
    }

    #[test]
    fn parts_that_were_not_seen_are_told_once_and_never_hide_a_fault() {
        let look = |outcome, seen| {
            let look = OutcomeLook::of(outcome, seen);
            (look.look.tone, look.look.word, look.partly, look.code)
        };
        assert_eq!(look(Outcome::Fail, Coverage::Partly), (Tone::Fail, "web-outcome-fail", true, "fail"));
        assert_eq!(look(Outcome::Warn, Coverage::Partly), (Tone::Warn, "web-outcome-warn", true, "warn"));
        assert_eq!(look(Outcome::Fail, Coverage::All), (Tone::Fail, "web-outcome-fail", false, "fail"));
        for fine in [Outcome::Pass, Outcome::Advice, Outcome::NotApplicable] {
            assert_eq!(look(fine, Coverage::Partly), (Tone::Unknown, "web-run-partly", false, "partly_seen"));
            assert_eq!(look(fine, Coverage::All), (fine.into(), outcome_key(fine), false, outcome_code(fine)));
        }
    }
}
