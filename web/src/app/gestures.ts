// Owns what fingers do on a room: back to the others, or a reply to the message under them.
import type { Message } from "../contract/wire";
import { go } from "../sync/addresses";
import { FAR_PX, watchSwipes, type Way } from "../ui/swipe";

interface Room {
  /** One of room and list is on screen. */
  isNarrow(): boolean;
  message(seq: number): Message | undefined;
  reply(message: Message): void;
}

/** Answers how to stop. */
export function watchGestures(page: HTMLElement, room: Room): () => void {
  let row: HTMLElement | undefined;
  let message: Message | undefined;

  function shift(element: HTMLElement, way: Way, distance: number) {
    const sign = (way === "end") === (getComputedStyle(page).direction === "rtl") ? -1 : 1;
    element.style.setProperty("transform", distance ? `translateX(${sign * Math.min(distance, FAR_PX * 1.4)}px)` : "");
    element.classList.toggle("far", distance >= FAR_PX);
  }

  return watchSwipes(page, {
    may(way, under) {
      if (way === "end") return room.isNarrow();
      row = under.closest<HTMLElement>("li.message") ?? undefined;
      message = row && room.message(Number(row.dataset.seq));
      return message !== undefined && !message.deleted;
    },
    moved(way, distance) {
      if (way === "end") shift(page, way, distance);
      else if (row) {
        row.classList.toggle("swiped", distance > 0);
        shift(row, way, distance);
      }
    },
    done(way) {
      if (way === "end") go({ name: "home" });
      else if (message) room.reply(message);
    },
  });
}
