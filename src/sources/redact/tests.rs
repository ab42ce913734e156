//! Secrets go, everything else stays.

use super::*;

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
fn leaves_the_words_that_signatures_read() {
    for line in [
        "Access denied for user 'nacos'@'10.0.0.5' (using password: YES)",
        "access denied, request: GET /nacos/v1/cs/configs, reason: token invalid!",
        "Invalid server identity value for myKey from 10.0.0.3",
        "Invalid server identity key or value, Please make sure set `nacos.core.auth.server.identity.key`",
        "db.password.0=${DB_PASS}",
        "[NotifyCenter] Start destroying Publisher",
        "GET http://10.0.0.1:8848/nacos/v1/ns/operator/metrics",
        "Cluster-10.0.0.3:8848 Server check fail, please check server 10.0.0.3 ,port 9849 is available , error ={}",
        "key: 10.1.1.9,5000,1718",
    ] {
        assert_eq!(text(line), line);
    }
}

#[test]
fn knows_literals_but_not_common_words() {
    let redactor = Redactor::knowing(["nacos".to_owned(), "hunter22".to_owned(), "ab".to_owned()]);
    assert_eq!(redactor.text("nacos said hunter22 ab"), "nacos said •••• ab");
    assert!(!format!("{redactor:?}").contains("hunter22"));
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
        // Masked bytes may let a further rule match; a masked text never shows more than before.
        assert_eq!(again.len(), masked.len());
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
