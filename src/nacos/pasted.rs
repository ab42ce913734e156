//! Output that people paste because nobody else can reach a host: `nc`, `telnet`, `ss`/`netstat`, kernel and systemd
//! logs, what Kubernetes and Docker show, in English and 中文. What a text does not tell is left out ([`Attempts::unclear`]), never guessed.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::log_line::{Encoding, Stamp, decode, parse_local};
use crate::domain::observed::PortResult;
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::OutputKind;

mod ends;
mod owner;
mod reading;

pub use ends::{KernelLine, Told, kernel_lines, tells};
pub use owner::{Belongs, OWN_IDS_BELOW, OfProcess, belongs, processes};
pub use reading::{Ports, Reading, Subject, Unused, WhyUnused, Window, check_of, reading};

/// Most lines read; a paste with more is cut.
const LINES_LIMIT: usize = 20_000;

/// The text of a file of output: its last lines, where it holds more than are read.
#[must_use]
pub fn text_of(bytes: &[u8]) -> String {
    let marked = encoding_rs::Encoding::for_bom(bytes);
    let text = match marked {
        Some((encoding, _)) => encoding.decode(bytes).0.into_owned(),
        None => decode(bytes, Encoding::detect(bytes)).into_owned(),
    };
    match text.lines().count().saturating_sub(LINES_LIMIT) {
        0 => text,
        surplus => text.lines().skip(surplus).collect::<Vec<_>>().join("\n"),
    }
}

/// Variables of the container image of Nacos, and one that every environment has.
const VARIABLES: [&str; 6] = ["NACOS_SERVERS", "MODE", "MEMBER_LIST", "NACOS_SERVER_IP", "PREFER_HOST_MODE", "PATH"];

/// True if a text is a log in which the kernel, or systemd with its words, would tell of the end of a process.
#[must_use]
pub fn is_kernel_log(text: &str) -> bool {
    const SPEAKERS: [&str; 3] = [" kernel: ", "systemd[", "Out of memory: Kill"];
    let speaks = |line: &str| {
        let stamped = line.starts_with('[') && kernel_stamp(line).is_some();
        stamped || is_since_boot(line) || SPEAKERS.iter().any(|speaker| line.contains(speaker))
    };
    text.lines().take(LINES_LIMIT).any(speaks)
        || kernel_lines(text, Timestamp::from_millis(0)).iter().any(tells_of_memory)
}

/// True of a line that tells of the out-of-memory killer.
fn tells_of_memory(line: &KernelLine) -> bool {
    line.tells(Told::OomKill)
}

/// What a text may be, by what can be read in it; empty: nothing that is known here.
#[must_use]
pub fn kinds_of(text: &str) -> Vec<OutputKind> {
    let tried = attempts(text);
    let mut kinds = Vec::new();
    if !tried.ports.is_empty() {
        kinds.push(OutputKind::Nc);
    }
    if !sockets(text).is_empty() {
        kinds.push(OutputKind::Ss);
    }
    let is_kernel = || text.lines().take(LINES_LIMIT).any(|line| kernel_stamp(line).is_some() || is_since_boot(line));
    let variables = environment(text);
    if variables.keys().any(|name| VARIABLES.contains(&name.as_str())) {
        kinds.push(OutputKind::Env);
    }
    if !kernel_lines(text, Timestamp::from_millis(0)).is_empty() || kinds.is_empty() && is_kernel() {
        kinds.push(OutputKind::Dmesg);
    }
    kinds
}

/// Environment variables as `env`, `docker inspect`, a compose file or the manifest of a pod list them.
#[must_use]
pub fn environment(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut named: Option<&str> = None;
    let is_name = |name: &str| {
        !name.is_empty()
            && name.starts_with(|first: char| first.is_ascii_uppercase() || first == '_')
            && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    for line in text.lines().take(LINES_LIMIT) {
        let line = line.trim().trim_end_matches(',').trim_start_matches("- ").trim();
        let line = line.strip_prefix("export ").or_else(|| line.strip_prefix("declare -x ")).unwrap_or(line);
        if let Some(name) = line.strip_prefix("name:") {
            named = Some(name.trim().trim_matches(['"', '\''])).filter(|name| is_name(name));
            continue;
        }
        if let (Some(name), Some(value)) = (named, line.strip_prefix("value:")) {
            found.insert(name.to_owned(), value.trim().trim_matches(['"', '\'']).to_owned());
            named = None;
            continue;
        }
        let line = line.trim_matches(['"', '\'']);
        let pair = line.split_once('=').or_else(|| line.split_once(": ")).filter(|(name, _)| is_name(name.trim()));
        if let Some((name, value)) = pair {
            found.insert(name.trim().to_owned(), value.trim().trim_matches(['"', '\'']).to_owned());
        }
    }
    found
}

/// `[12345.678901] …`, the kernel's own stamp.
fn is_since_boot(line: &str) -> bool {
    let inside = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    inside.is_some_and(|(inside, _)| inside.trim().parse::<f64>().is_ok() && inside.contains('.'))
}

/// Connections that somebody tried by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// What is clear.
    pub ports: Vec<Attempt>,
    /// Lines that speak of an attempt but not of its host, port or end.
    pub unclear: Vec<String>,
}

/// One connection that somebody tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Host as written.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How it ended. `Open` means that the connection was accepted; nobody asked for a protocol.
    pub result: PortResult,
    /// The line that says so.
    pub text: String,
}

/// Reads the output of `nc`, `ncat`, `telnet`, `curl` or `/dev/tcp`, with or without the commands before it.
#[must_use]
pub fn attempts(text: &str) -> Attempts {
    let mut found = Attempts::default();
    let mut target: (Option<String>, Option<u16>) = (None, None);
    for line in text.lines().take(LINES_LIMIT) {
        let line = line.trim();
        if let Some((host, port)) = command(line) {
            target = (Some(host), port.or(target.1));
            continue;
        }
        if let Some(host) = line.strip_prefix("Trying ").map(|rest| rest.trim_end_matches('.').trim()) {
            target.0.get_or_insert_with(|| host.to_owned());
        }
        let Some(result) = result_in(line) else { continue };
        let (host, port) = address_in(line);
        match (host.or_else(|| target.0.clone()), port.or(target.1)) {
            (Some(host), Some(port)) => {
                let attempt = Attempt { host, port, result, text: line.to_owned() };
                let repeats = found.ports.last().is_some_and(|last: &Attempt| {
                    (&last.host, last.port, last.result) == (&attempt.host, attempt.port, attempt.result)
                });
                if !repeats {
                    found.ports.push(attempt);
                }
            }
            _ => found.unclear.push(line.to_owned()),
        }
    }
    found
}

/// Host and port of a command line `nc -vz 10.0.0.1 8848`, with or without a prompt before it.
fn command(line: &str) -> Option<(String, Option<u16>)> {
    static COMMAND: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?:^|[#$>%]\s*|sudo |timeout \S+ )(?:nc|ncat|netcat|telnet)((?:\s+\S+){1,12})\s*$").ok()
    });
    let arguments = COMMAND.as_ref()?.captures(line)?.get(1)?.as_str();
    let mut words = Vec::new();
    let mut skip = false;
    for word in arguments.split_whitespace() {
        if skip {
            skip = false;
        } else if word.starts_with('-') {
            skip = matches!(word, "-w" | "-i" | "-s" | "-p" | "-q" | "-G");
        } else if word.starts_with(['<', '>', '|', '&', ';']) || word.starts_with("2>") {
            break;
        } else {
            words.push(word);
        }
    }
    let host = words.first().filter(|host| host.contains(['.', ':']) || words.len() > 1)?;
    let port = words.get(1).and_then(|port| port.parse().ok());
    Some(((*host).to_owned(), port))
}

/// How an attempt ended, by the words of one line.
fn result_in(line: &str) -> Option<PortResult> {
    let lower = line.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&["connection refused", "拒绝连接", "连接被拒绝", "拒絕連線"]) {
        Some(PortResult::Refused)
    } else if has(&["connection reset", "连接被对方重置", "连接被重置", "closed by foreign host", "连接被外部主机关闭"])
    {
        Some(PortResult::Reset)
    } else if has(&[
        "no route to host",
        "network is unreachable",
        "host is unreachable",
        "没有到主机的路由",
        "网络不可达",
    ]) {
        Some(PortResult::Unreachable)
    } else if has(&[
        "name or service not known",
        "could not resolve",
        "nodename nor servname",
        "temporary failure in name resolution",
        "unknown host",
        "bad address",
        "host not found",
        "未知的名称或服务",
        "域名解析暂时失败",
    ]) {
        Some(PortResult::Dns)
    } else if has(&["timed out", "timeout.", "operation now in progress", "连接超时", "超时"]) {
        Some(PortResult::Timeout)
    } else if has(&["succeeded", "connected to ", "] open", ") open", "(?) open", "已连接到", "连接成功"])
        || lower.starts_with("escape character is")
        || lower.ends_with(" open")
    {
        // The line after "Connected to" repeats it without an address.
        (!lower.starts_with("escape character is")).then_some(PortResult::Open)
    } else {
        None
    }
}

/// Host and port that stand in a line of output.
fn address_in(line: &str) -> (Option<String>, Option<u16>) {
    static SHAPES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        [
            // OpenBSD nc: `Connection to 10.0.0.1 8848 port [tcp/*] succeeded!`
            r"(?i)connection to (?P<host>\S+) (?P<port>\d{1,5}) port",
            // macOS nc, curl, OpenBSD nc: `connect to 10.0.0.1 port 8848 (tcp) failed`
            r"(?i)(?:connection|connectx?) to (?P<host>\S+?)(?: \([^)]*\))? port (?P<port>\d{1,5})",
            // bash
            r"/dev/tcp/(?P<host>[^/\s]+)/(?P<port>\d{1,5})",
            // traditional nc: `(UNKNOWN) [10.0.0.1] 8848 (?) open`
            r"\[(?P<host>[0-9a-fA-F.:]+)\] (?P<port>\d{1,5}) \(",
            // busybox and ncat: `10.0.0.1 (10.0.0.1:8848) open`, `Connected to 10.0.0.1:8848.`
            r"(?P<host>(?:\d{1,3}\.){3}\d{1,3}|\[[0-9a-fA-F:]+\]|[A-Za-z][A-Za-z0-9.-]*):(?P<port>\d{1,5})\b",
            r"(?i)(?:port|端口)\s*(?P<port>\d{1,5})",
            r"(?i)(?:connected to|已连接到|remote host \(|to address)\s*(?P<host>[^\s()]+?)(?:[.:。)]*$|\)|:\s)",
        ]
        .into_iter()
        .filter_map(|shape| Regex::new(shape).ok())
        .collect()
    });
    let (mut host, mut port) = (None, None);
    for shape in SHAPES.iter() {
        if let Some(found) = shape.captures(line) {
            host =
                host.or_else(|| found.name("host").map(|text| text.as_str().trim_end_matches(['.', ',']).to_owned()));
            port = port.or_else(|| found.name("port").and_then(|text| text.as_str().parse().ok()));
        }
        if host.is_some() && port.is_some() {
            break;
        }
    }
    (host, port)
}

/// One socket of `ss` or `netstat`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socket {
    /// `LISTEN`, `ESTAB`, `SYN-SENT`, `CLOSE-WAIT`, … as `ss` spells them.
    pub state: String,
    /// Own address without brackets; `*` for any.
    pub local: (String, u16),
    /// The other side; `None` for listening sockets.
    pub remote: Option<(String, u16)>,
    /// Process name.
    pub process: Option<String>,
    /// Process id.
    pub pid: Option<u32>,
}

/// Reads the output of `ss -ltnp`, `ss -tn`, `netstat -ltnp` or `netstat -tn`.
#[must_use]
pub fn sockets(text: &str) -> Vec<Socket> {
    text.lines().take(LINES_LIMIT).filter_map(socket).collect()
}

fn socket(line: &str) -> Option<Socket> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let state_at = words.iter().position(|word| state(word).is_some())?;
    let state = state(words[state_at])?;
    let addresses: Vec<(String, Option<u16>)> = words.iter().filter_map(|word| address(word)).collect();
    let (host, port) = addresses.first()?;
    let local = (host.clone(), (*port)?);
    let remote = addresses.get(1).and_then(|(host, port)| Some((host.clone(), (*port)?)));
    let (process, pid) = process(line);
    Some(Socket { state: state.to_owned(), local, remote, process, pid })
}

fn state(word: &str) -> Option<&'static str> {
    Some(match word {
        "LISTEN" => "LISTEN",
        "ESTAB" | "ESTABLISHED" => "ESTAB",
        "SYN-SENT" | "SYN_SENT" => "SYN-SENT",
        "SYN-RECV" | "SYN_RECV" => "SYN-RECV",
        "CLOSE-WAIT" | "CLOSE_WAIT" => "CLOSE-WAIT",
        "TIME-WAIT" | "TIME_WAIT" => "TIME-WAIT",
        "FIN-WAIT-1" | "FIN_WAIT1" => "FIN-WAIT-1",
        "FIN-WAIT-2" | "FIN_WAIT2" => "FIN-WAIT-2",
        "LAST-ACK" | "LAST_ACK" => "LAST-ACK",
        _ => return None,
    })
}

/// `10.0.0.1:8848`, `*:8848`, `[::ffff:10.0.0.1]:8848`, `:::8848`, `0.0.0.0:*`.
fn address(word: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = word.rsplit_once(':')?;
    let port = if port == "*" { None } else { Some(port.parse::<u16>().ok()?) };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let host = host.split('%').next().unwrap_or(host);
    let host = host.strip_prefix("::ffff:").unwrap_or(host);
    let host = if matches!(host, "" | "::" | "0.0.0.0" | "*") { "*" } else { host };
    let looks_right = host == "*" || host.contains('.') || host.contains(':') || host == "localhost";
    looks_right.then(|| (host.to_owned(), port))
}

fn process(line: &str) -> (Option<String>, Option<u32>) {
    static SHAPES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        [r#"users:\(\("(?P<name>[^"]+)",pid=(?P<pid>\d+)"#, r"\s(?P<pid>\d+)/(?P<name>\S+)\s*$"]
            .into_iter()
            .filter_map(|shape| Regex::new(shape).ok())
            .collect()
    });
    SHAPES
        .iter()
        .find_map(|shape| shape.captures(line))
        .map_or((None, None), |found| (Some(found["name"].to_owned()), found["pid"].parse().ok()))
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `Nov 22 16:05:01` (local), as syslog and journals write it: of the last such day that is not after tomorrow.
fn stamp_without_year(line: &str, now: Timestamp) -> Option<Stamp> {
    const DAY_MS: i64 = 86_400_000;
    let mut words = line.split_whitespace();
    let (month, day, clock) = (words.next()?, words.next()?, words.next()?.get(..8)?);
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let day: u8 = day.parse().ok()?;
    let year: i64 = now.to_string().get(..4)?.parse().ok()?;
    let of = |year: i64| parse_local(format!("{year:04}-{month:02}-{day:02} {clock},000").as_bytes());
    let found = [year + 1, year, year - 1].into_iter().filter_map(of).map(|(civil, _)| civil);
    found.filter(|civil| *civil <= now.as_millis() + DAY_MS).map(Stamp::Local).next()
}

/// `[Sun Nov 22 16:05:01 2026]` (local), `2026-11-22T16:05:01+0800` (absolute), `2026-11-22 16:05:01` (local). A stamp
/// without a year, or seconds since the boot, tell no time.
fn kernel_stamp(line: &str) -> Option<Stamp> {
    let line = line.trim_start();
    if let Some((inside, _)) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let words: Vec<&str> = inside.split_whitespace().collect();
        let [.., month, day, clock, year] = words.as_slice() else { return None };
        let month = MONTHS
            .iter()
            .position(|name| name == month)
            .map(|at| at + 1)
            .or_else(|| month.strip_suffix('月').and_then(|number| number.parse().ok()))?;
        let text = format!("{year}-{month:02}-{:0>2} {clock},000", day.trim_end_matches('日'));
        return parse_local(text.as_bytes()).map(|(civil, _)| Stamp::Local(civil));
    }
    let first = line.split_whitespace().next()?;
    if let Some((date, rest)) = first.split_once('T') {
        let clock = rest.get(..8)?;
        let (civil, _) = parse_local(format!("{date} {clock},000").as_bytes())?;
        let zone = rest.get(8..)?.trim_start_matches(|char: char| char == '.' || char == ',' || char.is_ascii_digit());
        let offset_s = zone_offset(zone)?;
        let at = Timestamp::from_millis(civil - i64::from(offset_s) * 1000);
        return Some(Stamp::Absolute { at, offset_s });
    }
    let text = format!("{},000", line.get(..19)?);
    parse_local(text.as_bytes()).map(|(civil, _)| Stamp::Local(civil))
}

fn zone_offset(text: &str) -> Option<i32> {
    if text.starts_with('Z') {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = text.strip_prefix(['+', '-'])?.chars().filter(char::is_ascii_digit).collect();
    let (hours, minutes) =
        (digits.get(..2)?.parse::<i32>().ok()?, digits.get(2..4).unwrap_or("00").parse::<i32>().ok()?);
    Some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> (String, u16, PortResult) {
        let found = attempts(text);
        assert_eq!((found.ports.len(), &found.unclear), (1, &vec![]), "{text}");
        let attempt = &found.ports[0];
        (attempt.host.clone(), attempt.port, attempt.result)
    }

    #[test]
    fn reads_every_nc_and_telnet() {
        use PortResult::{Dns, Open, Refused, Reset, Timeout, Unreachable};
        for (text, host, port, result) in [
            ("Connection to 10.0.0.1 8848 port [tcp/*] succeeded!", "10.0.0.1", 8848, Open),
            ("Connection to 10.0.0.1 port 8848 [tcp/*] succeeded!", "10.0.0.1", 8848, Open),
            ("nc: connect to 10.0.0.1 port 8848 (tcp) failed: Connection refused", "10.0.0.1", 8848, Refused),
            ("nc: connect to n1 (10.0.0.1) port 9848 (tcp) failed: Connection timed out", "n1", 9848, Timeout),
            ("nc: connect to 10.0.0.1 port 9849 (tcp) timed out: Operation now in progress", "10.0.0.1", 9849, Timeout),
            ("nc: connectx to 10.0.0.1 port 7848 (tcp) failed: No route to host", "10.0.0.1", 7848, Unreachable),
            ("(UNKNOWN) [10.0.0.1] 8848 (?) open", "10.0.0.1", 8848, Open),
            ("(UNKNOWN) [10.0.0.1] 8848 (?) : Connection refused", "10.0.0.1", 8848, Refused),
            ("10.0.0.1 (10.0.0.1:8848) open", "10.0.0.1", 8848, Open),
            ("nc: 10.0.0.1 (10.0.0.1:8848): Connection refused", "10.0.0.1", 8848, Refused),
            ("Ncat: Version 7.92\nNcat: Connected to 10.0.0.1:9848.\nNcat: 0 bytes sent", "10.0.0.1", 9848, Open),
            ("$ ncat -zv 10.0.0.1 9848\nNcat: Connection refused.", "10.0.0.1", 9848, Refused),
            ("[root@n1 ~]# nc -w 3 -vz 10.0.0.1 9848\nNcat: Connection timed out.", "10.0.0.1", 9848, Timeout),
            (
                "[root@n1 ~]# nc -vz nacos-9 8848\nNcat: Could not resolve hostname \"nacos-9\": Name or service not known. QUITTING.",
                "nacos-9",
                8848,
                Dns,
            ),
            (
                "# telnet 10.0.0.1 8848\nTrying 10.0.0.1...\nConnected to 10.0.0.1.\nEscape character is '^]'.",
                "10.0.0.1",
                8848,
                Open,
            ),
            (
                "# telnet 10.0.0.1 8848\nTrying 10.0.0.1...\ntelnet: connect to address 10.0.0.1: Connection refused",
                "10.0.0.1",
                8848,
                Refused,
            ),
            (
                "# telnet 10.0.0.1 8848\nTrying 10.0.0.1...\ntelnet: Unable to connect to remote host: 拒绝连接",
                "10.0.0.1",
                8848,
                Refused,
            ),
            (
                "# telnet 10.0.0.1 8848\n正在尝试 10.0.0.1...\ntelnet: connect to address 10.0.0.1: 连接超时",
                "10.0.0.1",
                8848,
                Timeout,
            ),
            ("nc: connect to 10.0.0.1 port 8848 (tcp) failed: 没有到主机的路由", "10.0.0.1", 8848, Unreachable),
            ("curl: (7) Failed to connect to 10.0.0.1 port 8848: Connection refused", "10.0.0.1", 8848, Refused),
            ("bash: /dev/tcp/10.0.0.1/8848: Connection reset by peer", "10.0.0.1", 8848, Reset),
        ] {
            assert_eq!(one(text), (host.to_owned(), port, result), "{text}");
        }
    }

    #[test]
    fn several_commands_in_one_paste() {
        let found = attempts(
            "$ telnet 10.0.0.1 8848\nTrying 10.0.0.1...\nConnected to 10.0.0.1.\nEscape character is '^]'.\n^]\n$ telnet 10.0.0.1 9848\nTrying 10.0.0.1...\ntelnet: Unable to connect to remote host: Connection refused\n",
        );
        assert_eq!(
            found.ports.iter().map(|attempt| (attempt.port, attempt.result)).collect::<Vec<_>>(),
            [(8848, PortResult::Open), (9848, PortResult::Refused)]
        );
    }

    #[test]
    fn what_is_not_told_is_not_guessed() {
        let found = attempts("Ncat: Connection refused.");
        assert_eq!((found.ports.len(), found.unclear.len()), (0, 1));
        assert_eq!(attempts("hello\nworld"), Attempts::default());
        assert_eq!(attempts("正在连接10.0.0.1...无法打开到主机的连接。 在端口 8848: 连接失败"), Attempts::default());
    }

    #[test]
    fn reads_ss_and_netstat() {
        let text = "State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n\
            LISTEN 0      100                *:8848            *:*    users:((\"java\",pid=4711,fd=52))\n\
            ESTAB  0      0      [::ffff:10.0.0.1]:9849  [::ffff:10.0.0.2]:53422\n\
            SYN-SENT 0    1      10.0.0.1:40000  10.0.0.3:7848\n\
            tcp6       0      0 :::7848                 :::*                    LISTEN      4711/java\n\
            tcp        0      0 10.0.0.1:9848      10.0.0.9:40000     ESTABLISHED -\n";
        let found = sockets(text);
        assert_eq!(found.len(), 5);
        assert_eq!(
            (found[0].local.clone(), found[0].remote.clone(), found[0].pid),
            (("*".to_owned(), 8848), None, Some(4711))
        );
        assert_eq!(
            (found[1].local.0.as_str(), found[1].remote.clone()),
            ("10.0.0.1", Some(("10.0.0.2".to_owned(), 53422)))
        );
        assert_eq!(found[2].state, "SYN-SENT");
        assert_eq!((found[3].local.clone(), found[3].process.as_deref()), (("*".to_owned(), 7848), Some("java")));
        assert_eq!((found[4].state.as_str(), found[4].remote.clone()), ("ESTAB", Some(("10.0.0.9".to_owned(), 40000))));
    }

    #[test]
    fn reads_the_kernel_and_systemd() {
        let text = "[Sun Nov 22 16:05:01 2026] Out of memory: Killed process 4711 (java) total-vm:9kB\n\
            [123.456] Memory cgroup out of memory: Killed process 4712 (java) total-vm:9kB\n\
            2026-11-22T16:05:01+08:00 n1 kernel: oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),task_memcg=/x,task=mysqld,pid=9,uid=0\n\
            Nov 22 16:05:01 n1 systemd[1]: nacos.service: A process of this unit has been killed by the OOM killer.\n\
            [Sun Nov 22 16:05:02 2026] java[4711]: segfault at 0 ip 0 sp 0 error 4\n\
            Nov 22 16:05:01 n1 systemd[1]: nacos.service: Main process exited, code=killed, status=9/KILL\n\
            Nov 22 16:05:01 n1 systemd[1]: nacos.service: Failed with result 'oom-kill'.\nnothing\n\
            Nov 22 16:05:01 n1 systemd[1]: nacos.service: Failed with result 'signal'.\n\
            bin/startup.sh: line 19:    12 Killed                  bin/docker-startup.sh\n\
            \x20   Last State:  Terminated\n      Reason:    OOMKilled\n      Exit Code: 137\n\
            \x20     Finished:  Sun, 22 Nov 2026 23:25:58 +0800\nKilled by nobody knows\n\
            Killed process 99 (mysqld) total-vm:9kB\nKilled\n";
        let now: Timestamp = "2026-11-22T16:10:00Z".parse().expect("a time");
        let found = kernel_lines(text, now);
        assert_eq!(
            found.iter().map(|line| line.id).collect::<Vec<_>>(),
            ["K01", "K02", "K03", "K04", "H01", "H04", "K05", "H03", "H05", "K06", "H06", "H05"]
        );
        assert_eq!(
            (found[0].pid, found[0].stamp.map(|stamp| stamp.at(0).to_string())),
            (Some(4711), Some("2026-11-22T16:05:01.000Z".to_owned()))
        );
        assert_eq!(found[1].stamp, None);
        assert_eq!(found[2].stamp.map(|stamp| stamp.at(0).to_string()), Some("2026-11-22T08:05:01.000Z".to_owned()));
        assert!(
            !found[2].may_be_java()
                && found[3].may_be_java()
                && found[0].tells(Told::OomKill)
                && !found[4].tells(Told::OomKill)
        );
        assert_eq!(found[5].detail.as_deref(), Some("killed, status=9/KILL"));
        assert_eq!((found[5].rough, found[0].rough, found[5].unit.as_deref()), (true, false, Some("nacos")));
        assert_eq!(found[5].stamp.map(|stamp| stamp.at(0).to_string()).as_deref(), Some("2026-11-22T16:05:01.000Z"));
        assert_eq!(found[9].stamp.map(|stamp| stamp.at(0).to_string()).as_deref(), Some("2026-11-22T15:25:58.000Z"));
        assert_eq!((found[8].pid, found[8].stamp), (Some(12), None));
        let march = "Mar 18 13:07:50 nacos-1 kernel: [1.436060] Out of memory: Killed process 1 (java), UID 0";
        let before = kernel_lines(march, "2026-03-01T00:00:00Z".parse().expect("a time"));
        assert_eq!(before[0].stamp.map(|stamp| stamp.at(0).to_string()).as_deref(), Some("2025-03-18T13:07:50.000Z"));
    }

    #[test]
    fn reads_environments_of_every_kind() {
        let servers = |text: &str| environment(text).get("NACOS_SERVERS").cloned();
        for text in [
            "PATH=/bin\nNACOS_SERVERS=10.0.0.1:8848 10.0.0.2:8848\n",
            "declare -x NACOS_SERVERS=\"10.0.0.1:8848 10.0.0.2:8848\"",
            "            \"Env\": [\n                \"NACOS_SERVERS=10.0.0.1:8848 10.0.0.2:8848\",\n                \"MODE=cluster\"",
            "    - name: NACOS_SERVERS\n      value: \"10.0.0.1:8848 10.0.0.2:8848\"\n",
            "    environment:\n      NACOS_SERVERS: 10.0.0.1:8848 10.0.0.2:8848\n",
            "      - NACOS_SERVERS=10.0.0.1:8848 10.0.0.2:8848\n",
        ] {
            assert_eq!(servers(text).as_deref(), Some("10.0.0.1:8848 10.0.0.2:8848"), "{text}");
            assert_eq!(kinds_of(text), [OutputKind::Env], "{text}");
        }
        assert_eq!((servers("nacos_servers=1"), servers("a line")), (None, None));
    }

    #[test]
    fn any_text_is_read_without_panic() {
        for seed in 0..500 {
            let text = crate::nacos::fuzz::text(seed, 400);
            let _ = (
                attempts(&text),
                sockets(&text),
                kernel_lines(&text, Timestamp::from_millis(0)),
                kinds_of(&text),
                environment(&text),
            );
        }
    }
}
