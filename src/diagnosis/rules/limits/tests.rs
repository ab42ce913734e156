//! Tests of what a process may use up, and of standstills.

use crate::world::*;

#[test]
fn what_is_used_up_stands_above_how_it_ended() {
    for (signature, text, code, confidence) in [
        (
            "C136",
            "java.lang.OutOfMemoryError: unable to create native thread",
            "node.threads_exhausted",
            Confidence::Likely,
        ),
        (
            "C137",
            "# There is insufficient memory for the Java Runtime Environment",
            "node.memory_native",
            Confidence::Certain,
        ),
        ("C137", "java.io.IOException: Cannot allocate memory", "node.memory_native", Confidence::Likely),
    ] {
        let mut world = World::new(3);
        world.logs(0, 1, world.refused(2, 59));
        world.silent(2, 60, vec![trace(signature, 62, text)]);
        let diagnosis = world.diagnose();
        let first = diagnosis.causes.first().expect("a cause");
        assert_eq!((first.code.as_str(), first.confidence), (code, confidence), "{text}");
        // Long before the end it is history.
        world.silent(2, 60, vec![trace(signature, 1500, text)]);
        assert_eq!(world.codes(), [r#"node.killed["n3"]"#], "{text}");
    }
}

#[test]
fn a_node_that_runs_and_gets_no_more_threads_is_told_of() {
    let mut world = World::new(3);
    world.logs(2, 1, vec![hits("C136", None, None, 50, 5, "", "unable to create new native thread")]);
    assert_eq!(world.codes(), [r#"node.threads_exhausted["n3"]"#]);
}

#[test]
fn a_standstill_is_told_while_it_is_young_and_is_history_then() {
    let paused = |ago_s: i64, delta: &str| {
        let mut world = World::new(3);
        let text = format!("HikariPool-1 - Thread starvation or clock leap detected (housekeeper delta={delta}).");
        world.seen_logs(0).hits = vec![hits("C138", None, None, ago_s, 3600, "", &text)];
        assert_eq!(world.seen_logs(0).hits[0].samples[0].at, Some(ago(ago_s)));
        world.diagnose()
    };
    let young = paused(292, "1m8s776ms");
    let cause = young.causes.first().expect("a cause");
    assert_eq!((cause.code, young.health), (Code::NodePaused, Health::Degraded));
    assert_eq!((cause.summary.args.get("nodes").map(String::as_str), cause.nodes.len()), (Some("n1"), 1));
    let old = paused(1200, "1m8s776ms");
    assert!(old.causes.is_empty());
    let told = old.findings.iter().find(|finding| finding.code == Code::NodePaused).expect("a finding");
    assert_eq!((told.outcome, told.summary.args["seconds"].as_str()), (Outcome::Advice, "68"));
    assert!(paused(292, "31s2ms").findings.iter().all(|finding| finding.code != Code::NodePaused), "a second late");
}

#[test]
fn a_node_that_stumbles_alone_is_overloaded_and_a_slow_host_is_not() {
    let stumbling = |nodes: &[usize]| {
        let mut world = World::new(3);
        for node in nodes {
            world.seen_logs(*node).stalls = (1..=8).map(|at| (ago(at * 10), ago(at * 10 - 5))).collect();
        }
        world.diagnose()
    };
    let one = stumbling(&[1]);
    let cause = one.causes.first().expect("a cause");
    assert_eq!(
        (cause.code, cause.confidence, one.health),
        (Code::NodeOverloaded, Confidence::Likely, Health::Degraded)
    );
    let told = one.findings.iter().find(|finding| finding.code == Code::NodeOverloaded).expect("a finding");
    assert_eq!((told.summary.args["times"].as_str(), told.summary.args["seconds"].as_str()), ("8", "40"));
    assert!(stumbling(&[0, 1, 2]).causes.is_empty(), "the host they share is slow");
}

#[test]
fn one_that_answers_late_alone_is_told_of_as_possible() {
    let late = |slow: &[usize], questions: usize| {
        let mut world = World::new(3);
        (0..3).for_each(|node| answering(&mut world, node));
        for node in slow {
            let name = world.name(*node);
            let seen = world.observations.seen.get_mut("node.view").and_then(|seen| seen.get_mut(&name));
            let Some(Observed::View(view)) = seen else { panic!("a view") };
            view.failed = (0..questions)
                .map(|number| HttpSeen {
                    path: format!("/{number}"),
                    status: None,
                    body: String::new(),
                    failure: Some(Failure::Timeout),
                    elapsed_ms: 2500,
                })
                .collect();
        }
        let causes = world.diagnose().causes;
        causes.iter().map(|cause| (cause.code, cause.confidence)).collect::<Vec<_>>()
    };
    assert_eq!(late(&[], 0), []);
    assert_eq!(late(&[2], 1), [], "one slow answer happens to anybody");
    assert_eq!(late(&[2], 3), [(Code::NodeOverloaded, Confidence::Possible)]);
    assert_eq!(late(&[0, 1, 2], 3), [], "it is this machine or its network that is slow");
}

#[test]
fn questions_that_wait_for_storage_tell_of_storage() {
    let seen = |paths: &[&str], cut: bool| {
        let mut world = World::new(3);
        (0..3).for_each(|node| answering(&mut world, node));
        set_view(&mut world, 1, |_, view| {
            view.readiness = Some(http("/v3/admin/core/state/readiness", None, 2500));
            view.failed = paths.iter().map(|path| http(path, None, 2900)).collect();
        });
        if cut {
            let mut failed = hits("C39", Some(world.peer(0, -1000)), Some("g"), 60, 10, "timeout", "DEADLINE_EXCEEDED");
            for (line, count) in failed.samples.iter_mut().zip(["1", "11"]) {
                line.captures.insert("n".to_owned(), count.to_owned());
            }
            let vote = hits("C31", Some(world.peer(1, -1000)), Some("g"), 60, 5, "timeout", "DEADLINE_EXCEEDED");
            world.logs(1, 1, vec![failed]);
            world.logs(0, 1, vec![vote]);
        }
        world.diagnose().causes.iter().map(|cause| cause.code).collect::<Vec<_>>()
    };
    assert!(!seen(&["/v3/admin/core/state"], false).contains(&Code::NodeOverloaded));
    assert_eq!(seen(&["/v3/admin/core/state", "/a", "/b"], false)[0], Code::NodeOverloaded);
    let cut = seen(&["/v3/admin/core/state", "/a"], true);
    assert_eq!(
        cut[0],
        Code::RaftLinkBroken,
        "what is known of the link is more than that the node may be slow: {cut:?}"
    );
}

#[test]
fn a_node_that_accepts_and_has_no_files_left_is_not_just_hung() {
    let mut world = World::new(3);
    answering(&mut world, 2);
    for role in [PortRole::Main, PortRole::ClientGrpc, PortRole::ServerGrpc, PortRole::Raft] {
        set_port(&mut world, 2, role, PortResult::Silent, 900);
    }
    let name = world.name(2);
    world.observations.seen.get_mut("node.view").expect("views").remove(&name);
    assert_eq!(world.codes(), [r#"node.hung["n3"]"#]);
    let text = "Socket accept failed\njava.io.IOException: Too many open files";
    world.logs(2, 1, vec![hits("C102", None, None, 8, 2, "", text)]);
    assert_eq!(world.codes(), [r#"node.files_exhausted["n3"]"#]);
}

#[test]
fn what_an_earlier_start_lacked_does_not_explain_a_later_one() {
    let unable = "java.lang.OutOfMemoryError: unable to create native thread";
    let taken = "Startup errors : \nCaused by: java.io.IOException: Failed to bind to address 0.0.0.0/0.0.0.0:7848";
    let start = |began_s: i64| {
        let mut world = World::new(3);
        let traces = vec![trace("C136", 90, unable), trace("START", began_s, ""), trace("S10", 61, taken)];
        world.silent(2, 60, traces);
        world.codes()
    };
    assert_eq!(start(80), [r#"node.start_failed["n3"]"#]);
    assert_eq!(start(100), [r#"node.threads_exhausted["n3"]"#]);
}

#[test]
fn one_that_answers_now_and_then_is_one_thing_whichever_questions_it_answers() {
    let look = |change: &dyn Fn(&mut ViewSeen)| {
        let mut world = api_only();
        set_view(&mut world, 2, |_, view| {
            view.liveness = Some(http("/liveness", Some(200), 4));
            view.readiness = Some(http("/readiness", Some(200), 9));
            view.config_health = Some(http("/cs/health", Some(200), 5));
            change(view);
        });
        let diagnosis = world.diagnose();
        let causes: Vec<(Code, Confidence)> =
            diagnosis.causes.iter().map(|cause| (cause.code, cause.confidence)).collect();
        causes
    };
    let in_vain = |path: &str| http(path, None, 2500);
    let not_ready = |view: &mut ViewSeen| {
        view.readiness = Some(in_vain("/readiness"));
        view.ready = None;
        view.failed.push(in_vain("/readiness"));
    };
    let told = [(Code::NodeOverloaded, Confidence::Possible)];
    assert_eq!(look(&|_| {}), []);
    // Three looks at one node that answers one question in five.
    let first = look(&|view| {
        not_ready(view);
        view.metrics = None;
        view.failed.push(in_vain("/metrics"));
    });
    let second = look(&|view| {
        view.liveness = Some(in_vain("/liveness"));
        view.failed = vec![in_vain("/liveness"), in_vain("/nodes"), in_vain("/state")];
        view.members.clear();
    });
    let third = look(&|view| view.late = vec![http("/nodes", Some(200), 1800), http("/metrics", Some(200), 2400)]);
    assert_eq!((first.as_slice(), second.as_slice(), third.as_slice()), (&told[..], &told[..], &told[..]));
    // A database that does not answer lets both of its questions wait, and nothing else.
    let database = look(&|view| {
        not_ready(view);
        view.config_health = Some(in_vain("/cs/health"));
    });
    assert!(!database.contains(&told[0]), "{database:?}");
    assert_eq!(
        look(&|view| view.late = vec![http("/nodes", Some(200), 1800)]),
        [],
        "one slow answer happens to anybody"
    );
}
