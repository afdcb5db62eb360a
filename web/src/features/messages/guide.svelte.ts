// Owns the ways through a room's messages: opening it, to one that is named, to where the unread begins, to the newest.
import { tick } from "svelte";
import type { RoomId } from "../../contract/wire";
import { emptyLog, find, first, last, type Log } from "../../sync/log";
import { refusalOf, refusalText } from "../../sync/refusal";
import { session } from "../../sync/session.svelte";
import { m } from "../../texts/messages.js";
import { notices } from "../../ui/notices.svelte";
import { type Item, seqOf } from "./arrange";
import type { Gradual } from "./gradual.svelte";
import type { Scroller } from "./scroller.svelte";
import type { UnreadLine } from "./unread.svelte";

/** What a log holds and has on the page just now. */
export interface Page {
  readonly room: RoomId;
  /** A message that the address names. */
  readonly target: number | undefined;
  readonly log: Log | undefined;
  readonly items: readonly Item[];
  /** The part of the items that is on the page. */
  readonly rows: readonly Item[];
  readonly list: HTMLElement;
  readonly line: UnreadLine;
  readonly scroller: Scroller;
  readonly gradual: Gradual;
}

/** Until then the line may still come: what this device held of the room is being brought up to date. */
const SEEK_MS = 5_000;
/** Whoever has waited longer for a connection looks at something else by now. */
const WANTED_MS = 60_000;

const isLine = ({ kind }: Item) => kind === "unread";

export class Guide {
  /** Why there are no messages, for people. */
  failed = $state("");
  /** The message that was led to last. */
  marked = $state<number>();
  opening = false;
  /** The ways that are being gone, and which of them was begun last: only that one is gone to its end. */
  #under = 0;
  #turn = 0;
  #page: Page;
  /** What was awaited may come when another room is on the page. */
  #isHere = true;
  /** A message that could not be led to, and until when somebody still wants to see it. */
  #missed: { seq: number; until: number } | undefined;
  /** The last way that was begun has come to its end. */
  #gone: Promise<unknown> = Promise.resolve();
  #seekingUntil = 0;
  #seeking = false;
  #lineHeld: Element | null = null;

  constructor(page: Page) {
    this.#page = page;
  }

  /** On the way to where the unread begins. */
  get isSeeking(): boolean {
    return this.#seekingUntil > Date.now();
  }

  stop(): void {
    this.#isHere = false;
  }

  /** What is on the page on the way somewhere was not read. */
  get isOnTheWay(): boolean {
    return this.#under > 0;
  }

  async open(): Promise<void> {
    if (this.opening) return;
    this.opening = true;
    const { room, target, line, scroller } = this.#page;
    const unread = session.replica.memberships[room];
    if (unread && unread.unread > 0) line.draw(unread.read, unread.unread);
    this.failed = "";
    try {
      if (target !== undefined) return await this.lead(target);
      await this.#way(undefined, async (isLast) => {
        const fetched = session.history.open(room);
        const { log } = this.#page;
        if (!log?.loaded || log.after) await fetched;
        else fetched.catch(() => undefined);
        await tick();
        if (!isLast()) return;
        if (line.after !== undefined) await this.#goToLine(isLast);
        else scroller.toEnd();
      });
    } catch (error) {
      this.#say(error);
    } finally {
      this.opening = false;
      // Now more may come at both ends; and a link may have been followed meanwhile.
      scroller.settle();
      const now = this.#isHere ? this.#page.target : undefined;
      if (now !== undefined && now !== target) void this.lead(now);
    }
  }

  /** What could not be had while there was no connection is tried once more. */
  again(): void {
    if (this.failed && !this.#page.log?.loaded) void this.open();
    else if (this.#missed && this.#missed.until > Date.now()) void this.lead(this.#missed.seq);
  }

  /** To a message that somebody named, which is marked. */
  async lead(seq: number): Promise<void> {
    this.failed = "";
    this.#missed = undefined;
    this.#seekingUntil = 0;
    try {
      if (!(await this.to(seq, 0.3))) return;
    } catch (error) {
      if (refusalOf(error).passing) this.#missed = { seq, until: Date.now() + WANTED_MS };
      return this.#say(error);
    }
    if (!find(this.#page.log, seq)) return notices.say(m.message_gone());
    this.marked = undefined;
    await tick();
    this.marked = seq;
  }

  /** To a message, or the place of one that is gone, `share` of the height below the top; false: somebody went elsewhere meanwhile. */
  to(seq: number, share: number): Promise<boolean> {
    const reaches = (item: Item) => (seqOf(item) ?? 0) >= seq;
    return this.#way(reaches, async (isLast) => {
      const { room, list, scroller } = this.#page;
      if (!find(this.#page.log, seq)) await session.history.around(room, seq);
      await this.#bring(reaches, isLast);
      if (!isLast()) return;
      const item = this.#page.rows.find(reaches);
      const row = item && list.querySelector(`[data-seq="${seqOf(item)}"]`);
      if (row) scroller.toRow(row, share);
      else scroller.toEnd();
    });
  }

  /** To where the unread begins, fetched if it is further up than what is held. */
  async toLine(): Promise<void> {
    this.#missed = undefined;
    await this.#way(isLine, (isLast) => this.#goToLine(isLast));
  }

  async #goToLine(isLast: () => boolean): Promise<void> {
    const { room, line, scroller } = this.#page;
    const from = line.after ?? 0;
    if ((first(this.#page.log ?? emptyLog()) ?? 0) > from + 1) await session.history.around(room, from + 1).catch(() => undefined);
    await this.#bring(isLine, isLast);
    if (!isLast()) return;
    const row = this.lineRow();
    const { log } = this.#page;
    const isWhole = !!log?.loaded && (log.after || (last(log) ?? 0) >= (session.replica.rooms[room]?.head ?? 0));
    this.#seekingUntil = isWhole ? 0 : this.#seekingUntil || Date.now() + SEEK_MS;
    if (row) scroller.toRow(row, 0.25);
    else scroller.toEnd();
  }

  /** Once more to the line, after the rows have changed; what changes on the way there asks for no further one. */
  async seek(): Promise<void> {
    if (this.#seeking || !this.isSeeking) return;
    this.#seeking = true;
    await tick();
    await this.toLine().finally(() => (this.#seeking = false));
  }

  /** To look through the whole page is dear where there is nothing to be found. */
  lineRow(): Element | null {
    if (this.#lineHeld?.isConnected) return this.#lineHeld;
    const { rows, list } = this.#page;
    return (this.#lineHeld = rows.some(({ kind }) => kind === "unread") ? list.querySelector("[data-unread]") : null);
  }

  async toNewest(): Promise<void> {
    this.#missed = undefined;
    this.#seekingUntil = 0;
    if (this.#page.log && !this.#page.log.after) this.#page.scroller.toEnd();
    await this.#way(undefined, async (isLast) => {
      if (this.#page.log?.after) await session.history.open(this.#page.room).catch(() => {});
      await tick();
      if (isLast()) this.#page.scroller.toEnd();
    });
  }

  /**
   * Goes a way, which looks again and again whether it is still the last one that was begun; answers whether it was.
   * What an earlier way has asked for comes first: it changes what is on the page.
   */
  async #way(sought: ((item: Item) => boolean) | undefined, go: (isLast: () => boolean) => Promise<void>): Promise<boolean> {
    const turn = ++this.#turn;
    const isLast = () => this.#isHere && turn === this.#turn;
    this.#under++;
    const before = this.#gone;
    let gone!: () => void;
    this.#gone = new Promise<void>((resolve) => (gone = resolve));
    try {
      await before;
      if (!isLast()) return false;
      this.#page.gradual.seek(sought);
      await go(isLast);
      return isLast();
    } catch (error) {
      if (isLast()) throw error;
      return false;
    } finally {
      this.#under--;
      gone();
      if (isLast()) this.#page.gradual.seek(undefined);
      if (this.#under === 0) this.#page.scroller.settle();
    }
  }

  /** The item and what surrounds it is on the page. */
  async #bring(isIt: (item: Item) => boolean, isLast: () => boolean): Promise<void> {
    await tick();
    if (!isLast()) return;
    const { items, rows, scroller, gradual } = this.#page;
    const at = items.findIndex(isIt);
    if (at >= 0 && !rows.includes(items[at]!)) {
      scroller.leave();
      gradual.around(items, at);
    }
    await tick();
  }

  /** In place of the messages, or beside those that are held. */
  #say(error: unknown): void {
    if (!this.#isHere) return;
    this.failed = refusalText(error);
    if (this.#page.log?.loaded) notices.say(this.failed, "bad");
  }
}
