// Owns what a page and the engine say to each other; both sides may be in one process or in two.
import type { CommandName } from "../contract/commands";
import type { Failure, Presence, RoomId, User, UserId } from "../contract/wire";
import type { Patch } from "./patch";
import type { Entry } from "./queue";
import type { News } from "./replica";

/** Whether what is on the page comes from the server now. */
export type Line = "connecting" | "ready" | "lost";
export type Stirring = "online" | "away";

/** A stretch of a room's history that the page wants to show. */
export type Wanted =
  | { way: "newest" | "older" | "newer"; room: RoomId }
  | { way: "around"; room: RoomId; seq: number };

/** What a page says. Those with an `id` are answered. */
export type TabSays =
  | { say: "enter"; tab: string; user: User; shown: RoomId[]; watched: RoomId[]; presence: Stirring }
  | { say: "show"; shown: RoomId[]; watched: RoomId[] }
  | { say: "call"; id: number; name: CommandName; takes: object; patient: boolean }
  | { say: "look"; id: number; wanted: Wanted }
  /** What was last told is on the page: it can take more. */
  | { say: "drawn" }
  | { say: "trim"; room: RoomId }
  | { say: "queue"; id: number; entry: Entry }
  | { say: "retry" | "discard"; cid: string }
  | { say: "take"; id: number; news: News }
  | { say: "want"; users: UserId[] }
  | { say: "read"; room: RoomId; seq: number }
  | { say: "unread"; room: RoomId; seq: number }
  | { say: "presence"; presence: Stirring }
  | { say: "typing"; room: RoomId; typing: boolean }
  | { say: "hurry" }
  /** Is it there? Asked where its lock is not known, and answered with the same. */
  | { say: "alive" }
  | { say: "leave"; ended: boolean }
  | { say: "bye" };

export type EngineSays =
  | { say: "alive" }
  /** First of all: for as long as it lives it holds the lock of this name. */
  | { say: "here"; engine: string }
  | { say: "state"; line?: Line; live?: RoomId[]; patch?: Patch; queue?: Entry[]; confirmed?: [name: string, cid: string][]; logins?: number }
  | { say: "answer"; id: number; value: unknown }
  | { say: "refusal"; id: number; failure: Failure }
  | { say: "presence"; people: Record<UserId, Presence> }
  | { say: "online"; online: Record<UserId, Presence> }
  | { say: "typing"; room: RoomId; user: UserId; typing: boolean }
  | { say: "calm" }
  /** A command that was queued was refused, and nobody waits for its answer. */
  | { say: "refused"; name: string; failure: Failure }
  /** The disk takes nothing more: what is held lives as long as this process. */
  | { say: "unkept" }
  | { say: "out"; user: UserId; ended: boolean };

/** One end of the way between them. */
export interface Port<Says, Hears> {
  say(words: Says): void;
  hear(listener: (words: Hears) => void): void;
}

export function portOf<Says, Hears>(port: MessagePort): Port<Says, Hears> {
  return {
    say: (words) => port.postMessage(words),
    hear: (listener) => {
      port.onmessage = (event) => listener(event.data as Hears);
    },
  };
}

/** Both ends of a way within one process; what is said is heard a moment later, as from elsewhere. */
export function ends<Says, Hears>(): [Port<Says, Hears>, Port<Hears, Says>] {
  let here: (words: Hears) => void = () => undefined;
  let there: (words: Says) => void = () => undefined;
  return [
    { say: (words) => queueMicrotask(() => there(words)), hear: (listener) => (here = listener) },
    { say: (words) => queueMicrotask(() => here(words)), hear: (listener) => (there = listener) },
  ];
}
