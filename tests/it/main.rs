//! Everything that is tested from outside the crate, in one binary.

mod architecture;
mod browser;
mod commands;
mod diagnose;
mod engine;
mod kill;
mod migrations;
mod nacos;
mod runbooks;
mod support;
mod texts;
mod web;
