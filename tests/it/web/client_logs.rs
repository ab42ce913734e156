//! The own logs of clients: handed in, read, shown, and what they may say of nodes: nothing.

use http::StatusCode;
use nodedown::commands::{self, Caller};
use nodedown::domain::code::Code;
use nodedown::domain::finding::Step;
use nodedown::domain::user::Role;

use crate::support::{run_app, texts};

/// A client that is set to use the node that has stopped, and no other.
const LOG: &str = "\
2026-11-29 18:02:10,100 ERROR [17_10.0.4.7_1]Request stream error, switch server,error=UNAVAILABLE: password=hunter2secret
2026-11-29 18:02:13,300 ERROR Server check fail, please check server 10.0.0.3 ,port 9848 is available , error ={}
Caused by: finishConnect(..) failed: Connection refused: /10.0.0.3:9848
2026-11-29 18:02:14,000 ERROR [fixed-10.0.0.3_8848-public] [sub-server-error] no right
";

#[test]
fn the_log_of_a_client_says_why_it_is_not_back() {
    run_app(async |app| {
        let incident = app.incident().await;
        app.person("olga", Role::Operator).await;
        app.person("vera", Role::Viewer).await;
        let (olga, vera) = (app.log_in("olga").await, app.log_in("vera").await);
        let path = format!("/incidents/{incident}/client-logs");
        let empty = app.get(&path, &olga).await.body;
        assert!(texts(&empty, ".client-log").is_empty() && empty.contains("No log of a client"), "{empty}");
        assert!(texts(&app.get(&path, &vera).await.body, "#hand-in").is_empty(), "who only reads gets no form");

        let (cx, caller) = (app.commands(), Caller::new("olga"));
        let hand_in =
            async |client: &str, text: &str| commands::client_logs::hand_in(cx, &caller, incident, client, text).await;
        for (client, text) in [
            ("", LOG),
            ("order", "  "),
            ("order", "nothing of Nacos"),
            ("order", "x [Cluster-10.0.0.2:8848] Server healthy check fail, currentConnection = 17_1_1"),
        ] {
            assert!(hand_in(client, text).await.is_err(), "{client}: {text}");
        }
        hand_in("10.0.4.7 <b>order", LOG).await.expect("taken");
        let page = app.get(&path, &vera).await.body;
        let said = texts(&page, ".client-log li");
        assert!(said[0].starts_with("It knows one server only: 10.0.0.3:8848."), "{said:?}");
        assert!(said[1].starts_with("10.0.0.3:8848: refuses, 1 time, 2026-11-29 18:02:13,300"), "{said:?}");
        let end = "At the end it has no connection since 2026-11-29 18:02:10,100.";
        assert!(said.iter().any(|line| line == end), "{said:?}");
        assert!(!page.contains("<b>order") && !page.contains("hunter2secret"), "{page}");
        let step = app.get(&format!("/incidents/{incident}/steps/5"), &olga).await.body;
        assert!(step.contains(&path), "step 5 leads there");

        // The next round judges it; no node stands worse for it.
        app.check_step(incident, Step::Clients).await;
        let told = app.read().diagnosis(incident).await.expect("diagnosis").expect("one");
        let finding = told.findings.iter().find(|one| one.code == Code::ClientsSingleServer).expect("told");
        assert_eq!(finding.node, None);
        assert!(finding.evidence.iter().all(|line| line.node.is_none() && line.source.contains("10.0.4.7")));
        let timeline = app.get(&format!("/incidents/{incident}/timeline"), &olga).await.body;
        assert!(timeline.contains("Log of a client handed in"), "{timeline}");
    });
}

#[test]
fn the_log_of_a_client_is_read_on_its_host() {
    run_app(async |app| {
        let incident = app.incident().await;
        let cluster = app.read().clusters().await.expect("clusters").remove(0).id;
        app.person("lena", Role::Lead).await;
        app.person("olga", Role::Operator).await;
        let (lena, olga) = (app.log_in("lena").await, app.log_in("olga").await);
        let path = format!("/clusters/{}/client-hosts", cluster.0);
        let save = async |hosts: &str| app.post(&path, &lena, &[("hosts", hosts)]).await;
        assert_eq!(app.get(&path, &olga).await.status, StatusCode::FORBIDDEN, "it makes the server log in");
        let refused = save("order = ssh://app@10.0.4.7/logs\npay = 10.0.4.8").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(texts(&refused.body, "#hosts-error").concat().starts_with("Line 2: Write client = ssh://"));
        let unreleased = save("order = ssh://app@10.0.4.7/logs,key=file:/keys/other").await;
        assert_eq!(unreleased.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", unreleased.body);
        let hosts = "<b>order = ssh://app@10.0.4.7/home/app/logs/nacos\npay = ssh://app@10.0.4.8:2222/logs/naming.log";
        assert_eq!(save(hosts).await.status, StatusCode::SEE_OTHER);
        let kept = app.get(&path, &lena).await.body;
        assert!(texts(&kept, "#hosts")[0].contains("<b>order = ssh:app@10.0.4.7:/home/app/logs/nacos"), "{kept}");

        app.world.write_client_log("10.0.4.7", Some(LOG));
        app.check_step(incident, Step::Clients).await;
        let logs = format!("/incidents/{incident}/client-logs");
        let page = app.get(&logs, &olga).await.body;
        let said = texts(&page, "#read-over-ssh li");
        assert!(said[0].starts_with("It knows one server only: 10.0.0.3:8848."), "{said:?}");
        assert!(!page.contains("hunter2secret") && !page.contains("<b>order"), "{page}");
        let read = texts(&page, "#read-over-ssh").concat();
        assert!(read.contains("Could not be read") && read.contains("refused"), "{read}");
        let told = app.read().diagnosis(incident).await.expect("diagnosis").expect("one");
        let finding = told.findings.iter().find(|one| one.code == Code::ClientsSingleServer).expect("told");
        assert_eq!(finding.node, None);
        let unread: Vec<_> =
            told.could_not_run.iter().filter(|one| one.check == "clients.spread" && one.node.is_none()).collect();
        assert_eq!(unread.len(), 1, "{unread:?}");

        // What was read before stands where the host cannot be read any more; the other is connected now.
        app.world.write_client_log("10.0.4.7", None);
        let other = "2026-11-29 18:03:00,000 INFO [17_10.0.4.8_1] Success to connect to server [10.0.0.2:8848] on start up, \
                     connectionId = 1796043405419_10.0.4.8_1\n";
        app.world.write_client_log("10.0.4.8", Some(other));
        app.check_step(incident, Step::Clients).await;
        let page = app.get(&logs, &olga).await.body;
        let read = texts(&page, "#read-over-ssh").concat();
        assert!(read.contains("It knows one server only") && read.contains("10.0.0.2:8848"), "{read}");
        app.world.write_client_log("10.0.4.8", Some("x [Cluster-10.0.0.2:8848] Server healthy check fail, x = 17_1_1"));
        app.check_step(incident, Step::Clients).await;
        let page = app.get(&logs, &format!("{olga}; nodedown_lang=zh-CN")).await.body;
        assert!(
            texts(&page, "#read-over-ssh").concat().contains("为客户端 pay 登记的日志其实是某个节点的日志"),
            "{page}"
        );
    });
}
