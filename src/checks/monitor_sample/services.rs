//! The services that a node lists, asked beside a look while a monitor runs.

use crate::checks::ask;
use crate::domain::service_counts::ServiceCounts;
use crate::domain::time::Timestamp;
use crate::nacos::api::{self, Family, Question};
use crate::sources::{Deadline, NodeSource};

/// A node is asked this often, milliseconds.
pub use crate::nacos::timing::SERVICES_EVERY_MS as EVERY_MS;

/// Asks a node for them, in one page; `None`: it does not tell.
pub async fn read(
    source: &dyn NodeSource,
    family: Family,
    deadline: &Deadline,
    at: Timestamp,
) -> Option<ServiceCounts> {
    let asked = ask::question(source, Question::Services, family, deadline).await?;
    let (listed, all) = asked.ok().and_then(api::services)?;
    Some(ServiceCounts::new(at, listed, all))
}
