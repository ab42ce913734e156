//! Which secrets may go where: references that an administrator has released, each with the addresses it may be sent to.
//!
//! # Why
//! - Who edits a cluster (a lead) chooses a reference and the address it is sent to. Without a release, that person could
//!   have anything that nodedown can read sent to a host of their own.
//! - A release names addresses and no clusters. "All nodes of this cluster" is only a way to fill them in: the nodes of a
//!   cluster are a lead's to change, so it stands for the addresses that the administrator saw. An address that comes later
//!   waits until an administrator confirms it; the cluster can be saved meanwhile, and what needs no credential works.
//! - An address is scheme, host and port. Another port of the same host is another address: a person with a login there can
//!   listen on it. Where https was released, http is not covered, for the secret would travel in the clear; https is where
//!   http was. An administrator may leave scheme or port out, and then any is meant.
//! - Hosts are compared as they are written, because that is what nodedown connects to: a name is not its address.
//! - A release is for APIs or for SSH. The passphrase of a key stays on this machine; released for SSH, it cannot be sent to
//!   an API of the same host. Keys are proved, not sent, so the agent and the files in the service user's `~/.ssh` need no
//!   release; any other file does, also one with known host keys: the person who chooses it says which host is the right one.
//! - The rule is asked again whenever a secret is about to be used ([`permit`]); what a form allowed proves nothing then.
//! - What was in use before there were releases is taken over as it was, for the addresses that had it, outside of the
//!   folders as well, and an administrator is asked to look at it.

use std::fmt::{self, Display, Formatter};
use std::net::Ipv6Addr;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::address::parts;
use super::cluster::{ApiAddress, Cluster, CredentialRef, FileSource, NodeSpec, SshHost, SshKey, SshLocation};
use super::id::{NodeName, ReleaseId};
use super::message::Message;
use super::time::Timestamp;

/// How the names of variables begin that can be released.
pub const VARIABLES: &str = "NODEDOWN_CRED_";

/// Most addresses of one release.
pub const MOST_RECIPIENTS: usize = 500;

/// What a release is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Logging in at the HTTP API of nodes.
    Api,
    /// Keys, passphrases and known host keys of SSH.
    Ssh,
}

impl Purpose {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Api, Self::Ssh];

    /// Name in the database and in forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Ssh => "ssh",
        }
    }

    /// The purpose of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == name)
    }
}

/// What a secret is about to be used as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// User and password, or a header, sent to an API.
    Login,
    /// The private key of a login over SSH.
    Key,
    /// The passphrase of a key.
    Passphrase,
    /// Known host keys.
    KnownHosts,
}

impl Use {
    /// The release that it needs.
    #[must_use]
    pub const fn purpose(self) -> Purpose {
        match self {
            Self::Login => Purpose::Api,
            Self::Key | Self::Passphrase | Self::KnownHosts => Purpose::Ssh,
        }
    }
}

/// How an address is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Scheme {
    Http,
    Https,
    Ssh,
}

impl Scheme {
    const ALL: [Self; 3] = [Self::Http, Self::Https, Self::Ssh];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Ssh => "ssh",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.as_str().eq_ignore_ascii_case(name))
    }
}

/// An address that a secret may be sent to: `[SCHEME://]HOST[:PORT]`. What is left out may be anything.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Recipient {
    host: String,
    port: Option<u16>,
    scheme: Option<Scheme>,
}

impl Recipient {
    /// Reads one address: `10.0.0.1`, `10.0.0.1:8848`, `https://nacos.example:8848`, `ssh://[fd00::1]:22`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = match text.trim().split_once("://") {
            Some((scheme, rest)) => (Some(Scheme::from_name(scheme)?), rest.strip_suffix('/').unwrap_or(rest)),
            None => (None, text.trim()),
        };
        let (host, port) = match rest.strip_prefix('[') {
            Some(v6) => {
                let (host, port) = v6.split_once(']')?;
                host.parse::<Ipv6Addr>().ok()?;
                (host, port)
            }
            None if rest.parse::<Ipv6Addr>().is_ok() => (rest, ""),
            None => rest.split_at(rest.find(':').unwrap_or(rest.len())),
        };
        let port = match port.strip_prefix(':') {
            Some(digits) if digits.chars().all(|c| c.is_ascii_digit()) => {
                Some(digits.parse().ok().filter(|port| *port > 0)?)
            }
            None if port.is_empty() => None,
            _ => return None,
        };
        let good = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
        let named = !host.is_empty() && host.len() <= 253 && host.chars().all(good);
        named.then(|| Self { host: host.to_lowercase(), port, scheme })
    }

    /// Reads several, divided by line ends, commas or spaces; the same one twice counts once.
    ///
    /// # Errors
    /// The first that is none.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, String> {
        let mut all = Vec::new();
        for one in parts(text) {
            // What stands before an `@` may be a password.
            let shown = || one.rsplit('@').next().unwrap_or_default().chars().take(100).collect::<String>();
            let recipient = Self::parse(one).ok_or_else(shown)?;
            if !all.contains(&recipient) {
                all.push(recipient);
            }
        }
        Ok(all)
    }

    /// An API: its main port. Nothing secret is ever sent to the port of the console.
    #[must_use]
    pub fn of_api(api: &ApiAddress) -> Self {
        let scheme = if api.scheme == "https" { Scheme::Https } else { Scheme::Http };
        Self { host: api.host.to_lowercase(), port: Some(api.port), scheme: Some(scheme) }
    }

    /// A host that is logged into over SSH.
    #[must_use]
    pub fn of_ssh(host: &SshHost) -> Self {
        Self { host: host.host.to_lowercase(), port: Some(host.port), scheme: Some(Scheme::Ssh) }
    }

    /// Everywhere a place over SSH leads: the host, and the one on the way.
    #[must_use]
    pub fn of_place(place: &SshLocation) -> Vec<Self> {
        place.jump.iter().chain([&place.host]).map(Self::of_ssh).collect()
    }

    /// Whether a secret for that purpose can be sent there at all.
    #[must_use]
    pub fn fits(&self, purpose: Purpose) -> bool {
        match self.scheme {
            None => true,
            Some(Scheme::Http | Scheme::Https) => purpose == Purpose::Api,
            Some(Scheme::Ssh) => purpose == Purpose::Ssh,
        }
    }

    /// Whether what may be sent here may be sent there.
    #[must_use]
    pub fn covers(&self, to: &Self) -> bool {
        let scheme = match (self.scheme, to.scheme) {
            (None, _) | (Some(Scheme::Http), Some(Scheme::Https)) => true,
            (one, other) => one == other,
        };
        scheme && self.host == to.host && self.port.is_none_or(|port| to.port == Some(port))
    }
}

impl Display for Recipient {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(scheme) = self.scheme {
            write!(f, "{}://", scheme.as_str())?;
        }
        match (self.host.contains(':'), self.port) {
            (true, Some(port)) => write!(f, "[{}]:{port}", self.host),
            (true, None) => write!(f, "[{}]", self.host),
            (false, Some(port)) => write!(f, "{}:{port}", self.host),
            (false, None) => f.write_str(&self.host),
        }
    }
}

impl TryFrom<String> for Recipient {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or(text)
    }
}

impl From<Recipient> for String {
    fn from(recipient: Recipient) -> Self {
        recipient.to_string()
    }
}

/// A reference that may be used, and where its secret may go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Row id.
    pub id: ReleaseId,
    /// Where the secret is found.
    pub reference: CredentialRef,
    /// What it may be used for.
    pub purpose: Purpose,
    /// The addresses that it may be sent to.
    pub recipients: Vec<Recipient>,
    /// True if it was in use before there were releases: it may lie outside of the folders.
    pub taken_over: bool,
    /// When an administrator looked at what was taken over; `None`: nobody yet.
    pub reviewed_at: Option<Timestamp>,
    /// Login name of who released it; empty if it was taken over.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl Release {
    /// Whether an administrator has still to look at it.
    #[must_use]
    pub const fn wants_review(&self) -> bool {
        self.taken_over && self.reviewed_at.is_none()
    }

    fn covers(&self, to: &Recipient) -> bool {
        self.recipients.iter().any(|one| one.covers(to))
    }
}

/// What may be released, by the settings of the installation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CredentialRules {
    /// Folders with credential files, absolute.
    pub folders: Vec<PathBuf>,
    /// The service user's `~/.ssh`.
    pub ssh_folder: Option<PathBuf>,
}

/// How a permitted secret is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// From that variable, or from that file wherever it lies.
    Exactly,
    /// From that file as long as it is really in this folder.
    Below(PathBuf),
}

/// Why a secret may not be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "refused", rename_all = "snake_case")]
pub enum Refused {
    /// Nobody has released it for that purpose.
    #[error("{reference} is not released, so it was not read and not sent to {to}")]
    NotReleased {
        /// The reference.
        reference: String,
        /// Where it would have gone.
        to: String,
    },
    /// It is released, and not for that address.
    #[error("{reference} is not released for {to}, so it was not read and not sent there")]
    Elsewhere {
        /// The reference.
        reference: String,
        /// Where it would have gone.
        to: String,
    },
    /// The settings do not allow it any more.
    #[error("{reference} is in none of the folders for credentials, so it was not read and not sent to {to}")]
    OutsideFolders {
        /// The reference.
        reference: String,
        /// Where it would have gone.
        to: String,
    },
}

impl Refused {
    /// The reason, and what an administrator can do.
    #[must_use]
    pub fn message(&self) -> Message {
        let (key, reference, to) = match self {
            Self::NotReleased { reference, to } => ("credential-not-released", reference, to),
            Self::Elsewhere { reference, to } => ("credential-elsewhere", reference, to),
            Self::OutsideFolders { reference, to } => ("credential-outside-folders", reference, to),
        };
        Message::new(key).with("reference", reference).with("to", to)
    }
}

/// Why a reference cannot be released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotReleasable {
    /// A variable whose name does not begin with [`VARIABLES`].
    Variable,
    /// A file in none of the folders.
    File,
}

impl CredentialRules {
    /// Whether an administrator can release it.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, reference: &CredentialRef) -> Result<Reading, NotReleasable> {
        match reference {
            CredentialRef::Env { name } if name.len() > VARIABLES.len() && name.starts_with(VARIABLES) => {
                Ok(Reading::Exactly)
            }
            CredentialRef::Env { .. } => Err(NotReleasable::Variable),
            CredentialRef::File { path } => {
                let folder = self.folders.iter().find(|folder| is_below(folder, path));
                folder.map(|folder| Reading::Below(folder.clone())).ok_or(NotReleasable::File)
            }
        }
    }

    /// A name without a folder stands for a file in the first folder.
    #[must_use]
    pub fn complete(&self, reference: CredentialRef) -> CredentialRef {
        match (reference, self.folders.first()) {
            (CredentialRef::File { path }, Some(folder)) if path.is_relative() => {
                CredentialRef::File { path: folder.join(path) }
            }
            (reference, _) => reference,
        }
    }

    /// Whether SSH may use it without a release: a file of the service user's own.
    fn is_own(&self, reference: &CredentialRef, used: Use) -> bool {
        match (used, reference, &self.ssh_folder) {
            (Use::Key, CredentialRef::File { path }, Some(folder)) => is_below(folder, path),
            (Use::KnownHosts, CredentialRef::File { path }, folder) => {
                folder.as_ref().is_some_and(|folder| is_below(folder, path))
                    || path == Path::new("/etc/ssh/ssh_known_hosts")
            }
            _ => false,
        }
    }
}

/// Whether a path is written as one below the folder; where it really leads is seen when it is read.
fn is_below(folder: &Path, path: &Path) -> bool {
    path.is_absolute()
        && path != folder
        && path.starts_with(folder)
        && !path.components().any(|part| part == Component::ParentDir)
}

/// Whether a secret may be used now, for all of these addresses, and how it is read.
///
/// # Errors
/// Why not.
pub fn permit(
    rules: &CredentialRules,
    releases: &[Release],
    reference: &CredentialRef,
    used: Use,
    to: &[Recipient],
) -> Result<Reading, Refused> {
    if rules.is_own(reference, used) {
        return Ok(Reading::Exactly);
    }
    let shown = || reference.to_string();
    let all = || to.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let released = releases.iter().find(|one| one.reference == *reference && one.purpose == used.purpose());
    let Some(release) = released else {
        return Err(Refused::NotReleased { reference: shown(), to: all() });
    };
    if let Some(other) = to.iter().find(|to| !release.covers(to)) {
        return Err(Refused::Elsewhere { reference: shown(), to: other.to_string() });
    }
    match rules.check(reference) {
        Ok(reading) => Ok(reading),
        Err(_) if release.taken_over => Ok(Reading::Exactly),
        Err(_) => Err(Refused::OutsideFolders { reference: shown(), to: all() }),
    }
}

/// A secret that a node uses, and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The node.
    pub node: NodeName,
    /// Where the secret is found.
    pub reference: CredentialRef,
    /// What it is used as.
    pub used: Use,
    /// Where it goes.
    pub to: Vec<Recipient>,
}

/// Every secret that a node uses.
#[must_use]
pub fn needs(node: &NodeSpec) -> Vec<Need> {
    let mut needs = Vec::new();
    if let Some(api) = &node.api
        && let Some(reference) = &api.credential
    {
        let (node, reference, to) = (node.name.clone(), reference.clone(), vec![Recipient::of_api(api)]);
        needs.push(Need { node, reference, used: Use::Login, to });
    }
    if let FileSource::Ssh(place) = &node.files {
        needs.extend(needs_of_place(&node.name, place));
    }
    needs
}

/// Every secret that is used to read what lies at a place over SSH. `node`: whose it is.
#[must_use]
pub fn needs_of_place(node: &NodeName, place: &SshLocation) -> Vec<Need> {
    let to = Recipient::of_place(place);
    let need = |(reference, used)| Need { node: node.clone(), reference, used, to: to.clone() };
    place.secrets().into_iter().map(need).collect()
}

impl SshLocation {
    /// The secrets that it names.
    #[must_use]
    pub fn secrets(&self) -> Vec<(CredentialRef, Use)> {
        let file = |path: &PathBuf| CredentialRef::File { path: path.clone() };
        let mut secrets = Vec::new();
        if let SshKey::File { path } = &self.key {
            secrets.push((file(path), Use::Key));
        }
        secrets.extend(self.passphrase.clone().map(|reference| (reference, Use::Passphrase)));
        secrets.extend(self.known_hosts.as_ref().map(|path| (file(path), Use::KnownHosts)));
        secrets
    }
}

/// A need of a node that is not met, and why.
pub type Unmet = (Need, Refused);

/// What of a cluster's needs is not met now.
#[must_use]
pub fn unmet(rules: &CredentialRules, releases: &[Release], cluster: &Cluster) -> Vec<Unmet> {
    unmet_of(rules, releases, cluster.nodes.iter().flat_map(needs))
}

/// What of these is not met now.
#[must_use]
pub fn unmet_of(rules: &CredentialRules, releases: &[Release], needs: impl IntoIterator<Item = Need>) -> Vec<Unmet> {
    let mut unmet = Vec::new();
    for need in needs {
        // Each address for itself, so that everything is named that waits.
        for to in &need.to {
            let to = std::slice::from_ref(to);
            if let Err(refused) = permit(rules, releases, &need.reference, need.used, to) {
                unmet.push((Need { to: to.to_vec(), ..need.clone() }, refused));
            }
        }
    }
    unmet
}

/// What keeps a cluster from being saved: references that nobody has released. One that the cluster used before may stay,
/// so that a withdrawn one stands in nobody's way: it is not sent anyhow.
#[must_use]
pub fn new_unreleased(
    rules: &CredentialRules,
    releases: &[Release],
    before: Option<&Cluster>,
    cluster: &Cluster,
) -> Vec<Unmet> {
    let known: Vec<Need> = before.iter().flat_map(|before| &before.nodes).flat_map(needs).collect();
    let is_known = |need: &Need| {
        known.iter().any(|known| known.reference == need.reference && known.used.purpose() == need.used.purpose())
    };
    let mut all = unmet(rules, releases, cluster);
    all.retain(|(need, refused)| !matches!(refused, Refused::Elsewhere { .. }) && !is_known(need));
    all
}

/// Says at the field of a form what an administrator has to do about a reference that is not released.
#[must_use]
pub fn told(rules: &CredentialRules, need: &Need) -> Message {
    let key = match rules.check(&need.reference) {
        Ok(_) => "credential-form-release",
        Err(NotReleasable::Variable) => "credential-form-variable",
        Err(NotReleasable::File) => "credential-form-file",
    };
    let folders: Vec<_> = rules.folders.iter().map(|folder| folder.display().to_string()).collect();
    let to: Vec<_> = need.to.iter().map(ToString::to_string).collect();
    Message::new(key)
        .with("node", &need.node)
        .with("reference", &need.reference)
        .with("to", to.join(", "))
        .with("folders", folders.join(", "))
        .with("begin", VARIABLES)
}

/// What is to be released because clusters use it: each reference and purpose once, with every address that has it.
#[must_use]
pub fn in_use(rules: &CredentialRules, clusters: &[Cluster]) -> Vec<(CredentialRef, Purpose, Vec<Recipient>)> {
    let mut found: Vec<(CredentialRef, Purpose, Vec<Recipient>)> = Vec::new();
    for need in clusters.iter().flat_map(|cluster| &cluster.nodes).flat_map(needs) {
        if rules.is_own(&need.reference, need.used) {
            continue;
        }
        let purpose = need.used.purpose();
        let at =
            found.iter().position(|(known, of, _)| *known == need.reference && *of == purpose).unwrap_or_else(|| {
                found.push((need.reference.clone(), purpose, Vec::new()));
                found.len() - 1
            });
        let Some((_, _, recipients)) = found.get_mut(at) else { continue };
        for to in need.to {
            // What cannot be written as an address is none that anything can be sent to.
            if Recipient::parse(&to.to_string()).as_ref() == Some(&to) && !recipients.contains(&to) {
                recipients.push(to);
            }
        }
    }
    found
}

/// Every address of a cluster that a secret could be sent to.
#[must_use]
pub fn addresses(cluster: &Cluster) -> Vec<Recipient> {
    let mut all = Vec::new();
    for node in &cluster.nodes {
        let mut to: Vec<Recipient> = Vec::new();
        to.extend(node.api.as_ref().map(Recipient::of_api));
        if let FileSource::Ssh(place) = &node.files {
            to.extend(Recipient::of_place(place));
        }
        all.extend(to.into_iter().filter(|one| !all.contains(one)).collect::<Vec<_>>());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::cluster::parse_nodes;
    use crate::domain::id::ClusterId;

    fn recipient(text: &str) -> Recipient {
        Recipient::parse(text).expect(text)
    }

    fn rules() -> CredentialRules {
        CredentialRules { folders: vec!["/creds".into()], ssh_folder: Some("/home/me/.ssh".into()) }
    }

    fn reference(text: &str) -> CredentialRef {
        CredentialRef::parse(text).expect(text)
    }

    fn release(text: &str, purpose: Purpose, to: &[&str]) -> Release {
        Release {
            id: ReleaseId(1),
            reference: reference(text),
            purpose,
            recipients: to.iter().map(|to| recipient(to)).collect(),
            taken_over: false,
            reviewed_at: None,
            by: "root".to_owned(),
            at: Timestamp::from_millis(1),
        }
    }

    fn cluster(nodes: &str, credential: &str) -> Cluster {
        let mut nodes = parse_nodes(nodes).expect("nodes");
        for api in nodes.iter_mut().filter_map(|node| node.api.as_mut()) {
            api.credential = Some(reference(credential));
        }
        Cluster {
            id: ClusterId(1),
            name: "c".to_owned(),
            nodes,
            node_deadline_ms: 3000,
            doors: Vec::new(),
            accept_unseen: Vec::new(),
            on_silence: None,
        }
    }

    #[test]
    fn addresses_are_printed_as_they_are_read() {
        for text in
            ["10.0.0.1", "n1.example:8848", "https://n1:8848", "ssh://[fd00::1]:22", "[fd00::1]", "http://中心:80"]
        {
            assert_eq!(recipient(text).to_string(), text);
        }
        assert_eq!(recipient(" HTTP://N1:8848/ ").to_string(), "http://n1:8848");
        assert_eq!(recipient("fd00::1").to_string(), "[fd00::1]");
        for text in
            ["", "ftp://a", "a:0", "a:", "a:99999", "a:+1", "a b", "http://u@a", "a/b", "[a]", "a?b", "a\\b", "*"]
        {
            assert_eq!(Recipient::parse(text), None, "{text}");
        }
        let all = Recipient::parse_all("a, b\nhttp://a:1;a").expect("addresses");
        assert_eq!(all, [recipient("a"), recipient("b"), recipient("http://a:1")]);
        assert_eq!(Recipient::parse_all("a b/c"), Err("b/c".to_owned()));
    }

    #[test]
    fn an_address_is_scheme_host_and_port() {
        for (one, to, covers) in [
            ("http://a:8848", "http://a:8848", true),
            ("http://a:8848", "http://a:8849", false),
            ("http://a:8848", "https://a:8848", true),
            ("https://a:8848", "http://a:8848", false),
            ("http://a:8848", "http://b:8848", false),
            ("http://a:8848", "http://a.b:8848", false),
            ("a", "http://a:1", true),
            ("A:8848", "https://a:8848", true),
            ("a:22", "ssh://a:22", true),
            ("ssh://a:22", "http://a:22", false),
            ("http://a", "https://a:7", true),
        ] {
            assert_eq!(recipient(one).covers(&recipient(to)), covers, "{one} {to}");
        }
    }

    #[test]
    fn only_what_is_released_for_that_purpose_and_address_may_be_used() {
        let releases = [
            release("file:/creds/a", Purpose::Api, &["http://n1:8848"]),
            release("env:NODEDOWN_CRED_P", Purpose::Ssh, &["ssh://n1:22"]),
            release("file:/etc/x", Purpose::Api, &["n1"]),
            Release { taken_over: true, ..release("file:/etc/old", Purpose::Api, &["n1"]) },
            Release { taken_over: true, ..release("env:OLD", Purpose::Api, &["n1"]) },
        ];
        let permit = |text: &str, used, to: &[&str]| {
            let to: Vec<_> = to.iter().map(|to| recipient(to)).collect();
            permit(&rules(), &releases, &reference(text), used, &to)
        };
        let (login, api) = (Use::Login, ["http://n1:8848"]);
        assert_eq!(permit("file:/creds/a", login, &api), Ok(Reading::Below("/creds".into())));
        assert_eq!(permit("file:/creds//./a", login, &api), Ok(Reading::Below("/creds".into())), "the same path");
        let elsewhere = permit("file:/creds/a", login, &["http://n1:8848", "http://evil:8848"]);
        assert!(
            matches!(elsewhere, Err(Refused::Elsewhere { ref to, .. }) if to == "http://evil:8848"),
            "{elsewhere:?}"
        );
        for (text, used) in [
            ("file:/creds/b", login),
            ("file:/creds/../creds/a", login),
            ("env:NODEDOWN_CRED_P", login),
            ("file:/home/me/.ssh/id", login),
            ("file:/home/me/.ssh/id", Use::Passphrase),
            ("file:/creds/a", Use::Key),
            ("file:/home/me/.ssh/../x", Use::Key),
        ] {
            let refused = permit(text, used, &api);
            assert!(matches!(refused, Err(Refused::NotReleased { .. })), "{text} {used:?}: {refused:?}");
        }
        assert!(matches!(permit("file:/etc/x", login, &api), Err(Refused::OutsideFolders { .. })), "a folder is gone");
        assert_eq!(permit("file:/etc/old", login, &api), Ok(Reading::Exactly));
        assert_eq!(permit("env:OLD", login, &api), Ok(Reading::Exactly));
        assert_eq!(permit("env:NODEDOWN_CRED_P", Use::Passphrase, &["ssh://n1:22"]), Ok(Reading::Exactly));
        let by_jump = permit("env:NODEDOWN_CRED_P", Use::Passphrase, &["ssh://evil:22", "ssh://n1:22"]);
        assert!(matches!(by_jump, Err(Refused::Elsewhere { .. })), "{by_jump:?}");
        assert_eq!(permit("file:/home/me/.ssh/id", Use::Key, &["ssh://any:22"]), Ok(Reading::Exactly));
        assert_eq!(permit("file:/home/me/.ssh/known", Use::KnownHosts, &["ssh://any:22"]), Ok(Reading::Exactly));
        assert_eq!(permit("file:/etc/ssh/ssh_known_hosts", Use::KnownHosts, &[]), Ok(Reading::Exactly));
    }

    #[test]
    fn variables_and_files_that_can_be_released() {
        let check = |text| rules().check(&reference(text));
        assert_eq!(check("env:NODEDOWN_CRED_A"), Ok(Reading::Exactly));
        assert_eq!(check("file:/creds/a/b"), Ok(Reading::Below("/creds".into())));
        for text in ["env:HOME", "env:NODEDOWN_CRED_", "env:NODEDOWN_CREDENTIAL_DIRS", "env:XNODEDOWN_CRED_A"] {
            assert_eq!(check(text), Err(NotReleasable::Variable), "{text}");
        }
        for text in ["file:/creds", "file:/creds2/a", "file:a", "file:/creds/../etc/passwd", "file:/etc/passwd"] {
            assert_eq!(check(text), Err(NotReleasable::File), "{text}");
        }
        assert_eq!(rules().complete(reference("file:a")), reference("file:/creds/a"));
        assert_eq!(rules().complete(reference("file:/a")), reference("file:/a"));
    }

    #[test]
    fn a_cluster_is_refused_for_new_references_and_waits_for_new_addresses() {
        let releases = [release("file:/creds/a", Purpose::Api, &["http://n1", "http://n2:8848"])];
        let good = cluster("n1", "file:/creds/a");
        assert_eq!(unmet(&rules(), &releases, &good), []);
        let wider = cluster("n1,n2:8849", "file:/creds/a");
        let waits: Vec<String> =
            unmet(&rules(), &releases, &wider).into_iter().map(|(need, _)| need.to[0].to_string()).collect();
        assert_eq!(waits, ["http://n2:8849"]);
        assert!(new_unreleased(&rules(), &releases, Some(&good), &wider).is_empty(), "it can be saved");
        let other = cluster("n1", "file:/etc/passwd");
        assert_eq!(new_unreleased(&rules(), &releases, Some(&good), &other).len(), 1);
        assert!(new_unreleased(&rules(), &releases, Some(&other), &other).is_empty(), "it was there before");
        assert!(!new_unreleased(&rules(), &[], None, &good).is_empty());
    }

    #[test]
    fn what_is_in_use_is_found_once_with_all_its_addresses() {
        let mut one = cluster("n1,n2", "file:/etc/old");
        let place = "ops@n1:/opt/nacos,key=file:/k/id,passphrase=env:P,known_hosts=/home/me/.ssh/known,jump=ops@gate";
        one.nodes[0].files = FileSource::Ssh(SshLocation::parse_with_options(place).expect("a place"));
        let other = cluster("n3,n1", "file:/etc/old");
        let found: Vec<String> = in_use(&rules(), &[one, other])
            .into_iter()
            .map(|(reference, purpose, to)| {
                let to: Vec<_> = to.iter().map(ToString::to_string).collect();
                format!("{reference} {} {}", purpose.as_str(), to.join(" "))
            })
            .collect();
        assert_eq!(
            found,
            [
                "file:/etc/old api http://n1:8848 http://n2:8848 http://n3:8848",
                "file:/k/id ssh ssh://gate:22 ssh://n1:22",
                "env:P ssh ssh://gate:22 ssh://n1:22",
            ]
        );
    }
}
