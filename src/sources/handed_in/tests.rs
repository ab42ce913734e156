//! Archives of every kind, hostile ones too.

use super::*;

fn zip_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    for (name, content) in entries {
        out.start_file(*name, zip::write::SimpleFileOptions::default()).expect("entry");
        out.write_all(content).expect("content");
    }
    out.finish().expect("zip").into_inner()
}

/// Writes every file as it came.
struct AsItCame;

impl Filter for AsItCame {
    fn pass(&mut self, _: &str, from: &mut dyn Read, to: &mut dyn Write) -> io::Result<()> {
        io::copy(from, to).map(|_| ())
    }
}

/// Writes the name as it is, which the library would refuse to.
fn tar_of(entries: &[(&str, &[u8], tar::EntryType)]) -> Vec<u8> {
    let mut out = tar::Builder::new(Vec::new());
    for (name, content, kind) in entries {
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(content.len() as u64);
        header.set_entry_type(*kind);
        header.set_mode(0o777);
        if kind.is_symlink() {
            header.set_link_name("/etc/passwd").expect("link");
        }
        header.set_cksum();
        out.append(&header, *content).expect("entry");
    }
    out.into_inner().expect("tar")
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(bytes).expect("packed");
    out.finish().expect("packed")
}

/// Unpacks and gives the files that were written.
fn unpacked(bytes: &[u8], limits: &Limits) -> Result<Vec<String>, UnpackError> {
    let folder = tempfile::tempdir().expect("folder");
    let (archive, home) = (folder.path().join("upload"), folder.path().join("home"));
    fs::write(&archive, bytes).expect("archive");
    fs::create_dir(&home).expect("home");
    unpack(&archive, "a.zip", &home, limits, &mut AsItCame)?;
    let mut found = Vec::new();
    let mut folders = vec![home.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("folder") {
            let path = entry.expect("entry").path();
            assert!(!path.is_symlink());
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(&home).expect("inside").to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}

const FILE: tar::EntryType = tar::EntryType::Regular;

#[test]
fn finds_the_home_in_any_nesting_and_any_kind() {
    let limits = Limits::default();
    let zipped = zip_of(&[
        ("a/b/nacos/conf/cluster.conf", b"x"),
        ("a/b/nacos/logs/nacos.log", b"y"),
        ("a/b/nacos/bin/logs/start.log", b"y"),
        ("a/b/nacos/hs_err_pid1.log", b"z"),
        ("a/b/nacos/data/secret", b"z"),
        ("a/readme.txt", b"z"),
        ("__MACOSX/a/b/nacos/logs/._nacos.log", b"z"),
    ]);
    let expected = ["bin/logs/start.log", "conf/cluster.conf", "hs_err_pid1.log", "logs/nacos.log"];
    assert_eq!(unpacked(&zipped, &limits).expect("zip"), expected);
    let tarred = tar_of(&[
        ("./logs/nacos.log", b"y", FILE),
        ("./logs/link.log", b"", tar::EntryType::Symlink),
        ("./logs/hard.log", b"", tar::EntryType::Link),
        ("./conf/application.properties", b"y", FILE),
    ]);
    for bytes in [tarred.clone(), gz(&tarred)] {
        assert_eq!(unpacked(&bytes, &limits).expect("tar"), ["conf/application.properties", "logs/nacos.log"]);
    }
    let bare = zip_of(&[("x/nacos.log", b"y"), ("x/cluster.conf", b"y"), ("x/readme", b"")]);
    assert_eq!(unpacked(&bare, &limits).expect("bare"), ["conf/cluster.conf", "logs/nacos.log"]);
    let windows = zip_of(&[("nacos\\logs\\nacos.log", b"y")]);
    assert_eq!(unpacked(&windows, &limits).expect("windows"), ["logs/nacos.log"]);
}

#[test]
fn refuses_what_is_hostile_or_no_home() {
    let limits = Limits::default();
    for name in ["../logs/nacos.log", "/logs/nacos.log", "a/../../logs/nacos.log", "C:/logs/nacos.log", "logs/a\nb.log"]
    {
        let got = unpacked(&tar_of(&[(name, b"y", FILE)]), &limits);
        assert!(matches!(got, Err(UnpackError::Outside(_))), "{name}: {got:?}");
        let got = unpacked(&zip_of(&[(name, b"y")]), &limits);
        assert!(matches!(got, Err(UnpackError::Outside(_))), "{name}: {got:?}");
    }
    assert!(matches!(unpacked(&zip_of(&[("readme", b"")]), &limits), Err(UnpackError::NoHome)));
    assert!(matches!(unpacked(&zip_of(&[]), &limits), Err(UnpackError::Empty)), "a whole zip, and nothing in it");
    assert!(matches!(unpacked(&gz(&tar_of(&[])), &limits), Err(UnpackError::Empty)));
    assert!(matches!(unpacked(&tar_of(&[]), &limits), Err(UnpackError::Empty)));
    let inner = zip_of(&[("logs/nacos.log", b"y")]);
    let outer = zip_of(&[("readme", b""), ("from-n1/N1.zip", &inner)]);
    let got = unpacked(&outer, &limits);
    assert!(matches!(&got, Err(UnpackError::ArchiveInside(name)) if name == "from-n1/N1.zip"), "{got:?}");
    let both = zip_of(&[("logs/nacos.log", b"y"), ("old.zip", &inner)]);
    assert_eq!(unpacked(&both, &limits).expect("its own home"), ["logs/nacos.log", "old.zip"], "kept, and not opened");
    let two = zip_of(&[("n1/logs/nacos.log", b""), ("n2/logs/nacos.log", b"")]);
    assert!(matches!(unpacked(&two, &limits), Err(UnpackError::SeveralHomes(names)) if names == "n1, n2"));
    assert!(matches!(unpacked(b"hello", &limits), Err(UnpackError::Kind)));
    let mut short = zip_of(&[("logs/nacos.log", b"y")]);
    short.truncate(short.len() / 2);
    assert!(matches!(unpacked(&short, &limits), Err(UnpackError::Broken(_))));
    let short = gz(&tar_of(&[("logs/nacos.log", &[b'x'; 4096], FILE)]));
    assert!(unpacked(&short[..short.len() / 2], &limits).is_err());
}

#[test]
fn refuses_bombs() {
    let limits = Limits { total_bytes: 100_000, file_bytes: 50_000, entries: 10, ratio: 50 };
    let large = vec![b'a'; 60_000];
    let middle = vec![b'a'; 40_000];
    let tar = tar_of(&[("logs/a.log", &large, FILE)]);
    assert!(matches!(unpacked(&tar, &limits), Err(UnpackError::TooLarge)));
    let three: Vec<(&str, &[u8])> = vec![("logs/a.log", &middle), ("logs/b.log", &middle), ("logs/c.log", &middle)];
    assert!(matches!(unpacked(&zip_of(&three), &limits), Err(UnpackError::TooLarge)));
    let names: Vec<String> = (0..11).map(|index| format!("logs/{index}.log")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"x".as_slice())).collect();
    assert!(matches!(unpacked(&zip_of(&many), &limits), Err(UnpackError::TooLarge)));
    let wide = Limits { total_bytes: 1 << 30, file_bytes: 1 << 30, entries: 10, ratio: 50 };
    let bomb = gz(&tar_of(&[("logs/a.log", &vec![0; (RATIO_FROM + 1_000_000) as usize], FILE)]));
    assert!(matches!(unpacked(&bomb, &wide), Err(UnpackError::TooLarge)));
}

/// Header and padded content of an entry that may say of itself what it likes.
fn raw_entry(kind: u8, name: &str, size: u64, content: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_size(size);
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

#[test]
fn what_describes_an_entry_counts_before_it_is_read() {
    let limits = Limits::default();
    // Nothing follows the header: a reader that waits for the content says that it is cut short.
    for kind in [b'L', b'K', b'x', b'g'] {
        for size in [65_537, 900 << 20, u64::MAX / 2] {
            let bytes = raw_entry(kind, "name", size, b"");
            for bytes in [gz(&bytes), bytes] {
                let got = unpacked(&bytes, &limits);
                assert!(matches!(got, Err(UnpackError::TooLarge)), "{} {size}: {got:?}", char::from(kind));
            }
        }
    }
    // Many of them, each small enough.
    let attributes = format!("65000 comment={}\n", "x".repeat(65_000 - 15));
    let one = raw_entry(b'x', "pax", 65_000, attributes.as_bytes());
    let many: Vec<u8> = std::iter::repeat_n(one, 300).flatten().collect();
    assert!(matches!(unpacked(&gz(&many), &limits), Err(UnpackError::TooLarge)));
    for bytes in [raw_entry(b'S', "logs/nacos.log", 512, &[b'x'; 512]), {
        let mut bytes = raw_entry(b'x', "pax", 22, b"22 GNU.sparse.major=1\n");
        bytes.extend(raw_entry(b'0', "GNUSparseFile.0/logs/nacos.log", 3, b"log"));
        bytes
    }] {
        let got = unpacked(&bytes, &limits);
        assert!(matches!(got, Err(UnpackError::Sparse(_))), "{got:?}");
    }
}

#[test]
fn long_names_are_read_in_both_spellings() {
    let folder = "a".repeat(180);
    let name = format!("{folder}/logs/nacos.log");
    let mut gnu = raw_entry(b'L', "././@LongLink", name.len() as u64 + 1, format!("{name}\0").as_bytes());
    gnu.extend(raw_entry(b'0', "cut/logs/wrong.log", 3, b"log"));
    let record = format!("{} path={name}\n", name.len() + 10);
    assert_eq!(record.len(), name.len() + 10);
    let mut pax = raw_entry(b'g', "pax_global_header", 0, b"");
    pax.extend(raw_entry(b'x', "PaxHeaders/nacos.log", record.len() as u64, record.as_bytes()));
    pax.extend(raw_entry(b'0', "cut/logs/wrong.log", 3, b"log"));
    for bytes in [gnu, pax] {
        assert_eq!(unpacked(&bytes, &Limits::default()).expect("long"), ["logs/nacos.log"]);
    }
}

/// A zip whose end declares so many entries and so long a directory.
fn zip_end(entries: u64, bytes: u64) -> Vec<u8> {
    let mut zip = zip_of(&[("logs/nacos.log", b"y")]);
    let end = zip.len() - 22;
    let mut record = b"PK\x06\x06".to_vec();
    record.extend(44_u64.to_le_bytes());
    record.extend([0; 12]);
    record.extend([0; 8]);
    for number in [entries, bytes, 0] {
        record.extend(number.to_le_bytes());
    }
    record.extend(b"PK\x06\x07\0\0\0\0");
    record.extend((end as u64).to_le_bytes());
    record.extend([1, 0, 0, 0]);
    let mut old = zip.split_off(end);
    old[8..20].fill(0xff);
    zip.extend(record);
    zip.extend(old);
    zip
}

#[test]
fn a_zip_is_held_against_what_its_end_declares() {
    let limits = Limits::default();
    for (entries, bytes) in [(1_500_000, 100), (1, 1 << 40), (u64::MAX, u64::MAX)] {
        let got = unpacked(&zip_end(entries, bytes), &limits);
        assert!(matches!(got, Err(UnpackError::TooLarge)), "{entries} {bytes}: {got:?}");
    }
    // The directory lies elsewhere: its end lies.
    assert!(matches!(unpacked(&zip_end(1, 60), &limits), Err(UnpackError::Broken(_))));
    let mut damaged = zip_of(&[("logs/nacos.log", b"a line that is stored as it is, or nearly so")]);
    let at = damaged.windows(4).position(|bytes| bytes == b"line").unwrap_or(50);
    damaged[at] ^= 1;
    assert!(matches!(unpacked(&damaged, &limits), Err(UnpackError::Broken(_))));
}

#[test]
fn what_came_and_what_is_kept_are_hashed_apart() {
    struct Shorter;
    impl Filter for Shorter {
        fn pass(&mut self, place: &str, from: &mut dyn Read, to: &mut dyn Write) -> io::Result<()> {
            let mut first = [0; 4];
            from.read_exact(&mut first)?;
            to.write_all(if place == "logs/nacos.log" { b"****" } else { &first })
        }
    }
    let folder = tempfile::tempdir().expect("folder");
    let (archive, home) = (folder.path().join("upload"), folder.path().join("home"));
    let bytes = zip_of(&[("logs/nacos.log", b"secret"), ("conf/cluster.conf", b"abcd")]);
    fs::write(&archive, &bytes).expect("archive");
    let got = unpack(&archive, "a.zip", &home, &Limits::default(), &mut Shorter).expect("unpacked");
    let hash = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
    assert_eq!((got.size_bytes, got.sha256), (bytes.len() as u64, hash(&bytes)));
    let said: Vec<_> = got.files.iter().map(|file| (file.path.as_str(), file.size_bytes)).collect();
    assert_eq!(said, [("conf/cluster.conf", 4), ("logs/nacos.log", 4)]);
    let log = &got.files[1];
    assert_eq!((&log.sha256, &log.came_sha256), (&hash(b"****"), &hash(b"secret")));
    assert_eq!(fs::read(home.join("logs/nacos.log")).expect("kept"), b"****");
}
