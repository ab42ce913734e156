//! What handlers share.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::commands::Commands;
use crate::commands::sessions::SqlSessions;
use crate::config::{DEFAULT_SESSION_IDLE_HOURS, DEFAULT_SESSION_MAX_DAYS};
use crate::domain::finding::Step;
use crate::domain::id::IncidentId;
use crate::domain::on_silence::OnSilence;
use crate::domain::time::{Clock, Timestamp};
use crate::store::ReadStore;
use crate::web::clusters::credentials::CredentialFiles;
use crate::web::clusters::hosts::Hosts;
use crate::web::clusters::looks::Looks;
use crate::web::evidence::log_files::LogFiles;
use crate::web::incidents::report::Record;
use crate::web::incidents::steps::StepRead;
use crate::web::people::channels::Tester;
use crate::web::plumbing::crowd::Crowd;
use crate::web::plumbing::page_cache::{MOST_PAGES, PageCache};
use crate::web::plumbing::recent::Recent;
use crate::web::plumbing::replay::Replay;

/// Most steps of incidents that are kept as they were read.
const MOST_STEPS: usize = 16;
/// The same of records.
const MOST_RECORDS: usize = 4;

/// What `app` gives to the web side.
pub struct WebConfig {
    /// Changes of our own state, and the read side.
    pub commands: Commands,
    /// Quick looks at clusters outside of incidents.
    pub looks: Arc<dyn Looks>,
    /// Reads pages of log files.
    pub log_files: Arc<dyn LogFiles>,
    /// Looks at secrets without telling them.
    pub credential_files: Arc<dyn CredentialFiles>,
    /// Sends test messages.
    pub tester: Arc<dyn Tester>,
    /// The address that browsers use, if one was set.
    pub public_url: Option<PublicUrl>,
    /// Who is let in under which name and for how long.
    pub access: Access,
    /// Cancelled at shutdown: event streams end at once.
    pub shutdown: CancellationToken,
    /// Tasks that outlive a request.
    pub tasks: TaskTracker,
    /// The recording that is replayed, if one is: pages say where it stands.
    pub replay: Option<Arc<dyn Replay>>,
    /// The exit criterion of the monitor: stable for so many minutes.
    pub stable_minutes: u32,
    /// What is done where nodes are silent, in clusters of which nobody said it.
    pub on_silence: OnSilence,
    /// All has to be well for so many minutes before a baseline is taken.
    pub baseline_after_minutes: u32,
    /// How often every cluster is looked at; zero: never by itself.
    pub watch_every: Duration,
}

/// Who is let in under which name and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Hosts that requests may name beside that of `public_url`; only asked where there is one.
    pub extra_hosts: Vec<String>,
    /// The address that is listened on: requests may name it as well.
    pub listen: Option<IpAddr>,
    /// A session ends after so many hours without a request.
    pub session_idle_hours: u32,
    /// A session ends so many days after logging in.
    pub session_max_days: u32,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            extra_hosts: Vec::new(),
            listen: None,
            session_idle_hours: DEFAULT_SESSION_IDLE_HOURS,
            session_max_days: DEFAULT_SESSION_MAX_DAYS,
        }
    }
}

/// `public_url` in two parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    /// As browsers send it: `https://ops.example.cn`, default port left out.
    pub origin: String,
    /// `/nodedown` or empty; never with a slash at the end.
    pub prefix: String,
}

impl PublicUrl {
    /// Host and port, without the scheme.
    #[must_use]
    pub fn host(&self) -> &str {
        self.origin.split_once("://").map_or("", |(_, host)| host)
    }

    /// Whether browsers come by HTTPS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }

    /// Takes a URL apart.
    ///
    /// # Errors
    /// A sentence for the person who wrote the setting.
    pub fn parse(text: &str) -> Result<Self, String> {
        let uri: http::Uri = text.trim().parse().map_err(|_| format!("`{text}` is not a URL"))?;
        let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else {
            return Err(format!("`{text}` has no scheme or host: write https://ops.example.cn/nodedown"));
        };
        if scheme != "http" && scheme != "https" {
            return Err(format!("`{text}` must begin with http:// or https://"));
        }
        let default = if scheme == "https" { 443 } else { 80 };
        let port = uri.port_u16().filter(|port| *port != default).map(|port| format!(":{port}")).unwrap_or_default();
        let prefix = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { origin: format!("{scheme}://{}{port}", host.to_ascii_lowercase()), prefix })
    }
}

/// Shared state of all handlers; cheap to clone.
#[derive(Clone)]
pub struct Web(Arc<Shared>);

struct Shared {
    config: WebConfig,
    hosts: Hosts,
    sessions: SqlSessions,
    crowd: Crowd,
    pages: PageCache,
    steps: Recent<(IncidentId, Step), Arc<StepRead>>,
    records: Recent<IncidentId, Arc<Record>>,
}

impl Web {
    /// Wraps what `app` gives.
    #[must_use]
    pub fn new(config: WebConfig) -> Self {
        let access = &config.access;
        let public = config.public_url.as_ref().map(PublicUrl::host);
        let hosts = Hosts::new(public, &access.extra_hosts, access.listen);
        let sessions = SqlSessions::new(config.commands.clone(), access.session_idle_hours, config.tasks.clone());
        Self(Arc::new(Shared {
            config,
            hosts,
            sessions,
            crowd: Crowd::default(),
            pages: PageCache::new(MOST_PAGES),
            steps: Recent::new(MOST_STEPS),
            records: Recent::new(MOST_RECORDS),
        }))
    }

    /// The write side.
    #[must_use]
    pub fn commands(&self) -> &Commands {
        &self.0.config.commands
    }

    /// The read side.
    #[must_use]
    pub fn read(&self) -> &ReadStore {
        self.0.config.commands.read()
    }

    /// Quick looks at clusters.
    #[must_use]
    pub fn looks(&self) -> &dyn Looks {
        &*self.0.config.looks
    }

    /// Pages of log files.
    #[must_use]
    pub fn log_files(&self) -> &dyn LogFiles {
        &*self.0.config.log_files
    }

    /// Looks at secrets without telling them.
    #[must_use]
    pub fn credential_files(&self) -> &dyn CredentialFiles {
        &*self.0.config.credential_files
    }

    /// Sends test messages.
    #[must_use]
    pub fn tester(&self) -> &dyn Tester {
        &*self.0.config.tester
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock().now()
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        self.0.config.commands.clock()
    }

    /// Hosts under which requests may come.
    #[must_use]
    pub fn hosts(&self) -> &Hosts {
        &self.0.hosts
    }

    /// Sessions, as the session layer keeps them.
    #[must_use]
    pub fn sessions(&self) -> &SqlSessions {
        &self.0.sessions
    }

    /// A session ends so many days after logging in.
    #[must_use]
    pub fn session_max_days(&self) -> u32 {
        self.0.config.access.session_max_days
    }

    /// The address that browsers use.
    #[must_use]
    pub fn public_url(&self) -> Option<&PublicUrl> {
        self.0.config.public_url.as_ref()
    }

    /// What stands before every path: `/nodedown` or empty.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.0.config.public_url.as_ref().map_or("", |public| &public.prefix)
    }

    /// Path of all cookies.
    #[must_use]
    pub fn cookie_path(&self) -> String {
        format!("{}/", self.prefix())
    }

    /// Whether browsers come by https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url().is_some_and(PublicUrl::is_https)
    }

    /// Turns of strangers, and event streams.
    #[must_use]
    pub(in crate::web) fn crowd(&self) -> &Crowd {
        &self.0.crowd
    }

    /// Pages that were rendered a moment ago.
    #[must_use]
    pub(in crate::web) fn pages(&self) -> &PageCache {
        &self.0.pages
    }

    /// Steps of incidents that were read a moment ago.
    #[must_use]
    pub(in crate::web) fn steps(&self) -> &Recent<(IncidentId, Step), Arc<StepRead>> {
        &self.0.steps
    }

    /// Records of incidents that were read a moment ago.
    #[must_use]
    pub(in crate::web) fn records(&self) -> &Recent<IncidentId, Arc<Record>> {
        &self.0.records
    }

    /// Cancelled at shutdown.
    #[must_use]
    pub fn shutdown(&self) -> &CancellationToken {
        &self.0.config.shutdown
    }

    /// Tasks that outlive a request.
    #[must_use]
    pub fn tasks(&self) -> &TaskTracker {
        &self.0.config.tasks
    }

    /// How long a cluster must be stable, milliseconds.
    #[must_use]
    pub fn stable_ms(&self) -> i64 {
        i64::from(self.stable_minutes()) * 60_000
    }

    /// The same in minutes, as texts say it.
    #[must_use]
    pub fn stable_minutes(&self) -> u32 {
        self.0.config.stable_minutes
    }

    /// What is done where nodes are silent, in clusters of which nobody said it.
    #[must_use]
    pub fn on_silence(&self) -> OnSilence {
        self.0.config.on_silence
    }

    /// For how many minutes all has to be well before a baseline is taken.
    #[must_use]
    pub fn baseline_after_minutes(&self) -> u32 {
        self.0.config.baseline_after_minutes
    }

    /// How often every cluster is looked at, milliseconds; 0: never by itself.
    #[must_use]
    pub fn watch_ms(&self) -> i64 {
        i64::try_from(self.0.config.watch_every.as_millis()).unwrap_or(i64::MAX / 4)
    }

    /// The recording that is replayed.
    #[must_use]
    pub fn replay(&self) -> Option<&dyn Replay> {
        self.0.config.replay.as_deref()
    }

    /// Whether a recording is replayed.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.0.config.replay.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_url_is_what_browsers_send() {
        let parsed = PublicUrl::parse("https://Ops.Example.cn:443/x/y/").expect("url");
        assert_eq!(parsed, PublicUrl { origin: "https://ops.example.cn".to_owned(), prefix: "/x/y".to_owned() });
        let plain = PublicUrl::parse("http://10.0.0.9:8080").expect("url");
        assert_eq!(plain, PublicUrl { origin: "http://10.0.0.9:8080".to_owned(), prefix: String::new() });
        assert!(PublicUrl::parse("ops.example.cn").is_err());
        assert!(PublicUrl::parse("ftp://ops").is_err());
    }
}
