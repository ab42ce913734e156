//! Folds looks into the rows of a start.

use super::verdict::{Known, Verdict};
use super::{
    AllowedBy, BEFORE_CLAIM_MS, COMES_WITHIN_MS, CountedFrom, DOWN_AT_THE_LATEST, Earlier, Follow, FollowState, GAP_MS,
    HOLDS_LOOKS, HOLDS_MS, LONGEST_MS, RowSeen, RowState, STOPS_WITHIN_MS, StartRow,
};
use crate::domain::id::NodeName;
use crate::domain::look::Look;
use crate::domain::message::Message;
use crate::domain::observed::SampleSeen;
use crate::domain::restart_claim::RestartClaim;
use crate::domain::time::Timestamp;

/// What a start is followed by.
#[derive(Clone, Copy, Debug)]
pub struct Input<'i> {
    /// The claim.
    pub claim: &'i RestartClaim,
    /// When a restart of that node was taken on anew; `None`: none was.
    pub next_at: Option<Timestamp>,
    /// Nodes of the cluster.
    pub nodes: usize,
    /// Since when the node had been silent when it was taken on, and whether it answered before; `None`: it was not silent.
    pub silent_since: Option<(Timestamp, bool)>,
    /// Looks before it fell silent, oldest first: [`super::BEFORE_DOWN_MS`].
    pub lead: &'i [Look],
    /// Looks from [`super::BEFORE_CLAIM_MS`] before the claim on, oldest first.
    pub looks: &'i [Look],
    /// Earlier starts of the node, newest first.
    pub earlier: &'i [Earlier],
    /// Now.
    pub now: Timestamp,
}

/// When a node was seen to be down.
#[derive(Clone, Copy)]
struct Down {
    at: Timestamp,
    after: Option<Timestamp>,
    says: &'static str,
}

/// The start, as far as these looks tell.
#[must_use]
pub fn follow(input: &Input<'_>) -> Follow {
    let claim = input.claim;
    let until = input.next_at.map_or(input.now, |next| next.min(input.now));
    let from = claim.at.plus_millis(-BEFORE_CLAIM_MS);
    let looks: Vec<&Look> = input.looks.iter().filter(|look| look.at >= from && look.at <= until).collect();
    let samples = input.lead.iter().filter_map(|look| of(look, &claim.node)).filter(|sample| sample.alive);
    let counted = looks.iter().take_while(|look| look.at <= claim.at).filter_map(|look| of(look, &claim.node));
    let clients_before =
        samples.chain(counted.filter(|sample| sample.alive)).filter_map(|sample| sample.sdk_connections).last();
    let mut known = Known {
        node: &claim.node,
        nodes: input.nodes,
        tells_members: looks
            .iter()
            .flat_map(|look| &look.nodes)
            .filter(|(name, sample)| *name != claim.node && !sample.members.is_empty())
            .map(|(name, _)| name)
            .collect(),
        clients_before,
        counts: std::collections::BTreeMap::new(),
    };
    let mut folding = Folding::new(input);
    let mut before: Option<Timestamp> = None;
    for look in &looks {
        known.count(look);
        let gap = before.filter(|before| look.at.millis_since(*before) > GAP_MS);
        if let Some(sample) = of(look, &claim.node) {
            folding.asked |= look.at >= claim.at;
            folding.unwatched |= folding.down.is_none() && look.at > claim.at && gap.is_some();
            if folding.down.is_none() {
                folding.wait_for_down(look.at, before, gap, sample);
                if sample.alive && folding.down.is_none() && sample.sdk_connections.is_some() {
                    known.clients_before = sample.sdk_connections;
                }
            }
            if folding.down.is_some() && look.at >= claim.at {
                let by_table = !sample.alive && sample.start.is_some_and(|start| start.process == Some(true));
                folding.take(look.at, gap, by_table, known.verdicts(look, sample));
            }
        } else if folding.down.is_some() {
            folding.held = None;
        }
        before = Some(look.at);
    }
    folding.finish(input, before, until)
}

/// What a look says of that node; `None`: it could not be asked.
fn of<'l>(look: &'l Look, node: &NodeName) -> Option<&'l SampleSeen> {
    look.nodes.iter().find(|(name, _)| name == node).map(|(_, sample)| sample)
}

/// How far one row is.
#[derive(Default)]
struct Progress {
    /// When it was reached, and since when nobody had looked.
    reached: Option<(Timestamp, Option<Timestamp>)>,
    /// The first look after that which says otherwise: one alone may be a slow answer.
    doubt: Option<Timestamp>,
    /// When it had been reached, and since when it is not so any more.
    lost: Option<(Timestamp, Timestamp)>,
    times_lost: u32,
    /// A look told, whatever it said.
    told: bool,
    says: Option<Message>,
    /// Why nothing tells.
    why: Option<Message>,
}

impl Progress {
    /// Takes in what one look says; whether it may hold by that.
    fn take(&mut self, at: Timestamp, gap: Option<Timestamp>, verdict: Verdict) {
        match verdict {
            Verdict::Yes(says) => {
                (self.told, self.doubt, self.says) = (true, None, says);
                self.reached.get_or_insert((at, gap));
            }
            Verdict::No(says) => {
                self.told = true;
                self.fail(at, says);
            }
            Verdict::Gone => self.fail(at, None),
            Verdict::Untold => {}
            Verdict::Unknown(why) => self.why = Some(why),
        }
    }

    fn fail(&mut self, at: Timestamp, says: Option<Message>) {
        let Some((reached, _)) = self.reached else {
            if says.is_some() {
                self.says = says;
            }
            return;
        };
        match self.doubt.take() {
            None => self.doubt = Some(at),
            Some(since) => {
                (self.reached, self.lost) = (None, Some((reached, since)));
                self.times_lost += 1;
                self.says = says;
            }
        }
    }
}

/// Rows and what they rest on, look by look.
struct Folding {
    rows: [(StartRow, Progress); 8],
    down: Option<Down>,
    /// Looks in a row in which the node is silent, and the first of them.
    silent: Option<(u32, Timestamp, Option<Timestamp>)>,
    /// It was silent in one look after the claim, and answered again.
    once: bool,
    /// When the process that ran before the node was down began.
    began: Option<Timestamp>,
    /// It is silent, and its process goes on, or its ports stay open.
    hangs: bool,
    /// Since it is silent, its ports were seen closed.
    closed: bool,
    /// The first sign of the start, and whether its process was it.
    came: Option<(Timestamp, bool)>,
    /// Since when every row that is needed holds, and in how many looks.
    held: Option<(Timestamp, u32)>,
    /// A look since the claim asked the node.
    asked: bool,
    /// While it was not yet down, nobody looked for some time since the claim.
    unwatched: bool,
    claimed_at: Timestamp,
    silent_since: Option<(Timestamp, bool)>,
}

impl Folding {
    fn new(input: &Input<'_>) -> Self {
        let [_, rows @ ..] = StartRow::ALL;
        Self {
            rows: rows.map(|row| (row, Progress::default())),
            down: None,
            silent: None,
            once: false,
            began: None,
            hangs: false,
            closed: false,
            came: None,
            held: None,
            asked: false,
            unwatched: false,
            claimed_at: input.claim.at,
            silent_since: input.silent_since,
        }
    }

    /// Whether the node is down by this look. One look without an answer may be a slow one, and a process that goes on is not
    /// one that was ended.
    fn wait_for_down(&mut self, at: Timestamp, before: Option<Timestamp>, gap: Option<Timestamp>, sample: &SampleSeen) {
        let claimed = at >= self.claimed_at;
        let start = sample.start.unwrap_or_default();
        let is_new = match (self.began, start.began) {
            (Some(old), Some(new)) => new != old,
            _ => false,
        };
        if claimed && is_new {
            self.down = Some(Down { at, after: before, says: "follow-down-new-process" });
            return;
        }
        if sample.alive {
            self.once |= claimed && self.silent.is_some();
            (self.silent, self.hangs, self.closed) = (None, false, false);
            self.began = start.began.or(self.began);
            return;
        }
        let (looks, first, after) = self.silent.map_or((1, at, gap), |(looks, first, after)| (looks + 1, first, after));
        self.silent = Some((looks, first, after));
        // The clock of its host may differ a little from the one here.
        let is_old = |began: Timestamp| self.began == Some(began) || first.millis_since(began) > GAP_MS;
        let open = start.ports.is_some_and(|ports| ports.raft || ports.client_grpc);
        self.closed |= start.ports.is_some() && !open;
        self.hangs = start.process == Some(true) && start.began.is_some_and(is_old) || open && !self.closed;
        if self.hangs || !claimed || looks < 2 && start.process != Some(false) {
            return;
        }
        self.down = Some(match self.silent_since {
            Some((since, true)) if first <= self.claimed_at => {
                Down { at: since, after: None, says: "follow-down-already" }
            }
            Some((since, false)) if first <= self.claimed_at => {
                Down { at: since, after: None, says: DOWN_AT_THE_LATEST }
            }
            _ => Down { at: first, after, says: "follow-down-silent" },
        });
    }

    fn take(&mut self, at: Timestamp, gap: Option<Timestamp>, by_table: bool, verdicts: [(StartRow, Verdict); 8]) {
        if gap.is_some() {
            self.held = None;
        }
        let holds = verdicts.iter().all(|(row, verdict)| match verdict {
            // Counts come at every second look.
            Verdict::Yes(_) | Verdict::Unknown(_) => true,
            Verdict::No(_) | Verdict::Gone => *row == StartRow::Clients,
            Verdict::Untold => false,
        });
        for ((row, progress), (_, verdict)) in self.rows.iter_mut().zip(verdicts) {
            let is_process = *row == StartRow::Process && matches!(verdict, Verdict::Yes(_));
            if is_process && self.came.is_none() {
                self.came = Some((at, by_table));
            }
            // Clients come and go: what is told of them is how many there are now.
            if *row == StartRow::Clients && matches!(verdict, Verdict::No(_) | Verdict::Gone) {
                progress.reached = None;
            }
            progress.take(at, gap, verdict);
        }
        self.held = match self.held {
            _ if !holds => None,
            None => Some((at, 1)),
            Some((since, looks)) => Some((since, looks + 1)),
        };
    }

    fn finish(self, input: &Input<'_>, looked_at: Option<Timestamp>, until: Timestamp) -> Follow {
        let claim_over =
            [input.claim.ended_at, input.next_at].into_iter().flatten().fold(input.claim.until, Timestamp::min);
        let came = self.came;
        let newest = looked_at.unwrap_or(until);
        let mut rows = vec![self.down_row(input, until)];
        for (row, progress) in self.rows {
            let state = state(row, &progress, came.map(|(at, _)| at), newest, input.earlier);
            let waits_for_start = state == RowState::Later && row == StartRow::Process && self.down.is_some();
            let since = self.down.map_or(input.claim.at, |down| down.at.max(input.claim.at));
            let state = if waits_for_start { RowState::Waiting { since } } else { state };
            let says = if state == RowState::Unknown { progress.why } else { progress.says };
            let says = says.filter(|_| state != RowState::Later);
            rows.push(RowSeen { row, state, says, times_lost: progress.times_lost });
        }
        let unseen = rows.iter().any(|seen| seen.row.is_needed() && seen.state == RowState::Unknown);
        let reached = rows.iter().all(|seen| {
            let is = |state: &RowState| matches!(state, RowState::Reached { .. } | RowState::Unknown);
            seen.row == StartRow::Clients || is(&seen.state)
        });
        let holds =
            self.held.is_some_and(|(since, looks)| looks >= HOLDS_LOOKS && newest.millis_since(since) >= HOLDS_MS);
        let stuck = rows.iter().any(|seen| matches!(seen.state, RowState::Stuck { .. }));
        let over_for = input.now.millis_since(claim_over);
        let gone = match (self.down, came) {
            (None, _) => over_for >= STOPS_WITHIN_MS,
            (Some(_), None) => over_for >= COMES_WITHIN_MS,
            (Some(_), Some(_)) => false,
        };
        let taken_anew = input.next_at.is_some_and(|next| next <= input.now);
        let too_long = input.now.millis_since(input.claim.at) >= LONGEST_MS || taken_anew;
        // What nobody looked at may have happened.
        let blind = !self.asked || self.unwatched || until.millis_since(newest) > GAP_MS;
        let fine = reached && holds && came.is_some();
        let (state, over) = match (fine, unseen) {
            (true, false) => (FollowState::Done, true),
            (true, true) => (FollowState::Unseen, over_for >= 0),
            (false, _) if came.is_none() && (gone || too_long) && blind => (FollowState::Unseen, true),
            (false, _) if came.is_none() && (gone || too_long) => (FollowState::Abandoned, true),
            (false, _) if stuck || too_long => (FollowState::Stuck, too_long),
            (false, _) => (FollowState::GoingOn, false),
        };
        let from = self.down.map(|down| match came {
            Some((at, true)) => (at, CountedFrom::Process),
            _ if down.at > input.claim.at => (down.at, CountedFrom::Down),
            _ => (input.claim.at, CountedFrom::Claim),
        });
        let earlier_ms = input.earlier.iter().map(|earlier| earlier.total_ms).collect();
        Follow { claimed_at: input.claim.at, state, over, rows, from, looked_at, earlier_ms }
    }

    fn down_row(&self, input: &Input<'_>, until: Timestamp) -> RowSeen {
        let (state, says) = match self.down {
            Some(Down { at, after, says }) => (RowState::Reached { at, after }, Some(Message::new(says))),
            None => {
                let says = [
                    (self.hangs, "follow-down-hangs"),
                    (self.unwatched, "follow-down-unwatched"),
                    (self.once, "follow-down-once"),
                ];
                let says = says.into_iter().find_map(|(is, says)| is.then_some(says));
                let waiting = RowState::Waiting { since: input.claim.at };
                if until.millis_since(input.claim.at) > GAP_MS && !self.asked {
                    (RowState::Unknown, Some(Message::new("follow-down-unasked")))
                } else {
                    (waiting, says.map(Message::new))
                }
            }
        };
        RowSeen { row: StartRow::Down, state, says, times_lost: 0 }
    }
}

fn state(
    row: StartRow,
    progress: &Progress,
    came: Option<Timestamp>,
    newest: Timestamp,
    earlier: &[Earlier],
) -> RowState {
    if let Some((at, after)) = progress.reached {
        return RowState::Reached { at, after };
    }
    let Some(came) = came else { return RowState::Later };
    let since = progress.lost.map_or(came, |(_, since)| since);
    let of_row = |one: &Earlier| one.rows.iter().find(|(of, _)| *of == row).map(|(_, ms)| *ms);
    let slowest = earlier.iter().filter_map(of_row).max().map(|ms| ms.saturating_mul(2));
    if !progress.told && progress.why.is_some() {
        return RowState::Unknown;
    }
    if let Some(allowed_ms) = row.allowed_ms() {
        let (allowed_ms, by) = match slowest {
            Some(slowest) if slowest > allowed_ms => (slowest, AllowedBy::Earlier),
            _ => (allowed_ms, AllowedBy::Nacos),
        };
        if newest.millis_since(since) > allowed_ms {
            return RowState::Stuck { since, allowed_ms, by };
        }
    }
    match progress.lost {
        Some((reached, since)) => RowState::Lost { reached, since },
        None => RowState::Waiting { since },
    }
}
