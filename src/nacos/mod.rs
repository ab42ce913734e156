//! What is known about Nacos, pure: bytes and texts in, facts out. No I/O, no clock. May import `domain`.
//!
//! - [`log_line`] takes logs apart, [`signatures`] says what a record means.
//! - [`cluster_conf`] reads member lists, [`properties`] and [`cmdline`] what a node is configured with.
//! - [`api`] decodes the answers over HTTP, [`pasted`] what people paste.
//! - [`clocks`] tells how far the clocks of nodes are apart.
//! - [`ports`] and [`timing`] hold the constants.

pub mod api;
pub mod client_log;
pub mod clocks;
pub mod cluster_conf;
pub mod cmdline;
pub mod log_line;
pub mod pasted;
pub mod ports;
pub mod properties;
pub mod signatures;
pub mod start_options;
pub mod timing;

#[cfg(test)]
mod fuzz;
