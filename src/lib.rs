//! **nodedown**: what to do when one node of a Nacos cluster has stopped.
//!
//! # Map
//! - [`domain`] nouns and rules, pure. [`nacos`] what is known about Nacos, pure: bytes in, facts out.
//! - [`sources`] the only code that opens files, sockets and HTTP connections; [`logscan`] finds a time window in logs.
//! - [`model`] what was seen of a cluster, side by side: what is going on, pure.
//! - [`diagnosis`] what is wrong: rules as tables of conditions, what explains what, ranked causes, pure.
//! - [`checks`] one folder per kind of check: gather, then name the rules whose cases it shows.
//! - [`rounds`] one round of checks over sources without a store; [`cli`] the subcommands built on it.
//! - [`store`] all SQL. [`commands`] every change of our own state. [`engine`] runs queued check runs.
//! - [`notify`] tells people through chats and webhooks what timelines say.
//! - [`backup`] the data folder in one file and back.
//! - [`web`] requests in, pages out. [`app`] the only wiring.
//!
//! Only `commands` writes, only `sources` touches the outside, only `app` wires. `tests/it/architecture.rs` holds this.

pub mod app;
pub mod backup;
pub mod checks;
pub mod cli;
pub mod commands;
pub mod config;
pub mod diagnosis;
pub mod domain;
pub mod engine;
pub mod locale;
pub mod logscan;
pub mod model;
pub mod nacos;
pub mod notify;
pub mod rounds;
pub mod runbooks;
pub mod sources;
pub mod store;
pub mod telemetry;
pub mod web;

#[cfg(test)]
mod world;
