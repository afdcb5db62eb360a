//! Several nodes in one process, with a real NATS server between them: who hears what, in which order, whatever breaks.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test, as it should")]

mod access;
mod alone;
mod asking;
mod faults;
mod house;
mod nats;
mod order;
mod presence;
