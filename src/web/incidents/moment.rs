//! A moment that a person types: read in the zone of the page, which is the one that was chosen, else that of the browser where
//! its script says which that is, else UTC.

use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::domain::time::Timestamp;
use crate::web::plumbing::zone::Zone;

/// What a form says of a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct MomentFields {
    /// `YYYY-MM-DD HH:MM:SS`, or RFC 3339.
    #[serde(default)]
    pub over_at: String,
    /// Minutes by which the zone of the text is ahead of UTC; empty: UTC.
    #[serde(default)]
    pub offset_min: String,
}

impl MomentFields {
    /// A moment to begin with, in the zone of the page.
    #[must_use]
    pub fn of(at: Timestamp, zone: &Zone) -> Self {
        let offset_min = if zone.is_browser() { String::new() } else { zone.offset_min(at).to_string() };
        Self { over_at: at.in_zone(&zone.written()), offset_min }
    }

    /// The moment; `None`: the text is none.
    #[must_use]
    pub fn read(&self) -> Option<Timestamp> {
        if let Ok(exact) = self.over_at.trim().parse::<jiff::Timestamp>() {
            return Some(Timestamp::from_millis(exact.as_millisecond()));
        }
        let utc = Timestamp::parse_in(&self.over_at, &TimeZone::UTC).ok()?;
        Some(utc.plus_millis(-self.offset()? * 60_000))
    }

    /// Zone of the text, e.g. `UTC+08:00`.
    #[must_use]
    pub fn zone(&self) -> String {
        match self.offset() {
            Some(0) | None => "UTC".to_owned(),
            Some(minutes) => {
                let sign = if minutes < 0 { '-' } else { '+' };
                format!("UTC{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
            }
        }
    }

    /// A day at most: no zone is further away.
    fn offset(&self) -> Option<i64> {
        match self.offset_min.trim() {
            "" => Some(0),
            minutes => minutes.parse().ok().filter(|minutes: &i64| minutes.abs() <= 24 * 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_in_the_zone_that_it_was_typed_in() {
        let read = |text: &str, offset: &str| {
            let fields = MomentFields { over_at: text.to_owned(), offset_min: offset.to_owned() };
            fields.read().map(|at| at.to_string())
        };
        let utc = Some("2026-11-22T00:00:01.000Z".to_owned());
        assert_eq!(read("2026-11-22 00:00:01", ""), utc);
        assert_eq!(read(" 2026-11-22T08:00:01 ", "480"), utc);
        assert_eq!(read("2026-11-21 19:00:01", "-300"), utc);
        assert_eq!(read("2026-11-22T08:00:01+08:00", "-300"), utc, "it names its own zone");
        for (text, offset) in
            [("yesterday", ""), ("", ""), ("2026-11-22 00:00:01", "x"), ("2026-11-22 00:00:01", "99999")]
        {
            assert_eq!(read(text, offset), None, "{text} {offset}");
        }
        let at = Timestamp::from_millis(1_795_312_345_000);
        for name in ["local", "UTC", "Asia/Shanghai", "America/New_York"] {
            let zone = Zone::from_name(name).expect("a zone");
            assert_eq!(MomentFields::of(at, &zone).read(), Some(at), "{name}");
        }
        let shanghai = MomentFields::of(at, &Zone::from_name("Asia/Shanghai").expect("a zone"));
        assert_eq!((shanghai.over_at.as_str(), shanghai.zone().as_str()), ("2026-11-22 09:52:25", "UTC+08:00"));
        assert_eq!(MomentFields { offset_min: "-570".to_owned(), ..MomentFields::default() }.zone(), "UTC-09:30");
    }
}
