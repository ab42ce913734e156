//! Tests of effective properties.

use super::*;

const KEY: &[u8] = b"a key of this installation";

fn see(file: &str, env: Option<&BTreeMap<String, String>>, command: Option<&CommandLine>) -> PropertiesSeen {
    let command = command.map(|command| (command, "process"));
    effective(&Inputs { env, command, ..Inputs::of_file(Some(file.as_bytes()), SecretHasher::new(KEY)) })
}

fn value<'a>(seen: &'a PropertiesSeen, key: &str) -> &'a Value {
    &seen.entries.iter().find(|entry| entry.key == key).unwrap_or_else(|| panic!("{key} is missing")).value
}

fn plain(text: &str) -> Value {
    Value::Plain { text: text.to_owned() }
}

#[test]
fn spellings_of_2_x_and_3_x_meet() {
    let two = see(
        "server.port=8848\nserver.servlet.context-path=/nacos\nspring.datasource.platform=mysql\ndb.user=u\n",
        None,
        None,
    );
    let three = see(
        "nacos.server.main.port = 8848\nnacos.server.contextPath:/nacos\nspring.sql.init.platform mysql\ndb.user.0=u\n",
        None,
        None,
    );
    let keys = |seen: &PropertiesSeen| {
        seen.entries.iter().map(|entry| (entry.key.clone(), entry.value.clone())).collect::<Vec<_>>()
    };
    assert_eq!(keys(&two), keys(&three));
    assert_eq!(value(&two, "server.port"), &plain("8848"));
}

#[test]
fn command_line_wins_over_environment_over_file() {
    let command = CommandLine::from_args(&[
        "java",
        "-Dserver.port=2",
        "--server.port=3",
        "-Dnacos.home=/x",
        "-Dfile.encoding=UTF-8",
        "-DembeddedStorage=true",
    ]);
    let env = BTreeMap::from([
        ("SERVER_PORT".to_owned(), "1".to_owned()),
        ("NACOS_CORE_AUTH_ENABLED".to_owned(), "true".to_owned()),
        ("NACOS_AUTH_ENABLE".to_owned(), "maybe".to_owned()),
        ("PATH".to_owned(), "/bin".to_owned()),
    ]);
    let seen = see("server.port=0\nnacos.core.auth.enabled=false\n", Some(&env), Some(&command));
    assert_eq!(value(&seen, "server.port"), &plain("3"));
    assert_eq!(value(&seen, "nacos.core.auth.enabled"), &plain("true"));
    assert_eq!(seen.entries.len(), 3, "neither PATH nor JVM properties: {:?}", seen.entries);
    assert_eq!(seen.flags_from.as_deref(), Some("process"));
    assert_eq!(seen.flags["storage"], "embedded");
}

#[test]
fn secrets_leave_only_as_keyed_hashes() {
    let file = "nacos.core.auth.plugin.nacos.token.secret.key=hunter2hunter2\nnacos.core.auth.server.identity.value=hunter2hunter2\n\
        db.password.0=hunter2hunter2\ndb.user.0=root\ndb.url.0=jdbc:mysql://u:hunter2hunter2@db:3306/nacos?password=hunter2hunter2\n\
        some.webhook.url=https://hunter2hunter2\nnacos.core.auth.ldap.url=ldap://admin:hunter2hunter2@ldap:389\n\
        nacos.core.auth.plugin.nacos.token.cache.password=${TOKEN:hunter2hunter2}\n";
    let seen = see(file, None, None);
    let text = serde_json::to_string(&seen).expect("json");
    assert!(!text.contains("hunter2"), "{text}");
    assert_eq!(
        value(&seen, "nacos.core.auth.plugin.nacos.token.cache.password"),
        &Value::Unknown { text: "${TOKEN}".to_owned(), names: vec!["TOKEN".to_owned()] }
    );
    let Value::Hashed { digest: token, known_default: false } =
        value(&seen, "nacos.core.auth.plugin.nacos.token.secret.key")
    else {
        panic!("not hashed")
    };
    let Value::Hashed { digest: identity, .. } = value(&seen, "nacos.core.auth.server.identity.value") else {
        panic!("not hashed")
    };
    assert_ne!(token, identity, "equal secrets of different keys look different");
    assert_eq!(token.len(), 16);
    assert_eq!(see(file, None, None), seen);
    let other = SecretHasher::new(b"another").digest("nacos.core.auth.plugin.nacos.token.secret.key", "hunter2hunter2");
    assert_ne!(&other, token);
    assert_eq!(seen.databases, ["db:3306/nacos"]);
}

#[test]
fn known_default_secrets_are_told() {
    let seen = see(
        "nacos.core.auth.default.token.secret.key=SecretKey012345678901234567890123456789012345678901234567890123456789\n\
        nacos.core.auth.server.identity.key=serverIdentity\nnacos.core.auth.server.identity.value=security\nnacos.core.auth.x.password=\n",
        None,
        None,
    );
    for key in ["nacos.core.auth.plugin.nacos.token.secret.key", "nacos.core.auth.server.identity.value"] {
        assert!(matches!(value(&seen, key), Value::Hashed { known_default: true, .. }), "{key}");
    }
    assert_eq!(value(&seen, "nacos.core.auth.server.identity.key"), &plain("serverIdentity"));
    assert_eq!(value(&seen, "nacos.core.auth.x.password"), &Value::Empty);
}

#[test]
fn placeholders_are_resolved_only_from_what_was_seen() {
    let file = "db.url.0=jdbc:mysql://${MYSQL_SERVICE_HOST}:${MYSQL_SERVICE_PORT:3306}/${SCHEMA:${DB:nacos}}\nserver.port=${PORT:8848}\na=${server.port}\n";
    let unseen = see(file, None, None);
    let unknown = Value::Unknown { text: "${PORT:8848}".to_owned(), names: vec!["PORT".to_owned()] };
    assert_eq!(value(&unseen, "server.port"), &unknown);
    assert!(unseen.unresolved.contains(&"server.port: ${PORT}".to_owned()), "{:?}", unseen.unresolved);
    let env = BTreeMap::from([("MYSQL_SERVICE_HOST".to_owned(), "db".to_owned())]);
    let seen = see(file, Some(&env), None);
    assert_eq!(seen.databases, ["db:3306/nacos"]);
    assert_eq!(value(&seen, "a"), &plain("8848"));
    assert!(seen.unresolved.is_empty());
    let circle = see("a=${b}\nb=${a}\nc=${\nd=}${x:}\n", Some(&env), None);
    assert_eq!(circle.entries.len(), 4);
}

#[test]
fn lines_duplicates_continuations_and_utf_8_are_kept() {
    let seen = see("# c\nserver.port=1\n\ndb.num=1\nserver.port=2\nnacos.x=\\\n  中文\n", None, None);
    assert_eq!(seen.duplicates, [("server.port".to_owned(), vec![2, 5])]);
    assert_eq!(value(&seen, "server.port"), &plain("2"));
    assert_eq!(value(&seen, "nacos.x"), &plain("中文"));
    assert_eq!(
        seen.entries.iter().find(|entry| entry.key == "server.port").map(|entry| entry.origin.as_str()),
        Some("application.properties:5")
    );
    let broken = see("a=1\nb=\\uZZZZ\nc=3\n", None, None);
    assert!(
        broken.unresolved.iter().any(|line| line.starts_with("application.properties:2")),
        "{:?}",
        broken.unresolved
    );
}

#[test]
fn classes_follow_what_breaks_when_they_differ() {
    for (key, class, area) in [
        ("db.url.0", KeyClass::MustEqual, "db"),
        ("db.pool.config.maximumPoolSize", KeyClass::MayDiffer, "db"),
        ("nacos.core.auth.enabled", KeyClass::MustEqual, "auth"),
        ("nacos.inetutils.ip-address", KeyClass::MayDiffer, "other"),
        ("nacos.naming.expireInstance", KeyClass::MustEqual, "other"),
        ("nacos.functionMode", KeyClass::MustEqual, "flags"),
        ("server.tomcat.basedir", KeyClass::MayDiffer, "other"),
        ("nacos.remote.peer.rpc.tls.enableTls", KeyClass::MustEqual, "auth"),
        ("nacos.remote.peer.rpc.tls.certChainFile", KeyClass::MayDiffer, "auth"),
        ("nacos.remote.server.rpc.tls.certPrivateKeyPassword", KeyClass::MayDiffer, "auth"),
        ("management.endpoints.web.exposure.include", KeyClass::MayDiffer, "other"),
    ] {
        assert_eq!(class_of(key), (class, area.into()), "{key}");
    }
}

#[test]
fn an_absent_file_is_told() {
    let seen = effective(&Inputs::of_file(None, SecretHasher::new(KEY)));
    assert!(!seen.present && seen.entries.is_empty() && seen.flags_from.is_none());
}

#[test]
fn any_bytes_are_read_without_panic() {
    for seed in 0..400 {
        let bytes = crate::nacos::fuzz::bytes(seed, 400);
        let env = BTreeMap::from([("A".to_owned(), "${A}".to_owned())]);
        let inputs = Inputs::of_file(Some(&bytes), SecretHasher::new(KEY));
        let _ = effective(&Inputs { env: Some(&env), ..inputs });
        let _ = jdbc::target(&crate::nacos::fuzz::text(seed, 60));
    }
}

#[test]
fn placeholders_follow_spring() {
    let command = CommandLine::from_args(&["java", "-Ddb.host=from-d", "-Dmysql.port=3310"]);
    let env = BTreeMap::from([
        ("STAGE".to_owned(), "prod".to_owned()),
        ("DB_HOST".to_owned(), "from-env".to_owned()),
        ("NACOS_NAMING_EXPIREINSTANCE".to_owned(), "false".to_owned()),
        ("DB_URL_1".to_owned(), "jdbc:mysql://second/nacos".to_owned()),
    ]);
    let file = "db.host=from-file\nprod.schema=nacos\nnacos.naming.expireInstance=true\n\
        db.url.0=jdbc:mysql://${db.host}:${mysql.port}/${${STAGE}.schema:none}\nnacos.x=${A:${B:http://c:1}}\n";
    let seen = see(file, Some(&env), Some(&command));
    assert_eq!(seen.databases, ["from-d:3310/nacos", "second:3306/nacos"]);
    assert_eq!(value(&seen, "nacos.naming.expireInstance"), &plain("false"));
    assert_eq!(value(&seen, "nacos.x"), &plain("http://c:1"));
    assert!(seen.env_seen && seen.unresolved.is_empty(), "{:?}", seen.unresolved);
    let circle = see("nacos.a=${nacos.b}\nnacos.b=${nacos.a}\n", Some(&env), None);
    assert!(matches!(value(&circle, "nacos.a"), Value::Unknown { .. }), "{circle:?}");
}
