// Owns when I count as away: five minutes without a touch, or a page out of sight.

/** Without a key, a click or a move for this long. */
export const IDLE_MS = 5 * 60_000;

const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;

/** Calls back with each change; answers how to stop. */
export function watchIdle(changed: (presence: "online" | "away") => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let touched = 0;

  const away = () => changed("away");
  const rest = () => {
    clearTimeout(timer);
    timer = setTimeout(away, IDLE_MS);
  };
  const awake = () => {
    if (document.visibilityState === "hidden") return;
    const now = Date.now();
    if (now - touched < 1_000) return;
    touched = now;
    changed("online");
    rest();
  };
  const seen = () => {
    touched = 0;
    if (document.visibilityState === "visible") awake();
    else rest();
  };

  for (const sign of SIGNS) window.addEventListener(sign, awake, { passive: true });
  document.addEventListener("visibilitychange", seen);
  awake();
  return () => {
    clearTimeout(timer);
    for (const sign of SIGNS) window.removeEventListener(sign, awake);
    document.removeEventListener("visibilitychange", seen);
  };
}
