// Owns the pages that share one engine: what each shows, what all of them together watch, and what each has been told.
import type { RoomId } from "../../contract/wire";
import { diff, type Logs, viewsOf } from "../patch";
import type { EngineSays, Line, Port, Stirring, TabSays } from "../port";
import type { Queue } from "../queue";
import { emptyReplica, type Replica } from "../replica";

/** What the server lets one connection watch. */
const WATCH_LIMIT = 100;

export interface Tab {
  id: string;
  port: Port<EngineSays, TabSays>;
  /** Rooms whose messages it shows. */
  shown: RoomId[];
  /** Rooms of which it wants to hear typing and presence. */
  watched: RoomId[];
  presence: Stirring;
  told: { replica: Replica; views: Logs; line?: Line; live?: string; queue?: readonly unknown[]; confirmed: number; logins: number };
  /** What was last told is not on the page yet: changes gather meanwhile, however many they are. */
  draws: boolean;
}

/** Everything of which pages are told. */
export interface State {
  replica: Replica;
  line: Line;
  /** Rooms whose newest messages are followed. */
  live: RoomId[];
  queue: Queue;
  logins: number;
}

export class Tabs {
  #tabs = new Map<string, Tab>();

  get size(): number {
    return this.#tabs.size;
  }

  get all(): Tab[] {
    return [...this.#tabs.values()];
  }

  /** It hears nothing before it is told what it begins with. */
  add(tab: Omit<Tab, "told" | "draws">): Tab {
    const added = { ...tab, draws: true, told: { replica: emptyReplica(""), views: {}, confirmed: 0, logins: 0 } };
    this.#tabs.set(tab.id, added);
    return added;
  }

  remove(id: string): void {
    this.#tabs.delete(id);
  }

  /** A page looks at a room before it has said that it shows it. */
  shows(id: string, room: RoomId): void {
    const tab = this.#tabs.get(id);
    if (tab && !tab.shown.includes(room)) tab.shown = [room, ...tab.shown];
  }

  port(id: string): Tab["port"] | undefined {
    return this.#tabs.get(id)?.port;
  }

  /** Rooms on any screen. */
  get shown(): RoomId[] {
    return distinct(this.all.flatMap((tab) => tab.shown)).slice(0, WATCH_LIMIT);
  }

  /** What one connection watches for all: the rooms on screen, then the others, the most important first. */
  get watched(): RoomId[] {
    return distinct([...this.shown, ...this.all.flatMap((tab) => tab.watched)]).slice(0, WATCH_LIMIT);
  }

  /** The person is here as long as one page says so. */
  get presence(): Stirring {
    return this.#tabs.size === 0 || this.all.some((tab) => tab.presence === "online") ? "online" : "away";
  }

  tell(words: EngineSays): void {
    for (const tab of this.#tabs.values()) tab.port.say(words);
  }

  /** Tells each page what changed since it was last told. */
  flush(state: State): void {
    for (const tab of this.#tabs.values()) if (!tab.draws) this.flushTo(tab, state);
  }

  drawn(id: string, state: State): void {
    const tab = this.#tabs.get(id);
    if (!tab) return;
    tab.draws = false;
    this.flushTo(tab, state);
  }

  flushTo(tab: Tab, { replica, line, live, queue, logins }: State): void {
    const { told } = tab;
    const views = viewsOf(replica, tab.id, tab.shown);
    const patch = diff(told.replica, replica, { before: told.views, after: views });
    const words: EngineSays = { say: "state" };
    if (patch) words.patch = patch;
    if (told.line !== line) words.line = line;
    if (told.live !== live.join(" ")) words.live = live;
    if (told.queue !== queue.entries) words.queue = [...queue.entries];
    if (told.confirmed < queue.confirmed.length) words.confirmed = queue.confirmed.slice(told.confirmed);
    if (told.logins !== logins) words.logins = logins;
    if (Object.keys(words).length === 1) return;
    tab.told = { replica, views, line, live: live.join(" "), queue: queue.entries, confirmed: queue.confirmed.length, logins };
    tab.draws = true;
    tab.port.say(words);
  }
}

function distinct(rooms: RoomId[]): RoomId[] {
  return [...new Set(rooms)];
}
