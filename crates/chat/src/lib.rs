//! The rules of Parlour: one file a feature with its wire types, and the table of commands.
//!
//! A door authenticates ([`Chat::authenticate`]), finds the line of the table ([`Chat::command`]) and runs it.
//! Nothing here mentions a transport.

mod access;
mod accounts;
mod answers;
mod caller;
mod cid;
mod clock;
pub mod commands;
pub mod console;
mod direct;
mod drafts;
mod emoji;
mod events;
mod formatting;
mod ids;
pub mod import;
mod invitations;
mod limits;
mod members;
mod mentions;
mod messages;
mod metrics;
mod names;
pub mod openapi;
mod passwords;
mod pins;
mod presence;
mod profiles;
mod reactions;
mod reads;
mod refusal;
mod rooms;
mod saved;
mod sessions;
mod settings;
mod sync;
mod text;
mod typing;
mod users;

#[cfg(test)]
mod tests;

pub use caller::{Actor, Caller, Connection, Identity};
pub use hub::{Batch, Delivered, Event, Figures, Histogram, Outlet};
pub use metrics::Commits;
pub use refusal::Refusal;
pub use settings::{Registration, Settings};
pub use sync::Cause;
pub use users::{User, UserRole};

use commands::Command;
use std::collections::HashMap;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Parlour without its doors. Cheap to clone.
#[derive(Clone)]
pub struct Chat(Arc<House>);

/// What a [`Chat`] is made of.
pub struct House {
    pub(crate) settings: Settings,
    pub(crate) store: Arc<dyn store::Database>,
    pub(crate) hub: Arc<hub::Hub>,
    pub(crate) limits: limits::Limits,
    pub(crate) passwords: passwords::Passwords,
    pub(crate) presence: presence::Announced,
    pub(crate) typing: typing::Typing,
    /// Read positions that wait to be written together.
    pub(crate) reading: reads::Gathered,
    pub(crate) seen: sessions::Seen,
    pub(crate) epoch: String,
    pub(crate) commits: Arc<Commits>,
    pub(crate) admission: sync::Admission,
    pub(crate) shared: Arc<sync::Shared>,
    pub(crate) waiters: sync::Waiters,
    pub(crate) divergences: sync::Divergences,
    table: HashMap<&'static str, Command>,
}

impl Deref for Chat {
    type Target = House;

    fn deref(&self) -> &House {
        &self.0
    }
}

/// Why Parlour could not be opened, as a sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct OpenError(String);

/// Runs the migrations that the data in `folder` is due, making it if there is none; the number of its schema after
/// that. Blocks.
pub fn migrate(folder: &Path) -> Result<u32, OpenError> {
    store::sqlite::migrate(folder).map_err(|error| OpenError(error.to_string()))
}

impl Chat {
    /// Opens the data in `folder`, making it if there is none.
    pub async fn open(folder: &Path, settings: Settings) -> Result<Self, OpenError> {
        let shards = std::thread::available_parallelism().map_or(1, usize::from);
        let hub = hub::Hub::local(shards, Event::new("resync", "{}", None), settings.bump_pace);
        let commits = Arc::new(Commits::default());
        let sink = Arc::new(events::Publisher::new(hub.clone(), commits.clone()));
        let options = store::sqlite::Options {
            most_rooms: settings.rooms_per_user,
            keep_tombstones: settings.keep_tombstones,
            ..store::sqlite::Options::default()
        };
        let store = store::sqlite::open(folder, options, sink).await.map_err(|error| OpenError(error.to_string()))?;
        let epoch = store.epoch().await.map_err(|error| OpenError(error.to_string()))?;
        let table = commands::table();
        let chat = Self(Arc::new(House {
            limits: limits::Limits::new(&table, settings.limits),
            admission: sync::Admission::new(settings.limits.then_some(settings.cold_starts)),
            passwords: passwords::Passwords::new(),
            presence: presence::Announced::default(),
            typing: typing::Typing::default(),
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
            epoch,
        }));
        chat.clone().keep_house();
        Ok(chat)
    }

    /// The line of the table with that name.
    pub fn command(&self, name: &str) -> Option<&Command> {
        self.table.get(name)
    }

    /// All lines of the table, in no order.
    pub fn commands(&self) -> impl Iterator<Item = &Command> {
        self.table.values()
    }

    /// Finishes what is being written and closes the data.
    pub async fn close(&self) {
        self.store.close().await;
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
