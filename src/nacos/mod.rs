//! What is known about Nacos, pure: bytes and texts in, facts out. No I/O, no clock. May import `domain`.
//!
//! [`log_line`] takes logs apart.

pub mod log_line;

#[cfg(test)]
mod fuzz;
