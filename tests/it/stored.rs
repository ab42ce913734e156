//! What older versions stored, word for word, is read and stored again the same.

use nodedown::domain::event::EventKind;
use nodedown::domain::finding::{Coverage, Judgement};
use nodedown::domain::observed::{
    ClientSeen, ConfProblem, DoorRequest, LogFileSeen, MemberSeen, MissingWhy, Observations, ProcessSeen, SampleSeen,
    SignatureHits,
};
use nodedown::domain::vocabulary::{
    ClientSource, ConfProblemKind, CutReason, Failure, MemberState, OutputKind, ProcessState,
};
use nodedown::sources::HandedIn;
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
    assert!(read::<LogFileSeen>(&file).cut.is_some_and(|cut| cut.is_out_of_time()));

    let process = json!({"pid": 1, "state": "T (stopped)", "started_at": null, "command": [], "resident_bytes": null,
        "files": null});
    let state = read::<ProcessSeen>(&process).state;
    assert!(state.is_stopped() && state != ProcessState::Stopped);

    let tried = json!({"status": null, "failure": "silent", "elapsed_ms": 5});
    assert_eq!(read::<DoorRequest>(&tried).failure, Some(Failure::Silent));

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

#[test]
fn states_of_members_and_sources_of_connections_are_read_as_they_were_stored() {
    let mut member = json!({"address": "10.0.0.1:8848", "state": "UP", "version": null, "raft_port": null,
        "last_refresh": null, "fail_count": null, "raft": []});
    assert_eq!(read::<MemberSeen>(&member).state, MemberState::Up);
    // What the API reader puts where a node gave none, and what a later Nacos may say.
    for other in ["UNKNOWN", "DRAINING", "up"] {
        member["state"] = other.into();
        assert_eq!(read::<MemberSeen>(&member).state, MemberState::Unknown(other.to_owned()));
    }

    let sample = json!({"at": 1, "alive": true, "ready": null,
        "members": {"10.0.0.1:8848": "SUSPICIOUS", "10.0.0.2:8848": "UNKNOWN"}, "raft": [],
        "metrics": {"status": null, "services": null, "instances": null, "clients": null, "responsible_clients": null,
            "cpu": null, "load": null, "mem": null},
        "sdk_connections": null, "errors": null, "elapsed_ms": 1});
    assert_eq!(read::<SampleSeen>(&sample).members["10.0.0.1:8848"], MemberState::Suspicious);

    let mut client = json!({"id": "1", "ip": "10.0.0.9", "module": "naming", "source": "cluster", "app": null,
        "version": null, "created": null});
    assert!(read::<ClientSeen>(&client).is_of_a_node());
    client["source"] = "sdk".into();
    assert_eq!(read::<ClientSeen>(&client).source, Some(ClientSource::Sdk));
    for other in [Value::Null, "a newer word".into()] {
        client["source"] = other;
        assert!(!read::<ClientSeen>(&client).is_of_a_node());
    }
}

#[test]
fn judgements_of_older_versions_tell_how_much_was_seen() {
    let seen_of = |judgement: &Value| serde_json::from_value::<Judgement>(judgement.clone()).expect("it is read").seen;
    let unseen = json!([{"check": "net.ports", "node": "n1", "reason": {"key": "checks-timed-out"}}]);
    let mut judgement = json!({"outcome": "pass", "summary": {"key": "x"}, "findings": []});
    assert_eq!(seen_of(&judgement), Coverage::All, "stored before there was a list");
    judgement["not_seen"] = json!([]);
    assert_eq!(seen_of(&judgement), Coverage::All);
    judgement["not_seen"] = unseen;
    assert_eq!(seen_of(&judgement), Coverage::Partly);
    judgement["seen"] = "partly".into();
    assert_eq!(read::<Judgement>(&judgement).seen, Coverage::Partly);

    let mut event = json!({"event": "check_finished", "run": 1, "step": 4, "check": "net.ports", "node": "n1",
        "end": "judged", "outcome": "pass"});
    let seen = |kind: EventKind| matches!(kind, EventKind::CheckFinished { seen: Coverage::Partly, .. });
    assert!(!seen(read(&event)), "an older event is stored again as it was");
    event["seen"] = "partly".into();
    assert!(seen(read(&event)));
}

#[test]
fn kinds_of_handed_in_output_are_read_as_they_were_recorded() {
    let mut output = json!({"kind": "dmesg", "text": "x", "by": "ann", "at": 1});
    assert_eq!(read::<HandedIn>(&output).kind, OutputKind::Dmesg);
    output["kind"] = "ping".into();
    assert_eq!(read::<HandedIn>(&output).kind, OutputKind::Unknown("ping".to_owned()));
}

#[test]
fn why_something_is_missing_is_read_with_and_without_its_kind() {
    let observations = json!({"seen": {}, "missing": {"node.stop": {
        "n1": {"key": "checks-timed-out"},
        "n2": {"key": "checks-timed-out", "why": "timed_out"},
        "n3": {"key": "source-denied", "args": {"why": "x"}},
    }}});
    let missing = read::<Observations>(&observations).missing.remove("node.stop").expect("the kind of check");
    let whys: Vec<MissingWhy> = missing.values().map(|missing| missing.why).collect();
    assert_eq!(whys, [MissingWhy::Other, MissingWhy::TimedOut, MissingWhy::Other]);
    let newer = json!({"seen": {}, "missing": {"node.stop": {"n1": {"key": "x", "why": "some newer kind"}}}});
    assert!(serde_json::from_value::<Observations>(newer).is_ok());
}
