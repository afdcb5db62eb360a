// Owns how a replica is read from the disk: the rows of its stores, and what becomes of them at hand.
import type { Message, Room, RoomId, User, UserId } from "../../contract/wire";
import type { Cursor } from "../chains";
import type { Counted } from "../counts";
import { type Run, viewOf } from "../log";
import type { Entry } from "../queue";
import { emptyReplica, type Replica } from "../replica";
import { answered, openAsItIs, OUTBOX, STORES, type StoreName } from "./database";

/** Kept together. */
export const OWN = ["drafts", "saved", "settings"] as const;

export interface RoomRow {
  id: RoomId;
  room: Room;
  mine: Counted;
}

export type RunRow = Omit<Run, "messages"> & { room: RoomId; opened: number };

export interface Meta {
  cursor: Cursor;
  /** Who wrote last: another engine's writing makes this one's differences worthless. */
  stamp: string;
}

export interface Held {
  replica: Replica;
  cursor: Cursor;
  queue: Entry[];
  stamp: string;
}

/** A page's own look, before there is an engine to tell it: what was held, as a page shows it. Nothing where nothing can be read. */
export async function glance(user: UserId, shown: RoomId[]): Promise<Held | undefined> {
  try {
    const database = await openAsItIs(user);
    if (!database) return undefined;
    const held = await heldIn(database, user, shown).finally(() => database.close());
    const logs = Object.fromEntries(Object.entries(held.replica.logs).map(([room, run]) => [room, viewOf(run)]));
    return { ...held, replica: { ...held.replica, logs } };
  } catch {
    return undefined;
  }
}

/** Everything but messages, and those of the rooms on screen. */
export async function heldIn(database: IDBDatabase, user: UserId, shown: RoomId[]): Promise<Held> {
  const transaction = database.transaction([...STORES, OUTBOX]);
  const all = <Row>(name: StoreName) => answered(transaction.objectStore(name).getAll() as IDBRequest<Row[]>);
  const [meta, rooms, users, own, queue, ...runs] = await Promise.all([
    answered(transaction.objectStore("meta").get("meta") as IDBRequest<Meta | undefined>),
    all<RoomRow>("rooms"),
    all<User>("users"),
    answered(transaction.objectStore("own").get("own") as IDBRequest<Partial<Pick<Replica, (typeof OWN)[number]>> | undefined>),
    all<Entry>(OUTBOX),
    ...shown.map((room) => runFrom(transaction, room)),
  ]);
  const replica: Replica = {
    ...emptyReplica(user),
    ...own,
    users: Object.fromEntries(users.map((one) => [one.id, one])),
    rooms: Object.fromEntries(rooms.map(({ id, room }) => [id, room])),
    memberships: Object.fromEntries(rooms.map(({ id, mine }) => [id, mine])),
    logs: Object.fromEntries(shown.flatMap((room, at) => (runs[at] ? [[room, runs[at]]] : []))),
  };
  const { cursor, stamp } = meta ?? { cursor: { g: 0 }, stamp: "" };
  return { replica, cursor, stamp, queue: queue.sort((a, b) => a.order - b.order) };
}

export async function runFrom(transaction: IDBTransaction, room: RoomId): Promise<Run | undefined> {
  const [row, messages] = await Promise.all([
    answered(transaction.objectStore("runs").get(room) as IDBRequest<RunRow | undefined>),
    answered(transaction.objectStore("messages").getAll(rangeOf(room)) as IDBRequest<Message[]>),
  ]);
  if (!row) return undefined;
  const { room: _, opened: __, ...run } = row;
  return { ...run, messages };
}

export function rangeOf(room: RoomId): IDBKeyRange {
  return IDBKeyRange.bound([room], [room, []]);
}
