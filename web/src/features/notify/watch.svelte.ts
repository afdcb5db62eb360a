// Owns telling of what concerns me: one page of this browser does it, never of what is on screen or was read elsewhere.
import { untrack } from "svelte";
import type { Message, RoomId } from "../../contract/wire";
import { addressOf } from "../../sync/addresses";
import { isNamed } from "../../sync/counts";
import { authorName } from "../../sync/names";
import { levelOf } from "../../sync/notices";
import type { Replica } from "../../sync/replica";
import { session } from "../../sync/session.svelte";
import { focus } from "../../ui/focus.svelte";
import { plain } from "../../ui/formatted/plain";
import { choices } from "./choices.svelte";
import { close, show, shownByWorker } from "./desktop";
import { loudIn, news, settledRooms } from "./news";
import { play } from "./sounds";
import { waking } from "./waking.svelte";

/** What another page shows, or another device reads, is read by then. */
const PAUSE_MS = 900;
const LOOKED_AT = 30;
/** Several at once are heard once. */
const QUIET_MS = 1_500;

/** Begins to watch; `current` is the room on this page. Answers how to stop. */
export function watchNews(current: () => RoomId | undefined): () => void {
  const timers = new Map<RoomId, ReturnType<typeof setTimeout>>();
  const shown = new Set<RoomId>();
  let speaks = false;
  let sounded = 0;
  /** How it was when it was last up to date: what came while the connection was away is news once it is back. */
  let before: Replica | undefined;
  const release = becomeSpeaker(() => (speaks = true));

  async function tell(room: RoomId) {
    timers.delete(room);
    if (session.me?.do_not_disturb || loudIn(session.replica, room) === 0 || (focus.looking && current() === room)) return;
    choices.missed = true;
    if (choices.sound !== "off" && Date.now() - sounded > QUIET_MS) {
      sounded = Date.now();
      play(choices.sound, choices.volume / 100);
    }
    if (!choices.desktop || focus.looking) return;
    const message = await newest(room);
    if (!message || loudIn(session.replica, room) === 0) return;
    shown.add(room);
    await show(noticeOf(message), waking.wished);
  }

  /** What was shown while no page was open goes too, once it was read. */
  async function adopt() {
    for (const room of await shownByWorker()) shown.add(room);
    settle();
  }

  function settle() {
    for (const room of settledRooms(shown, session.replica)) {
      shown.delete(room);
      void close(room);
    }
  }

  const stop = $effect.root(() => {
    $effect(() => {
      if (session.line === "ready") untrack(() => void waking.look());
    });
    $effect(() => {
      if (session.line === "ready" && focus.looking) untrack(() => void adopt());
    });
    $effect(() => {
      const after = session.replica;
      if (session.line !== "ready") return;
      const found = before?.me === after.me ? news(before, after) : [];
      before = after;
      untrack(settle);
      if (!speaks) return;
      for (const room of found) if (!timers.has(room)) timers.set(room, setTimeout(() => void tell(room), PAUSE_MS));
    });
  });
  return () => {
    stop();
    release();
    for (const timer of timers.values()) clearTimeout(timer);
  };
}

/** The first page of this browser, and the next one when that is gone. */
function becomeSpeaker(granted: () => void): () => void {
  if (!("locks" in navigator)) {
    granted();
    return () => undefined;
  }
  const end = new AbortController();
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  navigator.locks
    .request(`parlour speaker ${session.replica.me}`, { signal: end.signal }, () => {
      granted();
      return held;
    })
    .catch(() => undefined);
  return () => {
    end.abort();
    release();
  };
}

/** What is to be told of: the newest word that concerns me and was not read. */
async function newest(room: RoomId): Promise<Message | undefined> {
  const page = await session.call("messages.history", { room, limit: LOOKED_AT }).catch(() => undefined);
  if (!page) return undefined;
  session.take({ users: page.users });
  const { me, memberships, rooms } = session.replica;
  const all = levelOf(memberships[room], rooms[room]?.kind) === "all";
  const read = memberships[room]?.read ?? 0;
  return page.messages.findLast((one) => one.seq > read && one.author !== me && !one.deleted && (all ? one.kind === "text" : isNamed(one, me)));
}

function noticeOf(message: Message) {
  const { room, seq, author, text, html } = message;
  const place = session.replica.rooms[room];
  const name = authorName(author, session.person(author));
  const where = place?.kind === "direct" ? place.subject : place && `#${place.name}`;
  return { room, title: where ? `${name} · ${where}` : name, body: plain(html, text).slice(0, 240), address: addressOf({ name: "room", room, seq }) };
}
