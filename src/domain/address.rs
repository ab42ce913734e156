//! What of an address may be sent: the context path of Nacos and the host. Checked where a person types them, and again
//! where a URL is made of them, for a row that was stored before may hold anything.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// The parts of what a person typed, divided by line ends, commas, semicolons or spaces.
pub(super) fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '，')).filter(|one| !one.is_empty())
}

/// The context path below which a Nacos answers: `/nacos`, or nothing. Letters, digits, `-`, `_`, `.` and `/`.
///
/// # Why
/// It is put in front of every path that is asked. One with a `?` in it once turned a question into a command, so what is
/// stored is read as it stands and told by [`ContextPath::checked`], the only way to what is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContextPath(String);

/// Text that cannot be a context path. It is not repeated: it may hold anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a context path has letters, digits, `-`, `_`, `.` and `/`, such as /nacos, without `..` and `//`")]
pub struct NoContextPath;

impl ContextPath {
    /// Most characters.
    const MOST: usize = 200;

    /// Nacos at the root.
    #[must_use]
    pub const fn root() -> Self {
        Self(String::new())
    }

    /// The one that Nacos is shipped with.
    #[must_use]
    pub fn shipped() -> Self {
        Self("/nacos".to_owned())
    }

    /// Reads `/nacos`, `nacos` or `/nacos/`; `/` is the root.
    ///
    /// # Errors
    /// It cannot be one.
    pub fn parse(text: &str) -> Result<Self, NoContextPath> {
        let text = text.strip_suffix('/').unwrap_or(text);
        let path = Self(if text.is_empty() || text.starts_with('/') { text.to_owned() } else { format!("/{text}") });
        path.checked()?;
        Ok(path)
    }

    /// As it stands, for showing; it may be one that is refused.
    #[must_use]
    pub fn as_shown(&self) -> &str {
        &self.0
    }

    /// What may be sent: empty, or segments that each begin with `/`.
    ///
    /// # Errors
    /// It was stored before it was checked, and cannot be sent.
    pub fn checked(&self) -> Result<&str, NoContextPath> {
        let Some(segments) = self.0.strip_prefix('/') else {
            return if self.0.is_empty() { Ok("") } else { Err(NoContextPath) };
        };
        let is_segment = |segment: &str| {
            !segment.is_empty()
                && segment.chars().any(|c| c != '.')
                && segment.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        };
        let good = self.0.len() <= Self::MOST && !self.0.contains("..") && segments.split('/').all(is_segment);
        if good { Ok(&self.0) } else { Err(NoContextPath) }
    }
}

/// True for a host name, or an IP literal without brackets, that a URL takes as it is written. What ends with a number is an
/// IPv4 address there and no name, so `10.0.0.300` is nothing.
#[must_use]
pub fn is_host(text: &str) -> bool {
    let in_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name = text.strip_suffix('.').unwrap_or(text);
    let last = name.rsplit('.').next().unwrap_or_default();
    let hex = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    let is_number = match hex {
        Some(hex) => hex.chars().all(|c| c.is_ascii_hexdigit()),
        None => last.chars().all(|c| c.is_ascii_digit()),
    };
    let is_name = !name.is_empty() && text.len() <= 253 && text.chars().all(in_name) && !text.contains("..");
    text.parse::<IpAddr>().is_ok() || is_name && !is_number
}

/// True for the address that stands for every address of a machine, and so for no machine: `0.0.0.0` and `::`.
#[must_use]
pub fn is_unspecified(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok_and(|address| address.is_unspecified())
}

/// A host in the one way in which it is written here: names and IP literals that mean the same are the same text.
#[must_use]
pub fn canonical_host(host: &str) -> String {
    host.parse::<IpAddr>().map_or_else(|_| host.to_ascii_lowercase(), |address| address.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_path_is_segments_of_plain_characters() {
        for (text, path) in
            [("", ""), ("/", ""), ("nacos", "/nacos"), ("/nacos/", "/nacos"), ("/a-b/c_d.1", "/a-b/c_d.1")]
        {
            assert_eq!(ContextPath::parse(text).as_ref().map(ContextPath::as_shown), Ok(path), "{text:?}");
        }
        let long = "a".repeat(300);
        for text in [
            "/nacos?x=",
            "/nacos#",
            "/..",
            "/../x",
            "/nacos/..",
            "/a..b",
            "/.",
            "/./x",
            "//",
            "//evil",
            "/nacos//",
            "/a//b",
            "/%2e%2e",
            "/a%2f",
            "/a;b",
            "/a\\b",
            "/@evil",
            "/a b",
            "/a\nb",
            "/a\r\nX: y",
            "/näcos",
            "/nacos\u{200b}",
            "/a:b",
            "/a&b",
            "/a=b",
            &long,
        ] {
            assert_eq!(ContextPath::parse(text), Err(NoContextPath), "{text:?}");
            let stored: ContextPath = serde_json::from_value(serde_json::json!(text)).expect("a stored row is read");
            assert_eq!((stored.as_shown(), stored.checked()), (text, Err(NoContextPath)));
        }
    }

    #[test]
    fn a_host_is_a_name_or_an_ip_literal() {
        for host in ["10.0.0.1", "nacos-1.example", "fd00::1", "::1", "n_1", "localhost", "n1.a2", "n.example.", "1.n"]
        {
            assert!(is_host(host), "{host}");
        }
        for host in [
            "",
            "[::1]",
            "a b",
            "a/b",
            "a@b",
            "a?b",
            "a#b",
            "a\\b",
            "a:80",
            "a%2e",
            "ａ",
            "a\n",
            "a..b",
            "fe80::1%eth0",
            ".",
            "10.0.0.300",
            "10.0.0",
            "10",
            "n.0x1f",
            "nacos.1",
        ] {
            assert!(!is_host(host), "{host:?}");
        }
    }

    #[test]
    fn one_host_is_written_in_one_way() {
        assert_eq!(canonical_host("Nacos-3.EXAMPLE.com"), "nacos-3.example.com");
        assert_eq!(canonical_host("FD00:0:0::1"), "fd00::1");
        assert!(
            is_unspecified("0.0.0.0") && is_unspecified("::") && !is_unspecified("10.0.0.1") && !is_unspecified("n")
        );
    }
}
