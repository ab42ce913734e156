//! The measures of the monitor as its page shows them: chosen in the address, with and without open Prometheus endpoints.

use nodedown::commands::{Caller, monitor};
use nodedown::domain::id::{IncidentId, NodeName};
use nodedown::domain::look::Grain;
use nodedown::domain::time::{Clock, Timestamp};
use nodedown::domain::user::Role;

use crate::support::world::Behaviour;
use crate::support::{TestApp, run_app, texts};

/// What charts say of their lines.
const TITLES: &str = ".plot > svg.chart:not(.names) > text:not(.num)";

/// What a node of Nacos writes that began at a second and answered so many requests since then.
fn lines(began: u32, requests: u32) -> String {
    format!(
        "# TYPE jvm_memory_used_bytes gauge\n\
         jvm_memory_used_bytes{{area=\"heap\",id=\"G1 Eden Space\",}} 1.048576E8\n\
         jvm_memory_used_bytes{{area=\"heap\",id=\"G1 Old Gen\",}} 2.097152E8\n\
         jvm_gc_pause_seconds_sum{{action=\"end of minor GC\",cause=\"G1 Evacuation Pause\",}} {gc}\n\
         http_server_requests_seconds_count{{method=\"GET\",uri=\"/v1/ns/instance/list\",}} {requests}.0\n\
         nacos_monitor{{module=\"naming\",name=\"avgPushCost\",}} -1.0\n\
         logback_events_total{{level=\"error\",}} {errors}.0\n\
         disk_free_bytes{{path=\"/home/nacos/.\",}} 5.36870912E10\n\
         process_start_time_seconds {began}.25\n",
        gc = f64::from(requests) / 1000.0,
        errors = requests / 100,
    )
}

/// Looks, five seconds apart; so many requests a look at the nodes whose endpoint is open. The most that one node was asked.
async fn looks(app: &TestApp, open: &[&str], count: u32, began: u32, answered: &mut u32) -> usize {
    let mut most = 0;
    for _ in 0..count {
        *answered += 50;
        for node in open {
            app.world.measure(node, Some(lines(began, *answered)));
        }
        most = app.counted_look().await.max(most);
    }
    most
}

async fn watched(app: &TestApp) -> (IncidentId, String) {
    let id = app.incident().await;
    app.world.set("n3", Behaviour::Up);
    app.person("olga", Role::Operator).await;
    monitor::start(app.commands(), &Caller::new("olga"), id).await.expect("started");
    (id, app.log_in("olga").await)
}

#[test]
fn what_open_endpoints_tell_is_drawn_and_counts_are_rates() {
    run_app(async |app| {
        let (id, olga) = watched(app).await;
        let path = format!("/incidents/{id}/monitor");
        let mut answered = 0;
        let most = looks(app, &["n1", "n2"], 34, 1000, &mut answered).await;
        assert_eq!(most, 4, "requests a node a look");

        let (ever, now) = (Timestamp::from_millis(0), app.clock.now().plus_millis(1));
        let cluster = app.read().clusters().await.expect("clusters").remove(0).id;
        let kept = app.read().looks(cluster, Grain::Look, ever, now).await.expect("looks");
        let read = kept.iter().filter_map(|look| look.nodes[0].1.gauges.as_ref());
        assert_eq!(read.filter(|gauges| gauges.requests.is_some()).count(), 3, "once a minute");
        let third = kept.last().map(|look| (look.nodes[2].1.gauges.is_some(), look.nodes[2].1.gauges_closed));
        assert_eq!(third, Some((false, true)));

        let page = app.get(&path, &olga).await.body;
        let chips = texts(&page, "#measures a");
        let all = ["CPU", "Load", "Heap", "GC", "Requests", "Disk", "Errors", "Instances", "All of these"];
        assert_eq!(chips, [&["Client connections"][..], &all].concat(), "and no push latency: nothing was pushed");
        assert_eq!(texts(&page, "#measures a[aria-current]"), ["Client connections"]);
        let closed = texts(&page, "#gauges-closed").concat();
        assert!(closed.contains("closed on n3.") && closed.contains("exposure.include=prometheus"), "{closed}");
        let numbers = texts(&page, "#numbers tbody th");
        let told = ["Load average", "Heap used, MiB", "GC pauses, % of the time", "Requests a second"];
        assert_eq!(numbers[..4], told);
        assert_eq!(numbers[4..], ["Disk free, GiB", "ERROR lines a minute", "Instances of all services"]);
        let cells = texts(&page, "#numbers td");
        assert_eq!(cells[..3], ["0.40", "0.40", "0.40"]);
        assert_eq!(cells[3..6], ["300", "300", "—"], "the third keeps it closed");
        assert_eq!(cells[6..9], ["1.00", "1.00", "—"], "50 ms in five seconds");
        assert_eq!(cells[9..15], ["10.0", "10.0", "—", "50.0", "50.0", "—"]);
        assert_eq!(cells[15..], ["6.0", "6.0", "—", "19", "19", "19"]);

        let requests = app.get(&format!("{path}?range=1h&show=requests"), &olga).await.body;
        assert_eq!(texts(&requests, "#measures a[aria-current]"), ["Requests"]);
        assert_eq!(texts(&requests, TITLES), ["Requests a second"]);
        assert!(requests.contains("?range=all&#38;show=requests"), "another time keeps the measure");
        let rows = texts(&requests, "#table-requests tbody td");
        assert!(rows.len() >= 8 && rows.len().is_multiple_of(4), "a moment and three nodes: {rows:?}");
        assert!(rows.chunks(4).all(|row| row[1..] == ["10.0", "10.0", "—"]), "{rows:?}");
        assert!(!requests.contains("A line breaks"));

        // The first is another process now: its count goes on from below.
        let before = rows.len();
        answered = 0;
        looks(app, &["n1"], 28, 2000, &mut answered).await;
        let again = app.get(&format!("{path}?range=1h&show=requests"), &olga).await.body;
        let rows = texts(&again, "#table-requests tbody td");
        assert!(rows.len() > before, "{rows:?}");
        assert!(rows.chunks(4).all(|row| row[1] == "10.0" || row[1] == "—"), "never below zero: {rows:?}");
        assert!(again.contains("A line breaks where nothing was measured or the node started again."));

        let whole = app.get(&format!("{path}?show=all"), &format!("{olga}; nodedown_lang=zh-CN")).await.body;
        assert_eq!(texts(&whole, "#measures a[aria-current]"), ["全部指标"]);
        assert_eq!(texts(&whole, "#monitor figure").len(), texts(&whole, "#measures a").len() - 1, "one a measure");
        assert!(texts(&whole, TITLES).contains(&"堆内存已用（MiB）".to_owned()));
    });
}

#[test]
fn where_every_endpoint_is_closed_only_what_answers_tell_is_offered() {
    run_app(async |app| {
        let (id, olga) = watched(app).await;
        let path = format!("/incidents/{id}/monitor");
        app.world.asked();
        let mut asked = Vec::new();
        for _ in 0..40 {
            app.clock.advance_s(5);
            app.look_around().await;
            asked.extend(app.world.asked().into_iter().filter(|(_, path)| path.starts_with("/actuator")));
        }
        asked.sort();
        let once = ["n1", "n2", "n3"].map(|node| (node.into(), "/actuator".to_owned()));
        assert_eq!(asked, once, "once in ten minutes, and never for what is closed");

        let page = app.get(&format!("{path}?show=heap"), &olga).await.body;
        let chips = ["Client connections", "CPU", "Load", "Instances", "All of these"];
        assert_eq!(texts(&page, "#measures a"), chips);
        assert_eq!(texts(&page, "#measures a[aria-current]"), ["Client connections"], "what nobody told is not drawn");
        assert!(texts(&page, "#gauges-closed").concat().contains("closed on n1, n2, n3."));
        let head = texts(&page, "#monitor .rows-as-cards thead th");
        assert_eq!(head[..5], ["Node", "State", "Leader, term", "Client connections", "CPU, %"]);
        assert_eq!(texts(&page, "#numbers tbody th"), ["Load average", "Instances of all services"]);

        // What opens later is asked for later.
        app.world.measure("n1", Some(lines(1000, 5)));
        app.clock.advance_s(600);
        let mut answered = 0;
        looks(app, &["n1"], 8, 1000, &mut answered).await;
        let page = app.get(&format!("{path}?show=heap"), &olga).await.body;
        assert_eq!(texts(&page, "#measures a[aria-current]"), ["Heap"]);
        assert!(texts(&page, "#gauges-closed").concat().contains("closed on n2, n3."));
    });
}

#[test]
fn instances_are_shown_service_by_service_and_where_nodes_differ() {
    run_app(async |app| {
        let (id, olga) = watched(app).await;
        let path = format!("/incidents/{id}/monitor");
        looks(app, &[], 2, 1000, &mut 0).await;
        let page = app.get(&format!("{path}?show=services"), &olga).await.body;
        assert!(!texts(&page, "#measures a").contains(&"Services".to_owned()), "nobody listed any");
        assert!(texts(&page, "#services").is_empty());

        let others = [("<b>cart", 9, 9), ("pay", 0, 2)];
        for (node, order) in [("n1", 12), ("n2", 9), ("n3", 12)] {
            app.world.serve(node, &[&[("order", order, 12)][..], &others].concat());
        }
        let (mut asked, path_of_list) = (0, "/v1/ns/catalog/services");
        for _ in 0..24 {
            app.clock.advance_s(5);
            app.world.asked();
            app.look_around().await;
            let of_first = |(node, path): &(NodeName, String)| node.0 == "n1" && path.starts_with(path_of_list);
            asked += app.world.asked().iter().filter(|one| of_first(one)).count();
        }
        assert_eq!(asked, 2, "once a minute");
        let page = app.get(&format!("{path}?range=1h&show=services"), &olga).await.body;
        assert_eq!(texts(&page, "#measures a[aria-current]"), ["Services"]);
        let rows = texts(&page, "#services tbody tr");
        let expected = [
            "pay None healthy 0 of 2 — all list the same",
            "order Nodes differ 9 of 12 — n1 × 12, n2 × 9 of 12, n3 × 12",
            "<b>cart Not compared 9 — all list the same",
        ];
        assert_eq!(rows, expected);
        let said = texts(&page, "#services p").concat();
        assert!(said.contains("2 of 3 services have too few") && said.contains("no baseline"), "{said}");
        assert!(!page.contains("<b>cart"));

        // One that fell silent tells nothing any more.
        app.world.set("n2", Behaviour::Stopped);
        looks(app, &[], 40, 1000, &mut 0).await;
        let page = app.get(&format!("{path}?show=services"), &format!("{olga}; nodedown_lang=zh-CN")).await.body;
        let rows = texts(&page, "#services tbody tr");
        assert!(rows[1].contains("各节点一致") && rows.len() == 3, "{rows:?}");
        assert!(texts(&page, "#services p").concat().contains("n2 的服务列表没有读到"));
        let usual = app.get(&path, &olga).await.body;
        assert!(texts(&usual, "#services").is_empty() && texts(&usual, "#measures a").contains(&"Services".to_owned()));
    });
}
