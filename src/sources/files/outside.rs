//! Logs that a node writes outside its home: `nacos.logs.path`, on its command line or in its properties.
//!
//! Only absolute folders count, and in them only files with the names of Nacos' own logs: whoever may write a node's
//! configuration must not choose what else of this machine can be read here.

use std::path::{Path, PathBuf};

use crate::nacos::cmdline::CommandLine;
use crate::nacos::log_line::log_name;
use crate::nacos::properties::grammar;

use super::find_process;

/// The setting.
const KEY: &str = "nacos.logs.path";

/// Most bytes of a configuration file, and of the first lines of `start.out`, that are looked at.
const MOST: u64 = 1024 * 1024;

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

/// Where the logs are, if not in the home: as the process that runs says, else its last start, else its properties.
pub(super) fn folder(proc_root: &Path, home: &Path) -> Option<PathBuf> {
    let running = find_process(proc_root, home).ok().flatten();
    let told = match running {
        Some(process) => CommandLine::from_args(&process.command).get(KEY).map(str::to_owned),
        None => {
            let text = beginning(&home.join("logs/start.out"));
            let line = text.lines().next().and_then(CommandLine::from_text);
            line.and_then(|line| line.get(KEY).map(str::to_owned))
        }
    };
    let told = told.or_else(|| {
        let text = beginning(&home.join("conf/application.properties"));
        let (pairs, _) = grammar::pairs(&text);
        pairs.into_iter().rev().find(|pair| pair.key == KEY).map(|pair| pair.value)
    })?;
    let told = told.trim().replace("${nacos.home}", &home.to_string_lossy());
    let path = PathBuf::from(&told);
    if !path.is_absolute() || told.contains("${") || !path.is_dir() {
        return None;
    }
    let path = path.canonicalize().ok()?;
    (Some(&path) != home.join("logs").canonicalize().ok().as_ref()).then_some(path)
}

/// Whether a file is one of Nacos' own logs by its name.
pub(super) fn is_own(name: &str) -> bool {
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
