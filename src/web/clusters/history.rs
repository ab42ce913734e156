//! What the watcher saw of a cluster: the strip of the last day, and the page that it leads to.
//!
//! The strip is drawn, and said in words beside it. On the page, a chart shows the nodes over the time, and a table every spell
//! in which something was wrong, which is its twin.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;

use crate::domain::cluster::Cluster;
use crate::domain::id::{ClusterId, NodeName};
use crate::domain::look::{Grain, Look, LookState};
use crate::domain::message::Message;
use crate::domain::observed::SampleSeen;
use crate::domain::time::Timestamp;
use crate::model::stability;
use crate::store::ReadStore;
use crate::store::looks::SlotSeen;
use crate::web::plumbing::chart::{self, Chart, Drawn};
use crate::web::plumbing::components::{Look as Sign, Tone};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{Path, Query};
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

/// How far the strip goes back.
const DAY_MS: i64 = 24 * 3_600_000;
/// What one piece of the strip stands for at least: 144 in a day, 2 px each on a phone.
const SLOT_MS: i64 = 600_000;
/// Half of what is shown around a moment.
const AROUND_MS: i64 = 30 * 60_000;
/// Two entries further apart than this many of their lengths were interrupted.
const INTERRUPTED: i64 = 2;
/// What has not been folded yet is at most this old.
const FRESH_MS: i64 = 3 * 60_000;
/// Time between two looks that is taken for granted.
const LOOK_MS: i64 = 5_000;
/// Most spells in the table, the newest.
const MOST_SPELLS: usize = 200;

/// The last day of a cluster, drawn and in words.
#[derive(Default)]
pub struct Day {
    /// One after the other, equal neighbours as one; what was not seen is not drawn.
    pub pieces: Vec<Piece>,
    /// In words, longest first: state and milliseconds.
    spent: Vec<(Option<LookState>, i64)>,
}

/// A time in which the worst that was seen was the same.
pub struct Piece {
    /// Left edge, as a share of the width: `12.5%`.
    pub x: String,
    /// Width, likewise.
    pub width: String,
    /// Class: colour and height.
    pub class: &'static str,
    /// Key of the word for it.
    pub word: &'static str,
    /// A moment in its middle.
    pub at: i64,
}

impl Day {
    /// The day that ends now, of every cluster of which something was seen, or of one of them.
    ///
    /// # Errors
    /// The store's.
    pub async fn all(
        read: &ReadStore,
        cluster: Option<ClusterId>,
        now: Timestamp,
    ) -> Result<BTreeMap<ClusterId, Self>, WebError> {
        let from = now.plus_millis(-DAY_MS);
        let minute = Grain::Minute.ms();
        let mut seen = read.look_states(cluster, Grain::Minute, (from, now), SLOT_MS).await?;
        let fresh = Grain::Minute.begin(now.plus_millis(-FRESH_MS));
        let newest = read.look_states(cluster, Grain::Look, (fresh, now.plus_millis(1)), minute).await?;
        for (cluster, looks) in newest {
            let slots = seen.entry(cluster).or_default();
            let folded = slots.iter().map(|slot| slot.newest.plus_millis(minute)).max();
            // As minutes, of which each counts by what was worst in it.
            let mut minutes: BTreeMap<Timestamp, LookState> = BTreeMap::new();
            for look in looks {
                let begin = fresh.plus_millis(look.slot * minute);
                let worst = minutes.entry(begin).or_insert(look.state);
                *worst = look.state.max(*worst);
            }
            let unfolded = minutes.into_iter().filter(|(begin, _)| folded.is_none_or(|folded| *begin >= folded));
            slots.extend(unfolded.map(|(newest, state)| {
                let slot = newest.millis_since(from).max(0) / SLOT_MS;
                SlotSeen { slot, state, looks: 1, newest }
            }));
        }
        Ok(seen.into_iter().map(|(cluster, slots)| (cluster, Self::new(&slots, from))).collect())
    }

    /// The day of one cluster.
    ///
    /// # Errors
    /// The store's.
    pub async fn of(read: &ReadStore, cluster: ClusterId, now: Timestamp) -> Result<Self, WebError> {
        Ok(Self::all(read, Some(cluster), now).await?.remove(&cluster).unwrap_or_else(|| Self::new(&[], now)))
    }

    fn new(seen: &[SlotSeen], from: Timestamp) -> Self {
        let slots = usize::try_from(DAY_MS / SLOT_MS).unwrap_or(1);
        let mut worst: Vec<Option<LookState>> = vec![None; slots];
        for one in seen {
            let slot = usize::try_from(one.slot).unwrap_or(0).min(slots - 1);
            worst[slot] = worst[slot].max(Some(one.state));
        }
        let percent = |slots_in: usize| format!("{:.3}%", slots_in as f64 / slots as f64 * 100.0);
        let mut pieces: Vec<Piece> = Vec::new();
        let mut begin = 0;
        while begin < slots {
            let length = worst[begin..].iter().take_while(|state| **state == worst[begin]).count();
            if let Some(state) = worst[begin] {
                let middle = i64::try_from(2 * begin + length).unwrap_or(0) * SLOT_MS / 2;
                let at = from.plus_millis(middle).as_millis();
                let word = sign(state).word;
                pieces.push(Piece { x: percent(begin), width: percent(length), class: class(state), word, at });
            }
            begin += length;
        }
        let minute = Grain::Minute.ms();
        let count = |state| {
            let minutes: i64 = seen.iter().filter(|one| one.state == state).map(|one| one.looks).sum();
            (minutes * minute).min(DAY_MS)
        };
        let mut spent: Vec<_> = LookState::ALL.into_iter().rev().map(|state| (Some(state), count(state))).collect();
        let seen: i64 = spent.iter().map(|(_, ms)| ms).sum();
        // The minute that runs and the one in which the day began are halves.
        let unseen = DAY_MS - seen.min(DAY_MS);
        spent.push((None, if unseen <= INTERRUPTED * minute { 0 } else { unseen }));
        spent.retain(|(_, ms)| *ms > 0);
        Self { pieces, spent }
    }

    /// Whether anything was seen in it.
    #[must_use]
    pub fn is_seen(&self) -> bool {
        !self.pieces.is_empty()
    }

    /// The day in words: how long it was how, the worst first.
    #[must_use]
    pub fn says(&self, f: &Frame) -> String {
        let part = |(state, ms): &(Option<LookState>, i64)| {
            let key = match state {
                Some(LookState::Up) => "day-up",
                Some(LookState::Degraded) => "day-degraded",
                Some(LookState::Down) => "day-down",
                None => "day-unseen",
            };
            f.t1(key, "time", f.duration(*ms))
        };
        let parts: Vec<String> = self.spent.iter().map(part).collect();
        parts.join(&f.t("day-and"))
    }
}

const fn class(state: LookState) -> &'static str {
    match state {
        LookState::Up => "b-ok",
        LookState::Degraded => "b-warn",
        LookState::Down => "b-fail",
    }
}

/// How a state of the watcher is shown.
#[must_use]
pub fn sign(state: LookState) -> Sign {
    let (tone, word) = match state {
        LookState::Up => (Tone::Ok, "look-state-up"),
        LookState::Degraded => (Tone::Warn, "look-state-degraded"),
        LookState::Down => (Tone::Fail, "look-state-down"),
    };
    Sign { icon: tone.icon(), tone, word }
}

/// A time in which the cluster stood the same way.
struct Spell {
    from: Timestamp,
    to: Timestamp,
    state: LookState,
    /// What was wrong in the first of its worst looks.
    why: Option<Message>,
}

impl Spell {
    fn sign(&self) -> Sign {
        sign(self.state)
    }

    fn lasted_ms(&self) -> i64 {
        self.to.millis_since(self.from)
    }
}

/// Spells, oldest first. An entry speaks for `each_ms`; where entries are missing for longer, a spell ends and nothing is said.
fn spells(looks: &[Look], each_ms: i64) -> Vec<Spell> {
    let mut spells: Vec<Spell> = Vec::new();
    for look in looks {
        let to = look.at.plus_millis(each_ms);
        match spells.last_mut() {
            Some(last) if last.state == look.state && look.at.millis_since(last.to) < INTERRUPTED * each_ms => {
                last.to = to;
            }
            // It goes on until the next begins, not until it was looked at last.
            Some(last) if look.at.millis_since(last.to) < INTERRUPTED * each_ms => {
                last.to = look.at;
                spells.push(Spell { from: look.at, to, state: look.state, why: why(look) });
            }
            _ => spells.push(Spell { from: look.at, to, state: look.state, why: why(look) }),
        }
    }
    spells
}

fn why(look: &Look) -> Option<Message> {
    let mut nodes: Vec<(NodeName, Vec<SampleSeen>)> =
        look.nodes.iter().map(|(name, sample)| (name.clone(), vec![sample.clone()])).collect();
    // That a node is silent says more than that others miss it.
    nodes.sort_by_key(|(_, samples)| samples.iter().any(|sample| sample.alive));
    if look.state == LookState::Up { None } else { stability::unstable_now(&nodes) }
}

#[derive(Template)]
#[template(path = "clusters/history.html")]
struct HistoryPage {
    f: Frame,
    cluster: Cluster,
    /// The moment that is looked at; `None`: the last day.
    at: Option<Timestamp>,
    chart: Option<Chart>,
    /// Newest first.
    spells: Vec<Spell>,
    /// Newest spells alone are shown.
    is_cut: bool,
}

impl HistoryPage {
    fn around(&self, spell: &&Spell) -> String {
        self.f.url(paths::cluster_history_at(self.cluster.id, spell.from.as_millis()))
    }

    fn day(&self) -> String {
        self.f.url(paths::cluster_history(self.cluster.id))
    }
}

/// Which moment.
#[derive(Default, Deserialize)]
pub struct HistoryQuery {
    /// Milliseconds since 1970; anything else is the last day.
    #[serde(default)]
    at: String,
}

/// The page.
///
/// # Errors
/// No such cluster; the store's.
pub async fn show(
    State(web): State<Web>,
    f: Frame,
    Path(id): Path<ClusterId>,
    Query(query): Query<HistoryQuery>,
) -> Result<Response, WebError> {
    let cluster = web.read().cluster(id).await?.ok_or(WebError::NotFound)?;
    let now = web.now();
    let at = query.at.trim().parse().ok().map(Timestamp::from_millis).filter(|at| *at <= now && at.as_millis() >= 0);
    let (from, to) = at.map_or_else(
        || (now.plus_millis(-DAY_MS), now),
        |at| (at.plus_millis(-AROUND_MS), at.plus_millis(AROUND_MS).min(now)),
    );
    let (looks, each_ms) = looks_between(&web, id, at.is_some(), from, to).await?;
    // A day of which only the last hour was seen is an hour.
    let first = looks.first().map_or(from, |first| first.at.max(from));
    let from = if at.is_some() { from } else { first.min(to.plus_millis(-AROUND_MS)) };
    let mut spells = spells(&looks, each_ms);
    spells.reverse();
    let is_cut = spells.len() > MOST_SPELLS;
    spells.truncate(MOST_SPELLS);
    let zone = f.zone.written();
    let chart = chart::chart(&series(&cluster, looks), (from, to), &[], each_ms, &zone, Drawn::CONNECTIONS);
    answer(StatusCode::OK, &HistoryPage { f, cluster, at, chart, spells, is_cut })
}

/// The finest that is kept of a short time, a minute each of a long one; with what an entry stands for, milliseconds.
pub async fn looks_between(
    web: &Web,
    id: ClusterId,
    short: bool,
    from: Timestamp,
    to: Timestamp,
) -> Result<(Vec<Look>, i64), WebError> {
    let until = to.plus_millis(1);
    if short {
        let looks = web.read().looks(id, Grain::Look, from, until).await?;
        if !looks.is_empty() {
            let pairs = looks.windows(2).map(|pair| pair[1].at.millis_since(pair[0].at));
            let each_ms = pairs.min().unwrap_or(LOOK_MS).max(LOOK_MS);
            return Ok((looks, each_ms));
        }
    }
    let minutes = web.read().looks(id, Grain::Minute, from, until).await?;
    if !minutes.is_empty() || !short {
        // What is not a whole minute yet.
        let folded = minutes.last().map_or(from, |last| last.at.plus_millis(Grain::Minute.ms()));
        let fresh = web.read().looks(id, Grain::Look, folded.max(to.plus_millis(-FRESH_MS)), until).await?;
        let newest = fresh.first().map(|first| Grain::Minute.begin(first.at));
        let newest = newest.and_then(|begin| Look::fold(begin, &fresh));
        return Ok((minutes.into_iter().chain(newest).collect(), Grain::Minute.ms()));
    }
    Ok((web.read().looks(id, Grain::Hour, from.plus_millis(-Grain::Hour.ms()), until).await?, Grain::Hour.ms()))
}

/// What each node of the cluster said, oldest first.
#[must_use]
pub fn series(cluster: &Cluster, looks: Vec<Look>) -> Vec<(NodeName, Vec<SampleSeen>)> {
    let mut series: Vec<_> = cluster.nodes.iter().map(|node| (node.name.clone(), Vec::new())).collect();
    for (name, sample) in looks.into_iter().flat_map(|look| look.nodes) {
        if let Some((_, samples)) = series.iter_mut().find(|(node, _)| *node == name) {
            samples.push(sample);
        }
    }
    series
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_millis(minutes * 60_000)
    }

    fn look(minutes: i64, state: LookState) -> Look {
        Look { at: at(minutes), state, looks: 12, nodes: Vec::new() }
    }

    #[test]
    fn a_short_outage_is_seen_in_a_day_and_what_was_not_seen_is_left_blank() {
        let seen = (600..1440).map(|minute| {
            let state = if minute == 700 { LookState::Down } else { LookState::Up };
            SlotSeen { slot: minute / 10, state, looks: 1, newest: at(minute) }
        });
        let day = Day::new(&seen.collect::<Vec<_>>(), at(0));
        let drawn: Vec<_> =
            day.pieces.iter().map(|piece| (piece.class, piece.x.as_str(), piece.width.as_str())).collect();
        let up_before = ("b-ok", "41.667%", "6.944%");
        assert_eq!(drawn, [up_before, ("b-fail", "48.611%", "0.694%"), ("b-ok", "49.306%", "50.694%")]);
        assert_eq!(day.pieces[1].at, at(705).as_millis(), "a click leads to the middle of it");
        let minute = 60_000;
        let spent = [(Some(LookState::Down), minute), (Some(LookState::Up), 839 * minute), (None, 600 * minute)];
        assert_eq!(day.spent, spent);
        assert!(!Day::new(&[], at(0)).is_seen());
    }

    #[test]
    fn a_spell_ends_with_another_state_and_with_a_gap() {
        let looks = [
            look(0, LookState::Up),
            look(1, LookState::Up),
            look(2, LookState::Degraded),
            look(3, LookState::Up),
            look(60, LookState::Up),
        ];
        let spells: Vec<_> = spells(&looks, 60_000).iter().map(|one| (one.from, one.to, one.state)).collect();
        let up = LookState::Up;
        assert_eq!(
            spells,
            [(at(0), at(2), up), (at(2), at(3), LookState::Degraded), (at(3), at(4), up), (at(60), at(61), up)]
        );
    }
}
