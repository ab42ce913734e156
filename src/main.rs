//! Arguments to configuration to [`nodedown::app`]; nothing else.

fn main() {}
