//! Requests in, pages out. May import `domain`, `commands`, `runbooks`, `store::{ReadStore, Changes}`, `locale`, and the pure
//! knowledge of `nacos` and `diagnosis`; never `engine`, `checks`, `sources`.
//!
//! This file shows every route and every layer. To add a page: a pattern in [`paths`], a page struct with its handler in
//! the file of its resource, a template, and one line in [`routes`]; a handler cannot be registered without saying who
//! may call it ([`Permission`]).
//!
//! # Why
//! Pages are rendered whole. A page that is open listens on one event stream ([`live`]); when something changed its
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

pub use credentials::CredentialFiles;
pub use crowd::{Connection, Seat, TooSlow, client_network};
pub use looks::{ClusterLook, Looks, NodeLook, Reach};
pub use permission::{Permission, Registered, Routes};
pub use state::{Access, PublicUrl, Web, WebConfig};

mod account;
mod assets;
mod audit;
mod body;
mod chart;
mod check_cards;
mod cluster_form;
mod clusters;
mod components;
mod credentials;
mod crowd;
mod devices;
mod error;
mod evidence;
mod extract;
mod facts;
mod form;
mod hand_in;
mod health;
mod help;
mod hero;
mod hosts;
mod incidents;
mod kept;
mod layers;
mod live;
pub mod log_files;
mod login;
mod logs;
mod looks;
mod merged;
mod monitor;
mod next_action;
mod overview;
mod page;
mod page_cache;
pub mod paths;
mod permission;
mod plain;
mod preferences;
mod recent;
mod records;
mod report;
mod runbook_pages;
mod setup;
mod state;
mod steps;
mod tables;
mod timeline;
mod users;
mod verdict;

use error::WebError;

use Permission::{Admin, Anyone, Lead, Operator, Viewer};

/// Largest body of an ordinary form.
const FORM_BYTES: usize = 512 * 1024;
/// How long a handler may take; event streams answer at once and are not cut by it.
const HANDLER_LIMIT: Duration = Duration::from_secs(60);
/// The same for uploads: slow lines are slow for long, and stalled ones are cut by the listener.
const UPLOAD_LIMIT: Duration = Duration::from_secs(2 * 3600);

/// A page as an answer. Every page goes out here, so whatever it shows, no character in it hides or turns text around.
fn answer(status: StatusCode, page: &impl Template) -> Result<Response, WebError> {
    Ok((status, Html(plain::visible_page(page.render()?))).into_response())
}

/// Key of the name of a check: `net.ports` is `web-check-net-ports`.
fn check_key(kind: impl AsRef<str>) -> String {
    format!("web-check-{}", kind.as_ref().replace(['.', '_'], "-"))
}

/// Every route with who may call it.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .page(paths::OVERVIEW, Viewer, overview::show)
        .get(paths::EVENTS, Viewer, live::everything)
        .get(paths::SETUP, Anyone, setup::show)
        .post(paths::SETUP, Anyone, setup::create)
        .get(paths::SIGN_IN, Anyone, login::show_link)
        .post(paths::SIGN_IN, Anyone, login::by_link)
        .get(paths::LOGIN, Anyone, login::show)
        .post(paths::LOGIN, Anyone, login::create)
        .post(paths::LOGOUT, Viewer, login::delete)
        .post(paths::KEPT, Viewer, login::throw_away)
        .post(paths::PREFERENCES, Anyone, preferences::update)
        .get(paths::ACCOUNT, Viewer, account::show)
        .post(paths::ACCOUNT_PASSWORD, Viewer, account::change_password)
        .get(paths::CLUSTERS, Viewer, clusters::list)
        .post(paths::CLUSTERS, Lead, clusters::create)
        .get(paths::CLUSTER_NEW, Lead, clusters::new)
        .get(paths::CLUSTER, Viewer, clusters::show)
        .post(paths::CLUSTER, Lead, clusters::update)
        .get(paths::CLUSTER_EDIT, Lead, clusters::edit)
        .post(paths::CLUSTER_DELETION, Lead, clusters::delete)
        .post(paths::CLUSTER_LOOKS, Operator, clusters::look)
        .post(paths::INCIDENTS, Operator, incidents::create)
        .get(paths::INCIDENT_NEW, Operator, incidents::new)
        .get(paths::INCIDENT, Viewer, incidents::show)
        .get(paths::INCIDENT_EVENTS, Viewer, live::incident)
        .post(paths::INCIDENT_STATE, Operator, incidents::change_state)
        .post(paths::INCIDENT_LEAD, Operator, incidents::hand_over)
        .post(paths::INCIDENT_CAUSE, Operator, incidents::choose_cause)
        .post(paths::TO_DOS, Operator, incidents::mark_to_do)
        .post(paths::REVIEW, Lead, incidents::review)
        .post(paths::NOTES, Operator, incidents::add_note)
        .upload(paths::HANDED_IN, Operator, hand_in::MAX_UPLOAD_BYTES, hand_in::create)
        .page(paths::STEP, Viewer, steps::show)
        .post(paths::STEP_CHECK_RUNS, Operator, steps::start_checks)
        .post(paths::STEP_CANCELLATION, Operator, steps::cancel_checks)
        .post(paths::STEP_DECISIONS, Operator, steps::decide)
        .post(paths::CHECK_RUN_CANCELLATION, Operator, steps::cancel_run)
        .get(paths::MONITOR, Viewer, monitor::show)
        .post(paths::MONITOR, Operator, monitor::update)
        .get(paths::INCIDENTS, Viewer, records::list)
        .get(paths::TIMELINE, Viewer, timeline::show)
        .page(paths::REPORT, Viewer, report::show)
        .get(paths::REPORT_MD, Viewer, report::markdown)
        .get(paths::REPORT_JSON, Viewer, report::json)
        .get(paths::RUNBOOKS, Viewer, runbook_pages::list)
        .get(paths::RUNBOOK, Viewer, runbook_pages::show)
        .get(paths::HELP, Viewer, help::show)
        .get(paths::HELP_FINDING, Viewer, help::finding)
        .get(paths::HELP_SIGNATURE, Viewer, help::signature)
        .get(paths::EVIDENCE_LIST, Viewer, evidence::list)
        .get(paths::EVIDENCE, Viewer, evidence::show)
        .get(paths::EVIDENCE_RAW, Viewer, evidence::raw)
        .get(paths::LOGS, Viewer, logs::show)
        .get(paths::MERGED_LOGS, Viewer, merged::show)
        .get(paths::TABLE, Viewer, evidence::table)
        .get(paths::USERS, Admin, users::list)
        .post(paths::USERS, Admin, users::create)
        .post(paths::USER, Admin, users::update)
        .post(paths::USER_PASSWORD, Admin, users::set_password)
        .post(paths::USER_SIGN_IN_LINK, Admin, users::make_sign_in_link)
        .get(paths::AUDIT_LOG, Admin, audit::list)
        .get(paths::CREDENTIALS, Admin, credentials::list)
        .post(paths::CREDENTIALS, Admin, credentials::create)
        .post(paths::CREDENTIAL, Admin, credentials::change)
        .post(paths::CREDENTIAL_CONFIRMATION, Admin, credentials::confirm)
        .post(paths::CREDENTIAL_REVIEW, Admin, credentials::review)
        .post(paths::CREDENTIAL_WITHDRAWAL, Admin, credentials::withdraw)
        .get(paths::HEALTHY, Anyone, health::healthy)
        .get(paths::READY, Anyone, health::ready)
        .get(paths::STATIC, Anyone, assets::file)
        .get(paths::FAVICON, Anyone, assets::favicon)
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
        .layer(middleware::from_fn_with_state(web.clone(), body::take_rest))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(web.clone(), layers::hide_secrets))
        .layer(middleware::from_fn_with_state(web.clone(), layers::answer))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(csrf.with_rejection_response(error::cross_origin))
        .layer(sessions)
        .layer(middleware::from_fn_with_state(web.clone(), layers::identify))
        .layer(middleware::from_fn_with_state(web.clone(), crowd::admit));
    let service = routes()
        .into_router(&web)
        .fallback(error::no_such_page)
        .method_not_allowed_fallback(error::no_such_method)
        .layer(around)
        .with_state(web.clone());
    Ok(layers::below_prefix(service, &web))
}
