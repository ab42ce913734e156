//! Everything that is tested from outside the crate, in one binary.

mod architecture;
mod browser;
mod diagnose;
mod engine;
mod kill;
mod nacos;
mod runbooks;
mod support;
mod texts;
mod web;
