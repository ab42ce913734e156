//! Every address of the web side: the pattern for the router and the function that builds a link, side by side.
//!
//! Templates build links with these functions only: an address that is spelled out in a template leads nowhere once it moves,
//! and `tests/it/templates.rs` refuses it. Ids come as they are at hand, behind references or not.
//!
//! Links carry no prefix; [`super::plumbing::page::Frame::url`] and [`super::Web::prefix`] put it before.

use crate::domain::finding::Step;
use crate::domain::id::{
    BoardLinkId, CaptureId, CapturedFileId, ChannelId, CheckRunId, ClusterId, EventId, EvidenceId, IncidentId,
    MaintenanceId, ProposalId, ReleaseId, UserId, WaiverId,
};
use crate::web::plumbing::page::Plain;

/// Overview.
pub const OVERVIEW: &str = "/";
/// Event stream of everything that the overview shows.
pub const EVENTS: &str = "/events";
/// First administrator.
pub const SETUP: &str = "/setup";
/// One-time sign-in link.
pub const SIGN_IN: &str = "/sign-in";
/// Log in.
pub const LOGIN: &str = "/login";
/// Log out.
pub const LOGOUT: &str = "/logout";
/// Text that was sent after a session had ended: is not sent after all.
pub const KEPT: &str = "/kept";
/// Language and theme of this browser.
pub const PREFERENCES: &str = "/preferences";
/// The recording that is replayed: moves it on.
pub const REPLAY: &str = "/replay";
/// One's own account.
pub const ACCOUNT: &str = "/account";
/// One's own password.
pub const ACCOUNT_PASSWORD: &str = "/account/password";
/// Inventory.
pub const CLUSTERS: &str = "/clusters";
/// Add a cluster.
pub const CLUSTER_NEW: &str = "/clusters/new";
/// One cluster.
pub const CLUSTER: &str = "/clusters/{cluster}";
/// Its form.
pub const CLUSTER_EDIT: &str = "/clusters/{cluster}/edit";
/// Its deletion.
pub const CLUSTER_DELETION: &str = "/clusters/{cluster}/deletion";
/// What the watcher saw of it; and, as a form, a look at once: the test button.
pub const CLUSTER_LOOKS: &str = "/clusters/{cluster}/looks";
/// What a cluster was like when all was well, in versions.
pub const CLUSTER_BASELINES: &str = "/clusters/{cluster}/baselines";
/// Planned maintenance of a cluster.
pub const CLUSTER_MAINTENANCES: &str = "/clusters/{cluster}/maintenances";
/// Whose clients of a cluster they are.
pub const CLIENT_OWNERS: &str = "/clusters/{cluster}/client-owners";
/// Where the own logs of clients of a cluster lie on other hosts.
pub const CLIENT_HOSTS: &str = "/clusters/{cluster}/client-hosts";
/// The wall screen.
pub const BOARD: &str = "/board";
/// The same without an account, by the key of a link.
pub const BOARD_VIEW: &str = "/board/view/{key}";
/// Links that show it without an account.
pub const BOARD_LINKS: &str = "/board/links";
/// The end of one before its time.
pub const BOARD_LINK_END: &str = "/board/links/{link}/end";
/// The end of one before its time.
pub const MAINTENANCE_END: &str = "/maintenances/{maintenance}/end";
/// The incident that the watcher proposes: opens it.
pub const PROPOSAL_INCIDENT: &str = "/proposals/{proposal}/incident";
/// That it is none.
pub const PROPOSAL_DISMISSAL: &str = "/proposals/{proposal}/dismissal";
/// Credentials that may be used.
pub const CREDENTIALS: &str = "/credentials";
/// One of them.
pub const CREDENTIAL: &str = "/credentials/{release}";
/// Addresses of clusters that it may be sent to from now on.
pub const CREDENTIAL_CONFIRMATION: &str = "/credentials/{release}/confirmation";
/// That somebody looked at one that was taken over.
pub const CREDENTIAL_REVIEW: &str = "/credentials/{release}/review";
/// Its withdrawal.
pub const CREDENTIAL_WITHDRAWAL: &str = "/credentials/{release}/withdrawal";
/// Channels that people are told through.
pub const CHANNELS: &str = "/channels";
/// The form of a new one.
pub const CHANNEL_NEW: &str = "/channels/new";
/// One of them.
pub const CHANNEL: &str = "/channels/{channel}";
/// Its form.
pub const CHANNEL_EDIT: &str = "/channels/{channel}/edit";
/// Sends a test message.
pub const CHANNEL_TEST: &str = "/channels/{channel}/test";
/// Tries again what was refused.
pub const CHANNEL_RESEND: &str = "/channels/{channel}/resend";
/// Removes it.
pub const CHANNEL_DELETION: &str = "/channels/{channel}/deletion";
/// Records.
pub const INCIDENTS: &str = "/incidents";
/// What the incidents of a period come to.
pub const INSIGHTS: &str = "/insights";
/// The same for a spreadsheet.
pub const INSIGHTS_CSV: &str = "/insights.csv";
/// Start page.
pub const INCIDENT_NEW: &str = "/incidents/new";
/// One incident: leads to its current step.
pub const INCIDENT: &str = "/incidents/{incident}";
/// Event stream of one incident.
pub const INCIDENT_EVENTS: &str = "/incidents/{incident}/events";
/// The run screen.
pub const STEP: &str = "/incidents/{incident}/steps/{step}";
/// A new round of checks.
pub const STEP_CHECK_RUNS: &str = "/incidents/{incident}/steps/{step}/check-runs";
/// Cancels what has not ended.
pub const STEP_CANCELLATION: &str = "/incidents/{incident}/steps/{step}/cancellation";
/// Decisions on a step.
pub const STEP_DECISIONS: &str = "/incidents/{incident}/steps/{step}/decisions";
/// Notes.
pub const NOTES: &str = "/incidents/{incident}/notes";
/// A note with files.
pub const NOTE_NEW: &str = "/incidents/{incident}/notes/new";
/// The same with the text that was written already; nothing is saved yet.
pub const NOTE_DRAFT: &str = "/incidents/{incident}/notes/draft";
/// Its correction.
pub const NOTE_CORRECTION: &str = "/incidents/{incident}/notes/{entry}/correction";
/// Notes that come with files.
pub const ATTACHMENTS: &str = "/incidents/{incident}/attachments";
/// A file of a note, by its hash.
pub const ATTACHMENT: &str = "/incidents/{incident}/attachments/{sha256}";
/// Material that people hand in.
pub const HANDED_IN: &str = "/incidents/{incident}/handed-in";
/// Since when the impact of an incident is over.
pub const IMPACT: &str = "/incidents/{incident}/impact";
/// How bad an incident is and what it affects.
pub const SEVERITY: &str = "/incidents/{incident}/severity";
/// How an incident is closed.
pub const CLOSURE: &str = "/incidents/{incident}/closure";
/// Captures of the evidence of a node.
pub const CAPTURES: &str = "/incidents/{incident}/captures";
/// Cancels one of them.
pub const CAPTURE_CANCELLATION: &str = "/incidents/{incident}/captures/{capture}/cancellation";
/// One thing that was copied.
pub const CAPTURED_FILE: &str = "/incidents/{incident}/captured-files/{file}";
/// Its text as it was kept.
pub const CAPTURED_TEXT: &str = "/incidents/{incident}/captured-files/{file}/text";
/// Worked on again.
pub const INCIDENT_STATE: &str = "/incidents/{incident}/state";
/// What a person says the cause is.
pub const INCIDENT_CAUSE: &str = "/incidents/{incident}/cause";
/// What people did of what is asked for.
pub const TO_DOS: &str = "/incidents/{incident}/to-dos";
/// What a lead says of the record.
pub const REVIEW: &str = "/incidents/{incident}/review";
/// That the review is open again.
pub const REVIEW_REOPENING: &str = "/incidents/{incident}/review-reopening";
/// A lead's signature.
pub const SIGNATURE: &str = "/incidents/{incident}/signature";
/// What a signature is over, as it is stored now, or as it was signed.
pub const SIGNED_CONTENT: &str = "/incidents/{incident}/signed-content.json";
/// One file with what the judgement rested on, for those who repair the program.
pub const WRONG_REPORT: &str = "/incidents/{incident}/wrong-report";
/// What is to be done afterwards.
pub const FOLLOW_UPS: &str = "/incidents/{incident}/follow-ups";
/// What became of one of these.
pub const FOLLOW_UP: &str = "/incidents/{incident}/follow-ups/{follow_up}";
/// The lead is offered to somebody.
pub const HAND_OVER: &str = "/incidents/{incident}/hand-over";
/// An offer of the lead is accepted or declined.
pub const HAND_OVER_ANSWER: &str = "/incidents/{incident}/hand-over/answer";
/// An offer of the lead is taken back.
pub const HAND_OVER_WITHDRAWAL: &str = "/incidents/{incident}/hand-over/withdrawal";
/// Somebody restarts a node.
pub const RESTART_CLAIMS: &str = "/incidents/{incident}/restart-claims";
/// That is over.
pub const RESTART_CLAIM_END: &str = "/incidents/{incident}/restart-claims/end";
/// Clients that are missing, and of whom of them nobody waits any more.
pub const WAIVERS: &str = "/incidents/{incident}/waivers";
/// That somebody waits for them again.
pub const WAIVER_END: &str = "/incidents/{incident}/waivers/{waiver}/end";
/// Logs of clients.
pub const CLIENT_LOGS: &str = "/incidents/{incident}/client-logs";
/// Somebody takes the lead that nobody has.
pub const INCIDENT_TAKING: &str = "/incidents/{incident}/taking";
/// Somebody else leads at once.
pub const INCIDENT_LEAD: &str = "/incidents/{incident}/lead";
/// Monitor page.
pub const MONITOR: &str = "/incidents/{incident}/monitor";
/// Timeline.
pub const TIMELINE: &str = "/incidents/{incident}/timeline";
/// The record.
pub const REPORT: &str = "/incidents/{incident}/report";
/// The record as Markdown.
pub const REPORT_MD: &str = "/incidents/{incident}/report.md";
/// The record as JSON.
pub const REPORT_JSON: &str = "/incidents/{incident}/report.json";
/// The record as a file that opens from disk.
pub const REPORT_HTML: &str = "/incidents/{incident}/report.html";
/// What the printed record has in its margins.
pub const REPORT_CSS: &str = "/incidents/{incident}/report.css";
/// The list of records as a table for spreadsheets.
pub const INCIDENTS_CSV: &str = "/incidents.csv";
/// Log hits of one node.
pub const LOGS: &str = "/incidents/{incident}/logs/{node}";
/// The important lines of all nodes by time.
pub const MERGED_LOGS: &str = "/incidents/{incident}/merged-logs";
/// A table over all nodes: `stops`, `views`, `members`, `properties`, `ports`, `clients`.
pub const TABLE: &str = "/incidents/{incident}/tables/{table}";
/// All evidence of an incident.
pub const EVIDENCE_LIST: &str = "/incidents/{incident}/evidence";
/// One piece of evidence.
pub const EVIDENCE: &str = "/incidents/{incident}/evidence/{evidence}";
/// Its body as it was stored.
pub const EVIDENCE_RAW: &str = "/incidents/{incident}/evidence/{evidence}/raw";
/// Cancels one run.
pub const CHECK_RUN_CANCELLATION: &str = "/incidents/{incident}/check-runs/{run}/cancellation";
/// Runbooks.
pub const RUNBOOKS: &str = "/runbooks";
/// One runbook.
pub const RUNBOOK: &str = "/runbooks/{slug}";
/// Help.
pub const HELP: &str = "/help";
/// A finding code explained.
pub const HELP_FINDING: &str = "/help/findings/{code}";
/// A log signature explained.
pub const HELP_SIGNATURE: &str = "/help/signatures/{signature}";
/// People.
pub const USERS: &str = "/users";
/// One person.
pub const USER: &str = "/users/{user}";
/// A person's password.
pub const USER_PASSWORD: &str = "/users/{user}/password";
/// A link that signs a person in once.
pub const USER_SIGN_IN_LINK: &str = "/users/{user}/sign-in-link";
/// Who changed users, clusters, credentials and settings.
pub const AUDIT_LOG: &str = "/audit-log";
/// The process runs.
pub const HEALTHY: &str = "/-/healthy";
/// The program can work.
pub const READY: &str = "/-/ready";
/// Style sheet, script, icons.
pub const STATIC: &str = "/static/{version}/{file}";
/// Asked for by browsers on their own.
pub const FAVICON: &str = "/favicon.ico";

/// Link to [`SETUP`] with the secret of the first start.
#[must_use]
pub fn setup(token: &str) -> String {
    if token.is_empty() { SETUP.to_owned() } else { format!("{SETUP}?token={}", encode(token)) }
}

/// The same with the name that was typed there.
#[must_use]
pub fn setup_as(token: &str, name: &str) -> String {
    let link = setup(token);
    if token.is_empty() || name.is_empty() { link } else { format!("{link}&name={}", encode(name)) }
}

/// Link to [`CLUSTER`].
#[must_use]
pub fn cluster(id: impl Plain<ClusterId>) -> String {
    format!("/clusters/{}", id.plain())
}

/// Link below a cluster: `edit`, `deletion`, `looks`.
#[must_use]
pub fn of_cluster(id: impl Plain<ClusterId>, part: &str) -> String {
    format!("/clusters/{}/{part}", id.plain())
}

/// Link to [`CLUSTER_LOOKS`]: the last day.
#[must_use]
pub fn cluster_history(id: impl Plain<ClusterId>) -> String {
    of_cluster(id, "looks")
}

/// Link to [`CLUSTER_LOOKS`]: around a moment, milliseconds since 1970.
#[must_use]
pub fn cluster_history_at(id: impl Plain<ClusterId>, at: impl Plain<i64>) -> String {
    format!("{}?at={}", of_cluster(id, "looks"), at.plain())
}

/// Link to [`INCIDENT_NEW`], for that cluster.
#[must_use]
pub fn start_at(cluster: impl Plain<ClusterId>) -> String {
    format!("{INCIDENT_NEW}?cluster={}", cluster.plain())
}

/// Link to [`CLUSTER_BASELINES`].
#[must_use]
pub fn cluster_baselines(id: impl Plain<ClusterId>) -> String {
    of_cluster(id, "baselines")
}

/// Link to [`CLUSTER_MAINTENANCES`].
#[must_use]
pub fn cluster_maintenances(id: impl Plain<ClusterId>) -> String {
    of_cluster(id, "maintenances")
}

/// Link to [`CLIENT_HOSTS`].
#[must_use]
pub fn client_hosts(id: impl Plain<ClusterId>) -> String {
    of_cluster(id, "client-hosts")
}

/// Link to [`CLIENT_OWNERS`].
#[must_use]
pub fn client_owners(id: impl Plain<ClusterId>) -> String {
    of_cluster(id, "client-owners")
}

/// Link to [`CLIENT_LOGS`].
#[must_use]
pub fn client_logs(id: impl Plain<IncidentId>) -> String {
    of_incident(id, "client-logs")
}

/// Link to [`WAIVERS`].
#[must_use]
pub fn waivers(id: impl Plain<IncidentId>) -> String {
    of_incident(id, "waivers")
}

/// Link to the form of [`WAIVERS`] with a client in it.
#[must_use]
pub fn waive(id: impl Plain<IncidentId>, what: &str) -> String {
    format!("{}?what={}#waive", waivers(id), encode(what))
}

/// Link to [`WAIVER_END`].
#[must_use]
pub fn waiver_end(id: impl Plain<IncidentId>, waiver: impl Plain<WaiverId>) -> String {
    format!("{}/{}/end", waivers(id), waiver.plain())
}

/// Link to [`BOARD_VIEW`].
#[must_use]
pub fn board_view(key: &str) -> String {
    format!("/board/view/{}", encode(key))
}

/// Link to [`BOARD_LINK_END`].
#[must_use]
pub fn board_link_end(id: impl Plain<BoardLinkId>) -> String {
    format!("/board/links/{}/end", id.plain())
}

/// Link to [`MAINTENANCE_END`].
#[must_use]
pub fn maintenance_end(id: impl Plain<MaintenanceId>) -> String {
    format!("/maintenances/{}/end", id.plain())
}

/// Link to [`PROPOSAL_INCIDENT`].
#[must_use]
pub fn proposal_incident(id: impl Plain<ProposalId>) -> String {
    format!("/proposals/{}/incident", id.plain())
}

/// Link to [`PROPOSAL_DISMISSAL`].
#[must_use]
pub fn proposal_dismissal(id: impl Plain<ProposalId>) -> String {
    format!("/proposals/{}/dismissal", id.plain())
}

/// Link to [`CREDENTIAL`].
#[must_use]
pub fn credential(release: impl Plain<ReleaseId>) -> String {
    format!("/credentials/{}", release.plain())
}

/// Link to [`CREDENTIAL_CONFIRMATION`].
#[must_use]
pub fn credential_confirmation(release: impl Plain<ReleaseId>) -> String {
    format!("/credentials/{}/confirmation", release.plain())
}

/// Link to [`CREDENTIAL_REVIEW`].
#[must_use]
pub fn credential_review(release: impl Plain<ReleaseId>) -> String {
    format!("/credentials/{}/review", release.plain())
}

/// Link to [`CREDENTIAL_WITHDRAWAL`].
#[must_use]
pub fn credential_withdrawal(release: impl Plain<ReleaseId>) -> String {
    format!("/credentials/{}/withdrawal", release.plain())
}

/// Link to [`CLUSTER_EDIT`] with a row for a member that was found.
#[must_use]
pub fn cluster_edit_with(id: ClusterId, member: &str) -> String {
    format!("/clusters/{id}/edit?add={}", encode(member))
}

/// Link to [`INCIDENT_NEW`] for that cluster.
#[must_use]
pub fn incident_new(cluster: ClusterId) -> String {
    format!("/incidents/new?cluster={cluster}")
}

/// Link to [`INCIDENT`].
#[must_use]
pub fn incident(id: impl Plain<IncidentId>) -> String {
    format!("/incidents/{}", id.plain())
}

/// Link below an incident: `timeline`, `report`, `monitor`, …
#[must_use]
pub fn of_incident(id: impl Plain<IncidentId>, part: &str) -> String {
    format!("/incidents/{}/{part}", id.plain())
}

/// Link to [`REPORT`].
#[must_use]
pub fn report(id: impl Plain<IncidentId>) -> String {
    of_incident(id, "report")
}

/// Link to [`EVIDENCE_LIST`].
#[must_use]
pub fn evidence_list(id: impl Plain<IncidentId>) -> String {
    of_incident(id, "evidence")
}

/// Link to [`MERGED_LOGS`].
#[must_use]
pub fn merged_logs(id: impl Plain<IncidentId>) -> String {
    of_incident(id, "merged-logs")
}

/// Link to [`TABLE`].
#[must_use]
pub fn table(id: impl Plain<IncidentId>, name: &str) -> String {
    format!("/incidents/{}/tables/{}", id.plain(), encode(name))
}

/// Link to the heading of [`STEP`], which then has the focus.
#[must_use]
pub fn step_head(id: impl Plain<IncidentId>, at: impl Plain<Step>) -> String {
    format!("{}#step-title", step(id, at))
}

/// Link to [`STEP`].
#[must_use]
pub fn step(id: impl Plain<IncidentId>, step: impl Plain<Step>) -> String {
    format!("/incidents/{}/steps/{}", id.plain(), step.plain().number())
}

/// Link below a step: `check-runs`, `cancellation`, `decisions`.
#[must_use]
pub fn of_step(id: impl Plain<IncidentId>, step: impl Plain<Step>, part: &str) -> String {
    format!("/incidents/{}/steps/{}/{part}", id.plain(), step.plain().number())
}

/// Link to [`EVIDENCE`].
#[must_use]
pub fn evidence(id: impl Plain<IncidentId>, evidence: impl Plain<EvidenceId>) -> String {
    format!("/incidents/{}/evidence/{}", id.plain(), evidence.plain())
}

/// Link to [`EVIDENCE_RAW`].
#[must_use]
pub fn evidence_raw(id: impl Plain<IncidentId>, evidence: impl Plain<EvidenceId>) -> String {
    format!("/incidents/{}/evidence/{}/raw", id.plain(), evidence.plain())
}

/// Link to [`LOGS`].
#[must_use]
pub fn logs(id: impl Plain<IncidentId>, node: &str) -> String {
    format!("/incidents/{}/logs/{}", id.plain(), encode(node))
}

/// Link to [`CHECK_RUN_CANCELLATION`].
#[must_use]
pub fn run_cancellation(id: impl Plain<IncidentId>, run: impl Plain<CheckRunId>) -> String {
    format!("/incidents/{}/check-runs/{}/cancellation", id.plain(), run.plain())
}

/// Link to [`CAPTURE_CANCELLATION`].
#[must_use]
pub fn capture_cancellation(id: impl Plain<IncidentId>, capture: impl Plain<CaptureId>) -> String {
    format!("/incidents/{}/captures/{}/cancellation", id.plain(), capture.plain())
}

/// Link to [`CAPTURED_FILE`].
#[must_use]
pub fn captured_file(id: impl Plain<IncidentId>, file: impl Plain<CapturedFileId>) -> String {
    format!("/incidents/{}/captured-files/{}", id.plain(), file.plain())
}

/// Link to [`CAPTURED_TEXT`].
#[must_use]
pub fn captured_text(id: impl Plain<IncidentId>, file: impl Plain<CapturedFileId>) -> String {
    format!("/incidents/{}/captured-files/{}/text", id.plain(), file.plain())
}

/// Link to [`USER`].
#[must_use]
pub fn user(id: impl Plain<UserId>) -> String {
    format!("/users/{}", id.plain())
}

/// Link to [`USER_PASSWORD`].
#[must_use]
pub fn user_password(id: impl Plain<UserId>) -> String {
    format!("/users/{}/password", id.plain())
}

/// Link to [`USER_SIGN_IN_LINK`].
#[must_use]
pub fn user_sign_in_link(id: impl Plain<UserId>) -> String {
    format!("/users/{}/sign-in-link", id.plain())
}

/// Link to [`RUNBOOK`].
#[must_use]
pub fn runbook(slug: &str) -> String {
    format!("/runbooks/{}", encode(slug))
}

/// Link to [`HELP_FINDING`].
#[must_use]
pub fn help_finding(code: &str) -> String {
    format!("/help/findings/{}", encode(code))
}

/// Link to [`HELP_SIGNATURE`].
#[must_use]
pub fn help_signature(id: &str) -> String {
    format!("/help/signatures/{}", encode(id))
}

/// Link to [`NOTE_NEW`].
#[must_use]
pub fn note_new(id: impl Plain<IncidentId>, step: Option<Step>) -> String {
    let query = step.map_or_else(String::new, |step| format!("?step={}", step.number()));
    format!("/incidents/{}/notes/new{query}", id.plain())
}

/// Link to the question whether a node may be restarted, on a step.
#[must_use]
pub fn gates(id: impl Plain<IncidentId>, at: Step) -> String {
    step(id, at) + "#gates"
}

/// Link to a start that is followed in an incident, the newest being the first.
#[must_use]
pub fn start(id: impl Plain<IncidentId>, place: impl std::fmt::Display) -> String {
    step(id, Step::Clients) + &format!("#start-{place}")
}

/// Link to the follow-ups of an incident, on its report.
#[must_use]
pub fn follow_ups_of(id: impl Plain<IncidentId>) -> String {
    of_incident(id, "report") + "#follow-ups"
}

/// Link to [`NOTE_CORRECTION`].
#[must_use]
pub fn note_correction(id: impl Plain<IncidentId>, entry: impl Plain<EventId>) -> String {
    format!("/incidents/{}/notes/{}/correction", id.plain(), entry.plain())
}

/// Link to [`ATTACHMENT`].
#[must_use]
pub fn attachment(id: impl Plain<IncidentId>, sha256: &str) -> String {
    format!("/incidents/{}/attachments/{}", id.plain(), encode(sha256))
}

/// Link to the log-in page that leads back.
#[must_use]
pub fn login_then(next: &str) -> String {
    if next == OVERVIEW { LOGIN.to_owned() } else { format!("{LOGIN}?next={}", encode(next)) }
}

/// Text as one part of an address: everything but unreserved characters as `%XX`.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Whether a path is one of a pattern.
#[must_use]
pub fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern.iter().zip(&path).all(|(want, is)| want.starts_with('{') && !is.is_empty() || want == is)
}

/// Whether a path is that of an event stream: those do not count as use of a session.
#[must_use]
pub fn is_stream(path: &str) -> bool {
    fits(EVENTS, path) || fits(INCIDENT_EVENTS, path)
}

/// A path of ours that a request may lead back to; anything that could leave this site becomes the overview.
#[must_use]
pub fn safe_next(next: &str) -> &str {
    let local =
        next.starts_with('/') && !next.starts_with("//") && !next.contains('\\') && !next.chars().any(char::is_control);
    if local { next } else { OVERVIEW }
}

/// Link to a channel.
#[must_use]
pub fn channel(id: impl Plain<ChannelId>) -> String {
    format!("/channels/{}", id.plain())
}

/// Link to the form of a channel.
#[must_use]
pub fn channel_edit(id: impl Plain<ChannelId>) -> String {
    format!("/channels/{}/edit", id.plain())
}

/// Where a test message through a channel is asked for.
#[must_use]
pub fn channel_test(id: impl Plain<ChannelId>) -> String {
    format!("/channels/{}/test", id.plain())
}

/// Where refused messages of a channel are tried again.
#[must_use]
pub fn channel_resend(id: impl Plain<ChannelId>) -> String {
    format!("/channels/{}/resend", id.plain())
}

/// Where a channel is removed.
#[must_use]
pub fn channel_deletion(id: impl Plain<ChannelId>) -> String {
    format!("/channels/{}/deletion", id.plain())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_fit_their_patterns() {
        let incident_id = IncidentId(42);
        for (pattern, path) in [
            (CLUSTER, cluster(ClusterId(3))),
            (CLUSTER_EDIT, of_cluster(ClusterId(3), "edit")),
            (CLUSTER_LOOKS, of_cluster(ClusterId(3), "looks")),
            (CLUSTER_DELETION, of_cluster(ClusterId(3), "deletion")),
            (INCIDENT, incident(incident_id)),
            (TIMELINE, of_incident(incident_id, "timeline")),
            (SIGNED_CONTENT, of_incident(incident_id, "signed-content.json")),
            (REVIEW_REOPENING, of_incident(incident_id, "review-reopening")),
            (WRONG_REPORT, of_incident(incident_id, "wrong-report")),
            (FOLLOW_UP, of_incident(incident_id, "follow-ups/3")),
            (REPORT, of_incident(incident_id, "report")),
            (STEP, step(incident_id, Step::Config)),
            (STEP_CHECK_RUNS, of_step(incident_id, Step::Config, "check-runs")),
            (STEP_DECISIONS, of_step(incident_id, Step::Config, "decisions")),
            (STEP_CANCELLATION, of_step(incident_id, Step::Config, "cancellation")),
            (EVIDENCE, evidence(incident_id, EvidenceId(7))),
            (NOTE_NEW, note_new(incident_id, None)),
            (NOTE_DRAFT, of_incident(incident_id, "notes/draft")),
            (NOTE_CORRECTION, note_correction(incident_id, EventId(5))),
            (ATTACHMENTS, of_incident(incident_id, "attachments")),
            (ATTACHMENT, attachment(incident_id, "ab12")),
            (MERGED_LOGS, of_incident(incident_id, "merged-logs")),
            (LOGS, logs(incident_id, "10.0.0.1:8848/x")),
            (CHECK_RUN_CANCELLATION, run_cancellation(incident_id, CheckRunId(9))),
            (CAPTURES, of_incident(incident_id, "captures")),
            (CAPTURE_CANCELLATION, capture_cancellation(incident_id, CaptureId(9))),
            (CAPTURED_FILE, captured_file(incident_id, CapturedFileId(9))),
            (CAPTURED_TEXT, captured_text(incident_id, CapturedFileId(9))),
            (REPORT, report(incident_id)),
            (EVIDENCE_LIST, evidence_list(incident_id)),
            (EVIDENCE_RAW, evidence_raw(incident_id, EvidenceId(7))),
            (TABLE, table(incident_id, "ports")),
            (MERGED_LOGS, merged_logs(incident_id)),
            (CLUSTER_BASELINES, cluster_baselines(ClusterId(3))),
            (CLUSTER_MAINTENANCES, cluster_maintenances(ClusterId(3))),
            (CLIENT_OWNERS, client_owners(ClusterId(3))),
            (CLIENT_HOSTS, client_hosts(ClusterId(3))),
            (WAIVERS, waivers(incident_id)),
            (CLIENT_LOGS, client_logs(incident_id)),
            (WAIVER_END, waiver_end(incident_id, WaiverId(2))),
            (BOARD_VIEW, board_view("key-1")),
            (BOARD_LINK_END, board_link_end(BoardLinkId(2))),
            (MAINTENANCE_END, maintenance_end(MaintenanceId(2))),
            (PROPOSAL_INCIDENT, proposal_incident(ProposalId(2))),
            (PROPOSAL_DISMISSAL, proposal_dismissal(ProposalId(2))),
            (CREDENTIAL, credential(ReleaseId(2))),
            (CREDENTIAL_CONFIRMATION, credential_confirmation(ReleaseId(2))),
            (CREDENTIAL_REVIEW, credential_review(ReleaseId(2))),
            (CREDENTIAL_WITHDRAWAL, credential_withdrawal(ReleaseId(2))),
            (RUNBOOK, runbook("nacos-node-down")),
            (USER_PASSWORD, user_password(UserId(1))),
            (USER_SIGN_IN_LINK, user_sign_in_link(UserId(1))),
            (HELP_FINDING, help_finding("node.killed")),
            (HELP_SIGNATURE, help_signature("C21")),
            (USER, user(UserId(1))),
        ] {
            assert!(fits(pattern, &path), "{path} does not fit {pattern}");
        }
    }

    #[test]
    fn leads_back_only_to_this_site() {
        for hostile in ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/a\nb"]
        {
            assert_eq!(safe_next(hostile), OVERVIEW, "{hostile:?}");
        }
        assert_eq!(safe_next("/incidents/3?x=%2F"), "/incidents/3?x=%2F");
    }
}
