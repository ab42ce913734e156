//! The `Host` header: a request names one host, once, and with a `public_url` only a host of this server.
//!
//! # Why
//! A page of another site can make its own name lead to this server's address (DNS rebinding) and then read what this
//! server answers to its visitors. With a `public_url` it is known under which names people come, so any other is
//! refused. Ports are not compared: proxies and port mappings change them. Checks of health (`/-/…`) come by any name.

use http::{HeaderMap, Uri, Version, header, uri::Authority};
use std::net::IpAddr;

use crate::web::plumbing::error::WebError;

/// Names under which requests may come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts {
    /// Names, lower case; empty: every name is taken.
    names: Vec<String>,
    /// Any address is taken: the server listens on all of them.
    any_address: bool,
}

impl Hosts {
    /// With a public host: that one, the extra ones, and the address that is listened on. Without: every name.
    #[must_use]
    pub fn new(public: Option<&str>, extra: &[String], listen: Option<IpAddr>) -> Self {
        let Some(public) = public else { return Self::default() };
        let mut names: Vec<String> = extra.iter().map(|host| normalise(host)).collect();
        names.push(normalise(public));
        if let Some(listen) = listen {
            names.push(listen.to_string());
            if listen.is_loopback() || listen.is_unspecified() {
                names.push("localhost".to_owned());
            }
        }
        Self { names, any_address: listen.is_some_and(|listen| listen.is_unspecified()) }
    }

    /// Whether a request may come under the host that it names.
    ///
    /// # Errors
    /// [`WebError::BadHost`] or [`WebError::WrongHost`].
    pub fn check(&self, version: Version, headers: &HeaderMap, uri: &Uri) -> Result<(), WebError> {
        let mut named = headers.get_all(header::HOST).iter();
        let (first, second) = (named.next(), named.next());
        if second.is_some() {
            return Err(WebError::BadHost);
        }
        let given = match first {
            Some(value) => Some(value.to_str().ok().and_then(host_of).ok_or(WebError::BadHost)?),
            // Only programs older than HTTP/1.1 may leave it out.
            None if version <= Version::HTTP_10 => None,
            None => return Err(WebError::BadHost),
        };
        // What stands in the request line goes before the header.
        let host = uri.host().map(normalise).or(given);
        if self.names.is_empty() || uri.path().starts_with("/-/") {
            return Ok(());
        }
        let known =
            host.is_some_and(|host| self.names.contains(&host) || (self.any_address && host.parse::<IpAddr>().is_ok()));
        if known { Ok(()) } else { Err(WebError::WrongHost) }
    }
}

/// The one host that a request names, with its port, to write into a link; `None`: it names none, several, or something else.
#[must_use]
pub fn named(headers: &HeaderMap) -> Option<String> {
    let mut named = headers.get_all(header::HOST).iter();
    let (first, second) = (named.next()?.to_str().ok()?, named.next());
    (second.is_none() && host_of(first).is_some()).then(|| first.to_ascii_lowercase())
}

/// The host of a header's value, or nothing if it is none.
fn host_of(value: &str) -> Option<String> {
    let authority: Authority = value.parse().ok()?;
    let has_user = value.contains('@');
    let bad_port = value.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']') && port.parse::<u16>().is_err());
    let host = authority.host();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    (!has_user && !bad_port && !host.is_empty() && host.chars().all(plain)).then(|| normalise(host))
}

/// Lower case, without the brackets of an IPv6 address, the last dot of a full name, or a port.
fn normalise(host: &str) -> String {
    let host = host.trim();
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None if host.parse::<IpAddr>().is_ok() => host,
        None => host.split(':').next().unwrap_or_default(),
    };
    name.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(hosts: &Hosts, named: &[&str], path: &str) -> u16 {
        let mut headers = HeaderMap::new();
        for name in named {
            headers.append(header::HOST, name.parse().expect("a header"));
        }
        let uri: Uri = path.parse().expect("uri");
        hosts.check(Version::HTTP_11, &headers, &uri).err().map_or(200, |error| error.status().as_u16())
    }

    #[test]
    fn a_request_names_one_host_once() {
        let any = Hosts::default();
        for good in ["a.example", "A.example:8770", "10.0.0.1:80", "[::1]:8770", "[::1]", "localhost"] {
            assert_eq!(check(&any, &[good], "/"), 200, "{good}");
        }
        for bad in ["", "a b", "a/b", "user@a", "a:b", "a:", "a:99999", "http://a", "a,b", ":80"] {
            assert_eq!(check(&any, &[bad], "/"), 400, "{bad:?}");
        }
        assert_eq!(check(&any, &["a", "a"], "/"), 400, "doubled");
        assert_eq!(check(&any, &[], "/"), 400, "none");
        assert_eq!(check(&any, &["a", "b"], "/-/healthy"), 400, "doubled is wrong everywhere");
    }

    #[test]
    fn a_link_names_a_plain_host_or_none() {
        let of = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::HOST, value.parse().expect("a header"));
            }
            named(&headers)
        };
        assert_eq!(of(&["Ops.example:8770"]).as_deref(), Some("ops.example:8770"));
        assert_eq!(of(&["[::1]:80"]).as_deref(), Some("[::1]:80"));
        for bad in [&["user@a"][..], &["a/b"], &["a\"b"], &["a b"], &[""], &["a", "b"], &[]] {
            assert_eq!(of(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn with_a_public_address_others_are_refused() {
        let loopback = Some("127.0.0.1".parse().expect("address"));
        let hosts = Hosts::new(Some("ops.example.cn"), &["Inner.example:81".to_owned()], loopback);
        for good in [
            "ops.example.cn",
            "OPS.example.cn.",
            "ops.example.cn:443",
            "inner.example",
            "127.0.0.1:8770",
            "localhost:1",
        ] {
            assert_eq!(check(&hosts, &[good], "/"), 200, "{good}");
        }
        for bad in ["evil.example", "ops.example.cn.evil.example", "10.0.0.1", "[::1]"] {
            assert_eq!(check(&hosts, &[bad], "/"), 421, "{bad}");
            assert_eq!(check(&hosts, &[bad], "/-/ready"), 200, "{bad}: health is asked by any name");
        }
        assert_eq!(check(&hosts, &["ops.example.cn"], "http://evil.example/"), 421, "the request line counts");
        let everywhere = Hosts::new(Some("ops.example.cn"), &[], Some("0.0.0.0".parse().expect("address")));
        assert_eq!((check(&everywhere, &["10.0.0.1:8770"], "/"), check(&everywhere, &["evil"], "/")), (200, 421));
    }
}
