// Owns what each command takes and answers, as docs/PROTOCOL.md lists them.
import type { Done, LoginSession, Member, Membership, Message, Presence, Role, Room, RoomId, RoomKind, User, UserId } from "./wire";

export type RoomWithMe = Room & { me?: Membership };
type Nothing = Record<string, never>;

export interface HistoryPage {
  messages: Message[];
  users: User[];
  head: number;
  more_before: boolean;
  more_after: boolean;
}

export interface MembersPage {
  members: (Member & { presence: Presence })[];
  users: User[];
  more: boolean;
}

/** Command name → [takes, answers]. */
export interface Commands {
  "sessions.list": [Nothing, { sessions: LoginSession[] }];
  "sessions.revoke": [{ session: string }, Nothing];
  "password.change": [{ current: string; new: string }, Nothing];
  "profile.get": [Nothing, User];
  "profile.set": [{ cid?: string; display_name?: string; status?: string; time_zone?: string }, User];
  "users.list": [{ query?: string; after?: string; limit?: number }, { users: User[]; more: boolean }];
  "users.get": [{ user: UserId }, User];
  "rooms.create": [{ cid: string; name: string; kind: RoomKind; topic?: string }, RoomWithMe];
  "rooms.list": [{ scope?: "mine" | "public"; query?: string; after?: string; limit?: number }, { rooms: RoomWithMe[]; more: boolean }];
  "rooms.get": [{ room: RoomId }, RoomWithMe];
  "rooms.join": [{ cid?: string; room?: RoomId; code?: string }, RoomWithMe];
  "rooms.leave": [{ room: RoomId }, Nothing];
  "rooms.update": [{ cid?: string; room: RoomId; name?: string; topic?: string; kind?: RoomKind }, Room];
  "rooms.renew_code": [{ room: RoomId }, Room];
  "rooms.delete": [{ room: RoomId }, Nothing];
  "rooms.members": [{ room: RoomId; after?: string; limit?: number }, MembersPage];
  "rooms.hide": [{ room: RoomId }, Membership];
  "members.kick": [{ room: RoomId; user: UserId }, Nothing];
  "members.set_role": [{ room: RoomId; user: UserId; role: Role }, Member];
  "direct.open": [{ cid?: string; users: UserId[]; subject?: string }, RoomWithMe];
  "messages.send": [
    { cid: string; room: RoomId; text: string; reply_to?: number },
    { room: RoomId; seq: number; g: number; time: string },
  ];
  "messages.edit": [{ cid?: string; room: RoomId; seq: number; text: string; gv?: number }, Message];
  "messages.delete": [{ room: RoomId; seq: number; for?: "all" | "me" }, { room: RoomId; seq: number; g: number }];
  "messages.history": [
    { room: RoomId; before?: number; after?: number; around?: number; limit?: number },
    HistoryPage,
  ];
  "messages.get": [{ room: RoomId; seq: number }, Message];
  "reads.set": [{ cid?: string; room: RoomId; seq: number }, Membership];
  "reads.list": [Nothing, { unread: number; mentions: number; rooms: Membership[] }];
  "typing.set": [{ room: RoomId; typing: boolean }, Nothing];
  "presence.set": [{ presence: "online" | "away" }, Nothing];
  "watch.set": [{ rooms: RoomId[] }, { online: Record<UserId, Presence> }];
  hello: [{ epoch?: string; g?: number; watch?: RoomId[] }, Done];
}

export type CommandName = keyof Commands;
export type Takes<Name extends CommandName> = Commands[Name][0];
export type Answers<Name extends CommandName> = Commands[Name][1];
