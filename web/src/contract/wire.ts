// Owns the names of the server's values on this side, made from its generated contract.
import type { components } from "./openapi";

export type Schemas = components["schemas"];

/** On the wire an optional field is absent, never null. */
export type Given<Value> = { [Key in keyof Value]: Exclude<Value[Key], null> };
/** What is empty or false is left out too, though the schema calls it required. */
type Lean<Value, Left extends keyof Value> = Omit<Given<Value>, Left> & Partial<Pick<Given<Value>, Left>>;

export type UserId = string;
export type RoomId = string;
export type Presence = Schemas["PresenceState"];
export type RoomKind = Schemas["Kind"];
export type Role = Schemas["RoomRole"];
export type MessageKind = Schemas["Line"];

export type User = Lean<Schemas["User"], "status" | "do_not_disturb" | "time_zone" | "disabled" | "imported">;
export type Room = Lean<Schemas["Room"], "topic" | "subject" | "users" | "deleted">;
export type Membership = Lean<Schemas["Membership"], "hidden"> & { room_value?: Room };
export type Member = Lean<Schemas["Member"], "joined">;
export type Message = Lean<Schemas["Message"], "deleted" | "mentions" | "all" | "reactions">;
export type SavedMessage = Lean<Schemas["SavedMessage"], "gone">;
export type Draft = Lean<Schemas["Draft"], "gone">;
export type Settings = Schemas["OwnSettings"];
export type LoginSession = Schemas["Session"];
export type Failure = Pick<Schemas["Problem"], "code" | "message"> & {
  field?: string;
  reason?: string;
  rule?: string;
  expected?: string;
  limit?: number;
  needs?: string;
  /** Seconds. */
  retry_after?: number;
  id?: string;
  current?: Message;
};

interface OpOf<Kind extends string, Value> {
  g: number;
  room: RoomId | null;
  scope?: Schemas["OpScope"];
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
  | OpOf<"touched", Schemas["TouchedMessage"]>
  | OpOf<"hidden", Schemas["HiddenMessage"]>
  | OpOf<"saved", SavedMessage>
  | OpOf<"draft", Draft>
  | OpOf<"settings", Settings>
  | OpOf<"session", Schemas["EndedSession"]>
  | OpOf<"user", User>
  | OpOf<"directory", Room>;

export interface Chunk {
  ops: Op[];
  reset?: boolean;
}

export type Gap = Omit<Schemas["GapEvent"], "tail"> & { tail: Message[] };

/** Digests of blocks of 256 messages: room → block → 16 hex digits. */
export type Digests = Record<RoomId, Record<string, string>>;
export type Done = Schemas["DoneEvent"] & { digests?: Digests };

/** Something changed in a room that is not watched: its present head, all values absolute. */
export interface Bump {
  room: RoomId;
  g: number;
  head: number;
  count: number;
  time?: string;
}

/** The room is now held up to `g`. */
export interface Caught {
  room: RoomId;
  g: number;
}
