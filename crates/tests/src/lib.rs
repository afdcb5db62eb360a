//! Conversations with the built binary, spoken as clients speak; links none of our code.
//!
//! `companions` has PostgreSQL and NATS, `server` starts the binary, `rest` and `socket` speak to it, `replica` is the reference client, `device` joins the
//! three, `oracle` compares what a device holds with what the server shows, `conversation` reads and plays the files.

pub mod companions;
pub mod contract;
pub mod conversation;
pub mod device;
pub mod dice;
pub mod failure;
pub mod folder;
pub mod gathering;
pub mod model;
pub mod oracle;
pub mod people;
pub mod proxy;
pub mod replica;
pub mod rest;
pub mod server;
pub mod socket;

pub use failure::{Failure, Outcome};
