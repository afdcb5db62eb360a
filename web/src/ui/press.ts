// Owns the long press of a finger: it rests on one place until something is offered for what lies under it.

const LONG_MS = 450;
/** A finger that rests trembles. */
const REST_PX = 10;

/** Listens to fingers on an element; answers how to stop. What leads somewhere by itself keeps what the browser offers for it. */
export function watchPresses(element: HTMLElement, pressed: (under: Element) => void): () => void {
  let begun: { id: number; x: number; y: number } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wasLong = false;

  function end() {
    clearTimeout(timer);
    begun = undefined;
  }

  function down(event: PointerEvent) {
    end();
    wasLong = false;
    const under = event.target as Element;
    if (event.pointerType !== "touch" || !event.isPrimary || under.closest("a, button, input, summary")) return;
    begun = { id: event.pointerId, x: event.clientX, y: event.clientY };
    timer = setTimeout(() => {
      end();
      wasLong = true;
      pressed(under);
    }, LONG_MS);
  }

  function move(event: PointerEvent) {
    if (begun?.id === event.pointerId && Math.hypot(event.clientX - begun.x, event.clientY - begun.y) > REST_PX) end();
  }

  /** Neither a menu of the browser's nor a tap follows, and the focus stays where it was put. */
  function follows(event: Event) {
    if (event.cancelable && (wasLong || (begun && event.type === "contextmenu"))) event.preventDefault();
  }

  const listeners: Record<string, (event: never) => void> = { pointerdown: down, pointermove: move, pointerup: end, pointercancel: end, contextmenu: follows, touchend: follows };
  for (const [name, listener] of Object.entries(listeners)) element.addEventListener(name, listener as EventListener);
  return () => {
    end();
    for (const [name, listener] of Object.entries(listeners)) element.removeEventListener(name, listener as EventListener);
  };
}
