//! The form of a cluster: raw text per field, parsed once into the inventory's types.
//!
//! # Why
//! What nodes have in common is written once ([`ClusterInput::common`]), and a node says only what is different: an empty field
//! of a node is the common one. That is a matter of the form alone. The inventory keeps every node whole, so what a node is
//! asked never depends on another row, and [`ClusterInput::lifted`] finds the common values again.

use crate::domain::address::{ContextPath, is_host, is_unspecified};
use crate::domain::cluster::{
    ApiAddress, Cluster, CredentialRef, EntryIs, EvidencePart, FileSource, FrontDoor, NoAddress, NodeSpec, ReadEntry,
    SshLocation, read_nodes,
};
use crate::domain::credential::{self, CredentialRules, Unmet, Use};
use crate::domain::id::{ClusterId, NodeName};
use crate::domain::message::Message;
use crate::domain::on_silence::OnSilence;
use crate::domain::published::Published;
use crate::domain::trust::{NoTrust, Trust};

/// Stands for the host of a node in the common place of files.
pub const HOST: &str = "{host}";
/// Stands for the name of a node there.
pub const NAME: &str = "{name}";
/// Written by a node that has none of what the others have in common.
const NOTHING: &str = "-";
/// The main port of Nacos unless told.
const DEFAULT_PORT: &str = "8848";
/// From how many nodes on a value is a common one.
const COMMON_FROM: usize = 2;

/// Raw input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterInput {
    /// Name.
    pub name: String,
    /// Deadline of a node in a round, milliseconds.
    pub deadline_ms: String,
    /// URLs of the front doors, one a line.
    pub doors: String,
    /// What is wrong with what was typed there; it is kept apart, for the text itself may hold a password.
    pub door_trouble: Option<Message>,
    /// CA certificates (PEM) that the nodes and front doors are believed by.
    pub ca: String,
    /// Or SHA-256 of their certificates, one a line.
    pub pin: String,
    /// What is wrong with these two; kept apart, for a private key that was pasted is not sent back.
    pub trust_trouble: Option<NoTrust>,
    /// True if the kernel logs of nodes over SSH may be read: the one switch of the cluster for it.
    pub kernel_log: bool,
    /// What may stay unseen of a healthy cluster.
    pub accept_unseen: Vec<EvidencePart>,
    /// What is done where nodes are silent; `None`: as the program is set.
    pub on_silence: Option<OnSilence>,
    /// What all nodes have in common: scheme, port, context path, console port, credential, files. In its place of files,
    /// [`HOST`] and [`NAME`] stand for those of each node.
    pub common: NodeInput,
    /// One row a node.
    pub nodes: Vec<NodeInput>,
    /// One more row is wanted, nothing is saved.
    pub add_row: bool,
    /// A list of nodes, pasted.
    pub paste: String,
    /// Rows for the nodes of that list, or for a member that was found, are wanted; nothing is saved.
    pub add_list: Option<String>,
}

/// Raw input of one node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeInput {
    /// Name; a row without name, host and folder is left out.
    pub name: String,
    /// `http` or `https`.
    pub scheme: String,
    /// Host; empty for copied files only.
    pub host: String,
    /// Main port.
    pub port: String,
    /// Context path; empty: probe for it.
    pub context_path: String,
    /// Console port of 3.x.
    pub console_port: String,
    /// Where other ports are: `sdk=HOST:PORT, cluster=HOST:PORT, raft=HOST:PORT, peer=HOST:PORT`.
    pub published: String,
    /// `none`, a whole reference, or `env` or `file` for what stands in [`Self::credential_at`].
    pub credential: String,
    /// Name of the variable or path of the file, where it was written and not chosen.
    pub credential_at: String,
    /// Why that credential is refused.
    pub credential_refused: Option<Message>,
    /// `none`, `local`, `copied`, `ssh`.
    pub files: String,
    /// Folder; over SSH as [`crate::domain::place`] writes it, but for the kernel log, see [`ClusterInput::kernel_log`].
    pub home: String,
    /// Why a secret that is named there is refused.
    pub home_refused: Option<Message>,
    /// Leave this node out.
    pub remove: bool,
}

impl ClusterInput {
    /// From posted pairs: `name`, `deadline_ms`, `all-<field>` and `n<row>-<field>`.
    #[must_use]
    pub fn from_pairs(pairs: &[(String, String)]) -> Self {
        let mut input = Self::default();
        for (key, value) in pairs {
            let value = value.trim().to_owned();
            match key.as_str() {
                "name" => input.name = value,
                "deadline_ms" => input.deadline_ms = value,
                "doors" => {
                    input.door_trouble = FrontDoor::parse_all(&value).err().map(|error| error.message());
                    input.doors = shown_doors(value);
                }
                "kernel_log" => input.kernel_log = value == "yes",
                "accept_unseen" => input.accept_unseen.extend(value.parse::<EvidencePart>().ok()),
                "on_silence" => input.on_silence = OnSilence::from_name(&value),
                "add_row" => input.add_row = true,
                "paste" => input.paste = value,
                "add_list" => input.add_list = Some(value),
                "ca" => input.ca = value,
                "pin" => input.pin = value,
                _ => input.put(key, value),
            }
        }
        let (ca, pin, trust) = typed_trust(&input.ca, &input.pin);
        (input.ca, input.pin) = (ca, pin);
        input.trust_trouble = trust.err();
        input
    }

    fn put(&mut self, key: &str, value: String) {
        if let Some(field) = key.strip_prefix("all-") {
            return self.common.put(field, value);
        }
        let Some((row, field)) = key.strip_prefix('n').and_then(|rest| rest.split_once('-')) else { return };
        let Some(row) = row.parse::<usize>().ok().filter(|row| *row < 200) else { return };
        if self.nodes.len() <= row {
            self.nodes.resize_with(row + 1, NodeInput::default);
        }
        self.nodes[row].put(field, value);
    }

    /// Says at their nodes which secrets are refused, and gives the same sentences.
    pub fn refuse(&mut self, rules: &CredentialRules, unreleased: &[Unmet]) -> Vec<Message> {
        let mut told = Vec::new();
        for (need, _) in unreleased {
            let message = credential::told(rules, need);
            let named = |row: &&mut NodeInput| {
                !row.remove && need.node.0 == if row.name.is_empty() { row.host.as_str() } else { row.name.as_str() }
            };
            if let Some(row) = self.nodes.iter_mut().find(named) {
                let place = if need.used == Use::Login { &mut row.credential_refused } else { &mut row.home_refused };
                place.get_or_insert_with(|| message.clone());
            }
            told.push(message);
        }
        told
    }

    /// The same with one empty row at the end, which has what all nodes have in common.
    #[must_use]
    pub fn with_empty_row(mut self) -> Self {
        self.add_row = false;
        self.nodes.push(NodeInput::default());
        self
    }

    /// Adds a row for each node of a list that has none yet, and says of each entry what became of it. A row says only what the
    /// entry says; the rest is what all nodes have in common.
    pub fn add_nodes(&mut self, list: &str) -> Vec<ReadEntry> {
        let mut read = read_nodes(list);
        for entry in &mut read {
            let EntryIs::Node(node) = &entry.is else { continue };
            let Some(api) = &node.api else { continue };
            let is_there = |row: &&NodeInput| {
                let whole = row.with(&self.common);
                let port = if whole.port.is_empty() { DEFAULT_PORT } else { whole.port.as_str() };
                whole.name == node.name.0 || whole.host.eq_ignore_ascii_case(&api.host) && port == api.port.to_string()
            };
            if let Some(row) = self.nodes.iter().find(is_there) {
                let name = if row.name.is_empty() { &row.host } else { &row.name };
                entry.is = EntryIs::Again(NodeName(name.clone()));
                continue;
            }
            let shown = NodeInput::from(&**node);
            let usual = if self.common.port.is_empty() { DEFAULT_PORT } else { self.common.port.as_str() };
            let said = |text: &str, usual: &str| if text == usual { String::new() } else { text.to_owned() };
            self.nodes.push(NodeInput {
                name: shown.name,
                host: shown.host,
                scheme: said(&shown.scheme, "http"),
                port: said(&shown.port, usual),
                context_path: shown.context_path,
                ..NodeInput::default()
            });
        }
        read
    }

    /// Whether a row has that address already.
    #[must_use]
    pub fn names(&self, address: &str) -> bool {
        let read = self.clone().add_nodes(address);
        !read.is_empty() && read.iter().all(|entry| matches!(entry.is, EntryIs::Again(_)))
    }

    /// The same, with what at least two nodes have in common written once. What any node is does not change.
    #[must_use]
    pub fn lifted(mut self) -> Self {
        let before = self.nodes.clone();
        let asked: Vec<NodeInput> = before.iter().filter(|node| !node.host.is_empty()).cloned().collect();
        let usual = |field: fn(&NodeInput) -> &String| {
            most_common(asked.iter().map(|node| field(node).clone())).unwrap_or_default()
        };
        let (files, home) = most_common(before.iter().flat_map(NodeInput::places)).unwrap_or_default();
        self.common = NodeInput {
            scheme: usual(|node| &node.scheme),
            port: usual(|node| &node.port),
            context_path: usual(|node| &node.context_path),
            console_port: usual(|node| &node.console_port),
            credential: usual(|node| &node.credential),
            files,
            home,
            ..NodeInput::default()
        };
        for (node, whole) in self.nodes.iter_mut().zip(before) {
            *node = whole.without(&self.common);
            if node.with(&self.common) != whole {
                *node = whole;
            }
        }
        self
    }
}

/// What is there most often, if it is there often enough; among equals the first.
fn most_common<T: PartialEq>(values: impl Iterator<Item = T>) -> Option<T> {
    let mut counted: Vec<(T, usize)> = Vec::new();
    for value in values {
        match counted.iter_mut().find(|(known, _)| *known == value) {
            Some((_, count)) => *count += 1,
            None => counted.push((value, 1)),
        }
    }
    let most = counted.iter().map(|(_, count)| *count).max().filter(|most| *most >= COMMON_FROM)?;
    counted.into_iter().find(|(_, count)| *count == most).map(|(value, _)| value)
}

impl ClusterInput {
    /// Name of what can be done where nodes are silent, and whether it is chosen.
    #[must_use]
    pub fn on_silences(&self) -> [(&'static str, bool); 2] {
        OnSilence::ALL.map(|one| (one.as_str(), self.on_silence == Some(one)))
    }

    /// Word of each part that may be left unseen, and whether it is.
    #[must_use]
    pub fn parts(&self) -> [(&'static str, bool); 3] {
        EvidencePart::ALL.map(|part| (part.as_str(), self.accept_unseen.contains(&part)))
    }
}

impl NodeInput {
    fn put(&mut self, field: &str, value: String) {
        match field {
            "name" => self.name = value,
            "scheme" => self.scheme = value,
            "host" => self.host = value,
            "port" => self.port = value,
            "context_path" => self.context_path = value,
            "console_port" => self.console_port = value,
            "published" => self.published = value,
            "credential" => self.credential = value,
            "credential_at" => self.credential_at = value,
            "files" => self.files = value,
            "home" => self.home = value,
            "remove" => self.remove = value == "yes",
            _ => {}
        }
    }

    /// Whether it says anything besides its name and host, or something of it is refused.
    #[must_use]
    pub fn says_more(&self) -> bool {
        let (name, host, remove) = (self.name.clone(), self.host.clone(), self.remove);
        *self != Self { name, host, remove, ..Self::default() }
    }

    /// The whole node: what it leaves empty is as in `common`.
    #[must_use]
    pub fn with(&self, common: &Self) -> Self {
        let mut whole = self.clone();
        let take = |own: &mut String, common: &String| match own.as_str() {
            "" => own.clone_from(common),
            NOTHING => own.clear(),
            _ => {}
        };
        // Without a host there is nothing to ask.
        if !whole.host.is_empty() {
            take(&mut whole.scheme, &common.scheme);
            take(&mut whole.port, &common.port);
            take(&mut whole.context_path, &common.context_path);
            take(&mut whole.console_port, &common.console_port);
            if whole.credential.is_empty() {
                whole.credential.clone_from(&common.credential);
                whole.credential_at.clone_from(&common.credential_at);
            }
        }
        let of_common = whole.files.is_empty() || whole.files == common.files;
        if whole.home.is_empty() && of_common {
            whole.home = common.home.replace(HOST, &whole.host).replace(NAME, &whole.name);
        }
        if whole.files.is_empty() {
            whole.files.clone_from(&common.files);
        }
        whole
    }

    /// Only what is different from `common`.
    fn without(&self, common: &Self) -> Self {
        let mut own = self.clone();
        if !own.host.is_empty() {
            let cut = |own: &mut String, common: &String| {
                if own == common {
                    own.clear();
                } else if own.is_empty() {
                    NOTHING.clone_into(own);
                }
            };
            cut(&mut own.scheme, &common.scheme);
            cut(&mut own.port, &common.port);
            cut(&mut own.context_path, &common.context_path);
            cut(&mut own.console_port, &common.console_port);
            if own.credential == common.credential {
                own.credential.clear();
            }
        }
        if self.places().any(|place| place.0 == common.files && place.1 == common.home) {
            own.files.clear();
            own.home.clear();
        }
        own
    }

    /// Its kind of files and their place, as it is and with what names the node left open.
    fn places(&self) -> impl Iterator<Item = (String, String)> + use<> {
        let open = |text: &str, mark: &str| {
            let found = !text.is_empty() && self.home.contains(text);
            found.then(|| self.home.replace(text, mark))
        };
        let homes = [Some(self.home.clone()), open(&self.host, HOST), open(&self.name, NAME)];
        let files = self.files.clone();
        homes.into_iter().flatten().map(move |home| (files.clone(), home))
    }

    /// What can be chosen besides none: what is released, and what the node uses now.
    #[must_use]
    pub fn choices(&self, released: &[String]) -> Vec<String> {
        let own =
            (self.credential.contains(':') && !released.contains(&self.credential)).then(|| self.credential.clone());
        released.iter().cloned().chain(own).collect()
    }
}

impl From<&Cluster> for ClusterInput {
    fn from(cluster: &Cluster) -> Self {
        let nodes = cluster.nodes.iter().filter_map(|node| node.api.as_ref()).map(|api| &api.trust);
        let mut trusts = nodes.chain(cluster.doors.iter().map(|door| &door.trust));
        let (ca, pin) = trusts.find(|trust| !trust.is_system()).map(Trust::fields).unwrap_or_default();
        Self {
            ca,
            pin,
            trust_trouble: None,
            name: cluster.name.clone(),
            deadline_ms: cluster.node_deadline_ms.to_string(),
            doors: cluster.doors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
            door_trouble: None,
            kernel_log: cluster
                .nodes
                .iter()
                .any(|node| matches!(&node.files, FileSource::Ssh(place) if place.kernel_log)),
            accept_unseen: cluster.accept_unseen.clone(),
            on_silence: cluster.on_silence,
            common: NodeInput::default(),
            nodes: cluster.nodes.iter().map(NodeInput::from).collect(),
            add_row: false,
            paste: String::new(),
            add_list: None,
        }
        .lifted()
    }
}

impl From<&NodeSpec> for NodeInput {
    fn from(node: &NodeSpec) -> Self {
        let mut input = Self { name: node.name.0.clone(), ..Self::default() };
        if let Some(api) = &node.api {
            input.scheme.clone_from(&api.scheme);
            input.host.clone_from(&api.host);
            input.port = api.port.to_string();
            input.context_path = api
                .context_path
                .as_ref()
                .map_or("", |path| if path.as_shown().is_empty() { "/" } else { path.as_shown() })
                .to_owned();
            input.console_port = api.console_port.map(|port| port.to_string()).unwrap_or_default();
            input.published = api.published.to_string();
            input.credential = api.credential.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
        }
        (input.files, input.home) = match &node.files {
            FileSource::None => ("none".to_owned(), String::new()),
            FileSource::Local { home } => ("local".to_owned(), home.display().to_string()),
            FileSource::Copied { home } => ("copied".to_owned(), home.display().to_string()),
            FileSource::Ssh(place) => {
                ("ssh".to_owned(), SshLocation { kernel_log: false, ..place.clone() }.to_string())
            }
        };
        input
    }
}

/// What was typed, or nothing if it may hold a password: that is not sent back.
pub fn shown_doors(typed: String) -> String {
    if typed.contains('@') { String::new() } else { typed }
}

/// A list of nodes as it may be shown again: without the user and password of an address.
pub fn shown_addresses(typed: String) -> String {
    let is_refused = |entry: &ReadEntry| entry.is == EntryIs::Wrong(NoAddress::Credentials);
    if !read_nodes(&typed).iter().any(is_refused) {
        return typed;
    }
    let without = |line: &str| match line.rsplit_once('@') {
        Some((before, host)) if read_nodes(line).iter().any(is_refused) => match before.split_once("://") {
            Some((scheme, _)) => format!("{scheme}://{host}"),
            None => host.to_owned(),
        },
        _ => line.to_owned(),
    };
    typed.lines().map(without).collect::<Vec<_>>().join("\n")
}

/// CA and pins as they may be shown again, without a private key that was pasted into either, and what they mean.
pub fn typed_trust(ca: &str, pin: &str) -> (String, String, Result<Trust, NoTrust>) {
    let (ca, pin) = (ca.trim().replace("\r\n", "\n"), pin.trim().replace("\r\n", "\n"));
    match Trust::parse(&ca, &pin) {
        Err(NoTrust::PrivateKey) => (String::new(), String::new(), Err(NoTrust::PrivateKey)),
        trust => (ca, pin, trust),
    }
}

/// Sets whom to believe for all nodes and front doors: the forms have one pair of fields for a whole cluster.
pub fn believe(nodes: &mut [NodeSpec], doors: &mut [FrontDoor], trust: &Trust) {
    let nodes = nodes.iter_mut().filter_map(|node| node.api.as_mut()).map(|api| &mut api.trust);
    for place in nodes.chain(doors.iter_mut().map(|door| &mut door.trust)) {
        place.clone_from(trust);
    }
}

/// Two nodes with one address: what is seen there would count for one of them only.
fn is_one_address(one: &NodeSpec, other: &NodeSpec) -> bool {
    let (Some(one), Some(other)) = (&one.api, &other.api) else { return false };
    one.port == other.port && one.host.eq_ignore_ascii_case(&other.host)
}

/// The inventory's types, or everything that is wrong.
///
/// # Errors
/// One message a problem, in the order of the form.
pub fn parse(input: &ClusterInput, id: ClusterId) -> Result<Cluster, Vec<Message>> {
    let mut problems = Vec::new();
    let deadline = input.deadline_ms.parse::<u64>().ok().filter(|ms| Cluster::DEADLINES_MS.contains(ms));
    if input.name.is_empty() {
        problems.push(Message::new("web-form-cluster-name"));
    }
    if deadline.is_none() {
        problems.push(Message::new("web-form-deadline"));
    }
    let mut doors = FrontDoor::parse_all(&input.doors).unwrap_or_default();
    problems.extend(input.door_trouble.clone());
    problems.extend(input.trust_trouble.map(NoTrust::message));
    let trust = Trust::parse(&input.ca, &input.pin).unwrap_or_default();
    let mut nodes: Vec<NodeSpec> = Vec::new();
    for row in &input.nodes {
        if row.remove || (row.name.is_empty() && row.host.is_empty() && row.home.is_empty()) {
            continue;
        }
        match parse_node(&row.with(&input.common)) {
            Ok(node) if nodes.iter().any(|other| other.name == node.name) => {
                problems.push(Message::new("web-form-node-twice").with("node", &node.name));
            }
            Ok(node) => {
                if let Some(other) = nodes.iter().find(|other| is_one_address(other, &node)) {
                    let says = Message::new("web-form-address-twice").with("one", &other.name);
                    problems.push(says.with("other", &node.name));
                }
                nodes.push(node);
            }
            Err(problem) => problems.push(problem),
        }
    }
    believe(&mut nodes, &mut doors, &trust);
    // `kernel=on` behind one place is the same wish, and the switch is that of the cluster.
    let places = nodes.iter_mut().filter_map(|node| match &mut node.files {
        FileSource::Ssh(place) => Some(place),
        _ => None,
    });
    let places: Vec<&mut SshLocation> = places.collect();
    let kernel_log = input.kernel_log || places.iter().any(|place| place.kernel_log);
    for place in places {
        place.kernel_log = kernel_log;
    }
    if nodes.is_empty() && problems.is_empty() {
        problems.push(Message::new("web-form-no-addresses"));
    }
    match deadline {
        Some(node_deadline_ms) if problems.is_empty() => {
            let mut accept_unseen = input.accept_unseen.clone();
            accept_unseen.sort_unstable();
            accept_unseen.dedup();
            let (name, on_silence) = (input.name.clone(), input.on_silence);
            Ok(Cluster { id, name, nodes, node_deadline_ms, doors, accept_unseen, on_silence })
        }
        _ => Err(problems),
    }
}

fn parse_node(row: &NodeInput) -> Result<NodeSpec, Message> {
    let name = if row.name.is_empty() { row.host.clone() } else { row.name.clone() };
    let wrong = |field: &str| match field {
        "context path" => Message::new("web-form-context-path").with("node", &name),
        "published ports" => Message::new("web-form-published").with("node", &name),
        _ => Message::new("web-form-node-field").with("node", &name).with("field", field),
    };
    let api = if row.host.is_empty() { None } else { Some(parse_api(row).map_err(wrong)?) };
    let files = match (row.files.as_str(), row.home.is_empty()) {
        ("local", false) => FileSource::Local { home: row.home.clone().into() },
        ("copied", false) => FileSource::Copied { home: row.home.clone().into() },
        ("ssh", false) => {
            let no_place = |_| Message::new("source-form-ssh").with("node", &name);
            FileSource::Ssh(SshLocation::parse_with_options(&row.home).map_err(no_place)?)
        }
        ("local" | "copied" | "ssh", true) => {
            return Err(Message::new("web-form-node-home").with("node", &name));
        }
        _ => FileSource::None,
    };
    if api.is_none() && files == FileSource::None {
        return Err(Message::new("web-form-node-empty").with("node", &name));
    }
    Ok(NodeSpec { name: NodeName(name), api, files })
}

fn parse_api(row: &NodeInput) -> Result<ApiAddress, &'static str> {
    let port = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0);
    let main = if row.port.is_empty() { 8848 } else { port(&row.port).ok_or("port")? };
    let console_port = if row.console_port.is_empty() { None } else { Some(port(&row.console_port).ok_or("console")?) };
    let context_path = match row.context_path.as_str() {
        "" => None,
        path => Some(ContextPath::parse(path).map_err(|_| "context path")?),
    };
    let host = row.host.trim_start_matches('[').trim_end_matches(']').to_owned();
    if !is_host(&host) || is_unspecified(&host) {
        return Err("host");
    }
    let credential = match (row.credential.as_str(), row.credential_at.is_empty()) {
        ("env", false) => Some(CredentialRef::variable(&row.credential_at).ok_or("credential")?),
        ("file", false) => Some(CredentialRef::File { path: row.credential_at.clone().into() }),
        ("env" | "file", true) => return Err("credential"),
        ("none" | "", _) => None,
        (reference, _) => Some(CredentialRef::parse(reference).ok_or("credential")?),
    };
    let scheme = if row.scheme == "https" { "https" } else { "http" }.to_owned();
    let published = Published::parse(&row.published).map_err(|_| "published ports")?;
    Ok(ApiAddress { scheme, host, port: main, context_path, console_port, credential, trust: Trust::System, published })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_was_shown_comes_back_the_same() {
        let pinned = Trust::parse("", &"ab".repeat(32)).expect("a pin");
        let cluster = Cluster {
            id: ClusterId(3),
            name: "prod-hz".to_owned(),
            nodes: vec![
                NodeSpec {
                    name: NodeName::from("n1"),
                    api: Some(ApiAddress {
                        published: Published::parse("sdk=h:9868, peer=172.18.0.2:8848").expect("fields"),
                        scheme: "https".to_owned(),
                        host: "10.0.0.1".to_owned(),
                        port: 8848,
                        context_path: Some(ContextPath::root()),
                        console_port: Some(8080),
                        credential: Some(CredentialRef::Env { name: "NACOS".to_owned() }),
                        trust: pinned.clone(),
                    }),
                    files: FileSource::Local { home: "/home/nacos".into() },
                },
                NodeSpec {
                    name: NodeName::from("n2"),
                    api: None,
                    files: FileSource::Copied { home: "/srv/n2".into() },
                },
                NodeSpec {
                    name: NodeName::from("n3"),
                    api: None,
                    files: FileSource::Ssh(SshLocation {
                        kernel_log: true,
                        ..SshLocation::parse("nacos@[fd00::3]:2222:/opt/nacos").expect("a place")
                    }),
                },
            ],
            node_deadline_ms: 3000,
            doors: vec![FrontDoor { trust: pinned, ..FrontDoor::parse("https://vip:8848/nacos").expect("a door") }],
            accept_unseen: vec![EvidencePart::Logs, EvidencePart::Links],
            on_silence: Some(OnSilence::Open),
        };
        assert_eq!(parse(&ClusterInput::from(&cluster), ClusterId(3)), Ok(cluster));
    }

    #[test]
    fn a_password_in_a_list_of_nodes_is_not_shown_again() {
        let typed = "10.0.0.1 # ask ops@example\nhttp://user:secret@10.0.0.2:8848/nacos\nu:secret@n3";
        let shown = shown_addresses(typed.to_owned());
        assert!(!shown.contains("secret") && shown.contains("ops@example\nhttp://10.0.0.2:8848/nacos\nn3"), "{shown}");
        let remark = "10.0.0.1 # ask ops@example";
        assert_eq!(shown_addresses(remark.to_owned()), remark);
        let row = NodeInput { name: "n1".to_owned(), host: "0.0.0.0".to_owned(), ..NodeInput::default() };
        assert!(parse_node(&row).is_err(), "it stands for no machine");
    }

    #[test]
    fn nothing_that_is_set_of_a_place_is_lost() {
        let text = "nacos@n1:/opt/a,b,key=file:/k/id,1,passphrase=env:P,known_hosts=/k/known,jump=ops@[fd00::1]:2200";
        let row = |files: &str, home: &str| NodeInput {
            name: "n1".to_owned(),
            files: files.to_owned(),
            home: home.to_owned(),
            ..NodeInput::default()
        };
        let spec = parse_node(&row("ssh", text)).expect("a node");
        let shown = NodeInput::from(&spec);
        assert_eq!((shown.files.as_str(), shown.home.as_str()), ("ssh", text));
        assert_eq!(parse_node(&shown), Ok(spec));
        for wrong in ["nacos@n1:/a,key=geheim", "nacos@n1:/a,kye=agent", "nacos@n1:/a,passphrase=env:A B"] {
            assert_eq!(parse_node(&row("ssh", wrong)).map_err(|problem| problem.key), Err("source-form-ssh".into()));
        }
        let variable = |name: &str| NodeInput {
            host: "10.0.0.1".to_owned(),
            credential: "env".to_owned(),
            credential_at: name.to_owned(),
            ..NodeInput::default()
        };
        assert!(parse_node(&variable("NACOS_CRED")).is_ok() && parse_node(&variable("geheim!")).is_err());
    }

    /// Three nodes that differ in their host only, the third a little more.
    fn alike() -> Cluster {
        let node = |name: &str, home: &str| NodeInput {
            name: name.to_owned(),
            host: format!("{name}.example"),
            scheme: "https".to_owned(),
            port: "8858".to_owned(),
            context_path: "/nacos".to_owned(),
            console_port: "8080".to_owned(),
            credential: "env:NACOS".to_owned(),
            files: "ssh".to_owned(),
            home: home.to_owned(),
            ..NodeInput::default()
        };
        let third = NodeInput { context_path: String::new(), console_port: String::new(), ..node("n3", "n3:/opt") };
        let third = NodeInput { credential: "none".to_owned(), files: "none".to_owned(), home: String::new(), ..third };
        let copied = NodeInput {
            name: "n4".to_owned(),
            files: "copied".to_owned(),
            home: "/srv/n4".to_owned(),
            ..NodeInput::default()
        };
        let places = ["ops@n1.example:2222:/opt/nacos,key=agent", "ops@n2.example:2222:/opt/nacos,key=agent"];
        let nodes = vec![node("n1", places[0]), node("n2", places[1]), third, copied];
        let input =
            ClusterInput { name: "c".to_owned(), deadline_ms: "3000".to_owned(), nodes, ..ClusterInput::default() };
        parse(&input, ClusterId(1)).expect("a cluster")
    }

    #[test]
    fn what_nodes_have_in_common_is_written_once_and_changes_nothing() {
        let cluster = alike();
        let shown = ClusterInput::from(&cluster);
        let common = &shown.common;
        assert_eq!((common.scheme.as_str(), common.port.as_str()), ("https", "8858"));
        assert_eq!((common.context_path.as_str(), common.console_port.as_str()), ("/nacos", "8080"));
        assert_eq!((common.credential.as_str(), common.files.as_str()), ("env:NACOS", "ssh"));
        assert_eq!(common.home, "ops@{host}:2222:/opt/nacos,key=agent");
        for (node, name) in shown.nodes.iter().zip(["n1", "n2"]) {
            let only = NodeInput { name: name.to_owned(), host: format!("{name}.example"), ..NodeInput::default() };
            assert_eq!(node, &only, "nothing is repeated");
        }
        let third = &shown.nodes[2];
        assert_eq!((third.context_path.as_str(), third.console_port.as_str()), ("-", "-"), "it has none of both");
        assert_eq!((third.credential.as_str(), third.files.as_str()), ("none", "none"));
        assert_eq!(parse(&shown, ClusterId(1)), Ok(cluster), "what is stored stays as it was");
    }

    #[test]
    fn a_common_value_reaches_every_node_that_says_nothing_else() {
        let mut shown = ClusterInput::from(&alike());
        shown.common.port = "9000".to_owned();
        shown.common.home = "root@{host}:/srv/{name}".to_owned();
        shown = shown.with_empty_row();
        let row = shown.nodes.last_mut().expect("the new row");
        (row.name, row.host) = ("n5".to_owned(), "10.0.0.5".to_owned());
        let cluster = parse(&shown, ClusterId(1)).expect("a cluster");
        let ports: Vec<_> = cluster.nodes.iter().filter_map(|node| node.api.as_ref()).map(|api| api.port).collect();
        assert_eq!(ports, [9000; 4]);
        let places = cluster.nodes.iter().filter_map(|node| match &node.files {
            FileSource::Ssh(place) => Some(place.to_string()),
            _ => None,
        });
        let wanted = ["root@n1.example:/srv/n1", "root@n2.example:/srv/n2", "root@10.0.0.5:/srv/n5"];
        assert_eq!(places.collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn rows_of_a_list_say_what_the_list_says_and_no_node_is_there_twice() {
        let mut shown = ClusterInput::from(&alike());
        let list =
            "n1.example:8858\n10.0.0.9:8858 # new\n10.0.0.10\nbad line here\nN2.EXAMPLE:8858\nhttps://10.0.0.11:8858/x";
        let read = shown.add_nodes(list);
        let again = |name: &str| EntryIs::Again(NodeName::from(name));
        assert_eq!((&read[0].is, &read[5].is), (&again("n1"), &again("n2")));
        assert!(matches!(read[4].is, EntryIs::Wrong(_)), "{:?}", read[4]);
        let rows = shown.nodes[4..].iter().map(|row| {
            let said = [&row.name, &row.host, &row.port, &row.scheme, &row.context_path, &row.credential, &row.files];
            said.map(String::as_str).join("|")
        });
        assert_eq!(
            rows.collect::<Vec<_>>(),
            [
                "10.0.0.9:8858|10.0.0.9|||||".to_owned(),
                "10.0.0.10|10.0.0.10|8848||||".to_owned(),
                "10.0.0.11:8858|10.0.0.11||https|/x||".to_owned(),
            ]
        );
        let count = shown.nodes.len();
        assert!(shown.add_nodes(list).iter().all(|one| !matches!(one.is, EntryIs::Node(_))), "all are there now");
        assert_eq!(shown.nodes.len(), count);
    }

    #[test]
    fn one_node_alone_has_nothing_in_common_with_anybody() {
        let mut cluster = alike();
        cluster.nodes.truncate(1);
        let shown = ClusterInput::from(&cluster);
        assert_eq!((&shown.common, shown.nodes[0].port.as_str()), (&NodeInput::default(), "8858"));
        assert_eq!(parse(&shown, ClusterId(1)), Ok(cluster));
    }

    #[test]
    fn one_switch_opens_and_shuts_the_kernel_logs_of_all_nodes() {
        let input = |kernel: &str, home: &str| {
            ClusterInput::from_pairs(&pairs(&[
                ("name", "c"),
                ("deadline_ms", "3000"),
                ("kernel_log", kernel),
                ("n0-name", "n1"),
                ("n0-files", "ssh"),
                ("n0-home", home),
                ("n1-name", "n2"),
                ("n1-files", "ssh"),
                ("n1-home", "nacos@n2:/opt/nacos"),
            ]))
        };
        let open = |input: &ClusterInput| {
            let cluster = parse(input, ClusterId(1)).expect("a cluster");
            let shown = ClusterInput::from(&cluster);
            assert_eq!(parse(&shown, ClusterId(1)), Ok(cluster.clone()));
            assert!(!shown.nodes.iter().any(|node| node.home.contains("kernel")), "the box alone tells");
            let is_open = |node: &NodeSpec| matches!(&node.files, FileSource::Ssh(place) if place.kernel_log);
            (cluster.nodes.iter().filter(|node| is_open(node)).count(), shown.kernel_log)
        };
        assert_eq!(open(&input("", "nacos@n1:/opt/nacos")), (0, false));
        assert_eq!(open(&input("yes", "nacos@n1:/opt/nacos")), (2, true));
        assert_eq!(open(&input("", "nacos@n1:/opt/nacos,kernel=on")), (2, true));
    }

    #[test]
    fn says_everything_that_is_wrong() {
        let input = ClusterInput::from_pairs(&pairs(&[
            ("name", ""),
            ("deadline_ms", "5"),
            ("n0-name", "a"),
            ("n0-host", "10.0.0.1"),
            ("n0-port", "99999"),
            ("n1-name", "b"),
            ("n2-host", "evil/../x"),
            ("n5-host", "10.0.0.5"),
            ("n5-context_path", "/nacos/v2/core/loader/reloadCurrent?count=1&x="),
            ("n3-name", "c"),
            ("n3-files", "local"),
            ("n4-name", "d"),
            ("n4-files", "ssh"),
            ("n4-home", "/opt/nacos"),
            ("doors", "http://admin:secret@vip:8848"),
        ]));
        assert_eq!(input.doors, "", "a password is not sent back");
        let problems = parse(&input, ClusterId(1)).expect_err("problems");
        let keys: Vec<_> = problems.iter().map(|problem| problem.key.as_str()).collect();
        assert_eq!(
            keys,
            [
                "web-form-cluster-name",
                "web-form-deadline",
                "door-form-credentials",
                "web-form-node-field",
                "web-form-node-empty",
                "web-form-node-field",
                "web-form-node-home",
                "source-form-ssh",
                "web-form-context-path"
            ]
        );
    }

    #[test]
    fn a_private_key_is_not_sent_back_and_a_ca_goes_to_nodes_and_doors() {
        let input = |ca: &str, pin: &str| {
            ClusterInput::from_pairs(&pairs(&[
                ("name", "c"),
                ("deadline_ms", "3000"),
                ("n0-host", "10.0.0.1"),
                ("n0-scheme", "https"),
                ("doors", "https://vip"),
                ("ca", ca),
                ("pin", pin),
            ]))
        };
        let key = input("-----BEGIN PRIVATE KEY-----\nMAMC\n-----END PRIVATE KEY-----", "");
        assert_eq!(key.ca, "");
        let keys = |input: &ClusterInput| {
            let problems = parse(input, ClusterId(1)).expect_err("problems");
            problems.into_iter().map(|problem| problem.key).collect::<Vec<_>>()
        };
        assert_eq!(keys(&key), ["trust-form-private-key"]);
        assert_eq!(keys(&input("x", "")), ["trust-form-ca"]);
        assert_eq!(keys(&input("", "x")), ["trust-form-pin"]);
        let pem = "-----BEGIN CERTIFICATE-----\r\nMAMCAQE=\r\n-----END CERTIFICATE-----";
        assert_eq!(keys(&input(pem, &"ab".repeat(32))), ["trust-form-both"]);
        let cluster = parse(&input(pem, ""), ClusterId(1)).expect("a cluster");
        let trust = Trust::Authority { pem: pem.replace("\r\n", "\n") };
        assert_eq!((&cluster.nodes[0].api.as_ref().expect("an API").trust, &cluster.doors[0].trust), (&trust, &trust));
        assert_eq!(parse(&ClusterInput::from(&cluster), ClusterId(1)), Ok(cluster));
    }

    #[test]
    fn a_huge_row_number_makes_no_huge_list() {
        let input = ClusterInput::from_pairs(&pairs(&[("n99999999-name", "x"), ("nx-name", "y")]));
        assert!(input.nodes.is_empty());
    }
}
