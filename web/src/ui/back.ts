// Owns that the focus comes back after a dialog: to where it was, or as near to it as is still there.

/** Called before the focus is taken; answers what to do once the dialog is gone. */
export function focusBack(): () => void {
  const places: HTMLElement[] = [];
  for (let at = document.activeElement; at && at !== document.body; at = at.parentElement) {
    if (at instanceof HTMLElement && (places.length === 0 || at.hasAttribute("tabindex"))) places.push(at);
  }
  return () =>
    queueMicrotask(() => {
      if (document.activeElement && document.activeElement !== document.body) return;
      places.find((place) => place.isConnected)?.focus({ preventScroll: true });
    });
}
