//! Points in time and the clock that tells them.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// A point in time: milliseconds since 1970-01-01T00:00:00Z. Serialised as that number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Its day in UTC, as `2026-11-22`.
    #[must_use]
    pub fn day(self) -> String {
        self.to_string().chars().take(10).collect()
    }

    /// From milliseconds since the epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This time moved by `millis` (negative: earlier).
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// The beginning of its second. Differences of such moments are those of the clock times that a page shows, and the parts
    /// of a time add up to it.
    #[must_use]
    pub const fn to_the_second(self) -> Self {
        Self(self.0.div_euclid(1000).saturating_mul(1000))
    }

    /// Milliseconds from `earlier` to this time; negative if `earlier` is later.
    #[must_use]
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// `YYYY-MM-DD HH:MM:SS` in `zone`, as operators read it beside log lines.
    #[must_use]
    pub fn in_zone(self, zone: &TimeZone) -> String {
        self.written("%Y-%m-%d %H:%M:%S", zone)
    }

    /// Date, time and offset in a zone, for sentences that are kept: `2026-11-22 17:58:30 +08:00`. [`Self::from_stamp`] reads
    /// it back.
    #[must_use]
    pub fn stamp(self, zone: &TimeZone) -> String {
        self.written(STAMP, zone)
    }

    fn written(self, form: &str, zone: &TimeZone) -> String {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(stamp) => stamp.to_zoned(zone.clone()).strftime(form).to_string(),
            Err(_) => self.0.to_string(),
        }
    }

    /// The moment of what [`Self::stamp`] wrote; `None`: it is another text.
    #[must_use]
    pub fn from_stamp(text: &str) -> Option<Self> {
        let is_stamp = text.len() == 26 && text.is_ascii();
        let read = is_stamp.then(|| jiff::Zoned::strptime(STAMP, text).ok()).flatten();
        read.map(|at| Self(at.timestamp().as_millisecond()))
    }

    /// Parses RFC 3339, or `YYYY-MM-DD HH:MM:SS[.fff|,fff]` read in `zone`.
    ///
    /// # Errors
    /// A sentence for the person who wrote the text.
    pub fn parse_in(text: &str, zone: &TimeZone) -> Result<Self, ParseTimeError> {
        let text = text.trim();
        if let Ok(stamp) = text.parse::<jiff::Timestamp>() {
            return Ok(Self(stamp.as_millisecond()));
        }
        let civil = text.replacen(',', ".", 1);
        civil
            .parse::<jiff::civil::DateTime>()
            .ok()
            .and_then(|at| at.to_zoned(zone.clone()).ok())
            .map(|at| Self(at.timestamp().as_millisecond()))
            .ok_or_else(|| ParseTimeError(text.to_owned()))
    }
}

/// Text that is not a time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time: write RFC 3339 (2026-11-22T03:04:05+08:00) or `YYYY-MM-DD HH:MM:SS`")]
pub struct ParseTimeError(pub String);

impl FromStr for Timestamp {
    type Err = ParseTimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse_in(text, &TimeZone::UTC)
    }
}

/// RFC 3339 in UTC with milliseconds.
/// Form of a moment that names its zone.
const STAMP: &str = "%Y-%m-%d %H:%M:%S %:z";

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(stamp) => write!(f, "{stamp:.3}"),
            Err(_) => write!(f, "{}", self.0),
        }
    }
}

/// Tells the time. The program uses the system's, a replay its recording's, tests a manual one.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_spellings_and_prints_rfc_3339() {
        let shanghai = TimeZone::get("Asia/Shanghai").expect("bundled zone");
        let local = Timestamp::parse_in("2026-11-22 08:00:01,250", &shanghai).expect("local");
        let utc: Timestamp = "2026-11-22T00:00:01.250Z".parse().expect("rfc 3339");
        assert_eq!(local, utc);
        assert_eq!(utc.to_string(), "2026-11-22T00:00:01.250Z");
        assert_eq!(utc.in_zone(&shanghai), "2026-11-22 08:00:01");
        assert!("yesterday".parse::<Timestamp>().is_err());
    }

    #[test]
    fn a_stamp_names_its_zone_and_is_read_back() {
        let shanghai = TimeZone::get("Asia/Shanghai").expect("bundled zone");
        let at: Timestamp = "2026-11-22T00:00:01Z".parse().expect("rfc 3339");
        assert_eq!(at.stamp(&shanghai), "2026-11-22 08:00:01 +08:00");
        for zone in [shanghai, TimeZone::UTC] {
            assert_eq!(Timestamp::from_stamp(&at.stamp(&zone)), Some(at));
        }
        let others = [
            "2026-11-22 08:00:01",
            "2026-11-22 08:00:01 UTC",
            "",
            "2026-11-22 08:00:61 +08:00",
            "设备上没有空间设备上没有空间",
        ];
        assert!(others.into_iter().all(|text| Timestamp::from_stamp(text).is_none()));
    }
}
