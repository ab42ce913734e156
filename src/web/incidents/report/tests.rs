//! Reports of incidents.

use super::markdown::inline;
use super::named::named;
use super::record::silent_since;
use crate::domain::code::Code;
use crate::domain::diagnosis::{Cause, Confidence, Diagnosis, Health};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::observed::{FileEnd, ProcessIds, StopSeen};
use crate::domain::time::Timestamp;

fn diagnosis(at: i64, causes: &[(Code, &str, Confidence)]) -> Diagnosis {
    let cause = |(code, node, confidence): &(Code, &str, Confidence)| Cause {
        nodes: vec![NodeName::from(*node)],
        confidence: *confidence,
        summary: Message::new("none"),
        ..Cause::bare(*code)
    };
    let causes = causes.iter().map(cause).collect();
    Diagnosis { causes, ..Diagnosis::bare(Timestamp::from_millis(at), Health::Degraded) }
}

#[test]
fn a_record_keeps_what_was_named_before_all_was_well_again() {
    let killed = |confidence| (Code::NodeKilled, "n3", confidence);
    let history = [
        diagnosis(10, &[killed(Confidence::Likely)]),
        diagnosis(20, &[(Code::NodeHung, "n3", Confidence::Possible)]),
        diagnosis(25, &[killed(Confidence::Certain)]),
        diagnosis(60, &[killed(Confidence::Likely), (Code::ClientsSkewed, "n3", Confidence::Certain)]),
        diagnosis(70, &[]),
    ];
    let said: Vec<_> = named(&history, Timestamp::from_millis(1_000))
        .into_iter()
        .map(|one| {
            let until = one.until.map(Timestamp::as_millis);
            (
                history[one.in_diagnosis].causes[one.place].code,
                one.in_diagnosis,
                one.from.as_millis(),
                until,
                one.stood_ms,
            )
        })
        .collect();
    let expected = [
        (Code::NodeKilled, 2, 10, Some(70), 55),
        (Code::ClientsSkewed, 3, 60, Some(70), 10),
        (Code::NodeHung, 1, 20, Some(25), 5),
    ];
    assert_eq!(said, expected);
    let stands = named(&history[..1], Timestamp::from_millis(1_000));
    assert_eq!((stands[0].until, stands[0].stood_ms), (None, 990));
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
            modified: None,
        }],
        traces: Vec::new(),
        crash_files: Vec::new(),
        last_started: None,
        last_start_ms: None,
        jvm_began: None,
        starts: Vec::new(),
        zone_offset_s: 0,
        zone_derived: false,
        disk_free_bytes: None,
        clock_offset_ms: None,
        self_address: None,
        kernel_read: true,
        kernel_missing: None,
        unused_texts: Vec::new(),
        process_ids: ProcessIds::default(),
        aligned_ms: 0,
    };
    let captured = Timestamp::from_millis(100_000);
    assert_eq!(silent_since(&seen(95_000), captured), None);
    assert_eq!(silent_since(&seen(10_000), captured), Some(Timestamp::from_millis(10_000)));
}

#[test]
fn markdown_takes_no_markup_from_outside() {
    let hostile = "<script>alert(1)</script> [x](javascript:1) `code` # | **b**\n# heading";
    let text = inline(hostile);
    assert!(!text.contains('<') && !text.contains('\n') && !text.contains("[x]("), "{text}");
    assert_eq!(inline("a|b"), r"a\|b");
}
