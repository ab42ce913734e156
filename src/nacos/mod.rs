//! What is known about Nacos, pure: bytes and texts in, facts out. No I/O, no clock. May import `domain`.
//!
//! [`log_line`] takes logs apart, [`signatures`] says what a record means, [`cluster_conf`] reads member lists,
//! [`ports`] derives ports, [`api`] decodes the answers over HTTP.

pub mod api;
pub mod cluster_conf;
pub mod cmdline;
pub mod log_line;
pub mod ports;
pub mod properties;
pub mod signatures;

#[cfg(test)]
mod fuzz;
