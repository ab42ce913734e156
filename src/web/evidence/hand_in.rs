//! What people hand in for nodes that nobody can reach: pasted output and archives of a Nacos home.
//!
//! # Why
//! A file is written to the incoming folder piece by piece: its size is limited by the route, the memory it takes is not
//! its size. It is removed as soon as nobody needs it: refused, cut off or taken over by the command.

use axum::extract::State;
use axum::extract::multipart::Field;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt;

use crate::commands::hand_in::UnderWay;
use crate::commands::{Caller, CommandError, What, disk, hand_in};
use crate::domain::capture::is_log_or_output;
use crate::domain::cluster::NodeSpec;
use crate::domain::finding::Step;
use crate::domain::id::{IncidentId, NodeName};
use crate::domain::incident::Incident;
use crate::domain::kept::KeptFile;
use crate::domain::message::Message;
use crate::domain::observed::{LogsSeen, Observations, Observed, PortsSeen, StopSeen};
use crate::domain::vocabulary::OutputKind;
use crate::nacos::pasted::{self, Ports, Reading, Subject, Window};
use crate::nacos::ports::NodePorts;
use crate::store::hand_in::{HandedInItem, HandedInWhat};
use crate::web::evidence::logs::cut_words;
use crate::web::incidents::steps::{Sent, not_taken};
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::extract::{CurrentUser, Multipart, Path, seal};
use crate::web::plumbing::page::Frame;
use crate::web::plumbing::plain::short;
use crate::web::plumbing::state::Web;
use crate::web::plumbing::typed::Typed;
use crate::web::{check_key, paths};

/// Most sentences about one thing that was handed in.
const MOST_SENTENCES: usize = 30;

/// Largest upload.
pub const MAX_UPLOAD_BYTES: usize = 512 * 1024 * 1024;

/// What the newest checks of a node saw, and where it is.
#[derive(Clone, Copy)]
pub struct Checked<'a> {
    /// Its logs in the time window; the zone of pasted lines is not known before there is this.
    logs: Option<&'a LogsSeen>,
    /// The ends of its logs and the traces of its stop, in the time window or before.
    stop: Option<&'a StopSeen>,
    /// Whether its `cluster.conf` and `application.properties` were there; `None`: no check looked.
    conf: [Option<bool>; 2],
    /// Its ports.
    ports: Option<&'a PortsSeen>,
    /// The nodes of its cluster.
    nodes: &'a [NodeSpec],
}

/// The files of a configuration that checks read, and the check that reads each.
const CONF: [(&str, &str); 2] =
    [("conf/cluster.conf", "config.cluster_conf"), ("conf/application.properties", "config.properties")];

impl<'a> Checked<'a> {
    /// Of a node, by what the checks of an incident saw.
    #[must_use]
    pub fn new(seen: &'a Observations, node: &NodeName, nodes: &'a [NodeSpec]) -> Self {
        let logs = if let Some(Observed::Logs(logs)) = seen.get("logs.signatures", node) { Some(logs) } else { None };
        let stop = if let Some(Observed::Stop(stop)) = seen.get("node.stop", node) { Some(stop) } else { None };
        let ports = if let Some(Observed::Ports(ports)) = seen.get("net.ports", node) { Some(ports) } else { None };
        let conf = CONF.map(|(_, check)| match seen.get(check, node) {
            Some(Observed::ClusterConf(conf)) => Some(conf.present),
            Some(Observed::Properties(properties)) => Some(properties.present),
            _ => None,
        });
        Self { logs, stop, conf, ports, nodes }
    }

    /// What the check of stop traces took from a file of its logs, whatever the time window is; `None`: nothing.
    fn ended(&self, f: &Frame, path: &str) -> Option<String> {
        let stop = self.stop?;
        let (shown, check) = (short(path), f.t(check_key("node.stop")));
        let end = stop.ends.iter().find(|end| end.path == path).and_then(|end| end.last_stamp);
        match end {
            Some(at) => {
                let says = Message::new("upload-file-end").with("path", shown).with("check", check);
                Some(f.msg(says.with("at", f.moment_said(at))))
            }
            None => {
                let has_trace = stop.traces.iter().any(|trace| trace.path == path);
                has_trace.then(|| f.t2("upload-file-traces", "path", shown, "check", check))
            }
        }
    }
}

/// What became of something that was handed in.
#[derive(Default)]
pub struct Understood {
    /// Whole sentences, one for each thing to say.
    pub said: Vec<String>,
    /// Whether the checks can use something of it: of some output nothing, whatever it says.
    pub is_of_use: bool,
}

impl Understood {
    /// Of `item`, by what the checks of `incident` saw of its node.
    #[must_use]
    pub fn new(f: &Frame, item: &HandedInItem, incident: &Incident, checked: Checked<'_>) -> Self {
        match &item.what {
            HandedInWhat::Output { kind, text } => {
                let read = read_output(item, (kind, text), incident, checked);
                Self { said: of_output(f, &read), is_of_use: read.used > 0 }
            }
            HandedInWhat::Archive { files, .. } => Self { said: of_archive(f, files, checked), is_of_use: true },
        }
    }
}

/// What became of each line of pasted output.
fn read_output(
    item: &HandedInItem,
    (kind, text): (&OutputKind, &str),
    incident: &Incident,
    checked: Checked<'_>,
) -> Reading {
    let from = item.at.plus_millis(-incident.window_ms(item.at));
    let window = Window { from, to: item.at, offset_s: checked.logs.map(|logs| logs.zone_offset_s) };
    let node = checked.nodes.iter().find(|node| node.name == item.node);
    let ports = Ports {
        known: NodePorts::of(node, checked.nodes),
        tried: checked.ports.is_some_and(|seen| seen.from == "here" && !seen.ports.is_empty()),
    };
    let ids = checked.stop.map(|stop| stop.process_ids.clone()).unwrap_or_default();
    let names = node.map_or_else(|| vec![item.node.0.clone()], NodeSpec::names);
    pasted::reading(kind, text, item.at, &window, &Subject { names, ports, ids })
}

fn of_output(f: &Frame, read: &Reading) -> Vec<String> {
    let mut said = vec![f.t1("upload-lines", "n", read.lines)];
    said.extend(read.stamped.map(|stamped| f.t1("upload-stamped", "n", stamped)));
    said.push(match read.check {
        Some(check) => f.t2("upload-used", "n", read.used, "check", f.t(check_key(check))),
        None => f.t("upload-used-by-none"),
    });
    for one in &read.unused {
        let why = f.t1(&format!("upload-unused-{}", one.why.as_str()), "n", one.lines);
        said.push(f.t2("upload-first", "why", why, "line", short(&one.first)));
    }
    said
}

fn of_archive(f: &Frame, files: &[KeptFile], checked: Checked<'_>) -> Vec<String> {
    let of_logs: Vec<&KeptFile> = files.iter().filter(|file| is_log_or_output(&file.path)).collect();
    let mut said = vec![f.t2("upload-files", "n", files.len(), "logs", of_logs.len())];
    said.extend(of_conf(f, files, checked));
    match checked.logs {
        Some(logs) => said.extend(of_logs_seen(f, files, &of_logs, logs, checked)),
        None => {
            said.extend(of_logs.iter().filter_map(|file| checked.ended(f, &file.path)));
            said.push(f.t1("upload-not-read-yet", "check", f.t(check_key("logs.signatures"))));
        }
    }
    said.truncate(MOST_SENTENCES);
    said
}

/// What became of the files of the configuration: checks of their own read them.
fn of_conf(f: &Frame, files: &[KeptFile], checked: Checked<'_>) -> Vec<String> {
    let came = CONF.iter().zip(checked.conf).filter(|((path, _), _)| files.iter().any(|file| file.path == *path));
    let said = came.filter_map(|((path, check), present)| {
        let key = match present {
            Some(true) => "upload-conf-used",
            Some(false) => return None,
            None => "upload-conf-not-read-yet",
        };
        Some(f.t2(key, "path", path, "check", f.t(check_key(check))))
    });
    said.collect()
}

/// What the check of the logs took from each file; where that is nothing, what the check of stop traces did.
fn of_logs_seen(
    f: &Frame,
    files: &[KeptFile],
    of_logs: &[&KeptFile],
    logs: &LogsSeen,
    checked: Checked<'_>,
) -> Vec<String> {
    let mut said = Vec::new();
    let in_archive = |path: &str| files.iter().any(|file| file.path == path);
    for seen in logs.files.iter().filter(|seen| in_archive(&seen.path)) {
        let path = short(&seen.path);
        said.push(match seen.records {
            0 => checked.ended(f, &seen.path).unwrap_or_else(|| f.t1("upload-file-outside", "path", path)),
            records => f.t2("upload-file-used", "path", path, "n", records),
        });
        if let Some(cut) = &seen.cut {
            said.push(f.t2("upload-file-cut", "path", short(&seen.path), "why", cut_words(f, cut.as_str())));
        }
    }
    for (path, why) in logs.unreadable.iter().filter(|(path, _)| in_archive(path)) {
        said.push(f.t2("upload-file-unreadable", "path", short(path), "why", short(why.as_str())));
    }
    let is_left_out = |file: &&&KeptFile| {
        !logs.files.iter().any(|seen| seen.path == file.path)
            && !logs.unreadable.iter().any(|(path, _)| *path == file.path)
    };
    let left_out = of_logs.iter().filter(is_left_out).map(|file| (file, checked.ended(f, &file.path)));
    let (used, left): (Vec<_>, Vec<_>) = left_out.partition(|(_, ended)| ended.is_some());
    said.extend(used.into_iter().filter_map(|(_, ended)| ended));
    if let Some((first, _)) = left.first() {
        said.push(f.t2("upload-files-left", "n", left.len(), "path", short(&first.path)));
    }
    said.extend(logs.unstamped.as_ref().map(|line| f.t1("upload-unstamped", "line", short(line))));
    said
}

#[derive(Default)]
struct HandIn {
    node: String,
    /// What kind of output it is, empty where that is to be recognised; `None`: the form does not ask.
    kind: Option<String>,
    text: String,
    step: String,
    nonce: String,
    /// What came in the field of the archive; `None`: the form has no such field.
    archive: Option<Archive>,
}

/// The field of an archive.
enum Archive {
    /// A file.
    Came(Upload),
    /// Nothing that could be unpacked: key of why.
    Lacks(&'static str),
}

/// A file that came.
struct Upload {
    name: String,
    under_way: UnderWay,
    sha256: Vec<u8>,
}

impl HandIn {
    /// Reads the whole form. A field that is too long is read to its end as well, or the sender would not get the answer.
    async fn read(web: &Web, mut parts: axum::extract::Multipart) -> Result<Self, WebError> {
        let mut form = Self::default();
        while let Some(field) = parts.next_field().await.map_err(|error| refused(error.status()))? {
            let name = field.name().unwrap_or_default().to_owned();
            match name.as_str() {
                "node" => form.node = text(field, hand_in::MAX_OUTPUT_BYTES).await?,
                "kind" => form.kind = Some(text(field, hand_in::MAX_OUTPUT_BYTES).await?),
                "text" => form.text = text(field, hand_in::MAX_OUTPUT_BYTES).await?,
                "step" => form.step = text(field, hand_in::MAX_OUTPUT_BYTES).await?,
                "nonce" => form.nonce = text(field, hand_in::MAX_OUTPUT_BYTES).await?,
                "archive" if form.archive.is_none() => form.archive = Some(save(web, field).await?),
                _ => {}
            }
        }
        if !form.nonce.is_empty() {
            let file: &[u8] = if let Some(Archive::Came(file)) = &form.archive { &file.sha256 } else { &[] };
            let kind = form.kind.as_deref().unwrap_or_default();
            form.nonce += &seal(&[form.node.as_bytes(), kind.as_bytes(), form.text.as_bytes(), file]);
        }
        Ok(form)
    }
}

/// Takes what was handed in and leads back to the step.
pub async fn create(
    State(web): State<Web>,
    f: Frame,
    CurrentUser(me): CurrentUser,
    Path(id): Path<IncidentId>,
    typed: Typed,
    Multipart(parts): Multipart,
) -> Result<Response, WebError> {
    let form = HandIn::read(&web, parts).await?;
    typed.keep_text("output", &form.text);
    if form.text.len() > hand_in::MAX_OUTPUT_BYTES {
        return Err(WebError::TooLarge { most_bytes: Some(hand_in::MAX_OUTPUT_BYTES as u64) });
    }
    let caller = Caller::new(me.name).with_nonce(form.nonce);
    let node = NodeName(form.node.trim().to_owned());
    let taken = match form.archive {
        Some(Archive::Came(Upload { name, under_way, .. })) => {
            // Goes on when the sender does not wait for the answer.
            let (commands, node) = (web.commands().clone(), node.clone());
            let work = async move { hand_in::file(&commands, &caller, id, &node, &name, under_way).await };
            web.tasks().spawn(work).await.map_err(anyhow::Error::from)?
        }
        // A form that says what kind of output it has is about that.
        Some(Archive::Lacks(why)) if form.kind.is_none() => Err(CommandError::invalid("archive", why)),
        _ => {
            let kind = form.kind.as_deref().unwrap_or_default();
            hand_in::output(web.commands(), &caller, id, &node, kind, &form.text).await
        }
    };
    let step = form.step.parse().ok().and_then(Step::from_number).unwrap_or(Step::Confirm);
    match taken {
        Ok(_) => {}
        Err(error @ CommandError::Invalid { field, .. }) => {
            let (node, kind) = (node.0, form.kind.unwrap_or_default());
            let sent = Sent::HandIn { file: field == "archive", node, kind, text: form.text };
            return not_taken(&web, f, (id, step), error, sent).await;
        }
        Err(error) => return Err(refused_for(error, &node).at(id)),
    }
    Ok(Redirect::to(&f.url(paths::step(id, step) + "?said=handed-in#hand-in")).into_response())
}

/// Of a node that the cluster does not have, or no longer, that is what is said.
fn refused_for(error: CommandError, node: &NodeName) -> WebError {
    match error {
        CommandError::NotFound(What::Node) => {
            let rule = Message::new("invalid-node-gone").with("node", short(&node.0));
            WebError::Unprocessable { rule, incident: None }
        }
        other => other.into(),
    }
}

/// What a form is answered whose parts cannot be read.
pub(in crate::web) fn refused(status: StatusCode) -> WebError {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        WebError::TooLarge { most_bytes: Some(MAX_UPLOAD_BYTES as u64) }
    } else {
        WebError::BadRequest
    }
}

/// The text of a field, which is read to its end; of one that is too long a little more than may be.
pub(in crate::web) async fn text(mut field: Field<'_>, most: usize) -> Result<String, WebError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| refused(error.status()))? {
        let room = (most + 1).saturating_sub(bytes.len()).min(chunk.len());
        bytes.extend_from_slice(&chunk[..room]);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The file on its way to the incoming folder, or that none was chosen or nothing is in it.
async fn save(web: &Web, mut field: Field<'_>) -> Result<Archive, WebError> {
    let name = field.file_name().unwrap_or_default().to_owned();
    let upload = hand_in::incoming(web.commands())?;
    let (mut file, mut digest) = (None, Sha256::new());
    while let Some(chunk) = field.chunk().await.map_err(|error| refused(error.status()))? {
        if chunk.is_empty() {
            continue;
        }
        if file.is_none() {
            file = Some(tokio::fs::File::create_new(upload.path()).await.map_err(no_space)?);
        }
        digest.update(&chunk);
        if let Some(file) = &mut file {
            file.write_all(&chunk).await.map_err(no_space)?;
        }
    }
    match file {
        Some(mut file) => {
            file.flush().await.map_err(no_space)?;
            Ok(Archive::Came(Upload { name, under_way: upload, sha256: digest.finalize().to_vec() }))
        }
        None if name.is_empty() => Ok(Archive::Lacks("invalid-archive-none")),
        None => Ok(Archive::Lacks("invalid-archive-empty")),
    }
}

fn no_space(error: std::io::Error) -> WebError {
    tracing::error!(error = %error, "could not keep an upload");
    disk::trouble_of(&error).map_or(WebError::Unavailable, WebError::CannotSave)
}
