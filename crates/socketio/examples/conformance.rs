//! A server with the handlers that the official protocol suites expect, and a plain WebSocket that echoes.
//!
//! usage: conformance [--engine-only] [--patient] [PORT]
//!
//! On port 3000 unless told otherwise: Socket.IO at `/socket.io/` with the namespaces `/` and `/custom`, or with
//! `--engine-only` an echo of Engine.IO at `/engine.io/`; at `/echo` a plain WebSocket. The suites want its times short;
//! `--patient` gives clients on a busy machine longer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming as Body;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::value::RawValue;
use socketio::{
    Ack, Application, BoxFuture, Config, ConnectError, EngineApplication, Handshake, Incoming, Message, Peer, Reason,
    Server, Socket, State, websocket,
};
use tokio::net::TcpListener;

/// The largest message of the plain WebSocket: Autobahn's cases have up to 16 MiB.
const ECHO_LIMIT: usize = 16 * 1024 * 1024;

struct Conformance;

impl Application for Conformance {
    fn connect<'a>(
        &'a self,
        socket: &'a Socket,
        _handshake: &'a Handshake,
        auth: Option<&'a RawValue>,
    ) -> BoxFuture<'a, Result<State, ConnectError>> {
        Box::pin(async move {
            match socket.namespace() {
                "/" | "/custom" => Ok(Arc::new(auth.map_or("{}", RawValue::get).to_owned()) as State),
                _ => Err(ConnectError::invalid_namespace()),
            }
        })
    }

    fn connected(&self, socket: &Socket) {
        if let Some(auth) = socket.state_as::<String>() {
            report(socket.emit_json("auth", auth.as_bytes(), &[]));
        }
    }

    fn event<'a>(&'a self, socket: &'a Socket, event: Incoming, ack: Option<Ack>) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let arguments = event.arguments();
            match (event.name(), ack) {
                ("message", _) => {
                    report(socket.emit_json("message-back", arguments.json().as_bytes(), arguments.attachments()));
                }
                ("message-with-ack", Some(ack)) => {
                    report(ack.send_json(arguments.json().as_bytes(), arguments.attachments()));
                }
                ("ask-me", Some(ack)) => {
                    let reply = socket.emit_with_ack("question", "how much?", Duration::from_secs(2)).await;
                    let reply = reply.map_or_else(|error| format!("\"{error}\""), |reply| reply.json().to_owned());
                    report(ack.send_json(reply.as_bytes(), &[]));
                }
                ("disconnect-me", _) => socket.disconnect(),
                ("close-me", _) => socket.close(),
                _ => {}
            }
        })
    }

    fn disconnected(&self, socket: &Socket, reason: Reason) {
        eprintln!("{} has left {}: {}", socket.id(), socket.namespace(), reason.as_str());
    }
}

struct Echo;

impl EngineApplication for Echo {
    fn message(&self, peer: &Peer, message: Message<'_>) {
        report(peer.send(message));
    }
}

fn report(result: Result<(), socketio::SendError>) {
    if let Err(error) = result {
        eprintln!("not sent: {error}");
    }
}

async fn answer(server: Server, request: Request<Body>, peer: SocketAddr) -> Response<Full<Bytes>> {
    if request.uri().path() == "/echo" {
        return websocket::serve(request, ECHO_LIMIT, async |mut socket| {
            while let Some(message) = socket.next().await {
                if socket.send(message.borrow()).await.is_none() {
                    return;
                }
            }
        });
    }
    server.handle(request, peer.ip()).await
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let engine_only = arguments.iter().any(|argument| argument == "--engine-only");
    let port = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(3000);
    let patient = arguments.iter().any(|argument| argument == "--patient");
    let (timeout, connect) = if patient { (20_000, 20_000) } else { (200, 1_000) };
    let config = Config {
        path: if engine_only { "/engine.io/" } else { "/socket.io/" }.to_owned(),
        ping_interval: Duration::from_millis(300),
        ping_timeout: Duration::from_millis(timeout),
        connect_timeout: Duration::from_millis(connect),
        max_payload: 1_000_000,
        ..Config::default()
    };
    let server = if engine_only {
        Server::new_engine(config, Arc::new(Echo))
    } else {
        Server::new(config, Arc::new(Conformance))
    };
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on http://localhost:{}", listener.local_addr()?.port());
    loop {
        let (stream, peer) = listener.accept().await?;
        let server = server.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let answer = answer(server.clone(), request, peer);
                async move { Ok::<_, std::convert::Infallible>(answer.await) }
            });
            let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.with_upgrades().await {
                eprintln!("connection: {error}");
            }
        });
    }
}
