//! Statuses that end by themselves: whichever node finds one that is over takes it away.

use crate::{Chat, clock};
use std::sync::Arc;
use std::time::Duration;
use store::accounts::AccountWrite;
use store::{Error, Millis, Origin, Write};
use tokio::sync::Notify;

/// Looked at least so often: another node may have taken the command, and be gone since.
const LOOK: Duration = Duration::from_secs(60);
/// After the database did not answer.
const AGAIN: Duration = Duration::from_secs(5);

/// Wakes whoever waits for the next end.
#[derive(Default)]
pub(crate) struct Statuses {
    sooner: Arc<Notify>,
}

impl Statuses {
    /// Another end was set.
    pub(crate) fn changed(&self) {
        self.sooner.notify_one();
    }
}

impl Chat {
    /// Ends statuses for as long as the house stands.
    pub(crate) fn keep_statuses(&self) {
        let (house, sooner) = (Arc::downgrade(&self.0), self.statuses.sooner.clone());
        tokio::spawn(async move {
            loop {
                let Some(house) = house.upgrade() else { return };
                let wait = Chat(house).end_statuses().await.unwrap_or_else(|error| {
                    tracing::warn!("statuses could not be ended: {error}");
                    AGAIN
                });
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = sooner.notified() => {}
                }
            }
        });
    }

    /// Ends what is over; how long until there is something to do.
    async fn end_statuses(self) -> Result<Duration, Error> {
        while let Some(until) = self.store.next_status_end().await? {
            let now = clock::now();
            if until > now {
                return Ok(Duration::from_millis(until.abs_diff(now)).min(LOOK));
            }
            self.end_those_before(now).await?;
        }
        Ok(LOOK)
    }

    async fn end_those_before(&self, at: Millis) -> Result<(), Error> {
        let origin = Origin { user: None, cid: None, command: "statuses.end", at, answer: None };
        self.store.write(origin, Write::Account(AccountWrite::EndStatuses)).await.map(drop)
    }
}
