//! Which nodes a subcommand looks at.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use clap::{ArgGroup, Args};
use jiff::SignedDuration;

use super::clock::SystemClock;
use super::text;
use crate::app::Released;
use crate::config::{Config, ServerArguments};
use crate::domain::client_host::ClientHost;
use crate::domain::cluster::{Cluster, NodeSpec};
use crate::domain::id::{ClusterId, NodeName};
use crate::domain::message::Lang;
use crate::domain::time::{Clock, Timestamp};
use crate::domain::vocabulary::OutputKind;
use crate::locale;
use crate::nacos::pasted;
use crate::sources::build::{self, Apis, Extras};
use crate::sources::recording::{Recording, RecordingError};
use crate::sources::secret::Secrets;
use crate::sources::small_file::NotRead;
use crate::sources::spec::{self, NodeArgument, SpecError};
use crate::sources::ssh::SshHosts;
use crate::sources::{HandedIn, NodeSource, Sources, redact, small_file};
use crate::store::Store;

/// Name of a cluster that has none.
const UNNAMED: &str = "cluster";

/// The nodes of a cluster, each with the way it is looked at.
#[derive(Clone, Debug, Args)]
#[group(multiple = true)]
#[command(group(ArgGroup::new("which").required(true).multiple(true).args(["nodes", "cluster"])))]
pub struct NodeArguments {
    /// A node and how it is read; the forms stand in `help-long-nodes`
    #[arg(long = "node", value_name = "NAME=SOURCE")]
    pub nodes: Vec<String>,
    /// What clients use instead of the nodes given by --node, as a URL such as http://nacos.example:8848/nacos: VIP, nginx,
    /// load balancer or DNS name, behind https also URL,ca=FILE or URL,pin=SHA256. May be repeated; a cluster of the
    /// inventory has its own
    #[arg(long = "door", value_name = "URL", conflicts_with = "cluster")]
    pub doors: Vec<String>,
    /// A cluster of the inventory, by its name
    #[arg(long, value_name = "NAME", conflicts_with = "nodes")]
    pub cluster: Option<String>,
    /// The server's data folder, for --cluster [default: that of the server's settings]
    #[arg(long, value_name = "DIR", requires = "cluster")]
    pub data: Option<PathBuf>,
    /// How long each node may take in a round, 200ms to 60s: longer over slow lines [default: 3s, or that of the cluster]
    #[arg(long, value_name = "DURATION", value_parser = deadline)]
    pub deadline: Option<u64>,
}

/// Milliseconds of a deadline.
fn deadline(text: &str) -> Result<u64, String> {
    let given: SignedDuration = text.parse().map_err(|_| format!("`{text}` is not a duration: write 10s or 500ms"))?;
    u64::try_from(given.as_millis())
        .ok()
        .filter(|given| Cluster::DEADLINES_MS.contains(given))
        .ok_or_else(|| format!("{text} is not between 200ms and 60s"))
}

/// A cluster, its sources and the time they are at.
pub struct Looked {
    /// The inventory.
    pub cluster: Cluster,
    /// One source per node.
    pub sources: Sources,
    /// The system's clock; for recordings one that stands still.
    pub clock: Arc<dyn Clock>,
    /// Where logs of clients lie that a stored cluster names, and how they are reached.
    pub client_hosts: Vec<(ClientHost, SshHosts)>,
}

/// A clock that stands still.
struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

impl NodeArguments {
    /// Builds the cluster that they name. Recordings are looked at as they stood at `at`, or at their end. Refusals are in
    /// `lang`.
    ///
    /// # Errors
    /// A sentence for the person who wrote the arguments.
    pub async fn open(&self, lang: Lang, at: Option<Timestamp>) -> anyhow::Result<Looked> {
        if let Some(name) = &self.cluster {
            let (mut cluster, secrets, client_hosts) = self.stored(lang, name).await?;
            cluster.node_deadline_ms = self.deadline.unwrap_or(cluster.node_deadline_ms);
            let hosts = SshHosts::behind(secrets.clone());
            let client_hosts = client_hosts.into_iter().map(|host| (host, hosts.clone())).collect();
            let extras = Extras { apis: Apis::behind(secrets), hosts, ..Extras::default() };
            let sources = build::sources(&cluster, &extras);
            return Ok(Looked { cluster, sources, clock: Arc::new(SystemClock), client_hosts });
        }
        // Not by the argument parser, which would repeat a password that stands in the URL.
        let doors = spec::parse_doors(&self.doors)?;
        let arguments = spec::parse_all(&self.nodes).map_err(|why| not_a_node(lang, &why))?;
        let recordings = open_recordings(lang, &arguments)?;
        let is_live = |argument: &NodeArgument| match argument {
            NodeArgument::Node { spec, .. } => spec.api.is_some() || spec.files.is_live(),
            NodeArgument::Recorded { .. } => false,
        };
        if !recordings.is_empty()
            && let Some(live) = arguments.iter().find(|argument| is_live(argument))
        {
            bail!(locale::text(lang, "nodes-live-and-recorded", &[("node", &live.name().0)]));
        }
        let node_deadline_ms = self.deadline.unwrap_or(Cluster::DEFAULT_DEADLINE_MS);
        let clock: Arc<dyn Clock> = match recordings.values().map(Recording::end).max() {
            Some(end) => Arc::new(Still(at.unwrap_or(end))),
            None => Arc::new(SystemClock),
        };
        let live = Cluster {
            id: ClusterId(0),
            name: UNNAMED.to_owned(),
            nodes: arguments
                .iter()
                .filter_map(|argument| match argument {
                    NodeArgument::Node { spec, .. } => Some((**spec).clone()),
                    NodeArgument::Recorded { .. } => None,
                })
                .collect(),
            node_deadline_ms,
            doors: doors.clone(),
            accept_unseen: Vec::new(),
            on_silence: None,
        };
        let given = given(lang, &arguments, clock.now())?;
        let extras = Extras { handed_in: given.clone(), ..Extras::default() };
        let mut live = build::sources(&live, &extras).nodes.into_iter();
        if !recordings.is_empty() && !doors.is_empty() {
            bail!(locale::text(lang, "nodes-door-and-recorded", &[]));
        }
        let mut doors = doors;
        for door in recordings.values().flat_map(|recording| &recording.cluster().doors) {
            if !doors.contains(door) {
                doors.push(door.clone());
            }
        }
        let mut nodes: Vec<NodeSpec> = Vec::new();
        let mut sources: Vec<Arc<dyn NodeSource>> = Vec::new();
        for argument in arguments {
            match argument {
                NodeArgument::Node { spec, .. } => {
                    sources.extend(live.next());
                    nodes.push(*spec);
                }
                NodeArgument::Recorded { name, file, .. } => {
                    let Some(recording) = recordings.get(&file) else { continue };
                    let held = &recording.cluster().nodes;
                    let found = held.iter().position(|node| node.name == name);
                    let only = (held.len() == 1).then_some(0);
                    let Some(index) = found.or(only) else {
                        let names: Vec<&str> = held.iter().map(|node| node.name.0.as_str()).collect();
                        let (file, held) = (file.display().to_string(), text::printable(&names.join(", ")));
                        let args = [("file", file.as_str()), ("node", &name.0), ("nodes", &held)];
                        bail!(locale::text(lang, "nodes-not-recorded", &args));
                    };
                    let texts = given.get(&name).cloned().unwrap_or_default();
                    let source = recording.source_with(index, Some(name), &clock, texts);
                    nodes.push(source.spec().clone());
                    sources.push(source);
                }
            }
        }
        let cluster = Cluster {
            id: ClusterId(0),
            name: UNNAMED.to_owned(),
            nodes,
            node_deadline_ms,
            doors,
            accept_unseen: Vec::new(),
            on_silence: None,
        };
        Ok(Looked { cluster, sources: Sources { nodes: sources }, clock, client_hosts: Vec::new() })
    }
}

impl NodeArguments {
    /// The cluster of that name in the server's data folder. What it names was chosen there, so the releases of the server
    /// count here as well.
    async fn stored(&self, lang: Lang, name: &str) -> anyhow::Result<(Cluster, Secrets, Vec<ClientHost>)> {
        let arguments = ServerArguments { data: self.data.clone(), ..ServerArguments::default() };
        let config = Config::load(&arguments, super::environment)?;
        let folder = &config.data_dir;
        if !folder.join("nodedown.db").is_file() {
            bail!(locale::text(lang, "nodes-no-data", &[("folder", &folder.display().to_string())]));
        }
        crate::app::before_opening(folder, crate::config::Keeping::default()).await?;
        let store = Store::open(folder).await.with_context(|| format!("could not open {}", folder.display()))?;
        let clusters = store.read().clusters().await?;
        let secrets = Secrets::behind(Arc::new(Released::new(store.read().clone(), config.credential_rules())));
        let known: Vec<String> = clusters.iter().map(|cluster| cluster.name.clone()).collect();
        let found = clusters.into_iter().find(|cluster| cluster.name == name).ok_or_else(|| {
            let args = [("name", name), ("known", &known.join(", "))];
            anyhow!(locale::text(
                lang,
                if known.is_empty() { "nodes-no-cluster-at-all" } else { "nodes-no-cluster" },
                &args
            ))
        })?;
        let hosts = store.read().client_hosts(found.id).await?;
        Ok((found, secrets, hosts))
    }
}

/// Most characters of why a file is no recording.
const MOST_WHY: usize = 300;

/// Most bytes of a file of pasted output.
const MOST_TEXT: u64 = 16 * 1024 * 1024;

/// The output given by `text=`, of each node and of each kind that a file holds.
fn given(lang: Lang, arguments: &[NodeArgument], now: Timestamp) -> anyhow::Result<BTreeMap<NodeName, Vec<HandedIn>>> {
    let mut given: BTreeMap<NodeName, Vec<HandedIn>> = BTreeMap::new();
    for (argument, file) in arguments.iter().flat_map(|one| one.texts().iter().map(move |file| (one, file))) {
        let bytes = read_file(lang, file, MOST_TEXT).with_context(|| format!("--node {}", argument.name()))?;
        let text = pasted::text_of(&bytes);
        let mut kinds = pasted::kinds_of(&text);
        if kinds.is_empty() {
            // Not a reason to say nothing of the cluster: the check of stop traces says that no line of it was used.
            kinds.push(OutputKind::from("unknown"));
        }
        let items = given.entry(argument.name().clone()).or_default();
        items.extend(kinds.into_iter().map(|kind| HandedIn {
            kind,
            text: redact::text(&text).into_owned(),
            by: "--node".to_owned(),
            at: now,
            file: file.file_name().map(|name| name.to_string_lossy().into_owned()),
        }));
    }
    Ok(given)
}

/// Reads a file that the arguments name; why it was not read is said in `lang`.
///
/// # Errors
/// One sentence for the person who named it.
pub(super) fn read_file(lang: Lang, file: &Path, most_bytes: u64) -> anyhow::Result<Vec<u8>> {
    let of = |why| NotRead { file: file.display().to_string(), why }.message();
    small_file::read_now(file, most_bytes).map_err(|why| anyhow!(text::printable(&locale::render(lang, &of(why)))))
}

/// Why an argument names no node. The sentence of its parser is English and names the one thing that is wrong; in another
/// language it is said before it how a node is written.
fn not_a_node(lang: Lang, why: &SpecError) -> anyhow::Error {
    anyhow!(locale::text(lang, "usage-how-node", &[("why", &why.to_string())]))
}

/// Why a file is no recording that can be read, in `lang`.
pub(super) fn not_a_recording(lang: Lang, file: &Path, error: &RecordingError) -> anyhow::Error {
    let (key, why) = match error {
        RecordingError::Io(why) => match why.kind() {
            std::io::ErrorKind::NotFound => ("replay-not-found", String::new()),
            std::io::ErrorKind::PermissionDenied => ("replay-denied", String::new()),
            std::io::ErrorKind::IsADirectory => ("replay-folder", String::new()),
            _ => ("replay-unreadable", why.to_string()),
        },
        RecordingError::Broken(why) => ("replay-broken", why.clone()),
        RecordingError::Version(version) => ("replay-version", version.to_string()),
        RecordingError::TooLarge => ("replay-too-large", String::new()),
    };
    // What a file says about itself is not endless.
    let why: String = text::printable(&why).chars().take(MOST_WHY).collect();
    anyhow!(locale::text(lang, key, &[("file", &file.display().to_string()), ("why", &why)]))
}

fn open_recordings(lang: Lang, arguments: &[NodeArgument]) -> anyhow::Result<BTreeMap<PathBuf, Recording>> {
    let mut recordings = BTreeMap::new();
    for argument in arguments {
        if let NodeArgument::Recorded { file, .. } = argument
            && !recordings.contains_key(file)
        {
            let recording = Recording::open(file).map_err(|why| not_a_recording(lang, file, &why))?;
            recordings.insert(file.clone(), recording);
        }
    }
    Ok(recordings)
}
