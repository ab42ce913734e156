//! What an incident asks people to do: the to-dos of its cause and of what else is wrong, and what became of them.

use super::capture::{KeptBy, KeptEvidence};
use super::code::Code;
use super::diagnosis::Diagnosis;
use super::message::Message;
use super::pinned::PinnedCause;
use super::time::Timestamp;

/// Which to-do: what is to be done, and at which nodes. A later round that asks for the same has the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToDoId(pub String);

impl ToDoId {
    /// That of a sentence.
    #[must_use]
    pub fn of(asked: &Message) -> Self {
        let nodes = asked.args.get("nodes").map_or("", String::as_str);
        Self(format!("{}/{nodes}", asked.key))
    }
}

/// What became of a to-do last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToDoMark {
    /// Which.
    pub id: ToDoId,
    /// The sentence as it was when it was marked.
    pub text: Message,
    /// Done, or taken back.
    pub done: bool,
    /// Login name.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// That person did not tick it: evidence that they kept does it.
    pub kept: Option<KeptBy>,
}

/// Everything that is asked for: by the cause first, then by what else the newest diagnosis names, then by what it could not read
/// again; each once.
#[must_use]
pub fn asked<'d>(pinned: Option<&'d PinnedCause>, newest: Option<&'d Diagnosis>) -> Vec<&'d Message> {
    let cause = pinned.and_then(PinnedCause::cause);
    let unread = newest.into_iter().flat_map(|diagnosis| &diagnosis.unread).map(|one| &one.cause);
    let others = newest.into_iter().flat_map(|diagnosis| &diagnosis.causes).filter(|cause| cause.code != Code::None);
    let mut asked: Vec<&Message> = Vec::new();
    for action in cause.into_iter().chain(others).chain(unread).flat_map(|cause| &cause.action) {
        if !asked.iter().any(|known| ToDoId::of(known) == ToDoId::of(action)) {
            asked.push(action);
        }
    }
    asked
}

/// The to-do that asks to copy what a start overwrites.
pub const SAVE_EVIDENCE: &str = "action-save-evidence";

/// A to-do that is done by evidence that somebody kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoneByKeeping<'k> {
    /// What was asked for.
    pub text: Message,
    /// What was kept last of its nodes.
    pub last: &'k KeptEvidence,
    /// What is not among what was kept of its nodes, each name once.
    pub lacking: Vec<String>,
}

/// To-dos that are done because somebody kept the evidence of all their nodes. What a person marked after that stays as it was
/// marked.
#[must_use]
pub fn done_by_keeping<'k>(asked: &[&Message], marks: &[ToDoMark], kept: &'k [KeptEvidence]) -> Vec<DoneByKeeping<'k>> {
    let done = |text: &&Message| {
        let nodes = text.args.get("nodes").filter(|nodes| !nodes.is_empty() && text.key == SAVE_EVIDENCE)?;
        let of_nodes: Option<Vec<&KeptEvidence>> = nodes.split(", ").map(|node| newest_of(kept, node)).collect();
        let of_nodes = of_nodes?;
        let last = of_nodes.iter().copied().max_by_key(|kept| kept.at)?;
        let mark = marks.iter().find(|mark| mark.id == ToDoId::of(text));
        let stands = mark.is_some_and(|mark| mark.done || mark.at >= last.at);
        let lacking = lacking(text, kept);
        (!stands).then(|| DoneByKeeping { text: (**text).clone(), last, lacking })
    };
    asked.iter().filter_map(done).collect()
}

/// What was kept last of a node, of what is enough for its to-do.
fn newest_of<'k>(kept: &'k [KeptEvidence], node: &str) -> Option<&'k KeptEvidence> {
    kept.iter().filter(|kept| kept.node.0 == node && kept.is_enough()).max_by_key(|kept| kept.at)
}

/// What is not among the evidence that was kept last of the nodes of a to-do, each name once; nothing where a to-do asks for
/// something else.
#[must_use]
pub fn lacking(text: &Message, kept: &[KeptEvidence]) -> Vec<String> {
    let nodes = text.args.get("nodes").filter(|_| text.key == SAVE_EVIDENCE).map_or("", String::as_str);
    let mut names: Vec<String> = Vec::new();
    for name in nodes.split(", ").filter_map(|node| newest_of(kept, node)).flat_map(|kept| &kept.lacking) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::diagnosis::{Cause, Health};
    use crate::domain::pinned::NamedCause;

    fn diagnosis(code: Code, actions: &[(&str, &str)]) -> Diagnosis {
        let action = actions.iter().map(|(key, nodes)| Message::new(*key).with("nodes", nodes)).collect();
        let causes = vec![Cause { action, ..Cause::bare(code) }];
        Diagnosis { causes, ..Diagnosis::bare(Timestamp::from_millis(0), Health::Degraded) }
    }

    #[test]
    fn the_cause_asks_first_and_the_same_is_asked_once() {
        let diagnosis_of_cause = diagnosis(Code::NodeKilled, &[("front-door", "n3"), ("start", "n3")]);
        let named = Some(NamedCause { diagnosis: diagnosis_of_cause, place: 0 });
        let pinned = PinnedCause { at: Timestamp::from_millis(0), chosen_by: None, words: String::new(), named };
        let newest = diagnosis(Code::NetDns, &[("fix-name", "n1"), ("front-door", "n3"), ("start", "n2")]);
        let ids = |asked: Vec<&Message>| asked.into_iter().map(|one| ToDoId::of(one).0).collect::<Vec<_>>();
        assert_eq!(ids(asked(Some(&pinned), Some(&newest))), ["front-door/n3", "start/n3", "fix-name/n1", "start/n2"]);
        assert_eq!(ids(asked(Some(&pinned), None)), ["front-door/n3", "start/n3"]);
        assert_eq!(ids(asked(None, Some(&diagnosis(Code::None, &[("rest", "")])))), Vec::<String>::new());
    }
    #[test]
    fn evidence_that_was_kept_of_all_its_nodes_does_the_to_do_in_the_name_of_the_last() {
        let both = Message::new(SAVE_EVIDENCE).with("nodes", "n2, n3");
        let other = Message::new("action-front-door").with("nodes", "n2");
        let asked = [&other, &both];
        let kept = |node: &str, by: &str, at: i64| KeptEvidence {
            node: node.into(),
            by: by.to_owned(),
            at: Timestamp::from_millis(at),
            how: KeptBy::Upload,
            lacking: Vec::new(),
        };
        let mark = |done: bool, at: i64| ToDoMark {
            id: ToDoId::of(&both),
            text: both.clone(),
            done,
            by: "eve".to_owned(),
            at: Timestamp::from_millis(at),
            kept: None,
        };
        let all = [kept("n2", "ann", 5), kept("n3", "bob", 7), kept("n2", "cid", 1)];
        let done = |last| DoneByKeeping { text: both.clone(), last, lacking: Vec::new() };
        assert_eq!(done_by_keeping(&asked, &[], &all), [done(&all[1])]);
        let without_kernel =
            ["n2", "n3"].map(|node| KeptEvidence { lacking: vec!["kernel.log".to_owned()], ..kept(node, "ann", 5) });
        assert_eq!(done_by_keeping(&asked, &[], &without_kernel)[0].lacking, ["kernel.log"], "each name once");
        let lacking = vec!["logs/start.out".to_owned()];
        let without_output = KeptEvidence { lacking, ..kept("n3", "bob", 9) };
        let trivial = [kept("n2", "ann", 5), without_output.clone()];
        assert!(done_by_keeping(&asked, &[], &trivial).is_empty(), "what a start overwrites is not there");
        let older = [kept("n2", "ann", 5), kept("n3", "bob", 7), without_output];
        assert_eq!(done_by_keeping(&asked, &[], &older), [done(&older[1])]);
        assert!(done_by_keeping(&asked, &[], &all[..1]).is_empty(), "nothing of n3 is kept");
        assert!(done_by_keeping(&asked, &[mark(true, 2)], &all).is_empty(), "it is done");
        assert!(done_by_keeping(&asked, &[mark(false, 8)], &all).is_empty(), "somebody said later that it is not");
        assert_eq!(done_by_keeping(&asked, &[mark(false, 6)], &all).len(), 1, "kept again after that");
    }
}
