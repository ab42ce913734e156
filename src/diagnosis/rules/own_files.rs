//! What the files of one node are by themselves: lines of `cluster.conf` that Nacos cannot take, settings that leave a door
//! open, a second start beside the one that serves.

use super::of_node::{GAVE_UP, RUNS, SILENT_OR_GONE};
use super::{hung, starting};
use crate::diagnosis::case::{Case, Chain, Rule, Seen, requires};
use crate::domain::code::Code;
use crate::domain::evidence::EvidenceRef;
use crate::domain::observed::ConfProblem;
use crate::domain::vocabulary::ConfProblemKind;
use crate::model::own_settings::{self, Weakness};
use crate::model::{ClusterModel, cite, membership, node_state, stop_traces};
use crate::nacos::cluster_conf;
use crate::nacos::signatures::SignatureId;

/// What the settings of all nodes are by themselves.
#[must_use]
pub fn cases_of_settings(model: &ClusterModel<'_>) -> Vec<Case> {
    let read =
        |index: &usize| model.nodes[*index].properties.is_some_and(|seen| seen.present || !seen.entries.is_empty());
    (0..model.nodes.len()).filter(read).flat_map(|index| settings_of(model, index)).collect()
}

fn settings_of(model: &ClusterModel<'_>, index: usize) -> Vec<Case> {
    let mut found: Vec<Case> = SETTINGS.iter().filter_map(|chain| chain.case(model, &index)).collect();
    found.extend(own_settings::weaknesses(model, index).iter().filter_map(|one| WEAK_VERSION.case(model, one)));
    let twice = model.nodes[index].properties.into_iter().flat_map(|seen| &seen.duplicates);
    let twice = twice.map(|(key, lines)| Twice { node: index, key: key.clone(), lines: lines.clone() });
    found.extend(twice.filter_map(|one| SET_TWICE.case(model, &one)));
    found
}

/// What the lines of every `cluster.conf` are by themselves.
#[must_use]
pub fn cases_of_member_files(model: &ClusterModel<'_>) -> Vec<Case> {
    let of = |index: usize| {
        let problems = model.nodes[index].conf.filter(|conf| conf.present).into_iter().flat_map(|conf| &conf.problems);
        problems
            .filter_map(move |problem| MEMBER_LINE.case(model, &MemberLine { node: index, problem: problem.clone() }))
    };
    let lines = (0..model.nodes.len()).flat_map(of);
    lines.chain((0..model.nodes.len()).filter_map(|index| WRITTEN_FROM.case(model, &index))).collect()
}

/// Starts that failed beside the process that serves.
#[must_use]
pub fn second_starts(model: &ClusterModel<'_>) -> Vec<Case> {
    (0..model.nodes.len()).filter_map(|index| SECOND_START.case(model, &index)).collect()
}

/// Each of them can stand beside the others.
pub static SETTINGS: &[&Chain<usize>] = &[
    &Chain { rules: &[&KNOWN_DEFAULTS], ..Chain::OF_NODE },
    &Chain { rules: &[&OPEN_WITHOUT_LOGIN], ..Chain::OF_NODE },
    &Chain { rules: &[&DATABASE_CONSOLE_OPEN], ..Chain::OF_NODE },
    &Chain { rules: &[&SERVERS_NEED_NO_LOGIN], ..Chain::OF_NODE },
];

/// A variable that writes the file anew at the next start, and not as it is.
pub static WRITTEN_FROM: Chain<usize> = Chain {
    rules: &[&ENVIRONMENT_DIFFERS],
    fill: |model, index, message| {
        let node = &model.nodes[*index];
        let writer = node.conf_writer();
        let named = writer.map_or(&[][..], |writer| writer.members.as_slice());
        let listed = node.conf.map_or(&[][..], |conf| conf.members.as_slice());
        let beyond = |one: &[String], other: &[String]| -> Vec<String> {
            one.iter().filter(|member| !other.contains(member)).cloned().collect()
        };
        message
            .with("node", node.name)
            .with("variable", writer.map_or("?", |writer| writer.variable.as_str()))
            .with_difference(&beyond(named, listed), &beyond(listed, named))
    },
    ..Chain::OF_NODE
};

static ENVIRONMENT_DIFFERS: Rule<usize> = Rule::fail(
    Code::ConfigEnvDrift,
    &[requires("environment-names-other-members", |model, index: &usize| {
        let node = &model.nodes[*index];
        let Some((conf, writer)) = node.conf.zip(node.conf_writer()) else {
            return Seen::NotSeen;
        };
        let differs = conf.present && conf.members != writer.members;
        let text = format!("{}={}", writer.variable, writer.members.join(" "));
        if differs { Seen::Yes(vec![cite::said(node.name, &writer.from, &text)]) } else { Seen::No }
    })],
    |_, _| "finding-config-env-drift",
)
.warn();

static KNOWN_DEFAULTS: Rule<usize> = Rule::fail(
    Code::ConfigInsecure,
    &[requires("known-default-secret", |model, index| Seen::lines(own_settings::known_defaults(model, *index)))],
    |_, _| "finding-config-insecure-default",
)
.advice();

static OPEN_WITHOUT_LOGIN: Rule<usize> = Rule::fail(
    Code::ConfigInsecure,
    &[requires("login-is-off", |model, index| Seen::lines(own_settings::open_without_login(model, *index)))],
    |_, _| "finding-config-insecure-auth-off",
)
.advice();

static DATABASE_CONSOLE_OPEN: Rule<usize> = Rule::fail(
    Code::ConfigInsecure,
    &[requires("derby-console-is-on", |model, index| {
        Seen::lines(own_settings::switched_on(model, *index, "nacos.config.derby.ops.enabled"))
    })],
    |_, _| "finding-config-insecure-derby",
)
.advice();

static SERVERS_NEED_NO_LOGIN: Rule<usize> = Rule::fail(
    Code::ConfigInsecure,
    &[requires("user-agent-is-a-login", |model, index| {
        Seen::lines(own_settings::switched_on(model, *index, "nacos.core.auth.enable.userAgentAuthWhite"))
    })],
    |_, _| "finding-config-insecure-user-agent",
)
.advice();

/// A version with a weakness that is known in public.
pub static WEAK_VERSION: Chain<Weakness> = Chain {
    rules: &[&WEAKNESS],
    fill: |model, one, message| {
        message
            .with("node", model.nodes[one.node].name)
            .with("version", &one.version)
            .with("weakness", one.name)
            .with("fixed", &one.fixed)
    },
    nodes: |_, one| (Some(one.node), None),
    ..Chain::PLAIN
};

static WEAKNESS: Rule<Weakness> = Rule::fail(
    Code::ConfigInsecure,
    &[requires("version-has-weakness", |model, one: &Weakness| {
        Seen::Yes(vec![cite::said(model.nodes[one.node].name, "version", &one.version)])
    })],
    |_, _| "finding-config-insecure-version",
)
.advice();

/// A key that a file sets more than once.
pub struct Twice {
    node: usize,
    key: String,
    lines: Vec<u64>,
}

/// Keys that a file sets more than once; only the last line counts.
pub static SET_TWICE: Chain<Twice> = Chain {
    rules: &[&KEY_SET_TWICE],
    fill: |model, one, message| {
        let lines = one.lines.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        message.with("node", model.nodes[one.node].name).with("key", &one.key).with("lines", lines)
    },
    nodes: |_, one| (Some(one.node), None),
    ..Chain::PLAIN
};

static KEY_SET_TWICE: Rule<Twice> = Rule::fail(
    Code::ConfigPropertiesDrift,
    &[requires("key-is-set-twice", |_, _| Seen::Yes(Vec::new()))],
    |_, _| "finding-properties-duplicate",
)
.advice();

/// A line of `cluster.conf` that is not what it seems.
pub struct MemberLine {
    node: usize,
    problem: ConfProblem,
}

/// Lines that Nacos does not take as they were meant, and lines that only look wrong.
pub static MEMBER_LINE: Chain<MemberLine> = Chain {
    rules: &[&LINE_NOT_TAKEN, &LINE_LOOKS_WRONG],
    fill: |model, one, message| {
        message
            .with("node", model.nodes[one.node].name)
            .with("line", one.problem.line)
            .with("text", cluster_conf::visible(one.problem.text.trim()))
            .with("char", one.problem.message.args.get("char").map_or("", String::as_str))
    },
    nodes: |_, one| (Some(one.node), None),
    ..Chain::PLAIN
};

static LINE_NOT_TAKEN: Rule<MemberLine> = Rule::fail(
    Code::ConfigClusterConfMalformed,
    &[requires("line-is-not-taken", |model, one| match membership::fatal(&one.problem) {
        true => Seen::Yes(vec![cited(model, one)]),
        false => Seen::No,
    })],
    line_says,
);

static LINE_LOOKS_WRONG: Rule<MemberLine> = Rule::fail(
    Code::ConfigClusterConfMalformed,
    &[requires("line-looks-wrong", |model, one| Seen::Yes(vec![cited(model, one)]))],
    line_says,
)
.advice();

fn line_says(_: &ClusterModel<'_>, one: &MemberLine) -> &'static str {
    match one.problem.kind {
        ConfProblemKind::Malformed if one.problem.message.args.contains_key("char") => {
            "finding-conf-malformed-character"
        }
        ConfProblemKind::Malformed => "finding-conf-malformed",
        ConfProblemKind::Ghost | ConfProblemKind::Bom if one.problem.message.args.contains_key("char") => {
            "finding-conf-ghost-character"
        }
        ConfProblemKind::Ghost => "finding-conf-ghost",
        ConfProblemKind::Merged => "finding-conf-merged",
        _ => "finding-conf-odd",
    }
}

fn cited(model: &ClusterModel<'_>, one: &MemberLine) -> EvidenceRef {
    let line = one.problem.line;
    EvidenceRef {
        node: Some(model.nodes[one.node].name.clone()),
        source: "conf/cluster.conf".to_owned(),
        lines: (line > 0).then_some((line, line)),
        offset: None,
        at: None,
        text: one.problem.text.clone(),
    }
}

/// A start beside a process of the node: one that serves, one that hangs, or one that has ended since.
pub static SECOND_START: Chain<usize> = Chain {
    rules: &[&BESIDE_ANOTHER, &ONTO_A_HUNG_PROCESS, &STARTED_ANEW],
    fill: |model, index, message| {
        let failed = node_state::second_start(model, *index).or_else(|| starting::failed_at(model, *index));
        let at = failed.map_or_else(String::new, |at| stop_traces::stamp(model, *index, at));
        message.with("node", model.nodes[*index].name).with("at", at)
    },
    ..Chain::OF_NODE
};

/// The process that serves goes on with its beat: somebody started a second one beside it.
static BESIDE_ANOTHER: Rule<usize> = Rule::fail(
    Code::NodeSecondStart,
    &[
        RUNS,
        requires("start-failed-while-it-served", |model, index| {
            let Some(at) = node_state::second_start(model, *index) else { return Seen::No };
            let name = model.nodes[*index].name;
            let traces = model.nodes[*index].stop.into_iter().flat_map(|stop| &stop.traces);
            let failed = traces.filter(|trace| trace.signature == SignatureId::START_FAILED && trace.at == Some(at));
            Seen::Yes(failed.map(|trace| cite::trace(name, trace)).collect())
        }),
    ],
    |_, _| "finding-node-second-start",
)
.advice();

/// How the last process ended, its logs and its peers tell; that somebody may have started it again, only that file.
static STARTED_ANEW: Rule<usize> = Rule::fail(
    Code::NodeStarting,
    &[
        SILENT_OR_GONE,
        requires("head-of-a-start-alone", |model, index| Seen::lines(stop_traces::head_of_a_start(model, *index))),
    ],
    |_, _| "finding-node-started-anew",
)
.advice()
.possible();

/// The process that hangs is the fault; the start that it let fail is told beside it.
static ONTO_A_HUNG_PROCESS: Rule<usize> = Rule::fail(
    Code::NodeSecondStart,
    &[
        GAVE_UP,
        requires("start-found-it-taken", starting::found_it_taken),
        requires("holder-does-not-answer", hung::holder_is_silent),
    ],
    |_, _| "finding-node-second-start-hung",
)
.advice()
.likely();

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::cluster::{Cluster, FileSource, NodeSpec};
    use crate::domain::finding::Outcome;
    use crate::domain::id::{ClusterId, NodeName};
    use crate::domain::incident::WINDOW_MS;
    use crate::domain::observed::{Observations, Observed};
    use crate::domain::time::Timestamp;
    use crate::nacos::properties::{Inputs, SecretHasher, effective};

    /// What is advised of a node with that file and version.
    fn advised(file: &str, version: &str) -> Vec<String> {
        let name = NodeName::from("n1");
        let hasher = SecretHasher::new(b"key");
        let mut seen = effective(&Inputs::of_file(Some(file.as_bytes()), hasher));
        seen.flags.insert("version".to_owned(), version.to_owned());
        let mut observations = Observations::default();
        observations.put("config.properties", name.clone(), Observed::Properties(seen));
        let nodes = vec![NodeSpec { name, api: None, files: FileSource::None }];
        let cluster = Cluster {
            id: ClusterId(1),
            name: "c".to_owned(),
            nodes,
            node_deadline_ms: 3000,
            doors: Vec::new(),
            accept_unseen: Vec::new(),
            on_silence: None,
        };
        let at = Timestamp::from_millis(0);
        let model = ClusterModel::build(&cluster, &observations, at, WINDOW_MS);
        let cases = cases_of_settings(&model);
        assert!(cases.iter().all(|case| case.outcome == Outcome::Advice), "only ever advice");
        cases.iter().map(|case| case.summary.key.to_string()).collect()
    }

    #[test]
    fn what_lies_open_is_advised() {
        let safe = "nacos.core.auth.enabled=true\n";
        assert_eq!(advised(safe, "2.5.1"), Vec::<String>::new());
        for (file, version, key) in [
            ("nacos.core.auth.enabled=false\n", "2.5.1", "finding-config-insecure-auth-off"),
            ("server.port=8848\n", "2.5.1", "finding-config-insecure-auth-off"),
            (
                "nacos.core.auth.enabled=true\nnacos.core.auth.default.token.secret.key=SecretKey012345678901234567890123456789012345678901234567890123456789\n",
                "2.5.1",
                "finding-config-insecure-default",
            ),
            (
                "nacos.core.auth.enabled=true\nnacos.core.auth.server.identity.value=security\n",
                "2.5.1",
                "finding-config-insecure-default",
            ),
            (
                "nacos.core.auth.enabled=true\nnacos.config.derby.ops.enabled=true\n",
                "2.5.1",
                "finding-config-insecure-derby",
            ),
            (safe, "2.2.0", "finding-config-insecure-version"),
        ] {
            assert_eq!(advised(file, version), [key], "{file} {version}");
        }
        assert_eq!(advised("nacos.core.auth.enabled=${NACOS_AUTH_ENABLE:false}\n", "2.5.1"), Vec::<String>::new());
        assert_eq!(advised("server.port=8848\n", "3.0.3"), Vec::<String>::new(), "3.x guards administration by itself");
    }
}
