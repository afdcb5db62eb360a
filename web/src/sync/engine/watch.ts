// Owns which rooms the connection watches, and bringing those that come onto a screen up to date.
import type { Answers, Takes } from "../../contract/commands";
import type { RoomId } from "../../contract/wire";
import type { Stirring } from "../port";
import { type Replica, runOf } from "../replica";
import { Refusal, refusalOf } from "../refused";

/** How long a page waits for a room's first messages. */
const PATIENCE_MS = 8_000;
const AGAIN_S = 2;

export interface Source {
  get(): Replica;
  watched(): RoomId[];
  shown(): RoomId[];
  ready(): boolean;
  bring(room: RoomId): Promise<void>;
  call(takes: Takes<"watch.set">): Promise<Answers<"watch.set">>;
  /** The answer has come: nothing more is told of this room's past. */
  settled(room: RoomId): void;
  online(online: Answers<"watch.set">["online"]): void;
}

interface Waiter {
  resolve(): void;
  reject(refusal: Refusal): void;
  timer: ReturnType<typeof setTimeout>;
}

export class Watch {
  /** What the server was told of me. */
  presence: Stirring = "online";
  #source: Source;
  /** Rooms whose newest run follows live. */
  #live = new Set<RoomId>();
  #said = "";
  #busy = false;
  #again = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #waiters = new Map<RoomId, Waiter[]>();

  constructor(source: Source) {
    this.#source = source;
  }

  get live(): RoomId[] {
    return [...this.#live];
  }

  /** The connection is gone, or begins anew. */
  reset(): void {
    clearTimeout(this.#timer);
    this.#live.clear();
    this.#said = "";
  }

  /** What is on the screens may have changed; `anew` after a `hello`, to hear who is here. */
  async changed(anew = false): Promise<void> {
    await Promise.all(this.#source.shown().map((room) => this.#source.bring(room)));
    if (!this.#source.ready()) return;
    if (this.#busy) {
      this.#again = true;
      return;
    }
    const rooms = this.#source.watched();
    const watched = new Set(rooms);
    for (const room of this.#live) if (!watched.has(room)) this.#live.delete(room);
    const behind = this.#source.shown().filter((room) => this.#isBehind(room));
    if (!anew && behind.length === 0 && this.#said === rooms.join(" ")) return;
    await this.#tell(rooms, behind);
  }

  /** Something is missing in these rooms. */
  lost(rooms: RoomId[]): void {
    for (const room of rooms) this.#live.delete(room);
    void this.changed();
  }

  caught(room: RoomId): void {
    if (this.#source.watched().includes(room)) this.#live.add(room);
    for (const { resolve, timer } of this.#waiters.get(room) ?? []) {
      clearTimeout(timer);
      resolve();
    }
    this.#waiters.delete(room);
  }

  /** Resolves when the room's run has its first messages. */
  arrival(room: RoomId): Promise<void> {
    if (runOf(this.#source.get(), room)?.loaded) return Promise.resolve();
    void this.changed();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Refusal({ code: "offline", message: "" })), PATIENCE_MS);
      this.#waiters.set(room, [...(this.#waiters.get(room) ?? []), { resolve, reject, timer }]);
    });
  }

  async #tell(rooms: RoomId[], behind: RoomId[]): Promise<void> {
    clearTimeout(this.#timer);
    this.#busy = true;
    this.#again = false;
    const replica = this.#source.get();
    const held = Object.fromEntries(behind.map((room) => [room, runOf(replica, room)?.have ?? 0]));
    try {
      const { online } = await this.#source.call(behind.length > 0 ? { rooms, held } : { rooms });
      this.#said = rooms.join(" ");
      this.#source.online(online);
      for (const room of behind) if (!this.#live.has(room)) this.#source.settled(room);
    } catch (error) {
      // Without a connection the next `hello` says it all; where the server is busy it is asked again.
      const seconds = refusalOf(error).failure.retry_after ?? AGAIN_S;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.changed(), seconds * 1_000);
    } finally {
      this.#busy = false;
    }
    if (this.#again) await this.changed();
  }

  #isBehind(room: RoomId): boolean {
    const replica = this.#source.get();
    return !this.#live.has(room) && !!replica.memberships[room] && !!replica.logs[room];
  }
}
