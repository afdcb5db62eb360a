//! Connecting: each connection set up the same way, driven by the engine's own runtime, within a time limit.

use super::address::Address;
use super::link::Link;
use super::{Options, runtime::Driver};
use crate::Error;
use crate::sql::Failure;
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::Client;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Group after group, each statement within [`Options::statement_time`].
    Writing,
    /// Questions, each within [`Options::question_time`].
    Reading,
    /// Migrations, which take as long as they take.
    Migrating,
}

/// Makes connections to one database.
#[derive(Clone)]
pub(crate) struct Connector {
    address: Address,
    options: Options,
    driver: Arc<Driver>,
}

impl Connector {
    /// Refused: an address that is not understood.
    pub(crate) fn new(url: &str, options: &Options) -> Result<Connector, Error> {
        let address = Address::parse(url, options)?;
        Ok(Connector { address, options: options.clone(), driver: Arc::new(Driver::start()?) })
    }

    pub(crate) fn driver(&self) -> &Driver {
        &self.driver
    }

    /// A connection for a thread that may block. Blocks, for no longer than connecting may take.
    pub(crate) fn link(&self, purpose: Purpose) -> Result<Link, Error> {
        let client = self.driver.handle().block_on(self.client(purpose))?;
        let limit = match purpose {
            Purpose::Writing => self.options.statement_time,
            Purpose::Reading => self.options.question_time,
            Purpose::Migrating => Duration::from_secs(24 * 60 * 60),
        };
        Ok(Link::new(client, self.driver.handle().clone(), limit))
    }

    /// A connection, to be asked on the engine's runtime.
    pub(crate) async fn client(&self, purpose: Purpose) -> Result<Client, Error> {
        let connected = tokio::time::timeout(self.options.connect_time, self.set_up(purpose)).await;
        let late = || Error::Unavailable("the database cannot be reached in time".into());
        connected.map_err(|_| late())?.map_err(|error| match Failure::from(error).into_error() {
            // Whatever keeps us from connecting may be over soon.
            Error::Internal(why) => Error::Unavailable(why),
            other => other,
        })
    }

    async fn set_up(&self, purpose: Purpose) -> Result<Client, tokio_postgres::Error> {
        let (client, connection) = self.address.config.connect(self.address.tls.clone()).await?;
        self.driver.handle().spawn(async move {
            // Whoever waits for an answer is told the error there.
            let _ = connection.await;
        });
        client.batch_execute(&self.settings(purpose)).await?;
        Ok(client)
    }

    /// What is said at the beginning of each connection: time limits, so that the server itself ends what we have given
    /// up, and that it looks for us as we look for it.
    fn settings(&self, purpose: Purpose) -> String {
        let Options { question_time, statement_time, lock_time, .. } = self.options;
        let statement = match purpose {
            Purpose::Writing => statement_time,
            Purpose::Reading => question_time,
            Purpose::Migrating => Duration::ZERO,
        };
        let lock = if purpose == Purpose::Migrating { Duration::ZERO } else { lock_time };
        format!(
            "SET statement_timeout = {}; SET lock_timeout = {}; SET idle_in_transaction_session_timeout = {}; \
             SET default_transaction_read_only = {}; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 3; \
             SET tcp_keepalives_count = 3; SET tcp_user_timeout = 15000; SET jit = off; \
             SET client_min_messages = warning",
            statement.as_millis(),
            lock.as_millis(),
            // Who holds the lock of all writes and says nothing more does not hold it for long.
            if purpose == Purpose::Migrating { 0 } else { statement_time.as_millis() },
            if purpose == Purpose::Reading { "on" } else { "off" },
        )
    }
}
