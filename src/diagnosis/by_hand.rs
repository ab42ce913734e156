//! Commands that people copy: what a to-do is at a terminal, with the names, addresses and folders of the inventory. Pure.
//!
//! # Why
//! None of them changes anything on a node: they look, or bring what is there to the machine of the person who runs them. How a
//! node is started (a script, systemd, a container, under which account) is not in the inventory, and a guess that is copied at
//! night starts a second process as root. So what changes something stands in the sentence of its to-do, and here stands what to
//! look at before and after it.
//!
//! Names, hosts and folders come from people and from other machines: each is quoted, so that nothing in it is a command.

use jiff::tz::TimeZone;

use super::todo_list as todo;
use crate::domain::cluster::{Cluster, FileSource, NodeSpec};
use crate::domain::hidden::is_hidden;
use crate::domain::id::NodeName;
use crate::domain::message::Message;
use crate::domain::time::Timestamp;
use crate::nacos::{ports, timing};

/// Where it is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// On the host of the node: over `ssh` where an address is known.
    Node,
    /// On a machine that is to reach the node.
    Here,
}

/// A command for one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByHand {
    /// The node that it is about.
    pub node: NodeName,
    /// What to copy.
    pub text: String,
    /// True: it is run on the host of the node, of which no address is known.
    pub on_host: bool,
}

/// How the home of a node is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HomeKnown {
    /// It is in the inventory.
    Told,
    /// It is that of another node of the cluster.
    LikeThatOf(NodeName),
    /// It is that of the images of Nacos.
    Usual,
}

/// Where a home is where nothing tells.
const USUAL_HOME: &str = "/home/nacos";

/// What each to-do is at a terminal. `{home}`, `{host}`, `{ports}`, `{hosts}` (those of all nodes) and
/// `{around}` (the journal around the moment at which the node went) are put in, quoted.
const COMMANDS: &[(&str, Place, &str)] = &[
    (
        todo::FIND_WHO_STOPPED.key,
        Place::Node,
        "last -x -n 20; journalctl {around} --no-pager | grep -i nacos | tail -n 50",
    ),
    (
        todo::FIND_KILLER.key,
        Place::Node,
        "journalctl -k {around} --no-pager | grep -iE 'oom|killed process'; last -x -n 10 reboot shutdown; uptime",
    ),
    (
        todo::FIX_SUPERVISOR.key,
        Place::Node,
        "systemctl list-units --all | grep -i nacos; journalctl -n 100 --no-pager | grep -iE 'nacos|systemd'; docker ps -a",
    ),
    (todo::FIX_PROBE.key, Place::Node, "tail -n 60 {home}/logs/start.out; tail -n 20 {home}/logs/nacos_gc.log; uptime"),
    (todo::RELIEVE_HOST.key, Place::Node, "df -h; free -m; uptime"),
    (todo::MEMORY_LIMIT.key, Place::Node, "free -m; cat /sys/fs/cgroup/memory.max; ps -o pid,rss,args -C java"),
    (
        todo::NATIVE_MEMORY.key,
        Place::Node,
        "free -m; cat /sys/fs/cgroup/memory.max; sysctl vm.max_map_count; ps -o pid,rss,args -C java",
    ),
    (todo::HEAP.key, Place::Node, "ps -o pid,rss,args -C java; ls -l {home}/logs/*.hprof {home}/bin/*.hprof"),
    (
        todo::JDK.key,
        Place::Node,
        "cd {home} && ls -lt hs_err* bin/hs_err* logs/hs_err*; head -n 60 $(ls -t hs_err* bin/hs_err* logs/hs_err* | head -n 1)",
    ),
    (
        todo::FREE_DISK.key,
        Place::Node,
        "df -h {home}/logs {home}/data; du -sh {home}/logs {home}/data; ls -lS {home}/logs | head -n 15",
    ),
    (todo::VOLUME_WRITABLE.key, Place::Node, "findmnt -T {home}/data; findmnt -T {home}/logs; dmesg -T | tail -n 50"),
    (
        todo::STORAGE.key,
        Place::Node,
        "findmnt -T {home}/data; ps -eo pid,stat,wchan:30,args | grep ' D'; dmesg -T | tail -n 50",
    ),
    (
        todo::DATA_WRITABLE.key,
        Place::Node,
        "findmnt -T {home}/data; ps -o user,pid,args -C java; ls -ld {home}/data; ls -l {home}/data {home}/data/derby-data",
    ),
    (
        todo::GIVE_RIGHTS.key,
        Place::Node,
        "ps -o user,pid,args -C java; ls -ld {home} {home}/data {home}/logs; ls -l {home}/data {home}/logs | head -n 50",
    ),
    (todo::CHECK_HOST.key, Place::Here, "ping -c 3 {host}; for p in 22 {ports}; do nc -vz -w 3 {host} $p; done"),
    (todo::REACH_NODE.key, Place::Here, "ping -c 3 {host}; for p in 22 {ports}; do nc -vz -w 3 {host} $p; done"),
    (todo::CONTINUE.key, Place::Node, "ps -o pid,stat,lstart,args -C java"),
    (
        todo::THREAD_DUMP.key,
        Place::Node,
        "for p in $(pgrep -f nacos.home); do ps -o pid,stat,lstart -p $p; jstack -l $p; done",
    ),
    (todo::END_HUNG.key, Place::Node, "ps -o pid,stat,lstart,args -C java"),
    (todo::START_DOWN.key, Place::Node, "ps -o pid,stat,lstart,args -C java; tail -n 40 {home}/logs/start.out"),
    (todo::START_WHEN_FIXED.key, Place::Node, "ps -o pid,stat,lstart,args -C java; tail -n 40 {home}/logs/start.out"),
    (todo::RESTART.key, Place::Node, "ps -o pid,stat,lstart,args -C java; tail -n 40 {home}/logs/start.out"),
    (todo::WAIT_FOR_START.key, Place::Node, "tail -n 40 {home}/logs/start.out; tail -n 40 {home}/logs/nacos.log"),
    (todo::WAIT_START.key, Place::Node, "tail -n 60 {home}/logs/start.out"),
    (
        todo::READ_START_ERROR.key,
        Place::Node,
        "grep -hn 'Caused by' {home}/logs/start.out {home}/logs/nacos.log | tail -n 20; ss -ltnp",
    ),
    (
        todo::STOP_FLAPPING.key,
        Place::Node,
        "systemctl list-units --all | grep -i nacos; ps -o pid,ppid,lstart,args -C java",
    ),
    (todo::OPEN_BETWEEN.key, Place::Here, "for p in {ports}; do nc -vz -w 3 {host} $p; done"),
    (todo::CHECK_7848.key, Place::Here, "for p in {ports}; do nc -vz -w 3 {host} $p; done"),
    (todo::OPEN_7848.key, Place::Here, "for p in {ports}; do nc -vz -w 3 {host} $p; done"),
    (todo::OPEN_7848_AT_START.key, Place::Here, "for p in {ports}; do nc -vz -w 3 {host} $p; done"),
    (todo::OPEN_GRPC.key, Place::Here, "for p in {ports}; do nc -vz -w 3 {host} $p; done"),
    (todo::OPEN_PORT.key, Place::Here, "for p in {ports}; do nc -vz -w 3 {host} $p; done"),
    (todo::OPEN_ONE_WAY.key, Place::Here, "for p in {ports}; do nc -vz -w 3 {host} $p; done"),
    (todo::FIND_LOSS.key, Place::Node, "ip -s link; conntrack -S; ss -ti | grep -c retrans"),
    (todo::DNS.key, Place::Node, "for h in {hosts}; do getent hosts $h; done; cat /etc/hosts /etc/resolv.conf"),
    (todo::CLOCK.key, Place::Node, "date -u; timedatectl; chronyc tracking"),
    (todo::MEMBERS_ALIGN.key, Place::Node, "cat {home}/conf/cluster.conf"),
    (todo::CONF_ALIGN.key, Place::Node, "cat {home}/conf/cluster.conf"),
    (todo::CONF_ADD.key, Place::Node, "cat {home}/conf/cluster.conf"),
    (todo::CONF_FIX_LINE.key, Place::Node, "cat -A {home}/conf/cluster.conf"),
    (
        todo::RAFT_GROUP.key,
        Place::Node,
        "tail -n 60 {home}/logs/naming-raft.log; tail -n 60 {home}/logs/alipay-jraft.log",
    ),
    (todo::RAFT_ENTRY.key, Place::Node, "tail -n 60 {home}/logs/alipay-jraft.log; tail -n 60 {home}/logs/nacos.log"),
    (
        todo::RAFT_STORAGE.key,
        Place::Node,
        "du -sh {home}/data/protocol/raft/*; df -h {home}/data; tail -n 60 {home}/logs/alipay-jraft.log",
    ),
    (todo::DATA_LOAD.key, Place::Node, "tail -n 60 {home}/logs/protocol-distro.log"),
    (
        todo::FIND_MODE.key,
        Place::Node,
        "ps -o pid,args -C java; grep -m 1 'Running in' {home}/logs/start.out; cat {home}/conf/cluster.conf",
    ),
    (todo::FREE_DATA.key, Place::Node, "ps -ef | grep '[n]acos'; find {home}/data -name LOCK -exec fuser -v {} +"),
    (
        todo::RAISE_FILES.key,
        Place::Node,
        "for p in $(pgrep -f nacos.home); do grep 'open files' /proc/$p/limits; ls /proc/$p/fd | wc -l; done",
    ),
    (
        todo::RAISE_THREADS.key,
        Place::Node,
        "for p in $(pgrep -f nacos.home); do grep processes /proc/$p/limits; ls /proc/$p/task | wc -l; done",
    ),
    (todo::FIND_PAUSE.key, Place::Node, "vmstat 1 5; dmesg -T | tail -n 30; tail -n 40 {home}/logs/nacos_gc.log"),
    (
        todo::FIND_OVERLOAD.key,
        Place::Node,
        "vmstat 1 5; cat /sys/fs/cgroup/cpu.stat; ps -eo pid,pcpu,args --sort=-pcpu | head -n 10",
    ),
];

/// What the evidence of a node is at a terminal: its files as an archive, the kernel log, the process table. What cannot be read
/// is left out, and the rest comes all the same.
#[must_use]
pub fn evidence(cluster: &Cluster, node: &NodeSpec) -> Vec<ByHand> {
    let (home, _) = home(cluster, node);
    let home = quoted(&home);
    let name = file_name(&node.name.0);
    // Packed logs of days before, heap dumps and access logs would make gigabytes of it.
    let files = format!(
        "cd {home} && find logs conf bin . -maxdepth 1 -type f \\( -path 'logs/*' -o -path 'conf/*' -o -name 'hs_err*' \\) \
         ! -name '*.gz' ! -name '*.hprof' ! -name 'access_log*' -print0 | tar --null -T - -czf -"
    );
    let kernel = "journalctl -k --since '1 day ago' --no-pager || dmesg -T";
    let process = "ps -o pid,stat,lstart,rss,args -C java; ss -ltnp; df -h; free -m; date -u";
    [(files.as_str(), "tar.gz"), (kernel, "kernel.txt"), (process, "process.txt")]
        .into_iter()
        .map(|(inner, ending)| {
            let (command, on_host) = on_node(node, inner);
            // Where it has to be run on the host itself, the disk of the node may be the one that is full.
            let folder = if on_host { "/tmp/" } else { "" };
            let text = format!("{} > {folder}{name}.{ending}", grouped(&command, command == inner));
            ByHand { node: node.name.clone(), text, on_host }
        })
        .collect()
}

/// The commands of a to-do, one for each node that it names; none where it has none. `went`: when a node went, where that is known.
#[must_use]
pub fn of(asked: &Message, cluster: &Cluster, went: impl Fn(&NodeName) -> Option<Timestamp>) -> Vec<ByHand> {
    let names = asked.args.get("nodes").map_or("", String::as_str);
    let nodes = names.split(", ").filter_map(|name| cluster.nodes.iter().find(|node| node.name.0 == name));
    if asked.key == todo::SAVE_EVIDENCE.key || asked.key == todo::HAND_IN.key {
        return nodes.flat_map(|node| evidence(cluster, node)).collect();
    }
    let Some((_, place, form)) = COMMANDS.iter().find(|(key, _, _)| *key == asked.key) else { return Vec::new() };
    nodes.filter_map(|node| filled(cluster, node, went(&node.name), *place, form)).collect()
}

/// The home of a node, and how it is known.
#[must_use]
pub fn home(cluster: &Cluster, node: &NodeSpec) -> (String, HomeKnown) {
    if let Some(home) = own_home(node) {
        return (home, HomeKnown::Told);
    }
    let like = cluster.nodes.iter().find_map(|other| own_home(other).map(|home| (home, other.name.clone())));
    like.map_or_else(|| (USUAL_HOME.to_owned(), HomeKnown::Usual), |(home, of)| (home, HomeKnown::LikeThatOf(of)))
}

/// Its home on its own host. That of a copy is where the copy is.
fn own_home(node: &NodeSpec) -> Option<String> {
    match &node.files {
        FileSource::Local { home } => Some(home.display().to_string()),
        FileSource::Ssh(place) => Some(place.home.clone()),
        FileSource::None | FileSource::Copied { .. } => None,
    }
}

/// The part of the journal to ask for: around the moment at which the node went, or what is young.
fn around(went: Option<Timestamp>) -> String {
    let Some(went) = went else { return "--since '2 hours ago'".to_owned() };
    let stamp = |by_ms: i64| format!("{} UTC", went.plus_millis(by_ms).in_zone(&TimeZone::UTC));
    format!("--since '{}' --until '{}'", stamp(-timing::JOURNAL_AROUND_MS), stamp(timing::JOURNAL_AROUND_MS))
}

fn filled(cluster: &Cluster, node: &NodeSpec, went: Option<Timestamp>, place: Place, form: &str) -> Option<ByHand> {
    let hosts: Vec<String> =
        cluster.nodes.iter().filter_map(|node| node.api.as_ref()).map(|api| quoted(&api.host)).collect();
    // A command that needs what nobody knows is none.
    if form.contains("{hosts}") && hosts.is_empty() || form.contains("{host}") && node.api.is_none() {
        return None;
    }
    let main = node.api.as_ref().map_or(ports::DEFAULT_MAIN, |api| api.port);
    let all: Vec<String> = [0, 1000, 1001, -1000].iter().map(|step| (i32::from(main) + step).to_string()).collect();
    let host = node.api.as_ref().map(|api| quoted(&api.host)).unwrap_or_default();
    // What is put in is not looked at again: a folder may be called "{host}".
    let mut text = String::new();
    let mut rest = form;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        let put = [
            ("{home}", quoted(&home(cluster, node).0)),
            ("{hosts}", hosts.join(" ")),
            ("{host}", host.clone()),
            ("{ports}", all.join(" ")),
            ("{around}", around(went)),
        ];
        match put.into_iter().find(|(name, _)| from.starts_with(name)) {
            Some((name, value)) => {
                text.push_str(&value);
                rest = &from[name.len()..];
            }
            None => {
                text.push('{');
                rest = &from[1..];
            }
        }
    }
    text.push_str(rest);
    let (text, on_host) = if place == Place::Node { on_node(node, &text) } else { (text, false) };
    Some(ByHand { node: node.name.clone(), text, on_host })
}

/// The command as it is run from the machine of a person, and whether it has to be run on the host itself. A node on this machine
/// needs no way to it.
fn on_node(node: &NodeSpec, inner: &str) -> (String, bool) {
    if let FileSource::Ssh(place) = &node.files {
        let port = if place.host.port == 22 { String::new() } else { format!("-p {} ", place.host.port) };
        let jump = place.jump.as_ref().map_or_else(String::new, |jump| {
            format!("-J {} ", quoted(&format!("{}@{}:{}", jump.user, bracketed(&jump.host), jump.port)))
        });
        let to = quoted(&format!("{}@{}", place.host.user, place.host.host));
        return (format!("ssh {jump}{port}{to} {}", quoted(inner)), false);
    }
    match (&node.files, &node.api) {
        (FileSource::Local { .. }, _) => (inner.to_owned(), false),
        (_, Some(api)) if is_this_machine(&api.host) => (inner.to_owned(), false),
        (_, Some(api)) => (format!("ssh {} {}", quoted(&api.host), quoted(inner)), false),
        (_, None) => (inner.to_owned(), true),
    }
}

fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What is run here keeps all of its output together.
fn grouped(command: &str, here: bool) -> String {
    if here { format!("( {command} )") } else { command.to_owned() }
}

/// A name for a file that means nothing to a shell.
fn file_name(node: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
    let name: String = node.chars().map(plain).take(60).collect();
    let name = name.trim_start_matches(['-', '.']);
    if name.is_empty() { "node".to_owned() } else { name.to_owned() }
}

/// A text as one word of a shell, whatever stands in it. Characters that a terminal acts on, or that nobody sees, are written as
/// their numbers.
fn quoted(text: &str) -> String {
    let harmless =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':' | '@' | '+' | '=' | ',');
    // A word that begins like an option is one, quoted or not.
    let text = if text.starts_with('-') { format!("./{text}") } else { text.to_owned() };
    if !text.is_empty() && text.chars().all(harmless) {
        return text;
    }
    if !text.chars().any(is_hidden) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let mut word = String::from("$'");
    for c in text.chars() {
        match c {
            '\'' | '\\' => word.extend(['\\', c]),
            c if is_hidden(c) && u32::from(c) > 0xffff => word.push_str(&format!("\\U{:08x}", u32::from(c))),
            c if is_hidden(c) => word.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => word.push(c),
        }
    }
    word + "'"
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::domain::cluster::{ApiAddress, SshHost, SshKey, SshLocation};
    use crate::domain::code::Code;
    use crate::domain::id::ClusterId;
    use crate::domain::published::Published;
    use crate::domain::trust::Trust;

    fn node(name: &str, host: Option<&str>, files: FileSource) -> NodeSpec {
        let api = host.map(|host| ApiAddress {
            scheme: "http".to_owned(),
            host: host.to_owned(),
            port: 8858,
            context_path: None,
            console_port: None,
            credential: None,
            trust: Trust::default(),
            published: Published::default(),
        });
        NodeSpec { name: name.into(), api, files }
    }

    fn cluster(nodes: Vec<NodeSpec>) -> Cluster {
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

    fn ssh(user: &str, home: &str) -> FileSource {
        let host = SshHost { user: user.to_owned(), host: "10.0.0.2".to_owned(), port: 2222 };
        FileSource::Ssh(SshLocation {
            host,
            home: home.to_owned(),
            jump: None,
            key: SshKey::Usual,
            passphrase: None,
            known_hosts: None,
            kernel_log: false,
        })
    }

    fn asked(key: &str, nodes: &str) -> Message {
        Message::new(key).with("nodes", nodes)
    }

    #[test]
    fn the_journal_is_asked_for_what_is_around_the_end_of_the_node() {
        let cluster = cluster(vec![node("n1", Some("127.0.0.1"), FileSource::None)]);
        let text = |went| of(&asked("action-find-killer", "n1"), &cluster, |_| went).remove(0).text;
        assert!(text(None).starts_with("journalctl -k --since '2 hours ago' --no-pager"), "{}", text(None));
        let went = Timestamp::from_stamp("2026-11-22 07:58:30 +08:00").expect("stamp");
        let around = "journalctl -k --since '2026-11-21 23:43:30 UTC' --until '2026-11-22 00:13:30 UTC' --no-pager";
        assert!(text(Some(went)).starts_with(around), "{}", text(Some(went)));
    }

    #[test]
    fn a_command_has_the_names_hosts_folders_and_ports_of_the_inventory() {
        let nodes = vec![
            node("n1", Some("10.0.0.1"), FileSource::None),
            node("n2", Some("10.0.0.2"), ssh("nacos", "/opt/nacos")),
            node("n3", Some("127.0.0.1"), FileSource::Local { home: PathBuf::from("/srv/na cos") }),
            node("n4", None, FileSource::Copied { home: "/copies/n4".into() }),
        ];
        let cluster = cluster(nodes);
        let text = |key: &str, nodes: &str| {
            of(&asked(key, nodes), &cluster, |_| None).into_iter().map(|one| one.text).collect::<Vec<_>>()
        };
        let tails = text("action-wait-start", "n1, n2, n3, n4, n9");
        assert_eq!(
            tails,
            [
                "ssh 10.0.0.1 'tail -n 60 /opt/nacos/logs/start.out'",
                "ssh -p 2222 nacos@10.0.0.2 'tail -n 60 /opt/nacos/logs/start.out'",
                "tail -n 60 '/srv/na cos'/logs/start.out",
                "tail -n 60 /opt/nacos/logs/start.out",
            ]
        );
        let ports = "for p in 8858 9858 9859 7858; do nc -vz -w 3 10.0.0.1 $p; done";
        assert_eq!(text("action-open-between", "n1"), [ports]);
        assert!(text("action-open-between", "n4").is_empty(), "nobody knows its address");
        assert!(text("action-front-door", "n1").is_empty(), "no command makes sense");
        assert_eq!(home(&cluster, &cluster.nodes[0]).1, HomeKnown::LikeThatOf("n2".into()));
        assert_eq!(home(&cluster, &cluster.nodes[1]).1, HomeKnown::Told);
        let alone = super::tests::cluster(vec![node("n1", None, FileSource::None)]);
        assert_eq!(home(&alone, &alone.nodes[0]), (USUAL_HOME.to_owned(), HomeKnown::Usual));
    }

    #[test]
    fn the_evidence_comes_to_the_person_and_leaves_nothing_on_the_node() {
        let cluster =
            cluster(vec![node("../n 1", Some("10.0.0.1"), FileSource::None), node("n2", None, FileSource::None)]);
        let texts: Vec<String> =
            of(&asked("action-save-evidence", "../n 1"), &cluster, |_| None).into_iter().map(|one| one.text).collect();
        assert_eq!(texts.len(), 3);
        assert!(texts[0].starts_with("ssh 10.0.0.1 'cd /home/nacos && find "), "{}", texts[0]);
        assert!(texts[0].ends_with("' > _n_1.tar.gz"), "{}", texts[0]);
        assert!(texts[1].ends_with(" > _n_1.kernel.txt"), "{}", texts[1]);
        let there = evidence(&cluster, &cluster.nodes[1]);
        assert!(
            there.iter().all(|one| one.on_host && one.text.starts_with("( ") && one.text.contains(" ) > /tmp/n2."))
        );
    }

    #[test]
    fn what_other_people_wrote_is_never_a_command() {
        for (text, word) in [
            ("/home/nacos", "/home/nacos"),
            ("", "''"),
            ("a b", "'a b'"),
            ("$(reboot)", "'$(reboot)'"),
            ("it's;rm -rf /", r"'it'\''s;rm -rf /'"),
            ("-oProxyCommand=x", "./-oProxyCommand=x"),
            ("a\nreboot\n", r"$'a\u000areboot\u000a'"),
            ("x\u{202e}'\\", r"$'x\u202e\'\\'"),
            ("数据", "'数据'"),
        ] {
            assert_eq!(quoted(text), word, "{text:?}");
        }
        let cluster = cluster(vec![node("n2", None, ssh("nacos", "/a'$(reboot)"))]);
        let told = of(&asked("action-wait-start", "n2"), &cluster, |_| None);
        let inner = r"tail -n 60 '/a'\''$(reboot)'/logs/start.out";
        assert_eq!(told[0].text, format!("ssh -p 2222 nacos@10.0.0.2 '{}'", inner.replace('\'', r"'\''")));
    }

    #[test]
    fn every_command_belongs_to_a_to_do_that_something_asks_for() {
        let lists = Code::ALL.iter().map(|code| super::super::causes::spec(*code).todos);
        use super::super::causes as c;
        let others = [
            c::GONE,
            c::BLOCKED,
            c::NO_LEADER,
            c::NO_PERMISSION,
            c::READ_ONLY,
            c::DATABASE_RESOURCES,
            c::DATABASE_READ_ONLY,
            c::DATA_NOT_WRITABLE,
            c::NO_SETTINGS_FILE,
            c::RAFT_AT_START,
            c::GROUP_NOT_RUN,
            c::UP_AGAIN,
            c::NOT_LOADED,
            c::NO_CONNECTIONS,
            c::NOT_LISTED,
            c::CLIENTS_GONE,
            c::NOT_STARTED,
            c::PROBE,
            c::HOST_WENT_DOWN,
            c::EVICTED,
            c::DISK_FAILS,
        ];
        let keys: Vec<&str> = lists
            .chain(others)
            .flatten()
            .flat_map(|todo| std::iter::once(*todo).chain(todo.unsafe_when.iter().filter_map(|(_, instead)| *instead)))
            .map(|todo| todo.key)
            .collect();
        for (key, _, _) in COMMANDS {
            assert!(keys.contains(key), "nothing asks for {key}");
        }
    }
}
