//! What the observations of `stop.cause` mean.

use crate::checks::{JudgeContext, not_judged};
use crate::domain::finding::Judgement;
use crate::domain::id::NodeName;

/// Judges the observations of all nodes.
#[must_use]
pub fn judge(node: Option<&NodeName>, _cx: &JudgeContext<'_>) -> Judgement {
    not_judged("stop.cause", node)
}
