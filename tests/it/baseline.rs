//! What a cluster was like when all was well: when it is taken, what it holds, and where pages say what changed since.

use std::path::Path;

use nodedown::commands::closures::CloseIncident;
use nodedown::commands::incidents::OpenIncident;
use nodedown::commands::maintenances::PlanMaintenance;
use nodedown::commands::{self, Caller};
use nodedown::domain::baseline::{AGAIN_MS, Baseline, Part, What, compare};
use nodedown::domain::cluster::FileSource;
use nodedown::domain::finding::Step;
use nodedown::domain::id::{ClusterId, IncidentId, NodeName};
use nodedown::domain::incident::DecisionKind;
use nodedown::domain::time::{Clock as _, Timestamp};
use nodedown::domain::user::Role;

use crate::support::world::Behaviour;
use crate::support::{TestApp, build_on, run_app, texts};

/// Looks in ten minutes.
const ENOUGH: usize = 121;
const SECRET: &str = "SwordfishSwordfishSwordfishSwordfishSwordfish123";

/// So many looks, five seconds apart.
async fn looks(app: &TestApp, count: usize) {
    for _ in 0..count {
        app.clock.advance_s(5);
        app.look_around().await;
    }
}

async fn kept(app: &TestApp, cluster: ClusterId) -> Vec<Baseline> {
    app.read().baselines(cluster).await.expect("baselines")
}

async fn a_cluster_that_is_well(app: &TestApp) -> ClusterId {
    app.world.set("n3", Behaviour::Up);
    app.world.connect_clients("n1", &[("10.0.9.1", "order"), ("10.0.9.2", "stock")]);
    app.cluster().await.id
}

/// Closes an incident whose steps nobody worked on.
async fn close(app: &TestApp, id: IncidentId) {
    let ann = Caller::new("ann");
    for step in Step::ALL {
        commands::incidents::decide_step(app.commands(), &ann, id, step, DecisionKind::Skipped, "not needed")
            .await
            .expect("skipped");
    }
    let close = CloseIncident { recovered: false, reason: "left as it is".to_owned(), stable_ms: 600_000 };
    commands::closures::close(app.commands(), &ann, id, &close).await.expect("closed");
}

fn properties(more: &str) -> String {
    format!("server.port=8848\nspring.sql.init.platform=mysql\ndb.num=1\n{more}")
}

#[test]
fn it_is_taken_when_all_was_well_for_ten_minutes_and_again_hours_later() {
    run_app(async |app| {
        let cluster = a_cluster_that_is_well(app).await;
        looks(app, ENOUGH - 1).await;
        assert_eq!(kept(app, cluster).await.len(), 0, "ten minutes are not over");
        app.world.asked();
        looks(app, 1).await;
        let first = kept(app, cluster).await.remove(0);
        assert_eq!((first.version, first.taken_at), (1, app.clock.now()));
        assert_eq!(first.taken_at.millis_since(first.well_since), 600_000);
        let asked = app.world.asked();
        let of_one = asked.iter().filter(|(name, _)| name.0 == "n1").count();
        assert!((10..=24).contains(&of_one), "one pass over the API, beside the look: {of_one}");
        let node = &first.seen.nodes[&NodeName::from("n1")];
        assert_eq!(node.version.seen().map(String::as_str), Some("2.5.1"));
        assert_eq!(node.members.seen().map(|members| members.len()), Some(3));
        assert_eq!(node.conf.seen().map(|conf| conf.members.len()), Some(3));
        assert!(node.settings.seen().is_some_and(|seen| seen.values.contains_key("db.num")));
        let named = node.clients.seen().and_then(|clients| clients.named.clone()).expect("clients");
        assert_eq!(named.keys().map(String::as_str).collect::<Vec<_>>(), ["order", "stock"]);

        looks(app, 30).await;
        assert_eq!(kept(app, cluster).await, std::slice::from_ref(&first), "it is not taken at every look");
        // Nothing is looked at for hours: what was in them is not known.
        app.clock.advance_s(AGAIN_MS / 1000);
        looks(app, ENOUGH - 1).await;
        assert_eq!(kept(app, cluster).await[0].still_so_at, first.taken_at);
        looks(app, 2).await;
        let same = kept(app, cluster).await;
        assert_eq!((same.len(), same[0].version), (1, 1), "nothing has changed");
        assert!(app.clock.now().millis_since(same[0].still_so_at) < 10_000, "and that is known now");

        app.world.write("n2", "conf/application.properties", &properties("nacos.core.auth.enabled=true\n"));
        app.world.connect_clients("n1", &[("10.0.9.1", "order")]);
        app.world.connect_clients("n3", &[("10.0.9.9", "order")]);
        app.clock.advance_s(AGAIN_MS / 1000);
        looks(app, ENOUGH + 1).await;
        let two = kept(app, cluster).await;
        assert_eq!((two.len(), two[0].version, two[0].still_so_at), (2, 2, two[0].taken_at));
        let changes = compare(&two[1].seen, &two[0].seen).changes;
        let of_n2 = changes.iter().find(|change| change.nodes == [NodeName::from("n2")]).expect("a change");
        assert!(matches!(&of_n2.what, What::SettingNew { key } if key == "nacos.core.auth.enabled"), "{changes:?}");
        let gone = What::ClientGone { client: "stock".to_owned(), before: 1 };
        assert!(changes.iter().any(|change| change.what == gone), "{changes:?}");
        assert_eq!(changes.len(), 2, "one moved, which is none: {changes:?}");

        app.person("vera", Role::Viewer).await;
        let vera = app.log_in("vera").await;
        let card = app.get(&format!("/clusters/{}", cluster.0), &vera).await;
        let said = texts(&card.body, "#baseline").concat();
        assert!(said.contains("(baseline 2)") && said.contains("Members and leaders are the same"), "{said}");
        let page = app.get(&format!("/clusters/{}/baselines", cluster.0), &vera).await;
        let said = texts(&page.body, "#versions").concat();
        assert!(said.contains("n2: newly set: nacos.core.auth.enabled"), "{said}");
        assert!(said.contains("clients no longer connected to any node: stock"), "{said}");
    });
}

#[test]
fn it_is_not_taken_while_anything_is_wrong_or_somebody_works_on_the_cluster() {
    run_app(async |app| {
        let cluster = a_cluster_that_is_well(app).await;
        looks(app, 100).await;
        app.world.set("n3", Behaviour::Stopped);
        looks(app, 1).await;
        app.world.set("n3", Behaviour::Up);
        looks(app, ENOUGH - 1).await;
        assert!(kept(app, cluster).await.is_empty(), "one bad look begins it anew");
        app.person("vera", Role::Viewer).await;
        let vera = app.log_in("vera").await;
        let card = app.get(&format!("/clusters/{}", cluster.0), &vera).await;
        let said = texts(&card.body, "#baseline").concat();
        assert!(said.contains("all has been well for 9 min, and one is taken after 10 min"), "{said}");

        let ann = Caller::new("ann");
        let plan = PlanMaintenance {
            cluster,
            node: Some("n1".into()),
            begins_in: 0,
            minutes: 30,
            reason: "new disks".to_owned(),
        };
        let planned = commands::maintenances::plan(app.commands(), &ann, plan).await.expect("planned");
        looks(app, 10).await;
        assert!(kept(app, cluster).await.is_empty(), "a maintenance runs");
        commands::maintenances::end_now(app.commands(), &ann, planned).await.expect("ended");
        let open = OpenIncident { cluster, node: Some("n3".into()), drill: false, note: String::new() };
        let incident = commands::incidents::open(app.commands(), &ann, open).await.expect("incident");
        looks(app, 10).await;
        assert!(kept(app, cluster).await.is_empty(), "an incident is open");
        close(app, incident).await;
        looks(app, 1).await;
        assert_eq!(kept(app, cluster).await.len(), 1, "all is well, and was all the time");
    });
}

#[test]
fn a_program_that_starts_anew_goes_on_counting_from_the_looks_that_are_kept() {
    run_app(async |app| {
        let cluster = a_cluster_that_is_well(app).await;
        looks(app, 100).await;
        let again = build_on(app.data.path(), &app.world, &app.clock).await.expect("a second program");
        for _ in 100..ENOUGH {
            app.clock.advance_s(5);
            again.engine.look_around().await.expect("a look");
        }
        assert_eq!(kept(app, cluster).await.len(), 1, "ten minutes, and a start in the middle");
        again.engine.stop();
        again.tasks.close();
        again.tasks.wait().await;
        again.store.close().await;
    });
}

#[test]
fn what_no_source_tells_is_not_seen_and_says_why() {
    run_app(async |app| {
        app.world.set("n3", Behaviour::Up);
        app.world.keep_clients("n2");
        let mut nodes = app.world.inventory();
        nodes.iter_mut().for_each(|node| node.files = FileSource::None);
        let ann = Caller::new("ann");
        let cluster = commands::clusters::create(app.commands(), &ann, "api-only", nodes, Vec::new(), 1000)
            .await
            .expect("cluster")
            .id;
        looks(app, ENOUGH).await;
        let one = kept(app, cluster).await.remove(0);
        let node = &one.seen.nodes[&NodeName::from("n2")];
        let why = |part: Option<&nodedown::domain::message::Message>| part.map(|why| why.key.clone());
        assert_eq!(why(node.settings.why()).as_deref(), Some("baseline-no-files"));
        assert_eq!(why(node.errors.why()).as_deref(), Some("baseline-no-files"));
        assert!(!node.parts().contains(&Part::Clients), "it refuses to list its clients");
        app.person("vera", Role::Viewer).await;
        let vera = app.log_in("vera").await;
        let page = app.get(&format!("/clusters/{}/baselines", cluster.0), &vera).await;
        assert!(texts(&page.body, "#holds").concat().contains("Not seen: no access to its files"), "{}", page.body);
    });
}

#[test]
fn no_secret_of_a_configuration_is_kept_or_shown() {
    run_app(async |app| {
        let cluster = a_cluster_that_is_well(app).await;
        let secret = |value: &str| {
            properties(&format!(
                "nacos.core.auth.plugin.nacos.token.secret.key={value}\nsome.plugin.passphrase={value}\n"
            ))
        };
        app.world.write("n1", "conf/application.properties", &secret(SECRET));
        looks(app, ENOUGH).await;
        let other = format!("Other{SECRET}");
        app.world.write("n1", "conf/application.properties", &secret(&other));
        app.clock.advance_s(AGAIN_MS / 1000);
        looks(app, ENOUGH + 1).await;
        assert_eq!(kept(app, cluster).await.len(), 2, "it is another one");
        app.person("vera", Role::Viewer).await;
        let vera = app.log_in("vera").await;
        let page = app.get(&format!("/clusters/{}/baselines", cluster.0), &vera).await;
        let said = texts(&page.body, "#versions").concat();
        assert!(said.contains("another value for") && said.contains("token.secret.key"), "{said}");
        assert!(!page.body.contains(SECRET));
        for entry in std::fs::read_dir(app.data.path()).expect("folder").map_while(Result::ok) {
            assert!(!holds(&entry.path(), SECRET.as_bytes()), "{}", entry.path().display());
        }
    });
}

fn holds(path: &Path, text: &[u8]) -> bool {
    path.is_file() && std::fs::read(path).expect("bytes").windows(text.len()).any(|part| part == text)
}

#[test]
fn a_cluster_keeps_so_many_versions_and_those_that_incidents_are_compared_with() {
    run_app(async |app| {
        let cluster = a_cluster_that_is_well(app).await;
        looks(app, ENOUGH).await;
        let seen = kept(app, cluster).await.remove(0).seen;
        let ann = Caller::new("ann");
        app.clock.advance_s(60);
        let open = OpenIncident { cluster, node: None, drill: false, note: String::new() };
        commands::incidents::open(app.commands(), &ann, open).await.expect("incident");
        for version in 0..60_i64 {
            app.clock.advance_s(60);
            let mut other = seen.clone();
            let text = serde_json::to_string(&other).expect("json").replace("2.5.1", &format!("2.5.{version}9"));
            other = serde_json::from_str(&text).expect("what was seen");
            let at: Timestamp = app.clock.now();
            commands::baselines::keep(app.commands(), cluster, (at, at), other).await.expect("kept");
        }
        let versions: Vec<i64> = kept(app, cluster).await.iter().map(|one| one.version).collect();
        assert_eq!((versions.len(), versions[0], versions[49]), (51, 61, 12));
        assert_eq!(versions[50], 1, "that of the incident");
        commands::clusters::delete(app.commands(), &ann, cluster).await.expect_err("an incident speaks of it");
    });
}

#[test]
fn an_incident_says_what_changed_since_all_was_well_before_it() {
    run_app(async |app| {
        let cluster = a_cluster_that_is_well(app).await;
        app.world.write("n1", "conf/application.properties", &properties(&format!("some.passphrase={SECRET}\n")));
        looks(app, ENOUGH).await;
        app.world.write("n2", "conf/application.properties", &properties("nacos.core.auth.enabled=true\n"));
        let stamp = app.clock.now().to_string().replace('T', " ").replace('.', ",").replace('Z', "");
        app.world.write("n3", "logs/nacos.log", &format!("{stamp} INFO the last line\n"));
        app.world.set("n3", Behaviour::Stopped);
        looks(app, 2).await;
        let ann = Caller::new("ann");
        let open = OpenIncident { cluster, node: Some("n3".into()), drill: false, note: String::new() };
        let id = commands::incidents::open(app.commands(), &ann, open).await.expect("incident");
        app.check_step(id, Step::Confirm).await;
        app.check_step(id, Step::Config).await;
        app.person("vera", Role::Viewer).await;
        let vera = app.log_in("vera").await;

        let step = app.get(&format!("/incidents/{id}/steps/3"), &vera).await;
        let said = texts(&step.body, "#pane-since").concat();
        assert!(said.contains("(baseline 1)"), "{said}");
        assert!(said.contains("n2: newly set: nacos.core.auth.enabled"), "{said}");
        assert!(said.contains("n3: Members cannot be compared, not seen now"), "{said}");
        assert!(!said.contains("clients no longer"), "nobody knows whom a silent node holds: {said}");
        let chinese = app.get(&format!("/incidents/{id}/steps/3"), &format!("{vera}; nodedown_lang=zh-CN")).await;
        assert!(texts(&chinese.body, "#pane-since").concat().contains("n2：新增配置：nacos.core.auth.enabled"));

        close(app, id).await;
        app.world.set("n3", Behaviour::Up);
        app.clock.advance_s(AGAIN_MS / 1000);
        looks(app, ENOUGH + 1).await;
        assert_eq!(kept(app, cluster).await[0].version, 2);
        let report = app.get(&format!("/incidents/{id}/report"), &vera).await;
        let said = texts(&report.body, "#a-since").concat();
        assert!(said.contains("(baseline 1)") && said.contains("n2: newly set"), "that of after it is none: {said}");
        let markdown = app.get(&format!("/incidents/{id}/report.md"), &vera).await.body;
        assert!(markdown.contains("n2: newly set: nacos.core.auth.enabled"), "{markdown}");
        let json = app.get(&format!("/incidents/{id}/report.json"), &vera).await.body;
        let since = &serde_json::from_str::<serde_json::Value>(&json).expect("JSON")["since_well"];
        assert_eq!(since["version"], 1);
        let set = |change: &serde_json::Value| change["what"] == "setting_new" && change["nodes"][0] == "n2";
        assert!(since["changes"].as_array().expect("changes").iter().any(set), "{since}");
        let file = app.get(&format!("/incidents/{id}/report.html"), &vera).await.body;
        for text in [&step.body, &report.body, &markdown, &json, &file] {
            assert!(!text.contains(SECRET));
        }
    });
}

#[test]
fn an_incident_without_a_version_from_before_it_says_why() {
    run_app(async |app| {
        let cluster = a_cluster_that_is_well(app).await;
        looks(app, 60).await;
        let open = OpenIncident { cluster, node: None, drill: false, note: String::new() };
        let id = commands::incidents::open(app.commands(), &Caller::new("ann"), open).await.expect("incident");
        app.check_step(id, Step::Config).await;
        app.person("vera", Role::Viewer).await;
        let vera = app.log_in("vera").await;
        let step = app.get(&format!("/incidents/{id}/steps/3"), &vera).await;
        let said = texts(&step.body, "#pane-since").concat();
        assert!(said.contains("all had been well for 4 min only, and one is taken after 10 min"), "{said}");
        let json = app.get(&format!("/incidents/{id}/report.json"), &vera).await.body;
        let since = &serde_json::from_str::<serde_json::Value>(&json).expect("JSON")["since_well"];
        assert_eq!(
            (&since["version"], &since["why"]["key"]),
            (&serde_json::Value::Null, &"baseline-none-yet-then".into())
        );
    });
}
