//! What a secret looks like where it is written: finds secrets in bytes and changes nothing. To add a spelling: a rule, its
//! hint, a line in the table of `tests.rs`.
//!
//! # Why
//! One pass looks for hints, and only the lines that hold one are searched, each by the rules of its hints. A log has few of
//! them, so that whole files can be redacted before they are searched. No rule needs an end mark: a text that is cut in
//! the middle of a secret does not show its half.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex::bytes::Regex;

/// Rules that a hint asks for, as bits.
type Groups = u16;

const KEYED: Groups = 1;
const COMMAND: Groups = 1 << 1;
const HTTP: Groups = 1 << 2;
const JWT: Groups = 1 << 3;
const HEADERS: Groups = 1 << 4;
const URL: Groups = 1 << 5;
const TRACE: Groups = 1 << 6;
const SQL: Groups = 1 << 7;
const COOKIE: Groups = 1 << 8;
const ORACLE: Groups = 1 << 9;
const CHINESE: Groups = 1 << 10;
/// The line is also read with its escapes undone.
const ESCAPED: Groups = 1 << 11;
const PEM: Groups = 1 << 12;
const PEM_END: Groups = 1 << 13;

/// Texts without which no rule finds anything, in any case. None is a part of another one with other groups.
const HINTS: &[(&[u8], Groups)] = &[
    (b"pass", KEYED | COMMAND | SQL),
    (b"pwd", KEYED),
    (b"secret", KEYED),
    (b"token", KEYED),
    (b"identity", KEYED),
    (b"credential", KEYED),
    (b"webhook", KEYED),
    (b"accesskey", KEYED),
    (b"access.key", KEYED),
    (b"access-key", KEYED),
    (b"access_key", KEYED),
    (b"apikey", KEYED),
    (b"api.key", KEYED),
    (b"api-key", KEYED),
    (b"api_key", KEYED),
    (b"privatekey", KEYED),
    (b"private.key", KEYED),
    (b"private-key", KEYED),
    (b"private_key", KEYED),
    (b"masterauth", COMMAND),
    (b"mysql", COMMAND),
    (b"mariadb", COMMAND),
    (b"redis-cli", COMMAND),
    (b"curl", COMMAND),
    (b"authorization", HTTP),
    (b"bearer", HTTP),
    (b"eyj", JWT),
    (b"headers=", HEADERS),
    (b"://", URL),
    (b"[[ ", TRACE),
    (b"identified", SQL),
    (b"cookie", COOKIE),
    (b"jdbc:oracle", ORACLE),
    ("密码".as_bytes(), CHINESE),
    ("口令".as_bytes(), CHINESE),
    ("密钥".as_bytes(), CHINESE),
    ("令牌".as_bytes(), CHINESE),
    // The first three in GBK.
    (b"\xc3\xdc\xc2\xeb", CHINESE),
    (b"\xbf\xda\xc1\xee", CHINESE),
    (b"\xc3\xdc\xd4\xbf", CHINESE),
    (b"\\u00", ESCAPED),
    (b"%3d", ESCAPED),
    (b"%3a", ESCAPED),
    (b"%22", ESCAPED),
    (b"%253d", ESCAPED),
    (b"%77ord", ESCAPED),
    (b"-----begin", PEM),
    (b"-----end ", PEM_END),
];

static FINDER: LazyLock<AhoCorasick> = LazyLock::new(finder);

#[expect(clippy::expect_used, reason = "the hints are constants of this file and every test uses them")]
fn finder() -> AhoCorasick {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA))
        .build(HINTS.iter().map(|(hint, _)| hint))
        .expect("the hints make an automaton")
}

/// Words that make any key a secret one, whatever stands around them.
const WORD: &str = r"(?:passw(?:or)?d|passphrase|pwd|secret|access[._\-]?token|auth[._\-]?token|refresh[._\-]?token|identity[._\-]?value|access[._\-]?key|api[._\-]?key|private[._\-]?key|credentials?|webhook)[\w.\-\[\]]*";

/// Words that make a key a secret one only where they end it.
const LAST: &str = r"(?:\b|[._\-]|(?-i:[a-z]))token|(?:\b|[._\-])pass|(?-i:[a-z]Pass)";

/// The words that are followed by a value without a separator, or in brackets.
const BARE: &str = r"(?:passw(?:or)?d|passwd|passphrase|pwd|pass|secret|token|(?:secret|access|api|private)[._\-]?key)";

/// Each marks its secret with the group `s`.
static RULES: LazyLock<Vec<(Groups, Regex)>> = LazyLock::new(|| {
    let key = format!("(?:{WORD}|{LAST})");
    let rules = [
        // A line of its own in a properties file or a shell script: the value goes on to the end of the line, and over `\` at line ends.
        (
            KEYED,
            format!(
                r"(?i)\A[ \t]*(?:-D|export[ \t]+|set[ \t]+|\++[ \t]+)*[\w.\-\[\]]*(?:{WORD}|[._\-](?:pass|token))[ \t]*[=:][ \t]*(?P<s>\S(?s:.*))"
            ),
        ),
        // The same without a separator, as Java takes it too.
        (
            KEYED,
            format!(
                r"(?i)\A[ \t]*(?:(?:[\w\-\[\]]+[._])+[\w\-]*{BARE}(?:[.\[]?\d+\]?)?[ \t]|{BARE}(?:\t|[ \t]{{2}}))[ \t]*(?P<s>\S+)\s*\z"
            ),
        ),
        // Quoted values: JSON, JSON in JSON, shell, YAML in one line.
        (KEYED, format!(r#"(?i){key}["']?\s{{0,4}}(?:=>?|:)\s{{0,4}}"(?P<s>(?:[^"\\\r\n]|\\.)+)"#)),
        (KEYED, format!(r#"(?i){key}\\"\s{{0,4}}(?:=>?|:)\s{{0,4}}\\"(?P<s>[^"\\\r\n]+)"#)),
        (KEYED, format!(r"(?i){key}[\x22']?\s{{0,4}}(?:=>?|:)\s{{0,4}}'(?P<s>[^'\r\n]+)")),
        // Plain values in the middle of a line or a query.
        (
            KEYED,
            format!(
                r#"(?i){key}["']?[ \t]{{0,2}}(?:=>?|:)[ \t]{{0,2}}(?P<s>\$\{{[^}}\r\n]*\}}?|[^\s&,;"'<>(){{}}\[\]]+)"#
            ),
        ),
        // In brackets.
        (KEYED, format!(r#"(?i){BARE}["']?[ \t]{{0,2}}[=:]?[ \t]{{0,2}}\[(?P<s>[^\]\s]{{4,}})"#)),
        // XML: an element, a property.
        (KEYED, format!(r"(?i)<[\w.:\-]*{BARE}(?:[ \t][^<>\r\n]*)?>(?P<s>[^<\r\n]+)")),
        (KEYED, format!(r#"(?i)name[ \t]?=[ \t]?["'][\w.\-]*{BARE}["'][^<>\r\n]{{0,80}}?value[ \t]?=[ \t]?["'](?P<s>[^"'\r\n]+)"#)),
        (KEYED, format!(r#"(?i)name[ \t]?=[ \t]?["'][\w.\-]*{BARE}["'][^<>\r\n]*>(?P<s>[^<\r\n]+)"#)),
        // Options with the value behind them.
        (KEYED, format!(r#"(?i)(?:\A|[\s"'\[,(=])--?[\w.\-]*{BARE}(?:["']?,[ \t]*|["']?[ \t]+)["'](?P<s>[^"'\r\n]+)"#)),
        (KEYED, format!(r#"(?i)(?:\A|[\s"'\[,(=])--?[\w.\-]*{BARE},?[ \t]+(?P<s>[^\s"',\]\-][^\s"',\]]*)"#)),
        (COMMAND, r#"(?i)\b(?:requirepass|masterauth)[ \t]+["']?(?P<s>[^\s"']+)"#.to_owned()),
        (
            COMMAND,
            r#"(?i)(?:\A|[\s/;|&"'(\x60])(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)[ \t](?:[^\r\n|;]*?[ \t])??-p["']?(?P<s>[^\s"']+)"#
                .to_owned(),
        ),
        (COMMAND, r#"(?i)\bsshpass[ \t]+-p[ \t]*["']?(?P<s>[^\s"']+)"#.to_owned()),
        (COMMAND, r#"(?i)\bredis-cli[ \t](?:[^\r\n|;]*?[ \t])??-a[ \t]+["']?(?P<s>[^\s"']+)"#.to_owned()),
        (
            COMMAND,
            r#"(?i)\bcurl[ \t](?:[^\r\n]*?[ \t])??(?:-[a-z]*u|--user|--proxy-user)[ \t=]*["']?[^\s:"']*:(?P<s>[^\s"']+)"#
                .to_owned(),
        ),
        // HTTP credentials.
        (
            HTTP,
            r#"(?i)\bauthorization\b["']?\s{0,4}[:=]\s{0,4}["'\[]?(?:(?:bearer|basic|digest|token)[ \t]+)?(?P<s>[^\s"',;\]]+)"#
                .to_owned(),
        ),
        (HTTP, r"(?i)\bbearer[ \t]+(?P<s>[A-Za-z0-9._~+/=\-]{12,})".to_owned()),
        (JWT, r"\b(?P<s>eyJ[\w\-]{6,}(?:\.[\w\-]*){1,2})".to_owned()),
        (COOKIE, r#"(?i)\b(?:set-)?cookie["']?[ \t]{0,4}[:=][ \t]{0,4}["'\[]?(?P<s>[^\r\n"\]]+)"#.to_owned()),
        (COOKIE, r"(?i)\bcookie header was received \[(?P<s>[^\]\r\n]+)".to_owned()),
        // The headers of a server-to-server request, which Nacos logs whole when it fails: the server identity is among them.
        (HEADERS, r"\bheaders=\{(?P<s>[^}\r\n]+)".to_owned()),
        // Name and password in a URL.
        (URL, r"://[^\s/:?#]*:(?P<s>[^\s/?#]+)@".to_owned()),
        (ORACLE, r#"(?i)jdbc:oracle:\w+:[^\s/@"']*/"(?P<s>[^"\r\n]+)"#.to_owned()),
        (ORACLE, r#"(?i)jdbc:oracle:\w+:[^\s/@"']*/(?P<s>[^\s@"]+)"#.to_owned()),
        // `set -x` traces of container start scripts: the value of any tested variable.
        (TRACE, r"\A\++ \[\[ (?:! )?-[zn] (?P<s>[^\s'][^\r\n]*?|'[^'\r\n]+') (?:\]\]|&&|\|\|)".to_owned()),
        (TRACE, r"\A\++ \[\[ (?:! )?-[zn] (?P<s>[^\s'\]][^\r\n\]&|]*|'[^'\r\n]+)\z".to_owned()),
        (SQL, r#"(?i)\bidentified[ \t]+(?:with[ \t]+\S+[ \t]+)?(?:by|as)[ \t]+(?:password[ \t]+)?["'\x60](?P<s>[^"'\x60\r\n]+)"#.to_owned()),
        (
            SQL,
            r#"(?i)\b(?:create|alter|grant|set)\b[^\r\n;]*?\bidentified[ \t]+(?:with[ \t]+\S+[ \t]+)?by[ \t]+(?:password[ \t]+)?(?P<s>[^\s"'\x60;]+)"#
                .to_owned(),
        ),
        (SQL, r#"(?i)\bpassword[ \t]{0,2}\([ \t]*["'](?P<s>[^"'\r\n]+)"#.to_owned()),
        (
            CHINESE,
            r#"(?:密码|口令|密钥|令牌|\xc3\xdc\xc2\xeb|\xbf\xda\xc1\xee|\xc3\xdc\xd4\xbf)["']?[ \t]{0,2}(?:=|:|：|＝|为|是|\xa3\xba|\xa3\xbd|\xce\xaa|\xca\xc7)(?:[ \t]|：|:|\xa3\xba){0,3}["']?(?P<s>[\x21\x23-\x26\x28-\x2b\x2d-\x3a\x3c-\x5a\x5c\x5e-\x7e]+)"#
                .to_owned(),
        ),
    ];
    rules.into_iter().map(|(groups, rule)| (groups, compile(&rule))).collect()
});

/// Begin mark, what may stand in the block (also with its line ends written as `\n`), end mark unless it is cut off.
static PEM_BLOCK: LazyLock<Regex> = LazyLock::new(|| {
    compile(
        r"\A-----BEGIN [A-Z0-9 ]{1,40}-----(?P<s>(?:[\s\\rn>|]*(?:Proc-Type|DEK-Info|Version|Comment): [^\r\n]*)*(?:\s|\\[rn]|[A-Za-z0-9+/=>|])*)(?:-----END [A-Z0-9 ]{1,40}-----)?",
    )
});

/// Most bytes of a PEM block: longer ones are none.
pub(super) const MAX_PEM: usize = 64 * 1024;

/// How often escapes in escapes are undone.
const MAX_ESCAPES: u8 = 3;

#[expect(clippy::expect_used, reason = "the rules are constants of this file and a test compiles them all")]
fn compile(rule: &str) -> Regex {
    // Bytes and not characters: a log in GBK is not a valid text here, and every mark that ends a value is ASCII.
    regex::bytes::RegexBuilder::new(rule).unicode(false).build().expect("a redaction rule compiles")
}

/// Adds the range of every secret; they may overlap.
pub(super) fn find(bytes: &[u8], found: &mut Vec<Range<usize>>) {
    find_in(bytes, MAX_ESCAPES, found);
}

fn find_in(bytes: &[u8], escapes: u8, found: &mut Vec<Range<usize>>) {
    let mut line: Range<usize> = 0..0;
    let mut groups: Groups = 0;
    // Behind a block of keys.
    let mut behind = 0;
    for hint in FINDER.find_iter(bytes) {
        let wanted = HINTS[hint.pattern().as_usize()].1;
        if wanted == PEM {
            if hint.start() >= behind {
                let block = pem_block(bytes, hint.start());
                behind = block.end;
                found.push(block);
            }
            continue;
        }
        if wanted == PEM_END {
            if hint.start() >= behind {
                found.push(pem_rest(bytes, behind, hint.start()));
            }
            continue;
        }
        if hint.start() >= line.end {
            search(&bytes[line.clone()], line.start, groups, escapes, found);
            line = line_around(bytes, hint.start());
            groups = 0;
        }
        groups |= wanted;
    }
    search(&bytes[line.clone()], line.start, groups, escapes, found);
}

/// The block that begins here, marks included.
fn pem_block(bytes: &[u8], start: usize) -> Range<usize> {
    let most = bytes.len().min(start + MAX_PEM);
    let Some(block) = PEM_BLOCK.captures(&bytes[start..most]) else { return start..start };
    let whole = block.get(0).map_or(0, |all| all.end());
    if block.name("s").is_some_and(|body| body.end() < whole) {
        return start..start + whole;
    }
    // Its end is missing: the last line counts only if it is of the block as a whole.
    let end = start + whole;
    if bytes.get(end).is_none_or(|next| matches!(next, b'\n' | b'\r')) || bytes[end..].starts_with(b"--") {
        return start..end;
    }
    match memchr::memrchr(b'\n', &bytes[start..end]) {
        Some(line_end) => start..start + line_end,
        None => start..end,
    }
}

/// What stands before an end mark whose begin mark was cut off: lines of a block, as far as there are any.
fn pem_rest(bytes: &[u8], behind: usize, end: usize) -> Range<usize> {
    let mut start = end;
    for line in bytes[behind..end].rsplit(|byte| *byte == b'\n') {
        let of_block = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=\r\\ >|".contains(byte);
        let words = line.split(|byte| *byte == b' ').filter(|word| word.len() > 1).count();
        if end - start > MAX_PEM || !line.iter().all(of_block) || words > 1 {
            break;
        }
        start = line.as_ptr().addr() - bytes.as_ptr().addr();
    }
    start..end
}

/// The line with what `\` at its end adds to it, without the last line end.
fn line_around(bytes: &[u8], at: usize) -> Range<usize> {
    let start = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |line_end| line_end + 1);
    let mut end = at;
    loop {
        end = memchr::memchr(b'\n', &bytes[end..]).map_or(bytes.len(), |line_end| end + line_end);
        let line = bytes[start..end].strip_suffix(b"\r").unwrap_or(&bytes[start..end]);
        let slashes = line.iter().rev().take_while(|byte| **byte == b'\\').count();
        if end == bytes.len() || slashes % 2 == 0 {
            return start..start + line.len();
        }
        end += 1;
    }
}

fn search(line: &[u8], at: usize, groups: Groups, escapes: u8, found: &mut Vec<Range<usize>>) {
    if groups == 0 {
        return;
    }
    for (wanted, rule) in RULES.iter() {
        if wanted & groups == 0 || (*wanted == URL && memchr::memchr(b'@', line).is_none()) {
            continue;
        }
        for secret in rule.captures_iter(line).filter_map(|found| found.name("s")) {
            if !is_plain(secret.as_bytes()) {
                found.push(at + secret.start()..at + secret.end());
            }
        }
    }
    if groups & ESCAPED != 0 && escapes > 0 {
        let (plain, places) = without_escapes(line);
        let mut inside = Vec::new();
        find_in(&plain, escapes - 1, &mut inside);
        found.extend(inside.into_iter().map(|secret| at + places[secret.start]..at + places[secret.end]));
    }
}

/// The line with `%XX` and `\u00XX` as the bytes they stand for, and where each of them begins in it; the last place is its end.
fn without_escapes(line: &[u8]) -> (Vec<u8>, Vec<usize>) {
    let mut plain = Vec::with_capacity(line.len());
    let mut places = Vec::with_capacity(line.len() + 1);
    let hex = |at: usize| {
        let digits = std::str::from_utf8(line.get(at..at + 2)?).ok()?;
        u8::from_str_radix(digits, 16).ok().filter(|_| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
    };
    let mut at = 0;
    while at < line.len() {
        places.push(at);
        let escaped = match line[at] {
            b'%' => hex(at + 1).map(|byte| (byte, 3)),
            b'\\' if line[at..].starts_with(b"\\u00") => hex(at + 4).map(|byte| (byte, 6)),
            _ => None,
        };
        // A line end that was escaped is none.
        let (byte, length) = escaped.filter(|(byte, _)| !matches!(byte, b'\n' | b'\r')).unwrap_or((line[at], 1));
        plain.push(byte);
        at += length;
    }
    places.push(line.len());
    (plain, places)
}

/// Words after a secret's key that are no secret: they stand in messages that signatures read.
const PLAIN_WORDS: &[&str] = &[
    "yes",
    "no",
    "true",
    "false",
    "null",
    "none",
    "empty",
    "{}",
    "[]",
    "invalid",
    "expired",
    "missing",
    "required",
    "wrong",
    "is",
    "not",
    "must",
    "incorrect",
    "failed",
    "error",
    "unknown",
];

/// True for values that tell nothing: words of messages, placeholders without a default, and what is hidden already.
fn is_plain(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    let Ok(text) = std::str::from_utf8(value) else { return false };
    let word = text.trim_end_matches(['.', ',', ')', '!']);
    PLAIN_WORDS.iter().any(|plain| plain.eq_ignore_ascii_case(word))
        || (text.starts_with("${") && text.ends_with('}') && !text.trim_end_matches(":}").contains(':'))
        || (!text.is_empty() && text.chars().all(|c| matches!(c, '*' | '•')))
}
