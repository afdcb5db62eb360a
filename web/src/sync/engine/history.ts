// Owns which stretch of a room's history each page shows: its newest end, older pages, the surroundings of one message.
import type { Answers, Takes } from "../../contract/commands";
import type { RoomId } from "../../contract/wire";
import * as logs from "../log";
import type { Log } from "../log";
import { type Replica, runOf, viewKey, withLog, withUsers, withView } from "../replica";

const PAGE = 60;
/** After a gap a page that shows older messages gets so many of them anew. */
const ANEW = 200;
/** Rooms whose newest run is at hand; those on screen always are. */
const AT_HAND = 12;

export interface Source {
  get(): Replica;
  set(replica: Replica): void;
  shown(): RoomId[];
  /** The run that is on the disk. */
  stored(room: RoomId): Promise<logs.Run | undefined>;
  /** The messages of this room may go from memory. */
  park(room: RoomId): void;
  /** Resolves when the room's run has its first messages; rejects where they cannot be had. */
  arrival(room: RoomId): Promise<void>;
  history(takes: Takes<"messages.history">): Promise<Answers<"messages.history">>;
}

export class History {
  /** When each room was last opened. */
  readonly opened = new Map<RoomId, number>();
  #source: Source;
  #busy = new Map<string, Promise<void>>();

  constructor(source: Source) {
    this.#source = source;
  }

  /** The room's run is at hand, from the disk or as one that waits for its messages. */
  bring(room: RoomId): Promise<void> {
    return this.#once(`${room} bring`, async () => {
      if (this.#run(room)) return;
      const stored = await this.#source.stored(room);
      if (this.#run(room) || !this.#source.get().memberships[room]) return;
      this.#source.set(withLog(this.#source.get(), room, stored ?? { ...logs.emptyLog(), have: 0 }));
    });
  }

  /** Shows the newest end of the room, if it is held. */
  async held(tab: string, room: RoomId): Promise<void> {
    await this.bring(room);
    const run = this.#run(room);
    if (run?.loaded && !this.#view(tab, room)) this.#show(tab, room, logs.viewOf(run));
  }

  /** Shows the newest end of the room, as it is held, and brings it up to date meanwhile. */
  async newest(tab: string, room: RoomId): Promise<void> {
    this.#touch(room);
    await this.bring(room);
    if (this.#view(tab, room)?.loaded && !this.#view(tab, room)?.after) return;
    if (!this.#run(room)?.loaded) {
      this.#show(tab, room, this.#view(tab, room) ?? logs.emptyLog());
      await this.#source.arrival(room);
    }
    const run = this.#run(room);
    if (run) this.#show(tab, room, logs.viewOf(run));
  }

  async around(tab: string, room: RoomId, seq: number): Promise<void> {
    this.#touch(room);
    await this.bring(room);
    const run = this.#run(room);
    if (run?.loaded && logs.find(run, seq)) return this.#show(tab, room, logs.viewAround(run, seq, PAGE));
    const page = await this.#ask({ room, around: seq, limit: PAGE });
    this.#show(tab, room, { ...logs.fromPage(page), after: page.more_after || this.#head(room) > page.head });
  }

  async older(tab: string, room: RoomId): Promise<void> {
    const view = this.#view(tab, room);
    const from = view && logs.first(view);
    if (from === undefined || !view?.before) return;
    await this.#once(`${tab} ${room} older`, async () => {
      const page = logs.pageBefore(this.#run(room), from, PAGE) ?? (await this.#ask({ room, before: from, limit: PAGE }));
      this.#change(tab, room, (log) => (logs.first(log) === from ? logs.joinOlder(log, page) : log));
    });
  }

  async newer(tab: string, room: RoomId): Promise<void> {
    const view = this.#view(tab, room);
    const to = view && logs.last(view);
    if (to === undefined || !view?.after) return;
    await this.#once(`${tab} ${room} newer`, async () => {
      const held = logs.pageAfter(this.#run(room), to, PAGE);
      const page = held ?? (await this.#ask({ room, after: to, limit: PAGE }));
      const isWhole = held !== undefined || this.#head(room) <= (page as Answers<"messages.history">).head;
      this.#change(tab, room, (log) => (logs.last(log) === to ? logs.joinNewer(log, page, isWhole) : log));
    });
  }

  /** The end is being followed: the oldest may go from the page. */
  trim(tab: string, room: RoomId): void {
    const view = this.#view(tab, room);
    if (view && logs.trimmed(view) !== view) this.#show(tab, room, logs.trimmed(view));
  }

  /** Too much was missed to be told: a page that shows older messages asks for those again. */
  async anew(room: RoomId): Promise<void> {
    for (const [key, view] of Object.entries(this.#source.get().views)) {
      const from = logs.first(view);
      if (!key.endsWith(` ${room}`) || !view.after || from === undefined) continue;
      const page = await this.#ask({ room, after: from - 1, limit: ANEW });
      const now = this.#source.get();
      if (now.views[key]) this.#source.set(withView(now, key, { ...logs.fromPage(page), before: view.before }));
    }
  }

  /** A page shows these rooms and no others. */
  keep(tab: string, rooms: RoomId[]): void {
    const keys = new Set(rooms.map((room) => viewKey(tab, room)));
    const replica = this.#source.get();
    const gone = Object.keys(replica.views).filter((key) => key.startsWith(`${tab} `) && !keys.has(key));
    if (gone.length > 0) this.#source.set(gone.reduce((next, key) => withView(next, key, undefined), replica));
  }

  async #ask(takes: Takes<"messages.history">): Promise<Answers<"messages.history">> {
    const page = await this.#source.history(takes);
    this.#source.set(withUsers(this.#source.get(), page.users));
    return page;
  }

  #change(tab: string, room: RoomId, change: (log: Log) => Log): void {
    const view = this.#view(tab, room);
    if (view) this.#show(tab, room, change(view));
  }

  #show(tab: string, room: RoomId, log: Log): void {
    this.#source.set(withView(this.#source.get(), viewKey(tab, room), log));
  }

  #view(tab: string, room: RoomId): Log | undefined {
    return this.#source.get().views[viewKey(tab, room)];
  }

  #run(room: RoomId): logs.Run | undefined {
    return runOf(this.#source.get(), room);
  }

  #head(room: RoomId): number {
    return this.#source.get().rooms[room]?.head ?? 0;
  }

  #touch(room: RoomId): void {
    this.opened.delete(room);
    this.opened.set(room, Date.now());
    const shown = new Set(this.#source.shown());
    const held = Object.keys(this.#source.get().logs).filter((id) => !shown.has(id) && id !== room);
    const recent = [...this.opened.keys()];
    held.sort((a, b) => recent.indexOf(b) - recent.indexOf(a));
    for (const old of held.slice(AT_HAND)) this.#source.park(old);
  }

  #once(key: string, work: () => Promise<void>): Promise<void> {
    const running = this.#busy.get(key);
    if (running) return running;
    const started = work().finally(() => this.#busy.delete(key));
    this.#busy.set(key, started);
    return started;
  }
}

