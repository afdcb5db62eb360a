// Owns telling the server what was really seen: the newest visible message, while the page has the focus.
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

  constructor(room: RoomId) {
    this.#room = room;
    const opened = session.replica.memberships[room]?.version;
    $effect(() => {
      const seq = this.#newest;
      // What was marked as unread stays so until the room is opened again.
      if (!focus.looking || seq <= this.#read || this.#version !== opened) return;
      const timer = setTimeout(() => void session.read(this.#room, seq), GLANCE_MS);
      return () => clearTimeout(timer);
    });
  }

  /** The newest message that is on screen now. */
  report(seq: number): void {
    this.#newest = seq;
  }
}
