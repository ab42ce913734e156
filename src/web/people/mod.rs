//! Who uses the program: set-up, sign-in, accounts, and the audit log of what they did to it.

pub mod account;
pub mod audit;
pub mod login;
pub mod setup;
pub mod users;
