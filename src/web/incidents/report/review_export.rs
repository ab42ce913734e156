//! The review, the signature and the follow-ups of a record, as Markdown and as JSON.

use serde_json::{Value, json};

use crate::web::incidents::report::markdown::{block, inline, utc};
use crate::web::incidents::report::record::Record;
use crate::web::incidents::review::ReviewView;
use crate::web::plumbing::page::Frame;

/// The review as a section of Markdown.
pub(super) fn markdown(out: &mut String, f: &Frame, record: &Record) {
    let view = ReviewView::new(f, &record.incident, &record.review);
    out.push_str(&format!("\n## {}\n\n", f.t("review-title")));
    for one in &view.said {
        let by = one.by.as_ref().map_or_else(|| f.t("review-said-program"), |by| f.t1("hero-chosen", "name", by));
        let code = one.code.map_or_else(String::new, |code| f.aside(format!("`{code}`")));
        out.push_str(&format!(
            "- {} · {}{}{}{code}\n",
            f.t("review-said"),
            inline(&by),
            f.colon(),
            inline(&one.summary)
        ));
    }
    let verdict = &view.verdict;
    let code = verdict.code.map_or_else(String::new, |code| f.aside(format!("`{code}`")));
    let words = [f.t(verdict.look.word), verdict.words.clone()].into_iter().filter(|text| !text.is_empty());
    let words = words.collect::<Vec<_>>().join(&f.colon());
    out.push_str(&format!("- {} {}{code}\n", f.t("review-verdict"), inline(&words)));
    for factor in &view.factors {
        out.push_str(&format!("- {}{}{}\n", f.t("review-factors"), f.colon(), inline(factor)));
    }
    if !view.lessons.is_empty() {
        out.push_str(&format!("- {}{}\n", f.t("review-lessons"), f.colon().trim_end()));
        block(out, &view.lessons, 1);
    }
    for (key, _, done) in &view.checklist {
        out.push_str(&format!("- [{}] {}\n", if *done { 'x' } else { ' ' }, f.t(key)));
    }
    match &view.signature {
        Some(signed) => {
            out.push_str(&format!(
                "\n{}{}{} {} · SHA-256 `{}`\n",
                f.t("review-signed"),
                f.colon(),
                inline(&f.t1("review-signed-by", "name", &signed.by)),
                utc(signed.at),
                signed.sha256
            ));
            if let Some(reason) = &signed.reason {
                out.push_str(&format!("\n{}\n", f.t("review-signed-own")));
                block(out, reason, 0);
            }
            let now = if signed.changed.is_empty() {
                f.t("review-unchanged")
            } else {
                f.t1("review-changed", "parts", f.list(signed.changed.iter().cloned()))
            };
            out.push_str(&format!("\n{now}\n"));
        }
        None if view.signed_before => out.push_str(&format!("\n{}\n", f.t("review-signed-before"))),
        None => match &view.was_signed {
            Some((by, at, sha256)) => out.push_str(&format!(
                "\n{} {} · SHA-256 `{sha256}`\n\n{}\n",
                inline(&f.t1("review-signed-by", "name", by)),
                utc(*at),
                f.t("review-was-signed")
            )),
            None => out.push_str(&format!("\n{}\n", f.t("review-unsigned"))),
        },
    }
    out.push_str(&format!("\n## {}\n\n", f.t("follow-ups")));
    if view.follow_ups.items.is_empty() {
        out.push_str(&format!("{}\n", f.t("follow-ups-none")));
    }
    for one in &view.follow_ups.items {
        let tick = if one.is_open { ' ' } else { 'x' };
        let until = f.t1("follow-up-until", "day", &one.due);
        let (what, owner) = (inline(&one.what), inline(&one.owner));
        out.push_str(&format!("- [{tick}] {what} · {owner} · {until} · {}\n", f.t(one.look.word)));
    }
}

/// The review, the signature and the follow-ups: codes and stored values, no translated words.
pub(super) fn json(record: &Record) -> [(&'static str, Value); 4] {
    let data = &record.review;
    let review = data.review.as_ref().map(|review| {
        json!({
            "version": review.version, "said": review.said, "verdict": review.texts.verdict,
            "was_code": review.texts.was_code(&review.said), "factors": review.texts.factors,
            "lessons": review.texts.lessons, "checklist": review.texts.checklist, "by": review.by,
            "at": review.at.to_string(),
        })
    });
    let counts = data.signature(&record.incident);
    // Those after which the review was opened again, oldest first.
    let earlier =
        data.signatures.iter().filter(|one| counts.is_none_or(|counts| counts.at != one.at)).map(|signature| {
            json!({
                "by": signature.by, "at": signature.at.to_string(), "was_lead": signature.was_lead,
                "reason": signature.reason, "note": signature.note, "sha256": signature.content.sha256,
            })
        });
    let earlier = Value::Array(earlier.collect());
    let signature = counts.map(|signature| {
        json!({
            "by": signature.by, "at": signature.at.to_string(), "was_lead": signature.was_lead,
            "reason": signature.reason, "note": signature.note, "sha256": signature.content.sha256,
            "unchanged": signature.content.sha256 == data.content.sha256,
            // What the hash is over, as a text: who has this file alone can compute it, and read what was signed.
            "content": signature.content.text,
        })
    });
    let follow_ups = data.follow_ups.iter().map(|one| {
        json!({
            "id": one.id, "what": one.what, "owner": one.owner, "due": one.due, "state": one.state().as_str(),
            "added_by": one.added_by, "added_at": one.added_at.to_string(),
            "mark": one.mark.as_ref().map(|mark| json!({
                "by": mark.by, "at": mark.at.to_string(), "reason": mark.reason,
            })),
        })
    });
    let follow_ups = Value::Array(follow_ups.collect());
    [
        ("review", json!(review)),
        ("signature", json!(signature)),
        ("earlier_signatures", earlier),
        ("follow_ups", follow_ups),
    ]
}
