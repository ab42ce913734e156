//! What handlers share.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::credentials::CredentialFiles;
use super::log_files::LogFiles;
use super::looks::Looks;
use crate::commands::Commands;
use crate::domain::time::{Clock, Timestamp};
use crate::store::ReadStore;

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
    /// The address that browsers use, if one was set.
    pub public_url: Option<PublicUrl>,
    /// Cancelled at shutdown: event streams end at once.
    pub shutdown: CancellationToken,
    /// Tasks that outlive a request.
    pub tasks: TaskTracker,
    /// True for the replay of a recording: pages say so.
    pub demo: bool,
    /// The exit criterion of the monitor: stable for so many milliseconds ([`STABLE_MS`] unless something else is set).
    pub stable_ms: i64,
}

/// Thirty minutes without a flap: the exit criterion of the built-in runbook.
pub const STABLE_MS: i64 = 30 * 60 * 1000;

/// `public_url` in two parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    /// As browsers send it: `https://ops.example.cn`, default port left out.
    pub origin: String,
    /// `/nodedown` or empty; never with a slash at the end.
    pub prefix: String,
}

impl PublicUrl {
    /// Takes a URL apart.
    ///
    /// # Errors
    /// A sentence for whoever wrote the setting.
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
pub struct Web(Arc<WebConfig>);

impl Web {
    /// Wraps what `app` gives.
    #[must_use]
    pub fn new(config: WebConfig) -> Self {
        Self(Arc::new(config))
    }

    /// The write side.
    #[must_use]
    pub fn commands(&self) -> &Commands {
        &self.0.commands
    }

    /// The read side.
    #[must_use]
    pub fn read(&self) -> &ReadStore {
        self.0.commands.read()
    }

    /// Quick looks at clusters.
    #[must_use]
    pub fn looks(&self) -> &dyn Looks {
        &*self.0.looks
    }

    /// Pages of log files.
    #[must_use]
    pub fn log_files(&self) -> &dyn LogFiles {
        &*self.0.log_files
    }

    /// Looks at secrets without telling them.
    #[must_use]
    pub fn credential_files(&self) -> &dyn CredentialFiles {
        &*self.0.credential_files
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock().now()
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        self.0.commands.clock()
    }

    /// The address that browsers use.
    #[must_use]
    pub fn public_url(&self) -> Option<&PublicUrl> {
        self.0.public_url.as_ref()
    }

    /// What stands before every path: `/nodedown` or empty.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.0.public_url.as_ref().map_or("", |public| &public.prefix)
    }

    /// Path of all cookies.
    #[must_use]
    pub fn cookie_path(&self) -> String {
        format!("{}/", self.prefix())
    }

    /// Cancelled at shutdown.
    #[must_use]
    pub fn shutdown(&self) -> &CancellationToken {
        &self.0.shutdown
    }

    /// Tasks that outlive a request.
    #[must_use]
    pub fn tasks(&self) -> &TaskTracker {
        &self.0.tasks
    }

    /// How long a cluster must be stable, milliseconds.
    #[must_use]
    pub fn stable_ms(&self) -> i64 {
        self.0.stable_ms
    }

    /// Whether a recording is replayed.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.0.demo
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
