//! Tables `clusters` and `nodes`.

use super::{ReadStore, Result};
use crate::domain::cluster::Cluster;
use crate::domain::id::ClusterId;

impl ReadStore {
    /// All, by name.
    ///
    /// # Errors
    /// The store's.
    pub async fn clusters(&self) -> Result<Vec<Cluster>> {
        todo!()
    }

    /// By id.
    ///
    /// # Errors
    /// The store's.
    pub async fn cluster(&self, id: ClusterId) -> Result<Option<Cluster>> {
        todo!()
    }
}
