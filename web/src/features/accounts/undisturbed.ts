// Owns the wish not to be disturbed, for as long as the status lasts or until it is taken back.
import { newCid } from "../../sync/cid";
import { refusalText } from "../../sync/refusal";
import { session } from "../../sync/session.svelte";
import { m } from "../../texts/messages.js";
import { notices } from "../../ui/notices.svelte";

export async function disturbNot(wished: boolean): Promise<void> {
  try {
    session.take({ users: [await session.call("profile.set", { cid: newCid(), do_not_disturb: wished })] });
    notices.say(wished ? m.presence_quiet() : m.presence_quiet_end());
  } catch (error) {
    notices.say(refusalText(error), "bad");
  }
}
