// Owns that the focus comes back after what lay over the page: to where it was, or as near to it as is still there.

const openers = new WeakMap<Element, Element>();

/** Called before the focus is taken, with the box it goes to if that only stands beside `from`; answers what to do once that is gone. */
export function focusBack(from = document.activeElement, box?: Element): () => void {
  const places: HTMLElement[] = [];
  if (box && from) openers.set(box, from);
  for (let at = from; at && at !== document.body; at = openers.get(at) ?? at.parentElement) {
    if (at instanceof HTMLElement && (places.length === 0 || at.matches("a, button, [tabindex]"))) places.push(at);
  }
  return () =>
    queueMicrotask(() => {
      for (const place of places) {
        if (document.activeElement && document.activeElement !== document.body) return;
        place.focus({ preventScroll: true });
      }
    });
}
