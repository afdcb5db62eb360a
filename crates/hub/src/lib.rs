//! Who hears which topic: outboxes, fan-out, presence counts, the bus between nodes.
