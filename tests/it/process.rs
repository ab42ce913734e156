//! The program as a process, and somebody who uses it without a browser.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};

use crate::support::PASSWORD;

/// Longest wait for anything.
pub const LIMIT: Duration = Duration::from_secs(60);

/// A started server; killed when dropped.
pub struct Server {
    child: Child,
    /// `http://address:port`.
    pub base: String,
    /// Token of the set-up link, on a fresh data folder.
    pub setup: Option<String>,
}

impl Server {
    /// Starts on a port that the system gives, and waits until it says where it is.
    pub fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    /// The same with more in its environment.
    pub fn start_with(data: &Path, environment: &[(&str, &str)]) -> Self {
        let program = std::env::var_os("NODEDOWN_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_nodedown").into());
        let mut child = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let (lines, seen) = mpsc::channel();
        let (out, err) = (child.stdout.take().expect("stdout"), child.stderr.take().expect("stderr"));
        for reader in [Box::new(out) as Box<dyn std::io::Read + Send>, Box::new(err)] {
            let lines = lines.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(reader).lines().map_while(Result::ok) {
                    // The test may have seen enough.
                    let _ = lines.send(line);
                }
            });
        }
        let mut server = Self { child, base: String::new(), setup: None };
        let wants_setup = !data.join("nodedown.db").exists();
        while server.base.is_empty() || (wants_setup && server.setup.is_none()) {
            let line = seen.recv_timeout(LIMIT).expect("the server says where it is");
            if let Some((_, base)) = line.split_once("nodedown is at ") {
                server.base = base.split_whitespace().next().expect("an address").to_owned();
            }
            if let Some((_, token)) = line.split_once("/setup?token=") {
                server.setup = Some(token.trim().to_owned());
            }
        }
        server
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it with SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("it is gone");
    }

    /// The same, and what is held of it stays.
    pub fn kill_now(&mut self) {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("it is gone");
    }

    /// Whether the process that was started still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("its state").is_none()
    }

    /// Asks it to end, with SIGTERM.
    pub fn terminate(&self) {
        let status = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(status.expect("kill runs").success());
    }

    /// How it ended; waits for that.
    pub async fn ended(mut self) -> ExitStatus {
        loop {
            if let Some(status) = self.child.try_wait().expect("its state") {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer of any kind.
pub struct Answer {
    /// Status; 0: the connection broke.
    pub status: u16,
    /// Text.
    pub body: String,
}

/// A browser without JavaScript: follows nothing, keeps cookies.
#[derive(Clone)]
pub struct Browser {
    client: reqwest::Client,
    /// `http://address:port`.
    pub base: String,
    /// Its cookies, by name.
    pub cookies: BTreeMap<String, String>,
}

impl Browser {
    /// Nobody is logged in.
    pub fn new(base: &str) -> Self {
        Self::at(base, [127, 0, 0, 1])
    }

    /// The same at another address of this machine.
    pub fn at(base: &str, address: [u8; 4]) -> Self {
        nodedown::sources::http::install_tls();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .local_address(std::net::IpAddr::from(address))
            .build();
        Self { client: client.expect("client"), base: base.to_owned(), cookies: BTreeMap::new() }
    }

    /// What it sends as its cookies.
    pub fn cookie(&self) -> String {
        let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// Whether somebody is logged in.
    pub fn has_session(&self) -> bool {
        self.cookies.contains_key("nodedown")
    }

    /// Forgets who is logged in; that somebody was stays known.
    pub fn drop_session(&mut self) {
        self.cookies.remove("nodedown");
    }

    /// Sends a form and keeps the cookies of the answer; an error where there is none.
    pub async fn try_post(&mut self, path: &str, fields: &[(&str, &str)]) -> reqwest::Result<reqwest::Response> {
        let request = self.client.post(format!("{}{path}", self.base)).header("sec-fetch-site", "same-origin");
        let answer = request.header(COOKIE, self.cookie()).form(fields).send().await?;
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(answer)
    }

    /// Sends a form and gives the place it leads to.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.try_post(path, fields).await.expect("an answer");
        let location = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
        assert_eq!(answer.status(), 303, "{path}: {}", answer.text().await.unwrap_or_default());
        location.expect("a place")
    }

    /// Asks for a page; an error where there is no answer.
    pub async fn try_get(&self, path: &str) -> reqwest::Result<reqwest::Response> {
        self.client.get(format!("{}{path}", self.base)).header(COOKIE, self.cookie()).send().await
    }

    /// Text of a page.
    pub async fn get(&self, path: &str) -> String {
        let answer = self.try_get(path).await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.expect("text")
    }

    /// Where a page leads to.
    pub async fn location(&self, path: &str) -> String {
        let answer = self.try_get(path).await.expect("an answer");
        answer.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    }

    /// Sends a form, whatever comes of it.
    pub async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.client.post(format!("{}{path}", self.base)).header("sec-fetch-site", "same-origin");
        answer(request.header(COOKIE, self.cookie()).form(fields)).await
    }

    /// Asks for a page, whatever comes of it.
    pub async fn ask(&self, path: &str) -> Answer {
        answer(self.client.get(format!("{}{path}", self.base)).header(COOKIE, self.cookie())).await
    }

    /// Makes the first administrator with the set-up link and logs in.
    pub async fn set_up(&mut self, server: &Server) {
        let token = server.setup.clone().expect("a set-up link");
        let person = [("token", token.as_str()), ("name", "ann"), ("password", PASSWORD), ("again", PASSWORD)];
        self.post("/setup", &person).await;
        if !self.has_session() {
            self.post("/login", &[("name", "ann"), ("password", PASSWORD)]).await;
        }
    }

    /// An answer whose body is still to come.
    pub async fn stream(&self, path: &str) -> reqwest::Response {
        let answer = self.try_get(path).await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        answer
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let broken = || Answer { status: 0, body: String::new() };
    let Ok(answer) = request.send().await else { return broken() };
    let status = answer.status().as_u16();
    match answer.text().await {
        Ok(body) => Answer { status, body },
        Err(_) => broken(),
    }
}
