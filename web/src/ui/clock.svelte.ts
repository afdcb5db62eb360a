// Owns how times are written: in the reader's language and time zone, with the day by name when it is near.
import { getLocale } from "../texts/runtime.js";

class Clock {
  /** The reader's choice; otherwise the device's zone. */
  zone = $state<string | undefined>(undefined);
  /** The reader's choice; otherwise what is usual in the language. */
  hours = $state<"h12" | "h23">();
  /** Moves on at midnight, so that "today" stays true. */
  today = $state(Date.now());

  constructor() {
    if (typeof window !== "undefined") setInterval(() => (this.today = Date.now()), 60_000);
  }

  get timeZone(): string {
    return this.zone ?? here();
  }
}

let zoneHere: string | undefined;

/** The device's zone. */
function here(): string {
  return (zoneHere ??= Intl.DateTimeFormat().resolvedOptions().timeZone);
}

export const clock = new Clock();

const formats = new Map<string, Intl.DateTimeFormat>();

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([getLocale(), clock.zone, options]);
  let found = formats.get(key);
  if (!found) formats.set(key, (found = made(options)));
  return found;
}

/** An unknown zone in a profile must not break the page. */
function made(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat(locales(), { ...options, timeZone: clock.zone });
  } catch {
    return new Intl.DateTimeFormat(locales(), options);
  }
}

/** The reader's own kind of the page's language, such as British English. */
function locales(): string[] {
  return [...navigator.languages, getLocale()].filter((tag) => tag.split("-")[0] === getLocale());
}

function hours(): Intl.DateTimeFormatOptions {
  return { hour: "numeric", minute: "2-digit", ...(clock.hours ? { hourCycle: clock.hours } : {}) };
}

/** The first time that a browser writes takes it 15 ms and more: better while nothing else is to be done. */
export function warmClock(): void {
  here();
  timeOfDay(new Date().toISOString());
}

export function timeOfDay(time: string): string {
  return format(hours()).format(new Date(time));
}

/** What the clock says now in another zone, with the day where it is another one. */
export function timeThere(zone: string): string | undefined {
  const now = new Date(clock.today);
  const day = (timeZone?: string) => new Intl.DateTimeFormat("en", { dateStyle: "short", timeZone }).format(now);
  try {
    const isOther = day(zone) !== day(clock.zone);
    return new Intl.DateTimeFormat(locales(), { ...hours(), ...(isOther ? { weekday: "short" } : {}), timeZone: zone }).format(now);
  } catch {
    return undefined;
  }
}

export function exactTime(time: string): string {
  return format({ dateStyle: "full", timeStyle: "long", ...(clock.hours ? { hourCycle: clock.hours } : {}) }).format(new Date(time));
}

/** The same for two times of one day in the reader's zone. */
export function dayKey(time: string | number): string {
  // Zones differ by whole minutes: what is known of a minute holds for all of it.
  const minute = `${clock.zone} ${typeof time === "string" ? time.slice(0, 16) : Math.floor(time / 60_000)}`;
  let day = days.get(minute);
  if (day === undefined) {
    if (days.size >= DAYS_LIMIT) days.clear();
    days.set(minute, (day = dayIn(time)));
  }
  return day;
}

const days = new Map<string, string>();
const DAYS_LIMIT = 4_000;

function dayIn(time: string | number): string {
  // What the device knows by itself needs no tables of zones.
  if (clock.timeZone === here()) return new Date(time).toDateString();
  return format({ year: "numeric", month: "2-digit", day: "2-digit" }).format(new Date(time));
}

export function dayName(time: string): string {
  const day = dayKey(time);
  const relative = new Intl.RelativeTimeFormat(getLocale(), { numeric: "auto" });
  if (day === dayKey(clock.today)) return capital(relative.format(0, "day"));
  if (day === dayKey(clock.today - 86_400_000)) return capital(relative.format(-1, "day"));
  const date = new Date(time);
  const near = clock.today - date.getTime() < 300 * 86_400_000;
  return format({ weekday: "long", day: "numeric", month: "long", ...(near ? {} : { year: "numeric" }) }).format(date);
}

/** Today the hour, otherwise the day: for lists. */
export function shortWhen(time: string): string {
  if (dayKey(time) === dayKey(clock.today)) return timeOfDay(time);
  return format({ day: "numeric", month: "short" }).format(new Date(time));
}

/** The same of a time to come; a day that ends at midnight is that day. */
export function untilWhen(time: string): string {
  return shortWhen(new Date(Date.parse(time) - 60_000).toISOString());
}

function capital(word: string): string {
  return word.charAt(0).toLocaleUpperCase(getLocale()) + word.slice(1);
}
