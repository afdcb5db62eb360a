//! `bench`: starts a server on a fresh folder, measures it with the other commands, and prints ratios of one run.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;

use crate::folder::Folder;
use crate::link::Transport;
use crate::server::Server;
use crate::{Failure, pages, process, reference, rubbish, send, town};

/// What the server is to reach of the bare program's messages a second.
const AIM: f64 = 0.5;
/// Clients that send, each somebody else.
const CLIENTS: u32 = 64;

#[derive(Args, Clone)]
pub(crate) struct Options {
    /// The server's program.
    #[arg(long)]
    parlour: PathBuf,
    /// A folder on the disk to measure; what is made in it is deleted afterwards.
    #[arg(long)]
    folder: PathBuf,
    /// A history to import, one JSON object a line, gzip or not.
    #[arg(long)]
    corpus: Option<PathBuf>,
    /// How long each measurement takes.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// How many connections send rubbish in the end, after which memory must come back; 0 for none.
    #[arg(long, default_value_t = 0)]
    rubbish: u32,
}

/// Whether nothing was lost or doubled, and no memory kept. Ratios are printed, not judged.
pub(crate) async fn run(options: &Options) -> Result<bool, Failure> {
    let folder = Folder::new(&options.folder)?;
    let bare = reference::Options { folder: folder.0.clone(), seconds: options.seconds, group: 64, bytes: 100 };
    let bare = reference::run(&bare)?;
    println!("{bare}\n");
    let mut whole = true;
    // The last one is not for its figure: half of the clients do not look, and must be told all the same.
    for (rooms, flight, away) in [(1, 1, 0), (16, 1, 0), (16, 16, 0), (1, 1, 50)] {
        let data = folder.0.join(format!("send-{rooms}-{flight}-{away}"));
        let file = data.with_extension("town");
        town::write(&file, &town::found(&options.parlour, &data, rooms, CLIENTS / rooms)?)?;
        let server = Server::start(&options.parlour, &data).await?;
        let load = send::Options { away, town: Some(file), ..load(&server, flight, options.seconds) };
        let outcome = send::run(&load).await?;
        let ratio = outcome.acknowledged_a_second() / bare.messages_a_second();
        println!("{outcome}");
        println!("  of bare SQLite {ratio:10.2} (aim: {AIM})\n");
        whole &= outcome.is_whole();
    }
    if options.rubbish > 0 {
        let server = Server::start(&options.parlour, &folder.0.join("rubbish")).await?;
        let (url, pid) = (server.url.clone(), server.pid());
        let rubbish = rubbish::Options { url, pid, connections: options.rubbish, within: rubbish::WITHIN };
        let mut outcome = rubbish::run(&rubbish).await?;
        if !outcome.is_clean() {
            // What a busy machine made the server take is not taken twice; what leaks is.
            println!("{outcome}\nonce more:");
            outcome = rubbish::run(&rubbish).await?;
        }
        println!("{outcome}\n");
        whole &= outcome.is_clean();
    }
    match &options.corpus {
        Some(corpus) if corpus.exists() => history(options, corpus, &folder.0.join("history")).await?,
        Some(corpus) => println!("history: skipped, there is no {}", corpus.display()),
        None => println!("history: skipped, no --corpus was named"),
    }
    Ok(whole)
}

/// Imports the corpus, twice, and reads pages of it.
async fn history(options: &Options, corpus: &Path, data: &Path) -> Result<(), Failure> {
    let mut took = Vec::new();
    for _ in 0..2 {
        let begun = Instant::now();
        town::import(&options.parlour, data, corpus)?;
        took.push(begun.elapsed().as_secs_f64());
    }
    let server = Server::start(&options.parlour, data).await?;
    let outcome = pages::run(&pages::Options { url: server.url.clone(), pages: 500 }).await?;
    let messages = outcome.messages as f64;
    println!("import of {messages} messages");
    println!("  first          {:10.0} messages/s ({:.1} s)", messages / took[0], took[0]);
    println!("  again          {:10.0} messages/s ({:.1} s)", messages / took[1], took[1]);
    println!("{outcome}");
    if let Some((now, highest)) = process::memory(server.pid()) {
        println!("  server memory  {:10.1} MiB, at most {:.1}", now as f64 / 1024.0, highest as f64 / 1024.0);
    }
    Ok(())
}

/// Clients in a closed loop.
fn load(server: &Server, flight: u32, seconds: u64) -> send::Options {
    send::Options {
        url: vec![server.url.clone()],
        clients: CLIENTS,
        accounts: 1,
        rooms: 1,
        flight,
        rate: None,
        idle: 0,
        town: None,
        corpus: None,
        transport: Transport::Websocket,
        publishers: None,
        stalled: 0,
        away: 0,
        seconds,
        warm_up: 2,
        bytes: 100,
        pid: vec![server.pid()],
        beside: Vec::new(),
    }
}
