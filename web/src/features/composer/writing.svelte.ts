// Owns how I want to write: what Enter does.
import { remembered } from "../../ui/remembered.svelte";

const enter = remembered("enter-sends", true, undefined, "everywhere");

export const writing = {
  get enterSends(): boolean {
    return enter.value;
  },
  set enterSends(on: boolean) {
    enter.value = on;
  },
};

/** Whether this press of Enter sends; with Ctrl or ⌘ it always does, with Shift never. */
export function sends({ shiftKey, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey) return true;
  return writing.enterSends && !shiftKey && !altKey;
}
