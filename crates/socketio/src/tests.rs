//! Tests of the codecs and of the outbox, from inside.

mod decode;
mod frame;
mod msgpack;
mod outbox;
mod packet;
mod payload;
