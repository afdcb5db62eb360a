// Owns the one socket: commands with acknowledgements, pushed events, coming back after a loss.
import { io, type Socket } from "socket.io-client";
import type { Answers, CommandName, Takes } from "../../contract/commands";
import type { Bump, Caught, Chunk, Done, Failure, Gap, Op, Presence, RoomId, UserId } from "../../contract/wire";
import { Refusal } from "../refused";

const ANSWER_MS = 15_000;
const COME_BACK_MS = 1_000;

export interface Pushed {
  op: (op: Op) => void;
  chunk: (chunk: Chunk) => void;
  gap: (gap: Gap) => void;
  done: (done: Done) => void;
  caught: (caught: Caught) => void;
  bump: (bump: Bump) => void;
  resync: () => void;
  typing: (typing: { room: RoomId; user: UserId; typing: boolean }) => void;
  presence: (presence: { user: UserId; presence: Presence; others?: Record<UserId, Presence> }) => void;
}

export interface Listener extends Pushed {
  connected: () => void;
  lost: () => void;
  /** The session has ended: there is no way back without signing in. */
  refused: () => void;
}

type Reply = { ok: true; value: unknown } | { ok: false; error: Failure };

export class Connection {
  #socket: Socket;
  #comeBack: ReturnType<typeof setTimeout> | undefined;

  constructor(listener: Listener) {
    this.#socket = io({
      path: "/socket.io/",
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      autoConnect: false,
      reconnectionDelay: 500,
      reconnectionDelayMax: 3_000,
    });
    for (const name of ["op", "chunk", "gap", "done", "caught", "bump", "resync", "typing", "presence"] as const) {
      this.#socket.on(name, (value: unknown) => (listener[name] as (value: unknown) => void)(value));
    }
    this.#socket.on("connect", () => listener.connected());
    this.#socket.on("disconnect", (reason) => {
      listener.lost();
      if (reason === "io server disconnect") this.#again(0);
    });
    this.#socket.on("connect_error", (error: Error & { data?: { code?: string } }) => {
      listener.lost();
      if (error.data?.code === "auth.required") listener.refused();
      else if (!this.#socket.active) this.#again(COME_BACK_MS);
    });
  }

  get isOpen(): boolean {
    return this.#socket.connected;
  }

  open(): void {
    this.#socket.connect();
  }

  close(): void {
    clearTimeout(this.#comeBack);
    this.#socket.removeAllListeners();
    this.#socket.disconnect();
  }

  /** Tries at once instead of waiting for the next turn. */
  hurry(): void {
    if (this.#socket.connected) return;
    this.#socket.disconnect().connect();
  }

  async call<Name extends CommandName>(name: Name, takes: Takes<Name>): Promise<Answers<Name>> {
    if (!this.#socket.connected) throw new Refusal({ code: "offline", message: "" });
    const reply = await this.#asked(name, takes);
    if (reply.ok) return reply.value as Answers<Name>;
    throw new Refusal(reply.error);
  }

  async #asked(name: string, takes: object): Promise<Reply> {
    try {
      return (await this.#socket.timeout(ANSWER_MS).emitWithAck(name, takes)) as Reply;
    } catch {
      throw new Refusal({ code: this.#socket.connected ? "timeout" : "offline", message: "" });
    }
  }

  #again(wait: number): void {
    clearTimeout(this.#comeBack);
    this.#comeBack = setTimeout(() => this.#socket.connect(), wait);
  }
}
