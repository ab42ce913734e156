//! `/etc/hosts`: which addresses a machine, or a container on it, gives a name before it asks any name server.

use std::net::IpAddr;

/// Most bytes of such a file that are read.
pub(super) const MOST: u64 = 1024 * 1024;

/// The addresses of a name, in the order of the file; the case of names does not matter.
pub(super) fn addresses(text: &str, name: &str) -> Vec<IpAddr> {
    let name = name.trim_end_matches('.');
    let mut found: Vec<IpAddr> = Vec::new();
    for line in text.lines() {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let Some(address) = words.next().and_then(|word| word.parse::<IpAddr>().ok()) else { continue };
        if words.any(|word| word.trim_end_matches('.').eq_ignore_ascii_case(name)) && !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_as_the_resolver_finds_them() {
        let text = "# nodes\n127.0.0.1\tlocalhost\n10.0.0.1 n1.prod N1 # the first\n10.0.0.2 n2 n1\n::1 localhost\nnonsense n1\n";
        let of = |name| addresses(text, name).iter().map(IpAddr::to_string).collect::<Vec<_>>();
        assert_eq!(of("n1"), ["10.0.0.1", "10.0.0.2"]);
        assert_eq!(of("N1.PROD."), ["10.0.0.1"]);
        assert_eq!(of("localhost"), ["127.0.0.1", "::1"]);
        assert!(of("first").is_empty() && of("nodes").is_empty());
    }
}
