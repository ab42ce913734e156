//! `door.requests`: a node's share of the requests through every front door, and the same requests straight to the node.
//!
//! # Why
//! Shared among the nodes, so that together they pass through a round robin in the time of one node, and each node's own
//! answers are from the same moment.

pub mod judge;

use async_trait::async_trait;
use futures_util::future::{join, join_all};

use crate::checks::{Check, CheckContext, GatherError, JudgeContext, Scope, ask};
use crate::domain::finding::{Judgement, Step};
use crate::domain::id::NodeName;
use crate::domain::observed::{DoorSeen, DoorsSeen, Observed};
use crate::sources::{DoorAsk, SourceError};

/// Its kind.
pub const KIND: &str = "door.requests";

/// Requests through one front door by all nodes together.
const IN_ALL: usize = 15;

/// Requests straight to a node.
const STRAIGHT: u8 = 2;

/// `door.requests`.
pub struct DoorRequests;

#[async_trait]
impl Check for DoorRequests {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn step(&self) -> Step {
        Step::Network
    }

    fn scope(&self) -> Scope {
        Scope::Node
    }

    async fn gather(&self, cx: &CheckContext) -> Result<Observed, GatherError> {
        let source = cx.source.as_ref();
        let deadline = ask::questions_deadline(&cx.deadline);
        if source.doors().is_empty() {
            return Ok(Observed::Doors(DoorsSeen::default()));
        }
        let tries = share(source.peers().len() + 1);
        let doors = join_all(source.doors().iter().map(async |door| {
            let ask = DoorAsk { door: Some(door.clone()), tries };
            (door, source.through(&ask, &deadline).await)
        }));
        let straight = DoorAsk { door: None, tries: STRAIGHT };
        let (doors, direct) = join(doors, source.through(&straight, &deadline)).await;
        let mut seen = DoorsSeen { direct: Vec::new(), doors: Vec::new(), at: Some(cx.at) };
        match direct {
            Ok(direct) => seen.direct = direct.tries,
            Err(SourceError::Cancelled) => return Err(GatherError::Cancelled),
            // Nothing to compare with here; the other nodes may have.
            Err(_) => {}
        }
        for (door, answer) in doors {
            let door = door.to_string();
            seen.doors.push(match answer {
                Ok(answer) => DoorSeen { door, ..answer },
                Err(SourceError::Cancelled) => return Err(GatherError::Cancelled),
                Err(error) => DoorSeen { door, tries: Vec::new(), grpc: None, missing: Some(error.message()) },
            });
        }
        Ok(Observed::Doors(seen))
    }

    fn judge(&self, node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
        judge::judge(node, cx)
    }
}

/// How many of the requests one of `nodes` sends.
fn share(nodes: usize) -> u8 {
    u8::try_from(IN_ALL.div_ceil(nodes.max(1))).unwrap_or(1).clamp(1, 12)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_requests_in_all_however_many_nodes() {
        assert_eq!([1, 2, 3, 5, 10, 50].map(share), [12, 8, 5, 3, 2, 1]);
    }
}
