// Owns that the focus comes back after what lay over the page: to where it was, or as near to it as is still there.

const openers = new WeakMap<Element, Element>();

/** Called before the focus is taken, with the box it goes to if that only stands beside `from`; answers what to do once that is gone. */
export function focusBack(from: Element | null | undefined = document.activeElement, box?: Element): () => void {
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

/** Where one of the entries goes away with the focus, it goes on at the one in its place, or back to where it came from. Answers how to stop. */
export function focusOn(list: Element, entry = "li"): () => void {
  let held: Element | undefined;
  let nth = 0;
  let back = () => {};
  const entries = () => [...list.querySelectorAll(entry)];
  function came({ target, relatedTarget }: FocusEvent) {
    const from = relatedTarget as Element | null;
    if (from ? !list.contains(from) : !held) back = focusBack(from ?? list.closest("dialog, aside")?.querySelector("button"));
    held = target as Element;
    nth = entries().findIndex((one) => one.contains(held!));
  }
  function went() {
    const left = held;
    queueMicrotask(() => left?.isConnected && left === held && left !== document.activeElement && (held = undefined));
  }
  const watch = new MutationObserver(() => {
    if (!held || held.isConnected || document.activeElement !== document.body) return;
    held = undefined;
    const all = entries();
    const next = (all[nth] ?? all.at(-1))?.querySelector("button");
    if (next) next.focus();
    else back();
  });
  list.addEventListener("focusin", came as EventListener);
  list.addEventListener("focusout", went);
  watch.observe(list, { childList: true, subtree: true });
  return () => watch.disconnect();
}
