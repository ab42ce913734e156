//! A small model of a Nacos 2.5.1 cluster of three nodes: what each answers follows from which of them are up.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use nodedown::domain::address::ContextPath;
use nodedown::domain::cluster::{ApiAddress, Cluster, FileSource, NodeSpec, SshLocation};
use nodedown::domain::evidence::Vantage;
use nodedown::domain::id::NodeName;
use nodedown::domain::observed::{PortResult, ProcessSeen};
use nodedown::domain::trust::Trust;
use nodedown::engine::SourceFactory;
use nodedown::sources::redact::Redactor;
use nodedown::sources::{
    Deadline, FileEntry, HandedIn, HttpAnswer, HttpAsk, HttpPort, NodeSource, ProbeAnswer, ProbeAsk, SourceError,
    Sources,
};
use nodedown::store::hand_in::{HandedInItem, HandedInWhat};
use serde_json::json;

/// How a node behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Answers.
    Up,
    /// The host refuses: nothing listens.
    Stopped,
    /// Ports accept, nothing answers.
    Hung,
}

/// Services and ports that clients register, by the address of the client.
type Publishes = BTreeMap<String, Vec<(String, u16)>>;

/// The nodes `n1`, `n2` and `n3`; tests change how they behave.
pub struct World {
    nodes: Mutex<BTreeMap<NodeName, Node>>,
    /// What the nodes gave away.
    pub redactor: Redactor,
    /// Paths that nodes were asked for over HTTP.
    asked: Arc<Mutex<Vec<(NodeName, String)>>>,
    /// What the connections of an address publish, one after another: service and port.
    publishes: Arc<Mutex<Publishes>>,
    /// Instances that send heartbeats, by address and port, and their services: every node that is up lists them.
    beating: Arc<Mutex<BTreeMap<(String, u16), String>>>,
    /// What nodes list of services: name, healthy and all instances.
    services: Arc<Mutex<BTreeMap<NodeName, Listed>>>,
    /// Logs of clients, by their hosts; others refuse.
    client_logs: Mutex<BTreeMap<String, String>>,
}

/// Services as a node lists them: name, healthy and all instances.
type Listed = Vec<(String, i64, i64)>;

/// One of them.
#[derive(Clone)]
pub struct Node {
    /// Its address.
    pub ip: String,
    /// How it behaves.
    pub behaviour: Behaviour,
    /// What lies in its home, by path.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Names of the applications that are connected to it.
    pub apps: Vec<String>,
    /// Clients that are connected to it beside them, one a connection: address and application.
    pub clients: Vec<(String, String)>,
    /// Whether it refuses to list them.
    pub keeps_clients: bool,
    /// What its Prometheus endpoint writes; `None`: it is closed.
    pub gauges: Option<String>,
}

impl Node {
    /// One with these files.
    pub const fn new(ip: String, behaviour: Behaviour, files: BTreeMap<String, Vec<u8>>, apps: Vec<String>) -> Self {
        Self { ip, behaviour, files, apps, clients: Vec::new(), keeps_clients: false, gauges: None }
    }
}

impl World {
    /// Three nodes of which the third has stopped.
    pub fn of_three() -> Self {
        let node = |number: u8, behaviour| {
            let ip = format!("10.0.0.{number}");
            (NodeName(format!("n{number}")), Node::new(ip, behaviour, files(), Vec::new()))
        };
        Self::of([node(1, Behaviour::Up), node(2, Behaviour::Up), node(3, Behaviour::Stopped)])
    }

    /// These nodes.
    pub fn of(nodes: impl IntoIterator<Item = (NodeName, Node)>) -> Self {
        Self {
            nodes: Mutex::new(nodes.into_iter().collect()),
            redactor: Redactor::default(),
            asked: Arc::default(),
            publishes: Arc::default(),
            beating: Arc::default(),
            services: Arc::default(),
            client_logs: Mutex::default(),
        }
    }

    /// From now on.
    pub fn set(&self, node: &str, behaviour: Behaviour) {
        self.nodes.lock().expect("world").get_mut(&NodeName::from(node)).expect("node").behaviour = behaviour;
    }

    /// From now on, a file lies in the home of a node.
    pub fn write(&self, node: &str, path: &str, text: &str) {
        let mut nodes = self.nodes.lock().expect("world");
        let files = &mut nodes.get_mut(&NodeName::from(node)).expect("node").files;
        files.insert(path.to_owned(), text.as_bytes().to_vec());
    }

    /// From now on, clients of so many applications are connected to a node, and no others.
    pub fn connect(&self, node: &str, clients: usize) {
        let apps = (1..=clients).map(|number| format!("app-{number}")).collect();
        self.nodes.lock().expect("world").get_mut(&NodeName::from(node)).expect("node").apps = apps;
    }

    /// From now on, these clients are connected to a node, and no others: address and application, one a connection.
    pub fn connect_clients(&self, node: &str, clients: &[(&str, &str)]) {
        let clients = clients.iter().map(|(ip, app)| ((*ip).to_owned(), (*app).to_owned())).collect();
        let mut nodes = self.nodes.lock().expect("world");
        let node = nodes.get_mut(&NodeName::from(node)).expect("node");
        (node.apps, node.clients) = (Vec::new(), clients);
    }

    /// From now on, the connections of an address publish these, one each: service and port.
    pub fn publish(&self, ip: &str, instances: &[(&str, u16)]) {
        let instances = instances.iter().map(|(service, port)| ((*service).to_owned(), *port)).collect();
        self.publishes.lock().expect("world").insert(ip.to_owned(), instances);
    }

    /// From now on, this is the end of the log of a client on a host; `None`: the host refuses.
    pub fn write_client_log(&self, host: &str, text: Option<&str>) {
        let mut logs = self.client_logs.lock().expect("world");
        match text {
            Some(text) => _ = logs.insert(host.to_owned(), text.to_owned()),
            None => _ = logs.remove(host),
        }
    }

    /// From now on, a node lists these services: name, healthy and all instances.
    pub fn serve(&self, node: &str, services: &[(&str, i64, i64)]) {
        let listed = services.iter().map(|(name, healthy, all)| ((*name).to_owned(), *healthy, *all)).collect();
        self.services.lock().expect("world").insert(node.into(), listed);
    }

    /// From now on, instances of these services send heartbeats, and no others: address, port and service.
    pub fn beat(&self, instances: &[(&str, u16, &str)]) {
        let instances = instances.iter().map(|(ip, port, service)| (((*ip).to_owned(), *port), (*service).to_owned()));
        *self.beating.lock().expect("world") = instances.collect();
    }

    /// What a client publishes that sends heartbeats.
    fn published_by_beat(&self, id: &str) -> Option<serde_json::Value> {
        let (ip, port) = id.strip_suffix("#true")?.rsplit_once(':')?;
        let port: u16 = port.parse().ok()?;
        let beating = self.beating.lock().expect("world");
        let service = beating.get(&(ip.to_owned(), port))?;
        let instance = json!({ "ip": ip, "port": port, "cluster": "DEFAULT" });
        let own = json!({
            "namespace": "public", "group": "DEFAULT_GROUP", "serviceName": service, "registeredInstance": instance,
        });
        Some(json!({ "code": 0, "message": "success", "data": [own] }))
    }

    /// What a connection publishes; `None`: the node has no such connection.
    fn published(&self, node: &Node, id: &str) -> Option<serde_json::Value> {
        let apps = (1..=node.apps.len()).map(|number| format!("10.0.9.{number}"));
        let all: Vec<String> = apps.chain(node.clients.iter().map(|(ip, _)| ip.clone())).collect();
        let place = all.iter().zip(0..).position(|(ip, number)| connection_id(ip, number) == id)?;
        let before = all[..place].iter().filter(|ip| **ip == all[place]).count();
        let published = self.publishes.lock().expect("world");
        let own = published.get(&all[place]).and_then(|list| list.get(before));
        let instance = |(service, port): &(String, u16)| {
            json!({
                "namespace": "public", "group": "DEFAULT_GROUP", "serviceName": service,
                "registeredInstance": { "ip": all[place], "port": port, "cluster": "DEFAULT" },
            })
        };
        Some(json!({ "code": 0, "message": "success", "data": own.map(instance).into_iter().collect::<Vec<_>>() }))
    }

    /// From now on, a node refuses to list its clients.
    pub fn keep_clients(&self, node: &str) {
        self.nodes.lock().expect("world").get_mut(&NodeName::from(node)).expect("node").keeps_clients = true;
    }

    /// From now on, a node lists its clients again.
    pub fn share_clients(&self, node: &str) {
        self.nodes.lock().expect("world").get_mut(&NodeName::from(node)).expect("node").keeps_clients = false;
    }

    /// From now on, the Prometheus endpoint of a node is open and writes these lines; `None`: it is closed.
    pub fn measure(&self, node: &str, lines: Option<String>) {
        self.nodes.lock().expect("world").get_mut(&NodeName::from(node)).expect("node").gauges = lines;
    }

    /// What nodes were asked for over HTTP since this was called last.
    pub fn asked(&self) -> Vec<(NodeName, String)> {
        std::mem::take(&mut *self.asked.lock().expect("world"))
    }

    /// How the inventory knows them.
    pub fn inventory(&self) -> Vec<NodeSpec> {
        let spec = |(name, node): (&NodeName, &Node)| NodeSpec {
            name: name.clone(),
            api: Some(ApiAddress {
                published: Default::default(),
                scheme: "http".to_owned(),
                host: node.ip.clone(),
                port: 8848,
                context_path: Some(ContextPath::shipped()),
                console_port: None,
                credential: None,
                trust: Trust::System,
            }),
            files: FileSource::Local { home: format!("/opt/{name}").into() },
        };
        self.nodes.lock().expect("world").iter().map(spec).collect()
    }

    /// A node that is not of this world has stopped, and has no home.
    fn node(&self, name: &NodeName) -> Node {
        let known = self.nodes.lock().expect("world").get(name).cloned();
        known.unwrap_or_else(|| Node::new(String::new(), Behaviour::Stopped, BTreeMap::new(), Vec::new()))
    }

    fn answer(&self, name: &NodeName, path: &str) -> Option<String> {
        let nodes = self.nodes.lock().expect("world");
        let peers: Vec<String> = nodes.values().map(|node| format!("{}:7848", node.ip)).collect();
        let leader =
            nodes.values().find(|node| node.behaviour == Behaviour::Up).map(|node| format!("{}:7848", node.ip));
        let member = |node: &Node| {
            let groups = ["naming_service_metadata", "naming_instance_metadata", "nacos_config"]
                .map(|group| (group.to_owned(), json!({ "leader": leader, "raftGroupMember": peers, "term": 4 })));
            let groups: serde_json::Map<_, _> = groups.into_iter().collect();
            json!({
                "ip": node.ip, "port": 8848, "address": format!("{}:8848", node.ip), "failAccessCnt": 0,
                "state": if node.behaviour == Behaviour::Up { "UP" } else { "DOWN" },
                "extendInfo": { "raftMetaData": { "metaDataMap": groups }, "raftPort": "7848", "version": "2.5.1" },
            })
        };
        if let Some(id) = path.strip_prefix("/v2/ns/client/publish/list?clientId=") {
            let published = self.published_by_beat(id).or_else(|| self.published(&nodes[name], id))?;
            return Some(published.to_string());
        }
        if path == "/v2/ns/client/list" {
            let beating = self.beating.lock().expect("world");
            let mut ids: Vec<String> = beating.keys().map(|(ip, port)| format!("{ip}:{port}#true")).collect();
            ids.push("1795363006401_10.0.9.1_50000".to_owned());
            return Some(json!({ "code": 0, "message": "success", "data": ids }).to_string());
        }
        let path = path.split('?').next().unwrap_or_default();
        let body = match path {
            "/v1/console/health/liveness" | "/v1/console/health/readiness" => return Some("OK".to_owned()),
            "/v1/core/cluster/nodes" => json!({ "code": 200, "data": nodes.values().map(member).collect::<Vec<_>>() }),
            "/v1/core/cluster/self" => json!({ "code": 200, "data": member(&nodes[name]) }),
            "/v1/ns/operator/metrics" => json!({
                "status": "UP", "serviceCount": 11, "instanceCount": 19, "clientCount": 10, "responsibleClientCount": 4,
                "cpu": 0.2, "load": 0.4, "mem": 0.3,
            }),
            "/v1/console/server/state" => json!({ "version": "2.5.1", "startup_mode": "cluster" }),
            "/v1/ns/catalog/services" => {
                let services = self.services.lock().expect("world");
                let listed = services.get(name)?;
                let one = |(name, healthy, all): &(String, i64, i64)| {
                    json!({
                        "name": name, "groupName": "DEFAULT_GROUP",
                        "ipCount": all, "healthyInstanceCount": healthy,
                    })
                };
                json!({ "count": listed.len(), "serviceList": listed.iter().map(one).collect::<Vec<_>>() })
            }
            "/v1/cs/health" => return Some("UP".to_owned()),
            "/actuator" if nodes[name].gauges.is_some() => json!({ "_links": {
                "self": { "href": "http://x/actuator" }, "prometheus": { "href": "http://x/actuator/prometheus" },
            } }),
            "/actuator" => json!({ "_links": { "self": { "href": "http://x/actuator" } } }),
            "/actuator/prometheus" => return nodes[name].gauges.clone(),
            "/v2/core/loader/current" => {
                let connection = |((ip, app), number): ((String, &String), u32)| {
                    let client = json!({
                        "clientIp": ip, "version": "Nacos-Java-Client:v2.5.1", "appName": app,
                        "createTime": "2026-11-22T16:00:46.331+00:00", "labels": { "source": "sdk", "module": "naming" },
                    });
                    (connection_id(&ip, number), json!({ "metaInfo": client }))
                };
                let apps = nodes[name].apps.iter().zip(1..).map(|(app, number)| (format!("10.0.9.{number}"), app));
                let clients = nodes[name].clients.iter().map(|(ip, app)| (ip.clone(), app));
                apps.chain(clients).zip(0..).map(connection).collect::<serde_json::Map<_, _>>().into()
            }
            _ => return None,
        };
        Some(body.to_string())
    }
}

/// The id of a connection of a node.
fn connection_id(ip: &str, number: u32) -> String {
    format!("1795363006401_{ip}_{}", 50_000 + number)
}

/// Every world is its own factory of sources.
impl SourceFactory for World {
    fn redactor(&self) -> Redactor {
        self.redactor.clone()
    }

    fn client_log<'a>(
        &'a self,
        place: &'a SshLocation,
        _deadline: &'a Deadline,
    ) -> BoxFuture<'a, Result<String, SourceError>> {
        let known = self.client_logs.lock().expect("world").get(&place.host.host).cloned();
        Box::pin(std::future::ready(known.ok_or_else(FakeSource::refused)))
    }

    fn sources(&self, cluster: &Cluster, handed_in: &[HandedInItem]) -> Sources {
        // The nodes move on in this world only, so the sources look at a copy of its handle.
        let world = Arc::new(World {
            nodes: Mutex::new(self.nodes.lock().expect("world").clone()),
            redactor: self.redactor.clone(),
            asked: Arc::clone(&self.asked),
            publishes: Arc::clone(&self.publishes),
            beating: Arc::clone(&self.beating),
            services: Arc::clone(&self.services),
            client_logs: Mutex::default(),
        });
        let source = |spec: &NodeSpec| -> Arc<dyn NodeSource> {
            let given = handed_in.iter().filter(|item| item.node == spec.name);
            let given = given.filter_map(|item| match &item.what {
                HandedInWhat::Output { kind, text } => Some(HandedIn {
                    kind: kind.clone(),
                    text: text.clone(),
                    by: item.by.clone(),
                    at: item.at,
                    file: None,
                }),
                HandedInWhat::Archive { .. } => None,
            });
            Arc::new(FakeSource { spec: spec.clone(), world: world.clone(), given: given.collect() })
        };
        Sources { nodes: cluster.nodes.iter().map(source).collect() }
    }
}

struct FakeSource {
    spec: NodeSpec,
    world: Arc<World>,
    given: Vec<HandedIn>,
}

impl FakeSource {
    fn node(&self) -> Node {
        self.world.node(&self.spec.name)
    }

    fn refused() -> SourceError {
        SourceError::Unreachable { result: PortResult::Refused, why: "Connection refused (os error 111)".to_owned() }
    }

    async fn hang(deadline: &Deadline) -> SourceError {
        let waited = deadline.left();
        tokio::select! {
            () = tokio::time::sleep_until(deadline.at) => {}
            () = deadline.cancel.cancelled() => return SourceError::Cancelled,
        }
        SourceError::Timeout { after_ms: u64::try_from(waited.as_millis()).unwrap_or_default() }
    }
}

#[async_trait]
impl NodeSource for FakeSource {
    fn spec(&self) -> &NodeSpec {
        &self.spec
    }

    fn files_vantage(&self) -> Vantage {
        Vantage::LocalFiles { home: format!("/opt/{}", self.spec.name) }
    }

    fn files_live(&self) -> bool {
        true
    }

    async fn http(&self, ask: &HttpAsk, deadline: &Deadline) -> Result<HttpAnswer, SourceError> {
        self.world.asked.lock().expect("world").push((self.spec.name.clone(), ask.path.clone()));
        match self.node().behaviour {
            Behaviour::Stopped => return Err(Self::refused()),
            Behaviour::Hung => return Err(Self::hang(deadline).await),
            Behaviour::Up if ask.port == HttpPort::Console => return Err(Self::refused()),
            Behaviour::Up => {}
        }
        let of_clients = ["/v2/core/loader", "/v2/ns/client/list"].iter().any(|path| ask.path.starts_with(path));
        let refused = self.node().keeps_clients && of_clients;
        let answer = self.world.answer(&self.spec.name, &ask.path).filter(|_| !refused);
        Ok(HttpAnswer {
            status: match answer {
                Some(_) => 200,
                None if refused => 403,
                None => 404,
            },
            context_path: "/nacos".to_owned(),
            date: None,
            body: answer.unwrap_or_else(|| match ask.path.contains("clientId=") {
                true => json!({ "code": 20004, "message": "resource not found", "data": null }).to_string(),
                false => "{\"status\":404}".to_owned(),
            }),
            elapsed_ms: 1,
        })
    }

    async fn probe(&self, ask: &ProbeAsk, deadline: &Deadline) -> Result<ProbeAnswer, SourceError> {
        let (result, ok) = match self.node().behaviour {
            Behaviour::Up if ask.port == 8080 => (PortResult::Refused, 0),
            Behaviour::Up => (PortResult::Open, ask.tries),
            Behaviour::Stopped => (PortResult::Refused, 0),
            Behaviour::Hung => {
                if matches!(Self::hang(deadline).await, SourceError::Cancelled) {
                    return Err(SourceError::Cancelled);
                }
                (PortResult::Silent, 0)
            }
        };
        Ok(ProbeAnswer { result, tries: ask.tries, ok, untaken: 0, elapsed_ms: 1, detail: None })
    }

    async fn list(&self, folder: &str, _deadline: &Deadline) -> Result<Vec<FileEntry>, SourceError> {
        let node = self.node();
        let inside = |path: &str| match path.rsplit_once('/') {
            Some((parent, _)) => parent == folder,
            None => folder.is_empty(),
        };
        let files = node.files.iter().filter(|(path, _)| inside(path));
        Ok(files
            .map(|(path, body)| FileEntry {
                path: path.clone(),
                size_bytes: body.len() as u64,
                start_offset: 0,
                modified: None,
                zone_offset_s: None,
            })
            .collect())
    }

    async fn read_at(
        &self,
        path: &str,
        offset: u64,
        length: usize,
        _deadline: &Deadline,
    ) -> Result<Vec<u8>, SourceError> {
        let node = self.node();
        let body = node.files.get(path).ok_or_else(|| SourceError::NotFound { path: path.to_owned() })?;
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(body.len());
        Ok(body[start..(start + length).min(body.len())].to_vec())
    }

    async fn process(&self, _deadline: &Deadline) -> Result<Option<ProcessSeen>, SourceError> {
        let running = ProcessSeen {
            pid: 4711,
            state: "S".into(),
            started_at: None,
            command: vec!["java".to_owned(), "-Dnacos.home=/opt/nacos".to_owned()],
            resident_bytes: None,
            files: None,
            blocked: None,
        };
        Ok((self.node().behaviour != Behaviour::Stopped).then_some(running))
    }

    async fn disk_free(&self, _folder: &str, _deadline: &Deadline) -> Result<u64, SourceError> {
        Ok(50 << 30)
    }

    async fn handed_in(&self) -> Vec<HandedIn> {
        self.given.clone()
    }
}

fn files() -> BTreeMap<String, Vec<u8>> {
    let conf = "10.0.0.1:8848\n10.0.0.2:8848\n10.0.0.3:8848\n";
    let properties = "server.port=8848\nspring.sql.init.platform=mysql\ndb.num=1\n";
    let log = "2026-11-22 03:59:00,000 INFO Nacos started successfully in cluster mode. use external storage\n";
    [("conf/cluster.conf", conf), ("conf/application.properties", properties), ("logs/start.out", log)]
        .into_iter()
        .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
        .collect()
}
