// Owns the commands that I gave and the server has not confirmed: in order for each room, repeated with the same cid, never lost on the way.
import type { CommandName } from "../contract/commands";
import type { Failure, RoomId } from "../contract/wire";
import { newCid } from "./cid";
import { nameOf } from "./pairing";
import { type Refusal, refusalOf } from "./refused";

/** A command that waits for its turn, for the connection, or for me after it was refused. */
export interface Entry {
  cid: string;
  /** Rises with each entry, also when the clock goes back. */
  order: number;
  name: CommandName;
  /** Without a room: of all of them. */
  takes: { room?: RoomId } & Record<string, unknown>;
  time: string;
  /** The room's head when it was given: a new message's own `seq` will be larger. */
  after: number;
  state: "waiting" | "failed";
  failure?: Failure;
  /** Of a message, once acknowledged. */
  seq?: number;
}

export interface Post {
  send(entry: Entry): Promise<unknown>;
  keep(entry: Entry): Promise<void>;
  drop(cid: string): Promise<void>;
  ready(): boolean;
  changed(): void;
  /** A command other than a message was confirmed, or refused for good. */
  answered(entry: Entry, value: unknown): void;
  refused(entry: Entry, refusal: Refusal): void;
}

/** A command that cannot be sent now is tried again this much later, unless the server names a time. */
const AGAIN_MS = 2_000;

export class Queue {
  entries: readonly Entry[] = [];
  /** Messages that were confirmed lately: their name → the cid under which they were first shown. */
  confirmed: [name: string, cid: string][] = [];
  #post: Post;
  #busy = new Set<string>();
  #flying = new Set<string>();
  /** What was sent at least once, here or by the last process. */
  #tried = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(post: Post) {
    this.#post = post;
  }

  /** What the last process left behind; what is known already stays as it is. */
  adopt(entries: Entry[]): void {
    const known = new Set(this.entries.map(({ cid }) => cid));
    for (const { cid } of entries) this.#tried.add(cid);
    this.#set([...entries.filter(({ cid }) => !known.has(cid)), ...this.entries].sort((a, b) => a.order - b.order));
    this.flush();
  }

  /** Resolves when it is on the disk, if there is one. */
  async add(entry: Entry): Promise<void> {
    if (this.entries.some(({ cid }) => cid === entry.cid)) return;
    const order = Math.max(entry.order, (this.entries.at(-1)?.order ?? 0) + 1);
    const overtaken = this.entries.filter((one) => isOvertaken(one, entry) && !this.#mustStay(one));
    this.#set([...this.entries.filter((one) => !overtaken.includes(one)), { ...entry, order }]);
    const kept = this.#post.keep({ ...entry, order });
    this.flush();
    await kept;
    for (const { cid } of overtaken) await this.#post.drop(cid);
  }

  retry(cid: string): void {
    this.#change(cid, { state: "waiting", failure: undefined });
    this.flush();
  }

  discard(cid: string): void {
    this.#tried.delete(cid);
    this.#set(this.entries.filter((entry) => entry.cid !== cid));
    void this.#post.drop(cid);
  }

  /** The connection is back: everything unconfirmed goes again. */
  flush(): void {
    for (const lane of new Set(this.entries.map(laneOf))) void this.#work(lane);
  }

  /** Lets go what the room's messages now show. */
  settle(isShown: (entry: Entry) => boolean): void {
    const rest = this.entries.filter((entry) => entry.seq === undefined || !isShown(entry));
    if (rest.length < this.entries.length) this.#set(rest);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.entries = [];
  }

  async #work(lane: string): Promise<void> {
    if (this.#busy.has(lane)) return;
    this.#busy.add(lane);
    try {
      while (this.#post.ready()) {
        const next = this.entries.find((one) => laneOf(one) === lane && one.state === "waiting" && one.seq === undefined);
        if (!next || !(await this.#sendOne(next))) return;
      }
    } finally {
      this.#busy.delete(lane);
    }
  }

  /** False: stop here, it goes again later. */
  async #sendOne(entry: Entry): Promise<boolean> {
    this.#flying.add(entry.cid);
    this.#tried.add(entry.cid);
    try {
      this.#confirm(entry, await this.#post.send(entry));
      return true;
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal.passing) {
        this.#later(refusal);
        return false;
      }
      this.#fail(entry, refusal);
      return true;
    } finally {
      this.#flying.delete(entry.cid);
    }
  }

  #confirm(entry: Entry, value: unknown): void {
    this.#tried.delete(entry.cid);
    void this.#post.drop(entry.cid);
    if (entry.name !== "messages.send") {
      this.#set(this.entries.filter(({ cid }) => cid !== entry.cid));
      for (const edit of this.entries) if (isNextEdit(edit, entry)) this.#rebase(edit, value as { gv: number });
      this.#post.answered(entry, value);
      return;
    }
    const sent = value as { room: RoomId; seq: number; time: string };
    this.confirmed.push([nameOf(sent), entry.cid]);
    this.#change(entry.cid, { seq: sent.seq, time: sent.time });
  }

  /** My words stay to be looked at, with what was wrong; of anything else it is enough to hear that. */
  #fail(entry: Entry, refusal: Refusal): void {
    if (isWords(entry)) {
      this.#change(entry.cid, { state: "failed", failure: refusal.failure });
      const failed = this.entries.find(({ cid }) => cid === entry.cid);
      if (failed) void this.#post.keep(failed);
      return;
    }
    this.discard(entry.cid);
    this.#post.refused(entry, refusal);
  }

  /** An edit that waited behind another of mine rests on what that one made. */
  #rebase(edit: Entry, { gv }: { gv: number }): void {
    const next = { ...edit, takes: { ...edit.takes, gv } };
    this.#set(this.entries.map((one) => (one.cid === edit.cid ? next : one)));
    void this.#post.keep(next);
  }

  /** It may have been carried out already: of an edit the next one has to know. */
  #mustStay({ cid, name, state }: Entry): boolean {
    return this.#flying.has(cid) || (name === "messages.edit" && state === "waiting" && this.#tried.has(cid));
  }

  #later(refusal: Refusal): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), (refusal.failure.retry_after ?? 0) * 1_000 || AGAIN_MS);
  }

  #change(cid: string, change: Partial<Entry>): void {
    this.#set(this.entries.map((entry) => (entry.cid === cid ? { ...entry, ...change } : entry)));
  }

  #set(entries: Entry[]): void {
    this.entries = entries;
    this.#post.changed();
  }
}

/** A new intention; a message's own bubble is drawn from it. */
export function newEntry(name: CommandName, takes: Entry["takes"], after = 0, now = Date.now()): Entry {
  return { cid: newCid(now), order: now, name, takes, time: new Date(now).toISOString(), after, state: "waiting" };
}

/** What would be missed if it went without a word. */
export function isWords({ name }: Entry): boolean {
  return name === "messages.send" || name === "messages.edit";
}

function isNextEdit(one: Entry, { name, takes }: Entry): boolean {
  return name === "messages.edit" && one.name === name && one.takes.room === takes.room && one.takes.seq === takes.seq;
}

/** Reading does not wait for what I write. */
function laneOf({ name, takes }: Entry): string {
  return name === "reads.set" ? `${takes.room} reads` : (takes.room ?? name);
}

/** Of what is set absolutely, the last word counts: what it replaces need not be sent. */
function isOvertaken(one: Entry, by: Entry): boolean {
  if (one.name !== by.name || one.takes.room !== by.takes.room) return false;
  if (one.name === "settings.set") return Object.keys(one.takes.values as object).every((key) => key in (by.takes.values as object));
  if (one.name === "reads.set" || one.name === "drafts.set") return true;
  const isLast = ["reactions.set", "pins.set", "saved.set", "messages.edit"].includes(one.name);
  return isLast && one.takes.seq === by.takes.seq && one.takes.emoji === by.takes.emoji;
}
