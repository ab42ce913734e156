//! How many files and connections the system lets this process have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Kept for the database, logs, and connections to clusters.
const KEPT: u64 = 256;
/// Fewest connections, however tight the limit is.
const FEWEST: u64 = 64;
/// Most connections: each takes up to 20 KiB or so.
const MOST: u64 = 4096;

/// Raises the soft limit to the hard one. Where that is refused, it stays as it is.
pub(super) fn raise() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::warn!(error = %error, "could not raise the limit of open files");
    }
}

/// How many connections fit below the limit as it is now.
pub(super) fn connections() -> usize {
    fit(getrlimit(Resource::Nofile).current)
}

fn fit(open_files: Option<u64>) -> usize {
    let fit = open_files.map_or(MOST, |open_files| open_files.saturating_sub(KEPT).clamp(FEWEST, MOST));
    usize::try_from(fit).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_follow_the_limit_of_open_files() {
        assert_eq!([Some(1024), Some(100_000), Some(100), None].map(fit), [768, 4096, 64, 4096]);
    }
}
