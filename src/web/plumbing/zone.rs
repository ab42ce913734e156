//! Which zone the times of a page are in: one for a whole page, named once, and chosen with a switch.
//!
//! # Why
//! People compare a page with the clock on their wall, with a chat and with the log files of servers: each may be in another
//! zone. So the zone is chosen by each browser for itself, and kept in a cookie as the language is. Unless one is chosen, times
//! are those of the browser where its script runs, and of UTC where it does not. Exports are always in UTC. The data of zones is
//! part of the program: nothing is fetched.

use jiff::tz::TimeZone;

use crate::domain::time::Timestamp;

/// Name of the browser's own zone, in cookie and form.
pub const BROWSER: &str = "local";
/// Zones that are offered; any other can be written by name.
pub const COMMON: [&str; 16] = [
    "UTC",
    "Asia/Shanghai",
    "Asia/Hong_Kong",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "Asia/Dubai",
    "Europe/Moscow",
    "Europe/Berlin",
    "Europe/London",
    "America/Sao_Paulo",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "Australia/Sydney",
];
/// Longest name of a zone.
const MOST_CHARS: usize = 64;

/// A zone that times are shown in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Zone {
    /// That of the browser; UTC where no script runs.
    #[default]
    Browser,
    /// One that was chosen.
    Chosen {
        /// Its IANA name.
        name: String,
        /// Its rules.
        zone: TimeZone,
    },
}

impl Zone {
    /// The zone of that name: `local`, `UTC` or an IANA name such as `Asia/Shanghai`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.trim();
        if name == BROWSER {
            return Some(Self::Browser);
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+');
        if name.is_empty() || name.len() > MOST_CHARS || !name.chars().all(plain) {
            return None;
        }
        let zone = TimeZone::get(name).ok()?;
        Some(Self::Chosen { name: zone.iana_name()?.to_owned(), zone })
    }

    /// Its name in cookie and form.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Browser => BROWSER,
            Self::Chosen { name, .. } => name,
        }
    }

    /// Whether the script may put times into the browser's zone.
    #[must_use]
    pub const fn is_browser(&self) -> bool {
        matches!(self, Self::Browser)
    }

    /// The zone that the server writes times in.
    #[must_use]
    pub fn written(&self) -> TimeZone {
        match self {
            Self::Browser => TimeZone::UTC,
            Self::Chosen { zone, .. } => zone.clone(),
        }
    }

    /// Minutes by which what the server writes is ahead of UTC at that moment.
    #[must_use]
    pub fn offset_min(&self, at: Timestamp) -> i32 {
        let moment = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
        self.written().to_offset(moment).seconds() / 60
    }

    /// In words, with the offset at that moment: `Asia/Shanghai, UTC+08:00`; `UTC` alone for UTC.
    #[must_use]
    pub fn told(&self, at: Timestamp) -> String {
        let minutes = self.offset_min(at);
        let offset =
            format!("UTC{}{:02}:{:02}", if minutes < 0 { '-' } else { '+' }, minutes.abs() / 60, minutes.abs() % 60);
        match self {
            Self::Browser => "UTC".to_owned(),
            Self::Chosen { name, .. } if name == "UTC" => name.clone(),
            Self::Chosen { name, .. } => format!("{name}, {offset}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_known_by_their_names_and_nothing_else_is_one() {
        let (winter, summer) = (Timestamp::from_millis(1_768_000_000_000), Timestamp::from_millis(1_784_000_000_000));
        let told = |name: &str, at| Zone::from_name(name).map(|zone| zone.told(at));
        assert_eq!(told("Asia/Shanghai", winter).as_deref(), Some("Asia/Shanghai, UTC+08:00"));
        assert_eq!(told("asia/kolkata", winter).as_deref(), Some("Asia/Kolkata, UTC+05:30"));
        assert_eq!(told("Europe/Berlin", winter).as_deref(), Some("Europe/Berlin, UTC+01:00"));
        assert_eq!(told("Europe/Berlin", summer).as_deref(), Some("Europe/Berlin, UTC+02:00"));
        assert_eq!(told("America/New_York", winter).as_deref(), Some("America/New_York, UTC-05:00"));
        assert_eq!((told("UTC", winter).as_deref(), told("local", winter).as_deref()), (Some("UTC"), Some("UTC")));
        for wrong in ["", "Asia/Nowhere", "../etc/passwd", "Asia/Shang hai", "Asia/Shanghai; Path=/", "上海"] {
            assert_eq!(Zone::from_name(wrong), None, "{wrong}");
        }
        for name in COMMON {
            assert_eq!(Zone::from_name(name).as_ref().map(Zone::name), Some(name), "is offered, so it is there");
        }
    }
}
