//! Services that nodes do not know alike, and clocks that are off.

use crate::diagnosis::case::{Case, Chain, Rule, Seen, requires};
use crate::domain::code::Code;
use crate::domain::finding::Variant;
use crate::model::ClusterModel;
use crate::model::divergence::{self, Clock, Services};
use crate::model::naming_data::{self, NotLoaded};

/// Services that nodes do not know alike.
#[must_use]
pub fn cases(model: &ClusterModel<'_>) -> Vec<Case> {
    divergence::services(model).and_then(|services| SERVICES.case(model, &services)).into_iter().collect()
}

/// Nodes that have not loaded the naming data of their peers.
#[must_use]
pub fn not_loaded(model: &ClusterModel<'_>) -> Vec<Case> {
    naming_data::not_loaded(model).into_iter().filter_map(|one| NAMING_DATA.case(model, &one)).collect()
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

/// What nodes have of the naming data of their peers.
pub static NAMING_DATA: Chain<NotLoaded> = Chain {
    rules: &[&STILL_LOADING, &NOT_LOADED],
    fill: |model, one, message| message.with("node", model.nodes[one.node].name),
    nodes: |_, one| (Some(one.node), None),
    ..Chain::PLAIN
};

/// What a start that goes well looks like as well.
static STILL_LOADING: Rule<NotLoaded> = Rule::fail(
    Code::DataDiverged,
    &[
        requires("has-no-naming-data", has_no_naming_data),
        requires("started-a-moment-ago", |_, one: &NotLoaded| Seen::of(one.is_young)),
    ],
    |_, _| "finding-data-loading",
)
.advice()
.variant(Variant::NotLoaded);

static NOT_LOADED: Rule<NotLoaded> = Rule::fail(
    Code::DataDiverged,
    &[requires("has-no-naming-data", has_no_naming_data)],
    |_, _| "finding-data-not-loaded",
)
.warn()
.variant(Variant::NotLoaded);

fn has_no_naming_data(_: &ClusterModel<'_>, one: &NotLoaded) -> Seen {
    Seen::Yes(one.evidence.clone())
}

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

#[cfg(test)]
mod tests {
    use crate::world::*;

    #[test]
    fn a_node_without_the_naming_data_of_its_peers_is_not_ready_and_its_database_is_not_the_reason() {
        let mut world = api_only();
        set_view(&mut world, 1, |_, view| {
            view.ready = Some(false);
            let mut answer = http("/nacos/v1/console/health/readiness", Some(500), 4);
            answer.body = "naming not in readiness".to_owned();
            view.readiness = Some(answer);
        });
        assert_eq!(world.codes(), [r#"data.diverged["n2"]"#]);
        let cause = &world.diagnose().causes[0];
        assert_eq!(cause.summary.key, "cause-data-not-loaded");
    }

    #[test]
    fn a_naming_api_that_is_down_for_its_data_is_not_ready_and_for_its_leader_is_not() {
        let mut world = World::new(3);
        let told = |world: &mut World, why: &str| {
            let mut line = hits("C86", None, None, 100, 5, "", "server is DOWNnow, detailed error message");
            for sample in &mut line.samples {
                sample.captures.insert("why".to_owned(), format!("Optional[{why}]"));
            }
            world.logs(1, 1, vec![line]);
            world.stop(1, 1, vec![trace("START", 610, ""), trace("S11", 600, "Nacos started successfully")]);
            world.codes()
        };
        assert_eq!(told(&mut world, "Distro protocol is not initialized"), [r#"data.diverged["n2"]"#]);
        let of_raft = told(&mut world, "No leader for raft group naming_persistent_service_v2");
        assert!(!of_raft.iter().any(|code| code.starts_with("data.diverged")), "{of_raft:?}");
    }

    #[test]
    fn a_node_that_goes_on_without_naming_data_is_told_once_it_had_time_to_load() {
        let mut world = World::new(3);
        let line = || hits("C76", None, None, 100, 5, "", "data storage X has not finished initial step");
        let up = |at_s: i64| {
            vec![trace("START", at_s + 10, ""), trace("S11", at_s, "Nacos started successfully in cluster mode.")]
        };
        world.logs(1, 1, vec![line()]);
        world.stop(1, 1, up(600));
        assert_eq!(world.codes(), [r#"data.diverged["n2"]"#]);
        world.stop(1, 1, up(60));
        assert!(world.codes().is_empty(), "{:?}", world.codes());
        let loaded = hits("C75", None, None, 0, 5, "", "[DISTRO-INIT] load snapshot data success");
        world.logs(1, 1, vec![line(), loaded]);
        world.stop(1, 1, up(600));
        let codes = world.codes();
        assert!(codes.is_empty(), "{codes:?}");
    }
}
