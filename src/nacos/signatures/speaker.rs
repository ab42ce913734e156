//! Who says the words of a record: the node itself, its database, or a client or peer that it quotes.
//!
//! # Why
//! "No space left on device" is the end of a node if it stands in the node's own `IOException`, and says nothing of the node
//! where a database answers with it or a client reports it. The words are the same; what stands before them in the line tells
//! whose they are.

use super::Role;

/// Whose words they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// The node: its own process and machine.
    Node,
    /// The database, in an answer that its driver passes on.
    Database,
    /// A client, in what it answered to a push.
    Client,
}

/// What an answer of a database carries, as no Java exception of the node's own does: the number of the system's error.
const ERROR_NUMBERS: [&str; 2] = ["errno", "rrcode:"];
/// Names of classes of drivers and of what Spring makes of their answers.
const DATABASE_CLASSES: [&str; 4] = ["SQL", "org.springframework.dao.", "org.springframework.jdbc.", "com.mysql."];
/// What begins a record that quotes a database.
const DATABASE_RECORDS: [&str; 2] = ["[db-error]", "[db-other-error]"];
/// What begins a record that quotes a client: what follows its reason is what the client answered.
const CLIENT_RECORDS: [(&str, &str); 2] = [("[PUSH-FAIL]", "reason="), ("[NACOS-PUSH] failed to push", "error:")];
/// The embedded database runs in the node's own process.
const EMBEDDED: [&str; 2] = ["derby", "Java exception: "];

impl Role {
    /// Who has to say a line for it to have this role; `None`: anybody.
    pub(super) const fn speaker(self) -> Option<Speaker> {
        match self {
            Self::DiskFull | Self::FilesExhausted | Self::ThreadsExhausted | Self::NativeMemory | Self::HeapFull => {
                Some(Speaker::Node)
            }
            Self::DbOutOfResources => Some(Speaker::Database),
            _ => None,
        }
    }
}

/// Who says what begins at byte `at` of a record.
#[must_use]
pub fn speaker(record: &str, at: usize) -> Speaker {
    let before = record.get(..at).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let (before_line, rest) = (&before[line_start..], &record[line_start..]);
    let line = rest.lines().next().unwrap_or_default();
    let quotes_client = |(record_start, reason): &(&str, &str)| {
        before_line.find(record_start).is_some_and(|start| before_line[start..].contains(reason))
    };
    if CLIENT_RECORDS.iter().any(quotes_client) {
        return Speaker::Client;
    }
    // A name of a class is its own speaker: the error was thrown in this process.
    if record[at..].starts_with("java.lang.") || EMBEDDED.iter().any(|word| line.contains(word)) {
        return Speaker::Node;
    }
    let close = floor(before_line, before_line.len().saturating_sub(16));
    if ERROR_NUMBERS.iter().any(|word| before_line[close..].contains(word)) {
        return Speaker::Database;
    }
    let of_database = match last_class(before_line) {
        Some(class) => DATABASE_CLASSES.iter().any(|word| class.contains(word)),
        None => DATABASE_RECORDS.iter().any(|word| before_line.contains(word)),
    };
    if of_database { Speaker::Database } else { Speaker::Node }
}

/// True if that speaker says one of these words in a record.
#[must_use]
pub fn says(who: Speaker, record: &str, words: &[&str]) -> bool {
    let said = |word: &&str| record.match_indices(*word).any(|(at, _)| speaker(record, at) == who);
    words.iter().any(said)
}

/// The last name of an exception in a text.
fn last_class(text: &str) -> Option<&str> {
    let is_separator = |char: char| !char.is_alphanumeric() && !matches!(char, '.' | '_' | '$');
    let mut words = text.split(is_separator);
    words.rfind(|word| {
        word.trim_end_matches('.').ends_with("Exception") || word.trim_end_matches('.').ends_with("Error")
    })
}

/// The nearest border of a character at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_the_words_tells_whose_they_are() {
        use Speaker::{Client, Database, Node};
        const FULL: &str = "No space left on device";
        const FILES: &str = "Too many open files";
        for (record, word, told) in [
            ("java.io.IOException: No space left on device", FULL, Node),
            ("Fail to save raft meta\njava.io.IOException: No space left on device", FULL, Node),
            ("org.rocksdb.RocksDBException: While appending to file: /d/7.log: No space left on device", FULL, Node),
            ("java.io.IOException: Cannot run program \"df\": error=24, Too many open files", FILES, Node),
            (
                "java.sql.SQLException: Error writing file '/var/lib/mysql/b.1' (OS errno 28 - No space left on device)",
                FULL,
                Database,
            ),
            ("Can't open file: './n/h.ibd' (errno: 24 - Too many open files)", FILES, Database),
            (
                "org.postgresql.util.PSQLException: ERROR: could not extend file \"base/1/2\": No space left on device",
                FULL,
                Database,
            ),
            (
                "[db-error] org.springframework.dao.DataAccessResourceFailureException: x; No space left on device",
                FULL,
                Database,
            ),
            ("[db-error] could not write to file: No space left on device", FULL, Database),
            (
                "[db-error] org.springframework.jdbc.CannotGetJdbcConnectionException: x\n\
                 Caused by: com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure\n\
                 Caused by: java.net.SocketException: Too many open files",
                FILES,
                Node,
            ),
            ("java.sql.SQLException: Java exception: 'No space left on device: java.io.IOException'.", FULL, Node),
            (
                "[PUSH-FAIL] 12ms, Service{}, reason=errCode: 500, errMsg: java.io.IOException: No space left on device",
                FULL,
                Client,
            ),
            ("java.sql.SQLException: java.lang.OutOfMemoryError: Java heap space", "java.lang.Out", Node),
            ("[PUSH-FAIL] 1ms, Service{}, reason=java.lang.OutOfMemoryError: Java heap space", "java.lang.Out", Client),
        ] {
            let at = record.find(word).expect("the words");
            assert_eq!(speaker(record, at), told, "{record}");
            assert_eq!(says(Node, record, &[word]), told == Node, "{record}");
        }
    }

    #[test]
    fn any_text_has_a_speaker() {
        for seed in 0..300 {
            let text = crate::nacos::fuzz::text(seed, 400);
            for (at, _) in text.char_indices() {
                let _ = speaker(&text, at);
            }
        }
    }
}
