//! The program as a process, and somebody who uses it without a browser.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};

use crate::support::PASSWORD;

/// Longest wait for anything.
pub const LIMIT: Duration = Duration::from_secs(20);

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
        let mut child = Command::new(env!("CARGO_BIN_EXE_nodedown"))
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

/// A browser without JavaScript: follows nothing, keeps one cookie.
#[derive(Clone)]
pub struct Browser {
    client: reqwest::Client,
    /// `http://address:port`.
    pub base: String,
    /// What it sends as its cookie.
    pub cookie: String,
}

impl Browser {
    /// Nobody is logged in.
    pub fn new(base: &str) -> Self {
        nodedown::sources::http::install_tls();
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
        Self { client: client.expect("client"), base: base.to_owned(), cookie: String::new() }
    }

    /// Sends a form and gives the place it leads to.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> String {
        let request = self.client.post(format!("{}{path}", self.base)).header("sec-fetch-site", "same-origin");
        let answer = request.header(COOKIE, &self.cookie).form(fields).send().await.expect("an answer");
        let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        if let Some(cookie) = header(SET_COOKIE) {
            self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        }
        let location = header(LOCATION);
        assert_eq!(answer.status(), 303, "{path}: {}", answer.text().await.unwrap_or_default());
        location.expect("a place")
    }

    /// Text of a page.
    pub async fn get(&self, path: &str) -> String {
        let request = self.client.get(format!("{}{path}", self.base)).header(COOKIE, &self.cookie);
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.expect("text")
    }

    /// Where a page leads to.
    pub async fn location(&self, path: &str) -> String {
        let request = self.client.get(format!("{}{path}", self.base)).header(COOKIE, &self.cookie);
        let answer = request.send().await.expect("an answer");
        answer.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    }

    /// Sends a form, whatever comes of it.
    pub async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.client.post(format!("{}{path}", self.base)).header("sec-fetch-site", "same-origin");
        answer(request.header(COOKIE, &self.cookie).form(fields)).await
    }

    /// Asks for a page, whatever comes of it.
    pub async fn ask(&self, path: &str) -> Answer {
        answer(self.client.get(format!("{}{path}", self.base)).header(COOKIE, &self.cookie)).await
    }

    /// Makes the first administrator with the set-up link and logs in.
    pub async fn set_up(&mut self, server: &Server) {
        let token = server.setup.clone().expect("a set-up link");
        let person = [("token", token.as_str()), ("name", "ann"), ("password", PASSWORD), ("again", PASSWORD)];
        self.post("/setup", &person).await;
        if self.cookie.is_empty() {
            self.post("/login", &[("name", "ann"), ("password", PASSWORD)]).await;
        }
    }

    /// An answer whose body is still to come.
    pub async fn stream(&self, path: &str) -> reqwest::Response {
        let request = self.client.get(format!("{}{path}", self.base)).header(COOKIE, &self.cookie);
        let answer = request.send().await.expect("an answer");
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
