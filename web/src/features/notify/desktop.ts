// Owns notices outside of the page: one a room, gone when it was read.
import type { RoomId } from "../../contract/wire";

export interface Notice {
  room: RoomId;
  title: string;
  body: string;
  /** Where a click leads. */
  address: string;
}

const open = new Map<RoomId, Notification>();

/** `byWorker`: where pushes come as well, both are one notice. */
export async function show({ room, title, body, address }: Notice, byWorker = false): Promise<void> {
  const options: NotificationOptions = { body, tag: room, icon: "/icon-192.png", badge: "/icon-192.png", silent: true, data: { address } };
  if (byWorker && (await showByWorker(title, options))) return;
  try {
    const notice = new Notification(title, options);
    open.set(room, notice);
    notice.onclick = () => {
      window.focus();
      location.hash = address;
      notice.close();
    };
  } catch {
    // On phones only a service worker may.
    await showByWorker(title, options);
  }
}

async function showByWorker(title: string, options: NotificationOptions): Promise<boolean> {
  const worker = await navigator.serviceWorker?.getRegistration();
  await worker?.showNotification(title, options);
  return worker !== undefined;
}

/** The rooms of which the worker shows something: also what it was woken for while no page was open. */
export async function shownByWorker(): Promise<RoomId[]> {
  return (await ofWorker()).map(({ tag }) => tag);
}

export async function close(room: RoomId): Promise<void> {
  open.get(room)?.close();
  open.delete(room);
  for (const notice of await ofWorker()) if (notice.tag === room) notice.close();
}

/** Nobody is in any more: what was told was not for whoever comes next. */
export async function closeAll(): Promise<void> {
  for (const room of new Set([...open.keys(), ...(await shownByWorker())])) await close(room);
}

async function ofWorker(): Promise<Notification[]> {
  const worker = await navigator.serviceWorker?.getRegistration();
  return (await worker?.getNotifications()) ?? [];
}
