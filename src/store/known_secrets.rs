//! Table `known_secrets`: keyed hashes of secrets that homes gave away. The key is not in the database.

use super::damage::{Of, readable};
use super::{ReadStore, Result, WriteTx};

impl ReadStore {
    /// All of them, in hexadecimal digits.
    ///
    /// # Errors
    /// The store's.
    pub async fn known_secrets(&self) -> Result<Vec<String>> {
        let of = Of { table: "known_secrets", incident: None, damages: Some(&self.damages) };
        let query = sqlx::query("SELECT hash FROM known_secrets ORDER BY hash");
        readable(&self.pool, of, query, |(hash,): (String,)| Ok(hash)).await
    }
}

impl WriteTx {
    /// Adds hashes; those that are there already stay.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_known_secrets(&mut self, hashes: &[String]) -> Result<()> {
        for hash in hashes {
            sqlx::query("INSERT INTO known_secrets (hash, learned_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING")
                .bind(hash)
                .bind(self.now.as_millis())
                .execute(&mut *self.tx)
                .await?;
        }
        Ok(())
    }

    /// Puts what `hide` makes of it in place of every text that is searched, so that a search tells nothing that no page shows.
    ///
    /// # Errors
    /// The store's.
    pub async fn hide_in_search(&mut self, hide: &(dyn Fn(&str) -> Option<String> + Sync)) -> Result<()> {
        let of = Of { table: "incidents", incident: None, damages: Some(&self.damages) };
        let query = sqlx::query("SELECT id, search_text, search_causes FROM incidents");
        let rows: Vec<(i64, String, String)> = readable(&mut *self.tx, of, query, Ok).await?;
        for (id, text, causes) in rows {
            let (hidden_text, hidden_causes) = (hide(&text), hide(&causes));
            if hidden_text.is_some() || hidden_causes.is_some() {
                sqlx::query("UPDATE incidents SET search_text = $2, search_causes = $3 WHERE id = $1")
                    .bind(id)
                    .bind(hidden_text.unwrap_or(text))
                    .bind(hidden_causes.unwrap_or(causes))
                    .execute(&mut *self.tx)
                    .await?;
            }
        }
        Ok(())
    }
}
