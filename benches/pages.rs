//! Pages that many have open at once, against a bare "hello" of the same framework, as ratios of one run.
//!
//! `cargo bench --bench pages` starts the demo, opens an incident, waits for its first round of checks, and lets `wrk -t1 -c32`
//! fetch the run screen, the overview and the record as a browser does (session cookie, gzip), in turns with the "hello".
//! A last row fetches the run screen under a new address each time, so that every view is rendered anew: that is what a
//! view costs right after a commit. `wrk` must be installed.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use reqwest::header::{COOKIE, HeaderValue, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};

const NODEDOWN: &str = env!("CARGO_BIN_EXE_nodedown");
/// Turns of each address; the medians count.
const TURNS: usize = 3;
const SECONDS: u64 = 4;
/// Requests a second of a page, as part of those of the "hello".
const BAR: f64 = 0.1;
/// How long the first round of checks may take.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(2),
        Err(error) => {
            say(&format!("bench pages: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<bool> {
    if Command::new("wrk").arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        say("SKIPPED: `wrk` is not installed");
        return Ok(true);
    }
    nodedown::sources::http::install_tls();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
    let hello = format!("http://{}/", listener.local_addr()?);
    runtime.spawn(async move {
        let router = axum::Router::new().route("/", axum::routing::get(|| async { "hello" }));
        let _ = axum::serve(listener, router).await;
    });

    let demo = Demo::start()?;
    let (cookie, incident) = runtime.block_on(demo.open_incident()).map_err(io::Error::other)?;
    let rows = [
        ("hello", hello, ""),
        ("run screen", format!("{}{incident}/steps/1", demo.origin), ""),
        ("overview", format!("{}/", demo.origin), ""),
        ("record", format!("{}{incident}/report", demo.origin), ""),
        ("run screen, rendered anew", format!("{}{incident}/steps/1", demo.origin), ANEW),
    ];
    let script = tempfile::NamedTempFile::new()?;
    fs::write(script.path(), ANEW)?;
    let mut measured = vec![Vec::new(); rows.len()];
    for _ in 0..TURNS {
        for (row, (_, address, anew)) in measured.iter_mut().zip(&rows) {
            let script = (!anew.is_empty()).then(|| script.path());
            row.push(wrk(address, &cookie, script)?);
        }
    }
    let figures: Vec<Figures> = measured.into_iter().map(median).collect();
    let mut good = true;
    say(&format!("wrk -t1 -c32, {TURNS} turns of {SECONDS} s, medians"));
    for ((name, _, anew), row) in rows.iter().zip(&figures) {
        let ratio = row.per_second / figures[0].per_second;
        let bar = match *name {
            "hello" => String::new(),
            _ if !anew.is_empty() => " (no bar)".to_owned(),
            _ => {
                good &= ratio >= BAR;
                format!(" (at least {BAR})")
            }
        };
        say(&format!("{name}: {:.0} a second, p99 {}, {ratio:.3} × hello{bar}", row.per_second, row.p99));
    }
    Ok(good)
}

/// An address of its own for every request.
const ANEW: &str =
    "local n = 0\nrequest = function()\n  n = n + 1\n  return wrk.format(nil, wrk.path .. '?n=' .. n)\nend\n";

/// What `wrk` prints.
#[derive(Clone)]
struct Figures {
    per_second: f64,
    p99: String,
}

fn median(mut turns: Vec<Figures>) -> Figures {
    turns.sort_by(|one, two| one.per_second.total_cmp(&two.per_second));
    turns[turns.len() / 2].clone()
}

fn wrk(address: &str, cookie: &str, script: Option<&std::path::Path>) -> io::Result<Figures> {
    let mut command = Command::new("wrk");
    command.args(["-t1", "-c32", "--latency", &format!("-d{SECONDS}s")]);
    command.args(["-H", &format!("Cookie: {cookie}"), "-H", "Accept-Encoding: gzip"]);
    if let Some(script) = script {
        command.arg("-s").arg(script);
    }
    let output = command.arg(address).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let after = |name: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(name))?;
        Some(line.trim().to_owned())
    };
    if let Some(refused) = after("Non-2xx or 3xx responses:") {
        return Err(io::Error::other(format!("{address}: {refused} answers were errors")));
    }
    let unreadable = || io::Error::other(format!("cannot read what wrk printed: {text}"));
    let per_second = after("Requests/sec:").and_then(|rate| rate.parse().ok()).ok_or_else(unreadable)?;
    Ok(Figures { per_second, p99: after("99%").ok_or_else(unreadable)? })
}

/// The demo.
struct Demo {
    process: Child,
    origin: String,
    link: String,
}

impl Demo {
    fn start() -> io::Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut process = Command::new(NODEDOWN)
            .args(["demo", "--listen", &address.to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let printed = process.stdout.take().ok_or_else(|| io::Error::other("the demo has no output"))?;
        let mut lines = BufReader::new(printed).lines();
        let link = loop {
            let line = lines.next().ok_or_else(|| io::Error::other("the demo ended without a link"))??;
            if let Some(at) = line.find("http://").filter(|_| line.contains("token=")) {
                break line[at..].split_whitespace().next().unwrap_or_default().to_owned();
            }
        };
        // What it prints later is read as well, or it would wait for that.
        thread::spawn(move || lines.for_each(drop));
        Ok(Self { process, origin: format!("http://{address}"), link })
    }

    /// Logs in and opens an incident: the cookie and the path of the incident, when its first round of checks has ended.
    async fn open_incident(&self) -> Result<(String, String), Box<dyn std::error::Error + Send + Sync>> {
        let client = Client::builder().redirect(Policy::none()).build()?;
        let token = self.link.split_once("token=").map_or("", |(_, token)| token);
        let post = |path: &str, cookie: &str, form: &[(&str, &str)]| {
            let request = client.post(format!("{}{path}", self.origin)).header("sec-fetch-site", "same-origin");
            request.header(COOKIE, cookie).form(form).send()
        };
        let answer = post("/sign-in", "", &[("token", token)]).await?;
        let cookie = cookies(&answer);
        let answer = post("/incidents", &cookie, &[("cluster", "1"), ("kind", "outage"), ("nonce", "bench")]).await?;
        let place =
            answer.headers().get(LOCATION).and_then(|place| place.to_str().ok()).ok_or("no incident was opened")?;
        let incident = place.split("/steps/").next().unwrap_or_default().to_owned();
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let page = client.get(format!("{}{incident}/steps/1", self.origin)).header(COOKIE, &cookie).send().await?;
            let page = page.text().await?;
            if page.contains("node.killed") && !page.contains("http-equiv=\"refresh\"") {
                return Ok((cookie, incident));
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Err("the first round of checks did not end".into())
    }
}

/// What the browser sends back.
fn cookies(answer: &Response) -> String {
    let set = answer.headers().get_all(SET_COOKIE).iter().map(HeaderValue::to_str).filter_map(Result::ok);
    set.filter_map(|cookie| cookie.split(';').next()).collect::<Vec<_>>().join("; ")
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}
