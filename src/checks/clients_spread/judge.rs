//! Whether all clients are back, and how they are spread over the nodes.

use std::collections::{BTreeMap, BTreeSet};

use crate::checks::JudgeContext;
use crate::checks::judging::{Claim, Judging};
use crate::domain::code::Code;
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::observed::ClientSeen;
use crate::model::cite;
use crate::model::tables::clients;
use crate::nacos::timing;

/// Below this many connections a node the spread says nothing.
const FEW_PER_NODE: i64 = 10;
/// That many hosts of one application do not meet on one node by chance.
const MANY_HOSTS: usize = 8;

/// Judges the observations of all nodes.
#[must_use]
pub fn judge(_node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("clients.spread", Step::Clients, cx);
    let running = judging.model.running();
    let counts: Vec<(usize, i64)> = running
        .iter()
        .filter_map(|index| clients::sdk_now(judging.model, *index).map(|count| (*index, count)))
        .collect();
    for index in &running {
        if !counts.iter().any(|(node, _)| node == index) {
            let reason = Message::new("judged-clients-unseen").with("node", judging.model.nodes[*index].name);
            judging.not_seen(Some(*index), reason);
        }
    }
    if counts.is_empty() {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-clients-none-seen"));
    }
    let total: i64 = counts.iter().map(|(_, count)| count).sum();
    let refs: Vec<EvidenceRef> = counts
        .iter()
        .map(|(index, count)| cite::said(judging.model.nodes[*index].name, "connections", &format!("sdk {count}")))
        .collect();
    if counts.len() == running.len() {
        missing(&mut judging, total, &refs);
    }
    skew(&mut judging, &counts, total, &refs);
    single_server(&mut judging, &running);
    judging.finish(Message::new("judged-clients-spread").with("total", total).with("nodes", counts.len()))
}

fn missing(judging: &mut Judging<'_>, now: i64, refs: &[EvidenceRef]) {
    let Some(before) = clients::before_outage(judging.model) else { return };
    let settled = judging.model.age_ms(before.at) >= timing::CLIENTS_BACK_MS;
    if before.total < 5 || now * 100 >= before.total * 95 || !settled {
        return;
    }
    let outcome = if now * 100 < before.total * 80 { Outcome::Warn } else { Outcome::Advice };
    let summary = Message::new("finding-clients-missing")
        .with("before", before.total)
        .with("now", now)
        .with("missing", before.total - now);
    judging.find(Claim::fail(Code::ClientsMissing).outcome(outcome).likely(), summary, refs.to_vec());
}

fn skew(judging: &mut Judging<'_>, counts: &[(usize, i64)], total: i64, refs: &[EvidenceRef]) {
    let nodes = i64::try_from(counts.len()).unwrap_or(1).max(1);
    let Some((fullest, most)) = counts.iter().copied().max_by_key(|(_, count)| *count) else { return };
    if nodes < 2 || total == 0 || most * nodes * 10 <= total * 13 {
        return;
    }
    let outcome = if total >= FEW_PER_NODE * nodes { Outcome::Warn } else { Outcome::Advice };
    let summary = Message::new("finding-clients-skewed")
        .with("node", judging.model.nodes[fullest].name)
        .with("most", most)
        .with("total", total)
        .with("nodes", nodes);
    judging.find(Claim::fail(Code::ClientsSkewed).outcome(outcome).of(fullest), summary, refs.to_vec());
}

/// Applications all of whose clients sit on one node although the other nodes took in clients of others at the same time: chance
/// spreads clients that know all nodes. Only clients that tell their application's name can be judged.
fn single_server(judging: &mut Judging<'_>, running: &[usize]) {
    let mut apps: BTreeMap<&str, Vec<(usize, &ClientSeen)>> = BTreeMap::new();
    for index in running {
        let Some(clients) = judging.model.nodes[*index].clients else { continue };
        let of_apps = clients.connections.iter().filter(|client| !client.is_of_a_node());
        for client in of_apps {
            apps.entry(client.app.as_deref().unwrap_or_default()).or_default().push((*index, client));
        }
    }
    let listed = running.iter().all(|index| {
        judging.model.nodes[*index]
            .clients
            .is_some_and(|clients| clients.sdk == Some(0) || !clients.connections.is_empty())
    });
    if running.len() < 2 || !listed {
        return;
    }
    let mut told: Vec<(usize, String, usize)> = Vec::new();
    for (app, clients) in apps.iter().filter(|(app, _)| !app.is_empty()) {
        let hosts: BTreeSet<&str> = clients.iter().map(|(_, client)| client.ip.as_str()).collect();
        let Some((node, _)) = clients.first().copied() else { continue };
        if hosts.len() < MANY_HOSTS || clients.iter().any(|(other, _)| *other != node) {
            continue;
        }
        let newest = clients.iter().filter_map(|(_, client)| client.created).max();
        // The other nodes must have been there for these clients to choose.
        let others_took_in = running.iter().filter(|other| **other != node).all(|other| {
            let seen = judging.model.nodes[*other].clients;
            let oldest = seen.into_iter().flat_map(|seen| &seen.connections).filter_map(|client| client.created).min();
            oldest.zip(newest).is_some_and(|(oldest, newest)| oldest < newest)
        });
        if others_took_in {
            told.push((node, (*app).to_owned(), hosts.len()));
        }
    }
    for (node, app, hosts) in told {
        let name = judging.model.nodes[node].name;
        let refs = vec![cite::said(name, "connections", &format!("{app}: {hosts} hosts, on this node only"))];
        let summary =
            Message::new("finding-clients-single-server").with("node", name).with("app", app).with("hosts", hosts);
        judging.find(Claim::advice(Code::ClientsSingleServer).of(node), summary, refs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::cluster::{Cluster, FileSource, NodeSpec};
    use crate::domain::id::ClusterId;
    use crate::domain::incident::WINDOW_MS;
    use crate::domain::observed::{ClientsSeen, LogsSeen, Observations, Observed};
    use crate::domain::time::Timestamp;
    use crate::model::ClusterModel;

    const AT: i64 = 1_800_000_000_000;

    fn client(ip: u8, app: &str, created_s: i64) -> ClientSeen {
        ClientSeen {
            id: format!("{ip}_{app}"),
            ip: format!("10.1.0.{ip}"),
            module: None,
            source: Some("sdk".into()),
            app: Some(app.to_owned()),
            version: None,
            created: Some(Timestamp::from_millis(AT - created_s * 1000)),
        }
    }

    fn judged(clients: [Vec<ClientSeen>; 2]) -> Vec<String> {
        let mut observations = Observations::default();
        let mut nodes = Vec::new();
        for (index, connections) in clients.into_iter().enumerate() {
            let name = NodeName(format!("n{}", index + 1));
            let seen = ClientsSeen {
                sdk: i64::try_from(connections.len()).ok(),
                cluster: None,
                from: "loader".into(),
                connections,
                history: Vec::new(),
            };
            let at = Timestamp::from_millis(AT);
            let logs = LogsSeen {
                from: at,
                to: at,
                files: Vec::new(),
                unreadable: Vec::new(),
                hits: Vec::new(),
                unknown: Vec::new(),
                last_stamp: Some(at),
                last_heartbeat: Some(at),
                connection_history: Vec::new(),
                stalls: Vec::new(),
                zone_offset_s: 0,
                clock_offset_ms: None,
                peer_clock_offsets: BTreeMap::new(),
                zone_derived: true,
                aligned_ms: 0,
            };
            observations.put("clients.connections", name.clone(), Observed::Clients(seen));
            observations.put("logs.signatures", name.clone(), Observed::Logs(logs));
            nodes.push(NodeSpec { name, api: None, files: FileSource::Copied { home: "/copy".into() } });
        }
        let cluster =
            Cluster { id: ClusterId(0), name: "c".to_owned(), nodes, node_deadline_ms: 3000, doors: Vec::new() };
        let at = Timestamp::from_millis(AT);
        let model = ClusterModel::build(&cluster, &observations, at, WINDOW_MS);
        judge(None, &JudgeContext { model: &model, suspect: None })
            .findings
            .into_iter()
            .filter(|one| one.code == Code::ClientsSingleServer)
            .map(|one| one.summary.args["app"].clone())
            .collect()
    }

    #[test]
    fn an_application_that_sits_on_one_node_by_no_chance_is_told() {
        let orders = || (1..=9).map(|ip| client(ip, "orders", 100)).collect::<Vec<_>>();
        assert_eq!(judged([orders(), vec![client(50, "users", 500)]]), ["orders"]);
        // The other node came up only after they had connected.
        assert!(judged([orders(), vec![client(50, "users", 20)]]).is_empty());
        assert!(judged([orders(), vec![client(50, "users", 500), client(10, "orders", 100)]]).is_empty());
        assert!(judged([orders().split_off(4), vec![client(50, "users", 500)]]).is_empty(), "too few");
    }
}
