//! Which keys must be equal on all nodes, which may differ, which are secret, and which spellings mean the same.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::observed::KeyClass;
use crate::domain::vocabulary::PropertyArea;

/// Spellings that mean the same: (canonical, other). The canonical one is the one 2.x ships.
const SPELLINGS: &[(&str, &str)] = &[
    ("server.port", "nacos.server.main.port"),
    ("server.servlet.contextPath", "server.servlet.context-path"),
    ("server.servlet.contextPath", "nacos.server.contextPath"),
    ("server.servlet.contextPath", "nacos.server.context-path"),
    ("server.servlet.contextPath", "server.context-path"),
    ("nacos.console.contextPath", "nacos.console.context-path"),
    ("spring.sql.init.platform", "spring.datasource.platform"),
    ("db.url.0", "db.url"),
    ("db.user.0", "db.user"),
    ("db.password.0", "db.password"),
    ("nacos.core.auth.plugin.nacos.token.secret.key", "nacos.core.auth.default.token.secret.key"),
    ("nacos.core.auth.plugin.nacos.token.expire.seconds", "nacos.core.auth.default.token.expire.seconds"),
    ("nacos.functionMode", "nacos.function.mode"),
    ("nacos.inetutils.prefer-hostname-over-ip", "nacos.preferHostnameOverIp"),
    ("nacos.inetutils.ip-address", "nacos.server.ip"),
];

/// The older of two spellings: where both are set, the other one counts.
const LEGACY: &[&str] = &[
    "spring.datasource.platform",
    "nacos.core.auth.default.token.secret.key",
    "nacos.core.auth.default.token.expire.seconds",
    "server.context-path",
    "db.user",
    "db.password",
];

/// Exact keys or prefixes (ending in a dot), the first that fits wins: class and area.
const CLASSES: &[(&str, KeyClass, PropertyArea)] = &[
    ("db.pool.", KeyClass::MayDiffer, PropertyArea::Db),
    ("db.", KeyClass::MustEqual, PropertyArea::Db),
    ("spring.sql.init.platform", KeyClass::MustEqual, PropertyArea::Db),
    ("spring.datasource.", KeyClass::MustEqual, PropertyArea::Db),
    ("nacos.plugin.datasource.", KeyClass::MustEqual, PropertyArea::Db),
    ("embeddedStorage", KeyClass::MustEqual, PropertyArea::Flags),
    ("nacos.core.auth.caching.", KeyClass::MayDiffer, PropertyArea::Auth),
    ("nacos.core.auth.plugin.nacos.token.cache.", KeyClass::MayDiffer, PropertyArea::Auth),
    ("nacos.core.auth.", KeyClass::MustEqual, PropertyArea::Auth),
    ("nacos.security.", KeyClass::MustEqual, PropertyArea::Auth),
    // Each node may have a certificate of its own, and its files where it likes.
    ("nacos.remote.server.rpc.tls.certChainFile", KeyClass::MayDiffer, PropertyArea::Auth),
    ("nacos.remote.server.rpc.tls.certPrivateKey", KeyClass::MayDiffer, PropertyArea::Auth),
    ("nacos.remote.server.rpc.tls.certPrivateKeyPassword", KeyClass::MayDiffer, PropertyArea::Auth),
    ("nacos.remote.server.rpc.tls.trustCollectionCertFile", KeyClass::MayDiffer, PropertyArea::Auth),
    ("nacos.remote.server.rpc.tls.sslProvider", KeyClass::MayDiffer, PropertyArea::Auth),
    ("nacos.remote.server.rpc.tls.", KeyClass::MustEqual, PropertyArea::Auth),
    ("nacos.remote.peer.rpc.tls.certChainFile", KeyClass::MayDiffer, PropertyArea::Auth),
    ("nacos.remote.peer.rpc.tls.certPrivateKey", KeyClass::MayDiffer, PropertyArea::Auth),
    ("nacos.remote.peer.rpc.tls.certPrivateKeyPassword", KeyClass::MayDiffer, PropertyArea::Auth),
    ("nacos.remote.peer.rpc.tls.trustCollectionCertFile", KeyClass::MayDiffer, PropertyArea::Auth),
    ("nacos.remote.peer.rpc.tls.sslProvider", KeyClass::MayDiffer, PropertyArea::Auth),
    ("nacos.remote.peer.rpc.tls.", KeyClass::MustEqual, PropertyArea::Auth),
    ("nacos.standalone", KeyClass::MustEqual, PropertyArea::Flags),
    ("nacos.functionMode", KeyClass::MustEqual, PropertyArea::Flags),
    ("nacos.deployment.type", KeyClass::MustEqual, PropertyArea::Flags),
    ("nacos.server.grpc.port.offset", KeyClass::MustEqual, PropertyArea::Flags),
    ("nacos.inetutils.", KeyClass::MayDiffer, PropertyArea::Other),
    ("nacos.core.snowflake.worker-id", KeyClass::MayDiffer, PropertyArea::Other),
    ("nacos.core.member.meta.", KeyClass::MayDiffer, PropertyArea::Other),
    ("nacos.core.sys.basic.processors", KeyClass::MayDiffer, PropertyArea::Other),
    // How often a node writes its own snapshot, and how many threads it does that with, is its own matter.
    ("nacos.core.protocol.raft.data.snapshot_interval_secs", KeyClass::MayDiffer, PropertyArea::Other),
    ("nacos.core.protocol.raft.data.core_thread_num", KeyClass::MayDiffer, PropertyArea::Other),
    ("nacos.core.protocol.raft.data.cli_service_thread_num", KeyClass::MayDiffer, PropertyArea::Other),
    ("nacos.logs.", KeyClass::MayDiffer, PropertyArea::Other),
    ("nacos.home", KeyClass::MayDiffer, PropertyArea::Other),
    ("nacos.console.port", KeyClass::MayDiffer, PropertyArea::Other),
    ("nacos.prometheus.", KeyClass::MayDiffer, PropertyArea::Other),
    ("server.port", KeyClass::MustEqual, PropertyArea::Other),
    ("server.servlet.contextPath", KeyClass::MustEqual, PropertyArea::Other),
    ("address.server.", KeyClass::MustEqual, PropertyArea::Other),
    ("nacos.", KeyClass::MustEqual, PropertyArea::Other),
];

/// Texts that a version shipped as a secret, or that the documentation prints for everybody.
const SHIPPED: &[&str] = &[
    "SecretKey012345678901234567890123456789012345678901234567890123456789",
    "VGhpc0lzTXlDdXN0b21TZWNyZXRLZXkwMTIzNDU2Nzg=",
    "VGhpc0lzTXlDdXN0b21TZWNyZXRLZXkwMTIzNDU2Nzg5",
    "U2VjcmV0S2V5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5",
];

static SECRET: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)(passw(?:or)?d|passphrase|[._\-a-z0-9]pwd|secret|identity[._\-]?value|private[._\-]?key|access[._\-]?key|api[._\-]?key|webhook|credential|kubeconfig|(?:access|auth|refresh)[._\-]?token|(?:^|[._\-])(?:pass|token)(?:[._]?\d+|\[\d+\])?$|(?-i:[a-z](?:Pass|Token))$|^db\.user)",
    )
    .ok()
});

/// The canonical spelling of a key.
#[must_use]
pub fn canonical(key: &str) -> String {
    let key = key.trim();
    SPELLINGS
        .iter()
        .find(|(_, other)| *other == key)
        .map_or_else(|| key.to_owned(), |(canonical, _)| (*canonical).to_owned())
}

/// True for the older of two spellings.
#[must_use]
pub fn is_legacy_spelling(key: &str) -> bool {
    LEGACY.contains(&key)
}

/// The key that an environment variable feeds by relaxed binding, if it feeds one that matters.
///
/// The variables of the container image (`NACOS_AUTH_ENABLE`, `MYSQL_SERVICE_HOST`) are none of these: they count only
/// where the file asks for them in a placeholder.
#[must_use]
pub fn env_key(name: &str) -> Option<String> {
    for kind in ["url", "user", "password"] {
        let index =
            name.strip_prefix("DB_").and_then(|rest| rest.strip_prefix(&kind.to_ascii_uppercase())?.strip_prefix('_'));
        if let Some(index) = index.filter(|index| !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit()))
        {
            return Some(format!("db.{kind}.{index}"));
        }
    }
    let relaxed = |key: &str| key.replace('.', "_").replace('-', "").to_ascii_uppercase();
    SPELLINGS
        .iter()
        .flat_map(|(canonical, other)| [*canonical, *other])
        .chain(CLASSES.iter().map(|(key, _, _)| *key).filter(|key| !key.ends_with('.')))
        .chain(["nacos.core.auth.server.identity.key", "nacos.core.auth.server.identity.value", "db.num"])
        .chain(["nacos.core.auth.enabled", "nacos.core.auth.admin.enabled", "nacos.core.auth.console.enabled"])
        .find(|key| relaxed(key) == name)
        .map(canonical)
}

/// True for the keys of a command line that configure Nacos or Spring, not the JVM.
#[must_use]
pub fn is_configuration(key: &str) -> bool {
    ["nacos.", "db.", "spring.", "server.", "address.server.", "management."].iter().any(|start| key.starts_with(start))
        && key != "nacos.home"
        && key != "spring.config.additional-location"
        || key == "embeddedStorage"
}

/// Class and area of a canonical key. Keys that nobody has listed may differ.
#[must_use]
pub fn class_of(key: &str) -> (KeyClass, PropertyArea) {
    CLASSES
        .iter()
        .find(|(pattern, ..)| if pattern.ends_with('.') { key.starts_with(pattern) } else { key == *pattern })
        .map_or((KeyClass::MayDiffer, PropertyArea::Other), |(_, class, area)| (*class, area.clone()))
}

/// True if the value of that key must never be kept or shown.
#[must_use]
pub fn is_secret(key: &str) -> bool {
    SECRET.as_ref().is_none_or(|regex| regex.is_match(key))
}

/// True if this secret was shipped as a default or is printed in the documentation.
#[must_use]
pub fn is_known_default(key: &str, value: &str) -> bool {
    if key.ends_with("token.secret.key") {
        return value.starts_with("SecretKey0123456789") || SHIPPED.contains(&value);
    }
    if key.ends_with("identity.value") {
        return matches!(value, "security" | "nacos" | "example");
    }
    key.starts_with("db.password") && matches!(value, "nacos" | "root" | "123456")
}

/// A URL without the user and password in it.
#[must_use]
pub fn without_user_info(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    let authority = rest.split(['/', '?', ' ']).next().unwrap_or_default();
    match authority.rfind('@') {
        Some(at) => format!("{scheme}://***{}", &rest[at..]),
        None => value.to_owned(),
    }
}
