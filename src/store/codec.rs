//! Columns to domain types and back.
