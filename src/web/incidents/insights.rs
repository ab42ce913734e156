//! Insights: what the incidents of a period come to, per cluster, as a page and as CSV. Drills are counted apart.
//!
//! # Why
//! Bars stand in the rows of the tables whose numbers they draw: a chart and its table cannot disagree, and both can be read on
//! a phone, in print and by a screen reader.

mod csv;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;

use crate::commands::Written;
use crate::domain::cluster::Cluster;
use crate::domain::code::Code;
use crate::domain::id::{ClusterId, IncidentId};
use crate::domain::incident::Incident;
use crate::domain::insights::{self, Between, Blind, Case, CauseCount, Spread, StepTime, Tried};
use crate::domain::record::moments::Moment;
use crate::domain::time::Timestamp;
use crate::store::incidents::IncidentQuery;
use crate::web::incidents::timeline::step_key;
use crate::web::plumbing::csv::Csv;
use crate::web::plumbing::days::{self, Days};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::Query;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::short;
use crate::web::plumbing::state::Web;
use crate::web::plumbing::zone::Zone;
use crate::web::{answer, check_key, paths};

/// Days that are looked at unless somebody asks for others.
const DAYS: i64 = 90;
/// Most incidents that are looked at, the newest.
const MOST: u32 = 2000;
/// Most lines of single incidents on the page; all are in the CSV.
const LINES: usize = 30;

/// What is always told: key and end.
const TIMES: [(&str, Moment); 3] = [
    ("insights-confirm", Moment::Confirmed),
    ("insights-mitigate", Moment::Mitigated),
    ("insights-recover", Moment::Recovered),
];

/// Which incidents, and from which moment to which.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct InsightsQuery {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    cluster: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    start: String,
    #[serde(default)]
    end: String,
    /// Zone of the days; empty: that of the page.
    #[serde(default)]
    tz: String,
}

/// The same, understood.
#[derive(Clone, Debug)]
struct Asked {
    /// First and last day.
    from: Date,
    to: Date,
    /// Of which zone.
    days: Days,
    cluster: Option<ClusterId>,
    drills: bool,
    start: Moment,
    end: Moment,
    /// A day could not be read.
    bad_day: bool,
}

impl Asked {
    fn new(query: &InsightsQuery, now: Timestamp, page: &Zone) -> Self {
        let days = Days::of(&query.tz, page);
        let day = |text: &str| days::read(text).filter(|day| days.begin(*day).is_some() && days.end(*day).is_some());
        let to = day(&query.to).unwrap_or_else(|| days.day(now));
        let told = |name: &str| Moment::from_name(name).filter(|moment| Moment::TOLD.contains(moment));
        let bad_day = [&query.from, &query.to].iter().any(|text| !text.is_empty() && day(text).is_none());
        Self {
            from: day(&query.from).unwrap_or_else(|| to.saturating_sub((DAYS - 1).days())),
            to,
            cluster: query.cluster.parse().ok().map(ClusterId),
            drills: query.kind == "drill",
            start: told(&query.start).unwrap_or(Moment::Noticed),
            end: told(&query.end).unwrap_or(Moment::Recovered),
            bad_day,
            days,
        }
    }

    /// The first moment of the first day, and the first after the last.
    fn span(&self) -> (Timestamp, Timestamp) {
        let forever = (Timestamp::from_millis(0), Timestamp::from_millis(i64::MAX));
        (self.days.begin(self.from).unwrap_or(forever.0), self.days.end(self.to).unwrap_or(forever.1))
    }

    /// As a query, of real incidents or of drills.
    fn link(&self, drills: bool) -> String {
        let cluster = self.cluster.map(|id| id.to_string()).unwrap_or_default();
        let kind = if drills { "drill" } else { "" };
        let (start, end) = (self.start.as_str(), self.end.as_str());
        let (from, to, zone) = (self.from, self.to, paths::encode(self.days.name()));
        format!("?from={from}&to={to}&tz={zone}&cluster={cluster}&kind={kind}&start={start}&end={end}")
    }
}

/// A number of a row with its share of the largest, for the bar beside it.
pub struct Bar {
    /// The number in words.
    pub text: String,
    /// 0 to 100.
    pub share: i64,
}

fn share(value: i64, most: i64) -> i64 {
    if most <= 0 { 0 } else { (value.clamp(0, most) * 100 / most).max(i64::from(value > 0)) }
}

/// How long something took, over several incidents.
pub struct TimeRow {
    /// What, as a name that no language changes: `noticed_confirmed`, `clients`.
    pub code: String,
    /// What.
    pub name: String,
    /// Where it is known; `None`: in no incident.
    pub spread: Option<Spread>,
    /// Incidents in which it is not known, or that were skipped.
    pub without: usize,
    /// Share of the longest median, 0 to 100.
    pub share: i64,
}

impl TimeRow {
    fn all(mut rows: Vec<Self>) -> Vec<Self> {
        let most = rows.iter().filter_map(|row| Some(row.spread.as_ref()?.median_ms)).max().unwrap_or(0);
        for row in &mut rows {
            row.share = row.spread.map_or(0, |spread| share(spread.median_ms, most));
        }
        rows
    }
}

/// One cluster.
pub struct ClusterRow {
    /// Name.
    pub name: String,
    /// How many incidents.
    pub count: Bar,
    /// To confirm, mitigate, recover: key of that, and how long.
    pub times: [(&'static str, Option<Spread>); 3],
}

/// A cause.
pub struct CauseRow {
    /// Its code; `None`: in words only.
    pub code: Option<Code>,
    /// In words.
    pub name: String,
    /// How many incidents.
    pub count: Bar,
    /// What the program and people said.
    pub said: CauseCount,
    /// What it was instead, in words.
    pub instead: String,
}

/// A check that could not look.
pub struct BlindRow {
    /// Its name.
    pub name: String,
    /// What is known.
    pub blind: Blind,
    /// Runs that could not look on nodes that were there, and their share.
    pub count: Bar,
    /// Why, in words, the most frequent first.
    pub reasons: Vec<(String, usize)>,
}

/// One incident with the length of time that was asked for.
pub struct IncidentRow {
    /// The incident.
    pub incident: Incident,
    /// How long; `None`: not known.
    pub took_ms: Option<i64>,
    /// Share of the longest, 0 to 100.
    pub share: i64,
}

/// Everything that page and CSV show.
struct Found {
    asked: Asked,
    /// Of the kind that is shown.
    count: usize,
    /// Of the other kind.
    others: usize,
    /// There were more than are looked at.
    cut: bool,
    months: Vec<(String, Bar)>,
    times: Vec<TimeRow>,
    clusters: Vec<ClusterRow>,
    incidents: Vec<IncidentRow>,
    steps: Vec<TimeRow>,
    causes: Vec<CauseRow>,
    without_cause: usize,
    blind: Vec<BlindRow>,
    /// That runs saw a part only, and of which checks; empty: none did.
    partly: String,
}

impl Found {
    async fn load(web: &Web, f: &Frame, asked: Asked) -> Result<Self, WebError> {
        let (begin, end) = asked.span();
        let (from, to) = (Some(begin), Some(end));
        let query = IncidentQuery { cluster: asked.cluster, from, to, limit: MOST, ..IncidentQuery::default() };
        let all = web.read().incidents(&query).await?;
        let told = web.read().told_of_period(begin, end).await?;
        let tried = web.read().tried_of_period(begin, end).await?;
        let cut = all.len() == MOST as usize;
        let (drills, real): (Vec<Incident>, Vec<Incident>) = all.into_iter().partition(|incident| incident.drill);
        let (shown, others) = if asked.drills { (drills, real.len()) } else { (real, drills.len()) };
        let case = |incident| case_of(incident, &told);
        let cases: Vec<Case<'_>> = shown.iter().map(case).collect();
        Ok(Self { cut, others, ..Self::of(f, asked, &cases, &tried) })
    }

    fn of(f: &Frame, asked: Asked, cases: &[Case<'_>], tried: &[Tried]) -> Self {
        Self {
            count: cases.len(),
            others: 0,
            cut: false,
            months: months(&asked, cases),
            times: times(f, &asked, cases),
            clusters: clusters(cases),
            incidents: incidents(&asked, cases),
            steps: steps(f, insights::steps(cases)),
            causes: causes(f, insights::causes(cases)),
            without_cause: insights::without_cause(cases),
            blind: blind(f, insights::blind(tried, cases)),
            partly: partly(f, &insights::partly(tried, cases)),
            asked,
        }
    }
}

/// This month in a sentence, for the overview.
pub struct ThisMonth {
    /// How many incidents there were and how long it took until the cluster had recovered; drills are not counted.
    pub says: String,
    /// Link to the insights of the month.
    pub path: String,
}

impl ThisMonth {
    /// From the records; `None`: there was no incident in it.
    pub async fn load(web: &Web, f: &Frame) -> Result<Option<Self>, WebError> {
        let today = Days::of("", &f.day_zone).day(web.now());
        let query = InsightsQuery { from: today.first_of_month().to_string(), ..InsightsQuery::default() };
        let asked = Asked::new(&query, web.now(), &f.day_zone);
        let path = format!("{}{}", paths::INSIGHTS, asked.link(false));
        let (begin, end) = asked.span();
        let (from, to) = (Some(begin), Some(end));
        let query = IncidentQuery { drill: Some(false), from, to, limit: MOST, ..IncidentQuery::default() };
        let incidents = web.read().incidents(&query).await?;
        if incidents.is_empty() {
            return Ok(None);
        }
        let told = web.read().told_of_period(begin, end).await?;
        let cases: Vec<Case<'_>> = incidents.iter().map(|incident| case_of(incident, &told)).collect();
        let count = f.t2("overview-month", "n", cases.len(), "zone", asked.days.name());
        let took = match insights::between(&cases, Moment::Noticed, Moment::Recovered).spread {
            Some(spread) => {
                f.t2("overview-month-recovered", "median", f.duration(spread.median_ms), "of", spread.count)
            }
            None => f.t("overview-month-unknown"),
        };
        Ok(Some(Self { says: format!("{count}{took}"), path }))
    }
}

fn case_of<'a>(
    incident: &'a Incident,
    told: &'a std::collections::BTreeMap<IncidentId, Vec<crate::domain::event::Event>>,
) -> Case<'a> {
    Case { incident, events: told.get(&incident.id).map_or(&[], Vec::as_slice) }
}

/// Incidents by month, every month of the period.
fn months(asked: &Asked, cases: &[Case<'_>]) -> Vec<(String, Bar)> {
    let month = |day: Date| day.to_string().chars().take(7).collect::<String>();
    let mut counts: std::collections::BTreeMap<String, i64> = std::collections::BTreeMap::new();
    let mut day = asked.from;
    while day <= asked.to && counts.len() < 120 {
        counts.entry(month(day)).or_default();
        let Ok(next) = day.last_of_month().tomorrow() else { break };
        day = next;
    }
    for case in cases {
        *counts.entry(month(asked.days.day(case.incident.opened_at))).or_default() += 1;
    }
    let most = counts.values().copied().max().unwrap_or(0);
    let bar = |count: i64| Bar { text: count.to_string(), share: share(count, most) };
    counts.into_iter().map(|(month, count)| (month, bar(count))).collect()
}

/// To notice, to confirm, to mitigate, to recover, and what was asked for where that is something else.
fn times(f: &Frame, asked: &Asked, cases: &[Case<'_>]) -> Vec<TimeRow> {
    let mut pairs = vec![(Moment::Unanswered, Moment::Noticed)];
    pairs.extend(TIMES.map(|(_, to)| (Moment::Noticed, to)));
    if !pairs.contains(&(asked.start, asked.end)) {
        pairs.push((asked.start, asked.end));
    }
    let row = |(from, to): (Moment, Moment)| {
        let Between { spread, unknown } = insights::between(cases, from, to);
        let code = format!("{}_{}", from.as_str(), to.as_str());
        TimeRow { code, name: between_words(f, from, to), spread, without: unknown, share: 0 }
    };
    TimeRow::all(pairs.into_iter().map(row).collect())
}

fn between_words(f: &Frame, from: Moment, to: Moment) -> String {
    let word = |moment: Moment| f.t(format!("insights-moment-{}", moment.as_str()));
    f.t2("insights-between", "from", word(from), "to", word(to))
}

fn clusters(cases: &[Case<'_>]) -> Vec<ClusterRow> {
    let mut of: std::collections::BTreeMap<ClusterId, Vec<Case<'_>>> = std::collections::BTreeMap::new();
    for case in cases {
        of.entry(case.incident.cluster).or_default().push(*case);
    }
    let most = of.values().map(Vec::len).max().unwrap_or(0) as i64;
    let row = |cases: Vec<Case<'_>>| {
        let to = |(key, moment)| (key, insights::between(&cases, Moment::Noticed, moment).spread);
        let times = TIMES.map(to);
        // Newest first: the name that it has by now, or had last.
        let name = cases.first().map_or_else(String::new, |case| short(&case.incident.cluster_name));
        ClusterRow { name, count: Bar { text: cases.len().to_string(), share: share(cases.len() as i64, most) }, times }
    };
    let mut rows: Vec<ClusterRow> = of.into_values().map(row).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.count.share));
    rows
}

fn incidents(asked: &Asked, cases: &[Case<'_>]) -> Vec<IncidentRow> {
    let took = |case: &Case<'_>| case.between_ms(asked.start, asked.end);
    let most = cases.iter().filter_map(took).max().unwrap_or(0);
    let row = |case: &Case<'_>| {
        let took_ms = took(case);
        IncidentRow { incident: case.incident.clone(), took_ms, share: share(took_ms.unwrap_or(0), most) }
    };
    cases.iter().map(row).collect()
}

fn steps(f: &Frame, steps: Vec<StepTime>) -> Vec<TimeRow> {
    let row = |time: &StepTime| TimeRow {
        code: time.step.key().to_owned(),
        name: format!("{} {}", time.step.number(), f.t(step_key(time.step))),
        spread: time.spread,
        without: time.skipped,
        share: 0,
    };
    TimeRow::all(steps.iter().map(row).collect())
}

fn cause_words(f: &Frame, code: Option<Code>) -> String {
    code.map_or_else(|| f.t("insights-cause-in-words"), |code| f.t(format!("help-{}-title", code.key())))
}

fn causes(f: &Frame, causes: Vec<(Option<Code>, CauseCount)>) -> Vec<CauseRow> {
    let most = causes.iter().map(|(_, count)| count.incidents.len()).max().unwrap_or(0) as i64;
    let row = |(code, said): (Option<Code>, CauseCount)| {
        let instead: Vec<String> =
            said.corrected.iter().map(|(code, n)| format!("{}{}", cause_words(f, *code), f.aside(n))).collect();
        let count = said.incidents.len();
        let count = Bar { text: count.to_string(), share: share(count as i64, most) };
        CauseRow { code, name: cause_words(f, code), count, said, instead: f.list(instead) }
    };
    causes.into_iter().map(row).collect()
}

fn partly(f: &Frame, checks: &[(&str, usize)]) -> String {
    let runs: usize = checks.iter().map(|(_, runs)| runs).sum();
    let each = |(check, runs): &(&str, usize)| format!("{}{}", f.t(check_key(check)), f.aside(runs));
    if runs == 0 {
        String::new()
    } else {
        f.t2("insights-partly", "n", runs, "checks", f.list(checks.iter().map(each)))
    }
}

fn blind(f: &Frame, checks: Vec<Blind>) -> Vec<BlindRow> {
    let of = |blind: &Blind| (blind.blind - blind.on_stopped) as i64;
    let most = checks.iter().map(of).max().unwrap_or(0);
    let row = |blind: Blind| BlindRow {
        name: f.t(check_key(&blind.check)),
        count: Bar { text: of(&blind).to_string(), share: share(of(&blind), most) },
        reasons: blind.reasons.iter().map(|(why, n)| (short(&f.msg(why)), *n)).collect(),
        blind,
    };
    checks.into_iter().map(row).collect()
}

#[derive(Template)]
#[template(path = "records/insights.html")]
struct InsightsPage {
    f: Frame,
    all_clusters: Vec<Cluster>,
    found: Found,
}

impl InsightsPage {
    fn csv_path(&self) -> String {
        format!("{}{}", self.f.url(paths::INSIGHTS_CSV), self.found.asked.link(self.found.asked.drills))
    }

    /// The same of drills, or of real incidents.
    fn others_path(&self) -> String {
        self.found.asked.link(!self.found.asked.drills)
    }

    fn is_cluster(&self, id: &ClusterId) -> bool {
        self.found.asked.cluster == Some(*id)
    }

    fn chosen(&self) -> String {
        between_words(&self.f, self.found.asked.start, self.found.asked.end)
    }

    fn link(&self, id: &IncidentId) -> String {
        self.f.url(paths::of_incident(*id, "report"))
    }

    fn lines(&self) -> &[IncidentRow] {
        &self.found.incidents[..self.found.incidents.len().min(LINES)]
    }
}

/// The page.
pub async fn show(State(web): State<Web>, f: Frame, Query(query): Query<InsightsQuery>) -> Result<Response, WebError> {
    let asked = Asked::new(&query, f.now, &f.day_zone);
    let (all_clusters, found) = (web.read().clusters().await?, Found::load(&web, &f, asked).await?);
    answer(StatusCode::OK, &InsightsPage { f, all_clusters, found })
}

/// The same numbers as a table for a spreadsheet.
pub async fn csv(State(web): State<Web>, f: Frame, Query(query): Query<InsightsQuery>) -> Result<Response, WebError> {
    let found = Found::load(&web, &f, Asked::new(&query, f.now, &f.day_zone)).await?;
    let name = format!("nodedown-insights-{}-{}.csv", found.asked.from, found.asked.to);
    let text = csv::table(&found);
    let text = web.commands().hide(&text, Written::Plain).unwrap_or(text);
    let head = [
        (header::CONTENT_TYPE, Csv::TYPE.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((head, text).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_question_it_is_the_last_ninety_days() {
        let now = Timestamp::parse_in("2026-11-22 20:00:00", &jiff::tz::TimeZone::UTC).expect("a moment");
        let page = Zone::Browser;
        let asked = Asked::new(&InsightsQuery::default(), now, &page);
        assert_eq!((asked.from.to_string().as_str(), asked.to.to_string().as_str()), ("2026-08-25", "2026-11-22"));
        let (begin, end) = asked.span();
        assert_eq!(end.millis_since(begin), 90 * 86_400_000);
        let link = "?from=2026-08-25&to=2026-11-22&tz=UTC&cluster=&kind=drill&start=noticed&end=recovered";
        assert_eq!(asked.link(true), link);
        let shanghai = InsightsQuery { tz: "Asia/Shanghai".to_owned(), ..InsightsQuery::default() };
        let there = Asked::new(&shanghai, now, &page);
        assert_eq!((there.to.to_string().as_str(), there.span().1.millis_since(end)), ("2026-11-23", 16 * 3_600_000));
        let query = InsightsQuery { from: "yesterday".to_owned(), ..InsightsQuery::default() };
        assert!(Asked::new(&query, now, &page).bad_day && !asked.bad_day);
    }

    #[test]
    fn a_bar_is_never_longer_than_the_longest_and_never_invisible() {
        assert_eq!((share(0, 0), share(0, 9), share(9, 9), share(1, 1000), share(5, 10)), (0, 0, 100, 1, 50));
    }
}
