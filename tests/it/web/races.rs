//! Two people at once: the second one to send a form is told who did what meanwhile, and keeps what was typed.

use axum::body::Body;
use http::{Request, StatusCode, header};
use nodedown::commands::closures::{self, CloseIncident};
use nodedown::commands::review::{self, Sign};
use nodedown::commands::{Caller, check_runs, incidents, notes};
use nodedown::domain::event::EventKind;
use nodedown::domain::finding::Step;
use nodedown::domain::id::IncidentId;
use nodedown::domain::incident::DecisionKind;
use nodedown::domain::review::{CauseVerdict, ReviewTexts};

use super::causes::{incident, say};
use super::site::{Answer, Site, encoded};

/// A form of the run screen, with what it had seen.
fn decision(nonce: &str, kind: &str, reason: &str, seen: &str) -> String {
    encoded(&[("nonce", nonce), ("kind", kind), ("reason", reason), ("seen", seen)])
}

/// What the page of an error gives back of what was typed.
fn typed(page: &Answer) -> Vec<String> {
    page.texts("#typed textarea[readonly]")
}

/// The incident closed by the operator, with every step decided.
async fn closed(site: &Site, id: IncidentId) {
    let (commands, caller) = (&site.app.commands, Caller::new("operator"));
    for step in Step::ALL {
        incidents::decide_step(commands, &caller, id, step, DecisionKind::Skipped, "a drill").await.expect("decided");
    }
    let close = CloseIncident { recovered: true, reason: "seen by hand".to_owned(), stable_ms: 600_000 };
    closures::close(commands, &caller, id, &close).await.expect("closed");
}

/// Saved by that person and signed by the lead.
async fn signed(site: &Site, id: IncidentId) {
    let (commands, lead) = (&site.app.commands, Caller::new("lead"));
    let verdict = Some(CauseVerdict::Corrected { code: None, words: "a power cut".to_owned() });
    let texts = ReviewTexts { verdict, ..ReviewTexts::default() };
    review::save(commands, &lead, id, 0, &texts).await.expect("saved");
    let read = site.app.store.read();
    let record = read.incident(id).await.expect("incident").expect("some");
    let seen = read.signable(&record).await.expect("content").sha256;
    review::sign(commands, &lead, id, Sign { seen: &seen, ..Sign::default() }).await.expect("signed");
}

#[tokio::test]
async fn of_two_decisions_on_a_step_the_later_one_is_told_and_keeps_its_text() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    let (first, second) = (site.log_in("operator").await, site.log_in("lead").await);
    let (page, path) = (format!("/incidents/{id}/steps/2"), format!("/incidents/{id}/steps/2/decisions"));
    let form = site.get(&page, &second, "en").await;
    assert_eq!(form.count("#more form input[name=seen][value='0']"), 3, "each form says what it had seen");
    let taken = site.post(&path, &first, &decision("a", "skipped", "AAA", "0")).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER);

    for (kind, reason) in [("done_with_exceptions", "my <b>long</b> text XYZ"), ("skipped", "BBB"), ("done", "")] {
        for (lang, who) in [("en", "operator skipped this step at 2026-11-22"), ("zh-CN", "operator 已于 2026-11-22")]
        {
            let cookie = format!("{second}; nodedown_lang={lang}");
            let late = site.post(&path, &cookie, &decision("b", kind, reason, "0")).await;
            assert_eq!(late.status, StatusCode::CONFLICT, "{kind}");
            assert!(late.texts("#refused").join(" ").contains(who), "{:?}", late.texts("#refused"));
            let kept: Vec<String> = Some(reason.to_owned()).into_iter().filter(|text| !text.is_empty()).collect();
            assert_eq!(typed(&late), kept, "{kind}: no form of the page takes it any more");
            assert_eq!((late.count("#rail"), late.count("body[data-stream]")), (1, 0), "the page of the step, at rest");
        }
    }
    let decisions = site.app.store.read().decisions(id).await.expect("decisions");
    assert_eq!(decisions.iter().map(|one| &*one.reason).collect::<Vec<_>>(), ["AAA"], "nothing was replaced");

    // Somebody who saw the decision can take the step up again, and the same form is late after that.
    let seen = site.get(&page, &second, "en").await;
    assert_eq!(seen.count("#more input[name=seen][value='1']"), 1);
    let again = site.post(&path, &second, &decision("c", "reopened", "", "1")).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.body);
    let late = site.post(&path, &first, &decision("d", "done_with_exceptions", "kept", "1")).await;
    assert_eq!((late.status, late.texts("textarea#exceptions")), (StatusCode::CONFLICT, vec!["kept".to_owned()]));
    assert_eq!((late.count("#more[open]"), late.count("#typed")), (1, 0), "the form holds it");
    assert_eq!(late.count("#more input[name=seen][value='2']"), 3, "sent once more, it is on purpose");
    // Who does not say what was seen is not asked.
    let unasked = encoded(&[("kind", "skipped"), ("reason", "by a script")]);
    assert_eq!(site.post(&path, &first, &unasked).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_reason_stays_in_its_form_while_checks_run_or_words_are_missing() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    let operator = site.log_in("operator").await;
    let path = format!("/incidents/{id}/steps/1/decisions");
    check_runs::start_step(&site.app.commands, &Caller::new("lead"), id, Step::Confirm).await.expect("runs");
    let early = site.post(&path, &operator, &decision("a", "done_with_exceptions", "typed with care", "0")).await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    assert!(early.texts("#refused")[0].contains("still running"), "{:?}", early.texts("#refused"));
    assert_eq!(early.texts("textarea#exceptions"), ["typed with care"]);
    assert_eq!(early.texts("textarea#skip-reason"), [""], "and in no other form");
    let blank = site.post(&path, &operator, &decision("b", "skipped", "  ", "0")).await;
    assert_eq!(blank.status, StatusCode::UNPROCESSABLE_ENTITY, "that is nobody else's doing");
    assert!(blank.texts("#refused")[0].contains("Write down the reason"));
    site.app.engine.run_pending().await.expect("the engine works");
}

#[tokio::test]
async fn of_two_who_say_the_cause_the_second_is_told() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    say(&site, id, "degraded", &[("node.killed", "n3", "likely"), ("net.dns", "n1", "possible")], "gone").await;
    let (first, second) = (site.log_in("operator").await, site.log_in("lead").await);
    let path = format!("/incidents/{id}/cause");
    let form = |nonce: &str, cause: &str, words: &str, seen: &str| {
        encoded(&[("nonce", nonce), ("cause", cause), ("words", words), ("step", "1"), ("seen", seen)])
    };
    assert_eq!(site.post(&path, &first, &form("a", "node.killed/n3", "", "0")).await.status, StatusCode::SEE_OTHER);
    let late = site.post(&path, &second, &form("b", "net.dns/n1", "it was the resolver", "0")).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.texts("#refused")[0].contains("operator said what the cause is"), "{:?}", late.texts("#refused"));
    assert_eq!(late.count("#choose-cause[open] option[value='net.dns/n1'][selected]"), 1, "what was chosen");
    assert_eq!(late.texts("textarea#cause-words"), ["it was the resolver"]);
    assert_eq!(pins(&site, id).await, 2, "the program's and the operator's");
    let seen = site.app.store.read().pinned_cause(id).await.expect("read").expect("pinned").at.as_millis().to_string();
    assert_eq!(late.count(&format!("#choose-cause input[name=seen][value='{seen}']")), 1);
    let again = site.post(&path, &second, &form("c", "", "it was the resolver", &seen)).await;
    assert_eq!((again.status, pins(&site, id).await), (StatusCode::SEE_OTHER, 3), "on purpose");
}

/// How often the timeline says what the cause is.
async fn pins(site: &Site, id: IncidentId) -> usize {
    let events = site.app.store.read().timeline(id).await.expect("timeline");
    events.iter().filter(|event| matches!(event.kind, EventKind::CausePinned { .. })).count()
}

#[tokio::test]
async fn of_two_who_say_how_bad_it_is_the_second_is_told() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    let (first, second) = (site.log_in("lead").await, site.log_in("operator").await);
    let path = format!("/incidents/{id}/severity");
    let form = |nonce: &str, severity: &str, affected: &str, seen: &str| {
        encoded(&[("nonce", nonce), ("severity", severity), ("affected", affected), ("seen", seen)])
    };
    assert_eq!(site.get(&path, &second, "en").await.count("input[name=seen][value='0']"), 1);
    let saved = site.post(&path, &first, &form("a", "sev1", "orders, payments", "0")).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let late = site.post(&path, &second, &form("b", "sev4", "nothing much", "0")).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let told = late.texts("#overtaken").join(" ");
    assert!(told.contains("lead changed") && told.contains("SEV1 · orders, payments"), "{told}");
    assert_eq!((late.count("option[value=sev4][selected]"), late.count("#affected[value='nothing much']")), (1, 1));
    let scope = site.app.store.read().incident(id).await.expect("incident").expect("some").scope;
    assert_eq!(scope.affected, ["orders", "payments"], "they are still there");
    let page = site.get(&path, &second, "en").await;
    assert_eq!(page.count("input[name=seen][value='0']"), 0, "by now it is seen");
}

#[tokio::test]
async fn closing_says_what_is_undecided_before_and_who_was_faster_after() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    let (operator, lead) = (site.log_in("operator").await, site.log_in("lead").await);
    let path = format!("/incidents/{id}/closure");
    let undecided = |page: &Answer| page.texts("#undecided").join(" ");
    assert!(undecided(&site.get(&path, &operator, "en").await).contains("Not decided yet: 1 "));
    let form = |reason: &str| encoded(&[("recovered", "yes"), ("reason", reason)]);
    let early = site.post(&path, &operator, &form("CLOSE0")).await;
    assert_eq!((early.status, early.texts("#reason")), (StatusCode::UNPROCESSABLE_ENTITY, vec!["CLOSE0".to_owned()]));
    assert!(early.texts("#recovered-error")[0].contains("Step 1 is not decided yet"));

    closed(&site, id).await;
    let late = site.post(&path, &lead, &form("CLOSE1 <i>")).await;
    assert_eq!((late.status, typed(&late)), (StatusCode::CONFLICT, vec!["CLOSE1 <i>".to_owned()]));
    assert!(
        late.texts(".banner")[0].contains("operator closed this incident at 2026-11-22"),
        "{:?}",
        late.texts("main")
    );
    for lang in ["en", "zh-CN"] {
        let late = site.post(&path, &format!("{lead}; nodedown_lang={lang}"), &form("CLOSE1")).await;
        assert!(!late.body.contains("Nothing is lost") && !late.body.contains("不会丢失"), "{lang}");
        let lacking = late.body.match_indices('‹').find(|(at, _)| !late.body[*at..].starts_with("‹U+"));
        assert!(lacking.is_none(), "{lang} lacks a text");
    }
}

#[tokio::test]
async fn a_signed_record_takes_no_notes_and_says_so() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    let note =
        notes::add(&site.app.commands, &Caller::new("operator"), id, None, "seen", Vec::new()).await.expect("note");
    closed(&site, id).await;
    let (operator, lead) = (site.log_in("operator").await, site.log_in("lead").await);
    let step = format!("/incidents/{id}/steps/1");
    assert_eq!(site.get(&step, &operator, "en").await.count("#note-text"), 1, "of a closed one notes are taken");
    let impact = format!("/incidents/{id}/impact");
    assert_eq!(site.get(&impact, &operator, "en").await.count("#over_at"), 1);
    signed(&site, id).await;
    let page = site.get(&step, &operator, "en").await;
    assert_eq!((page.count("#note-text"), page.count("#note-list a[href$='/correction']")), (0, 0));
    assert!(page.texts("#notes-signed")[0].contains("The record is signed"));
    let page = site.get(&impact, &operator, "en").await;
    assert_eq!((page.count("#over_at"), page.count("#signed")), (0, 1), "what cannot be saved is not offered");
    // Who had the page open before is told the truth, and has the text.
    let text = [("text", "a late note"), ("step", "1")];
    for path in [format!("/incidents/{id}/notes"), format!("/incidents/{id}/notes/{note}/correction")] {
        let late = site.post(&path, &operator, &encoded(&text)).await;
        assert_eq!((late.status, typed(&late)), (StatusCode::CONFLICT, vec!["a late note".to_owned()]), "{path}");
        assert!(late.texts(".banner")[0].contains("The record is signed"), "{:?}", late.texts(".banner"));
    }
    let sign = encoded(&[("seen", "another"), ("note", "NT2")]);
    let late = site.post(&format!("/incidents/{id}/signature"), &lead, &sign).await;
    assert_eq!((late.status, typed(&late)), (StatusCode::CONFLICT, vec!["NT2".to_owned()]));
    assert!(late.texts(".banner")[0].contains("lead signed this record at"), "{:?}", late.texts(".banner"));
    // Two open the review again: the second keeps the reason.
    let reopen = |reason: &str| encoded(&[("reason", reason)]);
    let path = format!("/incidents/{id}/review-reopening");
    assert_eq!(site.post(&path, &lead, &reopen("late news")).await.status, StatusCode::SEE_OTHER);
    let second = site.post(&path, &lead, &reopen("later news")).await;
    assert_eq!((second.status, typed(&second)), (StatusCode::CONFLICT, vec!["later news".to_owned()]));
}

#[tokio::test]
async fn a_signer_who_changed_nothing_is_shown_what_a_colleague_saved() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    closed(&site, id).await;
    let commands = &site.app.commands;
    let (lead, admin) = (Caller::new("lead"), site.log_in("admin").await);
    let verdict = Some(CauseVerdict::Corrected { code: None, words: "a power cut".to_owned() });
    let texts =
        |lessons: &str| ReviewTexts { verdict: verdict.clone(), lessons: lessons.to_owned(), ..ReviewTexts::default() };
    review::save(commands, &lead, id, 0, &texts("one")).await.expect("saved");
    let path = format!("/incidents/{id}/signature");
    let sign = |lessons: &str, version: &str| {
        let review = [("verdict", "corrected"), ("words", "a power cut"), ("lessons", lessons), ("version", version)];
        encoded(&[&[("seen", "what the page showed"), ("note", "n1")][..], &review].concat())
    };
    review::save(commands, &lead, id, 1, &texts("lessons of the lead")).await.expect("saved");
    let page = site.post(&path, &admin, &sign("one", "1")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!((page.count("#unsaved"), page.count("#older")), (0, 1), "who typed nothing has nothing to save");
    assert!(page.texts("#older")[0].contains("lead saved the review"), "{:?}", page.texts("#older"));
    assert_eq!(page.texts("#review-lessons"), ["lessons of the lead"]);
    assert_eq!(page.count("#review-form input[name=version][value='2']"), 1);
    assert_eq!(page.count("#sign-note[value=n1]"), 1, "what was typed beside it stays");

    // Who did type something sees what the other saved, before anything is replaced.
    let page = site.post(&path, &admin, &sign("my own", "1")).await;
    assert_eq!((page.count("#unsaved"), page.count("#older")), (1, 0));
    assert!(page.texts("#overtaken dd").join(" ").contains("lessons of the lead"));
    assert_eq!(page.texts("#review-lessons"), ["my own"]);
    let saved = site.app.store.read().review(id).await.expect("read").expect("a review");
    assert_eq!((saved.version, saved.texts.lessons.as_str()), (2, "lessons of the lead"));
}

/// Pasted output, as a browser sends it.
async fn paste(site: &Site, id: IncidentId, cookie: &str, node: &str, text: &str) -> Answer {
    let fields = [("node", node), ("kind", "dmesg"), ("step", "1"), ("text", text)];
    let part = |(name, value): (&str, &str)| {
        format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body = fields.map(part).concat() + "--edge--\r\n";
    let request = Request::post(format!("/incidents/{id}/handed-in"))
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
        .header("sec-fetch-site", "same-origin");
    site.ask(request.body(Body::from(body)).expect("request")).await
}

#[tokio::test]
async fn pasted_output_that_is_not_taken_is_given_back_with_the_reason() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    let operator = site.log_in("operator").await;
    let gone = paste(&site, id, &operator, "n9", "Out of memory: <b>").await;
    assert_eq!((gone.status, typed(&gone)), (StatusCode::UNPROCESSABLE_ENTITY, vec!["Out of memory: <b>".to_owned()]));
    assert!(gone.texts(".banner")[0].contains("no node n9 any more"), "{:?}", gone.texts(".banner"));
    let long = paste(&site, id, &operator, "n1", &"a line of output\n".repeat(200_000)).await;
    assert_eq!(long.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(long.texts(".banner")[0].contains("1.0 MiB"), "{:?}", long.texts(".banner"));
    assert!(typed(&long)[0].starts_with("a line of output\n"));
    closed(&site, id).await;
    let late = paste(&site, id, &operator, "n1", "eth0: link up").await;
    assert_eq!((late.status, typed(&late)), (StatusCode::CONFLICT, vec!["eth0: link up".to_owned()]));
}

#[tokio::test]
async fn what_may_be_a_secret_is_not_shown_again() {
    let site = Site::with_people().await;
    let admin = site.log_in("admin").await;
    let form = encoded(&[("name", "x\ny"), ("password", "hunter2 hunter2"), ("role", "no such role")]);
    let page = site.post("/users/99/password", &admin, &form).await;
    assert!(page.status.is_client_error());
    assert_eq!(page.count("#typed"), 0, "a form with a password gives nothing back");
    assert!(!page.body.contains("hunter2"));
}

#[tokio::test]
async fn a_follow_up_has_one_owner_and_a_day_to_come() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    closed(&site, id).await;
    let (operator, path) = (site.log_in("operator").await, format!("/incidents/{id}/follow-ups"));
    let form = |owner: &str, words: &str, due: &str| {
        encoded(&[("what", "an alert"), ("owner", owner), ("owner_words", words), ("due", due)])
    };
    for (form, field, says) in [
        (form("lead", "the database team", "2026-12-01"), "#up-owner-error", "not both"),
        (form("lead", "", "2020-01-01"), "#up-due-error", "This day is over"),
    ] {
        let page = site.post(&path, &operator, &form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        assert!(page.texts(field)[0].contains(says), "{:?}", page.texts(field));
        assert_eq!(page.count("#up-what[value='an alert']"), 1, "what was typed is kept");
    }
    assert_eq!(
        site.post(&path, &operator, &form("lead", "", "2026-11-22")).await.status,
        StatusCode::SEE_OTHER,
        "today"
    );
    // Two tick it: for the second it is as it was to be.
    for cookie in [operator, site.log_in("lead").await] {
        let ticked = site.post(&format!("{path}/1"), &cookie, "state=done").await;
        assert_eq!(ticked.status, StatusCode::SEE_OTHER);
    }
    let marks = site.app.store.read().timeline(id).await.expect("timeline");
    assert_eq!(marks.iter().filter(|event| matches!(event.kind, EventKind::FollowUpMarked { .. })).count(), 1);
}
