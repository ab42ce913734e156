//! The days that a person filters by: those of the zone that the page shows times in, so that an incident is found by the day
//! that stands beside it. An address names the zone of its days, and shows the same to somebody elsewhere.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::domain::time::Timestamp;
use crate::web::plumbing::zone::Zone;

/// The zone that days are of.
#[derive(Clone, Debug)]
pub struct Days {
    zone: Zone,
    /// Neither the address nor the person said which: the script may put in the browser's.
    pub open: bool,
}

impl Days {
    /// Of the zone of that name, as an address has it; where that is none, of the one of the page.
    #[must_use]
    pub fn of(asked: &str, page: &Zone) -> Self {
        match Zone::from_name(asked).filter(|zone| !zone.is_browser()) {
            Some(zone) => Self { zone, open: false },
            None => Self { zone: page.clone(), open: page.is_browser() },
        }
    }

    /// Its name in an address.
    #[must_use]
    pub fn name(&self) -> &str {
        if self.zone.is_browser() { "UTC" } else { self.zone.name() }
    }

    fn written(&self) -> TimeZone {
        self.zone.written()
    }

    /// The day of a moment.
    #[must_use]
    pub fn day(&self, at: Timestamp) -> Date {
        let moment = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
        self.written().to_datetime(moment).date()
    }

    /// Its first moment; `None`: the calendar has no such day.
    #[must_use]
    pub fn begin(&self, day: Date) -> Option<Timestamp> {
        let first = day.to_zoned(self.written()).ok()?;
        Some(Timestamp::from_millis(first.timestamp().as_millisecond()))
    }

    /// The first moment of the day after it.
    #[must_use]
    pub fn end(&self, day: Date) -> Option<Timestamp> {
        self.begin(day.tomorrow().ok()?)
    }
}

/// A day as people and date fields write it, `2026-11-22`; `None`: that is no day.
#[must_use]
pub fn read(text: &str) -> Option<Date> {
    text.trim().parse().ok()
}

/// Whether the last day of a search lies before its first one: nothing can be found.
#[must_use]
pub fn are_turned(from: &str, to: &str) -> bool {
    read(from).zip(read(to)).is_some_and(|(from, to)| to < from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(zone: &str, day: &str) -> (String, i64) {
        let days = Days::of(zone, &Zone::Browser);
        let day = read(day).expect("a day");
        let (from, to) = (days.begin(day).expect("a moment"), days.end(day).expect("a moment"));
        (from.to_string(), to.millis_since(from) / 3_600_000)
    }

    #[test]
    fn a_day_is_that_of_its_zone_and_as_long_as_it_is_there() {
        assert_eq!(span("", "2026-11-22"), ("2026-11-22T00:00:00.000Z".to_owned(), 24));
        assert_eq!(span("Asia/Shanghai", "2026-11-22"), ("2026-11-21T16:00:00.000Z".to_owned(), 24));
        assert_eq!(span("America/New_York", "2026-11-01"), ("2026-11-01T04:00:00.000Z".to_owned(), 25));
    }

    #[test]
    fn the_address_says_the_zone_before_the_page_does() {
        let shanghai = Zone::from_name("Asia/Shanghai").expect("a zone");
        let late = Timestamp::from_millis(1_795_320_000_000);
        let told = |asked: &str, page: &Zone| {
            let days = Days::of(asked, page);
            (days.name().to_owned(), days.day(late).to_string(), days.open)
        };
        let utc = ("UTC".to_owned(), "2026-11-22".to_owned());
        assert_eq!(late.to_string(), "2026-11-22T04:00:00.000Z");
        assert_eq!(told("", &Zone::Browser), (utc.0.clone(), utc.1.clone(), true));
        assert_eq!(told("UTC", &shanghai), (utc.0, utc.1.clone(), false));
        assert_eq!(told("../etc", &shanghai), ("Asia/Shanghai".to_owned(), utc.1, false));
        assert_eq!(
            told("America/Los_Angeles", &shanghai),
            ("America/Los_Angeles".to_owned(), "2026-11-21".to_owned(), false)
        );
    }

    #[test]
    fn days_are_turned_if_the_last_is_before_the_first() {
        assert!(are_turned("2026-11-22", "2026-11-21"));
        let fine = [("2026-11-22", "2026-11-22"), ("2026-11-21", "2026-11-22"), ("", "2026-11-22"), ("2026-11-22", "")];
        assert!(fine.iter().all(|(from, to)| !are_turned(from, to)));
    }

    #[test]
    fn what_is_not_a_day_is_not_read() {
        assert!(["", "yesterday", "2026-13-01", "22.11.2026"].iter().all(|text| read(text).is_none()));
        assert!(Days::of("", &Zone::Browser).end(Date::MAX).is_none());
    }
}
