//! Many clusters watched at once, and what a year of looks costs.
//!
//! `cargo bench --bench watching` starts nodes on loopback that answer as Nacos 2.5.1 does (50 clusters of 5; a cluster has 200
//! services, 1,000 instances and 300 connections), and a server that looks at each every 5 s and asks what each connection
//! publishes:
//! - **Work**: CPU time of the server as a part of one core, over 3 minutes after the first minute. `NODEDOWN_LONG=1` watches
//!   for an hour. The server and the nodes share the machine, so only the server's own time is counted.
//! - **Memory**: what it holds at the end, as a multiple of what it held after that first minute.
//! - **A day**: the page of the last 24 h of a cluster, read from 17,280 looks, as a multiple of a page with none. Milliseconds
//!   are printed beside it.
//! - **A year**: the size of a database with a year of 5 clusters, thinned out as the settings say.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::response::IntoResponse;
use nodedown::app::{SourcesFiles, SystemClock};
use nodedown::commands::{self, Caller, Commands};
use nodedown::domain::cluster::parse_nodes;
use nodedown::domain::credential::CredentialRules;
use nodedown::domain::id::{ClusterId, NodeName};
use nodedown::domain::look::{Kept, Look, LookState};
use nodedown::domain::observed::{MetricsSeen, RaftGroupSeen, SampleSeen};
use nodedown::domain::time::{Clock as _, Timestamp};
use nodedown::domain::user::Role;
use nodedown::store::Store;
use reqwest::Client;
use reqwest::header::{COOKIE, HeaderValue, SET_COOKIE};
use reqwest::redirect::Policy;
use serde_json::{Value, json};

const NODEDOWN: &str = env!("CARGO_BIN_EXE_nodedown");
const CLUSTERS: u8 = 50;
const NODES: u8 = 5;
const SERVICES: usize = 200;
const INSTANCES: usize = 1_000;
const CONNECTIONS: usize = 300;
/// Between two looks, seconds.
const EVERY_S: i64 = 5;
/// Until the caches are warm.
const WARM: Duration = Duration::from_secs(60);
/// CPU time of the server, as a part of one core.
const WORK_BAR: f64 = 0.1;
/// Memory at the end, as a multiple of that after the start.
const MEMORY_BAR: f64 = 1.25;
/// The page of a day, milliseconds.
const DAY_BAR: f64 = 100.0;
/// A year of five clusters.
const YEAR_BAR: u64 = 1 << 30;
/// Where a node is asked what a connection publishes.
const PUBLISH_LIST: &str = "/nacos/v2/ns/client/publish/list";
/// How often nodes were asked that.
static LISTS: AtomicU64 = AtomicU64::new(0);
const PASSWORD: &str = "a long enough password";

type Failed = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(2),
        Err(error) => {
            say(&format!("bench watching: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool, Failed> {
    nodedown::sources::http::install_tls();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let year = runtime.block_on(year())?;
    let mut good = judged("a year of 5 clusters", year as f64 / 1_048_576.0, "MiB", YEAR_BAR as f64 / 1_048_576.0);
    runtime.block_on(nodes())?;
    let folder = tempfile::tempdir()?;
    let busy = runtime.block_on(inventory(folder.path()))?;
    let server = Server::start(folder.path())?;
    thread::sleep(WARM);
    let (work, memory, lists) = (server.work_s()?, server.memory_kib()?, LISTS.load(Ordering::Relaxed));
    let begun = Instant::now();
    let long = std::env::var_os("NODEDOWN_LONG").is_some();
    thread::sleep(Duration::from_secs(if long { 3_600 } else { 180 }));
    let took = begun.elapsed().as_secs_f64();
    let looks = runtime.block_on(looked(folder.path(), begun.elapsed()))?;
    say(&format!("{looks:.1} looks at clusters a second, over {took:.0} s; {CLUSTERS} of {NODES}"));
    let more = LISTS.load(Ordering::Relaxed) - lists;
    say(&format!("lists of what a connection publishes: {lists} in the first minute, {more} while it was measured"));
    good &= judged("work, part of one core", (server.work_s()? - work) / took, "", WORK_BAR);
    say(&format!("memory after the start: {} MiB", memory / 1024));
    good &= judged("memory, multiple of that", server.memory_kib()? as f64 / memory as f64, "", MEMORY_BAR);
    let (day, none) = runtime.block_on(server.a_day(busy))?;
    good &= judged("the page of a day", day, "ms", DAY_BAR);
    say(&format!("  {:.1} × the page of a cluster that nobody looked at ({none:.1} ms)", day / none));
    Ok(good)
}

fn judged(what: &str, value: f64, unit: &str, bar: f64) -> bool {
    let sign = if value <= bar { "ok" } else { "TOO MUCH" };
    say(&format!("{what}: {value:.3} {unit} (at most {bar:.2}): {sign}"));
    value <= bar
}

fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

async fn open(data: &Path) -> Result<(Store, Commands), Failed> {
    let store = Store::open(data).await?;
    let (clock, files) = (Arc::new(SystemClock), Arc::new(SourcesFiles::default()));
    let runbooks = nodedown::app::runbooks()?;
    let rules = CredentialRules::default();
    Ok((store.clone(), Commands::new(store, clock, data.to_owned(), runbooks, Vec::new(), files, rules)))
}

const fn address(cluster: u8, node: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 9, cluster, node)
}

/// All clusters, one person, and a day of looks at a cluster that answers to nobody; gives that one.
async fn inventory(data: &Path) -> Result<ClusterId, Failed> {
    let (store, commands) = open(data).await?;
    let bench = Caller::new("bench");
    for cluster in 1..=CLUSTERS {
        let nodes: Vec<String> = (1..=NODES).map(|node| format!("{}:8848", address(cluster, node))).collect();
        let nodes = parse_nodes(&nodes.join("\n")).map_err(|error| format!("{error:?}"))?;
        commands::clusters::create(&commands, &bench, &format!("c{cluster}"), nodes, Vec::new(), 4_000).await?;
    }
    commands::users::create(&commands, &bench, "bench", Role::Viewer, PASSWORD).await?;
    let nodes = parse_nodes("127.9.200.1:8848").map_err(|error| format!("{error:?}"))?;
    let busy = commands::clusters::create(&commands, &bench, "busy", nodes, Vec::new(), 4_000).await?.id;
    let now = SystemClock.now();
    let looks = (0..86_400 / EVERY_S).rev().map(|back| (busy, look(now.plus_millis(-back * EVERY_S * 1000))));
    save(&commands, looks.collect()).await?;
    store.close().await;
    Ok(busy)
}

async fn save(commands: &Commands, looks: Vec<(ClusterId, Look)>) -> Result<(), Failed> {
    for some in looks.chunks(2_000) {
        commands::looks::save(commands, some, &[]).await?;
    }
    Ok(())
}

/// The size of a database that holds a year of five clusters, bytes.
async fn year() -> Result<u64, Failed> {
    let folder = tempfile::tempdir()?;
    let (store, commands) = open(folder.path()).await?;
    let (now, kept, bench) = (SystemClock.now(), Kept::default(), Caller::new("bench"));
    let each = |from_s: i64, to_s: i64, step_s: i64| (to_s..from_s).rev().step_by(usize::try_from(step_s).unwrap_or(1));
    let (hours, minutes) = (i64::from(kept.looks_hours) * 3_600, i64::from(kept.minutes_days) * 86_400);
    for cluster in 1..=5 {
        let nodes: Vec<String> = (1..=NODES).map(|node| format!("127.8.{cluster}.{node}:8848")).collect();
        let nodes = parse_nodes(&nodes.join("\n")).map_err(|error| format!("{error:?}"))?;
        let id =
            commands::clusters::create(&commands, &bench, &format!("c{cluster}"), nodes, Vec::new(), 4_000).await?.id;
        // What is older than a grain is kept for needs no finer looks: one an hour, then one a minute, then all.
        let back = each(365 * 86_400, minutes, 3_600).chain(each(minutes, hours, 60)).chain(each(hours, 0, EVERY_S));
        save(&commands, back.map(|back| (id, look(now.plus_millis(-back * 1000)))).collect()).await?;
    }
    commands::looks::fold(&commands).await?;
    commands::looks::drop_old(&commands, kept).await?;
    store.close().await;
    Ok(std::fs::metadata(folder.path().join("nodedown.db"))?.len())
}

/// What a look at five nodes sees.
fn look(at: Timestamp) -> Look {
    let group = |name: &str| RaftGroupSeen {
        group: name.to_owned(),
        leader: Some("10.0.0.1:7848".to_owned()),
        term: Some(4),
        members: Vec::new(),
        error: None,
    };
    let groups =
        ["nacos_config", "naming_instance_metadata", "naming_service_metadata", "naming_persistent_service_v2"];
    let seconds = at.as_millis() / 1000;
    let nodes = (1..=NODES).map(|node| {
        let metrics = MetricsSeen {
            status: Some("UP".to_owned()),
            services: Some(SERVICES as i64),
            instances: Some(INSTANCES as i64),
            cpu: Some((seconds % 97) as f64 / 100.0),
            load: Some((seconds % 31) as f64 / 10.0),
            mem: Some(0.4),
            ..MetricsSeen::default()
        };
        let sample = SampleSeen {
            alive: true,
            ready: Some(true),
            raft: groups.map(group).to_vec(),
            metrics,
            sdk_connections: Some(60 + seconds % 3),
            ..SampleSeen::silent(at)
        };
        (NodeName::from(format!("127.9.200.{node}:8848").as_str()), sample)
    });
    Look { at, state: LookState::Up, looks: 1, nodes: nodes.collect() }
}

/// Looks at clusters a second, as they were saved: what was not looked at cost nothing.
async fn looked(data: &Path, during: Duration) -> Result<f64, Failed> {
    let (store, commands) = open(data).await?;
    let until = commands.clock().now();
    let from = until.plus_millis(-i64::try_from(during.as_millis())?);
    let mut looks = 0;
    for cluster in commands.read().clusters().await?.iter().filter(|cluster| cluster.name != "busy") {
        let seen = commands.read().looks(cluster.id, nodedown::domain::look::Grain::Look, from, until).await?;
        looks += seen.iter().filter(|look| look.state == LookState::Up).count();
    }
    store.close().await;
    Ok(looks as f64 / during.as_secs_f64())
}

// ---- the nodes ----

/// One node as it answers.
#[derive(Clone)]
struct Node {
    answers: Arc<Vec<(&'static str, Value)>>,
}

async fn nodes() -> Result<(), Failed> {
    for cluster in 1..=CLUSTERS {
        for node in 1..=NODES {
            let place = SocketAddr::V4(SocketAddrV4::new(address(cluster, node), 8848));
            let listener = tokio::net::TcpListener::bind(place).await.map_err(|error| format!("{place}: {error}"))?;
            let state = Node { answers: Arc::new(answers(cluster, node)) };
            let router = axum::Router::new().fallback(answer).with_state(state);
            tokio::runtime::Handle::current().spawn(async move {
                let _ = axum::serve(listener, router).await;
            });
        }
    }
    Ok(())
}

async fn answer(State(node): State<Node>, uri: http::Uri) -> axum::response::Response {
    if uri.path() == PUBLISH_LIST {
        LISTS.fetch_add(1, Ordering::Relaxed);
    }
    match node.answers.iter().find(|(path, _)| *path == uri.path()) {
        Some((_, Value::String(text))) => text.clone().into_response(),
        Some((_, body)) => axum::Json(body.clone()).into_response(),
        None => http::StatusCode::NOT_FOUND.into_response(),
    }
}

fn answers(cluster: u8, node: u8) -> Vec<(&'static str, Value)> {
    let peers: Vec<String> = (1..=NODES).map(|node| format!("{}:7848", address(cluster, node))).collect();
    let member = |node: u8| {
        let groups =
            ["nacos_config", "naming_instance_metadata", "naming_service_metadata", "naming_persistent_service_v2"]
                .map(|group| (group.to_owned(), json!({ "leader": peers[0], "raftGroupMember": peers, "term": 4 })));
        let groups: serde_json::Map<_, _> = groups.into_iter().collect();
        json!({
            "ip": address(cluster, node).to_string(), "port": 8848, "state": "UP", "failAccessCnt": 0,
            "address": format!("{}:8848", address(cluster, node)),
            "extendInfo": { "raftMetaData": { "metaDataMap": groups }, "raftPort": "7848", "version": "2.5.1" },
        })
    };
    let connection = |number: usize| {
        let ip = format!("10.{cluster}.{node}.{}", number % 250 + 1);
        let client = json!({
            "clientIp": ip, "version": "Nacos-Java-Client:v2.5.1", "appName": format!("app-{}", number % 20),
            "createTime": "2026-11-22T16:00:46.331+00:00", "labels": { "source": "sdk", "module": "naming" },
        });
        (format!("17953630064{number:02}_{ip}_{}", 50_000 + number), json!({ "metaInfo": client }))
    };
    let connections: serde_json::Map<_, _> = (0..CONNECTIONS / usize::from(NODES)).map(connection).collect();
    let service = |number: usize| {
        json!({ "name": format!("service-{number}"), "groupName": "DEFAULT_GROUP", "clusterCount": 1,
            "ipCount": INSTANCES / SERVICES, "healthyInstanceCount": INSTANCES / SERVICES, "triggerFlag": "false" })
    };
    let services: Vec<Value> = (0..SERVICES).map(service).collect();
    let published = |number: usize| {
        let instance = json!({ "ip": format!("10.{cluster}.{node}.{number}"), "port": 8080, "cluster": "DEFAULT" });
        json!({ "namespace": "public", "group": "DEFAULT_GROUP", "serviceName": format!("service-{number}"),
            "registeredInstance": instance })
    };
    let published: Vec<Value> = (1..=INSTANCES / CONNECTIONS).map(published).collect();
    let beating: Vec<String> = (1..=10).map(|number| format!("10.{cluster}.200.{number}:8080#true")).collect();
    let members: Vec<Value> = (1..=NODES).map(member).collect();
    let metrics = json!({
        "status": "UP", "serviceCount": SERVICES, "instanceCount": INSTANCES, "subscribeCount": 40,
        "clientCount": CONNECTIONS, "responsibleClientCount": CONNECTIONS / usize::from(NODES),
        "cpu": 0.2, "load": 0.4, "mem": 0.3,
    });
    vec![
        ("/nacos/v1/core/cluster/self", json!({ "code": 200, "data": member(node) })),
        ("/nacos/v1/core/cluster/nodes", json!({ "code": 200, "data": members })),
        ("/nacos/v1/ns/operator/metrics", metrics),
        ("/nacos/v2/core/loader/current", connections.into()),
        ("/nacos/v1/console/health/liveness", json!("OK")),
        ("/nacos/v1/console/health/readiness", json!("OK")),
        ("/nacos/v1/cs/health", json!("UP")),
        ("/nacos/v1/console/server/state", json!({ "version": "2.5.1", "startup_mode": "cluster" })),
        ("/nacos/v2/ns/client/list", json!({ "code": 0, "message": "success", "data": beating })),
        (PUBLISH_LIST, json!({ "code": 0, "message": "success", "data": published })),
        ("/nacos/v1/ns/catalog/services", json!({ "count": SERVICES, "serviceList": services })),
    ]
}

// ---- the server ----

/// A server that watches.
struct Server {
    process: Child,
    origin: String,
}

impl Server {
    fn start(data: &Path) -> Result<Self, Failed> {
        let place = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut process = Command::new(NODEDOWN)
            .args(["serve", "--listen", &place.to_string(), "--watch-seconds", &EVERY_S.to_string(), "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let printed = process.stdout.take().ok_or("the server has no output")?;
        thread::spawn(move || BufReader::new(printed).lines().for_each(drop));
        Ok(Self { process, origin: format!("http://{place}") })
    }

    fn of_process(&self, file: &str) -> io::Result<String> {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.process.id()))
    }

    /// CPU time that it used so far, in user space and in the kernel, seconds.
    fn work_s(&self) -> Result<f64, Failed> {
        let stat = self.of_process("stat")?;
        let after = stat.rsplit_once(')').ok_or("stat has no name")?.1;
        let field = |index: usize| after.split_whitespace().nth(index).and_then(|field| field.parse::<f64>().ok());
        let ticks = field(11).zip(field(12)).map(|(user, kernel)| user + kernel).ok_or("stat is cut")?;
        Ok(ticks / rustix::param::clock_ticks_per_second() as f64)
    }

    fn memory_kib(&self) -> Result<u64, Failed> {
        let status = self.of_process("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("status has no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").trim().parse()?)
    }

    /// The page of the last day: of a cluster with a day of looks, and of one with a few minutes; medians, milliseconds.
    async fn a_day(&self, busy: ClusterId) -> Result<(f64, f64), Failed> {
        let client = Client::builder().redirect(Policy::none()).build()?;
        let form = [("name", "bench"), ("password", PASSWORD)];
        let request = client.post(format!("{}/login", self.origin)).header("sec-fetch-site", "same-origin");
        let answer = request.form(&form).send().await?;
        let set = answer.headers().get_all(SET_COOKIE).iter().map(HeaderValue::to_str).filter_map(Result::ok);
        let cookie = set.filter_map(|cookie| cookie.split(';').next()).collect::<Vec<_>>().join("; ");
        let mut medians = [0.0; 2];
        for (median, cluster) in medians.iter_mut().zip([busy, ClusterId(1)]) {
            let mut took = Vec::new();
            for turn in 0..9 {
                let page = format!("{}/clusters/{cluster}/looks?turn={turn}", self.origin);
                let begun = Instant::now();
                let answer = client.get(page).header(COOKIE, &cookie).send().await?;
                if !answer.status().is_success() {
                    return Err(format!("the page of a day answers {}", answer.status()).into());
                }
                answer.text().await?;
                took.push(begun.elapsed().as_secs_f64() * 1000.0);
            }
            took.sort_by(f64::total_cmp);
            *median = took[took.len() / 2];
        }
        Ok((medians[0], medians[1]))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
