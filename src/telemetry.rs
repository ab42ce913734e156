//! Log lines: a sentence and dotted fields, to standard error. Never secrets, never raw evidence. May import `config`.

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Sets the log up for the rest of the process. A filter that cannot be read falls back to `info` and says so.
pub fn init(format: LogFormat, filter: &str) {
    let (filter, wrong) = match EnvFilter::try_new(filter) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new("info"), Some(error)),
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second call in one process (tests) changes nothing.
    let _ = match format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    if let Some(error) = wrong {
        tracing::warn!(error = %error, "the log filter was not understood; `info` is used");
    }
}
