//! Tests of logs that other programs hand on.

use super::*;

/// What comes out of a file with these bytes, and the zone; `None`: it is read as it is.
fn opened(bytes: &[u8]) -> Option<(String, Option<i32>)> {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(bytes).expect("written");
    let transcript = open(&file, 1 << 20).expect("readable")?;
    let mut text = String::new();
    let mut out = transcript.file;
    out.seek(SeekFrom::Start(0)).expect("start");
    out.read_to_string(&mut text).expect("text");
    assert_eq!(text.len() as u64, transcript.size_bytes);
    Some((text, transcript.zone_offset_s))
}

const NACOS: &str = "2026-11-22 23:26:01,123 INFO one\n\n2026-11-22 23:26:02,000 ERROR two\n\
                     java.lang.IllegalStateException: x\n\tat a.b.C(C.java:1)\n2026-11-22 23:26:03,000 INFO three\n";

#[test]
fn lines_of_nacos_are_read_as_they_are() {
    let spring = "2026-11-22T15:26:01.123+08:00  INFO 1 --- [main] c.a.n.Nacos : up\n".repeat(3);
    let gc = "[2026-11-22T15:56:04.442+0800][gc] Using G1\n";
    let traced = "2026-11-22 16:00:49,312|10.0.0.1|app.properties|dump|ok\n".repeat(3);
    for text in [NACOS, &spring, gc, &traced, "", "\n\n", "no stamp | at all\n", "{\"a\":1}\n"] {
        assert_eq!(opened(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn every_wrapper_gives_what_nacos_wrote_and_the_zone() {
    let wrapped = |before: fn(&str) -> String| NACOS.lines().map(before).collect::<Vec<_>>().join("\n") + "\n";
    fn utc(line: &str) -> &str {
        match line.get(17..19) {
            Some("01") => "2026-11-22T15:26:01.123456789Z",
            Some("03") => "2026-11-22T15:26:03.0001Z",
            _ => "2026-11-22T15:26:02.000456789Z",
        }
    }
    let json =
        |line: &str| serde_json::json!({"log": format!("{line}\n"), "stream": "stdout", "time": utc(line)}).to_string();
    let journal = |line: &str| {
        let micros = "1795361161123456";
        serde_json::json!({"__REALTIME_TIMESTAMP": micros, "MESSAGE": line, "SYSLOG_IDENTIFIER": "java"}).to_string()
    };
    let export = NACOS
        .lines()
        .map(|line| format!("__CURSOR=s=1\n__REALTIME_TIMESTAMP=1795361161123456\nMESSAGE={line}\n\n"))
        .collect::<String>();
    for (name, text) in [
        ("docker logs -t", wrapped(|line| format!("{} {line}", utc(line)))),
        ("cri", wrapped(|line| format!("{} stdout F {line}", utc(line)))),
        ("docker json", NACOS.lines().map(json).collect::<Vec<_>>().join("\n")),
        ("compose -t", wrapped(|line| format!("nacos1  | {} {line}", utc(line)))),
        ("journal iso", wrapped(|line| format!("2026-11-22T15:26:01+0000 host java[12]: {line}"))),
        ("journal json", NACOS.lines().map(journal).collect::<Vec<_>>().join("\n")),
        ("journal export", export),
    ] {
        let (out, zone) = opened(text.as_bytes()).unwrap_or_else(|| panic!("{name} is known"));
        assert_eq!(out, NACOS, "{name}");
        assert_eq!(zone, Some(8 * 3600), "{name}");
    }
    for (name, text) in [
        ("compose", wrapped(|line| format!("\u{1b}[36mnacos-1  |\u{1b}[0m {line}"))),
        ("compose with a head", wrapped(|line| format!("nacos-1  | {line}"))),
        ("kubectl --prefix", wrapped(|line| format!("[pod/nacos-0/nacos] {line}"))),
        ("journal", wrapped(|line| format!("Nov 22 15:26:01 host java[12]: {line}"))),
    ] {
        assert_eq!(opened(text.as_bytes()), Some((NACOS.to_owned(), None)), "{name}");
    }
}

#[test]
fn packed_and_two_byte_files_are_read() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(NACOS.as_bytes()).expect("packed");
    let packed = packer.finish().expect("packed");
    assert_eq!(opened(&packed), Some((NACOS.to_owned(), None)));
    assert!(opened(&packed[..packed.len() - 9]).is_some_and(|(text, _)| text.starts_with("2026-11-22 23:26:01,123")));
    let words: Vec<u16> = NACOS.encode_utf16().collect();
    let little: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let marked: Vec<u8> = [0xfeff_u16].iter().chain(&words).flat_map(|word| word.to_be_bytes()).collect();
    assert_eq!(opened(&little), Some((NACOS.to_owned(), None)));
    assert_eq!(opened(&marked), Some((NACOS.to_owned(), None)));
}

#[test]
fn a_wrappers_stamp_stands_in_where_there_is_none_inside() {
    let text = "2026-11-22T15:26:01.123456789Z stderr F Exception in thread main\n\
                2026-11-22T15:26:01.123456789Z stderr F \tat a.b.C(C.java:1)\n";
    let (out, zone) = opened(text.as_bytes()).expect("known");
    assert_eq!(out, "2026-11-22T15:26:01.123Z Exception in thread main\n\tat a.b.C(C.java:1)\n");
    assert_eq!(zone, None);
    let journal = "2026-11-22T15:26:01+0000 host java[12]: 2026-11-22 15:26:01,000 INFO one\n\
                   2026-11-22T15:26:02+0000 host systemd[1]: nacos.service: Failed with result 'oom-kill'.\n";
    let (out, _) = opened(journal.as_bytes()).expect("known");
    assert!(out.ends_with("\n2026-11-22T15:26:02.000Z nacos.service: Failed with result 'oom-kill'.\n"), "{out}");
}

#[test]
fn pieces_of_a_long_line_are_put_together() {
    let cri = "2026-11-22T15:26:01.1Z stdout P 2026-11-22 15:26:01,1\n2026-11-22T15:26:01.1Z stdout F 23 INFO one\n";
    assert_eq!(opened(cri.as_bytes()), Some(("2026-11-22 15:26:01,123 INFO one\n".to_owned(), Some(0))));
    let docker = "{\"log\":\"2026-11-22 15:26:01,123 INFO \",\"time\":\"2026-11-22T15:26:01.2Z\"}\n\
                  {\"log\":\"one\\u003e\\n\",\"time\":\"2026-11-22T15:26:01.2Z\"}\n";
    assert_eq!(opened(docker.as_bytes()), Some(("2026-11-22 15:26:01,123 INFO one>\n".to_owned(), Some(0))));
}

#[test]
fn lines_of_several_containers_are_not_those_of_one_node() {
    let text = "nacos1  | 2026-11-22 15:26:01,123 INFO one\nnacos2  | 2026-11-22 15:26:01,124 INFO one\n";
    assert_eq!(opened(text.as_bytes()), None);
}

#[test]
fn what_was_packed_to_fill_the_disk_is_given_up() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..4096 {
        packer.write_all(&[b'x'; 1023]).expect("packed");
        packer.write_all(b"\n").expect("packed");
    }
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(&packer.finish().expect("packed")).expect("written");
    assert!(open(&file, 1 << 20).is_err());
    assert!(open(&file, 1 << 23).expect("readable").is_some_and(|found| found.size_bytes == 4096 * 1024));
}
