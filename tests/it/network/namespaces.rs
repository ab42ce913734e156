//! Hosts on this machine: network namespaces on one bridge, each with an address, listeners and a process that looks like
//! that of a Nacos home.

use std::io::{BufRead, BufReader};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// What a server of HTTP/2 says first.
const SETTINGS: &[u8] = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00";

/// A few hosts with addresses of their own; gone with this value.
pub struct Hosts {
    prefix: String,
    subnet: u8,
    size: usize,
}

impl Hosts {
    /// `None`: skipped, and why is printed. `which` tells apart those that live at the same time, 0 to 3.
    pub fn start(test: &str, which: u8, size: usize) -> Option<Self> {
        for tool in [["ip", "-V"], ["iptables", "-V"]] {
            if !run(tool[0], &tool[1..]).is_some_and(|output| output.status.success()) {
                crate::support::aloud(&format!("SKIPPED {test}: `{}` does not run here", tool[0]));
                return None;
            }
        }
        // Another run of the same test may be under way on this machine.
        let subnet = u8::try_from(std::process::id() % 60).expect("a small number") * 4 + 4 + which;
        let hosts = Self { prefix: format!("ndh{subnet}"), subnet, size };
        hosts.remove();
        let bridge = format!("{}br", hosts.prefix);
        if !run("ip", &["link", "add", &bridge, "type", "bridge"]).is_some_and(|output| output.status.success()) {
            crate::support::aloud(&format!("SKIPPED {test}: no network namespaces here (root is needed)"));
            return None;
        }
        must("ip", &["addr", "add", &format!("10.78.{subnet}.1/24"), "dev", &bridge]);
        must("ip", &["link", "set", &bridge, "up"]);
        for host in 1..=size {
            let (namespace, outside) = (hosts.namespace(host), format!("{}v{host}", hosts.prefix));
            must("ip", &["netns", "add", &namespace]);
            must("ip", &["link", "add", &outside, "type", "veth", "peer", "name", "eth0", "netns", &namespace]);
            must("ip", &["link", "set", &outside, "master", &bridge, "up"]);
            must("ip", &["-n", &namespace, "addr", "add", &format!("{}/24", hosts.address(host)), "dev", "eth0"]);
            must("ip", &["-n", &namespace, "link", "set", "eth0", "up"]);
            must("ip", &["-n", &namespace, "link", "set", "lo", "up"]);
        }
        Some(hosts)
    }

    /// Address of a host; they count from 1.
    pub fn address(&self, host: usize) -> String {
        format!("10.78.{}.1{host}", self.subnet)
    }

    /// Listens on ports of a host and answers everybody in the protocol that they speak: HTTP/2 or HTTP/1.
    pub fn serve(&self, host: usize, ports: &[u16]) {
        let namespace = std::fs::File::open(format!("/run/netns/{}", self.namespace(host))).expect("namespace");
        let addresses: Vec<String> = ports.iter().map(|port| format!("{}:{port}", self.address(host))).collect();
        let (bound, listening) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network)).expect("in the namespace");
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
            runtime.block_on(async {
                let mut listeners = tokio::task::JoinSet::new();
                for address in addresses {
                    let listener = TcpListener::bind(address).await.expect("a free port");
                    listeners.spawn(answer_all(listener));
                }
                bound.send(()).expect("somebody waits");
                listeners.join_all().await;
            });
        });
        listening.recv().expect("it listens");
    }

    /// Changes the packet filter of a host.
    pub fn filter(&self, host: usize, rule: &[&str]) {
        let namespace = self.namespace(host);
        let args: Vec<&str> =
            ["netns", "exec", &namespace, "iptables", "-w"].into_iter().chain(rule.iter().copied()).collect();
        must("ip", &args);
    }

    /// Starts a process on a host whose command line names that home.
    pub fn pretend(&self, host: usize, home: &Path) -> Pretender {
        self.pretend_with(host, home, &[])
    }

    /// The same with an environment.
    pub fn pretend_with(&self, host: usize, home: &Path, environment: &[(&str, &str)]) -> Pretender {
        let mut command = Command::new("ip");
        command.envs(environment.iter().copied());
        command.args(["netns", "exec", &self.namespace(host), "sh", "-c", "echo in; read end", "java"]);
        Pretender::start(command, home)
    }

    /// The name of a host's network namespace.
    pub fn namespace(&self, host: usize) -> String {
        format!("{}n{host}", self.prefix)
    }

    fn remove(&self) {
        for host in 1..=self.size {
            run("ip", &["link", "del", &format!("{}v{host}", self.prefix)]);
            run("ip", &["netns", "del", &self.namespace(host)]);
        }
        run("ip", &["link", "del", &format!("{}br", self.prefix)]);
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        self.remove();
    }
}

async fn answer_all(listener: TcpListener) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((mut stream, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        connections.spawn(async move {
            let mut first = [0; 16];
            stream.read_exact(&mut first).await?;
            if first.starts_with(b"PRI * HTTP/2.0") {
                stream.write_all(SETTINGS).await?;
                stream.read_to_end(&mut Vec::new()).await?;
            } else {
                stream.write_all(b"HTTP/1.1 404 \r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await?;
                stream.shutdown().await?;
                stream.read_to_end(&mut Vec::new()).await?;
            }
            std::io::Result::Ok(())
        });
    }
}

/// A process that looks like that of a home, until this is gone.
pub struct Pretender(Child);

impl Pretender {
    /// The same in the network of the test itself.
    pub fn here(home: &Path) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", "echo in; read end", "java"]);
        Self::start(command, home)
    }

    fn start(mut command: Command, home: &Path) -> Self {
        command.arg(format!("-Dnacos.home={}", home.display())).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("a process");
        // Before that it may still be on its way into its namespace.
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        assert_eq!(line, "in\n");
        Self(child)
    }
}

impl Drop for Pretender {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a program to its end; `None`: there is no such program.
pub fn run(program: &str, args: &[&str]) -> Option<Output> {
    Command::new(program).args(args).stdin(Stdio::null()).output().ok()
}

/// Runs a program that has to succeed.
pub fn must(program: &str, args: &[&str]) {
    let output = run(program, args).unwrap_or_else(|| panic!("{program} does not run"));
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}
