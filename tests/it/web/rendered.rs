//! Pages are rendered once and sent to many: what changed is seen at once, who may not any more is out at once.

use axum::body::Body;
use http::{Request, StatusCode, header};
use nodedown::commands::incidents::OpenIncident;
use nodedown::commands::{Caller, clusters, incidents, notes, users};
use nodedown::domain::cluster::{FileSource, NodeSpec};
use nodedown::domain::id::{IncidentId, NodeName};
use nodedown::domain::user::Role;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::site::{Site, encoded};

async fn incident(site: &Site) -> IncidentId {
    let lead = Caller::new("lead");
    let node = NodeSpec { name: NodeName::from("n1"), api: None, files: FileSource::Copied { home: "/none".into() } };
    let cluster =
        clusters::create(&site.app.commands, &lead, "prod", vec![node], Vec::new(), 1000).await.expect("cluster");
    let open = OpenIncident { cluster: cluster.id, node: None, drill: false, note: String::new() };
    incidents::open(&site.app.commands, &Caller::new("operator"), open).await.expect("incident")
}

#[tokio::test]
async fn what_was_committed_is_seen_at_once_by_everybody() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    let (viewer, operator) = (site.log_in("viewer").await, site.log_in("operator").await);
    let (step, notes) = (format!("/incidents/{id}/steps/1"), format!("/incidents/{id}/notes"));
    for n in 0..5 {
        let text = format!("note number {n}");
        for page in [&step, "/", &format!("/incidents/{id}/report")] {
            assert!(!site.get(page, &viewer, "en").await.body.contains(&text));
        }
        let saved = site
            .post(&notes, &operator, &encoded(&[("nonce", &*format!("n{n}")), ("text", &text), ("step", "1")]))
            .await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER);
        for page in [&step, &format!("/incidents/{id}/report")] {
            assert!(site.get(page, &viewer, "en").await.body.contains(&text), "{page} {n}");
        }
    }
    let (english, chinese) = (site.get(&step, &viewer, "en").await, site.get(&step, &viewer, "zh-CN").await);
    assert_eq!((english.count("html[lang=en]"), chinese.count("html[lang=zh-CN]")), (1, 1));
    assert_eq!(site.get(&step, &operator, "en").await.count("#main-action"), 1);
    assert_eq!(site.get(&step, &viewer, "en").await.count("#more"), 0, "a viewer gets a viewer's page");
}

/// Requests that come again and again, so that a read is always under way.
struct Crowd(Vec<JoinHandle<()>>);

impl Crowd {
    fn of(site: &Site, path: &str, cookie: &str) -> Self {
        let one = |_| {
            let (router, path, cookie) = (site.app.router.clone(), path.to_owned(), cookie.to_owned());
            TaskTracker::new().spawn(async move {
                loop {
                    let request =
                        Request::get(&path).header(header::COOKIE, &cookie).header(header::HOST, "nodedown.test");
                    let request = request.body(Body::empty()).expect("request");
                    assert_eq!(router.clone().oneshot(request).await.expect("infallible").status(), StatusCode::OK);
                }
            })
        };
        Self((0..8).map(one).collect())
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changes_counts_at_the_next_request_however_many_come_at_once() {
    let site = Site::with_people().await;
    let (cx, admin) = (&site.app.commands, Caller::new("admin"));
    let id = incident(&site).await;
    let step = format!("/incidents/{id}/steps/1");
    let (viewer, operator) = (site.log_in("viewer").await, site.log_in("operator").await);
    let crowd = Crowd::of(&site, &step, &operator);
    let person = cx.read().user_by_name("viewer").await.expect("user").expect("viewer");
    for n in 0..5 {
        let text = format!("note number {n}");
        notes::add(cx, &Caller::new("operator"), id, None, &text, Vec::new()).await.expect("a note");
        for cookie in [&viewer, &operator] {
            assert!(site.get(&step, cookie, "en").await.body.contains(&text), "{n}");
        }
    }
    assert_eq!(site.get(&step, &viewer, "en").await.count("#more"), 0, "a viewer");
    users::update(cx, &admin, person.id, Role::Operator, true).await.expect("a role");
    assert_eq!(site.get(&step, &viewer, "en").await.count("#more"), 1, "an operator by now, in the same session");
    for n in 0..5 {
        let leaves = site.log_in("viewer").await;
        assert_eq!(site.get(&step, &leaves, "en").await.status, StatusCode::OK);
        assert_eq!(site.post("/logout", &leaves, "").await.status, StatusCode::SEE_OTHER);
        assert_eq!(site.get(&step, &leaves, "en").await.status, StatusCode::SEE_OTHER, "logged out {n}");
    }
    users::update(cx, &admin, person.id, Role::Viewer, true).await.expect("a role");
    assert_eq!(site.get(&step, &viewer, "en").await.status, StatusCode::SEE_OTHER, "a lower role is another log-in");
    assert!(crowd.0.iter().all(|one| !one.is_finished()), "nobody else is held up");
}

#[tokio::test]
async fn a_role_that_was_taken_away_and_a_session_that_ended_count_at_once() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    let operator = site.log_in("operator").await;
    let step = format!("/incidents/{id}/steps/1");
    assert_eq!(site.get(&step, &operator, "en").await.count("#more"), 1);
    let person = site.app.commands.read().user_by_name("operator").await.expect("user").expect("operator");
    users::update(&site.app.commands, &Caller::new("admin"), person.id, Role::Viewer, true).await.expect("a role");
    assert_eq!(site.get(&step, &operator, "en").await.status, StatusCode::SEE_OTHER, "another role is another log-in");

    let (operator, other) = (site.log_in("operator").await, site.log_in("operator").await);
    for cookie in [&operator, &other] {
        let page = site.get(&step, cookie, "en").await;
        assert_eq!((page.status, page.count("#more")), (StatusCode::OK, 0), "a viewer's page");
    }
    site.post("/logout", &operator, "").await;
    assert_eq!(site.get(&step, &operator, "en").await.status, StatusCode::SEE_OTHER, "out");
    assert_eq!(site.get(&step, &other, "en").await.status, StatusCode::OK, "the other session goes on");
    users::update(&site.app.commands, &Caller::new("admin"), person.id, Role::Viewer, false).await.expect("shut out");
    assert_eq!(site.get(&step, &other, "en").await.status, StatusCode::SEE_OTHER, "shut out");
}

#[tokio::test]
async fn two_tabs_with_the_same_page_save_two_texts() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    let operator = site.log_in("operator").await;
    let notes = format!("/incidents/{id}/notes");
    for text in ["from the first tab", "from the second tab", "from the second tab"] {
        let form = encoded(&[("nonce", "0123456789abcdef"), ("step", "1"), ("text", text)]);
        assert_eq!(site.post(&notes, &operator, &form).await.status, StatusCode::SEE_OTHER);
    }
    // A form that was kept over a log-in is sent with its fields in another order.
    let turned = encoded(&[("step", "1"), ("text", "from the first tab"), ("nonce", "0123456789abcdef")]);
    assert_eq!(site.post(&notes, &operator, &turned).await.status, StatusCode::SEE_OTHER);
    let page = site.get(&format!("/incidents/{id}/steps/1"), &operator, "en").await;
    let shown = page.texts("#note-list li").join("\n");
    assert_eq!(shown.matches("from the first tab").count(), 1, "{shown}");
    assert_eq!(shown.matches("from the second tab").count(), 1, "sent twice, it counts once: {shown}");
}

#[tokio::test]
async fn a_packed_page_is_the_same_page() {
    let site = Site::with_people().await;
    let id = incident(&site).await;
    let viewer = site.log_in("viewer").await;
    for path in [format!("/incidents/{id}/steps/1"), "/".to_owned(), format!("/incidents/{id}/report")] {
        let ask = |accepted: &'static str| {
            Request::get(&path)
                .header(header::COOKIE, &viewer)
                .header(header::ACCEPT_LANGUAGE, "en")
                .header(header::ACCEPT_ENCODING, accepted)
                .body(Body::empty())
                .expect("request")
        };
        let plain = site.ask(ask("identity")).await;
        assert!(!plain.headers.contains_key(header::CONTENT_ENCODING));
        let packed = site.bytes(ask("gzip, br")).await;
        assert_eq!(packed.0[header::CONTENT_ENCODING], "gzip");
        assert!(
            packed.0.get_all(header::VARY).iter().any(|name| name.as_bytes().eq_ignore_ascii_case(b"accept-encoding"))
        );
        assert!(packed.0.contains_key(header::CONTENT_SECURITY_POLICY));
        assert_eq!(packed.0[header::CACHE_CONTROL], "no-store");
        let mut text = String::new();
        let mut unpacked = flate2::read::GzDecoder::new(packed.1.as_slice());
        std::io::Read::read_to_string(&mut unpacked, &mut text).expect("gzip");
        let title =
            |text: &str| text.split("<title>").nth(1).and_then(|rest| rest.split('<').next()).map(str::to_owned);
        assert_eq!(title(&text), title(&plain.body), "{path}");
        assert_eq!(text.len(), plain.body.len(), "{path}");
    }
}
