//! A Nacos home on another host, with the same rules as one on this machine.
//!
//! Only regular files directly in the home, `conf`, `logs`, `bin` and `bin/logs` can be seen. Links are resolved by the
//! host and followed as long as they stay inside the home. SFTP cannot be told to refuse a link that is put there between
//! the question and the opening; what can be read then is what that login may read anyway. Logs outside the home are seen
//! as on this machine.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::domain::cluster::SshLocation;
use crate::domain::observed::{NameSeen, PortResult, ProcessSeen};
use crate::domain::time::Timestamp;
use crate::domain::vocabulary::NoSource;
use crate::nacos::cmdline::CommandLine;
use crate::sources::FOLDERS;
use crate::sources::files::{MAX_READ, external_paths, plain_name, printable};
use crate::sources::{ClockSeen, Deadline, FileEntry, ProbeAnswer, ProbeAsk, SourceError, tcp, within};

use super::sftp::Sftp;
use super::{Connection, Session, SshHosts, SshTrouble, kernel, process};

/// Bytes of `start.out` in which its first line is looked for.
const FIRST_LINE: usize = 16 * 1024;

/// Most bytes of the properties that are looked at.
const PROPERTIES: usize = 1024 * 1024;

/// Most entries that one listing returns.
const MAX_ENTRIES: usize = 10_000;

/// A home on another host.
pub struct SshFiles {
    place: SshLocation,
    connection: Arc<Connection>,
    /// Where the node writes its logs, if outside the home; looked for once, when first needed.
    outside: OnceCell<Option<String>>,
}

/// Looking for the process must not hold up the logs: it gets this share of the time that there is.
const SHARE_FOR_PROCESS: f64 = 0.3;

impl SshFiles {
    /// At that place; connections are shared through `hosts`.
    #[must_use]
    pub fn new(place: SshLocation, hosts: &SshHosts) -> Self {
        let connection = hosts.of(&place);
        Self { place, connection, outside: OnceCell::new() }
    }

    /// See [`crate::sources::NodeSource::list`].
    ///
    /// # Errors
    /// Whatever SSH says; denied off the allow-list or by permissions; not found.
    pub async fn list(&self, folder: &str, deadline: &Deadline) -> Result<Vec<FileEntry>, SourceError> {
        allowed(folder)?;
        self.connection
            .ask(deadline, |session| async move {
                let sftp = session.sftp().await?;
                let root = self.root(sftp).await?;
                sftp.look_anew(&format!("{}/{folder}", self.place.home));
                let outside = if folder == "logs" { self.outside(&session, &root, deadline).await? } else { None };
                let at_home = async {
                    let at = below(sftp, &root, folder).await.map_err(|error| relative(error, folder))?;
                    list(sftp, &root, &at, folder).await.map_err(|error| relative(error, folder))
                };
                let Some(outside) = outside else { return at_home.await };
                let mut entries = list(sftp, outside, outside, folder).await?;
                entries.retain(|entry| external_paths::is_own(entry.path.rsplit('/').next().unwrap_or_default()));
                // What the start script and the JVM write stays in the home.
                let known: BTreeSet<String> = entries.iter().map(|entry| entry.path.clone()).collect();
                let others = at_home.await.unwrap_or_default();
                entries.extend(others.into_iter().filter(|entry| !known.contains(&entry.path)));
                entries.sort_by(|one, other| one.path.cmp(&other.path));
                Ok(entries)
            })
            .await
    }

    /// See [`crate::sources::NodeSource::read_at`].
    ///
    /// # Errors
    /// Whatever SSH says; denied off the allow-list, by permissions or by a link that leaves the home; not found.
    pub async fn read_at(
        &self,
        path: &str,
        offset: u64,
        length: usize,
        deadline: &Deadline,
    ) -> Result<Vec<u8>, SourceError> {
        if length > MAX_READ {
            return Err(SourceError::TooLarge { limit_bytes: MAX_READ as u64 });
        }
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        if !plain_name(name) {
            return Err(SourceError::Denied { why: format!("`{}` names no file of the home", printable(path)) });
        }
        allowed(folder)?;
        self.connection
            .ask(deadline, |session| async move {
                let sftp = session.sftp().await?;
                let key = format!("{}/{path}", self.place.home);
                let file = match sftp.kept(&key) {
                    Some(file) => file,
                    None => {
                        let root = self.root(sftp).await?;
                        let outside = match folder {
                            "logs" if external_paths::is_own(name) => self.outside(&session, &root, deadline).await?,
                            _ => None,
                        };
                        let real = match outside {
                            Some(outside) if sftp.exists(&format!("{outside}/{name}")).await? => {
                                below(sftp, outside, name).await?
                            }
                            _ => below(sftp, &root, path).await?,
                        };
                        // A pipe would keep the host waiting for a process that writes to it.
                        let facts = sftp.stat(&real).await?;
                        if facts.permissions.is_some() && !facts.file_type().is_file() {
                            return Err(SourceError::Denied {
                                why: format!("`{}` is not a regular file", printable(path)),
                            });
                        }
                        sftp.open_and_keep(&key, &real).await?
                    }
                };
                file.read(path, offset, length).await
            })
            .await
            .map_err(|error| relative(error, path))
    }

    /// See [`crate::sources::NodeSource::disk_free`].
    ///
    /// # Errors
    /// Whatever SSH says; not configured if the host does not tell.
    pub async fn disk_free(&self, folder: &str, deadline: &Deadline) -> Result<u64, SourceError> {
        allowed(folder)?;
        self.connection
            .ask(deadline, |session| async move {
                let sftp = session.sftp().await?;
                let root = self.root(sftp).await?;
                let outside = if folder == "logs" { self.outside(&session, &root, deadline).await? } else { None };
                let at = match outside {
                    Some(outside) => outside.to_owned(),
                    None => below(sftp, &root, folder).await?,
                };
                sftp.free(&at).await?.ok_or(SourceError::NotConfigured { what: NoSource::SshDisk })
            })
            .await
    }

    /// See [`crate::sources::NodeSource::process`].
    ///
    /// # Errors
    /// Whatever SSH says; denied where the login does not see the process table.
    pub async fn process(&self, deadline: &Deadline) -> Result<Option<ProcessSeen>, SourceError> {
        self.connection
            .ask(deadline, |session| async move {
                let sftp = session.proc().await?;
                let root = self.root(sftp).await?;
                process::with_threads(sftp, &self.place.home, &root).await
            })
            .await
    }

    /// See [`crate::sources::NodeSource::environment`].
    ///
    /// # Errors
    /// Whatever SSH says; not configured where no process runs; denied if it belongs to another user.
    pub async fn environment(&self, deadline: &Deadline) -> Result<BTreeMap<String, String>, SourceError> {
        self.connection
            .ask(deadline, |session| async move {
                let sftp = session.proc().await?;
                let root = self.root(sftp).await?;
                process::environment(sftp, &self.place.home, &root).await
            })
            .await
    }

    /// See [`crate::sources::NodeSource::clock`].
    ///
    /// # Errors
    /// Whatever SSH says; denied where the login does not see `/proc`.
    pub async fn clock(&self, deadline: &Deadline) -> Result<ClockSeen, SourceError> {
        self.connection.ask(deadline, |session| async move { process::clock(session.proc().await?).await }).await
    }

    /// See [`crate::sources::NodeSource::probe_from`]; which host and port may be asked for is decided by the caller.
    ///
    /// # Errors
    /// Whatever SSH says; refused forwarding.
    pub async fn probe_from(
        &self,
        host: &str,
        ask: &ProbeAsk,
        deadline: &Deadline,
    ) -> Result<ProbeAnswer, SourceError> {
        let session = self.connection.ask(deadline, |session| async move { Ok(session) }).await?;
        let (host, port): (Arc<str>, u16) = (host.into(), ask.port);
        let through = Arc::clone(&session);
        let answer = tcp::probe_through(ask, deadline, || {
            let (session, host) = (Arc::clone(&through), Arc::clone(&host));
            async move { Ok(session.direct(&host, port).await?.into_stream()) }
        })
        .await?;
        // Silence on the way to the host looks just like silence behind it.
        if matches!(answer.result, PortResult::Timeout | PortResult::Silent | PortResult::Reset)
            && let Err(error) = within(deadline, session.answers()).await
        {
            self.connection.forget(&session).await;
            return Err(match error {
                SourceError::Cancelled => SourceError::Cancelled,
                _ => SshTrouble::FellSilent { login: session.login.clone() }.into(),
            });
        }
        Ok(answer)
    }

    /// See [`crate::sources::NodeSource::resolve`]: only `/etc/hosts` can be read there, name servers cannot be asked.
    ///
    /// # Errors
    /// Whatever SSH says; not configured if the process does not run there.
    pub async fn resolve(&self, names: &[String], deadline: &Deadline) -> Result<Vec<NameSeen>, SourceError> {
        self.connection
            .ask(deadline, |session| async move {
                let sftp = session.proc().await?;
                let root = self.root(sftp).await?;
                process::names(sftp, &self.place.home, &root, names).await
            })
            .await
    }

    /// See [`crate::sources::NodeSource::kernel_log`].
    ///
    /// # Errors
    /// Not configured unless a person switched it on; whatever SSH says.
    pub async fn kernel_log(&self, deadline: &Deadline) -> Result<String, SourceError> {
        if !self.place.kernel_log {
            return Err(SourceError::NotConfigured { what: NoSource::Kernel });
        }
        self.connection.ask(deadline, |session| async move { kernel::log(&session).await }).await
    }

    /// Where the logs are, if not in the home: elsewhere by its settings, or behind a link.
    async fn outside(&self, session: &Session, root: &str, deadline: &Deadline) -> Result<Option<&str>, SourceError> {
        let found = self.outside.get_or_try_init(|| async {
            let sftp = session.sftp().await?;
            let at = |path: &str| format!("{}/{path}", root.trim_end_matches('/'));
            let process = async {
                let looked = async { process::find(session.proc().await?, &self.place.home, root).await };
                // Where the process table is not seen, or not in time, the files have to do.
                tokio::time::timeout(deadline.left().mul_f64(SHARE_FOR_PROCESS), looked).await.ok()?.ok()?
            };
            let (process, start_out, properties) = tokio::join!(
                process,
                beginning(sftp, at(external_paths::START_OUT), FIRST_LINE),
                beginning(sftp, at(external_paths::PROPERTIES), PROPERTIES)
            );
            let (start_out, properties) = (start_out?, properties?);
            let command = match process {
                Some(process) => Some(CommandLine::from_args(&process.command)),
                None => external_paths::last_start(&start_out),
            };
            let mut homes = vec![self.place.home.as_str(), root];
            // With `~` only the host knows the name.
            if !self.place.home.starts_with('/') {
                homes.swap(0, 1);
            }
            let given = command.as_ref().and_then(CommandLine::home);
            if let Some(given) = given
                && sftp.real_path(given).await.is_ok_and(|real| real == root)
            {
                homes.push(given);
            }
            let own = sftp.real_path(&at("logs")).await.ok();
            if let Some(told) = external_paths::told(command.as_ref(), &properties, &homes)
                && let Ok(real) = sftp.real_path(&told).await
                && Some(&real) != own.as_ref()
                && sftp.is_folder(&real).await?
            {
                return Ok::<_, SourceError>(Some(real));
            }
            match own {
                Some(own) if !is_below(root, &own) && sftp.is_folder(&own).await? => Ok(Some(own)),
                _ => Ok(None),
            }
        });
        Ok(found.await?.as_deref())
    }

    /// The home with every link resolved.
    async fn root(&self, sftp: &Sftp) -> Result<String, SourceError> {
        let home = self.place.home.strip_prefix("~/").unwrap_or(&self.place.home);
        let home = if home.is_empty() || home == "~" { "." } else { home };
        let root = sftp.real_path(home).await?;
        if sftp.stat(&root).await?.file_type().is_dir() {
            Ok(root)
        } else {
            Err(SourceError::NotFound { path: printable(&self.place.home) })
        }
    }
}

/// The beginning of a file as text; empty if it is not there or not to be read.
async fn beginning(sftp: &Sftp, path: String, most: usize) -> Result<String, SourceError> {
    // A pipe would keep the host waiting for a process that writes to it.
    match sftp.stat(&path).await {
        Ok(facts) if facts.file_type().is_file() => {}
        Ok(_) | Err(SourceError::NotFound { .. } | SourceError::Denied { .. }) => return Ok(String::new()),
        Err(error) => return Err(error),
    }
    match sftp.small(&path, most).await {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(SourceError::NotFound { .. } | SourceError::Denied { .. }) => Ok(String::new()),
        Err(error) => Err(error),
    }
}

fn allowed(folder: &str) -> Result<(), SourceError> {
    if FOLDERS.contains(&folder) {
        return Ok(());
    }
    Err(SourceError::Denied {
        why: format!("only conf, logs and bin of the home are read, not `{}`", printable(folder)),
    })
}

/// The resolved path of something in the home.
async fn below(sftp: &Sftp, root: &str, path: &str) -> Result<String, SourceError> {
    let full = if path.is_empty() { root.to_owned() } else { format!("{}/{path}", root.trim_end_matches('/')) };
    let real = sftp.real_path(&full).await?;
    if is_below(root, &real) {
        return Ok(real);
    }
    let shown = if path.is_empty() { "." } else { path };
    Err(SourceError::Denied {
        why: format!("`{}` is a link to {}, outside the home", printable(shown), printable(&real)),
    })
}

fn is_below(root: &str, real: &str) -> bool {
    let root = root.trim_end_matches('/');
    real == root || real.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'))
}

async fn list(sftp: &Sftp, root: &str, at: &str, folder: &str) -> Result<Vec<FileEntry>, SourceError> {
    let mut entries = Vec::new();
    for entry in sftp.list(at, MAX_ENTRIES).await? {
        if !plain_name(&entry.name) || entry.name.chars().any(|c| c.is_control() || c == '\u{fffd}') {
            continue;
        }
        let mut facts = entry.attributes;
        if facts.file_type().is_symlink() {
            let Ok(real) = sftp.real_path(&format!("{}/{}", at.trim_end_matches('/'), entry.name)).await else {
                continue;
            };
            // One that leaves the home stays in the list with the size of the link: reading it says why it is denied.
            if is_below(root, &real) {
                match sftp.stat(&real).await {
                    Ok(target) if target.file_type().is_file() => facts = target,
                    _ => continue,
                }
            }
        } else if !facts.file_type().is_file() {
            continue;
        }
        entries.push(FileEntry {
            zone_offset_s: None,
            path: if folder.is_empty() { entry.name } else { format!("{folder}/{}", entry.name) },
            size_bytes: facts.size.unwrap_or(0),
            start_offset: 0,
            modified: facts.mtime.map(|mtime| Timestamp::from_millis(i64::from(mtime) * 1000)),
        });
    }
    entries.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(entries)
}

/// What is not there is named as below the home, as everywhere else.
fn relative(error: SourceError, path: &str) -> SourceError {
    match error {
        SourceError::NotFound { .. } => SourceError::NotFound { path: printable(path) },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_means_inside() {
        assert!(is_below("/home/nacos", "/home/nacos/logs/nacos.log") && is_below("/home/nacos", "/home/nacos"));
        assert!(!is_below("/home/nacos", "/home/nacos2/logs") && !is_below("/home/nacos", "/etc/shadow"));
        assert!(is_below("/", "/logs/nacos.log"));
    }

    #[test]
    fn only_folders_of_a_home() {
        assert_eq!(allowed("logs"), Ok(()));
        assert!(allowed("data").is_err() && allowed("../etc").is_err());
    }
}
