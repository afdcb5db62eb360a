"""The ordinary use of python-socketio's threaded client, against the conformance server of crates/socketio.

Auth, events, acknowledgements and their time-outs, binary data, namespaces, reconnection. Argument: address. Ends with 0
when everything was as it should be.
"""

import queue
import sys

import socketio

address = sys.argv[1]
PATIENCE = 30


def check(found, wanted):
    if found != wanted:
        raise AssertionError(f"{found!r} instead of {wanted!r}")


def use(transports):
    heard = {name: queue.Queue() for name in ("auth", "message-back", "custom auth", "connect", "disconnect")}
    client = socketio.Client(reconnection_delay=0.05, reconnection_delay_max=0.2)
    client.on("auth", lambda auth: heard["auth"].put(auth))
    client.on("auth", lambda auth: heard["custom auth"].put(auth), namespace="/custom")
    client.on("message-back", lambda *values: heard["message-back"].put(values))
    client.on("message-back", lambda *values: heard["message-back"].put(values), namespace="/custom")
    client.on("question", lambda question: f"{question} Forty.")
    client.on("connect", lambda: heard["connect"].put(True))
    client.on("disconnect", lambda reason: heard["disconnect"].put(reason))
    client.connect(address, auth={"token": "t"}, transports=transports, namespaces=["/", "/custom"])
    for name in ("auth", "custom auth"):
        check(heard[name].get(timeout=PATIENCE), {"token": "t"})
    heard["connect"].get(timeout=PATIENCE)

    client.emit("message", (1, -5, 1.5, "grün €🦀", {"deep": [True, None]}))
    check(heard["message-back"].get(timeout=PATIENCE), (1, -5, 1.5, "grün €🦀", {"deep": [True, None]}))
    check(client.call("message-with-ack", "back", timeout=PATIENCE), "back")
    check(client.call("ask-me", timeout=PATIENCE), "how much? Forty.")
    try:
        client.call("nothing-answers-this", timeout=0.2)
        raise AssertionError("an acknowledgement that nobody gave")
    except socketio.exceptions.TimeoutError:
        pass
    check(client.call("message-with-ack", {"deep": {"er": b"\x01\x02"}}, timeout=PATIENCE), {"deep": {"er": b"\x01\x02"}})
    client.emit("message", (bytes(300_000), "between", b"\x09"))
    check(heard["message-back"].get(timeout=PATIENCE), (bytes(300_000), "between", b"\x09"))
    client.emit("message", "there", namespace="/custom")
    check(heard["message-back"].get(timeout=PATIENCE), ("there",))

    client.emit("close-me")
    heard["disconnect"].get(timeout=PATIENCE)
    heard["connect"].get(timeout=PATIENCE)
    check(heard["auth"].get(timeout=PATIENCE), {"token": "t"})
    check(client.call("message-with-ack", "again", timeout=PATIENCE), "again")
    client.disconnect()

    try:
        socketio.Client().connect(address, transports=transports, namespaces=["/unknown"])
        raise AssertionError("a namespace that there is not")
    except socketio.exceptions.ConnectionError:
        pass


for chosen in (None, ["websocket"], ["polling"]):
    use(chosen)
