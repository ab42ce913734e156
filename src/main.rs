//! Arguments to [`nodedown::cli`], its answer to an exit code; nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    nodedown::cli::run(std::env::args_os())
}
