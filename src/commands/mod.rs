//! Every change of nodedown's own state: load, ask the domain rule, save rows and event in one short write transaction.
//!
//! May import `domain`, `diagnosis`, `runbooks`, `store`; never `engine`, `checks`, `web`. To add a change: a transition in
//! `domain`, one function here, an event variant.
//!
//! # Map
//! All functions take `(&Commands, &Caller, …)` and return [`Result`]. [`Caller::nonce`] is the form's nonce: the second
//! time the same person sends the same nonce, nothing happens and the first result is returned.
//!
//! - [`setup`]: `first_admin` (one-time token of the first start), `issue_sign_in_link`, `redeem_sign_in` (one-time links)
//! - [`audit`]: the log of users, clusters, credentials and settings; every command that changes those appends to it
//! - [`devices`]: `pass_for`, `sealed_for`: passes of devices on which somebody logged in before
//! - [`users`]: `authenticate` (with its limits), `create`, `update`, `set_password`, `change_password`
//! - [`sessions`]: [`sessions::SqlSessions`], the store for tower-sessions; `delete_expired`
//! - [`clusters`]: `create`, `update`, `delete`; the nodes come from [`crate::domain::cluster::parse_nodes`]
//! - [`client_owners`]: `save`, whose clients of a cluster they are
//! - [`credentials`]: `release`, `change`, `confirm`, `review`, `withdraw`; at the start `take_over`
//! - [`channels`]: `create`, `change`, `delete`; for the notifier `spread`, `record`, and `send_again`
//! - [`owner_tellings`]: `follow`, for the notifier: what owners of missing clients are told
//! - [`notes`]: `add`, with files or without, `correct`
//! - [`incidents`]: `open`, `open_alone`, `decide_step`, `note_exceptions`, `set_scope`, `reopen`; [`impact`]: `end`;
//!   [`closures`]: `close`; [`hand_overs`]: `take`, `offer`, `answer`, `withdraw`, `at_once`;
//!   [`restart_claims`]: `take`, `end`; [`restart_follows`]: `tell`, for the engine
//! - [`review`]: `save`, `sign`, `reopen`; [`follow_ups`]: `add`, `mark`
//! - [`causes`]: `choose`, where a person knows the cause better than the program
//! - [`check_runs`]: `start_step` (a new round), `cancel`, `cancel_step`; for the engine `claim`, `record`, `interrupt`
//! - [`captures`]: `start`, `cancel`, the evidence of one node; for the engine `claim`, `note_reads`, `keep`, `record`,
//!   `interrupt_others`
//! - [`hand_in`]: `output` (pasted text), `file` (an uploaded zip, tar, log or text), `damage`, `remove_orphans`, `drop_reviewed`
//! - [`backups`]: `note`, for housekeeping
//! - [`secrets`]: `remember`, keyed hashes of what homes gave away
//! - [`monitor`]: `start`, `stop`; for the engine `save_samples`
//! - [`looks`]: `save`, `fold`, for the watcher; `drop_old`, for housekeeping
//! - [`proposals`]: `dismiss`; [`openings`]: for the watcher `follow`, which proposes or opens
//! - [`maintenances`]: `plan`, `end_now`; for the watcher `take_over`
//! - [`diagnoses`]: `save`, for the engine
//! - [`steps`]: `open_and_start`, `open_proposed`, `decide_and_continue`: what starts the checks of the step that comes next
//! - [`to_dos`]: `mark`, what people did of what an incident asks for
//! - [`client_logs`]: `hand_in`: the own log of a client; `understood`, `keep_read`: those that are read on their hosts
//! - [`client_hosts`]: `save`, where logs of clients lie
//! - [`waivers`]: `waive`, `take_back`: of which clients that are away nobody waits any more
//! - [`disk`]: whether anything can be saved, what takes the space; `watch` in the background
//!
//! Reading is [`crate::store::ReadStore`]; who wants to know of changes subscribes to [`crate::store::Changes`].

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;

use crate::domain::audit::AuditActor;
use crate::domain::credential::CredentialRules;
use crate::domain::event::Actor;
use crate::domain::incident::DomainError;
use crate::domain::kept::{Damage, KeptFile, Unpacked};
use crate::domain::message::Message;
use crate::domain::runbook::Runbook;
use crate::domain::time::Clock;
use crate::store::{Changes, Health, Loss, ReadStore, Store, StoreError, WriteTx};

pub mod audit;
pub mod backups;
pub mod baselines;
pub mod board_links;
pub mod captures;
pub mod causes;
pub mod channels;
pub mod check_runs;
pub mod client_hosts;
pub mod client_logs;
pub mod client_owners;
pub mod closures;
pub mod clusters;
pub mod credentials;
pub mod devices;
pub mod diagnoses;
pub mod disk;
pub mod follow_ups;
mod gather;
mod guesses;
pub mod hand_in;
pub mod hand_overs;
pub mod impact;
pub mod incidents;
pub mod looks;
pub mod maintenances;
pub mod monitor;
pub mod notes;
mod once;
pub mod openings;
pub mod owner_tellings;
pub mod password;
pub mod proposals;
pub mod restart_claims;
pub mod restart_follows;
pub mod review;
pub mod secrets;
pub mod sessions;
pub mod setup;
pub mod steps;
pub mod to_dos;
mod token;
pub mod users;
pub mod waivers;

/// What every command needs. Cheap to clone; wired once by `app`.
#[derive(Clone)]
pub struct Commands(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    data_dir: PathBuf,
    runbooks: Vec<Runbook>,
    kinds: Vec<CheckKind>,
    files: Arc<dyn HandedInFiles>,
    held: sessions::Held,
    guesses: guesses::Guesses,
    disk: disk::Disk,
    credential_rules: CredentialRules,
    under_way: Mutex<BTreeSet<PathBuf>>,
    device_key: OnceCell<[u8; 32]>,
}

/// What a command must know of a kind of check; filled from the registry by `app`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckKind {
    /// Kind, e.g. `net.ports`.
    pub kind: String,
    /// True: one run over the cluster; false: one run a node.
    pub over_cluster: bool,
}

/// What is done with material that people hand in; the real one calls `sources`.
pub trait HandedInFiles: Send + Sync {
    /// Unpacks an uploaded archive into the empty folder `home`, down to the disk, or puts the one file of a home there that
    /// it is by its `name`; the error says why not.
    ///
    /// # Errors
    /// The archive cannot be taken: the message says why.
    fn unpack(&self, archive: &Path, name: &str, home: &Path) -> std::result::Result<Unpacked, Message>;

    /// The text of an uploaded file that is neither an archive nor a file of a home, about one byte longer than `most_bytes`
    /// where it is too long; `None`: it is something else.
    ///
    /// # Errors
    /// It cannot be read: the message says why.
    fn text(&self, file: &Path, name: &str, most_bytes: u64) -> std::result::Result<Option<String>, Message>;

    /// What is wrong with the kept files of an archive, by path. With `look_only`, nothing is read that was not before.
    fn damage(&self, home: &Path, files: &[KeptFile], dropped: bool, look_only: bool) -> Vec<(String, Damage)>;

    /// The text without secrets.
    fn redact(&self, text: &str) -> String;

    /// The text without secrets that became known after it was stored; `None` if it holds none.
    fn hide(&self, text: &str, written: Written) -> Option<String>;

    /// Hashes of secrets that became known and are to be kept.
    fn learned(&self) -> Vec<String>;

    /// These hashes are kept.
    fn kept(&self, hashes: &[String]);
}

/// How characters are written in a text that leaves the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// As they are.
    Plain,
    /// With the escapes of JSON.
    Json,
    /// With those of HTML, and tags.
    Html,
}

/// Who asks, and the nonce of the form it came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Login name.
    pub name: String,
    /// Nonce of the form; `None`: every call counts.
    pub nonce: Option<String>,
    origin: Origin,
}

/// Where a call comes from: what the audit log says of who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Origin {
    Person,
    CommandLine { os_user: Option<String> },
    SetupLink,
    Start,
    Engine,
}

impl Caller {
    /// A caller whose every call counts.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), nonce: None, origin: Origin::Person }
    }

    /// A subcommand on the server's machine; `os_user`: who runs it, by the operating system.
    #[must_use]
    pub fn command_line(os_user: Option<String>) -> Self {
        Self { name: "command line".to_owned(), nonce: None, origin: Origin::CommandLine { os_user } }
    }

    /// The program itself, when it starts.
    #[must_use]
    pub fn start() -> Self {
        Self { name: "nodedown".to_owned(), nonce: None, origin: Origin::Start }
    }

    /// The program itself, while it runs: what timelines say is done by nobody.
    pub(crate) fn engine() -> Self {
        Self { name: "nodedown".to_owned(), nonce: None, origin: Origin::Engine }
    }

    fn setup_link() -> Self {
        Self { name: "set-up link".to_owned(), nonce: None, origin: Origin::SetupLink }
    }

    /// The same caller with a form's nonce; an empty one is none.
    #[must_use]
    pub fn with_nonce(mut self, nonce: impl Into<String>) -> Self {
        self.nonce = Some(nonce.into()).filter(|nonce| !nonce.is_empty());
        self
    }

    fn actor(&self) -> Actor {
        self.person().map_or(Actor::Engine, |name| Actor::Person { name })
    }

    /// The person who asks; `None`: the program itself does.
    fn person(&self) -> Option<String> {
        (self.origin != Origin::Engine).then(|| self.name.clone())
    }

    fn audit_actor(&self) -> AuditActor {
        match &self.origin {
            Origin::Person => AuditActor::Person { name: self.name.clone() },
            Origin::CommandLine { os_user } => AuditActor::CommandLine { os_user: os_user.clone() },
            Origin::SetupLink => AuditActor::SetupLink,
            Origin::Start | Origin::Engine => AuditActor::Start,
        }
    }
}

/// Why a command did not happen. Nothing of it was saved.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The rule says no: 409.
    #[error(transparent)]
    Domain(#[from] DomainError),
    /// There is no such thing: 404.
    #[error("there is no such {0}")]
    NotFound(What),
    /// The input cannot be taken: 422, said at the named field.
    #[error("the field `{field}` cannot be taken")]
    Invalid {
        /// Name of the form field.
        field: &'static str,
        /// Why.
        message: Message,
    },
    /// Too many passwords wait to be checked or hashed: 503, at once.
    #[error("too many passwords wait to be checked")]
    Busy,
    /// The database says no: 503 or 500.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<password::PasswordError> for CommandError {
    fn from(error: password::PasswordError) -> Self {
        match error {
            password::PasswordError::Busy => Self::Busy,
            failed @ password::PasswordError::Failed(_) => {
                Self::Store(StoreError::Driver(sqlx::Error::Io(std::io::Error::other(failed.to_string()))))
            }
        }
    }
}

impl CommandError {
    /// The input of a field cannot be taken; `key` says why.
    #[must_use]
    pub fn invalid(field: &'static str, key: &str) -> Self {
        Self::Invalid { field, message: Message::new(key) }
    }
}

/// Things that may be absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A user.
    User,
    /// A cluster.
    Cluster,
    /// A node of a cluster.
    Node,
    /// An incident.
    Incident,
    /// A step of the incident's runbook.
    Step,
    /// A release of a credential.
    Release,
    /// A check run.
    CheckRun,
    /// A capture of a node's evidence.
    Capture,
    /// A note.
    Note,
    /// A follow-up of an incident.
    FollowUp,
    /// A channel that people are told through.
    Channel,
    /// Something that the watcher proposed.
    Proposal,
    /// A waiver of clients.
    Waiver,
    /// A one-time token.
    Token,
    /// A runbook to start with.
    Runbook,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User => "user",
            Self::Cluster => "cluster",
            Self::Node => "node",
            Self::Incident => "incident",
            Self::Step => "step",
            Self::Release => "release of a credential",
            Self::CheckRun => "check run",
            Self::Capture => "capture",
            Self::Note => "note",
            Self::FollowUp => "follow-up",
            Self::Channel => "channel",
            Self::Proposal => "proposal",
            Self::Waiver => "waiver",
            Self::Token => "token",
            Self::Runbook => "runbook",
        })
    }
}

/// Result of a command.
pub type Result<T> = std::result::Result<T, CommandError>;

/// What a task beside this one left undone: it panicked, or was given up.
fn task_died(error: tokio::task::JoinError) -> StoreError {
    StoreError::Driver(sqlx::Error::Io(std::io::Error::other(error)))
}

impl Commands {
    /// Ties the commands to a store and a clock.
    #[must_use]
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        data_dir: PathBuf,
        runbooks: Vec<Runbook>,
        kinds: Vec<CheckKind>,
        files: Arc<dyn HandedInFiles>,
        credential_rules: CredentialRules,
    ) -> Self {
        let (held, guesses, disk, under_way, device_key) = Default::default();
        let inner = Inner {
            store,
            clock,
            data_dir,
            runbooks,
            kinds,
            files,
            held,
            guesses,
            disk,
            credential_rules,
            under_way,
            device_key,
        };
        Self(Arc::new(inner))
    }

    /// The text without secrets that became known after it was stored; `None` if it holds none.
    #[must_use]
    pub fn hide(&self, text: &str, written: Written) -> Option<String> {
        self.0.files.hide(text, written)
    }

    /// The text as the search may find it: without secrets that no page shows.
    fn findable<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.hide(text, Written::Plain).map_or(Cow::Borrowed(text), Cow::Owned)
    }

    /// The read side of the same store.
    #[must_use]
    pub fn read(&self) -> &ReadStore {
        self.0.store.read()
    }

    /// Tells of commits.
    #[must_use]
    pub fn changes(&self) -> &Changes {
        self.0.store.changes()
    }

    /// Whether the disk takes what is written.
    #[must_use]
    pub fn health(&self) -> &Health {
        self.0.store.health()
    }

    /// What the start found to be lost; `None`: nothing.
    #[must_use]
    pub fn loss(&self) -> Option<Loss> {
        self.0.store.loss()
    }

    /// Puts the built-in runbooks that incidents were opened with back in place, where their stored text is damaged.
    ///
    /// # Errors
    /// The store's.
    pub async fn put_back_runbooks(&self) -> Result<()> {
        for runbook in self.runbooks() {
            // Nothing is written at a usual start: the disk may be full.
            if self.read().has_damaged_text(runbook).await? {
                let mut tx = self.begin().await?;
                tx.keep_runbook(runbook).await?;
                tx.commit().await?;
                tracing::warn!(runbook = %runbook.slug, "the stored text of a built-in runbook was damaged, and is put back");
            }
        }
        Ok(())
    }

    /// The clock of this process.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// The runbooks that new incidents can start with; the first is the default.
    #[must_use]
    pub fn runbooks(&self) -> &[Runbook] {
        &self.0.runbooks
    }

    /// Folder for everything that is kept.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.0.data_dir
    }

    /// What administrators may release.
    #[must_use]
    pub fn credential_rules(&self) -> &CredentialRules {
        &self.0.credential_rules
    }

    fn runs_over_cluster(&self, kind: &str) -> bool {
        self.0.kinds.iter().any(|known| known.kind == kind && known.over_cluster)
    }

    fn guesses(&self) -> &guesses::Guesses {
        &self.0.guesses
    }

    /// Read once: log-in has to work when the database does not answer for a while.
    async fn device_key(&self) -> std::result::Result<[u8; 32], StoreError> {
        let read = async || Ok(devices::key(self.read().install_secret().await?));
        self.0.device_key.get_or_try_init(read).await.copied()
    }

    async fn begin(&self) -> std::result::Result<WriteTx, StoreError> {
        self.0.store.begin(self.0.clock.now()).await
    }
}
