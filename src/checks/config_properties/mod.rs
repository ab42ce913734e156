//! `config.properties`: the effective configuration of a node.

pub mod judge;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use futures_util::future::join_all;

use crate::checks::{Check, CheckContext, GatherError, JudgeContext, Scope, ask, home};
use crate::domain::finding::{Judgement, Step};
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::observed::{DatabaseReached, Observed, PortResult, PropertiesSeen, Value};
use crate::nacos::cluster_conf;
use crate::nacos::cmdline::CommandLine;
use crate::nacos::properties::{self, Inputs, SecretHasher, jdbc};
use crate::nacos::start_options;
use crate::sources::{Deadline, NodeSource, ProbeAsk, SourceError, redact};

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
        let mut seen = settings(cx).await?;
        if seen.flags.get("storage").is_none_or(|storage| storage != "embedded") {
            let deadline = ask::questions_deadline(&cx.deadline);
            seen.reached = reached(cx.source.as_ref(), &seen, &deadline).await;
        }
        Ok(Observed::Properties(seen))
    }

    fn judge(&self, node: Option<&NodeName>, cx: &JudgeContext<'_>) -> Judgement {
        judge::judge(node, cx)
    }
}

/// The settings alone: no connection is made to a database.
///
/// # Errors
/// They cannot be read.
pub async fn settings(cx: &CheckContext) -> Result<PropertiesSeen, GatherError> {
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
    let env: Option<BTreeMap<String, String>> = match &process {
        Some(_) => source.environment(&deadline).await.ok(),
        None => None,
    };
    let variables = home::variables(source).await;
    let words = banner.as_ref().map(|banner| banner.words.clone()).unwrap_or_default();
    let command = match (&process, &banner) {
        (Some(process), _) => Some((CommandLine::from_args(&process.command), "process")),
        (None, Some(banner)) => {
            banner.command.as_deref().and_then(CommandLine::from_text).map(|command| (command, "start.out"))
        }
        (None, None) => None,
    };
    // The JVM adds options that its command line does not show.
    let options = match &process {
        Some(_) => env.as_ref().and_then(start_options::options),
        None => words.options.clone().or_else(|| variables.as_ref().and_then(start_options::options)),
    };
    let command = command.map(|(command, from)| match &options {
        Some(options) => (command.with_options(options), from),
        None => (command, from),
    });
    if file.is_none() && command.is_none() && start_options::told(variables.as_ref(), &words).is_none() {
        return Err(SourceError::NotFound { path: PATH.to_owned() }.into());
    }
    let mut seen = properties::effective(&Inputs {
        file: file.as_deref(),
        env: env.as_ref(),
        variables: variables.as_ref(),
        words,
        command: command.as_ref().map(|(command, from)| (command, *from)),
        hasher: SecretHasher::new(&cx.secret_key),
    });
    // What stands in the middle of an ordinary value; it stays comparable.
    for entry in &mut seen.entries {
        if let Value::Plain { text } | Value::Unknown { text, .. } = &mut entry.value {
            *text = source.redactor().substitute(text, &mut |secret| {
                let hasher = SecretHasher::new(&cx.secret_key);
                if secret.starts_with('#') {
                    secret.to_owned()
                } else {
                    format!("#{}", hasher.digest(&entry.key, secret))
                }
            });
        }
    }
    if let Some(text) = env.as_ref().and_then(|env| env.get(cluster_conf::VARIABLE)) {
        seen.written_from = cluster_conf::writer(text, "environ", home::main_port(source, &deadline).await);
    }
    seen.modified = entry.and_then(|entry| entry.modified).filter(|_| source.files_live());
    Ok(seen)
}

/// Connects from the node to each of its databases.
///
/// # Why
/// A database server counts connections that end before a login and may shut out a host after many of them, so there is one,
/// and a second only where the first was refused or reset at once.
async fn reached(source: &dyn NodeSource, seen: &PropertiesSeen, deadline: &Deadline) -> Vec<DatabaseReached> {
    let hosts: BTreeSet<(String, u16)> =
        seen.databases.iter().flat_map(|target| jdbc::hosts(target)).take(MAX_DATABASES).collect();
    let greeting: BTreeSet<(String, u16)> = mysql_urls(seen).flat_map(|url| jdbc::hosts(&jdbc::target(url))).collect();
    join_all(hosts.into_iter().map(|(host, port)| {
        let greets = greeting.contains(&(host.clone(), port));
        async move { one_reached(source, (host, port), greets, deadline).await }
    }))
    .await
}

/// The URLs of MySQL databases, whose servers speak first.
fn mysql_urls(seen: &PropertiesSeen) -> impl Iterator<Item = &str> {
    let urls = seen.entries.iter().filter(|entry| entry.key.starts_with("db.url."));
    let texts = urls.filter_map(|entry| match &entry.value {
        Value::Plain { text } | Value::Unknown { text, .. } => Some(text.as_str()),
        Value::Hashed { .. } | Value::Empty => None,
    });
    texts.filter(|text| ["jdbc:mysql:", "jdbc:mariadb:"].iter().any(|scheme| text.trim_start().starts_with(scheme)))
}

async fn one_reached(
    source: &dyn NodeSource,
    (host, port): (String, u16),
    greets: bool,
    deadline: &Deadline,
) -> DatabaseReached {
    let mut ask = if greets { ProbeAsk::greeting(port) } else { ProbeAsk::connect(port) };
    let target = format!("{host}:{port}");
    let mut tries = 1;
    let mut answer = source.probe_named(&host, &ask, deadline).await;
    if greets && answer == Err(SourceError::NotRecorded) {
        // A recording of before only connected.
        ask = ProbeAsk::connect(port);
        answer = source.probe_named(&host, &ask, deadline).await;
    }
    if let Ok(first) = &answer
        && matches!(first.result, PortResult::Refused | PortResult::Reset)
    {
        tries = 2;
        answer = source.probe_named(&host, &ask, deadline).await;
    }
    let untried = |tries: u8, detail: Message| DatabaseReached {
        target: target.clone(),
        result: None,
        tries: (tries, 0),
        detail: Some(detail),
        refusal: None,
    };
    match answer {
        // The name may be known to the container of the node alone.
        Ok(answer) if answer.result == PortResult::Dns => {
            untried(tries, Message::new("source-dns").with("why", answer.detail.unwrap_or_default()))
        }
        Ok(answer) => {
            let is_open = answer.result == PortResult::Open;
            let refusal = answer.detail.filter(|_| is_open && greets);
            DatabaseReached {
                target,
                result: Some(answer.result),
                tries: (tries, u8::from(is_open)),
                detail: None,
                refusal: refusal.map(|words| redact::text(&words).into_owned()),
            }
        }
        Err(error) => untried(0, error.message()),
    }
}

/// Most databases that one node is asked about.
const MAX_DATABASES: usize = 8;

/// The file.
const PATH: &str = "conf/application.properties";

/// More than this is not a properties file.
const LIMIT: usize = 4 * 1024 * 1024 - 1;
