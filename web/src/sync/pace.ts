// Owns how fast a page takes what is new: no faster than it can be painted, and whoever types comes first.

/** For so many times as long as news took to be shown, nothing further is shown; but never for longer than this. */
const [REST, LONGEST_MS] = [6, 1_000];
/** A page out of sight paints nothing. */
const UNSEEN_MS = 60;

/** Resolves when more may be shown: after a rest that grows with the `cost` of the last, in milliseconds, when there is nothing else to do. */
export async function rested(cost: number): Promise<void> {
  await nextFrame();
  const wait = Math.min(cost * REST, LONGEST_MS);
  await new Promise((resolve) => setTimeout(resolve, wait));
  await nextPause();
}

function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, UNSEEN_MS);
    if (document.visibilityState === "visible") requestAnimationFrame(() => resolve());
  });
}

function nextPause(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof requestIdleCallback === "function") requestIdleCallback(() => resolve(), { timeout: 120 });
    else resolve();
  });
}
