//! The house from its start to its end: listens, opens the data, opens the doors, and closes all of it in order.

use crate::config::Settings;
use crate::doors::{Doors, metrics};
use crate::push::Post;
use crate::{Failure, serve};
use chat::Chat;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// How long what is in flight may take after the signal to stop.
const FINISH: Duration = Duration::from_secs(6);
/// How long closing the data may take.
const CLOSE: Duration = Duration::from_secs(3);
/// The process ends by then, whatever happens.
const LAST: Duration = Duration::from_millis(9500);

/// Serves until SIGTERM or SIGINT.
pub async fn run(mut settings: Settings) -> Result<(), Failure> {
    // Every connection is an open file, and many systems start programs with room for 1,024.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!("the number of open files stays as it is: {error}");
    }
    let mut signals = Signals::new().map_err(|error| Failure(format!("Signals cannot be heard: {error}.")))?;
    let address = resolve(&settings.listen).await?;
    let listener =
        serve::listen(address).map_err(|error| Failure(format!("Parlour cannot listen on {address}: {error}.")))?;
    let address = listener.local_addr().unwrap_or(address);
    settings.listening(address);
    let chat = Chat::open(&settings.folder, settings.chat.clone()).await.map_err(|error| Failure(sentence(&error)))?;
    let link = chat.first_administrator().await.map_err(|refusal| Failure(sentence(&refusal)))?;
    if settings.push.on {
        let carrier = Arc::new(Post::new(settings.push.private));
        let contact = settings.push.contact(settings.address());
        chat.push_by(carrier, contact).await.map_err(|refusal| Failure(sentence(&refusal)))?;
    }
    let doors = Doors::new(chat.clone(), settings.doors.clone());
    let (stop, stopped) = watch::channel(false);
    tracing::info!(version = env!("CARGO_PKG_VERSION"), %address, data = %settings.folder.display(), "started");
    if !settings.metrics_listen.is_empty() {
        let address = resolve(&settings.metrics_listen).await?;
        let listener = serve::listen(address)
            .map_err(|error| Failure(format!("Metrics cannot be shown on {address}: {error}.")))?;
        let (router, admission) = (metrics::open(&doors), settings.admission.clone());
        tokio::spawn(serve::accept(listener, router, admission, stopped.clone()));
    }
    let accepting = tokio::spawn(serve::accept(listener, doors.router(), settings.admission, stopped));
    announce(address, link.as_deref());
    signals.wait().await;
    tracing::info!("stopping");
    std::thread::spawn(|| {
        std::thread::sleep(LAST);
        std::process::exit(1);
    });
    tokio::select! {
        () = end(&chat, &doors, stop) => {}
        () = signals.wait() => tracing::warn!("stopped at once"),
    }
    accepting.abort();
    tracing::info!("stopped");
    Ok(())
}

/// Nothing more comes in; what is in flight ends; the clients are told to come back; the data is closed.
async fn end(chat: &Chat, doors: &Arc<Doors>, stop: watch::Sender<bool>) {
    let _ = stop.send(true);
    let finished = async { tokio::join!(doors.shut_down(), stop.closed()) };
    if tokio::time::timeout(FINISH, finished).await.is_err() {
        tracing::warn!("some requests did not end in time");
    }
    if tokio::time::timeout(CLOSE, chat.close()).await.is_err() {
        tracing::warn!("the data was not closed in time; the next start recovers it");
    }
}

pub(crate) async fn resolve(listen: &str) -> Result<SocketAddr, Failure> {
    let wrong =
        |why: String| Failure(format!("“{listen}” is nothing to listen on ({why}); it has to be ADDRESS:PORT."));
    let mut found = tokio::net::lookup_host(listen).await.map_err(|error| wrong(error.to_string()))?;
    found.next().ok_or_else(|| wrong("it has no address".into()))
}

/// Says where to go; in one write, so that whoever reads the first line has the second one too.
fn announce(address: SocketAddr, link: Option<&str>) {
    let mut text = format!("Parlour listens on http://{address}\n");
    if let Some(link) = link {
        text += &format!("There is no administrator yet; whoever registers with this link becomes the first: {link}\n");
    }
    let mut out = std::io::stdout().lock();
    // A closed standard output is no reason not to serve.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// An error as a sentence with its capital letter and its full stop.
pub(crate) fn sentence(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    first.chain(letters).collect::<String>() + stop
}

/// SIGTERM and SIGINT.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
