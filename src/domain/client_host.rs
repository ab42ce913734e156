//! Where the own logs of clients lie on other hosts: an inventory that nobody has to keep. Pure.
//!
//! # Why
//! Why a client is not back stands in its own log, and mostly somebody has to be asked for that. Where nodedown may log in to the
//! host of a client it reads the end of that log itself, in rounds of step 5. A place is written as that of a node's home
//! ([`super::ssh_location`]), with the same options; as a path it names the log, or a folder with the logs of an SDK.

use std::collections::BTreeSet;

use super::cluster::SshLocation;
use super::hidden::is_hidden;
use super::ssh_location::SshLocationError;

/// Most lines of a cluster.
pub const MOST: usize = 100;
/// Most characters of the words that say whose log it is.
const MOST_CHARS: usize = 100;
/// What begins a place.
const SCHEME: &str = "ssh:";

/// A client, and where its log lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientHost {
    /// Whose log it is, in words.
    pub client: String,
    /// The host, and the log or its folder as the home.
    pub place: SshLocation,
}

/// Why a line names no log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoClientHost {
    /// It is no `CLIENT = ssh://USER@HOST[:PORT]/PATH`.
    Place,
    /// An option behind it is none, or not one of a log.
    Option,
    /// The words for the client are too long.
    TooLong,
    /// A line before it names the same client.
    Twice,
    /// There are too many lines.
    TooMany,
}

impl NoClientHost {
    /// Key of the sentence.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Place => "invalid-client-host-place",
            Self::Option => "invalid-client-host-option",
            Self::TooLong => "invalid-client-host-long",
            Self::Twice => "invalid-client-host-twice",
            Self::TooMany => "invalid-client-host-many",
        }
    }
}

/// Which line cannot be taken, counted from 1, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadHostLine {
    /// Which.
    pub line: usize,
    /// Why.
    pub why: NoClientHost,
}

impl ClientHost {
    /// Reads lines; free ones are passed over.
    ///
    /// # Errors
    /// The first line that cannot be taken.
    pub fn parse(text: &str) -> Result<Vec<Self>, BadHostLine> {
        let (mut all, mut known): (Vec<Self>, BTreeSet<String>) = (Vec::new(), BTreeSet::new());
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let bad = |why| BadHostLine { line: index + 1, why };
            let one = Self::parse_line(line).map_err(bad)?;
            if all.len() == MOST {
                return Err(bad(NoClientHost::TooMany));
            }
            if !known.insert(one.client.clone()) {
                return Err(bad(NoClientHost::Twice));
            }
            all.push(one);
        }
        Ok(all)
    }

    /// Reads `CLIENT = ssh://USER@HOST[:PORT]/PATH`, or `ssh:USER@HOST[:PORT]:PATH` as for nodes, each with options behind it. A
    /// client that is not named is called by its host.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse_line(line: &str) -> Result<Self, NoClientHost> {
        let begin = line.find(SCHEME).ok_or(NoClientHost::Place)?;
        let (front, place) = (&line[..begin], &line[begin + SCHEME.len()..]);
        let client = front.trim().trim_end_matches(['=', '→', '>', '-']).trim();
        if !front.trim().is_empty() && client.len() == front.trim().len() || client.chars().any(is_hidden) {
            return Err(NoClientHost::Place);
        }
        let place = match place.strip_prefix("//") {
            Some(url) => as_place(url).ok_or(NoClientHost::Place)?,
            None => place.to_owned(),
        };
        let place = SshLocation::parse_with_options(place.trim()).map_err(|error| match error {
            SshLocationError::Location => NoClientHost::Place,
            _ => NoClientHost::Option,
        })?;
        if place.kernel_log {
            return Err(NoClientHost::Option);
        }
        let client = if client.is_empty() { place.host.host.clone() } else { client.to_owned() };
        if client.chars().count() > MOST_CHARS {
            return Err(NoClientHost::TooLong);
        }
        Ok(Self { client, place })
    }

    /// As it is written; read again, it is the same.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{} = {SCHEME}{}", self.client, self.place)
    }
}

/// `USER@HOST[:PORT]/PATH` as a place is written otherwise; `/~/` begins a path below the login's own folder.
fn as_place(url: &str) -> Option<String> {
    let (host, path) = url.split_at(url.find('/')?);
    let path = if path.starts_with("/~/") { &path[1..] } else { path };
    Some(format!("{host}:{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_client_and_a_place() {
        for (text, client, place) in [
            (
                "order 10.0.4.7 = ssh://app@10.0.4.7/home/app/logs/nacos",
                "order 10.0.4.7",
                "app@10.0.4.7:/home/app/logs/nacos",
            ),
            (
                "order → ssh://app@n1:2222/~/logs/nacos/naming.log,key=agent",
                "order",
                "app@n1:2222:~/logs/nacos/naming.log,key=agent",
            ),
            (
                "  pay=ssh:app@[fd00::1]:2200:/var/log/pay.log,jump=ops@gate ",
                "pay",
                "app@[fd00::1]:2200:/var/log/pay.log,jump=ops@gate",
            ),
            ("ssh://app@10.0.4.9/logs", "10.0.4.9", "app@10.0.4.9:/logs"),
        ] {
            let one = ClientHost::parse_line(text).unwrap_or_else(|why| panic!("{text}: {why:?}"));
            assert_eq!((one.client.as_str(), one.place.to_string().as_str()), (client, place), "{text}");
            assert_eq!(ClientHost::parse_line(&one.line()), Ok(one), "{text}");
        }
    }

    #[test]
    fn what_names_no_log_is_refused_with_its_line() {
        let long = format!("{} = ssh://a@h/l", "x".repeat(101));
        for (text, why) in [
            ("order", NoClientHost::Place),
            ("order ssh://a@h/l", NoClientHost::Place),
            ("order = ssh://h/l", NoClientHost::Place),
            ("order = ssh://a@h", NoClientHost::Place),
            ("order = ssh://a@-oProxyCommand=x/l", NoClientHost::Place),
            ("a\u{202e}b = ssh://a@h/l", NoClientHost::Place),
            ("order = ssh://a@h/l,kernel=on", NoClientHost::Option),
            ("order = ssh://a@h/l,key=geheim", NoClientHost::Option),
            (&long, NoClientHost::TooLong),
        ] {
            assert_eq!(ClientHost::parse_line(text), Err(why), "{text}");
        }
        let twice = "a = ssh://a@h/l\n\na = ssh://a@g/l";
        assert_eq!(ClientHost::parse(twice), Err(BadHostLine { line: 3, why: NoClientHost::Twice }));
        let many: Vec<String> = (0..=MOST).map(|n| format!("c{n} = ssh://a@h/l")).collect();
        assert_eq!(
            ClientHost::parse(&many.join("\n")),
            Err(BadHostLine { line: MOST + 1, why: NoClientHost::TooMany })
        );
    }
}
