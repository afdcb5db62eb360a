// Owns how a server is asked that cannot bring single rooms up to date: everything anew, and the newest page of each room.
import type { Answers, CommandName, Takes } from "../../contract/commands";
import type { Caught, Gap, RoomId } from "../../contract/wire";
import { refusalOf } from "../refused";

const TAIL = 50;

export interface Line {
  call<Name extends CommandName>(name: Name, takes: Takes<Name>): Promise<Answers<Name>>;
  gap(gap: Gap): void;
  caught(caught: Caught): void;
}

export async function hello(line: Line, takes: Takes<"hello">): Promise<void> {
  try {
    await line.call("hello", takes);
  } catch (error) {
    if (!isUnknown(error)) throw error;
    await line.call("hello", { g: 0, watch: takes.watch });
  }
}

export async function watch(line: Line, takes: Takes<"watch.set">): Promise<Answers<"watch.set">> {
  try {
    return await line.call("watch.set", takes);
  } catch (error) {
    if (!isUnknown(error)) throw error;
    const answer = await line.call("watch.set", { rooms: takes.rooms });
    for (const room of Object.keys(takes.held ?? {})) await newest(line, room);
    return answer;
  }
}

async function newest(line: Line, room: RoomId): Promise<void> {
  const { g } = await line.call("rooms.get", { room });
  const { messages } = await line.call("messages.history", { room, limit: TAIL });
  line.gap({ room, from: 0, to: g, tail: messages });
  line.caught({ room, g });
}

function isUnknown(error: unknown): boolean {
  return refusalOf(error).code === "invalid.unknown_field";
}
