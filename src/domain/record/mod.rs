//! What the record of an incident says of its course, from what is stored: pure, one file a question.
//!
//! - [`moments`]: when did what happen, and how long did it take?
//! - [`step_times`]: where did the time of each step go?
//! - [`stood`]: what did a person have before them at each decision?
//! - [`impact`]: what was measured of the harm?
//! - [`cause`]: what did the review say that it was?
//!
//! # Why
//! A moment or a number that nobody measured or said is `None` here and "not known" or "not measured" on every page. Nothing
//! is filled in: a guess that looks like a fact is worse than a gap.

pub mod cause;
pub mod impact;
pub mod moments;
pub mod step_times;
pub mod stood;
