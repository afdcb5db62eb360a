// Owns the way of what the server tells into the replica: `hello` and its snapshot, rooms that are caught up, the order of what follows.
import type { Bump, Caught, Chunk, Done, Gap, Op, RoomId } from "../contract/wire";
import { apply, applyBump, applyCaught, applyGap, applyRows, startedOver, type Way } from "./apply";
import { Chains, type Cursor, judged, REORDER_MS } from "./chains";
import { type Replica, runOf } from "./replica";
import { lengthened } from "./short";

/** So many early ops are kept; beyond that asking again is cheaper. */
const WAITING_LIMIT = 500;

export interface Hello extends Cursor {
  watch: RoomId[];
  /** For each room whose messages are held: up to where. */
  held: Record<RoomId, number>;
  /** A new device can put in again what the server leaves out. */
  short: true;
}

export interface Host {
  get(): Replica;
  set(replica: Replica): void;
  /** The rooms that are watched, and those of them on screen. */
  watched(): RoomId[];
  shown(): RoomId[];
  hello(takes: Hello): void;
  /** Something is missing in these watched rooms: ask for what changed since they were whole. */
  behind(rooms: RoomId[]): void;
  /** Everything that was held is void. */
  startOver(): void;
  /** The replica is whole up to the snapshot. */
  done(done: Done): void;
  caught(room: RoomId): void;
  /** A gap took the place of what was held; pages may show older messages of it. */
  gapped(room: RoomId): void;
  touched(room: RoomId, seq: number): void;
}

export class Follower {
  #host: Host;
  #chains: Chains;
  #chunks: Chunk[] = [];
  #gaps: Gap[] = [];
  #waiting: Op[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #greeting = false;
  /** What the last `hello` said to watch, and to hold. */
  #said: { watch: RoomId[]; held: RoomId[] } = { watch: [], held: [] };

  constructor(host: Host, cursor?: Cursor) {
    this.#host = host;
    this.#chains = new Chains(cursor);
  }

  get cursor(): Cursor {
    return this.#chains.cursor;
  }

  /** A new connection, or ops known to be missing: asks for everything since the cursor. */
  start(): void {
    this.stop();
    this.#greeting = true;
    const { epoch, g } = this.#chains.cursor;
    const watch = this.#host.watched();
    const held = heldRooms(this.#host.get(), this.#host.shown());
    this.#said = { watch, held: Object.keys(held) };
    this.#host.hello({ epoch, g, watch, held, short: true });
  }

  /** The connection is gone; an unfinished snapshot with it. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#chunks = [];
    this.#gaps = [];
    this.#greeting = false;
  }

  chunk(chunk: Chunk): void {
    if (this.#greeting) this.#chunks.push(chunk);
    else this.#host.set(applyRows(this.#host.get(), chunk.ops));
  }

  gap(gap: Gap): void {
    if (this.#greeting) this.#gaps.push(gap);
    else this.#takeGap(gap);
  }

  done(done: Done): void {
    const fresh = this.#chunks.some((chunk) => chunk.reset);
    if (fresh) this.#host.startOver();
    const start = fresh ? startedOver(this.#host.get(), this.#said.watch) : this.#host.get();
    const gaps = this.#gaps;
    const whole = gaps.reduce(applyGap, applyRows(start, this.#chunks.flatMap((chunk) => chunk.ops).map(lengthened)));
    const rooms = fresh ? this.#said.watch : this.#said.held;
    this.stop();
    this.#host.set(rooms.reduce((replica, room) => applyCaught(replica, { room, g: done.g }), whole));
    this.#chains.done(done.epoch, done.g);
    for (const gap of gaps) this.#host.gapped(gap.room);
    this.#retry();
    for (const room of rooms) this.#host.caught(room);
    this.#host.done(done);
  }

  caught(caught: Caught): void {
    if (this.#greeting) return;
    this.#host.set(applyCaught(this.#host.get(), caught));
    this.#retry();
    this.#host.caught(caught.room);
  }

  bump(bump: Bump): void {
    const before = this.#host.get();
    const after = applyBump(before, bump);
    if (after !== before) this.#host.set(after);
  }

  op(op: Op): void {
    if (!this.#take(op)) this.#hold(op);
    else if (this.#waiting.length > 0) this.#retry();
  }

  #take(op: Op): boolean {
    return op.room === null ? this.#takeOwn(op) : this.#takeOfRoom(op, op.room);
  }

  #takeOwn(op: Op): boolean {
    const verdict = this.#chains.judge(op);
    if (verdict === "missing") return false;
    if (verdict === "drop") return true;
    this.#host.set(apply(this.#host.get(), op, "chained"));
    this.#chains.applied(op);
    return true;
  }

  #takeOfRoom(op: Op, room: RoomId): boolean {
    const run = runOf(this.#host.get(), room);
    const verdict = run ? judged(op, run.have) : "missing";
    if (verdict === "drop") return true;
    if (verdict === "missing" && run?.loaded && this.#host.watched().includes(room)) return false;
    const way: Way = verdict === "apply" && run?.loaded ? "chained" : "loose";
    this.#host.set(apply(this.#host.get(), op, way));
    if (op.kind === "touched") this.#host.touched(room, op.value.seq);
    return true;
  }

  #takeGap(gap: Gap): void {
    this.#host.set(applyGap(this.#host.get(), gap));
    this.#host.gapped(gap.room);
  }

  #hold(op: Op): void {
    this.#waiting.push(op);
    if (this.#waiting.length > WAITING_LIMIT) this.#waiting.shift();
    this.#timer ??= setTimeout(() => this.#giveUp(), REORDER_MS);
  }

  #retry(): void {
    const early = this.#waiting.toSorted((a, b) => a.g - b.g);
    this.#waiting = early.filter((op) => !this.#take(op));
    if (this.#waiting.length > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** A gap in a room is asked for with that room; one in my own things or in everybody's with a new `hello`. */
  #giveUp(): void {
    this.#timer = undefined;
    if (this.#greeting || this.#waiting.length === 0) return;
    const rooms = new Set(this.#waiting.map((op) => op.room));
    if (rooms.has(null)) this.start();
    else this.#host.behind([...rooms].filter((room) => room !== null));
  }
}

/** What a `hello` says of rooms: those with a run, and those on screen that wait for one. */
export function heldRooms(replica: Replica, shown: RoomId[]): Record<RoomId, number> {
  const held: Record<RoomId, number> = {};
  for (const room of shown) if (replica.memberships[room]) held[room] = 0;
  for (const room of Object.keys(replica.logs)) held[room] = runOf(replica, room)?.have ?? 0;
  return held;
}
