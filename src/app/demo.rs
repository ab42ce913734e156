//! `nodedown demo`: a recorded real outage replayed; everything but sources and clock is the program as it is.

use std::net::SocketAddr;

use anyhow::bail;

/// Serves the replay on loopback until a signal, and prints one link that signs in.
///
/// # Errors
/// A sentence for whoever started it.
pub async fn demo(listen: SocketAddr) -> anyhow::Result<()> {
    if !listen.ip().is_loopback() {
        bail!("the demo signs in whoever has the link, so it listens on this machine only: use 127.0.0.1:PORT");
    }
    bail!("this build does not hold the recording of the demo (demo/outage.ndrec)")
}
