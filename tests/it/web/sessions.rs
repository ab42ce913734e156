//! How long a session lasts, what ends with it, and what does not: text that somebody wrote. And under which names the
//! site answers.

use std::time::Duration;

use axum::body::Body;
use futures_util::StreamExt as _;
use http::{Request, StatusCode, header};
use nodedown::commands::incidents::OpenIncident;
use nodedown::commands::{self, Caller, users};
use nodedown::domain::cluster::parse_nodes;
use nodedown::domain::event::EventKind;
use nodedown::domain::id::IncidentId;
use nodedown::domain::user::Role;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tower::ServiceExt as _;

use super::site::{Answer, PASSWORD, Site};

const HOUR_MS: i64 = 3_600_000;
/// A stream that is open for longer after its session has ended stays open.
const LIMIT: Duration = crate::support::HANGS;

async fn sql(site: &Site, statement: &'static str, value: i64) {
    let options = SqliteConnectOptions::new().filename(site.folder.path().join("nodedown.db"));
    let mut connection = SqliteConnection::connect_with(&options).await.expect("connection");
    sqlx::query(statement).bind(value).execute(&mut connection).await.expect("statement");
}

/// Milliseconds until the only session ends.
async fn left_ms(site: &Site) -> i64 {
    let options = SqliteConnectOptions::new().filename(site.folder.path().join("nodedown.db"));
    let mut connection = SqliteConnection::connect_with(&options).await.expect("connection");
    let end: i64 = sqlx::query_scalar("SELECT expires_at FROM sessions").fetch_one(&mut connection).await.expect("one");
    end - now_ms()
}

fn now_ms() -> i64 {
    i64::try_from(time::OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000).expect("a time")
}

#[tokio::test]
async fn a_session_moves_with_use_up_to_its_last_end() {
    let site = Site::with_people().await;
    let cookie = site.log_in("operator").await;
    let near = |left: i64, hours: i64| (left - hours * HOUR_MS).abs() < HOUR_MS / 2;
    assert!(near(left_ms(&site).await, 12), "12 h at first");
    sql(&site, "UPDATE sessions SET expires_at = $1", now_ms() + HOUR_MS).await;
    assert_eq!(site.status(&http::Method::GET, "/events", Some(&cookie)).await.0, StatusCode::OK);
    assert!(near(left_ms(&site).await, 1), "a stream is nobody at work");
    assert_eq!(site.get("/", &cookie, "en").await.status, StatusCode::OK);
    assert!(near(left_ms(&site).await, 12), "a request moves it");
    let last = "UPDATE sessions SET expires_at = $1 - 3600000, data = json_set(data, '$.until', $1)";
    sql(&site, last, now_ms() + 3 * HOUR_MS).await;
    assert_eq!(site.get("/", &cookie, "en").await.status, StatusCode::OK);
    assert!(near(left_ms(&site).await, 3), "not beyond its last end");
    sql(&site, "UPDATE sessions SET expires_at = $1", now_ms() - 1).await;
    assert_eq!(site.get("/", &cookie, "en").await.location(), "/login", "12 h without a request");
}

#[tokio::test]
async fn the_cookie_lasts_as_long_as_a_session_can() {
    let site = Site::with_people().await;
    let answer = site.post("/login", "", &format!("name=viewer&password={}", PASSWORD.replace(' ', "+"))).await;
    let mut cookies = answer.headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    let cookie = cookies.find(|cookie| cookie.starts_with("nodedown=")).expect("a session cookie");
    assert!(cookie.contains("Max-Age=604800"), "7 days: {cookie}");
}

async fn stream(site: &Site, cookie: &str) -> axum::body::BodyDataStream {
    let request = Request::get("/events").header(header::COOKIE, cookie).header(header::HOST, "nodedown.test");
    let request = request.body(Body::empty()).expect("request");
    let response = site.app.router.clone().oneshot(request).await.expect("infallible");
    assert_eq!(response.status(), StatusCode::OK);
    let mut stream = response.into_body().into_data_stream();
    let hello = tokio::time::timeout(LIMIT, stream.next()).await.expect("in time").expect("an event").expect("bytes");
    assert!(hello.starts_with(b"event"), "it greets");
    stream
}

#[tokio::test]
async fn a_stream_ends_with_its_session() {
    let site = Site::with_people().await;
    let cx = &site.app.commands;
    let admin = Caller::new("admin");
    for name in ["leaves", "changed", "disabled"] {
        users::create(cx, &admin, name, Role::Viewer, PASSWORD).await.expect("user");
    }
    let id = async |name: &str| cx.read().user_by_name(name).await.expect("users").expect("somebody").id;
    let mut streams = Vec::new();
    let leaving = site.log_in("leaves").await;
    streams.push(("logged out", stream(&site, &leaving).await));
    streams.push(("a new password", stream(&site, &site.log_in("changed").await).await));
    streams.push(("shut out", stream(&site, &site.log_in("disabled").await).await));
    streams.push(("expired", stream(&site, &site.log_in("lead").await).await));
    let mut stays = stream(&site, &site.log_in("operator").await).await;

    assert_eq!(site.post("/logout", &leaving, "").await.status, StatusCode::SEE_OTHER);
    users::set_password(cx, &admin, id("changed").await, "another long password").await.expect("set");
    users::update(cx, &admin, id("disabled").await, Role::Viewer, false).await.expect("disabled");
    sql(&site, "UPDATE sessions SET expires_at = 1 WHERE user_id = $1", id("lead").await.0).await;
    for (why, mut stream) in streams {
        let rest = tokio::time::timeout(LIMIT, async { while stream.next().await.is_some() {} }).await;
        rest.unwrap_or_else(|_| panic!("{why}: the stream is still open"));
    }
    tokio::select! {
        biased;
        next = stays.next() => assert!(next.is_some(), "the session of somebody else goes on"),
        () = std::future::ready(()) => {}
    }
}

async fn incident(site: &Site, cluster: &str, node: &str) -> IncidentId {
    let caller = Caller::new("operator");
    let mut nodes = parse_nodes("127.0.0.1:9 127.0.0.1:10").expect("nodes");
    nodes[0].name = node.into();
    let cx = &site.app.commands;
    let cluster = commands::clusters::create(cx, &caller, cluster, nodes, Vec::new(), 300).await.expect("cluster");
    let open = OpenIncident { cluster: cluster.id, node: Some(node.into()), drill: false, note: String::new() };
    commands::incidents::open(cx, &caller, open).await.expect("incident")
}

async fn notes(site: &Site, id: IncidentId) -> Vec<String> {
    let timeline = site.app.commands.read().timeline(id).await.expect("timeline");
    let note = |event: nodedown::domain::event::Event| match event.kind {
        EventKind::NoteAdded { text, .. } => Some(text),
        _ => None,
    };
    timeline.into_iter().filter_map(note).collect()
}

async fn send(site: &Site, path: &str, cookie: &str, from: &str, kind: &str, body: String) -> Answer {
    let request = Request::post(path)
        .header(header::COOKIE, cookie)
        .header(header::REFERER, from)
        .header(header::CONTENT_TYPE, kind)
        .header("sec-fetch-site", "same-origin");
    site.ask(request.body(Body::from(body)).expect("request")).await
}

/// Value of the first field of that name.
fn field(answer: &Answer, name: &str) -> String {
    let selector = scraper::Selector::parse(&format!("input[name={name}]")).expect("selector");
    let page = scraper::Html::parse_document(&answer.body);
    let value = page.select(&selector).next().and_then(|field| field.value().attr("value")).map(str::to_owned);
    value.unwrap_or_else(|| panic!("no field {name}: {}", answer.body))
}

const FORM: &str = "application/x-www-form-urlencoded";
const TEXT: &str = "text=first+line%0Asecond+%3Cb%3E+%E6%9C%BA%E6%88%BF&step=1&nonce=abcd";

#[tokio::test]
async fn what_was_written_is_not_lost_with_the_session() {
    let site = Site::with_people().await;
    let id = incident(&site, "prod", "n1").await;
    let (note, page) = (format!("/incidents/{id}/notes"), format!("/incidents/{id}/steps/1"));
    let cookie = site.log_in("operator").await;
    sql(&site, "DELETE FROM sessions WHERE user_id > $1", 0).await;

    let asked = send(&site, &note, &cookie, &format!("http://nodedown.test{page}"), FORM, TEXT.to_owned()).await;
    assert_eq!(asked.status, StatusCode::UNAUTHORIZED);
    assert_eq!(asked.count("input[name=password]"), 1, "the log-in page");
    let kept = field(&asked, "kept");
    let log_in = async |password: &str| {
        let password = password.replace(' ', "+");
        site.post("/login", "", &format!("name=operator&password={password}&kept={kept}")).await
    };
    let wrong = log_in("a wrong password").await;
    assert_eq!((wrong.status, field(&wrong, "kept")), (StatusCode::UNPROCESSABLE_ENTITY, kept.clone()));
    let right = log_in(PASSWORD).await;
    assert_eq!((right.status, right.location()), (StatusCode::SEE_OTHER, page.as_str()), "back to the same page");
    let cookie = right.cookie().expect("a session");
    for lang in ["en", "zh-CN"] {
        let shown = site.get(&page, &cookie, lang).await;
        assert_eq!(shown.status, StatusCode::OK);
        assert_eq!(shown.texts("#kept textarea[name=text]"), ["first line\nsecond <b> 机房"], "{lang}");
    }
    assert_eq!(notes(&site, id).await, [""; 0], "it is not sent by itself");

    assert_eq!(send(&site, &note, &cookie, "", FORM, TEXT.to_owned()).await.status, StatusCode::SEE_OTHER);
    assert_eq!(notes(&site, id).await, ["first line\nsecond <b> 机房"]);
    assert_eq!(site.get(&page, &cookie, "en").await.count("#kept"), 0, "it is not offered again");

    // Without a referer it leads to the incident; what is thrown away is gone.
    sql(&site, "DELETE FROM sessions WHERE user_id > $1", 0).await;
    let asked = send(&site, &note, "", "", FORM, TEXT.to_owned()).await;
    let kept = field(&asked, "kept");
    let form = format!("name=operator&password={}&kept={kept}", PASSWORD.replace(' ', "+"));
    let right = site.post("/login", "", &form).await;
    assert_eq!(right.location(), format!("/incidents/{id}"));
    let cookie = right.cookie().expect("a session");
    assert_eq!(site.get("/", &cookie, "en").await.count("#kept"), 1, "every page offers it");
    assert_eq!(site.post("/kept", &cookie, "next=%2F").await.location(), "/");
    assert_eq!(site.get("/", &cookie, "en").await.count("#kept"), 0);
}

#[tokio::test]
async fn passwords_uploads_and_forms_of_other_sites_are_not_kept() {
    let site = Site::with_people().await;
    let id = incident(&site, "prod", "n1").await;
    let none = |answer: &Answer| {
        assert_eq!((answer.status, answer.count("input[name=kept]")), (StatusCode::UNAUTHORIZED, 0), "{}", answer.body);
    };
    let password = "old_password=the+old+secret&password=the+new+secret&again=the+new+secret".to_owned();
    let answer = send(&site, "/account/password", "", "", FORM, password).await;
    none(&answer);
    assert!(!answer.body.contains("secret"), "{}", answer.body);
    let path = format!("/incidents/{id}/handed-in");
    let upload = send(&site, &path, "", "", "multipart/form-data; boundary=x", String::new()).await;
    none(&upload);
    assert!(upload.body.contains("Uploads"), "{}", upload.body);
    let large = format!("text={}", "x".repeat(400_000));
    none(&send(&site, &format!("/incidents/{id}/notes"), "", "", FORM, large).await);
    let other = Request::post(format!("/incidents/{id}/notes"))
        .header("sec-fetch-site", "cross-site")
        .header(header::CONTENT_TYPE, FORM)
        .body(Body::from(TEXT))
        .expect("request");
    let answer = site.ask(other).await;
    assert_eq!((answer.status, answer.count("input[name=kept]")), (StatusCode::FORBIDDEN, 0));
    // A hidden field that somebody made up is not taken.
    let form = format!(
        "name=operator&password={}&kept=eyJwYXRoIjoiLy9ldmlsIn0&next=//evil.example",
        PASSWORD.replace(' ', "+")
    );
    let answer = site.post("/login", "", &form).await;
    assert_eq!(answer.location(), "/");
    assert_eq!(site.get("/", &answer.cookie().expect("a session"), "en").await.count("#kept"), 0);
}

#[tokio::test]
async fn requests_name_one_host_and_with_a_public_url_a_known_one() {
    let ask = async |site: &Site, path: &str, hosts: &[&str]| {
        let mut request = Request::get(path);
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        site.ask(request.body(Body::empty()).expect("request")).await
    };
    let plain = Site::with_people().await;
    assert_eq!(ask(&plain, "/login", &["anything.example:81"]).await.status, StatusCode::OK);
    assert!(!ask(&plain, "/login", &["a"]).await.headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
    for hosts in [["a", "a"].as_slice(), &["a b"], &["a", "b"], &["u@a"]] {
        assert_eq!(ask(&plain, "/login", hosts).await.status, StatusCode::BAD_REQUEST, "{hosts:?}");
    }
    let public = Site::with(Some("https://ops.example.cn/x")).await;
    let page = ask(&public, "/x/login", &["ops.example.cn"]).await;
    assert_eq!(page.status, StatusCode::OK);
    let hsts = page.headers.get(header::STRICT_TRANSPORT_SECURITY).and_then(|value| value.to_str().ok());
    assert_eq!(hsts, Some("max-age=31536000"));
    let refused = ask(&public, "/x/login", &["evil.example"]).await;
    assert_eq!(refused.status, StatusCode::MISDIRECTED_REQUEST);
    assert!(refused.body.contains("extra_hosts") && refused.count("input[name=password]") == 0, "{}", refused.body);
    assert_eq!(ask(&public, "/-/healthy", &["10.0.0.7:8770"]).await.status, StatusCode::OK);
}

/// Turns the rest of a line around, and hides.
const HOSTILE: &str = "n\u{202e}evil\u{200b}\u{2066}x\u{ad}\u{feff}y";

#[tokio::test]
async fn characters_that_hide_or_turn_text_are_shown_as_codes_everywhere() {
    let hidden = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}'..='\u{200f}' | '\u{ad}' | '\u{feff}' | '\u{1b}');
    let site = Site::with_people().await;
    let name = format!("u{HOSTILE}");
    users::create(&site.app.commands, &Caller::new("admin"), &name, Role::Operator, PASSWORD).await.expect("user");
    let id = incident(&site, HOSTILE, HOSTILE).await;
    let text = format!("正常 {HOSTILE}\nsecond line 👩\u{200d}🔧 \u{1b}[31m");
    let caller = Caller::new(name.as_str());
    commands::notes::add(&site.app.commands, &caller, id, None, &text, Vec::new()).await.expect("note");
    let output = commands::hand_in::output(&site.app.commands, &caller, id, &HOSTILE.into(), "dmesg", &text).await;
    output.expect("handed in");
    let cookie = site.log_in("admin").await;
    let encoded: String = HOSTILE.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let mut seen = 0;
    for route in nodedown::web::routes().table() {
        if route.method != http::Method::GET
            || ["/events", "/static", "/sign-in", "/raw"].iter().any(|part| route.path.contains(part))
        {
            continue;
        }
        let path: Vec<String> = route
            .path
            .split('/')
            .map(|part| match part {
                "{node}" => encoded.clone(),
                "{table}" => "members".to_owned(),
                part if part.starts_with('{') => "1".to_owned(),
                part => part.to_owned(),
            })
            .collect();
        let page = site.get(&path.join("/"), &cookie, "en").await;
        assert!(!page.status.is_server_error(), "{}: {}", route.path, page.body);
        // Spreadsheets know UTF-8 by the mark at the beginning of a file.
        let text = page.body.strip_prefix('\u{feff}').unwrap_or(&page.body);
        let left: Vec<char> = text.chars().filter(|c| hidden(*c)).collect();
        assert!(left.is_empty(), "{}: {left:?}", route.path);
        seen += usize::from(page.body.contains("‹U+202E›"));
    }
    assert!(seen >= 10, "the names are on {seen} pages only");
    let timeline = site.get(&format!("/incidents/{id}/timeline"), &cookie, "en").await.body;
    assert!(timeline.contains("正常 n‹U+202E›evil‹U+200B›‹U+2066›x‹U+00AD›‹U+FEFF›y\nsecond line"), "{timeline}");
    let json = site.get(&format!("/incidents/{id}/report.json"), &cookie, "en").await.body;
    let value: serde_json::Value = serde_json::from_str(&json).expect("json");
    assert!(value.to_string().contains(HOSTILE), "programs read what was written");
}
