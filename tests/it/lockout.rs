//! Strangers cannot lock operators out: the real program is attacked from other addresses of this machine, and people are
//! served meanwhile. The limit here only says that they are served at all; `NODEDOWN_LOCKOUT=full` attacks for longer and
//! prints how long they waited, and `NODEDOWN_PROGRAM` names another build to attack.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::process::{Browser, Server};
use crate::support::{PASSWORD, aloud};

/// Nobody waits for longer, whatever the attack and the machine.
const SERVED: Duration = Duration::from_secs(15);
/// Where nobody attacks from.
const OUTSIDE: [u8; 4] = [127, 0, 0, 1];
/// Where everybody attacks from who has one address.
const ATTACKED_FROM: [u8; 4] = [127, 0, 0, 2];
/// Connections of an attack: more than an address or a person may hold, and as many as in the report in the long form.
fn connections() -> usize {
    if full() { 2048 } else { 640 }
}
/// Pages that a person looks at.
const PAGES: [&str; 8] = ["/", "/clusters", "/incidents", "/incidents/new", "/runbooks", "/account", "/users", "/help"];

/// One attack at a time: each holds thousands of connections of this process.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// A person at work during an attack.
struct Person {
    place: &'static str,
    browser: Browser,
    logs_in: bool,
    slowest_page: Duration,
    slowest_log_in: Duration,
}

impl Person {
    /// Was logged in at that address before the attack; `logs_in`: does so again in its course.
    async fn at(server: &Server, place: &'static str, address: [u8; 4], logs_in: bool) -> Self {
        let mut browser = Browser::at(&server.base, address);
        browser.post("/login", &[("name", "ann"), ("password", PASSWORD)]).await;
        Self { place, browser, logs_in, slowest_page: Duration::ZERO, slowest_log_in: Duration::ZERO }
    }

    /// Logs in and looks at every page.
    async fn is_served(&mut self) {
        if self.logs_in {
            self.browser.drop_session();
            let started = Instant::now();
            let status = loop {
                // A connection that was closed before its head was read is opened again, as browsers do.
                match self.browser.try_post("/login", &[("name", "ann"), ("password", PASSWORD)]).await {
                    Ok(answer) => break answer.status(),
                    Err(error) => self.goes_on(started, "/login", &error),
                }
            };
            assert_eq!(status, 303, "{} logs in", self.place);
            self.slowest_log_in = self.slowest_log_in.max(started.elapsed());
        }
        for page in PAGES {
            let started = Instant::now();
            let status = loop {
                match self.browser.try_get(page).await {
                    Ok(answer) => break answer.status(),
                    Err(error) => self.goes_on(started, page, &error),
                }
            };
            assert_eq!(status, 200, "{page} {}", self.place);
            self.slowest_page = self.slowest_page.max(started.elapsed());
        }
    }

    fn goes_on(&self, started: Instant, what: &str, error: &reqwest::Error) {
        assert!(started.elapsed() < SERVED, "{what} is not served {}: {error}", self.place);
    }
}

/// An attack that goes on until it is stopped.
#[derive(Default)]
struct Attack {
    stop: CancellationToken,
    tasks: TaskTracker,
    under_way: Arc<AtomicUsize>,
}

impl Attack {
    /// One attacker: `once` again and again; under way after the first time.
    fn add<F: Future<Output = ()> + Send + 'static>(&self, once: impl Fn() -> F + Send + 'static) {
        let (stop, under_way) = (self.stop.clone(), self.under_way.clone());
        self.tasks.spawn(self.stop.clone().run_until_cancelled_owned(async move {
            let mut first = true;
            while !stop.is_cancelled() {
                once().await;
                under_way.fetch_add(usize::from(std::mem::take(&mut first)), Ordering::Relaxed);
            }
        }));
    }

    /// An attacker who holds a connection, and opens another one when it is closed.
    fn hold(&self, server: SocketAddr, first_bytes: Arc<str>, then: &'static str) {
        let (stop, under_way) = (self.stop.clone(), self.under_way.clone());
        self.tasks.spawn(self.stop.clone().run_until_cancelled_owned(async move {
            let mut first = true;
            while !stop.is_cancelled() {
                let connected = connect(server).await;
                under_way.fetch_add(usize::from(std::mem::take(&mut first)), Ordering::Relaxed);
                if let Ok(stream) = connected {
                    // That it is closed is what it waits for.
                    let _ = hold_open(stream, first_bytes.as_bytes(), then.as_bytes()).await;
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }));
    }

    async fn is_under_way(&self, attackers: usize) {
        let begun = async {
            while self.under_way.load(Ordering::Relaxed) < attackers {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(4 * SERVED, begun).await.expect("the attack begins");
    }

    async fn end(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

async fn connect(server: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    // Little fits in before it is full.
    socket.set_recv_buffer_size(4096)?;
    socket.bind(SocketAddr::from((ATTACKED_FROM, 0)))?;
    socket.connect(server).await
}

/// Sends the first bytes, then the others one by one over and over, and never reads.
async fn hold_open(mut stream: TcpStream, first: &[u8], then: &[u8]) -> std::io::Result<()> {
    stream.write_all(first).await?;
    for at in 0.. {
        tokio::time::sleep(Duration::from_secs(2)).await;
        match stream.try_write(&then[at % then.len()..][..1]) {
            Err(error) if error.kind() != std::io::ErrorKind::WouldBlock => return Err(error),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(())
}

fn full() -> bool {
    std::env::var("NODEDOWN_LOCKOUT").is_ok_and(|value| value == "full")
}

/// Serves people while the attack goes on, and prints how long they waited if that is asked for.
async fn people_are_served(attack: &str, people: &mut [Person]) {
    let until = Instant::now() + Duration::from_secs(if full() { 60 } else { 0 });
    loop {
        let served = join_all(people.iter_mut().map(|person| person.is_served()));
        tokio::time::timeout(2 * SERVED, served).await.unwrap_or_else(|_| panic!("{attack}: people are not served"));
        if Instant::now() >= until {
            break;
        }
    }
    for person in people.iter() {
        let Person { place, slowest_page, slowest_log_in, .. } = person;
        assert!(*slowest_page < SERVED && *slowest_log_in < SERVED, "{attack}: {slowest_page:?} {slowest_log_in:?}");
        if full() {
            let log_in = if person.logs_in { format!("{} ms", slowest_log_in.as_millis()) } else { "–".to_owned() };
            aloud(&format!("{attack:<42} {place:<28} page {:>6} ms, log-in {log_in:>9}", slowest_page.as_millis()));
        }
    }
}

/// A program with an administrator `ann`.
async fn start() -> (tempfile::TempDir, Server) {
    let data = tempfile::tempdir().expect("folder");
    let server = Server::start(data.path());
    Browser::new(&server.base).set_up(&server).await;
    (data, server)
}

async fn guess(browser: &mut Browser, name: &str) {
    // What is answered is not what an attack is about.
    let _ = browser.try_post("/login", &[("name", name), ("password", "a wrong password")]).await;
}

fn guessing(attack: &Attack, server: &Server, address: [u8; 4], name: &'static str, pause: Duration) {
    let made_up = Arc::new(AtomicUsize::new(0));
    let browser = Arc::new(tokio::sync::Mutex::new(Browser::at(&server.base, address)));
    attack.add(move || {
        let (browser, made_up) = (browser.clone(), made_up.clone());
        async move {
            let number = made_up.fetch_add(1, Ordering::Relaxed);
            let name = if name.is_empty() { format!("nobody{number}") } else { name.to_owned() };
            guess(&mut *browser.lock().await, &name).await;
            tokio::time::sleep(pause).await;
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_from_ten_addresses_do_not_lock_the_owner_out() {
    let _alone = ALONE.lock().await;
    let (data, server) = start().await;
    let mut people = [Person::at(&server, "elsewhere", OUTSIDE, true).await];
    let attack = Attack::default();
    for host in 0..10_u8 {
        guessing(&attack, &server, [127, 0, 0, 10 + host], "ann", Duration::from_millis(10));
    }
    attack.is_under_way(10).await;
    people_are_served("(a) guesses from ten addresses", &mut people).await;

    // A device that is not known learns until when it has to wait, and that there is a way in.
    let mut stranger = Browser::at(&server.base, [127, 0, 0, 30]);
    let fields = [("name", "ann"), ("password", "a guess")];
    let spent = async {
        loop {
            let answer = stranger.try_post("/login", &fields).await.expect("an answer");
            let (status, retry) = (answer.status(), answer.headers().get("retry-after").is_some());
            let text = answer.text().await.expect("text");
            if text.contains("sign-in-link") {
                return (status, retry, text);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let (status, retry, text) = tokio::time::timeout(2 * SERVED, spent).await.expect("the guesses are used up");
    assert!(status == 429 && retry && text.contains("<time"), "{status} {text}");
    let made = std::process::Command::new(env!("CARGO_BIN_EXE_nodedown"))
        .args(["user", "sign-in-link", "ann", "--data"])
        .arg(data.path())
        .output()
        .expect("it runs");
    let link = String::from_utf8_lossy(&made.stdout).into_owned();
    let (_, token) = link.trim().split_once("/sign-in?token=").expect("a link");
    assert_eq!(stranger.post("/sign-in", &[("token", token)]).await, "/");
    stranger.drop_session();
    assert_eq!(stranger.post("/login", &[("name", "ann"), ("password", PASSWORD)]).await, "/", "it is known now");
    attack.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_from_one_address_do_not_lock_out_who_shares_it() {
    let _alone = ALONE.lock().await;
    let (_data, server) = start().await;
    let mut people = [
        Person::at(&server, "elsewhere", OUTSIDE, true).await,
        Person::at(&server, "at the attacker's address", ATTACKED_FROM, true).await,
    ];
    let attack = Attack::default();
    for name in ["ann", "bob", "root", "admin", ""] {
        guessing(&attack, &server, ATTACKED_FROM, name, Duration::from_millis(10));
    }
    attack.is_under_way(5).await;
    // More than that were enough to shut the address out.
    let mut guesser = Browser::at(&server.base, ATTACKED_FROM);
    for _ in 0..60 {
        guess(&mut guesser, "root").await;
    }
    people_are_served("(b) guesses from one address", &mut people).await;
    attack.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_log_ins_holds_nobody_up() {
    let _alone = ALONE.lock().await;
    let (_data, server) = start().await;
    let mut people = [
        Person::at(&server, "elsewhere", OUTSIDE, true).await,
        Person::at(&server, "at the attacker's address", ATTACKED_FROM, true).await,
    ];
    let attack = Attack::default();
    for _ in 0..64 {
        guessing(&attack, &server, ATTACKED_FROM, "", Duration::ZERO);
    }
    attack.is_under_way(16).await;
    people_are_served("(d) a flood of log-ins", &mut people).await;
    attack.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_bodies_hold_nobody_up() {
    let head = "POST /login HTTP/1.1\r\nHost: nodedown\r\nSec-Fetch-Site: same-origin\r\n\
                Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\nname=";
    held_connections("(c) slow bodies", "x", async |_| head.to_owned()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_do_not_read_hold_nobody_up() {
    held_connections("(c) clients that do not read", "G", async |server| {
        let page = Browser::new(&server.base).get("/login").await;
        let (before, _) = page.split_once("/app.css\"").expect("a style sheet");
        let folder = before.rsplit('"').next().expect("its folder");
        format!("GET {folder}/app.css HTTP/1.1\r\nHost: nodedown\r\n\r\n").repeat(200)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn event_streams_of_one_viewer_hold_nobody_up() {
    held_connections("(c) event streams of a viewer", "G", async |server| {
        let mut ann = Browser::new(&server.base);
        ann.post("/login", &[("name", "ann"), ("password", PASSWORD)]).await;
        ann.post("/users", &[("name", "vic"), ("role", "viewer"), ("password", PASSWORD), ("nonce", "vic")]).await;
        let mut viewer = Browser::at(&server.base, ATTACKED_FROM);
        viewer.post("/login", &[("name", "vic"), ("password", PASSWORD)]).await;
        format!("GET /events HTTP/1.1\r\nHost: nodedown\r\nCookie: {}\r\n\r\n", viewer.cookie())
    })
    .await;
}

/// Many connections from one address that send `first` and then nearly nothing, while people elsewhere log in and
/// somebody who is logged in at that address goes on.
async fn held_connections(name: &str, then: &'static str, first: impl AsyncFnOnce(&Server) -> String) {
    let _alone = ALONE.lock().await;
    // This process holds as many as the program.
    let files = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: files.maximum, ..files }).expect("more open files");
    let (_data, server) = start().await;
    let mut people = [
        Person::at(&server, "elsewhere", OUTSIDE, true).await,
        Person::at(&server, "logged in at that address", ATTACKED_FROM, false).await,
    ];
    let first: Arc<str> = first(&server).await.into();
    let address: SocketAddr = server.base.trim_start_matches("http://").parse().expect("an address");
    let attack = Attack::default();
    for _ in 0..connections() {
        attack.hold(address, first.clone(), then);
    }
    attack.is_under_way(connections()).await;
    people_are_served(name, &mut people).await;
    attack.end().await;
}
