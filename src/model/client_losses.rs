//! Connections of clients that a node lost together while it ran on: again and again, or where nobody counts them.

use super::tables::clients;
use super::{ClusterModel, cite};
use crate::domain::evidence::EvidenceRef;
use crate::domain::time::Timestamp;
use crate::nacos::signatures::SignatureId;
use crate::nacos::timing;

/// Fewer connections than these may end together for any reason.
const MANY: i64 = 10;

/// That often is no chance any more.
const OFTEN: usize = 3;

/// A node that lost at least half of its connections and got them back, several times.
#[derive(Clone, Debug)]
pub struct Waves {
    /// The node.
    pub node: usize,
    /// How often.
    pub times: usize,
    /// When they went first.
    pub first: Timestamp,
    /// When they went last.
    pub last: Timestamp,
    /// How many it had before the last time.
    pub had: i64,
    /// How many of them went then.
    pub lost: i64,
    /// Its counts at both moments.
    pub evidence: Vec<EvidenceRef>,
}

/// Nodes whose connections go and come back in waves up to now.
#[must_use]
pub fn waves(model: &ClusterModel<'_>) -> Vec<Waves> {
    model.running().into_iter().filter_map(|index| waves_of(model, index)).collect()
}

fn waves_of(model: &ClusterModel<'_>, index: usize) -> Option<Waves> {
    let counts: Vec<(Timestamp, i64)> = clients::logged(model, index).iter().map(|(at, sdk, _)| (*at, *sdk)).collect();
    let found = falls_and_returns(&counts);
    let (first, last) = (found.first()?, found.last()?);
    let goes_on = model.age_ms(last.at) <= timing::WAVES_CURRENT_MS;
    let name = model.nodes[index].name;
    let count = |at: Timestamp, sdk: i64| cite::said(name, "connections", &format!("{at} sdk {sdk}"));
    (found.len() >= OFTEN && goes_on).then(|| Waves {
        node: index,
        times: found.len(),
        first: first.at,
        last: last.at,
        had: last.had,
        lost: last.lost,
        evidence: [first, last].map(|wave| count(wave.at, wave.had - wave.lost)).to_vec(),
    })
}

/// Connections that went and came back.
struct Wave {
    at: Timestamp,
    had: i64,
    lost: i64,
}

/// Every time that at least half of the connections went within a short time and most of them came back, while the node went on
/// counting.
fn falls_and_returns(counts: &[(Timestamp, i64)]) -> Vec<Wave> {
    let mut found = Vec::new();
    let mut fell: Option<Wave> = None;
    let mut from = 0;
    for (index, (at, sdk)) in counts.iter().copied().enumerate() {
        // A node that did not count may have been down.
        if index > 0 && at.millis_since(counts[index - 1].0) > timing::HEARTBEAT_SILENT_MS {
            (fell, from) = (None, index);
        }
        match fell.take() {
            None => {
                let lately = counts[from..=index].iter().rev();
                let lately = lately.take_while(|(time, _)| at.millis_since(*time) <= timing::FALL_MS);
                let had = lately.map(|(_, sdk)| *sdk).max().unwrap_or(0);
                fell = (had >= MANY && sdk * 2 <= had).then_some(Wave { at, had, lost: had - sdk });
            }
            Some(wave) if sdk * 5 >= wave.had * 4 => {
                found.push(wave);
                from = index;
            }
            Some(wave) => fell = Some(Wave { lost: wave.lost.max(wave.had - sdk), ..wave }),
        }
    }
    found
}

/// Connections of a node that ended together, by lines alone.
#[derive(Clone, Debug)]
pub struct LeftTogether {
    /// The node.
    pub node: usize,
    /// How many, at least.
    pub count: usize,
    /// When the first of them ended.
    pub at: Timestamp,
    /// How long it took, seconds, at least one.
    pub seconds: i64,
    /// How many were opened soon afterwards, on the node where those were the most: each node tells of those of its peers too.
    pub opened: usize,
    /// The lines.
    pub evidence: Vec<EvidenceRef>,
}

/// What running nodes lost that do not tell how many connections they have.
#[must_use]
pub fn left_together(model: &ClusterModel<'_>) -> Vec<LeftTogether> {
    let running = model.running().into_iter();
    running.filter(|index| clients::sdk_now(model, *index).is_none()).filter_map(|index| left(model, index)).collect()
}

fn left(model: &ClusterModel<'_>, index: usize) -> Option<LeftTogether> {
    const SHOWN: usize = 2;
    let node = &model.nodes[index];
    let ended = times(model, index, SignatureId::CLIENT_DISCONNECT);
    let by_peers = times(model, index, SignatureId::PEER_DELETED_CLIENT);
    let within = |times: &[Timestamp], from: Timestamp, ms: i64| {
        times.partition_point(|time| time.millis_since(from) <= ms) - times.partition_point(|time| *time < from)
    };
    // The lines of a client that left a peer are the same, with one before them that says so.
    let own = |from: Timestamp| {
        let ms = timing::LEFT_TOGETHER_MS;
        within(&ended, from, ms).saturating_sub(within(&by_peers, from, ms))
    };
    let (at, count) = ended.iter().map(|at| (*at, own(*at))).max_by_key(|(at, count)| (*count, *at))?;
    let last = ended[..ended.partition_point(|time| time.millis_since(at) <= timing::LEFT_TOGETHER_MS)].last()?;
    let opened = (0..model.nodes.len())
        .map(|other| within(&times(model, other, SignatureId::CLIENT_CONNECT), at, timing::FALL_MS))
        .max();
    (count >= usize::try_from(MANY).ok()?).then(|| LeftTogether {
        node: index,
        count,
        at,
        seconds: (last.millis_since(at) / 1000).max(1),
        opened: opened.unwrap_or(0),
        evidence: cite::samples(node.name, node.hits(SignatureId::CLIENT_DISCONNECT), SHOWN),
    })
}

/// When those lines were written, in order.
fn times(model: &ClusterModel<'_>, index: usize, id: SignatureId) -> Vec<Timestamp> {
    let mut times: Vec<Timestamp> = model.nodes[index].hits(id).flat_map(|hits| hits.times.iter().copied()).collect();
    times.sort_unstable();
    times
}

/// True if a node was started in the window: its clients then move to others and back.
#[must_use]
pub fn a_node_started(model: &ClusterModel<'_>) -> bool {
    let from = model.window_begin();
    model.nodes.iter().any(|node| {
        let starts = node.stop.into_iter().flat_map(|stop| &stop.starts).copied();
        starts.chain(node.started).any(|began| began >= from)
    })
}
