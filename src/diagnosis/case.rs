//! What a rule is: a code, and a table of conditions with their predicates that leads to it; and a case: a rule that applies.
//! Pure.
//!
//! # How rules read
//! A [`Chain`] is asked about one subject (a node, a pair, a group) and gives at most one [`Case`]: that of its first rule that
//! applies. A rule applies if the subject is one it is [about](Weight::About), everything that it [requires](Weight::Requires)
//! was seen to hold, and nothing that it [excludes](Weight::Excludes) was. How sure it is, the conditions say as well:
//! [`Weight::Certain`], [`Weight::Likely`] and [`Weight::Doubts`]; where none of them holds, the rule's own confidence.
//! The tables stand in statics, so that the help can list them without a cluster.

use crate::domain::code::Code;
use crate::domain::evidence::EvidenceRef;
use crate::domain::finding::{self, Confidence, Held, Outcome, Variant, Weight};
use crate::domain::message::Message;
use crate::model::ClusterModel;

/// How a condition turned out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It was seen to hold, and this shows it.
    Yes(Vec<EvidenceRef>),
    /// It was seen not to hold.
    No,
    /// What would tell was not seen.
    NotSeen,
}

impl Seen {
    /// Something that was looked at and has no line of its own.
    #[must_use]
    pub fn of(holds: bool) -> Self {
        if holds { Self::Yes(Vec::new()) } else { Self::No }
    }

    /// Something that shows in these lines: without a line it does not hold.
    #[must_use]
    pub fn lines(lines: Vec<EvidenceRef>) -> Self {
        if lines.is_empty() { Self::No } else { Self::Yes(lines) }
    }

    /// The same; what does not hold is not known unless it was `looked` at.
    #[must_use]
    pub fn if_looked(self, looked: bool) -> Self {
        match self {
            Self::No if !looked => Self::NotSeen,
            seen => seen,
        }
    }

    /// True if it was seen to hold.
    #[must_use]
    pub const fn is_yes(&self) -> bool {
        matches!(self, Self::Yes(_))
    }

    /// As it is stored.
    fn held(self) -> (Held, Vec<EvidenceRef>) {
        match self {
            Self::Yes(lines) => (Held::Yes, lines),
            Self::No => (Held::No, Vec::new()),
            Self::NotSeen => (Held::NotSeen, Vec::new()),
        }
    }
}

/// One line of the table of a rule.
pub struct Condition<S: 'static> {
    /// Stable name, kebab-case; its text is `if-{id}`. One name is one predicate.
    pub id: &'static str,
    /// What it decides.
    pub weight: Weight,
    /// Tells whether it holds.
    pub see: fn(&ClusterModel<'_>, &S) -> Seen,
}

/// What the rule is about. Where it does not hold, nothing else of the rule is looked at or shown.
pub const fn about<S>(id: &'static str, see: fn(&ClusterModel<'_>, &S) -> Seen) -> Condition<S> {
    Condition { id, weight: Weight::About, see }
}

/// What has to hold.
pub const fn requires<S>(id: &'static str, see: fn(&ClusterModel<'_>, &S) -> Seen) -> Condition<S> {
    Condition { id, weight: Weight::Requires, see }
}

/// What must not hold.
pub const fn excludes<S>(id: &'static str, see: fn(&ClusterModel<'_>, &S) -> Seen) -> Condition<S> {
    Condition { id, weight: Weight::Excludes, see }
}

/// What makes it certain.
pub const fn certain<S>(id: &'static str, see: fn(&ClusterModel<'_>, &S) -> Seen) -> Condition<S> {
    Condition { id, weight: Weight::Certain, see }
}

/// What makes it likely.
pub const fn likely<S>(id: &'static str, see: fn(&ClusterModel<'_>, &S) -> Seen) -> Condition<S> {
    Condition { id, weight: Weight::Likely, see }
}

/// What leaves it no more than possible, whatever else holds.
pub const fn doubts<S>(id: &'static str, see: fn(&ClusterModel<'_>, &S) -> Seen) -> Condition<S> {
    Condition { id, weight: Weight::Doubts, see }
}

/// What is looked at and told because people would ask, and decides nothing.
pub const fn beside<S>(id: &'static str, see: fn(&ClusterModel<'_>, &S) -> Seen) -> Condition<S> {
    Condition { id, weight: Weight::Beside, see }
}

/// One way to a code.
pub struct Rule<S: 'static> {
    /// The code.
    pub code: Code,
    /// Which kind of it.
    pub variant: Variant,
    /// How bad it is.
    pub outcome: Outcome,
    /// How sure it is where no condition says otherwise.
    pub confidence: Confidence,
    /// What is asked for, in this order.
    pub conditions: &'static [Condition<S>],
    /// The key of its sentence.
    pub says: fn(&ClusterModel<'_>, &S) -> &'static str,
}

impl<S> Rule<S> {
    /// A failure, certain until said otherwise.
    pub const fn fail(
        code: Code,
        conditions: &'static [Condition<S>],
        says: fn(&ClusterModel<'_>, &S) -> &'static str,
    ) -> Self {
        Self {
            code,
            variant: Variant::Plain,
            outcome: Outcome::Fail,
            confidence: Confidence::Certain,
            conditions,
            says,
        }
    }

    /// The same, not yet a failure.
    #[must_use]
    pub const fn warn(self) -> Self {
        Self { outcome: Outcome::Warn, ..self }
    }

    /// The same, worth telling and not a fault.
    #[must_use]
    pub const fn advice(self) -> Self {
        Self { outcome: Outcome::Advice, ..self }
    }

    /// The same, the best explanation and not the only one.
    #[must_use]
    pub const fn likely(self) -> Self {
        Self { confidence: Confidence::Likely, ..self }
    }

    /// The same, one of several explanations.
    #[must_use]
    pub const fn possible(self) -> Self {
        Self { confidence: Confidence::Possible, ..self }
    }

    /// The same, of that kind.
    #[must_use]
    pub const fn variant(self, variant: Variant) -> Self {
        Self { variant, ..self }
    }
}

/// The node, by index, that a case is about, and the other one of a pair.
pub type Nodes = (Option<usize>, Option<usize>);

/// Rules that are asked in this order: the first that applies is the case.
pub struct Chain<S: 'static> {
    /// The rules.
    pub rules: &'static [&'static Rule<S>],
    /// Fills the sentence of a rule: the message has its key and no arguments yet.
    pub fill: fn(&ClusterModel<'_>, &S, Message) -> Message,
    /// The nodes that a case is about.
    pub nodes: fn(&ClusterModel<'_>, &S) -> Nodes,
    /// What the case rests on, from the lines of its own conditions that hold.
    pub evidence: fn(&ClusterModel<'_>, &S, Vec<EvidenceRef>) -> Vec<EvidenceRef>,
}

/// A rule that applies.
#[derive(Clone, Debug)]
pub struct Case {
    /// Which cause.
    pub code: Code,
    /// Which kind of it.
    pub variant: Variant,
    /// How bad it is.
    pub outcome: Outcome,
    /// How sure.
    pub confidence: Confidence,
    /// The node, by index, that it is about.
    pub node: Option<usize>,
    /// The other one of a pair.
    pub peer: Option<usize>,
    /// One sentence.
    pub summary: Message,
    /// What it rests on.
    pub evidence: Vec<EvidenceRef>,
    /// What was asked for on the way there, that of rules that did not apply included.
    pub conditions: Vec<finding::Condition>,
}

/// What was asked so far, each question once.
#[derive(Default)]
struct Asked(Vec<(&'static str, Weight, Seen)>);

impl Asked {
    fn ask<S>(&mut self, model: &ClusterModel<'_>, subject: &S, condition: &Condition<S>) -> &Seen {
        let at = self.0.iter().position(|(id, ..)| *id == condition.id);
        let at = at.unwrap_or_else(|| {
            self.0.push((condition.id, condition.weight, (condition.see)(model, subject)));
            self.0.len() - 1
        });
        let (_, weight, seen) = &mut self.0[at];
        // What one rule is only about may decide another.
        if *weight == Weight::About {
            *weight = condition.weight;
        }
        seen
    }

    /// As it is stored: first what the rule that applies asked for, then what ruled out those before it.
    fn stored<S>(mut self, applied: &Rule<S>) -> Vec<finding::Condition> {
        const LINES: usize = 2;
        let place = |id: &str| applied.conditions.iter().position(|condition| condition.id == id);
        self.0.retain(|(id, weight, _)| *weight != Weight::About || place(id).is_some());
        self.0.sort_by_key(|(id, ..)| place(id).unwrap_or(usize::MAX));
        let asked = self.0.into_iter().map(|(id, weight, seen)| {
            let (held, mut evidence) = seen.held();
            evidence.truncate(LINES);
            // What the applied rule makes of it counts more than what an earlier one would have.
            let weight = place(id).map_or(weight, |at| applied.conditions[at].weight);
            finding::Condition { id: id.to_owned(), held, weight, evidence }
        });
        asked.collect()
    }
}

impl<S> Chain<S> {
    /// About no single node; the sentence takes no arguments, and the case rests on the lines of its own conditions.
    pub const PLAIN: Self =
        Self { rules: &[], fill: |_, _, message| message, nodes: |_, _| (None, None), evidence: |_, _, lines| lines };

    /// The case of the first rule that applies to the subject.
    #[must_use]
    pub fn case(&self, model: &ClusterModel<'_>, subject: &S) -> Option<Case> {
        let mut asked = Asked::default();
        let rule = self.rules.iter().find(|rule| applies(model, subject, rule, &mut asked))?;
        let (mut confidence, mut doubted) = (rule.confidence, false);
        let mut lines = Vec::new();
        for condition in rule.conditions {
            let Seen::Yes(shown) = asked.ask(model, subject, condition) else { continue };
            match condition.weight {
                Weight::About | Weight::Requires => {}
                Weight::Certain => confidence = confidence.max(Confidence::Certain),
                Weight::Likely => confidence = confidence.max(Confidence::Likely),
                Weight::Doubts => {
                    doubted = true;
                    continue;
                }
                Weight::Excludes | Weight::Beside => continue,
            }
            lines.extend(shown.iter().cloned());
        }
        if doubted {
            confidence = Confidence::Possible;
        }
        let (node, peer) = (self.nodes)(model, subject);
        Some(Case {
            code: rule.code,
            variant: rule.variant,
            outcome: rule.outcome,
            confidence,
            node,
            peer,
            summary: (self.fill)(model, subject, Message::new((rule.says)(model, subject))),
            evidence: (self.evidence)(model, subject, lines),
            conditions: asked.stored(rule),
        })
    }
}

/// Whether a rule applies. Nothing else is asked for a rule that is not about the subject.
fn applies<S>(model: &ClusterModel<'_>, subject: &S, rule: &Rule<S>, asked: &mut Asked) -> bool {
    let mut holds = |condition: &Condition<S>| asked.ask(model, subject, condition).is_yes();
    let mut abouts = rule.conditions.iter().filter(|condition| condition.weight == Weight::About);
    abouts.all(&mut holds)
        && rule.conditions.iter().all(|condition| match condition.weight {
            Weight::Requires => holds(condition),
            Weight::Excludes => !holds(condition),
            Weight::About | Weight::Certain | Weight::Likely | Weight::Doubts | Weight::Beside => true,
        })
}

/// A rule as the help lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The code that it ends with.
    pub code: Code,
    /// Which kind of it.
    pub variant: Variant,
    /// Its conditions, in their order.
    pub conditions: Vec<(&'static str, Weight)>,
    /// The codes of rules that are asked before it: it is named only where they do not apply.
    pub after: Vec<Code>,
}

/// Rules of any subject, to be listed.
pub trait List: Sync {
    /// Every rule, in the order in which they are asked.
    fn list(&self) -> Vec<Listed>;
}

impl Chain<usize> {
    /// Of the node with that index, which the sentence takes.
    pub const OF_NODE: Self = Self {
        fill: |model, index, message| message.with("node", model.nodes[*index].name),
        nodes: |_, index| (Some(*index), None),
        ..Self::PLAIN
    };
}

impl<S> List for Chain<S> {
    fn list(&self) -> Vec<Listed> {
        let listed = self.rules.iter().enumerate().map(|(at, rule)| {
            let mut after: Vec<Code> = self.rules[..at].iter().map(|earlier| earlier.code).collect();
            after.retain(|code| *code != rule.code);
            after.sort_unstable();
            after.dedup();
            let conditions = rule.conditions.iter().map(|condition| (condition.id, condition.weight)).collect();
            Listed { code: rule.code, variant: rule.variant, conditions, after }
        });
        listed.collect()
    }
}

impl<S> List for &'static [&'static Chain<S>] {
    fn list(&self) -> Vec<Listed> {
        self.iter().flat_map(|chain| chain.list()).collect()
    }
}

#[cfg(test)]
mod tests;
