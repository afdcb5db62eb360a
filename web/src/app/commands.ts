// Owns what can be done from anywhere: the entries of the side's menus and of the quick switcher.
import { signOut } from "../features/accounts/sign-out";
import { disturbNot } from "../features/accounts/undisturbed";
import { go } from "../sync/addresses";
import { session } from "../sync/session.svelte";
import { m } from "../texts/messages.js";
import type { MenuItem } from "../ui/Menu.svelte";
import { dialogs } from "./dialogs.svelte";
import { install } from "./install.svelte";

export interface Command extends MenuItem {
  name: string;
}

export function roomCommands(): Command[] {
  return [
    { name: "create", label: m.room_create_title(), icon: "plus", act: () => (dialogs.open = "create") },
    { name: "browse", label: m.room_browse_title(), icon: "compass", act: () => (dialogs.open = "browse") },
    { name: "join", label: m.room_join_title(), icon: "lock", act: () => (dialogs.open = "join") },
  ];
}

export function myCommands(): Command[] {
  return [
    { name: "status", label: m.status_title(), icon: "smile", act: () => (dialogs.open = "status") },
    undisturbed(),
    { name: "saved", label: m.saved_title(), icon: "bookmark", act: () => go({ name: "saved" }) },
    { name: "settings", label: m.settings_title(), icon: "settings", act: () => go({ name: "settings" }) },
    { name: "keys", label: m.keys_title(), icon: "keys", act: () => (dialogs.open = "keys") },
    ...(install.possible ? [{ name: "install", label: m.app_install(), icon: "device" as const, act: () => void install.begin() }] : []),
    { name: "sign-out", label: m.sign_out(), icon: "leave", act: () => void signOut() },
  ];
}

/** Do not disturb, until my status ends or I say so. */
function undisturbed(): Command {
  const wished = !session.me?.do_not_disturb;
  const label = wished ? m.presence_quiet() : m.presence_quiet_end();
  return { name: "undisturbed", label, icon: wished ? "bell-off" : "bell", act: () => void disturbNot(wished) };
}

export function commands(): Command[] {
  return [
    ...roomCommands(),
    { name: "direct", label: m.direct_open_title(), icon: "chat", act: () => (dialogs.open = "direct") },
    { name: "read-all", label: m.read_all(), icon: "check", act: readAll },
    ...myCommands(),
  ];
}

/** All that waits counts as read, on all my devices. */
export function readAll(): void {
  for (const { room, unread } of Object.values(session.replica.memberships)) {
    const head = session.replica.rooms[room]?.head;
    if (unread > 0 && head !== undefined) session.read(room, head);
  }
}
