//! Load generator: thousands of clients over real sockets, latency, memory; plays a corpus.
