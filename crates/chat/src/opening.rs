//! Opening: the database, the hub and the rules put together, as the only node or as one of several.

use crate::events::{self, Publisher};
use crate::metrics::Commits;
use crate::settings::Postgres;
use crate::{
    Chat, Event, House, OpenError, Settings, commands, limits, passwords, presence, push, reads, sessions, statuses,
    sync, typing,
};
use async_trait::async_trait;
use hub::{Backlog, Cluster, Credentials, Hub, Kept, Tls};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::{CommitSink, Database};

fn failed(error: impl ToString) -> OpenError {
    OpenError(error.to_string())
}

/// Runs the migrations that the data is due, making it if there is none; the number of its schema after that. Blocks
/// where the data is in `folder`.
pub async fn migrate(folder: &Path, settings: &Settings) -> Result<u32, OpenError> {
    match &settings.database {
        None => store::sqlite::migrate(folder).map_err(failed),
        Some(database) => store::postgres::migrate(&database.url, &postgres(database, settings)).await.map_err(failed),
    }
}

impl Chat {
    /// Opens the data: in the database that is set, or in `folder`, making it if there is none.
    pub async fn open(folder: &Path, settings: Settings) -> Result<Self, OpenError> {
        let commits = Arc::new(Commits::default());
        let pushing = push::Pushing::new();
        let publisher = Arc::new(Publisher::new(commits.clone(), pushing.inbox.clone()));
        let store = open_store(folder, &settings, publisher.clone()).await?;
        let epoch = store.epoch().await.map_err(failed)?;
        // Before the first write: until then nobody is told of anything.
        let hub = open_hub(&settings, &epoch, store.clone()).await?;
        publisher.publish_to(hub.clone());
        let table = commands::table();
        let several = !settings.nats.servers.is_empty();
        let chat = Self(Arc::new(House {
            limits: limits::Limits::new(&table, settings.limits, several),
            admission: sync::Admission::new(settings.limits.then_some(settings.cold_starts)),
            passwords: passwords::Passwords::new(),
            presence: presence::Announced::default(),
            typing: typing::Typing::default(),
            statuses: statuses::Statuses::default(),
            reading: reads::Gathered::default(),
            seen: sessions::Seen::default(),
            table: table.into_iter().map(|line| (line.name, line)).collect(),
            settings,
            store,
            hub,
            commits,
            shared: Arc::default(),
            waiters: sync::Waiters::default(),
            divergences: sync::Divergences::default(),
            pushing,
            epoch,
        }));
        chat.clone().keep_house();
        chat.keep_in_step();
        chat.keep_presence();
        chat.keep_statuses();
        Ok(chat)
    }

    /// What has to be done once a minute, for as long as the house stands.
    fn keep_house(self) {
        let house = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(60)).await;
                let Some(house) = house.upgrade() else { return };
                house.limits.forget_the_full();
                sessions::expire(&house).await;
            }
        });
    }
}

async fn open_store(
    folder: &Path,
    settings: &Settings,
    sink: Arc<dyn CommitSink>,
) -> Result<Arc<dyn Database>, OpenError> {
    let opened = match &settings.database {
        None => {
            let options = store::sqlite::Options {
                most_rooms: settings.rooms_per_user,
                keep_tombstones: settings.keep_tombstones,
                ..store::sqlite::Options::default()
            };
            store::sqlite::open(folder, options, sink).await
        }
        Some(database) => store::postgres::open(&database.url, postgres(database, settings), sink).await,
    };
    opened.map_err(failed)
}

pub(crate) fn postgres(database: &Postgres, settings: &Settings) -> store::postgres::Options {
    store::postgres::Options {
        readers: database.readers,
        question_time: database.question_time,
        most_rooms: settings.rooms_per_user,
        keep_tombstones: settings.keep_tombstones,
        ..store::postgres::Options::default()
    }
}

async fn open_hub(settings: &Settings, epoch: &str, store: Arc<dyn Database>) -> Result<Arc<Hub>, OpenError> {
    let shards = std::thread::available_parallelism().map_or(1, usize::from);
    let resync = Event::new("resync", "{}", None);
    if settings.nats.servers.is_empty() {
        return Ok(Hub::local(shards, resync, settings.bump_pace));
    }
    let cluster = Cluster {
        servers: settings.nats.servers.clone(),
        credentials: Credentials::None,
        tls: tls(settings),
        // Of an instance, and of no copy of it.
        prefix: format!("parlour.{epoch}"),
        told: store.newest().await.map_err(failed)?,
        own: events::own,
        backlog: Arc::new(Outbox(store)),
    };
    Hub::clustered(shards, resync, settings.bump_pace, cluster).await.map_err(failed)
}

pub(crate) fn tls(settings: &Settings) -> Tls {
    let (authorities, certificate) = (settings.nats.authorities.clone(), settings.nats.certificate.clone());
    Tls { required: false, authorities, certificate }
}

/// What was committed lately, on whichever node.
struct Outbox(Arc<dyn Database>);

#[async_trait]
impl Backlog for Outbox {
    async fn newest(&self) -> Result<u64, String> {
        self.0.newest().await.map_err(|error| error.to_string())
    }

    async fn since(&self, g: u64, most: usize) -> Result<Vec<Kept>, String> {
        let outbox = self.0.outbox(g, most).await.map_err(|error| error.to_string())?;
        let kept = |outgoing: store::outbox::Outgoing| Kept {
            before: outgoing.before,
            g: outgoing.g,
            body: outgoing.body.into(),
        };
        Ok(outbox.into_iter().map(kept).collect())
    }
}
