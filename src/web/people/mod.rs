//! Who uses the program and who is told of what happens: set-up, sign-in, accounts, channels, and the audit log of what people
//! did to it.

pub mod account;
pub mod audit;
pub mod channels;
pub mod login;
pub mod setup;
pub mod users;
