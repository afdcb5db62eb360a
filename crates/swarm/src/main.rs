//! The command line of the load generator: `parlour-swarm send | town | crowd | reference | pages | rubbish | bench | costs`.

mod bench;
mod corpus;
mod costs;
mod crowd;
mod folder;
mod link;
mod pages;
mod process;
mod reference;
mod rest;
mod rubbish;
mod send;
mod server;
mod spread;
mod town;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Any failure, as a sentence for the person at the terminal.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Loads a Parlour server as many clients do, from outside, and says what it did.
#[derive(Parser)]
#[command(name = "parlour-swarm", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Signed-in clients send into rooms and check that everybody sees every message once.
    Send(send::Options),
    /// Fills the data folder of a stopped server with rooms and signed-in people.
    Town(town::Options),
    /// Connections to any Socket.IO server that broadcasts in one room: what they cost while idle and while one sends.
    Crowd(crowd::Options),
    /// The bare program: commits the rows of messages into SQLite, 64 messages a transaction, with nothing around it.
    Reference(reference::Options),
    /// Reads pages of history at the start, the middle and the end of the largest public room.
    Pages(pages::Options),
    /// Thousands of connections send rubbish and go; fails if they leave too much in the server's memory.
    Rubbish(rubbish::Options),
    /// All of these against a server that it starts, as ratios.
    Bench(bench::Options),
    /// What catching up, posting, badges and new devices cost on a large database that it makes, as tables.
    Costs(costs::Options),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // One thread: on a machine with two processors the other one is the server's.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run(arguments.command)),
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("parlour-swarm: {why}");
            ExitCode::from(2)
        }
    }
}

/// Whether what was to hold did hold: nothing lost, nothing doubled.
async fn run(command: Command) -> Result<bool, Failure> {
    match command {
        Command::Send(options) => {
            let outcome = send::run(&options).await?;
            println!("{outcome}");
            Ok(outcome.is_whole())
        }
        Command::Town(options) => town::run(&options).map(|()| true),
        Command::Crowd(options) => {
            println!("{}", crowd::run(&options).await?);
            Ok(true)
        }
        Command::Reference(options) => {
            println!("{}", reference::run(&options)?);
            Ok(true)
        }
        Command::Pages(options) => {
            println!("{}", pages::run(&options).await?);
            Ok(true)
        }
        Command::Rubbish(options) => {
            let outcome = rubbish::run(&options).await?;
            println!("{outcome}");
            Ok(outcome.is_clean())
        }
        Command::Bench(options) => bench::run(&options).await,
        Command::Costs(options) => costs::run(&options).await.map(|()| true),
    }
}
