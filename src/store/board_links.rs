//! Table `board_links`: links that show the wall screen without an account.

use sqlx::SqliteExecutor;

use super::codec::row;
use super::damage::{Damages, Of, readable};
use super::{Change, ReadStore, Result, WriteTx};
use crate::domain::board_link::BoardLink;
use crate::domain::id::BoardLinkId;
use crate::domain::time::Timestamp;

row! {
    struct BoardLinkRow {
        id: i64,
        name: String,
        made_by: String,
        made_at: i64,
        until_at: i64,
        ended_at: Option<i64>,
        ended_by: Option<String>,
    }
}

impl BoardLinkRow {
    fn into_link(self) -> BoardLink {
        let ended = self.ended_at.map(|at| (self.ended_by.unwrap_or_default(), Timestamp::from_millis(at)));
        BoardLink {
            id: BoardLinkId(self.id),
            name: self.name,
            by: self.made_by,
            at: Timestamp::from_millis(self.made_at),
            until: Timestamp::from_millis(self.until_at),
            ended,
        }
    }
}

impl ReadStore {
    /// All, the newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn board_links(&self) -> Result<Vec<BoardLink>> {
        links(&self.pool, None, Some(&self.damages)).await
    }

    /// The one whose key has that hash.
    ///
    /// # Errors
    /// The store's.
    pub async fn board_link(&self, key_hash: &str) -> Result<Option<BoardLink>> {
        Ok(links(&self.pool, Some(key_hash), Some(&self.damages)).await?.pop())
    }
}

impl WriteTx {
    /// All, the newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn board_links(&mut self) -> Result<Vec<BoardLink>> {
        links(&mut *self.tx, None, None).await
    }

    /// Adds one.
    ///
    /// # Errors
    /// The store's.
    pub async fn insert_board_link(
        &mut self,
        key_hash: &str,
        name: &str,
        by: &str,
        until: Timestamp,
    ) -> Result<BoardLinkId> {
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO board_links (key_hash, name, made_by, made_at, until_at)
             VALUES ($1, $2, $3, $4, $5) RETURNING id",
        )
        .bind(key_hash)
        .bind(name)
        .bind(by)
        .bind(self.now.as_millis())
        .bind(until.as_millis())
        .fetch_one(&mut *self.tx)
        .await?;
        self.touch(Change::Inventory);
        Ok(BoardLinkId(id))
    }

    /// Ends one now.
    ///
    /// # Errors
    /// The store's.
    pub async fn end_board_link(&mut self, id: BoardLinkId, by: &str) -> Result<()> {
        sqlx::query("UPDATE board_links SET ended_at = $2, ended_by = $3 WHERE id = $1 AND ended_at IS NULL")
            .bind(id.0)
            .bind(self.now.as_millis())
            .bind(by)
            .execute(&mut *self.tx)
            .await?;
        self.touch(Change::Inventory);
        Ok(())
    }
}

async fn links(
    executor: impl SqliteExecutor<'_>,
    key_hash: Option<&str>,
    damages: Option<&Damages>,
) -> Result<Vec<BoardLink>> {
    let query = sqlx::query(
        "SELECT id, name, made_by, made_at, until_at, ended_at, ended_by FROM board_links
         WHERE $1 IS NULL OR key_hash = $1 ORDER BY made_at DESC, id DESC",
    );
    let of = Of { table: "board_links", incident: None, damages };
    readable(executor, of, query.bind(key_hash), |row: BoardLinkRow| Ok(row.into_link())).await
}
