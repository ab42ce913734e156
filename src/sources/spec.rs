//! Reads the SOURCE of `--node NAME=SOURCE`: `dir:`, `log:`, `local:`, `ssh:`, `api:`, `rec:` with their options.

use std::path::{Path, PathBuf};

use reqwest::Url;

use crate::domain::address::{ContextPath, NoContextPath, is_host};
use crate::domain::cluster::{
    ApiAddress, CredentialRef, DoorError, FileSource, FrontDoor, NodeSpec, SshKey, SshLocation,
};
use crate::domain::id::NodeName;
use crate::domain::published::{NoPublished, Published};
use crate::domain::ssh_location::{OPTIONS, SshLocationError, split_options};
use crate::domain::trust::{NoTrust, Trust};

use super::small_file::{self, WhyNot};

/// The main port of Nacos unless told otherwise.
pub const DEFAULT_PORT: u16 = 8848;

/// The console port of Nacos 3 unless told otherwise.
pub const DEFAULT_CONSOLE_PORT: u16 = 8080;

/// What one `--node` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeArgument {
    /// A node that is looked at itself.
    Node {
        /// Where.
        spec: Box<NodeSpec>,
        /// Files of output that people pasted: `text=`.
        texts: Vec<PathBuf>,
    },
    /// A node of a recording; the one of the same name, or the only one.
    Recorded {
        /// The name given.
        name: NodeName,
        /// The recording.
        file: PathBuf,
        /// As above.
        texts: Vec<PathBuf>,
    },
}

impl NodeArgument {
    /// The name given.
    #[must_use]
    pub const fn name(&self) -> &NodeName {
        match self {
            Self::Node { spec, .. } => &spec.name,
            Self::Recorded { name, .. } => name,
        }
    }

    /// Files of output that people pasted for it.
    #[must_use]
    pub fn texts(&self) -> &[PathBuf] {
        match self {
            Self::Node { texts, .. } | Self::Recorded { texts, .. } => texts,
        }
    }
}

/// What is wrong with a SOURCE. Never repeats what might be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// No `=`.
    #[error("`{0}` has no name: write NAME=SOURCE, e.g. n1=dir:/evidence/n1")]
    NoName(String),
    /// A name that cannot stand in a table or a URL.
    #[error("`{0}` cannot be a node name: letters, digits, `.`, `-`, `_` and `:`, at most 100 of them")]
    BadName(String),
    /// Unknown kind.
    #[error(
        "`{0}` is not a kind of source: use dir:PATH, log:FILE, local:PATH, ssh:USER@HOST[:PORT]:PATH, api:URL or rec:FILE"
    )]
    UnknownKind(String),
    /// No place on another host.
    #[error(
        "`{0}` names no place on another host: write ssh:USER@HOST[:PORT]:PATH, e.g. ssh:nacos@10.0.0.1:/home/nacos"
    )]
    BadSsh(String),
    /// An option of `ssh:` elsewhere.
    #[error("`{0}=` belongs to ssh:USER@HOST[:PORT]:PATH")]
    NeedsSsh(String),
    /// No key.
    #[error(
        "key= takes agent or file:PATH, the file of a private key; its passphrase goes into passphrase=env:VAR or passphrase=file:PATH"
    )]
    BadKey,
    /// No host on the way.
    #[error("jump= takes USER@HOST[:PORT]")]
    BadJump,
    /// Neither on nor off.
    #[error("kernel= takes on or off: whether the kernel log may be read by a fixed command")]
    BadKernel,
    /// Nothing after the colon.
    #[error("`{0}:` needs something after the colon")]
    Empty(String),
    /// Unknown option.
    #[error(
        "`{0}=` is not an option of a source: there are api=URL, console=URL, cred=env:VAR or cred=file:PATH, ca=FILE, pin=SHA256, sdk=, cluster=, raft= and peer=HOST:PORT, and text=FILE, and for ssh: key=, passphrase=, known_hosts=, jump= and kernel=; a comma of a path with such a word behind it is written \\,"
    )]
    UnknownOption(String),
    /// An option twice.
    #[error("`{0}=` is given twice")]
    Twice(String),
    /// Options where they mean nothing.
    #[error("`{0}=` needs an API: add api=URL")]
    NeedsApi(String),
    /// Options on a recording.
    #[error("rec:FILE takes no option but text=FILE: a recording has its own answers")]
    RecordingOption,
    /// Not a URL.
    #[error("the address is not understood ({0}): write http://HOST:PORT, with the context path if it is not /nacos")]
    BadUrl(String),
    /// A path that cannot be one of Nacos.
    #[error("the address is not understood: {0}")]
    BadContextPath(#[from] NoContextPath),
    /// A secret in a URL.
    #[error("name and password do not belong in an address: use cred=env:VAR or cred=file:PATH")]
    SecretInUrl,
    /// Another host or a path in the console address.
    #[error("console=URL takes the same host as the API, and no path")]
    ConsoleElsewhere,
    /// A credential that is not a reference.
    #[error(
        "cred= takes env:VAR or file:PATH, never the secret itself; it holds user:password, or header:name:value for the server identity"
    )]
    BadCredential,
    /// A certificate authority that cannot be read.
    #[error("ca={file} cannot be read: {why}")]
    UnreadableCa {
        /// The file.
        file: String,
        /// Why.
        why: String,
    },
    /// A certificate authority or a pin that is none.
    #[error("ca= takes a file of CA certificates (PEM), pin= the SHA-256 of one certificate: {0}")]
    BadTrust(#[from] NoTrust),
    /// No address of a published port.
    #[error(transparent)]
    Published(#[from] NoPublished),
    /// No front door.
    #[error(transparent)]
    Door(#[from] DoorError),
    /// An option of a front door that there is not.
    #[error("`{0}=` is not an option of a front door: there are ca=FILE and pin=SHA256")]
    UnknownDoorOption(String),
    /// The same node twice.
    #[error("the node name `{0}` is given twice")]
    NameTwice(String),
    /// No node.
    #[error("no node is given: write --node NAME=SOURCE for each node, or --cluster NAME")]
    NoNodes,
}

/// Reads several `NAME=SOURCE`.
///
/// # Errors
/// The first that is wrong; a name given twice; none at all.
pub fn parse_all<S: AsRef<str>>(arguments: &[S]) -> Result<Vec<NodeArgument>, SpecError> {
    if arguments.is_empty() {
        return Err(SpecError::NoNodes);
    }
    let mut nodes: Vec<NodeArgument> = Vec::with_capacity(arguments.len());
    for argument in arguments {
        let node = parse(argument.as_ref())?;
        if nodes.iter().any(|known| known.name() == node.name()) {
            return Err(SpecError::NameTwice(node.name().0.clone()));
        }
        nodes.push(node);
    }
    Ok(nodes)
}

/// Reads one `NAME=SOURCE`.
///
/// # Errors
/// A sentence that says what to write instead.
pub fn parse(argument: &str) -> Result<NodeArgument, SpecError> {
    let (name, source) = argument
        .split_once('=')
        .filter(|(name, _)| !name.contains('/') && !name.starts_with("dir:") && !name.starts_with("local:"))
        .ok_or_else(|| SpecError::NoName(shown(argument)))?;
    let name = name.trim();
    let good_name = !name.is_empty()
        && name.chars().count() <= 100
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':'));
    if !good_name {
        return Err(SpecError::BadName(shown(name)));
    }
    parse_source(NodeName::from(name), source)
}

/// Reads a SOURCE.
///
/// # Errors
/// A sentence that says what to write instead.
pub fn parse_source(name: NodeName, source: &str) -> Result<NodeArgument, SpecError> {
    let (head, options) = split_options(source.trim());
    let (kind, place) = head.split_once(':').ok_or_else(|| SpecError::UnknownKind(shown(&head)))?;
    let place = place.trim();
    match kind {
        "dir" | "log" | "local" | "ssh" | "api" | "rec" => {}
        other => return Err(SpecError::UnknownKind(shown(other))),
    }
    if place.is_empty() {
        return Err(SpecError::Empty(kind.to_owned()));
    }
    let (given, options): (Vec<_>, Vec<_>) = options.into_iter().partition(|(option, _)| *option == "text");
    if given.iter().any(|(_, file)| file.is_empty()) {
        return Err(SpecError::Empty("text".to_owned()));
    }
    let texts: Vec<PathBuf> = given.into_iter().map(|(_, file)| PathBuf::from(file)).collect();
    if kind == "rec" {
        if !options.is_empty() {
            return Err(SpecError::RecordingOption);
        }
        return Ok(NodeArgument::Recorded { name, file: PathBuf::from(place), texts });
    }
    let mut api = (kind == "api").then(|| place.to_owned());
    let (mut console, mut credential) = (None, None);
    let (mut ca, mut pin) = (None, None);
    let mut published: Vec<(&str, String)> = Vec::new();
    let mut ssh: Vec<(&str, String)> = Vec::new();
    for (option, value) in options {
        let slot = match option {
            "api" => &mut api,
            "console" => &mut console,
            "cred" => &mut credential,
            "ca" => &mut ca,
            "pin" => &mut pin,
            option if Published::OPTIONS.contains(&option) => {
                if published.iter().any(|(known, _)| *known == option) {
                    return Err(SpecError::Twice(option.to_owned()));
                }
                published.push((option, value));
                continue;
            }
            option if !OPTIONS.contains(&option) => return Err(SpecError::UnknownOption(shown(option))),
            option if kind != "ssh" => return Err(SpecError::NeedsSsh(option.to_owned())),
            option if ssh.iter().any(|(known, _)| *known == option) => {
                return Err(SpecError::Twice(option.to_owned()));
            }
            option => {
                ssh.push((option, value));
                continue;
            }
        };
        if slot.replace(value).is_some() {
            return Err(SpecError::Twice(option.to_owned()));
        }
    }
    let api = match api {
        Some(url) => {
            let mut address = parse_api(&url)?;
            if let Some(console) = console {
                address.console_port = Some(parse_console(&console, &address)?);
            }
            address.credential = credential.as_deref().map(parse_credential).transpose()?;
            address.trust = trust(ca.as_deref(), pin.as_deref())?;
            for (option, value) in &published {
                address.published.set(option, value)?;
            }
            Some(address)
        }
        None if console.is_some() => return Err(SpecError::NeedsApi("console".to_owned())),
        None if credential.is_some() => return Err(SpecError::NeedsApi("cred".to_owned())),
        None if ca.is_some() => return Err(SpecError::NeedsApi("ca".to_owned())),
        None if pin.is_some() => return Err(SpecError::NeedsApi("pin".to_owned())),
        None if !published.is_empty() => return Err(SpecError::NeedsApi(published[0].0.to_owned())),
        None => None,
    };
    let files = match kind {
        // Both may be either: a file is read as what the node wrote to its standard output, a folder as its home.
        "dir" | "log" => FileSource::Copied { home: PathBuf::from(place) },
        "local" => FileSource::Local { home: PathBuf::from(place) },
        "ssh" => FileSource::Ssh(parse_ssh(place, &ssh)?),
        _ => FileSource::None,
    };
    Ok(NodeArgument::Node { spec: Box::new(NodeSpec { name, api, files }), texts })
}

/// A place on another host with its options, each named once.
fn parse_ssh(text: &str, options: &[(&str, String)]) -> Result<SshLocation, SpecError> {
    let mut place = SshLocation::parse(text).ok_or_else(|| SpecError::BadSsh(shown(text)))?;
    for (option, value) in options {
        place.set(option, value).map_err(|wrong| match wrong {
            SshLocationError::Key | SshLocationError::Passphrase => SpecError::BadKey,
            SshLocationError::Jump => SpecError::BadJump,
            SshLocationError::Kernel => SpecError::BadKernel,
            SshLocationError::Location | SshLocationError::Option => SpecError::UnknownOption((*option).to_owned()),
        })?;
    }
    Ok(place)
}

/// Reads how nodedown logs in over SSH: `agent` or `file:PATH`, and where the passphrase is found.
///
/// # Errors
/// A sentence that says what to write instead.
pub fn parse_key(key: Option<&str>, passphrase: Option<&str>) -> Result<(SshKey, Option<CredentialRef>), SpecError> {
    let key = key.map_or(Some(SshKey::Usual), SshKey::parse).ok_or(SpecError::BadKey)?;
    Ok((key, passphrase.map(parse_credential).transpose().map_err(|_| SpecError::BadKey)?))
}

/// Reads the address of an API: `http://10.0.0.1:8848/nacos`, `10.0.0.1`, `[::1]:8848`. The path is the context path;
/// without one it is probed for.
///
/// # Errors
/// A sentence that says what to write instead.
pub fn parse_api(text: &str) -> Result<ApiAddress, SpecError> {
    let url = parse_url(text)?;
    // As it was typed: a parsed URL has already gone up through `..` and `%2e%2e`.
    let rest = text.trim();
    let rest = rest.split_once("://").map_or(rest, |(_, rest)| rest);
    let path = rest.find(['/', '\\']).map_or("", |at| &rest[at..]);
    let context_path = if matches!(path, "" | "/") { None } else { Some(ContextPath::parse(path)?) };
    Ok(ApiAddress {
        published: Default::default(),
        scheme: url.scheme().to_owned(),
        host: host_of(&url)?,
        port: explicit_port(text, &url).unwrap_or(DEFAULT_PORT),
        context_path,
        console_port: None,
        credential: None,
        trust: Trust::System,
    })
}

/// Reads front doors, `URL[,ca=FILE][,pin=SHA256]`, each argument one or several URLs.
///
/// # Errors
/// A sentence that says what to write instead; a URL with credentials is not repeated.
pub fn parse_doors<S: AsRef<str>>(arguments: &[S]) -> Result<Vec<FrontDoor>, SpecError> {
    let mut doors: Vec<FrontDoor> = Vec::new();
    for argument in arguments.iter().map(AsRef::as_ref) {
        // What stands behind a comma may be the rest of a password.
        if argument.contains('@') {
            return Err(DoorError::Credentials.into());
        }
        let (head, options) = split_options(argument);
        let found = FrontDoor::parse_all(&head)?;
        let (mut ca, mut pin) = (None, None);
        for (option, value) in options {
            let slot = match option {
                "ca" => &mut ca,
                "pin" => &mut pin,
                option => return Err(SpecError::UnknownDoorOption(shown(option))),
            };
            if slot.replace(value).is_some() {
                return Err(SpecError::Twice(option.to_owned()));
            }
        }
        let trust = trust(ca.as_deref(), pin.as_deref())?;
        for door in found.into_iter().map(|door| FrontDoor { trust: trust.clone(), ..door }) {
            if !doors.contains(&door) {
                doors.push(door);
            }
        }
    }
    if doors.len() > FrontDoor::MOST { Err(DoorError::TooMany.into()) } else { Ok(doors) }
}

/// Whom to believe, by a file of CA certificates or a pin.
fn trust(ca: Option<&str>, pin: Option<&str>) -> Result<Trust, SpecError> {
    let pem = ca.map(|file| read_ca(Path::new(file))).transpose()?.unwrap_or_default();
    if ca.is_some() && pem.trim().is_empty() {
        return Err(NoTrust::Authority.into());
    }
    if pin.is_some_and(|pin| pin.trim().is_empty()) {
        return Err(NoTrust::Pin.into());
    }
    Ok(Trust::parse(&pem, pin.unwrap_or_default())?)
}

/// A regular file of at most [`Trust::MOST_BYTES`].
fn read_ca(path: &Path) -> Result<String, SpecError> {
    let unreadable = |why: String| SpecError::UnreadableCa { file: path.display().to_string(), why };
    match small_file::read_now(path, Trust::MOST_BYTES as u64) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|error| unreadable(error.to_string())),
        Err(WhyNot::TooLarge { .. }) => Err(NoTrust::Authority.into()),
        Err(why) => Err(unreadable(why.to_string())),
    }
}

/// Reads where a secret is found: `env:VAR` or `file:PATH`.
///
/// # Errors
/// If it is neither; the text is not repeated, it may be the secret.
pub fn parse_credential(text: &str) -> Result<CredentialRef, SpecError> {
    CredentialRef::parse(text).ok_or(SpecError::BadCredential)
}

fn parse_console(text: &str, api: &ApiAddress) -> Result<u16, SpecError> {
    if let Ok(port) = text.parse::<u16>() {
        return Ok(port);
    }
    let url = parse_url(text)?;
    if host_of(&url)? != api.host || !url.path().trim_end_matches('/').is_empty() {
        return Err(SpecError::ConsoleElsewhere);
    }
    Ok(explicit_port(text, &url).unwrap_or(DEFAULT_CONSOLE_PORT))
}

fn parse_url(text: &str) -> Result<Url, SpecError> {
    let text = text.trim();
    let full = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&full).map_err(|error| SpecError::BadUrl(error.to_string()))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(SpecError::SecretInUrl);
    }
    if !matches!(url.scheme(), "http" | "https") {
        return Err(SpecError::BadUrl("only http and https".to_owned()));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(SpecError::BadUrl("no query and no fragment".to_owned()));
    }
    if url.port() == Some(0) {
        return Err(SpecError::BadUrl("port 0".to_owned()));
    }
    Ok(url)
}

fn host_of(url: &Url) -> Result<String, SpecError> {
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if is_host(host) { Ok(host.to_owned()) } else { Err(SpecError::BadUrl("no host".to_owned())) }
}

/// The port that was written; `Url` drops one that is the default of its scheme.
fn explicit_port(text: &str, url: &Url) -> Option<u16> {
    url.port().or_else(|| {
        let authority = text.split_once("://").map_or(text, |(_, rest)| rest);
        let authority = authority.split('/').next().unwrap_or_default();
        let after_host = authority.rsplit_once(']').map_or(authority, |(_, rest)| rest);
        after_host.rsplit_once(':').and_then(|(_, port)| port.parse().ok())
    })
}

fn shown(text: &str) -> String {
    super::redact::text(text).chars().filter(|c| !c.is_control()).take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(text: &str) -> NodeSpec {
        match parse(text).expect(text) {
            NodeArgument::Node { spec, .. } => *spec,
            NodeArgument::Recorded { .. } => panic!("{text} is a recording"),
        }
    }

    #[test]
    fn reads_every_kind() {
        assert_eq!(node("n1=dir:/a,b/n1").files, FileSource::Copied { home: "/a,b/n1".into() });
        assert_eq!(node("n1=dir:/a,b/n1").api, None);
        let spec =
            node("n1=local:/home/nacos,api=http://10.0.0.1:8858/x/,console=http://10.0.0.1:8081,cred=env:NACOS_CRED");
        assert_eq!(spec.files, FileSource::Local { home: "/home/nacos".into() });
        let api = spec.api.expect("api");
        assert_eq!(
            (api.host.as_str(), api.port, &api.context_path, api.console_port),
            ("10.0.0.1", 8858, &ContextPath::parse("/x").ok(), Some(8081))
        );
        assert_eq!(api.credential, Some(CredentialRef::Env { name: "NACOS_CRED".into() }));
        let api = node("n1=api:https://nacos-1.example/").api.expect("api");
        assert_eq!((api.scheme.as_str(), api.port, api.context_path), ("https", 8848, None));
        let api = node("n1=api:[fd00::1]:80,console=9090").api.expect("api");
        assert_eq!((api.host.as_str(), api.port, api.console_port), ("fd00::1", 80, Some(9090)));
        assert_eq!(parse("10.0.0.3:8848=rec:a.rec").expect("recording").name(), &NodeName::from("10.0.0.3:8848"));
    }

    #[test]
    fn published_ports_belong_to_an_api() {
        let api = node("n1=api:http://10.0.0.5:38848,sdk=10.0.0.5:9868,peer=172.18.0.2:8848").api.expect("api");
        assert_eq!(api.published.to_string(), "sdk=10.0.0.5:9868, peer=172.18.0.2:8848");
        assert_eq!(parse("n1=dir:/n1,raft=h:1"), Err(SpecError::NeedsApi("raft".to_owned())));
        assert_eq!(parse("n1=api:h,raft=h:1,raft=h:1"), Err(SpecError::Twice("raft".to_owned())));
        assert!(matches!(parse("n1=api:h,raft=1"), Err(SpecError::Published(_))));
    }

    #[test]
    fn pasted_output_goes_with_every_kind() {
        let texts = |text: &str| parse(text).expect(text).texts().to_vec();
        assert_eq!(texts("n1=log:/n1.txt,text=/a.txt,text=/b,c.txt"), [PathBuf::from("/a.txt"), "/b,c.txt".into()]);
        assert_eq!(texts("n1=rec:a.rec,text=/a.txt"), [PathBuf::from("/a.txt")]);
        assert_eq!(texts("n1=api:http://10.0.0.1,text=/a.txt"), [PathBuf::from("/a.txt")]);
        assert_eq!(node("n1=log:/n1.txt").files, FileSource::Copied { home: "/n1.txt".into() });
        assert_eq!(parse("n1=dir:/n1,text="), Err(SpecError::Empty("text".to_owned())));
        assert_eq!(parse("n1=rec:a.rec,pin=1"), Err(SpecError::RecordingOption));
    }

    #[test]
    fn reads_places_on_other_hosts() {
        let place = |text: &str| match node(text).files {
            FileSource::Ssh(place) => place,
            other => panic!("{text}: {other:?}"),
        };
        let plain = place("n1=ssh:nacos@10.0.0.1:/home/nacos");
        assert_eq!((plain.host.to_string().as_str(), plain.home.as_str()), ("nacos@10.0.0.1", "/home/nacos"));
        assert_eq!((plain.key, plain.kernel_log, plain.host.port), (SshKey::Usual, false, 22));
        let full = place(
            "n1=ssh:root@[fd00::1]:2222:~/nacos,key=file:/k/id,passphrase=env:P,known_hosts=/k/known,jump=ops@gate:2200,kernel=on",
        );
        assert_eq!((full.host.to_string().as_str(), full.home.as_str()), ("root@[fd00::1]:2222", "~/nacos"));
        assert_eq!(full.key, SshKey::File { path: "/k/id".into() });
        assert_eq!(full.jump.map(|jump| jump.to_string()).as_deref(), Some("ops@gate:2200"));
        assert!(full.kernel_log && full.passphrase.is_some() && full.known_hosts == Some("/k/known".into()));
        assert_eq!(place("n1=ssh:nacos@n1:22:/a").host.port, 22);
        let commas = place(r"n1=ssh:nacos@n1:/a\,b=c,key=file:/k/id,1,known_hosts=");
        assert_eq!((commas.home.as_str(), commas.known_hosts), ("/a,b=c", None));
        assert_eq!(commas.key, SshKey::File { path: "/k/id,1".into() });
        assert!(node("n1=ssh:nacos@n1:/a,api=http://n1:8848").api.is_some());
    }

    #[test]
    fn says_what_is_wrong_without_repeating_secrets() {
        for (text, error) in [
            ("dir:/a", SpecError::NoName("dir:/a".into())),
            ("=dir:/a", SpecError::BadName(String::new())),
            ("a b=dir:/a", SpecError::BadName("a b".into())),
            ("n=/a", SpecError::UnknownKind("/a".into())),
            ("n=ftp:/a", SpecError::UnknownKind("ftp".into())),
            ("n=ssh:root@h", SpecError::BadSsh("root@h".into())),
            ("n=ssh:h:/a", SpecError::BadSsh("h:/a".into())),
            ("n=ssh:root@h:70000:/a", SpecError::BadSsh("root@h:70000:/a".into())),
            ("n=ssh:root@-oProxyCommand=x:/a", SpecError::BadSsh("root@-oProxyCommand=x:/a".into())),
            ("n=ssh:root@h:/a,key=geheim", SpecError::BadKey),
            ("n=ssh:root@h:/a,passphrase=geheim", SpecError::BadKey),
            ("n=ssh:root@h:/a,jump=h", SpecError::BadJump),
            ("n=ssh:root@h:/a,jump=r@h,jump=r@h", SpecError::Twice("jump".into())),
            ("n=ssh:root@h:/a,kernel=yes", SpecError::BadKernel),
            ("n=dir:/a,jump=r@h", SpecError::NeedsSsh("jump".into())),
            ("n=dir:", SpecError::Empty("dir".into())),
            ("n=dir:/a,apy=http://h", SpecError::UnknownOption("apy".into())),
            ("n=dir:/a,cred=env:A", SpecError::NeedsApi("cred".into())),
            ("n=dir:/a,api=h,api=h", SpecError::Twice("api".into())),
            ("n=rec:a,api=h", SpecError::RecordingOption),
            ("n=api:http://u:geheim@h", SpecError::SecretInUrl),
            ("n=api:http://h/nacos/../v1", SpecError::BadContextPath(NoContextPath)),
            ("n=api:http://h/%2e%2e/v1", SpecError::BadContextPath(NoContextPath)),
            ("n=api:http://h/a;b", SpecError::BadContextPath(NoContextPath)),
            ("n=api:http://h\\a", SpecError::BadContextPath(NoContextPath)),
            ("n=api:http://h/a\nb", SpecError::BadContextPath(NoContextPath)),
            ("n=api:http://h//a", SpecError::BadContextPath(NoContextPath)),
            ("n=api:h,cred=nacos:geheim", SpecError::BadCredential),
            ("n=api:h,console=http://other:1", SpecError::ConsoleElsewhere),
            ("n=api:h,pin=abc", SpecError::BadTrust(NoTrust::Pin)),
            ("n=api:h,pin=", SpecError::BadTrust(NoTrust::Pin)),
            ("n=dir:/a,ca=/ca.pem", SpecError::NeedsApi("ca".into())),
            ("n=dir:/a,pin=abc", SpecError::NeedsApi("pin".into())),
        ] {
            let got = parse(text).expect_err(text);
            assert_eq!(got, error, "{text}");
            assert!(!got.to_string().contains("geheim"));
        }
        assert_eq!(parse_all(&["n=dir:/a", "n=dir:/b"]), Err(SpecError::NameTwice("n".into())));
        assert_eq!(parse_all::<&str>(&[]), Err(SpecError::NoNodes));
    }

    #[test]
    fn whom_to_believe_stands_behind_a_node_or_a_front_door() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("ca,1.pem");
        let pem = "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----";
        std::fs::write(&file, pem).expect("a CA");
        let digest = "AB:".repeat(31) + "AB";
        let by_ca = Trust::Authority { pem: pem.to_owned() };
        let by_pin = Trust::parse("", &digest).expect("a pin");
        let ca = file.display();
        assert_eq!(node(&format!("n1=api:https://h,ca={ca}")).api.expect("api").trust, by_ca);
        assert_eq!(node(&format!("n1=dir:/a,pin={digest},api=https://h")).api.expect("api").trust, by_pin);
        let doors = parse_doors(&[format!("https://a,ca={ca}"), format!("https://b https://c,pin={digest}")]);
        let doors: Vec<_> = doors.expect("doors").into_iter().map(|door| (door.host, door.trust)).collect();
        assert_eq!(doors, [("a".into(), by_ca), ("b".into(), by_pin.clone()), ("c".into(), by_pin)]);
        std::fs::write(&file, "-----BEGIN PRIVATE KEY-----\n").expect("a key");
        assert_eq!(parse(&format!("n=api:h,ca={ca}")), Err(SpecError::BadTrust(NoTrust::PrivateKey)));
        std::fs::write(&file, vec![b'a'; Trust::MOST_BYTES + 10]).expect("a large file");
        assert_eq!(parse(&format!("n=api:h,ca={ca}")), Err(SpecError::BadTrust(NoTrust::Authority)));
        for bad in ["/no/such.pem", "/dev/zero", "/"] {
            assert!(matches!(parse(&format!("n=api:h,ca={bad}")), Err(SpecError::UnreadableCa { .. })), "{bad}");
        }
        assert_eq!(parse_doors(&["https://a,insecure=yes"]), Err(SpecError::UnknownDoorOption("insecure".into())));
        for text in ["https://u:geheim,x=1@a", "https://u:geheim,ca=1@a"] {
            assert_eq!(parse_doors(&[text]), Err(SpecError::Door(DoorError::Credentials)), "nothing of it is repeated");
        }
    }
}
