//! Whose clients of a cluster they are: a line for each address range or application; and who of them is told by themselves.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;

use crate::commands::{Caller, client_owners};
use crate::domain::channel::{Channel, News};
use crate::domain::client_owner::{BadOwnerLine, ClientOwner, Through};
use crate::domain::cluster::Cluster;
use crate::domain::id::ClusterId;
use crate::web::plumbing::components::{Look, Tone};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Form, Path};
use crate::web::plumbing::form::FieldErrors;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::short;
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

#[derive(Template)]
#[template(path = "clusters/owners.html")]
struct OwnersPage {
    f: Frame,
    cluster: Cluster,
    owners: String,
    errors: FieldErrors,
    /// Owners that are told by themselves, or were to be.
    told: Vec<OwnerTold>,
    /// Names of the channels that there are.
    channels: Vec<String>,
}

impl OwnersPage {
    async fn new(web: &Web, f: Frame, cluster: Cluster, saved: &[ClientOwner]) -> Result<Self, WebError> {
        let channels: Vec<Channel> = web.read().channels().await?.into_iter().map(|(channel, _)| channel).collect();
        let mut told: Vec<OwnerTold> = Vec::new();
        for one in saved.iter().filter_map(|one| OwnerTold::new(one, &channels, cluster.id)) {
            if !told.contains(&one) {
                told.push(one);
            }
        }
        let lines: Vec<String> = saved.iter().map(ClientOwner::line).collect();
        let channels = channels.into_iter().map(|channel| channel.name).collect();
        Ok(Self { f, cluster, owners: lines.join("\n"), errors: FieldErrors::default(), told, channels })
    }
}

/// An owner that names a channel.
#[derive(PartialEq, Eq)]
struct OwnerTold {
    owner: String,
    channel: String,
    look: Look,
}

impl OwnerTold {
    /// `None`: no channel is named, and none was.
    fn new(one: &ClientOwner, channels: &[Channel], cluster: ClusterId) -> Option<Self> {
        let (channel, look) = match &one.through {
            Through::Nothing => return None,
            Through::Deleted { name } => (name, Look::new(Tone::Fail, "owners-told-deleted")),
            Through::Channel { id, name } => {
                let known = channels.iter().find(|channel| channel.id == *id);
                let look = match known {
                    None => Look::new(Tone::Fail, "owners-told-deleted"),
                    Some(channel) if !channel.active => Look::new(Tone::Warn, "channel-off"),
                    Some(channel) if !channel.rules.want_of(News::ClientsMissing, cluster) => {
                        Look::new(Tone::Warn, "owners-told-not-for")
                    }
                    Some(_) => Look::new(Tone::Ok, "owners-told-will"),
                };
                (name, look)
            }
        };
        Some(Self { owner: short(&one.owner), channel: short(channel), look })
    }
}

/// The form.
pub async fn show(State(web): State<Web>, f: Frame, Path(id): Path<ClusterId>) -> Result<Response, WebError> {
    let cluster = web.read().cluster(id).await?.ok_or(WebError::NotFound)?;
    let saved = web.read().client_owners(id).await?;
    answer(StatusCode::OK, &OwnersPage::new(&web, f, cluster, &saved).await?)
}

/// Whose they are from now on.
#[derive(Deserialize)]
pub struct OwnersForm {
    #[serde(default)]
    owners: String,
    #[serde(default)]
    nonce: String,
}

/// Saves whose they are; a line that cannot be taken comes back with the form.
pub async fn save(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<ClusterId>,
    Form(form): Form<OwnersForm>,
) -> Result<Response, WebError> {
    let channels = web.read().channels().await?.into_iter().map(|(channel, _)| (channel.id, channel.name));
    let bad = match ClientOwner::parse(&form.owners, &channels.collect::<Vec<_>>()) {
        Ok(owners) => {
            let caller = Caller::new(me.name).with_nonce(form.nonce);
            client_owners::save(web.commands(), &caller, id, &owners).await?;
            let has_channel = owners.iter().any(|one| one.through.channel().is_some());
            // Whether they will be told stands on this page.
            let next =
                if has_channel { format!("{}?said=saved", paths::client_owners(id)) } else { paths::cluster(id) };
            return Ok(Redirect::to(&f.url(next)).into_response());
        }
        Err(bad) => bad,
    };
    let cluster = web.read().cluster(id).await?.ok_or(WebError::NotFound)?;
    let mut errors = FieldErrors::default();
    errors.put("owners", said(&f, &bad));
    let saved = web.read().client_owners(id).await?;
    let page = OwnersPage::new(&web, f, cluster, &saved).await?;
    answer(StatusCode::UNPROCESSABLE_ENTITY, &OwnersPage { owners: form.owners, errors, ..page })
}

/// Which line, and why.
fn said(f: &Frame, bad: &BadOwnerLine) -> String {
    format!("{}{}{}", f.t1("owners-line", "n", bad.line), f.colon(), f.t(bad.why.key()))
}
