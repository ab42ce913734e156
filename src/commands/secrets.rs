//! Keyed hashes of the secrets that homes gave away: kept, so that they are hidden after a restart too.

use super::{Commands, Result, Written};

/// Keeps the hashes of what became known since the last time, and hides it in the texts that are searched.
///
/// # Errors
/// The store's; then nothing was kept, and the next call tries again.
pub async fn remember(commands: &Commands) -> Result<()> {
    let hashes = commands.0.files.learned();
    if hashes.is_empty() {
        return Ok(());
    }
    let mut tx = commands.begin().await?;
    tx.insert_known_secrets(&hashes).await?;
    tx.hide_in_search(&|text| commands.hide(text, Written::Plain)).await?;
    tx.commit().await?;
    commands.0.files.kept(&hashes);
    Ok(())
}
