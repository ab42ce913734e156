//! Notes: what people write down, the files they attach, and corrections, which are new entries beside the old ones.

use std::collections::BTreeMap;

pub use super::attachment::{Attached, FileKind, MAX_FILE_BYTES, MAX_FILES, MAX_PIXELS, Unfit, file_name};
use super::event::{Actor, Event, EventKind};
use super::finding::Step;
use super::id::EventId;
use super::time::Timestamp;

/// A note with what was corrected in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note<'a> {
    /// Step that it was written at.
    pub step: Option<Step>,
    /// As it was written first.
    pub first: Version<'a>,
    /// Corrections, oldest first; the last one counts.
    pub corrections: Vec<Version<'a>>,
    /// Its files.
    pub files: &'a [Attached],
}

impl<'a> Note<'a> {
    /// What counts.
    #[must_use]
    pub fn newest(&self) -> Version<'a> {
        self.corrections.last().copied().unwrap_or(self.first)
    }

    /// What was corrected, oldest first, each with the correction.
    pub fn corrected(&self) -> impl Iterator<Item = (Version<'a>, Version<'a>)> + '_ {
        std::iter::once(self.first).chain(self.corrections.iter().copied()).zip(self.corrections.iter().copied())
    }
}

/// One entry of a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version<'a> {
    /// Its entry.
    pub id: EventId,
    /// Who wrote it.
    pub by: &'a str,
    /// When.
    pub at: Timestamp,
    /// The text.
    pub text: &'a str,
}

/// The notes of a timeline, oldest first.
#[must_use]
pub fn notes(events: &[Event]) -> Vec<Note<'_>> {
    let mut notes: Vec<Note<'_>> = Vec::new();
    // Which note an entry belongs to.
    let mut places: BTreeMap<EventId, usize> = BTreeMap::new();
    for event in events {
        let by = match &event.actor {
            Actor::Person { name } => name,
            Actor::Engine => "",
        };
        match &event.kind {
            EventKind::NoteAdded { step, text, files } => {
                places.insert(event.id, notes.len());
                let first = Version { id: event.id, by, at: event.at, text };
                notes.push(Note { step: *step, first, corrections: Vec::new(), files });
            }
            EventKind::NoteCorrected { note, text } => {
                let Some(place) = places.get(note).copied() else { continue };
                places.insert(event.id, place);
                if let Some(note) = notes.get_mut(place) {
                    note.corrections.push(Version { id: event.id, by, at: event.at, text });
                }
            }
            _ => {}
        }
    }
    notes
}

/// The note that an entry belongs to, if that entry is what counts of it: only that can be corrected.
///
/// # Errors
/// The entry that counts in its place; `None`: the entry belongs to no note.
pub fn correctable(events: &[Event], entry: EventId) -> Result<Note<'_>, Option<EventId>> {
    let is_of = |note: &Note<'_>| note.first.id == entry || note.corrections.iter().any(|one| one.id == entry);
    let note = notes(events).into_iter().find(is_of).ok_or(None)?;
    if note.newest().id == entry { Ok(note) } else { Err(Some(note.newest().id)) }
}

/// The file with that hash, if a note of the timeline has one.
#[must_use]
pub fn attached<'a>(events: &'a [Event], sha256: &str) -> Option<&'a Attached> {
    events.iter().find_map(|event| match &event.kind {
        EventKind::NoteAdded { files, .. } => files.iter().find(|file| file.sha256 == sha256),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::IncidentId;

    fn entry(id: i64, kind: EventKind) -> Event {
        let actor = Actor::Person { name: format!("p{id}") };
        Event { id: EventId(id), incident: IncidentId(1), at: Timestamp::from_millis(id), actor, kind }
    }

    #[test]
    fn a_correction_follows_its_note_and_the_last_one_counts() {
        let note = |text: &str| EventKind::NoteAdded { step: None, text: text.to_owned(), files: Vec::new() };
        let corrected = |note, text: &str| EventKind::NoteCorrected { note: EventId(note), text: text.to_owned() };
        let events = [
            entry(1, note("nacos-1 restarted")),
            entry(2, note("other")),
            entry(3, corrected(1, "nacos-2 restarted")),
            entry(4, EventKind::MonitorStarted),
            entry(5, corrected(3, "nacos-3 restarted")),
            entry(6, corrected(4, "of no note")),
        ];
        let all = notes(&events);
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].newest().text, all[0].newest().by), ("nacos-3 restarted", "p5"));
        let corrected: Vec<_> = all[0].corrected().map(|(old, new)| (old.text, new.id.0)).collect();
        assert_eq!(corrected, [("nacos-1 restarted", 3), ("nacos-2 restarted", 5)]);
        assert_eq!(all[1].corrected().count(), 0);
        assert_eq!(correctable(&events, EventId(1)), Err(Some(EventId(5))), "what counts is corrected, not what was");
        assert!(correctable(&events, EventId(5)).is_ok());
        assert_eq!(correctable(&events, EventId(4)), Err(None));
    }
}
