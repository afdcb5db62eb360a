// Owns asking the server for my counts where what was told leaves them open.
import type { Answers, CommandName, Takes } from "../../contract/commands";
import { type Replica, withMembership } from "../replica";

const WAIT_MS = 500;
/** Of so few rooms each is asked for by itself; of more, all at once. */
const FEW = 5;

export interface Source {
  get(): Replica;
  set(replica: Replica): void;
  call<Name extends CommandName>(name: Name, takes: Takes<Name>): Promise<Answers<Name>>;
}

export class Recount {
  #source: Source;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(source: Source) {
    this.#source = source;
  }

  soon(): void {
    this.#timer ??= setTimeout(() => void this.#ask(), WAIT_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  async #ask(): Promise<void> {
    const rooms = this.#source.get().uncertain;
    this.#source.set({ ...this.#source.get(), uncertain: [] });
    this.#timer = undefined;
    try {
      if (rooms.length > FEW) this.#take((await this.#source.call("reads.list", {})).rooms);
      else for (const room of rooms) this.#take([(await this.#source.call("rooms.get", { room })).me]);
    } catch {
      // Without a connection: the next `hello` brings the counts of all that changed.
    }
  }

  #take(values: (Answers<"rooms.get">["me"])[]): void {
    const replica = this.#source.get();
    const known = values.filter((value) => value !== undefined && replica.memberships[value.room] !== undefined);
    this.#source.set(known.reduce((next, value) => withMembership(next, value!), replica));
  }
}
