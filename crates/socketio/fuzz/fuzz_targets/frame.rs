//! Fuzzes the frame parser.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| socketio::fuzzing::frame(input));
