//! What administrators do leaves a trail, through the pages and the command line.

use std::io::Write as _;
use std::process::{Command, Stdio};

use http::StatusCode;
use nodedown::commands::{self, Caller, users};
use nodedown::domain::user::Role;
use nodedown::locale;
use nodedown::store::audit::AuditQuery;

use super::site::{PASSWORD, Site};
use crate::process::{Browser, Server};

/// Kind, subject and changes of every entry, oldest first.
async fn trail(site: &Site) -> Vec<String> {
    let query = AuditQuery { limit: 1000, ..AuditQuery::default() };
    let entries = site.app.commands.read().audit_log(&query).await.expect("entries");
    let side = |side: Option<String>| side.unwrap_or_else(|| "-".to_owned());
    let line = |entry: nodedown::domain::audit::AuditEntry| {
        let changes = entry.changes.into_iter().map(|change| {
            let node = change.node.map(|node| format!("{node} ")).unwrap_or_default();
            format!("{node}{}={}>{}", change.what, side(change.before), side(change.after))
        });
        let changes = changes.collect::<Vec<_>>().join(", ");
        format!("{} {} {} [{changes}]", entry.actor.person(), entry.kind.as_str(), entry.subject)
    };
    entries.into_iter().rev().map(line).collect()
}

#[tokio::test]
async fn what_administrators_do_is_on_the_page_in_both_languages() {
    let site = Site::with_people().await;
    let made = trail(&site).await;
    assert_eq!(made.len(), 4, "{made:?}");
    let cookie = site.log_in("admin").await;
    let done = |answer: super::site::Answer| assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let (secret, other) = ("a+secret+long+enough", "another+long+password");
    done(site.post("/users", &cookie, &format!("name=zoe&role=operator&password={secret}")).await);
    let zoe = site.app.commands.read().user_by_name("zoe").await.expect("users").expect("zoe").id;
    done(site.post(&format!("/users/{zoe}"), &cookie, "role=lead").await);
    done(site.post(&format!("/users/{zoe}"), &cookie, "role=lead").await);
    done(site.post(&format!("/users/{zoe}/password"), &cookie, &format!("password={other}")).await);
    done(site.post("/clusters", &cookie, "name=prod&addresses=10.0.0.1+10.0.0.2").await);
    let cluster = site.app.commands.read().clusters().await.expect("clusters")[0].id;
    let node = |n: u8, host: &str, port: &str| {
        format!("&n{n}-name={host}&n{n}-scheme=http&n{n}-host={host}&n{n}-port={port}&n{n}-files=none")
    };
    let accepted = "&accept_unseen=links&accept_unseen=logs&accept_unseen=all";
    let form =
        ["name=prod&deadline_ms=3000", accepted, &node(0, "10.0.0.1", "8849"), &node(1, "10.0.0.3", "8848")].concat();
    done(site.post(&format!("/clusters/{cluster}"), &cookie, &form).await);
    let page = site.get(&format!("/clusters/{cluster}/edit"), &cookie, "en").await.body;
    let ticked = |part: &str| page.contains(&format!(r#"name="accept_unseen" value="{part}" checked"#));
    assert_eq!(["logs", "config", "links"].map(ticked), [true, false, true]);
    done(site.post(&format!("/clusters/{cluster}/deletion"), &cookie, "").await);
    // What is refused, and what changes nothing, leaves no line.
    let refused = site.post("/users", &cookie, &format!("name=zoe&role=viewer&password={secret}")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let me = site.app.commands.read().user_by_name("admin").await.expect("users").expect("admin").id;
    assert_eq!(
        site.post(&format!("/users/{me}"), &cookie, "role=viewer&active=yes").await.status,
        StatusCode::CONFLICT
    );
    let answer = site
        .post(
            "/account/password",
            &cookie,
            &format!("old_password={}&password={other}&again={other}", PASSWORD.replace(' ', "+")),
        )
        .await;
    let cookie = answer.cookie().expect("a new session");
    done(answer);

    assert_eq!(
        trail(&site).await[4..],
        [
            "admin user_created zoe [role=->operator]",
            "admin user_changed zoe [role=operator>lead, active=true>false]",
            "admin password_set zoe []",
            "admin cluster_created prod [name=->prod, node_deadline_ms=->3000, \
             10.0.0.1 node=->api.host=10.0.0.1 api.port=8848 api.scheme=http files.kind=none, \
             10.0.0.2 node=->api.host=10.0.0.2 api.port=8848 api.scheme=http files.kind=none]",
            "admin cluster_changed prod [accept_unseen=->logs links, 10.0.0.1 api.port=8848>8849, \
             10.0.0.2 node=api.host=10.0.0.2 api.port=8848 api.scheme=http files.kind=none>-, \
             10.0.0.3 node=->api.host=10.0.0.3 api.port=8848 api.scheme=http files.kind=none]",
            "admin cluster_deleted prod [accept_unseen=logs links>-, name=prod>-, node_deadline_ms=3000>-, \
             10.0.0.1 node=api.host=10.0.0.1 api.port=8849 api.scheme=http files.kind=none>-, \
             10.0.0.3 node=api.host=10.0.0.3 api.port=8848 api.scheme=http files.kind=none>-]",
            "admin password_changed admin []",
        ]
    );
    for (lang, words) in [("en", ["User changed", "Lead"]), ("zh-CN", ["修改用户", "主管"])] {
        let page = site.get("/audit-log", &cookie, lang).await;
        assert_eq!(page.status, StatusCode::OK);
        let rows = page.texts("#audit-log tbody tr");
        assert_eq!(rows.len(), 11, "{lang}");
        assert!(rows.iter().any(|row| words.iter().all(|word| row.contains(word))), "{lang}: {rows:?}");
        assert!(!page.body.contains("long enough") && !page.body.contains("long password"), "no password");
        assert!(page.texts(".menu-panel a").contains(&page.texts("h1")[0]), "{lang}: in the menu");
    }
    let rows =
        async |query: &str| site.get(&format!("/audit-log{query}"), &cookie, "en").await.count("#audit-log tbody tr");
    assert_eq!(rows("?area=clusters").await, 3);
    assert_eq!(rows("?person=zoe").await, 3, "what was done to zoe");
    assert_eq!(rows("?person=admin&area=users").await, 8, "and what admin did or what was done to admin");
    assert_eq!(rows("?person=nobody").await, 0);
}

#[tokio::test]
async fn a_long_log_is_paged_and_keeps_its_filters() {
    let site = Site::with_people().await;
    let (me, viewer) = (Caller::new("admin"), site.app.commands.read().user_by_name("viewer").await.expect("users"));
    let viewer = viewer.expect("viewer").id;
    for n in 0..120 {
        users::update(&site.app.commands, &me, viewer, Role::Viewer, n % 2 != 0).await.expect("changed");
    }
    let cookie = site.log_in("admin").await;
    let page = site.get("/audit-log?area=users&person=viewer", &cookie, "en").await;
    assert_eq!(page.count("#audit-log tbody tr"), 100);
    let (_, link) = page.body.split_once("<a class=\"btn\" href=\"?area=users").expect("a link to older entries");
    let older = link.split('"').next().expect("its end").replace("&#38;", "&").replace("&amp;", "&");
    let page = site.get(&format!("/audit-log?area=users{older}"), &cookie, "en").await;
    assert_eq!(page.count("#audit-log tbody tr"), 21, "20 changes and the creation");
    assert!(!page.body.contains("Older entries"));
}

#[test]
fn every_kind_has_its_words() {
    for kind in nodedown::domain::audit::AuditKind::ALL {
        assert!(locale::has(&format!("web-audit-{}", kind.as_str().replace('_', "-"))), "{kind:?}");
    }
}

#[tokio::test]
async fn settings_that_differ_from_the_last_start_are_recorded() {
    let site = Site::empty().await;
    let started = async |listen: &str| {
        let settings = [("listen", listen.to_owned()), ("log_format", "text".to_owned())];
        commands::audit::note_settings(&site.app.commands, &settings).await.expect("noted");
    };
    started("127.0.0.1:1").await;
    started("127.0.0.1:1").await;
    started("0.0.0.0:1").await;
    assert_eq!(
        trail(&site).await,
        [
            " settings_changed  [listen=->127.0.0.1:1, log_format=->text]",
            " settings_changed  [listen=127.0.0.1:1>0.0.0.0:1]"
        ]
    );
}

fn user_command(data: &std::path::Path, arguments: &[&str], input: &str) -> (bool, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_nodedown"))
        .arg("user")
        .args(arguments)
        .arg("--data")
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    // A command that reads nothing may have ended already.
    let _ = child.stdin.take().expect("stdin").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("it ends");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_manages_users_while_the_server_runs() {
    let data = tempfile::tempdir().expect("folder");
    let (found, said) = user_command(data.path(), &["list"], "");
    assert!(!found && said.contains("nodedown.db") && !data.path().join("nodedown.db").exists(), "{said}");
    let server = Server::start(data.path());
    let mut ann = Browser::new(&server.base);
    ann.set_up(&server).await;
    let run = |arguments: &[&str], input: &str| user_command(data.path(), arguments, input);

    assert_eq!(run(&["add", "bob", "--role", "lead"], "a first long password\n"), (true, "bob (lead)\n".to_owned()));
    let (_, said) = run(&["list"], "");
    assert_eq!(said, "ann  admin     may log in\nbob  lead      may log in\n");
    assert!(run(&["password", "bob"], "a second long password\n").0);
    let (weak, said) = run(&["password", "bob"], "short");
    assert!(!weak && said.contains("password"), "{said}");
    let mut bob = Browser::new(&server.base);
    assert_eq!(bob.post("/login", &[("name", "bob"), ("password", "a second long password")]).await, "/");
    bob.get("/").await;
    assert!(run(&["disable", "bob"], "").1.contains("may not log in"));
    assert_eq!(bob.location("/").await, "/login", "the session has ended");
    assert!(run(&["enable", "bob"], "").1.contains("may log in"));
    let (done, said) = run(&["disable", "ann"], "");
    assert!(!done && said.contains("administrator"), "the last one stays: {said}");
    let (done, said) = run(&["disable", "nobody"], "");
    assert!(!done && said.contains("`nobody`"), "{said}");

    let page = ann.get("/audit-log?person=bob").await;
    assert_eq!(page.matches("command line (").count(), 4, "added, password, disabled, enabled: {page}");
    assert!(!page.contains("long password"));
}
