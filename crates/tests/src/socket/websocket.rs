//! The WebSocket transport.

use super::session::Session;
use crate::{Failure, Outcome};
use futures_util::{SinkExt, StreamExt};
use std::sync::Arc;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinHandle;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

/// Connects and starts the task that reads and writes until either side ends.
pub(super) async fn start(address: &str, session: Arc<Session>, packets: Receiver<String>) -> Outcome<JoinHandle<()>> {
    let place = address.trim_start_matches("http://");
    let socket = TcpSocket::new_v4()?;
    // A client that stops reading shall be noticed: the kernel must not read megabytes for it.
    socket.set_recv_buffer_size(64 * 1024)?;
    let stream = socket.connect(place.parse()?).await?;
    stream.set_nodelay(true)?;
    let url = format!("ws://{place}/socket.io/?EIO=4&transport=websocket");
    let (stream, _) = client_async(url, stream).await.map_err(|error| Failure(format!("WebSocket: {error}")))?;
    Ok(tokio::spawn(run(stream, session, packets)))
}

async fn run(
    stream: tokio_tungstenite::WebSocketStream<TcpStream>,
    session: Arc<Session>,
    mut packets: Receiver<String>,
) {
    let (mut writer, mut reader) = stream.split();
    loop {
        let next = async {
            session.unpaused().await;
            reader.next().await
        };
        tokio::select! {
            packet = packets.recv() => match packet {
                Some(packet) => if let Err(error) = writer.send(Message::text(packet)).await {
                    return session.end(&error.to_string());
                },
                None => {
                    session.end("closed by us");
                    // The server may be gone already, then there is nobody to say goodbye to.
                    let _ = writer.close().await;
                    return;
                }
            },
            message = next => match message {
                Some(Ok(Message::Text(text))) => if let Some(reply) = session.receive(&text)
                    && let Err(error) = writer.send(Message::text(reply)).await
                {
                    return session.end(&error.to_string());
                },
                Some(Ok(Message::Close(frame))) => return session.end(&format!("closed by the server: {frame:?}")),
                Some(Ok(_)) => {}
                Some(Err(error)) => return session.end(&error.to_string()),
                None => return session.end("the connection was cut"),
            },
        }
    }
}
