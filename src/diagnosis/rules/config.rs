//! Settings, versions and identities that are not those of the other nodes.

use super::of_node::RUNS;
use crate::diagnosis::case::{Case, Chain, Rule, Seen, about, excludes, requires};
use crate::domain::code::Code;
use crate::domain::finding::Variant;
use crate::model::tables::settings::{self, Area, Difference, Kind, OtherVersion};
use crate::model::{ClusterModel, own_settings, peer_connections, peer_errors};

/// Settings and versions of nodes that are not like most, and nodes that run on their own.
#[must_use]
pub fn cases(model: &ClusterModel<'_>) -> Vec<Case> {
    let settings = settings::differences(model).into_iter().filter_map(|one| SETTINGS.case(model, &one));
    let versions = settings::other_versions(model).into_iter().filter_map(|one| VERSIONS.case(model, &one));
    let alone = (0..model.nodes.len()).filter_map(|index| ALONE.case(model, &index));
    let bare = (0..model.nodes.len()).filter_map(|index| FILE.case(model, &index));
    settings.chain(versions).chain(alone).chain(bare).collect()
}

/// Nodes that peers refuse for their identity.
#[must_use]
pub fn rejected(model: &ClusterModel<'_>) -> Vec<Case> {
    (0..model.nodes.len()).filter_map(|index| IDENTITY.case(model, &index)).collect()
}

/// Settings of one area that differ from those of most nodes.
pub static SETTINGS: Chain<Difference> = Chain {
    rules: &[
        &OTHER_DATABASE,
        &OTHER_CONNECTION,
        &OTHER_IDENTITY,
        &OTHER_PEER_TLS,
        &OTHER_CLIENT_TLS,
        &OTHER_FLAG,
        &OTHER_LINE,
        &OTHER_HEAP,
        &OTHER_PROPERTY,
    ],
    fill: |model, one, message| message.with("node", model.nodes[one.node].name).with("keys", one.keys.join(", ")),
    nodes: |_, one| (Some(one.node), None),
    ..Chain::PLAIN
};

static OTHER_DATABASE: Rule<Difference> = Rule::fail(
    Code::ConfigDbDrift,
    &[
        about("settings-of-the-database", of_the_database),
        requires("settings-differ", settings_differ),
        requires("leads-to-another-database", |_, one| Seen::of(one.kinds.contains(&Kind::Database))),
    ],
    |_, _| "finding-config-db-drift",
);

/// Other connection parameters still lead to the same database.
static OTHER_CONNECTION: Rule<Difference> = Rule::fail(
    Code::ConfigDbDrift,
    &[about("settings-of-the-database", of_the_database), requires("settings-differ", settings_differ)],
    |_, _| "finding-config-db-drift",
)
.advice();

static OTHER_IDENTITY: Rule<Difference> = Rule::fail(
    Code::ConfigAuthDrift,
    &[
        about("settings-of-authentication", |_, one| Seen::of(one.area == Area::Identity)),
        requires("settings-differ", settings_differ),
    ],
    |_, _| "finding-config-auth-drift",
);

/// A node that speaks TLS to peers that do not, or the other way round: gRPC fails between them in one direction at least.
static OTHER_PEER_TLS: Rule<Difference> = Rule::fail(
    Code::ConfigPropertiesDrift,
    &[
        about("settings-of-tls", of_tls),
        requires("settings-differ", settings_differ),
        requires("tls-between-nodes", |_, one| Seen::of(one.kinds.contains(&Kind::PeerTls))),
    ],
    |_, _| "finding-config-tls-peers",
)
.variant(Variant::PeerTls);

static OTHER_CLIENT_TLS: Rule<Difference> = Rule::fail(
    Code::ConfigPropertiesDrift,
    &[about("settings-of-tls", of_tls), requires("settings-differ", settings_differ)],
    |_, _| "finding-config-tls-clients",
)
.warn()
.variant(Variant::ClientTls);

fn of_tls(_: &ClusterModel<'_>, one: &Difference) -> Seen {
    Seen::of(one.area == Area::Tls)
}

static OTHER_FLAG: Rule<Difference> = Rule::fail(
    Code::ConfigFlagsDrift,
    &[
        about("settings-of-the-mode", of_the_mode),
        requires("settings-differ", settings_differ),
        requires("started-differently", |_, one| Seen::of(one.kinds.contains(&Kind::Flag))),
    ],
    |_, _| "finding-config-flags-drift",
);

static OTHER_LINE: Rule<Difference> = Rule::fail(
    Code::ConfigFlagsDrift,
    &[
        about("settings-of-the-mode", of_the_mode),
        requires("settings-differ", settings_differ),
        requires("the-file-differs", |_, one| Seen::of(one.kinds.contains(&Kind::Line))),
    ],
    |_, _| "finding-config-flags-drift",
)
.warn();

/// Nodes with less memory than others work.
static OTHER_HEAP: Rule<Difference> = Rule::fail(
    Code::ConfigFlagsDrift,
    &[about("settings-of-the-mode", of_the_mode), requires("settings-differ", settings_differ)],
    |_, _| "finding-config-flags-drift",
)
.advice();

static OTHER_PROPERTY: Rule<Difference> = Rule::fail(
    Code::ConfigPropertiesDrift,
    &[requires("settings-differ", settings_differ)],
    |_, _| "finding-config-properties-drift",
)
.warn();

fn settings_differ(_: &ClusterModel<'_>, one: &Difference) -> Seen {
    Seen::Yes(one.evidence.clone())
}

fn of_the_database(_: &ClusterModel<'_>, one: &Difference) -> Seen {
    Seen::of(one.area == Area::Database)
}

fn of_the_mode(_: &ClusterModel<'_>, one: &Difference) -> Seen {
    Seen::of(one.area == Area::Mode)
}

/// Whether there is a settings file at all.
pub static FILE: Chain<usize> = Chain { rules: &[&NO_FILE], ..Chain::OF_NODE };

/// Its settings may come from its environment or from another place.
static NO_FILE: Rule<usize> = Rule::fail(
    Code::ConfigPropertiesDrift,
    &[requires("settings-file-absent", |model: &ClusterModel<'_>, index: &usize| {
        let looked = model.nodes[*index].stop.is_some_and(|stop| stop.files_live);
        Seen::lines(settings::without_a_file(model, *index)).if_looked(looked)
    })],
    |_, _| "finding-config-properties-absent",
)
.warn()
.likely()
.variant(Variant::NoSettingsFile);

/// Versions of nodes.
pub static VERSIONS: Chain<OtherVersion> = Chain {
    rules: &[&OTHER_VERSION],
    fill: |model, one, message| message.with("node", model.nodes[one.node].name).with("versions", &one.versions),
    nodes: |_, one| (Some(one.node), None),
    ..Chain::PLAIN
};

static OTHER_VERSION: Rule<OtherVersion> = Rule::fail(
    Code::ConfigVersionMixed,
    &[requires("runs-another-version", |_, one: &OtherVersion| Seen::lines(one.evidence.clone()))],
    |_, _| "finding-config-version-mixed",
)
.warn();

/// A node of several that runs on its own: it looks healthy, uses the same database, and never joins.
pub static ALONE: Chain<usize> =
    Chain { rules: &[&ALL_STANDALONE, &STANDALONE, &CONNECTED_TO_NOBODY, &MODE_OF_1X], ..Chain::OF_NODE };

/// No node is unlike the others, and none of them is in a cluster.
static ALL_STANDALONE: Rule<usize> = Rule::fail(
    Code::ConfigMode,
    &[
        about("one-of-several-nodes", |model, _| Seen::of(model.nodes.len() > 1)),
        // Servers whose files name each of them alone are no cluster on purpose.
        requires("members-are-several", |model, _| {
            let mut files = model.nodes.iter().filter_map(|node| node.conf).filter(|conf| conf.present).peekable();
            Seen::of(files.peek().is_none() || files.any(|conf| conf.members.len() > 1))
        }),
        requires("all-run-standalone", |model, index| {
            let alone = |index: usize| !settings::runs_alone(model, index).is_empty();
            let all = (0..model.nodes.len()).all(alone);
            Seen::lines(if all { settings::runs_alone(model, *index) } else { Vec::new() })
        }),
    ],
    |_, _| "finding-config-mode-standalone",
);

static STANDALONE: Rule<usize> = Rule::fail(
    Code::ConfigFlagsDrift,
    &[
        about("one-of-several-nodes", |model, _| Seen::of(model.nodes.len() > 1)),
        requires("runs-standalone", |model, index| {
            let node = &model.nodes[*index];
            Seen::lines(settings::runs_alone(model, *index)).if_looked(node.view.is_some() || node.stop.is_some())
        }),
    ],
    |_, _| "finding-config-standalone",
);

/// An upgrade from 1.x that never ended: data is written twice, and nodes that have switched hand out other lists.
static MODE_OF_1X: Rule<usize> = Rule::fail(
    Code::ConfigMode,
    &[
        RUNS,
        requires("works-in-1x-mode", |model, index| {
            let looked = model.nodes[*index].logs.is_some();
            Seen::lines(own_settings::in_1x_mode(model, *index)).if_looked(looked)
        }),
    ],
    |_, _| "finding-config-mode-1x",
)
.warn()
.likely()
.variant(Variant::ModeOf1x);

/// No node says how it runs, and each counts no connection of another: so do nodes that run on their own.
static CONNECTED_TO_NOBODY: Rule<usize> = Rule::fail(
    Code::ConfigMode,
    &[
        about("one-of-several-nodes", |model, _| Seen::of(model.nodes.len() > 1)),
        RUNS,
        requires("no-node-counts-a-peer", |model, _| Seen::lines(peer_connections::nobody_is_connected(model))),
        excludes("a-link-fails", |model, _| Seen::of(!model.links.patterns.is_empty())),
    ],
    |_, _| "finding-config-mode-connections",
)
.likely()
.variant(Variant::NoConnections);

/// A node that peers refuse for its identity: it runs and says ready, and is DOWN for them.
pub static IDENTITY: Chain<usize> = Chain { rules: &[&REJECTED], ..Chain::OF_NODE };

static REJECTED: Rule<usize> = Rule::fail(
    Code::ConfigAuthDrift,
    &[
        RUNS,
        requires("identity-is-refused", |model, index| {
            Seen::lines(peer_errors::identity_refused(model, *index)).if_looked(model.nodes[*index].logs.is_some())
        }),
    ],
    |_, _| "finding-config-auth-rejected",
);

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::cluster::{Cluster, FileSource, NodeSpec};
    use crate::domain::finding::Outcome;
    use crate::domain::id::{ClusterId, NodeName};
    use crate::domain::incident::WINDOW_MS;
    use crate::domain::observed::{Observations, Observed};
    use crate::domain::time::Timestamp;
    use crate::nacos::cmdline::CommandLine;
    use crate::nacos::properties::{Inputs, SecretHasher, effective};
    use crate::nacos::start_options::StartWords;

    /// One node: its file, what it was started with, its environment.
    #[derive(Clone, Default)]
    struct Node<'a> {
        file: &'a str,
        command: Option<&'a [&'a str]>,
        env: Option<&'a [(&'a str, &'a str)]>,
        /// What somebody handed in of it.
        variables: Option<&'a [(&'a str, &'a str)]>,
        words: StartWords,
    }

    /// What is found, how bad it is, and the number of the node.
    fn found(nodes: &[Node<'_>]) -> Vec<(Code, Outcome, Option<usize>)> {
        let mut observations = Observations::default();
        let specs: Vec<NodeSpec> = (1..=nodes.len())
            .map(|number| NodeSpec { name: NodeName(format!("n{number}")), api: None, files: FileSource::None })
            .collect();
        for (spec, node) in specs.iter().zip(nodes) {
            let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
                pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
            };
            let (env, variables) = (node.env.map(map), node.variables.map(map));
            let command = node.command.map(CommandLine::from_args);
            let seen = effective(&Inputs {
                file: Some(node.file.as_bytes()),
                env: env.as_ref(),
                variables: variables.as_ref(),
                words: node.words.clone(),
                command: command.as_ref().map(|command| (command, "process")),
                hasher: SecretHasher::new(b"key"),
            });
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
        cases(&model).iter().map(|case| (case.code, case.outcome, case.node.map(|index| index + 1))).collect()
    }

    #[test]
    fn an_unknown_value_is_no_difference() {
        let known = Node { file: "db.url.0=jdbc:mysql://db/nacos\n", ..Node::default() };
        let unknown = Node { file: "db.url.0=jdbc:mysql://${MYSQL_SERVICE_HOST}:3306/nacos\n", ..Node::default() };
        assert_eq!(found(&[known.clone(), unknown.clone(), known.clone()]), []);
        let env: &[(&str, &str)] = &[("MYSQL_SERVICE_HOST", "other")];
        let other = Node { env: Some(env), ..unknown };
        assert_eq!(found(&[known.clone(), other, known]), [(Code::ConfigDbDrift, Outcome::Fail, Some(2))]);
    }

    #[test]
    fn the_mode_of_a_container_is_in_its_environment() {
        let alone: &[(&str, &str)] = &[("MODE", "standalone"), ("NACOS_AUTH_ENABLE", "true")];
        let joins: &[(&str, &str)] = &[("MODE", "cluster")];
        let file = "nacos.core.auth.enabled=${NACOS_AUTH_ENABLE:false}\n";
        let alone = Node { file, variables: Some(alone), ..Node::default() };
        let joins = Node { file, variables: Some(joins), ..Node::default() };
        let bare = Node { file, ..Node::default() };
        let modes = |nodes: &[Node<'_>]| {
            let mut found: Vec<(Code, Option<usize>)> =
                found(nodes).into_iter().map(|(code, _, node)| (code, node)).collect();
            found.dedup();
            found.sort();
            found.dedup();
            found
        };
        let all = [1, 2, 3].map(|node| (Code::ConfigMode, Some(node)));
        assert_eq!(modes(&[alone.clone(), alone.clone(), alone.clone()]), all);
        let two = [1, 3].map(|node| (Code::ConfigFlagsDrift, Some(node)));
        assert_eq!(modes(&[alone.clone(), joins.clone(), alone.clone()]), two);
        assert_eq!(modes(&[bare.clone(), bare, alone.clone()]), [(Code::ConfigFlagsDrift, Some(3))]);
        // What a node was started with outweighs what somebody says of its container.
        let command: &[&str] = &["java", "-jar", "nacos-server.jar"];
        let started = Node { command: Some(command), ..alone };
        assert_eq!(modes(&[started.clone(), started.clone(), started]), []);
        let words = StartWords { options: None, mode: Some("standalone") };
        let banner = Node { file, words, ..Node::default() };
        assert_eq!(modes(&[banner.clone(), banner.clone(), banner]), all);
    }

    #[test]
    fn other_parameters_of_the_same_database_are_only_worth_telling() {
        let one = Node { file: "db.url.0=jdbc:mysql://db:3306/nacos?a=1\n", ..Node::default() };
        let other = Node { file: "db.url.0=jdbc:mysql://db:3306/nacos?a=2\n", ..Node::default() };
        assert_eq!(found(&[one.clone(), one, other]), [(Code::ConfigDbDrift, Outcome::Advice, Some(3))]);
    }

    #[test]
    fn what_one_process_was_given_may_be_given_to_one_that_is_not_seen() {
        let command: &[&str] = &["java", "-Dnacos.core.auth.enabled=true"];
        let file = "nacos.core.auth.enabled=false\n";
        let given = Node { file, command: Some(command), ..Node::default() };
        let stopped = Node { file, ..Node::default() };
        assert_eq!(found(&[given.clone(), given.clone(), stopped]), []);
        let bare: &[&str] = &["java"];
        let without = Node { file, command: Some(bare), ..Node::default() };
        assert_eq!(found(&[given.clone(), given, without]), [(Code::ConfigAuthDrift, Outcome::Fail, Some(3))]);
    }
}

#[cfg(test)]
mod verdict_tests;
