// Owns this client's copy of what the server keeps for me, and the pure step `apply(replica, op)` that moves it on.
import type { Gap, Member, Membership, Message, Op, Room, RoomId, User, UserId } from "../contract/wire";
import { counted, type Counted, settled } from "./counts";
import { emptyLog, find, type Log, upsert, without } from "./log";

export interface Replica {
  me: UserId;
  users: Readonly<Record<UserId, User>>;
  /** Rooms that I am in, and public ones that I look at. */
  rooms: Readonly<Record<RoomId, Room>>;
  memberships: Readonly<Record<RoomId, Counted>>;
  /** Only of rooms whose list was asked for. */
  members: Readonly<Record<RoomId, Readonly<Record<UserId, Member>>>>;
  logs: Readonly<Record<RoomId, Log>>;
  /** Public rooms, as far as they were listed. */
  directory: Readonly<Record<RoomId, Room>>;
  /** Rooms whose counts can only be had from the server again. */
  uncertain: readonly RoomId[];
}

export function emptyReplica(me: UserId): Replica {
  return { me, users: {}, rooms: {}, memberships: {}, members: {}, logs: {}, directory: {}, uncertain: [] };
}

/** One change; the same object comes back where nothing changed. */
export function apply(replica: Replica, op: Op): Replica {
  switch (op.kind) {
    case "message":
      return op.p === undefined ? withRow(replica, op.value) : withMessage(replica, op.value, op.g);
    case "member":
      return withMember(replica, op.value, op.g);
    case "room":
      return op.value.deleted ? withoutRoom(replica, op.value.id) : withRoom(replica, op.value);
    case "membership":
      if ("gone" in op.value) return withoutRoom(replica, op.value.room);
      return withMembership(cameBack(replica, op.value), op.value);
    case "read":
      return withMembership(replica, op.value);
    case "hidden":
      return withoutMessage(replica, op.value.room, op.value.seq);
    case "user":
      return withUsers(replica, [op.value]);
    case "directory":
      return withDirectory(replica, op.value);
    case "session":
    case "touched":
    case "saved":
    case "draft":
      return replica;
  }
}

/** Many changes; the intermediate copies are short-lived. */
export function applyAll(replica: Replica, ops: Op[]): Replica {
  const users = ops.flatMap((op) => (op.kind === "user" ? [op.value] : []));
  return ops.reduce((held, op) => (op.kind === "user" ? held : apply(held, op)), withUsers(replica, users));
}

/** Too much was missed in a room: its newest messages take the place of those held. */
export function applyGap(replica: Replica, gap: Gap): Replica {
  const known = gap.tail.reduce(withRow, withoutLog(replica, gap.room));
  const mine = known.memberships[gap.room];
  // The counts were told before: the messages of the tail are in them.
  const at = known.rooms[gap.room]?.count ?? 0;
  const next = mine ? { ...known, memberships: { ...known.memberships, [gap.room]: { ...mine, at } } } : known;
  if (!replica.logs[gap.room]) return next;
  const before = (gap.tail[0]?.seq ?? 1) > 1;
  return withLog(next, gap.room, { messages: gap.tail, before, after: false, loaded: true });
}

/** Rooms on screen take the messages of the snapshot that follows. */
export function awaiting(replica: Replica, rooms: RoomId[]): Replica {
  return { ...replica, logs: Object.fromEntries(rooms.map((room) => [room, emptyLog()])) };
}

/** The snapshot is complete: what a waiting log holds is the room's newest run. */
export function arrivedLogs(replica: Replica): Replica {
  const logs = Object.entries(replica.logs).flatMap(([room, log]): [RoomId, Log][] => {
    if (log.loaded) return [[room, log]];
    const known = replica.rooms[room];
    if (log.messages.length === 0 && known?.head !== 0) return [];
    return [[room, { ...log, before: (log.messages[0]?.seq ?? 1) > 1, loaded: true }]];
  });
  return { ...replica, logs: Object.fromEntries(logs) };
}

export function withUsers(replica: Replica, users: User[]): Replica {
  const news = users.filter((user) => (replica.users[user.id]?.gv ?? -1) < user.gv);
  if (news.length === 0) return replica;
  return { ...replica, users: { ...replica.users, ...Object.fromEntries(news.map((user) => [user.id, user])) } };
}

export function withRoom(replica: Replica, room: Room): Replica {
  const held = replica.rooms[room.id];
  if (held && held.gv > room.gv) return replica;
  const merged = held
    ? { ...room, head: Math.max(room.head, held.head), count: Math.max(room.count, held.count), g: Math.max(room.g, held.g) }
    : room;
  return { ...replica, rooms: { ...replica.rooms, [room.id]: merged } };
}

export function withMembership(replica: Replica, value: Membership): Replica {
  const { room_value, ...membership } = value;
  const known = room_value ? withRoom(replica, room_value) : replica;
  const room = known.rooms[membership.room];
  const held = known.memberships[membership.room];
  if (held && held.gv > membership.gv) return known;
  const next = settled(membership, room?.count ?? 0);
  return {
    ...known,
    memberships: { ...known.memberships, [membership.room]: next },
    uncertain: known.uncertain.filter((id) => id !== membership.room),
  };
}

export function withMembers(replica: Replica, room: RoomId, members: Member[], fresh: boolean): Replica {
  const held = fresh ? {} : (replica.members[room] ?? {});
  const next = { ...held, ...Object.fromEntries(members.map((member) => [member.user, member])) };
  return { ...replica, members: { ...replica.members, [room]: next } };
}

export function withLog(replica: Replica, room: RoomId, log: Log): Replica {
  return { ...replica, logs: { ...replica.logs, [room]: log } };
}

export function withoutRoom(replica: Replica, room: RoomId): Replica {
  const omit = <Value>(record: Readonly<Record<string, Value>>) => {
    const { [room]: _, ...rest } = record;
    return rest;
  };
  return {
    ...replica,
    rooms: omit(replica.rooms),
    memberships: omit(replica.memberships),
    members: omit(replica.members),
    logs: omit(replica.logs),
    uncertain: replica.uncertain.filter((id) => id !== room),
  };
}

function withoutMessage(replica: Replica, room: RoomId, seq: number): Replica {
  const log = replica.logs[room];
  return log ? withLog(replica, room, without(log, seq)) : replica;
}

/** A message row of a snapshot: the counts beside it are already right. */
function withRow(replica: Replica, message: Message): Replica {
  const log = replica.logs[message.room];
  const room = replica.rooms[message.room];
  const next = log ? withLog(replica, message.room, upsert(log, message)) : replica;
  if (!room || message.seq <= room.head) return next;
  return { ...next, rooms: { ...next.rooms, [room.id]: movedOn(room, message, room.g, true) } };
}

/** I was out of the room and am in again: what was held of it may have holes. */
function cameBack(replica: Replica, { room, joined }: Membership): Replica {
  const held = replica.memberships[room];
  return held && held.joined !== joined ? withoutLog(replica, room) : replica;
}

function withoutLog(replica: Replica, room: RoomId): Replica {
  const { [room]: _log, ...logs } = replica.logs;
  const { [room]: _members, ...members } = replica.members;
  return { ...replica, logs, members };
}

/** A message that changed just now: the log, the room's head and my counts move with it. */
function withMessage(replica: Replica, message: Message, g: number): Replica {
  const log = replica.logs[message.room];
  const room = replica.rooms[message.room];
  const mine = replica.memberships[message.room];
  const previous = find(log, message.seq);
  const isNew = message.seq > (room?.head ?? 0);
  const next = { ...replica };
  // A message within the held run that is not held was deleted for me.
  if (log && (isNew || previous || !log.loaded)) next.logs = { ...replica.logs, [message.room]: upsert(log, message) };
  if (!room) return next;
  next.rooms = { ...replica.rooms, [message.room]: movedOn(room, message, g, isNew) };
  if (!mine) return next;
  if (isNew) next.rooms = { ...next.rooms, [message.room]: peopled(next.rooms[message.room]!, message) };
  const moved = counted(mine, message, { me: replica.me, isNew, previous, count: next.rooms[message.room]!.count });
  next.memberships = { ...replica.memberships, [message.room]: moved.membership };
  if (moved.uncertain && !replica.uncertain.includes(message.room)) next.uncertain = [...replica.uncertain, message.room];
  return next;
}

function movedOn(room: Room, message: Message, g: number, isNew: boolean): Room {
  const at = Math.max(room.g, g);
  if (!isNew) return { ...room, g: at };
  return { ...room, g: at, head: message.seq, head_time: message.time, count: Math.max(room.count, message.n) };
}

/** Who comes and goes is told by the room's own lines. */
function peopled(room: Room, { kind }: Message): Room {
  if (kind === "join") return { ...room, members: room.members + 1 };
  return kind === "leave" || kind === "kick" ? { ...room, members: Math.max(0, room.members - 1) } : room;
}

function withMember(replica: Replica, member: Member, g: number): Replica {
  const room = replica.rooms[member.room];
  const held = replica.members[member.room];
  const next = { ...replica };
  if (room) next.rooms = { ...replica.rooms, [member.room]: { ...room, g: Math.max(room.g, g) } };
  const mine = replica.memberships[member.room];
  if (mine && member.role && member.user === replica.me) {
    next.memberships = { ...replica.memberships, [member.room]: { ...mine, role: member.role } };
  }
  if (!held || (held[member.user]?.gv ?? -1) >= member.gv) return next;
  const { [member.user]: _, ...rest } = held;
  next.members = { ...replica.members, [member.room]: member.role ? { ...held, [member.user]: member } : rest };
  return next;
}

function withDirectory(replica: Replica, room: Room): Replica {
  if (room.deleted) {
    const { [room.id]: _, ...directory } = replica.directory;
    return { ...replica, directory };
  }
  return { ...replica, directory: { ...replica.directory, [room.id]: room } };
}
