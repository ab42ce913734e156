//! Search over incidents.
