//! Stories of starts, told in looks.

use super::*;
use crate::domain::id::{ClusterId, IncidentId};
use crate::domain::look::{Look, LookState};
use crate::domain::observed::{MetricsSeen, RaftGroupSeen, SampleSeen};
use crate::domain::restart_claim::{GateSaid, HOLDS_MS as CLAIM_MS, RestartClaim};
use crate::domain::vocabulary::MemberState;

const CLAIM_S: i64 = 1000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn address(node: usize) -> String {
    format!("10.0.0.{node}:8848")
}

/// A node that is well, with n1 as the leader.
fn up(node: usize) -> SampleSeen {
    let members = (1..=3).map(|node| (address(node), MemberState::Up)).collect();
    let raft = ["naming_a", "naming_b"].map(|group| RaftGroupSeen {
        group: group.to_owned(),
        leader: Some("10.0.0.1:7848".to_owned()),
        term: Some(4),
        members: (1..=3).map(|node| format!("10.0.0.{node}:7848")).collect(),
        error: None,
    });
    SampleSeen {
        alive: true,
        ready: Some(true),
        members,
        raft: raft.to_vec(),
        metrics: MetricsSeen { services: Some(11), instances: Some(100), ..MetricsSeen::default() },
        sdk_connections: Some(if node == 3 { 12 } else { 20 }),
        address: Some(address(node)),
        ..SampleSeen::silent(at(0))
    }
}

fn silent() -> SampleSeen {
    SampleSeen::silent(at(0))
}

fn with_log(finished: bool, distro: bool) -> StartSeen {
    StartSeen {
        process: Some(true),
        began: Some(at(CLAIM_S + 9)),
        finished: Some(finished),
        distro: Some(distro),
        ports: None,
    }
}

/// A story: looks every five seconds from before the claim on.
struct Story {
    looks: Vec<Look>,
    claim: RestartClaim,
    earlier: Vec<Earlier>,
}

impl Story {
    /// The node was up until the claim.
    fn new() -> Self {
        let claim = RestartClaim {
            cluster: ClusterId(1),
            incident: IncidentId(1),
            node: NodeName::from("n3"),
            by: "olga".to_owned(),
            at: at(CLAIM_S),
            until: at(CLAIM_S).plus_millis(CLAIM_MS),
            ended_at: None,
            gate: GateSaid::Yes,
            reason: String::new(),
        };
        let mut story = Self { looks: Vec::new(), claim, earlier: Vec::new() };
        story.add(CLAIM_S - 30, 6, |_| up(3));
        story
    }

    /// So many looks from a second on, five seconds apart, in which the third node says this.
    fn add(&mut self, from_s: i64, count: usize, third: impl Fn(&mut [SampleSeen; 2]) -> SampleSeen) {
        for number in 0..count {
            let second = from_s + 5 * i64::try_from(number).expect("few");
            let mut others = [up(1), up(2)];
            let third = third(&mut others);
            let [first, other] = others;
            let samples = [("n1", first), ("n2", other), ("n3", third)];
            let nodes = samples.into_iter().map(|(name, sample)| (NodeName::from(name), sample)).collect();
            self.looks.push(Look { at: at(second), state: LookState::Degraded, looks: 1, nodes });
        }
    }

    fn down_until(mut self, second: i64) -> Self {
        let count = usize::try_from((second - CLAIM_S) / 5).expect("later");
        self.add(CLAIM_S, count, |_| silent());
        self
    }

    fn follow(&self) -> Follow {
        self.follow_at(self.looks.last().map_or(CLAIM_S, |look| look.at.as_millis() / 1000))
    }

    fn follow_at(&self, second: i64) -> Follow {
        follow(&Input {
            claim: &self.claim,
            next_at: None,
            nodes: 3,
            silent_since: None,
            lead: &[],
            looks: &self.looks,
            earlier: &self.earlier,
            now: at(second),
        })
    }
}

fn state(follow: &Follow, row: StartRow) -> RowState {
    follow.row(row).expect("every row").state
}

fn says(follow: &Follow, row: StartRow) -> String {
    follow.row(row).expect("every row").says.as_ref().map(|says| says.key.clone()).unwrap_or_default()
}

fn reached(follow: &Follow, row: StartRow) -> Option<i64> {
    follow.row(row)?.reached_at().map(|at| at.as_millis() / 1000)
}

#[test]
fn a_clean_start_reaches_every_row_and_is_done_when_it_holds() {
    let mut story = Story::new().down_until(CLAIM_S + 10);
    story.add(CLAIM_S + 10, 1, |_| SampleSeen { start: Some(with_log(false, false)), ..silent() });
    story.add(CLAIM_S + 15, 1, |others| {
        for other in others {
            other.members.insert(address(3), MemberState::Down);
        }
        SampleSeen { start: Some(with_log(true, true)), ready: Some(false), sdk_connections: Some(0), ..up(3) }
    });
    assert_eq!(story.follow().state, FollowState::GoingOn);
    let whole = || SampleSeen { start: Some(with_log(true, true)), sdk_connections: Some(1), ..up(3) };
    story.add(CLAIM_S + 20, 2, |_| whole());
    let early = story.follow();
    assert_eq!((early.state, early.over), (FollowState::GoingOn, false), "it has not held for long enough");
    story.add(CLAIM_S + 30, 1, |_| whole());
    let done = story.follow();
    assert_eq!((done.state, done.over), (FollowState::Done, true), "{done:?}");
    let moments = StartRow::ALL.map(|row| reached(&done, row).map(|second| second - CLAIM_S));
    let expected = [Some(0), Some(10), Some(15), Some(15), Some(15), Some(20), Some(20), Some(15), None];
    assert_eq!(moments, expected);
    assert_eq!(done.from, Some((at(CLAIM_S + 10), CountedFrom::Process)));
    assert_eq!(done.total_ms(), Some(10_000));
    assert!(done.unseen().is_empty());
    let clients = done.row(StartRow::Clients).expect("a row");
    let args = &clients.says.as_ref().expect("counts").args;
    assert_eq!((args["now"].as_str(), args["before"].as_str()), ("1", "12"), "nothing waits for clients");
    let text = serde_json::to_string(&done).expect("text");
    assert!(text.contains(r#""row":"down","state":"reached","at":1000000"#), "{text}");
    assert_eq!(serde_json::from_str::<Follow>(&text).expect("the same"), done);
}

#[test]
fn by_answers_alone_it_is_said_what_was_not_seen() {
    let mut story = Story::new().down_until(CLAIM_S + 20);
    story.add(CLAIM_S + 20, 3, |_| up(3));
    let done = story.follow();
    assert_eq!((done.state, done.unseen()), (FollowState::Done, vec![StartRow::Distro]), "{done:?}");
    assert_eq!(says(&done, StartRow::Finished), "follow-by-answers");
    assert_eq!(says(&done, StartRow::Distro), "follow-distro-unseen");
    assert_eq!(done.from, Some((at(CLAIM_S), CountedFrom::Claim)), "down at the very look of the claim");
}

#[test]
fn a_start_that_hangs_is_stuck_after_a_time_and_that_is_said_once() {
    let mut story = Story::new().down_until(CLAIM_S + 10);
    let hangs = |_: &mut [SampleSeen; 2]| SampleSeen { start: Some(with_log(false, false)), ..silent() };
    story.add(CLAIM_S + 10, 18, hangs);
    let waits = story.follow();
    assert_eq!((waits.state, says(&waits, StartRow::Process).as_str()), (FollowState::GoingOn, "follow-process-there"));
    assert_eq!(state(&waits, StartRow::Finished), RowState::Waiting { since: at(CLAIM_S + 10) });
    story.add(CLAIM_S + 100, 3, hangs);
    let stuck = story.follow();
    let (since, allowed_ms) = (at(CLAIM_S + 10), 90_000);
    assert_eq!(state(&stuck, StartRow::Finished), RowState::Stuck { since, allowed_ms, by: AllowedBy::Nacos });
    assert_eq!((stuck.state, stuck.over), (FollowState::Stuck, false), "it may still come");
    let news = |now: &Follow, told: &Follow| now.is_news_after(std::slice::from_ref(told));
    assert!(news(&stuck, &waits) && !news(&stuck, &stuck));
    assert!(waits.is_news_after(&[]) && !news(&waits, &waits));
    story.earlier = vec![Earlier { total_ms: 100_000, rows: vec![(StartRow::Finished, 90_000)] }];
    let slow = story.follow();
    assert_eq!(state(&slow, StartRow::Finished), RowState::Waiting { since }, "it is a slow one");
    assert_eq!(slow.earlier_ms, [100_000]);
}

/// Changes what the node says, or what the two others say.
type Spoil = fn(&mut SampleSeen, &mut [SampleSeen; 2]);

#[test]
fn ready_is_not_done_while_a_group_lacks_what_the_others_have() {
    let broken: [(&str, Spoil); 8] = [
        ("follow-raft-no-leader", |own, _| own.raft[1].leader = None),
        ("follow-raft-none", |own, _| own.raft.clear()),
        ("follow-raft-missing", |own, _| own.raft.truncate(1)),
        ("follow-raft-error", |own, _| own.raft[0].error = Some("it stopped".to_owned())),
        ("follow-raft-differs", |own, _| own.raft[0].leader = Some("10.0.0.2:7848".to_owned())),
        ("follow-raft-term", |own, _| own.raft[1].term = Some(3)),
        ("follow-raft-leader-not-up", |_, others| _ = others[1].members.insert(address(1), MemberState::Down)),
        // The leader is gone, and its name stays in every answer.
        ("follow-raft-leader-silent", |_, others| others[0] = silent()),
    ];
    for (key, spoil) in broken {
        let mut story = Story::new().down_until(CLAIM_S + 10);
        story.add(CLAIM_S + 10, 10, |others| {
            let mut own = up(3);
            spoil(&mut own, others);
            own
        });
        let follow = story.follow();
        assert_eq!((follow.state, says(&follow, StartRow::Raft).as_str()), (FollowState::GoingOn, key));
        assert!(reached(&follow, StartRow::Ready).is_some() && reached(&follow, StartRow::Raft).is_none(), "{key}");
    }
    // A leader need not name itself, whether it is the node that starts or another one.
    for its_own in [true, false] {
        let mut story = Story::new().down_until(CLAIM_S + 10);
        story.add(CLAIM_S + 10, 10, |others| {
            let mut own = up(3);
            if its_own {
                own.raft[0].leader = None;
                others.iter_mut().for_each(|other| other.raft[0].leader = Some("10.0.0.3:7848".to_owned()));
            } else {
                others[0].raft[0].leader = None;
            }
            own
        });
        assert!(reached(&story.follow(), StartRow::Raft).is_some(), "{:?}", says(&story.follow(), StartRow::Raft));
    }
    let mut story = Story::new().down_until(CLAIM_S + 10);
    story.add(CLAIM_S + 10, 10, |others| {
        others.iter_mut().for_each(|other| other.raft.clear());
        up(3)
    });
    let alone = story.follow();
    assert_eq!((alone.state, state(&alone, StartRow::Raft)), (FollowState::Unseen, RowState::Unknown));
    assert!(!alone.over, "until the claim is over");
    assert!(story.follow_at(CLAIM_S + 901).over);
}

#[test]
fn up_for_one_other_only_is_not_up() {
    let mut story = Story::new().down_until(CLAIM_S + 10);
    story.add(CLAIM_S + 10, 5, |others| {
        others[0].members.insert(address(3), MemberState::Suspicious);
        up(3)
    });
    let follow = story.follow();
    assert_eq!((follow.state, says(&follow, StartRow::Peers).as_str()), (FollowState::GoingOn, "follow-peers-not"));
    let args = &follow.row(StartRow::Peers).and_then(|seen| seen.says.as_ref()).expect("says").args;
    assert_eq!((args["up"].as_str(), args["asked"].as_str(), args["nodes"].as_str()), ("1", "2", "n1"));
    // One that answered without a list this time is waited for.
    let mut story = Story::new().down_until(CLAIM_S + 10);
    story.add(CLAIM_S + 10, 1, |others| {
        others[0].members.clear();
        up(3)
    });
    assert_eq!(reached(&story.follow(), StartRow::Peers), None);
    let mut story = Story::new().down_until(CLAIM_S + 10);
    story.add(CLAIM_S + 10, 5, |others| {
        others[1] = silent();
        up(3)
    });
    assert_eq!(says(&story.follow(), StartRow::Peers), "follow-peers-some");
}

#[test]
fn counts_that_differ_are_not_equal_and_two_percent_are() {
    for (instances, services, key) in
        [(98, 11, "follow-data-equal"), (97, 11, "follow-data-differs"), (100, 10, "follow-data-differs")]
    {
        let mut story = Story::new().down_until(CLAIM_S + 10);
        story.add(CLAIM_S + 10, 3, |_| {
            let metrics =
                MetricsSeen { services: Some(services), instances: Some(instances), ..MetricsSeen::default() };
            SampleSeen { metrics, ..up(3) }
        });
        let follow = story.follow();
        assert_eq!(says(&follow, StartRow::Data), key, "{instances}");
        assert_eq!(follow.state == FollowState::Done, key == "follow-data-equal", "{instances}");
    }
}

#[test]
fn what_is_lost_again_is_said_and_one_slow_answer_is_no_loss() {
    let mut story = Story::new().down_until(CLAIM_S + 10);
    story.add(CLAIM_S + 10, 2, |_| up(3));
    story.add(CLAIM_S + 20, 1, |_| silent());
    story.add(CLAIM_S + 25, 2, |_| up(3));
    let slow = story.follow();
    assert!(slow.rows.iter().all(|seen| seen.times_lost == 0), "{slow:?}");
    assert_eq!(slow.state, FollowState::GoingOn, "but it has to hold from then on");
    story.add(CLAIM_S + 35, 2, |_| SampleSeen { ready: Some(false), ..up(3) });
    let lost = story.follow();
    let expected = RowState::Lost { reached: at(CLAIM_S + 10), since: at(CLAIM_S + 35) };
    assert_eq!((state(&lost, StartRow::Ready), lost.state), (expected, FollowState::GoingOn));
    story.add(CLAIM_S + 45, 2, |_| silent());
    let gone = story.follow();
    assert!(matches!(state(&gone, StartRow::Process), RowState::Lost { .. }), "{gone:?}");
    story.add(CLAIM_S + 55, 3, |_| up(3));
    let back = story.follow();
    assert_eq!((back.state, reached(&back, StartRow::Ready)), (FollowState::Done, Some(CLAIM_S + 55)));
    assert_eq!(back.row(StartRow::Ready).expect("a row").times_lost, 1);
}

#[test]
fn a_node_that_never_went_down_was_not_restarted() {
    let mut story = Story::new();
    story.add(CLAIM_S, 1, |_| up(3));
    story.add(CLAIM_S + 5, 1, |_| silent());
    story.add(CLAIM_S + 10, 200, |_| up(3));
    let follow = story.follow_at(CLAIM_S + 900);
    assert_eq!((follow.state, says(&follow, StartRow::Down).as_str()), (FollowState::GoingOn, "follow-down-once"));
    assert!(follow.rows[1..].iter().all(|seen| seen.state == RowState::Later && seen.says.is_none()), "{follow:?}");
    let given_up = story.follow_at(CLAIM_S + 960);
    assert_eq!((given_up.state, given_up.over), (FollowState::Abandoned, true));
    story.claim.ended_at = Some(at(CLAIM_S + 30));
    assert_eq!(story.follow_at(CLAIM_S + 60).state, FollowState::GoingOn);
    assert_eq!(story.follow_at(CLAIM_S + 90).state, FollowState::Abandoned, "somebody said that it is over");
    // A process that hangs was not stopped either.
    let mut story = Story::new();
    let old = StartSeen { process: Some(true), began: Some(at(10)), ..StartSeen::default() };
    story.add(CLAIM_S, 6, |_| SampleSeen { start: Some(old), ..silent() });
    let hangs = story.follow();
    assert_eq!(says(&hangs, StartRow::Down), "follow-down-hangs");
    assert!(matches!(state(&hangs, StartRow::Down), RowState::Waiting { .. }));
    let mut story = Story::new();
    let ports = Some(EarlyPorts { raft: true, client_grpc: true });
    story.add(CLAIM_S, 6, |_| SampleSeen { start: Some(StartSeen { ports, ..StartSeen::default() }), ..silent() });
    assert_eq!(says(&story.follow(), StartRow::Down), "follow-down-hangs");
}

#[test]
fn a_stop_between_two_looks_is_known_by_the_new_process() {
    let process = |began| Some(StartSeen { process: Some(true), began: Some(at(began)), ..StartSeen::default() });
    let mut story = Story::new();
    story.add(CLAIM_S, 2, |_| SampleSeen { start: process(10), ..up(3) });
    story.add(CLAIM_S + 10, 3, |_| SampleSeen { start: process(CLAIM_S + 6), ..up(3) });
    let follow = story.follow();
    assert_eq!((says(&follow, StartRow::Down).as_str(), follow.state), ("follow-down-new-process", FollowState::Done));
    let between = RowState::Reached { at: at(CLAIM_S + 10), after: Some(at(CLAIM_S + 5)) };
    assert_eq!(state(&follow, StartRow::Down), between);
}

#[test]
fn a_node_that_does_not_come_is_given_up_some_time_after_the_claim() {
    let mut story = Story::new().down_until(CLAIM_S + 365);
    story.claim.ended_at = Some(at(CLAIM_S + 60));
    let waits = story.follow_at(CLAIM_S + 359);
    assert_eq!(state(&waits, StartRow::Process), RowState::Waiting { since: at(CLAIM_S) });
    let given_up = story.follow_at(CLAIM_S + 360);
    assert_eq!((given_up.state, given_up.over), (FollowState::Abandoned, true));
    assert_eq!(waits.state, FollowState::GoingOn);
    assert_eq!(story.follow_at(CLAIM_S + 400).state, FollowState::Unseen, "nobody looks any more");
    // A node that came in time is followed further, although its claim was ended early.
    let mut story = Story::new().down_until(CLAIM_S + 60);
    story.claim.ended_at = Some(at(CLAIM_S + 60));
    story.add(CLAIM_S + 60, 3, |_| up(3));
    assert_eq!(story.follow().state, FollowState::Done);
}

#[test]
fn what_nobody_looked_at_is_no_moment() {
    let mut story = Story::new().down_until(CLAIM_S + 15);
    story.add(CLAIM_S + 80, 3, |_| up(3));
    let follow = story.follow();
    let between = RowState::Reached { at: at(CLAIM_S + 80), after: Some(at(CLAIM_S + 10)) };
    for row in [StartRow::Process, StartRow::Raft, StartRow::Ready, StartRow::Peers, StartRow::Data] {
        assert_eq!(state(&follow, row), between, "{row:?}");
    }
    // What held before a gap has to hold anew after it.
    let mut story = Story::new().down_until(CLAIM_S + 15);
    story.add(CLAIM_S + 15, 2, |_| up(3));
    story.add(CLAIM_S + 80, 2, |_| up(3));
    assert_eq!(story.follow().state, FollowState::GoingOn);
    assert_eq!(story.follow_at(CLAIM_S + 200).state, FollowState::GoingOn, "nobody has looked since");
    story.looks.clear();
    let never = story.follow_at(CLAIM_S + 100);
    assert_eq!((never.state, never.looked_at), (FollowState::GoingOn, None));
    assert_eq!(
        (state(&never, StartRow::Down), says(&never, StartRow::Down).as_str()),
        (RowState::Unknown, "follow-down-unasked")
    );
    assert_eq!(story.follow_at(CLAIM_S + 3000).state, FollowState::Unseen, "nothing says that it was given up");
    let mut story = Story::new();
    story.add(CLAIM_S, 2, |_| up(3));
    story.add(CLAIM_S + 900, 20, |_| up(3));
    let unwatched = story.follow();
    assert_eq!(
        (unwatched.state, says(&unwatched, StartRow::Down).as_str()),
        (FollowState::Unseen, "follow-down-unwatched")
    );
}

#[test]
fn a_node_that_was_down_before_has_its_moment_from_then() {
    let mut story = Story::new();
    story.looks.clear();
    story.add(CLAIM_S - 30, 8, |_| silent());
    let down = |known| {
        let follow = follow(&Input {
            claim: &story.claim,
            next_at: None,
            nodes: 3,
            silent_since: Some((at(200), known)),
            lead: &[],
            looks: &story.looks,
            earlier: &[],
            now: at(CLAIM_S + 10),
        });
        (reached(&follow, StartRow::Down), says(&follow, StartRow::Down), follow.from)
    };
    let from = Some((at(CLAIM_S), CountedFrom::Claim));
    assert_eq!(down(true), (Some(200), "follow-down-already".to_owned(), from));
    assert_eq!(down(false), (Some(200), "follow-down-at-the-latest".to_owned(), from));
    // An outage that was over before the claim is none of it.
    let mut story = Story::new();
    story.looks.clear();
    story.add(CLAIM_S - 50, 4, |_| silent());
    story.add(CLAIM_S - 30, 10, |_| up(3));
    assert!(matches!(state(&story.follow(), StartRow::Down), RowState::Waiting { .. }));
}
