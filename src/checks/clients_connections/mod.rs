//! `clients.connections`: the client connections of a node, and beside them which clients send heartbeats and hold none.

pub mod judge;

use async_trait::async_trait;
use futures_util::future::join;

use crate::checks::monitor_sample::beating;
use crate::checks::window::{self, Window};
use crate::checks::{Check, CheckContext, GatherError, JudgeContext, Scope, ask, home};
use crate::domain::beating::BeatsSeen;
use crate::domain::cluster::FileSource;
use crate::domain::finding::{Judgement, Step};
use crate::domain::id::NodeName;
use crate::domain::observed::{ClientSeen, ClientsSeen, Observed};
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::ClientsFrom;
use crate::nacos::api::{self, Family, Question};
use crate::nacos::log_line::log_name;
use crate::nacos::signatures::SignatureSet;
use crate::sources::{Deadline, NodeSource, SourceError};

/// `clients.connections`.
pub struct ClientsConnections;

#[async_trait]
impl Check for ClientsConnections {
    fn kind(&self) -> &'static str {
        "clients.connections"
    }

    fn step(&self) -> Step {
        Step::Clients
    }

    fn scope(&self) -> Scope {
        Scope::Node
    }

    async fn gather(&self, cx: &CheckContext) -> Result<Observed, GatherError> {
        let source = cx.source.as_ref();
        let deadline = ask::questions_deadline(&cx.deadline);
        let has_files = source.spec().files != FileSource::None;
        let history = async { if has_files { history(cx, &deadline).await } else { Vec::new() } };
        let (asked, history) = join(asked(source, &deadline), history).await;
        let (mut seen, error) = match asked {
            Ok(seen) => (Some(seen), None),
            Err(error) => (None, Some(error)),
        };
        if seen.is_none()
            && let Some((_, sdk, cluster)) = history.last()
        {
            seen = Some(ClientsSeen {
                sdk: Some(*sdk),
                cluster: Some(*cluster),
                from: ClientsFrom::Log,
                connections: Vec::new(),
                history: Vec::new(),
                beats: BeatsSeen::NotAsked,
            });
        }
        match (seen, error) {
            (Some(mut seen), _) => {
                seen.history = history;
                Ok(Observed::Clients(seen))
            }
            (None, Some(error)) => Err(error.into()),
            (None, None) => Err(SourceError::NotFound { path: "connections".to_owned() }.into()),
        }
    }

    fn judge(&self, node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
        judge::judge(node, cx)
    }
}

/// Most entries of the history.
const HISTORY: usize = 2000;

/// What the API tells, first choice first: single connections, the clients of the metrics. `loader/cluster` is not asked:
/// the node asked would ask its dead peers in turn and write an ERROR line, with the server identity in it, for each.
async fn asked(source: &dyn NodeSource, deadline: &Deadline) -> Result<ClientsSeen, SourceError> {
    let both = join(
        ask::question(source, Question::Connections, Family::Old, deadline),
        ask::question(source, Question::Connections, Family::Three, deadline),
    );
    let metrics = ask::question(source, Question::Metrics, Family::Old, deadline);
    let (both, metrics) = join(both, metrics).await;
    let mut first_error = None;
    let mut nowhere = true;
    for (asked, family) in [(both.0, Family::Old), (both.1, Family::Three)] {
        let Some(asked) = asked else { continue };
        if let Some(list) = asked.ok().and_then(api::connections) {
            let beats = beating::read(source, family, deadline).await.seen();
            return Ok(ClientsSeen { beats, ..from_connections(list) });
        }
        nowhere &= asked.status().is_some_and(api::absent);
        first_error = first_error.or(asked.error);
    }
    if let Some(asked) = metrics
        && let Some(metrics) = asked.ok().and_then(|body| api::metrics(200, body))
        && let Some(clients) = metrics.responsible_clients
    {
        return Ok(counted(clients, None, ClientsFrom::Metrics));
    }
    // 1.x has neither; nobody was refused.
    let none = if nowhere {
        SourceError::NotFound { path: "/v2/core/loader/current".to_owned() }
    } else {
        SourceError::Denied { why: "loader".to_owned() }
    };
    Err(first_error.unwrap_or(none))
}

fn counted(sdk: i64, cluster: Option<i64>, from: ClientsFrom) -> ClientsSeen {
    let (connections, history) = (Vec::new(), Vec::new());
    ClientsSeen { sdk: Some(sdk), cluster, from, connections, history, beats: BeatsSeen::NotAsked }
}

fn from_connections(connections: Vec<ClientSeen>) -> ClientsSeen {
    let is_cluster = |client: &&ClientSeen| client.is_of_a_node();
    let cluster = connections.iter().filter(is_cluster).count();
    let sdk = connections.len() - cluster;
    ClientsSeen {
        sdk: i64::try_from(sdk).ok(),
        cluster: i64::try_from(cluster).ok(),
        from: ClientsFrom::Loader,
        connections,
        history: Vec::new(),
        beats: BeatsSeen::NotAsked,
    }
}

/// Counts over time, from the line that 2.x and 3.x write every three seconds.
async fn history(cx: &CheckContext, deadline: &Deadline) -> Vec<(Timestamp, i64, i64)> {
    let clock = home::clock(cx, deadline).await;
    let mut history = logged(&cx.ahead_by(clock.ahead_ms), deadline).await;
    for (time, _, _) in &mut history {
        *time = time.plus_millis(-clock.ahead_ms);
    }
    history
}

/// The same by the node's own clock.
async fn logged(cx: &CheckContext, deadline: &Deadline) -> Vec<(Timestamp, i64, i64)> {
    let source = cx.source.as_ref();
    let Ok(entries) = home::logs_with_packed(source, deadline).await else { return Vec::new() };
    let zone = home::zone(source, &entries, cx.zone_hint_s, deadline).await;
    let window = Window {
        from: cx.at.plus_millis(-cx.window_ms),
        to: home::window_end(cx.at, cx.open_end),
        offset_s: zone.offset_s,
        limit_bytes: 64 * 1024 * 1024,
    };
    let mut history = Vec::new();
    for entry in entries
        .iter()
        .filter(|entry| log_name(&entry.path) == "plugin-control-connection.log" && window::may_hold(entry, &window))
    {
        let _ = window::read(source, entry, &window, deadline, |record, at| {
            let text = record.raw.text(record.encoding);
            if !text.message.contains("sdkCount") {
                return;
            }
            let Some(hit) = SignatureSet::shared().classify(&entry.path, &text) else { return };
            let number = |name: &str| hit.captures.get(name).and_then(|text| text.parse::<i64>().ok());
            if let (Some(at), Some(sdk), Some(cluster)) = (at, number("sdk"), number("cluster")) {
                history.push((at, sdk, cluster));
            }
        })
        .await;
    }
    history.sort_unstable();
    let surplus = history.len().saturating_sub(HISTORY);
    history.drain(..surplus);
    history
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_between_servers_are_no_clients() {
        let client = |source: &str| ClientSeen {
            id: "1".to_owned(),
            ip: "10.0.0.9".to_owned(),
            module: None,
            source: Some(source.into()),
            app: None,
            version: None,
            created: None,
        };
        let seen = from_connections(vec![client("sdk"), client("cluster"), client("sdk")]);
        assert_eq!((seen.sdk, seen.cluster), (Some(2), Some(1)));
    }
}
