//! The command line: what can be asked for, and how it is answered.

mod import;
mod users;

use crate::config::{Config, Settings, example, load};
use crate::house::sentence;
use crate::{Failure, doctor, house, log};
use chat::Chat;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::future::Future;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Real-time chat that you own: rooms, direct messages, one program, one folder.
#[derive(Debug, Parser)]
#[command(
    name = "parlour",
    version,
    arg_required_else_help = true,
    after_help = "Start here: `parlour serve`, then open the address that it prints. Everything is kept in one folder \
                  (./data unless you say otherwise).\n\nEvery setting has a default. `parlour check-config --example` \
                  shows them all as a parlour.toml; that file, the environment (PARLOUR_SECTION_KEY) and the flags go \
                  one over the other, in this order."
)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the server; SIGTERM or Ctrl-C stops it gracefully within 10 seconds
    Serve(Serve),
    /// Bring the data up to this version's schema without starting the server
    Migrate(Place),
    /// Add, list, disable and enable accounts, and set passwords, while the server is stopped
    #[command(subcommand)]
    User(users::User),
    /// Read in a history from elsewhere; running it again adds only what is new
    Import(import::Import),
    /// Check the configuration and say what is wrong with it
    CheckConfig(CheckConfig),
    /// Look at everything that Parlour stands on (configuration, database, NATS, clock, disk, limits, address), and say
    /// what to do
    Doctor(Place),
    /// Print the OpenAPI document of the REST API
    Openapi,
    /// Print the version
    Version,
}

/// Which configuration, and which data.
#[derive(Clone, Debug, Args)]
struct Place {
    /// The configuration file [default: ./parlour.toml if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder of the data [default: ./data, or as configured]
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Serve {
    #[command(flatten)]
    place: Place,
    /// Where to listen; port 0 takes a free one [default: 127.0.0.1:8080, or as configured]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Limits on how often and how much; off is for load tests on loopback [default: on, or as configured]
    #[arg(long, value_name = "on|off", hide_possible_values = true)]
    limits: Option<Switch>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

#[derive(Debug, Args)]
struct CheckConfig {
    #[command(flatten)]
    place: Place,
    /// Print a configuration file with every key, its meaning and its default, instead of checking
    #[arg(long)]
    example: bool,
}

impl Place {
    fn config(&self) -> Result<Config, Failure> {
        let environment = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        let environment = environment.map(|(name, value)| (name, value.to_string_lossy().into_owned()));
        let mut config = load(self.config.as_deref(), environment).map_err(|error| Failure(error.to_string()))?;
        if let Some(folder) = &self.data {
            config.data.folder = folder.to_string_lossy().into_owned();
        }
        Ok(config)
    }

    /// Opens the data for a command that ends, and closes it after `work`.
    fn open<W: Future<Output = Result<(), Failure>>>(&self, work: impl FnOnce(Chat) -> W) -> Result<(), Failure> {
        let config = self.config()?;
        log::start(&config.log)?;
        let settings = Settings::new(&config).map_err(|error| Failure(error.to_string()))?;
        run(async move {
            let opened = Chat::open(&settings.folder, settings.chat).await;
            let chat = opened.map_err(|error| Failure(sentence(&error)))?;
            let done = work(chat.clone()).await;
            chat.close().await;
            done
        })
    }
}

/// Reads the arguments and does what they say: exit code 0, or 1 with a sentence, or 2 for arguments that make none.
pub fn main() -> ExitCode {
    let done = match CommandLine::parse().command {
        Command::Serve(serve) => start(&serve),
        Command::Migrate(place) => migrate(&place),
        Command::User(user) => users::run(&user),
        Command::Import(import) => import::run(&import),
        Command::CheckConfig(check) => check_config(&check),
        Command::Doctor(place) => examine(&place),
        Command::Openapi => print(&format!("{:#}\n", chat::openapi::document())),
        Command::Version => print(&format!("parlour {}\n", env!("CARGO_PKG_VERSION"))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("parlour: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Prints to the standard output; a reader that has had enough is no failure.
fn print(text: &str) -> Result<(), Failure> {
    use std::io::{ErrorKind, Write};
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure(format!("Nothing can be written to the standard output: {error}.")))
        }
        _ => Ok(()),
    }
}

fn start(serve: &Serve) -> Result<(), Failure> {
    let mut config = serve.place.config()?;
    if let Some(listen) = &serve.listen {
        config.server.listen.clone_from(listen);
    }
    if let Some(limits) = serve.limits {
        config.server.limits = limits == Switch::On;
    }
    log::start(&config.log)?;
    let settings = Settings::new(&config).map_err(|error| Failure(error.to_string()))?;
    run(house::run(settings))
}

fn migrate(place: &Place) -> Result<(), Failure> {
    let config = place.config()?;
    let settings = Settings::new(&config).map_err(|error| Failure(error.to_string()))?;
    run(async move {
        let schema =
            chat::migrate(&settings.folder, &settings.chat).await.map_err(|error| Failure(sentence(&error)))?;
        let place = match &settings.chat.database {
            Some(_) => "PostgreSQL".to_owned(),
            None => settings.folder.display().to_string(),
        };
        print(&format!("The data in {place} has schema {schema}, which is this version's.\n"))
    })
}

fn check_config(check: &CheckConfig) -> Result<(), Failure> {
    if check.example {
        return print(&example());
    }
    let config = check.place.config()?;
    Settings::new(&config).map_err(|error| Failure(error.to_string()))?;
    print("The configuration is good.\n")
}

/// Fails if anything is broken, after saying all of it.
fn examine(place: &Place) -> Result<(), Failure> {
    let config = place.config()?;
    let mut settings = Settings::new(&config).map_err(|error| Failure(error.to_string()))?;
    run(async move {
        let address = house::resolve(&settings.listen).await?;
        settings.listening(address);
        let (text, well) = doctor::report(&doctor::look(&settings).await);
        print(&text)?;
        if well { Ok(()) } else { Err(Failure("Something that Parlour needs is broken; see above.".into())) }
    })
}

/// Runs on a runtime of its own, whose threads are not waited for at the end.
fn run(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure(format!("No threads can be started: {error}.")))?;
    let done = runtime.block_on(work);
    runtime.shutdown_timeout(Duration::from_millis(500));
    done
}
