// Owns the way of pushed ops into the replica: `hello`, its snapshot, and the order of what follows.
import type { Chunk, Done, Gap, Op, RoomId } from "../contract/wire";
import { Chains, type Cursor, REORDER_MS } from "./chains";
import { apply, applyAll, applyGap, arrivedLogs, awaiting, emptyReplica, type Replica } from "./replica";

/** So many early ops are kept; beyond that a new `hello` is cheaper. */
const WAITING_LIMIT = 500;

export interface Host {
  get(): Replica;
  set(replica: Replica): void;
  /** The rooms on screen. */
  watched(): RoomId[];
  hello(takes: Cursor & { watch: RoomId[] }): void;
  /** The replica is whole up to the snapshot. */
  ready(): void;
  now(): number;
}

export class Follower {
  #host: Host;
  #chains = new Chains();
  #chunks: Chunk[] = [];
  #gaps: Gap[] = [];
  #waiting: Op[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  /** A new connection, or ops known to be missing: asks for everything since the cursor. */
  start(): void {
    this.stop();
    this.#host.hello({ ...this.#chains.cursor, watch: this.#host.watched() });
  }

  /** The connection is gone; an unfinished snapshot with it. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#chunks = [];
    this.#gaps = [];
  }

  chunk(chunk: Chunk): void {
    this.#chunks.push(chunk);
  }

  gap(gap: Gap): void {
    this.#gaps.push(gap);
  }

  done(done: Done): void {
    const fresh = this.#chunks.some((chunk) => chunk.reset);
    const held = this.#host.get();
    const start = fresh ? awaiting(emptyReplica(held.me), this.#host.watched()) : held;
    const ops = this.#chunks.flatMap((chunk) => chunk.ops);
    const whole = this.#gaps.reduce(applyGap, applyAll(start, ops));
    this.#host.set(fresh ? arrivedLogs(whole) : whole);
    this.stop();
    this.#chains.done(done.epoch, done.g);
    this.#retry();
    this.#host.ready();
  }

  op(op: Op): void {
    if (!this.#take(op)) this.#hold(op);
    else if (this.#waiting.length > 0) this.#retry();
  }

  #take(op: Op): boolean {
    const verdict = this.#chains.judge(op);
    if (verdict === "missing") return false;
    if (verdict === "drop") return true;
    this.#host.set(apply(this.#host.get(), op));
    this.#chains.applied(op, this.#host.now());
    if (op.kind === "membership" && !("gone" in op.value) && op.value.room_value) {
      this.#chains.entered(op.value.room, op.value.room_value.g);
    }
    return true;
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

  #giveUp(): void {
    this.#timer = undefined;
    const [op] = this.#waiting;
    if (!op) return;
    for (const early of this.#waiting) this.#chains.rewind(early);
    this.start();
  }
}
