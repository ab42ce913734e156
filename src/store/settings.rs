//! Tables `settings`, `form_nonces`, `setup_tokens`: the installation's own values.

use super::{ReadStore, Result};

impl ReadStore {
    /// 32 random bytes made at the first start: the key under which config secrets are hashed for comparison.
    ///
    /// # Errors
    /// The store's.
    pub async fn install_secret(&self) -> Result<[u8; 32]> {
        todo!()
    }
}
