// Owns who was signed in here last: with whom a page begins before any network has answered.
import type { User } from "../contract/wire";

const KEY = "parlour.last";

/** Somebody came in on another page of this browser. */
export function tellsOfEntry({ key, newValue }: StorageEvent): boolean {
  return key === KEY && newValue !== null;
}

export function lastUser(): User | undefined {
  try {
    const value = JSON.parse(localStorage.getItem(KEY) ?? "null") as User | null;
    return typeof value?.id === "string" && typeof value.username === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Storage may be full or forbidden: then the page waits for the network. */
export function rememberLast(user: User): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(user));
  } catch {
    return;
  }
}

export function forgetLast(): void {
  try {
    localStorage.removeItem(KEY);
  } catch {
    return;
  }
}
