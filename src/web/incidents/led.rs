//! Who leads an incident and who opened it, in words: where the program opened it, nobody leads it until a person takes it.

use crate::domain::incident::Incident;
use crate::web::plumbing::page::Frame;

/// Who leads it, or that nobody has taken it yet.
#[must_use]
pub fn line(f: &Frame, incident: &Incident) -> String {
    match &incident.lead {
        None if incident.state.is_open() => f.t("lead-not-taken"),
        _ => f.t1("web-lead", "name", name(f, incident)),
    }
}

/// Who leads it; `nobody` where nobody does.
#[must_use]
pub fn name(f: &Frame, incident: &Incident) -> String {
    incident.lead.clone().unwrap_or_else(|| f.t("lead-nobody"))
}

/// Who opened it: a person, or the program.
#[must_use]
pub fn opener(f: &Frame, incident: &Incident) -> String {
    incident.opened_by.clone().unwrap_or_else(|| f.t("lead-opened-itself"))
}

/// Whether nobody leads it, and it is worked on.
#[must_use]
pub fn waits(incident: &Incident) -> bool {
    incident.lead.is_none() && incident.state.is_open()
}

/// Whether the person who looks may take it.
#[must_use]
pub fn may_take(f: &Frame, incident: &Incident) -> bool {
    f.operates() && waits(incident)
}
