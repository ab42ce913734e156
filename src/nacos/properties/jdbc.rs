//! JDBC URLs: where they lead, and how they are shown.

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

/// The URL with every password in it replaced by `#` and its digest.
pub fn masked(url: &str, digest: impl Fn(&str) -> String) -> String {
    let (base, query) = match url.split_once('?') {
        Some((base, query)) => (base, Some(query)),
        None => (url, None),
    };
    let mut shown = match (base.find("//"), base.rfind('@')) {
        (Some(start), Some(end)) if start + 2 < end => {
            let user_info = &base[start + 2..end];
            let hidden = match user_info.split_once(':') {
                Some((user, password)) => format!("{user}:#{}", digest(password)),
                None => user_info.to_owned(),
            };
            format!("{}//{hidden}{}", &base[..start], &base[end..])
        }
        _ => base.to_owned(),
    };
    if let Some(query) = query {
        let parts: Vec<String> = query
            .split('&')
            .map(|part| match part.split_once('=') {
                Some((key, value)) if super::keys::is_secret(key) => format!("{key}=#{}", digest(value)),
                _ => part.to_owned(),
            })
            .collect();
        shown.push('?');
        shown.push_str(&parts.join("&"));
    }
    shown
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
    }
}
