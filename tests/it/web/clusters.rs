//! The form of a cluster: what all nodes have in common is written once, and nothing is saved unseen.

use http::StatusCode;
use nodedown::commands::{Caller, clusters};
use nodedown::domain::cluster::{Cluster, NodeSpec, parse_nodes};

use super::pages::as_a_browser_sends;
use super::site::{Answer, Site, encoded};
use crate::support::run_app;

/// A cluster of three nodes that differ in their address only.
async fn alike(site: &Site) -> Cluster {
    let mut nodes: Vec<NodeSpec> =
        parse_nodes("10.0.0.1:8858/nacos 10.0.0.2:8858/nacos 10.0.0.3:8858/nacos").expect("nodes");
    for node in &mut nodes {
        let api = node.api.as_mut().expect("an address");
        api.console_port = Some(8080);
    }
    let lead = Caller::new("lead");
    clusters::create(&site.app.commands, &lead, "prod", nodes, Vec::new(), 3000).await.expect("cluster")
}

async fn stored(site: &Site, cluster: &Cluster) -> Cluster {
    site.app.commands.read().cluster(cluster.id).await.expect("store").expect("cluster")
}

fn values(page: &Answer, selector: &str) -> Vec<String> {
    let selector = scraper::Selector::parse(selector).expect("selector");
    let html = scraper::Html::parse_document(&page.body);
    html.select(&selector).map(|one| one.attr("value").unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn what_all_nodes_have_in_common_is_changed_in_one_place() {
    let site = Site::with_people().await;
    let cluster = alike(&site).await;
    let lead = site.log_in("lead").await;
    let page = site.get("/clusters/1/edit", &lead, "en").await;
    let common = ["#all-port", "#all-context", "#all-console"].map(|field| values(&page, field).concat());
    assert_eq!(common, ["8858", "/nacos", "8080"]);
    assert_eq!(values(&page, "#n0-port, #n1-port, #n2-port"), ["", "", ""], "no node repeats it");
    assert_eq!(page.count("details[open][id$='-own']"), 0, "what is not different is folded");

    let form = as_a_browser_sends(&page.body, "form[action='/clusters/1']");
    let saved = site.post("/clusters/1", &lead, &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    assert_eq!(stored(&site, &cluster).await, cluster, "saved as it was shown, nothing changes");

    let other = form.replace("all-port=8858", "all-port=9000").replace("n2-port=", "n2-port=9001");
    let saved = site.post("/clusters/1", &lead, &other).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let after = stored(&site, &cluster).await;
    let ports: Vec<u16> = after.nodes.iter().filter_map(|node| node.api.as_ref()).map(|api| api.port).collect();
    assert_eq!(ports, [9000, 9000, 9001]);
    let page = site.get("/clusters/1/edit", &lead, "zh-CN").await;
    assert_eq!(page.count("#n2-own[open]"), 1, "what is different is open");
    assert_eq!(page.texts("#common h2"), ["所有节点共用"]);

    let row = site.post("/clusters/1", &lead, &(other + "&add_row=1")).await;
    assert_eq!((row.status, values(&row, "#n3-port").concat()), (StatusCode::OK, String::new()));
    assert_eq!(values(&row, "#all-port"), ["9000"], "what was typed stays");
    let wrong = encoded(
        &[("name", "prod"), ("deadline_ms", "3000"), ("all-port", "x"), ("n0-host", "10.0.0.1")]
            .map(|(name, value)| (name, value.to_owned())),
    );
    let refused = site.post("/clusters/1", &lead, &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.texts(".banner.fail li")[0].contains("10.0.0.1"), "{}", refused.body);
    let hosts = [("n0-name", "n1"), ("n0-host", "db.local"), ("n1-name", "n2"), ("n1-host", "DB.local")];
    let saved = async |port: &str| {
        let rest = [("name", "prod"), ("deadline_ms", "3000"), ("n1-port", port)];
        site.post("/clusters/1", &lead, &encoded(&[&hosts[..], &rest].concat())).await
    };
    let twice = saved("").await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY, "two nodes have one address");
    assert!(twice.texts(".banner.fail li").concat().contains("n1 and n2 have the same address"), "{}", twice.body);
    assert_eq!(saved("8858").await.status, StatusCode::SEE_OTHER, "two ports of one host are two nodes");
}

fn form(fields: &[(&str, &str)]) -> String {
    encoded(fields)
}

#[tokio::test]
async fn a_pasted_list_is_shown_line_by_line_before_anything_is_saved() {
    let site = Site::with_people().await;
    let lead = site.log_in("lead").await;
    let none_saved = async || site.app.commands.read().clusters().await.expect("clusters").is_empty();
    let empty = site.get("/clusters/new", &lead, "en").await;
    assert_eq!((empty.count("#add"), empty.count("#entries")), (0, 0), "there is nothing to add yet");

    let pasted = "10.0.0.1:8848\n10.0.0.2 # the second\nbad line here\n10.0.0.1";
    let shown =
        site.post("/clusters", &lead, &form(&[("name", "prod"), ("addresses", pasted), ("act", "preview")])).await;
    assert_eq!(shown.status, StatusCode::UNPROCESSABLE_ENTITY);
    let rows = shown.texts("#entries tbody tr").join("\n");
    assert!(rows.contains("node 10.0.0.1, asked at 10.0.0.1:8848") && rows.contains("# the second"), "{rows}");
    assert!(rows.contains("bad line here") && rows.contains("several words"), "{rows}");
    assert_eq!(shown.texts("#entries tbody tr td:first-child"), ["1", "2", "2", "3", "4"]);
    let error = shown.texts("#addresses-error").concat();
    assert!(error.contains("Line 3") && error.contains("bad line here"), "{error}");
    assert_eq!(shown.texts("textarea#addresses"), [pasted], "what was typed stays");
    assert_eq!((shown.count("#add"), none_saved().await), (0, true));

    for nothing in ["# only a remark", "   ", "三个节点"] {
        let refused =
            site.post("/clusters", &lead, &form(&[("name", "p"), ("addresses", nothing), ("act", "add")])).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{nothing}");
        assert_ne!(refused.texts("#addresses-error").concat(), "", "{nothing}");
    }

    let good = "10.0.0.1:8848\r\n10.0.0.2";
    let shown =
        site.post("/clusters", &lead, &form(&[("name", "prod"), ("addresses", good), ("act", "preview")])).await;
    assert_eq!((shown.status, shown.count("#add"), none_saved().await), (StatusCode::OK, 1, true));
    let hash = values(&shown, "input[name=shown]").concat();
    let other = [("name", "prod"), ("addresses", "10.0.0.7"), ("act", "add"), ("shown", hash.as_str())];
    let again = site.post("/clusters", &lead, &form(&other)).await;
    assert_eq!((again.status, none_saved().await), (StatusCode::OK, true), "what was changed since is shown first");
    assert!(again.texts("#entries").concat().contains("10.0.0.7"));
    let seen = [("name", "prod"), ("addresses", good), ("act", "add"), ("shown", hash.as_str())];
    let made = site.post("/clusters", &lead, &form(&seen)).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    assert_eq!(site.app.commands.read().clusters().await.expect("clusters")[0].nodes.len(), 2);
}

#[tokio::test]
async fn a_list_that_is_pasted_into_the_form_becomes_rows_and_is_not_saved() {
    let site = Site::with_people().await;
    let cluster = alike(&site).await;
    let lead = site.log_in("lead").await;
    let page = site.get("/clusters/1/edit", &lead, "en").await;
    let sent = as_a_browser_sends(&page.body, "form[action='/clusters/1']");
    let with = |paste: &str, pressed: &str| {
        sent.replace("paste=", &format!("paste={}", form(&[("x", paste)]).trim_start_matches("x="))) + pressed
    };
    let list = "10.0.0.3:8858, 10.0.0.4:8858";
    let rows = site.post("/clusters/1", &lead, &with(list, "&add_list=")).await;
    assert_eq!((rows.status, values(&rows, "#n3-host, #n4-host")), (StatusCode::OK, vec!["10.0.0.4".to_owned()]));
    assert_eq!(values(&rows, "#n3-port"), [""], "its port is that of all nodes");
    assert!(rows.texts("#entries").concat().contains("named already as 10.0.0.3:8858"), "{}", rows.body);
    assert_eq!(stored(&site, &cluster).await, cluster, "nothing is saved");
    let bad = site.post("/clusters/1", &lead, &with("bad line here", "")).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY, "a list is looked at whatever was pressed");
    assert!(bad.texts("#paste-error")[0].contains("bad line here"), "{}", bad.body);
    assert_eq!(bad.texts("textarea#paste"), ["bad line here"], "what was typed stays");
    assert_eq!(stored(&site, &cluster).await, cluster);

    let saved = site.post("/clusters/1", &lead, &as_a_browser_sends(&rows.body, "form[action='/clusters/1']")).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let api = stored(&site, &cluster).await.nodes.pop().and_then(|node| node.api).expect("the fourth");
    assert_eq!((api.host.as_str(), api.port, api.console_port), ("10.0.0.4", 8858, Some(8080)));
}

/// The page of the cluster once it has been looked at again.
async fn looked_at(app: &crate::support::TestApp, cookie: &str) -> Answer {
    let page = app.looked_at(1, cookie).await;
    Answer { status: page.status, headers: Default::default(), body: page.body }
}

#[test]
fn members_that_nodes_name_are_offered_and_never_added_by_themselves() {
    run_app(async |app| {
        let mut cluster = app.cluster().await;
        app.person("lena", nodedown::domain::user::Role::Lead).await;
        let lena = app.log_in("lena").await;
        assert_eq!(looked_at(app, &lena).await.count("#found"), 0, "all members are in the inventory");

        let third = cluster.nodes.pop().expect("n3");
        clusters::update(app.commands(), &Caller::new("lena"), cluster.clone()).await.expect("saved");
        let page = looked_at(app, &lena).await;
        let offers = page.texts("#found li");
        assert!(offers.len() == 1 && offers[0].contains("10.0.0.3:8848") && offers[0].contains("n1, n2"), "{offers:?}");
        let html = scraper::Html::parse_document(&page.body);
        let link = scraper::Selector::parse("#found li a").expect("selector");
        let link = html.select(&link).next().and_then(|link| link.attr("href")).expect("a link").to_owned();
        let edit = app.get(&link, &lena).await;
        let edit = Answer { status: edit.status, headers: Default::default(), body: edit.body };
        assert_eq!((edit.status, values(&edit, "#n2-host")), (StatusCode::OK, vec!["10.0.0.3".to_owned()]));
        assert_eq!(edit.count("#found"), 0, "it has its row, and is not offered once more");
        assert_eq!(app.read().clusters().await.expect("clusters")[0].nodes.len(), 2, "nothing is saved");

        let mut by_name = third;
        by_name.api.as_mut().expect("an address").host = "nacos-3.example".to_owned();
        cluster.nodes.push(by_name);
        clusters::update(app.commands(), &Caller::new("lena"), cluster).await.expect("saved");
        let page = looked_at(app, &lena).await;
        assert!(page.texts("#found li")[0].contains("n3 under another address"), "{:?}", page.texts("#found li"));
        assert_eq!(page.count("#found li a"), 0, "what may be there under another name is not added with one press");
    });
}

#[tokio::test]
async fn a_link_with_a_hostile_member_adds_nothing_and_stays_text() {
    let site = Site::with_people().await;
    alike(&site).await;
    let lead = site.log_in("lead").await;
    let page = site.get("/clusters/1/edit?add=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E", &lead, "en").await;
    assert_eq!((page.status, page.count("#n3-host"), page.count("img")), (StatusCode::OK, 0, 0));
    assert!(page.texts("#entries").concat().contains("onerror=alert(1)"), "it is there as text");
}
