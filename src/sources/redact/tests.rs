//! Secrets go, everything else stays.

use super::*;
use crate::nacos::properties::{self, SecretInputs};

/// Small deterministic generator for the random tests.
fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

#[test]
fn hides_secrets_where_they_are_written() {
    for (input, expected) in [
        ("db.password.0=pa ss&word;x", "db.password.0=••••"),
        ("  db.password : geheim1\r\ndb.num=1\r\n", "  db.password : ••••\r\ndb.num=1\r\n"),
        (
            "nacos.core.auth.plugin.nacos.token.secret.key=U2VjcmV0\\\n  S2V5\nx=1",
            "nacos.core.auth.plugin.nacos.token.secret.key=••••\nx=1",
        ),
        ("nacos.core.auth.server.identity.value=abc", "nacos.core.auth.server.identity.value=••••"),
        ("nacos.core.auth.server.identity.key=abc", "nacos.core.auth.server.identity.key=abc"),
        (
            "url jdbc:mysql://10.0.0.9:3306/nacos?user=nacos&password=geheim&useSSL=false end",
            "url jdbc:mysql://10.0.0.9:3306/nacos?user=nacos&password=••••&useSSL=false end",
        ),
        (
            "GET /nacos/v1/cs/configs?dataId=a&accessToken=eyJhbGciOi.J9x&tenant=",
            "GET /nacos/v1/cs/configs?dataId=a&accessToken=••••&tenant=",
        ),
        (
            r#"{"accessToken":"eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.abc","tokenTtl":18000}"#,
            r#"{"accessToken":"••••","tokenTtl":18000}"#,
        ),
        ("Authorization: Bearer abcdef", "Authorization: Bearer ••••"),
        (
            "ServerLoaderInfoRequest{headers={labIdentity=geheim, x=1}, requestId='null'}",
            "ServerLoaderInfoRequest{headers={••••}, requestId='null'}",
        ),
        ("MemberReportRequest{headers={}, requestId='null'}", "MemberReportRequest{headers={}, requestId='null'}"),
        ("http://nacos:n4c0s@10.0.0.1:8848/nacos", "http://nacos:••••@10.0.0.1:8848/nacos"),
        ("+ [[ -z SecretKey0123 ]]\n+ [[ -z '' ]]", "+ [[ -z •••• ]]\n+ [[ -z '' ]]"),
        ("+ export MYSQL_SERVICE_PASSWORD=abc def", "+ export MYSQL_SERVICE_PASSWORD=••••"),
        ("key -----BEGIN RSA PRIVATE KEY-----\nMIIE\nAB==\n-----END RSA PRIVATE KEY----- end", "key •••• end"),
        ("db.password.0=${DB_PASS:geheim}", "db.password.0=••••"),
    ] {
        assert_eq!(text(input), expected, "{input}");
    }
}

#[test]
fn hides_secrets_in_every_spelling() {
    for (input, expected) in [
        ("my.apikey=geheim1", "my.apikey=••••"),
        ("x my.apikey=geheim1 y", "x my.apikey=•••• y"),
        ("ldap userdn=cn=admin,dc=example,password=geheim1", "ldap userdn=cn=admin,dc=example,password=••••"),
        ("at jdbc:oracle:thin:scott/tiger1@//ora:1521/S end", "at jdbc:oracle:thin:scott/••••@//ora:1521/S end"),
        (r#"jdbc:oracle:oci:scott/"p@ss w"@db"#, r#"jdbc:oracle:oci:scott/"••••"@db"#),
        ("jdbc:mysql://root:p@ss1@db:3306/n", "jdbc:mysql://root:••••@db:3306/n"),
        ("jdbc:sqlserver://ms;user=sa;password=geheim1;x=1", "jdbc:sqlserver://ms;user=sa;password=••••;x=1"),
        ("started with redis.pass=geheim1", "started with redis.pass=••••"),
        ("redis.pass=geheim1", "redis.pass=••••"),
        ("userPass=geheim1, dbPass: geheim2", "userPass=••••, dbPass: ••••"),
        ("java -Xmx2g -Dx.pass=geheim1 -jar a.jar", "java -Xmx2g -Dx.pass=•••• -jar a.jar"),
        (r#"java -Dx.pass="geheim 1" -jar"#, r#"java -Dx.pass="••••" -jar"#),
        ("sh -c 'mysql -uroot -pgeheim1 nacos'", "sh -c 'mysql -uroot -p•••• nacos'"),
        ("/usr/bin/mysqldump -h db -p'geheim1' nacos", "/usr/bin/mysqldump -h db -p'••••' nacos"),
        ("mysql -u root -p nacos", "mysql -u root -p nacos"),
        ("curl -s -u nacos:geheim1 http://n1:8848/", "curl -s -u nacos:•••• http://n1:8848/"),
        ("curl --user=nacos:geheim1 -X POST", "curl --user=nacos:•••• -X POST"),
        ("tool --password geheim1 --x", "tool --password •••• --x"),
        ("tool --db-password 'geheim 1' --x", "tool --db-password '••••' --x"),
        (r#"["tool", "--password", "geheim1"]"#, r#"["tool", "--password", "••••"]"#),
        (r#"["tool","--password","geheim1"]"#, r#"["tool","--password","••••"]"#),
        ("sshpass -p geheim1 ssh n1", "sshpass -p •••• ssh n1"),
        ("sshpass -pgeheim1 ssh n1", "sshpass -p•••• ssh n1"),
        ("redis-cli -h r -a geheim1 ping", "redis-cli -h r -a •••• ping"),
        ("requirepass geheim1", "requirepass ••••"),
        ("masterauth \"geheim1\"", "masterauth \"••••\""),
        ("GET /login?user%3Da%26password%3Dgeheim1%26x%3D1", "GET /login?user%3Da%26password%3D••••%26x%3D1"),
        ("a?password%253Dgeheim1%2526x", "a?password%253D••••%2526x"),
        ("<password>geheim1</password>", "<password>••••</password>"),
        (r#"<property name="password" value="geheim1"/>"#, r#"<property name="password" value="••••"/>"#),
        (r#"<property name="db.password">geheim1</property>"#, r#"<property name="db.password">••••</property>"#),
        ("数据库密码=geheim1，请检查", "数据库密码=••••，请检查"),
        ("密码：geheim1", "密码：••••"),
        ("密码为 geheim1", "密码为 ••••"),
        ("invalid token [geheim1] from 10.0.0.1", "invalid token [••••] from 10.0.0.1"),
        ("Cookie: JSESSIONID=abc; x=1", "Cookie: ••••"),
        (r#"{"Set-Cookie":"a=b; Path=/","x":1}"#, r#"{"Set-Cookie":"••••","x":1}"#),
        (
            "{authorization=[Bearer abcdef], cookie=[a=b], host=[n1]}",
            "{authorization=[Bearer ••••], cookie=[••••], host=[n1]}",
        ),
        ("CREATE USER 'nacos'@'%' IDENTIFIED BY 'geheim1'", "CREATE USER 'nacos'@'%' IDENTIFIED BY '••••'"),
        ("ALTER USER nacos IDENTIFIED BY geheim1;", "ALTER USER nacos IDENTIFIED BY ••••;"),
        ("SET PASSWORD FOR n = PASSWORD('geheim1')", "SET PASSWORD FOR n = PASSWORD('••••')"),
        ("db.password.0   geheim1", "db.password.0   ••••"),
        ("password\tgeheim1", "password\t••••"),
        ("db.pass\\u0077ord.0=geheim1", "db.pass\\u0077ord.0=••••"),
        (r#"{"url":"x?password\u003dgeheim1\u0026a"}"#, r#"{"url":"x?password\u003d••••\u0026a"}"#),
        (r#"body={\"password\":\"geheim1\",\"x\":1}"#, r#"body={\"password\":\"••••\",\"x\":1}"#),
        (r#"cut off: {"password":"geheim1"#, r#"cut off: {"password":"••••"#),
        ("cut off: headers={labIdentity=gehe", "cut off: headers={••••"),
    ] {
        assert_eq!(text(input), expected, "{input}");
        let mut masked = input.as_bytes().to_vec();
        mask(&mut masked);
        assert_eq!(masked.len(), input.len(), "{input}");
        for secret in ["geheim", "tiger1", "p@ss", "abcdef", "JSESSIONID", "labIdentity=gehe"] {
            assert!(!masked.windows(secret.len()).any(|part| part == secret.as_bytes()), "{input}");
        }
    }
    let mut gbk = b"\xc3\xdc\xc2\xeb\xa3\xbageheim1 \xb4\xed".to_vec();
    mask(&mut gbk);
    assert_eq!(gbk, b"\xc3\xdc\xc2\xeb\xa3\xba******* \xb4\xed");
}

#[test]
fn leaves_the_words_that_signatures_read() {
    for line in [
        "Access denied for user 'nacos'@'10.0.0.5' (using password: YES)",
        "access denied, request: GET /nacos/v1/cs/configs, reason: token invalid!",
        "Invalid server identity value for myKey from 10.0.0.3",
        "Invalid server identity key or value, Please make sure set `nacos.core.auth.server.identity.key`",
        "nacos.core.auth.plugin.nacos.token.secret.key must be set, the length of secret key must great than 32 bytes",
        "the token is empty",
        "token expired!",
        "db.password.0=${DB_PASS}",
        "[NotifyCenter] Start destroying Publisher",
        "GET http://10.0.0.1:8848/nacos/v1/ns/operator/metrics",
        "Cluster-10.0.0.3:8848 Server check fail, please check server 10.0.0.3 ,port 9849 is available , error ={}",
        "key: 10.1.1.9,5000,1718",
        "Could not create connection to database server. com.mysql.cj.jdbc.exceptions.CommunicationsException -port",
        "client identified by 1700_10.0.0.1_5000 disconnected",
        "bypass=true, compass: north, passed: 3, tokenTtl=18000, passive: no",
        "the certificate -----BEGIN is missing",
        "java.lang.IllegalArgumentException: the password is required",
        "用户名或密码错误",
        "at com.alibaba.nacos.plugin.auth.impl.token.TokenManagerDelegate.parseToken(TokenManagerDelegate.java:45)",
        "WARN [HttpClientBeanHolder] Start destroying common HttpClient",
        "jdbc:oracle:thin:@//ora:1521/S and user@example",
    ] {
        assert_eq!(text(line), line);
        let mut masked = line.as_bytes().to_vec();
        mask(&mut masked);
        assert_eq!(String::from_utf8_lossy(&masked), line);
    }
}

#[test]
fn no_line_that_a_signature_reads_changes_what_it_says() {
    let set = crate::nacos::signatures::SignatureSet::shared();
    let mut changed = Vec::new();
    for signature in crate::nacos::signatures::CATALOGUE {
        for path in ["logs/nacos.log"].into_iter().chain(signature.files.iter().copied()) {
            let redacted = text(signature.example);
            let told = |line: &str| {
                let head = crate::nacos::log_line::parse_head(line.as_bytes());
                let message = head.map_or(line.to_owned(), |head| String::from_utf8_lossy(head.message).into_owned());
                let (first, rest) = message.split_once('\n').unwrap_or((&message, ""));
                set.classify_parts(path, first, rest).map(|hit| (hit.id(), hit.captures, hit.peer, hit.group))
            };
            if told(signature.example) != told(&redacted) {
                changed.push((signature.id, signature.example, redacted.into_owned()));
            }
        }
    }
    assert!(changed.is_empty(), "{changed:#?}");
}

#[test]
fn keys_are_hidden_to_their_end_and_no_further() {
    let log = "2026-11-22 08:00:00,000 INFO";
    for (input, expected) in [
        // Cut off in the middle: the next record stays.
        (
            format!("x -----BEGIN PRIVATE KEY-----\nMIIEvQ\nAbCd+/\n{log} next"),
            format!("x ••••\n{log} next"),
        ),
        (
            "a -----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,0A\n\nMIIE\n-----END RSA PRIVATE KEY-----\nb"
                .to_owned(),
            "a ••••\nb".to_owned(),
        ),
        (
            r#"{"key":"-----BEGIN PRIVATE KEY-----\nMIIE\nAB==\n-----END PRIVATE KEY-----\n","x":1}"#.to_owned(),
            r#"{"key":"••••\n","x":1}"#.to_owned(),
        ),
        // Its begin was cut off.
        (
            "and so on\nMIIEvQ+/\nAbCd==\n-----END PRIVATE KEY-----\nb".to_owned(),
            "and so on\n••••-----END PRIVATE KEY-----\nb".to_owned(),
        ),
    ] {
        assert_eq!(text(&input), expected);
    }
}

#[test]
fn knows_literals_but_not_common_words() {
    let redactor =
        Redactor::knowing(["nacos".to_owned(), "hunter222".to_owned(), "ab".to_owned(), "Connection".to_owned()]);
    assert_eq!(redactor.text("nacos said hunter222 ab Connection"), "nacos said •••• ab Connection");
    assert_eq!(redactor.text("xhunter222 hunter2222 (hunter222)"), "xhunter222 hunter2222 (••••)");
    let mut bytes = "密码错hunter222错".as_bytes().to_vec();
    redactor.mask(&mut bytes);
    assert_eq!(String::from_utf8_lossy(&bytes), "密码错*********错");
    assert!(!format!("{redactor:?}").contains("hunter222"));
}

#[test]
fn a_home_gives_its_secrets_away() {
    let redactor = Redactor::default();
    let file = b"db.password.0=Sommer-2026!\ndb.user.0=nacos_admin\nnacos.core.auth.server.identity.key=labIdentity\n\
        nacos.core.auth.server.identity.value=abc\n";
    redactor.learn_home(&properties::secrets(&SecretInputs { file: Some(file), ..SecretInputs::default() }));
    for (input, expected) in [
        ("bare Sommer-2026! here", "bare •••• here"),
        ("user nacos_admin abc", "user nacos_admin abc"),
        ("sent labIdentity: abc, x", "sent labIdentity: ••••, x"),
        ("{labIdentity=[abc]}", "{labIdentity=[••••]}"),
        ("labIdentity is abcd, labIdentity=abcd", "labIdentity is abcd, labIdentity=abcd"),
        ("XSommer-2026! Sommer-2026", "XSommer-2026! Sommer-2026"),
    ] {
        assert_eq!(redactor.text(input), expected, "{input}");
        let mut masked = input.as_bytes().to_vec();
        redactor.mask(&mut masked);
        assert_eq!(masked.len(), input.len());
    }
    // Redacted first, then cut.
    assert_eq!(redactor.start_of("bare Sommer-2026! here", 9), "bare •");
    // A clone knows what is learned later.
    let clone = redactor.clone();
    redactor.learn("Winter-2026!");
    assert_eq!(clone.text("bare Winter-2026!"), "bare ••••");
}

#[test]
fn command_lines_lose_their_secrets() {
    let arguments: Vec<String> =
        ["java", "-Xmx2g", "-Ddb.password=geheim wort", "-Dnacos.home=/home/nacos", "--password", "x", "nacos.nacos"]
            .map(str::to_owned)
            .into();
    assert_eq!(
        command(&arguments),
        ["java", "-Xmx2g", "-Ddb.password=••••", "-Dnacos.home=/home/nacos", "--password", "••••", "nacos.nacos"]
    );
}

#[test]
fn redacting_again_changes_nothing_and_never_panics() {
    const PIECES: &[&str] = &[
        "password",
        "=",
        ":",
        " ",
        "\n",
        "\r\n",
        "\"",
        "'",
        "secret.key",
        "abc",
        "•",
        "••••",
        "Authorization",
        "Bearer ",
        "eyJabcdefg.hijklmnop.q",
        "://",
        "@",
        "+ [[ -z ",
        " ]]",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "${A:b}",
        "${A}",
        "\\",
        "\\\n",
        "中文",
        "accessToken",
        "&",
        ",",
        "YES",
        "-D",
        "export ",
        "{",
        "}",
        "*",
        "mysql -p",
        "curl -u a:",
        "--password ",
        "%3D",
        "%26",
        "\\u003d",
        "\\u0077",
        "<password>",
        "密码=",
        "token [",
        "]",
        "Cookie: ",
        "IDENTIFIED BY '",
        "db.password.0 ",
        "jdbc:oracle:thin:a/",
        "headers={",
        ".pass",
    ];
    let mut state = 0x5eed_2026_u64;
    for round in 0..3000 {
        let input: String =
            (0..next(&mut state) % 14).map(|_| PIECES[(next(&mut state) % PIECES.len() as u64) as usize]).collect();
        let once = text(&input).into_owned();
        assert_eq!(text(&once), once, "round {round}: {input:?}");
        let mut masked = input.clone().into_bytes();
        mask(&mut masked);
        assert_eq!(masked.len(), input.len());
        let mut again = masked.clone();
        mask(&mut again);
        assert_eq!(again, masked, "round {round}: {input:?}");
    }
    let mut bytes: Vec<u8> = (0..=255).cycle().take(4096).collect();
    mask(&mut bytes);
}

#[test]
fn masks_bytes_in_place() {
    let mut bytes = b"db.password.0=geheim\ndb.num=1\n".to_vec();
    mask(&mut bytes);
    assert_eq!(bytes, b"db.password.0=******\ndb.num=1\n");
}
