// Owns the locks by which engines and pages of one browser know of each other, where the browser has them.

export const hasLocks = !!globalThis.navigator?.locks;

/** Calls back when this engine is the one that writes to the user's database; answers how to let go. */
export function claim(user: string, granted: () => void): () => void {
  if (!hasLocks) {
    // Over plain http there are no locks. A worker is the only one of its kind; a page might be one of many.
    if (typeof window === "undefined") granted();
    return () => undefined;
  }
  const stop = new AbortController();
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  navigator.locks
    .request(`parlour engine ${user}`, { signal: stop.signal }, () => {
      granted();
      return held;
    })
    .catch(() => undefined);
  return () => {
    stop.abort();
    release();
  };
}

/** A page, or a worker, holds this as long as it lives; resolves when it does, so that nobody takes it for gone before. */
export function live(name: string): Promise<void> {
  if (!hasLocks) return Promise.resolve();
  return new Promise((resolve) => {
    const forever = () => new Promise(() => resolve());
    navigator.locks.request(`parlour page ${name}`, forever).catch(() => resolve());
  });
}

/** Calls back when it is gone, also when it crashed. */
export function whenGone(name: string, gone: () => void): void {
  if (hasLocks) void navigator.locks.request(`parlour page ${name}`, gone).catch(() => undefined);
}
