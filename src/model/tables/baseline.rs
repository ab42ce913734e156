//! What was seen of a cluster, in the shape in which it is written down while all is well, and compared later. Pure.
//!
//! # Why
//! Taking a baseline and comparing a round with it goes through the same function, so that nothing is a change only
//! because it was read in another way. No value of a setting leaves here: each becomes a hash under the key of this
//! installation, secret or not.

use std::collections::BTreeMap;

use crate::domain::baseline::{
    ClientsSeen, ClusterSeen, ConfSeen, ErrorsSeen, Led, MOST_CHARS, MOST_ENTRIES, NodeSeen, ServicesSeen, Setting,
    SettingsSeen, StartBy, StartSeen, Told, UNKNOWN,
};
use crate::domain::cluster::Cluster;
use crate::domain::connected::{ClientKey, ClientList};
use crate::domain::id::NodeName;
use crate::domain::led::named;
use crate::domain::look::Look;
use crate::domain::message::Message;
use crate::domain::observed::{
    self, ClusterConfSeen, LogsSeen, MemberSeen, Observations, Observed, PropertiesSeen, RaftGroupSeen, StopSeen,
    Value, ViewSeen,
};
use crate::domain::vocabulary::{ClientsFrom, MemberState};
use crate::nacos::properties::SecretHasher;
use crate::nacos::signatures::{self, Severity};

/// Most services that one answer holds: where there are as many, there may be more.
pub(super) const SERVICES_OF_AN_ANSWER: usize = 500;
/// An application that names itself so, or not at all, is known by its address.
const UNNAMED: [&str; 3] = ["", "unknown", "-"];

/// What observations tell of these nodes. `key`: under which settings are hashed.
#[must_use]
pub fn of_nodes<'n>(
    nodes: impl IntoIterator<Item = &'n NodeName>,
    observations: &Observations,
    key: &[u8; 32],
) -> ClusterSeen {
    ClusterSeen { nodes: nodes.into_iter().map(|name| (name.clone(), of_node(observations, name, key))).collect() }
}

/// What a look tells: members and leaders. `why`: why it tells no more.
#[must_use]
pub fn of_look(cluster: &Cluster, look: &Look) -> ClusterSeen {
    let (not_asked, silent) = (Message::new("baseline-not-looked"), Message::new("baseline-silent"));
    let node = |name: &NodeName| {
        let Some((_, sample)) = look.nodes.iter().find(|(node, _)| node == name) else {
            return NodeSeen::unseen(&not_asked);
        };
        if !sample.alive {
            let unseen = NodeSeen::unseen(&not_asked);
            return NodeSeen { members: Told::NotSeen(silent.clone()), raft: Told::NotSeen(silent.clone()), ..unseen };
        }
        let members = sample.members.iter().map(|(address, state)| (cut(address), state.clone()));
        NodeSeen {
            members: told(members.take(MOST_ENTRIES).collect::<BTreeMap<_, _>>(), BTreeMap::is_empty),
            raft: told(led(&sample.raft), BTreeMap::is_empty),
            ..NodeSeen::unseen(&not_asked)
        }
    };
    ClusterSeen { nodes: cluster.nodes.iter().map(|spec| (spec.name.clone(), node(&spec.name))).collect() }
}

/// An answer that tells nothing tells that it was not told.
fn told<T>(seen: T, is_empty: impl Fn(&T) -> bool) -> Told<T> {
    if is_empty(&seen) { Told::NotSeen(Message::new("baseline-not-told")) } else { Told::Seen(seen) }
}

fn of_node(observations: &Observations, name: &NodeName, key: &[u8; 32]) -> NodeSeen {
    let why = |kind: &str| {
        let missing = observations.missing.get(kind).and_then(|nodes| nodes.get(name));
        bounded(missing.map_or_else(|| Message::new("baseline-not-looked"), |missing| missing.reason.clone()))
    };
    let seen = |kind: &str| observations.get(kind, name);
    let view = match seen("node.view") {
        Some(Observed::View(view)) => Ok(view),
        _ => Err(why("node.view")),
    };
    let of_view = view.as_ref();
    let properties = match seen("config.properties") {
        Some(Observed::Properties(properties)) => settings(properties, key),
        _ => Told::NotSeen(why("config.properties")),
    };
    let conf = match seen("config.cluster_conf") {
        Some(Observed::ClusterConf(conf)) => conf_seen(conf),
        _ => Told::NotSeen(why("config.cluster_conf")),
    };
    let start = match seen("node.stop") {
        Some(Observed::Stop(stop)) => start(stop),
        _ => Told::NotSeen(why("node.stop")),
    };
    let errors = match seen("logs.signatures") {
        Some(Observed::Logs(logs)) => errors(logs),
        _ => Told::NotSeen(why("logs.signatures")),
    };
    let clients = match seen("clients.connections") {
        Some(Observed::Clients(clients)) => Told::Seen(clients_seen(clients)),
        _ => Told::NotSeen(why("clients.connections")),
    };
    NodeSeen {
        version: of_part(of_view, version, Option::is_none).map_seen(),
        members: of_part(of_view, |view| members(&view.members), BTreeMap::is_empty),
        raft: of_part(of_view, |view| led(&view.raft), BTreeMap::is_empty),
        services: of_part(of_view, services, |seen| seen.instances.is_empty() && !seen.complete),
        settings: properties,
        conf,
        start,
        errors,
        clients,
    }
}

/// A part of a view that was seen, unless it tells nothing of that.
fn of_part<T>(
    view: Result<&&ViewSeen, &Message>,
    part: impl Fn(&ViewSeen) -> T,
    is_empty: impl Fn(&T) -> bool,
) -> Told<T> {
    match view {
        Ok(view) => told(part(view), is_empty),
        Err(why) => Told::NotSeen(why.clone()),
    }
}

trait MapSeen<T> {
    fn map_seen(self) -> Told<T>;
}

impl<T> MapSeen<T> for Told<Option<T>> {
    fn map_seen(self) -> Told<T> {
        match self {
            Self::Seen(Some(seen)) => Told::Seen(seen),
            Self::Seen(None) => Told::NotSeen(Message::new("baseline-not-told")),
            Self::NotSeen(why) => Told::NotSeen(why),
        }
    }
}

fn version(view: &ViewSeen) -> Option<String> {
    view.version.as_deref().filter(|version| !version.is_empty()).map(cut)
}

fn members(members: &[MemberSeen]) -> BTreeMap<String, MemberState> {
    let known = members.iter().map(|member| (cut(&member.address), bounded_state(&member.state)));
    known.take(MOST_ENTRIES).collect()
}

fn bounded_state(state: &MemberState) -> MemberState {
    if state.to_string().chars().count() <= MOST_CHARS { state.clone() } else { MemberState::from(UNKNOWN) }
}

fn led(groups: &[RaftGroupSeen]) -> BTreeMap<String, Led> {
    let of = |group: &RaftGroupSeen| {
        let leader = named(group).map(cut);
        (cut(&group.group), Led { leader, term: group.term })
    };
    groups.iter().map(of).take(MOST_ENTRIES).collect()
}

fn services(view: &ViewSeen) -> ServicesSeen {
    let listed = view.services.len();
    // A list that was not answered is empty as well: it is only believed where nothing failed.
    let failed = view.failed.iter().any(|asked| asked.path.contains("service"));
    let all = view.metrics.as_ref().and_then(|metrics| metrics.services);
    ServicesSeen {
        instances: view.services.iter().take(MOST_ENTRIES).map(|(name, (_, all))| (cut(name), *all)).collect(),
        complete: listed < SERVICES_OF_AN_ANSWER && !failed && (listed > 0 || all == Some(0)),
        all,
    }
}

fn settings(seen: &PropertiesSeen, key: &[u8; 32]) -> Told<SettingsSeen> {
    // A file that is not there, not copied as a rule, sets nothing that could be compared.
    if !seen.present {
        return Told::NotSeen(Message::new("baseline-no-properties"));
    }
    let hasher = SecretHasher::new(key);
    let entries = seen.entries.iter().map(|entry| {
        let hash = match &entry.value {
            Value::Plain { text } => hasher.digest(&entry.key, text.trim()),
            Value::Hashed { digest, .. } => cut(digest),
            Value::Empty => hasher.digest(&entry.key, ""),
            Value::Unknown { .. } => UNKNOWN.to_owned(),
        };
        let in_file = !matches!(entry.origin.as_str(), "env" | "-D" | "--");
        (cut(&entry.key), Setting { hash, in_file })
    });
    let flags = seen.flags.iter().map(|(flag, value)| {
        let hash = hasher.digest(flag, value.trim());
        (cut(flag), Setting { hash, in_file: false })
    });
    // A property and a flag of one name are two things, and both tell: the property stands.
    let mut values: BTreeMap<String, Setting> = flags.chain(entries).collect();
    let surplus = values.keys().nth(MOST_ENTRIES).cloned();
    let left_out = surplus.map_or(0, |first| values.split_off(&first).len());
    let outside = seen.env_seen && seen.flags_from.is_some() && !seen.flags_partly;
    Told::Seen(SettingsSeen { values, outside, left_out: u32::try_from(left_out).unwrap_or(u32::MAX) })
}

fn conf_seen(seen: &ClusterConfSeen) -> Told<ConfSeen> {
    if !seen.present {
        return Told::NotSeen(Message::new("baseline-no-conf"));
    }
    let members = seen.members.iter().map(cut).take(MOST_ENTRIES).collect();
    Told::Seen(ConfSeen { members, hash: cut(&seen.sha256) })
}

fn start(seen: &StopSeen) -> Told<StartSeen> {
    let process = seen.process.as_ref().and_then(|process| process.started_at).map(|at| (at, StartBy::Process));
    let jvm = seen.jvm_began.map(|at| (at, StartBy::Jvm));
    let log = seen.last_started.map(|at| (at, StartBy::Log));
    match process.or(jvm).or(log) {
        Some((at, by)) => Told::Seen(StartSeen { at, by, took_ms: seen.last_start_ms }),
        None => Told::NotSeen(Message::new("baseline-not-told")),
    }
}

/// Lines of level ERROR, without those of which the catalogue says that they are noise.
fn errors(seen: &LogsSeen) -> Told<ErrorsSeen> {
    if seen.files.is_empty() || seen.files.iter().any(|file| file.cut.is_some()) || !seen.unreadable.is_empty() {
        return Told::NotSeen(Message::new("baseline-logs-in-part"));
    }
    let noise = |id: &str| signatures::find(id).is_some_and(|known| known.severity == Severity::Noise);
    let hits = seen.hits.iter().chain(&seen.unknown).filter(|hits| hits.level == "ERROR" && !noise(&hits.signature));
    let lines = hits.map(|hits| hits.count).fold(0, u64::saturating_add);
    Told::Seen(ErrorsSeen { lines, window_ms: seen.to.millis_since(seen.from) })
}

fn clients_seen(seen: &observed::ClientsSeen) -> ClientsSeen {
    let list = ClientList::all(&seen.connections);
    let mut named: BTreeMap<String, u32> = BTreeMap::new();
    for key in list.clients.keys() {
        let count = named.entry(client(key)).or_default();
        *count = count.saturating_add(1);
    }
    // Some of them would look like all of them.
    let is_list = seen.from == ClientsFrom::Loader && named.len() <= MOST_ENTRIES;
    let beating = seen.beats.listed().filter(|all| all.len() <= MOST_ENTRIES);
    let beating = beating.map(|all| all.iter().map(|one| cut(one.tag())).collect());
    ClientsSeen { connections: seen.sdk, named: is_list.then_some(named), beating }
}

fn client(key: &ClientKey) -> String {
    let app = key.app.as_deref().filter(|app| !UNNAMED.contains(app));
    cut(app.unwrap_or(&key.ip))
}

fn cut(text: impl AsRef<str>) -> String {
    text.as_ref().chars().take(MOST_CHARS).collect()
}

/// A reason may quote what a node said.
fn bounded(why: Message) -> Message {
    let args = why.args.into_iter().map(|(name, value)| (name, cut(value))).collect();
    Message { args, ..why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::baseline::{What, compare};
    use crate::domain::beating::{Beating, BeatsSeen};
    use crate::domain::observed::{ClientSeen, KeyClass, PropertySeen};
    use crate::domain::vocabulary::{ClientSource, PropertyArea};

    const KEY: [u8; 32] = [7; 32];

    fn properties(entries: &[(&str, &str, &str)], env_seen: bool) -> PropertiesSeen {
        let entry = |(key, value, origin): &(&str, &str, &str)| PropertySeen {
            key: (*key).to_owned(),
            written_key: (*key).to_owned(),
            origin: (*origin).to_owned(),
            class: KeyClass::MustEqual,
            area: PropertyArea::Other,
            value: Value::Plain { text: (*value).to_owned() },
        };
        PropertiesSeen {
            present: true,
            entries: entries.iter().map(entry).collect(),
            duplicates: Vec::new(),
            unresolved: Vec::new(),
            flags: BTreeMap::new(),
            flags_from: env_seen.then(|| "process".to_owned()),
            flags_partly: false,
            databases: Vec::new(),
            modified: None,
            env_seen,
            reached: Vec::new(),
            written_from: None,
        }
    }

    fn seen(properties: &PropertiesSeen) -> ClusterSeen {
        let mut observations = Observations::default();
        let name = NodeName::from("n1");
        observations.put("config.properties", name.clone(), Observed::Properties(properties.clone()));
        ClusterSeen { nodes: [(name.clone(), of_node(&observations, &name, &KEY))].into_iter().collect() }
    }

    fn changes(before: &PropertiesSeen, now: &PropertiesSeen) -> Vec<What> {
        compare(&seen(before), &seen(now)).changes.into_iter().map(|change| change.what).collect()
    }

    const FILE: &str = "application.properties:1";

    #[test]
    fn which_key_changed_is_told_and_no_value_is_kept() {
        let before = properties(&[("a", "swordfish", FILE), ("b", "1", FILE), ("d", "1", FILE)], true);
        let now = properties(&[("a", "swordfish", FILE), ("b", "2", FILE), ("c", "3", FILE)], true);
        let key = |key: &str| key.to_owned();
        assert_eq!(
            changes(&before, &now),
            [
                What::SettingOther { key: key("b") },
                What::SettingNew { key: key("c") },
                What::SettingGone { key: key("d") }
            ]
        );
        let text = serde_json::to_string(&seen(&before)).expect("json");
        assert!(!text.contains("swordfish") && text.contains("\"a\""), "{text}");
    }

    #[test]
    fn what_a_process_is_given_is_not_gone_where_nobody_can_look_into_it() {
        let before = properties(&[("a", "1", FILE), ("b", "1", "env"), ("c", "1", FILE)], true);
        // Its process is gone: the file tells what the environment said otherwise.
        let now = properties(&[("a", "2", FILE), ("b", "9", FILE), ("c", "1", FILE)], false);
        assert_eq!(changes(&before, &now), [What::SettingOther { key: "a".to_owned() }]);
        let compared = compare(&seen(&before), &seen(&now));
        assert!(compared.not_compared.iter().any(|one| one.why.key == "baseline-settings-of-the-file"));
    }

    #[test]
    fn a_value_that_is_not_known_is_not_another() {
        let mut before = properties(&[("a", "1", FILE)], true);
        before.entries[0].value = Value::Unknown { text: "${A}".to_owned(), names: vec!["A".to_owned()] };
        assert_eq!(changes(&before, &properties(&[("a", "1", FILE)], true)), []);
    }

    #[test]
    fn a_client_is_known_by_its_application_or_its_address() {
        let client = |ip: &str, app: Option<&str>| ClientSeen {
            id: ip.to_owned(),
            ip: ip.to_owned(),
            module: None,
            source: Some(ClientSource::Sdk),
            app: app.map(str::to_owned),
            version: None,
            created: None,
        };
        let connections = vec![
            client("10.0.0.7", Some("order")),
            client("10.0.0.8", Some("order")),
            client("10.0.0.9", Some("unknown")),
            client("10.0.0.10", None),
        ];
        let list = |from| observed::ClientsSeen {
            sdk: Some(4),
            cluster: Some(0),
            from,
            connections: connections.clone(),
            history: Vec::new(),
            beats: Default::default(),
        };
        let seen = clients_seen(&list(ClientsFrom::Loader));
        let named: Vec<(String, u32)> = seen.named.expect("a list").into_iter().collect();
        let of = |name: &str, count| (name.to_owned(), count);
        assert_eq!(named, [of("10.0.0.10", 1), of("10.0.0.9", 1), of("order", 2)]);
        assert_eq!(clients_seen(&list(ClientsFrom::Metrics)).named, None, "a count is no list");
        assert_eq!(clients_seen(&list(ClientsFrom::Loader)).beating, None, "it was not asked");
        let listed = |ports: std::ops::Range<u16>| {
            let beats = BeatsSeen::Listed(ports.map(|port| Beating { ip: "10.0.4.7".to_owned(), port }).collect());
            clients_seen(&observed::ClientsSeen { beats, ..list(ClientsFrom::Loader) }).beating
        };
        assert_eq!(listed(80..82), Some(["10.0.4.7:80", "10.0.4.7:81"].map(str::to_owned).into()));
        assert_eq!(listed(0..1001), None, "some of them would look like all of them");
    }

    #[test]
    fn what_a_source_does_not_tell_is_not_seen_and_says_why() {
        let mut observations = Observations::default();
        let name = NodeName::from("n1");
        observations.put_missing(
            "logs.signatures",
            name.clone(),
            Message::new("source-denied").with("why", "x".repeat(9000)),
        );
        observations.put("node.view", name.clone(), Observed::View(ViewSeen::default()));
        let node = of_node(&observations, &name, &KEY);
        assert_eq!(node.errors.why().map(|why| why.key.as_str()), Some("source-denied"));
        assert!(serde_json::to_string(&node).expect("json").len() < 2000, "reasons are bounded");
        assert_eq!(node.version.why().map(|why| why.key.as_str()), Some("baseline-not-told"));
        assert!(node.parts().is_empty());
    }
}
