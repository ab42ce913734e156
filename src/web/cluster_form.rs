//! The form of a cluster: raw text per field, parsed once into the inventory's types.

use super::clusters::shown_doors;
use crate::domain::cluster::{
    ApiAddress, Cluster, CredentialRef, FileSource, FrontDoor, NodeSpec, SshHost, SshKey, SshPlace,
};
use crate::domain::id::{ClusterId, NodeName};
use crate::domain::message::Message;

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
    /// `none`, `env`, `file`.
    pub credential: String,
    /// Name of the variable or path of the file.
    pub credential_at: String,
    /// `none`, `local`, `copied`, `ssh`, `ssh_kernel`.
    pub files: String,
    /// Folder; over SSH `USER@HOST[:PORT]:PATH` and what else [`SSH_OPTIONS`] names.
    pub home: String,
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
                "add_row" => input.add_row = true,
                _ => input.put(key, value),
            }
        }
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
            "credential" => node.credential = value,
            "credential_at" => node.credential_at = value,
            "files" => node.files = value,
            "home" => node.home = value,
            "remove" => node.remove = value == "yes",
            _ => {}
        }
    }

    /// The same with one empty row at the end.
    #[must_use]
    pub fn with_empty_row(mut self) -> Self {
        self.add_row = false;
        self.nodes.push(NodeInput { scheme: "http".to_owned(), port: "8848".to_owned(), ..NodeInput::default() });
        self
    }
}

impl From<&Cluster> for ClusterInput {
    fn from(cluster: &Cluster) -> Self {
        Self {
            name: cluster.name.clone(),
            deadline_ms: cluster.node_deadline_ms.to_string(),
            doors: cluster.doors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
            door_trouble: None,
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
                .map_or_else(String::new, |path| if path.is_empty() { "/".to_owned() } else { path.clone() });
            input.console_port = api.console_port.map(|port| port.to_string()).unwrap_or_default();
            (input.credential, input.credential_at) = match &api.credential {
                None => ("none".to_owned(), String::new()),
                Some(CredentialRef::Env { name }) => ("env".to_owned(), name.clone()),
                Some(CredentialRef::File { path }) => ("file".to_owned(), path.display().to_string()),
            };
        }
        (input.files, input.home) = match &node.files {
            FileSource::None => ("none".to_owned(), String::new()),
            FileSource::Local { home } => ("local".to_owned(), home.display().to_string()),
            FileSource::Copied { home } => ("copied".to_owned(), home.display().to_string()),
            FileSource::Ssh(place) => {
                let files = if place.kernel_log { "ssh_kernel" } else { "ssh" };
                (files.to_owned(), ssh_text(place))
            }
        };
        input
    }
}

/// The inventory's types, or everything that is wrong.
///
/// # Errors
/// One message a problem, in the order of the form.
pub fn parse(input: &ClusterInput, id: ClusterId) -> Result<Cluster, Vec<Message>> {
    let mut problems = Vec::new();
    let deadline = input.deadline_ms.parse::<u64>().ok().filter(|ms| (200..=60_000).contains(ms));
    if input.name.is_empty() {
        problems.push(Message::new("web-form-cluster-name"));
    }
    if deadline.is_none() {
        problems.push(Message::new("web-form-deadline"));
    }
    let doors = FrontDoor::parse_all(&input.doors).unwrap_or_default();
    problems.extend(input.door_trouble.clone());
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
    if nodes.is_empty() && problems.is_empty() {
        problems.push(Message::new("web-form-no-addresses"));
    }
    match deadline {
        Some(node_deadline_ms) if problems.is_empty() => {
            Ok(Cluster { id, name: input.name.clone(), nodes, node_deadline_ms, doors })
        }
        _ => Err(problems),
    }
}

fn parse_node(row: &NodeInput) -> Result<NodeSpec, Message> {
    let name = if row.name.is_empty() { row.host.clone() } else { row.name.clone() };
    let wrong = |field: &str| Message::new("web-form-node-field").with("node", &name).with("field", field);
    let api = if row.host.is_empty() { None } else { Some(parse_api(row).map_err(wrong)?) };
    let files = match (row.files.as_str(), row.home.is_empty()) {
        ("local", false) => FileSource::Local { home: row.home.clone().into() },
        ("copied", false) => FileSource::Copied { home: row.home.clone().into() },
        (files @ ("ssh" | "ssh_kernel"), false) => {
            let place = ssh_place(&row.home).ok_or_else(|| Message::new("source-form-ssh").with("node", &name))?;
            FileSource::Ssh(SshPlace { kernel_log: files == "ssh_kernel", ..place })
        }
        ("local" | "copied" | "ssh" | "ssh_kernel", true) => {
            return Err(Message::new("web-form-node-home").with("node", &name));
        }
        _ => FileSource::None,
    };
    if api.is_none() && files == FileSource::None {
        return Err(Message::new("web-form-node-empty").with("node", &name));
    }
    Ok(NodeSpec { name: NodeName(name), api, files })
}

/// What may stand behind the place of a node over SSH, as `,name=value`; spelled as on the command line.
const SSH_OPTIONS: [&str; 4] = ["key", "passphrase", "known_hosts", "jump"];

/// A place with everything that was set of it: what the form does not show, it would lose.
fn ssh_text(place: &SshPlace) -> String {
    let mut text = format!("{}:{}", place.host, place.home);
    let mut put = |name: &str, value: String| text.push_str(&format!(",{name}={value}"));
    match &place.key {
        SshKey::Usual => {}
        SshKey::Agent => put("key", "agent".to_owned()),
        SshKey::File { path } => put("key", format!("file:{}", path.display())),
    }
    match &place.passphrase {
        None => {}
        Some(CredentialRef::Env { name }) => put("passphrase", format!("env:{name}")),
        Some(CredentialRef::File { path }) => put("passphrase", format!("file:{}", path.display())),
    }
    if let Some(file) = &place.known_hosts {
        put("known_hosts", file.display().to_string());
    }
    if let Some(jump) = &place.jump {
        put("jump", jump.to_string());
    }
    text
}

/// The other way round; each option at most once.
fn ssh_place(text: &str) -> Option<SshPlace> {
    let (head, options) = split_options(text);
    let mut place = SshPlace::parse(head)?;
    let mut seen: Vec<&str> = Vec::new();
    for (name, value) in options {
        if seen.contains(&name) || value.is_empty() {
            return None;
        }
        seen.push(name);
        let (kind, at) = value.split_once(':').unwrap_or((value, ""));
        match name {
            "key" if value == "agent" => place.key = SshKey::Agent,
            "key" if kind == "file" && !at.is_empty() => place.key = SshKey::File { path: at.into() },
            "passphrase" if kind == "env" && !at.is_empty() => {
                place.passphrase = Some(CredentialRef::Env { name: at.to_owned() });
            }
            "passphrase" if kind == "file" && !at.is_empty() => {
                place.passphrase = Some(CredentialRef::File { path: at.into() });
            }
            "known_hosts" => place.known_hosts = Some(value.into()),
            "jump" => place.jump = Some(SshHost::parse(value)?),
            _ => return None,
        }
    }
    Some(place)
}

/// The place, and the options behind it; a comma that begins no option belongs to what stands before it.
fn split_options(text: &str) -> (&str, Vec<(&str, &str)>) {
    let begins = |at: usize| {
        let (name, _) = text[at + 1..].trim_start().split_once('=')?;
        SSH_OPTIONS.into_iter().find(|option| *option == name)
    };
    let cuts: Vec<(usize, &str)> =
        text.match_indices(',').filter_map(|(at, _)| begins(at).map(|name| (at, name))).collect();
    let end = |index: usize| cuts.get(index).map_or(text.len(), |(at, _)| *at);
    let options = cuts
        .iter()
        .enumerate()
        .map(|(index, (at, name))| {
            let option = &text[at + 1..end(index + 1)];
            (*name, option.split_once('=').map_or("", |(_, value)| value.trim()))
        })
        .collect();
    (text[..end(0)].trim(), options)
}

fn parse_api(row: &NodeInput) -> Result<ApiAddress, &'static str> {
    let port = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0);
    let main = if row.port.is_empty() { 8848 } else { port(&row.port).ok_or("port")? };
    let console_port = if row.console_port.is_empty() { None } else { Some(port(&row.console_port).ok_or("console")?) };
    let context_path = match row.context_path.trim_end_matches('/') {
        "" if row.context_path.is_empty() => None,
        path if path.is_empty() || path.starts_with('/') => Some(path.to_owned()),
        path => Some(format!("/{path}")),
    };
    let host = row.host.trim_start_matches('[').trim_end_matches(']').to_owned();
    if host.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '/' | '@' | '?' | '#')) {
        return Err("host");
    }
    let credential = match (row.credential.as_str(), row.credential_at.is_empty()) {
        ("env", false) => Some(CredentialRef::Env { name: row.credential_at.clone() }),
        ("file", false) => Some(CredentialRef::File { path: row.credential_at.clone().into() }),
        ("env" | "file", true) => return Err("credential"),
        _ => None,
    };
    let scheme = if row.scheme == "https" { "https" } else { "http" }.to_owned();
    Ok(ApiAddress { scheme, host, port: main, context_path, console_port, credential })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_was_shown_comes_back_the_same() {
        let cluster = Cluster {
            id: ClusterId(3),
            name: "prod-hz".to_owned(),
            nodes: vec![
                NodeSpec {
                    name: NodeName::from("n1"),
                    api: Some(ApiAddress {
                        scheme: "https".to_owned(),
                        host: "10.0.0.1".to_owned(),
                        port: 8848,
                        context_path: Some(String::new()),
                        console_port: Some(8080),
                        credential: Some(CredentialRef::Env { name: "NACOS".to_owned() }),
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
                    files: FileSource::Ssh(SshPlace {
                        kernel_log: true,
                        ..SshPlace::parse("nacos@[fd00::3]:2222:/opt/nacos").expect("a place")
                    }),
                },
            ],
            node_deadline_ms: 3000,
            doors: vec![FrontDoor::parse("http://vip:8848/nacos").expect("a door")],
        };
        assert_eq!(parse(&ClusterInput::from(&cluster), ClusterId(3)), Ok(cluster));
    }

    #[test]
    fn nothing_that_is_set_of_a_place_is_lost() {
        let plain = SshPlace::parse("nacos@n1:/opt/a,b").expect("a place");
        let full = SshPlace {
            jump: SshHost::parse("ops@[fd00::1]:2200"),
            key: SshKey::File { path: "/k/id,1".into() },
            passphrase: Some(CredentialRef::Env { name: "P".to_owned() }),
            known_hosts: Some("/k/known".into()),
            ..plain.clone()
        };
        let agent = SshPlace {
            key: SshKey::Agent,
            passphrase: Some(CredentialRef::File { path: "/k/p".into() }),
            ..plain.clone()
        };
        for place in [plain, full, agent] {
            assert_eq!(ssh_place(&ssh_text(&place)), Some(place.clone()), "{}", ssh_text(&place));
        }
        for wrong in [
            "nacos@n1:/a,key=geheim",
            "nacos@n1:/a,key=file:",
            "nacos@n1:/a,jump=gate",
            "nacos@n1:/a,jump=o@g,jump=o@h",
            "nacos@n1:/a,passphrase=geheim",
            "nacos@n1:/a,known_hosts=",
        ] {
            assert_eq!(ssh_place(wrong), None, "{wrong}");
        }
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
                "source-form-ssh"
            ]
        );
    }

    #[test]
    fn a_huge_row_number_makes_no_huge_list() {
        let input = ClusterInput::from_pairs(&pairs(&[("n99999999-name", "x"), ("nx-name", "y")]));
        assert!(input.nodes.is_empty());
    }
}
