//! Frames and packets, whole and in parts.

use super::*;

fn server_frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut masked = Vec::new();
    put_frame(&mut masked, opcode, payload);
    // What a server sends is what we send without the mask and its bit.
    let header = masked.len() - payload.len() - 4;
    let mut frame = masked[..header].to_vec();
    frame[1] &= 0x7F;
    frame.extend_from_slice(payload);
    frame
}

#[test]
fn frames_of_every_length_are_measured_and_parts_are_waited_for() {
    for length in [0, 1, 125, 126, 127, 65_535, 65_536, 100_000] {
        let bytes = server_frame(1, &vec![b'x'; length]);
        let frame = Frame::parse(&bytes).expect("a good frame").expect("a whole frame");
        assert_eq!((frame.opcode, frame.payload, frame.header + frame.payload), (1, length, bytes.len()));
        for part in [0, 1, bytes.len() / 2, bytes.len() - 1] {
            assert!(Frame::parse(&bytes[..part]).expect("a good beginning").is_none(), "{part} of {length}");
        }
    }
}

#[test]
fn frames_that_no_server_may_send_are_refused() {
    let mut masked = Vec::new();
    put_frame(&mut masked, 1, b"x");
    assert!(Frame::parse(&masked).is_err());
    assert!(Frame::parse(&[0x01, 1, b'x']).is_err());
    assert!(Frame::parse(&[0x81, 127, 0xFF, 0, 0, 0, 0, 0, 0, 0]).is_err());
}

#[test]
fn packets_are_told_apart() {
    assert!(matches!(packet("42[\"op\",{}]"), Ok(Packet::Event("[\"op\",{}]"))));
    assert!(matches!(packet("4317[{\"ok\":true}]"), Ok(Packet::Ack(17, "[{\"ok\":true}]"))));
    assert!(matches!(packet("40{\"sid\":\"x\"}"), Ok(Packet::Connected)));
    assert!(matches!(packet("44{\"message\":\"no\"}"), Ok(Packet::Refused("{\"message\":\"no\"}"))));
    assert!(matches!(packet("0{}"), Ok(Packet::Nothing)));
    assert!(packet("41").is_err());
    assert!(packet("43[]").is_err());
}

#[test]
fn answers_say_whether_it_went_well() {
    let answer = Answer::parse("[{\"ok\":false,\"error\":{\"code\":\"auth.required\"}}]").expect("an answer");
    assert!(!answer.ok && answer.error["code"] == "auth.required");
    assert!(Answer::parse("[]").is_err());
}
