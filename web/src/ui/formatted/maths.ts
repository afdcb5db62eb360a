// Owns the drawing of formulas, and the library for it, which comes when the first one is seen.

/** Longer ones stay as they were written: nobody reads them, and drawing costs. */
const LONGEST = 1_000;

let library: Promise<typeof import("temml")> | undefined;

/** Rejects where it is no formula; the element then keeps what it has. */
export async function draw(tex: string, display: boolean, element: HTMLElement): Promise<void> {
  if (tex.length > LONGEST) return;
  library ??= import("temml");
  const { default: temml } = await library;
  const fresh = document.createElement("span");
  temml.render(tex, fresh, { displayMode: display, throwOnError: true, trust: false, maxExpand: 100, maxSize: [10, 10], annotate: true });
  element.replaceChildren(...fresh.childNodes);
}
