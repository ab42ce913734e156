//! Subcommands for whoever runs the server: users, runbooks, settings.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};

use crate::checks;
use crate::config::{Config, ServerArguments};
use crate::domain::user::Role;
use crate::runbooks;

/// What to do with users.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Adds a person who can log in; the password is read from standard input
    Add(AddUser),
}

/// Arguments of `user add`.
#[derive(Debug, Args)]
pub struct AddUser {
    /// Login name
    name: String,
    /// viewer, operator, lead or admin
    #[arg(long, value_parser = role, default_value = "operator")]
    role: Role,
    #[command(flatten)]
    server: ServerArguments,
}

/// What to do with runbooks.
#[derive(Debug, Subcommand)]
pub enum RunbookCommand {
    /// Reads a runbook as the server would and says what is wrong in it, with file and line
    Check {
        /// Its folder, or the runbook.toml in it
        file: PathBuf,
    },
}

/// What to do with settings.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Puts the server's settings together and shows them, or says what is wrong
    Check(ServerArguments),
}

fn role(name: &str) -> Result<Role, String> {
    Role::from_name(name).ok_or_else(|| "the roles are viewer, operator, lead and admin".to_owned())
}

/// Runs `user …`.
///
/// # Errors
/// A sentence about the name, the password or the data folder.
pub async fn user(command: UserCommand) -> anyhow::Result<ExitCode> {
    let UserCommand::Add(arguments) = command;
    let config = Config::load(&arguments.server, |name| std::env::var(name).ok())?;
    let mut password = String::new();
    std::io::stdin().take(4096).read_to_string(&mut password).context("could not read the password")?;
    let password = password.trim_end_matches(['\r', '\n']);
    anyhow::ensure!(!password.is_empty(), "write the password to standard input");
    let user = crate::app::add_user(&config.data_dir, &arguments.name, arguments.role, password).await?;
    writeln!(std::io::stdout(), "{} ({})", user.name, user.role.as_str())?;
    Ok(ExitCode::SUCCESS)
}

/// Runs `runbook …`.
///
/// # Errors
/// What is wrong in the runbook.
pub fn runbook(command: &RunbookCommand) -> anyhow::Result<ExitCode> {
    let RunbookCommand::Check { file } = command;
    let folder = if file.is_dir() { file.as_path() } else { file.parent().unwrap_or(file.as_path()) };
    let runbook = runbooks::from_folder(folder)?;
    let unknown = runbooks::unknown_kinds(&runbook, |kind| checks::find(kind).is_some());
    anyhow::ensure!(unknown.is_empty(), "{}: no such kind of check: {}", folder.display(), unknown.join(", "));
    writeln!(std::io::stdout(), "{} {} ({})", runbook.slug, runbook.version, runbook.steps.len())?;
    Ok(ExitCode::SUCCESS)
}

/// Runs `config …`.
///
/// # Errors
/// What is wrong in the settings.
pub fn config(command: &ConfigCommand) -> anyhow::Result<ExitCode> {
    let ConfigCommand::Check(arguments) = command;
    let config = Config::load(arguments, |name| std::env::var(name).ok())?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "listen = {}", config.listen)?;
    writeln!(out, "data_dir = {}", config.data_dir.display())?;
    writeln!(out, "public_url = {}", config.public_url.as_deref().unwrap_or("-"))?;
    writeln!(out, "trusted_proxies = {}", config.trusted_proxies.len())?;
    writeln!(out, "log_filter = {}", config.log_filter)?;
    writeln!(out, "node_deadline_ms = {}", config.node_deadline_ms)?;
    Ok(ExitCode::SUCCESS)
}
