//! Which node cannot reach which, on which port: complaints in the logs, member lists, probes; then what these look
//! like together.
//!
//! [`failures`] finds the attempts that fail, [`kinds`] lists what they can look like together, [`patterns`] finds out
//! which of that it is. [`unverified`] finds what was not shown to work. [`packet_loss`] and [`names`] are other faults
//! of links.

pub mod failures;
pub mod kinds;
pub mod names;
pub mod packet_loss;
pub mod patterns;
pub mod unverified;

use std::ops::Deref;

use self::failures::LinkFailure;
use self::kinds::LinkPattern;
use crate::model::node_state::Stated;

/// Links between nodes that run, at the moment judged.
#[derive(Clone, Debug)]
pub struct Links {
    /// Attempts that fail.
    pub failures: Vec<LinkFailure>,
    /// What they look like together, and together with the ports as seen from here.
    pub patterns: Vec<LinkPattern>,
}

impl Links {
    fn build(model: &Stated<'_>) -> Self {
        let failures = failures::failures(model);
        let patterns = patterns::patterns(model, &failures);
        Self { failures, patterns }
    }
}

/// All nodes, and which links between those that run fail: the fourth phase of the model.
#[derive(Clone, Debug)]
pub struct Linked<'a> {
    stated: Stated<'a>,
    /// Failed attempts, and what they look like together.
    pub links: Links,
}

impl<'a> Linked<'a> {
    pub(super) fn build(stated: Stated<'a>) -> Self {
        let links = Links::build(&stated);
        Self { stated, links }
    }
}

impl<'a> Deref for Linked<'a> {
    type Target = Stated<'a>;

    fn deref(&self) -> &Self::Target {
        &self.stated
    }
}
