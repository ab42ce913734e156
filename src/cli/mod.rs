//! The command line: every subcommand of the one binary. Exit codes: 0 healthy, 1 usage or internal error, 2 problems
//! found, 3 could not find out. May import `domain`, `rounds`, `sources`, `logscan`, `store`, `config`, `locale`,
//! `checks`, `backup`, `app`.

mod admin;
mod allocator;
mod backup;
mod clock;
mod diagnose;
mod help;
mod json;
mod logscan;
mod nodes;
mod record;
mod settings;
mod ssh;
mod text;
mod usage;

use std::ffi::OsString;
use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;

use crate::config::{Config, DEFAULT_LISTEN, ServerArguments, parse_listen};
use crate::domain::message::Lang;

/// Exit code of a usage or internal error.
const FAILED: u8 = 1;

/// Exit code of what could not be found out.
const UNKNOWN: u8 = 3;

/// What to do when one node of a Nacos cluster has stopped.
#[derive(Debug, Parser)]
#[command(name = "nodedown", version, about, max_term_width = 120)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the web pages; the first start prints a link that creates the first administrator
    Serve(ServerArguments),
    /// Replays the recording of a real outage; everything else is real. Prints a link that signs you in once
    Demo {
        /// Address and port to listen on, on this machine only
        #[arg(long, value_name = "ADDR", default_value = DEFAULT_LISTEN, value_parser = parse_listen)]
        listen: SocketAddr,
        /// How many recorded seconds pass in one real second
        #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = record::speed)]
        speed: f64,
    },
    /// Replays a file from `record` in the web pages, like the demo. Prints a link that signs you in once
    Replay(record::ReplayArguments),
    /// Asks the server on this machine whether it is ready. Exit code 0: it is, 1: it is not
    Healthcheck(ServerArguments),
    /// Checks every node once, says what is wrong and what to do. Exit code 0: healthy, 2: problems, 3: could not find out
    Diagnose(diagnose::DiagnoseArguments),
    /// Prints the log lines of a time window that match a known signature, or strings from a file
    Logscan(logscan::LogscanArguments),
    /// Writes everything that the checks see into one file, once or for a while; `replay` shows it
    Record(record::RecordArguments),
    /// Writes all stored data into one file, also while the server runs. Credential files are not included
    Backup(backup::BackupArguments),
    /// Checks whether a backup is complete and undamaged
    Verify(backup::VerifyArguments),
    /// Restores a backup; no server may be running
    Restore(backup::RestoreArguments),
    /// Manages the hosts that are read over SSH
    #[command(subcommand)]
    Ssh(ssh::SshCommand),
    /// Manages who can log in
    #[command(subcommand)]
    User(admin::UserCommand),
    /// Checks runbooks
    #[command(subcommand)]
    Runbook(admin::RunbookCommand),
    /// Shows the server's settings
    #[command(subcommand)]
    Config(admin::ConfigCommand),
    /// Prints the completion script of a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
}

/// Reads the arguments, does what they say, gives the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let lang = language(asked_for(&arguments)).or_else(|_| language(None)).unwrap_or_default();
    let command = explained(lang);
    let parsed = command.try_get_matches_from(arguments).and_then(|matches| Arguments::from_arg_matches(&matches));
    let parsed = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            let _ = match usage::refusal(&error, lang) {
                Some(said) => write!(std::io::stderr(), "nodedown: {said}"),
                None => error.print(),
            };
            return if error.use_stderr() { ExitCode::from(FAILED) } else { ExitCode::SUCCESS };
        }
    };
    match dispatch(parsed.command) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "nodedown: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}

/// The value of `--lang`, of which the help texts must know before the rest is read.
fn asked_for(arguments: &[OsString]) -> Option<&str> {
    let mut texts = arguments.iter().filter_map(|one| one.to_str());
    texts.find_map(|text| text.strip_prefix("--lang=")).or_else(|| {
        let at = arguments.iter().position(|one| one == "--lang")?;
        arguments.get(at + 1)?.to_str()
    })
}

/// The arguments, with all help texts in that language.
fn explained(lang: Lang) -> clap::Command {
    let command = Arguments::command()
        .mut_subcommand("logscan", |command| command.after_long_help(logscan::explained(lang)))
        .mut_subcommand("serve", |command| command.after_long_help(settings::explained(lang)));
    help::in_words(command, lang)
}

fn dispatch(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(arguments) => {
            allocator::settle();
            let config = Config::load(&arguments, environment)?;
            in_runtime(async { crate::app::serve(config).await.map(|()| ExitCode::SUCCESS) })
        }
        Command::Demo { listen, speed } => {
            allocator::settle();
            in_runtime(async move { crate::app::demo(listen, speed).await.map(|()| ExitCode::SUCCESS) })
        }
        Command::Replay(arguments) => {
            allocator::settle();
            in_runtime(record::replay(arguments))
        }
        Command::Healthcheck(arguments) => {
            let config = Config::load(&arguments, environment)?;
            in_runtime(async move { crate::app::healthcheck(config.listen).await.map(|()| ExitCode::SUCCESS) })
        }
        Command::Diagnose(arguments) => in_runtime(diagnose::run(arguments)),
        Command::Logscan(arguments) => logscan::run(&arguments),
        Command::Record(arguments) => in_runtime(record::run(arguments)),
        Command::Backup(arguments) => in_runtime(backup::create(arguments)),
        Command::Verify(arguments) => in_runtime(backup::verify(arguments)),
        Command::Restore(arguments) => in_runtime(backup::restore(arguments)),
        Command::Ssh(command) => in_runtime(ssh::run(command)),
        Command::User(command) => in_runtime(admin::user(command)),
        Command::Runbook(command) => admin::runbook(&command),
        Command::Config(command) => admin::config(&command),
        Command::Completions { shell } => {
            clap_complete::generate(
                shell,
                &mut explained(language(None).unwrap_or_default()),
                "nodedown",
                &mut std::io::stdout(),
            );
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn in_runtime(work: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(work);
    // A read that hangs in the operating system must not hold the answer back, and what is still under way must not find its
    // timers gone and say so below the answer: it ends with the process.
    std::mem::forget(runtime);
    result
}

/// The language asked for, else that of the environment, else English.
fn language(asked: Option<&str>) -> Result<Lang, anyhow::Error> {
    if let Some(tag) = asked {
        return Lang::from_tag(tag).ok_or_else(|| anyhow::anyhow!("--lang takes zh-CN or en, not `{tag}`"));
    }
    Ok(["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty())
        .and_then(|value| Lang::from_tag(value.split('.').next().unwrap_or_default()))
        .unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_help_of_serve_names_every_setting_and_every_flag_is_one() {
        let mut serve = explained(Lang::En).find_subcommand("serve").expect("serve").clone();
        let flags: Vec<String> = serve.get_arguments().filter_map(|one| one.get_long()).map(str::to_owned).collect();
        let flags: Vec<&str> = flags.iter().map(String::as_str).filter(|flag| *flag != "help").collect();
        let mut known: Vec<&str> = crate::config::SETTINGS.iter().filter_map(|one| one.flag).collect();
        let help = serve.render_long_help().to_string();
        for one in &crate::config::SETTINGS {
            assert!(help.contains(one.variable) && help.contains(one.name), "{}: {help}", one.name);
        }
        let mut named = flags.clone();
        named.sort_unstable();
        known.sort_unstable();
        assert_eq!(named, known);
    }

    #[test]
    fn the_readme_names_the_port_that_the_program_has_unless_told() {
        let readme = include_str!("../../README.md");
        let port = DEFAULT_LISTEN.rsplit(':').next().expect("a port");
        let is_port = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
        let named: Vec<String> =
            readme.match_indices("127.0.0.1:").map(|(at, mark)| is_port(&readme[at + mark.len()..])).collect();
        assert!(!named.is_empty() && named.iter().all(|one| one == port), "{named:?}");
    }

    #[test]
    fn languages_are_named_or_refused() {
        assert_eq!(language(Some("zh-CN")).ok(), Some(Lang::ZhCn));
        assert_eq!(language(Some("en")).ok(), Some(Lang::En));
        assert!(language(Some("fr")).is_err());
    }
}
