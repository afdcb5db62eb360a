// Owns how my pending messages and the confirmed ones become one list in which each bubble keeps its key.
import type { Message, RoomId, UserId } from "../contract/wire";
import type { Refusal } from "./refused";

export interface Pending {
  cid: string;
  room: RoomId;
  text: string;
  reply_to?: number;
  time: string;
  /** The room's head when it was written: its own `seq` will be larger. */
  after: number;
  state: "sending" | "failed";
  refusal?: Refusal;
  /** Known once acknowledged. */
  seq?: number;
}

export interface Shown {
  /** Stays the same from the first keystroke's echo to the confirmed message. */
  key: string;
  message: Message;
  pending?: Pending;
}

/** The cid under which a confirmed message was first shown, by `room seq`. */
export type Keys = Map<string, string>;

/** Confirmed messages in order, then those of mine that are still on their way. Remembers in `keys` whom it paired. */
export function paired(messages: readonly Message[], pendings: readonly Pending[], keys: Keys, me: UserId): Shown[] {
  const waiting = pendings.filter((pending) => !claim(messages, pending, keys, me));
  const confirmed = messages.map((message) => shownAs(message, keys.get(nameOf(message)) ?? `s${message.seq}`));
  return [...confirmed, ...waiting.map((pending) => ({ key: pending.cid, message: echo(pending, me), pending }))];
}

/** The same object for the same message, so that the page leaves alone what did not change. */
const known = new WeakMap<Message, Shown>();

function shownAs(message: Message, key: string): Shown {
  const before = known.get(message);
  if (before?.key === key) return before;
  const shown = { key, message };
  known.set(message, shown);
  return shown;
}

/** Is this pending message already among the confirmed? Without an acknowledgement its text tells. */
function claim(messages: readonly Message[], pending: Pending, keys: Keys, me: UserId): boolean {
  const mine = pending.seq === undefined ? alike(messages, pending, keys, me) : messages.find((one) => one.seq === pending.seq);
  if (!mine) return false;
  keys.set(nameOf(mine), pending.cid);
  return true;
}

function alike(messages: readonly Message[], pending: Pending, keys: Keys, me: UserId): Message | undefined {
  const mine = messages.filter((one) => one.seq > pending.after && one.author === me && one.kind === "text");
  const already = mine.find((one) => keys.get(nameOf(one)) === pending.cid);
  // Sent in order, so the first of several alike is the oldest that waits.
  return already ?? mine.find((one) => !keys.has(nameOf(one)) && one.text === pending.text && one.reply_to === pending.reply_to);
}

export function nameOf(message: { room: RoomId; seq: number }): string {
  return `${message.room} ${message.seq}`;
}

function echo(pending: Pending, me: UserId): Message {
  return {
    room: pending.room,
    seq: pending.seq ?? 0,
    gv: 0,
    kind: "text",
    author: me,
    text: pending.text,
    time: pending.time,
    n: 0,
    reply_to: pending.reply_to,
  };
}
