//! What the watcher does where nodes do not answer and nobody is on it: it proposes an incident, or opens one. When it opens
//! what it would propose: [`super::proposal::Proposal::is_opened`].
//!
//! # Why
//! - Opened by itself is what was proposed before: after the same looks, with the same signs, held back by the same
//!   maintenances. Nobody leads such an incident until a person takes it, and every page says so.
//! - A cluster that comes and goes must not open ten. What people settled, by closing an incident or by dismissing a proposal,
//!   holds for half an hour: until then the same is proposed, and a person decides.
//! - What is proposed stays a proposal until it begins anew or gets worse: people were asked, and nothing happens behind them.

use serde::{Deserialize, Serialize};

/// What the watcher does then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnSilence {
    /// It proposes an incident, and a person opens it.
    #[default]
    Propose,
    /// It opens one.
    Open,
}

impl OnSilence {
    /// Both, in the order of the form.
    pub const ALL: [Self; 2] = [Self::Propose, Self::Open];

    /// Stored and posted name, and that in the settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Propose => "propose",
            Self::Open => "open",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_name() {
        for one in OnSilence::ALL {
            assert_eq!(OnSilence::from_name(one.as_str()), Some(one));
        }
        assert_eq!(OnSilence::from_name(""), None);
    }
}
