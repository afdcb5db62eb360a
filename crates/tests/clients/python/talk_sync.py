"""A person at python-socketio's threaded client: signs in by REST, says what it reads, prints what it hears.

Arguments: address, username, password, room, transports (default | websocket | polling). One JSON object a line.
"""

import json
import sys
import threading
import uuid

import requests
import socketio

address, username, password, room, transports = sys.argv[1:6]
printing = threading.Lock()


def tell(event):
    with printing:
        print(json.dumps(event), flush=True)


answer = requests.post(f"{address}/api/v1/sessions", json={"username": username, "password": password}, timeout=60)
if not answer.ok:
    tell({"failed": answer.text})
    sys.exit(1)
token = answer.json()["token"]

client = socketio.Client()
cursor = {"g": 0}


def hear(op):
    if op["kind"] == "message" and op["room"] == room and op["value"]["kind"] == "text":
        tell({"heard": op["value"]["text"], "seq": op["value"]["seq"]})


@client.on("op")
def on_op(op):
    cursor["g"] = max(cursor["g"], op["g"])
    hear(op)


@client.on("chunk")
def on_chunk(chunk):
    for op in chunk["ops"]:
        hear(op)


@client.on("done")
def on_done(done):
    cursor.update(done)


def on_hello(answer):
    if answer["ok"]:
        tell({"ready": True, "transport": client.transport()})
    else:
        tell({"failed": answer["error"]})


@client.on("connect")
def on_connect():
    client.emit("hello", {**cursor, "watch": [room]}, callback=on_hello)


chosen = None if transports == "default" else [transports]
client.connect(address, auth={"token": token}, transports=chosen)
for line in sys.stdin:
    text = line.rstrip("\n")
    answer = client.call("messages.send", {"room": room, "cid": str(uuid.uuid4()), "text": text})
    tell({"said": text, "seq": answer["value"]["seq"]} if answer["ok"] else {"failed": answer["error"]})
client.disconnect()
