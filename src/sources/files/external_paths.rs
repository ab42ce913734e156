//! Logs that a node writes outside its home: `nacos.logs.path`, on its command line or in its properties, or `logs` as a
//! link.
//!
//! Only absolute folders count, and in them only files with the names of Nacos' own logs: anyone who may write a node's
//! configuration or home must not choose what else of the machine can be read.

use std::path::{Path, PathBuf};

use crate::nacos::cmdline::CommandLine;
use crate::nacos::log_line::log_name;
use crate::nacos::properties::grammar;

use super::find_process;

/// The setting.
const KEY: &str = "nacos.logs.path";

/// What the start script writes, below the home.
pub(in crate::sources) const START_OUT: &str = "logs/start.out";

/// The properties, below the home.
pub(in crate::sources) const PROPERTIES: &str = "conf/application.properties";

/// Most bytes of a configuration file, and of the first lines of `start.out`, that are looked at.
pub(in crate::sources) const MOST: u64 = 1024 * 1024;

/// How the names of Nacos' logs begin.
const STARTS: [&str; 13] = [
    "access_log",
    "ai-",
    "alipay-jraft",
    "cmdb-",
    "config-",
    "core-",
    "derby",
    "istio-",
    "nacos",
    "naming-",
    "plugin-",
    "protocol-",
    "remote",
];

/// Where the logs are by what the node says of itself: the command line that it runs with, or else that of its last start,
/// then its properties. `homes`: the names that its home has here, the first one as configured.
///
/// In a container the home has another name; what lies below that is found below ours, and nothing else is.
pub(in crate::sources) fn told(command: Option<&CommandLine>, properties: &str, homes: &[&str]) -> Option<String> {
    let ours = homes.first()?.trim_end_matches('/');
    let by_file = || {
        let (pairs, _) = grammar::pairs(properties);
        pairs.into_iter().rev().find(|pair| pair.key == KEY).map(|pair| pair.value)
    };
    let path = command.and_then(|line| line.get(KEY)).map(str::to_owned).or_else(by_file)?;
    let path = path.trim().replace("${nacos.home}", ours);
    let theirs = command.and_then(CommandLine::home).map(|home| home.trim_end_matches('/'));
    let path = match theirs.filter(|theirs| homes.iter().all(|home| home.trim_end_matches('/') != *theirs)) {
        Some(_) if is_below(ours, &path) => path,
        Some(theirs) if is_below(theirs, &path) => format!("{ours}{}", path.strip_prefix(theirs)?),
        Some(_) => return None,
        None => path,
    };
    (path.starts_with('/') && !path.contains("${") && !path.chars().any(char::is_control)).then_some(path)
}

fn is_below(folder: &str, path: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The command line that a start script wrote at the beginning of `start.out`.
pub(in crate::sources) fn last_start(start_out: &str) -> Option<CommandLine> {
    start_out.lines().next().and_then(CommandLine::from_text)
}

/// Where the logs of a home on this machine are, if not in it: elsewhere by its settings, or behind a link.
pub(super) fn folder(proc_root: &Path, home: &Path) -> Option<PathBuf> {
    let command = match find_process(proc_root, home).ok().flatten() {
        Some(process) => Some(CommandLine::from_args(&process.command)),
        None => last_start(&beginning(&home.join(START_OUT))),
    };
    let (root, own) = (home.canonicalize().ok()?, home.join("logs").canonicalize().ok());
    let mut homes = vec![home.to_string_lossy().into_owned(), root.to_string_lossy().into_owned()];
    let given = command.as_ref().and_then(CommandLine::home).map(str::to_owned);
    homes.extend(given.filter(|given| Path::new(given).canonicalize().is_ok_and(|given| given == root)));
    let homes: Vec<&str> = homes.iter().map(String::as_str).collect();
    let elsewhere = told(command.as_ref(), &beginning(&home.join(PROPERTIES)), &homes)
        .and_then(|path| PathBuf::from(path).canonicalize().ok())
        .filter(|path| path.is_dir());
    match elsewhere {
        Some(path) if Some(&path) != own.as_ref() => Some(path),
        _ => own.filter(|own| own.is_dir() && !own.starts_with(&root)),
    }
}

/// Whether a file is one of Nacos' own logs by its name.
pub(in crate::sources) fn is_own(name: &str) -> bool {
    let log = log_name(name);
    (name.contains(".log") && STARTS.iter().any(|start| log.starts_with(start)))
        || matches!(log, "start.out" | "startup.log")
}

fn beginning(path: &Path) -> String {
    use std::io::Read;
    let mut bytes = Vec::new();
    // A pipe would wait for a writer.
    if path.metadata().is_ok_and(|meta| meta.is_file())
        && let Ok(file) = std::fs::File::open(path)
    {
        let _ = file.take(MOST).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_logs_are_by_the_command_line_and_the_properties() {
        let line = |text: &str| CommandLine::from_text(text);
        let homes = ["/opt/nacos", "/data/nacos-2.5.1"];
        let file = "nacos.logs.path=${nacos.home}/elsewhere\n";
        for (command, properties, path) in [
            (None, "", None),
            (None, "nacos.logs.path=/var/log/nacos\n", Some("/var/log/nacos")),
            (None, "nacos.logs.path=/a\nnacos.logs.path=/b\n", Some("/b")),
            (None, file, Some("/opt/nacos/elsewhere")),
            (None, "nacos.logs.path=logs\n", None),
            (None, "nacos.logs.path=${LOGS}/x\n", None),
            (Some("java -Dnacos.home=/opt/nacos -Dnacos.logs.path=/l"), file, Some("/l")),
            (Some("java -Dnacos.home=/data/nacos-2.5.1/ -Dnacos.logs.path=/l"), "", Some("/l")),
            (Some("java -Dnacos.home=/home/nacos -Dnacos.logs.path=/home/nacos/l"), "", Some("/opt/nacos/l")),
            (Some("java -Dnacos.home=/home/nacos -Dnacos.logs.path=/home/nacos2/l"), "", None),
            (Some("java -Dnacos.home=/home/nacos"), "nacos.logs.path=/l\n", None),
            (Some("java -Dnacos.home=/home/nacos"), file, Some("/opt/nacos/elsewhere")),
        ] {
            let command = command.and_then(line);
            assert_eq!(told(command.as_ref(), properties, &homes).as_deref(), path, "{command:?} {properties}");
        }
        assert_eq!(
            last_start("/usr/bin/java -Dnacos.home=/h\n2026").and_then(|l| l.home().map(str::to_owned)),
            Some("/h".to_owned())
        );
    }
}
