//! Turns at the connections for reading: as many as there are connections, and a bounded number who wait.

use crate::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The most questions that wait for a connection; one more is refused.
const MOST_WAITING: usize = 4096;

/// The turns.
pub(crate) struct Turns {
    /// As many permits as connections: who holds one finds a connection.
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    count: u32,
}

impl Turns {
    pub(crate) fn new(count: usize) -> Turns {
        let permits = Arc::new(Semaphore::new(count));
        Turns { permits, waiting: AtomicUsize::new(0), count: count as u32 }
    }

    /// Waits for a turn, no longer than `most`.
    pub(crate) async fn take(&self, most: Option<Duration>) -> Result<OwnedSemaphorePermit, Error> {
        let _waiting = Waiting::among(&self.waiting)?;
        let acquired = self.permits.clone().acquire_owned();
        let acquired = match most {
            Some(most) => tokio::time::timeout(most, acquired)
                .await
                .map_err(|_| Error::Unavailable("the connections to the database are busy".into()))?,
            None => acquired.await,
        };
        acquired.map_err(|_| closed())
    }

    /// Waits until nobody has a turn, and gives no more.
    pub(crate) async fn end(&self) {
        let all = self.permits.acquire_many(self.count).await;
        self.permits.close();
        drop(all);
    }
}

/// One who waits, also when it gives up.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn among(count: &'a AtomicUsize) -> Result<Self, Error> {
        let waiting = Self(count);
        if count.fetch_add(1, Ordering::Relaxed) >= MOST_WAITING {
            return Err(Error::Unavailable("too many questions wait".into()));
        }
        Ok(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What is answered once the database is closed.
pub(crate) fn closed() -> Error {
    Error::Unavailable("the database is closed".into())
}
