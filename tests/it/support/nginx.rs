//! A real nginx as the front door of some nodes; it ends with the value that holds it.

use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What stands in front of the nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoorKind {
    /// Every address is in its list, also that of a dead node, and a failure goes to the client.
    Stale,
    /// The same, but where one node does not answer the next one is asked.
    FailsOver,
}

/// What it does with clients' gRPC, for which it listens on its port + 1000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrpcDoor {
    /// It does not listen there.
    Shut,
    /// It speaks HTTP/1 there.
    Http,
    /// It passes the bytes on, as the Nacos manual has it.
    Passed,
}

/// Where Debian puts the module that passes bytes on (`libnginx-mod-stream`).
const STREAM_MODULE: &str = "/usr/lib/nginx/modules/ngx_stream_module.so";

/// A running nginx.
pub struct Nginx {
    child: Child,
    url: String,
    folder: tempfile::TempDir,
}

impl Nginx {
    /// Starts it on `listen` in front of `nodes` (`host:port`). `None`: skipped, and why is printed.
    pub fn start(listen: SocketAddr, nodes: &[String], kind: DoorKind, grpc: GrpcDoor) -> Option<Self> {
        Self::start_with(listen, nodes, kind, grpc, "")
    }

    /// The same with further settings of what it passes on.
    pub fn start_with(
        listen: SocketAddr,
        nodes: &[String],
        kind: DoorKind,
        grpc: GrpcDoor,
        settings: &str,
    ) -> Option<Self> {
        // A server that failed stays in the list: what a door without health checks does.
        let servers: String = nodes.iter().map(|node| format!("server {node} max_fails=0;\n")).collect();
        let (next, next_grpc) = match kind {
            DoorKind::Stale => ("proxy_next_upstream off;", "proxy_next_upstream off;"),
            DoorKind::FailsOver => ("proxy_next_upstream error timeout;", "proxy_next_upstream on;"),
        };
        let at = SocketAddr::new(listen.ip(), listen.port() + 1000);
        let grpc_servers: String =
            nodes.iter().filter_map(|node| grpc_of(node)).map(|node| format!("server {node} max_fails=0;\n")).collect();
        let (grpc_server, stream) = match grpc {
            GrpcDoor::Shut => (String::new(), None),
            GrpcDoor::Http => (
                format!(
                    "upstream grpc {{ {grpc_servers} }}\n\
                     server {{ listen {at}; location / {{ proxy_pass http://grpc; }} }}\n"
                ),
                None,
            ),
            GrpcDoor::Passed => (
                String::new(),
                Some(format!(
                    "upstream grpc {{ {grpc_servers} }}\n\
                     server {{ listen {at}; proxy_pass grpc; proxy_connect_timeout 1s; {next_grpc} }}\n"
                )),
            ),
        };
        let servers = format!(
            "upstream nodes {{ {servers} }}\n\
             server {{ listen {listen}; location / {{ proxy_pass http://nodes; proxy_connect_timeout 1s; {next} {settings} }} }}\n\
             {grpc_server}"
        );
        let mut door = Self::run(listen, None, &servers, stream.as_deref())?;
        let until = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(listen).is_err() {
            let ended = door.child.try_wait().expect("nginx");
            assert!(ended.is_none() && Instant::now() < until, "nginx does not listen on {listen}: {}", door.errors());
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(door)
    }

    /// Starts it in another network namespace (a file) as an HTTP proxy before `node`. `None`: skipped, and why is printed.
    pub fn start_in(namespace: &str, listen: SocketAddr, node: &str) -> Option<Self> {
        Self::proxy_in(namespace, listen, node, "")
    }

    /// The same over https, with these files of a certificate and its key.
    pub fn start_tls_in(
        namespace: &str,
        listen: SocketAddr,
        node: &str,
        (certificate, key): (&str, &str),
    ) -> Option<Self> {
        Self::proxy_in(
            namespace,
            listen,
            node,
            &format!(" ssl; ssl_certificate {certificate}; ssl_certificate_key {key}"),
        )
    }

    fn proxy_in(namespace: &str, listen: SocketAddr, node: &str, how: &str) -> Option<Self> {
        let server = format!("server {{ listen {listen}{how}; location / {{ proxy_pass http://{node}; }} }}\n");
        Self::run(listen, Some(namespace), &server, None)
    }

    fn run(listen: SocketAddr, namespace: Option<&str>, servers: &str, stream: Option<&str>) -> Option<Self> {
        let version = Command::new("nginx").arg("-v").stdin(Stdio::null()).output();
        if !version.is_ok_and(|output| output.status.success()) {
            super::aloud("SKIPPED: nginx is not installed, so no front door was tried");
            return None;
        }
        if stream.is_some() && !std::path::Path::new(STREAM_MODULE).is_file() {
            super::aloud(
                "SKIPPED: nginx has no module for streams (libnginx-mod-stream), so no door that passes gRPC was tried",
            );
            return None;
        }
        let (module, stream) = match stream {
            Some(servers) => (format!("load_module {STREAM_MODULE};\n"), format!("stream {{\n{servers}}}\n")),
            None => (String::new(), String::new()),
        };
        let folder = tempfile::tempdir().expect("folder for nginx");
        let path = folder.path().display();
        let config = format!(
            "{module}daemon off; master_process off; worker_processes 1; pid {path}/pid; error_log {path}/error.log;\n\
             events {{ worker_connections 512; }}\n\
             http {{\n\
             access_log off;\n\
             client_body_temp_path {path}/body; proxy_temp_path {path}/proxy; fastcgi_temp_path {path}/fastcgi;\n\
             uwsgi_temp_path {path}/uwsgi; scgi_temp_path {path}/scgi;\n\
             {servers}}}\n\
             {stream}"
        );
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, config).expect("nginx.conf");
        let mut command = match namespace {
            Some(namespace) => {
                let mut command = Command::new("nsenter");
                command.args([&format!("--net={namespace}"), "nginx"]);
                command
            }
            None => Command::new("nginx"),
        };
        let child = command
            .arg("-p")
            .arg(folder.path())
            .arg("-c")
            .arg(&file)
            .args(["-e", &format!("{path}/error.log")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("nginx");
        // It writes that file once its ports are open.
        let (begun, pid) = (Instant::now(), folder.path().join("pid"));
        while !pid.exists() && begun.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(Self { child, url: format!("http://{listen}"), folder })
    }

    /// Its URL, without a context path.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn errors(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("error.log")).unwrap_or_default()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The gRPC address of a node's main one.
fn grpc_of(node: &str) -> Option<String> {
    let (host, port) = node.rsplit_once(':')?;
    Some(format!("{host}:{}", port.parse::<u16>().ok()? + 1000))
}
