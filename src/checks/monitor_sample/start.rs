//! What a process table and logs tell of the start of a node: the look's part beside its four requests, of a node whose restart
//! somebody took on, and of that node alone.
//!
//! # Why
//! A node that starts answers nothing for a long time, and says that it is ready before it has loaded anything. Its process
//! table and its logs tell what answers do not. A log is only believed where it was written by the process that runs: files of
//! an earlier start say that one was over.

use crate::checks::home;
use crate::domain::cluster::FileSource;
use crate::domain::observed::{PortResult, PortRole};
use crate::domain::start_followed::{EarlyPorts, StartSeen};
use crate::domain::time::Timestamp;
use crate::nacos::log_line::{Stamp, parse_stamp, zone_near};
use crate::nacos::ports::port_of;
use crate::nacos::timing;
use crate::sources::{Deadline, NodeSource, ProbeAsk};

/// Where the end of a start is written: up to 2.x, and from 3.x on.
const START_LOGS: [&str; 2] = ["logs/start.out", "logs/startup.log"];
/// The line that says so.
const FINISHED: &str = "Nacos started successfully in";
/// Where the load of what the others hold is written.
const DISTRO_LOG: &str = "logs/protocol-distro.log";
/// The line that says that it is loaded.
const LOADED: &str = "[DISTRO-INIT] load snapshot data success";
/// So much of the end of a log is read, bytes.
const READ_BYTES: usize = 64 * 1024;

/// What can be seen of the start beside answers; `silent`: the node does not answer, so two of its ports are tried.
pub async fn start(source: &dyn NodeSource, silent: bool, deadline: &Deadline) -> StartSeen {
    let (process, ports) = tokio::join!(source.process(deadline), ports(source, silent, deadline));
    let seen = StartSeen { ports, ..StartSeen::default() };
    let Ok(process) = process else { return seen };
    let began = process.as_ref().and_then(|process| process.started_at);
    let seen = StartSeen { process: Some(process.is_some()), began, ..seen };
    let Some(began) = began.filter(|_| source.spec().files != FileSource::None && source.files_live()) else {
        return seen;
    };
    let [old, new] = START_LOGS.map(|log| says(source, log, FINISHED, began, deadline));
    let (old, new, distro) = tokio::join!(old, new, says(source, DISTRO_LOG, LOADED, began, deadline));
    StartSeen { finished: if old == Some(true) { old } else { new.or(old) }, distro, ..seen }
}

/// Whether the ports are open that a node opens first. A look of a silent node has made two connections before.
async fn ports(source: &dyn NodeSource, silent: bool, deadline: &Deadline) -> Option<EarlyPorts> {
    let main = source.spec().api.as_ref().filter(|_| silent)?.port;
    let is_open = async |role| {
        let ask = ProbeAsk::connect(port_of(main, role)?);
        Some(source.probe(&ask, deadline).await.ok()?.result == PortResult::Open)
    };
    let (raft, client_grpc) = tokio::join!(is_open(PortRole::Raft), is_open(PortRole::ClientGrpc));
    Some(EarlyPorts { raft: raft?, client_grpc: client_grpc? })
}

/// Whether the end of a log has that line from after a process began; `None`: it cannot be read, or was written before.
async fn says(source: &dyn NodeSource, log: &str, line: &str, began: Timestamp, deadline: &Deadline) -> Option<bool> {
    let entry = source.entry(log, deadline).await.ok()?;
    let modified = entry.modified.filter(|modified| *modified >= began)?;
    let (_, bytes) = home::tail(source, &entry, READ_BYTES, deadline).await.ok()?;
    Some(has_line(&bytes, line, began, modified))
}

/// Whether one of these lines has that text and was written after a moment, by the clock of the file and the zone that its last
/// stamp and its last change tell.
fn has_line(bytes: &[u8], text: &str, began: Timestamp, modified: Timestamp) -> bool {
    let lines = || bytes.split(|byte| *byte == b'\n').filter_map(|line| Some((parse_stamp(line)?.0, line)));
    let Some((last, _)) = lines().next_back() else { return false };
    let zone = match last {
        Stamp::Local(civil_ms) => zone_near(civil_ms - modified.as_millis(), timing::STAMP_NEAR_CHANGE_MS),
        Stamp::Absolute { offset_s, .. } => Some(offset_s),
    };
    let Some(zone) = zone else { return false };
    let has = |line: &[u8]| line.windows(text.len()).any(|part| part == text.as_bytes());
    lines().any(|(stamp, line)| stamp.at(zone).as_millis() >= began.as_millis() && has(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "2026-11-29 18:02:36,973 INFO Nacos started successfully in cluster mode. use embedded storage\n";
    const NEW: &str = "2026-11-29 19:04:11,001 INFO Nacos started successfully in cluster mode. use embedded storage\n";
    const BUSY: &str = "2026-11-29 19:04:10,500 INFO Nacos is starting...\n";

    fn at(text: &str) -> Timestamp {
        Timestamp::from_stamp(text).expect("a stamp")
    }

    #[test]
    fn a_line_of_an_earlier_start_says_nothing_of_this_one() {
        let began = at("2026-11-29 11:03:50 +00:00");
        let has = |text: &str, modified: &str| has_line(text.as_bytes(), FINISHED, began, at(modified));
        // The host writes in a zone eight hours east.
        assert!(!has(&format!("{OLD}{BUSY}"), "2026-11-29 11:04:10 +00:00"));
        assert!(has(&format!("{OLD}{BUSY}{NEW}"), "2026-11-29 11:04:11 +00:00"));
        assert!(!has("no stamp at all", "2026-11-29 11:04:11 +00:00"));
    }
}
