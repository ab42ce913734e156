//! Whole verdicts on lines that nothing explains: what was seen goes in, the ranked causes come out.

use crate::world::*;

#[test]
fn an_unknown_shape_is_told_and_is_no_fault() {
    let mut world = World::new(3);
    set_unknown(&mut world, 1, vec![unknown(600, 2, "WARN", "2026-11-22 16:00:00,000 WARN The frobnicator wobbles")]);
    let diagnosis = world.diagnose();
    assert_eq!(diagnosis.health, Health::Healthy);
    let told = diagnosis.findings.iter().find(|one| one.code == Code::LogsErrors).expect("a finding");
    assert_eq!((told.outcome, told.summary.key.as_str()), (Outcome::Advice, "finding-logs-strange"));
    set_unknown(&mut world, 1, vec![unknown(600, 2, "WARN", "WARN Recommended use 'nacos.remote.x' property instead")]);
    assert!(world.diagnose().findings.is_empty(), "noise of healthy clusters");
}

#[test]
fn the_first_error_before_a_silence_is_shown() {
    let mut world = World::new(3);
    world.silent(2, 60, Vec::new());
    let mut first = unknown(70, 1, "ERROR", "2026-11-22 16:00:00,000 ERROR GC overhead makes me slow");
    first.samples.truncate(1);
    set_unknown(&mut world, 2, vec![first, unknown(400, 1, "ERROR", "ERROR long ago")]);
    world.logs(0, 1, world.refused(2, 59));
    let diagnosis = world.diagnose();
    assert_eq!(world.codes(), [r#"node.killed["n3"]"#]);
    let told = diagnosis.findings.iter().find(|one| one.summary.key == "finding-logs-last-words").expect("last words");
    assert!(told.evidence[0].text.contains("GC overhead"), "{:?}", told.evidence);
    assert_eq!(told.summary.args["seconds"], "10");
}

#[test]
fn a_known_error_that_no_rule_uses_does_not_vanish() {
    let mut world = World::new(3);
    world.logs(1, 1, vec![hits("C92", None, None, 118, 10, "", "ERROR [db-error] something")]);
    let diagnosis = world.diagnose();
    assert_eq!(world.codes(), [r#"logs.errors["n2"]"#]);
    assert_eq!((diagnosis.health, diagnosis.causes[0].confidence), (Health::Degraded, Confidence::Likely));
    world.logs(1, 1, vec![hits("C92", None, None, 118, 60, "", "ERROR [db-error] something")]);
    assert!(world.codes().is_empty(), "now and then is not now");
}

/// What lies in one node explains its own errors and those that name it, not those of somebody else.
#[test]
fn errors_of_another_node_follow_only_if_they_name_the_node_that_is_ill() {
    let codes = |text: &str| {
        let mut world = World::new(3);
        let heap = "java.lang.OutOfMemoryError: Java heap space";
        world.logs(2, 1, vec![hits("C98", None, None, 60, 3, "", heap)]);
        set_unknown(&mut world, 0, vec![unknown(118, 40, "ERROR", text)]);
        world.codes()
    };
    let own = r#"node.oom_java["n3"]"#;
    assert_eq!(codes("ERROR got exception. user not found!"), [own, r#"logs.errors["n1"]"#]);
    assert_eq!(codes("ERROR 10.0.0.31 went wrong"), [own, r#"logs.errors["n1"]"#]);
    assert_eq!(codes("ERROR nothing came back from 10.0.0.3:8848."), [own]);
}

#[test]
fn requests_that_are_wrong_are_worth_a_note_and_no_fault() {
    let text = "ERROR got exception. caused: Param 'serviceName' is required.;";
    let mut world = World::new(3);
    world.logs(2, 1, vec![hits("C149", None, None, 118, 8, "", text)]);
    let diagnosis = world.diagnose();
    assert_eq!(diagnosis.health, Health::Healthy);
    let told = diagnosis.findings.iter().find(|one| one.code == Code::LogsErrors).expect("a note");
    assert_eq!((told.outcome, told.summary.key.as_str()), (Outcome::Advice, "finding-logs-requests"));
    world.logs(2, 1, vec![hits("C149", None, None, 118, 60, "", text)]);
    assert!(world.diagnose().findings.is_empty(), "now and then is nothing");
}

/// Ten in two minutes is loud; one each quarter of a minute goes on for ever just as well.
#[test]
fn errors_that_come_slowly_and_do_not_end_do_not_vanish() {
    let slow = |since_s: i64, each_s: i64| hits("C92", None, None, since_s, each_s, "", "ERROR [db-error] something");
    let codes = |world: &World| world.codes();
    let mut world = World::new(3);
    world.logs(1, 1, vec![slow(590, 15)]);
    assert_eq!(codes(&world), [r#"logs.errors["n2"]"#]);
    world.logs(1, 1, vec![slow(590, 45)]);
    assert!(codes(&world).is_empty(), "now and then");
    world.logs(1, 1, vec![slow(200, 15)]);
    assert!(codes(&world).is_empty(), "for three minutes only");
    // A shape that nobody knows: on all nodes it is no single client.
    let text = "ERROR org.acme.Pool cannot lend";
    let mut world = World::new(3);
    for index in 0..3 {
        world.logs(index, 1, Vec::new());
        set_unknown(&mut world, index, vec![unknown(590, 40, "ERROR", text)]);
    }
    assert_eq!(codes(&world), [r#"logs.errors["n1", "n2", "n3"]"#]);
    set_unknown(&mut world, 2, Vec::new());
    assert!(codes(&world).is_empty(), "on two of three");
}
