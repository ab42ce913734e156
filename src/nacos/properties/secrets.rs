//! The secrets that a home's configuration names, so that they can be hidden wherever they stand.

use std::collections::BTreeSet;

use super::keys::{canonical, is_secret};
use super::{Names, SecretInputs, jdbc, parse};

/// Values that are secret. They must not be stored or shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    /// Passwords, tokens and keys.
    pub values: BTreeSet<String>,
    /// Names under which the server identity is sent.
    pub identity_names: BTreeSet<String>,
    /// What is sent under them.
    pub identity_values: BTreeSet<String>,
}

/// Every secret that file, environment and command line name, also where another entry wins; names of users are none.
#[must_use]
pub fn secrets(inputs: &SecretInputs<'_>) -> Secrets {
    let raw = inputs.file.map(parse).unwrap_or_default();
    let names = Names::of(&raw, inputs.env, inputs.command);
    let mut found = Secrets::default();
    let from_file = raw.entries.iter().map(|entry| (entry.key.as_str(), entry.value.as_str()));
    let from_env = inputs.env.into_iter().flatten().map(|(name, value)| (name.as_str(), value.as_str()));
    let from_command = inputs.command.into_iter().flat_map(|command| command.system.iter().chain(&command.arguments));
    let from_command = from_command.map(|(key, value)| (key.as_str(), value.as_str()));
    for (key, written) in from_file.chain(from_env).chain(from_command) {
        let (resolved, _) = names.resolve(written, 0);
        for value in [written.trim(), resolved.trim()] {
            found.take(key, value);
        }
    }
    found
}

impl Secrets {
    fn take(&mut self, key: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        self.values.extend(jdbc::passwords(value).into_iter().map(str::to_owned));
        let spelled = key.to_ascii_lowercase().replace(['.', '-'], "_");
        if spelled.ends_with("identity_key") {
            self.identity_names.insert(value.to_owned());
        } else if spelled.ends_with("identity_value") {
            self.identity_values.insert(value.to_owned());
        }
        // The working folder of a shell.
        let folder = matches!(key, "PWD" | "OLDPWD");
        let user = canonical(key).starts_with("db.user");
        if !is_secret(key) || folder || user {
            return;
        }
        for default in defaults(value) {
            self.values.insert(default.to_owned());
        }
        if !value.contains("${") {
            self.values.insert(value.to_owned());
        }
    }
}

/// The defaults of the placeholders in a value.
fn defaults(value: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = value;
    while let Some(start) = rest.find("${") {
        let inside = &rest[start + 2..];
        let end = inside.find('}').unwrap_or(inside.len());
        if let Some((_, default)) = inside[..end].split_once(':')
            && !default.is_empty()
        {
            found.push(default);
        }
        rest = &inside[end..];
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::nacos::cmdline::CommandLine;

    #[test]
    fn finds_what_is_secret_and_no_names() {
        let file = b"db.num=2\ndb.user.0=admin-user\ndb.password.0=Sommer-2026\ndb.password.1=${DB_TWO:Winter-2026}\n\
            db.url.0=jdbc:mysql://u:in-the-url1@db/nacos?user=x&password=in-the-query1\n\
            nacos.core.auth.server.identity.key=labIdentity\nnacos.core.auth.server.identity.value=abc\n\
            my.pass\\u0077ord=Herbst-2026\nmy.apikey   key-with-blanks\nredis.pass=Redis-2026\n\
            nacos.core.auth.plugin.nacos.token.expire.seconds=18000\nserver.port=8848\n";
        let env: BTreeMap<String, String> =
            [("MYSQL_SERVICE_PASSWORD", "From-Env-1"), ("PWD", "/home/nacos"), ("NACOS_AUTH_TOKEN", "Token-Env-1")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into();
        let command =
            CommandLine::from_text("java -Dx.pass=From-Command-1 -Dnacos.home=/home/nacos -jar n.jar").expect("java");
        let found = secrets(&SecretInputs { file: Some(file), env: Some(&env), command: Some(&command) });
        let values: Vec<&str> = found.values.iter().map(String::as_str).collect();
        assert_eq!(
            values,
            [
                "From-Command-1",
                "From-Env-1",
                "Herbst-2026",
                "Redis-2026",
                "Sommer-2026",
                "Token-Env-1",
                "Winter-2026",
                "abc",
                "in-the-query1",
                "in-the-url1",
                "key-with-blanks",
            ]
        );
        assert_eq!(found.identity_names.iter().collect::<Vec<_>>(), ["labIdentity"]);
        assert_eq!(found.identity_values.iter().collect::<Vec<_>>(), ["abc"]);
    }
}
