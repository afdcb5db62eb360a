// Owns until when a room can be muted, as people say it.
import { FOR_EVER } from "../../sync/notices";

const HOUR_MS = 3_600_000;
/** When the morning begins, and until when the night still belongs to the day before. */
const MORNING = 8;
const NIGHT_ENDS = 4;

export const inHours = (hours: number, now = Date.now()): string => new Date(now + hours * HOUR_MS).toISOString();

/** Eight o'clock of the next morning, on this device's clock. */
export function inTheMorning(now = Date.now()): string {
  const morning = new Date(now);
  if (morning.getHours() >= NIGHT_ENDS) morning.setDate(morning.getDate() + 1);
  morning.setHours(MORNING, 0, 0, 0);
  return morning.toISOString();
}

export function isForEver(until: string): boolean {
  return until >= FOR_EVER;
}
