"""The ordinary use of python-socketio's asyncio client, against the conformance server of crates/socketio.

Auth, events, acknowledgements and their time-outs, binary data, namespaces, reconnection. Argument: address. Ends with 0
when everything was as it should be.
"""

import asyncio
import sys

import socketio

address = sys.argv[1]
PATIENCE = 30


def check(found, wanted):
    if found != wanted:
        raise AssertionError(f"{found!r} instead of {wanted!r}")


async def use(transports):
    heard = {name: asyncio.Queue() for name in ("auth", "message-back", "custom auth", "connect", "disconnect")}
    client = socketio.AsyncClient(reconnection_delay=0.05, reconnection_delay_max=0.2)
    client.on("auth", lambda auth: heard["auth"].put_nowait(auth))
    client.on("auth", lambda auth: heard["custom auth"].put_nowait(auth), namespace="/custom")
    client.on("message-back", lambda *values: heard["message-back"].put_nowait(values))
    client.on("message-back", lambda *values: heard["message-back"].put_nowait(values), namespace="/custom")
    client.on("question", lambda question: f"{question} Forty.")
    client.on("connect", lambda: heard["connect"].put_nowait(True))
    client.on("disconnect", lambda reason: heard["disconnect"].put_nowait(reason))

    async def hear(name):
        return await asyncio.wait_for(heard[name].get(), PATIENCE)

    await client.connect(address, auth={"token": "t"}, transports=transports, namespaces=["/", "/custom"])
    for name in ("auth", "custom auth"):
        check(await hear(name), {"token": "t"})
    await hear("connect")

    await client.emit("message", (1, -5, 1.5, "grün €🦀", {"deep": [True, None]}))
    check(await hear("message-back"), (1, -5, 1.5, "grün €🦀", {"deep": [True, None]}))
    check(await client.call("message-with-ack", "back", timeout=PATIENCE), "back")
    check(await client.call("ask-me", timeout=PATIENCE), "how much? Forty.")
    try:
        await client.call("nothing-answers-this", timeout=0.2)
        raise AssertionError("an acknowledgement that nobody gave")
    except socketio.exceptions.TimeoutError:
        pass
    inner = {"deep": {"er": b"\x01\x02"}}
    check(await client.call("message-with-ack", inner, timeout=PATIENCE), inner)
    await client.emit("message", (bytes(300_000), "between", b"\x09"))
    check(await hear("message-back"), (bytes(300_000), "between", b"\x09"))
    await client.emit("message", "there", namespace="/custom")
    check(await hear("message-back"), ("there",))

    await client.emit("close-me")
    await hear("disconnect")
    await hear("connect")
    check(await hear("auth"), {"token": "t"})
    check(await client.call("message-with-ack", "again", timeout=PATIENCE), "again")
    await client.disconnect()

    stranger = socketio.AsyncClient()
    try:
        await stranger.connect(address, transports=transports, namespaces=["/unknown"])
        raise AssertionError("a namespace that there is not")
    except socketio.exceptions.ConnectionError:
        await stranger.shutdown()


async def main():
    for chosen in (None, ["websocket"], ["polling"]):
        await use(chosen)


asyncio.run(main())
