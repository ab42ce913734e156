//! The rules: each family in a file, as tables of conditions ([`super::case`]) with their tests beside them.
//!
//! # To add a code
//! An entry of [`Code`] and of [`super::causes`], a rule in the table of its family, its texts in both languages.
//!
//! # Why
//! A family is judged once for each model and read by every check that shows it and by the families that rest on it. It is judged
//! when it is first asked for, so that a rule that hostile evidence breaks takes nothing with it but its family and what rests on that.

pub mod alive;
pub mod client_losses;
pub mod clients;
pub mod config;
pub mod data;
pub mod database;
pub mod disk;
pub mod hung;
pub mod limits;
mod link_conditions;
pub mod links;
pub mod load_balancers;
pub mod logs;
pub mod members;
pub mod memory;
pub mod names;
mod of_node;
pub mod own_files;
pub mod packet_loss;
mod ports;
pub mod raft;
pub mod starting;
pub mod stopped;
mod told;

use std::sync::OnceLock;

use self::links::LinkCase;
use super::case::{Case, List, Listed};
use crate::domain::code::Code;
use crate::model::ClusterModel;

/// The cases of one model, family by family.
#[derive(Debug, Default)]
pub struct Cases {
    stopped: OnceLock<Vec<Case>>,
    links: OnceLock<Vec<LinkCase>>,
    packet_loss: OnceLock<Vec<Case>>,
    names: OnceLock<Vec<Case>>,
    second_starts: OnceLock<Vec<Case>>,
    alive: OnceLock<Vec<Case>>,
    gauges: OnceLock<Vec<Case>>,
    logs: OnceLock<Vec<Case>>,
    settings: OnceLock<Vec<Case>>,
    member_files: OnceLock<Vec<Case>>,
    leaderless: OnceLock<Vec<Case>>,
    majority: OnceLock<Vec<Case>>,
    raft: OnceLock<Vec<Case>>,
    members: OnceLock<Vec<Case>>,
    member_states: OnceLock<Vec<Case>>,
    config: OnceLock<Vec<Case>>,
    rejected: OnceLock<Vec<Case>>,
    databases: OnceLock<Vec<Case>>,
    clients: OnceLock<Vec<Case>>,
    data: OnceLock<Vec<Case>>,
    naming_data: OnceLock<Vec<Case>>,
    clocks: OnceLock<Vec<Case>>,
    load_balancers: OnceLock<Vec<Case>>,
}

impl Cases {
    /// Nodes that do not serve, and those that go down again and again: of each node the latter first.
    pub fn stopped(&self, model: &ClusterModel<'_>) -> &[Case] {
        self.stopped.get_or_init(|| stopped::cases(model))
    }

    /// Starts that failed beside the process that serves.
    pub fn second_starts(&self, model: &ClusterModel<'_>) -> &[Case] {
        self.second_starts.get_or_init(|| own_files::second_starts(model))
    }

    /// What the logs of nodes that run say of themselves.
    pub fn alive(&self, model: &ClusterModel<'_>) -> &[Case] {
        self.alive.get_or_init(|| alive::cases(model))
    }

    /// What the gauges of nodes that run say of themselves.
    pub fn gauges(&self, model: &ClusterModel<'_>) -> &[Case] {
        self.gauges.get_or_init(|| alive::cases_of_gauges(model))
    }

    /// Lines that no other rule rests on.
    pub fn logs(&self, model: &ClusterModel<'_>) -> &[Case] {
        self.logs.get_or_init(|| {
            let links = self.links(model).iter().flat_map(|link| &link.case.evidence);
            let others = [
                self.leaderless(model),
                self.alive(model),
                self.rejected(model),
                self.members(model),
                self.names(model),
                self.naming_data(model),
            ];
            let others = others.into_iter().flatten().flat_map(|case| &case.evidence);
            logs::cases(model, &links.chain(others).collect::<Vec<_>>())
        })
    }

    /// What the settings of each node are by themselves.
    pub fn settings(&self, model: &ClusterModel<'_>) -> &[Case] {
        self.settings.get_or_init(|| own_files::cases_of_settings(model))
    }

    /// What the lines of each `cluster.conf` are by themselves.
    pub fn member_files(&self, model: &ClusterModel<'_>) -> &[Case] {
        self.member_files.get_or_init(|| own_files::cases_of_member_files(model))
    }

    /// Why that node does not serve.
    pub fn why_down(&self, model: &ClusterModel<'_>, index: usize) -> Option<&Case> {
        self.stopped(model).iter().find(|case| case.node == Some(index) && case.code != Code::NodeFlapping)
    }

    /// Links between nodes that run.
    pub fn links(&self, model: &ClusterModel<'_>) -> &[LinkCase] {
        self.links.get_or_init(|| links::cases(model))
    }

    /// Nodes that lost packets touch.
    pub fn packet_loss(&self, model: &ClusterModel<'_>) -> &[Case] {
        self.packet_loss.get_or_init(|| packet_loss::cases(model))
    }

    /// Names of members that do not resolve as they should.
    pub fn names(&self, model: &ClusterModel<'_>) -> &[Case] {
        self.names.get_or_init(|| names::cases(model))
    }

    /// Raft groups without a leader, or that nodes do not run.
    pub fn leaderless(&self, model: &ClusterModel<'_>) -> &[Case] {
        self.leaderless.get_or_init(|| raft::leaderless(model))
    }

    /// A majority that is lost.
    pub fn majority(&self, model: &ClusterModel<'_>) -> &[Case] {
        self.majority.get_or_init(|| raft::majority(model, self.stopped(model)))
    }

    /// Nodes on which a Raft group does not work, that follow an older term, or that say that they are not ready.
    pub fn raft(&self, model: &ClusterModel<'_>) -> &[Case] {
        self.raft.get_or_init(|| raft::cases(model))
    }

    /// What is wrong with member files, member lists and voters.
    pub fn members(&self, model: &ClusterModel<'_>) -> &[Case] {
        self.members.get_or_init(|| members::cases(model))
    }

    /// Running nodes that others call down.
    pub fn member_states(&self, model: &ClusterModel<'_>) -> &[Case] {
        self.member_states.get_or_init(|| members::states(model))
    }

    /// Settings and versions that are not those of most nodes.
    pub fn config(&self, model: &ClusterModel<'_>) -> &[Case] {
        self.config.get_or_init(|| config::cases(model))
    }

    /// Nodes that peers refuse for their identity.
    pub fn rejected(&self, model: &ClusterModel<'_>) -> &[Case] {
        self.rejected.get_or_init(|| config::rejected(model))
    }

    /// Databases that nodes do not reach.
    pub fn databases(&self, model: &ClusterModel<'_>) -> &[Case] {
        self.databases.get_or_init(|| database::cases(model))
    }

    /// Clients that are not back, or sit on too few nodes.
    pub fn clients(&self, model: &ClusterModel<'_>) -> &[Case] {
        self.clients.get_or_init(|| clients::cases(model))
    }

    /// Services that nodes do not know alike.
    pub fn data(&self, model: &ClusterModel<'_>) -> &[Case] {
        self.data.get_or_init(|| data::cases(model))
    }

    /// Nodes that have not loaded the naming data of their peers.
    pub fn naming_data(&self, model: &ClusterModel<'_>) -> &[Case] {
        self.naming_data.get_or_init(|| data::not_loaded(model))
    }

    /// Nodes whose clock is off.
    pub fn clocks(&self, model: &ClusterModel<'_>) -> &[Case] {
        self.clocks.get_or_init(|| data::clocks(model))
    }

    /// What front doors do wrong.
    pub fn load_balancers(&self, model: &ClusterModel<'_>) -> &[Case] {
        self.load_balancers.get_or_init(|| load_balancers::cases(model))
    }
}

/// Every chain of rules.
static CHAINS: &[&dyn List] = &[
    &stopped::FLAPPING,
    &stopped::WHY_DOWN,
    &links::LINKS,
    &packet_loss::LOSS,
    &names::UNRESOLVED,
    &names::DIFFERING,
    &names::UNRESOLVED_HERE,
    &names::LOOKUPS,
    &alive::BY_LOGS,
    &alive::BY_GAUGES,
    &limits::PAUSED,
    &logs::UNKNOWN_ERRORS,
    &logs::KNOWN_ERRORS,
    &logs::NEW_SHAPES,
    &logs::LEFT_OUT,
    &logs::REQUESTS,
    &logs::LAST_WORDS,
    &own_files::SETTINGS,
    &own_files::WEAK_VERSION,
    &own_files::SET_TWICE,
    &own_files::MEMBER_LINE,
    &own_files::WRITTEN_FROM,
    &own_files::SECOND_START,
    &raft::NO_LEADER,
    &raft::MAJORITY,
    &raft::GROUP_ERRORS,
    &raft::TERMS,
    &raft::NOT_RUN,
    &raft::READINESS,
    &members::FILES,
    &members::NOT_LISTED,
    &members::PORTS,
    &members::OWN_ADDRESS,
    &members::SHARED_ADDRESS,
    &members::OUTSIDERS,
    &members::LISTS,
    &members::OWN_VOTE,
    &members::VOTERS,
    &members::STATES,
    &config::SETTINGS,
    &config::FILE,
    &config::VERSIONS,
    &config::ALONE,
    &config::IDENTITY,
    &database::CONNECTION,
    &database::GREETING,
    &clients::RETURN,
    &clients::GONE,
    &clients::BY_NAME,
    &clients::EMPTY,
    &clients::SPREAD,
    &clients::APPS,
    &clients::BY_LOG,
    &client_losses::IN_WAVES,
    &client_losses::LEFT,
    &data::SERVICES,
    &data::NAMING_DATA,
    &data::CLOCKS,
    &load_balancers::REQUESTS,
    &load_balancers::GRPC,
    &load_balancers::IN_PLACE_OF_GRPC,
];

/// Every rule, chain by chain.
#[must_use]
pub fn list() -> Vec<Listed> {
    CHAINS.iter().flat_map(|chain| chain.list()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_rule_with_conditions() {
        let rules = list();
        for code in Code::ALL.iter().filter(|code| **code != Code::None) {
            let of_code: Vec<&Listed> = rules.iter().filter(|rule| rule.code == *code).collect();
            assert!(!of_code.is_empty(), "no rule ends with {code}");
            assert!(of_code.iter().all(|rule| !rule.conditions.is_empty()), "{code}");
        }
    }

    /// A rule that asks the same twice would show it twice.
    #[test]
    fn no_rule_asks_twice() {
        for rule in list() {
            let mut ids: Vec<&str> = rule.conditions.iter().map(|(id, _)| *id).collect();
            ids.sort_unstable();
            let asked = ids.len();
            ids.dedup();
            assert_eq!(ids.len(), asked, "{}: {:?}", rule.code, rule.conditions);
        }
    }
}
