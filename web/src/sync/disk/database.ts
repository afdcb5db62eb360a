// Owns the database of one user in the browser: its stores, its layout, and that it goes when it must.
import type { Entry } from "../queue";

/** A replica of another layout is made anew; what was written and not sent is kept. */
const LAYOUT = 3;
const PREFIX = "parlour ";

export const STORES = ["meta", "rooms", "users", "messages", "runs", "own"] as const;
export const OUTBOX = "outbox";

export type StoreName = (typeof STORES)[number] | typeof OUTBOX;

const KEYS: Record<StoreName, string | string[] | null> = {
  meta: null,
  rooms: "id",
  users: "id",
  messages: ["room", "seq"],
  runs: "room",
  own: null,
  outbox: "cid",
};

/** Rejects where the browser keeps nothing: private windows of some, or a layout from the future. */
export async function openDatabase(user: string): Promise<IDBDatabase> {
  const request = indexedDB.open(PREFIX + user, LAYOUT);
  request.onupgradeneeded = () => layOut(request.result);
  return opened(request);
}

/** To look at only: nothing is made or changed. `undefined` where there is none of this layout. */
export async function openAsItIs(user: string): Promise<IDBDatabase | undefined> {
  const request = indexedDB.open(PREFIX + user);
  request.onupgradeneeded = () => request.transaction?.abort();
  const database = await opened(request);
  if (database.version === LAYOUT) return database;
  database.close();
  return undefined;
}

function opened(request: IDBOpenDBRequest): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      const database = request.result;
      // Somebody signs out, or opens a later layout: this one must not stand in the way.
      database.onversionchange = () => database.close();
      resolve(database);
    };
    request.onerror = () => reject(request.error ?? new Error("no database"));
    request.onblocked = () => reject(new Error("the database is in use"));
  });
}

function layOut(database: IDBDatabase): void {
  for (const name of STORES) {
    if (database.objectStoreNames.contains(name)) database.deleteObjectStore(name);
    database.createObjectStore(name, { keyPath: KEYS[name] });
  }
  if (!database.objectStoreNames.contains(OUTBOX)) database.createObjectStore(OUTBOX, { keyPath: KEYS.outbox });
}

/** Resolves also where there was none, or none can be had. */
export function deleteDatabase(user: string): Promise<void> {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.deleteDatabase(PREFIX + user);
      request.onsuccess = request.onerror = request.onblocked = () => resolve();
    } catch {
      resolve();
    }
  });
}

/** Nothing stays but what was not sent: it waits until its giver is back. What was only read is nothing to wait with. */
export async function emptyDatabase(database: IDBDatabase): Promise<void> {
  const stores = [...database.objectStoreNames];
  let unsent: Pick<Entry, "name">[] = [];
  if (stores.length > 0) {
    const transaction = database.transaction(stores, "readwrite");
    const done = committed(transaction);
    if (stores.includes(OUTBOX)) unsent = await answered(transaction.objectStore(OUTBOX).getAll());
    for (const store of stores) if (store !== OUTBOX) transaction.objectStore(store).clear();
    await done.catch(() => undefined);
  }
  database.close();
  if (unsent.every(({ name }) => name === "reads.set")) await deleteDatabase(database.name.slice(PREFIX.length));
}

/** What others held on this device does not stay. */
export async function emptyOthers(user: string): Promise<void> {
  try {
    const all = await indexedDB.databases();
    const others = all.flatMap(({ name }) => (name?.startsWith(PREFIX) && name !== PREFIX + user ? [name] : []));
    await Promise.all(others.map(async (name) => emptyDatabase(await opened(indexedDB.open(name)))));
  } catch {
    // A browser that keeps nothing has nothing to delete.
  }
}

export function answered<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the database refused"));
  });
}

/** The transaction is on the disk. */
export function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error("the database refused"));
  });
}
