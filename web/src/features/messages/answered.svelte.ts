// Owns the few messages that replies answer and that are not in the held run.
import { SvelteMap } from "svelte/reactivity";
import type { Message, RoomId } from "../../contract/wire";
import { session } from "../../sync/session.svelte";

const KEPT = 200;

class Answered {
  #found = new SvelteMap<string, Message>();
  #asked = new Set<string>();

  of(room: RoomId, seq: number): Message | undefined {
    return this.#found.get(`${room} ${seq}`);
  }

  want(room: RoomId, seq: number): void {
    const key = `${room} ${seq}`;
    if (this.#asked.has(key)) return;
    this.#asked.add(key);
    void this.#fetch(room, seq, key);
  }

  async #fetch(room: RoomId, seq: number, key: string): Promise<void> {
    try {
      const message = await session.patiently("messages.get", { room, seq });
      if (message.author) session.want([message.author]);
      this.#found.set(key, message);
      for (const old of [...this.#found.keys()].slice(0, -KEPT)) {
        this.#found.delete(old);
        this.#asked.delete(old);
      }
    } catch {
      // What cannot be had (deleted for me) is said as such by the line itself.
    }
  }
}

export const answered = new Answered();
