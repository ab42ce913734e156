//! The command line of a Nacos server: from `/proc/<pid>/cmdline` or from the first line of `start.out`/`startup.log`.

use std::collections::BTreeMap;

use crate::domain::observed::KeyClass;

/// A command line taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// The Java binary.
    pub java: String,
    /// `-Dkey=value`, last one wins as in the JVM. Values may be secret.
    pub system: BTreeMap<String, String>,
    /// `--key=value` of Spring, which win over `-D`. Values may be secret.
    pub arguments: BTreeMap<String, String>,
    /// `-Xmx` → `2g`, `-XX:MaxMetaspaceSize` → `320m`.
    pub sizes: BTreeMap<String, String>,
    /// The jar.
    pub jar: Option<String>,
}

impl CommandLine {
    /// From the arguments as the process has them.
    #[must_use]
    pub fn from_args<S: AsRef<str>>(args: &[S]) -> Self {
        let mut line = Self::default();
        let mut args = args.iter().map(AsRef::as_ref).enumerate().peekable();
        while let Some((index, arg)) = args.next() {
            if index == 0 {
                arg.clone_into(&mut line.java);
            } else if let Some(rest) = arg.strip_prefix("-D") {
                let (key, value) = rest.split_once('=').unwrap_or((rest, ""));
                line.system.insert(key.to_owned(), value.to_owned());
            } else if let Some(rest) = arg.strip_prefix("--") {
                let (key, value) = rest.split_once('=').unwrap_or((rest, ""));
                line.arguments.insert(key.to_owned(), value.to_owned());
            } else if let Some((key, value)) = size(arg) {
                line.sizes.insert(key.to_owned(), value.to_owned());
            } else if arg == "-jar" {
                line.jar = args.next().map(|(_, jar)| jar.to_owned());
            }
        }
        line
    }

    /// From one line of text, as `startup.sh` echoes it; `None` if it is no Java command line.
    ///
    /// The text has lost its quotes: a value with blanks continues in the words up to the next option.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        // A container traces it as the shell runs it.
        let text = text.strip_prefix("+ ").unwrap_or(text);
        let mut words = text.strip_prefix("exec ").unwrap_or(text).split_whitespace();
        let java = words.next()?;
        let name = java.rsplit(['/', '\\']).next().unwrap_or(java).trim_matches('"');
        if !matches!(name, "java" | "java.exe") {
            return None;
        }
        let mut args: Vec<String> = vec![java.to_owned()];
        for word in words {
            match args.last_mut() {
                Some(last) if !word.starts_with('-') && last.starts_with("-Dnacos.member.list=") => {
                    last.push(' ');
                    last.push_str(word);
                }
                _ => args.push(word.to_owned()),
            }
        }
        Some(Self::from_args(&args))
    }

    /// With the options of the JVM that stand in a variable (`JAVA_TOOL_OPTIONS`). What the command line says itself wins.
    #[must_use]
    pub fn with_options(mut self, options: &str) -> Self {
        let words: Vec<&str> = std::iter::once("java").chain(options.split_whitespace()).collect();
        let options = Self::from_args(&words);
        for (key, value) in options.system {
            self.system.entry(key).or_insert(value);
        }
        for (key, value) in options.sizes {
            self.sizes.entry(key).or_insert(value);
        }
        self
    }

    /// The value of a key: `--key=value` wins over `-Dkey=value`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.arguments.get(key).or_else(|| self.system.get(key)).map(String::as_str)
    }

    /// `-Dnacos.home`.
    #[must_use]
    pub fn home(&self) -> Option<&str> {
        self.get("nacos.home").filter(|home| !home.is_empty())
    }

    /// The flags that matter, by stable names: `-Xmx` and its like, `mode`, `storage`, `member.list`, `function`,
    /// `server.ip`, `grpc.port.offset`, `deployment`, `java`, `jar`. None of them is secret.
    #[must_use]
    pub fn flags(&self) -> BTreeMap<String, String> {
        let mut flags = self.sizes.clone();
        let mut put = |name: &str, value: Option<&str>| {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                flags.insert(name.to_owned(), value.to_owned());
            }
        };
        let is_true = |key: &str| self.get(key).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        put("mode", Some(if is_true("nacos.standalone") { "standalone" } else { "cluster" }));
        put("storage", Some(if is_true("embeddedStorage") { "embedded" } else { "external" }));
        for (name, key) in [
            ("member.list", "nacos.member.list"),
            ("function", "nacos.functionMode"),
            ("server.ip", "nacos.server.ip"),
            ("grpc.port.offset", "nacos.server.grpc.port.offset"),
            ("deployment", "nacos.deployment.type"),
            ("prefer.hostname", "nacos.preferHostnameOverIp"),
            ("logs", "nacos.logs.path"),
        ] {
            put(name, self.get(key));
        }
        put("java", Some(&self.java));
        put("jar", self.jar.as_deref());
        flags
    }
}

/// How a flag of [`CommandLine::flags`] is compared between nodes.
#[must_use]
pub fn flag_class(name: &str) -> KeyClass {
    match name {
        "mode" | "storage" | "member.list" | "function" | "grpc.port.offset" | "deployment" | "prefer.hostname" => {
            KeyClass::MustEqual
        }
        _ => KeyClass::MayDiffer,
    }
}

fn size(arg: &str) -> Option<(&str, &str)> {
    for key in ["-Xmx", "-Xms", "-Xmn", "-Xss"] {
        if let Some(value) = arg.strip_prefix(key) {
            return Some((key, value));
        }
    }
    for key in [
        "-XX:MaxMetaspaceSize",
        "-XX:MetaspaceSize",
        "-XX:MaxDirectMemorySize",
        "-XX:MaxRAMPercentage",
        "-XX:MaxHeapSize",
        "-XX:ErrorFile",
    ] {
        if let Some(value) = arg.strip_prefix(key).and_then(|rest| rest.strip_prefix('=')) {
            return Some((key, value));
        }
    }
    matches!(arg, "-XX:+ExitOnOutOfMemoryError" | "-XX:+CrashOnOutOfMemoryError").then_some((arg, "true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "/usr/lib/jvm/java-17/bin/java   -DembeddedStorage=true -server -Xms256m -Xmx384m -XX:MaxMetaspaceSize=320m \
        -Dnacos.member.list=10.0.0.1:8848 10.0.0.2:8848 -Dnacos.home=/opt/nacos -jar /opt/nacos/target/nacos-server.jar  \
        --spring.config.additional-location=file:/opt/nacos/conf/ --server.max-http-header-size=524288";

    #[test]
    fn reads_the_first_line_of_start_out() {
        let line = CommandLine::from_text(LINE).expect("a command line");
        assert_eq!(line.home(), Some("/opt/nacos"));
        let flags = line.flags();
        for (name, value) in [
            ("-Xmx", "384m"),
            ("-Xms", "256m"),
            ("-XX:MaxMetaspaceSize", "320m"),
            ("mode", "cluster"),
            ("storage", "embedded"),
            ("member.list", "10.0.0.1:8848 10.0.0.2:8848"),
            ("jar", "/opt/nacos/target/nacos-server.jar"),
        ] {
            assert_eq!(flags.get(name).map(String::as_str), Some(value), "{name}");
        }
        assert_eq!(CommandLine::from_text("Nacos is starting..."), None);
        assert_eq!(CommandLine::from_text(""), None);
    }

    #[test]
    fn spring_arguments_win_over_system_properties() {
        let args = ["java", "-Dserver.port=1", "--server.port=2", "-Dnacos.standalone=true", "-Dnacos.member.list="];
        let line = CommandLine::from_args(&args);
        assert_eq!(line.get("server.port"), Some("2"));
        assert_eq!(line.flags()["mode"], "standalone");
        assert!(!line.flags().contains_key("member.list"), "an empty list is none");
        assert_eq!(flag_class("mode"), KeyClass::MustEqual);
        assert_eq!(flag_class("-Xmx"), KeyClass::MayDiffer);
    }

    #[test]
    fn options_of_a_variable_count_where_the_command_line_is_silent() {
        let line =
            CommandLine::from_text("+ exec /opt/java/bin/java -Xmx1g -jar nacos-server.jar").expect("a command line");
        let line = line.with_options("-Dnacos.standalone=true -Xmx2g");
        assert_eq!((line.flags()["mode"].as_str(), line.flags()["-Xmx"].as_str()), ("standalone", "1g"));
        let line =
            CommandLine::from_args(&["java", "-Dnacos.standalone=false"]).with_options("-Dnacos.standalone=true");
        assert_eq!(line.flags()["mode"], "cluster");
    }

    #[test]
    fn any_text_is_read_without_panic() {
        for seed in 0..200 {
            let text = crate::nacos::fuzz::text(seed, 300);
            let _ = CommandLine::from_text(&format!("java {text}")).map(|line| line.flags());
        }
    }
}
