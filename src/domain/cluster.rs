//! The inventory: clusters, their nodes and how each is looked at.

use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::address::{ContextPath, canonical_host, is_host, is_unspecified, parts};
use super::id::{ClusterId, NodeName};
use super::on_silence::OnSilence;
use super::published::Published;
use super::trust::Trust;

/// Where a node's files are read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FileSource {
    /// Nowhere.
    #[default]
    None,
    /// A Nacos home on this machine; live, so process facts can be read beside it.
    Local {
        /// The home: the folder that holds `conf/` and `logs/`.
        home: PathBuf,
    },
    /// A Nacos home copied off its host (`conf/`, `logs/`): nothing in it moves.
    Copied {
        /// The folder.
        home: PathBuf,
    },
    /// A Nacos home on another host, read over SSH; live.
    Ssh(SshLocation),
}

impl FileSource {
    /// True if the files are read where the node writes them, so that they move on.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        matches!(self, Self::Local { .. } | Self::Ssh(_))
    }
}

/// A Nacos home on another host. Secrets are named, never held.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SshLocation {
    /// How the host is reached.
    pub host: SshHost,
    /// The home there: the folder that holds `conf/` and `logs/`.
    pub home: String,
    /// A host on the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jump: Option<SshHost>,
    /// How nodedown says who it is.
    #[serde(default)]
    pub key: SshKey,
    /// Where the passphrase of the key is found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passphrase: Option<CredentialRef>,
    /// File of known host keys; `~/.ssh/known_hosts` and `/etc/ssh/ssh_known_hosts` unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_hosts: Option<PathBuf>,
    /// True if the kernel log may be read by the fixed commands for it: the only commands there are.
    #[serde(default)]
    pub kernel_log: bool,
}

/// A host and who logs in there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SshHost {
    /// Login name.
    pub user: String,
    /// Host name or IP literal (IPv6 without brackets).
    pub host: String,
    /// Port.
    pub port: u16,
}

/// The key that nodedown logs in with.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SshKey {
    /// What an agent holds, where there is one, then `~/.ssh/id_ed25519`, `id_ecdsa` and `id_rsa`.
    #[default]
    Usual,
    /// Only what the agent behind `SSH_AUTH_SOCK` holds.
    Agent,
    /// Only this file.
    File {
        /// Its path.
        path: PathBuf,
    },
}

/// Where a secret is found; the secret itself is never stored or shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CredentialRef {
    /// An environment variable of the nodedown process.
    Env {
        /// Its name.
        name: String,
    },
    /// A file readable by the nodedown process; trailing line ends are cut.
    File {
        /// Its path.
        path: PathBuf,
    },
}

/// The HTTP side of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiAddress {
    /// `http` or `https`.
    pub scheme: String,
    /// Host name or IP literal (IPv6 without brackets).
    pub host: String,
    /// Main port, 8848 by default; the other ports are derived from it.
    pub port: u16,
    /// Context path (`/nacos`, or the root). `None`: probe for it.
    pub context_path: Option<ContextPath>,
    /// 3.x console port, 8080 by default.
    pub console_port: Option<u16>,
    /// User and password (`user:password`) or server identity (`header:name:value`).
    pub credential: Option<CredentialRef>,
    /// Whom to believe behind `https`.
    #[serde(default, skip_serializing_if = "Trust::is_system")]
    pub trust: Trust,
    /// Where ports are that do not follow from the main one.
    #[serde(default, skip_serializing_if = "Published::is_none")]
    pub published: Published,
}

/// One node of the inventory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeSpec {
    /// Its name, unique in the cluster.
    pub name: NodeName,
    /// How its API and ports are reached; `None` for copied homes.
    pub api: Option<ApiAddress>,
    /// How its files are read.
    #[serde(default)]
    pub files: FileSource,
}

/// A cluster of the inventory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cluster {
    /// Row id; 0 for a cluster given on the command line.
    pub id: ClusterId,
    /// Its name.
    pub name: String,
    /// Its nodes, in the order of the inventory.
    pub nodes: Vec<NodeSpec>,
    /// One deadline per node and round, milliseconds (3000 by default).
    pub node_deadline_ms: u64,
    /// What clients use in place of the nodes: VIP, nginx, load balancer, DNS name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doors: Vec<FrontDoor>,
    /// What may stay unseen of this cluster: it is called healthy all the same. None of it unless somebody chose so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accept_unseen: Vec<EvidencePart>,
    /// What the watcher does where nodes do not answer and nobody is on it; `None`: as the program is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_silence: Option<OnSilence>,
}

/// A part of the evidence without which some problems leave no trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidencePart {
    /// The logs of the nodes.
    Logs,
    /// `cluster.conf` and the other settings: one that was changed shows at the next start only.
    Config,
    /// Connections between the nodes, which their logs tell of: a cut between two followers shows nowhere else.
    Links,
}

impl EvidencePart {
    /// Every part, in the order in which they are told.
    pub const ALL: [Self; 3] = [Self::Logs, Self::Config, Self::Links];

    /// The word: `logs`, `config` or `links`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Logs => "logs",
            Self::Config => "config",
            Self::Links => "links",
        }
    }
}

impl FromStr for EvidencePart {
    type Err = UnknownPart;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|part| part.as_str() == text).ok_or(UnknownPart)
    }
}

/// Text that names no part of the evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write logs, config, links or several of them with commas between")]
pub struct UnknownPart;

/// An address that stands in front of the nodes. The gRPC port of clients is its port + 1000, as with a node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FrontDoor {
    /// `http` or `https`.
    pub scheme: String,
    /// Host name or IP literal (IPv6 without brackets).
    pub host: String,
    /// Port.
    pub port: u16,
    /// Context path. `None`: that of Nacos, or none, whichever answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_path: Option<ContextPath>,
    /// Whom to believe behind `https`.
    #[serde(default, skip_serializing_if = "Trust::is_system")]
    pub trust: Trust,
}

impl FrontDoor {
    /// Most front doors of one cluster.
    pub const MOST: usize = 8;

    /// Reads a URL such as `http://nacos.example:8848/nacos`.
    ///
    /// # Errors
    /// What is wrong with it. A URL with credentials is refused, and the error does not repeat it.
    pub fn parse(text: &str) -> Result<Self, DoorError> {
        let text = text.trim();
        if text.contains('@') {
            return Err(DoorError::Credentials);
        }
        let bad = |text: &str| text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect::<String>();
        let (scheme, rest) = text.split_once("://").ok_or_else(|| DoorError::NoScheme(bad(text)))?;
        let scheme = scheme.to_ascii_lowercase();
        if !matches!(scheme.as_str(), "http" | "https") {
            return Err(DoorError::NoScheme(bad(text)));
        }
        if rest.contains(['?', '#'])
            || rest.contains("..")
            || !rest.chars().all(|c| c.is_alphanumeric() || "/:[]._-".contains(c))
        {
            return Err(DoorError::Address(bad(text)));
        }
        let api = parse_address(text).map_err(|_| DoorError::Address(bad(text)))?;
        let authority = rest.split('/').next().unwrap_or_default();
        let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let port = match (has_port, scheme.as_str()) {
            (true, _) => api.port,
            (false, "https") => 443,
            (false, _) => 80,
        };
        Ok(Self { scheme, host: api.host, port, context_path: api.context_path, trust: Trust::System })
    }

    /// Reads several, divided by line ends, commas or spaces; the same one twice counts once.
    ///
    /// # Errors
    /// What is wrong with the first that is none.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, DoorError> {
        let mut doors = Vec::new();
        for entry in parts(text) {
            let door = Self::parse(entry)?;
            if !doors.contains(&door) {
                doors.push(door);
            }
        }
        if doors.len() > Self::MOST {
            return Err(DoorError::TooMany);
        }
        Ok(doors)
    }

    /// The port of clients' gRPC, where there is one.
    #[must_use]
    pub const fn grpc_port(&self) -> Option<u16> {
        self.port.checked_add(1000)
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> String {
        if self.host.contains(':') {
            format!("{}://[{}]:{}", self.scheme, self.host, self.port)
        } else {
            format!("{}://{}:{}", self.scheme, self.host, self.port)
        }
    }
}

impl std::fmt::Display for FrontDoor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.origin(), self.context_path.as_ref().map_or("", ContextPath::as_shown))
    }
}

/// Text that is not the URL of a front door.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DoorError {
    /// Neither `http://` nor `https://`.
    #[error(
        "`{0}` does not begin with http:// or https://: write the front door as a URL, such as http://nacos.example:8848"
    )]
    NoScheme(String),
    /// User and password, or something that looks like them.
    #[error("the URL of a front door must not hold a user or password (there is an @ in it); none is needed")]
    Credentials,
    /// No host, a wrong port, or more than a host, a port and a path.
    #[error(
        "`{0}` is not the URL of a front door: it has a host, a port and maybe a path, such as http://nacos.example:8848/nacos"
    )]
    Address(String),
    /// Too many.
    #[error("a cluster has at most 8 front doors")]
    TooMany,
}

impl DoorError {
    /// For a form.
    #[must_use]
    pub fn message(&self) -> super::message::Message {
        use super::message::Message;
        match self {
            Self::NoScheme(text) => Message::new("door-form-scheme").with("text", text),
            Self::Credentials => Message::new("door-form-credentials"),
            Self::Address(text) => Message::new("door-form-address").with("text", text),
            Self::TooMany => Message::new("door-form-many").with("most", FrontDoor::MOST),
        }
    }
}

impl NodeSpec {
    /// The same, naming no secret: for what is replayed.
    #[must_use]
    pub fn without_secrets(mut self) -> Self {
        if let Some(api) = &mut self.api {
            api.credential = None;
        }
        if let FileSource::Ssh(place) = &mut self.files {
            (place.key, place.passphrase, place.known_hosts) = (SshKey::Usual, None, None);
        }
        self
    }

    /// What it may be called in what speaks of it: its name, and the host of its API.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        std::iter::once(self.name.0.clone()).chain(self.api.iter().map(|api| api.host.clone())).collect()
    }
}

impl Cluster {
    /// Deadlines that make sense, milliseconds.
    pub const DEADLINES_MS: std::ops::RangeInclusive<u64> = 200..=60_000;
    /// Deadline that a cluster has unless it says otherwise.
    pub const DEFAULT_DEADLINE_MS: u64 = 3000;

    /// The node of that name.
    #[must_use]
    pub fn node(&self, name: &NodeName) -> Option<&NodeSpec> {
        self.nodes.iter().find(|node| &node.name == name)
    }
}

/// A member that a node of the cluster names and that the inventory lacks. Its text is what the node said, so anybody's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundMember {
    /// As it was told: `host:port` of the main port.
    pub address: String,
    /// The nodes that name it.
    pub told_by: Vec<NodeName>,
    /// Nodes of the inventory that stand in no list: it may be one of them under another name.
    pub may_be: Vec<NodeName>,
}

/// Most entries of a pasted list that are read.
pub const MOST_ENTRIES: usize = 500;

/// One entry of a pasted list, and what it is taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadEntry {
    /// Line, counted from 1.
    pub line: usize,
    /// The entry as it stands there; what is not understood in a line with an `@` is not repeated, for it may hold a password.
    pub text: String,
    /// What it is.
    pub is: EntryIs,
}

/// What an entry of a pasted list is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryIs {
    /// A node.
    Node(Box<NodeSpec>),
    /// A node that an earlier entry names.
    Again(NodeName),
    /// A remark.
    Comment,
    /// Nothing that is understood, and why.
    Wrong(NoAddress),
}

/// Why text is not the address of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAddress {
    /// Several words with blanks between, and not each of them an address with a port or a full name.
    Words,
    /// Neither `http` nor `https`.
    Scheme,
    /// A user or a password, or something that looks like them.
    Credentials,
    /// Neither an IP address nor a host name.
    Host,
    /// The address that stands for every address of a machine.
    Unspecified,
    /// No port from 1 to 65535.
    Port,
    /// Not a context path.
    Path,
    /// More than [`MOST_ENTRIES`]: nothing from here on was read.
    Many,
}

impl ReadEntry {
    /// The part of an address that is read over: properties after a question mark, as in `10.0.0.1:8848?raft_port=8807`.
    #[must_use]
    pub fn read_over(&self) -> Option<&str> {
        let from = self.text.find('?').filter(|_| matches!(self.is, EntryIs::Node(_) | EntryIs::Again(_)))?;
        Some(&self.text[from..]).filter(|rest| rest.len() > 1)
    }
}

impl NoAddress {
    /// The reason, for a form.
    #[must_use]
    pub fn message(self) -> super::message::Message {
        use super::message::Message;
        match self {
            Self::Words => Message::new("cluster-entry-words"),
            Self::Scheme => Message::new("cluster-entry-scheme"),
            Self::Credentials => Message::new("cluster-entry-credentials"),
            Self::Host => Message::new("cluster-entry-host"),
            Self::Unspecified => Message::new("cluster-entry-unspecified"),
            Self::Port => Message::new("cluster-entry-port"),
            Self::Path => Message::new("cluster-entry-path"),
            Self::Many => Message::new("cluster-entry-many").with("most", MOST_ENTRIES),
        }
    }
}

/// Reads a pasted `cluster.conf` or addresses that a person typed, entry by entry: divided by line ends, commas or blanks, `#`
/// starts a remark. An entry is `host`, `host:port`, `[v6]:port` or a URL with context path. Words of prose are no nodes: with
/// blanks between, each entry needs a port or a dot.
#[must_use]
pub fn read_nodes(text: &str) -> Vec<ReadEntry> {
    let mut read: Vec<ReadEntry> = Vec::new();
    let mut names = std::collections::BTreeSet::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_start_matches('\u{feff}');
        let (entries, remark) = line.split_once('#').map_or((line, None), |(entries, remark)| (entries, Some(remark)));
        for part in entries.split([',', ';', '，', '；']).map(str::trim).filter(|part| !part.is_empty()) {
            let words: Vec<&str> = part.split_whitespace().collect();
            let prose = words.len() > 1 && words.iter().any(|word| !word.contains(['.', ':']));
            for entry in if prose { vec![part] } else { words } {
                let text = |is: &EntryIs| match is {
                    EntryIs::Wrong(_) if line.contains('@') => "…".to_owned(),
                    _ => entry.to_owned(),
                };
                let entry_of = |is| ReadEntry { line: index + 1, text: text(&is), is };
                if read.len() == MOST_ENTRIES {
                    read.push(entry_of(EntryIs::Wrong(NoAddress::Many)));
                    return read;
                }
                let is = match parse_address(entry) {
                    _ if prose => EntryIs::Wrong(NoAddress::Words),
                    Err(why) => EntryIs::Wrong(why),
                    Ok(api) => {
                        let short = api.port == 8848;
                        let name = if short { api.host.clone() } else { format!("{}:{}", api.host, api.port) };
                        let name = NodeName(name);
                        if names.insert(name.clone()) {
                            EntryIs::Node(Box::new(NodeSpec { name, api: Some(api), files: FileSource::None }))
                        } else {
                            EntryIs::Again(name)
                        }
                    }
                };
                read.push(entry_of(is));
            }
        }
        if let Some(remark) = remark.filter(|_| read.len() < MOST_ENTRIES) {
            read.push(ReadEntry { line: index + 1, text: format!("#{remark}"), is: EntryIs::Comment });
        }
    }
    read
}

/// The nodes of a pasted list, see [`read_nodes`].
///
/// # Errors
/// The first entry that is not an address.
pub fn parse_nodes(text: &str) -> Result<Vec<NodeSpec>, AddressError> {
    let mut nodes = Vec::new();
    for ReadEntry { line, text, is } in read_nodes(text) {
        match is {
            EntryIs::Node(node) => nodes.push(*node),
            EntryIs::Again(_) | EntryIs::Comment => {}
            EntryIs::Wrong(why) => return Err(AddressError { line, text, why }),
        }
    }
    Ok(nodes)
}

fn parse_address(entry: &str) -> Result<ApiAddress, NoAddress> {
    let (scheme, rest) = entry.split_once("://").unwrap_or(("http", entry));
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(scheme.as_str(), "http" | "https") {
        return Err(NoAddress::Scheme);
    }
    // Wherever it stands: a password may hold anything.
    if rest.contains('@') {
        return Err(NoAddress::Credentials);
    }
    let (authority, path) = rest.split_once('/').map_or((rest, None), |(authority, path)| (authority, Some(path)));
    // Old cluster.conf lines may carry properties after a question mark.
    let authority = authority.split('?').next().unwrap_or_default();
    let (host, port) = match authority.strip_prefix('[') {
        Some(v6) => {
            let (host, after) = v6.split_once(']').ok_or(NoAddress::Host)?;
            host.parse::<std::net::Ipv6Addr>().map_err(|_| NoAddress::Host)?;
            (host, after.strip_prefix(':').or((after.is_empty()).then_some("")).ok_or(NoAddress::Port)?)
        }
        None if authority.parse::<std::net::Ipv6Addr>().is_ok() => (authority, ""),
        None => authority.split_once(':').unwrap_or((authority, "")),
    };
    if !is_host(host) {
        return Err(NoAddress::Host);
    }
    if is_unspecified(host) {
        return Err(NoAddress::Unspecified);
    }
    let given = || port.parse().ok().filter(|port| *port > 0).ok_or(NoAddress::Port);
    let port = if port.is_empty() { 8848 } else { given()? };
    let path = path.map(|path| path.split(['?', '#']).next().unwrap_or_default());
    let path = path.filter(|path| !path.is_empty()).map(|path| ContextPath::parse(&format!("/{path}")));
    let context_path = path.transpose().map_err(|_| NoAddress::Path)?;
    Ok(ApiAddress {
        published: Default::default(),
        scheme,
        host: canonical_host(host),
        port,
        context_path,
        console_port: None,
        credential: None,
        trust: Trust::System,
    })
}

/// Text that is not the address of a node.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: `{text}` is not the address of a node")]
pub struct AddressError {
    /// Line, counted from 1.
    pub line: usize,
    /// The entry.
    pub text: String,
    /// Why it is none.
    pub why: NoAddress,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(text: &str) -> Vec<String> {
        let nodes = parse_nodes(text).expect("nodes");
        nodes.iter().filter_map(|node| node.api.as_ref()).map(|api| format!("{}|{}", api.host, api.port)).collect()
    }

    #[test]
    fn reads_a_pasted_cluster_conf_and_single_addresses() {
        let pasted = "\u{feff}#it is ip\n10.0.0.1:8848\n10.0.0.2 # no port\n\n10.0.0.3:8858?raft=7\n10.0.0.1:8848\r\n";
        assert_eq!(addresses(pasted), ["10.0.0.1|8848", "10.0.0.2|8848", "10.0.0.3|8858"]);
        assert_eq!(addresses("[fe80::1]:9000, fe80::2"), ["fe80::1|9000", "fe80::2|8848"]);
        let nodes = parse_nodes("https://nacos.example:443/nacos/").expect("a URL");
        let api = nodes[0].api.as_ref().expect("address");
        assert_eq!(
            (api.scheme.as_str(), api.port, &api.context_path),
            ("https", 443, &ContextPath::parse("/nacos").ok())
        );
        assert_eq!(nodes[0].name, NodeName::from("nacos.example:443"));
        assert_eq!(parse_nodes("# nothing\n").expect("empty"), []);
    }

    #[test]
    fn prose_is_not_a_list_of_nodes() {
        let shapes = |text: &str| {
            let shape = |one: ReadEntry| match one.is {
                EntryIs::Node(node) => format!("{} {}", one.line, node.name),
                EntryIs::Again(name) => format!("{} again {name}", one.line),
                EntryIs::Comment => format!("{} remark", one.line),
                EntryIs::Wrong(why) => format!("{} {why:?} {}", one.line, one.text),
            };
            read_nodes(text).into_iter().map(shape).collect::<Vec<_>>()
        };
        assert_eq!(shapes("n1\nbad line here\nn2, n3"), ["1 n1", "2 Words bad line here", "3 n2", "3 n3"]);
        assert_eq!(shapes("10.0.0.1 8848"), ["1 Words 10.0.0.1 8848"], "a port apart from its host is no second node");
        let spaced = shapes("10.0.0.1:8848 10.0.0.2:8848 # all\n10.0.0.1");
        assert_eq!(spaced, ["1 10.0.0.1", "1 10.0.0.2", "1 remark", "2 again 10.0.0.1"]);
        assert_eq!(
            shapes("ftp://a\na:x\n$\nhttp://a/../b"),
            ["1 Scheme ftp://a", "2 Port a:x", "3 Host $", "4 Path http://a/../b"]
        );
        let many = read_nodes(&"a,".repeat(100_000));
        assert_eq!((many.len(), &many[MOST_ENTRIES].is), (MOST_ENTRIES + 1, &EntryIs::Wrong(NoAddress::Many)));
    }

    #[test]
    fn an_address_is_one_that_can_be_sent_and_each_node_is_there_once() {
        let is = |text: &str| read_nodes(text).pop().expect("an entry").is;
        assert_eq!(is("10.0.0.300"), EntryIs::Wrong(NoAddress::Host));
        for text in ["0.0.0.0", "0.0.0.0:8848", "http://0.0.0.0:8848/nacos", "[::]:8848"] {
            assert_eq!(is(text), EntryIs::Wrong(NoAddress::Unspecified), "{text}");
        }
        assert_eq!(is("nacos-3.EXAMPLE.com\nnacos-3.example.com:8848"), EntryIs::Again("nacos-3.example.com".into()));
        assert_eq!(is("[fd00::1]:8848\n[FD00:0::1]:8848"), EntryIs::Again("fd00::1".into()));
        let read = |text: &str| read_nodes(text).pop().expect("an entry").read_over().map(str::to_owned);
        assert_eq!(read("10.0.0.1:8848?raft_port=8807").as_deref(), Some("?raft_port=8807"));
        assert_eq!((read("10.0.0.1:8848"), read("10.0.0.300?x")), (None, None));
    }

    #[test]
    fn a_user_and_password_are_refused_and_not_repeated() {
        for text in
            ["http://user:secret@host:8848", "user:secret@host", "http://user:sec/ret@host", "http://u:se,cret@h"]
        {
            let read = read_nodes(text);
            let told = |one: &ReadEntry| one.is == EntryIs::Wrong(NoAddress::Credentials) && !one.text.contains("cret");
            assert!(read.iter().any(told), "{text}: {read:?}");
            assert!(read.iter().all(|one| !one.text.contains("se")), "{text}: {read:?}");
        }
        assert_eq!(parse_nodes("a\nu:p@b").map_err(|error| (error.line, error.text)), Err((2, "…".to_owned())));
    }

    #[test]
    fn names_the_line_that_is_no_address() {
        for (text, line) in [
            ("10.0.0.1\n10.0.0.2:x", 2),
            ("ftp://a", 1),
            ("a:70000", 1),
            ("[10.0.0.1]", 1),
            ("a b$", 1),
            ("http://a/nacos/../x", 1),
            ("http://a/%2e%2e", 1),
            ("http://a/b;c@d", 1),
            ("http://a//", 1),
        ] {
            assert_eq!(parse_nodes(text).map_err(|error| error.line), Err(line), "{text}");
        }
    }

    #[test]
    fn reads_front_doors_and_refuses_credentials_without_repeating_them() {
        let door = FrontDoor::parse(" HTTP://nacos.example:8848/nacos/ ").expect("a door");
        assert_eq!((door.to_string().as_str(), door.grpc_port()), ("http://nacos.example:8848/nacos", Some(9848)));
        assert_eq!(FrontDoor::parse("https://vip").expect("a door").port, 443);
        assert_eq!(FrontDoor::parse("http://vip/").expect("a door").to_string(), "http://vip:80");
        assert_eq!(FrontDoor::parse("http://[fd00::1]:9000").expect("a door").origin(), "http://[fd00::1]:9000");
        assert_eq!(FrontDoor::parse("http://[fd00::1]").expect("a door").port, 80);
        assert!(matches!(FrontDoor::parse("10.0.0.9:8848"), Err(DoorError::NoScheme(_))));
        assert!(matches!(FrontDoor::parse("ftp://vip"), Err(DoorError::NoScheme(_))));
        for text in [
            "http://",
            "http://vip:0",
            "http://vip:99999",
            "http://vip/a?b=c",
            "http://v ip",
            "http://vip/../x",
            "http://vip//a",
        ] {
            assert!(matches!(FrontDoor::parse(text), Err(DoorError::Address(_))), "{text}");
        }
        let refused = FrontDoor::parse("http://admin:secret@vip:8848").expect_err("refused");
        assert!(!refused.to_string().contains("secret") && refused == DoorError::Credentials, "{refused}");
        assert_eq!(FrontDoor::parse_all("http://a:1, http://b:2\nhttp://a:1").map(|doors| doors.len()), Ok(2));
        let many: String = (1..=9).map(|port| format!("http://a:{port} ")).collect();
        assert_eq!(FrontDoor::parse_all(&many), Err(DoorError::TooMany));
    }
}
