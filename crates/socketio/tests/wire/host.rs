//! A server to be tested, with an application that notes what happens to it.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use serde_json::value::RawValue;
use socketio::{
    Ack, Application, BoxFuture, Config, ConnectError, EngineApplication, Handshake, Incoming, Message, Peer, Reason,
    Server, Socket, State,
};
use tokio::io::BufStream;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};

/// How long anything may take before a test fails.
pub const PATIENCE: Duration = Duration::from_secs(10);

pub struct Host {
    pub address: SocketAddr,
    pub server: Server,
    pub app: Arc<App>,
    notes: mpsc::Receiver<String>,
}

pub struct App {
    notes: mpsc::Sender<String>,
    pub sockets: Mutex<Vec<Socket>>,
    /// What the events `wait` and the namespace `/slow` wait for.
    pub gate: Semaphore,
}

/// A server with heartbeats that no test waits for.
pub fn quiet() -> Config {
    Config { max_attachments: 3, max_namespaces: 3, max_queued_events: 8, ..Config::default() }
}

/// A server with heartbeats that a test can wait for.
pub fn brisk() -> Config {
    Config {
        ping_interval: Duration::from_millis(250),
        ping_timeout: Duration::from_millis(500),
        connect_timeout: Duration::from_millis(600),
        ..quiet()
    }
}

impl Host {
    pub async fn start(config: Config) -> Self {
        let (notes, receiver) = mpsc::channel(1_000);
        let app = Arc::new(App { notes, sockets: Mutex::default(), gate: Semaphore::new(0) });
        let server = Server::new(config, app.clone());
        Self { address: serve(server.clone(), false).await, server, app, notes: receiver }
    }

    /// A server whose streams are not bare sockets, and hold back what is not flushed.
    pub async fn start_wrapped(config: Config) -> Self {
        let mut host = Self::start(config).await;
        host.address = serve(host.server.clone(), true).await;
        host
    }

    /// A server that echoes bare Engine.IO messages.
    pub async fn start_engine(config: Config) -> Self {
        let (notes, receiver) = mpsc::channel(1_000);
        let app = Arc::new(App { notes, sockets: Mutex::default(), gate: Semaphore::new(0) });
        let server = Server::new_engine(config, Arc::new(Echo));
        Self { address: serve(server.clone(), false).await, server, app, notes: receiver }
    }

    /// The next thing that the application noted.
    pub async fn note(&mut self) -> String {
        tokio::time::timeout(PATIENCE, self.notes.recv()).await.expect("a note").expect("the application lives")
    }

    /// Whether the application has noted nothing more.
    pub fn is_silent(&mut self) -> bool {
        self.notes.try_recv().is_err()
    }

    /// The socket that was connected last.
    pub fn socket(&self) -> Socket {
        self.app.sockets.lock().unwrap().last().expect("a socket").clone()
    }
}

/// Serves on a free port; a client may claim another address with `X-Address`.
async fn serve(server: Server, wrapped: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, peer)) = listener.accept().await {
            let server = server.clone();
            let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                let server = server.clone();
                async move {
                    let claimed = request.headers().get("x-address").and_then(|value| value.to_str().ok());
                    let remote = claimed.map_or(peer.ip(), |text| text.parse::<IpAddr>().unwrap());
                    Ok::<http::Response<Full<Bytes>>, std::convert::Infallible>(server.handle(request, remote).await)
                }
            });
            tokio::spawn(async move {
                let builder = hyper::server::conn::http1::Builder::new();
                // A test that hangs up is no error.
                let _ = match wrapped {
                    true => {
                        let stream = TokioIo::new(BufStream::new(stream));
                        builder.serve_connection(stream, service).with_upgrades().await
                    }
                    false => builder.serve_connection(TokioIo::new(stream), service).with_upgrades().await,
                };
            });
        }
    });
    address
}

impl App {
    fn note(&self, note: String) {
        self.notes.try_send(note).expect("notes are read");
    }
}

impl Application for App {
    fn connect<'a>(
        &'a self,
        socket: &'a Socket,
        handshake: &'a Handshake,
        auth: Option<&'a RawValue>,
    ) -> BoxFuture<'a, Result<State, ConnectError>> {
        Box::pin(async move {
            let cookie = handshake.headers.get("cookie").and_then(|value| value.to_str().ok()).unwrap_or("none");
            match socket.namespace() {
                "/slow" => {
                    self.note("connecting".to_owned());
                    self.gate.acquire().await.expect("the gate is open").forget();
                }
                "/cookie" => self.note(format!("cookie {cookie}")),
                "/refused" => return Err(ConnectError::with_data("no", json!({"code": "auth.required"}))),
                "/" | "/custom" => {}
                _ => return Err(ConnectError::invalid_namespace()),
            }
            Ok(Arc::new(auth.map_or("{}", RawValue::get).to_owned()) as State)
        })
    }

    fn connected(&self, socket: &Socket) {
        self.note(format!("connected {}", socket.namespace()));
        self.sockets.lock().unwrap().push(socket.clone());
        let auth = socket.state_as::<String>().unwrap();
        socket.emit_json("auth", auth.as_bytes(), &[]).unwrap();
    }

    fn event<'a>(&'a self, socket: &'a Socket, event: Incoming, ack: Option<Ack>) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let (json, attachments) = (event.arguments().json().as_bytes(), event.arguments().attachments());
            match event.name() {
                "message" => drop(socket.emit_json("message-back", json, attachments)),
                "message-with-ack" => drop(ack.map(|ack| ack.send_json(json, attachments))),
                "wait" => {
                    self.note("waiting".to_owned());
                    self.gate.acquire().await.expect("the gate is open").forget();
                    self.note(format!("waited {}", event.arguments().json()));
                }
                "ask" => {
                    let reply = socket.emit_with_ack("question", &1, PATIENCE).await;
                    self.note(format!("reply {:?}", reply.map(|reply| reply.json().to_owned()).ok()));
                }
                "panic" => panic!("as asked"),
                "leave" => socket.disconnect(),
                "close" => socket.close(),
                name => self.note(format!("event {name}")),
            }
        })
    }

    fn disconnected(&self, socket: &Socket, reason: Reason) {
        self.note(format!("disconnected {}: {}", socket.namespace(), reason.as_str()));
    }
}

struct Echo;

impl EngineApplication for Echo {
    fn message(&self, peer: &Peer, message: Message<'_>) {
        peer.send(message).unwrap();
    }
}
