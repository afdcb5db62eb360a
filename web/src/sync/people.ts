// Owns the fetching of profiles that something on the page names and the replica does not hold.
import type { Answers, Takes } from "../contract/commands";
import type { UserId } from "../contract/wire";
import { type Replica, withUsers } from "./replica";

/** Profiles fetched for one occasion; more than that come when they are looked at. */
const AT_ONCE = 100;

interface Source {
  readonly replica: Replica;
  call(name: "users.get", takes: Takes<"users.get">): Promise<Answers<"users.get">>;
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
    for (const user of new Set(missing.slice(0, AT_ONCE))) void this.#fetch(user);
  }

  async #fetch(user: UserId): Promise<void> {
    this.#asked.add(user);
    try {
      const profile = await this.#source.call("users.get", { user });
      this.#source.change((replica) => withUsers(replica, [profile]));
    } catch {
      // A profile that cannot be had leaves the person unnamed; a later occasion asks again.
    } finally {
      this.#asked.delete(user);
    }
  }
}
