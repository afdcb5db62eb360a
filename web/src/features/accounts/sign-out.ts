// Owns signing out: nobody loses words by it without having been asked.
import { goInstead } from "../../sync/addresses";
import { refusalText } from "../../sync/refusal";
import { session } from "../../sync/session.svelte";
import { m } from "../../texts/messages.js";
import { notices } from "../../ui/notices.svelte";

export async function signOut(): Promise<void> {
  const count = session.outbox.unsent;
  if (count > 0 && !confirm(m.sign_out_unsent({ count }))) return;
  try {
    await session.signOut();
    goInstead({ name: "home" });
  } catch (error) {
    notices.say(refusalText(error), "bad");
  }
}
