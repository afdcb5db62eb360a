// Owns what is true only now: who is online, and who is typing where.
import { SvelteMap } from "svelte/reactivity";
import type { Presence, RoomId, UserId } from "../contract/wire";

/** Typing ends by itself. */
const TYPING_MS = 6_000;

export class Live {
  /** Rooms that are up to date: what comes in them from now on is said just now. */
  rooms = $state.raw<readonly RoomId[]>([]);
  #presence = new SvelteMap<UserId, Presence>();
  #typing = new SvelteMap<RoomId, UserId[]>();
  #timers = new Map<string, ReturnType<typeof setTimeout>>();

  presence(user: UserId): Presence {
    return this.#presence.get(user) ?? "offline";
  }

  typing(room: RoomId): UserId[] {
    return this.#typing.get(room) ?? [];
  }

  setPresence(user: UserId, presence: Presence): void {
    if (presence === "offline") this.#presence.delete(user);
    else this.#presence.set(user, presence);
  }

  setOnline(online: Record<UserId, Presence>): void {
    for (const user of this.#presence.keys()) if (!(user in online)) this.#presence.delete(user);
    for (const [user, presence] of Object.entries(online)) this.setPresence(user, presence);
  }

  setTyping(room: RoomId, user: UserId, typing: boolean): void {
    const key = `${room} ${user}`;
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
    const others = this.typing(room).filter((id) => id !== user);
    if (typing) this.#timers.set(key, setTimeout(() => this.setTyping(room, user, false), TYPING_MS));
    if (typing) this.#typing.set(room, [...others, user]);
    else if (others.length > 0) this.#typing.set(room, others);
    else this.#typing.delete(room);
  }

  clear(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#typing.clear();
    this.#presence.clear();
  }
}
