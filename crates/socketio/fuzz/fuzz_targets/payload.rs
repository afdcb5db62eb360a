//! Fuzzes the payload parser.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| socketio::fuzzing::payload(input));
