//! A stream of bytes to a peer: the bare TCP socket where we can have it, anything else where not.

use std::io::{self, ErrorKind, Read};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;

use crate::outbox::Wire;

/// How many bytes that are not on their way yet the kernel may hold for one peer. Without a bound a reader that stalls
/// holds what the system allows for a send buffer: 4 MB on Linux.
const UNSENT: u32 = 64 * 1024;

/// How much is read at once. The buffer belongs to the thread and is lent for the read.
const READ: usize = 32 * 1024;

thread_local! {
    static BUFFER: std::cell::RefCell<Vec<u8>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// Lends the thread's read buffer.
pub(crate) fn with_buffer<T>(use_it: impl FnOnce(&mut [u8]) -> T) -> T {
    let mut buffer = BUFFER.take();
    buffer.resize(READ, 0);
    let result = use_it(&mut buffer);
    BUFFER.set(buffer);
    result
}

/// A stream that is not a plain TCP socket.
pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// Where a connection's task reads.
pub(crate) enum Link {
    /// From polling requests.
    Polling,
    /// From a socket to which others may write as well.
    Tcp(Arc<TcpStream>),
    /// From a stream to which only the task writes.
    Stream(Box<dyn Io>),
    /// Nowhere any more.
    Gone,
}

impl Link {
    /// Takes the stream out of an upgraded HTTP connection, and what was read from it too much.
    pub(crate) fn from_upgraded(upgraded: Upgraded) -> (Self, Vec<u8>) {
        match upgraded.downcast::<TokioIo<TcpStream>>() {
            Ok(parts) => (Self::tcp(parts.io.into_inner()), parts.read_buf.to_vec()),
            Err(upgraded) => (Self::Stream(Box::new(TokioIo::new(upgraded))), Vec::new()),
        }
    }

    fn tcp(stream: TcpStream) -> Self {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "the socket keeps its delay");
        }
        bound_unsent(&stream);
        Self::Tcp(Arc::new(stream))
    }

    /// How others write to it.
    pub(crate) fn wire(&self) -> Wire {
        match self {
            Self::Tcp(stream) => Wire::Tcp(stream.clone()),
            Self::Stream(_) => Wire::Stream,
            Self::Polling | Self::Gone => Wire::Gone,
        }
    }

    /// Reads some bytes; none are the end.
    pub(crate) fn poll_read(&mut self, context: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Tcp(stream) => loop {
                ready!(stream.poll_read_ready(context))?;
                match read_some(stream, buffer) {
                    Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                    read => return Poll::Ready(read),
                }
            },
            Self::Stream(stream) => {
                let mut target = ReadBuf::new(buffer);
                ready!(Pin::new(stream).poll_read(context, &mut target))?;
                Poll::Ready(Ok(target.filled().len()))
            }
            Self::Polling | Self::Gone => Poll::Pending,
        }
    }

    /// Writes some bytes.
    pub(crate) fn poll_write(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = match self {
            Self::Tcp(stream) => loop {
                ready!(stream.poll_write_ready(context))?;
                match stream.try_write(bytes) {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    written => break written?,
                }
            },
            Self::Stream(stream) => ready!(Pin::new(stream).poll_write(context, bytes))?,
            Self::Polling | Self::Gone => bytes.len(),
        };
        if written == 0 && !bytes.is_empty() {
            return Poll::Ready(Err(ErrorKind::WriteZero.into()));
        }
        Poll::Ready(Ok(written))
    }

    /// Passes on what a stream itself holds back.
    pub(crate) fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Stream(stream) => Pin::new(stream).poll_flush(context),
            _ => Poll::Ready(Ok(())),
        }
    }

    /// Says that nothing more will be written.
    pub(crate) fn poll_shut(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(stream) => Poll::Ready(SockRef::from(&**stream).shutdown(std::net::Shutdown::Write)),
            Self::Stream(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Polling | Self::Gone => Poll::Ready(Ok(())),
        }
    }

    /// Reads without looking until the peer hangs up, since a socket that is closed with unread bytes takes back what
    /// was written last.
    pub(crate) fn poll_drain(&mut self, context: &mut Context<'_>) -> Poll<()> {
        with_buffer(|buffer| {
            loop {
                match ready!(self.poll_read(context, buffer)) {
                    Ok(1..) => {}
                    _ => return Poll::Ready(()),
                }
            }
        })
    }
}

/// Has the kernel take no more than it can soon send, so that what waits for a slow reader waits in its outbox, which
/// is bounded.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn bound_unsent(stream: &TcpStream) {
    if let Err(error) = SockRef::from(stream).set_tcp_notsent_lowat(UNSENT) {
        tracing::debug!(%error, "the kernel holds as much as it likes");
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn bound_unsent(_: &TcpStream) {}

/// Reads what there is. If that does not fill the buffer, the kernel has no more: the runtime is told so with the
/// same call, which saves another one that would only find out.
fn read_some(stream: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    let mut last = None;
    let read = stream.try_io(Interest::READABLE, || {
        let count = (&*SockRef::from(stream)).read(buffer)?;
        if count == 0 || count == buffer.len() {
            return Ok(count);
        }
        last = Some(count);
        Err(ErrorKind::WouldBlock.into())
    });
    last.map_or(read, Ok)
}
