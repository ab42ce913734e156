//! Tables over all nodes.

use std::collections::BTreeMap;

use super::*;
use crate::domain::cluster::{ApiAddress, FileSource, NodeSpec};
use crate::domain::diagnosis::{NodeDoing, NodeStanding};
use crate::domain::incident::WINDOW_MS;
use crate::domain::observed::{
    ClientSeen, ClientsSeen, ClusterConfSeen, KeyClass, Observed, PortResult, PortRole, PortSeen, PortsSeen,
    PropertiesSeen, PropertySeen, RaftGroupSeen, StopTrace, Value, ViewSeen,
};
use crate::domain::trust::Trust;

fn node(number: u8) -> NodeSpec {
    NodeSpec {
        name: NodeName(format!("n{number}")),
        api: Some(ApiAddress {
            published: Default::default(),
            scheme: "http".to_owned(),
            host: format!("10.0.0.{number}"),
            port: 8848,
            context_path: None,
            console_port: None,
            credential: None,
            trust: Trust::System,
        }),
        files: FileSource::None,
    }
}

fn tables(observations: Observations) -> Tables {
    let nodes = (1..=3).map(node).collect();
    let cluster = Cluster {
        id: crate::domain::id::ClusterId(1),
        name: "prod".to_owned(),
        nodes,
        node_deadline_ms: 3000,
        doors: Vec::new(),
        accept_unseen: Vec::new(),
        on_silence: None,
    };
    Tables::new(cluster, observations, Timestamp::from_millis(1_000_000), WINDOW_MS)
}

fn conf(members: &[&str]) -> Observed {
    Observed::ClusterConf(ClusterConfSeen {
        written_from: None,
        names: Vec::new(),
        present: true,
        members: members.iter().map(|member| (*member).to_owned()).collect(),
        lines: members.iter().map(|member| (*member).to_owned()).collect(),
        problems: Vec::new(),
        rejected: false,
        modified: None,
        sha256: String::new(),
    })
}

#[test]
fn a_member_missing_in_one_file_stands_first_with_its_difference() {
    let all = ["10.0.0.1:8848", "10.0.0.2:8848", "10.0.0.3:8848"];
    let mut observations = Observations::default();
    observations.put("config.cluster_conf", NodeName::from("n1"), conf(&all));
    observations.put("config.cluster_conf", NodeName::from("n2"), conf(&all));
    observations.put("config.cluster_conf", NodeName::from("n3"), conf(&all[..2]));
    let table = tables(observations).members();
    assert_eq!(table.rows[0].member, "10.0.0.3:8848");
    assert!(table.rows[0].differs && !table.rows[1].differs);
    assert_eq!(table.rows[0].cells.iter().map(|cell| cell.odd).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(table.rows[0].cells[0].runtime, Listed::Unseen);
    assert_eq!(table.diffs.len(), 1);
    let signs: String = table.diffs[0].lines.iter().map(|line| line.sign).collect();
    assert_eq!(signs, "  -");
}

fn settings(secret: &str, plain: &str) -> Observed {
    let entry = |key: &str, class, value| PropertySeen {
        key: key.to_owned(),
        written_key: key.to_owned(),
        origin: "application.properties:1".to_owned(),
        class,
        area: "other".into(),
        value,
    };
    Observed::Properties(PropertiesSeen {
        written_from: None,
        present: true,
        entries: vec![
            entry(
                "nacos.core.auth.plugin.nacos.token.secret.key",
                KeyClass::Secret,
                Value::Hashed { digest: secret.to_owned(), known_default: false },
            ),
            entry("same", KeyClass::MustEqual, Value::Plain { text: plain.to_owned() }),
        ],
        duplicates: Vec::new(),
        unresolved: Vec::new(),
        flags: BTreeMap::new(),
        flags_from: None,
        flags_partly: false,
        databases: Vec::new(),
        env_seen: false,
        reached: Vec::new(),
        modified: None,
    })
}

#[test]
fn secrets_are_only_ever_same_or_different() {
    let mut observations = Observations::default();
    for (name, secret) in [("n1", "aaaa"), ("n2", "aaaa"), ("n3", "bbbb")] {
        observations.put("config.properties", NodeName::from(name), settings(secret, "x"));
    }
    let table = tables(observations).properties(false);
    assert_eq!((table.rows.len(), table.hidden), (1, 1));
    let cells: Vec<_> = table.rows[0].cells.iter().map(|(cell, _)| cell.clone()).collect();
    let same = PropertyCell::SecretSame { known_default: false };
    assert_eq!(cells, [same.clone(), same, PropertyCell::SecretDifferent { known_default: false }]);
    assert!(!format!("{table:?}").contains("aaaa") && !format!("{table:?}").contains("bbbb"));
}

#[test]
fn refused_and_timed_out_never_look_alike() {
    let port =
        |role, port, result| PortSeen { port, role, result, tries: 2, ok: 0, untaken: 0, elapsed_ms: 3, detail: None };
    let mut observations = Observations::default();
    observations.put(
        "net.ports",
        NodeName::from("n3"),
        Observed::Ports(PortsSeen {
            from: "here".to_owned(),
            host: "10.0.0.3".to_owned(),
            ports: vec![
                port(PortRole::Main, 8848, PortResult::Refused),
                port(PortRole::ClientGrpc, 9848, PortResult::Timeout),
            ],
            at: None,
            peers: Vec::new(),
            peers_missing: None,
        }),
    );
    observations.put_missing("net.ports", NodeName::from("n1"), Message::new("checks-timed-out"));
    let table = tables(observations).ports();
    let here = table.lines[0].cells[2].as_ref().expect("from here to n3");
    assert_eq!((here[0].look.icon, here[0].look.word), ("refused", "evidence-port-refused"));
    assert_eq!((here[1].look.icon, here[1].look.word), ("timeout", "evidence-port-timeout"));
    assert_eq!(here[2].look.word, "evidence-port-unknown");
    assert_eq!(table.lines[3].cells[2], None, "a node does not probe itself");
    assert_eq!(table.unseen.len(), 1);
    assert_eq!((table.troubles[0].to.0.as_str(), table.troubles[0].cells.len()), ("n3", 2));
}

#[test]
fn green_is_what_was_tried_and_what_a_stopped_node_fails_is_no_news() {
    use super::ports::cell_look;
    use crate::model::tables::views::CellState;
    use crate::web::plumbing::components::Tone;
    let tone = |state, is_away| cell_look(state, is_away).tone;
    assert_eq!(tone(CellState::Probed(PortResult::Open), false), Tone::Ok);
    for quiet in [CellState::NoError, CellState::Unknown] {
        assert!(!matches!(tone(quiet, false).class(), "ok" | "fail"), "{quiet:?} has measured nothing");
    }
    for failed in [CellState::Complained, CellState::Probed(PortResult::Refused)] {
        assert_eq!((tone(failed, false), tone(failed, true)), (Tone::Fail, Tone::Expected));
    }
    assert_eq!(cell_look(CellState::Probed(PortResult::Refused), true).icon, "refused", "the shape stays");
}

#[test]
fn clients_of_one_node_only_are_listed_for_the_clipboard() {
    let client = |ip: &str, app: &str| ClientSeen {
        id: "1".to_owned(),
        ip: ip.to_owned(),
        module: None,
        source: Some("sdk".into()),
        app: Some(app.to_owned()),
        version: None,
        created: None,
    };
    let clients = |connections: Vec<ClientSeen>| {
        Observed::Clients(ClientsSeen {
            sdk: Some(2),
            cluster: Some(2),
            from: "loader".into(),
            connections,
            history: Vec::new(),
            beats: Default::default(),
        })
    };
    let mut observations = Observations::default();
    let both = client("10.1.0.1", "a");
    observations.put(
        "clients.connections",
        NodeName::from("n1"),
        clients(vec![both.clone(), client("10.1.0.2", "orders")]),
    );
    observations.put("clients.connections", NodeName::from("n2"), clients(vec![both]));
    let known = |counts: [Option<i64>; 3]| {
        let node = |(index, clients_before)| NodeStanding {
            node: NodeName(format!("n{}", index + 1)),
            doing: NodeDoing::Running,
            since: (index == 2).then_some(Timestamp::from_millis(7)),
            leads: None,
            clients: None,
            clients_before,
            led_before: None,
        };
        let nodes = counts.into_iter().enumerate().map(node).collect();
        let cause = Some(Standing { nodes, ..Standing::default() });
        Tables { cause, ..tables(observations.clone()) }.clients()
    };
    let told = known([Some(2), Some(1), Some(4)]);
    assert_eq!(told.before.as_ref().map(|before| (before.total, before.at.as_millis())), Some((7, 7)));
    assert_eq!(
        told.counts[2].before,
        Some(4),
        "all run again, and what there was before is known from the first round"
    );
    assert!(known([Some(2), None, Some(4)]).before.is_none(), "not of every node");
    let table = tables(observations).clients();
    assert!(table.before.is_none());
    assert_eq!(table.list, "10.1.0.2\tn1\torders");
    assert_eq!((table.single.len(), table.all.len(), table.total), (1, 2, None));
    assert_eq!(table.counts[0].share, Some(50));
}

#[test]
fn a_difference_shows_signs_and_survives_hostile_lines() {
    let lines = diff("<script>\na\n", "<script>\nb\n");
    assert_eq!(lines.iter().map(|line| line.sign).collect::<String>(), " -+");
    let long = "x".repeat(10_000);
    assert_eq!(diff(&long, "").len(), 1);
}

#[test]
fn traces_that_repeat_are_one_line() {
    let trace = |signature: &str, path: &str, at| StopTrace {
        unsure: false,
        of_earlier_run: false,
        signature: signature.to_owned(),
        path: path.to_owned(),
        line: None,
        offset: None,
        at: Some(Timestamp::from_millis(at)),
        text: String::new(),
    };
    let traces =
        [trace("C30", "a", 1), trace("C30", "a", 2), trace("C30", "b", 3), trace("S01", "b", 4), trace("C30", "b", 5)];
    let runs: Vec<_> = trace_runs(&traces)
        .iter()
        .map(|run| (run.first.signature.as_str(), run.first.at, run.last.at, run.count))
        .collect();
    let at = |ms| Some(Timestamp::from_millis(ms));
    assert_eq!(
        runs,
        [("C30", at(1), at(2), 2), ("C30", at(3), at(3), 1), ("S01", at(4), at(4), 1), ("C30", at(5), at(5), 1)]
    );
}

#[test]
fn raft_groups_are_told_apart_only_where_they_disagree() {
    let groups = |second: &[&str]| {
        let group = |name: &str, voters: &[&str]| RaftGroupSeen {
            group: name.to_owned(),
            leader: None,
            term: None,
            members: voters.iter().map(|voter| (*voter).to_owned()).collect(),
            error: None,
        };
        let all = ["10.0.0.1:7848", "10.0.0.2:7848"];
        Observed::View(ViewSeen { raft: vec![group("a", &all), group("b", second)], ..ViewSeen::default() })
    };
    let mut observations = Observations::default();
    observations.put("node.view", NodeName::from("n1"), groups(&["10.0.0.1:7848", "10.0.0.2:7848"]));
    observations.put("node.view", NodeName::from("n2"), groups(&["10.0.0.1:7848"]));
    let table = tables(observations).members();
    let row = &table.rows[0];
    assert!(row.differs && row.member == "10.0.0.2:8848", "{row:?}");
    assert_eq!(row.cells[0].raft, [(String::new(), Listed::Yes)]);
    assert_eq!(row.cells[1].raft, [("a".to_owned(), Listed::Yes), ("b".to_owned(), Listed::No)]);
    assert_eq!(row.cells[2].raft, [(String::new(), Listed::Unseen)]);
}
