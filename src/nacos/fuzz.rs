//! Reproducible hostile input for the parsers' tests: random bytes mixed with pieces of what the parsers look for.

/// `about` bytes made from `seed`.
pub fn bytes(seed: u64, about: usize) -> Vec<u8> {
    const PIECES: &[&str] = &[
        "2026-11-22 15:56:21,499 ERROR ",
        "2026-11-22 ",
        "[2026-11-22T15:56:04.442+0000]",
        "\n\n",
        "\r\n",
        "\t at x",
        "Caused by: ",
        "10.0.0.1:8848",
        "[::1]:8848",
        "?raft_port=7848",
        ",",
        "#",
        "=",
        "${A:b}",
        "\\u00e9",
        "\\u00",
        "\\",
        "{\"code\":0,\"data\":",
        "[",
        "]",
        "}",
        "\"",
        "\u{4e2d}\u{6587}",
        "\u{feff}",
        "\0\0",
        "\x1b[31m",
        "-Xmx",
        "-D",
        "'",
        "ESTAB 0 0 ",
        "LISTEN",
        "Connected to ",
        "Killed process 1 (java)",
        "Member{ip='",
        "error : ",
        "error={}",
        "99999999999999999999",
        "-1",
        "jdbc:mysql://",
    ];
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x2545_f491_4f6c_dd1d);
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut bytes = Vec::with_capacity(about + 64);
    while bytes.len() < about {
        let roll = next();
        if roll.is_multiple_of(3) {
            bytes.push((next() >> 24) as u8);
        } else {
            let index = (next() >> 16) as usize % PIECES.len();
            bytes.extend_from_slice(PIECES[index].as_bytes());
        }
    }
    bytes
}

/// The same as text.
pub fn text(seed: u64, about: usize) -> String {
    String::from_utf8_lossy(&bytes(seed, about)).into_owned()
}
