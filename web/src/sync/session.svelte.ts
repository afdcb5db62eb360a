// Owns the signed-in session on this page: what the engine tells of the replica, and what is asked of it.
import { tick } from "svelte";
import type { Answers, CommandName, Takes } from "../contract/commands";
import type { Failure, RoomId, User, UserId } from "../contract/wire";
import { took } from "./apply";
import { Asked } from "./asked";
import type { Held } from "./disk/held";
import { early, shownFirst } from "./early";
import { Live } from "./live.svelte";
import { Outbox } from "./outbox.svelte";
import { rested } from "./pace";
import { alike, patched } from "./patch";
import type { EngineSays, Line, Stirring, TabSays, Wanted } from "./port";
import { emptyReplica, knowsRooms, type News, type Replica, sameRooms } from "./replica";
import * as rest from "./rest";
import { TAB, type TabPort, wayToEngine } from "./way";
import { forgetLast, lastUser, rememberLast } from "./last";
import { forgetTyped } from "./typed";

export class Session {
  phase = $state<"starting" | "out" | "in" | "unreachable">("starting");
  /** Signed out from elsewhere, not here. */
  ended = $state(false);
  line = $state<Line>("connecting");
  #replica = $state.raw<Replica>(emptyReplica(""));
  /** What every row of a page looks at: it changes seldom, and what looks at nothing else is left alone meanwhile. */
  users = $state.raw<Replica["users"]>({});
  saved = $state.raw<Replica["saved"]>({});
  myId = $state.raw<UserId>("");
  /** Rises when an engine has told what there is: what a page shows of a room may be another stretch now. */
  beginnings = $state(0);
  /** Rises when one of my logins ended. */
  loginsChanged = $state(0);
  /** A command that had waited was refused; and: the disk takes nothing more. */
  refused = $state.raw<Failure>();
  unkept = $state(false);
  readonly live = new Live();
  readonly outbox = new Outbox({
    queue: (entry) => this.#asked.ask({ say: "queue", entry }) as Promise<void>,
    retry: (cid) => this.#say({ say: "retry", cid }),
    discard: (cid) => this.#say({ say: "discard", cid }),
    head: (room) => this.replica.rooms[room]?.head ?? 0,
  });
  readonly history = {
    open: (room: RoomId) => this.#look({ way: "newest", room }),
    older: (room: RoomId) => this.#look({ way: "older", room }),
    newer: (room: RoomId) => this.#look({ way: "newer", room }),
    around: (room: RoomId, seq: number) => this.#look({ way: "around", room, seq }),
    trim: (room: RoomId) => this.#say({ say: "trim", room }),
  };
  #port: TabPort | undefined;
  /** Said before there was a way. */
  #unsaid: TabSays[] = [];
  /** What the engine has told, while it still knows less than what is on the page. */
  #behind: Replica | undefined;
  #profile: User | undefined;
  #shown: RoomId[] = [];
  #watched: RoomId[] = [];
  #presence: Stirring = "online";
  /** The session is being ended here: the engine may hear of it before this page does. */
  #leaves = false;
  readonly #asked = new Asked((words) => this.#say(words));

  get replica(): Replica {
    return this.#replica;
  }

  set replica(next: Replica) {
    this.#replica = next;
    this.users = next.users;
    this.saved = next.saved;
    this.myId = next.me;
  }

  get me(): User | undefined {
    return this.users[this.myId] ?? this.#profile;
  }

  /** Whoever was here last sees what this browser holds at once; who it is now is asked meanwhile. */
  async start(): Promise<void> {
    const last = lastUser();
    void early?.held.then((held) => this.#glance(held));
    if (last) await this.#enter(last);
    else this.phase = "starting";
    try {
      const user = await rest.whoAmI();
      if (user && user.id !== last?.id) await this.#enter(user);
      else if (!user && last) this.#say({ say: "leave", ended: true });
      else if (!user) this.phase = "out";
    } catch {
      if (!last) this.phase = "unreachable";
    }
  }

  async signIn(username: string, password: string): Promise<void> {
    await this.#enter(await rest.signIn(username, password));
  }

  async register(registration: rest.Registration): Promise<void> {
    await this.#enter(await rest.register(registration));
  }

  async signOut(): Promise<void> {
    const me = this.myId;
    this.#leaves = true;
    await rest.signOut().finally(() => (this.#leaves = false));
    forgetTyped(me);
    this.#say({ say: "leave", ended: false });
    this.#leave(false);
  }

  /** Sends a command; rejects with a Refusal. */
  call<Name extends CommandName>(name: Name, takes: Takes<Name>): Promise<Answers<Name>> {
    return this.#asked.ask({ say: "call", name, takes, patient: false }) as Promise<Answers<Name>>;
  }

  /** The same for what a page needs to open: waits a little for the connection. */
  patiently<Name extends CommandName>(name: Name, takes: Takes<Name>): Promise<Answers<Name>> {
    return this.#asked.ask({ say: "call", name, takes, patient: true }) as Promise<Answers<Name>>;
  }

  /** Values from an answer, for all pages. */
  take(news: News): void {
    // At once on this page, so that it can go where the answer leads.
    this.replica = took(this.replica, news);
    void this.#asked.ask({ say: "take", news }).catch(() => undefined);
  }

  /** An answer that is a room with my place in it. */
  takeRoom({ me, ...room }: Answers<"rooms.get">): void {
    this.take({ room, me });
  }

  person(user: UserId | undefined): User | undefined {
    return user === undefined ? undefined : this.users[user];
  }

  /** What I have begun to write in a room, on any of my devices. */
  draft(room: RoomId): { text: string; reply_to?: number } | undefined {
    const words = this.outbox.draftOf(room) ?? this.replica.drafts[room];
    return words?.text ? words : undefined;
  }

  want(users: UserId[]): void {
    this.#say({ say: "want", users });
  }

  /** The rooms whose messages are on screen, and the others of which presence is. */
  show(shown: RoomId[], watched: RoomId[]): void {
    if (sameRooms(shown, this.#shown) && sameRooms(watched, this.#watched)) return;
    this.#shown = shown;
    this.#watched = watched;
    this.#say({ say: "show", shown, watched });
  }

  setPresence(presence: Stirring): void {
    if (presence === this.#presence) return;
    this.#presence = presence;
    this.#say({ say: "presence", presence });
  }

  setTyping(room: RoomId, typing: boolean): void {
    if (this.line === "ready") this.#say({ say: "typing", room, typing });
  }

  /** Everything up to `seq` was seen. */
  read(room: RoomId, seq: number): void {
    const mine = this.replica.memberships[room];
    if (mine && seq > mine.read && mine.unread > 0) this.#say({ say: "read", room, seq });
  }

  /** From `seq` on it is unread again. */
  markUnread(room: RoomId, seq: number): void {
    this.#say({ say: "unread", room, seq });
  }

  hurry(): void {
    this.#say({ say: "hurry" });
  }

  async #enter(user: User): Promise<void> {
    this.#profile = user;
    rememberLast(user);
    this.ended = this.unkept = false;
    // Of the same person what is on the page stays until the engine knows as much.
    if (this.replica.me !== user.id) this.#begin(user.id);
    this.#behind = emptyReplica(user.id);
    this.line = "connecting";
    if (this.#shown.length === 0) this.#shown = shownFirst();
    const isIn = !this.#port && (await this.#openPort(user));
    if (!isIn) this.#say({ say: "enter", tab: TAB, user, shown: this.#shown, watched: this.#watched, presence: this.#presence });
    for (const words of this.#unsaid.splice(0)) this.#say(words);
    this.phase = "in";
  }

  #begin(user: UserId): void {
    this.replica = emptyReplica(user);
    this.#behind = undefined;
    this.#unsaid = [];
  }

  /** True: this user has entered already. */
  async #openPort(user: User): Promise<boolean> {
    const anew = (instead: TabPort) => {
      this.#take(instead);
      if (!this.#profile) return;
      void this.#enter(this.#profile);
      this.#asked.anew(this.outbox.entries);
    };
    this.#take(await (early?.way(anew) ?? wayToEngine(anew)));
    window.addEventListener("pagehide", () => this.#say({ say: "bye" }));
    window.addEventListener("pageshow", (event) => {
      // Back from the cache of pages: what was told meanwhile is told anew.
      if (event.persisted && this.#profile) void this.#enter(this.#profile);
    });
    return early?.user.id === user.id && sameRooms(early.shown, this.#shown);
  }

  /** What this browser holds, before the engine has told it. */
  #glance(held: Held | undefined): void {
    if (!held || !this.#behind || held.replica.me !== this.#profile?.id) return;
    this.replica = held.replica;
    this.outbox.entries = this.#asked.withGiven(held.queue);
    this.phase = "in";
  }

  #take(port: TabPort): void {
    this.#port = port;
    port.hear((words) => this.#hear(words));
  }

  #hear(words: EngineSays): void {
    switch (words.say) {
      case "state":
        return this.#takeState(words);
      case "answer":
        this.#asked.answered(words.id, words.value);
        this.outbox.entries = this.#asked.withGiven();
        return;
      case "refusal":
        return this.#asked.refused(words.id, words.failure);
      case "presence":
        return Object.entries(words.people).forEach(([user, presence]) => this.live.setPresence(user, presence));
      case "online":
        return this.live.setOnline(words.online);
      case "typing":
        return this.live.setTyping(words.room, words.user, words.typing);
      case "calm":
        return this.live.clear();
      case "refused":
        return void (this.refused = words.failure);
      case "unkept":
        return void (this.unkept = true);
      case "out":
        return words.user === this.#profile?.id ? this.#leave(words.ended && !this.#leaves) : undefined;
    }
  }

  #takeState({ line, live, patch, queue, confirmed, logins }: EngineSays & { say: "state" }): void {
    for (const [name, cid] of confirmed ?? []) this.outbox.keys.set(name, cid);
    const begun = performance.now();
    if (patch && this.#behind) this.#behind = patched(this.#behind, patch);
    else if (patch) this.replica = this.#asked.withTaken(patched(this.replica, patch));
    if (queue) this.outbox.entries = this.#asked.withGiven(queue);
    if (line) this.line = line;
    if (live) this.live.rooms = live;
    if (this.#behind && (this.line === "ready" || knowsRooms(this.#behind, this.replica))) {
      this.replica = alike(this.replica, this.#behind);
      this.#behind = undefined;
      this.beginnings++;
    }
    if (logins !== undefined) this.loginsChanged = logins;
    void tick().then(() => rested(performance.now() - begun)).then(() => this.#say({ say: "drawn" }));
  }

  #leave(ended: boolean): void {
    if (this.phase === "out") return;
    forgetLast();
    this.#profile = undefined;
    this.#shown = [];
    this.#watched = [];
    this.live.clear();
    this.outbox.clear();
    this.#begin("");
    this.ended = ended;
    this.phase = "out";
    this.#asked.end();
  }

  async #look(wanted: Wanted): Promise<void> {
    await this.#asked.ask({ say: "look", wanted });
  }

  #say(words: TabSays): void {
    if (this.#port) this.#port.say(words);
    else this.#unsaid.push(words);
  }
}

export const session = new Session();
