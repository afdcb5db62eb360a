//! The house: doors (REST, Socket.IO), configuration, command line, the web client.
