// Owns what each command takes and answers, made from the server's generated contract.
import type { Digests, Done, Given, LoginSession, Member, Membership, Message, Presence, Room, RoomId, Schemas, User, UserId } from "./wire";

export type RoomWithMe = Room & { me?: Membership };
type Nothing = Schemas["Done"];
type Asks<Name extends keyof Schemas> = Given<Schemas[Name]>;

export interface HistoryPage extends Omit<Schemas["Page"], "messages" | "users"> {
  messages: Message[];
  users: User[];
}

export interface MembersPage {
  members: (Member & { presence: Presence })[];
  users: User[];
  more: boolean;
}

/** A block of a room as the server has it. */
export interface Different {
  room: RoomId;
  block: number;
  digest: string;
  messages: Message[];
}

export interface Hello {
  epoch?: string;
  g: number;
  watch: RoomId[];
  /** Rooms of which messages are held: up to where. */
  held?: Record<RoomId, number>;
  /** Blocks whose digests `done` shall say. */
  blocks?: Record<RoomId, number[]>;
}

/** Command name → [takes, answers]. */
export interface Commands {
  "sessions.list": [Asks<"Nothing">, { sessions: LoginSession[] }];
  "sessions.revoke": [Asks<"Revoke">, Nothing];
  "password.change": [Asks<"ChangePassword">, Nothing];
  "profile.get": [Asks<"GetProfile">, User];
  "profile.set": [Asks<"SetProfile">, User];
  "settings.set": [Asks<"SetSettings">, Nothing];
  "invitations.create": [Asks<"CreateInvitation">, Schemas["NewInvitation"]];
  "invitations.list": [Asks<"Nothing">, { invitations: Schemas["Invitation"][] }];
  "invitations.revoke": [Asks<"RevokeInvitation">, Nothing];
  "users.list": [Asks<"ListUsers">, { users: User[]; more: boolean }];
  "users.get": [Asks<"GetUser">, User];
  "rooms.create": [Asks<"CreateRoom">, RoomWithMe];
  "rooms.list": [Asks<"ListRooms">, { rooms: RoomWithMe[]; more: boolean }];
  "rooms.get": [Asks<"GetRoom">, RoomWithMe];
  "rooms.join": [Asks<"JoinRoom">, RoomWithMe];
  "rooms.leave": [Asks<"InRoom">, Nothing];
  "rooms.update": [Asks<"UpdateRoom">, Room];
  "rooms.renew_code": [Asks<"InRoom">, Room];
  "rooms.delete": [Asks<"InRoom">, Nothing];
  "rooms.members": [Asks<"ListMembers">, MembersPage];
  "rooms.hide": [Asks<"InRoom">, Membership];
  "rooms.notify": [Asks<"SetNotify">, Membership];
  "members.kick": [Asks<"Kick">, Nothing];
  "direct.open": [Asks<"OpenDirect">, RoomWithMe];
  "messages.send": [Asks<"Send">, Schemas["Sent"]];
  "messages.edit": [Asks<"Edit">, Message];
  "messages.delete": [Asks<"Delete">, Schemas["Deleted"]];
  "messages.history": [Asks<"History">, HistoryPage];
  "messages.get": [Asks<"OneMessage">, Message];
  "messages.preview": [Asks<"Preview">, { html: string }];
  "reactions.set": [Asks<"SetReaction">, Message];
  "pins.set": [Asks<"SetPin">, Message];
  "pins.list": [Asks<"ListPins">, { messages: Message[]; users: User[] }];
  "saved.set": [Asks<"SetSaved">, Nothing];
  "saved.list": [Asks<"ListSaved">, { messages: Message[]; users: User[]; more: boolean; next?: number }];
  "drafts.set": [Asks<"SetDraft">, Nothing];
  "reads.set": [Asks<"SetRead">, Membership];
  "reads.list": [Asks<"ListReads">, { unread: number; mentions: number; rooms: Membership[] }];
  "push.key": [Asks<"Nothing">, Given<Schemas["PushKey"]>];
  "push.subscribe": [Asks<"Subscribe">, Nothing];
  "push.unsubscribe": [Asks<"Nothing">, Nothing];
  "typing.set": [Asks<"SetTyping">, Nothing];
  "presence.set": [Asks<"SetPresence">, Nothing];
  "watch.set": [{ rooms: RoomId[]; held?: Record<RoomId, number> }, { online: Record<UserId, Presence> }];
  "sync.check": [{ blocks: Digests; cause?: "done" | "hourly" }, { different: Different[]; users: User[] }];
  hello: [Hello, Done];
}

export type CommandName = keyof Commands;
export type Takes<Name extends CommandName> = Commands[Name][0];
export type Answers<Name extends CommandName> = Commands[Name][1];
