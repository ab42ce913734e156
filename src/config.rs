//! Settings of the server: flag over environment over file over default. May import `domain`.
//!
//! Every setting has one name: `--data-dir`, `NODEDOWN_DATA_DIR`, `data_dir` in the TOML file. To add one: a field in
//! [`Config`], in `FileConfig` and in [`ServerArguments`], a line in [`Config::load`], one in [`Config::shown`] and one in
//! [`SETTINGS`], the reference.
//!
//! Any `NODEDOWN_X` can be given as `NODEDOWN_X_FILE`: the value is then what stands in that file, as container
//! platforms hand secrets over.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use serde::Deserialize;

mod reference;

pub use reference::{SETTINGS, Setting};

use crate::domain::baseline::BASELINE_AFTER_MINUTES;
use crate::domain::cluster::Cluster;
use crate::domain::credential::CredentialRules;
use crate::domain::look;
use crate::domain::on_silence::OnSilence;
use crate::domain::proposal::PROPOSE_AFTER_LOOKS;

/// Where the server listens unless told.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:8770";
/// Hours without a request after which a session ends, unless told.
pub const DEFAULT_SESSION_IDLE_HOURS: u32 = 12;
/// Days after logging in after which a session ends, unless told.
pub const DEFAULT_SESSION_MAX_DAYS: u32 = 7;
/// Minutes for which a cluster has to be stable, unless told: more than an expiry of synced clients (3) and a full check of
/// the configuration by the clients (5). Our choice, and the runbook's.
pub const STABLE_MINUTES: u32 = 10;
/// Seconds between two looks at a cluster, unless told.
pub const WATCH_SECONDS: u32 = 5;
/// Most seconds between them.
const WATCH_SECONDS_MOST: u32 = 3600;
/// Most looks in a row before an incident is proposed.
const PROPOSE_AFTER_LOOKS_MOST: u32 = 720;
/// Longest that all has to be well before a baseline is taken, minutes.
const BASELINE_AFTER_MOST: u32 = 24 * 60;
/// Longest that looks may be kept, in hours or in days.
const LOOKS_KEPT_MOST: u32 = 3660;
/// Longest that a session may go without a request, hours.
const IDLE_HOURS_MOST: u32 = 24 * 30;
/// Longest that a session may last, days.
const MAX_DAYS_MOST: u32 = 90;
/// Longest that a cluster may have to be stable, minutes.
const STABLE_MINUTES_MOST: u32 = 24 * 60;
/// Where it keeps its data unless told.
const DEFAULT_DATA_DIR: &str = "data";

/// Settings given as arguments.
#[derive(Args, Clone, Debug, Default)]
pub struct ServerArguments {
    /// Settings file (TOML)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder for all stored data [default: data]
    #[arg(long, alias = "data-dir", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Address and port to listen on [default: 127.0.0.1:8770]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// Address that browsers use, if it is a different one (behind a proxy)
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// Host that requests may name besides that of the public URL; may be given several times
    #[arg(long = "extra-host", value_name = "HOST")]
    pub extra_hosts: Vec<String>,
    /// Hours without a request after which a session ends [default: 12]
    #[arg(long, value_name = "HOURS", allow_negative_numbers = true, value_parser = whole::<IDLE_HOURS_MOST>)]
    pub session_idle_hours: Option<u32>,
    /// Days after logging in after which a session ends [default: 7]
    #[arg(long, value_name = "DAYS", allow_negative_numbers = true, value_parser = whole::<MAX_DAYS_MOST>)]
    pub session_max_days: Option<u32>,
    /// Minutes for which a cluster has to be stable before an outage counts as over [default: 10]
    #[arg(long, value_name = "MINUTES", allow_negative_numbers = true, value_parser = whole::<STABLE_MINUTES_MOST>)]
    pub stable_minutes: Option<u32>,
    /// Seconds between two looks at each cluster [default: 5]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = whole::<WATCH_SECONDS_MOST>)]
    pub watch_seconds: Option<u32>,
}

/// Valid settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// Folder for everything that is kept.
    pub data_dir: PathBuf,
    /// Address that browsers use, where it is another one.
    pub public_url: Option<String>,
    /// Hosts that requests may name beside that of `public_url` and the address that is listened on.
    pub extra_hosts: Vec<String>,
    /// Hours without a request after which a session ends.
    pub session_idle_hours: u32,
    /// Days after logging in after which a session ends.
    pub session_max_days: u32,
    /// Minutes for which a cluster has to be stable before an outage counts as over.
    pub stable_minutes: u32,
    /// Seconds between two looks at a cluster; more often while an incident of it is monitored.
    pub watch_seconds: u32,
    /// Looks in a row that have to see nodes silent before an incident is proposed.
    pub propose_after_looks: u32,
    /// What is done then, in clusters of which nobody said it.
    pub on_silence: OnSilence,
    /// Minutes for which all has to be well before it is written down what a cluster is like.
    pub baseline_after_minutes: u32,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Which log lines are written, e.g. `info` or `nodedown=debug`.
    pub log_filter: String,
    /// Deadline of a node in clusters that are new, milliseconds.
    pub node_deadline_ms: u64,
    /// Folders with files that administrators may release as credentials, absolute.
    pub credential_dirs: Vec<PathBuf>,
    /// `.ssh` in the home of the user that runs it.
    pub ssh_dir: Option<PathBuf>,
    /// Which backups and uploads are kept.
    pub keeping: Keeping,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl LogFormat {
    /// Name in the settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileConfig {
    listen: Option<String>,
    data_dir: Option<PathBuf>,
    public_url: Option<String>,
    extra_hosts: Option<Vec<String>>,
    session_idle_hours: Option<u32>,
    session_max_days: Option<u32>,
    stable_minutes: Option<u32>,
    watch_seconds: Option<u32>,
    propose_after_looks: Option<u32>,
    on_silence: Option<OnSilence>,
    baseline_after_minutes: Option<u32>,
    trusted_proxies: Option<Vec<String>>,
    log_format: Option<LogFormat>,
    log_filter: Option<String>,
    node_deadline_ms: Option<u64>,
    credential_dirs: Option<Vec<PathBuf>>,
    backups_daily: Option<usize>,
    backups_before_upgrade: Option<usize>,
    drop_uploads_after_days: Option<u32>,
    looks_kept_hours: Option<u32>,
    looks_by_minute_kept_days: Option<u32>,
    looks_by_hour_kept_days: Option<u32>,
}

/// Settings that cannot be taken; the text says where they stand.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("could not read {path}: {error}")]
    Unreadable {
        /// File.
        path: String,
        /// The operating system's words.
        error: String,
    },
    /// The file is not a valid settings file.
    #[error("{path}: {error}")]
    Malformed {
        /// File.
        path: String,
        /// Line, column and reason.
        error: String,
    },
    /// A value makes no sense.
    #[error("{name} = `{value}`: {reason}")]
    Value {
        /// Setting.
        name: &'static str,
        /// As given.
        value: String,
        /// Why not.
        reason: String,
    },
}

impl Config {
    /// Puts the settings together. `environment` is the process's, or a test's.
    ///
    /// # Errors
    /// A sentence that names the setting.
    pub fn load(
        arguments: &ServerArguments,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let ssh_dir = environment("HOME").filter(|home| !home.is_empty()).map(|home| PathBuf::from(home).join(".ssh"));
        let environment = |name: &'static str| from_environment(name, &environment);
        let path = arguments.config.clone().or(environment("CONFIG")?.map(PathBuf::from));
        let file = path.as_deref().map(read_file).transpose()?.unwrap_or_default();

        let listen = arguments.listen.clone().or(environment("LISTEN")?).or(file.listen);
        let listen = listen.unwrap_or_else(|| DEFAULT_LISTEN.to_owned());
        let data_dir = arguments.data.clone().or(environment("DATA_DIR")?.map(PathBuf::from)).or(file.data_dir);
        let public_url = arguments.public_url.clone().or(environment("PUBLIC_URL")?).or(file.public_url);
        let list = |text: String| text.split([',', ' ']).filter(|item| !item.is_empty()).map(str::to_owned).collect();
        let proxies = environment("TRUSTED_PROXIES")?.map(list).or(file.trusted_proxies).unwrap_or_default();
        let extra_hosts = match environment("EXTRA_HOSTS")?.map(list) {
            _ if !arguments.extra_hosts.is_empty() => arguments.extra_hosts.clone(),
            Some(hosts) => hosts,
            None => file.extra_hosts.unwrap_or_default(),
        };
        let whole = |name, flag: Option<u32>, variable, file: Option<u32>, default, most| {
            let given = match environment(variable)? {
                _ if flag.is_some() => flag,
                Some(text) => Some(whole_up_to(&text, most).map_err(|reason| value(name, &text, &reason))?),
                None => file,
            };
            let number = given.unwrap_or(default).to_string();
            whole_up_to(&number, most).map_err(|reason| value(name, &number, &reason))
        };
        let session_idle_hours = whole(
            "session_idle_hours",
            arguments.session_idle_hours,
            "SESSION_IDLE_HOURS",
            file.session_idle_hours,
            DEFAULT_SESSION_IDLE_HOURS,
            IDLE_HOURS_MOST,
        )?;
        let session_max_days = whole(
            "session_max_days",
            arguments.session_max_days,
            "SESSION_MAX_DAYS",
            file.session_max_days,
            DEFAULT_SESSION_MAX_DAYS,
            MAX_DAYS_MOST,
        )?;
        let stable_minutes = whole(
            "stable_minutes",
            arguments.stable_minutes,
            "STABLE_MINUTES",
            file.stable_minutes,
            STABLE_MINUTES,
            STABLE_MINUTES_MOST,
        )?;
        let watch_seconds = whole(
            "watch_seconds",
            arguments.watch_seconds,
            "WATCH_SECONDS",
            file.watch_seconds,
            WATCH_SECONDS,
            WATCH_SECONDS_MOST,
        )?;
        let propose_after_looks = whole(
            "propose_after_looks",
            None,
            "PROPOSE_AFTER_LOOKS",
            file.propose_after_looks,
            PROPOSE_AFTER_LOOKS,
            PROPOSE_AFTER_LOOKS_MOST,
        )?;
        let on_silence = match environment("ON_SILENCE")? {
            None => file.on_silence.unwrap_or_default(),
            Some(text) => {
                let known = OnSilence::from_name(&text);
                known.ok_or_else(|| value("on_silence", &text, "write `propose` or `open`"))?
            }
        };
        let baseline_after_minutes = whole(
            "baseline_after_minutes",
            None,
            "BASELINE_AFTER_MINUTES",
            file.baseline_after_minutes,
            BASELINE_AFTER_MINUTES,
            BASELINE_AFTER_MOST,
        )?;
        let kept = look::Kept::default();
        let days = |name, variable, file, usual| whole(name, None, variable, file, usual, LOOKS_KEPT_MOST);
        let looks = look::Kept {
            looks_hours: days("looks_kept_hours", "LOOKS_KEPT_HOURS", file.looks_kept_hours, kept.looks_hours)?,
            minutes_days: days(
                "looks_by_minute_kept_days",
                "LOOKS_BY_MINUTE_KEPT_DAYS",
                file.looks_by_minute_kept_days,
                kept.minutes_days,
            )?,
            hours_days: days(
                "looks_by_hour_kept_days",
                "LOOKS_BY_HOUR_KEPT_DAYS",
                file.looks_by_hour_kept_days,
                kept.hours_days,
            )?,
        };
        let log_format = match environment("LOG_FORMAT")?.as_deref() {
            None => file.log_format.unwrap_or_default(),
            Some("text") => LogFormat::Text,
            Some("json") => LogFormat::Json,
            Some(other) => return Err(value("log_format", other, "write `text` or `json`")),
        };
        let node_deadline_ms = match environment("NODE_DEADLINE_MS")? {
            Some(text) => {
                let reason = "write milliseconds, a whole number from 200 to 60000";
                text.parse().map_err(|_| value("node_deadline_ms", &text, reason))?
            }
            None => file.node_deadline_ms.unwrap_or(Cluster::DEFAULT_DEADLINE_MS),
        };
        if !Cluster::DEADLINES_MS.contains(&node_deadline_ms) {
            return Err(value("node_deadline_ms", &node_deadline_ms.to_string(), "it is between 200 and 60000"));
        }
        let data_dir = data_dir.unwrap_or_else(|| PathBuf::from(DEFAULT_DATA_DIR));
        let credential_dirs = match environment("CREDENTIAL_DIRS")? {
            Some(list) => std::env::split_paths(&list).collect(),
            None => file.credential_dirs.unwrap_or_else(|| vec![default_credential_dir(&data_dir)]),
        };
        let credential_dirs = credential_dirs.iter().filter_map(|folder| std::path::absolute(folder).ok()).collect();
        let usual = Keeping::default();
        let keeping = Keeping {
            daily: number("backups_daily", environment("BACKUPS_DAILY")?, file.backups_daily)?.unwrap_or(usual.daily),
            before_upgrade: number(
                "backups_before_upgrade",
                environment("BACKUPS_BEFORE_UPGRADE")?,
                file.backups_before_upgrade,
            )?
            .unwrap_or(usual.before_upgrade),
            drop_uploads_after_days: number(
                "drop_uploads_after_days",
                environment("DROP_UPLOADS_AFTER_DAYS")?,
                file.drop_uploads_after_days,
            )?,
            looks,
        };
        Ok(Self {
            listen: parse_listen(&listen)?,
            data_dir,
            public_url: public_url.filter(|url| !url.trim().is_empty()).map(checked_url).transpose()?,
            extra_hosts,
            session_idle_hours,
            session_max_days,
            stable_minutes,
            watch_seconds,
            propose_after_looks,
            on_silence,
            baseline_after_minutes,
            trusted_proxies: proxies.iter().map(|text| text.parse()).collect::<Result<_, _>>()?,
            log_format,
            log_filter: environment("LOG")?.or(file.log_filter).unwrap_or_else(|| "info".to_owned()),
            node_deadline_ms,
            credential_dirs,
            ssh_dir,
            keeping,
        })
    }

    /// What administrators may release.
    #[must_use]
    pub fn credential_rules(&self) -> CredentialRules {
        CredentialRules { folders: self.credential_dirs.clone(), ssh_folder: self.ssh_dir.clone() }
    }

    /// Name and value of every setting, for people and for the audit log: none holds a secret.
    #[must_use]
    pub fn shown(&self) -> Vec<(&'static str, String)> {
        // Where the user's home is, is nobody's setting.
        let Self {
            listen,
            data_dir,
            public_url,
            extra_hosts,
            session_idle_hours,
            session_max_days,
            stable_minutes,
            watch_seconds,
            propose_after_looks,
            on_silence,
            baseline_after_minutes,
            trusted_proxies,
            log_format,
            log_filter,
            node_deadline_ms,
            credential_dirs,
            ssh_dir: _,
            keeping,
        } = self;
        let folders: Vec<_> = credential_dirs.iter().map(|folder| folder.display().to_string()).collect();
        let or_none = |text: String| if text.is_empty() { "-".to_owned() } else { text };
        let list = |networks: &[Network]| networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        vec![
            ("listen", listen.to_string()),
            ("data_dir", data_dir.display().to_string()),
            ("public_url", or_none(without_userinfo(public_url.as_deref().unwrap_or_default()))),
            ("extra_hosts", or_none(extra_hosts.join(" "))),
            ("session_idle_hours", session_idle_hours.to_string()),
            ("session_max_days", session_max_days.to_string()),
            ("stable_minutes", stable_minutes.to_string()),
            ("watch_seconds", watch_seconds.to_string()),
            ("propose_after_looks", propose_after_looks.to_string()),
            ("on_silence", on_silence.as_str().to_owned()),
            ("baseline_after_minutes", baseline_after_minutes.to_string()),
            ("trusted_proxies", or_none(list(trusted_proxies))),
            ("log_format", log_format.as_str().to_owned()),
            ("log_filter", log_filter.clone()),
            ("node_deadline_ms", node_deadline_ms.to_string()),
            ("credential_dirs", or_none(folders.join(":"))),
            ("backups_daily", keeping.daily.to_string()),
            ("backups_before_upgrade", keeping.before_upgrade.to_string()),
            (
                "drop_uploads_after_days",
                or_none(keeping.drop_uploads_after_days.map_or_else(String::new, |days| days.to_string())),
            ),
            ("looks_kept_hours", keeping.looks.looks_hours.to_string()),
            ("looks_by_minute_kept_days", keeping.looks.minutes_days.to_string()),
            ("looks_by_hour_kept_days", keeping.looks.hours_days.to_string()),
        ]
    }
}

/// A URL without the user and password that somebody may have written into it.
fn without_userinfo(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    format!("{scheme}://{}{path}", authority.rsplit('@').next().unwrap_or_default())
}

/// A whole number from 1 on.
fn whole_up_to(text: &str, most: u32) -> Result<u32, String> {
    let number = text.trim().parse().ok().filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| format!("write a whole number from 1 to {most}"))
}

fn whole<const MOST: u32>(text: &str) -> Result<u32, String> {
    whole_up_to(text, MOST)
}

/// An address that browsers can be given.
fn checked_url(text: String) -> Result<String, ConfigError> {
    let rest = text.trim().strip_prefix("https://").or_else(|| text.trim().strip_prefix("http://"));
    let host = rest.map_or("", |rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let reason =
        "write what browsers are given, beginning with http:// or https://, such as https://ops.example.cn/nodedown";
    if host.is_empty() { Err(value("public_url", &without_userinfo(&text), reason)) } else { Ok(text) }
}

/// Where credential files lie unless told.
#[must_use]
pub fn default_credential_dir(data_dir: &Path) -> PathBuf {
    data_dir.join("credentials")
}

/// A number from the environment, else from the file.
fn number<T: FromStr>(
    name: &'static str,
    environment: Option<String>,
    file: Option<T>,
) -> Result<Option<T>, ConfigError> {
    match environment {
        Some(text) => text.trim().parse().map(Some).map_err(|_| value(name, &text, "write a whole number")),
        None => Ok(file),
    }
}

/// Which automatic backups are kept, and what uploads are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// Newest daily backups; 0: none is made.
    pub daily: usize,
    /// Newest backups from before an upgrade; 0: none is made.
    pub before_upgrade: usize,
    /// Days after an incident's review, after which what was uploaded for it is dropped; `None`: never.
    pub drop_uploads_after_days: Option<u32>,
    /// For how long looks at clusters are kept.
    pub looks: look::Kept,
}

impl Default for Keeping {
    fn default() -> Self {
        Self { daily: 7, before_upgrade: 3, drop_uploads_after_days: None, looks: look::Kept::default() }
    }
}

/// `host:port`, `:port` for every address, or a port alone for this machine only.
///
/// # Errors
/// A sentence that names the setting.
pub fn parse_listen(text: &str) -> Result<SocketAddr, ConfigError> {
    let text = text.trim();
    let full = match text.strip_prefix(':') {
        Some(port) => format!("0.0.0.0:{port}"),
        None if text.parse::<u16>().is_ok() => format!("127.0.0.1:{text}"),
        None => text.replacen("localhost:", "127.0.0.1:", 1),
    };
    full.parse().map_err(|_| value("listen", text, "write address:port, for example 0.0.0.0:8770"))
}

fn from_environment(
    name: &'static str,
    environment: &impl Fn(&str) -> Option<String>,
) -> Result<Option<String>, ConfigError> {
    let variable = format!("NODEDOWN_{name}");
    if let Some(given) = environment(&variable) {
        return Ok(Some(given));
    }
    let Some(path) = environment(&format!("{variable}_FILE")) else { return Ok(None) };
    let text = std::fs::read_to_string(&path)
        .map_err(|error| ConfigError::Unreadable { path: path.clone(), error: error.to_string() })?;
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn read_file(path: &Path) -> Result<FileConfig, ConfigError> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| ConfigError::Unreadable { path: name.clone(), error: error.to_string() })?;
    toml::from_str(&text).map_err(|error| ConfigError::Malformed { path: name, error: error.to_string() })
}

fn value(name: &'static str, value: &str, reason: &str) -> ConfigError {
    ConfigError::Value { name, value: value.to_owned(), reason: reason.to_owned() }
}

/// An address, or a network in CIDR notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Whether an address belongs to it. An IPv4 address that arrives as IPv6 counts as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let prefix = u32::from(self.prefix);
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
                (network.to_bits() ^ address.to_bits()) & mask == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - prefix).unwrap_or(0);
                (network.to_bits() ^ address.to_bits()) & mask == 0
            }
            _ => false,
        }
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl FromStr for Network {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || value("trusted_proxies", text, "write an address or a network such as 10.0.0.0/8");
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(most), str::parse).ok().filter(|prefix| *prefix <= most).ok_or_else(wrong)?;
        Ok(Self { address, prefix })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn flags_win_over_environment_over_file_over_default() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("nodedown.toml");
        std::fs::write(&file, "listen = \"10.0.0.1:1\"\ndata_dir = \"/from/file\"\nlog_format = \"json\"\n")
            .expect("file");
        let mut arguments = ServerArguments { config: Some(file), ..ServerArguments::default() };
        let environment = |name: &str| (name == "NODEDOWN_LISTEN").then(|| "10.0.0.2:2".to_owned());

        let defaults = Config::load(&ServerArguments::default(), none).expect("defaults");
        assert_eq!(defaults.listen.to_string(), DEFAULT_LISTEN);
        assert_eq!(defaults.node_deadline_ms, 3000);
        let here = std::path::absolute("data/credentials").expect("a path");
        assert_eq!((defaults.credential_dirs, defaults.ssh_dir), (vec![here], None));
        let of_file = Config::load(&arguments, none).expect("file");
        assert_eq!((of_file.listen.port(), of_file.log_format), (1, LogFormat::Json));
        assert_eq!(Config::load(&arguments, environment).expect("environment").listen.port(), 2);
        arguments.listen = Some(":3".to_owned());
        let of_flags = Config::load(&arguments, environment).expect("flags");
        assert_eq!(of_flags.listen.to_string(), "0.0.0.0:3");
        assert_eq!(of_flags.data_dir, Path::new("/from/file"));
        assert_eq!(of_flags.credential_dirs, [Path::new("/from/file/credentials")]);
        let environment = |name: &str| match name {
            "NODEDOWN_CREDENTIAL_DIRS" => Some("/run/secrets:/etc/nodedown".to_owned()),
            "HOME" => Some("/home/me".to_owned()),
            _ => None,
        };
        let rules = Config::load(&arguments, environment).expect("environment").credential_rules();
        assert_eq!(rules.folders, [Path::new("/run/secrets"), Path::new("/etc/nodedown")]);
        assert_eq!(rules.ssh_folder.as_deref(), Some(Path::new("/home/me/.ssh")));
    }

    #[test]
    fn a_value_can_stand_in_a_file_and_errors_name_the_setting() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("listen");
        std::fs::write(&file, "127.0.0.1:9\n").expect("file");
        let environment = |name: &str| (name == "NODEDOWN_LISTEN_FILE").then(|| file.display().to_string());
        assert_eq!(Config::load(&ServerArguments::default(), environment).expect("file").listen.port(), 9);

        let wrong = folder.path().join("wrong.toml");
        std::fs::write(&wrong, "listn = \"x\"\n").expect("file");
        let arguments = ServerArguments { config: Some(wrong), ..ServerArguments::default() };
        let error = Config::load(&arguments, none).expect_err("unknown key").to_string();
        assert!(error.contains("listn") && error.contains("wrong.toml"), "{error}");
        assert!(parse_listen("nowhere").is_err());
    }

    #[test]
    fn sessions_and_hosts_are_set_in_three_spellings() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("nodedown.toml");
        std::fs::write(&file, "extra_hosts = [\"a\"]\nsession_idle_hours = 2\nsession_max_days = 3\n").expect("file");
        let mut arguments = ServerArguments { config: Some(file), ..ServerArguments::default() };
        let of = |arguments: &ServerArguments, environment: &dyn Fn(&str) -> Option<String>| {
            let config = Config::load(arguments, environment).expect("settings");
            (config.extra_hosts, config.session_idle_hours, config.session_max_days)
        };
        assert_eq!(of(&ServerArguments::default(), &none), (Vec::new(), 12, 7));
        assert_eq!(of(&arguments, &none), (vec!["a".to_owned()], 2, 3));
        let environment = |name: &str| match name {
            "NODEDOWN_EXTRA_HOSTS" => Some("b, c".to_owned()),
            "NODEDOWN_SESSION_IDLE_HOURS" => Some("4".to_owned()),
            "NODEDOWN_SESSION_MAX_DAYS" => Some("5".to_owned()),
            _ => None,
        };
        assert_eq!(of(&arguments, &environment), (vec!["b".to_owned(), "c".to_owned()], 4, 5));
        arguments.extra_hosts = vec!["d".to_owned()];
        (arguments.session_idle_hours, arguments.session_max_days) = (Some(6), Some(8));
        assert_eq!(of(&arguments, &environment), (vec!["d".to_owned()], 6, 8));
        arguments.session_max_days = Some(0);
        let error = Config::load(&arguments, none).expect_err("no session at all").to_string();
        assert!(error.contains("session_max_days"), "{error}");
    }

    #[test]
    fn how_long_a_cluster_has_to_be_stable_is_one_setting() {
        let minutes = |arguments: &ServerArguments, environment: &dyn Fn(&str) -> Option<String>| {
            Config::load(arguments, environment).map(|config| config.stable_minutes)
        };
        let of_environment = |name: &str| (name == "NODEDOWN_STABLE_MINUTES").then(|| "15".to_owned());
        let flag = |minutes| ServerArguments { stable_minutes: Some(minutes), ..ServerArguments::default() };
        assert_eq!(minutes(&ServerArguments::default(), &none).expect("default"), 10);
        assert_eq!(minutes(&ServerArguments::default(), &of_environment).expect("environment"), 15);
        assert_eq!(minutes(&flag(20), &of_environment).expect("flag"), 20);
        let error = minutes(&flag(0), &none).expect_err("at once").to_string();
        assert!(error.contains("stable_minutes"), "{error}");
    }

    #[test]
    fn every_setting_is_shown_without_a_secret() {
        let environment = |name: &str| match name {
            "NODEDOWN_PUBLIC_URL" => Some("https://me:secret@ops.example.cn/x".to_owned()),
            "NODEDOWN_TRUSTED_PROXIES" => Some("10.0.0.0/8, ::1".to_owned()),
            _ => None,
        };
        let shown = Config::load(&ServerArguments::default(), environment).expect("settings").shown();
        let of = |name| shown.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        assert_eq!(of("public_url"), Some("https://ops.example.cn/x"));
        assert_eq!(of("trusted_proxies"), Some("10.0.0.0/8 ::1/128"));
        assert_eq!(of("log_format"), Some("text"));
    }

    #[test]
    fn what_is_wrong_names_the_setting_and_its_rule() {
        for (variable, text, rule) in [
            ("LISTEN", "nowhere", "write address:port"),
            ("SESSION_IDLE_HOURS", "abc", "a whole number from 1 to 720"),
            ("SESSION_IDLE_HOURS", "721", "a whole number from 1 to 720"),
            ("SESSION_MAX_DAYS", "-1", "a whole number from 1 to 90"),
            ("STABLE_MINUTES", "0", "a whole number from 1 to 1440"),
            ("PUBLIC_URL", "ops.example.cn", "beginning with http:// or https://"),
            ("PUBLIC_URL", "https://", "beginning with http:// or https://"),
            ("TRUSTED_PROXIES", "10.0.0.0/33", "such as 10.0.0.0/8"),
            ("LOG_FORMAT", "xml", "`text` or `json`"),
            ("NODE_DEADLINE_MS", "3s", "from 200 to 60000"),
            ("NODE_DEADLINE_MS", "100", "between 200 and 60000"),
            ("BACKUPS_DAILY", "all", "a whole number"),
            ("DROP_UPLOADS_AFTER_DAYS", "-3", "a whole number"),
        ] {
            let environment = |name: &str| (name == format!("NODEDOWN_{variable}")).then(|| text.to_owned());
            let error = Config::load(&ServerArguments::default(), environment).expect_err(variable).to_string();
            assert!(error.starts_with(&variable.to_lowercase()) && error.contains(rule), "{error}");
            assert!(error.contains(text), "{error}");
        }
        for text in ["abc", "0", "-3", "1441", "1.5"] {
            assert!(whole::<STABLE_MINUTES_MOST>(text).is_err_and(|rule| rule.contains("from 1 to 1440")), "{text}");
        }
    }

    #[test]
    fn networks_hold_their_addresses() {
        let network: Network = "10.0.0.0/8".parse().expect("network");
        assert!(network.contains("10.9.8.7".parse().expect("address")));
        assert!(network.contains("::ffff:10.9.8.7".parse().expect("address")));
        assert!(!network.contains("11.0.0.1".parse().expect("address")));
        let all: Network = "0.0.0.0/0".parse().expect("network");
        assert!(all.contains("1.2.3.4".parse().expect("address")));
        let one: Network = "fe80::1".parse().expect("address");
        assert!(
            one.contains("fe80::1".parse().expect("address")) && !one.contains("fe80::2".parse().expect("address"))
        );
        assert!("10.0.0.0/33".parse::<Network>().is_err());
    }
}
