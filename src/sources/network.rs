//! The network in which a node's process on this machine lives: that of this program, or one of its own as a container has.
//!
//! A socket belongs for good to the network it was made in, no matter which thread connects it. So a thread that does nothing else enters
//! the network of the process and makes sockets there; connecting them is done as everywhere. The thread ends when nobody
//! wants a socket any more.
//!
//! # Why
//! Sockets are not bound to the address of the node: Nacos does not bind its own either, and the kernel must choose for a
//! probe what it chooses for Nacos, or a filter or a route would treat the two differently.

use std::fs::File;
use std::io::{self, Read};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::oneshot;

use super::{SourceError, hosts};
use crate::domain::observed::{NameBy, NameSeen};
use crate::domain::vocabulary::NoSource;

/// A thread that nobody has asked for a socket for so long ends.
const IDLE: Duration = Duration::from_secs(5);

/// The network of a process.
#[derive(Debug)]
pub(super) struct Network {
    place: Place,
    /// The root folder of the process, as seen from here.
    root: PathBuf,
}

#[derive(Debug)]
enum Place {
    /// That of this program.
    Ours,
    /// Another one, with a thread in it.
    Other(mpsc::Sender<Order>),
}

/// Somebody wants a socket.
struct Order {
    v6: bool,
    reply: oneshot::Sender<io::Result<TcpSocket>>,
}

impl Network {
    /// Of the process `pid`; enters it if it is another one than ours. Blocks for a moment.
    ///
    /// # Errors
    /// Not configured where this program may not enter or not even look; the process may have ended meanwhile.
    pub(super) fn of(proc_root: &Path, pid: u32) -> Result<Self, SourceError> {
        let process = proc_root.join(pid.to_string());
        let root = process.join("root");
        let place = match (File::open(process.join("ns/net")), proc_root.join("self/ns/net").metadata()) {
            (Ok(theirs), Ok(ours)) if theirs.metadata().is_ok_and(|theirs| same(&theirs, &ours)) => Place::Ours,
            (Ok(theirs), _) => Place::Other(enter(theirs)?),
            // The process of another user: whose network it is can be told all the same, entering it needs more.
            (Err(_), _) => match (process.join("net/dev").metadata(), proc_root.join("self/net/dev").metadata()) {
                (Ok(theirs), Ok(ours)) if same(&theirs, &ours) => Place::Ours,
                (Ok(_), Ok(_)) => return Err(not_configured(NoSource::ProbeFromNetwork)),
                (Err(error), _) if error.kind() == io::ErrorKind::NotFound => {
                    return Err(not_configured(NoSource::ProbeFromStopped));
                }
                _ => return Err(not_configured(NoSource::ProbeFromNetwork)),
            },
        };
        Ok(Self { place, root })
    }

    /// True if it is not ours: loopback addresses and names may mean something else there.
    pub(super) const fn is_other(&self) -> bool {
        matches!(self.place, Place::Other(_))
    }

    /// The addresses of a name as the process finds them in its `hosts` file, else as this machine does.
    ///
    /// # Errors
    /// `Ok(Err(..))`: the name has no address. Not configured if only the process itself could tell.
    pub(super) async fn resolve(&self, host: &str, port: u16) -> Result<Result<Vec<SocketAddr>, String>, SourceError> {
        if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
            return Ok(Ok(vec![SocketAddr::new(address, port)]));
        }
        let own = self.hosts().await.map(|text| hosts::addresses(&text, host)).unwrap_or_default();
        if !own.is_empty() {
            return Ok(Ok(own.into_iter().map(|address| SocketAddr::new(address, port)).collect()));
        }
        match tokio::net::lookup_host((host, port)).await.map(Vec::from_iter) {
            Ok(found) if !found.is_empty() => Ok(Ok(found)),
            // Its name server may well know it, but that is asked from its network only.
            _ if self.is_other() => Err(not_configured(NoSource::ProbeFromName)),
            Ok(_) => Ok(Err("the name has no address".to_owned())),
            Err(error) => Ok(Err(error.to_string())),
        }
    }

    /// How the process resolves names: by its `hosts` file, else as this machine does if both ask in the same way.
    ///
    /// # Errors
    /// Denied if the process' files may not be read.
    pub(super) async fn names(&self, names: &[String]) -> Result<Vec<NameSeen>, SourceError> {
        let denied = || SourceError::Denied { why: "/etc/hosts of the process is not seen by this user".to_owned() };
        let text = self.hosts().await.ok_or_else(denied)?;
        let as_we_do = !self.is_other() && self.asks_as_we_do().await;
        let mut seen = Vec::new();
        for name in names {
            let mut by = NameBy::Hosts;
            let mut addresses = hosts::addresses(&text, name);
            if addresses.is_empty()
                && as_we_do
                && let Ok(found) = tokio::net::lookup_host((name.as_str(), 0)).await
            {
                by = NameBy::Resolver;
                for address in found.map(|address| address.ip()) {
                    if !addresses.contains(&address) {
                        addresses.push(address);
                    }
                }
            }
            if !addresses.is_empty() {
                seen.push(NameSeen { name: name.clone(), addresses, by });
            }
        }
        Ok(seen)
    }

    /// The `hosts` file of the process; `None`: it may not be read.
    async fn hosts(&self) -> Option<String> {
        small(self.root.join("etc/hosts")).await
    }

    /// True if the process has the resolver's settings that this program has.
    async fn asks_as_we_do(&self) -> bool {
        for file in ["etc/resolv.conf", "etc/nsswitch.conf"] {
            let ours = small(Path::new("/").join(file)).await;
            if ours.is_none() || small(self.root.join(file)).await != ours {
                return false;
            }
        }
        true
    }

    /// Connects from there.
    ///
    /// # Errors
    /// The operating system's.
    pub(super) async fn connect(&self, address: SocketAddr) -> io::Result<TcpStream> {
        let v6 = address.is_ipv6();
        let socket = match &self.place {
            Place::Ours => socket(v6)?,
            Place::Other(orders) => {
                let (reply, answer) = oneshot::channel();
                let left = || io::Error::other("the thread in the node's network has ended");
                orders.send(Order { v6, reply }).map_err(|_| left())?;
                answer.await.map_err(|_| left())??
            }
        };
        socket.connect(address).await
    }
}

/// A small file as text; `None`: it may not be read. What is not there is empty.
async fn small(path: PathBuf) -> Option<String> {
    let read = tokio::task::spawn_blocking(move || {
        // A pipe would wait for a writer.
        let mut bytes = Vec::new();
        match path.metadata() {
            Ok(meta) if meta.is_file() => {
                File::open(path).ok()?.take(hosts::MOST).read_to_end(&mut bytes).ok()?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            _ => return None,
        }
        Some(String::from_utf8_lossy(&bytes).into_owned())
    });
    read.await.ok().flatten()
}

fn same(one: &std::fs::Metadata, other: &std::fs::Metadata) -> bool {
    one.dev() == other.dev() && one.ino() == other.ino()
}

const fn not_configured(what: NoSource) -> SourceError {
    SourceError::NotConfigured { what }
}

fn socket(v6: bool) -> io::Result<TcpSocket> {
    if v6 { TcpSocket::new_v6() } else { TcpSocket::new_v4() }
}

/// Sends a thread into a network. It never comes back from there, so it is not a thread that anything else runs on.
fn enter(network: File) -> Result<mpsc::Sender<Order>, SourceError> {
    let (orders, taken) = mpsc::channel::<Order>();
    let (entered, outcome) = mpsc::sync_channel(1);
    let thread = std::thread::Builder::new().name("node-network".to_owned()).spawn(move || {
        let moved = move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network));
        let inside = moved.is_ok();
        if entered.send(moved).is_err() || !inside {
            return;
        }
        drop(network);
        while let Ok(order) = taken.recv_timeout(IDLE) {
            // A caller that gave up waiting needs none.
            let _ = order.reply.send(socket(order.v6));
        }
    });
    if let Err(error) = thread {
        return Err(SourceError::Protocol { why: format!("this machine cannot start a thread: {error}") });
    }
    match outcome.recv() {
        Ok(Ok(())) => Ok(orders),
        _ => Err(not_configured(NoSource::ProbeFromNetwork)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn our_own_process_is_in_our_network() {
        let network = Network::of(Path::new("/proc"), std::process::id()).expect("our own network");
        assert!(!network.is_other());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("port");
        let address = listener.local_addr().expect("address");
        let stream = network.connect(address).await.expect("a connection");
        assert_eq!(stream.peer_addr().expect("address"), address);
        let resolved = network.resolve("127.0.0.1", 80).await.expect("an answer").expect("an address");
        assert_eq!(resolved, ["127.0.0.1:80".parse().expect("address")]);
        let gone = Network::of(Path::new("/proc"), u32::MAX);
        assert!(matches!(gone, Err(SourceError::NotConfigured { what }) if what == NoSource::ProbeFromStopped));
    }
}
