//! `costs`: what the sync costs on a large database that this makes: coming back, a new device, the badge, and posting
//! where many are members and few look. Prints tables in Markdown; it measures and judges nothing.

mod device;
mod posting;
mod reading;
mod resuming;
mod returning;
mod world;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::Failure;
use crate::folder::Folder;
use crate::server::Server;

#[derive(Args, Clone)]
pub(crate) struct Options {
    /// The server's program.
    #[arg(long)]
    parlour: PathBuf,
    /// A folder on the disk to measure. What is made is deleted, but for the databases as they were imported, which
    /// stay in `costs` for the next run.
    #[arg(long)]
    folder: PathBuf,
    /// A history whose texts and shares of rooms are taken, one JSON object a line, gzip or not.
    #[arg(long)]
    corpus: Option<PathBuf>,
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1_000..=20_000_000))]
    messages: u32,
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(10..=10_000))]
    rooms: u32,
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    users: u32,
    /// Members of the room that few look at.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    members: u32,
    /// Those of them who are connected.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(10..=9_000))]
    connected: u32,
    /// Those of them who look at it.
    #[arg(long, default_value_t = 150)]
    watching: u32,
    /// What to measure; everything if nothing is said.
    #[arg(long, value_enum)]
    part: Vec<Part>,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Coming back after some changes.
    Resuming,
    /// A new device, and the badge.
    Reading,
    /// A message for many members.
    Posting,
    /// Very many who come back at once.
    Returning,
}

pub(crate) async fn run(options: &Options) -> Result<(), Failure> {
    let folder = Folder::new(&options.folder)?;
    let wanted = |part| options.part.is_empty() || options.part.contains(&part);
    if wanted(Part::Resuming) || wanted(Part::Reading) {
        let world = world::large(options, &folder.0.join("large"))?;
        println!("{}\n", world.size);
        let server = Server::start(&options.parlour, &world.data).await?;
        if wanted(Part::Reading) {
            reading::run(&server, &world).await?;
        }
        if wanted(Part::Resuming) {
            resuming::run(&server, &world).await?;
        }
    }
    if wanted(Part::Posting) {
        let hall = world::hall(options, &folder.0.join("hall"))?;
        let server = Server::start(&options.parlour, &hall.data).await?;
        posting::run(&server, &hall, options).await?;
    }
    if wanted(Part::Returning) {
        let hall = world::hall(options, &folder.0.join("crowd"))?;
        returning::run(&hall, options).await?;
    }
    Ok(())
}
