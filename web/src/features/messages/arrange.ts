// Owns how a run of messages is laid out: days apart, one author's words together, the line where the unread begins.
import type { Shown } from "../../sync/pairing";

export type Item =
  | { kind: "day"; key: string; time: string }
  | { kind: "unread"; key: string }
  | { kind: "line"; key: string; shown: Shown }
  | { kind: "folded"; key: string; lines: Shown[] }
  | { kind: "message"; key: string; shown: Shown; opens: boolean };

/** So many people who come and go in a row are one line. */
const FOLD_FROM = 3;
/** Words further apart start with the author's name again. */
const TOGETHER_MS = 5 * 60_000;

export interface Frame {
  /** Equal for two times of one day in the reader's zone. */
  dayOf: (time: string) => string;
  /** Everything after this `seq` is unread; absent: no line. */
  unreadAfter?: number;
  me: string;
}

export function arrange(rows: readonly Shown[], frame: Frame): Item[] {
  const items: Item[] = [];
  let previous: Shown | undefined;
  let lined = false;
  for (const shown of rows) {
    const { message } = shown;
    const newDay = !previous || frame.dayOf(previous.message.time) !== frame.dayOf(message.time);
    if (newDay) items.push({ kind: "day", key: `d${frame.dayOf(message.time)}`, time: message.time });
    const unread: boolean = !lined && isFirstUnread(shown, frame);
    if (unread) items.push({ kind: "unread", key: "unread" });
    lined ||= unread;
    items.push(itemOf(shown, newDay || unread || !goesOn(previous, shown)));
    previous = shown;
  }
  return folded(items);
}

/** The newest place that an item stands for. */
export function seqOf(item: Item): number | undefined {
  const shown = item.kind === "folded" ? item.lines.at(-1) : "shown" in item ? item.shown : undefined;
  return shown && !shown.pending ? shown.message.seq : undefined;
}

function folded(items: Item[]): Item[] {
  const result: Item[] = [];
  let row: (Item & { kind: "line" })[] = [];
  const end = () => {
    if (row.length < FOLD_FROM) result.push(...row);
    else result.push({ kind: "folded", key: `f${row[0]!.key}`, lines: row.map((item) => item.shown) });
    row = [];
  };
  for (const item of items) {
    if (item.kind === "line" && ["join", "leave", "kick"].includes(item.shown.message.kind)) row.push(item);
    else {
      end();
      result.push(item);
    }
  }
  end();
  return result;
}

/** The same object for the same look, so that the page leaves alone what did not change. */
const known = new WeakMap<Shown, Item & { kind: "line" | "message" }>();

function itemOf(shown: Shown, opens: boolean): Item {
  const before = known.get(shown);
  if (before && (before.kind === "line" || before.opens === opens)) return before;
  const { key } = shown;
  const item = shown.message.kind === "text" ? { kind: "message" as const, key, shown, opens } : { kind: "line" as const, key, shown };
  known.set(shown, item);
  return item;
}

function isFirstUnread({ message, pending }: Shown, frame: Frame): boolean {
  return frame.unreadAfter !== undefined && !pending && message.seq > frame.unreadAfter && message.author !== frame.me;
}

function goesOn(previous: Shown | undefined, { message }: Shown): boolean {
  if (!previous || previous.message.kind !== "text" || message.reply_to !== undefined) return false;
  const apart = Date.parse(message.time) - Date.parse(previous.message.time);
  return previous.message.author === message.author && apart < TOGETHER_MS;
}
