// Owns the values that the server and this client exchange, as docs/PROTOCOL.md gives them.

export type UserId = string;
export type RoomId = string;
export type Presence = "online" | "away" | "offline";
export type RoomKind = "public" | "private" | "direct";
export type Role = "owner" | "moderator" | "member";

export interface User {
  id: UserId;
  username: string;
  display_name: string;
  /** 0–359, stable for each user. */
  hue: number;
  status?: string;
  time_zone?: string;
  role: "admin" | "member";
  gv: number;
  disabled?: boolean;
  imported?: boolean;
}

export interface Room {
  id: RoomId;
  kind: RoomKind;
  name: string;
  topic: string;
  code?: string;
  subject?: string;
  users?: UserId[];
  /** How many members. */
  members: number;
  created: string;
  /** The newest `seq`; 0 when the room is empty. */
  head: number;
  /** How many countable messages were ever posted. */
  count: number;
  head_time?: string;
  g: number;
  gv: number;
  deleted?: boolean;
}

export interface Membership {
  room: RoomId;
  role: Role;
  joined: string;
  read: number;
  version: number;
  unread: number;
  mentions: number;
  hidden?: boolean;
  gv: number;
  room_value?: Room;
}

export interface Member {
  room: RoomId;
  user: UserId;
  /** Absent: has left. */
  role?: Role;
  joined?: string;
  gv: number;
}

export type MessageKind = "text" | "join" | "leave" | "kick" | "rename" | "topic";

export interface Message {
  room: RoomId;
  seq: number;
  gv: number;
  kind: MessageKind;
  author?: UserId;
  subject?: UserId;
  text: string;
  time: string;
  /** Countable messages up to this one. */
  n: number;
  edited?: string;
  deleted?: boolean;
  reply_to?: number;
  mentions?: UserId[];
}

export interface LoginSession {
  id: string;
  label: string;
  created: string;
  seen: string;
  address: string;
  current: boolean;
}

interface OpOf<Kind extends string, Value> {
  g: number;
  room: RoomId | null;
  scope?: "me" | "all";
  /** Absent in a chunk: there it is a row of a snapshot. */
  p?: number;
  kind: Kind;
  value: Value;
}

export type Op =
  | OpOf<"message", Message>
  | OpOf<"member", Member>
  | OpOf<"room", Room>
  | OpOf<"membership", Membership | { room: RoomId; gone: true }>
  | OpOf<"read", Membership>
  | OpOf<"hidden", { room: RoomId; seq: number; gv: number }>
  | OpOf<"session", { id: string; ended: true }>
  | OpOf<"user", User>
  | OpOf<"directory", Room>;

export interface Chunk {
  ops: Op[];
  reset?: boolean;
}

export interface Gap {
  room: RoomId;
  from: number;
  to: number;
  tail: Message[];
}

export interface Done {
  epoch: string;
  g: number;
}

export interface Failure {
  code: string;
  message: string;
  field?: string;
  reason?: string;
  expected?: string;
  limit?: number;
  needs?: string;
  retry_after?: number;
  id?: string;
  current?: Message;
}
