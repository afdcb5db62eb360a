// Owns telling the server what was really seen: the newest visible message, while the page has the focus.
import { untrack } from "svelte";
import type { RoomId } from "../../contract/wire";
import { session } from "../../sync/session.svelte";
import { focus } from "../../ui/focus.svelte";

/** A message that only flew past while scrolling was not read. */
const GLANCE_MS = 250;

export class Seen {
  #room: RoomId;
  #newest = $state(0);
  // Derived, so that other changes of the replica do not start the glance anew.
  #read = $derived.by(() => session.replica.memberships[this.#room]?.read ?? Infinity);
  #version = $derived.by(() => session.replica.memberships[this.#room]?.version);
  /** Marked as unread while it is open, here or elsewhere: looking at it does not undo that. */
  #isHeld = $state(false);

  constructor(room: RoomId) {
    this.#room = room;
    let version = this.#version;
    $effect(() => {
      const now = this.#version;
      if (version !== undefined && now !== undefined && now > version) this.#isHeld = true;
      version = now;
    });
    $effect(() => {
      // Whoever says something there has come to its end.
      if (session.outbox.of(this.#room).length > 0) untrack(() => (this.#isHeld = false));
    });
    $effect(() => {
      const seq = this.#newest;
      if (this.#isHeld || !focus.looking || seq <= this.#read) return;
      const timer = setTimeout(() => session.read(this.#room, seq), GLANCE_MS);
      return () => clearTimeout(timer);
    });
  }

  /** The newest message that is on screen now. */
  report(seq: number): void {
    this.#newest = seq;
  }
}
