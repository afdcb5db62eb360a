//! The outbox: what survives an overflow, and that frames never break.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;

use crate::encode::{ack_frames, event_frames};
use crate::frame::places;
use crate::outbox::{Outbox, Polling, Wire};
use crate::{Reason, SendError};

fn event(size: usize) -> Bytes {
    event_frames("/", None, "e", &vec![b'1'; size], &[])
}

fn ack(id: u64) -> Bytes {
    ack_frames("/", id, b"", &[])
}

/// An outbox on one end of a TCP connection, and the other end.
async fn connected() -> (Outbox, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let reader = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let writer = listener.accept().unwrap().0;
    socket2::SockRef::from(&writer).set_send_buffer_size(4_096).unwrap();
    socket2::SockRef::from(&reader).set_recv_buffer_size(4_096).unwrap();
    writer.set_nonblocking(true).unwrap();
    let stream = tokio::net::TcpStream::from_std(writer).unwrap();
    stream.writable().await.unwrap();
    (Outbox::new(Wire::Tcp(Arc::new(stream))), reader)
}

/// Sends to a reader that does not read until something has to wait.
fn fill(outbox: &mut Outbox, packet: &Bytes) {
    for _ in 0..10_000 {
        if outbox.push(packet, false, usize::MAX).wake {
            return;
        }
    }
    panic!("the kernel takes everything");
}

/// Hangs up and gives the text frames that arrived whole; panics if there is anything else.
async fn arrived(mut outbox: Outbox, mut reader: TcpStream) -> Vec<String> {
    let reading = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        bytes
    });
    while !outbox.is_empty() {
        let Wire::Tcp(stream) = &outbox.wire else { panic!("not connected") };
        stream.clone().writable().await.unwrap();
        match outbox.flush() {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock),
        }
    }
    drop(outbox);
    let bytes = reading.join().unwrap();
    let mut end = 0;
    let texts = places(&bytes)
        .map(|place| {
            end = place.end;
            String::from_utf8(bytes[place.payload..place.end].to_vec()).unwrap()
        })
        .collect();
    assert_eq!(end, bytes.len());
    texts
}

#[tokio::test]
async fn a_slow_reader_loses_whole_events_and_nothing_else() {
    let (mut outbox, reader) = connected().await;
    let big = event(3_001);
    fill(&mut outbox, &big);
    assert_eq!(outbox.push(&ack(1), true, 20_000).result, Ok(()));
    let mut accepted = 0;
    let refused = loop {
        match outbox.push(&big, false, 20_000).result {
            Ok(()) => accepted += 1,
            Err(error) => break error,
        }
    };
    assert_eq!((refused, accepted), (SendError::Overflowed, 6));
    assert_eq!(outbox.push(&event(1), false, 20_000).result, Ok(()), "a small one gets through");
    assert_eq!(outbox.push(&ack(2), true, 20_000).result, Ok(()));
    let texts = arrived(outbox, reader).await;
    let small: Vec<&String> = texts.iter().filter(|text| text.len() < 100).collect();
    assert_eq!(small, ["431[]", "42[\"e\",1]", "432[]"]);
    assert!(texts.iter().rev().skip(3).all(|text| text.len() == big.len() - 4), "and what was begun is finished");
}

#[tokio::test]
async fn a_burst_that_is_partly_written_ends_with_a_packet() {
    let (mut outbox, reader) = connected().await;
    let attachments = [Bytes::from(vec![b'x'; 2_000]), Bytes::from(vec![b'y'; 2_000])];
    let packet = event_frames("/", None, "e", b"1", &attachments);
    fill(&mut outbox, &Bytes::from(packet.repeat(200)));
    assert_eq!(outbox.push(&event(10), false, 0).result, Err(SendError::Overflowed));
    assert_eq!(outbox.push(&event(1), false, 20_000).result, Ok(()));
    let texts = arrived(outbox, reader).await;
    let kinds: String = texts.iter().map(|text| text.chars().next().unwrap()).collect();
    let whole = kinds.strip_suffix('4').unwrap();
    assert!(whole.len() < 600 && whole.len().is_multiple_of(3) && whole == "4xy".repeat(whole.len() / 3), "{kinds}");
}

#[test]
fn acknowledgements_that_nobody_reads_end_the_connection() {
    let mut outbox = Outbox::new(Wire::Stream);
    let broken = (0..10_000).find_map(|id| outbox.push(&ack(id), true, 20_000).broken.map(|reason| (id, reason)));
    let (count, reason) = broken.unwrap();
    assert_eq!(reason, Reason::Overflowed);
    // Small ones count for what they cost in memory, not for their six bytes.
    assert!(count < 300, "{count}");
}

#[test]
fn nothing_is_accepted_after_the_end() {
    let mut outbox = Outbox::new(Wire::Polling(Polling::default()));
    outbox.close(Reason::ServerDisconnect, None);
    assert_eq!(outbox.push(&event(1), false, 100).result, Err(SendError::Closed));
}

proptest! {
    #[test]
    fn whatever_is_pushed_and_taken_the_bound_holds(
        steps in proptest::collection::vec((0..2_000_usize, any::<bool>(), 0..3_000_usize), 1..60),
    ) {
        let limit = 5_000;
        let mut outbox = Outbox::new(Wire::Stream);
        for (size, kept, taken) in steps {
            let pushed = outbox.push(&event(size), kept, limit);
            if pushed.broken.is_some() {
                return Ok(());
            }
            prop_assert!(outbox.weight() <= limit);
            let count = outbox.front().map_or(0, |front| front.len().min(taken));
            outbox.advance(count);
        }
        while let Some(front) = outbox.front() {
            let count = front.len();
            outbox.advance(count);
        }
        prop_assert_eq!(outbox.weight(), 0);
    }
}
