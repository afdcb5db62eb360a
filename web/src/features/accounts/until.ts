// Owns until when a status lasts: a few moments that people mean, by the clock of this device.

export const ENDS = ["half", "hour", "today", "week", "never"] as const;
export type End = (typeof ENDS)[number];

const MINUTE = 60_000;

/** When that is; `undefined`: until it is taken away. A week ends with its Sunday. */
export function endOf(end: End, now = new Date()): Date | undefined {
  switch (end) {
    case "half":
      return new Date(now.getTime() + 30 * MINUTE);
    case "hour":
      return new Date(now.getTime() + 60 * MINUTE);
    case "today":
      return midnight(now, 1);
    case "week":
      return midnight(now, 7 - ((now.getDay() + 6) % 7));
    case "never":
      return undefined;
  }
}

function midnight(now: Date, days: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days);
}
