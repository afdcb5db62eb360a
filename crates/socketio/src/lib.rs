//! Engine.IO v4 and Socket.IO v5 servers: packets, handshake, heartbeat, both transports, upgrade.
