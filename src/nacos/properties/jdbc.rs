//! JDBC URLs: where they lead, and how they are shown.

use std::ops::Range;

/// `host:port/schema` of a JDBC URL, in lower case, parameters left out; several hosts stay as they are written.
#[must_use]
pub fn target(url: &str) -> String {
    let url = url.trim();
    let rest = url.strip_prefix("jdbc:").unwrap_or(url);
    let (scheme, rest) = rest.split_once(':').unwrap_or(("", rest));
    let rest = rest.strip_prefix("thin:").unwrap_or(rest);
    let rest = rest.trim_start_matches('@').trim_start_matches('/');
    let rest = rest.split(['?', ';']).next().unwrap_or_default();
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let (hosts, schema) = rest.split_once('/').unwrap_or((rest, ""));
    let port = match scheme {
        "mysql" | "mariadb" => "3306",
        "postgresql" => "5432",
        "oracle" => "1521",
        "sqlserver" => "1433",
        "dm" => "5236",
        _ => "",
    };
    let hosts: Vec<String> = hosts
        .split(',')
        .map(|host| {
            let host = host.trim().to_ascii_lowercase();
            let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
            if has_port || port.is_empty() { host } else { format!("{host}:{port}") }
        })
        .collect();
    let schema = schema.trim_end_matches('/');
    if schema.is_empty() { hosts.join(",") } else { format!("{}/{schema}", hosts.join(",")) }
}

/// Hosts and ports of a [`target`]; none of what is not known or no host.
#[must_use]
pub fn hosts(target: &str) -> Vec<(String, u16)> {
    let hosts = target.split('/').next().unwrap_or_default();
    let is_host = |host: &str| {
        let allowed = |char: char| char.is_ascii_alphanumeric() || matches!(char, '.' | '-' | '_' | ':');
        !host.is_empty() && host.len() <= 253 && host.chars().all(allowed)
    };
    hosts
        .split(',')
        .filter_map(|one| {
            let (host, port) = one.rsplit_once(':')?;
            let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
            let port = port.parse::<u16>().ok().filter(|port| *port > 0)?;
            is_host(host).then(|| (host.to_owned(), port))
        })
        .collect()
}

/// The passwords in a JDBC URL, as written.
#[must_use]
pub fn passwords(url: &str) -> Vec<&str> {
    let Some(at) = url.find("jdbc:") else { return Vec::new() };
    places(&url[at..]).into_iter().map(|place| &url[at..][place]).collect()
}

/// The URL with every password in it replaced by `#` and its digest.
pub fn masked(url: &str, digest: impl Fn(&str) -> String) -> String {
    let mut shown = String::with_capacity(url.len());
    let mut at = 0;
    for place in places(url) {
        shown.push_str(&url[at..place.start]);
        shown.push('#');
        let secret = &url[place.clone()];
        match super::digest::digest_in(secret) {
            Some(kept) => shown.push_str(kept),
            None => shown.push_str(&digest(secret)),
        }
        at = place.end;
    }
    shown.push_str(&url[at..]);
    shown
}

/// Where the passwords of a URL stand, in order: behind the name of the user, in Oracle's own way, in its parameters.
fn places(url: &str) -> Vec<Range<usize>> {
    // SQL Server parts its parameters by `;`, all others have them behind a `?`.
    let (first, between) = if url.contains('?') { ('?', '&') } else { (';', ';') };
    let base = url.find(first).unwrap_or(url.len());
    let mut found = Vec::new();
    if let Some(thin) = url[..base].find("oracle:").map(|at| at + "oracle:".len())
        && let Some(end) = url[..base].rfind('@')
        && let Some(start) = url[thin..end].find('/').map(|at| thin + at + 1)
    {
        found.push(start..end);
    } else if let (Some(start), Some(end)) = (url[..base].find("//").map(|at| at + 2), url[..base].rfind('@'))
        && start < end
        && let Some(colon) = url[start..end].find(':').map(|at| start + at + 1)
    {
        found.push(colon..end);
    }
    let mut at = base;
    for part in url[base..].split_inclusive([first, between]) {
        let pair = part.trim_end_matches([first, between]);
        if let Some((key, value)) = pair.split_once('=')
            && super::keys::is_secret(key.trim())
        {
            found.push(at + key.len() + 1..at + key.len() + 1 + value.len());
        }
        at += part.len();
    }
    found.retain(|place| !place.is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_target() {
        for (url, expected) in [
            (
                "jdbc:mysql://127.0.0.1:3306/nacos_config?characterEncoding=utf8&connectTimeout=1000",
                "127.0.0.1:3306/nacos_config",
            ),
            ("jdbc:mysql://DB.example/nacos", "db.example:3306/nacos"),
            ("jdbc:mysql://user:p@ss@db:3307/nacos", "db:3307/nacos"),
            ("jdbc:mysql://a:1,b:2/nacos?x", "a:1,b:2/nacos"),
            ("jdbc:postgresql://pg/nacos", "pg:5432/nacos"),
            ("jdbc:oracle:thin:@//ora:1521/SVC", "ora:1521/SVC"),
            ("jdbc:sqlserver://ms;databaseName=x", "ms:1433"),
            ("", ""),
            ("nonsense", "nonsense"),
        ] {
            assert_eq!(target(url), expected, "{url}");
        }
    }

    #[test]
    fn only_hosts_that_are_known_are_asked() {
        let hosts = |url: &str| {
            super::hosts(&target(url)).into_iter().map(|(host, port)| format!("{host} {port}")).collect::<Vec<_>>()
        };
        assert_eq!(hosts("jdbc:mysql://a:1,b:2/nacos?x"), ["a 1", "b 2"]);
        assert_eq!(hosts("jdbc:postgresql://pg/nacos"), ["pg 5432"]);
        for unknown in [
            "jdbc:mysql://${MYSQL_SERVICE_HOST}:3306/nacos",
            "jdbc:mysql://db:${PORT}/x",
            "",
            "nonsense",
            "jdbc:mysql://a b:1/x",
        ] {
            assert!(hosts(unknown).is_empty(), "{unknown}");
        }
    }

    #[test]
    fn passwords_are_masked_wherever_they_stand() {
        let shown =
            masked("jdbc:mysql://user:hunter2@db/nacos?user=u&password=hunter2&useSSL=false", |_| "d".to_owned());
        assert_eq!(shown, "jdbc:mysql://user:#d@db/nacos?user=u&password=#d&useSSL=false");
        for (url, expected) in [
            ("jdbc:oracle:thin:scott/tiger@//ora:1521/S", "jdbc:oracle:thin:scott/#d@//ora:1521/S"),
            ("jdbc:oracle:thin:@//ora:1521/S", "jdbc:oracle:thin:@//ora:1521/S"),
            ("jdbc:sqlserver://ms;user=sa;password=x;a=b", "jdbc:sqlserver://ms;user=sa;password=#d;a=b"),
            ("jdbc:mysql://db/n?password=a;b&x=1", "jdbc:mysql://db/n?password=#d&x=1"),
        ] {
            assert_eq!(masked(url, |_| "d".to_owned()), expected, "{url}");
        }
        assert_eq!(passwords("jdbc:mysql://user:hunter2@db/nacos?password=x2"), ["hunter2", "x2"]);
    }
}
