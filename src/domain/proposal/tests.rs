//! When an incident is proposed, gone on with, widened, and over.

use super::*;
use crate::domain::cluster::parse_nodes;
use crate::domain::observed::SampleSeen;

const ENOUGH: u32 = 3;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn cluster() -> Cluster {
    let mut nodes = parse_nodes("10.0.0.1 10.0.0.2 10.0.0.3").expect("nodes");
    for (node, name) in nodes.iter_mut().zip(["n1", "n2", "n3"]) {
        node.name = NodeName::from(name);
    }
    Cluster {
        id: ClusterId(1),
        name: "prod".to_owned(),
        nodes,
        node_deadline_ms: 3000,
        doors: Vec::new(),
        accept_unseen: Vec::new(),
        on_silence: None,
    }
}

/// A look that `silent` do not answer and that lacks what is in neither list.
fn look(seconds: i64, answer: &[&str], silent: &[&str]) -> Look {
    let sample = |alive| SampleSeen { alive, ready: Some(alive), ..SampleSeen::silent(at(seconds)) };
    let of =
        |names: &[&str], alive| names.iter().map(|name| (NodeName::from(*name), sample(alive))).collect::<Vec<_>>();
    let nodes = [of(answer, true), of(silent, false)].concat();
    let state = LookState::of(&nodes, 3).expect("nodes");
    Look { at: at(seconds), state, looks: 1, nodes }
}

/// A watcher and what is stored.
#[derive(Default)]
struct Play {
    signs: Signs,
    stored: Vec<Proposal>,
    now_s: i64,
}

impl Play {
    /// So many looks, five seconds apart, that these nodes do not answer; gives how often channels were told.
    fn looks(&mut self, count: usize, silent: &[&str]) -> usize {
        let all = ["n1", "n2", "n3"];
        let answer: Vec<&str> = all.into_iter().filter(|name| !silent.contains(name)).collect();
        let mut told = 0;
        for _ in 0..count {
            self.now_s += 5;
            self.signs.take(&look(self.now_s, &answer, silent));
            told += usize::from(self.decide());
        }
        told
    }

    fn decide(&mut self) -> bool {
        let (seen, now) = (self.signs.seen(ENOUGH, |_| false), at(self.now_s));
        let Some(mut next) = Proposal::after(self.stored.last(), &cluster(), &seen, now) else { return false };
        let tells = next.ended.is_none() && next.told_at == now;
        if next.id == ProposalId(0) {
            next.id = ProposalId(1 + i64::try_from(self.stored.len()).expect("few"));
            self.stored.push(next);
        } else {
            *self.stored.last_mut().expect("one") = next;
        }
        tells
    }

    fn newest(&self) -> &Proposal {
        self.stored.last().expect("one")
    }

    fn nodes(&self) -> Vec<(&str, i64)> {
        self.newest().nodes.iter().map(|node| (node.node.0.as_str(), node.since.as_millis() / 1000)).collect()
    }

    fn end(&mut self, how: ProposalEnd) {
        let at = at(self.now_s);
        self.stored.last_mut().expect("one").ended = Some(Ended { how, at });
    }

    fn dismiss(&mut self) {
        self.end(ProposalEnd::Dismissed { by: "ann".to_owned(), reason: String::new() });
    }
}

#[test]
fn enough_looks_in_a_row_propose_once_with_the_first_of_them() {
    let mut play = Play::default();
    play.looks(4, &[]);
    play.looks(2, &["n3"]);
    play.looks(1, &[]);
    assert_eq!(play.looks(2, &["n3"]), 0, "two and two are not three in a row");
    assert!(play.stored.is_empty());
    assert_eq!(play.looks(1, &["n3"]), 1);
    assert_eq!(play.looks(40, &["n3"]), 0, "once");
    assert_eq!((play.stored.len(), play.nodes()), (1, vec![("n3", 40)]));
    assert_eq!((play.newest().first_at, play.newest().proposed_at), (at(40), at(50)));
    assert_eq!((play.newest().state, play.newest().times), (LookState::Degraded, 1));
}

#[test]
fn it_widens_when_more_nodes_fall_silent_and_the_first_sign_stays() {
    let mut play = Play::default();
    play.looks(4, &["n3"]);
    assert_eq!(play.looks(3, &["n2", "n3"]), 1, "worse is told at once");
    assert_eq!(play.nodes(), [("n3", 5), ("n2", 25)], "each since its own first look");
    assert_eq!((play.stored.len(), play.newest().state, play.newest().first_at), (1, LookState::Down, at(5)));
    assert_eq!(play.looks(3, &["n3"]), 0);
    assert_eq!(play.newest().state, LookState::Down, "the worst stays");
}

#[test]
fn it_is_over_when_the_cluster_is_up_for_as_many_looks() {
    let mut play = Play::default();
    play.looks(3, &["n3"]);
    play.looks(2, &[]);
    assert_eq!(play.newest().ended, None);
    play.looks(1, &[]);
    assert_eq!(play.newest().ended, Some(Ended { how: ProposalEnd::Over, at: at(20) }), "since the first of them");
    let mut unasked = Play::default();
    unasked.looks(3, &["n3"]);
    for _ in 0..9 {
        unasked.now_s += 5;
        unasked.signs.take(&look(unasked.now_s, &["n1", "n2"], &[]));
        unasked.decide();
    }
    assert_eq!(unasked.newest().ended, None, "a node that could not be asked did not answer");
}

#[test]
fn what_comes_and_goes_is_one_proposal_that_counts_and_is_told_again_after_half_an_hour() {
    let mut play = Play::default();
    let mut told = 0;
    // Every 30 s for 25 minutes.
    for _ in 0..50 {
        told += play.looks(3, &["n3"]) + play.looks(3, &[]);
    }
    assert_eq!((play.stored.len(), play.newest().times, told), (1, 50, 1));
    assert_eq!(play.newest().first_at, at(5));
    assert_eq!(play.nodes(), [("n3", 49 * 30 + 5)], "not silent since the first time");
    // Ten more: in the first of them half an hour has passed since somebody was told.
    for _ in 0..20 {
        told += play.looks(3, &["n3"]) + play.looks(3, &[]);
    }
    assert_eq!((play.stored.len(), told), (1, 2));
    play.now_s += HOLDS_MS / 1000;
    assert_eq!(play.looks(3, &["n3"]), 1, "half an hour after it was over");
    assert_eq!((play.stored.len(), play.newest().times), (2, 1), "another one");
}

#[test]
fn a_node_that_answered_in_between_is_silent_since_the_second_time() {
    let mut play = Play::default();
    play.looks(3, &["n3"]);
    play.looks(2, &[]);
    assert_eq!(play.looks(3, &["n3"]), 0);
    assert_eq!((play.nodes(), play.newest().times), (vec![("n3", 30)], 2));
}

#[test]
fn what_was_dismissed_stays_so_for_half_an_hour_unless_it_is_worse() {
    let mut play = Play::default();
    play.looks(3, &["n3"]);
    play.dismiss();
    assert_eq!(play.looks(60, &["n3"]), 0);
    play.looks(3, &[]);
    assert_eq!(play.looks(3, &["n3"]), 0, "also where it comes and goes");
    assert_eq!(play.stored.len(), 1);
    assert_eq!(play.looks(3, &["n2", "n3"]), 1, "worse");
    assert_eq!((play.stored.len(), play.newest().state), (2, LookState::Down));
    assert!(matches!(&play.stored[0].ended, Some(Ended { how: ProposalEnd::Dismissed { by, .. }, .. }) if by == "ann"));
    play.dismiss();
    assert_eq!(play.looks(359, &["n3"]), 0);
    assert_eq!(play.looks(1, &["n3"]), 1, "half an hour later, still silent");
    assert_eq!((play.stored.len(), play.nodes()[0].0), (3, "n3"));
}

#[test]
fn after_an_incident_or_a_maintenance_a_silence_is_proposed_anew() {
    let mut play = Play::default();
    play.looks(3, &["n3"]);
    play.end(ProposalEnd::Opened { incident: IncidentId(1), by: Some("ann".to_owned()) });
    assert_eq!(play.looks(1, &["n3"]), 1, "nobody is on it any more");
    play.end(ProposalEnd::Planned { by: "ann".to_owned(), reason: "new disks".to_owned() });
    assert_eq!(play.looks(1, &["n3"]), 1);
    assert_eq!(play.stored.len(), 3);
}

#[test]
fn a_program_that_is_started_again_proposes_nothing_twice() {
    let mut play = Play::default();
    play.looks(3, &["n3"]);
    play.signs = Signs::default();
    play.now_s += 60;
    assert_eq!(play.looks(12, &["n3"]), 0);
    assert_eq!((play.stored.len(), play.nodes(), play.newest().times), (1, vec![("n3", 5)], 1));
    play.signs = Signs::default();
    assert_eq!(play.looks(3, &[]), 0);
    assert!(play.newest().ended.is_some());
    play.signs = Signs::default();
    play.looks(3, &["n3"]);
    assert_eq!((play.newest().times, play.nodes()), (2, vec![("n3", 155)]), "it answered in between, as is stored");
}

#[test]
fn a_cluster_that_is_down_is_proposed_whoever_is_silent() {
    let mut play = Play::default();
    for silent in [["n1", "n2"], ["n2", "n3"], ["n1", "n3"]] {
        play.looks(1, &silent);
    }
    assert_eq!((play.newest().state, play.nodes()), (LookState::Down, vec![("n3", 10), ("n1", 15)]));
}

#[test]
fn a_silence_that_means_nothing_is_no_sign_and_keeps_nothing_open() {
    let mut signs = Signs::default();
    let planned = |node: &NodeName| node.0 == "n3";
    for seconds in 1..=3 {
        signs.take(&look(seconds, &["n1"], &["n2", "n3"]));
    }
    let seen = signs.seen(ENOUGH, planned);
    let proposed = Proposal::after(None, &cluster(), &seen, at(3)).expect("the other one");
    assert_eq!(proposed.nodes.iter().map(|node| node.node.0.as_str()).collect::<Vec<_>>(), ["n2"]);
    for seconds in 4..=6 {
        signs.take(&look(seconds, &["n1", "n2"], &["n3"]));
    }
    let seen = signs.seen(ENOUGH, planned);
    let over = Proposal::after(Some(&proposed), &cluster(), &seen, at(6)).expect("it ends");
    assert_eq!(over.ended, Some(Ended { how: ProposalEnd::Over, at: at(4) }));
    assert_eq!(Proposal::after(None, &cluster(), &seen, at(6)), None);
    assert!(Proposal::after(None, &cluster(), &signs.seen(ENOUGH, |_| false), at(6)).is_some(), "once it is over");
}

#[test]
fn a_node_that_left_the_inventory_holds_nothing_up() {
    let mut play = Play::default();
    play.looks(3, &["n3"]);
    for _ in 0..3 {
        play.now_s += 5;
        play.signs.take(&look(play.now_s, &["n1", "n2"], &[]));
    }
    let mut smaller = cluster();
    smaller.nodes.pop();
    let seen = play.signs.seen(ENOUGH, |_| false);
    let after = Proposal::after(play.stored.last(), &smaller, &seen, at(play.now_s)).expect("it ends");
    assert_eq!(after.ended, Some(Ended { how: ProposalEnd::Over, at: at(20) }));
}

#[test]
fn it_is_opened_where_somebody_chose_so_and_nobody_settled_anything_lately() {
    let now = Timestamp::from_millis(10 * HOLDS_MS);
    let open = Proposal {
        id: ProposalId(1),
        cluster: ClusterId(1),
        nodes: Vec::new(),
        state: LookState::Degraded,
        first_at: now,
        proposed_at: now,
        times: 1,
        told_at: now,
        ended: None,
    };
    assert!(open.is_opened(OnSilence::Open, None, now));
    assert!(!open.is_opened(OnSilence::default(), None, now), "it proposes unless told");
    let ago = |ms: i64| Some(now.plus_millis(-ms));
    assert!(!open.is_opened(OnSilence::Open, ago(HOLDS_MS - 1), now));
    assert!(open.is_opened(OnSilence::Open, ago(HOLDS_MS), now));
    let over = Proposal { ended: Some(Ended { how: ProposalEnd::Over, at: now }), ..open };
    assert!(!over.is_opened(OnSilence::Open, None, now));
}
