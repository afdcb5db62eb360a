// Owns which of the held rows are on the page: what is looked at and some beyond, a few more in each frame, so that scrolling and typing go on.
import { type Item, seqOf } from "./arrange";

/** So many rows more at an end in one frame. */
const CHUNK = 10;
/** So many come at once where a room is opened, a message is led to, or more is said than anybody reads; or a screen of them. */
const FIRST = 20;
/** What is not in sight waits until nothing has come for so long. */
const CALM_MS = 400;
const AROUND = { before: 20, after: 30 };

export interface Ends {
  first: string;
  last: string;
  /** The first one's place in the room. */
  seq: number;
}

export interface Growth {
  older: number;
  newer: number;
}

export interface Demand {
  growth: Growth;
  newest: boolean;
  screen: number;
  /** What is being led to, once it is held. */
  sought?: (item: Item) => boolean;
}

const NONE: Growth = { older: 0, newer: 0 };

export class Gradual {
  #there: Ends | undefined;
  #growth = NONE;
  #turn = $state.raw({});
  #sought: Demand["sought"];
  #frame = 0;
  #calm: ReturnType<typeof setTimeout> | undefined;

  /** The part of the items to be on the page. `newest`: the end is followed, whatever comes; `screen`: so many rows fill it. */
  of(items: readonly Item[], { newest, screen }: { newest: boolean; screen: number }): Item[] {
    void this.#turn;
    const { from, to } = span(items, this.#there, { growth: this.#growth, newest, screen, sought: this.#sought });
    return items.slice(from, to);
  }

  /** Said after each change of what is on the page. */
  shown(rows: readonly Item[]): void {
    this.#there = endsOf(rows);
    this.#growth = NONE;
  }

  /** More at one end with the next frame, or when it is calm. */
  grow(way: keyof Growth, calmly = false): void {
    clearTimeout(this.#calm);
    if (calmly) return void (this.#calm = setTimeout(() => this.grow(way), CALM_MS));
    this.#growth = { ...this.#growth, [way]: CHUNK };
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#turn = {};
    });
  }

  /** Lets the first `count` rows go. */
  drop(rows: readonly Item[], count: number): void {
    this.#there = endsOf(rows.slice(count));
    this.#turn = {};
  }

  /** To an item and its surroundings. */
  around(items: readonly Item[], at: number): void {
    this.#there = endsOf(items.slice(Math.max(0, at - AROUND.before), at + AROUND.after));
    this.#turn = {};
  }

  /** Another stretch that has this item in it begins there; `undefined`: nothing is being led to. */
  seek(sought: Demand["sought"]): void {
    this.#sought = sought;
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#calm);
  }
}

/** From where to where, given the ends of what is there. */
export function span(items: readonly Item[], there: Ends | undefined, { growth, newest, screen, sought }: Demand): { from: number; to: number } {
  const first = there ? items.findIndex(({ key }) => key === there.first) : -1;
  const last = there ? items.findLastIndex(({ key }) => key === there.last) : -1;
  const at = first < 0 && last < 0 && (sought || !newest) ? placeIn(items, there, sought) : -1;
  if (at >= 0) return { from: withHeadings(items, Math.max(0, at - AROUND.before)), to: Math.min(items.length, at + AROUND.after) };
  const end = last < 0 || newest ? items.length : Math.min(items.length, last + 1 + growth.newer);
  // Nothing of it is left, another stretch is shown; or too much has come to show it all.
  const most = Math.max(FIRST, screen);
  const isNew = last < 0 ? first < 0 : newest && end - (last + 1) > most;
  const start = isNew ? end - most : first < 0 ? 0 : first - growth.older;
  return { from: withHeadings(items, Math.max(0, start)), to: end };
}

/** Where another stretch begins: at what is sought in it, or where the last one began. */
function placeIn(items: readonly Item[], there: Ends | undefined, sought: Demand["sought"]): number {
  if (sought) return items.findIndex(sought);
  const at = there ? items.findIndex((item) => (seqOf(item) ?? 0) >= there.seq) : -1;
  return at > 0 ? at : -1;
}

/** Days and the unread line stand with what follows them, and move: they are no ends. */
export function endsOf(items: readonly Item[]): Ends | undefined {
  const first = items.find(isSaid);
  const last = items.findLast(isSaid);
  return first && last && { first: first.key, last: last.key, seq: seqOf(first) ?? 0 };
}

function withHeadings(items: readonly Item[], from: number): number {
  let at = from;
  while (at > 0 && !isSaid(items[at - 1]!)) at--;
  return at;
}

function isSaid({ kind }: Item): boolean {
  return kind !== "day" && kind !== "unread";
}
