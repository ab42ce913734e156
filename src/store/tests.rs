//! Runs every statement on a temporary file.
