// Owns which message of mine is the last one of a room, to be edited.
import type { Message, RoomId } from "../../contract/wire";
import { overlaid } from "../../sync/overlay";
import { paired } from "../../sync/pairing";
import { session } from "../../sync/session.svelte";

/** Of what is on the page; none while one is on its way: that would be the last, and cannot be edited yet. */
export function lastOfMine(room: RoomId): Message | undefined {
  const { logs, me } = session.replica;
  const messages = overlaid(logs[room]?.messages ?? [], session.outbox.changesOf(room), me) as Message[];
  const isUnsent = paired(messages, session.outbox.of(room), session.outbox.keys, me).some(({ pending }) => pending?.state === "sending");
  return isUnsent ? undefined : messages.findLast((one) => one.author === me && one.kind === "text" && !one.deleted);
}
