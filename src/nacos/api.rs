//! What the HTTP answers of Nacos 1.4, 2.x and 3.x say, decoded to the same facts. Bytes in, facts out.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::observed::{ClientSeen, GaugesSeen, MemberSeen, MetricsSeen, RaftGroupSeen};
use crate::domain::time::Timestamp;

/// Which endpoints of a node answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// 1.4 and 2.x: `/v1`, from 2.2 also `/v2`.
    Old,
    /// 3.x: `/v3/admin`, `/v3/console`; most of `/v1` and `/v2` answers 410.
    Three,
}

/// One question with the paths that may answer it, in the order to try them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// The member list.
    Members,
    /// The node itself, with its live Raft groups.
    OwnSelf,
    /// `operator/metrics` with all numbers.
    Metrics,
    /// The state map.
    State,
    /// The switches.
    Switches,
    /// Services with their counts.
    Services,
    /// Whether a thread answers at all.
    Liveness,
    /// Whether it says ready.
    Readiness,
    /// What the config module says of its database.
    ConfigHealth,
    /// The connections of the node.
    Connections,
    /// Which endpoints of Spring's actuator are open. Asking for one that is closed leaves a line in the node's log.
    Actuator,
    /// What the JVM measures, where that list has it.
    Gauges,
}

impl Question {
    /// Every question.
    pub const ALL: [Self; 12] = [
        Self::Members,
        Self::OwnSelf,
        Self::Metrics,
        Self::State,
        Self::Switches,
        Self::Services,
        Self::Liveness,
        Self::Readiness,
        Self::ConfigHealth,
        Self::Connections,
        Self::Actuator,
        Self::Gauges,
    ];

    /// Paths below the context path on the main port, first choice first.
    #[must_use]
    pub const fn paths(self, family: Family) -> &'static [&'static str] {
        match (self, family) {
            (Self::Members, Family::Old) => &["/v1/core/cluster/nodes", "/v2/core/cluster/node/list"],
            (Self::Members, Family::Three) => &["/v3/admin/core/cluster/node/list"],
            (Self::OwnSelf, Family::Old) => &["/v1/core/cluster/self", "/v2/core/cluster/node/self"],
            (Self::OwnSelf, Family::Three) => &["/v3/admin/core/cluster/node/self"],
            (Self::Metrics, Family::Old) => {
                &["/v1/ns/operator/metrics?onlyStatus=false", "/v2/ns/operator/metrics?onlyStatus=false"]
            }
            (Self::Metrics, Family::Three) => {
                &["/v3/admin/ns/ops/metrics?onlyStatus=false", "/v1/ns/operator/metrics?onlyStatus=false"]
            }
            (Self::State, Family::Old) => &["/v1/console/server/state"],
            (Self::State, Family::Three) => &["/v3/admin/core/state"],
            (Self::Switches, Family::Old) => &["/v1/ns/operator/switches", "/v2/ns/operator/switches"],
            (Self::Switches, Family::Three) => &["/v3/admin/ns/ops/switches"],
            (Self::Services, Family::Old) => {
                &["/v1/ns/catalog/services?hasIpCount=true&withInstances=false&pageNo=1&pageSize=500&namespaceId="]
            }
            (Self::Services, Family::Three) => &["/v3/admin/ns/service/list?pageNo=1&pageSize=500"],
            (Self::Liveness, Family::Old) => &["/v1/console/health/liveness", "/v2/console/health/liveness"],
            (Self::Liveness, Family::Three) => &["/v3/admin/core/state/liveness"],
            (Self::Readiness, Family::Old) => &["/v1/console/health/readiness", "/v2/console/health/readiness"],
            (Self::Readiness, Family::Three) => &["/v3/admin/core/state/readiness"],
            (Self::ConfigHealth, Family::Old) => &["/v1/cs/health"],
            (Self::ConfigHealth, Family::Three) => &[],
            (Self::Connections, Family::Old) => &["/v2/core/loader/current", "/v1/core/loader/current"],
            (Self::Connections, Family::Three) => &["/v3/admin/core/loader/current"],
            (Self::Actuator, _) => &["/actuator"],
            (Self::Gauges, _) => &["/actuator/prometheus"],
        }
    }
}

/// True if this status says that the endpoint does not exist in this version, so that another may be tried.
#[must_use]
pub const fn absent(status: u16) -> bool {
    matches!(status, 404 | 405 | 410 | 501)
}

/// The `data` of a `Result` or `RestResult`, or the whole body where there is no envelope.
#[must_use]
pub fn data(body: &str) -> Option<Value> {
    let mut value: Value = serde_json::from_str(body).ok()?;
    match value.as_object_mut() {
        Some(object) if object.contains_key("code") && object.contains_key("data") => object.remove("data"),
        _ => Some(value),
    }
}

/// The member list; `None` if the body is not one.
#[must_use]
pub fn members(body: &str) -> Option<Vec<MemberSeen>> {
    data(body)?.as_array()?.iter().map(member).collect()
}

/// The node itself.
#[must_use]
pub fn own_self(body: &str) -> Option<MemberSeen> {
    member(&data(body)?)
}

fn member(value: &Value) -> Option<MemberSeen> {
    let address = value["address"]
        .as_str()
        .map(str::to_owned)
        .or_else(|| Some(format!("{}:{}", value["ip"].as_str()?, integer(&value["port"])?)))?;
    let extend = &value["extendInfo"];
    Some(MemberSeen {
        address,
        state: value["state"].as_str().unwrap_or("UNKNOWN").to_owned(),
        version: text(&extend["version"]),
        raft_port: integer(&extend["raftPort"]).and_then(|port| u16::try_from(port).ok()),
        last_refresh: integer(&extend["lastRefreshTime"]).filter(|ms| *ms > 0).map(Timestamp::from_millis),
        fail_count: integer(&value["failAccessCnt"]).and_then(|count| u32::try_from(count).ok()),
        raft: raft_groups(&extend["raftMetaData"]["metaDataMap"]),
    })
}

fn raft_groups(map: &Value) -> Vec<RaftGroupSeen> {
    let Some(map) = map.as_object() else { return Vec::new() };
    let mut groups: Vec<RaftGroupSeen> = map
        .iter()
        .map(|(group, value)| RaftGroupSeen {
            group: group.clone(),
            leader: text(&value["leader"]),
            term: integer(&value["term"]),
            members: value["raftGroupMember"]
                .as_array()
                .map(|members| members.iter().filter_map(text).collect())
                .unwrap_or_default(),
            error: text(&value["errMsg"]),
        })
        .collect();
    groups.sort_by(|a, b| a.group.cmp(&b.group));
    groups
}

/// The numbers of `operator/metrics`. A 503 of the server-status guard is an answer too: the node says it is not up.
#[must_use]
pub fn metrics(status: u16, body: &str) -> Option<MetricsSeen> {
    if status == 503 {
        let status = not_up(body)?;
        return Some(MetricsSeen { status: Some(status.to_owned()), ..MetricsSeen::default() });
    }
    let value = data(body)?;
    let number = |name: &str| integer(&value[name]);
    let share = |name: &str| value[name].as_f64().filter(|number| number.is_finite());
    Some(MetricsSeen {
        status: Some(text(&value["status"])?),
        services: number("serviceCount"),
        instances: number("instanceCount"),
        clients: number("clientCount"),
        responsible_clients: number("responsibleClientCount"),
        cpu: share("cpu"),
        load: share("load"),
        mem: share("mem"),
    })
}

/// The state map; values as text, absent ones left out.
#[must_use]
pub fn state(body: &str) -> Option<BTreeMap<String, String>> {
    let value = data(body)?;
    let map: BTreeMap<String, String> =
        value.as_object()?.iter().filter_map(|(key, value)| Some((key.clone(), scalar(value)?))).collect();
    map.contains_key("version").then_some(map)
}

/// The switches that stand otherwise than shipped and change what the node does.
#[must_use]
pub fn switches(body: &str) -> Option<BTreeMap<String, String>> {
    let value = data(body)?;
    let object = value.as_object()?;
    if !object.contains_key("pushEnabled") {
        return None;
    }
    let mut changed = BTreeMap::new();
    for (key, shipped) in [
        ("healthCheckEnabled", true),
        ("autoChangeHealthCheckEnabled", true),
        ("distroEnabled", true),
        ("pushEnabled", true),
        ("sendBeatOnly", false),
        ("disableAddIP", false),
    ] {
        if let Some(now) = object.get(key).and_then(Value::as_bool)
            && now != shipped
        {
            changed.insert(key.to_owned(), now.to_string());
        }
    }
    if let Some(status) = object.get("overriddenServerStatus").and_then(text) {
        changed.insert("overriddenServerStatus".to_owned(), status);
    }
    if let Some(limited) = object.get("limitedUrlMap").and_then(Value::as_object)
        && !limited.is_empty()
    {
        let shown: Vec<String> =
            limited.iter().filter_map(|(prefix, status)| Some(format!("{prefix} → {}", scalar(status)?))).collect();
        changed.insert("limitedUrlMap".to_owned(), shown.join(", "));
    }
    Some(changed)
}

/// `group@@service` to its healthy and total instances.
pub type ServiceCounts = BTreeMap<String, (i64, i64)>;

/// Services with their healthy and total instances, and how many services there are in all.
#[must_use]
pub fn services(body: &str) -> Option<(ServiceCounts, i64)> {
    let value = data(body)?;
    let (list, count) = match (&value["serviceList"], &value["pageItems"]) {
        (Value::Array(list), _) => (list, &value["count"]),
        (_, Value::Array(list)) => (list, &value["totalCount"]),
        _ => return None,
    };
    let map: ServiceCounts = list
        .iter()
        .filter_map(|service| {
            let group = service["groupName"].as_str().unwrap_or("DEFAULT_GROUP");
            let name = format!("{group}@@{}", service["name"].as_str()?);
            Some((name, (integer(&service["healthyInstanceCount"])?, integer(&service["ipCount"])?)))
        })
        .collect();
    let count = integer(count).unwrap_or_else(|| i64::try_from(map.len()).unwrap_or(i64::MAX));
    Some((map, count))
}

/// The connections of `loader/current`.
#[must_use]
pub fn connections(body: &str) -> Option<Vec<ClientSeen>> {
    let value = data(body)?;
    let object = value.as_object()?;
    let mut list = Vec::with_capacity(object.len());
    for (id, connection) in object {
        let meta = connection.get("metaInfo")?;
        let labels = &meta["labels"];
        list.push(ClientSeen {
            id: id.clone(),
            ip: text(&meta["clientIp"]).or_else(|| text(&meta["remoteIp"])).unwrap_or_default(),
            module: text(&labels["module"]),
            source: text(&labels["source"]),
            app: text(&meta["appName"]).filter(|app| app != "-" && app != "unknown"),
            version: text(&meta["version"]),
            created: time(&meta["createTime"]),
        });
    }
    list.sort_by(|a, b| a.id.cmp(&b.id));
    Some(list)
}

/// Whether the list of open actuator endpoints has Prometheus in it.
#[must_use]
pub fn has_gauges(body: &str) -> bool {
    data(body).is_some_and(|value| value["_links"]["prometheus"].is_object())
}

/// The gauges among the lines `name{label="value",…} number` of a Prometheus answer; `None` if it has none of them.
#[must_use]
pub fn gauges(body: &str) -> Option<GaugesSeen> {
    let value = |name: &str, label: &str| {
        body.lines().find_map(|line| {
            let rest = line.strip_prefix(name)?;
            let (labels, number) = match rest.strip_prefix('{') {
                // A label may hold anything, the number nothing but itself.
                Some(rest) => rest.rsplit_once("} ")?,
                None => ("", rest.strip_prefix(' ')?),
            };
            let number = number.split_whitespace().next()?.parse::<f64>().ok().filter(|number| number.is_finite())?;
            labels.contains(label).then(|| (labels.to_owned(), number))
        })
    };
    let share =
        |name: &str, label: &str| value(name, label).map(|(_, number)| number).filter(|n| (0.0..=1.0).contains(n));
    let disk = value("disk_free_bytes", "").filter(|(_, bytes)| *bytes >= 0.0);
    let seen = GaugesSeen {
        disk_path: disk.as_ref().and_then(|(labels, _)| {
            labels.split_once("path=\"")?.1.split('"').next().map(|path| path.chars().take(300).collect())
        }),
        // Bytes are whole, and far below where a float is not exact to the byte.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and checked to be finite"
        )]
        disk_free_bytes: disk.map(|(_, bytes)| bytes as u64),
        heap_after_gc: share("jvm_memory_usage_after_gc_percent", "area=\"heap\""),
        gc_overhead: share("jvm_gc_overhead_percent", ""),
    };
    (seen != GaugesSeen::default()).then_some(seen)
}

/// The state in the words of the server-status guard, `server is DOWNnow, …`; `None` if they are somebody else's, a
/// proxy's for example.
#[must_use]
pub fn not_up(body: &str) -> Option<&'static str> {
    let (_, rest) = body.split_once("server is ")?;
    ["STARTING", "DOWN", "PAUSED", "WRITE_ONLY", "READ_ONLY"].into_iter().find(|state| rest.starts_with(state))
}

/// What to ask instead, from the 410 of 3.x for an endpoint of 1.x or 2.x; `None` if the body does not say.
#[must_use]
pub fn replacement(body: &str) -> Option<String> {
    let message = serde_json::from_str::<Value>(body).ok()?["message"].as_str()?.to_owned();
    let message = serde_json::from_str::<Value>(&message)
        .ok()
        .and_then(|inner| inner["message"].as_str().map(str::to_owned))
        .unwrap_or(message);
    let (_, rest) = message.split_once('`')?;
    let (named, _) = rest.split_once('`')?;
    Some(named.to_owned())
}

/// Whether a liveness answer is one of Nacos: `OK` in 1.x and `/v1`, a JSON object with a code in `/v2` and `/v3`. Any other
/// page with a 200 comes from another program.
#[must_use]
pub fn alive(status: u16, body: &str) -> bool {
    ready(status, body) == Some(true)
}

/// Whether a readiness answer says ready: plain text with the status in 1.x and `/v1`, a code beside HTTP 200 in `/v2` and `/v3`.
#[must_use]
pub fn ready(status: u16, body: &str) -> Option<bool> {
    match serde_json::from_str::<Value>(body).ok().and_then(|value| integer(&value["code"])) {
        Some(code) if status == 200 => Some(code == 0 || code == 200),
        _ => match status {
            // Any other page with a 200 is not Nacos: the log-in of a proxy, for example.
            200 => body.trim().eq_ignore_ascii_case("ok").then_some(true),
            500 | 503 => Some(false),
            _ => None,
        },
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A whole number, also where it is written as text.
fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// A time as Jackson writes it: epoch milliseconds, or `2026-01-01T00:00:00.000+00:00` (also `+0000`).
fn time(value: &Value) -> Option<Timestamp> {
    if let Some(millis) = integer(value) {
        return Some(Timestamp::from_millis(millis));
    }
    let text = value.as_str()?;
    text.parse().ok().or_else(|| {
        let at = text.len().checked_sub(2)?;
        let (head, tail) = text.split_at_checked(at)?;
        format!("{head}:{tail}").parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SELF: &str = r#"{"code":200,"message":null,"data":{"ip":"10.0.0.1","port":8848,"state":"UP","extendInfo":{
        "lastRefreshTime":1795363006401,"raftMetaData":{"metaDataMap":{"nacos_config":{"leader":"10.0.0.1:7848",
        "raftGroupMember":["10.0.0.1:7848","10.0.0.2:7848"],"term":3}}},"raftPort":"7848","version":"2.5.1"},
        "address":"10.0.0.1:8848","failAccessCnt":0}}"#;

    #[test]
    fn reads_a_member_with_its_raft_groups() {
        let seen = own_self(SELF).expect("a member");
        assert_eq!(seen.address, "10.0.0.1:8848");
        assert_eq!(seen.raft_port, Some(7848));
        assert_eq!(seen.raft[0].term, Some(3));
        assert_eq!(seen.raft[0].members.len(), 2);
        assert_eq!(members(&SELF.replace("\"data\":{", "\"data\":[{").replace("}}", "}]}")), None);
    }

    #[test]
    fn readiness_is_decoded_per_version() {
        assert_eq!(ready(200, "OK"), Some(true));
        assert_eq!(ready(500, "Config is not in readiness"), Some(false));
        assert_eq!(
            ready(200, r#"{"code":30000,"message":"server error","data":"config not in readiness"}"#),
            Some(false)
        );
        assert_eq!(ready(200, r#"{"code":0,"message":"success","data":"ok"}"#), Some(true));
        assert_eq!(ready(410, ""), None);
    }

    #[test]
    fn gauges_are_read_with_their_labels() {
        let body = "# TYPE disk_free_bytes gauge\n\
                    disk_free_bytes{path=\"/opt/a} 1/.\",} 4.8940998656E10\n\
                    disk_total_bytes{path=\"/opt/.\",} 2.7E11\n\
                    jvm_gc_overhead_percent 7.3E-5\n\
                    jvm_memory_usage_after_gc_percent{area=\"nonheap\",pool=\"x\",} 0.9\n\
                    jvm_memory_usage_after_gc_percent{area=\"heap\",pool=\"long-lived\",} 0.306\n";
        let seen = gauges(body).expect("gauges");
        assert_eq!((seen.disk_free_bytes, seen.disk_path.as_deref()), (Some(48_940_998_656), Some("/opt/a} 1/.")));
        assert_eq!((seen.heap_after_gc, seen.gc_overhead), (Some(0.306), Some(7.3e-5)));
        let odd = "disk_free_bytes{path=\"/\",} NaN\njvm_gc_overhead_percent 7\ndisk_free_bytes_more 1\n";
        assert_eq!(gauges(odd), None);
        assert_eq!(gauges("<html>"), None);
        assert!(has_gauges(r#"{"_links":{"self":{"href":"x"},"prometheus":{"href":"y","templated":false}}}"#));
        assert!(!has_gauges(r#"{"_links":{"self":{"href":"x"},"health":{"href":"y"}}}"#) && !has_gauges("prometheus"));
    }

    #[test]
    fn a_guarded_metrics_answer_says_down() {
        let down = metrics(503, "server is DOWN now, please try again later!").expect("an answer");
        assert_eq!(down.status.as_deref(), Some("DOWN"));
        let up = metrics(200, r#"{"status":"UP","serviceCount":11,"cpu":0.39,"responsibleClientCount":4}"#)
            .expect("numbers");
        assert_eq!((up.services, up.responsible_clients), (Some(11), Some(4)));
        assert_eq!(metrics(200, "<html>"), None);
    }

    #[test]
    fn connections_carry_who_and_since_when() {
        let body = r#"{"1_10.0.0.9_5":{"traced":false,"metaInfo":{"clientIp":"10.0.0.9","version":"Nacos-Java-Client:v2.5.1",
            "createTime":"2026-11-22T16:00:46.331+00:00","appName":"-","labels":{"source":"sdk","module":"naming"}}}}"#;
        let list = connections(body).expect("connections");
        assert_eq!(list[0].module.as_deref(), Some("naming"));
        assert_eq!(list[0].app, None);
        assert_eq!(list[0].created.map(|at| at.to_string()).as_deref(), Some("2026-11-22T16:00:46.331Z"));
        assert!(connections("{}").expect("none").is_empty());
    }

    #[test]
    fn only_switches_that_were_moved_are_told() {
        let body =
            r#"{"pushEnabled":true,"distroEnabled":false,"overriddenServerStatus":"UP","limitedUrlMap":{"/x":429}}"#;
        let moved = switches(body).expect("switches");
        assert_eq!(
            moved.keys().map(String::as_str).collect::<Vec<_>>(),
            ["distroEnabled", "limitedUrlMap", "overriddenServerStatus"]
        );
    }

    #[test]
    fn services_of_both_shapes() {
        let old =
            r#"{"count":1,"serviceList":[{"name":"orders","groupName":"G","ipCount":9,"healthyInstanceCount":8}]}"#;
        let new = r#"{"code":0,"message":"success","data":{"totalCount":1,"pageItems":[{"name":"orders","groupName":"G","ipCount":9,"healthyInstanceCount":8}]}}"#;
        assert_eq!(services(old), services(new));
        assert_eq!(services(old).expect("services").0["G@@orders"], (8, 9));
    }

    /// A body as a real server answered it.
    macro_rules! real {
        ($name:literal) => {
            include_str!(concat!("../../tests/data/api/", $name, ".json"))
        };
    }

    #[test]
    fn bodies_of_real_servers_decode() {
        for (version, nodes, own, numbers) in [
            ("2.5.1", real!("2.5.1-nodes"), real!("2.5.1-self"), real!("2.5.1-metrics")),
            ("3.0.3", real!("3.0.3-nodes"), real!("3.0.3-self"), real!("3.0.3-metrics")),
        ] {
            let members = members(nodes).expect("members");
            assert_eq!(members.len(), 3, "{version}");
            assert!(members.iter().all(|member| member.state == "UP" && member.version.as_deref() == Some(version)));
            assert!(members.iter().all(|member| member.raft_port == Some(7848) && member.last_refresh.is_some()));
            let own = own_self(own).expect("self");
            assert!(
                own.raft.len() >= 5 && own.raft.iter().all(|group| group.members.len() == 3 && group.leader.is_some())
            );
            let numbers = metrics(200, numbers).expect("metrics");
            assert_eq!((numbers.status.as_deref(), numbers.clients), (Some("UP"), Some(10)), "{version}");
        }
        for (current, list, map, moved) in [
            (real!("2.5.1-loader-current"), real!("2.5.1-services"), real!("2.5.1-state"), real!("2.5.1-switches")),
            (real!("3.0.3-loader-current"), real!("3.0.3-services"), real!("3.0.3-state"), real!("3.0.3-switches")),
        ] {
            let connections = connections(current).expect("connections");
            assert!(connections.iter().any(|one| one.source.as_deref() == Some("sdk") && one.created.is_some()));
            let (services, count) = services(list).expect("services");
            assert_eq!((services.len(), count), (11, 11));
            assert_eq!(services["DEFAULT_GROUP@@svc-2"], (1, 1));
            let state = state(map).expect("state");
            assert_eq!(state["startup_mode"], "cluster");
            assert!(switches(moved).expect("switches").is_empty(), "nothing was moved");
        }
    }

    #[test]
    fn refusals_are_no_data() {
        for body in [
            real!("3.0.3-gone"),
            real!("3.0.3-denied"),
            "",
            "null",
            "[]",
            "<html>",
            "{\"code\":10001,\"message\":\"x\",\"data\":null}",
        ] {
            assert!(own_self(body).is_none() && metrics(200, body).is_none() && state(body).is_none(), "{body}");
            assert!(services(body).is_none() && switches(body).is_none(), "{body}");
        }
        assert_eq!(
            replacement(real!("3.0.3-gone")).as_deref(),
            Some("GET ${contextPath:nacos}/v3/console/health/readiness")
        );
        assert_eq!(replacement("<html>"), None);
        assert_eq!(metrics(503, "<html>Service Unavailable</html>"), None, "a proxy says nothing about the node");
        assert_eq!(not_up("server is STARTING now, please try again later!"), Some("STARTING"));
        assert_eq!(ready(200, "<html>log in</html>"), None);
    }

    #[test]
    fn any_body_is_read_without_panic() {
        for seed in 0..300 {
            let body = crate::nacos::fuzz::text(seed, 300);
            let _ = (members(&body), own_self(&body), metrics(200, &body), state(&body), switches(&body));
            let _ = (services(&body), connections(&body), ready(200, &body), replacement(&body));
        }
    }
}
