//! A site under test: the real application on a temporary folder, asked without a socket.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use nodedown::app::{App, LiveFactory, Parts};
use nodedown::commands::users;
use nodedown::commands::{Caller, setup};
use nodedown::domain::credential::CredentialRules;
use nodedown::domain::time::{Clock, Timestamp};
use nodedown::domain::user::Role;
use nodedown::web::{Access, PublicUrl, Replay};
use scraper::{Html, Selector};
use tempfile::TempDir;
use tower::ServiceExt;

/// Password of everybody here.
pub const PASSWORD: &str = "correct horse battery";

/// A clock that moves by hand.
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// Time passes.
    pub fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// The application and its folder.
pub struct Site {
    /// The application.
    pub app: App,
    /// Its clock.
    pub clock: Arc<ManualClock>,
    host: String,
    /// The data folder.
    pub folder: TempDir,
}

/// An answer, read to its end.
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: http::HeaderMap,
    /// Body.
    pub body: String,
}

impl Answer {
    /// Where it leads.
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The session cookie it sets.
    pub fn cookie(&self) -> Option<String> {
        self.headers
            .get_all(header::SET_COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .find(|value| value.starts_with("nodedown="))
            .and_then(|value| value.split(';').next())
            .map(str::to_owned)
    }

    /// The texts of everything that a selector finds.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let selector = Selector::parse(selector).expect("selector");
        Html::parse_document(&self.body)
            .select(&selector)
            .map(|element| element.text().collect::<Vec<_>>().join(" ").trim().to_owned())
            .collect()
    }

    /// How often a selector finds something.
    pub fn count(&self, selector: &str) -> usize {
        self.texts(selector).len()
    }
}

impl Site {
    /// A fresh one, without users.
    pub async fn empty() -> Self {
        Self::with(None).await
    }

    /// A fresh one behind a public address.
    pub async fn with(public_url: Option<&str>) -> Self {
        Self::on(tempfile::tempdir().expect("folder"), public_url, None).await
    }

    /// On a folder in which something may be already.
    async fn on(folder: TempDir, public_url: Option<&str>, replay: Option<Arc<dyn Replay>>) -> Self {
        let clock = Arc::new(ManualClock(AtomicI64::new(1_795_312_345_000)));
        let parts = Parts {
            data_dir: folder.path().to_owned(),
            clock: clock.clone(),
            credentials: CredentialRules { folders: vec![folder.path().join("credentials")], ssh_folder: None },
            factory: {
                let folder = folder.path().to_owned();
                Box::new(|secrets| Arc::new(LiveFactory::new(folder, secrets)))
            },
            runbooks: nodedown::runbooks::embedded().expect("runbooks"),
            public_url: public_url.map(|url| PublicUrl::parse(url).expect("url")),
            access: Access::default(),
            stable_minutes: if replay.is_some() { 1 } else { nodedown::config::STABLE_MINUTES },
            watch_every: std::time::Duration::from_secs(5),
            propose_after: nodedown::domain::proposal::PROPOSE_AFTER_LOOKS,
            on_silence: nodedown::domain::on_silence::OnSilence::Propose,
            baseline_after_minutes: nodedown::domain::baseline::BASELINE_AFTER_MINUTES,
            replay,
        };
        let host = parts.public_url.as_ref().map_or("nodedown.test", PublicUrl::host).to_owned();
        Self { app: App::build(parts).await.expect("app"), clock, host, folder }
    }

    /// The program is started again on the folder of another one.
    pub async fn again_on(folder: TempDir) -> Self {
        Self::on(folder, None, None).await
    }

    /// A fresh one with one person of each role, named after it.
    pub async fn with_people() -> Self {
        Self::people_on(tempfile::tempdir().expect("folder")).await
    }

    /// The same on a folder in which something may be already.
    pub async fn people_on(folder: TempDir) -> Self {
        Self::on(folder, None, None).await.peopled().await
    }

    /// A fresh one with people that replays a recording, and counts a minute as stable.
    pub async fn replaying(replay: Arc<dyn Replay>) -> Self {
        Self::on(tempfile::tempdir().expect("folder"), None, Some(replay)).await.peopled().await
    }

    /// The same with one person of each role.
    pub async fn peopled(self) -> Self {
        let site = self;
        let token = setup::issue_setup_token(&site.app.commands).await.expect("token").expect("no users yet");
        setup::first_admin(&site.app.commands, &token, "admin", PASSWORD).await.expect("admin");
        for role in [Role::Viewer, Role::Operator, Role::Lead] {
            users::create(&site.app.commands, &Caller::new("admin"), role.as_str(), role, PASSWORD)
                .await
                .expect("user");
        }
        site
    }

    /// One request.
    pub async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.app.router.clone().oneshot(self.named(request)).await.expect("infallible");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("body").to_bytes();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// The head of an answer and its body as it was sent.
    pub async fn bytes(&self, request: Request<Body>) -> (http::HeaderMap, Vec<u8>) {
        let response = self.app.router.clone().oneshot(self.named(request)).await.expect("infallible");
        let (parts, body) = response.into_parts();
        (parts.headers, body.collect().await.expect("body").to_bytes().to_vec())
    }

    /// A request names the host that it was sent to.
    fn named(&self, mut request: Request<Body>) -> Request<Body> {
        request.headers_mut().entry(header::HOST).or_insert_with(|| self.host.parse().expect("a host"));
        request
    }

    /// A page, in a language, for the bearer of a cookie.
    pub async fn get(&self, path: &str, cookie: &str, lang: &str) -> Answer {
        let request = Request::get(path)
            .header(header::COOKIE, cookie)
            .header(header::ACCEPT_LANGUAGE, lang)
            .body(Body::empty())
            .expect("request");
        self.ask(request).await
    }

    /// A form, sent by a page of this site.
    pub async fn post(&self, path: &str, cookie: &str, form: &str) -> Answer {
        let request = Request::post(path)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(form.to_owned()))
            .expect("request");
        self.ask(request).await
    }

    /// Head of an answer that may never end (event streams are not read).
    pub async fn status(&self, method: &Method, path: &str, cookie: Option<&str>) -> (StatusCode, String) {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        if method == Method::POST {
            request = request
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header("sec-fetch-site", "same-origin");
        }
        let request = self.named(request.body(Body::empty()).expect("request"));
        let response = self.app.router.clone().oneshot(request).await.expect("infallible");
        let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
        (response.status(), location.unwrap_or_default().to_owned())
    }

    /// Logs in and gives the cookie.
    pub async fn log_in(&self, name: &str) -> String {
        let answer = self.post("/login", "", &format!("name={name}&password={}", PASSWORD.replace(' ', "+"))).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name} logs in: {}", answer.body);
        answer.cookie().expect("a session")
    }
}

/// The body of a posted form.
pub fn encoded<K: AsRef<str>, V: AsRef<str>>(pairs: &[(K, V)]) -> String {
    let mut form = reqwest::Url::parse("http://form").expect("url");
    form.query_pairs_mut().extend_pairs(pairs);
    form.query().unwrap_or_default().to_owned()
}
