//! Which clients a person means: an address, a range of addresses, or an application. Pure.
//!
//! # Why
//! Addresses come from nodes and are text; a person types one in the form that is at hand. So both are read as addresses and
//! compared as such: `10.0.4.07` is none, `::ffff:10.0.4.7` is `10.0.4.7`. What is no address covers no client by address.
//! A range that covers about everything says nothing of anybody, so it is refused: the widest are [`WIDEST_V4`] and
//! [`WIDEST_V6`].

use std::cmp::Reverse;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::connected::ClientKey;

/// Fewest leading bits of a range of IPv4 addresses: a private network such as `10.0.0.0/8`.
pub const WIDEST_V4: u8 = 8;
/// Fewest leading bits of a range of IPv6 addresses.
pub const WIDEST_V6: u8 = 16;
/// Most characters of an application; clients are kept with no more.
const MOST_CHARS: usize = 100;

/// Clients that a person means.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum ClientSet {
    /// All at one address.
    Address(IpAddr),
    /// All of a range of addresses.
    Range(AddressRange),
    /// All that tell this name of an application.
    Application(String),
}

/// A range of addresses, as `10.0.4.0/24`. The bits behind the prefix are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AddressRange {
    network: IpAddr,
    prefix: u8,
}

/// Why a text names no clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoClientSet {
    /// There is nothing.
    #[error("nothing is named")]
    Empty,
    /// It looks like an address or a range, and is none.
    #[error("it is no address and no range such as 10.0.4.0/24")]
    NoAddress,
    /// It covers so much that it says nothing.
    #[error("the range is too wide")]
    TooWide,
    /// No application has so long a name.
    #[error("it is too long")]
    TooLong,
}

impl NoClientSet {
    /// Key of the sentence.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Empty => "invalid-clients-empty",
            Self::NoAddress => "invalid-clients-address",
            Self::TooWide => "invalid-clients-wide",
            Self::TooLong => "invalid-clients-long",
        }
    }
}

impl ClientSet {
    /// Reads what a person typed: an address, a range, else the name of an application.
    ///
    /// # Errors
    /// [`NoClientSet`].
    pub fn parse(text: &str) -> Result<Self, NoClientSet> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NoClientSet::Empty);
        }
        if let Some(address) = address(text) {
            return Ok(Self::Address(address));
        }
        if is_like_an_address(text) {
            let range: AddressRange = text.parse()?;
            return Ok(range.only().map_or(Self::Range(range), Self::Address));
        }
        if text.chars().count() > MOST_CHARS {
            return Err(NoClientSet::TooLong);
        }
        Ok(Self::Application(text.to_owned()))
    }

    /// Whether a client is one of them.
    #[must_use]
    pub fn covers(&self, client: &ClientKey) -> bool {
        match self {
            Self::Address(own) => address(&client.ip) == Some(*own),
            Self::Range(range) => address(&client.ip).is_some_and(|address| range.holds(address)),
            Self::Application(name) => client.app.as_deref() == Some(name),
        }
    }

    /// Stable name of the kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Address(_) => "address",
            Self::Range(_) => "range",
            Self::Application(_) => "application",
        }
    }

    /// What says more of a client stands first: an address, an application, then ranges from the narrowest on.
    #[must_use]
    pub const fn breadth(&self) -> (u8, Reverse<u32>) {
        match self {
            Self::Address(_) => (0, Reverse(0)),
            Self::Application(_) => (1, Reverse(0)),
            Self::Range(range) => (2, Reverse(range.share())),
        }
    }
}

impl fmt::Display for ClientSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Range(range) => range.fmt(f),
            Self::Application(name) => f.write_str(name),
        }
    }
}

impl AddressRange {
    /// Whether an address is in it.
    #[must_use]
    pub fn holds(self, address: IpAddr) -> bool {
        masked(address, self.prefix) == Some(self.network)
    }

    /// Its address, if it is one.
    fn only(self) -> Option<IpAddr> {
        (self.prefix == bits(self.network)).then_some(self.network)
    }

    /// How narrow it is, for both kinds of addresses: how many thousandths of the bits are fixed.
    const fn share(self) -> u32 {
        self.prefix as u32 * 1000 / bits(self.network) as u32
    }
}

impl FromStr for AddressRange {
    type Err = NoClientSet;

    fn from_str(text: &str) -> Result<Self, NoClientSet> {
        let (network, prefix) = text.split_once('/').ok_or(NoClientSet::NoAddress)?;
        if prefix.is_empty() || !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NoClientSet::NoAddress);
        }
        let written: IpAddr = network.parse().map_err(|_| NoClientSet::NoAddress)?;
        let prefix: u8 = prefix.parse().map_err(|_| NoClientSet::NoAddress)?;
        let (network, prefix) = match (written, written.to_canonical()) {
            (IpAddr::V6(_), short @ IpAddr::V4(_)) if prefix >= 96 => (short, prefix - 96),
            _ => (written, prefix),
        };
        let widest = if network.is_ipv4() { WIDEST_V4 } else { WIDEST_V6 };
        let network = masked(network, prefix).ok_or(NoClientSet::NoAddress)?;
        if prefix < widest { Err(NoClientSet::TooWide) } else { Ok(Self { network, prefix }) }
    }
}

impl TryFrom<String> for AddressRange {
    type Error = NoClientSet;

    fn try_from(text: String) -> Result<Self, NoClientSet> {
        text.parse()
    }
}

impl From<AddressRange> for String {
    fn from(range: AddressRange) -> Self {
        range.to_string()
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.prefix)
    }
}

const fn bits(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// The address with zeros behind its first bits; `None`: it has not so many.
fn masked(address: IpAddr, prefix: u8) -> Option<IpAddr> {
    let behind = bits(address).checked_sub(prefix)?.into();
    Some(match address {
        IpAddr::V4(v4) => Ipv4Addr::from_bits(v4.to_bits() & u32::MAX.checked_shl(behind).unwrap_or(0)).into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & u128::MAX.checked_shl(behind).unwrap_or(0)).into(),
    })
}

/// The address that a text is, without the zone of a link.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.split_once('%').map_or(text, |(address, _)| address);
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// Whether somebody who typed it meant an address or a range: digits and points, hexadecimal digits and several colons, or an
/// address before a slash.
fn is_like_an_address(text: &str) -> bool {
    let (front, behind) = text.split_once('/').unwrap_or((text, ""));
    let is_v4 = front.contains('.') && front.chars().all(|c| c.is_ascii_digit() || c == '.');
    let is_v6 = front.matches(':').count() > 1 && front.chars().all(|c| c.is_ascii_hexdigit() || ":.".contains(c));
    is_v4 || is_v6 || address(front).is_some() && !behind.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(ip: &str, app: &str) -> ClientKey {
        ClientKey { ip: ip.to_owned(), app: Some(app.to_owned()).filter(|app| !app.is_empty()), module: None }
    }

    fn set(text: &str) -> ClientSet {
        ClientSet::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn what_is_typed_is_an_address_a_range_or_an_application() {
        for (text, kind, shown) in [
            ("10.0.4.7", "address", "10.0.4.7"),
            ("  10.0.4.7 ", "address", "10.0.4.7"),
            ("10.0.4.7/32", "address", "10.0.4.7"),
            ("::ffff:10.0.4.7", "address", "10.0.4.7"),
            ("FD00:0:0:0:0:0:0:1", "address", "fd00::1"),
            ("10.0.4.0/24", "range", "10.0.4.0/24"),
            ("10.0.4.7/24", "range", "10.0.4.0/24"),
            ("::ffff:10.0.4.0/120", "range", "10.0.4.0/24"),
            ("10.0.0.0/8", "range", "10.0.0.0/8"),
            ("fd00:1:2::/48", "range", "fd00:1:2::/48"),
            ("order", "application", "order"),
            ("order.v2", "application", "order.v2"),
            ("team/order", "application", "team/order"),
            ("a:b", "application", "a:b"),
            ("订单", "application", "订单"),
        ] {
            let set = set(text);
            assert_eq!((set.kind(), set.to_string().as_str()), (kind, shown), "{text}");
            let json = serde_json::to_string(&set).expect("json");
            assert_eq!(serde_json::from_str::<ClientSet>(&json).expect("the same"), set, "{json}");
        }
    }

    #[test]
    fn what_is_no_range_or_covers_everything_is_refused() {
        for (text, why) in [
            ("", NoClientSet::Empty),
            ("   ", NoClientSet::Empty),
            ("10.0.4", NoClientSet::NoAddress),
            ("10.0.4.256", NoClientSet::NoAddress),
            ("10.0.4.07", NoClientSet::NoAddress),
            ("10.0.4.0/", NoClientSet::NoAddress),
            ("10.0.4.0/33", NoClientSet::NoAddress),
            ("10.0.4.0/+8", NoClientSet::NoAddress),
            ("10.0.4.0/-1", NoClientSet::NoAddress),
            ("10.0.4.0/24/8", NoClientSet::NoAddress),
            ("10.0.4.0/255.255.255.0", NoClientSet::NoAddress),
            ("fd00::/129", NoClientSet::NoAddress),
            ("fd00::1::2", NoClientSet::NoAddress),
            ("0.0.0.0/0", NoClientSet::TooWide),
            ("10.0.0.0/7", NoClientSet::TooWide),
            ("::/0", NoClientSet::TooWide),
            ("::ffff:0:0/96", NoClientSet::TooWide),
            ("fd00::/8", NoClientSet::TooWide),
        ] {
            assert_eq!(ClientSet::parse(text), Err(why), "{text}");
        }
        assert_eq!(ClientSet::parse(&"x".repeat(101)), Err(NoClientSet::TooLong));
        let stored = r#"{"kind":"range","value":"0.0.0.0/0"}"#;
        assert!(serde_json::from_str::<ClientSet>(stored).is_err(), "nor is it read");
    }

    #[test]
    fn a_set_covers_its_own_and_nobody_else() {
        for (text, ip, app, covered) in [
            ("10.0.4.7", "10.0.4.7", "order", true),
            ("10.0.4.7", "10.0.4.70", "order", false),
            ("10.0.4.7", "::ffff:10.0.4.7", "", true),
            ("fe80::1", "fe80:0:0:0:0:0:0:1%eth0", "", true),
            ("10.0.4.0/24", "10.0.4.255", "", true),
            ("10.0.4.0/24", "10.0.5.0", "", false),
            ("10.0.4.0/24", "fd00::1", "", false),
            ("10.0.4.0/23", "10.0.5.9", "", true),
            ("fd00:1:2::/48", "fd00:1:2:ffff::9", "", true),
            ("fd00:1:2::/48", "fd00:1:3::9", "", false),
            ("fd00:1:2::/48", "10.0.4.7", "", false),
            ("10.0.4.0/24", "10.0.4.x", "", false),
            ("10.0.4.0/24", "<b>10.0.4.1</b>", "", false),
            ("order", "10.0.4.7", "order", true),
            ("order", "10.0.4.7", "orders", false),
            ("order", "order", "", false),
        ] {
            assert_eq!(set(text).covers(&client(ip, app)), covered, "{text}: {ip} {app}");
        }
    }

    #[test]
    fn what_says_more_stands_first() {
        let mut sets = ["10.0.0.0/8", "fd00:1:2:3::/64", "10.0.4.0/24", "order", "10.0.4.7"].map(set);
        sets.sort_by_key(ClientSet::breadth);
        let shown: Vec<String> = sets.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["10.0.4.7", "order", "10.0.4.0/24", "fd00:1:2:3::/64", "10.0.0.0/8"]);
    }
}
