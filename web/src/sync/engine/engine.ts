// Owns one signed-in user in this browser: the replica, the line that feeds it, the disk, and the pages that show it.
import type { Answers, CommandName, Takes } from "../../contract/commands";
import type { Done, Op, RoomId, User, UserId } from "../../contract/wire";
import { took } from "../apply";
import { find } from "../log";
import type { Stirring } from "../port";
import { type Entry, Queue } from "../queue";
import { emptyReplica, isKnownTo, type News, type Replica, runOf, without, withMembership, withUsers } from "../replica";
import { isShort } from "../short";
import { Checks } from "./checks";
import { Feed } from "./feed";
import { History } from "./history";
import { Keeper } from "./keeper";
import { People } from "./people";
import { type Moved, readTo, unreadFrom } from "./reading";
import { Recount } from "./recount";
import { Tabs } from "./tabs";
import { Watch } from "./watch";

export class Engine {
  readonly user: User;
  readonly tabs = new Tabs();
  readonly queue: Queue;
  readonly history: History;
  readonly feed: Feed;
  readonly #ended: () => void;
  readonly #keeper: Keeper;
  readonly #people: People;
  readonly #checks: Checks;
  readonly #recount: Recount;
  readonly #watch: Watch;
  #replica: Replica;
  #logins = 0;
  #loaded: Promise<void> = Promise.resolve();
  #hasLeft = false;
  #isFlushing = false;
  /** Rooms that came short and were asked for. */
  #asked = new Set<RoomId>();

  /** `ended`: signed out, here or elsewhere; nothing of it is left. */
  constructor(user: User, ended: () => void) {
    this.user = user;
    this.#ended = ended;
    this.#replica = withUsers(emptyReplica(user.id), [user]);
    const place = { get: () => this.#replica, set: (replica: Replica) => this.#set(replica) };
    const shown = () => this.tabs.shown;
    const watched = () => this.tabs.watched;
    const ready = () => this.feed.line === "ready";
    const call = <Name extends CommandName>(name: Name, takes: Takes<Name>) => this.feed.call(name, takes);
    this.#keeper = new Keeper(user.id, {
      now: () => ({ replica: this.#replica, cursor: this.feed.cursor }),
      opened: () => this.history.opened,
      unkept: () => this.tabs.tell({ say: "unkept" }),
    });
    this.queue = new Queue({
      send: ({ name, takes, cid }) => call(name, { ...takes, cid } as Takes<CommandName>),
      keep: (entry) => this.#keeper.keep(entry),
      drop: (cid) => this.#keeper.drop(cid),
      ready,
      changed: () => this.#changed(),
      answered: (entry, value) => this.#answered(entry, value),
      // A draft for a room that is lost stays on its device: nobody has to hear of it.
      refused: ({ name }, { failure }) => name !== "drafts.set" && this.tabs.tell({ say: "refused", name, failure }),
    });
    this.history = new History({
      ...place,
      shown,
      stored: (room) => this.#keeper.run(room),
      park: (room) => this.#park(room),
      arrival: (room) => this.#watch.arrival(room),
      history: (takes) => this.feed.patiently("messages.history", takes),
    });
    this.#people = new People({ ...place, list: (takes) => call("users.list", takes), stored: () => this.#keeper.named() });
    this.#checks = new Checks({ ...place, ready, check: (takes) => call("sync.check", takes), live: () => this.#watch.live, shown });
    this.#recount = new Recount({ ...place, call });
    this.#watch = new Watch({
      get: place.get,
      watched,
      shown,
      ready,
      bring: (room) => this.history.bring(room),
      call: (takes) => call("watch.set", takes),
      settled: (room) => this.feed.unchanged(room, runOf(this.#replica, room)?.have ?? 0),
      online: (online) => this.tabs.tell({ say: "online", online }),
    });
    this.feed = new Feed({
      ...place,
      user: user.id,
      watched,
      shown,
      behind: (rooms) => this.#watch.lost(rooms),
      startOver: () => this.#keeper.startOver(),
      done: (done) => this.#ready(done),
      caught: (room) => this.#caught(room),
      gapped: (room) => void this.history.anew(room).catch(() => undefined),
      touched: (room, seq) => void this.#fetch(room, seq),
      blocks: () => this.#checks.blocks(),
      loaded: () => this.#loaded,
      lineChanged: () => this.#changed(),
      broken: () => this.#watch.reset(),
      heard: (op) => this.#heard(op),
      tell: (words) => this.tabs.tell(words),
      refused: () => void this.leave(),
    });
  }

  get state() {
    return { replica: this.#replica, line: this.feed.line, live: this.#watch.live, queue: this.queue, logins: this.#logins };
  }

  /** Reads what is on the disk, with these rooms first of all, and connects meanwhile. */
  start(shown: RoomId[]): void {
    this.#loaded = this.#load(shown);
    this.feed.open();
  }

  /** Before the disk is read nothing is known that words could be about, and nothing can be kept. */
  whenLoaded(work: () => void): void {
    void this.#loaded.then(work);
  }

  async enter(tab: Parameters<Tabs["add"]>[0]): Promise<void> {
    const added = this.tabs.add(tab);
    await this.#loaded;
    if (this.#hasLeft) return;
    await Promise.all(tab.shown.map((room) => this.history.held(tab.id, room)));
    this.tabs.flushTo(added, this.state);
    await this.show(added.id, added.shown, added.watched);
    this.stir();
  }

  /** A page shows other rooms; messages of rooms that it no longer shows need not be sent to it. */
  async show(id: string, shown: RoomId[], watched: RoomId[]): Promise<void> {
    const tab = this.tabs.all.find((one) => one.id === id);
    if (!tab) return;
    tab.shown = shown;
    tab.watched = watched;
    await this.#loaded;
    this.history.keep(id, shown);
    this.#lengthen();
    await this.#watch.changed();
  }

  leaveTab(id: string): void {
    this.tabs.remove(id);
    this.history.keep(id, []);
    void this.#watch.changed();
    this.stir();
  }

  /** The most awake of the pages says whether I am here. */
  stir(id?: string, presence?: Stirring): void {
    const tab = this.tabs.all.find((one) => one.id === id);
    if (tab && presence) tab.presence = presence;
    const next = this.tabs.presence;
    if (this.feed.line !== "ready" || next === this.#watch.presence) return;
    this.#watch.presence = next;
    void this.feed.call("presence.set", { presence: next }).catch(() => undefined);
  }

  /** Values that a page has from an answer. */
  take(news: News): void {
    this.#set(took(this.#replica, news));
    this.#people.want(news.room?.users ?? []);
    if (news.room) void this.#watch.changed();
  }

  want(users: UserId[]): void {
    this.#people.want(users);
  }

  /** Everything up to `seq` was seen; the badge goes at once, the server hears it as soon as it can. */
  read(room: RoomId, seq: number): void {
    this.#moved(readTo(this.#replica, room, seq));
  }

  /** From `seq` on it is unread again. */
  unread(room: RoomId, seq: number): void {
    this.#moved(unreadFrom(this.#replica, room, seq));
  }

  /** A page that waits for an answer is told at once what it rests on. */
  flush(id?: string): void {
    this.#isFlushing = false;
    for (const tab of this.tabs.all) if (tab.id === id) this.tabs.flushTo(tab, this.state);
    this.tabs.flush(this.state);
  }

  /** Nothing of this user stays in this browser but, if the session ended elsewhere, what was not sent. The page that asked for it knows why. */
  async leave(by?: string): Promise<void> {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.feed.close();
    this.#people.stop();
    this.#checks.stop();
    this.#recount.stop();
    this.queue.stop();
    for (const { id, port } of this.tabs.all) port.say({ say: "out", user: this.user.id, ended: id !== by });
    this.#ended();
    // What is being read at the moment goes too.
    await this.#loaded;
    await this.#keeper.wipe(by === undefined);
  }

  async #load(shown: RoomId[]): Promise<void> {
    const { replica, cursor, queue } = await this.#keeper.load(shown);
    if (this.#hasLeft) return;
    this.feed.begin(cursor);
    this.#replica = withUsers(replica, [this.user]);
    this.#changed();
    // Another engine may be sending the same: the cid makes them one.
    this.queue.adopt(queue);
    this.#keeper.claim();
  }

  #ready({ digests }: Done): void {
    this.#watch.presence = "online";
    void this.#watch.changed(true);
    this.stir();
    this.queue.flush();
    this.#people.want(Object.values(this.#replica.rooms).flatMap((room) => room.users ?? []));
    if (digests) void this.#checks.compare(digests);
    this.#asked.clear();
    this.#lengthen();
    void this.#people.sweep();
  }

  /** Of rooms on screen that came short the rest is asked for. */
  #lengthen(): void {
    const { rooms, memberships } = this.#replica;
    const short = this.tabs.shown.filter((room) => memberships[room] && isShort(rooms[room]) && !this.#asked.has(room));
    if (this.feed.line !== "ready") return;
    for (const room of short) {
      this.#asked.add(room);
      void this.feed.call("rooms.get", { room }).then(({ me: _, ...value }) => this.take({ room: value }), () => this.#asked.delete(room));
    }
  }

  #caught(room: RoomId): void {
    this.#watch.caught(room);
    this.#people.wantOf(runOf(this.#replica, room)?.messages ?? []);
  }

  #heard(op: Op): void {
    if (op.room) this.#checks.touched(op.room);
    if (op.kind === "session") {
      this.#logins++;
      this.#changed();
    } else if (op.kind === "message") {
      this.#people.wantOf([op.value]);
      const { room, author } = op.value;
      if (author) this.tabs.tell({ say: "typing", room, user: author, typing: false });
    } else if (op.kind === "member" && op.value.role) {
      this.#people.want([op.value.user]);
    } else if (op.kind === "membership" && "room_value" in op.value) {
      this.#people.want(op.value.room_value?.users ?? []);
    }
  }

  #moved(moved: Moved | undefined): void {
    if (!moved) return;
    this.#set(moved.replica);
    void this.queue.add(moved.entry);
  }

  #answered({ name }: Entry, value: unknown): void {
    if (name === "reads.set") this.#set(withMembership(this.#replica, value as Answers<"reads.set">));
    if (name === "reactions.set" || name === "pins.set" || name === "messages.edit") this.take({ message: value as Answers<"pins.set"> });
  }

  /** A message changed of which only its number was told; it may be one that I may not see. */
  async #fetch(room: RoomId, seq: number): Promise<void> {
    const isHeld = [this.#replica.logs[room], ...Object.values(this.#replica.views)].some((log) => find(log, seq)?.room === room);
    const message = isHeld && (await this.feed.call("messages.get", { room, seq }).catch(() => undefined));
    if (message) this.take({ message });
    const isUnread = seq > (this.#replica.memberships[room]?.read ?? seq);
    if (isUnread) this.#set({ ...this.#replica, uncertain: [...this.#replica.uncertain, room] });
  }

  #park(room: RoomId): void {
    this.#keeper.park(room);
    this.#set({ ...this.#replica, logs: without(this.#replica.logs, room) });
  }

  #set(replica: Replica): void {
    if (replica === this.#replica) return;
    this.#replica = replica;
    this.queue.settle(({ takes, seq }) => isKnownTo(replica, takes.room ?? "", seq ?? Infinity));
    if (replica.uncertain.length > 0) this.#recount.soon();
    this.#changed();
    this.#keeper.soon();
  }

  /** All changes of one event leave together. */
  #changed(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    queueMicrotask(() => this.flush());
  }
}
