//! The reference of settings: how each is given and what it is unless told. What it means is said in `locales`, in the keys
//! `setting-` with its name. Tests hold that nothing is missing and that what stands here is so.

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name, as in the settings file.
    pub name: &'static str,
    /// Its flag without the dashes, where it has one.
    pub flag: Option<&'static str>,
    /// Its environment variable.
    pub variable: &'static str,
    /// What it is unless told, as [`super::Config::shown`] shows it.
    pub usual: &'static str,
}

const fn setting(
    name: &'static str,
    flag: Option<&'static str>,
    variable: &'static str,
    usual: &'static str,
) -> Setting {
    Setting { name, flag, variable, usual }
}

/// Every setting, in the order of [`super::Config::shown`]; the settings file itself is the first.
pub const SETTINGS: [Setting; 23] = [
    setting("config", Some("config"), "NODEDOWN_CONFIG", "-"),
    setting("listen", Some("listen"), "NODEDOWN_LISTEN", "127.0.0.1:8770"),
    setting("data_dir", Some("data"), "NODEDOWN_DATA_DIR", "data"),
    setting("public_url", Some("public-url"), "NODEDOWN_PUBLIC_URL", "-"),
    setting("extra_hosts", Some("extra-host"), "NODEDOWN_EXTRA_HOSTS", "-"),
    setting("session_idle_hours", Some("session-idle-hours"), "NODEDOWN_SESSION_IDLE_HOURS", "12"),
    setting("session_max_days", Some("session-max-days"), "NODEDOWN_SESSION_MAX_DAYS", "7"),
    setting("stable_minutes", Some("stable-minutes"), "NODEDOWN_STABLE_MINUTES", "10"),
    setting("watch_seconds", Some("watch-seconds"), "NODEDOWN_WATCH_SECONDS", "5"),
    setting("propose_after_looks", None, "NODEDOWN_PROPOSE_AFTER_LOOKS", "6"),
    setting("on_silence", None, "NODEDOWN_ON_SILENCE", "propose"),
    setting("baseline_after_minutes", None, "NODEDOWN_BASELINE_AFTER_MINUTES", "10"),
    setting("trusted_proxies", None, "NODEDOWN_TRUSTED_PROXIES", "-"),
    setting("log_format", None, "NODEDOWN_LOG_FORMAT", "text"),
    setting("log_filter", None, "NODEDOWN_LOG", "info"),
    setting("node_deadline_ms", None, "NODEDOWN_NODE_DEADLINE_MS", "3000"),
    setting("credential_dirs", None, "NODEDOWN_CREDENTIAL_DIRS", "data/credentials"),
    setting("backups_daily", None, "NODEDOWN_BACKUPS_DAILY", "7"),
    setting("backups_before_upgrade", None, "NODEDOWN_BACKUPS_BEFORE_UPGRADE", "3"),
    setting("drop_uploads_after_days", None, "NODEDOWN_DROP_UPLOADS_AFTER_DAYS", "-"),
    setting("looks_kept_hours", None, "NODEDOWN_LOOKS_KEPT_HOURS", "48"),
    setting("looks_by_minute_kept_days", None, "NODEDOWN_LOOKS_BY_MINUTE_KEPT_DAYS", "30"),
    setting("looks_by_hour_kept_days", None, "NODEDOWN_LOOKS_BY_HOUR_KEPT_DAYS", "730"),
];

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeSet;

    use super::SETTINGS;
    use crate::config::{Config, ServerArguments};

    #[test]
    fn every_setting_stands_here_with_what_it_is_unless_told() {
        let shown = Config::load(&ServerArguments::default(), |_| None).expect("defaults").shown();
        let names: Vec<_> = SETTINGS.iter().skip(1).map(|one| one.name).collect();
        assert_eq!(names, shown.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        for (one, (name, value)) in SETTINGS.iter().skip(1).zip(&shown) {
            let told = if *name == "credential_dirs" { value.ends_with(one.usual) } else { value == one.usual };
            assert!(told, "{name}: {value}");
        }
    }

    #[test]
    fn every_variable_that_is_asked_for_stands_here() {
        let asked = RefCell::new(BTreeSet::new());
        let environment = |name: &str| {
            asked.borrow_mut().insert(name.to_owned());
            None
        };
        Config::load(&ServerArguments::default(), environment).expect("defaults");
        let mut asked = asked.into_inner();
        asked.retain(|name| name.starts_with("NODEDOWN_") && !name.ends_with("_FILE"));
        assert_eq!(asked, SETTINGS.iter().map(|one| one.variable.to_owned()).collect());
    }
}
