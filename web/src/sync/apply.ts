// Owns the pure step `apply(replica, op)`: what each thing that the server tells does to the replica.
import type { Bump, Caught, Gap, Member, Membership, Message, Op, Room, RoomId } from "../contract/wire";
import { counted, countedTo } from "./counts";
import { emptyLog, find, heard, type Log, reach, type Run, RUN_LIMIT, trimmed, upsert, viewOf, without as withoutSeq } from "./log";
import {
  emptyReplica,
  type News,
  type Replica,
  runOf,
  savedKey,
  withDirectory,
  without,
  withLog,
  withMembers,
  withMembership,
  withoutLog,
  withoutRoom,
  withRoom,
  withStretches,
  withUsers,
  withView,
} from "./replica";

/**
 * How an op came: as a row of a catch-up; live and next in its chain; or live where what came before it is not held (`loose`),
 * as whole ops of a room do that is not watched.
 */
export type Way = "row" | "chained" | "loose";

/** One change; the same object comes back where nothing changed. */
export function apply(replica: Replica, op: Op, way: Way): Replica {
  switch (op.kind) {
    case "message":
      return held(withMessage(replica, op.value, op.g, way), op, way);
    case "touched":
      return held(movedTo(replica, op.value.room, op.g), op, way);
    case "member":
      return held(withMember(replica, op.value, op.g), op, way);
    case "room":
      return op.value.deleted ? withoutRoom(replica, op.value.id) : held(withRoom(replica, op.value), op, way);
    case "membership":
      if ("gone" in op.value) return withoutRoom(replica, op.value.room);
      return withMembership(cameBack(replica, op.value), op.value);
    case "read":
      return withMembership(replica, op.value);
    case "hidden":
      return withStretches(replica, op.value.room, (log) => withoutSeq(log, op.value.seq));
    case "draft":
      return { ...replica, drafts: kept(replica.drafts, op.value.room, op.value) };
    case "saved":
      return { ...replica, saved: kept(replica.saved, savedKey(op.value), op.value) };
    case "settings":
      return { ...replica, settings: kept(replica.settings, replica.me, op.value) };
    case "user":
      return withUsers(replica, [op.value]);
    case "directory":
      return withListed(replica, op.value);
    case "session":
    default:
      // Also what a newer server tells.
      return replica;
  }
}

/** The rows of a catch-up; the intermediate copies are short-lived. */
export function applyRows(replica: Replica, ops: Op[]): Replica {
  const users = ops.flatMap((op) => (op.kind === "user" ? [op.value] : []));
  return ops.reduce((held, op) => (op.kind === "user" ? held : apply(held, op, "row")), withUsers(replica, users));
}

/** Too much was missed in a room: its newest messages take the place of those held. */
export function applyGap(replica: Replica, gap: Gap): Replica {
  const known = gap.tail.reduce((next, message) => withHead(next, message, 0), replica);
  if (!replica.logs[gap.room]) return settledCounts(known, gap.room);
  const run: Run = { messages: gap.tail, before: (gap.tail[0]?.seq ?? 1) > 1, after: false, loaded: true, have: 0 };
  const next = settledCounts(withLog(known, gap.room, run), gap.room);
  // Who reads further up stays there; who was at the end sees the newest.
  return Object.entries(next.views).reduce((result, [key, view]) => {
    if (!key.endsWith(` ${gap.room}`) || view.after) return result;
    return withView(result, key, viewOf(run));
  }, next);
}

export function applyBump(replica: Replica, bump: Bump): Replica {
  const room = replica.rooms[bump.room];
  if (!room || bump.g <= room.g) return replica;
  const head = Math.max(room.head, bump.head);
  const count = Math.max(room.count, bump.count);
  const next = { ...room, g: bump.g, head, count, head_time: bump.time ?? room.head_time };
  const mine = replica.memberships[bump.room];
  const memberships = mine ? { ...replica.memberships, [bump.room]: countedTo(mine, count) } : replica.memberships;
  return { ...replica, rooms: { ...replica.rooms, [bump.room]: next }, memberships };
}

/** The newest run of the room is right up to `g`: a run that waited for its first messages has them. */
export function applyCaught(replica: Replica, { room, g }: Caught): Replica {
  const run = runOf(replica, room);
  if (!run) return replica;
  if (!replica.memberships[room]) return withoutLog(replica, room);
  const known = movedTo(replica, room, g);
  const whole = { ...complete(run, replica.rooms[room]), have: Math.max(run.have, g) };
  return Object.entries(known.views).reduce((next, [key, view]) => {
    if (!key.endsWith(` ${room}`) || view.after) return next;
    return withView(next, key, view.loaded ? complete(view, replica.rooms[room]) : viewOf(whole));
  }, withLog(known, room, trimmed(whole, RUN_LIMIT)));
}

/** All that was held is void: only the rooms on screen are waited for. */
export function startedOver(replica: Replica, rooms: RoomId[]): Replica {
  const logs = Object.fromEntries(rooms.map((room) => [room, { ...emptyLog(), have: 0 }]));
  const waiting = Object.keys(replica.views).filter((key) => rooms.some((room) => key.endsWith(` ${room}`)));
  const views = Object.fromEntries(waiting.map((key) => [key, emptyLog()]));
  return { ...emptyReplica(replica.me), logs, views };
}

/** Values from answers that a page had. */
export function took(replica: Replica, news: News): Replica {
  let next = withUsers(replica, news.users ?? []);
  if (news.room) next = withRoom(next, news.room);
  if (news.me) next = withMembership(cameBack(next, news.me), news.me);
  if (news.members) next = withMembers(next, news.members.room, news.members.list, news.members.fresh);
  if (news.directory) next = withDirectory(next, news.directory.rooms, news.directory.fresh);
  const { message } = news;
  if (message) next = withStretches(next, message.room, (log) => heard(log, message, false));
  return news.gone === undefined ? next : withoutRoom(next, news.gone);
}

function complete<Held extends Log>(log: Held, room: Room | undefined): Held {
  // Where nothing of what there is was told, it may be had as history.
  const start = log.messages[0]?.seq ?? (room?.head ? 2 : 1);
  const before = log.loaded ? log.before : start > 1;
  return { ...log, before, loaded: true, to: Math.max(reach(log), room?.head ?? 0) };
}

/** An op that follows in its chain carries the newest run along. */
function held(replica: Replica, op: Op, way: Way): Replica {
  const run = op.room === null ? undefined : runOf(replica, op.room);
  if (way !== "chained" || !run || run.have >= op.g) return replica;
  return withLog(replica, op.room!, trimmed({ ...run, have: op.g }, RUN_LIMIT));
}

/** A message that changed: what is held of the room, its head and my counts move with it. */
function withMessage(replica: Replica, message: Message, g: number, way: Way): Replica {
  const room = replica.rooms[message.room];
  const mine = replica.memberships[message.room];
  const previous = find(replica.logs[message.room], message.seq) ?? viewed(replica, message);
  const isNew = message.seq > (room?.head ?? 0);
  const change = <Held extends Log>(log: Held) => (way === "row" ? upsert(log, message) : heard(log, message, way === "chained"));
  let next = withStretches(replica, message.room, change);
  if (!room) return next;
  next = withHead(next, message, g);
  if (!mine || (way === "row" && previous && previous.gv >= message.gv)) return next;
  const seen = { me: replica.me, isNew: isNew || (!previous && isMyNewest(replica, message)), previous, count: next.rooms[message.room]!.count };
  const moved = counted(mine, message, seen);
  if (moved.membership !== mine) next = { ...next, memberships: { ...next.memberships, [message.room]: moved.membership } };
  if (moved.uncertain && !next.uncertain.includes(message.room)) next = { ...next, uncertain: [...next.uncertain, message.room] };
  return next;
}

/** What I said is the newest, though a bump told of it first: it moves my reading. */
function isMyNewest(replica: Replica, message: Message): boolean {
  return message.author === replica.me && message.seq === replica.rooms[message.room]?.head;
}

function viewed(replica: Replica, { room, seq }: Message): Message | undefined {
  for (const [key, view] of Object.entries(replica.views)) {
    const message = key.endsWith(` ${room}`) ? find(view, seq) : undefined;
    if (message) return message;
  }
  return undefined;
}

/** The room's head as the message shows it. */
function withHead(replica: Replica, message: Message, g: number): Replica {
  const room = replica.rooms[message.room];
  if (!room) return replica;
  const at = Math.max(room.g, g);
  if (message.seq <= room.head) return movedTo(replica, room.id, at);
  const count = Math.max(room.count, message.n);
  const next = peopled({ ...room, g: at, head: message.seq, head_time: message.time, count }, message);
  return { ...replica, rooms: { ...replica.rooms, [room.id]: next } };
}

function movedTo(replica: Replica, id: RoomId, g: number): Replica {
  const room = replica.rooms[id];
  if (!room || room.g >= g) return replica;
  return { ...replica, rooms: { ...replica.rooms, [id]: { ...room, g } } };
}

/** The head that a gap shows was counted, or is counted now. */
function settledCounts(replica: Replica, id: RoomId): Replica {
  const mine = replica.memberships[id];
  const room = replica.rooms[id];
  if (!mine || !room || room.count <= mine.at) return replica;
  const memberships = { ...replica.memberships, [id]: countedTo(mine, room.count) };
  return { ...replica, memberships, uncertain: [...replica.uncertain.filter((one) => one !== id), id] };
}

/** I was out of the room and am in again: what was held of it may have holes. */
function cameBack(replica: Replica, { room, joined }: Membership): Replica {
  const held = replica.memberships[room];
  return held && held.joined !== joined ? withoutLog(replica, room) : replica;
}

/** Who comes and goes is told by the room's own lines. */
function peopled(room: Room, { kind }: Message): Room {
  if (kind === "join") return { ...room, members: room.members + 1 };
  return kind === "leave" || kind === "kick" ? { ...room, members: Math.max(0, room.members - 1) } : room;
}

function withMember(replica: Replica, member: Member, g: number): Replica {
  let next = movedTo(replica, member.room, g);
  const mine = next.memberships[member.room];
  if (mine && member.role && member.user === next.me && mine.role !== member.role) {
    next = { ...next, memberships: { ...next.memberships, [member.room]: { ...mine, role: member.role } } };
  }
  const held = next.members[member.room];
  if (!held || (held[member.user]?.gv ?? -1) >= member.gv) return next;
  const rest = member.role ? { ...held, [member.user]: member } : without(held, member.user);
  return { ...next, members: { ...next.members, [member.room]: rest } };
}

function kept<Value extends { gv: number; gone?: boolean }>(record: Readonly<Record<string, Value>>, key: string, value: Value) {
  if ((record[key]?.gv ?? -1) >= value.gv) return record;
  return value.gone ? without(record, key) : { ...record, [key]: value };
}

function withListed(replica: Replica, room: Room): Replica {
  if (room.deleted) return { ...replica, directory: without(replica.directory, room.id) };
  return withDirectory(replica, [room], false);
}
