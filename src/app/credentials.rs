//! The gate before all secrets: asks the database whenever one is about to be used, so that a withdrawal counts at once.

use async_trait::async_trait;
use futures_util::future::join_all;

use crate::domain::cluster::CredentialRef;
use crate::domain::credential::{self, CredentialRules, Reading, Recipient, Release, Use};
use crate::domain::message::Message;
use crate::sources::SourceError;
use crate::sources::secret::{self, Gate};
use crate::store::ReadStore;
use crate::web::CredentialFiles;

/// Permits what administrators have released.
pub struct Released {
    store: ReadStore,
    rules: CredentialRules,
}

impl Released {
    /// Releases are in that store.
    #[must_use]
    pub const fn new(store: ReadStore, rules: CredentialRules) -> Self {
        Self { store, rules }
    }
}

#[async_trait]
impl Gate for Released {
    async fn permit(&self, reference: &CredentialRef, used: Use, to: &[Recipient]) -> Result<Reading, SourceError> {
        let releases = self.store.releases().await.map_err(|error| {
            tracing::error!(error = %error, "could not read which credentials are released");
            SourceError::Denied { why: format!("which credentials are released could not be read: {error}") }
        })?;
        Ok(credential::permit(&self.rules, &releases, reference, used, to)?)
    }

    async fn permit_address(&self, reference: &CredentialRef) -> Result<Reading, SourceError> {
        // Only administrators choose one, and they are who releases.
        self.rules.check(reference).map_err(|_| SourceError::Denied {
            why: format!("{reference} is neither a variable for credentials nor in a folder for them"),
        })
    }
}

#[async_trait]
impl CredentialFiles for Released {
    async fn troubles(&self, releases: &[Release]) -> Vec<Option<Message>> {
        join_all(releases.iter().map(|release| async {
            let reading = self.rules.check(&release.reference).unwrap_or(Reading::Exactly);
            secret::trouble(&release.reference, release.purpose, &reading).await.map(|error| error.message())
        }))
        .await
    }

    async fn there(&self) -> Vec<CredentialRef> {
        secret::there(&self.rules).await
    }
}
