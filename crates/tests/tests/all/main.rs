//! Everything that is checked at the outer boundary, in one binary.

mod bad_input;
mod clients;
mod conversations;
mod fault;
mod import;
mod kill;
