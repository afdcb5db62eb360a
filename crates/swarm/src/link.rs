//! One Socket.IO connection, written for little work a message: frames are parsed where they were read.

mod polling;
#[cfg(test)]
mod tests;

use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream, lookup_host};

use crate::Failure;
use polling::{Polling, SEPARATOR};

/// The longest frame that a server may send us.
const LONGEST_FRAME: usize = 16 << 20;
/// How much is read at once.
const READ: usize = 64 << 10;

/// The kernel's receive buffer of a client that will stop reading, so that it is the server that must hold back.
const LITTLE_BUFFER: u32 = 4096;

/// How a connection is made.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Websocket,
    Polling,
}

/// What packets travel over.
enum Wire {
    WebSocket(TcpStream),
    Polling(Polling),
}

/// A Socket.IO packet as far as the load cares.
pub(crate) enum Packet<'a> {
    /// The answer to the command with this number, still as JSON: an array of one acknowledgement.
    Ack(u64, &'a str),
    /// An event's JSON: an array of its name and its argument.
    Event(&'a str),
    /// The namespace accepted us.
    Connected,
    /// The namespace refused us, with its reason as JSON.
    Refused(&'a str),
    /// Nothing to act on: the handshake of Engine.IO, heartbeats (which are answered here).
    Nothing,
}

/// The answer to a command.
#[derive(Deserialize)]
pub(crate) struct Answer {
    pub(crate) ok: bool,
    #[serde(default)]
    pub(crate) value: Value,
    #[serde(default)]
    pub(crate) error: Value,
}

impl Answer {
    pub(crate) fn parse(json: &str) -> Result<Self, Failure> {
        let [answer] = serde_json::from_str::<[Self; 1]>(json)?;
        Ok(answer)
    }
}

/// A connection with what was read and not yet looked at, and what is still to be written.
pub(crate) struct Link {
    wire: Wire,
    read: Vec<u8>,
    at: usize,
    write: Vec<u8>,
    commands: u64,
    /// Bytes that came and went over the WebSocket so far, its handshake and frames included.
    pub(crate) received: u64,
    pub(crate) sent: u64,
}

impl Link {
    /// Connects to `HOST:PORT` and enters the default namespace with the token; `little` for one that will stall.
    pub(crate) async fn connect(
        authority: &str,
        token: &str,
        transport: Transport,
        little: bool,
    ) -> Result<Self, Failure> {
        let wire = match transport {
            Transport::Websocket => Wire::WebSocket(open(authority, little).await?),
            Transport::Polling => Wire::Polling(Polling::open(authority).await?),
        };
        let mut link = Self { wire, read: Vec::new(), at: 0, write: Vec::new(), commands: 0, received: 0, sent: 0 };
        if transport == Transport::Websocket {
            link.upgrade(authority).await?;
            // The server opens the session first; some lose what comes before.
            while link.next()?.is_none() {
                link.fill().await?;
            }
        }
        link.text(&format!("40{}", serde_json::json!({ "token": token })));
        link.flush().await?;
        loop {
            match link.next()? {
                Some(Packet::Connected) => return Ok(link),
                Some(Packet::Refused(why)) => return Err(format!("the connection was refused: {why}").into()),
                Some(_) => {}
                None => link.fill().await?,
            }
        }
    }

    async fn upgrade(&mut self, authority: &str) -> Result<(), Failure> {
        // The key is the example of RFC 6455; a load generator need not prove that its peer speaks WebSocket.
        let request = format!(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {authority}\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        self.write.extend_from_slice(request.as_bytes());
        self.flush().await?;
        loop {
            if let Some(end) = self.read.windows(4).position(|window| window == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&self.read[..end]).into_owned();
                if !head.starts_with("HTTP/1.1 101 ") {
                    return Err(format!("the upgrade to WebSocket was refused: {head}").into());
                }
                self.at = end + 4;
                return Ok(());
            }
            self.fill().await?;
        }
    }

    /// Reads more; an error when the peer closed. May be dropped while it waits.
    pub(crate) async fn fill(&mut self) -> Result<(), Failure> {
        self.read.drain(..self.at);
        self.at = 0;
        match &mut self.wire {
            Wire::WebSocket(stream) => {
                self.read.reserve(READ);
                let count = stream.read_buf(&mut self.read).await?;
                if count == 0 {
                    return Err("the server closed the connection".into());
                }
                self.received += count as u64;
            }
            Wire::Polling(polling) => {
                self.read.extend(polling.read().await?);
                self.read.push(SEPARATOR);
            }
        }
        Ok(())
    }

    /// The next packet that was read whole; `None`: `fill` first.
    pub(crate) fn next(&mut self) -> Result<Option<Packet<'_>>, Failure> {
        if matches!(self.wire, Wire::Polling(_)) {
            let start = self.at;
            let Some(length) = self.read[start..].iter().position(|byte| *byte == SEPARATOR) else { return Ok(None) };
            self.at = start + length + 1;
            return self.heard(start, start + length).map(Some);
        }
        let Some(frame) = Frame::parse(&self.read[self.at..])? else { return Ok(None) };
        let start = self.at + frame.header;
        self.at = start + frame.payload;
        match frame.opcode {
            1 => {}
            8 => return Err("the server closed the WebSocket".into()),
            9 => {
                let payload = self.read[start..self.at].to_vec();
                put_frame(&mut self.write, 10, &payload);
                return Ok(Some(Packet::Nothing));
            }
            10 => return Ok(Some(Packet::Nothing)),
            other => return Err(format!("a frame with the opcode {other} is not for us").into()),
        }
        self.heard(start, self.at).map(Some)
    }

    /// The packet that lies there; a ping is answered.
    fn heard(&mut self, start: usize, end: usize) -> Result<Packet<'_>, Failure> {
        if self.read[start..end] == *b"2" {
            self.text("3");
            return Ok(Packet::Nothing);
        }
        packet(std::str::from_utf8(&self.read[start..end])?)
    }

    /// Puts a command into what is to be written, and answers the number that its acknowledgement will carry.
    pub(crate) fn command(&mut self, name: &str, argument: &str) -> u64 {
        let number = self.commands;
        self.commands += 1;
        self.text(&format!("42{number}[\"{name}\",{argument}]"));
        number
    }

    /// Puts a packet into what is to be written, as it is.
    pub(crate) fn text(&mut self, text: &str) {
        match self.wire {
            Wire::WebSocket(_) => put_frame(&mut self.write, 1, text.as_bytes()),
            Wire::Polling(_) => {
                if !self.write.is_empty() {
                    self.write.push(SEPARATOR);
                }
                self.write.extend_from_slice(text.as_bytes());
            }
        }
    }

    /// Writes what waits.
    pub(crate) async fn flush(&mut self) -> Result<(), Failure> {
        if !self.write.is_empty() {
            match &mut self.wire {
                Wire::WebSocket(stream) => {
                    stream.write_all(&self.write).await?;
                    self.sent += self.write.len() as u64;
                }
                Wire::Polling(polling) => polling.write(std::mem::take(&mut self.write)).await?,
            }
            self.write.clear();
        }
        Ok(())
    }
}

async fn open(authority: &str, little: bool) -> Result<TcpStream, Failure> {
    let address = lookup_host(authority).await?.next().ok_or("the host has no address")?;
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if little {
        socket.set_recv_buffer_size(LITTLE_BUFFER)?;
    }
    let stream = socket.connect(address).await.map_err(|e| format!("cannot connect to {authority}: {e}"))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn packet(text: &str) -> Result<Packet<'_>, Failure> {
    if let Some(json) = text.strip_prefix("42") {
        return Ok(Packet::Event(json));
    }
    if let Some(rest) = text.strip_prefix("43") {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        return Ok(Packet::Ack(rest[..digits].parse()?, &rest[digits..]));
    }
    Ok(match text.get(..2) {
        Some("40") => Packet::Connected,
        Some("44") => Packet::Refused(&text[2..]),
        _ if text == "1" => return Err("the server closed the session".into()),
        Some("41") => return Err("the server ended the namespace".into()),
        _ => Packet::Nothing,
    })
}

/// A server's frame (RFC 6455, section 5.2): not masked.
struct Frame {
    opcode: u8,
    header: usize,
    payload: usize,
}

impl Frame {
    fn parse(bytes: &[u8]) -> Result<Option<Self>, Failure> {
        let [first, second, rest @ ..] = bytes else { return Ok(None) };
        let (header, payload) = match second {
            126 => match rest.first_chunk::<2>() {
                Some(length) => (4, u64::from(u16::from_be_bytes(*length))),
                None => return Ok(None),
            },
            127 => match rest.first_chunk::<8>() {
                Some(length) => (10, u64::from_be_bytes(*length)),
                None => return Ok(None),
            },
            128.. => return Err("a server must not mask its frames".into()),
            short => (2, u64::from(*short)),
        };
        if first & 0x80 == 0 {
            return Err("a frame came in fragments, which this client does not put together".into());
        }
        let payload = usize::try_from(payload).ok().filter(|payload| *payload <= LONGEST_FRAME);
        let payload = payload.ok_or("a frame is longer than 16 MiB")?;
        Ok((bytes.len() >= header + payload).then_some(Self { opcode: first & 0x0F, header, payload }))
    }
}

/// A client's frame is masked; the mask of zeros leaves the payload as it is.
fn put_frame(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    out.push(0x80 | opcode);
    match payload.len() {
        short @ 0..126 => out.push(0x80 | short as u8),
        middle @ 126..0x1_0000 => {
            out.push(0x80 | 126);
            out.extend_from_slice(&(middle as u16).to_be_bytes());
        }
        long => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(long as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(payload);
}
