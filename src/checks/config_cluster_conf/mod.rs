//! `config.cluster_conf`: the `cluster.conf` of a node.

pub mod judge;

use async_trait::async_trait;

use crate::checks::{Check, CheckContext, GatherError, JudgeContext, Scope, ask, home};
use crate::domain::finding::{Judgement, Step};
use crate::domain::id::NodeName;
use crate::domain::observed::{ClusterConfSeen, ConfWriter, Observed};
use crate::nacos::cluster_conf;
use crate::sources::{Deadline, NodeSource};

/// `config.cluster_conf`.
pub struct ConfigClusterConf;

#[async_trait]
impl Check for ConfigClusterConf {
    fn kind(&self) -> &'static str {
        "config.cluster_conf"
    }

    fn step(&self) -> Step {
        Step::Config
    }

    fn scope(&self) -> Scope {
        Scope::Node
    }

    async fn gather(&self, cx: &CheckContext) -> Result<Observed, GatherError> {
        let source = cx.source.as_ref();
        let deadline = ask::questions_deadline(&cx.deadline);
        let entries = source.list("conf", &deadline).await?;
        let written_from = written_from(source, &deadline).await;
        let Some(entry) = entries.iter().find(|entry| entry.path == home::CLUSTER_CONF) else {
            return Ok(Observed::ClusterConf(ClusterConfSeen {
                written_from,
                present: false,
                members: Vec::new(),
                lines: Vec::new(),
                problems: Vec::new(),
                rejected: false,
                modified: None,
                sha256: String::new(),
                names: Vec::new(),
            }));
        };
        let bytes = home::cluster_conf(source, &deadline).await?;
        let version = home::banner(source, &deadline).await.and_then(|banner| banner.version);
        let mut seen = cluster_conf::parse(&bytes, home::main_port(source, &deadline).await, version.as_deref());
        let redactor = source.redactor();
        for line in &mut seen.lines {
            *line = redactor.text(line).into_owned();
        }
        let names = cluster_conf::names(&seen.members);
        if !names.is_empty() {
            // Where it cannot be told, nothing is said of it.
            seen.names = source.resolve(&names, &deadline).await.unwrap_or_default();
        }
        seen.modified = entry.modified.filter(|_| source.files_live());
        seen.written_from = written_from;
        Ok(Observed::ClusterConf(seen))
    }

    fn judge(&self, node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
        judge::judge(node, cx)
    }
}

/// What an environment that somebody handed in says; that of the process is read with the settings.
async fn written_from(source: &dyn NodeSource, deadline: &Deadline) -> Option<ConfWriter> {
    let text = home::variables(source).await?.remove(cluster_conf::VARIABLE)?;
    cluster_conf::writer(&text, "handed in", home::main_port(source, deadline).await)
}
