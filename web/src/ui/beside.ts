// Owns where something that pops up stands: over all else, below what opened it and inside the window, above where there is no room.

const APART_PX = 4;
const EDGE_PX = 8;

/** `end`: its end is where the opener's is; `start`: its beginnings are. */
function placeBeside(box: HTMLElement, opener: Element, edge: "start" | "end" = "end"): void {
  if (!box.matches(":popover-open")) box.showPopover();
  const anchor = opener.getBoundingClientRect();
  const size = box.getBoundingClientRect();
  const fitsBelow = anchor.bottom + APART_PX + size.height <= innerHeight - EDGE_PX;
  const top = fitsBelow ? anchor.bottom + APART_PX : Math.max(EDGE_PX, anchor.top - APART_PX - size.height);
  const isRight = (edge === "end") === (getComputedStyle(box).direction === "ltr");
  const wanted = isRight ? anchor.right - size.width : anchor.left;
  const left = Math.min(Math.max(EDGE_PX, wanted), innerWidth - size.width - EDGE_PX);
  box.style.setProperty("top", `${top}px`);
  box.style.setProperty("left", `${left}px`);
}

/** The same as long as it is open: a keyboard that comes or goes moves it, another width closes it. Answers how to stop. */
export function stayBeside(box: HTMLElement, opener: Element, close: () => void, edge: "start" | "end" = "end"): () => void {
  placeBeside(box, opener, edge);
  const width = innerWidth;
  const resized = () => (innerWidth === width ? placeBeside(box, opener, edge) : close());
  window.addEventListener("resize", resized);
  return () => window.removeEventListener("resize", resized);
}
