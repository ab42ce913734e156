//! The records of a node's log window, each with a time: [`crate::logscan`] for the checks that read many files.

use crate::domain::time::Timestamp;
use crate::logscan::{self, Record, WindowScan};
use crate::nacos::log_line::Layout;
use crate::nacos::timing;
use crate::sources::{Deadline, FileEntry, NodeSource, SourceError};

/// The window asked for.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// First moment inside.
    pub from: Timestamp,
    /// Last moment inside.
    pub to: Timestamp,
    /// Zone of the stamps, seconds east of UTC.
    pub offset_s: i32,
    /// Most bytes to read of one file; the newest are kept.
    pub limit_bytes: u64,
}

/// Hands every record of the window to `take`, with its time: that of the record above for records without a stamp.
///
/// Records that no stamp stands above are left out where every record should have one: nothing tells their time.
///
/// # Errors
/// Why nothing could be read; what fails later is in [`WindowScan::cut`].
pub async fn read(
    source: &dyn NodeSource,
    entry: &FileEntry,
    window: &Window,
    deadline: &Deadline,
    mut take: impl FnMut(&Record<'_>, Option<Timestamp>) + Send,
) -> Result<WindowScan, SourceError> {
    let span = logscan::Window { from: window.from, to: window.to, zone_offset_s: window.offset_s };
    let is_stamped = Layout::of(entry.path.strip_suffix(".gz").unwrap_or(&entry.path)) == Layout::Stamped;
    let mut clock = None;
    let mut sink = |record: &Record<'_>| {
        clock = record.at.or(clock);
        if clock.is_some() || !is_stamped {
            take(record, clock);
        }
    };
    logscan::window(source, entry, &span, window.limit_bytes, deadline, &mut sink).await
}

/// Whether the file may hold records of the window: rotated files that were written or named for a day before do not.
#[must_use]
pub fn may_hold(entry: &FileEntry, window: &Window) -> bool {
    let name = entry.path.rsplit('/').next().unwrap_or(&entry.path);
    let Some((_, rolled)) = name.split_once(".log.") else { return true };
    if entry.modified.is_some_and(|modified| modified < window.from.plus_millis(-timing::ROLLED_BEFORE_MS)) {
        return false;
    }
    // A day of slack: the name is the day on the node's wall clock, and a roll-over waits for the next line.
    let day = rolled.get(..10).and_then(|day| day.parse::<jiff::civil::Date>().ok());
    let end = day.and_then(|day| {
        let end = day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond();
        Some(Timestamp::from_millis(end - i64::from(window.offset_s) * 1000).plus_millis(2 * 24 * 60 * 60 * 1000))
    });
    end.is_none_or(|end| end >= window.from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotated_files_of_days_before_are_not_read() {
        let at = |text: &str| text.parse::<Timestamp>().expect("time");
        let window = Window {
            from: at("2026-11-22T08:00:00Z"),
            to: at("2026-11-22T08:30:00Z"),
            offset_s: 8 * 3600,
            limit_bytes: 1,
        };
        let holds = |path: &str, modified: Option<&str>| {
            let modified = modified.map(at);
            let entry =
                FileEntry { path: path.to_owned(), size_bytes: 1, start_offset: 0, modified, zone_offset_s: None };
            may_hold(&entry, &window)
        };
        assert!(holds("logs/nacos.log", Some("2026-11-20T00:00:00Z")));
        assert!(holds("logs/nacos.log.2026-11-22.0.gz", None));
        assert!(holds("logs/nacos.log.2026-11-21.3", None));
        assert!(!holds("logs/nacos.log.2026-11-19.3", None));
        assert!(!holds("logs/nacos.log.2026-11-22.0", Some("2026-11-22T06:59:00Z")));
        assert!(holds("logs/nacos.log.2026-11-22.1", Some("2026-11-22T07:30:00Z")));
        assert!(holds("logs/nacos_gc.log.0", None));
    }
}
