//! Which nodes a subcommand looks at.

use clap::Args;

use crate::domain::cluster::{Cluster, NodeSpec};
use crate::domain::id::ClusterId;
use crate::sources::Sources;
use crate::sources::build::{self, Extras};
use crate::sources::spec::{self, NodeArgument};

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

/// A cluster and its sources.
pub struct Looked {
    /// The inventory.
    pub cluster: Cluster,
    /// One source per node.
    pub sources: Sources,
}

impl NodeArguments {
    /// Builds the cluster that they name.
    ///
    /// # Errors
    /// A sentence for the person who wrote the arguments.
    pub fn open(&self) -> anyhow::Result<Looked> {
        let mut nodes: Vec<NodeSpec> = Vec::new();
        for argument in spec::parse_all(&self.nodes)? {
            match argument {
                NodeArgument::Node(node) => nodes.push(node),
                NodeArgument::Recorded { name, .. } => {
                    anyhow::bail!("`{name}`: recordings are played back by `nodedown replay`")
                }
            }
        }
        let cluster = Cluster {
            id: ClusterId(0),
            name: UNNAMED.to_owned(),
            nodes,
            node_deadline_ms: Cluster::DEFAULT_DEADLINE_MS,
        };
        let sources = build::sources(&cluster, &Extras::default());
        Ok(Looked { cluster, sources })
    }
}
