//! What comes in from NATS: which subjects are subscribed to, and to whom each message goes.

use super::asking::Asking;
use super::gossip::Gossip;
use super::{Subjects, tell};
use crate::bus::Order;
use crate::bus::split::{Header, Part};
use crate::{Figures, NodeTold, Topic};
use async_nats::{Client, Message, SubscribeError};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{BoxStream, SelectAll};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval};

/// How often it is looked for topics that are needed no longer.
const LOOK: Duration = Duration::from_secs(1);

/// What a message is, by what was subscribed to.
#[derive(Clone, Copy)]
enum From {
    Groups,
    Topic,
    Presence,
    All,
    Asked,
}

pub(super) struct Hearing {
    pub(super) client: Client,
    pub(super) subjects: Arc<Subjects>,
    pub(super) order: Arc<Order>,
    pub(super) gossip: Arc<Gossip>,
    pub(super) asking: Arc<Asking>,
    pub(super) told: mpsc::Sender<NodeTold>,
    pub(super) figures: Arc<Figures>,
}

type Heard = SelectAll<BoxStream<'static, (From, Message)>>;

impl Hearing {
    /// Hears for as long as the process lives; ends if the client does.
    pub(super) async fn run(self) {
        if let Err(error) = self.hear().await {
            tracing::error!("the bus to other nodes ended: {error}");
        }
    }

    async fn hear(&self) -> Result<(), SubscribeError> {
        let mut heard = Heard::new();
        for (from, subject) in [
            (From::Groups, self.subjects.groups.clone()),
            (From::Presence, self.subjects.presence.clone()),
            (From::All, self.subjects.all.clone()),
            (From::Asked, self.subjects.node(&self.gossip.me)),
        ] {
            let messages = self.client.subscribe(subject).await?;
            heard.push(messages.map(move |message| (from, message)).boxed());
        }
        let mut topics: HashMap<Topic, oneshot::Sender<()>> = HashMap::new();
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                message = heard.next() => match message {
                    Some((from, message)) => self.take(from, message.payload),
                    None => return Ok(()),
                },
                () = self.order.topics.notified() => self.follow(&mut topics, &mut heard).await?,
                _ = look.tick() => self.follow(&mut topics, &mut heard).await?,
            }
        }
    }

    /// Subscribes to what is needed now, and to nothing else.
    async fn follow(
        &self,
        topics: &mut HashMap<Topic, oneshot::Sender<()>>,
        heard: &mut Heard,
    ) -> Result<(), SubscribeError> {
        let (begun, ended) = self.order.take_topics();
        for topic in ended {
            // Its stream ends with the sender.
            topics.remove(&topic);
        }
        for topic in begun {
            let messages = self.client.subscribe(self.subjects.topic(&topic)).await?;
            let (leave, left) = oneshot::channel();
            heard.push(messages.take_until(left).map(|message| (From::Topic, message)).boxed());
            topics.insert(topic, leave);
        }
        Ok(())
    }

    fn take(&self, from: From, bytes: Bytes) {
        let figures = &self.figures.bus;
        figures.bytes_heard.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        let taken = match from {
            From::Groups => Header::decode(bytes).map(|header| self.order.header(header)),
            From::Topic => Part::decode(bytes).map(|part| self.order.part(part)),
            From::Presence => self.gossip.hear(bytes),
            From::Asked => self.asking.hear(bytes),
            // Whoever does not take what was told fast enough misses some.
            From::All => tell::decode(bytes).map(|told| drop(self.told.try_send(told))),
        };
        if let Err(garbled) = taken
            && (figures.garbled.fetch_add(1, Ordering::Relaxed) + 1).is_power_of_two()
        {
            tracing::warn!("something on the bus to other nodes is not of this version: {garbled}");
        }
    }
}
