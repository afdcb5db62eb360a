// Owns the difference between two replicas: what a page is sent, and what is written to the disk.
import type { Message, RoomId } from "../contract/wire";
import { find, type Log, position, type Run } from "./log";
import { type Replica, viewKey } from "./replica";

/** What changed in a record; `gone` are the keys that are no longer in it. */
export interface Changes<Value> {
  set: Record<string, Value>;
  gone: string[];
}

/** What changed in a stretch of messages. */
export interface LogPatch {
  put: Message[];
  gone: number[];
  log: Omit<Log, "messages"> & { have?: number };
}

/** The parts of a replica that are plain records. */
const RECORDS = ["users", "rooms", "memberships", "members", "directory", "drafts", "saved", "settings"] as const;
type RecordName = (typeof RECORDS)[number];

export interface Patch {
  me?: string;
  records: Partial<Record<RecordName, Changes<unknown>>>;
  logs: Changes<LogPatch>;
}

/** What makes `after` of `before`, with the stretches of messages that `logs` names; `undefined` where nothing did. */
export function diff(before: Replica, after: Replica, logs: { before: Logs; after: Logs }): Patch | undefined {
  const patch: Patch = { records: {}, logs: changedLogs(logs.before, logs.after) };
  let any = Object.keys(patch.logs.set).length + patch.logs.gone.length > 0;
  if (before.me !== after.me) [patch.me, any] = [after.me, true];
  for (const name of RECORDS) {
    const found = changes<unknown>(before[name], after[name]);
    if (!found) continue;
    patch.records[name] = found;
    any = true;
  }
  return any ? patch : undefined;
}

export function patched(replica: Replica, patch: Patch): Replica {
  const next: Record<string, unknown> = { ...replica, me: patch.me ?? replica.me };
  for (const name of RECORDS) {
    const found = patch.records[name];
    if (found) next[name] = changed(replica[name] as Record<string, unknown>, found);
  }
  const { set, gone } = patch.logs;
  if (Object.keys(set).length + gone.length > 0) {
    const logs: Record<RoomId, Log> = { ...replica.logs };
    for (const room of gone) delete logs[room];
    for (const [room, one] of Object.entries(set)) logs[room] = patchedLog(logs[room]?.messages ?? [], one);
    next.logs = logs;
  }
  return next as unknown as Replica;
}

/** The same replica, in which what is as it was before is the same object: what shows it is left alone. */
export function alike(before: Replica, after: Replica): Replica {
  const logs = Object.entries(after.logs).map(([room, log]) => [room, { ...log, messages: log.messages.map((one) => kept(find(before.logs[room], one.seq), one)) }]);
  return kept(before, { ...after, logs: Object.fromEntries(logs) });
}

function kept<Value>(before: unknown, after: Value): Value {
  if (before === after || !isObject(before) || !isObject(after)) return after;
  if (Array.isArray(after)) return (Array.isArray(before) && before.length === after.length && after.every((one, at) => kept(before[at], one) === before[at]) ? before : after) as Value;
  const next: Record<string, unknown> = {};
  let isSame = Object.keys(before).length === Object.keys(after).length;
  for (const [key, value] of Object.entries(after)) {
    next[key] = kept(before[key], value);
    isSame &&= next[key] === before[key] && key in before;
  }
  return (isSame ? before : next) as Value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

export type Logs = Readonly<Record<RoomId, Log | Run>>;

/** What one page shows, by room. */
export function viewsOf(replica: Replica, tab: string, rooms: RoomId[]): Logs {
  return Object.fromEntries(rooms.flatMap((room) => {
    const view = replica.views[viewKey(tab, room)];
    return view ? [[room, view]] : [];
  }));
}

/** By identity: a value that did not change is the same object. */
export function changes<Value>(before: Readonly<Record<string, Value>>, after: Readonly<Record<string, Value>>): Changes<Value> | undefined {
  if (before === after) return undefined;
  const set: Record<string, Value> = {};
  let any = false;
  for (const key in after) {
    if (before[key] === after[key]) continue;
    set[key] = after[key]!;
    any = true;
  }
  const gone: string[] = [];
  for (const key in before) if (!(key in after)) gone.push(key);
  return any || gone.length > 0 ? { set, gone } : undefined;
}

function changed(record: Record<string, unknown>, { set, gone }: Changes<unknown>): Record<string, unknown> {
  const next = { ...record, ...set };
  for (const key of gone) delete next[key];
  return next;
}

export function changedLogs(before: Logs, after: Logs): Changes<LogPatch> {
  const found = changes<Log>(before, after);
  if (!found) return { set: {}, gone: [] };
  const set = Object.fromEntries(Object.entries(found.set).map(([room, log]) => [room, changedLog(before[room]?.messages ?? [], log)]));
  return { set, gone: found.gone };
}

/** Both in rising `seq`; a message that did not change is the same object. */
function changedLog(before: readonly Message[], { messages, ...log }: Log): LogPatch {
  const put: Message[] = [];
  const gone: number[] = [];
  let at = 0;
  for (const message of messages) {
    while (at < before.length && before[at]!.seq < message.seq) gone.push(before[at++]!.seq);
    if (before[at]?.seq !== message.seq) put.push(message);
    else if (before[at++] !== message) put.push(message);
  }
  while (at < before.length) gone.push(before[at++]!.seq);
  return { put, gone, log };
}

function patchedLog(messages: readonly Message[], { put, gone, log }: LogPatch): Log {
  const lost = new Set(gone);
  const kept = lost.size > 0 ? messages.filter(({ seq }) => !lost.has(seq)) : [...messages];
  // What follows at the end, as most do, needs no search.
  for (const message of put) {
    const at = message.seq > (kept.at(-1)?.seq ?? 0) ? kept.length : position(kept, message.seq);
    kept.splice(at, kept[at]?.seq === message.seq ? 1 : 0, message);
  }
  return { ...log, messages: kept };
}
