//! The one thing to do next, as a pure rule: what the sticky bar says and which button it has.

use crate::domain::finding::Step;
use crate::domain::incident::{IncidentState, StepState, next_open};

/// What the rule looks at.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// State of the incident.
    pub incident: IncidentState,
    /// The step that is looked at.
    pub step: Step,
    /// States of all steps, in order.
    pub steps: &'a [(Step, StepState)],
    /// What the newest round of this step says.
    pub tally: Tally,
    /// Whether the exit criterion of the monitor is met; `None`: it does not run.
    pub stable: Option<bool>,
    /// Whether a node went away, began to start or came back since the newest round.
    pub moved: bool,
    /// Whether something that checks read was handed in since the newest round.
    pub handed_in: bool,
    /// How the restart of a node stands that somebody took on; `None`: nobody did.
    pub restart: Option<Restarting>,
    /// In the step that asks for clients: how many are missing that somebody waits for.
    pub awaited: u32,
}

/// How a restart stands that somebody took on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restarting {
    /// The node is stopped or started, or is about to be.
    UnderWay,
    /// Its start takes longer than it should.
    Stuck,
    /// Its start is over: the person who took it on has to say so.
    Over,
}

/// How the runs of a round ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All runs.
    pub all: usize,
    /// Not ended yet.
    pub running: usize,
    /// Judged as in order, not applicable or advice.
    pub fine: usize,
    /// Judged as warning.
    pub warned: usize,
    /// Judged as failure.
    pub failed: usize,
    /// The same, where a node that is down explains it: running it again changes nothing before that node is back.
    pub known: usize,
    /// Judged as in order as far as seen; parts of it were not seen.
    pub partly: usize,
    /// Not judged: could not run, timed out, cancelled, interrupted.
    pub unseen: usize,
    /// Own checks of the step that were cut off before they had an answer, in its first round: another one may bring it.
    pub cut_off: usize,
    /// Of all that is not in order, what need not be noted: it is expected, or a step before knew it.
    pub again: usize,
}

impl Tally {
    /// Runs that were judged.
    #[must_use]
    pub const fn judged(&self) -> usize {
        self.fine + self.partly + self.warned + self.failed + self.known
    }

    /// Runs that a step may be done with all the same, if that is noted.
    #[must_use]
    pub const fn exceptions(&self) -> usize {
        self.not_in_order().saturating_sub(self.again)
    }

    /// Runs that did not end in order, or saw a part.
    #[must_use]
    pub const fn not_in_order(&self) -> usize {
        self.unseen + self.partly + self.warned + self.failed + self.known
    }

    /// Runs that ended.
    #[must_use]
    pub const fn ended(&self) -> usize {
        self.all - self.running
    }
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextAction {
    /// Nothing was asked yet: run the checks.
    RunChecks,
    /// A node went away, began to start or came back since the checks ran: run them again.
    RunAgain,
    /// Something was handed in since the checks ran: run them again, so that they read it.
    RunWithNew,
    /// Checks are under way: wait.
    Wait,
    /// Somebody restarts a node: wait for it, and ask nothing else of anybody meanwhile.
    AwaitRestart(Restarting),
    /// Something is wrong that this step is there to repair: repair, then run the checks again.
    RepairAndRerun,
    /// Something could not be looked at: try again or hand it in.
    LookAgain,
    /// Clients are missing: run the checks again until they are back, or say of whom nobody waits.
    AwaitClients,
    /// The exit criterion of the monitor is not met yet.
    Watch,
    /// All is said: mark the step as done.
    Done,
    /// Nothing blocks, but not all is in order: done, with the exceptions named.
    DoneWithExceptions,
    /// This step is decided: go to the next one.
    GoTo(Step),
    /// All steps are decided: it is over.
    Resolve,
    /// It is over: read the record.
    ReadRecord,
}

/// The rule.
#[must_use]
pub fn next_action(now: Situation<'_>) -> NextAction {
    if !now.incident.is_open() {
        return NextAction::ReadRecord;
    }
    // Whatever else is to be done: a node that comes and goes would answer it anew.
    if let Some(restart) = now.restart.filter(|_| now.tally.running == 0) {
        return NextAction::AwaitRestart(restart);
    }
    let state = now.steps.iter().find(|(step, _)| *step == now.step).map_or(StepState::NotStarted, |(_, state)| *state);
    if state.is_decided() {
        return next_open(now.steps, now.step).map_or(NextAction::Resolve, |(step, _)| NextAction::GoTo(step));
    }
    let tally = now.tally;
    if tally.running > 0 {
        return NextAction::Wait;
    }
    if tally.all == 0 {
        return NextAction::RunChecks;
    }
    if now.moved && now.step != Step::Monitor {
        return NextAction::RunAgain;
    }
    if now.handed_in && now.step != Step::Monitor {
        return NextAction::RunWithNew;
    }
    if tally.cut_off > 0 && now.step != Step::Monitor {
        return NextAction::LookAgain;
    }
    match now.step {
        Step::Monitor if now.stable == Some(true) => NextAction::Done,
        Step::Monitor if now.stable.is_none() => NextAction::RunChecks,
        Step::Monitor => NextAction::Watch,
        // These steps end when what they look at is in order; the first two find out, and a failure is their answer.
        Step::Config | Step::Network | Step::Clients if tally.failed > 0 => NextAction::RepairAndRerun,
        Step::Clients if now.awaited > 0 => NextAction::AwaitClients,
        _ if tally.judged() == 0 => NextAction::LookAgain,
        _ if tally.exceptions() > 0 => NextAction::DoneWithExceptions,
        _ => NextAction::Done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRESH: [(Step, StepState); 6] = [
        (Step::Confirm, StepState::NeedsYou),
        (Step::Logs, StepState::NeedsYou),
        (Step::Config, StepState::NeedsYou),
        (Step::Network, StepState::NeedsYou),
        (Step::Clients, StepState::NeedsYou),
        (Step::Monitor, StepState::NeedsYou),
    ];

    fn at(step: Step, tally: Tally) -> NextAction {
        next_action(Situation {
            incident: IncidentState::Declared,
            step,
            steps: &FRESH,
            tally,
            stable: None,
            moved: false,
            handed_in: false,
            restart: None,
            awaited: 0,
        })
    }

    #[test]
    fn a_step_without_runs_asks_for_them_and_a_running_one_for_patience() {
        assert_eq!(at(Step::Network, Tally::default()), NextAction::RunChecks);
        assert_eq!(at(Step::Network, Tally { all: 4, running: 1, failed: 3, ..Tally::default() }), NextAction::Wait);
    }

    #[test]
    fn what_was_handed_in_since_is_read_first() {
        let incident = IncidentState::Declared;
        let at = |step, tally| {
            next_action(Situation {
                incident,
                step,
                steps: &FRESH,
                tally,
                stable: None,
                moved: false,
                handed_in: true,
                restart: None,
                awaited: 0,
            })
        };
        let fine = Tally { all: 3, fine: 3, ..Tally::default() };
        assert_eq!(at(Step::Confirm, fine), NextAction::RunWithNew);
        assert_eq!(at(Step::Confirm, Tally { running: 1, ..fine }), NextAction::Wait);
        assert_eq!(at(Step::Confirm, Tally::default()), NextAction::RunChecks, "the first round reads it anyway");
        assert_eq!(at(Step::Monitor, fine), NextAction::RunChecks, "nothing of that kind is read there");
    }

    #[test]
    fn what_moved_since_is_looked_at_again() {
        let expected = Tally { all: 3, known: 1, fine: 2, ..Tally::default() };
        let moved = |step, tally| {
            let incident = IncidentState::Declared;
            next_action(Situation {
                incident,
                step,
                steps: &FRESH,
                tally,
                stable: Some(true),
                moved: true,
                handed_in: false,
                restart: None,
                awaited: 0,
            })
        };
        for step in [Step::Confirm, Step::Network, Step::Clients] {
            assert_eq!(moved(step, expected), NextAction::RunAgain, "{step:?}");
        }
        assert_eq!(moved(Step::Network, Tally { running: 1, ..expected }), NextAction::Wait);
        assert_eq!(moved(Step::Monitor, expected), NextAction::Done, "the monitor looks by itself");
    }

    #[test]
    fn while_somebody_restarts_a_node_that_is_what_is_next() {
        let fine = Tally { all: 3, fine: 3, ..Tally::default() };
        let mut steps = FRESH;
        let ask = |incident, steps: &[(Step, StepState)], step, tally, restart| {
            let (stable, moved, handed_in) = (Some(true), true, true);
            next_action(Situation { incident, step, steps, tally, stable, moved, handed_in, restart, awaited: 0 })
        };
        let open = IncidentState::Declared;
        for step in Step::ALL {
            for tally in [Tally::default(), fine] {
                let next = ask(open, &steps, step, tally, Some(Restarting::UnderWay));
                assert_eq!(next, NextAction::AwaitRestart(Restarting::UnderWay), "{step:?}: it moves by itself");
            }
        }
        let running = Tally { running: 1, ..fine };
        assert_eq!(ask(open, &steps, Step::Clients, running, Some(Restarting::Over)), NextAction::Wait);
        for (_, state) in &mut steps {
            *state = StepState::Done;
        }
        let over = Some(Restarting::Over);
        assert_eq!(
            ask(open, &steps, Step::Clients, fine, over),
            NextAction::AwaitRestart(Restarting::Over),
            "nobody closes the incident over it"
        );
        assert_eq!(ask(open, &steps, Step::Clients, fine, None), NextAction::Resolve);
        assert_eq!(ask(IncidentState::Resolved, &steps, Step::Clients, fine, over), NextAction::ReadRecord);
    }

    #[test]
    fn a_failure_answers_the_first_two_steps_and_holds_up_the_repairing_ones() {
        let failed = Tally { all: 3, failed: 1, fine: 2, again: 1, ..Tally::default() };
        for step in [Step::Confirm, Step::Logs] {
            assert_eq!(at(step, failed), NextAction::Done);
            assert_eq!(at(step, Tally { unseen: 1, fine: 1, ..failed }), NextAction::DoneWithExceptions);
        }
        assert_eq!(at(Step::Config, failed), NextAction::RepairAndRerun);
        assert_eq!(at(Step::Network, failed), NextAction::RepairAndRerun);
        // Of a node that is down it is no news, and holds up nothing.
        let known = Tally { all: 3, known: 1, fine: 2, ..Tally::default() };
        assert_eq!(at(Step::Network, known), NextAction::DoneWithExceptions);
        assert_eq!(at(Step::Network, Tally { again: 1, ..known }), NextAction::Done, "and need not be noted");
        let warned = Tally { warned: 1, fine: 1, ..known };
        assert_eq!(at(Step::Network, Tally { again: 1, ..warned }), NextAction::DoneWithExceptions);
    }

    #[test]
    fn clients_that_are_missing_hold_the_step_that_asks_for_them() {
        let at = |step, tally| {
            let (incident, stable, moved, handed_in) = (IncidentState::Declared, None, false, false);
            next_action(Situation {
                incident,
                step,
                steps: &FRESH,
                tally,
                stable,
                moved,
                handed_in,
                restart: None,
                awaited: 2,
            })
        };
        let fine = Tally { all: 3, fine: 3, ..Tally::default() };
        assert_eq!(at(Step::Clients, fine), NextAction::AwaitClients);
        assert_eq!(at(Step::Clients, Tally { warned: 1, fine: 2, ..fine }), NextAction::AwaitClients);
        assert_eq!(at(Step::Clients, Tally { failed: 1, fine: 2, ..fine }), NextAction::RepairAndRerun);
        assert_eq!(at(Step::Clients, Tally { running: 1, ..fine }), NextAction::Wait);
        assert_eq!(at(Step::Clients, Tally::default()), NextAction::RunChecks, "the newest round may see them");
        assert_eq!(at(Step::Network, fine), NextAction::Done, "other steps are open meanwhile");
    }

    #[test]
    fn what_was_not_seen_is_never_plainly_done() {
        let blind = Tally { all: 3, unseen: 3, ..Tally::default() };
        let partly = Tally { all: 3, unseen: 1, fine: 2, ..Tally::default() };
        for step in [Step::Confirm, Step::Logs, Step::Config, Step::Network, Step::Clients] {
            assert_eq!(at(step, blind), NextAction::LookAgain, "{step:?}");
        }
        let late = Tally { all: 3, unseen: 1, fine: 2, cut_off: 1, ..Tally::default() };
        for step in [Step::Confirm, Step::Logs, Step::Config, Step::Network, Step::Clients] {
            assert_eq!(at(step, late), NextAction::LookAgain, "{step:?}");
        }
        let in_part = Tally { all: 3, partly: 3, ..Tally::default() };
        for step in [Step::Config, Step::Network, Step::Clients] {
            assert_eq!(at(step, in_part), NextAction::DoneWithExceptions, "{step:?}");
            assert_eq!(at(step, partly), NextAction::DoneWithExceptions, "{step:?}");
        }
    }

    #[test]
    fn the_monitor_ends_only_when_stable() {
        let sampled = Tally { all: 3, fine: 3, ..Tally::default() };
        let ask = |stable| {
            next_action(Situation {
                incident: IncidentState::Mitigated,
                step: Step::Monitor,
                steps: &FRESH,
                tally: sampled,
                stable,
                moved: false,
                handed_in: false,
                restart: None,
                awaited: 0,
            })
        };
        assert_eq!(ask(Some(true)), NextAction::Done);
        assert_eq!(ask(Some(false)), NextAction::Watch);
        assert_eq!(ask(None), NextAction::RunChecks);
    }

    #[test]
    fn a_decided_step_leads_on_and_the_last_one_resolves() {
        let mut steps = FRESH;
        steps[2].1 = StepState::Skipped;
        let ask = |incident, steps: &[(Step, StepState)]| {
            next_action(Situation {
                incident,
                step: Step::Config,
                steps,
                tally: Tally::default(),
                stable: None,
                moved: false,
                handed_in: false,
                restart: None,
                awaited: 0,
            })
        };
        assert_eq!(ask(IncidentState::Declared, &steps), NextAction::GoTo(Step::Network));
        for (_, state) in &mut steps[2..] {
            *state = StepState::Done;
        }
        assert_eq!(ask(IncidentState::Declared, &steps), NextAction::GoTo(Step::Confirm), "an earlier one is open");
        for (_, state) in &mut steps {
            *state = StepState::Done;
        }
        assert_eq!(ask(IncidentState::Declared, &steps), NextAction::Resolve);
        assert_eq!(ask(IncidentState::Resolved, &steps), NextAction::ReadRecord);
    }
}
