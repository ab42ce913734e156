//! How a home on another host is written: `USER@HOST[:PORT]:PATH`, and behind it `,name=value` for what else was set.
//!
//! The one grammar of it, for the command line and for forms; what is printed here is read back the same.

use std::fmt::{self, Display, Formatter};

use super::cluster::{CredentialRef, SshHost, SshKey, SshLocation};

/// What may stand behind a place over SSH.
pub const OPTIONS: [&str; 5] = ["key", "passphrase", "known_hosts", "jump", "kernel"];

/// Why a text names no place. Holds nothing of what might be a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SshLocationError {
    /// Not `USER@HOST[:PORT]:PATH`.
    Location,
    /// `key=` is neither `agent` nor `file:PATH`.
    Key,
    /// `passphrase=` is neither `env:VARIABLE` nor `file:PATH`.
    Passphrase,
    /// `jump=` is no `USER@HOST[:PORT]`.
    Jump,
    /// `kernel=` is neither `on` nor `off`.
    Kernel,
    /// No option of a place, or the same one twice.
    Option,
}

impl SshLocation {
    /// Reads a place with its options.
    ///
    /// # Errors
    /// What of it is wrong.
    pub fn parse_with_options(text: &str) -> Result<Self, SshLocationError> {
        let (head, options) = split_options(text);
        let mut seen: Vec<&str> = Vec::new();
        let mut place = Self::parse(&head).ok_or(SshLocationError::Location)?;
        for (name, value) in &options {
            if seen.contains(name) {
                return Err(SshLocationError::Option);
            }
            seen.push(name);
            place.set(name, value)?;
        }
        Ok(place)
    }

    /// Reads `USER@HOST[:PORT]:PATH`: `nacos@10.0.0.1:/home/nacos`, `root@[fd00::1]:2222:/opt/nacos`, `nacos@n1:~/nacos`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (host, rest) = parse_ssh_host(text.trim())?;
        let home = rest.strip_prefix(':')?.trim();
        if home.is_empty() || home.ends_with('\\') || home.chars().any(char::is_control) {
            return None;
        }
        Some(Self {
            host,
            home: home.to_owned(),
            jump: None,
            key: SshKey::Usual,
            passphrase: None,
            known_hosts: None,
            kernel_log: false,
        })
    }

    /// Sets one option.
    ///
    /// # Errors
    /// There is none of that name, or the value is none that it takes.
    pub fn set(&mut self, option: &str, value: &str) -> Result<(), SshLocationError> {
        match option {
            // Printed again, it would swallow the option behind it.
            _ if value.ends_with('\\') => return Err(SshLocationError::Option),
            "key" => self.key = SshKey::parse(value).ok_or(SshLocationError::Key)?,
            "passphrase" => self.passphrase = Some(CredentialRef::parse(value).ok_or(SshLocationError::Passphrase)?),
            "known_hosts" => self.known_hosts = (!value.is_empty()).then(|| value.into()),
            "jump" => self.jump = Some(SshHost::parse(value).ok_or(SshLocationError::Jump)?),
            "kernel" => {
                self.kernel_log = match value {
                    "on" => true,
                    "off" => false,
                    _ => return Err(SshLocationError::Kernel),
                }
            }
            _ => return Err(SshLocationError::Option),
        }
        Ok(())
    }
}

impl Display for SshLocation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, Written(&self.home))?;
        match &self.key {
            SshKey::Usual => {}
            SshKey::Agent => f.write_str(",key=agent")?,
            SshKey::File { path } => write!(f, ",key=file:{}", Written(&path.to_string_lossy()))?,
        }
        if let Some(passphrase) = &self.passphrase {
            write!(f, ",passphrase={}", Written(&passphrase.to_string()))?;
        }
        if let Some(file) = &self.known_hosts {
            write!(f, ",known_hosts={}", Written(&file.to_string_lossy()))?;
        }
        if let Some(jump) = &self.jump {
            write!(f, ",jump={jump}")?;
        }
        if self.kernel_log { f.write_str(",kernel=on") } else { Ok(()) }
    }
}

impl SshKey {
    /// Reads `agent` or `file:PATH`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':').unwrap_or((text, "")) {
            ("agent", "") => Some(Self::Agent),
            ("file", path) if !path.is_empty() => Some(Self::File { path: path.into() }),
            _ => None,
        }
    }
}

impl CredentialRef {
    /// Reads `env:VARIABLE` or `file:PATH`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':')? {
            ("env", name) => Self::variable(name),
            ("file", path) if !path.is_empty() => Some(Self::File { path: path.into() }),
            _ => None,
        }
    }

    /// An environment variable, if that can be the name of one.
    #[must_use]
    pub fn variable(name: &str) -> Option<Self> {
        let good = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        good.then(|| Self::Env { name: name.to_owned() })
    }
}

impl Display for CredentialRef {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env { name } => write!(f, "env:{name}"),
            Self::File { path } => write!(f, "file:{}", path.display()),
        }
    }
}

impl Display for SshHost {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match (self.host.contains(':'), self.port) {
            (false, 22) => write!(f, "{}@{}", self.user, self.host),
            (false, port) => write!(f, "{}@{}:{port}", self.user, self.host),
            (true, port) => write!(f, "{}@[{}]:{port}", self.user, self.host),
        }
    }
}

impl SshHost {
    /// Reads `USER@HOST[:PORT]`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        parse_ssh_host(text.trim()).filter(|(_, rest)| rest.is_empty()).map(|(host, _)| host)
    }
}

/// `USER@HOST[:PORT]` and what stands behind it.
fn parse_ssh_host(text: &str) -> Option<(SshHost, &str)> {
    let (user, rest) = text.split_once('@')?;
    let (host, rest) = match rest.strip_prefix('[') {
        Some(v6) => {
            let (host, rest) = v6.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, rest)
        }
        None => rest.split_at(rest.find(':').unwrap_or(rest.len())),
    };
    let good_user = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '\\' | '$');
    let good_host = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    if user.is_empty() || !user.chars().all(good_user) || user.starts_with('-') {
        return None;
    }
    if host.is_empty() || host.len() > 253 || !host.chars().all(good_host) || host.starts_with('-') {
        return None;
    }
    let after = rest.strip_prefix(':').unwrap_or_default();
    let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
    let (port, rest) = match after.split_at(digits) {
        (port, behind) if !port.is_empty() && (behind.is_empty() || behind.starts_with(':')) => {
            (port.parse().ok().filter(|port| *port > 0)?, behind)
        }
        _ => (22, rest),
    };
    Some((SshHost { user: user.to_owned(), host: host.to_owned(), port }, rest))
}

/// What stands before the first option, and the options. `,word=` begins one; any other comma belongs to what it stands
/// in, and so does one behind a backslash (`\,word=`), which is taken away.
#[must_use]
pub fn split_options(text: &str) -> (String, Vec<(&str, String)>) {
    let begins: Vec<(usize, &str)> = commas(text).filter_map(|(at, begins)| Some((at, begins?))).collect();
    let end = |nth: usize| begins.get(nth).map_or(text.len(), |(at, _)| *at);
    let value = |part: &str| unwritten(part.split_once('=').map_or("", |(_, value)| value));
    let options =
        begins.iter().enumerate().map(|(nth, (at, word))| (*word, value(&text[at + 1..end(nth + 1)]))).collect();
    (unwritten(&text[..end(0)]), options)
}

/// Where commas with `word=` behind them stand, and the word unless a backslash stands before the comma.
fn commas(text: &str) -> impl Iterator<Item = (usize, Option<&str>)> {
    text.match_indices(',').filter_map(|(at, _)| {
        let (word, _) = text[at + 1..].split_once('=')?;
        let word = word.trim_start();
        let good = !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        good.then(|| (at, (!text[..at].ends_with('\\')).then_some(word)))
    })
}

/// Takes the backslashes away that keep a comma from beginning an option.
fn unwritten(text: &str) -> String {
    let mut plain = text.to_owned();
    for (at, _) in commas(text).filter(|(_, begins)| begins.is_none()).collect::<Vec<_>>().into_iter().rev() {
        plain.remove(at - 1);
    }
    plain.trim().to_owned()
}

/// A text in which no comma begins an option.
struct Written<'a>(&'a str);

impl Display for Written<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut from = 0;
        for (at, _) in commas(self.0) {
            write!(f, "{}\\", &self.0[from..at])?;
            from = at;
        }
        f.write_str(&self.0[from..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_back_the_same() {
        let homes = ["/opt/nacos", "~/nacos", "/a,b/c d", "/a,b=c", "/a,,kernel=on/x", r"/a\,jump=b", "/数据,中=文"];
        let files = ["/k/id", "/k/id,1", "/k,jump=x/id", r"C:\k\id"];
        let hosts = ["nacos@n1", "ops@10.0.0.1:2200", r"DOM\ops@[fd00::1]:22"];
        let mut places = Vec::new();
        for home in homes {
            for (nth, host) in hosts.iter().enumerate() {
                let plain = SshLocation {
                    host: SshHost::parse(host).expect("a host"),
                    home: home.to_owned(),
                    jump: None,
                    key: SshKey::Usual,
                    passphrase: None,
                    known_hosts: None,
                    kernel_log: nth == 1,
                };
                for file in files {
                    places.push(SshLocation {
                        jump: SshHost::parse(hosts[2 - nth]),
                        key: SshKey::File { path: file.into() },
                        passphrase: CredentialRef::variable("NACOS_2"),
                        known_hosts: Some(file.into()),
                        ..plain.clone()
                    });
                    let passphrase = Some(CredentialRef::File { path: file.into() });
                    places.push(SshLocation { key: SshKey::Agent, passphrase, ..plain.clone() });
                }
                places.push(plain);
            }
        }
        for place in places {
            assert_eq!(SshLocation::parse_with_options(&place.to_string()), Ok(place.clone()), "{place}");
        }
    }

    #[test]
    fn a_comma_begins_an_option_only_before_a_word_and_a_sign_of_equality() {
        let split = |text| {
            let (head, options) = split_options(text);
            (head, options.into_iter().map(|(name, value)| format!("{name}:{value}")).collect::<Vec<_>>())
        };
        let owned = |head: &str, options: &[&str]| (head.to_owned(), options.iter().map(|o| (*o).to_owned()).collect());
        assert_eq!(split("/a,b,c"), owned("/a,b,c", &[]));
        assert_eq!(split("/a , key = agent , kye=x,1"), owned("/a , key = agent", &["kye:x,1"]));
        assert_eq!(split("/a,key=file:/k/id,1, jump=o@g"), owned("/a", &["key:file:/k/id,1", "jump:o@g"]));
        assert_eq!(split(r"/a\,b=c,d="), owned("/a,b=c", &["d:"]));
        assert_eq!(split("/a,B=c,=d"), owned("/a,B=c,=d", &[]));
    }

    #[test]
    fn says_what_of_a_place_is_wrong() {
        for (text, wrong) in [
            ("nacos@n1", SshLocationError::Location),
            (r"nacos@n1:/a\", SshLocationError::Location),
            ("nacos@n1:/a,key=geheim", SshLocationError::Key),
            ("nacos@n1:/a,key=file:", SshLocationError::Key),
            ("nacos@n1:/a,key=agent:x", SshLocationError::Key),
            ("nacos@n1:/a,passphrase=geheim", SshLocationError::Passphrase),
            ("nacos@n1:/a,passphrase=env:A B", SshLocationError::Passphrase),
            ("nacos@n1:/a,passphrase=env:", SshLocationError::Passphrase),
            ("nacos@n1:/a,jump=gate", SshLocationError::Jump),
            ("nacos@n1:/a,jump=o@g,jump=o@h", SshLocationError::Option),
            ("nacos@n1:/a,kernel=maybe", SshLocationError::Kernel),
            ("nacos@n1:/a,kye=agent", SshLocationError::Option),
            (r"nacos@n1:/a,known_hosts=/k\", SshLocationError::Option),
        ] {
            assert_eq!(SshLocation::parse_with_options(text), Err(wrong), "{text}");
        }
        let agent = SshLocation::parse_with_options("nacos@n1:/a,key=agent:,known_hosts=").expect("a place");
        assert_eq!((agent.key, agent.known_hosts), (SshKey::Agent, None));
    }
}
