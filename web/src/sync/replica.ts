// Owns this client's copy of what the server keeps for me: its shape, and the small steps that set one value in it.
import type { Draft, Member, Membership, Message, Room, RoomId, SavedMessage, Settings, User, UserId } from "../contract/wire";
import { type Counted, settled } from "./counts";
import { type Log, reach, type Run } from "./log";

export interface Replica {
  me: UserId;
  users: Readonly<Record<UserId, User>>;
  /** Rooms that I am in, and public ones that I look at. */
  rooms: Readonly<Record<RoomId, Room>>;
  memberships: Readonly<Record<RoomId, Counted>>;
  /** Only of rooms whose list was asked for. */
  members: Readonly<Record<RoomId, Readonly<Record<UserId, Member>>>>;
  /** The newest run of messages of rooms that were opened; on a page, what it shows of a room. */
  logs: Readonly<Record<RoomId, Log | Run>>;
  /** What each page shows of a room, by `viewKey`. */
  views: Readonly<Record<string, Log>>;
  /** Public rooms, as far as they were listed. */
  directory: Readonly<Record<RoomId, Room>>;
  drafts: Readonly<Record<RoomId, Draft>>;
  /** By `savedKey`. */
  saved: Readonly<Record<string, SavedMessage>>;
  /** What I have chosen for all my devices, by my id. */
  settings: Readonly<Record<UserId, Settings>>;
  /** Rooms whose counts can only be had from the server again. */
  uncertain: readonly RoomId[];
}

/** The room's newest run reaches so far, or nothing is held of it. */
export function isKnownTo(replica: Replica, room: RoomId, seq: number): boolean {
  const run = runOf(replica, room);
  return !run?.loaded || reach(run) >= seq;
}

/** Every room of the other is in the one. */
export function knowsRooms(one: Replica, other: Replica): boolean {
  return Object.keys(other.rooms).every((room) => room in one.rooms);
}

/** Values that a page has from an answer, to be put into the replica. */
export interface News {
  users?: User[];
  room?: Room;
  me?: Membership;
  /** A room that I am no longer in. */
  gone?: RoomId;
  members?: { room: RoomId; list: Member[]; fresh: boolean };
  directory?: { rooms: Room[]; fresh: boolean };
  message?: Message;
}

export function emptyReplica(me: UserId): Replica {
  return { me, users: {}, rooms: {}, memberships: {}, members: {}, logs: {}, views: {}, directory: {}, drafts: {}, saved: {}, settings: {}, uncertain: [] };
}

export function viewKey(tab: string, room: RoomId): string {
  return `${tab} ${room}`;
}

export function savedKey({ room, seq }: { room: RoomId; seq: number }): string {
  return `${room} ${seq}`;
}

export function runOf(replica: Replica, room: RoomId): Run | undefined {
  return replica.logs[room] as Run | undefined;
}

export function withUsers(replica: Replica, users: User[]): Replica {
  const news = users.filter((user) => (replica.users[user.id]?.gv ?? -1) < user.gv);
  if (news.length === 0) return replica;
  return { ...replica, users: { ...replica.users, ...Object.fromEntries(news.map((user) => [user.id, user])) } };
}

export function withRoom(replica: Replica, room: Room): Replica {
  const held = replica.rooms[room.id];
  if (held && held.gv > room.gv) return replica;
  const merged = held ? { ...room, ...newestHead(held, room) } : room;
  return { ...replica, rooms: { ...replica.rooms, [room.id]: merged } };
}

/** A room's own row may be older than the newest of its messages that is known. */
function newestHead(held: Room, room: Room): Partial<Room> {
  const head = Math.max(room.head, held.head);
  const head_time = room.head >= held.head ? room.head_time : held.head_time;
  return { head, head_time, count: Math.max(room.count, held.count), g: Math.max(room.g, held.g) };
}

export function withMembership(replica: Replica, value: Membership): Replica {
  const { room_value, ...membership } = value;
  const known = room_value ? withRoom(replica, room_value) : replica;
  const room = known.rooms[membership.room];
  const held = known.memberships[membership.room];
  if (held && held.gv > membership.gv) return known;
  const next = settled(membership, room?.count ?? 0);
  // Somewhere between this value and what is known already, somebody may have named me.
  const unsure = held !== undefined && next.at > membership.count;
  const others = known.uncertain.filter((id) => id !== membership.room);
  return {
    ...known,
    memberships: { ...known.memberships, [membership.room]: next },
    uncertain: unsure ? [...others, membership.room] : others,
  };
}

export function withMembers(replica: Replica, room: RoomId, members: Member[], fresh: boolean): Replica {
  const held = fresh ? {} : (replica.members[room] ?? {});
  const next = { ...held, ...Object.fromEntries(members.map((member) => [member.user, member])) };
  return { ...replica, members: { ...replica.members, [room]: next } };
}

export function withLog(replica: Replica, room: RoomId, log: Log | Run): Replica {
  return { ...replica, logs: { ...replica.logs, [room]: log } };
}

export function withView(replica: Replica, key: string, log: Log | undefined): Replica {
  if (log) return { ...replica, views: { ...replica.views, [key]: log } };
  return { ...replica, views: without(replica.views, key) };
}

/** Each held stretch of the room's messages, the newest run and what pages show, changed in the same way. */
export function withStretches(replica: Replica, room: RoomId, change: <Held extends Log>(log: Held) => Held): Replica {
  const run = replica.logs[room];
  const next = run && change(run);
  let result = next && next !== run ? withLog(replica, room, next) : replica;
  for (const [key, view] of Object.entries(replica.views)) {
    if (!key.endsWith(` ${room}`)) continue;
    const changed = change(view);
    if (changed !== view) result = withView(result, key, changed);
  }
  return result;
}

export function withoutRoom(replica: Replica, room: RoomId): Replica {
  return {
    ...withoutLog(replica, room),
    rooms: without(replica.rooms, room),
    memberships: without(replica.memberships, room),
    drafts: without(replica.drafts, room),
    uncertain: replica.uncertain.filter((id) => id !== room),
  };
}

/** Nothing is held of the room's messages and members any more. */
export function withoutLog(replica: Replica, room: RoomId): Replica {
  const views = Object.fromEntries(Object.entries(replica.views).filter(([key]) => !key.endsWith(` ${room}`)));
  return { ...replica, logs: without(replica.logs, room), members: without(replica.members, room), views };
}

export function withDirectory(replica: Replica, rooms: Room[], fresh: boolean): Replica {
  const listed = Object.fromEntries(rooms.map((room) => [room.id, room]));
  return { ...replica, directory: { ...(fresh ? {} : replica.directory), ...listed } };
}

export function without<Value>(record: Readonly<Record<string, Value>>, key: string): Readonly<Record<string, Value>> {
  if (!(key in record)) return record;
  const { [key]: _, ...rest } = record;
  return rest;
}

export function sameRooms(some: readonly RoomId[], others: readonly RoomId[]): boolean {
  return some.length === others.length && some.every((room, index) => room === others[index]);
}
