//! Sessions that begin with a WebSocket, and those that change to one.

use std::sync::Arc;

use http::{HeaderMap, Request};
use hyper::upgrade::OnUpgrade;

use crate::connection::Connection;
use crate::driver::Driver;
use crate::frame::{Opcode, single};
use crate::http_endpoint::{Answer, Refused, open_packet};
use crate::link::Link;
use crate::outbox::Wire;
use crate::server::{Place, Shared};
use crate::sid::Sid;
use crate::websocket::{self, Owned, WebSocket};
use crate::{Handshake, Message};

/// The largest message of a WebSocket that probes, in bytes.
const PROBE_PAYLOAD: usize = 125;

/// Opens a session whose place is taken.
pub(crate) fn open<B>(
    shared: &Arc<Shared>,
    mut request: Request<B>,
    handshake: impl FnOnce(HeaderMap) -> Handshake,
) -> Result<Answer, Refused> {
    let (answer, upgrade) = websocket::accept(&mut request);
    let handshake = handshake(std::mem::take(request.headers_mut()));
    tokio::spawn(start(shared.clone(), upgrade, handshake));
    Ok(answer)
}

async fn start(shared: Arc<Shared>, upgrade: OnUpgrade, handshake: Handshake) {
    let place = Place::new(&shared, handshake.remote);
    let Ok(Ok(upgraded)) = tokio::time::timeout(shared.config.upgrade_timeout, upgrade).await else { return };
    let (link, held) = Link::from_upgraded(upgraded);
    let Some(sid) = Sid::random() else { return };
    let connection = Connection::new(shared.clone(), sid, link.wire(), handshake);
    let packet = open_packet(&shared, sid, "");
    place.keep();
    shared.remember(&connection);
    // An error closes the connection by itself.
    let _ = connection.send(&single(Opcode::Text, &[packet.as_bytes()]), true);
    Driver::spawn(connection, link, held);
}

/// Lets a WebSocket probe for a polling session. Each session has at most one at a time, and changes once: any other
/// is accepted and closed, as clients expect.
pub(crate) fn probe<B>(connection: Arc<Connection>, mut request: Request<B>) -> Answer {
    let claimed = match &mut connection.outbox().wire {
        Wire::Polling(polling) => !std::mem::replace(&mut polling.claimed, true),
        _ => false,
    };
    let (answer, upgrade) = websocket::accept(&mut request);
    tokio::spawn(async move {
        let timeout = connection.shared.config.upgrade_timeout;
        if !claimed {
            let _ = tokio::time::timeout(timeout, turn_away(upgrade)).await;
            return;
        }
        let probed = tokio::time::timeout(timeout, run_probe(&connection, upgrade)).await;
        match probed.ok().flatten() {
            Some(socket) => take_over(&connection, socket),
            None => give_up(&connection),
        }
    });
    answer
}

async fn turn_away(upgrade: OnUpgrade) {
    if let Ok(upgraded) = upgrade.await {
        WebSocket::new(upgraded, 0).close(1008).await;
    }
}

/// The client's side: `2probe`, then `5`. Anything else ends the WebSocket, but not the session.
async fn run_probe(connection: &Connection, upgrade: OnUpgrade) -> Option<WebSocket> {
    let upgraded = upgrade.await.ok()?;
    let mut socket = WebSocket::new(upgraded, PROBE_PAYLOAD);
    let mut probed = false;
    loop {
        match socket.next().await? {
            Owned::Text(text) if text == "2probe" => {
                socket.send(Message::Text("3probe")).await?;
                probed = true;
                connection.outbox().begin_probe();
            }
            Owned::Text(text) if text == "5" && probed => return Some(socket),
            _ => {
                socket.close(1002).await;
                return None;
            }
        }
    }
}

fn take_over(connection: &Connection, socket: WebSocket) {
    let (link, held) = socket.into_parts();
    {
        let mut outbox = connection.outbox();
        if outbox.closed.is_some() {
            return;
        }
        outbox.switch(link.wire());
    }
    connection.hand_over(link, held);
}

fn give_up(connection: &Connection) {
    if let Wire::Polling(polling) = &mut connection.outbox().wire {
        polling.claimed = false;
        polling.probing = false;
    }
}
