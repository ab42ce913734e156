//! What `nodedown user …` does, through the same commands as the pages. The server may run meanwhile.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;

use super::{SourcesFiles, SystemClock};
use crate::backup::Keeping;
use crate::commands::setup::{self, SignInLink};
use crate::commands::{Caller, Commands, users};
use crate::domain::credential::CredentialRules;
use crate::domain::user::{Role, User};
use crate::store::Store;

/// The people of a data folder.
pub struct People {
    commands: Commands,
    caller: Caller,
}

impl People {
    /// Opens a data folder. `os_user`: who runs this, for the audit log; `new`: whether a folder without a database may
    /// get one.
    ///
    /// # Errors
    /// There is no database, or it cannot be used.
    pub async fn open(data_dir: &Path, os_user: Option<String>, new: bool) -> anyhow::Result<Self> {
        let folder = data_dir.display();
        anyhow::ensure!(
            new || data_dir.join("nodedown.db").exists(),
            "there is no nodedown.db in the data folder {folder}: name the server's with --data"
        );
        crate::backup::make_private(data_dir);
        super::before_opening(data_dir, Keeping::default()).await?;
        let store = Store::open(data_dir).await.with_context(|| format!("could not open the data folder {folder}"))?;
        let clock = Arc::new(SystemClock);
        let commands = Commands::new(
            store,
            clock,
            data_dir.to_owned(),
            Vec::new(),
            Vec::new(),
            Arc::new(SourcesFiles::default()),
            CredentialRules::default(),
        );
        Ok(Self { commands, caller: Caller::command_line(os_user) })
    }

    /// Everybody, by name.
    ///
    /// # Errors
    /// The store's.
    pub async fn list(&self) -> anyhow::Result<Vec<User>> {
        Ok(self.commands.read().users().await?)
    }

    /// Adds a person who can log in.
    ///
    /// # Errors
    /// The name is taken or cannot be one, or the password is too weak.
    pub async fn add(&self, name: &str, role: Role, password: &str) -> anyhow::Result<User> {
        Ok(users::create(&self.commands, &self.caller, name, role, password).await?)
    }

    /// Lets a person log in, or shuts them out and ends their sessions.
    ///
    /// # Errors
    /// Nobody has that name, or it is the last administrator who may log in.
    pub async fn set_active(&self, name: &str, active: bool) -> anyhow::Result<User> {
        let user = self.named(name).await?;
        Ok(users::update(&self.commands, &self.caller, user.id, user.role, active).await?)
    }

    /// Sets a person's password and ends their sessions.
    ///
    /// # Errors
    /// Nobody has that name, or the password is too weak.
    pub async fn set_password(&self, name: &str, password: &str) -> anyhow::Result<User> {
        let user = self.named(name).await?;
        users::set_password(&self.commands, &self.caller, user.id, password).await?;
        Ok(user)
    }

    /// Makes a link that signs a person in once.
    ///
    /// # Errors
    /// Nobody has that name, or they may not log in.
    pub async fn sign_in_link(&self, name: &str) -> anyhow::Result<SignInLink> {
        let user = self.named(name).await?;
        anyhow::ensure!(user.active, "`{name}` may not log in: `nodedown user enable` lets them");
        Ok(setup::issue_sign_in_link(&self.commands, &self.caller, user.id).await?)
    }

    async fn named(&self, name: &str) -> anyhow::Result<User> {
        let user = self.commands.read().user_by_name(name.trim()).await?;
        user.with_context(|| format!("nobody is called `{name}`: `nodedown user list` says who there is"))
    }
}
