//! How a server was started, where its command line was not seen: from its environment, and from what it wrote when it began.
//!
//! [`told`] gives the flags of [`CommandLine::flags`] that are told, and no others: of what is missing here nothing is known.

use std::collections::BTreeMap;

use super::cmdline::CommandLine;

/// A variable of the image: its name, the value that counts and what it means (`None`: any, as it stands), the flag.
type Variable = (&'static str, Option<(&'static str, &'static str)>, &'static str);

/// The variables that the start scripts of the container image turn into a flag.
const VARIABLES: &[Variable] = &[
    ("MODE", Some(("standalone", "standalone")), "mode"),
    ("MODE", Some(("cluster", "cluster")), "mode"),
    ("EMBEDDED_STORAGE", Some(("embedded", "embedded")), "storage"),
    ("FUNCTION_MODE", None, "function"),
    ("MEMBER_LIST", None, "member.list"),
    ("NACOS_SERVER_IP", None, "server.ip"),
    ("NACOS_DEPLOYMENT_TYPE", None, "deployment"),
    ("PREFER_HOST_MODE", Some(("hostname", "true")), "prefer.hostname"),
];

/// Variables with options that a JVM takes as its own.
const OPTIONS: &[&str] = &["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "JAVA_OPT", "_JAVA_OPTIONS"];

/// What is known of a start besides its command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StartWords {
    /// The options that the JVM says it took from a variable.
    pub options: Option<String>,
    /// `standalone` or `cluster`, as the banner says it.
    pub mode: Option<&'static str>,
}

impl StartWords {
    /// From the start of a stdout file.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let picked_up = |line: &str| {
            let (_, options) = line.strip_prefix("Picked up ")?.split_once(": ")?;
            Some(options.to_owned())
        };
        let mode = |line: &str| {
            let (_, mode) = line.split_once(" Running in ")?;
            match mode.split(" mode").next()? {
                "stand alone" => Some("standalone"),
                "cluster" => Some("cluster"),
                _ => None,
            }
        };
        Self { options: text.lines().find_map(picked_up), mode: text.lines().find_map(mode) }
    }
}

/// The options that an environment gives to the JVM.
#[must_use]
pub fn options(env: &BTreeMap<String, String>) -> Option<String> {
    let set: Vec<&str> = OPTIONS.iter().filter_map(|name| env.get(*name)).map(String::as_str).collect();
    (!set.is_empty()).then(|| set.join(" "))
}

/// The flags that are told, and who tells them: what a server wrote itself counts for more than its environment.
#[must_use]
pub fn told(
    env: Option<&BTreeMap<String, String>>,
    words: &StartWords,
) -> Option<(BTreeMap<String, String>, &'static str)> {
    let mut flags: BTreeMap<String, String> = BTreeMap::new();
    if let Some(env) = env {
        for (name, counts, flag) in VARIABLES {
            let Some(value) = env.get(*name).map(|value| value.trim()).filter(|value| !value.is_empty()) else {
                continue;
            };
            match counts {
                Some((written, means)) if value.eq_ignore_ascii_case(written) => {
                    flags.insert((*flag).to_owned(), (*means).to_owned());
                }
                None => {
                    flags.insert((*flag).to_owned(), value.to_owned());
                }
                Some(_) => {}
            }
        }
        flags.extend(options(env).map(|options| flags_of(&options)).into_iter().flatten());
    }
    let mut from = "environment";
    let written = words.options.as_deref().map(flags_of).unwrap_or_default();
    if !written.is_empty() || words.mode.is_some() {
        from = "start.out";
    }
    flags.extend(written);
    flags.extend(words.mode.map(|mode| ("mode".to_owned(), mode.to_owned())));
    (!flags.is_empty()).then_some((flags, from))
}

/// The flags that options set, without those that a command line has by leaving something out.
fn flags_of(options: &str) -> BTreeMap<String, String> {
    let line = CommandLine::default().with_options(options);
    let mut flags = line.flags();
    for (flag, key) in [("mode", "nacos.standalone"), ("storage", "embeddedStorage")] {
        if line.get(key).is_none() {
            flags.remove(flag);
        }
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_variables_of_the_image_are_flags() {
        let env =
            env(&[("MODE", "standalone"), ("EMBEDDED_STORAGE", "embedded"), ("PREFER_HOST_MODE", "ip"), ("X", "y")]);
        let (flags, from) = told(Some(&env), &StartWords::default()).expect("flags");
        let expected = [("mode", "standalone"), ("storage", "embedded")];
        assert_eq!(flags.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>(), expected);
        assert_eq!(from, "environment");
        assert_eq!(told(None, &StartWords::default()), None);
        assert_eq!(told(Some(&BTreeMap::new()), &StartWords::default()), None);
    }

    #[test]
    fn what_a_server_writes_outweighs_its_environment() {
        let banner = "Picked up JAVA_TOOL_OPTIONS: -Dnacos.standalone=true -Xmx1g\n\
             ,--.\n,`--.'`|  ' :   ,---.   Running in stand alone mode, All function modules\n";
        let words = StartWords::read(banner);
        assert_eq!(words.mode, Some("standalone"));
        assert_eq!(words.options.as_deref(), Some("-Dnacos.standalone=true -Xmx1g"));
        let (flags, from) = told(Some(&env(&[("MODE", "cluster")])), &words).expect("flags");
        assert_eq!((flags["mode"].as_str(), flags["-Xmx"].as_str(), from), ("standalone", "1g", "start.out"));
        assert_eq!(StartWords::read("x Running in cluster mode, All function modules").mode, Some("cluster"));
        let only = told(None, &StartWords { options: Some("-Dfile.encoding=UTF-8".to_owned()), mode: None });
        assert_eq!(only, None);
    }
}
