//! How bad an incident is, and what it affects: said by people, optional, and changed while more becomes known.

use serde::{Deserialize, Serialize};

/// How bad it is. The words that define each stand beside the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Users cannot work: an outage of a business function.
    Sev1,
    /// Users notice: a part fails or is slow.
    Sev2,
    /// Users do not notice: redundancy is lost.
    Sev3,
    /// No harm: a question, or something to be fixed by day.
    Sev4,
}

impl Severity {
    /// All, worst first.
    pub const ALL: [Self; 4] = [Self::Sev1, Self::Sev2, Self::Sev3, Self::Sev4];

    /// Stored and posted name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sev1 => "sev1",
            Self::Sev2 => "sev2",
            Self::Sev3 => "sev3",
            Self::Sev4 => "sev4",
        }
    }

    /// As people write it, in every language.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Sev1 => "SEV1",
            Self::Sev2 => "SEV2",
            Self::Sev3 => "SEV3",
            Self::Sev4 => "SEV4",
        }
    }

    /// The severity of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == name)
    }
}

/// How bad it is and what it affects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scope {
    /// How bad; `None`: nobody said.
    pub severity: Option<Severity>,
    /// Names of services.
    pub affected: Vec<String>,
}

impl Scope {
    /// Whether nobody said anything.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.severity.is_none() && self.affected.is_empty()
    }

    /// From what was typed: names with commas or line ends between, each kept once.
    #[must_use]
    pub fn new(severity: Option<Severity>, affected: &str) -> Self {
        let mut names: Vec<String> = Vec::new();
        for name in
            affected.split([',', '，', '、', ';', '；', '\n', '\r']).map(str::trim).filter(|name| !name.is_empty())
        {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        Self { severity, affected: names }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_services_are_taken_as_people_write_them() {
        let scope = Scope::new(None, " orders, payments\r\n支付、orders；;\n");
        assert_eq!(scope.affected, ["orders", "payments", "支付"]);
        assert!(Scope::new(None, " , \n").is_empty());
        assert_eq!(Severity::ALL.map(|one| Severity::from_name(one.as_str())), Severity::ALL.map(Some));
    }
}
