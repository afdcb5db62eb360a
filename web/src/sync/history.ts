// Owns the fetching of a room's pages: the newest, around a message, older and newer ones.
import type { Answers, Takes } from "../contract/commands";
import type { RoomId } from "../contract/wire";
import { emptyLog, first, fromPage, joinNewer, joinOlder, last, type Log, trimmed } from "./log";
import { type Replica, withLog, withUsers } from "./replica";

const PAGE = 60;
/** Rooms whose messages are kept at hand. */
const ROOMS_KEPT = 12;

export interface Source {
  get(): Replica;
  set(replica: Replica): void;
  /** The replica is whole: what a snapshot brings needs no page. */
  ready(): Promise<void>;
  history(takes: Takes<"messages.history">): Promise<Answers<"messages.history">>;
}

type Page = Answers<"messages.history">;

export class History {
  #source: Source;
  #busy = new Map<string, Promise<void>>();
  #recent: RoomId[] = [];

  constructor(source: Source) {
    this.#source = source;
  }

  /** Makes sure that the newest run of the room is held. */
  async open(room: RoomId): Promise<void> {
    this.#touch(room);
    await this.newest(room);
  }

  /** The end is being followed: the oldest may go. */
  trim(room: RoomId): void {
    const log = this.#log(room);
    if (log && trimmed(log) !== log) this.#put(room, trimmed(log));
  }

  async newest(room: RoomId): Promise<void> {
    await this.#once(`${room} newest`, async () => {
      await this.#source.ready();
      const held = this.#log(room);
      if (held?.loaded && !held.after) return;
      // From here on new messages gather in the log, so that none falls between the page and the ops.
      this.#put(room, emptyLog());
      const page = await this.#ask({ room, limit: PAGE }, () => this.#put(room, held));
      this.#take(page, room, (log) => fromPage(page, log));
    });
  }

  async around(room: RoomId, seq: number): Promise<void> {
    this.#touch(room);
    await this.#once(`${room} around`, async () => {
      const page = await this.#ask({ room, around: seq, limit: PAGE });
      this.#take(page, room, () => ({ ...fromPage(page), after: page.more_after || this.#head(room) > page.head }));
    });
  }

  async older(room: RoomId): Promise<void> {
    const from = first(this.#log(room) ?? emptyLog());
    if (from === undefined || !this.#log(room)?.before) return;
    await this.#once(`${room} older`, async () => {
      const page = await this.#ask({ room, before: from, limit: PAGE });
      this.#take(page, room, (log) => (first(log) === from ? joinOlder(log, page) : log));
    });
  }

  async newer(room: RoomId): Promise<void> {
    const to = last(this.#log(room) ?? emptyLog());
    if (to === undefined || !this.#log(room)?.after) return;
    await this.#once(`${room} newer`, async () => {
      const page = await this.#ask({ room, after: to, limit: PAGE });
      this.#take(page, room, (log) => (last(log) === to ? joinNewer(log, page, this.#head(room) <= page.head) : log));
    });
  }

  async #ask(takes: Takes<"messages.history">, undo?: () => void): Promise<Page> {
    try {
      return await this.#source.history(takes);
    } catch (error) {
      undo?.();
      throw error;
    }
  }

  #take(page: Page, room: RoomId, change: (log: Log) => Log): void {
    const replica = withUsers(this.#source.get(), page.users);
    this.#source.set(withLog(replica, room, change(replica.logs[room] ?? emptyLog())));
  }

  #put(room: RoomId, log: Log | undefined): void {
    const replica = this.#source.get();
    const { [room]: _, ...logs } = replica.logs;
    this.#source.set({ ...replica, logs: log ? { ...logs, [room]: log } : logs });
  }

  #log(room: RoomId): Log | undefined {
    return this.#source.get().logs[room];
  }

  #head(room: RoomId): number {
    return this.#source.get().rooms[room]?.head ?? 0;
  }

  #touch(room: RoomId): void {
    this.#recent = [room, ...this.#recent.filter((id) => id !== room)];
    for (const old of this.#recent.splice(ROOMS_KEPT)) this.#put(old, undefined);
  }

  #once(key: string, work: () => Promise<void>): Promise<void> {
    const running = this.#busy.get(key);
    if (running) return running;
    const started = work().finally(() => this.#busy.delete(key));
    this.#busy.set(key, started);
    return started;
  }
}
