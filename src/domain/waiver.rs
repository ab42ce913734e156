//! Clients that are missing after an outage, and those of them that nobody waits for any more. Pure.
//!
//! # Why
//! Step 5 asks whether the clients are back. One that stays away is the outage of somebody else, so the step is not done while
//! any is missing, unless a person says of whom nobody waits, and why. That is said of an address, a range or an application
//! and holds in every later round: who of them comes back is no longer missing by itself. Where it is not known who is
//! missing, nobody is held up by a guess.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::client_set::ClientSet;
use super::connected::ClientKey;
use super::id::{IncidentId, NodeName, WaiverId};
use super::publishing::{Published, ServiceNow};
use super::time::Timestamp;

/// Most clients of each kind that a diagnosis keeps by name.
pub const MOST_AWAY: usize = 2000;
/// Most clients that are named in a sentence.
const IN_A_SENTENCE: usize = 3;
/// Most characters of a name in a sentence.
const NAME_CHARS: usize = 40;

/// The clients of a cluster that are away, as one round saw them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientsAway {
    /// Away is who was there at this moment.
    pub since: Timestamp,
    /// Those that no node holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<ClientAway>,
    /// Those that have fewer connections than before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub in_part: Vec<ClientAway>,
    /// How many were there before and may be on a node that nobody could ask.
    #[serde(default)]
    pub not_known: u32,
    /// How many more are missing than are kept by name.
    #[serde(default)]
    pub left_out: u32,
    /// Of some nodes nobody knows who was connected before: that nobody is missing is then not known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_gaps: bool,
    /// Those that an earlier round of the incident saw missing, and this one does not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub no_longer: Vec<ClientKey>,
    /// Those that an earlier round saw missing, and this one or one since then saw connected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub back: Vec<ClientKey>,
    /// Those that an earlier round saw missing, and of whom no round since then could tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unheard: Vec<ClientKey>,
    /// Those that are connected: only of the round itself, for the next words; it is not kept.
    #[serde(skip)]
    pub here: BTreeSet<ClientKey>,
    /// The services that those publish that are away, as running nodes list them now; none of which that is not known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<String, ServiceNow>,
}

/// A client that is away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientAway {
    /// Which.
    #[serde(flatten)]
    pub key: ClientKey,
    /// Connections now.
    pub has: u32,
    /// Connections before.
    pub had: u32,
    /// The last look that saw it, and on which node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<(NodeName, Timestamp)>,
    /// What it published before; of one that is back in part, what of that is not published now. `None`: that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publishes: Option<Published>,
}

/// That nobody waits for some clients any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// Row id.
    pub id: WaiverId,
    /// In which incident.
    pub incident: IncidentId,
    /// Who.
    pub what: ClientSet,
    /// Why.
    pub reason: String,
    /// Login name.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Who took it back, and when; `None`: it holds.
    pub taken_back: Option<(String, Timestamp)>,
}

impl Waiver {
    /// Whether it holds.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.taken_back.is_none()
    }

    /// The one that holds and says most of a client; `None`: somebody waits for it.
    #[must_use]
    pub fn of<'w>(all: &'w [Self], client: &ClientKey) -> Option<&'w Self> {
        let of = all.iter().filter(|one| one.holds() && one.what.covers(client));
        of.min_by_key(|one| one.what.breadth())
    }
}

impl ClientsAway {
    /// How many of those that are away somebody means.
    #[must_use]
    pub fn covered(&self, what: &ClientSet) -> usize {
        self.missing.iter().chain(&self.in_part).filter(|one| what.covers(&one.key)).count()
    }

    /// The missing ones that somebody waits for.
    #[must_use]
    pub fn awaited(&self, waivers: &[Waiver]) -> Awaited {
        let open: Vec<&ClientAway> =
            self.missing.iter().filter(|one| Waiver::of(waivers, &one.key).is_none()).collect();
        let count = u32::try_from(open.len()).unwrap_or(u32::MAX).saturating_add(self.left_out);
        let mut named: Vec<String> = Vec::new();
        for name in open.iter().map(|one| name(&one.key)) {
            if named.len() < IN_A_SENTENCE && !named.contains(&name) {
                named.push(name);
            }
        }
        Awaited { count, named }
    }

    /// Takes over from the round before: who was missing then and is not now. `None`: this round says nothing of clients, and
    /// what the one before said is not known any more.
    #[must_use]
    pub fn after(before: Option<&Self>, now: Option<Self>) -> Option<Self> {
        let Some(before) = before else { return now };
        let were = || before.missing.iter().map(|one| &one.key).chain(&before.no_longer);
        let Some(mut now) = now else {
            let lost = u32::try_from(before.missing.len() + before.in_part.len()).unwrap_or(u32::MAX);
            let not_known = before.not_known.saturating_add(before.left_out).saturating_add(lost);
            let (no_longer, back) = (before.no_longer.clone(), before.back.clone());
            let (missing, in_part) = (Vec::new(), Vec::new());
            let (since, left_out, has_gaps) = (before.since, 0, true);
            let unheard = known_keys(before.missing.iter().map(|one| &one.key).chain(&before.unheard));
            let (here, services) = (BTreeSet::new(), BTreeMap::new());
            return Some(Self {
                since,
                missing,
                in_part,
                not_known,
                left_out,
                has_gaps,
                no_longer,
                back,
                unheard,
                here,
                services,
            });
        };
        now.no_longer = known_keys(were().filter(|key| !now.is_missing(key)));
        // Who was seen to be back stays so where nobody could tell; who is missing again is not.
        let followed = before.missing.iter().map(|one| &one.key).chain(&before.back).chain(&before.unheard);
        let followed: Vec<&ClientKey> = followed.filter(|key| !now.is_missing(key)).collect();
        let is_back = |key: &&ClientKey| now.here.contains(*key) || before.back.contains(*key);
        let (back, unheard): (Vec<&ClientKey>, Vec<&ClientKey>) = followed.into_iter().partition(is_back);
        (now.back, now.unheard) = (known_keys(back.into_iter()), known_keys(unheard.into_iter()));
        Some(now)
    }

    fn is_missing(&self, key: &ClientKey) -> bool {
        self.missing.iter().any(|one| one.key == *key)
    }
}

/// Each once, in order, and no more than are kept by name.
fn known_keys<'k>(keys: impl Iterator<Item = &'k ClientKey>) -> Vec<ClientKey> {
    let each: BTreeSet<&ClientKey> = keys.collect();
    each.into_iter().take(MOST_AWAY).cloned().collect()
}

/// Address and application, as a sentence has them.
fn name(key: &ClientKey) -> String {
    let short = |text: &str| text.chars().take(NAME_CHARS).collect::<String>();
    match &key.app {
        Some(app) => format!("{} {}", short(&key.ip), short(app)),
        None => short(&key.ip),
    }
}

/// Missing clients that somebody waits for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Awaited {
    /// How many.
    pub count: u32,
    /// The first of them: address and application.
    pub named: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(ip: &str, app: &str) -> ClientKey {
        ClientKey { ip: ip.to_owned(), app: Some(app.to_owned()), module: Some("naming".to_owned()) }
    }

    fn client(ip: &str, app: &str) -> ClientAway {
        ClientAway { key: key(ip, app), has: 0, had: 1, last: None, publishes: None }
    }

    fn away(missing: &[(&str, &str)]) -> ClientsAway {
        ClientsAway {
            since: Timestamp::from_millis(0),
            missing: missing.iter().map(|(ip, app)| client(ip, app)).collect(),
            in_part: vec![client("10.0.4.90", "pay")],
            not_known: 0,
            left_out: 0,
            has_gaps: false,
            no_longer: Vec::new(),
            back: Vec::new(),
            unheard: Vec::new(),
            here: BTreeSet::new(),
            services: BTreeMap::new(),
        }
    }

    fn waiver(id: i64, what: &str) -> Waiver {
        Waiver {
            id: WaiverId(id),
            incident: IncidentId(1),
            what: ClientSet::parse(what).expect("a set"),
            reason: "switched off".to_owned(),
            by: "ann".to_owned(),
            at: Timestamp::from_millis(0),
            taken_back: None,
        }
    }

    #[test]
    fn who_is_waived_is_not_waited_for() {
        let away = away(&[("10.0.4.7", "order"), ("10.0.4.8", "order"), ("10.0.5.1", "pay"), ("10.0.6.1", "pay")]);
        let awaited = |what: &[&str]| {
            let waivers: Vec<Waiver> = what.iter().zip(1..).map(|(what, id)| waiver(id, what)).collect();
            away.awaited(&waivers)
        };
        assert_eq!((awaited(&[]).count, awaited(&[]).named.len()), (4, 3), "the first ones are named");
        assert_eq!(awaited(&["10.0.4.7"]).named, ["10.0.4.8 order", "10.0.5.1 pay", "10.0.6.1 pay"]);
        assert_eq!(awaited(&["10.0.4.0/24", "pay"]), Awaited::default());
        assert_eq!(awaited(&["10.0.9.0/24", "billing"]).count, 4, "of others");
        let mut taken = waiver(1, "10.0.4.0/24");
        taken.taken_back = Some(("bob".to_owned(), Timestamp::from_millis(1)));
        assert_eq!(away.awaited(&[taken.clone()]).count, 4, "it was taken back");
        let all = [taken, waiver(2, "10.0.0.0/8"), waiver(3, "10.0.4.0/24"), waiver(4, "10.0.4.7")];
        let of = |ip| Waiver::of(&all, &key(ip, "order")).map(|one| one.id.0);
        assert_eq!([of("10.0.4.7"), of("10.0.4.8"), of("10.0.7.7"), of("11.0.0.1")], [Some(4), Some(3), Some(2), None]);
        let more = ClientsAway { left_out: 5, ..away };
        assert_eq!(more.awaited(&[waiver(1, "10.0.0.0/8")]).count, 5, "who has no name here can be waived by none");
        assert_eq!((more.covered(&all[2].what), more.covered(&all[1].what)), (3, 5), "those in part back too");
    }

    #[test]
    fn who_is_back_was_seen_and_who_was_not_seen_is_not() {
        let (seven, eight) = (key("10.0.4.7", "order"), key("10.0.4.8", "order"));
        let first = away(&[("10.0.4.7", "order"), ("10.0.4.8", "order")]);
        let of = |one: &ClientsAway| (one.back.clone(), one.unheard.clone());
        let here = |missing: &[(&str, &str)], here: &[&ClientKey]| ClientsAway {
            here: here.iter().map(|key| (*key).clone()).collect(),
            ..away(missing)
        };
        let second = ClientsAway::after(Some(&first), Some(here(&[], &[&seven]))).expect("some");
        assert_eq!(of(&second), (vec![seven.clone()], vec![eight.clone()]), "what no list names is not back");
        let blind = ClientsAway::after(Some(&first), None).expect("some");
        assert_eq!(of(&blind), (vec![], vec![seven.clone(), eight.clone()]), "nobody could tell");
        let late = ClientsAway::after(Some(&blind), Some(here(&[("10.0.4.8", "order")], &[&seven]))).expect("some");
        assert_eq!(of(&late), (vec![seven.clone()], vec![]));
        let blind = ClientsAway::after(Some(&late), None).expect("some");
        assert_eq!(of(&blind), (vec![seven], vec![eight.clone()]), "who was seen back stays so");
        let again = ClientsAway::after(Some(&blind), Some(here(&[("10.0.4.7", "order")], &[&eight]))).expect("some");
        assert_eq!(of(&again), (vec![eight], vec![]), "who is missing again is not back");
    }

    #[test]
    fn what_comes_back_is_no_longer_missing_and_what_nobody_saw_is_not_known() {
        let first = away(&[("10.0.4.7", "order"), ("10.0.4.8", "order")]);
        assert_eq!(ClientsAway::after(None, Some(first.clone())), Some(first.clone()));
        let second = ClientsAway::after(Some(&first), Some(away(&[("10.0.4.8", "order")]))).expect("some");
        assert_eq!(second.no_longer, [key("10.0.4.7", "order")]);
        let third = ClientsAway::after(Some(&second), Some(away(&[]))).expect("some");
        assert_eq!(third.no_longer, [key("10.0.4.7", "order"), key("10.0.4.8", "order")]);
        let again = ClientsAway::after(Some(&third), Some(away(&[("10.0.4.7", "order")]))).expect("some");
        assert_eq!(again.no_longer, [key("10.0.4.8", "order")]);
        let blind = ClientsAway::after(Some(&first), None).expect("some");
        assert_eq!((blind.missing.len(), blind.in_part.len(), blind.not_known, blind.has_gaps), (0, 0, 3, true));
        assert_eq!(ClientsAway::after(None, None), None);
        let text = serde_json::to_string(&second).expect("text");
        assert_eq!(serde_json::from_str::<ClientsAway>(&text).expect("the same"), second);
        assert!(text.contains(r#"{"ip":"10.0.4.8","app":"order","module":"naming","has":0,"had":1}"#), "{text}");
    }
}
