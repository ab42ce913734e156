//! The log of a client of Nacos, as its SDK writes it: `remote.log`, `naming.log`, `config.log`, or what an application prints of
//! them. Text in, facts out; what a text does not tell is left out.
//!
//! # Why
//! These lines are no entries of the catalogue of signatures: that one is matched against the files of nodes, and says how a node
//! is. What a client says of a server is no evidence of the server. The SDK and the servers share the code that connects, so that
//! a server writes nearly the same lines of its links to its peers; those name the link `Cluster-…`, and a text with such lines is
//! the log of a node and refused here ([`NotAClients::OfAServer`]).
//!
//! Shapes: `RpcClient` and `GrpcClient` of the Java SDK from 2.0 to 3.0, whose words those for Python and Go took over;
//! `NamingHttpClientProxy` and `ServerListManager` of 1.x to 2.x. The cause of a failure mostly stands in the trace below its line.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::client_log::{ClientLogSeen, Got, Lines, LogEnd, Tried};
use crate::domain::hidden::is_hidden;

/// Most lines read: the newest.
const MOST_LINES: usize = 200_000;
/// Most characters of a line that is shown.
const SAMPLE: usize = 300;
/// Most characters of a line that is read.
const LONGEST: usize = 4_000;
/// Most addresses that are kept.
const MOST_SERVERS: usize = 100;
/// Most characters of an address.
const MOST_ADDRESS: usize = 120;
/// Lines below a failure that may tell its cause.
const TRACE: usize = 120;
/// How far gRPC listens above the main port.
const GRPC_OFFSET: u16 = 1000;

/// Why a text is not the log of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAClients {
    /// It holds the lines that a node writes of its links to its peers.
    OfAServer,
    /// No line in it is one that an SDK writes.
    NothingKnown,
}

impl NotAClients {
    /// Key of the sentence that says so.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::OfAServer => "invalid-client-log-server",
            Self::NothingKnown => "invalid-client-log-nothing",
        }
    }
}

/// What a line says.
enum Says {
    /// It connected.
    Connected(String),
    /// It tries an address.
    Tries(String),
    /// An address failed; `grpc`: what is named is the port of gRPC.
    Failed { address: Option<String>, got: Got, http: bool },
    /// The connection is gone.
    Lost,
    /// It could not ask, without a connection.
    NotConnected,
    /// None of its servers is available.
    NoServer,
    /// All servers that it has.
    Knows(Vec<String>),
}

macro_rules! pattern {
    ($name:ident, $regex:literal) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($regex).expect("a pattern that the tests compile"));
    };
}

pattern!(STAMP, r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,6})?(?:Z|[+-]\d\d:?\d\d)?|^\d\d:\d\d:\d\d[.,]\d{3}");
pattern!(OF_A_LINK, r"\[Cluster-[^\]]+\] ?(?:Server healthy check fail|Try to|Success to|Fail to connect)");
pattern!(SUCCESS, r"Success to connect (?:to|a) server \[([^\]\s]+)\]|Server check success, currentServer is (\S+)");
pattern!(TRY, r"Try to connect to server on start up, server: ?(.*)");
pattern!(SERVER, r"serverIp ?[=:] ?'?([^\s',}]+)'?,? *(?:server main port ?= ?|serverPort ?: ?)(\d{1,5})");
pattern!(FAIL_ROUND, r"(?i)fail to connect server, ?after trying \d+ times, last try server is (.*?), ?error ?= ?(.*)");
pattern!(CHECK_FAIL, r"Server check fail, please check server ([^\s,]+) ?, ?port (\d{1,5}) is available");
pattern!(START_FAIL, r"Fail to connect to server on start up, error message ?= ?(.*)");
pattern!(REQ_API, r"(?i)failed to req(?:uest)? API: ?((?:https?://)?[^/\s]+)/\S*?\.? code: ?(\d{3})? ?msg: ?(.*)");
pattern!(ALL_SERVERS, r"(?:after all servers\(\[([^\]]+)\]\)|failed, servers: \[([^\]]+)\])");
pattern!(
    FIXED,
    r"\[?fixed-((?:[A-Za-z0-9.:\[\]]+(?:-[A-Za-z0-9.]+)*?_\d{1,5})(?:-[A-Za-z0-9.\[\]:-]+?_\d{1,5})*)(?:[-\]\s]|$)"
);
pattern!(SETTING, r#"(?i)(?:^|[\s.\-{,"'])server-?addr(?:esse?s?)?["']?\s*[=:]\s*["']?([A-Za-z0-9][^\s"'}]*)"#);
pattern!(CURRENT, r"currentServerAddr ?: ?(?:https?://)?([^\s,/]+)");

/// Reads the text of a log.
///
/// # Errors
/// It is none of a client.
pub fn read(text: &str) -> Result<ClientLogSeen, NotAClients> {
    let all = text.lines().count();
    let left_out = all.saturating_sub(MOST_LINES);
    let mut reading = Reading::default();
    for line in text.lines().skip(left_out) {
        reading.line(&cut(line, LONGEST))?;
    }
    reading.settle();
    if reading.seen.understood == 0 {
        return Err(NotAClients::NothingKnown);
    }
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Ok(ClientLogSeen {
        lines: number(all - left_out),
        left_out: number(left_out),
        span: reading.first.zip(reading.stamp),
        ..reading.seen
    })
}

/// A failure whose cause may stand in the lines below it.
struct Pending {
    address: Option<String>,
    got: Got,
    stamp: Option<String>,
    sample: String,
    lines: usize,
}

/// What was read so far.
#[derive(Default)]
struct Reading {
    seen: ClientLogSeen,
    /// The moment of the first line that has one, and the newest.
    first: Option<String>,
    stamp: Option<String>,
    pending: Option<Pending>,
    /// The address that it tries at the moment.
    current: Option<String>,
}

impl Reading {
    fn line(&mut self, line: &str) -> Result<(), NotAClients> {
        if OF_A_LINK.is_match(line) {
            return Err(NotAClients::OfAServer);
        }
        let stamp = STAMP.find(line).filter(|found| found.start() < 80).map(|found| found.as_str().to_owned());
        if let Some(stamp) = stamp {
            self.settle();
            self.first.get_or_insert_with(|| stamp.clone());
            self.stamp = Some(stamp);
        }
        // A line that names an exception and nothing else belongs to the one above it.
        if let Some(pending) = &mut self.pending {
            pending.lines += 1;
            if pending.got == Got::Unknown
                && let Some(got) = cause(line)
            {
                pending.got = got;
            }
            if pending.lines > TRACE {
                self.settle();
            }
        }
        for says in says(line, self.current.as_deref()) {
            self.seen.understood = self.seen.understood.saturating_add(1);
            self.take(says, line);
        }
        Ok(())
    }

    fn take(&mut self, says: Says, line: &str) {
        let sample = cut(line, SAMPLE);
        match says {
            Says::Connected(address) => {
                self.settle();
                let stamp = self.stamp.clone();
                if let Some(tried) = self.tried(&address) {
                    add(&mut tried.connected, stamp.as_ref(), &sample);
                }
                self.seen.end = LogEnd::Connected { server: address, since: stamp };
            }
            Says::Tries(address) => {
                self.settle();
                self.tried(&address);
                self.current = Some(address);
            }
            Says::Failed { address, got, http } => {
                self.settle();
                if http && let Some(tried) = address.as_ref().and_then(|address| self.tried(address)) {
                    tried.answers_http = true;
                }
                // An answer over HTTP that says no is no lost connection.
                if !http {
                    self.without();
                }
                self.pending = Some(Pending { address, got, stamp: self.stamp.clone(), sample, lines: 0 });
            }
            Says::Lost => self.without(),
            Says::NotConnected => {
                self.without();
                add(&mut self.seen.not_connected, self.stamp.as_ref(), &sample);
            }
            Says::NoServer => {
                self.without();
                add(&mut self.seen.no_server, self.stamp.as_ref(), &sample);
            }
            Says::Knows(servers) => {
                // The newest list counts.
                self.seen.knows = servers;
                self.seen.knows_by = Some(sample);
            }
        }
    }

    fn without(&mut self) {
        if !matches!(self.seen.end, LogEnd::Without { .. }) {
            self.seen.end = LogEnd::Without { since: self.stamp.clone() };
        }
    }

    /// What is kept of an address; `None`: there are too many.
    fn tried(&mut self, address: &str) -> Option<&mut Tried> {
        if self.seen.tried.len() >= MOST_SERVERS && !self.seen.tried.contains_key(address) {
            return None;
        }
        Some(self.seen.tried.entry(address.to_owned()).or_default())
    }

    /// Takes a failure as it is known by now.
    fn settle(&mut self) {
        let Some(Pending { address, got, stamp, sample, .. }) = self.pending.take() else { return };
        let lines = match address {
            Some(address) => match self.tried(&address) {
                Some(tried) => &mut tried.failed,
                None => return,
            },
            None => &mut self.seen.elsewhere,
        };
        let mut of_got = lines.remove(&got);
        add(&mut of_got, stamp.as_ref(), &sample);
        lines.extend(of_got.map(|of_got| (got, of_got)));
    }
}

fn add(lines: &mut Option<Lines>, stamp: Option<&String>, sample: &str) {
    let first = || Lines { count: 0, first: stamp.cloned(), last: None, sample: sample.to_owned() };
    let lines = lines.get_or_insert_with(first);
    lines.count = lines.count.saturating_add(1);
    lines.last = stamp.cloned().or(lines.last.take());
}

/// Everything that a line says.
fn says(line: &str, current: Option<&str>) -> Vec<Says> {
    let lower = line.to_ascii_lowercase();
    let mut said = Vec::new();
    if let Some(list) = ALL_SERVERS.captures(line) {
        let list = list.get(1).or_else(|| list.get(2)).map_or("", |list| list.as_str());
        said.extend(known(list.split(',')));
    } else if let Some(list) = FIXED.captures(line) {
        said.extend(known(fixed(&list[1]).iter().map(String::as_str)));
    } else if let Some(setting) = SETTING.captures(line) {
        said.extend(known(setting[1].split([',', ';'])));
    }
    if let Some(found) = SUCCESS.captures(line) {
        let address = found.get(1).or_else(|| found.get(2)).map_or("", |address| address.as_str());
        said.extend(address_of(address).map(Says::Connected));
    } else if let Some(found) = CHECK_FAIL.captures(line) {
        let port: Option<u16> = found[2].parse().ok();
        let main = port.and_then(|port| port.checked_sub(GRPC_OFFSET));
        let address = main.and_then(|main| address_of(&format!("{}:{main}", &found[1])));
        said.push(Says::Failed { address, got: cause(line).unwrap_or(Got::Unknown), http: false });
    } else if let Some(found) = FAIL_ROUND.captures(line) {
        let got = cause(&found[2]);
        let address = server(&found[1]);
        // The line before it says why, where this one does not.
        match got {
            Some(got) => said.push(Says::Failed { address, got, http: false }),
            None => said.push(address.map_or(Says::Lost, Says::Tries)),
        }
        said.push(Says::Lost);
    } else if let Some(found) = TRY.captures(line) {
        said.extend(server(&found[1]).map(Says::Tries));
    } else if let Some(found) = START_FAIL.captures(line) {
        let got = cause(&found[1]).unwrap_or(Got::Unknown);
        said.push(Says::Failed { address: current.map(str::to_owned), got, http: false });
    } else if let Some(found) = REQ_API.captures(line).filter(|found| !found[1].contains('[')) {
        let code: Option<u16> = found.get(2).and_then(|code| code.as_str().parse().ok());
        // The SDK writes 500 where nothing answered, and says why.
        let got = cause(&found[3]);
        let http = got.is_none() || got == Some(Got::Forbidden) || got == Some(Got::NotReady);
        let got = match (got, code) {
            (Some(got), _) => got,
            (None, Some(401 | 403)) => Got::Forbidden,
            (None, Some(503)) => Got::NotReady,
            (None, _) => Got::Unknown,
        };
        said.push(Says::Failed { address: address_of(&found[1]), got, http: http && code.is_some() });
    } else if line.contains("no available server") || line.contains("no server available") {
        said.push(Says::NoServer);
    } else if ["client not connected, current status", "client not connected,current status"]
        .iter()
        .any(|words| lower.contains(words))
    {
        said.push(Says::NotConnected);
    } else if line.contains("[NA] failed to request") || line.contains("[NACOS") && line.contains("currentServerAddr") {
        let address = CURRENT.captures(line).and_then(|found| address_of(&found[1]));
        let got = cause(line).unwrap_or(Got::Unknown);
        let http = got == Got::Forbidden;
        said.push(Says::Failed { address, got, http });
    } else if line.contains("Server healthy check fail, currentConnection")
        || line.contains("Request stream error, switch server")
        || line.contains("Request stream onCompleted, switch server")
        || line.contains("Connection is unregistered, switch server")
        || line.contains("Try to reconnect to a new server")
        || line.contains("try to reconnect to next server")
    {
        said.push(Says::Lost);
    } else if is_forbidden(&lower) && lower.contains("nacos") {
        said.push(Says::Failed { address: None, got: Got::Forbidden, http: true });
    }
    said
}

/// What an exception or a message says that was got.
fn cause(text: &str) -> Option<Got> {
    let lower = text.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&["connection refused", "actively refused", "拒绝连接"]) {
        return Some(Got::Refused);
    }
    if has(&["unknownhost", "unable to resolve host", "unresolvedaddress", "name or service not known", "no such host"])
    {
        return Some(Got::NameUnknown);
    }
    if has(&["no route to host", "network is unreachable", "host is unreachable"]) {
        return Some(Got::Unreachable);
    }
    if has(&[
        "timed out",
        "timeoutexception",
        "deadline_exceeded",
        "deadline exceeded",
        "connect timeout",
        "i/o timeout",
    ]) {
        return Some(Got::TimedOut);
    }
    if is_forbidden(&lower) {
        return Some(Got::Forbidden);
    }
    if has(&["server is not ready", "server is starting", "is down now", "server is not started"]) {
        return Some(Got::NotReady);
    }
    if has(&["connection reset", "broken pipe", "network closed", "channel shutdown", "connection closed"]) {
        return Some(Got::Closed);
    }
    None
}

/// Whether a text in lower case says that a server does not take the user, or does not allow it.
fn is_forbidden(lower: &str) -> bool {
    const WORDS: [&str; 13] = [
        "unknown user",
        "user not found",
        "token invalid",
        "token expired",
        "authorization failed",
        "access denied",
        "code:403",
        "code=403",
        "errcode:403",
        "errorcode: 403",
        "status=403",
        "http code 403",
        "response code 403",
    ];
    WORDS.iter().any(|words| lower.contains(words))
}

/// All servers of a list; nothing where one cannot be read.
fn known<'t>(list: impl Iterator<Item = &'t str>) -> Option<Says> {
    let mut servers: Vec<String> = Vec::new();
    for server in list.map(str::trim).filter(|server| !server.is_empty()) {
        let server = address_of(server)?;
        if !servers.contains(&server) && servers.len() < MOST_SERVERS {
            servers.push(server);
        }
    }
    (!servers.is_empty()).then_some(Says::Knows(servers))
}

/// The servers in the name of a fixed list, `10.0.0.1_8848-10.0.0.2_8848-public`.
fn fixed(name: &str) -> Vec<String> {
    let mut servers = Vec::new();
    let mut host = String::new();
    for part in name.split('-') {
        if !host.is_empty() {
            host.push('-');
        }
        match part.rsplit_once('_') {
            Some((end, port)) if port.parse::<u16>().is_ok() => {
                servers.push(format!("{host}{end}:{port}"));
                host.clear();
            }
            _ => host.push_str(part),
        }
    }
    servers
}

/// A server as its `toString` writes it, or an address.
fn server(text: &str) -> Option<String> {
    match SERVER.captures(text) {
        Some(found) => address_of(&format!("{}:{}", &found[1], &found[2])),
        None => None,
    }
}

/// Host and port of an address, without scheme and path; `None`: it is none.
fn address_of(text: &str) -> Option<String> {
    let text = text.trim();
    let bare = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")).unwrap_or(text);
    let bare = bare.split(['/', '?']).next().unwrap_or_default();
    let is_address = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-' | '_' | '[' | ']');
    let fine = !bare.is_empty() && bare.len() <= MOST_ADDRESS && bare.chars().all(is_address);
    fine.then(|| bare.to_ascii_lowercase())
}

/// No more of a line than that, and nothing in it that nobody sees.
fn cut(line: &str, most: usize) -> String {
    line.chars().take(most).map(|c| if is_hidden(c) && c != '\t' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests;
