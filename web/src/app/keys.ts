// Owns the keys that work everywhere on the page, and the list of all shortcuts.
import { slashCommands } from "../features/composer/slash";
import { writing } from "../features/composer/writing.svelte";
import { go } from "../sync/addresses";
import { m } from "../texts/messages.js";
import { isWritten, MOD } from "../ui/keys";
import { readAll } from "./commands";
import { dialogs } from "./dialogs.svelte";

export interface Shortcut {
  keys: string[];
  label: string;
}

/** True: the key was for the page. */
export function pressed(event: KeyboardEvent): boolean {
  const mod = event.ctrlKey || event.metaKey;
  if (mod && !event.altKey && !event.shiftKey) {
    if (/^[k/,]$/i.test(event.key) && mayHoldWords()) return true;
    if (event.key.toLowerCase() === "k") return opened(dialogs.open === "find" ? undefined : "find");
    if (event.key === "/") return opened("keys");
    if (event.key === ",") return gone(() => go({ name: "settings" }));
    return false;
  }
  // Letters that are written are most keys, and to look through the page is dear.
  if (mod || (event.key.length === 1 && event.key !== "?") || isModal()) return false;
  if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    return gone(() => step(event.key === "ArrowUp" ? -1 : 1, event.shiftKey));
  }
  if (event.altKey) return false;
  if (event.key === "Escape" && event.shiftKey) return gone(readAll);
  if (event.key === "?" && !isWritten(event.target)) return opened("keys");
  return false;
}

/** To the room above or below at the side, of those where something waits if it is said so. */
function step(by: 1 | -1, unread: boolean): void {
  const links = [...document.querySelectorAll<HTMLAnchorElement>("nav a.entry")];
  const here = links.findIndex((link) => link.ariaCurrent === "page");
  const from = here < 0 ? (by > 0 ? -1 : links.length) : here;
  for (let nth = 1; nth <= links.length; nth++) {
    const link = links[(from + by * nth + links.length * 2) % links.length];
    if (!link || (unread && !link.classList.contains("unread"))) continue;
    location.hash = link.hash;
    return;
  }
}

function opened(name: typeof dialogs.open): true {
  dialogs.open = name;
  return true;
}

function gone(act: () => void): true {
  act();
  return true;
}

/** A dialog may hold words that another one in its place would throw away; what finds and what explains holds none. */
function mayHoldWords(): boolean {
  return dialogs.open !== "find" && dialogs.open !== "keys" && isModal();
}

function isModal(): boolean {
  return document.querySelector("dialog[open]") !== null;
}

export function shortcuts(): { title: string; keys: Shortcut[] }[] {
  return [
    {
      title: m.keys_everywhere(),
      keys: [
        { keys: [MOD, "K"], label: m.find_title() },
        { keys: ["Alt", "↓"], label: m.keys_next_room() },
        { keys: ["Alt", "↑"], label: m.keys_previous_room() },
        { keys: ["Alt", "Shift", "↓"], label: m.keys_next_unread() },
        { keys: ["Shift", "Esc"], label: m.read_all() },
        { keys: [MOD, ","], label: m.settings_title() },
        { keys: ["?"], label: m.keys_title() },
      ],
    },
    {
      title: m.keys_at_message(),
      keys: [
        { keys: ["↑", "↓"], label: m.keys_move() },
        { keys: ["R"], label: m.message_reply() },
        { keys: ["E"], label: m.message_edit() },
        { keys: ["A"], label: m.reaction_add() },
        { keys: ["S"], label: m.message_save() },
        { keys: ["P"], label: m.message_pin() },
        { keys: ["U"], label: m.message_mark_unread() },
        { keys: ["C"], label: m.message_copy() },
        { keys: ["L"], label: m.message_copy_link() },
        { keys: ["I"], label: m.keys_person() },
        { keys: ["Delete"], label: m.message_delete_all() },
      ],
    },
    {
      title: m.keys_writing(),
      keys: [
        { keys: writing.enterSends ? ["Enter"] : [MOD, "Enter"], label: m.composer_send() },
        { keys: writing.enterSends ? ["Shift", "Enter"] : ["Enter"], label: m.keys_new_line() },
        { keys: ["↑"], label: m.keys_edit_last() },
        { keys: ["Esc"], label: m.keys_stop() },
        { keys: [MOD, "B"], label: m.keys_bold() },
        { keys: [MOD, "I"], label: m.keys_italic() },
        { keys: [MOD, "E"], label: m.keys_code() },
        { keys: ["@", "#", ":"], label: m.keys_complete() },
      ],
    },
    { title: m.keys_slash(), keys: slashCommands().map(({ name, note }) => ({ keys: [`/${name}`], label: note })) },
  ];
}
