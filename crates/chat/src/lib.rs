//! The rules of Parlour: one file a feature with its wire types, and the table of commands.
//!
//! A door authenticates ([`Chat::authenticate`]), finds the line of the table ([`Chat::command`]) and runs it.
//! Nothing here mentions a transport.

mod access;
mod accounts;
mod answers;
mod caller;
pub mod checkup;
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
pub mod moving;
mod names;
mod nodes;
mod notices;
pub mod openapi;
mod opening;
mod passwords;
mod pins;
mod presence;
mod profiles;
pub mod push;
mod reactions;
mod reads;
mod refusal;
mod rooms;
mod rule;
mod saved;
mod sessions;
mod settings;
mod statuses;
mod sync;
mod text;
mod typing;
mod users;

#[cfg(test)]
mod tests;

pub use caller::{Actor, Caller, Connection, Identity};
pub use hub::{Batch, BusFigures, Delivered, Event, Figures, Histogram, Outlet};
pub use metrics::Commits;
pub use nodes::NodeAnswer;
pub use opening::migrate;
pub use refusal::Refusal;
pub use rule::{Reason, Rule};
pub use settings::{Nats, Postgres, Registration, Settings};
pub use sync::Cause;
pub use users::{User, UserRole};

use commands::Command;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;

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
    pub(crate) statuses: statuses::Statuses,
    /// Read positions that wait to be written together.
    pub(crate) reading: reads::Gathered,
    pub(crate) seen: sessions::Seen,
    pub(crate) epoch: String,
    pub(crate) commits: Arc<Commits>,
    pub(crate) admission: sync::Admission,
    pub(crate) shared: Arc<sync::Shared>,
    pub(crate) waiters: sync::Waiters,
    pub(crate) divergences: sync::Divergences,
    pub(crate) pushing: push::Pushing,
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

impl Chat {
    /// The line of the table with that name.
    pub fn command(&self, name: &str) -> Option<&Command> {
        self.table.get(name)
    }

    /// All lines of the table, in no order.
    pub fn commands(&self) -> impl Iterator<Item = &Command> {
        self.table.values()
    }

    /// Waits until this node's connections were told of everything that can be read by now, whichever node wrote it.
    pub(crate) async fn told(&self) -> Result<(), Refusal> {
        let newest = self.store.told().await?;
        self.hub.told(newest).await;
        Ok(())
    }

    /// Finishes what is being written, says goodbye to the other nodes and closes the data.
    pub async fn close(&self) {
        self.store.close().await;
        self.hub.leave().await;
    }
}
