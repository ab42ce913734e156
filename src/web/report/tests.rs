//! Reports of incidents.

use super::*;
use crate::domain::event::Actor;
use crate::domain::observed::FileEnd;

fn event(at: i64, kind: EventKind) -> Event {
    Event { id: EventId(at), incident: IncidentId(1), at: Timestamp::from_millis(at), actor: Actor::Engine, kind }
}

fn diagnosis(at: i64, causes: &[&str]) -> Event {
    let causes = causes.iter().map(|code| (*code).to_owned()).collect();
    event(at, EventKind::DiagnosisChanged { causes, health: "degraded".to_owned() })
}

fn started(at: i64) -> Event {
    event(at, EventKind::ChecksStarted { step: Step::Logs, runs: 1 })
}

#[test]
fn the_diagnosis_that_stood_longest_counts_as_known_before_it_fell() {
    let now = Timestamp::from_millis(1_000);
    let moment = |at| Some(Until::Moment(Timestamp::from_millis(at)));
    let healed = [diagnosis(10, &["node.killed"]), started(50), diagnosis(60, &["clients.skewed"]), diagnosis(70, &[])];
    assert_eq!(longest(&healed, now), moment(50));
    let at_once = [diagnosis(10, &["node.killed"]), diagnosis(60, &["none"])];
    assert_eq!(longest(&at_once, now), moment(10));
    assert_eq!(longest(&[diagnosis(10, &["node.killed"])], now), Some(Until::Now));
    assert_eq!(longest(&[diagnosis(10, &["none"]), diagnosis(20, &[])], now), None);
}

#[test]
fn a_node_whose_log_goes_on_did_not_fall_silent() {
    let seen = |stamp: i64| StopSeen {
        process_table_seen: false,
        process: None,
        files_live: true,
        ends: vec![FileEnd {
            path: "logs/a.log".to_owned(),
            size_bytes: 1,
            last_stamp: Some(Timestamp::from_millis(stamp)),
            last_line: String::new(),
        }],
        traces: Vec::new(),
        crash_files: Vec::new(),
        last_started: None,
        starts: Vec::new(),
        zone_offset_s: 0,
        zone_derived: false,
        disk_free_bytes: None,
        self_address: None,
    };
    let captured = Timestamp::from_millis(100_000);
    assert_eq!(silent_since(&seen(95_000), captured), None);
    assert_eq!(silent_since(&seen(10_000), captured), Some(Timestamp::from_millis(10_000)));
}

#[test]
fn markdown_takes_no_markup_from_outside() {
    let hostile = "<script>alert(1)</script> [x](javascript:1) `code` # | **b**\n# heading";
    let text = export::inline(hostile);
    assert!(!text.contains('<') && !text.contains('\n') && !text.contains("[x]("), "{text}");
    assert_eq!(export::inline("a|b"), r"a\|b");
}
