//! `prepare`: accounts in one room, for a load generator that knows nothing of Parlour.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::Failure;
use crate::rest::Rest;

#[derive(Args, Clone)]
pub(crate) struct Options {
    /// The server's address.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    accounts: u32,
    /// The file to write one CONNECT packet a line into.
    #[arg(long)]
    connects: PathBuf,
}

/// Prints the room's id.
pub(crate) async fn run(options: &Options) -> Result<(), Failure> {
    let rest = Rest::new(&options.url)?;
    let accounts = rest.register(options.accounts as usize).await?;
    let room = rest.create_room(&accounts[0], "Bench").await?;
    let mut packets = String::new();
    for (number, account) in accounts.iter().enumerate() {
        if number > 0 {
            rest.join(account, &room).await?;
        }
        packets.push_str(&format!("40{}\n", json!({"token": account.token})));
    }
    fs::write(&options.connects, packets).map_err(|e| format!("cannot write {}: {e}", options.connects.display()))?;
    println!("{room}");
    Ok(())
}
