//! Our own frames: that they are what they say, and where a row of them may be cut.

use bytes::Bytes;
use proptest::prelude::*;

use crate::encode::event_frames;
use crate::frame::{Opcode, packet_end, places, single};
use crate::{Burst, Packet};

#[test]
fn an_event_is_one_text_frame() {
    assert_eq!(&single(Opcode::Text, &[b"2"])[..], b"\x81\x012");
    let packet = Packet::event("say \"hi\"", b"{\"a\":1}");
    let burst = Burst::from(packet);
    assert_eq!(&burst.frames()[2..], br#"42["say \"hi\"",{"a":1}]"#);
    let burst = Burst::from(Packet::event_in("/garden", "name", b""));
    assert_eq!(&burst.frames()[2..], br#"42/garden,["name"]"#);
}

#[test]
fn attachments_follow_their_packet_as_binary_frames() {
    let attachments = [Bytes::from_static(b"one"), Bytes::from_static(b"two")];
    let frames = event_frames("/", Some(7), "name", br#"{"_placeholder":true,"num":0}"#, &attachments);
    let places: Vec<_> = places(&frames).collect();
    assert_eq!(places.iter().map(|place| place.opcode).collect::<Vec<_>>(), [1, 2, 2]);
    assert!(frames[places[0].payload..].starts_with(b"452-7[\"name\","));
    assert_eq!(&frames[places[2].payload..places[2].end], b"two");
}

#[test]
fn a_single_packet_is_shared_and_not_copied() {
    let packet = Packet::event("name", &[b'1'; 500]);
    let before = Burst::from(packet.clone()).frames().as_ptr();
    assert_eq!(Burst::new(&[packet]).frames().as_ptr(), before);
}

proptest! {
    #[test]
    fn a_row_of_packets_is_cut_only_between_packets(
        packets in proptest::collection::vec((0..70_000_usize, 0..3_usize), 1..5), written in any::<prop::sample::Index>(),
    ) {
        let packets: Vec<Bytes> = packets
            .into_iter()
            .map(|(length, count)| event_frames("/", None, "x", &vec![b'1'; length], &vec![Bytes::from(vec![0; length]); count]))
            .collect();
        let mut ends = vec![0];
        for packet in &packets {
            ends.push(ends[ends.len() - 1] + packet.len());
        }
        let row = packets.concat();
        prop_assert_eq!(places(&row).last().unwrap().end, row.len());
        let written = written.index(row.len() + 1);
        let end = packet_end(&row, written);
        prop_assert_eq!(Some(end), ends.into_iter().find(|end| *end >= written));
    }

    #[test]
    fn a_row_of_messagepack_is_cut_between_any_two_frames(
        lengths in proptest::collection::vec(0..70_000_usize, 1..5), written in any::<prop::sample::Index>(),
    ) {
        let frames: Vec<Bytes> = lengths.into_iter().map(|length| single(Opcode::Binary, &[&vec![0; length]])).collect();
        let row = frames.concat();
        let written = written.index(row.len() + 1);
        let ends = std::iter::once(0).chain(places(&row).map(|place| place.end)).find(|end| *end >= written);
        prop_assert_eq!(Some(packet_end(&row, written)), ends);
    }
}
