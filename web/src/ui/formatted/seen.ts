// Owns the waiting for what is costly to draw: it is drawn when it comes near the screen, and never before.

const NEAR = "300px";

const waiting = new WeakMap<Element, () => void>();
let observer: IntersectionObserver | undefined;

/** Does it once the element comes near the screen; answers how to give it up. */
export function whenSeen(element: Element, act: () => void): () => void {
  observer ??= new IntersectionObserver(look, { rootMargin: NEAR });
  waiting.set(element, act);
  observer.observe(element);
  return () => {
    waiting.delete(element);
    observer?.unobserve(element);
  };
}

function look(entries: IntersectionObserverEntry[]): void {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    observer?.unobserve(target);
    waiting.get(target)?.();
    waiting.delete(target);
  }
}
