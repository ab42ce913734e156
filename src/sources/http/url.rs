//! The one place where URLs are made, and the list of what may be sent to a cluster.
//!
//! # Why
//! Some `GET`s of Nacos change things (`loader/reload…`) or show configuration. So the list is of whole questions: method,
//! path and the names of parameters. A [`ListedUrl`] is made only here, from parts that are each checked, and nothing else is
//! ever sent. What a new question asks is added to [`LISTED`].

use reqwest::{Method, Url};

use crate::domain::address::{ContextPath, is_host};
use crate::sources::SourceError;

/// What may be sent: method, path below the context path, names of the parameters behind `?`.
const LISTED: &[(Method, &str, &[&str])] = &[
    (Method::GET, "/v1/core/cluster/nodes", &[]),
    (Method::GET, "/v2/core/cluster/node/list", &[]),
    (Method::GET, "/v3/admin/core/cluster/node/list", &[]),
    (Method::GET, "/v1/core/cluster/self", &[]),
    (Method::GET, "/v2/core/cluster/node/self", &[]),
    (Method::GET, "/v3/admin/core/cluster/node/self", &[]),
    (Method::GET, "/v1/ns/operator/metrics", &["onlyStatus"]),
    (Method::GET, "/v2/ns/operator/metrics", &["onlyStatus"]),
    (Method::GET, "/v3/admin/ns/ops/metrics", &["onlyStatus"]),
    (Method::GET, "/v1/console/server/state", &[]),
    (Method::GET, "/v3/admin/core/state", &[]),
    (Method::GET, "/v1/ns/operator/switches", &[]),
    (Method::GET, "/v2/ns/operator/switches", &[]),
    (Method::GET, "/v3/admin/ns/ops/switches", &[]),
    (Method::GET, "/v1/ns/catalog/services", &["hasIpCount", "withInstances", "pageNo", "pageSize", "namespaceId"]),
    (Method::GET, "/v3/admin/ns/service/list", &["pageNo", "pageSize"]),
    (Method::GET, "/v1/console/health/liveness", &[]),
    (Method::GET, "/v2/console/health/liveness", &[]),
    (Method::GET, "/v3/admin/core/state/liveness", &[]),
    (Method::GET, "/v1/console/health/readiness", &[]),
    (Method::GET, "/v2/console/health/readiness", &[]),
    (Method::GET, "/v3/admin/core/state/readiness", &[]),
    (Method::GET, "/v1/cs/health", &[]),
    (Method::GET, "/v1/core/loader/current", &[]),
    (Method::GET, "/v2/core/loader/current", &[]),
    (Method::GET, "/v3/admin/core/loader/current", &[]),
    (Method::GET, "/v2/ns/client/list", &[]),
    (Method::GET, "/v3/admin/ns/client/list", &[]),
    (Method::GET, "/v2/ns/client/publish/list", &["clientId"]),
    (Method::GET, "/v3/admin/ns/client/publish/list", &["clientId"]),
    (Method::GET, "/actuator", &[]),
    (Method::GET, "/actuator/prometheus", &[]),
    // Logging in; name and password are in the body.
    (Method::POST, "/v1/auth/login", &[]),
    (Method::POST, "/v3/auth/user/login", &[]),
];

/// Where something is sent.
#[derive(Clone, Copy, Debug)]
pub(in crate::sources) struct Origin<'a> {
    /// `http` or `https`.
    pub scheme: &'a str,
    /// Host name or IP literal (IPv6 without brackets).
    pub host: &'a str,
    /// Port.
    pub port: u16,
}

/// A question that is on the list, whole.
#[derive(Clone, Debug)]
pub(in crate::sources) struct ListedUrl {
    method: Method,
    url: Url,
}

impl ListedUrl {
    /// Its method.
    pub(super) const fn method(&self) -> &Method {
        &self.method
    }

    /// The URL.
    pub(super) const fn url(&self) -> &Url {
        &self.url
    }

    /// `GET` of a path below `base`, with its parameters as they are meant (`?name=value&…`, not yet encoded).
    ///
    /// # Errors
    /// `Denied` if it is not on the list, `BadAddress` if nothing may be sent to that address.
    pub(in crate::sources) fn get(origin: Origin<'_>, base: &ContextPath, path: &str) -> Result<Self, SourceError> {
        Self::new(Method::GET, origin, base, path)
    }

    /// `POST` to a path below `base`.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub(super) fn post(origin: Origin<'_>, base: &ContextPath, path: &str) -> Result<Self, SourceError> {
        Self::new(Method::POST, origin, base, path)
    }

    fn new(method: Method, origin: Origin<'_>, base: &ContextPath, asked: &str) -> Result<Self, SourceError> {
        let (path, query) = asked.split_once('?').map_or((asked, None), |(path, query)| (path, Some(query)));
        let (_, listed, names) =
            LISTED.iter().find(|(known, listed, _)| *known == method && *listed == path).ok_or_else(not_listed)?;
        let base = base.checked().map_err(|_| bad("context-path"))?;
        let mut url = start(origin)?;
        let segments = base.split('/').skip(1).chain(listed.split('/').skip(1));
        url.path_segments_mut().map_err(|()| bad("host"))?.clear().extend(segments);
        let mut given: Vec<&str> = Vec::new();
        for parameter in query.into_iter().flat_map(|query| query.split('&')) {
            let (name, value) = parameter.split_once('=').ok_or_else(not_listed)?;
            if !names.contains(&name) || given.contains(&name) {
                return Err(not_listed());
            }
            given.push(name);
            url.query_pairs_mut().append_pair(name, value);
        }
        // The parts are checked; this is for what a later version of the parser might make of them.
        if url.path() != format!("{base}{listed}") || url.fragment().is_some() {
            return Err(not_listed());
        }
        Ok(Self { method, url })
    }
}

/// Scheme, host and port, each as it is set up and nothing more.
fn start(origin: Origin<'_>) -> Result<Url, SourceError> {
    let Origin { scheme, host, port } = origin;
    let literal = host.parse::<std::net::Ipv6Addr>().map_or_else(|_| host.to_owned(), |v6| format!("[{v6}]"));
    if !is_host(host) || !matches!(scheme, "http" | "https") {
        return Err(bad("host"));
    }
    let url = Url::parse(&format!("{scheme}://{literal}:{port}/")).map_err(|_| bad("host"))?;
    // A name such as `0x7f.1` is another address to the parser than to the reader.
    let same = url.host_str().is_some_and(|parsed| parsed.eq_ignore_ascii_case(&literal))
        && url.port_or_known_default() == Some(port)
        && url.username().is_empty()
        && url.password().is_none();
    if same { Ok(url) } else { Err(bad("host")) }
}

fn not_listed() -> SourceError {
    SourceError::Denied { why: "this question is not among those that nodedown may ask".to_owned() }
}

fn bad(what: &str) -> SourceError {
    SourceError::BadAddress { what: what.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nacos::api::{Family, Question, client_list_path, publish_list_path};

    const HERE: Origin<'_> = Origin { scheme: "http", host: "10.0.0.1", port: 8848 };

    fn get(path: &str) -> Result<String, SourceError> {
        ListedUrl::get(HERE, &ContextPath::parse("/nacos").expect("a path"), path).map(|url| url.url.to_string())
    }

    #[test]
    fn the_list_is_what_the_checks_ask_and_no_more() {
        let mut asked: Vec<&str> = Vec::new();
        for (nth, question) in Question::ALL.into_iter().enumerate() {
            assert_eq!(question as usize, nth, "every question is in ALL, in its order");
            for path in [Family::Old, Family::Three].into_iter().flat_map(|family| question.paths(family)) {
                let url = get(path).expect(path);
                assert_eq!(url, format!("http://10.0.0.1:8848/nacos{path}"));
                asked.push(path.split('?').next().expect("a path"));
            }
        }
        assert_eq!(Question::ALL.len(), Question::Gauges as usize + 1, "every question is in ALL");
        let of_a_connection =
            [Family::Old, Family::Three].map(|family| publish_list_path(family, "1796043405419_10.77.0.1_54334"));
        for path in &of_a_connection {
            assert_eq!(get(path), Ok(format!("http://10.0.0.1:8848/nacos{path}")));
            asked.push(path.split('?').next().expect("a path"));
        }
        assert_eq!(
            get(&publish_list_path(Family::Old, "10.0.4.20:8080#true")),
            Ok("http://10.0.0.1:8848/nacos/v2/ns/client/publish/list?clientId=10.0.4.20%3A8080%23true".to_owned())
        );
        asked.extend([Family::Old, Family::Three].map(client_list_path));
        asked.extend(crate::sources::door::PATHS);
        asked.extend(super::super::ROOTS);
        for (method, path, names) in LISTED {
            let login = super::super::LOGINS.contains(path);
            assert_eq!(*method == Method::POST, login, "{path}");
            assert!(asked.contains(path) || login, "{path} is asked by nobody");
            let of_any =
                Question::ALL.iter().flat_map(|one| [one.paths(Family::Old), one.paths(Family::Three)].concat());
            let of_any = of_any.chain(of_a_connection.iter().map(String::as_str));
            for name in *names {
                assert!(of_any.clone().any(|asked| asked.contains(&format!("{name}="))), "{name} is given by nobody");
            }
        }
        for path in super::super::LOGINS {
            let url = ListedUrl::post(HERE, &ContextPath::root(), path).expect(path);
            assert_eq!(url.url.as_str(), format!("http://10.0.0.1:8848{path}"));
            assert!(get(path).is_err(), "logging in is no GET");
        }
    }

    #[test]
    fn values_are_encoded() {
        assert_eq!(
            get("/v1/ns/operator/metrics?onlyStatus=a#b/../c d?é\r\n"),
            Ok("http://10.0.0.1:8848/nacos/v1/ns/operator/metrics?onlyStatus=a%23b%2F..%2Fc+d%3F%C3%A9%0D%0A"
                .to_owned())
        );
    }

    #[test]
    fn nothing_off_the_list_becomes_a_url() {
        for path in [
            "/v1/core/loader/reloadCurrent?count=1",
            "/v2/core/loader/reloadCurrent",
            "/v2/core/loader/smartReload",
            "/v2/core/loader/cluster",
            "/v1/core/cluster/server/leave",
            "/v1/cs/configs?dataId=a&group=b",
            "/v1/cs/ops/derby?sql=select",
            "/actuator/heapdump",
            "/actuator/env",
            "/actuator/prometheus/",
            "/v1/cs/health/../configs",
            "/v1/cs/health%2f..%2fconfigs",
            "/v1/cs/health;x=1",
            "/v1/cs/health/",
            "/v1/cs/health#",
            "/v1/cs/health?x=1",
            "/v1/cs/health?",
            "/v1/ns/operator/metrics?onlyStatus",
            "/v1/ns/operator/metrics?onlyStatus=a&onlyStatus=b",
            "/v1/ns/operator/metrics?onlyStatus=a&x=b",
            "/v1/ns/operator/metrics?onlystatus=a",
            "/V1/cs/health",
            "v1/cs/health",
            "//evil/v1/cs/health",
            "@evil/v1/cs/health",
            "/v1/cs/health\r\nX: y",
            " /v1/cs/health",
            "/v1/ns/",
            "/",
            "",
        ] {
            assert!(matches!(get(path), Err(SourceError::Denied { .. })), "{path:?}: {:?}", get(path));
        }
    }

    #[test]
    fn a_host_is_what_it_is_read_as() {
        let of = |scheme, host| {
            let origin = Origin { scheme, host, port: 8848 };
            ListedUrl::get(origin, &ContextPath::root(), "/v1/cs/health").map(|url| url.url.to_string())
        };
        assert_eq!(of("https", "fd00::1"), Ok("https://[fd00::1]:8848/v1/cs/health".to_owned()));
        assert_eq!(of("http", "Node-1.example"), Ok("http://node-1.example:8848/v1/cs/health".to_owned()));
        for host in [
            "",
            "a@b",
            "a:b@c",
            "a/b",
            "a?b",
            "a#b",
            "a\\b",
            "a\nb",
            "a b",
            "a:80",
            "[::1]",
            "[::1",
            "0x7f.1",
            "2130706433",
            "127.1",
            "a%2eb",
            "１２７.0.0.1",
            "a\u{200b}b",
            "..",
            "fe80::1%eth0",
        ] {
            assert_eq!(of("http", host), Err(bad("host")), "{host:?}");
        }
        assert_eq!(of("ftp", "a"), Err(bad("host")));
        assert_eq!(of("http://x", "a"), Err(bad("host")));
    }
}
