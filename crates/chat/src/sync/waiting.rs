//! Waiting for news: a single request that is answered when something happens, or when its time is up.

use super::catching_up::{Caught, catch_up as read};
use crate::caller::Actor;
use crate::events::{everybody, in_room, own};
use crate::{Chat, Refusal};
use hub::{Above, Attach, Batch, Delivered, Outlet};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use store::sync::Since;
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, timeout_at};

/// How many requests may wait; one more is answered at once.
const MOST: usize = 10_000;

/// Room for those who wait.
pub(crate) struct Waiters(Semaphore);

impl Default for Waiters {
    fn default() -> Self {
        Self(Semaphore::new(MOST))
    }
}

/// What the client missed, once that is anything.
pub(super) async fn catch_up(chat: &Chat, actor: &Actor, since: Since, wait: Duration) -> Result<Caught, Refusal> {
    let until = Instant::now() + wait;
    let Ok(_place) = chat.waiters.0.try_acquire() else { return read(chat, actor, since).await };
    let bell = Arc::new(Bell::default());
    // Attached first, read second: what comes between rings.
    let attach = Attach { user: actor.user.clone(), session: actor.session.clone(), outlet: bell.clone() };
    let id = chat.hub.attach(attach).await;
    let caught = listen(chat, actor, since, until, id, &bell).await;
    chat.hub.detach(id).await;
    caught
}

async fn listen(
    chat: &Chat,
    actor: &Actor,
    since: Since,
    until: Instant,
    id: hub::ConnectionId,
    bell: &Bell,
) -> Result<Caught, Refusal> {
    loop {
        bell.dropped.store(false, Ordering::Release);
        chat.hub.hold(id).await;
        let rooms: Vec<_> = chat.store.room_ids_of(&actor.user).await?.iter().map(|room| in_room(room)).collect();
        let topics = [own(&actor.user), everybody()].into_iter().chain(rooms.iter().cloned()).collect();
        // As a watcher of all of them: a bump could be five seconds late.
        chat.hub.join(id, topics, rooms).await;
        chat.hub.release(id, Above::All(0)).await;
        // Until its line is dropped: from then on it hears nothing before it is held again.
        while !bell.dropped.load(Ordering::Acquire) {
            bell.newest.store(0, Ordering::Release);
            let caught = read(chat, actor, since.clone()).await?;
            if caught.reset || !caught.pieces.is_empty() || !caught.gaps.is_empty() {
                return Ok(caught);
            }
            let rung = timeout_at(until, bell.rung(caught.g)).await;
            if bell.ended.load(Ordering::Acquire) {
                return Err(Refusal::SignInRequired);
            }
            if rung.is_err() || Instant::now() >= until {
                return Ok(caught);
            }
        }
    }
}

/// An outlet that writes nothing down and rings at what was committed.
#[derive(Default)]
struct Bell {
    newest: AtomicU64,
    /// Something was not heard.
    dropped: AtomicBool,
    ended: AtomicBool,
    notify: Notify,
}

impl Bell {
    /// Waits for something newer than `g`, for the end, or for something that was not heard.
    async fn rung(&self, g: u64) {
        let is_set = |flag: &AtomicBool| flag.load(Ordering::Acquire);
        while self.newest.load(Ordering::Acquire) <= g && !is_set(&self.ended) && !is_set(&self.dropped) {
            self.notify.notified().await;
        }
    }
}

impl Outlet for Bell {
    fn deliver(&self, batch: &Batch) -> Delivered {
        // What is not kept, such as typing, is no news to whoever asks by cursor.
        if let Some(newest) = batch.events.iter().filter_map(|event| event.stamp).max() {
            self.newest.fetch_max(newest, Ordering::AcqRel);
            self.notify.notify_one();
        }
        Delivered::Taken
    }

    fn drained(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }

    fn end(&self) {
        self.ended.store(true, Ordering::Release);
        self.notify.notify_one();
    }

    fn drop_line(&self) {
        self.dropped.store(true, Ordering::Release);
        self.notify.notify_one();
    }
}
