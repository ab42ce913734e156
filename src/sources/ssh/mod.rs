//! Nodes on other hosts, read over SSH: files by SFTP at an offset, processes by `/proc`, connections from the node itself.
//!
//! nodedown changes nothing there: it opens files for reading, asks for connections, and runs nothing (the one exception
//! is the fixed list of constant commands for the kernel log, off unless a person switched it on). A host whose key is not
//! known is refused before anything is said to it. One connection a host is shared by all questions of a round and closed
//! when nobody asks for a minute.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use russh::client;
use tokio::net::TcpStream;
use tokio::sync::{Mutex as AsyncMutex, OnceCell};
use tokio::time::Instant;

use crate::domain::cluster::{SshHost, SshLocation};
use crate::domain::credential::Recipient;
use crate::domain::observed::PortResult;

use super::secret::Secrets;
use super::{Deadline, SourceError, tcp, within};

mod auth;
mod channels;
mod enroll;
mod files;
mod hashed;
mod kernel;
mod known_hosts;
mod process;
mod sftp;
mod trouble;

pub use enroll::{EnrollAsk, OfferedKey, offered_key};
pub use files::SshFiles;
pub use trouble::SshTrouble;

use auth::Keys;
use channels::Channels;
use known_hosts::KnownHost;
use sftp::Sftp;

/// A connection that nobody uses for so long is closed.
const IDLE: Duration = Duration::from_secs(60);

/// For so long a failed connection is not tried again: several questions of one round fail together.
const REMEMBER_FAILURE: Duration = Duration::from_millis(1500);

/// The same after a refused login: hosts shut out who knocks too often.
const REMEMBER_REFUSAL: Duration = Duration::from_secs(20);

/// Most hosts that are remembered.
const MAX_HOSTS: usize = 1000;

/// Remembers connections, so that a host is not logged into anew for every question.
#[derive(Clone, Default)]
pub struct SshHosts {
    known: Arc<Mutex<Vec<Arc<Connection>>>>,
    secrets: Secrets,
}

impl SshHosts {
    /// None yet; keys and known host keys come from these secrets.
    #[must_use]
    pub fn behind(secrets: Secrets) -> Self {
        Self { known: Arc::default(), secrets }
    }

    fn of(&self, place: &SshLocation) -> Arc<Connection> {
        let key = SshLocation { home: String::new(), kernel_log: false, ..place.clone() };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.iter().find(|connection| connection.place == key) {
            return Arc::clone(found);
        }
        if known.len() >= MAX_HOSTS {
            known.clear();
        }
        let connection = Arc::new(Connection::new(key, self.secrets.clone()));
        known.push(Arc::clone(&connection));
        connection
    }
}

/// One host, connected or not.
struct Connection {
    /// How to get there; no home.
    place: SshLocation,
    secrets: Secrets,
    state: AsyncMutex<State>,
}

#[derive(Default)]
struct State {
    session: Option<Arc<Session>>,
    failed: Option<(Instant, SourceError)>,
    keys: Option<Keys>,
}

/// A login that stands.
struct Session {
    handle: client::Handle<Guard>,
    channels: Arc<Channels>,
    /// For the home.
    sftp: OnceCell<Arc<Sftp>>,
    /// For `/proc`.
    proc: OnceCell<Arc<Sftp>>,
    /// One of them is started at a time.
    starting: AsyncMutex<()>,
    login: String,
    /// Kept as long as what goes through it.
    _jump: Option<Box<Session>>,
}

impl Connection {
    fn new(place: SshLocation, secrets: Secrets) -> Self {
        Self { place, secrets, state: AsyncMutex::default() }
    }

    /// Whether everything that the login needs may still be used: a login that stands is one use more.
    async fn permit(&self) -> Result<(), SourceError> {
        let to = Recipient::of_place(&self.place);
        for (reference, used) in self.place.secrets() {
            self.secrets.permit(&reference, used, &to).await?;
        }
        Ok(())
    }

    /// Runs `work` with the connection, until the deadline. A connection on which time ran out is not used again: the
    /// next question must not wait for an answer that never comes.
    async fn ask<T, W>(&self, deadline: &Deadline, work: impl FnOnce(Arc<Session>) -> W) -> Result<T, SourceError>
    where
        W: Future<Output = Result<T, SourceError>>,
    {
        let mut used = None;
        let answer = within(deadline, async {
            let session = self.session().await?;
            used = Some(Arc::clone(&session));
            work(session).await
        })
        .await;
        if matches!(answer, Err(SourceError::Timeout { .. } | SourceError::Cancelled))
            && let Some(used) = used
        {
            self.forget(&used).await;
        }
        answer
    }

    async fn forget(&self, used: &Arc<Session>) {
        let mut state = self.state.lock().await;
        if state.session.as_ref().is_some_and(|session| Arc::ptr_eq(session, used)) {
            state.session = None;
        }
    }

    async fn session(&self) -> Result<Arc<Session>, SourceError> {
        let mut state = self.state.lock().await;
        if let Err(refused) = self.permit().await {
            *state = State::default();
            return Err(refused);
        }
        if let Some(session) = &state.session
            && !session.handle.is_closed()
        {
            return Ok(Arc::clone(session));
        }
        state.session = None;
        if let Some((at, error)) = &state.failed {
            let refused = matches!(error, SourceError::Ssh(SshTrouble::Refused { .. }));
            if at.elapsed() < if refused { REMEMBER_REFUSAL } else { REMEMBER_FAILURE } {
                return Err(error.clone());
            }
        }
        match self.connect(&mut state.keys).await {
            Ok(session) => {
                let session = Arc::new(session);
                state.session = Some(Arc::clone(&session));
                state.failed = None;
                Ok(session)
            }
            Err(error) => {
                state.failed = Some((Instant::now(), error.clone()));
                // A key that was put in its place is read the next time.
                state.keys = None;
                Err(error)
            }
        }
    }

    async fn connect(&self, keys: &mut Option<Keys>) -> Result<Session, SourceError> {
        let place = &self.place;
        let jump = match &place.jump {
            None => None,
            Some(jump) => {
                let stream = tcp_connect(jump).await?;
                Some(Box::new(self.log_in(stream, jump, None, keys).await?))
            }
        };
        match jump {
            None => {
                let stream = tcp_connect(&place.host).await?;
                self.log_in(stream, &place.host, None, keys).await
            }
            Some(jump) => {
                let channel = jump.direct(&place.host.host, place.host.port).await?;
                self.log_in(channel.into_stream(), &place.host, Some(jump), keys).await
            }
        }
    }

    async fn log_in<S>(
        &self,
        stream: S,
        to: &SshHost,
        jump: Option<Box<Session>>,
        keys: &mut Option<Keys>,
    ) -> Result<Session, SourceError>
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    {
        let recipients = Recipient::of_place(&self.place);
        let known =
            KnownHost::read(&to.host, to.port, self.place.known_hosts.as_deref(), &self.secrets, &recipients).await?;
        let config = config_for(&known);
        let channels = Arc::new(Channels::default());
        let refusal = Arc::new(Mutex::new(None));
        let guard = Guard { known, refusal: Arc::clone(&refusal), channels: Arc::clone(&channels) };
        let connected = client::connect_stream(Arc::new(config), stream, guard).await;
        let refused = refusal.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut handle = match (connected, refused) {
            (_, Some(trouble)) => return Err(trouble.into()),
            (Err(error), None) => return Err(failed(&error)),
            (Ok(handle), None) => handle,
        };
        let keys = match keys {
            Some(keys) => keys,
            None => keys.insert(Keys::read(&self.place, &self.secrets).await?),
        };
        auth::log_in(&mut handle, to, keys).await?;
        Ok(Session {
            handle,
            channels,
            sftp: OnceCell::new(),
            proc: OnceCell::new(),
            starting: AsyncMutex::default(),
            login: to.to_string(),
            _jump: jump,
        })
    }
}

impl Session {
    /// The one SFTP session for the home.
    async fn sftp(&self) -> Result<&Sftp, SourceError> {
        self.session_of(&self.sftp, &self.proc).await
    }

    /// Another one for `/proc`, where a question about a process that hangs may hang.
    async fn proc(&self) -> Result<&Sftp, SourceError> {
        self.session_of(&self.proc, &self.sftp).await
    }

    /// A host may open one session and no more: then that one has to do for both.
    async fn session_of<'a>(
        &self,
        own: &'a OnceCell<Arc<Sftp>>,
        other: &OnceCell<Arc<Sftp>>,
    ) -> Result<&'a Sftp, SourceError> {
        if let Some(known) = own.get() {
            return Ok(known);
        }
        let _turn = self.starting.lock().await;
        let start = || async {
            match (self.start_sftp().await, other.get()) {
                (Err(SourceError::Ssh(SshTrouble::NoSession { .. })), Some(other)) => Ok(Arc::clone(other)),
                (started, _) => started.map(Arc::new),
            }
        };
        Ok(own.get_or_try_init(start).await?)
    }

    /// Waits until the host says anything: what is asked on this connection is answered after all that was said before.
    async fn answers(&self) -> Result<(), SourceError> {
        self.handle.send_ping().await.map_err(|error| failed(&error))
    }

    async fn open_session(&self) -> Result<russh::Channel<client::Msg>, SourceError> {
        let opened = self.channels.open(self.handle.channel_open_session()).await;
        opened.map_err(|error| error.into_no_session(&self.login))
    }

    async fn start_sftp(&self) -> Result<Sftp, SourceError> {
        let mut channel = self.open_session().await?;
        channel.request_subsystem(true, "sftp").await.map_err(|error| failed(&error))?;
        loop {
            match channel.wait().await {
                Some(russh::ChannelMsg::Success) => break,
                Some(russh::ChannelMsg::WindowAdjusted { .. }) => {}
                other => {
                    let why = match other {
                        Some(russh::ChannelMsg::Failure) => "the subsystem is not there",
                        _ => "the channel was closed",
                    };
                    return Err(SshTrouble::NoSftp { login: self.login.clone(), why: why.to_owned() }.into());
                }
            }
        }
        Sftp::start(channel.into_stream(), &self.login).await
    }

    /// A connection from that host to another.
    async fn direct(&self, host: &str, port: u16) -> Result<russh::Channel<client::Msg>, SourceError> {
        let open = self.handle.channel_open_direct_tcpip(host, u32::from(port), "127.0.0.1", 0);
        self.channels.open(open).await.map_err(|error| error.into_forwarding(&self.login))
    }
}

/// How a connection begins: with the kinds of key that are known first.
fn config_for(known: &KnownHost) -> client::Config {
    client::Config {
        client_id: russh::SshId::Standard(concat!("SSH-2.0-nodedown_", env!("CARGO_PKG_VERSION")).into()),
        inactivity_timeout: Some(IDLE),
        preferred: russh::Preferred { key: known.algorithms().into(), ..russh::Preferred::DEFAULT },
        nodelay: true,
        ..client::Config::default()
    }
}

async fn tcp_connect(to: &SshHost) -> Result<TcpStream, SourceError> {
    let addresses: Vec<_> = match tokio::net::lookup_host((to.host.as_str(), to.port)).await {
        Ok(found) => found.collect(),
        Err(error) => return Err(SourceError::Unreachable { result: PortResult::Dns, why: error.to_string() }),
    };
    match TcpStream::connect(addresses.as_slice()).await {
        Ok(stream) => {
            // A small answer must not wait for the next.
            let _ = stream.set_nodelay(true);
            Ok(stream)
        }
        Err(error) => {
            Err(SourceError::Unreachable { result: tcp::classify(&error)?, why: format!("SSH to {to}: {error}") })
        }
    }
}

/// Runs what reads local files or computes for long on a thread of its own.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SshTrouble> + Send + 'static,
) -> Result<T, SourceError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(SourceError::from),
        Err(_) => Err(SourceError::Protocol { why: "reading the SSH settings broke off".to_owned() }),
    }
}

/// What a failure of the SSH connection means.
fn failed(error: &russh::Error) -> SourceError {
    match error {
        russh::Error::IO(io) if io.kind() == std::io::ErrorKind::UnexpectedEof => SourceError::Unreachable {
            result: PortResult::Reset,
            why: "SSH: the host closed the connection".to_owned(),
        },
        russh::Error::IO(io) => match tcp::classify(io) {
            Ok(result) => SourceError::Unreachable { result, why: format!("SSH: {io}") },
            Err(_) => SourceError::Protocol { why: format!("SSH: {io}") },
        },
        russh::Error::HUP | russh::Error::Disconnect | russh::Error::SendError | russh::Error::RecvError => {
            SourceError::Unreachable {
                result: PortResult::Reset,
                why: "SSH: the host closed the connection".to_owned(),
            }
        }
        other => SourceError::Protocol { why: format!("SSH: {other}") },
    }
}

/// Stands between the host and everything that is said to it.
struct Guard {
    known: KnownHost,
    refusal: Arc<Mutex<Option<SshTrouble>>>,
    channels: Arc<Channels>,
}

impl client::Handler for Guard {
    type Error = russh::Error;

    async fn check_server_key(&mut self, offered: &russh::keys::PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        match self.known.check(&offered.public_key()) {
            // Certificates are not asked for, so none can be vouched for.
            Ok(()) => Ok(offered.certificate().is_none()),
            Err(trouble) => {
                *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(trouble);
                Ok(false)
            }
        }
    }

    async fn channel_open_confirmation(
        &mut self,
        id: russh::ChannelId,
        _max_packet_size: u32,
        _window_size: u32,
        session: &mut client::Session,
    ) -> Result<(), russh::Error> {
        if self.channels.given_up(id.number()) {
            session.close(id)?;
        }
        Ok(())
    }

    async fn channel_open_failure(
        &mut self,
        id: russh::ChannelId,
        _reason: russh::ChannelOpenFailure,
        description: &str,
        _language: &str,
        _session: &mut client::Session,
    ) -> Result<(), russh::Error> {
        self.channels.refused(id.number(), description);
        Ok(())
    }
}
