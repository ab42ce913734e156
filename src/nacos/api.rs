//! What the HTTP answers of Nacos 1.4, 2.x and 3.x say, decoded to the same facts. Bytes in, facts out.
//!
//! # Why
//! An answer of some megabytes becomes hundreds as a tree of values, and whatever sits at the address of a node can send
//! one. So only what is needed is taken out of the text, and what that takes is counted: an answer that needs more is none
//! of Nacos.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::domain::beating::{Beating, MOST_BEATING};
use crate::domain::clipped::clipped;
use crate::domain::observed::{ClientSeen, GaugesSeen, MemberSeen, MetricsSeen, RaftGroupSeen};
use crate::domain::publishing::Instance;
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

/// Most memory that what is taken from one answer may need, roughly.
const MEMORY: usize = 40 << 20;

thread_local! {
    /// What is left of it for the answer that is decoded on this thread.
    static LEFT: Cell<usize> = const { Cell::new(0) };
}

/// Counts memory before it is taken.
fn spend<E: serde::de::Error>(bytes: usize) -> Result<(), E> {
    let left = LEFT.get().checked_sub(bytes).ok_or_else(|| E::custom("more than an answer of Nacos holds"))?;
    LEFT.set(left);
    Ok(())
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    code: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

/// The `data` of a `Result` or `RestResult`, or the whole body where there is no envelope.
fn content(body: &str) -> &str {
    match serde_json::from_str(body) {
        Ok(Envelope { code: Some(_), data: Some(data) }) if is_object(body) => data.get(),
        _ => body,
    }
}

/// A list would pass for an object whose fields it holds in their order.
fn is_object(json: &str) -> bool {
    json.trim_start().starts_with('{')
}

/// Decodes an object; `None` for anything else.
fn object<'a, T: Deserialize<'a>>(json: &'a str) -> Option<T> {
    if is_object(json) { decode(json) } else { None }
}

fn decode<'a, T: Deserialize<'a>>(json: &'a str) -> Option<T> {
    LEFT.set(MEMORY);
    serde_json::from_str(json).ok()
}

/// One value of any kind. What is in lists and objects is skipped.
#[derive(Clone, Debug, Default, PartialEq)]
enum Scalar {
    Text(String),
    Whole(i64),
    Float(f64),
    Flag(bool),
    Object,
    #[default]
    Other,
}

impl Scalar {
    fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    fn text(self) -> Option<String> {
        if let Self::Text(text) = self { Some(text).filter(|text| !text.is_empty()) } else { None }
    }

    /// As it would be written.
    fn shown(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Whole(number) => Some(number.to_string()),
            Self::Float(number) => Some(number.to_string()),
            Self::Flag(flag) => Some(flag.to_string()),
            Self::Object | Self::Other => None,
        }
    }

    /// A whole number, also where it is written as text.
    fn integer(&self) -> Option<i64> {
        if let Self::Whole(number) = self { Some(*number) } else { self.as_str()?.trim().parse().ok() }
    }

    fn number(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "shares and loads are small")]
            Self::Whole(number) => Some(*number as f64),
            Self::Float(number) => Some(*number).filter(|number| number.is_finite()),
            _ => None,
        }
    }

    /// A time as Jackson writes it: epoch milliseconds, or `2026-01-01T00:00:00.000+00:00` (also `+0000`).
    fn time(&self) -> Option<Timestamp> {
        if let Some(millis) = self.integer() {
            return Some(Timestamp::from_millis(millis));
        }
        let text = self.as_str()?;
        text.parse().ok().or_else(|| {
            let at = text.len().checked_sub(2)?;
            let (head, tail) = text.split_at_checked(at)?;
            format!("{head}:{tail}").parse().ok()
        })
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Scalar, E> {
                spend::<E>(text.len() + 64)?;
                Ok(Scalar::Text(text.to_owned()))
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Scalar, E> {
                Ok(Scalar::Flag(flag))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
                Ok(Scalar::Whole(number))
            }

            #[expect(clippy::cast_precision_loss, reason = "it is beyond every count")]
            fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
                Ok(i64::try_from(number).map_or(Scalar::Float(number as f64), Scalar::Whole))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Scalar, E> {
                Ok(Scalar::Float(number))
            }

            fn visit_unit<E>(self) -> Result<Scalar, E> {
                Ok(Scalar::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Scalar, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Scalar::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Scalar, A::Error> {
                while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Scalar::Object)
            }
        }
        from.deserialize_any(Any)
    }
}

/// The entries of an object in their order, or the elements of a list with empty keys; none of anything else.
struct Entries<T>(Vec<(String, T)>);

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Any<T> {
            type Value = Entries<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object or a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Entries<T>, A::Error> {
                let mut entries = Vec::new();
                while let Some(value) = list.next_element()? {
                    // A list that grows takes twice its room for a moment.
                    spend::<A::Error>(3 * size_of::<(String, T)>())?;
                    entries.push((String::new(), value));
                }
                Ok(Entries(entries))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Entries<T>, A::Error> {
                let mut entries = Vec::new();
                while let Some(key) = object.next_key::<String>()? {
                    spend::<A::Error>(3 * size_of::<(String, T)>() + key.len() + 64)?;
                    entries.push((key, object.next_value()?));
                }
                Ok(Entries(entries))
            }

            fn visit_str<E>(self, _: &str) -> Result<Entries<T>, E> {
                Ok(Entries::default())
            }

            fn visit_bool<E>(self, _: bool) -> Result<Entries<T>, E> {
                Ok(Entries::default())
            }

            fn visit_i64<E>(self, _: i64) -> Result<Entries<T>, E> {
                Ok(Entries::default())
            }

            fn visit_u64<E>(self, _: u64) -> Result<Entries<T>, E> {
                Ok(Entries::default())
            }

            fn visit_f64<E>(self, _: f64) -> Result<Entries<T>, E> {
                Ok(Entries::default())
            }

            fn visit_unit<E>(self) -> Result<Entries<T>, E> {
                Ok(Entries::default())
            }
        }
        from.deserialize_any(Any(PhantomData))
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct MemberBody {
    address: Scalar,
    ip: Scalar,
    port: Scalar,
    state: Scalar,
    fail_access_cnt: Scalar,
    extend_info: Option<ExtendBody>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ExtendBody {
    version: Scalar,
    raft_port: Scalar,
    last_refresh_time: Scalar,
    raft_meta_data: Option<RaftMetaBody>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RaftMetaBody {
    meta_data_map: Entries<RaftBody>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RaftBody {
    leader: Scalar,
    term: Scalar,
    raft_group_member: Entries<Scalar>,
    err_msg: Scalar,
}

/// The member list; `None` if the body is not one.
#[must_use]
pub fn members(body: &str) -> Option<Vec<MemberSeen>> {
    let list: List<MemberBody> = decode(content(body))?;
    list.0.into_iter().map(member).collect()
}

/// The node itself.
#[must_use]
pub fn own_self(body: &str) -> Option<MemberSeen> {
    member(object(content(body))?)
}

fn member(body: MemberBody) -> Option<MemberSeen> {
    let named = || Some(format!("{}:{}", body.ip.as_str()?, body.port.integer()?));
    let address = body.address.as_str().map(str::to_owned).or_else(named)?;
    let extend = body.extend_info.unwrap_or_default();
    Some(MemberSeen {
        address,
        state: body.state.as_str().unwrap_or("UNKNOWN").into(),
        version: extend.version.text(),
        raft_port: extend.raft_port.integer().and_then(|port| u16::try_from(port).ok()),
        last_refresh: extend.last_refresh_time.integer().filter(|ms| *ms > 0).map(Timestamp::from_millis),
        fail_count: body.fail_access_cnt.integer().and_then(|count| u32::try_from(count).ok()),
        raft: raft_groups(extend.raft_meta_data.unwrap_or_default().meta_data_map),
    })
}

fn raft_groups(map: Entries<RaftBody>) -> Vec<RaftGroupSeen> {
    let mut groups: Vec<RaftGroupSeen> = map
        .0
        .into_iter()
        .map(|(group, body)| RaftGroupSeen {
            group,
            leader: body.leader.text(),
            term: body.term.integer(),
            members: body.raft_group_member.0.into_iter().filter_map(|(_, member)| member.text()).collect(),
            error: body.err_msg.text(),
        })
        .collect();
    groups.sort_by(|a, b| a.group.cmp(&b.group));
    groups
}

/// A list and nothing else.
struct List<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Any<T> {
            type Value = List<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<List<T>, A::Error> {
                let mut list = Vec::new();
                while let Some(value) = from.next_element()? {
                    spend::<A::Error>(3 * size_of::<T>())?;
                    list.push(value);
                }
                Ok(List(list))
            }
        }
        from.deserialize_seq(Any(PhantomData))
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct MetricsBody {
    status: Scalar,
    service_count: Scalar,
    instance_count: Scalar,
    client_count: Scalar,
    responsible_client_count: Scalar,
    cpu: Scalar,
    load: Scalar,
    mem: Scalar,
}

/// The numbers of `operator/metrics`. A 503 of the server-status guard is an answer too: the node says it is not up.
#[must_use]
pub fn metrics(status: u16, body: &str) -> Option<MetricsSeen> {
    if status == 503 {
        let status = not_up(body)?;
        return Some(MetricsSeen { status: Some(status.to_owned()), ..MetricsSeen::default() });
    }
    let body: MetricsBody = object(content(body))?;
    Some(MetricsSeen {
        status: Some(body.status.text()?),
        services: body.service_count.integer(),
        instances: body.instance_count.integer(),
        clients: body.client_count.integer(),
        responsible_clients: body.responsible_client_count.integer(),
        cpu: body.cpu.number(),
        load: body.load.number(),
        mem: body.mem.number(),
    })
}

/// The state map; values as text, absent ones left out.
#[must_use]
pub fn state(body: &str) -> Option<BTreeMap<String, String>> {
    let entries: Entries<Scalar> = object(content(body))?;
    let map: BTreeMap<String, String> =
        entries.0.into_iter().filter_map(|(key, value)| Some((key, value.shown()?))).collect();
    map.contains_key("version").then_some(map)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SwitchesBody {
    push_enabled: Scalar,
    #[serde(default)]
    health_check_enabled: Scalar,
    #[serde(default)]
    auto_change_health_check_enabled: Scalar,
    #[serde(default)]
    distro_enabled: Scalar,
    #[serde(default)]
    send_beat_only: Scalar,
    #[serde(default, rename = "disableAddIP")]
    disable_add_ip: Scalar,
    #[serde(default)]
    overridden_server_status: Scalar,
    #[serde(default)]
    limited_url_map: Entries<Scalar>,
}

/// The switches that stand otherwise than shipped and change what the node does.
#[must_use]
pub fn switches(body: &str) -> Option<BTreeMap<String, String>> {
    let body: SwitchesBody = object(content(body))?;
    let mut changed = BTreeMap::new();
    for (key, now, shipped) in [
        ("healthCheckEnabled", body.health_check_enabled, true),
        ("autoChangeHealthCheckEnabled", body.auto_change_health_check_enabled, true),
        ("distroEnabled", body.distro_enabled, true),
        ("pushEnabled", body.push_enabled, true),
        ("sendBeatOnly", body.send_beat_only, false),
        ("disableAddIP", body.disable_add_ip, false),
    ] {
        if now == Scalar::Flag(!shipped) {
            changed.insert(key.to_owned(), (!shipped).to_string());
        }
    }
    if let Some(status) = body.overridden_server_status.text() {
        changed.insert("overriddenServerStatus".to_owned(), status);
    }
    let mut limited = body.limited_url_map.0;
    if !limited.is_empty() {
        limited.sort_by(|one, other| one.0.cmp(&other.0));
        let shown: Vec<String> = limited
            .into_iter()
            .filter_map(|(prefix, status)| Some(format!("{prefix} → {}", status.shown()?)))
            .collect();
        changed.insert("limitedUrlMap".to_owned(), shown.join(", "));
    }
    Some(changed)
}

/// `group@@service` to its healthy and total instances.
pub type ServiceCounts = BTreeMap<String, (i64, i64)>;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ServicesBody {
    service_list: Option<List<ServiceBody>>,
    count: Scalar,
    page_items: Option<List<ServiceBody>>,
    total_count: Scalar,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ServiceBody {
    name: Scalar,
    group_name: Scalar,
    healthy_instance_count: Scalar,
    ip_count: Scalar,
}

/// Services with their healthy and total instances, and how many services there are in all.
#[must_use]
pub fn services(body: &str) -> Option<(ServiceCounts, i64)> {
    let body: ServicesBody = object(content(body))?;
    let (list, count) = match (body.service_list, body.page_items) {
        (Some(list), _) => (list, body.count),
        (None, Some(list)) => (list, body.total_count),
        (None, None) => return None,
    };
    let map: ServiceCounts = list
        .0
        .into_iter()
        .filter_map(|service| {
            let group = service.group_name.as_str().unwrap_or("DEFAULT_GROUP");
            let name = format!("{group}@@{}", service.name.as_str()?);
            Some((name, (service.healthy_instance_count.integer()?, service.ip_count.integer()?)))
        })
        .collect();
    let count = count.integer().unwrap_or_else(|| i64::try_from(map.len()).unwrap_or(i64::MAX));
    Some((map, count))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConnectionBody {
    meta_info: MetaBody,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct MetaBody {
    client_ip: Scalar,
    remote_ip: Scalar,
    app_name: Scalar,
    version: Scalar,
    create_time: Scalar,
    labels: Option<LabelsBody>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LabelsBody {
    module: Scalar,
    source: Scalar,
}

/// The connections of `loader/current`.
#[must_use]
pub fn connections(body: &str) -> Option<Vec<ClientSeen>> {
    let entries: Entries<ConnectionBody> = object(content(body))?;
    let mut list = Vec::with_capacity(entries.0.len());
    for (id, ConnectionBody { meta_info: meta }) in entries.0 {
        let labels = meta.labels.unwrap_or_default();
        list.push(ClientSeen {
            id,
            ip: meta.client_ip.text().or_else(|| meta.remote_ip.text()).unwrap_or_default(),
            module: labels.module.text(),
            source: labels.source.text().map(Into::into),
            app: meta.app_name.text().filter(|app| app != "-" && app != "unknown"),
            version: meta.version.text(),
            created: meta.create_time.time(),
        });
    }
    list.sort_by(|a, b| a.id.cmp(&b.id));
    Some(list)
}

/// Whether a node of this version tells what a connection publishes: since 2.2.
#[must_use]
pub fn tells_published(version: &str) -> bool {
    let mut numbers = version.split(['.', '-']).map(|part| part.parse::<u32>().ok());
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(major), Some(minor)) => (major, minor) >= (2, 2),
        _ => false,
    }
}

/// The path below the context path that asks a node for the ids of all clients that it knows, its own and copies.
#[must_use]
pub const fn client_list_path(family: Family) -> &'static str {
    match family {
        Family::Old => "/v2/ns/client/list",
        Family::Three => "/v3/admin/ns/client/list",
    }
}

/// Those of such a list that hold no connection and send heartbeats. A list with more of them than are kept is none.
#[must_use]
pub fn beating(body: &str) -> Option<BTreeSet<Beating>> {
    let list: List<Scalar> = decode(content(body))?;
    let mut all = BTreeSet::new();
    for id in &list.0 {
        all.extend(Beating::parse(id.as_str()?));
        if all.len() > MOST_BEATING {
            return None;
        }
    }
    Some(all)
}

/// Which of these servers is responsible for a client that sends heartbeats to `tag`, its address and port: as nodes reckon it
/// among the members that they hold for up or suspicious, by address.
#[must_use]
pub fn responsible_for<'s>(tag: &str, servers: &BTreeSet<&'s str>) -> Option<&'s str> {
    // The hash of a text in Java, whose sign is dropped.
    let hash = tag.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    let place = (hash % i32::MAX).unsigned_abs() as usize;
    servers.iter().nth(place.checked_rem(servers.len())?).copied()
}

/// The path below the context path that asks a node what one of its connections publishes.
#[must_use]
pub fn publish_list_path(family: Family, connection: &str) -> String {
    let prefix = match family {
        Family::Old => "/v2/ns/client",
        Family::Three => "/v3/admin/ns/client",
    };
    let mut path = format!("{prefix}/publish/list?clientId=");
    for byte in connection.bytes() {
        // The id is the node's own text. What may stand in one is encoded with the URL, and once.
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b':' | b'#') {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("%{byte:02X}"));
        }
    }
    path
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PublishedBody {
    #[serde(alias = "namespaceId")]
    namespace: Scalar,
    #[serde(alias = "groupName")]
    group: Scalar,
    service_name: Scalar,
    #[serde(alias = "publisherInfo")]
    registered_instance: Option<InstanceBody>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct InstanceBody {
    ip: Scalar,
    port: Scalar,
}

/// The instances that a connection publishes, in the shapes of 2.x and 3.x.
#[must_use]
pub fn published(body: &str) -> Option<Vec<Instance>> {
    let list: List<PublishedBody> = decode(content(body))?;
    let instance = |body: PublishedBody| {
        let at = body.registered_instance?;
        let port = u16::try_from(at.port.integer()?).ok()?;
        let text = |value: &Scalar| value.as_str().unwrap_or_default().to_owned();
        Some(Instance::new(
            &text(&body.namespace),
            &text(&body.group),
            body.service_name.as_str()?,
            at.ip.as_str()?,
            port,
        ))
    };
    list.0.into_iter().map(instance).collect()
}

/// Whether a body is an answer of Nacos, with a code and a message, and not the page of whatever else is there.
#[must_use]
pub fn is_result(body: &str) -> bool {
    matches!(object(body), Some(Envelope { code: Some(_), .. }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ActuatorBody {
    #[serde(rename = "_links")]
    links: Option<LinksBody>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LinksBody {
    prometheus: Scalar,
}

/// Whether the list of open actuator endpoints has Prometheus in it.
#[must_use]
pub fn has_gauges(body: &str) -> bool {
    let links = object::<ActuatorBody>(content(body)).and_then(|body| body.links).unwrap_or_default();
    links.prometheus == Scalar::Object
}

/// The gauges among the lines `name{label="value",…} number` of a Prometheus answer; `None` if it has none of them.
#[must_use]
pub fn gauges(body: &str) -> Option<GaugesSeen> {
    let value = |name: &str, label: &str| body.lines().find_map(|line| measured(line, name, label));
    // Of what only counts up there is one line for every set of labels.
    let sum = |name: &str, label: &str| {
        let all = body.lines().filter_map(|line| measured(line, name, label)).map(|(_, number)| number);
        all.filter(|number| *number >= 0.0).reduce(|a, b| a + b).filter(|sum| *sum <= MOST_COUNTED)
    };
    let whole = |number: f64| number as u64;
    let requests = ["http_server_requests_seconds_count", "grpc_server_requests_seconds_count"];
    let share =
        |name: &str, label: &str| value(name, label).map(|(_, number)| number).filter(|n| (0.0..=1.0).contains(n));
    let disk = value("disk_free_bytes", "").filter(|(_, bytes)| *bytes >= 0.0);
    let seen = GaugesSeen {
        disk_path: disk.as_ref().and_then(|(labels, _)| {
            labels.split_once("path=\"")?.1.split('"').next().map(|path| path.chars().take(300).collect())
        }),
        disk_free_bytes: disk.map(|(_, bytes)| whole(bytes)),
        heap_after_gc: share("jvm_memory_usage_after_gc_percent", "area=\"heap\""),
        gc_overhead: share("jvm_gc_overhead_percent", ""),
        read_at: None,
        began: sum("process_start_time_seconds", "").map(|seconds| Timestamp::from_millis((seconds * 1000.0) as i64)),
        heap_used_bytes: sum("jvm_memory_used_bytes", "area=\"heap\"").map(whole),
        gc_pause_s: sum("jvm_gc_pause_seconds_sum", ""),
        requests: requests.iter().filter_map(|name| sum(name, "")).reduce(|a, b| a + b).map(whole),
        // Nacos writes -1 where nothing was pushed.
        push_ms: value("nacos_monitor", "name=\"avgPushCost\"").map(|(_, ms)| ms).filter(|ms| *ms >= 0.0),
        error_lines: sum("logback_events_total", "level=\"error\"").map(whole),
    };
    (seen != GaugesSeen::default()).then_some(seen)
}

/// Beyond this a float is not exact to the whole, and nothing that a node counts is so many.
const MOST_COUNTED: f64 = 9e15;

/// The labels and the number of a line of that name which has that label.
fn measured<'b>(line: &'b str, name: &str, label: &str) -> Option<(&'b str, f64)> {
    let rest = line.strip_prefix(name)?;
    let (labels, number) = match rest.strip_prefix('{') {
        // A label may hold anything, the number nothing but itself.
        Some(rest) => rest.rsplit_once("} ")?,
        None => ("", rest.strip_prefix(' ')?),
    };
    let number = number.split_whitespace().next()?.parse::<f64>().ok().filter(|number| number.is_finite())?;
    labels.contains(label).then_some((labels, number))
}

/// The state in the words of the server-status guard, `server is DOWNnow, …`; `None` if they are somebody else's, a
/// proxy's for example.
#[must_use]
pub fn not_up(body: &str) -> Option<&'static str> {
    let (_, rest) = body.split_once("server is ")?;
    ["STARTING", "DOWN", "PAUSED", "WRITE_ONLY", "READ_ONLY"].into_iter().find(|state| rest.starts_with(state))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RefusalBody {
    code: Scalar,
    status: Scalar,
    message: Scalar,
}

/// What to ask instead, from the 410 of 3.x for an endpoint of 1.x or 2.x; `None` if the body does not say.
#[must_use]
pub fn replacement(body: &str) -> Option<String> {
    let message = object::<RefusalBody>(body)?.message.text()?;
    let inner = object::<RefusalBody>(&message).and_then(|inner| inner.message.text());
    let message = inner.unwrap_or(message);
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

/// True if an answer says that naming is not ready and that configuration is: `Naming is not in readiness` in 1.x and 2.x.
/// Naming waits for what a node loads from its peers, configuration for its database or its Raft group.
#[must_use]
pub fn names_naming_alone(body: &str) -> bool {
    let body = body.to_ascii_lowercase();
    body.contains("naming") && body.contains("in readiness") && body.contains("not ") && !body.contains("config")
}

/// True if an answer is one with which Nacos says that it is not ready, `config not in readiness`, or says nothing at all. Any
/// other one with an error comes from a proxy before the node, or tells of a fault of its own.
#[must_use]
pub fn names_readiness(body: &str) -> bool {
    body.trim().is_empty() || body.to_ascii_lowercase().contains("in readiness")
}

/// The first words that a person would read in an answer, which may be a page of HTML.
#[must_use]
pub fn first_words(body: &str) -> String {
    const MOST: usize = 120;
    let mut text = String::new();
    let (mut in_tag, mut rest) = (false, body);
    // What a page says of its looks is no text of it.
    if let Some((_, after)) = body.split_once("</style>") {
        rest = after;
    } else if let Some((_, after)) = body.split_once("<title>") {
        rest = after;
    }
    for char in rest.chars().take(20_000) {
        match char {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                text.push(' ');
            }
            char if !in_tag => text.push(char),
            _ => {}
        }
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    clipped(&text, MOST)
}

/// Whether a readiness answer says ready: plain text with the status in 1.x and `/v1`, a code beside HTTP 200 in `/v2` and `/v3`.
#[must_use]
pub fn ready(status: u16, body: &str) -> Option<bool> {
    match object::<RefusalBody>(body).and_then(|body| body.code.integer()) {
        Some(code) if status == 200 => Some(code == 0 || code == 200),
        _ => match status {
            // Any other page with a 200 is not Nacos: the log-in of a proxy, for example.
            200 => body.trim().eq_ignore_ascii_case("ok").then_some(true),
            500 | 503 => Some(false),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::vocabulary::{ClientSource, MemberState};

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
    fn only_known_words_tell_of_readiness() {
        for known in [
            "config not in readiness",
            "Config is not in readiness",
            r#"{"code":30000,"data":"naming not in readiness"}"#,
            "",
        ] {
            assert!(names_readiness(known), "{known}");
        }
        let page =
            "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad Gateway</h1></center>";
        assert!(
            !names_readiness(page) && !names_readiness("java.lang.NoClassDefFoundError: Could not initialize class x")
        );
        assert_eq!(first_words(page), "502 Bad Gateway 502 Bad Gateway");
        assert_eq!(first_words("<style>a { b: c }</style><p>no\n way</p>"), "no way");
        assert_eq!(first_words(&"x".repeat(300)).chars().count(), 121);
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
        assert!(names_naming_alone("Naming is not in readiness") && names_naming_alone("naming not in readiness"));
        assert!(!names_naming_alone("Config is not in readiness"));
        assert!(!names_naming_alone("Config is not in readiness. Naming is not in readiness"));
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
        let counts = "jvm_memory_used_bytes{area=\"heap\",id=\"G1 Old Gen\"} 1.0E8\n\
                      jvm_memory_used_bytes{area=\"heap\",id=\"G1 Eden Space\"} 2.0E7\n\
                      jvm_memory_used_bytes{area=\"nonheap\",id=\"Metaspace\"} 9.0E7\n\
                      jvm_gc_pause_seconds_sum{action=\"end of minor GC\",cause=\"x\",} 0.25\n\
                      jvm_gc_pause_seconds_sum{action=\"end of major GC\",cause=\"y\",} 0.5\n\
                      jvm_gc_pause_seconds_max{action=\"end of major GC\",cause=\"y\",} 7.0\n\
                      http_server_requests_seconds_count{uri=\"/a\",} 40.0\n\
                      http_server_requests_seconds_count{uri=\"/b\",} 2.0\n\
                      grpc_server_requests_seconds_count{requestClass=\"X\",} 100.0\n\
                      nacos_monitor{module=\"naming\",name=\"maxPushCost\",} 30.0\n\
                      nacos_monitor{module=\"naming\",name=\"avgPushCost\",} 12.0\n\
                      logback_events_total{level=\"warn\",} 90.0\n\
                      logback_events_total{level=\"error\",} 3.0\n\
                      process_start_time_seconds 1.7E9\n";
        let seen = gauges(counts).expect("counts");
        assert_eq!((seen.heap_used_bytes, seen.gc_pause_s), (Some(120_000_000), Some(0.75)));
        assert_eq!((seen.requests, seen.push_ms, seen.error_lines), (Some(142), Some(12.0), Some(3)));
        assert_eq!(seen.began, Some(Timestamp::from_millis(1_700_000_000_000)));
        let idle = "nacos_monitor{module=\"naming\",name=\"avgPushCost\"} -1.0\n";
        assert_eq!(gauges(idle), None, "nothing was pushed");
        assert_eq!(gauges("jvm_gc_pause_seconds_sum -3\nprocess_start_time_seconds 1e300\n"), None);
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
    fn what_a_connection_publishes_in_both_shapes() {
        let old = r#"{"code":0,"message":"success","data":[
            {"namespace":"public","group":"DEFAULT_GROUP","serviceName":"order",
             "registeredInstance":{"ip":"10.0.4.7","port":8080,"cluster":"DEFAULT"}},
            {"namespace":"dev","group":"G","serviceName":"pay","registeredInstance":{"ip":"10.0.4.7","port":8081}}]}"#;
        let new = r#"{"code":0,"message":"success","data":[
            {"namespaceId":"public","groupName":"DEFAULT_GROUP","serviceName":"order","subscriberInfo":null,
             "publisherInfo":{"clientId":null,"ip":"10.0.4.7","port":8080,"clusterName":"DEFAULT"}},
            {"namespaceId":"dev","groupName":"G","serviceName":"pay","publisherInfo":{"ip":"10.0.4.7","port":8081}}]}"#;
        let list = published(old).expect("a list");
        assert_eq!(Some(list.clone()), published(new));
        assert_eq!(list[0], Instance::new("", "DEFAULT_GROUP", "order", "10.0.4.7", 8080));
        assert_eq!((list[1].namespace.as_str(), list[1].port), ("dev", 8081));
        assert_eq!(published(r#"{"code":0,"message":"success","data":[]}"#), Some(Vec::new()));
        let gone = r#"{"code":20004,"message":"resource not found","data":"clientId [ x ] not exist"}"#;
        assert!(published(gone).is_none() && is_result(gone));
        for body in [r#"{"timestamp":"x","status":404,"error":"Not Found"}"#, "<html>", "[[1,2]]", "null", ""] {
            assert!(published(body).is_none() && !is_result(body), "{body}");
        }
        let half = r#"{"code":0,"data":[{"serviceName":"order","registeredInstance":{"ip":"10.0.4.7","port":99999}}]}"#;
        assert_eq!(published(half), None, "a list of which a part cannot be read is none");
    }

    #[test]
    fn who_tells_what_is_published_and_how_it_is_asked() {
        for (version, tells) in
            [("1.4.6", false), ("2.1.2", false), ("2.2.0", true), ("2.5.1", true), ("3.0.3", true), ("x", false)]
        {
            assert_eq!(tells_published(version), tells, "{version}");
        }
        let path = publish_list_path(Family::Old, "1_10.0.0.9_5");
        assert_eq!(path, "/v2/ns/client/publish/list?clientId=1_10.0.0.9_5");
        let odd = publish_list_path(Family::Three, "a&b=/../\r\n%#?[::1]");
        assert_eq!(odd, "/v3/admin/ns/client/publish/list?clientId=a%26b%3D%2F..%2F%0D%0A%25#%3F%5B::1%5D");
    }

    #[test]
    fn clients_that_beat_are_taken_from_the_list_of_all() {
        let body = r#"{"code":0,"message":"success","data":["1795363006401_10.0.4.7_50000","10.0.4.7:8080#true",
            "10.0.4.8:8080#false","10.0.4.8:9090#true"]}"#;
        let all: Vec<String> = beating(body).expect("a list").iter().map(Beating::id).collect();
        assert_eq!(all, ["10.0.4.7:8080#true", "10.0.4.8:9090#true"]);
        for body in [r#"{"code":0,"data":[1]}"#, r#"{"code":10001,"message":"x","data":null}"#, "<html>", "{}", ""] {
            assert_eq!(beating(body), None, "{body}");
        }
        let many: Vec<String> = (0..=MOST_BEATING).map(|port| format!("\"10.0.4.7:{port}#true\"")).collect();
        assert_eq!(beating(&format!("[{}]", many.join(","))), None, "a part of a list is none");
    }

    #[test]
    fn who_is_responsible_is_reckoned_as_nodes_do() {
        let three = BTreeSet::from(["10.0.0.1:8848", "10.0.0.2:8848", "10.0.0.3:8848"]);
        // The hashes of these texts in Java: 97, 1204705146 and -677330570.
        for (tag, server) in
            [("a", "10.0.0.2:8848"), ("10.0.4.7:8080", "10.0.0.1:8848"), ("10.1.3.9:9090", "10.0.0.3:8848")]
        {
            assert_eq!(responsible_for(tag, &three), Some(server), "{tag}");
        }
        assert_eq!(responsible_for("a", &BTreeSet::new()), None);
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
            assert!(
                members
                    .iter()
                    .all(|member| member.state == MemberState::Up && member.version.as_deref() == Some(version))
            );
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
            assert!(connections.iter().any(|one| one.source == Some(ClientSource::Sdk) && one.created.is_some()));
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

    /// As many bytes of such pieces as an answer may have.
    fn wide(begin: &str, piece: &str, end: &str) -> String {
        let times = (6_500_000 - begin.len()) / piece.len();
        format!("{begin}{}{end}", piece.repeat(times))
    }

    #[test]
    fn an_answer_takes_no_more_memory_than_it_may() {
        let deep = format!("{}{}", "[".repeat(3_000_000), "]".repeat(3_000_000));
        let deep_inside = format!(r#"{{"code":0,"data":{deep}}}"#);
        let bodies = [
            deep,
            deep_inside,
            wide("[", "{},", "{}]"),
            wide("[", "1,", "1]"),
            wide("{", r#""a":{},"#, r#""b":{}}"#),
            wide("[", r#"{"address":"a"},"#, "{}]"),
            wide(r#"{"address":"a","extendInfo":{"raftMetaData":{"metaDataMap":{"#, r#""":{},"#, r#""x":{}}}}}"#),
            wide(
                r#"{"address":"a","extendInfo":{"raftMetaData":{"metaDataMap":{"g":{"raftGroupMember":["#,
                "\"a\",",
                r#""b"]}}}}}"#,
            ),
            wide("{", r#""":{"metaInfo":{}},"#, r#""x":{"metaInfo":{}}}"#),
            wide(r#"{"serviceList":["#, r#"{"name":"a"},"#, "{}]}"),
            wide(r#"{"pushEnabled":true,"limitedUrlMap":{"#, r#""a":1,"#, r#""b":1}}"#),
        ];
        for body in &bodies {
            let begin: String = body.chars().take(60).collect();
            assert!(members(body).is_none() && own_self(body).is_none_or(|own| own.raft.is_empty()), "{begin}");
            assert!(connections(body).is_none() && state(body).is_none(), "{begin}");
            assert!(services(body).is_none() && switches(body).is_none(), "{begin}");
            assert!(LEFT.get() <= MEMORY);
        }
        // What a large cluster says is taken all the same.
        let one = r#""1795363006401_10.0.0.9_50000":{"metaInfo":{"clientIp":"10.0.0.9","version":"Nacos-Java-Client:v2.5.1","createTime":"2026-11-22T16:00:46.331+00:00","appName":"orders","labels":{"source":"sdk","module":"naming","AppName":"orders"}}},"#;
        let many = wide("{", one, r#""x":{"metaInfo":{}}}"#);
        assert!(connections(&many).expect("connections").len() > 20_000);
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
