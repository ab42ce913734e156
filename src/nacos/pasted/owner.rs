//! Whose line it is: what was handed in for a node tells of other services, pods and processes of its machine as well.

use super::KernelLine;
use crate::domain::observed::ProcessIds;

/// Whether a line is about the node that it was handed in for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Belongs {
    /// It names nobody else.
    Own,
    /// It names something that may be the node.
    Maybe,
    /// It names something else, or one of several that may be the node.
    Other,
}

/// Which process a line is about, by the id that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfProcess {
    /// That of the last start of the node; a line that names none contradicts nothing.
    Last,
    /// That of a start before it.
    Earlier,
    /// The id tells nothing: that of the node is not known, or one of both is counted in a container.
    Untold,
    /// Another process of the host.
    Other,
}

/// Process ids below this are given anew in every container; those of hosts that have run for a while are larger.
pub const OWN_IDS_BELOW: u32 = 1000;

/// Which process each of the lines of one text is about. Where one line names the process of the node itself, those with other ids
/// are about others. The kernel tells of one process in several lines, and names its container in one of them.
#[must_use]
pub fn processes(lines: &[KernelLine], ids: &ProcessIds) -> Vec<OfProcess> {
    let named = lines.iter().any(|line| line.pid.is_some() && line.pid == ids.last);
    let in_container = |line: &KernelLine| {
        ids.last.is_none_or(|own| own < OWN_IDS_BELOW)
            || lines.iter().any(|other| other.pid == line.pid && other.is_of_container())
    };
    let of = |line: &KernelLine| match line.pid {
        None => OfProcess::Last,
        pid if pid == ids.last => OfProcess::Last,
        pid if ids.is_earlier(pid) => OfProcess::Earlier,
        Some(_) if !named && in_container(line) => OfProcess::Untold,
        Some(_) => OfProcess::Other,
    };
    lines.iter().map(of).collect()
}

/// Parts of names of what stands beside a node, and is none.
const OTHERS: [&str; 14] = [
    "mysql",
    "mariadb",
    "postgres",
    "redis",
    "exporter",
    "nginx",
    "proxy",
    "kubelet",
    "sshd",
    "prometheus",
    "filebeat",
    "logstash",
    "cron",
    "keepalived",
];

/// Whose each of the lines of one text is. `names`: names and hosts of the node.
#[must_use]
pub fn belongs(lines: &[KernelLine], names: &[String]) -> Vec<Belongs> {
    let mut called: Vec<&str> = lines.iter().filter_map(name_of).collect();
    called.sort_unstable();
    called.dedup();
    let is_named = |name: &str| {
        let label = |host: &str| host.split('.').next().is_some_and(|label| label == name);
        names.iter().any(|own| own == name || label(own))
    };
    let is_nacos = |name: &str| {
        let name = name.to_lowercase();
        name.contains("nacos") && !OTHERS.iter().any(|other| name.contains(other))
    };
    let named = called.iter().any(|name| is_named(name));
    let alike = called.iter().filter(|name| is_nacos(name)).count();
    let whose = |name: &str| {
        if named {
            if is_named(name) { Belongs::Own } else { Belongs::Other }
        } else if alike > 0 {
            if alike == 1 && is_nacos(name) { Belongs::Own } else { Belongs::Other }
        } else if called.len() == 1 && !OTHERS.iter().any(|other| name.to_lowercase().contains(other)) {
            Belongs::Maybe
        } else {
            Belongs::Other
        }
    };
    let of = |line: &KernelLine| match (name_of(line), &line.described) {
        (Some(name), _) => whose(name),
        // Whose words these are, only the word itself tells.
        (None, Some(described)) => {
            let by_unit = called.iter().any(|name| whose(name) != Belongs::Other && described.contains(name));
            if is_nacos(described) && alike <= 1 || by_unit { Belongs::Own } else { Belongs::Other }
        }
        (None, None) => Belongs::Own,
    };
    lines.iter().map(of).collect()
}

fn name_of(line: &KernelLine) -> Option<&str> {
    line.unit.as_deref().or(line.object.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;
    use crate::nacos::pasted::kernel_lines;

    fn whose(text: &str, names: &[&str]) -> Vec<Belongs> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        belongs(&kernel_lines(text, Timestamp::from_millis(1_795_312_345_000)), &names)
    }

    #[test]
    fn units_and_pods_of_others_are_those_of_others() {
        use Belongs::{Maybe, Other, Own};
        let unit =
            |name: &str| format!("Nov 22 04:12:25 h systemd[1]: {name}.service: Failed with result 'exit-code'.\n");
        assert_eq!(whose(&unit("nacos"), &[]), [Own]);
        assert_eq!(whose(&unit("mysqld"), &[]), [Other]);
        assert_eq!(whose(&unit("registry"), &[]), [Maybe]);
        assert_eq!(whose(&[unit("mysqld"), unit("nacos")].concat(), &[]), [Other, Own]);
        assert_eq!(whose(&[unit("nacos-exporter"), unit("nacos")].concat(), &[]), [Other, Own]);
        let event = |pod: &str| {
            format!("2m  Warning  Unhealthy  pod/{pod}  Container x failed liveness probe, will be restarted\n")
        };
        let pods = [event("nacos-0"), event("nacos-2")].concat();
        assert_eq!(whose(&pods, &["n3"]), [Other, Other], "which of them is the node is not known");
        assert_eq!(whose(&pods, &["nacos-2.nacos-headless.default"]), [Other, Own]);
        assert_eq!(whose(&event("nacos-0"), &["n1"]), [Own]);
        let failed = |what: &str| format!("Nov 22 04:12:25 h systemd[1]: Failed to start {what}.\n");
        assert_eq!(whose(&failed("Nacos server"), &[]), [Own]);
        assert_eq!(whose(&failed("MySQL Community Server"), &[]), [Other]);
        assert_eq!(whose(&(failed("registry.service - Naming") + &unit("registry")), &[]), [Own, Maybe]);
    }
}
