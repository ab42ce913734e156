//! Sources of real clusters, with what people handed in put in the place of files that cannot be read.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::domain::cluster::{Cluster, FileSource, SshLocation};
use crate::domain::id::NodeName;
use crate::engine::SourceFactory;
use crate::sources::build::{Apis, Extras, sources};
use crate::sources::kept::Kept;
use crate::sources::redact::Redactor;
use crate::sources::secret::Secrets;
use crate::sources::ssh::SshHosts;
use crate::sources::{Deadline, HandedIn, SourceError, Sources, client_log};
use crate::store::hand_in::{HandedInItem, HandedInWhat};

/// Looks at clusters as they are now.
pub struct LiveFactory {
    data_dir: PathBuf,
    apis: Apis,
    hosts: SshHosts,
    redactor: Redactor,
}

impl LiveFactory {
    /// Archives are found below the data folder; what is sent to nodes comes from these secrets.
    #[must_use]
    pub fn new(data_dir: PathBuf, secrets: Secrets) -> Self {
        Self {
            data_dir,
            apis: Apis::behind(secrets.clone()),
            hosts: SshHosts::behind(secrets),
            redactor: Redactor::default(),
        }
    }
}

impl SourceFactory for LiveFactory {
    fn redactor(&self) -> Redactor {
        self.redactor.clone()
    }

    fn client_log<'a>(
        &'a self,
        place: &'a SshLocation,
        deadline: &'a Deadline,
    ) -> BoxFuture<'a, Result<String, SourceError>> {
        Box::pin(client_log::read(place, &self.hosts, deadline))
    }

    fn sources(&self, cluster: &Cluster, handed_in: &[HandedInItem]) -> Sources {
        let (cluster, mut extras) = with_handed_in(cluster, handed_in, &self.data_dir);
        extras.apis = self.apis.clone();
        extras.hosts = self.hosts.clone();
        extras.redactor = self.redactor.clone();
        sources(&cluster, &extras)
    }
}

/// Pasted output, node by node.
pub(super) fn outputs(handed_in: &[HandedInItem]) -> BTreeMap<NodeName, Vec<HandedIn>> {
    let mut outputs: BTreeMap<NodeName, Vec<HandedIn>> = BTreeMap::new();
    for item in handed_in {
        if let HandedInWhat::Output { kind, text } = &item.what {
            let (kind, text, by) = (kind.clone(), text.clone(), item.by.clone());
            outputs.entry(item.node.clone()).or_default().push(HandedIn { kind, text, by, at: item.at, file: None });
        }
    }
    outputs
}

/// The newest archive of a node stands in for its files unless they are read live; pasted output is added.
fn with_handed_in(cluster: &Cluster, handed_in: &[HandedInItem], data_dir: &std::path::Path) -> (Cluster, Extras) {
    let mut cluster = cluster.clone();
    let mut kept = BTreeMap::new();
    for item in handed_in {
        let HandedInWhat::Archive { folder, files, .. } = &item.what else { continue };
        let node = cluster.nodes.iter_mut().find(|node| node.name == item.node);
        if let Some(node) = node.filter(|node| !node.files.is_live()) {
            node.files = FileSource::Copied { home: data_dir.join(folder) };
            let what = Kept { files: files.clone(), dropped: item.dropped.is_some() };
            kept.insert(item.node.clone(), Arc::new(what));
        }
    }
    (cluster, Extras { handed_in: outputs(handed_in), kept, ..Extras::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::cluster::parse_nodes;
    use crate::domain::id::ClusterId;
    use crate::domain::time::Timestamp;

    #[test]
    fn the_newest_archive_stands_in_for_files_that_are_not_read_live() {
        let mut nodes = parse_nodes("10.0.0.1\n10.0.0.2").expect("nodes");
        nodes[1].files = FileSource::Local { home: PathBuf::from("/opt/nacos") };
        let cluster = Cluster {
            id: ClusterId(1),
            name: "c".to_owned(),
            nodes,
            node_deadline_ms: 3000,
            doors: Vec::new(),
            accept_unseen: Vec::new(),
            on_silence: None,
        };
        let item = |id, node: &str, what| HandedInItem {
            id,
            node: node.into(),
            what,
            size_bytes: 1,
            by: "ann".to_owned(),
            at: Timestamp::from_millis(1),
            came_sha256: None,
            dropped: None,
        };
        let archive = |folder: &str| HandedInWhat::Archive {
            file_name: "a.zip".to_owned(),
            folder: folder.to_owned(),
            files: Vec::new(),
        };
        let items = [
            item(1, "10.0.0.1", archive("old")),
            item(2, "10.0.0.1", archive("new")),
            item(3, "10.0.0.2", archive("other")),
            item(4, "10.0.0.2", HandedInWhat::Output { kind: "ss".into(), text: "x".to_owned() }),
        ];
        let (cluster, extras) = with_handed_in(&cluster, &items, std::path::Path::new("/data"));
        assert_eq!(cluster.nodes[0].files, FileSource::Copied { home: PathBuf::from("/data/new") });
        assert_eq!(cluster.nodes[1].files, FileSource::Local { home: PathBuf::from("/opt/nacos") });
        assert_eq!(extras.handed_in[&NodeName::from("10.0.0.2")].len(), 1);
    }
}
