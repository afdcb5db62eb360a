// Owns what is known of the messages in sight while somebody reads further up: which is the first, and of which day.
import { find, type Log } from "../../sync/log";
import { dayKey } from "../../ui/clock.svelte";
import type { Scroller } from "./scroller.svelte";

export class Sight {
  /** The first message in sight; 0 while the end is followed. */
  first = 0;
  /** A time of its day, where the day's own line is further up. */
  day = $state("");

  look(scroller: Scroller, log: Log): void {
    const [row, line] = scroller.top;
    this.first = scroller.follows ? 0 : Number(row?.dataset.seq ?? 0);
    const time = line ? "" : (find(log, this.first)?.time ?? "");
    if (!time || !this.day || dayKey(time) !== dayKey(this.day)) this.day = time;
  }
}
