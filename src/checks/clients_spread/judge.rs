//! Whether all clients are back, and how they are spread over the nodes.

use crate::checks::JudgeContext;
use crate::checks::judging::Judging;
use crate::diagnosis::clients;
use crate::diagnosis::picture::evidence;
use crate::domain::code::Code;
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::{Judgement, Outcome, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;

/// Below this many connections a node the spread says nothing.
const FEW_PER_NODE: i64 = 10;
/// Clients need this long to come back.
const RECONNECT_MS: i64 = 30_000;

/// Judges the observations of all nodes.
#[must_use]
pub fn judge(_node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
    let mut judging = Judging::new("clients.spread", Step::Clients, cx);
    let running = judging.picture.running();
    let counts: Vec<(usize, i64)> = running
        .iter()
        .filter_map(|index| clients::sdk_now(&judging.picture, *index).map(|count| (*index, count)))
        .collect();
    for index in &running {
        if !counts.iter().any(|(node, _)| node == index) {
            let reason = Message::new("judged-clients-unseen").with("node", judging.picture.nodes[*index].name);
            judging.not_seen(Some(*index), reason);
        }
    }
    if counts.is_empty() {
        return judging.finish_with(Outcome::NotApplicable, Message::new("judged-clients-none-seen"));
    }
    let total: i64 = counts.iter().map(|(_, count)| count).sum();
    let refs: Vec<EvidenceRef> = counts
        .iter()
        .map(|(index, count)| {
            evidence::said(judging.picture.nodes[*index].name, "connections", &format!("sdk {count}"))
        })
        .collect();
    if counts.len() == running.len() {
        missing(&mut judging, total, &refs);
    }
    skew(&mut judging, &counts, total, &refs);
    judging.finish(Message::new("judged-clients-spread").with("total", total).with("nodes", counts.len()))
}

fn missing(judging: &mut Judging<'_>, now: i64, refs: &[EvidenceRef]) {
    let Some(before) = clients::before_outage(&judging.picture) else { return };
    let settled = judging.picture.age_ms(before.at) >= RECONNECT_MS;
    if before.total < 5 || now * 100 >= before.total * 95 || !settled {
        return;
    }
    let outcome = if now * 100 < before.total * 80 { Outcome::Warn } else { Outcome::Advice };
    let summary = Message::new("finding-clients-missing")
        .with("before", before.total)
        .with("now", now)
        .with("missing", before.total - now);
    judging.find(Code::ClientsMissing, outcome, (None, None), summary, refs.to_vec());
}

fn skew(judging: &mut Judging<'_>, counts: &[(usize, i64)], total: i64, refs: &[EvidenceRef]) {
    let nodes = i64::try_from(counts.len()).unwrap_or(1).max(1);
    let Some((fullest, most)) = counts.iter().copied().max_by_key(|(_, count)| *count) else { return };
    if nodes < 2 || total == 0 || most * nodes * 10 <= total * 13 {
        return;
    }
    let outcome = if total >= FEW_PER_NODE * nodes { Outcome::Warn } else { Outcome::Advice };
    let summary = Message::new("finding-clients-skewed")
        .with("node", judging.picture.nodes[fullest].name)
        .with("most", most)
        .with("total", total)
        .with("nodes", nodes);
    judging.find(Code::ClientsSkewed, outcome, (Some(fullest), None), summary, refs.to_vec());
}
