//! The Socket.IO door: an event is a command, its acknowledgement the answer, and the outlet where a connection hears.

use super::credentials::{Credentials, SessionCookie};
use super::ending::Turn;
use super::origins::Source;
use super::{Doors, passing, problems};
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use chat::{Batch, Caller, Chat, Connection, Delivered, Event, Identity, Outlet, Refusal};
use serde::Deserialize;
use serde_json::value::RawValue;
use socketio::{
    Ack, Application, Arguments, BoxFuture, Burst, ConnectError, Handshake, Incoming, Packet, Reason, SendError,
    Socket, State,
};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

/// What runs behind the Socket.IO endpoint.
pub(super) struct Door {
    chat: Chat,
    cookie: SessionCookie,
}

impl Door {
    pub(super) fn new(chat: Chat, cookie: SessionCookie) -> Self {
        Self { chat, cookie }
    }

    async fn enter(&self, socket: &Socket, handshake: &Handshake, auth: Option<&RawValue>) -> Result<State, Refusal> {
        let token = self.token(handshake, auth)?;
        let identity = self.identify(&token).await?;
        let turn = Arc::new(Turn::default());
        let outlet = Arc::new(Line { socket: socket.clone(), turn: turn.clone() });
        let connection = self.chat.connect(identity, outlet).await;
        let seat =
            Seat { chat: self.chat.clone(), address: handshake.remote, turn, connection: Mutex::new(Some(connection)) };
        // The session may have ended just before the hub knew of this connection; from here on it hears of it.
        self.identify(&token).await?;
        Ok(Arc::new(seat))
    }

    async fn identify(&self, token: &str) -> Result<Identity, Refusal> {
        self.chat.authenticate(token).await?.ok_or(Refusal::SignInRequired)
    }

    /// The token of `auth: {token}`, or that of the handshake: a foreign page with the cookie did not come this far.
    fn token(&self, handshake: &Handshake, auth: Option<&RawValue>) -> Result<String, Refusal> {
        #[derive(Deserialize)]
        struct Auth {
            token: Option<String>,
        }
        if let Some(auth) = auth {
            let auth: Auth = serde_json::from_str(auth.get()).map_err(|_| Refusal::SignInRequired)?;
            if let Some(token) = auth.token {
                return Ok(token);
            }
        }
        match self.cookie.credentials(&handshake.headers) {
            Credentials::Bearer(token) | Credentials::Cookie(token) => Ok(token),
            Credentials::Nothing => Err(Refusal::SignInRequired),
        }
    }

    async fn answer(&self, seat: &Seat, event: &Incoming) -> Result<bytes::Bytes, Refusal> {
        let connection = seat.connection().ok_or(Refusal::SignInRequired)?;
        let command = self.chat.command(event.name()).ok_or(Refusal::UnknownCommand)?;
        if !event.arguments().attachments().is_empty() {
            return Err(Refusal::InvalidType { field: String::new(), expected: "JSON without binary data".into() });
        }
        let caller = Caller {
            identity: Some(connection.identity.clone()),
            connection: Some(connection),
            address: seat.address,
            program: "Socket.IO".into(),
        };
        let answer = command.run(&self.chat, caller, event.arguments().json().as_bytes()).await;
        match answer {
            Err(Refusal::InvalidJson(_)) if has_several(event.arguments()) => {
                Err(Refusal::InvalidType { field: String::new(), expected: "one object, the only argument".into() })
            }
            answer => answer,
        }
    }
}

impl Application for Door {
    fn connect<'a>(
        &'a self,
        socket: &'a Socket,
        handshake: &'a Handshake,
        auth: Option<&'a RawValue>,
    ) -> BoxFuture<'a, Result<State, ConnectError>> {
        Box::pin(async move {
            if socket.namespace() != "/" {
                return Err(ConnectError::invalid_namespace());
            }
            let entered = self.enter(socket, handshake, auth).await;
            entered.map_err(|refusal| ConnectError::with_data(refusal.to_string(), refusal.to_json()))
        })
    }

    fn event<'a>(&'a self, socket: &'a Socket, event: Incoming, ack: Option<Ack>) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let Some(seat) = socket.state_as::<Seat>() else { return };
            if !seat.turn.begin() {
                return;
            }
            let answer = self.answer(&seat, &event).await;
            if let Some(ack) = ack {
                let shown = match &answer {
                    Ok(value) => [b"{\"ok\":true,\"value\":", value.as_ref(), b"}"].concat(),
                    Err(refusal) => format!("{{\"ok\":false,\"error\":{}}}", refusal.to_json()).into_bytes(),
                };
                // An error: nobody is there any more. What was done stays done, and the same cid tells it later.
                let _ = ack.send_json(&shown, &[]);
            }
            seat.turn.answered(socket);
        })
    }

    fn disconnected(&self, socket: &Socket, _reason: Reason) {
        if let Some(seat) = socket.state_as::<Seat>() {
            seat.leave();
        }
    }
}

/// Whether there is more than one argument.
fn has_several(arguments: &Arguments) -> bool {
    let list = format!("[{}]", arguments.json());
    serde_json::from_str::<Vec<&RawValue>>(&list).is_ok_and(|list| list.len() > 1)
}

/// What a socket keeps: its place among chat's connections until it ends.
struct Seat {
    chat: Chat,
    address: IpAddr,
    turn: Arc<Turn>,
    connection: Mutex<Option<Arc<Connection>>>,
}

impl Seat {
    fn connection(&self) -> Option<Arc<Connection>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Gives the place up. The connection holds the socket by its outlet, and the socket this: taking it out lets all
    /// of them go.
    fn leave(&self) {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (Some(connection), Ok(runtime)) = (connection, tokio::runtime::Handle::try_current()) else { return };
        let chat = self.chat.clone();
        runtime.spawn(async move { chat.disconnect(&connection).await });
    }
}

/// A socket that closed before its CONNECT was answered hears of no end: its place goes with what it was to keep.
impl Drop for Seat {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Where a connection's events go out.
struct Line {
    socket: Socket,
    turn: Arc<Turn>,
}

impl Outlet for Line {
    fn deliver(&self, batch: &Batch) -> Delivered {
        let Some(burst) = batch.encoded(burst) else { return Delivered::Gone };
        match self.socket.send(burst) {
            Ok(()) => Delivered::Taken,
            Err(SendError::Overflowed) => Delivered::Overflowed,
            Err(SendError::Closed | SendError::NotConnected | SendError::Unencodable) => Delivered::Gone,
        }
    }

    fn approach(&self) {
        self.socket.approach();
    }

    fn drained(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.socket.flushed())
    }

    fn end(&self) {
        self.turn.end(&self.socket);
    }

    fn drop_line(&self) {
        self.socket.close();
    }
}

fn burst(events: &[Arc<Event>]) -> Burst {
    let packet = |event: &Event| Packet::event(event.name, &event.body);
    let packets: Vec<Packet> = events.iter().filter_map(|event| event.encoded(packet)).cloned().collect();
    Burst::new(&packets)
}

/// Answers a request to the endpoint. A foreign page cannot use the cookie of whoever looks at it.
pub(super) async fn handle(doors: Arc<Doors>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let by_cookie = matches!(doors.cookie.credentials(&parts.headers), Credentials::Cookie(_));
    if by_cookie && doors.origins.judge(&parts.headers) == Source::Foreign {
        return problems::answer(&Refusal::OriginRefused);
    }
    let remote = doors.client(&parts);
    if let Some(node) = passing::elsewhere(&doors, &parts) {
        return match passing::ask(&doors, node, &parts, body, remote).await {
            Some(answer) => answer,
            // Answered as every unknown session.
            None => endpoint(&doors, Request::from_parts(parts, Body::empty()), remote).await,
        };
    }
    endpoint(&doors, Request::from_parts(parts, body), remote).await
}

/// Answers a request that may be answered here.
pub(super) async fn endpoint(doors: &Doors, request: Request, remote: IpAddr) -> Response {
    doors.socketio.handle(request, remote).await.map(Body::new)
}
