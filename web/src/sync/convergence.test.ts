// Owns the proof that any order, duplicates and loss of what is told, followed by catching up, end in what the server holds.
import { expect, it, vi } from "vitest";
import type { Bump, Membership, Message, Op, RoomId } from "../contract/wire";
import { Follower, type Hello } from "./follower";
import { emptyLog } from "./log";
import { randoms } from "./randoms";
import { emptyReplica, type Replica, runOf, withLog } from "./replica";
import { membership, message, room } from "./samples";

const ROOMS = ["garden", "kitchen", "attic"];
type Chance = (below: number) => number;

/** What a server holds for Ada, and what it tells one connection of hers. */
class Server {
  g = 10;
  rooms = new Map(ROOMS.map((id) => [id, { head: 0, g: 10, messages: new Map<number, Message>(), read: 0, gv: 1 }]));
  watch = new Set<RoomId>();

  post(id: RoomId, author: string, mentions: string[]): Told {
    const held = this.rooms.get(id)!;
    const seq = ++held.head;
    if (author === "ada") held.read = seq;
    return this.#told(id, message(seq, { room: id, author, n: seq, mentions }), author === "ada" || mentions.length > 0);
  }

  change(id: RoomId, seq: number, fields: Partial<Message>): Told | undefined {
    const before = this.rooms.get(id)!.messages.get(seq);
    if (!before || before.deleted) return undefined;
    return this.#told(id, { ...before, ...fields }, fields.deleted === true || (before.mentions ?? []).length > 0);
  }

  read(id: RoomId, seq: number): Told {
    const held = this.rooms.get(id)!;
    held.read = Math.min(seq, held.head);
    held.gv = ++this.g;
    return { op: { g: this.g, p: this.#p("me"), room: null, scope: "me", kind: "read", value: this.membership(id) } };
  }

  membership(id: RoomId): Membership {
    const { head, read, gv, messages } = this.rooms.get(id)!;
    const later = [...messages.values()].filter((one) => one.seq > read && !one.deleted && one.author !== "ada");
    const mentions = later.filter((one) => one.mentions?.includes("ada")).length;
    return membership({ room: id, read, gv, unread: later.length, mentions, head, count: head });
  }

  /** The rows of a room that changed after `have`; a gap where those are many. */
  since(follower: Follower, id: RoomId, have: number): void {
    const held = this.rooms.get(id)!;
    const rows = [...held.messages.values()].filter(({ gv }) => gv > have).sort((a, b) => a.gv - b.gv);
    const tail = [...held.messages.values()].slice(-5);
    if (have === 0 || rows.length > 12) follower.gap({ room: id, from: 0, to: this.g, tail });
    else if (rows.length > 0) follower.chunk({ ops: rows.map((value): Op => ({ g: value.gv, room: id, kind: "message", value })) });
  }

  hello(follower: Follower, { g, watch, held }: Hello): void {
    this.watch = new Set(watch);
    for (const id of ROOMS) {
      const { head, g: newest } = this.rooms.get(id)!;
      const room_value = room({ id, head, count: head, g: newest });
      if (g === 0) follower.chunk({ reset: true, ops: [{ g: newest, room: null, scope: "me", kind: "membership", value: { ...this.membership(id), room_value } }] });
      else follower.chunk({ ops: [{ g: newest, room: id, kind: "room", value: room_value }] });
      if (id in held) this.since(follower, id, held[id]!);
      else if (g === 0 && watch.includes(id)) this.since(follower, id, 0);
      follower.chunk({ ops: [{ g: this.g, room: null, scope: "me", kind: "read", value: this.membership(id) }] });
    }
    follower.done({ epoch: "e", g: this.g });
    this.#chains.clear();
    this.#chains.set("me", this.g);
  }

  #chains = new Map<string, number>();

  #told(id: RoomId, value: Message, concernsMe: boolean): Told {
    const held = this.rooms.get(id)!;
    const p = held.g;
    held.g = ++this.g;
    const now = { ...value, gv: this.g };
    held.messages.set(now.seq, now);
    const op: Op = { g: this.g, p, room: id, kind: "message", value: now };
    const bump = { room: id, g: this.g, head: held.head, count: held.head };
    return this.watch.has(id) ? { op } : { op: concernsMe ? op : undefined, bump };
  }

  #p(chain: string): number {
    const before = this.#chains.get(chain) ?? 10;
    this.#chains.set(chain, this.g);
    return before;
  }
}

interface Told {
  op?: Op;
  bump?: Bump;
}

function play(seed: number): void {
  const chance = randoms(seed);
  const server = new Server();
  let replica: Replica = emptyReplica("ada");
  let shown = ["garden"];
  let owed: (() => void)[] = [];
  const follower: Follower = new Follower({
    get: () => replica,
    set: (next) => (replica = next),
    watched: () => shown,
    shown: () => shown,
    hello: (takes) => owed.push(() => server.hello(follower, takes)),
    behind: (rooms) => owed.push(() => catchUp(server, follower, replica, rooms)),
    startOver: () => undefined,
    done: () => undefined,
    caught: () => undefined,
    gapped: () => undefined,
    touched: () => undefined,
  });
  const settle = () => {
    for (const work of owed.splice(0)) work();
  };
  follower.start();
  settle();
  let late: Told[] = [];
  for (let turn = 0; turn < 60; turn++) {
    const told = happened(server, chance);
    if (told && chance(8) > 0) late.push(told);
    if (told && chance(8) === 0) late.push(told);
    if (chance(3) > 0) late = late.filter((one) => void deliver(follower, one));
    else late.sort(() => chance(3) - 1);
    if (chance(12) === 0) vi.advanceTimersByTime(400);
    if (chance(10) === 0) settle();
    if (chance(15) === 0) {
      follower.stop();
      owed = [];
      late = [];
      shown = [ROOMS[chance(3)]!];
      if (!replica.logs[shown[0]!]) replica = withLog(replica, shown[0]!, { ...emptyLog(), have: 0 });
      follower.start();
      settle();
    }
  }
  for (const one of late) deliver(follower, one);
  follower.start();
  owed = owed.slice(-1);
  settle();
  compare(server, replica, shown, seed);
}

function happened(server: Server, chance: Chance): Told | undefined {
  const id = ROOMS[chance(3)]!;
  const { head } = server.rooms.get(id)!;
  switch (chance(7)) {
    case 0:
      return server.change(id, 1 + chance(head + 1), { text: "edited", edited: "2026-11-20T10:00:00.000Z" });
    case 1:
      return server.change(id, 1 + chance(head + 1), { deleted: true, text: "", mentions: undefined });
    case 2:
      return server.read(id, chance(head + 1));
    default:
      return server.post(id, ["ada", "bo", "cy", "dee"][chance(4)]!, chance(4) === 0 ? ["ada"] : []);
  }
}

function deliver(follower: Follower, { op, bump }: Told): void {
  if (op) follower.op(op);
  if (bump) follower.bump(bump);
}

function catchUp(server: Server, follower: Follower, replica: Replica, rooms: RoomId[]): void {
  for (const id of rooms) {
    server.since(follower, id, runOf(replica, id)?.have ?? 0);
    follower.caught({ room: id, g: server.g });
  }
}

/** What is held is what the server has: every head and count, and the messages of each run without a hole. */
function compare(server: Server, replica: Replica, shown: RoomId[], seed: number): void {
  for (const id of ROOMS) {
    const theirs = server.membership(id);
    const held = server.rooms.get(id)!;
    expect(replica.rooms[id], `seed ${seed}`).toMatchObject({ head: held.head, count: held.head });
    const { read, unread, mentions } = replica.memberships[id]!;
    expect({ read, unread, mentions }, `seed ${seed} ${id}`).toEqual({ read: theirs.read, unread: theirs.unread, mentions: theirs.mentions });
    const run = runOf(replica, id);
    if (!run) expect(shown, `seed ${seed}`).not.toContain(id);
    const from = run?.messages[0]?.seq ?? held.head + 1;
    if (run) expect(run.messages, `seed ${seed} ${id}`).toEqual([...held.messages.values()].filter(({ seq }) => seq >= from).sort((a, b) => a.seq - b.seq));
  }
}

it("ends in what the server holds, over many histories", () => {
  vi.useFakeTimers();
  const seeds = process.env.PARLOUR_SEED ? [Number(process.env.PARLOUR_SEED)] : Array.from({ length: 300 }, (_, index) => index + 1);
  for (const seed of seeds) play(seed);
  vi.useRealTimers();
});
