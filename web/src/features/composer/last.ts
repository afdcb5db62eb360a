// Owns which message of mine is the last one of a room, to be edited.
import type { Message, RoomId } from "../../contract/wire";
import { goInstead } from "../../sync/addresses";
import { overlaid } from "../../sync/overlay";
import { paired } from "../../sync/pairing";
import { session } from "../../sync/session.svelte";

/** None while one is on its way: that would be the last, and cannot be edited yet. Who is further up is led to it; rejects where the room's newest messages cannot be had. */
export async function lastOfMine(room: RoomId): Promise<Message | undefined> {
  const isFar = session.replica.logs[room]?.after;
  if (isFar) await session.history.newest(room);
  const { logs, me } = session.replica;
  const messages = overlaid(logs[room]?.messages ?? [], session.outbox.changesOf(room), me) as Message[];
  const isUnsent = paired(messages, session.outbox.of(room), session.outbox.keys, me).some(({ pending }) => pending?.state === "sending");
  const mine = isUnsent ? undefined : messages.findLast((one) => one.author === me && one.kind === "text" && !one.deleted);
  if (isFar) goInstead({ name: "room", room, seq: (mine ?? messages.at(-1))?.seq });
  return mine;
}
