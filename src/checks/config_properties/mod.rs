//! `config.properties`: the effective configuration of a node.

pub mod judge;

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::checks::{Check, CheckContext, GatherError, JudgeContext, Scope, ask, home};
use crate::domain::finding::{Judgement, Step};
use crate::domain::id::NodeName;
use crate::domain::observed::Observed;
use crate::nacos::cmdline::CommandLine;
use crate::nacos::properties::{self, Inputs, SecretHasher};
use crate::sources::SourceError;

/// `config.properties`.
pub struct ConfigProperties;

#[async_trait]
impl Check for ConfigProperties {
    fn kind(&self) -> &'static str {
        "config.properties"
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
        let entry = entries.iter().find(|entry| entry.path == PATH);
        let file = match entry {
            Some(_) => Some(home::whole(source, PATH, LIMIT, &deadline).await?),
            None => None,
        };
        let process = source.process(&deadline).await.ok().flatten();
        let banner = home::banner(source, &deadline).await;
        let command = match (&process, &banner) {
            (Some(process), _) => Some((CommandLine::from_args(&process.command), "process")),
            (None, Some(banner)) => {
                banner.command.as_deref().and_then(CommandLine::from_text).map(|command| (command, "start.out"))
            }
            (None, None) => None,
        };
        if file.is_none() && command.is_none() {
            return Err(SourceError::NotFound { path: PATH.to_owned() }.into());
        }
        let env: Option<&BTreeMap<String, String>> = None;
        let mut seen = properties::effective(&Inputs {
            file: file.as_deref(),
            env,
            command: command.as_ref().map(|(command, from)| (command, *from)),
            hasher: SecretHasher::new(&cx.secret_key),
        });
        seen.modified = entry.and_then(|entry| entry.modified).filter(|_| source.files_live());
        Ok(Observed::Properties(seen))
    }

    fn judge(&self, node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
        judge::judge(node, cx)
    }
}

/// The file.
const PATH: &str = "conf/application.properties";

/// More than this is no properties file.
const LIMIT: usize = 4 * 1024 * 1024 - 1;
