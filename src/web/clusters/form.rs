//! The form of a cluster: raw text per field, parsed once into the inventory's types.

use crate::domain::address::{ContextPath, is_host};
use crate::domain::cluster::{
    ApiAddress, Cluster, CredentialRef, EvidencePart, FileSource, FrontDoor, NodeSpec, SshLocation,
};
use crate::domain::credential::{self, CredentialRules, Unmet, Use};
use crate::domain::id::{ClusterId, NodeName};
use crate::domain::message::Message;
use crate::domain::published::Published;
use crate::domain::trust::{NoTrust, Trust};

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
    /// One row a node.
    pub nodes: Vec<NodeInput>,
    /// One more row is wanted, nothing is saved.
    pub add_row: bool,
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
    /// From posted pairs: `name`, `deadline_ms`, and `n<row>-<field>`.
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
                "add_row" => input.add_row = true,
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
        let Some((row, field)) = key.strip_prefix('n').and_then(|rest| rest.split_once('-')) else { return };
        let Some(row) = row.parse::<usize>().ok().filter(|row| *row < 200) else { return };
        if self.nodes.len() <= row {
            self.nodes.resize_with(row + 1, NodeInput::default);
        }
        let node = &mut self.nodes[row];
        match field {
            "name" => node.name = value,
            "scheme" => node.scheme = value,
            "host" => node.host = value,
            "port" => node.port = value,
            "context_path" => node.context_path = value,
            "console_port" => node.console_port = value,
            "published" => node.published = value,
            "credential" => node.credential = value,
            "credential_at" => node.credential_at = value,
            "files" => node.files = value,
            "home" => node.home = value,
            "remove" => node.remove = value == "yes",
            _ => {}
        }
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

    /// The same with one empty row at the end.
    #[must_use]
    pub fn with_empty_row(mut self) -> Self {
        self.add_row = false;
        self.nodes.push(NodeInput { scheme: "http".to_owned(), port: "8848".to_owned(), ..NodeInput::default() });
        self
    }
}

impl ClusterInput {
    /// Word of each part that may be left unseen, and whether it is.
    #[must_use]
    pub fn parts(&self) -> [(&'static str, bool); 3] {
        EvidencePart::ALL.map(|part| (part.as_str(), self.accept_unseen.contains(&part)))
    }
}

impl NodeInput {
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
            nodes: cluster.nodes.iter().map(NodeInput::from).collect(),
            add_row: false,
        }
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
        match parse_node(row) {
            Ok(node) if nodes.iter().any(|other| other.name == node.name) => {
                problems.push(Message::new("web-form-node-twice").with("node", &node.name));
            }
            Ok(node) => nodes.push(node),
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
            Ok(Cluster { id, name: input.name.clone(), nodes, node_deadline_ms, doors, accept_unseen })
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
    if !is_host(&host) {
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
        };
        assert_eq!(parse(&ClusterInput::from(&cluster), ClusterId(3)), Ok(cluster));
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
