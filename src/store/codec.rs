//! Columns to domain types and back. A column that cannot be read names its table, column and row.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Result, StoreError};
use crate::domain::finding::Step;

/// A struct that is read from the columns of its fields' names.
///
/// Written out, because the derive of sqlx brings SQLite into the build a second time, for the compiler's own machine.
macro_rules! row {
    (struct $row:ident { $($column:ident: $kind:ty),+ $(,)? }) => {
        struct $row {
            $($column: $kind),+
        }

        impl sqlx::FromRow<'_, sqlx::sqlite::SqliteRow> for $row {
            fn from_row(row: &sqlx::sqlite::SqliteRow) -> sqlx::Result<Self> {
                Ok(Self { $($column: sqlx::Row::try_get(row, stringify!($column))?),+ })
            }
        }
    };
}
pub(super) use row;

/// Where a value stands, for [`StoreError::Corrupt`].
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub table: &'static str,
    pub row: &'a dyn std::fmt::Display,
}

impl At<'_> {
    pub(super) fn corrupt(&self, column: &'static str) -> StoreError {
        StoreError::Corrupt { table: self.table, column, row: self.row.to_string() }
    }

    /// The value, if there is one.
    pub(super) fn need<T>(&self, column: &'static str, value: Option<T>) -> Result<T> {
        value.ok_or_else(|| self.corrupt(column))
    }

    pub(super) fn json<T: DeserializeOwned>(&self, column: &'static str, text: &str) -> Result<T> {
        serde_json::from_str(text).map_err(|_| self.corrupt(column))
    }

    pub(super) fn step(&self, number: i64) -> Result<Step> {
        self.need("step", u8::try_from(number).ok().and_then(Step::from_number))
    }

    pub(super) fn size(&self, column: &'static str, number: i64) -> Result<u64> {
        u64::try_from(number).map_err(|_| self.corrupt(column))
    }
}

/// The stored form of a domain value.
pub(super) fn to_json(value: &(impl Serialize + ?Sized)) -> Result<String> {
    serde_json::to_string(value).map_err(|error| StoreError::Driver(sqlx::Error::Encode(Box::new(error))))
}

/// A stored count or size. Nothing that is counted here comes near the limit.
pub(super) fn to_i64(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
