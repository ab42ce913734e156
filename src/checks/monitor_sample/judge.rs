//! What the observations of `monitor.sample` mean.

use crate::checks::{JudgeContext, not_judged};
use crate::domain::finding::Judgement;
use crate::domain::id::NodeName;

/// Judges the node's observation.
#[must_use]
pub fn judge(node: Option<&NodeName>, _cx: &JudgeContext<'_>) -> Judgement {
    not_judged("monitor.sample", node)
}
