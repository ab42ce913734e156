//! What is read of a node that is well, to be written down: kinds of checks that read and judge nothing.
//!
//! # Why
//! It is read of every node several times a day for years, whether anybody looks or not. So the ports of nodes are left
//! alone, and no database is connected to: its server counts connections without a login.

use async_trait::async_trait;

use super::{Check, CheckContext, GatherError, JudgeContext, Scope};
use super::{clients_connections, config_cluster_conf, config_properties, logs_signatures, node_stop, node_view};
use crate::domain::finding::{Judgement, Step};
use crate::domain::id::NodeName;
use crate::domain::observed::Observed;

/// What asks the running node.
pub static OF_API: [&dyn Check; 2] = [&node_view::NodeView, &clients_connections::ClientsConnections];

/// What reads its files where it runs.
pub static OF_FILES: [&dyn Check; 4] =
    [&config_cluster_conf::ConfigClusterConf, &Settings, &node_stop::NodeStop, &logs_signatures::LogsSignatures];

/// `config.properties` without the databases.
struct Settings;

#[async_trait]
impl Check for Settings {
    fn kind(&self) -> &'static str {
        config_properties::ConfigProperties.kind()
    }

    fn step(&self) -> Step {
        config_properties::ConfigProperties.step()
    }

    fn scope(&self) -> Scope {
        Scope::Node
    }

    async fn gather(&self, cx: &CheckContext) -> Result<Observed, GatherError> {
        config_properties::settings(cx).await.map(Observed::Properties)
    }

    fn judge(&self, node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
        config_properties::ConfigProperties.judge(node, cx)
    }
}
