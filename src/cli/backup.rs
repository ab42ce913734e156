//! `backup`, `verify`, `restore`: the data folder in one file.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::clock::SystemClock;
use crate::backup::{self, Manifest};
use crate::config::{Config, ServerArguments};
use crate::domain::time::Clock as _;

/// Arguments of `backup`.
#[derive(Debug, Args)]
pub struct BackupArguments {
    #[command(flatten)]
    server: ServerArguments,
    /// New file to write (tar.gz)
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct VerifyArguments {
    /// The backup
    file: PathBuf,
}

/// Arguments of `restore`.
#[derive(Debug, Args)]
pub struct RestoreArguments {
    /// The backup
    file: PathBuf,
    #[command(flatten)]
    server: ServerArguments,
    /// Restores even if there is data already; that data is moved aside, not deleted
    #[arg(long)]
    force: bool,
}

/// Runs `backup`.
///
/// # Errors
/// What could not be read or written.
pub async fn create(arguments: BackupArguments) -> anyhow::Result<ExitCode> {
    let config = Config::load(&arguments.server, super::environment)?;
    let manifest = backup::create(&config.data_dir, &arguments.to, SystemClock.now()).await?;
    tell(&manifest)?;
    for left_out in &manifest.left_out {
        writeln!(std::io::stdout(), "not in it: {left_out}/")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs `verify`.
///
/// # Errors
/// What is wrong with the backup.
pub async fn verify(arguments: VerifyArguments) -> anyhow::Result<ExitCode> {
    tell(&backup::verify(&arguments.file).await?)?;
    Ok(ExitCode::SUCCESS)
}

/// Runs `restore`.
///
/// # Errors
/// Why nothing was restored.
pub async fn restore(arguments: RestoreArguments) -> anyhow::Result<ExitCode> {
    let config = Config::load(&arguments.server, super::environment)?;
    let aside = backup::restore(&arguments.file, &config.data_dir, arguments.force, SystemClock.now()).await?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "restored into {}", config.data_dir.display())?;
    if let Some(aside) = aside {
        writeln!(out, "what was there is in {}", aside.display())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(manifest: &Manifest) -> anyhow::Result<()> {
    let bytes: u64 = manifest.files.values().map(|entry| entry.size_bytes).sum();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{} files, {} KiB, of {}", manifest.files.len(), bytes.div_ceil(1024), manifest.made_at)?;
    for missing in &manifest.missing {
        writeln!(out, "was gone before the backup: {missing}")?;
    }
    Ok(())
}
