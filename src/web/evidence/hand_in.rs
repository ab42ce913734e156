//! What people hand in for nodes that nobody can reach: pasted output and archives of a Nacos home.
//!
//! # Why
//! A file is written to the incoming folder piece by piece: its size is limited by the route, the memory it takes is not
//! its size. It is removed as soon as nobody needs it: refused, cut off or taken over by the command.

use axum::extract::State;
use axum::extract::multipart::Field;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt;

use crate::commands::hand_in::UnderWay;
use crate::commands::{Caller, disk, hand_in};
use crate::domain::finding::Step;
use crate::domain::id::{IncidentId, NodeName};
use crate::web::paths;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Multipart, Path, seal};
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;

/// Largest upload.
pub const MAX_UPLOAD_BYTES: usize = 512 * 1024 * 1024;

#[derive(Default)]
struct HandIn {
    node: String,
    kind: String,
    text: String,
    step: String,
    nonce: String,
    file: Option<Upload>,
}

/// A file that came.
struct Upload {
    name: String,
    under_way: UnderWay,
    sha256: Vec<u8>,
}

/// Takes what was handed in and leads back to the step.
pub async fn create(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
    Multipart(mut parts): Multipart,
) -> Result<Response, WebError> {
    let mut form = HandIn::default();
    while let Some(field) = parts.next_field().await.map_err(|error| refused(error.status()))? {
        let name = field.name().unwrap_or_default().to_owned();
        match name.as_str() {
            "node" => form.node = text(field).await?,
            "kind" => form.kind = text(field).await?,
            "text" => form.text = text(field).await?,
            "step" => form.step = text(field).await?,
            "nonce" => form.nonce = text(field).await?,
            "archive" if form.file.is_none() => form.file = save(&web, field).await?,
            _ => {}
        }
    }
    if !form.nonce.is_empty() {
        let file = form.file.as_ref().map_or(&[] as &[u8], |file| &file.sha256);
        form.nonce += &seal(&[form.node.as_bytes(), form.kind.as_bytes(), form.text.as_bytes(), file]);
    }
    let caller = Caller::new(me.name).with_nonce(form.nonce);
    let node = NodeName(form.node.trim().to_owned());
    let taken = match form.file {
        Some(Upload { name, under_way, .. }) => {
            // Goes on when the sender does not wait for the answer.
            let commands = web.commands().clone();
            let work = async move { hand_in::archive(&commands, &caller, id, &node, &name, under_way).await };
            web.tasks().spawn(work).await.map_err(anyhow::Error::from)?
        }
        None => hand_in::output(web.commands(), &caller, id, &node, &form.kind, &form.text).await,
    };
    taken.map_err(|error| WebError::from(error).at(id))?;
    let step = form.step.parse().ok().and_then(Step::from_number).unwrap_or(Step::Confirm);
    Ok(Redirect::to(&f.url(paths::step(id, step) + "?said=handed-in")).into_response())
}

fn refused(status: StatusCode) -> WebError {
    if status == StatusCode::PAYLOAD_TOO_LARGE { WebError::TooLarge } else { WebError::BadRequest }
}

async fn text(mut field: Field<'_>) -> Result<String, WebError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| refused(error.status()))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > hand_in::MAX_OUTPUT_BYTES {
            return Err(WebError::TooLarge);
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The file on its way to the incoming folder; `None` if the field was left empty.
async fn save(web: &Web, mut field: Field<'_>) -> Result<Option<Upload>, WebError> {
    let name = field.file_name().unwrap_or_default().to_owned();
    let upload = hand_in::incoming(web.commands())?;
    let (mut file, mut digest) = (None, Sha256::new());
    while let Some(chunk) = field.chunk().await.map_err(|error| refused(error.status()))? {
        if chunk.is_empty() {
            continue;
        }
        if file.is_none() {
            file = Some(tokio::fs::File::create_new(upload.path()).await.map_err(no_space)?);
        }
        digest.update(&chunk);
        if let Some(file) = &mut file {
            file.write_all(&chunk).await.map_err(no_space)?;
        }
    }
    match file {
        Some(mut file) => {
            file.flush().await.map_err(no_space)?;
            Ok(Some(Upload { name, under_way: upload, sha256: digest.finalize().to_vec() }))
        }
        None => Ok(None),
    }
}

fn no_space(error: std::io::Error) -> WebError {
    tracing::error!(error = %error, "could not keep an upload");
    disk::trouble_of(&error).map_or(WebError::Unavailable, WebError::CannotSave)
}
