//! The HTTP side of a node: asks, never changes.
//!
//! # Why
//! - No proxy and no redirects: a proxy would answer for a dead node, a redirect would leave the inventory.
//! - No connection is kept: a refused connect must be seen as one, not hidden behind an old connection.
//! - Nobody logs in before an answer says 401 or 403: on a node that lost its quorum the login hangs while liveness answers.
//! - Only what stands on the list of [`url`] is ever sent.
//! - What answers is not always the node: a proxy's page, a redirect, a certificate of nobody known are told as
//!   [`Distrust`], and never as silence.

mod url;

use std::borrow::Cow;
use std::error::Error;
use std::io;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use tokio::sync::{Mutex as AsyncMutex, Semaphore};
use tokio::time::Instant;

use crate::domain::address::ContextPath;
use crate::domain::cluster::ApiAddress;
use crate::domain::credential::{Recipient, Use};
use crate::domain::observed::PortResult;
use crate::domain::time::Timestamp;
use crate::domain::trust::Trust;

use super::distrust::Distrust;
use super::redact::Redactor;
use super::secret::Secrets;
use super::{Deadline, Expect, HttpAnswer, HttpAsk, HttpPort, ProbeAsk, SourceError, tcp, tls, within};

pub(super) use url::{ListedUrl, Origin};

/// Largest body that is read, inflated.
pub const MAX_BODY: usize = 8 * 1024 * 1024;

/// The same for all but the lists that grow with the cluster and its clients.
const MAX_SMALL_BODY: usize = 512 * 1024;

/// The same for members, services and gauges.
const MAX_LIST_BODY: usize = 2 * 1024 * 1024;

/// Bodies from this size on are worked on where they hold nobody up.
const LARGE_BODY: usize = 64 * 1024;

/// Questions to one node at a time.
const CONCURRENT: usize = 4;

/// A connect that takes longer has failed; shorter than a node's deadline, so that this is told apart from silence.
pub(super) const CONNECT: Duration = Duration::from_millis(1200);

/// How long a failed search for the context path answers for the questions that waited for it.
const REMEMBER_FAILURE: Duration = Duration::from_secs(1);

/// Where a Nacos is known by, of any version: 1.x and 2.x answer, 3.0 says 410 with the replacement; 3.x beyond that has its own.
const ROOTS: [&str; 2] = ["/v1/console/health/liveness", "/v3/admin/core/state/liveness"];

/// Where a token is got: of 1.x and 2.x, of 3.x.
const LOGINS: [&str; 2] = ["/v1/auth/login", "/v3/auth/user/login"];

/// Installs the TLS code of this program; safe to call again. Every client needs it.
pub fn install_tls() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        // An error means that somebody installed one before: as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// The API of one node.
pub struct HttpSource {
    address: ApiAddress,
    permits: Semaphore,
    base: AsyncMutex<Base>,
    session: AsyncMutex<Session>,
    redactor: Redactor,
    secrets: Secrets,
}

/// The context path, once found.
#[derive(Default)]
struct Base {
    found: Option<ContextPath>,
    failed: Option<(Instant, SourceError)>,
}

/// What is known about logging in.
#[derive(Default)]
struct Session {
    token: Option<String>,
    /// Counts logins: who failed with an older token need not log in again.
    generation: u64,
}

/// A credential, read.
enum Credential {
    Login { user: String, password: String },
    Header { name: HeaderName, value: HeaderValue },
}

#[derive(Deserialize)]
struct LoginAnswer {
    #[serde(rename = "accessToken")]
    token: Option<String>,
    data: Option<Box<LoginAnswer>>,
}

impl HttpSource {
    /// Of the node at that address.
    #[must_use]
    pub fn new(address: ApiAddress) -> Self {
        Self {
            address,
            permits: Semaphore::new(CONCURRENT),
            base: AsyncMutex::default(),
            session: AsyncMutex::default(),
            redactor: Redactor::default(),
            secrets: Secrets::default(),
        }
    }

    /// The same with other secrets than those that anybody may use.
    #[must_use]
    pub fn behind(mut self, secrets: Secrets) -> Self {
        self.secrets = secrets;
        self
    }

    /// Where it is.
    #[must_use]
    pub const fn address(&self) -> &ApiAddress {
        &self.address
    }

    /// See [`super::NodeSource::http`].
    ///
    /// # Errors
    /// As there; a status is not an error, except 401 and 403 without a usable credential. `Untrusted` if what answers may not
    /// be the node.
    pub async fn ask(&self, ask: &HttpAsk, deadline: &Deadline) -> Result<HttpAnswer, SourceError> {
        if ask.port == HttpPort::Console {
            return Err(SourceError::Denied { why: "no question goes to the port of the console".to_owned() });
        }
        // Before anything is sent to find the context path.
        ListedUrl::get(self.origin(), &ContextPath::root(), &ask.path)?;
        let asked = within(deadline, self.asked(ask)).await;
        let status = match &asked {
            Ok(got) => got.answer.status,
            Err(SourceError::Untrusted { why: Distrust::NotNacos { status, .. } }) => *status,
            Err(_) => 0,
        };
        if status == 400 {
            // What takes no plain words may say so in plain words.
            let misread = SourceError::Protocol { why: "400".to_owned() };
            if let error @ SourceError::Untrusted { .. } = apart(self.origin(), misread, deadline).await {
                return Err(error);
            }
        }
        match asked {
            Ok(got) => got.distrust().map_or(Ok(got.answer), |why| Err(SourceError::Untrusted { why })),
            Err(error) => Err(apart(self.origin(), error, deadline).await),
        }
    }

    /// Asks, and logs in where that is wanted.
    async fn asked(&self, ask: &HttpAsk) -> Result<Got, SourceError> {
        let base = self.base().await?;
        let url = ListedUrl::get(self.origin(), &base, &ask.path)?;
        let (token, generation) = {
            let session = self.session.lock().await;
            (session.token.clone(), session.generation)
        };
        let credential = self.credential().await;
        // A token stands for the credential that it was got with.
        let token = token.filter(|_| matches!(credential, Some(Ok(_))));
        let got = self.get(&url, &base, credential.as_ref(), token.as_deref()).await?;
        if got.answer.status == 404 {
            // Unknown there, or the node came back with another context path: look again next time.
            self.base.lock().await.found = None;
        }
        if !matches!(got.answer.status, 401 | 403) {
            return Ok(got);
        }
        match credential {
            None | Some(Ok(Credential::Header { .. })) => Ok(got),
            Some(Err(why)) => Err(why),
            Some(Ok(Credential::Login { ref user, ref password })) => {
                let token = self.log_in(&base, user, password, generation).await?;
                self.get(&url, &base, credential.as_ref(), Some(&token)).await
            }
        }
    }

    fn origin(&self) -> Origin<'_> {
        let ApiAddress { scheme, host, port, .. } = &self.address;
        Origin { scheme, host, port: *port }
    }

    /// The context path: as given, or the one under which liveness is known. Found once.
    async fn base(&self) -> Result<ContextPath, SourceError> {
        if let Some(given) = &self.address.context_path {
            return Ok(given.clone());
        }
        let mut base = self.base.lock().await;
        if let Some(found) = &base.found {
            return Ok(found.clone());
        }
        if let Some((at, error)) = &base.failed
            && at.elapsed() < REMEMBER_FAILURE
        {
            return Err(error.clone());
        }
        match self.find_base().await {
            Ok(found) => {
                base.found = Some(found.clone());
                Ok(found)
            }
            Err(error) => {
                base.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    async fn find_base(&self) -> Result<ContextPath, SourceError> {
        let mut distrust = None;
        for path in ROOTS {
            for candidate in candidates() {
                let url = ListedUrl::get(self.origin(), &candidate, path)?;
                let got = self.get(&url, &candidate, None, None).await?;
                let status = got.answer.status;
                match got.distrust() {
                    Some(why) => {
                        distrust.get_or_insert(why);
                    }
                    None if matches!(status, 200 | 401 | 403 | 410 | 500 | 503) => return Ok(candidate),
                    None => {
                        distrust.get_or_insert_with(|| Distrust::NotNacos { status, content_type: got.content_type() });
                    }
                }
            }
        }
        let nothing = || Distrust::of_status(404);
        Err(SourceError::Untrusted { why: distrust.unwrap_or_else(nothing) })
    }

    /// The credential, if it may be sent to the node. Asked for and read anew each time, so that a withdrawn one is not
    /// sent and a changed file needs no restart. The error names no secret.
    async fn credential(&self) -> Option<Result<Credential, SourceError>> {
        let reference = self.address.credential.as_ref()?;
        let text = match self.secrets.text(reference, Use::Login, &[Recipient::of_api(&self.address)]).await {
            Ok(text) => text,
            Err(error) => return Some(Err(error)),
        };
        let not_one = || SourceError::Denied {
            why: format!("what {reference} holds is neither user:password nor header:name:value, in one line"),
        };
        Some(parse_credential(&text).ok_or_else(not_one).inspect(|credential| {
            let secret = match credential {
                Credential::Login { password, .. } => password.as_str(),
                Credential::Header { value, .. } => value.to_str().unwrap_or_default(),
            };
            self.learn(secret);
        }))
    }

    fn learn(&self, secret: &str) {
        self.redactor.learn(secret);
    }

    async fn get(
        &self,
        url: &ListedUrl,
        base: &ContextPath,
        credential: Option<&Result<Credential, SourceError>>,
        token: Option<&str>,
    ) -> Result<Got, SourceError> {
        let _permit = self.permits.acquire().await.map_err(|_| SourceError::Cancelled)?;
        let begun = Instant::now();
        let mut headers = HeaderMap::new();
        if let Some(Ok(Credential::Header { name, value })) = credential {
            headers.insert(name.clone(), value.clone());
        }
        if let Some(Ok(mut value)) = token.map(|token| HeaderValue::from_str(&format!("Bearer {token}"))) {
            value.set_sensitive(true);
            headers.insert(reqwest::header::AUTHORIZATION, value);
        }
        let response =
            request(url, &self.address.trust)?.headers(headers).send().await.map_err(|error| failed(&error))?;
        let status = response.status().as_u16();
        let date =
            response.headers().get(reqwest::header::DATE).and_then(|value| value.to_str().ok()).and_then(parse_date);
        let (kind, location) = (shown(&response, "content-type"), shown(&response, "location"));
        let limit = limit_of(response.url().path());
        let body = read_body(response, limit).await?;
        let body =
            String::from_utf8(body).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        let body = hidden(body, &self.redactor).await?;
        let elapsed_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let answer = HttpAnswer { status, context_path: base.as_shown().to_owned(), date, body, elapsed_ms };
        Ok(Got { answer, kind, location })
    }

    /// A new token, unless somebody else got one since `seen`.
    async fn log_in(&self, base: &ContextPath, user: &str, password: &str, seen: u64) -> Result<String, SourceError> {
        let mut session = self.session.lock().await;
        if session.generation != seen
            && let Some(token) = &session.token
        {
            return Ok(token.clone());
        }
        session.token = None;
        let mut refused = String::new();
        for path in LOGINS {
            let url = ListedUrl::post(self.origin(), base, path)?;
            let _permit = self.permits.acquire().await.map_err(|_| SourceError::Cancelled)?;
            let response = request(&url, &self.address.trust)?
                .form(&[("username", user), ("password", password)])
                .send()
                .await
                .map_err(|error| failed(&error))?;
            let status = response.status().as_u16();
            let body = read_body(response, MAX_SMALL_BODY).await?;
            let answer = serde_json::from_slice::<LoginAnswer>(&body).ok();
            let token = answer.and_then(|answer| answer.token.or_else(|| answer.data.and_then(|data| data.token)));
            if let (200, Some(token)) = (status, token) {
                self.learn(&token);
                session.token = Some(token.clone());
                session.generation += 1;
                return Ok(token);
            }
            // The first refusal that knows the path says why; the second path is for versions without the first.
            if refused.is_empty() || !matches!(status, 404 | 405 | 410 | 501) {
                refused = format!("the login of user `{user}` was refused with status {status}");
            }
            if !matches!(status, 404 | 405 | 410 | 501) {
                break;
            }
        }
        Err(SourceError::Denied { why: refused })
    }
}

/// An answer with what tells whose it is.
struct Got {
    answer: HttpAnswer,
    kind: Option<String>,
    location: Option<String>,
}

impl Got {
    fn content_type(&self) -> String {
        self.kind.clone().unwrap_or_else(|| "–".to_owned())
    }

    /// Why it may not be the node's: no Nacos sends elsewhere, or answers in HTML what it knows.
    fn distrust(&self) -> Option<Distrust> {
        let HttpAnswer { status, ref body, .. } = self.answer;
        elsewhere(status, self.location.as_deref()).or_else(|| {
            let known = !matches!(status, 401 | 403 | 404 | 405 | 410 | 501);
            (known && is_markup(body)).then(|| Distrust::NotNacos { status, content_type: self.content_type() })
        })
    }
}

fn elsewhere(status: u16, location: Option<&str>) -> Option<Distrust> {
    let to = location.and_then(|to| to.split(['?', '#']).next()).unwrap_or("–").to_owned();
    matches!(status, 300..=303 | 305..=308).then_some(Distrust::Redirect { status, to })
}

fn is_markup(body: &str) -> bool {
    body.trim_start_matches('\u{feff}').trim_start().starts_with('<')
}

/// A header, as far as it may be shown.
fn shown(response: &reqwest::Response, name: &str) -> Option<String> {
    let value = response.headers().get(name)?.to_str().ok()?;
    let value: String = value.chars().filter(|c| !c.is_control()).take(MAX_HEADER).collect();
    Some(super::redact::text(&value).into_owned())
}

/// Tells apart what failed from what was asked in the wrong language: the port is asked in the other one.
pub(super) async fn apart(origin: Origin<'_>, error: SourceError, deadline: &Deadline) -> SourceError {
    let misread = matches!(error, SourceError::Protocol { .. });
    let (expect, why) = match (origin.scheme, &error) {
        ("https", SourceError::Unreachable { result: PortResult::Reset | PortResult::Timeout, .. }) => {
            (Expect::Http1, Distrust::NoTls)
        }
        ("https", _) if misread => (Expect::Http1, Distrust::NoTls),
        ("http", SourceError::Unreachable { result: PortResult::Reset, .. }) => (Expect::Tls, Distrust::Tls),
        ("http", _) if misread => (Expect::Tls, Distrust::Tls),
        _ => return error,
    };
    let ask = ProbeAsk { port: origin.port, expect, tries: 1 };
    match tcp::probe(origin.host, &ask, deadline).await {
        // A detail says that it was answered in the language that was asked before.
        Ok(answer) if answer.result == PortResult::Open && answer.detail.is_none() => SourceError::Untrusted { why },
        _ => error,
    }
}

/// Asks one URL without credentials, on a connection of its own: status and body.
pub(super) async fn bare(url: &ListedUrl, trust: &Trust) -> Result<Bare, SourceError> {
    let response = request(url, trust)?.send().await.map_err(|error| failed(&error))?;
    let status = response.status().as_u16();
    let told = |name: &&str| {
        let value = shown(&response, name)?;
        // What is asked for in a challenge is nobody's business.
        let value = if *name == CHALLENGE { value.split_whitespace().next()?.to_owned() } else { value };
        Some(((*name).to_owned(), value))
    };
    let headers = WAY.iter().filter_map(told).collect();
    let (kind, location) = (shown(&response, "content-type"), shown(&response, "location"));
    let body = read_body(response, MAX_SMALL_BODY).await?;
    let elsewhere = elsewhere(status, location.as_deref());
    let content_type = kind.unwrap_or_else(|| "–".to_owned());
    Ok(Bare { status, headers, body: String::from_utf8_lossy(&body).into_owned(), elsewhere, content_type })
}

/// An answer to [`bare`].
pub(super) struct Bare {
    pub status: u16,
    /// Those of [`WAY`] that are there, and their values.
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// Where it sends on to, if it does.
    pub elsewhere: Option<Distrust>,
    /// What it says it sends.
    pub content_type: String,
}

/// A server that wants credentials says so in it.
const CHALLENGE: &str = "www-authenticate";

/// Headers in which proxies say whom they asked, or that they want credentials.
const WAY: [&str; 6] = ["x-upstream-addr", "x-upstream", "x-backend-server", "x-served-by", "via", CHALLENGE];

/// Most characters of one of them.
const MAX_HEADER: usize = 200;

/// Most clients that are remembered, one for each that is believed.
const MAX_CLIENTS: usize = 64;

/// A client keeps no connection and no secret: there is one for each that is believed.
fn client(trust: &Trust) -> Result<reqwest::Client, SourceError> {
    static CLIENTS: Mutex<Vec<(Trust, reqwest::Client)>> = Mutex::new(Vec::new());
    let mut known = CLIENTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, client)) = known.iter().find(|(of, _)| of == trust) {
        return Ok(client.clone());
    }
    if !tls::is_usable(trust) {
        return Err(SourceError::BadAddress { what: "ca".to_owned() });
    }
    let unusable = |why: String| SourceError::Protocol { why };
    install_tls();
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .pool_max_idle_per_host(0)
        .connect_timeout(CONNECT)
        .user_agent(concat!("nodedown/", env!("CARGO_PKG_VERSION")))
        .tls_backend_preconfigured(tls::config(trust).map_err(|error| unusable(error.to_string()))?)
        .build()
        .map_err(|error| unusable(error.to_string()))?;
    if known.len() >= MAX_CLIENTS {
        known.clear();
    }
    known.push((trust.clone(), client.clone()));
    Ok(client)
}

/// The only way to send anything: what is on the list.
fn request(listed: &ListedUrl, trust: &Trust) -> Result<reqwest::RequestBuilder, SourceError> {
    Ok(client(trust)?.request(listed.method().clone(), listed.url().clone()))
}

/// Context paths that are tried where none is given.
pub(super) fn candidates() -> [ContextPath; 2] {
    [ContextPath::shipped(), ContextPath::root()]
}

fn parse_credential(text: &str) -> Option<Credential> {
    // More lines are another kind of file, whose first colon tells nothing.
    if text.contains(['\r', '\n']) {
        return None;
    }
    if let Some(header) = text.strip_prefix("header:") {
        let (name, value) = header.split_once(':')?;
        let mut value = HeaderValue::from_str(value).ok()?;
        value.set_sensitive(true);
        return Some(Credential::Header { name: HeaderName::from_bytes(name.as_bytes()).ok()?, value });
    }
    let (user, password) = text.split_once(':')?;
    (!user.is_empty()).then(|| Credential::Login { user: user.to_owned(), password: password.to_owned() })
}

/// Largest body of an answer to a question for this path: each is as large as a cluster may make it, so that one node that answers
/// everything with megabytes takes little of them.
fn limit_of(path: &str) -> usize {
    let lists = ["/core/cluster/", "/catalog/services", "/ns/service/list", "/actuator/prometheus"];
    match path {
        path if path.ends_with("/loader/current") => MAX_BODY,
        path if lists.iter().any(|list| path.contains(list)) => MAX_LIST_BODY,
        _ => MAX_SMALL_BODY,
    }
}

/// The text without secrets; copied only where something has to be changed, and where it is large on a thread that may block.
pub(super) async fn hidden(text: String, redactor: &Redactor) -> Result<String, SourceError> {
    let (size_bytes, redactor) = (text.len(), redactor.clone());
    let hide = move || {
        let changed = match redactor.text(&text) {
            Cow::Borrowed(_) => None,
            Cow::Owned(changed) => Some(changed),
        };
        changed.unwrap_or(text)
    };
    if size_bytes < LARGE_BODY {
        return Ok(hide());
    }
    tokio::task::spawn_blocking(hide).await.map_err(|_| SourceError::Protocol { why: "reading broke off".to_owned() })
}

async fn read_body(mut response: reqwest::Response, limit: usize) -> Result<Vec<u8>, SourceError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failed(&error))? {
        if body.len() + chunk.len() > limit {
            return Err(SourceError::TooLarge { limit_bytes: limit as u64 });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// `Sun, 22 Nov 2026 15:04:05 GMT`.
fn parse_date(text: &str) -> Option<Timestamp> {
    let stamp = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Timestamp::from_millis(stamp.as_millisecond()))
}

/// What a failed question means. Only the words of the innermost errors: the outer ones repeat the URL.
fn failed(error: &reqwest::Error) -> SourceError {
    let mut words = String::new();
    let mut dns = false;
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(inner) = cause {
        if let Some(tls) = of_tls(inner) {
            return SourceError::Untrusted { why: tls::distrust(tls) };
        }
        words = inner.to_string();
        dns |= words.starts_with("dns error") || words.contains("failed to lookup address");
        if let Some(io) = inner.downcast_ref::<io::Error>()
            && !dns
            && let Some(result) = of_io(io)
        {
            return SourceError::Unreachable { result, why: io.to_string() };
        }
        cause = inner.source();
    }
    if dns {
        return SourceError::Unreachable { result: PortResult::Dns, why: words };
    }
    if error.is_timeout() && error.is_connect() {
        return SourceError::Unreachable { result: PortResult::Timeout, why: "no answer to the connect".to_owned() };
    }
    if words.contains("closed before message completed") || words.contains("unexpected end of file") {
        return SourceError::Unreachable { result: PortResult::Reset, why: words };
    }
    SourceError::Protocol { why: if words.is_empty() { "the question failed".to_owned() } else { words } }
}

/// The error of the TLS code in it; errors of the operating system's kind hold it, one in another, without naming it as
/// their source.
fn of_tls<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    error.downcast_ref().or_else(|| of_tls(error.downcast_ref::<io::Error>()?.get_ref()?))
}

fn of_io(error: &io::Error) -> Option<PortResult> {
    if error.get_ref().is_some() && error.raw_os_error().is_none() {
        // Wraps another error: look further in. Its own kind may still tell.
        return match error.kind() {
            io::ErrorKind::TimedOut => Some(PortResult::Timeout),
            _ => None,
        };
    }
    tcp::classify(error).ok()
}

#[cfg(test)]
mod tests;
