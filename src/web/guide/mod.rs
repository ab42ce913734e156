//! What the program explains: codes and log signatures, and the runbooks.

pub mod help;
pub mod runbooks;
