// Owns the part of a room's history that is held: one unbroken run of messages, with holes only at its ends.
import type { Message } from "../contract/wire";

export interface Log {
  /** In rising `seq`. */
  messages: Message[];
  /** There are older ones than the first held. */
  before: boolean;
  /** There are newer ones than the last held: new messages are not appended until these are fetched. */
  after: boolean;
  /** False until the first page has arrived. */
  loaded: boolean;
  /** How far it reaches when its last messages were deleted for me. */
  to?: number;
}

/** The newest run of a room: it is right for everything up to the commit number `have`. */
export interface Run extends Log {
  have: number;
}

/** Held messages of one room on a page; beyond it the far end is let go. */
export const LOG_LIMIT = 360;
/** Messages of the newest run of a room that are kept on this device. */
export const RUN_LIMIT = 500;
/** With so many a room comes onto the page; further ones when they are scrolled to. */
export const VIEW_START = 80;

/** A log that takes new messages while its first page is on the way. */
export function emptyLog(): Log {
  return { messages: [], before: true, after: false, loaded: false };
}

export function first(log: Log): number | undefined {
  return log.messages[0]?.seq;
}

export function last(log: Log): number | undefined {
  return log.messages.at(-1)?.seq;
}

/** The newest place that is known to be held, though its message may be deleted for me. */
export function reach(log: Log): number {
  return Math.max(last(log) ?? 0, log.to ?? 0);
}

/** Index of `seq`, or of the first message after it. */
export function position(messages: Message[], seq: number): number {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (messages[middle]!.seq < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function find(log: Log | undefined, seq: number): Message | undefined {
  if (!log) return undefined;
  const found = log.messages[position(log.messages, seq)];
  return found?.seq === seq ? found : undefined;
}

/** A change that was heard: `chained`, when nothing before it is missing. What is not held and not new was deleted for me. */
export function heard<Held extends Log>(log: Held, message: Message, chained: boolean): Held {
  const isNext = chained && message.seq > reach(log);
  return !log.loaded || isNext || find(log, message.seq) ? upsert(log, message) : log;
}

/** Puts a message where it belongs, if it belongs to the held run; the larger `gv` wins. */
export function upsert<Held extends Log>(log: Held, message: Message): Held {
  const at = position(log.messages, message.seq);
  const there = log.messages[at];
  if (there?.seq === message.seq) {
    if (there.gv >= message.gv) return log;
    return { ...log, messages: log.messages.with(at, message) };
  }
  const older = at === 0 && log.loaded;
  const newer = at === log.messages.length;
  if (older && log.before) return log;
  if (newer && log.after) return log;
  // Whoever reads far above is not followed for ever: the newest are fetched when they are looked at.
  if (newer && log.messages.length >= 3 * LOG_LIMIT) return { ...log, after: true };
  return { ...log, messages: log.messages.toSpliced(at, 0, message) };
}

/** So much is held that the far end may go. */
export function isLong(log: Log, limit = LOG_LIMIT): boolean {
  return log.messages.length > limit + limit / 4;
}

/** Lets the oldest go of a run whose end is being followed; the same object where it is short enough. */
export function trimmed<Held extends Log>(log: Held, limit = LOG_LIMIT): Held {
  return isLong(log, limit) ? { ...log, messages: log.messages.slice(-limit), before: true } : log;
}

export function without<Held extends Log>(log: Held, seq: number): Held {
  const at = position(log.messages, seq);
  if (log.messages[at]?.seq !== seq) return log;
  return { ...log, messages: log.messages.toSpliced(at, 1), to: reach(log) };
}

/** The end of a room's newest run, as a page begins with it. */
export function viewOf(run: Log): Log {
  const messages = run.messages.slice(-VIEW_START);
  return { messages, before: run.before || messages.length < run.messages.length, after: run.after, loaded: run.loaded, to: run.to };
}

/** What a run holds before `seq`, as a page of history; `undefined` where it holds nothing. */
export function pageBefore(run: Log | undefined, seq: number, limit: number): Page | undefined {
  const end = run?.loaded ? position(run.messages, seq) : 0;
  if (!run || end === 0 || run.messages[end]?.seq !== seq) return undefined;
  const from = Math.max(0, end - limit);
  return { messages: run.messages.slice(from, end), more_before: from > 0 || run.before, more_after: true };
}

/** A page as the server answers it. */
export interface Page {
  messages: Message[];
  more_before: boolean;
  more_after: boolean;
}

/** A fresh run: a page around some message, or the newest page joined with what arrived meanwhile. */
export function fromPage(page: Page, meanwhile?: Log): Log {
  const from = page.messages[0]?.seq ?? 0;
  const joins = meanwhile && !meanwhile.after && !page.more_after;
  const messages = joins ? merged(page.messages, meanwhile.messages.filter((one) => one.seq >= from)) : page.messages;
  return { messages, before: page.more_before, after: page.more_after, loaded: true };
}

/** Joins an older page on; lets the newest go beyond the limit. */
export function joinOlder(log: Log, page: Page): Log {
  const messages = merged(page.messages, log.messages);
  if (messages.length <= LOG_LIMIT) return { ...log, messages, before: page.more_before };
  return { ...log, messages: messages.slice(0, LOG_LIMIT), before: page.more_before, after: true };
}

/** Joins a newer page on; `complete` says that nothing was posted beyond it meanwhile. */
export function joinNewer(log: Log, page: Page, complete: boolean): Log {
  const messages = merged(log.messages, page.messages);
  const after = page.more_after || !complete;
  if (messages.length <= LOG_LIMIT) return { ...log, messages, after };
  return { ...log, messages: messages.slice(-LOG_LIMIT), before: true, after };
}

function merged(some: Message[], others: Message[]): Message[] {
  const bySeq = new Map<number, Message>();
  for (const message of [...some, ...others]) {
    const there = bySeq.get(message.seq);
    if (!there || there.gv < message.gv) bySeq.set(message.seq, message);
  }
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

/** What a run holds after `seq`, as a page of history; `undefined` where it does not reach that far back. */
export function pageAfter(run: Log | undefined, seq: number, limit: number): Page | undefined {
  if (!run?.loaded || !find(run, seq)) return undefined;
  const from = position(run.messages, seq) + 1;
  const messages = run.messages.slice(from, from + limit);
  return { messages, more_before: true, more_after: from + limit < run.messages.length || run.after };
}

/** The surroundings of a message that the run holds. */
export function viewAround(run: Log, seq: number, size: number): Log {
  const at = position(run.messages, seq);
  const from = Math.max(0, at - size);
  const to = Math.min(run.messages.length, at + size);
  const after = to < run.messages.length || run.after;
  return { messages: run.messages.slice(from, to), before: from > 0 || run.before, after, loaded: true, to: after ? undefined : run.to };
}
