//! What every story needs: [`run_app`] starts the program as `app` wires it, on a temporary folder, with a manual clock and
//! a small world of fake nodes in place of a real cluster.
//!
//! The engine does not run by itself: [`TestApp::run_pending_checks`] steps the code that the program runs.

pub mod clock;
pub mod nginx;
pub mod world;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use nodedown::app::{App, Parts};
use nodedown::commands::closures::CloseIncident;
use nodedown::commands::incidents::OpenIncident;
use nodedown::commands::{self, Caller, Commands};
use nodedown::domain::cluster::Cluster;
use nodedown::domain::finding::Step;
use nodedown::domain::id::IncidentId;
use nodedown::domain::incident::DecisionKind;
use nodedown::domain::user::Role;
use nodedown::store::ReadStore;
use nodedown::web::Access;
use scraper::{Html, Selector};
use tower::ServiceExt as _;

use clock::ManualClock;
use world::World;

/// What takes longer hangs. So long that a busy machine never reaches it: how fast things are is asked of the benches.
pub const HANGS: Duration = Duration::from_secs(180);
/// Password of everybody in the stories.
pub const PASSWORD: &str = "a long enough password";

/// The program under test.
pub struct TestApp {
    /// Everything that `app` wires.
    pub app: App,
    /// The nodes.
    pub world: Arc<World>,
    /// The time; it stands still until moved.
    pub clock: Arc<ManualClock>,
    /// The data folder.
    pub data: tempfile::TempDir,
}

/// An answer of the router.
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Where a redirect leads; empty otherwise.
    pub location: String,
    /// Cookies set, `name=value`.
    pub cookies: Vec<String>,
    /// Body as text.
    pub body: String,
}

/// Runs a story on a fresh program, then stops it: fails on a panic, an unfinished run, a task that does not end, or time.
pub fn run_app(story: impl AsyncFnOnce(&TestApp)) {
    run_app_over(World::of_three(), HANGS, story);
}

/// The same over another world; a story that takes longer than `limit` hangs.
pub fn run_app_over(world: World, limit: Duration, story: impl AsyncFnOnce(&TestApp)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("runtime");
    runtime.block_on(async {
        let app = TestApp::start(world).await;
        tokio::time::timeout(limit, story(&app)).await.expect("the story hangs");
        app.stop().await;
    });
}

impl TestApp {
    async fn start(world: World) -> Self {
        let data = tempfile::tempdir().expect("folder");
        std::fs::create_dir(data.path().join("incoming")).expect("folder");
        let (world, clock) = (Arc::new(world), Arc::new(ManualClock::default()));
        let app = build(&data, &world, &clock).await;
        Self { app, world, clock, data }
    }

    /// The program on the same data folder, started a second time beside this one, over a world of which nothing is known.
    pub async fn restarted(&self) -> App {
        build(&self.data, &Arc::new(World::of_three()), &self.clock).await
    }

    async fn stop(self) {
        let unfinished = self.read().unfinished_runs().await.expect("runs");
        assert!(unfinished.is_empty(), "runs are left unfinished: {unfinished:?}");
        self.app.stopping.cancel();
        self.app.engine.stop();
        self.app.tasks.close();
        tokio::time::timeout(HANGS, self.app.tasks.wait()).await.expect("a task does not end");
        self.app.store.close().await;
    }

    /// The write side.
    pub fn commands(&self) -> &Commands {
        &self.app.commands
    }

    /// The read side.
    pub fn read(&self) -> &ReadStore {
        self.app.commands.read()
    }

    /// Steps the engine until nothing is queued or running.
    pub async fn run_pending_checks(&self) {
        self.app.engine.run_pending().await.expect("the engine works");
    }

    /// One look at every cluster; incidents that are watched get their samples of it.
    pub async fn look_around(&self) {
        self.app.engine.look_around().await.expect("samples");
    }

    /// The same five seconds later; most requests that one node got in it.
    pub async fn counted_look(&self) -> usize {
        self.clock.advance_s(5);
        self.world.asked();
        self.look_around().await;
        let asked = self.world.asked();
        // Beside a look, which clients and services there are and what is published is asked now and then.
        let of_look = |path: &str| !path.contains("/ns/client/") && !path.contains("catalog/services");
        let of = |node: &str| asked.iter().filter(|(name, path)| name.0 == node && of_look(path)).count();
        ["n1", "n2", "n3"].map(of).into_iter().max().unwrap_or(0)
    }

    /// The cluster of the world in the inventory.
    pub async fn cluster(&self) -> Cluster {
        let caller = Caller::new("ann");
        commands::clusters::create(self.commands(), &caller, "prod-hz", self.world.inventory(), Vec::new(), 1000)
            .await
            .expect("cluster")
    }

    /// An incident on that cluster about its third node, led by `ann`.
    pub async fn incident(&self) -> IncidentId {
        let cluster = self.cluster().await;
        let open = OpenIncident { cluster: cluster.id, node: Some("n3".into()), drill: false, note: String::new() };
        commands::incidents::open(self.commands(), &Caller::new("ann"), open).await.expect("incident")
    }

    /// Runs all checks of a step and returns when they have ended.
    pub async fn check_step(&self, incident: IncidentId, step: Step) {
        commands::check_runs::start_step(self.commands(), &Caller::new("ann"), incident, step).await.expect("started");
        self.run_pending_checks().await;
    }

    /// A person who can log in, with [`PASSWORD`].
    pub async fn person(&self, name: &str, role: Role) -> nodedown::domain::user::User {
        commands::users::create(self.commands(), &Caller::new("setup"), name, role, PASSWORD).await.expect("user")
    }

    /// Somebody new with that role, logged in: the cookie.
    pub async fn logged_in(&self, name: &str, role: Role) -> String {
        self.person(name, role).await;
        self.log_in(name).await
    }

    /// Logs a person in and returns the cookie.
    pub async fn log_in(&self, name: &str) -> String {
        log_in(&self.app, name).await
    }

    /// Asks for a page.
    pub async fn get(&self, path: &str, cookie: &str) -> Answer {
        get(&self.app, path, cookie).await
    }

    /// Looks at a cluster as its page does; the page once the look has ended.
    pub async fn looked_at(&self, cluster: i64, cookie: &str) -> Answer {
        let path = format!("/clusters/{cluster}");
        self.post(&format!("{path}/looks"), cookie, &[]).await;
        let looking = Selector::parse("#test[disabled]").expect("selector");
        loop {
            let page = self.get(&path, cookie).await;
            if Html::parse_document(&page.body).select(&looking).next().is_none() {
                return page;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Sends a form as a browser on this site does.
    pub async fn post(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Answer {
        post(&self.app, path, cookie, fields).await
    }

    /// Sends any request through the whole router.
    pub async fn ask(&self, request: Request<Body>) -> Answer {
        ask(&self.app, request).await
    }
}

/// An incident that went through all six steps of the runbook: n3 fell silent, was confirmed, the impact was over, the last
/// steps had exceptions, and it was closed. Every act takes a while by the clock.
pub async fn worked_through(app: &TestApp) -> IncidentId {
    let (ann, id, cx) = (Caller::new("ann"), app.incident().await, app.commands());
    for step in Step::ALL {
        app.clock.advance_s(20);
        app.check_step(id, step).await;
        app.clock.advance_s(70);
        let (kind, reason) = if step <= Step::Network {
            (DecisionKind::Done, String::new())
        } else {
            (
                DecisionKind::DoneWithExceptions,
                "the two jobs of the billing group reconnect by hand; told its owner".repeat(3),
            )
        };
        commands::incidents::decide_step(cx, &ann, id, step, kind, &reason).await.expect("decided");
        if step == Step::Logs {
            commands::impact::end(cx, &ann, id, None).await.expect("the impact is over");
        }
    }
    app.clock.advance_s(30);
    let close = CloseIncident { recovered: true, reason: "seen by hand".to_owned(), stable_ms: 600_000 };
    commands::closures::close(cx, &ann, id, &close).await.expect("closed");
    id
}

/// The words of every element that a selector finds in a page, with one space between two.
pub fn texts(page: &str, selector: &str) -> Vec<String> {
    let selector = scraper::Selector::parse(selector).expect("selector");
    let words =
        |one: scraper::ElementRef<'_>| one.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    scraper::Html::parse_document(page).select(&selector).map(words).collect()
}

/// Sends a request through the whole router of a program.
pub async fn ask(app: &App, mut request: Request<Body>) -> Answer {
    request.headers_mut().entry(header::HOST).or_insert(header::HeaderValue::from_static("nodedown.test"));
    let response = app.router.clone().oneshot(request).await.expect("the router is infallible");
    let text = |name: header::HeaderName| {
        let values = response.headers().get_all(name).iter();
        values.filter_map(|value| value.to_str().ok()).map(str::to_owned).collect::<Vec<_>>()
    };
    let location = text(header::LOCATION).pop().unwrap_or_default();
    let cookies =
        text(header::SET_COOKIE).iter().filter_map(|cookie| cookie.split(';').next()).map(str::to_owned).collect();
    let status = response.status();
    let body = response.into_body().collect().await.expect("body").to_bytes();
    Answer { status, location, cookies, body: String::from_utf8_lossy(&body).into_owned() }
}

/// Asks a program for a page.
pub async fn get(app: &App, path: &str, cookie: &str) -> Answer {
    ask(app, Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).expect("request")).await
}

/// Sends a form to a program as a browser on its site does.
pub async fn post(app: &App, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Answer {
    let body: Vec<String> = fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    let request = Request::post(path)
        .header(header::HOST, "nodedown.test")
        .header(header::COOKIE, cookie)
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    ask(app, request.body(Body::from(body.join("&"))).expect("request")).await
}

/// Logs a person with [`PASSWORD`] in and returns the cookie.
pub async fn log_in(app: &App, name: &str) -> String {
    let answer = post(app, "/login", "", &[("name", name), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.cookies.iter().find(|cookie| cookie.starts_with("nodedown=")).cloned().expect("a session cookie")
}

async fn build(data: &tempfile::TempDir, world: &Arc<World>, clock: &Arc<ManualClock>) -> App {
    build_on(data.path(), world, clock).await.expect("the program starts")
}

/// The program on a data folder that may hold anything.
pub async fn build_on(data: &Path, world: &Arc<World>, clock: &Arc<ManualClock>) -> anyhow::Result<App> {
    let parts = Parts {
        data_dir: data.to_owned(),
        clock: clock.clone(),
        credentials: nodedown::domain::credential::CredentialRules::default(),
        factory: {
            let world = world.clone();
            Box::new(|_| world)
        },
        runbooks: nodedown::app::runbooks().expect("runbooks"),
        public_url: None,
        access: Access::default(),
        replay: None,
        stable_minutes: nodedown::config::STABLE_MINUTES,
        watch_every: std::time::Duration::from_secs(5),
        propose_after: nodedown::domain::proposal::PROPOSE_AFTER_LOOKS,
        on_silence: nodedown::domain::on_silence::OnSilence::Propose,
        baseline_after_minutes: nodedown::domain::baseline::BASELINE_AFTER_MINUTES,
    };
    App::build(parts).await
}

/// Percent-encodes everything but letters and digits.
fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// Whether the long versions of tests were asked for.
pub fn is_long() -> bool {
    std::env::var_os("NODEDOWN_LONG").is_some()
}

/// Says something past the test harness, which keeps what passing tests print to itself: what was skipped, and what real
/// clusters and browsers showed.
pub fn aloud(said: &str) {
    use std::io::Write as _;
    // Nobody listens any more: then nothing is lost.
    let _ = writeln!(std::io::stderr(), "{said}");
}
