//! The cause of an incident, which stays on screen whatever becomes of the cluster.
//!
//! # Why
//! A diagnosis speaks of one moment. The node that was killed comes back, and the newest diagnosis is "healthy, nothing found":
//! right of now, and no answer to what the incident is about. So the cause is kept, and only something that is known better
//! takes its place: never "none", a start under way, or a round that saw less than the one before. What a person chose is
//! never replaced.

use serde::{Deserialize, Serialize};

use super::code::Code;
use super::diagnosis::{Cause, Diagnosis, Rank, RestsOn};
use super::finding::{Confidence, Outcome};
use super::id::NodeName;
use super::message::Message;
use super::time::Timestamp;

/// The cause of an incident as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedCause {
    /// Since when.
    pub at: Timestamp,
    /// Login name of the person who chose it; `None`: the program.
    pub chosen_by: Option<String>,
    /// Why, in the words of that person, or what the cause is where no diagnosis names it; empty where the program pinned it.
    pub words: String,
    /// The diagnosis that names it; `None`: the words say what it is.
    pub named: Option<NamedCause>,
}

impl PinnedCause {
    /// The cause that a diagnosis names; `None`: the words say what it is.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        self.named.as_ref()?.cause()
    }
}

/// A cause in the diagnosis that named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedCause {
    /// The diagnosis.
    pub diagnosis: Diagnosis,
    /// Its place among the causes there, from 0.
    pub place: usize,
}

impl NamedCause {
    /// The cause; `None`: there is none at that place, which no program writes.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        self.diagnosis.causes.get(self.place)
    }

    fn rank(&self) -> Option<&Rank> {
        self.diagnosis.trace.ranks.get(self.place)
    }
}

/// What the timeline keeps of a cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinnedAs {
    /// Code.
    pub code: Code,
    /// Its nodes.
    pub nodes: Vec<NodeName>,
    /// How sure.
    pub confidence: Confidence,
    /// One sentence.
    pub summary: Message,
}

impl From<&Cause> for PinnedAs {
    fn from(cause: &Cause) -> Self {
        let (nodes, summary) = (cause.nodes.clone(), cause.summary.clone());
        Self { code: cause.code, nodes, confidence: cause.confidence, summary }
    }
}

/// Whether a cause can be that of an incident: not that there is none, and not what passes by itself.
#[must_use]
pub const fn can_be_pinned(cause: &Cause) -> bool {
    explains_an_incident(cause.code)
}

/// Whether a code can be what an incident was about.
#[must_use]
pub const fn explains_an_incident(code: Code) -> bool {
    !matches!(code, Code::None | Code::NodeStarting)
}

/// Whether the newer of two causes is the older one still, of the same nodes or more.
#[must_use]
pub fn goes_on(old: &Cause, new: &Cause) -> bool {
    new.code == old.code && old.nodes.iter().all(|node| new.nodes.contains(node))
}

/// The place in the newest diagnosis of the cause that takes the place of the pinned one; `None`: that one stays.
#[must_use]
pub fn replacement(pinned: Option<&PinnedCause>, newest: &Diagnosis) -> Option<usize> {
    let place = newest.causes.iter().position(can_be_pinned)?;
    let Some(pinned) = pinned else { return Some(place) };
    if pinned.chosen_by.is_some() {
        return None;
    }
    let Some((old, named)) = pinned.named.as_ref().and_then(|named| Some((named.cause()?, named))) else {
        return Some(place);
    };
    let new = &newest.causes[place];
    if goes_on(old, new) {
        // Known of more nodes by now, or more surely.
        let grew = new.nodes.len() > old.nodes.len() && new.confidence >= old.confidence;
        return (grew || new.confidence > old.confidence).then_some(place);
    }
    if explains(newest, new, old) {
        return Some(place);
    }
    let known_better = new.confidence > old.confidence
        || new.confidence == old.confidence && depth(newest.trace.ranks.get(place)) > depth(named.rank());
    (known_better && saw_as_much(newest, old, &named.diagnosis)).then_some(place)
}

/// The place in the newest diagnosis of the pinned cause itself, as sure as it was, of the same nodes, by a round that saw as
/// much: what it says of the reasons is what is known by now. `None`: the diagnosis that named it says more.
#[must_use]
pub fn said_again(pinned: &NamedCause, newest: &Diagnosis) -> Option<usize> {
    let old = pinned.cause()?;
    let is_it =
        |new: &Cause| goes_on(old, new) && new.nodes.len() == old.nodes.len() && new.confidence == old.confidence;
    let place = newest.causes.iter().position(is_it)?;
    saw_as_much(newest, old, &pinned.diagnosis).then_some(place)
}

/// The cause that a history of diagnoses comes to, oldest first: of incidents that were opened before causes were pinned.
#[must_use]
pub fn of_history(history: impl IntoIterator<Item = Diagnosis>) -> Option<PinnedCause> {
    history.into_iter().fold(None, |pinned, diagnosis| match replacement(pinned.as_ref(), &diagnosis) {
        Some(place) => {
            let at = diagnosis.at;
            let named = Some(NamedCause { diagnosis, place });
            Some(PinnedCause { at, chosen_by: None, words: String::new(), named })
        }
        None => pinned,
    })
}

/// Whether nothing that the old cause rested on is missing now.
fn saw_as_much(newest: &Diagnosis, old: &Cause, from: &Diagnosis) -> bool {
    RestsOn::of(old, from).all(|what| !what.is_missing(newest))
}

/// Whether the newest diagnosis sets the old cause aside for the new one: it is the same trouble, understood.
fn explains(newest: &Diagnosis, new: &Cause, old: &Cause) -> bool {
    let shares = |nodes: &[NodeName], with: &[NodeName]| {
        nodes.is_empty() || with.is_empty() || nodes.iter().any(|node| with.contains(node))
    };
    newest.trace.set_aside.iter().any(|aside| {
        aside.code == old.code
            && aside.by == new.code
            && shares(&aside.nodes, &old.nodes)
            && shares(&aside.by_nodes, &new.nodes)
    })
}

/// How far before others a cause stands: the worse outcome, then what lies deeper.
fn depth(rank: Option<&Rank>) -> (Option<Outcome>, std::cmp::Reverse<u8>) {
    (rank.map(|rank| rank.outcome), std::cmp::Reverse(rank.map_or(u8::MAX, |rank| rank.priority)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::diagnosis::{Health, SetAside, Trace};
    use crate::domain::finding::{Finding, NotSeen};

    fn finding(code: Code, node: &str) -> Finding {
        let id = format!("stop.cause:{node}:-:{}", code.as_str());
        Finding::bare(id, code, "stop.cause", node)
    }

    /// A diagnosis with these causes: code, node, confidence, priority.
    fn diagnosis(causes: &[(Code, &str, Confidence, u8)]) -> Diagnosis {
        let cause = |(code, node, confidence, _): &(Code, &str, Confidence, u8)| Cause {
            nodes: vec![NodeName((*node).to_owned())],
            confidence: *confidence,
            because: vec![finding(*code, node).id],
            ..Cause::bare(*code)
        };
        let rank = |(.., priority): &(Code, &str, Confidence, u8)| Rank {
            outcome: Outcome::Fail,
            priority: *priority,
            raised: None,
            suspected: false,
        };
        Diagnosis {
            failure_tolerance: Some(0),
            causes: causes.iter().map(cause).collect(),
            findings: causes.iter().map(|(code, node, ..)| finding(*code, node)).collect(),
            trace: Trace { ranks: causes.iter().map(rank).collect(), ..Trace::default() },
            ..Diagnosis::bare(Timestamp::from_millis(0), Health::Degraded)
        }
    }

    fn pinned(causes: &[(Code, &str, Confidence, u8)]) -> PinnedCause {
        let named = Some(NamedCause { diagnosis: diagnosis(causes), place: 0 });
        PinnedCause { at: Timestamp::from_millis(0), chosen_by: None, words: String::new(), named }
    }

    const KILLED: (Code, &str, Confidence, u8) = (Code::NodeKilled, "n3", Confidence::Certain, 20);

    #[test]
    fn what_passes_or_is_nothing_is_neither_pinned_nor_replaces() {
        let starting = (Code::NodeStarting, "n3", Confidence::Certain, 62);
        let none = (Code::None, "n3", Confidence::Certain, 99);
        for passing in [starting, none] {
            assert_eq!(replacement(None, &diagnosis(&[passing])), None, "{passing:?}");
            assert_eq!(replacement(Some(&pinned(&[KILLED])), &diagnosis(&[passing])), None, "{passing:?}");
        }
        assert_eq!(replacement(None, &diagnosis(&[starting, KILLED])), Some(1), "the first that can be");
        assert_eq!(replacement(None, &diagnosis(&[])), None);
    }

    #[test]
    fn what_is_surer_replaces_and_what_is_less_sure_does_not() {
        let likely = (Code::NetPortBlocked, "n3", Confidence::Likely, 30);
        assert_eq!(replacement(Some(&pinned(&[likely])), &diagnosis(&[KILLED])), Some(0));
        assert_eq!(replacement(Some(&pinned(&[KILLED])), &diagnosis(&[likely])), None);
        // The same cause, surer.
        let possible = (Code::NodeKilled, "n3", Confidence::Possible, 20);
        assert_eq!(replacement(Some(&pinned(&[possible])), &diagnosis(&[KILLED])), Some(0));
        assert_eq!(replacement(Some(&pinned(&[KILLED])), &diagnosis(&[possible])), None);
        assert_eq!(replacement(Some(&pinned(&[KILLED])), &diagnosis(&[KILLED])), None, "no news");
    }

    #[test]
    fn of_two_as_sure_the_deeper_one_stands() {
        let deeper = (Code::NodeDiskFull, "n3", Confidence::Certain, 10);
        assert_eq!(replacement(Some(&pinned(&[KILLED])), &diagnosis(&[deeper])), Some(0));
        assert_eq!(replacement(Some(&pinned(&[deeper])), &diagnosis(&[KILLED])), None);
    }

    #[test]
    fn the_same_of_more_nodes_is_the_same_cause() {
        let mut both = diagnosis(&[KILLED]);
        both.causes[0].nodes.insert(0, NodeName("n2".to_owned()));
        assert_eq!(replacement(Some(&pinned(&[KILLED])), &both), Some(0));
        let before = PinnedCause { named: Some(NamedCause { diagnosis: both, place: 0 }), ..pinned(&[KILLED]) };
        assert_eq!(replacement(Some(&before), &diagnosis(&[KILLED])), None, "one of them came back");
    }

    #[test]
    fn the_same_cause_of_a_round_that_saw_as_much_tells_the_reasons() {
        let pinned = pinned(&[KILLED]);
        let named = pinned.named.as_ref().expect("it is named");
        let starting = (Code::NodeStarting, "n3", Confidence::Certain, 62);
        assert_eq!(said_again(named, &diagnosis(&[starting, KILLED])), Some(1));
        let other = (Code::NodeKilled, "n2", Confidence::Certain, 20);
        let unsure = (Code::NodeKilled, "n3", Confidence::Likely, 20);
        assert_eq!(said_again(named, &diagnosis(&[other, unsure])), None, "another node, or less sure");
        let mut both = diagnosis(&[KILLED]);
        both.causes[0].nodes.insert(0, NodeName("n2".to_owned()));
        assert_eq!(said_again(named, &both), None, "of more nodes: that is pinned anew");
        let mut blind = diagnosis(&[KILLED]);
        blind.could_not_run = vec![NotSeen { check: "stop.cause".to_owned(), node: None, reason: Message::new("x") }];
        assert_eq!(said_again(named, &blind), None, "it saw less");
    }

    #[test]
    fn a_round_that_saw_less_replaces_nothing() {
        let mut blind = diagnosis(&[(Code::NodeDiskFull, "n2", Confidence::Certain, 10)]);
        let unseen = |node: Option<&str>| NotSeen {
            check: "stop.cause".to_owned(),
            node: node.map(|node| NodeName(node.to_owned())),
            reason: Message::new("x"),
        };
        for (node, replaced) in [(Some("n3"), None), (None, None), (Some("n1"), Some(0))] {
            blind.could_not_run = vec![unseen(node)];
            assert_eq!(replacement(Some(&pinned(&[KILLED])), &blind), replaced, "{node:?}");
        }
    }

    #[test]
    fn what_explains_the_pinned_one_takes_its_place_even_if_less_sure() {
        let unreachable = (Code::NodeUnreachable, "n3", Confidence::Certain, 26);
        let killed = (Code::NodeKilled, "n3", Confidence::Likely, 20);
        let mut newest = diagnosis(&[killed]);
        assert_eq!(replacement(Some(&pinned(&[unreachable])), &newest), None);
        newest.trace.set_aside.push(SetAside {
            code: Code::NodeUnreachable,
            nodes: vec![NodeName("n3".to_owned())],
            by: Code::NodeKilled,
            by_nodes: vec![NodeName("n3".to_owned())],
            relation: "x".to_owned(),
        });
        assert_eq!(replacement(Some(&pinned(&[unreachable])), &newest), Some(0));
        let other = (Code::NodeUnreachable, "n2", Confidence::Certain, 26);
        assert_eq!(replacement(Some(&pinned(&[other])), &newest), None, "that of another node is not explained");
    }

    #[test]
    fn a_history_comes_to_what_would_have_been_pinned() {
        let starting = (Code::NodeStarting, "n3", Confidence::Certain, 62);
        let likely = (Code::NodeKilled, "n3", Confidence::Likely, 20);
        let history = [&[][..], &[likely], &[KILLED], &[starting], &[]].map(diagnosis).to_vec();
        let pinned = of_history(history).expect("one was named");
        let confidence = pinned.cause().map(|cause| cause.confidence);
        assert_eq!((confidence, pinned.chosen_by), (Some(Confidence::Certain), None));
        assert_eq!(of_history(vec![diagnosis(&[starting]), diagnosis(&[])]), None);
    }

    #[test]
    fn what_a_person_chose_stays() {
        let chosen = PinnedCause { chosen_by: Some("ada".to_owned()), ..pinned(&[KILLED]) };
        let deeper = (Code::NodeDiskFull, "n3", Confidence::Certain, 10);
        assert_eq!(replacement(Some(&chosen), &diagnosis(&[deeper])), None);
        let words = PinnedCause { named: None, words: "a power cut".to_owned(), ..chosen };
        assert_eq!(replacement(Some(&words), &diagnosis(&[deeper])), None);
    }
}
