//! Services that nodes do not know alike, and clocks that are off.

use crate::diagnosis::case::{Case, Chain, Rule, Seen, requires};
use crate::domain::code::Code;
use crate::model::ClusterModel;
use crate::model::divergence::{self, Clock, Services};

/// Services that nodes do not know alike.
#[must_use]
pub fn cases(model: &ClusterModel<'_>) -> Vec<Case> {
    divergence::services(model).and_then(|services| SERVICES.case(model, &services)).into_iter().collect()
}

/// Nodes whose clock is off.
#[must_use]
pub fn clocks(model: &ClusterModel<'_>) -> Vec<Case> {
    divergence::clocks(model).into_iter().filter_map(|clock| CLOCKS.case(model, &clock)).collect()
}

/// What nodes know of the services.
pub static SERVICES: Chain<Services> = Chain {
    rules: &[&DIVERGED],
    fill: |_, services, message| {
        let shown = services.names.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
        message.with("count", services.names.len()).with("services", shown)
    },
    ..Chain::PLAIN
};

static DIVERGED: Rule<Services> = Rule::fail(
    Code::DataDiverged,
    &[requires("instances-differ", |_, services: &Services| Seen::lines(services.evidence.clone()))],
    |_, _| "finding-data-diverged",
)
.warn()
.likely();

/// The clock of a node.
pub static CLOCKS: Chain<Clock> = Chain {
    rules: &[&SKEWED],
    fill: |model, clock, message| {
        message.with("node", model.nodes[clock.node].name).with("seconds", clock.ahead_ms / 1000)
    },
    nodes: |_, clock| (Some(clock.node), None),
    ..Chain::PLAIN
};

static SKEWED: Rule<Clock> = Rule::fail(
    Code::ClockSkew,
    &[requires("clock-is-off", |_, clock: &Clock| Seen::lines(clock.evidence.clone()))],
    |_, _| "finding-clock-skew",
)
.warn();
