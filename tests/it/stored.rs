//! What older versions stored, word for word, is read and stored again the same.

use nodedown::domain::observed::{ConfProblem, DoorTry, LogFileSeen, ProcessSeen, SignatureHits};
use nodedown::domain::vocabulary::{ConfProblemKind, CutReason, Failure, ProcessState};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn read<T: DeserializeOwned + Serialize>(stored: &Value) -> T {
    let read: T = serde_json::from_value(stored.clone()).expect("it is read");
    assert_eq!(serde_json::to_value(&read).expect("it is stored"), *stored);
    read
}

#[test]
fn words_of_observations_are_read_as_they_were_stored() {
    let mut file = json!({"path": "logs/nacos.log", "size_bytes": 1, "read_bytes": 1, "first": null, "last": null,
        "records": 0, "unlevelled": 0, "encoding": "utf-8", "cut": "over_cap"});
    assert_eq!(read::<LogFileSeen>(&file).cut, Some(CutReason::OverCap));
    file["cut"] = "no answer within 500 ms".into();
    assert!(read::<LogFileSeen>(&file).cut.is_some_and(|cut| cut.is_no_answer()));

    let process = json!({"pid": 1, "state": "T (stopped)", "started_at": null, "command": [], "resident_bytes": null,
        "files": null});
    let state = read::<ProcessSeen>(&process).state;
    assert!(state.is_stopped() && state != ProcessState::Stopped);

    let tried = json!({"status": null, "failure": "silent", "elapsed_ms": 5});
    assert_eq!(read::<DoorTry>(&tried).failure, Some(Failure::Silent));

    let problem = json!({"line": 1, "text": "x", "kind": "crlf", "message": {"key": "conf-problem-crlf"}});
    assert_eq!(read::<ConfProblem>(&problem).kind, ConfProblemKind::Crlf);

    let hits = json!({"signature": "C21", "level": "ERROR", "peer": null, "group": null, "count": 3, "first": null,
        "last": null, "samples": [], "times": [],
        "reasons": {"a newer word": {"count": 1, "first": null, "last": null},
            "connect_timeout": {"count": 1, "first": null, "last": null},
            "refused": {"count": 1, "first": null, "last": null}}});
    let reasons = read::<SignatureHits>(&hits).reasons;
    assert!(reasons.contains_key(&Failure::Refused) && reasons.contains_key(&Failure::ConnectTimeout));
}
