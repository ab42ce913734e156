//! What the table of a rule decides.

use super::*;
use crate::world::{AT, Timestamp, WINDOW_MS, World};

/// What a subject answers to each question.
type Answers = [(&'static str, Seen)];

struct Subject(Vec<(&'static str, Seen)>);

fn answer(subject: &Subject, id: &str) -> Seen {
    subject.0.iter().find(|(name, _)| *name == id).map_or(Seen::No, |(_, seen)| seen.clone())
}

static FIRST: Rule<Subject> = Rule::fail(
    Code::NodeDiskFull,
    &[about("mine", |_, one| answer(one, "mine")), requires("full", |_, one| answer(one, "full"))],
    |_, _| "first",
);

static SECOND: Rule<Subject> = Rule::fail(
    Code::NodeKilled,
    &[
        requires("ended", |_, one| answer(one, "ended")),
        excludes("clean", |_, one| answer(one, "clean")),
        certain("witness", |_, one| answer(one, "witness")),
        likely("gone", |_, one| answer(one, "gone")),
        doubts("fresh", |_, one| answer(one, "fresh")),
        beside("full", |_, one| answer(one, "full")),
    ],
    |_, _| "second",
)
.possible();

static CHAIN: Chain<Subject> = Chain {
    rules: &[&FIRST, &SECOND],
    fill: |_, _, message| message,
    nodes: |_, _| (None, None),
    evidence: |_, _, lines| lines,
};

fn case(answers: &Answers) -> Option<Case> {
    let world = World::new(1);
    let at = Timestamp::from_millis(AT);
    let model = ClusterModel::build(&world.cluster, &world.observations, at, WINDOW_MS);
    CHAIN.case(&model, &Subject(answers.to_vec()))
}

fn yes() -> Seen {
    Seen::Yes(Vec::new())
}

fn said(case: &Case, id: &str) -> Option<(Held, Weight)> {
    case.conditions.iter().find(|one| one.id == id).map(|one| (one.held, one.weight))
}

#[test]
fn the_first_rule_that_applies_is_the_case() {
    let both = case(&[("mine", yes()), ("full", yes()), ("ended", yes())]).expect("a case");
    assert_eq!((both.code, both.confidence), (Code::NodeDiskFull, Confidence::Certain));
    assert_eq!(both.conditions.len(), 2, "the second was not asked: {:?}", both.conditions);
    assert!(case(&[]).is_none());
}

#[test]
fn what_must_not_hold_may_be_unknown_and_what_must_may_not() {
    assert!(case(&[("ended", yes()), ("clean", Seen::NotSeen)]).is_some());
    assert!(case(&[("ended", yes()), ("clean", yes())]).is_none());
    assert!(case(&[("ended", Seen::NotSeen)]).is_none());
}

#[test]
fn conditions_say_how_sure_it_is() {
    let sure = |more: &Answers| {
        let answers: Vec<(&'static str, Seen)> = [("ended", yes())].into_iter().chain(more.iter().cloned()).collect();
        case(&answers).expect("a case").confidence
    };
    assert_eq!(sure(&[]), Confidence::Possible);
    assert_eq!(sure(&[("gone", yes())]), Confidence::Likely);
    assert_eq!(sure(&[("witness", Seen::NotSeen), ("gone", yes())]), Confidence::Likely);
    assert_eq!(sure(&[("witness", yes()), ("gone", yes())]), Confidence::Certain);
    assert_eq!(sure(&[("witness", yes()), ("fresh", yes())]), Confidence::Possible);
}

#[test]
fn what_was_ruled_out_on_the_way_is_told_and_what_is_about_others_is_not() {
    let ruled_out = case(&[("mine", yes()), ("ended", yes())]).expect("a case");
    assert_eq!(said(&ruled_out, "full"), Some((Held::No, Weight::Beside)), "of the rule that applies");
    assert_eq!(said(&ruled_out, "mine"), None, "whom the other rule is about");
    let order: Vec<&str> = ruled_out.conditions.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(order, ["ended", "clean", "witness", "gone", "fresh", "full"]);
    assert_eq!(said(&ruled_out, "clean"), Some((Held::No, Weight::Excludes)));
    let later = case(&[("mine", yes()), ("ended", yes()), ("full", Seen::NotSeen)]).expect("a case");
    assert_eq!(said(&later, "full"), Some((Held::NotSeen, Weight::Beside)));
}

#[test]
fn rules_can_be_listed_without_a_cluster() {
    let listed = CHAIN.list();
    assert_eq!(listed[0].conditions, [("mine", Weight::About), ("full", Weight::Requires)]);
    assert_eq!((listed[1].code, listed[1].after.as_slice()), (Code::NodeKilled, &[Code::NodeDiskFull][..]));
}
