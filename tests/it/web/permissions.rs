//! Every route × every role: who may not, does not reach the handler.

use http::{Method, StatusCode};
use nodedown::domain::user::Role;
use nodedown::web::{self, Permission};

use super::site::Site;

/// A path that fits the pattern; nothing it names exists.
fn example(pattern: &str) -> String {
    pattern
        .split('/')
        .map(|part| match part {
            "{step}" => "1",
            part if part.starts_with('{') => "999",
            part => part,
        })
        .collect::<Vec<_>>()
        .join("/")
}

fn has(role: Role, permission: Permission) -> bool {
    permission.role().is_none_or(|needed| role >= needed)
}

#[tokio::test]
async fn every_route_asks_for_the_permission_it_was_registered_with() {
    let site = Site::with_people().await;
    let mut wrong = Vec::new();
    for route in web::routes().table() {
        let path = example(route.path);
        let (status, location) = site.status(&route.method, &path, None).await;
        let let_in = route.permission == Permission::Anyone;
        let to_login = location.starts_with("/login?next=") || location == "/login" && path != "/logout";
        let refused = match route.method {
            Method::GET => status == StatusCode::SEE_OTHER && to_login,
            _ => status == StatusCode::UNAUTHORIZED,
        };
        if let_in == refused {
            wrong.push(format!("{} {path} without a session: {status} {location}", route.method));
        }
    }
    for role in Role::ALL {
        for route in web::routes().table() {
            // A new session for each: logging out is among the routes.
            let cookie = if route.path == "/logout" || route.path == "/login" {
                continue;
            } else {
                role.as_str()
            };
            let cookie = cached(&site, cookie).await;
            let (status, _) = site.status(&route.method, &example(route.path), Some(&cookie)).await;
            if has(role, route.permission) == (status == StatusCode::FORBIDDEN) && route.path != "/setup" {
                wrong.push(format!("{} {} as {}: {status}", route.method, route.path, role.as_str()));
            }
            if status.is_server_error() {
                wrong.push(format!("{} {} as {}: {status}", route.method, route.path, role.as_str()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// One log-in a role is enough.
async fn cached(site: &Site, name: &str) -> String {
    use std::cell::RefCell;
    use std::collections::BTreeMap;
    thread_local!(static COOKIES: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) });
    if let Some(cookie) = COOKIES.with_borrow(|known| known.get(name).cloned()) {
        return cookie;
    }
    let cookie = site.log_in(name).await;
    COOKIES.with_borrow_mut(|known| known.insert(name.to_owned(), cookie.clone()));
    cookie
}

#[tokio::test]
async fn spellings_of_a_path_do_not_lead_around_the_guard() {
    let site = Site::with_people().await;
    for path in ["//users", "/users/", "/./users", "/USERS", "/users;x", "/%75sers", "/login/../users", "/users%2f"] {
        let (status, location) = site.status(&Method::GET, path, None).await;
        let kept_out = status == StatusCode::NOT_FOUND || location.starts_with("/login");
        assert!(kept_out, "{path}: {status} {location}");
    }
}

#[tokio::test]
async fn a_form_of_another_site_changes_nothing() {
    let site = Site::with_people().await;
    let cookie = site.log_in("admin").await;
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("origin", "null")] {
        let request = http::Request::post("/users")
            .header("host", "nodedown.example")
            .header("cookie", &cookie)
            .header("content-type", "application/x-www-form-urlencoded")
            .header(name, value)
            .body(axum::body::Body::from("name=mallory&role=admin&password=correct+horse+battery"))
            .expect("request");
        let answer = site.ask(request).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}: {value}");
        assert!(answer.texts("h1")[0].contains("did not come from this site"), "{}", answer.body);
    }
    assert_eq!(site.app.commands.read().users().await.expect("users").len(), 4);
}
