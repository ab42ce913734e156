//! The grammar of `conf/cluster.conf`, as Nacos reads it and as people write it.
//!
//! Nacos reads one entry a line (or several between commas, not trimmed), `#` begins a comment, and one entry that it
//! cannot parse rejects the whole file: at a start the node then runs alone, at run time it keeps the old list. What
//! people meant is recovered where it can be, so that a glued line is told as that and not as a missing member.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use sha2::{Digest, Sha256};

use super::ports;
use crate::domain::message::Message;
use crate::domain::observed::{ClusterConfSeen, ConfProblem, ConfWriter};
use crate::domain::vocabulary::ConfProblemKind;

/// Longest line kept as it stands.
const LINE_LIMIT: usize = 300;
/// Most lines kept; a file with more is not a member list.
const LINES_LIMIT: usize = 2000;

/// What a node reads in `bytes`, given the port that entries without one get: the node's own main port (1.x: always 8848).
#[must_use]
pub fn parse(bytes: &[u8], default_port: u16, version: Option<&str>) -> ClusterConfSeen {
    let default_port = if ports::major(version) == Some(1) { ports::DEFAULT_MAIN } else { default_port };
    let mut file = File { default_port, ..File::default() };
    let text = String::from_utf8_lossy(bytes);
    let (text, has_bom) = match text.strip_prefix('\u{feff}') {
        Some(rest) => (rest, true),
        None => (&*text, false),
    };
    if has_bom {
        let first = format!("\u{feff}{}", text.lines().next().unwrap_or_default());
        let message = Message::new("conf-problem-bom").with("char", code_point('\u{feff}'));
        file.report(1, &first, ConfProblemKind::Bom, message);
    }
    if let Some((before, _)) = text.split_once('\r') {
        let number = java_lines(before).len().max(1) as u64;
        file.report(
            number,
            before.lines().last().unwrap_or_default(),
            ConfProblemKind::Crlf,
            Message::new("conf-problem-crlf"),
        );
    }
    let ends_open = !text.is_empty() && !text.ends_with(['\n', '\r']);
    let lines: Vec<&str> = java_lines(text);
    for (index, line) in lines.iter().enumerate().take(LINES_LIMIT) {
        let is_last_open = ends_open && index + 1 == lines.len();
        file.read_line(index as u64 + 1, line, is_last_open);
    }
    file.finish(&lines, bytes)
}

/// A character that is not what it looks like, or that nobody sees: full-width ones, blanks that are no space, marks without
/// a width.
fn is_deceptive(char: char) -> bool {
    matches!(char,
        '\u{a0}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}'
        | '\u{205f}'..='\u{206f}' | '\u{3000}' | '\u{3002}' | '\u{feff}' | '\u{ff01}'..='\u{ff61}' | '\u{fe00}'..='\u{fe0f}')
        || char.is_control() && !matches!(char, '\t' | '\r' | '\n')
}

/// `U+FEFF`, as it can be looked for.
fn code_point(char: char) -> String {
    format!("U+{:04X}", u32::from(char))
}

/// The deceptive characters of a text by their code points, each once; empty: there is none.
fn deceptive(text: &str) -> String {
    let mut found: Vec<String> = Vec::new();
    for char in text.chars().filter(|char| is_deceptive(*char)) {
        let point = code_point(char);
        if !found.contains(&point) {
            found.push(point);
        }
    }
    found.join(" ")
}

/// A line with every deceptive character told by its code point.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        if is_deceptive(char) {
            shown.push('<');
            shown.push_str(&code_point(char));
            shown.push('>');
        } else {
            shown.push(char);
        }
    }
    shown
}

/// What was meant: full-width characters as the plain ones, and without what nobody sees.
fn plain(text: &str) -> String {
    let meant = |char: char| match char {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(char) - 0xfee0),
        '\u{3002}' | '\u{ff61}' => Some('.'),
        char if is_deceptive(char) => None,
        char => Some(char),
    };
    text.chars().filter_map(meant).collect()
}

/// The host names among members: what is not an address in digits.
#[must_use]
pub fn names(members: &[String]) -> Vec<String> {
    let mut names: Vec<String> = members
        .iter()
        .filter_map(|member| member.rsplit_once(':'))
        .map(|(host, _)| host.trim_matches(['[', ']']))
        .filter(|host| host.parse::<std::net::IpAddr>().is_err())
        .map(str::to_owned)
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The variable that the start script of the container image writes the file from. Where `plugin.sh` of Kubernetes builds it
/// instead, the variable is not set.
pub const VARIABLE: &str = "NACOS_SERVERS";

/// What [`VARIABLE`] with this value writes; `from`: where it was seen. `None`: it names no member.
#[must_use]
pub fn writer(value: &str, from: &str, default_port: u16) -> Option<ConfWriter> {
    let members = parse_list(value, default_port);
    (!members.is_empty()).then(|| ConfWriter { variable: VARIABLE.to_owned(), from: from.to_owned(), members })
}

/// Members given as text: `NACOS_SERVERS`, `MEMBER_LIST`, `-Dnacos.member.list` (separated by commas or blanks).
#[must_use]
pub fn parse_list(text: &str, default_port: u16) -> Vec<String> {
    let mut members: Vec<String> = text
        .split(|char: char| char == ',' || char == ';' || char.is_whitespace())
        .filter(|item| !item.is_empty())
        .filter_map(|item| match entry(item, default_port) {
            Entry::Member { address, .. } => Some(address),
            Entry::Rejected { .. } | Entry::Bogus { .. } => None,
        })
        .collect();
    members.sort();
    members.dedup();
    members
}

/// Lines as Java's `BufferedReader` splits them.
fn java_lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
        lines.push(&rest[..end]);
        rest = &rest[end..];
        rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix(['\n', '\r'])).unwrap_or(rest);
    }
    lines
}

#[derive(Default)]
struct File {
    default_port: u16,
    /// Address to the first line that names it.
    members: BTreeMap<String, u64>,
    problems: Vec<ConfProblem>,
    rejected: bool,
    last_open: Option<(u64, String)>,
}

impl File {
    fn report(&mut self, line: u64, text: &str, kind: ConfProblemKind, message: Message) {
        let text: String = text.chars().take(LINE_LIMIT).collect();
        self.problems.push(ConfProblem { line, text, kind, message });
    }

    fn read_line(&mut self, number: u64, line: &str, is_last_open: bool) {
        if line.is_empty() {
            return;
        }
        let trimmed = trim_java(line);
        if trimmed.is_empty() {
            self.rejected = true;
            self.report(
                number,
                line,
                ConfProblemKind::Malformed,
                Message::new("conf-problem-blank").with("line", number),
            );
            return;
        }
        if trimmed.starts_with('#') {
            return;
        }
        let content = trim_java(trimmed.split('#').next().unwrap_or_default());
        let items: Vec<&str> = match content.find(',') {
            // Java's split drops empty items at the end.
            Some(at) if at > 0 => content.trim_end_matches(',').split(',').collect(),
            _ => vec![content],
        };
        for item in items {
            self.read_item(number, line, item);
        }
        if is_last_open && let Entry::Member { address, .. } = entry(content, self.default_port) {
            self.last_open = Some((number, address));
        }
    }

    fn read_item(&mut self, number: u64, line: &str, item: &str) {
        let about = |key: &str| Message::new(key).with("line", number).with("text", visible(item.trim()));
        if trim_java(item).is_empty() {
            self.rejected = true;
            self.report(
                number,
                line,
                ConfProblemKind::Malformed,
                Message::new("conf-problem-blank").with("line", number),
            );
            return;
        }
        if trim_java(item) != item {
            self.report(number, line, ConfProblemKind::Untrimmed, about("conf-problem-untrimmed"));
        }
        let glued = recover(&plain(item), self.default_port);
        let char = deceptive(item);
        match entry(item, self.default_port) {
            Entry::Member { address, has_port } => {
                if !has_port {
                    self.report(
                        number,
                        line,
                        ConfProblemKind::MissingPort,
                        about("conf-problem-missing-port").with("port", self.default_port),
                    );
                }
                if let Some(why) = suspicious(&address) {
                    self.report(number, line, ConfProblemKind::SuspiciousAddress, about(why).with("address", &address));
                }
                if !char.is_empty() {
                    let taken = about("conf-problem-character-taken").with("char", &char);
                    self.report(number, line, ConfProblemKind::SuspiciousAddress, taken);
                }
                self.add(number, line, address);
            }
            Entry::Rejected { why } => {
                self.rejected = true;
                let why = match char.as_str() {
                    "" => about(why),
                    char => about("conf-problem-character-rejected").with("char", char),
                };
                self.bad_item(number, line, glued, ConfProblemKind::Malformed, why);
            }
            Entry::Bogus { why } => {
                let why = match char.as_str() {
                    "" => about(why),
                    char => about("conf-problem-character-ghost").with("char", char),
                };
                self.bad_item(number, line, glued, ConfProblemKind::Ghost, why);
            }
        }
    }

    fn bad_item(&mut self, number: u64, line: &str, glued: Vec<String>, kind: ConfProblemKind, why: Message) {
        if glued.len() > 1 {
            let message = Message::new("conf-problem-merged")
                .with("line", number)
                .with("members", glued.join(", "))
                .with("text", why.args.get("text").cloned().unwrap_or_default());
            self.report(number, line, ConfProblemKind::Merged, message);
        } else {
            self.report(number, line, kind, why);
        }
        for address in glued {
            self.add(number, line, address);
        }
    }

    fn add(&mut self, number: u64, line: &str, address: String) {
        if let Some(first) = self.members.get(&address) {
            let message = Message::new("conf-problem-duplicate")
                .with("line", number)
                .with("first", first)
                .with("address", &address);
            self.report(number, line, ConfProblemKind::Duplicate, message);
        } else {
            self.members.insert(address, number);
        }
    }

    fn finish(mut self, lines: &[&str], bytes: &[u8]) -> ClusterConfSeen {
        self.report_torn_end();
        ClusterConfSeen {
            written_from: None,
            present: true,
            members: self.members.into_keys().collect(),
            lines: lines.iter().take(LINES_LIMIT).map(|line| line.chars().take(LINE_LIMIT).collect()).collect(),
            problems: self.problems,
            rejected: self.rejected,
            modified: None,
            sha256: hex::encode(Sha256::digest(bytes)),
            names: Vec::new(),
        }
    }

    /// A last line without a line end whose port is the beginning of the port that all others have was cut off.
    fn report_torn_end(&mut self) {
        let Some((number, address)) = self.last_open.take() else { return };
        let Some((_, port)) = address.rsplit_once(':') else { return };
        let mut others =
            self.members.keys().filter(|other| **other != address).filter_map(|other| other.rsplit_once(':'));
        let Some((_, usual)) = others.next() else { return };
        if others.all(|(_, other)| other == usual) && usual != port && usual.starts_with(port) {
            let message =
                Message::new("conf-problem-torn").with("line", number).with("address", &address).with("port", usual);
            self.report(number, &address.clone(), ConfProblemKind::Ghost, message);
        }
    }
}

/// `String.trim` of Java: everything up to U+0020.
fn trim_java(text: &str) -> &str {
    text.trim_matches(|char| char <= ' ')
}

enum Entry {
    /// Taken, as `host:port`.
    Member { address: String, has_port: bool },
    /// Makes Nacos refuse the whole file.
    Rejected { why: &'static str },
    /// Taken as a member that cannot exist.
    Bogus { why: &'static str },
}

fn entry(item: &str, default_port: u16) -> Entry {
    if item.starts_with('[') && item.contains(']') {
        return bracketed(item, default_port);
    }
    let parts: Vec<&str> = item.trim_end_matches(':').split(':').collect();
    let (host, port) = match parts.as_slice() {
        [host] => (*host, None),
        [host, port] => (*host, Some(*port)),
        _ => return Entry::Rejected { why: "conf-problem-too-many-parts" },
    };
    let port = match port.map(java_int) {
        None => None,
        Some(Some(port)) => match u16::try_from(port) {
            Ok(port) if port > 0 => Some(port),
            _ => return Entry::Bogus { why: "conf-problem-port-range" },
        },
        Some(None) if item.contains('?') => return Entry::Rejected { why: "conf-problem-raft-port" },
        Some(None) => return Entry::Rejected { why: "conf-problem-port" },
    };
    if host.contains('?') {
        return Entry::Bogus { why: "conf-problem-raft-port-no-port" };
    }
    if item.ends_with(':') || !is_host(trim_java(host)) {
        return Entry::Bogus { why: "conf-problem-host" };
    }
    Entry::Member { address: format!("{}:{}", trim_java(host), port.unwrap_or(default_port)), has_port: port.is_some() }
}

fn bracketed(item: &str, default_port: u16) -> Entry {
    let Some((host, rest)) = item[1..].split_once(']') else { return Entry::Bogus { why: "conf-problem-host" } };
    if host.split('%').next().and_then(|host| host.parse::<Ipv6Addr>().ok()).is_none() {
        return Entry::Rejected { why: "conf-problem-ipv6" };
    }
    match rest.strip_prefix(':') {
        None if rest.is_empty() => Entry::Member { address: format!("[{host}]:{default_port}"), has_port: false },
        None => Entry::Rejected { why: "conf-problem-port" },
        Some(port) => match java_int(port).map(u16::try_from) {
            Some(Ok(port)) if port > 0 => Entry::Member { address: format!("[{host}]:{port}"), has_port: true },
            Some(_) => Entry::Bogus { why: "conf-problem-port-range" },
            None => Entry::Rejected { why: "conf-problem-port" },
        },
    }
}

/// `Integer.parseInt`, which takes full-width digits for digits.
fn java_int(text: &str) -> Option<i32> {
    let digit = |char: char| match char {
        '\u{ff10}'..='\u{ff19}' => char::from_u32(u32::from(char) - 0xfee0).unwrap_or(char),
        char => char,
    };
    text.chars().map(digit).collect::<String>().parse().ok()
}

/// An IPv4 address or a host name; digits and dots that are no IPv4 address are a torn one.
fn is_host(host: &str) -> bool {
    if host.is_empty() || host.len() > 253 {
        return false;
    }
    if host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return host.parse::<Ipv4Addr>().is_ok();
    }
    host.split('.').all(|label| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    })
}

/// The addresses that a glued text holds: `10.0.0.1:884810.0.0.2:8848`, or several between blanks or semicolons.
fn recover(item: &str, default_port: u16) -> Vec<String> {
    let pieces: Vec<&str> = item
        .split(|char: char| char.is_whitespace() || char == ';' || char == '|')
        .filter(|piece| !piece.is_empty())
        .collect();
    let mut found = Vec::new();
    for piece in pieces {
        match entry(piece, default_port) {
            Entry::Member { address, .. } => found.push(address),
            Entry::Rejected { .. } | Entry::Bogus { .. } => found.extend(unglue(piece, default_port)),
        }
    }
    found
}

/// Splits `host:port` runs without anything between them. A port is taken as short as it can be so that what follows
/// is an IPv4 address again; of several ways the one with the default port wins, then the longest port.
fn unglue(piece: &str, default_port: u16) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = piece;
    while let Some((host, after)) = rest.split_once(':') {
        if !is_host(host) {
            return Vec::new();
        }
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        if digits == after.len() {
            let Some(port) = after.parse::<u16>().ok().filter(|port| *port > 0) else { return Vec::new() };
            found.push(format!("{host}:{port}"));
            return if found.len() > 1 { found } else { Vec::new() };
        }
        let splits = (2..=digits.min(5)).rev().filter_map(|length| {
            let port = after[..length].parse::<u16>().ok().filter(|port| *port > 0)?;
            let next = after[length..].split(':').next().unwrap_or_default();
            (next.parse::<Ipv4Addr>().is_ok() || length == digits && port == default_port && is_host(next))
                .then_some((length, port))
        });
        let splits: Vec<(usize, u16)> = splits.collect();
        let best = splits.iter().find(|(_, port)| *port == default_port).or_else(|| splits.first());
        let Some((length, port)) = best else { return Vec::new() };
        found.push(format!("{host}:{port}"));
        rest = &after[*length..];
    }
    if !found.is_empty() && is_host(rest) {
        found.push(format!("{rest}:{default_port}"));
    }
    if found.len() > 1 { found } else { Vec::new() }
}

/// Why an address is unlikely to be one that other hosts reach.
fn suspicious(address: &str) -> Option<&'static str> {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    if let Ok(ip) = host.parse::<Ipv4Addr>() {
        return match ip.octets() {
            [127, ..] => Some("conf-problem-loopback"),
            [0, ..] => Some("conf-problem-any"),
            [169, 254, ..] => Some("conf-problem-link-local"),
            [172, 17, ..] => Some("conf-problem-docker"),
            _ => None,
        };
    }
    if host.eq_ignore_ascii_case("localhost") || host == "[::1]" {
        return Some("conf-problem-loopback");
    }
    if host.to_ascii_lowercase().starts_with("[fe80:") {
        return Some("conf-problem-link-local");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> ClusterConfSeen {
        parse(text.as_bytes(), 8848, Some("2.5.1"))
    }

    fn kinds(seen: &ClusterConfSeen) -> Vec<(u64, &str)> {
        seen.problems.iter().map(|problem| (problem.line, problem.kind.as_str())).collect()
    }

    #[test]
    fn names_are_what_is_no_address() {
        let members = ["10.0.0.1:8848", "[fd00::1]:8848", "nacos-2.nacos:8848", "nacos-1:8848", "nacos-1:8849"];
        let members: Vec<String> = members.map(str::to_owned).into();
        assert_eq!(names(&members), ["nacos-1", "nacos-2.nacos"]);
    }

    #[test]
    fn reads_what_nacos_itself_writes() {
        let seen = read("#2026-11-22T15:56:21.499\n10.0.0.1:8848\n10.0.0.2:8848\n\n10.0.0.3:8848\n");
        assert_eq!(seen.members, ["10.0.0.1:8848", "10.0.0.2:8848", "10.0.0.3:8848"]);
        assert!(!seen.rejected && seen.problems.is_empty());
        assert_eq!(seen.lines.len(), 5);
        assert_eq!(seen.sha256.len(), 64);
    }

    #[test]
    fn takes_comments_commas_names_and_brackets() {
        let seen = read("  # all\n10.0.0.1:8848 # first\n10.0.0.2:8848,nacos-2.nacos-hs:8858,\n[fe80::2]:8848\n[::2]");
        assert_eq!(
            seen.members,
            ["10.0.0.1:8848", "10.0.0.2:8848", "[::2]:8848", "[fe80::2]:8848", "nacos-2.nacos-hs:8858"]
        );
        assert!(!seen.rejected);
        assert_eq!(kinds(&seen), [(4, "suspicious_address"), (5, "missing_port")]);
    }

    #[test]
    fn a_missing_port_is_the_own_one_except_in_1_x() {
        assert_eq!(parse(b"10.0.0.1", 9999, Some("2.5.1")).members, ["10.0.0.1:9999"]);
        assert_eq!(parse(b"10.0.0.1", 9999, Some("1.4.6")).members, ["10.0.0.1:8848"]);
    }

    #[test]
    fn glued_lines_are_told_as_that() {
        for (line, members, rejected) in [
            ("10.0.0.1:884810.0.0.2:8848", &["10.0.0.1:8848", "10.0.0.2:8848"][..], true),
            ("10.0.0.1:8848 10.0.0.2:8848", &["10.0.0.1:8848", "10.0.0.2:8848"], true),
            ("10.0.0.1:8848;10.0.0.2:8848;10.0.0.3:8848", &["10.0.0.1:8848", "10.0.0.2:8848", "10.0.0.3:8848"], true),
            ("10.0.0.1:8848192.168.1.2:8848", &["10.0.0.1:8848", "192.168.1.2:8848"], true),
            ("10.0.0.1:88481.2.3.4:88485.6.7.8:8848", &["1.2.3.4:8848", "10.0.0.1:8848", "5.6.7.8:8848"], true),
            ("10.0.0.1:884810.0.0.2", &["10.0.0.1:8848", "10.0.0.2:8848"], true),
            ("10.0.0.1 10.0.0.2:8848", &["10.0.0.1:8848", "10.0.0.2:8848"], false),
        ] {
            let seen = read(line);
            assert_eq!(seen.members, members, "{line}");
            assert_eq!(kinds(&seen), [(1, "merged")], "{line}");
            assert_eq!(seen.rejected, rejected, "{line}");
        }
    }

    #[test]
    fn one_bad_line_rejects_the_file() {
        for line in [
            "   ",
            "\t",
            "10.0.0.2:8847?raft_port=8807",
            "10.0.0.2:",
            "10.0.0.2:88a",
            "fe80::1:8848",
            "a:1,,b:1",
            "[zz]:1",
            "10.0.0.2: 8848",
        ] {
            let seen = read(&format!("10.0.0.1:8848\n{line}\n10.0.0.3:8848"));
            let expected = !matches!(line, "10.0.0.2:");
            assert_eq!(seen.rejected, expected, "{line:?}");
            let kind = if expected { "malformed" } else { "ghost" };
            assert!(kinds(&seen).contains(&(2, kind)), "{line:?}: {:?}", seen.problems);
            assert!(seen.members.contains(&"10.0.0.3:8848".to_owned()));
        }
    }

    #[test]
    fn oddities_are_named() {
        let seen = parse(b"\xef\xbb\xbf10.0.0.1:8848\r\n10.0.0.1:8848\r\na:1, b:1\r\n127.0.0.1:8848\r\n172.17.0.2:8848\r\n10.0.0.\r\n10.0.0.9:99999\r\n", 8848, None);
        assert_eq!(
            kinds(&seen),
            [
                (1, "bom"),
                (1, "crlf"),
                (2, "duplicate"),
                (3, "untrimmed"),
                (4, "suspicious_address"),
                (5, "suspicious_address"),
                (6, "ghost"),
                (7, "ghost")
            ]
        );
        assert!(!seen.rejected, "Nacos takes all of these, as members that cannot exist");
        assert!(seen.members.contains(&"b:1".to_owned()));
    }

    #[test]
    fn characters_that_deceive_are_told_by_their_code_points() {
        // How 2.5.1 takes them was tried with its own reader.
        for (line, kind, rejected, char, key) in [
            ("\u{feff}10.0.0.2:8848", "ghost", false, "U+FEFF", "conf-problem-character-ghost"),
            ("10.0.0.2：8848", "ghost", false, "U+FF1A", "conf-problem-character-ghost"),
            ("\u{200b}10.0.0.2:8848", "ghost", false, "U+200B", "conf-problem-character-ghost"),
            ("10.0.0.2\u{a0}:8848", "ghost", false, "U+00A0", "conf-problem-character-ghost"),
            ("10.0.0.２:8848", "ghost", false, "U+FF12", "conf-problem-character-ghost"),
            ("10.0.0.2:8848\u{a0}", "malformed", true, "U+00A0", "conf-problem-character-rejected"),
            ("10.0.0.2:8848\u{200b}", "malformed", true, "U+200B", "conf-problem-character-rejected"),
            ("10.0.0.2:８８４８", "suspicious_address", false, "U+FF18 U+FF14", "conf-problem-character-taken"),
        ] {
            let seen = read(&format!("10.0.0.1:8848\n{line}\n10.0.0.3:8848\n"));
            assert_eq!(kinds(&seen), [(2, kind)], "{line:?}");
            let message = &seen.problems[0].message;
            assert_eq!((message.key.as_str(), message.args["char"].as_str()), (key, char), "{line:?}");
            assert_eq!(seen.rejected, rejected, "{line:?}");
            assert_eq!(seen.members, ["10.0.0.1:8848", "10.0.0.2:8848", "10.0.0.3:8848"], "what was meant: {line:?}");
            assert!(!message.args["text"].contains(['\u{feff}', '\u{200b}', '\u{a0}']), "{line:?}");
        }
        let first = read("\u{feff}10.0.0.1:8848\n");
        assert_eq!((kinds(&first), first.rejected), (vec![(1, "bom")], false));
        assert_eq!(visible(&first.problems[0].text), "<U+FEFF>10.0.0.1:8848");
    }

    #[test]
    fn a_torn_last_line_is_seen_where_it_can_be() {
        let seen = read("10.0.0.1:8848\n10.0.0.2:8848\n10.0.0.3:88");
        assert_eq!(kinds(&seen), [(3, "ghost")], "Nacos takes it, with that port");
        assert_eq!(seen.problems[0].message.key, "conf-problem-torn");
        assert!(read("10.0.0.1:8848\n10.0.0.2:8848").problems.is_empty());
        assert_eq!(kinds(&read("10.0.0.1:8848\n10.0.0")), [(2, "ghost")]);
    }

    #[test]
    fn an_empty_file_has_no_members() {
        assert_eq!(read("").members, Vec::<String>::new());
        assert!(!read("").rejected);
    }

    #[test]
    fn lists_of_the_environment_are_read() {
        assert_eq!(
            parse_list("10.0.0.2:8848 10.0.0.1,nacos-2:8848", 8848),
            ["10.0.0.1:8848", "10.0.0.2:8848", "nacos-2:8848"]
        );
        assert!(parse_list("", 8848).is_empty());
    }

    #[test]
    fn any_bytes_are_read_without_panic() {
        for seed in 0..500 {
            let _ = parse(&crate::nacos::fuzz::bytes(seed, 300), 8848, None);
        }
    }

    #[test]
    fn every_message_has_its_text() {
        let source = include_str!("cluster_conf.rs");
        for key in source.split('"').filter(|part| part.starts_with("conf-problem-")) {
            if key.len() > "conf-problem-".len() {
                assert!(crate::locale::has(key), "{key}");
            }
        }
    }
}
