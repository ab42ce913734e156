//! Whose clients they are: for addresses, ranges and applications of a cluster, whom to tell. Pure.
//!
//! # Why
//! A list of a hundred addresses helps nobody at night; "these three are yours" does. Of several lines that cover a client
//! the one that says most of it counts ([`ClientSet::breadth`]), whatever their order: an address before an application, an
//! application before a range, a narrow range before a wide one.
//!
//! Whom to tell is words, for a person at a telephone. A line may name a channel as well: then they are told by themselves, see
//! [`super::owner_told`].

use super::client_set::{ClientSet, NoClientSet};
use super::connected::ClientKey;
use super::id::ChannelId;

/// Most lines of a cluster.
pub const MOST: usize = 500;
/// Most characters of an owner.
pub const MOST_CHARS: usize = 200;
/// What may stand between clients and their owner; the first of these counts.
const BETWEEN: [&str; 4] = ["→", "=>", "->", "="];
/// What stands between an owner and a channel.
const BARS: [char; 2] = ['|', '｜'];

/// Whose some clients are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientOwner {
    /// Which.
    pub what: ClientSet,
    /// Whom to tell, in words.
    pub owner: String,
    /// Through which channel they are told by themselves.
    pub through: Through,
}

/// Through which channel an owner is told without a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Through {
    /// None: a person tells them.
    #[default]
    Nothing,
    /// This one.
    Channel {
        /// Which.
        id: ChannelId,
        /// Its name.
        name: String,
    },
    /// None any more: it was deleted.
    Deleted {
        /// The name that it had.
        name: String,
    },
}

impl Through {
    /// The channel.
    #[must_use]
    pub const fn channel(&self) -> Option<ChannelId> {
        match self {
            Self::Channel { id, .. } => Some(*id),
            Self::Nothing | Self::Deleted { .. } => None,
        }
    }
}

/// A line that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} cannot be taken")]
pub struct BadOwnerLine {
    /// Which, from 1.
    pub line: usize,
    /// Why.
    pub why: WhyBad,
}

/// Why a line cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyBad {
    /// It names no clients.
    NoClients(NoClientSet),
    /// It names no owner.
    NoOwner,
    /// The owner has too many characters.
    TooLong,
    /// An earlier line names the same clients.
    Twice,
    /// There are too many lines.
    TooMany,
    /// No channel has the name behind the bar.
    NoChannel,
}

impl WhyBad {
    /// Key of the sentence.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::NoClients(why) => why.key(),
            Self::NoOwner => "invalid-owner-none",
            Self::TooLong => "invalid-owner-long",
            Self::Twice => "invalid-owner-twice",
            Self::TooMany => "invalid-owner-many",
            Self::NoChannel => "invalid-owner-channel",
        }
    }
}

impl ClientOwner {
    /// Reads what a person typed: on each line clients, an arrow or a space, and whom to tell; behind a bar the name of one of
    /// the channels. Free lines count for nothing.
    ///
    /// # Errors
    /// The first line that cannot be taken.
    pub fn parse(text: &str, channels: &[(ChannelId, String)]) -> Result<Vec<Self>, BadOwnerLine> {
        let mut owners: Vec<Self> = Vec::new();
        for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
            let bad = |why| BadOwnerLine { line, why };
            let one = Self::of_line(text.trim(), channels).map_err(bad)?;
            if owners.iter().any(|other| other.what == one.what) {
                return Err(bad(WhyBad::Twice));
            }
            if owners.len() >= MOST {
                return Err(bad(WhyBad::TooMany));
            }
            owners.push(one);
        }
        Ok(owners)
    }

    fn of_line(line: &str, channels: &[(ChannelId, String)]) -> Result<Self, WhyBad> {
        let arrow =
            BETWEEN.iter().filter_map(|between| Some((line.find(between)?, *between))).min_by_key(|(at, _)| *at);
        let (what, owner) = match arrow {
            Some((at, between)) => (&line[..at], &line[at + between.len()..]),
            None => line.split_once(char::is_whitespace).unwrap_or((line, "")),
        };
        let what = ClientSet::parse(what).map_err(WhyBad::NoClients)?;
        let (owner, through) = told_through(owner, channels)?;
        let owner = owner.split_whitespace().collect::<Vec<_>>().join(" ");
        match owner.chars().count() {
            0 => Err(WhyBad::NoOwner),
            many if many > MOST_CHARS => Err(WhyBad::TooLong),
            _ => Ok(Self { what, owner, through }),
        }
    }

    /// The line that a person reads and types.
    #[must_use]
    pub fn line(&self) -> String {
        match &self.through {
            Through::Channel { name, .. } => format!("{} → {} | {name}", self.what, self.owner),
            Through::Nothing | Through::Deleted { .. } => format!("{} → {}", self.what, self.owner),
        }
    }

    /// Whose a client is; `None`: no line says.
    #[must_use]
    pub fn of<'o>(all: &'o [Self], client: &ClientKey) -> Option<&'o str> {
        Self::line_of(all, client).map(|one| one.owner.as_str())
    }

    /// The line that says whose a client is.
    #[must_use]
    pub fn line_of<'o>(all: &'o [Self], client: &ClientKey) -> Option<&'o Self> {
        all.iter().filter(|one| one.what.covers(client)).min_by_key(|one| one.what.breadth())
    }
}

/// Whom to tell, and through which channel: the first bar counts behind which a channel is named, for its name may have one.
fn told_through<'t>(text: &'t str, channels: &[(ChannelId, String)]) -> Result<(&'t str, Through), WhyBad> {
    let mut rest = None;
    for (at, bar) in text.match_indices(BARS) {
        let name = text[at + bar.len()..].trim();
        if let Some((id, name)) = channels.iter().find(|(_, own)| own == name) {
            return Ok((&text[..at], Through::Channel { id: *id, name: name.clone() }));
        }
        rest = Some((at, name));
    }
    match rest {
        None => Ok((text, Through::Nothing)),
        Some((at, "")) => Ok((&text[..at], Through::Nothing)),
        Some(_) => Err(WhyBad::NoChannel),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_written_the_same() {
        let text =
            "10.0.4.0/24 → team order, ext. 4412\n\n  order => orders = everything \npay\tteam  pay\n10.0.4.7->ann";
        let owners = ClientOwner::parse(text, &[]).expect("owners");
        let lines: Vec<String> = owners.iter().map(ClientOwner::line).collect();
        let expected =
            ["10.0.4.0/24 → team order, ext. 4412", "order → orders = everything", "pay → team pay", "10.0.4.7 → ann"];
        assert_eq!(lines, expected);
        assert_eq!(ClientOwner::parse(&lines.join("\r\n"), &[]), Ok(owners));
    }

    #[test]
    fn a_channel_is_named_behind_a_bar() {
        let channels = [(ChannelId(3), "order team".to_owned()), (ChannelId(4), "a | b".to_owned())];
        let text = "order → team order, ext. 4412 | order team\npay -> pay ｜ a | b\nbill → bill |\n10.0.4.7 → ann";
        let owners = ClientOwner::parse(text, &channels).expect("owners");
        let told: Vec<_> = owners.iter().map(|one| (one.owner.as_str(), one.through.channel())).collect();
        let (three, four) = (Some(ChannelId(3)), Some(ChannelId(4)));
        assert_eq!(told, [("team order, ext. 4412", three), ("pay", four), ("bill", None), ("ann", None)]);
        let lines: Vec<String> = owners.iter().map(ClientOwner::line).collect();
        assert_eq!(lines[1], "pay → pay | a | b");
        assert_eq!(ClientOwner::parse(&lines.join("\n"), &channels), Ok(owners), "it reads what it writes");
        let none = ClientOwner::parse("a → b\norder → team order | order", &channels);
        assert_eq!(none, Err(BadOwnerLine { line: 2, why: WhyBad::NoChannel }), "no guess at a name");
        let lost = Through::Deleted { name: "ops".to_owned() };
        let one = ClientOwner { through: lost, ..ClientOwner::parse("a → b", &[]).expect("one").remove(0) };
        assert_eq!((one.line().as_str(), one.through.channel()), ("a → b", None), "what is deleted is not named again");
    }

    #[test]
    fn a_line_that_cannot_be_taken_is_named() {
        let no_clients = WhyBad::NoClients;
        for (text, line, why) in [
            ("order → a\n\n10.0.4.0/40 → b", 3, no_clients(NoClientSet::NoAddress)),
            ("0.0.0.0/0 → everybody", 1, no_clients(NoClientSet::TooWide)),
            (" → nobody", 1, no_clients(NoClientSet::Empty)),
            ("order", 1, WhyBad::NoOwner),
            ("order →  ", 1, WhyBad::NoOwner),
            ("10.0.4.0/24 → a\n10.0.4.9/24 → b", 2, WhyBad::Twice),
        ] {
            assert_eq!(ClientOwner::parse(text, &[]), Err(BadOwnerLine { line, why }), "{text}");
        }
        let long = format!("order → {}", "x".repeat(MOST_CHARS + 1));
        assert_eq!(ClientOwner::parse(&long, &[]), Err(BadOwnerLine { line: 1, why: WhyBad::TooLong }));
        let many: Vec<String> = (0..=MOST).map(|n| format!("app-{n} → a")).collect();
        assert_eq!(
            ClientOwner::parse(&many.join("\n"), &[]),
            Err(BadOwnerLine { line: MOST + 1, why: WhyBad::TooMany })
        );
    }

    #[test]
    fn the_line_that_says_most_counts() {
        let text = "10.0.0.0/8 → the rest\norder → orders\n10.0.4.0/24 → room 4\n10.0.4.7 → ann";
        let owners = ClientOwner::parse(text, &[]).expect("owners");
        let of = |ip: &str, app: &str| {
            let key = ClientKey { ip: ip.to_owned(), app: Some(app.to_owned()), module: None };
            ClientOwner::of(&owners, &key)
        };
        assert_eq!(of("10.0.4.7", "order"), Some("ann"));
        assert_eq!(of("10.0.4.8", "order"), Some("orders"));
        assert_eq!(of("10.0.4.8", "pay"), Some("room 4"));
        assert_eq!(of("10.0.5.8", "pay"), Some("the rest"));
        assert_eq!(of("192.168.0.1", "pay"), None);
    }
}
