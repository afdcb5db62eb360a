//! Everything that is checked at the outer boundary, in one binary.

mod access;
mod bad_input;
mod clients;
mod command_line;
mod conversations;
mod corpus;
mod cursor;
mod doctor;
mod doors;
mod fault;
mod faults;
mod histories;
mod hostile;
mod import;
mod kill;
mod lists;
mod moving;
mod proxies;
mod pushes;
mod repeats;
mod replica;
mod reports;
mod sessions;
mod storm;
mod stranger;
mod tls;
