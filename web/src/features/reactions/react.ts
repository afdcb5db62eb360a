// Owns giving and taking away a reaction: at once on this page, through the outbox to the server.
import type { Message } from "../../contract/wire";
import { session } from "../../sync/session.svelte";

export function react({ room, seq }: Message, emoji: string, on: boolean): void {
  // What the server refuses is said by the page, wherever it came from.
  void session.outbox.give("reactions.set", { room, seq, emoji, on }).catch(() => undefined);
}
