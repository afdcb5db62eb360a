//! The smallest server with one room: who emits `join` gets everything that anybody emits as `msg`.
//!
//! usage: broadcast PORT
//!
//! `../shared/bench` measures it: `load` speaks just this. What one turn of the runtime brought in leaves as one write
//! for each member.

use std::sync::Arc;

use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::value::RawValue;
use socketio::{
    Ack, Application, BoxFuture, Burst, Config, ConnectError, Handshake, Incoming, Packet, Reason, Server, Socket,
    State,
};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

// The product has the same one, so that memory can be compared.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// How many messages may wait to be sent to the room.
const WAITING: usize = 1_024;

struct Room {
    deeds: mpsc::Sender<Deed>,
}

enum Deed {
    Join(Socket),
    Leave(Socket),
    Say(Packet),
}

impl Application for Room {
    fn connect<'a>(
        &'a self,
        _socket: &'a Socket,
        _handshake: &'a Handshake,
        _auth: Option<&'a RawValue>,
    ) -> BoxFuture<'a, Result<State, ConnectError>> {
        Box::pin(async { Ok(Arc::new(()) as State) })
    }

    fn event<'a>(&'a self, socket: &'a Socket, event: Incoming, _ack: Option<Ack>) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let deed = match event.name() {
                "join" => Deed::Join(socket.clone()),
                "msg" => Deed::Say(Packet::event("msg", event.arguments().json().as_bytes())),
                _ => return,
            };
            // The room lives as long as the program.
            let _ = self.deeds.send(deed).await;
        })
    }

    fn disconnected(&self, socket: &Socket, _reason: Reason) {
        let (deeds, leave) = (self.deeds.clone(), Deed::Leave(socket.clone()));
        tokio::spawn(async move { deeds.send(leave).await });
    }
}

async fn run(mut deeds: mpsc::Receiver<Deed>) {
    let mut members: Vec<Socket> = Vec::new();
    let mut packets = Vec::new();
    let mut next = Vec::new();
    while deeds.recv_many(&mut next, WAITING).await > 0 {
        // Whatever else this turn brings in leaves with it.
        tokio::task::yield_now().await;
        while let Ok(deed) = deeds.try_recv() {
            next.push(deed);
        }
        for deed in next.drain(..) {
            match deed {
                Deed::Join(socket) => members.push(socket),
                Deed::Leave(socket) => members.retain(|member| *member != socket),
                Deed::Say(packet) => packets.push(packet),
            }
        }
        if !packets.is_empty() {
            let burst = Burst::new(&packets);
            packets.clear();
            for member in &members {
                // Whoever overflows misses something here; an application would tell it to start again.
                let _ = member.send(&burst);
            }
        }
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(3001);
    let (deeds, receiver) = mpsc::channel(WAITING);
    tokio::spawn(run(receiver));
    let config = Config { max_connections_per_address: 100_000, ..Config::default() };
    let server = Server::new(config, Arc::new(Room { deeds }));
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    loop {
        let (stream, peer) = listener.accept().await?;
        let server = server.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let server = server.clone();
                async move { Ok::<_, std::convert::Infallible>(server.handle(request, peer.ip()).await) }
            });
            let builder = hyper::server::conn::http1::Builder::new();
            // A client that hangs up is no error.
            let _ = builder.serve_connection(TokioIo::new(stream), service).with_upgrades().await;
        });
    }
}
