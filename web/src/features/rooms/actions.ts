// Owns what a room's menu does: copy its code, leave it, hide it.
import type { Room } from "../../contract/wire";
import { session } from "../../sync/session.svelte";
import { m } from "../../texts/messages.js";
import { copy } from "../../ui/copy";

interface Outcome {
  /** To be said in a notice. */
  said?: string;
  /** The room is no longer one to look at. */
  gone?: boolean;
}

function copyCode({ code = "" }: Room): Promise<void> {
  return copy(code, m.room_code_copied({ code }));
}

async function leave(room: Room): Promise<Outcome> {
  await session.call("rooms.leave", { room: room.id });
  session.take({ gone: room.id });
  return { said: m.room_left({ room: room.name }), gone: true };
}

async function hide(room: Room): Promise<Outcome> {
  const membership = await session.call("rooms.hide", { room: room.id });
  session.take({ me: membership });
  return { said: m.direct_hidden(), gone: true };
}

async function remove(room: Room): Promise<Outcome> {
  await session.call("rooms.delete", { room: room.id });
  session.take({ gone: room.id });
  return { said: m.room_deleted({ room: room.name }), gone: true };
}

export const roomActions = { copyCode, leave, hide, remove };
