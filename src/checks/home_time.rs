//! When and where a home is from: the zone and the newest of its stamps, and how its clock stands to those of others.

use super::home;
use super::own_address::{self, HostHints};
use crate::domain::time::Timestamp;
use crate::nacos::clocks::{self, HomeClock};
use crate::nacos::log_line::{ClockHint, log_name};
use crate::nacos::{cluster_conf, ports, timing};
use crate::sources::{Deadline, NodeSource, SourceError};

/// Whether a file that ends so many milliseconds after those of all other nodes was written before its node's clock was set back.
#[must_use]
pub const fn is_of_another_clock(by_ms: i64) -> bool {
    by_ms > timing::CLOCK_SET_BACK_MS
}

/// Whether a file ends where those of the other nodes do.
#[must_use]
pub const fn ends_beside(by_ms: i64) -> bool {
    by_ms.abs() <= timing::LINE_CURRENT_MS
}

/// Where the stamps of a home lie in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HomeTime {
    /// Logs that hold something.
    pub files: usize,
    /// The first line of one of them, where no stamp of any was understood.
    pub unstamped: Option<String>,
    /// The zone.
    pub zone: home::Zone,
    /// Newest stamp over all logs.
    pub newest: Option<Timestamp>,
    /// The newest stamp of each log that has one.
    pub ends: Vec<(String, Timestamp)>,
    /// What the connections that the node opened tell of its clock and those of its peers, oldest first.
    pub hints: Vec<ClockHint>,
    /// What tells which host it is from.
    pub host: HostHints,
}

/// Zone and newest stamp of a home.
///
/// # Errors
/// Why `logs/` could not be listed.
pub async fn time(source: &dyn NodeSource, hint_s: Option<i32>, deadline: &Deadline) -> Result<HomeTime, SourceError> {
    let entries = home::logs(source, deadline).await?;
    let zone = home::zone(source, &entries, hint_s, deadline).await;
    let mut ends = Vec::new();
    for entry in entries.iter().filter(|entry| entry.size_bytes > 0) {
        let Ok((base, bytes)) = home::tail(source, entry, home::TAIL, deadline).await else { continue };
        let last = home::last_record(&bytes, base, &entry.path, zone.offset_s, None).and_then(|record| record.stamp);
        ends.extend(last.map(|stamp| (entry.path.clone(), stamp.at(zone.offset_s))));
    }
    let newest = ends.iter().map(|(_, at)| *at).max();
    let mut hints = Vec::new();
    for entry in entries.iter().filter(|entry| log_name(&entry.path) == "nacos.log" && home::is_plain(entry)) {
        hints.extend(home::hints_of(source, entry, deadline).await);
    }
    hints.retain(|hint| hint.peer.is_some());
    hints.sort_by_key(|hint| hint.epoch_ms);
    let banner = home::banner(source, deadline).await;
    let told = own_address::told(source, &entries, banner, deadline).await;
    let host_of = |address: &String| clocks::host_of(address).to_owned();
    let host = HostHints {
        own: told.iter().map(host_of).chain(hints.iter().filter_map(|hint| hint.own.clone())).collect(),
        members: members(source, deadline).await.iter().map(host_of).collect(),
    };
    let files = entries.iter().filter(|entry| entry.size_bytes > 0).count();
    let unstamped = match entries.iter().find(|entry| entry.size_bytes > 0).filter(|_| newest.is_none()) {
        Some(first) => home::first_line(source, first, deadline).await,
        None => None,
    };
    Ok(HomeTime { files, unstamped, zone, newest, ends, hints, host })
}

/// The members in the node's `cluster.conf`; none where it was not read.
async fn members(source: &dyn NodeSource, deadline: &Deadline) -> Vec<String> {
    let read = home::cluster_conf(source, deadline).await;
    read.map(|bytes| cluster_conf::parse(&bytes, ports::DEFAULT_MAIN, None).members).unwrap_or_default()
}

/// How far the clock of each home runs ahead of those of most, milliseconds, given the zone that it is read in; 0 where that
/// is little or not known.
pub fn ahead_ms<'a>(homes: impl Iterator<Item = (i32, &'a HomeTime)>) -> Vec<i64> {
    let (zones, homes): (Vec<i32>, Vec<&HomeTime>) = homes.unzip();
    let hosts = own_address::hosts(&homes.iter().map(|home| home.host.clone()).collect::<Vec<_>>());
    let read = zones.into_iter().zip(homes).zip(hosts);
    let homes: Vec<HomeClock> = read
        .map(|((zone_offset_s, home), hosts)| HomeClock { zone_offset_s, hints: home.hints.clone(), hosts })
        .collect();
    clocks::offsets(&homes)
}
