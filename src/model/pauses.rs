//! Nodes that stood still for a while: a virtual machine that was moved or frozen, a host that swapped, a long collection. To
//! their peers and clients they look as if they were gone.

use super::cite;
use super::node_state::Stated;
use crate::domain::evidence::EvidenceRef;
use crate::domain::time::Timestamp;
use crate::nacos::signatures::SignatureId;
use crate::nacos::timing;

/// A standstill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// The node.
    pub node: usize,
    /// For how long what is written or done at regular times was not, milliseconds.
    pub ms: i64,
    /// When it went on.
    pub until: Timestamp,
    /// The line that says so.
    pub evidence: Vec<EvidenceRef>,
}

/// The longest standstill of the window that the node's connection pool noticed: what it does every 30 s came too late.
#[must_use]
pub fn longest(model: &Stated<'_>, index: usize) -> Option<Pause> {
    let node = &model.nodes[index];
    let from = model.as_of.plus_millis(-model.window_ms);
    node.hits(SignatureId::POOL_STOOD_STILL)
        .flat_map(|hits| &hits.samples)
        .filter_map(|line| {
            let (until, ms) = (line.at?, delta_ms(&line.text)?);
            let pause = Pause { node: index, ms, until, evidence: vec![cite::line(node.name, line)] };
            (until >= from && ms >= timing::PAUSE_MS).then_some(pause)
        })
        .max_by_key(|pause| (pause.ms, pause.until))
}

/// The time in `housekeeper delta=1m8s776ms847µs171ns`, milliseconds; a clock that was set back has none.
fn delta_ms(text: &str) -> Option<i64> {
    let (_, delta) = text.split_once("delta=")?;
    let mut total = 0;
    let mut number = String::new();
    let mut unit = String::new();
    let mut add = |number: &mut String, unit: &mut String| {
        let factor = match unit.as_str() {
            "d" => 86_400_000,
            "h" => 3_600_000,
            "m" => 60_000,
            "s" => 1000,
            "ms" => 1,
            _ => 0,
        };
        let parsed: Option<i64> = number.parse().ok();
        total += parsed.unwrap_or(0).saturating_mul(factor);
        number.clear();
        unit.clear();
    };
    for char in delta.chars().take_while(|char| char.is_alphanumeric()) {
        if char.is_ascii_digit() {
            if !unit.is_empty() {
                add(&mut number, &mut unit);
            }
            number.push(char);
        } else {
            unit.push(char);
        }
    }
    add(&mut number, &mut unit);
    (total > 0).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_how_late_the_pool_was() {
        assert_eq!(delta_ms("(housekeeper delta=1m8s776ms847µs171ns)."), Some(68_776));
        assert_eq!(delta_ms("delta=2h3s"), Some(7_203_000));
        assert_eq!((delta_ms("delta=-5s"), delta_ms("no time"), delta_ms("delta=µs")), (None, None, None));
    }
}
