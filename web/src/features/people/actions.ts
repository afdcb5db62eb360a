// Owns what can be done with a person from anywhere: write to them.
import type { User } from "../../contract/wire";
import { go } from "../../sync/addresses";
import { newCid } from "../../sync/cid";
import { refusalText } from "../../sync/refusal";
import { session } from "../../sync/session.svelte";
import { notices } from "../../ui/notices.svelte";

export async function writeTo(user: User): Promise<void> {
  try {
    const direct = await session.call("direct.open", { cid: newCid(), users: [user.id] });
    session.takeRoom(direct);
    go({ name: "room", room: direct.id });
  } catch (error) {
    notices.say(refusalText(error), "bad");
  }
}
