//! Requests in, pages out. May import `domain`, `commands`, `runbooks`, `store::{ReadStore, Changes}`, `locale`, and the pure
//! knowledge of `nacos` and `diagnosis`; never `engine`, `checks`, `sources`.
//!
//! This file shows every route and every layer. To add a page: a pattern in [`paths`], a page struct with its handler in
//! the room of its resource (incidents, clusters, evidence, people, guide), a template, and one line in [`routes`]; a handler
//! cannot be registered without saying who may call it ([`Permission`]).
//!
//! # Why
//! Pages are rendered whole. A page that is open listens on one event stream ([`plumbing::live`]); when something changed its
//! script fetches the same address again and puts the blocks marked `data-live` in place. So what is live is by
//! construction what a reload shows, and everything works without JavaScript.

use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::middleware;
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_sessions::cookie::SameSite;
use tower_sessions::{Expiry, SessionManagerLayer};

pub use clusters::credentials::CredentialFiles;
pub use clusters::looks::{ClusterLook, Looks, NodeLook, Reach};
pub use people::channels::Tester;
pub use plumbing::crowd::{Connection, Seat, TooSlow, client_network};
pub use plumbing::permission::{Permission, Registered, Routes};
pub use plumbing::replay::{Phase, Replay, Stands};
pub use plumbing::state::{Access, PublicUrl, Web, WebConfig};

mod clusters;
pub mod evidence;
mod guide;
mod incidents;
pub mod paths;
mod people;
mod plumbing;

use plumbing::error::WebError;

use Permission::{Admin, Anyone, Lead, Operator, Viewer};

/// Largest body of an ordinary form.
const FORM_BYTES: usize = 512 * 1024;
/// How long a handler may take; event streams answer at once and are not cut by it.
const HANDLER_LIMIT: Duration = Duration::from_secs(60);
/// The same for uploads: slow lines are slow for long, and stalled ones are cut by the listener.
const UPLOAD_LIMIT: Duration = Duration::from_secs(2 * 3600);

/// A page as an answer. Every page goes out here, so whatever it shows, no character in it hides or turns text around.
fn answer(status: StatusCode, page: &impl Template) -> Result<Response, WebError> {
    Ok((status, Html(plumbing::plain::visible_page(page.render()?))).into_response())
}

/// Key of the name of a check: `net.ports` is `web-check-net-ports`.
fn check_key(kind: impl AsRef<str>) -> String {
    format!("web-check-{}", kind.as_ref().replace(['.', '_'], "-"))
}

/// Every route with who may call it.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .page(paths::OVERVIEW, Viewer, clusters::overview::show)
        .get(paths::EVENTS, Viewer, plumbing::live::everything)
        .get(paths::SETUP, Anyone, people::setup::show)
        .post(paths::SETUP, Anyone, people::setup::create)
        .get(paths::SIGN_IN, Anyone, people::login::show_link)
        .post(paths::SIGN_IN, Anyone, people::login::by_link)
        .get(paths::LOGIN, Anyone, people::login::show)
        .post(paths::LOGIN, Anyone, people::login::create)
        .post(paths::LOGOUT, Viewer, people::login::delete)
        .post(paths::KEPT, Viewer, people::login::throw_away)
        .post(paths::PREFERENCES, Anyone, plumbing::preferences::update)
        .post(paths::REPLAY, Operator, plumbing::replay::update)
        .get(paths::ACCOUNT, Viewer, people::account::show)
        .post(paths::ACCOUNT_PASSWORD, Viewer, people::account::change_password)
        .get(paths::CLUSTERS, Viewer, clusters::list)
        .post(paths::CLUSTERS, Lead, clusters::create)
        .get(paths::CLUSTER_NEW, Lead, clusters::new)
        .get(paths::CLUSTER, Viewer, clusters::show)
        .post(paths::CLUSTER, Lead, clusters::update)
        .get(paths::CLUSTER_EDIT, Lead, clusters::edit)
        .post(paths::CLUSTER_DELETION, Lead, clusters::delete)
        .get(paths::CLUSTER_LOOKS, Viewer, clusters::history::show)
        .post(paths::CLUSTER_LOOKS, Operator, clusters::look)
        .get(paths::CLUSTER_BASELINES, Viewer, clusters::baseline::show)
        .post(paths::CLUSTER_MAINTENANCES, Operator, clusters::maintenances::plan)
        .get(paths::CLIENT_OWNERS, Lead, clusters::owners::show)
        .post(paths::CLIENT_OWNERS, Lead, clusters::owners::save)
        .get(paths::CLIENT_HOSTS, Lead, clusters::client_hosts::show)
        .post(paths::CLIENT_HOSTS, Lead, clusters::client_hosts::save)
        .get(paths::BOARD, Viewer, clusters::board::show)
        .get(paths::BOARD_VIEW, Anyone, clusters::board::view)
        .get(paths::BOARD_LINKS, Lead, clusters::board::links)
        .post(paths::BOARD_LINKS, Lead, clusters::board::make)
        .post(paths::BOARD_LINK_END, Lead, clusters::board::end)
        .post(paths::MAINTENANCE_END, Operator, clusters::maintenances::end)
        .post(paths::PROPOSAL_INCIDENT, Operator, clusters::proposals::open)
        .post(paths::PROPOSAL_DISMISSAL, Operator, clusters::proposals::dismiss)
        .post(paths::INCIDENTS, Operator, incidents::create)
        .get(paths::INCIDENT_NEW, Operator, incidents::new)
        .get(paths::INCIDENT, Viewer, incidents::show)
        .get(paths::INCIDENT_EVENTS, Viewer, plumbing::live::incident)
        .post(paths::INCIDENT_STATE, Operator, incidents::change_state)
        .get(paths::CLOSURE, Operator, incidents::closing::show)
        .post(paths::CLOSURE, Operator, incidents::closing::create)
        .get(paths::IMPACT, Operator, incidents::impact::show)
        .post(paths::IMPACT, Operator, incidents::impact::create)
        .get(paths::SEVERITY, Operator, incidents::scope::show)
        .post(paths::SEVERITY, Operator, incidents::scope::update)
        .get(paths::HAND_OVER, Operator, incidents::hand_over::show)
        .post(paths::HAND_OVER, Operator, incidents::hand_over::offer)
        .post(paths::HAND_OVER_ANSWER, Operator, incidents::hand_over::reply)
        .post(paths::HAND_OVER_WITHDRAWAL, Operator, incidents::hand_over::withdraw)
        .post(paths::INCIDENT_TAKING, Operator, incidents::hand_over::take)
        .post(paths::INCIDENT_LEAD, Lead, incidents::hand_over::at_once)
        .post(paths::INCIDENT_CAUSE, Operator, incidents::choose_cause)
        .post(paths::TO_DOS, Operator, incidents::mark_to_do)
        .post(paths::RESTART_CLAIMS, Operator, incidents::restarts::take)
        .post(paths::RESTART_CLAIM_END, Operator, incidents::restarts::end)
        .get(paths::WAIVERS, Viewer, incidents::waivers::show)
        .post(paths::WAIVERS, Operator, incidents::waivers::create)
        .post(paths::WAIVER_END, Operator, incidents::waivers::take_back)
        .get(paths::CLIENT_LOGS, Viewer, incidents::client_logs::show)
        .upload(paths::CLIENT_LOGS, Operator, incidents::client_logs::MAX_FORM_BYTES, incidents::client_logs::create)
        .get(paths::REVIEW, Viewer, incidents::review::show)
        .post(paths::REVIEW, Lead, incidents::review::save)
        .post(paths::REVIEW_REOPENING, Lead, incidents::review::reopen)
        .post(paths::SIGNATURE, Lead, incidents::review::sign)
        .get(paths::SIGNED_CONTENT, Viewer, incidents::review::content)
        .get(paths::WRONG_REPORT, Operator, incidents::wrong_report::show)
        .post(paths::WRONG_REPORT, Operator, incidents::wrong_report::create)
        .post(paths::FOLLOW_UPS, Operator, incidents::follow_ups::add)
        .post(paths::FOLLOW_UP, Operator, incidents::follow_ups::mark)
        .post(paths::NOTES, Operator, incidents::add_note)
        .post(paths::CAPTURES, Operator, incidents::captures::create)
        .post(paths::CAPTURE_CANCELLATION, Operator, incidents::captures::cancel)
        .get(paths::CAPTURED_FILE, Viewer, incidents::captures::show)
        .get(paths::CAPTURED_TEXT, Viewer, incidents::captures::text)
        .get(paths::NOTE_NEW, Operator, incidents::notes::new)
        .post(paths::NOTE_DRAFT, Operator, incidents::notes::draft)
        .get(paths::NOTE_CORRECTION, Operator, incidents::notes::correction)
        .post(paths::NOTE_CORRECTION, Operator, incidents::notes::correct)
        .upload(paths::ATTACHMENTS, Operator, evidence::hand_in::MAX_UPLOAD_BYTES, incidents::notes::create)
        .get(paths::ATTACHMENT, Viewer, incidents::notes::attachment)
        .upload(paths::HANDED_IN, Operator, evidence::hand_in::MAX_UPLOAD_BYTES, evidence::hand_in::create)
        .page(paths::STEP, Viewer, incidents::steps::show)
        .post(paths::STEP_CHECK_RUNS, Operator, incidents::steps::start_checks)
        .post(paths::STEP_CANCELLATION, Operator, incidents::steps::cancel_checks)
        .post(paths::STEP_DECISIONS, Operator, incidents::steps::decide)
        .post(paths::CHECK_RUN_CANCELLATION, Operator, incidents::steps::cancel_run)
        .get(paths::MONITOR, Viewer, incidents::monitor::show)
        .post(paths::MONITOR, Operator, incidents::monitor::update)
        .get(paths::INCIDENTS, Viewer, incidents::records::list)
        .get(paths::INSIGHTS, Viewer, incidents::insights::show)
        .get(paths::INSIGHTS_CSV, Viewer, incidents::insights::csv)
        .get(paths::TIMELINE, Viewer, incidents::timeline::show)
        .page(paths::REPORT, Viewer, incidents::report::show)
        .get(paths::REPORT_CSS, Viewer, incidents::report::margins)
        .get(paths::REPORT_HTML, Viewer, incidents::report::html)
        .get(paths::REPORT_MD, Viewer, incidents::report::markdown)
        .get(paths::REPORT_JSON, Viewer, incidents::report::json)
        .get(paths::INCIDENTS_CSV, Viewer, incidents::report::list)
        .get(paths::RUNBOOKS, Viewer, guide::runbooks::list)
        .get(paths::RUNBOOK, Viewer, guide::runbooks::show)
        .get(paths::HELP, Viewer, guide::help::show)
        .get(paths::HELP_FINDING, Viewer, guide::help::finding)
        .get(paths::HELP_SIGNATURE, Viewer, guide::help::signature)
        .get(paths::EVIDENCE_LIST, Viewer, evidence::list)
        .get(paths::EVIDENCE, Viewer, evidence::show)
        .get(paths::EVIDENCE_RAW, Viewer, evidence::raw)
        .get(paths::LOGS, Viewer, evidence::logs::show)
        .get(paths::MERGED_LOGS, Viewer, evidence::merged::show)
        .get(paths::TABLE, Viewer, evidence::table)
        .get(paths::USERS, Admin, people::users::list)
        .post(paths::USERS, Admin, people::users::create)
        .post(paths::USER, Admin, people::users::update)
        .post(paths::USER_PASSWORD, Admin, people::users::set_password)
        .post(paths::USER_SIGN_IN_LINK, Admin, people::users::make_sign_in_link)
        .get(paths::AUDIT_LOG, Admin, people::audit::list)
        .get(paths::CREDENTIALS, Admin, clusters::credentials::list)
        .post(paths::CREDENTIALS, Admin, clusters::credentials::create)
        .post(paths::CREDENTIAL, Admin, clusters::credentials::change)
        .post(paths::CREDENTIAL_CONFIRMATION, Admin, clusters::credentials::confirm)
        .post(paths::CREDENTIAL_REVIEW, Admin, clusters::credentials::review)
        .post(paths::CREDENTIAL_WITHDRAWAL, Admin, clusters::credentials::withdraw)
        .get(paths::CHANNELS, Admin, people::channels::list)
        .post(paths::CHANNELS, Admin, people::channels::create)
        .get(paths::CHANNEL_NEW, Admin, people::channels::new)
        .post(paths::CHANNEL, Admin, people::channels::update)
        .get(paths::CHANNEL_EDIT, Admin, people::channels::edit)
        .post(paths::CHANNEL_TEST, Admin, people::channels::test)
        .post(paths::CHANNEL_RESEND, Admin, people::channels::send_again)
        .post(paths::CHANNEL_DELETION, Admin, people::channels::delete)
        .get(paths::HEALTHY, Anyone, plumbing::health::healthy)
        .get(paths::READY, Anyone, plumbing::health::ready)
        .get(paths::STATIC, Anyone, plumbing::assets::file)
        .get(paths::FAVICON, Anyone, plumbing::assets::favicon)
}

/// The whole web side as one service.
///
/// # Errors
/// The public URL is no origin that a browser can send.
pub fn router(web: Web) -> anyhow::Result<Router> {
    let mut csrf = CsrfLayer::new();
    if let Some(public) = web.public_url() {
        csrf = csrf.add_trusted_origin(&public.origin)?;
    }
    let sessions = SessionManagerLayer::new(web.sessions().clone())
        .with_name("nodedown")
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_secure(web.is_https())
        .with_path(web.cookie_path())
        .with_expiry(Expiry::OnInactivity(time::Duration::days(web.session_max_days().into())));
    // From the outside in, and as one: the router puts each layer of its own into a box, which every request copies.
    let around = ServiceBuilder::new()
        .layer(middleware::from_fn_with_state(web.clone(), plumbing::body::take_rest))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(web.clone(), plumbing::layers::hide_secrets))
        .layer(middleware::from_fn_with_state(web.clone(), plumbing::layers::answer))
        .layer(CatchPanicLayer::custom(plumbing::error::panicked))
        .layer(csrf.with_rejection_response(plumbing::error::cross_origin))
        .layer(sessions)
        .layer(middleware::from_fn_with_state(web.clone(), plumbing::layers::identify))
        .layer(middleware::from_fn_with_state(web.clone(), plumbing::crowd::admit));
    let service = routes()
        .into_router(&web)
        .fallback(plumbing::error::no_such_page)
        .method_not_allowed_fallback(plumbing::error::no_such_method)
        .layer(around)
        .with_state(web.clone());
    Ok(plumbing::layers::below_prefix(service, &web))
}
