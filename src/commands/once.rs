//! A form that is sent twice (double click, reload, retry of the browser) counts once.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Caller, Result};
use crate::store::{StoreError, WriteTx};

/// What the same form led to before, if it was sent before.
pub(super) async fn first_result<T: DeserializeOwned>(tx: &mut WriteTx, caller: &Caller) -> Result<Option<T>> {
    let Some(nonce) = caller.nonce.as_deref() else { return Ok(None) };
    let Some(result) = tx.nonce_result(&caller.name, nonce).await? else { return Ok(None) };
    let corrupt = StoreError::Corrupt { table: "form_nonces", column: "result", row: caller.name.clone() };
    Ok(Some(serde_json::from_str(&result).map_err(|_| corrupt)?))
}

/// Keeps what the form led to, in the same transaction.
pub(super) async fn keep<T: Serialize>(tx: &mut WriteTx, caller: &Caller, result: &T) -> Result<()> {
    let Some(nonce) = caller.nonce.as_deref() else { return Ok(()) };
    let result =
        serde_json::to_string(result).map_err(|error| StoreError::Driver(sqlx::Error::Encode(Box::new(error))))?;
    Ok(tx.keep_nonce(&caller.name, nonce, &result).await?)
}
