"""A client written from "Writing a client" in docs/PROTOCOL.md alone: it holds what the server shows, whatever happens.

Arguments: address, username, password, file (the replica on disk). Reads one JSON object a line: {"watch": [room…]},
{"send": {room, text}}, {"cut": true}, {"crash": true} (forget what is only in memory), {"show": true}.
"""

import asyncio
import json
import os
import random
import sys
import uuid

import requests
import socketio

BLOCK = 256
MASK = (1 << 64) - 1


def mix(seq, gv):
    x = (seq * 0x9E3779B97F4A7C15 + gv) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def tell(event):
    print(json.dumps(event), flush=True)


class Replica:
    """What is kept, and what each event does to it."""

    def __init__(self, me, file):
        self.me, self.file = me, file
        self.forget_all()
        self.outbox = []
        if os.path.exists(file):
            with open(file) as kept:
                self.__dict__.update(json.load(kept))

    def forget_all(self):
        self.epoch, self.g = None, 0
        self.users, self.rooms, self.mine, self.notes, self.messages = {}, {}, {}, {}, {}
        self.members, self.hidden, self.saved, self.drafts = {}, {}, {}, {}
        self.settings = {}

    def keep(self):
        """All or nothing: the new file takes the place of the old one."""
        with open(self.file + ".new", "w") as kept:
            json.dump(self.__dict__, kept)
        os.replace(self.file + ".new", self.file)

    def forget(self, room):
        for part in (self.rooms, self.mine, self.notes, self.messages, self.members, self.hidden):
            part.pop(room, None)

    # --- what is told by an op ---

    def apply(self, op, live, linked):
        kind, value, room = op["kind"], op["value"], op["room"]
        if room is not None and room not in self.rooms:
            return
        if kind == "message":
            self.message(op["g"], value, live, linked)
        elif kind == "member":
            self.members.setdefault(room, {})[value["user"]] = value
            if value["user"] == self.me and "role" in value:
                self.mine[room]["role"] = value["role"]
        elif kind == "room":
            self.room(value)
        elif kind == "membership":
            self.forget(value["room"])
            if not value.get("gone"):
                shown = value.pop("room_value")
                head = shown["head"]
                self.rooms[shown["id"]] = shown
                have = shown["g"] if live else 0
                self.notes[shown["id"]] = {"have": have, "since": head + 1, "top": head, "base": None}
                self.messages[shown["id"]] = {}
                self.base(value, op["g"])
        elif kind == "read":
            if value["room"] in self.mine:
                self.base(value, op["g"])
        elif kind == "hidden":
            self.messages.get(value["room"], {}).pop(str(value["seq"]), None)
            self.hidden.setdefault(value["room"], []).append(value["seq"])
        elif kind in ("saved", "draft"):
            part = self.saved if kind == "saved" else self.drafts
            key = f"{value['room']}/{value.get('seq', '')}"
            part.pop(key, None) if value.get("gone") else part.update({key: value})
        elif kind == "settings":
            self.settings = value
        elif kind == "user":
            if self.users.get(value["id"], {"gv": 0})["gv"] <= value["gv"]:
                self.users[value["id"]] = value

    def room(self, value):
        if value.get("deleted"):
            return self.forget(value["id"])
        held = self.rooms[value["id"]]
        if held["gv"] > value["gv"]:
            return
        if held["head"] > value["head"]:
            value.update({name: held[name] for name in ("head", "count", "head_time", "g") if name in held})
        self.rooms[value["id"]] = value

    def message(self, g, value, live, linked):
        room, seq = value["room"], str(value["seq"])
        note, held = self.notes[room], self.messages[room]
        if not live and seq not in held and note["have"] and value["seq"] < note["since"]:
            return
        self.raise_head(room, value["seq"], value["n"], value["time"])
        if live:
            self.count(g, value)
        new = linked and value["seq"] > note["top"]
        if new and live:
            note["top"] = value["seq"]
        if seq in held or new or not live:
            if value["seq"] not in self.hidden.get(room, []) and held.get(seq, {"gv": 0})["gv"] <= value["gv"]:
                held[seq] = value

    # --- counting ---

    def base(self, value, g):
        note = self.notes[value["room"]]
        if note["base"] and g < note["base"]["g"]:
            mine = self.mine[value["room"]]
            mine["version"] = max(mine["version"], value["version"])
            return
        names = ("head", "count", "unread", "mentions")
        older = note["base"] or {"gone": {}, "named": {}}
        note["base"] = {"g": g, **{name: value[name] for name in names}}
        note["base"]["gone"] = {seq: at for seq, at in older["gone"].items() if at > g}
        note["base"]["named"] = {seq: by for seq, by in older["named"].items() if by[0] > g}
        note["doubt"] = False
        self.mine[value["room"]] = value

    def names_me(self, message):
        return not message.get("deleted") and (message.get("all", False) or self.me in message.get("mentions", []))

    def count(self, g, message):
        room, seq, note = message["room"], message["seq"], self.notes[message["room"]]
        base, mine = note["base"], self.mine[message["room"]]
        if message["kind"] != "text" or g <= base["g"] or seq <= mine["read"]:
            return
        if seq > base["head"] and message.get("author") == self.me and not message.get("deleted"):
            mine["read"] = seq
            return self.base({**mine, "head": seq, "count": message["n"], "unread": 0, "mentions": 0}, g)
        if message.get("deleted"):
            base["gone"][str(seq)] = g
        held = self.messages[room].get(str(seq))
        if seq > base["head"]:
            base["named"][str(seq)] = [g, int(self.names_me(message))]
        elif held and (note["have"] >= base["g"] or str(seq) in base["named"]):
            was = base["named"].get(str(seq), [0, 0])[1]
            base["named"][str(seq)] = [g, was + int(self.names_me(message)) - int(self.names_me(held))]
        elif self.names_me(message) or base["mentions"]:
            note["doubt"] = True

    def raise_head(self, room, head, count, time):
        held = self.rooms[room]
        if head > held["head"]:
            held.update(head=head, count=count)
            if time:
                held["head_time"] = time
            if head > self.mine[room]["head"]:
                self.mine[room].pop("hidden", None)

    def shown(self, room):
        base = self.notes[room]["base"]
        unread = base["unread"] + self.rooms[room]["count"] - base["count"] - len(base["gone"])
        return unread, base["mentions"] + sum(by for _, by in base["named"].values())

    # --- digests ---

    def whole(self, room):
        note, head = self.notes[room], self.rooms[room]["head"]
        first = max(note["since"], 1)
        return range(-(-(first - 1) // BLOCK), (head - 1) // BLOCK + 1) if note["have"] and first <= head else range(0)

    def digest(self, room, block):
        held = self.messages[room].values()
        inside = [m for m in held if block * BLOCK < m["seq"] <= (block + 1) * BLOCK]
        return f"{sum(mix(m['seq'], m['gv']) for m in inside) & MASK:016x}"


class Client:
    """One connection after the other, and the rules of the chains."""

    def __init__(self, address, token, me, file):
        self.address, self.token, self.me, self.file = address, token, me, file
        self.replica = Replica(me, file)
        self.screen, self.socket, self.done = [], None, None
        self.lock = asyncio.Lock()

    async def run(self):
        pause = 0.2
        while True:
            try:
                await self.connect()
                pause = 0.2
                await self.socket.wait()
            except Exception as trouble:  # whatever it was, the next connection begins at hello
                print(f"again: {trouble!r}", file=sys.stderr)
            if self.socket:
                self.live = False
                await self.socket.disconnect()
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(pause * 2, 5)

    async def connect(self):
        self.live, self.adrift, self.watched, self.waiting = False, False, set(), []
        self.socket = socket = socketio.AsyncClient(reconnection=False)
        for event in ("op", "bump", "chunk", "gap", "caught", "done", "resync"):
            socket.on(event, self.handler(socket, event))
        await socket.connect(self.address, auth={"token": self.token})
        await self.hello()
        for wish in list(self.replica.outbox):
            await self.post(wish)

    def handler(self, socket, event):
        async def handle(value):
            if socket is self.socket:
                getattr(self, "on_" + event)(value)
                self.replica.keep()
        return handle

    async def call(self, command, wish):
        answer = await self.socket.call(command, wish, timeout=20)
        if not answer["ok"]:
            raise RuntimeError(f"{command}: {answer['error']}")
        return answer["value"]

    async def hello(self):
        replica = self.replica
        self.done = asyncio.get_running_loop().create_future()
        screen = [room for room in self.screen if room in replica.rooms]
        if replica.epoch is None:
            wish = {"g": 0, "watch": []}
        else:
            held = {room: note["have"] for room, note in replica.notes.items() if note["have"] or room in screen}
            blocks = {room: list(replica.whole(room)) for room in held if replica.whole(room)}
            wish = {"epoch": replica.epoch, "g": replica.g, "watch": screen, "held": held, "blocks": blocks}
        self.asked, self.was_reset, self.live = wish, False, False
        await self.call("hello", wish)
        await asyncio.wait_for(self.done, 20)
        if set(self.screen) & set(replica.rooms) - self.watched:
            await self.watch()

    async def watch(self):
        """The rooms on the screen, with what is held of each."""
        rooms = [room for room in self.screen if room in self.replica.rooms]
        self.watched &= set(rooms)
        await self.call("watch.set", {"rooms": rooms, "held": {room: self.replica.notes[room]["have"] for room in rooms}})
        self.watched = set(rooms)
        self.replica.keep()

    # --- events ---

    def on_chunk(self, chunk):
        if chunk.get("reset"):
            self.replica.forget_all()
            self.was_reset = True
        for op in chunk["ops"]:
            self.replica.apply(op, live=False, linked=True)

    def on_gap(self, gap):
        replica, room = self.replica, gap["room"]
        tail, note = gap["tail"], replica.notes[room]
        replica.messages[room] = {str(message["seq"]): message for message in tail}
        for message in tail:
            replica.raise_head(room, message["seq"], message["n"], message["time"])
        head = replica.rooms[room]["head"]
        note.update(have=gap["to"], top=head, since=tail[0]["seq"] if tail else head + 1)

    def complete(self, room, g):
        note = self.replica.notes[room]
        if not note["have"]:
            note["since"] = min(map(int, self.replica.messages[room]), default=self.replica.rooms[room]["head"] + 1)
        note["have"], note["top"] = max(note["have"], g), self.replica.rooms[room]["head"]

    def on_caught(self, caught):
        self.complete(caught["room"], caught["g"])
        self.watched.add(caught["room"])

    def on_done(self, done):
        replica = self.replica
        replica.epoch, replica.g = done["epoch"], done["g"]
        asked = set(self.asked["watch"]) | (set() if self.was_reset else set(self.asked.get("held", [])))
        for room in replica.rooms:
            if room in asked:
                self.complete(room, done["g"])
        self.have = {"me": done["g"], "all": done["g"]}
        self.watched, self.waiting = set(self.asked["watch"]) & set(replica.rooms), []
        self.live, self.adrift = True, False
        for room, blocks in done.get("digests", {}).items():
            for block, theirs in blocks.items():
                if room in replica.rooms and int(block) in replica.whole(room) and replica.digest(room, int(block)) != theirs:
                    tell({"failed": f"block {block} of {room} is not what the server has"})
        if not self.done.done():
            self.done.set_result(True)

    def on_resync(self, _):
        self.adrift = True
        asyncio.ensure_future(self.hello())

    def on_bump(self, bump):
        if bump["room"] in self.replica.rooms and not self.adrift:
            self.replica.raise_head(bump["room"], bump["head"], bump["count"], bump.get("time"))

    def on_op(self, op):
        if self.adrift or not self.live or op["g"] <= self.replica.g:
            return
        room = op["room"]
        if room is None:
            have = self.have[op["scope"]]
        elif room in self.replica.notes:
            have = self.replica.notes[room]["have"]
        else:
            return
        if op["g"] <= have:
            return
        if op["p"] <= have and have:
            if room is None:
                self.have[op["scope"]] = op["g"]
            else:
                self.replica.notes[room]["have"] = op["g"]
            self.replica.apply(op, live=True, linked=True)
            waiting, self.waiting = self.waiting, []
            for early in waiting:
                self.on_op(early)
            if op["kind"] == "membership" and self.screen:
                asyncio.ensure_future(self.watch())
        elif room is None or room in self.watched:
            self.waiting.append(op)
            asyncio.get_running_loop().call_later(0.3, self.refill)
        else:
            self.replica.apply(op, live=True, linked=False)
        if room in self.replica.notes and self.replica.notes[room].get("doubt"):
            asyncio.ensure_future(self.ask(room))

    def refill(self):
        if self.waiting:
            again = self.hello if any(op["room"] is None for op in self.waiting) else self.watch
            self.waiting = []
            asyncio.ensure_future(again())

    async def ask(self, room):
        value = await self.call("rooms.get", {"room": room})
        self.replica.base(value["me"], max(value["g"], value["me"]["gv"]))
        self.replica.keep()

    # --- the outbox ---

    async def send(self, wish):
        wish["cid"] = str(uuid.uuid4())
        self.replica.outbox.append(wish)
        self.replica.keep()
        if self.live:
            try:
                await self.post(wish)
            except Exception as trouble:  # it stays in the outbox, and goes again after the next hello
                print(f"later: {trouble!r}", file=sys.stderr)

    async def post(self, wish):
        answer = await self.socket.call("messages.send", wish, timeout=20)
        if not answer["ok"] and answer["error"]["code"] in ("unavailable", "limit.too_fast"):
            raise RuntimeError(answer["error"]["code"])
        if wish in self.replica.outbox:
            self.replica.outbox.remove(wish)
        self.replica.keep()

    # --- what the test asks for ---

    async def obey(self, line):
        wish = json.loads(line)
        if "watch" in wish:
            self.screen = wish["watch"]
            if self.live:
                await self.watch()
        elif "send" in wish:
            await self.send(wish["send"])
        elif "cut" in wish or "crash" in wish:
            self.live = False
            if "crash" in wish:
                self.replica = Replica(self.me, self.file)
            await self.socket.disconnect()
        elif "show" in wish:
            replica = self.replica
            rooms = {
                room: {
                    "name": replica.rooms[room]["name"],
                    "head": replica.rooms[room]["head"],
                    "read": replica.mine[room]["read"],
                    "counts": replica.shown(room),
                    "since": replica.notes[room]["since"],
                    "watched": room in self.watched,
                    "messages": sorted(replica.messages[room].values(), key=lambda message: message["seq"]),
                }
                for room in replica.rooms
            }
            settled = self.live and not self.waiting and not replica.outbox
            tell({"shown": rooms, "settled": settled, "users": sorted(replica.users)})
            return
        tell({"obeyed": line})


async def main():
    address, username, password, file = sys.argv[1:5]
    answer = requests.post(
        f"{address}/api/v1/sessions", json={"username": username, "password": password}, timeout=60
    )
    if not answer.ok:
        return tell({"failed": answer.text})
    client = Client(address, answer.json()["token"], answer.json()["user"]["id"], file)
    running = asyncio.ensure_future(client.run())
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    tell({"ready": True})
    while line := (await reader.readline()).decode():
        try:
            await client.obey(line)
        except Exception as trouble:  # the connection broke in the middle: it comes back by itself
            print(f"not obeyed: {trouble!r}", file=sys.stderr)
            tell({"obeyed": line})
    running.cancel()


asyncio.run(main())
