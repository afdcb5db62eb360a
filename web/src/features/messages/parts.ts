// Owns the places at a message that other features fill: they do not know of each other, the page puts them together.
import type { Snippet } from "svelte";
import type { Message, UserId } from "../../contract/wire";
import type { MenuItem } from "../../ui/Menu.svelte";

export interface Parts {
  /** Over the words. */
  above: Snippet<[Message]>;
  /** Under the words. */
  beneath: Snippet<[Message]>;
  /** In the bar of tools; says when something of it is open, so that the bar stays. */
  tools: Snippet<[Message, (open: boolean) => void]>;
  /** In the menu of the bar. */
  actions: (message: Message) => MenuItem[];
  /** Shows who somebody is, beside where their name stands. */
  person: (user: UserId, anchor: Element) => void;
}
