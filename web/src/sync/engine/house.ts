// Owns what pages say to the engine of this process: one engine at a time, for whoever is signed in.
import type { CommandName, Takes } from "../../contract/commands";
import type { RoomId, User } from "../../contract/wire";
import { Disk } from "../disk/disk";
import type { EngineSays, Port, TabSays, Wanted } from "../port";
import { refusalOf } from "../refused";
import { Engine } from "./engine";
import { whenGone } from "./lock";

type EnginePort = Port<EngineSays, TabSays>;

export class House {
  #engine: Engine | undefined;

  open(port: EnginePort): void {
    let entered: (TabSays & { say: "enter" }) | undefined;
    port.hear((words) => {
      if (words.say === "alive") port.say({ say: "alive" });
      else if (words.say === "enter") {
        entered = words;
        this.#enter(port, words);
      } else if (entered) {
        const { tab, user } = entered;
        const engine = this.#engine;
        // The server may have ended the session before the page asks that nothing of it stays.
        if (words.say === "leave" && !words.ended && engine?.user.id !== user.id) void new Disk(user.id).wipe();
        if (engine?.user.id !== user.id) port.say({ say: "out", user: user.id, ended: false });
        else engine.whenLoaded(() => this.#engine === engine && this.#hear(engine, tab, words));
      }
    });
  }

  #enter(port: EnginePort, { tab, user, shown, watched, presence }: TabSays & { say: "enter" }): void {
    if (this.#engine && this.#engine.user.id !== user.id) {
      this.#engine.leaveTab(tab);
      void this.#engine.leave();
    }
    const engine = (this.#engine ??= this.#newEngine(user, shown));
    void engine.enter({ id: tab, port, shown, watched, presence });
    whenGone(tab, () => engine.leaveTab(tab));
  }

  #newEngine(user: User, shown: RoomId[]): Engine {
    const engine: Engine = new Engine(user, () => {
      if (this.#engine === engine) this.#engine = undefined;
    });
    engine.start(shown);
    return engine;
  }

  #hear(engine: Engine, tab: string, words: Exclude<TabSays, { say: "enter" | "alive" }>): void {
    switch (words.say) {
      case "show":
        return void engine.show(tab, words.shown, words.watched).then(() => engine.flush(tab));
      case "call":
        return void this.#answer(engine, tab, words.id, () => this.#call(engine, words));
      case "look":
        return void this.#answer(engine, tab, words.id, () => look(engine, tab, words.wanted));
      case "queue":
        return void this.#answer(engine, tab, words.id, () => engine.queue.add(words.entry));
      case "drawn":
        return engine.tabs.drawn(tab, engine.state);
      case "trim":
        return engine.history.trim(tab, words.room);
      case "retry":
        return engine.queue.retry(words.cid);
      case "discard":
        return engine.queue.discard(words.cid);
      case "take":
        return void this.#answer(engine, tab, words.id, async () => engine.take(words.news));
      case "want":
        return engine.want(words.users);
      case "read":
        return engine.read(words.room, words.seq);
      case "unread":
        return engine.unread(words.room, words.seq);
      case "presence":
        return engine.stir(tab, words.presence);
      case "typing":
        return void engine.feed.call("typing.set", { room: words.room, typing: words.typing }).catch(() => undefined);
      case "hurry":
        return engine.feed.hurry();
      case "leave":
        return void engine.leave(words.ended ? undefined : tab);
      case "bye":
        return engine.leaveTab(tab);
    }
  }

  #call(engine: Engine, { name, takes, patient }: TabSays & { say: "call" }): Promise<unknown> {
    const given = takes as Takes<CommandName>;
    return patient ? engine.feed.patiently(name, given) : engine.feed.surely(name, given);
  }

  /** What changed meanwhile is told before the answer. */
  async #answer(engine: Engine, tab: string, id: number, work: () => Promise<unknown>): Promise<void> {
    try {
      const value = await work();
      engine.flush(tab);
      engine.tabs.port(tab)?.say({ say: "answer", id, value });
    } catch (error) {
      engine.tabs.port(tab)?.say({ say: "refusal", id, failure: refusalOf(error).failure });
    }
  }
}

function look(engine: Engine, tab: string, wanted: Wanted): Promise<void> {
  const { history } = engine;
  engine.tabs.shows(tab, wanted.room);
  switch (wanted.way) {
    case "newest":
      return history.newest(tab, wanted.room);
    case "older":
      return history.older(tab, wanted.room);
    case "newer":
      return history.newer(tab, wanted.room);
    case "around":
      return history.around(tab, wanted.room, wanted.seq);
  }
}
