//! Nouns and rules. Pure: no async, no I/O, no clock, no SQL, no HTTP. May import nothing else of ours.

pub mod address;
pub mod audit;
pub mod backup;
pub mod check_run;
pub mod cluster;
pub mod code;
pub mod credential;
pub mod diagnosis;
pub mod event;
pub mod evidence;
pub mod finding;
pub mod id;
pub mod incident;
pub mod kept;
pub mod message;
pub mod observed;
pub mod pinned;
pub mod published;
pub mod runbook;
pub mod ssh_location;
pub mod time;
pub mod to_do;
pub mod trust;
pub mod user;
pub mod vocabulary;
