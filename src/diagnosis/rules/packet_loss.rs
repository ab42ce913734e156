//! Packets that get lost between the nodes and on the way to them.

use crate::diagnosis::case::{Case, Chain, Rule, Seen, excludes, likely, requires};
use crate::domain::code::Code;
use crate::model::links::packet_loss::{Loss, lossy};
use crate::model::{ClusterModel, pauses, reliability};

/// The cases of all nodes that the loss touches.
#[must_use]
pub fn cases(model: &ClusterModel<'_>) -> Vec<Case> {
    let Some(loss) = lossy(model) else { return Vec::new() };
    let case = LOSS.case(model, &loss);
    case.iter().flat_map(|case| loss.nodes.iter().map(|node| Case { node: Some(*node), ..case.clone() })).collect()
}

/// What ports mean that answer some tries and not others.
pub static LOSS: Chain<Loss> = Chain {
    rules: &[&PACKETS_ARE_LOST],
    fill: |model, loss, message| {
        message
            .with("nodes", model.names(&loss.nodes))
            .with("lost", loss.lost)
            .with("tries", loss.tries)
            .with("ports", loss.mixed)
    },
    ..Chain::PLAIN
};

static PACKETS_ARE_LOST: Rule<Loss> = Rule::fail(
    Code::NetLossy,
    &[
        requires("ports-answer-some-tries", |_, loss: &Loss| Seen::lines(loss.evidence.clone())),
        requires("many-ports-or-late-answers", |model, loss: &Loss| {
            let late = |node: &usize| pauses::answers_late(model, *node).is_some();
            Seen::of(loss.is_on_many() || loss.nodes.iter().any(late))
        }),
        likely("many-ports-answer-some-tries", |_, loss: &Loss| Seen::of(loss.is_on_many())),
        excludes("answers-come-late-here", |model, _| Seen::of(reliability::slow_here(model))),
    ],
    |_, _| "finding-net-lossy",
)
.warn()
.possible();

#[cfg(test)]
mod tests;
