//! Everything that is tested from outside the crate, in one binary.

mod architecture;
mod backup;
mod baseline;
mod browser;
mod cases;
mod commands;
mod damage;
mod diagnose;
mod disk;
mod door;
mod engine;
mod gallery;
mod hand_in;
mod hostile;
mod kill;
mod lockout;
mod logscan;
mod memory;
mod migrations;
mod nacos;
mod network;
mod opened_itself;
mod opening;
mod power;
mod process;
mod redaction;
mod replay;
mod restarts;
mod runbooks;
mod serving;
mod ssh;
mod stored;
mod support;
mod templates;
mod texts;
mod untrusted;
mod watch;
mod web;

/// Real clusters and real browsers take turns: together they would take each other's processors, and a node that is
/// only starved looks like one that hangs.
static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
