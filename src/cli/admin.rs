//! Subcommands for the person who runs the server: users, runbooks, settings.

use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};

use crate::app::People;
use crate::checks;
use crate::config::{Config, ServerArguments};
use crate::domain::user::Role;
use crate::runbooks;

/// What to do with users.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Adds a person who can log in; the password is read from standard input
    Add(AddUser),
    /// Lists all users: name, role, and whether they may log in
    List(ServerArguments),
    /// Blocks a person: ends their sessions, and they cannot log in any more
    Disable(NamedUser),
    /// Allows a person to log in again
    Enable(NamedUser),
    /// Sets a person's password, read from standard input, and ends their sessions
    Password(NamedUser),
    /// Prints a link that signs a person in once, within 15 minutes; the server may be running
    SignInLink(NamedUser),
}

/// Who is meant.
#[derive(Debug, Args)]
pub struct NamedUser {
    /// Login name
    name: String,
    #[command(flatten)]
    server: ServerArguments,
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
    /// Reads all of the server's settings and shows them, or says what is wrong
    Check(ServerArguments),
    /// Prints every setting as a table in Markdown: flag, environment variable, default and meaning
    Reference {
        /// Language: zh-CN or en. Default: that of the environment
        #[arg(long, value_name = "LANG")]
        lang: Option<String>,
    },
}

fn role(name: &str) -> Result<Role, String> {
    Role::from_name(name).ok_or_else(|| "the roles are viewer, operator, lead and admin".to_owned())
}

/// Runs `user …`.
///
/// # Errors
/// A sentence about the name, the password or the data folder.
pub async fn user(command: UserCommand) -> anyhow::Result<ExitCode> {
    let users = match command {
        UserCommand::Add(arguments) => {
            let password = password_from_stdin()?;
            let people = people(&arguments.server, true).await?;
            let user = people.add(&arguments.name, arguments.role, &password).await?;
            writeln!(std::io::stdout(), "{} ({})", user.name, user.role.as_str())?;
            return Ok(ExitCode::SUCCESS);
        }
        UserCommand::List(server) => people(&server, false).await?.list().await?,
        UserCommand::Disable(who) => vec![people(&who.server, false).await?.set_active(&who.name, false).await?],
        UserCommand::Enable(who) => vec![people(&who.server, false).await?.set_active(&who.name, true).await?],
        UserCommand::Password(who) => {
            let password = password_from_stdin()?;
            vec![people(&who.server, false).await?.set_password(&who.name, &password).await?]
        }
        UserCommand::SignInLink(who) => {
            let config = Config::load(&who.server, super::environment)?;
            let link = People::open(&config.data_dir, os_user(), false).await?.sign_in_link(&who.name).await?;
            writeln!(std::io::stdout(), "{}{}", crate::app::address_of(&config), link.path)?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    let widest = users.iter().map(|user| user.name.chars().count()).max().unwrap_or_default();
    let mut out = std::io::stdout().lock();
    for user in users {
        let may = if user.active { "may log in" } else { "may not log in" };
        writeln!(out, "{:widest$}  {:8}  {may}", user.name, user.role.as_str())?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn people(server: &ServerArguments, new: bool) -> anyhow::Result<People> {
    let config = Config::load(server, super::environment)?;
    People::open(&config.data_dir, os_user(), new).await
}

fn password_from_stdin() -> anyhow::Result<String> {
    let mut password = String::new();
    std::io::stdin().take(4096).read_to_string(&mut password).context("could not read the password")?;
    let password = password.trim_end_matches(['\r', '\n']);
    anyhow::ensure!(!password.is_empty(), "write the password to standard input");
    Ok(password.to_owned())
}

/// Who runs this process by the operating system: a login name, else the number of the user.
fn os_user() -> Option<String> {
    let uid = std::fs::metadata("/proc/self").ok()?.uid();
    let known = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    Some(login_name(&known, uid).unwrap_or_else(|| uid.to_string()))
}

/// The login name of a user's number in the text of `/etc/passwd`.
fn login_name(passwd: &str, uid: u32) -> Option<String> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse::<u32>().ok()? == uid).then(|| name.to_owned())
    })
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
    let mut out = std::io::stdout().lock();
    let arguments = match command {
        ConfigCommand::Check(arguments) => arguments,
        ConfigCommand::Reference { lang } => {
            write!(out, "{}", super::settings::markdown(super::language(lang.as_deref())?))?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    let config = Config::load(arguments, super::environment)?;
    for (name, value) in config.shown() {
        writeln!(out, "{name} = {value}")?;
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_login_name_of_a_number_is_found() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nbroken\nops:x:1001:1001::/home/ops:/bin/sh\n";
        assert_eq!(super::login_name(passwd, 1001).as_deref(), Some("ops"));
        assert_eq!(super::login_name(passwd, 7), None);
    }
}
