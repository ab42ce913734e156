//! Settings of several nodes side by side.

use super::*;
use crate::domain::cluster::{Cluster, FileSource, NodeSpec};
use crate::domain::id::ClusterId;
use crate::domain::incident::WINDOW_MS;
use crate::domain::observed::{Observations, Observed};
use crate::domain::time::Timestamp;
use crate::model::ClusterModel;
use crate::nacos::cmdline::CommandLine;
use crate::nacos::properties::{Inputs, SecretHasher, effective};

const DB: &str = "db:3306";

/// One node: its file, what it was started with, its environment, and how a connection to its database ended.
#[derive(Clone, Default)]
struct Node<'a> {
    file: &'a str,
    command: Option<&'a [&'a str]>,
    env: Option<&'a [(&'a str, &'a str)]>,
    reached: Option<Option<PortResult>>,
}

fn judged(nodes: &[Node<'_>]) -> Judgement {
    let mut observations = Observations::default();
    let specs: Vec<NodeSpec> = (1..=nodes.len())
        .map(|number| NodeSpec { name: NodeName(format!("n{number}")), api: None, files: FileSource::None })
        .collect();
    for (spec, node) in specs.iter().zip(nodes) {
        let env = node.env.map(|env| env.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect());
        let command = node.command.map(CommandLine::from_args);
        let mut seen = effective(&Inputs {
            file: Some(node.file.as_bytes()),
            env: env.as_ref(),
            command: command.as_ref().map(|command| (command, "process")),
            hasher: SecretHasher::new(b"key"),
        });
        seen.reached = node
            .reached
            .map(|result| DatabaseReached { target: DB.to_owned(), result, tries: (1, 0), detail: None })
            .into_iter()
            .collect();
        observations.put("config.properties", spec.name.clone(), Observed::Properties(seen));
    }
    let cluster =
        Cluster { id: ClusterId(1), name: "c".to_owned(), nodes: specs, node_deadline_ms: 3000, doors: Vec::new() };
    let at = Timestamp::from_millis(0);
    let model = ClusterModel::build(&cluster, &observations, at, WINDOW_MS);
    judge(None, &JudgeContext { model: &model, suspect: None })
}

fn said(judgement: &Judgement) -> Vec<(Code, Outcome, Option<String>, String)> {
    let one = |finding: &crate::domain::finding::Finding| {
        let node = finding.node.as_ref().map(ToString::to_string);
        (finding.code, finding.outcome, node, finding.summary.key.to_string())
    };
    judgement.findings.iter().map(one).collect()
}

#[test]
fn an_unknown_value_is_no_difference() {
    let known = Node { file: "db.url.0=jdbc:mysql://db/nacos\n", ..Node::default() };
    let unknown = Node { file: "db.url.0=jdbc:mysql://${MYSQL_SERVICE_HOST}:3306/nacos\n", ..Node::default() };
    assert!(said(&judged(&[known.clone(), unknown.clone(), known.clone()])).is_empty());
    let env: &[(&str, &str)] = &[("MYSQL_SERVICE_HOST", "other")];
    let other = Node { env: Some(env), ..unknown };
    let found = said(&judged(&[known.clone(), other, known]));
    assert_eq!(
        found.iter().map(|one| (one.0, one.2.as_deref())).collect::<Vec<_>>(),
        [(Code::ConfigDbDrift, Some("n2"))]
    );
}

#[test]
fn what_one_process_was_given_may_be_given_to_one_that_is_not_seen() {
    let command: &[&str] = &["java", "-Dnacos.core.auth.enabled=true"];
    let file = "nacos.core.auth.enabled=false\n";
    let given = Node { file, command: Some(command), ..Node::default() };
    let stopped = Node { file, ..Node::default() };
    assert!(said(&judged(&[given.clone(), given.clone(), stopped])).is_empty());
    let bare: &[&str] = &["java"];
    let without = Node { file, command: Some(bare), ..Node::default() };
    let found = said(&judged(&[given.clone(), given, without]));
    assert_eq!(
        found.iter().map(|one| (one.0, one.2.as_deref())).collect::<Vec<_>>(),
        [(Code::ConfigAuthDrift, Some("n3"))]
    );
}

#[test]
fn where_the_database_is_reached_from_says_what_is_broken() {
    let node = |reached| Node { file: "db.url.0=jdbc:mysql://db/nacos\n", reached, ..Node::default() };
    let (open, shut) = (node(Some(Some(PortResult::Open))), node(Some(Some(PortResult::Timeout))));
    let untried = node(Some(None));
    assert!(said(&judged(&[open.clone(), open.clone(), open.clone()])).is_empty());
    let db = Code::DbUnreachable;
    assert_eq!(
        said(&judged(&[open.clone(), shut.clone(), open])),
        [(db, Outcome::Fail, Some("n2".to_owned()), "finding-db-unreachable-from".to_owned())]
    );
    assert_eq!(
        said(&judged(&[shut.clone(), shut.clone(), untried.clone()])),
        [(db, Outcome::Fail, None, "finding-db-unreachable-all".to_owned())]
    );
    assert_eq!(
        said(&judged(&[shut, untried.clone(), untried.clone()])),
        [(db, Outcome::Warn, Some("n1".to_owned()), "finding-db-unreachable-one".to_owned())]
    );
    let nothing = judged(&[untried.clone(), untried.clone(), untried]);
    assert!(nothing.findings.is_empty());
    let reasons: Vec<&str> = nothing.not_seen.iter().map(|one| one.reason.key.as_ref()).collect();
    assert!(reasons.contains(&"judged-database-unprobed"), "{reasons:?}");
}
