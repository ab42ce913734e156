//! Which nodes a subcommand looks at.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;

use super::clock::SystemClock;
use crate::domain::cluster::{Cluster, NodeSpec};
use crate::domain::id::ClusterId;
use crate::domain::time::{Clock, Timestamp};
use crate::sources::build::{self, Extras};
use crate::sources::recording::Recording;
use crate::sources::spec::{self, NodeArgument};
use crate::sources::{NodeSource, Sources};

/// Name of a cluster that has none.
const UNNAMED: &str = "cluster";

/// The nodes of a cluster, each with the way it is looked at.
#[derive(Clone, Debug, Args)]
pub struct NodeArguments {
    /// A node and how it is looked at: NAME=dir:PATH (a copied Nacos home), NAME=local:PATH, NAME=api:URL or NAME=rec:FILE;
    /// dir and local may add ,api=URL, anything with an API ,console=URL and ,cred=env:VARIABLE or ,cred=file:PATH
    #[arg(long = "node", value_name = "NAME=SOURCE", required = true)]
    pub nodes: Vec<String>,
}

/// A cluster, its sources and the time they are at.
pub struct Looked {
    /// The inventory.
    pub cluster: Cluster,
    /// One source per node.
    pub sources: Sources,
    /// The system's clock; for recordings one that stands still.
    pub clock: Arc<dyn Clock>,
}

/// A clock that stands still.
struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

impl NodeArguments {
    /// Builds the cluster that they name. Recordings are looked at as they stood at `at`, or at their end.
    ///
    /// # Errors
    /// A sentence for the person who wrote the arguments.
    pub fn open(&self, at: Option<Timestamp>) -> anyhow::Result<Looked> {
        let arguments = spec::parse_all(&self.nodes)?;
        let recordings = open_recordings(&arguments)?;
        let is_live = |argument: &NodeArgument| match argument {
            NodeArgument::Node(node) => {
                node.api.is_some() || matches!(node.files, crate::domain::cluster::FileSource::Local { .. })
            }
            NodeArgument::Recorded { .. } => false,
        };
        if !recordings.is_empty()
            && let Some(live) = arguments.iter().find(|argument| is_live(argument))
        {
            bail!("`{}` is looked at now, recordings tell of then: they cannot be judged together", live.name());
        }
        let clock: Arc<dyn Clock> = match recordings.values().map(Recording::end).max() {
            Some(end) => Arc::new(Still(at.unwrap_or(end))),
            None => Arc::new(SystemClock),
        };
        let mut nodes: Vec<NodeSpec> = Vec::new();
        let mut sources: Vec<Arc<dyn NodeSource>> = Vec::new();
        for argument in arguments {
            match argument {
                NodeArgument::Node(node) => {
                    let one = Cluster {
                        id: ClusterId(0),
                        name: UNNAMED.to_owned(),
                        nodes: vec![node.clone()],
                        node_deadline_ms: Cluster::DEFAULT_DEADLINE_MS,
                    };
                    sources.extend(build::sources(&one, &Extras::default()).nodes);
                    nodes.push(node);
                }
                NodeArgument::Recorded { name, file } => {
                    let Some(recording) = recordings.get(&file) else { continue };
                    let held = &recording.cluster().nodes;
                    let found = held.iter().position(|node| node.name == name);
                    let only = (held.len() == 1).then_some(0);
                    let Some(index) = found.or(only) else {
                        let names: Vec<&str> = held.iter().map(|node| node.name.0.as_str()).collect();
                        bail!("{} holds no node `{name}`; it holds {}", file.display(), names.join(", "));
                    };
                    let source = recording.source(index, Some(name), &clock);
                    nodes.push(source.spec().clone());
                    sources.push(source);
                }
            }
        }
        let cluster = Cluster {
            id: ClusterId(0),
            name: UNNAMED.to_owned(),
            nodes,
            node_deadline_ms: Cluster::DEFAULT_DEADLINE_MS,
        };
        Ok(Looked { cluster, sources: Sources { nodes: sources }, clock })
    }
}

fn open_recordings(arguments: &[NodeArgument]) -> anyhow::Result<BTreeMap<PathBuf, Recording>> {
    let mut recordings = BTreeMap::new();
    for argument in arguments {
        if let NodeArgument::Recorded { file, .. } = argument
            && !recordings.contains_key(file)
        {
            let recording = Recording::open(file).with_context(|| file.display().to_string())?;
            recordings.insert(file.clone(), recording);
        }
    }
    Ok(recordings)
}
