//! A node that ended because its disk was full.

use super::of_node::{SILENT_OR_GONE, traces_seen};
use crate::diagnosis::case::{Rule, Seen, requires};
use crate::domain::code::Code;
use crate::model::disk;

/// Its own lines say so, or the ends of its files.
pub(super) static FULL_AT_THE_END: Rule<usize> = Rule::fail(
    Code::NodeDiskFull,
    &[
        SILENT_OR_GONE,
        requires("disk-full-lines", |model, index| {
            Seen::lines(disk::disk_lines(model, *index)).if_looked(traces_seen(model, *index))
        }),
    ],
    |_, _| "finding-node-disk-full",
);

/// A full disk also keeps the node from logging that it is full.
pub(super) static FULL_NOW: Rule<usize> = Rule::fail(
    Code::NodeDiskFull,
    &[
        SILENT_OR_GONE,
        requires("no-room-left", |model, index| {
            let measured = model.nodes[*index].stop.is_some_and(|stop| stop.disk_free_bytes.is_some());
            let ended = model.nodes[*index].last_stamp.is_some();
            let lines = if ended { disk::no_room(model, *index) } else { Vec::new() };
            Seen::lines(lines).if_looked(measured)
        }),
    ],
    |_, _| "finding-node-disk-full-stopped",
)
.likely();
