//! Logs of clients: what they say of the servers, and the form that takes one.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;

use crate::commands::{Caller, client_logs};
use crate::domain::client_log::{ClientLog, ClientLogRead, ClientLogSeen, LogEnd};
use crate::domain::id::IncidentId;
use crate::domain::incident::Incident;
use crate::web::evidence::hand_in;
use crate::web::incidents::load;
use crate::web::plumbing::components::{Look, Tone};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Multipart, Path, seal};
use crate::web::plumbing::form::FieldErrors;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;
use crate::web::plumbing::typed::Typed;
use crate::web::{answer, paths};

/// Largest form, bytes.
pub const MAX_FORM_BYTES: usize = 2 * client_logs::MAX_BYTES + 64 * 1024;
/// Most lines of a log that are shown as evidence.
const MOST_SAMPLES: usize = 20;

/// A log, ready to be shown.
struct LogLine {
    log: ClientLog,
    look: Look,
    /// The lines that say it.
    samples: Vec<String>,
}

impl LogLine {
    fn new(log: ClientLog) -> Self {
        let seen = &log.seen;
        let of_server = |tried: &crate::domain::client_log::Tried| {
            let failed = tried.failed.values().map(|lines| lines.sample.clone());
            failed.chain(tried.connected.as_ref().map(|lines| lines.sample.clone())).collect::<Vec<_>>()
        };
        let others = seen.elsewhere.values().chain(&seen.no_server).chain(&seen.not_connected);
        let mut samples: Vec<String> = seen.knows_by.iter().cloned().collect();
        samples.extend(seen.tried.values().flat_map(of_server));
        samples.extend(others.map(|lines| lines.sample.clone()));
        samples.truncate(MOST_SAMPLES);
        let look = look(seen);
        Self { log, look, samples }
    }
}

/// How the client stood at the end of its log: for templates.
#[must_use]
pub const fn look(seen: &ClientLogSeen) -> Look {
    match seen.end {
        LogEnd::Connected { .. } => Look::new(Tone::Ok, "client-log-is-connected"),
        LogEnd::Without { .. } => Look::new(Tone::Fail, "client-log-is-without"),
        LogEnd::Untold => Look::new(Tone::Unknown, "client-log-is-untold"),
    }
}

#[derive(Template)]
#[template(path = "incidents/client_logs.html")]
struct ClientLogsPage {
    f: Frame,
    incident: Incident,
    logs: Vec<LogLine>,
    /// Those that were read on their hosts.
    read: Vec<ClientLogRead>,
    client: String,
    text: String,
    errors: FieldErrors,
}

impl ClientLogsPage {
    async fn new(web: &Web, f: Frame, incident: Incident) -> Result<Self, WebError> {
        let logs = web.read().client_logs(incident.id).await?;
        let read = web.read().client_logs_read(incident.id).await?;
        Ok(Self {
            f,
            incident,
            logs: logs.into_iter().map(LogLine::new).collect(),
            read,
            client: String::new(),
            text: String::new(),
            errors: FieldErrors::default(),
        })
    }

    fn works(&self) -> bool {
        self.f.operates() && self.incident.state.is_open()
    }

    fn back(&self) -> String {
        self.f.url(paths::step(self.incident.id, crate::domain::finding::Step::Clients))
    }
}

/// What logs say, with the form.
pub async fn show(State(web): State<Web>, f: Frame, Path(id): Path<IncidentId>) -> Result<Response, WebError> {
    let page = ClientLogsPage::new(&web, f, load(&web, id).await?).await?;
    answer(StatusCode::OK, &page)
}

/// Takes one, pasted or as a file. What cannot be taken comes back with the form.
pub async fn create(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
    typed: Typed,
    Multipart(mut parts): Multipart,
) -> Result<Response, WebError> {
    let (mut client, mut pasted, mut file, mut nonce) = (String::new(), String::new(), String::new(), String::new());
    while let Some(field) = parts.next_field().await.map_err(|error| hand_in::refused(error.status()))? {
        match field.name().unwrap_or_default() {
            "client" => client = hand_in::text(field, client_logs::MAX_BYTES).await?,
            "text" => pasted = hand_in::text(field, client_logs::MAX_BYTES).await?,
            "log" => file = hand_in::text(field, client_logs::MAX_BYTES).await?,
            "nonce" => nonce = hand_in::text(field, client_logs::MAX_BYTES).await?,
            _ => {}
        }
    }
    typed.keep_text("text", &pasted);
    let text = if file.trim().is_empty() { &pasted } else { &file };
    if !nonce.is_empty() {
        nonce += &seal(&[client.as_bytes(), text.as_bytes()]);
    }
    let caller = Caller::new(me.name).with_nonce(nonce);
    let Err(error) = client_logs::hand_in(web.commands(), &caller, id, &client, text).await else {
        return Ok(Redirect::to(&f.url(paths::client_logs(id))).into_response());
    };
    let mut errors = FieldErrors::default();
    errors.take(&f, error).map_err(|error| error.at(id))?;
    let page = ClientLogsPage::new(&web, f, load(&web, id).await?).await?;
    answer(StatusCode::UNPROCESSABLE_ENTITY, &ClientLogsPage { client, text: pasted, errors, ..page })
}
