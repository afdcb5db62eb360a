// Owns copying to the clipboard, and that people hear whether it was done.
import { m } from "../texts/messages.js";
import { notices } from "./notices.svelte";

/** Over plain http browsers give pages no clipboard; what a press of a key copies, they still take. */
export async function copy(text: string, said = m.copied()): Promise<void> {
  const isDone = await write(text).catch(() => false);
  if (isDone || pressed(text)) notices.say(said);
  else notices.say(m.copy_failed(), "bad");
}

async function write(text: string): Promise<boolean> {
  await navigator.clipboard.writeText(text);
  return true;
}

function pressed(text: string): boolean {
  let isTaken = false;
  const give = (event: ClipboardEvent) => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
    event.stopPropagation();
    isTaken = true;
  };
  document.addEventListener("copy", give, { capture: true });
  const isDone = document.execCommand("copy");
  document.removeEventListener("copy", give, { capture: true });
  return isDone && isTaken;
}
