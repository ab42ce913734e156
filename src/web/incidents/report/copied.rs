//! What was copied of the evidence of nodes before they were started: an entry a capture.

use serde_json::{Value, json};

use crate::domain::capture::CaptureState;
use crate::domain::id::NodeName;
use crate::web::incidents::captures::CaptureView;
use crate::web::incidents::report::markdown::{inline, utc};
use crate::web::incidents::report::record::Record;
use crate::web::plumbing::page::Frame;

/// One capture in words.
pub struct CopiedText {
    /// The node.
    pub node: NodeName,
    /// How it went, and what it kept.
    pub view: CaptureView,
}

/// Captures of a record, oldest first.
pub fn copied(f: &Frame, record: &Record) -> Vec<CopiedText> {
    let text = |capture| CaptureView::new(f, &record.captured_files, capture);
    record.captures.iter().map(|capture| CopiedText { node: capture.node.clone(), view: text(capture) }).collect()
}

/// The same as Markdown; nothing where nothing was copied.
pub fn markdown(out: &mut String, f: &Frame, copied: &[CopiedText]) {
    if copied.is_empty() {
        return;
    }
    out.push_str(&format!("\n## {}\n\n", f.t("report-copied")));
    for one in copied {
        let says = one.view.ended.as_ref().map_or_else(|| f.t("capture-running"), |(_, says)| says.clone());
        let (node, by) = (inline(&one.node.0), inline(&one.view.by));
        out.push_str(&format!("- {node} · {} · {by} · {}\n", utc(one.view.at), inline(&says)));
        for file in &one.view.files {
            let (name, part) = (inline(&file.name), inline(&f.t(file.part_key())));
            let (size, hash) = (f.bytes(file.size_bytes), inline(&file.sha256));
            out.push_str(&format!("  - {name} · {part} · {size} · SHA-256 `{hash}`\n"));
        }
        for (name, why) in &one.view.missing {
            out.push_str(&format!("  - {}{}{}\n", inline(name), f.colon(), inline(why)));
        }
    }
}

/// The same as JSON, with codes.
pub fn json(record: &Record) -> Vec<Value> {
    let capture = record.captures.iter().map(|capture| {
        let files = record.captured_files.iter().filter(|file| file.capture == capture.id).map(|file| {
            json!({
                "id": file.id, "part": file.part, "name": file.name, "source_bytes": file.source_bytes,
                "size_bytes": file.size_bytes, "sha256": file.sha256, "notes": file.notes,
            })
        });
        let ended_at = match &capture.state {
            CaptureState::Ended { ended_at, .. } => Some(ended_at.to_string()),
            CaptureState::Queued | CaptureState::Running { .. } => None,
        };
        json!({
            "id": capture.id, "node": capture.node, "asked_by": capture.asked_by,
            "asked_at": capture.asked_at.to_string(), "ended_at": ended_at, "result": capture.result(),
            "files": files.collect::<Vec<_>>(),
        })
    });
    capture.collect()
}
