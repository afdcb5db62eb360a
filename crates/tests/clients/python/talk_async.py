"""A person at python-socketio's asyncio client: signs in by REST, says what it reads, prints what it hears.

Arguments: address, username, password, room, transports (default | websocket | polling). One JSON object a line.
"""

import asyncio
import json
import sys
import uuid

import aiohttp
import socketio

address, username, password, room, transports = sys.argv[1:6]
client = socketio.AsyncClient()
cursor = {"g": 0}


def tell(event):
    print(json.dumps(event), flush=True)


def hear(op):
    if op["kind"] == "message" and op["room"] == room and op["value"]["kind"] == "text":
        tell({"heard": op["value"]["text"], "seq": op["value"]["seq"]})


@client.on("op")
async def on_op(op):
    cursor["g"] = max(cursor["g"], op["g"])
    hear(op)


@client.on("chunk")
async def on_chunk(chunk):
    for op in chunk["ops"]:
        hear(op)


@client.on("done")
async def on_done(done):
    cursor.update(done)


async def on_hello(answer):
    if answer["ok"]:
        tell({"ready": True, "transport": client.transport()})
    else:
        tell({"failed": answer["error"]})


@client.on("connect")
async def on_connect():
    await client.emit("hello", {**cursor, "watch": [room]}, callback=on_hello)


async def sign_in():
    async with aiohttp.ClientSession() as http:
        wish = {"username": username, "password": password}
        async with http.post(f"{address}/api/v1/sessions", json=wish) as answer:
            if answer.status >= 300:
                tell({"failed": await answer.text()})
                sys.exit(1)
            return (await answer.json())["token"]


async def main():
    token = await sign_in()
    chosen = None if transports == "default" else [transports]
    await client.connect(address, auth={"token": token}, transports=chosen)
    while line := await asyncio.to_thread(sys.stdin.readline):
        text = line.rstrip("\n")
        wish = {"room": room, "cid": str(uuid.uuid4()), "text": text}
        answer = await client.call("messages.send", wish)
        tell({"said": text, "seq": answer["value"]["seq"]} if answer["ok"] else {"failed": answer["error"]})
    await client.disconnect()


asyncio.run(main())
