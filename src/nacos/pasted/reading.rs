//! What became of each line of a pasted text: the same readers that the checks use are asked, so what is told here is what they
//! see.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Belongs, LINES_LIMIT, OfProcess, attempts, belongs, command, environment, is_since_boot, kernel_lines,
    kernel_stamp, processes, socket, stamp_without_year,
};
use crate::domain::observed::ProcessIds;
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::OutputKind;
use crate::nacos::log_line::Stamp;
use crate::nacos::ports::NodePorts;
use crate::nacos::timing;

/// What became of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Lines that are not empty.
    pub lines: usize,
    /// Of these, lines with a time stamp that is understood; `None`: such output has none.
    pub stamped: Option<usize>,
    /// Of these, lines that a check uses.
    pub used: usize,
    /// The check that uses them; `None`: none uses such output.
    pub check: Option<&'static str>,
    /// The others, by reason.
    pub unused: Vec<Unused>,
}

/// Lines that no check uses, for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unused {
    /// The reason.
    pub why: WhyUnused,
    /// How many.
    pub lines: usize,
    /// The first one.
    pub first: String,
    /// Which line of the text that is, counted from 0.
    pub place: usize,
}

/// Why a line is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WhyUnused {
    /// It speaks of a connection, but not of its host, port or end.
    Unclear,
    /// It is about a port that the node does not have.
    OtherPort,
    /// It is about a port that the check tries itself: its own answer counts.
    TriedItself,
    /// It tells of a process that is not Java, or of another service or pod.
    OtherProcess,
    /// It names the id of another process than those that the node ran as.
    OtherId,
    /// Its time is out of the window that the checks look at.
    OutOfWindow,
    /// It was understood, but no check uses such output.
    NoCheck,
    /// It is not what such output tells.
    Unknown,
    /// It stands behind the most lines that are read.
    Cut,
}

impl WhyUnused {
    /// Stable name, as part of keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unclear => "unclear",
            Self::OtherPort => "other-port",
            Self::TriedItself => "tried-itself",
            Self::OtherProcess => "other-process",
            Self::OtherId => "other-id",
            Self::OutOfWindow => "out-of-window",
            Self::NoCheck => "no-check",
            Self::Unknown => "unknown",
            Self::Cut => "cut",
        }
    }
}

/// The time that checks look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its start.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
    /// What the clock of the node is ahead of UTC, seconds; `None`: nobody knows.
    pub offset_s: Option<i32>,
}

impl Window {
    /// Whether a stamp lies in it for sure not. The times of `dmesg -T` drift, and one without a zone may be of any.
    fn excludes(&self, stamp: Stamp) -> bool {
        const HOUR_S: i32 = 3600;
        let (east, west) = self.offset_s.map_or((14 * HOUR_S, -12 * HOUR_S), |known| (known, known));
        let (earliest, latest) = (stamp.at(east), stamp.at(west));
        latest < self.from.plus_millis(-timing::KERNEL_BEFORE_STOP_MS)
            || earliest > self.to.plus_millis(timing::KERNEL_AFTER_STOP_MS)
    }
}

/// What is known of the ports of a node.
#[derive(Clone, Debug)]
pub struct Ports {
    /// Which they are.
    pub known: NodePorts,
    /// Whether the newest check tried them itself, so that it used nothing of what was pasted.
    pub tried: bool,
}

/// The node that a text was handed in for.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its names and hosts.
    pub names: Vec<String>,
    /// Its ports.
    pub ports: Ports,
    /// Its process ids, as far as they are known.
    pub ids: ProcessIds,
}

/// What became of each line of a text of that kind. `now`: when it was handed in; a stamp without a year is before that.
#[must_use]
pub fn reading(kind: &OutputKind, text: &str, now: Timestamp, window: &Window, node: &Subject) -> Reading {
    let mut all = Reading { check: check_of(kind), ..Reading::default() };
    let judged = judge(kind, text, now, window, node);
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        all.lines += 1;
        if *kind == OutputKind::Dmesg {
            let has_stamp =
                kernel_stamp(line).is_some() || stamp_without_year(line, now).is_some() || is_since_boot(line);
            *all.stamped.get_or_insert(0) += usize::from(has_stamp);
        }
        let why = if index < LINES_LIMIT { judged(line) } else { Some(WhyUnused::Cut) };
        match why {
            None => all.used += 1,
            Some(why) => match all.unused.iter_mut().find(|one| one.why == why) {
                Some(one) => one.lines += 1,
                None => all.unused.push(Unused { why, lines: 1, first: line.to_owned(), place: index }),
            },
        }
    }
    all.unused.sort_by_key(|one| one.why);
    all
}

/// The check that uses output of that kind; `None`: none does.
#[must_use]
pub const fn check_of(kind: &OutputKind) -> Option<&'static str> {
    match kind {
        OutputKind::Nc | OutputKind::Telnet => Some("net.ports"),
        OutputKind::Dmesg => Some("node.stop"),
        OutputKind::Env => Some("config.cluster_conf"),
        _ => None,
    }
}

/// Why a line is not used; `None`: it is.
type Judge = Box<dyn Fn(&str) -> Option<WhyUnused>>;

/// Tells of a line whether it is used.
fn judge(kind: &OutputKind, text: &str, now: Timestamp, window: &Window, node: &Subject) -> Judge {
    let ports = &node.ports;
    match kind {
        OutputKind::Nc | OutputKind::Telnet => {
            let found = attempts(text);
            let tried = ports.tried;
            let is_ours = |port| ports.known.role_of(port).is_some();
            let (ours, others): (Vec<_>, Vec<_>) = found.ports.into_iter().partition(|one| is_ours(one.port));
            let set = |lines: Vec<String>| lines.into_iter().collect::<BTreeSet<String>>();
            let ours = set(ours.into_iter().map(|one| one.text).collect());
            let others = set(others.into_iter().map(|one| one.text).collect());
            let unclear = set(found.unclear);
            Box::new(move |line| {
                // A command says which host and port the lines below it are about.
                if ours.contains(line) || command(line).is_some() || line.starts_with("Trying ") {
                    tried.then_some(WhyUnused::TriedItself)
                } else if others.contains(line) {
                    Some(WhyUnused::OtherPort)
                } else if unclear.contains(line) {
                    Some(WhyUnused::Unclear)
                } else {
                    Some(WhyUnused::Unknown)
                }
            })
        }
        OutputKind::Dmesg => {
            let lines = kernel_lines(text, now);
            let (whose, processes) = (belongs(&lines, &node.names), processes(&lines, &node.ids));
            let why = |line: &super::KernelLine, whose: Belongs, process: OfProcess| {
                if !line.may_be_java() || whose == Belongs::Other {
                    Some(WhyUnused::OtherProcess)
                } else if line.stamp.is_some_and(|stamp| window.excludes(stamp)) {
                    Some(WhyUnused::OutOfWindow)
                } else {
                    (process == OfProcess::Other).then_some(WhyUnused::OtherId)
                }
            };
            let mut told: BTreeMap<String, Option<WhyUnused>> = BTreeMap::new();
            for ((line, whose), process) in lines.into_iter().zip(whose).zip(processes) {
                let why = why(&line, whose, process);
                // The same line twice is used where one of both is.
                told.entry(line.text).and_modify(|known| *known = known.and(why)).or_insert(why);
            }
            Box::new(move |line| told.get(line).copied().unwrap_or(Some(WhyUnused::Unknown)))
        }
        OutputKind::Env => {
            let any = !environment(text).is_empty();
            Box::new(move |line| {
                // The manifest of a pod gives a variable two lines.
                let plain = line.trim_start_matches("- ");
                let half = any && (plain.starts_with("name:") || plain.starts_with("value:"));
                (!half && environment(line).is_empty()).then_some(WhyUnused::Unknown)
            })
        }
        _ => Box::new(|line| Some(if socket(line).is_some() { WhyUnused::NoCheck } else { WhyUnused::Unknown })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::cluster::{ApiAddress, FileSource, NodeSpec};
    use crate::domain::id::NodeName;
    use crate::domain::published::Published;
    use crate::domain::trust::Trust;

    /// Lines, those with a stamp, those that are used, and why the others are not.
    type Told = (usize, Option<usize>, usize, Vec<(WhyUnused, usize, String)>);

    fn told(kind: &OutputKind, text: &str) -> Told {
        let read = reading(kind, text, Timestamp::from_millis(1_795_312_345_000), &window(None), &usual());
        let unused = read.unused.into_iter().map(|one| (one.why, one.lines, one.first)).collect();
        (read.lines, read.stamped, read.used, unused)
    }

    fn window(offset_s: Option<i32>) -> Window {
        let at = |text: &str| text.parse().expect("a time");
        Window { from: at("2026-11-22T03:45:00Z"), to: at("2026-11-22T04:30:00Z"), offset_s }
    }

    fn usual() -> Subject {
        of_ports(NodePorts::of(None, []), false)
    }

    fn of_ports(known: NodePorts, tried: bool) -> Subject {
        Subject { names: vec!["n1".to_owned()], ports: Ports { known, tried }, ids: ProcessIds::default() }
    }

    #[test]
    fn ports_are_those_of_the_node_and_not_the_usual_ones() {
        let api = ApiAddress {
            scheme: "http".to_owned(),
            host: "10.0.0.1".to_owned(),
            port: 18848,
            context_path: None,
            console_port: None,
            credential: None,
            trust: Trust::default(),
            published: Published::default(),
        };
        let node = NodeSpec { name: NodeName::from("n1"), api: Some(api), files: FileSource::None };
        let lines = |ports: &[u16]| {
            let line = |port: &u16| format!("Connection to 10.0.0.1 {port} port [tcp/*] succeeded!\n");
            ports.iter().map(line).collect::<String>()
        };
        let whys = |known: NodePorts, tried, text: &str| {
            let read =
                reading(&OutputKind::Nc, text, Timestamp::from_millis(0), &window(None), &of_ports(known, tried));
            (read.used, read.unused.iter().map(|one| (one.why, one.lines)).collect::<Vec<_>>())
        };
        let own = NodePorts::of(Some(&node), []);
        let text = lines(&[18848, 19848, 19849, 17848]);
        assert_eq!(whys(own.clone(), false, &text), (4, vec![]));
        assert_eq!(whys(own.clone(), true, &text), (0, vec![(WhyUnused::TriedItself, 4)]), "it tried them itself");
        assert_eq!(whys(own, false, &lines(&[8848])), (0, vec![(WhyUnused::OtherPort, 1)]));
        // Of a node without an address it is not known: the ports of the others and the usual ones.
        let others = NodePorts::of(None, [&node]);
        assert_eq!(whys(others, false, &lines(&[17848, 8848, 22])), (2, vec![(WhyUnused::OtherPort, 1)]));
    }

    #[test]
    fn lines_of_the_kernel_from_another_time_are_told_apart() {
        let line = |stamp: &str| format!("[{stamp}] Out of memory: Killed process 4711 (java) total-vm:9kB");
        let now = Timestamp::from_millis(1_795_312_345_000);
        let whys = |text: &str, offset_s| {
            let read = reading(&OutputKind::Dmesg, text, now, &window(offset_s), &usual());
            (read.used, read.unused.iter().map(|one| one.why).collect::<Vec<_>>())
        };
        let outside = (0, vec![WhyUnused::OutOfWindow]);
        assert_eq!(whys(&line("Sun Nov 22 12:12:25 2026"), Some(8 * 3600)), (1, vec![]), "12:12 there is 04:12 UTC");
        assert_eq!(whys(&line("Sun Nov 22 04:12:25 2026"), Some(8 * 3600)), outside);
        assert_eq!(whys(&line("Sun Nov 22 04:36:00 2026"), Some(0)), (1, vec![]), "such times drift");
        assert_eq!(whys(&line("Sun Nov 22 04:12:25 2026"), None), (1, vec![]), "no zone is known");
        assert_eq!(whys(&line("Fri Nov 20 04:12:25 2026"), None), outside);
        assert_eq!(whys(&line("123.456"), Some(0)), (1, vec![]), "a line that tells no time");
    }

    #[test]
    fn a_line_of_the_kernel_about_another_process_of_the_host_is_not_used() {
        let text = "[Sun Nov 22 04:12:25 2026] Out of memory: Killed process 4711 (java) total-vm:9kB\n\
                    [Sun Nov 22 04:12:25 2026] Out of memory: Killed process 4712 (java) total-vm:9kB";
        let whys = |text: &str, last: Option<u32>, earlier: &[u32]| {
            let node = Subject { ids: ProcessIds { last, earlier: earlier.to_vec() }, ..usual() };
            let now = Timestamp::from_millis(1_795_312_345_000);
            let read = reading(&OutputKind::Dmesg, text, now, &window(None), &node);
            (read.used, read.unused.into_iter().map(|one| (one.why, one.lines)).collect::<Vec<_>>())
        };
        assert_eq!(whys(text, None, &[]), (2, vec![]), "which process it was is not known yet");
        assert_eq!(whys(text, Some(4711), &[]), (1, vec![(WhyUnused::OtherId, 1)]));
        assert_eq!(whys(text, Some(5000), &[4712]), (1, vec![(WhyUnused::OtherId, 1)]), "of a run before");
        assert_eq!(whys(text, Some(5000), &[]), (0, vec![(WhyUnused::OtherId, 2)]));
        assert_eq!(whys(text, Some(7), &[]), (2, vec![]), "a container counts its processes anew");
        let contained = text.replace("total-vm", "task_memcg=/docker/0a1b,task=java,pid=4711, total-vm");
        assert_eq!(whys(&contained, Some(5000), &[]).0, 2, "{contained}");
    }

    #[test]
    fn what_is_used_of_a_text_and_what_is_not_is_counted_line_by_line() {
        let nc = "$ nc -vz 10.0.0.1 8848\nConnection to 10.0.0.1 8848 port [tcp/*] succeeded!\n\nhello\n\
                  Connection to 10.0.0.1 22 port [tcp/ssh] succeeded!\nConnection refused\n";
        assert_eq!(
            told(&OutputKind::Nc, nc),
            (
                5,
                None,
                3,
                vec![
                    (WhyUnused::OtherPort, 1, "Connection to 10.0.0.1 22 port [tcp/ssh] succeeded!".to_owned()),
                    (WhyUnused::Unknown, 1, "hello".to_owned()),
                ]
            )
        );
        assert_eq!(
            told(&OutputKind::Telnet, "Connection refused"),
            (1, None, 0, vec![(WhyUnused::Unclear, 1, "Connection refused".to_owned())])
        );

        let kernel = "[Sun Nov 22 04:12:25 2026] Out of memory: Killed process 4711 (java) total-vm:9kB\n\
                      [Sun Nov 22 04:12:24 2026] Out of memory: Killed process 12 (python3) total-vm:9kB\n\
                      [Sun Nov 22 04:12:23 2026] eth0: link up\nnot of the kernel";
        let (lines, stamped, used, unused) = told(&OutputKind::Dmesg, kernel);
        assert_eq!((lines, stamped, used), (4, Some(3), 1));
        let whys: Vec<_> = unused.iter().map(|(why, lines, _)| (*why, *lines)).collect();
        assert_eq!(whys, [(WhyUnused::OtherProcess, 1), (WhyUnused::Unknown, 2)]);

        assert_eq!(
            told(&OutputKind::Env, "MODE=cluster\nsome words\n"),
            (2, None, 1, vec![(WhyUnused::Unknown, 1, "some words".to_owned())])
        );
        let ss = "State Recv-Q\nLISTEN 0 100 *:8848 *:*";
        let (_, _, used, unused) = told(&OutputKind::Ss, ss);
        assert_eq!((used, unused[0].0, unused[1].0), (0, WhyUnused::NoCheck, WhyUnused::Unknown));
        let long = "MODE=cluster\n".repeat(LINES_LIMIT + 7);
        let (lines, _, used, unused) = told(&OutputKind::Env, &long);
        assert_eq!((lines, used, unused[0].0, unused[0].1), (LINES_LIMIT + 7, LINES_LIMIT, WhyUnused::Cut, 7));
    }
}
