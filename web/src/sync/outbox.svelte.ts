// Owns what I wrote and the server has not confirmed: sent in order for each room, repeated with the same cid, never lost on the way.
import type { Answers } from "../contract/commands";
import type { RoomId } from "../contract/wire";
import { newCid } from "./cid";
import { type Keys, nameOf, type Pending } from "./pairing";
import { type Refusal, refusalOf } from "./refusal";

type Sent = Answers<"messages.send">;

export interface Post {
  send(pending: Pending): Promise<Sent>;
  /** The room's head, to tell my new message from older ones alike. */
  head(room: RoomId): number;
  ready(): boolean;
}

/** A command that cannot be sent now is tried again this much later, unless the server names a time. */
const AGAIN_MS = 2_000;

export class Outbox {
  pendings = $state.raw<Pending[]>([]);
  /** Which cid a confirmed message of mine was first shown under. */
  readonly keys: Keys = new Map();
  #post: Post;
  #busy = new Set<RoomId>();

  constructor(post: Post) {
    this.#post = post;
  }

  of(room: RoomId): Pending[] {
    return this.pendings.filter((pending) => pending.room === room);
  }

  add(room: RoomId, text: string, reply_to?: number): void {
    const pending: Pending = {
      cid: newCid(),
      room,
      text,
      reply_to,
      time: new Date().toISOString(),
      after: this.#post.head(room),
      state: "sending",
    };
    this.pendings = [...this.pendings, pending];
    void this.#work(room);
  }

  retry(cid: string): void {
    this.#change(cid, { state: "sending", refusal: undefined });
    this.flush();
  }

  discard(cid: string): void {
    this.pendings = this.pendings.filter((pending) => pending.cid !== cid);
  }

  /** The connection is back: everything unconfirmed goes again. */
  flush(): void {
    for (const room of new Set(this.pendings.map((pending) => pending.room))) void this.#work(room);
  }

  /** Lets go what the log now shows, or what lies beyond the held part of it. */
  settle(isHeld: (pending: Pending) => boolean): void {
    if (this.pendings.every((pending) => pending.seq === undefined || !isHeld(pending))) return;
    this.pendings = this.pendings.filter((pending) => pending.seq === undefined || !isHeld(pending));
  }

  clear(): void {
    this.pendings = [];
    this.keys.clear();
  }

  async #work(room: RoomId): Promise<void> {
    if (this.#busy.has(room)) return;
    this.#busy.add(room);
    try {
      while (this.#post.ready()) {
        const next = this.pendings.find((one) => one.room === room && one.state === "sending" && one.seq === undefined);
        if (!next || !(await this.#sendOne(next))) return;
      }
    } finally {
      this.#busy.delete(room);
    }
  }

  /** False: stop here, it goes again later. */
  async #sendOne(pending: Pending): Promise<boolean> {
    try {
      const sent = await this.#post.send(pending);
      this.keys.set(nameOf(sent), pending.cid);
      this.#change(pending.cid, { seq: sent.seq, time: sent.time });
      return true;
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal.passing) {
        this.#later(refusal);
        return false;
      }
      this.#change(pending.cid, { state: "failed", refusal });
      return true;
    }
  }

  #later(refusal: Refusal): void {
    setTimeout(() => this.flush(), (refusal.failure.retry_after ?? 0) * 1_000 || AGAIN_MS);
  }

  #change(cid: string, change: Partial<Pending>): void {
    this.pendings = this.pendings.map((pending) => (pending.cid === cid ? { ...pending, ...change } : pending));
  }
}
