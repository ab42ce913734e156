//! Credentials that may be used, for administrators: which secret may be sent where.

use askama::Template;
use async_trait::async_trait;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;

use crate::commands::{Caller, credentials};
use crate::domain::cluster::{Cluster, CredentialRef};
use crate::domain::credential::{self, CredentialRules, Need, Purpose, Recipient, Refused, Release, VARIABLES};
use crate::domain::id::{ClusterId, NodeName, ReleaseId};
use crate::domain::message::Message;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Form, Path};
use crate::web::plumbing::form::FieldErrors;
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::state::Web;
use crate::web::{answer, paths};

/// Looks at secrets without telling them; `app` fills it.
#[async_trait]
pub trait CredentialFiles: Send + Sync {
    /// Why each of these cannot be read now; `None`: it can. Ends soon, also where a file system hangs.
    async fn troubles(&self, releases: &[Release]) -> Vec<Option<Message>>;

    /// What could be released: variables that are set and files in the folders.
    async fn there(&self) -> Vec<CredentialRef>;
}

/// A release as the page shows it.
struct ReleaseItem {
    release: Release,
    /// Why it cannot be read now.
    trouble: Option<Message>,
    /// Clusters that use it.
    clusters: Vec<(ClusterId, String)>,
    /// Addresses of those that it may not be sent to.
    waiting: Vec<Recipient>,
}

impl ReleaseItem {
    /// `used`: what each cluster uses.
    fn new(
        release: Release,
        trouble: Option<Message>,
        used: &[(&Cluster, Vec<Need>)],
        rules: &CredentialRules,
    ) -> Self {
        let mut item = Self { release, trouble, clusters: Vec::new(), waiting: Vec::new() };
        for (cluster, needs) in used {
            let is_its =
                |need: &&Need| need.reference == item.release.reference && need.used.purpose() == item.release.purpose;
            let its: Vec<Need> = needs.iter().filter(is_its).cloned().collect();
            if !its.is_empty() {
                item.clusters.push((cluster.id, cluster.name.clone()));
            }
            let only = std::slice::from_ref(&item.release);
            for (need, refused) in credential::unmet_of(rules, only, its) {
                let waits = matches!(refused, Refused::Elsewhere { .. });
                let new = need.to.into_iter().filter(|to| waits && !item.waiting.contains(to)).collect::<Vec<_>>();
                item.waiting.extend(new);
            }
        }
        item
    }

    fn recipients(&self) -> String {
        lines(&self.release.recipients)
    }

    fn waiting(&self) -> String {
        lines(&self.waiting)
    }
}

/// A cluster whose addresses can be taken as they are now.
struct ClusterChoice {
    name: String,
    recipients: String,
}

#[derive(Template)]
#[template(path = "credentials.html")]
struct CredentialsPage {
    f: Frame,
    items: Vec<ReleaseItem>,
    choices: Vec<ClusterChoice>,
    folders: Vec<String>,
    variables: &'static str,
    there: Vec<String>,
    purposes: [Purpose; 2],
    input: ReleaseInput,
    /// The release whose form was refused; `None`: that of a new one.
    asked: Option<ReleaseId>,
    errors: FieldErrors,
}

impl CredentialsPage {
    async fn new(web: &Web, f: Frame) -> Result<Self, WebError> {
        let rules = web.commands().credential_rules();
        let (releases, clusters) = (web.read().releases().await?, web.read().clusters().await?);
        let troubles = web.credential_files().troubles(&releases).await;
        let released: Vec<_> = releases.iter().map(|release| release.reference.clone()).collect();
        let there = web.credential_files().there().await;
        let mut used = Vec::with_capacity(clusters.len());
        for cluster in &clusters {
            // Beside its nodes the hosts on which logs of its clients lie.
            let hosts = web.read().client_hosts(cluster.id).await?;
            let of_hosts = hosts
                .iter()
                .flat_map(|one| credential::needs_of_place(&NodeName::from(one.client.as_str()), &one.place));
            used.push((cluster, cluster.nodes.iter().flat_map(credential::needs).chain(of_hosts).collect::<Vec<_>>()));
        }
        let items = releases.into_iter().zip(troubles);
        let items = items.map(|(release, trouble)| ReleaseItem::new(release, trouble, &used, rules)).collect();
        let choice = |cluster: &Cluster| {
            let recipients = credential::addresses(cluster);
            let text = recipients.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            (!text.is_empty()).then(|| ClusterChoice { name: cluster.name.clone(), recipients: text })
        };
        Ok(Self {
            f,
            items,
            choices: clusters.iter().filter_map(choice).collect(),
            folders: rules.folders.iter().map(|folder| folder.display().to_string()).collect(),
            variables: VARIABLES,
            there: there.iter().filter(|one| !released.contains(one)).map(ToString::to_string).collect(),
            purposes: Purpose::ALL,
            input: ReleaseInput::default(),
            asked: None,
            errors: FieldErrors::default(),
        })
    }

    fn to_review(&self) -> usize {
        self.items.iter().filter(|item| item.release.wants_review()).count()
    }

    fn is_asked(&self, release: &Release) -> bool {
        self.asked == Some(release.id)
    }
}

/// What was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct ReleaseInput {
    reference: String,
    purpose: String,
    recipients: String,
    /// Addresses of clusters that were ticked, as the page showed them.
    ticked: Vec<String>,
    nonce: String,
}

impl ReleaseInput {
    fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        let mut input = Self::default();
        for (key, value) in pairs {
            match key.as_str() {
                "reference" => value.trim().clone_into(&mut input.reference),
                "purpose" => input.purpose = value,
                "recipients" => input.recipients = value,
                "cluster" => input.ticked.push(value),
                "nonce" => input.nonce = value,
                _ => {}
            }
        }
        input
    }

    fn is_ticked(&self, choice: &ClusterChoice) -> bool {
        self.ticked.contains(&choice.recipients)
    }

    /// What was typed, and of what was ticked that which the purpose can send to.
    fn recipients(&self, purpose: Purpose) -> Result<Vec<Recipient>, Message> {
        let wrong = |text: String| Message::new("invalid-release-address").with("address", text);
        let mut all = Recipient::parse_all(&self.recipients).map_err(wrong)?;
        if let Some(other) = all.iter().find(|one| !one.fits(purpose)) {
            return Err(wrong(other.to_string()));
        }
        for text in &self.ticked {
            for one in Recipient::parse_all(text).map_err(wrong)? {
                if one.fits(purpose) && !all.contains(&one) {
                    all.push(one);
                }
            }
        }
        Ok(all)
    }
}

fn lines(recipients: &[Recipient]) -> String {
    recipients.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Every release.
pub async fn list(State(web): State<Web>, f: Frame) -> Result<Response, WebError> {
    answer(StatusCode::OK, &CredentialsPage::new(&web, f).await?)
}

fn saved(f: &Frame, said: &str) -> Response {
    Redirect::to(&f.url(format!("{}?said={said}", paths::CREDENTIALS))).into_response()
}

/// The page again with what was typed and what is wrong with it.
async fn refused(
    web: &Web,
    f: Frame,
    input: ReleaseInput,
    asked: Option<ReleaseId>,
    errors: FieldErrors,
) -> Result<Response, WebError> {
    let page = CredentialsPage::new(web, f).await?;
    answer(StatusCode::UNPROCESSABLE_ENTITY, &CredentialsPage { input, asked, errors, ..page })
}

/// Releases a credential.
pub async fn create(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let mut input = ReleaseInput::from_pairs(pairs);
    let purpose = Purpose::from_name(&input.purpose).ok_or(WebError::BadRequest)?;
    let mut errors = FieldErrors::default();
    let reference = CredentialRef::parse(&input.reference);
    if reference.is_none() {
        errors.put("reference", f.t("invalid-release-reference"));
        // It may be the secret itself: that is not sent back.
        input.reference.clear();
    }
    match (reference, input.recipients(purpose)) {
        (Some(reference), Ok(recipients)) => {
            let caller = Caller::new(me.name).with_nonce(input.nonce.clone());
            match credentials::release(web.commands(), &caller, reference, purpose, recipients).await {
                Ok(_) => return Ok(saved(&f, "credential")),
                Err(error) => errors.take(&f, error)?,
            }
        }
        (_, Err(wrong)) => errors.put("recipients", f.msg(wrong)),
        (None, Ok(_)) => {}
    }
    refused(&web, f, input, None, errors).await
}

/// Changes where a credential may be sent.
pub async fn change(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<ReleaseId>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let input = ReleaseInput::from_pairs(pairs);
    let releases = web.read().releases().await?;
    let purpose = releases.iter().find(|release| release.id == id).ok_or(WebError::NotFound)?.purpose;
    let mut errors = FieldErrors::default();
    match input.recipients(purpose) {
        Ok(recipients) => match credentials::change(web.commands(), &Caller::new(me.name), id, recipients).await {
            Ok(()) => return Ok(saved(&f, "saved")),
            Err(error) => errors.take(&f, error)?,
        },
        Err(wrong) => errors.put("recipients", f.msg(wrong)),
    }
    refused(&web, f, input, Some(id), errors).await
}

/// Adds addresses that clusters have and that the page showed as waiting.
pub async fn confirm(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<ReleaseId>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let more = Recipient::parse_all(&ReleaseInput::from_pairs(pairs).recipients).map_err(|_| WebError::BadRequest)?;
    credentials::confirm(web.commands(), &Caller::new(me.name), id, more).await?;
    Ok(saved(&f, "saved"))
}

/// Says that what was taken over was looked at and stays.
pub async fn review(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<ReleaseId>,
) -> Result<Response, WebError> {
    credentials::review(web.commands(), &Caller::new(me.name), id).await?;
    Ok(saved(&f, "saved"))
}

/// Withdraws a credential.
pub async fn withdraw(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<ReleaseId>,
) -> Result<Response, WebError> {
    credentials::withdraw(web.commands(), &Caller::new(me.name), id).await?;
    Ok(saved(&f, "credential-withdrawn"))
}
