//! How the C library keeps memory of a program that runs for weeks.
//!
//! # Why
//! glibc gives every thread a heap of its own, up to eight for each core, and raises the size from which memory goes back
//! to the system at once with the largest piece that was ever freed. A round of checks on three nodes with large logs then
//! left 115 MB behind, of which half was in use; with these settings 75 MB. They are read once, before `main`, so the
//! program starts itself anew with them: the same process, some milliseconds later. Other C libraries do not know them.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// Variable, value.
const SETTINGS: [(&str, &str); 3] =
    [("MALLOC_ARENA_MAX", "2"), ("MALLOC_MMAP_THRESHOLD_", "131072"), ("MALLOC_TRIM_THRESHOLD_", "131072")];

/// Starts this process anew with the settings, unless some are set already. Where that cannot be done, it goes on without.
pub(super) fn settle() {
    if !cfg!(all(target_os = "linux", target_env = "gnu")) {
        return;
    }
    let mut names = SETTINGS.iter().map(|(name, _)| *name).chain(["GLIBC_TUNABLES"]);
    let mut arguments = std::env::args_os();
    if names.any(|name| std::env::var_os(name).is_some()) {
        return;
    }
    let name = arguments.next().unwrap_or_else(|| "nodedown".into());
    // The file that runs, also when another has taken its name since. This returns only if it fails.
    let error = Command::new("/proc/self/exe").arg0(name).args(arguments).envs(SETTINGS).exec();
    tracing::debug!(error = %error, "could not start anew with settings for memory");
}
