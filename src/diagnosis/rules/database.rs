//! Who reaches which database: if no node does, it is the database; if some do, it is the others or their network.

use crate::diagnosis::case::{Case, Chain, Rule, Seen, excludes, requires};
use crate::domain::code::Code;
use crate::domain::finding::Variant;
use crate::domain::message::Message;
use crate::model::ClusterModel;
use crate::model::databases::{self, Database};

/// Databases that nodes do not reach.
#[must_use]
pub fn cases(model: &ClusterModel<'_>) -> Vec<Case> {
    let missed = databases::databases(model).into_iter().flat_map(Missed::each);
    let missed = missed.filter_map(|missed| CONNECTION.case(model, &missed));
    missed.chain((0..model.nodes.len()).filter_map(|index| GREETING.case(model, &index))).collect()
}

/// A database, and the node that does not reach it.
pub struct Missed {
    database: Database,
    node: Option<usize>,
}

impl Missed {
    /// Of each node by itself where others reach it, else of all in one.
    fn each(database: Database) -> Vec<Self> {
        match (database.shut.as_slice(), database.open.is_empty()) {
            ([], _) => Vec::new(),
            ([one], true) => vec![Self { node: Some(*one), database }],
            (_, true) => vec![Self { node: None, database }],
            (some, false) => some.iter().map(|node| Self { node: Some(*node), database: database.clone() }).collect(),
        }
    }
}

/// The connection to a database.
pub static CONNECTION: Chain<Missed> = Chain {
    rules: &[&FROM_HERE, &FROM_NOWHERE, &FROM_THE_ONLY_ONE],
    fill,
    nodes: |_, missed| (missed.node, None),
    ..Chain::PLAIN
};

/// What a database answers a new connection with.
pub static GREETING: Chain<usize> = Chain { rules: &[&TURNED_AWAY], fill: fill_words, ..Chain::OF_NODE };

static TURNED_AWAY: Rule<usize> = Rule::fail(
    Code::DbRefuses,
    &[requires("database-turns-away", |model: &ClusterModel<'_>, index: &usize| {
        let tried = model.nodes[*index].properties.is_some_and(|seen| !seen.reached.is_empty());
        Seen::lines(databases::turned_away(model, *index)).if_looked(tried)
    })],
    |_, _| "finding-db-refuses-probe",
)
.likely()
.variant(Variant::Connections);

fn fill_words(model: &ClusterModel<'_>, index: &usize, message: Message) -> Message {
    message.with("node", model.nodes[*index].name).with("text", databases::words(model, *index))
}

static FROM_HERE: Rule<Missed> = Rule::fail(
    Code::DbUnreachable,
    &[requires("database-not-reached", not_reached), requires("other-nodes-reach-it", others_reach_it)],
    |_, _| "finding-db-unreachable-from",
)
.likely();

static FROM_NOWHERE: Rule<Missed> = Rule::fail(
    Code::DbUnreachable,
    &[
        requires("database-not-reached", not_reached),
        excludes("other-nodes-reach-it", others_reach_it),
        requires("several-nodes-tried", |_, missed| Seen::of(missed.database.shut.len() > 1)),
    ],
    |_, _| "finding-db-unreachable-all",
)
.likely();

/// It may be the node, its network or the database.
static FROM_THE_ONLY_ONE: Rule<Missed> = Rule::fail(
    Code::DbUnreachable,
    &[requires("database-not-reached", not_reached), excludes("other-nodes-reach-it", others_reach_it)],
    |_, _| "finding-db-unreachable-one",
)
.warn()
.likely();

fn not_reached(_: &ClusterModel<'_>, missed: &Missed) -> Seen {
    if missed.database.shut.is_empty() { Seen::No } else { Seen::Yes(missed.database.evidence.clone()) }
}

fn others_reach_it(_: &ClusterModel<'_>, missed: &Missed) -> Seen {
    let all_told = missed.database.untried.is_empty() && missed.database.silent.is_empty();
    Seen::of(!missed.database.open.is_empty()).if_looked(all_told)
}

fn fill(model: &ClusterModel<'_>, missed: &Missed, message: Message) -> Message {
    let Missed { database, node } = missed;
    let name = |index: &usize| model.nodes[*index].name.to_string();
    let names = |nodes: &[usize]| nodes.iter().map(name).collect::<Vec<_>>().join(", ");
    let message = message
        .with("target", &database.target)
        .with("nodes", names(&database.shut))
        .with("others", names(&database.open));
    match node.filter(|_| !database.open.is_empty()) {
        Some(node) => message.with("node", name(&node)),
        None => message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::cluster::{Cluster, FileSource, NodeSpec};
    use crate::domain::finding::Outcome;
    use crate::domain::id::{ClusterId, NodeName};
    use crate::domain::incident::WINDOW_MS;
    use crate::domain::observed::{DatabaseReached, Observations, Observed, PortResult};
    use crate::domain::time::Timestamp;
    use crate::nacos::properties::{Inputs, SecretHasher, effective};

    type Found = Vec<(Outcome, Option<usize>, String)>;

    /// What is found where the connections of the nodes to one database ended like this, by the number of the node; and
    /// the numbers of the nodes that could not try.
    fn found(results: &[Option<PortResult>]) -> (Found, Vec<usize>) {
        let mut observations = Observations::default();
        let specs: Vec<NodeSpec> = (1..=results.len())
            .map(|number| NodeSpec { name: NodeName(format!("n{number}")), api: None, files: FileSource::None })
            .collect();
        for (spec, result) in specs.iter().zip(results) {
            let file = Some(b"db.url.0=jdbc:mysql://db/nacos\n".as_slice());
            let mut seen = effective(&Inputs::of_file(file, SecretHasher::new(b"key")));
            let target = "db:3306".to_owned();
            seen.reached =
                vec![DatabaseReached { target, result: *result, tries: (1, 0), detail: None, refusal: None }];
            observations.put("config.properties", spec.name.clone(), Observed::Properties(seen));
        }
        let cluster = Cluster {
            id: ClusterId(1),
            name: "c".to_owned(),
            nodes: specs,
            node_deadline_ms: 3000,
            doors: Vec::new(),
            accept_unseen: Vec::new(),
            on_silence: None,
        };
        let model = ClusterModel::build(&cluster, &observations, Timestamp::from_millis(0), WINDOW_MS);
        let cases = cases(&model).into_iter().map(|case| {
            assert_eq!(case.code, Code::DbUnreachable);
            (case.outcome, case.node.map(|index| index + 1), case.summary.key)
        });
        let untried = databases::databases(&model).into_iter().flat_map(|one| one.untried);
        (cases.collect(), untried.map(|index| index + 1).collect())
    }

    #[test]
    fn where_the_database_is_reached_from_says_what_is_broken() {
        let (open, shut) = (Some(PortResult::Open), Some(PortResult::Timeout));
        assert_eq!(found(&[open, open, open]), (Vec::new(), Vec::new()));
        let one = |outcome, node, key: &str| vec![(outcome, node, key.to_owned())];
        let from = one(Outcome::Fail, Some(2), "finding-db-unreachable-from");
        assert_eq!(found(&[open, shut, open]), (from, Vec::new()));
        let all = one(Outcome::Fail, None, "finding-db-unreachable-all");
        assert_eq!(found(&[shut, shut, None]), (all, vec![3]));
        let only = one(Outcome::Warn, Some(1), "finding-db-unreachable-one");
        assert_eq!(found(&[shut, None, None]), (only, vec![2, 3]));
        assert_eq!(found(&[None, None, None]), (Vec::new(), vec![1, 2, 3]));
    }
}

#[cfg(test)]
mod verdict_tests;
