// Owns giving and taking back a reaction, and the few that are at hand.
import type { Message } from "../../contract/wire";
import { session } from "../../sync/session.svelte";

export const AT_HAND = ["👍", "❤️", "😂", "🎉", "👀", "✅"];

/** Shown at once; sent as soon as there is a connection. */
export function react({ room, seq }: Message, emoji: string, on: boolean): void {
  void session.outbox.give("reactions.set", { room, seq, emoji, on });
}
