//! What people see: words in both languages, hostile text as text, forms that keep what was typed.

use http::StatusCode;
use nodedown::commands::incidents::OpenIncident;
use nodedown::commands::{Caller, check_runs, clusters, credentials, incidents};
use nodedown::domain::cluster::{
    ApiAddress, Cluster, CredentialRef, FileSource, NodeSpec, SshHost, SshKey, SshLocation,
};
use nodedown::domain::credential::{Purpose, Recipient};
use nodedown::domain::finding::Step;
use nodedown::domain::id::{IncidentId, NodeName};
use nodedown::domain::incident::DecisionKind;
use nodedown::domain::trust::Trust;

use super::site::{PASSWORD, Site, encoded};

const HOSTILE: &str = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>";

async fn cluster(site: &Site, name: &str) -> Cluster {
    let nodes = ["n1", "n2", "n3"]
        .into_iter()
        .map(|name| NodeSpec {
            name: NodeName::from(name),
            api: Some(ApiAddress {
                published: Default::default(),
                scheme: "http".to_owned(),
                host: "127.0.0.1".to_owned(),
                port: 1,
                context_path: None,
                console_port: None,
                credential: None,
                trust: Trust::System,
            }),
            files: FileSource::None,
        })
        .collect();
    clusters::create(&site.app.commands, &Caller::new("admin"), name, nodes, Vec::new(), 200).await.expect("cluster")
}

pub async fn incident(site: &Site, note: &str) -> IncidentId {
    let cluster = cluster(site, "prod-hz").await;
    let command =
        OpenIncident { cluster: cluster.id, node: Some(NodeName::from("n3")), drill: false, note: note.to_owned() };
    incidents::open(&site.app.commands, &Caller::new("operator"), command).await.expect("incident")
}

#[tokio::test]
async fn first_start_leads_from_the_link_to_the_first_cluster() {
    let site = Site::empty().await;
    assert_eq!(site.get("/setup?token=wrong", "", "en").await.status, StatusCode::FORBIDDEN);
    let token =
        nodedown::commands::setup::issue_setup_token(&site.app.commands).await.expect("store").expect("no users");
    let page = site.get(&format!("/setup?token={token}"), "", "zh-CN").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.texts("h1"), ["创建首个管理员"]);

    let differing = site.post("/setup", "", &format!("token={token}&name=root&password=a+long+password&again=b")).await;
    assert_eq!(differing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(differing.count("input[name=name][value=root]"), 1, "what was typed is kept");
    assert!(!differing.body.contains("a long password"), "a password never comes back");
    let back = as_a_browser_sends(&differing.body, "form[action='/preferences']");
    let switched = site.post("/preferences", "", &format!("{back}&lang=en")).await;
    let location = format!("/setup?token={token}&name=root");
    assert_eq!(switched.location(), location, "another language keeps the link and the name");
    let again = site.get(switched.location(), "", "en").await;
    assert_eq!((again.status, again.count("input[name=name][value=root]")), (StatusCode::OK, 1));

    let password = PASSWORD.replace(' ', "+");
    let form = format!("token={token}&name=root&password={password}&again={password}");
    let made = site.post("/setup", "", &form).await;
    assert_eq!((made.status, made.location()), (StatusCode::SEE_OTHER, "/clusters/new?first=1"));
    let cookie = made.cookie().expect("signed in");

    let bad = site.post("/clusters", &cookie, "name=prod&addresses=10.0.0.1%0A%3Cbad%3E&first=1").await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bad.texts("textarea#addresses")[0].contains("10.0.0.1"), "what was typed is kept");
    assert!(bad.texts("#addresses-error")[0].contains('2'), "the line is named");
    assert_eq!(site.post("/setup", "", &form).await.status, StatusCode::FORBIDDEN, "the link works once");
}

#[tokio::test]
async fn a_new_cluster_behind_a_private_ca_is_set_up_in_one_form() {
    let site = Site::with_people().await;
    let cookie = site.log_in("lead").await;
    let fields = |name: &'static str, ca: &'static str, pin: &str| {
        let doors = "https://nacos.example:8848/nacos".to_owned();
        let addresses = "https://10.0.0.1:8848".to_owned();
        [
            ("name", name.to_owned()),
            ("addresses", addresses),
            ("doors", doors),
            ("ca", ca.to_owned()),
            ("pin", pin.to_owned()),
        ]
    };

    let key = "-----BEGIN PRIVATE KEY-----\nMAMC\n-----END PRIVATE KEY-----";
    for (ca, pin) in [(key, "ab".repeat(32).as_str()), (key, "abc"), ("", key)] {
        let refused = site.post("/clusters", &cookie, &encoded(&fields("prod", ca, pin))).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!refused.body.contains("MAMC"), "a private key is not sent back: {ca} {pin}");
    }
    let refused = site.post("/clusters", &cookie, &encoded(&fields("prod", key, ""))).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.count("details[open] #trust-error"), 1, "the fold is open and says what is wrong");
    assert!(!refused.body.contains("MAMC"), "a private key is not sent back");
    assert!(refused.texts("textarea#addresses")[0].contains("10.0.0.1"), "what was typed is kept");

    let pem = "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----";
    let digest = "ab".repeat(32);
    for (name, ca, pin) in [("ca", pem, ""), ("pin", "", digest.as_str())] {
        let made = site.post("/clusters", &cookie, &encoded(&fields(name, ca, pin))).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
        let clusters = site.app.commands.read().clusters().await.expect("clusters");
        let cluster = clusters.iter().find(|cluster| cluster.name == name).expect("saved");
        let wanted = Trust::parse(ca, pin).expect("trust");
        assert_eq!(cluster.nodes[0].api.as_ref().map(|api| &api.trust), Some(&wanted));
        assert_eq!(cluster.doors[0].trust, wanted);
        let edit = site.get(&format!("/clusters/{}/edit", cluster.id), &cookie, "en").await;
        assert_eq!(
            (edit.texts("textarea#ca")[0].contains("MAMC"), edit.texts("textarea#pin")[0].is_empty()),
            (!ca.is_empty(), pin.is_empty())
        );
    }
}

#[tokio::test]
async fn a_login_gets_a_new_session_and_leads_only_to_this_site() {
    let site = Site::with_people().await;
    let before = "nodedown=AAAAAAAAAAAAAAAAAAAAAA";
    let password = PASSWORD.replace(' ', "+");
    let form = format!("name=viewer&password={password}&next=https%3A%2F%2Fevil.example");
    let answer = site.post("/login", before, &form).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/"));
    let cookie = answer.cookie().expect("a session");
    assert_ne!(cookie, before);
    let header = answer.headers["set-cookie"].to_str().expect("text");
    assert!(header.contains("HttpOnly") && header.contains("SameSite=Lax"), "{header}");
    assert!(!header.contains("Secure"), "plain http on an intranet must work");

    assert_eq!(site.get("/", &cookie, "en").await.status, StatusCode::OK);
    site.post("/logout", &cookie, "").await;
    assert_eq!(site.get("/", &cookie, "en").await.status, StatusCode::SEE_OTHER, "the session is over");
    let wrong = site.post("/login", "", "name=viewer&password=nope").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.count("input[name=name][value=viewer]"), 1);
}

#[tokio::test]
async fn an_administrator_gives_out_a_link_that_signs_in_once() {
    let site = Site::with_people().await;
    let admin = site.log_in("admin").await;
    let viewer = site.app.commands.read().user_by_name("viewer").await.expect("user").expect("viewer");
    let page = site.post(&format!("/users/{}/sign-in-link", viewer.id), &admin, "").await;
    assert_eq!(page.status, StatusCode::OK);
    let link = page.texts("#sign-in-link").pop().expect("a link");
    let path = link.split_once("/sign-in").map(|(_, rest)| format!("/sign-in{rest}")).expect("a path");
    assert!(!site.get("/users", &admin, "en").await.body.contains(&path), "it is shown once");

    for _ in 0..2 {
        let asked = site.get(&path, "", "en").await;
        assert_eq!(asked.status, StatusCode::OK, "looking at a link does not use it up");
        assert!(asked.cookie().is_none() && asked.texts("button.primary")[0].contains("viewer"), "{}", asked.body);
    }
    let form = path.split_once('?').expect("a query").1.to_owned();
    let signed_in = site.post("/sign-in", "", &form).await;
    assert_eq!((signed_in.status, signed_in.location()), (StatusCode::SEE_OTHER, "/"));
    let cookie = signed_in.cookie().expect("a session");
    assert_eq!(site.get("/", &cookie, "en").await.status, StatusCode::OK);
    let device = signed_in.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let device = device.filter(|value| value.starts_with("nodedown_device_")).collect::<Vec<_>>();
    assert!(device.len() == 1 && device[0].contains("HttpOnly"), "from now on the device is known: {device:?}");
    for used in [site.get(&path, "", "en").await, site.post("/sign-in", "", &form).await] {
        assert_eq!((used.status, used.count(".banner.fail")), (StatusCode::UNPROCESSABLE_ENTITY, 1), "once");
    }
}

#[tokio::test]
async fn times_of_a_page_are_in_one_zone_which_each_browser_chooses() {
    let site = Site::with_people().await;
    let id = incident(&site, "").await;
    let cookie = site.log_in("operator").await;
    let path = format!("/incidents/{id}/impact");
    let usual = site.get(&path, &cookie, "en").await;
    assert_eq!(usual.texts("#page-zone[data-zone-told]"), ["UTC"], "the script names the browser's own");
    assert_eq!(usual.texts("#menu-zone option[selected]"), ["This browser's zone"]);
    assert!(usual.texts("#over-hint time")[0].ends_with(" UTC"), "{:?}", usual.texts("#over-hint time"));

    let chosen = async |form: &str| {
        let answer = site.post("/preferences", &cookie, &format!("{form}&next=%2Faccount")).await;
        answer.headers.get("set-cookie").map(|set| {
            let set = set.to_str().expect("text").split(';').next().expect("a cookie");
            format!("{cookie}; {set}")
        })
    };
    assert_eq!(chosen("zone=Asia/Nowhere").await, None, "no such zone: nothing changes");
    assert_eq!(chosen("zone=local&zone_name=..%2F..%2Fetc%2Fpasswd").await, None);
    let shanghai = chosen("zone=Asia/Shanghai").await.expect("a zone");
    let page = site.get(&path, &shanghai, "zh-CN").await;
    assert_eq!(page.texts("#page-zone"), ["Asia/Shanghai, UTC+08:00"], "named once");
    assert_eq!(page.count("[data-zone-told], input[data-moment]"), 0, "no script changes it");
    assert_eq!(page.texts("#over-hint time[data-done]"), ["2026-11-22 09:52:25"]);
    let typed = as_a_browser_sends(&page.body, ".card form.stack-l");
    assert!(typed.contains("offset_min=480") && typed.contains("09%3A52%3A25"), "{typed}");
    let said = site.post(&path, &shanghai, &typed).await;
    assert_eq!(said.status, StatusCode::SEE_OTHER, "{}", said.body);
    let stored = site.app.commands.read().impact_ends(id).await.expect("store");
    assert_eq!(
        stored[0].over_at.to_string(),
        "2026-11-22T01:52:25.000Z",
        "what is typed is read in the zone of the page"
    );

    let timeline = format!("/incidents/{id}/timeline");
    let said = async |cookie: &str| site.get(&timeline, cookie, "en").await.texts(".said-text").join(" ");
    assert!(said(&shanghai).await.contains("since 2026-11-22 09:52:25"), "in sentences too: {}", said(&shanghai).await);
    assert!(said(&cookie).await.contains("since 2026-11-22 01:52:25 UTC"), "for the script: {}", said(&cookie).await);

    for (name, told) in [("Pacific/Auckland", "Pacific/Auckland, UTC+13:00"), ("UTC", "UTC")] {
        let own = chosen(&format!("zone=local&zone_name={name}")).await.expect("a zone");
        let page = site.get("/account", &own, "en").await;
        assert_eq!(
            (page.texts("#page-zone"), page.texts("#menu-zone option[selected]")),
            (vec![told.to_owned()], vec![name.to_owned()])
        );
    }
    let report = site.get(&format!("/incidents/{id}/report"), &shanghai, "en").await;
    assert_eq!(report.texts("#page-zone"), ["Asia/Shanghai, UTC+08:00"], "the record as everything else");
    assert_eq!(report.texts(".page-head .zone"), ["All times: Asia/Shanghai, UTC+08:00"]);
    assert!(report.texts(".report-sentence")[0].contains("2026-11-22 09:5"), "{:?}", report.texts(".report-sentence"));
    assert_eq!(report.texts("#menu-zone option[selected]"), ["Asia/Shanghai"]);
    // Where none was chosen it is the browser's own, as its script tells it, and the switch stays where it was.
    let own = format!("{cookie}; nodedown_own_zone=Europe/Berlin");
    let report = site.get(&format!("/incidents/{id}/report"), &own, "en").await;
    assert_eq!(report.texts(".page-head .zone"), ["All times: Europe/Berlin, UTC+01:00"]);
    assert_eq!(report.texts("#menu-zone option[selected]"), ["This browser's zone"]);
    let chat = report.texts("#chat textarea").concat();
    assert!(chat.contains("2026-11-22 01:5") && !chat.contains("02:5"), "what is sent on alone says UTC: {chat}");
    let css = site.get(&format!("/incidents/{id}/report.css"), &own, "en").await;
    assert!(css.body.contains("All times: Europe/Berlin, UTC+01:00"), "{}", css.body);
    for (file, says) in [("report.html", "All times: UTC"), ("report.md", "All times: UTC")] {
        let export = site.get(&format!("/incidents/{id}/{file}"), &own, "en").await.body;
        assert!(export.contains(says) && export.contains("2026-11-22 01:5"), "{file}");
        assert!(!export.contains("2026-11-22 02:5"), "{file} is in UTC for everybody");
    }
}

#[tokio::test]
async fn single_keys_can_be_switched_off() {
    let site = Site::with_people().await;
    let cookie = site.log_in("viewer").await;
    assert_eq!(site.get("/account", &cookie, "en").await.count("html[data-keys]"), 1);
    let answer = site.post("/preferences", &cookie, "keys=off&next=%2Faccount").await;
    let chosen = answer.headers["set-cookie"].to_str().expect("text").split(';').next().expect("a cookie").to_owned();
    let off = site.get("/account", &format!("{cookie}; {chosen}"), "en").await;
    assert_eq!((off.count("html[data-keys]"), off.count("#keys option[value=off][selected]")), (0, 1));
}

#[tokio::test]
async fn every_page_has_all_its_words_in_both_languages_and_a_strict_policy() {
    let site = Site::with_people().await;
    let id = incident(&site, "first look").await;
    for step in Step::ALL {
        check_runs::start_step(&site.app.commands, &Caller::new("operator"), id, step).await.expect("runs");
    }
    let admin = site.log_in("admin").await;
    let mut pages = vec!["/".to_owned(), "/login".into(), "/setup".into(), "/nowhere".into(), "/account".into()];
    pages.extend(["/clusters", "/clusters/new", "/clusters/1", "/clusters/1/edit", "/users"].map(str::to_owned));
    pages.extend(["/incidents/new", "/incidents/1/monitor"].map(str::to_owned));
    pages.extend((1..=6).map(|step| format!("/incidents/{id}/steps/{step}")));
    pages.extend(["/incidents", "/runbooks", "/runbooks/nacos-node-down", "/help"].map(str::to_owned));
    pages.extend(["/help/findings/node.killed", "/help/signatures/C21"].map(str::to_owned));
    pages.extend(["timeline", "report", "evidence", "logs/n1"].map(|part| format!("/incidents/{id}/{part}")));
    pages.extend(
        ["members", "properties", "ports", "views", "clients"].map(|table| format!("/incidents/{id}/tables/{table}")),
    );
    for path in &pages {
        for (lang, cookie) in [("zh-CN,zh;q=0.9", admin.as_str()), ("en-US", admin.as_str()), ("zh", "")] {
            let page = site.get(path, cookie, lang).await;
            assert!(!page.status.is_server_error(), "{path}: {}", page.status);
            assert!(!page.body.contains('‹'), "{path} in {lang} lacks a text: {}", around(&page.body, '‹'));
            if page.status.is_redirection() {
                continue;
            }
            let tag = if lang.starts_with("zh") { "zh-CN" } else { "en" };
            assert_eq!(page.count(&format!("html[lang={tag}]")), 1, "{path}");
            assert_eq!(
                page.count("[style], [onclick], style, script:not([src])"),
                0,
                "{path} has inline style or script"
            );
            assert_eq!(page.count("h1"), 1, "{path} has one heading");
            assert_eq!(page.count("main#main"), 1, "{path}");
            let policy = page.headers["content-security-policy"].to_str().expect("text");
            assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
        }
    }
}

fn around(text: &str, mark: char) -> String {
    text.find(mark).map(|at| text[at..].chars().take(60).collect()).unwrap_or_default()
}

#[tokio::test]
async fn hostile_text_stays_text() {
    let site = Site::with_people().await;
    let long = "x".repeat(10_000);
    let id = incident(&site, &format!("{HOSTILE} {long}")).await;
    let caller = Caller::new("operator");
    let reason = format!("{HOSTILE} skipped");
    incidents::decide_step(&site.app.commands, &caller, id, Step::Logs, DecisionKind::Skipped, &reason)
        .await
        .expect("decided");
    let cookie = site.log_in("operator").await;
    for path in [format!("/incidents/{id}/steps/2"), "/".to_owned(), format!("/incidents/new?cluster={HOSTILE}")] {
        let page = site.get(&path.replace(['<', '>', '"', ' ', '\''], "%3C"), &cookie, "en").await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert_eq!(page.count("img, script:not([src])"), 0, "{path}");
        assert!(!page.body.contains("<script>alert"), "{path}");
    }
    let page = site.get(&format!("/incidents/{id}/steps/2"), &cookie, "en").await;
    assert!(page.texts("#note-list").join(" ").contains("<script>alert('x')</script>"), "the note is there as text");
    assert!(page.texts("#step-head").join(" ").contains("onerror=alert(1)"), "the reason is there as text");
}

#[tokio::test]
async fn the_run_screen_offers_one_next_action_and_viewers_none() {
    let site = Site::with_people().await;
    let id = incident(&site, "").await;
    let operator = site.log_in("operator").await;
    let path = format!("/incidents/{id}/steps/1");
    let page = site.get(&path, &operator, "en").await;
    assert_eq!(page.texts("#main-action"), ["Run the checks"]);
    assert_eq!(page.count(".rail li"), 6);
    assert_eq!(page.count(".rail a[aria-current=step]"), 1);
    assert_eq!(page.count("#tolerance.tone-unknown"), 1, "an unknown tolerance is said, and never green");

    let asked = site.post(&format!("{path}/check-runs"), &operator, "nonce=a1").await;
    assert_eq!((asked.status, asked.location()), (StatusCode::SEE_OTHER, path.as_str()));
    let again = site.post(&format!("{path}/check-runs"), &operator, "nonce=a1").await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "the same form sent twice counts once");
    let running = site.get(&path, &operator, "en").await;
    assert_eq!(running.count("#main-action"), 0, "while checks run there is nothing to press");
    assert_eq!(running.count("noscript meta[http-equiv=refresh], noscript"), 1, "it reloads without script");
    let early = site.post(&format!("{path}/decisions"), &operator, "kind=done&nonce=a2").await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    assert_eq!(early.count("#refused[role=alert]"), 1, "the page says why");
    let mute = site.post(&format!("{path}/decisions"), &operator, "kind=skipped&nonce=a3").await;
    assert_eq!(mute.status, StatusCode::UNPROCESSABLE_ENTITY, "a skip needs its reason");
    let skipped = site.post(&format!("{path}/decisions"), &operator, "kind=skipped&reason=known&nonce=a4").await;
    assert_eq!(skipped.location(), format!("/incidents/{id}/steps/2#step-title"));

    let viewer = site.log_in("viewer").await;
    let page = site.get(&path, &viewer, "en").await;
    assert_eq!(page.count("main form, #more"), 0, "a viewer is offered no form");
}

#[tokio::test]
async fn a_public_prefix_is_in_every_link_whether_or_not_the_proxy_cuts_it() {
    let site = Site::with(Some("https://ops.example.cn/x/y")).await;
    for path in ["/x/y/login", "/login"] {
        let page = site.get(path, "", "en").await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(page.count("a[href^='/x/y/'], link[href^='/x/y/'], form[action^='/x/y/']") > 4, "{path}");
        assert_eq!(page.count("form[action]:not([action^='/x/y/']), link[href]:not([href^='/x/y/'])"), 0, "{path}");
    }
    let (status, location) = site.status(&http::Method::GET, "/x/y", None).await;
    assert_eq!((status, location.as_str()), (StatusCode::PERMANENT_REDIRECT, "/x/y/"));
    let (_, location) = site.status(&http::Method::GET, "/x/y/incidents/3", None).await;
    assert_eq!(location, "/x/y/login?next=%2Fincidents%2F3");
}

#[tokio::test]
async fn probes_answer_and_static_files_are_kept_by_version() {
    let site = Site::empty().await;
    assert_eq!(site.get("/-/healthy", "", "en").await.status, StatusCode::OK);
    assert_eq!(site.get("/-/ready", "", "en").await.status, StatusCode::OK);
    let page = site.get("/login", "", "en").await;
    let css = scraper::Html::parse_document(&page.body)
        .select(&scraper::Selector::parse("link[rel=stylesheet]").expect("selector"))
        .next()
        .and_then(|link| link.value().attr("href").map(str::to_owned))
        .expect("style sheet");
    let file = site.get(&css, "", "en").await;
    assert!(file.headers["cache-control"].to_str().expect("text").contains("immutable"));
    let other = site.get("/static/000/app.css", "", "en").await;
    assert_eq!(other.headers["cache-control"], "no-cache");
    site.app.stopping.cancel();
    assert_eq!(site.get("/-/ready", "", "en").await.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn saving_the_form_of_a_cluster_unchanged_changes_nothing() {
    let site = Site::with_people().await;
    let plain = SshLocation::parse("nacos@10.0.0.1:2222:/home/nacos").expect("a place");
    let secrets = site.folder.path().join("credentials");
    let (key, known) = (secrets.join("id"), secrets.join("known"));
    let passphrase = CredentialRef::Env { name: "NODEDOWN_CRED_PASS".to_owned() };
    let files = [&key, &known].map(|path| CredentialRef::File { path: path.clone() });
    for reference in files.into_iter().chain([passphrase.clone()]) {
        let places = Recipient::parse_all("ssh://10.0.0.1:2222 ssh://gate:2200").expect("addresses");
        let admin = Caller::new("admin");
        credentials::release(&site.app.commands, &admin, reference, Purpose::Ssh, places).await.expect("released");
    }
    let full = SshLocation {
        jump: SshHost::parse("ops@gate:2200"),
        key: SshKey::File { path: key },
        passphrase: Some(passphrase),
        known_hosts: Some(known),
        kernel_log: true,
        ..plain.clone()
    };
    let nodes = [
        ("n1", FileSource::Ssh(full)),
        ("n2", FileSource::Ssh(SshLocation { key: SshKey::Agent, kernel_log: true, ..plain })),
        ("n3", FileSource::Copied { home: "/srv/n3".into() }),
    ]
    .map(|(name, files)| NodeSpec { name: NodeName::from(name), api: None, files })
    .to_vec();
    let before = clusters::create(&site.app.commands, &Caller::new("admin"), "prod-hz", nodes, Vec::new(), 3000).await;
    let before = before.expect("cluster");
    let cookie = site.log_in("lead").await;
    let page = site.get("/clusters/1/edit", &cookie, "en").await;
    assert_eq!(page.count(r#"input[name="n0-home"][value*="jump=ops@gate:2200"]"#), 1);
    assert_eq!(page.count(r#"input[name="kernel_log"][checked]"#), 1);
    let form = as_a_browser_sends(&page.body, "form[action='/clusters/1']");
    let saved = site.post("/clusters/1", &cookie, &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let after = site.app.commands.read().cluster(before.id).await.expect("store").expect("cluster");
    assert_eq!(after, before);

    let wrong = form.replace("jump%3Dops%40gate", "jump%3Dgate");
    assert_ne!(wrong, form);
    let refused = site.post("/clusters/1", &cookie, &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.texts(".banner.fail").concat().contains("n1"), "{}", refused.body);
}

/// Every field of a form with the value that the page gives it.
pub fn as_a_browser_sends(page: &str, form: &str) -> String {
    let page = scraper::Html::parse_document(page);
    let select = |selector: &str| scraper::Selector::parse(selector).expect("selector");
    let (chosen, fields) = (select("option[selected]"), select("input, select, textarea"));
    let form = page.select(&select(form)).next().expect("the form");
    let mut url = reqwest::Url::parse("http://n/").expect("URL");
    for field in form.select(&fields) {
        let Some(name) = field.value().attr("name") else { continue };
        let value = match field.value().name() {
            "select" => field.select(&chosen).next().and_then(|option| option.value().attr("value")).map(str::to_owned),
            "textarea" => Some(field.text().collect()),
            _ if field.value().attr("type") == Some("checkbox") => {
                field.value().attr("checked").and(field.value().attr("value")).map(str::to_owned)
            }
            _ => Some(field.value().attr("value").unwrap_or_default().to_owned()),
        };
        if let Some(value) = value {
            url.query_pairs_mut().append_pair(name, &value);
        }
    }
    url.query().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_second_incident_for_a_node_is_only_started_on_purpose() {
    let site = Site::with_people().await;
    let first = incident(&site, "").await;
    let cluster = site.app.store.read().incident(first).await.expect("incident").expect("some").cluster;
    let operator = site.log_in("operator").await;
    let page = site.get(&format!("/incidents/new?cluster={cluster}"), &operator, "en").await;
    assert_eq!(page.count(&format!("#join-{first} a[href='/incidents/{first}']")), 1, "the open one comes first");
    let (cluster, kind) = (cluster.to_string(), "real");
    let form = |nonce: &str, node: &str, kind: &str, beside: &str| {
        encoded(&[("cluster", &*cluster), ("node", node), ("kind", kind), ("beside", beside), ("nonce", nonce)])
    };
    // Somebody whose page is from before the first was opened.
    let late = site.post("/incidents", &operator, &form("a", "n3", kind, "")).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(late.texts("[role=alert]")[0].contains(&first.label()), "{:?}", late.texts("[role=alert]"));
    assert_eq!(
        site.post("/incidents", &operator, &form("b", "", kind, "")).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    for (nonce, node, kind, beside) in [("c", "n2", kind, ""), ("d", "n3", "drill", ""), ("e", "n3", kind, "1")] {
        let made = site.post("/incidents", &operator, &form(nonce, node, kind, beside)).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{nonce}");
    }
    assert_eq!(site.app.store.read().open_incidents().await.expect("open").len(), 4);
}
