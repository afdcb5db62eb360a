// Owns what a page knows of my commands that the server has not confirmed, and gives new ones to the engine.
import type { CommandName } from "../contract/commands";
import type { RoomId } from "../contract/wire";
import type { Keys, Pending } from "./pairing";
import { type Entry, isWords, newEntry } from "./queue";
import { Refusal } from "./refused";

export interface Post {
  /** Resolves when the engine has it, on the disk where there is one. */
  queue(entry: Entry): Promise<void>;
  retry(cid: string): void;
  discard(cid: string): void;
  /** The room's head, to tell my new message from older ones alike. */
  head(room: RoomId): number;
}

export class Outbox {
  /** In the order in which they were given. */
  entries = $state.raw<readonly Entry[]>([]);
  /** Which cid a confirmed message of mine was first shown under. */
  readonly keys: Keys = new Map();
  #post: Post;
  readonly #pendings = $derived(this.entries.filter(({ name }) => name === "messages.send").map(pendingOf));

  constructor(post: Post) {
    this.#post = post;
  }

  /** My messages to this room that are on their way. */
  of(room: RoomId): Pending[] {
    return this.#pendings.filter((pending) => pending.room === room);
  }

  /** My other commands about this room's messages that are on their way. */
  changesOf(room: RoomId): Entry[] {
    return this.entries.filter(({ name, takes }) => takes.room === room && name !== "messages.send");
  }

  /** An edit of this message that was refused. */
  failedEdit({ room, seq }: { room: RoomId; seq: number }): Entry | undefined {
    const isThis = ({ name, takes, state }: Entry) => name === "messages.edit" && state === "failed" && takes.room === room && takes.seq === seq;
    return this.entries.find(isThis);
  }

  /** Messages and edits of mine that were refused. */
  get failed(): Entry[] {
    return this.entries.filter((entry) => isWords(entry) && entry.state === "failed");
  }

  /** Messages and edits of mine that the server has not confirmed. */
  get unsent(): number {
    return this.entries.filter((entry) => isWords(entry) && entry.seq === undefined).length;
  }

  /** Whether a command on its way switches something of a message on or off; `undefined` where none does. */
  switched(name: CommandName, { room, seq }: { room: RoomId; seq: number }): boolean | undefined {
    const entry = this.entries.findLast((one) => one.name === name && one.takes.room === room && one.takes.seq === seq);
    return entry && entry.takes.on === true;
  }

  /** What I last wrote to be kept as this room's draft and is on its way. */
  draftOf(room: RoomId): { text: string; reply_to?: number } | undefined {
    const takes = this.entries.findLast((entry) => entry.name === "drafts.set" && entry.takes.room === room)?.takes;
    return takes && { text: String(takes.text ?? ""), ...(takes.reply_to === undefined ? {} : { reply_to: Number(takes.reply_to) }) };
  }

  /** What I chose for all my devices and is on its way. */
  get choosing(): Record<string, string> {
    return Object.assign({}, ...this.entries.filter(({ name }) => name === "settings.set").map(({ takes }) => takes.values));
  }

  /** Shown at once; resolves when it is kept, so that the words need not be kept elsewhere any more. */
  add(room: RoomId, text: string, reply_to?: number): Promise<void> {
    return this.give("messages.send", { room, text, ...(reply_to === undefined ? {} : { reply_to }) });
  }

  /** A command that may wait for the connection. */
  give(name: CommandName, takes: Entry["takes"]): Promise<void> {
    const entry = newEntry(name, takes, takes.room === undefined ? 0 : this.#post.head(takes.room));
    this.entries = [...this.entries, entry];
    return this.#post.queue(entry);
  }

  retry(cid: string): void {
    this.#post.retry(cid);
  }

  discard(cid: string): void {
    this.#post.discard(cid);
  }

  clear(): void {
    this.entries = [];
    this.keys.clear();
  }
}

function pendingOf({ cid, takes, time, after, state, failure, seq }: Entry): Pending {
  return {
    cid,
    room: takes.room ?? "",
    text: String(takes.text ?? ""),
    reply_to: takes.reply_to as number | undefined,
    time,
    after,
    state: state === "failed" ? "failed" : "sending",
    refusal: failure && new Refusal(failure),
    seq,
  };
}
