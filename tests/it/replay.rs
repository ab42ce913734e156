//! `nodedown replay`: the pages over a recording, with one link; a file that is none is refused with a sentence.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use flate2::write::GzEncoder;

/// The replay in a process of its own, ended when dropped.
struct Replay {
    process: Child,
    link: String,
}

impl Replay {
    fn start(file: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_nodedown"))
            .arg("replay")
            .arg(file)
            .args(["--listen", "127.0.0.1:0", "--speed", "10"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the replay starts");
        let mut lines = BufReader::new(process.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let link = lines.by_ref().find_map(|line| {
            let word = |word: &&str| word.starts_with("http://127.0.0.1:") && word.contains("?token=");
            line.split_whitespace().find(word).map(str::to_owned)
        });
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, link: link.expect("the replay prints its link") }
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn refused(file: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nodedown"));
    command.arg("replay").arg(file).args(more).stdin(Stdio::null());
    command.env("LC_ALL", "C").output().expect("nodedown runs")
}

fn said(file: &Path, more: &[&str]) -> String {
    let output = refused(file, more);
    assert_eq!(output.status.code(), Some(1), "{file:?}: {output:?}");
    String::from_utf8(output.stderr).expect("UTF-8")
}

#[tokio::test]
async fn a_recording_of_homes_is_served_with_one_link_and_its_nodes() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("outage.ndrec");
    let homes = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/homes/2.5.1-killed");
    let mut record = Command::new(env!("CARGO_BIN_EXE_nodedown"));
    record.arg("record").arg("--out").arg(&file);
    for node in ["n1", "n2", "n3"] {
        record.arg("--node").arg(format!("{node}=dir:{}", homes.join(node).display()));
    }
    let recorded = record.output().expect("nodedown runs");
    assert!(recorded.status.success(), "{recorded:?}");

    let replay = Replay::start(&file);
    nodedown::sources::http::install_tls();
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("client");
    let signed_in = client.get(&replay.link).send().await.expect("answered");
    assert!(signed_in.status().is_redirection() || signed_in.status().is_success(), "{}", signed_in.status());
    let cookie = signed_in.headers().get("set-cookie").and_then(|cookie| cookie.to_str().ok()).map(str::to_owned);
    let origin = &replay.link[..replay.link.match_indices('/').nth(2).expect("a path").0];
    if let Some(cookie) = cookie {
        let cookie = cookie.split(';').next().expect("a pair").to_owned();
        let page = client.get(format!("{origin}/")).header("cookie", &cookie).send().await.expect("answered");
        let page = page.text().await.expect("a page");
        for node in ["n1", "n2", "n3"] {
            assert!(page.contains(node), "{node} is not on the page: {page}");
        }
    } else {
        panic!("the link signs nobody in: {:?}", signed_in.headers());
    }
}

#[test]
fn what_is_no_recording_is_refused_with_a_sentence_in_both_languages() {
    let folder = tempfile::tempdir().expect("folder");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("file");
        path
    };
    let pack = |text: &str| {
        let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(text.as_bytes()).expect("packed");
        packed.finish().expect("packed")
    };
    let missing = folder.path().join("missing.ndrec");
    assert!(said(&missing, &[]).contains("there is no such file"));
    assert!(said(&missing, &["--lang", "zh-CN"]).contains("文件不存在"));
    assert!(said(folder.path(), &[]).contains("this is a folder"));
    assert!(said(&file("empty", b""), &[]).contains("not a recording, or it is broken"));
    assert!(said(&file("text", b"hello"), &[]).contains("not a recording, or it is broken"));
    assert!(said(&file("json", &pack("{\"a\":1}\n")), &["--lang", "zh-CN"]).contains("不是录制文件"));
    let demo = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/outage.ndrec")).expect("the demo");
    let torn = file("torn", &demo[..demo.len() / 2]);
    assert!(said(&torn, &[]).contains("not a recording, or it is broken"));
    let hostile = file("hostile", &pack(&format!("{{\"\u{1b}[31m{}\n", "[".repeat(100_000))));
    let words = said(&hostile, &[]);
    assert!(words.contains("not a recording") && !words.contains('\u{1b}') && words.len() < 2000, "{words}");
    assert!(said(&torn, &["--listen", "0.0.0.0:0"]).contains("broken"));
    let whole = file("whole", &demo);
    assert!(said(&whole, &["--listen", "0.0.0.0:0"]).contains("on this machine only"));
    assert!(said(&whole, &["--listen", "127.0.0.1:0", "--speed", "0"]).contains("--speed"));
}
