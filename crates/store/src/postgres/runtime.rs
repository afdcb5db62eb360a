//! The engine's own runtime: it drives the connections, whatever the threads do that wait for their answers.

use crate::Error;
use tokio::runtime::{Handle, Runtime};

/// The runtime; its connections end when it is dropped.
pub(crate) struct Driver(Option<Runtime>);

impl Driver {
    pub(crate) fn start() -> Result<Driver, Error> {
        let built = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("store-postgres")
            .enable_all()
            .build();
        let failed = |error| Error::Unavailable(format!("the runtime for PostgreSQL did not start: {error}"));
        Ok(Driver(Some(built.map_err(failed)?)))
    }

    pub(crate) fn handle(&self) -> &Handle {
        match &self.0 {
            Some(runtime) => runtime.handle(),
            None => unreachable!("the runtime is taken out only when it is dropped"),
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // A runtime must not be waited for where others run.
            runtime.shutdown_background();
        }
    }
}
