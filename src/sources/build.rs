//! Builds the sources of a cluster: per node its API, its ports, its files and what was handed in, behind one [`NodeSource`].

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use crate::domain::cluster::{ApiAddress, Cluster, FileSource, FrontDoor, NodeSpec};
use crate::domain::evidence::Vantage;
use crate::domain::id::NodeName;
use crate::domain::observed::{DoorSeen, NameSeen, ProcessSeen};
use crate::domain::vocabulary::NoSource;
use crate::nacos::cmdline::CommandLine;
use crate::nacos::ports;
use crate::nacos::properties::{self, SecretInputs};

use super::files::{HomeFiles, MAX_READ};
use super::http::{HttpSource, hidden};
use super::kept::Kept;
use super::network::Network;
use super::redact::Redactor;
use super::secret::Secrets;
use super::spec::DEFAULT_CONSOLE_PORT;
use super::ssh::{SshFiles, SshHosts};
use super::{
    ClockSeen, Deadline, DoorAsk, FileEntry, HandedIn, HttpAnswer, HttpAsk, NodeSource, ProbeAnswer, ProbeAsk,
    SourceError, Sources, door, tcp, within,
};

/// What a cluster's sources need besides its inventory.
#[derive(Clone, Default)]
pub struct Extras {
    /// Output that people handed in, by node.
    pub handed_in: BTreeMap<NodeName, Vec<HandedIn>>,
    /// What was kept of the archives that stand in for the files of nodes.
    pub kept: BTreeMap<NodeName, Arc<Kept>>,
    /// The APIs known so far; kept by code that builds sources again and again.
    pub apis: Apis,
    /// The SSH connections that stand; kept likewise.
    pub hosts: SshHosts,
    /// The secrets known so far; kept likewise.
    pub redactor: Redactor,
}

/// Most APIs that are remembered.
const MAX_APIS: usize = 1000;

/// Remembers APIs, so that a context path is found and a token fetched once and not in every round.
#[derive(Clone, Default)]
pub struct Apis {
    known: Arc<Mutex<Vec<Arc<HttpSource>>>>,
    secrets: Secrets,
}

impl Apis {
    /// None yet; what they send comes from these secrets.
    #[must_use]
    pub fn behind(secrets: Secrets) -> Self {
        Self { known: Arc::default(), secrets }
    }

    fn of(&self, address: &ApiAddress) -> Arc<HttpSource> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.iter().find(|api| api.address() == address) {
            return Arc::clone(found);
        }
        if known.len() >= MAX_APIS {
            known.clear();
        }
        let api = Arc::new(HttpSource::new(address.clone()).behind(self.secrets.clone()));
        known.push(Arc::clone(&api));
        api
    }
}

/// The file that configures a node.
const PROPERTIES: &str = "conf/application.properties";

/// What the start script writes: the command line comes first.
const START_OUT: &str = "logs/start.out";

/// Bytes in which its first line ends.
const FIRST_LINE: usize = 64 * 1024;

/// One source per node, in the order of the inventory.
#[must_use]
pub fn sources(cluster: &Cluster, extras: &Extras) -> Sources {
    let nodes = cluster
        .nodes
        .iter()
        .map(|spec| {
            let handed_in = extras.handed_in.get(&spec.name).cloned().unwrap_or_default();
            let api = spec.api.as_ref().map(|address| extras.apis.of(address));
            let peers = cluster.nodes.iter().filter(|other| other.name != spec.name).cloned().collect();
            let mut source = LiveSource::new(spec.clone(), peers, api, &extras.hosts, handed_in);
            if let (Some(kept), FileSource::Copied { home }) = (extras.kept.get(&spec.name), &spec.files) {
                source.files = Files::Here(HomeFiles::handed_in(home.clone(), Arc::clone(kept)));
            }
            source.doors.clone_from(&cluster.doors);
            source.redactor = extras.redactor.clone();
            Arc::new(source) as Arc<dyn NodeSource>
        })
        .collect();
    Sources { nodes }
}

/// Where a node's files are.
enum Files {
    None,
    Here(HomeFiles),
    There(Box<SshFiles>),
}

/// A node as it is now: API and ports from here, files on this machine or on its own.
pub struct LiveSource {
    spec: NodeSpec,
    peers: Vec<NodeSpec>,
    api: Option<Arc<HttpSource>>,
    files: Files,
    handed_in: Vec<HandedIn>,
    /// The network of the node's process, and when it was looked for.
    network: tokio::sync::Mutex<Option<Known>>,
    doors: Vec<FrontDoor>,
    redactor: Redactor,
    /// The configuration was read for its secrets.
    learned: tokio::sync::OnceCell<()>,
}

/// When a network was looked for, and what came of it.
type Known = (Instant, Result<Arc<Network>, SourceError>);

/// A process, and with it its network, is looked for anew after this long.
const NETWORK_KNOWN: Duration = Duration::from_secs(2);

impl LiveSource {
    /// From its place in the inventory.
    #[must_use]
    pub fn new(
        spec: NodeSpec,
        peers: Vec<NodeSpec>,
        api: Option<Arc<HttpSource>>,
        hosts: &SshHosts,
        handed_in: Vec<HandedIn>,
    ) -> Self {
        let files = match &spec.files {
            FileSource::None => Files::None,
            FileSource::Local { home } => Files::Here(HomeFiles::live(home.clone())),
            FileSource::Copied { home } => Files::Here(HomeFiles::copied(home.clone())),
            FileSource::Ssh(place) => Files::There(Box::new(SshFiles::new(place.clone(), hosts))),
        };
        Self {
            spec,
            peers,
            api,
            files,
            handed_in,
            doors: Vec::new(),
            network: tokio::sync::Mutex::default(),
            redactor: Redactor::default(),
            learned: tokio::sync::OnceCell::new(),
        }
    }

    async fn read(&self, path: &str, offset: u64, length: usize, deadline: &Deadline) -> Result<Vec<u8>, SourceError> {
        match &self.files {
            Files::None => not_configured(NoSource::Files),
            Files::Here(files) => files.read_at(path, offset, length, deadline).await,
            Files::There(files) => files.read_at(path, offset, length, deadline).await,
        }
    }

    /// Learns the secrets of the home before any of its text is given. Where the configuration cannot be read, the text is
    /// given all the same: what only it names is not known then.
    async fn learn(&self, deadline: &Deadline) -> Result<(), SourceError> {
        let learning = self.learned.get_or_try_init(|| async {
            let there = |read: Result<Vec<u8>, SourceError>| match read {
                Ok(bytes) => Ok(Some(bytes)),
                Err(error @ (SourceError::Timeout { .. } | SourceError::Cancelled | SourceError::Ssh(_))) => Err(error),
                Err(_) => Ok(None),
            };
            let file = there(self.read(PROPERTIES, 0, MAX_READ, deadline).await)?;
            let started = there(self.read(START_OUT, 0, FIRST_LINE, deadline).await)?.unwrap_or_default();
            let command = String::from_utf8_lossy(&started).lines().next().and_then(CommandLine::from_text);
            // Looking for a process over SSH takes many questions: there, what a check asks for anyway has to do.
            let env = match &self.files {
                Files::Here(files) => files.environment(deadline).await.ok(),
                Files::None | Files::There(_) => None,
            };
            let inputs = SecretInputs { file: file.as_deref(), env: env.as_ref(), command: command.as_ref() };
            self.redactor.learn_home(&properties::secrets(&inputs));
            Ok(())
        });
        learning.await.copied()
    }

    /// The network of the node's process on this machine; the many probes of one round look for it once.
    async fn network(&self, files: &HomeFiles, deadline: &Deadline) -> Result<Arc<Network>, SourceError> {
        within(deadline, async {
            let mut known = self.network.lock().await;
            if let Some((since, network)) = &*known
                && since.elapsed() < NETWORK_KNOWN
            {
                return network.clone();
            }
            let network = files.network(deadline).await.map(Arc::new);
            if !matches!(network, Err(SourceError::Timeout { .. } | SourceError::Cancelled)) {
                *known = Some((Instant::now(), network.clone()));
            }
            network
        })
        .await
    }
}

/// True for a port that a node of Nacos may have.
fn listed(api: &ApiAddress, port: u16) -> bool {
    follows(api.port, port) || port == api.console_port.unwrap_or(DEFAULT_CONSOLE_PORT)
}

/// True for the main port and those that follow from it.
fn follows(main: u16, port: u16) -> bool {
    let main = i32::from(main);
    [main, main + 1000, main + 1001, main - 1000].contains(&i32::from(port))
}

/// True for an address that means whatever machine, or container, it is used on.
#[must_use]
pub fn means_itself(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

const fn not_configured<T>(what: NoSource) -> Result<T, SourceError> {
    Err(SourceError::NotConfigured { what })
}

#[async_trait]
impl NodeSource for LiveSource {
    fn spec(&self) -> &NodeSpec {
        &self.spec
    }

    fn files_vantage(&self) -> Vantage {
        match &self.spec.files {
            FileSource::None => Vantage::Here,
            FileSource::Local { home } => Vantage::LocalFiles { home: home.display().to_string() },
            FileSource::Copied { home } => Vantage::CopiedHome { home: home.display().to_string() },
            FileSource::Ssh(place) => Vantage::Ssh { host: place.host.to_string(), home: place.home.clone() },
        }
    }

    fn files_live(&self) -> bool {
        self.spec.files.is_live()
    }

    async fn http(&self, ask: &HttpAsk, deadline: &Deadline) -> Result<HttpAnswer, SourceError> {
        match &self.api {
            Some(api) => {
                let mut answer = api.ask(ask, deadline).await?;
                answer.body = hidden(answer.body, &self.redactor).await?;
                Ok(answer)
            }
            None => Err(SourceError::NotConfigured { what: NoSource::Api }),
        }
    }

    async fn probe(&self, ask: &ProbeAsk, deadline: &Deadline) -> Result<ProbeAnswer, SourceError> {
        let Some(api) = &self.spec.api else {
            return Err(SourceError::NotConfigured { what: NoSource::Probe });
        };
        // The host and the ports of the inventory, nothing else.
        if !listed(api, ask.port) {
            return Err(SourceError::Denied { why: format!("port {} is none of the node's ports", ask.port) });
        }
        match ports::role_of(api.port, api.console_port, ask.port).and_then(|role| api.published.of(role)) {
            Some(at) => tcp::probe(&at.host, &ProbeAsk { port: at.port, ..ask.clone() }, deadline).await,
            None => tcp::probe(&api.host, ask, deadline).await,
        }
    }

    async fn list(&self, folder: &str, deadline: &Deadline) -> Result<Vec<FileEntry>, SourceError> {
        match &self.files {
            Files::None => not_configured(NoSource::Files),
            Files::Here(files) => files.list(folder, deadline).await,
            Files::There(files) => files.list(folder, deadline).await,
        }
    }

    async fn entry(&self, path: &str, deadline: &Deadline) -> Result<FileEntry, SourceError> {
        match &self.files {
            Files::Here(files) => files.entry(path, deadline).await,
            Files::None | Files::There(_) => super::listed(self.list(super::folder_of(path), deadline).await?, path),
        }
    }

    async fn read_at(
        &self,
        path: &str,
        offset: u64,
        length: usize,
        deadline: &Deadline,
    ) -> Result<Vec<u8>, SourceError> {
        if !path.starts_with("conf/") {
            self.learn(deadline).await?;
        }
        self.read(path, offset, length, deadline).await
    }

    fn redactor(&self) -> Redactor {
        self.redactor.clone()
    }

    async fn process(&self, deadline: &Deadline) -> Result<Option<ProcessSeen>, SourceError> {
        let mut process = match &self.files {
            Files::Here(files) => files.process(deadline).await,
            Files::There(files) => files.process(deadline).await,
            Files::None => not_configured(NoSource::Process),
        }?;
        for argument in process.iter_mut().flat_map(|process| &mut process.command) {
            *argument = self.redactor.text(argument).into_owned();
        }
        Ok(process)
    }

    async fn disk_free(&self, folder: &str, deadline: &Deadline) -> Result<u64, SourceError> {
        match &self.files {
            Files::None => not_configured(NoSource::Disk),
            Files::Here(files) => files.disk_free(folder, deadline).await,
            Files::There(files) => files.disk_free(folder, deadline).await,
        }
    }

    fn peers(&self) -> &[NodeSpec] {
        &self.peers
    }

    async fn probe_named(&self, host: &str, ask: &ProbeAsk, deadline: &Deadline) -> Result<ProbeAnswer, SourceError> {
        match &self.files {
            Files::There(files) => files.probe_from(host, ask, deadline).await,
            Files::Here(files) => tcp::probe_in(self.network(files, deadline).await?, host, ask, deadline).await,
            Files::None => not_configured(NoSource::ProbeFrom),
        }
    }

    async fn probe_from(&self, host: &str, ask: &ProbeAsk, deadline: &Deadline) -> Result<ProbeAnswer, SourceError> {
        let apis = self.peers.iter().filter_map(|peer| peer.api.as_ref());
        let known = |api: &ApiAddress| match &api.published.peer {
            Some(peer) => peer.host == host && follows(peer.port, ask.port),
            None => api.host == host && listed(api, ask.port),
        };
        if !apis.into_iter().any(known) {
            return Err(SourceError::Denied { why: format!("{host}:{} is not a port of another node", ask.port) });
        }
        match &self.files {
            Files::There(files) => files.probe_from(host, ask, deadline).await,
            Files::Here(files) => {
                let network = self.network(files, deadline).await?;
                if network.is_other() && means_itself(host) {
                    return not_configured(NoSource::ProbeFromName);
                }
                tcp::probe_in(network, host, ask, deadline).await
            }
            Files::None => not_configured(NoSource::ProbeFrom),
        }
    }

    async fn resolve(&self, names: &[String], deadline: &Deadline) -> Result<Vec<NameSeen>, SourceError> {
        match &self.files {
            Files::There(files) => files.resolve(names, deadline).await,
            Files::Here(files) => {
                let network = self.network(files, deadline).await?;
                within(deadline, network.names(names)).await
            }
            Files::None => not_configured(NoSource::Names),
        }
    }

    fn doors(&self) -> &[FrontDoor] {
        &self.doors
    }

    async fn through(&self, ask: &DoorAsk, deadline: &Deadline) -> Result<DoorSeen, SourceError> {
        match (&ask.door, &self.spec.api) {
            // The doors of the inventory, nothing else.
            (Some(door), _) if !self.doors.contains(door) => {
                Err(SourceError::Denied { why: format!("{door} is not a front door of this cluster") })
            }
            (Some(door), _) => door::ask(door, ask.tries, true, deadline).await,
            (None, None) => not_configured(NoSource::Api),
            (None, Some(api)) => {
                let straight = FrontDoor {
                    scheme: api.scheme.clone(),
                    host: api.host.clone(),
                    port: api.port,
                    context_path: api.context_path.clone(),
                    trust: api.trust.clone(),
                };
                door::ask(&straight, ask.tries, false, deadline).await
            }
        }
    }

    async fn clock(&self, deadline: &Deadline) -> Result<ClockSeen, SourceError> {
        match &self.files {
            Files::There(files) => files.clock(deadline).await,
            Files::None | Files::Here(_) => not_configured(NoSource::Clock),
        }
    }

    async fn environment(&self, deadline: &Deadline) -> Result<BTreeMap<String, String>, SourceError> {
        let env = match &self.files {
            Files::None => not_configured(NoSource::Environment),
            Files::Here(files) => files.environment(deadline).await,
            Files::There(files) => files.environment(deadline).await,
        }?;
        self.redactor.learn_home(&properties::secrets(&SecretInputs { env: Some(&env), ..SecretInputs::default() }));
        Ok(env)
    }

    async fn kernel_log(&self, deadline: &Deadline) -> Result<String, SourceError> {
        let text = match &self.files {
            Files::There(files) => files.kernel_log(deadline).await,
            Files::Here(files) => files.kernel_log(deadline).await,
            Files::None => not_configured(NoSource::Kernel),
        }?;
        Ok(self.redactor.text(&text).into_owned())
    }

    async fn handed_in(&self) -> Vec<HandedIn> {
        self.handed_in.clone()
    }
}
