// Owns what is dropped and pasted: words go into the box; files are not taken yet, and that is said rather than the page left for them.
import { m } from "../texts/messages.js";
import { notices } from "../ui/notices.svelte";

function hasFiles(data: DataTransfer | null): boolean {
  return data?.types.includes("Files") ?? false;
}

function isBox(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, textarea, [contenteditable]") !== null;
}

/** Where there is no box, words stay where they were. */
export function watchDrops(insert: () => ((words: string) => void) | undefined): () => void {
  function over(event: DragEvent) {
    if (hasFiles(event.dataTransfer)) event.preventDefault();
    else if (!isBox(event.target) && insert() && event.dataTransfer?.types.includes("text/plain")) event.preventDefault();
  }

  function drop(event: DragEvent) {
    if (hasFiles(event.dataTransfer)) {
      event.preventDefault();
      notices.say(m.files_not_yet());
      return;
    }
    const words = event.dataTransfer?.getData("text/plain");
    if (!words || isBox(event.target)) return;
    const take = insert();
    if (!take) return;
    event.preventDefault();
    take(words);
  }

  function paste(event: ClipboardEvent) {
    const data = event.clipboardData;
    // Programs of tables put a picture beside their words: the words are meant.
    if (!hasFiles(data) || data?.types.includes("text/plain")) return;
    event.preventDefault();
    notices.say(m.files_not_yet());
  }

  window.addEventListener("dragover", over);
  window.addEventListener("drop", drop);
  window.addEventListener("paste", paste);
  return () => {
    window.removeEventListener("dragover", over);
    window.removeEventListener("drop", drop);
    window.removeEventListener("paste", paste);
  };
}

class Box {
  insert: ((words: string) => void) | undefined;
}

/** The box on screen. */
export const box = new Box();
