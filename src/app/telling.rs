//! Test messages of channels, asked for on their page.

use async_trait::async_trait;

use crate::domain::channel::Channel;
use crate::domain::message::Message;
use crate::domain::notice::Outcome;
use crate::notify::{Notifier, said};
use crate::web::Tester;

/// Sends them through the notifier.
pub(super) struct Testing(pub(super) Notifier);

#[async_trait]
impl Tester for Testing {
    async fn test(&self, channel: &Channel) -> Result<(bool, String), Message> {
        let sent = self.0.test(channel).await.map_err(|error| error.message())?;
        Ok((sent.outcome == Outcome::Taken, said(&sent)))
    }
}
