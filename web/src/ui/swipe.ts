// Owns the swipe of a finger to one side: what scrolls keeps scrolling, and the browser's own edges stay the browser's.

/** Towards where a line begins, or where it ends. */
export type Way = "start" | "end";

export interface Swipes {
  /** Whether there is something to be swiped that way, under that element. */
  may(way: Way, under: Element): boolean;
  /** How far it has come, in pixels; 0: it is let go. */
  moved(way: Way, distance: number): void;
  /** It came far enough. */
  done(way: Way): void;
}

/** The browser's own gestures begin here. */
const EDGE_PX = 28;
/** A finger that rests trembles. */
const BEGIN_PX = 14;
export const FAR_PX = 72;

/** Listens to fingers on an element, which must leave moves to the sides to us (`touch-action: pan-y`); answers how to stop. */
export function watchSwipes(element: HTMLElement, swipes: Swipes): () => void {
  let begun: { id: number; x: number; y: number; under: Element } | undefined;
  let way: Way | undefined;

  function down(event: PointerEvent) {
    const under = event.target as Element;
    const atEdge = event.clientX < EDGE_PX || event.clientX > window.innerWidth - EDGE_PX;
    begun = event.pointerType === "touch" && event.isPrimary && !atEdge && !scrolls(under, element) ? { id: event.pointerId, x: event.clientX, y: event.clientY, under } : undefined;
    way = undefined;
  }

  function move(event: PointerEvent) {
    if (event.pointerId !== begun?.id) return;
    const [across, along] = [event.clientX - begun.x, event.clientY - begun.y];
    if (!way) {
      if (Math.abs(along) > BEGIN_PX) return void (begun = undefined);
      if (Math.abs(across) < BEGIN_PX) return;
      const wanted = towards(element, across);
      if (Math.abs(across) < 1.5 * Math.abs(along) || !swipes.may(wanted, begun.under)) return void (begun = undefined);
      way = wanted;
      element.setPointerCapture(event.pointerId);
    }
    swipes.moved(way, towards(element, across) === way ? Math.abs(across) : 0);
  }

  function end(event: PointerEvent) {
    if (event.pointerId !== begun?.id) return;
    const across = event.clientX - begun.x;
    const [was, isFar] = [way, Math.abs(across) >= FAR_PX && towards(element, across) === way && event.type === "pointerup"];
    begun = way = undefined;
    if (!was) return;
    swipes.moved(was, 0);
    if (isFar) swipes.done(was);
  }

  const listeners = { pointerdown: down, pointermove: move, pointerup: end, pointercancel: end };
  for (const [name, listener] of Object.entries(listeners)) element.addEventListener(name, listener as EventListener);
  return () => {
    for (const [name, listener] of Object.entries(listeners)) element.removeEventListener(name, listener as EventListener);
  };
}

function towards(element: Element, across: number): Way {
  const isRight = across > 0;
  return isRight === (getComputedStyle(element).direction === "rtl") ? "start" : "end";
}

/** Something of its own that moves to the sides: code, a table, words that are being written. */
function scrolls(under: Element, limit: Element): boolean {
  for (let at: Element | null = under; at && at !== limit; at = at.parentElement) {
    if (at.matches("input, textarea, select") || at.scrollWidth > at.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(at).overflowX)) return true;
  }
  return false;
}
