// Owns the fetching of profiles that something on the page names and the replica does not hold.
import type { Answers, Takes } from "../contract/commands";
import type { UserId } from "../contract/wire";
import { type Replica, withUsers } from "./replica";

/** Profiles fetched at once. */
const AT_ONCE = 200;

interface Source {
  readonly replica: Replica;
  call(name: "users.list", takes: Takes<"users.list">): Promise<Answers<"users.list">>;
  change(step: (replica: Replica) => Replica): void;
}

export class People {
  #source: Source;
  #asked = new Set<UserId>();

  constructor(source: Source) {
    this.#source = source;
  }

  want(users: UserId[]): void {
    const missing = users.filter((user) => !this.#source.replica.users[user] && !this.#asked.has(user));
    const ids = [...new Set(missing)];
    for (let from = 0; from < ids.length; from += AT_ONCE) void this.#fetch(ids.slice(from, from + AT_ONCE));
  }

  async #fetch(ids: UserId[]): Promise<void> {
    for (const id of ids) this.#asked.add(id);
    try {
      const { users } = await this.#source.call("users.list", { ids });
      this.#source.change((replica) => withUsers(replica, users));
    } catch {
      // A profile that cannot be had leaves the person unnamed; a later occasion asks again.
    } finally {
      for (const id of ids) this.#asked.delete(id);
    }
  }
}
