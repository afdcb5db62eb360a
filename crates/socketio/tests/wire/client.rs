//! Clients on raw sockets: HTTP requests and WebSocket frames, written and read by hand.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::host::PATIENCE;

const POLLING: &str = "/socket.io/?EIO=4&transport=polling";
const WEBSOCKET: &str = "/socket.io/?EIO=4&transport=websocket";

/// Sends a request and reads the whole answer: status and body.
pub async fn request(address: SocketAddr, method: &str, target: &str, headers: &str, body: &[u8]) -> (u16, String) {
    let mut stream = begin_request(address, method, target, headers, body).await;
    finish_request(&mut stream).await
}

/// Sends a request and does not wait for the answer.
pub async fn begin_request(address: SocketAddr, method: &str, target: &str, headers: &str, body: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).await.unwrap();
    stream
}

/// Reads the answer to a request.
pub async fn finish_request(stream: &mut TcpStream) -> (u16, String) {
    let mut bytes = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("an answer").unwrap();
    let answer = String::from_utf8(bytes).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    (head[9..12].parse().unwrap(), body.to_owned())
}

/// A polling session.
pub struct Polling {
    pub address: SocketAddr,
    pub target: String,
}

impl Polling {
    pub async fn open(address: SocketAddr) -> Self {
        let (status, body) = request(address, "GET", POLLING, "", b"").await;
        assert_eq!(status, 200);
        Self { address, target: format!("{POLLING}&sid={}", sid(&body)) }
    }

    /// Opens a session and enters the default namespace.
    pub async fn connected(address: SocketAddr) -> Self {
        let polling = Self::open(address).await;
        assert_eq!(polling.post("40").await, (200, "ok".to_owned()));
        let mut packets = String::new();
        while !packets.contains("auth") {
            packets += &polling.get().await.1;
        }
        polling
    }

    pub async fn get(&self) -> (u16, String) {
        request(self.address, "GET", &self.target, "", b"").await
    }

    pub async fn post(&self, body: impl AsRef<[u8]>) -> (u16, String) {
        request(self.address, "POST", &self.target, "Content-Type: text/plain;charset=UTF-8\r\n", body.as_ref()).await
    }

    /// Starts a request that waits for packets, and gives the server time to notice.
    pub async fn begin_get(&self) -> TcpStream {
        let stream = begin_request(self.address, "GET", &self.target, "", b"").await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        stream
    }

    /// Opens a WebSocket for this session.
    pub async fn websocket(&self) -> WebSocket {
        let target = self.target.replace("polling", "websocket");
        WebSocket::open_at(self.address, &target, "").await.expect("a WebSocket")
    }
}

fn sid(open_packet: &str) -> String {
    let value: serde_json::Value =
        serde_json::from_str(open_packet.strip_prefix('0').expect("an open packet")).unwrap();
    value["sid"].as_str().unwrap().to_owned()
}

/// What came over a WebSocket.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    Text(String),
    Binary(Vec<u8>),
    Pong(Vec<u8>),
    Close(u16),
    /// The server has hung up.
    End,
}

pub struct WebSocket {
    pub stream: TcpStream,
    input: Vec<u8>,
}

impl WebSocket {
    /// Opens a session by WebSocket; the open packet is still to come.
    pub async fn open(address: SocketAddr) -> Self {
        Self::open_at(address, WEBSOCKET, "").await.expect("a WebSocket")
    }

    /// The status if it is not 101.
    pub async fn open_at(address: SocketAddr, target: &str, headers: &str) -> Result<Self, u16> {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "GET {target} HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(timeout(PATIENCE, stream.read_u8()).await.expect("an answer").unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        match head[9..12].parse().unwrap() {
            101 => {
                // The answer to the key above is in RFC 6455, section 1.3.
                assert!(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
                Ok(Self { stream, input: Vec::new() })
            }
            status => Err(status),
        }
    }

    /// Opens a session and enters the default namespace.
    pub async fn connected(address: SocketAddr) -> Self {
        let mut socket = Self::open(address).await;
        assert!(matches!(socket.next().await, Frame::Text(text) if text.starts_with("0{")));
        socket.send("40").await;
        assert!(matches!(socket.next().await, Frame::Text(text) if text.starts_with("40{\"sid\":\"")));
        assert_eq!(socket.text().await, "42[\"auth\",{}]");
        socket
    }

    pub async fn send(&mut self, text: &str) {
        self.send_frame(0x81, text.as_bytes()).await;
    }

    pub async fn send_binary(&mut self, bytes: &[u8]) {
        self.send_frame(0x82, bytes).await;
    }

    pub async fn send_frame(&mut self, first: u8, payload: &[u8]) {
        self.send_raw(&frame(first, payload)).await;
    }

    pub async fn send_raw(&mut self, bytes: &[u8]) {
        // The server may have hung up already; what it said is still there to be read.
        let _ = self.stream.write_all(bytes).await;
    }

    pub async fn next(&mut self) -> Frame {
        timeout(PATIENCE, self.read_frame()).await.expect("a frame")
    }

    /// The next frame, which must be text.
    pub async fn text(&mut self) -> String {
        match self.next().await {
            Frame::Text(text) => text,
            other => panic!("{other:?} is no text"),
        }
    }

    /// Reads until the server closes: the close code, if one came.
    pub async fn closed(&mut self) -> Option<u16> {
        let mut code = None;
        loop {
            match self.next().await {
                Frame::Close(came) => code = Some(came),
                Frame::End => return code,
                _ => {}
            }
        }
    }

    async fn read_frame(&mut self) -> Frame {
        let Some(head) = self.take(2).await else { return Frame::End };
        let length = match head[1] {
            126 => u16::from_be_bytes(self.take(2).await.unwrap().try_into().unwrap()) as usize,
            127 => u64::from_be_bytes(self.take(8).await.unwrap().try_into().unwrap()) as usize,
            length => length as usize,
        };
        let payload = self.take(length).await.unwrap();
        match head[0] {
            0x81 => Frame::Text(String::from_utf8(payload).unwrap()),
            0x82 => Frame::Binary(payload),
            0x8a => Frame::Pong(payload),
            0x88 => Frame::Close(payload.try_into().map_or(0, u16::from_be_bytes)),
            other => panic!("frame {other:#x}"),
        }
    }

    async fn take(&mut self, length: usize) -> Option<Vec<u8>> {
        while self.input.len() < length {
            let mut chunk = [0; 4_096];
            match self.stream.read(&mut chunk).await {
                Ok(0) | Err(_) => return None,
                Ok(count) => self.input.extend(&chunk[..count]),
            }
        }
        Some(self.input.drain(..length).collect())
    }
}

/// A masked frame.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x11, 0x22, 0x33, 0x44];
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..126 => bytes.push(0x80 | length as u8),
        length @ 126..=0xffff => {
            bytes.push(0xfe);
            bytes.extend((length as u16).to_be_bytes());
        }
        length => {
            bytes.push(0xff);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend(mask);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
    bytes
}
