//! What is asked for now: the to-dos and do-nots of the cause and of the newest round, as far as the newest state leaves them
//! standing. Pure.
//!
//! # Why
//! A cause stays when its node is back, and so would what it asks for: "take n3 out of the front door now" beside three nodes
//! that are well sends somebody to do harm. What was left undone is told all the same: the record shows it.

use std::collections::BTreeMap;

use super::causes::RESTART_SURVIVORS;
use super::todo_list::{self, Lasts};
use crate::domain::code::Code;
use crate::domain::diagnosis::{Cause, Diagnosis, Health, NodeDoing, NodeStanding, UnreadCause};
use crate::domain::exception::NotedException;
use crate::domain::finding::{Confidence, Step};
use crate::domain::id::NodeName;
use crate::domain::incident::StepDecision;
use crate::domain::message::Message;
use crate::domain::pinned::PinnedCause;
use crate::domain::time::Timestamp;
use crate::domain::to_do::{ToDoId, ToDoMark, asked};

/// What people are to do and not to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AskedNow {
    /// To-dos, most urgent first; those that are done as well.
    pub to_dos: Vec<Message>,
    /// To-dos that nobody did and that make no sense any more.
    pub over: Vec<Message>,
    /// What would do harm.
    pub do_nots: Vec<Message>,
}

impl AskedNow {
    /// By the cause, by the newest round and by the newest look outside of the incident; `marks`: what people did.
    #[must_use]
    pub fn new(
        pinned: Option<&PinnedCause>,
        newest: Option<&Diagnosis>,
        look: Option<&Diagnosis>,
        marks: &[ToDoMark],
    ) -> Self {
        let now = newer(newest, look);
        let is_done = |text: &Message| marks.iter().any(|mark| mark.done && mark.id == ToDoId::of(text));
        let named = pinned.and_then(|pinned| pinned.named.as_ref());
        let by_cause: &[Message] = pinned.and_then(PinnedCause::cause).map_or(&[], |cause| &cause.action);
        let mut told = Self::default();
        for text in asked(pinned, newest).into_iter().filter(|text| !asks_for_what_is_known(text, pinned)) {
            // What both ask for is asked for by the newer.
            let asks = |diagnosis: &Diagnosis| diagnosis.causes.iter().any(|cause| cause.action.contains(text));
            let since = match (newest, named.filter(|_| by_cause.contains(text))) {
                (Some(newest), _) if asks(newest) => Some(Asker::from(newest)),
                (_, Some(named)) => Some(Asker::from(&named.diagnosis)),
                (Some(newest), None) => Some(unread(text, newest).map_or_else(|| newest.into(), Asker::from)),
                (None, None) => None,
            };
            let is_over = since.zip(now).is_some_and(|(since, now)| is_over(text, &since, now));
            match (is_over, is_done(text)) {
                (false, _) => told.to_dos.push(text.clone()),
                (true, false) => told.over.push(text.clone()),
                (true, true) => {}
            }
        }
        told.to_dos.extend(ways_back(marks).into_iter().filter(|back| now.is_some_and(|now| all_run(back, now))));
        told.do_nots = do_nots(pinned, newest, now);
        told
    }

    /// What is to be done before the step ends and nobody did, in its order, without what another step was done without.
    /// `decisions`: the newest on each step.
    pub fn not_done<'s>(
        &'s self,
        step: Step,
        marks: &'s [ToDoMark],
        decisions: &'s BTreeMap<Step, StepDecision>,
    ) -> impl Iterator<Item = &'s Message> {
        let others = decisions.values().filter(move |decision| decision.step != step);
        let noted: Vec<ToDoId> =
            others.flat_map(|decision| &decision.exceptions).filter_map(NotedException::to_do).collect();
        self.to_dos.iter().filter(move |text| {
            let id = ToDoId::of(text);
            let is_done = marks.iter().any(|mark| mark.done && mark.id == id);
            todo_list::is_due(&text.key, step) && !is_done && !noted.contains(&id)
        })
    }
}

/// The newer of two, by the moment that they speak of, of those that say how nodes stand.
#[must_use]
pub fn newer<'d>(one: Option<&'d Diagnosis>, other: Option<&'d Diagnosis>) -> Option<&'d Diagnosis> {
    one.into_iter().chain(other).filter(|diagnosis| !diagnosis.standing.is_empty()).max_by_key(|diagnosis| diagnosis.at)
}

/// Nodes that went away, began to start or came back after a round of checks, by a newer look; not those that one of both did
/// not see.
#[must_use]
pub fn moved<'d>(round: &'d Diagnosis, look: &Diagnosis) -> Vec<&'d NodeName> {
    if look.at <= round.at {
        return Vec::new();
    }
    let seen =
        |of: &NodeName| look.standing.nodes.iter().find(|node| node.node == *of && node.doing != NodeDoing::Unseen);
    let then = round.standing.nodes.iter().filter(|node| node.doing != NodeDoing::Unseen);
    let stands = |doing: NodeDoing| (doing.is_away(), doing == NodeDoing::Starting);
    let other = then.filter(|then| seen(&then.node).is_some_and(|now| stands(now.doing) != stands(then.doing)));
    other.map(|node| &node.node).collect()
}

/// What undoes things that were done for the time of the outage: each may be marked, as soon as what it undoes is done.
#[must_use]
pub fn ways_back(marks: &[ToDoMark]) -> Vec<Message> {
    let done = marks.iter().filter(|mark| mark.done && mark.text.key == todo_list::FRONT_DOOR.key);
    done.map(|mark| Message { key: todo_list::FRONT_DOOR_BACK.key.to_owned(), ..mark.text.clone() }).collect()
}

/// The state in which something was asked for.
struct Asker<'d> {
    at: Timestamp,
    ran: Vec<&'d NodeName>,
}

impl<'d> From<&'d Diagnosis> for Asker<'d> {
    fn from(diagnosis: &'d Diagnosis) -> Self {
        let ran = diagnosis.standing.nodes.iter().filter(|node| node.doing == NodeDoing::Running);
        Self { at: diagnosis.at, ran: ran.map(|node| &node.node).collect() }
    }
}

impl<'d> From<&'d UnreadCause> for Asker<'d> {
    fn from(unread: &'d UnreadCause) -> Self {
        Self { at: unread.at, ran: unread.ran.iter().collect() }
    }
}

/// The cause for which a to-do stands that the newest round could not read again; `None`: the round asks for it itself, or nothing
/// of it does.
#[must_use]
pub fn unread<'d>(text: &Message, newest: &'d Diagnosis) -> Option<&'d UnreadCause> {
    let asks = |cause: &Cause| cause.action.iter().any(|action| ToDoId::of(action) == ToDoId::of(text));
    newest.unread.iter().find(|one| asks(&one.cause)).filter(|_| !newest.causes.iter().any(asks))
}

/// Whether a to-do is to find out what the cause says already, beyond doubt, and does not ask for itself: a round that could read
/// less of a node than an earlier one asks for more of it.
#[must_use]
pub fn asks_for_what_is_known(text: &Message, pinned: Option<&PinnedCause>) -> bool {
    let sure = pinned.and_then(PinnedCause::cause).filter(|cause| cause.confidence == Confidence::Certain);
    let is_about = |cause: &Cause| !cause.action.contains(text) && nodes(text).all(|node| cause.nodes.contains(&node));
    text.key == todo_list::HAND_IN.key && nodes(text).next().is_some() && sure.is_some_and(is_about)
}

/// Whether a to-do makes no sense any more, that was asked for in the state `since`.
fn is_over(text: &Message, since: &Asker<'_>, now: &Diagnosis) -> bool {
    let asks = |cause: &Cause| {
        cause.code != Code::None && cause.action.iter().any(|action| ToDoId::of(action) == ToDoId::of(text))
    };
    if now.at <= since.at || now.causes.iter().any(asks) {
        return false;
    }
    let is_well = now.health == Health::Healthy;
    match todo_list::lasts(&text.key) {
        Lasts::UntilDone => false,
        Lasts::WhileSick => is_well,
        // Of a node that ran then as well, that it runs says nothing.
        Lasts::WhileDown => is_well || all_run(text, now) && !nodes(text).any(|node| since.ran.contains(&&node)),
    }
}

fn but_nodes(text: &Message) -> impl Iterator<Item = (&String, &String)> {
    text.args.iter().filter(|(name, _)| *name != "nodes")
}

fn nodes(text: &Message) -> impl Iterator<Item = NodeName> {
    let nodes = text.args.get("nodes").map_or("", String::as_str);
    nodes.split(", ").filter(|node| !node.is_empty()).map(NodeName::from)
}

fn runs(diagnosis: &Diagnosis, node: &NodeName) -> bool {
    diagnosis.standing.nodes.iter().any(|one| one.node == *node && one.doing == NodeDoing::Running)
}

/// Whether all nodes of a to-do run; false where it names none.
fn all_run(text: &Message, now: &Diagnosis) -> bool {
    nodes(text).next().is_some() && nodes(text).all(|node| runs(now, &node))
}

/// What would do harm: by the cause and by the newest round; nothing once nothing is wrong any more.
fn do_nots(pinned: Option<&PinnedCause>, newest: Option<&Diagnosis>, now: Option<&Diagnosis>) -> Vec<Message> {
    let mut told: Vec<Message> = Vec::new();
    if now.is_some_and(nothing_is_wrong) {
        return told;
    }
    let pinned = pinned.and_then(PinnedCause::cause).into_iter();
    let named = newest.into_iter().flat_map(|newest| &newest.causes);
    let unread = newest.into_iter().flat_map(|newest| &newest.unread).map(|one| &one.cause);
    let causes = pinned.chain(named).chain(unread);
    // Where no node works, there is none to leave alone.
    let is_down = |node: &NodeStanding| node.doing.is_down();
    let none_works = now.is_some_and(|now| !now.standing.is_empty() && now.standing.nodes.iter().all(is_down));
    let fits = |text: &&Message| !none_works || text.key != RESTART_SURVIVORS;
    let all: Vec<&Message> = causes.flat_map(|cause| &cause.do_not).filter(fits).collect();
    for (nth, text) in all.iter().enumerate() {
        // What is said of more nodes, or was said before of the same, says it of these.
        let says_more = |(other, more): (usize, &&Message)| {
            let (these, those): (Vec<NodeName>, Vec<NodeName>) = (nodes(text).collect(), nodes(more).collect());
            let contains = these.iter().all(|node| those.contains(node));
            let is_same = more.key == text.key && but_nodes(more).eq(but_nodes(text));
            is_same && contains && (those.len() > these.len() || other < nth)
        };
        if !all.iter().enumerate().any(says_more) {
            told.push((*text).clone());
        }
    }
    told
}

/// Whether every node runs and nothing else is found, whether or not all of it was seen.
#[must_use]
pub fn nothing_is_wrong(now: &Diagnosis) -> bool {
    matches!(now.health, Health::Healthy | Health::Unknown)
        && now.standing.nodes.iter().all(|node| node.doing == NodeDoing::Running)
        && now.causes.iter().all(|cause| cause.code == Code::None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::diagnosis::Standing;
    use crate::domain::pinned::NamedCause;

    fn text(key: &str, nodes: &str) -> Message {
        Message::new(key).with("nodes", nodes)
    }

    fn cause(code: Code, action: Vec<Message>) -> Cause {
        Cause { action, do_not: vec![Message::new("donot-restart-survivors")], ..Cause::bare(code) }
    }

    fn at(ms: i64, health: Health, doing: [NodeDoing; 2], causes: Vec<Cause>) -> Diagnosis {
        let node = |(name, doing)| NodeStanding {
            node: NodeName::from(name),
            doing,
            since: None,
            leads: None,
            clients: None,
            clients_before: None,
            led_before: None,
        };
        let nodes = ["n1", "n3"].into_iter().zip(doing).map(node).collect();
        let standing = Standing { nodes, ..Standing::default() };
        Diagnosis { causes, standing, ..Diagnosis::bare(Timestamp::from_millis(ms), health) }
    }

    const DOWN: [NodeDoing; 2] = [NodeDoing::Running, NodeDoing::Gone];
    const UP: [NodeDoing; 2] = [NodeDoing::Running, NodeDoing::Running];

    fn killed() -> Vec<Message> {
        vec![
            text("action-front-door", "n3"),
            text("action-find-killer", "n3"),
            text("action-start-node", "n3"),
            text("action-after-start", "n3"),
        ]
    }

    fn pinned(doing: [NodeDoing; 2]) -> PinnedCause {
        let diagnosis = at(1, Health::Degraded, doing, vec![cause(Code::NodeKilled, killed())]);
        let named = Some(NamedCause { diagnosis, place: 0 });
        PinnedCause { at: Timestamp::from_millis(1), chosen_by: None, words: String::new(), named }
    }

    fn keys(texts: &[Message]) -> Vec<&str> {
        texts.iter().map(|text| text.key.as_str()).collect()
    }

    fn mark(text: Message) -> ToDoMark {
        let at = Timestamp::from_millis(2);
        ToDoMark { id: ToDoId::of(&text), text, done: true, by: "ada".to_owned(), at, kept: None }
    }

    #[test]
    fn what_is_said_of_more_nodes_is_not_said_of_some_of_them_again() {
        let wide = Cause {
            do_not: vec![text("donot-wipe", "n1, n2, n3"), text("donot-leave", "n1")],
            ..Cause::bare(Code::NodeKilled)
        };
        let narrow = Cause {
            do_not: vec![text("donot-wipe", "n3"), text("donot-leave", "n1")],
            ..Cause::bare(Code::NodeStoppedClean)
        };
        let newest =
            Diagnosis { causes: vec![narrow, wide], ..Diagnosis::bare(Timestamp::from_millis(0), Health::Down) };
        let told = AskedNow::new(None, Some(&newest), None, &[]).do_nots;
        assert_eq!(told, [text("donot-leave", "n1"), text("donot-wipe", "n1, n2, n3")]);
    }

    #[test]
    fn what_moved_is_told_by_a_newer_look_that_saw_it() {
        use NodeDoing::{Gone, Running, Silent, Starting, Unseen};
        let round = at(5, Health::Degraded, DOWN, Vec::new());
        let told = |ms, n3| {
            let look = at(ms, Health::Unknown, [Running, n3], Vec::new());
            moved(&round, &look).into_iter().map(|node| node.0.clone()).collect::<Vec<_>>()
        };
        assert_eq!((told(9, Running), told(9, Starting)), (vec!["n3".to_owned()], vec!["n3".to_owned()]));
        assert!(
            [Gone, Silent, Unseen].into_iter().all(|doing| told(9, doing).is_empty()),
            "it is as it was, or unknown"
        );
        assert!(told(5, Running).is_empty() && told(4, Running).is_empty(), "the round is not older");
    }

    #[test]
    fn what_a_node_that_is_back_needed_is_over_and_what_is_left_to_find_out_is_not() {
        let (pinned, look) = (pinned(DOWN), at(9, Health::Healthy, UP, Vec::new()));
        let round = pinned.named.as_ref().map(|named| named.diagnosis.clone());
        let told = AskedNow::new(Some(&pinned), round.as_ref(), None, &[]);
        assert_eq!(told.to_dos, killed());
        assert_eq!(keys(&told.do_nots), ["donot-restart-survivors"]);
        let told = AskedNow::new(Some(&pinned), round.as_ref(), Some(&look), &[]);
        assert_eq!(keys(&told.to_dos), ["action-find-killer"]);
        assert_eq!(keys(&told.over), ["action-front-door", "action-start-node", "action-after-start"]);
        assert!(told.do_nots.is_empty());
    }

    #[test]
    fn nobody_is_asked_to_find_out_what_is_certain() {
        let asks = |confidence, of: &str| {
            let mut pinned = pinned(DOWN);
            let named = pinned.named.as_mut().expect("a cause");
            named.diagnosis.causes[0] =
                Cause { confidence, nodes: vec!["n3".into()], ..cause(Code::NodeKilled, killed()) };
            let action = vec![text("action-front-door", of), text("action-hand-in", of)];
            let newest = at(5, Health::Degraded, DOWN, vec![cause(Code::NodeUnreachable, action)]);
            let told = AskedNow::new(Some(&pinned), Some(&newest), None, &[]);
            told.to_dos.iter().any(|text| text.key == "action-hand-in")
        };
        assert!(!asks(Confidence::Certain, "n3"));
        assert!(asks(Confidence::Likely, "n3") && asks(Confidence::Certain, "n2"));
    }

    #[test]
    fn what_a_round_could_not_read_again_is_still_asked_for() {
        let (front_door, disk) = (text("action-front-door", "n3"), text("action-free-disk", "n1"));
        let cause = cause(Code::NodeDiskFull, vec![disk.clone(), front_door.clone()]);
        let (first, rests_on) = (at(1, Health::Degraded, DOWN, Vec::new()), Vec::new());
        let unread = vec![UnreadCause { cause, at: first.at, ran: vec!["n1".into()], rests_on }];
        let newest = Diagnosis { unread, ..at(5, Health::Degraded, DOWN, Vec::new()) };
        let told = AskedNow::new(None, Some(&newest), None, &[]);
        assert_eq!(told.to_dos, [disk.clone(), front_door.clone()]);
        assert_eq!(keys(&told.do_nots), ["donot-restart-survivors"]);
        assert_eq!(super::unread(&disk, &newest).map(|one| one.at), Some(first.at));
        let newest = Diagnosis { standing: at(5, Health::Degraded, UP, Vec::new()).standing, ..newest };
        let told = AskedNow::new(None, Some(&newest), None, &[]);
        assert_eq!((told.to_dos, told.over), (vec![disk.clone()], vec![front_door]), "n3 runs, and did not then");
        let causes = vec![self::cause(Code::NodeDiskFull, vec![disk.clone()])];
        assert_eq!(super::unread(&disk, &Diagnosis { causes, ..newest }), None, "the round asks for it itself");
    }

    #[test]
    fn where_no_node_works_none_is_to_be_left_alone() {
        let none = at(9, Health::Down, [NodeDoing::Gone, NodeDoing::Starting], Vec::new());
        assert!(AskedNow::new(Some(&pinned(DOWN)), None, Some(&none), &[]).do_nots.is_empty());
        let unseen = at(9, Health::Down, [NodeDoing::Gone, NodeDoing::Unseen], Vec::new());
        let told = AskedNow::new(Some(&pinned(DOWN)), None, Some(&unseen), &[]);
        assert_eq!(keys(&told.do_nots), ["donot-restart-survivors"], "one may work");
    }

    #[test]
    fn a_node_that_runs_while_more_is_wrong_is_waited_for() {
        let pinned = pinned(DOWN);
        let look = at(9, Health::Degraded, UP, vec![cause(Code::RaftNoLeader, vec![text("action-check-7848", "n1")])]);
        let told = AskedNow::new(Some(&pinned), None, Some(&look), &[]);
        assert_eq!(keys(&told.to_dos), ["action-find-killer", "action-after-start"]);
        assert_eq!(keys(&told.over), ["action-front-door", "action-start-node"]);
        assert_eq!(keys(&told.do_nots), ["donot-restart-survivors"]);
        // The newest state asks for it itself.
        let look = at(9, Health::Degraded, UP, vec![cause(Code::NodeHung, vec![text("action-front-door", "n3")])]);
        let told = AskedNow::new(Some(&pinned), None, Some(&look), &[]);
        assert!(keys(&told.to_dos).contains(&"action-front-door"), "{told:?}");
    }

    #[test]
    fn of_a_node_that_never_stopped_nothing_is_over_because_it_runs() {
        let look = at(9, Health::Unknown, UP, Vec::new());
        let told = AskedNow::new(Some(&pinned(UP)), None, Some(&look), &[]);
        assert_eq!(told.to_dos, killed());
        assert!(told.do_nots.is_empty(), "nothing is wrong as far as it was seen");
        let older = at(0, Health::Healthy, UP, Vec::new());
        assert_eq!(AskedNow::new(Some(&pinned(DOWN)), None, Some(&older), &[]).to_dos, killed());
    }

    #[test]
    fn what_was_taken_out_of_the_front_door_is_put_back_once_it_runs() {
        let (pinned, marks) = (pinned(DOWN), [mark(text("action-front-door", "n3"))]);
        let down = at(8, Health::Degraded, DOWN, Vec::new());
        let told = AskedNow::new(Some(&pinned), None, Some(&down), &marks);
        assert_eq!(told.to_dos, killed());
        let up = at(9, Health::Healthy, UP, Vec::new());
        let told = AskedNow::new(Some(&pinned), None, Some(&up), &marks);
        assert_eq!(told.to_dos, [text("action-find-killer", "n3"), text("action-front-door-back", "n3")]);
        assert_eq!(keys(&told.over), ["action-start-node", "action-after-start"]);
    }

    #[test]
    fn the_state_is_that_of_the_newer_look_that_saw_nodes() {
        let (old, new) = (at(1, Health::Healthy, UP, Vec::new()), at(2, Health::Healthy, UP, Vec::new()));
        let blind = Diagnosis { standing: Standing::default(), ..at(3, Health::Healthy, UP, Vec::new()) };
        assert_eq!(newer(Some(&old), Some(&new)).map(|one| one.at), Some(new.at));
        assert_eq!(newer(Some(&new), Some(&old)).map(|one| one.at), Some(new.at));
        assert_eq!(newer(Some(&old), Some(&blind)).map(|one| one.at), Some(old.at));
        assert_eq!(newer(None, Some(&blind)), None);
    }
}
