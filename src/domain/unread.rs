//! Causes that an earlier round named and that the newest could not read again: what they ask for stands until a round that
//! sees as much does not name them.

use super::diagnosis::{Cause, Diagnosis, NodeDoing, RestsOn, UnreadCause};
use super::id::NodeName;
use super::pinned::{can_be_pinned, goes_on};

/// What the newest round leaves unread of what the one before named or had left unread itself, in its order. What a round that
/// saw as much does not name, what it names itself and what it explains by something else is none of it.
#[must_use]
pub fn unread(before: &Diagnosis, newest: &Diagnosis) -> Vec<UnreadCause> {
    let ran = before.standing.nodes.iter().filter(|node| node.doing == NodeDoing::Running);
    let ran: Vec<NodeName> = ran.map(|node| node.node.clone()).collect();
    let named = before.causes.iter().map(|cause| UnreadCause {
        cause: cause.clone(),
        at: before.at,
        ran: ran.clone(),
        rests_on: RestsOn::of(cause, before).collect(),
    });
    let mut left: Vec<UnreadCause> = Vec::new();
    for one in named.chain(before.unread.iter().cloned()) {
        let is_unread = can_be_pinned(&one.cause)
            && one.rests_on.iter().any(|what| what.is_missing(newest))
            && !newest.causes.iter().any(|new| goes_on(&one.cause, new))
            && !is_explained(&one.cause, newest);
        if is_unread && !left.iter().any(|known| goes_on(&one.cause, &known.cause)) {
            left.push(one);
        }
    }
    left
}

/// Whether the newest round knows of it and says that something else explains it.
fn is_explained(old: &Cause, newest: &Diagnosis) -> bool {
    let of_its = |nodes: &[NodeName]| nodes.is_empty() || old.nodes.iter().all(|node| nodes.contains(node));
    newest.trace.set_aside.iter().any(|aside| aside.code == old.code && of_its(&aside.nodes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::code::Code;
    use crate::domain::diagnosis::{Health, NodeStanding, SetAside, Standing, Trace};
    use crate::domain::finding::{Finding, NotSeen, Outcome};
    use crate::domain::message::Message;
    use crate::domain::time::Timestamp;

    fn finding(check: &str, node: &str) -> Finding {
        let id = format!("{check}:{node}");
        Finding { outcome: Outcome::Warn, ..Finding::bare(id, Code::NodeDiskFull, check, node) }
    }

    fn not_seen(check: &str, node: Option<&str>) -> NotSeen {
        NotSeen { check: check.to_owned(), node: node.map(NodeName::from), reason: Message::new("x") }
    }

    fn round(ms: i64, causes: Vec<Cause>, could_not_run: Vec<NotSeen>) -> Diagnosis {
        let findings = vec![finding("home.disk", "n1"), finding("stop.cause", "n3")];
        let at = Timestamp::from_millis(ms);
        Diagnosis { causes, findings, could_not_run, ..Diagnosis::bare(at, Health::Degraded) }
    }

    fn disk() -> Cause {
        let because = vec!["home.disk:n1".to_owned()];
        Cause { nodes: vec!["n1".into()], because, ..Cause::bare(Code::NodeDiskFull) }
    }

    #[test]
    fn a_cause_stays_unread_until_a_round_sees_as_much() {
        let first = round(1, vec![disk()], Vec::new());
        let blind = round(2, Vec::new(), vec![not_seen("home.disk", Some("n1"))]);
        let left = unread(&first, &blind);
        assert_eq!(
            left.iter().map(|one| (one.cause.code, one.at)).collect::<Vec<_>>(),
            [(Code::NodeDiskFull, first.at)]
        );
        let second = Diagnosis { unread: left.clone(), ..blind };
        let blind_again = round(3, Vec::new(), vec![not_seen("home.disk", None)]);
        assert_eq!(unread(&second, &blind_again), left, "the moment is that of the round that named it");
        let elsewhere =
            round(3, Vec::new(), vec![not_seen("home.disk", Some("n2")), not_seen("stop.cause", Some("n1"))]);
        assert!(unread(&second, &elsewhere).is_empty(), "that check saw n1");
        assert!(unread(&second, &round(3, vec![disk()], vec![not_seen("home.disk", None)])).is_empty(), "named again");
    }

    #[test]
    fn what_is_explained_passes_by_itself_or_is_no_cause_is_not_carried() {
        let starting = Cause { code: Code::NodeStarting, ..disk() };
        let none = Cause { code: Code::None, ..disk() };
        let blind = round(2, Vec::new(), vec![not_seen("home.disk", None)]);
        assert!(unread(&round(1, vec![starting, none], Vec::new()), &blind).is_empty());
        let set_aside = vec![SetAside {
            code: Code::NodeDiskFull,
            nodes: vec!["n1".into()],
            by: Code::NodeKilled,
            by_nodes: Vec::new(),
            relation: "x".to_owned(),
        }];
        let explained = Diagnosis { trace: Trace { set_aside, ..Trace::default() }, ..blind };
        assert!(unread(&round(1, vec![disk()], Vec::new()), &explained).is_empty());
    }

    #[test]
    fn who_ran_when_it_was_named_is_kept() {
        let node = |name: &str, doing| NodeStanding {
            node: name.into(),
            doing,
            since: None,
            leads: None,
            clients: None,
            clients_before: None,
            led_before: None,
        };
        let nodes = vec![node("n1", NodeDoing::Running), node("n3", NodeDoing::Gone)];
        let first = round(1, vec![disk()], Vec::new());
        let first = Diagnosis { standing: Standing { nodes, ..Standing::default() }, ..first };
        let left = unread(&first, &round(2, Vec::new(), vec![not_seen("home.disk", None)]));
        assert_eq!(left[0].ran, ["n1".into()]);
    }
}
